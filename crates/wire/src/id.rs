//! The 32-byte identifiers, and the capability that opens a drop, a cell or the self-record.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use thiserror::Error;

use crate::hash::{Tag, tagged_hash};

/// An identifier's text was not 64 lower-case hexadecimal digits, or its bytes not 32.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("an identifier is 32 bytes, written as 64 lower-case hexadecimal digits")]
pub struct IdError;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = 32;

            /// Wraps 32 bytes.
            #[must_use]
            pub const fn new(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// Parses exactly 32 bytes.
            ///
            /// # Errors
            /// [`IdError`] at any other length.
            pub fn decode(bytes: &[u8]) -> Result<Self, IdError> {
                bytes.try_into().map(Self).map_err(|_| IdError)
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), hex::encode(self.0))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                if text.len() != 64 || text.bytes().any(|b| b.is_ascii_uppercase()) {
                    return Err(IdError);
                }
                let mut bytes = [0; 32];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| IdError)?;
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
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

identifier! {
    /// 32 random bytes that name one instance; they survive root rotation.
    InstanceId
}
identifier! {
    /// Names one conversation: a hash over what the first message commits to.
    ConversationId
}
identifier! {
    /// Where a drop, a cell or a self-record lies: the hash of its capability.
    Address
}
identifier! {
    /// Names one stored envelope: the hash of its frame.
    EnvelopeId
}
identifier! {
    /// A digest of a stored or signed object; the tag says of what.
    Digest
}
identifier! {
    /// Names one enrolled device: its Ed25519 public key.
    DeviceId
}
identifier! {
    /// Names one event of a case: the hash of its content.
    EventId
}

impl Digest {
    const DROP: Tag = Tag::new("candor/v1/drop-digest");

    /// The digest of a drop's sealed bytes: what a clash answers with, and what the next reply
    /// commits to.
    #[must_use]
    pub fn of_drop(sealed: &[u8]) -> Self {
        Self(tagged_hash(Self::DROP, &[sealed]))
    }
}

impl EventId {
    const CONTENT: Tag = Tag::new("candor/v1/event-id");

    /// The name of the event with this content.
    #[must_use]
    pub fn of_content(content: &[u8]) -> Self {
        Self(tagged_hash(Self::CONTENT, &[content]))
    }
}

/// A 32-byte secret whose hash is an address. Who holds it may read what lies there.
///
/// It has no `Display` and no serialisation; `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Capability([u8; 32]);

impl Capability {
    /// Length in bytes.
    pub const LEN: usize = 32;
    const DROP: Tag = Tag::new("candor/v1/drop-address");
    const CELL: Tag = Tag::new("candor/v1/cell-address");
    const SELF: Tag = Tag::new("candor/v1/self-address");

    /// Wraps 32 bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Parses exactly 32 bytes.
    ///
    /// # Errors
    /// [`IdError`] at any other length.
    pub fn decode(bytes: &[u8]) -> Result<Self, IdError> {
        bytes.try_into().map(Self).map_err(|_| IdError)
    }

    /// The bytes, for sending inside an exchange.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The address of the drop that this capability reads.
    #[must_use]
    pub fn drop_address(&self) -> Address {
        Address(tagged_hash(Self::DROP, &[&self.0]))
    }

    /// The address of the cell that this capability reads.
    #[must_use]
    pub fn cell_address(&self) -> Address {
        Address(tagged_hash(Self::CELL, &[&self.0]))
    }

    /// The address of the self-record that this capability reads and replaces.
    #[must_use]
    pub fn self_address(&self) -> Address {
        Address(tagged_hash(Self::SELF, &[&self.0]))
    }
}

impl fmt::Debug for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Capability(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips_and_refuses_other_forms() {
        let id = InstanceId::new([0xab; 32]);
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in [
            "",
            "ab",
            &"AB".repeat(32),
            &"ab".repeat(33),
            &"zz".repeat(32),
        ] {
            assert_eq!(bad.parse::<InstanceId>(), Err(IdError));
        }
    }

    #[test]
    fn one_capability_has_three_unrelated_addresses() {
        let cap = Capability::new([7; 32]);
        assert_ne!(cap.drop_address(), cap.cell_address());
        assert_ne!(cap.drop_address(), cap.self_address());
        assert_eq!(format!("{cap:?}"), "Capability(..)");
    }
}
