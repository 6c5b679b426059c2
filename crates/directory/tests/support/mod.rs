//! An instance with known keys, for the tests and for the vectors' generator.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use candor_directory::{
    Assembly, Directory, Epoch, KeyCard, KeyCardStatement, Pin, PublicKey, Purpose, RecipientText,
    RootKey, RootRole, Unverified, Verified, assemble, trusted_comment,
};
use candor_wire::{Day, InstanceId, OfficeId};
use ed25519_dalek::SigningKey;

/// 22 November 2026.
pub const TODAY: Day = Day(20_779);
pub const MEDICAL_SCHOOL: &str =
    include_str!("../../../../deploy/examples/medical-school/directory.toml");
pub const SMALL: &str = include_str!("../../../../deploy/examples/small/directory.toml");

pub fn instance() -> InstanceId {
    InstanceId::new([0x42; 32])
}

pub fn role(name: &str) -> RootRole {
    name.parse().unwrap()
}

/// A key that everybody can derive from a name: the name, padded with zeros, is its seed.
pub fn known_key(name: &str) -> SigningKey {
    let mut seed = [0; 32];
    for (byte, b) in seed.iter_mut().zip(name.bytes()) {
        *byte = b;
    }
    SigningKey::from_bytes(&seed)
}

pub fn public(key: &SigningKey) -> PublicKey {
    PublicKey::try_from(key.verifying_key()).unwrap()
}

/// A recipient of the right shape that nobody can open for.
pub fn recipient(letter: char) -> RecipientText {
    format!("age1pq1{}", letter.to_string().repeat(1952))
        .parse()
        .unwrap()
}

/// A root whose key is known.
pub struct Root {
    pub role: RootRole,
    secret: minisign::SecretKey,
    key: SigningKey,
}

impl Root {
    pub fn new(name: &str) -> Self {
        Self::with_key(name, name)
    }

    /// The key of another name under this role.
    pub fn with_key(name: &str, seed: &str) -> Self {
        let key = known_key(&format!("root {seed}"));
        // minisign's own layout of an unencrypted secret key.
        let mut bytes = Vec::new();
        bytes.extend_from_slice(b"Ed\0\0B2");
        bytes.extend_from_slice(&[0; 32 + 8 + 8]);
        bytes.extend_from_slice(&key_id(&key));
        bytes.extend_from_slice(&key.to_keypair_bytes());
        bytes.extend_from_slice(&[0; 32]);
        Self {
            role: role(name),
            secret: minisign::SecretKey::from_bytes(&bytes).unwrap(),
            key,
        }
    }

    pub fn public(&self) -> RootKey {
        let mut bytes = b"Ed".to_vec();
        bytes.extend_from_slice(&key_id(&self.key));
        bytes.extend_from_slice(self.key.verifying_key().as_bytes());
        RootKey::new(self.role.clone(), &BASE64.encode(bytes)).unwrap()
    }

    pub fn sign(&self, text: &str, comment: &str) -> String {
        minisign::sign(None, &self.secret, text.as_bytes(), Some(comment), None)
            .unwrap()
            .into_string()
    }
}

fn key_id(key: &SigningKey) -> [u8; 8] {
    key.verifying_key().as_bytes()[..8].try_into().unwrap()
}

pub fn roots() -> Vec<Root> {
    vec![Root::new("administrator"), Root::new("witness")]
}

pub fn pin_for(roots: &[Root], minimum_version: u64) -> Pin {
    let keys = roots.iter().map(Root::public).collect();
    Pin::new(Purpose::Production, instance(), keys, minimum_version).unwrap()
}

pub fn pin() -> Pin {
    pin_for(&roots(), 1)
}

/// What a source lacks, with known keys for every office it names.
pub fn assembly(source: &str) -> Assembly {
    let source: toml::Table = toml::from_str(source).unwrap();
    let office_keys = source["offices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|office| {
            let name = office["id"].as_str().unwrap();
            let id: OfficeId = name.parse().unwrap();
            (id, public(&known_key(&format!("office {name}"))))
        })
        .collect();
    Assembly {
        purpose: Purpose::Production,
        instance: instance(),
        version: 7,
        issued: TODAY,
        not_after: TODAY.plus(365),
        relay_key: public(&known_key("relay")),
        office_keys,
    }
}

pub fn directory_of(source: &str) -> Directory {
    let value: serde_json::Value = toml::from_str(source).unwrap();
    assemble(value, &assembly(source)).unwrap()
}

pub fn json(directory: &Directory) -> String {
    serde_json::to_string(directory).unwrap()
}

pub fn signatures(text: &str, version: u64, roots: &[Root]) -> BTreeMap<RootRole, String> {
    roots
        .iter()
        .map(|root| {
            let comment = trusted_comment(&root.role, &instance(), version);
            (root.role.clone(), root.sign(text, &comment))
        })
        .collect()
}

pub fn verified(directory: &Directory) -> Verified<Directory> {
    let text = json(directory);
    let signatures = signatures(&text, directory.version, &roots());
    Unverified::<Directory>::new(text, signatures)
        .verify(&pin(), directory.issued, None)
        .unwrap()
}

pub fn card(office: &str, epoch: Epoch, letter: char) -> KeyCard {
    let reply = known_key(&format!("reply {office} {epoch}"));
    let id = office.parse().unwrap();
    KeyCard::new(instance(), id, epoch, recipient(letter), public(&reply))
}

pub fn signed_card(office: &str, epoch: Epoch, letter: char) -> KeyCardStatement {
    let key = known_key(&format!("office {office}"));
    card(office, epoch, letter).sign(&key).unwrap()
}
