//! Exporting a case to a file that is no longer encrypted, whole or with parts left out.
//!
//! A [`Dossier`] is the case as lines of words, in parts that have names: `summary`, `identity`,
//! `message-1` …, `file-1` …, `note-1` …, `timeline-1` …. What is left out is taken from the dossier
//! before anything is written from it, so that no form of it (HTML for print, JSON, text) ever held it.
//!
//! Invariant: of what is left out nothing is in the file, neither its length nor its number of lines:
//! in its place stands “[redacted]” with the reason.

mod alike;
pub mod command;
mod gather;
mod html;
mod redact;

use serde::Serialize;

pub use self::{
    gather::gather,
    html::html,
    redact::{Redaction, Span},
};
use crate::clean;

/// The format of the JSON.
pub const FORMAT: &str = "candor-case-export/1";

/// A case in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dossier {
    /// [`FORMAT`].
    pub format: &'static str,
    /// The case's short id.
    pub case: String,
    /// The conversation.
    pub id: String,
    /// The office that exports it.
    pub office: String,
    /// The day.
    pub exported: String,
    /// What was left out, and why.
    pub redactions: Vec<Redacted>,
    /// What it says, in order.
    pub sections: Vec<Section>,
}

/// A part of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Its name.
    pub part: String,
    /// What it is.
    pub heading: String,
    /// What it says.
    pub lines: Vec<Line>,
}

/// A line of words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What it is about; empty where that is clear.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// The words.
    pub text: String,
}

/// Something that was left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Redacted {
    /// Where.
    pub part: String,
    /// Why.
    pub reason: String,
    /// How often, for words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub places: Option<usize>,
}

/// The forms of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// HTML for print: one file, without scripts.
    Html,
    /// JSON.
    Json,
    /// Text.
    Text,
}

impl Form {
    /// The ending of its files.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Html => ".html",
            Self::Json => ".json",
            Self::Text => ".txt",
        }
    }
}

/// The dossier as text.
#[must_use]
pub fn text(dossier: &Dossier) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "Case {}, exported by {} on {}\n",
        dossier.case, dossier.office, dossier.exported
    );
    for section in &dossier.sections {
        let _ = writeln!(out, "{}  [{}]", clean::line(&section.heading), section.part);
        for line in &section.lines {
            if !line.label.is_empty() {
                let _ = writeln!(out, "  {}:", clean::line(&line.label));
            }
            for row in clean::text(&line.text).lines() {
                let _ = writeln!(out, "  | {row}");
            }
        }
        out.push('\n');
    }
    if !dossier.redactions.is_empty() {
        out.push_str("Left out:\n");
        for one in &dossier.redactions {
            let _ = writeln!(out, "  {}: {}", one.part, clean::line(&one.reason));
        }
    }
    out
}

/// The dossier in a form.
///
/// # Errors
/// If it cannot be written: a defect.
pub fn write(dossier: &Dossier, form: Form) -> crate::failure::Outcome<String> {
    match form {
        Form::Html => Ok(html(dossier)),
        Form::Json => crate::view::to_json(dossier),
        Form::Text => Ok(text(dossier)),
    }
}
