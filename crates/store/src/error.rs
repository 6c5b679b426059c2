//! Why an operation was refused or failed.

use candor_wire::Address;
use thiserror::Error;

/// Why a store operation did not succeed. Unless a variant says otherwise, nothing was stored.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// The sender's fault: the envelope promises cells that are not stored.
    #[error("the envelope names {} cells that are not stored; upload them first", .0.len())]
    MissingCells(Vec<Address>),
    /// The sender's fault: more is offered than one record may hold.
    #[error("the record is larger than the store accepts")]
    TooLarge,
    /// Cells that no envelope names have used up their quota; room comes as they are named or die.
    #[error("too many cells wait for their envelope; try again later")]
    CellQuota,
    /// The operator's fault: the disk is full. Reads go on; writes work again once there is room.
    #[error("the disk is full; make room, no restart is needed")]
    Full,
    /// More writes are waiting than may; try again.
    #[error("the store is busy; try again")]
    Busy,
    /// The disk failed while writing. Whether the record is stored is not known: try again, the
    /// answer will tell.
    #[error("the disk failed while writing; check it, then try again")]
    Disk,
    /// A stored record fails its checksum.
    #[error("a stored record is damaged; restore the folder from a copy if there is one")]
    Damaged,
    /// The index failed and is being rebuilt. A write that gets this answer may be stored: try
    /// again.
    #[error("the index is being rebuilt; try again")]
    Unavailable,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}
