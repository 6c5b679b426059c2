//! Long conversations, strange texts, servers that go and come back.

use std::{fs, path::Path, thread, time::Duration};

use serde_json::Value;

use super::{
    School, TITLE_IX,
    people::{Dialogue, Filed, ended, said},
};

/// Everything that could steer a terminal or make a text read otherwise than it is.
const NASTY: &str =
    "A\u{1b}[2J\u{9b}31mB\u{7}\u{8}C\rD\u{202e}live\u{202c}\u{2066}E\u{2069}\u{200b}F\0G";

fn is_harmful(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[track_caller]
fn assert_harmless(shown: &str) {
    let harmful: Vec<char> = shown.chars().filter(|c| is_harmful(*c)).collect();
    assert!(harmful.is_empty(), "{harmful:?} in {shown:?}");
}

#[test]
fn two_reporters_with_strange_texts_go_on_while_the_relay_restarts() {
    let mut school = School::open();
    let desk = school.desk(TITLE_IX);
    let (one, two) = (school.reporter("one"), school.reporter("two"));
    let emoji = "🙂".repeat(30_000);
    let hebrew = "שלום, זה קרה אתמול. مرحبا، حدث ذلك أمس.";
    let first = one.report("harassment", &emoji, &[]);
    school.world.restart_relay();
    let second = two.report("harassment", hebrew, &[]);
    let mut expected = (vec![emoji], vec![hebrew.to_owned()]);
    for n in 0..6 {
        if n == 2 {
            school.world.restart_relay();
        }
        if n == 4 {
            // In the middle of what it did.
            school.world.kill_relay();
            school.world.restart_relay();
        }
        let (a, b) = (format!("{n}: from the one"), format!("{n}: {NASTY}"));
        one.add(&first.code, &a, &[]);
        two.add(&second.code, &b, &[]);
        expected.0.push(a);
        expected.1.push(b);
        if n == 3 {
            desk.sync();
        }
    }
    desk.sync();
    let cases = desk.cases();
    let ids: Vec<&str> = cases
        .iter()
        .map(|case| case["id"].as_str().unwrap())
        .collect();
    let conversations: Vec<_> = ids.iter().map(|id| desk.said(id)).collect();
    assert_eq!(ids.len(), 2);
    assert!(conversations.contains(&expected.0), "the one's differ");
    assert!(conversations.contains(&expected.1), "the other's differ");

    // What a person sees is harmless on any terminal, whoever wrote it.
    for id in &ids {
        let shown = ended(desk.run(&["show", id]), 0);
        assert_harmless(&shown.out);
        assert!(shown.out.contains("from the one") != shown.out.contains("live"));
        let shown = ended(desk.run(&["--json", "show", id]), 0);
        assert!(shown.out.is_ascii());
    }
    assert_harmless(&desk.run(&["list"]).out);
    let of_two = conversations
        .iter()
        .position(|said| *said == expected.1)
        .unwrap();
    desk.run(&[
        "export",
        ids[of_two],
        "--to",
        school.path("export").to_str().unwrap(),
    ]);
    assert_harmless(&fs::read_to_string(school.path("export.txt")).unwrap());
    let note = school.path("reply.txt");
    fs::write(&note, NASTY).unwrap();
    desk.json(&["reply", ids[of_two], "--text-file", note.to_str().unwrap()]);
    let read = two.check(&second.code, &[]);
    assert_harmless(&said(&read["messages"])[0]);
    let mut command = two.command("check");
    command.args(["--yes", "--code-file", "-"]);
    let shown = ended(super::people::run(command, &second.code), 0);
    assert!(shown.out.contains("live"), "{}", shown.out);
    assert_harmless(&shown.out);
    // Nothing of it came to the other reporter.
    assert_eq!(
        said(&one.check(&first.code, &[])["messages"]),
        Vec::<String>::new()
    );
}

#[test]
fn an_empty_report_and_one_too_long_are_refused_before_anything_is_sent() {
    let school = School::open();
    let reporter = school.reporter("student");
    let refused = ended(reporter.try_report("harassment", "  \n ", &[]), 2);
    assert!(
        refused
            .err
            .contains("neither an answer nor a text nor a file"),
        "{}",
        refused.err
    );
    let refused = reporter.try_report("harassment", &"x".repeat(200_001), &[]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    let filed = reporter.report("harassment", &"x".repeat(200_000), &[]);
    let desk = school.desk(TITLE_IX);
    assert_eq!(desk.sync()["new_reports"], 1);
    assert_eq!(desk.said(&desk.only_case())[0].len(), 200_000);
    // Only an answer, only a file.
    reporter.report("harassment", "", &["--answer", "when=yesterday"]);
    fs::write(reporter.files.join("only.bin"), []).unwrap();
    reporter.report("harassment", "", &["--attach", "only.bin"]);
    assert_eq!(desk.sync()["new_reports"], 2);
    let refused = reporter.try_check(&filed.code, &["--attach", "not-there.txt"]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
}

/// Starts `candor report` and waits until it is connected, which is before it reads its text.
fn connected(school: &School, name: &str, tries: &str) -> Dialogue {
    let reporter = school.reporter(name);
    let state = reporter.files.join("seen.json");
    let mut command = reporter.command("report");
    command
        .args([
            "--yes",
            "--json",
            "--topic",
            "harassment",
            "--text-file",
            "-",
        ])
        .args(["--tries", tries])
        .arg("--state")
        .arg(&state);
    let dialogue = Dialogue::start(command);
    await_file(&state);
    dialogue
}

#[track_caller]
fn await_file(path: &Path) {
    for _ in 0..3000 {
        if path.exists() {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("{} does not come", path.display());
}

#[test]
fn a_relay_that_is_down_while_a_report_is_sent_loses_nothing() {
    let mut school = School::open();
    let desk = school.desk(TITLE_IX);

    // Down for good, as far as this reporter can wait.
    let mut sending = connected(&school, "impatient", "2");
    school.world.kill_relay();
    sending.write("Never stored.");
    let failed = ended(sending.end(), 3);
    let flat = failed.err.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in ["one of the hotline's servers", "+1 555 0199"] {
        assert!(flat.contains(words), "{words}: {flat}");
    }
    // Whether the relay had it before it went down cannot be known: the code is there all the same.
    let maybe: Value = serde_json::from_str(&failed.out).unwrap();
    assert_eq!(maybe["stored"], Value::Null);
    let code = maybe["code"]["words"].as_str().unwrap().to_owned();
    let reporter = school.reporter("student");
    let failed = reporter.try_report("harassment", "Never sent.", &["--tries", "1"]);
    assert_eq!(failed.code, Some(3), "{}", failed.err);
    school.world.restart_relay();
    assert_eq!(desk.sync()["new_reports"], 0);
    let absent = reporter.try_check(&code, &[]);
    assert_eq!(absent.code, Some(5), "{}", absent.err);

    // Back in time: the same process goes on, and the report is there once.
    let mut sending = connected(&school, "patient", "40");
    school.world.kill_relay();
    sending.write("Stored in the end.");
    let waiting = thread::spawn(move || sending.end());
    thread::sleep(Duration::from_secs(4));
    assert!(!waiting.is_finished());
    school.world.restart_relay();
    let filed = Filed::of(&ended(waiting.join().unwrap(), 0));
    assert_eq!(desk.sync()["new_reports"], 1);
    assert_eq!(desk.said(&desk.only_case()), ["Stored in the end."]);
    let read = reporter.check(&filed.code, &[]);
    assert_eq!(read["offices"][0]["state"], "received");
}

#[test]
fn somebody_at_the_keyboard_can_send_again_without_writing_again() {
    let mut school = School::open();
    let desk = school.desk(TITLE_IX);
    let reporter = school.reporter("student");
    let note = reporter.note("Written once.");
    fs::write(reporter.files.join("a.bin"), vec![7; 10_000]).unwrap();
    let mut command = reporter.command("report");
    command
        .args(["--topic", "harassment", "--answer", "when=today"])
        .args(["--attach", "a.bin", "--tries", "1", "--json", "--text-file"])
        .arg(&note);
    let mut dialogue = Dialogue::start(command);
    dialogue.hear("or Enter to go on:");
    dialogue.answer("");
    dialogue.hear("Number, or Enter to go on:");
    dialogue.answer("");
    dialogue.hear("Type “send” to send it");
    school.world.kill_relay();
    dialogue.answer("send");
    dialogue.hear("Everything is still here in memory.");
    dialogue.answer("y");
    dialogue.hear("Everything is still here in memory.");
    school.world.restart_relay();
    dialogue.answer("y");
    let filed = Filed::of(&ended(dialogue.end(), 0));
    assert_eq!(desk.sync()["new_reports"], 1);
    assert_eq!(desk.said(&desk.only_case()), ["Written once."]);
    assert_eq!(
        reporter.check(&filed.code, &[])["offices"][0]["state"],
        "received"
    );
}
