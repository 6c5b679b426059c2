//! The configuration file; `deploy/relay.toml` explains every setting.

use std::path::{Path, PathBuf};

use candor_directory::Purpose;
use candor_service::{
    ConfigError, ListenerSpec, Loopback, ServerSettings,
    config::{self, beside},
};
use serde::Deserialize;

/// The file that explains every setting.
pub const SAMPLE: &str = "deploy/relay.toml";

/// The relay's settings.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Whether this relay serves a demonstration, whose keys protect nothing.
    #[serde(default)]
    pub demonstration: bool,
    /// The folder with `directory.json`, its signatures and `pin.json`.
    pub directory: PathBuf,
    /// The file with the relay's signing key.
    pub relay_key: PathBuf,
    /// The folder of the store.
    pub store: PathBuf,
    /// The folder of the exchange keys.
    pub exchange_keys: PathBuf,
    /// Where the intake reaches the gateway.
    pub gateway: ListenerSpec,
    /// Where desks reach the relay.
    pub desk: ListenerSpec,
    /// Where an operator's tools read counts, on loopback.
    #[serde(default)]
    pub metrics: Option<Loopback>,
    /// No answer leaves the gateway sooner after its request, in milliseconds.
    #[serde(default = "defaults::answer_floor_ms")]
    pub answer_floor_ms: u16,
    /// How often new envelopes are shown to desks, in shuffled batches; 0 shows each at once.
    #[serde(default = "defaults::release_every_minutes")]
    pub release_every_minutes: u16,
    /// For how many days at least a self-record is kept after it was last written.
    #[serde(default = "defaults::retention_days")]
    pub retention_days: u32,
    /// How many requests an exchange key opens before another takes its place ahead of time.
    #[serde(default = "defaults::replay_limit")]
    pub replay_limit: u32,
    /// How many drops a device may write in a day.
    #[serde(default = "defaults::drops_per_device_per_day")]
    pub drops_per_device_per_day: u32,
    /// Writes are refused while the store's disk has less than this free.
    #[serde(default = "defaults::keep_free_mib")]
    pub keep_free_mib: u32,
    /// How much the cells may measure together that no envelope names yet.
    #[serde(default = "defaults::unnamed_cells_mib")]
    pub unnamed_cells_mib: u32,
    /// Worker threads and time limits.
    #[serde(default)]
    pub server: ServerSettings,
}

mod defaults {
    pub(super) const fn answer_floor_ms() -> u16 {
        25
    }
    pub(super) const fn release_every_minutes() -> u16 {
        60
    }
    pub(super) const fn retention_days() -> u32 {
        730
    }
    pub(super) const fn replay_limit() -> u32 {
        2_000_000
    }
    pub(super) const fn drops_per_device_per_day() -> u32 {
        2_000
    }
    pub(super) const fn keep_free_mib() -> u32 {
        32
    }
    pub(super) const fn unnamed_cells_mib() -> u32 {
        1_024
    }
}

impl Config {
    /// Reads the file; relative paths in it are relative to its folder.
    ///
    /// # Errors
    /// [`ConfigError`]
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let mut config: Self = config::load(path, SAMPLE)?;
        config.check(path)?;
        for file in [
            &mut config.directory,
            &mut config.relay_key,
            &mut config.store,
            &mut config.exchange_keys,
        ] {
            *file = beside(path, file);
        }
        config.gateway.resolve(path);
        config.desk.resolve(path);
        Ok(config)
    }

    fn check(&self, path: &Path) -> Result<(), ConfigError> {
        let unusable = |setting, cause: &str, remedy| ConfigError::Unusable {
            path: path.to_owned(),
            setting,
            cause: cause.to_owned(),
            remedy,
        };
        if self.answer_floor_ms > 5_000 {
            return Err(unusable(
                "answer_floor_ms",
                "answers would take longer than clients wait",
                "Choose at most 5000; 25 is usual.",
            ));
        }
        if self.release_every_minutes > 1_440 {
            return Err(unusable(
                "release_every_minutes",
                "desks would see nothing for more than a day",
                "Choose at most 1440; 60 is usual.",
            ));
        }
        if !(1..=36_500).contains(&self.retention_days) {
            return Err(unusable(
                "retention_days",
                "not a number of days that makes sense",
                "Choose between 1 and 36500; 730 is usual.",
            ));
        }
        if !(100..=50_000_000).contains(&self.replay_limit) {
            return Err(unusable(
                "replay_limit",
                "keys would change too often, or their memory grow too large",
                "Choose between 100 and 50000000; 2000000 is usual.",
            ));
        }
        Ok(())
    }

    /// What the relay is for.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        if self.demonstration {
            Purpose::Demonstration
        } else {
            Purpose::Production
        }
    }
}
