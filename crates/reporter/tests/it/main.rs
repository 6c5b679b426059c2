//! The client against peers on real sockets: an honest one, and liars.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected has to fail"
)]

mod connect;
mod conversation;
mod exchanges;
mod files;
mod filing;
mod moving;
mod offices;
mod peer;
mod proxy;
mod socks;
#[path = "../../../directory/tests/support/mod.rs"]
mod support;
mod waiting;
