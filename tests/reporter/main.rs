//! `candor report` and `candor check` as a person or a script uses them: by the real binary, over
//! a real socket.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    reason = "a test that meets the unexpected has to fail, and uses a part of what is shared"
)]

#[path = "../../crates/reporter/tests/it/peer.rs"]
mod peer;
#[path = "../../crates/reporter/tests/it/proxy.rs"]
mod proxy;
#[path = "../../crates/directory/tests/support/mod.rs"]
mod support;

mod answers;
mod languages;
mod place;
mod talk;
mod through;

use std::{fs, path::PathBuf, process::Command};

use candor_sealing::open::Opened;
use candor_wire::{Problem, ProblemType};
use peer::{Desk, Reaction};
use place::{CANARY, Place, Ran, code};

#[test]
fn help_is_pinned() {
    for (command, expected) in [
        ("report", include_str!("../help/report.txt")),
        ("check", include_str!("../help/check.txt")),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_candor"))
            .args([command, "--help"])
            .env_clear()
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            expected,
            "{command}"
        );
    }
}

#[test]
fn a_script_files_and_comes_back_and_nothing_is_left() {
    let place = Place::new();
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), CANARY.repeat(1000)).unwrap();
    let attached = file.path().to_str().unwrap();
    let filed = place.report(&["--attach", attached], CANARY);
    let code = code(&filed);
    assert!(
        !filed.err.contains(&code),
        "the code is for standard output alone"
    );
    let envelopes = place.peer.envelopes();
    assert_eq!((envelopes.len(), envelopes[0].cells().len()), (1, 1));
    assert!(matches!(
        Desk::of("title-ix").open(&envelopes[0]),
        Some(Opened::Report(_))
    ));

    let checked = place.run("check", &["--json", "--code-file", "-"], &code);
    assert_eq!(checked.code, 0, "{}", checked.err);
    let json: serde_json::Value = serde_json::from_str(&checked.out).unwrap();
    assert_eq!(json["offices"][0]["state"], "stored");
    let more = place.run("check", &["--withdraw", "--yes"], &format!("{code}\n"));
    assert_eq!(more.code, 0, "{}", more.err);
    assert_eq!(place.peer.envelopes().len(), 2);

    // The newest directory is remembered, and nothing else.
    let files = place.files();
    assert_eq!(
        files,
        [place.home.path().join(".local/state/candor/seen.json")]
    );
    let kept = fs::read_to_string(&files[0]).unwrap();
    assert!(!kept.contains(CANARY) && !kept.contains(&code));
    fs::remove_dir_all(place.home.path().join(".local")).unwrap();
    code_of_second_report_leaves_nothing(&place);
}

fn code_of_second_report_leaves_nothing(place: &Place) {
    code(&place.report(&["--no-state"], CANARY));
    assert_eq!(place.files(), Vec::<PathBuf>::new());
}

#[test]
fn a_person_is_led_from_the_topic_to_the_code() {
    let place = Place::new();
    let topics = &peer::directory().topics;
    let number = 1 + topics
        .iter()
        .position(|topic| topic.id.as_str() == "sexual-misconduct")
        .unwrap();
    // Every question is passed over; then recipients, text, files, wishes, review, code.
    let mut typed = format!("{number}\n");
    for question in &topics[number - 1].questions {
        let question = peer::directory().question(question).cloned().unwrap();
        if question.show_if.is_some() {
            continue;
        }
        // Of a person, the part and the name are asked apart.
        typed.push_str(match question.kind {
            candor_directory::QuestionKind::LongText => ".\n",
            candor_directory::QuestionKind::Person => "\n\n",
            _ => "\n",
        });
    }
    typed.push_str(&format!("\n{CANARY}\n.\n\n\nsend\nsaved\n"));
    let ran = place.run("report", &[], &typed);
    assert_eq!(ran.code, 0, "{}\n{}", ran.err, ran.out);
    for words in ["911", "Who will read this", CANARY, "What happens next"] {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    assert_eq!(
        ran.out
            .lines()
            .filter(|line| !line.trim().is_empty())
            .count(),
        2
    );
    assert_eq!(place.peer.envelopes().len(), 1);
    assert_eq!(place.files().len(), 1);
    assert!(!ran.err.contains('\u{1b}'));
}

#[test]
fn stopping_before_sending_sends_nothing() {
    let place = Place::new();
    let ran = place.run("report", &[], "1\n");
    assert_eq!(ran.code, 7, "{}", ran.err);
    assert!(ran.err.contains("Nothing was sent"), "{}", ran.err);
    assert!(place.peer.seen().is_empty());
}

#[test]
fn failures_have_their_own_codes_and_name_the_telephone() {
    let place = Place::new();
    let telephone = peer::directory().hotline.telephone;
    let ends = |ran: &Ran, code: i32, words: &[&str]| {
        assert_eq!(ran.code, code, "{}", ran.err);
        for words in words {
            assert!(ran.err.contains(words), "{words}: {}", ran.err);
        }
        assert_eq!(ran.out, "");
    };
    let no_topic = ["--yes", "--topic", "gossip"];
    ends(
        &place.run("report", &no_topic, ""),
        2,
        &["gossip", "sexual-misconduct"],
    );
    let janitor = place.report(&["--leave-out", "janitor"], "words");
    ends(&janitor, 2, &["janitor"]);
    let directory = peer::directory();
    let mut everyone = Vec::new();
    for role in &directory.roles {
        everyone.extend(["--leave-out", role.id.as_str()]);
    }
    let nobody = place.report(&everyone, "words");
    ends(&nobody, 6, &["never sent to nobody", &telephone]);
    let mistyped = "abacuss abacus abacus abacus abacus abacus abacus abacus\n";
    ends(
        &place.run("check", &[], mistyped),
        2,
        &["Word 1 is not on the list", "abacus"],
    );
    let unknown = candor_sealing::ClaimCode::from_bytes([9; 12]);
    let unknown = format!("{}\n", *unknown.words());
    ends(&place.run("check", &[], &unknown), 5, &[&telephone]);
    place
        .peer
        .rule(|_| Reaction::Problem(Problem::new(ProblemType::Busy)));
    ends(&place.run("check", &[], &unknown), 3, &[&telephone]);
    place.peer.serve_file("/directory.json", "{}");
    ends(
        &place.report(&[], "words"),
        4,
        &["Nothing was sent", "Do not write"],
    );
    place.peer.remove_file("/directory.json");
    ends(&place.report(&[], "words"), 3, &["Nothing was sent"]);
}

#[test]
fn an_older_directory_than_the_one_seen_is_refused() {
    let place = Place::new();
    let state = place.home.path().join("seen.json");
    let versions = format!(
        "{{\"directory_versions\":{{\"{}\":99}}}}",
        support::instance()
    );
    fs::write(&state, versions).unwrap();
    let ran = place.report(&["--state", state.to_str().unwrap()], "words");
    assert_eq!(ran.code, 4);
    assert!(ran.err.contains("older than version 99"), "{}", ran.err);
}

#[test]
fn a_demonstrations_pin_is_refused_unless_meant() {
    let place = Place::new();
    let text = fs::read_to_string(&place.pin).unwrap();
    let demonstration = text.replacen('{', "{\n  \"demonstration\": true,", 1);
    fs::write(&place.pin, demonstration).unwrap();
    let ran = place.report(&[], "words");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("--demonstration"), "{}", ran.err);
}
