//! Why a command ends otherwise than well: what happened, whose fault it is, what to do, and what
//! became of the report. Exit codes are documented in `--help` and tested.

use std::{fmt, process::ExitCode};

use candor_directory::{CardError, Directory, DirectoryError, RouteError};
use candor_reporter::{
    ConnectError, DeliveryError, ExchangeError, FollowUpError, NetworkError, OpenError,
    PrepareError, RecipientsError, SendError, Untrusted, UploadError,
};
use candor_wire::{Fault, ProblemType};

use super::{
    screen::{NoLine, clean_line},
    words,
};

/// What the exit code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// A fault of this program or of this computer.
    Internal = 1,
    /// Wrong arguments or input.
    Usage = 2,
    /// The hotline's server cannot be reached, or is not able to answer now.
    Unreachable = 3,
    /// What the server served is not to be trusted.
    Untrusted = 4,
    /// There is no report under this code.
    NoReport = 5,
    /// The hotline does not take this, or nobody could read it.
    Refused = 6,
    /// Stopped by the one at the keyboard.
    Stopped = 7,
}

/// What became of what was to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// There was nothing to send, or saying so would not help.
    Unsaid,
    /// Nothing was sent.
    NothingSent,
    /// Something may have arrived without its receipt.
    Uncertain,
}

/// A failure, ready to be shown.
#[derive(Clone, Debug)]
pub struct Failure {
    exit: Exit,
    what: String,
    whose: &'static str,
    remedy: String,
    fate: Fate,
    telephone: Option<String>,
}

impl Failure {
    /// A failure.
    pub fn new(
        exit: Exit,
        what: impl Into<String>,
        whose: &'static str,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            exit,
            what: what.into(),
            whose,
            remedy: remedy.into(),
            fate: Fate::Unsaid,
            telephone: None,
        }
    }

    /// Wrong arguments or input.
    pub fn usage(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what, words::WHOSE_CALL, remedy)
    }

    /// This computer does not do what it should.
    pub fn machine(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Exit::Internal, what, words::WHOSE_MACHINE, remedy)
    }

    /// Says what became of what was to be sent.
    pub const fn with_fate(mut self, fate: Fate) -> Self {
        self.fate = fate;
        self
    }

    /// Adds the telephone of the hotline.
    pub fn with_hotline(mut self, directory: &Directory) -> Self {
        self.telephone = Some(words::telephone(directory));
        self
    }

    /// The exit code.
    pub fn code(&self) -> ExitCode {
        ExitCode::from(self.exit as u8)
    }

    /// What happened, as a sentence.
    pub fn what(&self) -> String {
        sentence(&self.what)
    }

    /// What the exit code says.
    pub const fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", sentence(&self.what))?;
        for line in [self.whose, &self.remedy] {
            if !line.is_empty() {
                writeln!(f, "{line}")?;
            }
        }
        match self.fate {
            Fate::Unsaid => {}
            Fate::NothingSent => writeln!(f, "{}", words::NOTHING_SENT)?,
            Fate::Uncertain => writeln!(f, "{}", words::FATE_UNCERTAIN)?,
        }
        match &self.telephone {
            Some(telephone) => write!(f, "{telephone}"),
            None => f.write_str(words::TELEPHONE_UNKNOWN),
        }
    }
}

/// A library's message as a sentence: a capital at the front, a full stop at the end.
pub fn sentence(text: &str) -> String {
    let text = clean_line(text);
    let mut chars = text.chars();
    let first: String = chars
        .next()
        .map_or_else(String::new, |c| c.to_uppercase().collect());
    let stop = if text.ends_with(['.', '!', '?', '”']) {
        ""
    } else {
        "."
    };
    format!("{first}{}{stop}", chars.as_str())
}

impl From<NoLine> for Failure {
    fn from(_: NoLine) -> Self {
        Self::new(Exit::Stopped, words::STOPPED, "", "").with_fate(Fate::NothingSent)
    }
}

impl From<NetworkError> for Failure {
    fn from(error: NetworkError) -> Self {
        Self::usage(error.to_string(), "")
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        let what = error.to_string();
        let failure = match error {
            ConnectError::Network(error) => error.into(),
            ConnectError::Unreachable => Self::unreachable(),
            ConnectError::Untrusted { why, clock } => {
                let mut remedy = String::new();
                if let Some(clock) = clock {
                    remedy = words::clock_hint(clock.here, clock.there) + " ";
                }
                remedy.push_str(words::DO_NOT_TYPE);
                let whose = match why {
                    Untrusted::Directory(
                        DirectoryError::Expired(_) | DirectoryError::NotYet(_),
                    ) => words::WHOSE_CLOCK_OR_OPERATOR,
                    _ => words::WHOSE_IN_BETWEEN,
                };
                Self::new(Exit::Untrusted, what, whose, remedy)
            }
            _ => Self::new(Exit::Unreachable, what, words::WHOSE_OPERATOR, ""),
        };
        failure.with_fate(Fate::NothingSent)
    }
}

impl From<RecipientsError> for Failure {
    fn from(error: RecipientsError) -> Self {
        let what = error.to_string();
        let failure = match error {
            RecipientsError::Route(RouteError::UnknownTopic(_) | RouteError::UnknownRole(_)) => {
                Self::usage(what, "")
            }
            RecipientsError::Route(RouteError::NobodyLeft) => {
                Self::new(Exit::Refused, what, "", words::NEVER_NOBODY)
            }
            RecipientsError::Route(_) => Self::new(
                Exit::Refused,
                what,
                words::WHOSE_OPERATOR,
                words::PLEASE_CALL,
            ),
            RecipientsError::Card(CardError::Stale { .. } | CardError::NotYet { .. }) => Self::new(
                Exit::Untrusted,
                what,
                words::WHOSE_CLOCK_OR_OPERATOR,
                words::NO_OTHER_OFFICE,
            ),
            _ => Self::new(
                Exit::Untrusted,
                what,
                words::WHOSE_OPERATOR,
                words::NO_OTHER_OFFICE,
            ),
        };
        failure.with_fate(Fate::NothingSent)
    }
}

impl From<PrepareError> for Failure {
    fn from(error: PrepareError) -> Self {
        match error {
            PrepareError::Recipients(error) => error.into(),
            PrepareError::Files(error) => error.into(),
            other => Self::usage(other.to_string(), "").with_fate(Fate::NothingSent),
        }
    }
}

impl From<FollowUpError> for Failure {
    fn from(error: FollowUpError) -> Self {
        let what = error.to_string();
        match error {
            FollowUpError::Prepare(error) => error.into(),
            FollowUpError::NobodyLeft => {
                Self::new(Exit::Refused, what, "", "").with_fate(Fate::NothingSent)
            }
            _ => Self::usage(what, "").with_fate(Fate::NothingSent),
        }
    }
}

impl From<UploadError> for Failure {
    fn from(error: UploadError) -> Self {
        let what = error.to_string();
        match error {
            UploadError::Exchange(error) => error.into(),
            UploadError::Refused(kind) => Self::refused(kind),
            UploadError::NotThere => Self::new(
                Exit::Refused,
                what,
                words::WHOSE_OPERATOR,
                words::PLEASE_CALL,
            ),
            UploadError::NotGenuine => Self::new(
                Exit::Untrusted,
                what,
                words::WHOSE_IN_BETWEEN,
                words::FILE_REMOVED,
            ),
            _ => Self::usage(what, ""),
        }
    }
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Upload(error) => Self::from(error).with_fate(Fate::NothingSent),
            SendError::Delivery(error) => error.into(),
            other => Self::machine(other.to_string(), ""),
        }
    }
}

impl From<DeliveryError> for Failure {
    fn from(error: DeliveryError) -> Self {
        let what = error.to_string();
        match error {
            DeliveryError::Exchange(error) => Self::from(error).with_fate(Fate::Uncertain),
            DeliveryError::Refused(kind) => Self::refused(kind),
            DeliveryError::ChangedElsewhere => Self::new(Exit::Refused, what, "", ""),
            DeliveryError::NotGenuine => {
                Self::new(Exit::Untrusted, what, words::WHOSE_IN_BETWEEN, "")
            }
            other => Self::machine(other.to_string(), ""),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let what = error.to_string();
        match error {
            OpenError::NoReport => Self::new(Exit::NoReport, what, "", words::NO_REPORT_REMEDY),
            OpenError::Expired => Self::new(Exit::NoReport, what, "", words::PLEASE_CALL),
            OpenError::NotGenuine => Self::new(Exit::Untrusted, what, words::WHOSE_IN_BETWEEN, ""),
            OpenError::Refused(kind) => Self::refused(kind),
            OpenError::Exchange(error) => error.into(),
            _ => Self::machine(what, ""),
        }
    }
}

impl From<ExchangeError> for Failure {
    fn from(error: ExchangeError) -> Self {
        let what = error.to_string();
        match error {
            ExchangeError::Unreachable => Self::unreachable(),
            ExchangeError::Refused(kind) => Self::refused(kind),
            ExchangeError::NotGenuine => {
                Self::new(Exit::Untrusted, what, words::WHOSE_IN_BETWEEN, "")
            }
            ExchangeError::Key => Self::new(
                Exit::Untrusted,
                what,
                words::WHOSE_OPERATOR,
                words::PLEASE_CALL,
            ),
            ExchangeError::StampTooDear => {
                Self::new(Exit::Unreachable, what, words::WHOSE_OPERATOR, "")
            }
            _ => Self::machine(what, ""),
        }
    }
}

impl Failure {
    fn unreachable() -> Self {
        Self::new(
            Exit::Unreachable,
            words::UNREACHABLE,
            words::WHOSE_CONNECTION,
            words::TRY_LATER,
        )
    }

    fn refused(kind: ProblemType) -> Self {
        let (exit, whose) = match kind.fault() {
            Fault::Client => (Exit::Refused, ""),
            Fault::Peer => (Exit::Unreachable, words::WHOSE_PEER),
            Fault::Operator => (Exit::Unreachable, words::WHOSE_OPERATOR),
            Fault::Program => (Exit::Internal, words::WHOSE_PROGRAM),
        };
        Self::new(exit, kind.title(), whose, kind.remedy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_frozen() {
        let codes = [
            Exit::Internal,
            Exit::Usage,
            Exit::Unreachable,
            Exit::Untrusted,
            Exit::NoReport,
            Exit::Refused,
            Exit::Stopped,
        ];
        let codes: Vec<u8> = codes.into_iter().map(|code| code as u8).collect();
        assert_eq!(codes, [1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn every_failure_says_what_and_whom_to_call() {
        let failures: [Failure; 4] = [
            ConnectError::Unreachable.into(),
            OpenError::NoReport.into(),
            DeliveryError::Refused(ProblemType::StorageFull).into(),
            ConnectError::Untrusted {
                why: Untrusted::ExchangeKey,
                clock: None,
            }
            .into(),
        ];
        let exits: Vec<Exit> = failures.iter().map(Failure::exit).collect();
        let expected = [
            Exit::Unreachable,
            Exit::NoReport,
            Exit::Unreachable,
            Exit::Untrusted,
        ];
        assert_eq!(exits, expected);
        for failure in &failures {
            let text = failure.to_string();
            assert!(text.ends_with(words::TELEPHONE_UNKNOWN), "{text}");
            assert!(
                text.lines().all(|line| line.ends_with(['.', '”'])),
                "{text}"
            );
        }
        assert_eq!(
            sentence("the text\u{1b} is too long"),
            "The text is too long."
        );
    }
}
