//! Filing: from a finished draft to the receipt.
//!
//! Everything stays in memory. A [`PendingReport`] can be sent again after any failure: cells that
//! are stored are not sent twice, and envelopes are the same bytes each time.

use std::{collections::BTreeSet, time::SystemTime};

use candor_directory::{Answers, Language, TopicId, effective_answers};
use candor_sealing::{
    ClaimCode, ReporterSecrets,
    content::{Identity, Origin, Wishes},
    message::{ReportContent, Source},
    report::{ComposeError, Filing, OfficeRecipient, compose_report},
};
use candor_wire::{OfficeId, ProblemType, RoleId, Urgency};
use rand::{CryptoRng, RngCore};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    client::{Client, RecipientsError},
    delivery::{Delivery, DeliveryError},
    standing::read_stored,
    upload::{FileToSend, UploadError, Uploads},
};

/// What a reporter wants to send.
#[derive(Debug)]
pub struct ReportDraft {
    /// The topic.
    pub topic: TopicId,
    /// Answers; those to questions that are not asked do not count and are not sent.
    pub answers: Answers,
    /// The text.
    pub text: Zeroizing<String>,
    /// Roles to leave out, for the life of the case.
    pub excluded: BTreeSet<RoleId>,
    /// Files.
    pub files: Vec<FileToSend>,
    /// The reporter's language.
    pub language: Language,
    /// How the report comes in.
    pub source: Source,
    /// What the reporter asks of the offices about time.
    pub wishes: Option<Wishes>,
    /// Who the reporter says they are, if they chose to.
    pub identity: Option<Identity>,
    /// Where it came from, if an office enters it.
    pub origin: Option<Origin>,
}

/// Why a report is not made ready. Nothing has been sent.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrepareError {
    /// Nobody can be found to seal it to.
    #[error(transparent)]
    Recipients(#[from] RecipientsError),
    /// The text is longer than this hotline takes.
    #[error("the text is too long: at most {most} bytes; put the rest into a file")]
    TextTooLong {
        /// The most bytes.
        most: u32,
    },
    /// The name, or how to reach the reporter, is too long.
    #[error("the name and how to reach you may take {most} bytes each; put the rest into the text")]
    IdentityTooLong {
        /// The most bytes of each.
        most: usize,
    },
    /// More files than this hotline takes, or larger ones.
    #[error(transparent)]
    Files(#[from] UploadError),
    /// The message cannot be laid out or sealed.
    #[error(transparent)]
    Compose(#[from] ComposeError),
}

/// Why sending failed. It can be tried again, and nothing is stored twice.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// A file could not be sent.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// The message could not be laid out or sealed.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The message could not be delivered.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
}

impl SendError {
    /// The relay kept nothing of a message, because cells that it names are gone.
    pub(crate) fn is_lost_cells(&self) -> bool {
        *self == Self::Delivery(DeliveryError::Refused(ProblemType::MissingCells))
    }
}

/// How far sending is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A file is on its way.
    File {
        /// Which one, from 0.
        index: usize,
        /// Parts of it that are stored.
        done: u64,
        /// Parts that it has.
        of: u64,
    },
    /// The message is on its way.
    Message {
        /// Parts of it that are stored.
        done: usize,
        /// Parts that it has.
        of: usize,
    },
}

/// The relay has everything on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The offices that it is for.
    pub offices: Vec<OfficeId>,
}

/// A report that is ready to be sent.
#[derive(Debug)]
pub struct PendingReport {
    code: ClaimCode,
    sending: Sending,
}

/// A report that nobody can come back to: its secrets follow from a root that the caller holds, and
/// there is no claim code. For what an office brings in from elsewhere.
///
/// The same root and draft are the same report: sent again after an interruption, by this program
/// or a later one, it is one report to whoever receives it.
#[derive(Debug)]
pub struct CodelessReport(Sending);

/// What is sent, and how far it is.
#[derive(Debug)]
struct Sending {
    secrets: ReporterSecrets,
    offices: Vec<OfficeRecipient>,
    excluded: BTreeSet<RoleId>,
    directory_version: u64,
    urgency: Urgency,
    content: ReportContent,
    uploads: Uploads,
    delivery: Option<Delivery>,
    /// The revision of the record that goes with the first envelope.
    revision: u64,
}

/// Checks a text and files against what the hotline takes.
pub(crate) fn check_limits(
    client: &Client,
    text: &str,
    files: &[FileToSend],
) -> Result<(), PrepareError> {
    let limits = &client.directory().limits;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > u64::from(limits.text_bytes) {
        return Err(PrepareError::TextTooLong {
            most: limits.text_bytes,
        });
    }
    Ok(Uploads::check(limits, files)?)
}

impl PendingReport {
    /// Finds the recipients and makes a claim code. Takes about a second: the code is stretched.
    ///
    /// # Errors
    /// [`PrepareError`]
    pub fn prepare(
        client: &Client,
        draft: ReportDraft,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, PrepareError> {
        // Nothing is stretched for a report that cannot be sent.
        check_limits(client, &draft.text, &draft.files)?;
        let code = ClaimCode::generate(rng);
        let secrets = || ReporterSecrets::derive(&code, &client.directory().instance);
        let sending = Sending::prepare(client, draft, secrets, now)?;
        Ok(Self { code, sending })
    }

    /// The offices that it will be sealed to.
    pub fn offices(&self) -> impl Iterator<Item = &OfficeId> {
        self.sending.offices.iter().map(OfficeRecipient::office)
    }

    /// The claim code. It is worth something only after [`PendingReport::send`] succeeded.
    #[must_use]
    pub const fn code(&self) -> &ClaimCode {
        &self.code
    }

    /// Sends what is not sent yet: the files cell by cell, then the envelopes with the
    /// self-record. After a failure, calling it again goes on where it stopped.
    ///
    /// # Errors
    /// [`SendError`]
    pub async fn send(
        &mut self,
        client: &Client,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
        progress: impl FnMut(Progress),
    ) -> Result<Receipt, SendError> {
        self.sending.send(client, now, rng, progress).await
    }
}

impl CodelessReport {
    /// So often a record is written over one of an earlier attempt.
    const ATTEMPTS: usize = 3;

    /// Finds the recipients and derives the secrets.
    ///
    /// # Errors
    /// [`PrepareError`]
    pub fn prepare(
        client: &Client,
        draft: ReportDraft,
        root: [u8; 32],
        now: SystemTime,
    ) -> Result<Self, PrepareError> {
        check_limits(client, &draft.text, &draft.files)?;
        let secrets = || ReporterSecrets::from_root(root, &client.directory().instance);
        Ok(Self(Sending::prepare(client, draft, secrets, now)?))
    }

    /// The offices that it will be sealed to.
    pub fn offices(&self) -> impl Iterator<Item = &OfficeId> {
        self.0.offices.iter().map(OfficeRecipient::office)
    }

    /// Sends it, also if an attempt that was interrupted sent it before.
    ///
    /// # Errors
    /// [`SendError`]
    pub async fn send(
        &mut self,
        client: &Client,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Receipt, SendError> {
        let mut attempt = 1;
        loop {
            match self.0.send(client, now, rng, |_| {}).await {
                // Only an earlier attempt writes under this root. Its record is followed by ours,
                // and its envelopes by the same blocks, which count once.
                Err(SendError::Delivery(DeliveryError::ChangedElsewhere))
                    if attempt < Self::ATTEMPTS =>
                {
                    attempt += 1;
                    let stored = read_stored(client, &self.0.secrets, now, rng).await;
                    self.0.revision = stored.map_err(DeliveryError::from)?.revision + 1;
                    self.0.delivery = None;
                }
                outcome => return outcome,
            }
        }
    }
}

impl Sending {
    fn prepare(
        client: &Client,
        draft: ReportDraft,
        secrets: impl FnOnce() -> ReporterSecrets,
        now: SystemTime,
    ) -> Result<Self, PrepareError> {
        if draft.identity.as_ref().is_some_and(|who| !who.fits()) {
            return Err(PrepareError::IdentityTooLong {
                most: Identity::MAX_LEN,
            });
        }
        let directory = client.directory();
        let (_, offices) = client.recipients(&draft.topic, &draft.answers, &draft.excluded, now)?;
        let topic = directory.topic(&draft.topic);
        let answers = topic
            .map(|topic| effective_answers(directory, topic, &draft.answers))
            .unwrap_or_default();
        let urgency = match topic {
            Some(topic) if topic.urgent => Urgency::Urgent,
            _ => Urgency::Batched,
        };
        Ok(Self {
            secrets: secrets(),
            uploads: Uploads::new(draft.files),
            offices,
            excluded: draft.excluded,
            directory_version: directory.version,
            urgency,
            content: ReportContent {
                topic: draft.topic.to_string(),
                answers,
                text: draft.text.to_string(),
                attachments: Vec::new(),
                language: draft.language.to_string(),
                source: draft.source,
                wishes: draft.wishes.filter(|wishes| !wishes.is_empty()),
                identity: draft.identity.filter(|identity| !identity.is_empty()),
                origin: draft.origin,
                further: std::collections::BTreeMap::default(),
            },
            delivery: None,
            revision: 1,
        })
    }

    async fn send(
        &mut self,
        client: &Client,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
        mut progress: impl FnMut(Progress),
    ) -> Result<Receipt, SendError> {
        match self.deliver(client, now, rng, &mut progress).await {
            // Cells are kept for a day only: what was left lying for longer is sealed and sent
            // anew, once without asking. The relay kept nothing of the message but perhaps its
            // record, and the next one is written over that.
            Err(error) if error.is_lost_cells() && self.delivery.is_some() => {
                let lost = self.delivery.take();
                self.revision = lost.map_or(self.revision, |lost| lost.revision() + 1);
                self.uploads.reset();
                self.deliver(client, now, rng, &mut progress).await
            }
            outcome => outcome,
        }
    }

    async fn deliver(
        &mut self,
        client: &Client,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
        progress: &mut impl FnMut(Progress),
    ) -> Result<Receipt, SendError> {
        self.uploads
            .run(client, &self.offices, now, rng, progress)
            .await?;
        let delivery = match &mut self.delivery {
            Some(delivery) => delivery,
            place => {
                self.content.attachments = self.uploads.attachments();
                let filing = Filing {
                    secrets: &self.secrets,
                    offices: &self.offices,
                    excluded_roles: &self.excluded,
                    directory_version: self.directory_version,
                    urgency: self.urgency,
                };
                let mut outgoing =
                    compose_report(&filing, &self.content, self.uploads.addresses())?;
                outgoing.record.revision = self.revision;
                place.insert(Delivery::new(outgoing))
            }
        };
        let record = delivery
            .run(client, &self.secrets, now, rng, |done, of| {
                progress(Progress::Message { done, of });
            })
            .await?;
        Ok(Receipt {
            offices: record.recipients,
        })
    }
}
