//! The desk's bars with many reports: `cargo run --release -p candor-desk --example bars`, after
//! `cargo build --release -p candor-relay`.
//!
//! Seals so many real reports (10 000 unless a number is given), files them at a real relay, and
//! measures in processes of their own: the first sync, beside the bare library on the same cores in
//! the same run; unlocking until the inbox is shown; searching; pages; memory. Ends with 1 if a bar
//! does not hold.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement fails by panicking and prints what it measured"
)]

#[path = "../../tests/room/mod.rs"]
mod room;

mod bare;
mod desk;
mod relay;
mod reports;

use std::{
    env,
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use room::Room;

/// The share of the bare library's rate that a first sync must reach.
const SYNC_SHARE: f64 = 0.7;
/// From the passphrase to the inbox.
const UNLOCK: Duration = Duration::from_secs(2);
/// A search in everything.
const SEARCH: Duration = Duration::from_millis(50);
/// A page.
const PAGE: Duration = Duration::from_millis(50);
/// The most memory at any time, in MiB.
const MEMORY_MIB: f64 = 300.0;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["sync", home] => desk::sync(home),
        ["unlock", home, count] => desk::unlock(home, count.parse().unwrap()),
        [] => return bars(10_000),
        [count] => return bars(count.parse().unwrap()),
        _ => panic!("bars [NUMBER OF REPORTS]"),
    }
    ExitCode::SUCCESS
}

/// What a child process printed, by name.
struct Figures(Vec<(String, f64)>);

impl Figures {
    fn get(&self, name: &str) -> f64 {
        self.0.iter().find(|(known, _)| known == name).unwrap().1
    }

    fn duration(&self, name: &str) -> Duration {
        Duration::from_secs_f64(self.get(name))
    }
}

/// Runs a part in a process of its own, so that its memory is its own.
fn apart(arguments: &[&str]) -> Figures {
    let mut command = Command::new(env::current_exe().unwrap());
    let output = command
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{arguments:?}: {text}");
    let figures = text.lines().filter_map(|line| {
        let (name, value) = line.split_once('=')?;
        Some((name.to_owned(), value.parse().ok()?))
    });
    Figures(figures.collect())
}

/// One bar.
fn bar(holds: &mut bool, name: &str, measured: String, wanted: String, is_met: bool) {
    *holds &= is_met;
    let verdict = if is_met { "holds" } else { "DOES NOT HOLD" };
    println!("{name:<34} {measured:>22}   bar {wanted:<14} {verdict}");
}

fn bars(count: usize) -> ExitCode {
    let cores = candor_desk::opening::cores();
    let room = Room::new();
    let relay = relay::Relay::start(&room);
    let begun = Instant::now();
    let sealed = reports::sealed(&room, count);
    relay.file(&room, &sealed);
    println!(
        "{count} reports of {:.1} KB on average, sealed and filed in {:.0?}; {cores} cores",
        reports::mean_len(count) / 1000.0,
        begun.elapsed()
    );

    let one = bare::rate(&room, &sealed, 1);
    let all = bare::rate(&room, &sealed, cores);
    let bare = one * cores as f64;
    println!("bare library: {one:.0}/s on one core, {all:.0}/s on {cores} at once");
    drop(sealed);
    let home = room.home.path().to_str().unwrap().to_owned();
    let before = relay.cpu();
    let synced = apart(&["sync", &home]);
    let served = relay.cpu().saturating_sub(before);
    drop(relay);
    let rate = count as f64 / synced.get("seconds");
    let again = bare::rate_of_one(&room);
    println!("bare library once more, on one core: {again:.0}/s");

    let number = count.to_string();
    let unlocked = apart(&["unlock", &home, &number]);
    let scrypt = unlocked.duration("scrypt");
    let open = unlocked.duration("open");
    let ready = unlocked.duration("ready");

    let mut holds = true;
    let mut tell = |name: &str, measured: String, wanted: String, is_met: bool| {
        bar(&mut holds, name, measured, wanted, is_met);
    };
    let share = rate / bare;
    tell(
        "first sync",
        format!("{rate:.0}/s, {:.0} % of bare", share * 100.0),
        format!("{:.0} %", SYNC_SHARE * 100.0),
        share >= SYNC_SHARE,
    );
    let of_cores =
        |used: Duration| used.as_secs_f64() / (synced.get("seconds") * cores as f64) * 100.0;
    println!(
        "  {:.0} % of what opens on {cores} cores at once; of the cores' time the desk had {:.0} %, relay \
         and front {:.0} %",
        rate / all * 100.0,
        of_cores(synced.duration("cpu")),
        of_cores(served)
    );
    tell(
        "unlock to ready",
        format!("{:.2?}", scrypt + ready),
        format!("{UNLOCK:.0?}"),
        scrypt + ready <= UNLOCK,
    );
    println!(
        "  of that: the passphrase (scrypt, N = 2^18) {scrypt:.2?}, reading the case file \
         {open:.2?}, until the inbox is shown and can be searched {:.2?}",
        ready.saturating_sub(open)
    );
    for (name, key, wanted) in [
        ("search", "search", SEARCH),
        ("page of a case", "case", PAGE),
        ("inbox", "inbox", PAGE),
        ("inbox after a change", "changed", PAGE),
        ("work", "work", PAGE),
    ] {
        let (middle, slowest) = (
            unlocked.duration(key),
            unlocked.duration(&format!("{key}-slowest")),
        );
        tell(
            name,
            format!("{middle:.1?}, at most {slowest:.1?}"),
            format!("{wanted:.0?}"),
            // Each change is on the disk before the page is: the disk's slowest moment is its own.
            if key == "changed" { middle } else { slowest } <= wanted,
        );
    }
    for (name, figures, key) in [
        ("memory: most during first sync", &synced, "peak"),
        ("memory: after first sync", &synced, "now"),
        ("memory: most from unlock on", &unlocked, "peak"),
        ("memory: in use", &unlocked, "now"),
    ] {
        let mib = figures.get(key) / 1024.0;
        tell(
            name,
            format!("{mib:.0} MiB"),
            format!("{MEMORY_MIB:.0} MiB"),
            mib <= MEMORY_MIB,
        );
    }
    if holds {
        println!("all bars hold");
        ExitCode::SUCCESS
    } else {
        println!("NOT ALL BARS HOLD");
        ExitCode::FAILURE
    }
}
