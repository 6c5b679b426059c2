//! The reads: look up, read, and look again if the thing went in between.

use candor_journal::format::Location;
use candor_wire::{Address, OfficeId};

use crate::{
    core::Core,
    error::StoreError,
    index::{Index, IndexError, Known},
    types::{Batch, CellRead, DropRead, QueueItem, SelfRead, StatementKind, Stats},
};

/// What a lookup found.
enum Found<T> {
    Answer(T),
    /// A body has to be read for the answer.
    At(Location, Box<dyn FnOnce(Vec<u8>) -> T>),
}

impl Core {
    fn check_open(&self) -> Result<(), StoreError> {
        if self.is_shut() {
            Err(StoreError::Closed)
        } else {
            Ok(())
        }
    }

    fn find<T>(
        &self,
        look: impl Fn(&Index) -> Result<Found<T>, IndexError>,
    ) -> Result<T, StoreError> {
        self.check_open()?;
        // A sweep or a new version may erase what was just looked up; the next look shows what is
        // there instead. More than a few rounds mean that it is lost.
        for _ in 0..4 {
            match look(&self.index()).map_err(|e| self.broke(e))? {
                Found::Answer(answer) => return Ok(answer),
                Found::At(location, make) => {
                    if let Some(body) = self.body(&location)? {
                        return Ok(make(body));
                    }
                }
            }
        }
        self.index().summary().stats.damaged += 1;
        Err(StoreError::Damaged)
    }

    pub(crate) fn read_drop(&self, address: &Address) -> Result<DropRead, StoreError> {
        self.find(|index| {
            Ok(match index.drop_at(address)? {
                Known::Never => Found::Answer(DropRead::Absent),
                Known::Gone(()) => Found::Answer(DropRead::Gone),
                Known::Here(entry) => {
                    let office = entry.office;
                    Found::At(
                        entry.location,
                        Box::new(|sealed| DropRead::Present { office, sealed }),
                    )
                }
            })
        })
    }

    pub(crate) fn read_self(&self, address: &Address) -> Result<SelfRead, StoreError> {
        self.find(|index| {
            Ok(match index.self_at(address)? {
                Known::Never => Found::Answer(SelfRead::Absent),
                Known::Gone(_) => Found::Answer(SelfRead::Gone),
                Known::Here(entry) => {
                    let counter = entry.counter;
                    Found::At(
                        entry.location,
                        Box::new(move |sealed| SelfRead::Present { counter, sealed }),
                    )
                }
            })
        })
    }

    pub(crate) fn read_cell(&self, address: &Address) -> Result<CellRead, StoreError> {
        self.find(|index| {
            Ok(match index.cell(address)? {
                Known::Never => Found::Answer(CellRead::Absent),
                Known::Gone(()) => Found::Answer(CellRead::Gone),
                Known::Here(entry) => Found::At(entry.location, Box::new(CellRead::Present)),
            })
        })
    }

    pub(crate) fn statement(
        &self,
        kind: StatementKind,
        key: &str,
    ) -> Result<Option<String>, StoreError> {
        let text = self.find(|index| {
            Ok(match index.statement(kind, key)? {
                None => Found::Answer(None),
                Some(location) => Found::At(location, Box::new(Some)),
            })
        })?;
        text.map(|text| String::from_utf8(text).map_err(|_| StoreError::Damaged))
            .transpose()
    }

    pub(crate) fn statements(
        &self,
        kind: StatementKind,
    ) -> Result<Vec<(String, String)>, StoreError> {
        self.check_open()?;
        let keys = self.index().statements(kind).map_err(|e| self.broke(e))?;
        let mut found = Vec::with_capacity(keys.len());
        for (key, _) in keys {
            match self.statement(kind, &key) {
                Ok(Some(text)) => found.push((key, text)),
                // One damaged card must not hide the others; the count of damage shows it.
                Ok(None) | Err(StoreError::Damaged) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    pub(crate) fn head(&self, office: &OfficeId) -> Result<u64, StoreError> {
        self.check_open()?;
        let index = self.index();
        let summary = index.summary();
        Ok(summary.heads.get(office).copied().unwrap_or_default())
    }

    pub(crate) fn queue(
        &self,
        office: &OfficeId,
        after: u64,
        max_bytes: usize,
    ) -> Result<Batch, StoreError> {
        let mut batch = Batch {
            // Taken first: the head must not lie beyond a place that the walk below cannot see.
            head: self.head(office)?,
            ..Batch::default()
        };
        let index = self.index();
        let mut bytes = 0_usize;
        for item in index.queue(office, after) {
            let (seq, location, day) = item.map_err(|e| self.broke(e))?;
            bytes = bytes.saturating_add(location.body_len as usize);
            if bytes > max_bytes && !batch.items.is_empty() {
                break;
            }
            match self.body(&location) {
                Ok(Some(frame)) => batch.items.push(QueueItem { seq, day, frame }),
                // It went while the queue was walked.
                Ok(None) => {}
                Err(StoreError::Damaged) => batch.unreadable.push(seq),
                Err(error) => return Err(error),
            }
        }
        batch.head = batch
            .head
            .max(batch.items.last().map_or(0, |item| item.seq));
        Ok(batch)
    }

    pub(crate) fn stats(&self) -> Result<Stats, StoreError> {
        self.check_open()?;
        let segments = self.journal.segments();
        let mut stats = self.index().summary().stats;
        stats.segments = segments.len() as u64;
        stats.journal_bytes = segments.iter().map(|s| s.len).sum();
        Ok(stats)
    }
}
