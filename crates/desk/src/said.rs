//! What messages say in short forms, in words for people: days and periods, languages, wishes.

use candor_sealing::content::{Identity, Resolved, Wishes};
use time::{Date, Month};

use crate::clean;

fn parse(iso: &str) -> Option<Date> {
    let mut parts = iso.splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    let month: u8 = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()
}

fn day_in_words(date: Date) -> String {
    format!("{} {} {}", date.day(), date.month(), date.year())
}

/// A day as people write it: `2026-11-22` as “22 November 2026”; nothing if it is none.
#[must_use]
pub fn day(iso: &str) -> Option<String> {
    parse(iso).map(day_in_words)
}

/// A month: `2026-11` as “November 2026”; nothing if it is none.
#[must_use]
pub fn month(iso: &str) -> Option<String> {
    if iso.len() != 7 {
        return None;
    }
    let date = parse(&format!("{iso}-01"))?;
    Some(format!("{} {}", date.month(), date.year()))
}

/// A period: a day, a month, a span of days, or whatever else it says.
#[must_use]
pub fn period(said: &str) -> String {
    if let Some((from, to)) = said.split_once('/')
        && let (Some(from), Some(to)) = (parse(from), parse(to))
    {
        return format!("{} to {}", day_in_words(from), day_in_words(to));
    }
    day(said)
        .or_else(|| month(said))
        .unwrap_or_else(|| said.to_owned())
}

/// The language's name, where it is a common one.
#[must_use]
pub fn language(tag: &str) -> String {
    let primary = tag.split('-').next().unwrap_or_default();
    let name = match (tag, primary) {
        ("zh-Hans", _) => "Simplified Chinese",
        ("zh-Hant", _) => "Traditional Chinese",
        (_, "en") => "English",
        (_, "es") => "Spanish",
        (_, "fr") => "French",
        (_, "de") => "German",
        (_, "zh") => "Chinese",
        (_, "ar") => "Arabic",
        (_, "he") => "Hebrew",
        (_, "hi") => "Hindi",
        (_, "ht") => "Haitian Creole",
        (_, "it") => "Italian",
        (_, "ja") => "Japanese",
        (_, "ko") => "Korean",
        (_, "pt") => "Portuguese",
        (_, "ru") => "Russian",
        (_, "tl") => "Tagalog",
        (_, "uk") => "Ukrainian",
        (_, "ur") => "Urdu",
        (_, "vi") => "Vietnamese",
        _ => return clean::short(tag, 16),
    };
    name.to_owned()
}

/// How the reporter sees the outcome.
#[must_use]
pub const fn resolved(resolved: Resolved) -> &'static str {
    match resolved {
        Resolved::Yes => "yes, it is resolved",
        Resolved::Partly => "partly",
        Resolved::No => "no, it is not resolved",
    }
}

/// What the reporter wishes, each in a sentence.
#[must_use]
pub fn wishes(wishes: &Wishes) -> Vec<String> {
    let mut words = Vec::new();
    if wishes.hold_until_similar {
        words.push("Please do nothing until others report the same.".to_owned());
    }
    if let Some(before) = wishes.not_before {
        let before = before.to_string();
        let before = day(&before).unwrap_or(before);
        words.push(format!("Please do nothing before {before}."));
    }
    for (name, value) in &wishes.further {
        words.push(format!("Also, by a newer program: {name} = {value}"));
    }
    words
}

/// What a wish does not take from an office.
pub const WISH_LIMITS: &str = "It is a wish, not a lock. The reporter was told that you can read this now, and may have to \
     act all the same: when somebody is in danger, when the law or the school's rules say so. If you \
     must, write to them first, if there is time.";

/// What an imported report cannot do.
pub const NO_CODE: &str = "It was imported, as the sender says: then nobody holds a claim code for \
     it, and nobody can be answered. A reply then reaches the other offices alone.";

/// Who the reporter says they are, in a sentence.
#[must_use]
pub fn identity(identity: &Identity) -> Option<String> {
    if identity.is_empty() {
        return None;
    }
    let mut words = Vec::new();
    if !identity.name.is_empty() {
        words.push(format!("name: {}", identity.name));
    }
    if !identity.contact.is_empty() {
        words.push(format!("contact: {}", identity.contact));
    }
    for (name, value) in &identity.further {
        words.push(format!("{name}: {value}"));
    }
    Some(format!("Says who they are: {}", words.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_written_out_and_anything_else_is_left() {
        for (said, words) in [
            ("2026-11-02", "2 November 2026"),
            ("2026-11", "November 2026"),
            (
                "2026-11-02/2026-12-01",
                "2 November 2026 to 1 December 2026",
            ),
            ("2026-11-02/later", "2026-11-02/later"),
            ("2026-13", "2026-13"),
            ("2026-11-31", "2026-11-31"),
            ("last winter", "last winter"),
            ("", ""),
        ] {
            assert_eq!(period(said), words);
        }
    }

    #[test]
    fn languages_have_names_and_strange_ones_stay() {
        assert_eq!(language("zh-Hans"), "Simplified Chinese");
        assert_eq!(language("es-MX"), "Spanish");
        assert_eq!(language("xx-\u{202e}"), "xx-<U+202E>");
    }
}
