//! What servers parse.

use std::{fmt::Debug, sync::OnceLock};

use candor_wire::{
    Address, Capability, ConversationId, Day, DeviceId, Digest, Domain, Envelope, EnvelopeId,
    InstanceId, OfficeId, Problem, RoleId, SignedStatement, Tag, Urgency,
    desk::{Batch, OfficeStatus, Waiting, Written},
    exchange::{Answer, Class, Operation},
    http_signature::{ReceivedHeaders, Request, verify},
    inner,
    sizes::CELL_LEN,
    stamp::{Challenge, KeyDigest, Stamp},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Parts, known};

/// Reads JSON, writes it and reads it again.
pub(crate) fn json<T>(input: &[u8]) -> Option<T>
where
    T: DeserializeOwned + Serialize + PartialEq + Debug,
{
    let value: T = serde_json::from_slice(input).ok()?;
    let text = serde_json::to_vec(&value).unwrap_or_default();
    let back: Option<T> = serde_json::from_slice(&text).ok();
    assert_eq!(back.as_ref(), Some(&value));
    Some(value)
}

/// Parses text that has exactly one form.
pub(crate) fn exact<T: std::str::FromStr + ToString>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        assert_eq!(value.to_string(), text);
    }
}

pub(crate) fn envelope(input: &[u8]) {
    if let Ok(envelope) = Envelope::decode(input) {
        assert_eq!(envelope.encode(), input);
        let again = Envelope::new(
            envelope.urgency(),
            envelope.offices().to_vec(),
            envelope.cells().to_vec(),
            envelope.sealed().to_vec(),
        );
        assert_eq!(again.as_ref().map(Envelope::id), Ok(envelope.id()));
    }
}

/// Method, path, then the body. A body of `cell` stands for one of the length of a cell behind an
/// address, which no corpus should carry.
pub(crate) fn operation(input: &[u8]) {
    let mut parts = Parts::new(input);
    let (method, path) = (parts.line(), parts.line());
    let mut body = parts.rest().to_vec();
    if body.starts_with(b"cell") {
        body.resize(Address::LEN + CELL_LEN, b'c');
    }
    if let Ok(operation) = Operation::decode(method, path, &body) {
        let (again, bytes) = operation.encode();
        assert_eq!((again.as_bytes(), bytes), (path, body));
        assert!(inner::encode_request(&operation).is_ok() || bytes_too_many(&operation));
    }
}

fn bytes_too_many(operation: &Operation) -> bool {
    operation.encode().1.len() > candor_wire::sizes::MAX_BODY_LEN
}

/// One operation of each kind.
#[expect(clippy::expect_used, reason = "over constants")]
fn asked(kind: u8) -> Operation {
    let capability = Capability::new([5; 32]);
    match kind % 6 {
        0 => {
            let offices = vec!["dean".parse().expect("a name")];
            let envelope = Envelope::new(Urgency::Batched, offices, vec![], vec![1]);
            Operation::File(envelope.expect("an envelope"))
        }
        1 => Operation::Read(capability),
        2 => Operation::ReadSelf(capability),
        3 => Operation::WriteSelf {
            capability,
            counter: 1,
            sealed: vec![1],
        },
        4 => Operation::PutCell {
            address: Address::new([1; 32]),
            cell: vec![0; CELL_LEN],
        },
        _ => Operation::TakeCell(capability),
    }
}

/// Which operation, the status, then the body.
pub(crate) fn answer(input: &[u8]) {
    let mut parts = Parts::new(input);
    let operation = asked(parts.byte());
    let status = parts.short();
    if let Ok(answer) = Answer::decode(&operation, status, parts.rest()) {
        let (again, body) = answer.encode();
        assert_eq!(again, status);
        assert_eq!(Answer::decode(&operation, again, &body), Ok(answer));
    }
}

/// The input, filled up with zeros to what a class wants; without its first byte, as it is.
fn filled(input: &[u8], len: impl Fn(Class) -> usize) -> (Class, Vec<u8>) {
    let mut parts = Parts::new(input);
    let kind = parts.byte();
    let class = match kind % 3 {
        0 => Class::Ordinary,
        1 => Class::CellPut,
        _ => Class::CellTake,
    };
    let mut padded = parts.rest().to_vec();
    if kind < 128 {
        padded.resize(len(class).max(padded.len()), 0);
    }
    (class, padded)
}

pub(crate) fn inner_request(input: &[u8]) {
    let (class, padded) = filled(input, Class::request_len);
    if let Ok(operation) = inner::decode_request(&padded, class) {
        // An operation that came in the wrong class has another length in its own.
        if let (Ok(again), true) = (
            inner::encode_request(&operation),
            operation.class().request_len() == class.request_len(),
        ) {
            assert_eq!(inner::decode_request(&again, class), Ok(operation));
        }
    }
}

pub(crate) fn inner_answer(input: &[u8]) {
    let mut parts = Parts::new(input);
    let operation = asked(parts.byte());
    let (_, padded) = filled(parts.rest(), |_| operation.class().answer_len());
    if let Ok(answer) = inner::decode_answer(&padded, &operation)
        && let Ok(again) = inner::encode_answer(&answer, operation.class())
    {
        assert_eq!(inner::decode_answer(&again, &operation), Ok(answer));
    }
}

pub(crate) fn batch(input: &[u8]) {
    if let Ok(batch) = Batch::decode(input) {
        assert_eq!(batch.encode(), input);
    }
}

pub(crate) fn desk_json(input: &[u8]) {
    json::<Waiting>(input);
    json::<Written>(input);
    json::<OfficeStatus>(input);
}

/// Method, path, query, the three headers, then the body.
pub(crate) fn http_signature(input: &[u8]) {
    let mut parts = Parts::new(input);
    let mut lines = [""; 6];
    for line in &mut lines {
        *line = parts.text().unwrap_or_default();
    }
    let [method, path, query, digest, signature_input, signature] = lines;
    let Ok(office) = "dean".parse() else { return };
    let request = Request {
        method,
        path,
        query,
        office: &office,
        instance: &known::instance(),
        body: parts.rest(),
    };
    let headers = ReceivedHeaders {
        content_digest: Some(digest),
        signature_input: Some(signature_input),
        signature: Some(signature),
    };
    if let Ok(signed) = verify(&request, &headers) {
        assert!(signature_input.contains(&signed.device.to_string()));
        assert!(signed.is_timely(signed.created));
    }
}

/// A header, a challenge, then the front of an encapsulated request.
pub(crate) fn stamp(input: &[u8]) {
    let mut parts = Parts::new(input);
    let header = parts.text().unwrap_or_default();
    exact::<Challenge>(parts.text().unwrap_or_default());
    let key = KeyDigest::of_request(parts.rest());
    if let Ok(stamp) = Stamp::decode(header) {
        assert_eq!(stamp.encode(), header);
        assert!(stamp.pays(&key.unwrap_or(KeyDigest::of_key(&[])), 0));
    }
}

pub(crate) fn problem(input: &[u8]) {
    if let Ok(problem) = serde_json::from_slice::<Problem>(input) {
        let back: Option<Problem> = serde_json::from_slice(&problem.to_json()).ok();
        assert_eq!(back, Some(problem));
    }
}

struct Anything;

impl Domain for Anything {
    const TAG: Tag = Tag::new("candor/test/anything");
}

pub(crate) fn statement(input: &[u8]) {
    let Some(statement) = json::<SignedStatement<Anything>>(input) else {
        return;
    };
    let key = known::key("office dean");
    let peeked = statement.peek::<Value>();
    if let Ok(body) = statement.verify::<Value>(&key.verifying_key(), &known::instance()) {
        assert_eq!(peeked, Ok(body));
    }
}

/// Every identifier and name, as text.
pub(crate) fn names(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    exact::<InstanceId>(text);
    exact::<ConversationId>(text);
    exact::<Address>(text);
    exact::<EnvelopeId>(text);
    exact::<Digest>(text);
    exact::<DeviceId>(text);
    exact::<OfficeId>(text);
    exact::<RoleId>(text);
    if let Ok(days) = text.parse() {
        let (year, month, day) = Day(days).civil();
        assert!((1..=12).contains(&month) && (1..=31).contains(&day));
        if year <= 9999 {
            assert_eq!(Day::from_civil(year, month, day), Some(Day(days)));
        }
    }
}

/// The gateway's key, from a fixed seed.
#[must_use]
#[expect(clippy::expect_used, reason = "over constants")]
pub fn gateway_key() -> ohttp::KeyConfig {
    use ohttp::hpke::{Aead, Kdf, Kem};
    let suite = ohttp::SymmetricSuite::new(Kdf::HkdfSha256, Aead::Aes128Gcm);
    ohttp::KeyConfig::derive(1, Kem::XWing, vec![suite], &[7; 32]).expect("a key")
}

/// An encapsulated request.
pub(crate) fn encapsulation(input: &[u8]) {
    static SERVER: OnceLock<Option<ohttp::Server>> = OnceLock::new();
    let server = SERVER.get_or_init(|| ohttp::Server::new(gateway_key()).ok());
    let Some(server) = server else { return };
    if let Ok((plain, _)) = server.decapsulate(input) {
        assert!(plain.len() + candor_wire::sizes::REQUEST_OVERHEAD == input.len());
        let _ = inner::decode_request(&plain, Class::Ordinary);
    }
    let _ = KeyDigest::of_request(input);
}

/// A key configuration, as a client takes it from the relay's list.
pub(crate) fn exchange_key(input: &[u8]) {
    if let Ok(client) = ohttp::ClientRequest::from_encoded_config(input) {
        let _ = client.encapsulate(b"x");
    }
    let _ = ohttp::KeyConfig::decode_list(input);
}
