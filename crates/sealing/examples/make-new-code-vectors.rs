//! Writes `tests/vectors/new-code/*.json`: a conversation that moves to another claim code, done
//! well and wrongly, as the office and as the reporter meet it. Run by hand when the protocol
//! changes; the files are frozen otherwise (sealing is randomised, so every run makes other bytes).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a developer's tool"
)]

#[path = "../tests/scenario/mod.rs"]
mod scenario;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use candor_sealing::{
    ReporterSecrets,
    message::{Message, Secret32, SelfRecord, SelfRecordDomain},
    new_code::EarlierCode,
    report::seal_self_record,
};
use candor_wire::Envelope;
use scenario::{AFFAIRS, DEAN, Pen, chain, forged, moving::BOTH, moving::Codes, reporter, school};
use serde_json::{Value, json};

fn main() {
    let codes = Codes::new();
    let out = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/new-code");
    std::fs::create_dir_all(out).unwrap();
    let write = |name: &str, value: &Value| {
        let text = serde_json::to_string_pretty(value).unwrap();
        std::fs::write(format!("{out}/{name}.json"), text + "\n").unwrap();
    };
    write("office", &office_side(&codes));
    write("reporter", &reporter_side(&codes));
}

fn office_side(codes: &Codes) -> Value {
    let mut vectors = Vec::new();
    let mut add = |name: &str, before: &[&str], envelope: &Envelope, outcome, reason: &str| {
        let mut vector = json!({
            "name": name,
            "before": before,
            "frame": BASE64.encode(envelope.encode()),
            "expect": if Result::<&str, &str>::is_ok(&outcome) { "ok" } else { "refused" },
            "reason": reason,
        });
        match outcome {
            Ok(kind) => vector["kind"] = json!(kind),
            Err(refusal) => vector["refusal"] = json!(refusal),
        }
        vectors.push(vector);
    };
    let Codes { old, new, newest } = codes;
    let after = codes
        .says(new, 2, "It is me, with a code of my own.")
        .envelope();
    let old_after = || codes.says(old, 2, "The operator, who knew the code.");
    add(
        "report",
        &[],
        &codes.report().envelopes[0],
        Ok("report"),
        "the report, under a code that somebody else knew",
    );
    add(
        "move",
        &["report"],
        &codes.move_to_new().envelopes[0],
        Ok("follow-up"),
        "signed by the old key, proven by the new one",
    );
    add(
        "after",
        &["report", "move"],
        &after,
        Ok("follow-up"),
        "after the move, the new key signs",
    );
    add(
        "new-key-without-move",
        &["report"],
        &after,
        Err("signature"),
        "without the move, the new key is a stranger's",
    );
    add(
        "old-key-after-move",
        &["report", "move"],
        &old_after().envelope(),
        Err("signature"),
        "after the move, the old key signs nothing any more",
    );
    let mut much_later = old_after();
    much_later.header.counter = 9;
    add(
        "old-key-much-later",
        &["report", "move", "after"],
        &much_later.envelope(),
        Err("signature"),
        "nor does it later",
    );
    add(
        "old-key-moves-again",
        &["report", "move"],
        &codes.moving(old, newest, 2, 2).envelope(),
        Err("signature"),
        "the old key cannot move the conversation once more",
    );
    add(
        "other-move",
        &["report", "move"],
        &codes.moving(old, newest, 1, 1).envelope(),
        Err("replayed-counter"),
        "a different move in the same place",
    );
    let mut strangers = codes.moving(old, new, 1, 1);
    strangers.signer = school::known_key("stranger");
    add(
        "strangers-move",
        &["report"],
        &strangers.envelope(),
        Err("signature"),
        "a stranger took the proof, but cannot sign as the reporter",
    );
    add(
        "move-again",
        &["report", "move", "after"],
        &codes.moving(new, newest, 3, 2).envelope(),
        Ok("follow-up"),
        "a conversation may move more than once",
    );
    add(
        "after-again",
        &["report", "move", "after", "move-again"],
        &codes.says(newest, 4, "Here I am.").envelope(),
        Ok("follow-up"),
        "after the second move, the newest key signs",
    );
    add(
        "first-new-key-after-second-move",
        &["report", "move", "after", "move-again"],
        &codes.says(new, 4, "Here I am not.").envelope(),
        Err("signature"),
        "after the second move, the first new key signs nothing any more",
    );
    for (name, draft, wrong) in codes.flawed() {
        let reason = format!("genuine, and shown as unreadable: {wrong}");
        add(
            name,
            &["report"],
            &draft.envelope(),
            Ok("follow-up"),
            &reason,
        );
        add(
            &format!("new-key-after-{name}"),
            &["report", name],
            &after,
            Err("signature"),
            wrong,
        );
    }
    add(
        "old-key-after-bad-proof",
        &["report", "bad-proof"],
        &old_after().envelope(),
        Ok("follow-up"),
        "a move that does not hold changes nothing",
    );
    json!({
        "group": "new-code",
        "about": "what the office dean-for-students takes from its queue while a conversation moves to \
                  another code; as message/office.json, with the directory of message/directory.json",
        "office": DEAN,
        "identity_seed": hex::encode(*chain(DEAN).identity().expose_seed()),
        "vectors": vectors,
    })
}

fn reporter_side(codes: &Codes) -> Value {
    let Codes { old, new, newest } = codes;
    let (old_code, _) = reporter(1, &school::instance());
    let (new_code, _) = reporter(3, &school::instance());
    let begun = codes.begun();
    let sent = codes.move_to_new();
    let block = scenario::block_of(&sent.envelopes[0], DEAN);
    json!({
        "group": "new-code",
        "about": "what the holder of the new code finds: self-records, drops of generation 0 (under the \
                  old code) and 1, and the block that tells the offices, which `announcement` makes of \
                  the record named `begun`: its JSON as text, its signature and its digest",
        "old_code": old_code.words().to_string(),
        "code": new_code.words().to_string(),
        "conversation": codes.conversation(),
        "self_address": new.self_capability().self_address(),
        "earlier": [{"root": BASE64.encode(old.expose_root()), "below": 1}],
        "announcement": {
            "record": "begun",
            "offices": BOTH,
            "json": String::from_utf8(block.json().to_vec()).unwrap(),
            "signature": BASE64.encode(&block.as_bytes()[16_320..]),
            "digest": block.digest(),
        },
        "records": records(codes, &begun, &sent.record),
        "vectors": drops(old, new, newest),
    })
}

fn records(codes: &Codes, begun: &SelfRecord, announced: &SelfRecord) -> Vec<Value> {
    let Codes { old, new, newest } = codes;
    let sealed_by = |key: &ReporterSecrets, record: &SelfRecord| {
        let block = forged::<SelfRecordDomain>(
            key.reporter_key(),
            &school::instance(),
            &record.conversation,
            &Message::SelfRecord(record.clone()),
        );
        let to = [new.reply_identity().to_recipient()];
        candor_sealing::age_file::seal(block.as_bytes(), &to).unwrap()
    };
    let vector = |name: &str, sealed: Vec<u8>, outcome: Option<&SelfRecord>, reason: &str| {
        let mut vector = json!({
            "name": name,
            "sealed": BASE64.encode(sealed),
            "expect": if outcome.is_some() { "ok" } else { "refused" },
            "reason": reason,
        });
        if let Some(record) = outcome {
            vector["fields"] = json!({
                "moved": record.moved,
                "announced": record.announced,
                "generation": record.generation,
                "counter": record.counter,
                "belows": record.earlier.iter().map(|code| code.below).collect::<Vec<_>>(),
            });
        }
        vector
    };
    let genuine = |name: &str, record: &SelfRecord, reason: &str| {
        vector(
            name,
            seal_self_record(new, record).unwrap(),
            Some(record),
            reason,
        )
    };
    let refused = |name: &str, change: &dyn Fn(&mut SelfRecord), reason: &str| {
        let mut record = announced.clone();
        change(&mut record);
        vector(name, sealed_by(new, &record), None, reason)
    };
    let earlier = |secrets: &ReporterSecrets, below: u32| EarlierCode {
        root: Secret32::new(*secrets.expose_root()),
        below,
    };
    let mut again = announced.to_new_code(newest).unwrap();
    again.generation = 1;
    let left = announced.left_behind();
    vec![
        genuine("begun", begun, "the record before the offices are told"),
        genuine("announced", announced, "the record once they are told"),
        genuine(
            "moved-twice",
            &again,
            "two codes before; the conversation is the first one's",
        ),
        genuine("moved-on", &left, "this code leads nowhere any more"),
        vector(
            "by-the-old-key",
            sealed_by(old, announced),
            None,
            "signed by the key of the code before",
        ),
        refused(
            "without-earlier",
            &|record| {
                record.earlier.clear();
                record.announced = None;
            },
            "the conversation is not this code's own, and no code before it is named",
        ),
        refused(
            "other-first-code",
            &|record| record.earlier = vec![earlier(newest, 1)],
            "the conversation is not that of the first code before",
        ),
        refused(
            "announced-without-earlier",
            &|record| record.earlier.clear(),
            "announced goes with earlier",
        ),
        refused(
            "earlier-without-announced",
            &|record| record.announced = None,
            "earlier goes with announced",
        ),
        refused(
            "belows-not-ascending",
            &|record| {
                record.earlier = vec![earlier(old, 1), earlier(newest, 1)];
            },
            "a code between the two would have no generation",
        ),
        refused(
            "below-zero",
            &|record| record.earlier = vec![earlier(old, 0)],
            "the first code has generation 0",
        ),
        refused(
            "below-too-high",
            &|record| record.earlier = vec![earlier(old, 2)],
            "the current generation would be an earlier code's",
        ),
        refused(
            "five-codes-before",
            &|record| {
                record.earlier = (1..=5).map(|below| earlier(old, below)).collect();
                record.generation = 5;
            },
            "at most four",
        ),
    ]
}

fn drops(old: &ReporterSecrets, new: &ReporterSecrets, newest: &ReporterSecrets) -> Vec<Value> {
    let write = |generation: u32, to: &ReporterSecrets| {
        let mut pen = Pen::new(DEAN, old, &[DEAN, AFFAIRS]);
        pen.generation = generation;
        pen.reply_recipient = to.reply_identity().to_recipient();
        BASE64.encode(pen.write("We read it.", 1).1)
    };
    let mut vectors = Vec::new();
    for (name, generation, to, refusal, reason) in [
        (
            "before-the-move",
            0,
            old,
            None,
            "what was written before the move is read with the secrets before",
        ),
        (
            "after-the-move",
            1,
            new,
            None,
            "what was written after it, with the new ones",
        ),
        (
            "after-the-move-to-the-old",
            1,
            old,
            Some("undecryptable"),
            "an office that sealed to the old recipient after the move sealed to whoever knew that code",
        ),
        (
            "before-the-move-to-the-new",
            0,
            new,
            Some("undecryptable"),
            "generation 0 is the old code's alone",
        ),
        (
            "to-another",
            1,
            newest,
            Some("undecryptable"),
            "sealed to another code",
        ),
    ] {
        let mut vector = json!({
            "name": name,
            "generation": generation,
            "n": 1,
            "writer": DEAN,
            "sealed": write(generation, to),
            "expect": if refusal.is_some() { "refused" } else { "ok" },
            "reason": reason,
        });
        if let Some(refusal) = refusal {
            vector["refusal"] = json!(refusal);
        }
        vectors.push(vector);
    }
    let crossed = write(0, old);
    vectors.push(json!({
        "name": "generation-0-in-a-drop-of-1",
        "generation": 1,
        "n": 1,
        "writer": DEAN,
        "sealed": crossed,
        "expect": "refused",
        "refusal": "undecryptable",
        "reason": "what was sealed to the old code is not shown in a new generation",
    }));
    vectors
}
