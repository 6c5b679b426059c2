//! From a report to the Title IX Coordinator to its withdrawal, files both ways.

use std::fs;

use rand::{RngCore as _, rngs::OsRng};
use serde_json::json;

use super::{DEAN, School, TITLE_IX, people::said};

fn random(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    OsRng.fill_bytes(&mut bytes);
    bytes
}

#[test]
fn a_report_with_a_file_is_read_answered_followed_up_and_withdrawn() {
    let school = School::open();
    let (desk, reporter) = (school.desk(TITLE_IX), school.reporter("student"));
    let picture = random(3 << 20);
    fs::write(reporter.files.join("picture.jpg"), &picture).unwrap();
    let filed = reporter.report(
        "harassment",
        "It was in the ward.",
        &["--attach", "picture.jpg", "--answer", "place-words=Ward 7"],
    );
    assert_eq!(filed.offices, [TITLE_IX]);

    // Before anybody has looked: stored, and no more is claimed.
    let before = reporter.check(&filed.code, &[]);
    assert_eq!(before["offices"][0]["state"], "stored");
    assert_eq!(before["messages"], json!([]));

    // The desk reads it, and says so by itself.
    let synced = desk.sync();
    assert_eq!(
        (&synced["new_reports"], &synced["acknowledged"]),
        (&json!(1), &json!(1))
    );
    let case = desk.only_case();
    assert_eq!(desk.cases()[0]["unread"], true);
    assert_eq!(desk.cases()[0]["attachments"], 1);
    let shown = desk.show(&case);
    assert_eq!(shown["conversation"][0]["text"], "It was in the ward.");
    assert_eq!(
        shown["conversation"][0]["answers"][0]["answer"],
        json!(["Ward 7"])
    );
    assert_eq!(shown["readers"][0]["id"], TITLE_IX);
    assert_eq!(desk.cases()[0]["unread"], false);
    let saved = school.path("saved");
    fs::create_dir(&saved).unwrap();
    assert!(
        desk.attachment(&case, 1, &saved) == picture,
        "the picture differs"
    );
    // By its digits, as over the telephone.
    let received = reporter.check(&filed.digits, &[]);
    assert_eq!(received["offices"][0]["state"], "received");
    assert_eq!(received["messages"][0]["kind"], "acknowledgement");

    // The answer with a file reaches the reporter.
    let (policy, path) = (random(100_000), school.path("policy.pdf"));
    fs::write(&path, &policy).unwrap();
    desk.reply(&case, "Thank you. Here is what you can ask for.", &[&path]);
    let read = reporter.check(&filed.code, &["--save-attachments", "from-the-office"]);
    assert_eq!(read["offices"][0]["state"], "answered");
    assert_eq!(
        said(&read["messages"]),
        ["Thank you. Here is what you can ask for."]
    );
    let got = fs::read(reporter.files.join("from-the-office/policy.pdf")).unwrap();
    assert!(got == policy, "the policy differs");
    // What was seen once is not new any more.
    assert_eq!(read["messages"][1]["new"], true);
    assert_eq!(
        reporter.check(&filed.code, &[])["messages"][1]["new"],
        false
    );

    // More from the reporter, with a file of several cells.
    let log = random((1 << 20) + 77);
    fs::write(reporter.files.join("log.txt"), &log).unwrap();
    reporter.add(&filed.code, "It happened again.", &["--attach", "log.txt"]);
    assert_eq!(desk.sync()["new_messages"], 1);
    let thread = [
        "It was in the ward.",
        "Thank you. Here is what you can ask for.",
        "It happened again.",
    ];
    assert_eq!(desk.said(&case), thread);
    assert!(desk.attachment(&case, 3, &saved) == log, "the log differs");
    assert_eq!(desk.cases()[0]["standing"], "answered");

    // Withdrawn: both sides see it, and what was read stays.
    let withdrawn = reporter.check(&filed.code, &["--withdraw"]);
    assert_eq!(withdrawn["withdrawn"], true);
    desk.sync();
    assert_eq!(desk.cases()[0]["standing"], "withdrawn");
    let shown = desk.show(&case);
    let last = shown["conversation"].as_array().unwrap().last().unwrap();
    assert_eq!(last["effects"], json!(["withdraws the report"]));
    assert_eq!(desk.said(&case), thread);
    assert_eq!(reporter.check(&filed.code, &[])["withdrawn"], true);

    // Nothing was set aside, and no other office has anything of it.
    assert_eq!(desk.json(&["sync"])["set_aside"], 0);
    let dean = school.desk(DEAN);
    dean.sync();
    assert_eq!(dean.cases(), Vec::<serde_json::Value>::new());
}
