//! The embedded store: a journal that holds everything, and an index that may be thrown away.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
};

use candor_journal::{Journal, Options};
use candor_wire::{Address, Day, Envelope, OfficeId};
use thiserror::Error;

use crate::{
    Store,
    core::{Core, ToApplier},
    error::StoreError,
    pending::Pending,
    rebuild::{RebuildError, mark_clean, rebuild, remove_others, reopen},
    sweep::Upkeep,
    types::{
        Batch, CellPut, CellRead, DropPut, DropRead, Filed, NewDrop, NewSelf, Release, Released,
        SelfPut, SelfRead, StatementKind, Stats, Swept, TakenOut, Which,
    },
};

/// How an embedded store is to behave.
#[derive(Clone, Debug)]
pub struct Config {
    /// A journal segment is closed before it grows beyond this.
    pub segment_bytes: u64,
    /// Writes are refused while the disk has less than this free, so that sweeping, releasing and
    /// the index have room to work; 0 to fill it up.
    pub min_free_bytes: u64,
    /// The most bytes that may wait to be written.
    pub queue_bytes: usize,
    /// The most bytes in cells that no envelope names yet.
    pub unnamed_cell_bytes: u64,
    /// What the index may cache.
    pub index_cache_bytes: u64,
    /// Random bytes, fresh for each opening.
    pub seed: [u8; 32],
}

impl Config {
    /// The defaults with this seed: segments of 256 MiB, 32 MiB kept free, 16 MiB waiting, 1 GiB of
    /// unnamed cells, 1 MiB of index cache.
    #[must_use]
    pub const fn new(seed: [u8; 32]) -> Self {
        Self {
            segment_bytes: 256 << 20,
            min_free_bytes: 32 << 20,
            queue_bytes: 16 << 20,
            unnamed_cell_bytes: 1 << 30,
            index_cache_bytes: 1 << 20,
            seed,
        }
    }
}

/// Why a store could not be opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The journal could not be opened; another process may have it open.
    #[error(transparent)]
    Journal(#[from] candor_journal::OpenError),
    /// The operating system refused.
    #[error("cannot open the store in {}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The index could not be made from the journal.
    #[error("cannot build the index in {}; is there room on the disk?", .0.display())]
    Index(PathBuf),
}

/// What opening found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Whether the index was made anew because the last stop was not clean, or the index was not
    /// as it had been left.
    pub rebuilt: bool,
    /// Bytes of an unfinished write that were cut off the journal.
    pub cut_bytes: u64,
    /// Damaged places in the journal, as far as they were met.
    pub damaged: u64,
}

/// The store of one relay in one folder.
///
/// Dropping it without [`close`](Store::close) is safe and makes the next opening slower.
pub struct EmbeddedStore {
    core: Arc<Core>,
    threads: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl EmbeddedStore {
    /// Opens the store in a folder, which is created if it does not exist.
    ///
    /// # Errors
    /// [`OpenError`]
    pub fn open(folder: &Path, config: Config) -> Result<(Self, Opened), OpenError> {
        let failed = |source| OpenError::Io {
            path: folder.to_owned(),
            source,
        };
        create_folder(folder).map_err(failed)?;
        let options = Options {
            segment_bytes: config.segment_bytes,
            min_free_bytes: config.min_free_bytes,
            queue_bytes: config.queue_bytes,
            seed: config.seed,
        };
        // The journal's lock covers the index as well.
        let (journal, recovery) = Journal::open(&folder.join("journal"), &options)?;
        let kept = reopen(&journal, folder, &config).map_err(failed)?;
        let rebuilt = kept.is_none();
        let used = match kept {
            Some(kept) => kept,
            None => rebuild(&journal, folder, &config, None).map_err(|error| match error {
                RebuildError::Io(source) => failed(source),
                RebuildError::Index => OpenError::Index(folder.to_owned()),
            })?,
        };
        remove_others(folder, &used.path).map_err(failed)?;
        let opened = Opened {
            rebuilt,
            cut_bytes: recovery.cut_bytes,
            damaged: used.index.summary().stats.damaged,
        };

        let (to_applier, applier_messages) = mpsc::channel();
        let (to_upkeep, upkeep_messages) = mpsc::channel();
        let core = Arc::new(Core::new(
            config,
            folder.to_owned(),
            journal,
            (Arc::new(used.index), used.path),
            to_applier,
            to_upkeep,
        ));
        let store = Self {
            core: Arc::clone(&core),
            threads: Arc::default(),
        };
        let applier = Arc::clone(&core);
        let upkeep = core;
        store
            .spawn("store-apply", move || {
                applier.run_applier(&applier_messages);
            })
            .map_err(failed)?;
        store
            .spawn("store-upkeep", move || {
                upkeep.run_upkeep(&upkeep_messages);
            })
            .map_err(failed)?;
        Ok((store, opened))
    }

    fn spawn(&self, name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(run)?;
        self.threads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(thread);
        Ok(())
    }
}

/// Lets everything under way finish and ends the threads.
fn stop(core: &Core, threads: &Mutex<Vec<JoinHandle<()>>>) {
    // The upkeep thread first: what it writes needs the journal and the applier.
    let _ = core.upkeep.send(Upkeep::Stop);
    let mut threads = std::mem::take(&mut *threads.lock().unwrap_or_else(PoisonError::into_inner));
    if let Some(upkeep) = threads.pop() {
        let _ = upkeep.join();
    }
    core.journal.close();
    let _ = core.applier.send(ToApplier::Stop);
    for thread in threads {
        let _ = thread.join();
    }
}

impl Drop for EmbeddedStore {
    fn drop(&mut self) {
        if self.core.shut() {
            stop(&self.core, &self.threads);
        }
    }
}

impl std::fmt::Debug for EmbeddedStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddedStore").finish_non_exhaustive()
    }
}

impl Store for EmbeddedStore {
    fn file(
        &self,
        envelope: Envelope,
        today: Day,
        expires: Day,
        release: Release,
    ) -> Pending<Filed> {
        let (sender, pending) = Pending::channel();
        self.core.file(envelope, today, expires, release, sender);
        pending
    }

    fn release(&self, which: Which, today: Day, seed: [u8; 32]) -> Pending<Released> {
        if self.core.is_shut() {
            return Pending::ready(Err(StoreError::Closed));
        }
        let (sender, pending) = Pending::channel();
        let message = Upkeep::Release(which, today, seed, sender);
        let _ = self.core.upkeep.send(message);
        pending
    }

    fn queue(&self, office: &OfficeId, after: u64, max_bytes: usize) -> Pending<Batch> {
        Pending::ready(self.core.queue(office, after, max_bytes))
    }

    fn take_out(&self, office: &OfficeId, place: u64, today: Day) -> Pending<TakenOut> {
        let (sender, pending) = Pending::channel();
        self.core.take_out(office.clone(), place, today, sender);
        pending
    }

    fn head(&self, office: &OfficeId) -> Pending<u64> {
        Pending::ready(self.core.head(office))
    }

    fn put_drop(&self, drop: NewDrop) -> Pending<DropPut> {
        let (sender, pending) = Pending::channel();
        self.core.put_drop(drop, sender);
        pending
    }

    fn read_drop(&self, address: Address) -> Pending<DropRead> {
        Pending::ready(self.core.read_drop(&address))
    }

    fn put_self(&self, record: NewSelf) -> Pending<SelfPut> {
        let (sender, pending) = Pending::channel();
        self.core.put_self(record, sender);
        pending
    }

    fn read_self(&self, address: Address) -> Pending<SelfRead> {
        Pending::ready(self.core.read_self(&address))
    }

    fn put_cell(&self, address: Address, bytes: Vec<u8>, today: Day) -> Pending<CellPut> {
        let (sender, pending) = Pending::channel();
        self.core.put_cell(address, bytes, today, sender);
        pending
    }

    fn read_cell(&self, address: Address) -> Pending<CellRead> {
        Pending::ready(self.core.read_cell(&address))
    }

    fn put_statement(
        &self,
        kind: StatementKind,
        key: &str,
        text: String,
        today: Day,
    ) -> Pending<()> {
        let (sender, pending) = Pending::channel();
        self.core
            .put_statement(kind, key.to_owned(), text, today, sender);
        pending
    }

    fn statement(&self, kind: StatementKind, key: &str) -> Pending<Option<String>> {
        Pending::ready(self.core.statement(kind, key))
    }

    fn statements(&self, kind: StatementKind) -> Pending<Vec<(String, String)>> {
        Pending::ready(self.core.statements(kind))
    }

    fn sweep(&self, today: Day) -> Pending<Swept> {
        if self.core.is_shut() {
            return Pending::ready(Err(StoreError::Closed));
        }
        let (sender, pending) = Pending::channel();
        let _ = self.core.upkeep.send(Upkeep::Sweep(today, sender));
        pending
    }

    fn stats(&self) -> Pending<Stats> {
        Pending::ready(self.core.stats())
    }

    fn close(&self) -> Pending<()> {
        if !self.core.shut() {
            return Pending::ready(Err(StoreError::Closed));
        }
        let (sender, pending) = Pending::channel();
        let core = Arc::clone(&self.core);
        let threads = Arc::clone(&self.threads);
        let spawned = thread::Builder::new()
            .name("store-close".to_owned())
            .spawn(move || {
                stop(&core, &threads);
                let marked = if core.is_broken() {
                    // Nothing is lost: the next opening rebuilds.
                    Ok(())
                } else {
                    match core.index().close() {
                        Ok(()) => mark_clean(&core.journal, &core.folder, &core.index_path()),
                        Err(_) => Ok(()),
                    }
                };
                let answer = marked.map_err(|_| StoreError::Disk);
                drop(core);
                let _ = sender.send(answer);
            });
        if spawned.is_err() {
            return Pending::ready(Err(StoreError::Busy));
        }
        pending
    }
}

fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
