//! Bursts as the network sees them, and peers that lie.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use candor_reporter::{BURST, ExchangeError};
use candor_wire::{
    Capability, Problem, ProblemType,
    exchange::{Answer, Operation},
};

use crate::peer::{Peer, Reaction, now, rng};

fn read_self() -> Operation {
    Operation::ReadSelf(Capability::new([3; 32]))
}

fn is_real(operation: &Operation) -> bool {
    matches!(operation, Operation::ReadSelf(_))
}

#[tokio::test]
async fn a_burst_is_four_alike() {
    let peer = Peer::start();
    let client = peer.connect().await;
    let [answer] = client
        .burst([read_self()], now(), &mut rng())
        .await
        .unwrap();
    assert!(answer.is_refused(ProblemType::Absent));
    let seen = peer.seen();
    assert_eq!(seen.len(), BURST);
    let mut encs: Vec<_> = seen.iter().map(|s| s.enc.clone()).collect();
    encs.sort();
    encs.dedup();
    assert_eq!(encs.len(), BURST);
    for exchange in &seen {
        assert_eq!(exchange.path, "/v1/exchange");
        assert_eq!(exchange.headers, seen[0].headers);
        let names: Vec<&str> = exchange
            .headers
            .iter()
            .filter_map(|h| h.split(':').next())
            .collect();
        assert!(!names.iter().any(|name| {
            [
                "user-agent",
                "referer",
                "cookie",
                "accept-language",
                "origin",
            ]
            .iter()
            .any(|telling| name.eq_ignore_ascii_case(telling))
        }));
    }
    assert_eq!(seen.iter().filter(|s| s.kind == "Read(..)").count(), 3);
    // At once: no connection carried two of them.
    let mut connections: Vec<usize> = seen.iter().map(|s| s.connection).collect();
    connections.sort_unstable();
    connections.dedup();
    assert_eq!(connections.len(), BURST);
}

#[tokio::test]
async fn what_fails_in_passing_is_sent_afresh_in_a_new_burst() {
    let reactions: [fn() -> Reaction; 7] = [
        || Reaction::Close { carried_out: false },
        || Reaction::Close { carried_out: true },
        || Reaction::Short,
        || Reaction::Answer(Answer::Stored),
        || Reaction::Problem(Problem::new(ProblemType::RelayTimeout)),
        || Reaction::Answer(ProblemType::Replayed.into()),
        || Reaction::Answer(ProblemType::Busy.into()),
    ];
    for (index, reaction) in reactions.into_iter().enumerate() {
        let peer = Peer::start();
        let client = peer.connect().await;
        let failures = Arc::new(AtomicUsize::new(2));
        peer.rule(move |operation| {
            let fails = is_real(operation)
                && failures
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1))
                    .is_ok();
            if fails { reaction() } else { Reaction::Honest }
        });
        let [answer] = client
            .burst([read_self()], now(), &mut rng())
            .await
            .unwrap();
        assert!(answer.is_refused(ProblemType::Absent), "{index}");
        let seen = peer.seen();
        assert_eq!(seen.len(), 3 * BURST, "{index}");
        let real: Vec<_> = seen.iter().filter(|s| s.kind == "ReadSelf(..)").collect();
        assert_eq!(real.len(), 3, "{index}");
        assert!(real[0].enc != real[1].enc && real[1].enc != real[2].enc);
    }
}

#[tokio::test]
async fn a_decoy_that_fails_is_followed_by_a_burst_as_well() {
    for first in [true, false] {
        let peer = Peer::start();
        let client = peer.connect().await;
        let failures = Arc::new(AtomicUsize::new(1));
        peer.rule(move |operation| {
            let fails = is_real(operation) == first
                && failures
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1))
                    .is_ok();
            if fails {
                Reaction::Problem(Problem::new(ProblemType::Busy))
            } else {
                Reaction::Honest
            }
        });
        let answered = client.burst([read_self()], now(), &mut rng()).await;
        assert!(answered.unwrap()[0].is_refused(ProblemType::Absent));
        assert_eq!(peer.seen().len(), 2 * BURST, "{first}");
    }
}

/// One of the four in each burst is refused, as someone would do it who wants to learn which of them
/// mattered: a refusal that another try would meet again is no exception.
#[tokio::test]
async fn whichever_of_the_four_is_refused_outside_the_same_follows() {
    for kind in [ProblemType::Malformed, ProblemType::WrongSize] {
        for (times, whole) in [(1, true), (4, false)] {
            for real in [true, false] {
                let peer = Peer::start();
                let client = peer.connect().await;
                let (mut asked, mut hit) = (0, 0);
                peer.rule(move |operation| {
                    let burst = asked / BURST;
                    asked += 1;
                    if is_real(operation) != real || hit > burst || hit >= times {
                        return Reaction::Honest;
                    }
                    hit += 1;
                    Reaction::Problem(Problem::new(kind))
                });
                let answered = client.burst([read_self()], now(), &mut rng()).await;
                assert_eq!(answered.is_ok(), whole, "{kind:?} {real}");
                let bursts = if whole { 2 } else { 4 };
                assert_eq!(peer.seen().len(), bursts * BURST, "{kind:?} {real}");
            }
        }
    }
}

#[tokio::test]
async fn a_peer_that_goes_on_lying_is_given_up() {
    let peer = Peer::start();
    let client = peer.connect().await;
    peer.rule(|_| Reaction::Answer(Answer::Stored));
    let gave_up = client.burst([read_self()], now(), &mut rng()).await;
    assert_eq!(gave_up.unwrap_err(), ExchangeError::NotGenuine);
    assert_eq!(peer.seen().len(), 4 * BURST);
    // Words of the server never reach the reader.
    peer.rule(|_| {
        let mut problem = Problem::new(ProblemType::Busy);
        problem.title = "call this other number".to_owned();
        problem.remedy = problem.title.clone();
        Reaction::Problem(problem)
    });
    let error = client
        .burst([read_self()], now(), &mut rng())
        .await
        .unwrap_err();
    assert_eq!(error, ExchangeError::Refused(ProblemType::Busy));
    assert!(!error.to_string().contains("other number"));
}

#[tokio::test]
async fn stamps_are_worked_out_when_asked_for() {
    let peer = Peer::start();
    let client = peer.connect().await;
    *peer.shared.difficulty.lock().unwrap() = Some(10);
    let [answer] = client
        .burst([read_self()], now(), &mut rng())
        .await
        .unwrap();
    assert!(answer.is_refused(ProblemType::Absent));
    assert_eq!(peer.seen().len(), BURST);
    *peer.shared.difficulty.lock().unwrap() = Some(60);
    let error = client
        .burst([read_self()], now(), &mut rng())
        .await
        .unwrap_err();
    assert_eq!(error, ExchangeError::StampTooDear);
}

#[tokio::test]
async fn new_relay_keys_are_fetched_and_checked_when_the_old_ones_end() {
    let peer = Peer::start();
    let client = peer.connect().await;
    peer.change_key(2);
    let [answer] = client
        .burst([read_self()], now(), &mut rng())
        .await
        .unwrap();
    assert!(answer.is_refused(ProblemType::Absent));
    // A list that is older than the one known is not taken.
    peer.change_key(1);
    let error = client
        .burst([read_self()], now(), &mut rng())
        .await
        .unwrap_err();
    assert_eq!(error, ExchangeError::Refused(ProblemType::KeyConfiguration));
}
