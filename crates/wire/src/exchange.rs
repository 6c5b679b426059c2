//! The operations that travel inside an exchange, and their answers (`docs/protocol.md`,
//! "The exchange").
//!
//! An operation is a binary HTTP request (RFC 9292): always `POST`, one of the paths below, an
//! opaque body. The answer is a status and a body; every refusal is a problem document. Padding
//! and encapsulation are the work of whoever speaks Oblivious HTTP; here are only the meanings.

use thiserror::Error;

use crate::{
    envelope::{Envelope, EnvelopeError},
    id::{Address, Capability, EnvelopeId, IdError},
    office::OfficeId,
    problem::{Problem, ProblemType},
    reader::{Reader, Truncated},
    sizes::CELL_LEN,
};

/// The outer content type of an encapsulated request.
pub const REQUEST_MEDIA_TYPE: &str = "message/ohttp-req";
/// The outer content type of an encapsulated response.
pub const RESPONSE_MEDIA_TYPE: &str = "message/ohttp-res";
/// The outer path of an ordinary exchange.
pub const EXCHANGE_PATH: &str = "/v1/exchange";
/// The outer path of an exchange whose request carries a cell.
pub const CELL_PUT_PATH: &str = "/v1/cell/put";
/// The outer path of an exchange whose answer carries a cell.
pub const CELL_TAKE_PATH: &str = "/v1/cell/take";

/// The class of an exchange: which of request and answer are large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Both of the ordinary length.
    Ordinary,
    /// The request carries a cell.
    CellPut,
    /// The answer carries a cell.
    CellTake,
}

/// What a client asks of the relay.
#[derive(Clone, PartialEq, Eq)]
pub enum Operation {
    /// Store an envelope for its offices.
    File(Envelope),
    /// Read the drop of this capability.
    Read(Capability),
    /// Read the self-record of this capability.
    ReadSelf(Capability),
    /// Create or replace the self-record of this capability.
    WriteSelf {
        /// Who holds it may replace the record.
        capability: Capability,
        /// Strictly higher than the stored record's.
        counter: u64,
        /// The sealed record.
        sealed: Vec<u8>,
    },
    /// Store a cell.
    PutCell {
        /// Where: the hash of the capability that will read it.
        address: Address,
        /// Exactly [`CELL_LEN`] bytes.
        cell: Vec<u8>,
    },
    /// Read the cell of this capability.
    TakeCell(Capability),
}

/// Why a request inside an exchange is not an operation.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum OperationError {
    /// Not `POST`, or not one of the paths.
    #[error("no such operation")]
    Unknown,
    /// The body is not what the path takes.
    #[error("the operation's body is malformed")]
    Malformed,
    /// The body is an envelope, but a wrong one.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
}

impl From<Truncated> for OperationError {
    fn from(_: Truncated) -> Self {
        Self::Malformed
    }
}

impl From<IdError> for OperationError {
    fn from(_: IdError) -> Self {
        Self::Malformed
    }
}

impl Operation {
    /// The method of every operation.
    pub const METHOD: &'static [u8] = b"POST";
    /// The scheme that the inner request names.
    pub const SCHEME: &'static [u8] = b"https";
    /// The authority that the inner request names: the relay is one resource.
    pub const AUTHORITY: &'static [u8] = b"relay";

    const FILE: &'static str = "/envelope";
    const READ: &'static str = "/read";
    const READ_SELF: &'static str = "/self/read";
    const WRITE_SELF: &'static str = "/self";
    const PUT_CELL: &'static str = "/cell";
    const TAKE_CELL: &'static str = "/cell/take";

    /// The class of exchange it travels in.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::File(_) | Self::Read(_) | Self::ReadSelf(_) | Self::WriteSelf { .. } => {
                Class::Ordinary
            }
            Self::PutCell { .. } => Class::CellPut,
            Self::TakeCell(_) => Class::CellTake,
        }
    }

    /// The path and body of the inner request.
    #[must_use]
    pub fn encode(&self) -> (&'static str, Vec<u8>) {
        match self {
            Self::File(envelope) => (Self::FILE, envelope.encode()),
            Self::Read(capability) => (Self::READ, capability.expose().to_vec()),
            Self::ReadSelf(capability) => (Self::READ_SELF, capability.expose().to_vec()),
            Self::WriteSelf {
                capability,
                counter,
                sealed,
            } => {
                let mut body = capability.expose().to_vec();
                body.extend_from_slice(&counter.to_be_bytes());
                body.extend_from_slice(sealed);
                (Self::WRITE_SELF, body)
            }
            Self::PutCell { address, cell } => {
                let mut body = address.as_bytes().to_vec();
                body.extend_from_slice(cell);
                (Self::PUT_CELL, body)
            }
            Self::TakeCell(capability) => (Self::TAKE_CELL, capability.expose().to_vec()),
        }
    }

    /// Parses the method, path and body of an inner request.
    ///
    /// # Errors
    /// [`OperationError`]
    pub fn decode(method: &[u8], path: &[u8], body: &[u8]) -> Result<Self, OperationError> {
        if method != Self::METHOD {
            return Err(OperationError::Unknown);
        }
        let path = std::str::from_utf8(path).map_err(|_| OperationError::Unknown)?;
        Ok(match path {
            Self::FILE => Self::File(Envelope::decode(body)?),
            Self::READ => Self::Read(Capability::decode(body)?),
            Self::READ_SELF => Self::ReadSelf(Capability::decode(body)?),
            Self::TAKE_CELL => Self::TakeCell(Capability::decode(body)?),
            Self::WRITE_SELF => {
                let mut reader = Reader::new(body);
                let capability = Capability::new(reader.array()?);
                let counter = reader.u64()?;
                let sealed = reader.rest().to_vec();
                if sealed.is_empty() {
                    return Err(OperationError::Malformed);
                }
                Self::WriteSelf {
                    capability,
                    counter,
                    sealed,
                }
            }
            Self::PUT_CELL => {
                let mut reader = Reader::new(body);
                let address = Address::new(reader.array()?);
                let cell = reader.rest().to_vec();
                if cell.len() != CELL_LEN {
                    return Err(OperationError::Malformed);
                }
                Self::PutCell { address, cell }
            }
            _ => return Err(OperationError::Unknown),
        })
    }
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::File(_) => "File(..)",
            Self::Read(_) => "Read(..)",
            Self::ReadSelf(_) => "ReadSelf(..)",
            Self::WriteSelf { .. } => "WriteSelf(..)",
            Self::PutCell { .. } => "PutCell(..)",
            Self::TakeCell(_) => "TakeCell(..)",
        })
    }
}

/// The relay's answer to an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To [`Operation::File`]: the envelope is on disk, now or since an earlier try.
    Filed(EnvelopeId),
    /// To [`Operation::Read`]: what lies there and which office wrote it.
    Drop {
        /// The office whose device wrote the drop.
        office: OfficeId,
        /// The sealed reply.
        sealed: Vec<u8>,
    },
    /// To [`Operation::ReadSelf`].
    SelfRecord {
        /// The stored counter.
        counter: u64,
        /// The sealed record.
        sealed: Vec<u8>,
    },
    /// To [`Operation::WriteSelf`] and [`Operation::PutCell`]: it is on disk.
    Stored,
    /// To [`Operation::TakeCell`].
    Cell(Vec<u8>),
    /// A refusal.
    Refused(Problem),
}

/// An answer was not of the form that its operation calls for.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the relay's answer is malformed")]
pub struct AnswerError;

impl Answer {
    /// The status and body of the inner response.
    #[must_use]
    pub fn encode(&self) -> (u16, Vec<u8>) {
        match self {
            Self::Filed(id) => (201, id.as_bytes().to_vec()),
            Self::Drop { office, sealed } => {
                let name = office.as_str().as_bytes();
                let mut body = vec![u8::try_from(name.len()).unwrap_or(u8::MAX)];
                body.extend_from_slice(name);
                body.extend_from_slice(sealed);
                (200, body)
            }
            Self::SelfRecord { counter, sealed } => {
                let mut body = counter.to_be_bytes().to_vec();
                body.extend_from_slice(sealed);
                (200, body)
            }
            Self::Stored => (204, Vec::new()),
            Self::Cell(cell) => (200, cell.clone()),
            Self::Refused(problem) => (problem.status, problem.to_json()),
        }
    }

    /// Parses the status and body of an inner response to `operation`.
    ///
    /// # Errors
    /// [`AnswerError`] if it is not an answer to that operation.
    pub fn decode(operation: &Operation, status: u16, body: &[u8]) -> Result<Self, AnswerError> {
        if status >= 400 {
            let problem: Problem = serde_json::from_slice(body).map_err(|_| AnswerError)?;
            // With two statuses one answer would be read in two ways.
            if problem.status != status {
                return Err(AnswerError);
            }
            return Ok(Self::Refused(problem));
        }
        let malformed = |_: Truncated| AnswerError;
        match (operation, status) {
            (Operation::File(_), 201) => EnvelopeId::decode(body)
                .map(Self::Filed)
                .map_err(|_| AnswerError),
            (Operation::Read(_), 200) => {
                let mut reader = Reader::new(body);
                let len = usize::from(reader.u8().map_err(malformed)?);
                let name = reader.take(len).map_err(malformed)?;
                let office = std::str::from_utf8(name)
                    .ok()
                    .and_then(|name| name.parse().ok())
                    .ok_or(AnswerError)?;
                Ok(Self::Drop {
                    office,
                    sealed: reader.rest().to_vec(),
                })
            }
            (Operation::ReadSelf(_), 200) => {
                let mut reader = Reader::new(body);
                let counter = reader.u64().map_err(malformed)?;
                Ok(Self::SelfRecord {
                    counter,
                    sealed: reader.rest().to_vec(),
                })
            }
            (Operation::WriteSelf { .. } | Operation::PutCell { .. }, 204) if body.is_empty() => {
                Ok(Self::Stored)
            }
            (Operation::TakeCell(_), 200) if body.len() == CELL_LEN => {
                Ok(Self::Cell(body.to_vec()))
            }
            _ => Err(AnswerError),
        }
    }

    /// Whether this is a refusal of the given kind.
    #[must_use]
    pub fn is_refused(&self, kind: ProblemType) -> bool {
        matches!(self, Self::Refused(problem) if problem.kind() == Some(kind))
    }
}

impl From<ProblemType> for Answer {
    fn from(kind: ProblemType) -> Self {
        Self::Refused(Problem::new(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::Urgency;

    fn operations() -> Vec<Operation> {
        let cap = || Capability::new([5; 32]);
        let envelope = Envelope::new(
            Urgency::Batched,
            vec!["a".parse().unwrap()],
            vec![],
            vec![1; 9],
        );
        vec![
            Operation::File(envelope.unwrap()),
            Operation::Read(cap()),
            Operation::ReadSelf(cap()),
            Operation::WriteSelf {
                capability: cap(),
                counter: 7,
                sealed: vec![2; 30],
            },
            Operation::PutCell {
                address: Address::new([3; 32]),
                cell: vec![4; CELL_LEN],
            },
            Operation::TakeCell(cap()),
        ]
    }

    #[test]
    fn every_operation_round_trips() {
        for operation in operations() {
            let (path, body) = operation.encode();
            let back = Operation::decode(b"POST", path.as_bytes(), &body);
            assert_eq!(back, Ok(operation));
        }
    }

    #[test]
    fn other_methods_paths_and_lengths_are_refused() {
        assert_eq!(
            Operation::decode(b"GET", b"/read", &[0; 32]),
            Err(OperationError::Unknown)
        );
        assert_eq!(
            Operation::decode(b"POST", b"/reed", &[0; 32]),
            Err(OperationError::Unknown)
        );
        for (path, len) in [("/read", 31), ("/self", 40), ("/cell", CELL_LEN + 31)] {
            assert_eq!(
                Operation::decode(b"POST", path.as_bytes(), &vec![0; len]),
                Err(OperationError::Malformed),
                "{path}"
            );
        }
    }

    #[test]
    fn an_answer_to_another_operation_is_refused() {
        let answers = [
            Answer::Filed(EnvelopeId::new([1; 32])),
            Answer::Drop {
                office: "title-ix".parse().unwrap(),
                sealed: vec![1, 2],
            },
            Answer::SelfRecord {
                counter: 3,
                sealed: vec![1, 2],
            },
            Answer::Stored,
            Answer::Stored,
            Answer::Cell(vec![9; CELL_LEN]),
        ];
        for (operation, answer) in operations().iter().zip(&answers) {
            let (status, body) = answer.encode();
            // Order of `operations`: file, read, read self, write self, put cell, take cell.
            assert_eq!(
                Answer::decode(operation, status, &body).as_ref(),
                Ok(answer)
            );
        }
        let read = Operation::Read(Capability::new([0; 32]));
        assert_eq!(Answer::decode(&read, 204, &[]), Err(AnswerError));
        assert_eq!(Answer::decode(&read, 200, &[]), Err(AnswerError));
        let refused = Answer::from(ProblemType::Absent);
        let (status, body) = refused.encode();
        assert_eq!(Answer::decode(&read, status, &body), Ok(refused));
        assert_eq!(Answer::decode(&read, status + 1, &body), Err(AnswerError));
    }
}
