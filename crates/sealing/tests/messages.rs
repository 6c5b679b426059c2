//! Reports, follow-ups and replies from one end to the other.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that fails should stop"
)]

mod scenario;

use candor_sealing::{
    ReporterSecrets,
    message::MAX_PARTS,
    open::{Opened, Reader, Refusal, open_envelope},
    reply::{Place, open_reply},
    report::{ComposeError, compose_follow_up, leave_out, open_self_record, seal_self_record},
    thread::{Accepted, Body, Chain, ReporterContent, Thread, join_reply},
};
use candor_wire::{Address, Digest, Envelope, InstanceId, sizes::MAX_CELLS};
use rand::{SeedableRng as _, rngs::StdRng};
use scenario::{
    AFFAIRS, DEAN, Pen, TITLE_IX, answers, conversation_of, directory, follow_up, identity, office,
    recipients, report, report_with_cells, reporter, says, school,
};

fn open(envelope: &Envelope, name: &str) -> Result<Opened, Refusal> {
    let instance = school::instance();
    let directory = directory();
    let office = office(name);
    open_envelope(
        &Reader {
            instance: &instance,
            roles: &directory.office(&office).unwrap().roles,
            office: &office,
            identities: &[identity(name)],
        },
        envelope,
    )
}

/// Takes envelopes as a desk does, in the order given.
fn take(envelopes: &[&Envelope], name: &str) -> Thread {
    let opened: Vec<Opened> = envelopes
        .iter()
        .map(|envelope| open(envelope, name).unwrap())
        .collect();
    // Until the report is there, the rest waits.
    let report = opened.iter().find_map(|opened| match opened {
        Opened::Report(report) => Some(report),
        _ => None,
    });
    let mut thread = Thread::begin(report.unwrap());
    for block in &opened {
        match block {
            Opened::FollowUp(block) => {
                assert_eq!(thread.accept_follow_up(block), Ok(Accepted::New));
            }
            Opened::Report(report) => {
                assert_eq!(thread.accept_report(report), Ok(Accepted::Duplicate));
            }
            other => panic!("{other:?}"),
        }
    }
    thread
}

fn texts(thread: &Thread) -> Vec<String> {
    thread
        .messages()
        .into_iter()
        .map(|message| {
            assert_eq!(message.chain, Chain::Intact);
            match message.body {
                Body::Whole(ReporterContent::Report(content)) => content.text,
                Body::Whole(ReporterContent::FollowUp(content)) => content.text,
                other => format!("{other:?}"),
            }
        })
        .collect()
}

fn one_reporter() -> ReporterSecrets {
    reporter(1, &school::instance()).1
}

#[test]
fn a_report_opens_at_each_office_and_nowhere_else() {
    let secrets = one_reporter();
    let sent = report(&secrets, &[DEAN, AFFAIRS], &[], "it happened");
    let [envelope] = sent.envelopes.as_slice() else {
        panic!("one block is enough");
    };
    for name in [DEAN, AFFAIRS] {
        let Opened::Report(block) = open(envelope, name).unwrap() else {
            panic!("not a report");
        };
        assert_eq!(block.conversation, conversation_of(&secrets));
        assert_eq!(block.header.recipients, [office(DEAN), office(AFFAIRS)]);
    }
    assert_eq!(
        open(envelope, TITLE_IX).unwrap_err(),
        Refusal::Undecryptable
    );
}

#[test]
fn long_texts_in_any_script_arrive_whole_in_any_order() {
    let secrets = one_reporter();
    for text in [
        "word ".repeat(6_000),
        "😀".repeat(30_000),
        "שלום \"عربي\" \\ \u{1} \u{202e}".repeat(2_000),
    ] {
        let sent = report(&secrets, &[TITLE_IX], &[], &text);
        assert!(sent.envelopes.len() > 1);
        let mut envelopes: Vec<&Envelope> = sent.envelopes.iter().collect();
        envelopes.reverse();
        assert_eq!(texts(&take(&envelopes, TITLE_IX)), [text]);
    }
}

#[test]
fn what_would_need_too_many_blocks_is_refused_before_anything_is_sent() {
    let secrets = one_reporter();
    let result = std::panic::catch_unwind(|| {
        let text = "x".repeat(16_384 * usize::from(MAX_PARTS) + 1);
        report(&secrets, &[TITLE_IX], &[], &text)
    });
    assert!(result.is_err());
}

#[test]
fn a_missing_block_shows_as_missing() {
    let secrets = one_reporter();
    let sent = report(&secrets, &[TITLE_IX], &[], &"long ".repeat(8_000));
    let last = sent.envelopes.len() - 1;
    let most: Vec<&Envelope> = sent.envelopes.iter().take(last).collect();
    let thread = take(&most, TITLE_IX);
    let messages = thread.messages();
    let count = u16::try_from(sent.envelopes.len()).unwrap();
    assert!(matches!(
        messages.as_slice(),
        [message] if matches!(message.body, Body::Incomplete { have, count: c } if have == count - 1 && c == count)
    ));
}

#[test]
fn follow_ups_chain_and_a_gap_is_seen() {
    let secrets = one_reporter();
    let first = report(&secrets, &[TITLE_IX], &[], "one");
    let second = follow_up(&secrets, &first, &[TITLE_IX], &says("two"));
    let third = follow_up(&secrets, &second, &[TITLE_IX], &says("three"));
    let all = [
        &first.envelopes[0],
        &second.envelopes[0],
        &third.envelopes[0],
    ];
    assert_eq!(texts(&take(&all, TITLE_IX)), ["one", "two", "three"]);

    let gap = take(&[&first.envelopes[0], &third.envelopes[0]], TITLE_IX);
    let chains: Vec<_> = gap.messages().iter().map(|m| m.chain).collect();
    assert_eq!(chains, [Chain::Intact, Chain::MissingBefore]);

    // A client that lost its place and wrote from an old record.
    let forked = follow_up(&secrets, &first, &[TITLE_IX], &says("two again"));
    let mut thread = take(&all, TITLE_IX);
    let Opened::FollowUp(block) = open(&forked.envelopes[0], TITLE_IX).unwrap() else {
        panic!("not a follow-up");
    };
    assert_eq!(
        thread.accept_follow_up(&block),
        Err(Refusal::ReplayedCounter)
    );
}

#[test]
fn leaving_out_brings_a_generation_that_the_others_cannot_follow() {
    let secrets = one_reporter();
    let first = report(&secrets, &[DEAN, AFFAIRS], &[], "one");
    let content = leave_out(&secrets, &first.record, vec![AFFAIRS.parse().unwrap()]).unwrap();
    let second = follow_up(&secrets, &first, &[DEAN], &content);
    assert_eq!(second.record.generation, 1);
    assert_eq!(second.record.recipients, [office(DEAN)]);
    assert_eq!(
        open(&second.envelopes[0], AFFAIRS).unwrap_err(),
        Refusal::Undecryptable
    );
    let Opened::FollowUp(block) = open(&second.envelopes[0], DEAN).unwrap() else {
        panic!("not a follow-up");
    };
    assert!(block.header.content.contains("new_generation"));
    let old = secrets.conversation_key(0).drop(1).drop_address();
    let new = secrets.conversation_key(1).drop(1).drop_address();
    assert_ne!(old, new);
    // Never wider again.
    let wider = compose_follow_up(
        &secrets,
        &second.record,
        &recipients(&[DEAN, AFFAIRS]),
        &says("x"),
        Vec::new(),
    );
    assert_eq!(wider.unwrap_err(), ComposeError::Offices);
}

#[test]
fn the_self_record_is_for_the_codes_holder_alone() {
    let secrets = one_reporter();
    let sent = report(&secrets, &[TITLE_IX], &["associate-dean"], "one");
    let sealed = seal_self_record(&secrets, &sent.record).unwrap();
    assert_eq!(open_self_record(&secrets, &sealed), Ok(sent.record.clone()));
    let (_, other) = reporter(2, &school::instance());
    assert!(open_self_record(&other, &sealed).is_err());
    let (_, elsewhere) = reporter(1, &InstanceId::new([9; 32]));
    assert!(open_self_record(&elsewhere, &sealed).is_err());
    // Sealed by somebody who knows the recipient, but not the reporter key.
    let mut record = sent.record;
    record.recipients.push(office(DEAN));
    let forged = scenario::forged::<candor_sealing::message::SelfRecordDomain>(
        &school::known_key("office title-ix"),
        &school::instance(),
        &record.conversation.clone(),
        &candor_sealing::message::Message::SelfRecord(record),
    );
    let to = [secrets.reply_identity().to_recipient()];
    let sealed = candor_sealing::age_file::seal(forged.as_bytes(), &to).unwrap();
    assert!(open_self_record(&secrets, &sealed).is_err());
}

#[test]
fn a_reply_reaches_the_reporter_and_the_other_offices() {
    let secrets = one_reporter();
    let pen = Pen::new(DEAN, &secrets, &[DEAN, AFFAIRS]);
    let (block, sealed) = pen.write("we read it", 1);
    let place = Place {
        conversation: &conversation_of(&secrets),
        generation: 0,
        n: 1,
        writer: &office(DEAN),
    };
    let (reply, card) = open_reply(&secrets, &directory(), place, &sealed).unwrap();
    assert_eq!(card.office, office(DEAN));
    assert_eq!(reply.block, block);
    let Some(Body::Whole(content)) = join_reply(&[&reply.header]) else {
        panic!("not whole");
    };
    assert_eq!(content.text, "we read it");
    // The same file, as the copy in the other office's queue.
    let copy = Envelope::new(
        candor_wire::Urgency::Batched,
        vec![office(AFFAIRS)],
        Vec::new(),
        sealed,
    )
    .unwrap();
    let Opened::Reply(copied) = open(&copy, AFFAIRS).unwrap() else {
        panic!("not a reply");
    };
    assert!(copied.verify(&directory()).is_ok());
}

#[test]
fn a_long_reply_takes_several_drops_with_others_between_them() {
    let secrets = one_reporter();
    let pen = Pen::new(DEAN, &secrets, &[DEAN]);
    let text = "Antwort für Sie. ".repeat(3_000);
    let draft = pen
        .writer()
        .draft(&answers(&text), &mut StdRng::seed_from_u64(1))
        .unwrap();
    assert!(draft.parts() > 2);
    let mut previous = None;
    let mut headers = Vec::new();
    for index in 0..draft.parts() {
        let n = 1 + 2 * u32::try_from(index).unwrap();
        let (_, sealed) = pen
            .writer()
            .seal(&draft, u16::try_from(index).unwrap(), n, previous)
            .unwrap();
        previous = Some(Digest::of_drop(&sealed));
        let place = Place {
            conversation: &conversation_of(&secrets),
            generation: 0,
            n,
            writer: &office(DEAN),
        };
        headers.push(
            open_reply(&secrets, &directory(), place, &sealed)
                .unwrap()
                .0
                .header,
        );
    }
    headers.reverse();
    let all: Vec<_> = headers.iter().collect();
    let Some(Body::Whole(content)) = join_reply(&all) else {
        panic!("not whole");
    };
    assert_eq!(content.text, text);
    let Some(Body::Incomplete { .. }) = join_reply(&all[1..]) else {
        panic!("not incomplete");
    };
}

#[test]
fn the_largest_messages_fit_an_exchange() {
    let secrets = one_reporter();
    let six: Vec<String> = directory()
        .offices
        .iter()
        .map(|office| office.id.to_string())
        .filter(|id| id != "ombuds")
        .take(6)
        .collect();
    let six: Vec<&str> = six.iter().map(String::as_str).collect();
    let cells: Vec<Address> = (0..MAX_CELLS)
        .map(|n| Address::new([u8::try_from(n).unwrap(); 32]))
        .collect();
    let sent = report_with_cells(&secrets, &six, &[], &"x".repeat(60_000), cells);
    assert!(sent.envelopes.len() > 3);
    let pen = Pen::new(six[0], &secrets, &six);
    let (_, sealed) = pen.write("to all", 1);
    assert!(sealed.len() + 40 < candor_wire::sizes::MAX_BODY_LEN);
}

#[test]
fn parts_that_are_full_to_the_last_byte_leave_room_for_the_counter() {
    let (_, secrets) = reporter(41, &school::instance());
    // More than ten parts: from there on the counter takes two digits.
    let text = "x".repeat(200_000);
    let outgoing = report(&secrets, &[TITLE_IX], &[], &text);
    assert!(outgoing.envelopes.len() > 10);
    let envelopes: Vec<&Envelope> = outgoing.envelopes.iter().collect();
    assert_eq!(texts(&take(&envelopes, TITLE_IX)), [text]);
}
