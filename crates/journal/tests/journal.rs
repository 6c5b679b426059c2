//! The journal on a real file system: torn tails, flipped bits, a full disk, a second opener.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Barrier},
    thread,
};

use candor_journal::{
    AppendError, Body, Class, Entry, Journal, OpenError, Options, Part, ReadError, Record, Scanned,
    format::Location, scan_bytes,
};
use proptest::prelude::*;

fn open(folder: &Path) -> Journal {
    Journal::open(folder, &Options::new([7; 32])).unwrap().0
}

fn entry(key: u32, meta: &[u8], body: &[u8]) -> Entry {
    Entry {
        kind: 5,
        key,
        meta: meta.to_vec(),
        body: body.to_vec(),
        class: Class::Ordinary,
    }
}

fn records(journal: &Journal) -> Vec<Record> {
    journal
        .verify()
        .filter_map(|item| match item.unwrap() {
            Scanned::Record(record) => Some(record),
            Scanned::Damaged(_) => None,
        })
        .collect()
}

fn segment_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "seg"))
        .collect();
    files.sort();
    files
}

#[test]
fn what_is_appended_is_read_back_before_and_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let bodies: Vec<Vec<u8>> = (0..50_u8).map(|n| vec![n; usize::from(n) * 700]).collect();
    let locations: Vec<Location> = bodies
        .iter()
        .map(|body| {
            journal
                .append_wait(entry(3, &[body.len() as u8], body))
                .unwrap()
        })
        .collect();
    let check = |journal: &Journal| {
        for (location, body) in locations.iter().zip(&bodies) {
            let (meta, found) = journal.read(location).unwrap();
            assert_eq!((meta, &found), (vec![body.len() as u8], body));
        }
        let found: Vec<_> = records(journal).iter().map(|r| r.location).collect();
        assert_eq!(found, locations);
    };
    check(&journal);
    drop(journal);
    check(&open(folder.path()));
}

#[test]
fn files_are_for_their_owner_alone() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("journal");
    let journal = open(&folder);
    journal.append_wait(entry(1, b"", b"x")).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for file in fs::read_dir(&folder).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
}

#[test]
fn many_writers_share_syncs_and_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Arc::new(open(folder.path()));
    let barrier = Arc::new(Barrier::new(16));
    let writers: Vec<_> = (0..16_u8)
        .map(|w| {
            let (journal, barrier) = (Arc::clone(&journal), Arc::clone(&barrier));
            thread::spawn(move || {
                barrier.wait();
                (0..50_u8)
                    .map(|n| {
                        (
                            journal.append_wait(entry(1, &[w, n], &[w; 3000])).unwrap(),
                            [w, n],
                        )
                    })
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    for writer in writers {
        for (location, meta) in writer.join().unwrap() {
            assert_eq!(journal.read(&location).unwrap().0, meta);
        }
    }
    assert_eq!(records(&journal).len(), 800);
}

#[test]
fn segments_roll_by_key_and_by_size() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        segment_bytes: 10_000,
        ..Options::new([7; 32])
    };
    let (journal, _) = Journal::open(folder.path(), &options).unwrap();
    let segment = |key, len: usize| {
        let location = journal.append_wait(entry(key, b"", &vec![1; len])).unwrap();
        location.segment
    };
    assert_eq!(segment(10, 100), 1);
    // One key back is a caller that read the clock just before midnight.
    assert_eq!(segment(9, 100), 1);
    assert_eq!(segment(11, 100), 2);
    assert_eq!(segment(11, 9_000), 2);
    assert_eq!(segment(11, 9_000), 3);
    assert_eq!(segment(11, 50_000), 4);
    assert_eq!(segment(11, 1), 5);
    // A clock that was ahead and is put right again.
    assert_eq!(segment(90, 1), 6);
    assert_eq!(segment(11, 1), 7);
    let keys: Vec<_> = journal.segments().iter().map(|s| s.key).collect();
    assert_eq!(keys, [10, 11, 11, 11, 11, 90, 11]);
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_off_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let kept = journal.append_wait(entry(1, b"kept", &[1; 300])).unwrap();
    let last = journal.append_wait(entry(1, b"last", &[2; 200])).unwrap();
    drop(journal);
    let path = segment_files(folder.path()).remove(0);
    let whole = fs::read(&path).unwrap();
    let from = last.offset as usize;
    for len in from..whole.len() {
        // Cut short, and cut short with zeros or garbage where the rest should be.
        for fill in [None, Some(0), Some(0xa5)] {
            let mut torn = whole[..len].to_vec();
            if let Some(fill) = fill {
                torn.resize(whole.len() + 500, fill);
            }
            fs::write(&path, &torn).unwrap();
            let (journal, recovery) = Journal::open(folder.path(), &Options::new([8; 32])).unwrap();
            assert_eq!(
                recovery.cut_bytes,
                (torn.len() - from) as u64,
                "{len} {fill:?}"
            );
            assert!(recovery.damaged.is_empty());
            let found = records(&journal);
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].location, kept);
            let again = journal.append_wait(entry(1, b"again", &[3; 10])).unwrap();
            assert_eq!(again.offset as usize, from);
            assert_eq!(journal.read(&again).unwrap().1, [3; 10]);
        }
    }
}

#[test]
fn a_flipped_bit_is_noticed_and_hides_no_other_record() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let locations: Vec<_> = (0..3_u8)
        .map(|n| journal.append_wait(entry(1, &[n; 20], &[n; 60])).unwrap())
        .collect();
    let next_day = journal.append_wait(entry(2, b"next", b"day")).unwrap();
    drop(journal);
    let path = segment_files(folder.path()).remove(0);
    let whole = fs::read(&path).unwrap();
    let middle = locations[1];
    let (start, end) = (middle.offset as usize, locations[2].offset as usize);
    for byte in start..end {
        for bit in 0..8 {
            let mut flipped = whole.clone();
            flipped[byte] ^= 1 << bit;
            fs::write(&path, &flipped).unwrap();
            let (mut sound, mut damaged) = (vec![], vec![]);
            for item in scan_bytes(1, &flipped) {
                match item {
                    Scanned::Record(r) if r.body == Body::Intact => sound.push(r.location),
                    Scanned::Record(_) => {}
                    Scanned::Damaged(damage) => damaged.push(damage),
                }
            }
            assert_eq!(sound, [locations[0], locations[2]]);
            assert_eq!(damaged.len(), 1, "{byte}");
            let expected = match byte - start {
                0..32 => Part::Header,
                32..52 => Part::Meta,
                _ => Part::Body,
            };
            assert_eq!(damaged[0].part, expected);
        }
    }
    let journal = open(folder.path());
    assert!(matches!(journal.read(&middle), Err(ReadError::Damaged)));
    assert!(journal.read(&locations[2]).is_ok());
    assert!(journal.read(&next_day).is_ok());
}

#[test]
fn a_damaged_segment_header_costs_nothing_or_that_segment_alone() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let first = journal.append_wait(entry(1, b"a", &[1; 60])).unwrap();
    let second = journal.append_wait(entry(2, b"b", &[2; 60])).unwrap();
    drop(journal);
    let path = segment_files(folder.path()).remove(0);
    let whole = fs::read(&path).unwrap();
    for byte in 0..32 {
        let mut flipped = whole.clone();
        flipped[byte] ^= 0x10;
        fs::write(&path, &flipped).unwrap();
        let journal = open(folder.path());
        let found: Vec<_> = records(&journal).iter().map(|r| r.location).collect();
        assert_eq!(found, [first, second], "{byte}");
    }
    fs::write(&path, vec![0; whole.len()]).unwrap();
    let journal = open(folder.path());
    let found: Vec<_> = records(&journal).iter().map(|r| r.location).collect();
    assert_eq!(found, [second]);
    assert!(journal.verify().any(|item| matches!(
        item.unwrap(),
        Scanned::Damaged(d) if d.part == Part::Segment && d.segment == 1
    )));
}

#[test]
fn a_segment_whose_creation_was_cut_short_is_removed() {
    for torn in [&b""[..], &b"candorJ1"[..], &[0; 32][..], &[0; 4096][..]] {
        let folder = tempfile::tempdir().unwrap();
        let journal = open(folder.path());
        let kept = journal.append_wait(entry(1, b"a", b"b")).unwrap();
        drop(journal);
        fs::write(folder.path().join("0000000002-0000000002.seg"), torn).unwrap();
        let journal = open(folder.path());
        assert_eq!(segment_files(folder.path()).len(), 1);
        assert!(journal.read(&kept).is_ok());
        assert_eq!(journal.append_wait(entry(2, b"", b"c")).unwrap().segment, 3);
    }
}

#[test]
fn a_body_cannot_pose_as_a_record() {
    let folder = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    // A whole journal of another seed, and so with another marker, as the body of a record.
    let (forger, _) = Journal::open(other.path(), &Options::new([99; 32])).unwrap();
    for n in 0..20 {
        forger.append_wait(entry(1, b"forged", &[n; 30])).unwrap();
    }
    let forged = fs::read(segment_files(other.path()).remove(0)).unwrap();
    let journal = open(folder.path());
    let victim = journal.append_wait(entry(1, b"", &forged)).unwrap();
    let after = journal.append_wait(entry(1, b"after", b"")).unwrap();
    drop(journal);
    let path = segment_files(folder.path()).remove(0);
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.write_at(&[0xff; 32], u64::from(victim.offset))
        .unwrap();
    let found: Vec<_> = records(&open(folder.path()))
        .iter()
        .map(|r| r.location)
        .collect();
    assert_eq!(found, [after]);
}

#[test]
fn an_erased_body_gives_its_space_back_and_its_meta_stays() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let secret = vec![0xc5; 200_000];
    let erased = journal.append_wait(entry(1, b"meta", &secret)).unwrap();
    let kept = journal.append_wait(entry(1, b"kept", &[9; 5000])).unwrap();
    let path = segment_files(folder.path()).remove(0);
    let blocks = fs::metadata(&path).unwrap().blocks();
    journal.erase(&[erased]).unwrap();
    assert!(matches!(journal.read(&erased), Err(ReadError::Erased)));
    assert!(journal.read(&kept).is_ok());
    assert!(fs::metadata(&path).unwrap().blocks() < blocks - 300);
    assert!(!fs::read(&path).unwrap().windows(8).any(|w| w == [0xc5; 8]));
    drop(journal);
    let (journal, recovery) = Journal::open(folder.path(), &Options::new([8; 32])).unwrap();
    assert_eq!(recovery, candor_journal::Recovery::default());
    let found = records(&journal);
    assert_eq!(
        (found[0].meta.as_slice(), found[0].body),
        (&b"meta"[..], Body::Erased)
    );
    assert_eq!(found[1].body, Body::Intact);
}

#[test]
fn a_removed_segment_is_gone_but_the_newest_stays() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let old = journal.append_wait(entry(1, b"", b"old")).unwrap();
    let new = journal.append_wait(entry(2, b"", b"new")).unwrap();
    journal.read(&old).unwrap();
    journal.remove_segment(1).unwrap();
    journal.remove_segment(2).unwrap();
    assert!(matches!(journal.read(&old), Err(ReadError::Absent)));
    assert!(journal.read(&new).is_ok());
    assert_eq!(segment_files(folder.path()).len(), 1);
}

#[test]
fn a_second_opener_is_refused_in_this_process_and_in_another() {
    const FOLDER: &str = "CANDOR_TEST_SECOND_OPENER";
    if let Some(folder) = std::env::var_os(FOLDER) {
        let refused = Journal::open(Path::new(&folder), &Options::new([8; 32]));
        assert!(matches!(refused, Err(OpenError::InUse(_))));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let refused = Journal::open(folder.path(), &Options::new([8; 32]));
    assert!(matches!(refused, Err(OpenError::InUse(_))));
    let status = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "a_second_opener_is_refused_in_this_process_and_in_another",
        ])
        .env(FOLDER, folder.path())
        .status()
        .unwrap();
    assert!(status.success());
    drop(journal);
    open(folder.path());
}

#[test]
fn too_long_records_and_a_closed_journal_refuse() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let long = vec![0; candor_journal::format::MAX_META_LEN + 1];
    assert_eq!(
        journal.append_wait(entry(1, &long, b"")),
        Err(AppendError::TooLong)
    );
    journal.close();
    assert_eq!(
        journal.append_wait(entry(1, b"", b"")),
        Err(AppendError::Closed)
    );
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

#[test]
fn a_full_disk_refuses_reads_on_and_recovers() {
    let Some(disk) = SmallDisk::mount(1 << 20) else {
        println!("SKIPPED: no small file system can be mounted here (needs root)");
        return;
    };
    let ballast = disk.0.path().join("ballast");
    fs::write(&ballast, vec![1; 300_000]).unwrap();
    let folder = disk.0.path().join("journal");
    let journal = open(&folder);
    let body = vec![7; 27_000];
    let mut stored = vec![];
    let refusal = loop {
        match journal.append_wait(entry(1, &[stored.len() as u8], &body)) {
            Ok(location) => stored.push(location),
            Err(error) => break error,
        }
        assert!(stored.len() < 60, "the disk never filled up");
    };
    assert_eq!(refusal, AppendError::Full);
    assert!(stored.len() > 10);
    // Every waiter of a refused batch hears so, and nothing of it stays.
    let len = fs::metadata(segment_files(&folder).remove(0))
        .unwrap()
        .len();
    let (sender, receiver) = std::sync::mpsc::channel();
    for _ in 0..20 {
        let sender = sender.clone();
        journal.append(entry(1, b"", &body), move |r| sender.send(r).unwrap());
    }
    for _ in 0..20 {
        assert_eq!(receiver.recv().unwrap(), Err(AppendError::Full));
    }
    assert_eq!(
        fs::metadata(segment_files(&folder).remove(0))
            .unwrap()
            .len(),
        len
    );
    // A new day cannot even get its file.
    fs::write(disk.0.path().join("rest"), vec![1; 1 << 20]).unwrap_err();
    assert_eq!(
        journal.append_wait(entry(2, b"", &body)),
        Err(AppendError::Full)
    );
    for location in &stored {
        assert_eq!(journal.read(location).unwrap().1, body);
    }
    fs::remove_file(disk.0.path().join("rest")).unwrap();
    fs::remove_file(&ballast).unwrap();
    stored.push(journal.append_wait(entry(2, b"", &body)).unwrap());
    drop(journal);
    let (journal, recovery) = Journal::open(&folder, &Options::new([8; 32])).unwrap();
    assert_eq!(recovery, candor_journal::Recovery::default());
    let found: Vec<_> = records(&journal).iter().map(|r| r.location).collect();
    assert_eq!(found, stored);
}

#[test]
fn room_kept_free_is_for_maintenance_alone() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        min_free_bytes: u64::MAX / 2,
        ..Options::new([7; 32])
    };
    let (journal, _) = Journal::open(folder.path(), &options).unwrap();
    assert_eq!(
        journal.append_wait(entry(1, b"", b"x")),
        Err(AppendError::Full)
    );
    let upkeep = Entry {
        class: Class::Maintenance,
        ..entry(1, b"", b"y")
    };
    assert!(journal.append_wait(upkeep).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_a_scan_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = scan_bytes(1, &bytes);
    }

    #[test]
    fn any_damage_leaves_the_records_outside_it(
        from in 0_usize..3000,
        noise in proptest::collection::vec(any::<u8>(), 1..400),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let journal = open(folder.path());
        for n in 0..10_u8 {
            journal.append_wait(entry(1, &[n; 9], &[n; 250])).unwrap();
        }
        drop(journal);
        let mut bytes = fs::read(segment_files(folder.path()).remove(0)).unwrap();
        let from = from.min(bytes.len() - 1);
        let to = (from + noise.len()).min(bytes.len());
        bytes[from..to].copy_from_slice(&noise[..to - from]);
        let sound: Vec<u8> = scan_bytes(1, &bytes)
            .into_iter()
            .filter_map(|item| match item {
                Scanned::Record(r) if r.body == Body::Intact => Some(r.meta[0]),
                _ => None,
            })
            .collect();
        let record = 32 + 9 + 250;
        let first_is_whole = from >= 64;
        for n in 0..10 {
            let start = 32 + n * record;
            // The marker stands in the segment header and in the first record: one must be left.
            let outside = start + record <= from || start >= to;
            if outside && (first_is_whole || to <= 32 || from >= 32) {
                prop_assert!(sound.contains(&(n as u8)));
            }
        }
    }
}
