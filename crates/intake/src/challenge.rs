//! Challenges and the stamps that answer them: proof of work without state per client.
//!
//! A challenge is `difficulty ‖ slot ‖ HMAC-SHA256(slot key, difficulty ‖ slot)[..14]`: it keeps the
//! difficulty that was promised when it was given out, whatever the load is when its stamp comes
//! back. Every slot has a random key of its own and ends after a third of a challenge's life; with
//! the key go the requests that were paid for under it. So a stamp pays once, memory is bounded,
//! and nothing of it is ever written down.

use std::{
    collections::{HashSet, VecDeque},
    time::{Duration, Instant},
};

use candor_wire::stamp::{Challenge, KeyDigest, Stamp};
use hmac::{Hmac, Mac as _};
use rand::{CryptoRng, RngCore};
use sha2::Sha256;

/// How many slots a challenge stays good for, its own included.
const SLOTS: usize = 3;
/// How many paid requests one slot remembers before the next one begins early.
const MAX_PAID: usize = 100_000;
/// The least work.
pub const MIN_DIFFICULTY: u8 = 12;
/// The most work, before what a cell adds.
pub const MAX_DIFFICULTY: u8 = 22;

/// Why a stamp does not pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unpaid {
    /// The challenge is not one of ours, or its time is over.
    Expired,
    /// Too few zero bits, or worked out for another request.
    TooLittle,
    /// This request has been paid for and sent already.
    Spent,
}

impl Unpaid {
    /// What to tell the client.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::Expired => "The stamp's challenge is over; here is a new one.",
            Self::TooLittle => "The stamp is not worked out for this request.",
            Self::Spent => "The stamp has been used for this request already.",
        }
    }
}

/// Gives out challenges and takes stamps.
pub struct Challenges {
    slot_life: Duration,
    slots: VecDeque<Slot>,
    next: u8,
}

struct Slot {
    number: u8,
    key: [u8; 32],
    since: Instant,
    paid: HashSet<KeyDigest>,
}

impl Challenges {
    /// With one fresh slot; challenges stay good for at least two thirds of `life`.
    pub fn new(life: Duration, now: Instant, rng: &mut (impl RngCore + CryptoRng)) -> Self {
        let mut challenges = Self {
            slot_life: life / 3,
            slots: VecDeque::new(),
            next: 0,
        };
        challenges.open_slot(now, rng);
        challenges
    }

    /// A challenge for `difficulty` bits.
    pub fn give(
        &mut self,
        difficulty: u8,
        now: Instant,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Challenge {
        self.advance(now, rng);
        // `advance` never leaves the queue empty; zeros would simply never verify.
        self.slots
            .front()
            .map_or(Challenge::new([0; 16]), |slot| slot.challenge(difficulty))
    }

    /// How long a challenge given out now is good for at least.
    #[must_use]
    pub fn valid_for(&self) -> Duration {
        self.slot_life * 2
    }

    /// Takes a stamp for one request; `extra` bits are asked beyond the challenge's own.
    ///
    /// # Errors
    /// [`Unpaid`] says why it does not pay.
    pub fn take(
        &mut self,
        stamp: &Stamp,
        request: &KeyDigest,
        extra: u8,
        now: Instant,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), Unpaid> {
        self.advance(now, rng);
        let [difficulty, number, ..] = *stamp.challenge.as_bytes();
        let slot = self
            .slots
            .iter_mut()
            .find(|slot| slot.number == number)
            .ok_or(Unpaid::Expired)?;
        if !slot.made(&stamp.challenge) || slot.paid.len() >= MAX_PAID {
            return Err(Unpaid::Expired);
        }
        if !stamp.pays(request, difficulty.saturating_add(extra)) {
            return Err(Unpaid::TooLittle);
        }
        if !slot.paid.insert(*request) {
            return Err(Unpaid::Spent);
        }
        Ok(())
    }

    fn advance(&mut self, now: Instant, rng: &mut (impl RngCore + CryptoRng)) {
        let due = self
            .slots
            .front()
            .is_none_or(|slot| now.saturating_duration_since(slot.since) >= self.slot_life);
        // After a quiet time the older slots are over as well, not only the oldest.
        let life = self.slot_life * 3;
        self.slots
            .retain(|slot| now.saturating_duration_since(slot.since) < life);
        let full = |slot: &Slot| slot.paid.len() >= MAX_PAID;
        if due || self.slots.front().is_some_and(full) {
            self.open_slot(now, rng);
        }
    }

    fn open_slot(&mut self, now: Instant, rng: &mut (impl RngCore + CryptoRng)) {
        let mut key = [0; 32];
        rng.fill_bytes(&mut key);
        self.slots.push_front(Slot {
            number: self.next,
            key,
            since: now,
            paid: HashSet::new(),
        });
        self.next = self.next.wrapping_add(1);
        self.slots.truncate(SLOTS);
    }
}

impl Slot {
    fn mac(&self, difficulty: u8) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("any length is a key");
        mac.update(b"\x13candor/v1/challenge");
        mac.update(&[difficulty, self.number]);
        mac
    }

    fn challenge(&self, difficulty: u8) -> Challenge {
        let mut bytes = [0; Challenge::LEN];
        let tag = self.mac(difficulty).finalize().into_bytes();
        for (to, from) in bytes
            .iter_mut()
            .zip([difficulty, self.number].into_iter().chain(tag))
        {
            *to = from;
        }
        Challenge::new(bytes)
    }

    fn made(&self, challenge: &Challenge) -> bool {
        let [difficulty, _, tag @ ..] = challenge.as_bytes();
        self.mac(*difficulty).verify_truncated_left(tag).is_ok()
    }
}

/// How much work is asked, by how many exchanges come in: one bit more, that is twice the work,
/// each time the rate doubles above what is comfortable.
#[derive(Debug)]
pub struct Load {
    comfortable_per_second: f64,
    rate: f64,
    counted: u32,
    since: Instant,
}

impl Load {
    /// Starts idle.
    #[must_use]
    pub fn new(comfortable_per_second: u32, now: Instant) -> Self {
        Self {
            comfortable_per_second: f64::from(comfortable_per_second.max(1)),
            rate: 0.0,
            counted: 0,
            since: now,
        }
    }

    /// Counts one exchange.
    pub fn count(&mut self, now: Instant) {
        self.counted = self.counted.saturating_add(1);
        let passed = now.saturating_duration_since(self.since).as_secs_f64();
        if passed >= 1.0 {
            // A moving average over some five seconds; a long pause leaves only what came now.
            let weight = 1.0 - (-passed / 5.0).exp();
            self.rate += (f64::from(self.counted) / passed - self.rate) * weight;
            self.counted = 0;
            self.since = now;
        }
    }

    /// The difficulty to ask for now.
    #[must_use]
    pub fn difficulty(&self) -> u8 {
        let mut difficulty = MIN_DIFFICULTY;
        let mut bearable = self.comfortable_per_second;
        while self.rate > bearable && difficulty < MAX_DIFFICULTY {
            difficulty += 1;
            bearable *= 2.0;
        }
        difficulty
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;

    const LIFE: Duration = Duration::from_secs(900);

    fn key(number: u64) -> KeyDigest {
        KeyDigest::of_key(&number.to_be_bytes())
    }

    fn solve(challenge: Challenge, key: &KeyDigest, difficulty: u8) -> Stamp {
        Stamp::solve(challenge, key, difficulty, 0..u64::MAX).expect("it exists")
    }

    struct Fixture {
        challenges: Challenges,
        rng: StdRng,
        start: Instant,
    }

    fn fixture() -> Fixture {
        let (start, mut rng) = (Instant::now(), StdRng::seed_from_u64(1));
        Fixture {
            challenges: Challenges::new(LIFE, start, &mut rng),
            rng,
            start,
        }
    }

    impl Fixture {
        fn give(&mut self, difficulty: u8, after: u64) -> Challenge {
            let now = self.start + Duration::from_secs(after);
            self.challenges.give(difficulty, now, &mut self.rng)
        }

        fn take(
            &mut self,
            stamp: &Stamp,
            number: u64,
            extra: u8,
            after: u64,
        ) -> Result<(), Unpaid> {
            let now = self.start + Duration::from_secs(after);
            self.challenges
                .take(stamp, &key(number), extra, now, &mut self.rng)
        }
    }

    #[test]
    fn a_stamp_pays_once_for_its_request() {
        let mut gate = fixture();
        let stamp = solve(gate.give(10, 0), &key(1), 10);
        assert_eq!(gate.take(&stamp, 2, 0, 0), Err(Unpaid::TooLittle));
        assert_eq!(gate.take(&stamp, 1, 0, 0), Ok(()));
        assert_eq!(gate.take(&stamp, 1, 0, 0), Err(Unpaid::Spent));
    }

    #[test]
    fn a_cell_needs_more() {
        let mut gate = fixture();
        let challenge = gate.give(6, 0);
        let stamp = solve(challenge, &key(1), 6);
        assert_eq!(gate.take(&stamp, 1, 12, 0), Err(Unpaid::TooLittle));
        let stamp = solve(challenge, &key(1), 12);
        assert_eq!(gate.take(&stamp, 1, 6, 0), Ok(()));
    }

    #[test]
    fn the_difficulty_cannot_be_bargained_down() {
        let mut gate = fixture();
        let mut bytes = *gate.give(20, 0).as_bytes();
        bytes[0] = 1;
        let stamp = solve(Challenge::new(bytes), &key(1), 1);
        assert_eq!(gate.take(&stamp, 1, 0, 0), Err(Unpaid::Expired));
        let invented = solve(Challenge::new([0; 16]), &key(1), 1);
        assert_eq!(gate.take(&invented, 1, 0, 0), Err(Unpaid::Expired));
    }

    #[test]
    fn challenges_end() {
        let mut gate = fixture();
        let stamp = solve(gate.give(4, 299), &key(1), 4);
        // The slots go on by themselves as requests come in.
        gate.give(4, 301);
        gate.give(4, 602);
        assert_eq!(gate.take(&stamp, 1, 0, 899), Ok(()));
        gate.give(4, 903);
        assert_eq!(gate.take(&stamp, 1, 0, 904), Err(Unpaid::Expired));
        // After a long silence nothing old is taken.
        let stamp = solve(gate.give(4, 904), &key(2), 4);
        assert_eq!(gate.take(&stamp, 2, 0, 3000), Err(Unpaid::Expired));
    }

    #[test]
    fn a_slot_remembers_boundedly() {
        let mut gate = fixture();
        let challenge = gate.give(0, 0);
        for number in 0..MAX_PAID as u64 {
            let stamp = Stamp {
                challenge,
                nonce: [0; 8],
            };
            assert_eq!(gate.take(&stamp, number, 0, 0), Ok(()));
        }
        let stamp = Stamp {
            challenge,
            nonce: [0; 8],
        };
        assert_eq!(gate.take(&stamp, u64::MAX, 0, 0), Err(Unpaid::Expired));
        // The client is given a challenge of the next slot, which takes its stamp.
        let fresh = gate.give(0, 0);
        let stamp = solve(fresh, &key(u64::MAX), 0);
        assert_eq!(gate.take(&stamp, u64::MAX, 0, 0), Ok(()));
        assert_eq!(gate.challenges.slots.len(), 2);
    }

    #[test]
    fn work_doubles_with_the_rate() {
        let now = Instant::now();
        let after = |per_second: u32| {
            let mut load = Load::new(100, now);
            for second in 0..60 {
                for nth in 0..per_second {
                    let offset = Duration::from_secs_f64(f64::from(nth) / f64::from(per_second));
                    load.count(now + Duration::from_secs(second) + offset);
                }
            }
            load.difficulty()
        };
        assert_eq!(after(50), MIN_DIFFICULTY);
        assert_eq!(after(150), MIN_DIFFICULTY + 1);
        assert_eq!(after(350), MIN_DIFFICULTY + 2);
        assert_eq!(Load::new(1, now).difficulty(), MIN_DIFFICULTY);
    }
}
