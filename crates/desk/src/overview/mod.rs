//! What is to be looked at next, over all cases of this desk.
//!
//! - [`deadlines()`]: what is due on a case, from the directory's aims, the offices' tasks and
//!   interventions, holds, and the reporter's wishes.
//! - [`attention`]: held cases that come up again, and notes that ask for this office.
//! - [`similar`]: other cases on which the same person or place may be named.
//! - [`agenda`]: all of it in the order in which somebody would look at it.
//!
//! Invariant: nothing here is sent anywhere or kept; it follows from what this desk has and from
//! the day, and reads no clock of its own. What is suggested is found on this workstation alone.

pub mod agenda;
pub mod attention;
mod deadlines;
pub mod fold;
pub mod similar;

pub use deadlines::{Deadline, Duty, SOON_DAYS, Urgency, deadlines};

use candor_casework::Work;

/// The states in which nothing further is expected of the offices.
const ENDS: [&str; 4] = ["closed", "not-actionable", "transferred", "withdrawn"];

/// Whether nothing further is expected of the offices on a case.
#[must_use]
pub fn is_over(work: &Work) -> bool {
    ENDS.contains(&work.state.value.as_str())
        || work.discarded.value.is_some()
        || work.erased.is_some()
}
