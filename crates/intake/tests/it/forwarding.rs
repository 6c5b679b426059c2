//! What reaches the relay, and what of the relay's answers reaches the client.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
};

use candor_wire::{
    ProblemType,
    sizes::{
        SEALED_CELL_REQUEST_LEN, SEALED_CELL_RESPONSE_LEN, SEALED_REQUEST_LEN, SEALED_RESPONSE_LEN,
    },
};

use crate::{
    peer::{Mode, Peer},
    support::{
        CANARY, CANARY_ADDRESS, Intake, Pki, client, client_from, kind, post, problem, sealed,
        sealed_of,
    },
};

#[tokio::test]
async fn an_exchange_reaches_the_relay_bare_and_its_answer_comes_back() {
    let peer = Peer::start(Mode::Honest);
    let intake = Intake::start(&peer.url(), "");
    let url = intake.url(&format!("/v1/exchange?{CANARY}"));
    let answer = post(&client_from(CANARY_ADDRESS), &url, sealed(1))
        .header("x-forwarded-for", CANARY_ADDRESS)
        .header("forwarded", format!("for={CANARY_ADDRESS}"))
        .header("accept-language", CANARY)
        .header("cookie", CANARY)
        .header("referer", format!("https://{CANARY}.example/"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "message/ohttp-res");
    assert!(!answer.headers().contains_key("set-cookie"));
    assert_eq!(
        answer.bytes().await.unwrap(),
        vec![0x5e; SEALED_RESPONSE_LEN]
    );

    let seen = peer.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].path, "/v1/exchange");
    assert_eq!(seen[0].body, sealed(1));
    let mut names: Vec<_> = seen[0]
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "accept",
            "content-length",
            "content-type",
            "host",
            "user-agent"
        ]
    );
    let all = format!("{:?}", seen[0].headers);
    assert!(
        all.contains("candor-intake") && !all.contains(CANARY) && !all.contains(CANARY_ADDRESS)
    );
}

#[tokio::test]
async fn cells_go_either_way() {
    let peer = Peer::start(Mode::Honest);
    let intake = Intake::start(&peer.url(), "");
    for (path, request, answer) in [
        ("/v1/cell/put", SEALED_CELL_REQUEST_LEN, SEALED_RESPONSE_LEN),
        (
            "/v1/cell/take",
            SEALED_REQUEST_LEN,
            SEALED_CELL_RESPONSE_LEN,
        ),
    ] {
        let got = post(&client(), &intake.url(path), sealed_of(1, request))
            .send()
            .await
            .unwrap();
        assert_eq!(got.status(), 200);
        assert_eq!(got.bytes().await.unwrap().len(), answer);
        let seen = peer.seen().pop().unwrap();
        assert_eq!((seen.path.as_str(), seen.body.len()), (path, request));
    }
}

#[tokio::test]
async fn another_size_type_or_method_stops_here() {
    let peer = Peer::start(Mode::Honest);
    let intake = Intake::start(&peer.url(), "");
    let (client, url) = (client(), intake.url("/v1/exchange"));
    for len in [
        0,
        1,
        SEALED_REQUEST_LEN - 1,
        SEALED_REQUEST_LEN + 1,
        1 << 20,
    ] {
        let request = post(&client, &url, vec![0; len]);
        assert_eq!(kind(request).await, ProblemType::WrongSize, "{len}");
    }
    let request = post(&client, &intake.url("/v1/cell/put"), sealed(1));
    assert_eq!(kind(request).await, ProblemType::WrongSize);
    let request = client
        .post(&url)
        .header("content-type", CANARY)
        .body(sealed(1));
    assert_eq!(kind(request).await, ProblemType::WrongMediaType);
    let request = client.post(&url).body(sealed(1));
    assert_eq!(kind(request).await, ProblemType::WrongMediaType);
    assert_eq!(kind(client.get(&url)).await, ProblemType::MethodNotAllowed);
    let request = post(&client, &intake.url(&format!("/{CANARY}")), sealed(1));
    assert_eq!(kind(request).await, ProblemType::MethodNotAllowed);
    assert_eq!(peer.seen().len(), 0);
}

#[tokio::test]
async fn a_lying_relay_is_not_believed() {
    use ProblemType as P;
    let peer = Peer::start(Mode::Honest);
    let intake = Intake::start(&peer.url(), "");
    let client = client();
    for (mark, (mode, wanted)) in (0_u64..).zip([
        (Mode::Short, P::RelayAnswer),
        (Mode::Long, P::RelayAnswer),
        (Mode::Endless, P::RelayAnswer),
        (Mode::Slow(1500), P::RelayTimeout),
        (Mode::WrongType, P::RelayAnswer),
        (Mode::Status(500), P::RelayAnswer),
        (Mode::Status(204), P::RelayAnswer),
        (Mode::Redirect, P::RelayAnswer),
        (Mode::Problem(P::NotReady), P::NotReady),
        (Mode::Problem(P::KeyConfiguration), P::KeyConfiguration),
        (Mode::Problem(P::Unauthorized), P::RelayAnswer),
        (Mode::Forged, P::RelayAnswer),
    ]) {
        peer.set(mode);
        let answer = post(&client, &intake.url("/v1/exchange"), sealed(mark))
            .send()
            .await
            .unwrap();
        let problem = problem(answer).await;
        assert_eq!(problem.kind(), Some(wanted), "{mode:?}");
        assert_eq!(problem.detail, None);
    }
    assert!(
        peer.seen().iter().all(|seen| seen.path == "/v1/exchange"),
        "no redirect is followed"
    );
    peer.set(Mode::Honest);
    let answer = post(&client, &intake.url("/v1/exchange"), sealed(99))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn a_relay_that_breaks_off_or_is_down_loses_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for (nth, stream) in listener.incoming().take(2).enumerate() {
            let mut stream = stream.unwrap();
            let mut some = [0; 1000];
            stream.read_exact(&mut some).unwrap();
            if nth == 1 {
                let head = "HTTP/1.1 200 OK\r\ncontent-type: message/ohttp-res\r\n\
                            content-length: 32800\r\n\r\nand no more";
                stream.write_all(head.as_bytes()).unwrap();
            }
        }
    });
    let intake = Intake::start(&format!("http://{address}"), "");
    for mark in 0..3 {
        let answer = post(&client(), &intake.url("/v1/exchange"), sealed(mark))
            .send()
            .await
            .unwrap();
        let problem = problem(answer).await;
        assert_eq!(
            problem.kind(),
            Some(ProblemType::RelayUnreachable),
            "{mark}"
        );
        assert!(problem.remedy.contains("Nothing was lost. Try again"));
    }
}

#[tokio::test]
async fn tls_is_spoken_to_reporters_and_to_the_one_relay_that_is_pinned() {
    let (pki, other) = (Pki::new(), Pki::new());
    let peer = Peer::start_tls(Mode::Honest, &pki);
    let relay = format!("https://localhost:{}", peer.address.port());
    let sections = |ca: &Pki| {
        format!(
            "[public]\nlisten = \"127.0.0.1:0\"\ncertificate = \"{0}/c.pem\"\nkey = \"{0}/k.pem\"\n",
            ca.path().display()
        )
    };
    for (pinned, works) in [(&pki, true), (&other, false)] {
        let relay = format!("{relay}\"\nca = \"{}/c.pem", pinned.path().display());
        let intake = Intake::start(&relay, &sections(&pki));
        assert!(intake.base("public").starts_with("https://127.0.0.1:"));
        let root = reqwest::Certificate::from_pem(pki.certificate.as_bytes()).unwrap();
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([root])
            .resolve("localhost", intake.address())
            .build()
            .unwrap();
        let url = format!("https://localhost:{}/v1/exchange", intake.address().port());
        let answer = post(&client, &url, sealed(1)).send().await.unwrap();
        if works {
            assert_eq!(answer.status(), 200);
            assert!(answer.headers().contains_key("strict-transport-security"));
        } else {
            assert_eq!(
                problem(answer).await.kind(),
                Some(ProblemType::RelayUnreachable)
            );
        }
    }
    assert_eq!(peer.seen().len(), 1);
}
