//! Days, sizes and states in words.

use std::time::SystemTime;

use maud::{Markup, html};

use crate::{case::Standing, clean, said};

/// A day as people write it: `2026-11-22` as “22 November 2026”.
pub fn day(iso: &str) -> Markup {
    html! { time datetime=(iso) { (day_words(iso)) } }
}

/// The same without markup.
pub fn day_words(iso: &str) -> String {
    said::day(iso).unwrap_or_else(|| clean::short(iso, 20))
}

/// A month: `2026-11` as “November 2026”.
pub fn month(iso: &str) -> String {
    said::month(iso).unwrap_or_else(|| clean::short(iso, 20))
}

/// A day within a sentence: every `2026-11-22` in it in words.
pub fn sentence(text: &str) -> String {
    let text = clean::line(text);
    text.split(' ')
        .map(|word| {
            let bare = word.trim_end_matches(['.', ':', ',', ';']);
            match said::day(bare) {
                Some(day) => day + word.get(bare.len()..).unwrap_or_default(),
                None => word.to_owned(),
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// How long ago, roughly.
pub fn ago(then: SystemTime) -> String {
    let minutes = then.elapsed().unwrap_or_default().as_secs() / 60;
    match minutes {
        0 => "just now".to_owned(),
        1 => "a minute ago".to_owned(),
        2..=119 => format!("{minutes} minutes ago"),
        _ => format!("{} hours ago", minutes / 60),
    }
}

/// A number and what it counts.
pub fn count(n: usize, one: &str, many: &str) -> String {
    match n {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        _ => format!("{n} {many}"),
    }
}

/// Where a case stands.
pub const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::New => "New",
        Standing::Acknowledged => "Acknowledged",
        Standing::Answered => "Answered",
        Standing::Withdrawn => "Withdrawn",
    }
}

/// The language's name, where it is a common one.
pub fn language(tag: &str) -> String {
    said::language(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_out_and_anything_else_is_left() {
        assert_eq!(day_words("2026-11-02"), "2 November 2026");
        for other in ["", "soon", "2026-13-02", "2026-11-31", "1-2-3-4"] {
            assert!(!day_words(other).contains("November"), "{other}");
        }
        assert_eq!(month("2026-11"), "November 2026");
        assert_eq!(month("never"), "never");
        assert_eq!(
            sentence("It ended on 2026-11-02: run it."),
            "It ended on 2 November 2026: run it."
        );
    }
}
