//! Replies.

use std::{collections::BTreeSet, io::Cursor, sync::Arc};

use candor_directory::Text;
use candor_sealing::{
    content::MAX_QUESTIONS,
    message::{ReplyContent, Source},
};
use candor_wire::{ConversationId, OfficeId};
use rand::{RngCore as _, rngs::OsRng};

use crate::{
    attachments::{self, Outgoing},
    case::Case,
    clean,
    failure::{Failure, Outcome},
    outbox,
    reply::{Asking, content},
    templates, view,
};

use super::{Asked, case_path, locked, not_found};
use crate::web::{
    pages::{
        door::Draft,
        reply::{self, Reach, ReplyPage},
    },
    routes::{Out, Route},
    submission::{Refused, Submission, Upload},
};

impl Asked<'_> {
    pub(super) fn reach(&self, case: &Case) -> Outcome<Reach> {
        let audience = outbox::audience_of(&self.desk, case)?;
        let offices: BTreeSet<&OfficeId> = audience.offices().collect();
        let name = |id: &OfficeId| self.office_name(id);
        let words = |offices: &mut dyn Iterator<Item = &OfficeId>| {
            offices.map(OfficeId::as_str).collect::<Vec<_>>().join(",")
        };
        Ok(Reach {
            mark: format!(
                "{};{};{}",
                words(&mut offices.iter().copied()),
                words(&mut audience.left_out().iter()),
                words(&mut audience.unreachable().iter().map(|(office, _)| office)),
            ),
            offices: offices.into_iter().map(name).collect(),
            left_out: audience.left_out().iter().map(name).collect(),
            unreachable: audience
                .unreachable()
                .iter()
                .map(|(office, error)| (name(office), error.to_string()))
                .collect(),
        })
    }

    pub(super) fn reply(
        &self,
        case: &Arc<Case>,
        text: &str,
        asking: &Asking,
        problem: Option<&str>,
        had_files: bool,
    ) -> Out {
        let detail = view::detail(&self.desk, case);
        let reach = self.reach(case);
        let limits = self
            .desk
            .published
            .as_ref()
            .map_or((0, 0, 0, 0), |published| {
                let limits = &published.directory.limits;
                (
                    limits.text_bytes,
                    limits.attachment_bytes,
                    limits.attachments_bytes,
                    limits.attachments,
                )
            });
        let mut form = [0; 16];
        OsRng.fill_bytes(&mut form);
        let shown = ReplyPage {
            case: &detail,
            reach: &reach,
            text,
            asking,
            states: &self.states(),
            saved: &templates::list(&self.desk.state),
            is_import: case
                .report()
                .is_some_and(|report| report.source == Source::Import),
            form: &hex::encode(form),
            problem,
            had_files,
            limits,
        };
        Out::page(reply::reply(&self.frame(), &shown))
    }

    /// What can be told of how a case stands: ids and names.
    fn states(&self) -> Vec<(String, String)> {
        let Some(published) = &self.desk.published else {
            return Vec::new();
        };
        let directory = &published.directory;
        let language = &self.desk.config.language;
        let name = |text: &Text| clean::line(text.show(language, &directory.languages).text);
        let states = directory.states.iter();
        states
            .map(|state| (state.id.to_string(), name(&state.names)))
            .collect()
    }

    pub(super) fn send(
        &mut self,
        id: ConversationId,
        mut submission: Submission,
        refused: Option<Refused>,
    ) -> Out {
        let Some(case) = self.desk.state.cases.get(&id).map(Arc::clone) else {
            return not_found(self.site, self.session);
        };
        let form = submission.field("form").to_owned();
        let is_form = form.len() == 32 && form.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_form {
            return self.bad_form();
        }
        let files = std::mem::take(&mut submission.files);
        let had_files = !files.is_empty() || refused.is_some();
        let site = self.site;
        let sent = site.once(&form, || {
            if refused.is_some() {
                return Err("The files are too large together.".to_owned());
            }
            self.queue(&case, &submission, files)
        });
        match sent {
            Ok(id) => {
                self.open.wake();
                Out::redirect(format!("{}?note=kept", case_path(id)))
            }
            Err(_) if self.desk.is_stopped() => {
                let text = submission.text("text");
                let draft = Draft {
                    text: &text,
                    had_files,
                    fields: Some(&submission),
                };
                locked(site, self.session, Route::Reply(id), Some(&draft), None)
            }
            Err(problem) => {
                self.desk.refresh();
                let text = submission.text("text");
                self.with_case(id, |case| {
                    self.reply(case, &text, &asking(&submission), Some(&problem), had_files)
                })
            }
        }
    }

    /// Puts a reply into the outbox, or says what is in the way.
    pub(super) fn queue(
        &mut self,
        case: &Arc<Case>,
        submission: &Submission,
        files: Vec<Upload>,
    ) -> Result<ConversationId, String> {
        let said = |failure: Failure| format!("{} {}", failure.cause(), failure.remedy());
        let text = submission.text("text").trim_end().to_owned();
        let content =
            content(&self.desk, text, &asking(submission), files.is_empty()).map_err(said)?;
        let reach = self.reach(case).map_err(said)?;
        if reach.mark != submission.field("reach") {
            return Err(
                "Who would read this has changed while you were writing. Look at it again."
                    .to_owned(),
            );
        }
        if !reach.unreachable.is_empty() && submission.field("without") != "yes" {
            return Err(
                "An office would not get it. Wait until it has renewed its key card, or say that \
                 it is to go to the others all the same."
                    .to_owned(),
            );
        }
        if submission.field("seen") != "yes" {
            return Err("Look at who will read this, and say that they may.".to_owned());
        }
        let audience = outbox::audience_of(&self.desk, case).map_err(said)?;
        let files = files.into_iter().map(outgoing).collect();
        let (attachments, cells) =
            attachments::seal_files(&self.desk, case, &audience, files).map_err(said)?;
        let content = ReplyContent {
            attachments,
            ..content
        };
        outbox::queue(&mut self.desk, &case.conversation, &content, &cells).map_err(said)?;
        Ok(case.conversation)
    }
}

/// What a form asks and says beside its text.
pub(super) fn asking(submission: &Submission) -> Asking {
    let questions = (1..=MAX_QUESTIONS)
        .map(|number| {
            submission
                .text(&format!("ask-{number:02}"))
                .trim()
                .to_owned()
        })
        .filter(|words| !words.is_empty());
    let state = submission.field("state");
    Asking {
        questions: questions.collect(),
        asks_resolved: submission.field("ask-resolved") == "yes",
        state: (!state.is_empty()).then(|| state.to_owned()),
    }
}

fn outgoing(upload: Upload) -> Outgoing {
    Outgoing {
        name: upload.name,
        size: upload.bytes.len() as u64,
        content: Box::new(Cursor::new(upload.bytes)),
    }
}
