//! What the case file records. The desk's whole state follows from replaying it.

use std::sync::Arc;

use candor_casework::body::{Handle, History};
use candor_directory::{DeviceListDomain, Epoch, TopicId};
use candor_sealing::{message::ReplyKind, open::ReportBlock};
use candor_wire::{
    Address, ConversationId, Day, DeviceId, Digest, EnvelopeId, EventId, OfficeId, SignedStatement,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    erasing::{Erased, HeldLate},
    import::columns::Columns,
    recovery::RecoveryKind,
};

/// Names one reply of this desk: 16 random bytes in hexadecimal.
pub type ReplyId = String;

/// One record, without its bytes.
///
/// What says something of a case names it, and [`Record::conversation`] gives it: such a record is
/// sealed under the case's own key, and is gone when the case is erased.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Record {
    /// The first record.
    Began {
        /// The office.
        office: OfficeId,
        /// The day.
        day: Day,
    },
    /// The recovery file was written and reopened.
    Recovery {
        /// The day.
        day: Day,
        /// Who it takes to open it.
        #[serde(default)]
        kind: RecoveryKind,
    },
    /// A message was taken from the queue. Bytes: the compact block.
    Received {
        /// Its place in the queue.
        seq: u64,
        /// The relay's day.
        day: Day,
        /// The conversation that it names.
        conversation: ConversationId,
        /// Of a reply: the digest of the drop it is a copy of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        drop: Option<Digest>,
    },
    /// Something in the queue was refused and is kept as it came. Bytes: the frame.
    SetAside {
        /// Its place in the queue.
        seq: u64,
        /// The relay's day.
        day: Day,
        /// Why.
        why: String,
        /// The envelope's id; none if the frame is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        envelope: Option<EnvelopeId>,
    },
    /// Everything up to here has been taken from the queue.
    Cursor {
        /// The place.
        seq: u64,
    },
    /// A directory of this version was verified.
    Directory {
        /// The version.
        version: u64,
    },
    /// The list of the office's devices, as this desk knows it.
    Devices {
        /// The signed list.
        list: SignedStatement<DeviceListDomain>,
        /// Whether the relay has it.
        published: bool,
    },
    /// The relay has the office's cards.
    Cards {
        /// From this epoch on,
        from: Epoch,
        /// up to this one.
        to: Epoch,
        /// The revision of the newest.
        #[serde(default)]
        revision: u32,
    },
    /// The public entry and cards of the office were compared with what they should be.
    Checked {
        /// The day.
        day: Day,
        /// What differs.
        alarms: Vec<String>,
    },
    /// A sync came to its end.
    Synced {
        /// The day.
        day: Day,
    },
    /// A person wants a case to be marked as unread again. Older versions also recorded so that it
    /// was read, which said less: the number alone does not tell which messages were meant.
    Read {
        /// The case.
        conversation: ConversationId,
        /// How many of the messages that were there count as read.
        messages: usize,
    },
    /// A person was shown messages of the reporter.
    Seen {
        /// The case.
        conversation: ConversationId,
        /// Which ones. Others that were seen before stay seen.
        messages: Vec<Seen>,
    },
    /// A reply is to be sent. Bytes: `u32` length and JSON of the content, then the draft.
    Queued(Queued),
    /// A part of a reply was sealed for a drop. Bytes: `u32` length and compact block, then the
    /// sealed bytes.
    Sealed {
        /// The case.
        conversation: ConversationId,
        /// The reply.
        reply: ReplyId,
        /// The part.
        index: u16,
        /// The generation of the drop.
        generation: u32,
        /// The number of the drop.
        n: u32,
    },
    /// Another office's reply lies in a drop.
    Occupied {
        /// The case.
        conversation: ConversationId,
        /// The generation of the drop.
        generation: u32,
        /// The number of the drop.
        n: u32,
        /// The digest of what lies there, unless it is gone.
        digest: Option<Digest>,
    },
    /// The relay has a part of a reply in its drop.
    Placed {
        /// The case.
        conversation: ConversationId,
        /// The reply.
        reply: ReplyId,
        /// The part.
        index: u16,
        /// The day.
        day: Day,
    },
    /// The offices' queues have a copy of a part.
    Copied {
        /// The case.
        conversation: ConversationId,
        /// The reply.
        reply: ReplyId,
        /// The part.
        index: u16,
    },
    /// A reply will not be sent (any further).
    GivenUp {
        /// The case.
        conversation: ConversationId,
        /// The reply.
        reply: ReplyId,
        /// Why.
        why: String,
    },
    /// A case event of this device. Bytes: its signed blocks, compact ([`join_many`]).
    EventWritten {
        /// The case.
        conversation: ConversationId,
        /// The event.
        event: EventId,
    },
    /// The queues of these offices have an event of this device.
    EventSent {
        /// The case.
        conversation: ConversationId,
        /// The event.
        event: EventId,
        /// The offices.
        offices: Vec<OfficeId>,
        /// Offices that it was for, and that were off the case by then: it is kept back from them
        /// until they come back.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kept_back: Vec<OfficeId>,
    },
    /// Another office's list of devices, verified.
    DeviceListOf {
        /// The signed list.
        list: SignedStatement<DeviceListDomain>,
    },
    /// Recipients of key cards that were not seen here before.
    RecipientsSeen {
        /// Each with its office.
        recipients: Vec<SeenRecipient>,
    },
    /// An office is to be given what is here of a case.
    Passing {
        /// The case.
        conversation: ConversationId,
        /// The office.
        to: OfficeId,
        /// The event that brought it onto the case.
        admit: EventId,
        /// How much of what was before.
        history: History,
        /// Whether files are sealed to it anew.
        files: bool,
        /// The reply that tells the reporter; nothing is given before that lies in its drop.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<ReplyId>,
    },
    /// An office's queue has what was to be given to it. Bytes: the names of that, 32 bytes each.
    PassedOn {
        /// The case.
        conversation: ConversationId,
        /// The office.
        to: OfficeId,
    },
    /// What another office handed over was verified, and is part of the case from now on.
    TakenUp {
        /// The case.
        conversation: ConversationId,
        /// Which handover.
        handover: String,
        /// The office that handed it over.
        from: OfficeId,
        /// The day.
        day: Day,
    },
    /// What another office handed over was refused.
    NotTakenUp {
        /// The case.
        conversation: ConversationId,
        /// Which handover.
        handover: String,
        /// The office that handed it over.
        from: OfficeId,
        /// The day.
        day: Day,
        /// Why.
        why: String,
    },
    /// A saved reply, new or in place of what had this name. Bytes: its text.
    Template {
        /// Its name.
        template: Handle,
        /// Its title.
        title: String,
    },
    /// A saved reply was deleted.
    TemplateRemoved {
        /// Its name.
        template: Handle,
    },
    /// A case was erased. Bytes: envelopes that tell the office's other devices ([`join_many`]).
    Erased(Erased),
    /// The office's queue at the relay does not hold these any more.
    TakenOut {
        /// The places.
        places: Vec<u64>,
    },
    /// The office's other devices were told of an erasure.
    Told {
        /// Of which case.
        mark: Digest,
    },
    /// A legal hold was set on a case that had been erased here.
    HeldLate(HeldLate),
    /// The directory calls the office an informal one, or does so no longer: nothing of a
    /// conversation is kept while it does.
    Informal {
        /// Whether it does.
        on: bool,
    },
    /// How far the chains of devices are known: events that they followed from were erased.
    Chains {
        /// Each device with its link.
        links: Vec<(DeviceId, Digest)>,
    },
    /// The team's own words for the next summary of outcomes. Bytes: JSON.
    OutcomesWords {
        /// The day.
        day: Day,
    },
    /// A summary of outcomes was signed off, and is frozen. Bytes: JSON, with what it counted.
    OutcomesSigned {
        /// Which one.
        number: u32,
        /// The day.
        day: Day,
        /// The workstation on which it was done.
        by: String,
    },
    /// Which columns of a table with these headings say what.
    ImportColumns {
        /// The headings.
        headings: String,
        /// The topic.
        topic: TopicId,
        /// What is assigned to what.
        columns: Columns,
    },
    /// Rows of a table were sent. Bytes: their digests, 16 bytes each.
    Imported {
        /// The day.
        day: Day,
        /// The file's name.
        file: String,
    },
}

impl Record {
    /// The case that the record belongs to. It is kept under that case's key, with its bytes, and
    /// goes with it.
    #[must_use]
    pub const fn conversation(&self) -> Option<ConversationId> {
        match self {
            Self::Received { conversation, .. }
            | Self::Read { conversation, .. }
            | Self::Seen { conversation, .. }
            | Self::Sealed { conversation, .. }
            | Self::Occupied { conversation, .. }
            | Self::Placed { conversation, .. }
            | Self::Copied { conversation, .. }
            | Self::GivenUp { conversation, .. }
            | Self::EventWritten { conversation, .. }
            | Self::EventSent { conversation, .. }
            | Self::Passing { conversation, .. }
            | Self::PassedOn { conversation, .. }
            | Self::TakenUp { conversation, .. }
            | Self::NotTakenUp { conversation, .. } => Some(*conversation),
            Self::Queued(queued) => Some(queued.conversation),
            Self::Began { .. }
            | Self::Recovery { .. }
            | Self::SetAside { .. }
            | Self::Cursor { .. }
            | Self::Directory { .. }
            | Self::Devices { .. }
            | Self::Cards { .. }
            | Self::Checked { .. }
            | Self::Synced { .. }
            | Self::DeviceListOf { .. }
            | Self::RecipientsSeen { .. }
            | Self::Template { .. }
            | Self::TemplateRemoved { .. }
            | Self::Erased { .. }
            | Self::TakenOut { .. }
            | Self::Told { .. }
            | Self::HeldLate(_)
            | Self::Chains { .. }
            | Self::Informal { .. }
            | Self::OutcomesWords { .. }
            | Self::OutcomesSigned { .. }
            | Self::ImportColumns { .. }
            | Self::Imported { .. } => None,
        }
    }
}

/// A recipient of a key card, by its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenRecipient {
    /// Whose card.
    pub office: OfficeId,
    /// The hash by which it is compared (`casework::refer`).
    pub recipient: Digest,
}

/// A message of the reporter as it was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The counter of its first block.
    pub counter: u32,
    /// Whether all of it was there.
    pub complete: bool,
}

/// A reply in the outbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queued {
    /// Its name.
    pub reply: ReplyId,
    /// The case.
    pub conversation: ConversationId,
    /// Acknowledgement or message.
    pub kind: ReplyKind,
    /// The day it was written.
    pub day: Day,
    /// The cells of its attachments, whose bytes lie in the outbox folder.
    pub cells: Vec<Address>,
    /// Whether it is this office's last word on the case: it goes out although the office has left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub farewell: bool,
}

/// A record with its bytes.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it says.
    pub record: Record,
    /// What belongs to it.
    pub bytes: Zeroizing<Vec<u8>>,
    /// The report that the bytes hold, if it was opened a moment ago: it need not be parsed again.
    pub(crate) opened: Option<Arc<ReportBlock>>,
}

impl Entry {
    /// A record without bytes.
    #[must_use]
    pub fn bare(record: Record) -> Self {
        Self {
            record,
            bytes: Zeroizing::default(),
            opened: None,
        }
    }

    /// A record with bytes.
    #[must_use]
    pub fn new(record: Record, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            record,
            bytes: Zeroizing::new(bytes.into()),
            opened: None,
        }
    }

    /// The same, of a report that was opened a moment ago.
    pub(crate) fn holding(self, report: Arc<ReportBlock>) -> Self {
        Self {
            opened: Some(report),
            ..self
        }
    }

    /// A record with bytes that are wiped.
    #[must_use]
    pub const fn secret(record: Record, bytes: Zeroizing<Vec<u8>>) -> Self {
        Self {
            record,
            bytes,
            opened: None,
        }
    }
}

/// Two byte strings in one: `u32` length of the first, the first, the second.
#[must_use]
pub fn join_two(first: &[u8], second: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(4 + first.len() + second.len()));
    // Both are bounded far below 4 GiB by what a message may hold.
    let len = u32::try_from(first.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(first);
    out.extend_from_slice(second);
    out
}

/// The reverse of [`join_two`].
#[must_use]
pub fn split_two(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    split_first(bytes)
}

/// Byte strings in one: for each, `u32` length and the bytes.
#[must_use]
pub fn join_many<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::new());
    for part in parts {
        let len = u32::try_from(part.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&len.to_be_bytes());
        out.extend_from_slice(part);
    }
    out
}

/// The reverse of [`join_many`].
#[must_use]
pub fn split_many(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut parts = Vec::new();
    while !bytes.is_empty() {
        let (part, rest) = split_first(bytes)?;
        parts.push(part);
        bytes = rest;
    }
    Some(parts)
}

fn split_first(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<4>()?;
    let len = usize::try_from(u32::from_be_bytes(*len)).ok()?;
    rest.split_at_checked(len)
}
