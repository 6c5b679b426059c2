//! The public files: keys and cards from the relay, signed files and the app from folders.

use std::{fs, time::Duration};

use candor_wire::ProblemType;

use crate::{
    peer::{KEYS, Mode, Peer},
    support::{Intake, client, kind, problem},
};

#[tokio::test]
async fn keys_and_cards_are_copied_verbatim_and_outlive_the_relay() {
    let peer = Peer::start(Mode::Honest);
    let intake = Intake::start(&peer.url(), "");
    let client = client();
    for path in ["/v1/keys", "/v1/cards"] {
        for _ in 0..5 {
            let answer = client.get(intake.url(path)).send().await.unwrap();
            assert_eq!(
                answer.headers()["cache-control"],
                "public, max-age=60, no-transform"
            );
            assert_eq!(answer.text().await.unwrap(), KEYS);
        }
    }
    assert_eq!(peer.seen().len(), 2, "fetched once each");
}

#[tokio::test]
async fn an_older_copy_is_served_up_to_its_age() {
    // In the section that `folder` ends with: copies are old at once, and good for an hour or not.
    for (stale_hours, served) in [(1, true), (0, false)] {
        let peer = Peer::start(Mode::Honest);
        let folder = crate::support::folder(&peer.url(), "");
        let config = folder.path().join("intake.toml");
        let text = fs::read_to_string(&config).unwrap().replace(
            "folder = \"published\"",
            &format!("folder = \"published\"\ncache_seconds = 0\nstale_hours = {stale_hours}"),
        );
        fs::write(&config, text).unwrap();
        let intake = Intake::start_in(folder);
        let get = || client().get(intake.url("/v1/cards"));
        assert_eq!(get().send().await.unwrap().status(), 200);
        assert_eq!(get().send().await.unwrap().status(), 200);
        assert_eq!(peer.seen().len(), 2, "fetched again each time");
        peer.stop().await;
        let answer = get().send().await.unwrap();
        if served {
            assert_eq!(answer.text().await.unwrap(), KEYS);
        } else {
            assert_eq!(
                problem(answer).await.kind(),
                Some(ProblemType::RelayUnreachable)
            );
        }
    }
}

#[tokio::test]
async fn what_the_relay_should_not_publish_is_not_passed_on() {
    let peer = Peer::start(Mode::WrongType);
    let intake = Intake::start(&peer.url(), "");
    assert_eq!(
        kind(client().get(intake.url("/v1/keys"))).await,
        ProblemType::RelayAnswer
    );
}

#[tokio::test]
async fn signed_files_are_served_as_they_are_and_follow_the_folder() {
    let peer = Peer::start(Mode::Honest);
    let intake = Intake::start(&peer.url(), "");
    let client = client();
    let get = |path: &str| client.get(intake.url(path));
    let answer = get("/directory.json").send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-cache, no-transform");
    let tag = answer.headers()["etag"].clone();
    assert_eq!(answer.text().await.unwrap(), "{\"version\":1}");
    let answer = get("/directory.json")
        .header("if-none-match", &tag)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 304);
    let answer = get("/directory.json.administrator.minisig")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.text().await.unwrap(), "signature");
    assert_eq!(get("/pin.json").send().await.unwrap().status(), 200);
    for path in [
        "/administrator.key",
        "/directory.json.witness.minisig",
        "/directory.json...%2f..%2fintake.toml.minisig",
        "/../intake.toml",
        "/%2e%2e/intake.toml",
        "/..%2fintake.toml",
        "//etc/passwd",
    ] {
        assert_eq!(kind(get(path)).await, ProblemType::NotFound, "{path}");
    }

    fs::write(intake.published("directory.json"), "{\"version\":2}").unwrap();
    let mut served = String::new();
    for _ in 0..40 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let answer = get("/directory.json")
            .header("if-none-match", &tag)
            .send()
            .await
            .unwrap();
        served = answer.text().await.unwrap();
        if !served.is_empty() {
            break;
        }
    }
    assert_eq!(served, "{\"version\":2}");
}

#[tokio::test]
async fn the_directory_is_served_compressed_and_changes_with_the_folder() {
    let peer = Peer::start(Mode::Honest);
    let intake = Intake::start(&peer.url(), "");
    let text = |version: u32| format!("{{\"version\":{version}}}{}", " ".repeat(4096));
    let mut served = String::new();
    for version in [2, 3] {
        fs::write(intake.published("directory.json"), text(version)).unwrap();
        for _ in 0..40 {
            let answer = client()
                .get(intake.url("/directory.json"))
                .header("accept-encoding", "gzip, br")
                .send()
                .await
                .unwrap();
            let encoding = answer.headers().get("content-encoding").cloned();
            let bytes = answer.bytes().await.unwrap();
            if encoding.is_some_and(|encoding| encoding == "br") {
                assert!(bytes.len() < 200, "{}", bytes.len());
                let mut opened = Vec::new();
                brotli::BrotliDecompress(&mut &*bytes, &mut opened).unwrap();
                served = String::from_utf8(opened).unwrap();
            }
            if served == text(version) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        assert_eq!(served, text(version));
    }
}

#[tokio::test]
async fn missing_signed_files_are_the_operators_fault() {
    let peer = Peer::start(Mode::Honest);
    let folder = crate::support::folder(&peer.url(), "");
    fs::remove_file(folder.path().join("published/directory.json")).unwrap();
    let intake = Intake::start_in(folder);
    assert_eq!(
        kind(client().get(intake.url("/directory.json"))).await,
        ProblemType::NotReady
    );
    let health = problem(client().get(intake.url("/health")).send().await.unwrap()).await;
    assert_eq!(health.detail.as_deref(), Some("directory.json is missing."));
}

#[tokio::test]
async fn the_app_is_built_in_and_locked_down() {
    let peer = Peer::start(Mode::Honest);
    let intake = Intake::start(&peer.url(), "");
    let client = client();
    let answer = client.get(intake.url("/")).send().await.unwrap();
    let headers = answer.headers().clone();
    assert_eq!(headers["content-type"], "text/html; charset=utf-8");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"));
    for (name, value) in [
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-robots-tag", "noindex"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-cache, no-transform"),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }
    let permissions = headers["permissions-policy"].to_str().unwrap();
    assert!(permissions.contains("camera=()"), "{permissions}");
    // The app alone may ask for the microphone; what it recorded there it may play.
    assert!(permissions.contains("microphone=(self)"), "{permissions}");
    assert!(policy.contains("media-src blob:;"), "{policy}");
    for other in ["/app.js", "/help.html"] {
        let answer = client.get(intake.url(other)).send().await.unwrap();
        let permissions = answer.headers()["permissions-policy"].to_str().unwrap();
        assert!(
            permissions.contains("microphone=()"),
            "{other}: {permissions}"
        );
    }
    assert!(!headers.contains_key("set-cookie") && !headers.contains_key("server"));
    let page = answer.text().await.unwrap();
    assert!(page.contains("/help.html"), "{page}");
    let again = client
        .get(intake.url("/index.html"))
        .header("if-none-match", &headers["etag"])
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), 304);
}

#[tokio::test]
async fn a_folder_takes_the_place_of_the_app() {
    let peer = Peer::start(Mode::Honest);
    let folder = crate::support::folder(&peer.url(), "[app]\nfolder = \"mine\"\n");
    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::write(folder.path().join("mine/index.html"), "my own").unwrap();
    let intake = Intake::start_in(folder);
    let text = client().get(intake.url("/")).send().await.unwrap();
    assert_eq!(text.text().await.unwrap(), "my own");
    let help = client().get(intake.url("/help.html")).send().await.unwrap();
    assert_eq!(help.status(), 200);
}

#[tokio::test]
async fn the_page_without_scripts_follows_the_directory() {
    let onion = format!("http://{}.onion", "a".repeat(56));
    let peer = Peer::start(Mode::Honest);
    let intake = Intake::start(
        &peer.url(),
        &format!(
            "[app]\ntelephone = \"+1 555 0100\"\n\
             [onion]\nlisten = \"127.0.0.1:0\"\naddress = \"{onion}\"\n"
        ),
    );
    let client = client();
    let get = |path: &str| client.get(intake.url(path));
    let answer = get("/help.html").send().await.unwrap();
    let headers = answer.headers().clone();
    assert_eq!(headers["content-type"], "text/html; charset=utf-8");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'self'") && !policy.contains("script"),
        "{policy}"
    );
    assert!(headers.contains_key("permissions-policy") && !headers.contains_key("set-cookie"));
    let page = answer.text().await.unwrap();
    let command = format!("<span>--intake {}</span>", intake.base("public"));
    for part in ["+1 555 0100", &onion, &command] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("canary"), "{page}");
    let style = get("/help.css").send().await.unwrap();
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
    let head = client.head(intake.url("/help.html")).send().await.unwrap();
    assert_eq!(head.status(), 200);
    assert_eq!(head.text().await.unwrap(), "");

    let directory = r#"{"languages": ["fr"], "names": {"fr": "Une école"},
        "hotline": {"telephone": "+33 1", "hours": {"fr": "Toujours"}}}"#;
    fs::write(intake.published("directory.json"), directory).unwrap();
    let mut page = String::new();
    for _ in 0..40 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let answer = get("/help.html").header("if-none-match", &headers["etag"]);
        page = answer.send().await.unwrap().text().await.unwrap();
        if !page.is_empty() {
            break;
        }
    }
    assert!(
        page.contains("Une école") && page.contains("Toujours"),
        "{page}"
    );
    assert!(page.contains("tel:+331"), "{page}");
}

#[tokio::test]
async fn the_operator_console_is_served_only_if_it_is_asked_for() {
    let peer = Peer::start(Mode::Honest);
    for (setting, is_served) in [("", false), ("[operator]\nenabled = true\n", true)] {
        let folder =
            crate::support::folder(&peer.url(), &format!("[app]\nfolder = \"mine\"\n{setting}"));
        let mine = folder.path().join("mine");
        fs::create_dir_all(mine.join("messages/operator")).unwrap();
        for name in ["index.html", "operator.html", "operator.js"] {
            fs::write(mine.join(name), name).unwrap();
        }
        let intake = Intake::start_in(folder);
        let get = |path: &str| client().get(intake.url(path));
        assert_eq!(get("/").send().await.unwrap().status(), 200);
        for path in ["/operator", "/operator.js"] {
            if !is_served {
                assert_eq!(kind(get(path)).await, ProblemType::NotFound, "{path}");
                continue;
            }
            let answer = get(path).send().await.unwrap();
            let headers = answer.headers();
            assert_eq!(answer.status(), 200, "{path}");
            // Locked down as the app is, and nothing of it stays with the operator's browser.
            let policy = headers["content-security-policy"].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'; script-src 'self'"));
            assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"));
            assert_eq!(headers["cache-control"], "no-cache, no-transform");
            assert_eq!(headers["x-robots-tag"], "noindex");
            assert!(!headers.contains_key("set-cookie"));
        }
    }
}

#[tokio::test]
async fn a_console_that_the_app_lacks_is_told() {
    let peer = Peer::start(Mode::Honest);
    let more = "[app]\nfolder = \"mine\"\n[operator]\nenabled = true\n";
    let folder = crate::support::folder(&peer.url(), more);
    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::write(folder.path().join("mine/index.html"), "my own").unwrap();
    let intake = Intake::start_in(folder);
    assert_eq!(
        kind(client().get(intake.url("/operator"))).await,
        ProblemType::NotFound
    );
    assert!(
        intake.log().contains("has no operator.html"),
        "{}",
        intake.log()
    );
}
