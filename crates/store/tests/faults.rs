//! The embedded store when things go wrong: unclean stops, a lost or damaged index, a damaged
//! journal, a full disk; and random operations against a model.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::Command,
};

use candor_store::{
    CellPut, CellRead, Config, DropPut, DropRead, EmbeddedStore, Filed, NewDrop, NewSelf,
    OpenError, Opened, Release, SelfPut, SelfRead, Store, StoreError, Which,
};
use candor_wire::{Address, Day, Envelope, OfficeId, Urgency};
use proptest::prelude::*;

const TODAY: Day = Day(20_000);

fn open_with(path: &Path) -> (EmbeddedStore, Opened) {
    EmbeddedStore::open(path, Config::new([7; 32])).unwrap()
}

fn open(path: &Path) -> EmbeddedStore {
    open_with(path).0
}

fn office(name: &str) -> OfficeId {
    name.parse().unwrap()
}

fn address(n: u8) -> Address {
    Address::new([n; 32])
}

fn envelope(n: u8, cells: &[Address]) -> Envelope {
    let offices = vec![office("a"), office("b")];
    Envelope::new(Urgency::Batched, offices, cells.to_vec(), vec![n; 3000]).unwrap()
}

fn file(store: &EmbeddedStore, n: u8) -> Result<Filed, StoreError> {
    let envelope = envelope(n, &[]);
    store
        .file(envelope, TODAY, TODAY.plus(30), Release::Immediately)
        .wait()
}

fn places(store: &EmbeddedStore) -> Vec<(u64, u8)> {
    let batch = store.queue(&office("a"), 0, usize::MAX).wait().unwrap();
    let last = |frame: &[u8]| *frame.last().unwrap();
    batch
        .items
        .iter()
        .map(|i| (i.seq, last(&i.frame)))
        .collect()
}

fn files_in(path: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_in(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_clean_stop_keeps_the_index_and_any_other_rebuilds_it() {
    let folder = tempfile::tempdir().unwrap();
    let (store, opened) = open_with(folder.path());
    assert!(opened.rebuilt);
    file(&store, 1).unwrap();
    store.close().wait().unwrap();
    drop(store);
    let (store, opened) = open_with(folder.path());
    assert_eq!(opened, Opened::default());
    assert_eq!(file(&store, 1), Ok(Filed::Duplicate));
    drop(store);
    let (store, opened) = open_with(folder.path());
    assert!(opened.rebuilt);
    assert_eq!(file(&store, 1), Ok(Filed::Duplicate));
    assert_eq!(places(&store), [(1, 1)]);
}

#[test]
fn only_the_owner_can_look_into_the_folder() {
    let outer = tempfile::tempdir().unwrap();
    let path = outer.path().join("store");
    let store = open(&path);
    file(&store, 1).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn a_missing_a_damaged_and_a_foreign_index_are_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = open(&path);
    for n in 1..20 {
        file(&store, n).unwrap();
    }
    store.close().wait().unwrap();
    drop(store);
    let kept = folder.path().join("kept");
    copy(&path, &kept);
    let index_files: Vec<PathBuf> = files_in(&path.join("index.0"));
    assert!(!index_files.is_empty());

    let check = |what: &str| {
        let (store, opened) = open_with(&path);
        assert!(opened.rebuilt, "{what}");
        assert_eq!(places(&store).len(), 19, "{what}");
        drop(store);
        fs::remove_dir_all(&path).unwrap();
        copy(&kept, &path);
    };
    fs::remove_dir_all(path.join("index.0")).unwrap();
    check("missing");
    fs::remove_file(path.join("clean")).unwrap();
    check("no marker");
    fs::write(path.join("clean"), [0xff; 100]).unwrap();
    check("a marker of garbage");
    for victim in &index_files {
        let mut bytes = fs::read(victim).unwrap();
        for at in [0, bytes.len() / 2, bytes.len().saturating_sub(1)] {
            if bytes.is_empty() {
                continue;
            }
            bytes[at] ^= 0x40;
            fs::write(victim, &bytes).unwrap();
            check("a flipped bit");
            bytes[at] ^= 0x40;
        }
        fs::write(victim, b"").unwrap();
        check("an empty file");
        fs::remove_file(victim).unwrap();
        check("a lost file");
    }

    // An index older than the journal, marker and all, as from a careless restore.
    let store = open(&path);
    file(&store, 50).unwrap();
    store.close().wait().unwrap();
    drop(store);
    let newer = folder.path().join("newer");
    copy(&path, &newer);
    for part in ["index.0", "clean"] {
        let (from, to) = (kept.join(part), path.join(part));
        if from.is_dir() {
            fs::remove_dir_all(&to).unwrap();
            copy(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
    let (store, opened) = open_with(&path);
    assert!(opened.rebuilt);
    assert_eq!(places(&store).len(), 20, "the index was older");
    drop(store);

    // And one that is newer.
    fs::remove_dir_all(&path).unwrap();
    copy(&newer, &path);
    fs::remove_dir_all(path.join("journal")).unwrap();
    copy(&kept.join("journal"), &path.join("journal"));
    let (store, opened) = open_with(&path);
    assert!(opened.rebuilt);
    assert_eq!(places(&store).len(), 19, "the index was newer");
    assert_eq!(file(&store, 50), Ok(Filed::Stored));
}

#[test]
fn a_second_opener_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    file(&store, 1).unwrap();
    let second = EmbeddedStore::open(folder.path(), Config::new([8; 32]));
    assert!(matches!(
        second,
        Err(OpenError::Journal(candor_journal::OpenError::InUse(_)))
    ));
    assert_eq!(file(&store, 2), Ok(Filed::Stored));
    drop(store);
    assert_eq!(places(&open(folder.path())).len(), 2);
}

#[test]
fn a_damaged_record_is_counted_and_queues_never_go_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for n in 1..=3 {
        file(&store, n).unwrap();
    }
    // Bodies come after metas: this flips a bit in the second envelope's sealed bytes.
    let flip = |needle: &[u8]| {
        let segment = files_in(&folder.path().join("journal"))
            .into_iter()
            .find(|p| p.extension().is_some_and(|e| e == "seg"))
            .unwrap();
        let bytes = fs::read(&segment).unwrap();
        let at = bytes
            .windows(needle.len())
            .position(|w| w == needle)
            .unwrap();
        let file = fs::OpenOptions::new().write(true).open(segment).unwrap();
        file.write_at(&[bytes[at] ^ 1], at as u64).unwrap();
    };
    flip(&[2; 500]);
    let batch = store.queue(&office("a"), 0, usize::MAX).wait().unwrap();
    assert_eq!(batch.unreadable, [2]);
    assert_eq!(places(&store), [(1, 1), (3, 3)]);
    assert!(store.stats().wait().unwrap().damaged > 0);
    drop(store);

    // A whole record is lost with its meta. The places it took must not be given out again.
    flip(envelope(1, &[]).id().as_bytes());
    let (store, opened) = open_with(folder.path());
    assert_eq!(opened.damaged, 1);
    assert_eq!(file(&store, 4), Ok(Filed::Stored));
    let found = places(&store);
    assert_eq!(found[0], (3, 3));
    assert!(found[1].0 > 1_000_000 && found[1].1 == 4);
}

#[test]
fn replaced_and_expired_bytes_leave_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let marked = |text: &[u8]| -> Vec<u8> { text.repeat(2000) };
    let on_disk = |text: &[u8]| {
        files_in(folder.path()).iter().any(|path| {
            fs::read(path)
                .unwrap()
                .windows(text.len())
                .any(|w| w == text)
        })
    };
    let store = open(folder.path());
    let put = |counter, text: &[u8]| {
        let record = NewSelf {
            address: address(1),
            counter,
            sealed: marked(text),
            today: TODAY,
            expires: TODAY.plus(30),
        };
        assert_eq!(store.put_self(record).wait(), Ok(SelfPut::Stored));
    };
    put(1, b"first-version ");
    assert!(on_disk(b"first-version "));
    put(2, b"other-version ");
    file(&store, 1).unwrap();
    let drop_ = NewDrop {
        address: address(2),
        office: office("a"),
        sealed: marked(b"a-drop "),
        today: TODAY,
        expires: TODAY.plus(10),
    };
    store.put_drop(drop_).wait().unwrap();
    // The sweep's answer comes after all erasing that was asked for before it.
    store.sweep(TODAY.plus(1)).wait().unwrap();
    assert!(!on_disk(b"first-version "));
    assert!(on_disk(b"a-drop ") && on_disk(b"other-version "));
    store.sweep(TODAY.plus(10)).wait().unwrap();
    store.close().wait().unwrap();
    assert!(!on_disk(b"a-drop "));
    assert!(on_disk(b"other-version "));
}

#[test]
fn segments_are_deleted_and_the_disk_does_not_grow_with_the_years() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let blocks = || -> u64 {
        files_in(&folder.path().join("journal"))
            .iter()
            .map(|p| fs::metadata(p).unwrap().blocks())
            .sum()
    };
    let mut peak = 0;
    let mut deleted = 0;
    for round in 0_u8..60 {
        let day = TODAY.plus(u32::from(round));
        for n in 0..4 {
            let bytes = vec![round; 9000 + n];
            let offices = vec![office("a")];
            let envelope = Envelope::new(Urgency::Batched, offices, vec![], bytes).unwrap();
            store
                .file(envelope, day, day.plus(5), Release::Immediately)
                .wait()
                .unwrap();
        }
        deleted += store.sweep(day).wait().unwrap().segments;
        if round == 20 {
            peak = blocks();
        }
        if round % 10 == 9 {
            drop(store);
            store = open(folder.path());
        }
    }
    assert!(deleted >= 45, "{deleted} segments were deleted");
    assert!(blocks() < 2 * peak, "{} blocks after {peak}", blocks());
    let stats = store.stats().wait().unwrap();
    assert_eq!((stats.envelopes, stats.tombstones), (20, 220));
    assert_eq!(store.head(&office("a")).wait(), Ok(240));
}

#[test]
fn the_quota_of_unnamed_cells_refuses_and_frees() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        unnamed_cell_bytes: 1000,
        ..Config::new([7; 32])
    };
    let (store, _) = EmbeddedStore::open(folder.path(), config).unwrap();
    let put = |n: u8, len: usize| store.put_cell(address(n), vec![n; len], TODAY).wait();
    assert_eq!(put(1, 600), Ok(CellPut::Created));
    assert_eq!(put(2, 600), Err(StoreError::CellQuota));
    let naming = envelope(1, &[address(1)]);
    store
        .file(naming, TODAY, TODAY.plus(9), Release::Batched)
        .wait()
        .unwrap();
    assert_eq!(put(2, 600), Ok(CellPut::Created));
    assert_eq!(put(3, 600), Err(StoreError::CellQuota));
    store.sweep(TODAY.plus(2)).wait().unwrap();
    assert_eq!(put(3, 600), Ok(CellPut::Created));
}

/// A small file system of its own; needs root and `mount`.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(bytes: u64) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "candor-test"])
            .arg(folder.path())
            .status();
        status.is_ok_and(|s| s.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

/// With room kept free for the index, and with none, so that the index itself may run out of disk.
#[test]
fn a_full_disk_refuses_reads_on_and_recovers_without_a_restart() {
    for min_free_bytes in [3 << 20, 0] {
        let Some(disk) = SmallDisk::mount(12 << 20) else {
            println!("SKIPPED: no small file system can be mounted here (needs root)");
            return;
        };
        let path = disk.0.path().join("store");
        let config = Config {
            min_free_bytes,
            ..Config::new([7; 32])
        };
        let (store, _) = EmbeddedStore::open(&path, config).unwrap();
        let ballast = disk.0.path().join("ballast");
        fs::write(&ballast, vec![1; 5 << 20]).unwrap();
        let cell = |n: u8| store.put_cell(address(n), vec![n; 200_000], TODAY).wait();
        let mut stored = vec![];
        let refusal = (0..200).find_map(|n| match cell(n) {
            Ok(_) => {
                stored.push(n);
                None
            }
            Err(error) => Some(error),
        });
        assert_eq!(refusal, Some(StoreError::Full));
        assert!(stored.len() > 5);
        // Small writes fill what is left, so that the index is starved too if it can be.
        let mut filed = vec![];
        let mut refused = 0;
        for n in 0..=255 {
            match file(&store, n) {
                Ok(_) => filed.push(n),
                Err(StoreError::Full | StoreError::Unavailable) => refused += 1,
                Err(error) => panic!("{error:?}"),
            }
        }
        assert!(refused > 0);
        for n in &stored {
            let found = store.read_cell(address(*n)).wait();
            assert_eq!(found, Ok(CellRead::Present(vec![*n; 200_000])));
        }
        fs::remove_file(&ballast).unwrap();
        let mut tries = 0;
        let last = loop {
            match cell(250) {
                Err(StoreError::Unavailable) if tries < 20 => {
                    tries += 1;
                    std::thread::sleep(std::time::Duration::from_millis(500));
                }
                other => break other,
            }
        };
        assert_eq!(last, Ok(CellPut::Created));
        for n in filed {
            assert_eq!(file(&store, n), Ok(Filed::Duplicate));
        }
        drop(store);
        let (store, opened) = EmbeddedStore::open(&path, Config::new([8; 32])).unwrap();
        assert_eq!((opened.cut_bytes, opened.damaged), (0, 0));
        for n in stored.into_iter() {
            let found = store.read_cell(address(n)).wait();
            assert_eq!(found, Ok(CellRead::Present(vec![n; 200_000])));
        }
    }
}

#[derive(Clone, Debug)]
enum Op {
    File {
        n: u8,
        expires: u32,
        cells: Vec<u8>,
        now: bool,
    },
    Release,
    Drop {
        n: u8,
        text: u8,
        expires: u32,
    },
    SelfRecord {
        n: u8,
        counter: u64,
        text: u8,
        expires: u32,
    },
    Cell {
        n: u8,
        text: u8,
    },
    Sweep {
        days: u32,
    },
    Reopen {
        clean: bool,
    },
}

fn op() -> impl Strategy<Value = Op> {
    let n = || 0_u8..6;
    let expires = || 1_u32..8;
    prop_oneof![
        4 => (n(), expires(), proptest::collection::btree_set(n(), 0..3), any::<bool>()).prop_map(
            |(n, expires, cells, now)| Op::File {
                n,
                expires,
                cells: cells.into_iter().collect(),
                now
            }
        ),
        1 => Just(Op::Release),
        2 => (n(), 0_u8..2, expires()).prop_map(|(n, text, expires)| Op::Drop { n, text, expires }),
        2 => (n(), 0_u64..4, 0_u8..2, expires()).prop_map(|(n, counter, text, expires)| {
            Op::SelfRecord { n, counter, text, expires }
        }),
        3 => (n(), 0_u8..2).prop_map(|(n, text)| Op::Cell { n, text }),
        2 => (0_u32..4).prop_map(|days| Op::Sweep { days }),
        1 => any::<bool>().prop_map(|clean| Op::Reopen { clean }),
    ]
}

#[derive(Clone, Debug)]
enum Slot<T> {
    Here(T, u32),
    Gone(T),
}

/// What the store should hold, said as simply as possible. Days count from `TODAY`.
#[derive(Default)]
struct Model {
    today: u32,
    /// By id: expiry and whether it waits.
    envelopes: BTreeMap<Vec<u8>, Slot<bool>>,
    queue: Vec<Vec<u8>>,
    drops: BTreeMap<u8, Slot<u8>>,
    selves: BTreeMap<u8, Slot<(u64, u8)>>,
    cells: BTreeMap<u8, Slot<(u8, bool)>>,
}

fn expire<K: Ord + Clone, T: Clone>(slots: &mut BTreeMap<K, Slot<T>>, today: u32) {
    for slot in slots.values_mut() {
        if let Slot::Here(value, expires) = slot.clone()
            && expires <= today
        {
            *slot = Slot::Gone(value);
        }
    }
}

fn step(model: &mut Model, store: &mut EmbeddedStore, path: &Path, op: Op) {
    let today = TODAY.plus(model.today);
    match op {
        Op::File {
            n,
            expires,
            cells,
            now,
        } => {
            let addresses: Vec<_> = cells.iter().map(|c| address(*c)).collect();
            let envelope = envelope(n, &addresses);
            let frame = envelope.encode();
            let missing: Vec<_> = cells
                .iter()
                .filter(|c| !matches!(model.cells.get(c), Some(Slot::Here(..))))
                .map(|c| address(*c))
                .collect();
            let expires = model.today + expires;
            let expected = match model.envelopes.get(&frame) {
                Some(Slot::Here(..)) => Ok(Filed::Duplicate),
                Some(Slot::Gone(_)) => Ok(Filed::Gone),
                None if !missing.is_empty() => Err(StoreError::MissingCells(missing)),
                None => {
                    for cell in cells {
                        if let Some(Slot::Here(value, until)) = model.cells.get_mut(&cell) {
                            value.1 = true;
                            *until = expires.max(*until);
                        }
                    }
                    if now {
                        model.queue.push(frame.clone());
                    }
                    model.envelopes.insert(frame, Slot::Here(!now, expires));
                    Ok(Filed::Stored)
                }
            };
            let release = if now {
                Release::Immediately
            } else {
                Release::Batched
            };
            let filed = store.file(envelope, today, TODAY.plus(expires), release);
            assert_eq!(filed.wait(), expected);
        }
        Op::Release => {
            let before = store.head(&office("a")).wait().unwrap();
            let released = store.release(Which::All, today, [3; 32]).wait().unwrap();
            let waiting: Vec<Vec<u8>> = model
                .envelopes
                .iter()
                .filter(|(_, slot)| matches!(slot, Slot::Here(true, _)))
                .map(|(frame, _)| frame.clone())
                .collect();
            assert_eq!(released.envelopes, waiting.len() as u64);
            let shown = store
                .queue(&office("a"), before, usize::MAX)
                .wait()
                .unwrap();
            let mut shown: Vec<_> = shown.items.into_iter().map(|i| i.frame).collect();
            model.queue.extend(shown.clone());
            shown.sort();
            assert_eq!(shown, waiting);
            for slot in model.envelopes.values_mut() {
                if let Slot::Here(waits, _) = slot {
                    *waits = false;
                }
            }
        }
        Op::Drop { n, text, expires } => {
            let expires = model.today + expires;
            let put = store
                .put_drop(NewDrop {
                    address: address(n),
                    office: office("a"),
                    sealed: vec![text; 99],
                    today,
                    expires: TODAY.plus(expires),
                })
                .wait()
                .unwrap();
            match model.drops.get(&n) {
                None => {
                    assert_eq!(put, DropPut::Created);
                    model.drops.insert(n, Slot::Here(text, expires));
                }
                Some(Slot::Here(old, _)) if *old == text => assert_eq!(put, DropPut::Same),
                Some(Slot::Here(..)) => assert!(matches!(put, DropPut::Occupied(_))),
                Some(Slot::Gone(_)) => assert_eq!(put, DropPut::Gone),
            }
        }
        Op::SelfRecord {
            n,
            counter,
            text,
            expires,
        } => {
            let expires = model.today + expires;
            let put = store
                .put_self(NewSelf {
                    address: address(n),
                    counter,
                    sealed: vec![text; 99],
                    today,
                    expires: TODAY.plus(expires),
                })
                .wait()
                .unwrap();
            let expected = match model.selves.get(&n) {
                Some(Slot::Here(old, _)) if *old == (counter, text) => SelfPut::Same,
                Some(Slot::Here(old, _) | Slot::Gone(old)) if counter <= old.0 => {
                    SelfPut::Stale { counter: old.0 }
                }
                _ => {
                    model.selves.insert(n, Slot::Here((counter, text), expires));
                    SelfPut::Stored
                }
            };
            assert_eq!(put, expected);
        }
        Op::Cell { n, text } => {
            let put = store
                .put_cell(address(n), vec![text; 99], today)
                .wait()
                .unwrap();
            let expected = match model.cells.get(&n) {
                Some(Slot::Here(old, _)) if old.0 == text => CellPut::Same,
                Some(Slot::Here(..)) => CellPut::Occupied,
                _ => {
                    let slot = Slot::Here((text, false), model.today + 2);
                    model.cells.insert(n, slot);
                    CellPut::Created
                }
            };
            assert_eq!(put, expected);
        }
        Op::Sweep { days } => {
            model.today += days;
            store.sweep(TODAY.plus(model.today)).wait().unwrap();
            expire(&mut model.envelopes, model.today);
            expire(&mut model.drops, model.today);
            expire(&mut model.selves, model.today);
            expire(&mut model.cells, model.today);
            model
                .cells
                .retain(|_, slot| !matches!(slot, Slot::Gone((_, false))));
            let envelopes = &model.envelopes;
            model
                .queue
                .retain(|frame| matches!(envelopes.get(frame), Some(Slot::Here(..))));
        }
        Op::Reopen { clean } => {
            if clean {
                store.close().wait().unwrap();
            }
            // The old one has to be gone before the folder can be opened again.
            let elsewhere = tempfile::tempdir().unwrap();
            drop(std::mem::replace(store, open(elsewhere.path())));
            let (reopened, opened) = open_with(path);
            assert_eq!(opened.rebuilt, !clean);
            *store = reopened;
        }
    }
    compare(model, store);
}

fn compare(model: &Model, store: &EmbeddedStore) {
    for name in ["a", "b"] {
        let batch = store.queue(&office(name), 0, usize::MAX).wait().unwrap();
        let frames: Vec<_> = batch.items.into_iter().map(|i| i.frame).collect();
        assert_eq!(frames, model.queue);
    }
    for n in 0..6 {
        let drop = match model.drops.get(&n) {
            None => DropRead::Absent,
            Some(Slot::Gone(_)) => DropRead::Gone,
            Some(Slot::Here(text, _)) => DropRead::Present {
                office: office("a"),
                sealed: vec![*text; 99],
            },
        };
        assert_eq!(store.read_drop(address(n)).wait(), Ok(drop));
        let own = match model.selves.get(&n) {
            None => SelfRead::Absent,
            Some(Slot::Gone(_)) => SelfRead::Gone,
            Some(Slot::Here((counter, text), _)) => SelfRead::Present {
                counter: *counter,
                sealed: vec![*text; 99],
            },
        };
        assert_eq!(store.read_self(address(n)).wait(), Ok(own));
        let cell = match model.cells.get(&n) {
            None => CellRead::Absent,
            Some(Slot::Gone(_)) => CellRead::Gone,
            Some(Slot::Here((text, _), _)) => CellRead::Present(vec![*text; 99]),
        };
        assert_eq!(store.read_cell(address(n)).wait(), Ok(cell));
    }
    let stats = store.stats().wait().unwrap();
    fn here<K, T>(slots: &BTreeMap<K, Slot<T>>) -> u64 {
        slots
            .values()
            .filter(|s| matches!(s, Slot::Here(..)))
            .count() as u64
    }
    assert_eq!(stats.envelopes, here(&model.envelopes));
    assert_eq!(stats.drops, here(&model.drops));
    assert_eq!(stats.selves, here(&model.selves));
    assert_eq!(stats.cells, here(&model.cells));
    let all = model.envelopes.len() + model.drops.len() + model.selves.len() + model.cells.len();
    let live = stats.envelopes + stats.drops + stats.selves + stats.cells;
    assert_eq!(stats.tombstones, all as u64 - live);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_store_does_what_a_simple_model_does(ops in proptest::collection::vec(op(), 1..60)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let mut store = open(&path);
        let mut model = Model::default();
        for op in ops {
            step(&mut model, &mut store, &path, op);
        }
    }
}
