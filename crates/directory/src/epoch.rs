//! Epochs: one calendar month (UTC) each, the life of a key card.

use std::fmt;

use candor_wire::Day;
use serde::{Deserialize, Serialize};

/// Months since January 1970, UTC: `(year − 1970) × 12 + month − 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u32);

impl Epoch {
    /// How many epochs an office publishes ahead of the current one.
    pub const AHEAD: u32 = 4;
    /// December 9999, the last month a date can name.
    const LAST: u32 = (9999 - 1970) * 12 + 11;

    /// The epoch of a day.
    #[must_use]
    pub const fn of(day: Day) -> Self {
        let (year, month, _) = day.civil();
        // A day is from 1970 on, so neither difference is negative.
        let months = (year as u64 - 1970) * 12 + month as u64 - 1;
        Self(if months > Self::LAST as u64 {
            Self::LAST
        } else {
            months as u32
        })
    }

    /// The epoch `n` months later.
    #[must_use]
    pub const fn plus(self, n: u32) -> Self {
        Self(self.0.saturating_add(n))
    }

    /// Year and month.
    #[must_use]
    pub const fn civil(self) -> (u32, u32) {
        (1970 + self.0 / 12, self.0 % 12 + 1)
    }

    /// The first day of the month; the last that a date can name if the epoch lies beyond it.
    #[must_use]
    pub fn first_day(self) -> Day {
        let (year, month) = self.civil();
        Day::from_civil(year, month, 1).unwrap_or(Day(2_932_896))
    }

    /// The last day of the month.
    #[must_use]
    pub fn last_day(self) -> Day {
        let next = self.plus(1).first_day();
        if self.0 >= Self::LAST {
            next
        } else {
            Day(next.0.saturating_sub(1))
        }
    }

    /// The epochs an office should have cards for: this one and the four ahead.
    pub fn published_from(self) -> impl Iterator<Item = Self> {
        (0..=Self::AHEAD).map(move |n| self.plus(n))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = self.civil();
        write!(f, "{year:04}-{month:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_lies_within_its_epoch_and_epochs_are_seamless() {
        for n in (0..80_000).step_by(7) {
            let day = Day(n);
            let epoch = Epoch::of(day);
            assert!(epoch.first_day() <= day && day <= epoch.last_day());
            assert_eq!(epoch.last_day().plus(1), epoch.plus(1).first_day());
        }
        let epoch = Epoch::of(Day::from_civil(2026, 11, 22).unwrap());
        assert_eq!(epoch, Epoch(682));
        assert_eq!(epoch.to_string(), "2026-11");
        assert_eq!(epoch.last_day().to_string(), "2026-11-30");
        assert_eq!(epoch.published_from().last(), Some(Epoch(686)));
    }

    #[test]
    fn the_end_of_the_calendar_does_not_overflow() {
        for epoch in [
            Epoch(u32::MAX),
            Epoch(Epoch::LAST),
            Epoch::of(Day(u32::MAX)),
        ] {
            assert!(epoch.first_day() <= epoch.last_day());
        }
    }
}
