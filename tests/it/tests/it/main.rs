//! The one integration binary: journeys, leaks, layering and faults over real processes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod atomicity;
mod bad_input;
#[path = "../../../../crates/desk/tests/room/browser.rs"]
mod browser;
mod canaries;
mod clocks;
mod disk_full;
mod journey;
mod kill;
mod layering;
mod one_process;
mod power_cut;
mod rotation;
mod team;
