//! Sending what is sealed: envelopes and the self-record, until both are acknowledged.
//!
//! Invariant: what is sent again is the same bytes, so that it is stored once however often it is
//! tried; nothing counts as sent before the relay has said so for the envelope *and* the record.

use std::time::SystemTime;

use candor_sealing::{
    ReporterSecrets,
    message::SelfRecord,
    report::{ComposeError, Outgoing, seal_self_record},
};
use candor_wire::{
    Envelope, ProblemType,
    exchange::{Answer, Operation},
};
use rand::{CryptoRng, RngCore};
use thiserror::Error;

use crate::{client::Client, exchange::ExchangeError};

/// Why a message was not sent, or not wholly.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeliveryError {
    /// The exchange failed, again and again.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// The relay refuses what was sent.
    #[error("{} {}", .0.title(), .0.remedy())]
    Refused(ProblemType),
    /// Another program has written with the same claim code in the meantime.
    #[error(
        "this conversation was changed from elsewhere with the same claim code; read it again, then repeat this"
    )]
    ChangedElsewhere,
    /// The conversation goes on under another code.
    #[error(
        "this conversation goes on under another claim code; if you did not ask for that, please call"
    )]
    Moved,
    /// The record under this code is damaged, forged or an old one.
    #[error("the record kept under this claim code is damaged or not genuine; please call")]
    NotGenuine,
    /// The self-record could not be sealed.
    #[error(transparent)]
    Sealing(#[from] ComposeError),
}

/// A refusal of the relay as a delivery error.
pub(crate) fn refused(answer: &Answer) -> DeliveryError {
    let kind = match answer {
        Answer::Refused(problem) => problem.kind(),
        _ => None,
    };
    DeliveryError::Refused(kind.unwrap_or(ProblemType::Internal))
}

/// A self-record as the relay holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) revision: u64,
    pub(crate) sealed: Vec<u8>,
}

/// Envelopes on their way, and the record that goes along with them.
#[derive(Debug)]
pub(crate) struct Delivery {
    envelopes: Vec<Envelope>,
    sent: usize,
    record: SelfRecord,
    sealed_record: Option<Vec<u8>>,
    acknowledged: Option<Written>,
}

impl Delivery {
    pub(crate) fn new(outgoing: Outgoing) -> Self {
        Self {
            envelopes: outgoing.envelopes,
            sent: 0,
            record: outgoing.record,
            sealed_record: None,
            acknowledged: None,
        }
    }

    /// A delivery that builds on a record that was acknowledged.
    pub(crate) fn after(outgoing: Outgoing, acknowledged: Option<Written>) -> Self {
        Self {
            acknowledged,
            ..Self::new(outgoing)
        }
    }

    /// The record that goes with what is sent next.
    pub(crate) const fn record(&self) -> &SelfRecord {
        &self.record
    }

    /// The record that was acknowledged last.
    pub(crate) const fn acknowledged(&self) -> Option<&Written> {
        self.acknowledged.as_ref()
    }

    /// The revision of the record that goes with what is sent next.
    pub(crate) const fn revision(&self) -> u64 {
        self.record.revision
    }

    /// Whether what the relay holds was written by this delivery, or is what it builds on.
    pub(crate) fn is_own(&self, stored: &Written) -> bool {
        self.acknowledged.as_ref() == Some(stored)
            || (stored.revision == self.record.revision
                && self.sealed_record.as_ref() == Some(&stored.sealed))
    }

    /// A delivery of the record alone.
    pub(crate) const fn of_record(record: SelfRecord) -> Self {
        Self {
            envelopes: Vec::new(),
            sent: 0,
            record,
            sealed_record: None,
            acknowledged: None,
        }
    }

    /// Sends what is not sent yet: each envelope in a burst of its own, with the self-record.
    pub(crate) async fn run(
        &mut self,
        client: &Client,
        secrets: &ReporterSecrets,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
        mut progress: impl FnMut(usize, usize),
    ) -> Result<SelfRecord, DeliveryError> {
        loop {
            progress(self.sent, self.envelopes.len());
            let write = self.write_self(secrets)?;
            let written = match self.envelopes.get(self.sent) {
                Some(envelope) => {
                    let file = Operation::File(envelope.clone());
                    let [written, filed] = client.burst([write, file], now, rng).await?;
                    if !matches!(filed, Answer::Filed(_)) {
                        return Err(refused(&filed));
                    }
                    written
                }
                None => {
                    let [written] = client.burst([write], now, rng).await?;
                    written
                }
            };
            self.check_written(&written, client, secrets, now, rng)
                .await?;
            self.acknowledged = self.sealed_record.clone().map(|sealed| Written {
                revision: self.record.revision,
                sealed,
            });
            self.sent += 1;
            if self.sent >= self.envelopes.len() {
                return Ok(self.record.clone());
            }
            // The next burst writes the record again: every one has the same shape.
            self.record.revision += 1;
            self.sealed_record = None;
        }
    }

    fn write_self(&mut self, secrets: &ReporterSecrets) -> Result<Operation, ComposeError> {
        let sealed = match self.sealed_record.take() {
            Some(sealed) => sealed,
            None => seal_self_record(secrets, &self.record)?,
        };
        self.sealed_record = Some(sealed.clone());
        Ok(Operation::WriteSelf {
            capability: secrets.self_capability().clone(),
            counter: self.record.revision,
            sealed,
        })
    }

    /// A record that is refused as stale may be this very one, stored by an earlier try whose
    /// answer was lost.
    async fn check_written(
        &self,
        written: &Answer,
        client: &Client,
        secrets: &ReporterSecrets,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), DeliveryError> {
        if *written == Answer::Stored {
            return Ok(());
        }
        if !written.is_refused(ProblemType::StaleCounter) {
            return Err(refused(written));
        }
        let read = Operation::ReadSelf(secrets.self_capability().clone());
        let [stored] = client.burst([read], now, rng).await?;
        match stored {
            Answer::SelfRecord { counter, sealed }
                if counter == self.record.revision
                    && Some(&sealed) == self.sealed_record.as_ref() =>
            {
                Ok(())
            }
            Answer::SelfRecord { .. } => Err(DeliveryError::ChangedElsewhere),
            other => Err(refused(&other)),
        }
    }
}
