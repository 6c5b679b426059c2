//! How an office came onto a case: the admissions of it that count, and what each could know of.

use std::collections::BTreeSet;

use candor_casework::{
    Body, Event, Scope, Work,
    work::{Effect, Waits},
};
use candor_sealing::{message::Source, thread::Body as Said};
use candor_wire::{EventId, OfficeId};

use super::kept::Promise;
use crate::{case::Case, desk::Desk};

/// An admission that counts.
pub(super) struct Coming<'a> {
    pub(super) admit: EventId,
    pub(super) past: Past,
    /// Which recusals of the office it knows of.
    pub(super) recusals: BTreeSet<EventId>,
    /// Whether no other admission knows of more of them.
    pub(super) newest: bool,
    /// Whether a device of this office wrote it.
    pub(super) ours: bool,
    /// What this device promised with it, if it wrote it.
    pub(super) promise: Option<&'a Promise>,
    /// Whether the reporter was told, as far as is known here.
    pub(super) told: bool,
    /// The counter of the reporter's newest block that its writer may have known.
    pub(super) heard: Option<u32>,
}

/// The admissions of an office that count. Of its recusals, these count.
pub(super) fn comings<'a>(
    desk: &'a Desk,
    case: &Case,
    to: &OfficeId,
    counting: &BTreeSet<EventId>,
    recusals: &BTreeSet<EventId>,
    told: Option<((u32, u32), bool)>,
) -> Vec<Coming<'a>> {
    let imported = case
        .report()
        .is_some_and(|report| report.source == Source::Import);
    let by_reply = told.is_some_and(|(_, last)| last);
    let together = &desk.state.together;
    let brings = |event: &&Event| match &event.content().body {
        Body::Admit(admit) => admit.office == *to && counting.contains(&event.id()),
        _ => false,
    };
    let events = case.events.iter().filter(brings);
    let mut comings: Vec<Coming<'_>> = events
        .filter(|event| event.content().scope == Scope::Case)
        .map(|event| {
            let admit = event.id();
            let promise = together.promises.get(&(case.conversation, admit));
            let is_told = promise.map_or(imported || by_reply, |promise| {
                promise.after.as_ref().is_none_or(|reply| {
                    let waiting = desk.state.outbox.get(reply);
                    waiting.map_or(!promise.untold || by_reply, |out| out.is_placed())
                })
            });
            let past = Past::of(case, [admit]);
            Coming {
                admit,
                recusals: recusals.intersection(&past.known).copied().collect(),
                past,
                newest: false,
                ours: event.content().office == desk.config.office,
                promise,
                told: is_told,
                heard: together.heard(&case.conversation, &admit),
            }
        })
        .collect();
    let known: Vec<BTreeSet<EventId>> = comings.iter().map(|c| c.recusals.clone()).collect();
    for coming in &mut comings {
        let is_less = |more: &BTreeSet<EventId>| {
            coming.recusals.len() < more.len() && coming.recusals.is_subset(more)
        };
        coming.newest = !known.iter().any(is_less);
    }
    comings
}

/// What stands before events.
pub(super) struct Past {
    pub(super) known: BTreeSet<EventId>,
    /// What is named there and is not here.
    pub(super) missing: BTreeSet<EventId>,
}

impl Past {
    pub(super) fn of(case: &Case, events: impl IntoIterator<Item = EventId>) -> Self {
        let (mut known, mut missing) = (BTreeSet::new(), BTreeSet::new());
        let mut ahead: Vec<EventId> = events.into_iter().collect();
        while let Some(next) = ahead.pop() {
            let Some(event) = case.events.get(&next) else {
                continue;
            };
            let scope = event.content().scope;
            for parent in &event.content().parents {
                match case.events.get(parent) {
                    // As in the order of events: what only one office sees is before nothing else.
                    Some(parent) if scope == Scope::Case && parent.content().scope != scope => {}
                    Some(_) => {
                        if known.insert(*parent) {
                            ahead.push(*parent);
                        }
                    }
                    None => {
                        missing.insert(*parent);
                    }
                }
            }
        }
        Self { known, missing }
    }
}

/// The events that count.
pub(super) fn counting(work: &Work) -> BTreeSet<EventId> {
    let counts = |effect: &Effect| matches!(effect, Effect::Counts | Effect::Contested);
    let entries = work.timeline.iter().filter(|entry| counts(&entry.effect));
    entries.map(|entry| entry.event).collect()
}

/// Whether an event stands, whatever it still waits for.
pub(super) const fn stands(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Counts | Effect::Contested | Effect::Waits(Waits::SecondOffice)
    )
}

/// The last reply that tells the reporter that an office comes: where it lies, and whether no later
/// one says that it goes.
pub(super) fn told(case: &Case, office: &OfficeId) -> Option<((u32, u32), bool)> {
    let mut told = None;
    for reply in case.joined_replies() {
        let Said::Whole(content) = &reply.body else {
            continue;
        };
        let Some(change) = &content.offices else {
            continue;
        };
        if change.add().contains(office) {
            told = Some((reply.place, true));
        } else if change.remove().contains(office) {
            told = told.map(|(place, _)| (place, false));
        }
    }
    told
}
