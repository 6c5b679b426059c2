//! A wrong clock at each party: what it says, and that nothing is lost.

use std::{thread, time::Duration};

use candor_it::{
    Settings,
    process::{Ended, FakeClock},
};

use super::{Plan, Reporter, School, TITLE_IX, Workstation, people::said};

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn stopped(ended: &Ended, words: &[&str]) {
    assert_eq!(ended.code, Some(4), "{}\n{}", ended.out, ended.err);
    let said = flat(&ended.err);
    let always = [
        "This computer says that today is",
        "check the date first",
        "Nothing was sent, and nothing was kept on this computer.",
    ];
    for words in words.iter().chain(&always) {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_reporter_with_a_wrong_date_is_told_so_before_anything_is_sent() {
    let school = School::open();
    let with_clock = |name: &str, offset: &str| {
        let reporter = school.reporter(name);
        let clock = FakeClock::new(reporter.files.join("clock"), offset);
        Reporter {
            clock: Some(clock),
            ..reporter
        }
    };
    for (name, offset, words) in [
        ("month-behind", "-31d", "lies ahead"),
        ("year-behind", "-366d", "lies ahead"),
        ("month-ahead", "+31d", "date"),
        ("year-ahead", "+366d", "expired"),
    ] {
        let reporter = with_clock(name, offset);
        let refused = reporter.try_report("harassment", "By a wrong clock.", &[]);
        stopped(&refused, &[words]);
        // The same computer with the right date.
        reporter.clock.as_ref().unwrap().set("+0d");
        let filed = reporter.report("harassment", "By the right clock.", &[]);
        // Coming back goes by the clock as well, and takes nothing with it.
        reporter.clock.as_ref().unwrap().set(offset);
        stopped(&reporter.try_check(&filed.code, &[]), &[words]);
        reporter.clock.as_ref().unwrap().set("+0d");
        assert_eq!(
            reporter.check(&filed.code, &[])["offices"][0]["state"],
            "stored"
        );
    }
    // Some hours make no difference.
    let filed = with_clock("hours", "+5h").report("harassment", "Five hours ahead.", &[]);
    assert_eq!(filed.offices, [TITLE_IX]);
    assert_eq!(school.desk(TITLE_IX).sync()["new_reports"], 5);
}

/// Whether the message says that the clock is an hour off this way; a slow request makes it a
/// minute more or less.
fn is_an_hour(message: &str, way: &str) -> bool {
    (59..=61).any(|minutes| flat(message).contains(&format!("clock is {minutes} minutes {way}")))
}

#[test]
fn a_desk_with_a_wrong_clock_is_told_by_how_much_and_loses_nothing() {
    let school = School::open();
    let reporter = school.reporter("student");
    let filed = reporter.report("harassment", "Read later.", &[]);
    let right = school.desk(TITLE_IX);
    right.sync();
    let case = right.only_case();
    let clock = FakeClock::new(school.path("desk-clock"), "+1h");
    let wrong = Workstation {
        clock: Some(clock.clone()),
        ..right.clone()
    };
    let refused = wrong.run(&["sync"]);
    assert_eq!(refused.code, Some(5), "{}", refused.err);
    assert!(
        is_an_hour(&refused.err, "ahead of the relay's"),
        "{}",
        refused.err
    );
    clock.set("-1h");
    let refused = wrong.run(&["sync"]);
    assert_eq!(refused.code, Some(5), "{}", refused.err);
    assert!(
        is_an_hour(&refused.err, "behind the relay's"),
        "{}",
        refused.err
    );
    // An answer is kept, and goes out when the clock is right.
    let kept = wrong.run(&[
        "--json",
        "reply",
        &case,
        "--text",
        "Written by a wrong clock.",
    ]);
    assert_eq!(kept.code, Some(1), "kept, and the person has to know");
    let kept: serde_json::Value = serde_json::from_str(&kept.out).unwrap();
    assert_eq!(kept["sent"], false);
    assert_eq!(wrong.cases()[0]["unsent"], 1);
    assert_eq!(right.sync()["sent"], 1);
    let read = reporter.check(&filed.code, &[]);
    assert_eq!(said(&read["messages"]), ["Written by a wrong clock."]);
    // A few minutes are nothing.
    clock.set("+5m");
    reporter.add(&filed.code, "Thanks.", &[]);
    assert_eq!(wrong.sync()["new_messages"], 1);
}

#[test]
fn a_relay_a_day_off_takes_reports_and_turns_desks_away_until_it_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let clock = FakeClock::new(folder.path().join("clock"), "+0d");
    let school = School::open_with(Plan {
        settings: Settings {
            relay_clock: Some(clock.clone()),
            ..Settings::default()
        },
        ..Plan::default()
    });
    let (desk, reporter) = (school.desk(TITLE_IX), school.reporter("student"));
    let mut filed = Vec::new();
    for (offset, words) in [
        ("+1d", "clock is 24 hours behind the relay's"),
        ("-1d", "clock is 24 hours ahead of the relay's"),
    ] {
        clock.set(offset);
        // Longer than the processes look away.
        thread::sleep(Duration::from_secs(4));
        filed.push(reporter.report("harassment", offset, &[]));
        let refused = desk.run(&["sync"]);
        assert_eq!(refused.code, Some(5), "{}", refused.err);
        assert!(
            flat(&refused.err).contains(words),
            "{words}: {}",
            refused.err
        );
        assert!(flat(&refused.err).contains("If it is right, the relay's is wrong"));
    }
    clock.set("+0d");
    thread::sleep(Duration::from_secs(4));
    assert_eq!(desk.sync()["new_reports"], 2);
    for filed in &filed {
        let read = reporter.check(&filed.code, &[]);
        assert_eq!(read["offices"][0]["state"], "received");
    }
}

#[test]
fn an_intake_that_is_off_by_years_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let clock = FakeClock::new(folder.path().join("clock"), "+800d");
    let school = School::open_with(Plan {
        settings: Settings {
            intake_clock: Some(clock.clone()),
            ..Settings::default()
        },
        ..Plan::default()
    });
    let (desk, reporter) = (school.desk(TITLE_IX), school.reporter("student"));
    let filed = reporter.report("harassment", "Ahead.", &[]);
    clock.set("-800d");
    thread::sleep(Duration::from_secs(2));
    reporter.add(&filed.code, "Behind.", &[]);
    assert_eq!(desk.sync()["new_reports"], 1);
    assert_eq!(desk.said(&desk.only_case()), ["Ahead.", "Behind."]);
}
