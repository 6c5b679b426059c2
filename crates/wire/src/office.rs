//! Slugs: the names that offices and roles bear in frames, routes and signed statements.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use thiserror::Error;

/// A slug was empty, too long, or held a character outside `a-z`, `0-9` and `-`.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "a name is 1 to 32 characters of a-z, 0-9 and -, beginning with a letter and not ending with -"
)]
pub struct SlugError;

fn check(text: &str) -> Result<(), SlugError> {
    let bytes = text.as_bytes();
    let fits = (1..=32).contains(&bytes.len())
        && bytes
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
        && bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes.last() != Some(&b'-');
    if fits { Ok(()) } else { Err(SlugError) }
}

macro_rules! slug {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = SlugError;

            fn from_str(text: &str) -> Result<Self, SlugError> {
                check(text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    };
}

slug! {
    /// Names an office of the directory, such as `title-ix`.
    OfficeId
}
slug! {
    /// Names a role that sits in one or more offices, such as `dean-for-students`.
    RoleId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_narrow() {
        assert!("title-ix".parse::<OfficeId>().is_ok());
        let long = "a".repeat(33);
        for bad in ["", "-a", "a-", "1a", "A", "a_b", "a b", "é", long.as_str()] {
            assert_eq!(bad.parse::<OfficeId>(), Err(SlugError), "{bad}");
        }
    }
}
