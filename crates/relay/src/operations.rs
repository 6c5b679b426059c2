//! What the operations of an exchange do to the store.
//!
//! Invariant: an operation is acknowledged only when the store says that it is durable.

use candor_store::{
    CellPut, CellRead, DropRead, Filed, NewSelf, Release, SelfPut, SelfRead, StoreError,
};
use candor_wire::{
    Address, Day, Envelope, EnvelopeId, Problem, ProblemType, Urgency,
    exchange::{Answer, Operation},
};
use rand::{Rng as _, rngs::OsRng};

use crate::{instance::retention_days, relay::Relay};

/// By how many days at most an expiry is put off at random, so that the day something vanishes
/// does not tell the day it came.
pub(crate) const EXPIRY_FUZZ_DAYS: u32 = 7;

/// Who files an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filer {
    /// A reporter: batches hide when.
    Reporter,
    /// A desk, which signs its requests anyway.
    Desk,
}

impl Relay {
    /// Carries out an operation.
    pub async fn perform(&self, operation: Operation) -> Answer {
        self.try_perform(operation)
            .await
            .unwrap_or_else(Answer::Refused)
    }

    async fn try_perform(&self, operation: Operation) -> Result<Answer, Problem> {
        match operation {
            Operation::File(envelope) => {
                let id = self.file(envelope, Filer::Reporter).await?;
                Ok(Answer::Filed(id))
            }
            Operation::Read(capability) => self.read_drop(capability.drop_address()).await,
            Operation::ReadSelf(capability) => {
                let read = self.store.read_self(capability.self_address()).await;
                match read.map_err(|error| problem(&error))? {
                    SelfRead::Absent => Err(ProblemType::Absent.into()),
                    SelfRead::Gone => Err(ProblemType::Gone.into()),
                    SelfRead::Present { counter, sealed } => {
                        Ok(Answer::SelfRecord { counter, sealed })
                    }
                }
            }
            Operation::WriteSelf {
                capability,
                counter,
                sealed,
            } => {
                self.write_self(capability.self_address(), counter, sealed)
                    .await
            }
            Operation::PutCell { address, cell } => {
                self.put_cell(address, cell).await?;
                Ok(Answer::Stored)
            }
            Operation::TakeCell(capability) => self
                .read_cell(capability.cell_address())
                .await
                .map(Answer::Cell),
        }
    }

    /// Files an envelope for all its offices.
    pub(crate) async fn file(
        &self,
        envelope: Envelope,
        filer: Filer,
    ) -> Result<EnvelopeId, Problem> {
        let directory = self.instance.directory();
        let offices = envelope.offices();
        if offices
            .iter()
            .any(|office| directory.office(office).is_none())
        {
            return Err(ProblemType::UnknownOffice.into());
        }
        let days = retention_days(&directory, offices, self.rules.retention_days);
        let at_once = filer == Filer::Desk
            || envelope.urgency() == Urgency::Urgent
            || self.rules.release_every_minutes == 0;
        let release = if at_once {
            Release::Immediately
        } else {
            Release::Batched
        };
        let id = envelope.id();
        let today = self.clock.today();
        let filed = self
            .store
            .file(envelope, today, fuzzed(today, days), release)
            .await
            .map_err(|error| problem(&error))?;
        match filed {
            Filed::Stored => {
                self.counts.filed.increment();
                if at_once {
                    self.announce();
                }
                Ok(id)
            }
            Filed::Duplicate => Ok(id),
            Filed::Gone => Err(ProblemType::Gone.into()),
        }
    }

    /// Reads a drop.
    pub(crate) async fn read_drop(&self, address: Address) -> Result<Answer, Problem> {
        match self
            .store
            .read_drop(address)
            .await
            .map_err(|error| problem(&error))?
        {
            DropRead::Absent => Err(ProblemType::Absent.into()),
            DropRead::Gone => Err(ProblemType::Gone.into()),
            DropRead::Present { office, sealed } => Ok(Answer::Drop { office, sealed }),
        }
    }

    async fn write_self(
        &self,
        address: Address,
        counter: u64,
        sealed: Vec<u8>,
    ) -> Result<Answer, Problem> {
        let directory = self.instance.directory();
        // A self-record outlives every report that it may stand for.
        let offices = directory.offices.iter().map(|office| &office.id);
        let longest = retention_days(&directory, offices, 0).max(self.rules.retention_days);
        let today = self.clock.today();
        let put = self.store.put_self(NewSelf {
            address,
            counter,
            sealed,
            today,
            expires: fuzzed(today, longest),
        });
        match put.await.map_err(|error| problem(&error))? {
            SelfPut::Stored | SelfPut::Same => Ok(Answer::Stored),
            SelfPut::Stale { counter } => {
                let mut problem = Problem::new(ProblemType::StaleCounter);
                problem.counter = Some(counter);
                Err(problem)
            }
        }
    }

    /// Stores a cell; says whether it is new.
    pub(crate) async fn put_cell(&self, address: Address, cell: Vec<u8>) -> Result<bool, Problem> {
        let put = self.store.put_cell(address, cell, self.clock.today());
        match put.await.map_err(|error| problem(&error))? {
            CellPut::Created => Ok(true),
            CellPut::Same => Ok(false),
            CellPut::Occupied => Err(ProblemType::Occupied.into()),
        }
    }

    /// Reads a cell.
    pub(crate) async fn read_cell(&self, address: Address) -> Result<Vec<u8>, Problem> {
        match self
            .store
            .read_cell(address)
            .await
            .map_err(|error| problem(&error))?
        {
            CellRead::Absent => Err(ProblemType::Absent.into()),
            CellRead::Gone => Err(ProblemType::Gone.into()),
            CellRead::Present(cell) => Ok(cell),
        }
    }
}

/// The day on which something of today expires.
pub(crate) fn fuzzed(today: Day, days: u32) -> Day {
    today.plus(days.saturating_add(OsRng.gen_range(0..=EXPIRY_FUZZ_DAYS)))
}

/// The refusal that a store's error becomes.
pub(crate) fn problem(error: &StoreError) -> Problem {
    let kind = match error {
        StoreError::MissingCells(missing) => {
            let mut problem = Problem::new(ProblemType::MissingCells);
            problem.missing.clone_from(missing);
            return problem;
        }
        StoreError::TooLarge => ProblemType::Malformed,
        StoreError::CellQuota => ProblemType::Quota,
        StoreError::Full => ProblemType::StorageFull,
        StoreError::Busy => ProblemType::Busy,
        StoreError::Unavailable | StoreError::Closed => ProblemType::NotReady,
        _ => ProblemType::StorageFailed,
    };
    kind.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_put_off_by_up_to_seven_days() {
        let days: std::collections::BTreeSet<Day> =
            (0..1000).map(|_| fuzzed(Day(100), 30)).collect();
        let expected = (130..=137).map(Day).collect();
        assert_eq!(days, expected);
    }

    #[test]
    fn a_full_store_says_so() {
        assert_eq!(problem(&StoreError::Full).status, 507);
        let missing = problem(&StoreError::MissingCells(vec![Address::new([1; 32])]));
        assert_eq!(missing.missing.len(), 1);
    }
}
