//! The public intake: forwards sealed exchanges and serves public files.
//!
//! It is the one party that sees network addresses, so it sees nothing else: an exchange is opaque
//! bytes of one size, forwarded to the relay with a header set of the intake's own. An address
//! lives as long as its socket and as a salted hash in the limiter's memory, and is written
//! nowhere.
//!
//! Invariant: this crate never reaches `candor-sealing`; a test of the workspace checks it.

mod app;
mod bucket;
mod challenge;
mod cli;
mod config;
mod document;
mod encoded;
mod exchange;
mod folder;
mod gate;
mod help;
mod network;
mod page;
mod places;
mod published;
mod relay;
mod run;

pub use app::AppError;
pub use cli::cli;
pub use config::{
    AppSettings, Config, Limits, Metrics, Onion, OnionAddress, Published, RelaySettings, RelayUrl,
    TrustedProxy,
};
pub use network::{Network, NetworkError};
pub use run::{check, run};
