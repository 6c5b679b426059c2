//! Which column of a table says what.
//!
//! A topic's questions are filled from columns, and the comment becomes the report's text. *Course*,
//! *clerkship* and *period* can always be given: where the topic has no question for one of them,
//! it stands as a line above the text. Columns that are assigned to nothing are not sent.

use std::collections::BTreeMap;

use candor_directory::{Directory, Language, Question, QuestionKind, Topic};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Outcome};

use super::table::Table;

/// The report's text.
pub const COMMENT: &str = "comment";
/// What every evaluation has, with the headings that usually stand above it.
const USUAL: [(&str, &str, &[&str]); 3] = [
    (
        "course",
        "Course",
        &[
            "course",
            "module",
            "class",
            "subject",
            "curso",
            "asignatura",
        ],
    ),
    (
        "clerkship",
        "Clerkship",
        &["clerkship", "rotation", "placement", "rotacion", "rotación"],
    ),
    (
        "period",
        "Period",
        &[
            "period", "term", "semester", "quarter", "block", "date", "year", "periodo", "fecha",
        ],
    ),
];
const COMMENTS: &[&str] = &[
    "comment",
    "comments",
    "free text",
    "response",
    "remarks",
    "feedback",
    "text",
    "comentario",
    "comentarios",
];

/// What a column can be assigned to.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    /// Its name on the command line.
    pub name: String,
    /// Its words.
    pub label: String,
    /// The question that it answers; none if it is text.
    pub question: Option<&'a Question>,
}

/// Everything that a column can be assigned to, for a topic: the comment, what is usual, then the
/// topic's other questions.
#[must_use]
pub fn targets<'a>(
    directory: &'a Directory,
    topic: &Topic,
    language: &Language,
) -> Vec<Target<'a>> {
    let asked: Vec<&Question> = topic
        .questions
        .iter()
        .filter_map(|id| directory.question(id))
        .collect();
    let mut found = vec![Target {
        name: COMMENT.to_owned(),
        label: "Comment".to_owned(),
        question: None,
    }];
    for (name, label, _) in USUAL {
        let by_name = asked.iter().find(|question| question.id.as_str() == name);
        let by_kind = || {
            let mut periods = asked.iter().filter(|q| q.kind == QuestionKind::Period);
            periods.next().filter(|_| name == "period")
        };
        found.push(Target {
            name: name.to_owned(),
            label: label.to_owned(),
            question: by_name.or_else(by_kind).copied(),
        });
    }
    for question in asked {
        let is_taken = found
            .iter()
            .any(|target| target.question.is_some_and(|known| known.id == question.id));
        if !is_taken && question.id.as_str() != COMMENT {
            let label = question.label.show(language, &directory.languages);
            found.push(Target {
                name: question.id.to_string(),
                label: label.text.to_owned(),
                question: Some(question),
            });
        }
    }
    found
}

/// Which heading is assigned to what: name of the target → heading.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Columns(pub BTreeMap<String, String>);

impl Columns {
    /// What the headings suggest.
    #[must_use]
    pub fn guess(table: &Table, targets: &[Target<'_>]) -> Self {
        let mut columns = BTreeMap::new();
        for target in targets {
            let usual = USUAL.iter().find(|(name, _, _)| *name == target.name);
            let words = match usual {
                Some((_, _, words)) => *words,
                None if target.name == COMMENT => COMMENTS,
                None => &[],
            };
            let is_free =
                |heading: &&String| !columns.values().any(|taken: &String| taken == *heading);
            let mut best: Option<(u8, &String)> = None;
            for heading in table.headings.iter().filter(is_free) {
                let fit = fit(heading, target, words);
                if fit > best.map_or(0, |(fit, _)| fit) {
                    best = Some((fit, heading));
                }
            }
            let fallback = || longest(table).filter(|_| target.name == COMMENT);
            if let Some(heading) = best.map(|(_, heading)| heading).or_else(fallback) {
                columns.insert(target.name.clone(), heading.clone());
            }
        }
        Self(columns)
    }

    /// Takes what was said on the command line or in the form over what was guessed. An empty
    /// heading assigns nothing.
    ///
    /// # Errors
    /// If there is no such target or no such column.
    pub fn assign(
        &mut self,
        said: &[(String, String)],
        table: &Table,
        targets: &[Target<'_>],
    ) -> Outcome {
        for (name, heading) in said {
            if !targets.iter().any(|target| target.name == *name) {
                let names: Vec<&str> = targets.iter().map(|t| t.name.as_str()).collect();
                return Err(Failure::usage(
                    "A column is assigned to something that this topic does not have.",
                    format!("Assign columns to these: {}.", names.join(", ")),
                ));
            }
            if heading.is_empty() {
                self.0.remove(name);
                continue;
            }
            let known = table.column(heading).map(|_| heading.clone()).or_else(|| {
                let same = |known: &&String| plain(known) == plain(heading);
                table.headings.iter().find(same).cloned()
            });
            let Some(known) = known else {
                return Err(Failure::usage(
                    format!("The file has no column for “{name}” with the heading that was given."),
                    "Without --map, “import FILE --dry-run” shows the file's headings.",
                ));
            };
            self.0
                .retain(|other, taken| other == name || *taken != known);
            self.0.insert(name.clone(), known);
        }
        Ok(())
    }

    /// Leaves out what this table or topic does not have.
    pub fn fit(&mut self, table: &Table, targets: &[Target<'_>]) {
        self.0.retain(|name, heading| {
            targets.iter().any(|target| target.name == *name) && table.column(heading).is_some()
        });
    }

    /// The column of a target.
    #[must_use]
    pub fn column(&self, target: &str, table: &Table) -> Option<usize> {
        table.column(self.0.get(target)?)
    }

    /// The headings of columns that are not sent.
    #[must_use]
    pub fn unused<'a>(&self, table: &'a Table) -> Vec<&'a str> {
        table
            .headings
            .iter()
            .filter(|heading| !self.0.values().any(|used| used == *heading))
            .map(String::as_str)
            .collect()
    }
}

/// Reads `target=Heading`.
///
/// # Errors
/// If there is no `=`.
pub fn parse_assignment(text: &str) -> Result<(String, String), String> {
    let (name, heading) = text
        .split_once('=')
        .ok_or_else(|| "it is not of the form name=Heading".to_owned())?;
    Ok((name.trim().to_owned(), heading.trim().to_owned()))
}

fn plain(words: &str) -> String {
    let mut plain = String::with_capacity(words.len());
    for c in words.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            plain.push(c);
        } else if !plain.ends_with(' ') && !plain.is_empty() {
            plain.push(' ');
        }
    }
    plain.trim_end().to_owned()
}

/// How well a heading fits: 0 is not at all.
fn fit(heading: &str, target: &Target<'_>, usual: &[&str]) -> u8 {
    let heading = plain(heading);
    let is_exact = heading == plain(&target.name)
        || heading == plain(&target.label)
        || usual.contains(&heading.as_str())
        || target.question.is_some_and(|question| {
            let languages = question.label.languages();
            languages
                .into_iter()
                .any(|language| plain(question.label.show(language, &[]).text) == heading)
        });
    if is_exact {
        return 3;
    }
    let words: Vec<&str> = heading.split(' ').collect();
    let has = |usual: &&str| words.contains(usual);
    let last = words.last().copied().unwrap_or_default();
    // “Course code” and “Comment ID” are about a course and a comment, but say neither.
    if matches!(last, "id" | "code" | "number" | "no" | "count") {
        return 0;
    }
    match usual.iter().filter(|word| has(word)).count() {
        0 => 0,
        _ if words.first().is_some_and(|first| usual.contains(first)) => 2,
        _ => 1,
    }
}

/// The column with the most words in it.
fn longest(table: &Table) -> Option<&String> {
    let len = |column: usize| -> usize {
        let cells = table.rows.iter().take(200);
        cells
            .filter_map(|row| row.cells.get(column))
            .map(|cell| cell.len())
            .sum()
    };
    table
        .headings
        .iter()
        .enumerate()
        .max_by_key(|(column, _)| len(*column))
        .map(|(_, heading)| heading)
}
