//! Offices that come onto the case and have no usable key card yet, or none any more: they wait,
//! whatever else changes meanwhile, and nothing that was sent is contradicted.

use candor_reporter::{Client, Conversation, DeliveryError, FollowUpDraft, TakeUpError};
use candor_sealing::{
    offices::{NotAdded, What, Why},
    open::Opened,
    thread::Thread,
};
use candor_wire::{Digest, RoleId};

use crate::{
    offices::{
        Case, DEAN, DIRECTOR, MEDICAL, TITLE_IX, break_off, changes, reaches, take_up_by, text,
        what,
    },
    peer::{Desk, Reaction, now, rng},
};

const WAITS: What = What::NotAdded(NotAdded::NoKey);

/// Opens the conversation by what a server says that has no card of an office.
async fn open_by(case: &Case, client: &Client) -> Conversation {
    let secrets = case.secrets_again();
    Conversation::open(client, secrets, now(), &mut rng())
        .await
        .unwrap()
}

async fn without_card(case: &Case, office: &str) -> Client {
    case.peer.serve_cards_without(office);
    case.peer.connect().await
}

fn said(office: &str, what: What) -> Vec<(String, What)> {
    vec![(office.to_owned(), what)]
}

/// A case on which one office came, and another waits for its key card.
async fn one_came_and_one_waits() -> (Case, Client) {
    let case = Case::title_ix().await;
    case.changes((0, 1), TITLE_IX, &[DEAN], &[], Why::Transfer);
    case.changes((0, 2), TITLE_IX, &[DIRECTOR], &[], Why::Copy);
    let without = without_card(&case, DEAN).await;
    let mut conversation = open_by(&case, &without).await;
    assert_eq!(
        what(&conversation),
        [(DEAN.to_owned(), WAITS), (DIRECTOR.to_owned(), What::Came)]
    );
    take_up_by(&without, &mut conversation, &[]).await.unwrap();
    assert_eq!(case.recipients(&conversation), [DIRECTOR, TITLE_IX]);
    assert_eq!(conversation.record().seen, [2, 0]);
    assert!(!reaches(&case.peer.envelopes(), DEAN));
    (case, without)
}

#[tokio::test]
async fn a_newcomer_waits_on_though_others_come_meanwhile() {
    let (case, without) = one_came_and_one_waits().await;
    // It is said at every visit, and holds up nothing.
    let mut conversation = open_by(&case, &without).await;
    assert_eq!(what(&conversation), said(DEAN, WAITS));
    assert!(!conversation.has_other_offices() && !conversation.has_news());
    case.say(&mut conversation, "meanwhile").await;
    // At last there is a card.
    let mut conversation = case.open().await;
    assert_eq!(what(&conversation), said(DEAN, What::Came));
    let happened = &conversation.news_of_offices().happened()[0];
    assert_eq!(
        (happened.by.as_str(), happened.why),
        (TITLE_IX, Why::Transfer)
    );
    case.take_up(&mut conversation, &[]).await.unwrap();
    assert_eq!(case.recipients(&conversation), [DEAN, DIRECTOR, TITLE_IX]);
    assert!(conversation.record().waiting.is_empty());
    case.say(&mut conversation, "to all three").await;
    assert_eq!(case.follow_ups(DEAN).len(), 2);
    assert!(what(&case.open().await).is_empty());
}

#[tokio::test]
async fn who_waits_can_be_left_out_and_can_leave() {
    // Left out while it waits.
    let (case, without) = one_came_and_one_waits().await;
    let mut conversation = open_by(&case, &without).await;
    take_up_by(&without, &mut conversation, &[DEAN])
        .await
        .unwrap();
    let mut conversation = case.open().await;
    assert!(!conversation.has_other_offices() && what(&conversation).is_empty());
    case.say(&mut conversation, "without").await;
    assert!(!reaches(&case.peer.envelopes(), DEAN));

    // Left out when its card is there.
    let (case, _) = one_came_and_one_waits().await;
    let mut conversation = case.open().await;
    case.take_up(&mut conversation, &[DEAN]).await.unwrap();
    assert_eq!(case.recipients(&conversation), [DIRECTOR, TITLE_IX]);
    assert!(!case.open().await.has_other_offices());
    assert!(!reaches(&case.peer.envelopes(), DEAN));

    // It leaves while it waits; no other office alone makes it go.
    let (case, without) = one_came_and_one_waits().await;
    case.changes((1, 1), DIRECTOR, &[], &[DEAN], Why::Recusal);
    let mut conversation = open_by(&case, &without).await;
    let named = (DEAN.to_owned(), What::Named);
    assert_eq!(what(&conversation), [(DEAN.to_owned(), WAITS), named]);
    conversation
        .note_seen(&without, now(), &mut rng())
        .await
        .unwrap();
    assert_eq!(conversation.record().waiting.len(), 1);
    case.changes((1, 2), DEAN, &[], &[DEAN], Why::Recusal);
    let mut conversation = open_by(&case, &without).await;
    assert!(conversation.messages().iter().all(|m| m.from_recipient));
    conversation
        .note_seen(&without, now(), &mut rng())
        .await
        .unwrap();
    assert!(conversation.record().waiting.is_empty());
    let conversation = case.open().await;
    assert!(!conversation.has_other_offices() && what(&conversation).is_empty());
}

/// What an office can open of the envelopes, in one thread: nothing is refused.
fn counters(case: &Case, office: &str) -> Vec<(u32, Digest)> {
    let mut thread = None;
    let mut counters = Vec::new();
    for envelope in case.peer.envelopes() {
        match Desk::of(office).open(&envelope) {
            Some(Opened::Report(report)) => thread = Some(Thread::begin(&report)),
            Some(Opened::FollowUp(block)) => {
                if let Some(thread) = &mut thread {
                    thread.accept_follow_up(&block).unwrap();
                }
                counters.push((block.header.counter, block.block.digest()));
            }
            _ => {}
        }
    }
    counters.sort();
    counters.dedup();
    counters
}

#[tokio::test]
async fn a_card_that_vanishes_after_the_plan_was_stored_holds_up_nothing() {
    // The envelope of the first plan arrived, or not; then it is broken off again on the way.
    for carried_out in [false, true] {
        let stops: &[Option<usize>] = match carried_out {
            true => &[None, Some(1), Some(2), Some(3)],
            false => &[None],
        };
        for again in stops {
            let case = Case::title_ix().await;
            case.changes((0, 1), TITLE_IX, &[DEAN, DIRECTOR], &[], Why::Copy);
            let mut conversation = case.open().await;
            break_off(&case.peer, 2, carried_out);
            case.take_up(&mut conversation, &[]).await.unwrap_err();
            case.peer.rule(|_| Reaction::Honest);
            let without = without_card(&case, DEAN).await;
            if let Some(at) = again {
                break_off(&case.peer, *at, true);
                let secrets = case.secrets_again();
                let opened = Conversation::open(&without, secrets, now(), &mut rng()).await;
                opened.unwrap_err();
                case.peer.rule(|_| Reaction::Honest);
            }
            let mut conversation = open_by(&case, &without).await;
            assert!(!conversation.has_other_offices());
            assert_eq!(what(&conversation), said(DEAN, WAITS));
            assert_eq!(case.recipients(&conversation), [DIRECTOR, TITLE_IX]);
            assert_eq!(conversation.record().generation, 2);
            let text = format!("{carried_out} {again:?}");
            let draft = FollowUpDraft::add(zeroize::Zeroizing::new(text.clone()), Vec::new());
            let mut pending = conversation.prepare(&without, draft, now()).unwrap();
            conversation
                .send(&mut pending, &without, now(), &mut rng(), |_| {})
                .await
                .unwrap();
            // One block for each number: what was sent stands.
            let first: &[u32] = if carried_out { &[1] } else { &[] };
            let of = |office| -> Vec<u32> {
                let counters = counters(&case, office);
                counters.iter().map(|(counter, _)| *counter).collect()
            };
            assert_eq!(of(TITLE_IX), [first, &[2, 3]].concat(), "{text}");
            assert_eq!(of(DIRECTOR), [first, &[2, 3]].concat(), "{text}");
            assert_eq!(of(DEAN), first, "{text}");
            // Once there is a card again, it comes.
            let mut conversation = case.open().await;
            assert_eq!(what(&conversation), said(DEAN, What::Came));
            case.take_up(&mut conversation, &[]).await.unwrap();
            assert_eq!(of(DEAN), [first, &[4]].concat(), "{text}");
            assert_eq!(conversation.record().generation, 3);
        }
    }
}

#[tokio::test]
async fn roles_left_out_by_a_plan_stay_out_of_the_plan_that_is_made_anew() {
    let case = Case::title_ix().await;
    case.changes((0, 1), TITLE_IX, &[DEAN, DIRECTOR], &[], Why::Copy);
    let mut conversation = case.open().await;
    break_off(&case.peer, 2, false);
    case.take_up(&mut conversation, &[DIRECTOR])
        .await
        .unwrap_err();
    case.peer.rule(|_| Reaction::Honest);
    let without = without_card(&case, DEAN).await;
    let conversation = open_by(&case, &without).await;
    let role: RoleId = DIRECTOR.parse().unwrap();
    assert_eq!(conversation.record().excluded_roles, [role]);
    assert_eq!(case.recipients(&conversation), [TITLE_IX]);
    let told = case.follow_ups(TITLE_IX);
    assert!(told[0].header.content.starts_with(r#"{"leave_out":["#));
    assert!(!reaches(&case.peer.envelopes()[1..], DIRECTOR));
}

#[tokio::test]
async fn a_missing_card_puts_nobody_off_who_was_on_the_case_or_has_it_alone() {
    // Who was on the case before: all waits for the card, as any message does.
    let case = Case::three().await;
    case.changes((0, 1), DIRECTOR, &[TITLE_IX], &[], Why::Copy);
    let mut conversation = case.open().await;
    break_off(&case.peer, 2, false);
    case.take_up(&mut conversation, &[]).await.unwrap_err();
    case.peer.rule(|_| Reaction::Honest);
    let without = without_card(&case, DEAN).await;
    let mut conversation = open_by(&case, &without).await;
    assert!(conversation.has_other_offices());
    let refused = take_up_by(&without, &mut conversation, &[]).await;
    assert!(matches!(refused, Err(TakeUpError::Recipients(_))));
    let mut conversation = case.open().await;
    assert_eq!(conversation.record().generation, 1);
    case.say(&mut conversation, "to all").await;
    let all = [MEDICAL, DEAN, DIRECTOR, TITLE_IX];
    assert_eq!(case.recipients(&conversation), all);

    // Who has it alone by the plan: whoever left does not get it back.
    let case = Case::title_ix().await;
    case.changes((0, 1), TITLE_IX, &[DEAN], &[TITLE_IX], Why::Recusal);
    let mut conversation = case.open().await;
    break_off(&case.peer, 2, true);
    case.take_up(&mut conversation, &[]).await.unwrap_err();
    case.peer.rule(|_| Reaction::Honest);
    let without = without_card(&case, DEAN).await;
    let mut conversation = open_by(&case, &without).await;
    let refused = take_up_by(&without, &mut conversation, &[]).await;
    assert!(matches!(refused, Err(TakeUpError::Recipients(_))));
    let conversation = case.open().await;
    assert_eq!(case.recipients(&conversation), [DEAN]);
}

#[tokio::test]
async fn a_lost_answer_to_what_this_visit_wrote_is_not_a_change_from_elsewhere() {
    for (at, carried_out) in [(1, false), (1, true), (3, true)] {
        for leave_out in [&[][..], &[DIRECTOR]] {
            let case = Case::title_ix().await;
            case.changes((0, 1), TITLE_IX, &[DEAN, DIRECTOR], &[], Why::Copy);
            let mut conversation = case.open().await;
            break_off(&case.peer, at, carried_out);
            case.take_up(&mut conversation, &[]).await.unwrap_err();
            case.peer.rule(|_| Reaction::Honest);
            case.take_up(&mut conversation, leave_out).await.unwrap();
            let all = [DEAN, DIRECTOR, TITLE_IX];
            let left: Vec<&str> = all
                .into_iter()
                .filter(|office| !leave_out.contains(office))
                .collect();
            assert_eq!(case.recipients(&conversation), left, "{at} {carried_out}");
            counters(&case, TITLE_IX);
            case.say(&mut conversation, "more").await;
        }
    }
    // The same of what was only noted as seen.
    let case = Case::title_ix().await;
    case.says((0, 1), TITLE_IX, &text("hello"));
    let mut conversation = case.open().await;
    break_off(&case.peer, 1, true);
    let mut random = rng();
    let noted = conversation.note_seen(&case.client, now(), &mut random);
    noted.await.unwrap_err();
    case.peer.rule(|_| Reaction::Honest);
    let mut random = rng();
    let noted = conversation.note_seen(&case.client, now(), &mut random);
    noted.await.unwrap();
    assert!(!case.open().await.has_news());
}

#[tokio::test]
async fn what_somebody_else_wrote_after_a_lost_answer_is_noticed() {
    let case = Case::title_ix().await;
    case.says(
        (0, 1),
        TITLE_IX,
        &changes(&[DEAN, DIRECTOR], &[], Why::Copy),
    );
    let mut conversation = case.open().await;
    break_off(&case.peer, 1, false);
    case.take_up(&mut conversation, &[]).await.unwrap_err();
    case.peer.rule(|_| Reaction::Honest);
    let mut other = case.open().await;
    case.take_up(&mut other, &[DEAN]).await.unwrap();
    let taken = case.take_up(&mut conversation, &[]).await;
    assert_eq!(taken.unwrap_err(), DeliveryError::ChangedElsewhere.into());
    let taken = case.take_up(&mut conversation, &[DEAN, DIRECTOR]).await;
    taken.unwrap();
    assert!(!reaches(&case.peer.envelopes(), DEAN));
}
