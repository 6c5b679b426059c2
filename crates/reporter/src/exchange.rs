//! One exchange: an operation, padded and encapsulated to the relay, and its answer
//! (`docs/protocol.md`, "The exchange").
//!
//! Invariant: a request is encapsulated once and sent once (or once more with the stamp that was
//! asked for); an answer counts only if it has the length of its class, opens, and fits the
//! operation.

use std::{fmt, time::Duration};

use candor_wire::{
    Fault, Problem, ProblemType,
    exchange::{Answer, Class, Operation, REQUEST_MEDIA_TYPE, RESPONSE_MEDIA_TYPE},
    inner,
    stamp::{HEADER, Stamp},
};
use reqwest::{StatusCode, header::CONTENT_TYPE};
use thiserror::Error;

use crate::{
    network::{Network, read_at_most},
    work::{Price, WorkError},
};

/// What the relay's key configuration has to be, byte for byte around the key: X-Wing with
/// HKDF-SHA256 and AES-128-GCM, and nothing to choose from.
const KEM: [u8; 2] = [0x64, 0x7a];
const SUITES: [u8; 6] = [0, 4, 0, 1, 0, 1];
const PUBLIC_KEY_LEN: usize = 1216;

/// Why an exchange failed. Whether the relay carried the operation out is then not known.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The intake could not be reached, or broke off.
    #[error("the hotline's server cannot be reached; check the connection, then try again")]
    Unreachable,
    /// The intake, or the relay behind it, refused.
    #[error("{} {}", .0.title(), .0.remedy())]
    Refused(ProblemType),
    /// The answer is not one.
    #[error(
        "the hotline's server sent an answer that is not genuine; try again, and if it goes on, use another network or call"
    )]
    NotGenuine,
    /// The relay's key is of a kind that this program does not use.
    #[error("the relay's key is of an unknown kind; this program may need an update")]
    Key,
    /// The operation does not fit an exchange.
    #[error("the message is too large for an exchange")]
    TooLarge,
    /// The stamp that is asked for would take too long.
    #[error("the hotline's server asks for more work than is reasonable; try again later")]
    StampTooDear,
}

impl ExchangeError {
    /// Whether the same operation may succeed if it is sent afresh. Only cells, which travel alone,
    /// are given up for want of it.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable | Self::NotGenuine => true,
            Self::Refused(kind) => {
                kind.fault() != Fault::Client
                    || matches!(
                        kind,
                        ProblemType::Replayed
                            | ProblemType::KeyConfiguration
                            | ProblemType::ProofOfWork
                    )
            }
            Self::Key | Self::TooLarge | Self::StampTooDear => false,
        }
    }
}

/// A request, ready to be sent once.
pub struct Encapsulated {
    operation: Operation,
    body: Vec<u8>,
    opener: ohttp::ClientResponse,
}

impl fmt::Debug for Encapsulated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Encapsulated(..)")
    }
}

/// Whether a key configuration is the one form that this protocol uses.
pub(crate) fn is_usable(config: &[u8]) -> bool {
    config.len() == 1 + KEM.len() + PUBLIC_KEY_LEN + SUITES.len()
        && config.get(1..3) == Some(&KEM)
        && config.ends_with(&SUITES)
}

impl Encapsulated {
    /// Pads the operation and encapsulates it to the relay's key configuration.
    ///
    /// # Errors
    /// [`ExchangeError::Key`] or [`ExchangeError::TooLarge`]
    pub fn new(config: &[u8], operation: Operation) -> Result<Self, ExchangeError> {
        if !is_usable(config) {
            return Err(ExchangeError::Key);
        }
        let padded = inner::encode_request(&operation).map_err(|_| ExchangeError::TooLarge)?;
        let (body, opener) = ohttp::ClientRequest::from_encoded_config(config)
            .and_then(|request| request.encapsulate(&padded))
            .map_err(|_| ExchangeError::Key)?;
        if body.len() != operation.class().sealed_request_len() {
            return Err(ExchangeError::TooLarge);
        }
        Ok(Self {
            operation,
            body,
            opener,
        })
    }

    /// The class it travels in.
    #[must_use]
    pub const fn class(&self) -> Class {
        self.operation.class()
    }

    /// The bytes to send to [`Class::path`].
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Opens the sealed answer.
    ///
    /// # Errors
    /// [`ExchangeError::NotGenuine`]
    pub fn open(self, sealed: &[u8]) -> Result<Answer, ExchangeError> {
        let not_genuine = ExchangeError::NotGenuine;
        if sealed.len() != self.class().sealed_answer_len() {
            return Err(not_genuine);
        }
        let Ok(padded) = self.opener.decapsulate(sealed) else {
            return Err(not_genuine);
        };
        match inner::decode_answer(&padded, &self.operation) {
            Ok(answer) if fits(&self.operation, &answer) => Ok(answer),
            _ => Err(not_genuine),
        }
    }

    /// Sends it, with a stamp if the intake asks for one.
    pub(crate) async fn send(
        self,
        network: &Network,
        http: &reqwest::Client,
    ) -> Result<Answer, ExchangeError> {
        let sealed = match self.post(network, http, None).await? {
            Posted::Answered(sealed) => sealed,
            Posted::Priced(price) => {
                let stamp = price.work(&self.body).await?;
                match self.post(network, http, Some(stamp)).await? {
                    Posted::Answered(sealed) => sealed,
                    // The price rose meanwhile: the next try pays the new one.
                    Posted::Priced(_) => {
                        return Err(ExchangeError::Refused(ProblemType::ProofOfWork));
                    }
                }
            }
        };
        self.open(&sealed)
    }

    async fn post(
        &self,
        network: &Network,
        http: &reqwest::Client,
        stamp: Option<Stamp>,
    ) -> Result<Posted, ExchangeError> {
        let class = self.class();
        let mut request = http
            .post(network.url(class.path()))
            .timeout(match class {
                Class::Ordinary => Duration::from_secs(90),
                Class::CellPut | Class::CellTake => Duration::from_secs(600),
            })
            .header(CONTENT_TYPE, REQUEST_MEDIA_TYPE)
            .body(self.body.clone());
        if let Some(stamp) = stamp {
            request = request.header(HEADER, stamp.encode());
        }
        let response = request
            .send()
            .await
            .map_err(|_| ExchangeError::Unreachable)?;
        let status = response.status();
        if status == StatusCode::OK {
            let media_type = response.headers().get(CONTENT_TYPE);
            if media_type.is_none_or(|kind| kind != RESPONSE_MEDIA_TYPE) {
                return Err(ExchangeError::NotGenuine);
            }
            return read_at_most(response, class.sealed_answer_len())
                .await
                .map(Posted::Answered)
                .map_err(|_| ExchangeError::Unreachable);
        }
        let body = read_at_most(response, MAX_PROBLEM_LEN).await;
        // What the intake says in words is not shown: the words are this program's own.
        let problem = body
            .ok()
            .and_then(|body| serde_json::from_slice::<Problem>(&body).ok());
        match problem.as_ref().and_then(|p| Some((p, p.kind()?))) {
            Some((problem, ProblemType::ProofOfWork)) => Price::of(problem)
                .map(Posted::Priced)
                .ok_or(ExchangeError::NotGenuine),
            Some((_, kind)) => Err(ExchangeError::Refused(kind)),
            None if status.is_server_error() => Err(ExchangeError::Unreachable),
            None => Err(ExchangeError::NotGenuine),
        }
    }
}

impl From<WorkError> for ExchangeError {
    fn from(_: WorkError) -> Self {
        Self::StampTooDear
    }
}

enum Posted {
    Answered(Vec<u8>),
    Priced(Price),
}

/// The most bytes of a problem document.
const MAX_PROBLEM_LEN: usize = 16_384;

/// Whether an answer says what only an answer to this very operation can.
fn fits(operation: &Operation, answer: &Answer) -> bool {
    match (operation, answer) {
        (Operation::File(envelope), Answer::Filed(id)) => envelope.id() == *id,
        (_, Answer::Refused(problem)) => problem.kind().is_some(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use candor_wire::{Capability, Envelope, EnvelopeId, OfficeId, Urgency};

    use super::*;

    fn relay() -> (Vec<u8>, ohttp::Server) {
        use ohttp::hpke::{Aead, Kdf, Kem};
        let suites = vec![ohttp::SymmetricSuite::new(Kdf::HkdfSha256, Aead::Aes128Gcm)];
        let config = ohttp::KeyConfig::new(7, Kem::XWing, suites).unwrap();
        (
            config.encode().unwrap(),
            ohttp::Server::new(config).unwrap(),
        )
    }

    fn answer(server: &ohttp::Server, request: &Encapsulated, padded: &[u8]) -> Vec<u8> {
        let (_, sealer) = server.decapsulate(request.body()).unwrap();
        sealer.encapsulate(padded).unwrap()
    }

    fn file() -> Operation {
        let offices: Vec<OfficeId> = vec!["a".parse().unwrap()];
        Operation::File(Envelope::new(Urgency::Batched, offices, vec![], vec![1; 99]).unwrap())
    }

    #[test]
    fn an_answer_opens_and_a_lie_does_not() {
        let (config, server) = relay();
        let Operation::File(envelope) = file() else {
            unreachable!()
        };
        let right = inner::encode_answer(&Answer::Filed(envelope.id()), Class::Ordinary).unwrap();
        let request = Encapsulated::new(&config, file()).unwrap();
        let sealed = answer(&server, &request, &right);
        assert_eq!(request.open(&sealed), Ok(Answer::Filed(envelope.id())));

        let other_id = Answer::Filed(EnvelopeId::new([9; 32]));
        let other_id = inner::encode_answer(&other_id, Class::Ordinary).unwrap();
        let other_kind = inner::encode_answer(&Answer::Stored, Class::Ordinary).unwrap();
        let mut dirty = right.clone();
        *dirty.last_mut().unwrap() = 1;
        let short = right[1..].to_vec();
        let unknown = {
            let mut problem = Problem::new(ProblemType::Busy);
            problem.uri = "urn:candor:problem:made-up".to_owned();
            inner::encode_answer(&Answer::Refused(problem), Class::Ordinary).unwrap()
        };
        for lie in [other_id, other_kind, dirty, short, unknown] {
            let request = Encapsulated::new(&config, file()).unwrap();
            let sealed = answer(&server, &request, &lie);
            assert_eq!(request.open(&sealed), Err(ExchangeError::NotGenuine));
        }
        // The answer to one exchange is none to another.
        let request = Encapsulated::new(&config, file()).unwrap();
        assert_eq!(request.open(&sealed), Err(ExchangeError::NotGenuine));
    }

    #[test]
    fn other_key_configurations_are_refused_without_a_panic() {
        let (config, _) = relay();
        let read = || Operation::Read(Capability::new([1; 32]));
        assert!(Encapsulated::new(&config, read()).is_ok());
        let mut x25519 = config.clone();
        x25519[2] = 0x20;
        let mut chacha = config.clone();
        *chacha.last_mut().unwrap() = 3;
        let mut none = config.clone();
        none.truncate(none.len() - 6);
        none.extend([0, 0]);
        let mut two = config.clone();
        two.truncate(two.len() - 6);
        two.extend([0, 8, 0, 1, 0, 3, 0, 1, 0, 1]);
        let long = [config.as_slice(), &[0]].concat();
        for bad in [
            x25519,
            chacha,
            none,
            two,
            long,
            config[1..].to_vec(),
            vec![],
        ] {
            let refused = Encapsulated::new(&bad, read()).unwrap_err();
            assert_eq!(refused, ExchangeError::Key);
        }
    }
}
