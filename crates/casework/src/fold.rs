//! From events to what follows from them.
//!
//! 1. [`Graph`]: the order, and what each event builds on.
//! 2. [`members`]: which devices and offices count, and who takes part.
//! 3. Here: what each counting event sets, judged by the state that follows from its past, and the
//!    registers at the end.

use std::collections::BTreeMap;

use candor_directory::StateId;
use candor_wire::{DeviceId, EventId};

use crate::{
    bits::Bits,
    body::Body,
    event::{Content, Event, Scope},
    facts::Facts,
    graph::{Graph, Node},
    ledger::{Ledger, register},
    members::{self, stands},
    procedure::{self, Procedure, Stand},
    things,
    work::{Effect, Entry, Refused, Register, Work},
};

/// What follows from these events and facts: the same in whatever order they are given, and
/// however often.
pub fn fold<'e>(facts: &Facts<'_>, events: impl IntoIterator<Item = &'e Event>) -> Work {
    let graph = Graph::new(events);
    let judgement = members::judge(&graph, facts);
    let mut fold = Fold {
        graph,
        procedure: Procedure {
            states: facts.states,
            kind: facts.kind,
        },
        ledger: Ledger::default(),
        effects: judgement.effects,
        contested: Bits::default(),
        erased: None,
    };
    fold.run(facts, judgement.standing);
    fold.finish(facts, judgement.participants)
}

struct Fold<'a, 'e> {
    graph: Graph<'e>,
    procedure: Procedure<'a>,
    ledger: Ledger,
    effects: Vec<Effect>,
    contested: Bits,
    erased: Option<String>,
}

impl Fold<'_, '_> {
    fn run(&mut self, facts: &Facts<'_>, standing: Option<usize>) {
        for place in 0..self.graph.nodes().len() {
            if !self.effects.get(place).is_some_and(stands) {
                continue;
            }
            let Some(node) = self.graph.node(place) else {
                continue;
            };
            let set = set(
                &mut self.ledger,
                &self.graph,
                self.procedure,
                facts,
                place,
                node,
            );
            if let Err(refused) = set
                && let Some(effect) = self.effects.get_mut(place)
            {
                *effect = Effect::Refused(refused);
                continue;
            }
            let content = node.event.content();
            match &content.body {
                Body::Admit(admit) if standing == Some(place) => {
                    if let Some(standing) = &admit.standing
                        && self.procedure.has(standing.state.as_str())
                    {
                        let state = (standing.state.clone(), None);
                        let responsible = standing.responsible.clone();
                        self.ledger.state.push((place, state));
                        self.ledger.triage.push((place, standing.triage.clone()));
                        self.ledger
                            .responsible
                            .push((place, responsible.map(|office| (office, String::new()))));
                    }
                }
                Body::Erase { why } if content.office == *facts.own => {
                    self.erased = Some(why.clone());
                }
                _ => {}
            }
        }
    }

    fn finish(mut self, facts: &Facts<'_>, participants: crate::work::Participants) -> Work {
        let (state, hold, state_at) = self.state(facts);
        let state_since = state_at
            .and_then(|at| self.graph.node(at))
            .map(|node| node.event.content().day);
        let graph = &self.graph;
        let ledger = &self.ledger;
        let contested = &mut self.contested;
        let triage = register(&ledger.triage, None, graph, contested);
        let mut responsible = register(&ledger.responsible, None, graph, contested);
        if let Some((office, _)) = &responsible.value
            && !participants.now.contains(office)
        {
            responsible = Register::unset(None);
        }
        let group = register(&ledger.group, None, graph, contested);
        let discarded = register(&ledger.discarded, None, graph, contested);
        let legal_hold = register(&ledger.legal_hold, None, graph, contested);
        let interventions = things::interventions(ledger, graph, contested);
        let tasks = things::tasks(ledger, graph, contested);
        let notes = things::notes(ledger, graph);
        Work {
            state,
            state_since,
            triage,
            responsible,
            hold,
            group,
            discarded,
            legal_hold,
            interventions,
            tasks,
            notes,
            participants,
            erased: self.erased.take(),
            heads: self.heads(),
            timeline: self.timeline(),
            missing: self.graph.into_missing(),
        }
    }

    /// The state at the end, and since which event.
    fn state(
        &mut self,
        facts: &Facts<'_>,
    ) -> (Register<StateId>, Option<crate::body::Hold>, Option<usize>) {
        if facts.reporter.withdrawn {
            return (Register::unset(Procedure::withdrawn()), None, None);
        }
        let states: Vec<_> = self
            .ledger
            .state
            .iter()
            .map(|(at, (state, _))| (*at, state.clone()))
            .collect();
        let mut state = register(
            &states,
            self.procedure.first(),
            &self.graph,
            &mut self.contested,
        );
        let mut all = Bits::default();
        (0..self.graph.nodes().len()).for_each(|at| all.insert(at));
        let end = self.ledger.state_at(&all, &self.graph, &self.procedure);
        if end.state != state.value {
            state.value = end.state;
            state.by = end
                .by
                .and_then(|at| self.graph.node(at))
                .map(|node| node.event.id());
        }
        let hold = self
            .ledger
            .state
            .last()
            .filter(|_| state.value.as_str() == procedure::HELD)
            .and_then(|(_, (_, hold))| *hold);
        (state, hold, end.by)
    }

    /// The newest events that count, for the next one to build on.
    fn heads(&self) -> BTreeMap<Scope, Vec<EventId>> {
        let counting = |scope: Scope| -> Vec<usize> {
            self.graph
                .nodes()
                .iter()
                .enumerate()
                .filter(|(place, node)| {
                    self.effects.get(*place).is_some_and(stands)
                        && (scope == Scope::Office || node.event.content().scope == Scope::Case)
                })
                .map(|(place, _)| place)
                .collect()
        };
        [Scope::Case, Scope::Office]
            .into_iter()
            .map(|scope| {
                let newest = self.graph.newest(&counting(scope));
                let mut heads: Vec<_> = newest
                    .into_iter()
                    .rev()
                    .take(crate::event::MAX_PARENTS)
                    .filter_map(|at| self.graph.node(at))
                    .map(|node| node.event.id())
                    .collect();
                heads.sort_unstable();
                (scope, heads)
            })
            .collect()
    }

    fn timeline(&self) -> Vec<Entry> {
        let mut numbers: BTreeMap<(DeviceId, Scope, u32), usize> = BTreeMap::new();
        let number = |content: &Content| (content.device, content.scope, content.seq);
        for node in self.graph.nodes() {
            *numbers.entry(number(node.event.content())).or_default() += 1;
        }
        self.graph
            .nodes()
            .iter()
            .zip(&self.effects)
            .enumerate()
            .map(|(place, (node, effect))| {
                let content = node.event.content();
                let effect = match effect {
                    Effect::Counts if self.contested.contains(place) => Effect::Contested,
                    effect => *effect,
                };
                Entry {
                    event: node.event.id(),
                    office: content.office.clone(),
                    device: content.device,
                    day: content.day,
                    scope: content.scope,
                    body: content.body.clone(),
                    effect,
                    gap: node.gap,
                    twice: numbers.get(&number(content)).is_some_and(|n| *n > 1),
                }
            })
            .collect()
    }
}

/// Writes down what an event sets.
fn set(
    ledger: &mut Ledger,
    graph: &Graph<'_>,
    procedure: Procedure<'_>,
    facts: &Facts<'_>,
    place: usize,
    node: &Node<'_>,
) -> Result<(), Refused> {
    let past = &node.past;
    let content = node.event.content();
    let body = &content.body;
    let hold = match body {
        Body::Move { hold, .. } => *hold,
        _ => None,
    };
    let known = |handle| Ledger::is_known(&ledger.interventions, handle, past, |(at, _)| *at);
    let here = ledger.state_at(past, graph, &procedure);
    let stand = Stand {
        state: &here.state,
        actionable: ledger.triage_at(past).map(|triage| triage.actionable),
        known_intervention: match body {
            Body::Intervene { intervention, .. } => known(intervention),
            _ => false,
        },
        gaps: node.gaps_before,
    };
    let step = procedure.step(body, stand)?;
    match body {
        Body::Triage(triage) => ledger.triage.push((place, Some(triage.clone()))),
        Body::Assign { office, whom } => {
            if office
                .as_ref()
                .is_some_and(|office| facts.reporter.left_out.contains(office))
            {
                return Err(Refused::Audience);
            }
            let responsible = office.clone().map(|office| (office, whom.clone()));
            ledger.responsible.push((place, responsible));
        }
        Body::Group { group, label } => {
            ledger
                .group
                .push((place, group.map(|group| (group, label.clone()))));
        }
        Body::Discard { reason, note } => {
            ledger
                .discarded
                .push((place, reason.map(|reason| (reason, note.clone()))));
        }
        Body::LegalHold { on, why } => ledger.legal_hold.push((place, on.then(|| why.clone()))),
        Body::Note { .. } => ledger.notes.push(place),
        Body::Task { task, .. } => ledger.tasks.entry(*task).or_default().push(place),
        Body::TaskDone { task, done } => {
            if !node.gaps_before && !Ledger::is_known(&ledger.tasks, task, past, |at| *at) {
                return Err(Refused::NoSuchThing);
            }
            ledger.done.entry(*task).or_default().push((place, *done));
        }
        Body::Intervene { intervention, .. } => {
            ledger
                .interventions
                .entry(*intervention)
                .or_default()
                .push((place, step.is_some()));
        }
        Body::ReportBack { intervention, .. } => {
            if !node.gaps_before && !known(intervention) {
                return Err(Refused::NoSuchThing);
            }
            ledger.reports.entry(*intervention).or_default().push(place);
        }
        Body::Unknown(_) => return Err(Refused::Unknown),
        Body::Move { .. }
        | Body::Decide { .. }
        | Body::PassOn { .. }
        | Body::Admit(_)
        | Body::Recuse { .. }
        | Body::Refer { .. }
        | Body::Erase { .. }
        | Body::Confirm { .. } => {}
    }
    if let Some(state) = step {
        ledger.state.push((place, (state, hold)));
    }
    Ok(())
}
