//! The pages, over real sockets: what they show, and that hostile pages and words get nowhere.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod room;

use std::{
    collections::BTreeMap,
    fs, thread,
    time::{Duration, Instant},
};

use candor_desk::{outbox, web::Settings};
use candor_wire::ConversationId;
use room::{
    DEAN, OFFICE, PASSPHRASE, Report, Room,
    browser::{Answer, Browser, Part, multipart},
    guard, tree,
};

fn case(id: &ConversationId) -> String {
    format!("/case/{id}")
}

/// What a reply form needs beside its text.
fn reply_fields(page: &Answer) -> (String, String) {
    (page.hidden("form"), page.hidden("reach"))
}

#[track_caller]
fn reply(browser: &Browser, id: &ConversationId, text: &str) -> Answer {
    let at = format!("{}/reply", case(id));
    let (form, reach) = reply_fields(&browser.get(&at));
    browser.post(
        &at,
        &[
            Part::Field("form", &form),
            Part::Field("reach", &reach),
            Part::Field("text", text),
            Part::Field("seen", "yes"),
        ],
    )
}

/// What could be the name of a file, and is of none.
const NO_FILE: &str = "00000000000000000000000000000000";

/// The address of the first file of a case, as its page links to it.
#[track_caller]
fn file_of(browser: &Browser, at: &str) -> String {
    let text = browser.get(at).text();
    let found = text.find("/file/").unwrap() + "/file/".len();
    format!("{at}/file/{}", &text[found..found + NO_FILE.len()])
}

/// Marks as read what a case's page shows.
#[track_caller]
fn mark_read(browser: &Browser, at: &str) -> Answer {
    let shown = browser.get(at).hidden("shown");
    browser.post(&format!("{at}/read"), &[Part::Field("shown", &shown)])
}

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

#[test]
fn a_reply_is_kept_once_and_shown_as_not_sent_yet() {
    let room = Room::new();
    let id = room.fill([Report {
        offices: vec![DEAN, OFFICE],
        ..Report::default()
    }])[0];
    let server = room.serve();
    let browser = Browser::launch(&server);
    let at = format!("{}/reply", case(&id));
    let page = browser.get(&at);
    let (form, reach) = reply_fields(&page);
    assert!(
        page.text().contains("<li>The reporter</li>"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("Dean for Students"));
    let text = "Line one\r\n\r\n  </textarea><b>two</b>";
    let send = |changes: &[(&str, &str)]| {
        let mut fields = BTreeMap::from([
            ("form", form.as_str()),
            ("reach", &reach),
            ("text", text),
            ("seen", "yes"),
        ]);
        fields.extend(changes.iter().copied());
        let parts: Vec<_> = fields.iter().map(|(n, v)| Part::Field(n, v)).collect();
        browser.post(&at, &parts)
    };
    // What is in the way is said, and the text stays.
    for (change, words) in [
        (("seen", ""), "say that they may"),
        (
            ("reach", "title-ix;;"),
            "has changed while you were writing",
        ),
        (("text", " \r\n "), "The reply is empty"),
    ] {
        let answer = send(&[change]);
        assert_eq!(answer.status, 200);
        assert!(answer.text().contains(words), "{words}");
        if change.0 != "text" {
            assert!(
                answer
                    .text()
                    .contains("&lt;/textarea&gt;&lt;b&gt;two&lt;/b&gt;</textarea>")
            );
        }
    }
    let long = "ü".repeat(40_000);
    assert!(
        send(&[("text", &long)])
            .text()
            .contains("The text is too long")
    );
    for form in ["", "x", &"g".repeat(32)] {
        assert_eq!(send(&[("form", form)]).status, 400);
    }

    // Sent twice at once from two tabs, and once more by going back.
    let answers: Vec<Answer> = thread::scope(|scope| {
        let tries: Vec<_> = (0..6).map(|_| scope.spawn(|| send(&[]))).collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for answer in answers.iter().chain([&send(&[("text", "something else")])]) {
        let to = format!("{}?note=kept", case(&id));
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some(to.as_str()))
        );
    }
    let page = browser.get(&case(&id)).text();
    assert_eq!(page.matches("Being sent").count(), 1);
    assert!(page.contains("Line one\n\n  &lt;/textarea&gt;&lt;b&gt;two&lt;/b&gt;"));
    assert!(browser.get("/").text().contains("not sent yet"));
    drop(server);
    let desk = room.open();
    assert_eq!(desk.state.outbox.len(), 1);
    let out = desk.state.outbox.values().next().unwrap();
    assert_eq!(out.content.text, "Line one\n\n  </textarea><b>two</b>");
}

#[test]
fn a_reply_is_there_once_although_the_disk_fails_behind_it() {
    let room = Room::new();
    let id = room.fill([Report::default()])[0];
    let server = room.serve();
    let browser = Browser::launch(&server);
    // What is written after the record cannot be, as when the disk is full just then.
    let obstacle = room.volume().join("head.new");
    fs::create_dir(&obstacle).unwrap();
    // It is kept, and this is what the person is told.
    assert_eq!(reply(&browser, &id, "Thank you.").status, 303);
    assert!(browser.get("/status").text().contains("is kept, but"));
    // The next one is not, and this is what the person is told.
    let refused = reply(&browser, &id, "One more thing.");
    assert!(
        refused.text().contains("Cannot write"),
        "{}",
        refused.text()
    );
    browser.post("/lock", &[]);
    fs::remove_dir(&obstacle).unwrap();
    server.unlock(guard(PASSPHRASE)).unwrap();
    let page = browser.get(&case(&id)).text();
    assert_eq!(page.matches("Being sent").count(), 1, "{page}");
    assert_eq!(reply(&browser, &id, "One more thing.").status, 303);
    drop(server);
    assert_eq!(room.open().state.outbox.len(), 2);
}

#[test]
fn files_go_along_sealed_and_leave_no_plaintext() {
    let room = Room::new();
    let id = room.fill([Report::default()])[0];
    let server = room.serve();
    let browser = Browser::launch(&server);
    let at = format!("{}/reply", case(&id));
    let (form, reach) = reply_fields(&browser.get(&at));
    let canary = b"canary-in-a-file ".repeat(70_000);
    let answer = browser.post(
        &at,
        &[
            Part::Field("form", &form),
            Part::Field("reach", &reach),
            Part::Field("text", "canary-in-the-text"),
            Part::Field("seen", "yes"),
            Part::File("files", "a\"b/../policy.pdf", &canary),
            Part::File("files", "", b""),
        ],
    );
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert!(browser.get(&case(&id)).text().contains("1 file"));
    drop(server);
    let desk = room.open();
    let out = desk.state.outbox.values().next().unwrap();
    let file = &out.content.attachments[0];
    assert_eq!(file.size(), canary.len() as u64);
    assert_eq!(file.media_type(), "application/pdf");
    assert!(!file.name().contains('/'), "{}", file.name());
    assert_eq!(
        out.queued.cells.len(),
        fs::read_dir(room.home.join("outbox")).unwrap().count()
    );
    // Nothing readable lies in the folder.
    let mut folders = vec![room.home.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                assert!(
                    !bytes.windows(6).any(|window| window == b"canary"),
                    "{path:?}"
                );
            }
        }
    }
}

#[test]
fn whom_the_reporter_left_out_is_named_and_not_reached() {
    let room = Room::new();
    let ids = room.fill([
        Report {
            offices: vec![DEAN, OFFICE],
            left_out: vec![DEAN],
            ..Report::default()
        },
        Report {
            offices: vec!["gender-equity", OFFICE],
            ..Report::default()
        },
    ]);
    let server = room.serve();
    let browser = Browser::launch(&server);
    let page = tree::words(&browser.get(&case(&ids[0])).text());
    assert!(
        page.contains("Left out by the reporter: Dean for Students."),
        "{page}"
    );
    let page = browser.get(&format!("{}/reply", case(&ids[0])));
    assert!(
        page.hidden("reach").starts_with("title-ix;"),
        "{}",
        page.hidden("reach")
    );
    assert_eq!(reply(&browser, &ids[0], "Only us.").status, 303);
    // An office without a key card holds it up, unless the person says otherwise.
    let held_up = reply(&browser, &ids[1], "To both.");
    assert!(
        held_up
            .text()
            .contains("Send it to the others all the same")
    );
    let (form, reach) = reply_fields(&held_up);
    let answer = browser.post(
        &format!("{}/reply", case(&ids[1])),
        &[
            Part::Field("form", &form),
            Part::Field("reach", &reach),
            Part::Field("text", "To us."),
            Part::Field("seen", "yes"),
            Part::Field("without", "yes"),
        ],
    );
    assert_eq!(answer.status, 303, "{}", answer.text());
    drop(server);
    assert_eq!(room.open().state.outbox.len(), 2);
}

#[test]
fn a_reply_waits_while_the_directory_has_expired() {
    let room = Room::new();
    let id = room.fill([Report::default()])[0];
    let server = room.serve();
    let browser = Browser::launch(&server);
    assert_eq!(reply(&browser, &id, "Thank you.").status, 303);
    drop(server);
    room.expire();
    let mut desk = room.open();
    assert!(desk.published.as_ref().unwrap().is_expired(room::today()));
    let relay = desk.relay().unwrap();
    let sent = outbox::send_all(&mut desk, &relay).unwrap();
    assert_eq!(sent, outbox::Sent::default());
    assert_eq!((desk.state.outbox.len(), desk.state.given_up.len()), (1, 0));
    // Nothing new is sealed meanwhile.
    assert!(outbox::audience_of(&desk, &desk.state.cases[&id]).is_err());
    drop(desk);
    let server = room.serve();
    let browser = Browser::launch(&server);
    assert!(browser.get(&case(&id)).text().contains("Being sent"));
}

#[test]
fn reading_marking_acknowledging_and_exporting() {
    let room = Room::new();
    let ids = room.fill([Report::default(), Report::default()]);
    let server = room.serve();
    let browser = Browser::launch(&server);
    let at = case(&ids[0]);
    let unread = |n: usize| {
        let news: serde_json::Value = serde_json::from_slice(&browser.get("/news").body).unwrap();
        assert_eq!(news["unread"], n, "{news}");
    };
    // Looking changes nothing.
    browser.get(&at);
    unread(2);
    assert_eq!(mark_read(&browser, &at).status, 303);
    unread(1);
    assert!(browser.get(&at).text().contains("Mark as unread"));
    let answer = browser.post(&format!("{at}/unread"), &[]);
    assert_eq!(answer.header("location"), Some("/?note=unread"));
    unread(2);

    let answer = browser.post(&format!("{at}/acknowledge"), &[]);
    assert!(
        answer
            .header("location")
            .unwrap()
            .ends_with("?note=acknowledged")
    );
    let again = browser.post(&format!("{at}/acknowledge"), &[]);
    assert!(
        again
            .header("location")
            .unwrap()
            .ends_with("?note=needless")
    );
    assert!(!browser.get(&at).text().contains("Tell the reporter"));

    for (format, begins) in [("txt", "Case "), ("json", "{")] {
        let answer = browser.post(&format!("{at}/export"), &[Part::Field("format", format)]);
        assert_eq!(
            answer.header("content-type"),
            Some("application/octet-stream")
        );
        let disposition = answer.header("content-disposition").unwrap();
        assert!(
            disposition.starts_with("attachment; filename=\"case-"),
            "{disposition}"
        );
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("sandbox; default-src 'none'"),
            "{policy}"
        );
        assert!(answer.text().starts_with(begins));
    }
    assert_eq!(browser.post(&format!("{at}/export"), &[]).status, 404);
    drop(server);
    let desk = room.open();
    assert_eq!(desk.state.outbox.len(), 1);
    assert!(desk.state.cases.values().all(|case| case.is_unread()));
}

#[test]
fn another_key_in_the_directory_is_an_alarm_on_every_page() {
    let later = |room: &Room, words: &str| {
        let server = room.serve();
        let browser = Browser::launch(&server);
        let begun = Instant::now();
        loop {
            let page = browser.get("/").text();
            if page.contains(words) || begun.elapsed() > Duration::from_secs(20) {
                return (
                    page,
                    browser.get("/status").text(),
                    browser.get("/news").text(),
                );
            }
            thread::sleep(Duration::from_millis(100));
        }
    };
    let reassuring = "What is here can be read and answered";
    let room = Room::betrayed();
    room.fill([Report::default()]);
    let (page, status, news) = later(&room, "names another key");
    for page in [page, status] {
        let main = page.split("<main").nth(1).unwrap();
        let (head, foot) = main.split_once("</main>").unwrap();
        assert!(
            head.contains("role=\"alert\" aria-label=\"Alarm\""),
            "{page}"
        );
        assert!(head.contains("names another key") && head.contains("witness at once"));
        assert!(!foot.contains("names another key") && !page.contains(reassuring));
    }
    assert!(news.contains("\"alarms\":1"), "{news}");

    // A network that is down is none, and nothing is lost by it.
    let room = Room::new();
    room.fill([Report::default()]);
    let (page, ..) = later(&room, reassuring);
    assert!(page.contains(reassuring) && !page.contains("aria-label=\"Alarm\""));
}

#[test]
fn searching_finds_and_keeps_words_out_of_addresses() {
    let room = Room::new();
    room.fill((0..60).map(|n| {
        Report {
            text: format!("Report number{n}x from José, ward {}.", n % 3),
            topic: if n % 2 == 0 {
                "sexual-misconduct"
            } else {
                "disclosure"
            }
            .to_owned(),
            ..Report::default()
        }
    }));
    let server = room.serve();
    let browser = Browser::launch(&server);
    let search = |fields: &[(&str, &str)]| {
        let parts: Vec<_> = fields.iter().map(|(n, v)| Part::Field(n, v)).collect();
        let answer = browser.post("/search", &parts);
        assert_eq!(answer.status, 303);
        answer.header("location").unwrap().to_owned()
    };
    let found = |fields: &[(&str, &str)]| {
        let at = search(fields);
        assert!(
            !at.to_lowercase().contains("jos") && !at.contains("number"),
            "{at}"
        );
        let text = browser.get(&at).text();
        let words = text.split("Found: ").nth(1).unwrap();
        words.split(". ").next().unwrap().to_owned()
    };
    assert_eq!(found(&[("words", "NUMBER7x jose")]), "1 report");
    assert_eq!(found(&[("words", "ward number")]), "60 reports");
    assert_eq!(found(&[("words", "ward nobody")]), "no reports");
    assert_eq!(found(&[("topic", "disclosure")]), "30 reports");
    assert_eq!(
        found(&[("topic", "disclosure"), ("state", "answered")]),
        "no reports"
    );
    assert_eq!(found(&[("unread", "yes"), ("state", "new")]), "60 reports");
    assert_eq!(search(&[("words", "  ")]), "/");
    // Paging, within a search too.
    let at = search(&[("words", "number")]);
    let pages: Vec<usize> = (1..=4)
        .map(|n| {
            browser
                .get(&format!("{at}&page={n}"))
                .text()
                .matches("class=\"case")
                .count()
        })
        .map(|n| n - usize::from(n > 0))
        .collect();
    assert_eq!(pages, [25, 25, 10, 0]);
}

#[test]
fn locked_shows_nothing_and_unlocking_takes_the_passphrase_and_time() {
    let room = Room::new();
    let id = room.fill([Report::default()])[0];
    let server = room.serve();
    let browser = Browser::launch(&server);
    let at = format!("{}/reply", case(&id));
    let (form, reach) = reply_fields(&browser.get(&at));
    assert_eq!(browser.post("/lock", &[]).header("location"), Some("/"));
    assert!(server.is_locked());
    // The journal is closed: nothing holds the keys any more.
    for path in ["/", "/status", &case(&id), &at] {
        let page = browser.get(path);
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Unlock the desk") && !page.text().contains("remarks"));
    }
    assert_eq!(browser.get("/news").text(), r#"{"locked":true}"#);
    assert_eq!(Browser::stranger(&server).get("/").status, 401);

    // What was being written survives.
    let written = [
        Part::Field("form", &form),
        Part::Field("reach", &reach),
        Part::Field("text", "half <i>written</i>"),
        Part::Field("seen", "yes"),
    ];
    let page = browser.post(&at, &written);
    assert!(page.text().contains("is not lost"), "{}", page.text());
    assert_eq!(page.hidden("next"), at);

    let unlock = |passphrase: &str, next: &str, draft: &str| {
        browser.post(
            "/unlock",
            &[
                Part::Field("next", next),
                Part::Field("draft", draft),
                Part::Field("passphrase", passphrase),
            ],
        )
    };
    let begun = Instant::now();
    for _ in 0..2 {
        let wrong = unlock("wrong wrong wrong", &at, "half <i>written</i>");
        assert!(
            wrong
                .text()
                .contains("This is not the passphrase of this desk.")
        );
        assert!(
            wrong
                .text()
                .contains("half &lt;i&gt;written&lt;/i&gt;</textarea>")
        );
    }
    assert!(
        begun.elapsed() > Duration::from_secs(3),
        "{:?}",
        begun.elapsed()
    );
    assert!(
        unlock("", "/", "")
            .text()
            .contains("This is not the passphrase")
    );
    assert!(server.is_locked());
    // Two at a time would be twice as fast.
    thread::scope(|scope| {
        let slow = scope.spawn(|| unlock("wrong again", "/", ""));
        thread::sleep(Duration::from_millis(500));
        let busy = unlock(PASSPHRASE, "/", "");
        assert!(busy.text().contains("still going on"), "{}", busy.text());
        slow.join().unwrap();
    });
    let opened = unlock(PASSPHRASE, &at, "half <i>written</i>");
    assert!(!server.is_locked());
    assert!(
        opened
            .text()
            .contains("half &lt;i&gt;written&lt;/i&gt;</textarea>")
    );
    // Only pages of this server follow.
    browser.post("/lock", &[]);
    for (next, to) in [
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/status", "/status"),
        ("/lock", "/"),
    ] {
        assert_eq!(
            unlock(PASSPHRASE, next, "").header("location"),
            Some(to),
            "{next}"
        );
    }
}

/// A reply with a large file is being sealed while the desk is locked.
#[test]
fn locking_waits_for_whatever_still_holds_the_keys() {
    let room = Room::new();
    let id = room.fill([Report::default()])[0];
    let server = room.serve();
    let browser = Browser::launch(&server);
    let at = format!("{}/reply", case(&id));
    let large = vec![0x5a; 24 << 20];
    let send = |seen: &str| {
        let (form, reach) = reply_fields(&browser.get(&at));
        let parts = [
            Part::Field("form", &form),
            Part::Field("reach", &reach),
            Part::Field("text", "canary-being-sealed"),
            Part::Field("seen", seen),
            Part::File("files", "large.bin", &large),
        ];
        browser.post(&at, &parts)
    };
    // How long it takes to come here, without being sealed.
    let begun = Instant::now();
    assert!(send("").text().contains("say that they may"));
    let upload = begun.elapsed();
    let answer = thread::scope(|scope| {
        let sending = scope.spawn(|| send("yes"));
        thread::sleep(upload + upload / 4 + Duration::from_millis(100));
        assert_eq!(browser.post("/lock", &[]).status, 303);
        // Everything has been let go: the case file can be opened at once.
        server.unlock(guard(PASSPHRASE)).unwrap();
        assert!(!server.is_locked());
        browser.post("/lock", &[]);
        sending.join().unwrap()
    });
    // It was done before the desk was locked, or not at all; and then the words are not lost.
    drop(server);
    let waiting = room.open().state.outbox.len();
    match answer.status {
        303 => assert_eq!(waiting, 1),
        _ => {
            assert_eq!(waiting, 0);
            let page = answer.text();
            assert!(page.contains("is not lost") && page.contains("canary-being-sealed"));
            assert!(!page.contains("Somebody made remarks."), "{page}");
        }
    }
}

#[test]
fn pages_that_load_themselves_again_keep_no_desk_open() {
    let room = Room::new();
    let id = room.fill([Report::default()])[0];
    let server = room.serve_locked(Settings {
        idle: Some(Duration::from_millis(1500)),
        ..Settings::default()
    });
    server.unlock(guard(PASSPHRASE)).unwrap();
    let browser = Browser::launch(&server);
    // Where pages lead when nobody has done anything for long enough.
    let page = browser.get(&case(&id)).text();
    let to = page.split("; url=").nth(1).unwrap();
    let to = to.split('"').next().unwrap().replace("&amp;", "&");
    let to = to.strip_prefix(&browser.base).unwrap();
    let begun = Instant::now();
    while !server.is_locked() && begun.elapsed() < Duration::from_secs(6) {
        browser.get(to);
        browser.get(&format!("{}?note=kept&by=itself", case(&id)));
        thread::sleep(Duration::from_millis(100));
    }
    assert!(server.is_locked());
    // The script says the same when it loads a page again.
    let script = browser.send("GET", "/script.js", &browser.headers("GET"), &[]);
    for line in script.text().lines() {
        let is_named = line.contains("?by=itself") || line.contains("?${query}");
        assert!(!line.contains("location.replace") || is_named, "{line}");
    }
}

#[test]
fn the_conversation_is_not_on_the_page_on_which_somebody_writes() {
    let room = Room::new();
    let id = room.fill([Report::default()])[0];
    let server = room.serve();
    let browser = Browser::launch(&server);
    let page = browser.get(&format!("{}/reply", case(&id))).text();
    assert!(page.contains("<textarea") && !page.contains("Somebody made remarks."));
    let from = format!("data-from=\"{}\"", browser.at(&case(&id)));
    assert!(page.contains(&from), "{page}");
}

#[test]
fn an_idle_desk_locks_itself_unless_somebody_is_there() {
    let room = Room::new();
    room.fill([Report::default()]);
    let server = room.serve_locked(Settings {
        idle: Some(Duration::from_millis(1500)),
        ..Settings::default()
    });
    server.unlock(guard(PASSPHRASE)).unwrap();
    let browser = Browser::launch(&server);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(3) {
        assert_eq!(browser.post("/here", &[]).status, 204);
        thread::sleep(Duration::from_millis(200));
    }
    assert!(!server.is_locked());
    // A page that only asks for news is nobody.
    let begun = Instant::now();
    while !server.is_locked() && begun.elapsed() < Duration::from_secs(6) {
        browser.get("/news");
        thread::sleep(Duration::from_millis(100));
    }
    assert!(server.is_locked());
    // The session lives on; the folder is still this process's.
    assert!(browser.get("/").text().contains("Unlock the desk"));
    assert!(room.home.lock().is_err());
    drop(server);
    drop(room.home.lock().unwrap());
}

#[test]
fn tabs_at_once_see_and_do_the_same() {
    let room = Room::new();
    let ids = room.fill((0..8).map(|_| Report::default()));
    let server = room.serve();
    let browser = Browser::launch(&server);
    thread::scope(|scope| {
        for id in &ids {
            let browser = &browser;
            scope.spawn(move || {
                for _ in 0..5 {
                    assert_eq!(browser.get("/").status, 200);
                    // Its own first pass has marked it.
                    browser.post(&format!("{}/unread", case(id)), &[]);
                    assert_eq!(mark_read(browser, &case(id)).status, 303);
                    assert_eq!(browser.get(&case(id)).status, 200);
                }
                assert_eq!(reply(browser, id, "Thank you.").status, 303);
            });
        }
    });
    drop(server);
    let desk = room.open();
    assert_eq!(desk.state.outbox.len(), 8);
    assert!(desk.state.cases.values().all(|case| !case.is_unread()));
}

fn nasty() -> Vec<(String, String)> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/nasty/strings.json"
    );
    let list: Vec<serde_json::Value> = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let list: Vec<_> = list
        .into_iter()
        .filter(|one| one["wellformed"] != false)
        .map(|one| {
            let word = |name: &str| one[name].as_str().unwrap().to_owned();
            (word("name"), word("text"))
        })
        .collect();
    assert!(list.len() > 100);
    list
}

/// A report in which these words stand wherever a reporter's words can stand.
fn report_of(words: &str) -> Report {
    // What is not there at all makes no element, as it should.
    let words = if words.is_empty() { "empty" } else { words };
    // One block takes some thousand bytes; what is longer stands in the text alone.
    let short: String = words.chars().take(100).collect();
    let text: String = words.chars().take(400).collect();
    Report {
        topic: short.clone(),
        text,
        answers: BTreeMap::from([
            ("setting", short.clone()),
            ("unknown-question", short.clone()),
        ]),
        files: vec![(short.clone(), "image/png".to_owned(), b"x".to_vec())],
        language: short.clone(),
        further: BTreeMap::from([("newer".to_owned(), serde_json::Value::String(short))]),
        ..Report::default()
    }
}

#[test]
fn nasty_words_are_never_markup() {
    let room = Room::new();
    let nasty = nasty();
    let mut reports = vec![report_of("harmless")];
    reports.extend(nasty.iter().map(|(_, text)| report_of(text)));
    let ids = room.fill(reports);
    let server = room.serve();
    let browser = Browser::launch(&server);
    let pages = |id: &ConversationId| {
        let at = case(id);
        [
            at.clone(),
            format!("{at}/reply"),
            file_of(&browser, &at),
            format!("{at}/export"),
        ]
        .map(|path| browser.get(&path).text())
    };
    // Until the first sync has failed, the pages do not say so.
    while !browser.get("/").text().contains("cannot be reached") {
        thread::sleep(Duration::from_millis(20));
    }
    let harmless = pages(&ids[0]).map(|page| tree::elements(&page));
    assert!(
        harmless[0].contains("div class=\"quoted\""),
        "{}",
        harmless[0]
    );
    for ((name, text), id) in nasty.iter().zip(&ids[1..]) {
        for (page, expected) in pages(id).iter().zip(&harmless) {
            assert_eq!(&tree::elements(page), expected, "{name}");
            let bad = |c: char| {
                matches!(c, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
                    | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            assert!(!page.contains(bad), "{name}");
        }
        // It is all there, as text.
        let first: String = text.trim().chars().take(20).collect();
        if first.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
            let words = tree::words(&pages(id)[0]);
            assert!(words.contains(first.trim()), "{name}: {words}");
        }
        // Searching for it shows it again, in the field.
        let parts = [Part::Field("words", text)];
        let answer = browser.post("/search", &parts);
        let at = answer.header("location").unwrap();
        assert!(
            at == "/" || at.starts_with("/?show=all&search="),
            "{name} {at}"
        );
        let page = tree::elements(&browser.get(at).text());
        assert!(!page.contains("on") || !page.contains(" onerror"), "{name}");
    }
    // The lists: every topic is as nasty as the report.
    let list = tree::elements(&browser.get("/").text());
    for line in list.lines() {
        let element = line.trim().split(' ').next().unwrap();
        assert!(
            matches!(
                element,
                "html"
                    | "head"
                    | "meta"
                    | "title"
                    | "link"
                    | "script"
                    | "noscript"
                    | "body"
                    | "a"
                    | "aside"
                    | "strong"
                    | "header"
                    | "div"
                    | "p"
                    | "img"
                    | "span"
                    | "nav"
                    | "form"
                    | "input"
                    | "button"
                    | "main"
                    | "h1"
                    | "search"
                    | "label"
                    | "select"
                    | "option"
                    | "details"
                    | "summary"
                    | "ol"
                    | "ul"
                    | "li"
                    | "bdi"
                    | "h2"
                    | "dl"
                    | "dt"
                    | "dd"
                    | "kbd"
                    | "dialog"
                    | "code"
                    | "time"
                    | "footer"
            ),
            "{line}"
        );
    }
    // What a person has typed comes back as text, too.
    for (name, text) in &nasty {
        let at = format!("{}/reply", case(&ids[0]));
        let answer = browser.post(
            &at,
            &[
                Part::Field("form", &"0".repeat(32)),
                Part::Field("reach", "changed"),
                Part::Field("text", text),
            ],
        );
        let page = tree::elements(&answer.text());
        assert_eq!(page.matches("textarea").count(), 1, "{name}");
        assert!(
            page.contains("button") && !page.contains("onerror"),
            "{name}"
        );
    }
}

#[test]
fn the_check_for_markup_would_notice() {
    let page = |words: &str| format!("<!doctype html><main><p>{words}</p></main>");
    let harmless = tree::elements(&page("harmless"));
    let noticed = nasty()
        .iter()
        .filter(|(_, text)| tree::elements(&page(text)) != harmless)
        .count();
    // Put in raw, as by `PreEscaped`, a good part of them changes the tree; escaped, none does.
    assert!(noticed > 60, "{noticed}");
    for (name, text) in nasty() {
        let escaped = maud::html! { (text) }.into_string();
        assert_eq!(tree::elements(&page(&escaped)), harmless, "{name}");
    }
}
