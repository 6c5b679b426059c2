//! The messages inside an encapsulation: binary HTTP, padded to one length per class
//! (`docs/protocol.md`, "The exchange"; RFC 9292, known-length messages).
//!
//! Invariant: whatever an exchange does, its request and its answer have exactly the lengths of
//! its [`Class`]. What follows the message is zeros, and the reader insists on it. A message has
//! no field lines and no trailers, so that no client looks different from another.

use std::io::Cursor;

use bhttp::{ControlData, Message, Mode, StatusCode};
use thiserror::Error;

use crate::{
    exchange::{
        Answer, AnswerError, CELL_PUT_PATH, CELL_TAKE_PATH, Class, EXCHANGE_PATH, Operation,
        OperationError,
    },
    sizes::{
        CELL_MESSAGE_LEN, EXCHANGE_LEN, SEALED_CELL_REQUEST_LEN, SEALED_CELL_RESPONSE_LEN,
        SEALED_REQUEST_LEN, SEALED_RESPONSE_LEN,
    },
};

/// Why padded bytes are not a message, or a message does not fit its length.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum InnerError {
    /// The padded message has another length than its class.
    #[error("the message inside the exchange does not have the length of its class")]
    Length,
    /// The bytes are not a known-length binary HTTP message of the expected direction, or it
    /// has field lines.
    #[error("the message inside the exchange is not the binary HTTP that the protocol describes")]
    Form,
    /// Something other than zeros follows the message.
    #[error("the padding inside the exchange is not zero")]
    Padding,
    /// The request is not an operation.
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// The response is not an answer to the operation.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// What should be sent does not fit the class.
    #[error("the message does not fit the exchange")]
    TooLarge,
}

impl Class {
    /// All classes.
    pub const ALL: [Self; 3] = [Self::Ordinary, Self::CellPut, Self::CellTake];

    /// The length of a padded request.
    #[must_use]
    pub const fn request_len(self) -> usize {
        match self {
            Self::Ordinary | Self::CellTake => EXCHANGE_LEN,
            Self::CellPut => CELL_MESSAGE_LEN,
        }
    }

    /// The length of a padded answer.
    #[must_use]
    pub const fn answer_len(self) -> usize {
        match self {
            Self::Ordinary | Self::CellPut => EXCHANGE_LEN,
            Self::CellTake => CELL_MESSAGE_LEN,
        }
    }

    /// The length of an encapsulated request.
    #[must_use]
    pub const fn sealed_request_len(self) -> usize {
        match self {
            Self::Ordinary | Self::CellTake => SEALED_REQUEST_LEN,
            Self::CellPut => SEALED_CELL_REQUEST_LEN,
        }
    }

    /// The length of an encapsulated answer.
    #[must_use]
    pub const fn sealed_answer_len(self) -> usize {
        match self {
            Self::Ordinary | Self::CellPut => SEALED_RESPONSE_LEN,
            Self::CellTake => SEALED_CELL_RESPONSE_LEN,
        }
    }

    /// The outer path.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Ordinary => EXCHANGE_PATH,
            Self::CellPut => CELL_PUT_PATH,
            Self::CellTake => CELL_TAKE_PATH,
        }
    }
}

/// The padded request of an operation, as it goes into the encapsulation.
///
/// # Errors
/// [`InnerError::TooLarge`] if the operation's body exceeds
/// [`MAX_BODY_LEN`](crate::sizes::MAX_BODY_LEN) (or a cell).
///
/// ```
/// use candor_wire::{Capability, exchange::Operation, inner, sizes::EXCHANGE_LEN};
///
/// let read = Operation::Read(Capability::new([7; 32]));
/// let padded = inner::encode_request(&read)?;
/// assert_eq!(padded.len(), EXCHANGE_LEN);
/// assert_eq!(inner::decode_request(&padded, read.class())?, read);
/// # Ok::<(), inner::InnerError>(())
/// ```
pub fn encode_request(operation: &Operation) -> Result<Vec<u8>, InnerError> {
    let (path, body) = operation.encode();
    let mut message = Message::request(
        Operation::METHOD.to_vec(),
        Operation::SCHEME.to_vec(),
        Operation::AUTHORITY.to_vec(),
        path.as_bytes().to_vec(),
    );
    message.write_content(body);
    pad(&message, operation.class().request_len())
}

/// Parses a padded request that came by the endpoint of `class`.
///
/// The operation may still belong to another class; [`Operation::class`] tells.
///
/// # Errors
/// [`InnerError`]
pub fn decode_request(padded: &[u8], class: Class) -> Result<Operation, InnerError> {
    let message = unpad(padded, class.request_len(), REQUEST)?;
    let ControlData::Request {
        method,
        scheme,
        authority,
        path,
    } = message.control()
    else {
        return Err(InnerError::Form);
    };
    if scheme != Operation::SCHEME || authority != Operation::AUTHORITY {
        return Err(InnerError::Form);
    }
    Ok(Operation::decode(method, path, message.content())?)
}

/// The padded answer in an exchange of `class`.
///
/// # Errors
/// [`InnerError::TooLarge`] if the answer's body does not fit.
pub fn encode_answer(answer: &Answer, class: Class) -> Result<Vec<u8>, InnerError> {
    let (status, body) = answer.encode();
    let status = StatusCode::try_from(status).map_err(|_| InnerError::Form)?;
    let mut message = Message::response(status);
    message.write_content(body);
    pad(&message, class.answer_len())
}

/// Parses a padded answer to `operation`.
///
/// # Errors
/// [`InnerError`]
pub fn decode_answer(padded: &[u8], operation: &Operation) -> Result<Answer, InnerError> {
    let message = unpad(padded, operation.class().answer_len(), RESPONSE)?;
    let status = message.control().status().ok_or(InnerError::Form)?;
    Ok(Answer::decode(operation, status.code(), message.content())?)
}

/// The framing indicator of a known-length request.
const REQUEST: u8 = 0;
/// The framing indicator of a known-length response.
const RESPONSE: u8 = 1;

fn pad(message: &Message, len: usize) -> Result<Vec<u8>, InnerError> {
    let mut padded = Vec::with_capacity(len);
    message
        .write_bhttp(Mode::KnownLength, &mut padded)
        .map_err(|_| InnerError::Form)?;
    if padded.len() > len {
        return Err(InnerError::TooLarge);
    }
    padded.resize(len, 0);
    Ok(padded)
}

/// Reads one message. The `bhttp` reader stops behind the trailer section and looks at nothing
/// beyond, so the rest is checked here.
fn unpad(padded: &[u8], len: usize, indicator: u8) -> Result<Message, InnerError> {
    if padded.len() != len {
        return Err(InnerError::Length);
    }
    if padded.first() != Some(&indicator) {
        return Err(InnerError::Form);
    }
    let mut cursor = Cursor::new(padded);
    let message = Message::read_bhttp(&mut cursor).map_err(|_| InnerError::Form)?;
    if !message.header().is_empty()
        || !message.trailer().is_empty()
        || !message.informational().is_empty()
    {
        return Err(InnerError::Form);
    }
    let end = usize::try_from(cursor.position()).map_err(|_| InnerError::Form)?;
    match padded.get(end..) {
        Some(rest) if rest.iter().all(|byte| *byte == 0) => Ok(message),
        _ => Err(InnerError::Padding),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Capability, Envelope, EnvelopeId, Problem, ProblemType, Urgency, id::Address,
        sizes::CELL_LEN,
    };

    fn operations() -> Vec<Operation> {
        let capability = || Capability::new([5; 32]);
        let offices = vec!["a".parse().unwrap()];
        let envelope = Envelope::new(Urgency::Batched, offices, vec![], vec![1; 32_000]);
        vec![
            Operation::File(envelope.unwrap()),
            Operation::Read(capability()),
            Operation::ReadSelf(capability()),
            Operation::WriteSelf {
                capability: capability(),
                counter: u64::MAX,
                sealed: vec![0; 20_000],
            },
            Operation::PutCell {
                address: Address::new([0; 32]),
                cell: vec![0; CELL_LEN],
            },
            Operation::TakeCell(capability()),
        ]
    }

    #[test]
    fn every_operation_and_answer_has_its_class_length_and_comes_back() {
        for operation in operations() {
            let class = operation.class();
            let padded = encode_request(&operation).unwrap();
            assert_eq!(padded.len(), class.request_len());
            let refusal = Answer::Refused(Problem::new(ProblemType::Gone));
            let answer = encode_answer(&refusal, class).unwrap();
            assert_eq!(answer.len(), class.answer_len());
            assert_eq!(decode_answer(&answer, &operation), Ok(refusal));
            assert_eq!(decode_request(&padded, class), Ok(operation));
        }
    }

    #[test]
    fn the_largest_bodies_fit() {
        let sealed = vec![7; crate::sizes::MAX_BODY_LEN - 40];
        let capability = Capability::new([5; 32]);
        let operation = |sealed| Operation::WriteSelf {
            capability: capability.clone(),
            counter: 1,
            sealed,
        };
        assert!(encode_request(&operation(sealed)).is_ok());
        assert_eq!(
            encode_request(&operation(vec![7; EXCHANGE_LEN])),
            Err(InnerError::TooLarge)
        );
        let cell = Answer::Cell(vec![1; CELL_LEN]);
        assert!(encode_answer(&cell, Class::CellTake).is_ok());
        assert_eq!(
            encode_answer(&cell, Class::Ordinary),
            Err(InnerError::TooLarge)
        );
    }

    #[test]
    fn any_byte_set_in_the_padding_is_refused() {
        let read = Operation::Read(Capability::new([5; 32]));
        let good = encode_request(&read).unwrap();
        let used = good.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        // The first zero behind the content is the length of the empty trailer section.
        for at in [used + 1, used + 2, EXCHANGE_LEN / 2, EXCHANGE_LEN - 1] {
            let mut bad = good.clone();
            bad[at] = 1;
            assert_eq!(
                decode_request(&bad, Class::Ordinary),
                Err(InnerError::Padding),
                "{at}"
            );
        }
    }

    #[test]
    fn other_lengths_forms_and_directions_are_refused() {
        let operation = Operation::File(
            Envelope::new(
                Urgency::Batched,
                vec!["a".parse().unwrap()],
                vec![],
                vec![1],
            )
            .unwrap(),
        );
        let good = encode_request(&operation).unwrap();
        assert_eq!(
            decode_request(&good[1..], Class::Ordinary),
            Err(InnerError::Length)
        );
        assert_eq!(
            decode_request(&good, Class::CellPut),
            Err(InnerError::Length)
        );
        let filed = Answer::Filed(EnvelopeId::new([1; 32]));
        let answer = encode_answer(&filed, Class::Ordinary).unwrap();
        assert_eq!(
            decode_request(&answer, Class::Ordinary),
            Err(InnerError::Form)
        );
        assert_eq!(decode_answer(&good, &operation), Err(InnerError::Form));
        for indicator in [2, 3, 4, 64] {
            let mut other = good.clone();
            other[0] = indicator;
            assert_eq!(
                decode_request(&other, Class::Ordinary),
                Err(InnerError::Form)
            );
        }
    }

    #[test]
    fn field_lines_and_another_authority_are_refused() {
        let write = |message: &Message| pad(message, EXCHANGE_LEN).unwrap();
        let request = |authority: &[u8]| {
            let mut message = Message::request(
                b"POST".to_vec(),
                b"https".to_vec(),
                authority.to_vec(),
                b"/read".to_vec(),
            );
            message.write_content([5; 32]);
            message
        };
        let plain = request(b"relay");
        assert!(decode_request(&write(&plain), Class::Ordinary).is_ok());
        let elsewhere = request(b"elsewhere");
        let mut headed = request(b"relay");
        headed.put_header("user-agent", "x");
        let mut trailed = request(b"relay");
        trailed.put_trailer("x", "y");
        for message in [elsewhere, headed, trailed] {
            assert_eq!(
                decode_request(&write(&message), Class::Ordinary),
                Err(InnerError::Form)
            );
        }
    }

    #[test]
    fn no_prefix_or_flipped_byte_of_a_message_panics() {
        let read = Operation::Read(Capability::new([5; 32]));
        let good = encode_request(&read).unwrap();
        for at in 0..80 {
            for value in [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xff] {
                let mut bad = good.clone();
                bad[at] = value;
                let _ = decode_request(&bad, Class::Ordinary);
            }
        }
    }

    /// The lengths of an encapsulation, measured with the crate that makes it.
    #[test]
    fn encapsulation_adds_exactly_the_constants() {
        use crate::sizes::{REQUEST_OVERHEAD, RESPONSE_OVERHEAD};
        use ohttp::hpke::{Aead, Kdf, Kem};

        let suite = ohttp::SymmetricSuite::new(Kdf::HkdfSha256, Aead::Aes128Gcm);
        let config = ohttp::KeyConfig::new(1, Kem::XWing, vec![suite]).unwrap();
        let public = config.encode().unwrap();
        let server = ohttp::Server::new(config).unwrap();
        for operation in operations() {
            let class = operation.class();
            let padded = encode_request(&operation).unwrap();
            let client = ohttp::ClientRequest::from_encoded_config(&public).unwrap();
            let (sealed, opener) = client.encapsulate(&padded).unwrap();
            assert_eq!(sealed.len(), padded.len() + REQUEST_OVERHEAD);
            assert_eq!(sealed.len(), class.sealed_request_len());

            let (opened, sealer) = server.decapsulate(&sealed).unwrap();
            assert_eq!(opened, padded);
            let answer = encode_answer(&Answer::Stored, class).unwrap();
            let sealed = sealer.encapsulate(&answer).unwrap();
            assert_eq!(sealed.len(), answer.len() + RESPONSE_OVERHEAD);
            assert_eq!(sealed.len(), class.sealed_answer_len());
            assert_eq!(opener.decapsulate(&sealed).unwrap(), answer);
        }
    }
}
