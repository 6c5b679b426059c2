//! Days as the directory's documents write them: `2026-11-22`.

use candor_wire::Day;
use serde::{Deserialize, Deserializer, Serializer, de::Error as _};
use thiserror::Error;

/// A date was not of the form `2026-11-22`, or there is no such day.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a date is written as 2026-11-22 and lies between 1970 and 9999")]
pub struct DateError;

/// Parses `YYYY-MM-DD`.
///
/// # Errors
/// [`DateError`]
pub fn parse_date(text: &str) -> Result<Day, DateError> {
    let number = |part: Option<&str>, len: usize| {
        part.filter(|p| p.len() == len && p.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|p| p.parse::<u32>().ok())
            .ok_or(DateError)
    };
    let mut parts = text.split('-');
    let year = number(parts.next(), 4)?;
    let month = number(parts.next(), 2)?;
    let day = number(parts.next(), 2)?;
    if parts.next().is_some() {
        return Err(DateError);
    }
    Day::from_civil(year, month, day).ok_or(DateError)
}

/// Writes `YYYY-MM-DD`.
#[must_use]
pub fn format_date(day: Day) -> String {
    day.to_string()
}

/// For `#[serde(with = "date")]`.
pub(crate) fn serialize<S: Serializer>(day: &Day, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}

/// For `#[serde(with = "date")]`.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_date(&text).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_strict() {
        assert_eq!(parse_date("2026-11-22"), Ok(Day(20_779)));
        for bad in [
            "",
            "2026-11-31",
            "2026-1-1",
            "1969-12-31",
            "2026-11-22 ",
            "+026-11-22",
        ] {
            assert_eq!(parse_date(bad), Err(DateError), "{bad}");
        }
    }
}
