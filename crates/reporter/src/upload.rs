//! Files: cell by cell to the relay, and back.
//!
//! Invariant: at most a few cells of one file are in memory; a cell that the relay has
//! acknowledged is not sent again; a file from an office counts only when size and digest hold.

use std::{
    fmt, io,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use candor_directory::Limits;
use candor_sealing::{
    HybridRecipient,
    attachment::{AttachmentOpener, AttachmentRef, AttachmentSealer, Cell, DetachError},
    report::OfficeRecipient,
};
use candor_wire::{
    Address, ProblemType,
    exchange::{Answer, Operation},
    sizes::{CELL_LEN, MAX_CELLS},
};
use rand::{CryptoRng, RngCore, SeedableRng as _, rngs::StdRng};
use thiserror::Error;

use crate::{
    client::Client, conversation::Conversation, exchange::ExchangeError, filing::Progress,
};

/// Where a file is read from: from its beginning, and again if the relay has lost cells of it.
pub trait FileSource: io::Read + io::Seek + Send {}

impl<T: io::Read + io::Seek + Send> FileSource for T {}

/// A source that stays at hand while a sealer reads it.
#[derive(Clone)]
struct Handle(Arc<Mutex<Box<dyn FileSource>>>);

impl Handle {
    fn with<T>(&self, act: impl FnOnce(&mut dyn FileSource) -> T) -> T {
        act(&mut **self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl io::Read for Handle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.with(|source| source.read(buffer))
    }
}

/// A file to be sent with a message.
#[derive(Clone)]
pub struct FileToSend {
    name: String,
    media_type: String,
    size: u64,
    source: Handle,
}

impl FileToSend {
    /// Takes a file: its name for the office, its media type, its length, and where to read it.
    #[must_use]
    pub fn new(name: &str, media_type: &str, size: u64, source: Box<dyn FileSource>) -> Self {
        Self {
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            size,
            source: Handle(Arc::new(Mutex::new(source))),
        }
    }
}

impl fmt::Debug for FileToSend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileToSend(..)")
    }
}

/// Why a file cannot be sent or saved.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum UploadError {
    /// More files than this hotline takes with one message.
    #[error("too many files: at most {most} go with one message; send the others after it")]
    TooMany {
        /// The most files.
        most: u32,
    },
    /// A file is too large.
    #[error("the file is too large: at most {most} bytes")]
    TooLarge {
        /// The most bytes of one file.
        most: u64,
    },
    /// All files together are too large.
    #[error(
        "the files are too large together: at most {most} bytes go with one message; send some of them after it"
    )]
    TooLargeTogether {
        /// The most bytes of all files.
        most: u64,
    },
    /// The file could not be read, or was changed while it was.
    #[error("a file could not be read to its end, or was changed meanwhile")]
    Unreadable,
    /// The file could not be written.
    #[error("the file could not be written; is there room on the disk?")]
    Unwritable,
    /// The relay refuses a part.
    #[error("{} {}", .0.title(), .0.remedy())]
    Refused(ProblemType),
    /// A part of an office's file is not on the relay (any more).
    #[error("a part of the file is not there any more")]
    NotThere,
    /// An office's file does not open, or is not the one that the message names.
    #[error("the file is damaged or not genuine")]
    NotGenuine,
    /// The exchange failed, again and again.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
}

/// Checks the sizes of files against what the hotline takes.
///
/// # Errors
/// [`UploadError::TooMany`], [`UploadError::TooLarge`] or [`UploadError::TooLargeTogether`]
pub fn check_file_sizes(limits: &Limits, sizes: &[u64]) -> Result<(), UploadError> {
    if u32::try_from(sizes.len()).map_or(true, |count| count > limits.attachments) {
        return Err(UploadError::TooMany {
            most: limits.attachments,
        });
    }
    if sizes.iter().any(|size| *size > limits.attachment_bytes) {
        return Err(UploadError::TooLarge {
            most: limits.attachment_bytes,
        });
    }
    // Whatever the directory says, one envelope promises a certain number of cells.
    let most_cells = (MAX_CELLS as u64).saturating_sub(u64::from(limits.attachments));
    let most = limits.attachments_bytes.min(most_cells << 20);
    let total = sizes
        .iter()
        .fold(0_u64, |sum, size| sum.saturating_add(*size));
    if total > most {
        return Err(UploadError::TooLargeTogether { most });
    }
    Ok(())
}

/// A file on its way: at most one sealed cell of it waits to be acknowledged.
struct Sealing {
    sealer: AttachmentSealer<Handle, StdRng>,
    waiting: Option<Cell>,
    size: u64,
    done: u64,
}

enum Upload {
    Waiting,
    Under(Box<Sealing>),
    Done(AttachmentRef),
}

/// The files of one message.
pub(crate) struct Uploads(Vec<(FileToSend, Upload)>);

impl fmt::Debug for Uploads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uploads({})", self.0.len())
    }
}

impl Uploads {
    pub(crate) fn new(files: Vec<FileToSend>) -> Self {
        let waiting = files.into_iter().map(|file| (file, Upload::Waiting));
        Self(waiting.collect())
    }

    /// The relay has lost cells that it had: all files are sealed and sent anew.
    pub(crate) fn reset(&mut self) {
        for (_, upload) in &mut self.0 {
            *upload = Upload::Waiting;
        }
    }

    pub(crate) fn check(limits: &Limits, files: &[FileToSend]) -> Result<(), UploadError> {
        let sizes: Vec<u64> = files.iter().map(|file| file.size).collect();
        check_file_sizes(limits, &sizes)
    }

    /// Sends every cell that is not acknowledged yet.
    pub(crate) async fn run(
        &mut self,
        client: &Client,
        to: &[OfficeRecipient],
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
        progress: &mut impl FnMut(Progress),
    ) -> Result<(), UploadError> {
        let to: Vec<HybridRecipient> = to.iter().map(|o| o.recipient().clone()).collect();
        for (index, (file, upload)) in self.0.iter_mut().enumerate() {
            if matches!(upload, Upload::Waiting) {
                *upload = Upload::Under(Box::new(Sealing::begin(file, &to, rng)?));
            }
            let Upload::Under(sealing) = upload else {
                continue;
            };
            let of = cells_of(sealing.size);
            loop {
                let done = sealing.done;
                progress(Progress::File { index, done, of });
                match sealing.send_next(client, now, rng).await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        if error == UploadError::Unreadable {
                            // What was read is of no use: another try begins with the first byte.
                            *upload = Upload::Waiting;
                        }
                        return Err(error);
                    }
                }
            }
            if let Upload::Under(sealing) = std::mem::replace(upload, Upload::Waiting) {
                *upload = Upload::Done(sealing.finish()?);
            }
        }
        Ok(())
    }

    /// What the message says of the files, once all are sent.
    pub(crate) fn attachments(&self) -> Vec<AttachmentRef> {
        let done = self.0.iter().filter_map(|(_, upload)| match upload {
            Upload::Done(attachment) => Some(attachment.clone()),
            _ => None,
        });
        done.collect()
    }

    /// Where their cells lie.
    pub(crate) fn addresses(&self) -> Vec<Address> {
        let attachments = self.attachments();
        attachments
            .iter()
            .flat_map(AttachmentRef::addresses)
            .collect()
    }
}

impl Sealing {
    fn begin(
        file: &FileToSend,
        to: &[HybridRecipient],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, UploadError> {
        let rng = StdRng::from_rng(rng).map_err(|_| UploadError::Unreadable)?;
        file.source
            .with(|source| source.rewind())
            .map_err(|_| UploadError::Unreadable)?;
        let sealer =
            AttachmentSealer::new(file.source.clone(), &file.name, &file.media_type, to, rng)
                .map_err(|_| UploadError::Unreadable)?;
        Ok(Self {
            sealer,
            waiting: None,
            size: file.size,
            done: 0,
        })
    }

    /// Sends one cell; says whether there was one.
    async fn send_next(
        &mut self,
        client: &Client,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<bool, UploadError> {
        if self.waiting.is_none() {
            self.waiting = self
                .sealer
                .next_cell()
                .map_err(|_| UploadError::Unreadable)?;
        }
        let Some(cell) = &self.waiting else {
            return Ok(false);
        };
        let put = Operation::PutCell {
            address: cell.address(),
            cell: cell.bytes.clone(),
        };
        match client.cell_exchange(&put, now, rng).await? {
            Answer::Stored => {}
            other => return Err(UploadError::Refused(refusal(&other))),
        }
        self.waiting = None;
        self.done += 1;
        Ok(true)
    }

    fn finish(self) -> Result<AttachmentRef, UploadError> {
        let attachment = self.sealer.finish().map_err(|_| UploadError::Unreadable)?;
        if attachment.size() == self.size {
            Ok(attachment)
        } else {
            Err(UploadError::Unreadable)
        }
    }
}

fn refusal(answer: &Answer) -> ProblemType {
    let kind = match answer {
        Answer::Refused(problem) => problem.kind(),
        _ => None,
    };
    kind.unwrap_or(ProblemType::Internal)
}

/// How many cells a file of some size takes, or one fewer.
fn cells_of(size: u64) -> u64 {
    // What age adds: a header of less than 16 KiB, and 16 bytes for each chunk of 64 KiB.
    (size + size / 4096 + 16_384).div_ceil(CELL_LEN as u64)
}

/// Fetches a file that an office sent, cell by cell, and writes it. What is written counts only
/// if this succeeds: after an error the caller throws it away.
///
/// # Errors
/// [`UploadError`]
pub async fn save_attachment(
    client: &Client,
    conversation: &Conversation,
    attachment: &AttachmentRef,
    now: SystemTime,
    rng: &mut (impl RngCore + CryptoRng),
    output: &mut impl io::Write,
) -> Result<(), UploadError> {
    let failed = |error| match error {
        DetachError::Write(_) => UploadError::Unwritable,
        _ => UploadError::NotGenuine,
    };
    let identities = conversation.reply_identities();
    let mut opener = AttachmentOpener::new(attachment, &identities, output);
    for capability in attachment.capabilities() {
        let take = Operation::TakeCell(capability);
        let cell = match client.cell_exchange(&take, now, rng).await? {
            Answer::Cell(cell) => cell,
            other => {
                return Err(match refusal(&other) {
                    ProblemType::Absent | ProblemType::Gone => UploadError::NotThere,
                    kind => UploadError::Refused(kind),
                });
            }
        };
        opener.feed(&cell).map_err(failed)?;
    }
    opener.finish().map(|_| ()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_checked_one_by_one_and_together() {
        let limits = Limits {
            attachments: 3,
            attachment_bytes: 100,
            attachments_bytes: 250,
            ..Limits::default()
        };
        assert_eq!(check_file_sizes(&limits, &[100, 100, 50]), Ok(()));
        let check = |sizes: &[u64]| check_file_sizes(&limits, sizes).unwrap_err();
        assert_eq!(check(&[1, 1, 1, 1]), UploadError::TooMany { most: 3 });
        assert_eq!(check(&[101]), UploadError::TooLarge { most: 100 });
        let together = UploadError::TooLargeTogether { most: 250 };
        assert_eq!(check(&[100, 100, 51]), together);
    }

    #[test]
    fn one_envelope_promises_so_many_cells_and_no_more() {
        let limits = Limits {
            attachment_bytes: u64::MAX,
            attachments_bytes: u64::MAX,
            ..Limits::default()
        };
        assert!(check_file_sizes(&limits, &[59 << 20, 59 << 20]).is_ok());
        assert!(check_file_sizes(&limits, &[64 << 20, 64 << 20]).is_err());
        assert!(check_file_sizes(&limits, &[u64::MAX]).is_err());
        assert_eq!(cells_of(0), 1);
    }
}
