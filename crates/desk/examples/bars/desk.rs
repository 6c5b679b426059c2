//! What is measured of the desk, each in a process of its own.

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use candor_desk::{
    clock::Clock,
    desk::Desk,
    guard::{Armour, Effort, Guard},
    home::Home,
    sync,
    web::{Server, Settings},
};

use crate::room::{
    PASSPHRASE,
    browser::{Browser, Part},
    guard,
};

/// How often each page is asked for.
const ROUNDS: usize = 200;

fn home_at(path: &str) -> Home {
    Home::find(Some(path.into())).unwrap()
}

fn figure(name: &str, value: f64) {
    println!("{name}={value}");
}

fn seconds(name: &str, duration: Duration) {
    figure(name, duration.as_secs_f64());
}

/// The memory of this process in KiB, where the system says.
fn memory() {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_matches([':', '\t', ' '])
            .split(' ')
            .next()?
            .parse::<f64>()
            .ok()
    };
    figure("peak", kib("VmHWM").unwrap_or_default());
    figure("now", kib("VmRSS").unwrap_or_default());
}

/// The time that a process and its threads have had on all cores, where the system says: in
/// hundredths of a second, as Linux counts.
pub fn cpu(process: &str) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // What is behind the name, which may hold anything: the 12th and 13th of it.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.filter_map(|n| n.parse::<u64>().ok()).sum();
    Duration::from_millis(10 * ticks)
}

/// The first sync of everything that the relay holds.
pub fn sync(path: &str) {
    let home = home_at(path);
    let lock = Arc::new(home.lock().unwrap());
    let mut desk = Desk::open(home, guard(PASSPHRASE), Clock, lock).unwrap();
    let before = cpu("self");
    let begun = Instant::now();
    let report = sync::sync(&mut desk).unwrap();
    seconds("seconds", begun.elapsed());
    seconds("cpu", cpu("self").saturating_sub(before));
    figure("reports", report.new_reports as f64);
    assert_eq!(report.set_aside, 0);
    memory();
}

/// What a passphrase costs that protects something.
fn passphrase() -> Duration {
    let guard = Guard::Passphrase(PASSPHRASE.to_owned().into(), Effort::Full);
    let sealed = guard.seal(b"keys", Armour::None).unwrap();
    let begun = Instant::now();
    guard.open("It", &sealed).unwrap();
    begun.elapsed()
}

/// Unlocking until the inbox is there, then pages and searches.
pub fn unlock(path: &str, count: usize) {
    seconds("scrypt", passphrase());
    let home = home_at(path);
    let server = Server::start(home, Clock, Settings::default()).unwrap();
    let browser = Browser::launch(&server);
    let begun = Instant::now();
    server.unlock(guard(PASSPHRASE)).unwrap();
    seconds("open", begun.elapsed());
    let first = browser.get("/");
    seconds("ready", begun.elapsed());
    assert_eq!(first.status, 200);
    let ids = ids(&first.text());

    let measure = |name: &str, ask: &mut dyn FnMut(usize)| {
        let mut times: Vec<Duration> = (0..ROUNDS)
            .map(|n| {
                let begun = Instant::now();
                ask(n);
                begun.elapsed()
            })
            .collect();
        times.sort();
        seconds(name, times[ROUNDS / 2]);
        seconds(&format!("{name}-slowest"), times[ROUNDS - 1]);
    };
    let get = |path: &str| assert_eq!(browser.get(path).status, 200, "{path}");
    measure("search", &mut |n| {
        let words = format!("NUMBER{}X", n * 37 % count);
        let answer = browser.post("/search", &[Part::Field("words", &words)]);
        let at = answer.header("location").unwrap().to_owned();
        assert!(browser.get(&at).text().contains("1 report"));
    });
    measure("case", &mut |n| {
        get(&format!("/case/{}", ids[n % ids.len()]));
    });
    measure("inbox", &mut |n| {
        get(&format!("/?page={}", 1 + n * 7 % count.div_ceil(25)));
    });
    measure("changed", &mut |n| {
        let at = format!("/case/{}", ids[n % ids.len()]);
        let shown = [Part::Field("shown", "0")];
        let which = if n % 2 == 0 { "unread" } else { "read" };
        assert_eq!(browser.post(&format!("{at}/{which}"), &shown).status, 303);
        get("/");
    });
    measure("work", &mut |_| get("/work"));
    memory();
}

/// The cases that a page lists.
fn ids(page: &str) -> Vec<String> {
    let mut ids: Vec<String> = page
        .split("/case/")
        .skip(1)
        .filter_map(|rest| Some(rest.get(..64)?.to_owned()))
        .collect();
    ids.dedup();
    assert!(!ids.is_empty());
    ids
}
