//! One case: the reporter's thread, the offices' replies, and who is on it.
//!
//! Invariant: a role that the reporter has left out stays left out, whatever comes later; nothing
//! genuine is dropped, what does not fit is handed back to be set aside.

use std::collections::{BTreeMap, BTreeSet};

use candor_sealing::{
    attachment::AttachmentRef,
    block::Block,
    message::{ReplyContent, ReplyHeader, ReplyKind, Secret32},
    open::{FollowUpBlock, Refusal, ReportBlock},
    thread::{Body, Member, Received, ReporterContent, Thread, join_reply},
};
use candor_wire::{ConversationId, Day, Digest, OfficeId, RoleId};
use serde::Serialize;

use crate::{casework::events::Events, record::Seen};

/// Where a case stands, as far as messages tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Nobody has answered.
    New,
    /// The reporter was told that it has been received.
    Acknowledged,
    /// An office has written.
    Answered,
    /// The reporter has withdrawn it.
    Withdrawn,
}

impl Standing {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Acknowledged => "acknowledged",
            Self::Answered => "answered",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// When something came to this desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The relay's day.
    pub day: Day,
    /// Its place among everything that came to this desk.
    pub order: u64,
}

/// A reply that lies in a drop.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Its header, with the fragment.
    pub header: ReplyHeader,
    /// The digest of the block.
    pub block: Digest,
    /// The digest of the drop.
    pub drop: Option<Digest>,
    /// When it came, or was sent.
    pub arrival: Arrival,
    /// Its place in the queue; none if this desk brought it into its drop, as the relay confirmed.
    pub seq: Option<u64>,
}

/// How far beyond all that is known a reply may claim to lie.
const FARTHEST: u32 = 4_096;

/// How many drops a client of the reporter reads at once.
const READ_AT_ONCE: u32 = 4;

/// How many gaps among the replies of a generation are told.
const GAPS_TOLD: usize = 16;

/// Why a message does not belong to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misfit {
    /// The sealing rules refuse it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A reply by an office that the reporter never wrote to.
    #[error("it is a reply of an office that is not on this case")]
    Stranger,
    /// Another reply is known in its place.
    #[error("a different reply is known in the same place")]
    SamePlace,
    /// A reply that claims to lie where the reporter does not look.
    #[error("it claims a place where the reporter does not look for replies")]
    NoSuchPlace,
}

/// One report and everything that followed.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub conversation: ConversationId,
    /// Where replies are sealed to now.
    pub reply_recipient: String,
    /// How often the reporter has moved the conversation to a new claim code.
    pub moves: usize,
    /// The offices that the newest message of the reporter went to.
    pub recipients: Vec<OfficeId>,
    /// Every office that any message of the reporter went to.
    pub ever: BTreeSet<OfficeId>,
    /// Roles that the reporter left out, at any time.
    pub excluded: BTreeSet<RoleId>,
    /// The conversation keys, by generation.
    pub generations: BTreeMap<u32, Secret32>,
    /// Whether the reporter has withdrawn it.
    pub withdrawn: bool,
    /// The reporter's messages, in order.
    pub messages: Vec<Received<ReporterContent>>,
    /// The known replies, by generation and number.
    pub replies: BTreeMap<(u32, u32), Reply>,
    /// Drops that are taken, with the digest of what lies there if known.
    pub taken: BTreeMap<(u32, u32), Option<Digest>>,
    /// The messages of the reporter that a person was shown, by counter, and whether all of each
    /// was there. By number they could not be told apart: the relay shuffles, so that an earlier
    /// one may come later.
    seen: BTreeMap<u32, bool>,
    /// The version of the directory that the reporter's client used.
    pub directory_version: u64,
    /// What the offices have done together.
    pub events: Events,
    /// The offices that handed the case, or more of it, over to this one.
    pub handed_over_by: BTreeSet<OfficeId>,
    /// Files that were sealed anew for this office, by the key by which messages name them.
    pub resealed: BTreeMap<[u8; 32], AttachmentRef>,
    /// Grows when anything of the case changes.
    pub changed: u64,
    newest_counter: u32,
    thread: Thread,
    arrivals: BTreeMap<u32, Arrival>,
    excluded_at_first: BTreeSet<RoleId>,
    first_key: Secret32,
    /// Where every later block of the reporter came from, whether it counts or not.
    origins: BTreeMap<Digest, Origin>,
}

/// How a block came to this desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its place in the queue.
    pub seq: u64,
    /// When.
    pub arrival: Arrival,
}

impl Case {
    /// Begins a case with the report's first block.
    #[must_use]
    pub fn begin(report: &ReportBlock, arrival: Arrival) -> Self {
        let header = &report.header;
        let mut case = Self {
            conversation: report.conversation,
            reply_recipient: String::new(),
            moves: 0,
            recipients: Vec::new(),
            ever: BTreeSet::new(),
            excluded: BTreeSet::new(),
            generations: BTreeMap::new(),
            withdrawn: false,
            messages: Vec::new(),
            replies: BTreeMap::new(),
            taken: BTreeMap::new(),
            seen: BTreeMap::new(),
            directory_version: header.directory_version,
            events: Events::default(),
            handed_over_by: BTreeSet::new(),
            resealed: BTreeMap::new(),
            changed: arrival.order,
            newest_counter: 0,
            thread: Thread::begin(report),
            arrivals: BTreeMap::new(),
            excluded_at_first: header.excluded_roles.iter().cloned().collect(),
            first_key: header.conversation_key.clone(),
            origins: BTreeMap::new(),
        };
        let origin = Origin { seq: 0, arrival };
        case.origins
            .extend(case.thread.first().map(|digest| (digest, origin)));
        case.refresh();
        case
    }

    /// Takes the first block again.
    ///
    /// # Errors
    /// If it is a different one.
    pub fn accept_report(&mut self, report: &ReportBlock) -> Result<(), Misfit> {
        self.thread.accept_report(report)?;
        Ok(())
    }

    /// Takes a later block of the reporter. Whether it belongs to the case may depend on what comes
    /// later: [`Case::misfits`] says how that stands.
    pub fn take_follow_up(&mut self, follow_up: &FollowUpBlock, origin: Origin) {
        let digest = follow_up.block.digest();
        self.origins.entry(digest).or_insert(origin);
        // What is refused is among the misfits.
        let _ = self.thread.accept_follow_up(follow_up);
        self.refresh();
    }

    /// The reporter's blocks, so called, that do not belong to the case as far as is known now.
    #[must_use]
    pub fn misfits(&self) -> Vec<(Origin, Refusal)> {
        let refused = self.thread.refused();
        let with_origin = |(digest, why): (Digest, Refusal)| {
            let origin = self.origins.get(&digest)?;
            Some((*origin, why))
        };
        refused.into_iter().filter_map(with_origin).collect()
    }

    /// Takes a reply whose signature was checked before it was filed: a copy from the queue, with its
    /// place there, or one that this desk brought into its drop. A copy is only its office's word
    /// that the reply lies there; see [`Case::next_drop`].
    ///
    /// # Errors
    /// If its office is not on the case, it claims a place that cannot be, or another reply is known
    /// in its place.
    pub fn accept_reply(
        &mut self,
        header: &ReplyHeader,
        block: &Block,
        drop: Option<Digest>,
        arrival: Arrival,
        seq: Option<u64>,
    ) -> Result<(), Misfit> {
        if !self.may_have_written(&header.office) {
            return Err(Misfit::Stranger);
        }
        let place = (header.generation, header.n);
        let reply = Reply {
            header: header.clone(),
            block: block.digest(),
            drop,
            arrival,
            seq,
        };
        if seq.is_some() {
            let farthest = self.highest(header.generation).saturating_add(FARTHEST);
            if !self.generations.contains_key(&header.generation) || header.n > farthest {
                return Err(Misfit::NoSuchPlace);
            }
        }
        match self.replies.get_mut(&place) {
            Some(known) if known.block == reply.block => {
                if seq.is_none() {
                    known.seq = None;
                    known.drop = drop;
                }
                Ok(())
            }
            Some(_) => Err(Misfit::SamePlace),
            None => {
                self.replies.insert(place, reply);
                Ok(())
            }
        }
    }

    /// Takes out a copy in whose place the relay has taken something else from this desk. Gives its
    /// place in the queue.
    pub fn refute_copy(&mut self, place: (u32, u32), block: &Digest) -> Option<(u64, Day)> {
        let known = self.replies.get(&place)?;
        let refuted = known.seq.filter(|_| known.block != *block)?;
        let day = known.arrival.day;
        self.replies.remove(&place);
        Some((refuted, day))
    }

    /// The highest number of a generation that is known, be it from a copy alone.
    fn highest(&self, generation: u32) -> u32 {
        let all = (generation, 0)..=(generation, u32::MAX);
        let last = |place: Option<&(u32, u32)>| place.map_or(0, |(_, n)| *n);
        let copies = self.replies.range(all.clone()).next_back();
        let taken = self.taken.range(all).next_back();
        last(copies.map(|(place, _)| place)).max(last(taken.map(|(place, _)| place)))
    }

    /// Whether the relay has confirmed that a drop is taken: it took it from this desk, or said so.
    #[must_use]
    pub fn is_surely_taken(&self, place: (u32, u32)) -> bool {
        self.taken.contains_key(&place)
            || self
                .replies
                .get(&place)
                .is_some_and(|reply| reply.seq.is_none())
    }

    /// Whether an office is on the case or was at some time: the reporter wrote to it, or an office
    /// that was brought it.
    #[must_use]
    pub fn may_have_written(&self, office: &OfficeId) -> bool {
        self.ever.contains(office)
            || self.handed_over_by.contains(office)
            || self.events.brought_by(&self.ever).contains(office)
    }

    /// The blocks of the reporter that belong to the case.
    pub fn members(&self) -> impl Iterator<Item = Member<'_>> {
        self.thread.members()
    }

    /// The reporter's blocks as they hang together.
    #[must_use]
    pub const fn thread(&self) -> &Thread {
        &self.thread
    }

    /// Works out what the reporter's messages do: all of it anew, since a move to a new code that
    /// comes late may show that something was not the reporter's.
    fn refresh(&mut self) {
        self.arrivals.clear();
        self.ever.clear();
        for member in self.thread.members() {
            if let Some(origin) = self.origins.get(&member.digest) {
                self.arrivals.insert(member.counter, origin.arrival);
            }
            // In the order of their counters: the newest one comes last.
            self.newest_counter = member.counter;
            self.recipients = member.recipients.to_vec();
            self.ever.extend(member.recipients.iter().cloned());
        }
        self.moves = self.thread.moves();
        self.reply_recipient = self.thread.reply_recipient().to_owned();
        self.withdrawn = false;
        self.excluded.clone_from(&self.excluded_at_first);
        self.generations = BTreeMap::from([(0, self.first_key.clone())]);
        self.messages = self.thread.messages();
        for message in &self.messages {
            let Body::Whole(ReporterContent::FollowUp(content)) = &message.body else {
                continue;
            };
            self.withdrawn |= content.withdraw;
            self.excluded.extend(content.leave_out.iter().cloned());
            if let Some(new) = &content.new_generation {
                if content.new_code.is_some() {
                    // Whoever knew the code before may have begun generations of their own, to
                    // learn where replies lie.
                    self.generations.split_off(&new.generation);
                }
                self.generations
                    .entry(new.generation)
                    .or_insert_with(|| new.conversation_key.clone());
            }
        }
    }

    /// The newest generation and its key.
    #[must_use]
    pub fn generation(&self) -> Option<(u32, &Secret32)> {
        self.generations
            .last_key_value()
            .map(|(generation, key)| (*generation, key))
    }

    /// The next drop of a generation that is not known to be taken, and the digest of what lies in
    /// the one before.
    ///
    /// Copies of replies count as far as they follow without a gap on what the relay has confirmed,
    /// and only while a client of the reporter reads that far without them (four drops at once, until
    /// none of four has anything): nobody may send the others' replies to where the reporter does not
    /// look, by copies of what was never placed. Beyond that the relay is asked again from what is
    /// confirmed.
    #[must_use]
    pub fn next_drop(&self, generation: u32) -> (u32, Option<Digest>) {
        let all = (generation, 0)..=(generation, u32::MAX);
        let taken = self.taken.range(all.clone()).map(|((_, n), _)| *n);
        let placed = self.replies.range(all);
        let placed = placed.filter(|(_, reply)| reply.seq.is_none());
        let confirmed = taken.chain(placed.map(|((_, n), _)| *n)).max().unwrap_or(0);
        let window = confirmed.div_ceil(READ_AT_ONCE).saturating_add(1);
        let is_copy = |n: &u32| self.replies.contains_key(&(generation, *n));
        let first = confirmed.saturating_add(1);
        let next = (first..=window.saturating_mul(READ_AT_ONCE))
            .find(|n| !is_copy(n))
            .unwrap_or(first);
        (next, self.lies_in((generation, next.saturating_sub(1))))
    }

    /// The digest of what lies in a drop, as far as it is known: the relay's word before a copy's.
    fn lies_in(&self, place: (u32, u32)) -> Option<Digest> {
        let told = self.taken.get(&place).copied().flatten();
        told.or_else(|| self.replies.get(&place).and_then(|reply| reply.drop))
    }

    /// The report itself, once all of it is here.
    #[must_use]
    pub fn report(&self) -> Option<&candor_sealing::message::ReportContent> {
        self.messages
            .iter()
            .find_map(|message| match &message.body {
                Body::Whole(ReporterContent::Report(content)) => Some(content.as_ref()),
                _ => None,
            })
    }

    /// The day on which the report came.
    #[must_use]
    pub fn day(&self) -> Day {
        self.arrivals.get(&0).map_or(Day(0), |arrival| arrival.day)
    }

    /// When a message of the reporter came: when its latest block did.
    #[must_use]
    pub fn arrival(&self, counter: u32) -> Option<Arrival> {
        self.arrivals.get(&counter).copied()
    }

    /// When the reporter's newest message came.
    #[must_use]
    pub fn newest_of_reporter(&self) -> Option<Arrival> {
        self.arrival(self.newest_counter)
    }

    /// The newest day on which anything came.
    #[must_use]
    pub fn newest(&self) -> Arrival {
        self.arrivals
            .values()
            .copied()
            .chain(self.replies.values().map(|reply| reply.arrival))
            .max_by_key(|arrival| arrival.order)
            .unwrap_or(Arrival {
                day: Day(0),
                order: 0,
            })
    }

    /// The replies put together from their parts, in the order of their drops: where the first
    /// part lies, its header, when it came, and what it says.
    #[must_use]
    pub fn joined_replies(&self) -> Vec<JoinedReply<'_>> {
        let mut groups: BTreeMap<(&OfficeId, &str), Vec<(u32, u32)>> = BTreeMap::new();
        for (place, reply) in &self.replies {
            groups
                .entry((&reply.header.office, &reply.header.message))
                .or_default()
                .push(*place);
        }
        let mut joined: Vec<_> = groups
            .into_values()
            .filter_map(|places| {
                let replies: Vec<&Reply> = places
                    .iter()
                    .filter_map(|place| self.replies.get(place))
                    .collect();
                let headers: Vec<&ReplyHeader> =
                    replies.iter().map(|reply| &reply.header).collect();
                let (first, place) = (replies.first()?, *places.first()?);
                Some(JoinedReply {
                    place,
                    office: &first.header.office,
                    recipients: &first.header.recipients,
                    message: &first.header.message,
                    arrival: first.arrival,
                    chained: replies.iter().all(|reply| self.is_chained(reply)),
                    body: join_reply(&headers)?,
                })
            })
            .collect();
        joined.sort_by_key(|reply| reply.place);
        joined
    }

    /// Whether a reply commits to what is known to lie before it; `None` means that this is not
    /// known.
    fn is_chained(&self, reply: &Reply) -> bool {
        let header = &reply.header;
        let Some(before) = header.n.checked_sub(1).filter(|n| *n > 0) else {
            return header.previous.is_none();
        };
        let known = self.lies_in((header.generation, before));
        known.is_none_or(|known| header.previous == Some(known))
    }

    /// Numbers of drops, per generation, below the highest known one in which nothing is known: the
    /// first few.
    #[must_use]
    pub fn reply_gaps(&self) -> Vec<(u32, u32)> {
        let mut gaps = Vec::new();
        for generation in self.generations.keys() {
            gaps.extend(
                (1..=self.highest(*generation))
                    .map(|n| (*generation, n))
                    .filter(|place| !self.replies.contains_key(place))
                    .take(GAPS_TOLD),
            );
        }
        gaps
    }

    /// Where the case stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        if self.withdrawn {
            return Standing::Withdrawn;
        }
        let mut standing = Standing::New;
        for reply in self.joined_replies() {
            match &reply.body {
                // Who comes and goes is no answer.
                Body::Whole(content) if only_says_who_is_on_the_case(content) => {
                    standing = Standing::Acknowledged;
                }
                Body::Whole(ReplyContent {
                    reply: ReplyKind::Message,
                    ..
                })
                | Body::Incomplete { .. } => return Standing::Answered,
                _ => standing = Standing::Acknowledged,
            }
        }
        standing
    }

    /// How many messages there are to read.
    #[must_use]
    pub fn message_count(&self) -> usize {
        self.messages.len() + self.joined_replies().len()
    }

    /// How many messages people wrote, as far as they are here in full. What programs say by
    /// themselves is not counted: that a report was received, and who comes and goes.
    #[must_use]
    pub fn written_count(&self) -> usize {
        let by_reporter = self.messages.iter().filter(|message| is_complete(message));
        let replies = self.joined_replies();
        let by_offices = replies.iter().filter(|reply| match &reply.body {
            Body::Whole(content) => is_written(content),
            Body::Incomplete { .. } => false,
            Body::Unreadable => true,
        });
        by_reporter.count() + by_offices.count()
    }

    /// Whether there is something that no person has read.
    #[must_use]
    pub fn is_unread(&self) -> bool {
        !self.messages.iter().all(|message| self.is_seen(message))
    }

    /// Whether a person was shown all that is here of a message.
    #[must_use]
    pub fn is_seen(&self, message: &Received<ReporterContent>) -> bool {
        self.seen
            .get(&message.counter)
            .is_some_and(|complete| *complete || !is_complete(message))
    }

    /// The reporter's messages as somebody sees them who looks now.
    #[must_use]
    pub fn shown(&self) -> Vec<Seen> {
        let shown = |message: &Received<ReporterContent>| Seen {
            counter: message.counter,
            complete: is_complete(message),
        };
        self.messages.iter().map(shown).collect()
    }

    /// Takes up that a person was shown these.
    pub fn see(&mut self, messages: &[Seen]) {
        for message in messages {
            *self.seen.entry(message.counter).or_default() |= message.complete;
        }
    }

    /// Takes up that the first so many of the messages here count as seen, and no others.
    pub fn see_only_first(&mut self, messages: usize) {
        self.seen.clear();
        let first: Vec<Seen> = self.shown().into_iter().take(messages).collect();
        self.see(&first);
    }

    /// Whether any reply is known, or any drop taken.
    #[must_use]
    pub fn has_any_reply(&self) -> bool {
        !self.replies.is_empty() || !self.taken.is_empty()
    }
}

fn only_says_who_is_on_the_case(content: &ReplyContent) -> bool {
    content.offices.is_some()
        && content.text.is_empty()
        && content.attachments.is_empty()
        && content.questions.is_empty()
        && !content.asks_resolved
        && content.state.is_none()
}

/// Whether a person wrote it, and not a program by itself.
#[must_use]
pub fn is_written(content: &ReplyContent) -> bool {
    content.reply == ReplyKind::Message && !only_says_who_is_on_the_case(content)
}

fn is_complete(message: &Received<ReporterContent>) -> bool {
    !matches!(message.body, Body::Incomplete { .. })
}

/// A reply, put together from its parts.
#[derive(Clone, Debug)]
pub struct JoinedReply<'a> {
    /// The generation and number of its first drop.
    pub place: (u32, u32),
    /// Who wrote it.
    pub office: &'a OfficeId,
    /// Which offices it was sealed to.
    pub recipients: &'a [OfficeId],
    /// What groups its parts; by it the reporter's answers name it.
    pub message: &'a str,
    /// When it came, or was sent.
    pub arrival: Arrival,
    /// Whether it commits to what lies before it, as far as that is known here.
    pub chained: bool,
    /// What it says.
    pub body: Body<ReplyContent>,
}
