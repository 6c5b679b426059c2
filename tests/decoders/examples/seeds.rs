//! Writes the seeds of every corpus: valid values, and a few nearly valid ones.
//!
//! `cargo run -p candor-decoders --example seeds` from the root of the repository. Files that are
//! there already are left alone, so that what a fuzzer found stays.

use std::{collections::BTreeSet, error::Error, fs, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use candor_decoders::known;
use candor_directory::{
    Cards, Device, DeviceList, DeviceRequest, Epoch, KeyCard, KeyConfig, OfficeRequest,
    RecipientText, RelayKey, RelayKeys, RelayRequest, signature_file_name,
};
use candor_journal::format::{Location, RecordHeader, SegmentHeader};
use candor_sealing::{
    Block, HybridIdentity, HybridRecipient, ReporterSecrets, age_file,
    attachment::AttachmentSealer,
    message::{FollowUpContent, ReplyContent, ReplyKind, ReportContent, Source},
    reply::Writer,
    report::{Filing, OfficeRecipient, compose_follow_up, compose_report, seal_self_record},
};
use candor_store::{
    StatementKind,
    record::{Gone, Record},
};
use candor_wire::{
    Address, Capability, Day, DeviceId, Digest, Domain, Envelope, EnvelopeId, OfficeId, Problem,
    ProblemType, SignedStatement, Tag, Urgency,
    desk::{Batch, OfficeStatus, QueueItem, Waiting, Written},
    exchange::{Answer, Operation},
    http_signature::{Request, sign},
    inner,
    sizes::CELL_LEN,
    stamp::{Challenge, KeyDigest, Stamp},
};
use secrecy::ExposeSecret as _;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn write(target: &str, name: &str, bytes: impl AsRef<[u8]>) -> Outcome {
    let folder = Path::new("fuzz/corpus").join(target);
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("seed-{name}"));
    if !file.exists() {
        fs::write(file, bytes)?;
    }
    Ok(())
}

fn main() -> Outcome {
    wire()?;
    exchange()?;
    desk()?;
    text()?;
    directory()?;
    statements()?;
    journal()?;
    records()?;
    codes()?;
    conversation()?;
    casework()
}

fn office(name: &str) -> Outcome<OfficeId> {
    Ok(name.parse()?)
}

fn envelope() -> Outcome<Envelope> {
    Ok(Envelope::new(
        Urgency::Urgent,
        vec![office("dean")?, office("title-ix")?],
        vec![Address::new([1; 32]), Address::new([2; 32])],
        b"age-encryption.org/v1\n".to_vec(),
    )?)
}

/// Without the zeros at its end.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let end = bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |i| i + 1);
    bytes.get(..end).unwrap_or_default()
}

fn wire() -> Outcome {
    let small = Envelope::new(Urgency::Batched, vec![office("a")?], vec![], vec![0])?;
    write("envelope", "small", small.encode())?;
    write("envelope", "two-offices", envelope()?.encode())?;
    let mut unordered = envelope()?.encode();
    if let Some(byte) = unordered.get_mut(4) {
        *byte = b'z';
    }
    write("envelope", "unordered", unordered)?;

    let item = |seq| QueueItem {
        seq,
        day: Day(20_779),
        frame: small.encode(),
    };
    let full = Batch {
        head: 9,
        items: vec![item(2), item(9)],
    };
    write("batch", "empty", Batch::default().encode())?;
    write("batch", "two", full.encode())?;
    let backwards = Batch {
        head: 9,
        items: vec![item(9), item(2)],
    };
    write("batch", "backwards", backwards.encode())
}

fn operations() -> Outcome<Vec<(&'static str, Operation)>> {
    let capability = || Capability::new([5; 32]);
    Ok(vec![
        ("file", Operation::File(envelope()?)),
        ("read", Operation::Read(capability())),
        ("read-self", Operation::ReadSelf(capability())),
        (
            "write-self",
            Operation::WriteSelf {
                capability: capability(),
                counter: 3,
                sealed: b"age-encryption.org/v1\n".to_vec(),
            },
        ),
        (
            "put-cell",
            Operation::PutCell {
                address: Address::new([1; 32]),
                cell: vec![0; CELL_LEN],
            },
        ),
        ("take-cell", Operation::TakeCell(capability())),
    ])
}

fn exchange() -> Outcome {
    let answers = [
        Answer::Filed(EnvelopeId::new([1; 32])),
        Answer::Drop {
            office: office("title-ix")?,
            sealed: b"sealed".to_vec(),
        },
        Answer::SelfRecord {
            counter: 3,
            sealed: b"sealed".to_vec(),
        },
        Answer::Stored,
        Answer::Stored,
        Answer::Cell(vec![0; CELL_LEN]),
    ];
    let refused = Answer::Refused(Problem::new(ProblemType::ProofOfWork).with_detail("later"));
    for (kind, ((name, operation), answer)) in (0_u8..).zip(operations()?.iter().zip(&answers)) {
        let (path, body) = operation.encode();
        let body = if body.len() > CELL_LEN {
            b"cell".to_vec()
        } else {
            body
        };
        let whole = [b"POST\n", path.as_bytes(), b"\n", &body].concat();
        write("operation", name, whole)?;

        let class = match kind {
            4 => 1,
            5 => 2,
            _ => 0,
        };
        let padded = inner::encode_request(operation)?;
        write("inner_request", name, [&[class], trimmed(&padded)].concat())?;
        for (suffix, answer) in [("", answer), ("-refused", &refused)] {
            let (status, body) = answer.encode();
            let body = if body.len() >= CELL_LEN {
                Vec::new()
            } else {
                body
            };
            let whole = [&[kind], &status.to_be_bytes()[..], &body].concat();
            write("answer", &format!("{name}{suffix}"), whole)?;
            let padded = inner::encode_answer(answer, operation.class())?;
            let whole = [&[kind, class], trimmed(&padded)].concat();
            write("inner_answer", &format!("{name}{suffix}"), whole)?;
        }
    }
    write("operation", "get", "GET\n/read\n")?;
    write("operation", "elsewhere", "POST\n/reed\n")?;

    let key = candor_decoders::gateway_key();
    let config = key.encode()?;
    write("exchange_key", "current", &config)?;
    write(
        "exchange_key",
        "list",
        ohttp::KeyConfig::encode_list(&[key])?,
    )?;
    let read = inner::encode_request(&Operation::Read(Capability::new([5; 32])))?;
    let (sealed, _) = ohttp::ClientRequest::from_encoded_config(&config)?.encapsulate(&read)?;
    write("encapsulation", "read", &sealed)?;
    let (short, _) = ohttp::ClientRequest::from_encoded_config(&config)?.encapsulate(b"x")?;
    write("encapsulation", "short", &short)?;
    write("encapsulation", "cut", short.get(..600).unwrap_or_default())?;

    let digest = KeyDigest::of_request(&sealed).ok_or("a key")?;
    let challenge = Challenge::new([3; 16]);
    let stamp = Stamp::solve(challenge, &digest, 4, 0..u64::MAX).ok_or("a stamp")?;
    let lines = format!("{}\n{challenge}\n", stamp.encode());
    let whole = [lines.as_bytes(), sealed.get(..1127).unwrap_or_default()].concat();
    write("stamp", "paid", whole)?;
    write("stamp", "without-request", lines)
}

fn desk() -> Outcome {
    write(
        "desk_json",
        "waiting",
        serde_json::to_vec(&Waiting { head: 3 })?,
    )?;
    let written = Written {
        created: true,
        digest: Some(Digest::of_drop(b"x")),
    };
    write("desk_json", "written", serde_json::to_vec(&written)?)?;
    let status = OfficeStatus {
        today: Day(20_779),
        directory_version: 7,
        head: 9,
        device_list_version: 1,
        card_epochs: vec![682, 683],
        drops_left_today: 10,
        retention_days: 365,
    };
    write("desk_json", "status", serde_json::to_vec(&status)?)?;

    let dean = office("dean")?;
    for (name, method, path, query, body) in [
        ("get", "GET", "/v1/queue", "after=0", &b""[..]),
        ("put", "PUT", "/v1/drops/ab", "", b"sealed"),
    ] {
        let request = Request {
            method,
            path,
            query,
            office: &dean,
            instance: &known::instance(),
            body,
        };
        let headers = sign(&request, &known::key("device"), 1_800_000_000, [3; 16]);
        let mut whole = format!("{method}\n{path}\n{query}\n").into_bytes();
        for wanted in ["content-digest", "signature-input", "signature"] {
            let found = headers.iter().find(|(name, _)| *name == wanted);
            whole.extend_from_slice(found.ok_or("a header")?.1.as_bytes());
            whole.push(b'\n');
        }
        whole.extend_from_slice(body);
        write("http_signature", name, whole)?;
    }
    let missing = Problem {
        missing: vec![Address::new([1; 32])],
        ..Problem::new(ProblemType::MissingCells)
    };
    write("problem", "missing-cells", missing.to_json())?;
    write("problem", "gone", Problem::new(ProblemType::Gone).to_json())
}

fn text() -> Outcome {
    write("names", "id", "ab".repeat(32))?;
    write("names", "id-upper", "AB".repeat(32))?;
    write("names", "slug", "dean-for-students")?;
    write("names", "slug-bad", "dean-")?;
    write("names", "day", "4294967295")?;
    write("directory_words", "text", r#"{"en":"Hello","pt-BR":"Olá"}"#)?;
    write("directory_words", "language", "zh-Hans")?;
    write("directory_words", "recipient", recipient().as_str())?;
    write("directory_words", "key", known::public("relay").to_string())?;
    write(
        "directory_words",
        "fingerprint",
        "0123 4567, 8901-2345. 6789 0123 4567 8901",
    )?;
    write("directory_words", "date", "2028-02-29")?;
    write(
        "conditions",
        "answer",
        "{\"answer\":\"about\",\"is\":\"yes\"}\n{\"about\":\"yes\",\"many\":[\"a\",\"b\"]}\n",
    )?;
    write(
        "conditions",
        "nested",
        r#"{"all":[{"any":[{"not":{"answer":"a","is":"b"}}]},{"all":[]}]}"#,
    )?;
    write("conditions", "always", "\"always\"")?;
    write("conditions", "both", r#"{"any":[],"all":[]}"#)?;
    write("conditions", "deep", "{\"not\":".repeat(300))
}

fn recipient() -> RecipientText {
    let text = format!("age1pq1{}", "q".repeat(1952));
    text.parse()
        .unwrap_or_else(|_| unreachable!("the shape is right"))
}

fn directory() -> Outcome {
    for (name, source) in [
        ("small", known::SMALL_SOURCE),
        ("medical-school", known::SOURCE),
    ] {
        let directory = known::assembled(source);
        write("directory", name, serde_json::to_vec(&directory)?)?;
        write("directory_source", name, source)?;
    }
    let small = known::assembled(known::SMALL_SOURCE);
    let bytes = serde_json::to_vec(&small)?;
    let signatures = known::signatures(&bytes, small.version);
    let texts: Vec<String> = known::pin()
        .roots()
        .iter()
        .filter_map(|root| signatures.get(root.role()).cloned())
        .collect();
    write("directory_signature", "both", texts.join("--\n"))?;
    write(
        "directory_signature",
        "one",
        texts.first().ok_or("a signature")?,
    )?;
    let key = known::pin()
        .roots()
        .first()
        .ok_or("a root")?
        .base64()
        .to_owned();
    write(
        "directory_signature",
        "public-key",
        format!("untrusted comment: x\n{key}\n"),
    )?;
    write("pin", "two-roots", known::pin().to_json()?)?;
    let role = "administrator".parse()?;
    write("pin", "signature-file-name", signature_file_name(&role))
}

fn statements() -> Outcome {
    let directory = known::directory();
    let offices: BTreeSet<&OfficeId> = directory.offices.iter().map(|o| &o.id).take(2).collect();
    let mut cards = Vec::new();
    for office in offices {
        for epoch in [Epoch::of(known::TODAY), Epoch::of(known::TODAY).plus(1)] {
            let reply = known::public("reply");
            let card = KeyCard::new(known::instance(), office.clone(), epoch, recipient(), reply);
            cards.push(card.sign(&known::key(&format!("office {office}")))?);
        }
    }
    write("cards", "four", Cards::blob(cards.clone())?)?;
    cards.truncate(1);
    write("cards", "one", Cards::blob(cards.clone())?)?;
    write("cards", "none", Cards::blob(vec![])?)?;

    let config = KeyConfig::new(candor_decoders::gateway_key().encode()?)?;
    let keys = RelayKeys {
        instance: known::instance(),
        serial: 4,
        keys: vec![RelayKey {
            config: config.clone(),
            not_before: known::TODAY,
            not_after: known::TODAY.plus(7),
        }],
    };
    write(
        "relay_keys",
        "one",
        serde_json::to_vec(&keys.sign(&known::key("relay"))?)?,
    )?;
    let ends = RelayKeys {
        keys: vec![RelayKey {
            config: KeyConfig::new(vec![1])?,
            not_before: Day(0),
            not_after: Day(2_932_896),
        }],
        ..keys
    };
    write(
        "relay_keys",
        "ends-of-time",
        serde_json::to_vec(&ends.sign(&known::key("relay"))?)?,
    )?;

    let first = directory.offices.first().ok_or("an office")?.id.clone();
    let signer = known::key(&format!("office {first}"));
    let device = DeviceId::new(known::key("device").verifying_key().to_bytes());
    let list = DeviceList {
        instance: known::instance(),
        office: first.clone(),
        version: 2,
        devices: vec![Device {
            id: device,
            recipient: recipient(),
            label: "front desk".to_owned(),
            recovery: false,
        }],
        revoked: vec![DeviceId::new(known::key("old").verifying_key().to_bytes())],
        keys: None,
    };
    write(
        "device_list",
        "one",
        serde_json::to_vec(&list.sign(&signer)?)?,
    )?;

    let instance = known::instance();
    let office_request = OfficeRequest::new(instance, first.clone(), known::public("new"));
    write(
        "requests",
        "office",
        office_request.sign(&known::key("new"))?,
    )?;
    let label = "second device".to_owned();
    let device_request = DeviceRequest::new(instance, first, device, recipient(), label);
    write(
        "requests",
        "device",
        device_request.sign(&known::key("device"))?,
    )?;
    let relay_request = RelayRequest::new(instance, known::public("relay"));
    write(
        "requests",
        "relay",
        relay_request.sign(&known::key("relay"))?,
    )?;

    struct Anything;
    impl Domain for Anything {
        const TAG: Tag = Tag::new("candor/test/anything");
    }
    let key = known::key("office dean");
    let signed = SignedStatement::<Anything>::sign(&key, &instance, &vec![1, 2])?;
    write("statement", "numbers", serde_json::to_vec(&signed)?)
}

fn journal() -> Outcome {
    let segment = SegmentHeader {
        marker: *b"\xfe\xffmark\xff\xfe",
        number: 1,
        key: 7,
    };
    let record = RecordHeader {
        kind: 1,
        meta_len: 0,
        body_len: 0,
        meta_crc: 0,
        body_crc: 0,
    };
    let location = Location {
        segment: 1,
        offset: 32,
        meta_len: 3,
        body_len: 4,
    };
    write("segment_headers", "segment", segment.encode())?;
    write(
        "segment_headers",
        "record",
        record.encode(&segment.marker, 32),
    )?;
    write("segment_headers", "location", location.encode())?;
    let mut whole = segment.encode().to_vec();
    for offset in [32, 64, 96] {
        whole.extend_from_slice(&record.encode(&segment.marker, offset));
    }
    write("segment", "three", &whole)?;
    write("segment", "torn", whole.get(..100).unwrap_or_default())?;
    let unheaded = [&[0; 32], whole.get(32..).unwrap_or_default()].concat();
    write("segment", "without-header", unheaded)?;
    // Three records of 5 and 300 bytes, then one changed byte in the second.
    let three = [3, 5, 1, 44, 5, 1, 44, 5, 1, 44];
    write("segment_damaged", "whole", three)?;
    write(
        "segment_damaged",
        "flipped",
        [&three[..], &[0, 0, 1, 110, 0xff]].concat(),
    )?;
    write("segment_damaged", "torn", [&three[..], &[3, 0]].concat())?;
    write(
        "segment_damaged",
        "no-header",
        [&three[..], &[0, 0, 0, 0, 0]].concat(),
    )
}

fn records() -> Outcome {
    let (id, address) = (EnvelopeId::new([1; 32]), Address::new([2; 32]));
    let (day, expires) = (Day(20_779), Day(21_000));
    let dean = office("dean")?;
    let records = [
        (
            "envelope",
            Record::Envelope {
                id,
                day,
                expires,
                urgent: true,
                places: vec![(dean.clone(), 3)],
                cells: vec![address],
            },
        ),
        ("release", Record::Release(vec![(id, vec![1, 2])])),
        (
            "drop",
            Record::Drop {
                address,
                expires,
                office: dean.clone(),
            },
        ),
        (
            "self",
            Record::SelfRecord {
                address,
                counter: 4,
                expires,
            },
        ),
        (
            "cell",
            Record::Cell {
                address,
                until: expires,
            },
        ),
        (
            "statement",
            Record::Statement {
                kind: StatementKind::DeviceList,
                key: "dean".to_owned(),
            },
        ),
        (
            "gone",
            Record::Gone {
                day,
                items: vec![
                    Gone::Envelope(id),
                    Gone::Drop(address),
                    Gone::SelfRecord(address, 4),
                    Gone::Cell(address),
                    Gone::UnnamedCell(address),
                ],
            },
        ),
        (
            "heads",
            Record::Heads {
                floor: 3,
                swept: day,
                heads: vec![(dean, 7)],
            },
        ),
    ];
    for (name, record) in records {
        let whole = [vec![record.kind()], record.encode()].concat();
        write("store_record", name, whole)?;
    }
    Ok(())
}

fn codes() -> Outcome {
    let code = known::claim_code();
    write("claim_code", "words", code.words().as_bytes())?;
    write("claim_code", "groups", code.groups().as_bytes())?;
    write("claim_code", "run-together", code.groups().replace(' ', ""))?;
    write(
        "claim_code",
        "shouted",
        code.words().to_uppercase().replace(' ', ", - "),
    )?;
    let mistyped = code.words().replacen('e', "", 1);
    write("claim_code", "mistyped", mistyped)?;
    write("claim_code", "too-large", "7775 ".repeat(8))?;
    write("claim_code", "no-group", "7776 ".repeat(8))?;
    write(
        "claim_code",
        "other-digits",
        "\u{0661}\u{0662}\u{0663}\u{0664} ".repeat(8),
    )?;
    write("claim_code", "lengthening", "\u{0130}\u{212a} ".repeat(8))?;

    let recipient = known::identity().to_recipient();
    write("recipient", "bytes", recipient.as_bytes())?;
    write("recipient", "text", recipient.to_string())?;
    write("recipient", "shouted", recipient.to_string().to_uppercase())?;
    let secret = known::identity().to_secret_string();
    write("recipient", "identity", secret.expose_secret())?;
    write("recipient", "low-order", [0; HybridRecipient::LEN])?;
    write(
        "recipient",
        "x25519",
        "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
    )
}

/// A report, a follow-up, a reply, a self-record and a file, as they are sealed and as they are
/// inside.
fn conversation() -> Outcome {
    let directory = known::directory();
    let instance = known::instance();
    let first = directory.offices.first().ok_or("an office")?.id.clone();
    let reply_key = known::key("reply");
    let text = known::identity().to_recipient().to_string();
    let epoch = Epoch::of(known::TODAY);
    let card = KeyCard::new(
        instance,
        first.clone(),
        epoch,
        text.parse()?,
        known::public("reply"),
    );
    let card = card.sign(&known::key(&format!("office {first}")))?;
    let verified = KeyCard::verify(&card, directory)?;
    let offices = [OfficeRecipient::from_card(&verified)?];
    let secrets = ReporterSecrets::derive(&known::claim_code(), &instance);

    let mut sealer = AttachmentSealer::new(
        &b"the file"[..],
        "a/../file\u{202e}.txt",
        "text/plain",
        &[known::identity().to_recipient()],
        rand::rngs::OsRng,
    )?;
    let cell = sealer.next_cell()?.ok_or("a cell")?;
    while sealer.next_cell()?.is_some() {}
    let reference = sealer.finish()?;
    let json = serde_json::to_string(&reference)?;
    write("contents", "attachment", &json)?;
    let front = cell.bytes.get(..usize::try_from(reference.sealed_size())?);
    let whole = [json.as_bytes(), b"\n", front.unwrap_or_default()].concat();
    write("attachment", "one", &whole)?;
    write(
        "attachment",
        "cut",
        whole.get(..whole.len() - 100).unwrap_or_default(),
    )?;

    let topic = directory.topics.first().ok_or("a topic")?.id.to_string();
    let content = ReportContent {
        topic,
        answers: [(
            "when".parse()?,
            candor_directory::Answer::One("May".to_owned()),
        )]
        .into(),
        text: "It was in May.".to_owned(),
        attachments: vec![reference],
        language: "en".to_owned(),
        source: Source::CommandLine,
        wishes: None,
        identity: None,
        origin: None,
        further: [("later".to_owned(), serde_json::json!({"a": [1, null]}))].into(),
    };
    write("contents", "report", serde_json::to_vec(&content)?)?;
    let filing = Filing {
        secrets: &secrets,
        offices: &offices,
        excluded_roles: &BTreeSet::new(),
        directory_version: 7,
        urgency: Urgency::Batched,
    };
    let sent = compose_report(&filing, &content, vec![cell.address()])?;
    let envelope = sent.envelopes.first().ok_or("an envelope")?;
    write("envelope_opening", "report", envelope.encode())?;
    write("age_file", "report", envelope.sealed())?;
    let cut = envelope.sealed().get(..3000).unwrap_or_default();
    write("age_file", "cut", cut)?;
    let small = age_file::seal(b"x", &[known::identity().to_recipient()])?;
    write("age_file", "small", small)?;
    write(
        "age_file",
        "grease",
        b"age-encryption.org/v1\n-> x-grease a\n\n--- AAAA\n",
    )?;
    blocks("report", envelope.sealed())?;

    let more = FollowUpContent {
        text: "And again in June.".to_owned(),
        withdraw: true,
        ..FollowUpContent::default()
    };
    write("contents", "follow-up", serde_json::to_vec(&more)?)?;
    let sent = compose_follow_up(&secrets, &sent.record, &offices, &more, vec![])?;
    let envelope = sent.envelopes.first().ok_or("an envelope")?;
    write("envelope_opening", "follow-up", envelope.encode())?;
    blocks("follow-up", envelope.sealed())?;
    write("contents", "self-record", serde_json::to_vec(&sent.record)?)?;
    write(
        "returning",
        "self-record",
        seal_self_record(&secrets, &sent.record)?,
    )?;

    let writer = Writer {
        instance: &instance,
        office: &first,
        reply_key: &reply_key,
        card: &card,
        conversation: &sent.record.conversation,
        generation: 0,
        reply_recipient: &secrets.reply_identity().to_recipient(),
        offices: &offices,
    };
    let content = ReplyContent {
        text: "Thank you.".to_owned(),
        ..ReplyContent::new(ReplyKind::Message)
    };
    write("contents", "reply", serde_json::to_vec(&content)?)?;
    let draft = writer.draft(&content, &mut rand::rngs::OsRng)?;
    write("contents", "draft", draft.encode()?)?;
    let (_, sealed) = writer.seal(&draft, 0, 1, None)?;
    write("returning", "drop", &sealed)?;
    let copy = Envelope::new(Urgency::Batched, vec![first], vec![], sealed.clone())?;
    write("envelope_opening", "reply", copy.encode())?;
    blocks("reply", &sealed)
}

/// What is inside of sealed bytes.
fn blocks(name: &str, sealed: &[u8]) -> Outcome {
    let plain = age_file::open(sealed, &[known::identity()])?;
    let block = Block::decode(&plain)?;
    write("block", name, block.to_compact())?;
    write("message", name, block.json())?;
    if name == "report" {
        write("block", "full", block.as_bytes())?;
    }
    Ok(())
}

/// Blocks of events and handovers, as the vectors have them.
fn casework() -> Outcome {
    let text = fs::read_to_string("tests/vectors/case-event-blocks/office.json")?;
    let file: serde_json::Value = serde_json::from_str(&text)?;
    let seed = file.get("identity_seed").cloned().ok_or("identity_seed")?;
    let seed: Digest = serde_json::from_value(seed)?;
    let identity = HybridIdentity::from_seed(*seed.as_bytes());
    let vectors = file.get("vectors").and_then(|all| all.as_array());
    let vectors = vectors.ok_or("vectors")?;
    for (vector, name) in [
        ("one block", "event"),
        ("three blocks", "event-part"),
        ("a handover", "handover"),
    ] {
        let is_it = |one: &&serde_json::Value| one.get("name").is_some_and(|name| name == vector);
        let found = vectors.iter().find(is_it).ok_or(vector)?;
        let frame = found.pointer("/frames/0").and_then(|frame| frame.as_str());
        let frame = frame.ok_or("a frame")?;
        let envelope = Envelope::decode(&BASE64.decode(frame)?)?;
        let plain = age_file::open(envelope.sealed(), std::slice::from_ref(&identity))?;
        let block = Block::decode(&plain)?;
        write("block", name, block.to_compact())?;
        write("message", name, block.json())?;
        let header: serde_json::Value = serde_json::from_slice(block.json())?;
        if let (Some(content), "handover") = (
            header.get("content").and_then(|content| content.as_str()),
            name,
        ) {
            write("contents", name, content)?;
        }
    }
    Ok(())
}
