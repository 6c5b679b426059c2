//! What could be worked out from all summaries together.
//!
//! It is taken that somebody knows every summary and the rule, and besides that every row that is not
//! shown is small. Then for each of them, in each summary, 0 and *t − 1* must still both be possible.
//! Found by linear programming in exact fractions. Nothing here looks at anything that is not public:
//! else what is held back would tell of it.
//!
//! For a table with the rows *i*, after summary *q*:
//!
//! ```text
//! a_iq            what waits in the row: 0 to t − 1 if it is small
//! a_iq ≥ a_i(q−1)                 if the row is not shown in q: nothing leaves
//! a_iq + v_iq ≥ a_i(q−1)          if it is shown with v_iq
//! Σ_i a_iq ≤ N_q + w_q − S_q      N_q: concerns that were shown so far; w_q: that wait; S_q: shown rows
//! ```
//!
//! [`if_complete`] has = instead of ≤ in the last line: as if every concern were in some row of the
//! table, which is more than anybody can know. It decides what is held back, too. It asks what comes
//! of showing these rows: what could be narrowed down without them is not their doing. If no numbers
//! agree with it, it is not so.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::{
    facts::{CONCERN, YES},
    simplex::{Overflow, Program, Variable},
    summary::{Kept, Summary},
    tables::{Bound, TableId},
};

/// How many of the newest summaries are looked at together: four years of two a year. Before them
/// anything may have been, which gives somebody who knows more than these little: what waits in a
/// row is bounded anew each time it is shown.
const WINDOW: usize = 8;

/// Something could be worked out.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Found {
    /// A number is shown that is too small.
    #[error("a number below the threshold is shown")]
    Small,
    /// The tables' rows leave too little room.
    #[error("what is shown leaves no doubt about what is not")]
    Room,
    /// A row can be bounded.
    #[error("a number that is not shown can be narrowed down")]
    Narrow {
        /// The table.
        table: TableId,
        /// The row.
        row: String,
    },
    /// It could not be reckoned.
    #[error("the audit could not be completed")]
    Unknown,
}

impl From<Overflow> for Found {
    fn from(_: Overflow) -> Self {
        Self::Unknown
    }
}

/// Looks through all tables.
///
/// # Errors
/// [`Found`]
pub fn all(earlier: &[Kept], new: &Kept) -> Result<(), Found> {
    TableId::ALL
        .into_iter()
        .try_for_each(|id| table(earlier, new, id))
}

/// Looks through a table of all summaries.
///
/// # Errors
/// [`Found`]
pub fn table(earlier: &[Kept], new: &Kept, table: TableId) -> Result<(), Found> {
    let all: Vec<&Kept> = earlier.iter().chain([new]).collect();
    for kept in &all {
        let threshold = kept.summary.threshold.get();
        let rows = kept
            .summary
            .table(table)
            .map_or(&[][..], |table| &table.rows);
        if rows
            .iter()
            .any(|row| row.count.is_some_and(|count| count < threshold))
        {
            return Err(Found::Small);
        }
    }
    let concerns = |upto: &[&Kept]| shown_so_far(upto, TableId::Received, Some(CONCERN));
    for end in 1..=all.len() {
        let upto = all.get(..end).unwrap_or_default();
        let Some(newest) = upto.last().map(|kept| &kept.summary) else {
            continue;
        };
        let most = |row: &str| match table.bound() {
            Bound::Free => None,
            Bound::Together | Bound::EachConcerns => Some(concerns(upto)),
            Bound::EachActionable => Some(shown_so_far(upto, TableId::Judged, Some(YES))),
            Bound::EachNecessary => Some(shown_so_far(upto, TableId::Necessary, Some(row))),
        };
        for row in newest
            .table(table)
            .into_iter()
            .flat_map(|table| &table.rows)
        {
            // What was shown before stays; only what is shown now is this summary's doing.
            let is_over =
                most(&row.id).is_some_and(|most| shown_so_far(upto, table, Some(&row.id)) > most);
            if row.count.is_some() && is_over {
                return Err(Found::Room);
            }
        }
        let spare = newest.threshold.most_hidden();
        let sum = shown_so_far(upto, table, None);
        let shows_something = newest.table(table).is_some_and(|table| table.sum() > 0);
        if table.bound() == Bound::Together && shows_something && sum + spare > concerns(upto) {
            return Err(Found::Room);
        }
    }
    if table.bound() == Bound::Together {
        let window = all.len().saturating_sub(WINDOW);
        let (old, recent) = all.split_at(window);
        let found = narrow(old, recent, table, Completeness::Unknown)?;
        match found.map(|rows| rows.into_iter().next()) {
            None => return Err(Found::Unknown),
            Some(Some((_, row))) => return Err(Found::Narrow { table, row }),
            Some(None) => {}
        }
    }
    Ok(())
}

/// Looks through a table of all summaries as if every concern were in one of its rows.
///
/// # Errors
/// [`Found`]
pub fn if_complete(earlier: &[Kept], new: &Kept, table: TableId) -> Result<(), Found> {
    if !table.may_be_complete() {
        return Ok(());
    }
    let mut without = new.clone();
    let tables = without.summary.tables.iter_mut();
    for row in tables
        .filter(|known| known.id == table)
        .flat_map(|table| &mut table.rows)
    {
        row.count = None;
    }
    let look = |new: &Kept| {
        let all: Vec<&Kept> = earlier.iter().chain([new]).collect();
        let (old, recent) = all.split_at(all.len().saturating_sub(WINDOW));
        narrow(old, recent, table, Completeness::Assumed).map(Option::unwrap_or_default)
    };
    let anyway = look(&without)?;
    match look(new)?.into_iter().find(|row| !anyway.contains(row)) {
        Some((_, row)) => Err(Found::Narrow { table, row }),
        None => Ok(()),
    }
}

fn shown_so_far(upto: &[&Kept], table: TableId, row: Option<&str>) -> u32 {
    upto.iter()
        .filter_map(|kept| kept.summary.table(table))
        .map(|table| match row {
            Some(row) => table.shown(row).unwrap_or(0),
            None => table.sum(),
        })
        .sum()
}

/// What is taken to be known of the rows of a table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Completeness {
    /// Every concern is in one of them.
    Assumed,
    /// Some may be in none.
    Unknown,
}

/// A row of a summary, by its number.
type RowOf = (u32, String);

/// Reckons the table in all these summaries: which rows can be narrowed down. None if no numbers
/// agree with what is taken to be known.
fn narrow(
    old: &[&Kept],
    recent: &[&Kept],
    table: TableId,
    completeness: Completeness,
) -> Result<Option<Vec<RowOf>>, Found> {
    let rows: BTreeSet<&str> = recent
        .iter()
        .filter_map(|kept| kept.summary.table(table))
        .flat_map(|table| table.rows.iter().map(|row| row.id.as_str()))
        .collect();
    let mut program = Program::default();
    let mut before: BTreeMap<&str, Variable> = BTreeMap::new();
    let mut concerns_before: Option<Variable> = None;
    let mut concerns = i64::from(shown_so_far(old, TableId::Received, Some(CONCERN)));
    let mut shown = i64::from(shown_so_far(old, table, None));
    let mut targets = Vec::new();
    for kept in recent {
        let summary = &kept.summary;
        let spare = i64::from(summary.threshold.most_hidden());
        let came = summary.shown(TableId::Received, CONCERN).map(i64::from);
        concerns += came.unwrap_or(0);
        shown += summary
            .table(table)
            .map_or(0, |table| i64::from(table.sum()));
        let mut sum = Vec::new();
        // What waits of the concerns themselves.
        match came {
            Some(_) => concerns_before = None,
            None => {
                let waits = program.variable();
                program.at_most(vec![(waits, 1)], spare);
                if let Some(then) = concerns_before {
                    program.at_least(vec![(waits, 1), (then, -1)], 0);
                }
                concerns_before = Some(waits);
                sum.push((waits, -1));
            }
        }
        let largest = held_back_from(summary, table, concerns - shown == spare);
        for row in &rows {
            let count = summary.shown(table, row).map(i64::from);
            if count.is_some() && largest.as_deref() != Some(row) {
                // All of it is shown, and it begins anew.
                if let (Some(count), Some(then)) = (count, before.remove(row)) {
                    program.at_most(vec![(then, 1)], count);
                }
                continue;
            }
            let waits = program.variable();
            sum.push((waits, 1));
            if let Some(then) = before.insert(row, waits) {
                program.at_least(vec![(waits, 1), (then, -1)], -count.unwrap_or(0));
            }
            if count.is_none() {
                program.at_most(vec![(waits, 1)], spare);
                targets.push((summary.number, *row, waits, spare));
            }
        }
        if concerns == 0 {
            // Nothing is known of how many there are.
            continue;
        }
        match completeness {
            Completeness::Assumed => program.equal(sum, concerns - shown),
            Completeness::Unknown => program.at_most(sum, concerns - shown),
        }
    }
    let Some(mut solved) = program.solve()? else {
        return Ok(None);
    };
    let mut found = Vec::new();
    for (number, row, waits, spare) in targets {
        let least = solved.least(waits)?;
        let most = solved.most(waits)?;
        if !least.is_at_most(0) || most.is_some_and(|most| !most.is_at_least(spare)) {
            found.push((number, row.to_owned()));
        }
    }
    Ok(Some(found))
}

/// The row of which some may have been held back, if no more room is left: the largest.
fn held_back_from(summary: &Summary, table: TableId, is_tight: bool) -> Option<String> {
    let rows = &summary.table(table)?.rows;
    rows.iter()
        .filter(|row| is_tight && row.count.is_some())
        .max_by(|a, b| a.count.cmp(&b.count).then(b.id.cmp(&a.id)))
        .map(|row| row.id.clone())
}
