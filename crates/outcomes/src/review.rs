//! What to look at in the team's own words before they are signed off.

use std::collections::BTreeSet;

/// How many words in a row must not be those of a report.
pub const RUN: usize = 5;

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// These words stand in a report in the same order. They cannot be signed off.
    FromReport(String),
    /// A number, which may say what the tables do not show.
    Number(String),
    /// What may be a name: it is written with a capital within a sentence, and stands in a report.
    Name(String),
    /// An address, a telephone number or a day.
    Detail(String),
}

impl Warning {
    /// Whether it has to be changed before the summary can be signed off.
    #[must_use]
    pub const fn is_in_the_way(&self) -> bool {
        matches!(self, Self::FromReport(_))
    }

    /// In a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::FromReport(words) => format!(
                "“{words}”: these words are a report's own. Say it in yours, so that nobody is known by their words."
            ),
            Self::Number(number) => format!(
                "“{number}”: a number in the text can give away what the tables do not show. Leave it out unless it stands there."
            ),
            Self::Name(name) => format!(
                "“{name}”: this stands in a report, too. If it names a person or a place, leave it out."
            ),
            Self::Detail(detail) => {
                format!("“{detail}”: days, addresses and telephone numbers can point to somebody.")
            }
        }
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '’'))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Scripts without spaces between words: there each letter counts as a word.
fn pieces(text: &str) -> Vec<String> {
    let dense =
        |c: char| matches!(u32::from(c), 0x2e80..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff);
    let spaced: String = text
        .chars()
        .flat_map(|c| {
            let around = dense(c).then_some(' ');
            [around, Some(c), around].into_iter().flatten()
        })
        .collect();
    words(&spaced)
}

const NUMBERS: [&str; 13] = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "once", "twice",
    "single",
];

/// What to look at in a text, beside the texts of reports.
#[must_use]
pub fn review<'a>(text: &str, reports: impl IntoIterator<Item = &'a str>) -> Vec<Warning> {
    let own = pieces(text);
    let mut runs: BTreeSet<&[String]> = BTreeSet::new();
    runs.extend(own.windows(RUN));
    let mut copied: BTreeSet<Vec<String>> = BTreeSet::new();
    let mut theirs: BTreeSet<String> = BTreeSet::new();
    for report in reports {
        let report = pieces(report);
        let same = report.windows(RUN).filter(|run| runs.contains(run));
        copied.extend(same.map(<[String]>::to_vec));
        theirs.extend(report);
    }
    let mut found: Vec<Warning> = copied_runs(&own, &copied);
    let mut seen = BTreeSet::new();
    let mut starts = true;
    for word in text.split_whitespace() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let ends = word.ends_with(['.', '!', '?', ':']);
        let first = std::mem::replace(&mut starts, ends);
        if bare.is_empty() || !seen.insert(bare.to_owned()) {
            continue;
        }
        let lower = bare.to_lowercase();
        let digits = bare.chars().filter(char::is_ascii_digit).count();
        if word.contains('@') || digits >= 5 || (digits > 0 && bare.contains(['-', '/', '.'])) {
            found.push(Warning::Detail(bare.to_owned()));
        } else if digits > 0 || NUMBERS.contains(&lower.as_str()) {
            found.push(Warning::Number(bare.to_owned()));
        } else if !first
            && bare.chars().next().is_some_and(char::is_uppercase)
            && theirs.contains(&lower)
        {
            found.push(Warning::Name(bare.to_owned()));
        }
    }
    found
}

/// Runs that overlap are shown as one.
fn copied_runs(own: &[String], copied: &BTreeSet<Vec<String>>) -> Vec<Warning> {
    let mut found = Vec::new();
    let mut current: Option<(usize, usize)> = None;
    for (at, run) in own.windows(RUN).enumerate() {
        if !copied.contains(run) {
            continue;
        }
        match &mut current {
            Some((_, end)) if at <= *end => *end = at + RUN,
            _ => {
                found.extend(current.replace((at, at + RUN)));
            }
        }
    }
    found.extend(current);
    found
        .into_iter()
        .filter_map(|(from, to)| Some(Warning::FromReport(own.get(from..to)?.join(" "))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reports_own_words_are_found_however_they_are_written() {
        let report = "He said: “You will never be a surgeon here”, in front of Dr. Alvarez.";
        let text = "A resident said YOU will never, be a surgeon. It was addressed with Alvarez.";
        let found = review(text, [report]);
        assert!(found.contains(&Warning::FromReport(
            "said you will never be a surgeon".to_owned()
        )));
        assert!(found.contains(&Warning::Name("Alvarez".to_owned())));
        assert!(review("He said you never know.", [report]).is_empty());
    }

    #[test]
    fn numbers_days_and_addresses_are_pointed_out() {
        let found = review(
            "Two of them wrote to a.b@c.example on 3/4, and 12 did not.",
            [],
        );
        assert_eq!(
            found,
            [
                Warning::Number("Two".to_owned()),
                Warning::Detail("a.b@c.example".to_owned()),
                Warning::Detail("3/4".to_owned()),
                Warning::Number("12".to_owned()),
            ]
        );
        assert!(found.iter().all(|warning| !warning.is_in_the_way()));
    }

    #[test]
    fn scripts_without_spaces_are_looked_through_too() {
        let found = review("他说你永远当不了医生", ["有人说你永远当不了外科医生"]);
        assert!(found.iter().any(Warning::is_in_the_way));
    }
}
