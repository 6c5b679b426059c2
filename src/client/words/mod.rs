//! Every sentence that `report` and `check` say.
//!
//! The English is here; `es.toml`, `zh-Hans.toml` and `ar.toml` hold, for each, the English that
//! was translated and the translation. Who changes a sentence here changes both there: a test
//! fails on what is missing or left behind.

mod check;
mod common;
mod report;
#[cfg(test)]
mod tests;

use std::fmt::Display;

pub use self::{check::*, common::*, report::*};
use super::{
    language::tongue,
    message::{Message, Plural, plural},
};

/// All of them.
#[cfg(test)]
#[allow(
    unused_qualifications,
    reason = "each of the three has a list of that name"
)]
fn all() -> impl Iterator<Item = &'static Message> {
    [common::ALL, report::ALL, check::ALL].into_iter().flatten()
}

/// Whether something typed is a key word, in this language or in English.
pub fn is_key(typed: &str, key: Message) -> bool {
    let typed = typed
        .trim()
        .trim_matches(['“', '”', '"', '「', '」', '«', '»']);
    let typed = typed.to_lowercase();
    typed == key.english || typed == key.to_lowercase()
}

/// Whether something typed means yes. Anything else means no.
pub fn is_yes(typed: &str) -> bool {
    is_key(typed, KEY_YES) || matches!(typed.trim().to_lowercase().as_str(), "y" | "1" | "s" | "si")
}

/// A number of days.
pub fn days(n: u32) -> String {
    let form = match plural(tongue(), n) {
        Plural::Zero => DAYS_ZERO,
        Plural::One => DAYS_ONE,
        Plural::Two => DAYS_TWO,
        Plural::Few => DAYS_FEW,
        Plural::Many => DAYS_MANY,
        Plural::Other => DAYS_OTHER,
    };
    form.with(&[("n", &n)])
}

/// A size for people.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..=1023 => SIZE_BYTES.with(&[("n", &bytes)]),
        1024..=1_048_575 => SIZE_KIB.with(&[("n", &bytes.div_ceil(1024))]),
        _ => {
            let mib = format!("{:.1}", bytes as f64 / 1_048_576.0);
            SIZE_MIB.with(&[("n", &mib)])
        }
    }
}

/// A month of a year.
pub fn month(year: u32, month: u32) -> String {
    let number = usize::try_from(month)
        .ok()
        .and_then(|month| month.checked_sub(1));
    let name = number
        .and_then(|number| MONTHS.split(['，', '،', ',', '、']).nth(number))
        .unwrap_or_default();
    MONTH_YEAR.with(&[("month", &name.trim()), ("year", &year)])
}

/// Several names on one line.
pub fn list<T: Display>(names: impl IntoIterator<Item = T>) -> String {
    join(names, LIST_COMMA)
}

/// Several things that may hold commas themselves.
pub fn long_list<T: Display>(things: impl IntoIterator<Item = T>) -> String {
    join(things, LIST_SEMICOLON)
}

fn join<T: Display>(things: impl IntoIterator<Item = T>, between: Message) -> String {
    let things: Vec<String> = things.into_iter().map(|thing| thing.to_string()).collect();
    things.join(&between)
}
