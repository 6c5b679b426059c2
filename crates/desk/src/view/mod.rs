//! What a person, or a program, is shown of the cases.
//!
//! Invariant: everything that came from outside is cleaned before it is laid out as text, and
//! escaped to plain ASCII when it is written as JSON.

mod messages;
mod names;

use candor_sealing::{
    attachment::AttachmentRef,
    content::{Identity, Resolved, Wishes},
    message::Source,
    thread::{Body, ReporterContent},
};
use candor_wire::OfficeId;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{
    case::{Case, Standing},
    clean,
    desk::Desk,
    failure::{Failure, Outcome},
    record::Seen,
    said,
    state::Reached,
};

use self::{
    messages::{reply_messages, reporter_arrivals, reporter_messages},
    names::words,
};

pub use self::names::{answers_in_words, office_in_words, state_in_words, states};

/// Sets the digest that names a file apart from other digests.
const FILE_KEY: &[u8] = b"candor-desk file key: ";

/// One line of `list`.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// The short id.
    pub case: String,
    /// The whole id.
    pub id: String,
    /// The topic's id; empty while the report is not complete.
    pub topic: String,
    /// The topic's name.
    pub topic_name: String,
    /// Where it stands.
    pub standing: Standing,
    /// Whether there is something that nobody has read.
    pub unread: bool,
    /// The day of the report.
    pub day: String,
    /// The day of the newest message.
    pub newest: String,
    /// How many files there are.
    pub attachments: usize,
    /// How many messages.
    pub messages: usize,
    /// How many replies wait to be sent.
    pub unsent: usize,
    /// Whether all of the report is here.
    pub complete: bool,
    /// Whether the reporter wishes that nothing is done yet.
    pub asked_to_wait: bool,
    #[serde(skip)]
    order: u64,
}

/// An answer with the words of its question.
#[derive(Clone, Debug, Serialize)]
pub struct AnswerView {
    /// The question's id.
    pub question: String,
    /// Its words.
    pub label: String,
    /// The answer's words.
    pub answer: Vec<String>,
}

/// Names a file within its case for as long as the case lasts. Its number does not: when what was
/// missing of an earlier message comes, the files behind it get other numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileKey([u8; 16]);

impl FileKey {
    /// The key of a file.
    fn of(file: &AttachmentRef) -> Self {
        // It holds secrets, of which a digest says nothing.
        let json = Zeroizing::new(serde_json::to_vec(file).unwrap_or_default());
        let digest = Sha256::digest([FILE_KEY, json.as_slice()].concat());
        Self(std::array::from_fn(|at| {
            digest.get(at).copied().unwrap_or_default()
        }))
    }
}

impl std::fmt::Display for FileKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl std::str::FromStr for FileKey {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut key = [0; 16];
        hex::decode_to_slice(text, &mut key)?;
        Ok(Self(key))
    }
}

/// A file.
#[derive(Clone, Debug, Serialize)]
pub struct FileView {
    /// What names it in addresses.
    #[serde(skip)]
    pub key: FileKey,
    /// Its number within the case.
    pub number: usize,
    /// Its name, as the sender gave it.
    pub name: String,
    /// The name under which it would be saved.
    pub save_as: String,
    /// Its media type, as the sender says.
    pub media_type: String,
    /// Its length in bytes.
    pub size: u64,
}

/// One message of the conversation.
#[derive(Clone, Debug, Serialize)]
pub struct MessageView {
    /// `reporter`, or the office's id.
    pub from: String,
    /// The same for people.
    pub from_name: String,
    /// `report`, `follow-up`, `reply`, `acknowledgement` or `unknown`.
    pub kind: &'static str,
    /// The day it came.
    pub day: String,
    /// What it says.
    pub text: String,
    /// Answers: to the form's questions, and to what offices asked.
    pub answers: Vec<AnswerView>,
    /// What an office asks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<QuestionView>,
    /// Whether an office asks if it is resolved.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub asks_resolved: bool,
    /// Whether it is, as the reporter says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Resolved>,
    /// What an office says of the case: the name of a state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Files.
    pub attachments: Vec<FileView>,
    /// What it does beside saying something.
    pub effects: Vec<String>,
    /// What is not as it should be.
    pub problems: Vec<String>,
    /// Whether nobody has read it.
    #[serde(skip)]
    pub unread: bool,
    #[serde(skip)]
    order: u64,
}

/// What an office asks, with the newest answer.
#[derive(Clone, Debug, Serialize)]
pub struct QuestionView {
    /// Names it within its message.
    pub id: String,
    /// What is asked.
    pub text: String,
    /// What the reporter has answered.
    pub answer: Option<String>,
}

/// Where a report came from that an office entered.
#[derive(Clone, Debug, Serialize)]
pub struct OriginView {
    /// The channel's id.
    pub channel: String,
    /// Its name.
    pub channel_name: String,
    /// What else is said of it.
    pub note: String,
}

/// An office and its name.
#[derive(Clone, Debug, Serialize)]
pub struct Party {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// All of a case.
#[derive(Clone, Debug, Serialize)]
pub struct Detail {
    /// What `list` shows.
    #[serde(flatten)]
    pub summary: Summary,
    /// How it came in.
    pub source: Option<Source>,
    /// The reporter's language.
    pub language: String,
    /// Its name.
    pub language_name: String,
    /// What the reporter wishes about time, each in a sentence.
    pub wishes: Vec<String>,
    /// Who the reporter says they are.
    pub identity: Option<Identity>,
    /// Where it came from, if an office entered it.
    pub origin: Option<OriginView>,
    /// Whether it is resolved, as the reporter said last.
    pub resolved: Option<Resolved>,
    /// What an office said last of the case: the name of a state.
    pub state: Option<String>,
    /// How often the reporter has moved to a new claim code.
    pub moves: usize,
    /// The offices that hold the conversation, this one included.
    pub readers: Vec<Party>,
    /// Offices that held it and no longer do.
    pub no_longer: Vec<Party>,
    /// The roles that the reporter left out.
    pub left_out: Vec<Party>,
    /// The messages, in order.
    pub conversation: Vec<MessageView>,
    /// What whoever sees this has seen of the reporter's messages.
    #[serde(skip)]
    pub shown: Vec<Seen>,
    /// What is missing.
    pub gaps: Vec<String>,
    /// What claimed to belong here and was refused.
    pub set_aside: Vec<AsideView>,
    /// Replies that wait to be sent.
    pub waiting_to_be_sent: Vec<String>,
    /// Replies that could not be sent and will not be.
    pub not_sent: Vec<NotSent>,
}

/// A reply that could not be sent.
#[derive(Clone, Debug, Serialize)]
pub struct NotSent {
    /// What it says.
    pub text: String,
    /// Why it was not sent.
    pub why: String,
    /// Who has got it all the same.
    #[serde(skip)]
    pub reached: Reached,
}

/// Something that was refused.
#[derive(Clone, Debug, Serialize)]
pub struct AsideView {
    /// Its place in the queue.
    pub position: u64,
    /// The day.
    pub day: String,
    /// Why.
    pub why: String,
}

/// One line about a case.
#[must_use]
pub fn summary(desk: &Desk, case: &Case) -> Summary {
    let report = case.report();
    let topic = report
        .map(|report| report.topic.clone())
        .unwrap_or_default();
    let newest = case.newest();
    Summary {
        case: desk.state.label(&case.conversation),
        id: case.conversation.to_string(),
        topic_name: if topic.is_empty() {
            "(not complete yet)".to_owned()
        } else {
            words(desk).topic(&topic)
        },
        topic,
        standing: case.standing(),
        unread: case.is_unread(),
        day: case.day().to_string(),
        newest: newest.day.to_string(),
        attachments: all_files(case).len(),
        messages: case.message_count(),
        unsent: desk.state.outbox_of(&case.conversation).count(),
        complete: report.is_some(),
        asked_to_wait: report.is_some_and(|report| report.wishes.is_some()),
        order: newest.order,
    }
}

/// All cases, the newest first.
#[must_use]
pub fn list(desk: &Desk) -> Vec<Summary> {
    let mut list: Vec<_> = desk
        .state
        .cases
        .values()
        .map(|case| summary(desk, case))
        .collect();
    list.sort_by_key(|summary| std::cmp::Reverse(summary.order));
    list
}

/// Every file of a case with its number, from reporter and offices, in the order shown.
#[must_use]
pub fn all_files(case: &Case) -> Vec<AttachmentRef> {
    let mut found: Vec<(u64, Vec<AttachmentRef>)> = reporter_arrivals(case)
        .into_iter()
        .zip(&case.messages)
        .filter_map(|(arrival, message)| match &message.body {
            Body::Whole(ReporterContent::Report(content)) => {
                Some((arrival.order, content.attachments.clone()))
            }
            Body::Whole(ReporterContent::FollowUp(content)) => {
                Some((arrival.order, content.attachments.clone()))
            }
            _ => None,
        })
        .collect();
    for reply in case.joined_replies() {
        if let Body::Whole(content) = reply.body {
            found.push((reply.arrival.order, content.attachments));
        }
    }
    found.sort_by_key(|(order, _)| *order);
    found.into_iter().flat_map(|(_, files)| files).collect()
}

/// Everything about a case.
#[must_use]
pub fn detail(desk: &Desk, case: &Case) -> Detail {
    let words = words(desk);
    let mut conversation = reporter_messages(&words, case);
    conversation.extend(reply_messages(&words, case));
    conversation.sort_by_key(|message| message.order);
    let mut number = 0;
    for file in conversation
        .iter_mut()
        .flat_map(|message| &mut message.attachments)
    {
        number += 1;
        file.number = number;
        file.save_as = clean::file_name(&file.name, number);
    }
    let report = case.report();
    let resolved = conversation
        .iter()
        .rev()
        .find_map(|message| message.resolved);
    let state = conversation
        .iter()
        .rev()
        .find_map(|message| message.state.clone());
    let party = |office: &OfficeId| words.office(office);
    let gone = |office: &&OfficeId| !case.recipients.contains(office);
    let mut gaps = Vec::new();
    if report.is_none() {
        gaps.push("The report is not complete yet; the relay may still hold the rest.".to_owned());
    }
    gaps.extend(case.reply_gaps().into_iter().map(|(generation, n)| {
        let generation = if generation == 0 {
            String::new()
        } else {
            format!(" under key {generation}")
        };
        format!("Reply {n}{generation} of another office has not come here (yet).")
    }));
    Detail {
        summary: summary(desk, case),
        source: report.map(|report| report.source),
        language: report
            .map(|report| report.language.clone())
            .unwrap_or_default(),
        language_name: report
            .map(|report| said::language(&report.language))
            .unwrap_or_default(),
        wishes: report
            .and_then(|report| report.wishes.as_ref())
            .map(said::wishes)
            .unwrap_or_default(),
        identity: report.and_then(|report| report.identity.clone()),
        origin: report
            .and_then(|report| report.origin.as_ref())
            .map(|origin| OriginView {
                channel: origin.channel.to_string(),
                channel_name: words.channel(origin.channel.as_str()),
                note: origin.note.clone(),
            }),
        resolved,
        state,
        moves: case.moves,
        readers: case.recipients.iter().map(party).collect(),
        no_longer: case.ever.iter().filter(gone).map(party).collect(),
        left_out: case.excluded.iter().map(|role| words.role(role)).collect(),
        conversation,
        shown: case.shown(),
        gaps,
        set_aside: desk
            .state
            .aside
            .iter()
            .filter(|aside| aside.conversation == Some(case.conversation))
            .map(aside_view)
            .collect(),
        waiting_to_be_sent: desk
            .state
            .outbox_of(&case.conversation)
            .filter(|out| !out.is_placed())
            .map(|out| out.content.text.clone())
            .collect(),
        not_sent: desk
            .state
            .given_up
            .iter()
            .filter(|given_up| given_up.conversation == case.conversation)
            .map(|given_up| NotSent {
                text: given_up.content.text.clone(),
                why: given_up.why.clone(),
                reached: given_up.reached,
            })
            .collect(),
    }
}

/// Something that was refused, for people.
#[must_use]
pub fn aside_view(aside: &crate::state::Aside) -> AsideView {
    AsideView {
        position: aside.seq,
        day: aside.day.to_string(),
        why: aside.why.clone(),
    }
}

/// What somebody wishes, each in a sentence.
#[must_use]
pub fn wishes_in_words(wishes: &Wishes) -> Vec<String> {
    said::wishes(wishes)
}

/// Who somebody says they are, in a sentence.
#[must_use]
pub fn identity_in_words(identity: &Identity) -> Option<String> {
    said::identity(identity)
}

/// JSON of plain ASCII: programs read the same, and a terminal meets nothing harmful.
///
/// # Errors
/// If it cannot be written: a defect.
pub fn to_json(value: &impl Serialize) -> Outcome<String> {
    use std::fmt::Write as _;
    let json = serde_json::to_string_pretty(value).map_err(Failure::internal)?;
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() && c != '\u{7f}' {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_ascii_and_reads_back() {
        let nasty = "\u{202e}\u{9b}31m\u{7f}é😀\u{1b}[2J";
        let json = to_json(&vec![nasty]).unwrap();
        assert!(
            json.bytes()
                .all(|b| b == b'\n' || (b' '..0x7f).contains(&b))
        );
        let back: Vec<String> = serde_json::from_str(&json).unwrap();
        assert_eq!(back, vec![nasty]);
    }
}
