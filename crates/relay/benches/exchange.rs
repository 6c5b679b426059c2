//! Exchanges a second through the gateway's core, beside bare decapsulation and encapsulation by
//! the same library on the same requests in the same run.
//!
//! `cargo bench -p candor-relay --bench exchange`

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark")]

use std::{
    hint::black_box,
    time::{Duration, Instant, SystemTime},
};

use candor_directory::{RelayKeys, RelayKeysDomain};
use candor_relay::ExchangeKeys;
use candor_wire::{
    Capability, Day, InstanceId, ProblemType, SignedStatement,
    exchange::{Answer, Class, Operation},
    inner,
    sizes::EXCHANGE_LEN,
};
use ed25519_dalek::SigningKey;
use ohttp::{
    ClientRequest, KeyConfig, Server, SymmetricSuite,
    hpke::{Aead, Kdf, Kem},
};
use rand::{RngCore as _, rngs::OsRng};

const ROUNDS: u32 = 5;
const EXCHANGES: u32 = 1000;

fn main() {
    // `cargo test --benches` runs this too: then one short round will do.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let (rounds, exchanges) = if is_bench {
        (ROUNDS, EXCHANGES)
    } else {
        (1, 20)
    };

    let (mut bare_time, mut core_time) = (Duration::ZERO, Duration::ZERO);
    for round in 0..=rounds {
        let (bare, core) = (bare(exchanges), core(exchanges));
        // The first round warms up.
        if round > 0 {
            bare_time += bare;
            core_time += core;
        }
    }
    let rate = |time: Duration| f64::from(rounds * exchanges) / time.as_secs_f64();
    let (bare, core) = (rate(bare_time), rate(core_time));
    println!(
        "exchanges of 32 KiB, one thread, {} a round, {rounds} rounds",
        exchanges
    );
    println!("  bare decapsulate + encapsulate  {bare:>8.0}/s");
    println!("  gateway core                    {core:>8.0}/s");
    println!("  ratio                           {:>8.2}", core / bare);
}

fn requests(config: &[u8], count: u32) -> Vec<Vec<u8>> {
    (0..count)
        .map(|_| {
            let mut capability = [0; 32];
            OsRng.fill_bytes(&mut capability);
            let operation = Operation::Read(Capability::new(capability));
            let padded = inner::encode_request(&operation).unwrap();
            let client = ClientRequest::from_encoded_config(config).unwrap();
            client.encapsulate(&padded).unwrap().0
        })
        .collect()
}

fn bare(count: u32) -> Duration {
    let suite = SymmetricSuite::new(Kdf::HkdfSha256, Aead::Aes128Gcm);
    let config = KeyConfig::new(1, Kem::XWing, vec![suite]).unwrap();
    let requests = requests(&config.encode().unwrap(), count);
    let server = Server::new(config).unwrap();
    let answer = vec![0; EXCHANGE_LEN];
    let start = Instant::now();
    for request in &requests {
        let (opened, sealer) = server.decapsulate(request).unwrap();
        black_box(opened);
        black_box(sealer.encapsulate(&answer).unwrap());
    }
    start.elapsed()
}

/// Replay memory with its file, parsing, the answer's padding: all but the store and the sockets.
fn core(count: u32) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let today = Day::of(SystemTime::now());
    let signer = SigningKey::from_bytes(&[7; 32]);
    let instance = InstanceId::new([1; 32]);
    let keys = ExchangeKeys::open(
        folder.path(),
        instance,
        signer,
        2_000_000,
        today,
        &mut OsRng,
    )
    .unwrap();
    let list: SignedStatement<RelayKeysDomain> = serde_json::from_slice(&keys.list()).unwrap();
    let list: RelayKeys = list.peek().unwrap();
    let current = list.current(today).unwrap();
    let requests = requests(current.config.as_bytes(), count);
    let start = Instant::now();
    for request in &requests {
        let exchange = keys.decapsulate(Class::Ordinary, request).unwrap();
        black_box(exchange.operation().unwrap());
        let answer = Answer::from(ProblemType::Absent);
        black_box(exchange.seal(&answer).unwrap());
    }
    start.elapsed()
}
