//! What a desk knows of a case besides its events: from the reporter's messages, the directory and
//! the offices' lists of devices.

use std::collections::{BTreeMap, BTreeSet};

use candor_casework::{
    Event, Facts, Work,
    facts::{Devices, Reporter},
    fold,
};
use candor_directory::{Directory, OfficeKind, State, TopicKind};
use candor_wire::OfficeId;

use crate::{case::Case, desk::Desk};

/// What a desk reckons by.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Its office.
    pub own: &'a OfficeId,
    /// The directory, if it has one.
    pub directory: Option<&'a Directory>,
    /// The offices' devices.
    pub devices: &'a BTreeMap<OfficeId, Devices>,
}

/// What follows from the events of a case on a desk, and perhaps one more.
pub(super) fn reckon(desk: &Desk, case: Option<&Case>, more: Option<&Event>) -> Work {
    let known = Known {
        own: &desk.config.office,
        directory: desk.published.as_deref().map(|p| &*p.directory),
        devices: &desk.state.together.device_lists,
    };
    known.reckon(case, more)
}

impl Known<'_> {
    /// What follows from the events of a case, and perhaps one more.
    #[must_use]
    pub fn reckon(&self, case: Option<&Case>, more: Option<&Event>) -> Work {
        let events = case.into_iter().flat_map(|case| case.events.iter());
        with(self, case, |facts| fold(facts, events.chain(more)))
    }
}

/// What a desk knows of a case besides its events.
pub(super) fn of<T>(desk: &Desk, case: Option<&Case>, of: impl FnOnce(&Facts<'_>) -> T) -> T {
    let known = Known {
        own: &desk.config.office,
        directory: desk.published.as_deref().map(|p| &*p.directory),
        devices: &desk.state.together.device_lists,
    };
    with(&known, case, of)
}

fn with<T>(known: &Known<'_>, case: Option<&Case>, of: impl FnOnce(&Facts<'_>) -> T) -> T {
    let directory = known.directory;
    let states: &[State] = directory.map_or(&[], |d| d.states.as_slice());
    let kind = directory
        .zip(case.and_then(Case::report))
        .and_then(|(directory, report)| {
            let topic = report.topic.parse().ok()?;
            Some(directory.topic(&topic)?.kind)
        })
        .unwrap_or(TopicKind::Concern);
    let excluded = |office: &OfficeId| {
        directory
            .zip(case)
            .is_some_and(|(directory, case)| directory.is_excluded(office, case.excluded.iter()))
    };
    let mut admissible = BTreeSet::new();
    let mut left_out = BTreeSet::new();
    for office in directory.into_iter().flat_map(|d| &d.offices) {
        if excluded(&office.id) {
            left_out.insert(office.id.clone());
        } else if office.kind == OfficeKind::Formal {
            admissible.insert(office.id.clone());
        }
    }
    let facts = Facts {
        own: known.own,
        states,
        kind,
        admissible: &admissible,
        reporter: case.map_or_else(Reporter::default, |case| Reporter {
            recipients: case.recipients.iter().cloned().collect(),
            first: case
                .members()
                .next()
                .map(|first| first.recipients.iter().cloned().collect())
                .unwrap_or_default(),
            ever: case.ever.clone(),
            left_out,
            generation: case.generation().map_or(0, |(generation, _)| generation),
            withdrawn: case.withdrawn,
        }),
        devices: known.devices,
    };
    of(&facts)
}
