//! The time, as everything in the desk asks for it.

use std::time::SystemTime;

use candor_directory::Epoch;
use candor_wire::Day;

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock;

/// An hour of a day where this workstation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalHour {
    /// The day, counted from some day on.
    pub day: i32,
    /// The hour, 0 to 23.
    pub hour: u32,
}

impl Clock {
    /// The hour where this workstation stands.
    #[must_use]
    pub fn local(self) -> LocalHour {
        use chrono::{Datelike as _, Timelike as _};
        let now = chrono::Local::now();
        LocalHour {
            day: now.num_days_from_ce(),
            hour: now.hour(),
        }
    }

    /// Now.
    #[must_use]
    pub fn now(self) -> SystemTime {
        SystemTime::now()
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
