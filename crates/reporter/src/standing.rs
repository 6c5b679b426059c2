//! How a conversation stands: its self-record, which another program may have changed meanwhile.
//!
//! Invariant: a record is taken over only if it is genuine and later than the one at hand. Nothing
//! is sealed for a follow-up before the record was written anew on top of the one at hand (the
//! claim), which the relay refuses to whoever is not up to date; and never for other readers than
//! were agreed to.

use std::time::SystemTime;

use candor_sealing::{ReporterSecrets, message::SelfRecord, report::open_self_record};
use candor_wire::{
    ProblemType,
    exchange::{Answer, Operation},
};
use rand::{CryptoRng, RngCore};

use crate::{
    client::Client,
    conversation::{Conversation, OpenError},
    delivery::{Delivery, DeliveryError, Written},
};

/// So often a record is claimed again when somebody else was faster; nobody writes that often.
pub(crate) const CLAIMS: usize = 3;

/// Reads what is stored under a code.
pub(crate) async fn read_stored(
    client: &Client,
    secrets: &ReporterSecrets,
    now: SystemTime,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Written, OpenError> {
    let read = Operation::ReadSelf(secrets.self_capability().clone());
    let [answer] = client.burst([read], now, rng).await?;
    match answer {
        Answer::SelfRecord { counter, sealed } => Ok(Written {
            revision: counter,
            sealed,
        }),
        Answer::Refused(problem) => Err(match problem.kind() {
            Some(ProblemType::Absent) => OpenError::NoReport,
            Some(ProblemType::Gone) => OpenError::Expired,
            kind => OpenError::Refused(kind.unwrap_or(ProblemType::Internal)),
        }),
        _ => Err(OpenError::NotGenuine),
    }
}

/// Opens what is stored.
pub(crate) fn genuine(
    secrets: &ReporterSecrets,
    stored: &Written,
) -> Result<SelfRecord, OpenError> {
    open_self_record(secrets, &stored.sealed)
        .ok()
        .filter(|record| record.revision == stored.revision)
        .ok_or(OpenError::NotGenuine)
}

impl Conversation {
    /// Reads what is stored, and takes it over if it is later.
    pub(crate) async fn look(
        &mut self,
        client: &Client,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Written, OpenError> {
        let stored = read_stored(client, &self.secrets, now, rng).await?;
        if stored.revision != self.record.revision {
            let record = genuine(&self.secrets, &stored)?;
            if record.revision < self.record.revision {
                return Err(OpenError::NotGenuine);
            }
            if record.moved {
                return Err(OpenError::Moved);
            }
            if record.earlier != self.record.earlier {
                self.earlier = record.earlier_secrets();
            }
            self.record = record;
        }
        Ok(stored)
    }

    /// Writes the record. If the answer is lost, [`Conversation::catch_up`] finds out whether it is
    /// stored; the same record again is the same bytes.
    pub(crate) async fn write(
        &mut self,
        record: SelfRecord,
        client: &Client,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), DeliveryError> {
        let before = self.unanswered.take();
        let mut delivery = match before.filter(|before| *before.record() == record) {
            Some(same) => same,
            None => Delivery::of_record(record),
        };
        match delivery
            .run(client, &self.secrets, now, rng, |_, _| {})
            .await
        {
            Ok(record) => {
                self.record = record;
                Ok(())
            }
            Err(error) => {
                if matches!(error, DeliveryError::Exchange(_)) {
                    self.unanswered = Some(delivery);
                }
                Err(error)
            }
        }
    }

    /// If the last answer to a record was lost: takes over what is stored, as long as this visit
    /// wrote it.
    pub(crate) async fn catch_up(
        &mut self,
        client: &Client,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), DeliveryError> {
        let Some(unanswered) = self.unanswered.take() else {
            return Ok(());
        };
        let before = self.record.revision;
        let stored = match self.look(client, now, rng).await {
            Ok(stored) => stored,
            Err(error) => {
                self.unanswered = Some(unanswered);
                return Err(error.into());
            }
        };
        self.reckon(client.directory());
        if unanswered.is_own(&stored) {
            return Ok(());
        }
        if stored.revision != before {
            return Err(DeliveryError::ChangedElsewhere);
        }
        // It has not arrived, or not yet.
        self.unanswered = Some(unanswered);
        Ok(())
    }

    /// Writes the record anew on top of the one that stands, without any change but what was seen,
    /// as long as what is to be sent is still what was agreed to. After this, whoever does not know
    /// of it is refused.
    pub(crate) async fn claim(
        &mut self,
        is_agreed: impl Fn(&Self) -> bool,
        client: &Client,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Option<Written>, DeliveryError> {
        for _ in 0..CLAIMS {
            if !is_agreed(self) {
                return Err(DeliveryError::ChangedElsewhere);
            }
            let mut record = self.record_with_seen();
            record.revision += 1;
            let mut delivery = Delivery::of_record(record);
            match delivery
                .run(client, &self.secrets, now, rng, |_, _| {})
                .await
            {
                Ok(record) => {
                    self.record = record;
                    return Ok(delivery.acknowledged().cloned());
                }
                Err(DeliveryError::ChangedElsewhere) => {
                    self.look(client, now, rng).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Err(DeliveryError::ChangedElsewhere)
    }
}

impl From<OpenError> for DeliveryError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::NoReport => Self::Refused(ProblemType::Absent),
            OpenError::Expired => Self::Refused(ProblemType::Gone),
            OpenError::Moved => Self::Moved,
            OpenError::NotGenuine => Self::NotGenuine,
            OpenError::Refused(kind) => Self::Refused(kind),
            OpenError::Exchange(error) => Self::Exchange(error),
        }
    }
}
