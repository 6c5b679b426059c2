//! The devices of an office, as the office signs them (`docs/protocol.md`, "Device lists").

use std::collections::BTreeSet;

use candor_wire::{DeviceId, Domain, InstanceId, OfficeId, SignedStatement, Tag};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    directory::Directory, epoch::Epoch, key::PublicKey, recipient::RecipientText,
    verified::Verified,
};

/// The use of an office's key that signs device lists.
#[derive(Clone, Copy, Debug)]
pub enum DeviceListDomain {}

impl Domain for DeviceListDomain {
    const TAG: Tag = Tag::new("candor/v1/device-list");
}

/// One workstation of an office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Its Ed25519 public key, which signs its requests to the relay.
    pub id: DeviceId,
    /// What other devices of the office seal to for it.
    pub recipient: RecipientText,
    /// A name that people of the office recognise.
    pub label: String,
    /// Whether it is no workstation, but what a recovery file can act as.
    #[serde(default, skip_serializing_if = "is_no")]
    pub recovery: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_no(flag: &bool) -> bool {
    !*flag
}

/// The office's epoch keys since it began them anew, sealed to each of its devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedKeys {
    /// The revision of the office's newest key cards.
    pub revision: u32,
    /// The earliest month whose keys are in the grants.
    pub from: Epoch,
    /// For each device, none twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<KeyGrant>,
}

/// Epoch keys for one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyGrant {
    /// The device.
    pub device: DeviceId,
    /// An age file to its recipient, in base64.
    pub sealed: String,
}

impl SharedKeys {
    /// The most characters of a sealed grant.
    pub const MAX_SEALED: usize = 12_288;

    /// What is sealed to a device.
    #[must_use]
    pub fn grant(&self, device: &DeviceId) -> Option<&KeyGrant> {
        self.grants.iter().find(|grant| grant.device == *device)
    }

    fn is_sound(&self, listed: &BTreeSet<DeviceId>) -> bool {
        let granted: BTreeSet<_> = self.grants.iter().map(|grant| grant.device).collect();
        self.revision > 0
            && granted.len() == self.grants.len()
            && granted.is_subset(listed)
            && self
                .grants
                .iter()
                .all(|grant| grant.sealed.len() <= Self::MAX_SEALED)
    }
}

/// Which devices act for an office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceList {
    /// The instance.
    pub instance: InstanceId,
    /// The office.
    pub office: OfficeId,
    /// Grows by one with every change.
    pub version: u64,
    /// The devices.
    pub devices: Vec<Device>,
    /// Devices that must never act again.
    pub revoked: Vec<DeviceId>,
    /// The office's epoch keys, if it ever began them anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<SharedKeys>,
}

/// Why a device list is not accepted.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceListError {
    /// Not of the expected form, a device twice, too many, one both listed and revoked, or keys
    /// granted to one that is not listed.
    #[error("the device list is not of the expected form; it may come from a newer version")]
    Form,
    /// The office is not in the directory.
    #[error("the directory has no office “{0}”")]
    UnknownOffice(OfficeId),
    /// Not signed by the office for this instance.
    #[error("the device list is not signed by the office it names, for this instance")]
    Signature,
    /// Older than what was seen before.
    #[error("the device list is older than the one known here")]
    RolledBack,
}

impl DeviceListError {
    /// A short name of the variant, the same in every language of the protocol.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::UnknownOffice(_) => "unknown-office",
            Self::Signature => "signature",
            Self::RolledBack => "rolled-back",
        }
    }
}

impl DeviceList {
    /// The most devices of an office.
    pub const MAX_DEVICES: usize = 32;
    /// The most revoked devices of an office.
    pub const MAX_REVOKED: usize = 1024;
    /// The most characters of a label.
    pub const MAX_LABEL_CHARS: usize = 64;
    /// The most bytes a list may measure.
    pub const MAX_LEN: usize = 3 << 17;

    /// Signs the list with the office's key.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub fn sign(
        &self,
        key: &SigningKey,
    ) -> Result<SignedStatement<DeviceListDomain>, serde_json::Error> {
        SignedStatement::sign(key, &self.instance, self)
    }

    /// Checks a list against the directory. `highest_seen` is the highest version accepted
    /// before for this office.
    ///
    /// # Errors
    /// [`DeviceListError`]
    pub fn verify(
        statement: &SignedStatement<DeviceListDomain>,
        directory: &Verified<Directory>,
        highest_seen: Option<u64>,
    ) -> Result<Verified<Self>, DeviceListError> {
        if statement.text().len() > Self::MAX_LEN {
            return Err(DeviceListError::Form);
        }
        let claimed: Self = statement.peek().map_err(|_| DeviceListError::Form)?;
        let office = directory
            .office(&claimed.office)
            .ok_or_else(|| DeviceListError::UnknownOffice(claimed.office.clone()))?;
        let list: Self = statement
            .verify(office.signing_key.verifying(), &directory.instance)
            .map_err(|_| DeviceListError::Signature)?;
        if list.instance != directory.instance {
            return Err(DeviceListError::Signature);
        }
        list.check()?;
        if highest_seen.is_some_and(|seen| list.version < seen) {
            return Err(DeviceListError::RolledBack);
        }
        Ok(Verified::assert(list))
    }

    fn check(&self) -> Result<(), DeviceListError> {
        let listed: BTreeSet<_> = self.devices.iter().map(|device| device.id).collect();
        let revoked: BTreeSet<_> = self.revoked.iter().copied().collect();
        let sound = self.version > 0
            && self.devices.len() <= Self::MAX_DEVICES
            && self.revoked.len() <= Self::MAX_REVOKED
            && listed.len() == self.devices.len()
            && revoked.len() == self.revoked.len()
            && listed.is_disjoint(&revoked)
            && self.keys.as_ref().is_none_or(|keys| keys.is_sound(&listed))
            && self.devices.iter().all(|device| {
                PublicKey::decode(device.id.as_bytes()).is_ok()
                    && device.label.chars().count() <= Self::MAX_LABEL_CHARS
            });
        if sound {
            Ok(())
        } else {
            Err(DeviceListError::Form)
        }
    }

    /// The device of an id, unless it is revoked or was never listed.
    #[must_use]
    pub fn device(&self, id: &DeviceId) -> Option<&Device> {
        self.devices.iter().find(|device| device.id == *id)
    }
}
