//! What stands in a block's JSON (`docs/protocol.md`, "Messages").
//!
//! A message is a *content* (JSON of any length) cut into fragments, one for each block. Every
//! block carries a header that is checked before anything of the content is looked at. Headers
//! refuse unknown fields: they decide who reads what. Contents keep unknown fields, so that an
//! older desk shows what a newer client sent and loses nothing.

use std::{collections::BTreeMap, fmt};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use candor_directory::{Answers, KeyCardDomain, PublicKey, StateId};
use candor_wire::{
    ConversationId, Digest, Domain, InstanceId, OfficeId, RoleId, SignedStatement, Tag,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use zeroize::Zeroizing;

use crate::{
    attachment::AttachmentRef,
    content::{Answered, Identity, OfficeQuestion, Origin, Resolved, Wishes},
    event::EventHeader,
    handover::HandoverHeader,
    new_code::{EarlierCode, NewCode},
    offices::OfficesChange,
    telling::Telling,
};

/// The version that every header names.
pub const VERSION: u8 = 1;
/// The most blocks one message may span.
pub const MAX_PARTS: u16 = 64;

macro_rules! domain {
    ($(#[$doc:meta])* $name:ident = $tag:literal) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl Domain for $name {
            const TAG: Tag = Tag::new($tag);
        }
    };
}
domain! {
    /// Signs the first block of a report; the key is the reporter key R.
    ReportDomain = "candor/v1/report"
}
domain! {
    /// Signs every later block from the reporter; the key is R.
    FollowUpDomain = "candor/v1/follow-up"
}
domain! {
    /// Signs a reply; the key is the office's reply key of the epoch.
    ReplyDomain = "candor/v1/reply"
}
domain! {
    /// Signs the self-record; the key is R.
    SelfRecordDomain = "candor/v1/self-record"
}

/// 32 secret bytes in a message: base64 in JSON, nothing in `Debug`.
#[derive(Clone)]
pub struct Secret32(Zeroizing<[u8; 32]>);

impl Secret32 {
    /// Wraps 32 bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Secret32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret32(..)")
    }
}

impl Serialize for Secret32 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(BASE64.encode(self.expose())))
    }
}

impl<'de> Deserialize<'de> for Secret32 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let bytes = BASE64
            .decode(text.as_bytes())
            .map(Zeroizing::new)
            .map_err(|_| D::Error::custom("not base64"))?;
        let bytes = bytes
            .as_slice()
            .try_into()
            .map_err(|_| D::Error::custom("not 32 bytes"))?;
        Ok(Self::new(bytes))
    }
}

/// Which fragment of the content a block carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// From 0.
    pub index: u16,
    /// From 1 to [`MAX_PARTS`].
    pub count: u16,
}

impl Part {
    /// Whether index and count are in range.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.count >= 1 && self.count <= MAX_PARTS && self.index < self.count
    }
}

/// The header and fragment of one block.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Message {
    /// The reporter's first block.
    Report(ReportHeader),
    /// Any later block from the reporter.
    FollowUp(FollowUpHeader),
    /// A block from an office.
    Reply(ReplyHeader),
    /// The reporter's record for themselves.
    SelfRecord(SelfRecord),
    /// A block that an office writes for the offices alone.
    Event(EventHeader),
    /// A block of what an office gives to one that comes onto a case.
    Handover(HandoverHeader),
}

/// The reporter's first block: counter 0.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportHeader {
    /// [`VERSION`].
    pub v: u8,
    /// Where this report belongs.
    pub instance: InstanceId,
    /// R.
    pub reporter_key: PublicKey,
    /// Where replies are sealed to: `age1pq1…`, lower case.
    pub reply_recipient: String,
    /// `K_0`.
    pub conversation_key: Secret32,
    /// Every office that this block is sealed to, ascending.
    pub recipients: Vec<OfficeId>,
    /// Roles that the reporter left out, ascending; holds for the life of the case.
    pub excluded_roles: Vec<RoleId>,
    /// The version of the directory that the reporter's client used.
    pub directory_version: u64,
    /// Which fragment this is; its index is always 0.
    pub part: Part,
    /// The fragment of a [`ReportContent`].
    pub content: String,
}

/// Any later block from the reporter.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FollowUpHeader {
    /// [`VERSION`].
    pub v: u8,
    /// Where this report belongs.
    pub instance: InstanceId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The generation of the conversation key that is in use.
    pub generation: u32,
    /// One more than the previous block's; the report's first block has 0.
    pub counter: u32,
    /// The digest of the previous block.
    pub previous: Digest,
    /// Every office that this block is sealed to, ascending.
    pub recipients: Vec<OfficeId>,
    /// Which fragment this is. With index 0 a new message begins; fragments of a report that go
    /// on in follow-ups have an index above 0.
    pub part: Part,
    /// The fragment of a [`ReportContent`] (while the report goes on) or [`FollowUpContent`].
    pub content: String,
}

/// A block from an office.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplyHeader {
    /// [`VERSION`].
    pub v: u8,
    /// Where the report belongs.
    pub instance: InstanceId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The generation whose drops it lies in.
    pub generation: u32,
    /// Who writes.
    pub office: OfficeId,
    /// In which drop it lies, from 1.
    pub n: u32,
    /// The digest of drop n − 1, as the relay holds it; none for n = 1.
    pub previous: Option<Digest>,
    /// The writing office's key card: it names the key that signs this block.
    pub card: SignedStatement<KeyCardDomain>,
    /// The offices that the reply is sealed to besides the reporter, ascending.
    pub recipients: Vec<OfficeId>,
    /// Groups the fragments of one message: 16 random bytes in hexadecimal.
    pub message: String,
    /// Which fragment this is.
    pub part: Part,
    /// The fragment of a [`ReplyContent`].
    pub content: String,
}

/// How a report came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The web app.
    Web,
    /// The command line.
    CommandLine,
    /// An operator typed it; self-declared. The operator knew the code.
    Phone,
    /// Entered at the office for someone who came or wrote.
    Office,
    /// Imported from a table.
    Import,
}

/// What a report says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReportContent {
    /// The topic's id in the directory.
    pub topic: String,
    /// Answers by question id.
    #[serde(default)]
    pub answers: Answers,
    /// What the reporter wrote.
    #[serde(default)]
    pub text: String,
    /// Files.
    #[serde(default)]
    pub attachments: Vec<AttachmentRef>,
    /// The language the reporter used (BCP 47).
    pub language: String,
    /// How it came in.
    pub source: Source,
    /// What the reporter asks about time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wishes: Option<Wishes>,
    /// Who the reporter says they are, if they chose to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// Where it came from, if an office entered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Fields of a newer version, kept and shown as they are.
    #[serde(flatten)]
    pub further: BTreeMap<String, serde_json::Value>,
}

/// What a follow-up says or does. Everything is optional; several may come together.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FollowUpContent {
    /// More text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// More answers.
    #[serde(default, skip_serializing_if = "Answers::is_empty")]
    pub answers: Answers,
    /// More files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentRef>,
    /// The reporter withdraws the report.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdraw: bool,
    /// Roles left out from now on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leave_out: Vec<RoleId>,
    /// A new conversation key, for the offices that this message is sealed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_generation: Option<NewGeneration>,
    /// Whether what was reported is put right, as the reporter sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Resolved>,
    /// Answers to what offices asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answered: Vec<Answered>,
    /// The conversation goes on under another code. Whether it does is for
    /// [`Thread`](crate::thread::Thread) to say, which verifies the proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_code: Option<NewCode>,
    /// Fields of a newer version, kept and shown as they are.
    #[serde(flatten)]
    pub further: BTreeMap<String, serde_json::Value>,
}

impl FollowUpContent {
    /// Whether it moves the conversation to a new code and does nothing else.
    #[must_use]
    pub fn only_moves(&self) -> bool {
        self.new_code.is_some()
            && self.new_generation.is_some()
            && self.text.is_empty()
            && self.answers.is_empty()
            && self.attachments.is_empty()
            && !self.withdraw
            && self.leave_out.is_empty()
            && self.resolved.is_none()
            && self.answered.is_empty()
            && self.further.is_empty()
    }
}

/// A new conversation key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewGeneration {
    /// One more than the generation so far.
    pub generation: u32,
    /// `K_g` of that generation.
    pub conversation_key: Secret32,
}

/// What kind of reply it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReplyKind {
    /// The office has opened the report.
    Acknowledgement,
    /// The office writes.
    Message,
}

/// What a reply says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReplyContent {
    /// Acknowledgement or message.
    pub reply: ReplyKind,
    /// Text.
    #[serde(default)]
    pub text: String,
    /// Files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentRef>,
    /// What the office asks, to be answered one by one.
    #[serde(
        default,
        deserialize_with = "crate::content::questions",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub questions: Vec<OfficeQuestion>,
    /// Whether the office asks if it is resolved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asks_resolved: bool,
    /// What the office says of the case: one of the directory's states. The last one counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<StateId>,
    /// Who comes onto the case and who leaves it. A client that knew nothing of it would show it as a
    /// member of a newer version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offices: Option<OfficesChange>,
    /// Fields of a newer version, kept and shown as they are.
    #[serde(flatten)]
    pub further: BTreeMap<String, serde_json::Value>,
}

impl ReplyContent {
    /// A reply of a kind that says nothing yet.
    #[must_use]
    pub const fn new(reply: ReplyKind) -> Self {
        Self {
            reply,
            text: String::new(),
            attachments: Vec::new(),
            questions: Vec::new(),
            asks_resolved: false,
            state: None,
            offices: None,
            further: BTreeMap::new(),
        }
    }
}

/// What the reporter's client keeps for itself, sealed to its own reply identity: with it, a
/// returning client without storage goes on where it was and never widens the recipients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelfRecord {
    /// [`VERSION`].
    pub v: u8,
    /// Where the report belongs.
    pub instance: InstanceId,
    /// The conversation.
    pub conversation: ConversationId,
    /// Rises with every write of this record.
    pub revision: u64,
    /// The counter of the last block sent.
    pub counter: u32,
    /// The digest of the last block sent.
    pub last: Digest,
    /// The offices that hold the conversation.
    pub recipients: Vec<OfficeId>,
    /// Roles left out.
    pub excluded_roles: Vec<RoleId>,
    /// The generation of the conversation key in use.
    pub generation: u32,
    /// The highest reply seen in each generation, by generation.
    pub seen: Vec<u32>,
    /// Whether the reporter withdrew the report.
    pub withdrawn: bool,
    /// The topic's id.
    pub topic: String,
    /// How the report came in.
    pub source: Source,
    /// The language.
    pub language: String,
    /// The conversation goes on under another code.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub moved: bool,
    /// Of a conversation that came from another code: whether the offices were told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced: Option<bool>,
    /// The codes before, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<EarlierCode>,
    /// While the offices are told that others are on the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telling: Option<Telling>,
    /// Offices that come onto the case once they have a usable key card, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<OfficeId>,
}
