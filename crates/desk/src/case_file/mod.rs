//! The case file: an append-only journal of encrypted records, and the keys of its cases.
//!
//! ```text
//! case-<name>/          one volume; its name follows from the table key in keys.age
//!   keys                the table: the key of the records, one key per case ([`table`])
//!   records/            the journal
//!   head                how many records there are
//! record = nonce (24) ‖ XChaCha20-Poly1305(record key, nonce, aad, plain)
//! aad    = tag ‖ instance ‖ u64 sequence number ‖ u8 schema
//! ```
//!
//! What is in a record is written down in [`layout`]: what belongs to a case is sealed once more,
//! under the key of that case. So a case is erased by destroying its key, wherever copies of the
//! journal lie; the table itself can be opened only with the key in `keys.age`, which is another one
//! after each erasure ([`rewrite`]). Copies of *both*, table and `keys.age`, from before still open
//! with the passphrase.
//!
//! What is appended at once is one record, and so there as a whole or not at all. The sequence
//! number is not stored: it is the record's place, counted from 0. A record that was moved,
//! swapped, repeated or taken out does not open, nor does any behind it. How many records there
//! are is kept in `head`, encrypted with the same key, so that records cut off the end are
//! noticed. What a power cut tears off the end was never acknowledged, and the journal cuts it off
//! itself.
//!
//! What is durable is kept, whatever comes after: that `head` could not be written is no reason
//! to call an entry lost, since replaying would bring it back. The head is then one append behind,
//! and nothing more is appended until it could be written.
//!
//! Invariant: no plaintext reaches the disk; what [`CaseFile::append`] says is kept is durable, and
//! what it says is not kept does not come back; the volume that `keys.age` opens is complete.

mod cipher;
mod key;
mod layout;
mod rewrite;
mod schema1;
mod table;
#[cfg(test)]
mod tests;
mod volume;

use std::{fs, io};

use candor_journal::{AppendError, Entry as JournalEntry, Journal};
use candor_wire::{ConversationId, InstanceId};
use rand::{CryptoRng, RngCore};

use self::{
    cipher::{Cipher, Place, random_key},
    layout::{Group, laid, lay, read},
    table::Table,
    volume::{Volume, bodies, count, head_bytes, newer, open_journal, tampered},
};
pub use self::{
    key::{CaseKey, open_counters, seal_counters},
    rewrite::{clear, clear_others},
};
use crate::{
    failure::{Failure, Outcome},
    home::{self, Home},
    record::Entry,
};

const SCHEMA: u8 = 2;
/// The kind of every entry in the journal.
const KIND: u8 = 1;
/// The most bytes of a table: several million cases.
const MAX_TABLE_LEN: usize = 1 << 28;

/// An open case file.
pub struct CaseFile {
    journal: Journal,
    cipher: Cipher,
    table: Table,
    key: CaseKey,
    volume: Volume,
    next: u64,
    /// Whether `head` says less than there is: it is written before anything else then.
    is_behind: bool,
    /// Why it could not be written.
    unwritten: Option<Failure>,
    /// Whether nothing more is appended: it is not known which volume the keys open.
    is_frozen: bool,
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

impl CaseFile {
    /// Whether there is a case file that this key opens.
    #[must_use]
    pub fn exists(home: &Home, key: &CaseKey, instance: &InstanceId) -> bool {
        Volume::of(home, key, instance).table().exists()
    }

    /// Begins a case file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(
        home: &Home,
        key: &CaseKey,
        instance: InstanceId,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Outcome<Self> {
        let import = random_key(rng);
        let table = Table::begin(instance, import, rng);
        Self::begin_with(home, key, instance, table, rng)
    }

    fn begin_with(
        home: &Home,
        key: &CaseKey,
        instance: InstanceId,
        table: Table,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Outcome<Self> {
        let volume = Volume::of(home, key, &instance);
        home::create_private_folder(volume.folder())
            .map_err(|error| Failure::file("Cannot create the folder", volume.folder(), &error))?;
        let file = Self {
            journal: open_journal(&volume.records(), rng)?,
            cipher: table.records(),
            table,
            key: key.clone(),
            volume,
            next: 0,
            is_behind: false,
            unwritten: None,
            is_frozen: false,
        };
        file.write_table(rng)?;
        Ok(file)
    }

    /// Opens the case file of a desk's folder, and gives everything in it, in order.
    ///
    /// # Errors
    /// If it is missing, damaged, older than it was, or was changed; or what `take` fails with.
    pub fn open(
        home: &Home,
        key: &CaseKey,
        instance: InstanceId,
        rng: &mut (impl RngCore + CryptoRng),
        take: &mut dyn FnMut(Entry) -> Outcome,
    ) -> Outcome<Self> {
        let volume = Volume::of(home, key, &instance);
        let path = volume.table();
        let table = match fs::metadata(&path) {
            Ok(_) => {
                let sealed = home::read_file("Cannot read", &path, MAX_TABLE_LEN)?;
                Table::open(&sealed, key, instance)
                    .ok_or_else(|| tampered("its table of keys was changed"))?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(tampered("its table of keys is missing"));
            }
            Err(error) => return Err(Failure::file("Cannot read", &path, &error)),
        };
        let mut file = Self {
            journal: open_journal(&volume.records(), rng)?,
            cipher: table.records(),
            table,
            key: key.clone(),
            volume,
            next: 0,
            is_behind: false,
            unwritten: None,
            is_frozen: false,
        };
        file.next = file.replay(take)?;
        let expected = file.read_head()?;
        if file.next < expected {
            return Err(tampered(&format!(
                "it has {} records and should have {expected}; an older copy was put in its place",
                file.next
            )));
        }
        // A kill came between a record and its head.
        file.is_behind = expected < file.next;
        Ok(file)
    }

    /// Opens the records one after the other. Gives how many there are.
    fn plains(&self, take: &mut dyn FnMut(&[u8]) -> Outcome) -> Outcome<u64> {
        let mut sequence = 0;
        bodies(&self.journal, &mut |body| {
            let place = Place::Record {
                sequence,
                schema: SCHEMA,
            };
            let plain = self.cipher.unseal(place, &body).ok_or_else(|| {
                tampered(&format!(
                    "record {sequence} does not open; it was changed, moved or taken out"
                ))
            })?;
            sequence += 1;
            take(&plain)
        })?;
        Ok(sequence)
    }

    /// Gives everything in it, in order.
    ///
    /// # Errors
    /// If it was changed; or what `take` fails with.
    pub fn replay(&self, take: &mut dyn FnMut(Entry) -> Outcome) -> Outcome<u64> {
        self.plains(&mut |plain| {
            for entry in laid(plain) {
                let entry = entry.and_then(|(laid, _)| read(&laid, &self.table));
                take(entry.ok_or_else(newer)?)?;
            }
            Ok(())
        })
    }

    /// Gives everything in it again, in order.
    ///
    /// # Errors
    /// If it cannot be read, or was changed meanwhile; or what `take` fails with.
    pub fn read_back(&self, take: &mut dyn FnMut(Entry) -> Outcome) -> Outcome {
        self.replay(take).map(|_| ())
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
        if self.is_frozen {
            return Err(nothing(Failure::storage(
                "The keys on the disk could not be read back, so that nothing more is kept.",
                "Check the disk, then unlock the desk again.",
            )));
        }
        // So the head is behind by no more than one append, and this failure is an honest one:
        // nothing has been kept.
        if self.is_behind {
            self.write_head(rng).map_err(nothing)?;
            self.is_behind = false;
        }
        self.provide(entries, rng).map_err(nothing)?;
        let groups = self.lay_out(entries, rng).map_err(nothing)?;
        let mut kept = 0;
        let mut appended = Ok(());
        for group in groups {
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

    /// Draws a key for each case that has none, and writes the table before anything needs it.
    fn provide(&mut self, entries: &[Entry], rng: &mut (impl RngCore + CryptoRng)) -> Outcome {
        let mut new: Vec<ConversationId> = Vec::new();
        for conversation in entries.iter().filter_map(|e| e.record.conversation()) {
            if self.table.provide(conversation, rng) {
                new.push(conversation);
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        let written = self.write_table(rng);
        if written.is_err() {
            // It is not known what is on the disk: either way these keys were not used.
            for conversation in &new {
                self.table.withdraw(conversation);
            }
        }
        written
    }

    /// Lays entries out in groups, each of which becomes one record.
    fn lay_out(
        &self,
        entries: &[Entry],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Outcome<Vec<Group>> {
        let mut groups = Vec::new();
        let mut group = Group::empty();
        for entry in entries {
            let laid = lay(entry, &self.table, rng)?;
            if group.is_full_for(laid.len()) {
                groups.push(std::mem::replace(&mut group, Group::empty()));
            }
            group.push(&laid);
        }
        groups.push(group);
        for group in &mut groups {
            group.pad();
        }
        Ok(groups)
    }

    fn append_group(&mut self, group: &Group, rng: &mut (impl RngCore + CryptoRng)) -> Outcome {
        let place = Place::Record {
            sequence: self.next,
            schema: SCHEMA,
        };
        let body = self.cipher.seal(place, &group.plain, rng)?;
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

    /// Takes nothing more.
    pub fn freeze(&mut self) {
        self.is_frozen = true;
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

    fn write_table(&self, rng: &mut (impl RngCore + CryptoRng)) -> Outcome {
        let path = self.volume.table();
        home::replace_file(&path, &self.table.seal(&self.key, rng)?)
            .map_err(|error| Failure::file("Cannot write", &path, &error))
    }

    fn write_head(&self, rng: &mut (impl RngCore + CryptoRng)) -> Outcome {
        let place = Place::Head { schema: SCHEMA };
        let sealed = self.cipher.seal(place, &self.next.to_be_bytes(), rng)?;
        let path = self.volume.head();
        home::replace_file(&path, &sealed)
            .map_err(|error| Failure::file("Cannot write", &path, &error))
    }

    /// How many records there should be.
    fn read_head(&self) -> Outcome<u64> {
        let path = self.volume.head();
        let Some(sealed) = head_bytes(&path, self.next)? else {
            return Ok(0);
        };
        count(&self.cipher, SCHEMA, &sealed)
    }

    /// The cases that it has keys for.
    #[must_use]
    pub fn conversations(&self) -> Vec<ConversationId> {
        self.table.conversations()
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

    /// The key from which the names of imported rows follow.
    #[must_use]
    pub fn import_key(&self) -> CaseKey {
        self.table.import_key()
    }
}

impl std::fmt::Debug for CaseFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CaseFile")
            .field("records", &self.next)
            .finish_non_exhaustive()
    }
}
