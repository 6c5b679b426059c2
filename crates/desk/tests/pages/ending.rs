//! What is going to be erased is announced where people work: on the page of the case, in Work, and
//! by command.

use std::{fs, process::Command};

use candor_desk::record::Record;

use crate::{
    room::{PASSPHRASE, Report, Room, browser::Browser, today, tree},
    scene::{Scene, squeezed},
};

fn scene(retention: &str, days_ago: u32, files: usize) -> Scene {
    let room = Room::new();
    let settings = room.home.join("desk.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, format!("{text}\n[retention]\n{retention}\n")).unwrap();
    let file = |n| {
        (
            format!("file-{n}.txt"),
            "text/plain".to_owned(),
            vec![1; 10],
        )
    };
    let report = Report {
        files: (0..files).map(file).collect(),
        ..Report::default()
    };
    let (id, mut entry) = room.entry(1, &report);
    let Record::Received { day, .. } = &mut entry.record else {
        panic!("no report");
    };
    *day = candor_wire::Day(today().0 - days_ago);
    room.open().record(&[entry]).unwrap();
    let server = room.serve();
    let browser = Browser::launch(&server);
    Scene {
        room,
        id,
        server,
        browser,
    }
}

fn work(scene: &Scene) -> String {
    squeezed(&tree::words(&scene.browser.get("/work").text()))
}

#[test]
fn what_is_about_to_be_erased_is_told_ahead_with_its_files() {
    let scene = scene("concern_days = 60\nwarn_days = 30", 40, 2);
    let said = "due to be erased here: 2 files with it; save what must stay";
    let words = scene.words();
    assert!(words.contains(said), "{words}");
    assert!(words.contains("in 20 days"), "{words}");
    let words = work(&scene);
    assert!(
        words.contains(said) && words.contains("due in 20 days"),
        "{words}"
    );

    // A legal hold stops the clock, and so the warning.
    scene.done("legal-hold", &[("on", "yes"), ("why", "")]);
    assert!(
        !work(&scene).contains("due to be erased"),
        "{}",
        work(&scene)
    );
    assert!(
        !scene.words().contains("due to be erased"),
        "{}",
        scene.words()
    );
    // Taking it back is something that happened: the clock begins anew.
    scene.done("legal-hold", &[("on", "no"), ("why", "")]);
    assert!(
        !work(&scene).contains("due to be erased"),
        "{}",
        work(&scene)
    );
    assert!(
        !scene.words().contains("save what must stay"),
        "{}",
        scene.words()
    );
}

#[test]
fn long_before_nothing_is_said_and_what_is_open_past_its_time_is_late() {
    let early = scene("concern_days = 60\nwarn_days = 30", 29, 1);
    assert!(
        !work(&early).contains("due to be erased"),
        "{}",
        work(&early)
    );
    // Unread, so that the clock leaves it alone although the time is up.
    let late = scene("concern_days = 60\nwarn_days = 30", 65, 0);
    let words = work(&late);
    assert!(words.contains("due to be erased here"), "{words}");
    assert!(words.contains("overdue for 5 days"), "{words}");
    assert!(!words.contains("with it"), "{words}");
}

#[test]
fn files_that_the_relay_deletes_before_the_case_ends_are_named() {
    // The directory keeps this office's envelopes for so many days, and the case is kept for years.
    let room = Room::new();
    let kept = room.directory.office(&"title-ix".parse().unwrap()).unwrap();
    let kept = kept.retention_days;
    let scene = scene("concern_days = 3000\nwarn_days = 30", kept - 12, 1);
    let said = "relay deletes files: 1 file; save what must stay";
    assert!(scene.words().contains(said), "{}", scene.words());
    assert!(
        work(&scene).contains("relay deletes files"),
        "{}",
        work(&scene)
    );
    let passphrase = scene.room.home.join("../passphrase");
    fs::write(&passphrase, PASSPHRASE).unwrap();
    drop(scene.server);
    let said = Command::new(env!("CARGO_BIN_EXE_candor-desk"))
        .arg("--home")
        .arg(scene.room.home.path())
        .arg("--passphrase-file")
        .arg(&passphrase)
        .args(["deadlines", "--within", "14", "--json"])
        .output()
        .unwrap();
    let due: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    let due = due.as_array().unwrap();
    let one = due
        .iter()
        .find(|one| one["detail"] == "1 file; save what must stay")
        .unwrap();
    assert_eq!(one["due"], today().plus(12).to_string(), "{due:?}");
    assert_eq!(one["late"], false);
}
