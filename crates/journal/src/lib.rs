//! A durable, append-only, checksummed log of opaque records, with group commit.
//!
//! A journal is a folder of numbered segment files. A record has a kind, a short `meta` part and a
//! `body`; each part and the header has a checksum of its own, so that an index can be rebuilt
//! from headers and metas alone, and a body can be erased while its meta stays.
//!
//! One thread commits: it writes everything that waits, calls `fdatasync` once, and only then
//! acknowledges. Invariants:
//!
//! - What is acknowledged survives a power cut; what was refused because the disk is full leaves
//!   no bytes behind.
//! - A failed `fdatasync` is never retried: its batch fails, and the journal goes on in a new
//!   segment.
//! - A damaged record is reported and never hides another one.
//! - One process at a time has the folder open.
//!
//! The format is written down in [`format`].

mod commit;
mod error;
mod files;
pub mod format;
mod journal;
mod scan;

pub use commit::{Class, Entry};
pub use error::{AppendError, OpenError, ReadError};
pub use journal::{Journal, Options, Recovery, SegmentInfo};
pub use scan::{Body, Damage, Part, Record, Scan, Scanned, scan_bytes};

#[cfg(test)]
mod tests;
