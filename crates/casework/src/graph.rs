//! The events in their order, and which of them each one builds on.
//!
//! Topological; among events of which neither is the other's ancestor, the lower id first. Nothing
//! here depends on the order in which events came, and nothing recurses: a chain may be as long as
//! a case lasts.

use std::collections::{BTreeMap, BTreeSet};

use candor_wire::EventId;

use crate::{
    bits::Bits,
    event::{Event, Scope},
};

/// Events in order.
#[derive(Debug)]
pub(crate) struct Graph<'e> {
    nodes: Vec<Node<'e>>,
    places: BTreeMap<EventId, usize>,
    missing: BTreeSet<EventId>,
}

/// One event in its place.
#[derive(Debug)]
pub(crate) struct Node<'e> {
    /// The event.
    pub(crate) event: &'e Event,
    /// All that it builds on, by place.
    pub(crate) past: Bits,
    /// Whether one of its parents is not here.
    pub(crate) gap: bool,
    /// Whether something is missing anywhere before it.
    pub(crate) gaps_before: bool,
}

impl<'e> Graph<'e> {
    /// Puts events in order. The same event twice is one.
    pub(crate) fn new(events: impl IntoIterator<Item = &'e Event>) -> Self {
        let events: BTreeMap<EventId, &'e Event> = events
            .into_iter()
            .map(|event| (event.id(), event))
            .collect();
        let mut missing = BTreeSet::new();
        let mut waiting: BTreeMap<EventId, usize> = BTreeMap::new();
        let mut children: BTreeMap<EventId, Vec<EventId>> = BTreeMap::new();
        let mut ready = BTreeSet::new();
        for (id, event) in &events {
            let mut parents = 0;
            for parent in parents_of(event, &events) {
                if events.contains_key(parent) {
                    parents += 1;
                    children.entry(*parent).or_default().push(*id);
                } else {
                    missing.insert(*parent);
                }
            }
            if parents == 0 {
                ready.insert(*id);
            } else {
                waiting.insert(*id, parents);
            }
        }
        let mut graph = Self {
            nodes: Vec::with_capacity(events.len()),
            places: BTreeMap::new(),
            missing,
        };
        while let Some(id) = ready.pop_first() {
            if let Some(event) = events.get(&id) {
                graph.push(event, &events);
            }
            for child in children.remove(&id).unwrap_or_default() {
                if let Some(left) = waiting.get_mut(&child) {
                    *left -= 1;
                    if *left == 0 {
                        waiting.remove(&child);
                        ready.insert(child);
                    }
                }
            }
        }
        graph
    }

    fn push(&mut self, event: &'e Event, all: &BTreeMap<EventId, &'e Event>) {
        let mut node = Node {
            event,
            past: Bits::default(),
            gap: false,
            gaps_before: false,
        };
        for parent in parents_of(event, all) {
            match self.places.get(parent) {
                None => node.gap = true,
                Some(place) => {
                    if let Some(before) = self.nodes.get(*place) {
                        node.past.union(&before.past);
                        node.gaps_before |= before.gaps_before;
                    }
                    node.past.insert(*place);
                }
            }
        }
        node.gaps_before |= node.gap;
        self.places.insert(event.id(), self.nodes.len());
        self.nodes.push(node);
    }

    /// The events in their order.
    pub(crate) fn nodes(&self) -> &[Node<'e>] {
        &self.nodes
    }

    /// The event at a place.
    pub(crate) fn node(&self, place: usize) -> Option<&Node<'e>> {
        self.nodes.get(place)
    }

    /// Where an event stands.
    pub(crate) fn place(&self, event: &EventId) -> Option<usize> {
        self.places.get(event).copied()
    }

    /// Whether one event is among those that another builds on.
    pub(crate) fn is_before(&self, place: usize, later: usize) -> bool {
        self.node(later)
            .is_some_and(|node| node.past.contains(place))
    }

    /// Parents that are not here.
    pub(crate) fn into_missing(self) -> BTreeSet<EventId> {
        self.missing
    }

    /// Of these places, ascending, those that none of the others builds on.
    pub(crate) fn newest(&self, places: &[usize]) -> Vec<usize> {
        let mut covered = Bits::default();
        let mut newest = Vec::new();
        for place in places.iter().rev() {
            if !covered.contains(*place) {
                newest.push(*place);
            }
            if let Some(node) = self.node(*place) {
                covered.union(&node.past);
            }
        }
        newest.reverse();
        newest
    }
}

/// What an event builds on. What is for all offices builds only on what is: other offices could
/// not follow it otherwise.
fn parents_of<'a>(
    event: &'a Event,
    all: &'a BTreeMap<EventId, &Event>,
) -> impl Iterator<Item = &'a EventId> {
    let content = event.content();
    content.parents.iter().filter(move |parent| {
        content.scope == Scope::Office
            || all
                .get(parent)
                .is_none_or(|parent| parent.content().scope == Scope::Case)
    })
}
