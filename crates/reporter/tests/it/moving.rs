//! Moving to a new claim code: in order, broken off anywhere, and with the old code in other hands.

use std::sync::{Arc, Mutex};

use candor_reporter::{
    Client, Conversation, DeliveryError, FollowUpDraft, FollowUpError, MoveError, OpenError,
    PendingMove, Progress,
};
use candor_sealing::{
    ClaimCode, ReporterSecrets,
    message::{ReplyContent, ReplyKind, Source},
    open::{Opened, Refusal},
    reply::{Place, open_reply},
    report::compose_follow_up,
    thread::{Body, ReporterContent, Thread},
};
use candor_wire::exchange::Operation;
use zeroize::Zeroizing;

use crate::{
    filing::draft,
    peer::{Desk, Peer, Reaction, ReplyTo, now, place, rng},
};

const DEAN: &str = "dean-for-students";

/// A report that an operator took down, and the code that the operator read out.
struct Call {
    peer: Peer,
    client: Client,
    code: ClaimCode,
    to: ReplyTo,
}

impl Call {
    async fn taken() -> Self {
        let peer = Peer::start();
        let client = peer.connect().await;
        let mut report = draft("mistreatment", "A caller told me this.");
        report.source = Source::Phone;
        let mut pending =
            candor_reporter::PendingReport::prepare(&client, report, now(), &mut rng()).unwrap();
        let sent = pending.send(&client, now(), &mut rng(), |_| {}).await;
        sent.unwrap();
        let to = ReplyTo::of(&Desk::of(DEAN), &peer.envelopes()[0]);
        peer.seen();
        Self {
            code: pending.code().clone(),
            peer,
            client,
            to,
        }
    }

    fn secrets(&self, code: &ClaimCode) -> ReporterSecrets {
        ReporterSecrets::derive(code, &self.client.directory().instance)
    }

    async fn try_open(&self, code: &ClaimCode) -> Result<Conversation, OpenError> {
        Conversation::open(&self.client, self.secrets(code), now(), &mut rng()).await
    }

    async fn open(&self, code: &ClaimCode) -> Conversation {
        self.try_open(code).await.unwrap()
    }

    fn offer(&self, conversation: &Conversation) -> PendingMove {
        // Codes of one test differ: the generator is the system's.
        let mut rng = rand::rngs::OsRng;
        conversation
            .prepare_move(&self.client, now(), &mut rng)
            .unwrap()
    }

    async fn carry_out(
        &self,
        conversation: &mut Conversation,
        pending: &mut PendingMove,
    ) -> Result<(), MoveError> {
        let mut rng = rng();
        let moved = conversation.move_to(pending, &self.client, now(), &mut rng, |_| {});
        moved.await.map(|_| ())
    }

    async fn say(&self, conversation: &mut Conversation, text: &str) {
        let draft = FollowUpDraft::add(Zeroizing::new(text.to_owned()), Vec::new());
        let mut pending = conversation.prepare(&self.client, draft, now()).unwrap();
        conversation
            .send(&mut pending, &self.client, now(), &mut rng(), |_| {})
            .await
            .unwrap();
    }

    /// The office's thread, from everything in its queue.
    fn thread(&self) -> Thread {
        let mut thread = None;
        for envelope in self.peer.envelopes() {
            match Desk::of(DEAN).open(&envelope) {
                Some(Opened::Report(report)) => thread = Some(Thread::begin(&report)),
                Some(Opened::FollowUp(block)) => {
                    // What is refused is among `refused`.
                    let _ = thread.as_mut().unwrap().accept_follow_up(&block);
                }
                other => panic!("{other:?}"),
            }
        }
        thread.unwrap()
    }

    /// The office writes into a drop of a code.
    fn reply(&self, code: &ClaimCode, to: &ClaimCode, generation: u32, text: &str) -> Vec<u8> {
        let recipient = self.secrets(to).reply_identity().to_recipient().to_string();
        let to = ReplyTo {
            recipient,
            ..self.to.clone()
        };
        let says = ReplyContent {
            text: text.to_owned(),
            ..ReplyContent::new(ReplyKind::Message)
        };
        let sealed = Desk::of(DEAN).reply(&to, (generation, 1), None, &says);
        let place = place(&self.secrets(code), generation, 1);
        let mut memory = self.peer.shared.memory.lock().unwrap();
        memory
            .drops
            .insert(place, (DEAN.parse().unwrap(), sealed.clone()));
        sealed
    }
}

fn said(thread: &Thread) -> Vec<String> {
    let said = thread
        .messages()
        .into_iter()
        .map(|message| match message.body {
            Body::Whole(ReporterContent::Report(content)) => content.text,
            Body::Whole(ReporterContent::FollowUp(content)) if content.new_code.is_some() => {
                "moves".to_owned()
            }
            Body::Whole(ReporterContent::FollowUp(content)) => content.text,
            other => format!("{other:?}"),
        });
    said.collect()
}

fn read(conversation: &Conversation) -> Vec<(u32, String)> {
    let messages = conversation.messages().iter();
    messages
        .map(|message| match &message.body {
            Body::Whole(content) => (message.generation, content.text.clone()),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn a_call_moves_to_a_code_of_the_callers_own() {
    let call = Call::taken().await;
    call.reply(&call.code, &call.code, 0, "Thank you for calling.");
    let mut conversation = call.open(&call.code).await;
    assert!(conversation.is_code_known_to_others());
    let mut pending = call.offer(&conversation);
    assert!(
        call.peer
            .seen()
            .iter()
            .all(|seen| !seen.kind.contains("WriteSelf"))
    );
    let mut steps = Vec::new();
    let mut rng_of_visit = rng();
    let progress = |progress| {
        if let Progress::Message { done, of } = progress {
            steps.push((done, of));
        }
    };
    let moved = conversation.move_to(
        &mut pending,
        &call.client,
        now(),
        &mut rng_of_visit,
        progress,
    );
    assert_eq!(moved.await.unwrap().offices, call.to.offices);
    assert_eq!(steps, [(0, 4), (1, 4), (2, 4), (3, 4)]);
    // Bursts of four, whatever they carry.
    assert_eq!(call.peer.seen().len() % 4, 0);
    assert!(!conversation.is_code_known_to_others());
    assert_eq!(conversation.record().generation, 1);

    // It goes on under the new code, in this visit and the next one.
    call.say(&mut conversation, "It is me.").await;
    let new = pending.code().clone();
    call.reply(&new, &new, 1, "Good that you are back.");
    let mut again = call.open(&new).await;
    assert_eq!(
        read(&again),
        [
            (0, "Thank you for calling.".to_owned()),
            (1, "Good that you are back.".to_owned())
        ]
    );
    assert!(again.troubles().is_empty());
    call.say(&mut again, "And one thing more.").await;
    let thread = call.thread();
    assert_eq!(
        said(&thread),
        [
            "A caller told me this.",
            "moves",
            "It is me.",
            "And one thing more."
        ]
    );
    assert!(thread.refused().is_empty());
    assert_eq!(
        call.try_open(&call.code).await.unwrap_err(),
        OpenError::Moved
    );
}

/// Which exchanges of the relay's half answer no more from this one on.
fn ends_at(wanted: usize, carried_out: bool) -> impl FnMut(&Operation) -> Reaction + Send {
    let seen = Arc::new(Mutex::new(Vec::<String>::new()));
    move |operation| {
        let name = match operation {
            Operation::WriteSelf {
                capability,
                counter,
                ..
            } => format!("{} {counter}", capability.self_address()),
            Operation::File(_) => "envelope".to_owned(),
            _ => return Reaction::Honest,
        };
        let mut seen = seen.lock().unwrap();
        let step = seen
            .iter()
            .position(|known| *known == name)
            .unwrap_or_else(|| {
                seen.push(name);
                seen.len() - 1
            });
        if step < wanted {
            Reaction::Honest
        } else {
            Reaction::Close {
                carried_out: carried_out && step == wanted,
            }
        }
    }
}

#[tokio::test]
async fn broken_off_anywhere_one_of_the_two_codes_leads_on() {
    for step in 0..4 {
        for carried_out in [false, true] {
            let call = Call::taken().await;
            let mut conversation = call.open(&call.code).await;
            let mut pending = call.offer(&conversation);
            let new = pending.code().clone();
            call.peer.rule(ends_at(step, carried_out));
            let broken = call.carry_out(&mut conversation, &mut pending).await;
            assert!(broken.is_err(), "step {step} {carried_out}");
            // Killed: nothing is left but the two codes.
            drop((conversation, pending));
            call.peer.rule(|_| Reaction::Honest);

            let stored = step + usize::from(carried_out);
            let by_old = call.try_open(&call.code).await.map(|_| ());
            if stored >= 2 {
                assert_eq!(by_old, Err(OpenError::Moved), "step {step} {carried_out}");
            } else {
                assert_eq!(by_old, Ok(()), "step {step} {carried_out}");
            }
            let by_new = call.try_open(&new).await;
            if stored == 0 {
                assert_eq!(by_new.unwrap_err(), OpenError::NoReport);
                assert_eq!(call.thread().moves(), 0);
                continue;
            }
            let mut conversation = by_new.unwrap();
            assert_eq!(conversation.record().announced, Some(true));
            call.say(&mut conversation, "Here I am.").await;
            let thread = call.thread();
            assert_eq!(thread.moves(), 1, "step {step} {carried_out}");
            assert_eq!(
                said(&thread),
                ["A caller told me this.", "moves", "Here I am."],
                "step {step} {carried_out}"
            );
            assert!(
                thread.refused().is_empty(),
                "the block was the same each time"
            );
            assert_eq!(
                call.try_open(&call.code).await.unwrap_err(),
                OpenError::Moved
            );
        }
    }
}

#[tokio::test]
async fn the_same_visit_can_try_again() {
    for step in 0..4 {
        let call = Call::taken().await;
        let mut conversation = call.open(&call.code).await;
        let mut pending = call.offer(&conversation);
        call.peer.rule(ends_at(step, true));
        let broken = call.carry_out(&mut conversation, &mut pending).await;
        assert!(broken.is_err());
        call.peer.rule(|_| Reaction::Honest);
        call.carry_out(&mut conversation, &mut pending)
            .await
            .unwrap();
        call.say(&mut conversation, "Here I am.").await;
        let thread = call.thread();
        assert_eq!(
            said(&thread),
            ["A caller told me this.", "moves", "Here I am."]
        );
        assert!(thread.refused().is_empty());
    }
}

#[tokio::test]
async fn what_is_said_under_the_old_code_in_between_is_taken_along() {
    let call = Call::taken().await;
    let mut conversation = call.open(&call.code).await;
    let mut pending = call.offer(&conversation);
    call.peer.rule(ends_at(0, true));
    let broken = call.carry_out(&mut conversation, &mut pending).await;
    assert!(broken.is_err());
    call.peer.rule(|_| Reaction::Honest);
    // The new code has its record, and the old one still goes on: somebody is left out under it.
    let mut old = call.open(&call.code).await;
    let role = "dean-for-medical-education".parse().unwrap();
    let mut leaving_out = old
        .prepare(&call.client, FollowUpDraft::leave_out(vec![role]), now())
        .unwrap();
    old.send(&mut leaving_out, &call.client, now(), &mut rng(), |_| {})
        .await
        .unwrap();
    let left = old.record().recipients.clone();
    assert!(left.len() < call.to.offices.len());

    let new = pending.code().clone();
    let conversation = call.open(&new).await;
    let record = conversation.record();
    assert_eq!(record.recipients, left);
    assert_eq!(record.excluded_roles.len(), 1);
    assert_eq!((record.generation, record.earlier[0].below), (2, 2));
    assert_eq!(said(&call.thread())[2], "moves");
    assert!(call.thread().refused().is_empty());
    assert_eq!(
        call.try_open(&call.code).await.unwrap_err(),
        OpenError::Moved
    );
}

#[tokio::test]
async fn a_page_that_is_open_under_the_old_code_writes_no_more() {
    let call = Call::taken().await;
    let mut page = call.open(&call.code).await;
    let mut moving = call.open(&call.code).await;
    let mut pending = call.offer(&moving);
    call.carry_out(&mut moving, &mut pending).await.unwrap();
    let before = call.peer.envelopes().len();
    let draft = FollowUpDraft::add(Zeroizing::new("late".to_owned()), Vec::new());
    let mut late = page.prepare(&call.client, draft, now()).unwrap();
    let sent = page
        .send(&mut late, &call.client, now(), &mut rng(), |_| {})
        .await;
    assert_eq!(sent.unwrap_err(), DeliveryError::Moved.into());
    assert_eq!(call.peer.envelopes().len(), before);
    let looked = page.read(&call.client, now(), &mut rng()).await;
    assert_eq!(looked.unwrap_err(), OpenError::Moved);
    // Nor does another move begin.
    let mut other = call.offer(&page);
    let moved = call.carry_out(&mut page, &mut other).await;
    assert_eq!(moved.unwrap_err(), DeliveryError::Moved.into());
    assert_eq!(
        call.try_open(other.code()).await.unwrap_err(),
        OpenError::NoReport
    );
}

#[tokio::test]
async fn who_holds_the_old_code_reads_no_new_reply_and_writes_nothing() {
    let call = Call::taken().await;
    // The operator keeps the code, and a client that does as it likes.
    let operator = call.secrets(&call.code);
    let kept = call.open(&call.code).await.record().clone();
    let place = |generation| (kept.conversation, generation, 1_u32, DEAN.parse().unwrap());
    let opens = |sealed: &[u8], generation: u32| {
        let (conversation, generation, n, writer) = place(generation);
        let place = Place {
            conversation: &conversation,
            generation,
            n,
            writer: &writer,
        };
        open_reply(&operator, call.client.directory(), place, sealed).map(|_| ())
    };
    // Before the move the operator can do all of it: what comes below can fail.
    let before = call.reply(&call.code, &call.code, 0, "Before.");
    assert_eq!(opens(&before, 0), Ok(()));

    let mut conversation = call.open(&call.code).await;
    let mut pending = call.offer(&conversation);
    call.carry_out(&mut conversation, &mut pending)
        .await
        .unwrap();
    let new = pending.code().clone();
    let after = call.reply(&new, &new, 1, "After.");
    // Neither where it lies, nor what it says.
    let memory = call.peer.shared.memory.lock().unwrap().drops.clone();
    for generation in 0..8 {
        for n in 1..=8 {
            let address = crate::peer::place(&operator, generation, n);
            let found = memory.get(&address).map(|(_, sealed)| sealed);
            assert!(
                found.is_none_or(|sealed| *sealed == before),
                "{generation} {n}"
            );
        }
    }
    assert_eq!(opens(&after, 1), Err(Refusal::Undecryptable));
    // What was written before stays readable: that is said in SECURITY.md.
    assert_eq!(opens(&before, 0), Ok(()));

    // A forged withdrawal, in every place that could be free.
    let offices = call.client.keys_of(&kept.recipients, now()).unwrap();
    let content = candor_sealing::message::FollowUpContent {
        withdraw: true,
        ..Default::default()
    };
    for counter in 0..4 {
        let mut record = kept.clone();
        record.counter = counter;
        let forged = compose_follow_up(&operator, &record, &offices, &content, Vec::new()).unwrap();
        let mut memory = call.peer.shared.memory.lock().unwrap();
        memory.envelopes.extend(forged.envelopes);
    }
    call.say(&mut conversation, "Still here.").await;
    let thread = call.thread();
    assert_eq!(
        said(&thread),
        ["A caller told me this.", "moves", "Still here."]
    );
    assert_eq!(thread.refused().len(), 4);
    assert_eq!(read(&call.open(&new).await).len(), 2);
}

#[tokio::test]
async fn what_cannot_move_says_so() {
    let call = Call::taken().await;
    let mut conversation = call.open(&call.code).await;
    let mut withdrawal = conversation
        .prepare(&call.client, FollowUpDraft::withdraw(), now())
        .unwrap();
    conversation
        .send(&mut withdrawal, &call.client, now(), &mut rng(), |_| {})
        .await
        .unwrap();
    let refused = conversation.prepare_move(&call.client, now(), &mut rng());
    assert_eq!(refused.unwrap_err(), MoveError::Withdrawn);
}

#[tokio::test]
async fn withdrawn_in_between_the_new_code_reads_and_sends_nothing() {
    let call = Call::taken().await;
    let mut conversation = call.open(&call.code).await;
    let mut pending = call.offer(&conversation);
    call.peer.rule(ends_at(0, true));
    let broken = call.carry_out(&mut conversation, &mut pending).await;
    assert!(broken.is_err());
    call.peer.rule(|_| Reaction::Honest);
    let mut old = call.open(&call.code).await;
    let mut withdrawal = old
        .prepare(&call.client, FollowUpDraft::withdraw(), now())
        .unwrap();
    old.send(&mut withdrawal, &call.client, now(), &mut rng(), |_| {})
        .await
        .unwrap();
    let by_new = call.open(pending.code()).await;
    assert!(by_new.record().withdrawn);
    let draft = FollowUpDraft::add(Zeroizing::new("x".to_owned()), Vec::new());
    let refused = by_new.prepare(&call.client, draft, now());
    assert_eq!(refused.unwrap_err(), FollowUpError::NotMoved);
    assert_eq!(call.thread().moves(), 0);
    call.open(&call.code).await;
}
