//! Replays `tests/vectors`: every folder and file is read, none is listed; a group that no test
//! knows, or one without vectors, fails.
//!
//! A vector has a `name`, `expect` ("ok" or "refused") and, if refused, a `reason`; the other
//! fields are inputs and outputs. A replay gives back the outputs, which must all stand in the
//! vector, or the reason.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that fails should stop"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use candor_sealing::{
    ClaimCode, ClaimCodeError, ConversationKey, FileKey, HybridIdentity, HybridKeyError,
    HybridRecipient, OfficeChain, ReporterSecrets, age_file,
    attachment::{AttachmentOpener, AttachmentRef, DetachError, sanitize_name},
    wordlist,
};
use candor_wire::{InstanceId, sizes::CELL_LEN};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

type Replayed = Result<Value, String>;
type Replay = fn(&Value) -> Replayed;

/// The groups replayed here.
const GROUPS: &[(&str, Replay)] = &[
    ("age-file", age_file),
    ("attachment", attachment),
    ("cell", cell),
    ("claim-code", claim_code),
    ("derivation", derivation),
    ("file-name", file_name),
    ("office-chain", office_chain),
    ("recipient", recipient),
    ("wordlist", wordlist),
];

/// The groups with a test of their own, by where it is.
const ELSEWHERE: &[(&str, &str)] = &[
    ("case-event-blocks", "crates/sealing/tests/events.rs"),
    ("case-events", "crates/casework/tests/vectors.rs"),
    ("directory", "crates/directory/tests/vectors.rs"),
    ("fingerprint", "crates/directory/tests/vectors.rs"),
    ("key-card", "crates/directory/tests/vectors.rs"),
    ("message", "crates/sealing/tests/message_vectors.rs"),
    ("new-code", "crates/sealing/tests/message_vectors.rs"),
    ("offices", "crates/sealing/tests/offices.rs"),
    ("relay-keys", "crates/directory/tests/vectors.rs"),
    ("routing", "crates/directory/tests/vectors.rs"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    group: String,
    about: String,
    vectors: Vec<Value>,
}

#[test]
fn every_vector_comes_out_as_it_says() {
    let known: BTreeMap<_, _> = GROUPS.iter().copied().collect();
    let elsewhere: BTreeMap<_, _> = ELSEWHERE.iter().copied().collect();
    let mut seen = BTreeSet::new();
    for entry in fs::read_dir(root().join("tests/vectors")).unwrap() {
        let folder = entry.unwrap().path();
        let group = folder.file_name().unwrap().to_str().unwrap().to_owned();
        if let Some(test) = elsewhere.get(group.as_str()) {
            let test = fs::read_to_string(root().join(test)).unwrap();
            assert!(
                test.contains(&format!("\"{group}\""))
                    || test.contains(&format!("vectors/{group}")),
                "{group} is replayed by nobody"
            );
            continue;
        }
        let replay = known
            .get(group.as_str())
            .unwrap_or_else(|| panic!("{group} is a group that no test knows"));
        let mut count = 0;
        for file in fs::read_dir(&folder).unwrap() {
            count += replay_file(&group, &file.unwrap().path(), *replay);
        }
        assert!(count > 0, "{group} has no vectors");
        seen.insert(group);
    }
    assert!(
        seen.iter().eq(known.keys()),
        "vectors of a group are missing"
    );
}

fn replay_file(group: &str, path: &Path, replay: Replay) -> usize {
    let file: File = serde_json::from_slice(&fs::read(path).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(file.group, group, "{}", path.display());
    assert!(!file.about.is_empty() && !file.vectors.is_empty());
    let mut names = BTreeSet::new();
    for vector in &file.vectors {
        let name = vector["name"].as_str().unwrap();
        assert!(names.insert(name), "{group}: {name} twice");
        match (vector["expect"].as_str().unwrap(), replay(vector)) {
            ("ok", Ok(outputs)) => {
                for (field, value) in outputs.as_object().unwrap() {
                    assert_eq!(vector[field], *value, "{group}: {name}: {field}");
                }
            }
            ("refused", Err(reason)) => {
                assert_eq!(vector["reason"], reason, "{group}: {name}");
            }
            (expect, Ok(_)) => panic!("{group}: {name}: accepted, not {expect}"),
            (expect, Err(reason)) => panic!("{group}: {name}: {reason}, not {expect}"),
        }
    }
    file.vectors.len()
}

fn field<T: DeserializeOwned>(vector: &Value, name: &str) -> T {
    serde_json::from_value(vector[name].clone())
        .unwrap_or_else(|error| panic!("{}: {name}: {error}", vector["name"]))
}

fn hex_field<const N: usize>(vector: &Value, name: &str) -> [u8; N] {
    hex::decode(field::<String>(vector, name))
        .unwrap()
        .try_into()
        .unwrap()
}

fn identities(vector: &Value) -> Vec<HybridIdentity> {
    let seeds: Vec<String> = field(vector, "identities");
    let identity =
        |seed: &String| HybridIdentity::from_seed(hex::decode(seed).unwrap().try_into().unwrap());
    seeds.iter().map(identity).collect()
}

fn wordlist(_: &Value) -> Replayed {
    let sha256 = hex::encode(Sha256::digest(wordlist::FILE_V1));
    Ok(json!({ "words": wordlist::LEN, "sha256": sha256 }))
}

fn claim_code(vector: &Value) -> Replayed {
    let input: String = field(vector, "input");
    let code: ClaimCode = match input.parse() {
        Ok(code) => code,
        Err(error) => {
            let (reason, at) = match &error {
                ClaimCodeError::Empty => ("empty", json!(null)),
                ClaimCodeError::UnknownWords(words) => {
                    let list = words.iter();
                    let list = list
                        .map(|w| json!({ "position": w.position, "suggestions": w.suggestions }));
                    ("unknown-words", list.collect())
                }
                ClaimCodeError::WordCount { found } => ("word-count", json!(found)),
                ClaimCodeError::DigitCount { found } => ("digit-count", json!(found)),
                ClaimCodeError::GroupTooLarge { position } => ("group", json!(position)),
                ClaimCodeError::Checksum => ("checksum", json!(null)),
                _ => ("other", json!(null)),
            };
            assert_eq!(vector["at"], at, "{}", vector["name"]);
            return Err(reason.to_owned());
        }
    };
    Ok(json!({
        "code": hex::encode(code.expose()),
        "words": *code.words(),
        "groups": *code.groups(),
    }))
}

fn derivation(vector: &Value) -> Replayed {
    let code = ClaimCode::from_bytes(hex_field(vector, "code"));
    let instance: InstanceId = field(vector, "instance");
    let secrets = ReporterSecrets::derive(&code, &instance);
    let capability = secrets.self_capability();
    let mut conversations = Vec::new();
    for conversation in vector["conversations"].as_array().unwrap() {
        let generation = field(conversation, "generation");
        let key: ConversationKey = secrets.conversation_key(generation);
        let mut drops = Vec::new();
        for drop in conversation["drops"].as_array().unwrap() {
            let n = field(drop, "n");
            let capability = key.drop(n);
            drops.push(json!({
                "n": n,
                "capability": hex::encode(capability.expose()),
                "address": capability.drop_address(),
            }));
        }
        let key = hex::encode(key.expose());
        conversations.push(json!({ "generation": generation, "key": key, "drops": drops }));
    }
    Ok(json!({
        "reporter_key": hex::encode(secrets.reporter_key().verifying_key().as_bytes()),
        "reply_seed": hex::encode(*secrets.reply_identity().expose_seed()),
        "reply_recipient": secrets.reply_identity().to_recipient().to_string(),
        "self_capability": hex::encode(capability.expose()),
        "self_address": capability.self_address(),
        "conversations": conversations,
    }))
}

fn cell(vector: &Value) -> Replayed {
    let capability = FileKey::from_bytes(hex_field(vector, "key")).cell(field(vector, "index"));
    Ok(json!({
        "capability": hex::encode(capability.expose()),
        "address": capability.cell_address(),
    }))
}

fn office_chain(vector: &Value) -> Replayed {
    let instance: InstanceId = field(vector, "instance");
    let chain =
        OfficeChain::from_bytes(&instance, field(vector, "epoch"), hex_field(vector, "link"));
    let next = chain.following();
    Ok(json!({
        "recipient": chain.identity().to_recipient().to_string(),
        "reply_key": hex::encode(chain.reply_key().verifying_key().as_bytes()),
        "next_epoch": next.epoch(),
        "next_link": hex::encode(next.expose()),
    }))
}

fn recipient(vector: &Value) -> Replayed {
    let text: String = field(vector, "text");
    let recipient: HybridRecipient = text.parse().map_err(|error| match error {
        HybridKeyError::Form => "form".to_owned(),
        HybridKeyError::Invalid => "invalid".to_owned(),
        other => other.to_string(),
    })?;
    let identity = HybridIdentity::from_seed(hex_field(vector, "seed"));
    assert_eq!(recipient, identity.to_recipient(), "{}", vector["name"]);
    let identity = identity.to_secret_string();
    assert!(identity.expose_secret().parse::<HybridIdentity>().is_ok());
    Ok(json!({ "identity": identity.expose_secret() }))
}

fn age_file(vector: &Value) -> Replayed {
    let sealed = BASE64.decode(field::<String>(vector, "sealed")).unwrap();
    let plain = age_file::open(&sealed, &identities(vector))
        .map_err(|age_file::OpenError| "does-not-open".to_owned())?;
    Ok(json!({ "sha256": hex::encode(Sha256::digest(&*plain)) }))
}

fn file_name(vector: &Value) -> Replayed {
    Ok(json!({ "safe": sanitize_name(&field::<String>(vector, "input")) }))
}

fn attachment(vector: &Value) -> Replayed {
    let reference: AttachmentRef =
        serde_json::from_value(vector["reference"].clone()).map_err(|_| "reference".to_owned())?;
    let sealed = BASE64.decode(field::<String>(vector, "sealed")).unwrap();
    let mut plain = Vec::new();
    let mut opener = AttachmentOpener::new(&reference, &identities(vector), &mut plain);
    let mut open = || -> Result<(), DetachError> {
        for cell in sealed.chunks(CELL_LEN) {
            let mut cell = cell.to_vec();
            // What fills the last cell does not matter.
            cell.resize(CELL_LEN, 0x55);
            opener.feed(&cell)?;
        }
        Ok(())
    };
    open()
        .and_then(|()| opener.finish().map(drop))
        .map_err(|error| match error {
            DetachError::CellLength => "cell-length",
            DetachError::TooManyCells => "too-many-cells",
            DetachError::Missing => "missing",
            DetachError::Open(_) => "does-not-open",
            _ => "other",
        })?;
    let addresses: Vec<_> = reference.addresses().collect();
    Ok(json!({
        "addresses": addresses,
        "name_shown": reference.name(),
        "plaintext": BASE64.encode(&plain),
    }))
}
