//! An instance whose keys everybody knows, so that signed inputs can be made for a corpus.

use std::{collections::BTreeMap, sync::OnceLock};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use candor_directory::{
    Assembly, Directory, Pin, PublicKey, Purpose, RootKey, RootRole, Unverified, Verified,
    assemble, trusted_comment,
};
use candor_sealing::{ClaimCode, HybridIdentity};
use candor_wire::{Day, InstanceId, OfficeId};
use ed25519_dalek::SigningKey;

/// 22 November 2026.
pub const TODAY: Day = Day(20_779);
/// The example directory with everything in it.
pub const SOURCE: &str = include_str!("../../../deploy/examples/medical-school/directory.toml");
/// The smallest example directory.
pub const SMALL_SOURCE: &str = include_str!("../../../deploy/examples/small/directory.toml");

/// The instance.
#[must_use]
pub const fn instance() -> InstanceId {
    InstanceId::new([0x42; 32])
}

/// A key that everybody can derive from a name: the name, padded with zeros, is its seed.
#[must_use]
pub fn key(name: &str) -> SigningKey {
    let mut seed = [0; 32];
    for (byte, b) in seed.iter_mut().zip(name.bytes()) {
        *byte = b;
    }
    SigningKey::from_bytes(&seed)
}

/// The public half of [`key`].
#[must_use]
#[expect(clippy::expect_used, reason = "a generated key is never weak")]
pub fn public(name: &str) -> PublicKey {
    PublicKey::try_from(key(name).verifying_key()).expect("a sound key")
}

/// What a source lacks, with a known key for every office it names.
#[must_use]
pub fn assembly(offices: impl IntoIterator<Item = OfficeId>) -> Assembly {
    Assembly {
        purpose: Purpose::Production,
        instance: instance(),
        version: 7,
        issued: TODAY,
        not_after: TODAY.plus(365),
        relay_key: public("relay"),
        office_keys: offices
            .into_iter()
            .map(|id| (id.clone(), public(&format!("office {id}"))))
            .collect(),
    }
}

/// A root of the instance.
struct Root {
    role: RootRole,
    secret: minisign::SecretKey,
    public: RootKey,
}

#[expect(clippy::expect_used, reason = "over constants")]
fn root(name: &str) -> Root {
    let role: RootRole = name.parse().expect("a role");
    let key = key(&format!("root {name}"));
    let public = key.verifying_key();
    let id = &public.as_bytes()[..8];
    // minisign's own layout of an unencrypted secret key, and of a public key.
    let mut secret = b"Ed\0\0B2".to_vec();
    secret.extend_from_slice(&[0; 32 + 8 + 8]);
    secret.extend_from_slice(id);
    secret.extend_from_slice(&key.to_keypair_bytes());
    secret.extend_from_slice(&[0; 32]);
    let mut line = b"Ed".to_vec();
    line.extend_from_slice(id);
    line.extend_from_slice(public.as_bytes());
    Root {
        public: RootKey::new(role.clone(), &BASE64.encode(line)).expect("a root key"),
        secret: minisign::SecretKey::from_bytes(&secret).expect("a secret key"),
        role,
    }
}

fn roots() -> [Root; 2] {
    [root("administrator"), root("witness")]
}

/// The pin of the instance.
#[must_use]
#[expect(clippy::expect_used, reason = "over constants")]
pub fn pin() -> Pin {
    let keys = roots().map(|root| root.public).to_vec();
    Pin::new(Purpose::Production, instance(), keys, 1).expect("a pin")
}

/// Every root's signature over a directory's bytes.
#[must_use]
#[expect(clippy::expect_used, reason = "over constants")]
pub fn signatures(text: &[u8], version: u64) -> BTreeMap<RootRole, String> {
    roots()
        .into_iter()
        .map(|root| {
            let comment = trusted_comment(&root.role, &instance(), version);
            let signature = minisign::sign(None, &root.secret, text, Some(&comment), None);
            (root.role, signature.expect("a signature").into_string())
        })
        .collect()
}

/// A directory from one of the example sources.
#[must_use]
#[expect(clippy::expect_used, reason = "over constants")]
pub fn assembled(source: &str) -> Directory {
    let value: serde_json::Value = toml::from_str(source).expect("an example is TOML");
    let named = value.get("offices").and_then(serde_json::Value::as_array);
    let offices: Vec<OfficeId> = named
        .into_iter()
        .flatten()
        .filter_map(|office| office.get("id")?.as_str()?.parse().ok())
        .collect();
    assemble(value, &assembly(offices)).expect("an example is a directory")
}

/// The example directory, signed and checked.
#[must_use]
#[expect(clippy::expect_used, reason = "over constants")]
pub fn directory() -> &'static Verified<Directory> {
    static DIRECTORY: OnceLock<Verified<Directory>> = OnceLock::new();
    DIRECTORY.get_or_init(|| {
        let directory = assembled(SOURCE);
        let text = serde_json::to_vec(&directory).expect("JSON");
        let signatures = signatures(&text, directory.version);
        Unverified::<Directory>::new(text, signatures)
            .verify(&pin(), TODAY, None)
            .expect("signed by every root")
    })
}

/// The identity that every known office and device opens with.
#[must_use]
pub fn identity() -> HybridIdentity {
    HybridIdentity::from_seed([9; 32])
}

/// A claim code that everybody knows.
#[must_use]
pub fn claim_code() -> ClaimCode {
    ClaimCode::from_bytes([0x5a; ClaimCode::LEN])
}
