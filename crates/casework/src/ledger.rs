//! What counting events have set, and what follows at any point of the order.

use std::collections::BTreeMap;

use candor_directory::StateId;
use candor_wire::OfficeId;

use crate::{
    bits::Bits,
    body::{Discarded, Handle, Hold, Triage},
    graph::Graph,
    procedure::Procedure,
    work::Register,
};

/// A value, and the place of the event that set it.
pub(crate) type Set<T> = (usize, T);

/// All that was set, in the order of events.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) state: Vec<Set<(StateId, Option<Hold>)>>,
    pub(crate) triage: Vec<Set<Option<Triage>>>,
    pub(crate) responsible: Vec<Set<Option<(OfficeId, String)>>>,
    pub(crate) group: Vec<Set<Option<(Handle, String)>>>,
    pub(crate) discarded: Vec<Set<Option<(Discarded, String)>>>,
    pub(crate) legal_hold: Vec<Set<Option<String>>>,
    /// What leaders were asked, and whether it was asked anew.
    pub(crate) interventions: BTreeMap<Handle, Vec<(usize, bool)>>,
    pub(crate) reports: BTreeMap<Handle, Vec<usize>>,
    pub(crate) tasks: BTreeMap<Handle, Vec<usize>>,
    pub(crate) done: BTreeMap<Handle, Vec<Set<bool>>>,
    pub(crate) notes: Vec<usize>,
}

/// Which state follows from a part of the events.
pub(crate) struct Standing {
    pub(crate) state: StateId,
    /// The event that it follows from.
    pub(crate) by: Option<usize>,
}

impl Ledger {
    /// The state that follows from the events of a past.
    pub(crate) fn state_at(
        &self,
        past: &Bits,
        graph: &Graph<'_>,
        procedure: &Procedure<'_>,
    ) -> Standing {
        let last = self.state.iter().rev().find(|(at, _)| past.contains(*at));
        let standing = Standing {
            state: last.map_or_else(|| procedure.first(), |(_, (state, _))| state.clone()),
            by: last.map(|(at, _)| *at),
        };
        let Some(answered) = procedure.answered(&standing.state) else {
            return standing;
        };
        match self.last_answer(past, graph) {
            Some(at) if standing.by.is_none_or(|by| !graph.is_before(at, by)) => Standing {
                state: answered,
                by: Some(at),
            },
            _ => standing,
        }
    }

    /// How a report was sorted, as far as a past tells.
    pub(crate) fn triage_at(&self, past: &Bits) -> Option<&Triage> {
        self.triage
            .iter()
            .rev()
            .find(|(at, _)| past.contains(*at))
            .and_then(|(_, triage)| triage.as_ref())
    }

    /// Whether something was made in a past.
    pub(crate) fn is_known<T>(
        things: &BTreeMap<Handle, Vec<T>>,
        handle: &Handle,
        past: &Bits,
        at: impl Fn(&T) -> usize,
    ) -> bool {
        things
            .get(handle)
            .is_some_and(|things| things.iter().any(|thing| past.contains(at(thing))))
    }

    /// The report that answers an intervention; one asked anew needs a new one.
    pub(crate) fn answer(&self, handle: &Handle, past: &Bits, graph: &Graph<'_>) -> Option<usize> {
        let asked = self.interventions.get(handle)?;
        self.reports
            .get(handle)?
            .iter()
            .rev()
            .copied()
            .filter(|report| past.contains(*report))
            .find(|report| {
                !asked
                    .iter()
                    .any(|(at, anew)| *anew && past.contains(*at) && graph.is_before(*report, *at))
            })
    }

    /// The last of the reports, if everything that was asked is answered.
    fn last_answer(&self, past: &Bits, graph: &Graph<'_>) -> Option<usize> {
        let asked = self
            .interventions
            .iter()
            .filter(|(_, versions)| versions.iter().any(|(at, _)| past.contains(*at)));
        let mut last = None;
        for (handle, _) in asked {
            last = last.max(Some(self.answer(handle, past, graph)?));
        }
        last
    }
}

/// The value that counts, and those that were set beside it.
pub(crate) fn register<T: Clone + PartialEq>(
    set: &[Set<T>],
    unset: T,
    graph: &Graph<'_>,
    contested: &mut Bits,
) -> Register<T> {
    let places: Vec<usize> = set.iter().map(|(at, _)| *at).collect();
    let newest = graph.newest(&places);
    let mut values: Vec<_> = set.iter().filter(|(at, _)| newest.contains(at)).collect();
    let Some((last, value)) = values.pop() else {
        return Register::unset(unset);
    };
    let mut also = Vec::new();
    for (at, other) in values {
        if other != value {
            contested.insert(*at);
            contested.insert(*last);
            also.extend(graph.node(*at).map(|node| (node.event.id(), other.clone())));
        }
    }
    Register {
        value: value.clone(),
        by: graph.node(*last).map(|node| node.event.id()),
        also,
    }
}
