//! What one exchange key has opened already, so that nothing is opened twice.
//!
//! Invariant: an encapsulation that was once remembered is refused for the life of its key. Kept
//! are eight bytes of a keyed hash of the encapsulated key, in memory and in an append-only file
//! beside the key, which goes when the key goes. The file is not forced to the disk for every
//! exchange: a power cut may lose its tail. What could then be replayed is an operation that is
//! idempotent, so nothing is stored twice and nothing is overwritten; a replayed read tells the
//! replayer nothing, since only the first sender can open the answer.

use std::{
    collections::HashSet,
    fs::File,
    hash::{BuildHasherDefault, Hasher},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
    sync::{Mutex, PoisonError},
};

use candor_wire::{Tag, tagged_hash};

use crate::private_file::private_options;

const MARK: Tag = Tag::new("candor/v1/replay-mark");
const MARK_LEN: usize = 8;

/// The encapsulated keys that one exchange key has seen.
pub(crate) struct ReplayMemory {
    /// Keeps an outsider from choosing encapsulations that collide.
    secret: [u8; 32],
    seen: Mutex<Seen>,
}

struct Seen {
    marks: HashSet<u64, BuildHasherDefault<Uniform>>,
    /// Gone after a failed write: the memory then lasts until a restart.
    file: Option<File>,
}

/// What became of an encapsulation shown to a [`ReplayMemory`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seeing {
    /// Never seen before; remembered now.
    First {
        /// Whether the file has it too.
        kept: bool,
    },
    /// Seen before.
    Again,
}

impl ReplayMemory {
    /// Opens or begins the file and reads what it holds; a torn last entry is cut off.
    pub(crate) fn open(path: &Path, secret: [u8; 32]) -> io::Result<Self> {
        let mut file = private_options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let (marks, torn) = bytes.as_chunks::<MARK_LEN>();
        let end = (bytes.len() - torn.len()) as u64;
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        Ok(Self {
            secret,
            seen: Mutex::new(Seen {
                marks: marks.iter().copied().map(u64::from_be_bytes).collect(),
                file: Some(file),
            }),
        })
    }

    /// Remembers an encapsulated key.
    pub(crate) fn see(&self, encapsulated: &[u8]) -> Seeing {
        let hash = tagged_hash(MARK, &[&self.secret, encapsulated]);
        let [a, b, c, d, e, f, g, h, ..] = hash;
        let mark = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.marks.insert(mark) {
            return Seeing::Again;
        }
        let kept = seen
            .file
            .as_mut()
            .is_some_and(|file| file.write_all(&mark.to_be_bytes()).is_ok());
        if !kept {
            // A half-written entry must not shift those behind it.
            seen.file = None;
        }
        Seeing::First { kept }
    }

    /// How many it remembers.
    pub(crate) fn len(&self) -> usize {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.marks.len()
    }
}

/// The marks are hashes already.
#[derive(Default)]
struct Uniform(u64);

impl Hasher for Uniform {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, mark: u64) {
        self.0 = mark;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: Seeing = Seeing::First { kept: true };

    #[test]
    fn a_restart_keeps_the_memory_and_cuts_a_torn_entry() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seen");
        let memory = ReplayMemory::open(&path, [1; 32]).unwrap();
        assert_eq!(memory.see(b"a"), NEW);
        assert_eq!(memory.see(b"b"), NEW);
        assert_eq!(memory.see(b"a"), Seeing::Again);
        drop(memory);

        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap();
        file.write_all(b"torn").unwrap();
        let memory = ReplayMemory::open(&path, [1; 32]).unwrap();
        assert_eq!(memory.len(), 2);
        assert_eq!(memory.see(b"b"), Seeing::Again);
        assert_eq!(memory.see(b"c"), NEW);
        drop(memory);

        let memory = ReplayMemory::open(&path, [1; 32]).unwrap();
        assert_eq!(memory.see(b"c"), Seeing::Again);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 24);
    }

    #[test]
    fn another_secret_gives_other_marks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seen");
        assert_eq!(ReplayMemory::open(&path, [1; 32]).unwrap().see(b"a"), NEW);
        assert_eq!(ReplayMemory::open(&path, [2; 32]).unwrap().see(b"a"), NEW);
    }
}
