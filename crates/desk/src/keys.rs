//! The desk's secrets: the office's keyring, which all its devices share, and the device's own.

use std::path::PathBuf;

use candor_directory::Device;
use candor_sealing::{HybridIdentity, message::Secret32};
use candor_wire::DeviceId;
use ed25519_dalek::SigningKey;
use rand::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    case_file::CaseKey,
    failure::{Failure, Outcome},
    guard::{Armour, Guard},
    home::{self, Home},
    keyring::random,
};

pub use crate::keyring::{EpochKeys, Keyring, StoredChain, StoredKeyring, recipient_text};

/// The label under which a recovery file stands in a list of devices.
const RECOVERY_LABEL: &str = "recovery file";

/// What this device alone holds.
#[derive(Clone)]
pub struct DeviceKeys {
    signing: SigningKey,
    identity: HybridIdentity,
}

/// The device's keys as they are written inside sealed files.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredDevice {
    signing_key: Secret32,
    identity: Secret32,
}

impl DeviceKeys {
    /// Draws the keys of a new device.
    pub fn generate(rng: &mut (impl RngCore + CryptoRng)) -> Self {
        Self {
            signing: SigningKey::from_bytes(random(rng).expose()),
            identity: HybridIdentity::from_seed(*random(rng).expose()),
        }
    }

    /// The form for a sealed file.
    #[must_use]
    pub fn to_stored(&self) -> StoredDevice {
        StoredDevice {
            signing_key: Secret32::new(self.signing.to_bytes()),
            identity: Secret32::new(*self.identity.expose_seed()),
        }
    }

    /// Takes up stored keys.
    #[must_use]
    pub fn from_stored(stored: &StoredDevice) -> Self {
        Self {
            signing: SigningKey::from_bytes(stored.signing_key.expose()),
            identity: HybridIdentity::from_seed(*stored.identity.expose()),
        }
    }

    /// Its name: its public key.
    #[must_use]
    pub fn id(&self) -> DeviceId {
        DeviceId::new(self.signing.verifying_key().to_bytes())
    }

    /// Signs its requests to the relay.
    #[must_use]
    pub const fn signing_key(&self) -> &SigningKey {
        &self.signing
    }

    /// Opens what other devices of the office seal to it.
    #[must_use]
    pub const fn identity(&self) -> &HybridIdentity {
        &self.identity
    }

    /// Its entry in the office's list.
    ///
    /// # Errors
    /// As [`recipient_text`].
    pub fn entry(&self, label: &str) -> Outcome<Device> {
        Ok(Device {
            id: self.id(),
            recipient: recipient_text(&self.identity)?,
            label: label.to_owned(),
            recovery: false,
        })
    }

    /// The entry of what a recovery file can act as: it reads the current list, takes the
    /// restored workstation into it, and gets the office's new keys when it begins any.
    ///
    /// # Errors
    /// As [`recipient_text`].
    pub fn recovery_entry(&self) -> Outcome<Device> {
        Ok(Device {
            recovery: true,
            ..self.entry(RECOVERY_LABEL)?
        })
    }
}

impl std::fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceKeys(..)")
    }
}

/// Everything in `keys.age`.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// The office's keys.
    pub keyring: Keyring,
    /// This device's keys.
    pub device: DeviceKeys,
    /// The key of the case file.
    pub case_key: CaseKey,
    /// Of a workstation that was restored: the recovery file's device, until the office's list
    /// names the workstation itself.
    pub recovery: Option<DeviceKeys>,
}

#[derive(Serialize, Deserialize)]
enum Format {
    #[serde(rename = "candor-desk-keys/2")]
    V2,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredSecrets {
    format: Format,
    keyring: StoredKeyring,
    device: StoredDevice,
    case_key: Secret32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recovery: Option<StoredDevice>,
}

impl Secrets {
    /// Secrets of a desk that begins with this keyring and device.
    pub fn begin(
        keyring: Keyring,
        device: DeviceKeys,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Self {
        Self {
            keyring,
            device,
            case_key: CaseKey::new(*random(rng).expose()),
            recovery: None,
        }
    }

    /// Seals the secrets for `keys.age`.
    ///
    /// # Errors
    /// If the guard refuses.
    pub fn seal(&self, guard: &Guard) -> Outcome<Vec<u8>> {
        let stored = StoredSecrets {
            format: Format::V2,
            keyring: self.keyring.to_stored(),
            device: self.device.to_stored(),
            case_key: Secret32::new(*self.case_key.expose()),
            recovery: self.recovery.as_ref().map(DeviceKeys::to_stored),
        };
        guard.seal(&to_json(&stored)?, Armour::None)
    }

    /// Opens what [`Secrets::seal`] made.
    ///
    /// # Errors
    /// If the guard does not open it, or it is damaged.
    pub fn open(sealed: &[u8], guard: &Guard) -> Outcome<Self> {
        let what = "The desk's key file";
        let json = guard.open(what, sealed)?;
        let stored: StoredSecrets = from_json(what, &json)?;
        Ok(Self {
            keyring: Keyring::from_stored(&stored.keyring)?,
            device: DeviceKeys::from_stored(&stored.device),
            case_key: CaseKey::new(*stored.case_key.expose()),
            recovery: stored.recovery.as_ref().map(DeviceKeys::from_stored),
        })
    }

    /// Opens `keys.age` of a desk's folder.
    ///
    /// # Errors
    /// If the desk is not set up, or the guard does not open it.
    pub fn load(home: &Home, guard: &Guard) -> Outcome<Self> {
        let bytes = home::read_file("Cannot read the keys in", &home.keys(), 1 << 20)?;
        Self::open(&bytes, guard)
    }

    /// Writes the secrets beside `keys.age` and reads them back.
    ///
    /// # Errors
    /// If they cannot be written or do not read back.
    pub fn stage(&self, home: &Home, guard: &Guard) -> Outcome<Staged> {
        let path = home.keys();
        let staged = home::with_suffix(&path, ".staged");
        home::replace_file(&staged, &self.seal(guard)?)
            .map_err(|error| Failure::file("Cannot write", &staged, &error))?;
        let written = home::read_file("Cannot read back", &staged, 1 << 20)?;
        let read_back = Self::open(&written, guard)?;
        let same = read_back.keyring.is_same(&self.keyring)
            && read_back.device.id() == self.device.id()
            && read_back.case_key.expose() == self.case_key.expose()
            && read_back.recovery.as_ref().map(DeviceKeys::id)
                == self.recovery.as_ref().map(DeviceKeys::id);
        if same {
            Ok(Staged { staged, path })
        } else {
            Err(Failure::storage(
                "The key file did not read back as it was written.",
                "Check the disk; nothing was changed.",
            ))
        }
    }

    /// Replaces `keys.age` at one stroke, after reading back what was written.
    ///
    /// # Errors
    /// As [`Secrets::stage`].
    pub fn store(&self, home: &Home, guard: &Guard) -> Outcome {
        self.stage(home, guard)?.commit()
    }
}

/// A key file that is written, checked, and not in place yet.
#[derive(Debug)]
#[must_use = "without commit() nothing has changed"]
pub struct Staged {
    staged: PathBuf,
    path: PathBuf,
}

impl Staged {
    /// Puts it in its place.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub fn commit(self) -> Outcome {
        home::rename(&self.staged, &self.path)
            .map_err(|error| Failure::file("Cannot write", &self.path, &error))
    }
}

/// JSON in memory that is wiped.
///
/// # Errors
/// If it cannot be written: a defect.
pub fn to_json(value: &impl Serialize) -> Outcome<Zeroizing<Vec<u8>>> {
    serde_json::to_vec(value)
        .map(Zeroizing::new)
        .map_err(Failure::internal)
}

/// Parses the JSON of an opened file.
///
/// # Errors
/// If it is of another form.
pub fn from_json<T: for<'de> Deserialize<'de>>(what: &str, json: &[u8]) -> Outcome<T> {
    // The parser's words could quote a secret.
    serde_json::from_slice(json).map_err(|_| {
        Failure::usage(
            format!("{what} opens, but is not of the expected form."),
            "Check that it is the right file; a newer version may have written it.",
        )
    })
}

#[cfg(test)]
mod tests {
    use candor_directory::Epoch;
    use candor_wire::InstanceId;
    use rand::rngs::OsRng;

    use super::*;
    use crate::guard::Effort;

    fn keyring() -> Keyring {
        let office = "title-ix".parse().unwrap();
        Keyring::generate(InstanceId::new([1; 32]), office, Epoch(682), &mut OsRng)
    }

    #[test]
    fn secrets_survive_their_file_and_nothing_shows_them() {
        let secrets = Secrets::begin(keyring(), DeviceKeys::generate(&mut OsRng), &mut OsRng);
        let guard = Guard::Passphrase("a passphrase".to_owned().into(), Effort::Demonstration);
        let folder = tempfile::tempdir().unwrap();
        let home = Home::find(Some(folder.path().to_owned())).unwrap();
        secrets.store(&home, &guard).unwrap();
        let back = Secrets::load(&home, &guard).unwrap();
        assert!(back.keyring.is_same(&secrets.keyring));
        assert_eq!(back.device.id(), secrets.device.id());
        assert_eq!(back.case_key.expose(), secrets.case_key.expose());
        let shown = format!("{secrets:?}");
        let seed = hex::encode(secrets.keyring.signing_key().to_bytes());
        assert!(!shown.contains(&seed) && shown.len() < 120, "{shown}");
    }
}
