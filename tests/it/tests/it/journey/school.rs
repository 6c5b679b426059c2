//! A school that has set up the hotline, as `keys/README.md` describes it.

use std::{
    cell::Cell,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use candor_desk::recovery::Recovery;
use candor_directory::{
    Cards, DIRECTORY_FILE, Directory, PIN_FILE, Pin, Purpose, Unverified, Verified,
    signature_file_name,
};
use candor_it::{
    Instance, Settings, World, http,
    instance::today,
    process::{Ended, FakeClock},
};
use candor_wire::Day;
use secrecy::SecretString;
use serde_json::Value;
use tempfile::TempDir;

use super::{
    OFFICES,
    people::{Reporter, Workstation, command, ended, run},
};

/// The school's offices, topics and routes.
const SOURCE: &str = include_str!("directory.toml");
const PASSPHRASE: &str = "journey desk passphrase of six words";
const RECOVERY: &str = "journey recovery passphrase of six words";
/// Where the servers will be is known only once they run: the desks are told then.
const RELAY_TO_COME: &str = "http://127.0.0.1:1";
const INTAKE_TO_COME: &str = "http://127.0.0.1:2";
/// How long the intake may take to hand out what the relay has.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a test wants otherwise than usual.
#[derive(Default)]
pub struct Plan {
    /// Real keys rather than a demonstration's, whose passphrases are quick to open.
    pub real: bool,
    /// Settings of the servers.
    pub settings: Settings,
    /// The clock that everybody lives by.
    pub clock: Option<FakeClock>,
}

/// A school with all its keys, servers and desks.
pub struct School {
    /// Relay and intake.
    pub world: World,
    /// Everybody's clock, if it is the test's.
    pub clock: Option<FakeClock>,
    real: bool,
    folder: TempDir,
}

impl School {
    /// A school whose hotline runs, with the cards of every office published.
    #[track_caller]
    pub fn open() -> Self {
        Self::open_with(Plan::default())
    }

    /// The same with other settings.
    #[track_caller]
    pub fn open_with(plan: Plan) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("candor-journey-")
            .tempdir()
            .unwrap();
        let clock = plan.clock;
        let founding = Founding {
            folder: folder.path(),
            real: plan.real,
        };
        founding.ceremony();
        let mut settings = plan.settings;
        settings.material = Some((founding.public(), founding.path("relay-key/relay.key")));
        settings.relay_clock = settings.relay_clock.or_else(|| clock.clone());
        settings.intake_clock = settings.intake_clock.or_else(|| clock.clone());
        if !plan.real {
            settings.relay_extra.push_str("\ndemonstration = true\n");
        }
        let school = Self {
            // The harness's own instance is not used: the material above takes its place.
            world: World::start_of(Arc::new(Instance::new()), settings),
            clock,
            real: plan.real,
            folder,
        };
        for office in OFFICES {
            school.tell_addresses(&school.desk(office).home);
            school.desk(office).sync();
        }
        school.await_cards(today());
        school
    }

    /// Something in the school's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The administrator's folder: roots and the instance.
    pub fn administrator(&self) -> PathBuf {
        self.path("administrator")
    }

    /// The pin that the school hands out.
    pub fn pin(&self) -> PathBuf {
        self.public().join(PIN_FILE)
    }

    fn public(&self) -> PathBuf {
        self.path("administrator/school/public")
    }

    /// What the instance was made for.
    pub const fn purpose(&self) -> Purpose {
        if self.real {
            Purpose::Production
        } else {
            Purpose::Demonstration
        }
    }

    /// The intake's address.
    pub fn front(&self) -> String {
        format!("http://{}", self.world.intake_address())
    }

    /// The relay's address for desks.
    pub fn relay_url(&self) -> String {
        format!("http://{}", self.world.desk_address())
    }

    /// An office's first workstation.
    pub fn desk(&self, office: &str) -> Workstation {
        self.workstation(office)
    }

    /// A workstation with this name, set up or not.
    pub fn workstation(&self, name: &str) -> Workstation {
        Workstation {
            home: self.path("desks").join(name),
            passphrase: self.path("desk-passphrase"),
            clock: self.clock.clone(),
        }
    }

    /// An office's recovery file.
    pub fn recovery_file(&self, office: &str) -> PathBuf {
        self.path("recovery").join(office)
    }

    /// The file with the passphrase of the recovery files.
    pub fn recovery_passphrase(&self) -> PathBuf {
        self.path("recovery-passphrase")
    }

    /// An office's recovery file, opened: all its keys.
    pub fn keys_of(&self, office: &str) -> Recovery {
        let sealed = fs::read(self.recovery_file(office)).unwrap();
        Recovery::open(&sealed, &SecretString::from(RECOVERY.to_owned())).unwrap()
    }

    /// Somebody who reports, at a computer of their own.
    pub fn reporter(&self, name: &str) -> Reporter {
        let home = self.path("reporters").join(name);
        let files = self.path("reporters").join(format!("{name}-files"));
        fs::create_dir_all(home.join("tmp")).unwrap();
        fs::create_dir_all(&files).unwrap();
        Reporter {
            home,
            files,
            front: self.front(),
            pin: self.pin(),
            always: match self.purpose() {
                Purpose::Production => Vec::new(),
                Purpose::Demonstration => vec!["--demonstration".to_owned()],
            },
            clock: self.clock.clone(),
            notes: Cell::new(0),
        }
    }

    /// The directory, as a client believes it.
    pub fn directory(&self) -> Verified<Directory> {
        let public = self.public();
        let pin = Pin::decode(&fs::read(self.pin()).unwrap(), self.purpose()).unwrap();
        let text = fs::read(public.join(DIRECTORY_FILE)).unwrap();
        let signatures = pin.roots().iter().map(|root| {
            let file = public.join(signature_file_name(root.role()));
            (root.role().clone(), fs::read_to_string(file).unwrap())
        });
        Unverified::<Directory>::new(text, signatures.collect())
            .verify(&pin, today(), None)
            .unwrap()
    }

    /// Writes the servers' addresses into a desk's settings.
    pub fn tell_addresses(&self, home: &Path) {
        let file = home.join("desk.toml");
        let text = fs::read_to_string(&file)
            .unwrap()
            .replace(
                &format!("\"{RELAY_TO_COME}\""),
                &format!("{:?}", self.relay_url()),
            )
            .replace(
                &format!("\"{INTAKE_TO_COME}\""),
                &format!("{:?}", self.front()),
            );
        fs::write(file, text).unwrap();
    }

    /// Waits until the intake hands out a card of every office for a day.
    #[track_caller]
    pub fn await_cards(&self, day: Day) {
        let directory = self.directory();
        let begun = Instant::now();
        loop {
            let served = http::get(self.world.intake_address(), "/v1/cards").unwrap();
            let cards = Cards::verify_all(&served.body, &directory);
            let all = |cards: &Cards| {
                OFFICES
                    .iter()
                    .all(|office| cards.current(&office.parse().unwrap(), day).is_ok())
            };
            if cards.as_ref().is_ok_and(all) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{}", self.world.logs());
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Sets everybody's clock and waits until the relay has keys for that day.
    #[track_caller]
    pub fn set_clock(&self, offset: &str) {
        self.clock.as_ref().unwrap().set(offset);
        // Processes look at the file once a second, and the relay at its keys once a minute of its
        // own clock.
        thread::sleep(Duration::from_secs(4));
    }
}

/// The ceremony on its way.
struct Founding<'a> {
    folder: &'a Path,
    real: bool,
}

impl Founding<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn public(&self) -> PathBuf {
        self.path("administrator/school/public")
    }

    fn keys(&self, arguments: &[&str]) -> Ended {
        let mut command = command("candor", None);
        command
            .arg("keys")
            .args(arguments)
            .current_dir(self.folder)
            .env("HOME", self.folder);
        if !self.real {
            command.arg("--demonstration");
        }
        ended(run(command, ""), 0)
    }

    fn fingerprint(ended: &Ended) -> String {
        let line = ended
            .out
            .lines()
            .find_map(|line| line.strip_prefix("Fingerprint:"));
        line.unwrap().trim().to_owned()
    }

    /// Everything up to the directory that both roots have signed.
    fn ceremony(&self) {
        for folder in [
            "administrator",
            "desks",
            "recovery",
            "relay-key",
            "reporters",
        ] {
            fs::create_dir(self.path(folder)).unwrap();
        }
        for (name, text) in [
            ("desk-passphrase", PASSPHRASE),
            ("recovery-passphrase", RECOVERY),
            ("root-passphrase", "journey root passphrase"),
        ] {
            fs::write(self.path(name), format!("{text}\n")).unwrap();
        }
        // A demonstration's roots have no passphrase.
        let passphrase: &[&str] = if self.real {
            &["--passphrase-file", "root-passphrase"]
        } else {
            &[]
        };
        const FOLDER: [&str; 2] = ["--folder", "administrator/school"];
        self.keys(&["new-instance", "--example", "small", "--out", FOLDER[1]]);
        fs::write(self.path("administrator/school/directory.toml"), SOURCE).unwrap();
        let roots = ["administrator", "witness"];
        for role in roots {
            let out = format!("administrator/roots/{role}");
            let new = ["new-root", "--role", role, "--out", &out];
            let made = self.keys(&[&new, passphrase].concat());
            let key = format!("{out}/{role}.pub");
            let print = Self::fingerprint(&made);
            let add = [
                "add-root",
                "--role",
                role,
                "--key",
                &key,
                "--fingerprint",
                &print,
            ];
            self.keys(&[&add[..], &FOLDER].concat());
        }
        self.keys(&[&["pin"][..], &FOLDER].concat());
        let pin = "administrator/school/public/pin.json";
        let made = self.keys(&["relay-key", "--pin", pin, "--out", "relay-key"]);
        let print = Self::fingerprint(&made);
        let request = "relay-key/relay-request.json";
        let add = ["add-relay", "--request", request, "--fingerprint", &print];
        self.keys(&[&add[..], &FOLDER].concat());
        for office in OFFICES {
            let print = self.init(office);
            let request = format!("desks/{office}.request.json");
            let add = ["add-office", "--request", &request, "--fingerprint", &print];
            self.keys(&[&add[..], &FOLDER].concat());
        }
        self.keys(&[&["compile", "--yes"][..], &FOLDER].concat());
        for role in roots {
            let key = format!("administrator/roots/{role}/{role}.key");
            let public = "administrator/school/public";
            let sign = ["sign", "--yes", "--public", public, "--key", &key];
            self.keys(&[&sign, passphrase].concat());
        }
    }

    /// Sets up the desk of an office; gives the fingerprint that it reads out.
    fn init(&self, office: &str) -> String {
        let desk = Workstation {
            home: self.path("desks").join(office),
            passphrase: self.path("desk-passphrase"),
            clock: None,
        };
        let text = |name: String| self.path(&name).to_str().unwrap().to_owned();
        let pin = text("administrator/school/public/pin.json".to_owned());
        let recovery = text(format!("recovery/{office}"));
        let recovery_passphrase = text("recovery-passphrase".to_owned());
        let request = text(format!("desks/{office}.request.json"));
        let mut arguments = vec![
            "init",
            "--office",
            office,
            "--label",
            office,
            "--pin",
            &pin,
            "--relay-url",
            RELAY_TO_COME,
            "--intake-url",
            INTAKE_TO_COME,
            "--recovery",
            &recovery,
            "--recovery-passphrase-file",
            &recovery_passphrase,
            "--request-out",
            &request,
        ];
        if !self.real {
            arguments.push("--demonstration");
        }
        let made: Value = desk.json(&arguments);
        made["fingerprint"].as_str().unwrap().to_owned()
    }
}
