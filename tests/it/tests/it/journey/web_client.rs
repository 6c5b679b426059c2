//! The browser's client against real servers and desks: the same TypeScript that the page runs,
//! without its views, in Node. What browsers add to it, `tests/e2e` tests.

use std::{
    fs,
    io::{BufRead as _, BufReader, Lines, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use candor_it::{
    Settings,
    process::{FakeClock, has_program},
};
use serde_json::{Value, json};

use super::{DEAN, DIRECTOR, MEDICAL_DEAN, Plan, School, TITLE_IX, people::said};

const WEB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/intake/web");

/// Whether Node and the client's packages are here. `tests/run` sees to it; elsewhere their absence
/// is no failure.
fn is_ready() -> bool {
    let ready = has_program("node") && Path::new(WEB).join("node_modules").is_dir();
    assert!(
        ready || std::env::var_os("CANDOR_REQUIRE_INTEROP").is_none_or(|v| v != "1"),
        "node or crates/intake/web/node_modules is missing"
    );
    ready
}

/// A page that is open, so to speak.
struct Page {
    child: Child,
    stdin: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Page {
    fn open(school: &School, clock: Option<&FakeClock>) -> Self {
        let mut command = Command::new("node");
        command
            .arg("test/live/run.mjs")
            .arg(format!("{}/", school.front()))
            .current_dir(WEB)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if let Some(clock) = clock {
            clock.rule(&mut command);
        }
        let mut child = command.spawn().unwrap();
        Self {
            stdin: child.stdin.take(),
            answers: BufReader::new(child.stdout.take().unwrap()).lines(),
            child,
        }
    }

    /// Does a step, whatever comes of it.
    #[track_caller]
    fn step(&mut self, step: &Value) -> Value {
        let stdin = self.stdin.as_mut().unwrap();
        writeln!(stdin, "{step}").unwrap();
        let answer = self.answers.next().expect("it goes on").unwrap();
        serde_json::from_str(&answer).unwrap()
    }

    /// Does a step that goes well.
    #[track_caller]
    fn done(&mut self, step: &Value) -> Value {
        let answer = self.step(step);
        assert!(answer["failed"].is_null(), "{step}: {answer}");
        answer
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pattern(length: usize) -> Vec<u8> {
    (0..251_u8).cycle().take(length).collect()
}

#[test]
fn a_report_travels_from_the_page_to_the_desk_and_back() {
    if !is_ready() {
        return;
    }
    let school = School::open();
    let mut page = Page::open(&school, None);
    assert_eq!(page.done(&json!({"do": "connect"}))["version"], 1);

    // Long enough for several envelopes, in several scripts, with files of one and three cells.
    let words = "It happened again, أمس, 🙂. ".repeat(1500);
    let filed = page.done(&json!({
        "do": "report", "topic": "concern", "text": words, "excluded": ["director-of-student-affairs"],
        "files": [["small.bin", 10], ["large.bin", 2_500_000]],
    }));
    assert_eq!(filed["offices"], json!([MEDICAL_DEAN, DEAN]));
    let code = filed["code"].as_str().unwrap();

    let desk = school.desk(DEAN);
    assert_eq!(desk.sync()["new_reports"], 1);
    assert_eq!(school.desk(DIRECTOR).sync()["new_reports"], 0);
    let case = desk.only_case();
    assert_eq!(desk.said(&case), [words]);
    for (number, length) in [(1, 10), (2, 2_500_000)] {
        let to = school.path(&format!("file-{number}"));
        let saved = desk.attachment(&case, number, &to);
        assert!(saved == pattern(length), "file {number} differs");
    }
    let answer = school.path("answer.bin");
    fs::write(&answer, pattern(1_200_000)).unwrap();
    desk.reply(&case, "Thank you. Please read this.", &[&answer]);

    // The same page, then a new one that knows nothing but the code.
    let seen = page.done(&json!({"do": "refresh"}));
    assert_eq!(seen["states"][DEAN], "answered");
    drop(page);
    let mut page = Page::open(&school, None);
    page.done(&json!({"do": "connect"}));
    let seen = page.done(&json!({"do": "open", "code": code}));
    assert_eq!(seen["recipients"], json!([MEDICAL_DEAN, DEAN]));
    assert_eq!(seen["excluded"], json!([DIRECTOR]));
    assert_eq!(seen["troubles"], json!([]));
    let messages = seen["messages"].as_array().unwrap();
    let written: Vec<&Value> = messages
        .iter()
        .filter(|m| m["reply"] == "message")
        .collect();
    assert_eq!(written.len(), 1, "{seen}");
    assert_eq!(written[0]["text"], "Thank you. Please read this.");
    let place = messages.iter().position(|m| m == written[0]).unwrap();
    let saved = page.done(&json!({"do": "save", "message": place, "file": 0}));
    assert_eq!(saved, json!({"length": 1_200_000, "is_pattern": true}));

    page.done(&json!({"do": "add", "text": "One thing more.", "files": [["more.bin", 5]]}));
    page.done(&json!({"do": "add", "withdraw": true}));
    assert_eq!(desk.sync()["new_messages"], 2);
    assert_eq!(desk.said(&case)[2], "One thing more.");
    // The third is the office's own.
    let more = desk.attachment(&case, 4, &school.path("more"));
    assert!(more == pattern(5), "the last file differs");
    // The command line reads what the page wrote.
    let read = school.reporter("student").check(code, &[]);
    assert_eq!(
        said(&read["messages"]).last().unwrap(),
        "Thank you. Please read this."
    );
}

#[test]
fn the_page_works_for_stamps_when_its_network_has_sent_much() {
    if !is_ready() {
        return;
    }
    let school = School::open_with(Plan {
        settings: Settings {
            intake_extra: "\n[limits]\nburst = 8\nper_second = 1\ncell_price = 8\n".to_owned(),
            ..Settings::default()
        },
        ..Plan::default()
    });
    let mut page = Page::open(&school, None);
    page.done(&json!({"do": "connect"}));
    let mut worked = 0;
    for n in 0..3 {
        let filed = page.done(&json!({
            "do": "report", "topic": "harassment", "text": format!("Report {n}"), "files": [["a.bin", 1_100_000]],
        }));
        let waits = filed["waits"].as_array().unwrap();
        worked += waits.iter().filter(|wait| *wait == "working").count();
    }
    assert!(worked >= 6, "{worked}");
    assert_eq!(school.desk(TITLE_IX).sync()["new_reports"], 3);
}

#[test]
fn a_page_left_open_over_a_change_of_keys_goes_on() {
    if !is_ready() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let clock = FakeClock::new(folder.path().join("clock"), "+0d");
    let mut school = School::open_with(Plan {
        clock: Some(clock.clone()),
        ..Plan::default()
    });
    let mut page = Page::open(&school, Some(&clock));
    page.done(&json!({"do": "connect"}));
    page.done(&json!({"do": "report", "topic": "harassment", "text": "Before."}));

    // The keys at hand are unknown to the relay: it has lost them and made others.
    school.world.kill_relay();
    fs::remove_dir_all(school.world.folder().join("relay/exchange-keys")).unwrap();
    school.world.restart_relay();
    school.world.start_intake();
    let added = page.done(&json!({"do": "add", "text": "With a new key."}));
    let waits = added["waits"].as_array().unwrap();
    assert!(waits.contains(&json!("retrying")), "{added}");

    // None of those at hand is good any more: two weeks have passed.
    school.set_clock("+15d");
    school.world.start_intake();
    page.done(&json!({"do": "add", "text": "Two weeks later."}));

    let desk = school.desk(TITLE_IX);
    desk.sync();
    let texts = desk.said(&desk.only_case());
    assert_eq!(texts, ["Before.", "With a new key.", "Two weeks later."]);
}

#[test]
fn a_page_with_a_wrong_date_is_told_so_before_anything_is_typed() {
    if !is_ready() {
        return;
    }
    let school = School::open();
    for (offset, what, why) in [
        ("-31d", "directory", "not-yet"),
        ("+366d", "directory", "expired"),
        ("+31d", "relay-keys", "none-current"),
    ] {
        let clock = FakeClock::new(school.path("page-clock"), offset);
        let refused = Page::open(&school, Some(&clock)).step(&json!({"do": "connect"}));
        let failed = &refused["failed"];
        assert_eq!(failed["kind"], "untrusted", "{offset}: {refused}");
        assert_eq!(failed["what"], what, "{offset}: {refused}");
        assert_eq!(failed["why"], why, "{offset}: {refused}");
        // Once the directory is verified, its number is.
        let telephone = match what {
            "directory" => &failed["telephone"],
            _ => &failed["directory"]["hotline"]["telephone"],
        };
        assert_eq!(telephone, "+1 555 0199", "{offset}");
        assert!(failed["clock"]["here"] != failed["clock"]["there"]);
    }
    let clock = FakeClock::new(school.path("page-clock"), "+5h");
    Page::open(&school, Some(&clock)).done(&json!({"do": "connect"}));
}

#[test]
fn a_report_by_telephone_moves_to_a_code_of_the_reporters_own() {
    if !is_ready() {
        return;
    }
    let school = School::open();
    let mut operator = Page::open(&school, None);
    operator.done(&json!({"do": "connect"}));
    let filed = operator.done(&json!({
        "do": "report", "topic": "harassment", "text": "By telephone.", "source": "phone",
        "wishes": {"holdUntilSimilar": true, "notBefore": "2099-01-31"},
        "identity": {"name": "Ada", "contact": ""},
    }));
    let known = filed["code"].as_str().unwrap();
    let desk = school.desk(TITLE_IX);
    desk.sync();
    let case = desk.only_case();
    desk.reply(&case, "Under the first code.", &[]);

    let mut page = Page::open(&school, None);
    page.done(&json!({"do": "connect"}));
    let seen = page.done(&json!({"do": "open", "code": known}));
    assert_eq!(seen["code_known_to_others"], true, "{seen}");
    let moved = page.done(&json!({"do": "move"}));
    let own = moved["code"].as_str().unwrap().to_owned();
    page.done(&json!({"do": "add", "text": "Under the second.", "resolved": "partly"}));

    // The operator's page is still open. It can send nothing that counts.
    let late = operator.step(&json!({"do": "add", "text": "By the operator."}));
    assert_eq!(late["failed"]["kind"], "elsewhere", "{late}");
    let stale = operator.step(&json!({"do": "open", "code": known}));
    assert_eq!(stale["failed"]["kind"], "moved", "{stale}");

    desk.sync();
    assert_eq!(
        desk.said(&case),
        [
            "By telephone.",
            "Under the first code.",
            "Under the second."
        ]
    );
    desk.reply(&case, "Under the second code.", &[]);
    let seen = page.done(&json!({"do": "refresh"}));
    assert_eq!(seen["code_known_to_others"], false, "{seen}");
    assert_eq!(seen["troubles"], json!([]), "{seen}");
    let places: Vec<(u64, &str)> = seen["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|message| message["reply"] == "message")
        .map(|message| {
            let generation = message["generation"].as_u64().unwrap();
            (generation, message["text"].as_str().unwrap())
        })
        .collect();
    let replies = [(0, "Under the first code."), (1, "Under the second code.")];
    assert_eq!(places, replies, "{seen}");

    // The command line reads what the page wrote, under every code.
    let read = school.reporter("student").check(&own, &[]);
    let texts = said(&read["messages"]);
    for (_, text) in replies {
        assert!(texts.iter().any(|shown| shown == text), "{texts:?}");
    }
    // And it goes on from there.
    school
        .reporter("student")
        .add(&own, "By the command line.", &[]);
    desk.sync();
    assert_eq!(desk.said(&case).last().unwrap(), "By the command line.");
}
