//! The directory's words for what messages name by id.

use candor_directory::{
    Answer, Answers, Category, Directory, Language, Question, QuestionId, QuestionKind, StateId,
    Text, TopicId,
};
use candor_wire::{OfficeId, RoleId};

use crate::{clean, desk::Desk, published::Published, said};

use super::{AnswerView, Party};

/// Names in the desk's language, as far as the directory has them.
pub(super) struct Words<'a> {
    published: Option<&'a Published>,
    language: &'a Language,
}

pub(super) fn words(desk: &Desk) -> Words<'_> {
    Words {
        published: desk.published.as_deref(),
        language: &desk.config.language,
    }
}

impl Words<'_> {
    fn directory(&self) -> Option<&Directory> {
        self.published.map(|published| &*published.directory)
    }

    fn show(&self, text: &Text) -> String {
        let languages = self
            .directory()
            .map_or(&[][..], |directory| &directory.languages);
        text.show(self.language, languages).text.to_owned()
    }

    pub(super) fn topic(&self, id: &str) -> String {
        let topic = id.parse::<TopicId>().ok();
        let found = topic.and_then(|id| Some(&self.directory()?.topic(&id)?.names));
        found.map_or_else(
            || clean::short(id, 40),
            |names| clean::line(&self.show(names)),
        )
    }

    pub(super) fn office(&self, id: &OfficeId) -> Party {
        let name = self
            .published
            .map(|published| published.office_name(id, self.language));
        Party {
            id: id.to_string(),
            name: name.unwrap_or_else(|| id.to_string()),
        }
    }

    pub(super) fn role(&self, id: &RoleId) -> Party {
        let name = self
            .published
            .map(|published| published.role_name(id, self.language));
        Party {
            id: id.to_string(),
            name: name.unwrap_or_else(|| id.to_string()),
        }
    }

    fn category(&self, list: impl Fn(&Directory) -> &[Category], id: &str) -> Option<String> {
        let mut known = list(self.directory()?).iter();
        let found = known.find(|category| category.id.as_str() == id)?;
        Some(self.show(&found.names))
    }

    /// The name of a channel.
    pub(super) fn channel(&self, id: &str) -> String {
        self.category(|directory| &directory.categories.channels, id)
            .unwrap_or_else(|| id.to_owned())
    }

    /// The name of a state.
    pub(super) fn state(&self, id: &StateId) -> String {
        let states = self
            .directory()
            .map_or(&[][..], |directory| &directory.states);
        let found = states.iter().find(|state| state.id == *id);
        found.map_or_else(|| id.to_string(), |state| self.show(&state.names))
    }

    /// Answers in the order in which the topic asks, others behind.
    pub(super) fn answers(&self, topic: &str, answers: &Answers) -> Vec<AnswerView> {
        let topic = topic.parse::<TopicId>().ok();
        let asked = topic.and_then(|id| Some(self.directory()?.topic(&id)?.questions.as_slice()));
        let place = |id: &QuestionId| {
            let asked = asked.unwrap_or_default();
            asked
                .iter()
                .position(|one| one == id)
                .unwrap_or(asked.len())
        };
        let mut answers: Vec<_> = answers.iter().collect();
        answers.sort_by_key(|(id, _)| place(id));
        answers
            .into_iter()
            .map(|(id, answer)| self.answer(id, answer))
            .collect()
    }

    fn answer(&self, id: &QuestionId, answer: &Answer) -> AnswerView {
        let question = self
            .directory()
            .and_then(|directory| directory.question(id));
        AnswerView {
            question: id.to_string(),
            label: question.map_or_else(|| id.to_string(), |one| self.show(&one.label)),
            answer: self.values(question, answer),
        }
    }

    /// An answer in words. What is not understood is shown as it came.
    fn values(&self, question: Option<&Question>, answer: &Answer) -> Vec<String> {
        let values = match answer {
            Answer::One(one) => std::slice::from_ref(one),
            Answer::Many(many) => many.as_slice(),
        };
        match question.map(|question| question.kind) {
            Some(QuestionKind::Period) => values.iter().map(|said| said::period(said)).collect(),
            Some(QuestionKind::Person) => match values {
                [role, words] => {
                    let named = self
                        .category(|directory| &directory.categories.sources, role)
                        .unwrap_or_else(|| role.clone());
                    let parts = [named, words.clone()];
                    parts.into_iter().filter(|part| !part.is_empty()).collect()
                }
                _ => values.to_vec(),
            },
            _ => values
                .iter()
                .map(|value| self.value(question, value))
                .collect(),
        }
    }

    fn value(&self, question: Option<&Question>, value: &String) -> String {
        let option = question.and_then(|question| {
            let mut options = question.options.iter();
            options.find(|option| option.id.as_str() == value)
        });
        if let Some(option) = option {
            return self.show(&option.label);
        }
        let is_place = question.is_none_or(|question| question.kind == QuestionKind::Place);
        let place = self.directory().filter(|_| is_place).and_then(|directory| {
            let mut places = directory.places.iter();
            places.find(|place| place.id.as_str() == value)
        });
        place.map_or_else(|| value.clone(), |place| self.show(&place.names))
    }
}

/// The name of a state.
#[must_use]
pub fn state_in_words(desk: &Desk, state: &StateId) -> String {
    clean::line(&words(desk).state(state))
}

/// The name of an office.
#[must_use]
pub fn office_in_words(desk: &Desk, office: &OfficeId) -> String {
    clean::line(&words(desk).office(office).name)
}

/// The directory's states: ids and names, in its order.
#[must_use]
pub fn states(desk: &Desk) -> Vec<(String, String)> {
    let words = words(desk);
    let directory = words.directory();
    directory.map_or_else(Vec::new, |directory| {
        let states = directory.states.iter();
        let named = |state: &candor_directory::State| {
            (state.id.to_string(), clean::line(&words.show(&state.names)))
        };
        states.map(named).collect()
    })
}

/// Answers in the words of the directory.
#[must_use]
pub fn answers_in_words(desk: &Desk, topic: &str, answers: &Answers) -> Vec<AnswerView> {
    words(desk).answers(topic, answers)
}
