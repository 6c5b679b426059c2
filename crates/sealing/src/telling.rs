//! Telling the offices that others are on the case now (`docs/protocol.md`, "Offices that come
//! and go").
//!
//! ```text
//! 1  record with `telling`     what will be told is settled
//! 2  the envelope              the offices know: `new_generation`, perhaps `leave_out`
//! 3  record without it         it is done
//! ```
//!
//! Invariant: the block of step 2 follows from the record of step 1 alone, so that whoever is
//! killed anywhere comes back and seals the same block, which counts once.

use candor_wire::{OfficeId, RoleId, sizes::MAX_RECIPIENTS};
use serde::{Deserialize, Serialize};

use crate::{
    derive::ReporterSecrets,
    message::SelfRecord,
    report::{ComposeError, OfficeRecipient, Outgoing, compose_follow_up, leave_out},
};

/// What is on its way to the offices: how the record will stand once they know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telling {
    /// Who is on the case then, ascending.
    pub recipients: Vec<OfficeId>,
    /// Roles that the reporter leaves out with it.
    pub leave_out: Vec<RoleId>,
    /// The highest reply taken up of each generation.
    pub seen: Vec<u32>,
}

impl Telling {
    /// Whether it names between one and six offices, each once.
    pub(crate) fn is_sound(&self) -> bool {
        (1..=MAX_RECIPIENTS).contains(&self.recipients.len())
            && self.recipients.is_sorted_by(|a, b| a < b)
    }
}

/// Composes what tells the offices: step 2. `offices` are those of `telling`, without any that has
/// left the directory or sits in a role left out. What comes out is the same block each time; its
/// record is that of step 3.
///
/// # Errors
/// [`ComposeError`]; [`ComposeError::Offices`] if the record has nothing to tell.
pub fn compose_telling(
    secrets: &ReporterSecrets,
    record: &SelfRecord,
    offices: &[OfficeRecipient],
) -> Result<Outgoing, ComposeError> {
    let mut after = record.clone();
    let telling = after.telling.take().ok_or(ComposeError::Offices)?;
    after.recipients = telling.recipients;
    if after.seen.len() < telling.seen.len() {
        after.seen.resize(telling.seen.len(), 0);
    }
    for (place, seen) in after.seen.iter_mut().zip(&telling.seen) {
        *place = (*place).max(*seen);
    }
    let content = leave_out(secrets, &after, telling.leave_out)?;
    let outgoing = compose_follow_up(secrets, &after, offices, &content, Vec::new())?;
    match outgoing.envelopes.len() {
        1 => Ok(outgoing),
        _ => Err(ComposeError::Sealing),
    }
}
