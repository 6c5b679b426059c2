//! Concerns that the deans read, with one of them left out.

use std::fs;

use candor_desk::{clock::Clock, config::Config, home::Home, relay::RelayClient};
use candor_it::{Gateway, instance::today};
use candor_wire::{
    Envelope,
    exchange::{Answer, Operation},
};
use serde_json::json;

use super::{
    DEAN, DIRECTOR, MEDICAL_DEAN, OMBUDS, School, TITLE_IX,
    people::{said, texts},
    stored::{age_files, identities, servers},
};

/// Everything in an office's queue, read as whoever holds its recovery file could.
fn queue(school: &School, office: &str) -> Vec<Envelope> {
    let home = Home::find(Some(school.desk(office).home)).unwrap();
    let recovery = school.keys_of(office);
    let config = Config::load(&home).unwrap();
    let relay =
        RelayClient::new(&config, recovery.keyring.instance, &recovery.device, Clock).unwrap();
    let batch = relay.queue(0).unwrap();
    batch
        .items
        .iter()
        .map(|item| Envelope::decode(&item.frame).unwrap())
        .collect()
}

#[test]
fn an_office_that_is_left_out_opens_nothing_although_it_holds_every_disk() {
    let school = School::open();
    let [dean, director, left_out] = [DEAN, DIRECTOR, MEDICAL_DEAN].map(|o| school.desk(o));
    let reporter = school.reporter("student");
    fs::write(reporter.files.join("notes.txt"), vec![b'n'; 200_000]).unwrap();
    let more = ["--leave-out", MEDICAL_DEAN, "--attach", "notes.txt"];
    let filed = reporter.report("concern", "It is about the Dean.", &more);
    assert_eq!(filed.offices, [DEAN, DIRECTOR]);

    // Both read it; an answer of one reaches the other and the reporter.
    dean.sync();
    let case = dean.only_case();
    dean.reply(&case, "The Dean for Students answers.", &[]);
    director.sync();
    assert_eq!(director.only_case(), case);
    director.reply(&case, "The Director answers.", &[]);
    reporter.add(&filed.code, "Thank you both.", &[]);
    let thread = [
        "It is about the Dean.",
        "The Dean for Students answers.",
        "The Director answers.",
        "Thank you both.",
    ];
    for desk in [&dean, &director] {
        desk.sync();
        assert_eq!(desk.said(&case), thread);
        let shown = desk.show(&case);
        assert_eq!(texts(&shown["readers"], "id"), [DEAN, DIRECTOR]);
        assert_eq!(texts(&shown["left_out"], "id"), [MEDICAL_DEAN]);
    }
    let read = reporter.check(&filed.code, &[]);
    assert_eq!(said(&read["messages"]), thread[1..3]);
    assert_eq!(read["excluded_roles"], json!([MEDICAL_DEAN]));
    assert_eq!(read["troubles"], json!([]));
    // One acknowledgement, though two desks sync by themselves.
    assert_eq!(
        texts(&read["messages"], "kind"),
        ["acknowledgement", "message", "message"]
    );

    // The office that was left out sees nothing,
    assert_eq!(left_out.sync()["new_reports"], 0);
    assert!(left_out.cases().is_empty());
    // opens nothing on any disk,
    let stored = age_files(&servers(&school));
    let theirs = identities(&school.keys_of(MEDICAL_DEAN));
    assert!(!stored.iter().any(|file| file.opens(&theirs)));
    // where the very same search with the keys of an office on the case opens much,
    let readers = identities(&school.keys_of(DEAN));
    let open = stored.iter().filter(|file| file.opens(&readers)).count();
    // the report, a follow-up, the other office's answer.
    assert!(open >= 3, "{open} of {}", stored.len());

    // and opens nothing if somebody lays every envelope of the case into its queue.
    let envelopes = queue(&school, DEAN);
    assert!(envelopes.len() >= 3, "{}", envelopes.len());
    let at_relay = Gateway::connect(school.world.gateway_address(), &school.directory(), today());
    for envelope in &envelopes {
        let office = MEDICAL_DEAN.parse().unwrap();
        let sealed = envelope.sealed().to_vec();
        let turned = Envelope::new(envelope.urgency(), vec![office], vec![], sealed).unwrap();
        let answer = at_relay.perform(&Operation::File(turned));
        assert!(matches!(answer, Answer::Filed(_)), "{answer:?}");
    }
    let synced = left_out.sync();
    assert_eq!(synced["set_aside"], envelopes.len(), "{synced}");
    assert!(left_out.cases().is_empty());
    // Without the keys of the months, its status says no more than that.
    let status = left_out.run(&["--json", "status"]);
    assert!(
        !status.out.contains("Dean for Students answers"),
        "{}",
        status.out
    );
}

#[test]
fn an_office_left_out_later_cannot_read_what_comes_then() {
    let school = School::open();
    let [dean, director, left_out] = [DEAN, DIRECTOR, MEDICAL_DEAN].map(|o| school.desk(o));
    let reporter = school.reporter("student");
    let filed = reporter.report("concern", "At first to all.", &[]);
    assert_eq!(filed.offices, [MEDICAL_DEAN, DEAN, DIRECTOR]);
    dean.sync();
    let case = dean.only_case();
    dean.reply(&case, "Before.", &[]);
    for desk in [&director, &left_out] {
        desk.sync();
        assert_eq!(desk.said(&case), ["At first to all.", "Before."]);
    }
    let before = age_files(&servers(&school));
    let theirs = identities(&school.keys_of(MEDICAL_DEAN));
    assert!(before.iter().any(|file| file.opens(&theirs)));

    let now = reporter.add(
        &filed.code,
        "Not to the Dean for Medical Education any more.",
        &["--leave-out", MEDICAL_DEAN],
    );
    assert_eq!(now["generation"], 1);
    assert_eq!(now["excluded_roles"], json!([MEDICAL_DEAN]));
    assert_eq!(texts(&now["offices"], "office"), [DEAN, DIRECTOR]);
    dean.sync();
    dean.reply(&case, "After.", &[]);
    director.sync();
    director.reply(&case, "After, too.", &[]);
    reporter.add(&filed.code, "Good.", &[]);
    dean.sync();
    director.sync();
    for desk in [&dean, &director] {
        let shown = desk.show(&case);
        assert_eq!(said(&shown["conversation"])[2..].len(), 4, "{shown}");
        assert_eq!(texts(&shown["left_out"], "id"), [MEDICAL_DEAN]);
        assert_eq!(texts(&shown["no_longer"], "id"), [MEDICAL_DEAN]);
    }
    let read = reporter.check(&filed.code, &[]);
    assert_eq!(
        said(&read["messages"]),
        ["Before.", "After.", "After, too."]
    );
    assert_eq!(
        read["messages"].as_array().unwrap().last().unwrap()["generation"],
        1
    );

    // The desk that is left out has what it had, and nothing that came then.
    left_out.sync();
    let kept = left_out.said(&case);
    assert!(
        !kept
            .iter()
            .any(|text| text.starts_with("After") || text == "Good."),
        "{kept:?}"
    );
    let after = age_files(&servers(&school));
    let fresh: Vec<_> = after.iter().filter(|file| !before.contains(file)).collect();
    let readers = identities(&school.keys_of(DEAN));
    assert!(fresh.iter().filter(|file| file.opens(&readers)).count() >= 3);
    assert!(!fresh.iter().any(|file| file.opens(&theirs)));
}

#[test]
fn nobody_can_be_left_out_so_that_nobody_remains() {
    let school = School::open();
    let reporter = school.reporter("student");
    // Everybody who could read it.
    let all = [DEAN, DIRECTOR, MEDICAL_DEAN, "title-ix-coordinator"];
    let leave: Vec<&str> = all.iter().flat_map(|role| ["--leave-out", role]).collect();
    let refused = reporter.try_report("concern", "text", &leave);
    assert_eq!(refused.code, Some(6), "{}", refused.err);
    assert!(
        refused.err.contains("never sent to nobody"),
        "{}",
        refused.err
    );
    assert!(refused.err.contains("+1 555 0199"), "{}", refused.err);
    // Two left out: to the office that takes their place.
    let filed = reporter.report("concern", "text", &leave[..6]);
    assert_eq!(filed.offices, [TITLE_IX]);
    // An informal office is alone, and cannot be left out of its own topic.
    let filed = reporter.report("ombuds", "text", &["--leave-out", DEAN]);
    assert_eq!(filed.offices, [OMBUDS]);
    let refused = reporter.try_report("ombuds", "text", &["--leave-out", OMBUDS]);
    assert_eq!(refused.code, Some(6), "{}", refused.err);
    // A role that does not exist is no exclusion.
    let refused = reporter.try_report("concern", "text", &["--leave-out", "dean"]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
}
