//! Case events: one a line, as they were signed; then everything that follows from them together.

use std::collections::{BTreeMap, BTreeSet};

use candor_casework::{Body, Event, Facts, facts::Devices, facts::Reporter, fold};
use candor_directory::TopicKind;
use candor_wire::{OfficeId, sizes::MAX_RECIPIENTS};

use crate::known;

pub(crate) fn case_events(input: &[u8]) {
    let events: Vec<Event> = input
        .split(|byte| *byte == b'\n')
        .filter_map(|line| Event::decode(line).ok())
        .collect();
    for event in &events {
        let again = Event::decode(event.bytes());
        assert_eq!(again.as_ref(), Ok(event));
        if !matches!(event.content().body, Body::Unknown(_)) {
            let written = Event::new(event.content().clone()).map(|new| new.content().clone());
            assert_eq!(written.as_ref(), Ok(event.content()));
        }
    }
    let Some(own) = events.first().map(|event| event.content().office.clone()) else {
        return;
    };
    // Every device is trusted, and the first two offices have the report: the most can happen.
    let mut devices: BTreeMap<OfficeId, Devices> = BTreeMap::new();
    for event in &events {
        let content = event.content();
        let list = devices.entry(content.office.clone()).or_default();
        list.listed.insert(content.device);
    }
    let offices: BTreeSet<OfficeId> = devices.keys().cloned().collect();
    let recipients: BTreeSet<OfficeId> = offices.iter().take(2).cloned().collect();
    let facts = Facts {
        own: &own,
        states: &known::directory().states,
        kind: TopicKind::Concern,
        admissible: &offices,
        reporter: Reporter {
            first: recipients.clone(),
            ever: recipients.clone(),
            recipients,
            ..Reporter::default()
        },
        devices: &devices,
    };
    agrees(&facts, &events);
    // A desk that the report did not go to takes an admission's account of the case on trust.
    if let Some(own) = offices.last() {
        let newcomer = Facts {
            own,
            ..facts.clone()
        };
        agrees(&newcomer, &events);
    }
}

/// The same in whatever order, and nobody on the case who cannot be.
fn agrees(facts: &Facts<'_>, events: &[Event]) {
    let work = fold(facts, events);
    let ids: BTreeSet<_> = events.iter().map(Event::id).collect();
    assert_eq!(work.timeline.len(), ids.len());
    let now = &work.participants.now;
    assert!(now.len() <= MAX_RECIPIENTS && now.is_subset(facts.admissible));
    assert_eq!(fold(facts, events.iter().rev()), work);
}
