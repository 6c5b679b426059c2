//! What goes into the store and what comes out.

use candor_wire::{Address, Day, Digest, OfficeId};

/// When a filed envelope gets its place in the queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// With the same record that stores it.
    Immediately,
    /// With the next [`release`](crate::Store::release).
    Batched,
}

/// Which waiting envelopes a release takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those whose envelope says urgent.
    Urgent,
    /// All.
    All,
}

/// What became of a filed envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filed {
    /// It is stored, in all its queues, with its cells.
    Stored,
    /// It was stored before; nothing changed.
    Duplicate,
    /// It was stored before and has expired; it is not stored again.
    Gone,
}

/// What a release did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Released {
    /// Envelopes that got their places.
    pub envelopes: u64,
    /// Offices whose queues grew, ascending.
    pub offices: Vec<OfficeId>,
}

/// A part of an office's queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The highest place given so far in this queue, 0 if none was; may lie beyond the last item.
    pub head: u64,
    /// The envelopes, by ascending place.
    pub items: Vec<QueueItem>,
    /// Places within this part whose stored bytes fail their checksum.
    pub unreadable: Vec<u64>,
}

/// One envelope in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueItem {
    /// Its place: from 1, ascending, never given twice; gaps mean nothing.
    pub seq: u64,
    /// The day on which it was filed.
    pub day: Day,
    /// The encoded envelope.
    pub frame: Vec<u8>,
}

/// What became of a place in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenOut {
    /// The envelope is no longer in this queue; if it was in no other any more, it is gone.
    Removed,
    /// There was none: it was taken out before, has expired, or the place was never given.
    Absent,
}

/// A drop to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDrop {
    /// Where it lies.
    pub address: Address,
    /// The office that writes it.
    pub office: OfficeId,
    /// The age file.
    pub sealed: Vec<u8>,
    /// The current day.
    pub today: Day,
    /// The first day on which it may be gone.
    pub expires: Day,
}

/// What became of a new drop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropPut {
    /// It is stored.
    Created,
    /// The same office stored the same bytes there before.
    Same,
    /// Something else lies there: the digest of its bytes.
    Occupied(Digest),
    /// Something lay there and has expired.
    Gone,
}

/// What lies at a drop's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DropRead {
    /// Nothing was ever written.
    Absent,
    /// A drop.
    Present {
        /// The office that wrote it.
        office: OfficeId,
        /// The age file.
        sealed: Vec<u8>,
    },
    /// A drop that has expired.
    Gone,
}

/// A self-record to be stored or replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSelf {
    /// Where it lies.
    pub address: Address,
    /// Its version; a higher one replaces a lower one.
    pub counter: u64,
    /// The age file.
    pub sealed: Vec<u8>,
    /// The current day.
    pub today: Day,
    /// The first day on which it may be gone.
    pub expires: Day,
}

/// What became of a self-record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelfPut {
    /// It is stored; what lay there before is deleted.
    Stored,
    /// The same bytes lie there under the same counter.
    Same,
    /// A record with this counter lies there, or lay there until it expired, and the new one does
    /// not exceed it.
    Stale {
        /// The counter to exceed.
        counter: u64,
    },
}

/// What lies at a self-record's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelfRead {
    /// Nothing was ever written.
    Absent,
    /// The newest version.
    Present {
        /// Its version.
        counter: u64,
        /// The age file.
        sealed: Vec<u8>,
    },
    /// A record that has expired. A higher counter may take its place.
    Gone,
}

/// What became of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellPut {
    /// It is stored.
    Created,
    /// The same bytes lie there already.
    Same,
    /// Other bytes lie there.
    Occupied,
}

/// What lies at a cell's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellRead {
    /// Nothing was written, or it died before an envelope named it.
    Absent,
    /// The cell's bytes.
    Present(Vec<u8>),
    /// A cell that expired with its envelope.
    Gone,
}

/// A kind of small signed text that servers keep for offices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum StatementKind {
    /// An office's key card.
    KeyCard = 1,
    /// An office's list of devices.
    DeviceList = 2,
}

impl StatementKind {
    /// The kind written as this number.
    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::KeyCard),
            2 => Some(Self::DeviceList),
            _ => None,
        }
    }
}

/// What a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Envelopes that expired.
    pub envelopes: u64,
    /// Drops that expired.
    pub drops: u64,
    /// Self-records that expired.
    pub selves: u64,
    /// Cells that expired or died unnamed.
    pub cells: u64,
    /// Segment files that were deleted.
    pub segments: u64,
}

/// Counts that say nothing of any content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Envelopes stored.
    pub envelopes: u64,
    /// Of these, those that wait for a release.
    pub waiting: u64,
    /// Drops stored.
    pub drops: u64,
    /// Self-records stored.
    pub selves: u64,
    /// Cells stored.
    pub cells: u64,
    /// Bytes in cells that no envelope names.
    pub unnamed_cell_bytes: u64,
    /// Statements stored.
    pub statements: u64,
    /// Tombstones kept.
    pub tombstones: u64,
    /// The day of the last sweep, 0 before the first.
    pub swept: Day,
    /// Segment files on disk.
    pub segments: u64,
    /// Bytes in them, holes counted as if they were filled.
    pub journal_bytes: u64,
    /// Damaged places found when the index was last rebuilt, and reads that failed since.
    pub damaged: u64,
}
