//! Moving a conversation to a new claim code (`docs/protocol.md`, "New code").
//!
//! ```text
//! proof = Sign_D(R′, conversation ‖ u32(counter) ‖ R ‖ reply_recipient)    D = candor/v1/new-code
//! ```
//!
//! The message is signed by R, so that only who holds the old code can move the conversation, and
//! it carries R′'s signature over this one place in this one conversation, so that nobody can
//! move it to a key that is not theirs, or carry the proof elsewhere. Invariant: a move counts
//! only if both hold, and a message that moves does nothing else.

use candor_directory::PublicKey;
use candor_wire::{ConversationId, Domain, InstanceId, Signature, Tag};
use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use crate::{
    derive::ReporterSecrets,
    hybrid::HybridRecipient,
    message::{FollowUpContent, FollowUpHeader, NewGeneration, Part, Secret32, SelfRecord},
    report::{ComposeError, OfficeRecipient, Outgoing, compose_follow_up},
};

/// The most codes that a conversation had before.
pub const MAX_EARLIER: usize = 4;

/// Signs that the holder of R′ takes over a conversation; the key is R′.
#[derive(Debug)]
pub enum NewCodeDomain {}

impl Domain for NewCodeDomain {
    const TAG: Tag = Tag::new("candor/v1/new-code");
}

/// The conversation goes on under another code.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCode {
    /// R′.
    pub reporter_key: PublicKey,
    /// Where replies are sealed to from now on: `age1pq1…`, lower case.
    pub reply_recipient: String,
    /// R′'s signature.
    pub proof: Signature<NewCodeDomain>,
}

fn parts<'a>(
    conversation: &'a ConversationId,
    counter: &'a [u8; 4],
    signer: &'a VerifyingKey,
    reply_recipient: &'a str,
) -> [&'a [u8]; 4] {
    [
        conversation.as_bytes(),
        counter,
        signer.as_bytes(),
        reply_recipient.as_bytes(),
    ]
}

impl NewCode {
    /// Signs as the holder of `key` (R′) that the message of this counter, signed by `signer`
    /// (R), hands the conversation over.
    ///
    /// # Errors
    /// [`ComposeError::Sealing`] if the key is of small order: no key from a code is.
    pub fn sign(
        key: &SigningKey,
        instance: &InstanceId,
        conversation: &ConversationId,
        counter: u32,
        signer: &VerifyingKey,
        reply_recipient: String,
    ) -> Result<Self, ComposeError> {
        let counter = counter.to_be_bytes();
        let parts = parts(conversation, &counter, signer, &reply_recipient);
        Ok(Self {
            reporter_key: PublicKey::try_from(key.verifying_key())
                .map_err(|_| ComposeError::Sealing)?,
            proof: Signature::sign(key, instance, &parts),
            reply_recipient,
        })
    }

    /// Whether R′ agreed to this move, here.
    fn holds(&self, header: &FollowUpHeader, signer: &VerifyingKey) -> bool {
        let counter = header.counter.to_be_bytes();
        let parts = parts(
            &header.conversation,
            &counter,
            signer,
            &self.reply_recipient,
        );
        self.proof
            .verifies(self.reporter_key.verifying(), &header.instance, &parts)
    }
}

/// A move that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// R′: signs every block with a higher counter.
    pub reporter_key: VerifyingKey,
    /// Where replies are sealed to from the new generation on.
    pub reply_recipient: String,
    /// The new generation.
    pub generation: u32,
}

impl Move {
    /// The move that a block brings which `signer` has signed, if it brings one that counts.
    #[must_use]
    pub(crate) fn of(header: &FollowUpHeader, signer: &VerifyingKey) -> Option<Self> {
        if header.part != (Part { index: 0, count: 1 }) {
            return None;
        }
        let content: FollowUpContent = serde_json::from_str(&header.content).ok()?;
        let (Some(new), Some(generation)) = (&content.new_code, &content.new_generation) else {
            return None;
        };
        let recipient: HybridRecipient = new.reply_recipient.parse().ok()?;
        let counts = content.only_moves()
            && Some(generation.generation) == header.generation.checked_add(1)
            && recipient.to_string() == new.reply_recipient
            && new.holds(header, signer);
        counts.then(|| Self {
            reporter_key: *new.reporter_key.verifying(),
            reply_recipient: new.reply_recipient.clone(),
            generation: generation.generation,
        })
    }
}

/// A code that the conversation had before.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlierCode {
    /// The root that follows from that code.
    pub root: Secret32,
    /// Its generations are those below this, and not below that of the code before it.
    pub below: u32,
}

impl PartialEq for EarlierCode {
    fn eq(&self, other: &Self) -> bool {
        let same: bool = self.root.expose().ct_eq(other.root.expose()).into();
        same && self.below == other.below
    }
}

impl Eq for EarlierCode {}

impl SelfRecord {
    /// The record under the new code, before the offices know of it: step 1.
    ///
    /// # Errors
    /// [`ComposeError::Exhausted`] if the conversation had [`MAX_EARLIER`] codes before;
    /// [`ComposeError::Offices`] if offices are still to be told that others are on the case.
    pub fn to_new_code(&self, old: &ReporterSecrets) -> Result<Self, ComposeError> {
        if self.telling.is_some() {
            return Err(ComposeError::Offices);
        }
        let below = self
            .generation
            .checked_add(1)
            .ok_or(ComposeError::Exhausted)?;
        let mut record = self.clone();
        record.earlier.push(EarlierCode {
            root: Secret32::new(*old.expose_root()),
            below,
        });
        if record.earlier.len() > MAX_EARLIER {
            return Err(ComposeError::Exhausted);
        }
        record.revision = 1;
        record.announced = Some(false);
        Ok(record)
    }

    /// The record under the old code, once it leads nowhere any more: step 2.
    #[must_use]
    pub fn left_behind(&self) -> Self {
        let mut record = self.clone();
        record.revision += 1;
        record.moved = true;
        record
    }

    /// The secrets of the codes before, oldest first, each with the generation that its own are
    /// below.
    #[must_use]
    pub fn earlier_secrets(&self) -> Vec<(u32, ReporterSecrets)> {
        self.earlier
            .iter()
            .map(|code| {
                let secrets = ReporterSecrets::from_root(*code.root.expose(), &self.instance);
                (code.below, secrets)
            })
            .collect()
    }

    /// Whether what it says of codes before hangs together.
    pub(crate) fn is_sound(&self) -> bool {
        let belows: Vec<u32> = self.earlier.iter().map(|code| code.below).collect();
        let last = belows.last().copied();
        let fits = match self.announced {
            None => last.is_none(),
            Some(false) => last.is_some() && last == self.generation.checked_add(1),
            Some(true) => last.is_some_and(|last| last <= self.generation),
        };
        fits && belows.len() <= MAX_EARLIER
            && belows.first() != Some(&0)
            && belows.is_sorted_by(|a, b| a < b)
    }
}

/// Composes what tells the offices: step 3. `record` is the one under the new code, as
/// [`SelfRecord::to_new_code`] made it; `old` and `new` are the secrets of either code. What comes
/// out is the same block each time; its record is the one under the new code from then on.
///
/// # Errors
/// [`ComposeError`]
pub fn compose_move(
    old: &ReporterSecrets,
    new: &ReporterSecrets,
    record: &SelfRecord,
    offices: &[OfficeRecipient],
) -> Result<Outgoing, ComposeError> {
    let next = |n: u32| n.checked_add(1).ok_or(ComposeError::Exhausted);
    let generation = next(record.generation)?;
    let content = FollowUpContent {
        new_generation: Some(NewGeneration {
            generation,
            conversation_key: Secret32::new(*new.conversation_key(generation).expose()),
        }),
        new_code: Some(NewCode::sign(
            new.reporter_key(),
            &record.instance,
            &record.conversation,
            next(record.counter)?,
            &old.reporter_key().verifying_key(),
            new.reply_identity().to_recipient().to_string(),
        )?),
        ..FollowUpContent::default()
    };
    let mut outgoing = compose_follow_up(old, record, offices, &content, Vec::new())?;
    if outgoing.envelopes.len() != 1 {
        return Err(ComposeError::Sealing);
    }
    outgoing.record.announced = Some(true);
    Ok(outgoing)
}
