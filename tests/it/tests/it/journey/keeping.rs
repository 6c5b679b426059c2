//! What is destroyed stays destroyed, and an informal office keeps nothing, over real processes.

use std::{fs, path::Path, thread, time::Duration};

use candor_desk::{
    case_file::CaseFile,
    guard::{Effort, Guard},
    home::Home,
    keys::Secrets,
    record::Record,
};
use candor_it::process::FakeClock;
use rand::rngs::OsRng;
use serde_json::{Value, json};

use super::{
    DEAN, DIRECTOR, OMBUDS, Plan, School, TITLE_IX,
    devices::enrol,
    people::{Workstation, ended},
};

const CANARY: &str = "canary-9b27-what-was-said";

/// What a desk's own keys make readable of its folder: the records of conversations, and where the
/// canary lies.
fn kept(desk: &Workstation) -> (usize, Vec<String>) {
    let home = Home::find(Some(desk.home.clone())).unwrap();
    let passphrase = fs::read_to_string(&desk.passphrase).unwrap();
    let guard = Guard::Passphrase(passphrase.trim().to_owned().into(), Effort::Demonstration);
    let secrets = Secrets::load(&home, &guard).unwrap();
    let (mut records, mut found) = (0, Vec::new());
    let instance = secrets.keyring.instance;
    let file = CaseFile::open(
        &home,
        &secrets.case_key,
        instance,
        &mut OsRng,
        &mut |entry| {
            let json = serde_json::to_string(&entry.record).unwrap();
            let content = entry.record.conversation().is_some()
                || matches!(
                    entry.record,
                    Record::SetAside { .. } | Record::Cursor { .. }
                );
            records += usize::from(content);
            let bytes = String::from_utf8_lossy(&entry.bytes).into_owned();
            if json.contains(CANARY) || bytes.contains(CANARY) {
                found.push(json);
            }
            Ok(())
        },
    )
    .unwrap();
    records += file.conversations().len();
    every_file(&desk.home, &mut |path, bytes| {
        let name = path.file_name().unwrap().to_string_lossy();
        // Whatever lies in the outbox, in whatever form.
        if path.parent().unwrap().ends_with("outbox") {
            found.push(format!("outbox: {name}"));
        }
        if String::from_utf8_lossy(&bytes).contains(CANARY) {
            found.push(name.into_owned());
        }
    });
    (records, found)
}

fn every_file(folder: &Path, visit: &mut dyn FnMut(&Path, Vec<u8>)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            every_file(&path, visit);
        } else if let Ok(bytes) = fs::read(&path) {
            visit(&path, bytes);
        }
    }
}

fn labels(desk: &Workstation) -> Vec<String> {
    let cases = desk.cases();
    let label = |case: &Value| case["case"].as_str().unwrap().to_owned();
    cases.iter().map(label).collect()
}

#[test]
fn an_erased_case_is_gone_from_the_whole_office_and_stays_so() {
    let school = School::open();
    let (first, reporter) = (school.desk(TITLE_IX), school.reporter("student"));
    let filed = reporter.report("harassment", CANARY, &[]);
    let other = reporter.report("harassment", "This one stays.", &[]);
    first.sync();
    let second = enrol(&school, &first, "second");
    second.sync();
    let is_canary = |case: &Value| {
        let id = case["id"].as_str().unwrap();
        first.said(id).iter().any(|said| said == CANARY)
    };
    let cases = first.cases();
    let case = cases.iter().find(|case| is_canary(case)).unwrap();
    let case = case["case"].as_str().unwrap().to_owned();
    assert!(
        !kept(&first).1.is_empty(),
        "the search must find what is there"
    );

    // Where nobody can be asked, everything is left as it is.
    let refused = super::people::run(first.command(&["erase", &case]), "ffff\n");
    ended(refused, 2);
    assert_eq!(labels(&first).len(), 2);
    let erased = first.json(&["erase", &case, "--yes"]);
    assert_eq!(erased["relay"], true, "{erased}");
    assert_eq!(kept(&first).1, Vec::<String>::new());
    assert_eq!(first.said(&labels(&first)[0]), ["This one stays."]);
    // The other workstation hears of it with its next sync, and destroys its key as well.
    assert!(!kept(&second).1.is_empty());
    let synced = second.sync();
    assert_eq!(synced["erased"], 1, "{synced}");
    assert_eq!(kept(&second).1, Vec::<String>::new());
    assert_eq!(labels(&second).len(), 1);

    // Whoever reads the queue from its beginning finds it nowhere.
    let third = school.workstation("restored");
    third.json(&[
        "restore",
        "--recovery",
        school.recovery_file(TITLE_IX).to_str().unwrap(),
        "--recovery-passphrase-file",
        school.recovery_passphrase().to_str().unwrap(),
        "--relay-url",
        &school.relay_url(),
        "--intake-url",
        &school.front(),
    ]);
    third.sync();
    assert_eq!(labels(&third).len(), 1);
    assert_eq!(kept(&third).1, Vec::<String>::new());

    // What comes later for it is told without its content, and the other one goes on.
    reporter.add(&filed.code, CANARY, &[]);
    reporter.add(&other.code, "Still here.", &[]);
    let synced = first.sync();
    assert_eq!(synced["new_messages"], 1, "{synced}");
    let status = first.run(&["--json", "status"]).out;
    let status: Value = serde_json::from_str(&status).unwrap();
    let why = status["set_aside"][0]["why"].as_str().unwrap();
    assert!(why.contains("was erased"), "{why}");
    assert_eq!(kept(&first).1, Vec::<String>::new());
    let shown = first.json(&["retention"]);
    assert_eq!(shown["erased"][0]["why"], "by-hand", "{shown}");
}

#[test]
fn other_offices_keep_what_one_has_erased() {
    let school = School::open();
    let (dean, director) = (school.desk(DEAN), school.desk(DIRECTOR));
    let reporter = school.reporter("student");
    reporter.report("concern", CANARY, &[]);
    dean.sync();
    dean.json(&["erase", &labels(&dean)[0], "--yes"]);
    director.sync();
    assert_eq!(director.said(&director.only_case()), [CANARY]);
    dean.sync();
    assert!(labels(&dean).is_empty());
}

#[test]
fn a_kill_while_erasing_leaves_a_whole_case_or_none() {
    let school = School::open();
    let (desk, reporter) = (school.desk(TITLE_IX), school.reporter("student"));
    let count = 8;
    for n in 0..count {
        reporter.report("harassment", &format!("Report {n}."), &[]);
    }
    desk.sync();
    let mut before = labels(&desk);
    assert_eq!(before.len(), count);
    let (mut kills, mut erased) = (0, 0);
    for round in 0..60_u64 {
        let Some(case) = before.last().cloned() else {
            break;
        };
        let mut child = desk.command(&["erase", &case, "--yes"]).spawn().unwrap();
        thread::sleep(Duration::from_millis(round * 7 % 120));
        if child.try_wait().unwrap().is_none() {
            kills += 1;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let after = labels(&desk);
        let left: Vec<String> = before[..before.len() - 1].to_vec();
        assert!(after == before || after == left, "{before:?} {after:?}");
        erased += usize::from(after == left);
        for case in after.iter().take(2) {
            assert_eq!(desk.said(case).len(), 1);
        }
        before = after;
    }
    assert!(kills > 0 && erased > 0, "{kills} {erased}");
    // What is left over of a rewriting is gone once the desk was opened.
    let volumes = fs::read_dir(&desk.home).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().starts_with("case-")
    });
    assert_eq!(volumes.count(), 1);
    desk.sync();
    assert_eq!(labels(&desk), before);
}

#[test]
fn an_informal_office_keeps_nothing_but_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let school = School::open_with(Plan {
        clock: Some(FakeClock::new(folder.path().join("clock"), "+0d")),
        ..Plan::default()
    });
    let (ombuds, formal) = (school.desk(OMBUDS), school.desk(TITLE_IX));
    let reporter = school.reporter("visitor");
    let filed = reporter.report("ombuds", CANARY, &[]);
    let second = reporter.report("ombuds", "Another visitor.", &[]);
    reporter.report("harassment", CANARY, &[]);
    formal.sync();
    ombuds.sync();
    // Every command reads the conversations from the relay again.
    let cases = labels(&ombuds);
    assert_eq!(cases.len(), 2);
    let said: Vec<Vec<String>> = cases.iter().map(|case| ombuds.said(case)).collect();
    let at = said.iter().position(|said| said == &[CANARY]).unwrap();
    let case = cases[at].clone();
    ombuds.reply(&case, &format!("I hear you: {CANARY}"), &[]);
    assert_eq!(ombuds.said(&case).len(), 2);
    let read = reporter.check(&filed.code, &[]);
    assert_eq!(read["offices"][0]["state"], "answered", "{read}");

    // Nothing of it is in the folder, and the same search finds what a formal office keeps.
    assert_eq!(kept(&ombuds), (0, Vec::new()));
    let (records, found) = kept(&formal);
    assert!(records > 0 && !found.is_empty());
    let counted = json!({ "months": { month(&school): { "ombuds": 2 } } });
    for _ in 0..2 {
        ombuds.sync();
        assert_eq!(ombuds.json(&["counters"]), counted);
    }

    // No export, no file, no event, no file sent.
    let to = school.path("exported");
    let to = to.to_str().unwrap();
    ended(ombuds.run(&["export", &case, "--to", to]), 7);
    ended(ombuds.run(&["export", &case, "--preview"]), 7);
    ended(ombuds.run(&["attach", "save", &case, "1", "--to", to]), 7);
    let file = reporter.note("a file");
    let reply = [
        "reply",
        &case,
        "--text",
        "x",
        "--attach",
        file.to_str().unwrap(),
    ];
    ended(ombuds.run(&reply), 7);

    // A session that is killed leaves nothing either.
    for wait in [200, 500, 900] {
        let mut child = ombuds.command(&["sync", "--wait"]).spawn().unwrap();
        thread::sleep(Duration::from_millis(wait));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(kept(&ombuds), (0, Vec::new()));
    }

    // By hand, at once: here and in the office's queue.
    let cases = labels(&ombuds);
    let other = cases.iter().find(|label| **label != case).unwrap();
    ombuds.json(&["erase", other, "--yes"]);
    ombuds.sync();
    assert_eq!(labels(&ombuds), std::slice::from_ref(&case));
    reporter.check(&second.code, &[]);
    // By the clock: thirty days after the last message.
    school.set_clock("+29d");
    ombuds.sync();
    assert_eq!(labels(&ombuds).len(), 1);
    school.set_clock("+31d");
    // Reading the queue again, as each command here does first, has destroyed it already.
    ombuds.sync();
    assert!(labels(&ombuds).is_empty());
    assert_eq!(kept(&ombuds), (0, Vec::new()));
    assert_eq!(ombuds.json(&["counters"]), counted);
}

fn month(_: &School) -> String {
    let today = candor_it::instance::today().to_string();
    today.chars().take(7).collect()
}

#[test]
fn the_clock_erases_what_is_due_and_tells_ahead() {
    let folder = tempfile::tempdir().unwrap();
    let school = School::open_with(Plan {
        clock: Some(FakeClock::new(folder.path().join("clock"), "+0d")),
        ..Plan::default()
    });
    let (desk, reporter) = (school.desk(TITLE_IX), school.reporter("student"));
    reporter.report("harassment", CANARY, &[]);
    desk.sync();
    // What nobody has read is not erased by a clock.
    ended(desk.run(&["show", &labels(&desk)[0]]), 0);
    let settings = desk.home.join("desk.toml");
    let asked = |when_due: &str| {
        let text = fs::read_to_string(&settings).unwrap();
        let text = text.split("\n[retention]").next().unwrap().to_owned();
        let more = format!("\n[retention]\nconcern_days = 60\nwhen_due = \"{when_due}\"\n");
        fs::write(&settings, text + &more).unwrap();
    };
    asked("ask");
    school.set_clock("+35d");
    let warned = desk.sync()["warnings"].to_string();
    assert!(warned.contains("due to be erased on"), "{warned}");
    school.set_clock("+61d");
    let warned = desk.sync()["warnings"].to_string();
    assert!(warned.contains("1 case is due to be erased"), "{warned}");
    assert_eq!(desk.cases().len(), 1);
    asked("erase");
    let synced = desk.sync();
    assert_eq!(synced["erased"], 1, "{synced}");
    assert!(desk.cases().is_empty());
    assert_eq!(kept(&desk).1, Vec::<String>::new());
}
