//! Why a command ends: cause, then remedy, and a documented exit code.

use std::{fmt, io, path::Path, process::ExitCode};

use thiserror::Error;

/// The exit codes of `candor-desk`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[non_exhaustive]
pub enum Reason {
    /// Done.
    Done = 0,
    /// Done, but something needs attention; the output says what.
    Attention = 1,
    /// Wrong arguments or settings, or no such case.
    Usage = 2,
    /// The keys could not be unlocked.
    Locked = 3,
    /// The desk's folder is missing, in use, full, damaged or changed by somebody else.
    Storage = 4,
    /// The relay or the intake could not be reached, or refused.
    Network = 5,
    /// Something signed does not verify, or what is published differs from what it should be.
    Trust = 6,
    /// The desk refuses: it would reach somebody whom the reporter left out, or cannot be sealed.
    Refused = 7,
    /// A defect of the desk.
    Internal = 70,
}

impl From<Reason> for ExitCode {
    fn from(reason: Reason) -> Self {
        Self::from(reason as u8)
    }
}

/// Why a command could not be carried out.
#[derive(Debug, Error)]
#[error("{cause}\n{remedy}")]
pub struct Failure {
    reason: Reason,
    cause: String,
    remedy: String,
}

impl Failure {
    /// A failure with its reason, cause and remedy, each a sentence or two.
    pub fn new(reason: Reason, cause: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self {
            reason,
            cause: cause.to_string(),
            remedy: remedy.to_string(),
        }
    }

    /// Wrong arguments or settings.
    pub fn usage(cause: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self::new(Reason::Usage, cause, remedy)
    }

    /// The folder cannot be used.
    pub fn storage(cause: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self::new(Reason::Storage, cause, remedy)
    }

    /// Something signed does not verify.
    pub fn trust(cause: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self::new(Reason::Trust, cause, remedy)
    }

    /// The desk refuses.
    pub fn refused(cause: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self::new(Reason::Refused, cause, remedy)
    }

    /// A defect.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(
            Reason::Internal,
            cause,
            "This is a defect of candor-desk; please report it with this message.",
        )
    }

    /// A file could not be read or written. The path is the person's own and may be shown.
    pub fn file(what: &str, path: &Path, error: &io::Error) -> Self {
        let remedy = match error.kind() {
            io::ErrorKind::NotFound => "Check the path.",
            io::ErrorKind::PermissionDenied => "Check who may read and write there.",
            io::ErrorKind::AlreadyExists => {
                "Nothing is ever overwritten: choose another name, or move the old file away."
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "The disk is full: make room and try again."
            }
            _ => "Check the disk and the path, then try again.",
        };
        Self::storage(format!("{what} {}: {error}.", path.display()), remedy)
    }

    /// The exit code's meaning.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// What happened.
    #[must_use]
    pub fn cause(&self) -> &str {
        &self.cause
    }

    /// What to do.
    #[must_use]
    pub fn remedy(&self) -> &str {
        &self.remedy
    }
}

/// What commands answer.
pub type Outcome<T = ()> = Result<T, Failure>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_frozen() {
        let codes = [
            (Reason::Done, 0),
            (Reason::Attention, 1),
            (Reason::Usage, 2),
            (Reason::Locked, 3),
            (Reason::Storage, 4),
            (Reason::Network, 5),
            (Reason::Trust, 6),
            (Reason::Refused, 7),
            (Reason::Internal, 70),
        ];
        for (reason, code) in codes {
            assert_eq!(reason as u8, code);
        }
    }
}
