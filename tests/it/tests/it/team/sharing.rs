//! What one office does on a case, the others see, once, and in the same order.

use std::collections::BTreeSet;

use candor_casework::{
    Body, Scope,
    body::{Actionable, Triage},
};
use candor_desk::{
    casework::{act, sending, work},
    sync,
};
use candor_sealing::{
    open::Refusal,
    reply::{Place, open_reply},
};

use super::{DEAN, DIRECTOR, TITLE_IX, Team, office, refused, timeline};

fn note(text: &str) -> Body {
    Body::Note {
        text: text.to_owned(),
        mentions: Vec::new(),
        replaces: None,
    }
}

#[test]
fn what_is_done_in_one_office_is_seen_in_all_of_them_and_counts_once() {
    let team = Team::of(&[DEAN, DIRECTOR, TITLE_IX]);
    let three = [DEAN, DIRECTOR, TITLE_IX];
    let case = team.report(&three, &[], "He shouted at me.");
    team.settle(&three);

    // Two of them act without knowing of each other.
    let triage = Triage {
        specific: true,
        actionable: Actionable::Yes,
        ..Triage::default()
    };
    team.at(DEAN, |desk| {
        act(desk, &case.id, Body::Triage(triage.clone()), Scope::Case).unwrap();
        act(desk, &case.id, note("I know the ward."), Scope::Case).unwrap();
        act(desk, &case.id, note("For us alone."), Scope::Office).unwrap();
        assert_eq!(sending::waits_of(desk, &case.id), 3);
    });
    team.at(DIRECTOR, |desk| {
        let long = "A long note. ".repeat(3_000);
        act(desk, &case.id, note(&long), Scope::Case).unwrap();
    });
    team.settle(&three);

    let seen: Vec<Vec<String>> = three
        .iter()
        .map(|name| {
            team.at(name, |desk| {
                assert!(desk.state.aside.is_empty(), "{:?}", desk.state.aside);
                assert_eq!(sending::waits_of(desk, &case.id), 0);
                let work = work(desk, &case.id);
                assert_eq!(work.state.value.as_str(), "actionable");
                let of_all = work.timeline.iter().filter(|e| e.scope == Scope::Case);
                of_all
                    .map(|e| format!("{} {:?}", e.event, e.effect))
                    .collect()
            })
        })
        .collect();
    assert_eq!(seen[0].len(), 3, "{seen:?}");
    assert!(seen.iter().all(|timeline| *timeline == seen[0]));
    // What is for one office stays there.
    let all = |name| team.at(name, |desk| timeline(desk, &case.id).len());
    assert_eq!((all(DEAN), all(DIRECTOR), all(TITLE_IX)), (4, 3, 3));

    // Reading the whole queue again changes nothing; nor does a step that the procedure has not.
    team.at(TITLE_IX, |desk| {
        let before = timeline(desk, &case.id);
        sync::sync(desk).unwrap();
        assert_eq!(timeline(desk, &case.id), before);
        let body = Body::Move {
            to: "held".parse().unwrap(),
            why: String::new(),
            hold: None,
        };
        let state = work(desk, &case.id).state.value.clone();
        if state.as_str() == "closed" {
            refused(act(desk, &case.id, body, Scope::Case));
        }
        let nowhere = Body::Move {
            to: "no-such-state".parse().unwrap(),
            why: String::new(),
            hold: None,
        };
        let words = refused(act(desk, &case.id, nowhere, Scope::Case));
        assert!(words.contains("no such step"), "{words}");
    });
}

#[test]
fn two_pages_of_one_person_at_once_lose_and_double_nothing() {
    let team = Team::of(&[DEAN, TITLE_IX]);
    let case = team.report(&[DEAN, TITLE_IX], &[], "Twice.");
    team.settle(&[DEAN, TITLE_IX]);
    team.at(DEAN, |desk| {
        let shared = desk.shared();
        let id = case.id;
        let written: BTreeSet<_> = std::thread::scope(|scope| {
            let tabs: Vec<_> = (0..4)
                .map(|tab| {
                    let shared = shared.clone();
                    scope.spawn(move || {
                        let mut desk = shared.view();
                        (0..8)
                            .map(|n| {
                                let body = note(&format!("tab {tab}, note {n}"));
                                act(&mut desk, &id, body, Scope::Case).unwrap()
                            })
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            // One of them sends all the while.
            let mut view = shared.view();
            for _ in 0..3 {
                let relay = view.relay().unwrap();
                sending::send_all(&mut view, &relay).unwrap();
            }
            tabs.into_iter()
                .flat_map(|tab| tab.join().unwrap())
                .collect()
        });
        assert_eq!(written.len(), 32);
        desk.refresh();
        let work = work(desk, &id);
        assert_eq!(work.notes.len(), 32);
        // One chain: each number once, none left out.
        let mut numbers: Vec<u32> = desk.state.cases[&id]
            .events
            .iter()
            .map(|event| event.content().seq)
            .collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=32).collect::<Vec<_>>());
    });
    team.settle(&[DEAN, TITLE_IX]);
    team.at(TITLE_IX, |desk| {
        assert_eq!(work(desk, &case.id).notes.len(), 32);
    });
}

#[test]
fn an_internal_note_has_no_way_to_the_reporter() {
    let team = Team::of(&[DEAN, TITLE_IX]);
    let case = team.report(&[DEAN, TITLE_IX], &[], "What do they say of me?");
    team.settle(&[DEAN, TITLE_IX]);
    let frames = team.at(DEAN, |desk| {
        act(desk, &case.id, note("I doubt it."), Scope::Case).unwrap();
        let relay = desk.relay().unwrap();
        let before = relay.queue(0).unwrap().head;
        sending::send_all(desk, &relay).unwrap();
        relay.queue(before).unwrap().items
    });
    assert_eq!(frames.len(), 1);
    let envelope = candor_wire::Envelope::decode(&frames[0].frame).unwrap();
    // Two offices, two stanzas (and grease): nobody else can open it.
    let header = String::from_utf8_lossy(envelope.sealed());
    let stanzas = header.matches("-> mlkem768x25519").count();
    assert_eq!((stanzas, envelope.offices().len()), (2, 2));
    let own = std::slice::from_ref(case.secrets.reply_identity());
    assert!(candor_sealing::age_file::open(envelope.sealed(), own).is_err());

    // Were it planted in a drop, even sealed to the reporter, the client would show nothing of it.
    let (directory, block) = team.at(DEAN, |desk| {
        let keys = desk.epoch_keys();
        let opened = keys
            .iter()
            .find_map(|keys| {
                let identity = std::slice::from_ref(&keys.identity);
                candor_sealing::age_file::open(envelope.sealed(), identity).ok()
            })
            .unwrap();
        (desk.published().unwrap().directory.clone(), opened)
    });
    let planted =
        candor_sealing::age_file::seal(&block, &[case.secrets.reply_identity().to_recipient()])
            .unwrap();
    let place = Place {
        conversation: &case.id,
        generation: 0,
        n: 1,
        writer: &office(DEAN),
    };
    let shown = open_reply(&case.secrets, &directory, place, &planted);
    assert_eq!(shown.err(), Some(Refusal::Malformed));
}
