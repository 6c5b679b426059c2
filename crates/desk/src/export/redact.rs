//! Leaving parts out.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    Dossier, Line, Redacted,
    alike::{self, replace},
};
use crate::failure::{Failure, Outcome};

/// What is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Redaction {
    /// Why, where nothing else is said.
    pub reason: String,
    /// Parts by name (`identity`, `message-2`, `file-1`, `note-3`, `timeline-4`), or all of a kind:
    /// `files`, `notes`, `timeline`.
    pub parts: Vec<String>,
    /// Words, wherever they stand, whatever the case of their letters, their accents and the width
    /// of spaces.
    pub words: Vec<Span>,
}

/// Words to be left out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Span {
    /// For the reason of all.
    Plain(String),
    /// For a reason of their own.
    WithReason {
        /// The words.
        text: String,
        /// Why.
        reason: String,
    },
}

impl Span {
    fn text(&self) -> &str {
        match self {
            Self::Plain(text) | Self::WithReason { text, .. } => text.trim(),
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Plain(_) => None,
            Self::WithReason { reason, .. } => Some(reason.trim()),
        }
    }
}

const NO_REASON: &str = "no reason given";

impl Redaction {
    /// What names a person in a case by itself: who the reporter says they are, and the names of files.
    /// Names in texts have to be told as words.
    #[must_use]
    pub fn names() -> Self {
        Self {
            reason: "names".to_owned(),
            parts: vec!["identity".to_owned(), "files".to_owned()],
            words: Vec::new(),
        }
    }

    /// Reads a file: TOML with `reason`, `parts` and `words`.
    ///
    /// # Errors
    /// If it is of another form.
    pub fn parse(text: &str) -> Outcome<Self> {
        // The parser's own words would quote what is to be left out.
        toml::from_str(text).map_err(|_| {
            Failure::usage(
                "The file that says what to leave out is not of the expected form.",
                "Write TOML: reason = \"…\", parts = [\"identity\", \"message-2\"], words = [\"…\"].",
            )
        })
    }

    /// Whether nothing is left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.words.is_empty()
    }

    fn reason<'a>(&'a self, own: Option<&'a str>) -> &'a str {
        let said = own.filter(|reason| !reason.is_empty());
        let said = said.unwrap_or_else(|| self.reason.trim());
        if said.is_empty() { NO_REASON } else { said }
    }

    /// Takes everything out of a dossier that is to be left out.
    ///
    /// # Errors
    /// If a part or words are named that are not there: then something else would stay in.
    pub fn apply(&self, dossier: &mut Dossier) -> Outcome {
        let mut redactions: BTreeMap<(String, String), Option<usize>> = BTreeMap::new();
        for part in &self.parts {
            let names = |name: &str| {
                name == part
                    || match part.as_str() {
                        "files" => name.starts_with("file-"),
                        "notes" => name.starts_with("note-"),
                        "timeline" => name.starts_with("timeline-"),
                        _ => false,
                    }
            };
            let reason = self.reason(None).to_owned();
            let mut found = false;
            for section in &mut dossier.sections {
                if names(&section.part) {
                    found = true;
                    section.heading = kind(&section.part).to_owned();
                    section.lines = vec![Line {
                        label: String::new(),
                        text: mark(&reason),
                    }];
                    redactions.insert((section.part.clone(), reason.clone()), None);
                }
            }
            let is_kind = ["identity", "files", "notes", "timeline"].contains(&part.as_str());
            if !found && !is_kind {
                return Err(Failure::usage(
                    format!("This case has no part “{}”.", crate::clean::short(part, 40)),
                    "The preview (--preview) shows the parts' names in brackets.",
                ));
            }
        }
        for (number, span) in (1..).zip(&self.words) {
            let reason = self.reason(span.reason()).to_owned();
            let needle = alike::plain(span.text());
            if span.text().is_empty() {
                continue;
            }
            let mut places = 0;
            for section in &mut dossier.sections {
                let mut here = 0;
                let texts = section
                    .lines
                    .iter_mut()
                    .flat_map(|line| [&mut line.label, &mut line.text])
                    .chain([&mut section.heading]);
                for text in texts {
                    here += replace(text, &needle, &mark(&reason));
                }
                if here > 0 {
                    let key = (section.part.clone(), reason.clone());
                    let count = redactions.entry(key).or_insert(Some(0));
                    *count = count.map(|count| count + here);
                    places += here;
                }
            }
            if places == 0 {
                // Not quoted: this may be printed or logged.
                return Err(Failure::usage(
                    format!("The words number {number} to be left out stand nowhere in this case."),
                    "Check how they are spelt there: otherwise they would stay in.",
                ));
            }
        }
        dossier.redactions = redactions
            .into_iter()
            .map(|((part, reason), places)| Redacted {
                part,
                reason,
                places,
            })
            .collect();
        Ok(())
    }
}

fn mark(reason: &str) -> String {
    format!("[redacted: {reason}]")
}

/// What a part is, where its heading is left out with it.
fn kind(part: &str) -> &'static str {
    match part.split('-').next().unwrap_or_default() {
        "identity" => "Who the reporter says they are",
        "message" => "A message",
        "file" => "A file",
        "note" => "A note",
        "timeline" => "A step",
        _ => "A part",
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Section, *};

    fn dossier() -> Dossier {
        let section = |part: &str, text: &str| Section {
            part: part.to_owned(),
            heading: format!("{part} by DR. SMITH"),
            lines: vec![Line {
                label: "said".to_owned(),
                text: text.to_owned(),
            }],
        };
        Dossier {
            format: super::super::FORMAT,
            case: "7f3a".to_owned(),
            id: "7f3a".to_owned(),
            office: "An office".to_owned(),
            exported: "2026-11-22".to_owned(),
            redactions: Vec::new(),
            sections: vec![
                section("identity", "canary-name"),
                section("message-1", "dr. smith said it; Dr.\u{a0}Smith denied it"),
                section("file-1", "canary-file.pdf"),
                section("note-1", "canary-note"),
            ],
        }
    }

    #[test]
    fn what_is_left_out_is_in_no_form_of_the_file() {
        let mut dossier = dossier();
        let redaction = Redaction::parse(
            "reason = \"counsel\"\nparts = [\"identity\", \"files\", \"note-1\"]\n\
             words = [{ text = \"Dr. Smith\", reason = \"third person\" }]\n",
        )
        .unwrap();
        redaction.apply(&mut dossier).unwrap();
        for form in [
            super::super::Form::Html,
            super::super::Form::Json,
            super::super::Form::Text,
        ] {
            let written = super::super::write(&dossier, form).unwrap().to_lowercase();
            for canary in ["canary", "smith"] {
                assert!(!written.contains(canary), "{form:?}: {written}");
            }
            assert!(written.contains("[redacted: counsel]"));
            assert!(written.contains("third person"));
        }
        // Twice in the text, and once in the heading.
        let places: Vec<_> = dossier
            .redactions
            .iter()
            .map(|r| (r.part.as_str(), r.places))
            .collect();
        assert_eq!(
            places,
            [
                ("file-1", None),
                ("identity", None),
                ("message-1", Some(3)),
                ("note-1", None)
            ]
        );
    }

    #[test]
    fn words_are_left_out_however_they_are_written() {
        let mut dossier = dossier();
        dossier.sections[1].lines[0].text = "José García, JOSE\u{301} GARCI\u{301}A; \
            Jo\u{200b}sé\u{a0}\n García and Ｊｏｓｅ Garcia: all gone."
            .to_owned();
        let redaction = Redaction::parse("reason = \"r\"\nwords = [\"José García\"]").unwrap();
        redaction.apply(&mut dossier).unwrap();
        assert_eq!(
            dossier.sections[1].lines[0].text,
            "[redacted: r], [redacted: r]; [redacted: r] and [redacted: r]: all gone."
        );
        // What cannot be seen is nowhere, and is not everywhere.
        let nothing = Redaction::parse("words = [\"\u{200b}\"]").unwrap();
        assert!(nothing.apply(&mut dossier).is_err());
    }

    #[test]
    fn what_is_not_there_is_told_and_not_quoted() {
        for wrong in ["parts = [\"message-9\"]", "words = [\"canary-misspelt\"]"] {
            let redaction = Redaction::parse(wrong).unwrap();
            let failure = redaction.apply(&mut dossier()).unwrap_err();
            assert!(!failure.to_string().contains("canary"), "{failure}");
        }
        let failure = Redaction::parse("words = \"canary").unwrap_err();
        assert!(!failure.to_string().contains("canary"));
        assert!(Redaction::names().apply(&mut dossier()).is_ok());
    }
}
