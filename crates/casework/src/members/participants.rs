//! Who takes part once everything is judged.

use std::collections::BTreeSet;

use super::{Round, moves::Moves};
use crate::{
    body::{Body, Departure},
    work::{Gone, Participants},
};

impl Round<'_, '_> {
    pub(super) fn participants(&self, moves: &Moves) -> Participants {
        let reporter = &self.facts.reporter;
        let mut participants = Participants {
            now: self.on_case(self.all, moves),
            ..Participants::default()
        };
        let named = self
            .stand_in(self.all, moves)
            .map(|(event, _)| event.content().recipients.as_slice())
            .unwrap_or_default();
        let known: BTreeSet<_> = reporter
            .ever
            .iter()
            .chain(&reporter.recipients)
            .chain(moves.admits.keys())
            .chain(named)
            .collect();
        for office in known {
            if participants.now.contains(office) {
                continue;
            }
            let recusals = self.recused_by(office, self.all, moves, |_| true);
            let own = recusals.iter().rev().find(|recusal| recusal.by == *office);
            let gone = if reporter.left_out.contains(office) {
                Gone::LeftOut
            } else if let Some(recusal) = own.or(recusals.last()) {
                Gone::Recused(recusal.why)
            } else if !self.was_brought(office, self.all, moves) {
                Gone::Recused(Departure::NotConcerned)
            } else {
                Gone::NotIncluded
            };
            participants.gone.insert(office.clone(), gone);
        }
        for (office, admits) in &moves.admits {
            let event = admits
                .last()
                .and_then(|admit| self.graph.node(admit.place))
                .map(|node| node.event.content());
            if let Some((content, Body::Admit(admit))) =
                event.map(|content| (content, &content.body))
            {
                participants
                    .admitted
                    .insert(office.clone(), (admit.why, content.office.clone()));
            }
        }
        for (office, recusals) in &moves.recusals {
            let proposed: BTreeSet<_> = recusals
                .iter()
                .filter(|recusal| !self.is_undone(office, recusal.place, self.all, moves))
                .map(|recusal| recusal.by.clone())
                .collect();
            if participants.now.contains(office) && !proposed.is_empty() {
                participants.proposed.insert(office.clone(), proposed);
            }
        }
        participants
    }
}
