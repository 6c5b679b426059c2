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
            |account| account.named.contains(office),
        );
        let admitted = moves.offices.get(office);
        from_the_start || admitted.is_some_and(|office| office.brought.meets(past))
    }

    /// Whether the reporter's newest message includes an office, or came before it was brought.
    pub(super) fn is_included(&self, office: &OfficeId, past: &Bits, moves: &Moves) -> bool {
        let reporter = &self.facts.reporter;
        let admitted = moves.offices.get(office);
        !reporter.left_out.contains(office)
            && (reporter.recipients.contains(office)
                || admitted.is_some_and(|office| office.current.meets(past))
                || self.stand_in(past, moves).is_some_and(|account| {
                    account.generation >= reporter.generation && account.named.contains(office)
                }))
    }

    /// The recusals of an office that hold, as far as a past tells of coming back, if any do.
    pub(super) fn recused_by<'m>(
        &self,
        office: &OfficeId,
        past: &Bits,
        moves: &'m Moves,
    ) -> Vec<&'m Recusal> {
        let holds: Vec<_> = moves
            .recusals(office)
            .iter()
            .filter(|recusal| !recusal.is_undone(past))
            .collect();
        if suffices(office, holds.iter().copied()) {
            holds
        } else {
            Vec::new()
        }
    }

    /// Whether a recusal in a past holds there.
    pub(super) fn is_recused(&self, office: &OfficeId, past: &Bits, moves: &Moves) -> bool {
        let recusals = moves.recusals(office).iter();
        let known =
            recusals.filter(|recusal| past.contains(recusal.place) && !recusal.is_undone(past));
        suffices(office, known)
    }

    /// Whether an event stands beside the recusal of its own office.
    pub(super) fn is_cut(&self, place: usize, node: &Node<'_>, moves: &Moves) -> bool {
        let content = node.event.content();
        if content.scope == Scope::Office {
            return false;
        }
        let office = &content.office;
        let recusals = self.recused_by(office, &node.past, moves);
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
        let account = self.stand_in(past, moves);
        self.facts
            .reporter
            .recipients
            .iter()
            .chain(moves.offices.keys())
            .chain(account.into_iter().flat_map(|account| &account.named))
            .filter(|office| {
                self.is_included(office, past, moves)
                    && self.was_brought(office, past, moves)
                    && !self.is_recused(office, past, moves)
            })
            .cloned()
            .collect()
    }
}
