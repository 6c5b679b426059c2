//! What the servers must parse, and nothing that could open a seal.
//!
//! This crate holds the public shapes of the protocol (`docs/protocol.md`): identifiers and their
//! textual forms, the envelope frame, the operations of an exchange, the desk API's bodies, the
//! problem types, and domain-separated hashes and signatures. It is pure: no clock, no randomness,
//! no input or output.
//!
//! Invariant: every type from outside has one fallible `decode` that checks exact lengths; nothing
//! here panics on any input.

mod day;
pub mod desk;
mod envelope;
pub mod exchange;
mod hash;
pub mod http_signature;
mod id;
pub mod inner;
mod office;
mod problem;
mod reader;
pub mod sizes;
pub mod stamp;
mod statement;

pub use day::Day;
pub use envelope::{Envelope, EnvelopeError, Urgency};
pub use hash::{Tag, tagged_hash};
pub use id::{
    Address, Capability, ConversationId, DeviceId, Digest, EnvelopeId, EventId, IdError, InstanceId,
};
pub use office::{OfficeId, RoleId, SlugError};
pub use problem::{Fault, Problem, ProblemType};
pub use reader::{Reader, Truncated};
pub use statement::{Domain, Signature, SignedStatement, StatementError, signing_input};
