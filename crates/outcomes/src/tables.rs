//! Which tables a summary has, and what bounds their rows.

use serde::{Deserialize, Serialize};

/// The tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableId {
    /// What came: concerns, praise, disclosures.
    Received,
    /// Concerns by type; a report may have several.
    Type,
    /// Concerns by setting.
    Setting,
    /// Concerns by who is alleged.
    Source,
    /// Concerns by the channel they came by.
    Channel,
    /// Whether they could be acted on.
    Judged,
    /// How long until the reporter learnt that it was received.
    Acknowledged,
    /// How long until it was closed.
    Closed,
    /// Interventions judged necessary.
    Necessary,
    /// Interventions completed.
    Completed,
    /// Reports of earlier summaries that were sorted differently since, or withdrawn.
    Changed,
}

/// What a row can at most be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Anything.
    Free,
    /// All rows together at most the number of concerns.
    Together,
    /// Each row at most the number of concerns.
    EachConcerns,
    /// Each row at most the number of concerns that can be acted on.
    EachActionable,
    /// Each row at most the same row of the table of interventions judged necessary.
    EachNecessary,
}

/// A span of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// The row.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The last day that is in it.
    pub up_to: u32,
}

const fn band(id: &'static str, name: &'static str, up_to: u32) -> Band {
    Band { id, name, up_to }
}

const ACKNOWLEDGED: [Band; 3] = [
    band("day", "Within a day", 1),
    band("week", "Within a week", 7),
    band("later", "Later", u32::MAX),
];
const CLOSED: [Band; 4] = [
    band("month", "Within 30 days", 30),
    band("quarter", "31 to 90 days", 90),
    band("half-year", "91 to 180 days", 180),
    band("longer", "More than 180 days", u32::MAX),
];

impl TableId {
    /// All, in the order in which they stand, and in which they are reckoned.
    pub const ALL: [Self; 11] = [
        Self::Received,
        Self::Type,
        Self::Setting,
        Self::Source,
        Self::Channel,
        Self::Judged,
        Self::Acknowledged,
        Self::Closed,
        Self::Necessary,
        Self::Completed,
        Self::Changed,
    ];

    /// Its name in files.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Type => "type",
            Self::Setting => "setting",
            Self::Source => "source",
            Self::Channel => "channel",
            Self::Judged => "judged",
            Self::Acknowledged => "acknowledged",
            Self::Closed => "closed",
            Self::Necessary => "necessary",
            Self::Completed => "completed",
            Self::Changed => "changed",
        }
    }

    /// What it is called.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Received => "What came",
            Self::Type => "Concerns by type",
            Self::Setting => "Concerns by setting",
            Self::Source => "Concerns by who is alleged",
            Self::Channel => "Concerns by how they reached us",
            Self::Judged => "Could it be acted on?",
            Self::Acknowledged => "Time until the reporter heard that it was received",
            Self::Closed => "Time until it was addressed",
            Self::Necessary => "Interventions judged necessary",
            Self::Completed => "Interventions completed",
            Self::Changed => "Changes to what earlier summaries counted",
        }
    }

    /// What its rows can at most be.
    #[must_use]
    pub const fn bound(self) -> Bound {
        match self {
            Self::Received | Self::Changed => Bound::Free,
            Self::Setting
            | Self::Source
            | Self::Channel
            | Self::Judged
            | Self::Acknowledged
            | Self::Closed => Bound::Together,
            Self::Type => Bound::EachConcerns,
            Self::Necessary => Bound::EachActionable,
            Self::Completed => Bound::EachNecessary,
        }
    }

    /// Whether somebody might take it that every concern is in one of its rows.
    #[must_use]
    pub const fn may_be_complete(self) -> bool {
        matches!(self, Self::Setting | Self::Source | Self::Channel)
    }

    /// Whether a report may be in several of its rows.
    #[must_use]
    pub const fn is_multiple(self) -> bool {
        matches!(self, Self::Type | Self::Necessary | Self::Completed)
    }

    /// Its spans of days.
    #[must_use]
    pub const fn bands(self) -> &'static [Band] {
        match self {
            Self::Acknowledged => &ACKNOWLEDGED,
            Self::Closed => &CLOSED,
            _ => &[],
        }
    }
}

/// A report counts in a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contribution {
    /// The table.
    pub table: TableId,
    /// The row.
    pub row: String,
}

impl Contribution {
    /// A report counts in a row.
    #[must_use]
    pub fn new(table: TableId, row: &str) -> Self {
        Self {
            table,
            row: row.to_owned(),
        }
    }
}

/// A row's name in files, and for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowName {
    /// In files.
    pub id: String,
    /// For people.
    pub label: String,
}

impl RowName {
    /// A row.
    #[must_use]
    pub fn new(id: &str, label: &str) -> Self {
        Self {
            id: id.to_owned(),
            label: label.to_owned(),
        }
    }
}

/// The rows that the directory names. All of them stand in every table, whether anything is in
/// them or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Types.
    pub types: Vec<RowName>,
    /// Settings.
    pub settings: Vec<RowName>,
    /// Who is alleged.
    pub sources: Vec<RowName>,
    /// Channels.
    pub channels: Vec<RowName>,
    /// Interventions.
    pub measures: Vec<RowName>,
}

impl Plan {
    /// The rows of a table.
    #[must_use]
    pub fn rows(&self, table: TableId) -> Vec<RowName> {
        match table {
            TableId::Received => vec![
                RowName::new(crate::facts::CONCERN, "Concerns"),
                RowName::new("accolade", "Praise"),
                RowName::new("disclosure", "Disclosures"),
            ],
            TableId::Type => self.types.clone(),
            TableId::Setting => self.settings.clone(),
            TableId::Source => self.sources.clone(),
            TableId::Channel => self.channels.clone(),
            TableId::Judged => vec![
                RowName::new(crate::facts::YES, "Specific enough to act on"),
                RowName::new("no", "Counted, without enough to act on"),
            ],
            TableId::Acknowledged | TableId::Closed => table
                .bands()
                .iter()
                .map(|band| RowName::new(band.id, band.name))
                .collect(),
            TableId::Necessary | TableId::Completed => self.measures.clone(),
            TableId::Changed => vec![RowName::new(
                "changed",
                "Sorted differently since, or withdrawn",
            )],
        }
    }
}
