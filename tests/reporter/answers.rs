//! A file of answers: printed, filled in, sent, complained about.

use std::{fs, os::unix::fs::PermissionsExt as _};

use serde_json::json;

use crate::place::{CANARY, Place};

const ANSWERS: &str = r#"
topic = "sexual-misconduct"
text = "By the stairs."
files = ["letter.txt"]
language = "es"

[answers]
when = "2026-10-01/2026-10-12"
person = { role = "faculty", words = "tall" }

[wishes]
hold_until_similar = true
not_before = 2099-12-20

[identity]
name = "Robin"
contact = "robin@example.edu"
"#;

fn private(place: &Place, text: &str) -> String {
    let path = place.write("answers.toml", text);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_file_is_sent_as_it_stands_and_the_code_goes_where_it_was_asked_to() {
    let place = Place::new();
    place.write("letter.txt", CANARY);
    let file = private(&place, ANSWERS);
    let kept = place.home.path().join("code");
    let arguments = [
        "--answers",
        &file,
        "--yes",
        "--save-code",
        kept.to_str().unwrap(),
    ];
    let ran = place.run("report", &arguments, "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let said = place.said("title-ix", 0);
    assert_eq!(said["text"], "By the stairs.");
    assert_eq!(said["language"], "es");
    assert_eq!(said["answers"]["when"], "2026-10-01/2026-10-12");
    assert_eq!(said["answers"]["person"], json!(["faculty", "tall"]));
    assert_eq!(
        said["wishes"],
        json!({"hold_until_similar": true, "not_before": "2099-12-20"})
    );
    assert_eq!(said["identity"]["name"], "Robin");
    assert_eq!(said["attachments"][0]["name"], "letter.txt");

    // The code is in that file, which is its owner's alone, and nowhere else.
    let mode = fs::metadata(&kept).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let code = fs::read_to_string(&kept).unwrap();
    let words = code.lines().next().unwrap().to_owned();
    assert!(!ran.out.contains(&words) && !ran.err.contains(&words));
    let checked = place.run(
        "check",
        &["--json", "--code-file", kept.to_str().unwrap()],
        "",
    );
    assert_eq!(checked.code, 0, "{}", checked.err);
    // Nothing is written over a code that is there.
    let again = place.run("report", &arguments, "");
    assert_eq!(again.code, 2, "{}", again.err);
    assert_eq!(place.peer.envelopes().len(), 1);
}

#[test]
fn a_code_that_leads_nowhere_is_not_kept() {
    let place = Place::new();
    place.write("letter.txt", CANARY);
    let file = private(&place, ANSWERS);
    let kept = place.home.path().join("code");
    let full = candor_wire::Problem::new(candor_wire::ProblemType::StorageFull);
    place.peer.rule(move |_| {
        crate::peer::Reaction::Answer(candor_wire::exchange::Answer::Refused(full.clone()))
    });
    let arguments = [
        "--answers",
        &file,
        "--yes",
        "--save-code",
        kept.to_str().unwrap(),
    ];
    let ran = place.run("report", &arguments, "");
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(!kept.exists());
}

#[test]
fn a_code_that_may_lead_somewhere_is_kept_and_shown() {
    let place = Place::new();
    let file = private(&place, &ANSWERS.replace("files = [\"letter.txt\"]", ""));
    let kept = place.home.path().join("code");
    let full = candor_wire::Problem::new(candor_wire::ProblemType::StorageFull);
    place.peer.rule(move |_| {
        crate::peer::Reaction::Answer(candor_wire::exchange::Answer::Refused(full.clone()))
    });
    let saving = ["--yes", "--save-code", kept.to_str().unwrap()];
    for more in [&saving[..], &["--yes"]] {
        let ran = place.run("report", &[&["--answers", &file], more].concat(), "");
        assert_eq!(ran.code, 3, "{}", ran.err);
        assert!(ran.err.contains("may have arrived"), "{}", ran.err);
        assert!(!ran.err.contains("Nothing was sent"), "{}", ran.err);
        assert!(!ran.err.contains("is safe"), "{}", ran.err);
        assert_eq!(ran.out.is_empty(), more.len() == 3, "{}", ran.out);
    }
    assert_eq!(fs::read_to_string(&kept).unwrap().lines().count(), 2);
}

#[test]
fn all_that_is_wrong_is_said_and_nothing_is_sent() {
    let place = Place::new();
    let wrong = ANSWERS
        .replace("2026-10-01/2026-10-12", "2026-10-99")
        .replace("letter.txt", "missing.txt");
    let ran = place.run(
        "report",
        &["--answers", &private(&place, &wrong), "--yes"],
        "",
    );
    assert_eq!(ran.code, 2, "{}", ran.err);
    for words in [
        "answers.toml, line 4, files",
        "answers.toml, line 8, answers.when",
        "Nothing was sent",
        "--answers-template sexual-misconduct",
    ] {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    assert_eq!((ran.out.as_str(), place.peer.envelopes().len()), ("", 0));
}

#[test]
fn a_file_that_others_can_read_is_warned_of() {
    let place = Place::new();
    place.write("letter.txt", CANARY);
    let file = private(&place, ANSWERS);
    let quiet = place.run("report", &["--answers", &file, "--yes"], "");
    assert!(!quiet.err.contains("chmod 600"), "{}", quiet.err);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let warned = place.run("report", &["--answers", &file, "--yes"], "");
    assert!(warned.err.contains("chmod 600"), "{}", warned.err);
}

#[test]
fn a_printed_file_can_be_filled_in_and_sent() {
    let place = Place::new();
    let printed = place.run("report", &["--answers-template", "ombuds"], "");
    assert_eq!(printed.code, 0, "{}", printed.err);
    assert!(printed.out.contains("Ombuds"), "{}", printed.out);
    let filled = printed
        .out
        .replace("text = \"\"\"\n", "text = \"\"\"\nI wonder.\n");
    let ran = place.run(
        "report",
        &["--answers", &private(&place, &filled), "--yes"],
        "",
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(place.said("ombuds", 0)["text"], "I wonder.");
    let none = place.run("report", &["--answers-template", "gossip"], "");
    assert_eq!(none.code, 2);
    assert!(none.err.contains("ombuds"), "{}", none.err);
}

#[test]
fn without_yes_it_goes_to_the_review_and_asks() {
    let place = Place::new();
    place.write("letter.txt", CANARY);
    let file = private(&place, ANSWERS);
    // Who reads it is agreed to, then the review is left by “stop”.
    let ran = place.run("report", &["--answers", &file], "\nstop\n");
    assert_eq!(ran.code, 7, "{}", ran.err);
    for words in ["By the stairs.", "Robin", "2099-12-20", "Hold it until"] {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    assert_eq!(place.peer.envelopes().len(), 0);
}
