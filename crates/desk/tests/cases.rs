//! What comes from the queue, and who a reply would reach: with real seals, and adversaries.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

#[path = "../../sealing/tests/scenario/mod.rs"]
mod scenario;

use std::{collections::BTreeMap, sync::LazyLock};

use candor_desk::{
    audience::{Audience, Voice},
    case::{Case, Standing},
    casework::facts::Known,
    failure::Reason,
    keys::EpochKeys,
    opening::Opener,
    published::Published,
    record::{Entry, Record},
    state::State,
};
use candor_directory::{Cards, Directory, KeyCard, Verified};
use candor_sealing::{
    ReporterSecrets,
    message::{FollowUpContent, FollowUpDomain, Message, NewGeneration, Secret32},
    report::{Outgoing, leave_out},
    thread::{Body, ReporterContent},
};
use candor_wire::{Digest, Envelope, OfficeId, RoleId, desk::QueueItem};
use scenario::{AFFAIRS, DEAN, Pen, TITLE_IX, moving::Codes, office, school};

static REPORTER: LazyLock<ReporterSecrets> =
    LazyLock::new(|| scenario::reporter(1, &school::instance()).1);
static DIRECTORY: LazyLock<Verified<Directory>> = LazyLock::new(scenario::directory);

fn epochs(name: &str) -> Vec<EpochKeys> {
    let chain = scenario::chain(name);
    let following = chain.following();
    [chain, following]
        .iter()
        .map(|chain| EpochKeys {
            epoch: candor_directory::Epoch(chain.epoch()),
            revision: 0,
            identity: chain.identity(),
            reply_key: chain.reply_key(),
        })
        .collect()
}

/// Opens frames as the desk of an office does, on several threads, from position 1 on.
fn open(name: &str, frames: &[Vec<u8>]) -> Vec<Entry> {
    let items: Vec<_> = (1..)
        .zip(frames)
        .map(|(seq, frame)| QueueItem {
            seq,
            day: school::TODAY,
            frame: frame.clone(),
        })
        .collect();
    let roles = DIRECTORY.office(&office(name)).unwrap().roles.clone();
    let opener = Opener {
        instance: &school::instance(),
        office: &office(name),
        roles: &roles,
        epochs: &epochs(name),
        directory: &DIRECTORY,
    };
    let entries = opener.open_all(&items, 3);
    assert_eq!(entries.len(), items.len());
    entries
}

fn frames(envelopes: &[Envelope]) -> Vec<Vec<u8>> {
    envelopes.iter().map(Envelope::encode).collect()
}

fn state(name: &str, frames: &[Vec<u8>]) -> State {
    State::replay(&open(name, frames)).unwrap()
}

fn only_case(state: &State) -> &Case {
    assert_eq!(state.cases.len(), 1);
    state.cases.values().next().unwrap()
}

fn role_of(name: &str) -> RoleId {
    DIRECTORY.office(&office(name)).unwrap().roles[0].clone()
}

fn published(cards: &[&str]) -> Published {
    published_with(DIRECTORY.clone(), cards)
}

fn published_with(directory: Verified<Directory>, cards: &[&str]) -> Published {
    let cards = cards.iter().map(|name| scenario::card(name)).collect();
    let blob = Cards::blob(cards).unwrap();
    Published {
        cards: Cards::verify_all(blob.as_bytes(), &directory).unwrap(),
        directory,
        has_expired: false,
    }
}

fn audience(
    case: &Case,
    own: &str,
    published: &Published,
) -> candor_desk::failure::Outcome<Audience> {
    let card = KeyCard::verify(&scenario::card(own), &published.directory).unwrap();
    let known = Known {
        own: &office(own),
        directory: Some(&published.directory),
        devices: &BTreeMap::new(),
    };
    let work = known.reckon(Some(case), None);
    Audience::of(
        case,
        &work.participants,
        Voice::OnCase,
        &card,
        published,
        school::TODAY,
    )
}

fn offices(audience: &Audience) -> Vec<&str> {
    audience.offices().map(OfficeId::as_str).collect()
}

fn report(to: &[&str], roles: &[&str]) -> Outgoing {
    scenario::report(&REPORTER, to, roles, "what happened")
}

fn follow(before: &Outgoing, to: &[&str], content: &FollowUpContent) -> Outgoing {
    scenario::follow_up(&REPORTER, before, to, content)
}

#[test]
fn messages_come_in_any_order_and_end_the_same() {
    let first = report(&[DEAN, AFFAIRS], &[]);
    let second = follow(&first, &[DEAN, AFFAIRS], &scenario::says("more"));
    let third = follow(
        &second,
        &[DEAN, AFFAIRS],
        &FollowUpContent {
            withdraw: true,
            ..FollowUpContent::default()
        },
    );
    let in_order: Vec<_> = [&first, &second, &third]
        .iter()
        .flat_map(|outgoing| frames(&outgoing.envelopes))
        .collect();
    let mut backwards = in_order.clone();
    backwards.reverse();
    for frames in [&in_order, &backwards] {
        let state = state(DEAN, frames);
        let case = only_case(&state);
        assert_eq!(case.messages.len(), 3);
        assert_eq!(case.standing(), Standing::Withdrawn);
        assert!(state.aside.is_empty() && state.waiting_count() == 0);
    }
    // Without its report, a message waits; it is not lost and not shown as a case.
    let state = state(DEAN, &backwards[..2]);
    assert_eq!((state.cases.len(), state.waiting_count()), (0, 2));
    // Everything twice changes nothing.
    let twice = [in_order.clone(), in_order].concat();
    let state = self::state(DEAN, &twice);
    assert_eq!(only_case(&state).messages.len(), 3);
    assert!(state.aside.is_empty());
}

#[test]
fn what_is_not_genuine_is_set_aside_with_its_bytes() {
    let genuine = report(&[DEAN], &[]);
    let second = follow(&genuine, &[DEAN], &scenario::says("more"));
    let header = scenario::follow_up_header(&second.envelopes[0], DEAN);
    // An office, which holds the conversation key, signs as if it were the reporter.
    let mut words = header.clone();
    words.counter = 9;
    let forged = scenario::forged::<FollowUpDomain>(
        &school::known_key("somebody"),
        &school::instance(),
        &header.conversation,
        &Message::FollowUp(words),
    );
    let forged = scenario::frame(forged.as_bytes(), &[DEAN]);
    let elsewhere = report(&[TITLE_IX], &[]);
    let mut damaged = genuine.envelopes[0].encode();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    let queue = vec![
        genuine.envelopes[0].encode(),
        forged.encode(),
        elsewhere.envelopes[0].encode(),
        damaged.clone(),
        b"noise".to_vec(),
    ];
    let entries = open(DEAN, &queue);
    let kept: Vec<_> = entries
        .iter()
        .filter(|entry| matches!(entry.record, Record::SetAside { .. }))
        .map(|entry| entry.bytes.to_vec())
        .collect();
    assert_eq!(kept, vec![queue[2].clone(), damaged, b"noise".to_vec()]);
    let state = State::replay(&entries).unwrap();
    assert_eq!(state.aside.len(), 4, "{:?}", state.aside);
    assert_eq!(only_case(&state).messages.len(), 1);
}

#[test]
fn a_reply_is_a_copy_of_its_drop_and_a_strangers_is_refused() {
    let first = report(&[DEAN, AFFAIRS], &[]);
    let pen = Pen::new(AFFAIRS, &REPORTER, &[DEAN, AFFAIRS]);
    let (_, sealed) = pen.write("an answer", 1);
    let copy = |sealed: &[u8], to: &[&str]| {
        let to = to.iter().map(|name| office(name)).collect();
        Envelope::new(candor_wire::Urgency::Batched, to, vec![], sealed.to_vec())
            .unwrap()
            .encode()
    };
    let stranger = Pen::new(TITLE_IX, &REPORTER, &[DEAN, TITLE_IX]);
    let (_, strange) = stranger.write("from outside", 2);
    let (_, other) = pen.write("another in the same place", 1);
    let queue = [
        frames(&first.envelopes),
        vec![
            copy(&sealed, &[DEAN]),
            copy(&strange, &[DEAN]),
            copy(&other, &[DEAN]),
        ],
    ]
    .concat();
    let state = state(DEAN, &queue);
    let case = only_case(&state);
    assert_eq!(case.standing(), Standing::Answered);
    assert_eq!(case.next_drop(0), (2, Some(Digest::of_drop(&sealed))));
    let why: Vec<_> = state.aside.iter().map(|aside| aside.why.as_str()).collect();
    assert_eq!(why.len(), 2, "{why:?}");
    assert!(why[0].contains("not on this case") && why[1].contains("same place"));
}

#[test]
fn copies_of_what_was_never_placed_send_nothing_where_nobody_reads() {
    let first = report(&[DEAN, AFFAIRS], &[]);
    let pen = Pen::new(AFFAIRS, &REPORTER, &[DEAN, AFFAIRS]);
    let copy = |n: u32| {
        let (_, sealed) = pen.write("a forged place", n);
        let to = vec![office(DEAN)];
        let envelope = Envelope::new(candor_wire::Urgency::Batched, to, vec![], sealed);
        envelope.unwrap().encode()
    };
    let with = |places: &[u32]| {
        let copies = places.iter().map(|n| copy(*n)).collect();
        state(DEAN, &[frames(&first.envelopes), copies].concat())
    };
    for n in [3, 40, 4_000] {
        assert_eq!(only_case(&with(&[n])).next_drop(0).0, 1, "{n}");
    }
    for n in [5_000, u32::MAX] {
        let state = with(&[n]);
        assert_eq!(only_case(&state).next_drop(0).0, 1, "{n}");
        assert!(state.aside[0].why.contains("does not look"));
    }
    // Without a gap they count while the reporter reads that far, and no further.
    assert_eq!(only_case(&with(&[1, 2, 3])).next_drop(0).0, 4);
    let mut case = only_case(&with(&[1, 2, 3, 4])).clone();
    assert_eq!(case.next_drop(0).0, 1);
    case.taken.insert((0, 1), None);
    assert_eq!(case.next_drop(0).0, 5);
}

#[test]
fn an_office_that_was_left_out_is_never_sealed_to() {
    let dean = role_of(DEAN);
    // A client that leaves the dean out and seals to the dean all the same.
    let faulty = report(&[DEAN, AFFAIRS], &[dean.as_str()]);
    let public = published(&[DEAN, AFFAIRS]);
    let affairs = state(AFFAIRS, &frames(&faulty.envelopes));
    let reached = audience(only_case(&affairs), AFFAIRS, &public).unwrap();
    assert_eq!(offices(&reached), [AFFAIRS]);
    assert_eq!(reached.left_out(), [office(DEAN)]);
    assert!(!reached.includes_all(&[office(DEAN)]));
    // The dean's own desk refuses what it could open.
    let at_the_dean = state(DEAN, &frames(&faulty.envelopes));
    assert!(at_the_dean.cases.is_empty() && at_the_dean.aside.len() == 1);

    // Left out later; a message after that names the dean again.
    let first = report(&[DEAN, AFFAIRS], &[]);
    let content = leave_out(&REPORTER, &first.record, vec![dean]).unwrap();
    let left = follow(&first, &[AFFAIRS], &content);
    let mut header = scenario::follow_up_header(&left.envelopes[0], AFFAIRS);
    header.counter += 1;
    header.recipients = vec![office(DEAN), office(AFFAIRS)];
    header.content = "{\"text\":\"again\"}".to_owned();
    let again = scenario::forged::<FollowUpDomain>(
        REPORTER.reporter_key(),
        &school::instance(),
        &first.record.conversation,
        &Message::FollowUp(header),
    );
    let again = scenario::frame(again.as_bytes(), &[DEAN, AFFAIRS]);
    let queue = [
        frames(&first.envelopes),
        frames(&left.envelopes),
        vec![again.encode()],
    ]
    .concat();
    let affairs = state(AFFAIRS, &queue);
    let case = only_case(&affairs);
    assert_eq!(case.recipients, [office(DEAN), office(AFFAIRS)]);
    let reached = audience(case, AFFAIRS, &public).unwrap();
    assert_eq!(offices(&reached), [AFFAIRS]);
    assert_eq!(case.generation().unwrap().0, 1);
    // The dean's desk has only the first and the last of them, and still may not write: it does
    // not know of the exclusion, but what it knows of, it refuses.
    let mut told = Case::clone(only_case(&state(DEAN, &frames(&first.envelopes))));
    told.excluded.insert(role_of(DEAN));
    let refused = audience(&told, DEAN, &public).unwrap_err();
    assert_eq!(refused.reason(), Reason::Refused);
}

#[test]
fn a_role_that_moves_to_another_office_takes_the_exclusion_along() {
    let moved = role_of(DEAN);
    let first = report(&[AFFAIRS, TITLE_IX], &[moved.as_str()]);
    let state = state(AFFAIRS, &frames(&first.envelopes));
    let case = only_case(&state);
    let before = audience(case, AFFAIRS, &published(&[AFFAIRS, TITLE_IX])).unwrap();
    assert_eq!(offices(&before), [AFFAIRS, TITLE_IX]);
    // The dean now also leads Title IX.
    let mut directory = school::directory_of(school::MEDICAL_SCHOOL);
    for one in &mut directory.offices {
        if one.id == office(TITLE_IX) {
            one.roles.push(moved.clone());
        }
    }
    let public = published_with(school::verified(&directory), &[AFFAIRS, TITLE_IX]);
    let after = audience(case, AFFAIRS, &public).unwrap();
    assert_eq!(offices(&after), [AFFAIRS]);
    assert_eq!(after.left_out(), [office(TITLE_IX)]);
    // The role is renamed, so that nobody can say where it sits: only this office is sure.
    let mut directory = school::directory_of(school::MEDICAL_SCHOOL);
    directory.roles.retain(|role| role.id != moved);
    let public = published_with(school::verified(&directory), &[AFFAIRS, TITLE_IX]);
    let after = audience(case, AFFAIRS, &public).unwrap();
    assert_eq!(offices(&after), [AFFAIRS]);
}

/// What a desk makes of frames in the order in which they come.
struct Stands {
    recipient: String,
    generation: u32,
    key: [u8; 32],
    withdrawn: bool,
    excluded: usize,
    aside: usize,
    said: Vec<String>,
}

fn stands(frames: &[Vec<u8>]) -> Stands {
    let state = state(DEAN, frames);
    let case = only_case(&state);
    let (generation, key) = case.generation().unwrap();
    let said = case.messages.iter().map(|message| match &message.body {
        Body::Whole(ReporterContent::Report(content)) => content.text.clone(),
        Body::Whole(ReporterContent::FollowUp(content)) => content.text.clone(),
        other => format!("{other:?}"),
    });
    Stands {
        recipient: case.reply_recipient.clone(),
        generation,
        key: *key.expose(),
        withdrawn: case.withdrawn,
        excluded: case.excluded.len(),
        aside: state.aside.len(),
        said: said.collect(),
    }
}

#[test]
fn after_a_move_the_old_code_does_nothing_whatever_came_first() {
    let codes = Codes::new();
    let (old, new) = (&codes.old, &codes.new);
    let report = codes.report().envelopes[0].encode();
    let moves = codes.move_to_new().envelopes[0].encode();
    let mine = codes.says(new, 2, "mine").envelope().encode();
    let mut taken_over = codes.says(old, 2, "the operator's");
    taken_over.content.withdraw = true;
    taken_over.content.leave_out = vec![role_of(AFFAIRS)];
    taken_over.content.new_generation = Some(NewGeneration {
        generation: 7,
        conversation_key: Secret32::new([7; 32]),
    });
    let operators = taken_over.envelope().encode();
    let new_recipient = new.reply_identity().to_recipient().to_string();
    for order in [
        [&report, &moves, &mine, &operators],
        [&operators, &mine, &moves, &report],
        [&report, &operators, &mine, &moves],
        [&report, &mine, &operators, &moves],
        [&moves, &operators, &report, &mine],
    ] {
        let frames: Vec<Vec<u8>> = order.into_iter().cloned().collect();
        let stands = stands(&frames);
        assert_eq!(stands.said, ["A caller told me this.", "", "mine"]);
        assert_eq!(stands.recipient, new_recipient);
        assert_eq!(stands.generation, 1);
        assert_eq!(stands.key, *new.conversation_key(1).expose());
        assert!(!stands.withdrawn && stands.excluded == 0);
        assert_eq!(stands.aside, 1, "the operator's message is set aside");
    }
    // Where nobody moved, the same message does all that it says: the test above can fail.
    let without = stands(&[report, operators]);
    assert!(without.withdrawn && without.excluded == 1 && without.aside == 0);
    assert_eq!(without.generation, 7);
}

#[test]
fn a_move_takes_back_the_keys_that_whoever_knew_the_code_gave_out() {
    let codes = Codes::new();
    // Before the move, the operator began a generation whose drops they could watch.
    let mut watched = codes.says(&codes.old, 1, "please write here");
    watched.header.generation = 0;
    watched.content.new_generation = Some(NewGeneration {
        generation: 7,
        conversation_key: Secret32::new([7; 32]),
    });
    let moves = codes.moving(&codes.old, &codes.new, 2, 1);
    let frames = [
        codes.report().envelopes[0].encode(),
        watched.envelope().encode(),
        moves.envelope().encode(),
    ];
    let before = stands(&frames[..2]);
    assert_eq!((before.generation, before.key), (7, [7; 32]));
    let after = stands(&frames);
    assert_eq!(after.generation, 1);
    assert_eq!(after.key, *codes.new.conversation_key(1).expose());
    assert_eq!(after.aside, 0);
}

#[test]
fn nothing_is_sealed_by_an_expired_directory_or_without_a_card() {
    let first = report(&[DEAN, AFFAIRS], &[]);
    let state = state(DEAN, &frames(&first.envelopes));
    let case = only_case(&state);
    let mut public = published(&[DEAN]);
    let reached = audience(case, DEAN, &public).unwrap();
    assert_eq!(offices(&reached), [DEAN]);
    assert_eq!(reached.unreachable()[0].0, office(AFFAIRS));
    public.has_expired = true;
    assert_eq!(
        audience(case, DEAN, &public).unwrap_err().reason(),
        Reason::Refused
    );
}

#[test]
fn cases_are_named_by_as_many_characters_as_it_takes() {
    let first = report(&[DEAN], &[]);
    let state = state(DEAN, &frames(&first.envelopes));
    let case = only_case(&state);
    let label = state.label(&case.conversation);
    assert_eq!(label.len(), 4);
    assert_eq!(
        state.find(&label.to_uppercase()).unwrap().conversation,
        case.conversation
    );
    for bad in ["", "abc", "zzzz", "ffffffff"] {
        assert_eq!(
            state.find(bad).unwrap_err().reason(),
            Reason::Usage,
            "{bad}"
        );
    }
}
