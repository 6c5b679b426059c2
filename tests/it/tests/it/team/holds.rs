//! Erasing and a legal hold at the same moment: whoever hears of the hold in time erases nothing, and
//! whoever hears of it later is told.

use std::sync::Arc;

use candor_casework::{Body, Event, Scope};
use candor_desk::{
    casework::act,
    desk::Desk,
    erasing::{self, Why},
    failure::Reason,
    record::{Entry, Record},
    retention, status, sync,
};
use candor_sealing::event::{DeviceWriter, seal_to_offices};
use candor_wire::ConversationId;
use ed25519_dalek::SigningKey;

use super::{DEAN, DIRECTOR, Team, recipients, refused};

const LATE: &str = "was set when the case had been erased here";

fn hold() -> Body {
    Body::LegalHold {
        on: true,
        why: "a lawsuit".to_owned(),
    }
}

fn holds(team: &Team, id: &ConversationId) {
    team.at(DIRECTOR, |desk| {
        act(desk, id, hold(), Scope::Case).unwrap();
        assert_eq!(sync::sync(desk).unwrap().events_sent, 1);
    });
}

/// The time of what was read is up at once.
fn time_is_up(desk: &mut Desk) {
    Arc::make_mut(&mut desk.config).retention.concern_days = Some(0);
    let cases: Vec<_> = desk.state.cases.values().cloned().collect();
    for case in cases {
        let (conversation, messages) = (case.conversation, case.shown());
        let seen = Record::Seen {
            conversation,
            messages,
        };
        desk.record_one(Entry::bare(seen)).unwrap();
    }
}

#[test]
fn a_hold_that_the_relay_has_stops_the_clock_and_the_hand() {
    let two = [DEAN, DIRECTOR];
    let team = Team::of(&two);
    let held = team.report(&two, &[], "Held.");
    let free = team.report(&two, &[], "Free.");
    let mut written = team.report(&two, &[], "More is to come.");
    team.settle(&two);
    holds(&team, &held.id);
    written.says(&two, "Wait!");
    team.at(DEAN, |desk| {
        // This desk has not read any of it yet.
        assert!(retention::due(desk).is_empty());
        assert_eq!(erasing::hold(desk, &held.id), None);
        let words = refused(erasing::erase(desk, &[held.id], Why::ByHand, ""));
        assert!(words.contains("a lawsuit"), "{words}");
    });
    let again = team.report(&two, &[], "Held later.");
    team.settle(&two);
    holds(&team, &again.id);
    written.says(&two, "And wait again!");
    team.at(DEAN, |desk| {
        time_is_up(desk);
        assert_eq!(retention::due(desk).len(), 3);
        let relay = desk.relay().unwrap();
        assert_eq!(retention::erase_due(desk, &relay).unwrap(), 1);
        assert!(!desk.state.cases.contains_key(&free.id));
        assert_eq!(erasing::hold(desk, &again.id).as_deref(), Some("a lawsuit"));
        // The reporter has written again: nobody has read it.
        assert!(desk.state.cases[&written.id].is_unread());
    });
    // Nobody was told that a held case was erased.
    team.settle(&two);
    written.says(&two, "Once more.");
    team.at(DEAN, |desk| {
        assert_eq!(desk.state.cases.len(), 3);
        // By hand, too, what a person has not seen is not erased.
        let unseen = erasing::erase(desk, &[written.id], Why::ByHand, "").unwrap_err();
        assert_eq!(unseen.reason(), Reason::Refused);
        assert!(unseen.cause().contains("has written more"), "{unseen}");
        erasing::erase(desk, &[written.id], Why::ByHand, "").unwrap();
        // What is told must be in one piece.
        let long = "x".repeat(3_000);
        refused(erasing::erase(desk, &[held.id], Why::ByHand, &long));
    });
}

/// A hold by a device that is in nobody's list.
fn forged(desk: &Desk, id: &ConversationId, to: &Desk) {
    let key = SigningKey::from_bytes(&[7; 32]);
    let writer = DeviceWriter {
        instance: &desk.secrets.keyring.instance,
        office: &desk.config.office,
        key: &key,
        conversation: id,
    };
    let genuine = desk.state.cases[id].events.iter().next().unwrap();
    let mut content = genuine.content().clone();
    content.device = writer.device();
    content.body = hold();
    let event = Event::new(content).unwrap();
    let json = std::str::from_utf8(event.bytes()).unwrap();
    let block = writer.event(&event.content().recipients, json).unwrap();
    let envelope = seal_to_offices(&block[0], &recipients(to, &[DEAN]), Vec::new()).unwrap();
    desk.relay().unwrap().file(&envelope).unwrap();
}

#[test]
fn a_hold_that_comes_after_the_erasure_is_an_alarm_and_keeps_what_others_need() {
    let two = [DEAN, DIRECTOR];
    let team = Team::of(&two);
    let case = team.report(&two, &[], "Erased at the dean's.");
    let long = team.report(&two, &[], "Held at length.");
    team.at(DIRECTOR, |desk| {
        sync::sync(desk).unwrap();
        let note = Body::Note {
            text: "Early.".to_owned(),
            mentions: Vec::new(),
            replaces: None,
        };
        act(desk, &case.id, note, Scope::Case).unwrap();
    });
    team.settle(&two);
    team.at(DEAN, |desk| {
        erasing::erase(desk, &[case.id, long.id], Why::ByHand, "").unwrap();
        sync::sync(desk).unwrap();
    });
    let dean = team.desk(DEAN);
    forged(&team.desk(DIRECTOR), &case.id, &dean);
    drop(dean);
    let synced = team.sync(DEAN);
    assert!(synced.alarms.is_empty(), "{:?}", synced.alarms);

    holds(&team, &case.id);
    let read = team.at(DEAN, |desk| desk.state.cursor);
    team.at(DEAN, |desk| {
        let synced = sync::sync(desk).unwrap();
        let late: Vec<_> = synced.alarms.iter().filter(|a| a.contains(LATE)).collect();
        assert_eq!(late.len(), 1, "{:?}", synced.alarms);
        let label = case.id.to_string()[..8].to_owned();
        assert!(
            late[0].contains(&label) && late[0].contains(DIRECTOR),
            "{late:?}"
        );
        assert!(!desk.state.cases.contains_key(&case.id));
        // The office's other workstations may still have the case.
        let there = desk.relay().unwrap().queue(read).unwrap().items;
        assert_eq!(there.len(), 1);
    });
    // It stays to be seen, also when the desk is opened again, and one hold is told once.
    team.at(DIRECTOR, |desk| {
        let body = Body::LegalHold {
            on: true,
            why: "a long reason ".repeat(4_000),
        };
        act(desk, &long.id, body, Scope::Case).unwrap();
        act(desk, &case.id, hold(), Scope::Case).unwrap();
        sync::sync(desk).unwrap();
    });
    team.sync(DEAN);
    team.at(DEAN, |desk| {
        let told = status::status(desk).unwrap().attention;
        let late: Vec<_> = told.iter().filter(|text| text.contains(LATE)).collect();
        assert_eq!(late.len(), 2, "{told:?}");
        assert!(desk.state.cases.is_empty());
    });
}
