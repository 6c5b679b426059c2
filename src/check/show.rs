//! A conversation for people, and as JSON.

use candor_directory::{Directory, TopicId};
use candor_reporter::{Conversation, OfficeMessage, OfficeState, TroubleKind};
use candor_sealing::{
    attachment::AttachmentRef,
    message::{ReplyContent, ReplyKind},
    thread::{Body, Chain},
};
use candor_wire::OfficeId;
use serde_json::{Value, json};

use crate::{
    client::{
        screen::{Screen, clean, clean_line, wrap},
        words::{self, tell_line},
    },
    report::draft::{office_names, role_names},
};

fn name(directory: &Directory, office: &OfficeId) -> String {
    directory
        .office(office)
        .map_or_else(|| office.to_string(), |o| tell_line(&o.names, directory))
}

fn topic(directory: &Directory, topic: &str) -> String {
    let id: Option<TopicId> = topic.parse().ok();
    id.and_then(|id| directory.topic(&id))
        .map_or_else(|| clean_line(topic), |t| tell_line(&t.names, directory))
}

/// The files of all messages, in the order in which they are shown.
pub fn attachments(conversation: &Conversation) -> Vec<(&OfficeMessage, &AttachmentRef)> {
    conversation
        .messages()
        .iter()
        .filter_map(|message| match &message.body {
            Body::Whole(content) => Some((message, content)),
            _ => None,
        })
        .flat_map(|(message, content)| content.attachments.iter().map(move |file| (message, file)))
        .collect()
}

/// The conversation as text of some width.
pub fn as_text(conversation: &Conversation, directory: &Directory, screen: &Screen) -> String {
    let mut page = Page {
        text: String::new(),
        width: screen.width(),
    };
    let record = conversation.record();
    page.add(&words::your_report(&topic(directory, &record.topic)), 0);
    for (office, state) in conversation.offices() {
        let line = format!(
            "{}: {}",
            name(directory, &office),
            words::office_state(state)
        );
        page.add(&line, 2);
    }
    if !record.excluded_roles.is_empty() {
        let names = role_names(directory, &record.excluded_roles);
        page.add(&words::left_out(&names), 2);
    }
    if record.withdrawn {
        page.add(words::WITHDRAWN, 2);
    }
    let mut number = 0;
    for message in conversation.messages() {
        page.add("", 0);
        page.message(message, directory, &mut number);
    }
    if conversation.messages().is_empty() && conversation.troubles().is_empty() {
        page.add("", 0);
        page.add(words::NO_ANSWER_YET, 0);
    }
    if !conversation.troubles().is_empty() {
        page.add("", 0);
    }
    for trouble in conversation.troubles() {
        let office = match &trouble.kind {
            TroubleKind::Refused { office, .. } => name(directory, office),
            _ => String::new(),
        };
        page.add(&words::trouble(trouble.n, &trouble.kind, &office), 0);
    }
    page.text
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

    fn message(&mut self, message: &OfficeMessage, directory: &Directory, number: &mut usize) {
        let (year, month) = message.epoch.civil();
        let office = name(directory, &message.office);
        self.add(
            &words::message_head(&office, year, month, message.is_new),
            0,
        );
        if !message.from_recipient {
            self.add(words::NOT_AMONG_RECIPIENTS, 2);
        }
        if !message.shown_to_excluded.is_empty() {
            let names = office_names(directory, &message.shown_to_excluded);
            self.add(&words::shown_to_excluded(&names), 2);
        }
        if message.chain != Chain::Intact {
            self.add(words::chain(message.chain), 2);
        }
        match &message.body {
            Body::Whole(content) => {
                if content.reply == ReplyKind::Acknowledgement {
                    self.add(words::ACKNOWLEDGED, 2);
                }
                if !content.text.is_empty() {
                    self.add(&content.text, 2);
                }
                for file in &content.attachments {
                    *number += 1;
                    self.add(&words::attachment(*number, file.name(), file.size()), 2);
                }
            }
            Body::Incomplete { have, count } => self.add(&words::incomplete(*have, *count), 2),
            Body::Unreadable => self.add(words::UNREADABLE, 2),
        }
    }
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
    let messages: Vec<Value> = conversation.messages().iter().map(message_json).collect();
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
        "withdrawn": record.withdrawn,
        "excluded_roles": record.excluded_roles,
        "generation": record.generation,
        "offices": offices,
        "messages": messages,
        "troubles": troubles,
    })
}

fn message_json(message: &OfficeMessage) -> Value {
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
        Body::Whole(content) => content_json(content),
        Body::Incomplete { have, count } => json!({"incomplete": {"have": have, "count": count}}),
        Body::Unreadable => json!({"unreadable": true}),
    };
    if let (Value::Object(json), Value::Object(body)) = (&mut json, body) {
        json.extend(body);
    }
    json
}

fn content_json(content: &ReplyContent) -> Value {
    let files: Vec<Value> = content
        .attachments
        .iter()
        .map(|file| json!({"name": clean_line(file.name()), "size": file.size()}))
        .collect();
    let kind = match content.reply {
        ReplyKind::Acknowledgement => "acknowledgement",
        ReplyKind::Message => "message",
    };
    json!({"kind": kind, "text": clean(&content.text), "attachments": files})
}
