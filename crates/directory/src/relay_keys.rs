//! The keys of the exchange, as the relay signs them (`docs/protocol.md`, "Relay keys").

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use candor_wire::{Day, Domain, InstanceId, SignedStatement, StatementError, Tag};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use thiserror::Error;

use crate::{date, directory::Directory, verified::Verified};

/// The use of the relay's key that signs its exchange keys.
#[derive(Clone, Copy, Debug)]
pub enum RelayKeysDomain {}

impl Domain for RelayKeysDomain {
    const TAG: Tag = Tag::new("candor/v1/relay-keys");
}

/// One key configuration of RFC 9458, section 3.1, without the length before it. Its content is
/// for the exchange's library to parse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyConfig(Vec<u8>);

impl KeyConfig {
    /// The most bytes a configuration may measure.
    pub const MAX_LEN: usize = 4096;

    /// Wraps an encoded configuration.
    ///
    /// # Errors
    /// [`RelayKeysError::Form`] if it is empty or too long.
    pub fn new(bytes: Vec<u8>) -> Result<Self, RelayKeysError> {
        if (1..=Self::MAX_LEN).contains(&bytes.len()) {
            Ok(Self(bytes))
        } else {
            Err(RelayKeysError::Form)
        }
    }

    /// The encoded configuration.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for KeyConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for KeyConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64.decode(text).map_err(D::Error::custom)?;
        Self::new(bytes).map_err(D::Error::custom)
    }
}

/// One key of the exchange and the days it is good for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelayKey {
    /// The key configuration.
    pub config: KeyConfig,
    /// Its first day.
    #[serde(with = "date")]
    pub not_before: Day,
    /// Its last day.
    #[serde(with = "date")]
    pub not_after: Day,
}

/// The relay's current and coming exchange keys: the same list for everyone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelayKeys {
    /// The instance.
    pub instance: InstanceId,
    /// Grows by one with every change.
    pub serial: u64,
    /// The keys.
    pub keys: Vec<RelayKey>,
}

/// Why the relay's keys are not accepted.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RelayKeysError {
    /// Not of the expected form.
    #[error("the relay's keys are not of the expected form; they may come from a newer version")]
    Form,
    /// Not signed by the relay that the directory names.
    #[error(
        "the relay's keys are not signed by the relay that the directory names; somebody in between may have changed them"
    )]
    Signature,
    /// For another instance.
    #[error("the relay's keys belong to another instance")]
    WrongInstance,
    /// Older than what was seen before.
    #[error("the relay's keys are older than those seen before")]
    RolledBack,
    /// None is good today.
    #[error("none of the relay's keys is good today; check this device's date, or try again later")]
    NoneCurrent,
}

impl RelayKeysError {
    /// A short name of the variant, the same in every language of the protocol.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Signature => "signature",
            Self::WrongInstance => "wrong-instance",
            Self::RolledBack => "rolled-back",
            Self::NoneCurrent => "none-current",
        }
    }
}

impl RelayKeys {
    /// The most keys in a list.
    pub const MAX_KEYS: usize = 16;
    /// The most bytes a list may measure.
    pub const MAX_LEN: usize = 1 << 17;

    /// Signs the list with the relay's key.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub fn sign(
        &self,
        key: &SigningKey,
    ) -> Result<SignedStatement<RelayKeysDomain>, serde_json::Error> {
        SignedStatement::sign(key, &self.instance, self)
    }

    /// Checks a served list against the directory. `highest_seen` is the highest serial accepted
    /// before, if the client remembers.
    ///
    /// # Errors
    /// [`RelayKeysError`]
    pub fn verify(
        bytes: &[u8],
        directory: &Verified<Directory>,
        highest_seen: Option<u64>,
    ) -> Result<Verified<Self>, RelayKeysError> {
        if bytes.len() > Self::MAX_LEN {
            return Err(RelayKeysError::Form);
        }
        let statement: SignedStatement<RelayKeysDomain> =
            serde_json::from_slice(bytes).map_err(|_| RelayKeysError::Form)?;
        let keys: Self = statement
            .verify(directory.relay.signing_key.verifying(), &directory.instance)
            .map_err(|error| match error {
                StatementError::Signature => RelayKeysError::Signature,
                _ => RelayKeysError::Form,
            })?;
        if keys.instance != directory.instance {
            return Err(RelayKeysError::WrongInstance);
        }
        if keys.keys.len() > Self::MAX_KEYS {
            return Err(RelayKeysError::Form);
        }
        if highest_seen.is_some_and(|seen| keys.serial < seen) {
            return Err(RelayKeysError::RolledBack);
        }
        Ok(Verified::assert(keys))
    }

    /// The key to use on a day: of those that are good, the one that began last, and of several
    /// that began on the same day the first in the list.
    ///
    /// # Errors
    /// [`RelayKeysError::NoneCurrent`]
    pub fn current(&self, today: Day) -> Result<&RelayKey, RelayKeysError> {
        self.keys
            .iter()
            .rev()
            .filter(|key| key.not_before <= today && today <= key.not_after)
            .max_by_key(|key| key.not_before)
            .ok_or(RelayKeysError::NoneCurrent)
    }

    /// The last day up to which there is a key without a gap from today on.
    #[must_use]
    pub fn covered_until(&self, today: Day) -> Option<Day> {
        let mut until = None;
        let mut day = today;
        while let Some(end) = self
            .keys
            .iter()
            .filter(|key| key.not_before <= day && day <= key.not_after)
            .map(|key| key.not_after)
            .max()
        {
            until = Some(end);
            if end.plus(1) == day || end == Day(u32::MAX) {
                break;
            }
            day = end.plus(1);
        }
        until
    }
}
