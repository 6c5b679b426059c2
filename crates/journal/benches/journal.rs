//! Group commit against bare append + fdatasync, in the same run and on the same disk.
//!
//! `cargo bench -p candor-journal [folder]`; the folder should lie on the disk that matters.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a benchmark talks to a person and may fail loudly"
)]

use std::{
    fs::OpenOptions,
    io::Write as _,
    path::Path,
    sync::{Arc, Condvar, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use candor_journal::{Entry, Journal, Options};

const WRITERS: usize = 64;
const TIME: Duration = Duration::from_secs(3);

struct Outcome {
    rate: f64,
    median: Duration,
    p99: Duration,
}

fn outcome(elapsed: Duration, mut latencies: Vec<Duration>) -> Outcome {
    latencies.sort();
    let at = |share: f64| latencies[(latencies.len() as f64 * share) as usize];
    Outcome {
        rate: latencies.len() as f64 / elapsed.as_secs_f64(),
        median: at(0.5),
        p99: at(0.99),
    }
}

/// 64 threads, each of which waits for its write before it makes the next.
fn drive(write: impl Fn() + Send + Sync + 'static) -> Outcome {
    let write = Arc::new(write);
    let start = Instant::now();
    let threads: Vec<_> = (0..WRITERS)
        .map(|_| {
            let write = Arc::clone(&write);
            thread::spawn(move || {
                let mut latencies = vec![];
                while start.elapsed() < TIME {
                    let begun = Instant::now();
                    write();
                    latencies.push(begun.elapsed());
                }
                latencies
            })
        })
        .collect();
    let latencies = threads
        .into_iter()
        .flat_map(|t| t.join().unwrap())
        .collect();
    outcome(start.elapsed(), latencies)
}

/// The ceiling: one thread appends what waits and calls fdatasync; no checksums, no format.
fn raw(folder: &Path, len: usize) -> Outcome {
    #[derive(Default)]
    struct Queue(Mutex<Vec<mpsc::SyncSender<()>>>, Condvar);
    let queue = Arc::new(Queue::default());
    let committer = Arc::clone(&queue);
    let path = folder.join("raw");
    let body = vec![0xa5; len];
    thread::spawn(move || {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        loop {
            let mut waiting = committer.0.lock().unwrap();
            while waiting.is_empty() {
                waiting = committer.1.wait(waiting).unwrap();
            }
            let batch = std::mem::take(&mut *waiting);
            drop(waiting);
            for _ in &batch {
                file.write_all(&body).unwrap();
            }
            file.sync_data().unwrap();
            for done in batch {
                done.send(()).unwrap();
            }
        }
    });
    drive(move || {
        let (sender, receiver) = mpsc::sync_channel(1);
        queue.0.lock().unwrap().push(sender);
        queue.1.notify_one();
        receiver.recv().unwrap();
    })
}

fn journal(folder: &Path, len: usize) -> Outcome {
    let (journal, _) = Journal::open(&folder.join("journal"), &Options::new([1; 32])).unwrap();
    let body = vec![0xa5; len];
    drive(move || {
        journal
            .append_wait(Entry {
                kind: 1,
                key: 1,
                meta: vec![1; 100],
                body: body.clone(),
                ..Entry::default()
            })
            .unwrap();
    })
}

fn main() {
    let parent = std::env::args()
        .skip(1)
        .find(|a| !a.starts_with('-'))
        .unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").to_owned());
    println!("{WRITERS} writers, {TIME:?} each, in {parent}");
    println!("record   what                  per second   median      p99   of raw");
    for len in [16 << 10, 27 << 10] {
        let folder = tempfile::tempdir_in(&parent).unwrap();
        let ceiling = raw(folder.path(), len);
        std::fs::remove_file(folder.path().join("raw")).unwrap();
        let ours = journal(folder.path(), len);
        for (what, o) in [("append + fdatasync", &ceiling), ("journal", &ours)] {
            println!(
                "{:>3} KiB  {what:<20} {:>11.0} {:>6.2} ms {:>5.2} ms   {:>4.0} %",
                len >> 10,
                o.rate,
                o.median.as_secs_f64() * 1e3,
                o.p99.as_secs_f64() * 1e3,
                100.0 * o.rate / ceiling.rate,
            );
        }
    }
}
