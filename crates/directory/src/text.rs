//! Words in several languages, with a fallback that shows.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use thiserror::Error;

/// A language tag was not of the form `en` or `pt-BR`.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a language is a BCP 47 tag such as `en` or `pt-BR`")]
pub struct LanguageError;

/// A BCP 47 language tag: two or three lower-case letters, then subtags of two to eight letters
/// or digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(String);

impl Language {
    /// The tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the first hyphen.
    fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }
}

impl FromStr for Language {
    type Err = LanguageError;

    fn from_str(text: &str) -> Result<Self, LanguageError> {
        let mut parts = text.split('-');
        let primary = parts.next().unwrap_or_default();
        let fits = (2..=3).contains(&primary.len())
            && primary.bytes().all(|b| b.is_ascii_lowercase())
            && parts.all(|part| {
                (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
            })
            && text.len() <= 35;
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(LanguageError)
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Language({})", self.0)
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// The same words in one or more languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(BTreeMap<Language, String>);

/// Words as they can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown<'a> {
    /// The words.
    pub text: &'a str,
    /// The language they are in; none for a text without any words.
    pub language: Option<&'a Language>,
    /// Whether this is another language than was asked for. The reader is told so.
    pub is_fallback: bool,
}

impl Text {
    /// A text in one language.
    #[must_use]
    pub fn new(language: Language, words: impl Into<String>) -> Self {
        Self(BTreeMap::from([(language, words.into())]))
    }

    /// The words in `wanted`; else in its primary language or a sister of it (`pt` for `pt-BR`);
    /// else in the first of `preferred` that has any; else in whichever language there is.
    #[must_use]
    pub fn show<'a>(&'a self, wanted: &Language, preferred: &[Language]) -> Shown<'a> {
        let found = |(language, words): (&'a Language, &'a String), is_fallback| Shown {
            text: words.as_str(),
            language: Some(language),
            is_fallback,
        };
        if let Some(entry) = self.0.get_key_value(wanted) {
            return found(entry, false);
        }
        if let Some(entry) = self
            .0
            .iter()
            .find(|(language, _)| language.primary() == wanted.primary())
        {
            return found(entry, false);
        }
        preferred
            .iter()
            .find_map(|language| self.0.get_key_value(language))
            .or_else(|| self.0.iter().next())
            .map_or(
                Shown {
                    text: "",
                    language: None,
                    is_fallback: true,
                },
                |entry| found(entry, true),
            )
    }

    /// Whether there are words in this very language.
    #[must_use]
    pub fn has(&self, language: &Language) -> bool {
        self.0
            .get(language)
            .is_some_and(|words| !words.trim().is_empty())
    }

    /// The languages there are words in.
    pub fn languages(&self) -> impl Iterator<Item = &Language> {
        self.0.keys()
    }

    /// Whether there are no words at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lang(tag: &str) -> Language {
        tag.parse().unwrap()
    }

    #[test]
    fn tags_are_narrow() {
        for good in ["en", "pt-BR", "zh-Hans", "gsw"] {
            assert!(good.parse::<Language>().is_ok(), "{good}");
        }
        for bad in ["", "e", "EN", "en_US", "en-", "english", "en-a"] {
            assert_eq!(bad.parse::<Language>(), Err(LanguageError), "{bad}");
        }
    }

    #[test]
    fn another_language_is_shown_and_says_so() {
        let text = Text(BTreeMap::from([
            (lang("en"), "Hello".to_owned()),
            (lang("pt"), "Olá".to_owned()),
        ]));
        assert_eq!(text.show(&lang("pt-BR"), &[]).text, "Olá");
        assert!(!text.show(&lang("pt-BR"), &[]).is_fallback);
        let shown = text.show(&lang("de"), &[lang("en")]);
        assert_eq!((shown.text, shown.is_fallback), ("Hello", true));
        assert_eq!(shown.language, Some(&lang("en")));
        assert_eq!(Text::default().show(&lang("de"), &[]).language, None);
    }
}
