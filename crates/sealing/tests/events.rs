//! Case events and handovers: the vectors, and what no vector can show.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that fails should stop"
)]

mod scenario;

use std::{fs, path::PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use candor_sealing::{
    Block, HybridIdentity, age_file,
    event::{DeviceWriter, join_event, seal_to_offices},
    handover::{HandoverContent, Signed, join_handover},
    open::{Opened, Reader, Refusal, open_envelope},
    reply::{Place, open_reply},
};
use candor_wire::{ConversationId, Envelope, EventId};
use scenario::{
    AFFAIRS, DEAN, TITLE_IX, block_of, directory, identity, office, recipients, school,
};
use serde_json::{Value, json};

/// Opens frames as the office of the vectors does, and joins them.
fn outcome(frames: &[Envelope], identity: &HybridIdentity) -> Result<Value, Refusal> {
    let directory = directory();
    let dean = office(DEAN);
    let reader = Reader {
        instance: &directory.instance,
        office: &dean,
        roles: &directory.office(&dean).unwrap().roles,
        identities: std::slice::from_ref(identity),
    };
    let (mut events, mut handovers) = (Vec::new(), Vec::new());
    for frame in frames {
        match open_envelope(&reader, frame)? {
            Opened::Event(event) => events.push(event.header),
            Opened::Handover(part) => handovers.push(part.header),
            other => panic!("{other:?}"),
        }
    }
    if handovers.is_empty() {
        let joined = join_event(&events.iter().collect::<Vec<_>>())?;
        Ok(joined.map_or(json!("waiting"), |content| json!({ "event": *content })))
    } else {
        let joined = join_handover(&handovers.iter().collect::<Vec<_>>())?;
        Ok(joined.map_or(json!("waiting"), |content| {
            let blocks = content.blocks.iter();
            let blocks: Vec<String> = blocks
                .map(|signed| BASE64.encode(signed.0.to_compact().as_slice()))
                .collect();
            json!({ "handover": blocks })
        }))
    }
}

#[test]
fn every_vector_comes_out_as_it_says() {
    let path = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/vectors/case-event-blocks/office.json"
    ));
    let file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let seed = hex::decode(file["identity_seed"].as_str().unwrap()).unwrap();
    let identity = HybridIdentity::from_seed(seed.as_slice().try_into().unwrap());
    let vectors = file["vectors"].as_array().unwrap();
    assert!(vectors.len() >= 16);
    for vector in vectors {
        let frames = vector["frames"].as_array().unwrap().iter();
        let frames: Vec<Envelope> = frames
            .map(|frame| {
                Envelope::decode(&BASE64.decode(frame.as_str().unwrap()).unwrap()).unwrap()
            })
            .collect();
        let came = outcome(&frames, &identity).map_err(Refusal::slug);
        let expected = match vector["expect"].as_str() {
            Some("ok") => Ok(vector["kind"].clone()),
            _ => Err(vector["refusal"].as_str().unwrap()),
        };
        assert_eq!(came, expected, "{}", vector["name"]);
    }
}

#[test]
fn an_event_is_sealed_to_offices_alone_and_no_drop_shows_it() {
    let instance = school::instance();
    let secrets = scenario::reporter(4, &instance).1;
    let conversation = scenario::conversation_of(&secrets);
    let key = school::known_key("a device");
    let writer = DeviceWriter {
        instance: &instance,
        office: &office(DEAN),
        key: &key,
        conversation: &conversation,
    };
    let blocks = writer
        .event(&[office(DEAN), office(TITLE_IX)], "{}")
        .unwrap();
    let envelope = seal_to_offices(&blocks[0], &recipients(&[DEAN, TITLE_IX]), vec![]).unwrap();
    for name in [DEAN, TITLE_IX] {
        assert!(age_file::open(envelope.sealed(), &[identity(name)]).is_ok());
    }
    let reporters = std::slice::from_ref(secrets.reply_identity());
    assert!(age_file::open(envelope.sealed(), reporters).is_err());
    assert!(age_file::open(envelope.sealed(), &[identity(AFFAIRS)]).is_err());
    // Even if an office put it into a drop and sealed it to the reporter.
    let planted = age_file::seal(
        blocks[0].as_bytes(),
        &[secrets.reply_identity().to_recipient()],
    )
    .unwrap();
    let place = Place {
        conversation: &conversation,
        generation: 0,
        n: 1,
        writer: &office(DEAN),
    };
    let shown = open_reply(&secrets, &directory(), place, &planted);
    assert_eq!(shown.err(), Some(Refusal::Malformed));
}

#[test]
fn a_long_conversation_takes_several_handovers_and_loses_nothing() {
    let instance = school::instance();
    let secrets = scenario::reporter(5, &instance).1;
    let report = scenario::report(&secrets, &[DEAN], &[], &"x".repeat(15_000));
    let block = block_of(&report.envelopes[0], DEAN);
    let packed = HandoverContent::pack(std::iter::repeat_n(block.clone(), 100));
    assert!(packed.len() > 2, "{}", packed.len());
    let conversation = ConversationId::new([1; 32]);
    let key = school::known_key("a device");
    let writer = DeviceWriter {
        instance: &instance,
        office: &office(DEAN),
        key: &key,
        conversation: &conversation,
    };
    let mut found: Vec<Block> = Vec::new();
    for (n, content) in packed.iter().enumerate() {
        let blocks = writer
            .handover(
                &office(TITLE_IX),
                EventId::new([2; 32]),
                &format!("{n:032x}"),
                content,
            )
            .unwrap();
        let headers: Vec<_> = blocks
            .into_iter()
            .rev()
            .map(|block| match candor_sealing::open::parse(block).unwrap() {
                Opened::Handover(part) => part.header,
                other => panic!("{other:?}"),
            })
            .collect();
        let joined = join_handover(&headers.iter().collect::<Vec<_>>())
            .unwrap()
            .unwrap();
        found.extend(joined.blocks.into_iter().map(|Signed(block)| block));
        assert!(
            join_handover(&headers[1..].iter().collect::<Vec<_>>())
                .unwrap()
                .is_none()
        );
    }
    assert_eq!(found.len(), 100);
    assert!(found.iter().all(|found| *found == block));
}
