//! What offices do together, as one desk sees it: with real seals, and adversaries.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

#[path = "../../sealing/tests/scenario/mod.rs"]
mod scenario;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use candor_casework::{
    Body, Event, Scope, Work,
    body::{Admission, Admit, Departure, History},
    event::{Content, first_link},
    facts::Devices,
    work::{Effect, Refused, Waits},
};
use candor_desk::{
    audience::{Audience, Voice},
    case::Case,
    casework::facts::Known,
    keys::EpochKeys,
    opening::Opener,
    published::Published,
    record::Entry,
    state::State,
};
use candor_directory::{Cards, Directory, Epoch, KeyCard, Verified};
use candor_sealing::{
    Block, ReporterSecrets,
    event::DeviceWriter,
    report::{Outgoing, leave_out},
};
use candor_wire::{DeviceId, Envelope, EventId, OfficeId, RoleId, desk::QueueItem};
use ed25519_dalek::SigningKey;
use scenario::{AFFAIRS, DEAN, TITLE_IX, frame, office, school};

static REPORTER: LazyLock<ReporterSecrets> =
    LazyLock::new(|| scenario::reporter(11, &school::instance()).1);
static DIRECTORY: LazyLock<Verified<Directory>> = LazyLock::new(scenario::directory);

fn device(name: &str) -> SigningKey {
    school::known_key(&format!("device of {name}"))
}

fn id_of(key: &SigningKey) -> DeviceId {
    DeviceId::new(key.verifying_key().to_bytes())
}

fn devices() -> BTreeMap<OfficeId, Devices> {
    [DEAN, AFFAIRS, TITLE_IX]
        .iter()
        .map(|name| {
            let listed = Devices {
                version: 1,
                listed: [id_of(&device(name))].into(),
                revoked: BTreeSet::new(),
            };
            (office(name), listed)
        })
        .collect()
}

fn epochs(name: &str) -> Vec<EpochKeys> {
    let chain = scenario::chain(name);
    vec![EpochKeys {
        epoch: Epoch(chain.epoch()),
        revision: 0,
        identity: chain.identity(),
        reply_key: chain.reply_key(),
    }]
}

/// What an office's desk makes of frames in its queue.
fn state(name: &str, frames: &[Envelope]) -> State {
    let items: Vec<_> = (1..)
        .zip(frames)
        .map(|(seq, frame)| QueueItem {
            seq,
            day: school::TODAY,
            frame: frame.encode(),
        })
        .collect();
    let opener = Opener {
        instance: &school::instance(),
        office: &office(name),
        roles: &DIRECTORY.office(&office(name)).unwrap().roles,
        epochs: &epochs(name),
        directory: &DIRECTORY,
    };
    let entries: Vec<Entry> = opener.open_all(&items, 2);
    State::replay(&entries).unwrap()
}

fn only_case(state: &State) -> &Case {
    assert_eq!(state.cases.len(), 1, "{:?}", state.aside);
    state.cases.values().next().unwrap()
}

fn work_at(name: &str, case: &Case, devices: &BTreeMap<OfficeId, Devices>) -> Work {
    Known {
        own: &office(name),
        directory: Some(&DIRECTORY),
        devices,
    }
    .reckon(Some(case), None)
}

/// Somebody who writes events, honestly or not.
struct Hand {
    office: OfficeId,
    key: SigningKey,
    seq: u32,
}

impl Hand {
    fn of(name: &str) -> Self {
        Self {
            office: office(name),
            key: device(name),
            seq: 0,
        }
    }

    fn event(
        &mut self,
        first: &Outgoing,
        parents: &[EventId],
        to: &[&str],
        body: Body,
    ) -> (EventId, Vec<Block>) {
        self.seq += 1;
        let mut recipients: Vec<OfficeId> = to.iter().map(|name| office(name)).collect();
        recipients.push(self.office.clone());
        recipients.sort();
        recipients.dedup();
        let mut parents = parents.to_vec();
        parents.sort();
        let event = Event::new(Content {
            v: 1,
            instance: school::instance(),
            conversation: first.record.conversation,
            office: self.office.clone(),
            device: id_of(&self.key),
            scope: Scope::Case,
            seq: self.seq,
            link: first_link(&id_of(&self.key)),
            list: 1,
            parents,
            day: school::TODAY,
            recipients: recipients.clone(),
            body,
        })
        .unwrap();
        let writer = DeviceWriter {
            instance: &school::instance(),
            office: &self.office,
            key: &self.key,
            conversation: &first.record.conversation,
        };
        let text = std::str::from_utf8(event.bytes()).unwrap();
        (event.id(), writer.event(&recipients, text).unwrap())
    }
}

fn note(text: &str) -> Body {
    Body::Note {
        text: text.to_owned(),
        mentions: Vec::new(),
        replaces: None,
    }
}

fn admits(name: &str) -> Body {
    Body::Admit(Admit {
        office: office(name),
        why: Admission::Copy,
        generation: 0,
        history: History::All,
        note: String::new(),
        standing: None,
    })
}

fn frames(blocks: &[Block], to: &[&str]) -> Vec<Envelope> {
    let to: BTreeSet<&str> = to.iter().copied().collect();
    let to: Vec<&str> = to.into_iter().collect();
    blocks.iter().map(|b| frame(b.as_bytes(), &to)).collect()
}

fn effect_of(work: &Work, event: &EventId) -> Effect {
    let found = work.timeline.iter().find(|entry| entry.event == *event);
    found.unwrap().effect
}

fn role_of(name: &str) -> RoleId {
    DIRECTORY.office(&office(name)).unwrap().roles[0].clone()
}

fn published() -> Published {
    let cards = [DEAN, AFFAIRS, TITLE_IX].iter().map(|n| scenario::card(n));
    let blob = Cards::blob(cards.collect()).unwrap();
    Published {
        cards: Cards::verify_all(blob.as_bytes(), &DIRECTORY).unwrap(),
        directory: DIRECTORY.clone(),
        has_expired: false,
    }
}

#[test]
fn events_wait_for_their_report_and_come_in_any_order() {
    let first = scenario::report(&REPORTER, &[DEAN, AFFAIRS], &[], "what happened");
    let (mut dean, mut affairs) = (Hand::of(DEAN), Hand::of(AFFAIRS));
    let both = [AFFAIRS, DEAN];
    let (a, one) = dean.event(&first, &[], &both, note(&"long ".repeat(9_000)));
    assert!(one.len() > 2);
    let (b, two) = affairs.event(&first, &[a], &both, note("short"));
    let in_order = [
        first.envelopes.clone(),
        frames(&one, &both),
        frames(&two, &both),
    ]
    .concat();
    let mut expected = None;
    for turn in 0..in_order.len() {
        let mut queue = in_order.clone();
        queue.rotate_left(turn);
        // And half of it a second time.
        let again: Vec<Envelope> = queue.iter().take(3).cloned().collect();
        queue.extend(again);
        let state = state(DEAN, &queue);
        assert!(state.aside.is_empty(), "{:?}", state.aside);
        let work = work_at(DEAN, only_case(&state), &devices());
        assert_eq!(work.notes.len(), 2);
        assert_eq!(effect_of(&work, &b), Effect::Counts);
        let expected = expected.get_or_insert_with(|| work.clone());
        assert_eq!(*expected, work);
    }
    // One part is missing: it is not there yet, and nothing else is disturbed.
    let state = state(
        DEAN,
        &[first.envelopes.clone(), frames(&one[1..], &both)].concat(),
    );
    let case = only_case(&state);
    assert_eq!((case.events.len(), case.events.incomplete()), (0, 1));
}

#[test]
fn devices_that_are_not_listed_and_the_relay_change_nothing() {
    let first = scenario::report(&REPORTER, &[DEAN, AFFAIRS], &[], "what happened");
    let both = [AFFAIRS, DEAN];
    let mut rogue = Hand {
        key: school::known_key("a stolen laptop"),
        ..Hand::of(AFFAIRS)
    };
    let recuse = Body::Recuse {
        office: office(AFFAIRS),
        why: Departure::Conflict,
        note: String::new(),
    };
    let (bad, blocks) = rogue.event(&first, &[], &both, recuse);
    let queue = [first.envelopes.clone(), frames(&blocks, &both)].concat();
    let state_ = state(DEAN, &queue);
    let case = only_case(&state_);
    let work = work_at(DEAN, case, &devices());
    assert_eq!(effect_of(&work, &bad), Effect::Waits(Waits::UnlistedDevice));
    assert_eq!(work.participants.now.len(), 2);
    // Revoked, the same.
    let mut lists = devices();
    let list = lists.get_mut(&office(AFFAIRS)).unwrap();
    list.revoked.insert(id_of(&rogue.key));
    let work = work_at(DEAN, case, &lists);
    assert_eq!(effect_of(&work, &bad), Effect::Waits(Waits::RevokedDevice));
    assert_eq!(work.participants.now.len(), 2);
    // Listed, it counts: the test can tell.
    let mut lists = devices();
    let list = lists.get_mut(&office(AFFAIRS)).unwrap();
    list.listed.insert(id_of(&rogue.key));
    assert_eq!(work_at(DEAN, case, &lists).participants.now.len(), 1);

    // A block that was changed on the way, or signed by another than it names, is set aside.
    let mut changed = blocks[0].as_bytes().to_vec();
    let at = changed.len() - 1;
    changed[at] ^= 1;
    let state = state(
        DEAN,
        &[first.envelopes, vec![frame(&changed, &both)]].concat(),
    );
    assert_eq!(state.aside.len(), 1);
    assert!(only_case(&state).events.is_empty());
}

/// Which of these the reporter has left out.
fn violations<'a>(case: &Case, offices: impl Iterator<Item = &'a OfficeId>) -> Vec<&'a OfficeId> {
    offices
        .filter(|office| DIRECTORY.is_excluded(office, case.excluded.iter()))
        .collect()
}

/// Whom somebody would write to who only looks at who was named.
fn naive(case: &Case) -> BTreeSet<OfficeId> {
    let named = case
        .events
        .iter()
        .filter_map(|event| match &event.content().body {
            Body::Admit(admit) => Some(admit.office.clone()),
            _ => None,
        });
    case.ever.iter().cloned().chain(named).collect()
}

#[test]
fn whom_the_reporter_left_out_nobody_can_bring() {
    // Left out from the beginning, and left out later.
    let title_ix = role_of(TITLE_IX);
    let from_the_start = scenario::report(
        &REPORTER,
        &[DEAN, AFFAIRS],
        &[title_ix.as_str()],
        "about Title IX",
    );
    let later = scenario::report(&REPORTER, &[AFFAIRS, DEAN, TITLE_IX], &[], "about Title IX");
    let content = leave_out(&REPORTER, &later.record, vec![title_ix]).unwrap();
    let left = scenario::follow_up(&REPORTER, &later, &[DEAN, AFFAIRS], &content);
    for (first, more) in [
        (&from_the_start, Vec::new()),
        (&later, left.envelopes.clone()),
    ] {
        let all = [AFFAIRS, DEAN, TITLE_IX];
        let (mut dean, mut affairs) = (Hand::of(DEAN), Hand::of(AFFAIRS));
        let (a, one) = dean.event(first, &[], &all, admits(TITLE_IX));
        let (b, two) = affairs.event(first, &[a], &all, admits(TITLE_IX));
        let mut sneaking = Hand::of(TITLE_IX);
        let (c, three) = sneaking.event(first, &[a, b], &all, note("Here I am."));
        let blocks = [one, two, three].concat();
        let queue = [first.envelopes.clone(), more, frames(&blocks, &all)].concat();
        let queue: Vec<Envelope> = queue
            .into_iter()
            .filter(|envelope| envelope.offices().contains(&office(DEAN)))
            .collect();
        let state = state(DEAN, &queue);
        let case = only_case(&state);
        let work = work_at(DEAN, case, &devices());
        for event in [a, b] {
            assert_eq!(effect_of(&work, &event), Effect::Refused(Refused::Audience));
        }
        assert!(matches!(effect_of(&work, &c), Effect::Refused(_)));
        assert_eq!(
            work.participants.now,
            [office(AFFAIRS), office(DEAN)].into()
        );

        let card = KeyCard::verify(&scenario::card(DEAN), &DIRECTORY).unwrap();
        let today = school::TODAY;
        let public = published();
        let reached = Audience::of(
            case,
            &work.participants,
            Voice::OnCase,
            &card,
            &public,
            today,
        )
        .unwrap();
        assert!(violations(case, reached.offices()).is_empty());
        assert_eq!(reached.offices().count(), 2);
        // Even if what offices are on the case were reckoned wrongly.
        let mut planted = work.participants.clone();
        planted.now.insert(office(TITLE_IX));
        let reached = Audience::of(case, &planted, Voice::OnCase, &card, &public, today).unwrap();
        assert!(violations(case, reached.offices()).is_empty());
        // Who looks at names alone writes to whom they must not, and is found out here.
        assert_eq!(violations(case, naive(case).iter()), [&office(TITLE_IX)]);
    }
}
