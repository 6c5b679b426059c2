//! Casework on a case's page, and the forms for everything that can be done with a case.
//!
//! - [`next`]: the one step that the procedure asks for; [`board`]: the top of the case's page.
//! - [`desk_work`], [`timeline`]: tasks, interventions, notes, people, and what was done.
//! - [`sheet`]: the page around a form; [`forms`]: the fields of each; [`suggest`]: what the
//!   reporter's answers fill in.
//! - [`say`], [`names`]: events and ids in words; [`contested`]: values with several versions.
//!
//! Invariant: nothing on these pages goes to the reporter unless its form says so and shows the
//! words; internal texts never stand in the conversation.

pub mod board;
mod contested;
pub mod desk_work;
pub mod forms;
pub mod names;
pub mod next;
pub mod say;
pub mod sheet;
pub mod suggest;
pub mod timeline;
