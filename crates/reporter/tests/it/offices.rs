//! Offices that come onto the case and leave it: told, agreed to, sealed to whoever is on it now;
//! broken off anywhere; and by offices that are not honest.

use std::sync::{Arc, Mutex};

use candor_reporter::{
    Client, Conversation, DeliveryError, FollowUpDraft, FollowUpError, MoveError, TakeUpError,
};
use candor_sealing::{
    ReporterSecrets,
    message::{ReplyContent, ReplyKind},
    offices::{NotAdded, OfficesChange, What, Why},
    open::{FollowUpBlock, Opened},
    telling::{Telling, compose_telling},
    thread::{Body, ReporterContent, Thread},
};
use candor_wire::{Digest, Envelope, OfficeId, RoleId, exchange::Operation};
use zeroize::Zeroizing;

use crate::{
    filing::{draft, file},
    peer::{Desk, Peer, Reaction, ReplyTo, now, place, rng},
};

pub const TITLE_IX: &str = "title-ix";
pub const DEAN: &str = "dean-for-students";
pub const DIRECTOR: &str = "director-of-student-affairs";
pub const MEDICAL: &str = "dean-for-medical-education";

pub struct Case {
    pub peer: Peer,
    pub client: Client,
    pub secrets: ReporterSecrets,
    to: ReplyTo,
}

impl Case {
    async fn of(topic: &str, desk: &str, excluded: &[&str]) -> Self {
        let peer = Peer::start();
        let client = peer.connect().await;
        let mut report = draft(topic, "words");
        report.excluded = excluded.iter().map(|role| role.parse().unwrap()).collect();
        let pending = file(&client, report).await;
        let to = ReplyTo::of(&Desk::of(desk), &peer.envelopes()[0]);
        peer.seen();
        let secrets = ReporterSecrets::derive(pending.code(), &client.directory().instance);
        Self {
            secrets,
            peer,
            client,
            to,
        }
    }

    /// What concerns Title IX alone.
    pub async fn title_ix() -> Self {
        Self::of("sexual-misconduct", TITLE_IX, &[]).await
    }

    /// Which three offices have.
    pub async fn three() -> Self {
        Self::of("mistreatment", DEAN, &[]).await
    }

    /// What the code derives; stretching it takes a while, so it is done once.
    pub fn secrets_again(&self) -> ReporterSecrets {
        ReporterSecrets::from_root(*self.secrets.expose_root(), self.secrets.instance())
    }

    pub async fn open(&self) -> Conversation {
        let secrets = self.secrets_again();
        Conversation::open(&self.client, secrets, now(), &mut rng())
            .await
            .unwrap()
    }

    pub fn says(
        &self,
        (generation, n): (u32, u32),
        office: &str,
        content: &ReplyContent,
    ) -> Vec<u8> {
        let sealed = Desk::of(office).reply(&self.to, (generation, n), None, content);
        self.put((generation, n), office, sealed.clone());
        sealed
    }

    fn put(&self, (generation, n): (u32, u32), office: &str, sealed: Vec<u8>) {
        let place = place(&self.secrets, generation, n);
        let mut memory = self.peer.shared.memory.lock().unwrap();
        memory
            .drops
            .insert(place, (office.parse().unwrap(), sealed));
    }

    pub fn changes(&self, at: (u32, u32), office: &str, add: &[&str], remove: &[&str], why: Why) {
        self.says(at, office, &changes(add, remove, why));
    }

    pub async fn take_up(
        &self,
        conversation: &mut Conversation,
        leave_out: &[&str],
    ) -> Result<(), TakeUpError> {
        take_up_by(&self.client, conversation, leave_out).await
    }

    pub async fn say(&self, conversation: &mut Conversation, text: &str) {
        let draft = FollowUpDraft::add(Zeroizing::new(text.to_owned()), Vec::new());
        let mut pending = conversation.prepare(&self.client, draft, now()).unwrap();
        conversation
            .send(&mut pending, &self.client, now(), &mut rng(), |_| {})
            .await
            .unwrap();
    }

    /// The follow-ups that an office can open, in order.
    pub fn follow_ups(&self, office: &str) -> Vec<FollowUpBlock> {
        let envelopes = self.peer.envelopes();
        let opened = envelopes.iter().filter_map(|e| Desk::of(office).open(e));
        opened
            .filter_map(|opened| match opened {
                Opened::FollowUp(block) => Some(*block),
                _ => None,
            })
            .collect()
    }

    pub fn recipients(&self, conversation: &Conversation) -> Vec<String> {
        names(&conversation.record().recipients)
    }
}

pub async fn take_up_by(
    client: &Client,
    conversation: &mut Conversation,
    leave_out: &[&str],
) -> Result<(), TakeUpError> {
    let roles: Vec<RoleId> = leave_out.iter().map(|role| role.parse().unwrap()).collect();
    conversation
        .take_up(client, &roles, now(), &mut rng(), |_| {})
        .await
        .map(|_| ())
}

pub fn changes(add: &[&str], remove: &[&str], why: Why) -> ReplyContent {
    let ids = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect();
    ReplyContent {
        offices: Some(OfficesChange::new(ids(add), ids(remove), why).unwrap()),
        ..text("")
    }
}

pub fn text(text: &str) -> ReplyContent {
    ReplyContent {
        text: text.to_owned(),
        ..ReplyContent::new(ReplyKind::Message)
    }
}

fn names(offices: &[OfficeId]) -> Vec<String> {
    offices.iter().map(ToString::to_string).collect()
}

pub fn what(conversation: &Conversation) -> Vec<(String, What)> {
    let happened = conversation.news_of_offices().happened().iter();
    happened
        .map(|one| (one.office.to_string(), one.what))
        .collect()
}

/// Whether an office can open any of these, or gets any of them.
pub fn reaches(envelopes: &[Envelope], office: &str) -> bool {
    let id: OfficeId = office.parse().unwrap();
    envelopes
        .iter()
        .any(|envelope| envelope.offices().contains(&id) || Desk::of(office).can_read(envelope))
}

#[tokio::test]
async fn a_transfer_is_told_and_agreed_to_and_the_same_code_goes_on() {
    let case = Case::title_ix().await;
    case.changes((0, 1), TITLE_IX, &[DEAN], &[TITLE_IX], Why::Transfer);
    case.says((0, 2), DEAN, &text("I have taken this over."));
    let mut conversation = case.open().await;
    assert!(conversation.has_other_offices());
    assert_eq!(
        what(&conversation),
        [
            (TITLE_IX.to_owned(), What::Left),
            (DEAN.to_owned(), What::Came)
        ]
    );
    assert_eq!(
        conversation.news_of_offices().happened()[0].why,
        Why::Transfer
    );
    // Nobody is suspected: the one had left, the other had come.
    assert!(conversation.messages().iter().all(|m| m.from_recipient));
    // Nothing is sent, and nothing noted as seen, before the reporter has agreed.
    let add = FollowUpDraft::add(Zeroizing::new("more".to_owned()), Vec::new());
    assert_eq!(
        conversation.prepare(&case.client, add, now()).unwrap_err(),
        FollowUpError::OtherOffices
    );
    assert_eq!(
        conversation
            .prepare_move(&case.client, now(), &mut rng())
            .unwrap_err(),
        MoveError::OtherOffices
    );
    assert!(!conversation.has_news());
    assert_eq!(case.peer.envelopes().len(), 1);

    case.peer.seen();
    case.take_up(&mut conversation, &[]).await.unwrap();
    // Three bursts of four.
    assert_eq!(case.peer.seen().len(), 12);
    assert_eq!(case.recipients(&conversation), [DEAN]);
    assert_eq!(conversation.record().generation, 1);
    assert!(!conversation.has_other_offices());
    let told = case.follow_ups(DEAN);
    assert_eq!(told.len(), 1);
    told[0]
        .verify(&case.secrets.reporter_key().verifying_key())
        .unwrap();
    let content: serde_json::Value = serde_json::from_str(&told[0].header.content).unwrap();
    let members: Vec<&String> = content.as_object().unwrap().keys().collect();
    assert_eq!(members, ["new_generation"]);

    // The next visit has nothing to tell any more; what is written goes on with the new office.
    let mut conversation = case.open().await;
    assert!(!conversation.has_other_offices());
    assert!(
        conversation
            .messages()
            .iter()
            .all(|m| m.from_recipient && !m.is_new)
    );
    case.say(&mut conversation, "thank you").await;
    assert_eq!(case.follow_ups(DEAN).len(), 2);
    assert!(!reaches(&case.peer.envelopes()[1..], TITLE_IX));
    case.says((1, 1), DEAN, &text("hello"));
    assert!(case.open().await.messages()[2].from_recipient);
}

#[tokio::test]
async fn an_office_that_left_reads_nothing_that_comes_later_and_its_word_does_not_count() {
    let case = Case::three().await;
    case.changes((0, 1), DIRECTOR, &[], &[DIRECTOR], Why::Recusal);
    let mut conversation = case.open().await;
    case.take_up(&mut conversation, &[]).await.unwrap();
    case.say(&mut conversation, "only for those who are left")
        .await;
    let later = &case.peer.envelopes()[1..];
    assert_eq!(later.len(), 2);
    assert!(!reaches(later, DIRECTOR));
    assert!(reaches(later, DEAN) && reaches(later, MEDICAL));
    // What it knew leads to no drop of the new generation.
    let old = case.secrets.conversation_key(0);
    for n in 1..8 {
        assert_ne!(old.drop(n).drop_address(), place(&case.secrets, 1, n));
    }
    // It writes on where it can, and would have others come and go.
    case.changes((0, 2), DIRECTOR, &[DIRECTOR, TITLE_IX], &[DEAN], Why::Copy);
    let conversation = case.open().await;
    assert!(!conversation.has_other_offices());
    assert_eq!(
        what(&conversation),
        [(DIRECTOR.to_owned(), What::NotOnCase)]
    );
    let flagged: Vec<bool> = conversation
        .messages()
        .iter()
        .map(|m| m.from_recipient)
        .collect();
    assert_eq!(flagged, [true, false]);
}

#[tokio::test]
async fn an_excluded_office_stays_off_whatever_an_office_tries() {
    let case = Case::of("mistreatment", DEAN, &[MEDICAL]).await;
    case.changes((0, 1), DEAN, &[MEDICAL], &[], Why::Copy);
    case.changes((0, 2), DEAN, &[MEDICAL], &[DEAN], Why::Transfer);
    let mut conversation = case.open().await;
    let excluded = What::NotAdded(NotAdded::Excluded);
    assert_eq!(
        what(&conversation),
        [
            (MEDICAL.to_owned(), excluded),
            (DEAN.to_owned(), What::Left),
            (MEDICAL.to_owned(), excluded),
        ]
    );
    case.take_up(&mut conversation, &[]).await.unwrap();
    assert_eq!(case.recipients(&conversation), [DIRECTOR]);
    case.say(&mut conversation, "more").await;
    assert!(!reaches(&case.peer.envelopes(), MEDICAL));

    // A client that believed the office would be caught.
    let mut fooled = conversation.record().clone();
    fooled.telling = Some(Telling {
        recipients: vec![MEDICAL.parse().unwrap()],
        leave_out: Vec::new(),
        seen: Vec::new(),
        waiting: Vec::new(),
    });
    let keys = [Desk::of(MEDICAL).recipient()];
    let planted = compose_telling(&case.secrets, &fooled, &keys).unwrap();
    assert!(reaches(&planted.envelopes, MEDICAL));
}

#[tokio::test]
async fn one_office_alone_pushes_nobody_off_and_two_do() {
    let case = Case::three().await;
    case.changes((0, 1), DEAN, &[], &[DIRECTOR], Why::Recusal);
    case.changes((0, 2), DEAN, &[], &[DIRECTOR], Why::Recusal);
    let mut conversation = case.open().await;
    assert!(!conversation.has_other_offices());
    conversation
        .note_seen(&case.client, now(), &mut rng())
        .await
        .unwrap();
    // The other's word comes at a later visit.
    case.changes((0, 3), MEDICAL, &[], &[DIRECTOR], Why::Recusal);
    let mut conversation = case.open().await;
    assert!(conversation.has_other_offices());
    case.take_up(&mut conversation, &[]).await.unwrap();
    assert_eq!(case.recipients(&conversation), [MEDICAL, DEAN]);
}

#[tokio::test]
async fn what_was_taken_up_is_not_taken_up_again_though_it_is_replayed() {
    let case = Case::title_ix().await;
    let added = changes(&[DEAN], &[], Why::Copy);
    let sealed = case.says((0, 1), TITLE_IX, &added);
    let mut conversation = case.open().await;
    case.take_up(&mut conversation, &[]).await.unwrap();
    case.changes((1, 1), DEAN, &[], &[DEAN], Why::Recusal);
    let mut conversation = case.open().await;
    case.take_up(&mut conversation, &[]).await.unwrap();
    assert_eq!(case.recipients(&conversation), [TITLE_IX]);
    // The relay gives the old reply at other places; nothing of it is genuine there.
    case.put((0, 2), TITLE_IX, sealed.clone());
    case.put((1, 2), TITLE_IX, sealed.clone());
    case.put((2, 1), TITLE_IX, sealed);
    let conversation = case.open().await;
    assert!(!conversation.has_other_offices());
    assert_eq!(conversation.troubles().len(), 3);
    assert!(conversation.news_of_offices().happened().is_empty());
}

#[tokio::test]
async fn a_newcomer_can_be_left_out_before_anything_is_sealed_to_it() {
    let case = Case::title_ix().await;
    case.changes((0, 1), TITLE_IX, &[DEAN, DIRECTOR], &[], Why::Copy);
    let mut conversation = case.open().await;
    let role: RoleId = DEAN.parse().unwrap();
    let left = conversation.on_case(&case.client, std::slice::from_ref(&role));
    assert_eq!(names(&left.unwrap()), [DIRECTOR, TITLE_IX]);
    case.take_up(&mut conversation, &[DEAN]).await.unwrap();
    assert_eq!(case.recipients(&conversation), [DIRECTOR, TITLE_IX]);
    assert_eq!(conversation.record().excluded_roles, [role]);
    assert!(!reaches(&case.peer.envelopes(), DEAN));
    let told = case.follow_ups(TITLE_IX);
    assert!(
        told[0]
            .header
            .content
            .starts_with(r#"{"leave_out":["dean-for-students"],"new_generation""#)
    );
    assert!(!case.open().await.has_other_offices());

    // Of a transfer to one that is left out, nothing comes: somebody must be on the case.
    case.changes((1, 1), TITLE_IX, &[], &[TITLE_IX], Why::Recusal);
    case.changes((1, 2), DIRECTOR, &[MEDICAL], &[DIRECTOR], Why::Transfer);
    let conversation = case.open().await;
    let medical: RoleId = MEDICAL.parse().unwrap();
    let left = conversation.on_case(&case.client, &[medical]).unwrap();
    assert_eq!(names(&left), [DIRECTOR]);
}

#[tokio::test]
async fn it_goes_together_with_leaving_out_withdrawing_and_a_new_code() {
    let case = Case::three().await;
    let mut conversation = case.open().await;
    let draft = FollowUpDraft::leave_out(vec![DIRECTOR.parse().unwrap()]);
    let mut pending = conversation.prepare(&case.client, draft, now()).unwrap();
    conversation
        .send(&mut pending, &case.client, now(), &mut rng(), |_| {})
        .await
        .unwrap();
    case.changes((1, 1), DEAN, &[DIRECTOR, TITLE_IX], &[DEAN], Why::Transfer);
    let mut conversation = case.open().await;
    case.take_up(&mut conversation, &[]).await.unwrap();
    assert_eq!(case.recipients(&conversation), [MEDICAL, TITLE_IX]);
    assert_eq!(conversation.record().generation, 2);
    // On to a new code, and there on.
    let mut rng_of_codes = rand::rngs::OsRng;
    let mut pending = conversation
        .prepare_move(&case.client, now(), &mut rng_of_codes)
        .unwrap();
    let code = pending.code().clone();
    conversation
        .move_to(&mut pending, &case.client, now(), &mut rng(), |_| {})
        .await
        .unwrap();
    let secrets = ReporterSecrets::derive(&code, case.secrets.instance());
    let moved = Case {
        to: ReplyTo {
            recipient: secrets.reply_identity().to_recipient().to_string(),
            ..case.to.clone()
        },
        peer: case.peer,
        client: case.client,
        secrets,
    };
    moved.changes((3, 1), TITLE_IX, &[], &[TITLE_IX], Why::Recusal);
    let mut conversation = moved.open().await;
    moved.take_up(&mut conversation, &[]).await.unwrap();
    assert_eq!(moved.recipients(&conversation), [MEDICAL]);
    assert_eq!(conversation.record().generation, 4);
    let withdraw = FollowUpDraft::withdraw();
    let mut pending = conversation
        .prepare(&moved.client, withdraw, now())
        .unwrap();
    conversation
        .send(&mut pending, &moved.client, now(), &mut rng(), |_| {})
        .await
        .unwrap();
    // The office that stayed from the beginning has every block, in one unbroken row.
    let mut thread = None;
    for envelope in moved.peer.envelopes() {
        match Desk::of(MEDICAL).open(&envelope) {
            Some(Opened::Report(report)) => thread = Some(Thread::begin(&report)),
            Some(Opened::FollowUp(block)) => {
                thread.as_mut().unwrap().accept_follow_up(&block).unwrap();
            }
            other => panic!("{other:?}"),
        }
    }
    let messages = thread.unwrap().messages();
    assert_eq!(messages.len(), 6);
    let chain = |message: &candor_sealing::thread::Received<_>| message.chain;
    assert!(
        messages
            .iter()
            .map(chain)
            .all(|c| c == candor_sealing::thread::Chain::Intact)
    );
    assert!(messages.iter().all(|m| matches!(
        &m.body,
        Body::Whole(ReporterContent::Report(_) | ReporterContent::FollowUp(_))
    )));
}

/// Breaks off at the `at`-th writing or filing, which is carried out or not.
pub fn break_off(peer: &Peer, at: usize, carried_out: bool) {
    let count = Arc::new(Mutex::new(0));
    peer.rule(move |operation| {
        let mut count = count.lock().unwrap();
        if matches!(operation, Operation::WriteSelf { .. } | Operation::File(_)) {
            *count += 1;
            if *count == at {
                return Reaction::Close { carried_out };
            }
        }
        match *count >= at {
            true => Reaction::Close { carried_out: false },
            false => Reaction::Honest,
        }
    });
}

#[tokio::test]
async fn broken_off_anywhere_the_offices_are_told_once() {
    for at in 1..=3 {
        for carried_out in [false, true] {
            let case = Case::title_ix().await;
            case.changes((0, 1), TITLE_IX, &[DEAN], &[], Why::Copy);
            let mut conversation = case.open().await;
            break_off(&case.peer, at, carried_out);
            let failed = case.take_up(&mut conversation, &[]).await.unwrap_err();
            assert!(matches!(
                failed,
                TakeUpError::Delivery(DeliveryError::Exchange(_))
            ));
            drop(conversation);
            case.peer.rule(|_| Reaction::Honest);
            // Meanwhile an office says more: what was begun is told first, as it was agreed to.
            case.changes((0, 2), TITLE_IX, &[DIRECTOR], &[], Why::Copy);
            let mut conversation = case.open().await;
            let begun = at > 1 || carried_out;
            assert_eq!(
                conversation.record().generation,
                u32::from(begun),
                "{at} {carried_out}"
            );
            assert!(conversation.has_other_offices());
            case.take_up(&mut conversation, &[]).await.unwrap();
            let all = [DEAN, DIRECTOR, TITLE_IX];
            assert_eq!(case.recipients(&conversation), all, "{at} {carried_out}");
            case.say(&mut conversation, "more").await;
            // However often it was sent, each block is there once.
            let mut blocks: Vec<(u32, Digest)> = case
                .follow_ups(TITLE_IX)
                .iter()
                .map(|block| (block.header.counter, block.block.digest()))
                .collect();
            blocks.sort();
            blocks.dedup();
            let counters: Vec<u32> = blocks.iter().map(|(counter, _)| *counter).collect();
            let expected = if begun { vec![1, 2, 3] } else { vec![1, 2] };
            assert_eq!(counters, expected, "{at} {carried_out}");
        }
    }
}

#[tokio::test]
async fn a_page_that_does_not_know_sends_nothing_to_those_who_left() {
    let case = Case::three().await;
    let mut stale = case.open().await;
    let draft = FollowUpDraft::add(Zeroizing::new("from the old page".to_owned()), Vec::new());
    let mut pending = stale.prepare(&case.client, draft, now()).unwrap();
    case.changes((0, 1), DEAN, &[], &[DEAN], Why::Recusal);
    let mut conversation = case.open().await;
    // Broken off after the first step: what will be told is settled.
    break_off(&case.peer, 2, false);
    case.take_up(&mut conversation, &[]).await.unwrap_err();
    case.peer.rule(|_| Reaction::Honest);
    for _ in 0..2 {
        let sent = stale
            .send(&mut pending, &case.client, now(), &mut rng(), |_| {})
            .await;
        assert_eq!(sent.unwrap_err(), DeliveryError::ChangedElsewhere.into());
        // Then it is told, and the old page is refused all the same.
        case.open().await;
    }
    assert!(!reaches(&case.peer.envelopes()[1..], DEAN));
}

#[tokio::test]
async fn who_is_left_out_after_a_plan_was_stored_is_left_out() {
    // Broken off before the envelope, or with it; then again anywhere on the way of the second plan.
    for carried_out in [false, true] {
        for again in [None, Some(2), Some(3), Some(4)] {
            let case = Case::title_ix().await;
            case.changes((0, 1), TITLE_IX, &[DEAN], &[], Why::Copy);
            let mut conversation = case.open().await;
            break_off(&case.peer, 2, carried_out);
            case.take_up(&mut conversation, &[]).await.unwrap_err();
            case.peer.rule(|_| Reaction::Honest);
            let role: RoleId = DEAN.parse().unwrap();
            let left = conversation.on_case(&case.client, std::slice::from_ref(&role));
            assert_eq!(names(&left.unwrap()), [TITLE_IX]);
            if let Some(at) = again {
                break_off(&case.peer, at, true);
                case.take_up(&mut conversation, &[DEAN]).await.unwrap_err();
                assert!(!conversation.record().excluded_roles.contains(&role));
                case.peer.rule(|_| Reaction::Honest);
                drop(conversation);
                conversation = case.open().await;
            }
            if !conversation.record().excluded_roles.contains(&role) {
                case.take_up(&mut conversation, &[DEAN]).await.unwrap();
            }
            assert_eq!(case.recipients(&conversation), [TITLE_IX]);
            assert_eq!(conversation.record().excluded_roles, [role]);
            assert_eq!(conversation.record().generation, 2);
            // What came first may be there; nothing after it is.
            case.say(&mut conversation, "not for the newcomer").await;
            let told = case.follow_ups(DEAN);
            assert!(told.iter().all(|block| block.header.counter == 1));
            let mut counters: Vec<u32> = case
                .follow_ups(TITLE_IX)
                .iter()
                .map(|block| block.header.counter)
                .collect();
            counters.dedup();
            assert_eq!(counters, [1, 2, 3]);
            assert!(!case.open().await.has_other_offices());
        }
    }
}

#[tokio::test]
async fn who_is_told_already_that_they_have_it_alone_cannot_be_left_out() {
    let case = Case::title_ix().await;
    case.changes((0, 1), TITLE_IX, &[DEAN], &[TITLE_IX], Why::Transfer);
    let mut conversation = case.open().await;
    break_off(&case.peer, 2, true);
    case.take_up(&mut conversation, &[]).await.unwrap_err();
    case.peer.rule(|_| Reaction::Honest);
    let refused = case.take_up(&mut conversation, &[DEAN]).await;
    assert_eq!(refused.unwrap_err(), FollowUpError::NobodyLeft.into());
    assert!(conversation.record().telling.is_some());
    case.take_up(&mut conversation, &[]).await.unwrap();
    assert_eq!(case.recipients(&conversation), [DEAN]);
}

#[tokio::test]
async fn an_office_without_a_key_waits_and_holds_up_nothing() {
    let case = Case::title_ix().await;
    case.changes((0, 1), TITLE_IX, &[DEAN], &[], Why::Copy);
    // The server has no card of the newcomer.
    case.peer.serve_cards_without(DEAN);
    let client = case.peer.connect().await;
    let secrets = case.secrets_again();
    let mut conversation = Conversation::open(&client, secrets, now(), &mut rng())
        .await
        .unwrap();
    let waits = What::NotAdded(NotAdded::NoKey);
    assert_eq!(what(&conversation), [(DEAN.to_owned(), waits)]);
    assert!(!conversation.has_other_offices());
    let taken = conversation
        .take_up(&client, &[], now(), &mut rng(), |_| {})
        .await;
    assert_eq!(taken.unwrap_err(), TakeUpError::Nothing);
    let withdraw = FollowUpDraft::withdraw();
    let mut pending = conversation.prepare(&client, withdraw, now()).unwrap();
    conversation
        .send(&mut pending, &client, now(), &mut rng(), |_| {})
        .await
        .unwrap();
    assert!(!reaches(&case.peer.envelopes(), DEAN));
    // It is not noted as seen, so a later visit takes it up: the client of before has its card.
    assert_eq!(conversation.record().seen, [0]);
    let mut conversation = case.open().await;
    assert!(conversation.has_other_offices());
    case.take_up(&mut conversation, &[]).await.unwrap();
    assert_eq!(case.recipients(&conversation), [DEAN, TITLE_IX]);
}
