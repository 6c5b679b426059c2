//! What `report` and `check` share: finding the hotline, talking to the one at the keyboard in
//! their language, and saying clearly what went wrong.

pub mod bidi;
mod causes;
pub mod connect;
pub mod failure;
pub mod files;
pub mod language;
pub mod message;
pub mod process;
mod proxy;
pub mod screen;
pub mod state;
pub mod tell;
pub mod words;

pub use self::causes::code_fault;
