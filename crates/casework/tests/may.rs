//! What `may` refuses and the fold lets count, rule by rule: the table in `docs/protocol.md`,
//! section 15.
//!
//! `may` asks where the case stands now, for the office that is about to write. The fold asks where
//! it stood for the writer, who may not have known what others know now.

mod support;

use candor_casework::{
    Body, Scope,
    body::{Actionable, Admission, Admit, Departure},
    work::{Effect, Refused},
};
use support::{
    Desk, School,
    bodies::{admit, assign, decide, effect, intervene, note, offices, recuse, step, triage},
    office, state,
};

const COUNTS: Effect = Effect::Counts;

/// What `may` says of a body, and what the fold makes of it when it is written all the same.
fn tried(desk: &mut Desk, school: &School, body: Body) -> (Result<(), Refused>, Effect) {
    let own = desk.office.clone();
    let may = desk
        .work(school)
        .may(&school.facts(&own), &own, Scope::Case, &body);
    let event = desk.say(school, body);
    (may, effect(&desk.work(school), &event))
}

/// Nothing in an event tells whether its writer had read that the report was withdrawn: what was
/// done before has to stand, and so what came after it does. The state is withdrawn all the same.
#[test]
fn what_is_done_after_a_withdrawal_counts_and_leads_nowhere() {
    let mut school = School::new(&["dean", "title-ix"], 1);
    let mut dean = school.desk("dean");
    dean.say(&school, triage(Actionable::Undecided));
    let unaware = school.clone();
    let mut elsewhere = dean.clone();
    school.reporter.withdrawn = true;
    // A desk that has not heard of it yet, and one that does not care, write the same.
    for body in [
        triage(Actionable::Yes),
        intervene(1),
        Body::Admit(admit("title-ix", 0)),
    ] {
        let (may, _) = tried(&mut elsewhere, &unaware, body.clone());
        assert_eq!(may, Ok(()));
        let own = office("dean");
        let may = dean
            .work(&school)
            .may(&school.facts(&own), &own, Scope::Case, &body);
        assert_eq!(may, Err(Refused::Withdrawn));
    }
    let work = elsewhere.work(&school);
    assert!(work.timeline.iter().all(|entry| entry.effect == COUNTS));
    assert_eq!(work.state.value, state("withdrawn"));
    assert!(!work.state.is_contested());
    assert!(work.next_states(&school.facts(&office("dean"))).is_empty());
    // Notes, tasks and who takes part go on.
    assert_eq!(tried(&mut dean, &school, note("filed")), (Ok(()), COUNTS));
}

#[test]
fn a_report_may_be_given_to_an_office_that_comes_at_the_same_time() {
    let school = School::new(&["dean", "affairs", "title-ix"], 2);
    let mut dean = school.desk("dean");
    let may = tried(&mut dean, &school, assign("title-ix"));
    assert_eq!(may, (Err(Refused::Audience), COUNTS));
    assert_eq!(dean.work(&school).responsible.value, None);
    // Once it has come, it is responsible.
    dean.say(&school, Body::Admit(admit("title-ix", 0)));
    let responsible = dean.work(&school).responsible.value;
    assert_eq!(responsible.map(|(who, _)| who), Some(office("title-ix")));
}

/// The reporter's newest message may come to one desk before the other.
#[test]
fn an_office_that_is_not_included_can_still_be_recused() {
    for own in [true, false] {
        let mut school = School::new(&["dean", "affairs", "education"], 3);
        school.reporter.recipients = offices(&["dean", "affairs"]);
        school.reporter.generation = 1;
        let mut desk = school.desk(if own { "education" } else { "dean" });
        let why = if own {
            Refused::NotOnCase
        } else {
            Refused::Audience
        };
        let (may, effect) = tried(
            &mut desk,
            &school,
            recuse("education", Departure::NotConcerned),
        );
        assert_eq!(may, Err(why));
        assert!(!matches!(effect, Effect::Refused(_)), "{effect:?}");
        // If the reporter includes it again, its own word holds.
        school.reporter.recipients = offices(&["dean", "affairs", "education"]);
        let now = desk.work(&school).participants.now;
        assert_eq!(now.contains(&office("education")), !own);
    }
}

/// A newcomer without the history does not know the tasks and states that it lacks.
#[test]
fn who_lacks_what_was_before_knew_better() {
    let school = School::new(&["dean", "affairs"], 2);
    for (body, why) in [
        (support::bodies::report(3), Refused::NoSuchThing),
        (step("closed"), Refused::Procedure),
        (decide(true), Refused::Procedure),
    ] {
        let mut dean = school.desk("dean");
        let own = office("dean");
        let may = dean
            .work(&school)
            .may(&school.facts(&own), &own, Scope::Case, &body);
        assert_eq!(may, Err(why));
        let missing = vec![candor_wire::EventId::new([5; 32])];
        let event = dean.write_on(Scope::Case, missing, offices(&["affairs"]), body);
        assert_eq!(effect(&dean.work(&school), &event), COUNTS);
    }
}

/// Everything else that `may` refuses changes nothing when it is written all the same.
#[test]
fn whatever_else_is_refused_changes_nothing() {
    let mut school = School::new(&["dean", "affairs", "title-ix", "left-out"], 2);
    school.admissible.remove(&office("left-out"));
    school.reporter.left_out.insert(office("left-out"));
    let transfer = Body::Admit(Admit {
        why: Admission::Transfer,
        ..admit("left-out", 0)
    });
    for (body, why) in [
        (step("closed"), Refused::Procedure),
        (intervene(1), Refused::Procedure),
        (decide(false), Refused::Procedure),
        (support::bodies::report(1), Refused::NoSuchThing),
        (transfer, Refused::Audience),
        (assign("left-out"), Refused::Audience),
        (recuse("title-ix", Departure::Conflict), Refused::Audience),
    ] {
        let got = tried(&mut school.desk("dean"), &school, body);
        assert_eq!(got, (Err(why), Effect::Refused(why)));
    }
    let mut outside = school.desk("title-ix");
    let got = tried(&mut outside, &school, note("from outside"));
    let why = Refused::NotOnCase;
    assert_eq!(got, (Err(why), Effect::Refused(why)));
    let alone = School::new(&["dean"], 1);
    let got = tried(
        &mut alone.desk("dean"),
        &alone,
        recuse("dean", Departure::Conflict),
    );
    let why = Refused::NobodyLeft;
    assert_eq!(got, (Err(why), Effect::Refused(why)));
}
