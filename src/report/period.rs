//! When something happened: a day, a month, a span of days, or words (`docs/protocol.md`,
//! “Questions”).

use candor_directory::parse_date;
use candor_wire::Day;

use crate::client::words;

/// What was typed, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Period {
    /// As it is sent: `YYYY-MM-DD`, `YYYY-MM`, `YYYY-MM-DD/YYYY-MM-DD`, or words.
    Said {
        /// What is sent.
        sent: String,
        /// The first day of it, if it names one.
        begins: Option<Day>,
    },
    /// It looks like a date, and there is no such day.
    NoSuchDay,
}

/// Reads what was typed.
pub fn read(typed: &str) -> Period {
    let typed = typed.trim();
    if let Some((from, to)) = span(typed) {
        return match (parse_date(from), parse_date(to)) {
            (Ok(from), Ok(to)) => {
                // Whoever turns them round means the same.
                let (from, to) = (from.min(to), from.max(to));
                Period::Said {
                    sent: if from == to {
                        from.to_string()
                    } else {
                        format!("{from}/{to}")
                    },
                    begins: Some(from),
                }
            }
            _ => Period::NoSuchDay,
        };
    }
    if looks_like_day(typed) {
        return parse_date(typed).map_or(Period::NoSuchDay, |day| Period::Said {
            sent: day.to_string(),
            begins: Some(day),
        });
    }
    if looks_like_month(typed) {
        return parse_date(&format!("{typed}-01")).map_or(Period::NoSuchDay, |day| Period::Said {
            sent: typed.to_owned(),
            begins: Some(day),
        });
    }
    Period::Said {
        sent: typed.to_owned(),
        begins: None,
    }
}

/// An answer for people.
pub fn in_words(sent: &str) -> String {
    match sent.split_once('/') {
        Some((from, to)) if looks_like_day(from) && looks_like_day(to) => {
            words::PERIOD_SPAN.with(&[("from", &from), ("to", &to)])
        }
        _ => match sent.split_once('-') {
            Some((year, month)) if looks_like_month(sent) => match (year.parse(), month.parse()) {
                (Ok(year), Ok(month)) => words::month(year, month),
                _ => sent.to_owned(),
            },
            _ => sent.to_owned(),
        },
    }
}

/// The two ends of what looks like a span of days: `A/B`, or with a word or a dash between them.
fn span(typed: &str) -> Option<(&str, &str)> {
    let (from, rest) = typed.split_at_checked(10)?;
    let (middle, to) = rest.split_at_checked(rest.len().checked_sub(10)?)?;
    let middle = middle.trim();
    let is_between = !middle.is_empty() && !middle.chars().any(|c| c.is_ascii_digit());
    (is_between && looks_like_day(from) && looks_like_day(to)).then_some((from, to))
}

fn looks_like(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text
            .bytes()
            .zip(form.bytes())
            .all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                form => byte == form,
            })
}

fn looks_like_day(text: &str) -> bool {
    looks_like(text, "0000-00-00")
}

fn looks_like_month(text: &str) -> bool {
    looks_like(text, "0000-00")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(typed: &str) -> Option<String> {
        match read(typed) {
            Period::Said { sent, .. } => Some(sent),
            Period::NoSuchDay => None,
        }
    }

    #[test]
    fn days_months_spans_and_words_are_told_apart() {
        for (typed, expected) in [
            (" 2026-10-12 ", "2026-10-12"),
            ("2026-10", "2026-10"),
            ("2026-10-01/2026-10-12", "2026-10-01/2026-10-12"),
            ("2026-10-01 to 2026-10-12", "2026-10-01/2026-10-12"),
            ("2026-10-12 – 2026-10-01", "2026-10-01/2026-10-12"),
            ("2026-10-01 到 2026-10-12", "2026-10-01/2026-10-12"),
            ("2026-10-01..2026-10-01", "2026-10-01"),
            ("last spring", "last spring"),
            ("2026", "2026"),
            ("12 October", "12 October"),
        ] {
            assert_eq!(sent(typed).as_deref(), Some(expected), "{typed}");
        }
        for bad in [
            "2026-13",
            "2026-02-30",
            "2026-10-01/2026-10-32",
            "0000-00-00",
        ] {
            assert_eq!(read(bad), Period::NoSuchDay, "{bad}");
        }
    }

    #[test]
    fn they_are_told_back_as_people_say_them() {
        assert_eq!(in_words("2026-10"), "October 2026");
        assert_eq!(
            in_words("2026-10-01/2026-10-12"),
            "2026-10-01 to 2026-10-12"
        );
        assert_eq!(in_words("and/or"), "and/or");
        assert_eq!(in_words("last spring"), "last spring");
    }
}
