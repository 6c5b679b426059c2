//! How long the desk's pages take: `cargo run --release -p candor-desk --example pages -- 1000`.
//!
//! Fills a desk with so many reports, without a network, serves it, and asks for each page over a
//! real socket. Prints the middle and the slowest time of each kind of page.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement fails by panicking and prints what it measured"
)]

#[path = "../tests/room/mod.rs"]
mod room;

use std::time::{Duration, Instant};

use room::{
    Report, Room,
    browser::{Browser, Part},
};

/// What the page of a report may take.
const BAR: Duration = Duration::from_millis(50);

fn main() {
    let count: usize = std::env::args()
        .nth(1)
        .map_or(1000, |count| count.parse().unwrap());
    let words =
        "It happened during rounds, in front of the whole team, and not for the first time. ";
    let room = Room::new();
    let ids = room.fill((0..count).map(|n| Report {
        text: format!("Report number{n}x. {}", words.repeat(20)),
        ..Report::default()
    }));
    let begun = Instant::now();
    let server = room.serve();
    println!(
        "{count} reports of about 1.7 KB; opened in {:.0?}",
        begun.elapsed()
    );
    let browser = Browser::launch(&server);
    let begun = Instant::now();
    assert_eq!(browser.get("/").status, 200);
    println!(
        "first list, with the index made   {:>8.1?}",
        begun.elapsed()
    );

    let measure = |name: &str, ask: &mut dyn FnMut(usize)| -> Duration {
        let mut times: Vec<Duration> = (0..200)
            .map(|n| {
                let begun = Instant::now();
                ask(n);
                begun.elapsed()
            })
            .collect();
        times.sort();
        let (middle, slowest) = (times[times.len() / 2], times[times.len() - 1]);
        println!("{name:<33} {middle:>8.1?}   slowest {slowest:>8.1?}");
        slowest
    };
    let get = |path: &str| assert_eq!(browser.get(path).status, 200, "{path}");
    let report = measure("page of a report", &mut |n| {
        get(&format!("/case/{}", ids[n * 37 % ids.len()]));
    });
    measure("marked as read, kept, shown anew", &mut |n| {
        let at = format!("/case/{}", ids[n * 37 % ids.len()]);
        let shown = [Part::Field("shown", "0")];
        assert_eq!(browser.post(&format!("{at}/read"), &shown).status, 303);
        get(&at);
    });
    measure("page with the reply form", &mut |n| {
        get(&format!("/case/{}/reply", ids[n * 37 % ids.len()]));
    });
    measure("list", &mut |n| {
        get(&format!("/?page={}", 1 + n % count.div_ceil(25)))
    });
    measure("search in everything, two words", &mut |n| {
        let words = format!("number{}x ROUNDS", n * 37 % count);
        let answer = browser.post("/search", &[Part::Field("words", &words)]);
        let at = answer.header("location").unwrap().to_owned();
        assert!(browser.get(&at).text().contains("Found: 1 report."));
    });
    measure("settings", &mut |_| get("/status"));
    println!("{}", server_memory());
    let verdict = if report <= BAR {
        "holds"
    } else {
        "DOES NOT HOLD"
    };
    println!("bar: page of a report within {BAR:.0?}: {verdict}");
    assert!(report <= BAR);
}

/// The memory of this process, where the system says.
fn server_memory() -> String {
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let line = status.lines().find(|line| line.starts_with("VmRSS"))?;
            Some(format!("memory {}", line.split_once(':')?.1.trim()))
        })
        .unwrap_or_default()
}
