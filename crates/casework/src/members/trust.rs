//! What an office that was not given what was before takes on trust: one admission's account.

use std::collections::BTreeSet;

use candor_wire::OfficeId;

use super::{Round, moves::Moves};
use crate::{
    bits::Bits,
    body::Body,
    event::Scope,
    facts::Facts,
    graph::{Graph, Node},
};

/// An admission whose account of the case stands in for what this desk was not given.
///
/// It can lie, and its newcomer cannot tell. So it brings nobody but offices that can be on a case
/// at all: none that is made up, that is informal, or that the reporter left out.
#[derive(Debug)]
pub(super) struct Account {
    /// The admission.
    pub(super) place: usize,
    /// The generation that it names.
    pub(super) generation: u32,
    /// Who was on the case, of those that can be: the offices that may be admitted now, and those
    /// that the reporter wrote to. Nobody else counts as admitted by those who have every event.
    pub(super) named: BTreeSet<OfficeId>,
}

/// The admission that this desk has to take on trust, if it is a newcomer's that lacks what was
/// before: of those, one by an office that the reporter wrote to, and the first.
///
/// An office that the report itself went to takes none on trust, or anybody could make up a case
/// for it in which others are on it.
pub(super) fn trusted(graph: &Graph<'_>, facts: &Facts<'_>) -> Option<Account> {
    let reporter = &facts.reporter;
    if reporter.first.contains(facts.own) {
        return None;
    }
    let mut found: Option<(bool, Account)> = None;
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
        let takes_part =
            !reporter.left_out.contains(&content.office) && content.recipients.contains(facts.own);
        let is_better = found
            .as_ref()
            .is_none_or(|(better, _)| written_to && !better);
        if node.gaps_before && takes_part && is_better {
            let account = Account {
                place,
                generation: admit.generation,
                named: named(&content.recipients, facts),
            };
            found = Some((written_to, account));
        }
    }
    found.map(|(_, account)| account)
}

/// Of the offices that an account names, those that can be on the case.
fn named(recipients: &[OfficeId], facts: &Facts<'_>) -> BTreeSet<OfficeId> {
    let reporter = &facts.reporter;
    let can_be =
        |office: &&OfficeId| facts.admissible.contains(*office) || reporter.ever.contains(*office);
    recipients
        .iter()
        .filter(can_be)
        .filter(|office| !reporter.left_out.contains(*office))
        .cloned()
        .collect()
}

impl Round<'_, '_> {
    /// Whether this is the admission that is taken on trust.
    pub(super) fn is_trusted(&self, place: usize) -> bool {
        self.trusted.is_some_and(|account| account.place == place)
    }

    /// Whether an event's office had gone before this desk came, as far as its admission tells.
    pub(super) fn had_gone(&self, node: &Node<'_>) -> bool {
        self.trusted.is_some_and(|account| {
            node.gaps_before
                && !node.past.contains(account.place)
                && !account.named.contains(&node.event.content().office)
        })
    }

    /// The account that stands in for what was before, if a past has it and it holds.
    pub(super) fn stand_in(&self, past: &Bits, moves: &Moves) -> Option<&Account> {
        self.trusted
            .filter(|account| moves.stands_in && past.contains(account.place))
    }
}
