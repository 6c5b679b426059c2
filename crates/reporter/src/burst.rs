//! The burst: every action of the client is four exchanges at once (`docs/protocol.md`, "Bursts").
//!
//! Invariant: a burst has exactly four exchanges of the ordinary class, in random order, each
//! encapsulated for it alone; what the action does not need is filled with reads of random
//! capabilities. Whatever fails outside of the encapsulation, or in passing inside of it, is sent
//! again in a new burst of four, until a burst comes back whole; only then is the action answered,
//! and if none does it has failed. A decoy's failure counts like any other: whoever lets single
//! exchanges fail on purpose must not learn from what follows which of them meant something.

use std::time::{Duration, SystemTime};

use candor_wire::{
    Capability, Day, ProblemType,
    exchange::{Answer, Operation},
};
use futures_util::future::join_all;
use rand::{CryptoRng, Rng, RngCore, seq::SliceRandom};

use crate::{
    client::Client,
    exchange::{Encapsulated, ExchangeError},
};

/// How many exchanges a burst has.
pub const BURST: usize = 4;

/// How often, and after which pauses, a failed exchange is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Tries in all, at least one.
    pub tries: u32,
    /// The first pause; each one after it is up to twice as long.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: 6,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(20),
        }
    }
}

impl Patience {
    /// The pause before try `n` (from 1), between half and the whole of its length.
    pub(crate) fn pause(&self, n: u32, rng: &mut impl RngCore) -> Duration {
        let doubled = self
            .first_pause
            .saturating_mul(1 << n.saturating_sub(1).min(16));
        doubled
            .min(self.longest_pause)
            .mul_f64(rng.gen_range(0.5..=1.0))
    }
}

/// A read that nothing answers.
pub(crate) fn decoy(rng: &mut (impl RngCore + CryptoRng)) -> Operation {
    let mut capability = [0; Capability::LEN];
    rng.fill_bytes(&mut capability);
    Operation::Read(Capability::new(capability))
}

/// Fills up to four and puts them in random order. `None` marks a decoy.
fn arrange(
    wanted: &[(usize, &Operation)],
    rng: &mut (impl RngCore + CryptoRng),
) -> Vec<(Option<usize>, Operation)> {
    let mut slots: Vec<_> = wanted
        .iter()
        .map(|(index, operation)| (Some(*index), (*operation).clone()))
        .collect();
    while slots.len() < BURST {
        slots.push((None, decoy(rng)));
    }
    slots.shuffle(rng);
    slots
}

/// Refusals inside an exchange that a later try may not meet.
fn is_passing(answer: &Answer) -> bool {
    const PASSING: [ProblemType; 6] = [
        ProblemType::Busy,
        ProblemType::NotReady,
        ProblemType::Replayed,
        ProblemType::StorageFailed,
        ProblemType::RelayTimeout,
        ProblemType::Internal,
    ];
    PASSING.into_iter().any(|kind| answer.is_refused(kind))
}

impl Client {
    /// Carries out up to four operations of the ordinary class in one burst; more bursts of four
    /// follow only while one of the four fails. The answers come in the order of the operations.
    ///
    /// # Errors
    /// [`ExchangeError`]: of at least one operation it is not known whether it was carried out.
    pub async fn burst<const N: usize>(
        &self,
        operations: [Operation; N],
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<[Answer; N], ExchangeError> {
        const { assert!(N <= BURST, "a burst carries at most four operations") };
        let mut answers: [Option<Answer>; N] = [const { None }; N];
        let mut tried = 0;
        loop {
            let open: Vec<(usize, &Operation)> = operations
                .iter()
                .enumerate()
                .zip(&answers)
                .filter(|(_, answer)| answer.is_none())
                .map(|(wanted, _)| wanted)
                .collect();
            let mut failure = None;
            for (index, outcome) in self.send_four(&open, now, rng).await? {
                let outcome = match outcome {
                    Ok(answer) if is_passing(&answer) => match answer {
                        Answer::Refused(problem) => Err(ExchangeError::Refused(
                            problem.kind().unwrap_or(ProblemType::Internal),
                        )),
                        _ => Ok(answer),
                    },
                    other => other,
                };
                match outcome {
                    Ok(answer) => {
                        if let Some(place) = index.and_then(|index| answers.get_mut(index)) {
                            *place = Some(answer);
                        }
                    }
                    Err(error) => failure = Some(error),
                }
            }
            let Some(error) = failure else { break };
            // Even if only decoys are still open: an action that went on would show that it had
            // not been hit.
            tried = self.wait(tried, error, now, rng).await?;
        }
        // Every answer is there: the loop ends only when no operation is open.
        let mut complete = answers.into_iter();
        Ok(std::array::from_fn(|_| {
            complete
                .next()
                .flatten()
                .unwrap_or_else(|| Answer::from(ProblemType::Internal))
        }))
    }

    /// Pauses before another try, or gives up.
    async fn wait(
        &self,
        tried: u32,
        error: ExchangeError,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<u32, ExchangeError> {
        let tried = tried + 1;
        if tried >= self.patience().tries {
            return Err(error);
        }
        tokio::time::sleep(self.patience().pause(tried, rng)).await;
        if error == ExchangeError::Refused(ProblemType::KeyConfiguration) {
            // The relay may have changed its keys. What is served is checked as at the start; if
            // it cannot be had, the keys at hand are tried again.
            let _ = self.renew_relay_keys(now, rng).await;
        }
        Ok(tried)
    }

    async fn send_four(
        &self,
        wanted: &[(usize, &Operation)],
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Vec<(Option<usize>, Result<Answer, ExchangeError>)>, ExchangeError> {
        let config = self.relay_config(Day::of(now))?;
        let http = self.http(rng)?;
        let exchanges = arrange(wanted, rng)
            .into_iter()
            .map(|(index, operation)| Ok((index, Encapsulated::new(&config, operation)?)))
            .collect::<Result<Vec<_>, ExchangeError>>()?;
        let sent = exchanges
            .into_iter()
            .map(async |(index, exchange)| (index, exchange.send(self.network(), &http).await));
        Ok(join_all(sent).await)
    }

    /// One exchange that carries a cell, in either direction: tried again like a burst, alone.
    pub(crate) async fn cell_exchange(
        &self,
        operation: &Operation,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Answer, ExchangeError> {
        let mut tried = 0;
        loop {
            let config = self.relay_config(Day::of(now))?;
            let http = self.http(rng)?;
            let exchange = Encapsulated::new(&config, operation.clone())?;
            let error = match exchange.send(self.network(), &http).await {
                Ok(answer) if !is_passing(&answer) => return Ok(answer),
                Ok(_) => ExchangeError::Refused(ProblemType::Busy),
                Err(error) if error.is_passing() => error,
                Err(error) => return Err(error),
            };
            tried = self.wait(tried, error, now, rng).await?;
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn a_burst_is_four_whatever_it_carries() {
        let mut rng = StdRng::seed_from_u64(1);
        let real = Operation::ReadSelf(Capability::new([1; 32]));
        for n in 0..=BURST {
            let wanted: Vec<_> = (0..n).map(|index| (index, &real)).collect();
            let slots = arrange(&wanted, &mut rng);
            assert_eq!(slots.len(), BURST);
            let decoys: Vec<_> = slots.iter().filter(|(index, _)| index.is_none()).collect();
            assert_eq!(decoys.len(), BURST - n);
            for (index, (_, decoy)) in decoys.iter().enumerate() {
                assert!(matches!(decoy, Operation::Read(_)));
                assert!(decoys.iter().skip(index + 1).all(|(_, d)| d != decoy));
            }
        }
    }

    #[test]
    fn the_order_is_random() {
        let mut rng = StdRng::seed_from_u64(2);
        let real = Operation::ReadSelf(Capability::new([1; 32]));
        let mut places = [0; BURST];
        for _ in 0..400 {
            let slots = arrange(&[(0, &real)], &mut rng);
            let place = slots.iter().position(|(index, _)| index.is_some()).unwrap();
            places[place] += 1;
        }
        // 100 are expected in each place; the chance of fewer than 60 is below 10⁻⁵.
        assert!(places.iter().all(|count| *count > 60), "{places:?}");
    }

    #[test]
    fn pauses_grow_to_a_limit() {
        let mut rng = StdRng::seed_from_u64(3);
        let patience = Patience::default();
        for n in 1..40 {
            let whole = (500_u64 << (n - 1).min(16)).min(20_000);
            let pause = patience.pause(n, &mut rng).as_millis();
            assert!((u128::from(whole / 2)..=u128::from(whole)).contains(&pause));
        }
    }
}
