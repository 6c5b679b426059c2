//! The desk's state in memory: what follows from replaying the case file.
//!
//! [`State::apply`] is the one way in, for records read from disk and for new ones alike, so that
//! a desk that is opened again is in the state it was left in.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use candor_casework::{Body, Event, body::Handle};
use candor_directory::{DeviceListDomain, Epoch, TopicId};
use candor_sealing::{
    block::Block,
    event::EventBlock,
    message::{ReplyContent, ReplyKind},
    open::{FollowUpBlock, Opened, Refusal, ReplyBlock, ReportBlock, parse},
    reply::Draft,
};
use candor_wire::{ConversationId, Day, Digest, EventId, OfficeId, SignedStatement};
use zeroize::Zeroizing;

use crate::{
    case::{Arrival, Case, Misfit, Origin},
    casework::{
        events::single,
        kept::{Dropped, Together, Unsent},
    },
    erasing::Erasures,
    failure::{Failure, Outcome},
    import::{columns::Columns, plan::RowDigest},
    outcomes::Outcomes,
    preparing::{Prepared, prepared},
    record::{Entry, Queued, Record, ReplyId, split_many, split_two},
    recovery::RecoveryKind,
    templates::Template,
};

/// Something that was refused and is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aside {
    /// Its place in the queue.
    pub seq: u64,
    /// The relay's day.
    pub day: Day,
    /// Why.
    pub why: String,
    /// The case that it claims to belong to, if it opened.
    pub conversation: Option<ConversationId>,
}

/// What waits for the report it belongs to.
#[derive(Clone, Debug)]
enum Waiting {
    FollowUp(Box<FollowUpBlock>),
    Reply(Box<ReplyBlock>, Option<Digest>),
    Event(Box<EventBlock>),
}

/// A part of a reply that was sealed.
#[derive(Clone, Debug)]
pub struct OutPart {
    /// The generation of its drop.
    pub generation: u32,
    /// The number of its drop.
    pub n: u32,
    /// The compact block.
    pub block: Zeroizing<Vec<u8>>,
    /// The sealed bytes.
    pub sealed: Vec<u8>,
    /// Whether the relay has it in its drop.
    pub placed: bool,
    /// Whether the offices' queues have it.
    pub copied: bool,
}

/// A reply in the outbox.
#[derive(Clone, Debug)]
pub struct OutReply {
    /// What was asked for.
    pub queued: Queued,
    /// What it says.
    pub content: ReplyContent,
    /// The same, cut.
    pub draft: Draft,
    /// The parts that were sealed.
    pub parts: BTreeMap<u16, OutPart>,
    /// Its place among everything this desk did.
    pub order: u64,
}

impl OutReply {
    /// Whether everything has arrived.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.parts.len() == self.draft.parts()
            && self.parts.values().all(|part| part.placed && part.copied)
    }

    /// How far it got.
    #[must_use]
    pub fn reached(&self) -> Reached {
        if self.is_placed() {
            Reached::Reporter
        } else if self.parts.values().any(|part| part.placed) {
            Reached::InPart
        } else {
            Reached::Nobody
        }
    }

    /// Whether the reporter can read all of it.
    #[must_use]
    pub fn is_placed(&self) -> bool {
        self.parts.len() == self.draft.parts() && self.parts.values().all(|part| part.placed)
    }
}

/// A reply that was given up before the reporter could read it.
#[derive(Clone, Debug)]
pub struct GivenUp {
    /// The case.
    pub conversation: ConversationId,
    /// What it says.
    pub content: ReplyContent,
    /// Why.
    pub why: String,
    /// Who has got it all the same.
    pub reached: Reached,
}

/// How far a reply got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// Nobody has any of it.
    Nobody,
    /// The reporter may have read a part of it.
    InPart,
    /// The reporter can read all of it, but not every office has got it.
    Reporter,
}

impl Reached {
    /// The same in a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Nobody => "Nobody has got it.",
            Self::InPart => "The reporter may have read a part of it.",
            Self::Reporter => {
                "The reporter can read it, but not every office on the case has got it."
            }
        }
    }
}

/// Everything the desk knows.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The office, once the file has begun.
    pub office: Option<OfficeId>,
    /// Everything up to here has been taken from the queue.
    pub cursor: u64,
    /// The highest version of a directory that was verified.
    pub directory_version: Option<u64>,
    /// The list of the office's devices and whether the relay has it.
    pub devices: Option<(SignedStatement<DeviceListDomain>, bool)>,
    /// The cards that the relay has: from, to.
    pub cards: Option<(Epoch, Epoch)>,
    /// The revision of the newest of them.
    pub cards_revision: u32,
    /// When the public entry was compared last, and what differed.
    pub checked: Option<(Day, Vec<String>)>,
    /// When a sync came to its end.
    pub synced: Option<Day>,
    /// When the recovery file was made, and who it takes to open it.
    pub recovery: Option<(Day, RecoveryKind)>,
    /// The cases.
    pub cases: BTreeMap<ConversationId, Arc<Case>>,
    /// What was refused.
    pub aside: Vec<Aside>,
    /// The replies that are not yet everywhere.
    pub outbox: BTreeMap<ReplyId, Arc<OutReply>>,
    /// Messages that were given up, for whoever wrote them.
    pub given_up: Vec<Arc<GivenUp>>,
    /// Cases whose acknowledgement was given up.
    pub spared: BTreeSet<ConversationId>,
    /// Rows of tables that were imported.
    pub imported: Arc<BTreeSet<RowDigest>>,
    /// What the columns of tables say: by headings.
    pub import_columns: BTreeMap<String, (TopicId, Columns)>,
    /// Saved replies.
    pub templates: BTreeMap<Handle, Template>,
    /// What the offices do together: what is on its way, and whose devices are known.
    pub together: Together,
    /// The recipients of all key cards that were ever seen here, by their hash.
    pub recipients_seen: BTreeMap<Digest, OfficeId>,
    /// Whether conversations are kept in memory alone.
    pub informal: bool,
    /// Summaries of outcomes.
    pub outcomes: Outcomes,
    /// What was erased, and what of it is still to be done.
    pub erasures: Erasures,
    waiting: BTreeMap<ConversationId, Vec<(Arrival, u64, Waiting)>>,
    /// Replies of offices that are not on their case, or in a generation that is none, as far as is
    /// known: an event that brought them, or a message that began it, may be still to come.
    strangers: BTreeMap<ConversationId, Vec<(Arrival, u64, Waiting)>>,
    order: u64,
}

impl State {
    /// The state after all these records.
    ///
    /// # Errors
    /// If a record is not what it says.
    pub fn replay(entries: &[Entry]) -> Outcome<Self> {
        let mut state = Self::default();
        for entry in entries {
            state.apply(entry)?;
        }
        Ok(state)
    }

    /// Forgets a conversation, of which nothing is on the disk.
    pub(crate) fn drop_conversation(&mut self, conversation: &ConversationId) {
        self.order += 1;
        self.cases.remove(conversation);
        self.waiting.remove(conversation);
        self.strangers.remove(conversation);
        self.spared.remove(conversation);
        self.outbox
            .retain(|_, out| out.queued.conversation != *conversation);
        self.given_up
            .retain(|given_up| given_up.conversation != *conversation);
        self.aside
            .retain(|aside| aside.conversation != Some(*conversation));
        self.erasures.drop_places(conversation);
    }

    /// An empty state that goes on counting from another one: whatever was worked out of that one
    /// is known to be older.
    #[must_use]
    pub fn after(other: &Self) -> Self {
        Self {
            order: other.order,
            ..Self::default()
        }
    }

    /// Takes one record.
    ///
    /// # Errors
    /// If it is not what it says: a defect, since its bytes are authentic.
    pub fn apply(&mut self, entry: &Entry) -> Outcome {
        self.apply_prepared(entry, None)
    }

    /// The same, with what was worked out of it beforehand.
    pub(crate) fn apply_prepared(&mut self, entry: &Entry, ready: Option<Prepared>) -> Outcome {
        self.order += 1;
        self.erasures.apply(entry);
        match &entry.record {
            Record::Began { office, .. } => self.office = Some(office.clone()),
            Record::Recovery { day, kind } => self.recovery = Some((*day, *kind)),
            Record::Received { seq, day, drop, .. } => match ready {
                Some(ready) => self.receive(*seq, *day, *drop, ready),
                None => self.receive_block(*seq, *day, *drop, &entry.bytes)?,
            },
            Record::SetAside { seq, day, why, .. } => self.set_aside(*seq, *day, why, None),
            Record::Cursor { seq } => self.cursor = self.cursor.max(*seq),
            Record::Directory { version } => {
                self.directory_version = self.directory_version.max(Some(*version));
            }
            Record::Devices { list, published } => {
                self.devices = Some((list.clone(), *published));
                self.together.take_list(list, self.order);
            }
            Record::DeviceListOf { list } => self.together.take_list(list, self.order),
            Record::EventWritten { event, .. } => self.written(*event, &entry.bytes)?,
            Record::EventSent {
                event,
                offices,
                kept_back,
                ..
            } => self.together.sent(event, offices, kept_back),
            Record::Passing { .. } => self.together.promise(&entry.record),
            Record::PassedOn { conversation, to } => {
                self.together.passed_on(conversation, to, &entry.bytes);
            }
            Record::TakenUp {
                conversation,
                handover,
                from,
                day,
            } => self.take_up(conversation, handover, from, *day)?,
            Record::NotTakenUp {
                conversation,
                handover,
                day,
                why,
                ..
            } => {
                for seq in self.together.take_handover(conversation, handover).1 {
                    self.set_aside(seq, *day, why, Some(*conversation));
                }
            }
            Record::Cards { from, to, revision } => {
                self.cards = Some((*from, *to));
                self.cards_revision = *revision;
            }
            Record::Checked { day, alarms } => self.checked = Some((*day, alarms.clone())),
            Record::Synced { day } => {
                self.synced = Some(*day);
                let dropped = self.together.expire_handovers(*day);
                self.set_aside_parts(dropped);
            }
            Record::RecipientsSeen { recipients } => self.recipients_seen.extend(
                recipients
                    .iter()
                    .map(|seen| (seen.recipient, seen.office.clone())),
            ),
            Record::OutcomesWords { .. } => self.outcomes.take_words(&entry.bytes)?,
            Record::OutcomesSigned { by, .. } => self.outcomes.take_signed(by, &entry.bytes)?,
            Record::Read {
                conversation,
                messages,
            } => {
                if let Some(case) = self.case_mut(conversation) {
                    case.see_only_first(*messages);
                }
            }
            Record::Seen {
                conversation,
                messages,
            } => {
                if let Some(case) = self.case_mut(conversation) {
                    case.see(messages);
                }
            }
            Record::Queued(queued) => self.queue(queued, &entry.bytes)?,
            Record::Sealed {
                reply,
                index,
                generation,
                n,
                ..
            } => {
                let (block, sealed) =
                    split_two(&entry.bytes).ok_or_else(|| defect("a sealed reply"))?;
                let part = OutPart {
                    generation: *generation,
                    n: *n,
                    block: Zeroizing::new(block.to_vec()),
                    sealed: sealed.to_vec(),
                    placed: false,
                    copied: false,
                };
                if let Some(out) = self.out_mut(reply) {
                    out.parts.insert(*index, part);
                }
            }
            Record::Occupied {
                conversation,
                generation,
                n,
                digest,
            } => {
                if let Some(case) = self.case_mut(conversation) {
                    case.taken.insert((*generation, *n), *digest);
                }
            }
            Record::Placed {
                reply, index, day, ..
            } => self.placed(reply, *index, *day)?,
            Record::Copied { reply, index, .. } => {
                if let Some(out) = self.out_mut(reply) {
                    if let Some(part) = out.parts.get_mut(index) {
                        part.copied = true;
                    }
                    if out.is_done() {
                        self.outbox.remove(reply);
                    }
                }
            }
            Record::GivenUp {
                conversation,
                reply,
                why,
            } => {
                if let Some(out) = self.outbox.remove(reply) {
                    if !out.is_placed() {
                        self.together.untold(conversation, reply);
                    }
                    self.spared.insert(out.queued.conversation);
                    if out.queued.kind == ReplyKind::Message {
                        self.given_up.push(Arc::new(GivenUp {
                            conversation: out.queued.conversation,
                            content: out.content.clone(),
                            why: why.clone(),
                            reached: out.reached(),
                        }));
                    }
                }
            }
            Record::Template { template, title } => {
                let text = std::str::from_utf8(&entry.bytes);
                let text = text.map_err(|_| defect("a saved reply"))?.to_owned();
                let title = title.clone();
                self.templates.insert(*template, Template { title, text });
            }
            Record::TemplateRemoved { template } => {
                self.templates.remove(template);
            }
            Record::Informal { on } => {
                self.informal = *on;
                // The queue is read from its beginning: into memory alone, or to be kept.
                self.cursor = 0;
                self.aside.clear();
            }
            Record::Chains { links } => self.together.take_links(links),
            Record::Erased { .. }
            | Record::TakenOut { .. }
            | Record::Told { .. }
            | Record::HeldLate(_) => {}
            Record::ImportColumns {
                headings,
                topic,
                columns,
            } => {
                let known = (topic.clone(), columns.clone());
                self.import_columns.insert(headings.clone(), known);
            }
            Record::Imported { .. } => {
                let (rows, rest) = entry.bytes.as_chunks::<16>();
                if !rest.is_empty() {
                    return Err(defect("a list of imported rows"));
                }
                Arc::make_mut(&mut self.imported).extend(rows);
            }
        }
        Ok(())
    }

    /// A case to change. Views of the desk that were taken before keep it as it was.
    fn case_mut(&mut self, conversation: &ConversationId) -> Option<&mut Case> {
        let case = self.cases.get_mut(conversation).map(Arc::make_mut)?;
        case.changed = self.order;
        Some(case)
    }

    fn out_mut(&mut self, reply: &ReplyId) -> Option<&mut OutReply> {
        self.outbox.get_mut(reply).map(Arc::make_mut)
    }

    fn set_aside(
        &mut self,
        seq: u64,
        day: Day,
        why: impl std::fmt::Display,
        conversation: Option<ConversationId>,
    ) {
        let aside = Aside {
            seq,
            day,
            why: why.to_string(),
            conversation,
        };
        // A queue that is read again brings the same things again.
        if !self.aside.contains(&aside) {
            self.aside.push(aside);
        }
    }

    /// Sets aside parts of handovers that never became whole, or that nobody known wrote.
    fn set_aside_parts(&mut self, parts: Vec<Dropped>) {
        for (seq, day, conversation) in parts {
            let why = "it is a part of a handover that never became whole, or by a device that no list has";
            self.set_aside(seq, day, why, Some(conversation));
        }
    }

    /// Takes a block that is to be worked out yet.
    fn receive_block(
        &mut self,
        seq: u64,
        day: Day,
        drop: Option<Digest>,
        compact: &[u8],
    ) -> Outcome {
        let order = self.order;
        let ready = prepared(compact, Arrival { day, order });
        let ready = ready.ok_or_else(|| defect("a received message"))?;
        self.receive(seq, day, drop, ready);
        Ok(())
    }

    fn receive(&mut self, seq: u64, day: Day, drop: Option<Digest>, ready: Prepared) {
        let arrival = Arrival {
            day,
            order: self.order,
        };
        let opened = match ready {
            Prepared::Report(report, begun) => {
                return self.receive_report(seq, &report, begun, day);
            }
            Prepared::Other(opened) => opened,
            Prepared::Refused(refusal) => return self.set_aside(seq, day, refusal, None),
        };
        match opened {
            Opened::FollowUp(follow_up) => {
                let conversation = follow_up.header.conversation;
                self.attach(conversation, arrival, seq, Waiting::FollowUp(follow_up));
            }
            Opened::Reply(reply) => {
                let conversation = reply.header.conversation;
                self.attach(conversation, arrival, seq, Waiting::Reply(reply, drop));
            }
            Opened::Event(event) => {
                let conversation = event.header.conversation;
                let id = event.header.event;
                self.erasures.event_at(conversation, seq, id);
                self.attach(conversation, arrival, seq, Waiting::Event(event));
            }
            Opened::Handover(part) => {
                self.together.keep_handover(&part.header, seq, day);
            }
            _ => self.set_aside(seq, day, Refusal::Version, None),
        }
    }

    /// Takes a report, with the case as it begins with it.
    fn receive_report(&mut self, seq: u64, report: &ReportBlock, begun: Box<Case>, day: Day) {
        let conversation = report.conversation;
        if let Some(case) = self.case_mut(&conversation) {
            if let Err(misfit) = case.accept_report(report) {
                self.set_aside(seq, day, misfit, Some(conversation));
            }
            return;
        }
        self.cases.insert(conversation, Arc::from(begun));
        for (arrival, seq, waiting) in self.waiting.remove(&conversation).unwrap_or_default() {
            self.attach(conversation, arrival, seq, waiting);
        }
    }

    fn attach(
        &mut self,
        conversation: ConversationId,
        arrival: Arrival,
        seq: u64,
        waiting: Waiting,
    ) {
        let Some(case) = self.case_mut(&conversation) else {
            let list = self.waiting.entry(conversation).or_default();
            if !list.iter().any(|(_, known, _)| *known == seq) {
                list.push((arrival, seq, waiting));
            }
            return;
        };
        match &waiting {
            Waiting::FollowUp(follow_up) => {
                let before = case.misfits();
                case.take_follow_up(follow_up, Origin { seq, arrival });
                let after = case.misfits();
                // One that moves the conversation may explain some that were refused, and refute
                // some that were taken.
                let explained = before.iter().filter(|misfit| !after.contains(misfit));
                for (origin, _) in explained {
                    self.aside.retain(|aside| {
                        aside.seq != origin.seq || aside.conversation != Some(conversation)
                    });
                }
                for (origin, why) in after {
                    self.set_aside(origin.seq, origin.arrival.day, why, Some(conversation));
                }
                self.readmit(conversation);
            }
            Waiting::Reply(reply, drop) => {
                let accepted =
                    case.accept_reply(&reply.header, &reply.block, *drop, arrival, Some(seq));
                if let Err(misfit) = accepted {
                    self.set_aside(seq, arrival.day, misfit, Some(conversation));
                    // What it lacks may be still to come: who brought its office, or where it lies.
                    if matches!(misfit, Misfit::Stranger | Misfit::NoSuchPlace) {
                        let list = self.strangers.entry(conversation).or_default();
                        if !list.iter().any(|(_, known, _)| *known == seq) {
                            list.push((arrival, seq, waiting));
                        }
                    }
                }
            }
            Waiting::Event(block) => match case.events.take(&block.header) {
                Ok(None) => {}
                Ok(Some(event)) => {
                    self.together.came(&event, &self.cases);
                    self.readmit(conversation);
                }
                Err(error) => self.set_aside(seq, arrival.day, error, Some(conversation)),
            },
        }
    }

    /// Takes replies that have turned out to belong to the case.
    fn readmit(&mut self, conversation: ConversationId) {
        for (arrival, seq, waiting) in self.strangers.remove(&conversation).unwrap_or_default() {
            self.aside
                .retain(|aside| aside.seq != seq || aside.conversation != Some(conversation));
            self.attach(conversation, arrival, seq, waiting);
        }
    }

    /// Takes an event of this device.
    fn written(&mut self, event: EventId, bytes: &[u8]) -> Outcome {
        let broken = || defect("a case event");
        let blocks = split_many(bytes).ok_or_else(broken)?;
        let mut to = None;
        for compact in &blocks {
            let block = Block::from_compact(compact).map_err(|_| broken())?;
            let Ok(Opened::Event(part)) = parse(block) else {
                return Err(broken());
            };
            let conversation = part.header.conversation;
            to = Some((conversation, part.header.recipients.clone()));
            let Some(case) = self.case_mut(&conversation) else {
                return Ok(());
            };
            if let Some(whole) = case.events.take(&part.header).map_err(|_| broken())? {
                self.together.came(&whole, &self.cases);
                self.readmit(conversation);
            }
        }
        let (conversation, recipients) = to.ok_or_else(broken)?;
        let unsent = Unsent {
            blocks: blocks
                .iter()
                .map(|block| Zeroizing::new(block.to_vec()))
                .collect(),
            recipients,
            sent: BTreeSet::new(),
            order: self.order,
        };
        self.together.wrote(event, conversation, unsent);
        Ok(())
    }

    /// Takes what another office handed over, which was verified.
    fn take_up(
        &mut self,
        conversation: &ConversationId,
        handover: &str,
        from: &OfficeId,
        day: Day,
    ) -> Outcome {
        let (content, seqs) = self.together.take_handover(conversation, handover);
        let content = content.ok_or_else(|| defect("a handover"))?;
        let seq = seqs.first().copied().unwrap_or_default();
        let order = self.order;
        let mut later = Vec::new();
        for signed in &content.blocks {
            let opened = parse(signed.0.clone()).map_err(|_| defect("a handover"))?;
            match opened {
                Opened::Report(_) => {
                    self.receive_block(seq, day, None, &signed.0.to_compact())?;
                    if let Some(case) = self.case_mut(conversation) {
                        case.handed_over_by.insert(from.clone());
                    }
                }
                Opened::FollowUp(block) => later.push(Waiting::FollowUp(block)),
                Opened::Reply(block) => later.push(Waiting::Reply(block, None)),
                Opened::Event(block) => later.push(Waiting::Event(block)),
                _ => return Err(defect("a handover")),
            }
        }
        // Events first: they tell which offices may have written.
        later.sort_by_key(|waiting| !matches!(waiting, Waiting::Event(_)));
        if let Some(case) = self.case_mut(conversation) {
            case.handed_over_by.insert(from.clone());
            for file in content.files {
                case.resealed.insert(*file.key.expose(), file.file);
            }
        }
        for waiting in later {
            self.attach(*conversation, Arrival { day, order }, seq, waiting);
        }
        Ok(())
    }

    fn queue(&mut self, queued: &Queued, bytes: &[u8]) -> Outcome {
        let (content, draft) = split_two(bytes).ok_or_else(|| defect("a queued reply"))?;
        let out = OutReply {
            queued: queued.clone(),
            content: serde_json::from_slice(content).map_err(|_| defect("a queued reply"))?,
            draft: Draft::decode(draft).ok_or_else(|| defect("a queued reply"))?,
            parts: BTreeMap::new(),
            order: self.order,
        };
        self.outbox.insert(queued.reply.clone(), Arc::new(out));
        Ok(())
    }

    fn placed(&mut self, reply: &ReplyId, index: u16, day: Day) -> Outcome {
        let order = self.order;
        let Some(out) = self.outbox.get_mut(reply).map(Arc::make_mut) else {
            return Ok(());
        };
        let Some(part) = out.parts.get_mut(&index) else {
            return Ok(());
        };
        part.placed = true;
        let block = Block::from_compact(&part.block).map_err(|_| defect("a sealed reply"))?;
        let Ok(Opened::Reply(block)) = parse(block) else {
            return Err(defect("a sealed reply"));
        };
        let drop = Digest::of_drop(&part.sealed);
        let conversation = out.queued.conversation;
        let mut refuted = None;
        if let Some(case) = self.cases.get_mut(&conversation) {
            let case = Arc::make_mut(case);
            case.changed = order;
            let header = &block.header;
            // The copy in our own queue may have come first; then this one is the same.
            refuted = case.refute_copy((header.generation, header.n), &block.block.digest());
            let arrival = Arrival { day, order };
            let _ = case.accept_reply(header, &block.block, Some(drop), arrival, None);
        }
        if let Some((seq, day)) = refuted {
            self.set_aside(seq, day, Misfit::SamePlace, Some(conversation));
        }
        Ok(())
    }

    /// Grows with every record.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.order
    }

    /// How many messages wait for a report that has not come.
    #[must_use]
    pub fn waiting_count(&self) -> usize {
        self.waiting.values().map(Vec::len).sum()
    }

    /// Whether anything of a case is here, be it without its report.
    #[must_use]
    pub fn knows_of(&self, conversation: &ConversationId) -> bool {
        self.cases.contains_key(conversation) || self.waiting.contains_key(conversation)
    }

    /// Cases that a listed device of this office has erased before this desk read the report: it will
    /// never come. None of which anybody says here that it is held.
    #[must_use]
    pub fn erased_unknown(&self, office: &OfficeId) -> Vec<ConversationId> {
        let devices = self.together.device_lists.get(office);
        let event = |waiting: &(Arrival, u64, Waiting)| match &waiting.2 {
            Waiting::Event(block) => single(&block.header),
            _ => None,
        };
        let waiting = self.waiting.iter();
        let erased = waiting.filter(|(_, list)| {
            let events: Vec<Event> = list.iter().filter_map(event).collect();
            let tells = events.iter().map(Event::content).any(|content| {
                matches!(content.body, Body::Erase { .. })
                    && content.office == *office
                    && devices.is_some_and(|devices| devices.allows(&content.device))
            });
            let is_hold =
                |event: &Event| matches!(event.content().body, Body::LegalHold { on: true, .. });
            tells && !events.iter().any(is_hold)
        });
        erased.map(|(conversation, _)| *conversation).collect()
    }

    /// Conversations of which something is here, but not the report, with the day on which the newest
    /// of it came.
    pub fn without_report(&self) -> impl Iterator<Item = (ConversationId, Day)> {
        self.waiting.iter().filter_map(|(conversation, list)| {
            let newest = list.iter().map(|(arrival, ..)| arrival.day).max()?;
            Some((*conversation, newest))
        })
    }

    /// The replies of the outbox for a case.
    pub fn outbox_of(&self, conversation: &ConversationId) -> impl Iterator<Item = &OutReply> {
        self.outbox
            .values()
            .map(AsRef::as_ref)
            .filter(move |out: &&OutReply| out.queued.conversation == *conversation)
    }

    /// The case with an id that begins so.
    ///
    /// # Errors
    /// If there is none, or several.
    pub fn find(&self, label: &str) -> Outcome<&Case> {
        let label = label.trim().to_ascii_lowercase();
        let valid = label.len() >= 4 && label.bytes().all(|b| b.is_ascii_hexdigit());
        if !valid {
            return Err(Failure::usage(
                "A case is named by the first four or more characters of its id, such as 7f3a.",
                "“list” shows the ids.",
            ));
        }
        let mut found = self
            .cases
            .iter()
            .filter(|(id, _)| id.to_string().starts_with(&label));
        match (found.next(), found.next()) {
            (Some((_, case)), None) => Ok(case.as_ref()),
            (Some(_), Some(_)) => Err(Failure::usage(
                "Several cases begin with these characters.",
                "Give one or two more; “list” shows what tells them apart.",
            )),
            (None, _) => Err(Failure::usage(
                "No case begins with these characters.",
                "“list” shows the cases; “sync” fetches new ones.",
            )),
        }
    }

    /// The shortest name of a case that is its own: four characters, or as many as it takes.
    #[must_use]
    pub fn label(&self, conversation: &ConversationId) -> String {
        let id = conversation.to_string();
        let shared = |other: &ConversationId| {
            let other = other.to_string();
            id.bytes()
                .zip(other.bytes())
                .take_while(|(a, b)| a == b)
                .count()
        };
        // Neighbours in the order of ids share the most.
        let before = self.cases.range(..conversation).next_back();
        let after = self.cases.range(conversation..).nth(1);
        let len = before
            .into_iter()
            .chain(after)
            .map(|(other, _)| shared(other) + 1)
            .max()
            .unwrap_or(0)
            .max(4);
        id.chars().take(len).collect()
    }
}

fn defect(what: &str) -> Failure {
    Failure::internal(format!("The case file holds {what} that cannot be read."))
}
