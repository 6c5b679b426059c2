//! Replays `tests/vectors/offices`: who is on a case, by what offices said.
#![allow(clippy::unwrap_used, reason = "a test that fails should stop")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use candor_directory::Directory;
use candor_sealing::{
    message::ReplyContent,
    offices::{Before, OfficesChange, Said, reckon},
};
use candor_wire::{OfficeId, RoleId};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    group: String,
    about: String,
    directory: Directory,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    expect: String,
    recipients: Vec<OfficeId>,
    excluded_roles: BTreeSet<RoleId>,
    seen: Vec<u32>,
    #[serde(default)]
    without_key: BTreeSet<OfficeId>,
    #[serde(default)]
    waiting: Vec<OfficeId>,
    said: Vec<Word>,
    on_case: Vec<OfficeId>,
    /// Only where somebody waits.
    still_waiting: Option<Vec<OfficeId>>,
    first_open: Option<(u32, u32)>,
    changed: bool,
    first_change: Option<(u32, u32)>,
    happened: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    generation: u32,
    n: u32,
    office: OfficeId,
    offices: OfficesChange,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/offices")
}

#[test]
fn what_an_office_can_say() {
    let text = fs::read_to_string(folder().join("form.json")).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    let reply = |offices: &Value| json!({"reply": "message", "offices": offices}).to_string();
    for vector in file["vectors"].as_array().unwrap() {
        let read = serde_json::from_str::<ReplyContent>(&reply(&vector["offices"]));
        let expected = vector["expect"].as_str().unwrap();
        assert_eq!(read.is_ok(), expected == "ok", "{}", vector["name"]);
        if let Ok(content) = read {
            assert!(content.offices.is_some(), "{}", vector["name"]);
        }
    }
}

#[test]
fn every_vector_comes_out_as_it_says() {
    let mut replayed = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("form.json") {
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        let file: File = serde_json::from_str(&text).unwrap();
        assert_eq!(file.group, "offices");
        assert!(!file.about.is_empty());
        let mut names = BTreeSet::new();
        for vector in file.vectors {
            let name = &vector.name;
            assert!(names.insert(name.clone()), "{name}");
            assert_eq!(vector.expect, "ok", "{name}");
            let before = Before {
                recipients: &vector.recipients,
                excluded_roles: &vector.excluded_roles,
                seen: &vector.seen,
                without_key: &vector.without_key,
                waiting: &vector.waiting,
            };
            let said = vector.said.iter().map(|word| Said {
                generation: word.generation,
                n: word.n,
                office: &word.office,
                change: &word.offices,
            });
            let found = reckon(&file.directory, before, said);
            assert_eq!(found.on_case(), vector.on_case, "{name}");
            if let Some(waiting) = vector.still_waiting {
                assert_eq!(found.waiting(), waiting, "{name}");
                assert_eq!(found.first_open(), vector.first_open, "{name}");
            }
            assert_eq!(found.is_changed(), vector.changed, "{name}");
            assert_eq!(found.first_change(), vector.first_change, "{name}");
            let happened: Vec<Value> = found
                .happened()
                .iter()
                .map(|one| {
                    json!({
                        "generation": one.generation, "n": one.n, "by": one.by,
                        "office": one.office, "why": one.why.word(), "what": one.what.code(),
                    })
                })
                .collect();
            assert_eq!(Value::Array(happened), vector.happened, "{name}");
            replayed += 1;
        }
    }
    assert!(replayed > 30);
}
