//! The smaller parts of contents: what the reporter wishes, who they say they are, how they see the
//! outcome, and what an office asks (`docs/protocol.md`, "Messages").
//!
//! Each is optional. Unknown members are kept and shown, as those of the content itself are.

use std::collections::BTreeMap;

use candor_directory::{CategoryId, QuestionId, parse_date};
use candor_wire::Day;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Members of a newer version, kept and shown as they are.
pub type Further = BTreeMap<String, serde_json::Value>;

/// What the reporter asks of the offices about time. A wish, never a lock: the office can read the
/// report, and may have to act.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wishes {
    /// Please do nothing until others report the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hold_until_similar: bool,
    /// Please do nothing before this day.
    #[serde(
        default,
        with = "optional_date",
        skip_serializing_if = "Option::is_none"
    )]
    pub not_before: Option<Day>,
    /// Members of a newer version.
    #[serde(flatten)]
    pub further: Further,
}

impl Wishes {
    /// Whether nothing is wished.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Who the reporter says they are. Nothing proves it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// A name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// How to reach them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub contact: String,
    /// Members of a newer version.
    #[serde(flatten)]
    pub further: Further,
}

impl Identity {
    /// The most bytes of each.
    pub const MAX_LEN: usize = 400;

    /// A name and a way to reach them, either of which may be empty.
    #[must_use]
    pub fn new(name: &str, contact: &str) -> Self {
        Self {
            name: name.trim().to_owned(),
            contact: contact.trim().to_owned(),
            further: Further::new(),
        }
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a sender may send it.
    #[must_use]
    pub const fn fits(&self) -> bool {
        self.name.len() <= Self::MAX_LEN && self.contact.len() <= Self::MAX_LEN
    }
}

/// Where a report that an office entered came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// One of the directory's `categories.channels`.
    pub channel: CategoryId,
    /// What else is to be said of it, such as the file and row of an import.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Members of a newer version.
    #[serde(flatten)]
    pub further: Further,
}

/// Whether what was reported is put right, as the reporter sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resolved {
    /// It is.
    Yes,
    /// In part.
    Partly,
    /// It is not.
    No,
}

impl Resolved {
    /// The word as it is sent.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Partly => "partly",
            Self::No => "no",
        }
    }
}

/// The reporter's answers to what an office asked in one of its messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The `message` of the reply that asks.
    pub message: String,
    /// Answers by the id of the question.
    pub answers: BTreeMap<QuestionId, String>,
}

/// A question that an office asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeQuestion {
    /// Names it within its reply.
    pub id: QuestionId,
    /// What is asked.
    pub text: String,
}

/// The most questions of one reply.
pub const MAX_QUESTIONS: usize = 10;

/// For `#[serde(deserialize_with)]`: at most [`MAX_QUESTIONS`].
pub(crate) fn questions<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<OfficeQuestion>, D::Error> {
    let questions = Vec::<OfficeQuestion>::deserialize(deserializer)?;
    if questions.len() > MAX_QUESTIONS {
        return Err(D::Error::custom("too many questions"));
    }
    Ok(questions)
}

mod optional_date {
    use super::{Day, Deserialize as _, Deserializer, Serializer, parse_date};
    use serde::de::Error as _;

    pub(super) fn serialize<S: Serializer>(
        day: &Option<Day>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match day {
            Some(day) => serializer.collect_str(day),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Day>, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_date(&text).map(Some).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_written_as_the_protocol_says() {
        let wishes = Wishes {
            hold_until_similar: true,
            not_before: Some(Day(20_779)),
            ..Wishes::default()
        };
        let json = serde_json::to_string(&wishes).unwrap();
        assert_eq!(
            json,
            r#"{"hold_until_similar":true,"not_before":"2026-11-22"}"#
        );
        assert_eq!(serde_json::from_str::<Wishes>(&json).unwrap(), wishes);
        assert_eq!(
            serde_json::to_string(&Wishes::default()).unwrap(),
            "{}",
            "nothing is written of what is not wished"
        );
        assert!(serde_json::from_str::<Wishes>(r#"{"not_before":"soon"}"#).is_err());
        let newer: Wishes = serde_json::from_str(r#"{"later":1}"#).unwrap();
        assert!(!newer.is_empty() && newer.further.contains_key("later"));
    }

    #[test]
    fn more_than_ten_questions_are_refused() {
        #[derive(Deserialize)]
        struct Holder {
            #[serde(deserialize_with = "questions")]
            questions: Vec<OfficeQuestion>,
        }
        let of = |n: usize| {
            let list: Vec<_> = (0..n)
                .map(|n| serde_json::json!({"id": format!("q{n}"), "text": "?"}))
                .collect();
            serde_json::from_value::<Holder>(serde_json::json!({ "questions": list }))
                .map(|holder| holder.questions.len())
        };
        assert_eq!(of(10).ok(), Some(10));
        assert!(of(11).is_err());
    }
}
