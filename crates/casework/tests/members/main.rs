//! Who takes part, against devices and offices that would rather go on.
//!
//! Each assertion is tried twice: on the fold as it is, and on one that is blind to the rule (it is
//! not told that the device was struck off, that the office went, that the reporter left it out).
//! The blind one must fail it, or the assertion would prove nothing.

mod flood;
#[path = "../support/mod.rs"]
mod support;
mod trust;

use candor_casework::{
    Body, Event, Scope, Work,
    body::{Admission, Admit, Departure},
    work::{Effect, Gone, Refused, Waits},
};
use support::{
    Desk, School,
    bodies::{admit, assign, effect, note, offices, recuse, step},
    meet, office, state,
};

/// Asserts that an event changes nothing, for this reason.
fn changes_nothing(work: &Work, event: &Event, why: Effect) -> Result<(), String> {
    let is = effect(work, event);
    let shown = work.notes.iter().any(|note| note.event == event.id());
    let set = work.state.by == Some(event.id()) || work.triage.by == Some(event.id());
    if is == why && !shown && !set {
        Ok(())
    } else {
        Err(format!("{is:?}, note {shown}, set {set}"))
    }
}

#[test]
fn an_unlisted_device_changes_nothing() {
    let mut school = School::new(&["dean", "affairs"], 2);
    let mut dean = school.desk("dean");
    dean.say(&school, step("under-review"));
    let mut thief = Desk::new("affairs", 9);
    thief.hear(&dean.known);
    let planted = thief.say(&school, step("not-actionable"));
    // Even if somebody builds on it.
    dean.hear([&planted]);
    let parents = vec![planted.id()];
    dean.write_on(
        Scope::Case,
        parents,
        offices(&["dean", "affairs"]),
        note("?"),
    );
    let work = dean.work(&school);
    let waits = Effect::Waits(Waits::UnlistedDevice);
    changes_nothing(&work, &planted, waits).expect("refused");
    assert_eq!(work.state.value, state("under-review"));
    assert!(!work.heads[&Scope::Case].contains(&planted.id()));

    let devices = school.devices.get_mut(&office("affairs")).expect("it");
    devices.listed.insert(support::device("affairs", 9));
    changes_nothing(&dean.work(&school), &planted, waits).expect_err("blind to the list");
}

#[test]
fn a_revoked_device_counts_only_as_far_as_others_built_on_it() {
    let mut school = School::new(&["dean", "affairs"], 2);
    let blind = school.clone();
    let mut dean = school.desk("dean");
    let mut lost = school.desk("affairs");
    let mut kept = Desk::new("affairs", 2);
    let before = lost.say(&school, step("under-review"));
    dean.hear(&lost.known);
    dean.say(&school, step("actionable"));
    school.revoke("affairs", 1);
    let stolen = lost.say(&blind, note("by a thief"));
    meet(&mut [&mut dean, &mut lost, &mut kept]);
    let work = dean.work(&school);
    assert_eq!(effect(&work, &before), Effect::Counts);
    assert_eq!(work.state.value, state("actionable"));
    let waits = Effect::Waits(Waits::RevokedDevice);
    changes_nothing(&work, &stolen, waits).expect("waits");
    changes_nothing(&dean.work(&blind), &stolen, waits).expect_err("blind to the list");
    // What follows does not build on it by itself, and so does not confirm it.
    dean.say(&school, note("another"));
    assert_eq!(effect(&dean.work(&school), &stolen), waits);
    // Somebody who knows that it was genuine says so.
    kept.say(
        &school,
        Body::Confirm {
            events: vec![stolen.id()],
        },
    );
    assert_eq!(effect(&kept.work(&school), &stolen), Effect::Counts);
    // A device off the list cannot confirm itself.
    let mut thief = school.desk("affairs");
    thief.known = dean.known.clone();
    thief.say(
        &school,
        Body::Confirm {
            events: vec![stolen.id()],
        },
    );
    assert_eq!(effect(&thief.work(&school), &stolen), waits);
}

#[test]
fn an_office_that_is_not_on_the_case_changes_nothing() {
    let mut school = School::new(&["dean", "affairs", "outside"], 2);
    let mut dean = school.desk("dean");
    let mut outside = school.desk("outside");
    let first = dean.say(&school, step("under-review"));
    outside.hear([&first]);
    let planted = outside.say(&school, step("not-actionable"));
    dean.hear([&planted]);
    let why = Effect::Refused(Refused::NotOnCase);
    changes_nothing(&dean.work(&school), &planted, why).expect("refused");
    assert_eq!(
        dean.work(&school).participants.now,
        offices(&["dean", "affairs"])
    );
    school.reporter.ever.insert(office("outside"));
    school.reporter.recipients.insert(office("outside"));
    changes_nothing(&dean.work(&school), &planted, why).expect_err("blind to who is on the case");
}

#[test]
fn recusal_wins_over_what_is_concurrent() {
    let school = School::new(&["dean", "affairs"], 2);
    let mut dean = school.desk("dean");
    let mut other_dean = Desk::new("dean", 2);
    let mut affairs = school.desk("affairs");
    let before = dean.say(&school, step("under-review"));
    meet(&mut [&mut dean, &mut other_dean, &mut affairs]);
    let goes = dean.say(&school, recuse("dean", Departure::Conflict));
    let beside = other_dean.say(&school, step("not-actionable"));
    // Even what somebody built on before the recusal came.
    affairs.hear([&beside]);
    affairs.say(&school, note("so be it"));
    meet(&mut [&mut dean, &mut other_dean, &mut affairs]);
    let after = other_dean.say(&school, note("still here"));
    affairs.hear([&after]);
    let work = affairs.work(&school);
    assert_eq!(effect(&work, &before), Effect::Counts);
    assert_eq!(effect(&work, &goes), Effect::Counts);
    let why = Effect::Refused(Refused::NotOnCase);
    for event in [&beside, &after] {
        changes_nothing(&work, event, why).expect("refused");
    }
    assert_eq!(work.state.value, state("under-review"));
    assert_eq!(work.participants.now, offices(&["affairs"]));
    assert_eq!(
        work.participants.gone[&office("dean")],
        Gone::Recused(Departure::Conflict)
    );
    // A fold that does not look at recusals.
    let without: Vec<_> = affairs
        .known
        .iter()
        .filter(|event| event.id() != goes.id())
        .collect();
    let blind = school.fold(&office("affairs"), without);
    for event in [&beside, &after] {
        changes_nothing(&blind, event, why).expect_err("blind to the recusal");
    }
    // What it notes for itself is its own affair.
    let own = dean.write(&school, Scope::Office, note("why we went"));
    assert_eq!(effect(&dean.work(&school), &own), Effect::Counts);
}

#[test]
fn an_office_is_pushed_out_by_two_others_only() {
    let school = School::new(&["dean", "affairs", "education"], 3);
    let mut dean = school.desk("dean");
    let mut affairs = school.desk("affairs");
    let mut education = school.desk("education");
    let first = dean.say(&school, recuse("education", Departure::Conflict));
    meet(&mut [&mut dean, &mut affairs, &mut education]);
    let work = dean.work(&school);
    assert_eq!(effect(&work, &first), Effect::Waits(Waits::SecondOffice));
    assert!(work.participants.now.contains(&office("education")));
    assert_eq!(
        work.participants.proposed[&office("education")],
        offices(&["dean"])
    );
    // The same office twice is one office.
    let mut again = Desk::new("dean", 2);
    again.hear(&dean.known);
    again.say(&school, recuse("education", Departure::Conflict));
    assert!(
        again
            .work(&school)
            .participants
            .now
            .contains(&office("education"))
    );
    education.say(&school, note("between"));
    let beside = education.say(&school, note("beside"));
    affairs.hear(&education.known[..education.known.len() - 1]);
    affairs.say(&school, recuse("education", Departure::Conflict));
    meet(&mut [&mut dean, &mut affairs, &mut education, &mut again]);
    let work = dean.work(&school);
    assert_eq!(effect(&work, &first), Effect::Counts);
    assert_eq!(work.participants.now, offices(&["dean", "affairs"]));
    assert_eq!(work.notes.len(), 1, "what the second office knew of counts");
    let why = Effect::Refused(Refused::NotOnCase);
    changes_nothing(&work, &beside, why).expect("refused");
    let may = work.may(
        &school.facts(&office("education")),
        &office("education"),
        Scope::Case,
        &note("more"),
    );
    assert_eq!(may, Err(Refused::NotOnCase));
}

#[test]
fn somebody_stays() {
    let school = School::new(&["dean", "affairs"], 2);
    let mut dean = school.desk("dean");
    let mut affairs = school.desk("affairs");
    dean.say(&school, recuse("dean", Departure::Conflict));
    affairs.say(&school, recuse("affairs", Departure::Conflict));
    meet(&mut [&mut dean, &mut affairs]);
    let work = dean.work(&school);
    assert_eq!(work.participants.now.len(), 1);
    let refused = work
        .timeline
        .iter()
        .filter(|entry| entry.effect == Effect::Refused(Refused::NobodyLeft));
    assert_eq!(refused.count(), 1);
    assert_eq!(work, affairs.work(&school));
}

#[test]
fn offices_that_recuse_each_other_both_go() {
    let school = School::new(&["dean", "affairs", "education", "review"], 4);
    let mut desks = ["dean", "affairs", "education", "review"].map(|name| school.desk(name));
    for (desk, whom) in [(0, "affairs"), (2, "affairs"), (1, "dean"), (3, "dean")] {
        desks[desk].say(&school, recuse(whom, Departure::Conflict));
    }
    meet(&mut desks.each_mut());
    let work = desks[0].work(&school);
    assert_eq!(work.participants.now, offices(&["education", "review"]));
}

#[test]
fn a_transfer_takes_the_case_to_another_office() {
    let mut school = School::new(&["dean", "title-ix"], 1);
    let mut dean = school.desk("dean");
    dean.say(&school, step("under-review"));
    dean.say(
        &school,
        Body::Admit(Admit {
            why: Admission::Transfer,
            ..admit("title-ix", 0)
        }),
    );
    dean.say(&school, recuse("dean", Departure::Transfer));
    let mut title_ix = school.desk("title-ix");
    title_ix.hear(&dean.known);
    let work = title_ix.work(&school);
    assert_eq!(work.participants.now, offices(&["title-ix"]));
    assert_eq!(
        work.participants.gone[&office("dean")],
        Gone::Recused(Departure::Transfer)
    );
    assert_eq!(work.state.value, state("under-review"));
    // The reporter's next message goes to the new office alone; the past stands.
    school.reporter.ever.insert(office("title-ix"));
    school.reporter.recipients = offices(&["title-ix"]);
    school.reporter.generation = 1;
    assert_eq!(title_ix.work(&school).state.value, state("under-review"));
    title_ix.say(&school, step("actionable"));
    assert_eq!(title_ix.work(&school).state.value, state("actionable"));
    // It may give the case back, and says so knowing that the other office had gone.
    let back = title_ix.say(&school, Body::Admit(admit("dean", 1)));
    assert_eq!(effect(&title_ix.work(&school), &back), Effect::Counts);
    dean.hear(&title_ix.known);
    assert_eq!(
        dean.work(&school).participants.now,
        offices(&["dean", "title-ix"])
    );
    let again = dean.say(&school, note("back again"));
    assert_eq!(effect(&dean.work(&school), &again), Effect::Counts);
}

#[test]
fn the_reporters_word_holds() {
    let mut school = School::new(&["dean", "affairs", "title-ix"], 2);
    let before = school.clone();
    let mut dean = school.desk("dean");
    let mut affairs = school.desk("affairs");
    let counted = affairs.say(&school, step("under-review"));
    dean.hear(&affairs.known);
    dean.say(&school, note("noted"));
    // The reporter leaves an office out, in a new generation.
    let left_out = office("affairs");
    school.reporter.recipients = offices(&["dean"]);
    school.reporter.left_out.insert(left_out.clone());
    school.reporter.generation = 1;
    school.admissible.remove(&left_out);
    // It goes on all the same: it sorts, brings a friend, brings itself back, and says it went.
    let planted = [
        affairs.say(&before, step("not-actionable")),
        affairs.say(&before, Body::Admit(admit("title-ix", 1))),
        affairs.say(&before, Body::Admit(admit("affairs", 1))),
        affairs.say(&before, recuse("affairs", Departure::Conflict)),
    ];
    let mut title_ix = school.desk("title-ix");
    title_ix.hear(&affairs.known);
    let friend = title_ix.say(&before, note("brought by it"));
    dean.hear(&affairs.known);
    dean.hear([&friend]);
    let work = dean.work(&school);
    assert_eq!(
        effect(&work, &counted),
        Effect::Counts,
        "what others built on"
    );
    let why = Effect::Refused(Refused::NotOnCase);
    for event in planted.iter().chain([&friend]) {
        changes_nothing(&work, event, why).expect("refused");
    }
    assert_eq!(work.state.value, state("under-review"));
    assert_eq!(work.participants.now, offices(&["dean"]));
    assert_eq!(work.participants.gone[&left_out], Gone::LeftOut);
    let blind = dean.work(&before);
    changes_nothing(&blind, &planted[0], why).expect_err("blind to the reporter's word");
    changes_nothing(&blind, &friend, why).expect_err("blind to the reporter's word");
    // Nobody can bring it back, nor make it responsible.
    let brings = dean.say(&school, Body::Admit(admit("affairs", 1)));
    let refused = Effect::Refused(Refused::Audience);
    assert_eq!(effect(&dean.work(&school), &brings), refused);
    let assigns = dean.say(&school, assign("affairs"));
    assert_eq!(effect(&dean.work(&school), &assigns), refused);
}

#[test]
fn a_new_generation_includes_whom_it_names() {
    let mut school = School::new(&["dean", "affairs", "title-ix"], 2);
    let mut dean = school.desk("dean");
    dean.say(&school, Body::Admit(admit("title-ix", 0)));
    assert!(
        dean.work(&school)
            .participants
            .now
            .contains(&office("title-ix"))
    );
    school.reporter.generation = 1;
    let work = dean.work(&school);
    assert_eq!(work.participants.now, offices(&["dean", "affairs"]));
    assert_eq!(
        work.participants.gone[&office("title-ix")],
        Gone::NotIncluded
    );
    dean.say(&school, Body::Admit(admit("title-ix", 1)));
    assert!(
        dean.work(&school)
            .participants
            .now
            .contains(&office("title-ix"))
    );
}

#[test]
fn six_offices_are_the_most() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let school = School::new(&names, 5);
    let mut first = school.desk("a");
    let mut second = school.desk("b");
    first.say(&school, Body::Admit(admit("f", 0)));
    second.say(&school, Body::Admit(admit("g", 0)));
    meet(&mut [&mut first, &mut second]);
    let work = first.work(&school);
    assert_eq!(work.participants.now.len(), 6);
    assert_eq!(work, second.work(&school));
    let now = work.participants.now.clone();
    let parents = work.heads[&Scope::Case].clone();
    let one_more = Body::Admit(admit("h", 0));
    let one_more = first.write_on(Scope::Case, parents.clone(), now.clone(), one_more);
    let refused = Effect::Refused(Refused::Audience);
    assert_eq!(effect(&first.work(&school), &one_more), refused);
    let unknown = Body::Admit(admit("unheard-of", 0));
    let unknown = first.write_on(Scope::Case, parents, now, unknown);
    assert_eq!(effect(&first.work(&school), &unknown), refused);
}

#[test]
fn a_number_given_twice_is_marked() {
    let school = School::new(&["dean"], 1);
    let mut dean = school.desk("dean");
    let mut copy = dean.clone();
    dean.say(&school, note("one"));
    copy.say(&school, note("the other"));
    meet(&mut [&mut dean, &mut copy]);
    let work = dean.work(&school);
    assert_eq!(work.timeline.len(), 2);
    assert!(work.timeline.iter().all(|entry| entry.twice));
    assert_eq!(work.notes.len(), 2, "both are shown");
}

#[test]
fn what_is_for_one_office_cannot_concern_all() {
    let school = School::new(&["dean", "affairs"], 2);
    let mut dean = school.desk("dean");
    for body in [
        step("under-review"),
        recuse("dean", Departure::Conflict),
        Body::Admit(admit("affairs", 0)),
    ] {
        let event = dean.write(&school, Scope::Office, body);
        let refused = Effect::Refused(Refused::Audience);
        assert_eq!(effect(&dean.work(&school), &event), refused);
    }
    assert_eq!(dean.work(&school).state.value, state("new"));
}

#[test]
fn an_office_erases_for_itself() {
    let school = School::new(&["dean", "affairs"], 2);
    let mut dean = school.desk("dean");
    let erase = Body::Erase {
        why: "its time is over".to_owned(),
    };
    dean.write(&school, Scope::Office, erase);
    assert!(dean.work(&school).erased.is_some());
    let elsewhere = school.fold(&office("affairs"), &dean.known);
    assert_eq!(elsewhere.erased, None);
}
