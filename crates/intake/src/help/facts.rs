//! The few members of a directory that the page without scripts shows (`docs/protocol.md`,
//! section 12). Nothing else of it is looked at, and nothing of it is believed.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::words::Words;

/// Words by language.
pub type Text = BTreeMap<String, String>;

/// What a directory says about ways to report.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Facts {
    /// Whether its keys protect nothing.
    #[serde(default)]
    pub demonstration: bool,
    /// The hotline's name.
    pub names: Text,
    /// Its languages, the first of which texts fall back to.
    pub languages: Vec<String>,
    /// The telephone, if one is known.
    pub hotline: Option<Hotline>,
    /// Numbers for who is in danger now.
    #[serde(default)]
    pub emergency: Vec<Emergency>,
}

/// The hotline's telephone.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Hotline {
    /// Its number.
    pub telephone: String,
    /// When somebody answers.
    pub hours: Text,
}

/// A number for who is in danger now.
#[derive(Clone, Debug, Deserialize)]
pub struct Emergency {
    /// Whose it is.
    pub names: Text,
    /// The number.
    pub telephone: String,
}

impl Facts {
    /// What a directory says, if it can be read.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let facts: Self = serde_json::from_slice(bytes).ok()?;
        (!facts.languages.is_empty()).then_some(facts)
    }

    /// What can be said without a directory.
    pub fn without(telephone: Option<&str>) -> Self {
        Self {
            languages: Words::LANGUAGES.map(str::to_owned).to_vec(),
            hotline: telephone.map(|telephone| Hotline {
                telephone: telephone.to_owned(),
                hours: Text::new(),
            }),
            ..Self::default()
        }
    }

    /// The directory's languages, those that are wanted before the others.
    pub fn languages_for(&self, wanted: &[String]) -> Vec<&str> {
        let rank = |language: &str| {
            let position = |same: &dyn Fn(&str) -> bool| wanted.iter().position(|w| same(w));
            position(&|wanted| wanted.eq_ignore_ascii_case(language))
                .or_else(|| position(&|wanted| primary(wanted) == primary(language)))
                .unwrap_or(usize::MAX)
        };
        let mut languages: Vec<&str> = self.languages.iter().map(String::as_str).collect();
        languages.sort_by_key(|language| rank(language));
        languages
    }

    /// A text in a language, or in the one that it falls back to, which is named then.
    pub fn text<'a>(&'a self, text: &'a Text, language: &'a str) -> Option<(&'a str, &'a str)> {
        let filled = |(language, words): (&'a String, &'a String)| {
            (!words.trim().is_empty()).then_some((language.as_str(), words.as_str()))
        };
        let exact = text.get_key_value(language).and_then(filled);
        let related = || {
            text.iter()
                .filter(|(other, _)| primary(other) == primary(language))
                .find_map(filled)
        };
        let fallback = || {
            self.languages
                .iter()
                .filter_map(|language| text.get_key_value(language))
                .find_map(filled)
        };
        exact
            .or_else(related)
            .or_else(fallback)
            .or_else(|| text.iter().find_map(filled))
    }
}

/// The language without region or script.
pub fn primary(language: &str) -> String {
    let primary = language.split('-').next().unwrap_or_default();
    primary.to_ascii_lowercase()
}
