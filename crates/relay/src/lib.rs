//! The routing relay: queues, drops and cells behind an Oblivious HTTP gateway.
//!
//! - The **gateway** ([`ExchangeKeys`], [`Exchange`]) opens what the intake carries and answers
//!   every exchange alike: one length, one earliest time.
//! - The **desk API** serves the offices' devices, which sign their requests (RFC 9421).
//! - Behind both is a [`Store`](candor_store::Store); nothing is acknowledged before it is durable.
//!
//! `docs/relay.md` describes it for operators, `crates/relay/openapi.yaml` for desks.
//!
//! Invariant: this crate and what it depends on can open no seal; it never learns a reporter's
//! network address, and keeps no time finer than a day.

mod authorization;
mod cards;
mod cli;
mod clock;
mod config;
mod desk_api;
mod devices;
mod exchange_keys;
mod gateway;
mod gateway_api;
mod instance;
mod limits;
mod operations;
mod private_file;
mod relay;
mod replay;
mod schedule;
mod signing_key;
mod storage;

pub use cli::{cli, cli_from};
pub use clock::Clock;
pub use config::{Config, SAMPLE};
pub use desk_api::desk_routes;
pub use exchange_keys::{
    AHEAD_DAYS, ExchangeKeys, ExchangeKeysError, GRACE_DAYS, LIFE_DAYS, Unopened,
};
pub use gateway::Exchange;
pub use instance::{Instance, InstanceError, Look};
pub use relay::{Relay, Running, Surroundings, check, run};
pub use signing_key::{SigningKeyError, decode_signing_key, encode_signing_key};
