//! The client against peers on real sockets: an honest one, and liars.

mod connect;
mod conversation;
mod exchanges;
mod files;
mod filing;
mod peer;
mod socks;
#[path = "../../../directory/tests/support/mod.rs"]
mod support;
