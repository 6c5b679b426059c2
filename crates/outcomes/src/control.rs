//! Which numbers are shown, and which wait. The rule is in the crate's documentation.

use std::collections::BTreeMap;

use candor_wire::Day;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    audit,
    facts::{CONCERN, Fact, YES},
    ledger::{Ledger, Mark},
    summary::{self, FORMAT, Kept, Row, Summary, Table, Withheld, Words},
    tables::{Bound, Contribution, Plan, TableId},
};

/// Numbers below this one are not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Threshold(u32);

/// A threshold must be 3 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the threshold must be a number from 3 to 100")]
pub struct ThresholdError;

impl Threshold {
    /// How many come together before a number is shown.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The most that a number that is not shown can be.
    #[must_use]
    pub const fn most_hidden(self) -> u32 {
        self.0 - 1
    }
}

impl Default for Threshold {
    fn default() -> Self {
        Self(5)
    }
}

impl TryFrom<u32> for Threshold {
    type Error = ThresholdError;

    fn try_from(number: u32) -> Result<Self, ThresholdError> {
        (3..=100)
            .contains(&number)
            .then_some(Self(number))
            .ok_or(ThresholdError)
    }
}

impl From<Threshold> for u32 {
    fn from(threshold: Threshold) -> Self {
        threshold.0
    }
}

/// The days that must lie between the ends of two summaries.
pub const MIN_DAYS: u32 = 28;

/// Why there is no summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refused {
    /// The last one is too new.
    #[error("the last summary ends on {0}, less than {MIN_DAYS} days before")]
    TooSoon(Day),
    /// The last day lies ahead.
    #[error("the last day of the summary has not come yet")]
    Ahead,
    /// A threshold may be raised, never lowered: what earlier summaries do not show would come out.
    #[error("earlier summaries have a threshold of {0}; it can be raised, not lowered")]
    Threshold(u32),
    /// The auditor found something that could be worked out. A defect.
    #[error("the audit of all summaries together found a number that could be worked out")]
    Audit,
}

/// What a summary begins with.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    /// The rows.
    pub plan: &'a Plan,
    /// The office.
    pub office: &'a str,
    /// Whether the reports are a demonstration's.
    pub demonstration: bool,
    /// The last day; what came later is for the next summary.
    pub through: Day,
    /// Today.
    pub today: Day,
    /// The threshold.
    pub threshold: Threshold,
    /// The team's own words.
    pub words: &'a Words,
}

/// What came of counting.
pub type Counted = Kept;

/// What is in a row and was not counted before, the oldest first.
#[derive(Clone, Debug, Default)]
struct Pool {
    marks: Vec<Vec<Mark>>,
}

type Pools = BTreeMap<TableId, BTreeMap<String, Pool>>;

/// How many of each row are shown.
type Shown = BTreeMap<(TableId, String), u32>;

fn pools(facts: &[Fact], plan: &Plan, ledger: &Ledger, through: Day) -> Pools {
    let mut facts: Vec<&Fact> = facts
        .iter()
        .filter(|fact| fact.received <= through)
        .collect();
    facts.sort_by_key(|fact| (fact.received, fact.key));
    let mut pools = Pools::new();
    for table in TableId::ALL {
        let rows = pools.entry(table).or_default();
        for row in plan.rows(table) {
            rows.entry(row.id).or_default();
        }
    }
    let mut put = |what: Contribution, marks: Vec<Mark>| {
        let rows = pools.entry(what.table).or_default();
        rows.entry(what.row).or_default().marks.push(marks);
    };
    for fact in facts {
        let now = fact.contributions();
        for what in &now {
            let counted = fact.key.counted(what);
            if !ledger.has(&counted) {
                put(what.clone(), vec![counted, fact.key.counted_as(what)]);
            }
        }
        let changed = fact.key.changed();
        if is_changed(fact, &now, plan, ledger) && !ledger.has(&changed) {
            put(
                Contribution::new(TableId::Changed, "changed"),
                vec![changed],
            );
        }
    }
    pools
}

/// Whether a report of an earlier summary is sorted differently now, or withdrawn.
fn is_changed(fact: &Fact, now: &[Contribution], plan: &Plan, ledger: &Ledger) -> bool {
    let received = Contribution::new(TableId::Received, fact.kind.row());
    if !ledger.has(&fact.key.counted(&received)) {
        return false;
    }
    let moved = [
        TableId::Received,
        TableId::Type,
        TableId::Setting,
        TableId::Source,
        TableId::Judged,
    ]
    .into_iter()
    .flat_map(|table| plan.rows(table).into_iter().map(move |row| (table, row)))
    .map(|(table, row)| Contribution { table, row: row.id })
    .any(|was| ledger.has(&fact.key.counted_as(&was)) && !now.contains(&was));
    fact.withdrawn || moved
}

/// What was shown in a row before, or in all rows of a table.
fn before(earlier: &[Kept], table: TableId, row: Option<&str>) -> u32 {
    earlier
        .iter()
        .filter_map(|kept| kept.summary.table(table))
        .map(|table| match row {
            Some(row) => table.shown(row).unwrap_or(0),
            None => table.sum(),
        })
        .sum()
}

/// Makes a summary of what no earlier one has counted.
///
/// # Errors
/// [`Refused`]
pub fn count(facts: &[Fact], earlier: &[Kept], frame: &Frame<'_>) -> Result<Counted, Refused> {
    let last = earlier.last().map(|kept| &kept.summary);
    if frame.through > frame.today {
        return Err(Refused::Ahead);
    }
    if let Some(last) = last {
        if frame.through.since(last.through) < MIN_DAYS {
            return Err(Refused::TooSoon(last.through));
        }
        if frame.threshold < last.threshold {
            return Err(Refused::Threshold(last.threshold.get()));
        }
    }
    let pools = pools(facts, frame.plan, &summary::ledger(earlier), frame.through);
    let mut shown = Shown::new();
    for table in TableId::ALL {
        choose(table, &pools, earlier, frame.threshold, &mut shown);
    }
    let mut kept = assemble(facts, &pools, &shown, earlier, frame);
    for table in TableId::ALL {
        while audit::if_complete(earlier, &kept, table).is_err() {
            let Some(smallest) = smallest(&shown, table) else {
                break;
            };
            shown.remove(&smallest);
            kept = assemble(facts, &pools, &shown, earlier, frame);
        }
    }
    audit::all(earlier, &kept).map_err(|_| Refused::Audit)?;
    Ok(kept)
}

fn smallest(shown: &Shown, table: TableId) -> Option<(TableId, String)> {
    shown
        .iter()
        .filter(|((of, _), _)| *of == table)
        .min_by_key(|(_, count)| **count)
        .map(|(row, _)| row.clone())
}

fn choose(
    table: TableId,
    pools: &Pools,
    earlier: &[Kept],
    threshold: Threshold,
    shown: &mut Shown,
) {
    let now = |shown: &Shown, table: TableId, row: &str| {
        let this = shown.get(&(table, row.to_owned())).copied().unwrap_or(0);
        before(earlier, table, Some(row)) + this
    };
    let concerns = now(shown, TableId::Received, CONCERN);
    let actionable = now(shown, TableId::Judged, YES);
    let mut rows: Vec<(String, u32)> = Vec::new();
    for (row, pool) in pools.get(&table).into_iter().flatten() {
        let waiting = u32::try_from(pool.marks.len()).unwrap_or(u32::MAX);
        if waiting < threshold.get() {
            continue;
        }
        let most = match table.bound() {
            Bound::Free | Bound::Together => u32::MAX,
            Bound::EachConcerns => concerns,
            Bound::EachActionable => actionable,
            Bound::EachNecessary => now(shown, TableId::Necessary, row),
        };
        if before(earlier, table, Some(row)).saturating_add(waiting) <= most {
            rows.push((row.clone(), waiting));
        }
    }
    if table.bound() == Bound::Together {
        let room = concerns
            .saturating_sub(threshold.most_hidden())
            .saturating_sub(before(earlier, table, None));
        hold_back(&mut rows, room, threshold);
    }
    shown.extend(rows.into_iter().map(|(row, count)| ((table, row), count)));
}

/// Holds back so much of the largest row that all rows together have room.
fn hold_back(rows: &mut Vec<(String, u32)>, room: u32, threshold: Threshold) {
    loop {
        let sum: u32 = rows.iter().map(|(_, count)| count).sum();
        let excess = sum.saturating_sub(room);
        if excess == 0 {
            return;
        }
        // Of equal ones the first, by name: the choice depends on nothing that is not shown.
        let largest = rows
            .iter()
            .enumerate()
            .max_by(|(_, (a_row, a)), (_, (b_row, b))| a.cmp(b).then(b_row.cmp(a_row)))
            .map(|(index, _)| index);
        let Some(index) = largest else {
            return;
        };
        match rows.get_mut(index) {
            Some((_, count)) if *count >= excess + threshold.get() => *count -= excess,
            _ => {
                rows.remove(index);
            }
        }
    }
}

/// The rows that earlier summaries list in a table, under their last names.
fn listed_before(earlier: &[Kept], table: TableId) -> BTreeMap<&str, &str> {
    earlier
        .iter()
        .filter_map(|kept| kept.summary.table(table))
        .flat_map(|table| &table.rows)
        .map(|row| (row.id.as_str(), row.label.as_str()))
        .collect()
}

fn assemble(
    facts: &[Fact],
    pools: &Pools,
    shown: &Shown,
    earlier: &[Kept],
    frame: &Frame<'_>,
) -> Kept {
    let mut tables = Vec::new();
    let mut marks = Vec::new();
    let mut withheld = Vec::new();
    let mut reduced = Vec::new();
    for table in TableId::ALL {
        let names = frame.plan.rows(table);
        let known = pools.get(&table);
        // What the directory does not name any more stands at the end, under its old name. That
        // something waits in it must not put it there: only a number does, or an earlier summary.
        let listed = listed_before(earlier, table);
        let mut gone: BTreeMap<&str, &str> = known
            .into_iter()
            .flat_map(BTreeMap::keys)
            .map(|row| (row.as_str(), row.as_str()))
            .collect();
        gone.extend(listed.iter().map(|(id, label)| (*id, *label)));
        gone.retain(|id, _| !names.iter().any(|name| name.id == *id));
        let labels = names
            .iter()
            .map(|name| (name.id.clone(), name.label.clone(), true));
        let gone = gone
            .into_iter()
            .map(|(id, label)| (id.to_owned(), label.to_owned(), listed.contains_key(id)));
        let mut rows = Vec::new();
        for (id, label, stands) in labels.chain(gone) {
            let pool = known.and_then(|rows| rows.get(&id));
            let waiting = pool.map_or(&[][..], |pool| &pool.marks);
            let count = shown.get(&(table, id.clone())).copied();
            let taken = usize::try_from(count.unwrap_or(0)).unwrap_or(usize::MAX);
            marks.extend(waiting.iter().take(taken).flatten().copied());
            let threshold = usize::try_from(frame.threshold.get()).unwrap_or(usize::MAX);
            let this = Withheld {
                table,
                row: id.clone(),
            };
            if count.is_none() && waiting.len() >= threshold {
                withheld.push(this);
            } else if count.is_some() && waiting.len() > taken {
                reduced.push(this);
            }
            if stands || count.is_some() {
                rows.push(Row { id, label, count });
            }
        }
        tables.push(Table { id: table, rows });
    }
    marks.sort();
    let last = earlier.last().map(|kept| &kept.summary);
    let from = match last {
        Some(last) => last.through.plus(1),
        None => beginning(facts, frame.through),
    };
    let summary = Summary {
        format: FORMAT.to_owned(),
        number: last.map_or(1, |last| last.number + 1),
        office: frame.office.to_owned(),
        demonstration: frame.demonstration,
        from,
        through: frame.through,
        signed_off: frame.today,
        threshold: frame.threshold,
        tables,
        words: frame.words.clone(),
    };
    Kept {
        summary,
        marks,
        withheld,
        reduced,
    }
}

/// The first day of the first summary: that of a month, so that it does not give away on which day
/// the first report came.
fn beginning(facts: &[Fact], through: Day) -> Day {
    let first = facts.iter().map(|fact| fact.received).min();
    let first = first.unwrap_or(through).min(through);
    let (_, _, day) = first.civil();
    Day(first.0.saturating_sub(day.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{facts::Kind, ledger::CaseKey, tables::RowName};

    fn facts(count: u8, day: u32) -> Vec<Fact> {
        let one = |n| Fact::new(CaseKey::new([n; 32]), Kind::Concern, Day(day));
        (0..count).map(one).collect()
    }

    fn summary(facts: &[Fact], earlier: &[Kept], plan: &Plan, day: u32) -> Kept {
        let frame = Frame {
            plan,
            office: "An office",
            demonstration: false,
            through: Day(day),
            today: Day(day),
            threshold: Threshold::default(),
            words: &Words::default(),
        };
        count(facts, earlier, &frame).unwrap()
    }

    fn row(kept: &Kept, table: TableId, id: &str) -> Option<Option<u32>> {
        let rows = &kept.summary.table(table).unwrap().rows;
        rows.iter().find(|row| row.id == id).map(|row| row.count)
    }

    /// A row that nobody named before must not say by standing there that somebody is in it.
    #[test]
    fn a_row_that_the_directory_does_not_name_stands_only_with_a_number() {
        let plan = Plan {
            types: vec![RowName::new("named", "Named")],
            ..Plan::default()
        };
        for in_it in 0..=5_u8 {
            let mut facts = facts(12, 20_000);
            for fact in facts.iter_mut().take(usize::from(in_it)) {
                fact.types = vec!["gone".to_owned()];
                fact.channel = Some("web".to_owned());
            }
            let kept = summary(&facts, &[], &plan, 20_010);
            let expected = (in_it >= 5).then_some(Some(5));
            assert_eq!(row(&kept, TableId::Type, "gone"), expected, "{in_it}");
            assert_eq!(row(&kept, TableId::Channel, "web"), expected, "{in_it}");
            assert_eq!(row(&kept, TableId::Type, "named"), Some(None));
        }
    }

    /// One that an earlier summary lists stands there whether anything waits in it or not.
    #[test]
    fn a_row_of_an_earlier_summary_stays_whatever_waits_in_it() {
        let plan = Plan {
            types: vec![RowName::new("removed", "Its name")],
            ..Plan::default()
        };
        let mut facts = facts(12, 20_000);
        let before = summary(&facts, &[], &plan, 20_010);
        let before = std::slice::from_ref(&before);
        for waiting in [false, true] {
            if waiting && let Some(fact) = facts.first_mut() {
                fact.types = vec!["removed".to_owned()];
            }
            let kept = summary(&facts, before, &Plan::default(), 20_100);
            let rows = &kept.summary.table(TableId::Type).unwrap().rows;
            assert_eq!(rows.len(), 1, "{rows:?}");
            assert_eq!(rows[0].label, "Its name");
            assert_eq!(rows[0].count, None);
        }
    }
}
