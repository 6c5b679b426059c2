//! What the servers share: configuration, TLS, quiet telemetry, problems, shutdown.
//!
//! A server is a [`Server`] with one or more named listeners, each with its own routes. It reads a
//! TOML file by [`config::load`], returns a [`Fatal`] for everything that stops it, and turns that
//! into a documented exit code by [`main`]. Every answer that is not a success is an RFC 9457
//! problem ([`Refusal`]) that quotes nothing of the request.
//!
//! Invariant: no network address, user agent, query or exact time reaches a log. What may be logged
//! is a type ([`LogSafe`]), and only events of Candor's own crates are written at all.

pub mod config;
mod exit;
pub mod health;
mod listener;
pub mod metrics;
mod middleware;
mod refusal;
mod server;
pub mod telemetry;
mod tls;

#[doc(hidden)]
pub use tracing;

pub use config::ConfigError;
pub use exit::{Exit, ExitReason, Fatal, main};
pub use listener::{ListenerSpec, Loopback, Scheme};
pub use middleware::{NO_SCRIPT_CSP, security_headers};
pub use refusal::{PROBLEM_JSON, Refusal, body_limit};
pub use server::{Server, ServerSettings, ask_to_stop, stop_signal};
pub use telemetry::{LogSafe, safe};
pub use tls::{TlsError, TlsFiles};
