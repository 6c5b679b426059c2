//! What a summary is made of: plain facts about each report, as the team sorted it.

use candor_wire::Day;

use crate::{
    ledger::CaseKey,
    tables::{Contribution, TableId},
};

/// What kind of report it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A concern.
    Concern,
    /// Praise.
    Accolade,
    /// A conversation that began with somebody's own words.
    Disclosure,
}

impl Kind {
    /// The row in the table of what came.
    #[must_use]
    pub const fn row(self) -> &'static str {
        match self {
            Self::Concern => CONCERN,
            Self::Accolade => "accolade",
            Self::Disclosure => "disclosure",
        }
    }
}

/// The row of concerns.
pub const CONCERN: &str = "concern";
/// The row of reports that can be acted on.
pub const YES: &str = "yes";

/// Whether something can be done about a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Nobody has decided.
    Undecided,
}

/// Something that a leader was asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// One of the directory's interventions.
    pub label: String,
    /// Whether it was done as asked.
    pub completed: bool,
}

/// A report, as it is sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Names it in the ledger, and nowhere else.
    pub key: CaseKey,
    /// What it is.
    pub kind: Kind,
    /// When it came.
    pub received: Day,
    /// Types. A report may have several, or none.
    pub types: Vec<String>,
    /// Where, if the team could tell.
    pub setting: Option<String>,
    /// Who is alleged, if the team could tell.
    pub source: Option<String>,
    /// By which channel it came.
    pub channel: Option<String>,
    /// Whether it can be acted on.
    pub actionable: Judged,
    /// After how many days the reporter learnt that it was received.
    pub acknowledged_after: Option<u32>,
    /// After how many days it was closed.
    pub closed_after: Option<u32>,
    /// What leaders were asked to do.
    pub measures: Vec<Measure>,
    /// Whether the reporter has withdrawn it.
    pub withdrawn: bool,
}

impl Fact {
    /// A report of which nothing is known but that it came.
    #[must_use]
    pub const fn new(key: CaseKey, kind: Kind, received: Day) -> Self {
        Self {
            key,
            kind,
            received,
            types: Vec::new(),
            setting: None,
            source: None,
            channel: None,
            actionable: Judged::Undecided,
            acknowledged_after: None,
            closed_after: None,
            measures: Vec::new(),
            withdrawn: false,
        }
    }

    fn is_sorted(&self) -> bool {
        !self.types.is_empty()
            || self.setting.is_some()
            || self.source.is_some()
            || self.actionable != Judged::Undecided
    }

    /// In which rows it counts, as it is sorted now. Of praise and disclosures only their number.
    #[must_use]
    pub fn contributions(&self) -> Vec<Contribution> {
        let one = |table, row: &str| Contribution::new(table, row);
        let mut all = vec![one(TableId::Received, self.kind.row())];
        if self.kind != Kind::Concern {
            return all;
        }
        if self.is_sorted() {
            // The channel of each report is known when it comes; only because it counts together
            // with the rest is it unknown how many are in this table.
            all.extend(self.channel.iter().map(|row| one(TableId::Channel, row)));
        }
        all.extend(self.setting.iter().map(|row| one(TableId::Setting, row)));
        all.extend(self.source.iter().map(|row| one(TableId::Source, row)));
        match self.actionable {
            Judged::Yes => all.push(one(TableId::Judged, YES)),
            Judged::No => all.push(one(TableId::Judged, "no")),
            Judged::Undecided => {}
        }
        let band = |table: TableId, days: u32| {
            let row = table.bands().iter().find(|band| days <= band.up_to);
            row.map(|band| one(table, band.id))
        };
        all.extend(
            self.acknowledged_after
                .and_then(|days| band(TableId::Acknowledged, days)),
        );
        all.extend(
            self.closed_after
                .and_then(|days| band(TableId::Closed, days)),
        );
        all.extend(self.types.iter().map(|row| one(TableId::Type, row)));
        for measure in &self.measures {
            all.push(one(TableId::Necessary, &measure.label));
            if measure.completed {
                all.push(one(TableId::Completed, &measure.label));
            }
        }
        all.sort();
        all.dedup();
        all
    }
}
