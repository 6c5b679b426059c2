//! A full disk: a clear refusal of the usual size, reads go on, nothing acknowledged is lost, and
//! when there is room again it goes on by itself.

use std::fs;

use candor_it::{
    Gateway, Settings, World,
    disk::Disk,
    http::Connection,
    stock::{Kept, Stock, capability, cell},
};
use candor_wire::{
    ProblemType,
    exchange::{Answer, Operation},
};

use crate::kill::stocked;

const DISK_MIB: u64 = 48;
const BALLAST_MIB: usize = 16;
/// As large as an envelope, so that it needs as much room.
const LARGE: usize = 20_000;
/// How often a write may find a little room that the index gave back.
const TRIES: usize = 10;

/// Files until the relay refuses `times` in a row; every answer has the length of its class, or
/// opening it would have panicked.
fn file_until_refused(gateway: &Gateway, stock: &Stock, times: usize) -> usize {
    let mut connection = Connection::open(gateway.address()).unwrap();
    let (mut filed, mut refused) = (0, 0);
    while refused < times {
        let seed = stock.number();
        let operation = Operation::File(stock.envelope(seed, false));
        match gateway.perform_on(&mut connection, &operation).unwrap() {
            Answer::Filed(_) => {
                stock.keep(Kept::Envelope(seed));
                filed += 1;
                refused = 0;
            }
            answer => {
                assert!(answer.is_refused(ProblemType::StorageFull), "{answer:?}");
                refused += 1;
            }
        }
        assert!(filed < 40_000, "the disk does not fill");
    }
    filed
}

/// Carries out operations of one kind until one is refused, as it must be soon.
fn refused_when_full(gateway: &Gateway, stock: &Stock, mut next: impl FnMut() -> Operation) {
    for _ in 0..TRIES {
        let answer = gateway.perform(&next());
        if answer.is_refused(ProblemType::StorageFull) {
            return;
        }
        assert_eq!(answer, Answer::Stored);
        file_until_refused(gateway, stock, 50);
    }
    panic!("it is stored on a full disk");
}

fn all_there(world: &World, stock: &Stock) {
    let missing = stock.missing_at(world);
    assert!(missing.is_none(), "{missing:?}");
}

#[test]
fn a_full_disk_refuses_clearly_and_recovers_without_a_restart() {
    let Some(disk) = Disk::new(DISK_MIB) else {
        return;
    };
    let ballast = disk.path().join("ballast");
    fs::write(&ballast, vec![1; BALLAST_MIB << 20]).unwrap();
    let (mut world, stock) = stocked(Settings {
        store: Some(disk.path().join("store")),
        relay_extra: "keep_free_mib = 2\n".to_owned(),
        ..Settings::default()
    });
    let gateway = world.at_relay();
    let early = stock.number();
    let put = Operation::PutCell {
        address: capability(early).cell_address(),
        cell: cell(early),
    };
    assert_eq!(gateway.perform(&put), Answer::Stored);
    let filing = Operation::File(stock.envelope(early, true));
    assert!(matches!(gateway.perform(&filing), Answer::Filed(_)));
    stock.keep(Kept::Cell(early));
    stock.keep(Kept::Envelope(early));

    let filed = file_until_refused(&gateway, &stock, 50);
    assert!(filed > 100, "{filed}");
    // Every other kind of writing is refused in the same words. The index gives back a little room
    // now and then, so what finds some fills it and tries again.
    let late = stock.number();
    refused_when_full(&gateway, &stock, || {
        let number = stock.number();
        Operation::PutCell {
            address: capability(number).cell_address(),
            cell: cell(number),
        }
    });
    let mut counter = 0;
    refused_when_full(&gateway, &stock, || {
        counter += 1;
        Operation::WriteSelf {
            capability: capability(late),
            counter,
            sealed: vec![7; LARGE],
        }
    });
    let office = world.instance.offices().next().unwrap().to_string();
    let desk = world.desk_unenrolled(&office);
    let refused = (0..TRIES).any(|_| {
        let address = capability(stock.number()).drop_address();
        let response = desk.put_drop(&address, &[7; LARGE]).unwrap();
        if response.status == 201 {
            file_until_refused(&gateway, &stock, 50);
            return false;
        }
        let answer = (response.status, response.kind());
        assert_eq!(answer, (507, Some(ProblemType::StorageFull)));
        true
    });
    assert!(refused, "drops are stored on a full disk");
    // What was refused is not there, what was acknowledged is.
    let stored = match gateway.perform(&Operation::ReadSelf(capability(late))) {
        Answer::SelfRecord { counter, .. } => counter,
        answer => {
            assert!(answer.is_refused(ProblemType::Absent), "{answer:?}");
            0
        }
    };
    assert_eq!(stored + 1, counter, "the last one was refused");
    all_there(&world, &stock);

    fs::remove_file(&ballast).unwrap();
    let relay = world.relay.id();
    let more = file_until_refused(&gateway, &stock, 50);
    assert!(more > 100, "only {more} after there was room again");
    assert_eq!(relay, world.relay.id());
    all_there(&world, &stock);

    // A restart on the full disk serves what is there.
    world.kill_relay();
    world.restart_relay();
    all_there(&world, &stock);
    println!(
        "disk full: {filed} filed, then refused; {more} more after room was made; lost 0 of {}",
        stock.len()
    );
    drop(world);
}
