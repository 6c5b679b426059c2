//! A volume written anew beside the one in use, without some of the cases.
//!
//! 1. Draw a new table key. Write the new volume, whose name follows from that key: the table
//!    without the keys of those cases, every record without their entries, the head. All of it is
//!    durable.
//! 2. Replace `keys.age` by one that holds the new table key: **the one stroke**. From here on
//!    neither the old table nor a copy of it opens with what the desk has.
//! 3. Remove the old volume.
//!
//! A kill before 2 leaves the old volume in use, after it the new one; whichever is not in use is
//! removed when the desk is opened next. Entries of the cases that stay are copied as they lie,
//! under the keys that they have.

use std::{fs, io};

use candor_wire::ConversationId;
use rand::{CryptoRng, RngCore};

use super::{
    CaseFile, CaseKey,
    layout::{Group, Laid, laid},
    schema1,
    table::Table,
    volume::{PREFIX, Volume, newer},
};
use crate::{
    failure::{Failure, Outcome},
    home::Home,
    record::Entry,
};

impl CaseFile {
    /// Writes the case file anew beside this one, without the entries of some cases and without
    /// their keys, and with `added` at its end. The caller puts `key` into `keys.age`; until then
    /// nothing has changed.
    ///
    /// # Errors
    /// If the disk is full or fails; nothing is left then.
    pub fn rewrite(
        &self,
        home: &Home,
        key: &CaseKey,
        left_out: &[ConversationId],
        added: &[Entry],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Outcome<Self> {
        let table = self.table.without(left_out, rng);
        let volume = Volume::of(home, key, &self.table.instance());
        let written = self.write_into(home, key, table, added, rng);
        if written.is_err() {
            // What is left of it is removed when the desk is opened next, at the latest.
            let _ = fs::remove_dir_all(volume.folder());
        }
        written
    }

    fn write_into(
        &self,
        home: &Home,
        key: &CaseKey,
        table: Table,
        added: &[Entry],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Outcome<Self> {
        let mut file = Self::begin_with(home, key, self.table.instance(), table, rng)?;
        let mut group = Group::empty();
        self.plains(&mut |plain| {
            for entry in laid(plain) {
                let (entry, own) = entry.ok_or_else(newer)?;
                let stays = match entry {
                    Laid::Open { .. } => true,
                    // Its key is in the new table, if the case stays.
                    Laid::Sealed { slot, .. } => file.table.numbered(slot).is_some(),
                };
                if !stays {
                    continue;
                }
                if group.is_full_for(own.len()) {
                    let mut full = std::mem::replace(&mut group, Group::empty());
                    full.pad();
                    file.append_group(&full, rng)?;
                }
                group.push(own);
            }
            Ok(())
        })?;
        if group.entries > 0 {
            group.pad();
            file.append_group(&group, rng)?;
        }
        file.append(added, rng)?;
        file.write_head(rng)?;
        Ok(file)
    }

    /// Removes the volume from the disk: another one has taken its place.
    ///
    /// # Errors
    /// If the operating system refuses; the next opening tries again.
    pub fn remove(self) -> io::Result<()> {
        let folder = self.volume.folder().to_owned();
        // Closed first: where files that are open cannot be removed.
        drop(self);
        fs::remove_dir_all(folder)
    }

    /// Brings the case file of an older version into today's form, under another key. The caller
    /// puts that key into `keys.age`; until then nothing has changed. `None` if there is none.
    ///
    /// # Errors
    /// If the old one is damaged or was changed, or the new one cannot be written.
    pub fn convert(
        home: &Home,
        old: &CaseKey,
        key: &CaseKey,
        instance: candor_wire::InstanceId,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Outcome<Option<Self>> {
        if !home.join(schema1::FOLDER).exists() {
            return Ok(None);
        }
        let entries = schema1::read(home, old, instance, rng)?;
        let table = Table::begin(instance, schema1::import_key(old), rng);
        let mut file = Self::begin_with(home, key, instance, table, rng)?;
        file.append(&entries, rng)?;
        file.write_head(rng)?;
        Ok(Some(file))
    }
}

/// Removes what is left of other volumes, and of the file of an older version: a kill came before
/// or after the one stroke. What cannot be removed is for the next time.
pub fn clear_others(home: &Home, file: &CaseFile) {
    let _ = remove(home, &|name| home.join(name) != file.volume.folder());
}

/// Removes every case file of a folder in which no desk is set up yet.
///
/// # Errors
/// If the operating system refuses.
pub fn clear(home: &Home) -> Outcome {
    remove(home, &|_| true)
}

fn remove(home: &Home, which: &dyn Fn(&str) -> bool) -> Outcome {
    let failed = |error: &io::Error| Failure::file("Cannot clear", home.path(), error);
    let entries = match fs::read_dir(home.path()) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(&error)),
    };
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        let gone = if (name == schema1::FOLDER || is_volume(&name)) && which(&name) {
            fs::remove_dir_all(&path)
        } else if name == schema1::HEAD {
            fs::remove_file(&path)
        } else {
            Ok(())
        };
        match gone {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(&error)),
            _ => {}
        }
    }
    Ok(())
}

fn is_volume(name: &str) -> bool {
    name.strip_prefix(PREFIX)
        .is_some_and(|id| id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit()))
}
