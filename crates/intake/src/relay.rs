//! The one peer: forwards opaque bytes with a header set of its own, and believes no answer.
//!
//! Invariant: nothing of a client's request but the encapsulated body reaches the relay, and
//! nothing of the relay's answer but a body of the exact length, or a problem this program knows,
//! reaches a client.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::web::{Bytes, BytesMut};
use candor_service::{Fatal, PROBLEM_JSON, Refusal, note};
use candor_wire::{
    Problem, ProblemType,
    exchange::{REQUEST_MEDIA_TYPE, RESPONSE_MEDIA_TYPE},
};
use reqwest::{
    Certificate, Client, Response, Url,
    header::{ACCEPT, CONTENT_TYPE},
    redirect::Policy,
};

use crate::config::RelaySettings;

/// What every request to the relay is sent as.
const USER_AGENT: &str = "candor-intake";
/// Below the relay's own idle time, so that it is rarely the relay that closes first.
const IDLE: Duration = Duration::from_secs(15);
/// The most that is read of an error answer.
const MAX_PROBLEM_LEN: usize = 4096;

/// What a relay may refuse with outside of the encapsulation.
const PASSED_ON: [ProblemType; 10] = [
    ProblemType::Malformed,
    ProblemType::WrongSize,
    ProblemType::WrongMediaType,
    ProblemType::KeyConfiguration,
    ProblemType::Replayed,
    ProblemType::Busy,
    ProblemType::NotReady,
    ProblemType::StorageFull,
    ProblemType::StorageFailed,
    ProblemType::Internal,
];

/// A client of the relay with a pool of connections. Each worker builds its own.
#[derive(Clone, Debug)]
pub struct Relay {
    client: Client,
    settings: Arc<RelaySettings>,
    answering: Arc<AtomicBool>,
}

/// Makes a [`Relay`] for each worker; they share what they know of the relay's state.
#[derive(Clone, Debug)]
pub struct RelayFactory(Relay);

impl RelayFactory {
    /// Reads the pinned certificate authority, if any, and tries a first client.
    ///
    /// # Errors
    /// [`Fatal`] if the file cannot be used.
    pub fn new(settings: RelaySettings) -> Result<Self, Fatal> {
        Ok(Self(Relay {
            client: build(&settings)?,
            settings: Arc::new(settings),
            answering: Arc::new(AtomicBool::new(true)),
        }))
    }

    /// A client with a pool of its own.
    #[must_use]
    pub fn make(&self) -> Relay {
        let client = match build(&self.0.settings) {
            Ok(client) => client,
            // It could be built a moment ago; sharing that one only costs some speed.
            Err(_) => self.0.client.clone(),
        };
        Relay {
            client,
            ..self.0.clone()
        }
    }
}

fn build(settings: &RelaySettings) -> Result<Client, Fatal> {
    let mut builder = Client::builder()
        .user_agent(USER_AGENT)
        .no_proxy()
        .referer(false)
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .http1_only()
        .tcp_nodelay(true)
        .connect_timeout(seconds(settings.connect_seconds))
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(64);
    let unusable = |cause: String| {
        Fatal::usage(
            cause,
            "Give a PEM file with the certificate authority that issued the relay's certificate.",
        )
    };
    if settings.url.is_plain() {
        builder = builder.tls_certs_only([]);
    } else if let Some(path) = &settings.ca {
        let pem = fs::read(path).map_err(|error| {
            unusable(format!(
                "cannot read the relay's CA file {}: {error}",
                path.display()
            ))
        })?;
        let roots = Certificate::from_pem_bundle(&pem)
            .ok()
            .filter(|roots| !roots.is_empty())
            .ok_or_else(|| unusable(format!("{} holds no certificate", path.display())))?;
        builder = builder.tls_certs_only(roots);
    }
    builder
        .build()
        .map_err(|_| unusable("the relay's certificate authority cannot be used".to_owned()))
}

/// How long the relay may take, by what is exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// An ordinary exchange, or a fetch.
    Ordinary,
    /// An exchange with a cell.
    Cell,
}

impl Relay {
    /// Forwards an encapsulated request and returns the encapsulated answer.
    ///
    /// # Errors
    /// A [`Refusal`] that says whether trying again helps.
    pub async fn exchange(
        &self,
        path: &'static str,
        body: Bytes,
        answer_len: usize,
        patience: Patience,
    ) -> Result<Bytes, Refusal> {
        let request = self
            .client
            .post(self.settings.url.join(path))
            .header(CONTENT_TYPE, REQUEST_MEDIA_TYPE)
            .timeout(self.time(patience))
            .body(body);
        let response = self.send(request).await?;
        if response.status() != 200 {
            return Err(passed_on(response).await);
        }
        if !has_type(&response, RESPONSE_MEDIA_TYPE) {
            return Err(ProblemType::RelayAnswer.into());
        }
        let body = read_at_most(response, answer_len).await?;
        if body.len() == answer_len {
            Ok(body)
        } else {
            Err(ProblemType::RelayAnswer.into())
        }
    }

    /// Fetches what the relay publishes, at most `limit` bytes of JSON.
    ///
    /// # Errors
    /// A [`Refusal`]; the caller may have an older copy.
    pub async fn fetch(&self, path: &'static str, limit: usize) -> Result<Bytes, Refusal> {
        let url: Url = self.settings.url.join(path);
        let request = self
            .client
            .get(url)
            .header(ACCEPT, "application/json")
            .timeout(self.time(Patience::Ordinary));
        let response = self.send(request).await?;
        if response.status() != 200 {
            return Err(passed_on(response).await);
        }
        if !has_type(&response, "application/json") {
            return Err(ProblemType::RelayAnswer.into());
        }
        read_at_most(response, limit).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Response, Refusal> {
        let result = request.send().await;
        let answers = result.is_ok();
        // Only the change is told: a line for each exchange would say when it happened.
        if self.answering.swap(answers, Ordering::Relaxed) != answers {
            if answers {
                note!(info, "the relay answers again");
            } else {
                note!(warn, "the relay does not answer");
            }
        }
        result.map_err(|error| refusal(&error))
    }

    fn time(&self, patience: Patience) -> Duration {
        seconds(match patience {
            Patience::Ordinary => self.settings.answer_seconds,
            Patience::Cell => self.settings.cell_seconds,
        })
    }
}

fn seconds(count: u16) -> Duration {
    Duration::from_secs(u64::from(count))
}

fn refusal(error: &reqwest::Error) -> Refusal {
    if error.is_timeout() && !error.is_connect() {
        ProblemType::RelayTimeout.into()
    } else {
        ProblemType::RelayUnreachable.into()
    }
}

fn has_type(response: &Response, wanted: &str) -> bool {
    response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind == wanted)
}

/// The whole body, or a refusal as soon as it is longer than `limit`.
async fn read_at_most(mut response: Response, limit: usize) -> Result<Bytes, Refusal> {
    let announced = response.content_length();
    if announced.is_some_and(|len| usize::try_from(len).map_or(true, |len| len > limit)) {
        return Err(ProblemType::RelayAnswer.into());
    }
    let mut body = BytesMut::with_capacity(limit.min(1 << 21));
    while let Some(chunk) = response.chunk().await.map_err(|error| refusal(&error))? {
        if body.len() + chunk.len() > limit {
            return Err(ProblemType::RelayAnswer.into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The relay's refusal in this program's own words, if it is one that a relay may give.
async fn passed_on(response: Response) -> Refusal {
    let strange = Refusal::from(ProblemType::RelayAnswer);
    if !has_type(&response, PROBLEM_JSON) {
        return strange;
    }
    let Ok(body) = read_at_most(response, MAX_PROBLEM_LEN).await else {
        return strange;
    };
    serde_json::from_slice::<Problem>(&body)
        .ok()
        .and_then(|problem| problem.kind())
        .filter(|kind| PASSED_ON.contains(kind))
        .map_or(strange, Refusal::from)
}
