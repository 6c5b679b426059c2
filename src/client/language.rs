//! Which language is spoken: that of `--language`, of `CANDOR_LANGUAGE`, or of the computer's
//! settings (`LC_ALL`, `LC_MESSAGES`, `LANG`); English if there is none of ours.
//!
//! It is settled once, before the first word is said, and never changes.

use std::{env, str::FromStr, sync::OnceLock};

use candor_directory::{Directory, Language};

/// A language in which this program's own words are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tongue {
    /// English, from which the others are translated.
    #[default]
    English,
    /// Spanish.
    Spanish,
    /// Chinese in simplified characters.
    Chinese,
    /// Arabic.
    Arabic,
}

impl Tongue {
    /// All but English.
    #[cfg(test)]
    pub const TRANSLATED: [Self; 3] = [Self::Spanish, Self::Chinese, Self::Arabic];

    /// Its tag (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
            Self::Chinese => "zh-Hans",
            Self::Arabic => "ar",
        }
    }

    /// Whether it is written from right to left.
    pub const fn is_right_to_left(self) -> bool {
        matches!(self, Self::Arabic)
    }

    /// The one that a tag means, by its first part.
    fn of(tag: &Language) -> Option<Self> {
        match tag.as_str().split('-').next() {
            Some("en") => Some(Self::English),
            Some("es") => Some(Self::Spanish),
            Some("zh") => Some(Self::Chinese),
            Some("ar") => Some(Self::Arabic),
            _ => None,
        }
    }
}

/// What was settled.
#[derive(Clone, Debug)]
struct Settled {
    tongue: Tongue,
    /// Asked for by name; the directory may have it although this program does not.
    asked: Option<Language>,
}

static SETTLED: OnceLock<Settled> = OnceLock::new();

/// A language as it is given to `--language`: a tag such as `es`, or as in `LANG`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish(Language);

impl FromStr for Wish {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let locale = text.split(['.', '@']).next().unwrap_or_default();
        let mut parts = locale.split(['-', '_']);
        let first = parts.next().unwrap_or_default().to_ascii_lowercase();
        let tag = std::iter::once(first.as_str())
            .chain(parts)
            .collect::<Vec<_>>()
            .join("-");
        tag.parse()
            .map(Self)
            .map_err(|_| "a language is a tag such as en, es, zh-Hans or ar".to_owned())
    }
}

/// Settles the language. Later calls change nothing.
pub fn settle(asked: Option<&Wish>) {
    let settings = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| env::var(name).ok())
        .find(|value| !value.is_empty());
    let _ = SETTLED.set(choose(asked, settings.as_deref()));
}

fn choose(asked: Option<&Wish>, settings: Option<&str>) -> Settled {
    let of_settings = || {
        let wish: Wish = settings?.parse().ok()?;
        Tongue::of(&wish.0)
    };
    match asked {
        Some(Wish(tag)) => Settled {
            tongue: Tongue::of(tag).unwrap_or_default(),
            asked: Some(tag.clone()),
        },
        None => Settled {
            tongue: of_settings().unwrap_or_default(),
            asked: None,
        },
    }
}

/// The language of this program's own words.
pub fn tongue() -> Tongue {
    SETTLED
        .get()
        .map_or(Tongue::English, |settled| settled.tongue)
}

/// The language in which the directory's texts are wanted: one that was asked for by name, if the
/// directory is written in it; else that of this program's own words.
pub fn wanted(directory: &Directory) -> Language {
    let asked = SETTLED.get().and_then(|settled| settled.asked.as_ref());
    let primary = |tag: &Language| {
        tag.as_str()
            .split('-')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    asked
        .filter(|asked| {
            directory
                .languages
                .iter()
                .any(|language| primary(language) == primary(asked))
        })
        .cloned()
        .unwrap_or_else(own)
}

/// The tag of [`tongue`].
pub fn own() -> Language {
    // Constants of the right form; a test reads them all.
    tongue()
        .tag()
        .parse()
        .unwrap_or_else(|_| unreachable!("a language tag of this program"))
}

/// A language that was asked for by name and is none of this program's own.
pub fn not_spoken() -> Option<&'static Language> {
    let asked = SETTLED.get()?.asked.as_ref()?;
    Tongue::of(asked).is_none().then_some(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(asked: Option<&str>, settings: Option<&str>) -> &'static str {
        let asked: Option<Wish> = asked.map(|text| text.parse().unwrap());
        choose(asked.as_ref(), settings).tongue.tag()
    }

    #[test]
    fn the_computers_settings_are_followed_and_a_wish_goes_before_them() {
        assert_eq!(chosen(None, None), "en");
        for (settings, tag) in [
            ("C", "en"),
            ("POSIX", "en"),
            ("en_GB.UTF-8", "en"),
            ("es_MX.UTF-8", "es"),
            ("zh_CN.UTF-8", "zh-Hans"),
            ("zh_TW", "zh-Hans"),
            ("ar_EG.UTF-8@x", "ar"),
            ("fr_FR.UTF-8", "en"),
            ("tlh-\u{202e}", "en"),
        ] {
            assert_eq!(chosen(None, Some(settings)), tag, "{settings}");
        }
        assert_eq!(chosen(Some("ar"), Some("es_ES")), "ar");
        assert_eq!(chosen(Some("zh-Hans-CN"), None), "zh-Hans");
        assert_eq!(chosen(Some("fr"), Some("es_ES")), "en");
        assert!("no language".parse::<Wish>().is_err());
    }

    #[test]
    fn every_tag_is_one() {
        for tongue in Tongue::TRANSLATED {
            assert!(tongue.tag().parse::<Language>().is_ok());
        }
        assert!(Tongue::English.tag().parse::<Language>().is_ok());
    }
}
