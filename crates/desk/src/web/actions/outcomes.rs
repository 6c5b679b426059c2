//! Summaries of outcomes.

use actix_web::http::StatusCode;
use candor_outcomes::summary::Words;
use rand::rngs::OsRng;
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    failure::{Failure, Outcome},
    outcomes::{
        self,
        command::parse_day,
        handing_out::{self, Chosen, Form},
    },
    recovery,
    web::{
        pages::outcomes::{self as page, Shown},
        routes::Out,
        submission::Submission,
    },
};

use super::{Asked, failed, value};

/// What has just been done.
fn note(query: &str) -> Option<&'static str> {
    match value(query, "note")? {
        "words" => Some("The words are kept."),
        "signed" => Some("The summary is signed off. “Publish” gives the file for readers."),
        _ => None,
    }
}

fn words_of(submission: &Submission) -> Words {
    Words {
        introduction: submission.text("introduction").trim().to_owned(),
        measures: submission.text("measures").trim().to_owned(),
    }
}

impl Asked<'_> {
    pub(super) fn outcomes(&self, query: &str) -> Out {
        Out::page(self.outcomes_page(None, None, note(query)))
    }

    fn outcomes_page(
        &self,
        words: Option<&Words>,
        problem: Option<&Failure>,
        note: Option<&str>,
    ) -> String {
        let desk = &self.desk;
        let words = words.unwrap_or(&desk.state.outcomes.words);
        let draft = outcomes::draft(desk, None, None);
        let warnings = outcomes::warnings(desk, words);
        let shown = Shown {
            draft: draft.as_ref(),
            words,
            warnings: &warnings,
            signed: &desk.state.outcomes.signed,
            problem,
            through: draft.as_ref().map_or_else(
                |_| String::new(),
                |draft| draft.kept.summary.through.to_string(),
            ),
        };
        page::outcomes(&self.frame(), &shown, note)
    }

    /// The words as somebody had written them when the desk locked itself.
    pub(super) fn outcomes_resumed(&self, fields: &Submission) -> Out {
        Out::page(self.outcomes_page(Some(&words_of(fields)), None, None))
    }

    pub(super) fn outcomes_done(&mut self, submission: &Submission) -> Out {
        let words = words_of(submission);
        let is_writing = submission.field("do") == "write";
        let done = if is_writing {
            outcomes::write(&mut self.desk, &words).map(|()| "words")
        } else {
            self.signed_off(submission).map(|()| "signed")
        };
        match done {
            Ok(note) => Out::redirect(format!("/outcomes?note={note}")),
            Err(failure) => {
                let words = is_writing.then_some(&words);
                Out::page(self.outcomes_page(words, Some(&failure), None))
                    .status(StatusCode::CONFLICT)
            }
        }
    }

    fn signed_off(&mut self, submission: &Submission) -> Outcome {
        if submission.field("reviewed") != "yes" {
            return Err(Failure::usage(
                "Nobody has said that the words and the numbers were read.",
                "Read them, tick the box, and sign off.",
            ));
        }
        let through = parse_day(submission.field("through"))
            .map_err(|_| Failure::usage("The last day is missing.", "Open the page again."))?;
        let like = submission.field("looked-at");
        outcomes::sign_off(&mut self.desk, Some(through), None, Some(like)).map(|_| ())
    }

    pub(super) fn outcomes_publish(&self, number: u32) -> Out {
        match outcomes::signed(&self.desk, Some(number)) {
            Ok((summary, _)) => {
                let words = recovery::generate_passphrase(&mut OsRng);
                Out::page(page::publish(
                    &self.frame(),
                    &summary,
                    words.expose_secret(),
                ))
            }
            Err(failure) => failed(self.site, self.session, &failure),
        }
    }

    pub(super) fn outcomes_file(&self, number: u32, submission: &Submission) -> Out {
        match self.outcomes_saved(number, submission) {
            Ok((name, text)) => Out::download(&name, text),
            Err(failure) => failed(self.site, self.session, &failure),
        }
    }

    fn outcomes_saved(&self, number: u32, submission: &Submission) -> Outcome<(String, String)> {
        let (summary, earlier) = if number == 0 {
            let draft = outcomes::draft(&self.desk, None, None)?;
            (draft.kept.summary, draft.earlier)
        } else {
            outcomes::signed(&self.desk, Some(number))?
        };
        let wanted = submission.field("form");
        if wanted == "published" && number > 0 {
            let words = SecretString::from(submission.field("words").to_owned());
            let file = handing_out::published(&summary, &earlier, &words, Chosen::Offered)?;
            return Ok((format!("summary-{number}.html"), file));
        }
        let form = Form::ALL.into_iter().find(|form| form.word() == wanted);
        let files = form.map(|form| handing_out::files(form, &summary, &earlier, &[]));
        let (name, text) = files
            .and_then(|files| files.into_iter().next())
            .ok_or_else(|| Failure::usage("There is no such form.", "Open the page again."))?;
        let before = if number == 0 {
            "draft".to_owned()
        } else {
            format!("summary-{number}")
        };
        Ok((format!("{before}-not-encrypted-{name}"), text))
    }
}
