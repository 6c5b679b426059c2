//! Replies, marks, files and exports of a case.

use std::{
    collections::BTreeMap,
    fs, thread,
    time::{Duration, Instant},
};

use candor_desk::outbox;

use crate::{
    room::{
        DEAN, OFFICE, PASSPHRASE, Report, Room,
        browser::{Answer, Browser, Part},
        guard, today, tree,
    },
    writing::{case, mark_read, reply, reply_fields},
};

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
    assert!(desk.published.as_ref().unwrap().is_expired(today()));
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
