//! Offices that leave a case and are brought back, and what a newcomer is given by whom: by what
//! counts, not by what came first.

use candor_casework::{
    Body, Event, Scope,
    body::{Admission, Admit, Departure, History},
    event::Content,
};
use candor_desk::{
    casework::{act, admit, coming_and_going::Given, recuse, work},
    desk::Desk,
    outbox,
    record::{Entry, Record},
    sync,
};
use candor_sealing::{
    event::{DeviceWriter, seal_to_offices},
    message::{FollowUpContent, ReplyContent, ReplyKind},
    report::compose_follow_up,
    thread::{Body as Said, ReporterContent},
};
use candor_wire::{ConversationId, DeviceId, Envelope, EventId};
use ed25519_dalek::SigningKey;

use super::{
    Conversation, DEAN, DIRECTOR, MEDICAL_DEAN, TITLE_IX, Team, office, recipients, timeline,
};

const FOUR: [&str; 4] = [DEAN, DIRECTOR, MEDICAL_DEAN, TITLE_IX];
const THREE: [&str; 3] = [DEAN, DIRECTOR, TITLE_IX];

fn note(desk: &mut Desk, id: &ConversationId, text: &str) -> EventId {
    let body = Body::Note {
        text: text.to_owned(),
        mentions: Vec::new(),
        replaces: None,
    };
    act(desk, id, body, Scope::Case).unwrap()
}

fn says(desk: &mut Desk, id: &ConversationId, text: &str) {
    let content = ReplyContent {
        text: text.to_owned(),
        ..ReplyContent::new(ReplyKind::Message)
    };
    outbox::queue(desk, id, &content, &[]).unwrap();
}

fn brings(desk: &mut Desk, id: &ConversationId, name: &str, history: History) -> EventId {
    let given = Given {
        history,
        files: false,
    };
    admit(desk, id, &office(name), Admission::Copy, given, "").unwrap()
}

fn leaves(team: &Team, id: &ConversationId, name: &str) {
    team.at(name, |desk| {
        recuse(desk, id, &office(name), Departure::Conflict, "").unwrap();
    });
}

/// The notes that count, and what was said, as an office sees it.
fn seen(team: &Team, id: &ConversationId, name: &str) -> (Vec<String>, Vec<String>) {
    team.at(name, |desk| {
        assert!(
            desk.state.aside.is_empty(),
            "{name}: {:?}",
            desk.state.aside
        );
        let mut notes: Vec<String> = work(desk, id)
            .notes
            .iter()
            .map(|n| n.text.clone())
            .collect();
        notes.sort();
        let case = &desk.state.cases[id];
        let mut said = Vec::new();
        for message in &case.messages {
            if let Said::Whole(ReporterContent::FollowUp(content)) = &message.body {
                said.push(content.text.clone());
            }
        }
        for reply in case.joined_replies() {
            if let Said::Whole(content) = &reply.body {
                said.push(content.text.clone());
            }
        }
        said.retain(|text| !text.is_empty());
        said.sort();
        (notes, said)
    })
}

/// All of these see who is on the case: these.
#[track_caller]
fn on_case(team: &Team, id: &ConversationId, names: &[&str]) {
    let all = names.iter().map(|name| office(name)).collect();
    for name in names {
        team.at(name, |desk| {
            assert_eq!(work(desk, id).participants.now, all, "{name}");
        });
    }
}

#[test]
fn an_office_that_comes_back_is_given_what_was_chosen_of_its_absence() {
    let team = Team::of(&FOUR);
    for history in [History::Report, History::All] {
        let mut case = team.report(&THREE, &[], "Somebody comes back.");
        team.settle(&FOUR);
        team.at(DEAN, |desk| note(desk, &case.id, "Before."));
        team.settle(&FOUR);
        // For the director, but it goes before this is sent.
        team.at(DEAN, |desk| note(desk, &case.id, "For all three."));
        leaves(&team, &case.id, DIRECTOR);
        team.sync(DIRECTOR);
        team.settle(&FOUR);
        assert_eq!(seen(&team, &case.id, DIRECTOR).0, ["Before."]);
        team.at(DEAN, |desk| {
            note(desk, &case.id, "In its absence.");
            says(desk, &case.id, "Answered in its absence.");
            brings(desk, &case.id, MEDICAL_DEAN, History::All);
        });
        team.settle(&FOUR);
        case.says(&[DEAN, TITLE_IX], "Said in its absence.");
        team.settle(&FOUR);
        team.at(MEDICAL_DEAN, |desk| note(desk, &case.id, "By a newcomer."));
        team.settle(&FOUR);
        // Written by another one that has not heard of it yet.
        team.at(TITLE_IX, |desk| note(desk, &case.id, "Unaware."));
        team.at(DEAN, |desk| brings(desk, &case.id, DIRECTOR, history));
        team.settle(&FOUR);

        on_case(&team, &case.id, &FOUR);
        let (notes, said) = seen(&team, &case.id, DIRECTOR);
        if history == History::Report {
            assert_eq!(notes, ["Before.", "For all three.", "Unaware."]);
            assert!(said.is_empty(), "{said:?}");
        } else {
            let all = [
                "Before.",
                "By a newcomer.",
                "For all three.",
                "In its absence.",
                "Unaware.",
            ];
            assert_eq!(notes, all);
            assert_eq!(said, ["Answered in its absence.", "Said in its absence."]);
            team.at(DIRECTOR, |desk| {
                assert!(work(desk, &case.id).missing.is_empty());
            });
        }
        // From here on all of them see the same, also what one does who came in its absence.
        team.at(MEDICAL_DEAN, |desk| note(desk, &case.id, "Since then."));
        team.at(DIRECTOR, |desk| note(desk, &case.id, "We are back."));
        case.says(&[DEAN, TITLE_IX], "Before I heard of it.");
        team.settle(&FOUR);
        for name in FOUR {
            let (notes, said) = seen(&team, &case.id, name);
            assert!(
                notes.contains(&"Since then.".to_owned()),
                "{name}: {notes:?}"
            );
            assert!(
                notes.contains(&"We are back.".to_owned()),
                "{name}: {notes:?}"
            );
            assert!(said.contains(&"Before I heard of it.".to_owned()), "{name}");
        }
        on_case(&team, &case.id, &FOUR);
    }
}

#[test]
fn two_that_bring_an_office_back_at_once_bring_it_once() {
    let team = Team::of(&THREE);
    for (by_dean, by_title_ix) in [
        (History::All, History::All),
        (History::Report, History::All),
        (History::Report, History::Report),
    ] {
        let case = team.report(&THREE, &[], "Brought back twice.");
        team.settle(&THREE);
        leaves(&team, &case.id, DIRECTOR);
        team.settle(&THREE);
        team.at(DEAN, |desk| note(desk, &case.id, "In its absence."));
        team.settle(&THREE);
        team.at(DEAN, |desk| brings(desk, &case.id, DIRECTOR, by_dean));
        team.at(TITLE_IX, |desk| {
            brings(desk, &case.id, DIRECTOR, by_title_ix)
        });
        team.settle(&THREE);
        on_case(&team, &case.id, &THREE);
        let all = [by_dean, by_title_ix].contains(&History::All);
        let notes = seen(&team, &case.id, DIRECTOR).0;
        assert_eq!(!notes.is_empty(), all, "{notes:?}");
        if all {
            let [dean, director, title_ix] =
                THREE.map(|name| team.at(name, |desk| timeline(desk, &case.id)));
            assert_eq!(dean, director);
            assert_eq!(dean, title_ix);
        }
    }
}

/// An event as somebody writes it with a key of their own.
fn made_up(
    desk: &Desk,
    id: &ConversationId,
    by: &str,
    parents: Vec<EventId>,
    body: Body,
    to: &[&str],
) {
    let key = SigningKey::from_bytes(&rand::random());
    let mut names: Vec<_> = to.iter().chain(&[by]).map(|name| office(name)).collect();
    names.sort();
    names.dedup();
    let event = Event::new(Content {
        v: 1,
        instance: desk.secrets.keyring.instance,
        conversation: *id,
        office: office(by),
        device: DeviceId::new(key.verifying_key().to_bytes()),
        scope: Scope::Case,
        seq: 1,
        link: candor_casework::event::first_link(&DeviceId::new(key.verifying_key().to_bytes())),
        list: 1,
        parents,
        day: desk.clock.today(),
        recipients: names.clone(),
        body,
    })
    .unwrap();
    let by = office(by);
    let writer = DeviceWriter {
        instance: &desk.secrets.keyring.instance,
        office: &by,
        key: &key,
        conversation: id,
    };
    let text = std::str::from_utf8(event.bytes()).unwrap();
    let relay = desk.relay().unwrap();
    for block in writer.event(&names, text).unwrap() {
        let envelope = seal_to_offices(&block, &recipients(desk, to), Vec::new()).unwrap();
        relay.file(&envelope).unwrap();
    }
}

#[test]
fn a_made_up_admission_keeps_nothing_from_a_newcomer() {
    let team = Team::of(&FOUR);
    let case = team.report(&THREE, &[], "Who brings whom?");
    team.settle(&FOUR);
    // Title IX has done something, which the dean does not know of; and somebody with a key of
    // their own says that the newcomer came after it.
    team.at(TITLE_IX, |desk| {
        let unaware = note(desk, &case.id, "Unaware.");
        let admission = |parents: Vec<EventId>| {
            let body = Body::Admit(Admit {
                office: office(MEDICAL_DEAN),
                why: Admission::Copy,
                generation: 0,
                history: History::Report,
                note: String::new(),
                standing: None,
            });
            made_up(desk, &case.id, DEAN, parents, body, &THREE);
        };
        admission(vec![unaware]);
        admission(vec![EventId::new([7; 32])]);
        sync::sync(desk).unwrap();
        let work = work(desk, &case.id);
        // They are there, and change nothing.
        assert_eq!(work.timeline.len(), 3, "{:?}", work.timeline);
        assert!(!work.participants.now.contains(&office(MEDICAL_DEAN)));
    });
    team.at(DEAN, |desk| {
        brings(desk, &case.id, MEDICAL_DEAN, History::Report);
    });
    team.settle(&FOUR);
    on_case(&team, &case.id, &FOUR);
    assert_eq!(seen(&team, &case.id, MEDICAL_DEAN).0, ["Unaware."]);
}

/// A message of the reporter that the relay keeps for itself at first.
fn held_back(team: &Team, case: &mut Conversation<'_>, to: &[&str], text: &str) -> Vec<Envelope> {
    let content = FollowUpContent {
        text: text.to_owned(),
        ..FollowUpContent::default()
    };
    let desk = team.desk(DEAN);
    let to = recipients(&desk, to);
    let outgoing =
        compose_follow_up(&case.secrets, &case.record, &to, &content, Vec::new()).unwrap();
    case.record = outgoing.record;
    outgoing.envelopes
}

#[test]
fn what_is_delayed_past_an_admission_is_not_passed_on_if_the_report_alone_was_chosen() {
    let two = [DEAN, DIRECTOR];
    let team = Team::of(&two);
    let mut case = team.report(&[DEAN], &[], "The report.");
    team.settle(&two);
    let late = held_back(&team, &mut case, &[DEAN], "Delayed.");
    case.says(&[DEAN], "Came in time.");
    team.settle(&two);
    team.at(DEAN, |desk| {
        brings(desk, &case.id, DIRECTOR, History::Report);
    });
    team.settle(&two);
    team.at(DEAN, |desk| {
        let relay = desk.relay().unwrap();
        late.iter()
            .for_each(|envelope| relay.file(envelope).unwrap());
    });
    case.says(&[DEAN], "Said since.");
    team.settle(&two);
    let dean = seen(&team, &case.id, DEAN).1;
    assert_eq!(dean, ["Came in time.", "Delayed.", "Said since."]);
    assert_eq!(seen(&team, &case.id, DIRECTOR).1, ["Said since."]);
}

#[test]
fn a_newcomer_is_given_nothing_until_the_reporter_can_hear_of_it() {
    let two = [DEAN, DIRECTOR];
    let team = Team::of(&two);
    let case = team.report(&[DEAN], &[], "Tell me first.");
    team.settle(&two);
    // The reply that tells the reporter is given up before it is in its drop.
    team.at(DEAN, |desk| {
        brings(desk, &case.id, DIRECTOR, History::All);
        let reply = desk.state.outbox.keys().next().unwrap().clone();
        let given_up = Record::GivenUp {
            conversation: case.id,
            reply,
            why: "a test".to_owned(),
        };
        desk.record_one(Entry::bare(given_up)).unwrap();
    });
    let report = team.sync(DEAN);
    assert_eq!((report.sent, report.handed_over), (0, 0));
    team.sync(DIRECTOR);
    team.at(DIRECTOR, |desk| assert!(desk.state.cases.is_empty()));
    // It is told in another one; then the newcomer gets it.
    let report = team.sync(DEAN);
    assert_eq!((report.sent, report.handed_over), (1, 1));
    team.settle(&two);
    on_case(&team, &case.id, &two);
    let told = super::coming_and_going::drops(&team, &case, 0);
    let changes: Vec<_> = told
        .iter()
        .filter_map(|(_, said)| said.offices.as_ref())
        .collect();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].add(), [office(DIRECTOR)]);
}
