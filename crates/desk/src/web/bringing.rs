//! What is being brought in: a table on its way, and entries that could not be sent at once.
//!
//! Invariant: all of it is in memory alone, and gone once the desk is locked.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use candor_wire::OfficeId;

use crate::{
    entry::{EntryDraft, Pending},
    import::{Choice, Source, run::Ended},
};

/// How many entries that could not be sent are kept for another try.
const MAX_PENDING: usize = 8;
/// So soon after the first one a second click is the same one.
const TWICE: Duration = Duration::from_secs(15);
/// How many forms are remembered as sent.
const MAX_SENT: usize = 4096;

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How far a table is.
#[derive(Clone, Debug)]
pub enum Stage {
    /// It is being looked at.
    Look,
    /// It is being sent.
    Running {
        /// Rows that were sent.
        sent: usize,
        /// Rows that are to be sent.
        of: usize,
        /// Whether it is to stop.
        is_stopping: bool,
    },
    /// It was sent, or not.
    Ended(Arc<Ended>),
}

/// A table that is being imported.
#[derive(Clone, Debug)]
pub struct Job {
    /// Tells it apart from others.
    pub number: u64,
    /// The file.
    pub source: Arc<Source>,
    /// What was chosen for it.
    pub choice: Choice,
    /// How far it is.
    pub stage: Stage,
}

/// The table that is being imported; there is one at a time.
#[derive(Debug, Default)]
pub struct Imports {
    job: Mutex<Option<Job>>,
    count: Mutex<u64>,
}

impl Imports {
    /// It, as it is now.
    pub fn job(&self) -> Option<Job> {
        held(&self.job).clone()
    }

    /// Begins with a file, unless one is being sent.
    pub fn choose(&self, source: Source, choice: Choice) -> bool {
        let mut job = held(&self.job);
        if matches!(&*job, Some(job) if matches!(job.stage, Stage::Running { .. })) {
            return false;
        }
        let mut count = held(&self.count);
        *count += 1;
        *job = Some(Job {
            number: *count,
            source: Arc::new(source),
            choice,
            stage: Stage::Look,
        });
        true
    }

    /// Changes what is being looked at.
    pub fn change(&self, number: u64, source: Option<Source>, choice: Choice) {
        if let Some(job) = held(&self.job).as_mut()
            && job.number == number
            && matches!(job.stage, Stage::Look)
        {
            job.choice = choice;
            if let Some(source) = source {
                job.source = Arc::new(source);
            }
        }
    }

    /// Begins to send, once.
    pub fn start(&self, number: u64, of: usize) -> bool {
        let mut job = held(&self.job);
        match job.as_mut() {
            Some(job) if job.number == number && matches!(job.stage, Stage::Look) => {
                job.stage = Stage::Running {
                    sent: 0,
                    of,
                    is_stopping: false,
                };
                true
            }
            _ => false,
        }
    }

    /// So many rows were sent; says whether to go on.
    pub fn progress(&self, done: usize) -> bool {
        match held(&self.job).as_mut().map(|job| &mut job.stage) {
            Some(Stage::Running {
                sent, is_stopping, ..
            }) => {
                *sent = done;
                !*is_stopping
            }
            _ => false,
        }
    }

    /// It has ended.
    pub fn end(&self, ended: Ended) {
        if let Some(job) = held(&self.job).as_mut() {
            job.stage = Stage::Ended(Arc::new(ended));
        }
    }

    /// Stops it if it is being sent, puts it away otherwise.
    pub fn put_away(&self) {
        let mut job = held(&self.job);
        if let Some(Stage::Running { is_stopping, .. }) = job.as_mut().map(|job| &mut job.stage) {
            *is_stopping = true;
        } else {
            *job = None;
        }
    }

    /// How many rows were sent, while they are being sent.
    pub fn sent(&self) -> Option<usize> {
        match held(&self.job).as_ref()?.stage {
            Stage::Running { sent, .. } => Some(sent),
            _ => None,
        }
    }

    /// Forgets it.
    pub fn clear(&self) {
        *held(&self.job) = None;
    }
}

/// An entry that is ready.
#[derive(Debug)]
pub struct Prepared {
    /// On its way.
    pub pending: Pending,
    /// The offices that will get it.
    pub offices: Vec<OfficeId>,
    /// What was entered.
    pub draft: EntryDraft,
}

/// What became of an entry before.
#[derive(Debug)]
pub enum Known {
    /// It was not sent before.
    New,
    /// It was sent, and its code shown.
    Sent,
    /// It was sent a moment ago: the same button was pressed twice, and whoever pressed it sees
    /// only what is answered now.
    JustSent(Arc<Prepared>),
    /// It is ready, and could not be sent.
    Pending(Box<Prepared>),
}

/// Entries by the name of their form.
#[derive(Debug, Default)]
pub struct Entries {
    pending: Mutex<BTreeMap<String, Prepared>>,
    sent: Mutex<Vec<String>>,
    just: Mutex<Vec<(String, Instant, Arc<Prepared>)>>,
    turn: Mutex<()>,
}

impl Entries {
    /// One at a time: the second click waits for the first.
    pub fn turn(&self) -> MutexGuard<'_, ()> {
        held(&self.turn)
    }

    /// What became of it.
    pub fn take(&self, form: &str) -> Known {
        let mut just = held(&self.just);
        just.retain(|(_, then, _)| then.elapsed() < TWICE);
        if let Some((_, _, prepared)) = just.iter().find(|(known, _, _)| known == form) {
            return Known::JustSent(Arc::clone(prepared));
        }
        drop(just);
        if held(&self.sent).iter().any(|sent| sent == form) {
            return Known::Sent;
        }
        match held(&self.pending).remove(form) {
            Some(prepared) => Known::Pending(Box::new(prepared)),
            None => Known::New,
        }
    }

    /// It could not be sent.
    pub fn keep(&self, form: &str, prepared: Prepared) {
        let mut kept = held(&self.pending);
        if kept.len() >= MAX_PENDING {
            kept.pop_first();
        }
        kept.insert(form.to_owned(), prepared);
    }

    /// It was sent.
    pub fn sent(&self, form: &str, prepared: Prepared) {
        held(&self.just).push((form.to_owned(), Instant::now(), Arc::new(prepared)));
        let mut sent = held(&self.sent);
        if sent.len() >= MAX_SENT {
            sent.remove(0);
        }
        sent.push(form.to_owned());
    }

    /// Forgets all.
    pub fn clear(&self) {
        held(&self.pending).clear();
        held(&self.just).clear();
    }
}
