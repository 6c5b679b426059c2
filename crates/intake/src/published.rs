//! What the relay publishes, served from a short-lived copy: `GET /v1/keys` and `GET /v1/cards`.
//!
//! The bytes are the relay's, verbatim and the same for everyone; their signatures are for the
//! client to check. They are compressed when they change. When the relay does not answer, an older copy is served up to a bounded age.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use actix_web::{HttpRequest, HttpResponse, web};
use candor_service::Refusal;
use tokio::sync::Mutex;

use crate::{config, document::Document, encoded::Encoded, relay::Relay};

/// The most that is believed of the relay.
const MAX_LEN: usize = 4 << 20;
/// After a failure the relay is left alone for this long.
const RETRY: Duration = Duration::from_secs(5);
const CACHE: &str = "public, max-age=60, no-transform";

/// The copies of one intake. One for all workers.
pub struct Copies {
    keys: Copy,
    cards: Copy,
}

impl Copies {
    /// Without copies yet.
    #[must_use]
    pub fn new(settings: &config::Published) -> Self {
        let copy = |path| Copy {
            path,
            fresh: Duration::from_secs(u64::from(settings.cache_seconds)),
            stale: Duration::from_secs(3600 * u64::from(settings.stale_hours)),
            held: RwLock::new(None),
            refresh: Mutex::new(None),
        };
        Self {
            keys: copy("/v1/keys"),
            cards: copy("/v1/cards"),
        }
    }
}

/// Adds both routes. The application data must hold `Data<Copies>` and `Data<Relay>`.
pub fn routes(app: &mut web::ServiceConfig) {
    app.service(web::resource("/v1/keys").get(keys))
        .service(web::resource("/v1/cards").get(cards));
}

async fn keys(
    request: HttpRequest,
    copies: web::Data<Copies>,
    relay: web::Data<Relay>,
) -> Result<HttpResponse, Refusal> {
    copies.keys.serve(&request, &relay).await
}

async fn cards(
    request: HttpRequest,
    copies: web::Data<Copies>,
    relay: web::Data<Relay>,
) -> Result<HttpResponse, Refusal> {
    copies.cards.serve(&request, &relay).await
}

struct Copy {
    path: &'static str,
    fresh: Duration,
    stale: Duration,
    held: RwLock<Option<Held>>,
    /// Held by the one request that fetches; the last failure.
    refresh: Mutex<Option<(Instant, Refusal)>>,
}

#[derive(Clone)]
struct Held {
    document: Arc<Encoded>,
    since: Instant,
}

impl Copy {
    async fn serve(&self, request: &HttpRequest, relay: &Relay) -> Result<HttpResponse, Refusal> {
        self.current(relay)
            .await
            .map(|document| document.answer(request))
    }

    async fn current(&self, relay: &Relay) -> Result<Arc<Encoded>, Refusal> {
        if let Some(document) = self.younger_than(self.fresh) {
            return Ok(document);
        }
        let mut failure = match (self.refresh.try_lock(), self.younger_than(self.stale)) {
            (Ok(guard), _) => guard,
            // Somebody is fetching; a copy at hand is as good meanwhile.
            (Err(_), Some(document)) => return Ok(document),
            (Err(_), None) => self.refresh.lock().await,
        };
        if let Some(document) = self.younger_than(self.fresh) {
            return Ok(document);
        }
        let refusal = match failure.clone() {
            Some((at, refusal)) if at.elapsed() < RETRY => refusal,
            _ => match relay.fetch(self.path, MAX_LEN).await {
                Ok(bytes) => {
                    let document = self.encoded(Document::json(bytes, CACHE)).await;
                    *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(Held {
                        document: Arc::clone(&document),
                        since: Instant::now(),
                    });
                    *failure = None;
                    return Ok(document);
                }
                Err(refusal) => {
                    *failure = Some((Instant::now(), refusal.clone()));
                    refusal
                }
            },
        };
        self.younger_than(self.stale).ok_or(refusal)
    }

    /// The document with its compressed forms: those at hand if it has not changed.
    async fn encoded(&self, document: Document) -> Arc<Encoded> {
        let held = self.younger_than(Duration::MAX);
        if let Some(same) = held.filter(|held| held.plain().tag() == document.tag()) {
            return same;
        }
        let plain = document.clone();
        let compressed = web::block(move || Encoded::compress(document)).await;
        Arc::new(compressed.unwrap_or_else(|_| Encoded::new(plain, None, None)))
    }

    fn younger_than(&self, age: Duration) -> Option<Arc<Encoded>> {
        self.held
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .filter(|held| held.since.elapsed() < age)
            .map(|held| Arc::clone(&held.document))
    }
}
