//! Taking records into the state with what can be worked out beforehand done on all cores.
//!
//! Reading a block is most of the work of replaying a case file; it depends on nothing but the
//! block. Invariant: the state that comes of it is the one that [`State::apply`] gives for each
//! record in turn, on however many threads.

use std::{sync::Arc, thread};

use candor_sealing::{
    block::Block,
    open::{Opened, Refusal, ReportBlock, parse},
};
use candor_wire::Day;

use crate::{
    case::{Arrival, Case},
    failure::Outcome,
    opening::cores,
    record::{Entry, Record},
    state::State,
};

/// So many records, or bytes of them, are taken at once.
const AT_ONCE: usize = 512;
const BYTES_AT_ONCE: usize = 8 << 20;
/// Fewer than this are not worth a thread.
const WORTH_A_THREAD: usize = 16;

/// What was worked out of a received block.
pub(crate) enum Prepared {
    /// A report, with the case as it begins with it.
    Report(Arc<ReportBlock>, Box<Case>),
    /// Anything else that was read.
    Other(Opened),
    /// It is of no form that belongs here.
    Refused(Refusal),
}

/// Works out what can be told of a received block by itself. Nothing if it is none: a defect.
pub(crate) fn prepared(compact: &[u8], arrival: Arrival) -> Option<Prepared> {
    let block = Block::from_compact(compact).ok()?;
    Some(match parse(block) {
        Ok(Opened::Report(report)) => begun(Arc::from(report), arrival),
        Ok(other) => Prepared::Other(other),
        Err(refusal) => Prepared::Refused(refusal),
    })
}

fn begun(report: Arc<ReportBlock>, arrival: Arrival) -> Prepared {
    let case = Box::new(Case::begin(&report, arrival));
    Prepared::Report(report, case)
}

fn received(entry: &Entry) -> Option<Day> {
    match entry.record {
        Record::Received { day, .. } => Some(day),
        _ => None,
    }
}

/// What is worked out of the entries that begin behind a place among everything that came.
fn prepare(entries: &[Entry], behind: u64) -> Vec<Option<Prepared>> {
    let orders = behind.saturating_add(1)..;
    let each = orders.zip(entries).map(|(order, entry)| {
        let day = received(entry)?;
        let arrival = Arrival { day, order };
        match &entry.opened {
            Some(report) => Some(begun(Arc::clone(report), arrival)),
            None => prepared(&entry.bytes, arrival),
        }
    });
    each.collect()
}

impl State {
    /// Takes records in order, as [`State::apply`] would one by one.
    ///
    /// # Errors
    /// If one is not what it says.
    pub fn apply_all(&mut self, entries: &[Entry]) -> Outcome {
        let blocks = entries.iter().filter(|entry| received(entry).is_some());
        if blocks.count() < WORTH_A_THREAD {
            return entries.iter().try_for_each(|entry| self.apply(entry));
        }
        let each = entries.len().div_ceil(cores()).max(1);
        let begins = (self.version()..).step_by(each);
        let parts: Vec<Vec<Option<Prepared>>> = thread::scope(|scope| {
            let threads: Vec<_> = entries
                .chunks(each)
                .zip(begins)
                .map(|(part, behind)| (part, behind, scope.spawn(move || prepare(part, behind))))
                .collect();
            threads
                .into_iter()
                // What broke off there would do so here, where it is noticed.
                .map(|(part, behind, one)| one.join().unwrap_or_else(|_| prepare(part, behind)))
                .collect()
        });
        entries
            .iter()
            .zip(parts.into_iter().flatten())
            .try_for_each(|(entry, prepared)| self.apply_prepared(entry, prepared))
    }
}

/// Takes records as they are read, many at once.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    state: State,
    entries: Vec<Entry>,
    bytes: usize,
}

impl Replay {
    /// Goes on from a state.
    pub(crate) fn onto(state: State) -> Self {
        Self {
            state,
            ..Self::default()
        }
    }

    /// Takes one record, now or a little later.
    pub(crate) fn take(&mut self, entry: Entry) -> Outcome {
        self.bytes += entry.bytes.len();
        self.entries.push(entry);
        if self.entries.len() < AT_ONCE && self.bytes < BYTES_AT_ONCE {
            return Ok(());
        }
        self.flush()
    }

    fn flush(&mut self) -> Outcome {
        self.bytes = 0;
        let entries = std::mem::take(&mut self.entries);
        self.state.apply_all(&entries)
    }

    /// The state after all that was taken.
    pub(crate) fn end(mut self) -> Outcome<State> {
        self.flush()?;
        Ok(self.state)
    }
}
