//! Time as the relay stores it: whole days.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

/// Days since 1 January 1970, UTC. The relay keeps no finer time on disk.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Day(pub u32);

impl Day {
    const SECONDS: u64 = 86_400;

    /// The day of an instant; an instant before 1970 is day 0.
    #[must_use]
    pub fn of(time: SystemTime) -> Self {
        let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        Self(u32::try_from(seconds / Self::SECONDS).unwrap_or(u32::MAX))
    }

    /// Midnight at which the day begins.
    #[must_use]
    pub fn start(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(u64::from(self.0) * Self::SECONDS)
    }

    /// This day and `days` more.
    #[must_use]
    pub const fn plus(self, days: u32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Whole days from `earlier` to this day; 0 if it lies ahead.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u32 {
        self.0.saturating_sub(earlier.0)
    }

    /// Year, month (1–12) and day of month (1–31) in the Gregorian calendar.
    ///
    /// Howard Hinnant's `civil_from_days`, for days from 1970 on.
    #[must_use]
    pub const fn civil(self) -> (u32, u32, u32) {
        let z = self.0 as u64 + 719_468;
        let era = z / 146_097;
        let day_of_era = z % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 {
            shifted + 3
        } else {
            shifted - 9
        };
        let year = year_of_era + era * 400 + (month <= 2) as u64;
        (year as u32, month as u32, day as u32)
    }

    /// The day of a Gregorian date, or nothing for one that does not exist or lies before 1970.
    #[must_use]
    pub fn from_civil(year: u32, month: u32, day: u32) -> Option<Self> {
        if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || day == 0 {
            return None;
        }
        let shifted_year = u64::from(year) - u64::from(month <= 2);
        let era = shifted_year / 400;
        let year_of_era = shifted_year % 400;
        let shifted = u64::from(if month > 2 { month - 3 } else { month + 9 });
        let day_of_year = (153 * shifted + 2) / 5 + u64::from(day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = (era * 146_097 + day_of_era).checked_sub(719_468)?;
        let result = Self(u32::try_from(days).ok()?);
        (result.civil() == (year, month, day)).then_some(result)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_dates_round_trip_for_two_centuries() {
        for n in 0..73_000 {
            let day = Day(n);
            let (y, m, d) = day.civil();
            assert_eq!(Day::from_civil(y, m, d), Some(day));
        }
        assert_eq!(Day(20_779).to_string(), "2026-11-22");
        assert_eq!(Day::from_civil(2026, 2, 29), None);
    }
}
