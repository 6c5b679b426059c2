//! What the libraries' errors mean to a reporter: which sentence, whose fault, what to do.

use candor_directory::{CardError, DirectoryError, PinError, RouteError};
use candor_reporter::{
    ConnectError, DeliveryError, ExchangeError, FollowUpError, MoveError, NetworkError, OpenError,
    PrepareError, RecipientsError, SendError, TakeUpError, Untrusted, UploadError,
};
use candor_sealing::{ClaimCodeError, UnknownWord, report::ComposeError};
use candor_wire::ProblemType;

use super::{
    failure::{Exit, Failure, Fate},
    screen::NoLine,
    words,
};

impl From<NoLine> for Failure {
    fn from(_: NoLine) -> Self {
        Self::stopped().with_fate(Fate::NothingSent)
    }
}

impl From<PinError> for Failure {
    fn from(error: PinError) -> Self {
        match error {
            PinError::Demonstration => Self::usage(&*words::PIN_IS_DEMO, &*words::DEMO_REMEDY),
            PinError::NotDemonstration => {
                Self::usage(&*words::PIN_IS_REAL, &*words::NOT_DEMO_REMEDY)
            }
            other => Self::usage(&*words::PIN_BAD, &*words::PIN_REMEDY).because(&other),
        }
    }
}

impl From<NetworkError> for Failure {
    fn from(error: NetworkError) -> Self {
        match error {
            NetworkError::Address => Self::usage(&*words::BAD_ADDRESS, &*words::BAD_ADDRESS_REMEDY),
            NetworkError::Unprotected => {
                Self::usage(&*words::NOT_PROTECTED, &*words::NOT_PROTECTED_REMEDY)
            }
            NetworkError::OnionWithoutProxy => {
                Self::usage(&*words::ONION_NEEDS_TOR, &*words::ONION_NEEDS_TOR_REMEDY)
            }
            NetworkError::Proxy => Self::usage(&*words::BAD_PROXY, &*words::BAD_PROXY_REMEDY),
            NetworkError::Certificates => Self::usage(&*words::NO_CERTIFICATE, ""),
            other => Self::machine(&*words::NO_NETWORK, "").because(&other),
        }
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        let failure = match error {
            ConnectError::Network(error) => error.into(),
            ConnectError::Unreachable => Self::unreachable(),
            ConnectError::Untrusted { why, clock } => {
                let mut remedy = String::new();
                if let Some(clock) = clock {
                    remedy = words::CLOCK_HINT
                        .with(&[("here", &clock.here), ("there", &clock.there)])
                        + " ";
                }
                remedy.push_str(&words::DO_NOT_TYPE);
                let whose = match why {
                    Untrusted::Directory(
                        DirectoryError::Expired(_) | DirectoryError::NotYet(_),
                    ) => words::WHOSE_CLOCK_OR_OPERATOR,
                    _ => words::WHOSE_IN_BETWEEN,
                };
                let what = match why {
                    Untrusted::Directory(_) => words::UNTRUSTED_DIRECTORY,
                    Untrusted::Cards(_) => words::UNTRUSTED_CARDS,
                    _ => words::UNTRUSTED_RELAY_KEYS,
                };
                Self::new(Exit::Untrusted, &*what)
                    .whose(whose)
                    .do_this(remedy)
                    .because(&why)
            }
            _ => Self::new(Exit::Unreachable, &*words::NOT_SERVED)
                .whose(words::WHOSE_OPERATOR)
                .do_this(&*words::NOT_SERVED_REMEDY),
        };
        failure.with_fate(Fate::NothingSent)
    }
}

impl From<RecipientsError> for Failure {
    fn from(error: RecipientsError) -> Self {
        let failure = match error {
            RecipientsError::Route(RouteError::UnknownTopic(id)) => {
                Self::usage(words::NO_SUCH_TOPIC.with(&[("id", &id)]), "")
            }
            RecipientsError::Route(RouteError::UnknownRole(id)) => {
                Self::usage(words::NO_SUCH_ROLE.with(&[("id", &id)]), "")
            }
            RecipientsError::Route(RouteError::NobodyLeft) => {
                Self::new(Exit::Refused, &*words::NOBODY_LEFT)
            }
            RecipientsError::Route(error) => Self::new(Exit::Refused, &*words::ROUTE_FAULT)
                .whose(words::WHOSE_OPERATOR)
                .do_this(&*words::PLEASE_CALL)
                .because(&error),
            RecipientsError::Card(error @ (CardError::Stale { .. } | CardError::NotYet { .. })) => {
                Self::new(Exit::Untrusted, &*words::CARD_FAULT)
                    .whose(words::WHOSE_CLOCK_OR_OPERATOR)
                    .do_this(&*words::NO_OTHER_OFFICE)
                    .because(&error)
            }
            other => Self::new(Exit::Untrusted, &*words::CARD_FAULT)
                .whose(words::WHOSE_OPERATOR)
                .do_this(&*words::NO_OTHER_OFFICE)
                .because(&other),
        };
        failure.with_fate(Fate::NothingSent)
    }
}

impl From<ComposeError> for Failure {
    fn from(error: ComposeError) -> Self {
        match error {
            ComposeError::Exhausted => {
                Self::new(Exit::Refused, &*words::CONVERSATION_FULL).do_this(&*words::PLEASE_CALL)
            }
            ComposeError::Recipient => RecipientsError::from(error).into(),
            other => Self::machine(&*words::SEAL_FAULT, "").because(&other),
        }
    }
}

impl From<PrepareError> for Failure {
    fn from(error: PrepareError) -> Self {
        match error {
            PrepareError::Recipients(error) => error.into(),
            PrepareError::Files(error) => error.into(),
            PrepareError::TextTooLong { most } => {
                Self::usage(words::TEXT_TOO_LONG.with(&[("most", &most)]), "")
            }
            PrepareError::Compose(error) => error.into(),
            PrepareError::IdentityTooLong { most } => {
                Self::usage(words::IDENTITY_TOO_LONG.with(&[("most", &most)]), "")
            }
            other => Self::machine(&*words::SEAL_FAULT, "").because(&other),
        }
        .with_fate(Fate::NothingSent)
    }
}

impl From<FollowUpError> for Failure {
    fn from(error: FollowUpError) -> Self {
        match error {
            FollowUpError::Prepare(error) => error.into(),
            FollowUpError::NobodyLeft => Self::new(Exit::Refused, &*words::NOBODY_REMAINS),
            FollowUpError::UnknownRole(id) => {
                Self::usage(words::NO_SUCH_ROLE.with(&[("id", &id)]), "")
            }
            FollowUpError::OtherOffices => Self::new(Exit::Refused, &*words::OTHER_OFFICES)
                .do_this(&*words::OTHER_OFFICES_REMEDY),
            FollowUpError::Empty => Self::usage(&*words::NOTHING_TO_SEND, ""),
            other => Self::machine(&*words::SEAL_FAULT, "").because(&other),
        }
        .with_fate(Fate::NothingSent)
    }
}

impl From<UploadError> for Failure {
    fn from(error: UploadError) -> Self {
        let size = |most: u64| words::size(most);
        match error {
            UploadError::Exchange(error) => error.into(),
            UploadError::Refused(kind) => Self::refused(kind),
            UploadError::NotThere => Self::new(Exit::Refused, &*words::FILE_PART_GONE)
                .whose(words::WHOSE_OPERATOR)
                .do_this(&*words::PLEASE_CALL),
            UploadError::NotGenuine => Self::new(Exit::Untrusted, &*words::FILE_NOT_GENUINE)
                .whose(words::WHOSE_IN_BETWEEN)
                .do_this(&*words::FILE_REMOVED),
            UploadError::TooMany { most } => {
                Self::usage(words::TOO_MANY_FILES.with(&[("most", &most)]), "")
            }
            UploadError::TooLarge { most } => {
                Self::usage(words::FILE_TOO_LARGE.with(&[("most", &size(most))]), "")
            }
            UploadError::TooLargeTogether { most } => {
                Self::usage(words::FILES_TOO_LARGE.with(&[("most", &size(most))]), "")
            }
            UploadError::Unwritable => Self::machine(&*words::FILE_UNWRITABLE, ""),
            _ => Self::usage(&*words::FILE_UNREADABLE, ""),
        }
    }
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Upload(error) => Self::from(error).with_fate(Fate::NothingSent),
            SendError::Delivery(error) => error.into(),
            SendError::Compose(error) => error.into(),
            other => Self::machine(&*words::SEAL_FAULT, "").because(&other),
        }
    }
}

impl From<DeliveryError> for Failure {
    fn from(error: DeliveryError) -> Self {
        match error {
            DeliveryError::Exchange(error) => Self::from(error).with_fate(Fate::Uncertain),
            DeliveryError::Refused(kind) => Self::refused(kind),
            DeliveryError::ChangedElsewhere => Self::new(Exit::Refused, &*words::CHANGED_ELSEWHERE),
            DeliveryError::NotGenuine => Self::record_not_genuine(),
            DeliveryError::Moved => Self::moved(),
            DeliveryError::Sealing(error) => error.into(),
            other => Self::machine(&*words::SEAL_FAULT, "").because(&other),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::NoReport => {
                Self::new(Exit::NoReport, &*words::NO_REPORT).do_this(&*words::NO_REPORT_REMEDY)
            }
            OpenError::Expired => {
                Self::new(Exit::NoReport, &*words::EXPIRED).do_this(&*words::EXPIRED_REMEDY)
            }
            OpenError::Moved => Self::moved(),
            OpenError::NotGenuine => Self::record_not_genuine(),
            OpenError::Refused(kind) => Self::refused(kind),
            OpenError::Exchange(error) => error.into(),
            other => Self::machine(&*words::INTERNAL, "").because(&other),
        }
    }
}

impl From<MoveError> for Failure {
    fn from(error: MoveError) -> Self {
        match error {
            MoveError::Withdrawn => Self::new(Exit::Refused, &*words::MOVE_WITHDRAWN),
            MoveError::NobodyLeft => {
                Self::new(Exit::Refused, &*words::MOVE_NOBODY).do_this(&*words::PLEASE_CALL)
            }
            MoveError::OtherOffices => Self::new(Exit::Refused, &*words::OTHER_OFFICES)
                .do_this(&*words::OTHER_OFFICES_REMEDY),
            MoveError::TooOften => Self::new(Exit::Refused, &*words::MOVE_TOO_OFTEN),
            MoveError::Recipients(error) => error.into(),
            MoveError::Compose(error) => error.into(),
            MoveError::Delivery(error) => error.into(),
            other => Self::machine(&*words::INTERNAL, "").because(&other),
        }
    }
}

impl From<TakeUpError> for Failure {
    fn from(error: TakeUpError) -> Self {
        match error {
            TakeUpError::Nothing => Self::usage(&*words::NOTHING_TO_SEND, ""),
            TakeUpError::FollowUp(error) => error.into(),
            TakeUpError::Recipients(error) => error.into(),
            TakeUpError::Compose(error) => error.into(),
            TakeUpError::Delivery(error) => error.into(),
            other => Self::machine(&*words::INTERNAL, "").because(&other),
        }
    }
}

impl From<ExchangeError> for Failure {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::Unreachable => Self::unreachable(),
            ExchangeError::Refused(kind) => Self::refused(kind),
            ExchangeError::NotGenuine => Self::new(Exit::Untrusted, &*words::NOT_GENUINE)
                .whose(words::WHOSE_IN_BETWEEN)
                .do_this(&*words::NOT_GENUINE_REMEDY),
            ExchangeError::Key => Self::new(Exit::Untrusted, &*words::RELAY_KEY_UNKNOWN)
                .whose(words::WHOSE_OPERATOR)
                .do_this(&*words::PLEASE_CALL),
            ExchangeError::StampTooDear => {
                Self::new(Exit::Unreachable, &*words::STAMP_TOO_DEAR).whose(words::WHOSE_OPERATOR)
            }
            other => Self::machine(&*words::INTERNAL, "").because(&other),
        }
    }
}

impl From<ClaimCodeError> for Failure {
    fn from(error: ClaimCodeError) -> Self {
        let what = format!("{}\n{}", &*words::NOT_A_CODE, code_fault(&error));
        Self::usage(what, &*words::COMPARE_CODE)
    }
}

/// What is wrong with a code, word by word.
pub fn code_fault(error: &ClaimCodeError) -> String {
    match error {
        ClaimCodeError::Empty => words::CODE_EMPTY.to_string(),
        ClaimCodeError::UnknownWords(unknown) => {
            let lines: Vec<String> = unknown.iter().map(unknown_word).collect();
            lines.join("\n")
        }
        ClaimCodeError::WordCount { found } => words::CODE_WORDS.with(&[("found", found)]),
        ClaimCodeError::DigitCount { found } => words::CODE_DIGITS.with(&[("found", found)]),
        ClaimCodeError::GroupTooLarge { position } => {
            words::CODE_GROUP.with(&[("position", position)])
        }
        _ => words::CODE_CHECKSUM.to_string(),
    }
}

fn unknown_word(word: &UnknownWord) -> String {
    let template = match word.suggestions.len() {
        0 => words::CODE_WORD,
        1 => words::CODE_WORD_ONE,
        _ => words::CODE_WORD_SOME,
    };
    let suggested = words::list(&word.suggestions);
    template.with(&[("position", &word.position), ("words", &suggested)])
}

impl Failure {
    fn unreachable() -> Self {
        Self::new(Exit::Unreachable, &*words::UNREACHABLE)
            .whose(words::WHOSE_CONNECTION)
            .do_this(&*words::TRY_LATER)
    }

    fn moved() -> Self {
        Self::new(Exit::NoReport, &*words::MOVED).do_this(&*words::MOVED_REMEDY)
    }

    fn record_not_genuine() -> Self {
        Self::new(Exit::Untrusted, &*words::RECORD_NOT_GENUINE)
            .whose(words::WHOSE_IN_BETWEEN)
            .do_this(&*words::PLEASE_CALL)
    }

    fn refused(kind: ProblemType) -> Self {
        match kind {
            ProblemType::Busy | ProblemType::Quota | ProblemType::ProofOfWork => {
                Self::new(Exit::Unreachable, &*words::BUSY)
                    .whose(words::WHOSE_OPERATOR)
                    .do_this(&*words::BUSY_REMEDY)
            }
            ProblemType::StorageFull => Self::new(Exit::Unreachable, &*words::STORAGE_FULL)
                .whose(words::WHOSE_OPERATOR)
                .do_this(&*words::PLEASE_CALL),
            ProblemType::RelayUnreachable
            | ProblemType::RelayTimeout
            | ProblemType::RelayAnswer
            | ProblemType::NotReady => Self::new(Exit::Unreachable, &*words::RELAY_SILENT)
                .whose(words::WHOSE_PEER)
                .do_this(&*words::BUSY_REMEDY),
            ProblemType::UnknownOffice => Self::new(Exit::Refused, &*words::DIRECTORY_CHANGED)
                .do_this(&*words::DIRECTORY_CHANGED_REMEDY),
            ProblemType::Absent => {
                Self::new(Exit::NoReport, &*words::NO_REPORT).do_this(&*words::NO_REPORT_REMEDY)
            }
            ProblemType::Gone => {
                Self::new(Exit::NoReport, &*words::EXPIRED).do_this(&*words::EXPIRED_REMEDY)
            }
            other => {
                let what = words::REFUSED.with(&[("type", &other.slug())]);
                Self::new(Exit::Refused, what)
                    .whose(words::WHOSE_PROGRAM)
                    .do_this(&*words::PLEASE_CALL)
            }
        }
    }
}
