//! What can go wrong, and whose fault it is.

use std::{io, path::PathBuf};

use thiserror::Error;

/// Why a journal could not be opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process, or another handle of this one, has the folder open.
    #[error("{} is in use by another process; stop that one first", .0.display())]
    InUse(PathBuf),
    /// The operating system refused.
    #[error("cannot open the journal in {}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

/// Why a record was not appended.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AppendError {
    /// The disk is full, or about to be. Nothing of the record is left on it; appending works
    /// again once there is room.
    #[error("the disk is full; make room, no restart is needed")]
    Full,
    /// Too much waits to be written already; try again.
    #[error("the journal is busy; try again")]
    Busy,
    /// The record is longer than a record may be.
    #[error("the record is too long for the journal")]
    TooLong,
    /// The disk failed while writing. Whether the record survives is not known.
    #[error("the disk failed while writing ({0}); check it")]
    Disk(io::ErrorKind),
    /// The journal was closed.
    #[error("the journal is closed")]
    Closed,
}

/// Why a record was not read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// No segment of this number exists (any more).
    #[error("the journal has no such segment")]
    Absent,
    /// The body was erased.
    #[error("the record's body was erased")]
    Erased,
    /// What lies there fails its checksum.
    #[error("the record is damaged; restore the folder from a copy if there is one")]
    Damaged,
    /// The operating system refused.
    #[error("the journal cannot be read")]
    Io(#[from] io::Error),
}
