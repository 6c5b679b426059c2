//! A desk whose keys an age plugin guards: a real plugin, over the plugins' own protocol.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod keys_support;

use std::fs;

use keys_support::{Place, plugin_folder};

#[test]
fn a_plugin_guards_the_keys_from_the_first_to_the_last() {
    let place = Place::new().with_plugin();
    let one = place.new_identity("one.txt");
    place.init_with("desk", &["--plugin-identity", &one]);
    // Each command is a new process: the plugin opens the keys for each.
    let status = place.plain("desk", &["status"]);
    assert_eq!(status["opened_by"], "plugin candortest");
    place.plain("desk", &["list"]);
    let sealed = fs::read_to_string(place.path("desk/keys.age")).unwrap_or_default();
    assert!(sealed.is_empty() || !sealed.contains("scrypt"));

    // A passphrase file is not asked, nor does it open anything.
    place.plain("desk", &["--passphrase-file", "wrong-pass", "list"]);

    // To a passphrase, and back to another plugin identity, and to a third.
    place.plain("desk", &["passphrase", "--new-passphrase-file", "pass"]);
    place.good("desk", &["list"]);
    assert!(!place.path("desk/plugin.txt").exists());
    let two = place.new_identity("two.txt");
    place.good("desk", &["passphrase", "--plugin-identity", &two]);
    place.plain("desk", &["list"]);
    let three = place.new_identity("three.txt");
    place.plain("desk", &["passphrase", "--plugin-identity", &three]);
    let status = place.plain("desk", &["status"]);
    assert_eq!(status["opened_by"], "plugin candortest");
    let kept = fs::read_to_string(place.path("desk/plugin.txt")).unwrap();
    assert_eq!(kept.lines().count(), 1);

    // The identity of before opens nothing any more.
    fs::copy(place.path("two.txt"), place.path("desk/plugin.txt")).unwrap();
    let said = place.fails("desk", &["list"], 3);
    assert!(said.contains("candortest"), "{said}");
}

#[test]
fn a_change_that_was_broken_off_leaves_a_desk_that_opens() {
    let place = Place::new().with_plugin();
    let (one, two) = (place.new_identity("one.txt"), place.new_identity("two.txt"));
    place.init_with("desk", &["--plugin-identity", &one]);
    let lines = |names: &[&str]| {
        let texts = names
            .iter()
            .map(|name| fs::read_to_string(place.path(name)).unwrap());
        texts.collect::<String>()
    };
    // Both identities are kept, and the keys are still sealed to the first.
    fs::write(
        place.path("desk/plugin.txt"),
        lines(&["two.txt", "one.txt"]),
    )
    .unwrap();
    place.plain("desk", &["list"]);
    // A passphrase guards the keys already, and a plugin's identity is still lying there.
    place.plain("desk", &["passphrase", "--new-passphrase-file", "pass"]);
    fs::copy(place.path("one.txt"), place.path("desk/plugin.txt")).unwrap();
    place.good("desk", &["list"]);
    place.good("desk", &["passphrase", "--plugin-identity", &two]);
    place.plain("desk", &["list"]);
}

#[test]
fn a_plugin_that_is_missing_or_refuses_is_named() {
    let place = Place::new().with_plugin();
    let one = place.new_identity("one.txt");
    place.init_with("desk", &["--plugin-identity", &one]);
    let before = fs::read(place.path("desk/keys.age")).unwrap();

    let refused = place
        .bare("desk", &["list"])
        .env("CANDORTEST_PLUGIN", "refuse")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert!(
        said.contains("nobody touched the key") && said.contains("candortest"),
        "{said}"
    );

    let missing = place
        .bare("desk", &["list"])
        .env("PATH", "/nowhere")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&missing.stderr).into_owned();
    assert_eq!(missing.status.code(), Some(3), "{said}");
    assert!(
        said.contains("age-plugin-candortest is installed"),
        "{said}"
    );

    // A change to a plugin that refuses changes nothing.
    place.plain("desk", &["passphrase", "--new-passphrase-file", "pass"]);
    let guarded = fs::read(place.path("desk/keys.age")).unwrap();
    assert_ne!(guarded, before);
    let arguments = [
        "--passphrase-file",
        "pass",
        "passphrase",
        "--plugin-identity",
        &one,
    ];
    let refused = place
        .bare("desk", &arguments)
        .env("CANDORTEST_PLUGIN", "refuse")
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(3));
    assert_eq!(fs::read(place.path("desk/keys.age")).unwrap(), guarded);
    place.good("desk", &["list"]);
    let none = place.fails(
        "desk",
        &[
            "--passphrase-file",
            "pass",
            "passphrase",
            "--plugin-identity",
            "pass",
        ],
        2,
    );
    assert!(none.contains("holds no identity"), "{none}");
    assert!(plugin_folder().join("age-plugin-candortest").exists());
}
