//! Offices that came and went: which admissions and recusals hold.

use std::collections::BTreeMap;

use candor_wire::{OfficeId, sizes::MAX_RECIPIENTS};

use super::Round;
use crate::{
    bits::Bits,
    body::{Admit, Body, Departure},
    graph::{Graph, Node},
    work::{Effect, Refused, Waits},
};

/// Somebody wants an office off the case.
#[derive(Clone, Debug)]
pub(super) struct Recusal {
    pub(super) place: usize,
    pub(super) by: OfficeId,
    pub(super) why: Departure,
    /// The admissions of that office that knew of it.
    undone_by: Bits,
}

impl Recusal {
    pub(super) fn new(place: usize, by: OfficeId, why: Departure) -> Self {
        Self {
            place,
            by,
            why,
            undone_by: Bits::default(),
        }
    }

    /// Whether an admission in a past came after it and knew of it.
    pub(super) fn is_undone(&self, past: &Bits) -> bool {
        self.undone_by.meets(past)
    }
}

/// The coming and going of one office, as far as is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Office {
    /// The admissions that brought it.
    pub(super) brought: Bits,
    /// Those of them that are no older than the reporter's newest message.
    pub(super) current: Bits,
    /// The last of them.
    pub(super) last: Option<usize>,
    /// Who wants it off the case, in the order of events.
    pub(super) recusals: Vec<Recusal>,
}

/// What is known so far of who came and who went.
#[derive(Clone, Debug, Default)]
pub(super) struct Moves {
    pub(super) offices: BTreeMap<OfficeId, Office>,
    /// Whether the admission that is taken on trust is among those that count.
    pub(super) stands_in: bool,
    /// Admissions for which there was no room.
    pub(super) crowded: Vec<usize>,
}

impl Moves {
    /// Who wants an office off the case.
    pub(super) fn recusals(&self, office: &OfficeId) -> &[Recusal] {
        self.offices
            .get(office)
            .map_or(&[], |office| office.recusals.as_slice())
    }

    pub(super) fn recuse(&mut self, office: &OfficeId, recusal: Recusal) {
        let office = self.offices.entry(office.clone()).or_default();
        office.recusals.push(recusal);
    }
}

impl Round<'_, '_> {
    pub(super) fn bring(&self, place: usize, node: &Node<'_>, admit: &Admit, moves: &mut Moves) {
        let office = moves.offices.entry(admit.office.clone()).or_default();
        office.brought.insert(place);
        if admit.generation >= self.facts.reporter.generation {
            office.current.insert(place);
        }
        office.last = Some(place);
        for recusal in &mut office.recusals {
            if node.past.contains(recusal.place) {
                recusal.undone_by.insert(place);
            }
        }
        moves.stands_in |= self.is_trusted(place);
    }

    /// The recusals that hold, in order: one that would leave nobody does not.
    pub(super) fn effective(&self, by_past: &Moves, effects: &mut [Effect]) -> Moves {
        let mut asked: Vec<(&OfficeId, &Recusal)> = by_past
            .offices
            .iter()
            .flat_map(|(name, office)| office.recusals.iter().map(move |recusal| (name, recusal)))
            .collect();
        asked.sort_unstable_by_key(|(_, recusal)| recusal.place);
        let mut holds = Moves::default();
        for (office, recusal) in asked {
            let Recusal { place, by, why, .. } = recusal;
            holds.recuse(office, Recusal::new(*place, by.clone(), *why));
            if !suffices(office, holds.recusals(office)) || self.somebody_stays(&holds) {
                continue;
            }
            let moves = self.admitted(by_past, &holds);
            if self.on_case(self.all, &moves).is_empty() {
                if let Some(office) = holds.offices.get_mut(office) {
                    office.recusals.pop();
                }
                if let Some(effect) = effects.get_mut(recusal.place) {
                    *effect = Effect::Refused(Refused::NobodyLeft);
                }
            }
        }
        holds
    }

    /// Whether an office that the reporter wrote to stays on the case whoever else is admitted:
    /// nobody has recused it. Then nothing more need be reckoned.
    fn somebody_stays(&self, holds: &Moves) -> bool {
        let reporter = &self.facts.reporter;
        self.trusted.is_none()
            && reporter.recipients.iter().any(|office| {
                reporter.ever.contains(office)
                    && !reporter.left_out.contains(office)
                    && !suffices(office, holds.recusals(office))
            })
    }

    /// The admissions that count once these recusals, of which none is undone yet, hold.
    pub(super) fn admitted(&self, by_past: &Moves, recusals: &Moves) -> Moves {
        // Who was on the case before this desk came takes up room from the start; unless the
        // admission that says so turns out not to count.
        let with_account = by_past
            .stands_in
            .then(|| self.admitted_beside(by_past, recusals, true))
            .flatten();
        with_account
            .or_else(|| self.admitted_beside(by_past, recusals, false))
            .unwrap_or_default()
    }

    /// The same, with or without the account that is taken on trust; none if that does not count.
    fn admitted_beside(&self, by_past: &Moves, recusals: &Moves, stands_in: bool) -> Option<Moves> {
        let mut moves = Moves {
            stands_in,
            ..recusals.clone()
        };
        for place in places(by_past, self.graph) {
            let is_trusted = self.is_trusted(place);
            let Some(node) = self.graph.node(place) else {
                continue;
            };
            let Body::Admit(admit) = &node.event.content().body else {
                continue;
            };
            if self.is_cut(place, node, &moves) || self.check(place, node, &moves).is_err() {
                if is_trusted && stands_in {
                    return None;
                }
                continue;
            }
            if is_trusted && !stands_in {
                continue;
            }
            let there = self.on_case(self.all, &moves);
            if is_trusted || there.contains(&admit.office) || there.len() < MAX_RECIPIENTS {
                self.bring(place, node, admit, &mut moves);
            } else {
                moves.crowded.push(place);
            }
        }
        Some(moves)
    }

    /// What comes of a recusal that its past allows.
    pub(super) fn recusal(&self, place: usize, office: &OfficeId, moves: &Moves) -> Effect {
        let Some(own) = self.graph.node(place).map(|node| node.event.content()) else {
            return Effect::Counts;
        };
        let all = moves.recusals(office);
        let undone_by = |at: usize| {
            let found = all.iter().find(|recusal| recusal.place == at);
            found.map(|recusal| &recusal.undone_by)
        };
        let this = undone_by(place);
        let agreed = own.office == *office
            || all
                .iter()
                .any(|other| other.by != own.office && Some(&other.undone_by) == this);
        if agreed {
            Effect::Counts
        } else {
            Effect::Waits(Waits::SecondOffice)
        }
    }
}

/// Where offices were brought, in order.
fn places(moves: &Moves, graph: &Graph<'_>) -> impl Iterator<Item = usize> {
    let mut all = Bits::default();
    for office in moves.offices.values() {
        all.union(&office.brought);
    }
    (0..graph.nodes().len()).filter(move |place| all.contains(*place))
}

/// Whether recusals are enough: the office's own, or those of two others.
pub(super) fn suffices<'m>(
    office: &OfficeId,
    recusals: impl IntoIterator<Item = &'m Recusal>,
) -> bool {
    let mut first = None;
    recusals
        .into_iter()
        .any(|recusal| recusal.by == *office || *first.get_or_insert(&recusal.by) != &recusal.by)
}
