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
    // Every other kind of writing is refused in the same words.
    let late = stock.number();
    for operation in [
        Operation::PutCell {
            address: capability(late).cell_address(),
            cell: cell(late),
        },
        Operation::WriteSelf {
            capability: capability(late),
            counter: 1,
            sealed: vec![7; 1000],
        },
    ] {
        let answer = gateway.perform(&operation);
        assert!(answer.is_refused(ProblemType::StorageFull), "{answer:?}");
    }
    let office = world.instance.offices().next().unwrap().to_string();
    let desk = world.desk_unenrolled(&office);
    let address = capability(late).drop_address();
    let response = desk.put_drop(&address, &[7; 1000]).unwrap();
    assert_eq!(
        (response.status, response.kind()),
        (507, Some(ProblemType::StorageFull))
    );
    // What was refused is not there, what was acknowledged is.
    let read = gateway.perform(&Operation::ReadSelf(capability(late)));
    assert!(read.is_refused(ProblemType::Absent), "{read:?}");
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
