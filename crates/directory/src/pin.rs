//! The pin: which instance a client belongs to and whose signatures it asks for
//! (`docs/protocol.md`, "Pin").

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use candor_wire::InstanceId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use thiserror::Error;

use crate::{
    id::RootRole,
    key::{KeyError, PublicKey},
};

/// Why a pin is not accepted.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PinError {
    /// Not a pin.
    #[error("the pin is not of the expected form ({0}); it may come from a newer version")]
    Form(String),
    /// No root, more than eight, or one role or key twice.
    #[error("a pin names one to eight roots, each with its own role and key")]
    Roots,
    /// A demonstration's pin where a real one is asked for.
    #[error(
        "this pin belongs to a demonstration, whose keys protect nothing; use the pin of a real instance, or say that you mean a demonstration"
    )]
    Demonstration,
    /// A real pin where a demonstration's is asked for.
    #[error("this pin belongs to a real instance and a demonstration was asked for")]
    NotDemonstration,
}

impl PinError {
    /// A short name of the variant, the same in every language of the protocol.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Form(_) => "form",
            Self::Roots => "roots",
            Self::Demonstration => "demonstration",
            Self::NotDemonstration => "not-demonstration",
        }
    }
}

/// What a tool is used for. Keys of a demonstration are refused elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Real reports.
    Production,
    /// Trying out.
    Demonstration,
}

/// A root's public key, as minisign writes it.
#[derive(Clone, PartialEq, Eq)]
pub struct RootKey {
    role: RootRole,
    text: String,
    minisign: minisign_verify::PublicKey,
    ed25519: PublicKey,
}

impl RootKey {
    /// Parses the base64 line of a minisign public key: two bytes `Ed`, eight bytes of key id and
    /// the Ed25519 key.
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn new(role: RootRole, base64: &str) -> Result<Self, KeyError> {
        let minisign =
            minisign_verify::PublicKey::from_base64(base64).map_err(|_| KeyError::Form)?;
        let bytes = BASE64.decode(base64).map_err(|_| KeyError::Form)?;
        let key = bytes.get(10..).ok_or(KeyError::Form)?;
        if !bytes.starts_with(b"Ed") {
            return Err(KeyError::Form);
        }
        Ok(Self {
            role,
            text: base64.to_owned(),
            minisign,
            ed25519: PublicKey::decode(key)?,
        })
    }

    /// Parses a minisign public key file: a comment line, then the key.
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn from_file_text(role: RootRole, text: &str) -> Result<Self, KeyError> {
        let line = text.lines().nth(1).ok_or(KeyError::Form)?;
        Self::new(role, line.trim())
    }

    /// Who holds it.
    #[must_use]
    pub const fn role(&self) -> &RootRole {
        &self.role
    }

    /// The base64 line.
    #[must_use]
    pub fn base64(&self) -> &str {
        &self.text
    }

    /// The Ed25519 key within.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.ed25519
    }

    pub(crate) const fn minisign_key(&self) -> &minisign_verify::PublicKey {
        &self.minisign
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootKey({}: {})", self.role, self.text)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRoot {
    role: RootRole,
    key: String,
}

impl Serialize for RootKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = RawRoot {
            role: self.role.clone(),
            key: self.text.clone(),
        };
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RootKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawRoot::deserialize(deserializer)?;
        Self::new(raw.role, &raw.key).map_err(D::Error::custom)
    }
}

/// `pin.json`: what a client is told beforehand and never takes from the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    format: Format,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    demonstration: bool,
    instance: InstanceId,
    roots: Vec<RootKey>,
    minimum_version: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Format {
    #[serde(rename = "candor-pin/1")]
    V1,
}

impl Pin {
    /// The most roots a pin may name.
    pub const MAX_ROOTS: usize = 8;
    /// The most bytes a pin may measure.
    pub const MAX_LEN: usize = 16_384;

    /// Makes a pin.
    ///
    /// # Errors
    /// [`PinError::Roots`]
    pub fn new(
        purpose: Purpose,
        instance: InstanceId,
        roots: Vec<RootKey>,
        minimum_version: u64,
    ) -> Result<Self, PinError> {
        let pin = Self {
            format: Format::V1,
            demonstration: purpose == Purpose::Demonstration,
            instance,
            roots,
            minimum_version,
        };
        pin.check_roots()?;
        Ok(pin)
    }

    /// Parses a pin for a purpose: a demonstration's pin is refused for real reports.
    ///
    /// # Errors
    /// [`PinError`]
    pub fn decode(bytes: &[u8], purpose: Purpose) -> Result<Self, PinError> {
        if bytes.len() > Self::MAX_LEN {
            return Err(PinError::Form("longer than 16 KiB".to_owned()));
        }
        let pin: Self =
            serde_json::from_slice(bytes).map_err(|error| PinError::Form(error.to_string()))?;
        pin.check_roots()?;
        match (purpose, pin.demonstration) {
            (Purpose::Production, true) => Err(PinError::Demonstration),
            (Purpose::Demonstration, false) => Err(PinError::NotDemonstration),
            _ => Ok(pin),
        }
    }

    fn check_roots(&self) -> Result<(), PinError> {
        let distinct = self.roots.iter().enumerate().all(|(i, root)| {
            self.roots
                .iter()
                .skip(i + 1)
                .all(|other| other.role != root.role && other.ed25519 != root.ed25519)
        });
        if distinct && (1..=Self::MAX_ROOTS).contains(&self.roots.len()) {
            Ok(())
        } else {
            Err(PinError::Roots)
        }
    }

    /// Writes the pin.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// The instance.
    #[must_use]
    pub const fn instance(&self) -> &InstanceId {
        &self.instance
    }

    /// Every root, all of whom must sign.
    #[must_use]
    pub fn roots(&self) -> &[RootKey] {
        &self.roots
    }

    /// The least version of the directory to accept.
    #[must_use]
    pub const fn minimum_version(&self) -> u64 {
        self.minimum_version
    }

    /// Whether this is a demonstration's pin.
    #[must_use]
    pub const fn is_demonstration(&self) -> bool {
        self.demonstration
    }

    /// Whether the instance is real.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        if self.demonstration {
            Purpose::Demonstration
        } else {
            Purpose::Production
        }
    }
}
