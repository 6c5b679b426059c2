//! The relay's store: per-office queues, one-time drops, self-records, cells, and small signed
//! statements.
//!
//! [`Store`] is what the relay needs, and [`EmbeddedStore`] the implementation; `contract` is what every implementation must keep.
//!
//! Invariants: a write is acknowledged only once it would survive a power cut; what is acknowledged
//! is at once readable; an envelope is in all its queues, with all its cells, or nowhere.

#[cfg(feature = "contract")]
pub mod contract;
mod core;
mod embedded;
mod error;
mod index;
mod pending;
mod read;
mod rebuild;
pub mod record;
mod sweep;
mod types;
mod write;

use candor_wire::{Address, Day, Envelope, OfficeId};

pub use embedded::{Config, EmbeddedStore, OpenError, Opened};
pub use error::StoreError;
pub use pending::Pending;
pub use types::{
    Batch, CellPut, CellRead, DropPut, DropRead, Filed, NewDrop, NewSelf, QueueItem, Release,
    Released, SelfPut, SelfRead, StatementKind, Stats, Swept, TakenOut, Which,
};

/// Durable storage for one relay.
///
/// Every method starts its work at once and answers through a [`Pending`], which may be awaited or
/// waited for. Days come from the caller. Something expires on the first sweep whose day is its
/// `expires` day or later.
pub trait Store: Send + Sync {
    /// Stores an envelope for all its offices and binds its cells to it: they live at least as long
    /// as it does. Filing the same envelope again changes nothing, even after it has expired.
    ///
    /// Fails with [`StoreError::MissingCells`] unless each cell it names is stored.
    fn file(
        &self,
        envelope: Envelope,
        today: Day,
        expires: Day,
        release: Release,
    ) -> Pending<Filed>;

    /// Gives waiting envelopes their places in the queues, in an order that follows from the seed
    /// and not from their arrival.
    fn release(&self, which: Which, today: Day, seed: [u8; 32]) -> Pending<Released>;

    /// The office's envelopes at places beyond `after`: as many as fit `max_bytes`, but at least
    /// one if there is one.
    fn queue(&self, office: &OfficeId, after: u64, max_bytes: usize) -> Pending<Batch>;

    /// Takes the envelope at a place out of one office's queue; other queues keep theirs. Once it is
    /// in none, its bytes are deleted and it leaves a tombstone. Doing it again changes nothing.
    fn take_out(&self, office: &OfficeId, place: u64, today: Day) -> Pending<TakenOut>;

    /// The highest place given so far in the office's queue, 0 if none was.
    fn head(&self, office: &OfficeId) -> Pending<u64>;

    /// Creates a drop. Nothing is ever overwritten.
    fn put_drop(&self, drop: NewDrop) -> Pending<DropPut>;

    /// Reads a drop.
    fn read_drop(&self, address: Address) -> Pending<DropRead>;

    /// Stores a self-record, or replaces it by one with a higher counter.
    fn put_self(&self, record: NewSelf) -> Pending<SelfPut>;

    /// Reads a self-record.
    fn read_self(&self, address: Address) -> Pending<SelfRead>;

    /// Stores a cell. Unless an envelope names it, it dies one full day later; what waits so is
    /// under a quota ([`StoreError::CellQuota`]).
    fn put_cell(&self, address: Address, bytes: Vec<u8>, today: Day) -> Pending<CellPut>;

    /// Reads a cell.
    fn read_cell(&self, address: Address) -> Pending<CellRead>;

    /// Stores a statement, replacing the one under the same kind and key.
    fn put_statement(
        &self,
        kind: StatementKind,
        key: &str,
        text: String,
        today: Day,
    ) -> Pending<()>;

    /// Reads a statement.
    fn statement(&self, kind: StatementKind, key: &str) -> Pending<Option<String>>;

    /// All statements of a kind as key and text, by ascending key.
    fn statements(&self, kind: StatementKind) -> Pending<Vec<(String, String)>>;

    /// Expires what is due, leaves tombstones, and gives the space back.
    fn sweep(&self, today: Day) -> Pending<Swept>;

    /// Counts for the operator.
    fn stats(&self) -> Pending<Stats>;

    /// Finishes what is under way and closes the store; later calls answer
    /// [`StoreError::Closed`].
    fn close(&self) -> Pending<()>;
}
