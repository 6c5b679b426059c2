//! What the offices on a case do together (`docs/protocol.md`, "Case events"), on this desk.
//!
//! - [`work()`]: what follows from a case's events, as every office on it sees it.
//! - [`act()`]: doing something. It is recorded before it is sent, and refused in words if it would
//!   not count.
//! - [`admit`], [`transfer`], [`recuse`]: offices that come and go; [`refer()`]: a copy for somebody
//!   outside. What a newcomer is given: [`handover`]; what it checks before it believes: [`taking_up`].
//! - [`sending`]: events and handovers on their way; [`lists`]: the other offices' devices.
//!
//! Invariants: whatever is sealed here is sealed to an [`Audience`](crate::audience::Audience), which
//! never holds an office that the reporter left out; nothing here is given a recipient of the
//! reporter; what was recorded reaches every office that it is for, once it can be reached, and is
//! the same thing however often it is sent.

pub mod act;
pub mod coming_and_going;
mod comings;
pub mod events;
pub mod facts;
mod files;
pub mod handover;
pub mod kept;
pub mod lists;
mod owed;
pub mod refer;
pub mod sending;
pub mod taking_up;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use candor_casework::Work;
use candor_directory::StateId;
use candor_wire::ConversationId;

pub use self::{
    act::act,
    coming_and_going::{admit, recuse, transfer},
    refer::{Reference, refer},
};
use crate::{case::Case, desk::Desk};

/// What the work of a case depends on besides the case's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stand {
    case: u64,
    directory: u64,
    lists: u64,
}

/// What was worked out so far, for all views of a desk.
#[derive(Debug, Default)]
pub struct Works(Mutex<HashMap<ConversationId, (Stand, Arc<Work>)>>);

impl Works {
    /// Forgets everything.
    pub fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

/// What follows from the events of a case; of a case that is not here, what follows from none.
#[must_use]
pub fn work(desk: &Desk, conversation: &ConversationId) -> Arc<Work> {
    match desk.state.cases.get(conversation) {
        Some(case) => work_of(desk, case),
        None => Arc::new(facts::reckon(desk, None, None)),
    }
}

/// The states that a step may lead to now, in the directory's order.
#[must_use]
pub fn next_states(desk: &Desk, case: &Case) -> Vec<StateId> {
    let work = work_of(desk, case);
    facts::of(desk, Some(case), |facts| work.next_states(facts))
}

/// The same, of a case at hand.
#[must_use]
pub fn work_of(desk: &Desk, case: &Case) -> Arc<Work> {
    let stand = Stand {
        case: case.changed,
        directory: desk
            .published
            .as_deref()
            .map_or(0, |published| published.directory.version),
        lists: desk.state.together.lists_changed,
    };
    let works = desk.works();
    {
        let known = works.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, work)) = known.get(&case.conversation)
            && *at == stand
        {
            return Arc::clone(work);
        }
    }
    let work = Arc::new(facts::reckon(desk, Some(case), None));
    works
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(case.conversation, (stand, Arc::clone(&work)));
    work
}
