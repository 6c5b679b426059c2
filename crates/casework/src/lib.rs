//! What the offices on a case do together, as events (`docs/protocol.md`, section 15).
//!
//! - [`event`]: one event as it is signed and sealed; [`body`]: what it does.
//! - [`facts`]: what else is known of a case; [`work`]: everything that follows from its events.
//!   The same events and facts give the same [`Work`] on every desk, in whatever order they came.
//! - [`fold()`]: from the one to the other. [`Work::may`]: what may come next.
//!
//! Invariants: nothing here depends on the order of arrival, on a clock or on chance. No event
//! vanishes: what does not count stands in the timeline with the reason. An office that the
//! reporter left out, or that was recused, changes nothing from then on.

mod bits;
pub mod body;
pub mod event;
pub mod facts;
mod fold;
mod graph;
mod ledger;
mod may;
mod members;
mod procedure;
mod things;
pub mod work;

pub use body::Body;
pub use event::{Event, EventError, Scope};
pub use facts::Facts;
pub use fold::fold;
pub use work::Work;
