//! Coming back: replies, gaps, forgeries, follow-ups.

use candor_reporter::{
    Client, Conversation, DeliveryError, FollowUpDraft, FollowUpError, OfficeState, OpenError,
    SendError, TroubleKind,
};
use candor_sealing::{
    ClaimCode, ReporterSecrets,
    message::{ReplyContent, ReplyKind},
    open::{Opened, Refusal},
    thread::{Body, Chain},
};
use candor_wire::{Digest, OfficeId, ProblemType, exchange::Operation};
use zeroize::Zeroizing;

use crate::{
    filing::{draft, file},
    peer::{Desk, Peer, Reaction, ReplyTo, now, place, rng},
};

struct Case {
    peer: Peer,
    client: Client,
    code: ClaimCode,
    secrets: ReporterSecrets,
    to: ReplyTo,
}

/// A report about mistreatment, which two offices act on and a third reads along.
async fn case() -> Case {
    case_of("mistreatment", "dean-for-students").await
}

async fn case_of(topic: &str, desk: &str) -> Case {
    let peer = Peer::start();
    let client = peer.connect().await;
    let pending = file(&client, draft(topic, "words")).await;
    peer.seen();
    let to = {
        let memory = peer.shared.memory.lock().unwrap();
        ReplyTo::of(&Desk::of(desk), &memory.envelopes[0])
    };
    let instance = client.directory().instance;
    Case {
        secrets: ReporterSecrets::derive(pending.code(), &instance),
        code: pending.code().clone(),
        peer,
        client,
        to,
    }
}

fn says(text: &str) -> ReplyContent {
    ReplyContent {
        text: text.to_owned(),
        ..ReplyContent::new(ReplyKind::Message)
    }
}

impl Case {
    fn put(&self, generation: u32, n: u32, office: &str, sealed: Vec<u8>) -> Digest {
        let digest = Digest::of_drop(&sealed);
        let place = place(&self.secrets, generation, n);
        let mut memory = self.peer.shared.memory.lock().unwrap();
        memory
            .drops
            .insert(place, (office.parse().unwrap(), sealed));
        digest
    }

    fn reply(&self, n: u32, office: &str, previous: Option<Digest>, text: &str) -> Digest {
        let sealed = Desk::of(office).reply(&self.to, (0, n), previous, &says(text));
        self.put(0, n, office, sealed)
    }

    async fn open(&self) -> Conversation {
        let secrets = ReporterSecrets::derive(&self.code, self.secrets.instance());
        Conversation::open(&self.client, secrets, now(), &mut rng())
            .await
            .unwrap()
    }

    async fn send(
        &self,
        conversation: &mut Conversation,
        draft: FollowUpDraft,
    ) -> Result<(), SendError> {
        let mut pending = conversation.prepare(&self.client, draft, now()).unwrap();
        conversation
            .send(&mut pending, &self.client, now(), &mut rng(), |_| {})
            .await
            .map(|_| ())
    }
}

fn texts(conversation: &Conversation) -> Vec<String> {
    conversation
        .messages()
        .iter()
        .map(|message| match &message.body {
            Body::Whole(content) => content.text.clone(),
            other => format!("{other:?}"),
        })
        .collect()
}

fn state(conversation: &Conversation, office: &str) -> OfficeState {
    let office: OfficeId = office.parse().unwrap();
    let offices = conversation.offices();
    offices.into_iter().find(|(o, _)| *o == office).unwrap().1
}

#[tokio::test]
async fn no_report_no_answer_and_expired_are_told_apart() {
    let case = case().await;
    let open = |code: &ClaimCode| {
        let secrets = ReporterSecrets::derive(code, case.secrets.instance());
        let client = &case.client;
        async move { Conversation::open(client, secrets, now(), &mut rng()).await }
    };
    let none = open(&ClaimCode::from_bytes([9; 12])).await;
    assert_eq!(none.unwrap_err(), OpenError::NoReport);
    let conversation = open(&case.code).await.unwrap();
    assert!(conversation.messages().is_empty() && conversation.troubles().is_empty());
    assert_eq!(
        state(&conversation, "dean-for-students"),
        OfficeState::Stored
    );
    {
        let mut memory = case.peer.shared.memory.lock().unwrap();
        let place = case.secrets.self_capability().self_address();
        memory.gone.insert(place);
    }
    assert_eq!(open(&case.code).await.unwrap_err(), OpenError::Expired);
}

#[tokio::test]
async fn reading_has_one_shape() {
    let case = case().await;
    case.open().await;
    let seen = case.peer.seen();
    // Self-record with three decoys, then one window.
    assert_eq!(seen.len(), 8);
    assert_eq!(seen.iter().filter(|s| s.kind == "ReadSelf(..)").count(), 1);
    assert!(seen.iter().all(|s| s.path == "/v1/exchange"));
}

#[tokio::test]
async fn replies_are_shown_in_order_and_their_chain_is_checked() {
    let case = case().await;
    let acknowledgement = ReplyContent {
        reply: ReplyKind::Acknowledgement,
        ..says("")
    };
    let desk = Desk::of("dean-for-students");
    let sealed = desk.reply(&case.to, (0, 1), None, &acknowledgement);
    let first = case.put(0, 1, "dean-for-students", sealed);
    let conversation = case.open().await;
    assert_eq!(
        state(&conversation, "dean-for-students"),
        OfficeState::Received
    );

    let second = case.reply(2, "director-of-student-affairs", Some(first), "two");
    case.reply(3, "dean-for-students", Some(second), "three");
    case.reply(4, "dean-for-students", Some(first), "four");
    // Five is missing; six names it.
    case.reply(6, "dean-for-students", Some(second), "six");
    let conversation = case.open().await;
    assert_eq!(texts(&conversation), ["", "two", "three", "four", "six"]);
    let chains: Vec<Chain> = conversation.messages().iter().map(|m| m.chain).collect();
    use Chain::{Broken, Intact, MissingBefore};
    assert_eq!(chains, [Intact, Intact, Intact, Broken, MissingBefore]);
    assert_eq!(
        state(&conversation, "dean-for-students"),
        OfficeState::Answered
    );
    let missing: Vec<u32> = conversation.troubles().iter().map(|t| t.n).collect();
    assert_eq!(missing, [5]);
    assert_eq!(conversation.troubles()[0].kind, TroubleKind::Missing);
}

#[tokio::test]
async fn a_deleted_reply_is_said_to_be_expired() {
    let case = case().await;
    let first = case.reply(1, "dean-for-students", None, "one");
    case.reply(2, "dean-for-students", Some(first), "two");
    {
        let mut memory = case.peer.shared.memory.lock().unwrap();
        memory.gone.insert(place(&case.secrets, 0, 1));
    }
    let conversation = case.open().await;
    assert_eq!(texts(&conversation), ["two"]);
    assert_eq!(conversation.troubles()[0].kind, TroubleKind::Expired);
    assert_eq!(conversation.messages()[0].chain, Chain::MissingBefore);
}

#[tokio::test]
async fn nothing_of_a_forged_or_moved_drop_is_shown() {
    let case = case().await;
    let desk = Desk::of("dean-for-students");
    let of_place = |n| desk.reply(&case.to, (0, n), None, &says("SECRET"));
    // A reply for another place, of another generation, by another office than the relay says,
    // of another conversation, and rubbish.
    case.put(0, 1, "dean-for-students", of_place(2));
    let other_generation = desk.reply(&case.to, (1, 2), None, &says("SECRET"));
    case.put(0, 2, "dean-for-students", other_generation);
    case.put(0, 3, "title-ix", of_place(3));
    let elsewhere = ReplyTo {
        conversation: candor_wire::ConversationId::new([1; 32]),
        ..case.to.clone()
    };
    case.put(
        0,
        4,
        "dean-for-students",
        desk.reply(&elsewhere, (0, 4), None, &says("SECRET")),
    );
    case.put(0, 5, "dean-for-students", vec![1; 900]);
    // Another office, under the name and the card of this one.
    let posing = Desk::posing("dean-for-students", "title-ix");
    case.put(
        0,
        6,
        "dean-for-students",
        posing.reply(&case.to, (0, 6), None, &says("SECRET")),
    );
    let conversation = case.open().await;
    assert!(texts(&conversation).is_empty());
    let kinds: Vec<_> = conversation
        .troubles()
        .iter()
        .map(|t| t.kind.clone())
        .collect();
    let refused = |office: &str, why| TroubleKind::Refused {
        office: office.parse().unwrap(),
        why,
    };
    assert_eq!(
        kinds,
        [
            refused("dean-for-students", Refusal::Misplaced),
            refused("dean-for-students", Refusal::Misplaced),
            refused("title-ix", Refusal::OtherOffice),
            refused("dean-for-students", Refusal::Misplaced),
            refused("dean-for-students", Refusal::Undecryptable),
            refused("dean-for-students", Refusal::Signature),
        ]
    );
}

#[tokio::test]
async fn a_reply_from_an_office_that_does_not_have_the_report_is_flagged() {
    let case = case().await;
    case.reply(1, "title-ix", None, "we heard");
    let conversation = case.open().await;
    assert!(!conversation.messages()[0].from_recipient);
    case.reply(1, "dean-for-students", None, "hello");
    assert!(case.open().await.messages()[0].from_recipient);
}

#[tokio::test]
async fn a_lying_self_record_is_refused() {
    let case = case().await;
    let place = case.secrets.self_capability().self_address();
    let change = |counter: u64, flipped: u8| {
        let mut memory = case.peer.shared.memory.lock().unwrap();
        let (stored, sealed) = memory.selves.get_mut(&place).unwrap();
        *stored = counter;
        *sealed.last_mut().unwrap() ^= flipped;
    };
    let open = async || {
        let secrets = ReporterSecrets::derive(&case.code, case.secrets.instance());
        Conversation::open(&case.client, secrets, now(), &mut rng()).await
    };
    change(2, 0);
    assert_eq!(open().await.unwrap_err(), OpenError::NotGenuine);
    change(1, 1);
    assert_eq!(open().await.unwrap_err(), OpenError::NotGenuine);
    change(1, 1);
    assert!(open().await.is_ok());
}

#[tokio::test]
async fn what_was_read_is_noted_once() {
    let case = case().await;
    case.reply(1, "dean-for-students", None, "one");
    let mut conversation = case.open().await;
    assert!(conversation.messages()[0].is_new && conversation.has_news());
    conversation
        .note_seen(&case.client, now(), &mut rng())
        .await
        .unwrap();
    assert!(!conversation.has_news());
    let again = case.open().await;
    assert!(!again.messages()[0].is_new && !again.has_news());
    // What was seen once and is hidden now is missed.
    case.peer.shared.memory.lock().unwrap().drops.clear();
    let hidden = case.open().await;
    assert_eq!(hidden.troubles()[0].kind, TroubleKind::Missing);
}

#[tokio::test]
async fn follow_ups_go_to_the_same_offices_and_withdrawing_is_remembered() {
    let case = case().await;
    let mut conversation = case.open().await;
    let more = FollowUpDraft::add(Zeroizing::new("more".to_owned()), Vec::new());
    case.send(&mut conversation, more).await.unwrap();
    case.send(&mut conversation, FollowUpDraft::withdraw())
        .await
        .unwrap();
    let envelopes = case.peer.envelopes();
    assert_eq!(envelopes.len(), 3);
    for envelope in &envelopes {
        assert_eq!(envelope.offices(), envelopes[0].offices());
    }
    for (n, envelope) in (0..).zip(&envelopes).skip(1) {
        let Some(Opened::FollowUp(block)) = Desk::of("dean-for-students").open(envelope) else {
            panic!()
        };
        assert_eq!(block.header.counter, n);
        block
            .verify(&case.secrets.reporter_key().verifying_key())
            .unwrap();
    }
    assert!(case.open().await.record().withdrawn);
}

#[tokio::test]
async fn who_is_left_out_gets_neither_the_message_nor_the_new_key() {
    let case = case().await;
    let mut conversation = case.open().await;
    let role = "dean-for-medical-education".parse().unwrap();
    case.send(&mut conversation, FollowUpDraft::leave_out(vec![role]))
        .await
        .unwrap();
    let last = case.peer.shared.memory.lock().unwrap().envelopes[1].clone();
    assert!(Desk::of("dean-for-medical-education").open(&last).is_none());
    assert!(Desk::of("dean-for-students").open(&last).is_some());
    assert_eq!(conversation.record().generation, 1);
    // Replies of both generations are read.
    case.reply(1, "dean-for-students", None, "old");
    let sealed = Desk::of("dean-for-students").reply(&case.to, (1, 1), None, &says("new"));
    case.put(1, 1, "dean-for-students", sealed);
    let back = case.open().await;
    assert_eq!(texts(&back), ["old", "new"]);
    // `to` still names the office that was left out, so the reporter is told.
    assert_eq!(back.messages()[1].shown_to_excluded.len(), 1);
    // What it could read before it was left out is no cause for alarm.
    assert!(back.messages()[0].shown_to_excluded.is_empty());
}

#[tokio::test]
async fn nobody_is_never_left() {
    let case = case_of("sexual-misconduct", "title-ix").await;
    let conversation = case.open().await;
    let directory = case.client.directory();
    let roles = directory
        .office(&"title-ix".parse().unwrap())
        .unwrap()
        .roles
        .clone();
    let prepare = |draft| {
        conversation
            .prepare(&case.client, draft, now())
            .unwrap_err()
    };
    assert_eq!(
        prepare(FollowUpDraft::leave_out(roles)),
        FollowUpError::NobodyLeft
    );
    let unknown = vec!["janitor".parse().unwrap()];
    assert!(matches!(
        prepare(FollowUpDraft::leave_out(unknown)),
        FollowUpError::UnknownRole(_)
    ));
    assert_eq!(prepare(FollowUpDraft::default()), FollowUpError::Empty);
}

#[tokio::test]
async fn two_clients_with_one_code_do_not_overwrite_each_other() {
    let case = case().await;
    let mut one = case.open().await;
    let mut two = case.open().await;
    let more = |text: &str| FollowUpDraft::add(Zeroizing::new(text.to_owned()), Vec::new());
    case.send(&mut one, more("one")).await.unwrap();
    // Nobody was left out meanwhile, so nothing has to be asked.
    case.send(&mut two, more("two")).await.unwrap();
    assert_eq!(case.open().await.record().counter, 2);
}

/// How many of the envelopes an office opens.
fn opened_by(case: &Case, office: &str) -> usize {
    let desk = Desk::of(office);
    let envelopes = case.peer.envelopes();
    envelopes
        .iter()
        .filter(|envelope| desk.open(envelope).is_some())
        .count()
}

#[tokio::test]
async fn an_old_client_sends_nothing_to_an_office_that_was_left_out_elsewhere() {
    let case = case().await;
    let dean = "dean-for-medical-education";
    let role = vec![dean.parse().unwrap()];
    let more = || FollowUpDraft::add(Zeroizing::new("more".to_owned()), Vec::new());
    let clash = SendError::Delivery(DeliveryError::ChangedElsewhere);

    // One that was never sent, and one of which the first try failed.
    let (mut one, mut two, mut phone) = (case.open().await, case.open().await, case.open().await);
    let mut tried = two.prepare(&case.client, more(), now()).unwrap();
    case.peer.rule(|operation| match operation {
        Operation::File(_) => Reaction::Close { carried_out: false },
        _ => Reaction::Honest,
    });
    let failed = two
        .send(&mut tried, &case.client, now(), &mut rng(), |_| {})
        .await;
    assert!(failed.is_err());
    case.peer.rule(|_| Reaction::Honest);
    case.send(&mut phone, FollowUpDraft::leave_out(role))
        .await
        .unwrap();
    let before = opened_by(&case, dean);
    assert_eq!(case.send(&mut one, more()).await.unwrap_err(), clash);
    let again = two
        .send(&mut tried, &case.client, now(), &mut rng(), |_| {})
        .await;
    assert_eq!(again.unwrap_err(), clash);
    assert_eq!(opened_by(&case, dean), before);
    // What is prepared anew goes to those who are left.
    let gone: OfficeId = dean.parse().unwrap();
    for conversation in [&mut one, &mut two] {
        assert!(!conversation.record().recipients.contains(&gone));
        case.send(conversation, more()).await.unwrap();
    }
    assert_eq!(opened_by(&case, dean), before);
}

#[tokio::test]
async fn reading_again_shows_what_was_changed_elsewhere_and_takes_over_no_forgery() {
    let case = case().await;
    let (mut one, mut two) = (case.open().await, case.open().await);
    let place = case.secrets.self_capability().self_address();
    let old = case.peer.shared.memory.lock().unwrap().selves[&place].clone();
    case.send(&mut two, FollowUpDraft::withdraw())
        .await
        .unwrap();
    one.read(&case.client, now(), &mut rng()).await.unwrap();
    assert!(one.record().withdrawn);
    for lie in [(old.0, old.1.clone()), (9, old.1)] {
        {
            let mut memory = case.peer.shared.memory.lock().unwrap();
            memory.selves.insert(place, lie);
        }
        let read = one.read(&case.client, now(), &mut rng()).await;
        assert_eq!(read.unwrap_err(), OpenError::NotGenuine);
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_follow_up_is_no_clash() {
    let case = case().await;
    let mut conversation = case.open().await;
    let draft = FollowUpDraft::add(Zeroizing::new("more".to_owned()), Vec::new());
    let mut pending = conversation.prepare(&case.client, draft, now()).unwrap();
    case.peer.rule(|operation| match operation {
        Operation::WriteSelf { .. } => Reaction::Close { carried_out: true },
        _ => Reaction::Honest,
    });
    let failed = conversation
        .send(&mut pending, &case.client, now(), &mut rng(), |_| {})
        .await;
    assert!(matches!(
        failed.unwrap_err(),
        SendError::Delivery(
            DeliveryError::Refused(ProblemType::StaleCounter) | DeliveryError::Exchange(_)
        )
    ));
    case.peer.rule(|_| Reaction::Honest);
    conversation
        .send(&mut pending, &case.client, now(), &mut rng(), |_| {})
        .await
        .unwrap();
    assert_eq!(case.open().await.record().counter, 1);
}
