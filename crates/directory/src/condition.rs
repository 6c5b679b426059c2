//! Conditions over answers: a small boolean language, pure and total.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de};
use thiserror::Error;

use crate::id::QuestionId;

/// One answer: a text or the id of an option, or several ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// A text, a date, the id of an option or place, or `yes`, `no`, `unsure`.
    One(String),
    /// The ids of several options.
    Many(Vec<String>),
}

impl Answer {
    /// Whether the answer is this value, or has it among others.
    #[must_use]
    pub fn has(&self, value: &str) -> bool {
        match self {
            Self::One(one) => one == value,
            Self::Many(many) => many.iter().any(|one| one == value),
        }
    }
}

/// Answers by question.
pub type Answers = BTreeMap<QuestionId, Answer>;

/// A condition had none or several of its forms.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "a condition is one of {{answer, is}}, {{any: […]}}, {{all: […]}}, {{not: …}}, and no two at once"
)]
pub struct ConditionError;

/// A statement about the answers, true or false.
///
/// In JSON: `{"answer": "involves-sex", "is": "yes"}`, `{"any": […]}`, `{"all": […]}`,
/// `{"not": …}`. A question without an answer makes `answer … is …` false; an empty `any` is
/// false, an empty `all` true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub enum Condition {
    /// The answer to a question is a value, or has it among others.
    Answer {
        /// The question.
        question: QuestionId,
        /// The value.
        is: String,
    },
    /// At least one holds.
    Any(Vec<Self>),
    /// All hold.
    All(Vec<Self>),
    /// Does not hold.
    Not(Box<Self>),
}

impl Condition {
    /// Whether the condition holds.
    #[must_use]
    pub fn holds(&self, answers: &Answers) -> bool {
        match self {
            Self::Answer { question, is } => {
                answers.get(question).is_some_and(|answer| answer.has(is))
            }
            Self::Any(parts) => parts.iter().any(|part| part.holds(answers)),
            Self::All(parts) => parts.iter().all(|part| part.holds(answers)),
            Self::Not(part) => !part.holds(answers),
        }
    }

    /// Calls `visit` for every question and value that the condition looks at.
    pub fn visit<'a>(&'a self, visit: &mut dyn FnMut(&'a QuestionId, &'a str)) {
        match self {
            Self::Answer { question, is } => visit(question, is),
            Self::Any(parts) | Self::All(parts) => {
                for part in parts {
                    part.visit(visit);
                }
            }
            Self::Not(part) => part.visit(visit),
        }
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<QuestionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    any: Option<Vec<Condition>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    all: Option<Vec<Condition>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not: Option<Box<Condition>>,
}

impl TryFrom<Raw> for Condition {
    type Error = ConditionError;

    fn try_from(raw: Raw) -> Result<Self, ConditionError> {
        match (raw.answer, raw.is, raw.any, raw.all, raw.not) {
            (Some(question), Some(is), None, None, None) => Ok(Self::Answer { question, is }),
            (None, None, Some(parts), None, None) => Ok(Self::Any(parts)),
            (None, None, None, Some(parts), None) => Ok(Self::All(parts)),
            (None, None, None, None, Some(part)) => Ok(Self::Not(part)),
            _ => Err(ConditionError),
        }
    }
}

impl From<Condition> for Raw {
    fn from(condition: Condition) -> Self {
        let mut raw = Self {
            answer: None,
            is: None,
            any: None,
            all: None,
            not: None,
        };
        match condition {
            Condition::Answer { question, is } => {
                raw.answer = Some(question);
                raw.is = Some(is);
            }
            Condition::Any(parts) => raw.any = Some(parts),
            Condition::All(parts) => raw.all = Some(parts),
            Condition::Not(part) => raw.not = Some(part),
        }
        raw
    }
}

/// When a routing rule applies: `"always"`, or a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// For every report that reaches the rule.
    Always,
    /// If the condition holds.
    If(Condition),
}

impl When {
    /// Whether the rule applies.
    #[must_use]
    pub fn holds(&self, answers: &Answers) -> bool {
        match self {
            Self::Always => true,
            Self::If(condition) => condition.holds(answers),
        }
    }
}

impl Serialize for When {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Always => serializer.serialize_str("always"),
            Self::If(condition) => condition.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = When;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("\"always\" or a condition")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<When, E> {
                if text == "always" {
                    Ok(When::Always)
                } else {
                    Err(E::invalid_value(de::Unexpected::Str(text), &self))
                }
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<When, A::Error> {
                Condition::deserialize(de::value::MapAccessDeserializer::new(map)).map(When::If)
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(json: &str) -> Condition {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn conditions_hold_as_written() {
        let answers: Answers =
            serde_json::from_str(r#"{"a": "yes", "b": ["x", "y"], "c": []}"#).unwrap();
        for (json, expected) in [
            (r#"{"answer": "a", "is": "yes"}"#, true),
            (r#"{"answer": "a", "is": "no"}"#, false),
            (r#"{"answer": "b", "is": "y"}"#, true),
            (r#"{"answer": "c", "is": "y"}"#, false),
            (r#"{"answer": "d", "is": ""}"#, false),
            (r#"{"not": {"answer": "d", "is": "x"}}"#, true),
            (r#"{"any": []}"#, false),
            (r#"{"all": []}"#, true),
            (
                r#"{"all": [{"answer": "a", "is": "yes"}, {"answer": "b", "is": "z"}]}"#,
                false,
            ),
            (
                r#"{"any": [{"answer": "a", "is": "yes"}, {"answer": "b", "is": "z"}]}"#,
                true,
            ),
        ] {
            assert_eq!(condition(json).holds(&answers), expected, "{json}");
            let back = serde_json::to_string(&condition(json)).unwrap();
            assert_eq!(condition(&back), condition(json));
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for bad in [
            "{}",
            r#"{"answer": "a"}"#,
            r#"{"is": "a"}"#,
            r#"{"any": [], "all": []}"#,
            r#"{"answer": "a", "is": "b", "not": {"any": []}}"#,
            r#"{"or": []}"#,
            "true",
        ] {
            assert!(serde_json::from_str::<Condition>(bad).is_err(), "{bad}");
        }
        assert!(serde_json::from_str::<When>(r#""never""#).is_err());
        assert_eq!(
            serde_json::from_str::<When>(r#""always""#).unwrap(),
            When::Always
        );
        let deep = "{\"not\":".repeat(5000) + "{\"any\":[]}" + &"}".repeat(5000);
        assert!(serde_json::from_str::<Condition>(&deep).is_err());
    }
}
