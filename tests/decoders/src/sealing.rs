//! What the ends open.

use std::sync::OnceLock;

use candor_sealing::{
    Block, ClaimCode, HybridIdentity, HybridRecipient, ReporterSecrets, age_file,
    attachment::{AttachmentOpener, AttachmentRef},
    event::join_event,
    handover::{HandoverContent, join_handover},
    message::{FollowUpContent, Message, ReplyContent, ReportContent, SelfRecord},
    open::{Opened, Reader, open_envelope, parse},
    reply::{Draft, Place, open_reply},
    report::{conversation_of, open_self_record},
    wordlist,
};
use candor_wire::{
    Envelope, OfficeId, Urgency,
    sizes::{BLOCK_LEN, CELL_LEN, SIGNATURE_LEN},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Parts, known};

/// Words or digits. Both spellings of what parses are read back as the same code.
pub(crate) fn claim_code(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    match text.parse::<ClaimCode>() {
        Ok(code) => {
            for spelling in [code.words(), code.groups()] {
                let back: Option<ClaimCode> = spelling.parse().ok();
                assert_eq!(back.as_ref().map(ClaimCode::expose), Some(code.expose()));
            }
        }
        Err(error) => {
            // Nothing that was typed may come back.
            let said = format!("{error} {error:?}").to_lowercase();
            let typed = text.split(|c: char| !c.is_alphanumeric());
            let long = typed.filter(|word| word.len() > 12 && wordlist::index(word).is_none());
            for word in long {
                assert!(
                    !said.contains(&word.to_lowercase()),
                    "an error repeats input"
                );
            }
        }
    }
    for word in text.split_whitespace().take(1) {
        assert!(
            wordlist::suggestions(word)
                .iter()
                .all(|s| wordlist::index(s).is_some())
        );
        if let Some(index) = wordlist::index(word) {
            assert_eq!(wordlist::word(index), Some(word.to_lowercase().as_str()));
        }
    }
}

/// A block of full length as it is, anything else as a compact one.
pub(crate) fn block(input: &[u8]) {
    if input.len() == BLOCK_LEN {
        if let Ok(block) = Block::decode(input) {
            assert_eq!(block.as_bytes(), input);
            let back = Block::from_compact(&block.to_compact());
            assert_eq!(back.as_ref(), Ok(&block));
        }
    } else if let Ok(block) = Block::from_compact(input) {
        assert_eq!(block.to_compact().as_slice(), input);
        assert_eq!(Block::decode(block.as_bytes()).as_ref(), Ok(&block));
    }
}

/// The JSON of a block, under a signature of zeros.
pub(crate) fn message(input: &[u8]) {
    let compact = [input, &[0; SIGNATURE_LEN]].concat();
    let Ok(block) = Block::from_compact(&compact) else {
        return;
    };
    let Ok(opened) = parse(block) else {
        return;
    };
    // Written again it is the same message; no field was dropped or made up.
    let message: Option<Message> = serde_json::from_slice(input).ok();
    let written = serde_json::to_string(&message).unwrap_or_default();
    let again: Option<Message> = serde_json::from_str(&written).ok();
    assert_eq!(serde_json::to_string(&again).unwrap_or_default(), written);
    let key = known::key("reporter").verifying_key();
    match opened {
        Opened::Report(report) => assert!(report.header.part.is_valid()),
        Opened::FollowUp(follow_up) => assert!(follow_up.verify(&key).is_err()),
        Opened::Reply(reply) => assert!(reply.verify(known::directory()).is_err()),
        Opened::Event(event) => {
            assert!(event.verify().is_err());
            if let Ok(Some(content)) = join_event(&[&event.header]) {
                assert_eq!(*content, event.header.content);
            }
        }
        Opened::Handover(part) => {
            assert!(part.verify().is_err());
            let _ = join_handover(&[&part.header]);
        }
        _ => {}
    }
}

fn rewritten<T: DeserializeOwned + Serialize>(input: &[u8]) -> Option<T> {
    let value: T = serde_json::from_slice(input).ok()?;
    let text = serde_json::to_vec(&value).unwrap_or_default();
    assert!(
        serde_json::from_slice::<T>(&text).is_ok(),
        "cannot be read again"
    );
    Some(value)
}

/// The contents of messages, and what they say of files.
pub(crate) fn contents(input: &[u8]) {
    rewritten::<ReportContent>(input);
    rewritten::<FollowUpContent>(input);
    rewritten::<ReplyContent>(input);
    rewritten::<HandoverContent>(input);
    if let Some(record) = rewritten::<SelfRecord>(input) {
        let text = serde_json::to_vec(&record).unwrap_or_default();
        assert_eq!(serde_json::from_slice(&text).ok(), Some(record));
    }
    if let Some(reference) = rewritten::<AttachmentRef>(input) {
        let name = reference.name();
        assert!(!name.is_empty() && !name.contains(['/', '\\', '\0', '\n']));
        assert!(reference.size() < reference.sealed_size());
        assert_eq!(
            reference.addresses().count(),
            reference.cell_count() as usize
        );
    }
    if let Some(draft) = Draft::decode(input) {
        let text = draft.encode().unwrap_or_default();
        let back = Draft::decode(&text).map(|draft| draft.parts());
        assert_eq!(back, Some(draft.parts()));
    }
}

/// A recipient or an identity as text, and a recipient as bytes.
pub(crate) fn recipient(input: &[u8]) {
    if let Ok(recipient) = HybridRecipient::decode(input) {
        assert_eq!(recipient.as_bytes().as_slice(), input);
        let back: Option<HybridRecipient> = recipient.to_string().parse().ok();
        assert_eq!(back.as_ref(), Some(&recipient));
        let _ = age_file::seal(b"x", &[recipient]);
    }
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Ok(recipient) = text.parse::<HybridRecipient>() {
        assert_eq!(recipient.to_string(), text);
    }
    if let Ok(identity) = text.parse::<HybridIdentity>() {
        let same = HybridIdentity::from_seed(*identity.expose_seed());
        assert_eq!(same.to_recipient(), identity.to_recipient());
    }
}

fn identities() -> &'static [HybridIdentity] {
    static IDENTITIES: OnceLock<Vec<HybridIdentity>> = OnceLock::new();
    IDENTITIES.get_or_init(|| vec![known::identity()])
}

/// An age file for the known identity.
pub(crate) fn age(input: &[u8]) {
    if let Ok(plain) = age_file::open(input, identities()) {
        assert!(plain.len() < input.len());
    }
    assert!(age_file::open(input, &[]).is_err());
}

/// An envelope in the queue of the known office; what is no envelope stands for sealed bytes.
pub(crate) fn opening(input: &[u8]) {
    let Some(office) = known::directory().offices.first() else {
        return;
    };
    let reader = Reader {
        instance: &known::instance(),
        office: &office.id,
        roles: &office.roles,
        identities: identities(),
    };
    let envelope = Envelope::decode(input).or_else(|_| {
        let offices = vec![office.id.clone()];
        Envelope::new(Urgency::Batched, offices, vec![], input.to_vec())
    });
    if let Ok(envelope) = envelope
        && let Ok(opened) = open_envelope(&reader, &envelope)
    {
        let recipients: &[OfficeId] = match &opened {
            Opened::Report(report) => &report.header.recipients,
            Opened::FollowUp(follow_up) => &follow_up.header.recipients,
            Opened::Reply(reply) => &reply.header.recipients,
            Opened::Event(event) => &event.header.recipients,
            Opened::Handover(part) => &part.header.recipients,
            _ => &[],
        };
        assert!(recipients.contains(&office.id));
    }
}

/// A drop and a self-record, as the holder of the known code reads them.
pub(crate) fn returning(input: &[u8]) {
    static SECRETS: OnceLock<ReporterSecrets> = OnceLock::new();
    let secrets =
        SECRETS.get_or_init(|| ReporterSecrets::derive(&known::claim_code(), &known::instance()));
    if let Ok(record) = open_self_record(secrets, input) {
        assert_eq!(record.instance, known::instance());
    }
    let Some(office) = known::directory().offices.first() else {
        return;
    };
    let place = Place {
        conversation: &conversation_of(secrets),
        generation: 0,
        n: 1,
        writer: &office.id,
    };
    if let Ok((reply, _)) = open_reply(secrets, known::directory(), place, input) {
        assert_eq!((reply.header.n, &reply.header.office), (1, &office.id));
    }
}

/// What a message says of a file, a line, then the front of each cell in lines of their own.
pub(crate) fn attachment(input: &[u8]) {
    let mut parts = Parts::new(input);
    let Ok(reference) = serde_json::from_slice::<AttachmentRef>(parts.line()) else {
        return;
    };
    let mut opener = AttachmentOpener::new(&reference, identities(), Vec::new());
    let mut cell = parts.rest().to_vec();
    cell.resize(CELL_LEN, 0);
    assert!(opener.feed(cell.get(1..).unwrap_or_default()).is_err());
    for _ in 0..2 {
        let _ = opener.feed(&cell);
    }
    if let Ok(plain) = opener.finish() {
        assert_eq!(plain.len() as u64, reference.size());
    }
}
