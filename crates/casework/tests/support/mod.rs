//! A made-up school: offices, devices, the example's states, and desks that write events.

#![allow(
    dead_code,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test plays is in range, or fails loudly"
)]

pub mod bodies;
pub mod scenes;
pub mod script;
pub mod vector;

use std::collections::{BTreeMap, BTreeSet};

use candor_casework::{
    Body, Event, Facts, Scope, Work,
    event::Content,
    facts::{Devices, Reporter},
    fold,
};
use candor_directory::{State, StateId, TopicKind};
use candor_wire::{ConversationId, Day, DeviceId, Digest, EventId, InstanceId, OfficeId};

/// What is known of a case, owned.
#[derive(Clone, Debug)]
pub struct School {
    pub states: Vec<State>,
    pub kind: TopicKind,
    pub admissible: BTreeSet<OfficeId>,
    pub reporter: Reporter,
    pub devices: BTreeMap<OfficeId, Devices>,
}

/// A device that writes events, with what it knows.
#[derive(Clone, Debug)]
pub struct Desk {
    pub office: OfficeId,
    pub device: DeviceId,
    pub known: Vec<Event>,
    pub seq: BTreeMap<Scope, u32>,
    pub link: Digest,
}

pub fn office(name: &str) -> OfficeId {
    name.parse().expect("an office")
}

pub fn state(name: &str) -> StateId {
    name.parse().expect("a state")
}

pub fn device(office: &str, number: u8) -> DeviceId {
    let mut bytes = [number; 32];
    for (to, from) in bytes.iter_mut().zip(office.bytes()) {
        *to = from;
    }
    DeviceId::new(bytes)
}

pub fn day(day: u32) -> Day {
    Day::of(
        std::time::UNIX_EPOCH + std::time::Duration::from_secs(u64::from(20_000 + day) * 86_400),
    )
}

pub fn states() -> Vec<State> {
    let next = [
        ("new", "under-review transferred withdrawn"),
        (
            "under-review",
            "not-actionable held actionable transferred withdrawn",
        ),
        ("not-actionable", "under-review withdrawn"),
        ("held", "under-review actionable not-actionable withdrawn"),
        (
            "actionable",
            "intervention-assigned held transferred withdrawn",
        ),
        ("intervention-assigned", "reported-back withdrawn"),
        ("reported-back", "closed intervention-assigned"),
        ("closed", "reopened"),
        ("reopened", "under-review intervention-assigned closed"),
        ("transferred", ""),
        ("withdrawn", ""),
    ];
    next.iter()
        .map(|(id, next)| {
            serde_json::from_value(serde_json::json!({
                "id": id,
                "names": { "en": id },
                "description": { "en": id },
                "next": next.split_whitespace().collect::<Vec<_>>(),
            }))
            .expect("a state")
        })
        .collect()
}

impl School {
    /// Offices `names` can come onto the case; the reporter wrote to the first `to` of them. Each
    /// has two devices.
    pub fn new(names: &[&str], to: usize) -> Self {
        let offices: Vec<_> = names.iter().map(|name| office(name)).collect();
        let recipients: BTreeSet<_> = offices.iter().take(to).cloned().collect();
        let devices = names
            .iter()
            .map(|name| {
                let devices = Devices {
                    version: 1,
                    listed: [device(name, 1), device(name, 2)].into(),
                    revoked: BTreeSet::new(),
                };
                (office(name), devices)
            })
            .collect();
        Self {
            states: states(),
            kind: TopicKind::Concern,
            admissible: offices.into_iter().collect(),
            reporter: Reporter {
                first: recipients.clone(),
                ever: recipients.clone(),
                recipients,
                ..Reporter::default()
            },
            devices,
        }
    }

    pub fn facts<'a>(&'a self, own: &'a OfficeId) -> Facts<'a> {
        Facts {
            own,
            states: &self.states,
            kind: self.kind,
            admissible: &self.admissible,
            reporter: self.reporter.clone(),
            devices: &self.devices,
        }
    }

    pub fn fold<'e>(&self, own: &OfficeId, events: impl IntoIterator<Item = &'e Event>) -> Work {
        fold(&self.facts(own), events)
    }

    /// Device 1 of an office, which knows nothing yet.
    pub fn desk(&self, name: &str) -> Desk {
        Desk::new(name, 1)
    }

    /// Takes a device off its office's list.
    pub fn revoke(&mut self, name: &str, number: u8) {
        let devices = self.devices.get_mut(&office(name)).expect("an office");
        devices.version += 1;
        devices.listed.remove(&device(name, number));
        devices.revoked.insert(device(name, number));
    }
}

impl Desk {
    pub fn new(name: &str, number: u8) -> Self {
        let device = device(name, number);
        Self {
            office: office(name),
            device,
            known: Vec::new(),
            seq: BTreeMap::new(),
            link: candor_casework::event::first_link(&device),
        }
    }

    pub fn work(&self, school: &School) -> Work {
        school.fold(&self.office, &self.known)
    }

    /// Writes an event for all offices, on top of what counts for this desk.
    pub fn say(&mut self, school: &School, body: Body) -> Event {
        self.write(school, Scope::Case, body)
    }

    pub fn write(&mut self, school: &School, scope: Scope, body: Body) -> Event {
        let work = self.work(school);
        let mut parents = work.heads.get(&scope).cloned().unwrap_or_default();
        if let Body::Confirm { events } = &body {
            parents.extend(events);
            parents.sort_unstable();
            parents.dedup();
        }
        let recipients = match (scope, &body) {
            (Scope::Office, _) => [self.office.clone()].into(),
            (Scope::Case, Body::Admit(admit)) => {
                let mut now = work.participants.now;
                now.insert(admit.office.clone());
                now
            }
            (Scope::Case, _) => work.participants.now,
        };
        self.write_on(scope, parents, recipients, body)
    }

    /// Writes an event with these parents, whatever would be right.
    pub fn write_on(
        &mut self,
        scope: Scope,
        mut parents: Vec<EventId>,
        mut recipients: BTreeSet<OfficeId>,
        body: Body,
    ) -> Event {
        let seq = self.seq.entry(scope).or_default();
        *seq += 1;
        recipients.insert(self.office.clone());
        parents.sort_unstable();
        let later = matches!(body, Body::Unknown(_));
        let body = if later {
            Body::TaskDone {
                task: candor_casework::body::Handle::new([0; 16]),
                done: false,
            }
        } else {
            body
        };
        let content = Content {
            v: candor_casework::event::VERSION,
            instance: InstanceId::new([1; 32]),
            conversation: ConversationId::new([2; 32]),
            office: self.office.clone(),
            device: self.device,
            scope,
            seq: *seq,
            link: self.link,
            list: 1,
            parents,
            day: day(*seq),
            recipients: recipients.into_iter().collect(),
            body,
        };
        let mut json = serde_json::to_string(&content).expect("JSON");
        if later {
            json = json.replace("task-done", "of-a-later-version");
        }
        let event = Event::decode(json.as_bytes()).expect("an event");
        self.link = candor_casework::event::next_link(&self.link, &event.id());
        self.known.push(event.clone());
        event
    }

    /// Receives events.
    pub fn hear<'e>(&mut self, events: impl IntoIterator<Item = &'e Event>) {
        self.known.extend(events.into_iter().cloned());
    }
}

/// Everybody hears everything.
pub fn meet(desks: &mut [&mut Desk]) {
    let all: BTreeMap<EventId, Event> = desks
        .iter()
        .flat_map(|desk| &desk.known)
        .map(|event| (event.id(), event.clone()))
        .collect();
    for desk in desks {
        desk.known = all.values().cloned().collect();
    }
}
