//! A report while it is being written, and what can be said about it before it is sent.

use std::collections::BTreeSet;

use candor_directory::{
    Answer, Answers, Directory, Language, Office, Question, QuestionKind, Route, RouteError, Topic,
    TopicId, effective_answers, route,
};
use candor_sealing::content::{Identity, Wishes};
use candor_wire::{OfficeId, RoleId};
use zeroize::Zeroizing;

use super::period::{self, Period};
use crate::client::{files::LocalFile, screen::clean_line, tell::tell_line, words};

/// A report while it is being written.
#[derive(Debug, Default)]
pub struct Draft {
    pub topic: Option<TopicId>,
    pub answers: Answers,
    pub excluded: BTreeSet<RoleId>,
    pub text: Zeroizing<String>,
    pub files: Vec<LocalFile>,
    pub wishes: Wishes,
    pub identity: Identity,
    /// The language it is written in, if it is another than the one spoken.
    pub language: Option<Language>,
}

impl Draft {
    /// Its topic, as the directory has it.
    pub fn topic<'a>(&self, directory: &'a Directory) -> Option<&'a Topic> {
        self.topic.as_ref().and_then(|id| directory.topic(id))
    }

    /// Whether it says anything.
    pub fn is_empty(&self, directory: &Directory) -> bool {
        self.text.trim().is_empty()
            && self.files.is_empty()
            && self
                .topic(directory)
                .is_none_or(|topic| effective_answers(directory, topic, &self.answers).is_empty())
    }

    /// Who would receive it.
    pub fn route(&self, directory: &Directory) -> Result<Route, RouteError> {
        match &self.topic {
            Some(topic) => route(directory, topic, &self.answers, &self.excluded),
            None => Err(RouteError::NobodyLeft),
        }
    }

    /// The first question that needs an answer and has none.
    pub fn unanswered<'a>(&self, directory: &'a Directory) -> Option<&'a Question> {
        asked(directory, self.topic(directory)?, &self.answers)
            .into_iter()
            .find(|question| question.required && !self.answers.contains_key(&question.id))
    }
}

/// Takes an answer by ids, as `--answer` gives it. The error says what fits.
pub fn answer_by_id(
    directory: &Directory,
    question: &Question,
    value: &str,
) -> Result<Answer, String> {
    let ids = || words::list(question.options.iter().map(|option| &option.id));
    let option = |id: &str| {
        let known = question.options.iter().any(|o| o.id.as_str() == id);
        known
            .then(|| id.to_owned())
            .ok_or_else(|| words::ANSWERS_WANTS_ONE.with(&[("ids", &ids())]))
    };
    match question.kind {
        QuestionKind::One => option(value).map(Answer::One),
        QuestionKind::Many => {
            let parts = value
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty());
            parts
                .map(option)
                .collect::<Result<_, _>>()
                .map(Answer::Many)
        }
        QuestionKind::YesNoUnsure if matches!(value, "yes" | "no" | "unsure") => {
            Ok(Answer::One(value.to_owned()))
        }
        QuestionKind::YesNoUnsure => {
            Err(words::ANSWERS_WANTS_ONE.with(&[("ids", &"yes, no, unsure")]))
        }
        QuestionKind::Period => match period::read(value) {
            Period::Said { sent, .. } => Ok(Answer::One(sent)),
            Period::NoSuchDay => Err(words::ANSWERS_WANTS_PERIOD.to_string()),
        },
        QuestionKind::Person => Ok(match value.split_once(':') {
            Some((role, words)) if is_source(directory, role) => person(role, words.trim()),
            None if is_source(directory, value) => person(value, ""),
            _ => person("", value),
        }),
        QuestionKind::ShortText | QuestionKind::LongText | QuestionKind::Place => {
            Ok(Answer::One(value.to_owned()))
        }
    }
}

/// Whether an id is one of the parts that people have in the school.
pub fn is_source(directory: &Directory, id: &str) -> bool {
    directory
        .categories
        .sources
        .iter()
        .any(|source| source.id.as_str() == id)
}

/// A person: the part they have in the school, and words; either may be empty.
pub fn person(role: &str, words: &str) -> Answer {
    if role.is_empty() {
        Answer::One(words.to_owned())
    } else {
        Answer::Many(vec![role.to_owned(), words.to_owned()])
    }
}

/// The topic's questions that are asked, given the answers so far.
pub fn asked<'a>(
    directory: &'a Directory,
    topic: &'a Topic,
    answers: &Answers,
) -> Vec<&'a Question> {
    let counted = effective_answers(directory, topic, answers);
    topic
        .questions
        .iter()
        .filter_map(|id| directory.question(id))
        .filter(|question| {
            question
                .show_if
                .as_ref()
                .is_none_or(|condition| condition.holds(&counted))
        })
        .collect()
}

/// An answer for people.
pub fn answer_in_words(directory: &Directory, question: &Question, answer: &Answer) -> String {
    let labelled = |id: &str| match question.kind {
        QuestionKind::One | QuestionKind::Many => question
            .options
            .iter()
            .find(|option| option.id.as_str() == id)
            .map(|option| tell_line(&option.label, directory)),
        QuestionKind::Place => directory
            .places
            .iter()
            .find(|place| place.id.as_str() == id)
            .map(|place| tell_line(&place.names, directory)),
        QuestionKind::Period => Some(period::in_words(id)),
        QuestionKind::YesNoUnsure => match id {
            "yes" => Some(words::ANSWER_YES.to_string()),
            "no" => Some(words::ANSWER_NO.to_string()),
            "unsure" => Some(words::ANSWER_UNSURE.to_string()),
            _ => None,
        },
        _ => None,
    };
    let label = |id: &str| labelled(id).unwrap_or_else(|| id.to_owned());
    match (answer, question.kind) {
        (Answer::Many(parts), QuestionKind::Person) => match parts.as_slice() {
            [role, said] => person_in_words(directory, role, said),
            other => words::list(other),
        },
        (Answer::One(one), _) => label(one),
        (Answer::Many(many), _) if many.is_empty() => words::NONE.to_string(),
        (Answer::Many(many), _) => words::list(many.iter().map(|id| label(id))),
    }
}

fn person_in_words(directory: &Directory, role: &str, said: &str) -> String {
    let name = directory
        .categories
        .sources
        .iter()
        .find(|source| source.id.as_str() == role)
        .map_or_else(
            || clean_line(role),
            |source| tell_line(&source.names, directory),
        );
    match (name.as_str(), said) {
        (name, "") => name.to_owned(),
        ("", said) => said.to_owned(),
        (name, said) => words::PERSON_BOTH.with(&[("role", &name), ("words", &said)]),
    }
}

/// The offices of ids, as far as the directory lists them.
pub fn offices<'a>(directory: &'a Directory, ids: &[OfficeId]) -> Vec<&'a Office> {
    ids.iter().filter_map(|id| directory.office(id)).collect()
}

/// The names of offices, on one line.
pub fn office_names(directory: &Directory, ids: &[OfficeId]) -> String {
    let names = offices(directory, ids);
    words::list(
        names
            .iter()
            .map(|office| tell_line(&office.names, directory)),
    )
}

/// The names of roles, on one line.
pub fn role_names<'a>(
    directory: &Directory,
    roles: impl IntoIterator<Item = &'a RoleId>,
) -> String {
    let names = roles.into_iter().map(|id| {
        directory
            .role(id)
            .map_or_else(|| id.to_string(), |role| tell_line(&role.names, directory))
    });
    words::list(names)
}

/// The roles that sit in the offices of a route: those a reporter may most likely leave out.
pub fn roles_of(directory: &Directory, ids: &[OfficeId]) -> Vec<RoleId> {
    let mut roles = Vec::new();
    for office in offices(directory, ids) {
        for role in &office.roles {
            if !roles.contains(role) {
                roles.push(role.clone());
            }
        }
    }
    roles
}
