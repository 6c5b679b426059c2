//! The desk's pages over real processes: what comes shows up by itself, what is written goes out by
//! itself, and a relay that is gone holds nobody up.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use super::{School, TITLE_IX, people::Dialogue, people::ended, people::said};
use crate::browser::{Answer, Browser, Part};

const PATIENCE: Duration = Duration::from_secs(60);

/// Looks again and again until something is so.
#[track_caller]
fn await_page(browser: &Browser, path: &str, is_so: impl Fn(&Answer) -> bool) -> Answer {
    let begun = Instant::now();
    loop {
        let page = browser.get(path);
        if page.status == 200 && is_so(&page) {
            return page;
        }
        assert!(begun.elapsed() < PATIENCE, "{path}: {}", page.text());
        thread::sleep(Duration::from_millis(50));
    }
}

#[track_caller]
fn reply(browser: &Browser, case: &str, text: &str, files: &[(&str, &[u8])]) {
    let at = format!("{case}/reply");
    let page = browser.get(&at);
    let (form, reach) = (page.hidden("form"), page.hidden("reach"));
    let mut parts = vec![
        Part::Field("form", &form),
        Part::Field("reach", &reach),
        Part::Field("text", text),
        Part::Field("seen", "yes"),
    ];
    parts.extend(
        files
            .iter()
            .map(|(name, bytes)| Part::File("files", name, bytes)),
    );
    let answer = browser.post(&at, &parts);
    assert_eq!(answer.status, 303, "{}", answer.text());
}

/// How a case's page names its two files, in order: in the conversation, and in the list of files.
#[track_caller]
fn files(page: &str) -> [String; 2] {
    let mut keys: Vec<String> = Vec::new();
    for rest in page.split("/file/").skip(1) {
        let key = rest.chars().take_while(char::is_ascii_hexdigit).collect();
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys.try_into()
        .unwrap_or_else(|keys| panic!("not two files: {keys:?}"))
}

/// What a program reads on standard output: each line beginning so.
fn lines(serve: &Dialogue, begin: &str) -> Vec<String> {
    serve
        .out()
        .lines()
        .filter_map(|line| Some(line.strip_prefix(begin)?.to_owned()))
        .collect()
}

#[track_caller]
fn await_line(serve: &Dialogue, begin: &str, count: usize) -> String {
    let begun = Instant::now();
    loop {
        let found = lines(serve, begin);
        if found.len() >= count {
            return found[count - 1].clone();
        }
        assert!(begun.elapsed() < PATIENCE, "{}", serve.out());
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_office_works_in_its_browser_while_everything_else_goes_by_itself() {
    let mut school = School::open();
    let reporter = school.reporter("student");
    let desk = school.desk(TITLE_IX);

    let mut serve = Dialogue::start(desk.command(&["serve", "--end-with-stdin"]));
    let listening = await_line(&serve, "listening http://127.0.0.1:", 1);
    let address = await_line(&serve, "open ", 1);
    let browser = Browser {
        port: listening.parse().unwrap(),
        cookie: None,
        base: String::new(),
        token: String::new(),
    };
    assert_eq!(browser.get("/").status, 401);
    let browser = browser.opened(&address);
    // The address is used up; Enter prints another.
    let used = &address[address.find("/launch").unwrap()..];
    assert_eq!(
        browser
            .send("GET", used, &browser.headers("GET"), &[])
            .status,
        403
    );
    serve.answer("");
    let second = await_line(&serve, "open ", 2);
    assert_ne!(address, second);
    // One process per folder.
    let held = desk.run(&["list"]);
    assert_eq!(held.code, Some(4), "{}", held.err);

    // A report with a picture that says where it was taken, and a file.
    let picture = reporter.files.join("ward.png");
    let mut png = one_pixel();
    png.extend_from_slice(b"canary: taken at 42.3601 N");
    fs::write(&picture, &png).unwrap();
    let notes = reporter.note("Notes of a witness.");
    let more = [
        "--attach",
        picture.to_str().unwrap(),
        "--attach",
        notes.to_str().unwrap(),
    ];
    let filed = reporter.report("harassment", "He came into the <b>call room</b>.", &more);
    let list = await_page(&browser, "/", |page| page.text().contains("/case/")).text();
    let id = list
        .split("/case/")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let case = format!("/case/{id}");
    let page = browser.get(&case).text();
    assert!(
        page.contains("He came into the &lt;b&gt;call room&lt;/b&gt;."),
        "{page}"
    );

    // The picture is drawn anew; the file itself comes only after the warning, to be saved.
    let [ward, witness] = files(&page);
    let view = browser.get(&format!("{case}/file/{ward}/view")).text();
    assert!(view.contains(&format!("/file/{ward}/picture\"")), "{view}");
    let drawn = browser.get(&format!("{case}/file/{ward}/picture"));
    assert_eq!(drawn.header("content-type"), Some("image/png"));
    assert!(drawn.body.starts_with(b"\x89PNG") && drawn.body != png);
    assert!(!drawn.body.windows(6).any(|window| window == b"canary"));
    let no_picture = browser.get(&format!("{case}/file/{witness}/view")).text();
    assert!(
        no_picture.contains("neither a JPEG nor a PNG"),
        "{no_picture}"
    );
    let saved = browser.post(&format!("{case}/file/{ward}/save"), &[]);
    assert_eq!(saved.body, png);
    assert_eq!(
        saved.header("content-type"),
        Some("application/octet-stream")
    );
    assert_eq!(
        saved.header("content-disposition"),
        Some("attachment; filename=\"ward.png\"; filename*=UTF-8''ward.png")
    );
    assert!(
        saved
            .header("content-security-policy")
            .unwrap()
            .starts_with("sandbox;")
    );
    let get = browser.get(&format!("{case}/file/{ward}/save"));
    assert_eq!(get.status, 405);

    // An answer with a file goes out by itself.
    reply(
        &browser,
        &case,
        "Thank you for telling us.",
        &[("policy.txt", b"Our policy.")],
    );
    await_page(&browser, &case, |page| !page.text().contains("Being sent"));
    let read = reporter.check(&filed.code, &[]);
    assert!(
        read.to_string().contains("Thank you for telling us."),
        "{read}"
    );
    assert!(read.to_string().contains("policy.txt"), "{read}");
    // What the reporter adds shows up by itself, as unread.
    let shown = browser.get(&case).hidden("shown");
    let read = browser.post(&format!("{case}/read"), &[Part::Field("shown", &shown)]);
    assert_eq!(read.status, 303);
    await_page(&browser, "/news", |news| {
        news.text().contains("\"unread\":0")
    });
    reporter.add(&filed.code, "It was on a Tuesday.", &[]);
    await_page(&browser, "/news", |news| {
        news.text().contains("\"unread\":1")
    });
    assert!(browser.get(&case).text().contains("It was on a Tuesday."));

    // The relay is gone: pages come at once, a reply is kept, and it is said why it waits.
    school.world.kill_relay();
    reply(&browser, &case, "On which ward?", &[]);
    let begun = Instant::now();
    for path in ["/", &case, "/status"] {
        assert_eq!(browser.get(path).status, 200);
    }
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
    let page = browser.get(&case).text();
    assert!(
        page.contains("On which ward?") && page.contains("Being sent"),
        "{page}"
    );
    await_page(&browser, &case, |page| {
        page.text().contains("The relay cannot be reached")
    });
    school.world.restart_relay();
    browser.post("/sync", &[]);
    await_page(&browser, &case, |page| !page.text().contains("Being sent"));
    let read = reporter.check(&filed.code, &[]);
    assert!(read.to_string().contains("On which ward?"), "{read}");

    // Locked while the relay is gone: what waits for it is called off at once.
    school.world.kill_relay();
    reply(&browser, &case, "Kept for later.", &[]);
    let begun = Instant::now();
    assert_eq!(browser.post("/lock", &[]).status, 303);
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "{:?}",
        begun.elapsed()
    );
    assert!(browser.get(&case).text().contains("Unlock the desk"));
    school.world.restart_relay();

    // It ends when whoever started it is gone, and the folder is free again.
    let out = serve.out();
    let done = ended(serve.end(), 0);
    assert!(
        !done.err.contains("token=") && !done.err.contains("ward"),
        "{}",
        done.err
    );
    assert!(
        out.lines()
            .all(|line| line.starts_with("listening ") || line.starts_with("open "))
    );
    assert_eq!(desk.sync()["sent"], 1);
    let read = reporter.check(&filed.code, &[]);
    assert!(read.to_string().contains("Kept for later."), "{read}");
    assert_eq!(
        said(&desk.show(id)["conversation"]),
        [
            "He came into the <b>call room</b>.",
            "Thank you for telling us.",
            "It was on a Tuesday.",
            "On which ward?",
            "Kept for later.",
        ]
    );
}

/// A PNG of one white pixel.
fn one_pixel() -> Vec<u8> {
    hex::decode(concat!(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de",
        "0000000c49444154789c63f8ffff3f0005fe02fe0def46b8",
        "0000000049454e44ae426082"
    ))
    .unwrap()
}
