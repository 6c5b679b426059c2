//! What the relay does by itself: release batches, sweep, rotate keys, read the directory again.
//!
//! Invariant: releases come at multiples of their interval of the wall clock, so they neither
//! drift nor move with a restart; nothing that fails stops the rest, and it is tried again.

use std::time::Duration;

use actix_web::web::Data;
use candor_service::note;
use candor_store::Which;
use rand::{RngCore as _, rngs::OsRng};

use crate::{instance::Look, relay::Relay};

const DIRECTORY_SECONDS: u64 = 3;
const ROTATION_SECONDS: u64 = 60;
const SWEEP_SECONDS: u64 = 3600;
const STATS_SECONDS: u64 = 10;
const RETRY_SECONDS: u64 = 60;

/// When something is to be done next, by the wall clock.
struct Due {
    at: u64,
    every: u64,
}

impl Due {
    const fn after(now: u64, every: u64) -> Self {
        Self {
            at: now.saturating_add(every),
            every,
        }
    }

    /// Whether it is time; if so, the next time is set. A clock that was put back counts as time.
    const fn is_due(&mut self, now: u64) -> bool {
        let due = now >= self.at || self.at > now.saturating_add(self.every);
        if due {
            self.at = now.saturating_add(self.every);
        }
        due
    }

    fn sooner(&mut self, now: u64) {
        self.at = now.saturating_add(self.every.min(RETRY_SECONDS));
    }
}

/// What has to happen before the first request.
pub(crate) async fn at_start(relay: &Relay) {
    let _ = relay.sweep().await;
    if relay.rules.release_every_minutes == 0 {
        // Envelopes that were filed under another setting would wait for ever.
        let _ = relay.release().await;
    }
    relay.read_stats().await;
}

/// Does what is due, for as long as the relay runs.
pub(crate) async fn keep(relay: Data<Relay>, tick: Duration) {
    let now = relay.clock.seconds();
    let release_seconds = u64::from(relay.rules.release_every_minutes) * 60;
    let slot = |now: u64| now.checked_div(release_seconds).unwrap_or(0);
    let mut released = slot(now);
    let mut release_retry = 0;
    let mut directory = Due::after(now, DIRECTORY_SECONDS);
    let mut rotation = Due::after(now, ROTATION_SECONDS);
    let mut sweep = Due::after(now, SWEEP_SECONDS);
    let mut stats = Due::after(now, STATS_SECONDS);
    loop {
        tokio::time::sleep(tick).await;
        let now = relay.clock.seconds();
        if slot(now) != released && now >= release_retry {
            if relay.release().await {
                released = slot(now);
                release_retry = 0;
            } else {
                release_retry = now.saturating_add(RETRY_SECONDS.min(release_seconds));
            }
        }
        if directory.is_due(now) {
            relay.look_at_directory().await;
        }
        if rotation.is_due(now) || relay.keys.wants_rotation(relay.clock.today()) {
            relay.rotate_keys();
        }
        if sweep.is_due(now) && !relay.sweep().await {
            sweep.sooner(now);
        }
        if stats.is_due(now) {
            relay.read_stats().await;
        }
    }
}

impl Relay {
    /// Shows all waiting envelopes to desks, shuffled; true if that succeeded.
    async fn release(&self) -> bool {
        let mut seed = [0; 32];
        OsRng.fill_bytes(&mut seed);
        let released = self
            .store
            .release(Which::All, self.clock.today(), seed)
            .await;
        match released {
            Ok(released) => {
                self.counts.released.add(released.envelopes);
                if released.envelopes > 0 {
                    self.announce();
                }
                true
            }
            Err(_) => {
                self.counts.failures.increment();
                note!(error, "a batch could not be released; it is tried again");
                false
            }
        }
    }

    async fn sweep(&self) -> bool {
        match self.store.sweep(self.clock.today()).await {
            Ok(swept) => {
                let expired = swept.envelopes + swept.drops + swept.selves + swept.cells;
                if expired > 0 {
                    note!(info, "swept", expired = expired);
                }
                true
            }
            Err(_) => {
                self.counts.failures.increment();
                note!(error, "the store could not be swept; it is tried again");
                false
            }
        }
    }

    fn rotate_keys(&self) {
        if self.keys.rotate(self.clock.today(), &mut OsRng).is_err() {
            self.counts.failures.increment();
            note!(
                error,
                "the exchange keys could not be rotated; check the folder and the disk"
            );
        }
    }

    async fn look_at_directory(&self) {
        match self.instance.look(self.clock.today()) {
            Ok(Look::Same) => {}
            Ok(Look::Changed) => {
                let version = self.instance.directory().version;
                note!(info, "reading a new directory", version = version);
                if self.reload_statements().await.is_err() {
                    self.counts.failures.increment();
                    note!(error, "device lists and cards could not be read again");
                }
            }
            Err(_) => {
                self.counts.failures.increment();
                note!(
                    error,
                    "the directory's files have changed and do not verify; the old one stays in use"
                );
            }
        }
    }

    async fn read_stats(&self) {
        if let Ok(stats) = self.store.stats().await {
            self.counts.stored.set(&stats);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_neither_waits_for_ever_nor_repeats() {
        let mut due = Due::after(1000, 60);
        assert!(!due.is_due(1000));
        assert!(!due.is_due(1059));
        assert!(due.is_due(1060));
        assert!(!due.is_due(1061));
        assert!(due.is_due(5000));
        // The clock was put back by a day.
        assert!(due.is_due(100));
        assert!(!due.is_due(101));
        due.sooner(101);
        assert!(due.is_due(161));
    }
}
