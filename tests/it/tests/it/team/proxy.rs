//! Between a desk and the relay: somebody who repeats, holds back and shuffles what the relay gives,
//! who sends what the desk sent a second time, and cuts off answers after the relay has taken it.

use std::{
    collections::VecDeque,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use candor_it::http::{Connection, Request, Response};
use candor_wire::desk::{Batch, QueueItem};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

/// What it did.
#[derive(Debug, Default)]
pub struct Lies {
    /// Queue items given a second time.
    pub repeated: AtomicU64,
    /// Batches of which the end was held back.
    pub held_back: AtomicU64,
    /// Batches that were shuffled.
    pub shuffled: AtomicU64,
    /// Answers that the desk never got.
    pub cut_off: AtomicU64,
    /// Requests sent to the relay twice.
    pub sent_twice: AtomicU64,
}

/// The proxy of one office.
#[derive(Debug)]
pub struct Proxy {
    /// Where the desk finds it.
    pub address: SocketAddr,
    /// Counts.
    pub lies: Arc<Lies>,
    stop: Arc<AtomicBool>,
}

struct Liar {
    relay: SocketAddr,
    /// The one path for which the relay is never reached; then nothing else is done either.
    fails: Option<&'static str>,
    rng: Mutex<StdRng>,
    /// Items given before, to be given again.
    past: Mutex<VecDeque<QueueItem>>,
    lies: Arc<Lies>,
}

impl Proxy {
    pub fn start(relay: SocketAddr, seed: u64) -> Self {
        Self::start_of(relay, seed, None)
    }

    /// One that passes everything on as it is, but answers on one path that something failed.
    pub fn failing(relay: SocketAddr, path: &'static str) -> Self {
        Self::start_of(relay, 0, Some(path))
    }

    fn start_of(relay: SocketAddr, seed: u64, fails: Option<&'static str>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let lies = Arc::new(Lies::default());
        let liar = Arc::new(Liar {
            relay,
            fails,
            rng: Mutex::new(StdRng::seed_from_u64(seed)),
            past: Mutex::default(),
            lies: Arc::clone(&lies),
        });
        let stopped = Arc::clone(&stop);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let liar = Arc::clone(&liar);
                // A desk that is killed leaves its connection half done.
                thread::spawn(move || liar.serve(&client));
            }
        });
        Self {
            address,
            lies,
            stop,
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

impl Liar {
    fn chance(&self, per_cent: u32) -> bool {
        self.fails.is_none() && self.rng.lock().unwrap().gen_range(0..100) < per_cent
    }

    fn serve(&self, client: &TcpStream) -> io::Result<()> {
        client.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut reader = BufReader::new(client.try_clone()?);
        let mut writer = client.try_clone()?;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let mut words = line.split_whitespace();
            let (Some(method), Some(target)) = (words.next(), words.next()) else {
                return Ok(());
            };
            let (method, target) = (method.to_owned(), target.to_owned());
            let mut headers: Vec<(String, String)> = Vec::new();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line)?;
                let Some((name, value)) = line.trim_end().split_once(": ") else {
                    break;
                };
                headers.push((name.to_ascii_lowercase(), value.to_owned()));
            }
            let len = headers.iter().find(|(name, _)| name == "content-length");
            let len = len.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
            let mut body = vec![0; len];
            reader.read_exact(&mut body)?;
            let hop = ["host", "content-length", "connection"];
            let request = Request {
                method: &method,
                target: &target,
                headers: headers
                    .iter()
                    .filter(|(name, _)| !hop.contains(&name.as_str()))
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect(),
                body: (!body.is_empty() || method != "GET").then_some(&body),
            };
            if self.fails.is_some_and(|path| target.starts_with(path)) {
                write!(writer, "HTTP/1.1 503 .\r\ncontent-length: 0\r\n\r\n")?;
                writer.flush()?;
                continue;
            }
            let mut response = Connection::open(self.relay)?.send(&request)?;
            if method == "POST" && self.chance(5) {
                // The same signed request again: the relay takes none twice.
                self.lies.sent_twice.fetch_add(1, Ordering::Relaxed);
                let _ = Connection::open(self.relay)?.send(&request);
            }
            if method == "POST" && self.chance(4) {
                self.lies.cut_off.fetch_add(1, Ordering::Relaxed);
                return Ok(());
            }
            if self.fails.is_none() && target.starts_with("/v1/queue?") && response.status == 200 {
                self.lie(&target, &mut response);
            }
            write!(
                writer,
                "HTTP/1.1 {} .\r\ncontent-type: {}\r\ncontent-length: {}\r\n\r\n",
                response.status,
                response.header("content-type").unwrap_or("text/plain"),
                response.body.len()
            )?;
            writer.write_all(&response.body)?;
            writer.flush()?;
        }
    }

    fn lie(&self, target: &str, response: &mut Response) {
        let Ok(mut batch) = Batch::decode(&response.body) else {
            return;
        };
        if batch.items.is_empty() {
            return;
        }
        let mut rng = self.rng.lock().unwrap();
        let mut past = self.past.lock().unwrap();
        if batch.items.len() > 1 && rng.gen_bool(0.3) {
            let keep = rng.gen_range(1..batch.items.len());
            batch.items.truncate(keep);
            self.lies.held_back.fetch_add(1, Ordering::Relaxed);
        }
        if batch.items.len() > 1 && rng.gen_bool(0.5) {
            let mut frames: Vec<_> = batch.items.iter().map(|item| item.frame.clone()).collect();
            frames.shuffle(&mut *rng);
            for (item, frame) in batch.items.iter_mut().zip(frames) {
                item.frame = frame;
            }
            self.lies.shuffled.fetch_add(1, Ordering::Relaxed);
        }
        let fresh = batch.items.clone();
        // What was read long ago, at positions that the desk has read: it is to notice nothing.
        let after: u64 = target
            .split_once("after=")
            .and_then(|(_, after)| after.parse().ok())
            .unwrap_or(0);
        if after > 8 && !past.is_empty() && rng.gen_bool(0.3) {
            let count = rng.gen_range(1..=past.len().min(8));
            let mut again: Vec<QueueItem> = past
                .iter()
                .cloned()
                .collect::<Vec<_>>()
                .choose_multiple(&mut *rng, count)
                .cloned()
                .collect();
            again.sort_by_key(|item| item.seq);
            again.dedup_by_key(|item| item.seq);
            again.retain(|item| item.seq <= after);
            self.lies
                .repeated
                .fetch_add(again.len() as u64, Ordering::Relaxed);
            again.append(&mut batch.items);
            batch.items = again;
        }
        past.extend(fresh);
        while past.len() > 200 {
            past.pop_front();
        }
        response.body = batch.encode();
    }
}
