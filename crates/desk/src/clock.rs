//! The time, as everything in the desk asks for it.

use std::time::{Duration, SystemTime};

use candor_directory::Epoch;
use candor_wire::Day;

/// An environment variable that shifts the desk's clock by seconds, for rehearsals and tests of
/// what happens after months.
pub const OFFSET_VARIABLE: &str = "CANDOR_DESK_CLOCK_OFFSET_SECONDS";

/// The system's clock, or one beside it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    offset_seconds: i64,
}

impl Clock {
    /// The system's clock, shifted as the environment says.
    #[must_use]
    pub fn from_environment() -> Self {
        let offset_seconds = std::env::var(OFFSET_VARIABLE)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        Self { offset_seconds }
    }

    /// Now.
    #[must_use]
    pub fn now(self) -> SystemTime {
        let shift = Duration::from_secs(self.offset_seconds.unsigned_abs());
        let now = SystemTime::now();
        let shifted = if self.offset_seconds < 0 {
            now.checked_sub(shift)
        } else {
            now.checked_add(shift)
        };
        shifted.unwrap_or(now)
    }

    /// The current day, UTC.
    #[must_use]
    pub fn today(self) -> Day {
        Day::of(self.now())
    }

    /// The current epoch.
    #[must_use]
    pub fn epoch(self) -> Epoch {
        Epoch::of(self.today())
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn seconds(self) -> u64 {
        self.now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
    }
}
