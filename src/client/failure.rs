//! Why a command ends otherwise than well: what happened, whose fault it is, what to do, and what
//! became of the report. Exit codes are documented in `--help` and tested.

use std::{fmt, process::ExitCode};

use candor_directory::Directory;

use super::{message::Message, screen::clean_line, tell, words};

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
    whose: Option<Message>,
    remedy: String,
    /// For the people who run the hotline, in English.
    why: Option<Box<str>>,
    fate: Fate,
    telephone: Option<Box<str>>,
}

impl Failure {
    /// A failure.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self {
            exit,
            what: what.into(),
            whose: None,
            remedy: String::new(),
            why: None,
            fate: Fate::Unsaid,
            telephone: None,
        }
    }

    /// Wrong arguments or input.
    pub fn usage(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what).do_this(remedy)
    }

    /// This computer does not do what it should.
    pub fn machine(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Exit::Internal, what)
            .whose(words::WHOSE_MACHINE)
            .do_this(remedy)
    }

    /// Somebody stopped it.
    pub fn stopped() -> Self {
        Self::new(Exit::Stopped, &*words::STOPPED)
    }

    /// Says whose fault it is.
    pub(super) const fn whose(mut self, whose: Message) -> Self {
        self.whose = Some(whose);
        self
    }

    /// Says what to do.
    pub fn do_this(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// Says what the people who run the hotline need to know.
    pub(super) fn because(mut self, why: &impl fmt::Display) -> Self {
        self.why = Some(why.to_string().into());
        self
    }

    /// Says what became of what was to be sent.
    pub const fn with_fate(mut self, fate: Fate) -> Self {
        self.fate = fate;
        self
    }

    /// Adds the telephone of the hotline.
    pub fn with_hotline(mut self, directory: &Directory) -> Self {
        self.telephone = Some(tell::telephone(directory).into());
        self
    }

    /// The exit code.
    pub fn code(&self) -> ExitCode {
        ExitCode::from(self.exit as u8)
    }

    /// What happened, as a sentence.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What became of what was to be sent.
    pub const fn fate(&self) -> Fate {
        self.fate
    }

    /// What the exit code says.
    pub const fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.what)?;
        if let Some(whose) = &self.whose {
            writeln!(f, "{}", &**whose)?;
        }
        if !self.remedy.is_empty() {
            writeln!(f, "{}", self.remedy)?;
        }
        if let Some(why) = &self.why {
            let why = clean_line(why);
            writeln!(f, "{}", words::TELL_OPERATOR.with(&[("why", &why)]))?;
        }
        match self.fate {
            Fate::Unsaid => {}
            Fate::NothingSent => writeln!(f, "{}", &*words::NOTHING_SENT)?,
            Fate::Uncertain => writeln!(f, "{}", &*words::FATE_UNCERTAIN)?,
        }
        match &self.telephone {
            Some(telephone) => write!(f, "{telephone}"),
            None => f.write_str(&words::TELEPHONE_UNKNOWN),
        }
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
        use candor_reporter::{ConnectError, DeliveryError, OpenError, Untrusted};
        use candor_wire::ProblemType;

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
            assert!(text.ends_with(&*words::TELEPHONE_UNKNOWN), "{text}");
            let own = text
                .lines()
                .filter(|line| !line.starts_with("What to tell"));
            assert!(own.clone().all(|line| line.ends_with(['.', '”'])), "{text}");
        }
    }
}
