//! The desk's pages: served to a browser on this workstation, on 127.0.0.1 and nowhere else.
//!
//! ```text
//! gate      who may ask at all: Host, Origin, Fetch metadata, session, form token
//! launch    single-use addresses, and the sessions that come of them
//! site      the desk behind the pages: locked or open, unlocking slowly, locking when idle
//! open      an open desk: sync in the background, what is new, searching
//! bringing  what is being imported or entered: in memory, until it is sent or the desk is locked
//! routes    which path there is, and what every answer carries; actions  what it does
//! act       what can be done with a case: one page for each
//! pages     what people see, by maud, which escapes whatever is put in
//! ```
//!
//! Any page in the same browser, and any program of the same user, can reach the port. So a
//! request counts only if it names this very address as its host, carries the cookie of a session
//! that began with an address from the terminal, and, to change anything, comes from a form of
//! these pages. A program that runs as the same user could read the desk's memory anyway and is
//! not kept out.
//!
//! Invariants: no GET changes anything; nothing that others wrote is markup; nothing of a case is
//! kept by the browser; once locked, no page shows anything of a case.

mod act;
mod actions;
mod bringing;
mod gate;
pub(crate) mod index;
mod launch;
mod open;
mod out;
pub(crate) mod pages;
mod picture;
mod routes;
mod server;
mod site;
mod submission;

pub use server::{Server, Settings, serve};
