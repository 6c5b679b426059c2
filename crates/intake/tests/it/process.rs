//! The process: what it writes, how it ends, and with which code.

use std::{fs, process::Output, time::Duration};

use crate::{
    peer::{Mode, Peer},
    support::{CANARY, CANARY_ADDRESS, Intake, client, client_from, command, folder, post, sealed},
};

const NOWHERE: &str = "http://127.0.0.1:9";

#[tokio::test]
async fn nothing_that_tells_who_is_written_anywhere() {
    let peer = Peer::start(Mode::Honest);
    let metrics = "[limits]\nburst = 8\nper_second = 1\n[metrics]\nlisten = \"127.0.0.1:0\"\n\
                   [trusted_proxy]\naddress = \"127.0.0.1\"\n";
    let mut intake = Intake::start(&peer.url(), metrics);
    let client = client_from(CANARY_ADDRESS);
    let proxied = crate::support::client();
    let mark_all = |request: reqwest::RequestBuilder| {
        request
            .header("x-forwarded-for", CANARY_ADDRESS)
            .header("cookie", CANARY)
    };
    for mark in 0..12 {
        let url = intake.url(&format!("/v1/exchange?{CANARY}"));
        for client in [&client, &proxied] {
            mark_all(post(client, &url, sealed(mark)))
                .send()
                .await
                .unwrap();
        }
    }
    for path in [
        "/",
        "/canary-7d20",
        "/v1/keys",
        "/directory.json.canary-7d20.minisig",
    ] {
        mark_all(client.get(intake.url(path))).send().await.unwrap();
    }
    peer.stop().await;
    mark_all(post(&client, &intake.url("/v1/exchange"), sealed(100)))
        .send()
        .await
        .unwrap();
    mark_all(post(&client, &intake.url("/v1/exchange"), CANARY.into()))
        .send()
        .await
        .unwrap();
    let counts = crate::support::client().get(format!("{}/metrics", intake.base("metrics")));
    let counts = counts.send().await.unwrap().text().await.unwrap();
    assert!(
        counts.contains("candor_intake_stamps_asked_total"),
        "{counts}"
    );
    intake.terminate();
    assert_eq!(intake.ended().await.code(), Some(0));

    let log = intake.log();
    // The log does tell of requests at this level, so the search below means something.
    assert!(
        log.contains("request method=POST route=/v1/exchange status=2xx"),
        "{log}"
    );
    assert!(
        log.contains("route=/directory.json.{role}.minisig status=4xx"),
        "{log}"
    );
    for text in [&log, &counts] {
        for canary in [
            "canary",
            CANARY_ADDRESS,
            "127.0.77",
            "127.0.0.1",
            "reqwest",
            "202",
        ] {
            assert!(!text.contains(canary), "{canary} in {text}");
        }
    }
    for entry in fs::read_dir(intake.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let known = ["intake.toml", "stderr", "published"];
        assert!(
            known.contains(&path.file_name().unwrap().to_str().unwrap()),
            "{path:?}"
        );
    }
}

#[tokio::test]
async fn it_tells_once_that_the_relay_is_away() {
    let mut intake = Intake::start(NOWHERE, "");
    for mark in 0..3 {
        post(&client(), &intake.url("/v1/exchange"), sealed(mark))
            .send()
            .await
            .unwrap();
    }
    intake.terminate();
    intake.ended().await;
    assert_eq!(intake.log().matches("the relay does not answer").count(), 1);
}

#[tokio::test]
async fn sigterm_finishes_what_is_in_flight() {
    let peer = Peer::start(Mode::Slow(800));
    let mut intake = Intake::start(&peer.url(), "");
    let request = post(&client(), &intake.url("/v1/exchange"), sealed(1));
    let in_flight = tokio::spawn(request.send());
    while peer.seen().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    intake.terminate();
    let answer = in_flight.await.unwrap().unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.bytes().await.unwrap().len(), 32_800);
    assert_eq!(intake.ended().await.code(), Some(0));
    // And no new one is taken.
    assert!(client().get(intake.url("/health")).send().await.is_err());
}

fn output(arguments: &[&str]) -> Output {
    command().args(arguments).output().unwrap()
}

#[tokio::test]
async fn the_exit_code_says_why() {
    let folder = folder(NOWHERE, "");
    let config = folder.path().join("intake.toml");
    let config = config.to_str().unwrap();
    let code = |arguments: &[&str]| output(arguments).status.code();
    assert_eq!(code(&["--help"]), Some(0));
    assert_eq!(code(&["--version"]), Some(0));
    assert_eq!(code(&["check", "--config", config]), Some(0));
    assert_eq!(code(&["--nonsense"]), Some(2));
    assert_eq!(code(&["--config", "/nonexistent/intake.toml"]), Some(2));

    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap().to_string();
    let text = fs::read_to_string(config)
        .unwrap()
        .replace("127.0.0.1:0", &taken);
    fs::write(config, text).unwrap();
    let ended = output(&["--config", config]);
    assert_eq!(ended.status.code(), Some(3));
    assert!(ended.stdout.is_empty());
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(
        said.starts_with(&format!("error: cannot listen on {taken} (public): ")),
        "{said}"
    );
    assert_eq!(
        code(&["check", "--config", config]),
        Some(0),
        "the check does not listen"
    );
}

#[test]
fn the_check_says_what_is_missing() {
    let folder = folder(NOWHERE, "");
    fs::remove_file(folder.path().join("published/pin.json")).unwrap();
    let config = folder.path().join("intake.toml");
    let ended = output(&["check", "--config", config.to_str().unwrap()]);
    assert_eq!(ended.status.code(), Some(0));
    let said = String::from_utf8(ended.stdout).unwrap();
    assert!(
        said.contains("will not be ready: pin.json is missing."),
        "{said}"
    );
}

#[test]
fn the_help_is_the_one_that_was_reviewed() {
    let said = String::from_utf8(output(&["--help"]).stdout).unwrap();
    assert_eq!(said, include_str!("help.txt"));
}
