//! What events do, in short, and what came of one.

use std::collections::BTreeSet;

use candor_casework::{
    Body, Event, Work,
    body::{Actionable, Admission, Admit, Departure, Handle, History, Triage},
    work::Effect,
};
use candor_wire::OfficeId;

use super::{day, office, state};

pub fn step(to: &str) -> Body {
    Body::Move {
        to: state(to),
        why: String::new(),
        hold: None,
    }
}

pub fn note(text: &str) -> Body {
    Body::Note {
        text: text.to_owned(),
        mentions: Vec::new(),
        replaces: None,
    }
}

pub fn triage(actionable: Actionable) -> Body {
    Body::Triage(Triage {
        specific: true,
        actionable,
        ..Triage::default()
    })
}

pub fn intervene(number: u8) -> Body {
    Body::Intervene {
        intervention: Handle::new([number; 16]),
        leader: "Clerkship director".to_owned(),
        kind: None,
        what: "Talk to the team".to_owned(),
        due: day(30),
    }
}

pub fn report(number: u8) -> Body {
    Body::ReportBack {
        intervention: Handle::new([number; 16]),
        text: "Done".to_owned(),
        completed: true,
    }
}

pub fn decide(addressed: bool) -> Body {
    Body::Decide {
        addressed,
        why: String::new(),
    }
}

pub fn recuse(name: &str, why: Departure) -> Body {
    Body::Recuse {
        office: office(name),
        why,
        note: String::new(),
    }
}

/// Brings an office to read along.
pub fn admit(name: &str, generation: u32) -> Admit {
    Admit {
        office: office(name),
        why: Admission::Copy,
        generation,
        history: History::All,
        note: String::new(),
        standing: None,
    }
}

pub fn assign(name: &str) -> Body {
    Body::Assign {
        office: Some(office(name)),
        whom: String::new(),
    }
}

pub fn offices(names: &[&str]) -> BTreeSet<OfficeId> {
    names.iter().map(|name| office(name)).collect()
}

/// What came of an event.
pub fn effect(work: &Work, event: &Event) -> Effect {
    let mut found = work
        .timeline
        .iter()
        .filter(|entry| entry.event == event.id());
    found.next().expect("in the timeline").effect
}
