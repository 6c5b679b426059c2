//! What one device may do: each nonce once, so many drops a day. In memory: a restart forgets it.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use candor_wire::{Day, DeviceId, desk::MAX_SKEW_SECONDS, http_signature::Signed};

/// The nonces of the requests that are young enough to be accepted.
#[derive(Debug, Default)]
pub(crate) struct Nonces(Mutex<BTreeMap<u64, HashSet<Signed>>>);

impl Nonces {
    /// Whether this request is the first with its device, time and nonce. Requests are told apart
    /// by all three, which the signature covers; `now` is in seconds since 1970.
    pub(crate) fn is_first(&self, signed: Signed, now: u64) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What is older is refused for its time.
        let oldest = now.saturating_sub(MAX_SKEW_SECONDS);
        *seen = seen.split_off(&oldest);
        seen.entry(signed.created).or_default().insert(signed)
    }
}

/// How many drops each device has written today.
#[derive(Debug, Default)]
pub(crate) struct DropQuota(Mutex<(Day, HashMap<DeviceId, u32>)>);

impl DropQuota {
    /// Takes one of the day's drops; false if none is left.
    pub(crate) fn take(&self, device: DeviceId, limit: u32, today: Day) -> bool {
        self.with(today, |counts| {
            let written = counts.entry(device).or_default();
            let left = *written < limit;
            if left {
                *written += 1;
            }
            left
        })
    }

    /// Gives one back that was not written after all.
    pub(crate) fn give_back(&self, device: &DeviceId, today: Day) {
        self.with(today, |counts| {
            if let Some(written) = counts.get_mut(device) {
                *written = written.saturating_sub(1);
            }
        });
    }

    /// How many are left today.
    pub(crate) fn left(&self, device: &DeviceId, limit: u32, today: Day) -> u32 {
        self.with(today, |counts| {
            limit.saturating_sub(counts.get(device).copied().unwrap_or(0))
        })
    }

    fn with<T>(&self, today: Day, act: impl FnOnce(&mut HashMap<DeviceId, u32>) -> T) -> T {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if guard.0 != today {
            *guard = (today, HashMap::new());
        }
        act(&mut guard.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_counts_once_within_the_window_and_is_then_forgotten() {
        let nonces = Nonces::default();
        let signed = |created, nonce| Signed {
            device: DeviceId::new([1; 32]),
            created,
            nonce: [nonce; 16],
        };
        let now = 1_800_000_000;
        assert!(nonces.is_first(signed(now, 1), now));
        assert!(!nonces.is_first(signed(now, 1), now));
        assert!(nonces.is_first(signed(now, 2), now));
        assert!(nonces.is_first(signed(now - MAX_SKEW_SECONDS, 1), now));
        assert!(!nonces.is_first(signed(now, 1), now + MAX_SKEW_SECONDS));
        let later = now + MAX_SKEW_SECONDS + 1;
        assert!(nonces.is_first(signed(later, 1), later));
        assert_eq!(nonces.0.lock().unwrap().len(), 1);
    }

    #[test]
    fn the_quota_is_by_day_and_device() {
        let quota = DropQuota::default();
        let (one, two) = (DeviceId::new([1; 32]), DeviceId::new([2; 32]));
        assert!(quota.take(one, 1, Day(5)));
        assert!(!quota.take(one, 1, Day(5)));
        assert!(quota.take(two, 1, Day(5)));
        assert_eq!(quota.left(&one, 1, Day(5)), 0);
        quota.give_back(&one, Day(5));
        assert!(quota.take(one, 1, Day(5)));
        assert!(quota.take(one, 1, Day(6)));
    }
}
