//! What a newcomer is given of a case: the blocks as their writers signed them.
//!
//! Of what was before, as much as was chosen; but always the report, and of the reporter's later
//! messages those that say who may read and how the conversation goes on, since a newcomer that did
//! not have them could be made to write where it must not. What comes after, without naming the
//! newcomer, is passed on at the next sync: a message that the reporter sent before they heard of
//! it, say, also by an office that has left.

use std::collections::{BTreeMap, BTreeSet};

use candor_casework::{Body, Event, Scope, body::History};
use candor_sealing::{
    Block,
    event::DeviceWriter,
    handover::{HandoverContent, HandoverHeader, join_handover},
    message::FollowUpContent,
    open::{Opened, parse},
    report::OfficeRecipient,
    thread::{Body as Said, ReporterContent},
};
use candor_wire::{Address, ConversationId, DeviceId, Digest, EventId, OfficeId};
use rand::{RngCore as _, rngs::OsRng};

use super::{
    files::reseal,
    kept::{Passing, PieceKind, before, name_of, pieces},
    sending::{Sent, file_with},
};
use crate::{
    audience::Audience,
    case::Case,
    desk::Desk,
    failure::{Failure, Outcome},
    record::{Entry, Record, split_many, split_two},
    relay::RelayClient,
};

/// What one office is to be given now.
struct Due {
    conversation: ConversationId,
    to: OfficeId,
    passing: Passing,
    /// What it is given, in order.
    given: Vec<Digest>,
    /// What it is not given.
    withheld: Vec<Digest>,
}

/// Gives everything that is due.
///
/// # Errors
/// If the relay cannot be reached or the disk fails.
pub fn send_all(desk: &mut Desk, relay: &RelayClient, sent: &mut Sent) -> Outcome {
    desk.refresh();
    let due: Vec<Due> = desk
        .state
        .together
        .passing
        .iter()
        .filter_map(|((conversation, to), passing)| due(desk, *conversation, to, passing))
        .collect();
    if due.is_empty() {
        return Ok(());
    }
    let wanted: BTreeSet<ConversationId> = due.iter().map(|due| due.conversation).collect();
    let found = blocks_of(desk, &wanted)?;
    for due in due {
        let Some(recipient) = Audience::recipient(desk, &due.to)? else {
            sent.waiting.insert(due.to);
            continue;
        };
        let Some(case) = desk.state.cases.get(&due.conversation) else {
            continue;
        };
        let given = due.given.iter();
        let blocks: Vec<Block> = given
            .flat_map(|name| found.of(case, name).iter().cloned())
            .collect();
        for content in HandoverContent::pack(blocks) {
            give(desk, relay, &due, &content, &recipient, Vec::new())?;
        }
        if due.passing.files {
            let names: BTreeSet<Digest> = due.given.iter().copied().collect();
            let files = reseal(desk, relay, case, &names, &recipient)?;
            for (content, cells) in files.handovers {
                give(desk, relay, &due, &content, &recipient, cells)?;
            }
            sent.notes.extend(files.notes);
        }
        let names: Vec<u8> = due
            .given
            .iter()
            .chain(&due.withheld)
            .flat_map(|name| *name.as_bytes())
            .collect();
        let record = Record::PassedOn {
            conversation: due.conversation,
            to: due.to,
        };
        desk.record_one(Entry::new(record, names))?;
        if !due.given.is_empty() {
            sent.handed_over += 1;
        }
    }
    Ok(())
}

/// Seals and files one handover; the envelope of its first block names the cells.
fn give(
    desk: &Desk,
    relay: &RelayClient,
    due: &Due,
    content: &HandoverContent,
    to: &OfficeRecipient,
    mut cells: Vec<Address>,
) -> Outcome {
    for block in signed(desk, due, content)? {
        let cells = std::mem::take(&mut cells);
        file_with(relay, &block, std::slice::from_ref(to), cells)?;
    }
    Ok(())
}

fn signed(desk: &Desk, due: &Due, content: &HandoverContent) -> Outcome<Vec<Block>> {
    let mut id = [0; 16];
    OsRng.fill_bytes(&mut id);
    let writer = DeviceWriter {
        instance: &desk.secrets.keyring.instance,
        office: &desk.config.office,
        key: desk.secrets.device.signing_key(),
        conversation: &due.conversation,
    };
    writer
        .handover(&due.to, due.passing.admit, &hex::encode(id), content)
        .map_err(Failure::internal)
}

/// What is due to an office: nothing if it is not on the case, or the reporter has not been told.
fn due(desk: &Desk, conversation: ConversationId, to: &OfficeId, passing: &Passing) -> Option<Due> {
    let case = desk.state.cases.get(&conversation)?;
    let work = super::work_of(desk, case);
    let left_out = |office: &OfficeId| Audience::is_left_out(desk, case, office);
    if !work.participants.now.contains(to) || left_out(to) || left_out(&desk.config.office) {
        return None;
    }
    if !passing.begun && !is_told(desk, passing) {
        return None;
    }
    let chosen = Chosen::of(case, passing, &desk.config.office);
    let (mut given, mut withheld) = (Vec::new(), Vec::new());
    for piece in pieces(case) {
        if passing.settled.contains(&piece.name) {
            continue;
        }
        let has_it = piece.recipients.contains(to);
        let brought_it = piece.name == name_of(&passing.admit) && !passing.begun;
        if brought_it || (!has_it && chosen.includes(&piece.kind, passing.begun)) {
            given.push(piece.name);
        } else if chosen.is_known || !matches!(piece.kind, PieceKind::Event(_)) {
            withheld.push(piece.name);
        }
    }
    // What nobody has to be told of need not be written down at once.
    let is_due = !passing.begun || !given.is_empty();
    is_due.then(|| Due {
        conversation,
        to: to.clone(),
        passing: passing.clone(),
        given,
        withheld,
    })
}

fn is_told(desk: &Desk, passing: &Passing) -> bool {
    let waiting = passing
        .after
        .as_ref()
        .and_then(|reply| desk.state.outbox.get(reply));
    waiting.is_none_or(|out| out.is_placed())
}

/// What of a case is chosen.
struct Chosen {
    of_another: bool,
    history: History,
    /// Counters of the reporter's blocks that are always given.
    always: BTreeSet<u32>,
    /// The events that brought this office onto the case.
    brought: BTreeSet<EventId>,
    /// What this office did without knowing of the newcomer.
    unaware: BTreeSet<EventId>,
    /// Whether that is known: if not, nothing of this office is settled yet.
    is_known: bool,
}

impl Chosen {
    fn of(case: &Case, passing: &Passing, own: &OfficeId) -> Self {
        Self {
            of_another: passing.of_another,
            history: passing.history,
            always: always(case),
            brought: brought(case, own),
            is_known: before(case, &passing.admit).is_some(),
            unaware: unaware(case, &passing.admit, own),
        }
    }

    fn includes(&self, piece: &PieceKind<'_>, later: bool) -> bool {
        if let PieceKind::Event(event) = piece
            && self.unaware.contains(&event.id())
        {
            return true;
        }
        match piece {
            _ if self.of_another => false,
            PieceKind::Reporter(counter) => {
                later || self.history != History::Report || self.always.contains(counter)
            }
            PieceKind::Reply => later || self.history != History::Report,
            PieceKind::Event(event) => {
                self.history == History::All || self.brought.contains(&event.id())
            }
        }
    }
}

/// The blocks of the report, and of the messages that say who may read.
fn always(case: &Case) -> BTreeSet<u32> {
    let counters: Vec<u32> = case.members().map(|member| member.counter).collect();
    let starts: Vec<u32> = case
        .messages
        .iter()
        .map(|message| message.counter)
        .collect();
    let mut always = BTreeSet::new();
    for (index, message) in case.messages.iter().enumerate() {
        let wanted = match &message.body {
            Said::Whole(ReporterContent::Report(_)) => true,
            Said::Whole(ReporterContent::FollowUp(content)) => decides(content),
            // It may: then its parts are given.
            Said::Incomplete { .. } | Said::Unreadable => true,
        };
        if wanted {
            let end = starts.get(index + 1).copied().unwrap_or(u32::MAX);
            let own = counters
                .iter()
                .filter(|counter| (message.counter..end).contains(counter));
            always.extend(own.copied());
        }
    }
    always
}

fn decides(content: &FollowUpContent) -> bool {
    content.withdraw
        || !content.leave_out.is_empty()
        || content.new_generation.is_some()
        || content.new_code.is_some()
}

/// What an office did that does not stand before an admission.
fn unaware(case: &Case, admit: &EventId, own: &OfficeId) -> BTreeSet<EventId> {
    let Some(before) = before(case, admit) else {
        return BTreeSet::new();
    };
    let events = case.events.iter();
    events
        .filter(|event| event.content().office == *own && event.content().scope == Scope::Case)
        .map(Event::id)
        .filter(|event| event != admit && !before.contains(event))
        .collect()
}

/// The events that brought an office onto a case, and those that brought who brought it.
fn brought(case: &Case, office: &OfficeId) -> BTreeSet<EventId> {
    let mut events = BTreeSet::new();
    let mut offices = vec![office.clone()];
    while let Some(office) = offices.pop() {
        if case.ever.contains(&office) {
            continue;
        }
        let brings = |event: &&Event| match &event.content().body {
            Body::Admit(admit) => admit.office == office,
            _ => false,
        };
        for event in case.events.iter().filter(brings) {
            if events.insert(event.id()) {
                offices.push(event.content().office.clone());
            }
        }
    }
    events
}

/// Signed blocks, by the name of what they are part of; of an event also by the device that it names.
#[derive(Default)]
struct Found {
    blocks: BTreeMap<(Digest, Option<DeviceId>), Vec<Block>>,
    /// Parts of handovers to this office: what they hold has been handed over once already.
    handed: BTreeMap<String, Vec<HandoverHeader>>,
}

impl Found {
    fn of(&self, case: &Case, name: &Digest) -> &[Block] {
        let event = case.events.get(&EventId::new(*name.as_bytes()));
        let device = event.map(|event| event.content().device);
        self.blocks.get(&(*name, device)).map_or(&[], Vec::as_slice)
    }

    fn keep(&mut self, compact: &[u8]) {
        if let Ok(block) = Block::from_compact(compact) {
            self.keep_block(block);
        }
    }

    fn keep_block(&mut self, block: Block) {
        let key = match parse(block.clone()) {
            Ok(Opened::Event(event)) => (name_of(&event.header.event), Some(event.header.device)),
            Ok(Opened::Handover(part)) => {
                let parts = self.handed.entry(part.header.handover.clone()).or_default();
                if !parts.iter().any(|known| known.part == part.header.part) {
                    parts.push(part.header);
                }
                return;
            }
            Ok(_) => (block.digest(), None),
            Err(_) => return,
        };
        let known = self.blocks.entry(key).or_default();
        if !known.contains(&block) {
            known.push(block);
        }
    }

    fn unpack(&mut self) {
        for parts in std::mem::take(&mut self.handed).into_values() {
            let headers: Vec<&HandoverHeader> = parts.iter().collect();
            if let Ok(Some(content)) = join_handover(&headers) {
                for signed in content.blocks {
                    self.keep_block(signed.0);
                }
            }
        }
    }
}

/// The signed blocks of cases, from the case file.
fn blocks_of(desk: &Desk, wanted: &BTreeSet<ConversationId>) -> Outcome<Found> {
    let mut found = Found::default();
    desk.read_back(&mut |entry| {
        let concerned = entry
            .record
            .conversation()
            .is_some_and(|conversation| wanted.contains(&conversation));
        if !concerned {
            return Ok(());
        }
        match &entry.record {
            Record::Received { .. } => found.keep(&entry.bytes),
            Record::EventWritten { .. } => {
                for compact in split_many(&entry.bytes).into_iter().flatten() {
                    found.keep(compact);
                }
            }
            Record::Sealed { .. } => {
                if let Some((block, _)) = split_two(&entry.bytes) {
                    found.keep(block);
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    found.unpack();
    Ok(found)
}
