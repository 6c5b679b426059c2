//! Who takes part, and which events therefore count (`docs/protocol.md`, section 15, rules 1 to 3).
//!
//! - An event is judged by what stands before it: whether its office was on the case there.
//! - A recusal wins over what is concurrent with it: of an office that went, only that counts
//!   which the recusal builds on. Recusals themselves are judged by their past alone, so that two
//!   offices that recuse each other at the same time both go.
//! - What a device that was revoked did, or an office that the reporter's newest message leaves
//!   out, needs **support**: an event of an office on the case, by a listed device, that builds on
//!   it. Support can bring in who supports more, so it is reckoned in rounds until nothing changes.

use std::collections::{BTreeMap, BTreeSet};

use candor_wire::{OfficeId, sizes::MAX_RECIPIENTS};

use crate::{
    bits::Bits,
    body::{Admit, Body, Departure},
    event::{Event, Scope},
    facts::Facts,
    graph::{Graph, Node},
    work::{Effect, Gone, Participants, Refused, Waits},
};

/// What follows for who takes part.
#[derive(Debug)]
pub(crate) struct Judgement {
    /// What came of each event, by place, as far as its device and office are concerned.
    pub(crate) effects: Vec<Effect>,
    /// Who takes part.
    pub(crate) participants: Participants,
    /// Admissions whose account of the case stands in for what this desk was not given, by place.
    pub(crate) standings: Vec<usize>,
}

/// An office was brought onto the case.
#[derive(Clone, Debug)]
struct Brought {
    place: usize,
    generation: u32,
}

/// Somebody wants an office off the case.
#[derive(Clone, Debug)]
struct Recusal {
    place: usize,
    by: OfficeId,
    why: Departure,
}

type Admits = BTreeMap<OfficeId, Vec<Brought>>;
type Recusals = BTreeMap<OfficeId, Vec<Recusal>>;

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
            trusted,
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

/// The admission that this desk has to take on trust, if it is a newcomer's that lacks what was
/// before: of those, one by an office that the reporter wrote to, and the first.
///
/// An office that the report itself went to takes none on trust, or anybody could make up a case
/// for it in which others are on it.
fn trusted(graph: &Graph<'_>, facts: &Facts<'_>) -> Option<usize> {
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

/// What is known so far of who came and who went.
#[derive(Clone, Debug, Default)]
struct Moves {
    admits: Admits,
    recusals: Recusals,
    standings: Vec<usize>,
}

struct Round<'a, 'e> {
    graph: &'a Graph<'e>,
    facts: &'a Facts<'a>,
    supported: &'a Bits,
    all: &'a Bits,
    trusted: Option<usize>,
}

impl Round<'_, '_> {
    fn judge(&self) -> (Judgement, Bits) {
        let (mut effects, by_past) = self.by_their_past();
        let recusals = self.effective(&by_past, &mut effects);
        let moves = self.admitted(&by_past, &recusals, Some(&mut effects));
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
            standings: moves.standings.clone(),
            effects,
        };
        (judgement, supported)
    }

    /// Judges every event by what stands before it alone.
    fn by_their_past(&self) -> (Vec<Effect>, Moves) {
        let mut moves = Moves::default();
        let mut effects = Vec::with_capacity(self.graph.nodes().len());
        for (place, node) in self.graph.nodes().iter().enumerate() {
            let checked = self
                .check(place, node, &moves)
                .and_then(|()| self.audience(place, node, &moves));
            effects.push(checked.map_or_else(|effect| effect, |()| Effect::Counts));
            if checked.is_err() {
                continue;
            }
            let content = node.event.content();
            match &content.body {
                Body::Admit(admit) => self.bring(place, node, admit, &mut moves),
                Body::Recuse { office, why, .. } => {
                    let recusal = Recusal {
                        place,
                        by: content.office.clone(),
                        why: *why,
                    };
                    moves
                        .recusals
                        .entry(office.clone())
                        .or_default()
                        .push(recusal);
                }
                _ => {}
            }
        }
        (effects, moves)
    }

    fn bring(&self, place: usize, node: &Node<'_>, admit: &Admit, moves: &mut Moves) {
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

    /// Whether an event's office had gone before this desk came, as far as its admission tells.
    fn had_gone(&self, node: &Node<'_>) -> bool {
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
    fn stands_in(&self, place: usize, node: &Node<'_>) -> bool {
        self.trusted == Some(place) && node.gaps_before
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
        if self.trusted == Some(place) {
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
            Body::Admit(_) if self.trusted == Some(place) => Ok(()),
            Body::Admit(admit) => {
                let there = self.on_case(&node.past, moves);
                let room = there.contains(&admit.office) || there.len() < MAX_RECIPIENTS;
                if self.facts.admissible.contains(&admit.office) && room {
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

    /// The offices that a newcomer's own admission named, if it stands in for what was before.
    fn stand_in(&self, past: &Bits, moves: &Moves) -> Option<(&Event, u32)> {
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

    /// Whether the reporter or an event that stands in a past has brought an office.
    fn was_brought(&self, office: &OfficeId, past: &Bits, moves: &Moves) -> bool {
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
    fn is_included(&self, office: &OfficeId, past: &Bits, moves: &Moves) -> bool {
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
    fn is_undone(&self, office: &OfficeId, recusal: usize, past: &Bits, moves: &Moves) -> bool {
        moves.admits.get(office).is_some_and(|admits| {
            admits.iter().any(|admit| {
                past.contains(admit.place) && self.graph.is_before(recusal, admit.place)
            })
        })
    }

    /// The recusals of an office that hold, as far as a past tells of coming back, if any do.
    fn recused_by<'m>(
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

    fn is_recused(&self, office: &OfficeId, past: &Bits, moves: &Moves) -> bool {
        !self
            .recused_by(office, past, moves, |place| past.contains(place))
            .is_empty()
    }

    /// Whether an event stands beside the recusal of its own office.
    fn is_cut(&self, place: usize, node: &Node<'_>, moves: &Moves) -> bool {
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
    fn on_case(&self, past: &Bits, moves: &Moves) -> BTreeSet<OfficeId> {
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

    /// The recusals that hold, in order: one that would leave nobody does not.
    fn effective(&self, by_past: &Moves, effects: &mut [Effect]) -> Recusals {
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
    fn admitted(
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
    fn recusal(&self, place: usize, office: &OfficeId, moves: &Moves) -> Effect {
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

    /// What has support after this round.
    fn support(&self, effects: &[Effect], moves: &Moves) -> Bits {
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

    fn participants(&self, moves: &Moves) -> Participants {
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

/// Whether recusals are enough: the office's own, or those of two others.
fn suffices<'m>(office: &OfficeId, recusals: impl IntoIterator<Item = &'m Recusal>) -> bool {
    let mut first = None;
    recusals
        .into_iter()
        .any(|recusal| recusal.by == *office || *first.get_or_insert(&recusal.by) != &recusal.by)
}

/// Whether an event stands, whatever it still waits for.
pub(crate) fn stands(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Counts | Effect::Contested | Effect::Waits(Waits::SecondOffice)
    )
}
