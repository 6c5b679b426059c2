//! Through a proxy, and not around it: every connection that the program makes is looked at from
//! outside, by the system calls it makes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::SocketAddr,
    path::Path,
    process::Command,
};

use crate::{
    place::{Place, Ran, code},
    proxy::proxy,
};

const ONION: &str = "http://candorexample.onion";

/// Runs a report under the eyes of strace, and gives whom it addressed.
fn watched(place: &Place, intake: &str, arguments: &[&str]) -> (Ran, BTreeSet<String>) {
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut strace = Command::new("strace");
    strace
        .args([
            "-f",
            "-qq",
            "-e",
            "trace=connect,sendto,sendmsg,sendmmsg",
            "-o",
        ])
        .arg(log.path())
        .arg(env!("CARGO_BIN_EXE_candor"));
    let mut all = vec!["--yes", "--json", "--topic", "ombuds", "--text-file", "-"];
    all.extend(arguments);
    let ran = place.run_by(strace, intake, "report", &all, "Hello.");
    let calls = fs::read_to_string(log.path()).unwrap();
    (ran, calls.lines().filter_map(addressed).collect())
}

/// Whom a call addresses: a socket of the internet as `address:port`, anything else by its family.
fn addressed(call: &str) -> Option<String> {
    let (_, rest) = call.split_once("sa_family=")?;
    let family = rest.split([',', '}']).next()?;
    let port = rest
        .split_once("sin_port=htons(")
        .or_else(|| rest.split_once("sin6_port=htons("));
    let host = rest
        .split_once("inet_addr(\"")
        .or_else(|| rest.split_once("inet_pton(AF_INET6, \""));
    match (port, host) {
        (Some((_, port)), Some((_, host))) => {
            let (host, port) = (host.split('"').next()?, port.split(')').next()?);
            Some(format!("{host}:{port}"))
        }
        _ => Some(family.to_owned()),
    }
}

/// Whom the program addressed besides the proxy.
fn around(addressed: &BTreeSet<String>, proxy: SocketAddr) -> Vec<&String> {
    addressed
        .iter()
        .filter(|one| **one != proxy.to_string())
        .collect()
}

fn can_watch() -> bool {
    let found = ["/usr/bin/strace", "/bin/strace"]
        .into_iter()
        .any(|path| Path::new(path).exists());
    if !found {
        assert!(
            std::env::var_os("CANDOR_REQUIRE_TOOLS").is_none(),
            "strace is missing"
        );
    }
    found
}

#[test]
fn nothing_goes_around_the_proxy_and_every_step_has_credentials_of_its_own() {
    if !can_watch() {
        return;
    }
    let place = Place::new();
    let (proxy, log) = proxy(place.peer.address);
    let given = format!("socks5h://{proxy}");
    let (ran, whom) = watched(&place, ONION, &["--proxy", &given]);
    code(&ran);
    assert_eq!(around(&whom, proxy), Vec::<&String>::new());
    assert!(whom.contains(&proxy.to_string()), "{whom:?}");

    let mut users: BTreeMap<String, usize> = BTreeMap::new();
    for (user, host) in log.lock().unwrap().iter() {
        // The proxy got the name: nothing was looked up.
        assert_eq!(host, "candorexample.onion");
        *users.entry(user.clone()).or_default() += 1;
    }
    // The public files, and the burst of four that files the report.
    assert_eq!(users.len(), 2, "{users:?}");
    assert!(users.values().any(|count| *count == 4), "{users:?}");
    assert!(users.keys().all(|user| user.len() == 32), "{users:?}");
}

#[test]
fn a_program_that_goes_around_the_proxy_is_caught() {
    if !can_watch() {
        return;
    }
    let place = Place::new();
    let (proxy, _) = proxy(place.peer.address);
    // Planted: straight to the server.
    let (ran, whom) = watched(&place, &place.peer.url(), &[]);
    code(&ran);
    assert_eq!(around(&whom, proxy), [&place.peer.address.to_string()]);
    // Planted: a name that is looked up by the program itself.
    let (ran, whom) = watched(&place, "https://report.hotline.invalid", &[]);
    assert_ne!(ran.code, 0);
    assert!(!around(&whom, proxy).is_empty());
}

#[test]
fn an_onion_address_without_tor_and_a_proxy_that_looks_up_nothing_are_refused() {
    let place = Place::new();
    let report = ["--yes", "--topic", "ombuds", "--text-file", "-"];
    let ran = place.run_at(ONION, "report", &report, "Hello.");
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("--tor"), "{}", ran.err);
    let leaky = [&report[..], &["--proxy", "socks5://127.0.0.1:9050"]].concat();
    let ran = place.run_at(ONION, "report", &leaky, "Hello.");
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("socks5h://"), "{}", ran.err);
}
