//! Allowances, challenges and stamps, worked out for real.

use candor_wire::{
    Problem, ProblemType,
    sizes::SEALED_CELL_REQUEST_LEN,
    stamp::{HEADER, KeyDigest, Stamp},
};

use crate::{
    peer::{Mode, Peer},
    support::{Intake, client, client_from, kind, post, problem, sealed, sealed_of},
};

const SMALL: &str = "[limits]\nburst = 8\nper_second = 1\n";

fn solved(problem: &Problem, request: &[u8]) -> String {
    let challenge = problem.challenge.as_ref().unwrap().parse().unwrap();
    let key = KeyDigest::of_request(request).unwrap();
    Stamp::solve(challenge, &key, problem.difficulty.unwrap(), 0..u64::MAX)
        .unwrap()
        .encode()
}

/// Sends exchanges until one is asked for a stamp; says which.
async fn drain(client: &reqwest::Client, url: &str) -> (u64, Problem) {
    for mark in 0..40 {
        let answer = post(client, url, sealed(mark)).send().await.unwrap();
        if answer.status() != 200 {
            return (mark, problem(answer).await);
        }
    }
    panic!("nothing was asked for");
}

#[tokio::test]
async fn an_empty_allowance_costs_work_and_never_the_report() {
    let peer = Peer::start(Mode::Honest);
    let intake = Intake::start(&peer.url(), SMALL);
    let (client, url) = (client(), intake.url("/v1/exchange"));
    let (mark, asked) = drain(&client, &url).await;
    assert!((8..=12).contains(&mark), "{mark}");
    assert_eq!(asked.kind(), Some(ProblemType::ProofOfWork));
    assert_eq!(asked.status, 429);
    assert_eq!(asked.difficulty, Some(12));
    let reached = peer.seen().len();

    // The same bytes with the stamp pass.
    let request = sealed(mark);
    let stamp = solved(&asked, &request);
    let answer = post(&client, &url, request.clone())
        .header(HEADER, &stamp)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(peer.seen().len(), reached + 1);
    assert!(
        peer.seen()
            .iter()
            .all(|seen| seen.headers.iter().all(|(name, _)| name != HEADER))
    );

    // Other networks are not concerned, and a stamp pays once, for its request. The allowance
    // trickles in at one a second, so it is drained again before each.
    assert_eq!(
        post(&client_from("127.9.9.9"), &url, sealed(500))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    for (request, detail) in [
        (request, "has been used"),
        (sealed(501), "not worked out for this"),
    ] {
        drain(&client, &url).await;
        let answer = post(&client, &url, request)
            .header(HEADER, &stamp)
            .send()
            .await
            .unwrap();
        let again = problem(answer).await;
        assert_eq!(again.kind(), Some(ProblemType::ProofOfWork));
        assert!(again.detail.unwrap().contains(detail));
    }
    for nonsense in ["canary", "", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!"] {
        let request = post(&client, &url, sealed(502)).header(HEADER, nonsense);
        assert_eq!(kind(request).await, ProblemType::Malformed);
    }
}

#[tokio::test]
async fn a_stamp_can_be_worked_out_ahead_and_cells_cost_more() {
    let peer = Peer::start(Mode::Honest);
    let intake = Intake::start(&peer.url(), SMALL);
    let (client, url) = (client(), intake.url("/v1/cell/put"));
    let cell = |mark| sealed_of(mark, SEALED_CELL_REQUEST_LEN);
    assert_eq!(
        post(&client, &url, cell(1)).send().await.unwrap().status(),
        200
    );
    let asked = problem(post(&client, &url, cell(2)).send().await.unwrap()).await;
    assert_eq!(asked.difficulty, Some(15), "eight times the work");

    let offer = client
        .get(intake.url("/v1/challenge"))
        .send()
        .await
        .unwrap();
    assert_eq!(offer.headers()["cache-control"], "no-store");
    let offer: serde_json::Value = serde_json::from_str(&offer.text().await.unwrap()).unwrap();
    assert_eq!(offer["difficulty"], 12);
    assert_eq!(offer["cell_difficulty"], 15);
    assert_eq!(offer["valid_seconds"], 1200);
    let key = KeyDigest::of_request(&cell(3)).unwrap();
    let challenge = offer["challenge"].as_str().unwrap().parse().unwrap();
    let stamp = Stamp::solve(challenge, &key, 15, 0..u64::MAX)
        .unwrap()
        .encode();
    let answer = post(&client, &url, cell(3))
        .header(HEADER, stamp)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn an_exempt_network_is_never_asked() {
    let peer = Peer::start(Mode::Honest);
    let intake = Intake::start(
        &peer.url(),
        &format!("{SMALL}exempt = [\"127.0.0.0/24\"]\n"),
    );
    let url = intake.url("/v1/exchange");
    for mark in 0..30 {
        assert_eq!(
            post(&client(), &url, sealed(mark))
                .send()
                .await
                .unwrap()
                .status(),
            200
        );
    }
    drain(&client_from("127.9.9.9"), &url).await;
}

#[tokio::test]
async fn a_campus_behind_one_address_reports_without_stamps() {
    let peer = Peer::start(Mode::Honest);
    let intake = Intake::start(&peer.url(), "");
    let (client, url) = (client(), intake.url("/v1/exchange"));
    // 150 people file in the same minute: 600 exchanges.
    for mark in 0..600 {
        assert_eq!(
            post(&client, &url, sealed(mark))
                .send()
                .await
                .unwrap()
                .status(),
            200
        );
    }
}

#[tokio::test]
async fn onion_clients_share_a_small_rate_and_pay_by_stamps() {
    let peer = Peer::start(Mode::Honest);
    let onion = "[onion]\nlisten = \"127.0.0.1:0\"\nburst = 3\nper_second = 1\n";
    let intake = Intake::start(&peer.url(), onion);
    let url = format!("{}/v1/exchange", intake.base("onion"));
    let (mark, asked) = drain(&client(), &url).await;
    assert!((3..=5).contains(&mark), "{mark}");
    let stamp = solved(&asked, &sealed(mark));
    let answer = post(&client(), &url, sealed(mark))
        .header(HEADER, stamp)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    // The public door is another matter.
    let answer = post(&client(), &intake.url("/v1/exchange"), sealed(77))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn one_network_cannot_hold_every_place_in_flight() {
    let peer = Peer::start(Mode::Slow(700));
    let intake = Intake::start(&peer.url(), "[limits]\nexchanges = 4\n");
    let url = intake.url("/v1/exchange");
    let (near, far) = (client(), client_from("127.9.9.9"));
    let send = |client: &reqwest::Client, mark| post(client, &url, sealed(mark)).send();
    let statuses = async |sent: Vec<_>| {
        let answers = futures_util::future::join_all(sent).await;
        let mut statuses: Vec<_> = answers
            .into_iter()
            .map(|answer: reqwest::Result<reqwest::Response>| answer.unwrap().status().as_u16())
            .collect();
        statuses.sort_unstable();
        statuses
    };
    let crowd = (0..5).map(|mark| send(&near, mark)).collect();
    let other = vec![send(&far, 9)];
    let (crowd, other) = tokio::join!(statuses(crowd), statuses(other));
    assert_eq!(crowd, [200, 200, 503, 503, 503]);
    assert_eq!(other, [200]);
}
