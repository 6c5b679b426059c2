//! What a newcomer takes on trust: one admission's account of the case, as far as it can be true.

use std::collections::BTreeSet;

use candor_casework::{
    Body, Event, Scope,
    body::{Actionable, Admit, Departure, History, Standing},
    work::{Effect, Refused},
};
use candor_wire::{EventId, OfficeId};

use super::{
    changes_nothing,
    support::{
        Desk, School,
        bodies::{admit, assign, intervene, note, offices, recuse, step, triage},
        office, state,
    },
};

#[test]
fn a_newcomer_without_the_history_stands_where_the_others_do() {
    let school = School::new(&["dean", "affairs", "education", "title-ix"], 3);
    let mut dean = school.desk("dean");
    dean.say(&school, triage(Actionable::Yes));
    dean.say(&school, assign("dean"));
    let mut affairs = school.desk("affairs");
    affairs.hear(&dean.known);
    affairs.say(&school, recuse("affairs", Departure::Conflict));
    dean.hear(&affairs.known);
    let work = dean.work(&school);
    let brings = dean.say(
        &school,
        Body::Admit(Admit {
            history: History::Report,
            standing: Some(Standing {
                state: work.state.value,
                triage: work.triage.value,
                responsible: work.responsible.value.map(|(office, _)| office),
            }),
            ..admit("title-ix", 0)
        }),
    );
    let mut title_ix = school.desk("title-ix");
    title_ix.hear([&brings]);
    let fresh = title_ix.work(&school);
    let full = dean.work(&school);
    assert_eq!(fresh.state.value, state("actionable"));
    assert_eq!(fresh.triage.value, full.triage.value);
    assert_eq!(fresh.responsible.value, full.responsible.value);
    assert_eq!(
        fresh.participants.now, full.participants.now,
        "nothing for who went"
    );
    assert_eq!(fresh.missing.len(), 1);
    // It works on from there, and the others follow.
    title_ix.say(&school, intervene(1));
    dean.hear(&title_ix.known);
    assert_eq!(
        title_ix.work(&school).state.value,
        state("intervention-assigned")
    );
    assert_eq!(
        dean.work(&school).state.value,
        state("intervention-assigned")
    );
    // Of an office that it knows had gone before, it takes nothing.
    let late = affairs.say(&school, note("late"));
    title_ix.hear([&late]);
    let why = Effect::Refused(Refused::NotOnCase);
    changes_nothing(&title_ix.work(&school), &late, why).expect("refused");
}

#[test]
fn nobody_makes_up_a_case_for_an_office_that_has_it() {
    let school = School::new(&["dean", "affairs", "title-ix"], 2);
    let mut dean = school.desk("dean");
    let mut affairs = school.desk("affairs");
    let mut outside = school.desk("title-ix");
    dean.say(&school, step("under-review"));
    affairs.hear(&dean.known);
    // An account that builds on something nobody has, by an office that is not on the case.
    let made_up = outside.write_on(
        Scope::Case,
        vec![EventId::new([7; 32])],
        offices(&["title-ix", "affairs"]),
        Body::Admit(Admit {
            standing: Some(Standing {
                state: state("closed"),
                triage: None,
                responsible: None,
            }),
            ..admit("affairs", 0)
        }),
    );
    affairs.hear([&made_up]);
    let work = affairs.work(&school);
    let why = Effect::Refused(Refused::NotOnCase);
    changes_nothing(&work, &made_up, why).expect("refused");
    assert_eq!(work.participants.now, offices(&["dean", "affairs"]));
    let mut blind = school.clone();
    blind.reporter.first.clear();
    changes_nothing(&affairs.work(&blind), &made_up, why)
        .expect_err("blind to whom the report went");
}

/// An admission that builds on what its newcomer was not given, and says what it likes.
fn lie(writer: &mut Desk, whom: &str, names: &[&str], says: &str) -> Event {
    writer.write_on(
        Scope::Case,
        vec![EventId::new([7; 32])],
        offices(names),
        Body::Admit(Admit {
            history: History::Report,
            standing: Some(Standing {
                state: state(says),
                triage: None,
                responsible: Some(office("invented")),
            }),
            ..admit(whom, 0)
        }),
    )
}

/// Asserts that nobody is on the case who cannot be.
fn nobody_else(now: &BTreeSet<OfficeId>, can_be: &[&str]) -> Result<(), String> {
    let others: Vec<_> = now.difference(&offices(can_be)).cloned().collect();
    if others.is_empty() {
        Ok(())
    } else {
        Err(format!("{others:?}"))
    }
}

#[test]
fn a_lying_admission_brings_nobody_who_cannot_be() {
    let mut school = School::new(&["dean", "affairs", "title-ix"], 2);
    let before = school.clone();
    // The reporter left one office out; another is in no directory.
    school.reporter.left_out.insert(office("affairs"));
    school.reporter.recipients.remove(&office("affairs"));
    school.admissible.remove(&office("affairs"));
    let mut dean = school.desk("dean");
    let names = ["affairs", "dean", "invented", "title-ix"];
    let made_up = lie(&mut dean, "title-ix", &names, "made-up");
    let mut title_ix = school.desk("title-ix");
    title_ix.hear([&made_up]);
    let work = title_ix.work(&school);
    let can_be = ["dean", "title-ix"];
    assert_eq!(work.participants.now, offices(&can_be));
    assert_eq!(work.state.value, state("new"), "no such state");
    assert_eq!(work.responsible.value, None);
    // What the newcomer writes is sealed to nobody else.
    let event = title_ix.say(&school, note("to whom?"));
    let sealed_to = event.content().recipients.iter().cloned().collect();
    nobody_else(&sealed_to, &can_be).expect("nobody else");

    // Folds that do not ask which offices there are, or what the reporter said.
    let mut blind = school.clone();
    blind.admissible.insert(office("invented"));
    nobody_else(&title_ix.work(&blind).participants.now, &can_be)
        .expect_err("blind to which offices there are");
    nobody_else(&title_ix.work(&before).participants.now, &can_be)
        .expect_err("blind to the reporter's word");
}

/// An office that the reporter wrote to stays on the case when it has left the directory, and one
/// that another office had brought does not: the same for those who know what was before.
#[test]
fn an_office_that_left_the_directory_is_where_the_others_have_it() {
    let mut school = School::new(&["dean", "affairs", "review", "title-ix"], 2);
    let mut dean = school.desk("dean");
    dean.say(&school, Body::Admit(admit("review", 0)));
    let brings = dean.say(&school, Body::Admit(admit("title-ix", 0)));
    let mut title_ix = school.desk("title-ix");
    title_ix.hear([&brings]);
    let all = offices(&["affairs", "dean", "review", "title-ix"]);
    assert_eq!(title_ix.work(&school).participants.now, all);
    school.admissible.remove(&office("affairs"));
    school.admissible.remove(&office("review"));
    let stay = offices(&["affairs", "dean", "title-ix"]);
    assert_eq!(dean.work(&school).participants.now, stay);
    assert_eq!(title_ix.work(&school).participants.now, stay);
    // The newcomer itself is no exception.
    school.admissible.remove(&office("title-ix"));
    for desk in [&dean, &title_ix] {
        let now = desk.work(&school).participants.now;
        nobody_else(&now, &["affairs", "dean"]).expect("off the case");
    }
}

/// An account and what else was admitted are never more than can be on a case together.
#[test]
fn an_account_leaves_no_room_for_more() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "own"];
    let mut school = School::new(&names, 2);
    school.reporter.recipients = offices(&["a", "b", "c", "d", "e", "f"]);
    school.reporter.ever = school.reporter.recipients.clone();
    let mut first = school.desk("a");
    let mut others = ["b", "c", "d"].map(|name| school.desk(name));
    let mut own = school.desk("own");
    // Known to the newcomer from their beginning, beside what is not.
    for (desk, whom) in others.iter_mut().zip(["g", "h", "i"]) {
        let event = desk.write_on(
            Scope::Case,
            Vec::new(),
            offices(&[whom]),
            Body::Admit(admit(whom, 0)),
        );
        own.hear([&event]);
    }
    own.hear([&lie(
        &mut first,
        "own",
        &["a", "b", "c", "d", "g", "own"],
        "new",
    )]);
    let now = own.work(&school).participants.now;
    assert!(now.contains(&office("own")), "{now:?}");
    assert_eq!(now, offices(&["a", "b", "c", "d", "g", "own"]));
}

/// An account that does not name its own newcomer is none.
#[test]
fn an_account_names_its_newcomer() {
    let school = School::new(&["dean", "affairs", "title-ix"], 2);
    let mut title_ix = school.desk("title-ix");
    title_ix.hear([&lie(
        &mut school.desk("dean"),
        "title-ix",
        &["dean"],
        "closed",
    )]);
    assert_eq!(title_ix.work(&school).state.value, state("new"));
}
