//! Cases worth keeping as vectors: what happens in them, and why they are there.

use std::collections::BTreeSet;

use candor_casework::{
    Body, Event, Scope,
    body::{Actionable, Admission, Admit, Departure, History, Hold, Standing},
};
use candor_directory::TopicKind;

use super::{
    Desk, School,
    bodies::{admit, decide, intervene, note, recuse, report, step, triage},
    day, meet, office, state,
};

/// One vector.
pub struct Scene {
    pub name: &'static str,
    pub about: &'static str,
    pub school: School,
    pub own: &'static str,
    pub events: Vec<Event>,
}

const OFFICES: [&str; 4] = ["dean", "affairs", "education", "title-ix"];

pub fn scenes() -> Vec<Scene> {
    vec![
        whole_way(),
        light_path(),
        beside_each_other(),
        reported_beside(),
        withdrawn(),
        unlisted(),
        revoked(),
        recused(),
        pushed_out(),
        nobody_left(),
        left_out(),
        transferred(),
        newcomer(),
        twice(),
        of_a_later_version(),
    ]
}

fn scene(
    name: &'static str,
    about: &'static str,
    school: School,
    own: &'static str,
    desks: &[&Desk],
) -> Scene {
    let mut seen = BTreeSet::new();
    let events = desks
        .iter()
        .flat_map(|desk| &desk.known)
        .filter(|event| seen.insert(event.id()))
        .cloned()
        .collect();
    Scene {
        name,
        about,
        school,
        own,
        events,
    }
}

fn whole_way() -> Scene {
    let school = School::new(&OFFICES, 2);
    let mut dean = school.desk("dean");
    for body in [
        triage(Actionable::Yes),
        intervene(1),
        report(1),
        decide(false),
        intervene(2),
        report(2),
        decide(true),
        step("reopened"),
    ] {
        dean.say(&school, body);
    }
    let about = "The whole procedure, by the events that mean more than a step.";
    scene("the whole way", about, school, "dean", &[&dean])
}

fn light_path() -> Scene {
    let mut school = School::new(&OFFICES, 2);
    school.kind = TopicKind::Accolade;
    let mut dean = school.desk("dean");
    let to = "the resident".to_owned();
    dean.say(&school, Body::PassOn { to });
    let about = "An accolade is passed on, and the case is closed.";
    scene("the light path", about, school, "dean", &[&dean])
}

fn beside_each_other() -> Scene {
    let school = School::new(&OFFICES, 2);
    let mut dean = school.desk("dean");
    let mut affairs = school.desk("affairs");
    dean.say(&school, step("under-review"));
    meet(&mut [&mut dean, &mut affairs]);
    dean.say(
        &school,
        Body::Move {
            to: state("held"),
            why: "others may follow".to_owned(),
            hold: Some(Hold {
                until: Some(day(90)),
                reports: Some(3),
            }),
        },
    );
    affairs.say(&school, triage(Actionable::No));
    let about = "Two steps that do not know of each other: the last in the order counts, the other stays visible.";
    scene(
        "beside each other",
        about,
        school,
        "dean",
        &[&dean, &affairs],
    )
}

fn reported_beside() -> Scene {
    let school = School::new(&OFFICES, 2);
    let mut dean = school.desk("dean");
    let mut affairs = school.desk("affairs");
    for body in [triage(Actionable::Yes), intervene(1), intervene(2)] {
        dean.say(&school, body);
    }
    meet(&mut [&mut dean, &mut affairs]);
    dean.say(&school, report(1));
    affairs.say(&school, report(2));
    let about = "Two leaders report back at the same time: nothing is outstanding any more.";
    scene(
        "both reported",
        about,
        school,
        "affairs",
        &[&dean, &affairs],
    )
}

fn withdrawn() -> Scene {
    let mut school = School::new(&OFFICES, 1);
    let mut dean = school.desk("dean");
    dean.say(&school, triage(Actionable::Yes));
    school.reporter.withdrawn = true;
    let about = "Withdrawal goes over everything.";
    scene("withdrawn", about, school, "dean", &[&dean])
}

fn unlisted() -> Scene {
    let school = School::new(&OFFICES, 2);
    let mut dean = school.desk("dean");
    dean.say(&school, step("under-review"));
    let mut stranger = Desk::new("affairs", 9);
    stranger.hear(&dean.known);
    let planted = stranger.say(&school, step("not-actionable"));
    let recipients = [office("affairs")].into();
    dean.write_on(Scope::Case, vec![planted.id()], recipients, note("?"));
    let about = "A device that no list names changes nothing, even if something builds on it.";
    scene("unlisted", about, school, "dean", &[&dean, &stranger])
}

fn revoked() -> Scene {
    let mut school = School::new(&OFFICES, 2);
    let before = school.clone();
    let mut dean = school.desk("dean");
    let mut lost = school.desk("affairs");
    lost.say(&school, step("under-review"));
    dean.hear(&lost.known);
    dean.say(&school, step("actionable"));
    school.revoke("affairs", 1);
    let genuine = lost.say(&before, note("genuine, and confirmed"));
    let mut stolen = lost.clone();
    stolen.say(&before, note("by a thief"));
    let mut kept = Desk::new("affairs", 2);
    kept.hear(&dean.known);
    kept.hear([&genuine]);
    let events = vec![genuine.id()];
    kept.say(&school, Body::Confirm { events });
    let about =
        "Of a revoked device that counts which an event of a listed one builds on; the rest waits.";
    scene("revoked", about, school, "dean", &[&dean, &kept, &stolen])
}

fn recused() -> Scene {
    let school = School::new(&OFFICES, 2);
    let mut dean = school.desk("dean");
    let mut second = Desk::new("dean", 2);
    let mut affairs = school.desk("affairs");
    dean.say(&school, step("under-review"));
    meet(&mut [&mut dean, &mut second, &mut affairs]);
    dean.say(&school, recuse("dean", Departure::Conflict));
    let beside = second.say(&school, step("not-actionable"));
    affairs.hear([&beside]);
    affairs.say(&school, note("built on it"));
    let about = "An office goes; what it did beside that does not count, whoever built on it.";
    scene(
        "recused",
        about,
        school,
        "affairs",
        &[&dean, &second, &affairs],
    )
}

fn pushed_out() -> Scene {
    let school = School::new(&OFFICES, 3);
    let mut dean = school.desk("dean");
    let mut affairs = school.desk("affairs");
    let mut education = school.desk("education");
    education.say(&school, note("before"));
    dean.hear(&education.known);
    dean.say(&school, recuse("education", Departure::Conflict));
    affairs.say(&school, recuse("education", Departure::Conflict));
    affairs.say(&school, recuse("dean", Departure::Conflict));
    let about = "Two offices push a third out; one alone pushes nobody out.";
    scene("pushed out", about, school, "dean", &[&dean, &affairs])
}

fn nobody_left() -> Scene {
    let school = School::new(&OFFICES, 2);
    let mut dean = school.desk("dean");
    let mut affairs = school.desk("affairs");
    dean.say(&school, recuse("dean", Departure::Conflict));
    affairs.say(&school, recuse("affairs", Departure::Conflict));
    let about = "Both go at the same time: the one that stands last in the order stays.";
    scene("nobody left", about, school, "dean", &[&dean, &affairs])
}

fn left_out() -> Scene {
    let mut school = School::new(&OFFICES, 2);
    let before = school.clone();
    let mut dean = school.desk("dean");
    let mut affairs = school.desk("affairs");
    affairs.say(&school, step("under-review"));
    dean.hear(&affairs.known);
    dean.say(&school, note("built on it"));
    school.reporter.recipients.remove(&office("affairs"));
    school.reporter.left_out.insert(office("affairs"));
    school.reporter.generation = 1;
    school.admissible.remove(&office("affairs"));
    affairs.say(&before, step("not-actionable"));
    affairs.say(&before, Body::Admit(admit("title-ix", 1)));
    let mut friend = school.desk("title-ix");
    friend.hear(&affairs.known);
    friend.say(&before, note("brought by it"));
    let about =
        "The reporter leaves an office out: what others built on stands, and nothing after it.";
    scene("left out", about, school, "dean", &[&dean, &friend])
}

fn transferred() -> Scene {
    let mut school = School::new(&OFFICES, 1);
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
    school.reporter.recipients = [office("title-ix")].into();
    school.reporter.ever.insert(office("title-ix"));
    school.reporter.generation = 1;
    let mut title_ix = school.desk("title-ix");
    title_ix.hear(&dean.known);
    title_ix.say(&school, triage(Actionable::Yes));
    let about = "The case goes to another office, and the reporter's next message with it.";
    scene("transferred", about, school, "title-ix", &[&title_ix])
}

fn newcomer() -> Scene {
    let school = School::new(&OFFICES, 3);
    let mut dean = school.desk("dean");
    let mut affairs = school.desk("affairs");
    affairs.say(&school, recuse("affairs", Departure::Conflict));
    dean.hear(&affairs.known);
    dean.say(&school, triage(Actionable::Yes));
    let brings = dean.say(
        &school,
        Body::Admit(Admit {
            history: History::Report,
            standing: Some(Standing {
                state: state("actionable"),
                triage: None,
                responsible: Some(office("dean")),
            }),
            ..admit("title-ix", 0)
        }),
    );
    let late = affairs.say(&school, note("late"));
    let mut title_ix = school.desk("title-ix");
    title_ix.hear([&brings, &late]);
    title_ix.say(&school, intervene(1));
    let about =
        "A newcomer that was given the report alone: how the case stood stands in for the rest.";
    scene("a newcomer", about, school, "title-ix", &[&title_ix])
}

fn twice() -> Scene {
    let school = School::new(&OFFICES, 1);
    let mut dean = school.desk("dean");
    let mut copy = dean.clone();
    dean.say(&school, note("one"));
    copy.say(&school, note("the other"));
    let about = "A device that was set back gives a number twice: both are shown, and marked.";
    scene("twice", about, school, "dean", &[&dean, &copy])
}

fn of_a_later_version() -> Scene {
    let school = School::new(&OFFICES, 1);
    let mut dean = school.desk("dean");
    dean.say(&school, Body::Unknown(std::collections::BTreeMap::new()));
    dean.say(&school, step("under-review"));
    let about = "What a later version can do is kept and shown, and changes nothing here.";
    scene("a later version", about, school, "dean", &[&dean])
}
