//! Bringing reports in, and what reporters wish, on the pages of a desk without a network.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod room;

use std::{collections::BTreeMap, thread, time::Duration};

use candor_desk::record::{Entry, Record};
use room::{
    DEAN, OFFICE, Report, Room,
    browser::{Answer, Browser, Part},
    tree,
};
use serde_json::{Value, json};

const CSV: &[u8] = b"Course name;Term;Student ID;Comments\n\
    Anatomy;2026-11;s1;canary-comment <b>shouted</b>\n\
    Anatomy;2026-11;s1;canary-comment <b>shouted</b>\n\
    Surgery;P3;s2;=cmd|' /C calc'!A0\n\
    Surgery;P3\n\
    Surgery;P3;s3;\n";

fn upload(browser: &Browser, bytes: &[u8]) -> Answer {
    let answer = browser.post("/import", &[Part::File("file", "e v.csv", bytes)]);
    if answer.status == 303 {
        return browser.get("/import");
    }
    answer
}

fn of(report: &[(&str, Value)]) -> Report {
    let fields = report.iter();
    Report {
        further: fields
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect::<BTreeMap<_, _>>(),
        ..Report::default()
    }
}

#[test]
fn a_table_is_looked_at_before_anything_is_sent_and_forgotten_by_locking() {
    let room = Room::new();
    let server = room.serve();
    let browser = Browser::launch(&server);
    let page = upload(&browser, CSV);
    let text = page.text();
    for words in [
        "From <bdi>e v.csv</bdi>",
        "2 rows",
        "line 3 as line 2",
        "Line 5: it has 2 columns instead of 4",
        "Columns that are not sent: Student ID",
        "November 2026",
        "=cmd|' /C calc'!A0",
        "&lt;b&gt;shouted&lt;/b&gt;",
        "nobody can be answered",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(
        !tree::elements(&text).contains("\n      b\n"),
        "markup of a cell"
    );
    // Other columns go to the same offices, and were not confirmed all the same.
    let mark = page.hidden("mark");
    let columns = [
        Part::Field("topic", "evaluation-comments"),
        Part::Field("column-course", "Course name"),
        Part::Field("column-comment", "Student ID"),
    ];
    assert_eq!(browser.post("/import/columns", &columns).status, 303);
    let stale = [Part::Field("mark", &mark), Part::Field("seen", "yes")];
    let answer = browser.post("/import/start", &stale);
    assert_eq!(answer.header("location"), Some("/import?note=changed"));
    // Another assignment is shown, and what was confirmed for the old one sends nothing.
    let mark = browser.get("/import").hidden("mark");
    let columns = [
        Part::Field("mark", &mark),
        Part::Field("topic", "student-concern"),
        Part::Field("channel", "mail"),
    ];
    assert_eq!(browser.post("/import/columns", &columns).status, 303);
    let stale = [Part::Field("mark", &mark), Part::Field("seen", "yes")];
    let answer = browser.post("/import/start", &stale);
    assert_eq!(answer.status, 303);
    let text = browser.get("/import?note=changed").text();
    assert!(text.contains("Something has changed"), "{text}");
    // Without a network it ends, and says that nothing was sent.
    let mark = browser.get("/import").hidden("mark");
    let sure = [Part::Field("mark", &mark), Part::Field("seen", "yes")];
    assert_eq!(browser.post("/import/start", &sure).status, 303);
    let ended = loop {
        let text = browser.get("/import").text();
        if text.contains("The import has stopped") {
            break text;
        }
        assert!(text.contains("Importing"), "{text}");
        thread::sleep(Duration::from_millis(20));
    };
    assert!(ended.contains("no rows were sent") && ended.contains("cannot be reached"));
    assert!(browser.post("/import/end", &[]).status == 303);
    // The same headings are assigned as before.
    assert!(upload(&browser, CSV).text().contains("canary-comment"));
    assert_eq!(browser.post("/lock", &[]).status, 303);
    assert!(server.is_locked());
    for path in ["/import", "/"] {
        assert!(!browser.get(path).text().contains("canary-comment"));
    }
    server.unlock(room::guard(room::PASSPHRASE)).unwrap();
    assert!(!browser.get("/import").text().contains("canary-comment"));
}

#[test]
fn what_is_no_table_is_refused_with_what_to_do() {
    let room = Room::new();
    let server = room.serve();
    let browser = Browser::launch(&server);
    for (bytes, words) in [
        (b"PK\x03\x04".as_slice(), "workbook"),
        (b"", "no rows"),
        (b"only,headings\n", "no rows"),
    ] {
        let answer = upload(&browser, bytes);
        assert_eq!(answer.status, 409);
        assert!(answer.text().contains(words), "{words}");
    }
    let heap = vec![b'x'; (32 << 20) + 1];
    let answer = upload(&browser, &heap);
    assert!(answer.status == 409 && answer.text().contains("too large"));
    assert_eq!(browser.post("/import", &[]).status, 409);
}

#[test]
fn entering_asks_what_follows_from_answers_and_shows_who_reads_it() {
    let room = Room::new();
    let server = room.serve();
    let browser = Browser::launch(&server);
    let begin = browser.get("/enter").text();
    assert!(begin.contains("In person") && !begin.contains("Web page of the hotline"));
    let base = [
        Part::Field("channel", "in-person"),
        Part::Field("note", "a visit"),
        Part::Field("topic", "dean-direct"),
        Part::Field("language", "en"),
    ];
    let step = |step: &'static str, more: &[Part<'_>]| {
        let mut parts = vec![Part::Field("step", step)];
        parts.extend(base.iter().cloned());
        parts.extend(more.iter().cloned());
        browser.post("/enter", &parts)
    };
    let questions = step("questions", &[]);
    let asked = questions.hidden("asked");
    let text = "<i>canary</i> said so";
    let more = [
        Part::Field("asked", &asked),
        Part::Field("text", text),
        Part::Field("wish-day", "2026-12-20"),
        Part::Field("name", "A. Student"),
    ];
    // What the route depends on has to be answered.
    let missing = step("review", &more).text();
    assert!(missing.contains("has to be answered") && missing.contains("&lt;i&gt;canary"));
    let answered = [&more[..], &[Part::Field("q-sexual", "no")]].concat();
    let review = step("review", &answered);
    let shown = review.text();
    for words in [
        "Dean for Students",
        "Please do nothing before 20 December 2026.",
        "name: A. Student",
        "&lt;i&gt;canary&lt;/i&gt; said so",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    // Nothing goes out unconfirmed, to others than were shown, or without a network.
    let (form, reach) = (review.hidden("form"), review.hidden("reach"));
    assert_eq!(reach, DEAN);
    let send = |more: &[Part<'_>]| {
        let carried = [
            Part::Field("a-sexual", "no"),
            Part::Field("text", text),
            Part::Field("form", &form),
        ];
        step("send", &[&carried[..], more].concat()).text()
    };
    let seen = Part::Field("seen", "yes");
    for wrong in [
        vec![Part::Field("reach", &reach)],
        vec![Part::Field("reach", OFFICE), seen],
    ] {
        assert!(send(&wrong).contains("was not confirmed"));
    }
    let failed = send(&[Part::Field("reach", &reach), seen]);
    assert!(
        failed.contains("cannot be reached") && !failed.contains("claim code"),
        "{failed}"
    );
}

#[test]
fn what_reporters_wish_and_say_of_themselves_stands_above_the_report() {
    let room = Room::new();
    let reports = [
        of(&[
            (
                "wishes",
                json!({"hold_until_similar": true, "not_before": "2026-12-20"}),
            ),
            (
                "identity",
                json!({"name": "<b>A</b>", "contact": "a@example.edu"}),
            ),
        ]),
        of(&[(
            "origin",
            json!({"channel": "mail", "note": "a letter\u{202e}"}),
        )]),
        Report::default(),
    ];
    let ids = room.fill(reports);
    let server = room.serve();
    let browser = Browser::launch(&server);
    let page = |n: usize| browser.get(&format!("/case/{}", ids[n])).text();
    let wished = page(0);
    for words in [
        "The reporter wishes",
        "until others report the same",
        "before 20 December 2026",
        "It is a wish, not a lock",
        "&lt;b&gt;A&lt;/b&gt;",
        "Nothing proves it",
    ] {
        assert!(wished.contains(words), "{words}");
    }
    let above = wished.find("The reporter wishes").unwrap();
    assert!(above < wished.find("id=\"conversation-heading\"").unwrap());
    assert!(page(1).contains("Letter or e-mail: <bdi>a letter&lt;U+202E&gt;</bdi>"));
    assert!(!page(2).contains("wishes") && !page(2).contains("Where it came from"));
    assert!(browser.get("/").text().contains("asks you to wait"));
}

#[test]
fn a_reply_asks_one_by_one_and_answers_stand_next_to_the_questions() {
    let room = Room::new();
    let id = room.fill([Report::default()])[0];
    let server = room.serve();
    let browser = Browser::launch(&server);
    let at = format!("/case/{id}/reply");
    let page = browser.get(&at);
    let (form, reach) = (page.hidden("form"), page.hidden("reach"));
    let base = [
        Part::Field("form", &form),
        Part::Field("reach", &reach),
        Part::Field("seen", "yes"),
        Part::Field("text", ""),
    ];
    let send = |more: &[Part<'_>]| browser.post(&at, &[&base[..], more].concat());
    assert!(send(&[]).text().contains("The reply is empty"));
    let wrong = send(&[
        Part::Field("state", "nowhere"),
        Part::Field("ask-02", "Who else?"),
    ]);
    let text = wrong.text();
    assert!(
        text.contains("no such state") && text.contains("value=\"Who else?\""),
        "{text}"
    );
    let asked = [
        Part::Field("ask-02", "Who else?"),
        Part::Field("ask-10", "When?"),
        Part::Field("ask-resolved", "yes"),
        Part::Field("state", "under-review"),
    ];
    assert_eq!(send(&asked).status, 303);
    drop(browser);
    drop(server);
    let desk = room.open();
    let waiting: Vec<_> = desk.state.outbox_of(&id).collect();
    let content = &waiting[0].content;
    let questions: Vec<(&str, &str)> = content
        .questions
        .iter()
        .map(|question| (question.id.as_str(), question.text.as_str()))
        .collect();
    assert_eq!(questions, [("q1", "Who else?"), ("q2", "When?")]);
    assert!(content.asks_resolved && content.state.as_ref().unwrap().as_str() == "under-review");
}

#[test]
fn what_was_imported_is_known_after_reopening() {
    let room = Room::new();
    let mut desk = room.open();
    let rows: Vec<u8> = (0..48).collect();
    let record = Record::Imported {
        day: room::today(),
        file: "e.csv".to_owned(),
    };
    desk.record_one(Entry::new(record, rows)).unwrap();
    drop(desk);
    let desk = room.open();
    assert_eq!(desk.state.imported.len(), 3);
    assert!(desk.state.imported.iter().next().unwrap()[1] == 1);
}
