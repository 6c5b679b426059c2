//! Through Tor: a report is filed and checked at an onion address, in a Tor network of the test's own.

use std::collections::BTreeSet;

use candor_it::{process::has_program, tor::TorNetwork};

use super::{School, TITLE_IX, people::said};

const FILES: [&str; 3] = ["tor", "tor-gencert", "curl"];

#[test]
fn a_report_comes_and_is_read_through_an_onion_service() {
    if let Some(missing) = FILES.into_iter().find(|name| !has_program(name)) {
        assert!(
            std::env::var_os("CANDOR_REQUIRE_TOOLS").is_none(),
            "{missing} is missing"
        );
        println!("skipped: {missing} is missing");
        return;
    }
    // The network comes together while the school is founded.
    let network = std::thread::spawn(TorNetwork::start);
    let school = School::open();
    let onion = network.join().unwrap().serve(school.world.intake_address());
    let mut reporter = school.reporter("student");
    reporter.front = format!("http://{}", onion.host);

    // Without Tor, an onion address is not even looked up.
    let refused = reporter.try_report("harassment", "It was in the ward.", &[]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    assert!(refused.err.contains("--tor"), "{}", refused.err);

    reporter
        .always
        .extend(["--proxy".to_owned(), format!("socks5h://{}", onion.socks)]);
    let filed = reporter.report("harassment", "It was in the ward.", &[]);
    assert_eq!(filed.offices, [TITLE_IX]);
    let desk = school.desk(TITLE_IX);
    desk.sync();
    let case = desk.only_case();
    assert_eq!(desk.said(&case), ["It was in the ward."]);
    desk.reply(&case, "Thank you.", &[]);

    let before: BTreeSet<String> = onion.circuits().into_iter().collect();
    let read = reporter.check(&filed.code, &[]);
    assert_eq!(said(&read["messages"]), ["Thank you."]);

    // Every burst went by a circuit of its own: none has the user name of another.
    let circuits = onion.circuits();
    let names: BTreeSet<&String> = circuits.iter().collect();
    assert_eq!(names.len(), circuits.len(), "{circuits:?}");
    // The public files, the record, two windows of drops, and what was seen noted.
    let new = names.iter().filter(|name| !before.contains(**name)).count();
    assert!(new >= 4, "{new}: {circuits:?}");
    assert!(before.len() >= 2, "{before:?}");

    // Neither server learnt an address but this machine's, and neither wrote down even that.
    assert!(!school.world.logs().contains(&onion.host));
}
