//! A vector: what is known of a case, its events as they were signed, and what follows.

use std::collections::{BTreeMap, BTreeSet};

use candor_casework::{
    Event, Scope, Work,
    facts::{Devices, Reporter},
};
use candor_wire::{DeviceId, OfficeId};
use serde_json::{Value, json};

use super::{School, scenes::Scene};

/// What a vector says of the facts and events.
pub fn written(scene: &Scene) -> Value {
    let Scene { school, .. } = scene;
    let reporter = &school.reporter;
    let devices: BTreeMap<_, _> = school
        .devices
        .iter()
        .map(|(office, devices)| {
            let devices = json!({ "version": devices.version, "listed": devices.listed, "revoked": devices.revoked });
            (office.to_string(), devices)
        })
        .collect();
    let events: Vec<_> = scene
        .events
        .iter()
        .map(|event| std::str::from_utf8(event.bytes()).expect("JSON"))
        .collect();
    json!({
        "name": scene.name,
        "about": scene.about,
        "own": scene.own,
        "kind": school.kind,
        "admissible": school.admissible,
        "reporter": {
            "recipients": reporter.recipients,
            "first": reporter.first,
            "ever": reporter.ever,
            "left_out": reporter.left_out,
            "generation": reporter.generation,
            "withdrawn": reporter.withdrawn,
        },
        "devices": devices,
        "events": events,
        "follows": summary(&school.fold(&super::office(scene.own), &scene.events)),
    })
}

/// What a vector's facts and events are.
pub fn read(vector: &Value) -> (School, OfficeId, Vec<Event>) {
    let reporter = &vector["reporter"];
    let offices = |value: &Value| -> BTreeSet<OfficeId> {
        serde_json::from_value(value.clone()).expect("offices")
    };
    let mut school = School::new(&[], 0);
    school.kind = serde_json::from_value(vector["kind"].clone()).expect("a kind");
    school.admissible = offices(&vector["admissible"]);
    school.reporter = Reporter {
        recipients: offices(&reporter["recipients"]),
        first: offices(&reporter["first"]),
        ever: offices(&reporter["ever"]),
        left_out: offices(&reporter["left_out"]),
        generation: serde_json::from_value(reporter["generation"].clone()).expect("a number"),
        withdrawn: reporter["withdrawn"] == true,
    };
    for (name, devices) in vector["devices"].as_object().expect("devices") {
        let ids = |which: &str| -> BTreeSet<DeviceId> {
            serde_json::from_value(devices[which].clone()).expect("devices")
        };
        let devices = Devices {
            version: devices["version"].as_u64().expect("a version"),
            listed: ids("listed"),
            revoked: ids("revoked"),
        };
        school.devices.insert(super::office(name), devices);
    }
    let events = vector["events"]
        .as_array()
        .expect("events")
        .iter()
        .map(|event| Event::decode(event.as_str().expect("text").as_bytes()).expect("an event"))
        .collect();
    let own = super::office(vector["own"].as_str().expect("an office"));
    (school, own, events)
}

/// What follows, as far as a vector says it.
pub fn summary(work: &Work) -> Value {
    let timeline: Vec<_> = work
        .timeline
        .iter()
        .map(|entry| {
            json!({
                "event": entry.event,
                "effect": format!("{:?}", entry.effect),
                "gap": entry.gap,
                "twice": entry.twice,
            })
        })
        .collect();
    let interventions: Vec<_> = work
        .interventions
        .iter()
        .map(|thing| json!({ "handle": thing.handle, "reported": thing.reported.is_some() }))
        .collect();
    let gone: BTreeMap<_, _> = work
        .participants
        .gone
        .iter()
        .map(|(office, why)| (office.to_string(), format!("{why:?}")))
        .collect();
    json!({
        "state": work.state.value,
        "state_by": work.state.by,
        "state_also": work.state.also,
        "state_since": work.state_since,
        "hold": work.hold,
        "triage_by": work.triage.by,
        "responsible": work.responsible.value.as_ref().map(|(office, _)| office),
        "interventions": interventions,
        "notes": work.notes.iter().map(|note| note.event).collect::<Vec<_>>(),
        "now": work.participants.now,
        "gone": gone,
        "proposed": work.participants.proposed.iter().map(|(office, by)| (office.to_string(), by)).collect::<BTreeMap<_, _>>(),
        "timeline": timeline,
        "heads": work.heads.get(&Scope::Case),
        "missing": work.missing,
    })
}
