//! Doing something on a case: an event that counts, recorded before it is sent.

use std::collections::BTreeSet;

use candor_casework::{
    Body, Event, EventError, Scope, Work,
    event::{Content, MAX_PARENTS, VERSION},
    work::{Effect, Refused, Waits},
};
use candor_sealing::event::DeviceWriter;
use candor_wire::{ConversationId, EventId, OfficeId};

use super::{
    comings::stands,
    facts::{self, reckon},
};
use crate::{
    case::Case,
    desk::Desk,
    failure::{Failure, Outcome},
    informal,
    record::{Entry, Record, join_many},
};

/// Does something on a case. It is on the disk when this returns, and goes out with the next
/// [`sending`](super::sending).
///
/// # Errors
/// [`Reason::Refused`](crate::failure::Reason::Refused) in words for a person if it would not count.
pub fn act(
    desk: &mut Desk,
    conversation: &ConversationId,
    body: Body,
    scope: Scope,
) -> Outcome<EventId> {
    // Two pages of one person must not write the same number twice.
    informal::refuse(desk, "record what is done on a conversation")?;
    desk.with_outbox(|desk| {
        desk.refresh();
        desk.go_on()?;
        let written = write(desk, conversation, body, scope)?;
        desk.record_one(written.entry)?;
        Ok(written.event)
    })
}

/// Whether something would count, without doing it.
///
/// # Errors
/// As [`act`].
pub fn would(desk: &Desk, conversation: &ConversationId, body: Body, scope: Scope) -> Outcome {
    write(desk, conversation, body, scope).map(|_| ())
}

/// An event that is signed, and would count.
#[derive(Debug)]
pub(super) struct Written {
    /// Its name.
    pub event: EventId,
    /// What is to be recorded.
    pub entry: Entry,
}

/// Writes an event as it would stand after what is known now.
pub(super) fn write(
    desk: &Desk,
    conversation: &ConversationId,
    body: Body,
    scope: Scope,
) -> Outcome<Written> {
    let case = desk.state.cases.get(conversation);
    let case =
        case.ok_or_else(|| Failure::usage("There is no such case.", "“list” shows the cases."))?;
    // Not what was worked out before: the state may be one that is only tried out.
    let work = reckon(desk, Some(case), None);
    facts::of(desk, Some(case), |facts| {
        work.may(facts, &desk.config.office, scope, &body)
    })
    .map_err(|refused| in_words(desk, &work, refused))?;
    let content = content(desk, case, &work, body, scope);
    let event = Event::new(content).map_err(|error| ill_formed(&error))?;
    let after = reckon(desk, Some(case), Some(&event));
    let effect = after
        .timeline
        .iter()
        .find(|entry| entry.event == event.id())
        .map(|entry| entry.effect);
    would_count(desk, &work, effect)?;
    let writer = DeviceWriter {
        instance: &desk.secrets.keyring.instance,
        office: &desk.config.office,
        key: desk.secrets.device.signing_key(),
        conversation,
    };
    let json = std::str::from_utf8(event.bytes()).map_err(Failure::internal)?;
    let blocks = writer
        .event(&event.content().recipients, json)
        .map_err(|error| Failure::refused(format!("{error}."), "Shorten it."))?;
    let compact: Vec<_> = blocks.iter().map(|block| block.to_compact()).collect();
    let record = Record::EventWritten {
        conversation: *conversation,
        event: event.id(),
    };
    let bytes = join_many(compact.iter().map(|bytes| bytes.as_slice()));
    Ok(Written {
        event: event.id(),
        entry: Entry::secret(record, bytes),
    })
}

fn content(desk: &Desk, case: &Case, work: &Work, body: Body, scope: Scope) -> Content {
    let own = &desk.config.office;
    let device = desk.secrets.device.id();
    let mine = |event: &&Event| {
        let content = event.content();
        content.device == device && content.scope == scope
    };
    let seq = case
        .events
        .iter()
        .filter(mine)
        .map(|e| e.content().seq)
        .max();
    let mut parents = work.heads.get(&scope).cloned().unwrap_or_default();
    if let Body::Confirm { events } = &body {
        parents.extend(events.iter().copied());
    }
    if scope == Scope::Case && is_move(&body) {
        let moves = newest_moves(case, work);
        parents.retain(|parent| !moves.contains(parent));
        parents.truncate(MAX_PARENTS.saturating_sub(moves.len()));
        parents.extend(moves);
    }
    parents.sort();
    parents.dedup();
    let mut recipients: Vec<OfficeId> = match scope {
        Scope::Case => work.participants.now.iter().cloned().collect(),
        Scope::Office => Vec::new(),
    };
    recipients.push(own.clone());
    if let (Body::Admit(admit), Scope::Case) = (&body, scope) {
        recipients.push(admit.office.clone());
    }
    recipients.sort();
    recipients.dedup();
    Content {
        v: VERSION,
        instance: desk.secrets.keyring.instance,
        conversation: case.conversation,
        office: own.clone(),
        device,
        scope,
        seq: seq.unwrap_or(0).saturating_add(1),
        link: desk.state.together.link(&device),
        list: desk
            .state
            .together
            .device_lists
            .get(own)
            .map_or(0, |devices| devices.version),
        parents,
        day: desk.clock.today(),
        recipients,
        body,
    }
}

/// Whether an office comes or goes by it.
pub(super) const fn is_move(body: &Body) -> bool {
    matches!(body, Body::Admit(_) | Body::Recuse { .. })
}

/// The newest of the events by which offices come and go, whatever was done after them. Each names
/// those before it, so that an office that comes back can follow who came and went in its absence,
/// even if it is given nothing else of that time.
fn newest_moves(case: &Case, work: &Work) -> Vec<EventId> {
    let (mut newest, mut covered) = (Vec::new(), BTreeSet::new());
    for entry in work.timeline.iter().rev() {
        if !stands(&entry.effect) || entry.scope != Scope::Case || !is_move(&entry.body) {
            continue;
        }
        if !covered.contains(&entry.event) && newest.len() < MAX_PARENTS / 2 {
            newest.push(entry.event);
        }
        if let Some(event) = case.events.get(&entry.event) {
            covered.extend(event.content().parents.iter().copied());
        }
    }
    newest
}

fn ill_formed(error: &EventError) -> Failure {
    match error {
        EventError::Text => Failure::usage(
            "Something is empty that must say something, or a text is too long.",
            "Write it, or shorten it; a long text goes well into a note.",
        ),
        EventError::TooLong => Failure::usage("This is too long.", "Shorten it."),
        EventError::List => Failure::usage(
            "This names too much at once, or the same thing twice.",
            "Do it in two steps.",
        ),
        other => Failure::internal(other),
    }
}

fn would_count(desk: &Desk, work: &Work, effect: Option<Effect>) -> Outcome {
    match effect {
        Some(Effect::Counts | Effect::Contested | Effect::Waits(Waits::SecondOffice)) => Ok(()),
        Some(Effect::Waits(Waits::UnlistedDevice)) => Err(Failure::refused(
            "This workstation is not in the office's list of devices.",
            "“sync” first; if it stays so, another workstation of the office has to enrol this one.",
        )),
        Some(Effect::Waits(_)) => Err(Failure::refused(
            "This workstation's keys were revoked by the office.",
            "Nothing that it does counts any more. Ask a colleague to enrol it anew.",
        )),
        Some(Effect::Refused(refused)) => Err(in_words(desk, work, refused)),
        _ => Err(Failure::internal("An event had no effect at all.")),
    }
}

/// Why something would change nothing, in words.
pub(super) fn in_words(desk: &Desk, work: &Work, refused: Refused) -> Failure {
    match refused {
        Refused::Procedure => Failure::refused(
            format!(
                "The procedure has no such step from where the case stands (“{}”).",
                work.state.value
            ),
            "Choose one of the steps that lead on from there.",
        ),
        Refused::NotOnCase => super::coming_and_going::off_the_case(
            work.participants.gone.get(&desk.config.office).copied(),
        ),
        Refused::Audience => Failure::refused(
            "An office that this names cannot come onto the case: the reporter left it out, it is \
             confidential, the directory does not have it, or as many are on the case as can be.",
            "Choose another office.",
        ),
        Refused::NoSuchThing => Failure::refused(
            "What this is about is not on the case (any more).",
            "Look at the case again: somebody else may have been faster.",
        ),
        Refused::Withdrawn => Failure::refused(
            "The reporter has withdrawn the report.",
            "Nothing further is done on it. Notes can still be written.",
        ),
        Refused::NobodyLeft => Failure::refused(
            "Nobody would be left on the case.",
            "Bring another office onto the case first, or transfer it.",
        ),
        _ => Failure::refused(
            "This would change nothing.",
            "Look at the case again, and choose another step.",
        ),
    }
}
