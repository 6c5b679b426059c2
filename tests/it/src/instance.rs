//! A signed instance with all its keys at hand: two roots, a relay, the medical school's offices
//! with one device each.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use candor_directory::{
    Assembly, DIRECTORY_FILE, Device, DeviceList, Directory, Epoch, KeyCard, KeyCardStatement,
    PIN_FILE, Pin, PublicKey, Purpose, RecipientText, RootKey, RootRole, Unverified, Verified,
    assemble, signature_file_name, trusted_comment,
};
use candor_wire::{Day, DeviceId, InstanceId, OfficeId};
use ed25519_dalek::SigningKey;
use rand::{Rng as _, rngs::OsRng};

/// The example with all offices, topics and routes.
pub const SOURCE: &str = include_str!("../../../deploy/examples/medical-school/directory.toml");

/// The instance.
pub struct Instance {
    /// Its id.
    pub id: InstanceId,
    /// The day by which it was made.
    pub today: Day,
    relay: SigningKey,
    offices: BTreeMap<OfficeId, SigningKey>,
    devices: BTreeMap<OfficeId, SigningKey>,
    roots: Vec<Root>,
    pin: Pin,
    directory: Verified<Directory>,
    directory_text: Vec<u8>,
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Seconds since 1970 by the true clock.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Today by the true clock.
#[must_use]
pub fn today() -> Day {
    Day::of(SystemTime::now())
}

impl Instance {
    /// A new instance, valid for ten years.
    #[must_use]
    pub fn new() -> Self {
        Self::of(SOURCE)
    }

    /// A new instance of a source.
    #[must_use]
    pub fn of(source: &str) -> Self {
        let id = InstanceId::new(OsRng.r#gen());
        let today = today();
        let value: serde_json::Value = toml::from_str(source).unwrap();
        let names = value["offices"].as_array().unwrap();
        let offices: BTreeMap<OfficeId, SigningKey> = names
            .iter()
            .map(|office| (office["id"].as_str().unwrap().parse().unwrap(), new_key()))
            .collect();
        let relay = new_key();
        let assembly = Assembly {
            purpose: Purpose::Production,
            instance: id,
            version: 1,
            issued: Day(today.0 - 1),
            not_after: today.plus(3650),
            relay_key: public(&relay),
            office_keys: offices
                .iter()
                .map(|(office, key)| (office.clone(), public(key)))
                .collect(),
        };
        let directory = assemble(value, &assembly).unwrap();
        let directory_text = serde_json::to_vec_pretty(&directory).unwrap();
        let roots = vec![Root::new("administrator"), Root::new("witness")];
        let keys = roots.iter().map(|root| root.public.clone()).collect();
        let pin = Pin::new(Purpose::Production, id, keys, 1).unwrap();
        let signatures = sign(&roots, &directory_text, &id, directory.version);
        let directory = Unverified::<Directory>::new(directory_text.clone(), signatures)
            .verify(&pin, today, None)
            .unwrap();
        let devices = offices.keys().map(|office| (office.clone(), new_key()));
        Self {
            id,
            today,
            relay,
            devices: devices.collect(),
            offices,
            roots,
            pin,
            directory,
            directory_text,
        }
    }

    /// Writes `directory.json`, its signatures and `pin.json` into a folder.
    pub fn write_directory(&self, folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        let version = self.directory.version;
        for (role, text) in sign(&self.roots, &self.directory_text, &self.id, version) {
            fs::write(folder.join(signature_file_name(&role)), text).unwrap();
        }
        fs::write(folder.join(DIRECTORY_FILE), &self.directory_text).unwrap();
        fs::write(folder.join(PIN_FILE), self.pin.to_json().unwrap()).unwrap();
    }

    /// The text of the relay's key file.
    #[must_use]
    pub fn relay_key_file(&self) -> String {
        format!(
            "candor-relay-key/1\n{}\n",
            hex::encode(self.relay.as_bytes())
        )
    }

    /// The directory, as a client believes it.
    #[must_use]
    pub const fn directory(&self) -> &Verified<Directory> {
        &self.directory
    }

    /// The pin.
    #[must_use]
    pub const fn pin(&self) -> &Pin {
        &self.pin
    }

    /// Every office.
    pub fn offices(&self) -> impl Iterator<Item = &OfficeId> {
        self.offices.keys()
    }

    /// The signing key of an office.
    #[must_use]
    pub fn office_key(&self, office: &OfficeId) -> &SigningKey {
        &self.offices[office]
    }

    /// The key of an office's device.
    #[must_use]
    pub fn device_key(&self, office: &OfficeId) -> &SigningKey {
        &self.devices[office]
    }

    /// An office's device list, as JSON.
    #[must_use]
    pub fn device_list(&self, office: &OfficeId) -> Vec<u8> {
        let device = self.devices[office].verifying_key().to_bytes();
        let list = DeviceList {
            instance: self.id,
            office: office.clone(),
            version: 1,
            devices: vec![Device {
                id: DeviceId::new(device),
                recipient: recipient(),
                label: "test".to_owned(),
                recovery: false,
            }],
            revoked: Vec::new(),
            keys: None,
        };
        serde_json::to_vec(&list.sign(&self.offices[office]).unwrap()).unwrap()
    }

    /// A key card that nobody can open for.
    #[must_use]
    pub fn card(&self, office: &OfficeId, epoch: Epoch) -> KeyCardStatement {
        let reply = public(&new_key());
        KeyCard::new(self.id, office.clone(), epoch, recipient(), reply)
            .sign(&self.offices[office])
            .unwrap()
    }
}

impl Default for Instance {
    fn default() -> Self {
        Self::new()
    }
}

/// A fresh key.
#[must_use]
pub fn new_key() -> SigningKey {
    SigningKey::from_bytes(&OsRng.r#gen())
}

fn public(key: &SigningKey) -> PublicKey {
    PublicKey::try_from(key.verifying_key()).unwrap()
}

fn recipient() -> RecipientText {
    format!("age1pq1{}", "q".repeat(1952)).parse().unwrap()
}

struct Root {
    role: RootRole,
    secret: minisign::SecretKey,
    public: RootKey,
}

impl Root {
    fn new(name: &str) -> Self {
        let role: RootRole = name.parse().unwrap();
        let key = new_key();
        let public = key.verifying_key();
        let id: [u8; 8] = OsRng.r#gen();
        // minisign's own layout of an unencrypted secret key, and of a public key.
        let mut secret = b"Ed\0\0B2".to_vec();
        secret.extend_from_slice(&[0; 32 + 8 + 8]);
        secret.extend_from_slice(&id);
        secret.extend_from_slice(&key.to_keypair_bytes());
        secret.extend_from_slice(&[0; 32]);
        let line = [&b"Ed"[..], &id, public.as_bytes()].concat();
        Self {
            public: RootKey::new(role.clone(), &BASE64.encode(line)).unwrap(),
            secret: minisign::SecretKey::from_bytes(&secret).unwrap(),
            role,
        }
    }
}

fn sign(
    roots: &[Root],
    text: &[u8],
    instance: &InstanceId,
    version: u64,
) -> BTreeMap<RootRole, String> {
    roots
        .iter()
        .map(|root| {
            let comment = trusted_comment(&root.role, instance, version);
            let signed = minisign::sign(None, &root.secret, text, Some(&comment), None);
            (root.role.clone(), signed.unwrap().into_string())
        })
        .collect()
}
