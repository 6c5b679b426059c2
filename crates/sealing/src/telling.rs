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
//! killed anywhere comes back and seals the same block, which counts once. A plan that cannot be
//! sealed any more is made anew with the next counter and generation ([`plan_anew`]): what was
//! sent of the one before stands.

use std::collections::BTreeSet;

use candor_wire::{OfficeId, RoleId, sizes::MAX_RECIPIENTS};
use serde::{Deserialize, Serialize};

use crate::{
    derive::ReporterSecrets,
    message::SelfRecord,
    report::{
        ComposeError, OfficeRecipient, Outgoing, compose_follow_up, leave_out, sign_follow_up,
    },
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
    /// Who comes once there is a usable key card, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<OfficeId>,
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
    let (after, leaves_out) = after_plan(record)?;
    let content = leave_out(secrets, &after, leaves_out)?;
    let outgoing = compose_follow_up(secrets, &after, offices, &content, Vec::new())?;
    match outgoing.envelopes.len() {
        1 => Ok(outgoing),
        _ => Err(ComposeError::Sealing),
    }
}

/// How the record stands once what it tells is told, but for the roles that it leaves out.
fn after_plan(record: &SelfRecord) -> Result<(SelfRecord, Vec<RoleId>), ComposeError> {
    let mut after = record.clone();
    let telling = after.telling.take().ok_or(ComposeError::Offices)?;
    after.recipients = telling.recipients;
    after.waiting = telling.waiting;
    if after.seen.len() < telling.seen.len() {
        after.seen.resize(telling.seen.len(), 0);
    }
    for (place, seen) in after.seen.iter_mut().zip(&telling.seen) {
        *place = (*place).max(*seen);
    }
    Ok((after, telling.leave_out))
}

/// The newcomers of a plan that nothing can be sealed to: who was on the case before is not among
/// them, for a missing card puts nobody off a case.
#[must_use]
pub fn newcomers_without_key(
    record: &SelfRecord,
    without_key: &BTreeSet<OfficeId>,
) -> BTreeSet<OfficeId> {
    let planned = record
        .telling
        .iter()
        .flat_map(|telling| &telling.recipients);
    planned
        .filter(|office| without_key.contains(office) && !record.recipients.contains(office))
        .cloned()
        .collect()
}

/// The record with its plan made anew, without newcomers that nothing can be sealed to any more:
/// they wait. The block of the plan before may have arrived, so its counter and its generation
/// count as used. `remaining` are the offices which that block names.
///
/// # Errors
/// [`ComposeError::Offices`] if the record has nothing to tell, or nobody would be told.
pub fn plan_anew(
    secrets: &ReporterSecrets,
    record: &SelfRecord,
    remaining: Vec<OfficeId>,
    waiting: &BTreeSet<OfficeId>,
) -> Result<SelfRecord, ComposeError> {
    let mut telling = record.telling.clone().ok_or(ComposeError::Offices)?;
    let (after, leaves_out) = after_plan(record)?;
    let content = leave_out(secrets, &after, leaves_out)?;
    let (_, passed) = sign_follow_up(secrets, &after, remaining, &content)?;
    telling
        .recipients
        .retain(|office| !waiting.contains(office));
    telling.waiting.extend(waiting.iter().cloned());
    telling.waiting.sort();
    telling.waiting.dedup();
    if telling.recipients.is_empty() {
        return Err(ComposeError::Offices);
    }
    let mut anew = record.clone();
    anew.revision += 1;
    anew.counter = passed.counter;
    anew.last = passed.last;
    anew.generation = passed.generation;
    anew.seen.resize(passed.seen.len(), 0);
    anew.telling = Some(telling);
    Ok(anew)
}
