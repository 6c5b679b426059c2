//! Long cases: nothing recurses, and a fold stays quick.

mod support;

use std::time::{Duration, Instant};

use candor_casework::{Event, Scope, body::Departure};
use support::{
    Desk, School,
    bodies::{note, recuse, step},
    office,
};

/// A chain of moves back and forth, as a restless office would make it.
fn chain(desk: &mut Desk, length: usize) {
    let mut parents = Vec::new();
    for n in 0..length {
        let body = match n % 5 {
            0 => step("under-review"),
            1 => step("held"),
            2 => recuse("affairs", Departure::Conflict),
            _ => note("again"),
        };
        let event = desk.write_on(Scope::Case, parents, [office("affairs")].into(), body);
        parents = vec![event.id()];
    }
}

#[test]
fn a_deep_chain_is_followed() {
    let school = School::new(&["dean", "affairs"], 2);
    let mut dean = school.desk("dean");
    chain(&mut dean, 10_000);
    // In a thread with little room, which a recursion of that depth would overflow.
    let work = std::thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(move || dean.work(&school))
        .expect("a thread")
        .join()
        .expect("a fold");
    assert_eq!(work.timeline.len(), 10_000);
    assert_eq!(work.state.value, support::state("held"));
}

#[test]
fn two_thousand_events_are_quick() {
    let school = School::new(&["dean", "affairs", "education"], 3);
    let mut desks: Vec<Desk> = ["dean", "affairs", "education"]
        .iter()
        .map(|name| school.desk(name))
        .collect();
    for desk in &mut desks {
        chain(desk, 667);
    }
    let events: Vec<Event> = desks.into_iter().flat_map(|desk| desk.known).collect();
    let own = office("dean");
    let quickest = (0..5)
        .map(|_| {
            let begun = Instant::now();
            let work = school.fold(&own, &events);
            assert_eq!(work.timeline.len(), events.len());
            begun.elapsed()
        })
        .min()
        .expect("a fold");
    println!("{} events in {quickest:?}", events.len());
    // The bar is 50 ms on a machine with nothing else to do; busy ones still notice a fold that
    // grows with the square.
    let most = if std::env::var_os("CANDOR_LONG").is_some() {
        50
    } else {
        500
    };
    assert!(quickest < Duration::from_millis(most), "{quickest:?}");
}
