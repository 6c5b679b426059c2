//! Making the index from the journal, and knowing when that is not needed.
//!
//! The index is used again only if a clean stop left a marker that describes, byte for byte, what
//! lies there now: the version, the journal's segments and the checksum of every index file. The
//! marker is deleted before the index is opened.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use candor_journal::{Class, Entry, Journal, Scanned, format::Location};
use candor_wire::Day;

use crate::{
    embedded::Config,
    index::{Index, IndexError},
    record::Record,
};

const MARKER: &str = "clean";
const VERSION: &str = "candor store 1, sled 0.34";
/// How far queues jump ahead when records were lost: further than any that could have been given
/// out by them.
const LEAP: u64 = 1_000_000;
const ERASE_AT_ONCE: usize = 4096;

/// Why a rebuild did not succeed.
#[derive(Debug)]
pub(crate) enum RebuildError {
    Io(io::Error),
    Index,
}

impl From<io::Error> for RebuildError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<IndexError> for RebuildError {
    fn from(_: IndexError) -> Self {
        Self::Index
    }
}

/// An index fresh from the journal.
pub(crate) struct Rebuilt {
    pub(crate) index: Index,
    pub(crate) path: PathBuf,
}

/// Replays the journal into a new index, in a folder other than `avoid`.
pub(crate) fn rebuild(
    journal: &Journal,
    folder: &Path,
    config: &Config,
    avoid: Option<&Path>,
) -> Result<Rebuilt, RebuildError> {
    let path = ["index.0", "index.1"]
        .iter()
        .map(|name| folder.join(name))
        .find(|path| Some(path.as_path()) != avoid)
        .ok_or(RebuildError::Index)?;
    remove_folder(&path)?;
    let index = Index::open(&path, config.index_cache_bytes)?;
    let mut dead: Vec<Location> = Vec::new();
    let mut damaged = 0;
    for item in journal.scan() {
        let Scanned::Record(found) = item? else {
            damaged += 1;
            continue;
        };
        match Record::decode(found.kind, &found.meta) {
            Ok(record) => dead.extend(index.apply(&record, found.location)?),
            Err(_) => damaged += 1,
        }
        if dead.len() >= ERASE_AT_ONCE {
            // What made them dead was read from the journal, so it is durable.
            journal.erase(&std::mem::take(&mut dead))?;
        }
    }
    journal.erase(&dead)?;
    if damaged > 0 {
        index.summary().stats.damaged = damaged;
        leap(journal, &index)?;
    }
    Ok(Rebuilt { index, path })
}

/// A lost record may have given out places: go on well beyond all that are known.
fn leap(journal: &Journal, index: &Index) -> Result<(), RebuildError> {
    let record = {
        let summary = index.summary();
        let highest = summary.heads.values().copied().max().unwrap_or_default();
        let floor = highest.max(summary.floor) + LEAP;
        Record::Heads {
            floor,
            swept: summary.stats.swept,
            heads: summary.heads.keys().map(|o| (o.clone(), floor)).collect(),
        }
    };
    let key = journal.segments().last().map_or(0, |segment| segment.key);
    let location = journal
        .append_wait(Entry {
            kind: record.kind(),
            key: Day(key).0,
            meta: record.encode(),
            body: Vec::new(),
            class: Class::Maintenance,
        })
        .map_err(|error| RebuildError::Io(io::Error::other(error)))?;
    index.apply(&record, location)?;
    Ok(())
}

/// Opens the index that a clean stop left, if it is exactly as it was left. Whatever the outcome,
/// the marker is gone afterwards.
pub(crate) fn reopen(
    journal: &Journal,
    folder: &Path,
    config: &Config,
) -> io::Result<Option<Rebuilt>> {
    let marker = folder.join(MARKER);
    let found = match fs::read_to_string(&marker) {
        Ok(found) => Some(found),
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        // Not UTF-8, or unreadable: as good as none, but it must not stay.
        Err(_) => None,
    };
    fs::remove_file(&marker)?;
    sync_folder(folder)?;
    let Some(found) = found else {
        return Ok(None);
    };
    for name in ["index.0", "index.1"] {
        let path = folder.join(name);
        if describe(journal, &path).ok().as_ref() == Some(&found) {
            return Ok(Index::open(&path, config.index_cache_bytes)
                .ok()
                .map(|index| Rebuilt { index, path }));
        }
    }
    Ok(None)
}

/// Makes a closed index durable and leaves the marker.
pub(crate) fn mark_clean(journal: &Journal, folder: &Path, index: &Path) -> io::Result<()> {
    for file in files_below(index)? {
        File::open(file)?.sync_all()?;
    }
    sync_folder(index)?;
    sync_folder(folder)?;
    let text = describe(journal, index)?;
    let marker = folder.join(MARKER);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&marker)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    sync_folder(folder)
}

/// Everything that must be the same for the index to be used again.
fn describe(journal: &Journal, index: &Path) -> io::Result<String> {
    let mut text = format!("{VERSION}\n");
    for segment in journal.segments() {
        let _ = writeln!(text, "{} {} {}", segment.number, segment.key, segment.len);
    }
    for path in files_below(index)? {
        let mut hasher = crc32fast::Hasher::new();
        let mut file = File::open(&path)?;
        let mut buffer = vec![0; 64 * 1024];
        let mut len = 0;
        loop {
            let n = file.read(&mut buffer)?;
            if n == 0 {
                break;
            }
            len += n;
            hasher.update(buffer.get(..n).unwrap_or_default());
        }
        let name = path.strip_prefix(index).unwrap_or(&path).display();
        let _ = writeln!(text, "{name} {len} {:08x}", hasher.finalize());
    }
    Ok(text)
}

fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

fn remove_folder(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Removes index folders other than the one in use.
pub(crate) fn remove_others(folder: &Path, used: &Path) -> io::Result<()> {
    for name in ["index.0", "index.1"] {
        let path = folder.join(name);
        if path != used {
            remove_folder(&path)?;
        }
    }
    Ok(())
}

fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
