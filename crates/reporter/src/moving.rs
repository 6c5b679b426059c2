//! Moving a conversation to a new claim code (`docs/protocol.md`, "New code"): for whoever filed
//! by telephone, where the operator knew the code.
//!
//! ```text
//! 1  record at self′: announced false     the new code opens the conversation
//! 2  record at self: moved                the old one does not any more
//! 3  the envelope                         the offices know
//! 4  record at self′: announced true
//! ```
//!
//! Invariant: at every moment one of the two codes leads on. Whoever is killed anywhere goes on
//! from what is stored: [`Conversation::open`] with the new code brings to its end what was begun.
//! Until step 2 the old code's record says how the conversation stands, and the move is made anew
//! from it if it has changed.

use std::time::SystemTime;

use candor_sealing::{
    ClaimCode, ReporterSecrets,
    message::{SelfRecord, Source},
    new_code::{MAX_EARLIER, compose_move},
    report::ComposeError,
};
use candor_wire::{
    OfficeId, ProblemType,
    exchange::{Answer, Operation},
};
use rand::{CryptoRng, RngCore};
use thiserror::Error;

use crate::{
    client::{Client, RecipientsError},
    conversation::{Conversation, OpenError},
    delivery::{Delivery, DeliveryError, Written, refused},
    exchange::ExchangeError,
    filing::{Progress, Receipt},
    follow_up::{FollowUpError, remaining_of},
    standing::{CLAIMS, genuine, read_stored},
};

/// The bursts that count as progress.
const STEPS: usize = 4;

/// Why a conversation does not move (yet). Nothing is lost: one of the two codes leads on.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MoveError {
    /// The report was withdrawn.
    #[error("the report was withdrawn, so it stays under the claim code that it has")]
    Withdrawn,
    /// Others are on the case than the record says, and the offices have to be told first.
    #[error("which offices have this report has changed; agree to that first")]
    OtherOffices,
    /// Nobody could be told.
    #[error("no office that has this report is in the directory any more, so nobody could be told")]
    NobodyLeft,
    /// It has moved as often as it can.
    #[error("this conversation has moved so often that it cannot move again")]
    TooOften,
    /// An office has no key to seal to.
    #[error(transparent)]
    Recipients(#[from] RecipientsError),
    /// The message could not be laid out or sealed.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// A step could not be taken.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
}

impl MoveError {
    /// Whether the conversation can be read all the same, and told later.
    const fn can_wait(&self) -> bool {
        matches!(
            self,
            Self::Withdrawn | Self::NobodyLeft | Self::Recipients(_)
        )
    }
}

impl From<OpenError> for MoveError {
    fn from(error: OpenError) -> Self {
        Self::Delivery(error.into())
    }
}

impl From<ExchangeError> for MoveError {
    fn from(error: ExchangeError) -> Self {
        Self::Delivery(error.into())
    }
}

impl From<MoveError> for OpenError {
    fn from(error: MoveError) -> Self {
        match error {
            MoveError::Delivery(DeliveryError::Moved) => Self::Moved,
            MoveError::Delivery(DeliveryError::Refused(ProblemType::Gone)) => Self::Expired,
            MoveError::Delivery(DeliveryError::Refused(kind)) => Self::Refused(kind),
            MoveError::Delivery(DeliveryError::Exchange(error)) => Self::Exchange(error),
            MoveError::Delivery(DeliveryError::ChangedElsewhere) => {
                Self::Refused(ProblemType::Busy)
            }
            _ => Self::NotGenuine,
        }
    }
}

/// A new claim code for a conversation. Nothing is sent before [`Conversation::move_to`], which the
/// caller calls once the reporter has confirmed that they hold the new code.
#[derive(Debug)]
pub struct PendingMove {
    code: ClaimCode,
    secrets: ReporterSecrets,
    /// Whether something may be stored under the new code.
    begun: bool,
    /// The old record's last writing.
    closing: Option<Delivery>,
}

impl PendingMove {
    /// The new code.
    #[must_use]
    pub const fn code(&self) -> &ClaimCode {
        &self.code
    }
}

impl Conversation {
    /// Whether somebody else knew the claim code: it was given out by an operator or an office, and
    /// the conversation has not moved to a new one since.
    #[must_use]
    pub fn is_code_known_to_others(&self) -> bool {
        matches!(self.record.source, Source::Phone | Source::Office)
            && self.record.earlier.is_empty()
    }

    /// Makes a new code. Takes about a second: the code is stretched.
    ///
    /// # Errors
    /// [`MoveError`]
    pub fn prepare_move(
        &self,
        client: &Client,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<PendingMove, MoveError> {
        check(client, &self.record, now)?;
        if self.has_other_offices() {
            return Err(MoveError::OtherOffices);
        }
        if self.record.announced == Some(false) || self.record.earlier.len() >= MAX_EARLIER {
            return Err(MoveError::TooOften);
        }
        let code = ClaimCode::generate(rng);
        let secrets = ReporterSecrets::derive(&code, &client.directory().instance);
        Ok(PendingMove {
            code,
            secrets,
            begun: false,
            closing: None,
        })
    }

    /// Moves the conversation to the new code, and goes on under it. After a failure, calling it
    /// again goes on where it stopped; so does opening the new code later.
    ///
    /// # Errors
    /// [`MoveError`]
    pub async fn move_to(
        &mut self,
        pending: &mut PendingMove,
        client: &Client,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
        mut progress: impl FnMut(Progress),
    ) -> Result<Receipt, MoveError> {
        let mut record = match pending.begun {
            true => begun(client, &pending.secrets, now, rng).await?,
            false => None,
        };
        pending.begun = true;
        let SelfRecord { seen, waiting, .. } = self.record_with_seen();
        let secrets = ReporterSecrets::from_root(
            *pending.secrets.expose_root(),
            &client.directory().instance,
        );
        let both = Both {
            client,
            old: &self.secrets,
            new: &secrets,
            seen: &seen,
            waiting: Some(&waiting),
            now,
        };
        let own = Own::Closing(&mut pending.closing);
        both.finish(&mut record, own, rng, &mut progress).await?;
        let record = record.ok_or(DeliveryError::NotGenuine)?;
        self.earlier = record.earlier_secrets();
        self.secrets = secrets;
        self.record = record;
        self.unanswered = None;
        Ok(Receipt {
            offices: self.record.recipients.clone(),
        })
    }

    /// Brings a move to its end that was broken off, if it can be.
    pub(crate) async fn finish_move(
        &mut self,
        client: &Client,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), OpenError> {
        if self.record.announced != Some(false) {
            return Ok(());
        }
        let Some((_, old)) = self.earlier.last() else {
            return Err(OpenError::NotGenuine);
        };
        let mut record = Some(self.record.clone());
        let both = Both {
            client,
            old,
            new: &self.secrets,
            seen: &[],
            waiting: None,
            now,
        };
        let outcome = both
            .finish(&mut record, Own::Unknown, rng, &mut |_| {})
            .await;
        if let Some(record) = record {
            self.earlier = record.earlier_secrets();
            self.record = record;
        }
        match outcome {
            Err(error) if error.can_wait() => Ok(()),
            outcome => Ok(outcome?),
        }
    }
}

/// Whether a conversation that stands so can move: somebody can be told.
fn check(
    client: &Client,
    record: &SelfRecord,
    now: SystemTime,
) -> Result<Vec<OfficeId>, MoveError> {
    if record.withdrawn {
        return Err(MoveError::Withdrawn);
    }
    let remaining = remaining_of(client, record, &[]).map_err(|error| match error {
        FollowUpError::NobodyLeft | FollowUpError::UnknownRole(_) => MoveError::NobodyLeft,
        _ => MoveError::Compose(ComposeError::Offices),
    })?;
    client.keys_of(&remaining, now)?;
    Ok(remaining)
}

/// What an earlier try has stored under the new code.
async fn begun(
    client: &Client,
    secrets: &ReporterSecrets,
    now: SystemTime,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Option<SelfRecord>, MoveError> {
    match read_stored(client, secrets, now, rng).await {
        Ok(stored) => Ok(Some(genuine(secrets, &stored)?)),
        Err(OpenError::NoReport) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// How it is known whether it was this move that closed the old code.
enum Own<'a> {
    /// By what this program has written.
    Closing(&'a mut Option<Delivery>),
    /// By nothing but how the records stand: an earlier visit began it.
    Unknown,
}

impl Own<'_> {
    fn has_written(&self, stored: &Written) -> bool {
        match self {
            Self::Closing(closing) => closing.as_ref().is_some_and(|own| own.is_own(stored)),
            Self::Unknown => true,
        }
    }
}

/// Both codes of a conversation that moves.
struct Both<'a> {
    client: &'a Client,
    old: &'a ReporterSecrets,
    new: &'a ReporterSecrets,
    seen: &'a [u32],
    /// Who still waits for a key card, by what was read; if something was.
    waiting: Option<&'a [OfficeId]>,
    now: SystemTime,
}

impl Both<'_> {
    /// Takes all steps that are not taken yet. `record` is what is stored under the new code.
    async fn finish(
        &self,
        record: &mut Option<SelfRecord>,
        mut own: Own<'_>,
        rng: &mut (impl RngCore + CryptoRng),
        progress: &mut impl FnMut(Progress),
    ) -> Result<(), MoveError> {
        let mut step = |done| progress(Progress::Message { done, of: STEPS });
        for _ in 0..CLAIMS {
            if record.as_ref().is_some_and(is_announced) {
                return Ok(());
            }
            step(0);
            let stored = read_stored(self.client, self.old, self.now, rng).await?;
            let before = genuine(self.old, &stored)?;
            if before.moved {
                let begun = record.as_ref().filter(|begun| stand_alike(begun, &before));
                let (Some(begun), true) = (begun, own.has_written(&stored)) else {
                    if let Own::Closing(_) = own {
                        self.give_up(record, rng).await;
                    }
                    return Err(DeliveryError::Moved.into());
                };
                let told = self.tell(begun, rng, &mut step).await?;
                *record = Some(told);
                return Ok(());
            }
            let revision = record.as_ref().map_or(0, |record| record.revision);
            let mut wanted = before.to_new_code(self.old)?;
            wanted.revision = revision;
            let is_there = record.as_ref().is_some_and(|begun| {
                stand_alike(begun, &before) && begun.earlier == wanted.earlier
            });
            // How it stands is known, even if the move has to wait.
            *record = (revision > 0).then(|| wanted.clone());
            check(self.client, &before, self.now)?;
            if !is_there {
                wanted.revision += 1;
                *record = Some(self.write(self.new, wanted, rng).await?);
            }
            step(1);
            let mut closing = Delivery::of_record(before.left_behind());
            let closed = closing
                .run(self.client, self.old, self.now, rng, |_, _| {})
                .await;
            if let Own::Closing(place) = &mut own {
                **place = Some(closing);
            }
            match closed {
                Ok(_) => {
                    step(2);
                    if let Some(begun) = record {
                        let told = self.tell(begun, rng, &mut step).await?;
                        *record = Some(told);
                    }
                    return Ok(());
                }
                // Another page wrote under the old code.
                Err(DeliveryError::ChangedElsewhere) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(DeliveryError::ChangedElsewhere.into())
    }

    /// Tells the offices, then notes that they were told.
    async fn tell(
        &self,
        begun: &SelfRecord,
        rng: &mut (impl RngCore + CryptoRng),
        step: &mut impl FnMut(usize),
    ) -> Result<SelfRecord, MoveError> {
        let offices = self
            .client
            .keys_of(&check(self.client, begun, self.now)?, self.now)?;
        let outgoing = compose_move(self.old, self.new, begun, &offices)?;
        for envelope in outgoing.envelopes {
            let file = Operation::File(envelope);
            let [filed] = self.client.burst([file], self.now, rng).await?;
            if !matches!(filed, Answer::Filed(_)) {
                return Err(refused(&filed).into());
            }
        }
        step(3);
        let mut record = outgoing.record;
        for (place, seen) in record.seen.iter_mut().zip(self.seen) {
            *place = (*place).max(*seen);
        }
        if let Some(waiting) = self.waiting {
            record.waiting.retain(|office| waiting.contains(office));
        }
        self.write(self.new, record, rng).await
    }

    /// Another move was faster: the code of this one leads nowhere, and says so.
    async fn give_up(&self, record: &mut Option<SelfRecord>, rng: &mut (impl RngCore + CryptoRng)) {
        if let Some(begun) = record.take() {
            // If this cannot be stored, the code leads to a conversation that cannot be told.
            let _ = self.write(self.new, begun.left_behind(), rng).await;
        }
    }

    async fn write(
        &self,
        secrets: &ReporterSecrets,
        record: SelfRecord,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<SelfRecord, MoveError> {
        Ok(Delivery::of_record(record)
            .run(self.client, secrets, self.now, rng, |_, _| {})
            .await?)
    }
}

fn is_announced(record: &SelfRecord) -> bool {
    record.announced == Some(true)
}

/// Whether a move that was begun so builds on what the old record says.
fn stand_alike(begun: &SelfRecord, before: &SelfRecord) -> bool {
    begun.conversation == before.conversation
        && begun.counter == before.counter
        && begun.last == before.last
        && begun.recipients == before.recipients
        && begun.excluded_roles == before.excluded_roles
        && begun.generation == before.generation
        && begun.withdrawn == before.withdrawn
        && begun.waiting == before.waiting
}
