//! What `report` and `check` share: finding the hotline, talking to the one at the keyboard, and
//! saying clearly what went wrong.

pub mod connect;
pub mod failure;
pub mod files;
pub mod process;
pub mod screen;
pub mod state;
pub mod words;
