//! Allowances: token buckets by network prefix, in memory, under a salt that rotates.
//!
//! Invariants: nothing here can be turned back into an address once the salt is gone; the table
//! never grows beyond its bound, and a bucket that has been drained is never dropped early, so
//! that flooding the table wins nobody a fresh allowance.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use rand::{CryptoRng, RngCore};
use sha2::{Digest as _, Sha256};

use crate::network::Prefix;

/// How long one salt lives. Its end gives every network a full bucket again.
const SALT_LIFE: Duration = Duration::from_secs(60 * 60);
/// How often a full table is searched for buckets that have filled up again.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// How much a bucket holds and how fast it fills.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allowance {
    /// Tokens in a full bucket.
    pub burst: u32,
    /// Tokens that flow in per second.
    pub per_second: u32,
}

/// One token bucket.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    tokens: f64,
    seen: Instant,
}

impl Bucket {
    /// A full bucket.
    #[must_use]
    pub fn full(allowance: Allowance, now: Instant) -> Self {
        Self {
            tokens: f64::from(allowance.burst),
            seen: now,
        }
    }

    /// Takes `price` tokens if they are there.
    pub fn take(&mut self, allowance: Allowance, price: u32, now: Instant) -> bool {
        self.tokens = self.level(allowance, now);
        self.seen = now;
        let price = f64::from(price);
        let enough = self.tokens >= price;
        if enough {
            self.tokens -= price;
        }
        enough
    }

    fn level(&self, allowance: Allowance, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(self.seen).as_secs_f64();
        (self.tokens + passed * f64::from(allowance.per_second)).min(f64::from(allowance.burst))
    }
}

/// The buckets of all networks.
pub struct Buckets {
    allowance: Allowance,
    capacity: usize,
    salt: [u8; 32],
    salted: Instant,
    swept: Instant,
    table: HashMap<u128, Bucket>,
    /// Shared by whoever comes while the table is full.
    overflow: Bucket,
}

impl Buckets {
    /// Empty, with a fresh salt.
    pub fn new(
        allowance: Allowance,
        capacity: usize,
        now: Instant,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Self {
        let mut salt = [0; 32];
        rng.fill_bytes(&mut salt);
        Self {
            allowance,
            capacity,
            salt,
            salted: now,
            swept: now,
            table: HashMap::new(),
            overflow: Bucket::full(allowance, now),
        }
    }

    /// Takes `price` tokens from the bucket of a network if they are there.
    pub fn take(
        &mut self,
        prefix: Prefix,
        price: u32,
        now: Instant,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> bool {
        if now.saturating_duration_since(self.salted) >= SALT_LIFE {
            rng.fill_bytes(&mut self.salt);
            self.salted = now;
            self.table.clear();
        }
        let key = self.key(prefix);
        if !self.table.contains_key(&key) && self.table.len() >= self.capacity {
            self.sweep(now);
            if self.table.len() >= self.capacity {
                return self.overflow.take(self.allowance, price, now);
            }
        }
        let allowance = self.allowance;
        self.table
            .entry(key)
            .or_insert_with(|| Bucket::full(allowance, now))
            .take(allowance, price, now)
    }

    /// How many networks have a bucket now.
    #[must_use]
    pub fn count(&self) -> usize {
        self.table.len()
    }

    /// Drops the buckets that are full again: they say nothing a new one would not.
    fn sweep(&mut self, now: Instant) {
        if now.saturating_duration_since(self.swept) < SWEEP_EVERY {
            return;
        }
        self.swept = now;
        let allowance = self.allowance;
        self.table
            .retain(|_, bucket| bucket.level(allowance, now) < f64::from(allowance.burst));
    }

    fn key(&self, prefix: Prefix) -> u128 {
        let hash: [u8; 32] = Sha256::new()
            .chain_update(self.salt)
            .chain_update(prefix.as_bytes())
            .finalize()
            .into();
        let mut key = [0; 16];
        for (to, from) in key.iter_mut().zip(hash) {
            *to = from;
        }
        u128::from_be_bytes(key)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;

    const SMALL: Allowance = Allowance {
        burst: 3,
        per_second: 1,
    };

    fn prefix(number: u16) -> Prefix {
        let [high, low] = number.to_be_bytes();
        Prefix::of(IpAddr::V4(Ipv4Addr::new(10, high, low, 1)))
    }

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let (now, mut rng) = (Instant::now(), StdRng::seed_from_u64(1));
        let mut buckets = Buckets::new(SMALL, 10, now, &mut rng);
        let mut take = |network, price, at| buckets.take(prefix(network), price, at, &mut rng);
        assert!((0..3).all(|_| take(1, 1, now)));
        assert!(!take(1, 1, now));
        assert!(take(2, 3, now), "another network has its own");
        assert!(!take(1, 2, now + seconds(1)));
        assert!(take(1, 2, now + seconds(2)));
        assert!(
            !take(1, 4, now + seconds(1000)),
            "never more than the burst"
        );
    }

    #[test]
    fn a_full_table_is_bounded_and_keeps_drained_buckets() {
        let (now, mut rng) = (Instant::now(), StdRng::seed_from_u64(1));
        let mut buckets = Buckets::new(SMALL, 10, now, &mut rng);
        for network in 0..10 {
            assert!(buckets.take(prefix(network), 3, now, &mut rng));
        }
        // Newcomers share one bucket; the drained stay drained.
        let newcomers =
            (10..2000).filter(|network| buckets.take(prefix(*network), 1, now, &mut rng));
        assert_eq!(newcomers.count(), 3);
        assert_eq!(buckets.count(), 10);
        assert!(!buckets.take(prefix(0), 1, now, &mut rng));
        // When they have filled up there is room again.
        let later = now + seconds(4);
        assert!(buckets.take(prefix(3000), 3, later, &mut rng));
        assert_eq!(buckets.count(), 1);
    }

    #[test]
    fn the_salt_rotates_and_forgets() {
        let (now, mut rng) = (Instant::now(), StdRng::seed_from_u64(1));
        let mut buckets = Buckets::new(SMALL, 10, now, &mut rng);
        assert!(buckets.take(prefix(1), 3, now, &mut rng));
        let before = buckets.key(prefix(1));
        assert!(buckets.take(prefix(2), 3, now + SALT_LIFE, &mut rng));
        assert_ne!(buckets.key(prefix(1)), before);
        assert_eq!(buckets.count(), 1);
    }
}
