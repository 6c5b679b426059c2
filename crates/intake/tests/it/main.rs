//! The intake as a process, before a real peer on a real socket that answers well or badly.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test fail it by panicking"
)]

mod config;
mod files;
mod forwarding;
mod gate;
mod peer;
mod process;
mod support;
