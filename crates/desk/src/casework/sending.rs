//! Case events and handovers on their way to the offices' queues.
//!
//! An event is recorded with its signed blocks before this sends anything, and what the queues have
//! is recorded after. A kill between the two sends it again: the same blocks, sealed anew, which
//! every desk takes once. Each time it is worked out anew who may have it: an office that has been
//! left out or has gone since it was written gets nothing more.

use std::collections::BTreeSet;

use candor_casework::{Body, Work};
use candor_sealing::{Block, event::seal_to_offices, report::OfficeRecipient};
use candor_wire::{Address, ConversationId, EventId, OfficeId};

use super::handover;
use crate::{
    audience::Audience,
    case::Case,
    desk::Desk,
    failure::{Failure, Outcome},
    record::{Entry, Record},
    relay::RelayClient,
};

/// What sending did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Events that went to at least one office.
    pub events: usize,
    /// Offices that were given (more of) a case.
    pub handed_over: usize,
    /// Offices for which something waits, because their key card cannot be used.
    pub waiting: BTreeSet<OfficeId>,
    /// What was handed over and what not, where a person should know.
    pub notes: Vec<String>,
}

/// Sends every event and everything that is to be handed over, oldest first. While the directory has
/// expired nothing may be sealed, so that everything goes on waiting.
///
/// # Errors
/// If the relay cannot be reached or the disk fails.
pub fn send_all(desk: &mut Desk, relay: &RelayClient) -> Outcome<Sent> {
    let mut sent = Sent::default();
    desk.refresh();
    if desk.published()?.is_expired(desk.clock.today()) {
        return Ok(sent);
    }
    let mut waiting: Vec<(u64, EventId)> = desk
        .state
        .together
        .unsent
        .iter()
        .map(|(event, (_, unsent))| (unsent.order, *event))
        .collect();
    waiting.sort();
    for (_, event) in waiting {
        send(desk, relay, &event, &mut sent)?;
    }
    let kept_back: Vec<EventId> = desk.state.together.kept_back.keys().copied().collect();
    for event in kept_back {
        send_after_all(desk, relay, &event, &mut sent)?;
    }
    handover::send_all(desk, relay, &mut sent)?;
    Ok(sent)
}

fn send(desk: &mut Desk, relay: &RelayClient, event: &EventId, sent: &mut Sent) -> Outcome {
    let Some((conversation, unsent)) = desk.state.together.unsent.get(event).cloned() else {
        return Ok(());
    };
    let Some(case) = desk.state.cases.get(&conversation) else {
        return Ok(());
    };
    let work = super::work_of(desk, case);
    let (mut settled, mut kept_back, mut to) = (Vec::new(), Vec::new(), Vec::new());
    for office in unsent
        .recipients
        .iter()
        .filter(|o| !unsent.sent.contains(*o))
    {
        if !may_have(desk, case, &work, event, office) {
            // Left out or gone since: for this office it is done with, unless it comes back.
            kept_back.push(office.clone());
        } else if let Some(recipient) = Audience::recipient(desk, office)? {
            to.push(recipient);
            settled.push(office.clone());
        } else {
            sent.waiting.insert(office.clone());
        }
    }
    if !to.is_empty() {
        for compact in &unsent.blocks {
            let block = Block::from_compact(compact).map_err(Failure::internal)?;
            file(relay, &block, &to)?;
        }
        sent.events += 1;
    }
    if settled.is_empty() && kept_back.is_empty() {
        return Ok(());
    }
    desk.record_one(Entry::bare(Record::EventSent {
        conversation,
        event: *event,
        offices: settled,
        kept_back,
    }))
}

/// Sends an event to offices that were off the case when it was sent, and are on it again: it was
/// written for them.
fn send_after_all(
    desk: &mut Desk,
    relay: &RelayClient,
    event: &EventId,
    sent: &mut Sent,
) -> Outcome {
    let Some((conversation, back)) = desk.state.together.kept_back.get(event).cloned() else {
        return Ok(());
    };
    let Some(case) = desk.state.cases.get(&conversation) else {
        return Ok(());
    };
    let work = super::work_of(desk, case);
    let mut to = Vec::new();
    for office in &back.recipients {
        if may_have(desk, case, &work, event, office) {
            to.extend(Audience::recipient(desk, office)?);
        }
    }
    if to.is_empty() {
        return Ok(());
    }
    for compact in &back.blocks {
        let block = Block::from_compact(compact).map_err(Failure::internal)?;
        file(relay, &block, &to)?;
    }
    sent.events += 1;
    let offices = to.iter().map(|to| to.office().clone()).collect();
    desk.record_one(Entry::bare(Record::EventSent {
        conversation,
        event: *event,
        offices,
        kept_back: Vec::new(),
    }))
}

/// Files one block for offices.
fn file(relay: &RelayClient, block: &Block, to: &[OfficeRecipient]) -> Outcome {
    file_with(relay, block, to, Vec::new())
}

/// The same, with cells that the envelope names.
pub(super) fn file_with(
    relay: &RelayClient,
    block: &Block,
    to: &[OfficeRecipient],
    cells: Vec<Address>,
) -> Outcome {
    let envelope = seal_to_offices(block, to, cells).map_err(Failure::internal)?;
    relay.file(&envelope).map_err(|error| relay.explain(&error))
}

/// Whether an office may be given an event that was written for it.
fn may_have(desk: &Desk, case: &Case, work: &Work, event: &EventId, office: &OfficeId) -> bool {
    let body = case.events.get(event).map(|event| &event.content().body);
    // Whoever goes has to hear that it has gone.
    let concerned = match body {
        Some(Body::Recuse { office: gone, .. }) => gone == office,
        _ => false,
    };
    let own = *office == desk.config.office;
    let on_case = work.participants.now.contains(office);
    (own || concerned || on_case) && !Audience::is_left_out(desk, case, office)
}

/// Everything that waits of one case.
#[must_use]
pub fn waits_of(desk: &Desk, conversation: &ConversationId) -> usize {
    let unsent = desk.state.together.unsent.values();
    unsent.filter(|(of, _)| of == conversation).count()
}
