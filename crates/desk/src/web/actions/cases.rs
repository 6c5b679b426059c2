//! A case: looking at it, marking it, its files, its export.

use std::sync::Arc;

use actix_web::http::StatusCode;
use candor_sealing::message::Source;
use candor_wire::ConversationId;

use crate::{
    attachments,
    case::{Case, Standing},
    export::{Form, Redaction, Span, gather, text as written_out, write},
    failure::{Failure, Outcome, Reason},
    informal, outbox,
    record::{Entry, Record, Seen},
    text,
    view::{self, FileView},
};

use super::{Asked, MAX_SAVED, case_path, failed, not_found, note, waiting_messages};
use crate::web::{
    pages::{
        case::{self, CasePage},
        door,
        export::{self, Chosen},
        file::{self, Picture},
    },
    picture,
    routes::Out,
    submission::Submission,
};

/// What is left out, as a form says.
fn chosen_in(submission: &Submission) -> Chosen {
    Chosen {
        parts: submission
            .under("part:")
            .map(|(part, _)| part.to_owned())
            .collect(),
        words: submission.text("words"),
        reason: submission.field("reason").to_owned(),
        ..Chosen::default()
    }
}

impl Asked<'_> {
    pub(super) fn case(&self, case: &Arc<Case>, query: &str) -> Out {
        let desk = &self.desk;
        let detail = view::detail(desk, case);
        let waiting: Vec<(String, usize)> = waiting_messages(desk)
            .filter(|out| out.queued.conversation == case.conversation)
            .map(|out| (out.content.text.clone(), out.content.attachments.len()))
            .collect();
        let can_acknowledge = case
            .report()
            .is_some_and(|report| report.source != Source::Import)
            && !case.has_any_reply()
            && case.standing() != Standing::Withdrawn
            && desk.state.outbox_of(&case.conversation).next().is_none()
            && outbox::audience_of(desk, case).is_ok();
        let casework = self.casework(case, &detail.conversation);
        let shown = CasePage {
            casework: &casework,
            case: &detail,
            can_acknowledge,
            waiting: &waiting,
        };
        Out::page(case::case(&self.frame(), &shown, note(query)))
    }

    /// Marks as read what the page has shown, and nothing that has come since.
    pub(super) fn read(&mut self, id: ConversationId, shown: &str) -> Out {
        let Some(case) = self.desk.state.cases.get(&id) else {
            return not_found(self.site, self.session);
        };
        let Some(shown) = case::parse_shown(shown) else {
            return self.bad_form();
        };
        let known = case.shown();
        let is_known = |seen: &Seen| {
            let mut known = known.iter();
            known.any(|one| one.counter == seen.counter && one.complete >= seen.complete)
        };
        let messages: Vec<Seen> = shown.into_iter().filter(is_known).collect();
        if case.is_unread() && !messages.is_empty() {
            let record = Record::Seen {
                conversation: id,
                messages,
            };
            if let Err(failure) = self.desk.record_one(Entry::bare(record)) {
                return failed(self.site, self.session, &failure);
            }
        }
        Out::redirect(format!("{}?note=read", case_path(id)))
    }

    pub(super) fn unread(&mut self, id: ConversationId) -> Out {
        if !self.desk.state.cases.contains_key(&id) {
            return not_found(self.site, self.session);
        }
        let record = Record::Read {
            conversation: id,
            messages: 0,
        };
        match self.desk.record_one(Entry::bare(record)) {
            Ok(()) => Out::redirect("/?note=unread"),
            Err(failure) => failed(self.site, self.session, &failure),
        }
    }

    pub(super) fn bad_form(&self) -> Out {
        Out::page(door::bad_form(
            self.site.config.demonstration,
            &self.session.base,
            "The form did not come whole.",
        ))
        .status(StatusCode::BAD_REQUEST)
    }

    pub(super) fn acknowledge(&mut self, id: ConversationId) -> Out {
        let Some(case) = self.desk.state.cases.get(&id) else {
            return not_found(self.site, self.session);
        };
        let at = case_path(id);
        if case.has_any_reply() || self.desk.state.outbox_of(&id).next().is_some() {
            return Out::redirect(format!("{at}?note=needless"));
        }
        match outbox::queue(&mut self.desk, &id, &outbox::acknowledgement(), &[]) {
            Ok(_) => {
                self.open.wake();
                Out::redirect(format!("{at}?note=acknowledged"))
            }
            Err(failure) => failed(self.site, self.session, &failure),
        }
    }

    pub(super) fn export(&self, case: &Case) -> Out {
        self.export_page(case, &Chosen::default())
    }

    /// What was chosen when the desk locked itself.
    pub(super) fn export_resumed(&self, case: &Case, fields: &Submission) -> Out {
        self.export_page(case, &chosen_in(fields))
    }

    fn export_page(&self, case: &Case, chosen: &Chosen) -> Out {
        if let Err(failure) = informal::refuse(&self.desk, "export conversations") {
            return failed(self.site, self.session, &failure);
        }
        let id = case.conversation.to_string();
        let whole = gather(&self.desk, case);
        Out::page(export::export(&self.frame(), &id, &whole, chosen))
    }

    pub(super) fn exported(&self, case: &Case, submission: &Submission) -> Out {
        if let Err(failure) = informal::refuse(&self.desk, "export conversations") {
            return failed(self.site, self.session, &failure);
        }
        let detail = view::detail(&self.desk, case);
        let name = format!("case-{}", detail.summary.case);
        let form = match submission.field("format") {
            "txt" => return Out::download(&format!("{name}.txt"), text::detail(&detail)),
            "json" => {
                return match view::to_json(&detail) {
                    Ok(json) => Out::download(&format!("{name}.json"), json),
                    Err(failure) => failed(self.site, self.session, &failure),
                };
            }
            "preview" => None,
            "html" => Some(Form::Html),
            "parts-json" => Some(Form::Json),
            "parts-text" => Some(Form::Text),
            _ => return not_found(self.site, self.session),
        };
        let mut chosen = chosen_in(submission);
        let lines = chosen.words.lines().map(str::trim);
        let redaction = Redaction {
            reason: chosen.reason.clone(),
            parts: chosen.parts.clone(),
            words: lines
                .filter(|line| !line.is_empty())
                .map(|line| Span::Plain(line.to_owned()))
                .collect(),
        };
        let mut dossier = gather(&self.desk, case);
        match redaction.apply(&mut dossier) {
            Err(failure) => {
                chosen.problem = Some(format!("{} {}", failure.cause(), failure.remedy()));
            }
            Ok(()) => match form {
                None => chosen.preview = Some(written_out(&dossier)),
                Some(form) => match write(&dossier, form) {
                    Ok(written) => {
                        return Out::download(&format!("{name}{}", form.ending()), written);
                    }
                    Err(failure) => return failed(self.site, self.session, &failure),
                },
            },
        }
        self.export_page(case, &chosen)
    }

    pub(super) fn file(&self, case: &Case, shown: &FileView, picture: &Picture) -> Out {
        let id = case.conversation.to_string();
        let label = self.desk.state.label(&case.conversation);
        let may_save = informal::refuse(&self.desk, "save files").is_ok();
        let page = file::file(&self.frame(), &id, &label, shown, picture, may_save);
        Out::page(page)
    }

    pub(super) fn fetched(&self, case: &Case, number: usize, max: u64) -> Outcome<Vec<u8>> {
        let reference = attachments::find(case, number)?;
        if reference.size() > max {
            return Err(Failure::usage(
                format!("The file has {}.", text::size(reference.size())),
                "That is too much for a browser: save it with “attach save” of candor-desk.",
            ));
        }
        let relay = self.desk.relay()?;
        attachments::fetch(&self.desk, &relay, &reference, Vec::new())
    }

    /// Fetches a picture, draws it anew, and keeps it for the page that shows it.
    pub(super) fn drawn(&self, case: &Case, file: &FileView) -> Picture {
        let draw = || {
            let fetched = self.fetched(case, file.number, picture::MAX_BYTES);
            let bytes = fetched.map_err(|failure| match failure.reason() {
                Reason::Usage => Picture::NotShown(picture::NotDrawn::TooLarge.to_string()),
                _ => Picture::Failed(failure),
            })?;
            picture::redraw(&bytes).map_err(|why| Picture::NotShown(why.to_string()))
        };
        let pictures = &self.open.pictures;
        match pictures.draw((case.conversation, file.key), draw) {
            Ok(()) => Picture::Shown,
            Err(why) => why,
        }
    }

    pub(super) fn saved(&self, case: &Case, file: &FileView) -> Out {
        if let Err(failure) = informal::refuse(&self.desk, "save files") {
            return failed(self.site, self.session, &failure);
        }
        match self.fetched(case, file.number, MAX_SAVED) {
            Ok(bytes) => Out::download(&file.save_as, bytes),
            Err(failure) => failed(self.site, self.session, &failure),
        }
    }
}
