//! The entries of a directory. Every struct refuses fields it does not know.

use candor_wire::{OfficeId, RoleId};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    condition::{Condition, When},
    id::{
        AimId, CategoryId, OptionId, PlaceId, QuestionId, ResourceId, RouteId, StateId, TargetId,
        TopicId,
    },
    key::PublicKey,
    text::Text,
};

/// Reads a member that may be absent, but is then never `null`.
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// The relay of the instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelayEntry {
    /// Who runs it, for people.
    pub name: Text,
    /// Signs the relay's exchange keys.
    pub signing_key: PublicKey,
}

/// How much a report may hold and how long it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Most bytes of UTF-8 in one message's text.
    pub text_bytes: u32,
    /// Most files with one message.
    pub attachments: u32,
    /// Most bytes of one file.
    pub attachment_bytes: u64,
    /// Most bytes of all files with one message.
    pub attachments_bytes: u64,
    /// Days that the relay keeps what an office does not keep otherwise.
    pub retention_days: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_bytes: 60_000,
            attachments: 10,
            attachment_bytes: 25 << 20,
            attachments_bytes: 100 << 20,
            retention_days: 365,
        }
    }
}

/// Whether and how a client hides when it sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CoverMode {
    /// Every page view sends reads at random times; a real exchange takes the place of the next.
    #[default]
    Decoys,
    /// All exchanges leave on a slot clock.
    Slots,
    /// No cover.
    Off,
}

/// Cover traffic of the instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cover {
    /// Which cover.
    pub mode: CoverMode,
    /// Length of a slot, or the mean time between decoys.
    pub every_seconds: u32,
}

impl Default for Cover {
    fn default() -> Self {
        Self {
            mode: CoverMode::Decoys,
            every_seconds: 60,
        }
    }
}

/// Where to call when the web does not do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hotline {
    /// The number.
    pub telephone: String,
    /// When it is answered, and by whom.
    pub hours: Text,
}

/// A number for danger now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emergency {
    /// Whose number it is.
    pub names: Text,
    /// The number.
    pub telephone: String,
}

/// A role: what a reporter leaves out. People are not listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its name in routes and exclusions.
    pub id: RoleId,
    /// Its name for people.
    pub names: Text,
}

/// Whether telling an office counts as telling the school.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OfficeKind {
    /// An office of the school.
    Formal,
    /// Confidential and informal: no notice to the school, no records, always the only recipient.
    Informal,
}

/// How soon an office means to answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aims {
    /// Days until it says that it has the report.
    pub acknowledge_days: u32,
    /// Days until it says what came of it.
    pub feedback_days: u32,
    /// What else it means to do, such as to decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Aim>,
}

/// Something that an office means to do within some days of getting a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aim {
    /// Its name in case files.
    pub id: AimId,
    /// What it is, such as “A decision on what to do”; “within 30 days” follows.
    pub names: Text,
    /// Days.
    pub days: u32,
}

/// An office that can read reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Office {
    /// Its name in routes, frames and statements.
    pub id: OfficeId,
    /// The roles that sit in it: usually one.
    pub roles: Vec<RoleId>,
    /// Formal or informal.
    pub kind: OfficeKind,
    /// Its name for people.
    pub names: Text,
    /// What it does and who it is for.
    pub description: Text,
    /// How soon it means to answer.
    pub aims: Aims,
    /// Days that the relay keeps what is for it.
    pub retention_days: u32,
    /// Its own number.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub telephone: Option<String>,
    /// Signs its key cards and device list.
    pub signing_key: PublicKey,
}

/// Offices that a route can name together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// Its name in routes; no office has the same.
    pub id: TargetId,
    /// Its name for people.
    pub names: Text,
    /// Its offices.
    pub offices: Vec<OfficeId>,
}

/// Where something may have happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The value of the answer.
    pub id: PlaceId,
    /// Its name for people.
    pub names: Text,
    /// Which of the settings among the categories it belongs to.
    pub setting: CategoryId,
}

/// What a topic is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TopicKind {
    /// Something is wrong and should be looked into.
    Concern,
    /// Praise.
    Accolade,
    /// Telling first; what follows is the reporter's to say.
    Disclosure,
    /// Asking or talking in confidence.
    Conversation,
}

/// What a reporter chooses first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Its name in reports.
    pub id: TopicId,
    /// Its name for people.
    pub names: Text,
    /// What to know before beginning.
    pub intro: Text,
    /// What it is about.
    pub kind: TopicKind,
    /// The questions, in order.
    pub questions: Vec<QuestionId>,
    /// The rules that say who receives it.
    pub route: RouteId,
    /// Help to show beside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<ResourceId>,
    /// Whether the relay should show it to desks at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub urgent: bool,
    /// Whether to show what mistreatment is and is not beside the form.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub explains_mistreatment: bool,
    /// A number to show with this topic.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub telephone: Option<String>,
    /// How an operator on the telephone opens this topic.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub script: Text,
}

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// A line of text.
    ShortText,
    /// A text.
    LongText,
    /// One of the options.
    One,
    /// Any of the options.
    Many,
    /// When it happened, as loosely as the reporter likes: a day, a month, a span or text.
    Period,
    /// A place of the directory, or text.
    Place,
    /// Who it was, as far as the reporter wants to say: a source of the categories and text.
    Person,
    /// `yes`, `no` or `unsure`.
    YesNoUnsure,
}

/// An option of a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionOption {
    /// The value of the answer.
    pub id: OptionId,
    /// Its words.
    pub label: Text,
}

/// A question of the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its name in answers and conditions.
    pub id: QuestionId,
    /// How it is answered.
    pub kind: QuestionKind,
    /// Its words.
    pub label: Text,
    /// A line of help.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub help: Text,
    /// For [`QuestionKind::One`] and [`QuestionKind::Many`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<QuestionOption>,
    /// Whether the form waits for an answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Asked only if this holds over the answers to the questions before it.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub show_if: Option<Condition>,
    /// Whether `yes` means danger now, so that the emergency numbers are shown at once. Only for
    /// [`QuestionKind::YesNoUnsure`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub danger: bool,
    /// How an operator on the telephone asks it, where its label is made to be read.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub spoken: Text,
}

/// What an operator on the telephone says whatever the call is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorScript {
    /// The first words.
    pub greeting: Text,
    /// To a caller in danger, or who speaks of harming themselves.
    pub emergency: Text,
    /// The last words, when the caller has the code.
    pub closing: Text,
}

/// One rule of a route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// When it applies.
    pub when: When,
    /// Who acts on the report.
    pub to: Vec<TargetId>,
    /// Who may read along.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copy: Vec<TargetId>,
    /// Who acts if all of `to` are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallback: Vec<TargetId>,
}

/// Rules that say who receives a report: the first that applies counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteRules {
    /// Its name in topics.
    pub id: RouteId,
    /// The rules, in order.
    pub rules: Vec<Rule>,
}

/// Whether what is told stays there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidential {
    /// By law or by its charter.
    Yes,
    /// Must pass some things on.
    No,
    /// Private, with exceptions that its text names.
    Limited,
}

/// Somebody else who can help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Its name in topics.
    pub id: ResourceId,
    /// Its name for people.
    pub names: Text,
    /// What it offers.
    pub text: Text,
    /// Its page.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub url: Option<String>,
    /// Its number.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub telephone: Option<String>,
    /// Whether what is told stays there.
    pub confidential: Confidential,
}

/// An entry of one of the desk's lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its name in case files.
    pub id: CategoryId,
    /// Its name for people.
    pub names: Text,
}

/// The lists by which desks sort reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Categories {
    /// Types of mistreatment.
    pub mistreatment: Vec<Category>,
    /// What is not mistreatment, shown beside the form.
    pub not_mistreatment: Vec<Category>,
    /// Where: course, clerkship, laboratory, site, hospital …
    pub settings: Vec<Category>,
    /// Who is alleged: faculty, resident, nurse …
    pub sources: Vec<Category>,
    /// By which channel a report came.
    pub channels: Vec<Category>,
    /// What a leader may be asked to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interventions: Vec<Category>,
}

/// A state of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Its name in case files.
    pub id: StateId,
    /// Its name for people.
    pub names: Text,
    /// What it means.
    pub description: Text,
    /// The states that may follow.
    pub next: Vec<StateId>,
}
