//! The binary: exit codes, signals, what it says, and what it never says.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Output, Stdio},
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use candor_directory::Purpose;
use candor_wire::exchange::REQUEST_MEDIA_TYPE;

use crate::support::{Hotline, all_bytes, real_seconds};

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_candor-relay"));
    command.env("CANDOR_LOG", "debug");
    command
}

fn real_time(settings: &str) -> Hotline {
    let hotline = Hotline::with_settings(settings);
    hotline.clock.store(real_seconds(), Ordering::Relaxed);
    hotline.write_directory(1, hotline.today().plus(30));
    hotline
}

fn check(hotline: &Hotline) -> Output {
    let config = hotline.path("relay.toml");
    command()
        .args(["check", "--config"])
        .arg(config)
        .output()
        .unwrap()
}

fn serve(hotline: &Hotline) -> Output {
    let config = hotline.path("relay.toml");
    command().arg("--config").arg(config).output().unwrap()
}

fn says(output: &Output, code: i32, words: &[&str]) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}");
    for words in words {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(
        text.lines().filter(|line| !line.is_empty()).count() >= 2,
        "no remedy: {text}"
    );
}

struct Served {
    child: Child,
    gateway: String,
    desk: String,
}

fn spawn(hotline: &Hotline) -> Served {
    let mut child = command()
        .arg("--config")
        .arg(hotline.path("relay.toml"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut address = |name: &str| {
        let line = lines.next().unwrap().unwrap();
        let prefix = format!("listening {name} ");
        line.strip_prefix(&prefix).unwrap().to_owned()
    };
    let (gateway, desk) = (address("gateway"), address("desk"));
    // All lines are read before the pipe closes: a relay that cannot announce itself ends.
    address("metrics");
    Served {
        child,
        gateway,
        desk,
    }
}

#[actix_web::test]
async fn sigterm_finishes_what_is_in_flight_and_nothing_telling_is_logged() {
    const CANARY: &str = "canary-7f3a9";
    let hotline = real_time("answer_floor_ms = 400");
    let mut served = spawn(&hotline);
    let client = reqwest::Client::builder()
        .no_proxy()
        .user_agent(CANARY)
        .build()
        .unwrap();
    for base in [&served.gateway, &served.desk] {
        let url = format!("{base}/{CANARY}?{CANARY}=1");
        let got = client
            .post(url)
            .header("x-forwarded-for", "203.0.113.77")
            .header("candor-office", CANARY)
            .body(CANARY)
            .send()
            .await
            .unwrap();
        assert_eq!(got.status(), 404);
        assert!(!got.text().await.unwrap().contains(CANARY));
    }

    // An exchange that is still being held back when the signal comes.
    let list = client.get(format!("{}/v1/keys", served.gateway));
    let list = list.send().await.unwrap().bytes().await.unwrap();
    let list: candor_wire::SignedStatement<candor_directory::RelayKeysDomain> =
        serde_json::from_slice(&list).unwrap();
    let list: candor_directory::RelayKeys = list.peek().unwrap();
    let current = list.current(hotline.today()).unwrap();
    let sealing = ohttp::ClientRequest::from_encoded_config(current.config.as_bytes()).unwrap();
    let filed = crate::support::envelope(&["title-ix"], candor_wire::Urgency::Urgent);
    let operation = candor_wire::exchange::Operation::File(filed.clone());
    let padded = candor_wire::inner::encode_request(&operation).unwrap();
    let (sealed, opener) = sealing.encapsulate(&padded).unwrap();
    let exchange = client
        .post(format!("{}/v1/exchange", served.gateway))
        .header("content-type", REQUEST_MEDIA_TYPE)
        .body(sealed)
        .send();
    let stop = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let pid = served.child.id().to_string();
        let killed = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(killed.unwrap().success());
    };
    let (answer, ()) = tokio::join!(exchange, stop);
    let answer = answer.unwrap().bytes().await.unwrap();
    let answer = opener.decapsulate(&answer).unwrap();
    let answer = candor_wire::inner::decode_answer(&answer, &operation).unwrap();
    assert_eq!(answer, candor_wire::exchange::Answer::Filed(filed.id()));
    drop(client);

    let start = Instant::now();
    let status = loop {
        if let Some(status) = served.child.try_wait().unwrap() {
            break status;
        }
        assert!(start.elapsed() < Duration::from_secs(15), "does not stop");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(status.code(), Some(0));
    let mut log = String::new();
    served
        .child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut log)
        .unwrap();
    assert!(log.contains("stopped"), "{log}");
    assert!(log.contains("request"), "the log is at its most talkative");
    for secret in [CANARY, "203.0.113.77", "127.0.0.1", &filed.id().to_string()] {
        assert!(!log.contains(secret), "{secret}: {log}");
        for (path, bytes) in all_bytes(&hotline.path("store")) {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} in {}", path.display());
        }
    }
}

#[test]
fn the_check_tells_what_would_be_served_and_changes_nothing() {
    let hotline = real_time("");
    let before = all_bytes(hotline.folder.path()).len();
    let output = check(&hotline);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("version 1, 2 offices, good until"), "{text}");
    assert_eq!(all_bytes(hotline.folder.path()).len(), before);
}

#[test]
fn what_is_wrong_is_said_with_a_remedy_and_a_documented_code() {
    let broken = |break_it: &dyn Fn(&Hotline)| {
        let hotline = real_time("");
        break_it(&hotline);
        hotline
    };
    let write = |hotline: &Hotline, name: &str, text: &str| {
        fs::write(hotline.path(name), text).unwrap();
    };

    // Arguments and configuration.
    let output = command().output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let hotline = broken(&|hotline| fs::remove_file(hotline.path("relay.toml")).unwrap());
    says(&check(&hotline), 2, &["cannot read the configuration file"]);
    let hotline = broken(&|hotline| write(hotline, "relay.toml", "mystery = 1\n"));
    says(
        &check(&hotline),
        2,
        &["line 1", "mystery", "deploy/relay.toml"],
    );
    let hotline = real_time("retention_days = 0");
    says(&check(&hotline), 2, &["retention_days", "between 1 and"]);

    // The relay's key.
    let hotline = broken(&|hotline| write(hotline, "relay.key", "secretsecret\n"));
    let output = serve(&hotline);
    says(&output, 2, &["not a relay key", "candor keys relay-key"]);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("secretsecret"));
    let other = candor_relay::encode_signing_key(&crate::support::key(51));
    let hotline = broken(&|hotline| write(hotline, "relay.key", &other));
    says(&serve(&hotline), 2, &["another relay's key"]);

    // The directory.
    let hotline = broken(&|hotline| {
        fs::remove_file(hotline.path("directory/directory.json.witness.minisig")).unwrap();
    });
    says(
        &serve(&hotline),
        2,
        &["witness.minisig", "Put directory.json"],
    );
    let hotline = broken(&|hotline| {
        let file = hotline.path("directory/directory.json");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(file, text.replace("0100", "0199")).unwrap();
    });
    says(&serve(&hotline), 2, &["signature of the root"]);
    let demonstration = |hotline: &Hotline| {
        hotline.write_directory_as(1, hotline.today().plus(30), Purpose::Demonstration);
    };
    let hotline = broken(&demonstration);
    says(
        &serve(&hotline),
        2,
        &["demonstration", "demonstration = true"],
    );
    let hotline = broken(&demonstration).change_settings("demonstration = true");
    assert_eq!(check(&hotline).status.code(), Some(0));

    // The address and the folders.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let hotline = broken(&|hotline| {
        let text = fs::read_to_string(hotline.path("relay.toml")).unwrap();
        let text = text.replace(
            "[desk]\nlisten = \"127.0.0.1:0\"",
            &format!("[desk]\nlisten = \"{address}\""),
        );
        write(hotline, "relay.toml", &text);
    });
    says(&serve(&hotline), 3, &["cannot listen"]);
    let hotline = broken(&|hotline| write(hotline, "store", "a file"));
    says(&serve(&hotline), 4, &["cannot open the store"]);
    let hotline = broken(&|hotline| write(hotline, "exchange-keys", "a file"));
    says(&serve(&hotline), 4, &["exchange"]);
}

#[test]
fn the_help_says_what_there_is() {
    let output = command().arg("--help").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    for words in [
        "--config",
        "check",
        "EXIT CODES",
        "SIGNALS",
        "FILES",
        "EXAMPLES",
    ] {
        assert!(text.contains(words), "{words}");
    }
}

#[test]
fn the_sample_configuration_is_valid() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/relay.toml");
    candor_relay::Config::load(std::path::Path::new(sample)).unwrap();
    // With every commented setting switched on it is still valid, so no name is wrong.
    let text = fs::read_to_string(sample).unwrap();
    let settings = [
        "demonstration =",
        "answer_floor_ms =",
        "release_every_minutes =",
        "retention_days =",
        "replay_limit =",
        "drops_per_device_per_day =",
        "keep_free_mib =",
        "unnamed_cells_mib =",
        "metrics =",
        "certificate =",
        "key =",
        "[server]",
        "workers =",
        "shutdown_seconds =",
        "head_seconds =",
        "keep_alive_seconds =",
        "connections_per_worker =",
    ];
    let mut switched = 0;
    let all: String = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(setting) if settings.iter().any(|name| setting.starts_with(name)) => {
                switched += 1;
                format!("{setting}\n")
            }
            _ => format!("{line}\n"),
        })
        .collect();
    assert_eq!(
        switched,
        settings.len() + 2,
        "two listeners have certificates"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("relay.toml");
    fs::write(&path, all).unwrap();
    candor_relay::Config::load(&path).unwrap();
}
