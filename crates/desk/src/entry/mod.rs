//! Entering what somebody said at the office, or wrote to it: a walk-in, an e-mail, a letter.
//!
//! It becomes a report like any other, marked with where it came from, and the person is handed a
//! fresh claim code with which they read the answer and add more, without the office in between.
//!
//! Invariant: the claim code is shown once and kept nowhere; nothing is sent before the person at
//! the desk has seen who will read it.

pub mod command;
mod interview;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::SystemTime,
};

use candor_directory::{
    Answer, Answers, CategoryId, Directory, Language, Question, QuestionKind, Route, Topic,
    TopicId, route,
};
use candor_reporter::{PendingReport, ReportDraft};
use candor_sealing::{
    ClaimCode,
    content::{Identity, Origin, Wishes},
    message::Source,
};
use candor_wire::{OfficeId, RoleId};
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use crate::{
    desk::Desk,
    failure::{Failure, Outcome},
    filing::{Filer, not_prepared, not_sent, same_offices},
};

/// The most bytes of the note about where it came from.
pub const MAX_NOTE: usize = 400;

/// What is entered.
#[derive(Clone, PartialEq, Eq)]
pub struct EntryDraft {
    /// By which channel it came: one of the directory's.
    pub channel: CategoryId,
    /// What else is to be said of where it came from.
    pub note: String,
    /// The topic.
    pub topic: TopicId,
    /// Answers; those to questions that are not asked do not count.
    pub answers: Answers,
    /// What the person said or wrote.
    pub text: Zeroizing<String>,
    /// The language in which they did.
    pub language: Language,
    /// Roles that must not read it.
    pub leave_out: BTreeSet<RoleId>,
    /// What they wish about time.
    pub wishes: Wishes,
    /// Who they are, if they wish to say.
    pub identity: Identity,
}

impl std::fmt::Debug for EntryDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EntryDraft(..)")
    }
}

/// The channels that a report can have come by to an office: all but those that reporters use
/// themselves, first those by which people come or write.
#[must_use]
pub fn channels(directory: &Directory) -> Vec<&candor_directory::Category> {
    let own = |id: &str| matches!(id, "web" | "telephone" | "phone");
    let all = directory.categories.channels.iter();
    let mut found: Vec<_> = all.filter(|one| !own(one.id.as_str())).collect();
    found.sort_by_key(|one| one.id.as_str().ends_with("-evaluation"));
    found
}

/// The questions of a topic that are asked, given these answers.
#[must_use]
pub fn asked<'a>(directory: &'a Directory, topic: &Topic, answers: &Answers) -> Vec<&'a Question> {
    let counted = candor_directory::effective_answers(directory, topic, answers);
    topic
        .questions
        .iter()
        .filter_map(|id| directory.question(id))
        .filter(|question| {
            let condition = question.show_if.as_ref();
            condition.is_none_or(|condition| condition.holds(&counted))
        })
        .collect()
}

impl EntryDraft {
    /// Who will be able to read it.
    ///
    /// # Errors
    /// If something is missing or too long, or nobody would be left to read it.
    pub fn check(&self, directory: &Directory) -> Outcome<Route> {
        let topic = directory
            .topic(&self.topic)
            .ok_or_else(|| Failure::usage("There is no such topic.", "Choose another."))?;
        let missing = asked(directory, topic, &self.answers)
            .into_iter()
            .find(|question| question.required && !self.answers.contains_key(&question.id));
        if let Some(question) = missing {
            let language = &self.language;
            let words = question.label.show(language, &directory.languages).text;
            return Err(Failure::usage(
                format!("This has to be answered: {words}"),
                "Who will read the report depends on it.",
            ));
        }
        let is_said = |question: &&Question| match self.answers.get(&question.id) {
            Some(Answer::One(one)) => !one.trim().is_empty(),
            Some(Answer::Many(many)) => many.iter().any(|one| !one.trim().is_empty()),
            None => false,
        };
        // Answers to what is not asked are not sent.
        let is_answered = asked(directory, topic, &self.answers).iter().any(is_said);
        if self.text.trim().is_empty() && !is_answered {
            return Err(Failure::usage(
                "There is nothing to send yet.",
                "Write down what the person said or wrote.",
            ));
        }
        let most = directory.limits.text_bytes;
        if self.text.len() > usize::try_from(most).unwrap_or(usize::MAX) {
            return Err(Failure::usage(
                format!(
                    "The text has {} bytes; a report takes {most}.",
                    self.text.len()
                ),
                "Shorten it.",
            ));
        }
        if self.note.len() > MAX_NOTE || !self.identity.fits() {
            return Err(Failure::usage(
                format!("A name, a contact or the note is longer than {MAX_NOTE} bytes."),
                "Shorten it.",
            ));
        }
        route(directory, &self.topic, &self.answers, &self.leave_out)
            .map_err(|error| Failure::usage(format!("{error}."), "Nothing was sent."))
    }

    fn into_report(self) -> ReportDraft {
        ReportDraft {
            topic: self.topic,
            answers: self.answers,
            text: self.text,
            excluded: self.leave_out,
            files: Vec::new(),
            language: self.language,
            source: Source::Office,
            wishes: (!self.wishes.is_empty()).then_some(self.wishes),
            identity: (!self.identity.is_empty()).then_some(self.identity),
            origin: Some(Origin {
                channel: self.channel,
                note: self.note,
                further: BTreeMap::new(),
            }),
        }
    }
}

/// An entry on its way. If sending fails, it can be tried again with the same claim code, and
/// nothing is stored twice.
pub struct Pending {
    filer: Filer,
    report: PendingReport,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pending(..)")
    }
}

impl Pending {
    /// Makes it ready. `shown` are the offices that the person at the desk was shown.
    ///
    /// # Errors
    /// If the public front cannot be reached, or others would read it than were shown.
    pub fn prepare(desk: &Desk, draft: EntryDraft, shown: &[OfficeId]) -> Outcome<Self> {
        let filer = Filer::connect(desk)?;
        let now = SystemTime::now();
        let report = PendingReport::prepare(filer.client(), draft.into_report(), now, &mut OsRng)
            .map_err(|error| not_prepared(&error))?;
        same_offices(shown, report.offices())?;
        Ok(Self { filer, report })
    }

    /// Sends it, or what is left of it.
    ///
    /// # Errors
    /// If it cannot be sent just now.
    pub fn send(&mut self) -> Outcome {
        let Self { filer, report } = self;
        filer.run(async {
            let now = SystemTime::now();
            let sent = report.send(filer.client(), now, &mut OsRng, |_| {}).await;
            sent.map(|_| ()).map_err(|error| not_sent(&error))
        })
    }

    /// The claim code, for the person alone.
    #[must_use]
    pub const fn code(&self) -> &ClaimCode {
        self.report.code()
    }
}

/// What was typed as the answer to a question; nothing if it was nothing.
///
/// # Errors
/// With a hint, if the question has no such answer.
pub fn answer(
    directory: &Directory,
    question: &Question,
    typed: &[String],
) -> Result<Option<Answer>, &'static str> {
    let typed: Vec<String> = typed
        .iter()
        .map(|words| words.trim().to_owned())
        .filter(|words| !words.is_empty())
        .collect();
    let Some(first) = typed.first() else {
        return Ok(None);
    };
    let is_option = |id: &String| question.options.iter().any(|o| o.id.as_str() == id);
    match question.kind {
        QuestionKind::One => {
            let known = is_option(first);
            known.then(|| Some(Answer::One(first.clone())))
        }
        QuestionKind::Many => {
            let known = typed.iter().all(is_option);
            known.then_some(Some(Answer::Many(typed)))
        }
        QuestionKind::YesNoUnsure => {
            let known = matches!(first.as_str(), "yes" | "no" | "unsure");
            known.then(|| Some(Answer::One(first.clone())))
        }
        QuestionKind::Person => {
            let known = |id: &str| {
                let mut sources = directory.categories.sources.iter();
                sources.any(|source| source.id.as_str() == id)
            };
            return Ok(Some(match typed.as_slice() {
                [role, words, ..] if known(role) => Answer::Many(vec![role.clone(), words.clone()]),
                [role] if known(role) => Answer::Many(vec![role.clone(), String::new()]),
                _ => Answer::One(typed.join(" ")),
            }));
        }
        QuestionKind::ShortText
        | QuestionKind::LongText
        | QuestionKind::Period
        | QuestionKind::Place => Some(Some(Answer::One(first.clone()))),
    }
    .ok_or("This question has no such answer.")
}
