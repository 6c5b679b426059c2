//! The reporter's messages: composing and sealing them (`docs/protocol.md`, "Report",
//! "Follow-up", "Self-record").

use std::collections::BTreeSet;

use candor_directory::{KeyCard, PublicKey, Verified};
use candor_wire::{
    Address, ConversationId, Envelope, EnvelopeError, InstanceId, OfficeId, RoleId, Tag, Urgency,
    tagged_hash,
};
use ed25519_dalek::VerifyingKey;
use serde::Serialize;
use thiserror::Error;

use crate::{
    age_file,
    block::{Block, BlockError},
    derive::{ConversationKey, ReporterSecrets},
    fragment::{CutError, cut},
    hybrid::HybridRecipient,
    message::{
        FollowUpContent, FollowUpDomain, FollowUpHeader, MAX_PARTS, Message, Part, ReportContent,
        ReportDomain, ReportHeader, Secret32, SelfRecord, SelfRecordDomain, VERSION,
    },
};

const CONVERSATION: Tag = Tag::new("candor/v1/conversation-id");

/// The conversation's name: a hash over what the first message commits to.
///
/// `SHA-256(tag ‖ K_0 ‖ R ‖ reply recipient)`, the recipient as its lower-case ASCII text.
#[must_use]
pub fn conversation_id(
    conversation_key: &[u8; 32],
    reporter_key: &VerifyingKey,
    reply_recipient: &str,
) -> ConversationId {
    ConversationId::new(tagged_hash(
        CONVERSATION,
        &[
            conversation_key,
            reporter_key.as_bytes(),
            reply_recipient.as_bytes(),
        ],
    ))
}

/// The name of a conversation that began with these secrets.
#[must_use]
pub fn conversation_of(secrets: &ReporterSecrets) -> ConversationId {
    conversation_id(
        secrets.conversation_key(0).expose(),
        &secrets.reporter_key().verifying_key(),
        &secrets.reply_identity().to_recipient().to_string(),
    )
}

/// An office with the key to seal to. It can only be made from a verified key card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeRecipient {
    office: OfficeId,
    recipient: HybridRecipient,
}

impl OfficeRecipient {
    /// Takes the recipient of a verified card.
    ///
    /// # Errors
    /// [`ComposeError::Recipient`] if the card's recipient is not an age hybrid recipient.
    pub fn from_card(card: &Verified<KeyCard>) -> Result<Self, ComposeError> {
        Ok(Self {
            office: card.office.clone(),
            recipient: card
                .recipient
                .as_str()
                .parse()
                .map_err(|_| ComposeError::Recipient)?,
        })
    }

    /// The office.
    #[must_use]
    pub const fn office(&self) -> &OfficeId {
        &self.office
    }

    /// The key to seal to: files beside a message are sealed to the same.
    #[must_use]
    pub const fn recipient(&self) -> &HybridRecipient {
        &self.recipient
    }
}

/// Why a message could not be composed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ComposeError {
    /// The content is too long.
    #[error(transparent)]
    Cut(#[from] CutError),
    /// A card names something that is not an age hybrid recipient.
    #[error("an office's key card names an unusable key; the office has to renew it")]
    Recipient,
    /// The offices differ from the ones that hold the conversation, or there is none.
    #[error("the message would go to other offices than the ones on this report")]
    Offices,
    /// A counter is used up.
    #[error("this conversation cannot take more messages; start a new report")]
    Exhausted,
    /// The envelope breaks a limit of the frame.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// A block could not be laid out or sealed.
    #[error("the message could not be sealed")]
    Sealing,
}

impl From<BlockError> for ComposeError {
    fn from(_: BlockError) -> Self {
        Self::Sealing
    }
}

/// What goes out: the envelopes in order, and the self-record as it stands after them.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// One for each block. The first one names the cells.
    pub envelopes: Vec<Envelope>,
    /// To be sealed by [`seal_self_record`] and stored along with them.
    pub record: SelfRecord,
}

/// Everything about a report that is not its content.
#[derive(Clone, Debug)]
pub struct Filing<'a> {
    /// The reporter's keys.
    pub secrets: &'a ReporterSecrets,
    /// Who it is sealed to: what routing said.
    pub offices: &'a [OfficeRecipient],
    /// Roles left out.
    pub excluded_roles: &'a BTreeSet<RoleId>,
    /// The version of the directory that routing used.
    pub directory_version: u64,
    /// Whether the topic is urgent.
    pub urgency: Urgency,
}

/// The JSON length of a header with an empty fragment and the widest part numbers.
fn header_len(header: &impl Serialize) -> usize {
    // What cannot be serialised leaves no room, which `cut` refuses.
    serde_json::to_string(header).map_or(usize::MAX, |json| json.len())
}

const WIDEST: Part = Part {
    index: MAX_PARTS,
    count: MAX_PARTS,
};

/// Composes and seals a report.
///
/// # Errors
/// [`ComposeError`]
pub fn compose_report(
    filing: &Filing<'_>,
    content: &ReportContent,
    cells: Vec<Address>,
) -> Result<Outgoing, ComposeError> {
    let secrets = filing.secrets;
    let instance = *secrets.instance();
    let conversation_key = secrets.conversation_key(0);
    let reply_recipient = secrets.reply_identity().to_recipient().to_string();
    let reporter_key = secrets.reporter_key().verifying_key();
    let conversation = conversation_id(conversation_key.expose(), &reporter_key, &reply_recipient);
    let public_key = PublicKey::try_from(reporter_key).map_err(|_| ComposeError::Sealing)?;
    let recipients = office_ids(filing.offices)?;
    let excluded_roles: Vec<RoleId> = filing.excluded_roles.iter().cloned().collect();
    let first = |part, content| {
        Message::Report(ReportHeader {
            v: VERSION,
            instance,
            reporter_key: public_key,
            reply_recipient: reply_recipient.clone(),
            conversation_key: Secret32::new(*conversation_key.expose()),
            recipients: recipients.clone(),
            excluded_roles: excluded_roles.clone(),
            directory_version: filing.directory_version,
            part,
            content,
        })
    };
    let mut record = SelfRecord {
        v: VERSION,
        instance,
        conversation,
        revision: 1,
        counter: 0,
        last: candor_wire::Digest::new([0; 32]),
        recipients: recipients.clone(),
        excluded_roles: excluded_roles.clone(),
        generation: 0,
        seen: vec![0],
        withdrawn: false,
        topic: content.topic.clone(),
        source: content.source,
        language: content.language.clone(),
        moved: false,
        announced: None,
        earlier: Vec::new(),
        telling: None,
        waiting: Vec::new(),
    };
    let first_len = header_len(&first(WIDEST, String::new()));
    let later_len = |index: u16| {
        // The counter of a later part is its index, and takes as many digits.
        let counter = index.into();
        let record = SelfRecord {
            counter,
            ..record.clone()
        };
        header_len(&follow_up_header(&record, WIDEST, String::new()))
    };
    let fragments = cut(content, |index| match index {
        0 => first_len,
        _ => later_len(index),
    })?;
    let count = u16::try_from(fragments.len()).map_err(|_| CutError::TooLong)?;
    let mut envelopes = Vec::with_capacity(fragments.len());
    let mut cells = Some(cells);
    for (index, fragment) in (0..count).zip(&fragments) {
        let part = Part { index, count };
        let block = if index == 0 {
            let json = to_json(&first(part, fragment.to_string()))?;
            Block::sign::<ReportDomain>(secrets.reporter_key(), &instance, &conversation, &json)?
        } else {
            record.counter += 1;
            let json = to_json(&follow_up_header(&record, part, fragment.to_string()))?;
            Block::sign::<FollowUpDomain>(secrets.reporter_key(), &instance, &conversation, &json)?
        };
        record.last = block.digest();
        envelopes.push(envelope(
            &block,
            filing.offices,
            filing.urgency,
            cells.take().unwrap_or_default(),
        )?);
    }
    Ok(Outgoing { envelopes, record })
}

/// Composes and seals a follow-up. `offices` are the recipients of `record`, with what the
/// follow-up leaves out already removed (see [`leave_out`]).
///
/// # Errors
/// [`ComposeError`]
pub fn compose_follow_up(
    secrets: &ReporterSecrets,
    record: &SelfRecord,
    offices: &[OfficeRecipient],
    content: &FollowUpContent,
    cells: Vec<Address>,
) -> Result<Outgoing, ComposeError> {
    let (blocks, record) = sign_follow_up(secrets, record, office_ids(offices)?, content)?;
    let mut cells = Some(cells);
    let envelopes = blocks.iter().map(|block| {
        let cells = cells.take().unwrap_or_default();
        envelope(block, offices, Urgency::Batched, cells)
    });
    Ok(Outgoing {
        envelopes: envelopes.collect::<Result<_, _>>()?,
        record,
    })
}

/// The blocks of a follow-up, and the record once they are sent. Whoever can be sealed to or not,
/// they are the same.
pub(crate) fn sign_follow_up(
    secrets: &ReporterSecrets,
    record: &SelfRecord,
    recipients: Vec<OfficeId>,
    content: &FollowUpContent,
) -> Result<(Vec<Block>, SelfRecord), ComposeError> {
    if recipients
        .iter()
        .any(|office| !record.recipients.contains(office))
    {
        return Err(ComposeError::Offices);
    }
    let mut record = record.clone();
    record.recipients = recipients;
    record.withdrawn |= content.withdraw;
    record.excluded_roles.extend_from_slice(&content.leave_out);
    record.excluded_roles.sort();
    record.excluded_roles.dedup();
    let later_len = {
        let mut widest = record.clone();
        widest.counter = u32::MAX;
        header_len(&follow_up_header(&widest, WIDEST, String::new()))
    };
    let fragments = cut(content, |_| later_len)?;
    let count = u16::try_from(fragments.len()).map_err(|_| CutError::TooLong)?;
    let mut blocks = Vec::with_capacity(fragments.len());
    for (index, fragment) in (0..count).zip(&fragments) {
        record.counter = record
            .counter
            .checked_add(1)
            .ok_or(ComposeError::Exhausted)?;
        let part = Part { index, count };
        let json = to_json(&follow_up_header(&record, part, fragment.to_string()))?;
        let block = Block::sign::<FollowUpDomain>(
            secrets.reporter_key(),
            &record.instance,
            &record.conversation,
            &json,
        )?;
        record.last = block.digest();
        blocks.push(block);
    }
    if let Some(new) = &content.new_generation {
        record.generation = new.generation;
        let generations = usize::try_from(new.generation).map_err(|_| ComposeError::Exhausted)? + 1;
        record.seen.resize(generations, 0);
    }
    record.revision += 1;
    Ok((blocks, record))
}

/// The content of a follow-up that leaves roles out from now on: it brings a new generation of
/// the conversation key, so that the offices left out cannot read later replies.
///
/// # Errors
/// [`ComposeError::Exhausted`] after 2³² generations.
pub fn leave_out(
    secrets: &ReporterSecrets,
    record: &SelfRecord,
    roles: Vec<RoleId>,
) -> Result<FollowUpContent, ComposeError> {
    let generation = record
        .generation
        .checked_add(1)
        .ok_or(ComposeError::Exhausted)?;
    let key: ConversationKey = secrets.conversation_key(generation);
    Ok(FollowUpContent {
        leave_out: roles,
        new_generation: Some(crate::message::NewGeneration {
            generation,
            conversation_key: Secret32::new(*key.expose()),
        }),
        ..FollowUpContent::default()
    })
}

fn follow_up_header(record: &SelfRecord, part: Part, content: String) -> Message {
    Message::FollowUp(FollowUpHeader {
        v: VERSION,
        instance: record.instance,
        conversation: record.conversation,
        generation: record.generation,
        counter: record.counter,
        previous: record.last,
        recipients: record.recipients.clone(),
        part,
        content,
    })
}

fn office_ids(offices: &[OfficeRecipient]) -> Result<Vec<OfficeId>, ComposeError> {
    let mut ids: Vec<OfficeId> = offices.iter().map(|o| o.office.clone()).collect();
    ids.sort();
    if ids.is_empty() || !ids.is_sorted_by(|a, b| a < b) {
        return Err(ComposeError::Offices);
    }
    Ok(ids)
}

pub(crate) fn to_json(message: &Message) -> Result<zeroize::Zeroizing<Vec<u8>>, ComposeError> {
    serde_json::to_vec(message)
        .map(zeroize::Zeroizing::new)
        .map_err(|_| ComposeError::Sealing)
}

fn envelope(
    block: &Block,
    offices: &[OfficeRecipient],
    urgency: Urgency,
    cells: Vec<Address>,
) -> Result<Envelope, ComposeError> {
    let recipients: Vec<HybridRecipient> = offices.iter().map(|o| o.recipient.clone()).collect();
    let sealed =
        age_file::seal(block.as_bytes(), &recipients).map_err(|_| ComposeError::Sealing)?;
    Ok(Envelope::new(urgency, office_ids(offices)?, cells, sealed)?)
}

/// Signs the self-record and seals it to the reporter's own reply identity.
///
/// # Errors
/// [`ComposeError`]
pub fn seal_self_record(
    secrets: &ReporterSecrets,
    record: &SelfRecord,
) -> Result<Vec<u8>, ComposeError> {
    let json = to_json(&Message::SelfRecord(record.clone()))?;
    let block = Block::sign::<SelfRecordDomain>(
        secrets.reporter_key(),
        &record.instance,
        &record.conversation,
        &json,
    )?;
    age_file::seal(block.as_bytes(), &[secrets.reply_identity().to_recipient()])
        .map_err(|_| ComposeError::Sealing)
}

/// The self-record did not open or does not fit the claim code.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the record kept for this code is damaged or not genuine")]
pub struct SelfRecordError;

/// Opens and checks the self-record. Its conversation may have begun under an earlier code, which
/// the record then holds.
///
/// # Errors
/// [`SelfRecordError`] if it does not open, is not signed by the reporter's key, or is about
/// another instance or conversation.
pub fn open_self_record(
    secrets: &ReporterSecrets,
    sealed: &[u8],
) -> Result<SelfRecord, SelfRecordError> {
    let plain = age_file::open(sealed, std::slice::from_ref(secrets.reply_identity()))
        .map_err(|_| SelfRecordError)?;
    let block = Block::decode(&plain).map_err(|_| SelfRecordError)?;
    let Ok(Message::SelfRecord(record)) = serde_json::from_slice(block.json()) else {
        return Err(SelfRecordError);
    };
    let reporter_key = secrets.reporter_key().verifying_key();
    let instance: &InstanceId = secrets.instance();
    // A conversation keeps the name that its first code gave it.
    let first = record.earlier.first();
    let first = first.map(|code| ReporterSecrets::from_root(*code.root.expose(), instance));
    let conversation = conversation_of(first.as_ref().unwrap_or(secrets));
    let genuine = record.v == VERSION
        && record.is_sound()
        && record
            .telling
            .as_ref()
            .is_none_or(|telling| telling.is_sound() && !record.moved)
        && record.instance == *instance
        && record.conversation == conversation
        && block.verifies::<SelfRecordDomain>(&reporter_key, instance, &conversation);
    if genuine {
        Ok(record)
    } else {
        Err(SelfRecordError)
    }
}
