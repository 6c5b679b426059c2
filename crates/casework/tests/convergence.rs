//! Whatever the order, the delay and the duplicates: the same everywhere, and nothing vanishes.
#![allow(clippy::indexing_slicing)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use candor_casework::{
    Scope, Work, fold,
    work::{Effect, Refused, Waits},
};
use candor_directory::TopicKind;
use proptest::prelude::*;
use support::{
    office,
    script::{OFFICES, Played, anything, lies, peaceful, play},
};

/// What all offices must agree on: everything but what each has for itself.
fn shared(mut work: Work) -> Work {
    work.timeline.retain(|entry| entry.scope == Scope::Case);
    work.notes.retain(|note| note.scope == Scope::Case);
    work.heads.remove(&Scope::Office);
    work
}

fn check(played: &Played, orders: [u64; 2]) -> Result<(), TestCaseError> {
    let mut agreed: Option<Work> = None;
    for name in OFFICES {
        let own = office(name);
        let mut same: Option<Work> = None;
        for order in orders {
            let heard = played.heard_by(&own, order);
            let work = fold(&played.school.facts(&own), &heard);
            let heard: BTreeSet<_> = heard.iter().map(candor_casework::Event::id).collect();
            let shown: BTreeSet<_> = work.timeline.iter().map(|entry| entry.event).collect();
            prop_assert_eq!(
                work.timeline.len(),
                heard.len(),
                "each event stands there once"
            );
            prop_assert_eq!(shown, heard, "nothing vanishes");
            prop_assert!(work.missing.is_empty());
            in_order(&work, played)?;
            nobody_unwanted(&work, played)?;
            if let Some(same) = &same {
                prop_assert_eq!(same, &work, "two devices of one office agree");
            }
            same = Some(work);
        }
        // Tasks and holds may be an office's own; everything else is for all.
        let mine = shared(same.expect("a fold"));
        let case: Vec<_> = played
            .events
            .values()
            .filter(|event| event.content().scope == Scope::Case)
            .collect();
        let of_all = shared(fold(&played.school.facts(&own), case));
        for (a, b) in mine.timeline.iter().zip(&of_all.timeline) {
            prop_assert_eq!(a.event, b.event);
            if !matches!(a.effect, Effect::Contested) && !matches!(b.effect, Effect::Contested) {
                prop_assert_eq!(
                    a.effect,
                    b.effect,
                    "what one office has changes nothing for all"
                );
            }
        }
        prop_assert_eq!(&mine.state, &of_all.state);
        prop_assert_eq!(&mine.participants, &of_all.participants);
        prop_assert_eq!(&mine.triage, &of_all.triage);
        if let Some(agreed) = &agreed {
            prop_assert_eq!(agreed, &of_all, "all offices agree");
        }
        agreed = Some(of_all);
    }
    Ok(())
}

fn in_order(work: &Work, played: &Played) -> Result<(), TestCaseError> {
    let places: BTreeMap<_, _> = work
        .timeline
        .iter()
        .enumerate()
        .map(|(at, entry)| (entry.event, at))
        .collect();
    for entry in &work.timeline {
        for parent in &played.events[&entry.event].content().parents {
            prop_assert!(places.get(parent) < places.get(&entry.event));
        }
    }
    Ok(())
}

fn nobody_unwanted(work: &Work, played: &Played) -> Result<(), TestCaseError> {
    let reporter = &played.school.reporter;
    let now = &work.participants.now;
    prop_assert!(
        now.is_disjoint(&reporter.left_out),
        "the reporter's word holds"
    );
    prop_assert!(now.len() <= candor_wire::sizes::MAX_RECIPIENTS);
    prop_assert!(!now.is_empty(), "somebody is always on the case");
    for entry in &work.timeline {
        let event = &played.events[&entry.event];
        let counts = matches!(entry.effect, Effect::Counts | Effect::Contested);
        if counts && entry.scope == Scope::Case && !played.is_listed(event) {
            let built_on = played.events.values().any(|later| {
                played.is_listed(later) && ancestors(played, later).contains(&entry.event)
            });
            prop_assert!(built_on, "a revoked device alone changes nothing");
        }
    }
    Ok(())
}

fn ancestors(played: &Played, event: &candor_casework::Event) -> BTreeSet<candor_wire::EventId> {
    let mut found = BTreeSet::new();
    let mut left: Vec<_> = event.content().parents.clone();
    while let Some(parent) = left.pop() {
        if found.insert(parent) {
            left.extend(&played.events[&parent].content().parents);
        }
    }
    found
}

/// More with `CANDOR_LONG=1`.
fn cases() -> u32 {
    if std::env::var_os("CANDOR_LONG").is_some() {
        20_000
    } else {
        400
    }
}

fn kind() -> impl Strategy<Value = TopicKind> {
    prop_oneof![4 => Just(TopicKind::Concern), 1 => Just(TopicKind::Accolade)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn everybody_agrees(
        kind in kind(),
        steps in anything(),
        orders in any::<[u64; 2]>(),
    ) {
        check(&play(kind, &steps), orders)?;
    }

    /// Whatever somebody makes up for an office that lacks what was before: nobody is on its case
    /// who cannot be, and never more than can be on one.
    #[test]
    fn nobody_is_made_up(steps in lies(), orders in any::<[u64; 2]>(), part in 1..4_usize) {
        let played = play(TopicKind::Concern, &steps);
        let reporter = &played.school.reporter;
        for name in OFFICES {
            let own = office(name);
            let facts = played.school.facts(&own);
            let mut heard = played.heard_by(&own, orders[0]);
            heard.truncate(heard.len() * part / 3);
            let work = fold(&facts, &heard);
            let now = &work.participants.now;
            prop_assert!(now.len() <= candor_wire::sizes::MAX_RECIPIENTS);
            prop_assert!(now.is_disjoint(&reporter.left_out));
            for office in now {
                prop_assert!(
                    played.school.admissible.contains(office) || reporter.ever.contains(office),
                    "{office:?}"
                );
            }
            heard.reverse();
            prop_assert_eq!(work, fold(&facts, &heard), "whatever the order");
        }
    }

    /// Where nobody's say is taken away, what a desk was allowed to do stands for good.
    #[test]
    fn what_was_allowed_counts(kind in kind(), steps in peaceful(), orders in any::<[u64; 2]>()) {
        let played = play(kind, &steps);
        check(&played, orders)?;
        for name in OFFICES {
            let own = office(name);
            let work = fold(&played.school.facts(&own), &played.heard_by(&own, orders[0]));
            for entry in &work.timeline {
                match (entry.effect, &played.allowed[&entry.event]) {
                    (Effect::Counts | Effect::Contested | Effect::Waits(Waits::SecondOffice), Ok(()))
                    // An office that is not on the case has notes of its own all the same.
                    | (Effect::Refused(_), Err(_)) => {}
                    (Effect::Counts | Effect::Contested, Err(Refused::Audience)) => {
                        // `may` offers only offices on the case; the fold asks no more than that the
                        // reporter has not left them out.
                        let assigns = matches!(entry.body, candor_casework::Body::Assign { .. });
                        prop_assert!(assigns);
                    }
                    (effect, allowed) => prop_assert!(false, "{:?} {:?} {:?}", entry, effect, allowed),
                }
            }
        }
    }
}
