//! The office's side: opening an envelope and refusing what is not for it, in order
//! (`docs/protocol.md`, "Opening an envelope").

use candor_directory::{CardError, Directory, KeyCard, Verified};
use candor_wire::{ConversationId, Digest, Envelope, InstanceId, OfficeId, RoleId};
use ed25519_dalek::VerifyingKey;
use thiserror::Error;

use crate::{
    age_file,
    block::Block,
    event::EventBlock,
    handover::HandoverBlock,
    hybrid::{HybridIdentity, HybridRecipient},
    message::{
        FollowUpDomain, FollowUpHeader, Message, ReplyDomain, ReplyHeader, ReportDomain,
        ReportHeader, VERSION,
    },
    report::conversation_id,
};

/// Who is opening.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// The instance of the desk.
    pub instance: &'a InstanceId,
    /// The office whose queue the envelope came from.
    pub office: &'a OfficeId,
    /// The roles that sit in this office.
    pub roles: &'a [RoleId],
    /// The office's identities, the newest first.
    pub identities: &'a [HybridIdentity],
}

/// Why a desk refuses a message.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// No key of this office opens it, or it was changed on the way.
    #[error("it does not open with any key of this office, or was changed on the way")]
    Undecryptable,
    /// The plaintext is not a message.
    #[error("it opens, but is malformed")]
    Malformed,
    /// The message is of a newer version.
    #[error("it is of a newer version; this program needs an update")]
    Version,
    /// It belongs to another instance.
    #[error("it was made for another hotline")]
    OtherInstance,
    /// The relay put it into the queue of an office that it does not name, or shows other
    /// recipients than it names.
    #[error("it does not name this office, or other offices than the relay says")]
    OtherOffice,
    /// It was written by an office that the directory does not list.
    #[error("it names an office that the directory does not list")]
    UnlistedOffice,
    /// It says that it belongs elsewhere: another conversation, generation or drop.
    #[error("it does not belong where it lay")]
    Misplaced,
    /// The reporter left out a role that sits in this office.
    #[error("the reporter left this office out")]
    Excluded,
    /// The signature does not hold.
    #[error("its signature is not genuine")]
    Signature,
    /// The first message of this conversation is known, and it is a different one.
    #[error("a different first message of the same conversation is already here")]
    DifferingDuplicate,
    /// A message with this counter is known, and it is a different one.
    #[error("a different message with the same number is already here")]
    ReplayedCounter,
}

impl Refusal {
    /// A stable name, as the vectors and machine-readable output use it.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Undecryptable => "undecryptable",
            Self::Malformed => "malformed",
            Self::Version => "version",
            Self::OtherInstance => "other-instance",
            Self::OtherOffice => "other-office",
            Self::UnlistedOffice => "unlisted-office",
            Self::Misplaced => "misplaced",
            Self::Excluded => "excluded",
            Self::Signature => "signature",
            Self::DifferingDuplicate => "differing-duplicate",
            Self::ReplayedCounter => "replayed-counter",
        }
    }
}

/// A message that opened and is for this office.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Opened {
    /// A report's first block; its signature holds.
    Report(Box<ReportBlock>),
    /// A later block; its signature is checked against the conversation's key.
    FollowUp(Box<FollowUpBlock>),
    /// A copy of a reply; its signature is checked against the directory.
    Reply(Box<ReplyBlock>),
    /// A part of a case event; its signature holds.
    Event(Box<EventBlock>),
    /// A part of what another office hands over; its signature holds.
    Handover(Box<HandoverBlock>),
}

/// A report's first block.
#[derive(Clone, Debug)]
pub struct ReportBlock {
    /// The header.
    pub header: ReportHeader,
    /// The conversation, computed from the header.
    pub conversation: ConversationId,
    /// The signed bytes.
    pub block: Block,
}

/// A later block of the reporter. Call [`FollowUpBlock::verify`].
#[derive(Clone, Debug)]
pub struct FollowUpBlock {
    /// The header. Not verified yet.
    pub header: FollowUpHeader,
    /// The signed bytes.
    pub block: Block,
}

/// A reply. Call [`ReplyBlock::verify`].
#[derive(Clone, Debug)]
pub struct ReplyBlock {
    /// The header. Not verified yet.
    pub header: ReplyHeader,
    /// The signed bytes.
    pub block: Block,
}

/// Opens an envelope from the office's queue.
///
/// # Errors
/// [`Refusal`]
pub fn open_envelope(reader: &Reader<'_>, envelope: &Envelope) -> Result<Opened, Refusal> {
    let plain =
        age_file::open(envelope.sealed(), reader.identities).map_err(|_| Refusal::Undecryptable)?;
    let block = Block::of_plain(plain).map_err(|_| Refusal::Malformed)?;
    let opened = parse(block)?;
    let (instance, recipients) = match &opened {
        Opened::Report(report) => (&report.header.instance, &report.header.recipients),
        Opened::FollowUp(follow_up) => (&follow_up.header.instance, &follow_up.header.recipients),
        Opened::Reply(reply) => (&reply.header.instance, &reply.header.recipients),
        Opened::Event(event) => (&event.header.instance, &event.header.recipients),
        Opened::Handover(handover) => (&handover.header.instance, &handover.header.recipients),
    };
    if instance != reader.instance {
        return Err(Refusal::OtherInstance);
    }
    // A reply's envelope may go to fewer offices than the reply itself names: its drop was
    // sealed to all of them, and each gets a copy in its queue. An event's may go to them one after
    // the other, and to none that has been left out since it was written.
    let listed = recipients.contains(reader.office) && envelope.offices().contains(reader.office);
    let agrees = match &opened {
        Opened::Reply(_) | Opened::Event(_) => {
            envelope.offices().iter().all(|o| recipients.contains(o))
        }
        _ => envelope.offices() == recipients.as_slice(),
    };
    if !(listed && agrees) {
        return Err(Refusal::OtherOffice);
    }
    match &opened {
        Opened::Event(event) => event.verify()?,
        Opened::Handover(handover) => handover.verify()?,
        _ => {}
    }
    if let Opened::Report(report) = &opened {
        let header = &report.header;
        if header
            .excluded_roles
            .iter()
            .any(|role| reader.roles.contains(role))
        {
            return Err(Refusal::Excluded);
        }
        let genuine = report.block.verifies::<ReportDomain>(
            header.reporter_key.verifying(),
            reader.instance,
            &report.conversation,
        );
        if !genuine {
            return Err(Refusal::Signature);
        }
    }
    Ok(opened)
}

/// Parses a block's header without any check of signature, office or instance: for blocks that
/// were checked before they were filed.
///
/// # Errors
/// [`Refusal::Malformed`] or [`Refusal::Version`]
pub fn parse(block: Block) -> Result<Opened, Refusal> {
    let message: Message =
        serde_json::from_slice(block.json()).map_err(|_| version_or_malformed(&block))?;
    match message {
        Message::Report(header) => {
            check(header.v, header.part.is_valid() && header.part.index == 0)?;
            // One recipient has one text that is taken, or one conversation would have two names.
            let recipient = header.reply_recipient.parse::<HybridRecipient>();
            recipient.map_err(|_| Refusal::Malformed)?;
            let conversation = conversation_id(
                header.conversation_key.expose(),
                header.reporter_key.verifying(),
                &header.reply_recipient,
            );
            Ok(Opened::Report(Box::new(ReportBlock {
                header,
                conversation,
                block,
            })))
        }
        Message::FollowUp(header) => {
            check(header.v, header.part.is_valid() && header.counter > 0)?;
            Ok(Opened::FollowUp(Box::new(FollowUpBlock { header, block })))
        }
        Message::Reply(header) => {
            check(header.v, header.part.is_valid() && header.n > 0)?;
            Ok(Opened::Reply(Box::new(ReplyBlock { header, block })))
        }
        Message::Event(header) => {
            check(header.v, header.part.is_valid())?;
            Ok(Opened::Event(Box::new(EventBlock { header, block })))
        }
        Message::Handover(header) => {
            check(header.v, header.part.is_valid())?;
            Ok(Opened::Handover(Box::new(HandoverBlock { header, block })))
        }
        Message::SelfRecord(_) => Err(Refusal::Malformed),
    }
}

fn check(version: u8, valid: bool) -> Result<(), Refusal> {
    if version != VERSION {
        return Err(Refusal::Version);
    }
    if valid {
        Ok(())
    } else {
        Err(Refusal::Malformed)
    }
}

/// Distinguishes a newer version from a broken message.
fn version_or_malformed(block: &Block) -> Refusal {
    #[derive(serde::Deserialize)]
    struct VersionOnly {
        v: u64,
    }
    match serde_json::from_slice::<VersionOnly>(block.json()) {
        Ok(VersionOnly { v }) if v > u64::from(VERSION) => Refusal::Version,
        _ => Refusal::Malformed,
    }
}

impl FollowUpBlock {
    /// Checks that the holder of the conversation's reporter key signed it.
    ///
    /// # Errors
    /// [`Refusal::Signature`]
    pub fn verify(&self, reporter_key: &VerifyingKey) -> Result<(), Refusal> {
        let header = &self.header;
        let genuine = self.block.verifies::<FollowUpDomain>(
            reporter_key,
            &header.instance,
            &header.conversation,
        );
        if genuine {
            Ok(())
        } else {
            Err(Refusal::Signature)
        }
    }
}

impl ReplyBlock {
    /// Checks the card against the directory, and the signature against the card. The card need
    /// not be current: a reply is read long after it was written.
    ///
    /// # Errors
    /// [`Refusal::OtherInstance`], [`Refusal::OtherOffice`] or [`Refusal::Signature`]
    pub fn verify(&self, directory: &Verified<Directory>) -> Result<Verified<KeyCard>, Refusal> {
        let header = &self.header;
        if header.instance != directory.instance {
            return Err(Refusal::OtherInstance);
        }
        let card = KeyCard::verify(&header.card, directory).map_err(|error| match error {
            CardError::UnknownOffice(_) => Refusal::UnlistedOffice,
            _ => Refusal::Signature,
        })?;
        if card.office != header.office {
            return Err(Refusal::OtherOffice);
        }
        let genuine = self.block.verifies::<ReplyDomain>(
            card.reply_key.verifying(),
            &header.instance,
            &header.conversation,
        );
        if genuine {
            Ok(card)
        } else {
            Err(Refusal::Signature)
        }
    }

    /// The digest of the block itself, to tell two copies of one reply.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.block.digest()
    }
}
