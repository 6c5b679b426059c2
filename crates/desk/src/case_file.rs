//! The case file: an append-only journal of encrypted records.
//!
//! ```text
//! record = nonce (24) ‖ XChaCha20-Poly1305(key, nonce, aad, plain)
//! aad    = tag ‖ instance ‖ u64 sequence number ‖ u8 schema
//! plain  = entry … ‖ zeros up to a full KiB
//! entry  = u32 length of JSON ‖ u32 length of bytes ‖ JSON ‖ bytes
//! ```
//!
//! What is appended at once is one record, and so there as a whole or not at all. The sequence
//! number is not stored: it is the record's place, counted from 0. A record that was moved,
//! swapped, repeated or taken out does not open, nor does any behind it. How many records there
//! are is kept in `case.head`, encrypted with the same key, so that records cut off the end are
//! noticed. What a power cut tears off the end was never acknowledged, and the journal cuts it off
//! itself.
//!
//! What is durable is kept, whatever comes after: that `case.head` could not be written is no reason
//! to call an entry lost, since replaying would bring it back. The head is then one append behind,
//! and nothing more is appended until it could be written.
//!
//! Invariant: no plaintext reaches the disk; what [`CaseFile::append`] says is kept is durable, and
//! what it says is not kept does not come back.

use std::{fs, io, path::PathBuf};

use candor_journal::{AppendError, Entry as JournalEntry, Journal, OpenError, Options, Scanned};
use candor_wire::{InstanceId, Tag};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use rand::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use crate::{
    failure::{Failure, Outcome},
    home::{self, Home},
    record::Entry,
};

const SCHEMA: u8 = 1;
const RECORD: Tag = Tag::new("candor/v1/case-record");
const HEAD: Tag = Tag::new("candor/v1/case-head");
const NONCE_LEN: usize = 24;
const PADDING: usize = 1024;
/// A group of entries is closed before it grows beyond this.
const MAX_GROUP_LEN: usize = 8 << 20;
/// The kind of every entry in the journal.
const KIND: u8 = 1;

/// The key of a case file.
#[derive(Clone)]
pub struct CaseKey(Zeroizing<[u8; 32]>);

impl CaseKey {
    /// Wraps 32 random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for CaseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CaseKey(..)")
    }
}

/// An open case file.
pub struct CaseFile {
    journal: Journal,
    cipher: XChaCha20Poly1305,
    instance: InstanceId,
    head: PathBuf,
    next: u64,
    /// Whether `case.head` says less than there is: it is written before anything else then.
    is_behind: bool,
    /// Why it could not be written.
    unwritten: Option<Failure>,
}

/// Entries that could not all be kept.
#[derive(Debug)]
pub struct NotKept {
    /// How many were kept, from the first on.
    pub kept: usize,
    /// Why not the others.
    pub failure: Failure,
}

impl From<NotKept> for Failure {
    fn from(not_kept: NotKept) -> Self {
        not_kept.failure
    }
}

/// Entries laid out for one record.
struct Group {
    entries: usize,
    plain: Zeroizing<Vec<u8>>,
}

fn tampered(what: &str) -> Failure {
    Failure::storage(
        format!("The case file is not as this desk left it: {what}."),
        "Do not go on with it. Keep the folder for whoever looks into this, and set the desk up \
         again in a new folder, by “restore” or “enroll”: it reads everything from the relay \
         again.",
    )
}

impl CaseFile {
    /// Opens the case file of a desk's folder, or begins one, and returns everything in it, in
    /// order.
    ///
    /// # Errors
    /// If it is damaged, older than it was, or was changed.
    pub fn open(
        home: &Home,
        key: &CaseKey,
        instance: InstanceId,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Outcome<(Self, Vec<Entry>)> {
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        let folder = home.join("case");
        let (journal, recovery) =
            Journal::open(&folder, &Options::new(seed)).map_err(|error| match error {
                OpenError::InUse(_) => Failure::storage(
                    "Another candor-desk has the case file open.",
                    "Finish that one first.",
                ),
                OpenError::Io { source, .. } => {
                    Failure::file("Cannot open the case file in", &folder, &source)
                }
                other => Failure::internal(other),
            })?;
        if !recovery.damaged.is_empty() {
            return Err(tampered("a record is damaged"));
        }
        let mut file = Self {
            journal,
            cipher: XChaCha20Poly1305::new(key.expose().into()),
            instance,
            head: home.join("case.head"),
            next: 0,
            is_behind: false,
            unwritten: None,
        };
        let entries = file.replay()?;
        let expected = file.read_head()?;
        if file.next < expected {
            return Err(tampered(&format!(
                "it has {} records and should have {expected}; an older copy was put in its place",
                file.next
            )));
        }
        // A kill came between a record and its head.
        file.is_behind = expected < file.next;
        Ok((file, entries))
    }

    fn replay(&mut self) -> Outcome<Vec<Entry>> {
        let mut entries = Vec::new();
        let unreadable = |error: &io::Error| {
            Failure::storage(
                format!("The case file cannot be read: {error}."),
                "Check the disk.",
            )
        };
        for item in self.journal.scan() {
            let record = match item.map_err(|error| unreadable(&error))? {
                Scanned::Record(record) => record,
                Scanned::Damaged(_) => return Err(tampered("a record is damaged")),
            };
            let (_, body) = self
                .journal
                .read(&record.location)
                .map_err(|_| tampered("a record is damaged"))?;
            self.decode(self.next, &body, &mut entries)?;
            self.next += 1;
        }
        Ok(entries)
    }

    fn aad(&self, tag: Tag, sequence: u64) -> Vec<u8> {
        let mut aad = tag.prefixed();
        aad.extend_from_slice(self.instance.as_bytes());
        aad.extend_from_slice(&sequence.to_be_bytes());
        aad.push(SCHEMA);
        aad
    }

    fn seal(
        &self,
        aad: &[u8],
        plain: &[u8],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Outcome<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        rng.fill_bytes(&mut nonce);
        let payload = Payload { msg: plain, aad };
        let sealed = self
            .cipher
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(Failure::internal)?;
        let mut out = nonce.to_vec();
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    fn unseal(&self, aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, msg) = sealed.split_first_chunk::<NONCE_LEN>()?;
        self.cipher
            .decrypt(XNonce::from_slice(nonce), Payload { msg, aad })
            .ok()
            .map(Zeroizing::new)
    }

    fn decode(&self, sequence: u64, sealed: &[u8], entries: &mut Vec<Entry>) -> Outcome {
        let plain = self
            .unseal(&self.aad(RECORD, sequence), sealed)
            .ok_or_else(|| {
                tampered(&format!(
                    "record {sequence} does not open; it was changed, moved or taken out"
                ))
            })?;
        let mut rest = plain.as_slice();
        let mut take = || -> Option<Option<Entry>> {
            let len = |bytes: &[u8; 4]| usize::try_from(u32::from_be_bytes(*bytes)).ok();
            // Behind the last entry there are zeros, or nothing.
            let Some((json_len, after)) = rest.split_first_chunk::<4>() else {
                return Some(None);
            };
            if *json_len == [0; 4] {
                return Some(None);
            }
            let (bytes_len, after) = after.split_first_chunk::<4>()?;
            let (json, after) = after.split_at_checked(len(json_len)?)?;
            let (bytes, after) = after.split_at_checked(len(bytes_len)?)?;
            rest = after;
            Some(Some(Entry::new(serde_json::from_slice(json).ok()?, bytes)))
        };
        loop {
            match take() {
                Some(Some(entry)) => entries.push(entry),
                Some(None) => return Ok(()),
                None => {
                    return Err(Failure::storage(
                        "The case file holds a record that this version does not know.",
                        "Install the newer candor-desk that wrote it.",
                    ));
                }
            }
        }
    }

    /// Lays entries out in groups, each of which becomes one record.
    fn lay_out(entries: &[Entry]) -> Outcome<Vec<Group>> {
        let len = |bytes: &[u8]| u32::try_from(bytes.len()).map_err(Failure::internal);
        let empty = || Group {
            entries: 0,
            plain: Zeroizing::new(Vec::new()),
        };
        let mut groups = Vec::new();
        let mut group = empty();
        for entry in entries {
            let json =
                Zeroizing::new(serde_json::to_vec(&entry.record).map_err(Failure::internal)?);
            let needed = 8 + json.len() + entry.bytes.len();
            if group.entries > 0 && group.plain.len() + needed > MAX_GROUP_LEN {
                groups.push(std::mem::replace(&mut group, empty()));
            }
            group.entries += 1;
            let plain = &mut group.plain;
            plain.reserve(needed.next_multiple_of(PADDING));
            plain.extend_from_slice(&len(&json)?.to_be_bytes());
            plain.extend_from_slice(&len(&entry.bytes)?.to_be_bytes());
            plain.extend_from_slice(&json);
            plain.extend_from_slice(&entry.bytes);
        }
        groups.push(group);
        for group in &mut groups {
            let padded = group.plain.len().next_multiple_of(PADDING);
            group.plain.resize(padded, 0);
        }
        Ok(groups)
    }

    /// Appends entries in order and returns when all are durable. Up to several MiB are kept as a
    /// whole or not at all.
    ///
    /// # Errors
    /// If the disk is full or fails. What was kept before that stays kept.
    pub fn append(
        &mut self,
        entries: &[Entry],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), NotKept> {
        if entries.is_empty() {
            return Ok(());
        }
        let nothing = |failure| NotKept { kept: 0, failure };
        // So the head is behind by no more than one append, and this failure is an honest one:
        // nothing has been kept.
        if self.is_behind {
            self.write_head(rng).map_err(nothing)?;
            self.is_behind = false;
        }
        let mut kept = 0;
        let mut appended = Ok(());
        for group in Self::lay_out(entries).map_err(nothing)? {
            if let Err(failure) = self.append_group(&group, rng) {
                appended = Err(NotKept { kept, failure });
                break;
            }
            kept += group.entries;
        }
        if kept > 0 {
            self.unwritten = self.write_head(rng).err();
            self.is_behind = self.unwritten.is_some();
        }
        appended
    }

    fn append_group(&mut self, group: &Group, rng: &mut (impl RngCore + CryptoRng)) -> Outcome {
        let body = self.seal(&self.aad(RECORD, self.next), &group.plain, rng)?;
        let entry = JournalEntry {
            kind: KIND,
            key: 0,
            body,
            ..JournalEntry::default()
        };
        self.journal
            .append_wait(entry)
            .map_err(|error| match error {
                AppendError::Full => Failure::storage(
                    "The disk is full, so that nothing more can be kept.",
                    "Make room, then run the same command again; nothing is lost.",
                ),
                error => Failure::storage(
                    format!("The case file could not be written: {error}."),
                    "Check the disk, then run the same command again.",
                ),
            })?;
        self.next += 1;
        Ok(())
    }

    /// What is not as it should be with the disk, although everything so far was kept.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let unwritten = self.unwritten.as_ref().filter(|_| self.is_behind);
        unwritten.map(|failure| {
            format!(
                "What came last is kept, but nothing more can be: {} {}",
                failure.cause(),
                failure.remedy()
            )
        })
    }

    fn head_aad(&self) -> Vec<u8> {
        self.aad(HEAD, 0)
    }

    fn write_head(&self, rng: &mut (impl RngCore + CryptoRng)) -> Outcome {
        let sealed = self.seal(&self.head_aad(), &self.next.to_be_bytes(), rng)?;
        home::replace_file(&self.head, &sealed)
            .map_err(|error| Failure::file("Cannot write", &self.head, &error))
    }

    /// How many records there should be.
    fn read_head(&self) -> Outcome<u64> {
        let sealed = match fs::read(&self.head) {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Before the first record there is none.
                return if self.next <= 1 {
                    Ok(0)
                } else {
                    Err(tampered("case.head is missing"))
                };
            }
            Err(error) => return Err(Failure::file("Cannot read", &self.head, &error)),
        };
        self.unseal(&self.head_aad(), &sealed)
            .and_then(|plain| <[u8; 8]>::try_from(plain.as_slice()).ok())
            .map(u64::from_be_bytes)
            .ok_or_else(|| tampered("case.head was changed"))
    }

    /// How many records there are.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.next
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.next == 0
    }
}

impl std::fmt::Debug for CaseFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CaseFile")
            .field("records", &self.next)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use candor_wire::Day;
    use rand::rngs::OsRng;

    use super::*;
    use crate::{failure::Reason, record::Record};

    const CANARY: &[u8] = b"canary-4c1d-the-reporter-said-this";

    fn open(home: &Home, key: u8) -> Outcome<(CaseFile, Vec<Entry>)> {
        CaseFile::open(
            home,
            &CaseKey::new([key; 32]),
            InstanceId::new([1; 32]),
            &mut OsRng,
        )
    }

    fn entry(n: u64) -> Entry {
        let record = Record::Received {
            seq: n,
            day: Day(20_000),
            drop: None,
        };
        Entry::new(record, [CANARY, &n.to_be_bytes()].concat())
    }

    fn filled(records: u64) -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::find(Some(folder.path().to_owned())).unwrap();
        let (mut file, entries) = open(&home, 7).unwrap();
        assert!(entries.is_empty());
        for n in 0..records {
            file.append(&[entry(n)], &mut OsRng).unwrap();
        }
        (folder, home)
    }

    fn segment(home: &Home) -> PathBuf {
        fs::read_dir(home.join("case"))
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
            let obstacle = home.join("case.head.new");
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
        assert!(open(&home, 8).unwrap_err().cause().contains("record 0"));
    }

    #[test]
    fn a_flipped_bit_is_noticed() {
        let (_folder, home) = filled(3);
        let path = segment(&home);
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
            let (journal, _) = Journal::open(&home.join("case"), &Options::new([1; 32])).unwrap();
            let bodies: Vec<_> = journal
                .scan()
                .filter_map(|item| match item.unwrap() {
                    Scanned::Record(record) => Some(journal.read(&record.location).unwrap().1),
                    Scanned::Damaged(_) => None,
                })
                .collect();
            drop(journal);
            fs::remove_dir_all(home.join("case")).unwrap();
            let (journal, _) = Journal::open(&home.join("case"), &Options::new([2; 32])).unwrap();
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
        let path = segment(&home);
        let older = fs::read(&path).unwrap();
        let (mut file, _) = open(&home, 7).unwrap();
        file.append(&[entry(2)], &mut OsRng).unwrap();
        drop(file);
        fs::write(&path, older).unwrap();
        assert!(refused(&home).contains("older copy"));
        fs::remove_file(home.join("case.head")).unwrap();
        assert!(refused(&home).contains("missing"));
    }

    #[test]
    fn a_torn_tail_is_cut_off_and_work_goes_on() {
        use std::io::Write as _;
        let (_folder, home) = filled(2);
        let path = segment(&home);
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
}
