//! Coming back with the claim code: what the offices answered, and what became of the report.
//!
//! The first burst reads the self-record (and three decoys); then every generation is read in
//! windows of four drops (see [`crate::window`]). Nothing of a drop that fails a check is shown;
//! which office's it was is.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::SystemTime,
};

use candor_directory::{Directory, Epoch, StateId, Verified};
use candor_sealing::{
    HybridIdentity, ReporterSecrets,
    message::{ReplyContent, ReplyHeader, ReplyKind, SelfRecord},
    offices::Reckoning,
    open::Refusal,
    reply::{Place, open_reply},
    thread::{Body, Chain, join_reply},
};
use candor_wire::{
    Digest, OfficeId, ProblemType,
    exchange::{Answer, Operation},
};
use rand::{CryptoRng, RngCore};
use thiserror::Error;

use crate::{
    client::Client,
    delivery::{Delivery, DeliveryError},
    exchange::ExchangeError,
    offices::without_key,
    standing::{genuine, read_stored},
    window::{Found, Walk},
};

/// Why a conversation does not open.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// Nothing was filed under this code at this hotline.
    #[error("there is no report under this claim code at this hotline")]
    NoReport,
    /// There was one, and its time is over.
    #[error("the report under this claim code was deleted after its time")]
    Expired,
    /// The conversation goes on under another code.
    #[error(
        "this conversation goes on under another claim code; if you did not ask for that, please call"
    )]
    Moved,
    /// The record under this code is damaged or forged.
    #[error("the record kept under this claim code is damaged or not genuine; please call")]
    NotGenuine,
    /// The relay refuses.
    #[error("{} {}", .0.title(), .0.remedy())]
    Refused(ProblemType),
    /// The exchange failed, again and again.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
}

/// A message from an office.
#[derive(Clone, Debug)]
pub struct OfficeMessage {
    /// Who wrote it.
    pub office: OfficeId,
    /// Whether that office is on the case, or was until a later reply said that it goes. A message
    /// from another one may be older than its leaving, or come from an office that nobody asked.
    pub from_recipient: bool,
    /// Offices that could read along and that the reporter had left out. There should be none. Of an
    /// earlier generation it is not known who had been left out when, so nothing is said.
    pub shown_to_excluded: Vec<OfficeId>,
    /// The generation it lies in.
    pub generation: u32,
    /// The first of its drops.
    pub n: u32,
    /// The last of its drops.
    pub last: u32,
    /// Names it, for whoever answers its questions.
    pub message: String,
    /// The month of the key that signed it.
    pub epoch: Epoch,
    /// How it hangs together with what came before.
    pub chain: Chain,
    /// What it says.
    pub body: Body<ReplyContent>,
    /// Whether it was not there at the last visit.
    pub is_new: bool,
}

/// A place in which something should be, and is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The generation.
    pub generation: u32,
    /// The number of the drop.
    pub n: u32,
    /// What is wrong.
    pub kind: TroubleKind,
}

/// Why something is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    /// It was deleted after its time.
    Expired,
    /// It is not there although later ones are, or it was there before.
    Missing,
    /// It failed a check.
    Refused {
        /// Which office wrote it, as the relay says.
        office: OfficeId,
        /// The check that failed.
        why: Refusal,
    },
    /// More drops than this program reads.
    CutShort,
}

/// What an office has done so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OfficeState {
    /// The relay holds the report for it: the relay's word.
    Stored,
    /// The office said, sealed and signed, that it has the report.
    Received,
    /// The office wrote.
    Answered,
}

/// A report as its reporter sees it.
#[derive(Debug)]
pub struct Conversation {
    pub(crate) secrets: ReporterSecrets,
    /// Of the codes that the conversation had before, each with the generation that its own are
    /// below.
    pub(crate) earlier: Vec<(u32, ReporterSecrets)>,
    pub(crate) record: SelfRecord,
    pub(crate) messages: Vec<OfficeMessage>,
    troubles: Vec<Trouble>,
    pub(crate) seen: Vec<u32>,
    pub(crate) reckoning: Reckoning,
    /// Offices that nothing could be sealed to at the last reading.
    pub(crate) without_key: BTreeSet<OfficeId>,
    /// A record whose answer was lost at this visit.
    pub(crate) unanswered: Option<Delivery>,
}

impl Conversation {
    /// Reads the record and every reply. If the conversation has been on its way to this code, it
    /// arrives first.
    ///
    /// # Errors
    /// [`OpenError`]
    pub async fn open(
        client: &Client,
        secrets: ReporterSecrets,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, OpenError> {
        let stored = read_stored(client, &secrets, now, rng).await?;
        let record = genuine(&secrets, &stored)?;
        if record.moved {
            return Err(OpenError::Moved);
        }
        let mut conversation = Self {
            secrets,
            earlier: record.earlier_secrets(),
            record,
            messages: Vec::new(),
            troubles: Vec::new(),
            seen: Vec::new(),
            reckoning: Reckoning::default(),
            without_key: BTreeSet::new(),
            unanswered: None,
        };
        conversation.finish_move(client, now, rng).await?;
        conversation.finish_telling(client, now, rng).await?;
        conversation.read_replies(client, now, rng).await?;
        Ok(conversation)
    }

    /// Reads again how the conversation stands, which may have been changed from elsewhere, and
    /// every reply.
    ///
    /// # Errors
    /// [`OpenError`]
    pub async fn read(
        &mut self,
        client: &Client,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), OpenError> {
        self.look(client, now, rng).await?;
        self.finish_move(client, now, rng).await?;
        self.finish_telling(client, now, rng).await?;
        self.read_replies(client, now, rng).await
    }

    async fn read_replies(
        &mut self,
        client: &Client,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), OpenError> {
        let mut messages = Vec::new();
        let mut troubles = Vec::new();
        let mut seen = Vec::new();
        for generation in 0..=self.record.generation {
            let walk = self.walk(client, generation, now, rng).await?;
            let reader = Reader {
                secrets: self.secrets_of(generation),
                record: &self.record,
                directory: client.directory(),
                generation,
            };
            reader.take(&walk, &mut messages, &mut troubles);
            seen.push(walk.last_known());
        }
        self.messages = messages;
        self.troubles = troubles;
        self.seen = seen;
        self.without_key = without_key(client, now);
        self.reckon(client.directory());
        Ok(())
    }

    /// The secrets of the code to which a generation belongs.
    fn secrets_of(&self, generation: u32) -> &ReporterSecrets {
        let earlier = self.earlier.iter().find(|(below, _)| generation < *below);
        earlier.map_or(&self.secrets, |(_, secrets)| secrets)
    }

    /// What opens files of offices: the reply identities of this code and of those before.
    pub(crate) fn reply_identities(&self) -> Vec<HybridIdentity> {
        let earlier = self.earlier.iter().map(|(_, secrets)| secrets);
        std::iter::once(&self.secrets)
            .chain(earlier)
            .map(|secrets| secrets.reply_identity().clone())
            .collect()
    }

    async fn walk(
        &self,
        client: &Client,
        generation: u32,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Walk, OpenError> {
        let key = self.secrets_of(generation).conversation_key(generation);
        let mut walk = Walk::new(seen_in(&self.record, generation));
        while let Some(window) = walk.window() {
            let reads = window.map(|n| Operation::Read(key.drop(n)));
            let answers = client.burst(reads, now, rng).await?;
            let mut refused = None;
            let found = answers.map(|answer| match answer {
                Answer::Drop { office, sealed } => Found::Drop { office, sealed },
                Answer::Refused(problem) => match problem.kind() {
                    Some(ProblemType::Absent) => Found::Absent,
                    Some(ProblemType::Gone) => Found::Gone,
                    kind => {
                        refused = Some(kind.unwrap_or(ProblemType::Internal));
                        Found::Absent
                    }
                },
                // `Answer::decode` gives nothing else for a read.
                _ => Found::Absent,
            });
            if let Some(kind) = refused {
                return Err(OpenError::Refused(kind));
            }
            walk.take(found);
        }
        Ok(walk)
    }

    /// The messages of the offices, in the order in which they were written.
    #[must_use]
    pub fn messages(&self) -> &[OfficeMessage] {
        &self.messages
    }

    /// What should be there and is not shown.
    #[must_use]
    pub fn troubles(&self) -> &[Trouble] {
        &self.troubles
    }

    /// What an office last said of the case: one of the directory's states.
    #[must_use]
    pub fn case_state(&self) -> Option<&StateId> {
        self.messages
            .iter()
            .rev()
            .find_map(|message| match &message.body {
                Body::Whole(content) => content.state.as_ref(),
                _ => None,
            })
    }

    /// The offices that hold the report, and what each has done.
    #[must_use]
    pub fn offices(&self) -> Vec<(OfficeId, OfficeState)> {
        let of = |office: &OfficeId| {
            let by_office = self.messages.iter().filter(|m| m.office == *office);
            let states = by_office.map(|message| match &message.body {
                Body::Whole(content) if content.reply == ReplyKind::Acknowledgement => {
                    OfficeState::Received
                }
                _ => OfficeState::Answered,
            });
            states.max().unwrap_or(OfficeState::Stored)
        };
        let recipients = self.record.recipients.iter();
        recipients
            .map(|office| (office.clone(), of(office)))
            .collect()
    }

    /// The record that the report's own client keeps.
    #[must_use]
    pub const fn record(&self) -> &SelfRecord {
        &self.record
    }

    /// Whether something was read that the record does not know of yet.
    #[must_use]
    pub fn has_news(&self) -> bool {
        (0_u32..)
            .zip(&self.seen_to_note())
            .any(|(generation, seen)| *seen > seen_in(&self.record, generation))
    }

    /// The record as it will stand with the next write: what was read is seen.
    pub(crate) fn record_with_seen(&self) -> SelfRecord {
        let mut record = self.record.clone();
        let noted = self.seen_to_note();
        if record.seen.len() < noted.len() {
            record.seen.resize(noted.len(), 0);
        }
        for (place, seen) in record.seen.iter_mut().zip(&noted) {
            *place = (*place).max(*seen);
        }
        // Who has left again waits no longer.
        let waits = self.reckoning.waiting();
        let came = self.reckoning.on_case();
        record
            .waiting
            .retain(|office| waits.contains(office) || came.contains(office));
        record
    }

    /// Notes in the record what was read, in a burst of its own. Any follow-up does the same, so
    /// this is only for a visit that ends without one, and only if [`Conversation::has_news`].
    ///
    /// # Errors
    /// [`DeliveryError`]
    pub async fn note_seen(
        &mut self,
        client: &Client,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), DeliveryError> {
        self.catch_up(client, now, rng).await?;
        if !self.has_news() {
            return Ok(());
        }
        let mut record = self.record_with_seen();
        record.revision += 1;
        self.write(record, client, now, rng).await
    }
}

fn seen_in(record: &SelfRecord, generation: u32) -> u32 {
    usize::try_from(generation)
        .ok()
        .and_then(|generation| record.seen.get(generation))
        .copied()
        .unwrap_or(0)
}

/// Turns the drops of one generation into messages.
struct Reader<'a> {
    secrets: &'a ReporterSecrets,
    record: &'a SelfRecord,
    directory: &'a Verified<Directory>,
    generation: u32,
}

struct Opened {
    header: ReplyHeader,
    epoch: Epoch,
    chain: Chain,
}

impl Reader<'_> {
    fn take(&self, walk: &Walk, messages: &mut Vec<OfficeMessage>, troubles: &mut Vec<Trouble>) {
        let generation = self.generation;
        let mut by_message: BTreeMap<(OfficeId, String), Vec<Opened>> = BTreeMap::new();
        for (n, found) in walk.places() {
            let kind = match found {
                Found::Gone => TroubleKind::Expired,
                Found::Absent => TroubleKind::Missing,
                Found::Drop { office, sealed } => match self.open(walk, n, office, sealed) {
                    Ok(opened) => {
                        let key = (opened.header.office.clone(), opened.header.message.clone());
                        by_message.entry(key).or_default().push(opened);
                        continue;
                    }
                    Err(why) => TroubleKind::Refused {
                        office: office.clone(),
                        why,
                    },
                },
            };
            troubles.push(Trouble {
                generation,
                n,
                kind,
            });
        }
        if walk.is_cut_short() {
            troubles.push(Trouble {
                generation,
                n: Walk::MAX_DROPS,
                kind: TroubleKind::CutShort,
            });
        }
        let mut read: Vec<OfficeMessage> = by_message
            .into_iter()
            .filter_map(|((office, _), parts)| self.message(office, &parts))
            .collect();
        read.sort_by_key(|message| message.n);
        messages.append(&mut read);
    }

    fn open(
        &self,
        walk: &Walk,
        n: u32,
        office: &OfficeId,
        sealed: &[u8],
    ) -> Result<Opened, Refusal> {
        let place = Place {
            conversation: &self.record.conversation,
            generation: self.generation,
            n,
            writer: office,
        };
        let (reply, card) = open_reply(self.secrets, self.directory, place, sealed)?;
        let before = n.checked_sub(1).and_then(|before| walk.at(before));
        let chain = match (n, before, reply.header.previous) {
            (1, _, None) => Chain::Intact,
            (_, Some(Found::Drop { sealed, .. }), Some(previous))
                if Digest::of_drop(sealed) == previous =>
            {
                Chain::Intact
            }
            (1, ..) | (_, Some(Found::Drop { .. }), _) => Chain::Broken,
            _ => Chain::MissingBefore,
        };
        Ok(Opened {
            header: reply.header,
            epoch: card.epoch,
            chain,
        })
    }

    fn message(&self, office: OfficeId, parts: &[Opened]) -> Option<OfficeMessage> {
        let first = parts.iter().min_by_key(|part| part.header.n)?;
        let headers: Vec<&ReplyHeader> = parts.iter().map(|part| &part.header).collect();
        let chain = match parts.iter().map(|part| part.chain) {
            mut chains if chains.clone().any(|chain| chain == Chain::Broken) => {
                chains.find(|chain| *chain == Chain::Broken)?
            }
            mut chains => chains
                .find(|chain| *chain != Chain::Intact)
                .unwrap_or(Chain::Intact),
        };
        let mut shown_to: Vec<&OfficeId> = headers
            .iter()
            .flat_map(|header| &header.recipients)
            .collect();
        shown_to.sort();
        shown_to.dedup();
        // Leaving out begins a new generation: what an office could read before is no fault.
        let excluded = |office: &OfficeId| {
            self.generation == self.record.generation
                && self
                    .directory
                    .is_excluded(office, self.record.excluded_roles.iter())
        };
        let seen = seen_in(self.record, self.generation);
        Some(OfficeMessage {
            from_recipient: self.record.recipients.contains(&office),
            shown_to_excluded: shown_to
                .into_iter()
                .filter(|office| excluded(office))
                .cloned()
                .collect(),
            generation: self.generation,
            n: first.header.n,
            last: parts.iter().map(|part| part.header.n).max()?,
            message: first.header.message.clone(),
            epoch: first.epoch,
            chain,
            body: join_reply(&headers)?,
            is_new: parts.iter().any(|part| part.header.n > seen),
            office,
        })
    }
}
