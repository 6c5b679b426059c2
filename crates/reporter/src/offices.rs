//! Offices that come onto the case and leave it (`docs/protocol.md`, "Offices that come and go").
//!
//! Invariant: as long as others are on the case than the record says, nothing is sent and nothing
//! of it is noted as seen, except by [`Conversation::take_up`], which tells the offices of a new
//! generation. Whoever is killed on the way goes on from what is stored:
//! [`Conversation::open`] brings to its end what was begun, with the same block.

use std::{collections::BTreeSet, time::SystemTime};

use candor_directory::Directory;
use candor_sealing::{
    message::SelfRecord,
    offices::{Before, Reckoning, Said, reckon},
    report::ComposeError,
    telling::{Telling, compose_telling, newcomers_without_key, plan_anew},
    thread::Body,
};
use candor_wire::{
    OfficeId, RoleId,
    exchange::{Answer, Operation},
};
use rand::{CryptoRng, RngCore};
use thiserror::Error;

use crate::{
    client::{Client, RecipientsError},
    conversation::{Conversation, OfficeMessage, OpenError},
    delivery::{DeliveryError, refused},
    exchange::ExchangeError,
    filing::{Progress, Receipt},
    follow_up::FollowUpError,
};

/// The bursts that count as progress.
const STEPS: usize = 3;

/// Why the offices are not told (yet) that others are on the case. Nothing is lost: until they are,
/// all stays as it was.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TakeUpError {
    /// Everything stands as the record says, and nobody is left out.
    #[error("nothing has changed, so there is nothing to tell")]
    Nothing,
    /// A role that the directory does not know, or nobody would be left.
    #[error(transparent)]
    FollowUp(#[from] FollowUpError),
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

impl From<ExchangeError> for TakeUpError {
    fn from(error: ExchangeError) -> Self {
        Self::Delivery(error.into())
    }
}

impl Conversation {
    /// What the offices said at the last reading of who comes and goes, and what came of it.
    #[must_use]
    pub const fn news_of_offices(&self) -> &Reckoning {
        &self.reckoning
    }

    /// Whether others are on the case than the record says, or the offices are not told yet. Until
    /// [`Conversation::take_up`], nothing else can be sent.
    #[must_use]
    pub fn has_other_offices(&self) -> bool {
        self.reckoning.is_changed() || self.record.telling.is_some()
    }

    /// Who is on the case now, if these roles are left out, too; once what an earlier visit settled
    /// is told, if it has settled something.
    ///
    /// # Errors
    /// [`FollowUpError::UnknownRole`] or [`FollowUpError::NobodyLeft`]
    pub fn on_case(
        &self,
        client: &Client,
        leave_out: &[RoleId],
    ) -> Result<Vec<OfficeId>, FollowUpError> {
        let directory = client.directory();
        if let Some(unknown) = leave_out.iter().find(|role| directory.role(role).is_none()) {
            return Err(FollowUpError::UnknownRole(unknown.clone()));
        }
        let record = after_telling(&self.record, &self.without_key);
        let reckoning = self.reckoning_of(directory, &record, leave_out);
        let excluded = excluded_roles(&record, leave_out);
        let mut offices = reckoning.on_case().to_vec();
        offices.retain(|office| !directory.is_excluded(office, excluded.iter()));
        if offices.is_empty() {
            return Err(FollowUpError::NobodyLeft);
        }
        Ok(offices)
    }

    /// Tells the offices that are on the case now, once the reporter knows who they are. After a
    /// failure, calling it again goes on where it stopped; so does opening the conversation later.
    ///
    /// What was settled before is told first, whatever is chosen now: the block may have arrived.
    /// Who is left out beyond that is left out at once after it, with another new generation.
    ///
    /// # Errors
    /// [`TakeUpError`]; [`DeliveryError::ChangedElsewhere`] if somebody else has written meanwhile:
    /// read again, and show again how it stands.
    pub async fn take_up(
        &mut self,
        client: &Client,
        leave_out: &[RoleId],
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
        mut progress: impl FnMut(Progress),
    ) -> Result<Receipt, TakeUpError> {
        let mut step = |done| progress(Progress::Message { done, of: STEPS });
        step(0);
        let planned = self.record.telling.is_some();
        let agreed = match leave_out {
            [] => None,
            _ => Some(self.on_case(client, leave_out)?),
        };
        self.catch_up(client, now, rng).await?;
        if planned || self.record.telling.is_some() {
            step(1);
            self.tell(client, now, rng, &mut step).await?;
            let excluded = &self.record.excluded_roles;
            if leave_out.iter().all(|role| excluded.contains(role)) {
                return Ok(self.told());
            }
            if agreed != Some(self.on_case(client, leave_out)?) {
                return Err(DeliveryError::ChangedElsewhere.into());
            }
            step(0);
        }
        if !self.reckoning.is_changed() && leave_out.is_empty() {
            return Err(TakeUpError::Nothing);
        }
        if self.record.announced == Some(false) {
            return Err(FollowUpError::NotMoved.into());
        }
        let recipients = self.on_case(client, leave_out)?;
        // Nothing is begun that could not be told.
        client.keys_of(&recipients, now)?;
        let reckoning = self.reckoning_of(client.directory(), &self.record, leave_out);
        let mut record = self.record.clone();
        record.revision += 1;
        record.telling = Some(Telling {
            recipients,
            leave_out: leave_out.to_vec(),
            seen: self.seen.clone(),
            waiting: reckoning.waiting().to_vec(),
        });
        self.write(record, client, now, rng).await?;
        step(1);
        self.tell(client, now, rng, &mut step).await?;
        Ok(self.told())
    }

    fn told(&self) -> Receipt {
        Receipt {
            offices: self.record.recipients.clone(),
        }
    }

    /// Brings to its end what an earlier visit began, if it can be.
    pub(crate) async fn finish_telling(
        &mut self,
        client: &Client,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), OpenError> {
        if self.record.telling.is_none() {
            return Ok(());
        }
        match self.tell(client, now, rng, &mut |_| {}).await {
            // It can be read all the same, and told later.
            Ok(())
            | Err(
                TakeUpError::Recipients(_) | TakeUpError::FollowUp(_) | TakeUpError::Compose(_),
            ) => Ok(()),
            Err(TakeUpError::Delivery(DeliveryError::Exchange(error))) => {
                Err(OpenError::Exchange(error))
            }
            Err(TakeUpError::Delivery(DeliveryError::Refused(kind))) => {
                Err(OpenError::Refused(kind))
            }
            Err(TakeUpError::Delivery(DeliveryError::Moved)) => Err(OpenError::Moved),
            Err(_) => Err(OpenError::NotGenuine),
        }
    }

    async fn tell(
        &mut self,
        client: &Client,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
        step: &mut impl FnMut(usize),
    ) -> Result<(), TakeUpError> {
        if let Some(anew) = self.planned_anew(client, now)? {
            self.write_or_look(anew, client, now, rng).await?;
        }
        let Some(remaining) = self.to_be_told(client)? else {
            self.reckon(client.directory());
            return Ok(());
        };
        let offices = client.keys_of(&remaining, now)?;
        let outgoing = compose_telling(&self.secrets, &self.record, &offices)?;
        for envelope in outgoing.envelopes {
            let [filed] = client.burst([Operation::File(envelope)], now, rng).await?;
            if !matches!(filed, Answer::Filed(_)) {
                return Err(refused(&filed).into());
            }
        }
        step(2);
        self.write_or_look(outgoing.record, client, now, rng)
            .await?;
        if self.record.telling.is_some() {
            return Err(DeliveryError::ChangedElsewhere.into());
        }
        step(3);
        self.reckon(client.directory());
        Ok(())
    }

    /// Whom the plan tells. `None` if there is none.
    fn to_be_told(&self, client: &Client) -> Result<Option<Vec<OfficeId>>, FollowUpError> {
        let Some(telling) = &self.record.telling else {
            return Ok(None);
        };
        let excluded = excluded_roles(&self.record, &telling.leave_out);
        let mut remaining = telling.recipients.clone();
        remaining.retain(|office| !client.directory().is_excluded(office, excluded.iter()));
        match remaining.is_empty() {
            true => Err(FollowUpError::NobodyLeft),
            false => Ok(Some(remaining)),
        }
    }

    /// The record with the plan made anew, if a newcomer's key card has vanished since it was
    /// stored and the others can be told.
    fn planned_anew(
        &self,
        client: &Client,
        now: SystemTime,
    ) -> Result<Option<SelfRecord>, TakeUpError> {
        let waits = newcomers_without_key(&self.record, &without_key(client, now));
        let Some(remaining) = self.to_be_told(client)? else {
            return Ok(None);
        };
        let (waiting, told): (Vec<_>, Vec<_>) = remaining
            .iter()
            .cloned()
            .partition(|office| waits.contains(office));
        // Whoever has the case alone by the plan is not passed over: nobody else may have it.
        if waiting.is_empty() || told.is_empty() {
            return Ok(None);
        }
        client.keys_of(&told, now)?;
        let anew = plan_anew(&self.secrets, &self.record, remaining, &waits)?;
        Ok(Some(anew))
    }

    /// Writes the record; or takes over what another page with this code has written meanwhile.
    async fn write_or_look(
        &mut self,
        record: SelfRecord,
        client: &Client,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), TakeUpError> {
        match self.write(record, client, now, rng).await {
            Err(DeliveryError::ChangedElsewhere) => {
                let looked = self.look(client, now, rng).await;
                looked.map_err(DeliveryError::from)?;
                Ok(())
            }
            written => Ok(written?),
        }
    }

    /// Reckons who is on the case by the messages at hand, and says of each message whether its
    /// office belongs there.
    pub(crate) fn reckon(&mut self, directory: &Directory) {
        self.reckoning = self.reckoning_of(directory, &self.record, &[]);
        let gone = |office: &OfficeId, later: &[OfficeMessage]| {
            let mut changes = later.iter().filter_map(changes_of);
            changes.any(|change| change.remove().contains(office))
        };
        for index in 0..self.messages.len() {
            let (before, later) = self.messages.split_at_mut(index.saturating_add(1));
            if let Some(message) = before.last_mut() {
                let own = changes_of(message).is_some_and(|c| c.remove().contains(&message.office));
                message.from_recipient = self.record.recipients.contains(&message.office)
                    || self.reckoning.took_part(&message.office)
                    || own
                    || gone(&message.office, later);
            }
        }
    }

    fn reckoning_of(
        &self,
        directory: &Directory,
        record: &SelfRecord,
        leave_out: &[RoleId],
    ) -> Reckoning {
        let before = Before {
            recipients: &record.recipients,
            excluded_roles: &excluded_roles(record, leave_out),
            seen: &record.seen,
            without_key: &self.without_key,
            waiting: &record.waiting,
        };
        let mut said: Vec<Said<'_>> = self
            .messages
            .iter()
            .filter_map(|message| {
                Some(Said {
                    generation: message.generation,
                    n: message.last,
                    office: &message.office,
                    change: changes_of(message)?,
                })
            })
            .collect();
        said.sort_by_key(|said| (said.generation, said.n));
        reckon(directory, before, said)
    }

    /// The highest replies that may be noted as seen: none that changes who is on the case before
    /// that is taken up, and none that brings in an office that has no key yet.
    pub(crate) fn seen_to_note(&self) -> Vec<u32> {
        let Some(cut) = self.reckoning.first_open() else {
            return self.seen.clone();
        };
        (0_u32..)
            .zip(&self.seen)
            .map(|(generation, seen)| match generation.cmp(&cut.0) {
                std::cmp::Ordering::Less => *seen,
                std::cmp::Ordering::Equal => (*seen).min(cut.1.saturating_sub(1)),
                std::cmp::Ordering::Greater => 0,
            })
            .collect()
    }
}

fn changes_of(message: &OfficeMessage) -> Option<&candor_sealing::offices::OfficesChange> {
    match &message.body {
        Body::Whole(content) => content.offices.as_ref(),
        _ => None,
    }
}

fn excluded_roles(record: &SelfRecord, leave_out: &[RoleId]) -> BTreeSet<RoleId> {
    record
        .excluded_roles
        .iter()
        .chain(leave_out)
        .cloned()
        .collect()
}

/// How a record will say who is on the case once what it tells is told.
fn after_telling(record: &SelfRecord, without_key: &BTreeSet<OfficeId>) -> SelfRecord {
    let waits = newcomers_without_key(record, without_key);
    let mut after = record.clone();
    if let Some(mut telling) = after.telling.take() {
        if !telling
            .recipients
            .iter()
            .all(|office| waits.contains(office))
        {
            telling.recipients.retain(|office| !waits.contains(office));
            telling.waiting.extend(waits);
            telling.waiting.sort();
        }
        after.recipients = telling.recipients;
        after.waiting = telling.waiting;
        after.excluded_roles.extend(telling.leave_out);
        after.seen = longest(&after.seen, &telling.seen);
    }
    after
}

fn longest(before: &[u32], seen: &[u32]) -> Vec<u32> {
    let of = |list: &[u32], at: usize| list.get(at).copied().unwrap_or(0);
    (0..before.len().max(seen.len()))
        .map(|at| of(before, at).max(of(seen, at)))
        .collect()
}

/// The offices that nothing can be sealed to now.
pub(crate) fn without_key(client: &Client, now: SystemTime) -> BTreeSet<OfficeId> {
    let offices = client.directory().offices.iter();
    offices
        .map(|office| office.id.clone())
        .filter(|id| client.keys_of(std::slice::from_ref(id), now).is_err())
        .collect()
}
