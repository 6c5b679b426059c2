//! Writes `tests/vectors/message/*.json`: envelopes, replies and self-records, genuine and forged,
//! each with the outcome that an implementation must reach. Run by hand when the protocol changes;
//! the files are frozen otherwise (sealing is randomised, so every run makes other bytes).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a developer's tool"
)]

#[path = "../tests/scenario/mod.rs"]
mod scenario;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use candor_sealing::{
    Block, ReporterSecrets,
    message::{FollowUpDomain, Message, ReplyDomain, ReportDomain, Secret32, SelfRecordDomain},
    report::{leave_out, seal_self_record},
};
use candor_wire::{ConversationId, Envelope, InstanceId};
use scenario::{
    AFFAIRS, DEAN, Pen, TITLE_IX, chain, conversation_of, follow_up, forged, frame, frame_for,
    message_of, report, reporter, says, school,
};
use serde_json::{Value, json};

fn b64(envelope: &Envelope) -> String {
    BASE64.encode(envelope.encode())
}

struct Case {
    name: &'static str,
    before: &'static [&'static str],
    frame: String,
    outcome: Result<&'static str, &'static str>,
    reason: &'static str,
}

fn main() {
    let instance = school::instance();
    let (code, secrets) = reporter(1, &instance);
    let out = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/message");
    std::fs::create_dir_all(out).unwrap();
    let write = |name: &str, value: &Value| {
        let text = serde_json::to_string_pretty(value).unwrap();
        std::fs::write(format!("{out}/{name}.json"), text + "\n").unwrap();
    };
    let directory = scenario::directory();
    let text = school::json(&directory);
    let signatures = school::signatures(&text, directory.version, &school::roots());
    let shared = json!({
        "instance": instance,
        "directory": text,
        "signatures": signatures,
        "pin": school::pin(),
        "today": school::TODAY,
    });
    write(
        "directory",
        &json!({
            "group": "message",
            "about": "the directory, its signatures and the pin that the other files of this folder use",
            "shared": shared,
        }),
    );
    write("office", &office_side(&secrets));
    write("reporter", &reporter_side(&code.words(), &secrets));
}

fn office_side(secrets: &ReporterSecrets) -> Value {
    let seed = |name: &str| hex::encode(*chain(name).identity().expose_seed());
    let vectors: Vec<Value> = office_cases(secrets)
        .into_iter()
        .map(|case| {
            let mut vector = json!({
                "name": case.name,
                "before": case.before,
                "frame": case.frame,
                "expect": if case.outcome.is_ok() { "ok" } else { "refused" },
                "reason": case.reason,
            });
            match case.outcome {
                Ok(kind) => vector["kind"] = json!(kind),
                Err(refusal) => vector["refusal"] = json!(refusal),
            }
            vector
        })
        .collect();
    json!({
        "group": "message",
        "about": "what the office dean-for-students takes from its queue: frames in base64, opened \
                  with its identity; `before` names the vectors whose frames it took earlier, in order",
        "office": DEAN,
        "identity_seed": seed(DEAN),
        "vectors": vectors,
    })
}

fn change_report(
    genuine: &Envelope,
    change: impl FnOnce(&mut candor_sealing::message::ReportHeader),
) -> Message {
    let Message::Report(mut header) = message_of(genuine, DEAN) else {
        unreachable!("a report's first block");
    };
    change(&mut header);
    Message::Report(header)
}

fn office_cases(secrets: &ReporterSecrets) -> Vec<Case> {
    let instance = school::instance();
    let other_instance = InstanceId::new([9; 32]);
    let key = secrets.reporter_key();
    let conversation = conversation_of(secrets);
    let both = [DEAN, AFFAIRS];
    let sent = report(
        secrets,
        &both,
        &["dean-for-medical-education"],
        "It happened on the ward.",
    );
    let first = &sent.envelopes[0];
    let second = follow_up(secrets, &sent, &both, &says("There is more."));
    let long = report(secrets, &[DEAN], &[], &"In words. ".repeat(2_000));
    let withdraw = follow_up(
        secrets,
        &sent,
        &both,
        &candor_sealing::message::FollowUpContent {
            withdraw: true,
            ..Default::default()
        },
    );
    let narrower = leave_out(secrets, &sent.record, vec![AFFAIRS.parse().unwrap()]).unwrap();
    let narrower = follow_up(secrets, &sent, &[DEAN], &narrower);
    let sealed = |block: &Block| b64(&frame(block.as_bytes(), &both));
    let as_report = |message: &Message, conversation: &ConversationId| {
        forged::<ReportDomain>(key, &instance, conversation, message)
    };
    let ok = |name, before, envelope: &Envelope, kind, reason| Case {
        name,
        before,
        frame: b64(envelope),
        outcome: Ok(kind),
        reason,
    };
    let refused = |name, before, frame: String, refusal, reason| Case {
        name,
        before,
        frame,
        outcome: Err(refusal),
        reason,
    };

    let elsewhere = change_report(first, |header| header.instance = other_instance);
    let elsewhere = forged::<ReportDomain>(key, &other_instance, &conversation, &elsewhere);
    let not_ours = change_report(first, |header| {
        header.recipients = vec![AFFAIRS.parse().unwrap()]
    });
    let excluded = change_report(first, |header| {
        header.excluded_roles = vec!["dean-for-students".parse().unwrap()];
    });
    let newer = change_report(first, |header| header.v = 2);
    let other_key = change_report(first, |header| {
        header.conversation_key = Secret32::new([5; 32]);
    });
    let upper = change_report(first, |header| {
        header.reply_recipient = header.reply_recipient.to_uppercase();
    });
    let changed = change_report(first, |header| header.directory_version += 1);
    let genuine = message_of(first, DEAN);
    let follow_up_message = message_of(&second.envelopes[0], DEAN);
    let stranger = school::known_key("stranger");
    let Message::FollowUp(mut replayed) = follow_up_message.clone() else {
        unreachable!("a follow-up");
    };
    replayed.content = replayed.content.replace("more", "less");
    let replayed = Message::FollowUp(replayed);
    let mut moved = match follow_up_message.clone() {
        Message::FollowUp(header) => header,
        _ => unreachable!("a follow-up"),
    };
    moved.conversation = ConversationId::new([6; 32]);
    let (_, other) = reporter(2, &instance);
    let other_report = report(&other, &both, &[], "Another report.");
    let mut crossed = match follow_up_message.clone() {
        Message::FollowUp(header) => header,
        _ => unreachable!("a follow-up"),
    };
    crossed.conversation = conversation_of(&other);

    let pen = Pen::new(AFFAIRS, secrets, &both);
    let (reply, _) = pen.write("We are looking into it.", 1);
    let reply_message: Message = serde_json::from_slice(reply.json()).unwrap();
    let wrong_purpose = forged::<ReplyDomain>(
        &school::known_key(&format!("office {AFFAIRS}")),
        &instance,
        &conversation,
        &reply_message,
    );
    let mut unlisted = Pen::new(AFFAIRS, secrets, &both);
    unlisted.office = "shadow-office".parse().unwrap();
    unlisted.card = unlisted_card();
    let (unlisted, _) = unlisted.write("From nowhere.", 1);
    let mut borrowed = Pen::new(AFFAIRS, secrets, &both);
    borrowed.card = scenario::card(DEAN);
    let (borrowed, _) = borrowed.write("With another's card.", 1);

    let mut garbage = reply.as_bytes().to_vec();
    garbage[16_000] = 1;

    vec![
        ok("report", &[], first, "report", "a genuine report"),
        ok(
            "report-again",
            &["report"],
            first,
            "report",
            "the same bytes twice are one report",
        ),
        ok(
            "follow-up",
            &["report"],
            &second.envelopes[0],
            "follow-up",
            "a genuine follow-up",
        ),
        ok(
            "withdrawal",
            &["report"],
            &withdraw.envelopes[0],
            "follow-up",
            "a withdrawal",
        ),
        ok(
            "new-generation",
            &["report"],
            &narrower.envelopes[0],
            "follow-up",
            "an office is left out, with a new conversation key",
        ),
        ok(
            "another-report",
            &[],
            &other_report.envelopes[0],
            "report",
            "another reporter's report",
        ),
        ok(
            "first-part",
            &[],
            &long.envelopes[0],
            "report",
            "the first fragment of a long report",
        ),
        ok(
            "second-part",
            &["first-part"],
            &long.envelopes[1],
            "follow-up",
            "the second fragment of a long report",
        ),
        ok(
            "reply-copy",
            &["report"],
            &frame(reply.as_bytes(), &[DEAN]),
            "reply",
            "another office's reply, as the copy in this office's queue",
        ),
        refused(
            "other-key",
            &[],
            b64(&frame_for(
                message_block(first).as_bytes(),
                &[TITLE_IX],
                &both,
            )),
            "undecryptable",
            "sealed to an office that is not this one",
        ),
        refused(
            "not-a-block",
            &[],
            b64(&frame(b"short", &both)),
            "malformed",
            "the plaintext is not 16 384 bytes",
        ),
        refused(
            "padding",
            &[],
            b64(&frame(&garbage, &both)),
            "malformed",
            "a byte between JSON and signature is not zero",
        ),
        refused(
            "self-record-in-a-queue",
            &[],
            sealed(&forged::<SelfRecordDomain>(
                key,
                &instance,
                &conversation,
                &Message::SelfRecord(sent.record.clone()),
            )),
            "malformed",
            "a self-record is not for offices",
        ),
        refused(
            "newer-version",
            &[],
            sealed(&as_report(&newer, &conversation)),
            "version",
            "the header names version 2",
        ),
        refused(
            "other-instance",
            &[],
            sealed(&elsewhere),
            "other-instance",
            "a genuine report of another instance",
        ),
        refused(
            "not-named",
            &[],
            sealed(&as_report(&not_ours, &conversation)),
            "other-office",
            "the signed recipients do not name this office",
        ),
        refused(
            "other-recipients",
            &[],
            b64(&frame_for(message_block(first).as_bytes(), &both, &[DEAN])),
            "other-office",
            "the frame shows fewer offices than the signed recipients",
        ),
        refused(
            "other-queue",
            &[],
            b64(&frame_for(
                message_block(first).as_bytes(),
                &both,
                &[AFFAIRS],
            )),
            "other-office",
            "the frame is for another office's queue",
        ),
        refused(
            "excluded",
            &[],
            sealed(&as_report(&excluded, &conversation)),
            "excluded",
            "the reporter left out the role that sits in this office",
        ),
        refused(
            "upper-case-recipient",
            &[],
            sealed(&as_report(&upper, &conversation)),
            "malformed",
            "a recipient has one spelling",
        ),
        refused(
            "other-commitment",
            &[],
            sealed(&as_report(&other_key, &conversation)),
            "signature",
            "signed for a conversation that the header's keys do not make",
        ),
        refused(
            "swapped-purpose",
            &[],
            sealed(&forged::<FollowUpDomain>(
                key,
                &instance,
                &conversation,
                &genuine,
            )),
            "signature",
            "a report signed in the follow-ups' domain",
        ),
        refused(
            "strangers-report",
            &[],
            sealed(&forged::<ReportDomain>(
                &stranger,
                &instance,
                &conversation,
                &genuine,
            )),
            "signature",
            "signed by another key than the header names",
        ),
        refused(
            "differing-duplicate",
            &["report"],
            sealed(&as_report(&changed, &conversation)),
            "differing-duplicate",
            "another first message of the same conversation",
        ),
        refused(
            "replayed-counter",
            &["report", "follow-up"],
            sealed(&forged::<FollowUpDomain>(
                key,
                &instance,
                &conversation,
                &replayed,
            )),
            "replayed-counter",
            "another message with a counter that is taken",
        ),
        refused(
            "strangers-follow-up",
            &["report"],
            sealed(&forged::<FollowUpDomain>(
                &stranger,
                &instance,
                &conversation,
                &follow_up_message,
            )),
            "signature",
            "a follow-up that the reporter key did not sign",
        ),
        refused(
            "offices-follow-up",
            &["report"],
            sealed(&forged::<FollowUpDomain>(
                &chain(DEAN).reply_key(),
                &instance,
                &conversation,
                &follow_up_message,
            )),
            "signature",
            "an office poses as the reporter",
        ),
        refused(
            "swapped-follow-up",
            &["report"],
            sealed(&forged::<ReportDomain>(
                key,
                &instance,
                &conversation,
                &follow_up_message,
            )),
            "signature",
            "a follow-up signed in the reports' domain",
        ),
        refused(
            "crossed-conversation",
            &["report", "another-report"],
            sealed(&forged::<FollowUpDomain>(
                key,
                &instance,
                &conversation,
                &Message::FollowUp(crossed),
            )),
            "signature",
            "one reporter's follow-up names another's conversation",
        ),
        refused(
            "reply-by-office-key",
            &["report"],
            b64(&frame(wrong_purpose.as_bytes(), &[DEAN])),
            "signature",
            "a reply signed by the key for cards instead of the reply key",
        ),
        refused(
            "reply-of-unlisted-office",
            &["report"],
            b64(&frame(unlisted.as_bytes(), &[DEAN])),
            "unlisted-office",
            "the card names an office that the directory does not list",
        ),
        refused(
            "reply-with-borrowed-card",
            &["report"],
            b64(&frame(borrowed.as_bytes(), &[DEAN])),
            "other-office",
            "the card belongs to another office than the header says",
        ),
    ]
}

fn unlisted_card() -> candor_directory::KeyCardStatement {
    let chain = chain(AFFAIRS);
    candor_directory::KeyCard::new(
        school::instance(),
        "shadow-office".parse().unwrap(),
        scenario::epoch(),
        chain.identity().to_recipient().to_string().parse().unwrap(),
        school::public(&chain.reply_key()),
    )
    .sign(&school::known_key("office shadow-office"))
    .unwrap()
}

fn message_block(envelope: &Envelope) -> Block {
    scenario::block_of(envelope, DEAN)
}

fn reporter_side(words: &str, secrets: &ReporterSecrets) -> Value {
    let instance = school::instance();
    let both = [DEAN, AFFAIRS];
    let pen = Pen::new(DEAN, secrets, &both);
    let (block, genuine) = pen.write("We read it.", 1);
    let message: Message = serde_json::from_slice(block.json()).unwrap();
    let to_reporter = |block: &Block| {
        let to = [secrets.reply_identity().to_recipient()];
        BASE64.encode(candor_sealing::age_file::seal(block.as_bytes(), &to).unwrap())
    };
    let conversation = conversation_of(secrets);
    let reply_key = chain(DEAN).reply_key();
    let signed = |instance: &InstanceId, conversation: &ConversationId, message: &Message| {
        to_reporter(&forged::<ReplyDomain>(
            &reply_key,
            instance,
            conversation,
            message,
        ))
    };
    let change = |change: &dyn Fn(&mut candor_sealing::message::ReplyHeader)| {
        let Message::Reply(mut header) = message.clone() else {
            unreachable!("a reply");
        };
        change(&mut header);
        Message::Reply(header)
    };
    let (_, other) = reporter(2, &instance);
    let (_, for_another) = Pen::new(DEAN, &other, &both).write("Not yours.", 1);
    let mut later = Pen::new(DEAN, secrets, &both);
    later.generation = 1;
    let (_, later) = later.write("In generation 1.", 1);
    let mut unlisted = Pen::new(DEAN, secrets, &both);
    unlisted.office = "shadow-office".parse().unwrap();
    unlisted.card = unlisted_card();
    unlisted.reply_key = chain(AFFAIRS).reply_key();
    let (_, unlisted) = unlisted.write("From nowhere.", 1);
    let elsewhere = InstanceId::new([9; 32]);
    let crossed = conversation_of(&other);

    let vector = |name: &str,
                  g: u32,
                  n: u32,
                  writer: &str,
                  sealed: String,
                  refusal: Option<&str>,
                  reason: &str| {
        let mut vector = json!({
            "name": name,
            "generation": g,
            "n": n,
            "writer": writer,
            "sealed": sealed,
            "expect": if refusal.is_some() { "refused" } else { "ok" },
            "reason": reason,
        });
        if let Some(refusal) = refusal {
            vector["refusal"] = json!(refusal);
        }
        vector
    };
    let genuine = BASE64.encode(genuine);
    let replies = vec![
        vector(
            "reply",
            0,
            1,
            DEAN,
            genuine.clone(),
            None,
            "a genuine reply",
        ),
        vector(
            "other-drop",
            0,
            2,
            DEAN,
            genuine.clone(),
            Some("misplaced"),
            "drop 2 holds what was written for drop 1",
        ),
        vector(
            "other-generation",
            1,
            1,
            DEAN,
            genuine.clone(),
            Some("misplaced"),
            "generation 1 holds what was written for generation 0",
        ),
        vector(
            "later-generation",
            0,
            1,
            DEAN,
            BASE64.encode(later),
            Some("misplaced"),
            "generation 0 holds what was written for generation 1",
        ),
        vector(
            "other-writer",
            0,
            1,
            AFFAIRS,
            genuine,
            Some("other-office"),
            "the relay names another office than the reply",
        ),
        vector(
            "for-another-reporter",
            0,
            1,
            DEAN,
            BASE64.encode(for_another),
            Some("undecryptable"),
            "sealed to another reporter",
        ),
        vector(
            "other-conversation",
            0,
            1,
            DEAN,
            signed(&instance, &crossed, &change(&|h| h.conversation = crossed)),
            Some("misplaced"),
            "written for another conversation",
        ),
        vector(
            "other-instance",
            0,
            1,
            DEAN,
            signed(
                &elsewhere,
                &conversation,
                &change(&|h| h.instance = elsewhere),
            ),
            Some("other-instance"),
            "written in another instance",
        ),
        vector(
            "changed",
            0,
            1,
            DEAN,
            to_reporter(&forged::<ReplyDomain>(
                &school::known_key("stranger"),
                &instance,
                &conversation,
                &message,
            )),
            Some("signature"),
            "signed by a stranger with the office's card",
        ),
        vector(
            "by-the-reporter",
            0,
            1,
            DEAN,
            to_reporter(&forged::<ReplyDomain>(
                secrets.reporter_key(),
                &instance,
                &conversation,
                &message,
            )),
            Some("signature"),
            "signed by the reporter key",
        ),
        vector(
            "by-the-office-key",
            0,
            1,
            DEAN,
            to_reporter(&forged::<ReplyDomain>(
                &school::known_key(&format!("office {DEAN}")),
                &instance,
                &conversation,
                &message,
            )),
            Some("signature"),
            "signed by the key for cards",
        ),
        vector(
            "swapped-purpose",
            0,
            1,
            DEAN,
            to_reporter(&forged::<FollowUpDomain>(
                &reply_key,
                &instance,
                &conversation,
                &message,
            )),
            Some("signature"),
            "signed in the follow-ups' domain",
        ),
        vector(
            "unlisted-office",
            0,
            1,
            "shadow-office",
            BASE64.encode(unlisted),
            Some("unlisted-office"),
            "by an office that the directory does not list",
        ),
    ];

    let sent = report(secrets, &both, &["associate-dean"], "It happened.");
    let record = seal_self_record(secrets, &sent.record).unwrap();
    let record_message = Message::SelfRecord(sent.record.clone());
    let record_vector = |name: &str, sealed: String, genuine: bool, reason: &str| {
        json!({
            "name": name,
            "sealed": sealed,
            "expect": if genuine { "ok" } else { "refused" },
            "reason": reason,
        })
    };
    let mut moved = sent.record.clone();
    moved.conversation = conversation_of(&other);
    let records = vec![
        record_vector(
            "record",
            BASE64.encode(record),
            true,
            "a genuine self-record",
        ),
        record_vector(
            "strangers-record",
            to_reporter(&forged::<SelfRecordDomain>(
                &school::known_key("stranger"),
                &instance,
                &conversation,
                &record_message,
            )),
            false,
            "not signed by the reporter key",
        ),
        record_vector(
            "swapped-purpose",
            to_reporter(&forged::<ReportDomain>(
                secrets.reporter_key(),
                &instance,
                &conversation,
                &record_message,
            )),
            false,
            "signed in the reports' domain",
        ),
        record_vector(
            "other-conversation",
            to_reporter(&forged::<SelfRecordDomain>(
                secrets.reporter_key(),
                &instance,
                &conversation,
                &Message::SelfRecord(moved),
            )),
            false,
            "about another conversation",
        ),
        record_vector("a-reply", to_reporter(&block), false, "not a self-record"),
    ];
    json!({
        "group": "message",
        "about": "what the holder of the code finds: replies by place, and self-records; sealed bytes \
                  in base64",
        "code": words,
        "conversation": conversation,
        "reporter_key": BASE64.encode(secrets.reporter_key().verifying_key().as_bytes()),
        "self_address": secrets.self_capability().self_address(),
        "drop_addresses": (0..2).map(|g| (1..=4).map(|n| {
            secrets.conversation_key(g).drop(n).drop_address().to_string()
        }).collect::<Vec<_>>()).collect::<Vec<_>>(),
        "vectors": replies,
        "records": records,
    })
}
