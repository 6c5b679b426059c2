//! How a write becomes durable: planned under one lock, appended, applied, answered.
//!
//! A write is decided with the index and everything in flight in view, and handed to the journal
//! before the lock is released, so that the journal's order is the order of the decisions. While it
//! is in flight its keys are taken: what concerns the same key waits and is decided afresh when
//! they are free. Only the applier changes the index, in the journal's order, and only then is the
//! writer answered.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, mpsc},
    time::Duration,
};

use candor_journal::{AppendError, Class, Entry, Journal, ReadError, format::Location};
use candor_wire::{Address, Day, EnvelopeId, OfficeId};

use crate::{
    embedded::Config,
    error::StoreError,
    index::{Index, IndexError},
    rebuild::rebuild,
    record::{Gone, Record},
    sweep::Upkeep,
    types::StatementKind,
};

/// What one write holds while it is in flight.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Envelope(EnvelopeId),
    Drop(Address),
    SelfRecord(Address),
    Cell(Address),
    Statement(StatementKind, String),
}

impl From<&Gone> for Key {
    fn from(gone: &Gone) -> Self {
        match *gone {
            Gone::Envelope(id) => Self::Envelope(id),
            Gone::Drop(address) => Self::Drop(address),
            Gone::SelfRecord(address, _) => Self::SelfRecord(address),
            Gone::Cell(address) | Gone::UnnamedCell(address) => Self::Cell(address),
        }
    }
}

/// An operation that waits for a key.
pub(crate) type Retry = Box<dyn FnOnce(&Arc<Core>) + Send>;
/// Hears what became of a write.
pub(crate) type Answer = Box<dyn FnOnce(Result<Location, StoreError>) + Send>;

/// What is in flight.
#[derive(Default)]
pub(crate) struct Plan {
    taken: HashMap<Key, Vec<Retry>>,
    /// Cells named by envelopes in flight; they must not be swept.
    pins: HashMap<Address, u32>,
    /// The highest place handed out per office, in flight or not.
    places: HashMap<OfficeId, u64>,
    /// Bytes of cells in flight.
    pub(crate) cell_bytes: u64,
    outstanding: u64,
    closed: bool,
    broken: bool,
}

impl Plan {
    pub(crate) fn is_taken(&self, key: &Key) -> bool {
        self.taken.contains_key(key)
    }

    pub(crate) fn is_pinned(&self, address: &Address) -> bool {
        self.pins.contains_key(address)
    }

    /// Lets an operation wait if the key is taken; gives it back otherwise.
    pub(crate) fn wait_for(&mut self, key: &Key, retry: Retry) -> Option<Retry> {
        match self.taken.get_mut(key) {
            Some(waiting) => {
                waiting.push(retry);
                None
            }
            None => Some(retry),
        }
    }

    /// Notes that the index failed.
    pub(crate) fn mark_broken(&mut self) {
        self.broken = true;
    }

    /// The next place in an office's queue.
    pub(crate) fn next_place(&mut self, index: &Index, office: &OfficeId) -> u64 {
        let summary = index.summary();
        let head = summary.heads.get(office).copied().unwrap_or_default();
        let floor = head.max(summary.floor);
        let place = self.places.entry(office.clone()).or_default();
        *place = (*place).max(floor) + 1;
        *place
    }
}

/// A decided write.
pub(crate) struct Write {
    pub(crate) record: Record,
    pub(crate) body: Vec<u8>,
    pub(crate) day: Day,
    pub(crate) class: Class,
    pub(crate) keys: Vec<Key>,
    pub(crate) answer: Answer,
}

/// A write that the journal has answered.
struct Written {
    record: Record,
    keys: Vec<Key>,
    answer: Answer,
    result: Result<Location, AppendError>,
    body_len: u64,
}

/// What the applier hears.
pub(crate) enum ToApplier {
    Written(Box<WrittenMessage>),
    Stop,
}

/// Opaque outside this module.
pub(crate) struct WrittenMessage(Written);

/// The store's shared state.
pub(crate) struct Core {
    pub(crate) config: Config,
    pub(crate) folder: PathBuf,
    pub(crate) journal: Journal,
    index: RwLock<(Arc<Index>, PathBuf)>,
    plan: Mutex<Plan>,
    pub(crate) applier: mpsc::Sender<ToApplier>,
    pub(crate) upkeep: mpsc::Sender<Upkeep>,
}

impl Core {
    pub(crate) fn new(
        config: Config,
        folder: PathBuf,
        journal: Journal,
        index: (Arc<Index>, PathBuf),
        applier: mpsc::Sender<ToApplier>,
        upkeep: mpsc::Sender<Upkeep>,
    ) -> Self {
        Self {
            config,
            folder,
            journal,
            index: RwLock::new(index),
            plan: Mutex::default(),
            applier,
            upkeep,
        }
    }

    /// The index in use. After it failed, what it could still read is served from it.
    pub(crate) fn index(&self) -> Arc<Index> {
        let guard = self.index.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&guard.0)
    }

    /// Where the index in use lies.
    pub(crate) fn index_path(&self) -> PathBuf {
        let guard = self.index.read().unwrap_or_else(PoisonError::into_inner);
        guard.1.clone()
    }

    pub(crate) fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The plan, if writes are accepted.
    pub(crate) fn open_plan(&self) -> Result<MutexGuard<'_, Plan>, StoreError> {
        let plan = self.plan();
        if plan.closed {
            Err(StoreError::Closed)
        } else if plan.broken {
            Err(StoreError::Unavailable)
        } else {
            Ok(plan)
        }
    }

    /// Refuses everything from now on; answers whether this was the first call.
    pub(crate) fn shut(&self) -> bool {
        let mut plan = self.plan();
        !std::mem::replace(&mut plan.closed, true)
    }

    pub(crate) fn is_shut(&self) -> bool {
        self.plan().closed
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.plan().broken
    }

    /// Notes that the index failed; it will be rebuilt.
    pub(crate) fn broke(&self, _: IndexError) -> StoreError {
        self.plan().broken = true;
        StoreError::Unavailable
    }

    /// Hands a write to the journal. The caller holds the plan and has decided under it.
    pub(crate) fn submit(&self, plan: &mut Plan, write: Write) {
        let Write {
            record,
            body,
            day,
            class,
            keys,
            answer,
        } = write;
        for key in &keys {
            plan.taken.insert(key.clone(), Vec::new());
        }
        let body_len = body.len() as u64;
        match &record {
            Record::Envelope { cells, .. } => {
                for cell in cells {
                    *plan.pins.entry(*cell).or_default() += 1;
                }
            }
            Record::Cell { .. } => plan.cell_bytes += body_len,
            _ => {}
        }
        plan.outstanding += 1;
        let entry = Entry {
            kind: record.kind(),
            key: day.0,
            meta: record.encode(),
            body,
            class,
        };
        let applier = self.applier.clone();
        self.journal.append(entry, move |result| {
            // If the applier is gone the answer is dropped, which says that the store is closed.
            let _ = applier.send(ToApplier::Written(Box::new(WrittenMessage(Written {
                record,
                keys,
                answer,
                result,
                body_len,
            }))));
        });
    }

    /// Applies what the journal has answered, until told to stop.
    pub(crate) fn run_applier(self: &Arc<Self>, messages: &mpsc::Receiver<ToApplier>) {
        const PAUSE: Duration = Duration::from_secs(2);
        loop {
            match messages.recv_timeout(PAUSE) {
                Ok(ToApplier::Written(message)) => self.apply(message.0),
                Ok(ToApplier::Stop) | Err(mpsc::RecvTimeoutError::Disconnected) => return,
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
            self.repair();
        }
    }

    fn apply(self: &Arc<Self>, written: Written) {
        let Written {
            record,
            keys,
            answer,
            result,
            body_len,
        } = written;
        let outcome = match result {
            Ok(_) if self.is_broken() => Err(StoreError::Unavailable),
            Ok(location) => match self.index().apply(&record, location) {
                Ok(dead) => {
                    if !dead.is_empty() {
                        let _ = self.upkeep.send(Upkeep::Erase(dead));
                    }
                    Ok(location)
                }
                Err(error) => Err(self.broke(error)),
            },
            Err(error) => Err(refusal(error)),
        };
        let waiting: Vec<Retry> = {
            let mut plan = self.plan();
            plan.outstanding -= 1;
            match &record {
                Record::Envelope { cells, .. } => {
                    for cell in cells {
                        if let Some(count) = plan.pins.get_mut(cell) {
                            *count -= 1;
                            if *count == 0 {
                                plan.pins.remove(cell);
                            }
                        }
                    }
                }
                Record::Cell { .. } => plan.cell_bytes -= body_len,
                _ => {}
            }
            keys.iter()
                .filter_map(|key| plan.taken.remove(key))
                .flatten()
                .collect()
        };
        answer(outcome);
        for retry in waiting {
            retry(self);
        }
    }

    /// Rebuilds a broken index once nothing is in flight. If that fails, the next pause tries again.
    fn repair(self: &Arc<Self>) {
        {
            let plan = self.plan();
            if !plan.broken || plan.closed || plan.outstanding > 0 {
                return;
            }
        }
        let old = self.index_path();
        let Ok(rebuilt) = rebuild(&self.journal, &self.folder, &self.config, Some(&old)) else {
            return;
        };
        let failed = {
            let mut guard = self.index.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *guard, (Arc::new(rebuilt.index), rebuilt.path))
        };
        drop(failed);
        let _ = std::fs::remove_dir_all(old);
        self.plan().broken = false;
    }

    /// Reads a record's body; `None` if it went while it was being looked up.
    pub(crate) fn body(&self, location: &Location) -> Result<Option<Vec<u8>>, StoreError> {
        match self.journal.read(location) {
            Ok((_, body)) => Ok(Some(body)),
            Err(ReadError::Erased | ReadError::Absent) => Ok(None),
            Err(ReadError::Damaged) => {
                self.index().summary().stats.damaged += 1;
                Err(StoreError::Damaged)
            }
            Err(_) => Err(StoreError::Disk),
        }
    }

    /// Distinct keys of a list, or nothing if one of them is taken.
    pub(crate) fn free_keys(plan: &Plan, keys: impl Iterator<Item = Key>) -> Option<Vec<Key>> {
        let keys: HashSet<Key> = keys.collect();
        let free = keys.iter().all(|key| !plan.is_taken(key));
        free.then(|| keys.into_iter().collect())
    }
}

fn refusal(error: AppendError) -> StoreError {
    match error {
        AppendError::Full => StoreError::Full,
        AppendError::Busy => StoreError::Busy,
        AppendError::TooLong => StoreError::TooLarge,
        AppendError::Closed => StoreError::Closed,
        _ => StoreError::Disk,
    }
}
