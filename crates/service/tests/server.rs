//! A real server on real sockets: problems, headers, TLS, and an orderly end.

use std::{
    fs,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::{HttpResponse, web};
use candor_service::{
    ExitReason, Fatal, ListenerSpec, Loopback, PROBLEM_JSON, Server, ServerSettings, TlsFiles,
    health, metrics::Metrics,
};
use candor_wire::{Problem, ProblemType};
use serde::Deserialize;
use tokio::{sync::oneshot, task::JoinHandle};

const CANARY: &str = "canary-5c1f";

fn loopback() -> ListenerSpec {
    let any: SocketAddr = "127.0.0.1:0".parse().expect("an address");
    Loopback::try_from(any).expect("loopback").into()
}

#[derive(Deserialize)]
struct Body {
    #[expect(dead_code, reason = "only its parsing is under test")]
    count: u8,
}

#[expect(clippy::panic, reason = "the panic is under test")]
async fn panicking() -> HttpResponse {
    panic!("{CANARY}");
}

fn routes(app: &mut web::ServiceConfig) {
    app.route(
        "/slow",
        web::get().to(|| async {
            tokio::time::sleep(Duration::from_millis(600)).await;
            "done"
        }),
    )
    .route(
        "/number/{n}",
        web::get().to(|_: web::Path<u8>| async { "ok" }),
    )
    .route("/json", web::post().to(|_: web::Json<Body>| async { "ok" }))
    .route(
        "/bytes",
        web::post().to(|body: web::Bytes| async move { body.len().to_string() }),
    )
    .route("/panic", web::get().to(panicking))
    .route(
        "/bare",
        web::get().to(|| async { HttpResponse::Forbidden().body(CANARY) }),
    )
    .configure(health::routes(|| Ok(())));
}

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), Fatal>>,
    closed: Arc<AtomicBool>,
}

fn start(spec: &ListenerSpec) -> Running {
    let mut server = Server::new(ServerSettings {
        workers: 1,
        shutdown_seconds: 5,
        ..ServerSettings::default()
    });
    let address = server.listen("test", spec, routes).expect("it listens");
    let (stop, stopped) = oneshot::channel::<()>();
    let closed = Arc::new(AtomicBool::new(false));
    let mark = Arc::clone(&closed);
    let ended = tokio::spawn(server.run(
        async {
            let _ = stopped.await;
        },
        move || async move {
            mark.store(true, Ordering::SeqCst);
            Ok(())
        },
    ));
    Running {
        address,
        stop,
        ended,
        closed,
    }
}

impl Running {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .user_agent(CANARY)
        .build()
        .expect("a client")
}

async fn problem(response: reqwest::Response) -> Problem {
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], PROBLEM_JSON);
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let text = response.text().await.expect("a body");
    assert!(!text.contains(CANARY), "{text}");
    let problem: Problem = serde_json::from_str(&text).expect("a problem");
    assert_eq!(problem.status, status);
    problem
}

#[tokio::test]
async fn every_refusal_is_a_problem_that_quotes_nothing() {
    let server = start(&loopback());
    let client = client();
    let get = |path: &str| client.get(server.url(path));
    let post = |path: &str| client.post(server.url(path));
    let json = |body: String| {
        post("/json")
            .header("content-type", "application/json")
            .body(body)
    };
    for (request, kind) in [
        (get(&format!("/{CANARY}?{CANARY}")), ProblemType::NotFound),
        (get(&format!("/number/{CANARY}")), ProblemType::NotFound),
        (
            json(format!("{{\"count\":\"{CANARY}\"}}")),
            ProblemType::Malformed,
        ),
        (json(CANARY.repeat(10_000)), ProblemType::WrongSize),
        (post("/json").body(CANARY), ProblemType::WrongMediaType),
        (
            post("/bytes").body(vec![0; (64 << 10) + 1]),
            ProblemType::WrongSize,
        ),
        (get("/panic"), ProblemType::Internal),
        (get("/bare"), ProblemType::Forbidden),
    ] {
        let answer = request.send().await.expect("an answer");
        assert_eq!(problem(answer).await.kind(), Some(kind));
    }
    // A panic ended that request only.
    let answer = get("/health").send().await.expect("an answer");
    assert_eq!(answer.text().await.expect("text"), r#"{"status":"ok"}"#);
}

#[tokio::test]
async fn a_wrong_method_is_told_so() {
    let server = start(&loopback());
    let answer = client()
        .delete(server.url("/health"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        problem(answer).await.kind(),
        Some(ProblemType::MethodNotAllowed)
    );
}

#[tokio::test]
async fn not_ready_says_why() {
    let mut server = Server::new(ServerSettings::default());
    let address = server
        .listen(
            "test",
            &loopback(),
            health::routes(|| Err("The index is being rebuilt.")),
        )
        .expect("it listens");
    let answer = client()
        .get(format!("http://{address}/health"))
        .send()
        .await;
    let problem = problem(answer.expect("an answer")).await;
    assert_eq!(problem.kind(), Some(ProblemType::NotReady));
    assert_eq!(
        problem.detail.as_deref(),
        Some("The index is being rebuilt.")
    );
}

#[tokio::test]
async fn counts_have_a_listener_of_their_own() {
    let metrics = Metrics::default();
    metrics.counter("candor_things_total", "Things.").add(3);
    let mut server = Server::new(ServerSettings::default());
    let address = server
        .listen("metrics", &loopback(), metrics.routes())
        .expect("it listens");
    let answer = client()
        .get(format!("http://{address}/metrics"))
        .send()
        .await;
    let text = answer.expect("an answer").text().await.expect("text");
    assert!(text.contains("\ncandor_things_total 3\n"), "{text}");
}

#[tokio::test]
async fn stopping_finishes_what_is_in_flight_and_closes() {
    let server = start(&loopback());
    let (client, url) = (client(), server.url("/slow"));
    // An idle connection must not hold the end up.
    client
        .get(server.url("/health"))
        .send()
        .await
        .expect("ready");
    let in_flight = tokio::spawn(async move { client.get(url).send().await?.text().await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!server.closed.load(Ordering::SeqCst));
    let asked = Instant::now();
    server.stop.send(()).expect("it still runs");
    let text = in_flight.await.expect("joined").expect("the answer came");
    assert_eq!(text, "done");
    server.ended.await.expect("joined").expect("a clean end");
    assert!(server.closed.load(Ordering::SeqCst));
    assert!(
        asked.elapsed() < Duration::from_secs(4),
        "{:?}",
        asked.elapsed()
    );
}

#[tokio::test]
async fn a_taken_address_is_exit_code_three() {
    let holder = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = holder.local_addr().expect("an address");
    let spec = Loopback::try_from(taken).expect("loopback").into();
    let error = Server::new(ServerSettings::default())
        .listen("test", &spec, routes)
        .expect_err("it is taken");
    assert_eq!(error.reason(), ExitReason::CannotListen);
    assert!(error.to_string().contains("(test)"), "{error}");
}

struct Pki {
    folder: tempfile::TempDir,
    certificate: String,
}

fn pki() -> Pki {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("made");
    let folder = tempfile::tempdir().expect("a folder");
    let certificate = made.cert.pem();
    fs::write(folder.path().join("c.pem"), &certificate).expect("written");
    fs::write(
        folder.path().join("k.pem"),
        made.signing_key.serialize_pem(),
    )
    .expect("written");
    let other = rcgen::KeyPair::generate().expect("made");
    fs::write(folder.path().join("other.pem"), other.serialize_pem()).expect("written");
    fs::write(folder.path().join("empty.pem"), "").expect("written");
    Pki {
        folder,
        certificate,
    }
}

impl Pki {
    fn spec(&self, certificate: &str, key: &str) -> ListenerSpec {
        ListenerSpec::tls(
            "127.0.0.1:0".parse().expect("an address"),
            TlsFiles {
                certificate: self.folder.path().join(certificate),
                key: self.folder.path().join(key),
            },
        )
    }
}

#[tokio::test]
async fn tls_is_spoken_from_files() {
    let pki = pki();
    let server = start(&pki.spec("c.pem", "k.pem"));
    let root = reqwest::Certificate::from_pem(pki.certificate.as_bytes()).expect("a certificate");
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([root])
        .resolve("localhost", server.address)
        .build()
        .expect("a client");
    let url = format!("https://localhost:{}/health", server.address.port());
    let answer = client.get(&url).send().await.expect("a handshake");
    assert_eq!(answer.status(), 200);
    assert!(answer.headers().contains_key("strict-transport-security"));
    // Who does not know the certificate does not connect.
    let stranger = reqwest::Client::builder()
        .no_proxy()
        .resolve("localhost", server.address)
        .build()
        .expect("a client");
    assert!(stranger.get(&url).send().await.is_err());
}

#[tokio::test]
async fn unusable_tls_files_are_named() {
    let pki = pki();
    for (certificate, key, wanted) in [
        ("none.pem", "k.pem", "cannot read the TLS certificate"),
        ("empty.pem", "k.pem", "holds no certificate"),
        ("c.pem", "none.pem", "cannot read the TLS key"),
        ("c.pem", "empty.pem", "holds no private key"),
        ("c.pem", "other.pem", "cannot be used together"),
    ] {
        let error = Server::new(ServerSettings::default())
            .listen("test", &pki.spec(certificate, key), routes)
            .expect_err(wanted);
        assert_eq!(error.reason(), ExitReason::Usage);
        let message = error.to_string();
        assert!(message.contains(wanted), "{message}");
        assert!(message.lines().count() == 2, "cause and remedy: {message}");
    }
}
