//! The message vectors: every file of `tests/vectors/message`, every case, with its outcome.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that fails should stop"
)]

mod scenario;

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fs,
    path::PathBuf,
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use candor_directory::{Directory, Pin, RootRole, Unverified, Verified};
use candor_sealing::{
    ClaimCode, HybridIdentity, ReporterSecrets,
    new_code::compose_move,
    open::{Opened, Reader, Refusal, open_envelope},
    reply::{Place, open_reply},
    report::{conversation_of, open_self_record},
    thread::Thread,
};
use candor_wire::{ConversationId, Day, Envelope, OfficeId};
use serde_json::Value;

fn folder(group: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors")).join(group)
}

fn file_of(group: &str, name: &str) -> Value {
    let text = fs::read_to_string(folder(group).join(name)).expect("a vector file");
    serde_json::from_str(&text).expect("JSON")
}

fn file(name: &str) -> Value {
    file_of("message", name)
}

fn bytes(value: &Value) -> Vec<u8> {
    BASE64
        .decode(value.as_str().expect("base64"))
        .expect("base64")
}

fn directory() -> Verified<Directory> {
    let shared = &file("directory.json")["shared"];
    let signatures: BTreeMap<RootRole, String> =
        serde_json::from_value(shared["signatures"].clone()).unwrap();
    let pin: Pin = serde_json::from_value(shared["pin"].clone()).unwrap();
    let today: Day = serde_json::from_value(shared["today"].clone()).unwrap();
    Unverified::<Directory>::new(shared["directory"].as_str().unwrap(), signatures)
        .verify(&pin, today, None)
        .unwrap()
}

/// Runs every case, and says which ones came out otherwise.
fn run(vectors: &Value, case: impl Fn(&Value) -> Result<String, Refusal>) {
    let vectors = vectors.as_array().expect("vectors");
    assert!(!vectors.is_empty());
    let mut wrong = Vec::new();
    for vector in vectors {
        let expected = match vector["expect"].as_str() {
            Some("ok") => Ok(vector["kind"].as_str().unwrap_or("").to_owned()),
            Some("refused") => Err(vector["refusal"].as_str().expect("a refusal").to_owned()),
            other => panic!("unknown outcome {other:?}"),
        };
        let outcome = case(vector).map_err(|refusal| refusal.slug().to_owned());
        if outcome != expected {
            wrong.push(format!("{}: {outcome:?}, not {expected:?}", vector["name"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[derive(Default)]
struct Office {
    threads: BTreeMap<ConversationId, Thread>,
}

impl Office {
    fn take(
        &mut self,
        frame: &[u8],
        directory: &Verified<Directory>,
        id: &OfficeId,
        identity: &HybridIdentity,
    ) -> Result<String, Refusal> {
        let envelope = Envelope::decode(frame).expect("a frame");
        let reader = Reader {
            instance: &directory.instance,
            office: id,
            roles: &directory.office(id).unwrap().roles,
            identities: std::slice::from_ref(identity),
        };
        match open_envelope(&reader, &envelope)? {
            Opened::Report(report) => {
                match self.threads.entry(report.conversation) {
                    Entry::Vacant(place) => {
                        place.insert(Thread::begin(&report));
                    }
                    Entry::Occupied(thread) => {
                        thread.get().accept_report(&report)?;
                    }
                }
                Ok("report".to_owned())
            }
            Opened::FollowUp(block) => {
                let conversation = block.header.conversation;
                let thread = self.threads.get_mut(&conversation).expect("a thread");
                thread.accept_follow_up(&block)?;
                Ok("follow-up".to_owned())
            }
            Opened::Reply(reply) => {
                reply.verify(directory)?;
                Ok("reply".to_owned())
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn every_office_vector_comes_out_as_it_says() {
    replay_office(&file("office.json"));
}

#[test]
fn every_office_vector_of_a_move_comes_out_as_it_says() {
    replay_office(&file_of("new-code", "office.json"));
}

fn replay_office(vectors: &Value) {
    let directory = directory();
    let id: OfficeId = vectors["office"].as_str().unwrap().parse().unwrap();
    let mut seed = [0; 32];
    hex::decode_to_slice(vectors["identity_seed"].as_str().unwrap(), &mut seed).unwrap();
    let identity = HybridIdentity::from_seed(seed);
    run(&vectors["vectors"], |vector| {
        let mut office = Office::default();
        for before in vector["before"].as_array().unwrap() {
            let mut all = vectors["vectors"].as_array().unwrap().iter();
            let earlier = all.find(|v| v["name"] == *before);
            let frame = bytes(&earlier.expect("a vector of that name")["frame"]);
            office
                .take(&frame, &directory, &id, &identity)
                .expect("what came before is genuine");
        }
        office.take(&bytes(&vector["frame"]), &directory, &id, &identity)
    });
}

fn secrets(vectors: &Value, directory: &Verified<Directory>) -> ReporterSecrets {
    let code: ClaimCode = vectors["code"].as_str().unwrap().parse().unwrap();
    ReporterSecrets::derive(&code, &directory.instance)
}

#[test]
fn every_reporter_vector_comes_out_as_it_says() {
    let directory = directory();
    let vectors = file("reporter.json");
    let secrets = secrets(&vectors, &directory);
    run(&vectors["vectors"], |vector| {
        let writer = vector["writer"].as_str().unwrap().parse().unwrap();
        let number = |field: &str| u32::try_from(vector[field].as_u64().unwrap()).unwrap();
        let place = Place {
            conversation: &conversation_of(&secrets),
            generation: number("generation"),
            n: number("n"),
            writer: &writer,
        };
        open_reply(&secrets, &directory, place, &bytes(&vector["sealed"])).map(|_| String::new())
    });
    for record in vectors["records"].as_array().unwrap() {
        let opened = open_self_record(&secrets, &bytes(&record["sealed"])).is_ok();
        assert_eq!(opened, record["expect"] == "ok", "{}", record["name"]);
    }
}

/// What the holder of the new code finds.
#[test]
fn every_reporter_vector_of_a_move_comes_out_as_it_says() {
    let directory = directory();
    let vectors = file_of("new-code", "reporter.json");
    let new = secrets(&vectors, &directory);
    let old: ClaimCode = vectors["old_code"].as_str().unwrap().parse().unwrap();
    let old = ReporterSecrets::derive(&old, &directory.instance);
    assert_eq!(
        vectors["earlier"][0]["root"],
        BASE64.encode(old.expose_root())
    );
    let own = new.self_capability().self_address();
    assert_eq!(vectors["self_address"], own.to_string());
    let conversation = conversation_of(&old);
    assert_eq!(vectors["conversation"], conversation.to_string());

    let mut begun = None;
    for vector in vectors["records"].as_array().unwrap() {
        let name = vector["name"].as_str().unwrap();
        let opened = open_self_record(&new, &bytes(&vector["sealed"]));
        assert_eq!(opened.is_ok(), vector["expect"] == "ok", "{name}");
        let Ok(record) = opened else { continue };
        assert_eq!(record.conversation, conversation, "{name}");
        let earlier = record.earlier.iter();
        let fields = serde_json::json!({
            "moved": record.moved,
            "announced": record.announced,
            "generation": record.generation,
            "counter": record.counter,
            "belows": earlier.map(|code| code.below).collect::<Vec<_>>(),
        });
        assert_eq!(vector["fields"], fields, "{name}");
        if name == vectors["announcement"]["record"] {
            begun = Some(record);
        }
    }

    let begun = begun.expect("the record that the announcement is made of");
    let secrets_of = |generation: u32| {
        let earlier = begun.earlier_secrets().into_iter();
        let mut earlier = earlier.filter(|(below, _)| generation < *below);
        earlier.next().map_or_else(
            || ReporterSecrets::from_root(*new.expose_root(), &directory.instance),
            |(_, secrets)| secrets,
        )
    };
    run(&vectors["vectors"], |vector| {
        let generation = u32::try_from(vector["generation"].as_u64().unwrap()).unwrap();
        let writer = vector["writer"].as_str().unwrap().parse().unwrap();
        let place = Place {
            conversation: &conversation,
            generation,
            n: 1,
            writer: &writer,
        };
        let secrets = secrets_of(generation);
        open_reply(&secrets, &directory, place, &bytes(&vector["sealed"])).map(|_| String::new())
    });

    // The same block each time, byte for byte.
    let announcement = &vectors["announcement"];
    let offices = announcement["offices"].as_array().unwrap();
    let names: Vec<&str> = offices.iter().map(|name| name.as_str().unwrap()).collect();
    let sent = compose_move(&old, &new, &begun, &scenario::recipients(&names)).unwrap();
    let block = scenario::block_of(&sent.envelopes[0], names[0]);
    assert_eq!(
        announcement["json"].as_str().unwrap().as_bytes(),
        block.json()
    );
    assert_eq!(announcement["digest"], block.digest().to_string());
    assert_eq!(
        bytes(&announcement["signature"]),
        block.as_bytes()[16_320..]
    );
}

#[test]
fn conversation_and_addresses_follow_from_the_code() {
    let directory = directory();
    let vectors = file("reporter.json");
    let secrets = secrets(&vectors, &directory);
    let conversation = conversation_of(&secrets);
    assert_eq!(vectors["conversation"], conversation.to_string());
    let key = BASE64.encode(secrets.reporter_key().verifying_key().as_bytes());
    assert_eq!(vectors["reporter_key"], key);
    let own = secrets.self_capability().self_address();
    assert_eq!(vectors["self_address"], own.to_string());
    for (g, addresses) in (0..).zip(vectors["drop_addresses"].as_array().unwrap()) {
        for (n, address) in (1..).zip(addresses.as_array().unwrap()) {
            let drop = secrets.conversation_key(g).drop(n).drop_address();
            assert_eq!(*address, drop.to_string());
        }
    }
}

#[test]
fn there_are_no_other_files() {
    let names = |group: &str| {
        let entries = fs::read_dir(folder(group)).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(
        names("message"),
        ["directory.json", "office.json", "reporter.json"]
    );
    assert_eq!(names("new-code"), ["office.json", "reporter.json"]);
}

#[test]
fn a_wrong_expectation_is_noticed() {
    let vectors = serde_json::json!([{ "name": "planted", "expect": "ok" }]);
    let result = std::panic::catch_unwind(|| run(&vectors, |_| Err(Refusal::Signature)));
    assert!(result.is_err());
}
