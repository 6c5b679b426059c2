//! Requests: how a new public key asks to be admitted (`docs/protocol.md`, "Requests").
//!
//! A request is signed by the very key it names, which proves only that whoever wrote it holds
//! the key. Whose key it is, two people settle by comparing the fingerprint by voice.

use candor_wire::{DeviceId, Domain, InstanceId, OfficeId, SignedStatement, StatementError, Tag};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    devices::DeviceList,
    fingerprint::Fingerprint,
    key::{KeyError, PublicKey},
    recipient::RecipientText,
    verified::Verified,
};

/// Why a request is not accepted.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// Not of the expected form.
    #[error(
        "the request is not of the expected form; it may be damaged or come from a newer version"
    )]
    Form,
    /// Not signed by the key that it names.
    #[error("the request is not signed by the key that it names; ask for a new one")]
    Signature,
    /// For another instance.
    #[error(
        "the request was made for another instance; ask for a new one with this instance's pin"
    )]
    WrongInstance,
    /// The key is of small order.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl RequestError {
    /// A short name of the variant, the same in every language of the protocol.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Signature => "signature",
            Self::WrongInstance => "wrong-instance",
            Self::Key(_) => "key",
        }
    }
}

impl From<StatementError> for RequestError {
    fn from(error: StatementError) -> Self {
        match error {
            StatementError::Signature => Self::Signature,
            _ => Self::Form,
        }
    }
}

impl From<serde_json::Error> for RequestError {
    fn from(_: serde_json::Error) -> Self {
        Self::Form
    }
}

macro_rules! request {
    ($name:ident, $domain:ident, $tag:literal, $max_len:literal) => {
        /// The use of a key that signs a request to be admitted.
        #[derive(Clone, Copy, Debug)]
        pub enum $domain {}

        impl Domain for $domain {
            const TAG: Tag = Tag::new($tag);
        }

        impl $name {
            /// The most bytes a request may measure.
            pub const MAX_LEN: usize = $max_len;

            /// Signs the request with the key that it names and writes it as a file.
            ///
            /// # Errors
            /// [`RequestError::Signature`] if it is not this key's request.
            pub fn sign(&self, key: &SigningKey) -> Result<String, RequestError> {
                if PublicKey::try_from(key.verifying_key())? != self.public_key()? {
                    return Err(RequestError::Signature);
                }
                let statement = SignedStatement::<$domain>::sign(key, &self.instance, self)?;
                Ok(serde_json::to_string_pretty(&statement)? + "\n")
            }

            /// Reads a request and checks that the key it names has signed it for this instance.
            ///
            /// # Errors
            /// [`RequestError`]
            pub fn verify(
                bytes: &[u8],
                instance: &InstanceId,
            ) -> Result<Verified<Self>, RequestError> {
                if bytes.len() > Self::MAX_LEN {
                    return Err(RequestError::Form);
                }
                let statement: SignedStatement<$domain> = serde_json::from_slice(bytes)?;
                let claimed: Self = statement.peek()?;
                if claimed.instance != *instance {
                    return Err(RequestError::WrongInstance);
                }
                let key = claimed.public_key()?;
                let request: Self = statement.verify(key.verifying(), instance)?;
                request.check()?;
                Ok(Verified::assert(request))
            }
        }
    };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum OfficeFormat {
    #[serde(rename = "candor-office-request/1")]
    V1,
}

/// What an office's desk writes for the administrator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeRequest {
    format: OfficeFormat,
    /// The instance.
    pub instance: InstanceId,
    /// The office.
    pub office: OfficeId,
    /// Its signing key.
    pub signing_key: PublicKey,
}

request!(
    OfficeRequest,
    OfficeRequestDomain,
    "candor/v1/office-request",
    4096
);

impl OfficeRequest {
    /// A request to be admitted as an office.
    #[must_use]
    pub const fn new(instance: InstanceId, office: OfficeId, signing_key: PublicKey) -> Self {
        Self {
            format: OfficeFormat::V1,
            instance,
            office,
            signing_key,
        }
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "shared with requests whose key may be bad"
    )]
    const fn public_key(&self) -> Result<PublicKey, RequestError> {
        Ok(self.signing_key)
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "shared with requests that check more"
    )]
    const fn check(&self) -> Result<(), RequestError> {
        Ok(())
    }

    /// What the administrator and the office compare by voice.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of_office(&self.instance, &self.office, &self.signing_key)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum DeviceFormat {
    #[serde(rename = "candor-device-request/1")]
    V1,
}

/// What a new device of an office writes for one that is enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceRequest {
    format: DeviceFormat,
    /// The instance.
    pub instance: InstanceId,
    /// The office it wants to act for.
    pub office: OfficeId,
    /// Its public key.
    pub device: DeviceId,
    /// What to seal the office's keys to.
    pub recipient: RecipientText,
    /// A name that people of the office recognise.
    pub label: String,
}

request!(
    DeviceRequest,
    DeviceRequestDomain,
    "candor/v1/device-request",
    8192
);

impl DeviceRequest {
    /// A request to be enrolled.
    #[must_use]
    pub const fn new(
        instance: InstanceId,
        office: OfficeId,
        device: DeviceId,
        recipient: RecipientText,
        label: String,
    ) -> Self {
        Self {
            format: DeviceFormat::V1,
            instance,
            office,
            device,
            recipient,
            label,
        }
    }

    fn public_key(&self) -> Result<PublicKey, RequestError> {
        Ok(PublicKey::decode(self.device.as_bytes())?)
    }

    fn check(&self) -> Result<(), RequestError> {
        if self.label.chars().count() <= DeviceList::MAX_LABEL_CHARS {
            Ok(())
        } else {
            Err(RequestError::Form)
        }
    }

    /// What the two devices' people compare.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of_device(&self.instance, &self.office, &self.device, &self.recipient)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum RelayFormat {
    #[serde(rename = "candor-relay-request/1")]
    V1,
}

/// What the relay's operator hands to the administrator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelayRequest {
    format: RelayFormat,
    /// The instance.
    pub instance: InstanceId,
    /// The relay's signing key.
    pub signing_key: PublicKey,
}

request!(
    RelayRequest,
    RelayRequestDomain,
    "candor/v1/relay-request",
    4096
);

impl RelayRequest {
    /// A request to be named as the instance's relay.
    #[must_use]
    pub const fn new(instance: InstanceId, signing_key: PublicKey) -> Self {
        Self {
            format: RelayFormat::V1,
            instance,
            signing_key,
        }
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "shared with requests whose key may be bad"
    )]
    const fn public_key(&self) -> Result<PublicKey, RequestError> {
        Ok(self.signing_key)
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "shared with requests that check more"
    )]
    const fn check(&self) -> Result<(), RequestError> {
        Ok(())
    }

    /// What the relay's operator and the administrator compare by voice.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of_relay(&self.instance, &self.signing_key)
    }
}
