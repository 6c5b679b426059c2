//! Nobody else gets in: launch addresses, sessions, hostile pages, crooked paths.

use std::{thread, time::Duration};

use candor_desk::web::Settings;

use crate::{
    room::{
        Report, Room,
        browser::{Browser, Part, multipart},
    },
    writing::{NO_FILE, case, reply_fields},
};

#[test]
fn every_answer_carries_what_keeps_others_out() {
    let room = Room::new();
    let id = room.fill([Report::default()])[0];
    let server = room.serve();
    let browser = Browser::launch(&server);
    let stranger = Browser::stranger(&server);
    let paths = [
        "/",
        "/status",
        "/news",
        "/style.css",
        "/script.js",
        "/keys.js",
        "/icon.svg",
        "/work",
        "/templates",
        "/keyboard",
        "/nothing",
        "/launch",
        "/launch?token=0",
        "/lock",
        &case(&id),
        &format!("{}/reply", case(&id)),
        &format!("{}/export", case(&id)),
        &format!("{}/file/{NO_FILE}", case(&id)),
        &format!("{}/file/{NO_FILE}/picture", case(&id)),
    ];
    for path in paths {
        let raw = browser.send("GET", path, &browser.headers("GET"), &[]);
        for answer in [browser.get(path), raw, stranger.get(path)] {
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
                ("referrer-policy", "same-origin"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-resource-policy", "same-origin"),
                ("cache-control", "no-store"),
            ] {
                assert_eq!(answer.header(name), Some(value), "{path} {name}");
            }
            let policy = answer.header("content-security-policy").unwrap();
            for part in [
                "default-src 'none'",
                "style-src 'self'",
                "script-src 'self'",
                "img-src 'self'",
                "form-action 'self'",
                "frame-ancestors 'none'",
                "base-uri 'none'",
            ] {
                assert!(policy.contains(part), "{path} {part}");
            }
            assert!(answer.header("server").is_none() && answer.header("set-cookie").is_none());
            assert!(answer.header("access-control-allow-origin").is_none());
        }
    }
    // Titles are seen in tabs and task bars.
    for path in [case(&id), format!("{}/reply", case(&id)), "/".to_owned()] {
        let text = browser.get(&path).text();
        let title = text
            .split("<title>")
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap();
        assert!(
            matches!(
                title,
                "Report · Candor desk" | "Reply · Candor desk" | "Inbox · Candor desk"
            ),
            "{title}"
        );
    }
}

#[test]
fn a_launch_address_opens_once_and_only_its_own_desk() {
    let (one, two) = (Room::new(), Room::new());
    let (server, other) = (one.serve(), two.serve());
    let stranger = Browser::stranger(&server);
    assert_eq!(stranger.get("/").status, 401);
    let address = server.launch_address();
    let path = address.split_once("/launch").unwrap().1;
    let path = format!("/launch{path}");
    // A browser that looks ahead does not use it up; neither does a wrong guess, a POST, a HEAD.
    let mut ahead = stranger.headers("GET");
    ahead.push(("Sec-Purpose".to_owned(), "prefetch;prerender".to_owned()));
    assert_eq!(stranger.send("GET", &path, &ahead, &[]).status, 503);
    assert_eq!(stranger.get(&format!("{path}0")).status, 403);
    for method in ["POST", "HEAD", "PUT"] {
        let headers = stranger.headers(method);
        assert_eq!(
            stranger.send(method, &path, &headers, &[]).status,
            405,
            "{method}"
        );
    }
    // It may be followed from a page of another site: the token is what counts.
    let from_mail = [
        ("Host".to_owned(), stranger.host()),
        ("Sec-Fetch-Site".to_owned(), "cross-site".to_owned()),
        ("Sec-Fetch-Mode".to_owned(), "navigate".to_owned()),
    ];
    let opened = stranger.send("GET", &path, &from_mail, &[]);
    assert_eq!(opened.status, 303);
    assert!(
        !opened.text().contains("token") && !opened.header("location").unwrap().contains("token")
    );
    let again = stranger.get(&path);
    assert_eq!(again.status, 403);
    assert!(
        again.text().contains("Press <kbd>Enter</kbd>"),
        "{}",
        again.text()
    );
    assert!(again.header("set-cookie").is_none());

    // A connected browser's cookie is good for its own session's pages and for nothing else.
    let browser = Browser::launch(&server);
    let second = Browser::launch(&server);
    assert_ne!(browser.base, second.base);
    assert_eq!(browser.get("/status").status, 200);
    for base in ["", "/", "/0000000000000000000000", second.base.as_str()] {
        let crossed = Browser {
            base: base.to_owned(),
            ..browser.clone()
        };
        assert_eq!(crossed.get("/status").status, 401, "{base}");
        assert_eq!(crossed.get("/").status, 401, "{base}");
    }
    // The path alone is worth nothing.
    let path_only = Browser {
        cookie: None,
        ..browser.clone()
    };
    assert_eq!(path_only.get("/").status, 401);
    // It is none at the other desk, under whatever name.
    let elsewhere = Browser {
        port: other.port(),
        ..browser.clone()
    };
    assert_eq!(elsewhere.get("/").status, 401);
    let theirs = Browser::launch(&other);
    let (name, _) = theirs.cookie.as_ref().unwrap().split_once('=').unwrap();
    let (own, value) = browser.cookie.as_ref().unwrap().split_once('=').unwrap();
    assert_ne!(own, name);
    for base in [&browser.base, &theirs.base] {
        let renamed = Browser {
            cookie: Some(format!("{name}={value}")),
            base: base.clone(),
            ..elsewhere.clone()
        };
        assert_eq!(renamed.get("/").status, 401);
    }

    // An address that has grown old.
    drop(server);
    let brief = one.serve_locked(Settings {
        launch_life: Duration::from_millis(30),
        ..Settings::default()
    });
    let address = brief.launch_address();
    thread::sleep(Duration::from_millis(60));
    let path = address.split_once("/launch").unwrap().1;
    let late = Browser::stranger(&brief).get(&format!("/launch{path}"));
    assert_eq!(late.status, 403);
}

/// A change of one header.
type Change = (&'static str, Option<&'static str>);

#[test]
fn a_hostile_page_gets_nowhere() {
    let room = Room::new();
    let id = room.fill([Report::default()])[0];
    let server = room.serve();
    let browser = Browser::launch(&server);
    let changed = |method: &str, changes: &[Change]| {
        let mut headers = browser.headers(method);
        for (name, value) in changes {
            headers.retain(|(known, _)| known != name);
            if let Some(value) = value {
                headers.push(((*name).to_owned(), (*value).to_owned()));
            }
        }
        headers
    };
    let secret = "Somebody made remarks.";
    assert!(browser.get(&case(&id)).text().contains(secret));

    // Reading: by another name (DNS rebinding), from another page, without the cookie.
    let reading: &[(&[Change], u16)] = &[
        (&[("Host", Some("evil.example"))], 421),
        (&[("Host", Some("evil.example:80"))], 421),
        (&[("Host", Some("127.0.0.1"))], 421),
        (&[("Host", Some("127.0.0.1:1"))], 421),
        (&[("Host", Some("[::1]:80"))], 421),
        (&[("Sec-Fetch-Site", Some("cross-site"))], 403),
        (&[("Sec-Fetch-Site", Some("same-site"))], 403),
        (&[("Sec-Fetch-Site", Some("strange"))], 403),
        (&[("Cookie", None)], 401),
        (&[("Cookie", Some("candor-desk-000000000000=00"))], 401),
    ];
    for path in [
        case(&id),
        "/".to_owned(),
        "/news".to_owned(),
        "/status".to_owned(),
    ] {
        for (changes, status) in reading {
            let answer = browser.send("GET", &browser.at(&path), &changed("GET", changes), &[]);
            assert_eq!(answer.status, *status, "{path} {changes:?}");
            assert!(!answer.text().contains(secret));
            assert!(!answer.text().contains(&browser.token));
        }
    }
    // By the other name of this machine it is the same server.
    let local = format!("localhost:{}", server.port());
    let mut headers = changed("GET", &[("Host", None)]);
    headers.push(("Host".to_owned(), local));
    assert_eq!(
        browser.send("GET", &browser.at("/"), &headers, &[]).status,
        200
    );

    // Acting: everything that reading needs, and the origin, and the form's token.
    let fields = [Part::Field("token", &browser.token)];
    let (kind, body) = multipart(fields.iter());
    let acting: &[(&[Change], u16)] = &[
        (&[("Host", Some("evil.example"))], 421),
        (&[("Origin", None)], 403),
        (&[("Origin", Some("null"))], 403),
        (&[("Origin", Some("http://127.0.0.1:1"))], 403),
        (&[("Origin", Some("http://evil.example"))], 403),
        (&[("Sec-Fetch-Site", None)], 403),
        (&[("Sec-Fetch-Site", Some("none"))], 403),
        (&[("Sec-Fetch-Site", Some("same-site"))], 403),
        (&[("Sec-Fetch-Site", Some("cross-site"))], 403),
        (&[("Cookie", None)], 401),
    ];
    let at = case(&id);
    let actions: Vec<String> = ["/lock", "/sync", "/here", "/search", "/unlock"]
        .map(str::to_owned)
        .into_iter()
        .chain(
            [
                "read",
                "unread",
                "acknowledge",
                "reply",
                "export",
                &format!("file/{NO_FILE}/save"),
            ]
            .map(|action| format!("{at}/{action}")),
        )
        .collect();
    for path in &actions {
        for (changes, status) in acting {
            let mut headers = changed("POST", changes);
            headers.push(("Content-Type".to_owned(), kind.clone()));
            let answer = browser.send("POST", &browser.at(path), &headers, &body);
            assert_eq!(answer.status, *status, "{path} {changes:?}");
            assert!(!answer.text().contains(secret));
        }
        // The token: none, a wrong one, in the wrong place, in other kinds of forms.
        let wrong = [
            multipart([].iter()),
            multipart([Part::Field("token", "0")].iter()),
            multipart([Part::Field("x", "y"), Part::Field("token", &browser.token)].iter()),
            multipart([Part::Field("other", &browser.token)].iter()),
            (
                "application/x-www-form-urlencoded".to_owned(),
                format!("token={}", browser.token).into_bytes(),
            ),
            (
                "text/plain".to_owned(),
                format!("token={}", browser.token).into_bytes(),
            ),
            (
                "application/json".to_owned(),
                format!("{{\"token\":\"{}\"}}", browser.token).into_bytes(),
            ),
            ("multipart/form-data".to_owned(), Vec::new()),
            (
                "multipart/form-data; boundary=x".to_owned(),
                b"--x\r\nnonsense".to_vec(),
            ),
        ];
        for (kind, body) in wrong {
            let mut headers = browser.headers("POST");
            headers.push(("Content-Type".to_owned(), kind.clone()));
            let answer = browser.send("POST", &browser.at(path), &headers, &body);
            assert!(
                matches!(answer.status, 400 | 403),
                "{path} {kind} {}",
                answer.status
            );
        }
        // GET changes nothing, and other methods are none.
        let got = browser.get(path).status;
        let is_page = path.ends_with("/reply") || path.ends_with("/export");
        assert_eq!(got, if is_page { 200 } else { 405 }, "{path}");
        for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
            let answer = browser.send(method, &browser.at(path), &browser.headers(method), &[]);
            assert_eq!(answer.status, 405, "{method} {path}");
        }
    }
    // None of it has done anything.
    assert!(!server.is_locked());
    let page = browser.get(&at).text();
    assert!(
        page.contains("Mark as read") && page.contains(">New<"),
        "{page}"
    );
    drop(server);
    assert!(room.open().state.outbox.is_empty());
}

#[test]
fn crooked_paths_and_heaps_of_bytes_lead_nowhere() {
    let room = Room::new();
    let id = room.fill([Report::default()])[0];
    let server = room.serve();
    let browser = Browser::launch(&server);
    let at = case(&id);
    for path in [
        format!("{at}/"),
        format!("/{at}"),
        format!("{at}/../../status"),
        format!("{at}/%2e%2e/status"),
        format!("{at}%00"),
        "/CASE".to_owned(),
        format!("/case/{}", id.to_string().to_uppercase()),
        format!("/case/{}", &id.to_string()[..8]),
        format!("{at}/file/1"),
        format!("{at}/file/{NO_FILE}"),
        format!("{at}/file/{NO_FILE}0"),
        format!("{at}/file/1/../{NO_FILE}"),
        "/keys.age".to_owned(),
        "/../keys.age".to_owned(),
        "/..%2fkeys.age".to_owned(),
        "/.//".to_owned(),
        "/?search=../../keys.age&page=99999999999999999999".to_owned(),
        format!("/case/{}", "00".repeat(32)),
    ] {
        let answer = browser.get(&path);
        let is_inbox = path.starts_with("/?");
        assert_eq!(answer.status, if is_inbox { 200 } else { 404 }, "{path}");
        // A stranger learns nothing of what there is.
        assert_eq!(Browser::stranger(&server).get(&path).status, 401, "{path}");
    }
    // Where a body is no use, and where it is too long.
    let heap = vec![b'x'; 3 << 20];
    let long = String::from_utf8(heap.clone()).unwrap();
    let answer = browser.post("/search", &[Part::Field("words", &long)]);
    assert_eq!(answer.status, 413);
    let answer = browser.post("/lock", &[Part::File("files", "x", &heap)]);
    assert_eq!(answer.status, 413);
    assert!(!server.is_locked());
    let mut headers = browser.headers("POST");
    headers.push(("Content-Type".to_owned(), "text/plain".to_owned()));
    assert!(matches!(
        browser
            .send("POST", &browser.at("/lock"), &headers, &heap)
            .status,
        400 | 403 | 413
    ));
    let many: Vec<Part<'_>> = (0..100).map(|_| Part::File("files", "x", b"x")).collect();
    let (form, reach) = reply_fields(&browser.get(&format!("{at}/reply")));
    let mut parts = vec![
        Part::Field("form", &form),
        Part::Field("reach", &reach),
        Part::Field("text", "kept"),
        Part::Field("seen", "yes"),
    ];
    parts.extend(many);
    let answer = browser.post(&format!("{at}/reply"), &parts);
    assert!(answer.text().contains("too large") && answer.text().contains("kept</textarea>"));
    // One field twice is ambiguous.
    let twice = [Part::Field("words", "a"), Part::Field("words", "b")];
    assert_eq!(browser.post("/search", &twice).status, 400);
}
