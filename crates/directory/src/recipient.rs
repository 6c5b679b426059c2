//! Recipients of the age hybrid type, as text. Only the shape is checked here: this crate and the
//! servers that use it hold nothing that could seal or open.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use thiserror::Error;

/// Text was not a recipient of the age hybrid type.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a recipient is an age hybrid recipient: `age1pq1` and 1952 characters of bech32")]
pub struct RecipientError;

/// `age1pq1…`: the encapsulation key of one epoch or device.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecipientText(String);

impl RecipientText {
    /// Human-readable part and separator.
    pub const PREFIX: &str = "age1pq1";
    /// Length in characters: the prefix, 1216 bytes in groups of five bits, a checksum of six.
    ///
    /// ```
    /// use candor_directory::RecipientText;
    /// assert_eq!(RecipientText::LEN, RecipientText::PREFIX.len() + (1216_usize * 8).div_ceil(5) + 6);
    /// ```
    pub const LEN: usize = 1959;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RecipientText {
    type Err = RecipientError;

    fn from_str(text: &str) -> Result<Self, RecipientError> {
        const BECH32: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
        let data = text.strip_prefix(Self::PREFIX).ok_or(RecipientError)?;
        if text.len() != Self::LEN || !data.bytes().all(|b| BECH32.contains(&b)) {
            return Err(RecipientError);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for RecipientText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RecipientText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start: String = self.0.chars().take(16).collect();
        write!(f, "RecipientText({start}…)")
    }
}

impl Serialize for RecipientText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RecipientText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hybrid_shape_passes() {
        let good = format!("age1pq1{}", "q".repeat(1952));
        assert!(good.parse::<RecipientText>().is_ok());
        let x25519 = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
        let upper = good.to_uppercase();
        let short = good.get(..1958).unwrap().to_owned();
        let alien = good.replacen("1q", "1b", 1);
        for bad in [x25519, &upper, &short, &alien, ""] {
            assert_eq!(bad.parse::<RecipientText>(), Err(RecipientError));
        }
    }
}
