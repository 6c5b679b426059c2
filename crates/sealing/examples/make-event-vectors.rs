//! Writes `tests/vectors/case-event-blocks/office.json`: case events and handovers as an office finds
//! them in its queue, genuine and not. Run by hand when the protocol changes; the file is frozen
//! otherwise (sealing is randomised, so every run makes other bytes).

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
    Block,
    event::{DeviceWriter, EventDomain, EventHeader},
    handover::{HandoverContent, HandoverDomain, HandoverHeader, Signed},
    message::{Message, ReplyDomain},
};
use candor_wire::{ConversationId, DeviceId, Envelope, EventId, InstanceId, OfficeId};
use ed25519_dalek::SigningKey;
use scenario::{
    AFFAIRS, DEAN, TITLE_IX, block_of, forged, frame, frame_for, identity, office, school,
};
use serde_json::{Value, json};

fn main() {
    let out = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/vectors/case-event-blocks"
    );
    std::fs::create_dir_all(out).unwrap();
    let text = serde_json::to_string_pretty(&vectors()).unwrap();
    std::fs::write(format!("{out}/office.json"), text + "\n").unwrap();
}

fn device() -> SigningKey {
    school::known_key("device of title-ix")
}

struct Pens {
    instance: InstanceId,
    conversation: ConversationId,
    office: OfficeId,
    key: SigningKey,
}

impl Pens {
    fn writer(&self) -> DeviceWriter<'_> {
        DeviceWriter {
            instance: &self.instance,
            office: &self.office,
            key: &self.key,
            conversation: &self.conversation,
        }
    }
}

fn vectors() -> Value {
    let pens = Pens {
        instance: school::instance(),
        conversation: ConversationId::new([7; 32]),
        office: office(TITLE_IX),
        key: device(),
    };
    let writer = pens.writer();
    let to = [office(DEAN), office(TITLE_IX)];
    let short = "{\"what\":\"a short event, of whatever content\"}";
    let long = format!("{{\"what\":\"{}\"}}", "long ".repeat(8_000));
    let both = [DEAN, TITLE_IX];
    let sealed = |blocks: &[Block]| -> Vec<Envelope> {
        blocks.iter().map(|b| frame(b.as_bytes(), &both)).collect()
    };
    let one = writer.event(&to, short).unwrap();
    let three = writer.event(&to, &long).unwrap();
    assert_eq!(three.len(), 3);
    let mut vectors = Vec::new();
    let mut add = |name: &str, frames: &[Envelope], outcome: Result<Value, &str>, reason: &str| {
        let mut vector = json!({
            "name": name,
            "frames": frames.iter().map(|f| BASE64.encode(f.encode())).collect::<Vec<_>>(),
            "expect": if outcome.is_ok() { "ok" } else { "refused" },
            "reason": reason,
        });
        match outcome {
            Ok(kind) => vector["kind"] = kind,
            Err(refusal) => vector["refusal"] = json!(refusal),
        }
        vectors.push(vector);
    };
    add(
        "one block",
        &sealed(&one),
        Ok(json!({ "event": short })),
        "an event that fits one block",
    );
    let mut shuffled = sealed(&three);
    shuffled.rotate_left(1);
    add(
        "three blocks",
        &shuffled,
        Ok(json!({ "event": long })),
        "joined in the order of their parts, however they came",
    );
    add(
        "two of three blocks",
        &shuffled[..2],
        Ok(json!("waiting")),
        "a part has not come",
    );
    let fewer = frame_for(one[0].as_bytes(), &[DEAN], &[DEAN]);
    add(
        "an envelope for fewer",
        &[fewer],
        Ok(json!({ "event": short })),
        "an envelope may name fewer offices than the event",
    );
    let more = frame_for(one[0].as_bytes(), &[DEAN, AFFAIRS], &[DEAN, AFFAIRS]);
    add(
        "an envelope for others",
        &[more],
        Err("other-office"),
        "the envelope names an office that the event does not",
    );
    let not_ours = writer.event(&[office(TITLE_IX)], short).unwrap();
    add(
        "not for this office",
        &[frame(not_ours[0].as_bytes(), &[DEAN])],
        Err("other-office"),
        "this office is not among the recipients",
    );

    let header = || {
        let Message::Event(header) = serde_json::from_slice(one[0].json()).unwrap() else {
            panic!("it is an event");
        };
        header
    };
    let signed = |header: EventHeader, key: &SigningKey| {
        let block = forged::<EventDomain>(
            key,
            &pens.instance,
            &pens.conversation,
            &Message::Event(header),
        );
        frame(block.as_bytes(), &both)
    };
    let other = school::known_key("another device");
    add(
        "another device's signature",
        &[signed(header(), &other)],
        Err("signature"),
        "the device that it names has not signed it",
    );
    let mut weak = header();
    weak.device = DeviceId::new([1; 32]);
    add(
        "a device of small order",
        &[signed(weak, &device())],
        Err("signature"),
        "anybody could sign for such a key",
    );
    let as_reply = forged::<ReplyDomain>(
        &device(),
        &pens.instance,
        &pens.conversation,
        &Message::Event(header()),
    );
    add(
        "signed as something else",
        &[frame(as_reply.as_bytes(), &both)],
        Err("signature"),
        "a signature of another domain",
    );
    let mut foreign = header();
    foreign.instance = InstanceId::new([9; 32]);
    add(
        "another instance",
        &[signed(foreign, &device())],
        Err("other-instance"),
        "made for another hotline",
    );
    let mut newer = header();
    newer.v = 2;
    add(
        "a newer version",
        &[signed(newer, &device())],
        Err("version"),
        "of a newer version",
    );
    let mut misnamed = header();
    misnamed.event = EventId::new([3; 32]);
    add(
        "not what it is named",
        &[signed(misnamed, &device())],
        Err("malformed"),
        "the content is not the one that the name is the hash of",
    );
    let mut swapped = Vec::new();
    for block in &three {
        let Message::Event(mut header) = serde_json::from_slice(block.json()).unwrap() else {
            panic!("it is an event");
        };
        if header.part.index == 2 {
            header.recipients = vec![office(AFFAIRS), office(DEAN), office(TITLE_IX)];
        }
        swapped.push(signed(header, &device()));
    }
    add(
        "parts that disagree",
        &swapped,
        Err("malformed"),
        "one part names other recipients",
    );

    let reporter = scenario::reporter(3, &pens.instance).1;
    let report = scenario::report(&reporter, &[TITLE_IX], &[], "handed over");
    let block = block_of(&report.envelopes[0], TITLE_IX);
    let content = HandoverContent {
        blocks: vec![Signed(block.clone())],
        files: Vec::new(),
    };
    let handover = writer
        .handover(
            &office(DEAN),
            EventId::new([5; 32]),
            &"ab".repeat(16),
            &content,
        )
        .unwrap();
    let handed = |blocks: &[Block]| -> Vec<Envelope> {
        blocks
            .iter()
            .map(|b| frame(b.as_bytes(), &[DEAN]))
            .collect()
    };
    let inside = json!({ "handover": [BASE64.encode(block.to_compact().as_slice())] });
    add(
        "a handover",
        &handed(&handover),
        Ok(inside),
        "the blocks in it are those that were signed",
    );
    let Message::Handover(mut header): Message =
        serde_json::from_slice(handover[0].json()).unwrap()
    else {
        panic!("it is a handover");
    };
    let forged_handover = |header: HandoverHeader, key: &SigningKey| {
        let block = forged::<HandoverDomain>(
            key,
            &pens.instance,
            &pens.conversation,
            &Message::Handover(header),
        );
        frame(block.as_bytes(), &[DEAN])
    };
    add(
        "a handover signed by another",
        &[forged_handover(header.clone(), &other)],
        Err("signature"),
        "the device that it names has not signed it",
    );
    header.recipients.push(office(TITLE_IX));
    add(
        "a handover to two",
        &[forged_handover(header, &device())],
        Err("other-office"),
        "its recipients are not the envelope's",
    );

    json!({
        "about": "case events and handovers in the queue of the office dean-for-students: frames in base64, opened with its identity and joined; the first refusal of any frame, or of joining them, is the outcome",
        "group": "case-event-blocks",
        "office": DEAN,
        "identity_seed": hex::encode(identity(DEAN).expose_seed()),
        "vectors": vectors,
    })
}
