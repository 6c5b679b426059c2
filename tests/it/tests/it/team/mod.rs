//! Several offices on common cases: real desks (the library, unlocked, each with a folder of its own),
//! a real relay and a real intake.

mod coming_and_going;
mod coming_back;
mod commands;
mod giving;
mod holds;
mod pages;
mod proxy;
mod refusals;
mod sharing;
mod six_desks;
mod stuck;
mod tool;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use candor_desk::{
    casework,
    clock::Clock,
    config::{Acknowledge, Config, default_language},
    desk::Desk,
    failure::Outcome,
    guard::{Effort, Guard},
    home::Home,
    recovery_files::RecoveryPlan,
    retention::Retention,
    setup, sync,
};
use candor_directory::{Cards, Directory, PIN_FILE, Pin, Purpose, assemble, signature_file_name};
use candor_it::{Instance, Settings, World, http, instance::today};
use candor_sealing::{
    ReporterSecrets,
    message::{FollowUpContent, ReportContent, SelfRecord, Source},
    report::{
        Filing, OfficeRecipient, compose_follow_up, compose_report, conversation_of, leave_out,
    },
};
use candor_wire::{Capability, ConversationId, OfficeId, RoleId, Urgency};
use rand::{Rng as _, rngs::OsRng};
use tempfile::TempDir;

#[path = "../../../../../crates/directory/tests/support/mod.rs"]
mod school;

pub const TITLE_IX: &str = "title-ix";
pub const DEAN: &str = "dean-for-students";
pub const DIRECTOR: &str = "director-of-student-affairs";
pub const MEDICAL_DEAN: &str = "dean-for-medical-education";
pub const EQUITY: &str = "gender-equity";
pub const DISPUTES: &str = "dispute-resolution";
/// Six formal offices, in the order of their names.
pub const SIX: [&str; 6] = [MEDICAL_DEAN, DEAN, DIRECTOR, DISPUTES, EQUITY, TITLE_IX];

const PASSPHRASE: &str = "a team's passphrase of six words";
const PATIENCE: Duration = Duration::from_secs(120);

pub fn office(name: &str) -> OfficeId {
    name.parse().unwrap()
}

pub fn guard() -> Guard {
    Guard::Passphrase(PASSPHRASE.to_owned().into(), Effort::Demonstration)
}

/// Opens the desk of a folder.
pub fn open(home: &Path) -> Desk {
    let home = Home::find(Some(home.to_owned())).unwrap();
    let lock = Arc::new(home.lock().unwrap());
    Desk::open(home, guard(), Clock, lock).unwrap()
}

/// A school whose offices each have one workstation.
pub struct Team {
    /// Relay and intake.
    pub world: World,
    offices: Vec<&'static str>,
    folder: TempDir,
}

impl Team {
    /// Sets up these offices. The desks reach the relay at its own address.
    pub fn of(offices: &[&'static str]) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("candor-team-")
            .tempdir()
            .unwrap();
        let keys = school::roots().iter().map(school::Root::public).collect();
        let pin = Pin::new(Purpose::Demonstration, school::instance(), keys, 1).unwrap();
        let mut assembly = school::assembly(school::MEDICAL_SCHOOL);
        assembly.purpose = Purpose::Demonstration;
        assembly.issued = today();
        assembly.not_after = today().plus(365);
        for name in offices {
            let keyring = found(folder.path(), name, &pin);
            assembly.office_keys.insert(office(name), keyring);
        }
        let source: serde_json::Value = toml::from_str(school::MEDICAL_SCHOOL).unwrap();
        let directory: Directory = assemble(source, &assembly).unwrap();
        let public = folder.path().join("public");
        publish(&public, &directory, &pin);
        let key = folder.path().join("relay.key");
        let seed = hex::encode(school::known_key("relay").to_bytes());
        fs::write(&key, format!("candor-relay-key/1\n{seed}\n")).unwrap();
        private(&key);
        let settings = Settings {
            material: Some((public, key)),
            relay_extra: "demonstration = true\n".to_owned(),
            log: "warn",
            ..Settings::default()
        };
        let team = Self {
            world: World::start_of(Arc::new(Instance::new()), settings),
            offices: offices.to_vec(),
            folder,
        };
        for name in offices {
            team.point(name, team.world.desk_address());
            team.sync(name);
        }
        team.await_cards();
        for name in offices {
            team.sync(name);
        }
        team
    }

    /// The folder of an office's desk.
    pub fn home(&self, office: &str) -> PathBuf {
        self.folder.path().join(office)
    }

    /// Something in the team's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Tells a desk where it reaches the relay.
    pub fn point(&self, office: &str, relay: SocketAddr) {
        let file = self.home(office).join("desk.toml");
        let text = fs::read_to_string(&file).unwrap();
        let lines = text.lines().map(|line| match line.split_once(" = ") {
            Some(("relay_url", _)) => format!("relay_url = \"http://{relay}\""),
            Some(("intake_url", _)) => {
                format!("intake_url = \"http://{}\"", self.world.intake_address())
            }
            _ => line.to_owned(),
        });
        let lines: Vec<String> = lines.collect();
        fs::write(file, lines.join("\n")).unwrap();
    }

    /// An office's desk, unlocked.
    pub fn desk(&self, office: &str) -> Desk {
        open(&self.home(office))
    }

    /// Opens a desk, syncs it, and locks it.
    #[track_caller]
    pub fn sync(&self, office: &str) -> sync::Report {
        sync::sync(&mut self.desk(office)).unwrap()
    }

    /// Does something on an office's desk.
    pub fn at<T>(&self, office: &str, act: impl FnOnce(&mut Desk) -> T) -> T {
        act(&mut self.desk(office))
    }

    /// Syncs these, again and again, until none has anything new.
    #[track_caller]
    pub fn settle(&self, offices: &[&str]) {
        for _ in 0..12 {
            let moved: usize = offices
                .iter()
                .map(|name| {
                    let report = self.sync(name);
                    report.new_reports
                        + report.new_messages
                        + report.new_replies
                        + report.new_events
                        + report.events_sent
                        + report.sent
                        + report.handed_over
                        + report.handed_over_here
                })
                .sum();
            if moved == 0 {
                return;
            }
        }
        panic!("the desks do not come to rest");
    }

    /// Files a report to offices.
    pub fn report(&self, to: &[&str], left_out: &[&str], text: &str) -> Conversation<'_> {
        self.report_by(&self.desk(self.offices[0]), to, left_out, text)
    }

    /// The same, brought to the relay by a desk that is open.
    pub fn report_by(
        &self,
        by: &Desk,
        to: &[&str],
        left_out: &[&str],
        text: &str,
    ) -> Conversation<'_> {
        let secrets = ReporterSecrets::from_root(OsRng.r#gen(), &school::instance());
        let roles: BTreeSet<RoleId> = left_out.iter().map(|role| role.parse().unwrap()).collect();
        let outgoing = compose_report(
            &Filing {
                secrets: &secrets,
                offices: &recipients(by, to),
                excluded_roles: &roles,
                directory_version: 7,
                urgency: Urgency::Batched,
            },
            &content(text),
            Vec::new(),
        )
        .unwrap();
        let relay = by.relay().unwrap();
        for envelope in &outgoing.envelopes {
            relay.file(envelope).unwrap();
        }
        Conversation {
            team: self,
            id: conversation_of(&secrets),
            secrets,
            record: outgoing.record,
        }
    }

    /// Reads a drop, as anybody does who has its capability: who wrote it, and its bytes.
    pub fn at_drop(&self, capability: &Capability) -> Option<(OfficeId, Vec<u8>)> {
        let desk = self.desk(self.offices[0]);
        let device = candor_it::Desk::new(
            self.world.desk_address(),
            &self.world.instance,
            &office(self.offices[0]),
        )
        .with_key(desk.secrets.device.signing_key().clone())
        .of(school::instance());
        let read = device
            .send("POST", "/v1/drops/read", "", capability.expose())
            .unwrap();
        if read.status != 200 {
            return None;
        }
        let (len, rest) = read.body.split_first().unwrap();
        let (writer, sealed) = rest.split_at(usize::from(*len));
        let writer = std::str::from_utf8(writer).unwrap();
        Some((office(writer), sealed.to_vec()))
    }

    fn await_cards(&self) {
        let directory = self
            .desk(self.offices[0])
            .published()
            .unwrap()
            .directory
            .clone();
        let begun = Instant::now();
        loop {
            let served = http::get(self.world.intake_address(), "/v1/cards").unwrap();
            let cards = Cards::verify_all(&served.body, &directory);
            let all = |cards: &Cards| {
                let mut offices = self.offices.iter();
                offices.all(|name| cards.current(&office(name), today()).is_ok())
            };
            if cards.as_ref().is_ok_and(all) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{}", self.world.logs());
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// A reporter's side of a conversation.
pub struct Conversation<'a> {
    team: &'a Team,
    /// Its name.
    pub id: ConversationId,
    /// The reporter's keys.
    pub secrets: ReporterSecrets,
    /// How it stands.
    pub record: SelfRecord,
}

impl Conversation<'_> {
    /// Sends a message to these offices.
    pub fn send(&mut self, to: &[&str], content: &FollowUpContent) {
        let by = self.team.desk(self.team.offices[0]);
        let recipients = recipients(&by, to);
        // A newcomer that the reporter takes up is in the record from then on.
        self.record.recipients = to.iter().map(|name| office(name)).collect();
        self.record.recipients.sort();
        let outgoing = compose_follow_up(
            &self.secrets,
            &self.record,
            &recipients,
            content,
            Vec::new(),
        )
        .unwrap();
        let relay = by.relay().unwrap();
        for envelope in &outgoing.envelopes {
            relay.file(envelope).unwrap();
        }
        self.record = outgoing.record;
    }

    /// Says something more.
    pub fn says(&mut self, to: &[&str], text: &str) {
        let content = FollowUpContent {
            text: text.to_owned(),
            ..FollowUpContent::default()
        };
        self.send(to, &content);
    }

    /// Leaves roles out, with a new generation for those that remain.
    pub fn leaves_out(&mut self, remaining: &[&str], roles: &[&str]) {
        let roles = roles.iter().map(|role| role.parse().unwrap()).collect();
        let content = leave_out(&self.secrets, &self.record, roles).unwrap();
        self.send(remaining, &content);
    }
}

/// The keys to seal to, as the public gets them.
fn recipients(desk: &Desk, names: &[&str]) -> Vec<OfficeRecipient> {
    let cards = &desk.published().unwrap().cards;
    names
        .iter()
        .map(|name| OfficeRecipient::from_card(cards.current(&office(name), today()).unwrap()))
        .collect::<Result<_, _>>()
        .unwrap()
}

fn content(text: &str) -> ReportContent {
    ReportContent {
        topic: "mistreatment".to_owned(),
        answers: BTreeMap::default(),
        text: text.to_owned(),
        attachments: Vec::new(),
        language: "en".to_owned(),
        source: Source::CommandLine,
        wishes: None,
        identity: None,
        origin: None,
        further: BTreeMap::new(),
    }
}

/// An office's keys arise; gives its public key.
fn found(folder: &Path, name: &str, pin: &Pin) -> candor_directory::PublicKey {
    let home = Home::find(Some(folder.join(name))).unwrap();
    home.create().unwrap();
    let config = Config {
        office: office(name),
        label: format!("{name} front desk"),
        relay_url: "http://127.0.0.1:1".to_owned(),
        intake_url: "http://127.0.0.1:2".to_owned(),
        ca_file: None,
        demonstration: true,
        acknowledge: Acknowledge::ByHand,
        idle_minutes: 15,
        language: default_language(),
        retention: Retention::default(),
        mail: None,
    };
    let plan = RecoveryPlan::One {
        path: folder.join(format!("{name}.recovery")),
        passphrase: PASSPHRASE.to_owned().into(),
    };
    let keyring = setup::init(&home, &config, pin, &guard(), &plan, Clock).unwrap();
    keyring.public_key().unwrap()
}

fn publish(folder: &Path, directory: &Directory, pin: &Pin) {
    fs::create_dir_all(folder).unwrap();
    let text = school::json(directory);
    for (role, signature) in school::signatures(&text, directory.version, &school::roots()) {
        fs::write(folder.join(signature_file_name(&role)), signature).unwrap();
    }
    fs::write(folder.join(candor_directory::DIRECTORY_FILE), text).unwrap();
    fs::write(folder.join(PIN_FILE), pin.to_json().unwrap()).unwrap();
}

#[cfg(unix)]
fn private(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

/// What an office sees of a case's events: every one, with what came of it.
pub fn timeline(desk: &Desk, id: &ConversationId) -> Vec<String> {
    let work = casework::work(desk, id);
    work.timeline
        .iter()
        .map(|entry| format!("{} {:?}", entry.event, entry.effect))
        .collect()
}

/// The words of a refusal.
#[track_caller]
pub fn refused<T>(outcome: Outcome<T>) -> String {
    match outcome {
        Ok(_) => panic!("it was not refused"),
        Err(failure) => failure.cause().to_owned(),
    }
}
