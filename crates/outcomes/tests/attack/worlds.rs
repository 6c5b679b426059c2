//! All reports there could be, in small: which of them give the same summaries?

use std::collections::{BTreeMap, BTreeSet};

use candor_outcomes::{
    Kept, Plan, TableId,
    facts::{Fact, Kind},
    tables::RowName,
};
use candor_wire::Day;

use crate::{key, rounds, summarise};

const THRESHOLD: u32 = 3;

/// How many are in each row.
type Counts = Vec<u32>;

fn all_counts(cells: usize, most: u32) -> Vec<Counts> {
    if cells == 0 {
        return vec![Vec::new()];
    }
    (0..=most)
        .flat_map(|first| {
            all_counts(cells - 1, most - first)
                .into_iter()
                .map(move |rest| {
                    let mut counts = vec![first];
                    counts.extend(rest);
                    counts
                })
        })
        .collect()
}

/// Reports in the order in which they came; `sorted` says into which rows the first of those go that
/// are not sorted yet.
fn facts(came: &[u32], sorted: &[&[u32]]) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut next = 0;
    for (period, (came, sorted)) in came.iter().zip(sorted).enumerate() {
        for _ in 0..*came {
            let day = Day(20_000 + 100 * u32::try_from(period).unwrap());
            facts.push(Fact::new(key(facts.len() as u64), Kind::Concern, day));
        }
        for (row, count) in sorted.iter().enumerate() {
            for _ in 0..*count {
                facts[next].setting = Some(format!("row{row}"));
                next += 1;
            }
        }
    }
    facts
}

/// What of a row was not shown in a summary: which one, which row.
type Hidden = (usize, usize);

fn published(kept: &[Kept]) -> String {
    kept.iter()
        .map(|kept| serde_json::to_string(&kept.summary.tables).unwrap())
        .collect()
}

/// For each summary that can be, and each row it does not show: how many there could be in it.
fn possible(rows: usize, most: u32) -> BTreeMap<(String, Hidden), BTreeSet<u32>> {
    let plan = Plan {
        settings: (0..rows)
            .map(|row| RowName::new(&format!("row{row}"), ""))
            .collect(),
        ..Plan::default()
    };
    let mut possible: BTreeMap<(String, Hidden), BTreeSet<u32>> = BTreeMap::new();
    for first in all_counts(rows + 1, most) {
        let came = first.iter().sum();
        let unsorted = first[rows];
        let first = &first[..rows];
        let began = summarise(&facts(&[came], &[first]), &[], 20_050, THRESHOLD, &plan);
        for more in 0..=most {
            for second in all_counts(rows, unsorted + more) {
                let facts = facts(&[came, more], &[first, &second]);
                let later = summarise(
                    &facts,
                    std::slice::from_ref(&began),
                    20_150,
                    THRESHOLD,
                    &plan,
                );
                let kept = [began.clone(), later];
                let name = published(&kept);
                for row in 0..rows {
                    let mut waiting = 0;
                    for (summary, came) in [first, &second].into_iter().enumerate() {
                        waiting += came[row];
                        match kept[summary]
                            .summary
                            .shown(TableId::Setting, &format!("row{row}"))
                        {
                            Some(shown) => waiting -= shown,
                            None => {
                                let hidden = (name.clone(), (summary, row));
                                possible.entry(hidden).or_default().insert(waiting);
                            }
                        }
                    }
                }
            }
        }
    }
    possible
}

/// Every number from 0 to the threshold − 1, in every row that is not shown, in every summary.
pub fn all_stay_possible() {
    let most = if rounds(1) > 1 { 7 } else { 5 };
    let possible = possible(2, most);
    let mut checked = 0;
    for ((name, hidden), numbers) in &possible {
        for number in 0..THRESHOLD {
            // Only so many reports were tried: what does not fit in that is no leak.
            assert!(
                numbers.contains(&number),
                "{name} {hidden:?}: only {numbers:?}"
            );
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked}");
}

/// The same for a rule that leaves out small numbers and shows the total of what was sorted.
pub fn naive_leaks() -> usize {
    type Row = (Vec<Option<u32>>, u32, usize);
    let mut possible: BTreeMap<Row, BTreeSet<u32>> = BTreeMap::new();
    for counts in all_counts(3, 8) {
        let shown: Vec<Option<u32>> = counts
            .iter()
            .map(|count| (*count >= THRESHOLD).then_some(*count))
            .collect();
        let total = counts.iter().sum();
        for (row, count) in counts.iter().enumerate() {
            if shown[row].is_none() {
                possible
                    .entry((shown.clone(), total, row))
                    .or_default()
                    .insert(*count);
            }
        }
    }
    possible
        .values()
        .filter(|numbers| numbers.len() == 1)
        .count()
}
