//! What an office that was not given what was before takes on trust: one admission's account.

use super::{Round, moves::Moves};
use crate::{
    bits::Bits,
    body::Body,
    event::{Event, Scope},
    facts::Facts,
    graph::{Graph, Node},
};

/// The admission that this desk has to take on trust, if it is a newcomer's that lacks what was
/// before: of those, one by an office that the reporter wrote to, and the first.
///
/// An office that the report itself went to takes none on trust, or anybody could make up a case
/// for it in which others are on it.
pub(super) fn trusted(graph: &Graph<'_>, facts: &Facts<'_>) -> Option<usize> {
    let reporter = &facts.reporter;
    if reporter.first.contains(facts.own) {
        return None;
    }
    let mut found: Option<(bool, usize)> = None;
    for (place, node) in graph.nodes().iter().enumerate() {
        let content = node.event.content();
        let may_act = facts
            .devices
            .get(&content.office)
            .is_some_and(|devices| devices.allows(&content.device));
        let Body::Admit(admit) = &content.body else {
            continue;
        };
        if admit.office != *facts.own || !may_act || content.scope == Scope::Office {
            continue;
        }
        let written_to = reporter.ever.contains(&content.office);
        if !node.gaps_before && written_to {
            return None;
        }
        let left_out = reporter.left_out.contains(&content.office);
        if node.gaps_before && !left_out && found.is_none_or(|(better, _)| written_to && !better) {
            found = Some((written_to, place));
        }
    }
    found.map(|(_, place)| place)
}

impl Round<'_, '_> {
    /// Whether an event's office had gone before this desk came, as far as its admission tells.
    pub(super) fn had_gone(&self, node: &Node<'_>) -> bool {
        let admission = self
            .trusted
            .filter(|place| node.gaps_before && !node.past.contains(*place))
            .and_then(|place| self.graph.node(place));
        admission.is_some_and(|admission| {
            let then = &admission.event.content().recipients;
            !then.contains(&node.event.content().office)
        })
    }

    /// Whether an event's account of the case stands in for what this desk was not given.
    /// That of one admission alone does: anybody on the case could write another one, with parents
    /// that are nowhere and recipients of their own choice.
    pub(super) fn stands_in(&self, place: usize, node: &Node<'_>) -> bool {
        self.trusted == Some(place) && node.gaps_before
    }

    /// The offices that a newcomer's own admission named, if it stands in for what was before.
    pub(super) fn stand_in(&self, past: &Bits, moves: &Moves) -> Option<(&Event, u32)> {
        let place = moves
            .standings
            .iter()
            .rev()
            .find(|at| past.contains(**at))?;
        let event = self.graph.node(*place)?.event;
        match &event.content().body {
            Body::Admit(admit) => Some((event, admit.generation)),
            _ => None,
        }
    }
}
