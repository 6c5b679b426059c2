//! The bare library: age files of a block's length opened with one key, and nothing else done.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Instant,
};

use candor_sealing::{HybridIdentity, age_file};
use candor_wire::{Envelope, sizes::BLOCK_LEN};

use crate::room::Room;

/// How many are opened on each core.
const ROUNDS: usize = 2_000;

fn rate_with(identity: &HybridIdentity, sealed: &[&[u8]], cores: usize) -> f64 {
    let next = AtomicUsize::new(0);
    let wanted = ROUNDS * cores;
    let begun = Instant::now();
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= wanted {
                        return;
                    }
                    let sealed = sealed[n % sealed.len()];
                    let plain = age_file::open(sealed, std::slice::from_ref(identity)).unwrap();
                    assert_eq!(plain.len(), BLOCK_LEN);
                }
            });
        }
    });
    wanted as f64 / begun.elapsed().as_secs_f64()
}

/// How many are opened in a second on so many cores.
pub fn rate(room: &Room, envelopes: &[Envelope], cores: usize) -> f64 {
    let identity = room.open().current_keys().unwrap().0.identity.clone();
    let sealed: Vec<&[u8]> = envelopes.iter().map(Envelope::sealed).collect();
    rate_with(&identity, &sealed, cores)
}

/// The same on one core, of files made for it.
pub fn rate_of_one(room: &Room) -> f64 {
    let identity = room.open().current_keys().unwrap().0.identity.clone();
    let to = [identity.to_recipient()];
    let sealed: Vec<Vec<u8>> = (0..64)
        .map(|n| age_file::seal(&[n; BLOCK_LEN], &to).unwrap())
        .collect();
    let sealed: Vec<&[u8]> = sealed.iter().map(Vec::as_slice).collect();
    rate_with(&identity, &sealed, 1)
}
