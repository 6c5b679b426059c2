//! The gate before the relay: may this exchange pass, or is it asked for work?
//!
//! An exchange passes by a token of its network's allowance or by a stamp. It is never refused for
//! where it comes from: without a token it gets a challenge, and the same bytes with a stamp pass.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use candor_service::Refusal;
use candor_wire::{
    Problem, ProblemType,
    exchange::Class,
    stamp::{KeyDigest, Stamp},
};
use rand::rngs::OsRng;
use serde::Serialize;

use crate::{
    bucket::{Allowance, Bucket, Buckets},
    challenge::{Challenges, Load},
    config::Config,
    network::{Network, Prefix},
};

/// Whom an exchange comes from, as far as the gate cares.
#[derive(Clone, Copy, Debug)]
pub enum Origin {
    /// From a network.
    Network(Prefix),
    /// From a network that is never asked.
    Exempt,
    /// From the onion service: all its clients look alike.
    Onion,
}

impl Origin {
    /// The network whose share of the places in flight it takes. All onion clients have one.
    #[must_use]
    pub fn network(self) -> Option<Prefix> {
        match self {
            Self::Network(prefix) => Some(prefix),
            Self::Exempt => None,
            Self::Onion => Some(Prefix::of(IpAddr::V4(Ipv4Addr::UNSPECIFIED))),
        }
    }
}

/// How an exchange was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// By its allowance.
    Allowance,
    /// By a stamp.
    Stamp,
}

/// What `GET /v1/challenge` answers, so that a stamp can be worked out ahead of need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// 16 bytes in hexadecimal.
    pub challenge: String,
    /// Leading zero bits for an ordinary exchange.
    pub difficulty: u8,
    /// Leading zero bits for an exchange with a cell.
    pub cell_difficulty: u8,
    /// How long it stays good for, at least.
    pub valid_seconds: u64,
}

/// The gate. One for all workers.
pub struct Gate {
    state: Mutex<State>,
    exempt: Vec<Network>,
    onion: Allowance,
    cell_price: u8,
}

struct State {
    buckets: Buckets,
    onion: Bucket,
    challenges: Challenges,
    load: Load,
}

impl Gate {
    /// Open, with full allowances.
    #[must_use]
    pub fn new(config: &Config, now: Instant) -> Self {
        let limits = &config.limits;
        let onion = config.onion.as_ref().map_or(
            Allowance {
                burst: 0,
                per_second: 0,
            },
            crate::config::Onion::allowance,
        );
        let capacity = usize::try_from(limits.networks).unwrap_or(usize::MAX);
        let life = Duration::from_secs(60 * u64::from(limits.challenge_minutes));
        Self {
            state: Mutex::new(State {
                buckets: Buckets::new(limits.allowance(), capacity, now, &mut OsRng),
                onion: Bucket::full(onion, now),
                challenges: Challenges::new(life, now, &mut OsRng),
                load: Load::new(limits.comfortable_per_second, now),
            }),
            exempt: limits.exempt.clone(),
            onion,
            cell_price: limits.cell_price,
        }
    }

    /// Where an address belongs; the address itself goes no further.
    #[must_use]
    pub fn origin(&self, address: IpAddr) -> Origin {
        if self.exempt.iter().any(|network| network.contains(address)) {
            Origin::Exempt
        } else {
            Origin::Network(Prefix::of(address))
        }
    }

    /// Lets an encapsulated request pass, or asks for work.
    ///
    /// # Errors
    /// The problem `proof-of-work` with a challenge.
    pub fn pass(
        &self,
        origin: Origin,
        class: Class,
        request: &KeyDigest,
        stamp: Option<&Stamp>,
        now: Instant,
    ) -> Result<Passed, Refusal> {
        let mut state = self.lock();
        let state = &mut *state;
        state.load.count(now);
        let extra = self.extra_bits(class);
        let refused = match stamp {
            None => None,
            Some(stamp) => match state
                .challenges
                .take(stamp, request, extra, now, &mut OsRng)
            {
                Ok(()) => return Ok(Passed::Stamp),
                Err(unpaid) => Some(unpaid),
            },
        };
        let price = self.price(class);
        let allowed = match origin {
            Origin::Exempt => true,
            Origin::Network(prefix) => state.buckets.take(prefix, price, now, &mut OsRng),
            Origin::Onion => state.onion.take(self.onion, price, now),
        };
        if allowed {
            return Ok(Passed::Allowance);
        }
        let difficulty = state.load.difficulty();
        let challenge = state.challenges.give(difficulty, now, &mut OsRng);
        let mut problem = Problem::new(ProblemType::ProofOfWork);
        problem.challenge = Some(challenge.to_string());
        problem.difficulty = Some(difficulty.saturating_add(extra));
        Err(match refused {
            None => problem,
            Some(unpaid) => problem.with_detail(unpaid.explanation()),
        }
        .into())
    }

    /// A challenge at the present difficulty.
    #[must_use]
    pub fn offer(&self, now: Instant) -> Offer {
        let mut state = self.lock();
        let difficulty = state.load.difficulty();
        Offer {
            challenge: state
                .challenges
                .give(difficulty, now, &mut OsRng)
                .to_string(),
            difficulty,
            cell_difficulty: difficulty.saturating_add(self.extra_bits(Class::CellPut)),
            valid_seconds: state.challenges.valid_for().as_secs(),
        }
    }

    /// How many networks have been counted since the salt last changed.
    #[must_use]
    pub fn networks(&self) -> usize {
        self.lock().buckets.count()
    }

    /// The difficulty now.
    #[must_use]
    pub fn difficulty(&self) -> u8 {
        self.lock().load.difficulty()
    }

    fn price(&self, class: Class) -> u32 {
        match class {
            Class::Ordinary => 1,
            Class::CellPut | Class::CellTake => u32::from(self.cell_price),
        }
    }

    /// The price as work: n times as many tries are log2(n) more bits.
    fn extra_bits(&self, class: Class) -> u8 {
        let bits = self.price(class).checked_ilog2().unwrap_or(0);
        u8::try_from(bits).unwrap_or(u8::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is numbers that any interrupted update leaves usable.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
