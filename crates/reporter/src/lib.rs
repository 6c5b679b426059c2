//! The reporter's side: filing a report, coming back with the claim code.
//!
//! - [`Client::connect`] fetches directory, cards and relay keys, and checks all of it against the
//!   pin before anything is typed.
//! - [`PendingReport`] is a report on its way: it makes the claim code, seals, uploads, files, and
//!   can be sent again after any failure.
//! - [`Conversation::open`] comes back with the code; [`Conversation::prepare`] and
//!   [`Conversation::send`] add, withdraw, leave out; [`Conversation::prepare_move`] and
//!   [`Conversation::move_to`] take it to a new code; [`Conversation::take_up`] tells the offices
//!   that others are on the case.
//!
//! Every action is a [burst](BURST) of four exchanges of one size (`docs/protocol.md`, "The
//! exchange"). Nothing is written to disk. Time and randomness are arguments.

mod burst;
mod client;
mod conversation;
mod delivery;
mod exchange;
mod filing;
mod follow_up;
mod moving;
mod network;
mod offices;
mod public;
mod standing;
mod upload;
mod window;
mod work;

pub use burst::{BURST, Patience};
pub use client::{Client, ClockHint, ConnectError, ConnectOptions, RecipientsError, Untrusted};
pub use conversation::{Conversation, OfficeMessage, OfficeState, OpenError, Trouble, TroubleKind};
pub use delivery::DeliveryError;
pub use exchange::{Encapsulated, ExchangeError};
pub use filing::{
    CodelessReport, PendingReport, PrepareError, Progress, Receipt, ReportDraft, SendError,
};
pub use follow_up::{FollowUpDraft, FollowUpError, PendingFollowUp};
pub use moving::{MoveError, PendingMove};
pub use network::{NetworkError, NetworkOptions};
pub use offices::TakeUpError;
pub use upload::{FileSource, FileToSend, UploadError, check_file_sizes, save_attachment};
