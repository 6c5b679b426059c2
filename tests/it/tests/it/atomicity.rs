//! One envelope in all its queues, or in none.

use candor_it::{
    Settings,
    stock::{Queues, Stock},
};
use candor_wire::{
    Envelope, OfficeId, ProblemType, Urgency,
    exchange::{Answer, Operation},
};
use rustix::process::Signal;

use crate::kill::stocked;

/// Envelopes for six offices each, and the relay killed at another moment every time.
#[test]
fn a_kill_never_leaves_an_envelope_in_some_queues() {
    let (mut world, _) = stocked(Settings::default());
    let offices: Vec<OfficeId> = world.instance.offices().cloned().collect();
    let rounds = candor_it::rounds(2, 6, 40);
    let mut whole = 0;
    for round in 0..rounds {
        let stock = Stock::new(offices.iter().take(6).cloned());
        // Few are enough: what counts is where between two writes the kill falls.
        stock.write_until(&world, 20 + 37 * (round % 5), || {
            world.relay.signal(Signal::KILL);
        });
        world.kill_relay();
        world.restart_relay();
        assert!(stock.missing_at(&world).is_none());
        let queues = Queues::read(&world, &offices);
        assert!(queues.torn().is_empty(), "{:?}", queues.torn());
        whole += stock.counts().envelopes;
    }
    println!("atomicity: {rounds} kills, {whole} envelopes, none in some queues only");
}

#[test]
fn an_unknown_office_among_known_ones_keeps_it_out_of_all() {
    let (mut world, _) = stocked(Settings::default());
    let offices: Vec<OfficeId> = world.instance.offices().cloned().collect();
    let mut named: Vec<OfficeId> = offices.iter().take(3).cloned().collect();
    named.push("no-such-office".parse().unwrap());
    let envelope = |offices: &[OfficeId]| {
        let sealed = b"age-encryption.org/v1\n".repeat(30);
        Envelope::new(Urgency::Urgent, offices.to_vec(), vec![], sealed).unwrap()
    };
    let bad = envelope(&named);
    let answer = world.at_relay().perform(&Operation::File(bad.clone()));
    assert!(answer.is_refused(ProblemType::UnknownOffice), "{answer:?}");
    for _ in 0..2 {
        let queues = Queues::read(&world, &offices);
        assert_eq!(queues.holding(&bad.id()), 0);
        world.kill_relay();
        world.restart_relay();
    }
    // The same for the known ones alone is in all of theirs.
    let good = envelope(
        &named[..3]
            .iter()
            .filter(|o| offices.contains(o))
            .cloned()
            .collect::<Vec<_>>(),
    );
    let answer = world.at_relay().perform(&Operation::File(good.clone()));
    assert_eq!(answer, Answer::Filed(good.id()));
    let queues = Queues::read(&world, &offices);
    assert_eq!(queues.holding(&good.id()), 3);
    assert_eq!(queues.everywhere(&good), Some(good.encode()));
}

#[test]
fn a_missing_cell_keeps_it_out_and_a_retry_is_the_same_envelope() {
    let (world, stock) = stocked(Settings::default());
    let offices: Vec<OfficeId> = world.instance.offices().cloned().collect();
    let seed = stock.number();
    let envelope = stock.envelope(seed, true);
    let gateway = world.at_relay();
    let filing = Operation::File(envelope.clone());
    let answer = gateway.perform(&filing);
    let Answer::Refused(problem) = &answer else {
        panic!("{answer:?}");
    };
    assert_eq!(problem.kind(), Some(ProblemType::MissingCells));
    assert_eq!(problem.missing, envelope.cells());
    assert_eq!(Queues::read(&world, &offices).holding(&envelope.id()), 0);

    let put = Operation::PutCell {
        address: envelope.cells()[0],
        cell: candor_it::stock::cell(seed),
    };
    assert_eq!(gateway.perform(&put), Answer::Stored);
    for _ in 0..3 {
        assert_eq!(gateway.perform(&filing), Answer::Filed(envelope.id()));
    }
    let queues = Queues::read(&world, &offices);
    assert_eq!(queues.holding(&envelope.id()), envelope.offices().len());
    // Once in each queue, whatever the retries.
    let desk = world.desk_unenrolled(envelope.offices()[0].as_str());
    let copies = desk
        .queue()
        .iter()
        .filter(|(_, id, _)| *id == envelope.id())
        .count();
    assert_eq!(copies, 1);
}
