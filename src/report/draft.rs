//! A report while it is being written, and what can be said about it before it is sent.

use std::collections::BTreeSet;

use candor_directory::{
    Answer, Answers, Directory, Office, Question, QuestionKind, Route, Topic, effective_answers,
    route,
};
use candor_wire::{OfficeId, RoleId};
use zeroize::Zeroizing;

use crate::client::{
    files::LocalFile,
    words::{self, tell_line},
};

/// A report while it is being written.
#[derive(Debug, Default)]
pub struct Draft {
    pub answers: Answers,
    pub excluded: BTreeSet<RoleId>,
    pub text: Zeroizing<String>,
    pub files: Vec<LocalFile>,
}

impl Draft {
    /// Whether it says anything.
    pub fn is_empty(&self, directory: &Directory, topic: &Topic) -> bool {
        self.text.trim().is_empty()
            && self.files.is_empty()
            && effective_answers(directory, topic, &self.answers).is_empty()
    }
}

/// Why an answer given as text does not fit its question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerError(pub String);

/// Takes an answer by ids, as `--answer` gives it.
pub fn answer_by_id(
    directory: &Directory,
    question: &Question,
    value: &str,
) -> Result<Answer, AnswerError> {
    let option = |id: &str| {
        let known = question.options.iter().any(|o| o.id.as_str() == id);
        let ids: Vec<&str> = question.options.iter().map(|o| o.id.as_str()).collect();
        let choices = format!("“{}” takes one of: {}", question.id, ids.join(", "));
        known.then(|| id.to_owned()).ok_or(AnswerError(choices))
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
        QuestionKind::YesNoUnsure => Err(AnswerError(format!(
            "“{}” takes one of: yes, no, unsure",
            question.id
        ))),
        QuestionKind::Place => {
            // A place of the directory by its id, or words.
            let known = directory.places.iter().find(|p| p.id.as_str() == value);
            Ok(Answer::One(
                known.map_or_else(|| value.to_owned(), |p| p.id.to_string()),
            ))
        }
        QuestionKind::ShortText
        | QuestionKind::LongText
        | QuestionKind::Period
        | QuestionKind::Person => Ok(Answer::One(value.to_owned())),
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
    let label = |id: &str| match question.kind {
        QuestionKind::One | QuestionKind::Many => question
            .options
            .iter()
            .find(|option| option.id.as_str() == id)
            .map_or_else(
                || id.to_owned(),
                |option| tell_line(&option.label, directory),
            ),
        QuestionKind::Place => directory
            .places
            .iter()
            .find(|place| place.id.as_str() == id)
            .map_or_else(|| id.to_owned(), |place| tell_line(&place.names, directory)),
        _ => id.to_owned(),
    };
    match answer {
        Answer::One(one) => label(one),
        Answer::Many(many) if many.is_empty() => words::NONE.to_owned(),
        Answer::Many(many) => many
            .iter()
            .map(|id| label(id))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// The offices of ids, as far as the directory lists them.
pub fn offices<'a>(directory: &'a Directory, ids: &[OfficeId]) -> Vec<&'a Office> {
    ids.iter().filter_map(|id| directory.office(id)).collect()
}

/// The names of offices, on one line.
pub fn office_names(directory: &Directory, ids: &[OfficeId]) -> String {
    let names = offices(directory, ids);
    let names: Vec<String> = names
        .iter()
        .map(|o| tell_line(&o.names, directory))
        .collect();
    names.join(", ")
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
    names.collect::<Vec<_>>().join(", ")
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

/// Who would receive the draft.
pub fn recipients(
    directory: &Directory,
    topic: &Topic,
    draft: &Draft,
) -> Result<Route, candor_directory::RouteError> {
    route(directory, &topic.id, &draft.answers, &draft.excluded)
}
