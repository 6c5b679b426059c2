//! Marked addresses, user agents and words: in no log, no file of a server, no answer.

use std::{
    cell::RefCell,
    fs,
    net::{IpAddr, Ipv4Addr},
};

use candor_it::{
    Settings, World,
    http::{Connection, Request, Response},
    instance::now,
    search::{Canary, Findings},
    stock::cell,
};
use candor_wire::{
    Address, Capability, Envelope, Urgency,
    exchange::{Answer, Class, EXCHANGE_PATH, Operation, REQUEST_MEDIA_TYPE},
    inner,
};

const REPORTER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 13, 37, 77));
const FORWARDED: &str = "203.0.113.177";
const AGENT: &str = "ZugzwangBrowser/77.13";
const WORDS: &str = "velvet anchor puzzle meadow copper lantern drift orbit";
const TEXT: &[u8] = b"nobody must ever read this: quagmire-7713-solstice";

/// What must be nowhere.
fn canaries() -> Vec<Canary> {
    vec![
        Canary::new("the reporter's address", "127.13.37.77"),
        Canary::new("the reporter's address in hex", "7f0d254d"),
        Canary::new("the reporter's network", "127.13.37"),
        Canary::new("a forwarded address", FORWARDED),
        Canary::new("the user agent", AGENT),
        Canary::new("words like a claim code", WORDS),
        Canary::new("a part of such words", "copper lantern drift"),
        Canary::new("the text", TEXT),
        Canary::new("a cookie", "cookie-monster-7713"),
        Canary::new("the capability of a drop", capability(b'd').expose()),
        Canary::new("the capability of a cell", capability(b'c').expose()),
        Canary::new("the capability of a self-record", capability(b's').expose()),
    ]
}

fn capability(of: u8) -> Capability {
    let mut bytes = *b"capability-canary-7713-quagmire-";
    bytes[31] = of;
    Capability::new(bytes)
}

/// A request as a careless browser behind a careless proxy would send it.
fn dressed<'a>(method: &'a str, target: &'a str, body: Option<&'a [u8]>) -> Request<'a> {
    Request {
        method,
        target,
        headers: vec![
            ("content-type", REQUEST_MEDIA_TYPE),
            ("user-agent", AGENT),
            ("x-forwarded-for", FORWARDED),
            ("forwarded", "for=203.0.113.177"),
            ("cookie", "id=cookie-monster-7713"),
            (
                "referer",
                "https://example.org/velvet anchor puzzle meadow copper lantern drift orbit",
            ),
            (
                "accept-language",
                "velvet anchor puzzle meadow copper lantern drift orbit",
            ),
        ],
        body,
    }
}

/// Everything a reporter may do, and much that goes wrong; every answer as it came.
fn act(world: &World) -> Vec<(String, Vec<u8>)> {
    let answers = RefCell::new(Vec::new());
    let note = |what: &str, bytes: Vec<u8>| answers.borrow_mut().push((what.to_owned(), bytes));
    let keep = |what: &str, response: Response| note(what, response.raw);
    let mut connection = Connection::open_from(REPORTER, world.intake_address()).unwrap();
    let gateway = world.through_intake();
    let office = world.instance.offices().next().unwrap().clone();
    let sealed = b"age-encryption.org/v1\n".to_vec();
    let envelope = |cells| {
        Envelope::new(
            Urgency::Batched,
            vec![office.clone()],
            cells,
            sealed.clone(),
        )
        .unwrap()
    };
    let operations = [
        (
            "put cell",
            Operation::PutCell {
                address: capability(b'c').cell_address(),
                cell: cell(77),
            },
        ),
        (
            "file",
            Operation::File(envelope(vec![capability(b'c').cell_address()])),
        ),
        (
            "file without its cell",
            Operation::File(envelope(vec![Address::new([9; 32])])),
        ),
        ("take cell", Operation::TakeCell(capability(b'c'))),
        (
            "write self",
            Operation::WriteSelf {
                capability: capability(b's'),
                counter: 1,
                sealed: sealed.clone(),
            },
        ),
        (
            "write self again",
            Operation::WriteSelf {
                capability: capability(b's'),
                counter: 1,
                sealed: b"other".to_vec(),
            },
        ),
        ("read self", Operation::ReadSelf(capability(b's'))),
        ("read", Operation::Read(capability(b'd'))),
    ];
    for (what, operation) in &operations {
        let request = gateway.seal(operation);
        let sent = dressed("POST", request.path(), Some(&request.bytes));
        let response = connection.send(&sent).unwrap();
        keep(what, response.clone());
        // The answer inside, too.
        let answer = request.open(&response, operation);
        if let Answer::Refused(problem) = &answer {
            note(&format!("{what}, inside"), problem.to_json());
        }
        keep(
            what,
            connection.send(&dressed("GET", "/v1/keys", None)).unwrap(),
        );
    }
    // Words where none belong: in a path inside the exchange, in the padding, in the open.
    let mut inside = inner::encode_request(&Operation::Read(capability(b'd'))).unwrap();
    let at = inside.len() - TEXT.len();
    inside[at..].copy_from_slice(TEXT);
    let request = gateway.seal_padded(&inside, Class::Ordinary);
    let sent = dressed("POST", EXCHANGE_PATH, Some(&request.bytes));
    keep("words in the padding", connection.send(&sent).unwrap());
    let plain = [WORDS.as_bytes(), TEXT].concat();
    for (what, target) in [
        ("a short body", EXCHANGE_PATH),
        ("a wrong path", "/v1/quagmire-7713-solstice"),
        ("a query", "/v1/exchange?velvet%20anchor&nobody must"),
    ] {
        let mut connection = Connection::open_from(REPORTER, world.intake_address()).unwrap();
        let target = target.replace(' ', "+");
        let sent = dressed("POST", &target, Some(&plain));
        keep(what, connection.send(&sent).unwrap());
    }
    let words = format!("/{}", WORDS.replace(' ', "%20"));
    for target in [
        "/",
        "/pin.json",
        "/directory.json",
        "/v1/cards",
        "/v1/challenge",
        "/health",
        &words,
    ] {
        let mut connection = Connection::open_from(REPORTER, world.intake_address()).unwrap();
        keep(
            target,
            connection.send(&dressed("GET", target, None)).unwrap(),
        );
    }
    // At the relay itself, as an intake that forwards too much would.
    for (what, at) in [
        ("gateway", world.gateway_address()),
        ("desk API", world.desk_address()),
    ] {
        for target in [
            EXCHANGE_PATH,
            "/v1/queue?after=copper+lantern+drift",
            "/v1/nowhere",
        ] {
            let mut connection = Connection::open_from(REPORTER, at).unwrap();
            keep(
                what,
                connection
                    .send(&dressed("POST", target, Some(&plain)))
                    .unwrap(),
            );
        }
    }
    // A desk writes a drop and a reporter reads it.
    let desk = world.desk(office.as_str());
    keep(
        "a drop",
        desk.put_drop(&capability(b'd').drop_address(), &sealed)
            .unwrap(),
    );
    let read = Operation::Read(capability(b'd'));
    let request = gateway.seal(&read);
    let mut connection = Connection::open_from(REPORTER, world.intake_address()).unwrap();
    let sent = dressed("POST", request.path(), Some(&request.bytes));
    let response = connection.send(&sent).unwrap();
    keep("read a drop", response.clone());
    assert!(matches!(
        request.open(&response, &read),
        Answer::Drop { .. }
    ));
    let mut connection = Connection::open_from(REPORTER, world.metrics_address()).unwrap();
    let sent = dressed("GET", "/metrics", None);
    keep("metrics", connection.send(&sent).unwrap());
    answers.into_inner()
}

/// Looks everywhere: answers, what the processes said, and every file of theirs.
fn search(world: &World, answers: &[(String, Vec<u8>)], canaries: &[Canary]) -> Vec<String> {
    let mut findings = Findings::default();
    for (what, answer) in answers {
        findings.search(canaries, &format!("the answer to {what}"), answer);
    }
    findings.search(canaries, "the logs", world.logs().as_bytes());
    let mut files = 0;
    for folder in world.data_folders() {
        files += findings.search_folder(canaries, &folder).unwrap();
    }
    assert!(files > 8, "only {files} files");
    findings.0
}

#[test]
fn nothing_marked_comes_to_light() {
    let begun = now();
    let mut world = World::start_with(Settings {
        // The most that an operator can ask for.
        log: "debug",
        ..Settings::default()
    });
    let answers = act(&world);
    assert!(answers.len() > 25, "{}", answers.len());
    assert_eq!(search(&world, &answers, &canaries()), Vec::<String>::new());

    // Logs and files after an orderly end, and after a crash.
    world.kill_relay();
    world.restart_relay();
    let intake = world.intake.as_mut().unwrap();
    assert!(intake.terminate().success());
    assert!(world.relay.terminate().success());
    assert_eq!(search(&world, &answers, &canaries()), Vec::<String>::new());
    assert!(
        world.logs().contains("POST"),
        "debug was on: {}",
        world.logs()
    );
    assert_eq!(moments(&world, begun), Vec::<String>::new());

    // The same search finds what is planted: in a log, in a file, in the name of a file.
    for (place, form) in [
        ("relay/store/planted", hex::encode(AGENT)),
        ("intake/127.13.37.77.log", String::new()),
        ("relay/planted.log", format!("GET / from {REPORTER}")),
    ] {
        let file = world.folder().join(place);
        fs::write(&file, form).unwrap();
        assert!(!search(&world, &answers, &canaries()).is_empty(), "{place}");
        fs::remove_file(file).unwrap();
    }
    let planted = vec![("x".to_owned(), TEXT.to_vec())];
    assert_eq!(
        search(&world, &planted, &canaries()),
        ["the text (raw) in the answer to x"]
    );
}

/// Exact times in the relay's files and in logs: every second since `begun`, as text and as a
/// number of eight bytes, in seconds and milliseconds.
fn moments(world: &World, begun: u64) -> Vec<String> {
    let mut findings = Findings::default();
    for second in begun..=now() {
        let text = second.to_string();
        let canary = Canary::new("a moment", &text);
        let forms = [second, second * 1000]
            .into_iter()
            .flat_map(|n| [n.to_be_bytes(), n.to_le_bytes()]);
        let mut canaries = vec![canary];
        // Milliseconds: all but the last two bytes, which is a minute's worth.
        canaries.extend(forms.enumerate().map(|(i, bytes)| {
            let bytes = match i {
                2 => &bytes[..6],
                3 => &bytes[2..],
                _ => &bytes[..],
            };
            Canary::new("a moment in bytes", bytes)
        }));
        findings.search(&canaries, "the logs", world.logs().as_bytes());
        for folder in ["relay/store", "relay/exchange-keys", "intake"] {
            findings
                .search_folder(&canaries, &world.folder().join(folder))
                .unwrap();
        }
    }
    findings.0
}
