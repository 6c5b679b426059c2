//! The desk's pages, over real sockets: what they show and do, and that hostile pages and words get
//! nowhere.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

#[path = "../room/mod.rs"]
mod room;

mod scene;
mod writing;

mod care;
mod ending;
mod group;
mod inbox;
mod keeping_out;
mod locked;
mod nasty;
mod procedure;
mod replies;
mod saved;
mod timeline;
mod unlocking;
