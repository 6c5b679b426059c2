//! Months without anybody at a desk.

use candor_it::{instance::today, process::FakeClock};

use super::{DEAN, DIRECTOR, MEDICAL_DEAN, OMBUDS, Plan, School, TITLE_IX};

#[test]
fn desks_switched_off_for_a_hundred_days_close_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let school = School::open_with(Plan {
        clock: Some(FakeClock::new(folder.path().join("clock"), "+0d")),
        ..Plan::default()
    });
    let reporter = school.reporter("student");
    let early = reporter.report("harassment", "On the first day.", &[]);
    // Nobody is at any desk. Filing goes by the cards that were published ahead.
    school.set_clock("+100d");
    let late = reporter.report("harassment", "A hundred days later.", &[]);
    reporter.add(&early.code, "Still nobody?", &[]);
    assert_eq!(
        reporter.check(&late.code, &[])["offices"][0]["state"],
        "stored"
    );

    let desk = school.desk(TITLE_IX);
    let synced = desk.sync();
    assert_eq!(synced["new_reports"], 2, "{synced}");
    assert_eq!(synced["acknowledged"], 2, "{synced}");
    let cases = desk.cases();
    let said: Vec<_> = cases
        .iter()
        .map(|case| desk.said(case["id"].as_str().unwrap()))
        .collect();
    assert!(
        said.contains(&vec!["A hundred days later.".to_owned()]),
        "{said:?}"
    );
    let both = ["On the first day.", "Still nobody?"].map(str::to_owned);
    assert!(said.contains(&both.to_vec()), "{said:?}");
    let index = said.iter().position(|said| said.len() == 1).unwrap();
    desk.reply(cases[index]["id"].as_str().unwrap(), "We are back.", &[]);
    let read = reporter.check(&late.code, &[]);
    assert_eq!(read["offices"][0]["state"], "answered");

    // After two hundred days the deans' cards have run out, for their desks stayed off: nothing is
    // sealed to an old key, and nothing goes to another office instead.
    school.set_clock("+200d");
    let stopped = reporter.try_report("concern", "To the deans.", &[]);
    assert_eq!(stopped.code, Some(4), "{}\n{}", stopped.out, stopped.err);
    for words in [
        "key card",
        "It is not sent to another office instead.",
        "Nothing was sent, and nothing was kept on this computer.",
        "+1 555 0199",
    ] {
        let flat = stopped.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(words), "{words}: {flat}");
    }
    // The office whose desk came back is open as ever.
    let open = reporter.report("harassment", "Two hundred days later.", &[]);
    assert_eq!(open.offices, [TITLE_IX]);

    // The deans come back: their desks renew the cards, and that these are not public yet is no
    // cause for an alarm.
    for office in [DEAN, DIRECTOR, MEDICAL_DEAN, OMBUDS] {
        let synced = school.desk(office).sync();
        assert_eq!(synced["new_reports"], 0, "{synced}");
    }
    school.await_cards(today().plus(200));
    let filed = reporter.report("concern", "To the deans, now.", &[]);
    assert_eq!(filed.offices, [MEDICAL_DEAN, DEAN, DIRECTOR]);
    assert_eq!(school.desk(DEAN).sync()["new_reports"], 1);
}
