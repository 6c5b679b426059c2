//! Offices that came and went: which admissions and recusals hold.

use std::collections::BTreeMap;

use candor_wire::{OfficeId, sizes::MAX_RECIPIENTS};

use super::Round;
use crate::{
    body::{Admit, Body, Departure},
    graph::Node,
    work::{Effect, Refused, Waits},
};

/// An office was brought onto the case.
#[derive(Clone, Debug)]
pub(super) struct Brought {
    pub(super) place: usize,
    pub(super) generation: u32,
}

/// Somebody wants an office off the case.
#[derive(Clone, Debug)]
pub(super) struct Recusal {
    pub(super) place: usize,
    pub(super) by: OfficeId,
    pub(super) why: Departure,
}

pub(super) type Admits = BTreeMap<OfficeId, Vec<Brought>>;
pub(super) type Recusals = BTreeMap<OfficeId, Vec<Recusal>>;

/// What is known so far of who came and who went.
#[derive(Clone, Debug, Default)]
pub(super) struct Moves {
    pub(super) admits: Admits,
    pub(super) recusals: Recusals,
    pub(super) standings: Vec<usize>,
}

impl Round<'_, '_> {
    pub(super) fn bring(&self, place: usize, node: &Node<'_>, admit: &Admit, moves: &mut Moves) {
        let brought = Brought {
            place,
            generation: admit.generation,
        };
        moves
            .admits
            .entry(admit.office.clone())
            .or_default()
            .push(brought);
        if self.stands_in(place, node) {
            moves.standings.push(place);
        }
    }

    /// The recusals that hold, in order: one that would leave nobody does not.
    pub(super) fn effective(&self, by_past: &Moves, effects: &mut [Effect]) -> Recusals {
        let mut asked: Vec<(&OfficeId, &Recusal)> = by_past
            .recusals
            .iter()
            .flat_map(|(office, recusals)| recusals.iter().map(move |recusal| (office, recusal)))
            .collect();
        asked.sort_unstable_by_key(|(_, recusal)| recusal.place);
        let mut holds = Recusals::new();
        for (office, recusal) in asked {
            let of_office = holds.entry(office.clone()).or_default();
            of_office.push(recusal.clone());
            if suffices(office, &*of_office) {
                let moves = self.admitted(by_past, &holds, None);
                if self.on_case(self.all, &moves).is_empty() {
                    if let Some(of_office) = holds.get_mut(office) {
                        of_office.pop();
                    }
                    if let Some(effect) = effects.get_mut(recusal.place) {
                        *effect = Effect::Refused(Refused::NobodyLeft);
                    }
                }
            }
        }
        holds
    }

    /// The admissions that count once these recusals hold.
    pub(super) fn admitted(
        &self,
        by_past: &Moves,
        recusals: &Recusals,
        mut effects: Option<&mut Vec<Effect>>,
    ) -> Moves {
        let mut moves = Moves {
            recusals: recusals.clone(),
            ..Moves::default()
        };
        let mut places: Vec<usize> = by_past.admits.values().flatten().map(|a| a.place).collect();
        places.sort_unstable();
        for place in places {
            let Some(node) = self.graph.node(place) else {
                continue;
            };
            let Body::Admit(admit) = &node.event.content().body else {
                continue;
            };
            let there = self.on_case(self.all, &moves);
            let room = there.contains(&admit.office) || there.len() < MAX_RECIPIENTS;
            if self.is_cut(place, node, &moves) || self.check(place, node, &moves).is_err() {
                continue;
            }
            if room {
                self.bring(place, node, admit, &mut moves);
            } else if let Some(effect) = effects.as_mut().and_then(|effects| effects.get_mut(place))
            {
                *effect = Effect::Refused(Refused::Audience);
            }
        }
        moves
    }

    /// What comes of a recusal that its past allows.
    pub(super) fn recusal(&self, place: usize, office: &OfficeId, moves: &Moves) -> Effect {
        let Some(own) = self.graph.node(place).map(|node| node.event.content()) else {
            return Effect::Counts;
        };
        let undone = |at: usize| -> Vec<bool> {
            moves
                .admits
                .get(office)
                .into_iter()
                .flatten()
                .map(|admit| self.graph.is_before(at, admit.place))
                .collect()
        };
        let agreed = own.office == *office
            || moves.recusals.get(office).is_some_and(|all| {
                all.iter()
                    .any(|other| other.by != own.office && undone(other.place) == undone(place))
            });
        if agreed {
            Effect::Counts
        } else {
            Effect::Waits(Waits::SecondOffice)
        }
    }
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
