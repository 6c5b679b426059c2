//! Doing what a form asks for: once, and only on what its page has shown.

use std::sync::Arc;

use actix_web::http::StatusCode;
use candor_casework::body::Admission;
use candor_sealing::message::{ReplyContent, ReplyKind};
use candor_wire::ConversationId;
use maud::{Markup, html};

use super::{
    effects::effects,
    known::{self, Changed},
    pages::Again,
    read::{self, Plan},
};
use crate::{
    case::Case,
    casework::{
        self,
        refer::{Reference, fingerprint, sealed},
    },
    erasing,
    export::{self, Form, Redaction, Span},
    failure::{Failure, Outcome},
    informal, outbox, retention, view,
    web::{
        act::Act,
        actions::{Asked, case_path, locked, not_found},
        pages::{
            casework::sheet::{self, BACK, FORM, Head, KNOWN, OF, SURE, Sure},
            door::Draft,
        },
        routes::{Out, Route},
        submission::Submission,
    },
};

impl Asked<'_> {
    /// Does what a form asks for.
    pub(in crate::web::actions) fn act(
        &mut self,
        id: ConversationId,
        act: Act,
        submission: &Submission,
    ) -> Out {
        let form = submission.field(FORM).to_owned();
        let is_form = form.len() == 32 && form.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_form {
            return self.bad_form();
        }
        // The same button twice: it is done, and this is where it led.
        if self.site.was_done(&form) {
            return Out::redirect(after(id, act, submission));
        }
        let Some(case) = self.desk.state.cases.get(&id).map(Arc::clone) else {
            return not_found(self.site, self.session);
        };
        if submission.field(BACK) == "yes" {
            return self.again(&case, act, submission, None, None);
        }
        let plan = match self.planned(&case, act, submission) {
            Ok(plan) => plan,
            Err(Stop::Changed(changed)) => {
                return self.again(&case, act, submission, None, Some(&changed));
            }
            Err(Stop::Problem(problem)) => {
                return self.again(&case, act, submission, Some(&problem), None);
            }
        };
        if submission.field(SURE) != "yes"
            && let Some(page) = self.sure(&case, act, &plan, submission)
        {
            return page;
        }
        let site = self.site;
        let mut file = None;
        let done = site.once(&form, || {
            file = self.perform(id, plan).map_err(|failure| words(&failure))?;
            Ok::<_, String>(id)
        });
        if let Some(bytes) = file.take() {
            self.open.wake();
            return Out::download(
                &format!("case-{}.html.age", self.desk.state.label(&id)),
                bytes,
            );
        }
        match done {
            Ok(_) => {
                self.open.wake();
                Out::redirect(after(id, act, submission))
            }
            Err(_) if self.desk.is_stopped() => {
                let draft = Draft::of(submission);
                locked(site, self.session, Route::Act(id, act), Some(&draft), None)
            }
            Err(problem) => {
                self.desk.refresh();
                let case = self.desk.state.cases.get(&id).map_or(case, Arc::clone);
                self.again(&case, act, submission, Some(&problem), None)
            }
        }
    }

    /// The form once more, with everything that was written.
    pub(in crate::web::actions) fn again(
        &self,
        case: &Arc<Case>,
        act: Act,
        given: &Submission,
        problem: Option<&str>,
        changed: Option<&Changed>,
    ) -> Out {
        let again = Again {
            given: Some(given),
            problem,
            changed,
            of: given.field(OF),
            note: None,
        };
        let page = self.act_page(case, act, again);
        if problem.is_some() || changed.is_some() {
            page.status(StatusCode::CONFLICT)
        } else {
            page
        }
    }

    /// The form with what was kept while the desk was locked.
    pub(in crate::web::actions) fn resumed(
        &self,
        case: &Arc<Case>,
        act: Act,
        given: &Submission,
    ) -> Out {
        let looked = self.looked(case, act);
        let changed = known::changed(
            &looked.names,
            &looked.work,
            looked.written,
            given.field(KNOWN),
        );
        let changed = (!changed.words.is_empty()).then_some(&changed);
        let again = Again {
            given: Some(given),
            problem: None,
            changed,
            of: given.field(OF),
            note: None,
        };
        self.act_page(case, act, again)
    }

    fn planned(&self, case: &Arc<Case>, act: Act, submission: &Submission) -> Result<Plan, Stop> {
        let looked = self.looked(case, act);
        let known = submission.field(KNOWN);
        if act != Act::TaskDone {
            let changed = known::changed(&looked.names, &looked.work, looked.written, known);
            // What is only added to the rest is in nobody's way, as long as the same people read it.
            let is_in_the_way = match act {
                Act::Note | Act::Task => changed.readers,
                _ => !changed.words.is_empty(),
            };
            if is_in_the_way {
                return Err(Stop::Changed(changed));
            }
        }
        looked
            .stand
            .may(act, &looked.work)
            .map_err(|why| Stop::Problem(why.to_owned()))?;
        read::read(act, submission, looked.given()).map_err(Stop::Problem)
    }

    /// The page that asks once more, for what cannot be undone.
    fn sure(
        &self,
        case: &Arc<Case>,
        act: Act,
        plan: &Plan,
        submission: &Submission,
    ) -> Option<Out> {
        let looked = self.looked(case, act);
        let effects = effects(&looked, plan)?;
        let also = match plan {
            Plan::Refer { recipient, .. } => match fingerprint(recipient) {
                Ok(fingerprint) => Some(compared(&fingerprint)),
                Err(failure) => {
                    let problem = words(&failure);
                    return Some(self.again(case, act, submission, Some(&problem), None));
                }
            },
            _ => None,
        };
        let summary = view::summary(&self.desk, case);
        let shown = Sure {
            head: Head {
                id: &summary.id,
                label: &summary.case,
                topic: &summary.topic_name,
            },
            act,
            title: effects.title,
            effects: &effects.will,
            told: effects.told.as_deref(),
            also,
            submit: &effects.submit,
        };
        Some(Out::page(sheet::sure(&self.frame(), &shown, submission)))
    }

    /// Does it. Gives a file, if there is one to save.
    fn perform(&mut self, id: ConversationId, plan: Plan) -> Outcome<Option<Vec<u8>>> {
        let desk = &mut self.desk;
        match plan {
            Plan::Events(events) => {
                for (body, scope) in events {
                    casework::act(desk, &id, body, scope)?;
                }
            }
            Plan::Group { body, with } => {
                for id in std::iter::once(&id).chain(&with) {
                    casework::act(desk, id, body.clone(), candor_casework::Scope::Case)?;
                }
            }
            Plan::PassOn { body, thanks } => {
                casework::act(desk, &id, body, candor_casework::Scope::Case)?;
                if let Some(text) = thanks {
                    let state = "closed".parse().ok();
                    let known = desk.published()?.directory.states.iter();
                    let state = state.filter(|id| known.clone().any(|state| state.id == *id));
                    let content = ReplyContent {
                        text,
                        state,
                        ..ReplyContent::new(ReplyKind::Message)
                    };
                    outbox::queue(desk, &id, &content, &[])?;
                }
            }
            Plan::Admit {
                office,
                why: Admission::Copy,
                given,
                note,
            } => {
                casework::admit(desk, &id, &office, Admission::Copy, given, &note)?;
            }
            Plan::Admit {
                office,
                why: Admission::Transfer,
                given,
                note,
            } => {
                casework::transfer(desk, &id, &office, given, &note)?;
            }
            Plan::Recuse { office, why, note } => {
                casework::recuse(desk, &id, &office, why, &note)?;
            }
            Plan::Refer {
                to,
                recipient,
                without,
                words,
                redacted,
            } => {
                let redaction = Redaction {
                    reason: "left out".to_owned(),
                    parts: without.into_iter().collect(),
                    words: words.into_iter().map(Span::Plain).collect(),
                };
                let document = self.redacted(id, &redaction)?;
                let reference = Reference {
                    to: &to,
                    recipient: &recipient,
                    redacted: &redacted,
                    document: document.as_bytes(),
                };
                return sealed(&mut self.desk, &id, &reference).map(Some);
            }
            Plan::Erase { why } => {
                if retention::is_informal(&self.desk) {
                    informal::destroy(&mut self.desk, &[id])?;
                } else {
                    erasing::erase(&mut self.desk, &[id], erasing::Why::ByHand, &why)?;
                }
            }
        }
        Ok(None)
    }

    /// A case for print, without what is to be left out.
    fn redacted(&self, id: ConversationId, redaction: &Redaction) -> Outcome<String> {
        let case = self.desk.state.cases.get(&id);
        let case =
            case.ok_or_else(|| Failure::usage("There is no such case.", "Go to the inbox."))?;
        let mut dossier = export::gather(&self.desk, case);
        redaction.apply(&mut dossier)?;
        export::write(&dossier, Form::Html)
    }
}

/// Why nothing was done.
enum Stop {
    /// The case is another than the page showed.
    Changed(Changed),
    /// Something is missing or not possible.
    Problem(String),
}

/// What is compared by telephone before a copy is sealed.
fn compared(fingerprint: &str) -> Markup {
    html! {
        h2 { "Compare this by telephone" }
        p { "Call them on a number that you knew before. They should read the same digits from their own key:" }
        p class="fingerprint" { code { (fingerprint) } }
    }
}

/// A failure in a line.
fn words(failure: &Failure) -> String {
    format!("{} {}", failure.cause(), failure.remedy())
}

/// Where an act leads once it is done.
fn after(id: ConversationId, act: Act, submission: &Submission) -> String {
    let at = case_path(id);
    let on = |next: Act| format!("{at}/{}?note={}", next.word(), act.word());
    match act {
        // There is no such page any more.
        Act::Erase => "/?note=erase".to_owned(),
        Act::Triage if submission.field("becomes") == "hold" => on(Act::Hold),
        Act::Decide if submission.field("addressed") == "no" => on(Act::Intervene),
        _ => format!("{at}?note={}", act.word()),
    }
}
