//! Forms for machines: one for accreditation, one for campus safety.
//!
//! Both say no more than the summary does. The second names no office and no day, has none of the
//! team's words, and of the types only groups that the school chooses.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{facts::CONCERN, summary::Summary, tables::TableId};

/// The version of the form for accreditation.
pub const ACCREDITATION: &str = "candor-accreditation/1";
/// The version of the form for campus safety.
pub const CAMPUS_SAFETY: &str = "candor-campus-safety/1";

/// For accreditation (`docs/outcomes.md` has the schema).
#[must_use]
pub fn accreditation(summary: &Summary) -> Value {
    let tables: Vec<Value> = summary
        .tables
        .iter()
        .map(|table| {
            json!({
                "id": table.id.id(),
                "title": table.id.title(),
                "a_report_may_be_in_several_rows": table.id.is_multiple(),
                "rows": table.rows,
            })
        })
        .collect();
    json!({
        "format": ACCREDITATION,
        "demonstration": summary.demonstration,
        "office": summary.office,
        "number": summary.number,
        "period": { "from": summary.from.to_string(), "through": summary.through.to_string() },
        "signed_off": summary.signed_off.to_string(),
        "threshold": summary.threshold,
        "not_shown": "A number that is null is below the threshold, or held back so that nothing can be worked out. What it stands for is counted in a later summary.",
        "tables": tables,
        "words": summary.words,
    })
}

/// Some types under one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The name.
    pub name: String,
    /// Types, by their names in the directory.
    pub types: Vec<String>,
}

/// For campus safety. A group's number is the sum of those of its rows that are shown: at least so
/// many times one of these types was recorded. A report may be counted several times in it.
#[must_use]
pub fn campus_safety(summary: &Summary, groups: &[Group]) -> Value {
    let month = |day: candor_wire::Day| {
        let (year, month, _) = day.civil();
        format!("{year:04}-{month:02}")
    };
    let groups: Vec<Value> = groups
        .iter()
        .map(|group| {
            let shown: Vec<u32> = group
                .types
                .iter()
                .filter_map(|row| summary.shown(TableId::Type, row))
                .collect();
            let sum = (!shown.is_empty()).then(|| shown.iter().sum::<u32>());
            json!({ "name": group.name, "at_least": sum })
        })
        .collect();
    json!({
        "format": CAMPUS_SAFETY,
        "demonstration": summary.demonstration,
        "period": { "from": month(summary.from), "through": month(summary.through) },
        "threshold": summary.threshold,
        "concerns": summary.shown(TableId::Received, CONCERN),
        "disclosures": summary.shown(TableId::Received, "disclosure"),
        "groups": groups,
        "limits": "Counts of what was told to the hotline. They are no findings and no crime statistics: what was told was not classified by the definitions of the Clery Act, and where it happened is not recorded by its geography. Null means fewer than the threshold, or held back.",
    })
}
