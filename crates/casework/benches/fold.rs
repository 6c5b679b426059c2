//! What a fold costs: an ordinary case, and one in which devices bring and recuse offices without
//! end.
//!
//! After the benchmarks, a line gives the ratio of the flooded case to an ordinary one of as many
//! events, measured in the same run.
#![expect(missing_docs, reason = "criterion's macros make undocumented items")]
#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "the ratio is for a person to read; what a benchmark plays is in range"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use candor_casework::{Body, Event, Scope, body::Departure};
use criterion::{Criterion, criterion_group};
use support::{
    Desk, School,
    bodies::{admit, note, offices, recuse, step},
    office,
};

const OFFICES: [&str; 5] = ["dean", "affairs", "education", "title-ix", "review"];
const ORDINARY: usize = 700;
const MOVES: usize = 600;

/// How the admissions and recusals lie in a case.
#[derive(Clone, Copy)]
struct Flood {
    devices: usize,
    in_a_row: bool,
    every_office: bool,
}

fn school(to: usize) -> School {
    let mut school = School::new(&OFFICES, to);
    for name in OFFICES {
        let devices = school.devices.entry(office(name)).or_default();
        devices
            .listed
            .extend((1..=20).map(|n| support::device(name, n)));
    }
    school
}

fn ordinary(desk: &mut Desk, many: usize) -> Vec<Event> {
    let mut parents = Vec::new();
    (0..many)
        .map(|n| {
            let body = match n % 7 {
                0 => step("under-review"),
                3 => step("held"),
                _ => note("again"),
            };
            let event = desk.write_on(Scope::Case, parents.clone(), offices(&["dean"]), body);
            parents = vec![event.id()];
            event
        })
        .collect()
}

/// As many admissions as recusals, beside what is ordinary.
fn flooded(flood: Flood) -> Vec<Event> {
    let mut events = ordinary(&mut Desk::new("dean", 1), ORDINARY);
    let names = if flood.every_office {
        &OFFICES[..]
    } else {
        &OFFICES[1..2]
    };
    let mut desks: Vec<Desk> = (0..flood.devices)
        .map(|n| Desk::new(names[n % names.len()], 2 + u8::try_from(n).unwrap_or(0)))
        .collect();
    let mut parents: Vec<_> = events.first().map(Event::id).into_iter().collect();
    for n in 0..MOVES {
        let at = n % desks.len();
        let own = desks[at].office.to_string();
        let whom = OFFICES[(n / 2 + at) % OFFICES.len()];
        let body = match n % 4 {
            0 => Body::Admit(admit(&own, 0)),
            2 => Body::Admit(admit(whom, 0)),
            1 => recuse(&own, Departure::Conflict),
            _ => recuse(whom, Departure::Conflict),
        };
        let event = desks[at].write_on(Scope::Case, parents.clone(), offices(&["dean"]), body);
        if flood.in_a_row {
            parents = vec![event.id()];
        }
        events.push(event);
    }
    events
}

fn shapes() -> [(&'static str, usize, Flood); 6] {
    let flood = |devices, in_a_row, every_office| Flood {
        devices,
        in_a_row,
        every_office,
    };
    [
        ("one device, in a row", 2, flood(1, true, false)),
        ("one device, side by side", 2, flood(1, false, false)),
        ("two offices, in a row", 1, flood(2, true, true)),
        ("two offices, side by side", 1, flood(2, false, true)),
        ("twenty devices, in a row", 5, flood(20, true, true)),
        ("twenty devices, side by side", 5, flood(20, false, true)),
    ]
}

fn folds(c: &mut Criterion) {
    let own = office("dean");
    let mut group = c.benchmark_group("fold");
    group.sample_size(10);
    let events = ordinary(&mut Desk::new("dean", 1), ORDINARY + MOVES);
    let usual = school(2);
    group.bench_function("ordinary", |b| b.iter(|| usual.fold(&own, &events)));
    for (name, to, flood) in shapes() {
        let school = school(to);
        let events = flooded(flood);
        group.bench_function(name, |b| b.iter(|| school.fold(&own, &events)));
    }
    group.finish();
}

fn quickest(school: &School, events: &[Event]) -> Duration {
    let own = office("dean");
    (0..5)
        .map(|_| {
            let begun = Instant::now();
            black_box(school.fold(&own, events));
            begun.elapsed()
        })
        .min()
        .unwrap_or_default()
}

criterion_group!(benches, folds);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    let usual = quickest(
        &school(2),
        &ordinary(&mut Desk::new("dean", 1), ORDINARY + MOVES),
    );
    for (name, to, flood) in shapes() {
        let took = quickest(&school(to), &flooded(flood));
        let ratio = took.as_secs_f64() / usual.as_secs_f64();
        println!("{name}: {took:?}, {ratio:.1} times an ordinary case ({usual:?})");
    }
}
