//! Stamps: the work that the intake asks for when many requests come from one network.

use candor_wire::{
    Problem,
    stamp::{Challenge, KeyDigest, Stamp},
};
use thiserror::Error;

/// The stamp cannot be worked out in reasonable time, or not at all.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the stamp would take too long")]
pub(crate) struct WorkError;

/// What the intake asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Price {
    challenge: Challenge,
    difficulty: u8,
}

impl Price {
    /// The most leading zero bits worked for: under a minute. An intake asks for at most 22, and for
    /// up to six more with a cell.
    const MAX_DIFFICULTY: u8 = 28;
    /// How often the search looks whether anyone still waits for it.
    const SLICE: u64 = 1 << 16;

    /// The price that a problem names.
    pub(crate) fn of(problem: &Problem) -> Option<Self> {
        Some(Self {
            challenge: problem.challenge.as_deref()?.parse().ok()?,
            difficulty: problem.difficulty?,
        })
    }

    /// Works it out for an encapsulated request, on a thread of its own.
    pub(crate) async fn work(self, request: &[u8]) -> Result<Stamp, WorkError> {
        if self.difficulty > Self::MAX_DIFFICULTY {
            return Err(WorkError);
        }
        let key = KeyDigest::of_request(request).ok_or(WorkError)?;
        let (sender, receiver) = tokio::sync::oneshot::channel();
        tokio::task::spawn_blocking(move || {
            let found = (0..u64::MAX / Self::SLICE)
                .take_while(|_| !sender.is_closed())
                .find_map(|slice| {
                    let nonces = slice * Self::SLICE..(slice + 1) * Self::SLICE;
                    Stamp::solve(self.challenge, &key, self.difficulty, nonces)
                });
            if let Some(stamp) = found {
                // Nobody waits any more: nothing to do.
                let _ = sender.send(stamp);
            }
        });
        receiver.await.map_err(|_| WorkError)
    }
}

#[cfg(test)]
mod tests {
    use candor_wire::ProblemType;

    use super::*;

    fn price(challenge: &str, difficulty: u8) -> Option<Price> {
        let mut problem = Problem::new(ProblemType::ProofOfWork);
        problem.challenge = Some(challenge.to_owned());
        problem.difficulty = Some(difficulty);
        Price::of(&problem)
    }

    #[tokio::test]
    async fn a_stamp_pays_and_an_unreasonable_price_is_refused() {
        let request = vec![3; 2000];
        let key = KeyDigest::of_request(&request).unwrap();
        let challenge = "c5".repeat(16);
        let stamp = price(&challenge, 12).unwrap().work(&request).await.unwrap();
        assert!(stamp.pays(&key, 12));
        for dear in [29, 255] {
            let price = price(&challenge, dear).unwrap();
            assert_eq!(price.work(&request).await, Err(WorkError));
        }
        assert!(price("no challenge", 12).is_none());
        assert!(Price::of(&Problem::new(ProblemType::ProofOfWork)).is_none());
    }
}
