//! A conversation for people, and as JSON.

use candor_directory::{Directory, OfficeKind, StateId, TopicId};
use candor_reporter::{Conversation, OfficeMessage, OfficeState, TroubleKind};
use candor_sealing::{
    attachment::AttachmentRef,
    content::OfficeQuestion,
    message::{ReplyContent, ReplyKind},
    offices::{Happened, NotAdded, What},
    thread::{Body, Chain},
};
use candor_wire::{OfficeId, RoleId};
use serde_json::{Value, json};

use super::offices;
use crate::{
    client::{
        screen::{clean, clean_line, wrap},
        tell::tell_line,
        words,
    },
    report::draft::{office_names, role_names},
};

/// The states that are known by name.
const CLOSED: &str = "closed";
const REOPENED: &str = "reopened";

/// An office's name, or its id if the directory has none.
pub fn name(directory: &Directory, office: &OfficeId) -> String {
    directory
        .office(office)
        .map_or_else(|| office.to_string(), |o| tell_line(&o.names, directory))
}

fn topic(directory: &Directory, topic: &str) -> String {
    let id: Option<TopicId> = topic.parse().ok();
    id.and_then(|id| directory.topic(&id))
        .map_or_else(|| clean_line(topic), |t| tell_line(&t.names, directory))
}

fn contents(conversation: &Conversation) -> impl Iterator<Item = (&OfficeMessage, &ReplyContent)> {
    conversation
        .messages()
        .iter()
        .filter_map(|message| match &message.body {
            Body::Whole(content) => Some((message, content)),
            _ => None,
        })
}

/// The files of all messages, in the order in which they are shown.
pub fn attachments(conversation: &Conversation) -> Vec<(&OfficeMessage, &AttachmentRef)> {
    contents(conversation)
        .flat_map(|(message, content)| content.attachments.iter().map(move |file| (message, file)))
        .collect()
}

/// What the offices have asked, in the order in which it is shown: question n is at n − 1.
pub fn questions(conversation: &Conversation) -> Vec<(&OfficeMessage, &OfficeQuestion)> {
    contents(conversation)
        .flat_map(|(message, content)| content.questions.iter().map(move |one| (message, one)))
        .collect()
}

/// Whether an office has asked if it is put right.
pub fn asks_resolved(conversation: &Conversation) -> bool {
    contents(conversation).any(|(_, content)| content.asks_resolved)
}

/// The conversation as text of some width.
pub fn as_text(conversation: &Conversation, directory: &Directory, width: usize) -> String {
    let mut page = Page {
        text: String::new(),
        width,
    };
    let record = conversation.record();
    let topic = topic(directory, &record.topic);
    page.add(&words::YOUR_REPORT.with(&[("topic", &topic)]), 0);
    for (office, state) in conversation.offices() {
        page.office(directory, &office, state);
    }
    if !record.excluded_roles.is_empty() {
        let names = role_names(directory, &record.excluded_roles);
        page.add(&words::LEFT_OUT.with(&[("names", &names)]), 2);
    }
    for happened in conversation.news_of_offices().happened() {
        page.add(&offices::sentence(directory, happened), 2);
    }
    if record.withdrawn {
        page.add(&words::WITHDRAWN, 2);
    }
    if let Some(state) = conversation.case_state() {
        page.add(&state_in_words(directory, state), 2);
    }
    let (mut files, mut questions) = (0, 0);
    for message in conversation.messages() {
        page.add("", 0);
        page.message(
            message,
            &record.excluded_roles,
            directory,
            &mut files,
            &mut questions,
        );
    }
    if conversation.messages().is_empty() && conversation.troubles().is_empty() {
        page.add("", 0);
        page.add(&words::NO_ANSWER_YET, 0);
    }
    if !conversation.troubles().is_empty() {
        page.add("", 0);
    }
    for trouble in conversation.troubles() {
        let n: &dyn std::fmt::Display = &trouble.n;
        let line = match &trouble.kind {
            TroubleKind::Expired => words::TROUBLE_EXPIRED.with(&[("n", n)]),
            TroubleKind::Missing => words::TROUBLE_MISSING.with(&[("n", n)]),
            TroubleKind::Refused { office, .. } => {
                words::TROUBLE_REFUSED.with(&[("n", n), ("office", &name(directory, office))])
            }
            TroubleKind::CutShort => words::TROUBLE_CUT_SHORT.to_string(),
        };
        page.add(&line, 0);
    }
    page.text
}

fn state_in_words(directory: &Directory, state: &StateId) -> String {
    match state.as_str() {
        CLOSED => return words::CLOSED.to_string(),
        REOPENED => return words::REOPENED.to_string(),
        _ => {}
    }
    let known = directory.states.iter().find(|known| known.id == *state);
    let Some(known) = known else {
        return words::STATE.with(&[("state", state)]);
    };
    let (name, meaning) = (
        tell_line(&known.names, directory),
        tell_line(&known.description, directory),
    );
    words::STATE_MEANS.with(&[("state", &name), ("meaning", &meaning)])
}

struct Page {
    text: String,
    width: usize,
}

impl Page {
    fn add(&mut self, text: &str, indent: usize) {
        for line in wrap(text, self.width.saturating_sub(indent)) {
            let line = format!("{}{line}", " ".repeat(indent));
            self.text.push_str(line.trim_end());
            self.text.push('\n');
        }
    }

    fn office(&mut self, directory: &Directory, id: &OfficeId, state: OfficeState) {
        let name = name(directory, id);
        let line = match state {
            OfficeState::Stored => words::OFFICE_STORED,
            OfficeState::Received => words::OFFICE_RECEIVED,
            OfficeState::Answered => words::OFFICE_ANSWERED,
        };
        self.add(&line.with(&[("office", &name)]), 2);
        match directory.office(id) {
            None => self.add(&words::OFFICE_RETIRED, 4),
            Some(office) if office.kind == OfficeKind::Informal => {
                let days = words::days(office.retention_days);
                self.add(&words::INFORMAL, 4);
                self.add(&words::INFORMAL_KEPT.with(&[("days", &days)]), 4);
                self.add(&words::INFORMAL_ACT, 4);
                return;
            }
            Some(office) if state != OfficeState::Answered => {
                let aim = words::AIM.with(&[
                    ("office", &name),
                    ("acknowledge", &words::days(office.aims.acknowledge_days)),
                    ("feedback", &words::days(office.aims.feedback_days)),
                ]);
                self.add(&aim, 4);
            }
            Some(_) => {}
        }
        for aim in directory.office(id).iter().flat_map(|o| &o.aims.others) {
            let what = tell_line(&aim.names, directory);
            let days = words::days(aim.days);
            self.add(
                &words::AIM_OTHER.with(&[("what", &what), ("days", &days)]),
                4,
            );
        }
    }

    fn message(
        &mut self,
        message: &OfficeMessage,
        excluded: &[RoleId],
        directory: &Directory,
        files: &mut usize,
        questions: &mut usize,
    ) {
        let (year, month) = message.epoch.civil();
        let (office, month) = (name(directory, &message.office), words::month(year, month));
        let head = if message.is_new {
            words::MESSAGE_HEAD_NEW
        } else {
            words::MESSAGE_HEAD
        };
        self.add(&head.with(&[("office", &office), ("month", &month)]), 0);
        if !message.from_recipient {
            self.add(&words::NOT_AMONG_RECIPIENTS, 2);
        }
        if !message.shown_to_excluded.is_empty() {
            let names = office_names(directory, &message.shown_to_excluded);
            self.add(&words::SHOWN_TO_EXCLUDED.with(&[("names", &names)]), 2);
        }
        match message.chain {
            Chain::Intact => {}
            Chain::MissingBefore => self.add(&words::CHAIN_MISSING, 2),
            Chain::Broken => self.add(&words::CHAIN_BROKEN, 2),
        }
        match &message.body {
            Body::Whole(content) => {
                self.content(message, content, excluded, directory, files, questions)
            }
            Body::Incomplete { have, count } => {
                self.add(
                    &words::INCOMPLETE.with(&[("have", have), ("count", count)]),
                    2,
                );
            }
            Body::Unreadable => self.add(&words::UNREADABLE, 2),
        }
    }

    fn content(
        &mut self,
        message: &OfficeMessage,
        content: &ReplyContent,
        excluded: &[RoleId],
        directory: &Directory,
        files: &mut usize,
        questions: &mut usize,
    ) {
        if content.reply == ReplyKind::Acknowledgement {
            self.add(&words::ACKNOWLEDGED, 2);
        }
        for happened in said_in(message, excluded, directory) {
            self.add(&offices::sentence(directory, &happened), 2);
        }
        if !content.text.is_empty() {
            self.add(&clean(&content.text), 2);
        }
        if !content.questions.is_empty() {
            self.add(&words::ASKS, 2);
        }
        for question in &content.questions {
            *questions += 1;
            let text = clean_line(&question.text);
            self.add(
                &words::QUESTION.with(&[("number", questions), ("text", &text)]),
                4,
            );
        }
        if content.asks_resolved {
            self.add(&words::ASKS_RESOLVED, 2);
        }
        if let Some(state) = &content.state {
            self.add(&state_in_words(directory, state), 2);
        }
        for file in &content.attachments {
            *files += 1;
            let (name, size) = (clean_line(file.name()), words::size(file.size()));
            let line =
                words::ATTACHMENT.with(&[("number", files), ("name", &name), ("size", &size)]);
            self.add(&line, 2);
        }
    }
}

/// What a message says of who comes and goes, whatever came of it.
fn said_in(message: &OfficeMessage, excluded: &[RoleId], directory: &Directory) -> Vec<Happened> {
    let Body::Whole(content) = &message.body else {
        return Vec::new();
    };
    let Some(change) = &content.offices else {
        return Vec::new();
    };
    let happened = |office: &OfficeId, what| Happened {
        generation: message.generation,
        n: message.n,
        by: message.office.clone(),
        office: office.clone(),
        why: change.why(),
        what,
    };
    let come = change.add().iter().map(|office| {
        let excluded = directory.is_excluded(office, excluded.iter());
        let refused = What::NotAdded(NotAdded::Excluded);
        happened(office, if excluded { refused } else { What::Came })
    });
    let go = change.remove().iter().map(|office| {
        let own = *office == message.office;
        happened(office, if own { What::Left } else { What::Named })
    });
    come.chain(go).collect()
}

/// The conversation as JSON.
pub fn as_json(conversation: &Conversation, directory: &Directory) -> Value {
    let record = conversation.record();
    let offices: Vec<Value> = conversation
        .offices()
        .into_iter()
        .map(|(office, state)| {
            let state = match state {
                OfficeState::Stored => "stored",
                OfficeState::Received => "received",
                OfficeState::Answered => "answered",
            };
            json!({"office": office, "name": name(directory, &office), "state": state})
        })
        .collect();
    let mut asked = 0;
    let messages = conversation.messages().iter();
    let messages: Vec<Value> = messages
        .map(|message| message_json(message, &mut asked))
        .collect();
    let troubles: Vec<Value> = conversation
        .troubles()
        .iter()
        .map(|trouble| {
            let (kind, office) = match &trouble.kind {
                TroubleKind::Expired => ("expired", None),
                TroubleKind::Missing => ("missing", None),
                TroubleKind::Refused { office, .. } => ("refused", Some(office)),
                TroubleKind::CutShort => ("cut-short", None),
            };
            json!({
                "generation": trouble.generation, "n": trouble.n,
                "kind": kind, "office": office,
            })
        })
        .collect();
    json!({
        "topic": record.topic,
        "source": record.source,
        "language": record.language,
        "state": conversation.case_state(),
        "code_known_to_others": conversation.is_code_known_to_others(),
        "withdrawn": record.withdrawn,
        "excluded_roles": record.excluded_roles,
        "generation": record.generation,
        "offices": offices,
        "other_offices": conversation.has_other_offices(),
        "offices_said": offices::as_json(conversation),
        "messages": messages,
        "troubles": troubles,
    })
}

fn message_json(message: &OfficeMessage, asked: &mut usize) -> Value {
    let chain = match message.chain {
        Chain::Intact => "intact",
        Chain::MissingBefore => "missing-before",
        Chain::Broken => "broken",
    };
    let mut json = json!({
        "office": message.office,
        "from_recipient": message.from_recipient,
        "shown_to_excluded": message.shown_to_excluded,
        "generation": message.generation,
        "n": message.n,
        "month": message.epoch.to_string(),
        "new": message.is_new,
        "chain": chain,
    });
    let body = match &message.body {
        Body::Whole(content) => content_json(content, asked),
        Body::Incomplete { have, count } => json!({"incomplete": {"have": have, "count": count}}),
        Body::Unreadable => json!({"unreadable": true}),
    };
    if let (Value::Object(json), Value::Object(body)) = (&mut json, body) {
        json.extend(body);
    }
    json
}

fn content_json(content: &ReplyContent, asked: &mut usize) -> Value {
    let files: Vec<Value> = content
        .attachments
        .iter()
        .map(|file| json!({"name": clean_line(file.name()), "size": file.size()}))
        .collect();
    let kind = match content.reply {
        ReplyKind::Acknowledgement => "acknowledgement",
        ReplyKind::Message => "message",
    };
    let questions = content.questions.iter().map(|question| {
        *asked += 1;
        json!({"number": asked, "text": clean(&question.text)})
    });
    let questions: Vec<Value> = questions.collect();
    json!({
        "kind": kind, "text": clean(&content.text), "attachments": files, "questions": questions,
        "asks_resolved": content.asks_resolved, "state": content.state, "offices": content.offices,
    })
}
