//! Places for exchanges in flight: a bound in all, and a share that one network may hold.
//!
//! Without the share a few connections that send slowly would keep everybody else out. A prefix is
//! held only while its exchange is in flight, when its socket's address is in memory anyway.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::network::Prefix;

/// A bounded number of places.
pub struct Places {
    free: Semaphore,
    share: u32,
    held: Mutex<HashMap<Prefix, u32>>,
}

/// One place, free again when dropped.
pub struct Place<'a> {
    places: &'a Places,
    network: Option<Prefix>,
    _permit: SemaphorePermit<'a>,
}

impl Places {
    /// `total` places, of which one network may hold one in `divisor`.
    #[must_use]
    pub fn new(total: u32, divisor: u32) -> Self {
        let permits = usize::try_from(total).unwrap_or(usize::MAX);
        Self {
            free: Semaphore::new(permits.min(Semaphore::MAX_PERMITS)),
            share: total.checked_div(divisor).unwrap_or(total).max(1),
            held: Mutex::default(),
        }
    }

    /// Takes a place if one is free for that network; `None` stands for one without a share.
    pub fn take(&self, network: Option<Prefix>) -> Option<Place<'_>> {
        let permit = self.free.try_acquire().ok()?;
        if let Some(network) = network {
            let mut held = self.held();
            let count = held.entry(network).or_insert(0);
            if *count >= self.share {
                return None;
            }
            *count += 1;
        }
        Some(Place {
            places: self,
            network,
            _permit: permit,
        })
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Prefix, u32>> {
        // Counts stay usable whatever interrupted an update.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let Some(network) = self.network else {
            return;
        };
        let mut held = self.places.held();
        if let Some(count) = held.get_mut(&network) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                held.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Option<Prefix> {
        Some(Prefix::of(text.parse().expect("an address")))
    }

    #[test]
    fn one_network_cannot_hold_every_place() {
        let places = Places::new(4, 2);
        let first = places.take(network("192.0.2.1"));
        let second = places.take(network("192.0.2.2"));
        assert!(first.is_some() && second.is_some());
        assert!(places.take(network("192.0.2.3")).is_none());
        let others = [places.take(network("198.51.100.1")), places.take(None)];
        assert!(others.iter().all(Option::is_some));
        assert!(
            places.take(network("203.0.113.1")).is_none(),
            "all are held"
        );
        drop((first, second, others));
        assert!(places.held().is_empty(), "nobody is remembered");
        assert!(places.take(network("192.0.2.1")).is_some());
    }
}
