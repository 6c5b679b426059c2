//! Every kind of bad input at every boundary: the right problem, nothing of the input in it, and a
//! service that goes on.

use candor_it::{
    Desk, Settings, World,
    http::{self, Connection, Request, Response},
    instance::new_key,
};
use candor_wire::{
    Address, Capability, Problem, ProblemType as P,
    exchange::{
        Answer, CELL_PUT_PATH, CELL_TAKE_PATH, Class, EXCHANGE_PATH, Operation, REQUEST_MEDIA_TYPE,
    },
    inner,
    sizes::{CELL_LEN, MAX_BODY_LEN, SEALED_CELL_REQUEST_LEN, SEALED_REQUEST_LEN},
    stamp,
};

/// In every path, header and body below; in no answer.
const MARK: &str = "zugzwang";

fn marked(len: usize) -> Vec<u8> {
    MARK.bytes().cycle().take(len).collect()
}

/// A refusal in the one form all have.
fn check(what: &str, response: &Response, expected: P) {
    let problem: Problem = response
        .problem()
        .unwrap_or_else(|| panic!("{what}: {}: {}", response.status, response.text()));
    assert_eq!(
        problem.kind(),
        Some(expected),
        "{what}: {}",
        response.text()
    );
    assert_eq!(response.status, expected.status(), "{what}");
    assert_eq!(problem.status, response.status, "{what}");
    assert_eq!(
        response.header("content-type"),
        Some(Problem::MEDIA_TYPE),
        "{what}"
    );
    no_echo(what, response);
}

fn no_echo(what: &str, response: &Response) {
    let raw = String::from_utf8_lossy(&response.raw).to_lowercase();
    assert!(!raw.contains(MARK), "{what} is echoed: {raw}");
}

/// What both the intake and the gateway refuse alike: method, path, type, length, problem.
fn outer() -> Vec<(&'static str, &'static str, &'static str, usize, P)> {
    let sealed = REQUEST_MEDIA_TYPE;
    vec![
        ("GET", EXCHANGE_PATH, sealed, 0, P::MethodNotAllowed),
        (
            "PUT",
            EXCHANGE_PATH,
            sealed,
            SEALED_REQUEST_LEN,
            P::MethodNotAllowed,
        ),
        ("DELETE", CELL_PUT_PATH, sealed, 0, P::MethodNotAllowed),
        ("ZUGZWANG", EXCHANGE_PATH, sealed, 0, P::MethodNotAllowed),
        (
            "POST",
            EXCHANGE_PATH,
            "text/zugzwang",
            SEALED_REQUEST_LEN,
            P::WrongMediaType,
        ),
        (
            "POST",
            EXCHANGE_PATH,
            "message/ohttp-res",
            SEALED_REQUEST_LEN,
            P::WrongMediaType,
        ),
        (
            "POST",
            CELL_TAKE_PATH,
            "",
            SEALED_REQUEST_LEN,
            P::WrongMediaType,
        ),
        ("POST", EXCHANGE_PATH, sealed, 0, P::WrongSize),
        ("POST", EXCHANGE_PATH, sealed, 1, P::WrongSize),
        (
            "POST",
            EXCHANGE_PATH,
            sealed,
            SEALED_REQUEST_LEN - 1,
            P::WrongSize,
        ),
        (
            "POST",
            EXCHANGE_PATH,
            sealed,
            SEALED_REQUEST_LEN + 1,
            P::WrongSize,
        ),
        (
            "POST",
            EXCHANGE_PATH,
            sealed,
            SEALED_CELL_REQUEST_LEN,
            P::WrongSize,
        ),
        (
            "POST",
            CELL_PUT_PATH,
            sealed,
            SEALED_REQUEST_LEN,
            P::WrongSize,
        ),
        (
            "POST",
            CELL_PUT_PATH,
            sealed,
            SEALED_CELL_REQUEST_LEN + 1,
            P::WrongSize,
        ),
        (
            "POST",
            CELL_TAKE_PATH,
            sealed,
            SEALED_CELL_REQUEST_LEN,
            P::WrongSize,
        ),
        (
            "POST",
            EXCHANGE_PATH,
            sealed,
            SEALED_REQUEST_LEN,
            P::KeyConfiguration,
        ),
        (
            "POST",
            CELL_PUT_PATH,
            sealed,
            SEALED_CELL_REQUEST_LEN,
            P::KeyConfiguration,
        ),
        (
            "POST",
            CELL_TAKE_PATH,
            sealed,
            SEALED_REQUEST_LEN,
            P::KeyConfiguration,
        ),
        ("GET", "/zugzwang", "", 0, P::NotFound),
        ("GET", "/v1/zugzwang?zugzwang=1", "", 0, P::NotFound),
        ("GET", "/v1/exchange/zugzwang", "", 0, P::NotFound),
        ("GET", "/../../zugzwang/etc/passwd", "", 0, P::NotFound),
        ("GET", "/%2e%2e/%2e%2e/zugzwang", "", 0, P::NotFound),
        ("GET", "/%00zugzwang", "", 0, P::NotFound),
        ("GET", "/%ff%fezugzwang", "", 0, P::NotFound),
        ("POST", "/v1/keys", "", 10, P::MethodNotAllowed),
        ("DELETE", "/v1/cards", "", 0, P::MethodNotAllowed),
    ]
}

#[test]
fn the_intake_and_the_gateway_refuse_in_one_voice() {
    let world = World::start();
    for (name, at) in [
        ("intake", world.intake_address()),
        ("gateway", world.gateway_address()),
    ] {
        for (method, target, kind, len, expected) in outer() {
            let body = marked(len);
            let request = Request {
                method,
                target,
                headers: vec![
                    ("content-type", kind),
                    ("user-agent", MARK),
                    ("cookie", "zugzwang=zugzwang"),
                    ("x-zugzwang", MARK),
                ],
                body: (len > 0 || method == "POST").then_some(&body),
            };
            let what = format!("{name}: {method} {target} {kind} {len}");
            let response = http::send(at, &request).unwrap_or_else(|e| panic!("{what}: {e}"));
            check(&what, &response, expected);
        }
        // Not even HTTP: whatever is said, it is short and quotes nothing.
        for raw in [
            &b"ZUGZWANG\r\n\r\n"[..],
            b"GET / HTTP/1.1\r\nzugzwang\r\n\r\n",
            b"POST /v1/exchange HTTP/1.1\r\nhost: x\r\ncontent-length: zugzwang\r\n\r\n",
            b"POST /v1/exchange HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: zugzwang\r\n\r\n",
            b"GET / HTTP/9.9\r\nhost: zugzwang\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01zugzwang\r\n\r\n",
        ] {
            if let Ok(response) = Connection::open(at).unwrap().send_raw(raw) {
                assert!((400..=505).contains(&response.status), "{}", response.text());
                no_echo(name, &response);
            }
        }
        let long = "z".repeat(200_000);
        let mut headed = Request::get("/");
        headed.headers.push(("x-long", &long));
        if let Ok(response) = http::send(at, &headed) {
            assert!((400..500).contains(&response.status), "{}", response.status);
        }
        assert_eq!(http::get(at, "/health").unwrap().status, 200, "{name}");
    }
    // A stamp of another form.
    let body = marked(SEALED_REQUEST_LEN);
    for value in [MARK, "", "====", &"A".repeat(33)] {
        let mut request = Request::post(EXCHANGE_PATH, REQUEST_MEDIA_TYPE, &body);
        request.headers.push((stamp::HEADER, value));
        let response = http::send(world.intake_address(), &request).unwrap();
        check(&format!("stamp {value:?}"), &response, P::Malformed);
    }
    still_works(&world);
}

/// A read through the intake is answered.
fn still_works(world: &World) {
    let read = Operation::Read(Capability::new([1; 32]));
    let answer = world.through_intake().perform(&read);
    assert!(answer.is_refused(P::Absent), "{answer:?}");
}

/// Inner messages, each with the problem that its encapsulated answer is.
#[test]
fn what_is_wrong_inside_an_exchange_is_said_inside_an_exchange() {
    let world = World::start();
    let gateway = world.through_intake();
    let read = Operation::Read(Capability::new([1; 32]));
    let take = Operation::TakeCell(Capability::new([1; 32]));
    let good = inner::encode_request(&read).unwrap();
    let with = |at: usize, value: u8| {
        let mut bad = good.clone();
        bad[at] = value;
        bad
    };
    // `00 04 POST 05 https 05 relay 05 /read …`
    let path_at = good.windows(5).position(|w| w == b"/read").unwrap();
    let cases = [
        (
            "padding",
            with(good.len() - 1, 1),
            Class::Ordinary,
            P::Malformed,
        ),
        ("an answer", with(0, 1), Class::Ordinary, P::Malformed),
        ("another framing", with(0, 2), Class::Ordinary, P::Malformed),
        (
            "another method",
            with(2, b'B'),
            Class::Ordinary,
            P::NotFound,
        ),
        (
            "another path",
            with(path_at + 1, b'z'),
            Class::Ordinary,
            P::NotFound,
        ),
        (
            "nothing",
            vec![0; good.len()],
            Class::Ordinary,
            P::Malformed,
        ),
        ("noise", marked(good.len()), Class::Ordinary, P::Malformed),
        (
            "a cell by the exchange",
            inner::encode_request(&take).unwrap(),
            Class::Ordinary,
            P::WrongClass,
        ),
        (
            "a read by the cell endpoint",
            good.clone(),
            Class::CellTake,
            P::WrongClass,
        ),
    ];
    for (what, padded, class, expected) in cases {
        let sealed = gateway.seal_padded(&padded, class);
        let request = Request::post(sealed.path(), REQUEST_MEDIA_TYPE, &sealed.bytes);
        let response = http::send(gateway.address(), &request).unwrap();
        // The operation only says how to read an answer of the class.
        let reading = if class == Class::CellTake {
            &take
        } else {
            &read
        };
        let Answer::Refused(problem) = sealed.open(&response, reading) else {
            panic!("{what} is accepted");
        };
        assert_eq!(problem.kind(), Some(expected), "{what}");
        let text = String::from_utf8(problem.to_json()).unwrap();
        assert!(!text.contains(MARK), "{what}: {text}");
    }
    // The same encapsulation twice.
    let sealed = gateway.seal(&read);
    let again = sealed.bytes.clone();
    let request = Request::post(sealed.path(), REQUEST_MEDIA_TYPE, &again);
    let first = http::send(gateway.address(), &request).unwrap();
    let second = http::send(gateway.address(), &request).unwrap();
    assert_eq!(first.body.len(), second.body.len());
    assert!(sealed.open(&first, &read).is_refused(P::Absent));
    still_works(&world);
}

type DeskCase<'a> = (&'a str, &'a str, &'a str, Vec<u8>, P);

#[test]
fn the_desk_api_refuses_clearly() {
    let world = World::start_with(Settings {
        with_intake: false,
        ..Settings::default()
    });
    let offices: Vec<_> = world.instance.offices().cloned().collect();
    let desk = world.desk(offices[0].as_str());
    let other = world.desk(offices[1].as_str());
    let address = Address::new([0xcd; 32]);
    let drop = format!("/v1/drops/{address}");
    let cell = format!("/v1/cells/{address}");
    let unknown = candor_wire::Envelope::new(
        candor_wire::Urgency::Batched,
        vec!["no-such-office".parse().unwrap()],
        vec![],
        marked(100),
    );
    let foreign_card = {
        let epoch = candor_directory::Epoch::of(world.instance.today);
        let card = world.instance.card(&offices[1], epoch);
        candor_directory::Cards::blob(vec![card]).unwrap()
    };
    let foreign_list = world.instance.device_list(&offices[1]);
    let cases: Vec<DeskCase<'_>> = vec![
        ("GET", "/v1/queue", "after=zugzwang", vec![], P::Malformed),
        ("GET", "/v1/queue", "zugzwang=1", vec![], P::Malformed),
        ("GET", "/v1/queue", "after=-1", vec![], P::Malformed),
        ("GET", "/v1/wait", "after=1e9", vec![], P::Malformed),
        ("GET", "/v1/zugzwang", "", vec![], P::NotFound),
        ("GET", "/zugzwang", "", vec![], P::NotFound),
        ("POST", "/v1/queue", "", vec![], P::MethodNotAllowed),
        ("DELETE", &drop, "", vec![], P::MethodNotAllowed),
        ("PUT", "/v1/drops/zugzwang", "", marked(100), P::NotFound),
        ("PUT", "/v1/drops/CDCD", "", marked(100), P::NotFound),
        ("PUT", &drop, "", vec![], P::WrongSize),
        ("PUT", &drop, "", marked(MAX_BODY_LEN), P::WrongSize),
        ("PUT", &drop, "", marked(MAX_BODY_LEN + 1), P::WrongSize),
        ("POST", "/v1/drops/read", "", marked(31), P::WrongSize),
        ("POST", "/v1/drops/read", "", marked(33), P::WrongSize),
        ("POST", "/v1/drops/read", "", marked(32), P::Absent),
        ("POST", "/v1/cells/read", "", vec![], P::WrongSize),
        ("POST", "/v1/cells/read", "", marked(32), P::Absent),
        ("PUT", &cell, "", marked(100), P::WrongSize),
        ("PUT", &cell, "", marked(CELL_LEN + 1), P::WrongSize),
        ("POST", "/v1/envelopes", "", marked(500), P::Malformed),
        ("POST", "/v1/envelopes", "", vec![], P::Malformed),
        (
            "POST",
            "/v1/envelopes",
            "",
            unknown.unwrap().encode(),
            P::UnknownOffice,
        ),
        ("PUT", "/v1/cards", "", marked(500), P::Malformed),
        (
            "PUT",
            "/v1/cards",
            "",
            b"{\"zugzwang\":1}".to_vec(),
            P::Malformed,
        ),
        (
            "PUT",
            "/v1/cards",
            "",
            foreign_card.into_bytes(),
            P::BadStatement,
        ),
        ("PUT", "/v1/devices", "", marked(500), P::Malformed),
        ("PUT", "/v1/devices", "", foreign_list, P::Forbidden),
    ];
    for (method, path, query, body, expected) in &cases {
        let what = format!("{method} {path}?{query} {}", body.len());
        let response = desk
            .send(method, path, query, body)
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        check(&what, &response, *expected);
    }

    // Who asks.
    let refused = |what: &str, desk: &Desk, expected: P| {
        let response = desk.send("GET", "/v1/status", "", b"").unwrap();
        check(what, &response, expected);
    };
    let stranger = world
        .desk_unenrolled(offices[0].as_str())
        .with_key(new_key());
    refused("a stranger's device", &stranger, P::Unauthorized);
    let borrowed = world
        .desk_unenrolled(offices[1].as_str())
        .with_key(world.instance.device_key(&offices[0]).clone());
    refused("another office's device", &borrowed, P::Forbidden);
    let mut elsewhere = world.desk_unenrolled(offices[0].as_str());
    elsewhere.instance = candor_wire::InstanceId::new([9; 32]);
    refused("another instance", &elsewhere, P::Unauthorized);
    let mut nowhere = world.desk_unenrolled(offices[0].as_str());
    nowhere.office = "no-such-office".parse().unwrap();
    refused("an unknown office", &nowhere, P::Forbidden);

    // How it is signed.
    let signed = desk.headers("GET", "/v1/status", "", b"");
    let send = |headers: Vec<(&str, &str)>, target: &str| {
        let request = Request {
            headers,
            ..Request::get(target)
        };
        http::send(world.desk_address(), &request).unwrap()
    };
    let all = || -> Vec<(&str, &str)> {
        signed
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect()
    };
    check(
        "no header at all",
        &send(vec![], "/v1/status"),
        P::Unauthorized,
    );
    for (left_out, _) in &signed {
        let mut headers = all();
        headers.retain(|(name, _)| name != left_out);
        check(left_out, &send(headers, "/v1/status"), P::Unauthorized);
    }
    for changed in &signed {
        let mut headers = all();
        for (name, value) in &mut headers {
            if *name == changed.0 {
                *value = MARK;
            }
        }
        check(changed.0, &send(headers, "/v1/status"), P::Unauthorized);
        let mut twice = all();
        twice.push((changed.0, &changed.1));
        check(
            "a header twice",
            &send(twice, "/v1/status"),
            P::Unauthorized,
        );
    }
    check("another path", &send(all(), "/v1/queue"), P::Unauthorized);
    check(
        "a query",
        &send(all(), "/v1/status?after=1"),
        P::Unauthorized,
    );
    assert_eq!(send(all(), "/v1/status").status, 200);
    check(
        "the same again",
        &send(all(), "/v1/status"),
        P::Unauthorized,
    );

    // Everybody else goes on, and nothing of all that was kept.
    assert_eq!((desk.status().head, other.status().head), (0, 0));
    let read = Operation::Read(Capability::new(marked(32).try_into().unwrap()));
    assert!(world.at_relay().perform(&read).is_refused(P::Absent));
}
