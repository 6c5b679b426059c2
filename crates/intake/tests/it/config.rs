//! The configuration: the sample, and what is said about mistakes.

use std::{fs, path::Path};

use candor_intake::{Config, Limits};

use crate::support::command;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/intake.toml");

#[test]
fn the_sample_is_a_configuration() {
    let config = Config::load(Path::new(SAMPLE)).unwrap();
    assert!(config.public.tls_files().is_some());
    assert!(config.onion.is_none() && config.trusted_proxy.is_none());
}

#[test]
fn the_sample_names_every_setting_with_its_default() {
    let text = fs::read_to_string(SAMPLE).unwrap();
    let is_setting = |rest: &str| {
        rest.starts_with('[')
            || rest.split_once(" = ").is_some_and(|(name, _)| {
                name.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            })
    };
    let uncommented: String = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if is_setting(rest) => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("intake.toml");
    fs::write(&path, &uncommented).unwrap();
    let config = Config::load(&path).unwrap();
    assert_eq!(config.limits, Limits::default());
    assert!(!config.operator.enabled);
    assert_eq!(config.server, candor_service::ServerSettings::default());
    let onion = config.onion.unwrap();
    assert_eq!((onion.burst, onion.per_second), (60, 4));
    assert!(onion.address.is_some());
    assert!(config.metrics.is_some() && config.trusted_proxy.is_some());
    // A setting that the sample forgot would not be counted here.
    let settings = uncommented
        .lines()
        .filter(|line| !line.starts_with('#') && line.contains(" = "));
    assert_eq!(settings.count(), 36);
}

const GOOD: &str = "\
[public]
listen = \"127.0.0.1:0\"
[relay]
url = \"http://127.0.0.1:9\"
[published]
folder = \".\"
";

fn said_about(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("intake.toml"), text).unwrap();
    let ended = command()
        .current_dir(folder.path())
        .args(["--config", "intake.toml"])
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(2));
    assert!(ended.stdout.is_empty());
    String::from_utf8(ended.stderr).unwrap()
}

#[test]
fn mistakes_are_named_with_line_and_remedy() {
    const REMEDY: &str = "Correct that line; deploy/intake.toml explains every setting.\n";
    for (from, to, wanted) in [
        (
            "listen = \"127.0.0.1:0\"",
            "listen = \"192.0.2.1:80\"",
            "intake.toml, line 1: plain HTTP is spoken on loopback only (127.0.0.1 or [::1]); \
             name a `certificate` and its `key`, or listen on loopback",
        ),
        (
            "listen = \"127.0.0.1:0\"",
            "listen = \"secret-canary\"",
            "intake.toml, line 2: invalid socket address syntax",
        ),
        (
            "listen = \"127.0.0.1:0\"",
            "listne = \"127.0.0.1:0\"",
            "intake.toml, line 2: unknown field `listne`, expected one of `listen`, `certificate`, `key`",
        ),
        (
            "http://127.0.0.1:9",
            "http://secret-canary:9",
            "intake.toml, line 4: plain http to the relay is for loopback only (127.0.0.1 or \
             [::1]); use https",
        ),
        (
            "http://127.0.0.1:9",
            "https://user:secret-canary@relay.example",
            "intake.toml, line 4: the relay's address ends after host and port",
        ),
        (
            "folder = \".\"",
            "folder = \".\"\n[limits]\nburst = \"secret-canary\"",
            "intake.toml, line 8: expected u32, found string",
        ),
        (
            "folder = \".\"",
            "folder = \".\"\n[limits]\nexempt = [\"secret-canary\"]",
            "intake.toml, line 8: a network is written like \"192.0.2.0/24\" or \
             \"2001:db8::/32\", with no bit set after the prefix",
        ),
        (
            "folder = \".\"",
            "folder = \".\"\n[trusted_proxy]\naddress = \"192.0.2.1\"",
            "intake.toml, line 8: only a proxy on this machine can be trusted (127.0.0.1 or ::1)",
        ),
        (
            "folder = \".\"",
            "folder = \".\"\n[onion]\nlisten = \"0.0.0.0:81\"",
            "intake.toml, line 8: this listener is for loopback only (127.0.0.1 or [::1])",
        ),
        (
            "folder = \".\"",
            "folder = \".\"\n[onion]\nlisten = \"127.0.0.1:81\"\naddress = \"https://secret-canary.onion\"",
            "intake.toml, line 9: an onion address is http://, 56 lower-case letters and digits, \
             and .onion",
        ),
    ] {
        let said = said_about(&GOOD.replace(from, to));
        assert_eq!(said, format!("error: {wanted}\n{REMEDY}"));
    }
}

#[test]
fn settings_that_refuse_everybody_are_refused() {
    for (section, wanted) in [
        ("[limits]\nburst = 4\n", "setting `limits.cell_price`"),
        ("[limits]\nper_second = 0\n", "setting `limits.per_second`"),
        ("[limits]\nexchanges = 0\n", "setting `limits.exchanges`"),
        (
            "[limits]\nchallenge_minutes = 1\n",
            "setting `limits.challenge_minutes`",
        ),
        (
            "[limits]\nbody_seconds = 0\n",
            "setting `relay.answer_seconds`",
        ),
        ("[app]\nfolder = \"nowhere\"\n", "cannot read nowhere"),
    ] {
        let said = said_about(&format!("{GOOD}{section}"));
        assert!(said.contains(wanted), "{said}");
        assert_eq!(said.lines().count(), 2, "cause and remedy: {said}");
    }
    let said = said_about(&GOOD.replace("folder = \".\"", "folder = \"nowhere\""));
    assert!(
        said.contains("cannot read the folder of signed files"),
        "{said}"
    );
}
