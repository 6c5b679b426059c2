//! Follow-ups: more text and files, withdrawing, leaving someone out from now on.
//!
//! Invariant: a follow-up goes to the offices of the self-record or fewer, never to another, and to
//! exactly those that were left when it was prepared; an office that falls away gets no key of the
//! generation that begins with it. Nothing is sealed before the record was claimed (`standing.rs`).

use std::{collections::BTreeSet, time::SystemTime};

use candor_directory::Answers;
use candor_sealing::{
    content::{Answered, Resolved},
    message::{FollowUpContent, SelfRecord},
    report::{ComposeError, OfficeRecipient, compose_follow_up, leave_out},
};
use candor_wire::{OfficeId, RoleId};
use rand::{CryptoRng, RngCore};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    client::{Client, RecipientsError},
    conversation::Conversation,
    delivery::{Delivery, DeliveryError},
    filing::{PrepareError, Progress, Receipt, SendError, check_limits},
    upload::{FileToSend, Uploads},
};

/// What a reporter adds to a report. Several things may come together.
#[derive(Debug, Default)]
pub struct FollowUpDraft {
    /// More text.
    pub text: Zeroizing<String>,
    /// More answers.
    pub answers: Answers,
    /// More files.
    pub files: Vec<FileToSend>,
    /// Whether to withdraw the report.
    pub withdraw: bool,
    /// Roles to leave out from now on.
    pub leave_out: Vec<RoleId>,
    /// Whether what was reported is put right, as the reporter sees it.
    pub resolved: Option<Resolved>,
    /// Answers to what offices asked.
    pub answered: Vec<Answered>,
}

impl FollowUpDraft {
    /// More text and files.
    #[must_use]
    pub fn add(text: Zeroizing<String>, files: Vec<FileToSend>) -> Self {
        Self {
            text,
            files,
            ..Self::default()
        }
    }

    /// Withdrawal.
    #[must_use]
    pub fn withdraw() -> Self {
        Self {
            withdraw: true,
            ..Self::default()
        }
    }

    /// Leaving out.
    #[must_use]
    pub fn leave_out(roles: Vec<RoleId>) -> Self {
        Self {
            leave_out: roles,
            ..Self::default()
        }
    }
}

/// Why a follow-up is not made ready. Nothing has been sent.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FollowUpError {
    /// There is nothing in it.
    #[error("there is nothing to send")]
    Empty,
    /// The directory knows no such role.
    #[error("the directory has no role “{0}”, so nobody could be left out by it")]
    UnknownRole(RoleId),
    /// Nobody would be left.
    #[error(
        "everybody who has this report would be left out, so nobody could act on it; withdraw it instead, or file a new report that leaves them out from the start"
    )]
    NobodyLeft,
    /// The offices do not know of this claim code yet, and could not be told.
    #[error(
        "the offices could not be told of this new claim code yet; try again later, or use the code from before"
    )]
    NotMoved,
    /// Others are on the case than the record says, and the offices have to be told first.
    #[error("which offices have this report has changed; read it again, and agree to that first")]
    OtherOffices,
    /// What every message can fail by.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
}

/// A follow-up that is ready to be sent.
#[derive(Debug)]
pub struct PendingFollowUp {
    offices: Vec<OfficeRecipient>,
    content: FollowUpContent,
    /// Whether the report was withdrawn already when this was prepared.
    was_withdrawn: bool,
    uploads: Uploads,
    delivery: Option<Delivery>,
    /// The record that the delivery builds on.
    claimed: Option<SelfRecord>,
}

impl Conversation {
    /// The offices that would remain if these roles were left out too.
    ///
    /// # Errors
    /// [`FollowUpError::UnknownRole`] or [`FollowUpError::NobodyLeft`]
    pub fn remaining(
        &self,
        client: &Client,
        leave_out: &[RoleId],
    ) -> Result<Vec<OfficeId>, FollowUpError> {
        remaining_of(client, &self.record, leave_out)
    }

    /// Makes a follow-up ready.
    ///
    /// # Errors
    /// [`FollowUpError`]
    pub fn prepare(
        &self,
        client: &Client,
        draft: FollowUpDraft,
        now: SystemTime,
    ) -> Result<PendingFollowUp, FollowUpError> {
        let empty = draft.text.trim().is_empty()
            && draft.answers.is_empty()
            && draft.files.is_empty()
            && draft.leave_out.is_empty()
            && draft.resolved.is_none()
            && draft.answered.iter().all(|one| one.answers.is_empty())
            && !draft.withdraw;
        if empty {
            return Err(FollowUpError::Empty);
        }
        check_limits(client, &draft.text, &draft.files)?;
        if self.record.announced == Some(false) {
            return Err(FollowUpError::NotMoved);
        }
        if self.has_other_offices() {
            return Err(FollowUpError::OtherOffices);
        }
        let remaining = self.remaining(client, &draft.leave_out)?;
        let offices = client
            .keys_of(&remaining, now)
            .map_err(PrepareError::from)?;
        let content = FollowUpContent {
            text: draft.text.to_string(),
            answers: draft.answers,
            withdraw: draft.withdraw,
            leave_out: draft.leave_out,
            resolved: draft.resolved,
            answered: draft.answered,
            ..FollowUpContent::default()
        };
        Ok(PendingFollowUp {
            offices,
            content,
            was_withdrawn: self.record.withdrawn,
            uploads: Uploads::new(draft.files),
            delivery: None,
            claimed: None,
        })
    }

    /// Sends what is not sent yet of a follow-up, and notes what was read. After a failure,
    /// calling it again goes on where it stopped.
    ///
    /// # Errors
    /// [`SendError`]
    pub async fn send(
        &mut self,
        pending: &mut PendingFollowUp,
        client: &Client,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
        mut progress: impl FnMut(Progress),
    ) -> Result<Receipt, SendError> {
        match self.deliver(pending, client, now, rng, &mut progress).await {
            // As of a report: what was claimed stands, and the next claim passes over the record.
            Err(error) if error.is_lost_cells() && pending.delivery.is_some() => {
                let lost = pending.delivery.take();
                let revision = lost.map_or(0, |lost| lost.revision());
                if let Some(claimed) = pending.claimed.take() {
                    self.record = claimed;
                    self.record.revision = self.record.revision.max(revision);
                }
                pending.uploads.reset();
                self.deliver(pending, client, now, rng, &mut progress).await
            }
            outcome => outcome,
        }
    }

    async fn deliver(
        &mut self,
        pending: &mut PendingFollowUp,
        client: &Client,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
        progress: &mut impl FnMut(Progress),
    ) -> Result<Receipt, SendError> {
        pending
            .uploads
            .run(client, &pending.offices, now, rng, progress)
            .await?;
        let delivery = match &mut pending.delivery {
            Some(delivery) => {
                // Time has passed: somebody may have been left out from elsewhere, and must not
                // get what is sealed to them here.
                let stored = self
                    .look(client, now, rng)
                    .await
                    .map_err(DeliveryError::from)?;
                if !delivery.is_own(&stored) {
                    return Err(DeliveryError::ChangedElsewhere.into());
                }
                delivery
            }
            place => {
                let (offices, content) = (&pending.offices, &mut pending.content);
                let was_withdrawn = pending.was_withdrawn;
                let is_agreed = |now: &Self| {
                    now.record.withdrawn == was_withdrawn
                        && !now.has_other_offices()
                        && now.remaining(client, &content.leave_out).is_ok_and(|left| {
                            left.iter().eq(offices.iter().map(OfficeRecipient::office))
                        })
                };
                let acknowledged = self.claim(is_agreed, client, now, rng).await?;
                pending.claimed = Some(self.record.clone());
                let fewer = offices.len() < self.record.recipients.len();
                if fewer || !content.leave_out.is_empty() {
                    let roles = std::mem::take(&mut content.leave_out);
                    let begun = leave_out(&self.secrets, &self.record, roles)?;
                    content.leave_out = begun.leave_out;
                    content.new_generation = begun.new_generation;
                }
                content.attachments = pending.uploads.attachments();
                let outgoing = compose_follow_up(
                    &self.secrets,
                    &self.record,
                    offices,
                    content,
                    pending.uploads.addresses(),
                )?;
                place.insert(Delivery::after(outgoing, acknowledged))
            }
        };
        self.record = delivery
            .run(client, &self.secrets, now, rng, |done, of| {
                progress(Progress::Message { done, of });
            })
            .await?;
        Ok(Receipt {
            offices: self.record.recipients.clone(),
        })
    }
}

/// The offices of a record that would remain if these roles were left out too.
pub(crate) fn remaining_of(
    client: &Client,
    record: &SelfRecord,
    leave_out: &[RoleId],
) -> Result<Vec<OfficeId>, FollowUpError> {
    let directory = client.directory();
    if let Some(unknown) = leave_out.iter().find(|role| directory.role(role).is_none()) {
        return Err(FollowUpError::UnknownRole(unknown.clone()));
    }
    let excluded: BTreeSet<&RoleId> = record.excluded_roles.iter().chain(leave_out).collect();
    // An office may have left the directory, or got a role that was left out before.
    let remaining: Vec<OfficeId> = record
        .recipients
        .iter()
        .filter(|office| !directory.is_excluded(office, excluded.iter().copied()))
        .cloned()
        .collect();
    if remaining.is_empty() {
        return Err(FollowUpError::NobodyLeft);
    }
    Ok(remaining)
}

impl From<RecipientsError> for FollowUpError {
    fn from(error: RecipientsError) -> Self {
        Self::Prepare(error.into())
    }
}

impl From<ComposeError> for FollowUpError {
    fn from(error: ComposeError) -> Self {
        Self::Prepare(error.into())
    }
}
