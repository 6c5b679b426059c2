//! Replies: the office seals, the reporter opens (`docs/protocol.md`, "Reply").

use std::fmt::Write as _;

use candor_directory::{Directory, KeyCard, KeyCardDomain, Verified};
use candor_wire::{
    ConversationId, Digest, InstanceId, OfficeId, SignedStatement, sizes::MAX_RECIPIENTS,
};
use ed25519_dalek::SigningKey;
use rand_core::{CryptoRng, RngCore};

use crate::{
    age_file,
    block::Block,
    derive::ReporterSecrets,
    fragment::cut,
    hybrid::HybridRecipient,
    message::{MAX_PARTS, Message, Part, ReplyContent, ReplyDomain, ReplyHeader, VERSION},
    open::{Opened, Refusal, ReplyBlock, parse},
    report::{ComposeError, OfficeRecipient, to_json},
};

/// The most bytes of an office's name in a list, with its quotes and a comma.
const LONGEST_NAME: usize = 35;

/// What an office needs to write into a conversation.
#[derive(Clone, Copy)]
pub struct Writer<'a> {
    /// The instance.
    pub instance: &'a InstanceId,
    /// The office that writes.
    pub office: &'a OfficeId,
    /// The reply key of the epoch.
    pub reply_key: &'a SigningKey,
    /// The card that names the reply key.
    pub card: &'a SignedStatement<KeyCardDomain>,
    /// The conversation.
    pub conversation: &'a ConversationId,
    /// The generation in use.
    pub generation: u32,
    /// Where the reporter reads.
    pub reply_recipient: &'a HybridRecipient,
    /// All offices on the case, the writing one included. The caller has removed what the
    /// reporter left out.
    pub offices: &'a [OfficeRecipient],
}

/// A message, cut and ready to be placed drop by drop: where each fragment lands is known only
/// when the relay has taken it.
#[derive(Clone, Debug)]
pub struct Draft {
    message: String,
    fragments: Vec<zeroize::Zeroizing<String>>,
}

impl Draft {
    /// How many drops it takes.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.fragments.len()
    }

    /// The draft as JSON, for an encrypted case file: a reply that was cut once must be sent as it
    /// was cut, however often the sending is interrupted.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub fn encode(&self) -> Result<zeroize::Zeroizing<Vec<u8>>, serde_json::Error> {
        let fragments: Vec<&str> = self.fragments.iter().map(|f| f.as_str()).collect();
        serde_json::to_vec(&(&self.message, fragments)).map(zeroize::Zeroizing::new)
    }

    /// Takes up what [`Draft::encode`] wrote.
    #[must_use]
    pub fn decode(json: &[u8]) -> Option<Self> {
        let (message, fragments): (String, Vec<String>) = serde_json::from_slice(json).ok()?;
        let fits = (1..=usize::from(MAX_PARTS)).contains(&fragments.len());
        fits.then(|| Self {
            message,
            fragments: fragments.into_iter().map(zeroize::Zeroizing::new).collect(),
        })
    }
}

impl Writer<'_> {
    /// Cuts a reply.
    ///
    /// # Errors
    /// [`ComposeError`]
    pub fn draft(
        &self,
        content: &ReplyContent,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Draft, ComposeError> {
        let mut id = [0; 16];
        rng.fill_bytes(&mut id);
        let message = id.iter().fold(String::new(), |mut text, byte| {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        let widest = Part {
            index: MAX_PARTS,
            count: MAX_PARTS,
        };
        let header = self.header(&message, u32::MAX, Some(Digest::new([0; 32])), widest, "");
        let len = serde_json::to_string(&header).map_or(usize::MAX, |json| json.len());
        // Offices may come onto the case between the cutting and the sealing.
        let more = MAX_RECIPIENTS.saturating_sub(self.offices.len());
        let len = len.saturating_add(more.saturating_mul(LONGEST_NAME));
        let fragments = cut(content, |_| len)?;
        Ok(Draft { message, fragments })
    }

    fn header(
        &self,
        message: &str,
        n: u32,
        previous: Option<Digest>,
        part: Part,
        content: &str,
    ) -> Message {
        let mut recipients: Vec<OfficeId> =
            self.offices.iter().map(|o| o.office().clone()).collect();
        recipients.sort();
        Message::Reply(ReplyHeader {
            v: VERSION,
            instance: *self.instance,
            conversation: *self.conversation,
            generation: self.generation,
            office: self.office.clone(),
            n,
            previous,
            card: self.card.clone(),
            recipients,
            message: message.to_owned(),
            part,
            content: content.to_owned(),
        })
    }

    /// Seals fragment `index` of a draft for drop `n`, whose predecessor has the digest
    /// `previous`.
    ///
    /// # Errors
    /// [`ComposeError`]
    pub fn seal(
        &self,
        draft: &Draft,
        index: u16,
        n: u32,
        previous: Option<Digest>,
    ) -> Result<(Block, Vec<u8>), ComposeError> {
        let fragment = draft
            .fragments
            .get(usize::from(index))
            .ok_or(ComposeError::Sealing)?;
        let count = u16::try_from(draft.fragments.len()).map_err(|_| ComposeError::Sealing)?;
        let part = Part { index, count };
        let json = to_json(&self.header(&draft.message, n, previous, part, fragment))?;
        let block =
            Block::sign::<ReplyDomain>(self.reply_key, self.instance, self.conversation, &json)?;
        let mut recipients = vec![self.reply_recipient.clone()];
        recipients.extend(self.offices.iter().map(|o| o.recipient().clone()));
        let sealed =
            age_file::seal(block.as_bytes(), &recipients).map_err(|_| ComposeError::Sealing)?;
        Ok((block, sealed))
    }
}

/// Where the reporter's client found a drop.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The conversation.
    pub conversation: &'a ConversationId,
    /// The generation whose key led there.
    pub generation: u32,
    /// The number of the drop.
    pub n: u32,
    /// The office that the relay says wrote it.
    pub writer: &'a OfficeId,
}

/// Opens and checks a drop on the reporter's side: opens with the reply identity, stands where
/// it says, and is signed by the office that the relay names, by a card that the directory's
/// office key signed. `secrets` are those of the code to which the drop's generation belongs.
///
/// # Errors
/// [`Refusal`]; the caller names the writing office to the reporter and shows nothing of it.
pub fn open_reply(
    secrets: &ReporterSecrets,
    directory: &Verified<Directory>,
    place: Place<'_>,
    sealed: &[u8],
) -> Result<(ReplyBlock, Verified<KeyCard>), Refusal> {
    let plain = age_file::open(sealed, std::slice::from_ref(secrets.reply_identity()))
        .map_err(|_| Refusal::Undecryptable)?;
    let block = Block::decode(&plain).map_err(|_| Refusal::Malformed)?;
    let Opened::Reply(reply) = parse(block)? else {
        return Err(Refusal::Malformed);
    };
    let header = &reply.header;
    if header.instance != *secrets.instance() {
        return Err(Refusal::OtherInstance);
    }
    if header.conversation != *place.conversation
        || header.generation != place.generation
        || header.n != place.n
    {
        return Err(Refusal::Misplaced);
    }
    if header.office != *place.writer {
        return Err(Refusal::OtherOffice);
    }
    let card = reply.verify(directory)?;
    Ok((*reply, card))
}
