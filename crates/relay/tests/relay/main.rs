//! The relay over real sockets: exchanges by the OHTTP library, desk requests signed as a desk
//! signs them, the clock in the test's hand.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helpers fail by panicking"
)]

mod batches;
mod desk;
mod desk_auth;
mod exchange;
mod keys;
mod openapi;
mod process;
mod restart;
mod support;
