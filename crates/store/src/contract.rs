//! What every store must keep, as a suite that any implementation can run.
//!
//! Each part works in a store of its own name. It says what it expects in terms of the trait alone.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test suite fails loudly"
)]

use std::{collections::BTreeSet, sync::Barrier, thread};

use candor_wire::{Address, Day, Digest, Envelope, OfficeId, Urgency};

use crate::{
    Batch, CellPut, CellRead, DropPut, DropRead, Filed, NewDrop, NewSelf, Release, SelfPut,
    SelfRead, StatementKind, Store, StoreError, TakenOut, Which,
};

const TODAY: Day = Day(20_000);
const ALL: usize = usize::MAX;

/// Runs the whole suite.
///
/// `open` opens the store of a name: empty when the name is new, and otherwise with all that it
/// held when the store of that name was last closed or dropped.
///
/// # Panics
/// If the store breaks the contract.
pub fn contract(open: impl Fn(&str) -> Box<dyn Store>) {
    filing(&*open("filing"));
    releasing(&*open("releasing"));
    queues_are_read_in_parts(&*open("parts"));
    an_office_takes_out_its_own(&*open("taking-out"));
    what_is_taken_out_stays_out(&open);
    cells_are_promised_together(&*open("cells"));
    drops_are_created_once(&*open("drops"));
    selves_grow(&*open("selves"));
    statements_are_replaced(&*open("statements"));
    sweeping(&*open("sweeping"));
    identical_puts_at_once(&*open("at-once"));
    closing(&open);
    nothing_is_lost_by_reopening(&open);
    old_things_leave_only_tombstones(&open);
}

fn office(name: &str) -> OfficeId {
    name.parse().unwrap()
}

fn address(n: u32) -> Address {
    let mut bytes = [0x5a; 32];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    Address::new(bytes)
}

fn envelope(n: u32, offices: &[&str], cells: &[Address]) -> Envelope {
    urgent_or_not(n, offices, cells, Urgency::Batched)
}

fn urgent_or_not(n: u32, offices: &[&str], cells: &[Address], urgency: Urgency) -> Envelope {
    let sealed = [n.to_be_bytes().as_slice(), &[0xe5; 500]].concat();
    let offices = offices.iter().map(|name| office(name)).collect();
    Envelope::new(urgency, offices, cells.to_vec(), sealed).unwrap()
}

fn drop_of(n: u32, writer: &str, bytes: &[u8]) -> NewDrop {
    NewDrop {
        address: address(n),
        office: office(writer),
        sealed: bytes.to_vec(),
        today: TODAY,
        expires: TODAY.plus(30),
    }
}

fn self_of(n: u32, counter: u64, bytes: &[u8]) -> NewSelf {
    NewSelf {
        address: address(n),
        counter,
        sealed: bytes.to_vec(),
        today: TODAY,
        expires: TODAY.plus(30),
    }
}

fn file(store: &dyn Store, envelope: &Envelope, release: Release) -> Result<Filed, StoreError> {
    store
        .file(envelope.clone(), TODAY, TODAY.plus(30), release)
        .wait()
}

fn queue(store: &dyn Store, name: &str, after: u64) -> Batch {
    store.queue(&office(name), after, ALL).wait().unwrap()
}

fn frames(batch: &Batch) -> BTreeSet<Vec<u8>> {
    batch.items.iter().map(|item| item.frame.clone()).collect()
}

fn filing(store: &dyn Store) {
    let both = envelope(1, &["a", "b"], &[]);
    assert_eq!(store.head(&office("a")).wait(), Ok(0));
    assert_eq!(queue(store, "a", 0), Batch::default());
    assert_eq!(file(store, &both, Release::Immediately), Ok(Filed::Stored));
    for name in ["a", "b"] {
        let batch = queue(store, name, 0);
        assert_eq!((batch.head, batch.items.len()), (1, 1));
        assert_eq!(batch.items[0].seq, 1);
        assert_eq!(batch.items[0].day, TODAY);
        assert_eq!(batch.items[0].frame, both.encode());
        assert!(queue(store, name, 1).items.is_empty());
    }
    assert!(queue(store, "c", 0).items.is_empty());
    for release in [Release::Immediately, Release::Batched] {
        assert_eq!(file(store, &both, release), Ok(Filed::Duplicate));
    }
    let second = envelope(2, &["b"], &[]);
    assert_eq!(
        file(store, &second, Release::Immediately),
        Ok(Filed::Stored)
    );
    assert_eq!(store.head(&office("a")).wait(), Ok(1));
    assert_eq!(store.head(&office("b")).wait(), Ok(2));
    let stats = store.stats().wait().unwrap();
    assert_eq!((stats.envelopes, stats.waiting), (2, 0));
}

fn releasing(store: &dyn Store) {
    let batched: Vec<Envelope> = (0..40).map(|n| envelope(n, &["a", "b"], &[])).collect();
    let hurried = urgent_or_not(99, &["a"], &[], Urgency::Urgent);
    for envelope in batched.iter().chain([&hurried]) {
        assert_eq!(file(store, envelope, Release::Batched), Ok(Filed::Stored));
    }
    assert!(queue(store, "a", 0).items.is_empty());
    assert_eq!(
        file(store, &hurried, Release::Batched),
        Ok(Filed::Duplicate)
    );
    assert_eq!(store.stats().wait().unwrap().waiting, 41);

    let released = store.release(Which::Urgent, TODAY, [1; 32]).wait().unwrap();
    assert_eq!(released.envelopes, 1);
    assert_eq!(released.offices, [office("a")]);
    assert_eq!(queue(store, "a", 0).items[0].frame, hurried.encode());
    assert!(queue(store, "b", 0).items.is_empty());

    let released = store.release(Which::All, TODAY, [2; 32]).wait().unwrap();
    assert_eq!(released.envelopes, 40);
    assert_eq!(released.offices, [office("a"), office("b")]);
    let batch = queue(store, "b", 0);
    let places: Vec<u64> = batch.items.iter().map(|item| item.seq).collect();
    assert!(places.is_sorted_by(|x, y| x < y));
    assert_eq!(
        frames(&batch),
        batched.iter().map(Envelope::encode).collect()
    );
    let arrival: Vec<_> = batched.iter().map(Envelope::encode).collect();
    let shown: Vec<_> = batch.items.iter().map(|item| item.frame.clone()).collect();
    assert_ne!(shown, arrival, "the order of arrival shows");
    let again = store.release(Which::All, TODAY, [3; 32]).wait().unwrap();
    assert_eq!(again.envelopes, 0);
}

fn queues_are_read_in_parts(store: &dyn Store) {
    for n in 0..10 {
        let envelope = envelope(n, &["a"], &[]);
        file(store, &envelope, Release::Immediately).unwrap();
    }
    let len = envelope(0, &["a"], &[]).encode().len();
    let mut after = 0;
    let mut sizes = vec![];
    loop {
        let batch = store.queue(&office("a"), after, 3 * len).wait().unwrap();
        assert_eq!(batch.head, 10);
        let Some(last) = batch.items.last() else {
            break;
        };
        after = last.seq;
        sizes.push(batch.items.len());
    }
    assert_eq!(sizes, [3, 3, 3, 1]);
    // One that is too large by itself is still handed out, or nothing behind it ever would be.
    assert_eq!(
        store.queue(&office("a"), 0, 1).wait().unwrap().items.len(),
        1
    );
    assert!(queue(store, "a", u64::MAX).items.is_empty());
}

fn cells_are_promised_together(store: &dyn Store) {
    let cells = [address(1), address(2), address(3)];
    let promise = envelope(1, &["a"], &cells);
    let put = |n: usize, bytes: &[u8]| store.put_cell(cells[n], bytes.to_vec(), TODAY).wait();
    assert_eq!(store.read_cell(cells[0]).wait(), Ok(CellRead::Absent));
    assert_eq!(put(0, b"one"), Ok(CellPut::Created));
    assert_eq!(put(0, b"one"), Ok(CellPut::Same));
    assert_eq!(put(0, b"two"), Ok(CellPut::Occupied));
    assert_eq!(
        file(store, &promise, Release::Immediately),
        Err(StoreError::MissingCells(vec![cells[1], cells[2]]))
    );
    assert!(queue(store, "a", 0).items.is_empty());
    assert_eq!(put(1, b"two"), Ok(CellPut::Created));
    assert_eq!(put(2, b"three"), Ok(CellPut::Created));
    assert_eq!(store.stats().wait().unwrap().unnamed_cell_bytes, 11);
    assert_eq!(
        file(store, &promise, Release::Immediately),
        Ok(Filed::Stored)
    );
    let stats = store.stats().wait().unwrap();
    assert_eq!((stats.cells, stats.unnamed_cell_bytes), (3, 0));
    assert_eq!(
        store.read_cell(cells[2]).wait(),
        Ok(CellRead::Present(b"three".to_vec()))
    );
}

fn drops_are_created_once(store: &dyn Store) {
    assert_eq!(store.read_drop(address(1)).wait(), Ok(DropRead::Absent));
    let put = |drop| store.put_drop(drop).wait();
    assert_eq!(put(drop_of(1, "a", b"reply")), Ok(DropPut::Created));
    assert_eq!(put(drop_of(1, "a", b"reply")), Ok(DropPut::Same));
    let occupied = Ok(DropPut::Occupied(Digest::of_drop(b"reply")));
    assert_eq!(put(drop_of(1, "a", b"other")), occupied);
    assert_eq!(put(drop_of(1, "b", b"reply")), occupied);
    assert_eq!(
        store.read_drop(address(1)).wait(),
        Ok(DropRead::Present {
            office: office("a"),
            sealed: b"reply".to_vec()
        })
    );
}

fn selves_grow(store: &dyn Store) {
    assert_eq!(store.read_self(address(1)).wait(), Ok(SelfRead::Absent));
    let put = |counter, bytes| store.put_self(self_of(1, counter, bytes)).wait();
    assert_eq!(put(5, b"five"), Ok(SelfPut::Stored));
    assert_eq!(put(5, b"five"), Ok(SelfPut::Same));
    assert_eq!(put(5, b"FIVE"), Ok(SelfPut::Stale { counter: 5 }));
    assert_eq!(put(4, b"four"), Ok(SelfPut::Stale { counter: 5 }));
    assert_eq!(put(9, b"nine"), Ok(SelfPut::Stored));
    assert_eq!(put(5, b"five"), Ok(SelfPut::Stale { counter: 9 }));
    assert_eq!(
        store.read_self(address(1)).wait(),
        Ok(SelfRead::Present {
            counter: 9,
            sealed: b"nine".to_vec()
        })
    );
    assert_eq!(store.stats().wait().unwrap().selves, 1);
}

fn statements_are_replaced(store: &dyn Store) {
    let put = |kind, key, text: &str| {
        store
            .put_statement(kind, key, text.to_owned(), TODAY)
            .wait()
            .unwrap();
    };
    let cards = StatementKind::KeyCard;
    assert_eq!(store.statement(cards, "a").wait(), Ok(None));
    put(cards, "b", "b1");
    put(cards, "a", "a1");
    put(StatementKind::DeviceList, "a", "devices");
    put(cards, "a", "a2");
    put(cards, "empty", "");
    assert_eq!(
        store.statement(cards, "a").wait(),
        Ok(Some("a2".to_owned()))
    );
    assert_eq!(
        store.statement(cards, "empty").wait(),
        Ok(Some(String::new()))
    );
    let pair = |key: &str, text: &str| (key.to_owned(), text.to_owned());
    assert_eq!(
        store.statements(cards).wait(),
        Ok(vec![pair("a", "a2"), pair("b", "b1"), pair("empty", "")])
    );
    assert_eq!(
        store.statements(StatementKind::DeviceList).wait(),
        Ok(vec![pair("a", "devices")])
    );
    assert_eq!(store.stats().wait().unwrap().statements, 4);
}

fn sweeping(store: &dyn Store) {
    let lone = address(1);
    let named = address(2);
    store
        .put_cell(lone, b"lone".to_vec(), TODAY)
        .wait()
        .unwrap();
    store
        .put_cell(named, b"named".to_vec(), TODAY)
        .wait()
        .unwrap();
    let waiting = envelope(1, &["a"], &[]);
    let shown = envelope(2, &["a"], &[named]);
    file(store, &waiting, Release::Batched).unwrap();
    file(store, &shown, Release::Immediately).unwrap();
    store.put_drop(drop_of(3, "a", b"reply")).wait().unwrap();
    store.put_self(self_of(4, 7, b"self")).wait().unwrap();

    let swept = store.sweep(TODAY.plus(1)).wait().unwrap();
    assert_eq!(swept.cells, 0, "an unnamed cell has one full day");
    let swept = store.sweep(TODAY.plus(2)).wait().unwrap();
    assert_eq!((swept.cells, swept.envelopes), (1, 0));
    assert_eq!(store.read_cell(lone).wait(), Ok(CellRead::Absent));
    assert_eq!(
        file(store, &envelope(5, &["a"], &[lone]), Release::Batched),
        Err(StoreError::MissingCells(vec![lone]))
    );
    let again = store.put_cell(lone, b"lone".to_vec(), TODAY.plus(2)).wait();
    assert_eq!(again, Ok(CellPut::Created));

    let swept = store.sweep(TODAY.plus(29)).wait().unwrap();
    assert_eq!((swept.envelopes, swept.drops, swept.selves), (0, 0, 0));
    assert_eq!(
        store.read_cell(named).wait(),
        Ok(CellRead::Present(b"named".to_vec()))
    );
    let swept = store.sweep(TODAY.plus(30)).wait().unwrap();
    assert_eq!((swept.envelopes, swept.drops, swept.selves), (2, 1, 1));
    assert_eq!(swept.cells, 1);
    let batch = queue(store, "a", 0);
    assert!(batch.items.is_empty());
    assert_eq!(batch.head, 1, "a queue never goes back");
    assert_eq!(file(store, &shown, Release::Immediately), Ok(Filed::Gone));
    assert_eq!(file(store, &waiting, Release::Immediately), Ok(Filed::Gone));
    assert_eq!(store.read_cell(named).wait(), Ok(CellRead::Gone));
    assert_eq!(store.read_drop(address(3)).wait(), Ok(DropRead::Gone));
    let put = store.put_drop(drop_of(3, "a", b"reply")).wait();
    assert_eq!(put, Ok(DropPut::Gone));
    assert_eq!(store.read_self(address(4)).wait(), Ok(SelfRead::Gone));
    let put = |counter| store.put_self(self_of(4, counter, b"new")).wait();
    assert_eq!(put(7), Ok(SelfPut::Stale { counter: 7 }));
    assert_eq!(put(8), Ok(SelfPut::Stored));
    let released = store.release(Which::All, TODAY, [1; 32]).wait().unwrap();
    assert_eq!(released.envelopes, 0);
    let next = envelope(6, &["a"], &[]);
    file(store, &next, Release::Immediately).unwrap();
    assert_eq!(queue(store, "a", 1).items[0].seq, 2);
}

fn identical_puts_at_once(store: &dyn Store) {
    const THREADS: usize = 8;
    for round in 0..20 {
        let barrier = Barrier::new(THREADS);
        let envelope = envelope(round, &["a"], &[]);
        let outcomes = thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|_| {
                    scope.spawn(|| {
                        barrier.wait();
                        let filed = file(store, &envelope, Release::Immediately).unwrap();
                        // Whoever is told that it is stored finds it.
                        let found = queue(store, "a", u64::from(round)).items.len();
                        assert_eq!(found, 1);
                        let drop = store.put_drop(drop_of(round, "a", b"same")).wait().unwrap();
                        let cell = store
                            .put_cell(address(round), b"same".to_vec(), TODAY)
                            .wait()
                            .unwrap();
                        let own = store.put_self(self_of(round, 1, b"same")).wait().unwrap();
                        (filed, drop, cell, own)
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|t| t.join().unwrap())
                .collect::<Vec<_>>()
        });
        type Outcome = (Filed, DropPut, CellPut, SelfPut);
        let once = |is_first: fn(&Outcome) -> bool| {
            assert_eq!(outcomes.iter().filter(|o| is_first(o)).count(), 1);
        };
        once(|o| o.0 == Filed::Stored);
        once(|o| o.1 == DropPut::Created);
        once(|o| o.2 == CellPut::Created);
        once(|o| o.3 == SelfPut::Stored);
    }
}

fn closing(open: &impl Fn(&str) -> Box<dyn Store>) {
    let store = open("closing");
    file(&*store, &envelope(1, &["a"], &[]), Release::Immediately).unwrap();
    assert_eq!(store.close().wait(), Ok(()));
    let refused = file(&*store, &envelope(2, &["a"], &[]), Release::Immediately);
    assert_eq!(refused, Err(StoreError::Closed));
    assert_eq!(store.head(&office("a")).wait(), Err(StoreError::Closed));
    assert_eq!(store.sweep(TODAY).wait(), Err(StoreError::Closed));
    assert_eq!(store.close().wait(), Err(StoreError::Closed));
}

/// Once with a clean stop and once without.
fn nothing_is_lost_by_reopening(open: &impl Fn(&str) -> Box<dyn Store>) {
    for (name, clean) in [("reopened-clean", true), ("reopened-unclean", false)] {
        let store = open(name);
        let cell = address(1);
        store
            .put_cell(cell, b"cell".to_vec(), TODAY)
            .wait()
            .unwrap();
        let shown = envelope(1, &["a", "b"], &[cell]);
        let later = envelope(2, &["b"], &[]);
        file(&*store, &shown, Release::Immediately).unwrap();
        file(&*store, &later, Release::Batched).unwrap();
        store.put_drop(drop_of(2, "a", b"reply")).wait().unwrap();
        store.put_self(self_of(3, 1, b"old")).wait().unwrap();
        store.put_self(self_of(3, 2, b"new")).wait().unwrap();
        let text = "card".to_owned();
        store
            .put_statement(StatementKind::KeyCard, "a", text.clone(), TODAY)
            .wait()
            .unwrap();
        let before = store.stats().wait().unwrap();
        if clean {
            store.close().wait().unwrap();
        }
        drop(store);
        let store = open(name);
        assert_eq!(store.stats().wait().unwrap(), before);
        assert_eq!(queue(&*store, "a", 0).items[0].frame, shown.encode());
        assert_eq!(queue(&*store, "b", 0).items.len(), 1);
        let kept = store.read_cell(cell).wait().unwrap();
        assert_eq!(kept, CellRead::Present(b"cell".to_vec()));
        assert_eq!(
            file(&*store, &later, Release::Batched),
            Ok(Filed::Duplicate)
        );
        let released = store.release(Which::All, TODAY, [1; 32]).wait().unwrap();
        assert_eq!(released.envelopes, 1);
        assert_eq!(queue(&*store, "b", 1).items[0].frame, later.encode());
        let put = store.put_drop(drop_of(2, "a", b"reply")).wait();
        assert_eq!(put, Ok(DropPut::Same));
        let put = store.put_self(self_of(3, 1, b"old")).wait();
        assert_eq!(put, Ok(SelfPut::Stale { counter: 2 }));
        assert_eq!(
            store.statement(StatementKind::KeyCard, "a").wait(),
            Ok(Some(text))
        );
    }
}

/// Tombstones, heads, statements and later things outlive the days on which they were written.
fn old_things_leave_only_tombstones(open: &impl Fn(&str) -> Box<dyn Store>) {
    let name = "years";
    let mut store = open(name);
    store
        .put_statement(StatementKind::KeyCard, "a", "card".to_owned(), TODAY)
        .wait()
        .unwrap();
    let mut filed = vec![];
    for round in 0..12 {
        let day = TODAY.plus(round * 10);
        for n in 0..20 {
            let envelope = envelope(round * 100 + n, &["a"], &[]);
            let expires = day.plus(25 + n);
            store
                .file(envelope.clone(), day, expires, Release::Batched)
                .wait()
                .unwrap();
            filed.push((envelope, expires));
        }
        let mut seed = [0; 32];
        seed[0] = u8::try_from(round).unwrap();
        store.release(Which::All, day.plus(1), seed).wait().unwrap();
        store.sweep(day.plus(2)).wait().unwrap();
        if round % 3 == 2 {
            if round % 2 == 0 {
                store.close().wait().unwrap();
            }
            drop(store);
            store = open(name);
        }
        let live: BTreeSet<Vec<u8>> = filed
            .iter()
            .filter(|(_, expires)| *expires > day.plus(2))
            .map(|(envelope, _)| envelope.encode())
            .collect();
        let batch = queue(&*store, "a", 0);
        assert_eq!(batch.head, u64::from(round + 1) * 20);
        assert_eq!(frames(&batch), live);
        for (envelope, expires) in &filed {
            let expected = if *expires > day.plus(2) {
                Filed::Duplicate
            } else {
                Filed::Gone
            };
            let again = file(&*store, envelope, Release::Batched);
            assert_eq!(again, Ok(expected));
        }
        assert_eq!(
            store.statement(StatementKind::KeyCard, "a").wait(),
            Ok(Some("card".to_owned()))
        );
    }
}

fn take_out(store: &dyn Store, name: &str, place: u64) -> TakenOut {
    store.take_out(&office(name), place, TODAY).wait().unwrap()
}

fn an_office_takes_out_its_own(store: &dyn Store) {
    let both = envelope(1, &["a", "b"], &[]);
    let own = envelope(2, &["a"], &[]);
    for envelope in [&both, &own] {
        file(store, envelope, Release::Immediately).unwrap();
    }
    assert_eq!(take_out(store, "a", 3), TakenOut::Absent);
    assert_eq!(take_out(store, "c", 1), TakenOut::Absent);
    assert_eq!(take_out(store, "a", 1), TakenOut::Removed);
    assert_eq!(take_out(store, "a", 1), TakenOut::Absent);
    // The head stays, and so the place is never given again; the other queue is untouched.
    let batch = queue(store, "a", 0);
    assert_eq!((batch.head, batch.items.len()), (2, 1));
    assert_eq!(batch.items[0].seq, 2);
    assert_eq!(queue(store, "b", 0).items[0].frame, both.encode());
    assert_eq!(
        file(store, &both, Release::Immediately),
        Ok(Filed::Duplicate)
    );
    assert_eq!(store.stats().wait().unwrap().envelopes, 2);
    assert_eq!(take_out(store, "b", 1), TakenOut::Removed);
    assert_eq!(take_out(store, "a", 2), TakenOut::Removed);
    let stats = store.stats().wait().unwrap();
    assert_eq!((stats.envelopes, stats.tombstones), (0, 2));
    for envelope in [&both, &own] {
        assert_eq!(file(store, envelope, Release::Batched), Ok(Filed::Gone));
    }
    assert!(queue(store, "a", 0).items.is_empty());
    assert!(queue(store, "b", 0).items.is_empty());
}

/// Over the years in which the segments that say so are deleted, with clean and other stops.
fn what_is_taken_out_stays_out(open: &impl Fn(&str) -> Box<dyn Store>) {
    let name = "taken-out";
    let mut store = open(name);
    let long = TODAY.plus(2000);
    let mut kept = BTreeSet::new();
    let mut out = 0;
    for round in 0..8 {
        let day = TODAY.plus(round * 10);
        // What stays long lies with what goes soon: one segment per day.
        for n in 0..6 {
            let envelope = envelope(round * 100 + n, &["a", "b"], &[]);
            let expires = if n < 3 { long } else { day.plus(5) };
            let filed = store.file(envelope.clone(), day, expires, Release::Batched);
            filed.wait().unwrap();
            if n < 3 {
                kept.insert(envelope.encode());
            }
        }
        let mut seed = [0; 32];
        seed[0] = u8::try_from(round).unwrap();
        store.release(Which::All, day.plus(1), seed).wait().unwrap();
        // One of those that stay is taken out, on a day of its own.
        let batch = queue(&*store, "a", 0);
        let item = batch.items.iter().find(|item| kept.contains(&item.frame));
        let item = item.unwrap();
        let taken = store.take_out(&office("a"), item.seq, day.plus(2)).wait();
        assert_eq!(taken, Ok(TakenOut::Removed));
        kept.remove(&item.frame);
        out += 1;
        // What lies beside it in the segment of that day goes soon, and with it the segment.
        for n in 50..56 {
            let short = envelope(round * 100 + n, &["c"], &[]);
            let filed = store.file(short, day.plus(2), day.plus(5), Release::Immediately);
            filed.wait().unwrap();
        }
        store.sweep(day.plus(8)).wait().unwrap();
        if round % 2 == 0 {
            store.close().wait().unwrap();
        }
        drop(store);
        store = open(name);
        assert_eq!(frames(&queue(&*store, "a", 0)), kept);
        let others = queue(&*store, "b", 0);
        assert_eq!(others.items.len(), kept.len() + out);
        assert_eq!(queue(&*store, "a", 0).head, others.head);
    }
}
