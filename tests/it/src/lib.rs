//! What the integration tests stand on: real processes, a signed instance, raw clients, disks that
//! can fail.
//!
//! ```no_run
//! use candor_it::World;
//! use candor_wire::{Capability, exchange::Operation};
//!
//! let world = World::start();
//! let answer = world.through_intake().perform(&Operation::Read(Capability::new([7; 32])));
//! println!("{answer:?}\n{}", world.logs());
//! ```
//!
//! Everything lies in a folder of its own and every process is ended by its id when its owner goes
//! out of scope. Binaries are taken from `$CANDOR_BIN_DIR`, else from the folder of the profile
//! under test; `tests/run` builds them first.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a harness fails by panicking and says on standard output what it did"
)]

pub mod disk;
pub mod http;
pub mod instance;
pub mod process;
pub mod search;
pub mod stock;
#[cfg(unix)]
pub mod tor;
mod world;

mod desk;
mod gateway;

pub use desk::Desk;
pub use gateway::{Gateway, Sealed};
pub use instance::Instance;
pub use process::{Process, binary};
pub use world::{Settings, World};

/// How much a test does, by `CANDOR_QUICK` and `CANDOR_LONG`.
#[must_use]
pub fn rounds(quick: usize, usual: usize, long: usize) -> usize {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| value == "1");
    if is_set("CANDOR_LONG") {
        long
    } else if is_set("CANDOR_QUICK") {
        quick
    } else {
        usual
    }
}
