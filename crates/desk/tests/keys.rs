//! Passphrases and recovery files: changed, shared among people, broken off in the middle.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod keys_support;

use std::{fs, process::Stdio, thread, time::Duration};

use keys_support::Place;

#[test]
fn a_changed_passphrase_opens_and_the_old_one_does_not() {
    let place = Place::new();
    place.init_with("desk", &["--passphrase-file", "pass"]);
    let old = fs::read(place.path("desk/keys.age")).unwrap();
    let short = place.path("short");
    fs::write(&short, "short").unwrap();
    let change = |file| {
        [
            "--passphrase-file",
            "pass",
            "passphrase",
            "--new-passphrase-file",
            file,
        ]
    };
    let said = place.fails("desk", &change("short"), 2);
    assert!(said.contains("12 characters"), "{said}");
    let said = place.fails("desk", &change("pass"), 2);
    assert!(said.contains("has already"), "{said}");
    assert_eq!(fs::read(place.path("desk/keys.age")).unwrap(), old);

    let changed = place.plain("desk", &change("new-pass"));
    assert_eq!(changed["guard"], "passphrase");
    place.fails("desk", &["--passphrase-file", "pass", "list"], 3);
    place.plain("desk", &["--passphrase-file", "new-pass", "list"]);
    assert!(!place.path("desk/keys.age.staged").exists());

    // What the words of `passphrase` warn of is true: a copy of the old file opens as before.
    fs::write(place.path("desk/keys.age"), old).unwrap();
    place.good("desk", &["list"]);
}

#[test]
fn killed_while_the_passphrase_is_changed_it_opens_with_the_one_or_the_other() {
    let place = Place::new();
    place.init_with("desk", &["--passphrase-file", "pass"]);
    let (mut now, mut next) = ("pass", "new-pass");
    let mut changed = 0;
    for delay_ms in (0..60).step_by(6) {
        let arguments = [
            "--passphrase-file",
            now,
            "passphrase",
            "--new-passphrase-file",
            next,
        ];
        let mut child = place
            .bare("desk", &arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(delay_ms));
        child.kill().unwrap();
        child.wait().unwrap();
        let opens = |pass| {
            let output = place
                .bare("desk", &["--passphrase-file", pass, "list"])
                .output();
            output.unwrap().status.success()
        };
        let (old, new) = (opens(now), opens(next));
        assert!(old != new, "{delay_ms}: {old} {new}");
        if new {
            changed += 1;
            std::mem::swap(&mut now, &mut next);
        }
    }
    assert!(changed < 10);
}

const PEOPLE: [&str; 6] = [
    "--recovery-passphrase-file",
    "ana",
    "--recovery-passphrase-file",
    "ben",
    "--recovery-passphrase-file",
    "cem",
];
const PAIRS: [(&str, &str, &str); 3] = [
    ("title-ix-persons-1-and-2.recovery", "ana", "ben"),
    ("title-ix-persons-1-and-3.recovery", "ana", "cem"),
    ("title-ix-persons-2-and-3.recovery", "ben", "cem"),
];

#[test]
fn any_two_of_three_people_bring_an_office_back_and_nobody_alone() {
    let place = Place::new();
    let two_of_three = [
        "--passphrase-file",
        "pass",
        "--two-of-three",
        "--recovery",
        "stick",
    ];
    let made = place.init_with("desk", &[&two_of_three[..], &PEOPLE].concat());
    let status = place.good("desk", &["status"]);
    assert_eq!(status["recovery_kind"], "two-of-three");
    assert_eq!(status["recovery_days"], 0);
    assert_eq!(fs::read_dir(place.path("stick")).unwrap().count(), 3);
    for (file, one, two) in PAIRS {
        let file = format!("stick/{file}");
        let restore = |home: &str, words: &[&str]| {
            let mut arguments = vec!["--passphrase-file", "pass", "restore", "--recovery", &file];
            for name in words {
                arguments.extend(["--recovery-passphrase-file", name]);
            }
            place.bare(home, &arguments).output().unwrap()
        };
        // In either order, since files do not come in turn.
        for (home, words) in [("a", [one, two]), ("b", [two, one])] {
            let home = format!("{file}-{home}").replace("stick/", "restored-");
            let output = restore(&home, &words);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}");
            let status = place.good(&home, &["status"]);
            assert_eq!(status["fingerprint"], made["fingerprint"]);
            assert_eq!(status["recovery_kind"], "two-of-three");
        }
        let third = ["ana", "ben", "cem"]
            .into_iter()
            .find(|p| *p != one && *p != two)
            .unwrap();
        for words in [
            &[one][..],
            &[two],
            &[one, one],
            &[third, two],
            &[one, third],
            &[third],
        ] {
            let output = restore("nobody", words);
            assert!(!output.status.success(), "{file} {words:?}");
            assert!(!place.path("nobody/keys.age").exists());
        }
    }
}

#[test]
fn three_people_need_words_of_their_own_and_nothing_is_overwritten() {
    let place = Place::new();
    place.init_with("desk", &["--passphrase-file", "pass"]);
    let renew = |words: &[&str]| {
        let mut arguments = vec![
            "--passphrase-file",
            "pass",
            "recovery",
            "--two-of-three",
            "--to",
            "stick",
        ];
        for name in words {
            arguments.extend(["--recovery-passphrase-file", name]);
        }
        arguments.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let run = |words: &[&str], code| {
        let arguments = renew(words);
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        place.fails("desk", &arguments, code)
    };
    assert!(run(&["ana", "ben", "ana"], 2).contains("same passphrase"));
    assert!(run(&["ana", "ben", "pass"], 2).contains("same passphrase as the desk"));
    assert!(run(&["ana", "ben"], 2).contains("three passphrases"));
    assert_eq!(fs::read_dir(place.path("stick")).unwrap().count(), 1);
    let before = place.good("desk", &["devices"]);
    let arguments = renew(&["ana", "ben", "cem"]);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let made = place.plain("desk", &arguments);
    assert_eq!(made["kind"], "two-of-three");
    // The device of the older recovery file acts no more.
    let after = place.good("desk", &["devices"]);
    let of = |devices: &serde_json::Value| {
        let all = devices["devices"].as_array().unwrap();
        all.iter()
            .find(|device| device["recovery"] == true)
            .unwrap()["id"]
            .clone()
    };
    assert_ne!(of(&before), of(&after));
    assert!(after["revoked"].as_array().unwrap().contains(&of(&before)));
    assert!(run(&["ana", "ben", "cem"], 2).contains("never overwritten"));
}
