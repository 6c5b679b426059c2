//! The relay's desk API: every request signed by this device (RFC 9421).

use std::time::Duration;

use candor_directory::{Cards, DeviceListDomain, KeyCardStatement};
use candor_wire::{
    Address, Capability, Digest, Envelope, InstanceId, OfficeId, ProblemType, SignedStatement,
    desk::{Batch, MAX_BATCH_BYTES, OfficeStatus, Waiting, Written},
    http_signature::{NONCE_LEN, Request, sign},
    sizes::CELL_LEN,
};
use ed25519_dalek::SigningKey;
use rand::{RngCore as _, rngs::OsRng};
use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};

use crate::{
    clock::Clock,
    config::Config,
    failure::{Failure, Outcome},
    http::{Answer, Ask, Http, LIMIT, NetError, Stop},
    keys::DeviceKeys,
};

/// How long the relay may keep a long poll open.
const WAIT_LIMIT: Duration = Duration::from_secs(120);
/// Room for one queue item beside a full batch.
const BATCH_LIMIT: usize = MAX_BATCH_BYTES + (1 << 20);
/// The most bytes of a small answer.
const SMALL: usize = 1 << 19;

/// A client of the relay that acts as one device of one office.
#[derive(Debug)]
pub struct RelayClient {
    http: Http,
    office: OfficeId,
    instance: InstanceId,
    key: SigningKey,
    clock: Clock,
}

/// What became of a drop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It lies there, now or since an earlier try.
    There,
    /// Something else does.
    Occupied(Option<Digest>),
    /// Something lay there and has expired.
    Gone,
}

impl RelayClient {
    /// A client that acts as this device.
    ///
    /// # Errors
    /// If the settings are wrong.
    pub fn new(
        config: &Config,
        instance: InstanceId,
        device: &DeviceKeys,
        clock: Clock,
    ) -> Outcome<Self> {
        Ok(Self {
            http: Http::new(
                "relay",
                "relay_url",
                &config.relay_url,
                config.ca_file.as_deref(),
            )?,
            office: config.office.clone(),
            instance,
            key: device.signing_key().clone(),
            clock,
        })
    }

    /// The same client, which gives up as soon as it is asked to.
    #[must_use]
    pub fn stopped_by(self, stop: &Stop) -> Self {
        Self {
            http: self.http.stopped_by(stop),
            ..self
        }
    }

    fn ask(&self, method: Method, path: &str, query: &str, body: Vec<u8>) -> Ask {
        let _ = self;
        let path = if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{query}")
        };
        Ask {
            method,
            path,
            body,
            limit: LIMIT,
            max_len: SMALL,
        }
    }

    fn send(&self, ask: &Ask) -> Result<Answer, NetError> {
        let (path, query) = ask.path.split_once('?').unwrap_or((&ask.path, ""));
        self.http.send(ask, || {
            let mut nonce = [0; NONCE_LEN];
            OsRng.fill_bytes(&mut nonce);
            let request = Request {
                method: ask.method.as_str(),
                path,
                query,
                office: &self.office,
                instance: &self.instance,
                body: &ask.body,
            };
            let signed = sign(&request, &self.key, self.clock.seconds(), nonce);
            let mut headers: HeaderMap = signed
                .iter()
                .filter_map(|(name, value)| {
                    Some((
                        HeaderName::from_static(name),
                        HeaderValue::from_str(value).ok()?,
                    ))
                })
                .collect();
            if !ask.body.is_empty() {
                headers.insert(
                    "content-type",
                    HeaderValue::from_static("application/octet-stream"),
                );
            }
            headers
        })
    }

    /// Says it to a person.
    #[must_use]
    pub fn explain(&self, error: &NetError) -> Failure {
        self.http.explain(error, self.clock.seconds())
    }

    fn parsed<T: for<'de> serde::Deserialize<'de>>(&self, ask: &Ask) -> Outcome<T> {
        let answer = self.send(ask).map_err(|error| self.explain(&error))?;
        serde_json::from_slice(&answer.body).map_err(|_| self.explain(&NetError::Answer))
    }

    /// The envelopes in the office's queue after a position.
    ///
    /// # Errors
    /// If the relay does not give them.
    pub fn queue(&self, after: u64) -> Outcome<Batch> {
        let mut ask = self.ask(Method::GET, "/v1/queue", &format!("after={after}"), vec![]);
        ask.max_len = BATCH_LIMIT;
        let answer = self.send(&ask).map_err(|error| self.explain(&error))?;
        Batch::decode(&answer.body).map_err(|_| self.explain(&NetError::Answer))
    }

    /// Waits until something lies behind a position, or the relay has waited long enough.
    ///
    /// # Errors
    /// If the relay does not answer.
    pub fn wait(&self, after: u64) -> Outcome<Waiting> {
        let mut ask = self.ask(Method::GET, "/v1/wait", &format!("after={after}"), vec![]);
        ask.limit = WAIT_LIMIT;
        self.parsed(&ask)
    }

    /// How the relay sees this office.
    ///
    /// # Errors
    /// If the relay does not answer.
    pub fn status(&self) -> Outcome<OfficeStatus> {
        self.parsed(&self.ask(Method::GET, "/v1/status", "", vec![]))
    }

    /// Places a sealed reply. The same bytes may be placed again.
    ///
    /// # Errors
    /// If the relay does not take it.
    pub fn put_drop(&self, address: &Address, sealed: &[u8]) -> Outcome<Placed> {
        let path = format!("/v1/drops/{address}");
        let ask = self.ask(Method::PUT, &path, "", sealed.to_vec());
        match self.send(&ask) {
            Ok(answer) => {
                let written: Option<Written> = serde_json::from_slice(&answer.body).ok();
                let digest = written.and_then(|written| written.digest);
                if digest == Some(Digest::of_drop(sealed)) {
                    Ok(Placed::There)
                } else {
                    Err(self.explain(&NetError::Answer))
                }
            }
            Err(error) => match (error.kind(), &error) {
                (Some(ProblemType::Occupied), NetError::Problem { problem, .. }) => {
                    Ok(Placed::Occupied(problem.occupant))
                }
                (Some(ProblemType::Gone), _) => Ok(Placed::Gone),
                _ => Err(self.explain(&error)),
            },
        }
    }

    /// Stores a cell. The same bytes may be stored again.
    ///
    /// # Errors
    /// If the relay does not take it.
    pub fn put_cell(&self, address: &Address, cell: Vec<u8>) -> Outcome {
        let path = format!("/v1/cells/{address}");
        let ask = self.ask(Method::PUT, &path, "", cell);
        self.send(&ask)
            .map(|_| ())
            .map_err(|error| self.explain(&error))
    }

    /// Reads a cell.
    ///
    /// # Errors
    /// The problem, since `gone` and `absent` mean something to the caller.
    pub fn read_cell(&self, capability: &Capability) -> Result<Vec<u8>, NetError> {
        let body = capability.expose().to_vec();
        let mut ask = self.ask(Method::POST, "/v1/cells/read", "", body);
        ask.max_len = CELL_LEN;
        self.send(&ask).map(|answer| answer.body)
    }

    /// Files a copy of a reply for the offices' queues. The same envelope may be filed again.
    ///
    /// # Errors
    /// The problem: `missing-cells` and `unknown-office` mean something to the caller.
    pub fn file(&self, envelope: &Envelope) -> Result<(), NetError> {
        let ask = self.ask(Method::POST, "/v1/envelopes", "", envelope.encode());
        let answer = self.send(&ask)?;
        if answer.body == envelope.id().to_string().as_bytes() {
            Ok(())
        } else {
            Err(NetError::Answer)
        }
    }

    /// Takes an envelope out of the office's own queue. Doing it again changes nothing.
    ///
    /// # Errors
    /// If the relay does not do it.
    pub fn take_out(&self, seq: u64) -> Outcome {
        let path = format!("/v1/queue/{seq}");
        self.send(&self.ask(Method::DELETE, &path, "", vec![]))
            .map(|_| ())
            .map_err(|error| self.explain(&error))
    }

    /// Publishes key cards.
    ///
    /// # Errors
    /// The problem: `conflict` means something to the caller.
    pub fn put_cards(&self, cards: Vec<KeyCardStatement>) -> Result<(), NetError> {
        let blob = Cards::blob(cards).map_err(|_| NetError::Answer)?;
        let ask = self.ask(Method::PUT, "/v1/cards", "", blob.into_bytes());
        self.send(&ask).map(|_| ())
    }

    /// The office's list of devices as the relay holds it.
    ///
    /// # Errors
    /// The problem: `absent` and `unauthorized` mean something to the caller.
    pub fn devices(&self) -> Result<SignedStatement<DeviceListDomain>, NetError> {
        let answer = self.send(&self.ask(Method::GET, "/v1/devices", "", vec![]))?;
        serde_json::from_slice(&answer.body).map_err(|_| NetError::Answer)
    }

    /// Another office's list of devices as the relay holds it. Nothing is checked yet.
    ///
    /// # Errors
    /// The problem: `absent` and `unknown-office` mean something to the caller.
    pub fn devices_of(
        &self,
        office: &OfficeId,
    ) -> Result<SignedStatement<DeviceListDomain>, NetError> {
        let path = format!("/v1/devices/{office}");
        let answer = self.send(&self.ask(Method::GET, &path, "", vec![]))?;
        serde_json::from_slice(&answer.body).map_err(|_| NetError::Answer)
    }

    /// Publishes the office's list of devices.
    ///
    /// # Errors
    /// The problem: `conflict` means something to the caller.
    pub fn put_devices(&self, list: &SignedStatement<DeviceListDomain>) -> Result<(), NetError> {
        let body = serde_json::to_vec(list).map_err(|_| NetError::Answer)?;
        let ask = self.ask(Method::PUT, "/v1/devices", "", body);
        self.send(&ask).map(|_| ())
    }
}
