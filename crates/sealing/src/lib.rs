//! Claim code, derivation, payloads, age hybrid recipients, sealing and opening.
//!
//! What only the two ends may hold: this crate is never linked into a server. Specification:
//! `docs/protocol.md`.

pub mod age_file;
pub mod attachment;
mod attachment_ref;
pub mod block;
pub mod claim_code;
pub mod content;
pub mod derive;
pub mod event;
mod fragment;
pub mod handover;
pub mod hybrid;
pub mod message;
pub mod new_code;
pub mod offices;
pub mod open;
pub mod reply;
pub mod report;
pub mod telling;
pub mod thread;
pub mod wordlist;

pub use block::{Block, BlockError};
pub use claim_code::{ClaimCode, ClaimCodeError, UnknownWord};
pub use derive::{ConversationKey, FileKey, OfficeChain, ReporterSecrets};
pub use hybrid::{HybridIdentity, HybridKeyError, HybridRecipient};
