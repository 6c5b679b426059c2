//! Random work of several desks, each of which acts on what it has heard so far.

use std::collections::BTreeMap;

use candor_casework::{
    Body, Event, Scope,
    body::{
        Actionable, Admission, Admit, Departure, Discarded, Handle, History, Hold, Standing, Triage,
    },
    event::MAX_MOVES,
    work::Refused,
};
use candor_directory::TopicKind;
use candor_wire::EventId;
use proptest::prelude::*;

use super::{Desk, School, day, device, office, state};

pub const OFFICES: [&str; 5] = ["dean", "affairs", "education", "title-ix", "review"];

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Step {
    /// A desk writes an event of its choice.
    Act { desk: usize, what: u8, which: u8 },
    /// One desk hears some of what another knows, oldest first or newest first.
    Hear {
        desk: usize,
        from: usize,
        skip: u8,
        newest_first: bool,
    },
    /// The reporter leaves an office out.
    LeaveOut(usize),
    /// The reporter withdraws.
    Withdraw,
    /// An office strikes a device off its list.
    Revoke(usize),
    /// The reporter writes to whoever is on the case, in a new generation.
    Renew,
    /// A desk brings and recuses an office more often than counts, all at once.
    Flood { desk: usize, which: u8 },
    /// A desk brings an office with an account that it made up, onto something nobody has.
    Lie { desk: usize, which: u8 },
}

/// Steps among which nobody's say is ever taken away, and nothing comes before what it builds on.
pub fn peaceful() -> impl Strategy<Value = Vec<Step>> {
    let desk = 0..OFFICES.len() * 2;
    let act = (desk.clone(), 0..12_u8, any::<u8>()).prop_map(|(desk, what, which)| Step::Act {
        desk,
        what,
        which,
    });
    prop::collection::vec(prop_oneof![2 => act, 1 => hear(desk, Just(false))], 1..60)
}

/// Steps of every kind, and accounts that are made up.
pub fn lies() -> impl Strategy<Value = Vec<Step>> {
    let lie =
        (0..OFFICES.len() * 2, any::<u8>()).prop_map(|(desk, which)| Step::Lie { desk, which });
    (anything(), prop::collection::vec(lie, 1..4)).prop_map(|(mut steps, lies)| {
        for (n, lie) in lies.into_iter().enumerate() {
            steps.insert(steps.len() * (n + 1) / 4, lie);
        }
        steps
    })
}

/// Steps of every kind that honest and dishonest desks can take on what they know.
pub fn anything() -> impl Strategy<Value = Vec<Step>> {
    let desk = 0..OFFICES.len() * 2;
    let act = (desk.clone(), 0..22_u8, any::<u8>()).prop_map(|(desk, what, which)| Step::Act {
        desk,
        what,
        which,
    });
    let step = prop_oneof![
        40 => act,
        20 => hear(desk.clone(), any::<bool>()),
        1 => (0..OFFICES.len()).prop_map(Step::LeaveOut),
        1 => Just(Step::Withdraw),
        2 => desk.clone().prop_map(Step::Revoke),
        2 => Just(Step::Renew),
        1 => (desk.clone(), any::<u8>()).prop_map(|(desk, which)| Step::Flood { desk, which }),
    ];
    prop::collection::vec(step, 1..80)
}

fn hear(
    desk: std::ops::Range<usize>,
    newest_first: impl Strategy<Value = bool>,
) -> impl Strategy<Value = Step> {
    (desk.clone(), desk, 0..6_u8, newest_first).prop_map(|(desk, from, skip, newest_first)| {
        Step::Hear {
            desk,
            from,
            skip,
            newest_first,
        }
    })
}

/// What came of a script.
pub struct Played {
    pub school: School,
    pub desks: Vec<Desk>,
    pub events: BTreeMap<EventId, Event>,
    /// Whether each event was one that its writer might write, as far as that one knew.
    pub allowed: BTreeMap<EventId, Result<(), Refused>>,
}

pub fn play(kind: TopicKind, steps: &[Step]) -> Played {
    let mut school = School::new(&OFFICES, 3);
    school.kind = kind;
    let desks = OFFICES
        .iter()
        .flat_map(|name| [Desk::new(name, 1), Desk::new(name, 2)])
        .collect();
    let mut played = Played {
        school,
        desks,
        events: BTreeMap::new(),
        allowed: BTreeMap::new(),
    };
    steps.iter().for_each(|step| played.step(step));
    played
}

impl Played {
    fn step(&mut self, step: &Step) {
        match step {
            Step::Act { desk, what, which } => self.act(*desk, *what, *which),
            Step::Hear {
                desk,
                from,
                skip,
                newest_first,
            } => {
                let to = self.desks[*desk].office.clone();
                let mut heard: Vec<Event> = self.desks[*from]
                    .known
                    .iter()
                    .filter(|event| {
                        event.content().scope == Scope::Case || event.content().office == to
                    })
                    .cloned()
                    .collect();
                if *newest_first {
                    heard.reverse();
                }
                let few = heard.len().saturating_sub(usize::from(*skip));
                self.desks[*desk].hear(heard.iter().take(few));
            }
            Step::Flood { desk, which } => self.flood(*desk, *which),
            Step::Lie { desk, which } => self.lie(*desk, *which),
            Step::LeaveOut(which) => {
                let name = office(OFFICES[*which]);
                let reporter = &mut self.school.reporter;
                if reporter.recipients.iter().any(|other| *other != name) {
                    reporter.recipients.remove(&name);
                    self.school.admissible.remove(&name);
                    reporter.left_out.insert(name);
                    reporter.generation += 1;
                }
            }
            Step::Withdraw => self.school.reporter.withdrawn = true,
            Step::Revoke(which) => {
                let number = if which.is_multiple_of(2) { 1 } else { 2 };
                self.school.revoke(OFFICES[which / 2], number);
            }
            Step::Renew => {
                let now = self
                    .school
                    .fold(&office("dean"), self.events.values())
                    .participants
                    .now;
                let reporter = &mut self.school.reporter;
                if !now.is_empty() {
                    reporter.ever.extend(now.iter().cloned());
                    reporter.recipients = now;
                    reporter.generation += 1;
                }
            }
        }
    }

    fn flood(&mut self, desk: usize, which: u8) {
        let work = self.desks[desk].work(&self.school);
        let mut parents = work.heads[&Scope::Case].clone();
        let bodies = [14, 18].map(|what| self.body(desk, what, which).1);
        for body in bodies.iter().cycle().take(MAX_MOVES + 8) {
            let now = work.participants.now.clone();
            let event = self.desks[desk].write_on(Scope::Case, parents.clone(), now, body.clone());
            if which.is_multiple_of(2) {
                parents = vec![event.id()];
            }
            self.events.insert(event.id(), event);
        }
    }

    fn lie(&mut self, desk: usize, which: u8) {
        let (_, body) = self.body(desk, 14, which);
        let names = [
            "invented",
            "another",
            OFFICES[usize::from(which) % 5],
            OFFICES[4],
        ];
        let parents = vec![EventId::new([which; 32])];
        let recipients = names.iter().map(|name| office(name)).collect();
        let event = self.desks[desk].write_on(Scope::Case, parents, recipients, body);
        self.events.insert(event.id(), event);
    }

    fn act(&mut self, desk: usize, what: u8, which: u8) {
        let work = self.desks[desk].work(&self.school);
        let (scope, body) = self.body(desk, what, which);
        let own = self.desks[desk].office.clone();
        let allowed = work.may(&self.school.facts(&own), &own, scope, &body);
        let event = self.desks[desk].write(&self.school, scope, body);
        self.allowed.insert(event.id(), allowed);
        self.events.insert(event.id(), event);
    }

    fn body(&self, desk: usize, what: u8, which: u8) -> (Scope, Body) {
        let desk = &self.desks[desk];
        let work = desk.work(&self.school);
        let handle = Handle::new([which % 4; 16]);
        let why = String::new();
        let name = office(OFFICES[usize::from(which) % OFFICES.len()]);
        let body = match what {
            0 => Body::Triage(Triage {
                specific: which.is_multiple_of(2),
                actionable: [Actionable::Yes, Actionable::No, Actionable::Undecided]
                    [usize::from(which) % 3],
                ..Triage::default()
            }),
            1 | 2 => {
                let next = work.next_states(&self.school.facts(&desk.office));
                let to = next.get(usize::from(which) % next.len().max(1));
                let hold = Hold {
                    until: Some(day(u32::from(which))),
                    reports: None,
                };
                Body::Move {
                    to: to.cloned().unwrap_or_else(|| state("held")),
                    why,
                    hold: (which.is_multiple_of(2)).then_some(hold),
                }
            }
            3 => Body::Assign {
                office: (!which.is_multiple_of(5)).then_some(name),
                whom: why,
            },
            4 => Body::Note {
                text: format!("note {which}"),
                mentions: vec![name],
                replaces: work.notes.last().map(|note| note.event),
            },
            5 => Body::Task {
                task: handle,
                text: format!("task {which}"),
                due: None,
                office: None,
            },
            6 => Body::TaskDone {
                task: handle,
                done: !which.is_multiple_of(3),
            },
            7 => Body::Intervene {
                intervention: handle,
                leader: "a leader".to_owned(),
                kind: None,
                what: format!("talk {which}"),
                due: day(40),
            },
            8 => Body::ReportBack {
                intervention: handle,
                text: why,
                completed: which.is_multiple_of(2),
            },
            9 => Body::Decide {
                addressed: which.is_multiple_of(2),
                why,
            },
            10 => Body::Group {
                group: (!which.is_multiple_of(3)).then_some(handle),
                label: why,
            },
            11 => Body::LegalHold {
                on: which.is_multiple_of(2),
                why,
            },
            12 => Body::PassOn {
                to: "a team".to_owned(),
            },
            13 => Body::Discard {
                reason: (which.is_multiple_of(2)).then_some(Discarded::Test),
                note: why,
            },
            14..=16 => Body::Admit(Admit {
                office: name,
                why: if which.is_multiple_of(2) {
                    Admission::Transfer
                } else {
                    Admission::Copy
                },
                generation: self.school.reporter.generation,
                history: History::All,
                note: why,
                standing: Some(Standing {
                    state: work.state.value.clone(),
                    triage: work.triage.value.clone(),
                    responsible: work.responsible.value.map(|(office, _)| office),
                }),
            }),
            17 => Body::Recuse {
                office: desk.office.clone(),
                why: Departure::Conflict,
                note: why,
            },
            18 | 19 => Body::Recuse {
                office: name,
                why: Departure::NotConcerned,
                note: why,
            },
            20 => {
                let waiting = work.timeline.iter().rev().find(|entry| {
                    entry.scope == Scope::Case
                        && matches!(entry.effect, candor_casework::work::Effect::Waits(_))
                });
                match waiting {
                    Some(entry) => Body::Confirm {
                        events: vec![entry.event],
                    },
                    None => Body::Refer {
                        to: "a hospital".to_owned(),
                        recipient: "age1pq".to_owned(),
                        redacted: why,
                    },
                }
            }
            _ => {
                let other = BTreeMap::from([("type".to_owned(), "later".into())]);
                Body::Unknown(other)
            }
        };
        let private = matches!(
            body,
            Body::Note { .. } | Body::Task { .. } | Body::LegalHold { .. }
        ) && which % 4 == 3;
        let scope = if private { Scope::Office } else { Scope::Case };
        (scope, body)
    }

    /// Everything that an office can have, in a given order, some of it twice.
    pub fn heard_by(&self, own: &candor_wire::OfficeId, order: u64) -> Vec<Event> {
        let mut heard: Vec<(u64, Event)> = Vec::new();
        for (n, event) in self.events.values().enumerate() {
            if event.content().scope == Scope::Case || event.content().office == *own {
                let mut mixed = order ^ (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                heard.push((mixed, event.clone()));
                if mixed.is_multiple_of(3) {
                    heard.push((mixed.rotate_left(17), event.clone()));
                }
            }
        }
        heard.sort_by_key(|(key, _)| *key);
        heard.into_iter().map(|(_, event)| event).collect()
    }

    /// Whether a device is listed now.
    pub fn is_listed(&self, event: &Event) -> bool {
        let content = event.content();
        self.school.devices[&content.office]
            .listed
            .contains(&content.device)
    }

    /// A device that no list names.
    pub fn stranger(name: &str) -> Desk {
        let mut desk = Desk::new(name, 9);
        desk.device = device(name, 9);
        desk
    }
}
