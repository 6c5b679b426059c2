//! Row reduction over fractions, and bounds that are passed on from equation to equation.

use std::collections::BTreeMap;

use candor_outcomes::{Kept, TableId, tables::Bound};

/// A fraction.
type Fraction = (i128, i128);

fn reduced((up, down): Fraction) -> Fraction {
    fn gcd(a: i128, b: i128) -> i128 {
        if b == 0 { a.abs() } else { gcd(b, a % b) }
    }
    let by = gcd(up, down).max(1) * down.signum();
    (up / by, down / by)
}

fn minus(a: Fraction, b: Fraction) -> Fraction {
    reduced((a.0 * b.1 - b.0 * a.1, a.1 * b.1))
}

fn times(a: Fraction, b: Fraction) -> Fraction {
    reduced((a.0 * b.0, a.1 * b.1))
}

/// What is known of some whole numbers.
#[derive(Default)]
pub struct System {
    /// From, to.
    pub bounds: Vec<(i64, i64)>,
    /// Factors, sum.
    equations: Vec<(BTreeMap<usize, i64>, i64)>,
}

pub const MANY: i64 = 1_000_000;

impl System {
    pub fn number(&mut self, from: i64, to: i64) -> usize {
        self.bounds.push((from, to));
        self.bounds.len() - 1
    }

    pub fn equation(&mut self, terms: &[(usize, i64)], sum: i64) {
        let mut factors = BTreeMap::new();
        for (number, factor) in terms {
            *factors.entry(*number).or_insert(0) += factor;
        }
        self.equations.push((factors, sum));
    }

    /// `a ≥ b`, by a number that takes up the difference.
    pub fn at_least(&mut self, a: usize, b: usize) {
        let beyond = self.number(0, MANY);
        self.equation(&[(a, 1), (b, -1), (beyond, -1)], 0);
    }

    /// Row reduction: what is left are equations with fewer numbers, at best one.
    fn reduce(&mut self) {
        let width = self.bounds.len();
        let mut rows: Vec<Vec<Fraction>> = self
            .equations
            .iter()
            .map(|(factors, sum)| {
                let mut row = vec![(0, 1); width + 1];
                for (number, factor) in factors {
                    row[*number] = (i128::from(*factor), 1);
                }
                row[width] = (i128::from(*sum), 1);
                row
            })
            .collect();
        let mut next = 0;
        for column in 0..width {
            let Some(pivot) = (next..rows.len()).find(|row| rows[*row][column].0 != 0) else {
                continue;
            };
            rows.swap(next, pivot);
            let by = rows[next][column];
            for cell in &mut rows[next] {
                *cell = times(*cell, (by.1, by.0));
            }
            let done = rows[next].clone();
            for (index, row) in rows.iter_mut().enumerate() {
                let factor = row[column];
                if index != next && factor.0 != 0 {
                    for (cell, of) in row.iter_mut().zip(&done) {
                        *cell = minus(*cell, times(factor, *of));
                    }
                }
            }
            next += 1;
        }
        for row in &rows[..next] {
            let common = row
                .iter()
                .fold(1, |all, cell| all * cell.1 / gcd(all, cell.1));
            let whole = |cell: &Fraction| i64::try_from(cell.0 * common / cell.1).unwrap();
            let factors = row[..width]
                .iter()
                .enumerate()
                .filter(|(_, cell)| cell.0 != 0)
                .map(|(number, cell)| (number, whole(cell)))
                .collect();
            self.equations.push((factors, whole(&row[width])));
        }
    }

    /// Passes bounds on until nothing changes. Gives whether any numbers agree with everything, as
    /// far as this sees.
    pub fn solve(&mut self) -> bool {
        self.reduce();
        for _ in 0..200 {
            let mut changed = false;
            for (factors, sum) in &self.equations {
                for (number, factor) in factors {
                    let (mut low, mut high) = (*sum, *sum);
                    for (other, by) in factors.iter().filter(|(other, _)| *other != number) {
                        let (from, to) = self.bounds[*other];
                        let (least, most) = if *by > 0 {
                            (by * from, by * to)
                        } else {
                            (by * to, by * from)
                        };
                        low -= most;
                        high -= least;
                    }
                    // factor · number lies in low..=high
                    let (low, high) = if *factor > 0 {
                        (low, high)
                    } else {
                        (-high, -low)
                    };
                    let size = factor.abs();
                    let bound = &mut self.bounds[*number];
                    let from = low.div_euclid(size) + i64::from(low.rem_euclid(size) != 0);
                    let to = high.div_euclid(size);
                    if from > bound.0 {
                        bound.0 = from;
                        changed = true;
                    }
                    if to < bound.1 {
                        bound.1 = to;
                        changed = true;
                    }
                    if bound.0 > bound.1 {
                        return false;
                    }
                }
            }
            if !changed {
                break;
            }
        }
        true
    }
}

const fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a.abs() } else { gcd(b, a % b) }
}

/// A row of a summary that was narrowed down: which summary, which row, to what.
pub type Narrowed = (u32, String, (i64, i64));

/// What can be worked out of a table. `complete`: as if every concern stood in one of its rows.
pub fn attack(kept: &[Kept], table: TableId, complete: bool) -> Vec<Narrowed> {
    let mut system = System::default();
    // Numbers since the beginning: of each row, and of the concerns.
    let mut rows_before: BTreeMap<String, (usize, i64)> = BTreeMap::new();
    let mut concerns_before: Option<(usize, i64)> = None;
    let mut other_before: BTreeMap<String, (usize, i64)> = BTreeMap::new();
    let mut targets = Vec::new();
    for one in kept {
        let summary = &one.summary;
        let spare = i64::from(summary.threshold.get()) - 1;
        let since = |system: &mut System,
                     before: &mut BTreeMap<String, (usize, i64)>,
                     of: TableId,
                     row: &str,
                     held: bool| {
            let count = summary.shown(of, row).map(i64::from);
            let known = before.get(row).copied();
            let shown = known.map_or(0, |(_, shown)| shown) + count.unwrap_or(0);
            let slack = match (count, held) {
                (Some(_), false) => 0,
                (None, false) => spare,
                (_, true) => MANY,
            };
            let number = system.number(shown, shown + slack);
            if let Some((then, _)) = known {
                system.at_least(number, then);
            }
            before.insert(row.to_owned(), (number, shown));
            (number, shown, count.is_none() && !held)
        };
        let mut concerns = concerns_before
            .map(|known| BTreeMap::from([("concern".to_owned(), known)]))
            .unwrap_or_default();
        let (all, _, _) = since(
            &mut system,
            &mut concerns,
            TableId::Received,
            "concern",
            false,
        );
        concerns_before = concerns.remove("concern");
        let published = summary.table(table).unwrap();
        let together = table.bound() == Bound::Together;
        let mut sum = vec![(all, -1)];
        for row in &published.rows {
            let private = one.withheld.iter().chain(&one.reduced);
            let held = private
                .into_iter()
                .any(|held| held.table == table && held.row == row.id);
            // As tight as it gets without anything held back, it looks the same from outside.
            let largest = published
                .rows
                .iter()
                .max_by(|a, b| a.count.cmp(&b.count).then(b.id.cmp(&a.id)));
            let room: i64 = system.bounds[all].0 - shown_so_far(kept, summary.number, table);
            let tight = together
                && room == spare
                && row.count.is_some()
                && largest.is_some_and(|largest| largest.id == row.id)
                && !one.reduced.iter().any(|held| held.table == table);
            let (number, shown, small) =
                since(&mut system, &mut rows_before, table, &row.id, held || tight);
            if small {
                targets.push((summary.number, row.id.clone(), number, shown, spare));
            }
            sum.push((number, 1));
            match table.bound() {
                Bound::EachConcerns => system.at_least(all, number),
                Bound::EachActionable | Bound::EachNecessary => {
                    let (of, which) = if table.bound() == Bound::EachActionable {
                        (TableId::Judged, "yes")
                    } else {
                        (TableId::Necessary, row.id.as_str())
                    };
                    let held = one
                        .withheld
                        .iter()
                        .chain(&one.reduced)
                        .any(|held| held.table == of && held.row == which);
                    let mut own = BTreeMap::new();
                    if let Some(known) = other_before.get(&row.id) {
                        own.insert(which.to_owned(), *known);
                    }
                    let (most, _, _) = since(&mut system, &mut own, of, which, held);
                    other_before.insert(row.id.clone(), own[which]);
                    system.at_least(most, number);
                }
                Bound::Free | Bound::Together => {}
            }
        }
        if together {
            if !complete {
                let unsorted = system.number(0, MANY);
                sum.push((unsorted, 1));
            }
            system.equation(&sum, 0);
        }
    }
    if !system.solve() {
        // Not every concern is in a row: what was assumed is wrong.
        assert!(complete, "{table:?}: the summaries contradict themselves");
        return Vec::new();
    }
    targets
        .into_iter()
        .map(|(summary, row, number, shown, spare)| {
            let (from, to) = system.bounds[number];
            (summary, row, (from - shown, to - shown), spare)
        })
        .filter(|(_, _, (from, to), spare)| *from > 0 || *to < *spare)
        .map(|(summary, row, bounds, _)| (summary, row, bounds))
        .collect()
}

fn shown_so_far(kept: &[Kept], number: u32, table: TableId) -> i64 {
    kept.iter()
        .filter(|kept| kept.summary.number <= number)
        .flat_map(|kept| &kept.summary.table(table).unwrap().rows)
        .map(|row| i64::from(row.count.unwrap_or(0)))
        .sum()
}
