//! Summaries as one might make them without thinking further.

use candor_outcomes::facts::{Fact, Kind};

use crate::linear::{MANY, System};

const SMALL: i64 = 5;

fn settings(facts: &[Fact]) -> Vec<i64> {
    let concerns = facts.iter().filter(|fact| fact.kind == Kind::Concern);
    let mut rows = vec![0; 9];
    for fact in concerns {
        let row = fact
            .setting
            .as_deref()
            .and_then(|row| row.strip_prefix("setting"));
        rows[row.map_or(8, |row| row.parse().unwrap())] += 1;
    }
    rows
}

/// Numbers from 1 to the threshold − 1 are left out, the total is shown: how many can be narrowed
/// down.
pub fn primary_only(history: &[Vec<Fact>]) -> usize {
    let mut recovered = 0;
    for facts in history {
        let rows = settings(facts);
        let mut system = System::default();
        let numbers: Vec<usize> = rows
            .iter()
            .map(|count| {
                if *count < SMALL {
                    system.number(0, SMALL - 1)
                } else {
                    system.number(*count, *count)
                }
            })
            .collect();
        let terms: Vec<(usize, i64)> = numbers.iter().map(|number| (*number, 1)).collect();
        system.equation(&terms, rows.iter().sum());
        assert!(system.solve());
        for (number, count) in numbers.iter().zip(&rows) {
            if (1..SMALL).contains(count) && system.bounds[*number] != (1, SMALL - 1) {
                recovered += 1;
            }
        }
    }
    recovered
}

/// Numbers since the beginning, each time anew; small ones are left out, with as many others as it
/// takes that nothing can be subtracted within one summary. How many small numbers can be worked
/// out from each summary alone, and from all together.
pub fn each_by_itself(history: &[Vec<Fact>]) -> (usize, usize) {
    let mut all = System::default();
    let mut before: Option<(Vec<i64>, Vec<usize>)> = None;
    let mut alone = 0;
    let mut together = 0;
    let mut new = Vec::new();
    for facts in history {
        let rows = settings(facts);
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|row| rows[*row]);
        let small = rows.iter().filter(|count| **count < SMALL).count();
        let mut left_out = small;
        while left_out > 0 && left_out < rows.len() && {
            let rest: i64 = order[..left_out].iter().map(|row| rows[*row]).sum();
            left_out < 2 || rest < 2 * SMALL
        } {
            left_out += 1;
        }
        let hidden = &order[..left_out];
        let mut one = System::default();
        let number = |system: &mut System, row: usize| match hidden.contains(&row) {
            true => system.number(0, MANY),
            false => system.number(rows[row], rows[row]),
        };
        let mine: Vec<usize> = (0..rows.len()).map(|row| number(&mut one, row)).collect();
        let terms: Vec<(usize, i64)> = mine.iter().map(|number| (*number, 1)).collect();
        one.equation(&terms, rows.iter().sum());
        assert!(one.solve());
        for row in hidden.iter().take(small) {
            let (from, to) = one.bounds[mine[*row]];
            let is_alone_enough = from == to && rows[*row] > 0;
            alone += usize::from(is_alone_enough);
        }
        let mine: Vec<usize> = (0..rows.len()).map(|row| number(&mut all, row)).collect();
        let terms: Vec<(usize, i64)> = mine.iter().map(|number| (*number, 1)).collect();
        all.equation(&terms, rows.iter().sum());
        if let Some((then, numbers)) = &before {
            for row in 0..8 {
                let increase = all.number(-MANY, MANY);
                all.equation(&[(mine[row], 1), (numbers[row], -1), (increase, -1)], 0);
                new.push((increase, rows[row] - then[row]));
            }
        }
        before = Some((rows, mine));
    }
    assert!(all.solve());
    for (number, truth) in new {
        if (1..SMALL).contains(&truth) && all.bounds[number] == (truth, truth) {
            together += 1;
        }
    }
    (alone, together)
}
