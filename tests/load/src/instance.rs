//! An instance for the load: one topic, one office, keys of its own, in a folder.

use std::{collections::BTreeMap, fs, path::Path, time::SystemTime};

use anyhow::Result;
use candor_directory::{
    Directory, Epoch, KeyCard, Pin, PublicKey, Purpose, RootKey, RootRole, Unverified, Verified,
    signature_file_name, trusted_comment,
};
use candor_relay::encode_signing_key;
use candor_sealing::{OfficeChain, report::OfficeRecipient};
use candor_wire::{Day, InstanceId};
use ed25519_dalek::SigningKey;
use rand::{RngCore as _, rngs::OsRng};
use serde_json::json;

/// The office that everything is filed for.
pub const OFFICE: &str = "office";
/// The topic that everything is filed under.
pub const TOPIC: &str = "topic";

fn key() -> SigningKey {
    let mut seed = [0; 32];
    OsRng.fill_bytes(&mut seed);
    SigningKey::from_bytes(&seed)
}

/// What clients know of an instance.
pub struct Instance {
    pub directory: Verified<Directory>,
    pub offices: Vec<OfficeRecipient>,
}

/// Writes directory, signatures, pin and relay key, and gives what clients need.
pub fn create(folder: &Path) -> Result<Instance> {
    let today = Day::of(SystemTime::now());
    let mut id = [0; 32];
    OsRng.fill_bytes(&mut id);
    let instance = InstanceId::new(id);
    let (relay_key, office_key) = (key(), key());
    fs::write(
        folder.join("relay.key"),
        encode_signing_key(&relay_key).as_bytes(),
    )?;
    let words = |text: &str| json!({ "en": text });
    let public = |key: &SigningKey| PublicKey::try_from(key.verifying_key());
    let directory = json!({
        "format": Directory::FORMAT, "instance": instance, "version": 1,
        "issued": today.to_string(), "not_after": today.plus(30).to_string(),
        "names": words("Load"), "languages": ["en"],
        "hotline": { "telephone": "555-0100", "hours": words("never") },
        "emergency": [],
        "relay": { "name": words("Relay"), "signing_key": public(&relay_key)? },
        "roles": [{ "id": OFFICE, "names": words("Office") }],
        "offices": [{
            "id": OFFICE, "roles": [OFFICE], "kind": "formal", "names": words("Office"),
            "description": words("Office"), "retention_days": 30,
            "aims": { "acknowledge_days": 7, "feedback_days": 90 },
            "signing_key": public(&office_key)?,
        }],
        "topics": [{
            "id": TOPIC, "names": words("Topic"), "intro": words("Topic"), "kind": "concern",
            "questions": [], "route": "route",
        }],
        "questions": [],
        "routes": [{ "id": "route", "rules": [{ "when": "always", "to": [OFFICE] }] }],
    });
    let text = serde_json::to_vec(&directory)?;
    let published = folder.join("directory");
    fs::create_dir_all(&published)?;
    fs::write(published.join("directory.json"), &text)?;
    let role: RootRole = "root".parse()?;
    let pair = minisign::KeyPair::generate_unencrypted_keypair()?;
    let comment = trusted_comment(&role, &instance, 1);
    let signature =
        minisign::sign(None, &pair.sk, text.as_slice(), Some(&comment), None)?.into_string();
    fs::write(published.join(signature_file_name(&role)), &signature)?;
    let root = RootKey::new(role.clone(), &pair.pk.to_base64())?;
    let pin = Pin::new(Purpose::Production, instance, vec![root], 1)?;
    fs::write(published.join("pin.json"), pin.to_json()?)?;

    let directory = Unverified::<Directory>::new(text, BTreeMap::from([(role, signature)]))
        .verify(&pin, today, None)?;
    let epoch = Epoch::of(today);
    let chain = OfficeChain::generate(&instance, epoch.0, &mut OsRng);
    let card = KeyCard::new(
        instance,
        OFFICE.parse()?,
        epoch,
        chain.identity().to_recipient().to_string().parse()?,
        public(&chain.reply_key())?,
    );
    let card = KeyCard::verify(&card.sign(&office_key)?, &directory)?;
    Ok(Instance {
        offices: vec![OfficeRecipient::from_card(&card)?],
        directory,
    })
}
