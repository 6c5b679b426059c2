//! What holds of the file on disk.

use std::path::{Path, PathBuf};

use candor_journal::{Options, Scanned};
use candor_wire::Day;
use rand::rngs::OsRng;

use super::{layout::Laid, *};
use crate::{failure::Reason, record::Record};

const CANARY: &[u8] = b"canary-4c1d-the-reporter-said-this";

const INSTANCE: InstanceId = InstanceId::new([1; 32]);

fn key(key: u8) -> CaseKey {
    CaseKey::new([key; 32])
}

fn volume(home: &Home, n: u8) -> Volume {
    Volume::of(home, &key(n), &INSTANCE)
}

fn open(home: &Home, n: u8) -> Outcome<(CaseFile, Vec<Entry>)> {
    let mut entries = Vec::new();
    let file = CaseFile::open(home, &key(n), INSTANCE, &mut OsRng, &mut |entry| {
        entries.push(entry);
        Ok(())
    })?;
    Ok((file, entries))
}

fn conversation(n: u64) -> ConversationId {
    let mut id = [0xc0; 32];
    id[..8].copy_from_slice(&n.to_be_bytes());
    ConversationId::new(id)
}

/// An entry of one of three cases.
fn entry(n: u64) -> Entry {
    let record = Record::Received {
        seq: n,
        day: Day(20_000),
        conversation: conversation(n % 3),
        drop: None,
    };
    Entry::new(record, [CANARY, &n.to_be_bytes()].concat())
}

fn seqs(entries: &[Entry]) -> Vec<u64> {
    let seq = |entry: &Entry| match entry.record {
        Record::Received { seq, .. } | Record::Cursor { seq } => seq,
        _ => panic!("no such entry was written"),
    };
    entries.iter().map(seq).collect()
}

fn filled(records: u64) -> (tempfile::TempDir, Home) {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::find(Some(folder.path().to_owned())).unwrap();
    let mut file = CaseFile::begin(&home, &key(7), INSTANCE, &mut OsRng).unwrap();
    for n in 0..records {
        file.append(&[entry(n)], &mut OsRng).unwrap();
    }
    (folder, home)
}

fn segment(folder: &Path) -> PathBuf {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "seg"))
        .unwrap()
}

fn every_file(folder: &Path, visit: &mut dyn FnMut(&Path, Vec<u8>)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            every_file(&path, visit);
        } else {
            let bytes = fs::read(&path).unwrap();
            visit(&path, bytes);
        }
    }
}

#[test]
fn records_come_back_in_order_and_nothing_readable_is_on_disk() {
    let (folder, home) = filled(3);
    let (mut file, entries) = open(&home, 7).unwrap();
    assert_eq!(entries.len(), 3);
    for (n, entry) in (0..).zip(&entries) {
        assert!(matches!(entry.record, Record::Received { seq, .. } if seq == n));
        assert!(entry.bytes.starts_with(CANARY));
    }
    file.append(&[entry(3)], &mut OsRng).unwrap();
    drop(file);
    assert_eq!(open(&home, 7).unwrap().1.len(), 4);
    every_file(folder.path(), &mut |path, bytes| {
        assert!(
            !bytes.windows(CANARY.len()).any(|w| w == CANARY)
                && !bytes.windows(8).any(|w| w == b"received"),
            "{}",
            path.display()
        );
    });
}

#[test]
fn large_batches_come_back_whole() {
    let (_folder, home) = filled(0);
    let (mut file, _) = open(&home, 7).unwrap();
    let record = |n| Record::Cursor { seq: n };
    let batch: Vec<_> = (0..20)
        .map(|n| Entry::new(record(n), vec![u8::try_from(n).unwrap(); 1 << 20]))
        .collect();
    file.append(&batch, &mut OsRng).unwrap();
    assert!(file.len() > 1 && file.len() < 20);
    drop(file);
    let (_, entries) = open(&home, 7).unwrap();
    assert_eq!(entries.len(), 20);
    for (n, entry) in (0..).zip(&entries) {
        assert!(matches!(entry.record, Record::Cursor { seq } if seq == n));
        assert!(entry.bytes.len() == 1 << 20 && entry.bytes[7] == u8::try_from(n).unwrap());
    }
}

/// Two cases of a head that cannot be written: at the first record of all, and later on.
#[test]
fn what_is_durable_is_kept_although_the_head_is_not_written() {
    for before in [0, 2] {
        let (_folder, home) = filled(before);
        let (mut file, _) = open(&home, 7).unwrap();
        let count = |home: &Home| open(home, 7).unwrap().1.len() as u64;
        // Nothing can be written where a folder lies.
        let obstacle = volume(&home, 7).folder().join("head.new");
        fs::create_dir(&obstacle).unwrap();
        file.append(&[entry(before)], &mut OsRng).unwrap();
        assert!(file.warning().unwrap().contains("nothing more can be"));
        // What is told as a failure leaves nothing.
        for _ in 0..3 {
            let not_kept = file.append(&[entry(99)], &mut OsRng).unwrap_err();
            assert_eq!(not_kept.kept, 0);
        }
        drop(file);
        assert_eq!(count(&home), before + 1);
        let (mut file, _) = open(&home, 7).unwrap();
        assert!(file.append(&[entry(99)], &mut OsRng).is_err());
        fs::remove_dir(&obstacle).unwrap();
        file.append(&[entry(before + 1)], &mut OsRng).unwrap();
        assert!(file.warning().is_none());
        drop(file);
        assert_eq!(count(&home), before + 2);
    }
}

fn refused(home: &Home) -> String {
    let failure = open(home, 7).unwrap_err();
    assert_eq!(failure.reason(), Reason::Storage);
    failure.cause().to_owned()
}

#[test]
fn another_key_opens_nothing() {
    let (_folder, home) = filled(2);
    assert!(open(&home, 8).unwrap_err().cause().contains("missing"));
    // Nor does it if its folder is given the name that belongs to the other key.
    fs::rename(volume(&home, 7).folder(), volume(&home, 8).folder()).unwrap();
    assert!(
        open(&home, 8)
            .unwrap_err()
            .cause()
            .contains("table of keys")
    );
}

#[test]
fn a_flipped_bit_is_noticed() {
    let (_folder, home) = filled(3);
    let path = segment(&volume(&home, 7).records());
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(refused(&home).contains("damaged"));
}

/// Where a journal's own checksums are put right again, as somebody who means it would.
#[test]
fn exchanged_and_removed_records_are_noticed() {
    for order in [vec![1, 0, 2], vec![0, 2], vec![0, 0, 1, 2]] {
        let (_folder, home) = filled(3);
        let (journal, _) =
            Journal::open(&volume(&home, 7).records(), &Options::new([1; 32])).unwrap();
        let bodies: Vec<_> = journal
            .scan()
            .filter_map(|item| match item.unwrap() {
                Scanned::Record(record) => Some(journal.read(&record.location).unwrap().1),
                Scanned::Damaged(_) => None,
            })
            .collect();
        drop(journal);
        fs::remove_dir_all(volume(&home, 7).records()).unwrap();
        let (journal, _) =
            Journal::open(&volume(&home, 7).records(), &Options::new([2; 32])).unwrap();
        for index in &order {
            let entry = JournalEntry {
                kind: KIND,
                body: bodies[*index].clone(),
                ..JournalEntry::default()
            };
            journal.append_wait(entry).unwrap();
        }
        drop(journal);
        assert!(
            refused(&home).contains("changed, moved or taken out"),
            "{order:?}"
        );
    }
}

#[test]
fn an_older_copy_is_noticed() {
    let (_folder, home) = filled(2);
    let path = segment(&volume(&home, 7).records());
    let older = fs::read(&path).unwrap();
    let (mut file, _) = open(&home, 7).unwrap();
    file.append(&[entry(2)], &mut OsRng).unwrap();
    drop(file);
    fs::write(&path, older).unwrap();
    assert!(refused(&home).contains("older copy"));
    fs::remove_file(volume(&home, 7).head()).unwrap();
    assert!(refused(&home).contains("missing"));
}

#[test]
fn a_torn_tail_is_cut_off_and_work_goes_on() {
    use std::io::Write as _;
    let (_folder, home) = filled(2);
    let path = segment(&volume(&home, 7).records());
    let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(&[0x5a; 777]).unwrap();
    drop(file);
    let (mut file, entries) = open(&home, 7).unwrap();
    assert_eq!(entries.len(), 2);
    file.append(&[entry(2)], &mut OsRng).unwrap();
    drop(file);
    assert_eq!(open(&home, 7).unwrap().1.len(), 3);
}

#[test]
fn a_second_opening_is_refused() {
    let (_folder, home) = filled(1);
    let _held = open(&home, 7).unwrap();
    assert!(refused(&home).contains("Another candor-desk"));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}

/// What the keys of a case file make readable of any copy of its journal.
fn readable(file: &CaseFile, records: &Path, cipher: &Cipher) -> Vec<u64> {
    let journal = open_journal(records, &mut OsRng).unwrap();
    let (mut sequence, mut seqs) = (0, Vec::new());
    bodies(&journal, &mut |body| {
        let place = Place::Record {
            sequence,
            schema: SCHEMA,
        };
        sequence += 1;
        let plain = cipher.unseal(place, &body).unwrap();
        for (laid, _) in laid(&plain).map(Option::unwrap) {
            if let Some(entry) = read(&laid, &file.table) {
                seqs.extend(self::seqs(&[entry]));
            } else if let Laid::Open { json, bytes } = laid {
                panic!("an entry of a case lies open: {json:?} {bytes:?}");
            }
        }
        Ok(())
    })
    .unwrap();
    seqs
}

#[test]
fn an_erased_case_is_unreadable_even_in_an_older_copy_of_the_journal() {
    let (folder, home) = filled(7);
    let (file, _) = open(&home, 7).unwrap();
    let older = folder.path().join("older");
    copy(volume(&home, 7).folder(), &older);
    let mark = Entry::bare(Record::Cursor { seq: 99 });
    let left_out = [conversation(1)];
    let new = file
        .rewrite(&home, &key(8), &left_out, &[mark], &mut OsRng)
        .unwrap();
    // Even the key of the records is assumed to be known.
    let old_records = file.table.records();
    assert_eq!(
        readable(&file, &older.join("records"), &old_records).len(),
        7
    );
    file.remove().unwrap();
    assert_eq!(
        readable(&new, &older.join("records"), &old_records),
        [0, 2, 3, 5, 6]
    );
    // The old table does not open with the new key, whatever it is called.
    let old_table = fs::read(older.join("keys")).unwrap();
    assert!(Table::open(&old_table, &key(8), INSTANCE).is_none());
    assert!(Table::open(&old_table, &key(7), INSTANCE).is_some());
    drop(new);
    let (mut new, entries) = open(&home, 8).unwrap();
    assert_eq!(seqs(&entries), [0, 2, 3, 5, 6, 99]);
    // A case that comes again gets another key than the one that was erased.
    new.append(&[entry(10)], &mut OsRng).unwrap();
    assert_eq!(
        readable(&new, &older.join("records"), &old_records),
        [0, 2, 3, 5, 6]
    );
    drop(new);
    assert_eq!(seqs(&open(&home, 8).unwrap().1), [0, 2, 3, 5, 6, 99, 10]);
}

#[test]
fn a_volume_that_is_not_in_use_is_removed_and_the_other_one_is_whole() {
    for in_use in [7, 8] {
        let (_folder, home) = filled(5);
        let (file, _) = open(&home, 7).unwrap();
        let new = file
            .rewrite(&home, &key(8), &[conversation(0)], &[], &mut OsRng)
            .unwrap();
        drop((file, new));
        // The kill came here: before the one stroke, or just after it.
        let (file, entries) = open(&home, in_use).unwrap();
        let expected: &[u64] = if in_use == 7 {
            &[0, 1, 2, 3, 4]
        } else {
            &[1, 2, 4]
        };
        assert_eq!(seqs(&entries), expected);
        clear_others(&home, &file);
        drop(file);
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
        assert_eq!(seqs(&open(&home, in_use).unwrap().1), expected);
    }
}

#[test]
fn large_files_are_rewritten_in_several_records() {
    let (_folder, home) = filled(0);
    let (mut file, _) = open(&home, 7).unwrap();
    for n in 0..30 {
        let mut entry = entry(n);
        entry.bytes.resize(1 << 20, 0x5a);
        file.append(&[entry], &mut OsRng).unwrap();
    }
    let new = file
        .rewrite(&home, &key(8), &[conversation(2)], &[], &mut OsRng)
        .unwrap();
    assert!(new.len() > 1 && new.len() < 20, "{}", new.len());
    drop(new);
    let (_, entries) = open(&home, 8).unwrap();
    let expected: Vec<u64> = (0..30).filter(|n| n % 3 != 2).collect();
    assert_eq!(seqs(&entries), expected);
    assert!(entries.iter().all(|entry| entry.bytes.len() == 1 << 20));
}

#[test]
fn nothing_is_left_of_a_rewriting_that_fails() {
    let (_folder, home) = filled(3);
    let (file, _) = open(&home, 7).unwrap();
    fs::write(volume(&home, 8).folder(), b"in the way").unwrap();
    file.rewrite(&home, &key(8), &[conversation(0)], &[], &mut OsRng)
        .unwrap_err();
    drop(file);
    assert_eq!(seqs(&open(&home, 7).unwrap().1), [0, 1, 2]);
}

/// Writes a case file as the first version did.
fn write_schema_1(home: &Home, key: &CaseKey, entries: &[(serde_json::Value, Vec<u8>)]) {
    let cipher = Cipher::new(key.expose(), INSTANCE);
    let journal = open_journal(&home.join("case"), &mut OsRng).unwrap();
    for (sequence, (json, bytes)) in (0..).zip(entries) {
        let json = serde_json::to_vec(json).unwrap();
        let mut plain = Vec::new();
        for part in [&json, bytes] {
            plain.extend_from_slice(&u32::try_from(part.len()).unwrap().to_be_bytes());
        }
        plain.extend_from_slice(&json);
        plain.extend_from_slice(bytes);
        plain.resize(plain.len().next_multiple_of(1024), 0);
        let place = Place::Record {
            sequence,
            schema: 1,
        };
        let entry = JournalEntry {
            kind: KIND,
            body: cipher.seal(place, &plain, &mut OsRng).unwrap(),
            ..JournalEntry::default()
        };
        journal.append_wait(entry).unwrap();
    }
    let head = (entries.len() as u64).to_be_bytes();
    let sealed = cipher
        .seal(Place::Head { schema: 1 }, &head, &mut OsRng)
        .unwrap();
    fs::write(home.join("case.head"), sealed).unwrap();
}

#[test]
fn a_file_of_the_first_version_is_taken_over_with_every_record_in_its_case() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::find(Some(folder.path().to_owned())).unwrap();
    let case = conversation(5);
    let reply = "00112233445566778899aabbccddeeff";
    let written = [
        (
            serde_json::json!({"record": "began", "office": "title-ix", "day": 20_000}),
            vec![],
        ),
        (
            serde_json::json!({"record": "queued", "reply": reply, "conversation": case,
                   "kind": "message", "day": 20_000, "cells": []}),
            CANARY.to_vec(),
        ),
        (
            serde_json::json!({"record": "sealed", "reply": reply, "index": 0, "generation": 0, "n": 1}),
            CANARY.to_vec(),
        ),
        (
            serde_json::json!({"record": "placed", "reply": reply, "index": 0, "day": 20_000}),
            vec![],
        ),
        (
            serde_json::json!({"record": "copied", "reply": reply, "index": 0}),
            vec![],
        ),
        (serde_json::json!({"record": "cursor", "seq": 4}), vec![]),
    ];
    write_schema_1(&home, &key(7), &written);
    let convert = || CaseFile::convert(&home, &key(7), &key(8), INSTANCE, &mut OsRng);
    let file = convert().unwrap().unwrap();
    let import = crate::import::plan::RowKey::derived(&key(7)).into_bytes();
    assert_eq!(file.import_key().expose(), &*import);
    drop(file);
    let (file, entries) = open(&home, 8).unwrap();
    assert_eq!(entries.len(), written.len());
    for entry in &entries {
        let expected = match entry.record {
            Record::Began { .. } | Record::Cursor { .. } => None,
            _ => Some(case),
        };
        assert_eq!(entry.record.conversation(), expected);
    }
    assert_eq!(entries[2].bytes.as_slice(), CANARY);
    clear_others(&home, &file);
    assert!(!home.join("case").exists() && !home.join("case.head").exists());
    drop(file);
    assert!(convert().unwrap().is_none());
    assert_eq!(open(&home, 8).unwrap().1.len(), written.len());

    // It is as careful as it was.
    fs::remove_dir_all(volume(&home, 8).folder()).unwrap();
    write_schema_1(&home, &key(7), &written);
    fs::remove_dir_all(home.join("case")).unwrap();
    let copy = |n: usize| write_schema_1(&home, &key(7), &written[..n]);
    copy(6);
    let head = fs::read(home.join("case.head")).unwrap();
    fs::remove_dir_all(home.join("case")).unwrap();
    copy(4);
    fs::write(home.join("case.head"), head).unwrap();
    assert!(convert().unwrap_err().cause().contains("older copy"));
}
