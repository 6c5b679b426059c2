//! What an event does.
//!
//! Every member is checked for length where an event is decoded ([`Body::check`]); texts are what
//! staff typed, and shown as text. What a newer version may add comes as [`Body::Unknown`]: it is
//! kept and shown, and changes nothing.

use std::{collections::BTreeMap, fmt, str::FromStr};

use candor_directory::{CategoryId, StateId};
use candor_wire::{Day, EventId, OfficeId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The most bytes of a text of staff: a note, a reason, what a leader reported.
pub const MAX_TEXT_LEN: usize = 60_000;
/// The most bytes of a line: who leads, a task, a group's label.
pub const MAX_LINE_LEN: usize = 400;

/// Names a task, an intervention or a group: 16 random bytes, in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle([u8; 16]);

impl Handle {
    /// Wraps 16 random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({self})")
    }
}

/// A handle's text was not 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a handle is 16 bytes, written as 32 lower-case hexadecimal digits")]
pub struct HandleError;

impl FromStr for Handle {
    type Err = HandleError;

    fn from_str(text: &str) -> Result<Self, HandleError> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(HandleError),
        };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != 16 || !rest.is_empty() {
            return Err(HandleError);
        }
        let mut bytes = [0; 16];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Handle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Handle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// What an event does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Body {
    /// Sorts the report. Replaces an earlier one.
    Triage(Triage),
    /// Takes the case to another state of the procedure, where no more particular event does.
    Move {
        /// The state.
        to: StateId,
        /// Why, for the offices.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
        /// With the state `held`: when it is to come up again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hold: Option<Hold>,
    },
    /// Says which office is responsible, or that none is.
    Assign {
        /// The office.
        #[serde(default)]
        office: Option<OfficeId>,
        /// Who there, in the offices' own words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        whom: String,
    },
    /// An internal note. It is for the offices, and has no way to a reporter.
    Note {
        /// What it says.
        text: String,
        /// Offices whose attention it asks for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mentions: Vec<OfficeId>,
        /// The note of the same device that it takes the place of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<EventId>,
    },
    /// Something to do, made or changed.
    Task {
        /// Names it.
        task: Handle,
        /// What is to be done.
        text: String,
        /// By when.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Day>,
        /// Which office is to do it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        office: Option<OfficeId>,
    },
    /// It is done, or not after all.
    TaskDone {
        /// Names it.
        task: Handle,
        /// Whether it is.
        done: bool,
    },
    /// A leader is asked to do something, or what was asked is changed. The state becomes
    /// `intervention-assigned`.
    Intervene {
        /// Names it.
        intervention: Handle,
        /// The responsible leader, by function.
        leader: String,
        /// One of the directory's `categories.interventions`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<CategoryId>,
        /// What is to be done, in the team's own words.
        what: String,
        /// By when the leader reports back.
        due: Day,
    },
    /// The leader has reported back. The state becomes `reported-back` when none is outstanding.
    ReportBack {
        /// Names it.
        intervention: Handle,
        /// What was done.
        text: String,
        /// Whether it was done as asked.
        completed: bool,
    },
    /// The team decides on what was reported back: addressed (`closed`), or more is needed
    /// (`intervention-assigned` follows with a new [`Body::Intervene`]; until then `actionable` or
    /// `reopened`, whichever the directory allows).
    Decide {
        /// Whether it is addressed.
        addressed: bool,
        /// Why.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    /// The light path of an accolade: it was passed on, and the case is closed.
    PassOn {
        /// To whom, in the offices' own words.
        to: String,
    },
    /// The report is about the same person or place as others: its group, or none. Nothing of the
    /// other reports is in it.
    Group {
        /// The group, or none.
        #[serde(default)]
        group: Option<Handle>,
        /// What it is called on this case.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        label: String,
    },
    /// An office comes onto the case.
    Admit(Admit),
    /// An office goes. By itself, at once; another one once two offices say so.
    Recuse {
        /// The office.
        office: OfficeId,
        /// Why.
        why: Departure,
        /// More words, for the offices.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// A copy was sealed to somebody outside: which, and what of it.
    Refer {
        /// Whom, in the offices' own words.
        to: String,
        /// The age recipient's fingerprint, as it was compared.
        recipient: String,
        /// What was left out of it, and why.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        redacted: String,
    },
    /// It is no report (spam, a test, the same thing twice), or is one after all. Says nothing of a
    /// person and keeps nobody out.
    Discard {
        /// Why; none takes it back.
        #[serde(default)]
        reason: Option<Discarded>,
        /// More words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// Nothing of this case may be erased, or it may again.
    LegalHold {
        /// Whether it is held.
        on: bool,
        /// Why.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    /// This office erases the case on all of its devices. Always of [`Scope::Office`](crate::Scope).
    Erase {
        /// Why.
        why: String,
    },
    /// What devices that have been revoked since did counts all the same.
    Confirm {
        /// Their events; what those build on counts with them. They stand among the parents.
        events: Vec<EventId>,
    },
    /// Something of a newer version, kept as it is.
    #[serde(skip_serializing, untagged)]
    Unknown(BTreeMap<String, serde_json::Value>),
}

/// How a report is sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triage {
    /// Types, of the directory's `categories.mistreatment`, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<CategoryId>,
    /// Where, of `categories.settings`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setting: Option<CategoryId>,
    /// Who is alleged, of `categories.sources`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<CategoryId>,
    /// Whether it says enough to tell what happened.
    pub specific: bool,
    /// Whether something can be done about it. With a triage the state follows: `actionable`,
    /// `not-actionable`, or none if the case was past that.
    pub actionable: Actionable,
}

/// Whether something can be done about a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actionable {
    /// Yes: it is recorded.
    Yes,
    /// No: it is counted.
    No,
    /// Not decided.
    #[default]
    Undecided,
}

/// When a held case is to come up again: at whichever comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// On this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
    /// When its group has so many reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reports: Option<u32>,
}

/// An office comes onto the case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admit {
    /// The office.
    pub office: OfficeId,
    /// Why.
    pub why: Admission,
    /// The generation of the conversation key when it came.
    pub generation: u32,
    /// How much it was given of what was before.
    pub history: History,
    /// More words, for the offices.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// How the case stood. It stands in for what a newcomer was not given; those who have the
    /// events do not look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
}

/// How a case stood when an office came onto it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Its state.
    pub state: StateId,
    /// How it was sorted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triage: Option<Triage>,
    /// Who is responsible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsible: Option<OfficeId>,
}

/// Why an office comes onto a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Admission {
    /// The case belongs to it; the writer means to go.
    Transfer,
    /// It is to read along.
    Copy,
}

/// How much of a case an office is given when it comes onto it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum History {
    /// The report alone.
    Report,
    /// The report and the whole conversation with the reporter.
    Conversation,
    /// That, and the offices' events.
    All,
}

/// Why an office goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Departure {
    /// A conflict of interest.
    Conflict,
    /// Another office has taken the case over.
    Transfer,
    /// It has no part in it.
    NotConcerned,
}

/// Why something is no report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Discarded {
    /// Advertising, nonsense, a flood.
    Spam,
    /// Somebody tried the hotline out.
    Test,
    /// The same report is there already.
    Duplicate,
    /// Something else, said in the note.
    Other,
}
