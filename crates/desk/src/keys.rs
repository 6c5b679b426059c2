//! The desk's secrets: the office's keyring, which all its devices share, and the device's own.
//!
//! The keyring is the office's signing key and one link of its ratchet. Every epoch's keys follow
//! from the link, so that all devices of an office have the same keys for the months to come
//! without a word between them, and a recovery file stays good.

use std::path::PathBuf;

use candor_directory::{
    Device, Epoch, Fingerprint, KeyCard, KeyCardStatement, OfficeRequest, PublicKey, RecipientText,
};
use candor_sealing::{HybridIdentity, OfficeChain, message::Secret32};
use candor_wire::{DeviceId, InstanceId, OfficeId, Tag, tagged_hash};
use ed25519_dalek::SigningKey;
use rand::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    case_file::CaseKey,
    failure::{Failure, Outcome},
    guard::{Armour, Guard},
    home::{self, Home},
};

/// The most epochs a chain is followed: eighty years.
const MAX_STEPS: u32 = 960;

const RECOVERY_KEY: Tag = Tag::new("candor/v1/recovery-device-key");
const RECOVERY_IDENTITY: Tag = Tag::new("candor/v1/recovery-device-identity");

fn random(rng: &mut (impl RngCore + CryptoRng)) -> Secret32 {
    let mut bytes = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *bytes);
    Secret32::new(*bytes)
}

/// What every device of an office holds.
#[derive(Clone)]
pub struct Keyring {
    /// The instance.
    pub instance: InstanceId,
    /// The office.
    pub office: OfficeId,
    signing: SigningKey,
    chain: OfficeChain,
}

/// The keyring as it is written inside sealed files.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredKeyring {
    instance: InstanceId,
    office: OfficeId,
    signing_key: Secret32,
    epoch: Epoch,
    link: Secret32,
}

impl Keyring {
    /// Draws the keys of a new office.
    pub fn generate(
        instance: InstanceId,
        office: OfficeId,
        epoch: Epoch,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Self {
        Self {
            instance,
            office,
            signing: SigningKey::from_bytes(random(rng).expose()),
            chain: OfficeChain::generate(&instance, epoch.0, rng),
        }
    }

    /// The form for a sealed file.
    #[must_use]
    pub fn to_stored(&self) -> StoredKeyring {
        StoredKeyring {
            instance: self.instance,
            office: self.office.clone(),
            signing_key: Secret32::new(self.signing.to_bytes()),
            epoch: self.first_epoch(),
            link: Secret32::new(*self.chain.expose()),
        }
    }

    /// Takes up a stored keyring.
    #[must_use]
    pub fn from_stored(stored: &StoredKeyring) -> Self {
        Self {
            instance: stored.instance,
            office: stored.office.clone(),
            signing: SigningKey::from_bytes(stored.signing_key.expose()),
            chain: OfficeChain::from_bytes(&stored.instance, stored.epoch.0, *stored.link.expose()),
        }
    }

    /// Whether two keyrings hold the same.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.instance == other.instance
            && self.office == other.office
            && self.signing == other.signing
            && self.chain.epoch() == other.chain.epoch()
            && Secret32::new(*self.chain.expose()).expose() == other.chain.expose()
    }

    /// Signs key cards and device lists.
    #[must_use]
    pub const fn signing_key(&self) -> &SigningKey {
        &self.signing
    }

    /// Its public half, as the directory names it.
    ///
    /// # Errors
    /// Never for a key that was drawn at random.
    pub fn public_key(&self) -> Outcome<PublicKey> {
        PublicKey::try_from(self.signing.verifying_key()).map_err(Failure::internal)
    }

    /// What the administrator and the office compare by voice.
    ///
    /// # Errors
    /// As [`Keyring::public_key`].
    pub fn fingerprint(&self) -> Outcome<Fingerprint> {
        Ok(Fingerprint::of_office(
            &self.instance,
            &self.office,
            &self.public_key()?,
        ))
    }

    /// The request to be admitted, for the administrator.
    ///
    /// # Errors
    /// As [`Keyring::public_key`].
    pub fn request(&self) -> Outcome<String> {
        OfficeRequest::new(self.instance, self.office.clone(), self.public_key()?)
            .sign(&self.signing)
            .map_err(Failure::internal)
    }

    /// The earliest epoch whose keys it still has.
    #[must_use]
    pub const fn first_epoch(&self) -> Epoch {
        Epoch(self.chain.epoch())
    }

    /// The keys of the epochs from the first to `last`, ascending.
    #[must_use]
    pub fn epochs_to(&self, last: Epoch) -> Vec<EpochKeys> {
        let mut chain = self.chain.clone();
        let mut keys = Vec::new();
        for _ in 0..MAX_STEPS {
            if chain.epoch() > last.0 {
                break;
            }
            keys.push(EpochKeys {
                epoch: Epoch(chain.epoch()),
                identity: chain.identity(),
                reply_key: chain.reply_key(),
            });
            chain = chain.following();
        }
        keys
    }

    /// The keyring without the keys of the epochs before `first`: nothing leads back to them.
    #[must_use]
    pub fn without_epochs_before(&self, first: Epoch) -> Self {
        let mut chain = self.chain.clone();
        for _ in 0..MAX_STEPS {
            if chain.epoch() >= first.0 {
                break;
            }
            chain = chain.following();
        }
        Self {
            chain,
            ..self.clone()
        }
    }

    /// The key card of an epoch, signed. The same card each time: it follows from the keys.
    ///
    /// # Errors
    /// If it cannot be written: a defect.
    pub fn card(&self, keys: &EpochKeys) -> Outcome<KeyCardStatement> {
        let recipient = recipient_text(&keys.identity)?;
        let reply_key =
            PublicKey::try_from(keys.reply_key.verifying_key()).map_err(Failure::internal)?;
        KeyCard::new(
            self.instance,
            self.office.clone(),
            keys.epoch,
            recipient,
            reply_key,
        )
        .sign(&self.signing)
        .map_err(Failure::internal)
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keyring({}, ..)", self.office)
    }
}

/// The keys of one epoch.
#[derive(Clone)]
pub struct EpochKeys {
    /// The month.
    pub epoch: Epoch,
    /// Opens what is sealed to the office.
    pub identity: HybridIdentity,
    /// Signs its replies.
    pub reply_key: SigningKey,
}

impl std::fmt::Debug for EpochKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EpochKeys({}, ..)", self.epoch)
    }
}

/// An identity's recipient as documents carry it.
///
/// # Errors
/// Never: both crates describe the same text.
pub fn recipient_text(identity: &HybridIdentity) -> Outcome<RecipientText> {
    identity
        .to_recipient()
        .to_string()
        .parse()
        .map_err(Failure::internal)
}

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

    /// The device that whoever holds a recovery file can act as. It follows from the office's key,
    /// stands in every list of devices, and can do nothing that the office's key could not: with
    /// it, a restored office learns the current list and takes its new workstation into it.
    #[must_use]
    pub fn for_recovery(keyring: &Keyring) -> Self {
        let seed = keyring.signing.to_bytes();
        let of = |tag: Tag| {
            let secret = tagged_hash(tag, &[keyring.instance.as_bytes(), &seed]);
            Secret32::new(secret)
        };
        Self {
            signing: SigningKey::from_bytes(of(RECOVERY_KEY).expose()),
            identity: HybridIdentity::from_seed(*of(RECOVERY_IDENTITY).expose()),
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
}

#[derive(Serialize, Deserialize)]
enum Format {
    #[serde(rename = "candor-desk-keys/1")]
    V1,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredSecrets {
    format: Format,
    keyring: StoredKeyring,
    device: StoredDevice,
    case_key: Secret32,
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
        }
    }

    /// Seals the secrets for `keys.age`.
    ///
    /// # Errors
    /// If the guard refuses.
    pub fn seal(&self, guard: &Guard) -> Outcome<Vec<u8>> {
        let stored = StoredSecrets {
            format: Format::V1,
            keyring: self.keyring.to_stored(),
            device: self.device.to_stored(),
            case_key: Secret32::new(*self.case_key.expose()),
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
            keyring: Keyring::from_stored(&stored.keyring),
            device: DeviceKeys::from_stored(&stored.device),
            case_key: CaseKey::new(*stored.case_key.expose()),
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
            && read_back.case_key.expose() == self.case_key.expose();
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
    use rand::rngs::OsRng;

    use super::*;
    use crate::guard::Effort;

    fn keyring() -> Keyring {
        let office = "title-ix".parse().unwrap();
        Keyring::generate(InstanceId::new([1; 32]), office, Epoch(682), &mut OsRng)
    }

    #[test]
    fn all_devices_have_the_same_cards_for_the_months_to_come() {
        let here = keyring();
        let there = Keyring::from_stored(&here.to_stored());
        assert!(here.is_same(&there));
        let cards = |keyring: &Keyring| -> Vec<String> {
            keyring
                .epochs_to(Epoch(690))
                .iter()
                .map(|keys| keyring.card(keys).unwrap().text().to_owned())
                .collect()
        };
        assert_eq!(cards(&here), cards(&there));
        assert_eq!(cards(&here).len(), 9);

        let later = here.without_epochs_before(Epoch(685));
        assert_eq!(later.first_epoch(), Epoch(685));
        assert_eq!(cards(&later), cards(&here)[3..]);
        assert!(!later.is_same(&here) && !keyring().is_same(&here));
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
        let seed = hex::encode(secrets.keyring.signing.to_bytes());
        assert!(!shown.contains(&seed) && shown.len() < 120, "{shown}");
    }
}
