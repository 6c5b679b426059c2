//! The instance's directory as the relay reads it: from a folder, checked, and again whenever the
//! files change.
//!
//! Invariant: what is served from here was signed by every pinned root and names this relay's key.
//! A directory that has expired since stays in use: the relay goes on serving, while clients
//! refuse it and the operator is told.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::SystemTime,
};

use candor_directory::{
    DIRECTORY_FILE, Directory, DirectoryError, PIN_FILE, Pin, PinError, PublicKey, Purpose,
    Unverified, Verified, signature_file_name,
};
use candor_wire::{Day, OfficeId};
use thiserror::Error;

/// Why the directory cannot be used. Fault: the operator's or the administrator's.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InstanceError {
    /// A file could not be read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The pin is none, or belongs to a demonstration.
    #[error("{path}: {source}")]
    Pin {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: PinError,
    },
    /// The directory does not verify.
    #[error("{path}: {source}")]
    Directory {
        /// The file.
        path: PathBuf,
        /// Why.
        source: DirectoryError,
    },
    /// The directory names the key of another relay.
    #[error("{0} names another relay's key than the one in `relay_key`")]
    OtherRelay(PathBuf),
    /// The folder now holds another instance's directory.
    #[error("{0} belongs to another instance than the one this relay was started for")]
    OtherInstance(PathBuf),
}

impl InstanceError {
    /// What to do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Io { .. } => {
                "Put directory.json, every directory.json.<role>.minisig and pin.json into the \
                 folder that `directory` names, readable for this user."
            }
            Self::Pin {
                source: PinError::Demonstration | PinError::NotDemonstration,
                ..
            } => {
                "Use the pin of a real instance; only if you mean a demonstration, set \
                 `demonstration = true`."
            }
            Self::Pin { .. } => "Get pin.json from the administrator again.",
            Self::Directory {
                source: DirectoryError::NotYet(_),
                ..
            } => "Check this server's clock.",
            Self::Directory { .. } => {
                "Get directory.json with all its signatures from the administrator again."
            }
            Self::OtherRelay(_) => {
                "Give the key that `candor keys relay-key` made for this relay, or have the \
                 administrator name this relay's key in the directory."
            }
            Self::OtherInstance(_) => "Restart the relay if this is meant.",
        }
    }
}

/// What the files looked like when they were last read.
type Stamp = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

/// The folder and the directory that counts now.
pub struct Instance {
    folder: PathBuf,
    purpose: Purpose,
    relay_key: PublicKey,
    current: RwLock<Arc<Verified<Directory>>>,
    stamp: Mutex<Stamp>,
}

/// What a look at the folder found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nothing new.
    Same,
    /// Another directory is in use now.
    Changed,
}

impl Instance {
    /// Reads the folder.
    ///
    /// # Errors
    /// [`InstanceError`]
    pub fn open(
        folder: &Path,
        purpose: Purpose,
        relay_key: PublicKey,
        today: Day,
    ) -> Result<Self, InstanceError> {
        let stamp = stamp(folder);
        let directory = read(folder, purpose, today, None)?;
        if directory.relay.signing_key != relay_key {
            return Err(InstanceError::OtherRelay(folder.join(DIRECTORY_FILE)));
        }
        Ok(Self {
            folder: folder.to_owned(),
            purpose,
            relay_key,
            current: RwLock::new(Arc::new(directory)),
            stamp: Mutex::new(stamp),
        })
    }

    /// The directory in use.
    #[must_use]
    pub fn directory(&self) -> Arc<Verified<Directory>> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the directory in use has expired.
    #[must_use]
    pub fn has_expired(&self, today: Day) -> bool {
        self.directory().not_after < today
    }

    /// Reads the folder again if a file in it has changed since the last look.
    ///
    /// # Errors
    /// [`InstanceError`]; the directory in use stays in use, and the next look says nothing until
    /// a file changes again.
    pub fn look(&self, today: Day) -> Result<Look, InstanceError> {
        let mut known = self.stamp.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = stamp(&self.folder);
        if *known == seen {
            return Ok(Look::Same);
        }
        *known = seen;
        let old = self.directory();
        let new = read(&self.folder, self.purpose, today, Some(old.version))?;
        if new.instance != old.instance {
            return Err(InstanceError::OtherInstance(self.folder.join(PIN_FILE)));
        }
        if new.relay.signing_key != self.relay_key {
            return Err(InstanceError::OtherRelay(self.folder.join(DIRECTORY_FILE)));
        }
        if new == *old {
            return Ok(Look::Same);
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        Ok(Look::Changed)
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance")
            .field("version", &self.directory().version)
            .finish_non_exhaustive()
    }
}

/// For how many days the relay keeps an envelope for these offices: as long as the office that
/// keeps it longest.
#[must_use]
pub(crate) fn retention_days<'a>(
    directory: &Directory,
    offices: impl IntoIterator<Item = &'a OfficeId>,
    otherwise: u32,
) -> u32 {
    offices
        .into_iter()
        .filter_map(|office| directory.office(office))
        .map(|office| office.retention_days)
        .max()
        .unwrap_or(otherwise)
}

fn read(
    folder: &Path,
    purpose: Purpose,
    today: Day,
    highest_seen: Option<u64>,
) -> Result<Verified<Directory>, InstanceError> {
    let file = |name: &str| {
        let path = folder.join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(bytes),
            Err(source) => Err(InstanceError::Io { path, source }),
        }
    };
    let pin = Pin::decode(&file(PIN_FILE)?, purpose).map_err(|source| InstanceError::Pin {
        path: folder.join(PIN_FILE),
        source,
    })?;
    let bytes = file(DIRECTORY_FILE)?;
    let mut signatures = BTreeMap::new();
    for root in pin.roots() {
        let text = file(&signature_file_name(root.role()))?;
        signatures.insert(
            root.role().clone(),
            String::from_utf8_lossy(&text).into_owned(),
        );
    }
    let verify = |day| {
        Unverified::<Directory>::new(bytes.clone(), signatures.clone()).verify(
            &pin,
            day,
            highest_seen,
        )
    };
    let verified = match verify(today) {
        // Everything else about it was in order on its last day.
        Err(DirectoryError::Expired(last)) => verify(last),
        other => other,
    };
    verified.map_err(|source| InstanceError::Directory {
        path: folder.join(DIRECTORY_FILE),
        source,
    })
}

/// Names, times and sizes of the files that a look depends on.
fn stamp(folder: &Path) -> Stamp {
    let Ok(entries) = fs::read_dir(folder) else {
        return Stamp::new();
    };
    entries
        .filter_map(Result::ok)
        .map(|entry| {
            let seen = entry
                .metadata()
                .and_then(|data| Ok((data.modified()?, data.len())));
            (entry.path(), seen.ok())
        })
        .collect()
}
