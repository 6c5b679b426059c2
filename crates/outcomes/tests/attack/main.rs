//! An adversary who knows every summary and the rule tries to work out what is not shown: by row
//! reduction and bounds over all published tables, and by trying out all reports there could be.
//!
//! Nothing here is shared with the crate's own auditor. Each attack is shown to succeed on summaries
//! that are made naively.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod linear;
mod naive;
mod worlds;

use std::collections::BTreeMap;

use candor_outcomes::{
    Kept, Plan, TableId,
    control::{self, Frame, Threshold},
    facts::{Fact, Judged, Kind, Measure},
    ledger::CaseKey,
    summary::Words,
    tables::{Bound, RowName},
};
use candor_wire::Day;

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    /// From a seed.
    const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// 0 to `below` − 1.
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % below
    }

    /// A row, the first ones more often.
    fn row(&mut self, count: u64, names: &str) -> String {
        let row = self.roll(count).min(self.roll(count)).min(self.roll(count));
        format!("{names}{row}")
    }
}

fn names(of: &str, count: usize) -> Vec<RowName> {
    (0..count)
        .map(|n| RowName::new(&format!("{of}{n}"), &format!("{of} {n}")))
        .collect()
}

fn plan() -> Plan {
    Plan {
        types: names("type", 6),
        settings: names("setting", 8),
        sources: names("source", 8),
        channels: names("channel", 7),
        measures: names("measure", 3),
    }
}

fn key(number: u64) -> CaseKey {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    CaseKey::new(bytes)
}

fn summarise(facts: &[Fact], earlier: &[Kept], day: u32, threshold: u32, plan: &Plan) -> Kept {
    let words = Words::default();
    let frame = Frame {
        plan,
        office: "Office",
        demonstration: false,
        through: Day(day),
        today: Day(day),
        threshold: Threshold::try_from(threshold).unwrap(),
        words: &words,
    };
    control::count(facts, earlier, &frame).unwrap()
}

/// Some years of reports, which are sorted, sorted anew, acted on and closed over time.
fn years(seed: u64, periods: u32) -> (Vec<Kept>, Vec<Vec<Fact>>) {
    let mut dice = Dice::new(seed);
    let plan = plan();
    let busy = 6 + dice.roll(30);
    let sorted_at_once = dice.roll(3) > 0;
    let mut facts: Vec<Fact> = Vec::new();
    let mut kept = Vec::new();
    let mut history = Vec::new();
    for period in 1..=periods {
        let day = 20_000 + period * 180;
        for _ in 0..dice.roll(busy) {
            let kind = match dice.roll(8) {
                0 => Kind::Accolade,
                1 => Kind::Disclosure,
                _ => Kind::Concern,
            };
            let received = Day(day - u32::try_from(dice.roll(170)).unwrap());
            let mut fact = Fact::new(key(facts.len() as u64), kind, received);
            fact.channel = Some(dice.row(7, "channel"));
            facts.push(fact);
        }
        for fact in &mut facts {
            let again = dice.roll(12) == 0;
            if fact.setting.is_none() && (sorted_at_once || dice.roll(3) > 0) || again {
                fact.setting = Some(dice.row(8, "setting"));
                fact.source = Some(dice.row(8, "source"));
                fact.types = (0..dice.roll(3)).map(|_| dice.row(6, "type")).collect();
                fact.actionable = match dice.roll(4) {
                    0 => Judged::No,
                    1 => Judged::Undecided,
                    _ => Judged::Yes,
                };
            }
            if fact.acknowledged_after.is_none() {
                fact.acknowledged_after = Some(u32::try_from(dice.roll(9)).unwrap());
            }
            if fact.actionable == Judged::Yes && fact.measures.is_empty() && dice.roll(2) == 0 {
                fact.measures.push(Measure {
                    label: dice.row(3, "measure"),
                    completed: false,
                });
            }
            for measure in &mut fact.measures {
                measure.completed |= dice.roll(2) == 0;
            }
            if fact.closed_after.is_none() && dice.roll(3) == 0 {
                fact.closed_after = Some(u32::try_from(dice.roll(250)).unwrap());
            }
            fact.withdrawn |= dice.roll(30) == 0;
        }
        kept.push(summarise(&facts, &kept, day, 5, &plan));
        history.push(facts.clone());
    }
    (kept, history)
}

fn rounds(usual: u64) -> u64 {
    if std::env::var_os("CANDOR_LONG").is_some() {
        usual * 20
    } else {
        usual
    }
}

#[test]
fn nothing_can_be_worked_out_from_years_of_summaries() {
    let mut hidden = 0;
    let mut shown = 0;
    let mut narrowed = 0;
    for seed in 0..rounds(60) {
        let (kept, _) = years(seed, 5);
        for table in TableId::ALL {
            let found = linear::attack(&kept, table, false);
            assert!(found.is_empty(), "seed {seed}, {table:?}: {found:?}");
            // Who takes it that all concerns are sorted learns no number either.
            if table.may_be_complete() {
                for (_, row, (from, to)) in linear::attack(&kept, table, true) {
                    assert!(from < to, "seed {seed}, {table:?}, {row}: {from}");
                    narrowed += 1;
                }
            }
        }
        for row in kept
            .iter()
            .flat_map(|kept| &kept.summary.tables)
            .flat_map(|table| &table.rows)
        {
            match row.count {
                Some(_) => shown += 1,
                None => hidden += 1,
            }
        }
    }
    // Otherwise there was nothing to protect, or nothing to read.
    assert!(
        hidden > 1000 && shown > 1000,
        "{hidden} hidden, {shown} shown"
    );
    assert!(narrowed * 50 < hidden, "{narrowed} of {hidden} narrowed");
}

#[test]
fn each_report_counts_once_and_none_is_lost() {
    for seed in 0..rounds(40) {
        let (kept, history) = years(seed, 4);
        let last = history.last().unwrap();
        let mut shown: BTreeMap<(TableId, String), u32> = BTreeMap::new();
        for table in kept.iter().flat_map(|kept| &kept.summary.tables) {
            for row in &table.rows {
                *shown.entry((table.id, row.id.clone())).or_default() += row.count.unwrap_or(0);
            }
        }
        let truth = |row: &str| {
            u32::try_from(last.iter().filter(|fact| fact.kind.row() == row).count()).unwrap()
        };
        for row in ["concern", "accolade", "disclosure"] {
            let shown = shown[&(TableId::Received, row.to_owned())];
            // What is not shown yet is less than five.
            assert!(
                shown <= truth(row) && truth(row) - shown < 5,
                "seed {seed}, {row}"
            );
        }
        for table in TableId::ALL
            .into_iter()
            .filter(|table| table.bound() == Bound::Together)
        {
            let sum: u32 = shown
                .iter()
                .filter(|((of, _), _)| *of == table)
                .map(|(_, n)| n)
                .sum();
            assert!(
                sum <= truth("concern").saturating_sub(4),
                "seed {seed}, {table:?}"
            );
        }
        // Twice the same reports: nothing new.
        let again = summarise(last, &kept, 20_000 + 5 * 180, 5, &plan());
        let new: u32 = again
            .summary
            .tables
            .iter()
            .filter(|table| table.id == TableId::Received)
            .map(|table| table.sum())
            .sum();
        assert_eq!(new, 0, "seed {seed}");
    }
}

#[test]
fn the_attack_succeeds_where_only_small_numbers_are_left_out() {
    let mut recovered = 0;
    for seed in 0..60 {
        let (_, history) = years(seed, 3);
        recovered += naive::primary_only(&history);
    }
    assert!(recovered > 10, "{recovered}");
}

#[test]
fn the_attack_succeeds_where_summaries_are_protected_one_by_one() {
    let mut recovered = 0;
    for seed in 0..20 {
        let (_, history) = years(seed, 4);
        let (alone, together) = naive::each_by_itself(&history);
        assert_eq!(
            alone, 0,
            "seed {seed}: one of them does not even hold by itself"
        );
        recovered += together;
    }
    assert!(recovered > 10, "{recovered}");
}

#[test]
fn every_number_below_the_threshold_stays_possible_for_who_knows_the_rule() {
    worlds::all_stay_possible();
}

#[test]
fn trying_out_all_worlds_succeeds_on_a_naive_rule() {
    assert!(worlds::naive_leaks() > 0);
}
