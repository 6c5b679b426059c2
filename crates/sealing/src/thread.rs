//! One conversation's messages put in order: the reporter's by counter, an office's by drop.
//!
//! Nothing that was genuine is lost: a gap is shown as a gap, a fragment that has not come yet as
//! missing. A block that does not belong is refused; the caller sets it aside, visibly.
//!
//! A conversation may move to a new code, and the relay hands blocks out in any order: which key
//! counts for a block follows from the moves with lower counters, which may come later than the
//! block. Invariant: what belongs to a conversation follows from the blocks that are there, not
//! from the order in which they came, apart from two that one key has signed with one counter, of
//! which the first counts.

use std::collections::BTreeMap;

use candor_wire::{Digest, OfficeId};
use ed25519_dalek::VerifyingKey;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::{
    block::Block,
    fragment::join,
    message::{FollowUpContent, Part, ReplyContent, ReplyHeader, ReportContent},
    new_code::Move,
    open::{FollowUpBlock, Opened, Refusal, ReportBlock, parse},
};

/// What became of a block that was handed to a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It is new.
    New,
    /// The same block is already there.
    Duplicate,
}

/// How a message hangs together with what came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// It commits to exactly the block before it.
    Intact,
    /// The block before it is not here (yet).
    MissingBefore,
    /// It commits to another block than the one that is here.
    Broken,
}

/// A message, complete or not.
#[derive(Clone, Debug)]
pub struct Received<C> {
    /// The counter of its first block.
    pub counter: u32,
    /// How it hangs together with the one before.
    pub chain: Chain,
    /// What it says.
    pub body: Body<C>,
}

/// What a message says, as far as it can be told.
#[derive(Clone, Debug)]
pub enum Body<C> {
    /// All of it.
    Whole(C),
    /// Some blocks have not come.
    Incomplete {
        /// How many are here.
        have: u16,
        /// How many it has.
        count: u16,
    },
    /// All blocks are here, but they do not make up a content that this program understands.
    Unreadable,
}

/// What a reporter's message is.
#[derive(Clone, Debug)]
pub enum ReporterContent {
    /// The report itself.
    Report(Box<ReportContent>),
    /// A follow-up.
    FollowUp(Box<FollowUpContent>),
}

#[derive(Clone, Debug)]
struct Entry {
    digest: Digest,
    previous: Option<Digest>,
    part: Part,
    fragment: String,
    recipients: Vec<OfficeId>,
    signer: VerifyingKey,
    /// The move to another code that it brings, verified.
    step: Option<Move>,
}

impl Entry {
    fn of(follow_up: &FollowUpBlock, signer: &VerifyingKey) -> Self {
        let header = &follow_up.header;
        Self {
            digest: follow_up.block.digest(),
            previous: Some(header.previous),
            part: header.part,
            fragment: header.content.clone(),
            recipients: header.recipients.clone(),
            signer: *signer,
            step: Move::of(header, signer),
        }
    }
}

/// A block that verifies under no key of the conversation, as far as is known: perhaps under one
/// of a move that has not come.
#[derive(Clone, Debug)]
struct Stranger {
    digest: Digest,
    compact: Zeroizing<Vec<u8>>,
}

/// A key and the blocks that it signs.
#[derive(Clone, Debug)]
struct Reign {
    /// The counter of the move that brought it; none for the first key.
    after: Option<u32>,
    key: VerifyingKey,
    reply_recipient: String,
}

/// A block that belongs to the conversation.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// Its counter.
    pub counter: u32,
    /// The digest of the block.
    pub digest: Digest,
    /// The offices that it went to.
    pub recipients: &'a [OfficeId],
}

/// The reporter's blocks of one conversation.
#[derive(Clone, Debug)]
pub struct Thread {
    /// By counter, in the order in which they came.
    candidates: BTreeMap<u32, Vec<Entry>>,
    strangers: Vec<Stranger>,
    /// Which of the candidates counts.
    chosen: BTreeMap<u32, usize>,
    reigns: Vec<Reign>,
}

impl Thread {
    /// Begins with the report's first block.
    #[must_use]
    pub fn begin(report: &ReportBlock) -> Self {
        let header = &report.header;
        let key = *header.reporter_key.verifying();
        let first = Entry {
            digest: report.block.digest(),
            previous: None,
            part: header.part,
            fragment: header.content.clone(),
            recipients: header.recipients.clone(),
            signer: key,
            step: None,
        };
        Self {
            candidates: BTreeMap::from([(0, vec![first])]),
            strangers: Vec::new(),
            chosen: BTreeMap::from([(0, 0)]),
            reigns: vec![Reign {
                after: None,
                key,
                reply_recipient: header.reply_recipient.clone(),
            }],
        }
    }

    /// The digest of the report's first block.
    #[must_use]
    pub fn first(&self) -> Option<Digest> {
        self.at(0).map(|entry| entry.digest)
    }

    /// Takes the report's first block again.
    ///
    /// # Errors
    /// [`Refusal::DifferingDuplicate`] if a different one is there.
    pub fn accept_report(&self, report: &ReportBlock) -> Result<Accepted, Refusal> {
        let same = self
            .at(0)
            .is_some_and(|known| known.digest == report.block.digest());
        if same {
            Ok(Accepted::Duplicate)
        } else {
            Err(Refusal::DifferingDuplicate)
        }
    }

    /// Takes a later block, and says whether it belongs to the conversation as far as is known
    /// now. One that does not is kept in mind: a move that comes later may change that, for this
    /// block and for others ([`Thread::refused`]).
    ///
    /// # Errors
    /// [`Refusal::Signature`] if it is not signed by the key that counts for its counter,
    /// [`Refusal::ReplayedCounter`] if that key has signed a different one with the same counter.
    pub fn accept_follow_up(&mut self, block: &FollowUpBlock) -> Result<Accepted, Refusal> {
        let digest = block.block.digest();
        let is_known = self.all().any(|(_, known)| known == digest);
        if !is_known {
            let signer = self
                .reigns
                .iter()
                .find(|reign| block.verify(&reign.key).is_ok());
            match signer.map(|reign| reign.key) {
                Some(key) => self.put(block, &key),
                None => self.strangers.push(Stranger {
                    digest,
                    compact: block.block.to_compact(),
                }),
            }
            self.settle();
        }
        match self.refused().get(&digest) {
            Some(refusal) => Err(*refusal),
            None if is_known => Ok(Accepted::Duplicate),
            None => Ok(Accepted::New),
        }
    }

    fn put(&mut self, block: &FollowUpBlock, key: &VerifyingKey) {
        let place = self.candidates.entry(block.header.counter).or_default();
        place.push(Entry::of(block, key));
    }

    /// Works out which key counts where, and which blocks.
    fn settle(&mut self) {
        loop {
            self.reigns.truncate(1);
            self.chosen.clear();
            for (counter, candidates) in &self.candidates {
                let Some(reign) = self.reigns.last() else {
                    return;
                };
                let found = candidates
                    .iter()
                    .enumerate()
                    .find(|(_, entry)| entry.signer == reign.key);
                let Some((index, entry)) = found else {
                    continue;
                };
                self.chosen.insert(*counter, index);
                if let Some(step) = &entry.step {
                    self.reigns.push(Reign {
                        after: Some(*counter),
                        key: step.reporter_key,
                        reply_recipient: step.reply_recipient.clone(),
                    });
                }
            }
            // A move that has come now may explain what came before it.
            if !self.recognise() {
                return;
            }
        }
    }

    /// Takes the strangers that verify now. Says whether there were any.
    fn recognise(&mut self) -> bool {
        let keys: Vec<VerifyingKey> = self.reigns.iter().map(|reign| reign.key).collect();
        let mut found = false;
        for stranger in std::mem::take(&mut self.strangers) {
            let block = Block::from_compact(&stranger.compact).ok();
            let signed = match block.map(parse) {
                Some(Ok(Opened::FollowUp(block))) => keys
                    .iter()
                    .find(|key| block.verify(key).is_ok())
                    .map(|key| (block, key)),
                _ => None,
            };
            match signed {
                Some((block, key)) => {
                    self.put(&block, key);
                    found = true;
                }
                None => self.strangers.push(stranger),
            }
        }
        found
    }

    fn at(&self, counter: u32) -> Option<&Entry> {
        self.candidates
            .get(&counter)?
            .get(*self.chosen.get(&counter)?)
    }

    /// Every block at hand, whether it counts or not.
    fn all(&self) -> impl Iterator<Item = (Option<u32>, Digest)> {
        let candidates = self.candidates.iter().flat_map(|(counter, entries)| {
            entries.iter().map(|entry| (Some(*counter), entry.digest))
        });
        candidates.chain(
            self.strangers
                .iter()
                .map(|stranger| (None, stranger.digest)),
        )
    }

    /// The later blocks at hand that do not belong to the conversation, and why.
    #[must_use]
    pub fn refused(&self) -> BTreeMap<Digest, Refusal> {
        let mut refused: BTreeMap<Digest, Refusal> = self
            .strangers
            .iter()
            .map(|stranger| (stranger.digest, Refusal::Signature))
            .collect();
        for (counter, entries) in &self.candidates {
            let chosen = self.chosen.get(counter);
            let key = self
                .reigns
                .iter()
                .rfind(|reign| reign.after.is_none_or(|after| after < *counter))
                .map(|reign| reign.key);
            for (index, entry) in entries.iter().enumerate() {
                if chosen != Some(&index) {
                    let why = if key == Some(entry.signer) {
                        Refusal::ReplayedCounter
                    } else {
                        Refusal::Signature
                    };
                    refused.insert(entry.digest, why);
                }
            }
        }
        refused
    }

    /// The blocks that belong to the conversation, by counter.
    pub fn members(&self) -> impl Iterator<Item = Member<'_>> {
        self.chosen.keys().filter_map(|counter| {
            let entry = self.at(*counter)?;
            Some(Member {
                counter: *counter,
                digest: entry.digest,
                recipients: &entry.recipients,
            })
        })
    }

    /// How often the conversation has moved to another code.
    #[must_use]
    pub fn moves(&self) -> usize {
        self.reigns.len().saturating_sub(1)
    }

    /// Where replies are sealed to now.
    #[must_use]
    pub fn reply_recipient(&self) -> &str {
        self.reigns
            .last()
            .map_or("", |reign| reign.reply_recipient.as_str())
    }

    /// The messages in order. A message whose first block is missing is shown at the place where
    /// that block would be.
    #[must_use]
    pub fn messages(&self) -> Vec<Received<ReporterContent>> {
        let mut starts: Vec<(u32, u16)> = self
            .chosen
            .keys()
            .filter_map(|counter| {
                let part = self.at(*counter)?.part;
                let first = counter.saturating_sub(u32::from(part.index));
                Some((first, part.count))
            })
            .collect();
        starts.dedup();
        starts
            .into_iter()
            .map(|(first, count)| self.message(first, count))
            .collect()
    }

    fn message(&self, first: u32, count: u16) -> Received<ReporterContent> {
        let parts: Vec<&Entry> = (0..count)
            .filter_map(|index| {
                let counter = first.checked_add(u32::from(index))?;
                let entry = self.at(counter)?;
                (entry.part == Part { index, count }).then_some(entry)
            })
            .collect();
        let have = u16::try_from(parts.len()).unwrap_or(u16::MAX);
        let fragments: Vec<&str> = parts.iter().map(|part| part.fragment.as_str()).collect();
        let chained = parts
            .iter()
            .zip(parts.iter().skip(1))
            .all(|(before, after)| after.previous == Some(before.digest));
        let body = if have != count {
            Body::Incomplete { have, count }
        } else if first == 0 {
            whole(&fragments, |content| {
                ReporterContent::Report(Box::new(content))
            })
        } else {
            match whole(&fragments, Box::<FollowUpContent>::new) {
                // Who would move the conversation and may not, or does it wrongly, does nothing.
                Body::Whole(content) if content.new_code.is_some() && !self.is_move(first) => {
                    Body::Unreadable
                }
                Body::Whole(content) => Body::Whole(ReporterContent::FollowUp(content)),
                Body::Incomplete { have, count } => Body::Incomplete { have, count },
                Body::Unreadable => Body::Unreadable,
            }
        };
        let chain = if have == count && !chained {
            Chain::Broken
        } else {
            self.chain_before(first, parts.first().copied())
        };
        Received {
            counter: first,
            chain,
            body,
        }
    }

    fn is_move(&self, counter: u32) -> bool {
        self.at(counter).is_some_and(|entry| entry.step.is_some())
    }

    fn chain_before(&self, first: u32, entry: Option<&Entry>) -> Chain {
        let Some(before) = first.checked_sub(1) else {
            return Chain::Intact;
        };
        match (self.at(before), entry) {
            (Some(before), Some(entry)) if entry.previous == Some(before.digest) => Chain::Intact,
            (Some(_), Some(_)) => Chain::Broken,
            _ => Chain::MissingBefore,
        }
    }
}

fn whole<T: DeserializeOwned, C>(fragments: &[&str], wrap: impl FnOnce(T) -> C) -> Body<C> {
    join(fragments).map_or(Body::Unreadable, |content| Body::Whole(wrap(content)))
}

/// Puts the fragments of one reply together; `None` while some are missing.
///
/// The headers are of one `message` id, in any order.
#[must_use]
pub fn join_reply(headers: &[&ReplyHeader]) -> Option<Body<ReplyContent>> {
    let count = headers.first()?.part.count;
    let fragments: Option<Vec<&str>> = (0..count)
        .map(|index| {
            headers
                .iter()
                .find(|header| header.part == Part { index, count })
                .map(|header| header.content.as_str())
        })
        .collect();
    let have = u16::try_from(headers.len()).unwrap_or(u16::MAX);
    Some(
        fragments.map_or(Body::Incomplete { have, count }, |fragments| {
            whole(&fragments, |content| content)
        }),
    )
}
