//! `POST /v1/exchange`, `/v1/cell/put`, `/v1/cell/take` and `GET /v1/challenge`
//! (`docs/protocol.md`, "The exchange").
//!
//! The body is opaque and of one length for each endpoint. It is read whole before anything is
//! answered, so that a client on a slow line is told what is wrong instead of being cut off.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::CONTENT_TYPE,
    web::{self, Bytes, BytesMut},
};
use candor_service::{Refusal, metrics::Counter};
use candor_wire::{
    ProblemType,
    exchange::{
        CELL_PUT_PATH, CELL_TAKE_PATH, Class, EXCHANGE_PATH, REQUEST_MEDIA_TYPE,
        RESPONSE_MEDIA_TYPE,
    },
    sizes::{
        SEALED_CELL_REQUEST_LEN, SEALED_CELL_RESPONSE_LEN, SEALED_REQUEST_LEN, SEALED_RESPONSE_LEN,
    },
    stamp::{self, KeyDigest, Stamp},
};
use futures_util::StreamExt as _;
use tokio::time::timeout;

use crate::{
    config::Limits,
    gate::{Gate, Origin, Passed},
    places::Places,
    relay::{Patience, Relay},
};

/// How much of a body of the wrong length is read and thrown away before the answer.
const MAX_DRAINED: usize = 2 << 20;
/// How long a client that is told to come back may go on sending.
const BUSY_TIME: Duration = Duration::from_secs(10);

/// Which listener a request came in by.
#[derive(Clone, Copy, Debug)]
pub enum Door {
    /// The public one; behind a proxy, if one is trusted.
    Public {
        /// The proxy's address.
        trusted_proxy: Option<IpAddr>,
    },
    /// The onion service's.
    Onion,
}

/// What all workers share.
pub struct Exchanges {
    gate: Gate,
    exchanges: Places,
    cells: Places,
    body_time: Duration,
    cell_body_time: Duration,
    counts: Counts,
}

/// What is counted; see the help texts where they are registered.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Exchanges answered by the relay.
    pub forwarded: Counter,
    /// Exchanges with cells answered by the relay.
    pub cells: Counter,
    /// Exchanges that the relay did not answer.
    pub failed: Counter,
    /// Exchanges let in by a stamp.
    pub stamped: Counter,
    /// Exchanges asked for a stamp.
    pub asked: Counter,
    /// Exchanges turned away because too many were in flight.
    pub busy: Counter,
}

impl Exchanges {
    /// With nothing in flight.
    #[must_use]
    pub fn new(gate: Gate, limits: &Limits, counts: Counts) -> Self {
        Self {
            gate,
            exchanges: Places::new(limits.exchanges, 2),
            cells: Places::new(limits.cells, 4),
            body_time: Duration::from_secs(u64::from(limits.body_seconds)),
            cell_body_time: Duration::from_secs(u64::from(limits.cell_body_seconds)),
            counts,
        }
    }

    /// The gate.
    #[must_use]
    pub const fn gate(&self) -> &Gate {
        &self.gate
    }
}

/// Adds the exchange endpoints. The application data must hold `Data<Exchanges>`, `Data<Relay>` and
/// `Data<Door>`.
pub fn routes(app: &mut web::ServiceConfig) {
    app.service(web::resource(EXCHANGE_PATH).post(ordinary))
        .service(web::resource(CELL_PUT_PATH).post(put_cell))
        .service(web::resource(CELL_TAKE_PATH).post(take_cell))
        .service(web::resource("/v1/challenge").get(challenge));
}

async fn ordinary(
    request: HttpRequest,
    body: web::Payload,
    exchanges: web::Data<Exchanges>,
    relay: web::Data<Relay>,
    door: web::Data<Door>,
) -> Result<HttpResponse, Refusal> {
    exchanges
        .handle(Class::Ordinary, &request, body, &relay, &door)
        .await
}

async fn put_cell(
    request: HttpRequest,
    body: web::Payload,
    exchanges: web::Data<Exchanges>,
    relay: web::Data<Relay>,
    door: web::Data<Door>,
) -> Result<HttpResponse, Refusal> {
    exchanges
        .handle(Class::CellPut, &request, body, &relay, &door)
        .await
}

async fn take_cell(
    request: HttpRequest,
    body: web::Payload,
    exchanges: web::Data<Exchanges>,
    relay: web::Data<Relay>,
    door: web::Data<Door>,
) -> Result<HttpResponse, Refusal> {
    exchanges
        .handle(Class::CellTake, &request, body, &relay, &door)
        .await
}

async fn challenge(exchanges: web::Data<Exchanges>) -> HttpResponse {
    HttpResponse::Ok().json(exchanges.gate.offer(Instant::now()))
}

impl Exchanges {
    async fn handle(
        &self,
        class: Class,
        request: &HttpRequest,
        body: web::Payload,
        relay: &Relay,
        door: &Door,
    ) -> Result<HttpResponse, Refusal> {
        let (request_len, answer_len) = lengths(class);
        let is_cell = class != Class::Ordinary;
        let origin = match origin(request, door) {
            Some(address) => self.gate.origin(address),
            None => Origin::Onion,
        };
        let places = if is_cell {
            &self.cells
        } else {
            &self.exchanges
        };
        let time = match class {
            Class::CellPut => self.cell_body_time,
            Class::Ordinary | Class::CellTake => self.body_time,
        };
        let Some(_place) = places.take(origin.network()) else {
            self.counts.busy.increment();
            // Read on without keeping anything, so that the client gets to read the answer.
            let _ = timeout(BUSY_TIME, read_exactly(body, 0)).await;
            return Err(ProblemType::Busy.into());
        };
        let body = timeout(time, read_exactly(body, request_len))
            .await
            .map_err(|_| {
                Refusal::with_detail(ProblemType::Malformed, "The body did not arrive in time.")
            })??;
        let is_sealed = request
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind == REQUEST_MEDIA_TYPE);
        if !is_sealed {
            return Err(ProblemType::WrongMediaType.into());
        }
        let key = KeyDigest::of_request(&body).ok_or(ProblemType::WrongSize)?;
        let stamp = stamp_of(request)?;
        match self
            .gate
            .pass(origin, class, &key, stamp.as_ref(), Instant::now())
        {
            Ok(Passed::Stamp) => self.counts.stamped.increment(),
            Ok(Passed::Allowance) => (),
            Err(refusal) => {
                self.counts.asked.increment();
                return Err(refusal);
            }
        }
        let (path, patience) = match class {
            Class::Ordinary => (EXCHANGE_PATH, Patience::Ordinary),
            Class::CellPut => (CELL_PUT_PATH, Patience::Cell),
            Class::CellTake => (CELL_TAKE_PATH, Patience::Cell),
        };
        let answer = relay
            .exchange(path, body, answer_len, patience)
            .await
            .inspect_err(|_| self.counts.failed.increment())?;
        self.counts.forwarded.increment();
        if is_cell {
            self.counts.cells.increment();
        }
        Ok(HttpResponse::Ok()
            .content_type(RESPONSE_MEDIA_TYPE)
            .body(answer))
    }
}

const fn lengths(class: Class) -> (usize, usize) {
    match class {
        Class::Ordinary => (SEALED_REQUEST_LEN, SEALED_RESPONSE_LEN),
        Class::CellPut => (SEALED_CELL_REQUEST_LEN, SEALED_RESPONSE_LEN),
        Class::CellTake => (SEALED_REQUEST_LEN, SEALED_CELL_RESPONSE_LEN),
    }
}

/// Reads a body of exactly `len` bytes; one that is longer is drained, within bounds.
async fn read_exactly(mut payload: web::Payload, len: usize) -> Result<Bytes, Refusal> {
    let mut body = BytesMut::with_capacity(len);
    let mut seen: usize = 0;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| {
            Refusal::with_detail(ProblemType::Malformed, "The body ended before its length.")
        })?;
        seen = seen.saturating_add(chunk.len());
        if seen <= len {
            body.extend_from_slice(&chunk);
        } else if seen > MAX_DRAINED {
            break;
        }
    }
    if seen == len {
        Ok(body.freeze())
    } else {
        Err(ProblemType::WrongSize.into())
    }
}

fn stamp_of(request: &HttpRequest) -> Result<Option<Stamp>, Refusal> {
    let Some(value) = request.headers().get(stamp::HEADER) else {
        return Ok(None);
    };
    value
        .to_str()
        .ok()
        .and_then(|text| Stamp::decode(text).ok())
        .map(Some)
        .ok_or_else(|| {
            Refusal::with_detail(
                ProblemType::Malformed,
                "The stamp is not of the described form.",
            )
        })
}

/// The address that the gate counts by; `None` for the onion service.
///
/// It is the socket's, unless that is the trusted proxy's, which appends whom it speaks for as the
/// last hop of `X-Forwarded-For`. What a client writes before that is not looked at.
fn origin(request: &HttpRequest, door: &Door) -> Option<IpAddr> {
    let Door::Public { trusted_proxy } = door else {
        return None;
    };
    let unknown = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);
    let peer = request
        .peer_addr()
        .map_or(unknown, |peer| peer.ip().to_canonical());
    if *trusted_proxy != Some(peer) {
        return Some(peer);
    }
    let forwarded = request
        .headers()
        .get_all("x-forwarded-for")
        .last()
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.rsplit(',').next())
        .and_then(|hop| hop.trim().parse().ok());
    Some(forwarded.unwrap_or(peer))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn through(peer: &str, forwarded: &[&str], proxy: Option<&str>) -> Option<String> {
        let mut request = TestRequest::post().peer_addr(peer.parse().expect("an address"));
        for value in forwarded {
            request = request.append_header(("x-forwarded-for", *value));
        }
        let door = Door::Public {
            trusted_proxy: proxy.map(|ip| ip.parse().expect("an address")),
        };
        origin(&request.to_http_request(), &door).map(|ip| ip.to_string())
    }

    #[test]
    fn only_the_trusted_proxy_says_whom_it_speaks_for() {
        let some = |text: &str| Some(text.to_owned());
        let forged = ["203.0.113.1, 203.0.113.2", "198.51.100.9, 192.0.2.7"];
        assert_eq!(through("192.0.2.1:5", &forged, None), some("192.0.2.1"));
        let proxy = Some("127.0.0.1");
        assert_eq!(through("192.0.2.1:5", &forged, proxy), some("192.0.2.1"));
        assert_eq!(through("127.0.0.1:5", &forged, proxy), some("192.0.2.7"));
        assert_eq!(
            through("127.0.0.1:5", &["nonsense"], proxy),
            some("127.0.0.1")
        );
        assert_eq!(through("127.0.0.1:5", &[], proxy), some("127.0.0.1"));
        assert_eq!(through("127.0.0.1:5", &forged, None), some("127.0.0.1"));
    }
}
