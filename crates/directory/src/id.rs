//! The names that topics, questions, routes and other entries of a directory bear.

use std::{fmt, str::FromStr};

use candor_wire::RoleId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use thiserror::Error;

/// A name was empty, too long, or held a character outside `a-z`, `0-9` and `-`.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "a name is 1 to 32 characters of a-z, 0-9 and -, beginning with a letter and not ending with -"
)]
pub struct IdError;

macro_rules! id {
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
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                // All names of the protocol follow the one rule that roles do.
                text.parse::<RoleId>().map_err(|_| IdError)?;
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
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    };
}

id! {
    /// Names a topic, such as `mistreatment`.
    TopicId
}
id! {
    /// Names a question.
    QuestionId
}
id! {
    /// Names an option of a question; it is the value of the answer.
    OptionId
}
id! {
    /// Names a set of routing rules.
    RouteId
}
id! {
    /// Names an office or a team: what a routing rule points to.
    TargetId
}
id! {
    /// Names a resource.
    ResourceId
}
id! {
    /// Names a place.
    PlaceId
}
id! {
    /// Names a category of the desk: a type of mistreatment, a setting, a source, a channel.
    CategoryId
}
id! {
    /// Names something that an office means to do within some days.
    AimId
}
id! {
    /// Names a state of a case.
    StateId
}
id! {
    /// Names who holds a root key, such as `administrator` or `witness`.
    RootRole
}
