//! HTTP from the desk: one server, time limits, retries, answers of bounded size.

use std::{path::Path, sync::Arc, time::Duration};

use candor_wire::{Problem, ProblemType};
use reqwest::{Certificate, Client, Method, Url, header::HeaderMap, redirect::Policy};
use time::{PrimitiveDateTime, macros::format_description};
use tokio::{
    runtime::{Builder, Runtime},
    sync::watch,
};

use crate::{
    config::base_url,
    failure::{Failure, Outcome, Reason},
    home,
};

/// How often a request is made before the desk gives up.
const TRIES: u32 = 4;
/// The pause after the first failure; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(400);
/// The time limit of an ordinary request.
pub const LIMIT: Duration = Duration::from_secs(60);

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// The server's clock, in seconds since 1970, if it says so.
    pub clock: Option<i64>,
}

impl Answer {
    /// The problem that the answer describes.
    fn problem(&self) -> Option<Problem> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// Why there is no answer to use.
#[derive(Debug)]
#[non_exhaustive]
pub enum NetError {
    /// The server refuses and says why.
    Problem {
        /// What it says.
        problem: Box<Problem>,
        /// Its clock.
        clock: Option<i64>,
    },
    /// It cannot be reached, or broke off.
    Unreachable(&'static str),
    /// It answered something that is not an answer.
    Answer,
}

impl NetError {
    /// The kind of problem, if the server named one.
    #[must_use]
    pub fn kind(&self) -> Option<ProblemType> {
        match self {
            Self::Problem { problem, .. } => problem.kind(),
            _ => None,
        }
    }
}

/// A request without its address.
#[derive(Debug)]
pub struct Ask {
    /// The method.
    pub method: Method,
    /// The path, and the query with its `?`.
    pub path: String,
    /// The body.
    pub body: Vec<u8>,
    /// How long it may take.
    pub limit: Duration,
    /// The most bytes of an answer.
    pub max_len: usize,
}

/// Calls off what waits for the network: a desk that is being locked waits for nobody.
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Stop {
    /// Nothing is called off yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Calls everything off, for good.
    pub fn ask(&self) {
        self.0.send_replace(true);
    }

    /// Whether everything was called off.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when everything is called off.
    pub async fn asked(&self) {
        // The sender lives as long as this, so that waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|asked| *asked).await;
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

/// A client of one server.
pub struct Http {
    runtime: Runtime,
    client: Client,
    base: Url,
    /// What people call it.
    who: &'static str,
    stop: Stop,
}

impl Http {
    /// A client of the server at `base`.
    ///
    /// # Errors
    /// If the address or the certificates are wrong.
    pub fn new(
        who: &'static str,
        setting: &str,
        base: &str,
        ca_file: Option<&Path>,
    ) -> Outcome<Self> {
        let base = base_url(setting, base)?;
        let mut builder = Client::builder()
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(Duration::from_secs(10));
        if base.scheme() == "http" {
            // Only this very machine; a proxy has no business here.
            builder = builder.no_proxy();
        }
        if let Some(path) = ca_file {
            let pem = home::read_file("Cannot read the certificates in", path, 1 << 20)?;
            let certificates = Certificate::from_pem_bundle(&pem)
                .ok()
                .filter(|certificates| !certificates.is_empty())
                .ok_or_else(|| {
                    Failure::usage(
                        format!("{} holds no certificate.", path.display()),
                        "Give the certificate authority as PEM text in ca_file, or remove that \
                         setting.",
                    )
                })?;
            builder = builder.tls_certs_only(certificates);
        }
        Ok(Self {
            runtime: Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(Failure::internal)?,
            client: builder.build().map_err(Failure::internal)?,
            base,
            who,
            stop: Stop::new(),
        })
    }

    /// The same client, which gives up as soon as it is asked to.
    #[must_use]
    pub fn stopped_by(self, stop: &Stop) -> Self {
        Self {
            stop: stop.clone(),
            ..self
        }
    }

    /// Asks, and asks again if the server cannot answer now. `headers` is called for each try.
    ///
    /// # Errors
    /// [`NetError`]
    pub fn send(
        &self,
        ask: &Ask,
        mut headers: impl FnMut() -> HeaderMap,
    ) -> Result<Answer, NetError> {
        let mut pause = FIRST_PAUSE;
        let mut last = NetError::Answer;
        for attempt in 1..=TRIES {
            let answered = self.runtime.block_on(async {
                tokio::select! {
                    biased;
                    () = self.stop.asked() => None,
                    answered = self.once(ask, headers()) => Some(answered),
                }
            });
            let Some(answered) = answered else {
                return Err(NetError::Unreachable("it was called off"));
            };
            match answered {
                Ok(answer) if answer.status < 500 || answer.status == 507 => {
                    return Self::judge(answer);
                }
                Ok(answer) => {
                    last = match Self::judge(answer) {
                        Ok(_) => NetError::Answer,
                        Err(error) => error,
                    };
                }
                Err(error) => last = error,
            }
            if attempt < TRIES {
                self.runtime.block_on(async {
                    tokio::select! {
                        () = self.stop.asked() => {}
                        () = tokio::time::sleep(pause) => {}
                    }
                });
                pause *= 2;
            }
        }
        Err(last)
    }

    fn judge(answer: Answer) -> Result<Answer, NetError> {
        if (200..300).contains(&answer.status) {
            return Ok(answer);
        }
        Err(match answer.problem() {
            Some(problem) => NetError::Problem {
                problem: Box::new(problem),
                clock: answer.clock,
            },
            None => NetError::Answer,
        })
    }

    async fn once(&self, ask: &Ask, headers: HeaderMap) -> Result<Answer, NetError> {
        let url = self.base.join(&ask.path).map_err(|_| NetError::Answer)?;
        let request = self
            .client
            .request(ask.method.clone(), url)
            .headers(headers)
            .timeout(ask.limit)
            .body(ask.body.clone());
        // The crate's own words would repeat the address; the cause is enough.
        let words = |error: &reqwest::Error| {
            NetError::Unreachable(if error.is_timeout() {
                "it took too long to answer"
            } else if error.is_connect() {
                "no connection came about (the network, the address, or its certificate)"
            } else {
                "the connection broke off"
            })
        };
        let mut response = request.send().await.map_err(|error| words(&error))?;
        let status = response.status().as_u16();
        let clock = response
            .headers()
            .get("date")
            .and_then(|value| value.to_str().ok())
            .and_then(parse_http_date);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| words(&error))? {
            if body.len() + chunk.len() > ask.max_len {
                return Err(NetError::Answer);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status,
            body,
            clock,
        })
    }

    /// Says it to a person. `now` is this workstation's clock, in seconds since 1970.
    #[must_use]
    pub fn explain(&self, error: &NetError, now: u64) -> Failure {
        let who = self.who;
        let network = |cause: String, remedy: &str| Failure::new(Reason::Network, cause, remedy);
        match error {
            NetError::Unreachable(why) => network(
                format!("The {who} cannot be reached: {why}."),
                "Check the network and the address in desk.toml, then try again; nothing is lost.",
            ),
            NetError::Answer => network(
                format!("The {who} gave an answer that is not of the expected form."),
                "Check the address in desk.toml. A proxy or a login page of the network may be in \
                 between.",
            ),
            NetError::Problem { problem, clock } => match problem.kind() {
                Some(ProblemType::ClockSkew) => skew(*clock, now),
                Some(kind) => {
                    let detail = problem.detail.as_deref().map(crate::clean::line);
                    let detail = detail.map(|d| format!(" {d}")).unwrap_or_default();
                    network(
                        format!("The {who} refuses: {}{detail}", kind.title()),
                        kind.remedy(),
                    )
                }
                None => network(
                    format!(
                        "The {who} refuses: {}",
                        crate::clean::short(&problem.title, 200)
                    ),
                    &crate::clean::short(&problem.remedy, 200),
                ),
            },
        }
    }
}

/// Whose clock is off, and by how much.
fn skew(server: Option<i64>, now: u64) -> Failure {
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let cause = match server.map(|server| now.saturating_sub(server)) {
        Some(ahead) if ahead != 0 => {
            let minutes = ahead.unsigned_abs().div_ceil(60);
            let amount = match minutes {
                0..=119 => format!("{minutes} minutes"),
                120..=2879 => format!("{} hours", minutes / 60),
                _ => format!("{} days", minutes / 1440),
            };
            let direction = if ahead > 0 { "ahead of" } else { "behind" };
            format!("This workstation's clock is {amount} {direction} the relay's.")
        }
        _ => "This workstation's clock and the relay's are too far apart.".to_owned(),
    };
    Failure::new(
        Reason::Network,
        cause,
        "Set this workstation's clock (best: let it set itself from the network) and try again. \
         If it is right, the relay's is wrong: tell its operator.",
    )
}

/// Parses `Sun, 22 Nov 2026 04:31:19 GMT`.
fn parse_http_date(text: &str) -> Option<i64> {
    let format = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let parsed = PrimitiveDateTime::parse(text, &format).ok()?;
    Some(parsed.assume_utc().unix_timestamp())
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Http")
            .field("who", &self.who)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_named_with_its_amount() {
        let server = parse_http_date("Sun, 22 Nov 2026 04:31:19 GMT").unwrap();
        assert_eq!(server, 1_795_321_879);
        let now = |seconds: i64| u64::try_from(server + seconds).unwrap();
        for (seconds, words) in [
            (3 * 3600, "is 3 hours ahead of the relay's"),
            (-900, "is 15 minutes behind the relay's"),
            (5 * 86_400, "is 5 days ahead of the relay's"),
        ] {
            let failure = skew(Some(server), now(seconds));
            assert!(failure.cause().contains(words), "{failure}");
        }
        assert!(skew(None, 0).cause().contains("too far apart"));
    }
}
