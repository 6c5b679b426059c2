//! Public signing keys as documents carry them.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use thiserror::Error;

/// Why text is not a public key.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// Not 32 bytes in base64, or not a point of the curve.
    #[error("a public key is an Ed25519 key: 32 bytes in base64")]
    Form,
    /// A point of small order, under which signatures over anything can be made.
    #[error("the public key is of small order and proves nothing; ask for another")]
    SmallOrder,
}

/// An Ed25519 public key, never one of small order. Written in standard base64 with padding.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Parses exactly 32 bytes.
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn decode(bytes: &[u8]) -> Result<Self, KeyError> {
        let bytes: &[u8; 32] = bytes.try_into().map_err(|_| KeyError::Form)?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::Form)?;
        if key.is_weak() {
            return Err(KeyError::SmallOrder);
        }
        Ok(Self(key))
    }

    /// The key, for checking a signature.
    #[must_use]
    pub const fn verifying(&self) -> &VerifyingKey {
        &self.0
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl TryFrom<VerifyingKey> for PublicKey {
    type Error = KeyError;

    fn try_from(key: VerifyingKey) -> Result<Self, KeyError> {
        Self::decode(key.as_bytes())
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::decode(&BASE64.decode(text).map_err(|_| KeyError::Form)?)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(self.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_order_points_are_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert_eq!(PublicKey::decode(&identity), Err(KeyError::SmallOrder));
        assert_eq!(PublicKey::decode(&[0; 32]), Err(KeyError::SmallOrder));
        assert_eq!(PublicKey::decode(&[0; 31]), Err(KeyError::Form));
    }
}
