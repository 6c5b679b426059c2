//! A desk with reports in it, made without a network: for the tests and for measuring.
#![allow(dead_code, reason = "each user needs a part of it")]

#[path = "../../../directory/tests/support/mod.rs"]
pub mod school;

pub mod browser;
pub mod tree;

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::SystemTime,
};

use candor_desk::{
    clock::Clock,
    config::{Acknowledge, Config, default_language},
    desk::Desk,
    guard::{Effort, Guard},
    home::Home,
    record::{Entry, Record},
    recovery_files::RecoveryPlan,
    retention::Retention,
    setup,
    web::{Server, Settings},
};
use candor_directory::{
    Answer, Cards, DIRECTORY_FILE, Directory, Epoch, KeyCard, KeyCardStatement, Pin, Purpose,
    RootRole, Unverified, Verified, assemble, signature_file_name,
};
use candor_sealing::{
    Block, HybridIdentity, OfficeChain,
    attachment::{AttachmentRef, AttachmentSealer},
    message::{
        FollowUpDomain, FollowUpHeader, Message, Part, ReportContent, ReportDomain, ReportHeader,
        Secret32, Source, VERSION,
    },
    report::conversation_id,
};
use candor_wire::{ConversationId, Day, Digest};
use ed25519_dalek::SigningKey;
use rand::{RngCore as _, rngs::OsRng};

pub const OFFICE: &str = "title-ix";
pub const DEAN: &str = "dean-for-students";
pub const PASSPHRASE: &str = "correct horse battery staple";

/// A desk's folder.
pub struct Room {
    _folder: tempfile::TempDir,
    pub home: Home,
    pub directory: Verified<Directory>,
    reply_recipient: String,
    reporters: Mutex<BTreeMap<ConversationId, SigningKey>>,
}

/// A report to put into it.
#[derive(Clone, Debug)]
pub struct Report {
    pub topic: String,
    pub text: String,
    pub answers: BTreeMap<&'static str, String>,
    /// Answers that are not one value, such as persons.
    pub structured: BTreeMap<&'static str, Answer>,
    pub files: Vec<(String, String, Vec<u8>)>,
    pub language: String,
    pub further: BTreeMap<String, serde_json::Value>,
    pub offices: Vec<&'static str>,
    pub left_out: Vec<&'static str>,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            topic: "sexual-misconduct".to_owned(),
            text: "Somebody made remarks.".to_owned(),
            answers: BTreeMap::new(),
            structured: BTreeMap::new(),
            files: Vec::new(),
            language: "en".to_owned(),
            further: BTreeMap::new(),
            offices: vec![OFFICE],
            left_out: Vec::new(),
        }
    }
}

pub fn today() -> Day {
    Day::of(SystemTime::now())
}

pub fn guard(passphrase: &str) -> Guard {
    Guard::Passphrase(passphrase.to_owned().into(), Effort::Demonstration)
}

fn chain(office: &str, epoch: Epoch) -> OfficeChain {
    let mut link = [7; 32];
    for (byte, b) in link.iter_mut().zip(office.bytes()) {
        *byte = b;
    }
    OfficeChain::from_bytes(&school::instance(), epoch.0, link)
}

/// The card of an office whose keys everybody knows.
fn known_card(office: &str) -> KeyCardStatement {
    let epoch = Epoch::of(today());
    let chain = chain(office, epoch);
    KeyCard::new(
        school::instance(),
        office.parse().unwrap(),
        epoch,
        chain.identity().to_recipient().to_string().parse().unwrap(),
        school::public(&chain.reply_key()),
    )
    .sign(&school::known_key(&format!("office {office}")))
    .unwrap()
}

impl Room {
    pub fn new() -> Self {
        Self::made(true)
    }

    /// One whose directory names somebody else's key for the office.
    pub fn betrayed() -> Self {
        Self::made(false)
    }

    fn made(is_honest: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::find(Some(folder.path().join("desk"))).unwrap();
        home.create().unwrap();
        let keys = school::roots().iter().map(school::Root::public).collect();
        let pin = Pin::new(Purpose::Demonstration, school::instance(), keys, 1).unwrap();
        let config = Config {
            office: OFFICE.parse().unwrap(),
            label: "Front desk".to_owned(),
            // Nothing listens there.
            relay_url: "http://127.0.0.1:1".to_owned(),
            intake_url: "http://127.0.0.1:1".to_owned(),
            ca_file: None,
            demonstration: true,
            acknowledge: Acknowledge::ByHand,
            idle_minutes: 15,
            language: default_language(),
            retention: Retention::default(),
            mail: None,
        };
        let plan = RecoveryPlan::One {
            path: folder.path().join("recovery"),
            passphrase: PASSPHRASE.to_owned().into(),
        };
        let guard = guard(PASSPHRASE);
        let keyring = setup::init(&home, &config, &pin, &guard, &plan, Clock).unwrap();

        let mut assembly = school::assembly(school::MEDICAL_SCHOOL);
        assembly.purpose = Purpose::Demonstration;
        assembly.issued = today();
        assembly.not_after = today().plus(365);
        let named = if is_honest {
            keyring.public_key().unwrap()
        } else {
            school::public(&school::known_key("somebody else"))
        };
        assembly.office_keys.insert(config.office.clone(), named);
        let source: serde_json::Value = toml::from_str(school::MEDICAL_SCHOOL).unwrap();
        let directory: Directory = assemble(source, &assembly).unwrap();
        let text = school::json(&directory);
        let signatures = school::signatures(&text, directory.version, &school::roots());
        keep_directory(&home, &text, &signatures);
        let keys = keyring.epoch(Epoch::of(today())).unwrap();
        let mut cards = vec![known_card(DEAN)];
        cards.extend(is_honest.then(|| keyring.card(&keys).unwrap()));
        let kept = home.join("directory");
        fs::write(kept.join("cards.json"), Cards::blob(cards).unwrap()).unwrap();
        let directory = Unverified::<Directory>::new(text, signatures)
            .verify(&pin, today(), None)
            .unwrap();
        Self {
            _folder: folder,
            home,
            directory,
            reply_recipient: HybridIdentity::from_seed([9; 32])
                .to_recipient()
                .to_string(),
            reporters: Mutex::default(),
        }
    }

    /// The directory that is kept there ended yesterday.
    pub fn expire(&self) {
        let mut directory = self.directory.clone().into_inner();
        directory.issued = Day(today().0 - 30);
        directory.not_after = Day(today().0 - 1);
        let text = school::json(&directory);
        let signatures = school::signatures(&text, directory.version, &school::roots());
        keep_directory(&self.home, &text, &signatures);
    }

    /// The folder of its case file.
    pub fn volume(&self) -> PathBuf {
        fs::read_dir(self.home.path())
            .unwrap()
            .map(|entry| entry.unwrap())
            .find(|entry| entry.file_name().to_string_lossy().starts_with("case-"))
            .unwrap()
            .path()
    }

    /// Opens the desk as a command does.
    pub fn open(&self) -> Desk {
        let lock = Arc::new(self.home.lock().unwrap());
        Desk::open(self.home.clone(), guard(PASSPHRASE), Clock, lock).unwrap()
    }

    /// Puts reports into the case file, as if they had come through the queue.
    pub fn fill(&self, reports: impl IntoIterator<Item = Report>) -> Vec<ConversationId> {
        let mut desk = self.open();
        let mut ids = Vec::new();
        let mut entries = Vec::new();
        for report in reports {
            let (id, entry) = self.entry(desk.state.cursor + ids.len() as u64 + 1, &report);
            ids.push(id);
            entries.push(entry);
        }
        desk.record(&entries).unwrap();
        assert!(desk.state.aside.is_empty(), "{:?}", desk.state.aside);
        ids
    }

    /// A report as it is recorded.
    pub fn entry(&self, seq: u64, report: &Report) -> (ConversationId, Entry) {
        let (conversation, block) = self.block(report);
        let record = Record::Received {
            seq,
            day: today(),
            conversation,
            drop: None,
        };
        let bytes = block.to_compact();
        (conversation, Entry::secret(record, bytes))
    }

    /// A report as it lies in an envelope.
    pub fn block(&self, report: &Report) -> (ConversationId, Block) {
        let random = || {
            let mut bytes = [0; 32];
            OsRng.fill_bytes(&mut bytes);
            bytes
        };
        let key = SigningKey::from_bytes(&random());
        let conversation_key = random();
        let conversation = conversation_id(
            &conversation_key,
            &key.verifying_key(),
            &self.reply_recipient,
        );
        let content = ReportContent {
            topic: report.topic.clone(),
            answers: report
                .answers
                .iter()
                .map(|(id, words)| (*id, Answer::One(words.clone())))
                .chain(
                    report
                        .structured
                        .iter()
                        .map(|(id, answer)| (*id, answer.clone())),
                )
                .map(|(id, answer)| (id.parse().unwrap(), answer))
                .collect(),
            text: report.text.clone(),
            attachments: report.files.iter().map(attachment).collect(),
            language: report.language.clone(),
            source: Source::Web,
            wishes: None,
            identity: None,
            origin: None,
            further: report.further.clone(),
        };
        let header = ReportHeader {
            v: VERSION,
            instance: school::instance(),
            reporter_key: school::public(&key),
            reply_recipient: self.reply_recipient.clone(),
            conversation_key: Secret32::new(conversation_key),
            recipients: report.offices.iter().map(|o| o.parse().unwrap()).collect(),
            excluded_roles: report.left_out.iter().map(|r| r.parse().unwrap()).collect(),
            directory_version: 7,
            part: Part { index: 0, count: 1 },
            content: serde_json::to_string(&content).unwrap(),
        };
        let json = serde_json::to_vec(&Message::Report(header)).unwrap();
        let instance = school::instance();
        let block = Block::sign::<ReportDomain>(&key, &instance, &conversation, &json).unwrap();
        self.reporters.lock().unwrap().insert(conversation, key);
        (conversation, block)
    }

    /// What a reporter adds to a report: the block of this counter, and which part of a message
    /// it is. Whatever the relay's order is, it comes as it is put in.
    pub fn follow_up(&self, id: &ConversationId, counter: u32, part: Part, content: &str) -> Entry {
        let reporters = self.reporters.lock().unwrap();
        let key = &reporters[id];
        let header = FollowUpHeader {
            v: VERSION,
            instance: school::instance(),
            conversation: *id,
            generation: 0,
            counter,
            previous: Digest::of_drop(b"what came before is not looked at"),
            recipients: vec![OFFICE.parse().unwrap()],
            part,
            content: content.to_owned(),
        };
        let json = serde_json::to_vec(&Message::FollowUp(header)).unwrap();
        let block = Block::sign::<FollowUpDomain>(key, &school::instance(), id, &json).unwrap();
        let record = Record::Received {
            seq: 1000 + u64::from(counter),
            day: today(),
            conversation: *id,
            drop: None,
        };
        let bytes = block.to_compact();
        Entry::secret(record, bytes)
    }

    /// A follow-up that is one message of its own.
    pub fn addition(&self, id: &ConversationId, counter: u32, text: &str) -> Entry {
        let content = serde_json::json!({ "text": text }).to_string();
        self.follow_up(id, counter, Part { index: 0, count: 1 }, &content)
    }

    /// Serves its pages, unlocked.
    pub fn serve(&self) -> Server {
        let server = self.serve_locked(Settings::default());
        server.unlock(guard(PASSPHRASE)).unwrap();
        server
    }

    pub fn serve_locked(&self, settings: Settings) -> Server {
        Server::start(self.home.clone(), Clock, settings).unwrap()
    }
}

fn keep_directory(home: &Home, text: &str, signatures: &BTreeMap<RootRole, String>) {
    let kept = home.join("directory");
    fs::create_dir_all(&kept).unwrap();
    for (role, signature) in signatures {
        fs::write(kept.join(signature_file_name(role)), signature).unwrap();
    }
    fs::write(kept.join(DIRECTORY_FILE), text).unwrap();
}

fn attachment((name, media_type, bytes): &(String, String, Vec<u8>)) -> AttachmentRef {
    let to = [HybridIdentity::from_seed([9; 32]).to_recipient()];
    let mut sealer = AttachmentSealer::new(bytes.as_slice(), name, media_type, &to, OsRng).unwrap();
    while sealer.next_cell().unwrap().is_some() {}
    sealer.finish().unwrap()
}
