//! Case events between the offices: signed by a device, sealed to key cards, never to a reporter
//! (`docs/protocol.md`, "Case events").
//!
//! Nothing here takes the reporter's recipient or a drop, and what a reporter's client opens
//! ([`open_reply`](crate::reply::open_reply)) is of another kind: an internal note has no way to a
//! reporter.

use candor_directory::PublicKey;
use candor_wire::{
    Address, ConversationId, DeviceId, Domain, Envelope, EventId, InstanceId, OfficeId, Tag,
    Urgency,
};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    age_file,
    block::Block,
    fragment::cut_text,
    message::{MAX_PARTS, Message, Part, VERSION},
    open::Refusal,
    report::{ComposeError, OfficeRecipient, to_json},
};

/// Signs a block of a case event; the key is the device's.
#[derive(Debug)]
pub enum EventDomain {}
impl Domain for EventDomain {
    const TAG: Tag = Tag::new("candor/v1/case-event");
}

/// A block of a case event.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventHeader {
    /// [`VERSION`].
    pub v: u8,
    /// Where the case belongs.
    pub instance: InstanceId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The writer's office.
    pub office: OfficeId,
    /// The writer's device, whose key signs the block.
    pub device: DeviceId,
    /// The event's name: the hash of its content.
    pub event: EventId,
    /// The offices that it is for, ascending.
    pub recipients: Vec<OfficeId>,
    /// Which fragment this is.
    pub part: Part,
    /// The fragment of the event's content.
    pub content: String,
}

/// A block of a case event. One that [`open_envelope`](crate::open::open_envelope) gives has a
/// genuine signature of its device.
#[derive(Clone, Debug)]
pub struct EventBlock {
    /// The header.
    pub header: EventHeader,
    /// The signed bytes.
    pub block: Block,
}

impl EventBlock {
    /// Checks that the device it names has signed it. Whether that device acts for the office is
    /// for the office's list of devices to say.
    ///
    /// # Errors
    /// [`Refusal::Signature`]
    pub fn verify(&self) -> Result<(), Refusal> {
        let header = &self.header;
        signed_by::<EventDomain>(
            &self.block,
            &header.device,
            &header.instance,
            &header.conversation,
        )
    }
}

/// Checks that a device signed a block.
pub(crate) fn signed_by<D: Domain>(
    block: &Block,
    device: &DeviceId,
    instance: &InstanceId,
    conversation: &ConversationId,
) -> Result<(), Refusal> {
    let key = PublicKey::decode(device.as_bytes()).map_err(|_| Refusal::Signature)?;
    if block.verifies::<D>(key.verifying(), instance, conversation) {
        Ok(())
    } else {
        Err(Refusal::Signature)
    }
}

/// A device that writes for its office.
#[derive(Clone, Copy)]
pub struct DeviceWriter<'a> {
    /// The instance.
    pub instance: &'a InstanceId,
    /// The office.
    pub office: &'a OfficeId,
    /// The device's key.
    pub key: &'a SigningKey,
    /// The conversation.
    pub conversation: &'a ConversationId,
}

impl DeviceWriter<'_> {
    /// The device's name.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        DeviceId::new(self.key.verifying_key().to_bytes())
    }

    /// Cuts an event's content and signs it. The same content gives the same blocks.
    ///
    /// # Errors
    /// [`ComposeError`]
    pub fn event(
        &self,
        recipients: &[OfficeId],
        content: &str,
    ) -> Result<Vec<Block>, ComposeError> {
        let event = EventId::of_content(content.as_bytes());
        self.blocks::<EventDomain>(content, |part, content| {
            Message::Event(EventHeader {
                v: VERSION,
                instance: *self.instance,
                conversation: *self.conversation,
                office: self.office.clone(),
                device: self.device(),
                event,
                recipients: recipients.to_vec(),
                part,
                content,
            })
        })
    }

    /// Cuts a content and signs each part with the header that `of` gives it.
    pub(crate) fn blocks<D: Domain>(
        &self,
        content: &str,
        of: impl Fn(Part, String) -> Message,
    ) -> Result<Vec<Block>, ComposeError> {
        let widest = Part {
            index: MAX_PARTS,
            count: MAX_PARTS,
        };
        let len = to_json(&of(widest, String::new()))?.len();
        let fragments = cut_text(content, |_| len)?;
        let count = u16::try_from(fragments.len()).map_err(|_| ComposeError::Sealing)?;
        (0..count)
            .zip(&fragments)
            .map(|(index, fragment)| {
                let json = to_json(&of(Part { index, count }, fragment.as_str().to_owned()))?;
                Ok(Block::sign::<D>(
                    self.key,
                    self.instance,
                    self.conversation,
                    &json,
                )?)
            })
            .collect()
    }
}

/// Seals a block to offices, as the envelope that goes to their queues. It may go to fewer than the
/// block names.
///
/// # Errors
/// [`ComposeError`]
pub fn seal_to_offices(
    block: &Block,
    offices: &[OfficeRecipient],
    cells: Vec<Address>,
) -> Result<Envelope, ComposeError> {
    let mut names: Vec<OfficeId> = offices.iter().map(|o| o.office().clone()).collect();
    names.sort();
    let recipients: Vec<_> = offices.iter().map(|o| o.recipient().clone()).collect();
    let sealed =
        age_file::seal(block.as_bytes(), &recipients).map_err(|_| ComposeError::Sealing)?;
    Ok(Envelope::new(Urgency::Batched, names, cells, sealed)?)
}

/// Puts the content of an event together from its blocks, in any order: none while some are
/// missing.
///
/// # Errors
/// [`Refusal::Malformed`] if the blocks are not of one event, or the content is not the one that
/// they name.
pub fn join_event(blocks: &[&EventHeader]) -> Result<Option<Zeroizing<String>>, Refusal> {
    let Some(first) = blocks.first() else {
        return Ok(None);
    };
    let of_one = |header: &&EventHeader| {
        header.instance == first.instance
            && header.conversation == first.conversation
            && header.office == first.office
            && header.device == first.device
            && header.event == first.event
            && header.recipients == first.recipients
            && header.part.count == first.part.count
    };
    if !blocks.iter().all(of_one) {
        return Err(Refusal::Malformed);
    }
    let parts = blocks.iter().map(|h| (h.part, h.content.as_str()));
    let Some(content) = join_parts(first.part.count, parts) else {
        return Ok(None);
    };
    if EventId::of_content(content.as_bytes()) == first.event {
        Ok(Some(content))
    } else {
        Err(Refusal::Malformed)
    }
}

/// Joins fragments, in any order; none while some are missing.
pub(crate) fn join_parts<'a>(
    count: u16,
    parts: impl Iterator<Item = (Part, &'a str)> + Clone,
) -> Option<Zeroizing<String>> {
    let mut joined = Zeroizing::new(String::new());
    for index in 0..count {
        let (_, fragment) = parts
            .clone()
            .find(|(part, _)| *part == Part { index, count })?;
        joined.push_str(fragment);
    }
    Some(joined)
}
