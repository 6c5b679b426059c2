//! Summaries of outcomes that single nobody out.
//!
//! - [`facts`]: what a summary is made of, one [`Fact`] for each report; [`ledger`]: what has been
//!   counted already.
//! - [`tables`]: which tables there are. [`control`]: which numbers may be shown, and which wait for
//!   a later summary. [`audit`]: what could be worked out from all summaries together, by exact
//!   linear programming ([`simplex`]).
//! - [`summary`]: what is published, and frozen. [`review`]: what to look at in the team's own words.
//! - [`page`], [`chart`], [`csv`], [`machine`], [`sealed`]: the forms in which it is handed out. They
//!   take a [`Summary`] and nothing else, so that no number gets out but through the control.
//!
//! # The rule
//!
//! It is public; it must hold against those who know it. Let *t* be the threshold, 5 unless raised.
//!
//! 1. A number is shown if at least *t* have come together. What is not shown is *0 to t − 1, or held
//!    back*, and waits: once enough have come together, they are shown as one number, in a later
//!    summary. Each report counts once in each row, and what was shown is never changed.
//! 2. No table has a total. Of the concerns, whose number is shown, at least *t − 1* are in no shown
//!    row of a table that sorts them: what is too much is held back from the largest row, and waits.
//! 3. A row that cannot be larger than another number is shown only while it is not.
//! 4. Should all concerns be in some row of a table after all, what could then be worked out is looked
//!    for by linear programming, and the smallest row that is shown is held back until nothing can be.
//!
//! Why that is enough: take any summaries that this rule gives, any row that is not shown, and any
//! number from 0 to *t − 1*. Let all other rows that are not shown be 0, and the rest of the concerns
//! not sorted yet. By 2 and 3 such reports can be, and the rule gives the same summaries for them. So
//! whoever knows all summaries and the rule knows only that the number is one of these. Zero is among
//! them: that *nobody* reported something is what somebody who retaliates would like to know.
//!
//! What it does not do is in `SECURITY.md`.

pub mod audit;
pub mod chart;
pub mod control;
pub mod csv;
pub mod facts;
pub mod ledger;
pub mod machine;
pub mod page;
pub mod review;
pub mod sealed;
pub mod simplex;
pub mod summary;
pub mod tables;

pub use control::{Counted, Refused, count};
pub use facts::{Fact, Judged, Kind, Measure};
pub use ledger::CaseKey;
pub use summary::{Kept, Summary};
pub use tables::{Plan, TableId};
