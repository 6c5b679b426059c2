//! The exchange's keys (RFC 9458; X-Wing, HKDF-SHA256, AES-128-GCM): made here, rotated weekly,
//! signed by the relay's key, destroyed a day after their last.
//!
//! Invariants: whoever asks at the same time gets the same list; no two live keys share an id; a
//! key is on the disk before it is in the list; the list's serial never falls.
//!
//! On disk, in a folder that only the relay may enter: `<n>.key` with the private half,
//! `<n>.seen` with the [replay memory](crate::replay), `published.json` with the signed list.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use actix_web::web::Bytes;
use candor_directory::{KeyConfig, RelayKey, RelayKeys, RelayKeysDomain};
use candor_service::note;
use candor_wire::{
    Day, InstanceId, SignedStatement, Tag, exchange::Class, sizes::REQUEST_OVERHEAD, tagged_hash,
};
use ed25519_dalek::SigningKey;
use ohttp::{
    Server, SymmetricSuite,
    hpke::{Aead, Kdf, Kem},
};
use rand::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::{Zeroize as _, Zeroizing};

use crate::{
    gateway::Exchange,
    private_file,
    replay::{ReplayMemory, Seeing},
};

/// How many days a key is good for.
pub const LIFE_DAYS: u32 = 7;
/// How many days ahead the next key is published.
pub const AHEAD_DAYS: u32 = 1;
/// How many days after its last a key still opens requests.
pub const GRACE_DAYS: u32 = 1;
/// The most keys that open requests at a time; beyond them the oldest goes early.
const MAX_LIVE: usize = 8;

const PUBLISHED: &str = "published.json";
const REPLAY_SECRET: Tag = Tag::new("candor/v1/replay-secret");
/// Key id, KEM, KDF and AEAD (RFC 9458, section 4.3).
const HEADER_LEN: usize = 7;
/// The length of an X-Wing encapsulated key.
const ENC_LEN: usize = REQUEST_OVERHEAD - HEADER_LEN - 16;

/// Why the exchange keys cannot be used. Fault: the operator's.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExchangeKeysError {
    /// The folder or a file in it could not be read or written.
    #[error("cannot use {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A key file is not one.
    #[error("{0} is not an exchange key")]
    Form(PathBuf),
    /// The cryptographic library refused.
    #[error("the exchange keys cannot be made")]
    Library,
}

impl From<ohttp::Error> for ExchangeKeysError {
    fn from(_: ohttp::Error) -> Self {
        Self::Library
    }
}

/// A request was not made for a live key, or does not open.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the exchange was not made for a current key")]
pub struct Unopened;

/// The keys that open exchanges, and the list of them that is served.
pub struct ExchangeKeys {
    folder: PathBuf,
    instance: InstanceId,
    signer: SigningKey,
    replay_limit: usize,
    ring: RwLock<Ring>,
    /// Held while files change.
    rotating: Mutex<()>,
}

#[derive(Clone)]
struct Ring {
    /// Newest first.
    live: Arc<[Arc<LiveKey>]>,
    list: Bytes,
}

struct LiveKey {
    entry: Entry,
    server: Server,
    memory: Arc<ReplayMemory>,
}

/// A key file, less the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    /// Ascends with every key ever made.
    number: u64,
    id: u8,
    not_before: Day,
    not_after: Day,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    format: Format,
    number: u64,
    id: u8,
    not_before: Day,
    not_after: Day,
    seed: String,
}

#[derive(Serialize, Deserialize)]
enum Format {
    #[serde(rename = "candor-exchange-key/1")]
    V1,
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        self.seed.zeroize();
    }
}

impl ExchangeKeys {
    /// Opens the folder, or makes it with a first key. `replay_limit` is how many requests a key
    /// may open before another takes its place ahead of time.
    ///
    /// # Errors
    /// [`ExchangeKeysError`]
    pub fn open(
        folder: &Path,
        instance: InstanceId,
        signer: SigningKey,
        replay_limit: usize,
        today: Day,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, ExchangeKeysError> {
        private_file::create_folder(folder).map_err(|source| at(folder, source))?;
        let keys = Self {
            folder: folder.to_owned(),
            instance,
            signer,
            replay_limit: replay_limit.max(1),
            ring: RwLock::new(Ring {
                live: Arc::new([]),
                list: Bytes::new(),
            }),
            rotating: Mutex::new(()),
        };
        let live = keys.read_folder()?;
        keys.set(Ring {
            live: live.into(),
            list: Bytes::new(),
        });
        keys.rotate(today, rng)?;
        Ok(keys)
    }

    /// The signed list, as it is served.
    #[must_use]
    pub fn list(&self) -> Bytes {
        self.ring().list
    }

    /// How many keys open requests, and how many requests they remember together.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let ring = self.ring();
        let remembered = ring.live.iter().map(|key| key.memory.len()).sum();
        (ring.live.len(), remembered)
    }

    /// Opens an encapsulated request of the class's length.
    ///
    /// # Errors
    /// [`Unopened`]
    pub fn decapsulate(&self, class: Class, sealed: &[u8]) -> Result<Exchange, Unopened> {
        let id = sealed.first().ok_or(Unopened)?;
        let ring = self.ring();
        let key = ring
            .live
            .iter()
            .find(|key| key.entry.id == *id)
            .filter(|key| key.memory.len() < self.hard_limit())
            .ok_or(Unopened)?;
        let encapsulated = sealed
            .get(HEADER_LEN..HEADER_LEN + ENC_LEN)
            .ok_or(Unopened)?;
        let (request, sealer) = key.server.decapsulate(sealed).map_err(|_| Unopened)?;
        let seeing = key.memory.see(encapsulated);
        if seeing == (Seeing::First { kept: false }) {
            note!(
                warn,
                "the replay memory could not be written; it will not survive a restart"
            );
        }
        Ok(Exchange::new(
            class,
            request,
            sealer,
            seeing != Seeing::Again,
        ))
    }

    /// Whether a key has opened so many requests that another should take its place.
    #[must_use]
    pub fn wants_rotation(&self, today: Day) -> bool {
        self.ring().live.iter().any(|key| self.is_full(key, today))
    }

    /// Destroys what has ended, makes what is due, and publishes the list if it changed. Cheap
    /// when there is nothing to do.
    ///
    /// # Errors
    /// [`ExchangeKeysError`]; the keys in use stay in use.
    pub fn rotate(
        &self,
        today: Day,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), ExchangeKeysError> {
        let _rotating = self.rotating.lock().unwrap_or_else(PoisonError::into_inner);
        let ring = self.ring();
        let mut live: Vec<Arc<LiveKey>> = ring.live.to_vec();

        for key in live.extract_if(.., |key| key.entry.not_after.plus(GRACE_DAYS) < today) {
            self.destroy(&key.entry)?;
        }
        for key in &mut live {
            if self.is_full(key, today) && key.entry.not_after > today {
                *key = Arc::new(self.shorten(key, today)?);
            }
        }
        let good_today = |key: &Arc<LiveKey>| {
            key.entry.not_before <= today
                && today <= key.entry.not_after
                && key.memory.len() < self.replay_limit
        };
        if !live.iter().any(good_today) {
            let key = self.make(&live, today, rng)?;
            live.insert(0, Arc::new(key));
        }
        let end = live.iter().map(|key| key.entry.not_after).max();
        if let Some(end) = end.filter(|end| *end < today.plus(AHEAD_DAYS)) {
            let key = self.make(&live, end.plus(1), rng)?;
            live.insert(0, Arc::new(key));
        }
        live.sort_by_key(|key| std::cmp::Reverse((key.entry.not_before, key.entry.number)));
        while live.len() > MAX_LIVE {
            if let Some(oldest) = live.pop() {
                self.destroy(&oldest.entry)?;
            }
        }
        let list = self.publish(&live, today)?;
        self.set(Ring {
            live: live.into(),
            list,
        });
        Ok(())
    }

    fn ring(&self) -> Ring {
        self.ring
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, ring: Ring) {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
    }

    fn is_full(&self, key: &LiveKey, today: Day) -> bool {
        key.entry.not_before <= today
            && today <= key.entry.not_after
            && key.memory.len() >= self.replay_limit
    }

    /// Between the limit and this, a key goes on opening what was sealed before its end was known.
    const fn hard_limit(&self) -> usize {
        self.replay_limit.saturating_add(self.replay_limit / 2)
    }

    fn read_folder(&self) -> Result<Vec<Arc<LiveKey>>, ExchangeKeysError> {
        let mut live = Vec::new();
        let entries = fs::read_dir(&self.folder).map_err(|source| at(&self.folder, source))?;
        for entry in entries {
            let path = entry.map_err(|source| at(&self.folder, source))?.path();
            if path.extension().is_some_and(|extension| extension == "key") {
                live.push(Arc::new(self.read_key(&path)?));
            }
        }
        live.sort_by_key(|key| std::cmp::Reverse((key.entry.not_before, key.entry.number)));
        let distinct: BTreeSet<u8> = live.iter().map(|key| key.entry.id).collect();
        if distinct.len() == live.len() {
            Ok(live)
        } else {
            Err(ExchangeKeysError::Form(self.folder.clone()))
        }
    }

    fn read_key(&self, path: &Path) -> Result<LiveKey, ExchangeKeysError> {
        let form = || ExchangeKeysError::Form(path.to_owned());
        let bytes = Zeroizing::new(fs::read(path).map_err(|source| at(path, source))?);
        let file: KeyFile = serde_json::from_slice(&bytes).map_err(|_| form())?;
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(&file.seed, seed.as_mut_slice()).map_err(|_| form())?;
        let entry = Entry {
            number: file.number,
            id: file.id,
            not_before: file.not_before,
            not_after: file.not_after,
        };
        if path.file_name().and_then(|name| name.to_str()) != Some(key_name(&entry).as_str()) {
            return Err(form());
        }
        self.live(entry, &seed)
    }

    fn live(&self, entry: Entry, seed: &[u8; 32]) -> Result<LiveKey, ExchangeKeysError> {
        let suite = SymmetricSuite::new(Kdf::HkdfSha256, Aead::Aes128Gcm);
        let config = ohttp::KeyConfig::derive(entry.id, Kem::XWing, vec![suite], seed)?;
        let path = self.folder.join(seen_name(&entry));
        let memory = ReplayMemory::open(&path, tagged_hash(REPLAY_SECRET, &[seed]))
            .map_err(|source| at(&path, source))?;
        Ok(LiveKey {
            entry,
            server: Server::new(config)?,
            memory: Arc::new(memory),
        })
    }

    /// Makes a key that begins on a day, and writes it.
    fn make(
        &self,
        live: &[Arc<LiveKey>],
        begins: Day,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<LiveKey, ExchangeKeysError> {
        let newest = live.iter().map(|key| &key.entry).max_by_key(|e| e.number);
        let number = newest.map_or(1, |entry| entry.number.saturating_add(1));
        let first = match newest {
            Some(entry) => entry.id.wrapping_add(1),
            None => rng.next_u32().to_be_bytes()[0],
        };
        // At most `MAX_LIVE` of the 256 ids are taken.
        let id = (0..=u8::MAX)
            .map(|step| first.wrapping_add(step))
            .find(|id| live.iter().all(|key| key.entry.id != *id))
            .ok_or(ExchangeKeysError::Library)?;
        let entry = Entry {
            number,
            id,
            not_before: begins,
            not_after: begins.plus(LIFE_DAYS - 1),
        };
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        // A memory left over from a key of this number would refuse nothing of the new one.
        private_file::destroy(&self.folder, &seen_name(&entry))
            .map_err(|source| at(&self.folder, source))?;
        self.write_key(&entry, &seed)?;
        self.live(entry, &seed)
    }

    fn write_key(&self, entry: &Entry, seed: &[u8; 32]) -> Result<(), ExchangeKeysError> {
        let file = KeyFile {
            format: Format::V1,
            number: entry.number,
            id: entry.id,
            not_before: entry.not_before,
            not_after: entry.not_after,
            seed: hex::encode(seed),
        };
        let text =
            Zeroizing::new(serde_json::to_vec(&file).map_err(|_| ExchangeKeysError::Library)?);
        let name = key_name(entry);
        private_file::write(&self.folder, &name, &text)
            .map_err(|source| at(&self.folder.join(&name), source))
    }

    /// Ends a key today: no client should use it any longer, but what is under way still opens.
    fn shorten(&self, key: &LiveKey, today: Day) -> Result<LiveKey, ExchangeKeysError> {
        let path = self.folder.join(key_name(&key.entry));
        let form = || ExchangeKeysError::Form(path.clone());
        let bytes = Zeroizing::new(fs::read(&path).map_err(|source| at(&path, source))?);
        let file: KeyFile = serde_json::from_slice(&bytes).map_err(|_| form())?;
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(&file.seed, seed.as_mut_slice()).map_err(|_| form())?;
        let entry = Entry {
            not_after: today,
            ..key.entry
        };
        self.write_key(&entry, &seed)?;
        Ok(LiveKey {
            entry,
            server: key.server.clone(),
            memory: Arc::clone(&key.memory),
        })
    }

    fn destroy(&self, entry: &Entry) -> Result<(), ExchangeKeysError> {
        for name in [key_name(entry), seen_name(entry)] {
            private_file::destroy(&self.folder, &name)
                .map_err(|source| at(&self.folder.join(&name), source))?;
        }
        note!(info, "an exchange key has ended and was destroyed");
        Ok(())
    }

    /// Signs the list if it is another than the published one.
    fn publish(&self, live: &[Arc<LiveKey>], today: Day) -> Result<Bytes, ExchangeKeysError> {
        let keys = live
            .iter()
            .filter(|key| {
                key.entry.not_before <= today.plus(AHEAD_DAYS) && today <= key.entry.not_after
            })
            .map(|key| {
                Ok(RelayKey {
                    config: KeyConfig::new(key.server.config().encode()?)
                        .map_err(|_| ExchangeKeysError::Library)?,
                    not_before: key.entry.not_before,
                    not_after: key.entry.not_after,
                })
            })
            .collect::<Result<Vec<_>, ExchangeKeysError>>()?;
        let path = self.folder.join(PUBLISHED);
        let published = match fs::read(&path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(at(&path, source)),
        };
        // Beginning with the day keeps the serial from falling even if the folder was lost.
        let mut serial = u64::from(today.0) * 1000;
        if let Some(bytes) = published {
            let statement = serde_json::from_slice::<SignedStatement<RelayKeysDomain>>(&bytes).ok();
            if let Some(statement) = statement {
                let old: Option<RelayKeys> = statement.peek().ok();
                serial = old.as_ref().map_or(serial, |old| old.serial);
                let verified = statement
                    .verify::<RelayKeys>(&self.signer.verifying_key(), &self.instance)
                    .is_ok();
                if verified
                    && old.is_some_and(|old| old.instance == self.instance && old.keys == keys)
                {
                    return Ok(bytes.into());
                }
            }
        }
        let list = RelayKeys {
            instance: self.instance,
            serial: serial.saturating_add(1),
            keys,
        };
        let library = |_| ExchangeKeysError::Library;
        let statement = list.sign(&self.signer).map_err(library)?;
        let bytes = serde_json::to_vec(&statement).map_err(library)?;
        private_file::write(&self.folder, PUBLISHED, &bytes).map_err(|source| at(&path, source))?;
        note!(info, "published the exchange keys", keys = list.keys.len());
        Ok(bytes.into())
    }
}

impl std::fmt::Debug for ExchangeKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ExchangeKeys(..)")
    }
}

fn key_name(entry: &Entry) -> String {
    format!("{}.key", entry.number)
}

fn seen_name(entry: &Entry) -> String {
    format!("{}.seen", entry.number)
}

fn at(path: &Path, source: io::Error) -> ExchangeKeysError {
    ExchangeKeysError::Io {
        path: path.to_owned(),
        source,
    }
}
