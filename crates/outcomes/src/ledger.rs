//! What has been counted already, in a form that says nothing of what.
//!
//! ```text
//! mark = first 16 bytes of SHA-256("candor/v1/outcomes-mark" ‖ 0 ‖ key ‖ table ‖ 0 ‖ slot)
//! ```
//!
//! `key` is a secret of the report. Once the report is erased, nothing links its marks to it or to
//! each other. The slot of a table in which a report stands once is empty; else it is the row. A
//! second mark, whose slot begins with `=`, remembers under which row it was counted.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};

use crate::tables::{Contribution, TableId};

const TAG: &[u8] = b"candor/v1/outcomes-mark\0";

/// Names a report in the ledger: a secret of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CaseKey([u8; 32]);

impl CaseKey {
    /// Wraps a secret of the report.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    fn mark(&self, table: TableId, slot: &str) -> Mark {
        let mut hash = Sha256::new();
        hash.update(TAG);
        hash.update(self.0);
        hash.update(table.id());
        hash.update([0]);
        hash.update(slot);
        let digest = hash.finalize();
        let mut mark = [0; 16];
        for (to, from) in mark.iter_mut().zip(digest) {
            *to = from;
        }
        Mark(mark)
    }

    /// The mark of having been counted.
    #[must_use]
    pub fn counted(&self, what: &Contribution) -> Mark {
        let slot = if what.table.is_multiple() {
            what.row.as_str()
        } else {
            ""
        };
        self.mark(what.table, slot)
    }

    /// The mark of having been counted in this row.
    #[must_use]
    pub fn counted_as(&self, what: &Contribution) -> Mark {
        self.mark(what.table, &format!("={}", what.row))
    }

    /// The mark of having been counted as changed.
    #[must_use]
    pub fn changed(&self) -> Mark {
        self.mark(TableId::Changed, "")
    }
}

impl std::fmt::Debug for CaseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CaseKey(..)")
    }
}

/// Something was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark([u8; 16]);

impl Serialize for Mark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{:032x}", u128::from_be_bytes(self.0)))
    }
}

impl<'de> Deserialize<'de> for Mark {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = u128::from_str_radix(&text, 16).map_err(D::Error::custom)?;
        Ok(Self(number.to_be_bytes()))
    }
}

/// All marks.
#[derive(Clone, Debug, Default)]
pub struct Ledger(BTreeSet<Mark>);

impl Ledger {
    /// Takes marks in.
    pub fn extend(&mut self, marks: impl IntoIterator<Item = Mark>) {
        self.0.extend(marks);
    }

    /// Whether a mark is there.
    #[must_use]
    pub fn has(&self, mark: &Mark) -> bool {
        self.0.contains(mark)
    }
}
