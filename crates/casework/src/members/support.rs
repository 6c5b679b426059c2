//! What needs support, and what gives it.

use super::{Device, Round, moves::Moves, stands};
use crate::{bits::Bits, body::Body, event::Scope, work::Effect};

impl Round<'_, '_> {
    /// What has support after this round.
    pub(super) fn support(&self, effects: &[Effect], moves: &Moves) -> Bits {
        // What only one office sees supports nothing that all do.
        let mut for_all = Bits::default();
        let mut for_one = Bits::default();
        for (place, node) in self.graph.nodes().iter().enumerate() {
            let counts = effects.get(place).is_some_and(stands);
            let content = node.event.content();
            let office = &content.office;
            let goes = matches!(&content.body, Body::Recuse { office: who, .. } if who == office)
                && !self.facts.reporter.left_out.contains(office);
            let supports = counts
                && matches!(self.device(node.event), Device::Listed)
                && (goes
                    || (self.is_included(office, &node.past, moves)
                        && !self.is_cut(place, node, moves)));
            if matches!(self.device(node.event), Device::Listed)
                && content.scope == Scope::Office
                && counts
            {
                for_one.union(&node.past);
            } else if supports {
                for_all.union(&node.past);
            }
        }
        let mut supported = self.supported.clone();
        for (place, node) in self.graph.nodes().iter().enumerate() {
            let content = node.event.content();
            let built_on = match content.scope {
                Scope::Case => &for_all,
                Scope::Office => &for_one,
            };
            let needs = matches!(self.device(node.event), Device::Revoked)
                || !self.is_included(&content.office, &node.past, moves);
            if needs && built_on.contains(place) {
                supported.insert(place);
            }
        }
        supported
    }
}
