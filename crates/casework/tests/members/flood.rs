//! One device that brings and recuses offices without end.

use candor_casework::{
    Body, Event, Scope, Work,
    body::Departure,
    event::MAX_MOVES,
    work::{Effect, Refused},
};

use super::support::{
    Desk, School,
    bodies::{admit, effect, offices, recuse},
    office,
};

/// Admissions and recusals by one device, as many as are asked for; each builds on the one before,
/// or all on nothing.
fn flood(desk: &mut Desk, many: usize, in_a_row: bool) -> Vec<Event> {
    let mut parents = Vec::new();
    (0..many)
        .map(|n| {
            let body = match n % 4 {
                0 => Body::Admit(admit("education", 0)),
                1 => recuse("affairs", Departure::Conflict),
                2 => Body::Admit(admit("title-ix", 0)),
                _ => recuse("affairs", Departure::NotConcerned),
            };
            let names = offices(&["affairs", "dean"]);
            let event = desk.write_on(Scope::Case, parents.clone(), names, body);
            if in_a_row {
                parents = vec![event.id()];
            }
            event
        })
        .collect()
}

fn too_many(work: &Work) -> usize {
    let refused = Effect::Refused(Refused::TooMany);
    let found = work.timeline.iter().filter(|entry| entry.effect == refused);
    found.count()
}

#[test]
fn so_many_count_and_no_more() {
    let school = School::new(&["dean", "affairs", "education", "title-ix"], 2);
    for in_a_row in [true, false] {
        let mut dean = school.desk("dean");
        flood(&mut dean, MAX_MOVES, in_a_row);
        assert_eq!(too_many(&dean.work(&school)), 0);
        let mut dean = school.desk("dean");
        flood(&mut dean, 3 * MAX_MOVES, in_a_row);
        let work = dean.work(&school);
        assert_eq!(too_many(&work), 2 * MAX_MOVES);
        // Whatever the order in which they come.
        let backwards = dean.known.iter().rev();
        assert_eq!(work, school.fold(&office("dean"), backwards));
        let (front, back) = dean.known.split_at(MAX_MOVES);
        let turned = back.iter().chain(front).chain(back);
        assert_eq!(work, school.fold(&office("dean"), turned));
    }
}

/// What one device did too often takes nothing from another device of its office, nor from others.
#[test]
fn others_come_and_go_as_before() {
    let mut school = School::new(&["dean", "affairs", "education", "title-ix"], 2);
    let mut thief = school.desk("dean");
    flood(&mut thief, 3 * MAX_MOVES, false);
    let mut dean = Desk::new("dean", 2);
    dean.hear(&thief.known);
    let goes = dean.say(&school, recuse("dean", Departure::Conflict));
    let work = dean.work(&school);
    assert_eq!(effect(&work, &goes), Effect::Counts);
    assert!(!work.participants.now.contains(&office("dean")));
    // What waits because its device was revoked is not counted: what others know of counts.
    let before = school.clone();
    school.revoke("dean", 1);
    let mut affairs = school.desk("affairs");
    affairs.hear(&thief.known);
    assert_eq!(too_many(&affairs.work(&school)), 0);
    assert_eq!(
        affairs.work(&school).participants.now,
        offices(&["affairs", "dean"])
    );
    assert_eq!(too_many(&affairs.work(&before)), 2 * MAX_MOVES);
}
