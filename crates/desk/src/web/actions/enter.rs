//! Entering what somebody told or wrote to the office.

use std::collections::BTreeMap;

use candor_directory::{Answer, Answers, Directory, Notice, QuestionKind, Route, parse_date};
use candor_sealing::{
    ClaimCode,
    content::{Identity, Wishes},
};
use candor_wire::OfficeId;
use rand::{RngCore as _, rngs::OsRng};
use zeroize::Zeroizing;

use super::Asked;
use crate::{
    clean,
    entry::{EntryDraft, Pending, answer, asked},
    failure::{Failure, Outcome},
    view,
    web::{
        bringing::{Known, Prepared},
        pages::{
            enter::{self as page, Entering, Readers, Review},
            slip::{self, Slip},
        },
        routes::Out,
        submission::Submission,
    },
};

impl Asked<'_> {
    /// The first step.
    pub(super) fn enter(&self, text: &str) -> Out {
        self.with_directory(|entering| page::begin(&self.frame(), entering, text))
    }

    fn with_directory(&self, act: impl FnOnce(&Entering<'_>) -> String) -> Out {
        match self.desk.published() {
            Ok(published) => Out::page(act(&Entering {
                directory: &published.directory,
                language: &self.desk.config.language,
                problem: None,
            })),
            Err(failure) => super::failed(self.site, self.session, &failure),
        }
    }

    /// What somebody had filled in when the desk locked itself: the questions, with all of it.
    pub(super) fn entry_resumed(&self, fields: &Submission) -> Out {
        let drafted = self
            .desk
            .published()
            .ok()
            .and_then(|published| self.draft(&published.directory, fields));
        match drafted {
            Some(draft) => self.questions(&draft, named(fields), None),
            // An answer is not of its form, or the directory has changed: the words are here.
            None => self.enter(&fields.text("text")),
        }
    }

    /// Any later step.
    pub(super) fn entered(&self, submission: &Submission) -> Out {
        let published = match self.desk.published() {
            Ok(published) => published,
            Err(failure) => return super::failed(self.site, self.session, &failure),
        };
        let directory = &published.directory;
        let Some(draft) = self.draft(directory, submission) else {
            return self.bad_form();
        };
        match submission.field("step") {
            "questions" | "change" => self.questions(&draft, named(submission), None),
            "review" => {
                let shown: Vec<&str> = submission.field("asked").split(',').collect();
                let further = directory.topic(&draft.topic).is_some_and(|topic| {
                    let asked = asked(directory, topic, &draft.answers);
                    asked.iter().any(|one| !shown.contains(&one.id.as_str()))
                });
                if further {
                    let more = "From what was answered, more is asked.";
                    return self.questions(&draft, named(submission), Some(more));
                }
                // What was changed after a review is the same entry still.
                if let Some(form) = named(submission) {
                    return self.review(&draft, form, None, false);
                }
                let mut form = [0; 16];
                OsRng.fill_bytes(&mut form);
                self.review(&draft, &hex::encode(form), None, false)
            }
            "send" => self.send_entry(draft, submission),
            _ => self.bad_form(),
        }
    }

    fn questions(&self, draft: &EntryDraft, form: Option<&str>, problem: Option<&str>) -> Out {
        self.with_directory(|entering| {
            let entering = Entering {
                problem,
                ..*entering
            };
            page::questions(&self.frame(), &entering, draft, form)
        })
    }

    fn readers(&self, route: &Route) -> Readers {
        let offices: Vec<&OfficeId> = route.offices().collect();
        let left_out = match &route.notice {
            Notice::AsMeant => &[][..],
            Notice::LeftOut(offices) | Notice::Fallback(offices) => offices.as_slice(),
        };
        let mark: Vec<&str> = offices.iter().map(|office| office.as_str()).collect();
        Readers {
            offices: offices
                .iter()
                .map(|office| self.office_name(office))
                .collect(),
            left_out: left_out
                .iter()
                .map(|office| self.office_name(office))
                .collect(),
            mark: mark.join(","),
        }
    }

    fn review(&self, draft: &EntryDraft, form: &str, problem: Option<&str>, is_again: bool) -> Out {
        let checked = self
            .desk
            .published()
            .and_then(|published| draft.check(&published.directory));
        let route = match checked {
            Ok(route) => route,
            Err(failure) => {
                let words = format!("{} {}", failure.cause(), failure.remedy());
                return self.questions(draft, Some(form), Some(&words));
            }
        };
        let answers = view::answers_in_words(&self.desk, draft.topic.as_str(), &draft.answers);
        let answers: Vec<(String, Vec<String>)> = answers
            .into_iter()
            .map(|answer| (clean::line(&answer.label), answer.answer))
            .collect();
        let mut also = view::wishes_in_words(&draft.wishes);
        also.extend(view::identity_in_words(&draft.identity));
        let review = Review {
            draft,
            answers: &answers,
            also: &also,
            readers: &self.readers(&route),
            form,
            is_again,
        };
        self.with_directory(|entering| {
            let entering = Entering {
                problem,
                ..*entering
            };
            page::review(&self.frame(), &entering, &review)
        })
    }

    fn send_entry(&self, draft: EntryDraft, submission: &Submission) -> Out {
        let Some(form) = named(submission) else {
            return self.bad_form();
        };
        let _turn = self.open.entries.turn();
        let mut prepared = match self.open.entries.take(form) {
            Known::JustSent(sent) if sent.draft == draft => {
                return self.slip(&draft, sent.pending.code(), &sent.offices);
            }
            Known::Sent | Known::JustSent(_) => return Out::page(slip::gone(&self.frame())),
            Known::Pending(before) if before.draft != draft => {
                let draft = before.draft.clone();
                self.open.entries.keep(form, *before);
                return self.review(&draft, form, Some(AS_IT_WAS), true);
            }
            Known::Pending(before) => *before,
            Known::New => match self.prepared(&draft, submission) {
                Ok(prepared) => prepared,
                Err(failure) => {
                    let words = format!("{} {}", failure.cause(), failure.remedy());
                    return self.review(&draft, form, Some(&words), false);
                }
            },
        };
        if let Err(failure) = prepared.pending.send() {
            self.open.entries.keep(form, prepared);
            let words = format!(
                "{} {} Try again: nothing is stored twice.",
                failure.cause(),
                failure.remedy()
            );
            return self.review(&draft, form, Some(&words), true);
        }
        let shown = self.slip(&draft, prepared.pending.code(), &prepared.offices);
        self.open.entries.sent(form, prepared);
        shown
    }

    /// The code, to hand over.
    fn slip(&self, draft: &EntryDraft, code: &ClaimCode, offices: &[OfficeId]) -> Out {
        let names: Vec<String> = offices
            .iter()
            .map(|office| self.office_name(office))
            .collect();
        self.with_directory(|entering| {
            let directory = entering.directory;
            let hotline = directory.names.show(&draft.language, &directory.languages);
            let shown = Slip {
                words: &code.words(),
                digits: &code.groups(),
                address: &self.desk.config.intake_url,
                hotline: &clean::line(hotline.text),
                telephone: &clean::line(&directory.hotline.telephone),
                offices: &names,
            };
            slip::slip(&self.frame(), &shown)
        })
    }

    fn prepared(&self, draft: &EntryDraft, submission: &Submission) -> Outcome<Prepared> {
        let route = draft.check(&self.desk.published()?.directory)?;
        if submission.field("seen") != "yes"
            || submission.field("reach") != self.readers(&route).mark
        {
            return Err(Failure::usage(
                "Who will read this has changed, or was not confirmed.",
                "Look at it, and say that these may read it.",
            ));
        }
        let offices: Vec<OfficeId> = route.offices().cloned().collect();
        let pending = Pending::prepare(&self.desk, draft.clone(), &offices)?;
        Ok(Prepared {
            pending,
            offices,
            draft: draft.clone(),
        })
    }

    /// What a form says; nothing if it is none of ours.
    fn draft(&self, directory: &Directory, submission: &Submission) -> Option<EntryDraft> {
        let leave_out = directory
            .roles
            .iter()
            .filter(|role| submission.field(&format!("out-{}", role.id)) == "yes");
        Some(EntryDraft {
            channel: submission.field("channel").parse().ok()?,
            note: submission.field("note").trim().to_owned(),
            topic: submission.field("topic").parse().ok()?,
            answers: answers(directory, submission)?,
            text: Zeroizing::new(submission.text("text").trim().to_owned()),
            language: submission.field("language").parse().ok()?,
            leave_out: leave_out.map(|role| role.id.clone()).collect(),
            wishes: Wishes {
                hold_until_similar: submission.field("wish-hold") == "yes",
                not_before: parse_date(submission.field("wish-day")).ok(),
                further: BTreeMap::new(),
            },
            identity: Identity::new(submission.field("name"), submission.field("contact")),
        })
    }
}

const AS_IT_WAS: &str = "What was to be sent before may have arrived already, so that it cannot be \
     changed any more. It stands below as it was: try again. With the code, the person can add \
     what is different.";

/// The name of a form that was shown for review.
fn named(submission: &Submission) -> Option<&str> {
    let form = submission.field("form");
    let is_name = form.len() == 32 && form.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_name.then_some(form)
}

/// The answers of a form: as they were typed (`q-`), or as they were carried along (`a-`).
fn answers(directory: &Directory, submission: &Submission) -> Option<Answers> {
    let topic = directory.topic(&submission.field("topic").parse().ok()?)?;
    let mut answers = Answers::new();
    for id in &topic.questions {
        let Some(question) = directory.question(id) else {
            continue;
        };
        let carried = format!("a-{id}");
        let parts_of = format!("{carried}.");
        let parts: Vec<String> = submission
            .under(&parts_of)
            .map(|(_, value)| value.to_owned())
            .collect();
        let one = submission.field(&carried);
        let given = if !parts.is_empty() {
            Some(Answer::Many(parts))
        } else if !one.is_empty() {
            Some(Answer::One(one.to_owned()))
        } else {
            answer(
                directory,
                question,
                &typed(question.kind, id.as_str(), submission),
            )
            .ok()?
        };
        if let Some(given) = given {
            answers.insert(id.clone(), given);
        }
    }
    Some(answers)
}

/// What was typed into the fields of a question.
fn typed(kind: QuestionKind, id: &str, submission: &Submission) -> Vec<String> {
    let name = format!("q-{id}");
    let of = |part: &str| submission.text(&format!("{name}.{part}")).trim().to_owned();
    match kind {
        QuestionKind::Many => {
            let prefix = format!("{name}.");
            let chosen = submission.under(&prefix);
            chosen.map(|(option, _)| option.to_owned()).collect()
        }
        QuestionKind::Period => {
            let (from, to, said) = (of("from"), of("to"), of("said"));
            match (from.is_empty(), to.is_empty()) {
                (false, false) => vec![format!("{from}/{to}")],
                (false, true) => vec![from],
                (true, false) => vec![to],
                (true, true) => vec![said],
            }
        }
        QuestionKind::Place => {
            let said = of("said");
            vec![if said.is_empty() {
                submission.text(&name)
            } else {
                said
            }]
        }
        QuestionKind::Person => vec![submission.text(&name), of("said")],
        _ => vec![submission.text(&name)],
    }
}
