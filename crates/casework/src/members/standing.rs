//! Whether an office is on the case at a point, by what stands before it.

use std::collections::BTreeSet;

use candor_wire::OfficeId;

use super::{
    Round,
    moves::{Moves, Recusal, suffices},
};
use crate::{bits::Bits, event::Scope, graph::Node};

impl Round<'_, '_> {
    /// Whether the reporter or an event that stands in a past has brought an office.
    pub(super) fn was_brought(&self, office: &OfficeId, past: &Bits, moves: &Moves) -> bool {
        let from_the_start = self.stand_in(past, moves).map_or_else(
            || self.facts.reporter.ever.contains(office),
            |(event, _)| event.content().recipients.contains(office),
        );
        from_the_start
            || moves
                .admits
                .get(office)
                .is_some_and(|admits| admits.iter().any(|admit| past.contains(admit.place)))
    }

    /// Whether the reporter's newest message includes an office, or came before it was brought.
    pub(super) fn is_included(&self, office: &OfficeId, past: &Bits, moves: &Moves) -> bool {
        let reporter = &self.facts.reporter;
        let since = |generation: u32| generation >= reporter.generation;
        !reporter.left_out.contains(office)
            && (reporter.recipients.contains(office)
                || moves.admits.get(office).is_some_and(|admits| {
                    admits
                        .iter()
                        .any(|admit| since(admit.generation) && past.contains(admit.place))
                })
                || self
                    .stand_in(past, moves)
                    .is_some_and(|(event, generation)| {
                        since(generation) && event.content().recipients.contains(office)
                    }))
    }

    /// Whether an admission in a past came after a recusal and knew of it.
    pub(super) fn is_undone(
        &self,
        office: &OfficeId,
        recusal: usize,
        past: &Bits,
        moves: &Moves,
    ) -> bool {
        moves.admits.get(office).is_some_and(|admits| {
            admits.iter().any(|admit| {
                past.contains(admit.place) && self.graph.is_before(recusal, admit.place)
            })
        })
    }

    /// The recusals of an office that hold, as far as a past tells of coming back, if any do.
    pub(super) fn recused_by<'m>(
        &self,
        office: &OfficeId,
        past: &Bits,
        moves: &'m Moves,
        known: impl Fn(usize) -> bool,
    ) -> Vec<&'m Recusal> {
        let holds: Vec<_> = moves
            .recusals
            .get(office)
            .into_iter()
            .flatten()
            .filter(|recusal| {
                known(recusal.place) && !self.is_undone(office, recusal.place, past, moves)
            })
            .collect();
        if suffices(office, holds.iter().copied()) {
            holds
        } else {
            Vec::new()
        }
    }

    pub(super) fn is_recused(&self, office: &OfficeId, past: &Bits, moves: &Moves) -> bool {
        !self
            .recused_by(office, past, moves, |place| past.contains(place))
            .is_empty()
    }

    /// Whether an event stands beside the recusal of its own office.
    pub(super) fn is_cut(&self, place: usize, node: &Node<'_>, moves: &Moves) -> bool {
        let content = node.event.content();
        if content.scope == Scope::Office {
            return false;
        }
        let office = &content.office;
        let recusals = self.recused_by(office, &node.past, moves, |_| true);
        let (own, others): (Vec<_>, Vec<_>) = recusals
            .into_iter()
            .partition(|recusal| recusal.by == *office);
        let is_known_to = |recusal: &&Recusal| self.graph.is_before(place, recusal.place);
        if own.is_empty() {
            !others.is_empty() && !others.iter().any(is_known_to)
        } else {
            !own.iter().all(is_known_to)
        }
    }

    /// The offices on the case at a point.
    pub(super) fn on_case(&self, past: &Bits, moves: &Moves) -> BTreeSet<OfficeId> {
        let named = self
            .stand_in(past, moves)
            .map(|(event, _)| event.content().recipients.as_slice())
            .unwrap_or_default();
        self.facts
            .reporter
            .recipients
            .iter()
            .chain(moves.admits.keys())
            .chain(named)
            .filter(|office| {
                self.is_included(office, past, moves)
                    && self.was_brought(office, past, moves)
                    && !self.is_recused(office, past, moves)
            })
            .cloned()
            .collect()
    }
}
