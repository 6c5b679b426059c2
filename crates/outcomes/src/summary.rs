//! A summary as it is published: frozen, and all that the forms are made of.

use candor_wire::Day;
use serde::{Deserialize, Serialize};

use crate::{
    control::Threshold,
    ledger::{Ledger, Mark},
    tables::TableId,
};

/// The version that every summary names.
pub const FORMAT: &str = "candor-outcomes/1";

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its name in files.
    pub id: String,
    /// Its name for people.
    pub label: String,
    /// The number, unless it is not shown.
    pub count: Option<u32>,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Which.
    pub id: TableId,
    /// Its rows.
    pub rows: Vec<Row>,
}

impl Table {
    /// The number in a row, if it is shown.
    #[must_use]
    pub fn shown(&self, row: &str) -> Option<u32> {
        self.rows.iter().find(|known| known.id == row)?.count
    }

    /// What is shown of it, together.
    #[must_use]
    pub fn sum(&self) -> u32 {
        self.rows.iter().filter_map(|row| row.count).sum()
    }
}

/// The team's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// What stands before the numbers.
    #[serde(default)]
    pub introduction: String,
    /// What was done.
    #[serde(default)]
    pub measures: String,
}

/// A summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// [`FORMAT`].
    pub format: String,
    /// Which one of this office, from 1.
    pub number: u32,
    /// Whose.
    pub office: String,
    /// Whether its reports are those of a demonstration.
    #[serde(default)]
    pub demonstration: bool,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub through: Day,
    /// When it was signed off.
    pub signed_off: Day,
    /// Numbers below this one are not shown.
    pub threshold: Threshold,
    /// The tables.
    pub tables: Vec<Table>,
    /// The team's own words.
    pub words: Words,
}

impl Summary {
    /// A table.
    #[must_use]
    pub fn table(&self, id: TableId) -> Option<&Table> {
        self.tables.iter().find(|table| table.id == id)
    }

    /// The number in a row, if it is shown.
    #[must_use]
    pub fn shown(&self, table: TableId, row: &str) -> Option<u32> {
        self.table(table)?.shown(row)
    }
}

/// A row, by its table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withheld {
    /// The table.
    pub table: TableId,
    /// The row.
    pub row: String,
}

/// A summary with what the office keeps of it for itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// What is published.
    pub summary: Summary,
    /// What it counted.
    pub marks: Vec<Mark>,
    /// Rows that were not shown although enough were in them.
    pub withheld: Vec<Withheld>,
    /// Rows of which some are held back.
    pub reduced: Vec<Withheld>,
}

/// What all summaries have counted.
#[must_use]
pub fn ledger(earlier: &[Kept]) -> Ledger {
    let mut ledger = Ledger::default();
    for kept in earlier {
        ledger.extend(kept.marks.iter().copied());
    }
    ledger
}
