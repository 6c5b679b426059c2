//! What events have made: interventions, tasks and notes.

use std::collections::BTreeSet;

use candor_wire::EventId;

use crate::{
    bits::Bits,
    body::Body,
    event::{Content, Scope},
    graph::Graph,
    ledger::{Ledger, register},
    work::{Intervention, Note, Task},
};

/// The versions of a thing that stand beside each other: the last counts; the others with what they
/// say otherwise.
fn versions(
    places: &[usize],
    graph: &Graph<'_>,
    contested: &mut Bits,
) -> Option<(usize, Vec<EventId>)> {
    let mut newest = graph.newest(places);
    let last = newest.pop()?;
    let body = &graph.node(last)?.event.content().body;
    let mut also = Vec::new();
    for at in newest {
        if let Some(node) = graph.node(at)
            && node.event.content().body != *body
        {
            contested.insert(at);
            contested.insert(last);
            also.push(node.event.id());
        }
    }
    Some((last, also))
}

fn content<'g>(graph: &'g Graph<'_>, place: Option<&usize>) -> Option<&'g Content> {
    graph.node(*place?).map(|node| node.event.content())
}

/// What leaders were asked to do.
pub(crate) fn interventions(
    ledger: &Ledger,
    graph: &Graph<'_>,
    contested: &mut Bits,
) -> Vec<Intervention> {
    let mut all = Bits::default();
    (0..graph.nodes().len()).for_each(|at| all.insert(at));
    let mut found: Vec<(usize, Intervention)> = Vec::new();
    for (handle, asked) in &ledger.interventions {
        let places: Vec<usize> = asked.iter().map(|(at, _)| *at).collect();
        let Some((last, mut also)) = versions(&places, graph, contested) else {
            continue;
        };
        let (Some(first), Some(newest)) =
            (content(graph, places.first()), content(graph, Some(&last)))
        else {
            continue;
        };
        let Body::Intervene {
            leader,
            kind,
            what,
            due,
            ..
        } = &newest.body
        else {
            continue;
        };
        let answer = ledger.answer(handle, &all, graph);
        if answer.is_some()
            && let Some(reports) = ledger.reports.get(handle)
            && let Some((_, others)) = versions(reports, graph, contested)
        {
            also.extend(others);
        }
        let reported = content(graph, answer.as_ref()).and_then(|report| match &report.body {
            Body::ReportBack {
                text, completed, ..
            } => Some((report.day, text.clone(), *completed)),
            _ => None,
        });
        let intervention = Intervention {
            handle: *handle,
            leader: leader.clone(),
            kind: kind.clone(),
            what: what.clone(),
            due: *due,
            asked: first.day,
            reported,
            also,
        };
        found.push((places.first().copied().unwrap_or(last), intervention));
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, thing)| thing).collect()
}

/// What is to be done.
pub(crate) fn tasks(ledger: &Ledger, graph: &Graph<'_>, contested: &mut Bits) -> Vec<Task> {
    let mut found: Vec<(usize, Task)> = Vec::new();
    for (handle, places) in &ledger.tasks {
        let Some((last, also)) = versions(places, graph, contested) else {
            continue;
        };
        let (Some(first), Some(newest)) =
            (content(graph, places.first()), content(graph, Some(&last)))
        else {
            continue;
        };
        let Body::Task {
            text, due, office, ..
        } = &newest.body
        else {
            continue;
        };
        let done = ledger
            .done
            .get(handle)
            .map(|done| register(done, false, graph, contested));
        let mut also = also;
        if let Some(done) = &done {
            also.extend(done.also.iter().map(|(event, _)| *event));
        }
        let for_all = places
            .iter()
            .filter_map(|at| content(graph, Some(at)))
            .any(|version| version.scope == Scope::Case);
        let task = Task {
            handle: *handle,
            scope: if for_all { Scope::Case } else { Scope::Office },
            text: text.clone(),
            due: *due,
            office: office.clone(),
            done: done.is_some_and(|done| done.value),
            by: first.office.clone(),
            day: first.day,
            also,
        };
        found.push((places.first().copied().unwrap_or(last), task));
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, thing)| thing).collect()
}

/// Internal notes. One takes the place of another if the same device wrote both, and knew.
pub(crate) fn notes(ledger: &Ledger, graph: &Graph<'_>) -> Vec<Note> {
    let mut replaced = BTreeSet::new();
    for at in &ledger.notes {
        if let Some(node) = graph.node(*at)
            && let Body::Note {
                replaces: Some(old),
                ..
            } = &node.event.content().body
            && let Some(place) = graph.place(old)
            && node.past.contains(place)
            && content(graph, Some(&place))
                .is_some_and(|old| old.device == node.event.content().device)
        {
            replaced.insert(place);
        }
    }
    ledger
        .notes
        .iter()
        .filter_map(|at| {
            let node = graph.node(*at)?;
            let content = node.event.content();
            let Body::Note { text, mentions, .. } = &content.body else {
                return None;
            };
            Some(Note {
                event: node.event.id(),
                scope: content.scope,
                text: text.clone(),
                mentions: mentions.clone(),
                by: content.office.clone(),
                device: content.device,
                day: content.day,
                replaced: replaced.contains(at),
            })
        })
        .collect()
}
