//! What an office gives to one that comes onto a case: the very blocks that were signed before, so
//! that the newcomer verifies them itself (`docs/protocol.md`, "Handover").
//!
//! Invariant: a handover proves nothing by itself but which device put it together. Everything in
//! it stands or falls by its own signature.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use candor_wire::{ConversationId, DeviceId, Domain, EventId, InstanceId, OfficeId, Tag};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use zeroize::Zeroizing;

use crate::{
    attachment::AttachmentRef,
    block::Block,
    event::{DeviceWriter, join_parts, signed_by},
    message::{Message, Part, Secret32, VERSION},
    open::Refusal,
    report::ComposeError,
};

/// Signs a block of a handover; the key is the device's.
#[derive(Debug)]
pub enum HandoverDomain {}
impl Domain for HandoverDomain {
    const TAG: Tag = Tag::new("candor/v1/handover");
}

/// The most bytes of blocks, in base64, that one handover holds. A longer conversation takes
/// several.
pub const MAX_BLOCKS_LEN: usize = 600_000;

/// A block of a handover.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandoverHeader {
    /// [`VERSION`].
    pub v: u8,
    /// Where the case belongs.
    pub instance: InstanceId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The office that hands it over.
    pub office: OfficeId,
    /// Its device, whose key signs the block.
    pub device: DeviceId,
    /// Groups the parts: 16 random bytes in hexadecimal.
    pub handover: String,
    /// The event that brought the newcomer onto the case.
    pub admit: EventId,
    /// The newcomer, alone.
    pub recipients: Vec<OfficeId>,
    /// Which fragment this is.
    pub part: Part,
    /// The fragment of a [`HandoverContent`].
    pub content: String,
}

/// A block of a handover. One that [`open_envelope`](crate::open::open_envelope) gives has a
/// genuine signature of its device.
#[derive(Clone, Debug)]
pub struct HandoverBlock {
    /// The header.
    pub header: HandoverHeader,
    /// The signed bytes.
    pub block: Block,
}

impl HandoverBlock {
    /// Checks that the device it names has signed it.
    ///
    /// # Errors
    /// [`Refusal::Signature`]
    pub fn verify(&self) -> Result<(), Refusal> {
        let header = &self.header;
        signed_by::<HandoverDomain>(
            &self.block,
            &header.device,
            &header.instance,
            &header.conversation,
        )
    }
}

/// What is handed over.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandoverContent {
    /// Blocks as they were signed, compact, in the order in which they make sense.
    pub blocks: Vec<Signed>,
    /// Files that were sealed anew for the newcomer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Resealed>,
}

/// A file that was sealed anew.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resealed {
    /// The key by which the message names the file.
    pub key: Secret32,
    /// Where it lies for the newcomer.
    pub file: AttachmentRef,
}

/// A signed block, compact: base64 in JSON, nothing in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed(pub Block);

impl std::fmt::Debug for Signed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signed(..)")
    }
}

impl Serialize for Signed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(
            BASE64.encode(self.0.to_compact().as_slice()),
        ))
    }
}

impl<'de> Deserialize<'de> for Signed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let compact = BASE64
            .decode(text.as_bytes())
            .map(Zeroizing::new)
            .map_err(|_| D::Error::custom("not base64"))?;
        Block::from_compact(&compact)
            .map(Self)
            .map_err(D::Error::custom)
    }
}

impl HandoverContent {
    /// Puts blocks into as many handovers as they take, in their order.
    #[must_use]
    pub fn pack(blocks: impl IntoIterator<Item = Block>) -> Vec<Self> {
        let mut packed = Vec::new();
        let (mut content, mut len) = (Self::default(), 0);
        for block in blocks {
            let more = block.to_compact().len().div_ceil(3) * 4 + 3;
            if len + more > MAX_BLOCKS_LEN && !content.blocks.is_empty() {
                packed.push(std::mem::take(&mut content));
                len = 0;
            }
            len += more;
            content.blocks.push(Signed(block));
        }
        if !content.blocks.is_empty() {
            packed.push(content);
        }
        packed
    }
}

impl DeviceWriter<'_> {
    /// Cuts a handover to one office and signs it.
    ///
    /// # Errors
    /// [`ComposeError`]
    pub fn handover(
        &self,
        to: &OfficeId,
        admit: EventId,
        handover: &str,
        content: &HandoverContent,
    ) -> Result<Vec<Block>, ComposeError> {
        let json =
            Zeroizing::new(serde_json::to_string(content).map_err(|_| ComposeError::Sealing)?);
        self.blocks::<HandoverDomain>(&json, |part, content| {
            Message::Handover(HandoverHeader {
                v: VERSION,
                instance: *self.instance,
                conversation: *self.conversation,
                office: self.office.clone(),
                device: self.device(),
                handover: handover.to_owned(),
                admit,
                recipients: vec![to.clone()],
                part,
                content,
            })
        })
    }
}

/// Puts a handover together from its blocks, in any order: none while some are missing.
///
/// # Errors
/// [`Refusal::Malformed`] if the blocks are not of one handover, or it cannot be read.
pub fn join_handover(blocks: &[&HandoverHeader]) -> Result<Option<HandoverContent>, Refusal> {
    let Some(first) = blocks.first() else {
        return Ok(None);
    };
    let of_one = |header: &&HandoverHeader| {
        header.instance == first.instance
            && header.conversation == first.conversation
            && header.office == first.office
            && header.device == first.device
            && header.handover == first.handover
            && header.admit == first.admit
            && header.recipients == first.recipients
            && header.part.count == first.part.count
    };
    if !blocks.iter().all(of_one) {
        return Err(Refusal::Malformed);
    }
    let parts = blocks.iter().map(|h| (h.part, h.content.as_str()));
    match join_parts(first.part.count, parts) {
        Some(json) => serde_json::from_str(&json)
            .map(Some)
            .map_err(|_| Refusal::Malformed),
        None => Ok(None),
    }
}
