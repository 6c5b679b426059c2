//! Replays `tests/vectors`: every file of this crate's groups is read, none is listed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use candor_directory::{
    Answers, Cards, CardsError, Directory, Fingerprint, Notice, Pin, Purpose, Question,
    RecipientText, RelayKeys, RootRole, Unverified, Verified, parse_date, route,
};
use candor_wire::{DeviceId, OfficeId};
use serde::Deserialize;
use serde_json::Value;

const GROUPS: [&str; 5] = [
    "routing",
    "directory",
    "key-card",
    "relay-keys",
    "fingerprint",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    group: String,
    about: String,
    #[serde(default)]
    pin: Value,
    #[serde(default)]
    directory: Value,
    #[serde(default)]
    signatures: BTreeMap<RootRole, String>,
    vectors: Vec<Value>,
}

/// Runs every vector of a group; each must come out as it says, and some must be refused.
fn replay(group: &str, run: impl Fn(&File, &Value) -> Result<Value, String>) {
    let mut outcomes = BTreeMap::new();
    for entry in fs::read_dir(folder().join(group)).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(path.extension().unwrap(), "json", "{}", path.display());
        let file: File = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(file.group, group, "{}", path.display());
        assert!(!file.about.is_empty() && !file.vectors.is_empty());
        let mut names = BTreeSet::new();
        for vector in &file.vectors {
            let name = vector["name"].as_str().unwrap();
            assert!(names.insert(name), "{name} twice");
            let expect = vector["expect"].as_str().unwrap();
            *outcomes.entry(expect.to_owned()).or_insert(0) += 1;
            match run(&file, vector) {
                Ok(found) => {
                    assert_eq!(expect, "ok", "{name}: accepted");
                    for (field, value) in found.as_object().unwrap() {
                        assert_eq!(vector[field], *value, "{name}: {field}");
                    }
                }
                Err(reason) => {
                    assert_eq!(expect, "refused", "{name}: refused for {reason}");
                    assert_eq!(vector["reason"], reason, "{name}");
                }
            }
        }
    }
    assert!(outcomes["ok"] > 0);
    assert!(group == "fingerprint" || outcomes["refused"] > 0);
    assert!(outcomes.keys().all(|key| key == "ok" || key == "refused"));
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn anchor(file: &File) -> Verified<Directory> {
    let pin = Pin::decode(file.pin.to_string().as_bytes(), Purpose::Production).unwrap();
    Unverified::<Directory>::new(text(&file.directory), file.signatures.clone())
        .verify(&pin, support::TODAY, None)
        .unwrap()
}

#[test]
fn routing() {
    replay("routing", |file, vector| {
        let directory = Directory::decode(file.directory.to_string().as_bytes()).unwrap();
        let topic = vector["topic"].as_str().unwrap().parse().unwrap();
        let answers: Answers = serde_json::from_value(vector["answers"].clone()).unwrap();
        let excluded = serde_json::from_value(vector["excluded"].clone()).unwrap();
        let found = route(&directory, &topic, &answers, &excluded);
        let found = found.map_err(|error| error.code().to_owned())?;
        let (notice, left_out) = match &found.notice {
            Notice::AsMeant => ("as-meant", vec![]),
            Notice::LeftOut(offices) => ("left-out", offices.clone()),
            Notice::Fallback(offices) => ("fallback", offices.clone()),
        };
        Ok(serde_json::json!({
            "to": found.to, "copy": found.copy, "notice": notice, "left_out": left_out,
        }))
    });
}

#[test]
fn directory() {
    replay("directory", |_, vector| {
        let purpose = match vector["purpose"].as_str() {
            Some("demonstration") => Purpose::Demonstration,
            Some("production") | None => Purpose::Production,
            Some(other) => panic!("{other}"),
        };
        let pin = Pin::decode(vector["pin"].to_string().as_bytes(), purpose)
            .map_err(|error| error.code().to_owned())?;
        if vector["directory"].is_null() {
            return Ok(serde_json::json!({}));
        }
        let signatures = serde_json::from_value(vector["signatures"].clone()).unwrap();
        let now = parse_date(vector["now"].as_str().unwrap()).unwrap();
        let directory = Unverified::<Directory>::new(text(&vector["directory"]), signatures)
            .verify(&pin, now, vector["highest_seen"].as_u64())
            .map_err(|error| error.code().to_owned())?;
        if vector.get("danger").is_none() {
            return Ok(serde_json::json!({}));
        }
        let asks = |question: &&Question| question.danger;
        let danger: Vec<_> = directory.questions.iter().filter(asks).collect();
        let asked = directory
            .questions
            .iter()
            .find(|q| q.id.as_str() == "danger");
        Ok(serde_json::json!({
            "danger": danger.iter().map(|question| &question.id).collect::<Vec<_>>(),
            "script": directory.topics[0].script,
            "spoken": asked.map(|question| &question.spoken),
            "operator": directory.operator,
        }))
    });
}

#[test]
fn key_card() {
    replay("key-card", |file, vector| {
        let blob = vector["blob"].to_string();
        let cards = Cards::verify_all(blob.as_bytes(), &anchor(file))
            .map_err(|CardsError| "blob".to_owned())?;
        let office: OfficeId = text(&vector["office"]).parse().unwrap();
        let today = parse_date(vector["today"].as_str().unwrap()).unwrap();
        let card = cards
            .current(&office, today)
            .map_err(|error| error.code().to_owned())?;
        Ok(serde_json::json!({"recipient": card.recipient}))
    });
}

#[test]
fn relay_keys() {
    replay("relay-keys", |file, vector| {
        let code = |error: candor_directory::RelayKeysError| error.code().to_owned();
        let statement = vector["statement"].to_string();
        let seen = vector["highest_seen"].as_u64();
        let keys = RelayKeys::verify(statement.as_bytes(), &anchor(file), seen).map_err(code)?;
        let today = parse_date(vector["today"].as_str().unwrap()).unwrap();
        let key = keys.current(today).map_err(code)?;
        Ok(serde_json::json!({"config": key.config}))
    });
}

#[test]
fn fingerprint() {
    replay("fingerprint", |_, vector| {
        let key: candor_directory::PublicKey = text(&vector["key"]).parse().unwrap();
        let instance = || text(&vector["instance"]).parse().unwrap();
        let office = || text(&vector["office"]).parse().unwrap();
        let print = match vector["kind"].as_str().unwrap() {
            "office" => Fingerprint::of_office(&instance(), &office(), &key),
            "device" => {
                let recipient: RecipientText = text(&vector["recipient"]).parse().unwrap();
                let device = DeviceId::new(*key.as_bytes());
                Fingerprint::of_device(&instance(), &office(), &device, &recipient)
            }
            "relay" => Fingerprint::of_relay(&instance(), &key),
            "root" => Fingerprint::of_root(&text(&vector["role"]).parse().unwrap(), &key),
            other => panic!("{other}"),
        };
        Ok(serde_json::json!({"fingerprint": print.to_string()}))
    });
}

/// A folder that belongs to this crate's kinds of things but is not replayed would go unnoticed.
#[test]
fn no_group_is_forgotten() {
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let ours = ["routing", "directory", "key", "relay", "fingerprint"];
        if ours.iter().any(|prefix| name.starts_with(prefix)) {
            assert!(
                GROUPS.contains(&name.as_str()),
                "{name} is replayed by nobody"
            );
        }
    }
}
