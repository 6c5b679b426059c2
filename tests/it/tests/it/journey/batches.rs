//! Reports that wait for their batch, and those that do not.

use candor_it::{Settings, process::FakeClock};

use super::{DEAN, MEDICAL_DEAN, Plan, School, TITLE_IX};

#[test]
fn desks_see_reports_by_the_batch_but_urgent_ones_at_once() {
    let folder = tempfile::tempdir().unwrap();
    // Five minutes past the hour, so that the hour does not end during the test.
    let now = candor_it::instance::now();
    let into_the_hour = now % 3600;
    let to_five_past = (3600 + 300 - into_the_hour) % 3600;
    let clock = FakeClock::new(folder.path().join("clock"), &format!("+{to_five_past}s"));
    let mut school = School::open_with(Plan {
        settings: Settings {
            release_every_minutes: 60,
            ..Settings::default()
        },
        clock: Some(clock),
        ..Plan::default()
    });
    let reporter = school.reporter("student");
    let first = reporter.report("harassment", "Among others.", &[]);
    reporter.report("concern", "Among others, too.", &[]);
    let desk = school.desk(TITLE_IX);
    assert_eq!(desk.sync()["new_reports"], 0);
    assert!(desk.cases().is_empty());
    // It is stored, and the reporter can come back to it and add to it.
    let read = reporter.check(&first.code, &[]);
    assert_eq!(read["offices"][0]["state"], "stored");
    reporter.add(&first.code, "And more.", &[]);
    assert_eq!(desk.sync()["new_messages"], 0);

    // Urgent: at once, without taking along what waits.
    reporter.report("patient-safety", "Now.", &[]);
    for office in [DEAN, MEDICAL_DEAN] {
        let desk = school.desk(office);
        assert_eq!(desk.sync()["new_reports"], 1);
        assert_eq!(desk.said(&desk.only_case()), ["Now."]);
    }
    assert_eq!(desk.sync()["new_reports"], 0);

    // A restart releases nothing early; the end of the hour does.
    school.world.restart_relay();
    assert_eq!(desk.sync()["new_reports"], 0);
    school.set_clock(&format!("+{}s", to_five_past + 3600));
    assert_eq!(desk.sync()["new_reports"], 1);
    assert_eq!(desk.said(&desk.only_case()), ["Among others.", "And more."]);
    assert_eq!(school.desk(DEAN).sync()["new_reports"], 1);
}
