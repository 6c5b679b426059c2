//! Filings per second, the cost of a read, and memory, with 100 000 envelopes of 27 KiB.
//!
//! `cargo bench -p candor-store [envelopes] [folder]`

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark talks to a person and may fail loudly"
)]

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Instant,
};

use candor_store::{Config, DropRead, EmbeddedStore, NewDrop, Release, Store, Which};
use candor_wire::{Address, Day, Envelope, OfficeId, Urgency};

const TODAY: Day = Day(20_000);

/// Resident memory in MiB: now, and at its highest.
fn memory() -> (u64, u64) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok())
            .unwrap_or_default()
            / 1024
    };
    (field("VmRSS:"), field("VmHWM:"))
}

fn report(what: &str) {
    let (now, peak) = memory();
    println!("{what:<46} memory {now:>4} MiB, peak {peak:>4} MiB");
}

fn address(n: u32) -> Address {
    let mut bytes = [0; 32];
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = (n.wrapping_mul(0x9e37_79b9).rotate_left(i as u32 * 5) >> 8) as u8;
    }
    let (front, _) = bytes.split_at_mut(4);
    front.copy_from_slice(&n.wrapping_mul(0x9e37_79b9).to_be_bytes());
    Address::new(bytes)
}

fn drop_reads(store: &EmbeddedStore, count: u32) -> f64 {
    let begun = Instant::now();
    for n in 0..2000 {
        let found = store.read_drop(address(n * 7919 % count)).wait().unwrap();
        assert!(matches!(found, DropRead::Present { .. }));
    }
    begun.elapsed().as_secs_f64() * 1e6 / 2000.0
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|a| !a.starts_with('-'));
    let envelopes: u32 = arguments.next().map_or(100_000, |n| n.parse().unwrap());
    let parent = arguments
        .next()
        .unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").to_owned());
    let folder = tempfile::tempdir_in(parent).unwrap();
    let office: OfficeId = "title-ix".parse().unwrap();
    let open = || EmbeddedStore::open(folder.path(), Config::new([1; 32])).unwrap();
    let store = Arc::new(open().0);
    report("opened");

    let next = Arc::new(AtomicU32::new(0));
    let begun = Instant::now();
    let writers: Vec<_> = (0..64)
        .map(|_| {
            let (store, next, office) = (Arc::clone(&store), Arc::clone(&next), office.clone());
            thread::spawn(move || {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= envelopes {
                        break;
                    }
                    let mut sealed = vec![0xa5; 27 << 10];
                    sealed.splice(..4, n.to_be_bytes());
                    let offices = vec![office.clone()];
                    let envelope = Envelope::new(Urgency::Batched, offices, vec![], sealed);
                    let envelope = envelope.unwrap();
                    store
                        .file(envelope, TODAY, TODAY.plus(90), Release::Batched)
                        .wait()
                        .unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    let rate = f64::from(envelopes) / begun.elapsed().as_secs_f64();
    report(&format!("filed {envelopes} at {rate:.0} per second"));

    let begun = Instant::now();
    let released = store.release(Which::All, TODAY, [2; 32]).wait().unwrap();
    let time = begun.elapsed();
    report(&format!("released {} in {time:.2?}", released.envelopes));

    for (from, to) in [(0, 1000), (1000, 20_000)] {
        let puts: Vec<_> = (from..to)
            .map(|n| {
                store.put_drop(NewDrop {
                    address: address(n),
                    office: office.clone(),
                    sealed: vec![0x5a; 200],
                    today: TODAY,
                    expires: TODAY.plus(90),
                })
            })
            .collect();
        for put in puts {
            put.wait().unwrap();
        }
        report(&format!(
            "read a drop of {to}: {:.1} µs",
            drop_reads(&store, to)
        ));
    }

    let begun = Instant::now();
    let mut after = 0;
    let mut read = 0;
    loop {
        let batch = store.queue(&office, after, 1 << 20).wait().unwrap();
        let Some(last) = batch.items.last() else {
            break;
        };
        after = last.seq;
        read += batch.items.len();
    }
    report(&format!(
        "read a queue of {read} in {:.2?}",
        begun.elapsed()
    ));

    let begun = Instant::now();
    store.close().wait().unwrap();
    drop(store);
    report(&format!("closed in {:.2?}", begun.elapsed()));
    let begun = Instant::now();
    let (store, opened) = open();
    assert!(!opened.rebuilt);
    report(&format!(
        "opened after a clean stop in {:.2?}",
        begun.elapsed()
    ));
    drop(store);
    let begun = Instant::now();
    let (store, opened) = open();
    assert!(opened.rebuilt);
    report(&format!("rebuilt the index in {:.2?}", begun.elapsed()));

    let begun = Instant::now();
    let swept = store.sweep(TODAY.plus(90)).wait().unwrap();
    report(&format!(
        "swept {} in {:.2?}",
        swept.envelopes,
        begun.elapsed()
    ));
}
