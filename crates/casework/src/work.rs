//! What follows from the events of a case: its state as every office sees it.

use std::collections::{BTreeMap, BTreeSet};

use candor_directory::{CategoryId, StateId};
use candor_wire::{Day, DeviceId, EventId, OfficeId};

use crate::{
    body::{Admission, Body, Departure, Discarded, Handle, Hold, Triage},
    event::Scope,
};

/// A value that events set. Those that were written without knowing of each other are all kept:
/// the one that stands last in the order counts, the others are shown beside it until somebody who
/// knows them all sets it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register<T> {
    /// What counts.
    pub value: T,
    /// Which event said so; none if it follows from no event.
    pub by: Option<EventId>,
    /// What others said at the same time, in the order of events.
    pub also: Vec<(EventId, T)>,
}

impl<T> Register<T> {
    /// A value that no event has set.
    #[must_use]
    pub const fn unset(value: T) -> Self {
        Self {
            value,
            by: None,
            also: Vec::new(),
        }
    }

    /// Whether events disagree.
    #[must_use]
    pub const fn is_contested(&self) -> bool {
        !self.also.is_empty()
    }
}

/// What follows from a set of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// The state of the procedure.
    pub state: Register<StateId>,
    /// The day on which it came into this state; none if it is in the first.
    pub state_since: Option<Day>,
    /// How it was sorted.
    pub triage: Register<Option<Triage>>,
    /// The responsible office, and who there.
    pub responsible: Register<Option<(OfficeId, String)>>,
    /// When a held case is to come up again.
    pub hold: Option<Hold>,
    /// The group it belongs to, and what that is called here.
    pub group: Register<Option<(Handle, String)>>,
    /// Why it counts as no report.
    pub discarded: Register<Option<(Discarded, String)>>,
    /// Whether nothing of it may be erased, with why.
    pub legal_hold: Register<Option<String>>,
    /// What leaders were asked to do, in the order of events.
    pub interventions: Vec<Intervention>,
    /// What is to be done, in the order of events.
    pub tasks: Vec<Task>,
    /// Internal notes, in the order of events.
    pub notes: Vec<Note>,
    /// Who takes part.
    pub participants: Participants,
    /// Why this office erases the case.
    pub erased: Option<String>,
    /// Every event, in order, with what came of it.
    pub timeline: Vec<Entry>,
    /// The newest events that count: the parents of the next one, by scope.
    pub heads: BTreeMap<Scope, Vec<EventId>>,
    /// Events that others name as their parents and that are not here.
    pub missing: BTreeSet<EventId>,
}

/// Something that a leader was asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intervention {
    /// Names it.
    pub handle: Handle,
    /// The leader.
    pub leader: String,
    /// What kind of thing.
    pub kind: Option<CategoryId>,
    /// What.
    pub what: String,
    /// By when.
    pub due: Day,
    /// The day it was asked.
    pub asked: Day,
    /// What the leader reported: when, what, and whether it was done as asked.
    pub reported: Option<(Day, String, bool)>,
    /// Different versions that were written at the same time.
    pub also: Vec<EventId>,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Names it.
    pub handle: Handle,
    /// Whom it is for.
    pub scope: Scope,
    /// What.
    pub text: String,
    /// By when.
    pub due: Option<Day>,
    /// Who.
    pub office: Option<OfficeId>,
    /// Whether it is done.
    pub done: bool,
    /// Who wrote it.
    pub by: OfficeId,
    /// The day it was written.
    pub day: Day,
    /// Different versions that were written at the same time.
    pub also: Vec<EventId>,
}

/// An internal note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its event.
    pub event: EventId,
    /// Whom it is for.
    pub scope: Scope,
    /// What it says.
    pub text: String,
    /// Whose attention it asks for.
    pub mentions: Vec<OfficeId>,
    /// Which office wrote it.
    pub by: OfficeId,
    /// On which device.
    pub device: DeviceId,
    /// On which day.
    pub day: Day,
    /// Whether a later one takes its place.
    pub replaced: bool,
}

/// Who takes part in a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Participants {
    /// The offices on the case: to them alone is anything sealed.
    pub now: BTreeSet<OfficeId>,
    /// Offices that events have brought onto it, with why and by whom.
    pub admitted: BTreeMap<OfficeId, (Admission, OfficeId)>,
    /// Offices that are off it, with why.
    pub gone: BTreeMap<OfficeId, Gone>,
    /// Offices that one other office wants off the case; a second one is needed.
    pub proposed: BTreeMap<OfficeId, BTreeSet<OfficeId>>,
}

/// Why an office is off a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// It went, or was recused.
    Recused(Departure),
    /// The reporter left it out.
    LeftOut,
    /// The reporter's newest message does not include it.
    NotIncluded,
}

/// An event in the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub event: EventId,
    /// Which office.
    pub office: OfficeId,
    /// Which device.
    pub device: DeviceId,
    /// The writer's day.
    pub day: Day,
    /// Whom it was for.
    pub scope: Scope,
    /// What it does.
    pub body: Body,
    /// What came of it.
    pub effect: Effect,
    /// Whether events before it are not here.
    pub gap: bool,
    /// Whether its device has given two events the same number: a copy of a device, or a device
    /// that was set back.
    pub twice: bool,
}

/// What came of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// It counts.
    Counts,
    /// It counts, and something that was written at the same time says otherwise.
    Contested,
    /// It changes nothing: why.
    Refused(Refused),
    /// It changes nothing yet: why.
    Waits(Waits),
}

/// Why an event changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// The procedure has no way from the state that its writer knew to this one.
    Procedure,
    /// Its office was not on the case, was recused, or was left out by the reporter.
    NotOnCase,
    /// It names an office that the reporter left out, that is informal, unknown, or one too many;
    /// or it is for its own office alone, and concerns all.
    Audience,
    /// It names a task, intervention or event that is none.
    NoSuchThing,
    /// The reporter has withdrawn the report. What was done before stands in the timeline as it
    /// was; nothing further is done.
    Withdrawn,
    /// It would leave nobody on the case.
    NobodyLeft,
    /// Its device has brought and recused offices on this case more often than anybody needs to
    /// ([`MAX_MOVES`](crate::event::MAX_MOVES)).
    TooMany,
    /// It is of a newer version.
    Unknown,
}

/// What an event waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waits {
    /// Its device is not in its office's list of devices, as far as is known here.
    UnlistedDevice,
    /// Its device was revoked, and nothing that counts builds on it.
    RevokedDevice,
    /// A second office has to agree.
    SecondOffice,
}
