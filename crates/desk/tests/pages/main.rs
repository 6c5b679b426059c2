//! The desk's pages, over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

#[path = "../room/mod.rs"]
mod room;

mod ending;
mod group;
mod locked;
mod scene;
mod timeline;
