//! The load itself: clients that send bursts of four over connections they keep.

use std::{
    cell::RefCell,
    collections::VecDeque,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use candor_reporter::{BURST, Encapsulated};
use candor_wire::{
    exchange::{Answer, EXCHANGE_PATH, REQUEST_MEDIA_TYPE},
    sizes::{SEALED_REQUEST_LEN, SEALED_RESPONSE_LEN},
};
use futures_util::future::{join_all, try_join_all};
use hdrhistogram::Histogram;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    time::timeout,
};

use crate::prepare::{Kind, Prepared};

const PATIENCE: Duration = Duration::from_secs(30);

/// One connection that is kept.
struct Connection {
    stream: BufReader<TcpStream>,
    head: Vec<u8>,
}

impl Connection {
    async fn open(to: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        let head = format!(
            "POST {EXCHANGE_PATH} HTTP/1.1\r\nhost: {to}\r\ncontent-type: {REQUEST_MEDIA_TYPE}\r\n\
             content-length: {SEALED_REQUEST_LEN}\r\n\r\n"
        );
        Ok(Self {
            stream: BufReader::with_capacity(SEALED_RESPONSE_LEN + 1024, stream),
            head: head.into_bytes(),
        })
    }

    /// Sends a body and reads the answer's.
    async fn post(&mut self, body: &[u8]) -> Result<Vec<u8>> {
        self.stream.write_all(&self.head).await?;
        self.stream.write_all(body).await?;
        let mut head = Vec::with_capacity(512);
        while !head.ends_with(b"\r\n\r\n") {
            if head.len() > 8192 {
                bail!("an endless head");
            }
            head.push(self.stream.read_u8().await?);
        }
        let head = std::str::from_utf8(&head)?.to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .and_then(|length| length.trim().parse::<usize>().ok())
            .context("an answer without a length")?;
        if length > SEALED_RESPONSE_LEN {
            bail!("an answer of another length");
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer).await?;
        if !head.starts_with("http/1.1 200") {
            bail!("{}", head.lines().next().unwrap_or_default());
        }
        Ok(answer)
    }
}

/// What came of the load.
pub struct Outcome {
    /// From the first to the last burst.
    pub wall: Duration,
    /// Microseconds from the first byte of a burst to the last of its answers.
    pub bursts: Histogram<u64>,
    /// Bursts that failed, with the first few reasons.
    pub failed: usize,
    pub reasons: Vec<String>,
    answers: Vec<(Kind, Encapsulated, Vec<u8>)>,
}

struct Shared {
    queue: VecDeque<Prepared>,
    bursts: Histogram<u64>,
    failed: usize,
    reasons: Vec<String>,
    answers: Vec<(Kind, Encapsulated, Vec<u8>)>,
}

/// Sends all filings by so many clients at once.
pub async fn drive(to: SocketAddr, clients: usize, filings: Vec<Prepared>) -> Result<Outcome> {
    let shared = Rc::new(RefCell::new(Shared {
        answers: Vec::with_capacity(filings.len() * 2),
        queue: filings.into(),
        bursts: Histogram::new(3)?,
        failed: 0,
        reasons: Vec::new(),
    }));
    let connecting = (0..clients).map(|_| try_join_all((0..BURST).map(|_| Connection::open(to))));
    let connections = try_join_all(connecting).await.context("cannot connect")?;
    let start = Instant::now();
    join_all(
        connections
            .into_iter()
            .map(|connections| client(to, connections, &shared)),
    )
    .await;
    let wall = start.elapsed();
    let shared = Rc::into_inner(shared)
        .context("every client has ended")?
        .into_inner();
    Ok(Outcome {
        wall,
        bursts: shared.bursts,
        failed: shared.failed,
        reasons: shared.reasons,
        answers: shared.answers,
    })
}

async fn client(to: SocketAddr, mut connections: Vec<Connection>, shared: &RefCell<Shared>) {
    loop {
        let next = shared.borrow_mut().queue.pop_front();
        let Some(filing) = next else { return };
        let begun = Instant::now();
        let posts = connections
            .iter_mut()
            .zip(&filing.exchanges)
            .map(|(connection, (_, exchange))| connection.post(exchange.body()));
        let outcome = timeout(PATIENCE, try_join_all(posts)).await;
        let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let reason = match outcome {
            Ok(Ok(answers)) => {
                let mut shared = shared.borrow_mut();
                // The histogram grows by itself, so every value fits.
                let _ = shared.bursts.record(took);
                let answered = filing.exchanges.into_iter().zip(answers);
                let kept = answered
                    .filter(|((kind, _), _)| *kind != Kind::Decoy)
                    .map(|((kind, exchange), answer)| (kind, exchange, answer));
                shared.answers.extend(kept);
                continue;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        {
            let mut shared = shared.borrow_mut();
            shared.failed += 1;
            if shared.reasons.len() < 5 && !shared.reasons.contains(&reason) {
                shared.reasons.push(reason);
            }
        }
        // What a broken connection still carries is of no use.
        match try_join_all((0..BURST).map(|_| Connection::open(to))).await {
            Ok(fresh) => connections = fresh,
            Err(_) => return,
        }
    }
}

impl Outcome {
    /// How many exchanges were answered.
    pub fn exchanges(&self) -> u64 {
        self.bursts.len() * BURST as u64
    }

    /// Opens the answers, after the clock has stopped: how many filings were acknowledged, envelope
    /// and self-record.
    pub fn acknowledged(&mut self) -> (usize, usize) {
        let (mut envelopes, mut records) = (0, 0);
        for (kind, exchange, sealed) in self.answers.drain(..) {
            match (kind, exchange.open(&sealed)) {
                (Kind::Envelope, Ok(Answer::Filed(_))) => envelopes += 1,
                (Kind::SelfRecord, Ok(Answer::Stored)) => records += 1,
                (_, outcome) if self.reasons.len() < 5 => {
                    self.reasons.push(format!("{outcome:?}"));
                }
                _ => {}
            }
        }
        (envelopes, records)
    }
}
