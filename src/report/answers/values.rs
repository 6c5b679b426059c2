//! The values of a file of answers, each as its question takes it.

use std::ops::Range;

use candor_directory::{Answer, Question, QuestionKind};
use toml::de::{DeTable, DeValue};

use super::{Draft, Reader, Value};
use crate::{
    client::words,
    report::{
        draft::{answer_by_id, is_source, person},
        period::{self, Period},
    },
};

/// A text, or a date that stands without quotation marks.
pub(super) fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.trim().to_owned()),
        DeValue::Datetime(date) if date.time.is_none() => Some(date.to_string()),
        _ => None,
    }
}

impl Reader<'_> {
    pub(super) fn text<'v>(&mut self, value: &'v Value<'_>, key: &str) -> Option<&'v str> {
        if let DeValue::String(text) = value.get_ref() {
            return Some(text);
        }
        self.expected(value, key, words::ANSWERS_WANTS_TEXT);
        None
    }

    pub(super) fn texts<'v>(
        &mut self,
        value: &'v Value<'_>,
        key: &str,
    ) -> Vec<(&'v str, Range<usize>)> {
        let DeValue::Array(entries) = value.get_ref() else {
            self.expected(value, key, words::ANSWERS_WANTS_LIST);
            return Vec::new();
        };
        entries
            .iter()
            .filter_map(|entry| Some((self.text(entry, key)?, entry.span())))
            .collect()
    }

    pub(super) fn table<'v, 'i>(
        &mut self,
        value: &'v Value<'i>,
        key: &str,
    ) -> Option<&'v DeTable<'i>> {
        if let DeValue::Table(table) = value.get_ref() {
            return Some(table);
        }
        let what = words::ANSWERS_WANTS_TABLE.with(&[("key", &key)]);
        self.complain(&value.span(), Some(key), what);
        None
    }

    pub(super) fn answers(&mut self, value: &Value<'_>, draft: &mut Draft) {
        let Some(table) = self.table(value, "answers") else {
            return;
        };
        // Without a topic there are no questions, and that is said already.
        let Some(topic) = draft.topic(self.directory) else {
            return;
        };
        for (key, value) in table {
            let path = format!("answers.{}", key.get_ref());
            let id = topic
                .questions
                .iter()
                .find(|id| id.as_str() == key.get_ref());
            let Some(question) = id.and_then(|id| self.directory.question(id)) else {
                let ids = words::list(&topic.questions);
                let what = words::ANSWERS_NO_QUESTION.with(&[("topic", &topic.id), ("ids", &ids)]);
                self.complain(&key.span(), Some(&path), what);
                continue;
            };
            match self.answer(question, value) {
                Ok(Some(answer)) => {
                    draft.answers.insert(question.id.clone(), answer);
                }
                Ok(None) => {}
                Err(what) => self.complain(&value.span(), Some(&path), what),
            }
        }
    }

    /// An answer; none for an empty one. The error says what fits.
    fn answer(&self, question: &Question, value: &Value<'_>) -> Result<Option<Answer>, String> {
        let directory = self.directory;
        let ids = || words::list(question.options.iter().map(|option| &option.id));
        let sources = || words::list(directory.categories.sources.iter().map(|source| &source.id));
        match (question.kind, value.get_ref()) {
            (QuestionKind::YesNoUnsure, DeValue::Boolean(yes)) => {
                let answer = if *yes { "yes" } else { "no" };
                Ok(Some(Answer::One(answer.to_owned())))
            }
            (QuestionKind::Many, DeValue::Array(entries)) => {
                let wants = || words::ANSWERS_WANTS_ONE.with(&[("ids", &ids())]);
                let mut chosen = Vec::new();
                for entry in entries {
                    let id = plain(entry.get_ref()).ok_or_else(wants)?;
                    match question
                        .options
                        .iter()
                        .any(|option| option.id.as_str() == id)
                    {
                        true if chosen.contains(&id) => {}
                        true => chosen.push(id),
                        false => return Err(wants()),
                    }
                }
                Ok((!chosen.is_empty()).then_some(Answer::Many(chosen)))
            }
            (QuestionKind::Person, DeValue::Table(table)) => {
                let wants = || words::ANSWERS_WANTS_PERSON.with(&[("ids", &sources())]);
                let (mut role, mut said) = (String::new(), String::new());
                for (key, value) in table {
                    let text = plain(value.get_ref()).ok_or_else(wants)?;
                    match key.get_ref().as_ref() {
                        "role" if text.is_empty() || is_source(directory, &text) => role = text,
                        "words" => said = text,
                        _ => return Err(wants()),
                    }
                }
                let is_empty = role.is_empty() && said.is_empty();
                Ok((!is_empty).then(|| person(&role, &said)))
            }
            (kind, value) => match plain(value) {
                Some(text) if text.is_empty() => Ok(None),
                Some(text) if kind == QuestionKind::Person => Ok(Some(Answer::One(text))),
                Some(text) if kind == QuestionKind::Period => match period::read(&text) {
                    Period::Said { sent, .. } => Ok(Some(Answer::One(sent))),
                    Period::NoSuchDay => Err(words::ANSWERS_WANTS_PERIOD.to_string()),
                },
                Some(text) => answer_by_id(directory, question, &text).map(Some),
                None => Err(match kind {
                    QuestionKind::One | QuestionKind::Many => {
                        words::ANSWERS_WANTS_ONE.with(&[("ids", &ids())])
                    }
                    QuestionKind::YesNoUnsure => {
                        words::ANSWERS_WANTS_ONE.with(&[("ids", &"yes, no, unsure")])
                    }
                    QuestionKind::Period => words::ANSWERS_WANTS_PERIOD.to_string(),
                    QuestionKind::Person => {
                        words::ANSWERS_WANTS_PERSON.with(&[("ids", &sources())])
                    }
                    _ => words::ANSWERS_WANTS_TEXT.to_string(),
                }),
            },
        }
    }
}
