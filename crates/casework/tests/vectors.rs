//! Replays `tests/vectors/case-events`.

mod support;

use std::{fs, path::Path};

use candor_casework::Event;
use serde_json::Value;
use support::vector::{read, summary};

fn vectors() -> Value {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/case-events/fold.json");
    serde_json::from_str(&fs::read_to_string(path).expect("the vectors")).expect("JSON")
}

#[test]
fn the_vectors_hold() {
    let vectors = vectors();
    let states: Vec<candor_directory::State> =
        serde_json::from_value(vectors["states"].clone()).expect("states");
    let cases = vectors["cases"].as_array().expect("cases");
    assert!(cases.len() >= 15);
    for case in cases {
        let (mut school, own, events) = read(case);
        school.states.clone_from(&states);
        let backwards = events.iter().rev().chain(&events);
        for work in [school.fold(&own, &events), school.fold(&own, backwards)] {
            assert_eq!(summary(&work), case["follows"], "{}", case["name"]);
        }
    }
}

/// A changed byte is another event, or none.
#[test]
fn an_id_is_of_every_byte() {
    for case in vectors()["cases"].as_array().expect("cases") {
        for text in case["events"].as_array().expect("events") {
            let text = text.as_str().expect("text");
            let event = Event::decode(text.as_bytes()).expect("an event");
            let spaced = text.replacen("{\"v\":1", "{ \"v\":1", 1);
            let other = Event::decode(spaced.as_bytes()).expect("an event");
            assert_ne!(event.id(), other.id());
            assert_eq!(event.content(), other.content());
        }
    }
}
