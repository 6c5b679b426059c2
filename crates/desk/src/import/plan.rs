//! What an import would send: each row a report, with its recipients; the same row twice, rows
//! without a comment and broken rows apart.
//!
//! Invariant: nothing of a row is kept on disk but a digest under a key of this desk, in the
//! encrypted case file. A digest covers the whole row, so that two people who wrote the same words
//! are two rows as long as anything in the file tells them apart.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use candor_directory::{
    Answer, Answers, CategoryId, Directory, Language, Question, QuestionKind, Text, TopicId, route,
};
use candor_wire::OfficeId;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    case_file::CaseKey,
    failure::{Failure, Outcome},
};

use super::{
    columns::{COMMENT, Columns, Target},
    table::{Broken, Row, Table},
};

/// The name of a row: 16 bytes.
pub type RowDigest = [u8; 16];

/// Names rows, and gives their reports secrets: the same row always the same ones, so that what
/// was sent before an interruption is known for what it is.
#[derive(Clone)]
pub struct RowKey(Zeroizing<[u8; 32]>);

impl RowKey {
    const KEY: &[u8] = b"candor-desk import";
    const DIGEST: &[u8] = b"row ";
    const ROOT: &[u8] = b"root";

    /// The key of a desk, as its case file keeps it.
    #[must_use]
    pub fn new(key: &CaseKey) -> Self {
        Self(Zeroizing::new(*key.expose()))
    }

    /// The key of a desk whose case file was begun under one key alone.
    #[must_use]
    pub fn derived(case_key: &CaseKey) -> Self {
        Self(mac(case_key.expose(), &[Self::KEY]))
    }

    /// The bytes.
    #[must_use]
    pub fn into_bytes(self) -> Zeroizing<[u8; 32]> {
        self.0
    }

    /// The name of a row, whatever the order of its columns.
    #[must_use]
    pub fn digest(&self, headings: &[String], row: &Row) -> RowDigest {
        let mut cells: Vec<(&str, &str)> = headings
            .iter()
            .zip(&row.cells)
            .map(|(heading, cell)| (heading.as_str(), cell.trim()))
            .filter(|(_, cell)| !cell.is_empty())
            .collect();
        cells.sort_unstable();
        let mut bytes = Zeroizing::new(Vec::new());
        for part in cells
            .into_iter()
            .flat_map(|(heading, cell)| [heading, cell])
        {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        let whole = mac(&self.0, &[Self::DIGEST, &bytes]);
        let mut digest = RowDigest::default();
        for (to, from) in digest.iter_mut().zip(whole.iter()) {
            *to = *from;
        }
        digest
    }

    /// What the secrets of a row's report follow from.
    #[must_use]
    pub fn root(&self, digest: &RowDigest) -> Zeroizing<[u8; 32]> {
        mac(&self.0, &[Self::ROOT, digest])
    }
}

impl fmt::Debug for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RowKey(..)")
    }
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// A row that becomes a report.
#[derive(Clone)]
pub struct Ready {
    /// The line on which it begins.
    pub line: u64,
    /// Its name.
    pub digest: RowDigest,
    /// What its columns answer.
    pub answers: Answers,
    /// Its text.
    pub text: Zeroizing<String>,
    /// By which channel it came to the office: an id of the directory's list.
    pub channel: CategoryId,
    /// Who will be able to read it.
    pub offices: Vec<OfficeId>,
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ready(line {}, ..)", self.line)
    }
}

/// The same row again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Double {
    /// The line on which it begins.
    pub line: u64,
    /// The line of the first one in this file; none if it was imported before.
    pub first: Option<u64>,
}

/// What an import would do.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Rows to be sent, in order.
    pub ready: Vec<Ready>,
    /// Rows that were there before.
    pub doubles: Vec<Double>,
    /// Lines of rows without a comment.
    pub blank: Vec<u64>,
    /// Rows that cannot be used.
    pub broken: Vec<Broken>,
    /// Who would read how many rows.
    pub readers: BTreeMap<Vec<OfficeId>, usize>,
}

impl Plan {
    /// How many rows there are in all.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.ready.len() + self.doubles.len() + self.blank.len() + self.broken.len()
    }

    /// How many of the doubles were imported before.
    #[must_use]
    pub fn imported_before(&self) -> usize {
        let before = self.doubles.iter().filter(|double| double.first.is_none());
        before.count()
    }
}

/// How rows are understood.
#[derive(Clone, Debug)]
pub struct Reading<'a> {
    /// The directory.
    pub directory: &'a Directory,
    /// The topic.
    pub topic: &'a TopicId,
    /// What columns can be assigned to.
    pub targets: &'a [Target<'a>],
    /// What they are assigned to.
    pub columns: &'a Columns,
    /// The channel that all rows came by; none if it follows from the row.
    pub channel: Option<&'a CategoryId>,
}

/// Works out what an import would do.
///
/// # Errors
/// If no column is the comment.
pub fn plan(
    table: &Table,
    reading: &Reading<'_>,
    key: &RowKey,
    imported: &BTreeSet<RowDigest>,
) -> Outcome<Plan> {
    let comment = reading.columns.column(COMMENT, table).ok_or_else(|| {
        Failure::usage(
            "No column is assigned to the comment.",
            "Say which column is, such as --map “comment=What you wish to say”.",
        )
    })?;
    let mut plan = Plan {
        broken: table.broken.clone(),
        ..Plan::default()
    };
    let mut seen: BTreeMap<RowDigest, u64> = BTreeMap::new();
    for row in &table.rows {
        let text = row.cells.get(comment).map_or("", |cell| cell.trim());
        if text.is_empty() {
            plan.blank.push(row.line);
            continue;
        }
        let digest = key.digest(&table.headings, row);
        let first = seen.get(&digest).copied();
        if first.is_some() || imported.contains(&digest) {
            plan.doubles.push(Double {
                line: row.line,
                first,
            });
            continue;
        }
        match ready(table, row, text, digest, reading) {
            Ok(one) => {
                seen.insert(digest, row.line);
                *plan.readers.entry(one.offices.clone()).or_default() += 1;
                plan.ready.push(one);
            }
            Err(why) => plan.broken.push(Broken {
                line: row.line,
                why,
            }),
        }
    }
    plan.broken.sort_by_key(|broken| broken.line);
    Ok(plan)
}

fn ready(
    table: &Table,
    row: &Row,
    comment: &str,
    digest: RowDigest,
    reading: &Reading<'_>,
) -> Result<Ready, String> {
    let mut answers = Answers::new();
    let mut above = Zeroizing::new(String::new());
    let mut has_clerkship = false;
    for target in reading
        .targets
        .iter()
        .filter(|target| target.name != COMMENT)
    {
        let column = reading.columns.column(&target.name, table);
        let Some(cell) = column.and_then(|column| row.cells.get(column)) else {
            continue;
        };
        let cell = cell.trim();
        if cell.is_empty() {
            continue;
        }
        has_clerkship |= target.name == "clerkship";
        match target.question {
            Some(question) => {
                let answer = answer(reading.directory, question, cell)
                    .ok_or_else(|| format!("“{}” has no such answer", target.name))?;
                answers.insert(question.id.clone(), answer);
            }
            None => {
                above.push_str(&target.label);
                above.push_str(": ");
                above.push_str(cell);
                above.push('\n');
            }
        }
    }
    if !above.is_empty() {
        above.push('\n');
    }
    above.push_str(comment);
    let most = reading.directory.limits.text_bytes;
    if above.len() > usize::try_from(most).unwrap_or(usize::MAX) {
        return Err(format!("its comment is longer than {most} bytes"));
    }
    let route = route(reading.directory, reading.topic, &answers, &BTreeSet::new())
        .map_err(|error| format!("nobody can be found to read it: {error}"))?;
    Ok(Ready {
        line: row.line,
        digest,
        answers,
        text: above,
        channel: channel(reading, has_clerkship)?,
        offices: route.offices().cloned().collect(),
    })
}

/// The channel that was said, or the one that the row speaks for.
fn channel(reading: &Reading<'_>, has_clerkship: bool) -> Result<CategoryId, String> {
    if let Some(channel) = reading.channel {
        return Ok(channel.clone());
    }
    let meant = if has_clerkship {
        "clerkship-evaluation"
    } else {
        "course-evaluation"
    };
    let channels = &reading.directory.categories.channels;
    match channels.iter().find(|channel| channel.id.as_str() == meant) {
        Some(channel) => Ok(channel.id.clone()),
        None => "import".parse().map_err(|_| "it has no channel".to_owned()),
    }
}

/// A cell as the answer to a question.
fn answer(directory: &Directory, question: &Question, cell: &str) -> Option<Answer> {
    let option = |words: &str| {
        let words = words.trim();
        question
            .options
            .iter()
            .find(|option| option.id.as_str() == words || says(&option.label, words))
            .map(|option| option.id.to_string())
    };
    match question.kind {
        QuestionKind::One => option(cell).map(Answer::One),
        QuestionKind::Many => {
            if let Some(one) = option(cell) {
                return Some(Answer::Many(vec![one]));
            }
            let parts = cell.split([';', ',', '\n', '|']);
            let all: Option<Vec<String>> = parts
                .filter(|part| !part.trim().is_empty())
                .map(option)
                .collect();
            all.filter(|all| !all.is_empty()).map(Answer::Many)
        }
        QuestionKind::YesNoUnsure => {
            let plain = cell.to_lowercase();
            let word = match plain.as_str() {
                "yes" | "y" | "true" | "1" => "yes",
                "no" | "n" | "false" | "0" => "no",
                "unsure" | "not sure" | "unknown" | "don't know" => "unsure",
                _ => return None,
            };
            Some(Answer::One(word.to_owned()))
        }
        QuestionKind::Place => {
            let places = directory.places.iter();
            let known = places
                .filter(|place| place.id.as_str() == cell || says(&place.names, cell))
                .map(|place| place.id.to_string())
                .next();
            Some(Answer::One(known.unwrap_or_else(|| cell.to_owned())))
        }
        QuestionKind::ShortText
        | QuestionKind::LongText
        | QuestionKind::Period
        | QuestionKind::Person => Some(Answer::One(cell.to_owned())),
    }
}

/// Whether a text says this in any language.
fn says(text: &Text, words: &str) -> bool {
    let words = words.to_lowercase();
    let languages: Vec<&Language> = text.languages().collect();
    languages
        .into_iter()
        .any(|language| text.show(language, &[]).text.to_lowercase() == words)
}
