//! Who takes part, and which events therefore count (`docs/protocol.md`, section 15, rules 1 to 3).
//!
//! - An event is judged by what stands before it: whether its office was on the case there
//!   ([`standing`]).
//! - A recusal wins over what is concurrent with it: of an office that went, only that counts
//!   which the recusal builds on. Recusals themselves are judged by their past alone, so that two
//!   offices that recuse each other at the same time both go ([`moves`]).
//! - What a device that was revoked did, or an office that the reporter's newest message leaves
//!   out, needs **support**: an event of an office on the case, by a listed device, that builds on
//!   it. Support can bring in who supports more, so it is reckoned in rounds until nothing changes
//!   ([`support`]).
//! - An office that was not given what was before takes one admission's word for it ([`trust`]).

mod moves;
mod participants;
mod standing;
mod support;
mod trust;

use std::collections::BTreeMap;

use candor_wire::{DeviceId, sizes::MAX_RECIPIENTS};

use crate::{
    bits::Bits,
    body::Body,
    event::{Event, MAX_MOVES, Scope},
    facts::Facts,
    graph::{Graph, Node},
    work::{Effect, Participants, Refused, Waits},
};
use moves::{Moves, Recusal};
use trust::{Account, trusted};

/// What follows for who takes part.
#[derive(Debug)]
pub(crate) struct Judgement {
    /// What came of each event, by place, as far as its device and office are concerned.
    pub(crate) effects: Vec<Effect>,
    /// Who takes part.
    pub(crate) participants: Participants,
    /// The admission whose account of the case stands in for what this desk was not given, by place.
    pub(crate) standing: Option<usize>,
}

/// Judges all events.
pub(crate) fn judge(graph: &Graph<'_>, facts: &Facts<'_>) -> Judgement {
    let mut supported = Bits::default();
    let all = everything(graph);
    let trusted = trusted(graph, facts);
    loop {
        let round = Round {
            graph,
            facts,
            supported: &supported,
            all: &all,
            trusted: trusted.as_ref(),
        };
        let (judgement, more) = round.judge();
        if more.len() == supported.len() {
            return judgement;
        }
        supported = more;
    }
}

fn everything(graph: &Graph<'_>) -> Bits {
    let mut all = Bits::default();
    (0..graph.nodes().len()).for_each(|place| all.insert(place));
    all
}

struct Round<'a, 'e> {
    graph: &'a Graph<'e>,
    facts: &'a Facts<'a>,
    supported: &'a Bits,
    all: &'a Bits,
    trusted: Option<&'a Account>,
}

impl Round<'_, '_> {
    fn judge(&self) -> (Judgement, Bits) {
        let (mut effects, by_past) = self.by_their_past();
        let recusals = self.effective(&by_past, &mut effects);
        let moves = self.admitted(&by_past, &recusals);
        for place in &moves.crowded {
            if let Some(effect) = effects.get_mut(*place) {
                *effect = Effect::Refused(Refused::Audience);
            }
        }
        for (place, node) in self.graph.nodes().iter().enumerate() {
            let Some(effect) = effects.get_mut(place) else {
                continue;
            };
            if matches!(effect, Effect::Refused(_) | Effect::Waits(_)) {
                continue;
            }
            *effect = match &node.event.content().body {
                Body::Recuse { office, .. } => self.recusal(place, office, &moves),
                _ if self.is_cut(place, node, &moves) => Effect::Refused(Refused::NotOnCase),
                _ => self
                    .check(place, node, &moves)
                    .map_or_else(|effect| effect, |()| Effect::Counts),
            };
        }
        let supported = self.support(&effects, &moves);
        let judgement = Judgement {
            participants: self.participants(&moves),
            standing: self.stand_in(self.all, &moves).map(|account| account.place),
            effects,
        };
        (judgement, supported)
    }

    /// Judges every event by what stands before it alone.
    fn by_their_past(&self) -> (Vec<Effect>, Moves) {
        let mut moves = Moves::default();
        let mut spent: BTreeMap<DeviceId, usize> = BTreeMap::new();
        let mut effects = Vec::with_capacity(self.graph.nodes().len());
        for (place, node) in self.graph.nodes().iter().enumerate() {
            let checked = self
                .check(place, node, &moves)
                .and_then(|()| self.audience(place, node, &moves))
                .and_then(|()| self.spend(place, node, &mut spent));
            effects.push(checked.map_or_else(|effect| effect, |()| Effect::Counts));
            if checked.is_err() {
                continue;
            }
            let content = node.event.content();
            match &content.body {
                Body::Admit(admit) => self.bring(place, node, admit, &mut moves),
                Body::Recuse { office, why, .. } => {
                    moves.recuse(office, Recusal::new(place, content.office.clone(), *why));
                }
                _ => {}
            }
        }
        (effects, moves)
    }

    /// Takes an admission or recusal off those that one device has.
    ///
    /// No office comes and goes so often. Without an end to it, one device that is in the wrong
    /// hands could keep every desk on the case busy.
    fn spend(
        &self,
        place: usize,
        node: &Node<'_>,
        spent: &mut BTreeMap<DeviceId, usize>,
    ) -> Result<(), Effect> {
        let content = node.event.content();
        let moves = matches!(content.body, Body::Admit(_) | Body::Recuse { .. });
        if !moves || self.is_trusted(place) {
            return Ok(());
        }
        let spent = spent.entry(content.device).or_default();
        *spent += 1;
        if *spent > MAX_MOVES {
            return Err(Effect::Refused(Refused::TooMany));
        }
        Ok(())
    }

    /// Whether an event's device may act, and its office was on the case there.
    fn check(&self, place: usize, node: &Node<'_>, moves: &Moves) -> Result<(), Effect> {
        let content = node.event.content();
        let supported = self.supported.contains(place);
        match self.device(node.event) {
            Device::Unlisted => return Err(Effect::Waits(Waits::UnlistedDevice)),
            Device::Revoked if !supported => return Err(Effect::Waits(Waits::RevokedDevice)),
            Device::Revoked | Device::Listed => {}
        }
        if content.scope == Scope::Office {
            // It concerns the writer's own devices alone, whether or not the office is on the case.
            return if is_private(&content.body) {
                Ok(())
            } else {
                Err(Effect::Refused(Refused::Audience))
            };
        }
        let office = &content.office;
        if self.is_trusted(place) {
            return Ok(());
        }
        if self.had_gone(node) {
            return Err(Effect::Refused(Refused::NotOnCase));
        }
        let goes = matches!(&content.body, Body::Recuse { office: who, .. } if who == office)
            && !self.facts.reporter.left_out.contains(office);
        let included = self.is_included(office, &node.past, moves) || goes || supported;
        if included
            && self.was_brought(office, &node.past, moves)
            && !self.is_recused(office, &node.past, moves)
        {
            Ok(())
        } else {
            Err(Effect::Refused(Refused::NotOnCase))
        }
    }

    fn device(&self, event: &Event) -> Device {
        let content = event.content();
        match self.facts.devices.get(&content.office) {
            Some(devices) if devices.allows(&content.device) => Device::Listed,
            Some(devices) if devices.revoked.contains(&content.device) => Device::Revoked,
            _ => Device::Unlisted,
        }
    }

    /// Whether the offices that an event brings or sends away are such as can be.
    fn audience(&self, place: usize, node: &Node<'_>, moves: &Moves) -> Result<(), Effect> {
        let content = node.event.content();
        if content.scope == Scope::Office {
            return Ok(());
        }
        let refused = Err(Effect::Refused(Refused::Audience));
        match &content.body {
            Body::Admit(admit) if !self.facts.admissible.contains(&admit.office) => refused,
            Body::Admit(_) if self.is_trusted(place) => Ok(()),
            Body::Admit(admit) => {
                let there = self.on_case(&node.past, moves);
                if there.contains(&admit.office) || there.len() < MAX_RECIPIENTS {
                    Ok(())
                } else {
                    refused
                }
            }
            Body::Recuse { office, .. } if *office != content.office => {
                let there = self.was_brought(office, &node.past, moves)
                    && !self.is_recused(office, &node.past, moves);
                if there { Ok(()) } else { refused }
            }
            _ => Ok(()),
        }
    }
}

/// What a list of devices says of one.
enum Device {
    Listed,
    Revoked,
    Unlisted,
}

/// Whether a body may be for the writer's own office alone: what all offices have to agree on may not.
pub(crate) const fn is_private(body: &Body) -> bool {
    matches!(
        body,
        Body::Note { .. }
            | Body::Task { .. }
            | Body::TaskDone { .. }
            | Body::LegalHold { .. }
            | Body::Erase { .. }
            | Body::Confirm { .. }
            | Body::Unknown(_)
    )
}

/// Whether an event stands, whatever it still waits for.
pub(crate) fn stands(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Counts | Effect::Contested | Effect::Waits(Waits::SecondOffice)
    )
}
