//! Locked and unlocked: by hand, by time, and whatever still holds the keys.

use std::{
    thread,
    time::{Duration, Instant},
};

use candor_desk::web::Settings;

use crate::{
    room::{
        PASSPHRASE, Report, Room,
        browser::{Browser, Part},
        guard,
    },
    writing::{case, reply_fields},
};

#[test]
fn locked_shows_nothing_and_unlocking_takes_the_passphrase_and_time() {
    let room = Room::new();
    let id = room.fill([Report::default()])[0];
    let server = room.serve();
    let browser = Browser::launch(&server);
    let at = format!("{}/reply", case(&id));
    let (form, reach) = reply_fields(&browser.get(&at));
    assert_eq!(browser.post("/lock", &[]).header("location"), Some("/"));
    assert!(server.is_locked());
    // The journal is closed: nothing holds the keys any more.
    for path in ["/", "/status", &case(&id), &at] {
        let page = browser.get(path);
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Unlock the desk") && !page.text().contains("remarks"));
    }
    assert_eq!(browser.get("/news").text(), r#"{"locked":true}"#);
    assert_eq!(Browser::stranger(&server).get("/").status, 401);

    // What was being written survives.
    let written = [
        Part::Field("form", &form),
        Part::Field("reach", &reach),
        Part::Field("text", "half <i>written</i>"),
        Part::Field("seen", "yes"),
    ];
    let page = browser.post(&at, &written);
    assert!(page.text().contains("is not lost"), "{}", page.text());
    assert_eq!(page.hidden("next"), at);

    let unlock = |passphrase: &str, next: &str, draft: &str| {
        browser.post(
            "/unlock",
            &[
                Part::Field("next", next),
                Part::Field("draft", draft),
                Part::Field("passphrase", passphrase),
            ],
        )
    };
    let begun = Instant::now();
    for _ in 0..2 {
        let wrong = unlock("wrong wrong wrong", &at, "half <i>written</i>");
        assert!(
            wrong
                .text()
                .contains("This is not the passphrase of this desk.")
        );
        assert!(
            wrong
                .text()
                .contains("half &lt;i&gt;written&lt;/i&gt;</textarea>")
        );
    }
    assert!(
        begun.elapsed() > Duration::from_secs(3),
        "{:?}",
        begun.elapsed()
    );
    assert!(
        unlock("", "/", "")
            .text()
            .contains("This is not the passphrase")
    );
    assert!(server.is_locked());
    // Two at a time would be twice as fast.
    thread::scope(|scope| {
        let slow = scope.spawn(|| unlock("wrong again", "/", ""));
        thread::sleep(Duration::from_millis(500));
        let busy = unlock(PASSPHRASE, "/", "");
        assert!(busy.text().contains("still going on"), "{}", busy.text());
        slow.join().unwrap();
    });
    let opened = unlock(PASSPHRASE, &at, "half <i>written</i>");
    assert!(!server.is_locked());
    assert!(
        opened
            .text()
            .contains("half &lt;i&gt;written&lt;/i&gt;</textarea>")
    );
    // Only pages of this server follow.
    browser.post("/lock", &[]);
    for (next, to) in [
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/status", "/status"),
        ("/lock", "/"),
    ] {
        assert_eq!(
            unlock(PASSPHRASE, next, "").header("location"),
            Some(to),
            "{next}"
        );
    }
}

/// A reply with a large file is being sealed while the desk is locked.
#[test]
fn locking_waits_for_whatever_still_holds_the_keys() {
    let room = Room::new();
    let id = room.fill([Report::default()])[0];
    let server = room.serve();
    let browser = Browser::launch(&server);
    let at = format!("{}/reply", case(&id));
    let large = vec![0x5a; 24 << 20];
    let send = |seen: &str| {
        let (form, reach) = reply_fields(&browser.get(&at));
        let parts = [
            Part::Field("form", &form),
            Part::Field("reach", &reach),
            Part::Field("text", "canary-being-sealed"),
            Part::Field("seen", seen),
            Part::File("files", "large.bin", &large),
        ];
        browser.post(&at, &parts)
    };
    // How long it takes to come here, without being sealed.
    let begun = Instant::now();
    assert!(send("").text().contains("say that they may"));
    let upload = begun.elapsed();
    let answer = thread::scope(|scope| {
        let sending = scope.spawn(|| send("yes"));
        thread::sleep(upload + upload / 4 + Duration::from_millis(100));
        assert_eq!(browser.post("/lock", &[]).status, 303);
        // Everything has been let go: the case file can be opened at once.
        server.unlock(guard(PASSPHRASE)).unwrap();
        assert!(!server.is_locked());
        browser.post("/lock", &[]);
        sending.join().unwrap()
    });
    // It was done before the desk was locked, or not at all; and then the words are not lost.
    drop(server);
    let waiting = room.open().state.outbox.len();
    match answer.status {
        303 => assert_eq!(waiting, 1),
        _ => {
            assert_eq!(waiting, 0);
            let page = answer.text();
            assert!(page.contains("is not lost") && page.contains("canary-being-sealed"));
            assert!(!page.contains("Somebody made remarks."), "{page}");
        }
    }
}

#[test]
fn pages_that_load_themselves_again_keep_no_desk_open() {
    let room = Room::new();
    let id = room.fill([Report::default()])[0];
    let server = room.serve_locked(Settings {
        idle: Some(Duration::from_millis(1500)),
        ..Settings::default()
    });
    server.unlock(guard(PASSPHRASE)).unwrap();
    let browser = Browser::launch(&server);
    // Where pages lead when nobody has done anything for long enough.
    let page = browser.get(&case(&id)).text();
    let to = page.split("; url=").nth(1).unwrap();
    let to = to.split('"').next().unwrap().replace("&amp;", "&");
    let to = to.strip_prefix(&browser.base).unwrap();
    let begun = Instant::now();
    while !server.is_locked() && begun.elapsed() < Duration::from_secs(6) {
        browser.get(to);
        browser.get(&format!("{}?note=kept&by=itself", case(&id)));
        thread::sleep(Duration::from_millis(100));
    }
    assert!(server.is_locked());
    // The script says the same when it loads a page again.
    let script = browser.send("GET", "/script.js", &browser.headers("GET"), &[]);
    for line in script.text().lines() {
        let is_named = line.contains("?by=itself") || line.contains("?${query}");
        assert!(!line.contains("location.replace") || is_named, "{line}");
    }
}

#[test]
fn an_idle_desk_locks_itself_unless_somebody_is_there() {
    let room = Room::new();
    room.fill([Report::default()]);
    let server = room.serve_locked(Settings {
        idle: Some(Duration::from_millis(1500)),
        ..Settings::default()
    });
    server.unlock(guard(PASSPHRASE)).unwrap();
    let browser = Browser::launch(&server);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(3) {
        assert_eq!(browser.post("/here", &[]).status, 204);
        thread::sleep(Duration::from_millis(200));
    }
    assert!(!server.is_locked());
    // A page that only asks for news is nobody.
    let begun = Instant::now();
    while !server.is_locked() && begun.elapsed() < Duration::from_secs(6) {
        browser.get("/news");
        thread::sleep(Duration::from_millis(100));
    }
    assert!(server.is_locked());
    // The session lives on; the folder is still this process's.
    assert!(browser.get("/").text().contains("Unlock the desk"));
    assert!(room.home.lock().is_err());
    drop(server);
    drop(room.home.lock().unwrap());
}
