//! In which order the drops of a generation are read, and when reading ends
//! (`docs/protocol.md`, "Drops and replies").
//!
//! Invariant: windows are 1–4, 5–8 and so on whatever was found; a gap never ends the walk; it
//! ends with a window that lies wholly beyond the last known reply and in which nothing is.

use std::collections::BTreeMap;

use candor_wire::OfficeId;

use crate::burst::BURST;

/// What lies at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A drop.
    Drop {
        /// Who the relay says wrote it.
        office: OfficeId,
        /// The sealed bytes.
        sealed: Vec<u8>,
    },
    /// Something was here.
    Gone,
    /// Nothing.
    Absent,
}

/// A walk through the drops of one generation.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    last_known: u32,
    next: u32,
    ended: bool,
    found: BTreeMap<u32, Found>,
}

impl Walk {
    /// The most drops read of one generation, so that no relay can keep a client reading forever.
    pub(crate) const MAX_DROPS: u32 = 4096;
    const WIDTH: u32 = BURST as u32;

    /// Begins. `last_known` is the highest reply seen before.
    pub(crate) fn new(last_known: u32) -> Self {
        Self {
            last_known,
            next: 1,
            ended: false,
            found: BTreeMap::new(),
        }
    }

    /// The numbers to read next; none when the walk is over.
    pub(crate) fn window(&self) -> Option<[u32; BURST]> {
        let open = !self.ended && self.next <= Self::MAX_DROPS;
        open.then(|| std::array::from_fn(|i| self.next + i as u32))
    }

    /// Takes what the current window held.
    pub(crate) fn take(&mut self, window: [Found; BURST]) {
        let first = self.next;
        self.next += Self::WIDTH;
        let nothing = window.iter().all(|found| *found == Found::Absent);
        self.ended = nothing && first > self.last_known;
        for (n, found) in (first..).zip(window) {
            if found != Found::Absent {
                self.last_known = self.last_known.max(n);
            }
            self.found.insert(n, found);
        }
    }

    /// Whether the walk ended because of [`Walk::MAX_DROPS`].
    pub(crate) const fn is_cut_short(&self) -> bool {
        !self.ended && self.next > Self::MAX_DROPS
    }

    /// The highest reply known, now or before.
    pub(crate) const fn last_known(&self) -> u32 {
        self.last_known
    }

    /// Everything up to the last known reply, in order.
    pub(crate) fn places(&self) -> impl Iterator<Item = (u32, &Found)> {
        self.found
            .iter()
            .map(|(n, found)| (*n, found))
            .take_while(|(n, _)| *n <= self.last_known)
    }

    /// What lies at a place.
    pub(crate) fn at(&self, n: u32) -> Option<&Found> {
        self.found.get(&n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drop() -> Found {
        Found::Drop {
            office: "title-ix".parse().unwrap(),
            sealed: vec![1],
        }
    }

    /// Walks over a relay that holds drops and tombstones at these places, and says which windows
    /// were read and what was found.
    fn walk(last_known: u32, drops: &[u32], gone: &[u32]) -> (Vec<u32>, Vec<u32>) {
        let mut walk = Walk::new(last_known);
        let mut windows = Vec::new();
        while let Some(window) = walk.window() {
            windows.push(window[0]);
            walk.take(window.map(|n| {
                if drops.contains(&n) {
                    drop()
                } else if gone.contains(&n) {
                    Found::Gone
                } else {
                    Found::Absent
                }
            }));
        }
        let found = walk.places().filter(|(_, found)| **found == drop());
        (windows, found.map(|(n, _)| n).collect())
    }

    #[test]
    fn reading_goes_on_until_a_whole_window_is_absent() {
        assert_eq!(walk(0, &[], &[]), (vec![1], vec![]));
        assert_eq!(walk(0, &[1], &[]), (vec![1, 5], vec![1]));
        assert_eq!(walk(0, &[1, 2, 3, 4], &[]), (vec![1, 5], vec![1, 2, 3, 4]));
    }

    #[test]
    fn gaps_and_tombstones_do_not_end_it() {
        assert_eq!(walk(0, &[4, 8], &[]), (vec![1, 5, 9], vec![4, 8]));
        assert_eq!(walk(0, &[6], &[1, 2, 3, 4]), (vec![1, 5, 9], vec![6]));
        assert_eq!(walk(0, &[], &[2]), (vec![1, 5], vec![]));
    }

    #[test]
    fn what_was_seen_before_is_looked_for_behind_every_gap() {
        assert_eq!(walk(9, &[], &[]).0, vec![1, 5, 9, 13]);
        assert_eq!(walk(9, &[10], &[]), (vec![1, 5, 9, 13], vec![10]));
        assert_eq!(walk(8, &[], &[]).0, vec![1, 5, 9]);
    }

    #[test]
    fn a_relay_that_never_ends_is_cut_short() {
        let mut walk = Walk::new(0);
        while walk.window().is_some() {
            walk.take([drop(), drop(), drop(), drop()]);
        }
        assert!(walk.is_cut_short());
        assert_eq!(walk.places().count(), Walk::MAX_DROPS as usize);
        assert!(walk.at(Walk::MAX_DROPS + 1).is_none());
    }
}
