//! A real relay over a store of its own, and a real public front before it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use candor_directory::{PIN_FILE, Pin, Purpose};
use candor_wire::Envelope;

use crate::room::{Room, school};

/// How many envelopes are filed at once, so that they share the disk's waits.
const AT_ONCE: usize = 32;

/// A running service.
struct Service {
    child: Child,
    /// Kept open: a service that cannot write ends.
    stdout: BufReader<ChildStdout>,
}

impl Service {
    fn start(name: &str, config: &Path) -> Self {
        let mut child = Command::new(program(name))
            .arg("--config")
            .arg(config)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout }
    }

    /// Where its listener of this name is.
    fn address(&mut self, listener: &str) -> String {
        let prefix = format!("listening {listener} ");
        loop {
            let mut line = String::new();
            let read = self.stdout.read_line(&mut line).unwrap();
            assert!(read > 0, "a service ended at its start");
            if let Some(address) = line.strip_prefix(&prefix) {
                return address.trim().to_owned();
            }
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Its data is thrown away after it, so nothing needs to be closed in order.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A running relay with its public front.
pub struct Relay {
    intake: Service,
    relay: Service,
    _folder: tempfile::TempDir,
}

fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    // target/<profile>/examples/bars
    let profile = own.ancestors().nth(2).unwrap();
    let program = profile
        .join(name)
        .with_extension(std::env::consts::EXE_EXTENSION);
    assert!(
        program.is_file(),
        "{} is not there: build {name} in the same profile first",
        program.display()
    );
    program
}

impl Relay {
    /// Starts one, lets the room's desk know it, and enrols the desk's device there.
    pub fn start(room: &Room) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let published = folder.path().join("directory");
        fs::create_dir(&published).unwrap();
        for entry in fs::read_dir(room.home.join("directory")).unwrap() {
            let from = entry.unwrap().path();
            fs::copy(&from, published.join(from.file_name().unwrap())).unwrap();
        }
        let keys = school::roots().iter().map(school::Root::public).collect();
        let pin = Pin::new(Purpose::Demonstration, school::instance(), keys, 1).unwrap();
        fs::write(published.join(PIN_FILE), pin.to_json().unwrap()).unwrap();
        let key = hex::encode(school::known_key("relay").as_bytes());
        fs::write(
            folder.path().join("relay.key"),
            format!("candor-relay-key/1\n{key}\n"),
        )
        .unwrap();
        private(&folder.path().join("relay.key"));
        let config = folder.path().join("relay.toml");
        fs::write(
            &config,
            "demonstration = true\nrelease_every_minutes = 0\ndirectory = \"directory\"\n\
             relay_key = \"relay.key\"\nstore = \"store\"\nexchange_keys = \"exchange-keys\"\n\
             [gateway]\nlisten = \"127.0.0.1:0\"\n[desk]\nlisten = \"127.0.0.1:0\"\n",
        )
        .unwrap();
        let mut relay = Service::start("candor-relay", &config);
        let gateway = relay.address("gateway");
        let desk = relay.address("desk");
        let config = folder.path().join("intake.toml");
        fs::write(
            &config,
            format!(
                "[public]\nlisten = \"127.0.0.1:0\"\n\
                 [relay]\nurl = \"{gateway}\"\n[published]\nfolder = \"directory\"\n"
            ),
        )
        .unwrap();
        let mut intake = Service::start("candor-intake", &config);
        let public = intake.address("public");
        let settings = room.home.join("desk.toml");
        let mut text = fs::read_to_string(&settings).unwrap();
        for (name, address) in [("relay_url", &desk), ("intake_url", &public)] {
            let nowhere = format!("{name} = \"http://127.0.0.1:1\"");
            assert!(text.contains(&nowhere), "{text}");
            text = text.replace(&nowhere, &format!("{name} = \"{address}\""));
        }
        fs::write(&settings, text).unwrap();
        candor_desk::sync::sync(&mut room.open()).unwrap();
        Self {
            intake,
            relay,
            _folder: folder,
        }
    }

    /// The time that both services have had on all cores.
    pub fn cpu(&self) -> Duration {
        let of = |service: &Service| super::desk::cpu(&service.child.id().to_string());
        of(&self.intake) + of(&self.relay)
    }

    /// Files envelopes for the room's office.
    pub fn file(&self, room: &Room, envelopes: &[Envelope]) {
        let desk = room.open();
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                let client = desk.relay().unwrap();
                let next = &next;
                scope.spawn(move || {
                    while let Some(envelope) = envelopes.get(next.fetch_add(1, Ordering::Relaxed)) {
                        assert!(client.file(envelope).is_ok(), "the relay does not take it");
                    }
                });
            }
        });
    }
}

#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn private(_: &Path) {}
