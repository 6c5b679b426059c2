//! Other cases on which the same person or place may be named: found by comparing the answers to
//! the directory's questions for a person and a place, on this workstation alone.
//!
//! It is a suggestion for people: two may share a name, and one person may be written in two ways.

use std::collections::{BTreeSet, HashMap};

use candor_directory::{Answer, Directory, QuestionKind};
use candor_wire::ConversationId;

use super::fold::fold;
use crate::case::Case;

/// What is left out of names before they are compared: titles, and words that name nobody.
const EMPTY_WORDS: [&str; 40] = [
    "a",
    "an",
    "and",
    "at",
    "attending",
    "chief",
    "clinic",
    "clinical",
    "director",
    "doctor",
    "dr",
    "dra",
    "faculty",
    "fellow",
    "from",
    "head",
    "her",
    "his",
    "in",
    "intern",
    "junior",
    "md",
    "mr",
    "mrs",
    "ms",
    "my",
    "nurse",
    "of",
    "on",
    "our",
    "phd",
    "physician",
    "prof",
    "professor",
    "resident",
    "senior",
    "student",
    "surgeon",
    "the",
    "unknown",
];
/// A name that is on more cases than this tells nothing.
const TOO_COMMON: usize = 100;

/// What is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named {
    /// A person.
    Person,
    /// A place.
    Place,
}

/// Another case on which the same may be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Similar {
    /// The case.
    pub conversation: ConversationId,
    /// What may be the same.
    pub named: Named,
}

/// What one case names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The words of each person's name, without titles.
    persons: Vec<BTreeSet<String>>,
    /// Places: ids of the directory, or words.
    places: BTreeSet<String>,
}

impl Names {
    /// What a case names in its report.
    #[must_use]
    pub fn of(directory: Option<&Directory>, case: &Case) -> Self {
        let mut names = Self::default();
        let (Some(directory), Some(report)) = (directory, case.report()) else {
            return names;
        };
        for (id, answer) in &report.answers {
            let Some(question) = directory.question(id) else {
                continue;
            };
            let values = match answer {
                Answer::One(one) => std::slice::from_ref(one),
                Answer::Many(many) => many.as_slice(),
            };
            match question.kind {
                // A role, then the words.
                QuestionKind::Person => {
                    let words = words_of(values.last().map_or("", String::as_str));
                    if values.len() > 1 && !words.is_empty() {
                        names.persons.push(words);
                    }
                }
                QuestionKind::Place => {
                    let places = values.iter().map(|place| in_one(place));
                    names
                        .places
                        .extend(places.filter(|place| !place.is_empty()));
                }
                _ => {}
            }
        }
        names
    }

    /// Whether it names nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.persons.is_empty() && self.places.is_empty()
    }

    /// Whether a person on both may be the same: one name's words are all in the other's.
    fn shares_person(&self, other: &Self) -> bool {
        let same = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.is_subset(b) || b.is_subset(a);
        self.persons
            .iter()
            .any(|mine| other.persons.iter().any(|theirs| same(mine, theirs)))
    }

    fn keys(&self) -> impl Iterator<Item = (Named, &str)> {
        let persons = self.persons.iter().flatten();
        let persons = persons.map(|word| (Named::Person, word.as_str()));
        let places = self.places.iter();
        persons.chain(places.map(|place| (Named::Place, place.as_str())))
    }
}

/// The words of a name that tell who it is.
fn words_of(text: &str) -> BTreeSet<String> {
    fold(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && EMPTY_WORDS.binary_search(word).is_err())
        // A single Latin letter is an initial; one sign of another script may be a name.
        .filter(|word| word.len() > 1)
        .map(str::to_owned)
        .collect()
}

fn in_one(text: &str) -> String {
    fold(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Which cases name what.
#[derive(Debug, Default)]
pub struct Register {
    names: HashMap<ConversationId, Names>,
    by_key: HashMap<(Named, String), Vec<ConversationId>>,
}

impl Register {
    /// What so many cases name.
    pub fn of(named: impl IntoIterator<Item = (ConversationId, Names)>) -> Self {
        let mut register = Self::default();
        for (conversation, names) in named {
            if names.is_empty() {
                continue;
            }
            for (kind, key) in names.keys() {
                let at = register.by_key.entry((kind, key.to_owned()));
                at.or_default().push(conversation);
            }
            register.names.insert(conversation, names);
        }
        register
    }

    /// The other cases on which a person or place of a case may be named: persons first. At most
    /// `most` of them.
    #[must_use]
    pub fn similar(&self, conversation: &ConversationId, most: usize) -> Vec<Similar> {
        let Some(names) = self.names.get(conversation) else {
            return Vec::new();
        };
        let mut found: BTreeSet<(Named, ConversationId)> = BTreeSet::new();
        for (kind, key) in names.keys() {
            let there = self.by_key.get(&(kind, key.to_owned()));
            let there = there.filter(|there| there.len() <= TOO_COMMON);
            for other in there.into_iter().flatten().filter(|o| *o != conversation) {
                let is_same = match (kind, self.names.get(other)) {
                    (Named::Place, _) => true,
                    (Named::Person, Some(others)) => names.shares_person(others),
                    (Named::Person, None) => false,
                };
                if is_same {
                    found.insert((kind, *other));
                }
            }
        }
        let mut seen = BTreeSet::new();
        found
            .into_iter()
            .filter(|(_, other)| seen.insert(*other))
            .take(most)
            .map(|(named, conversation)| Similar {
                conversation,
                named,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(person: &str, place: &str) -> Names {
        Names {
            persons: Some(words_of(person))
                .filter(|w| !w.is_empty())
                .into_iter()
                .collect(),
            places: Some(in_one(place))
                .filter(|p| !p.is_empty())
                .into_iter()
                .collect(),
        }
    }

    fn id(n: u8) -> ConversationId {
        ConversationId::new([n; 32])
    }

    #[test]
    fn the_words_without_a_meaning_are_in_order() {
        assert!(EMPTY_WORDS.is_sorted());
    }

    #[test]
    fn names_are_the_same_without_titles_accents_and_order() {
        let register = Register::of([
            (id(1), names("Dr. José Müller", "")),
            (id(2), names("muller, jose MD", "")),
            (id(3), names("Prof. Müller", "surgery ")),
            (id(4), names("José Alvarez", "Surgery")),
            (id(5), names("the attending", "")),
            (id(6), names("张伟", "")),
            (id(7), names("张伟", "")),
            (id(8), names("The senior resident", "")),
        ]);
        let of = |n| -> Vec<(u8, Named)> {
            let found = register.similar(&id(n), 10);
            let of = |s: Similar| (s.conversation.as_bytes()[0], s.named);
            found.into_iter().map(of).collect()
        };
        assert_eq!(of(1), [(2, Named::Person), (3, Named::Person)]);
        assert_eq!(
            of(3),
            [(1, Named::Person), (2, Named::Person), (4, Named::Place)]
        );
        assert_eq!(of(4), [(3, Named::Place)]);
        assert_eq!(of(5), []);
        assert_eq!(of(6), [(7, Named::Person)]);
        assert_eq!(of(8), []);
    }
}
