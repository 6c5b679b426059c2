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
        let account = self.stand_in(self.all, moves);
        let known: BTreeSet<_> = reporter
            .ever
            .iter()
            .chain(&reporter.recipients)
            .chain(
                moves
                    .offices
                    .iter()
                    .filter(|(_, office)| office.last.is_some())
                    .map(|(name, _)| name),
            )
            .chain(account.into_iter().flat_map(|account| &account.named))
            .collect();
        for office in known {
            if participants.now.contains(office) {
                continue;
            }
            let recusals = self.recused_by(office, self.all, moves);
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
        for (name, office) in &moves.offices {
            let event = office
                .last
                .and_then(|place| self.graph.node(place))
                .map(|node| node.event.content());
            if let Some((content, Body::Admit(admit))) =
                event.map(|content| (content, &content.body))
            {
                participants
                    .admitted
                    .insert(name.clone(), (admit.why, content.office.clone()));
            }
            let proposed: BTreeSet<_> = office
                .recusals
                .iter()
                .filter(|recusal| !recusal.is_undone(self.all))
                .map(|recusal| recusal.by.clone())
                .collect();
            if participants.now.contains(name) && !proposed.is_empty() {
                participants.proposed.insert(name.clone(), proposed);
            }
        }
        participants
    }
}
