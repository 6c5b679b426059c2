//! What this office owes an office that came onto a case, or came back.
//!
//! Everything follows from the case as it stands: from the admissions that count, what stands before
//! them, and what this device gave before. Nothing follows from the order in which things came, but
//! for the newest message of the reporter that an admission could know of. So it is the same after
//! repeats, kills and a replay, and an admission that begins or ceases to count later is one from
//! then on, or was none.
//!
//! - The device that brought the office gives it what was before, as far as was chosen.
//! - Its office gives what came later and does not name the newcomer: a message that the reporter
//!   sent before they heard of it, say, also when it has left itself.
//! - Every office gives what it did itself without knowing of the newcomer; and what those did so
//!   who have left since, for nobody else may be there who does.
//!
//! An office may come, go and come back. What was done in its absence is owed only by the admission
//! that brought it back: an event that knows of a recusal is never owed by an admission that does
//! not.

use std::collections::BTreeSet;

use candor_casework::{Body, Event, Scope, Work, body::History, work::Participants};
use candor_sealing::{
    message::FollowUpContent,
    thread::{Body as Said, ReporterContent},
};
use candor_wire::{ConversationId, Digest, EventId, OfficeId};

use super::{
    act::is_move,
    comings::{Coming, Past, comings, counting, stands, told},
    kept::{Piece, PieceKind, Promise, pieces},
};
use crate::{audience::Audience, case::Case, desk::Desk};

/// What one office is to be given now.
#[derive(Clone, Debug)]
pub(super) struct Due {
    pub(super) conversation: ConversationId,
    pub(super) to: OfficeId,
    /// The event by which it came.
    pub(super) admit: EventId,
    /// Whether files are sealed to it anew.
    pub(super) files: bool,
    /// What it is given, in order.
    pub(super) given: Vec<Digest>,
}

/// Everything that is owed to anybody.
pub(super) fn all(desk: &Desk) -> Vec<Due> {
    let moving = desk.state.together.moving();
    moving
        .filter_map(|(conversation, to)| due(desk, conversation, to))
        .collect()
}

/// Whether anything can be owed to an office: it is on the case, and is neither this one nor left out.
pub(super) fn is_owed(desk: &Desk, case: &Case, to: &OfficeId) -> bool {
    let own = &desk.config.office;
    let left_out = |office: &OfficeId| Audience::is_left_out(desk, case, office);
    let is_there = || super::work_of(desk, case).participants.now.contains(to);
    to != own && !left_out(to) && !left_out(own) && is_there()
}

/// What is owed to an office: nothing if it is not on the case.
fn due(desk: &Desk, conversation: &ConversationId, to: &OfficeId) -> Option<Due> {
    let case = desk.state.cases.get(conversation)?;
    if !is_owed(desk, case, to) {
        return None;
    }
    let work = super::work_of(desk, case);
    let owed = Owed::of(desk, case, &work, to);
    let given: Vec<Digest> = pieces(case)
        .filter(|piece| owed.includes(piece))
        .map(|piece| piece.name)
        .collect();
    let admit = owed.by(&given)?;
    Some(Due {
        conversation: *conversation,
        to: to.clone(),
        admit,
        files: owed.promises().any(|(_, promise)| promise.files),
        given,
    })
}

/// The admissions of this device that count, and of which the reporter was to be told by a reply that
/// was given up.
pub(super) fn untold(desk: &Desk) -> Vec<(ConversationId, EventId)> {
    let promises = desk.state.together.promises.iter();
    let untold = promises.filter(|((conversation, admit), promise)| {
        let Some(case) = desk
            .state
            .cases
            .get(conversation)
            .filter(|_| promise.untold)
        else {
            return false;
        };
        let work = super::work_of(desk, case);
        let owed = Owed::of(desk, case, &work, &promise.to);
        let is_open = |coming: &Coming<'_>| coming.admit == *admit && coming.newest && !coming.told;
        work.participants.now.contains(&promise.to) && owed.comings.iter().any(is_open)
    });
    untold.map(|(key, _)| *key).collect()
}

struct Owed<'a> {
    case: &'a Case,
    own: &'a OfficeId,
    to: &'a OfficeId,
    participants: &'a Participants,
    given: Option<&'a BTreeSet<Digest>>,
    comings: Vec<Coming<'a>>,
    /// Recusals of the office that count.
    recusals: BTreeSet<EventId>,
    /// Recusals of the office that do not count (any more).
    lapsed: BTreeSet<EventId>,
    /// All that stands before its own events: it has that, if it was named there.
    had: Option<BTreeSet<EventId>>,
    /// Counters of the reporter's blocks that are always given.
    always: BTreeSet<u32>,
    /// The events that brought this office onto the case; to one that comes back, also those by
    /// which others came and went.
    needed: BTreeSet<EventId>,
    /// The last reply that tells the reporter of its coming: where it lies, and whether no later
    /// one tells of its going.
    told: Option<((u32, u32), bool)>,
}

impl<'a> Owed<'a> {
    fn of(desk: &'a Desk, case: &'a Case, work: &'a Work, to: &'a OfficeId) -> Self {
        let (own, together) = (&desk.config.office, &desk.state.together);
        let counting = counting(work);
        let told = told(case, to);
        let of_it = |event: &&Event| event.content().scope == Scope::Case;
        let recusals: BTreeSet<EventId> = case
            .events
            .iter()
            .filter(of_it)
            .filter(|event| matches!(&event.content().body, Body::Recuse { office, .. } if office == to))
            .map(Event::id)
            .collect();
        let standing: BTreeSet<EventId> = work
            .timeline
            .iter()
            .filter(|entry| stands(&entry.effect))
            .map(|entry| entry.event)
            .collect();
        let counted: BTreeSet<EventId> = recusals.intersection(&counting).copied().collect();
        let lapsed = recusals.difference(&standing).copied().collect();
        let comings = comings(desk, case, to, &counting, &counted, told);
        let had = (!counted.is_empty()).then(|| {
            let its = case.events.iter().map(Event::id).filter(|id| {
                let event = case.events.get(id);
                counting.contains(id) && event.is_some_and(|e| e.content().office == *to)
            });
            Past::of(case, its).known
        });
        let mut needed = brought(case, own, &counting);
        if had.is_some() {
            let moves = work.timeline.iter().filter(|entry| is_move(&entry.body));
            needed.extend(
                moves
                    .map(|entry| entry.event)
                    .filter(|id| standing.contains(id)),
            );
        }
        Self {
            case,
            own,
            to,
            participants: &work.participants,
            given: together.given(&case.conversation, to),
            comings,
            recusals: counted,
            lapsed,
            had,
            always: always(case),
            needed,
            told,
        }
    }

    /// What this device promised, and the reporter knows of.
    fn promises(&self) -> impl Iterator<Item = (&Coming<'a>, &'a Promise)> {
        let newest = self.comings.iter().filter(|c| c.newest && c.told);
        newest.filter_map(|coming| Some((coming, coming.promise?)))
    }

    /// The admissions by this office, on whichever of its devices.
    fn ours(&self) -> impl Iterator<Item = &Coming<'a>> {
        let newest = self.comings.iter().filter(|c| c.newest && c.told);
        newest.filter(|coming| coming.ours)
    }

    /// The event that a handover names: how the office came. Nothing if there is nothing to give.
    fn by(&self, given: &[Digest]) -> Option<EventId> {
        if given.is_empty() {
            return None;
        }
        let promised = self.promises().next().map(|(coming, _)| coming.admit);
        let newest = || self.comings.iter().find(|coming| coming.newest);
        promised
            .or_else(|| newest().map(|coming| coming.admit))
            .or_else(|| self.lapsed.first().copied())
    }

    fn includes(&self, piece: &Piece<'_>) -> bool {
        if self.given.is_some_and(|given| given.contains(&piece.name)) {
            return false;
        }
        let is_named = piece.recipients.contains(self.to);
        match piece.kind {
            PieceKind::Reporter(_) if is_named => false,
            PieceKind::Reporter(counter) => {
                let promised = self.promises().any(|(_, promise)| {
                    promise.history != History::Report || self.always.contains(&counter)
                });
                let is_later =
                    |coming: &Coming<'_>| coming.heard.is_some_and(|heard| counter > heard);
                promised || self.ours().any(is_later)
            }
            // Who was away may not have got its copy.
            PieceKind::Reply(place) if is_named => {
                let may_lack =
                    self.had.is_some() && self.told.is_some_and(|(told, _)| place < told);
                may_lack && self.promises().any(|_| true)
            }
            PieceKind::Reply(place) => {
                let promised = self
                    .promises()
                    .any(|(_, promise)| promise.history != History::Report);
                let is_later = self.told.is_some_and(|(told, _)| place > told);
                promised || (is_later && self.ours().any(|_| true))
            }
            PieceKind::Event(event) if is_named => self.includes_named(event),
            PieceKind::Event(event) => self.includes_event(event),
        }
    }

    /// Whether this office is on the case, and that one is not any more: it may never hear of who
    /// came since.
    fn is_heir_of(&self, office: &OfficeId) -> bool {
        let now = &self.participants.now;
        now.contains(self.own) && !now.contains(office)
    }

    /// An event that was written for the office.
    fn includes_named(&self, event: &Event) -> bool {
        let id = event.id();
        let brings = self.promises().any(|(coming, _)| coming.admit == id);
        let writer = &event.content().office;
        let answers_for = self.promises().any(|_| true) || self.is_heir_of(writer);
        brings || (answers_for && self.may_lack(event))
    }

    /// Whether an event may have been kept back from the office, although it was written for it: by
    /// somebody who then heard that it was off the case. What this device wrote it sends by itself.
    fn may_lack(&self, event: &Event) -> bool {
        let (id, writer) = (event.id(), &event.content().office);
        let was_away = self.had.as_ref().is_some_and(|had| !had.contains(&id));
        if !was_away || writer == self.own || writer == self.to {
            return false;
        }
        let past = Past::of(self.case, [id]).known;
        let mut newest = self.comings.iter().filter(|coming| coming.newest);
        !newest.any(|coming| coming.admit == id || past.contains(&coming.admit))
    }

    fn includes_event(&self, event: &Event) -> bool {
        let id = event.id();
        let promised = self
            .promises()
            .any(|(_, promise)| promise.history == History::All || self.needed.contains(&id));
        if promised {
            return true;
        }
        let writer = &event.content().office;
        let is_own = writer == self.own;
        let answers_for = is_own || self.ours().any(|_| true) || self.is_heir_of(writer);
        answers_for && (self.is_unaware(event) || (is_own && self.is_wrongly_without(event)))
    }

    /// Whether an event was written without knowing of an admission, by somebody who did not know
    /// of more recusals than that admission did. If something is missing, only what is sure counts.
    fn is_unaware(&self, event: &Event) -> bool {
        let unaware: Vec<&Coming<'_>> = self
            .comings
            .iter()
            .filter(|coming| !coming.past.known.contains(&event.id()))
            .collect();
        if unaware.is_empty() {
            return false;
        }
        let past = Past::of(self.case, [event.id()]);
        let known: BTreeSet<EventId> = self.recusals.intersection(&past.known).copied().collect();
        // What is missing on both sides stands before the event, and so does what it builds on.
        unaware.iter().any(|coming| {
            known.is_subset(&coming.recusals) && coming.past.missing.is_subset(&past.missing)
        })
    }

    /// Whether an event is not for the office because of a recusal that does not count (any more).
    fn is_wrongly_without(&self, event: &Event) -> bool {
        if self.lapsed.is_empty() {
            return false;
        }
        let past = Past::of(self.case, [event.id()]).known;
        let came: Vec<&Coming<'_>> = self
            .comings
            .iter()
            .filter(|coming| past.contains(&coming.admit))
            .collect();
        let is_undone = |recusal| came.iter().any(|c| c.recusals.contains(recusal));
        let was_there = (self.case.ever.contains(self.to) || !came.is_empty())
            && self.recusals.intersection(&past).all(is_undone);
        was_there && !past.is_disjoint(&self.lapsed)
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

/// The events that brought an office onto a case, and those that brought who brought it.
fn brought(case: &Case, office: &OfficeId, counting: &BTreeSet<EventId>) -> BTreeSet<EventId> {
    let mut events = BTreeSet::new();
    let mut offices = vec![office.clone()];
    while let Some(office) = offices.pop() {
        if case.ever.contains(&office) {
            continue;
        }
        let brings = |event: &&Event| match &event.content().body {
            Body::Admit(admit) => admit.office == office && counting.contains(&event.id()),
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
