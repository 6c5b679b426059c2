//! Relay and intake as separate processes with folders of their own.

use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};

use candor_wire::OfficeId;
use tempfile::TempDir;

use crate::{Desk, Gateway, Instance, Process, process::FakeClock};

/// What a test wants otherwise than usual.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder for the relay's store; inside the world's folder unless given.
    pub store: Option<PathBuf>,
    /// Clock of the relay; the true one unless given.
    pub relay_clock: Option<FakeClock>,
    /// Clock of the intake; the true one unless given.
    pub intake_clock: Option<FakeClock>,
    /// `release_every_minutes` of the relay; 0 shows envelopes at once.
    pub release_every_minutes: u16,
    /// `answer_floor_ms` of the relay; small, so that tests are quick.
    pub answer_floor_ms: u16,
    /// More lines at the top of the relay's configuration.
    pub relay_extra: String,
    /// More sections at the end of the intake's configuration.
    pub intake_extra: String,
    /// `CANDOR_LOG` of both.
    pub log: &'static str,
    /// Whether the intake is started.
    pub with_intake: bool,
    /// A signed directory and a relay key made elsewhere: folder and key file.
    pub material: Option<(PathBuf, PathBuf)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            store: None,
            relay_clock: None,
            intake_clock: None,
            release_every_minutes: 0,
            answer_floor_ms: 1,
            relay_extra: String::new(),
            intake_extra: String::new(),
            log: "debug",
            with_intake: true,
            material: None,
        }
    }
}

/// Relay and intake with what they stand on.
#[derive(Debug)]
pub struct World {
    /// The instance, unless [`Settings::material`] brought another.
    pub instance: Arc<Instance>,
    /// The settings it was started with; those of a process count at its next start.
    pub settings: Settings,
    /// The relay's process.
    pub relay: Process,
    /// The intake's process.
    pub intake: Option<Process>,
    relay_at: BTreeMap<String, SocketAddr>,
    intake_at: BTreeMap<String, SocketAddr>,
    past_logs: String,
    folder: TempDir,
}

impl World {
    /// Relay and intake of a fresh instance.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(Settings::default())
    }

    /// The same with other settings.
    #[must_use]
    pub fn start_with(settings: Settings) -> Self {
        Self::start_of(Arc::new(Instance::new()), settings)
    }

    /// Relay and intake of an instance that exists.
    ///
    /// # Panics
    /// If they do not start.
    #[must_use]
    pub fn start_of(instance: Arc<Instance>, settings: Settings) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("candor-it-")
            .tempdir()
            .unwrap();
        for name in ["relay", "intake"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let (directory, key) = settings.material.clone().unwrap_or_else(|| {
            let directory = folder.path().join("directory");
            instance.write_directory(&directory);
            let key = folder.path().join("relay/relay.key");
            fs::write(&key, instance.relay_key_file()).unwrap();
            private(&key);
            (directory, key)
        });
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let relay_at = ["gateway", "desk", "metrics"].map(|name| (name.to_owned(), any));
        let mut world = Self {
            relay: start_relay(
                folder.path(),
                &settings,
                &directory,
                &key,
                &BTreeMap::from(relay_at),
            ),
            instance,
            intake: None,
            settings: Settings {
                material: Some((directory, key)),
                ..settings
            },
            relay_at: BTreeMap::new(),
            intake_at: BTreeMap::new(),
            past_logs: String::new(),
            folder,
        };
        world.relay_at = world.relay.listening(&["gateway", "desk", "metrics"]);
        if world.settings.with_intake {
            world.start_intake();
        }
        world
    }

    /// The folder everything lies in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The relay's configuration file.
    #[must_use]
    pub fn relay_config(&self) -> PathBuf {
        self.folder().join("relay/relay.toml")
    }

    /// The intake's configuration file.
    #[must_use]
    pub fn intake_config(&self) -> PathBuf {
        self.folder().join("intake/intake.toml")
    }

    /// The folder with directory, signatures and pin.
    ///
    /// # Panics
    /// Never; it is set at the start.
    #[must_use]
    pub fn directory_folder(&self) -> &Path {
        &self.settings.material.as_ref().unwrap().0
    }

    /// Every folder that a server writes to.
    #[must_use]
    pub fn data_folders(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.folder().to_owned()];
        folders.extend(self.settings.store.clone());
        folders
    }

    /// Where the relay's gateway listens.
    #[must_use]
    pub fn gateway_address(&self) -> SocketAddr {
        self.relay_at["gateway"]
    }

    /// Where desks reach the relay.
    #[must_use]
    pub fn desk_address(&self) -> SocketAddr {
        self.relay_at["desk"]
    }

    /// Where the relay's counts are read.
    #[must_use]
    pub fn metrics_address(&self) -> SocketAddr {
        self.relay_at["metrics"]
    }

    /// Where reporters come in.
    ///
    /// # Panics
    /// If there is no intake.
    #[must_use]
    pub fn intake_address(&self) -> SocketAddr {
        self.intake_at["public"]
    }

    /// Exchanges at the relay itself.
    #[must_use]
    pub fn at_relay(&self) -> Gateway {
        let (directory, today) = (self.instance.directory(), self.instance.today);
        Gateway::connect(self.gateway_address(), directory, today)
    }

    /// Exchanges through the intake.
    #[must_use]
    pub fn through_intake(&self) -> Gateway {
        let (directory, today) = (self.instance.directory(), self.instance.today);
        Gateway::connect(self.intake_address(), directory, today)
    }

    /// An office's desk, enrolled at the relay.
    ///
    /// # Panics
    /// If the instance has no such office.
    #[must_use]
    pub fn desk(&self, office: &str) -> Desk {
        self.desk_unenrolled(office).enrolled(&self.instance)
    }

    /// An office's desk as it is before it enrolls.
    ///
    /// # Panics
    /// If the instance has no such office.
    #[must_use]
    pub fn desk_unenrolled(&self, office: &str) -> Desk {
        let office: OfficeId = office.parse().unwrap();
        Desk::new(self.desk_address(), &self.instance, &office)
    }

    /// Ends the relay with SIGKILL.
    pub fn kill_relay(&mut self) {
        self.relay.kill();
        self.past_logs.push_str(&self.relay.said());
    }

    /// Starts the relay again, on the addresses it had.
    ///
    /// # Panics
    /// If it does not start.
    pub fn restart_relay(&mut self) {
        if self.relay.is_running() {
            self.relay.terminate();
            self.past_logs.push_str(&self.relay.said());
        }
        let (directory, key) = self.settings.material.clone().unwrap();
        self.relay = start_relay(
            self.folder.path(),
            &self.settings,
            &directory,
            &key,
            &self.relay_at,
        );
        self.relay_at = self.relay.listening(&["gateway", "desk", "metrics"]);
    }

    /// Starts the intake, again if it runs.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_intake(&mut self) {
        let public = match self.intake.take() {
            Some(mut old) => {
                old.terminate();
                self.past_logs.push_str(&old.said());
                self.intake_at["public"]
            }
            None => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        };
        let text = format!(
            "[public]\nlisten = \"{public}\"\n\n[metrics]\nlisten = \"127.0.0.1:0\"\n\n\
             [relay]\nurl = \"http://{}\"\n\n[published]\nfolder = {:?}\ncache_seconds = 1\n\n\
             {}",
            self.gateway_address(),
            self.directory_folder(),
            self.settings.intake_extra
        );
        let config = self.intake_config();
        fs::write(&config, text).unwrap();
        let clock = self.settings.intake_clock.clone();
        let mut intake = start("candor-intake", clock.as_ref(), &config, self.settings.log);
        self.intake_at = intake.listening(&["public", "metrics"]);
        self.intake = Some(intake);
    }

    /// Everything that any process of this world has written.
    #[must_use]
    pub fn logs(&self) -> String {
        let mut logs = self.past_logs.clone();
        logs.push_str(&self.relay.said());
        if let Some(intake) = &self.intake {
            logs.push_str(&intake.said());
        }
        logs
    }
}

fn start_relay(
    folder: &Path,
    settings: &Settings,
    directory: &Path,
    key: &Path,
    at: &BTreeMap<String, SocketAddr>,
) -> Process {
    let folder = folder.join("relay");
    let store = settings
        .store
        .clone()
        .unwrap_or_else(|| folder.join("store"));
    let text = format!(
        "directory = {directory:?}\nrelay_key = {key:?}\nstore = {store:?}\n\
         exchange_keys = {:?}\nrelease_every_minutes = {}\nanswer_floor_ms = {}\n{}\n\
         [gateway]\nlisten = \"{}\"\n\n[desk]\nlisten = \"{}\"\n",
        folder.join("exchange-keys"),
        settings.release_every_minutes,
        settings.answer_floor_ms,
        settings.relay_extra,
        at["gateway"],
        at["desk"],
    );
    // The counts are a single address, a setting of the first table.
    let text = format!("metrics = \"{}\"\n{text}", at["metrics"]);
    let config = folder.join("relay.toml");
    fs::write(&config, text).unwrap();
    start(
        "candor-relay",
        settings.relay_clock.as_ref(),
        &config,
        settings.log,
    )
}

fn start(name: &str, clock: Option<&FakeClock>, config: &Path, log: &str) -> Process {
    let mut command = std::process::Command::new(crate::binary(name));
    command.arg("--config").arg(config).env("CANDOR_LOG", log);
    if let Some(clock) = clock {
        clock.rule(&mut command);
    }
    Process::spawn_command(name, command)
}

#[cfg(unix)]
fn private(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn private(_: &Path) {}
