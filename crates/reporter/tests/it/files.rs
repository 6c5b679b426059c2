//! Files, in both directions.

use std::io::{self, Read, Seek, SeekFrom};

use candor_reporter::{
    Conversation, FileSource, FileToSend, FollowUpDraft, PendingReport, Progress, SendError,
    UploadError, save_attachment,
};
use candor_sealing::{
    ReporterSecrets,
    attachment::{AttachmentRef, AttachmentSealer},
    message::{ReplyContent, ReplyKind},
    open::Opened,
    thread::{Body, ReporterContent, Thread},
};
use candor_wire::{ProblemType, exchange::Operation};
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use crate::{
    filing::draft,
    peer::{Desk, Peer, Reaction, ReplyTo, now, place, rng},
};

const SIZE: usize = 2_500_000;

fn bytes() -> Vec<u8> {
    (0..SIZE).map(|n| (n % 251) as u8).collect()
}

fn file(source: Box<dyn FileSource>) -> FileToSend {
    FileToSend::new("scan.pdf", "application/pdf", SIZE as u64, source)
}

fn attachment_of(peer: &Peer) -> AttachmentRef {
    let memory = peer.shared.memory.lock().unwrap();
    let Some(Opened::Report(report)) = Desk::of("title-ix").open(&memory.envelopes[0]) else {
        panic!()
    };
    let thread = Thread::begin(&report);
    let Body::Whole(ReporterContent::Report(report)) = &thread.messages()[0].body else {
        panic!()
    };
    report.attachments[0].clone()
}

#[tokio::test]
async fn a_file_goes_in_cells_before_the_message_and_goes_on_where_it_stopped() {
    let peer = Peer::start();
    let client = peer.connect().await;
    let mut report = draft("sexual-misconduct", "words");
    report.files = vec![file(Box::new(io::Cursor::new(bytes())))];
    let mut pending = PendingReport::prepare(&client, report, now(), &mut rng()).unwrap();
    let mut puts = 0;
    peer.rule(move |operation| match operation {
        Operation::PutCell { .. } if puts >= 2 => Reaction::Close { carried_out: true },
        Operation::PutCell { .. } => {
            puts += 1;
            Reaction::Honest
        }
        _ => Reaction::Honest,
    });
    let failed = pending.send(&client, now(), &mut rng(), |_| {}).await;
    assert!(matches!(
        failed.unwrap_err(),
        SendError::Upload(UploadError::Exchange(_))
    ));
    peer.seen();
    peer.rule(|_| Reaction::Honest);
    let mut steps = Vec::new();
    pending
        .send(&client, now(), &mut rng(), |step| steps.push(step))
        .await
        .unwrap();
    assert_eq!(
        steps[0],
        Progress::File {
            index: 0,
            done: 2,
            of: 3
        }
    );
    let seen = peer.seen();
    let cells = seen.iter().filter(|s| s.path == "/v1/cell/put").count();
    assert_eq!((cells, seen.len()), (1, 5));
    let memory = peer.shared.memory.lock().unwrap();
    assert_eq!(
        (memory.cells.len(), memory.envelopes[0].cells().len()),
        (3, 3)
    );
    drop(memory);
    let attachment = attachment_of(&peer);
    assert_eq!(
        (attachment.name(), attachment.size()),
        ("scan.pdf", SIZE as u64)
    );
}

/// The relay keeps cells for a day only.
#[tokio::test]
async fn cells_that_the_relay_has_lost_are_sealed_and_sent_anew() {
    let peer = Peer::start();
    let client = peer.connect().await;
    let mut report = draft("sexual-misconduct", "words");
    report.files = vec![file(Box::new(io::Cursor::new(bytes())))];
    let mut pending = PendingReport::prepare(&client, report, now(), &mut rng()).unwrap();
    peer.rule(|operation| match operation {
        Operation::File(_) => Reaction::Answer(ProblemType::StorageFull.into()),
        _ => Reaction::Honest,
    });
    let failed = pending.send(&client, now(), &mut rng(), |_| {}).await;
    assert!(failed.is_err());
    peer.shared.memory.lock().unwrap().cells.clear();
    peer.rule(|_| Reaction::Honest);
    pending
        .send(&client, now(), &mut rng(), |_| {})
        .await
        .unwrap();
    assert_eq!(attachment_of(&peer).size(), SIZE as u64);
    assert_eq!(peer.shared.memory.lock().unwrap().cells.len(), 3);

    let secrets = ReporterSecrets::derive(pending.code(), &client.directory().instance);
    let mut conversation = Conversation::open(&client, secrets, now(), &mut rng())
        .await
        .unwrap();
    let more = FollowUpDraft::add(
        Zeroizing::default(),
        vec![file(Box::new(io::Cursor::new(bytes())))],
    );
    let mut pending = conversation.prepare(&client, more, now()).unwrap();
    peer.rule(|operation| match operation {
        Operation::File(_) => Reaction::Answer(ProblemType::StorageFull.into()),
        _ => Reaction::Honest,
    });
    let failed = conversation
        .send(&mut pending, &client, now(), &mut rng(), |_| {})
        .await;
    assert!(failed.is_err());
    peer.shared.memory.lock().unwrap().cells.clear();
    peer.rule(|_| Reaction::Honest);
    conversation
        .send(&mut pending, &client, now(), &mut rng(), |_| {})
        .await
        .unwrap();
    assert_eq!(conversation.record().counter, 1);
    assert_eq!(peer.shared.memory.lock().unwrap().cells.len(), 3);
}

#[tokio::test]
async fn a_file_that_breaks_off_or_changes_is_never_sent_as_if_whole() {
    struct Breaks;
    impl Read for Breaks {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("gone"))
        }
    }
    impl Seek for Breaks {
        fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
            Ok(0)
        }
    }
    let sources: [Box<dyn FileSource>; 2] =
        [Box::new(Breaks), Box::new(io::Cursor::new(vec![1; 100]))];
    for source in sources {
        let peer = Peer::start();
        let client = peer.connect().await;
        let mut report = draft("sexual-misconduct", "words");
        report.files = vec![file(source)];
        let mut pending = PendingReport::prepare(&client, report, now(), &mut rng()).unwrap();
        for _ in 0..2 {
            // Each try seals with fresh randomness, as a file must be.
            let failed = pending.send(&client, now(), &mut OsRng, |_| {}).await;
            let unreadable = SendError::Upload(UploadError::Unreadable);
            assert_eq!(failed.unwrap_err(), unreadable);
        }
        assert!(peer.shared.memory.lock().unwrap().envelopes.is_empty());
    }
}

#[tokio::test]
async fn an_offices_file_is_saved_whole_or_not_at_all() {
    let peer = Peer::start();
    let client = peer.connect().await;
    let pending = crate::filing::file(&client, draft("sexual-misconduct", "words")).await;
    let secrets = ReporterSecrets::derive(pending.code(), &client.directory().instance);
    let desk = Desk::of("title-ix");
    let to = ReplyTo::of(&desk, &peer.shared.memory.lock().unwrap().envelopes[0]);
    let recipients = [secrets.reply_identity().to_recipient()];
    let source = io::Cursor::new(bytes());
    let mut sealer =
        AttachmentSealer::new(source, "letter.pdf", "application/pdf", &recipients, OsRng).unwrap();
    let mut addresses = Vec::new();
    while let Some(cell) = sealer.next_cell().unwrap() {
        addresses.push(cell.address());
        let mut memory = peer.shared.memory.lock().unwrap();
        memory.cells.insert(cell.address(), cell.bytes);
    }
    let content = ReplyContent {
        attachments: vec![sealer.finish().unwrap()],
        ..ReplyContent::new(ReplyKind::Message)
    };
    let sealed = desk.reply(&to, (0, 1), None, &content);
    let drop = (desk.office.clone(), sealed);
    let address = place(&secrets, 0, 1);
    peer.shared
        .memory
        .lock()
        .unwrap()
        .drops
        .insert(address, drop);
    let conversation = Conversation::open(&client, secrets, now(), &mut rng())
        .await
        .unwrap();
    let Body::Whole(content) = &conversation.messages()[0].body else {
        panic!()
    };
    let attachment = &content.attachments[0];
    let save = async || {
        let mut out = Vec::new();
        let saved = save_attachment(
            &client,
            &conversation,
            attachment,
            now(),
            &mut rng(),
            &mut out,
        )
        .await;
        saved.map(|()| out)
    };
    assert_eq!(save().await.unwrap(), bytes());
    {
        let mut memory = peer.shared.memory.lock().unwrap();
        memory.cells.get_mut(&addresses[1]).unwrap()[500] ^= 1;
    }
    assert_eq!(save().await.unwrap_err(), UploadError::NotGenuine);
    peer.shared
        .memory
        .lock()
        .unwrap()
        .cells
        .remove(&addresses[2]);
    let error = save().await.unwrap_err();
    assert!(matches!(
        error,
        UploadError::NotGenuine | UploadError::NotThere
    ));
    peer.shared.memory.lock().unwrap().cells.clear();
    assert_eq!(save().await.unwrap_err(), UploadError::NotThere);
}
