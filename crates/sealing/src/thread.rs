//! One conversation's messages put in order: the reporter's by counter, an office's by drop.
//!
//! Nothing that was genuine is lost: a gap is shown as a gap, a fragment that has not come yet as
//! missing. A second, different block in a place that is taken is refused; the caller sets it
//! aside, visibly.

use std::collections::BTreeMap;

use candor_wire::Digest;
use serde::de::DeserializeOwned;

use crate::{
    fragment::join,
    message::{
        FollowUpContent, FollowUpHeader, Part, ReplyContent, ReplyHeader, ReportContent,
        ReportHeader,
    },
    open::Refusal,
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
}

/// The reporter's blocks of one conversation.
#[derive(Clone, Debug, Default)]
pub struct Thread {
    blocks: BTreeMap<u32, Entry>,
}

impl Thread {
    /// Takes the report's first block.
    ///
    /// # Errors
    /// [`Refusal::DifferingDuplicate`] if a different one is there.
    pub fn accept_report(
        &mut self,
        header: &ReportHeader,
        digest: Digest,
    ) -> Result<Accepted, Refusal> {
        let entry = Entry {
            digest,
            previous: None,
            part: header.part,
            fragment: header.content.clone(),
        };
        self.accept(0, entry).ok_or(Refusal::DifferingDuplicate)
    }

    /// Takes a later block.
    ///
    /// # Errors
    /// [`Refusal::ReplayedCounter`] if a different one with its counter is there.
    pub fn accept_follow_up(
        &mut self,
        header: &FollowUpHeader,
        digest: Digest,
    ) -> Result<Accepted, Refusal> {
        let entry = Entry {
            digest,
            previous: Some(header.previous),
            part: header.part,
            fragment: header.content.clone(),
        };
        self.accept(header.counter, entry)
            .ok_or(Refusal::ReplayedCounter)
    }

    fn accept(&mut self, counter: u32, entry: Entry) -> Option<Accepted> {
        match self.blocks.get(&counter) {
            Some(known) if known.digest == entry.digest => Some(Accepted::Duplicate),
            Some(_) => None,
            None => {
                self.blocks.insert(counter, entry);
                Some(Accepted::New)
            }
        }
    }

    /// The messages in order. A message whose first block is missing is shown at the place where
    /// that block would be.
    #[must_use]
    pub fn messages(&self) -> Vec<Received<ReporterContent>> {
        let mut starts: Vec<(u32, u16)> = self
            .blocks
            .iter()
            .map(|(counter, entry)| {
                let first = counter.saturating_sub(u32::from(entry.part.index));
                (first, entry.part.count)
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
                let entry = self.blocks.get(&counter)?;
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
            whole(&fragments, |content| {
                ReporterContent::FollowUp(Box::new(content))
            })
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

    fn chain_before(&self, first: u32, entry: Option<&Entry>) -> Chain {
        let Some(before) = first.checked_sub(1) else {
            return Chain::Intact;
        };
        match (self.blocks.get(&before), entry) {
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
