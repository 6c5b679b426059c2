//! The example directories: complete, sound, and routing as the school's policies say.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod support;

use std::collections::BTreeSet;

use candor_directory::{
    Answers, Directory, Notice, PublicKey, Purpose, Severity, SourceError, Text, assemble, lint,
    route,
};
use support::{MEDICAL_SCHOOL, SMALL, TODAY, assembly, directory_of, json};

fn recipients(topic: &str, answers: &str, excluded: &[&str]) -> (Vec<String>, Vec<String>) {
    let directory = directory_of(MEDICAL_SCHOOL);
    let answers: Answers = serde_json::from_str(answers).unwrap();
    let excluded = excluded.iter().map(|role| role.parse().unwrap()).collect();
    let route = route(&directory, &topic.parse().unwrap(), &answers, &excluded).unwrap();
    let names = |ids: Vec<_>| {
        ids.into_iter()
            .map(|id: candor_wire::OfficeId| id.to_string())
    };
    (names(route.to).collect(), names(route.copy).collect())
}

#[test]
fn the_examples_are_sound() {
    for source in [MEDICAL_SCHOOL, SMALL] {
        let findings = lint(&directory_of(source), TODAY);
        let grave: Vec<_> = findings
            .iter()
            .filter(|finding| finding.severity > Severity::Note)
            .map(ToString::to_string)
            .collect();
        assert_eq!(grave, Vec::<String>::new());
    }
}

#[test]
fn aims_that_make_no_sense_are_found() {
    let mut directory = directory_of(MEDICAL_SCHOOL);
    let sound = |directory: &Directory| {
        let findings = lint(directory, TODAY);
        findings.iter().all(|f| f.severity < Severity::Error)
    };
    let office = directory
        .offices
        .iter()
        .position(|office| !office.aims.others.is_empty())
        .unwrap();
    let aim = directory.offices[office].aims.others[0].clone();
    assert!(sound(&directory));
    directory.offices[office].aims.others.push(aim.clone());
    assert!(!sound(&directory), "twice");
    directory.offices[office].aims.others.pop();
    directory.offices[office].aims.others[0].days = 0;
    assert!(!sound(&directory), "in no time");
    directory.offices[office].aims.others.clear();
    let informal = directory
        .office(&"ombuds".parse().unwrap())
        .unwrap()
        .id
        .clone();
    let informal = directory
        .offices
        .iter_mut()
        .find(|o| o.id == informal)
        .unwrap();
    informal.aims.others.push(aim);
    assert!(!sound(&directory), "of an office without cases");
}

#[test]
fn a_directory_survives_its_own_text() {
    let directory = directory_of(MEDICAL_SCHOOL);
    assert_eq!(
        Directory::decode(json(&directory).as_bytes()),
        Ok(directory)
    );
}

#[test]
fn reports_go_where_the_policies_say() {
    let title_ix = (vec!["title-ix".to_owned()], vec![]);
    let student_affairs = (
        vec![
            "dean-for-students".to_owned(),
            "director-of-student-affairs".to_owned(),
        ],
        vec!["dean-for-medical-education".to_owned()],
    );
    assert_eq!(recipients("sexual-misconduct", "{}", &[]), title_ix);
    assert_eq!(
        recipients("mistreatment", r#"{"sexual": "yes"}"#, &[]),
        title_ix
    );
    assert_eq!(
        recipients("mistreatment", r#"{"sexual": "unsure"}"#, &[]),
        title_ix
    );
    let types = r#"{"sexual": "no", "mistreatment-types": ["bullying", "sexist-remarks"]}"#;
    assert_eq!(recipients("mistreatment", types, &[]), title_ix);
    for topic in ["mistreatment", "student-concern"] {
        assert_eq!(
            recipients(topic, r#"{"sexual": "no"}"#, &[]),
            student_affairs
        );
    }
    assert_eq!(recipients("accolade", "{}", &[]).0, student_affairs.0);
    assert!(recipients("accolade", "{}", &[]).1.is_empty());
    assert_eq!(recipients("ombuds", "{}", &[]).0, ["ombuds"]);
    assert_eq!(recipients("disclosure", "{}", &[]).0, ["gender-equity"]);
    assert_eq!(
        recipients(
            "clinical-supervision",
            r#"{"supervision-reader": "clerkship"}"#,
            &[]
        )
        .0,
        ["clerkship-directors"]
    );
}

#[test]
fn a_role_left_out_reads_nothing_and_somebody_always_does() {
    let (to, copy) = recipients("mistreatment", "{}", &["dean-for-medical-education"]);
    assert_eq!((to.len(), copy.len()), (2, 0));
    let both = ["dean-for-students", "director-of-student-affairs"];
    let (to, copy) = recipients("mistreatment", "{}", &both);
    assert_eq!(to, ["associate-dean", "faculty-representative"]);
    assert_eq!(copy, ["dean-for-medical-education"]);
    let directory = directory_of(MEDICAL_SCHOOL);
    let excluded = BTreeSet::from(["title-ix-coordinator".parse().unwrap()]);
    let topic = "sexual-misconduct".parse().unwrap();
    let found = route(&directory, &topic, &Answers::new(), &excluded).unwrap();
    assert_eq!(
        found.notice,
        Notice::Fallback(vec!["title-ix".parse().unwrap()])
    );
}

#[test]
fn an_answer_to_a_question_that_is_not_asked_does_not_count() {
    // Praise does not ask about harassment, whatever a client sends along.
    assert_eq!(
        recipients("accolade", r#"{"sexual": "yes"}"#, &[]).0.len(),
        2
    );
}

#[test]
fn a_source_cannot_set_what_the_tool_fills_in() {
    let sabotage = |line: &str| {
        let text = format!("{line}\n{SMALL}");
        let value: serde_json::Value = toml::from_str(&text).unwrap();
        assemble(value, &assembly(SMALL))
    };
    assert_eq!(
        sabotage("version = 9"),
        Err(SourceError::Reserved("version"))
    );
    assert_eq!(
        sabotage("demonstration = true"),
        Err(SourceError::Reserved("demonstration"))
    );
    assert!(matches!(sabotage("colour = 9"), Err(SourceError::Form(_))));
}

#[test]
fn every_office_needs_a_key_and_every_key_an_office() {
    let value: serde_json::Value = toml::from_str(SMALL).unwrap();
    let mut lacking = assembly(SMALL);
    let dean = lacking.office_keys.pop_last().unwrap();
    assert_eq!(
        assemble(value.clone(), &lacking),
        Err(SourceError::WithoutKey(vec![dean.0.to_string()]))
    );
    let mut extra = assembly(SMALL);
    let stranger: candor_wire::OfficeId = "stranger".parse().unwrap();
    extra.office_keys.insert(stranger.clone(), dean.1);
    assert_eq!(
        assemble(value.clone(), &extra),
        Err(SourceError::UnknownOffice(stranger))
    );
    let mut demo = assembly(SMALL);
    demo.purpose = Purpose::Demonstration;
    assert!(assemble(value, &demo).unwrap().demonstration);
}

fn english(words: &str) -> Text {
    Text::new("en".parse().unwrap(), words)
}

/// Each change must be found; the unchanged directory has no such finding (above).
#[test]
fn lint_finds_what_is_planted() {
    type Plant = fn(&mut Directory);
    let plants: [(&str, Severity, Plant); 18] = [
        ("not in the directory", Severity::Error, |d| {
            d.offices.retain(|office| office.id.as_str() != "title-ix");
        }),
        ("same signing key", Severity::Error, |d| {
            d.offices[1].signing_key = d.offices[0].signing_key;
        }),
        ("same signing key as the relay", Severity::Error, |d| {
            d.offices[1].signing_key = d.relay.signing_key;
        }),
        ("must stand alone", Severity::Error, |d| {
            d.routes[0].rules[0].to.push("ombuds".parse().unwrap());
        }),
        ("leaves nobody", Severity::Warning, |d| {
            d.routes[0].rules[0].fallback.clear();
        }),
        ("offices would receive this", Severity::Error, |d| {
            d.routes[0].rules[0]
                .copy
                .push("rapid-response-team".parse().unwrap());
        }),
        ("applies to these answers", Severity::Error, |d| {
            d.routes[2].rules.pop();
        }),
        ("occurs twice", Severity::Error, |d| {
            let again = d.topics[0].clone();
            d.topics.push(again);
        }),
        ("are not in “fr” yet", Severity::Warning, |d| {
            d.languages.push("fr".parse().unwrap());
        }),
        ("expires on", Severity::Warning, |d| {
            d.not_after = TODAY.plus(30)
        }),
        ("expired on", Severity::Error, |d| {
            d.not_after = candor_wire::Day(TODAY.0 - 1)
        }),
        ("which it never is", Severity::Error, |d| {
            d.questions.retain(|q| q.id.as_str() != "sexual");
            let mut question = d.questions[1].clone();
            question.id = "sexual".parse().unwrap();
            d.questions.push(question);
        }),
        ("which it does not ask before", Severity::Error, |d| {
            d.topics[0].questions.reverse();
        }),
        ("must fit", Severity::Error, |d| {
            d.limits.attachments_bytes = 128 << 20
        }),
        ("has `danger`", Severity::Error, |d| {
            d.questions[1].danger = true;
        }),
        ("no emergency number", Severity::Warning, |d| {
            d.emergency.clear();
        }),
        ("1 texts are not in “es” yet", Severity::Warning, |d| {
            d.topics[0].script = english("Hello");
        }),
        ("1 texts are not in “es” yet", Severity::Warning, |d| {
            d.questions[0].spoken = english("Is anybody in danger?");
        }),
    ];
    for (words, severity, plant) in plants {
        let mut directory = directory_of(MEDICAL_SCHOOL);
        plant(&mut directory);
        let findings = lint(&directory, TODAY);
        assert!(
            findings
                .iter()
                .any(|f| f.message.contains(words) && f.severity == severity),
            "{words}: {findings:#?}"
        );
    }
}

#[test]
fn a_small_order_key_is_no_key() {
    let text = json(&directory_of(SMALL));
    let key = directory_of(SMALL).offices[0].signing_key.to_string();
    let weak = text.replace(&key, "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    assert_ne!(weak, text);
    assert!(
        Directory::decode(weak.as_bytes())
            .unwrap_err()
            .detail()
            .contains("small order")
    );
    assert!(
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
            .parse::<PublicKey>()
            .is_err()
    );
}
