//! Files: cell by cell to the relay, and back.
//!
//! Invariant: at most a few cells of one file are in memory; a cell that the relay has
//! acknowledged is not sent again; a file from an office counts only when size and digest hold.

use std::{fmt, io};

use candor_directory::Limits;
use candor_wire::{ProblemType, sizes::MAX_CELLS};
use thiserror::Error;

use crate::exchange::ExchangeError;

/// A file to be sent with a message.
pub struct FileToSend {
    name: String,
    media_type: String,
    size: u64,
    source: Box<dyn io::Read + Send>,
}

impl FileToSend {
    /// Takes a file: its name for the office, its media type, its length, and where to read it.
    #[must_use]
    pub fn new(
        name: &str,
        media_type: &str,
        size: u64,
        source: Box<dyn io::Read + Send>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            size,
            source,
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
    let total = sizes.iter().fold(0_u64, |sum, size| sum.saturating_add(*size));
    if total > limits.attachments_bytes {
        return Err(UploadError::TooLargeTogether {
            most: limits.attachments_bytes,
        });
    }
    Ok(())
}
//TEMP
#[derive(Debug)]
pub(crate) struct Uploads(Vec<FileToSend>);
impl Uploads {
    pub(crate) fn new(f: Vec<FileToSend>) -> Self { Self(f) }
    pub(crate) fn check(limits: &Limits, files: &[FileToSend]) -> Result<(), UploadError> {
        let sizes: Vec<u64> = files.iter().map(|f| f.size).collect();
        check_file_sizes(limits, &sizes)
    }
    pub(crate) async fn run(&mut self, _c: &crate::Client, _o: &[candor_sealing::report::OfficeRecipient], _n: std::time::SystemTime, _r: &mut impl rand::RngCore, _p: &mut impl FnMut(crate::Progress)) -> Result<(), UploadError> { Ok(()) }
    pub(crate) fn attachments(&self) -> Vec<candor_sealing::attachment::AttachmentRef> { vec![] }
    pub(crate) fn addresses(&self) -> Vec<candor_wire::Address> { vec![] }
}
pub async fn save_attachment(_c: &crate::Client, _v: &crate::Conversation, _a: &candor_sealing::attachment::AttachmentRef, _n: std::time::SystemTime, _r: &mut impl rand::RngCore, _o: &mut impl io::Write) -> Result<(), UploadError> { Ok(()) }
