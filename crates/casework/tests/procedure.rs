//! The procedure of one case, from its arrival to the end.

mod support;

use candor_casework::{
    Body,
    body::{Actionable, Hold},
    work::{Effect, Refused},
};
use candor_directory::TopicKind;
use support::{
    Desk, School,
    bodies::{decide, effect, intervene, report, step, triage},
    day, meet, office, state,
};

fn state_of(desk: &Desk, school: &School) -> String {
    desk.work(school).state.value.to_string()
}

#[test]
fn a_case_goes_its_way() {
    let school = School::new(&["dean", "affairs"], 2);
    let mut dean = school.desk("dean");
    let mut affairs = school.desk("affairs");
    assert_eq!(state_of(&dean, &school), "new");
    // Sorting from the first state passes through the review.
    dean.say(&school, triage(Actionable::Yes));
    assert_eq!(state_of(&dean, &school), "actionable");
    meet(&mut [&mut dean, &mut affairs]);
    affairs.say(&school, intervene(1));
    affairs.say(&school, intervene(2));
    assert_eq!(state_of(&affairs, &school), "intervention-assigned");
    affairs.say(&school, report(1));
    assert_eq!(state_of(&affairs, &school), "intervention-assigned");
    affairs.say(&school, report(2));
    assert_eq!(state_of(&affairs, &school), "reported-back");
    meet(&mut [&mut dean, &mut affairs]);
    dean.say(&school, decide(false));
    assert_eq!(state_of(&dean, &school), "reopened");
    dean.say(&school, intervene(3));
    assert_eq!(state_of(&dean, &school), "intervention-assigned");
    dean.say(&school, report(3));
    dean.say(&school, decide(true));
    let work = dean.work(&school);
    assert_eq!(work.state.value, state("closed"));
    assert_eq!(work.interventions.len(), 3);
    assert!(
        work.timeline
            .iter()
            .all(|entry| entry.effect == Effect::Counts)
    );
}

#[test]
fn two_reports_at_the_same_time_leave_nothing_outstanding() {
    let school = School::new(&["dean", "affairs"], 2);
    let mut dean = school.desk("dean");
    let mut affairs = school.desk("affairs");
    dean.say(&school, triage(Actionable::Yes));
    dean.say(&school, intervene(1));
    dean.say(&school, intervene(2));
    meet(&mut [&mut dean, &mut affairs]);
    dean.say(&school, report(1));
    affairs.say(&school, report(2));
    assert_eq!(state_of(&dean, &school), "intervention-assigned");
    meet(&mut [&mut dean, &mut affairs]);
    assert_eq!(state_of(&dean, &school), "reported-back");
    dean.say(&school, decide(true));
    assert_eq!(state_of(&dean, &school), "closed");
}

#[test]
fn a_step_without_a_way_changes_nothing() {
    let school = School::new(&["dean"], 1);
    let mut dean = school.desk("dean");
    for body in [
        step("closed"),
        step("no-such-state"),
        intervene(1),
        decide(true),
        Body::PassOn {
            to: "the team".to_owned(),
        },
    ] {
        let work = dean.work(&school);
        let may = work.may(
            &school.facts(&office("dean")),
            &office("dean"),
            candor_casework::Scope::Case,
            &body,
        );
        assert_eq!(may, Err(Refused::Procedure));
        let event = dean.say(&school, body);
        let work = dean.work(&school);
        assert_eq!(effect(&work, &event), Effect::Refused(Refused::Procedure));
        assert_eq!(work.state.value, state("new"));
        assert!(work.interventions.is_empty());
    }
}

#[test]
fn an_accolade_is_passed_on() {
    let mut school = School::new(&["dean"], 1);
    school.kind = TopicKind::Accolade;
    let mut dean = school.desk("dean");
    dean.say(
        &school,
        Body::PassOn {
            to: "the resident".to_owned(),
        },
    );
    assert_eq!(state_of(&dean, &school), "closed");
    dean.say(&school, step("new"));
    assert_eq!(state_of(&dean, &school), "new");
}

#[test]
fn what_was_set_at_the_same_time_stays_visible() {
    let school = School::new(&["dean", "affairs"], 2);
    let mut dean = school.desk("dean");
    let mut affairs = school.desk("affairs");
    dean.say(&school, step("under-review"));
    meet(&mut [&mut dean, &mut affairs]);
    let held = Body::Move {
        to: state("held"),
        why: "to protect the reporter".to_owned(),
        hold: Some(Hold {
            until: Some(day(90)),
            reports: Some(3),
        }),
    };
    dean.say(&school, held);
    affairs.say(&school, step("not-actionable"));
    meet(&mut [&mut dean, &mut affairs]);
    let work = dean.work(&school);
    assert_eq!(work, affairs.work(&school));
    assert!(work.state.is_contested());
    assert_eq!(work.state.also.len(), 1);
    let contested = work
        .timeline
        .iter()
        .filter(|e| e.effect == Effect::Contested);
    assert_eq!(contested.count(), 2);
    assert_eq!(work.hold.is_some(), work.state.value == state("held"));
    dean.say(&school, step("under-review"));
    assert!(!dean.work(&school).state.is_contested());
}

#[test]
fn withdrawal_wins() {
    let mut school = School::new(&["dean"], 1);
    let mut dean = school.desk("dean");
    dean.say(&school, triage(Actionable::Yes));
    school.reporter.withdrawn = true;
    assert_eq!(state_of(&dean, &school), "withdrawn");
    let own = office("dean");
    let work = dean.work(&school);
    let may = work.may(
        &school.facts(&own),
        &own,
        candor_casework::Scope::Case,
        &intervene(1),
    );
    assert_eq!(may, Err(Refused::Withdrawn));
    assert!(work.next_states(&school.facts(&own)).is_empty());
}

#[test]
fn a_directory_with_other_states_is_followed() {
    let mut school = School::new(&["dean"], 1);
    school.states = serde_json::from_value(serde_json::json!([
        { "id": "open", "names": { "en": "Open" }, "description": { "en": "Open" }, "next": ["done"] },
        { "id": "done", "names": { "en": "Done" }, "description": { "en": "Done" }, "next": [] },
    ]))
    .expect("states");
    let mut dean = school.desk("dean");
    for body in [
        triage(Actionable::Yes),
        intervene(1),
        report(1),
        decide(true),
    ] {
        dean.say(&school, body);
        assert_eq!(state_of(&dean, &school), "open");
    }
    dean.say(&school, step("done"));
    let work = dean.work(&school);
    assert_eq!(work.state.value, state("done"));
    assert!(
        work.timeline
            .iter()
            .all(|entry| entry.effect == Effect::Counts)
    );
}
