//! A tiny relay: one handler on a real socket, which can also lie.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    http::StatusCode,
    web::{self, Bytes},
};
use candor_wire::{
    Problem, ProblemType,
    sizes::{SEALED_CELL_RESPONSE_LEN, SEALED_RESPONSE_LEN},
};

use crate::support::Pki;

/// How the peer answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Honest,
    Short,
    Long,
    /// Headers, then never the body's end.
    Endless,
    Slow(u64),
    WrongType,
    Status(u16),
    Redirect,
    Problem(ProblemType),
    /// A problem document of a kind that no relay may give, with a text of its own.
    Forged,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

pub struct Peer {
    pub address: SocketAddr,
    state: Arc<State>,
    handle: actix_web::dev::ServerHandle,
}

struct State {
    mode: Mutex<Mode>,
    seen: Mutex<Vec<Seen>>,
}

pub const KEYS: &str = "{\"keys\" : \"verbatim\"}\n";

async fn answer(request: HttpRequest, body: Bytes, state: web::Data<Arc<State>>) -> HttpResponse {
    let path = request.path().to_owned();
    let headers = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), format!("{value:?}")))
        .collect();
    state.seen.lock().unwrap().push(Seen {
        path: path.clone(),
        headers,
        body,
    });
    let len = match path.as_str() {
        "/v1/cell/take" => SEALED_CELL_RESPONSE_LEN,
        _ => SEALED_RESPONSE_LEN,
    };
    let sealed = |len: usize| {
        HttpResponse::Ok()
            .content_type("message/ohttp-res")
            .insert_header(("set-cookie", "relay-canary=1"))
            .body(vec![0x5e; len])
    };
    let problem = |problem: Problem| {
        HttpResponse::build(StatusCode::from_u16(problem.status).unwrap())
            .content_type("application/problem+json")
            .body(problem.to_json())
    };
    let mode = *state.mode.lock().unwrap();
    match mode {
        Mode::Honest if path == "/v1/keys" || path == "/v1/cards" => HttpResponse::Ok()
            .content_type("application/json")
            .body(KEYS),
        Mode::Honest => sealed(len),
        Mode::Short => sealed(len - 1),
        Mode::Long => sealed(len + 1),
        Mode::Endless => HttpResponse::Ok()
            .content_type("message/ohttp-res")
            .streaming(futures_util::stream::repeat_with(|| {
                Ok::<_, actix_web::Error>(Bytes::from_static(&[0; 4096]))
            })),
        Mode::Slow(milliseconds) => {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            sealed(len)
        }
        Mode::WrongType => HttpResponse::Ok()
            .content_type("text/html")
            .body(vec![0; len]),
        Mode::Status(status) => HttpResponse::build(StatusCode::from_u16(status).unwrap())
            .content_type("text/plain")
            .body("relay-canary"),
        Mode::Redirect => HttpResponse::TemporaryRedirect()
            .insert_header(("location", "/elsewhere"))
            .finish(),
        Mode::Problem(kind) => problem(Problem::new(kind).with_detail("relay-canary")),
        Mode::Forged => {
            let mut forged = Problem::new(ProblemType::ProofOfWork);
            forged.title = "relay-canary".into();
            forged.challenge = Some("relay-canary".into());
            problem(forged)
        }
    }
}

impl Peer {
    pub fn start(mode: Mode) -> Self {
        Self::bind(mode, None)
    }

    pub fn start_tls(mode: Mode, pki: &Pki) -> Self {
        Self::bind(mode, Some(pki))
    }

    fn bind(mode: Mode, pki: Option<&Pki>) -> Self {
        let state = Arc::new(State {
            mode: Mutex::new(mode),
            seen: Mutex::default(),
        });
        let shared = web::Data::new(Arc::clone(&state));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::PayloadConfig::new(4 << 20))
                .app_data(shared.clone())
                .default_service(web::to(answer))
        })
        .workers(1)
        .disable_signals();
        let any = ("127.0.0.1", 0);
        let server = match pki {
            None => server.bind(any).unwrap(),
            Some(pki) => server
                .bind_rustls_0_23(any, pki.files().server_config().unwrap())
                .unwrap(),
        };
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            address,
            state,
            handle,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn set(&self, mode: Mode) {
        *self.state.mode.lock().unwrap() = mode;
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap().clone()
    }

    pub async fn stop(&self) {
        self.handle.stop(false).await;
    }
}
