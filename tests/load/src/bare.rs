//! What the same machine does without the services around it, measured in the same run.

use std::{
    fs,
    io::Write as _,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use candor_wire::sizes::EXCHANGE_LEN;
use ohttp::hpke::{Aead, Kdf, Kem};

/// Decapsulations with an encapsulated answer, per second, on all cores.
pub fn exchanges_per_second(cores: usize, time: Duration) -> Result<f64> {
    let suites = vec![ohttp::SymmetricSuite::new(Kdf::HkdfSha256, Aead::Aes128Gcm)];
    let config = ohttp::KeyConfig::new(1, Kem::XWing, suites)?;
    let public = config.encode()?;
    let server = ohttp::Server::new(config)?;
    let padded = vec![7; EXCHANGE_LEN];
    let (request, _) = ohttp::ClientRequest::from_encoded_config(&public)?.encapsulate(&padded)?;
    let start = Instant::now();
    let done: u64 = thread::scope(|scope| {
        let threads: Vec<_> = (0..cores)
            .map(|_| {
                scope.spawn(|| {
                    let mut done = 0_u64;
                    while start.elapsed() < time {
                        let (opened, sealer) = server.decapsulate(&request)?;
                        sealer.encapsulate(&opened)?;
                        done += 1;
                    }
                    Ok::<u64, ohttp::Error>(done)
                })
            })
            .collect();
        let joined = threads.into_iter().map(|thread| thread.join().ok());
        joined
            .map(|done| {
                done.context("a thread ended early")?
                    .context("bare exchange")
            })
            .sum::<Result<u64>>()
    })?;
    Ok(done as f64 / start.elapsed().as_secs_f64())
}

/// Records of `len` bytes appended per second, forced to the disk after each `batch` of them.
pub fn appends_per_second(folder: &Path, len: usize, batch: usize, time: Duration) -> Result<f64> {
    let path = folder.join("bare-append");
    let mut file = fs::File::create(&path)?;
    let records = vec![0x5a; len * batch];
    let start = Instant::now();
    let mut done = 0_u64;
    while start.elapsed() < time {
        file.write_all(&records)?;
        file.sync_data()?;
        done += batch as u64;
    }
    let rate = done as f64 / start.elapsed().as_secs_f64();
    fs::remove_file(&path)?;
    Ok(rate)
}
