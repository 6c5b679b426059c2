//! The one integration binary: journeys, leaks, layering and faults over real processes.

mod atomicity;
mod bad_input;
mod canaries;
mod clocks;
mod disk_full;
mod kill;
mod layering;
mod one_process;
mod power_cut;
mod rotation;
