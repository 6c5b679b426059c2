//! The procedure: which step leads from which state to which.
//!
//! The directory says which state may follow which; the events that mean more than a step say which
//! state they lead to. A directory may name its states as it likes: a state that it lacks is one
//! that nothing leads to, and what would lead there is recorded without a step.

use candor_directory::{State, StateId, TopicKind};

use crate::{
    body::{Actionable, Body},
    work::Refused,
};

const NEW: &str = "new";
const UNDER_REVIEW: &str = "under-review";
const NOT_ACTIONABLE: &str = "not-actionable";
const ACTIONABLE: &str = "actionable";
const ASSIGNED: &str = "intervention-assigned";
const REPORTED_BACK: &str = "reported-back";
const CLOSED: &str = "closed";
const REOPENED: &str = "reopened";
pub(crate) const HELD: &str = "held";
pub(crate) const WITHDRAWN: &str = "withdrawn";

/// The states among which an accolade moves freely: it is read, passed on, and done with.
const LIGHT: [&str; 4] = [NEW, UNDER_REVIEW, CLOSED, REOPENED];

/// The directory's states, and what kind of report this is.
#[derive(Clone, Copy)]
pub(crate) struct Procedure<'a> {
    pub(crate) states: &'a [State],
    pub(crate) kind: TopicKind,
}

/// Where a case stands when somebody takes a step.
#[derive(Clone, Copy)]
pub(crate) struct Stand<'a> {
    /// The state.
    pub(crate) state: &'a StateId,
    /// How it was sorted, if it was.
    pub(crate) actionable: Option<Actionable>,
    /// Whether the event's intervention was asked for before.
    pub(crate) known_intervention: bool,
    /// Whether what came before is not all here: then the writer knew better.
    pub(crate) gaps: bool,
}

impl<'a> Procedure<'a> {
    /// The state in which a case begins.
    pub(crate) fn first(&self) -> StateId {
        self.states
            .first()
            .map_or_else(|| state(NEW), |first| first.id.clone())
    }

    fn find(&self, id: &str) -> Option<&'a State> {
        self.states.iter().find(|state| state.id.as_str() == id)
    }

    /// Whether the directory has a state.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.find(id).is_some()
    }

    /// Whether one step leads from one state to another.
    fn leads(&self, from: &str, to: &str) -> bool {
        let free = self.kind == TopicKind::Accolade && LIGHT.contains(&from) && LIGHT.contains(&to);
        self.has(to)
            && (free
                || self
                    .find(from)
                    .is_some_and(|from| from.next.iter().any(|next| next.as_str() == to)))
    }

    /// The states that a step may lead to from here.
    pub(crate) fn next(&self, from: &StateId) -> Vec<StateId> {
        self.states
            .iter()
            .map(|state| &state.id)
            .filter(|to| *to != from && self.leads(from.as_str(), to.as_str()))
            .cloned()
            .collect()
    }

    /// The state in which a withdrawn case is.
    pub(crate) fn withdrawn() -> StateId {
        state(WITHDRAWN)
    }

    /// Which state a body leads to; none if it leaves the case where it is.
    pub(crate) fn step(&self, body: &Body, stand: Stand<'_>) -> Result<Option<StateId>, Refused> {
        let from = stand.state.as_str();
        let step = match body {
            Body::Move { to, .. } => {
                let to = to.as_str();
                let again = from == to && to == HELD;
                if self.has(to) && (again || stand.gaps || self.leads(from, to)) {
                    Some(to)
                } else {
                    return Err(Refused::Procedure);
                }
            }
            Body::Triage(triage) => self.sorted(triage.actionable, stand),
            Body::Intervene { .. } => {
                if from == ASSIGNED || stand.known_intervention || !self.has(ASSIGNED) {
                    None
                } else if stand.gaps || self.leads(from, ASSIGNED) {
                    Some(ASSIGNED)
                } else {
                    return Err(Refused::Procedure);
                }
            }
            Body::Decide { addressed, .. } => self.decided(*addressed, stand)?,
            Body::PassOn { .. } => {
                if self.kind != TopicKind::Accolade {
                    return Err(Refused::Procedure);
                }
                (from != CLOSED && self.has(CLOSED)).then_some(CLOSED)
            }
            _ => None,
        };
        Ok(step.map(state))
    }

    /// Sorting leads on from where sorting is to be done, or where the judgement has changed.
    fn sorted(&self, actionable: Actionable, stand: Stand<'_>) -> Option<&'static str> {
        let from = stand.state.as_str();
        let unsorted = from == NEW || from == UNDER_REVIEW;
        if !unsorted && stand.actionable == Some(actionable) {
            return None;
        }
        let to = match actionable {
            Actionable::Yes => ACTIONABLE,
            Actionable::No => NOT_ACTIONABLE,
            Actionable::Undecided if from == NEW => UNDER_REVIEW,
            Actionable::Undecided => return None,
        };
        let by_review = self.leads(from, UNDER_REVIEW) && self.leads(UNDER_REVIEW, to);
        (from != to && (self.leads(from, to) || by_review)).then_some(to)
    }

    fn decided(&self, addressed: bool, stand: Stand<'_>) -> Result<Option<&'static str>, Refused> {
        let from = stand.state.as_str();
        if addressed {
            if !self.has(CLOSED) {
                Ok(None)
            } else if stand.gaps || self.leads(from, CLOSED) {
                Ok(Some(CLOSED))
            } else {
                Err(Refused::Procedure)
            }
        } else if from == REPORTED_BACK || stand.gaps || !self.has(REPORTED_BACK) {
            let direct = [REOPENED, ACTIONABLE]
                .into_iter()
                .find(|to| self.leads(from, to));
            let by_closing = self.leads(from, CLOSED) && self.leads(CLOSED, REOPENED);
            Ok(direct.or_else(|| by_closing.then_some(REOPENED)))
        } else {
            Err(Refused::Procedure)
        }
    }

    /// The state once all that was asked is answered, if this one waits for that.
    pub(crate) fn answered(&self, from: &StateId) -> Option<StateId> {
        (from.as_str() == ASSIGNED && self.leads(ASSIGNED, REPORTED_BACK))
            .then(|| state(REPORTED_BACK))
    }
}

fn state(id: &str) -> StateId {
    // The names above are all of the form that every state's name has.
    #[allow(clippy::expect_used)]
    id.parse().expect("a well-formed state id")
}
