//! A copy for somebody outside: a standard age file to a recipient that was compared, and the event
//! that says so.

use std::path::Path;

use candor_casework::{Body, Scope};
use candor_directory::KeyCard;
use candor_sealing::{HybridRecipient, age_file};
use candor_wire::{ConversationId, Digest, EventId, OfficeId, Tag, tagged_hash};

use super::act::act;
use crate::{
    audience::Audience,
    desk::Desk,
    failure::{Failure, Outcome},
    home,
    keys::EpochKeys,
    record::{Entry, Record, SeenRecipient},
};

const FINGERPRINT: Tag = Tag::new("candor/v1/outside-recipient");

/// For whom a copy is, and what is in it.
#[derive(Clone, Debug)]
pub struct Reference<'a> {
    /// Whom, in the office's own words.
    pub to: &'a str,
    /// The age recipient.
    pub recipient: &'a str,
    /// What was left out of it, and why.
    pub redacted: &'a str,
    /// The copy, redacted.
    pub document: &'a [u8],
}

/// Reads an outside recipient.
///
/// # Errors
/// In words, if it is none that this sends to.
pub fn outside_recipient(text: &str) -> Outcome<HybridRecipient> {
    let text = text.trim();
    let is_plain = text.starts_with("age1") && !text.starts_with("age1pq1");
    text.parse().map_err(|_| {
        if is_plain {
            Failure::usage(
                "This is an age recipient of the older kind (X25519): what is sealed to it could be \
                 opened one day by whoever keeps it until quantum computers exist.",
                "Ask them for a hybrid one, which begins with age1pq1: “age-keygen -pq” makes it.",
            )
        } else {
            Failure::usage(
                "This is not an age recipient.",
                "Ask them for it again: it is one long line that begins with age1pq1.",
            )
        }
    })
}

/// What is compared with the other side, by telephone: twenty digits in groups.
///
/// # Errors
/// As [`outside_recipient`].
pub fn fingerprint(recipient: &str) -> Outcome<String> {
    let recipient = outside_recipient(recipient)?;
    let hash = tagged_hash(FINGERPRINT, &[recipient.to_string().as_bytes()]);
    let digits: Vec<String> = hash
        .chunks(2)
        .take(5)
        .map(|pair| {
            let number = pair.iter().fold(0_u32, |n, byte| n << 8 | u32::from(*byte));
            format!("{:04}", number % 10_000)
        })
        .collect();
    Ok(digits.join(" "))
}

/// Seals a copy to somebody outside into a new file, and records that it was done.
///
/// # Errors
/// If the recipient is none, is an office of this hotline, or the file is there already.
pub fn refer(
    desk: &mut Desk,
    conversation: &ConversationId,
    reference: &Reference<'_>,
    path: &Path,
) -> Outcome<EventId> {
    let recipient = outside_recipient(reference.recipient)?;
    is_outside(desk, conversation, &recipient)?;
    let sealed = age_file::seal(reference.document, std::slice::from_ref(&recipient))
        .map_err(Failure::internal)?;
    let body = Body::Refer {
        to: reference.to.to_owned(),
        recipient: fingerprint(reference.recipient)?,
        redacted: reference.redacted.to_owned(),
    };
    // First what everybody on the case can see, then the copy: no copy is without an entry.
    super::act::would(desk, conversation, body.clone(), Scope::Case)?;
    home::create_file(path, &sealed)
        .map_err(|error| Failure::file("Cannot write", path, &error))?;
    let event = act(desk, conversation, body, Scope::Case);
    if event.is_err() {
        // It has not been given to anybody yet.
        let _ = std::fs::remove_file(path);
    }
    event
}

/// Seals a copy to somebody outside, in memory, and records that it was done: for a browser that
/// saves it.
///
/// # Errors
/// If the recipient is none, or is an office of this hotline.
pub fn sealed(
    desk: &mut Desk,
    conversation: &ConversationId,
    reference: &Reference<'_>,
) -> Outcome<Vec<u8>> {
    let recipient = outside_recipient(reference.recipient)?;
    is_outside(desk, conversation, &recipient)?;
    let sealed = age_file::seal(reference.document, std::slice::from_ref(&recipient))
        .map_err(Failure::internal)?;
    let body = Body::Refer {
        to: reference.to.to_owned(),
        recipient: fingerprint(reference.recipient)?,
        redacted: reference.redacted.to_owned(),
    };
    act(desk, conversation, body, Scope::Case)?;
    Ok(sealed)
}

fn hash_of(recipient: &str) -> Digest {
    Digest::new(tagged_hash(FINGERPRINT, &[recipient.as_bytes()]))
}

/// Keeps in mind whose recipients the key cards name that are published now: an office may still hold
/// the keys of cards that are not served any more.
///
/// # Errors
/// If the case file cannot be written.
pub fn remember(desk: &mut Desk) -> Outcome {
    let published = desk.published()?;
    let offices = published.directory.offices.iter();
    let recipients: Vec<SeenRecipient> = offices
        .flat_map(|office| {
            let cards = published.cards.of(&office.id);
            cards.map(|card| SeenRecipient {
                office: office.id.clone(),
                recipient: hash_of(card.recipient.as_str()),
            })
        })
        .filter(|seen| !desk.state.recipients_seen.contains_key(&seen.recipient))
        .collect();
    if recipients.is_empty() {
        return Ok(());
    }
    desk.record_one(Entry::bare(Record::RecipientsSeen { recipients }))
}

/// The office that a recipient belongs to, as far as this desk ever saw a card of it: published, with
/// a reply, or its own.
fn office_of(desk: &Desk, recipient: &HybridRecipient) -> Outcome<Option<OfficeId>> {
    let published = desk.published()?;
    let text = recipient.to_string();
    for office in &published.directory.offices {
        let mut cards = published.cards.of(&office.id);
        if cards.any(|card| card.recipient.as_str() == text) {
            return Ok(Some(office.id.clone()));
        }
    }
    if let Some(office) = desk.state.recipients_seen.get(&hash_of(&text)) {
        return Ok(Some(office.clone()));
    }
    let is_own = |keys: &EpochKeys| keys.identity.to_recipient().to_string() == text;
    if desk.epoch_keys().iter().any(is_own) {
        return Ok(Some(desk.config.office.clone()));
    }
    let replies = desk
        .state
        .cases
        .values()
        .flat_map(|case| case.replies.values());
    for reply in replies {
        let header = &reply.header;
        let card = header.card.peek::<KeyCard>();
        if card.is_ok_and(|card| card.recipient.as_str() == text) {
            return Ok(Some(header.office.clone()));
        }
    }
    Ok(None)
}

/// Whether a recipient is none of this hotline's offices.
fn is_outside(desk: &Desk, conversation: &ConversationId, recipient: &HybridRecipient) -> Outcome {
    let Some(office) = office_of(desk, recipient)? else {
        return Ok(());
    };
    let case = desk.state.cases.get(conversation);
    if case.is_some_and(|case| Audience::is_left_out(desk, case, &office)) {
        return Err(Failure::refused(
            "This is the key of an office that the reporter has left out.",
            "It is given nothing of this case, by no way.",
        ));
    }
    Err(Failure::refused(
        format!("This is the key of “{office}”, an office of this hotline."),
        "Bring it onto the case instead, as a copy or by a transfer: then the reporter is told.",
    ))
}
