//! Where a case file lies, and what is read of its files before anything is decrypted.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use candor_journal::{Journal, OpenError, Options, Scanned};
use candor_wire::{InstanceId, Tag, tagged_hash};
use rand::{CryptoRng, RngCore};

use super::{
    CaseKey,
    cipher::{Cipher, Place},
};
use crate::{
    failure::{Failure, Outcome},
    home::Home,
};

const NAME: Tag = Tag::new("candor/v1/case-volume");
/// What the names of volumes begin with.
pub(super) const PREFIX: &str = "case-";

/// Where a volume lies.
#[derive(Clone, Debug)]
pub(super) struct Volume(PathBuf);

impl Volume {
    pub(super) fn of(home: &Home, key: &CaseKey, instance: &InstanceId) -> Self {
        let whole = tagged_hash(NAME, &[instance.as_bytes(), key.expose()]);
        let name: String = hex::encode(whole).chars().take(16).collect();
        Self(home.join(&format!("{PREFIX}{name}")))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0
    }

    pub(super) fn table(&self) -> PathBuf {
        self.0.join("keys")
    }

    pub(super) fn records(&self) -> PathBuf {
        self.0.join("records")
    }

    pub(super) fn head(&self) -> PathBuf {
        self.0.join("head")
    }
}

/// Somebody changed it.
pub(super) fn tampered(what: &str) -> Failure {
    Failure::storage(
        format!("The case file is not as this desk left it: {what}."),
        "Do not go on with it. Keep the folder for whoever looks into this, and set the desk up \
         again in a new folder, by “restore” or “enroll”: it reads everything from the relay \
         again.",
    )
}

/// A later version wrote it.
pub(super) fn newer() -> Failure {
    Failure::storage(
        "The case file holds a record that this version does not know.",
        "Install the newer candor-desk that wrote it.",
    )
}

/// The disk does not give it.
pub(super) fn unreadable(error: &io::Error) -> Failure {
    Failure::storage(
        format!("The case file cannot be read: {error}."),
        "Check the disk.",
    )
}

/// Opens the journal of a volume.
pub(super) fn open_journal(
    folder: &Path,
    rng: &mut (impl RngCore + CryptoRng),
) -> Outcome<Journal> {
    let mut seed = [0; 32];
    rng.fill_bytes(&mut seed);
    let (journal, recovery) =
        Journal::open(folder, &Options::new(seed)).map_err(|error| match error {
            OpenError::InUse(_) => Failure::storage(
                "Another candor-desk has the case file open.",
                "Finish that one first.",
            ),
            OpenError::Io { source, .. } => {
                Failure::file("Cannot open the case file in", folder, &source)
            }
            other => Failure::internal(other),
        })?;
    if recovery.damaged.is_empty() {
        Ok(journal)
    } else {
        Err(tampered("a record is damaged"))
    }
}

/// Gives the bodies of a journal's records, in order.
pub(super) fn bodies(journal: &Journal, take: &mut dyn FnMut(Vec<u8>) -> Outcome) -> Outcome {
    for item in journal.scan() {
        let record = match item.map_err(|error| unreadable(&error))? {
            Scanned::Record(record) => record,
            Scanned::Damaged(_) => return Err(tampered("a record is damaged")),
        };
        let (_, body) = journal
            .read(&record.location)
            .map_err(|_| tampered("a record is damaged"))?;
        take(body)?;
    }
    Ok(())
}

/// What a head holds; nothing if there is none because nothing was kept yet.
pub(super) fn head_bytes(path: &Path, records: u64) -> Outcome<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(sealed) => Ok(Some(sealed)),
        // Before the first record there is none.
        Err(error) if error.kind() == io::ErrorKind::NotFound && records <= 1 => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(tampered("its head is missing"))
        }
        Err(error) => Err(Failure::file("Cannot read", path, &error)),
    }
}

/// How many records a head tells.
pub(super) fn count(cipher: &Cipher, schema: u8, sealed: &[u8]) -> Outcome<u64> {
    cipher
        .unseal(Place::Head { schema }, sealed)
        .and_then(|plain| <[u8; 8]>::try_from(plain.as_slice()).ok())
        .map(u64::from_be_bytes)
        .ok_or_else(|| tampered("its head was changed"))
}
