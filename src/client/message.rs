//! A sentence of this program: its English in the source, its translations in `words/*.toml`.
//!
//! Each translation stands beside the English that it was made from, so that a test can tell when
//! one is missing or has been left behind.

use std::{collections::BTreeMap, fmt::Display, ops::Deref, sync::OnceLock};

use super::{
    bidi,
    language::{Tongue, tongue},
};

/// A sentence. As a `str` it is in the language that was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its name in the files of translations.
    pub key: &'static str,
    /// Its English, with `{names}` where values go.
    pub english: &'static str,
}

/// Declares messages, and the list of all of them.
macro_rules! messages {
    ($( $key:ident = $english:literal; )*) => {
        $( pub const $key: $crate::client::message::Message = $crate::client::message::Message {
            key: stringify!($key),
            english: $english,
        }; )*
        /// All messages of this module.
        #[cfg(test)]
        pub const ALL: &[$crate::client::message::Message] = &[$( $key, )*];
    };
}
pub(crate) use messages;

impl Message {
    /// It, in a language; in English if that language lacks it.
    pub fn in_tongue(&self, tongue: Tongue) -> &'static str {
        translations(tongue)
            .and_then(|all| all.get(self.key))
            .map_or(self.english, |pair| pair.translation)
    }

    /// It, with the values put in. What is written in the other direction is kept apart.
    pub fn with(&self, values: &[(&str, &dyn Display)]) -> String {
        fill(self, values)
    }
}

impl Deref for Message {
    type Target = str;

    fn deref(&self) -> &str {
        self.in_tongue(tongue())
    }
}

/// Puts values where their names stand. Nothing of a value is looked at again.
fn fill(template: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let value = after.split_once('}').and_then(|(name, after)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((value, after))
        });
        match value {
            Some((value, after)) => {
                filled.push_str(&bidi::apart(&value.to_string()));
                rest = after;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// A translation and what it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The English that was translated.
    pub english: &'static str,
    /// The translation.
    pub translation: &'static str,
}

type Translations = BTreeMap<&'static str, Pair>;

/// The translations of a language; none for English.
pub fn translations(tongue: Tongue) -> Option<&'static Translations> {
    static LOADED: [OnceLock<Translations>; 3] = [const { OnceLock::new() }; 3];
    let (place, text) = match tongue {
        Tongue::English => return None,
        Tongue::Spanish => (&LOADED[0], include_str!("words/es.toml")),
        Tongue::Chinese => (&LOADED[1], include_str!("words/zh-Hans.toml")),
        Tongue::Arabic => (&LOADED[2], include_str!("words/ar.toml")),
    };
    Some(place.get_or_init(|| {
        // Our own file, which a test reads: if it were damaged, English would be spoken.
        let read: BTreeMap<String, [String; 2]> = toml::from_str(text).unwrap_or_default();
        read.into_iter()
            .map(|(key, [english, translation])| {
                let pair = Pair {
                    english: english.leak(),
                    translation: translation.leak(),
                };
                (&*key.leak(), pair)
            })
            .collect()
    }))
}

/// Which form of a word a number takes (Unicode's plural rules for whole numbers).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plural {
    /// None, where a language has a form for it.
    Zero,
    /// One.
    One,
    /// Two, where a language has a form for it.
    Two,
    /// A few: in Arabic 3 to 10.
    Few,
    /// Many: in Arabic 11 to 99.
    Many,
    /// Every other number.
    Other,
}

/// The form for a number in a language.
pub const fn plural(tongue: Tongue, n: u32) -> Plural {
    match (tongue, n, n % 100) {
        (Tongue::Arabic, 0, _) => Plural::Zero,
        (Tongue::English | Tongue::Spanish | Tongue::Arabic, 1, _) => Plural::One,
        (Tongue::Arabic, 2, _) => Plural::Two,
        (Tongue::Arabic, _, 3..=10) => Plural::Few,
        (Tongue::Arabic, _, 11..=99) => Plural::Many,
        _ => Plural::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_in_once_and_never_read_again() {
        let values: &[(&str, &dyn Display)] = &[("a", &"{b}"), ("b", &2)];
        assert_eq!(fill("{a} and {b}, {c} {", values), "{b} and 2, {c} {");
    }

    #[test]
    fn numbers_take_the_form_of_their_language() {
        use Plural::{Few, Many, One, Other, Two, Zero};
        let of = |tongue| [0, 1, 2, 7, 30, 90, 102, 365].map(|n| plural(tongue, n));
        assert_eq!(
            of(Tongue::Arabic),
            [Zero, One, Two, Few, Many, Many, Other, Many]
        );
        assert_eq!(of(Tongue::English)[..3], [Other, One, Other]);
        assert_eq!(of(Tongue::Chinese)[..3], [Other; 3]);
    }
}
