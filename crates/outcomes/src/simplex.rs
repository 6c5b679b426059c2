//! Linear programs in exact fractions: the least and the most that a variable can be.
//!
//! A tableau with Bland's rule, which always ends. Numbers are fractions of 128-bit integers; where
//! these do not suffice, that is said ([`Overflow`]) instead of rounding.

use std::collections::BTreeMap;

use thiserror::Error;

/// A fraction was too large to be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the numbers of a linear program became too large")]
pub struct Overflow;

/// A fraction; the lower part is positive and has no factor in common with the upper one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    up: i128,
    down: i128,
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Fraction {
    /// Nothing.
    pub const ZERO: Self = Self::whole(0);

    /// A whole number.
    #[must_use]
    pub const fn whole(number: i64) -> Self {
        Self {
            up: number as i128,
            down: 1,
        }
    }

    fn new(up: i128, down: i128) -> Result<Self, Overflow> {
        let factor = i128::try_from(gcd(up.unsigned_abs(), down.unsigned_abs()).max(1));
        let factor = factor.map_err(|_| Overflow)?;
        let (up, down) = (up / factor, down / factor);
        if down < 0 {
            let up = up.checked_neg().ok_or(Overflow)?;
            let down = down.checked_neg().ok_or(Overflow)?;
            return Ok(Self { up, down });
        }
        Ok(Self { up, down })
    }

    const fn is_zero(self) -> bool {
        self.up == 0
    }

    const fn is_one(self) -> bool {
        self.up == 1 && self.down == 1
    }

    /// `self − a·b`
    fn less(self, a: Self, b: Self) -> Result<Self, Overflow> {
        let product = a.times(b)?;
        if self.down == 1 && product.down == 1 {
            let up = self.up.checked_sub(product.up).ok_or(Overflow)?;
            return Ok(Self { up, down: 1 });
        }
        let left = self.up.checked_mul(product.down).ok_or(Overflow)?;
        let right = product.up.checked_mul(self.down).ok_or(Overflow)?;
        let down = self.down.checked_mul(product.down).ok_or(Overflow)?;
        Self::new(left.checked_sub(right).ok_or(Overflow)?, down)
    }

    fn times(self, other: Self) -> Result<Self, Overflow> {
        let up = self.up.checked_mul(other.up).ok_or(Overflow)?;
        let down = self.down.checked_mul(other.down).ok_or(Overflow)?;
        if down == 1 {
            return Ok(Self { up, down });
        }
        Self::new(up, down)
    }

    fn over(self, other: Self) -> Result<Self, Overflow> {
        self.times(Self::new(other.down, other.up)?)
    }

    fn is_below(self, other: Self) -> Result<bool, Overflow> {
        let left = self.up.checked_mul(other.down).ok_or(Overflow)?;
        let right = other.up.checked_mul(self.down).ok_or(Overflow)?;
        Ok(left < right)
    }

    /// Whether it is at most a whole number.
    #[must_use]
    pub fn is_at_most(self, number: i64) -> bool {
        i128::from(number)
            .checked_mul(self.down)
            .is_some_and(|number| self.up <= number)
    }

    /// Whether it is at least a whole number.
    #[must_use]
    pub fn is_at_least(self, number: i64) -> bool {
        i128::from(number)
            .checked_mul(self.down)
            .is_some_and(|number| self.up >= number)
    }
}

/// A variable, 0 or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variable(usize);

/// What is known of some variables.
#[derive(Clone, Debug, Default)]
pub struct Program {
    columns: usize,
    rows: Vec<(Vec<(Variable, i64)>, i64)>,
}

impl Program {
    /// A new variable, 0 or more.
    pub const fn variable(&mut self) -> Variable {
        self.columns += 1;
        Variable(self.columns - 1)
    }

    /// The sum of these is exactly this.
    pub fn equal(&mut self, terms: Vec<(Variable, i64)>, to: i64) {
        self.rows.push((terms, to));
    }

    /// The sum of these is at most this.
    pub fn at_most(&mut self, mut terms: Vec<(Variable, i64)>, most: i64) {
        let rest = self.variable();
        terms.push((rest, 1));
        self.equal(terms, most);
    }

    /// The sum of these is at least this.
    pub fn at_least(&mut self, mut terms: Vec<(Variable, i64)>, least: i64) {
        let beyond = self.variable();
        terms.push((beyond, -1));
        self.equal(terms, least);
    }

    /// Finds values that agree with everything; none if there are none.
    ///
    /// # Errors
    /// [`Overflow`]
    pub fn solve(&self) -> Result<Option<Solved>, Overflow> {
        let width = self.columns + self.rows.len();
        let mut rows = Vec::with_capacity(self.rows.len());
        for (index, (terms, to)) in self.rows.iter().enumerate() {
            let sign = if *to < 0 { -1 } else { 1 };
            let mut sums: BTreeMap<usize, i64> = BTreeMap::new();
            for (variable, factor) in terms {
                *sums.entry(variable.0).or_default() += factor * sign;
            }
            let mut cells = vec![Fraction::ZERO; width];
            for (column, factor) in sums {
                if let Some(cell) = cells.get_mut(column) {
                    *cell = Fraction::whole(factor);
                }
            }
            if let Some(cell) = cells.get_mut(self.columns + index) {
                *cell = Fraction::whole(1);
            }
            rows.push(TableauRow {
                cells,
                to: Fraction::whole(to * sign),
                basis: self.columns + index,
            });
        }
        let mut solved = Solved {
            rows,
            columns: width,
        };
        // First the helpers' sum is made as small as it can be: nothing of it may be left.
        let helpers: Vec<usize> = (self.columns..width).collect();
        let mut price = Price::new(width);
        for helper in helpers {
            price.add(helper, Fraction::whole(-1));
        }
        let best = solved.raise(price)?;
        let Some(best) = best else {
            return Ok(None);
        };
        if !best.is_zero() {
            return Ok(None);
        }
        solved.put_helpers_out(self.columns)?;
        Ok(Some(solved))
    }
}

#[derive(Clone, Debug)]
struct TableauRow {
    cells: Vec<Fraction>,
    to: Fraction,
    basis: usize,
}

impl TableauRow {
    fn cell(&self, column: usize) -> Fraction {
        self.cells.get(column).copied().unwrap_or(Fraction::ZERO)
    }
}

/// What is to be raised.
struct Price {
    cells: Vec<Fraction>,
    value: Fraction,
}

impl Price {
    fn new(width: usize) -> Self {
        Self {
            cells: vec![Fraction::ZERO; width],
            value: Fraction::ZERO,
        }
    }

    fn add(&mut self, column: usize, price: Fraction) {
        if let Some(cell) = self.cells.get_mut(column) {
            *cell = price;
        }
    }

    /// Takes a multiple of a row out.
    fn reduce(&mut self, row: &TableauRow, factor: Fraction) -> Result<(), Overflow> {
        for (cell, of) in self.cells.iter_mut().zip(&row.cells) {
            if !of.is_zero() {
                *cell = cell.less(factor, *of)?;
            }
        }
        self.value = self.value.less(factor, row.to)?;
        Ok(())
    }
}

/// A program with values that agree with it.
#[derive(Clone, Debug)]
pub struct Solved {
    rows: Vec<TableauRow>,
    columns: usize,
}

impl Solved {
    /// The most that a variable can be; none if there is no limit.
    ///
    /// # Errors
    /// [`Overflow`]
    pub fn most(&mut self, variable: Variable) -> Result<Option<Fraction>, Overflow> {
        let mut price = Price::new(self.columns);
        price.add(variable.0, Fraction::whole(1));
        self.raise(price)
    }

    /// The least that a variable can be.
    ///
    /// # Errors
    /// [`Overflow`]
    pub fn least(&mut self, variable: Variable) -> Result<Fraction, Overflow> {
        let mut price = Price::new(self.columns);
        price.add(variable.0, Fraction::whole(-1));
        let best = self.raise(price)?.unwrap_or(Fraction::ZERO);
        Fraction::ZERO.less(Fraction::whole(1), best)
    }

    /// Raises a sum as far as it goes.
    fn raise(&mut self, mut price: Price) -> Result<Option<Fraction>, Overflow> {
        for row in &self.rows {
            let factor = price.cells.get(row.basis).copied();
            let factor = factor.unwrap_or(Fraction::ZERO);
            if !factor.is_zero() {
                price.reduce(row, factor)?;
            }
        }
        loop {
            let entering = price
                .cells
                .iter()
                .take(self.columns)
                .position(|price| price.up > 0);
            let Some(entering) = entering else {
                return Fraction::ZERO
                    .less(Fraction::whole(1), price.value)
                    .map(Some);
            };
            let mut leaving: Option<(usize, Fraction, usize)> = None;
            for (index, row) in self.rows.iter().enumerate() {
                let cell = row.cell(entering);
                if cell.up <= 0 {
                    continue;
                }
                let ratio = row.to.over(cell)?;
                let is_first = match &leaving {
                    None => true,
                    Some((_, least, basis)) => {
                        ratio.is_below(*least)? || (ratio == *least && row.basis < *basis)
                    }
                };
                if is_first {
                    leaving = Some((index, ratio, row.basis));
                }
            }
            let Some((leaving, _, _)) = leaving else {
                return Ok(None);
            };
            self.pivot(leaving, entering, Some(&mut price))?;
        }
    }

    fn pivot(
        &mut self,
        leaving: usize,
        entering: usize,
        price: Option<&mut Price>,
    ) -> Result<(), Overflow> {
        let Some(row) = self.rows.get_mut(leaving) else {
            return Ok(());
        };
        let by = row.cell(entering);
        if !by.is_one() {
            for cell in &mut row.cells {
                if !cell.is_zero() {
                    *cell = cell.over(by)?;
                }
            }
            row.to = row.to.over(by)?;
        }
        row.basis = entering;
        let row = row.clone();
        for (index, other) in self.rows.iter_mut().enumerate() {
            let factor = other.cell(entering);
            if index == leaving || factor.is_zero() {
                continue;
            }
            for (cell, of) in other.cells.iter_mut().zip(&row.cells) {
                if !of.is_zero() {
                    *cell = cell.less(factor, *of)?;
                }
            }
            other.to = other.to.less(factor, row.to)?;
        }
        if let Some(price) = price {
            let factor = price.cells.get(entering).copied().unwrap_or(Fraction::ZERO);
            price.reduce(&row, factor)?;
        }
        Ok(())
    }

    /// Takes the helpers away. One that is still there is 0 and makes room, or its row says nothing.
    fn put_helpers_out(&mut self, columns: usize) -> Result<(), Overflow> {
        let mut index = 0;
        while let Some(row) = self.rows.get(index) {
            if row.basis < columns {
                index += 1;
                continue;
            }
            let entering = row
                .cells
                .iter()
                .take(columns)
                .position(|cell| !cell.is_zero());
            match entering {
                Some(entering) => {
                    self.pivot(index, entering, None)?;
                    index += 1;
                }
                None => {
                    self.rows.remove(index);
                }
            }
        }
        for row in &mut self.rows {
            row.cells.truncate(columns);
        }
        self.columns = columns;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_exact() {
        // x + y + z = 10, x ≤ 4, 2y − z ≥ 3
        let mut program = Program::default();
        let [x, y, z] = [(); 3].map(|()| program.variable());
        program.equal(vec![(x, 1), (y, 1), (z, 1)], 10);
        program.at_most(vec![(x, 1)], 4);
        program.at_least(vec![(y, 2), (z, -1)], 3);
        let mut solved = program.solve().unwrap().unwrap();
        assert_eq!(solved.most(x).unwrap(), Some(Fraction::whole(4)));
        assert_eq!(solved.least(x).unwrap(), Fraction::ZERO);
        assert_eq!(solved.most(y).unwrap(), Some(Fraction::whole(10)));
        // At x = 4: y + z = 6 and z = 2y − 3 give y = 3.
        assert_eq!(solved.least(y).unwrap(), Fraction::whole(3));
        assert_eq!(solved.most(z).unwrap(), Some(Fraction::new(17, 3).unwrap()));
    }

    #[test]
    fn what_cannot_be_is_found_and_what_has_no_limit_too() {
        let mut program = Program::default();
        let x = program.variable();
        let y = program.variable();
        program.at_least(vec![(x, 1), (y, -1)], 2);
        let mut solved = program.solve().unwrap().unwrap();
        assert_eq!(solved.most(y).unwrap(), None);
        assert_eq!(solved.least(x).unwrap(), Fraction::whole(2));
        program.at_most(vec![(x, 1)], 1);
        assert!(program.solve().unwrap().is_none());
        let mut doubled = Program::default();
        let x = doubled.variable();
        doubled.equal(vec![(x, 1)], 3);
        doubled.equal(vec![(x, 2)], 6);
        let mut solved = doubled.solve().unwrap().unwrap();
        assert_eq!(solved.least(x).unwrap(), Fraction::whole(3));
    }
}
