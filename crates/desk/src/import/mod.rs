//! Bringing in a table of comments, such as those of course and clerkship evaluations: each row one
//! sealed report to the offices that the topic's rules name.
//!
//! ```text
//! table    bytes of a CSV file → rows, and broken rows with their lines
//! columns  which column says what: guessed, said, remembered for the same headings
//! plan     rows → reports with recipients; the same row twice, rows without a comment
//! run      sends them, a few at a time, and records what was sent
//! ```
//!
//! Nobody holds a claim code of an imported report, so nobody can be answered. Each report's secrets
//! follow from a key of this desk and the row, so that a row that was sent just before an
//! interruption is the same report when it is sent again, and counts once.
//!
//! Invariant: nothing of the file but its name and digests under a key of this desk is kept, both in
//! the encrypted case file; nothing is sent before somebody has seen who will read it.

pub mod columns;
pub mod command;
pub mod plan;
pub mod run;
pub mod table;

use std::path::Path;

use candor_directory::{CategoryId, Directory, Topic, TopicId};
use zeroize::Zeroizing;

use crate::{
    clean,
    desk::Desk,
    failure::{Failure, Outcome},
    record::{Entry, Record},
};

use self::{
    columns::{Columns, Target, targets},
    plan::{Plan, Reading, RowKey, plan},
    table::{Form, MAX_LEN, Table},
};

/// The topic that is taken if none is named and the directory has it.
pub const USUAL_TOPIC: &str = "evaluation-comments";

/// A file that is to be imported.
#[derive(Clone)]
pub struct Source {
    /// Its name without folders, to be told to the offices.
    pub name: String,
    bytes: Zeroizing<Vec<u8>>,
    /// Its rows.
    pub table: Table,
    /// What was said of its form.
    pub form: Form,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({} rows)", self.table.rows.len())
    }
}

impl Source {
    /// Takes bytes as a file of this name.
    ///
    /// # Errors
    /// If they are no table.
    pub fn new(name: &str, bytes: Zeroizing<Vec<u8>>, form: Form) -> Outcome<Self> {
        let table = Table::read(&bytes, form)?;
        Ok(Self {
            name: clean::file_name(name, 1),
            bytes,
            table,
            form,
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read or is no table.
    pub fn open(path: &Path, form: Form) -> Outcome<Self> {
        let bytes = crate::home::read_file("Cannot read", path, MAX_LEN)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Self::new(&name, Zeroizing::new(bytes), form)
    }

    /// The same file, read in another form.
    ///
    /// # Errors
    /// If it is no table in that form.
    pub fn read_as(&self, form: Form) -> Outcome<Self> {
        Self::new(&self.name, self.bytes.clone(), form)
    }
}

/// What is chosen for an import.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The topic.
    pub topic: TopicId,
    /// The channel of all rows; none if it follows from each.
    pub channel: Option<CategoryId>,
    /// Which column says what.
    pub columns: Columns,
}

/// The topic that is named, or the usual one.
///
/// # Errors
/// If there is no such topic, or none is named and the usual one is not there.
pub fn topic<'a>(directory: &'a Directory, named: Option<&str>) -> Outcome<&'a Topic> {
    let wanted = named.unwrap_or(USUAL_TOPIC);
    let found = wanted.parse().ok().and_then(|id| directory.topic(&id));
    found.ok_or_else(|| {
        let known: Vec<&str> = directory.topics.iter().map(|t| t.id.as_str()).collect();
        let cause = if named.is_some() {
            "The directory has no such topic."
        } else {
            "The directory has no topic for evaluation comments, and none was named."
        };
        Failure::usage(
            cause,
            format!("Choose one by --topic: {}.", known.join(", ")),
        )
    })
}

/// The columns as they were assigned the last time to the same headings, or as the headings suggest.
///
/// # Errors
/// If the directory was never fetched.
pub fn suggested(desk: &Desk, table: &Table, topic: &Topic) -> Outcome<Columns> {
    let directory = &desk.published()?.directory;
    let targets = targets(directory, topic, &desk.config.language);
    let remembered = desk.state.import_columns.get(&headings_key(table));
    Ok(match remembered {
        Some((_, columns)) => {
            let mut columns = columns.clone();
            columns.fit(table, &targets);
            columns
        }
        None => Columns::guess(table, &targets),
    })
}

/// The topic that was chosen the last time for the same headings.
#[must_use]
pub fn remembered_topic<'a>(desk: &'a Desk, table: &Table) -> Option<&'a TopicId> {
    let (topic, _) = desk.state.import_columns.get(&headings_key(table))?;
    Some(topic)
}

/// Keeps the assignment for files with the same headings.
///
/// # Errors
/// If it cannot be recorded.
pub fn remember(desk: &mut Desk, table: &Table, choice: &Choice) -> Outcome {
    let headings = headings_key(table);
    let known = desk.state.import_columns.get(&headings);
    if known.is_some_and(|(topic, columns)| *topic == choice.topic && *columns == choice.columns) {
        return Ok(());
    }
    desk.record_one(Entry::bare(Record::ImportColumns {
        headings,
        topic: choice.topic.clone(),
        columns: choice.columns.clone(),
    }))
}

/// Headings in one line, whatever their order.
fn headings_key(table: &Table) -> String {
    let mut headings = table.headings.clone();
    headings.sort_unstable();
    headings.join("\u{1f}")
}

/// What importing it would do.
///
/// # Errors
/// If the directory was never fetched, the topic is not there, or no column is the comment.
pub fn planned(desk: &Desk, table: &Table, choice: &Choice) -> Outcome<Plan> {
    let directory = &desk.published()?.directory;
    let topic = topic(directory, Some(choice.topic.as_str()))?;
    let targets: Vec<Target<'_>> = targets(directory, topic, &desk.config.language);
    let reading = Reading {
        directory,
        topic: &choice.topic,
        targets: &targets,
        columns: &choice.columns,
        channel: choice.channel.as_ref(),
    };
    let key = RowKey::new(&desk.import_key());
    plan(table, &reading, &key, &desk.state.imported)
}
