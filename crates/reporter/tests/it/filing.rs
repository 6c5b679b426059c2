//! Filing: what arrives, and what is sent again after a failure.

use std::collections::BTreeSet;

use candor_directory::Answers;
use candor_reporter::{
    Client, Conversation, DeliveryError, FileToSend, PendingReport, PrepareError, RecipientsError,
    ReportDraft, SendError,
};
use candor_sealing::{
    ReporterSecrets,
    message::Source,
    open::Opened,
    thread::{Body, ReporterContent, Thread},
};
use candor_wire::{ProblemType, exchange::Operation};
use zeroize::Zeroizing;

use crate::peer::{Desk, Peer, Reaction, ids, now, rng};

pub fn draft(topic: &str, text: &str) -> ReportDraft {
    ReportDraft {
        topic: topic.parse().unwrap(),
        answers: Answers::default(),
        text: Zeroizing::new(text.to_owned()),
        excluded: BTreeSet::new(),
        files: Vec::new(),
        language: "en".parse().unwrap(),
        source: Source::CommandLine,
        wishes: None,
        identity: None,
        origin: None,
    }
}

pub async fn file(client: &Client, draft: ReportDraft) -> PendingReport {
    let mut pending = PendingReport::prepare(client, draft, now(), &mut rng()).unwrap();
    pending
        .send(client, now(), &mut rng(), |_| {})
        .await
        .unwrap();
    pending
}

#[tokio::test]
async fn a_report_reaches_exactly_its_offices() {
    let peer = Peer::start();
    let client = peer.connect().await;
    let pending = file(&client, draft("sexual-misconduct", "it happened")).await;
    let kinds: Vec<String> = peer.seen().into_iter().map(|seen| seen.kind).collect();
    let count = |kind: &str| kinds.iter().filter(|k| *k == kind).count();
    assert_eq!(
        (count("File(..)"), count("WriteSelf(..)"), count("Read(..)")),
        (1, 1, 2)
    );
    let memory = peer.shared.memory.lock().unwrap();
    let envelope = &memory.envelopes[0];
    assert!(Desk::of("dean-for-students").open(envelope).is_none());
    let Some(Opened::Report(report)) = Desk::of("title-ix").open(envelope) else {
        panic!("Title IX cannot open it")
    };
    let offices: Vec<_> = pending.offices().cloned().collect();
    assert_eq!(report.header.recipients, offices);
    assert!(report.header.content.contains("it happened"));
}

#[tokio::test]
async fn a_long_report_takes_one_burst_a_part_and_comes_together_again() {
    let peer = Peer::start();
    let client = peer.connect().await;
    let text = "He said „no“ – ".repeat(2_500);
    let pending = file(&client, draft("sexual-misconduct", &text)).await;
    let seen = peer.seen();
    let envelopes = peer.envelopes();
    let parts = envelopes.len();
    assert!(parts > 2, "{parts}");
    assert_eq!(seen.len(), 4 * parts);
    let Some(Opened::Report(report)) = Desk::of("title-ix").open(&envelopes[0]) else {
        panic!()
    };
    let mut thread = Thread::begin(&report);
    for envelope in &envelopes[1..] {
        let Some(Opened::FollowUp(part)) = Desk::of("title-ix").open(envelope) else {
            panic!()
        };
        thread.accept_follow_up(&part).unwrap();
    }
    let messages = thread.messages();
    let Body::Whole(ReporterContent::Report(report)) = &messages[0].body else {
        panic!("{messages:?}")
    };
    assert_eq!(report.text, text);
    let secrets = ReporterSecrets::derive(pending.code(), &client.directory().instance);
    let conversation = Conversation::open(&client, secrets, now(), &mut rng())
        .await
        .unwrap();
    assert_eq!(conversation.record().counter as usize, parts - 1);
    assert_eq!(conversation.record().revision as usize, parts);
}

/// Whatever is lost on the way, sending again ends with everything stored once.
#[tokio::test]
async fn every_loss_is_made_good_by_sending_again() {
    let lost: [fn(&Operation) -> bool; 3] = [
        |operation| matches!(operation, Operation::File(_)),
        |operation| matches!(operation, Operation::WriteSelf { .. }),
        |operation| !matches!(operation, Operation::Read(_)),
    ];
    for lost in lost {
        for carried_out in [false, true] {
            let peer = Peer::start();
            let client = peer.connect().await;
            peer.rule(move |operation| {
                if lost(operation) {
                    Reaction::Close { carried_out }
                } else {
                    Reaction::Honest
                }
            });
            let report = draft("sexual-misconduct", "words");
            let mut pending = PendingReport::prepare(&client, report, now(), &mut rng()).unwrap();
            for _ in 0..2 {
                let failed = pending.send(&client, now(), &mut rng(), |_| {}).await;
                assert!(matches!(
                    failed.unwrap_err(),
                    SendError::Delivery(DeliveryError::Exchange(_))
                ));
            }
            let before = ids(&peer.shared.memory.lock().unwrap().envelopes);
            peer.rule(|_| Reaction::Honest);
            pending
                .send(&client, now(), &mut rng(), |_| {})
                .await
                .unwrap();
            let memory = peer.shared.memory.lock().unwrap();
            assert_eq!((memory.envelopes.len(), memory.selves.len()), (1, 1));
            assert!(before.is_empty() || before == ids(&memory.envelopes));
        }
    }
}

#[tokio::test]
async fn a_receipt_needs_the_self_record_too() {
    let peer = Peer::start();
    let client = peer.connect().await;
    peer.rule(|operation| match operation {
        Operation::WriteSelf { .. } => Reaction::Answer(ProblemType::StorageFull.into()),
        _ => Reaction::Honest,
    });
    let report = draft("sexual-misconduct", "words");
    let mut pending = PendingReport::prepare(&client, report, now(), &mut rng()).unwrap();
    let failed = pending.send(&client, now(), &mut rng(), |_| {}).await;
    let full = DeliveryError::Refused(ProblemType::StorageFull);
    assert_eq!(failed.unwrap_err(), SendError::Delivery(full));
}

#[tokio::test]
async fn nobody_and_too_much_are_refused_before_anything_is_sent() {
    let peer = Peer::start();
    let client = peer.connect().await;
    let mut everyone = draft("sexual-misconduct", "words");
    everyone.excluded = client
        .directory()
        .roles
        .iter()
        .map(|r| r.id.clone())
        .collect();
    let refused = PendingReport::prepare(&client, everyone, now(), &mut rng());
    assert!(matches!(
        refused.unwrap_err(),
        PrepareError::Recipients(RecipientsError::Route(_))
    ));
    let most = client.directory().limits.text_bytes;
    let long = draft("sexual-misconduct", &"x".repeat(most as usize + 1));
    let refused = PendingReport::prepare(&client, long, now(), &mut rng());
    assert_eq!(refused.unwrap_err(), PrepareError::TextTooLong { most });
    let mut large = draft("sexual-misconduct", "words");
    let size = client.directory().limits.attachment_bytes + 1;
    let source = Box::new(std::io::empty());
    large.files = vec![FileToSend::new("x", "text/plain", size, source)];
    let refused = PendingReport::prepare(&client, large, now(), &mut rng());
    assert!(matches!(refused.unwrap_err(), PrepareError::Files(_)));
    assert!(peer.seen().is_empty());
}
