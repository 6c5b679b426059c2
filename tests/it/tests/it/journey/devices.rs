//! Several workstations of one office, and one that is lost.

use std::{fs, sync::Arc, thread};

use candor_casework::{Body, Scope};
use candor_desk::{
    casework::{act, work},
    clock::Clock,
    desk::Desk,
    guard::{Effort, Guard},
    home::Home,
    sync,
};
use serde_json::Value;

use super::{School, TITLE_IX, Workstation, people::said, people::texts};

/// Brings a second workstation into the Title IX office, by three commands.
pub(super) fn enrol(school: &School, first: &Workstation, name: &str) -> Workstation {
    enrol_in(school, TITLE_IX, first, name)
}

/// Brings a further workstation into an office.
pub(super) fn enrol_in(
    school: &School,
    office: &str,
    first: &Workstation,
    name: &str,
) -> Workstation {
    let second = school.workstation(name);
    let request = school.path(&format!("{name}-request.json"));
    let grant = school.path(&format!("{name}-grant.age"));
    let grant_file = grant.clone();
    let (request, grant) = (request.to_str().unwrap(), grant.to_str().unwrap());
    let (pin, relay, front) = (school.pin(), school.relay_url(), school.front());
    let asked = second.json(&[
        "enroll",
        "--demonstration",
        "--office",
        office,
        "--label",
        name,
        "--pin",
        pin.to_str().unwrap(),
        "--relay-url",
        &relay,
        "--intake-url",
        &front,
        "--request-out",
        request,
    ]);
    let print = asked["fingerprint"].as_str().unwrap();
    // A request that somebody exchanged on the way shows other digits.
    let other = "0000 0000 0000 0000 0000 0000 0000 0000";
    let approve = [
        "enroll",
        "--approve",
        request,
        "--out",
        grant,
        "--fingerprint",
    ];
    let refused = first.run(&[&approve[..], &[other]].concat());
    assert_eq!(refused.code, Some(7), "{}", refused.err);
    assert!(!grant_file.exists());
    let approved = first.json(&[&approve[..], &[print]].concat());
    assert_eq!(approved["published"], true);
    second.json(&["enroll", "--accept", grant]);
    second
}

pub(super) fn ids(devices: &Value) -> Vec<(String, String)> {
    let both = texts(&devices["devices"], "id").into_iter();
    both.zip(texts(&devices["devices"], "label")).collect()
}

#[test]
fn a_second_workstation_reads_everything_and_both_answer_until_it_is_revoked() {
    let school = School::open();
    let (first, reporter) = (school.desk(TITLE_IX), school.reporter("student"));
    let filed = reporter.report("harassment", "Before the second came.", &[]);
    first.sync();
    let case = first.only_case();
    first.reply(&case, "From the first.", &[]);

    let second = enrol(&school, &first, "second");
    second.sync();
    assert_eq!(second.only_case(), case);
    assert_eq!(
        second.said(&case),
        ["Before the second came.", "From the first."]
    );
    second.reply(&case, "From the second.", &[]);
    // Both at once: neither is lost, and none takes the other's place.
    thread::scope(|scope| {
        scope.spawn(|| first.reply(&case, "At once, from the first.", &[]));
        scope.spawn(|| second.reply(&case, "At once, from the second.", &[]));
    });
    reporter.add(&filed.code, "I read all of them.", &[]);
    first.sync();
    second.sync();
    let mut expected = vec![
        "At once, from the first.",
        "At once, from the second.",
        "Before the second came.",
        "From the first.",
        "From the second.",
        "I read all of them.",
    ];
    for desk in [&first, &second] {
        let mut there = desk.said(&case);
        there.sort();
        assert_eq!(there, expected);
        let shown = desk.show(&case);
        assert_eq!(shown["gaps"].as_array().unwrap().len(), 0, "{shown}");
        assert_eq!(shown["waiting_to_be_sent"].as_array().unwrap().len(), 0);
    }
    expected.retain(|text| text.contains("rom the "));
    let read = reporter.check(&filed.code, &[]);
    let mut there = said(&read["messages"]);
    there.sort();
    assert_eq!(there, expected);
    let kinds = texts(&read["messages"], "kind");
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| *kind == "acknowledgement")
            .count(),
        1
    );
    for message in read["messages"].as_array().unwrap() {
        assert_ne!(message["chain"], "broken", "{read}");
    }

    // Syncing again brings nothing twice.
    for desk in [&first, &second] {
        let synced = desk.sync();
        assert_eq!(synced["new_replies"], 0, "{synced}");
        assert_eq!(synced["set_aside"], 0, "{synced}");
    }

    // The second is lost: revoked at the first, it is refused from then on.
    let devices = first.json(&["devices"]);
    let (id, _) = ids(&devices)
        .into_iter()
        .find(|(_, l)| l == "second")
        .unwrap();
    let after = first.json(&["devices", "--revoke", &id[..8]]);
    assert!(!ids(&after).iter().any(|(_, label)| label == "second"));
    reporter.report("harassment", "Not for the lost one.", &[]);
    let refused = second.run(&["sync"]);
    assert_eq!(refused.code, Some(5), "{}\n{}", refused.out, refused.err);
    assert!(refused.err.contains("refuses"), "{}", refused.err);
    assert_eq!(second.cases().len(), 1);
    let reply = second.run(&["--json", "reply", &case, "--text", "From a thief."]);
    assert!(
        reply.err.contains("has revoked this device"),
        "{}",
        reply.err
    );
    assert_eq!(reply.code, Some(1), "kept, and the person has to know");
    let reply: Value = serde_json::from_str(&reply.out).unwrap();
    assert_eq!(reply["sent"], false);
    first.sync();
    assert_eq!(first.cases().len(), 2);
    let read = reporter.check(&filed.code, &[]);
    assert!(!said(&read["messages"]).contains(&"From a thief.".to_owned()));
}

#[test]
fn an_office_restored_from_its_recovery_file_reads_all_and_goes_on() {
    let school = School::open();
    let (old, reporter) = (school.desk(TITLE_IX), school.reporter("student"));
    let filed = reporter.report("harassment", "Read by the old one.", &[]);
    old.sync();
    let case = old.only_case();
    old.reply(&case, "An answer of the old one.", &[]);
    let later = reporter.report("harassment", "Never read by the old one.", &[]);
    fs::remove_dir_all(&old.home).unwrap();

    let new = school.workstation("restored");
    let (file, passphrase) = (school.recovery_file(TITLE_IX), school.recovery_passphrase());
    let (relay, front) = (school.relay_url(), school.front());
    let restore = [
        "restore",
        "--recovery",
        file.to_str().unwrap(),
        "--label",
        "new",
        "--relay-url",
        &relay,
        "--intake-url",
        &front,
        "--recovery-passphrase-file",
    ];
    let wrong = new.run(&[&restore[..], &[new.passphrase.to_str().unwrap()]].concat());
    assert_eq!(wrong.code, Some(3), "{}", wrong.err);
    new.json(&[&restore[..], &[passphrase.to_str().unwrap()]].concat());
    new.sync();
    assert_eq!(new.cases().len(), 2);
    assert_eq!(
        new.said(&case),
        ["Read by the old one.", "An answer of the old one."]
    );
    new.reply(&case, "An answer of the new one.", &[]);
    let read = reporter.check(&filed.code, &[]);
    assert_eq!(
        said(&read["messages"]),
        ["An answer of the old one.", "An answer of the new one."]
    );
    // Reports go on to the same keys.
    let read = reporter.check(&later.code, &[]);
    assert_eq!(read["offices"][0]["state"], "received");
    reporter.report("harassment", "After the restoration.", &[]);
    assert_eq!(new.sync()["new_reports"], 1);
    // The old workstation can be told from the new one, and revoked.
    let devices = ids(&new.json(&["devices"]));
    let (id, _) = devices.iter().find(|(_, label)| label == TITLE_IX).unwrap();
    new.json(&["devices", "--revoke", &id[..8]]);
    assert_eq!(new.sync()["alarms"].as_array().unwrap().len(), 0);
}

/// A workstation's desk, unlocked in this process.
pub(super) fn unlocked(workstation: &Workstation) -> Desk {
    let passphrase = fs::read_to_string(&workstation.passphrase).unwrap();
    let home = Home::find(Some(workstation.home.clone())).unwrap();
    let lock = Arc::new(home.lock().unwrap());
    let guard = Guard::Passphrase(passphrase.trim().to_owned().into(), Effort::Demonstration);
    Desk::open(home, guard, Clock, lock).unwrap()
}

#[test]
fn what_two_workstations_of_an_office_do_at_once_is_neither_lost_nor_doubled() {
    let school = School::open();
    let (first, reporter) = (school.desk(TITLE_IX), school.reporter("student"));
    reporter.report("harassment", "One case, two colleagues.", &[]);
    first.sync();
    let second = enrol(&school, &first, "second");
    second.sync();
    let (mut one, mut two) = (unlocked(&first), unlocked(&second));
    let case = *one.state.cases.keys().next().unwrap();
    let note = |desk: &mut Desk, text: String, scope| {
        let body = Body::Note {
            text,
            mentions: Vec::new(),
            replaces: None,
        };
        act(desk, &case, body, scope).unwrap();
    };
    for n in 0..4 {
        for (name, desk) in [("first", &mut one), ("second", &mut two)] {
            note(desk, format!("{name} {n}, for all"), Scope::Case);
            note(desk, format!("{name} {n}, for us"), Scope::Office);
        }
    }
    for _ in 0..2 {
        sync::sync(&mut one).unwrap();
        sync::sync(&mut two).unwrap();
    }
    assert_eq!(work(&one, &case).notes.len(), 16);
    assert_eq!(work(&one, &case), work(&two, &case));
    for desk in [&one, &two] {
        assert!(desk.state.aside.is_empty(), "{:?}", desk.state.aside);
        assert!(desk.state.together.unsent.is_empty());
    }
}
