//! The office's desk: its keys, its case file, and everything that goes between it and the
//! servers.
//!
//! - **Keys** ([`keys`], [`guard`], [`setup`], [`recovery`]): the office's keys arise here and
//!   nowhere else; they lie in one age file under a passphrase or a hardware key.
//! - **Case file** ([`case_file`], [`record`], [`state`], [`case`]): an append-only file of
//!   encrypted records; the whole state follows from replaying it.
//! - **Sync** ([`mod@sync`], [`opening`], [`outbox`], [`relay`], [`published`], [`http`]): what
//!   comes, what goes, and what the public sees of this office.
//! - **Sealing to whom** ([`audience`]): the one place that says who gets a reply.
//! - **Showing** ([`view`], [`said`], [`text`], [`clean`], [`attachments`], [`status`]): text is text,
//!   files only on demand, nothing of a report runs or renders.
//! - **What is next** ([`overview`]): deadlines, what comes up again, who else may be named.
//! - **Bringing in** ([`import`], [`entry`], [`filing`]): tables of comments and what people said or
//!   wrote to the office, sent as reports like any others.
//! - **Outcomes** ([`outcomes`]): summaries that single nobody out, signed off and published.
//! - **Command line** ([`cli()`], [`commands`], [`session`]) and **pages in a browser** ([`web`]).
//!
//! Invariants: no plaintext of a case reaches the disk unless a person asks for it; a reply is
//! recorded before it is sent, and so neither lost nor doubled; nothing is sealed to an office
//! that the reporter left out; nothing that came is silently dropped.

pub mod attachments;
pub mod audience;
mod cards;
pub mod case;
pub mod case_file;
pub mod casework;
pub mod casework_command;
pub mod ceremony;
pub mod clean;
mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod desk;
pub mod devices;
mod devices_command;
pub mod editor;
pub mod enrolment;
pub mod entry;
pub mod erasing;
pub mod export;
pub mod failure;
pub mod filing;
mod grants;
pub mod guard;
pub mod home;
pub mod http;
pub mod import;
pub mod informal;
mod keeping_command;
pub mod key_months;
pub mod keyring;
pub mod keys;
pub mod mail;
pub mod opening;
pub mod outbox;
pub mod outcomes;
pub mod overview;
mod preparing;
pub mod prompt;
pub mod published;
pub mod record;
pub mod recovery;
pub mod recovery_files;
pub mod relay;
pub mod reply;
pub mod retention;
pub mod said;
mod saved_command;
pub mod session;
mod setting_up;
pub mod setup;
pub mod state;
pub mod status;
pub mod sync;
pub mod templates;
pub mod text;
pub mod unlocking;
pub mod view;
pub mod web;

pub use cli::{Cli, cli, run_from};
