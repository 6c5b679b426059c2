//! What people see. Every page is whole without the script.
//!
//! Invariant: what others wrote is put in as text, by maud, which escapes it, and after
//! [`crate::clean`], which spells out what could mislead; nothing here is made of raw markup.

pub mod add;
pub mod case;
pub mod casework;
pub mod door;
pub mod due;
pub mod enter;
pub mod export;
pub mod file;
pub mod filters;
pub mod import;
pub mod inbox;
pub mod keyboard;
pub mod keys;
pub mod layout;
pub mod outcomes;
pub mod reply;
pub mod similar;
pub mod slip;
pub mod status;
pub mod templates;
pub mod words;
pub mod work;
