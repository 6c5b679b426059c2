//! Why a process ends: documented exit codes, and errors that say cause and remedy.

use std::{
    fmt,
    future::Future,
    io::{self, Write as _},
    process::{ExitCode, Termination},
};

use thiserror::Error;

use crate::{ConfigError, TlsError};

/// The exit codes of every Candor server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[non_exhaustive]
pub enum ExitReason {
    /// Asked to stop, finished what was in flight, closed its files.
    Clean = 0,
    /// A defect of Candor, or of the machine under it.
    Internal = 1,
    /// Wrong arguments or configuration.
    Usage = 2,
    /// An address could not be listened on.
    CannotListen = 3,
    /// The storage folder is missing, held by another process, damaged or full.
    Storage = 4,
}

impl From<ExitReason> for ExitCode {
    fn from(reason: ExitReason) -> Self {
        Self::from(reason as u8)
    }
}

/// Why a server cannot start or go on: cause, then remedy.
#[derive(Debug, Error)]
#[error("{cause}\n{remedy}")]
pub struct Fatal {
    reason: ExitReason,
    cause: String,
    remedy: String,
}

impl Fatal {
    /// A defect: exit code 1.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(
            ExitReason::Internal,
            cause,
            "This is a defect; please report it with this message.",
        )
    }

    /// Wrong arguments or configuration: exit code 2.
    pub fn usage(cause: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self::new(ExitReason::Usage, cause, remedy)
    }

    /// An address could not be listened on: exit code 3.
    pub fn cannot_listen(cause: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self::new(ExitReason::CannotListen, cause, remedy)
    }

    /// Storage cannot be used: exit code 4.
    pub fn storage(cause: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self::new(ExitReason::Storage, cause, remedy)
    }

    fn new(reason: ExitReason, cause: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self {
            reason,
            cause: cause.to_string(),
            remedy: remedy.to_string(),
        }
    }

    /// The exit code's meaning.
    #[must_use]
    pub const fn reason(&self) -> ExitReason {
        self.reason
    }
}

impl From<ConfigError> for Fatal {
    fn from(error: ConfigError) -> Self {
        Self::usage(&error, error.remedy())
    }
}

impl From<TlsError> for Fatal {
    fn from(error: TlsError) -> Self {
        Self::usage(&error, error.remedy())
    }
}

/// What a binary's `main` returns: prints the error to standard error and sets the exit code.
#[derive(Debug)]
#[must_use]
pub struct Exit(Result<(), Fatal>);

impl From<Result<(), Fatal>> for Exit {
    fn from(result: Result<(), Fatal>) -> Self {
        Self(result)
    }
}

impl Exit {
    /// The exit code's meaning.
    #[must_use]
    pub fn reason(&self) -> ExitReason {
        self.0
            .as_ref()
            .err()
            .map_or(ExitReason::Clean, Fatal::reason)
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        let reason = self.reason();
        if let Err(error) = self.0 {
            // A closed standard error leaves nobody to tell; the exit code still says it.
            let _ = writeln!(io::stderr(), "error: {error}");
        }
        reason.into()
    }
}

/// Runs a server's future on the actix runtime and turns its outcome into an [`Exit`].
pub fn main(server: impl Future<Output = Result<(), Fatal>>) -> Exit {
    Exit(actix_web::rt::System::new().block_on(server))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_frozen() {
        let codes = [
            (Exit(Ok(())), 0),
            (Exit(Err(Fatal::internal("x"))), 1),
            (Exit(Err(Fatal::usage("x", "y"))), 2),
            (Exit(Err(Fatal::cannot_listen("x", "y"))), 3),
            (Exit(Err(Fatal::storage("x", "y"))), 4),
        ];
        for (exit, code) in codes {
            assert_eq!(exit.reason() as u8, code);
        }
    }

    #[test]
    fn the_message_is_cause_then_remedy() {
        let fatal = Fatal::storage("the folder is full", "Free some room.");
        assert_eq!(fatal.to_string(), "the folder is full\nFree some room.");
    }
}
