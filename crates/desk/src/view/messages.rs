//! The messages of a case, the reporter's and the offices', as they are shown.

use std::collections::BTreeMap;

use candor_sealing::{
    attachment::AttachmentRef,
    content::Answered,
    message::{FollowUpContent, ReplyContent, ReplyKind, ReportContent},
    thread::{Body, Chain, Received, ReporterContent},
};

use crate::{
    case::{Arrival, Case},
    said,
};

use super::{AnswerView, FileKey, FileView, MessageView, QuestionView, names::Words};

/// When each of the reporter's messages came. The relay shuffles, so that a later one may have
/// come first: it is then shown where the later of the two came, in the reporter's order.
pub(super) fn reporter_arrivals(case: &Case) -> Vec<Arrival> {
    let mut latest = Arrival {
        day: case.day(),
        order: 0,
    };
    case.messages
        .iter()
        .map(|message| {
            // The report stands first, also where something was passed on before it.
            if message.counter > 0
                && let Some(arrival) = case.arrival(message.counter)
                && arrival.order > latest.order
            {
                latest = arrival;
            }
            latest
        })
        .collect()
}

fn file_views(files: &[AttachmentRef]) -> Vec<FileView> {
    files
        .iter()
        .map(|file| FileView {
            key: FileKey::of(file),
            // The real number is known once everything stands in its order.
            number: 0,
            name: file.name().to_owned(),
            save_as: String::new(),
            media_type: file.media_type().to_owned(),
            size: file.size(),
        })
        .collect()
}

/// A message of which nothing is known yet but who wrote it and when.
fn empty(from: &str, from_name: &str, kind: &'static str, arrival: Arrival) -> MessageView {
    MessageView {
        from: from.to_owned(),
        from_name: from_name.to_owned(),
        kind,
        day: arrival.day.to_string(),
        text: String::new(),
        answers: Vec::new(),
        questions: Vec::new(),
        asks_resolved: false,
        resolved: None,
        state: None,
        attachments: Vec::new(),
        effects: Vec::new(),
        problems: Vec::new(),
        unread: false,
        order: arrival.order,
    }
}

/// What an office asked: the words of its questions, by message and id.
type Asked = BTreeMap<(String, String), String>;

fn asked(case: &Case) -> Asked {
    let mut asked = Asked::new();
    for reply in case.joined_replies() {
        if let Body::Whole(content) = reply.body {
            for question in content.questions {
                let key = (reply.message.to_owned(), question.id.to_string());
                asked.insert(key, question.text);
            }
        }
    }
    asked
}

/// The newest answers to what offices asked, by message and id of the question.
fn answers_to_offices(case: &Case) -> BTreeMap<(String, String), String> {
    let mut found = BTreeMap::new();
    for message in &case.messages {
        if let Body::Whole(ReporterContent::FollowUp(content)) = &message.body {
            for Answered { message, answers } in &content.answered {
                for (id, words) in answers {
                    found.insert((message.clone(), id.to_string()), words.clone());
                }
            }
        }
    }
    found
}

pub(super) fn reporter_messages(words: &Words<'_>, case: &Case) -> Vec<MessageView> {
    let topic = case.report().map_or("", |report| report.topic.as_str());
    let asked = asked(case);
    reporter_arrivals(case)
        .into_iter()
        .zip(&case.messages)
        .map(|(arrival, message)| {
            let kind = if message.counter == 0 {
                "report"
            } else {
                "follow-up"
            };
            let mut view = empty("reporter", "Reporter", kind, arrival);
            view.unread = !case.is_seen(message);
            match &message.body {
                Body::Whole(ReporterContent::Report(content)) => {
                    reported(words, content, &mut view);
                }
                Body::Whole(ReporterContent::FollowUp(content)) => {
                    added(words, topic, content, &asked, &mut view);
                }
                other => unreadable(other, &mut view),
            }
            view.problems.extend(chain_problem(message));
            view
        })
        .collect()
}

fn reported(words: &Words<'_>, content: &ReportContent, view: &mut MessageView) {
    view.text.clone_from(&content.text);
    view.answers = words.answers(&content.topic, &content.answers);
    view.attachments = file_views(&content.attachments);
    further(&content.further, view);
}

fn added(
    words: &Words<'_>,
    topic: &str,
    content: &FollowUpContent,
    asked: &Asked,
    view: &mut MessageView,
) {
    view.text.clone_from(&content.text);
    for Answered { message, answers } in &content.answered {
        for (id, answer) in answers {
            let question = asked.get(&(message.clone(), id.to_string()));
            view.answers.push(AnswerView {
                question: id.to_string(),
                label: question
                    .cloned()
                    .unwrap_or_else(|| format!("An office's question that is not here ({id})")),
                answer: vec![answer.clone()],
            });
        }
    }
    view.answers.extend(words.answers(topic, &content.answers));
    view.attachments = file_views(&content.attachments);
    view.resolved = content.resolved;
    if let Some(resolved) = content.resolved {
        let words = said::resolved(resolved);
        view.effects
            .push(format!("says whether it is resolved: {words}"));
    }
    if content.withdraw {
        view.effects.push("withdraws the report".to_owned());
    }
    for role in &content.leave_out {
        view.effects
            .push(format!("leaves out: {}", words.role(role).name));
    }
    if content.new_code.is_some() {
        view.effects.push(
            "goes on under a new claim code; whoever knew the old one sees nothing from here on"
                .to_owned(),
        );
    } else if content.new_generation.is_some() {
        view.effects
            .push("changes the key of the conversation".to_owned());
    }
    further(&content.further, view);
}

fn unreadable<C>(body: &Body<C>, view: &mut MessageView) {
    match body {
        Body::Whole(_) => {}
        Body::Incomplete { have, count } => view
            .problems
            .push(format!("only {have} of {count} parts have come so far")),
        Body::Unreadable => view
            .problems
            .push("of a form that this program does not understand".to_owned()),
    }
}

fn chain_problem(message: &Received<ReporterContent>) -> Option<String> {
    let words = match message.chain {
        Chain::Intact => return None,
        Chain::MissingBefore => "a message before this one has not come",
        Chain::Broken => "does not follow on the message before it",
    };
    Some(words.to_owned())
}

fn further(fields: &BTreeMap<String, serde_json::Value>, view: &mut MessageView) {
    for (name, value) in fields {
        view.effects
            .push(format!("also says, by a newer program: {name} = {value}"));
    }
}

fn replied(
    words: &Words<'_>,
    message: &str,
    content: ReplyContent,
    answers: &BTreeMap<(String, String), String>,
    view: &mut MessageView,
) {
    view.kind = match content.reply {
        ReplyKind::Acknowledgement => "acknowledgement",
        ReplyKind::Message => "reply",
    };
    view.attachments = file_views(&content.attachments);
    view.questions = content
        .questions
        .into_iter()
        .map(|question| {
            let answer = answers.get(&(message.to_owned(), question.id.to_string()));
            QuestionView {
                id: question.id.to_string(),
                text: question.text,
                answer: answer.cloned(),
            }
        })
        .collect();
    view.asks_resolved = content.asks_resolved;
    view.state = content.state.map(|state| words.state(&state));
    further(&content.further, view);
    view.text = content.text;
}

pub(super) fn reply_messages(words: &Words<'_>, case: &Case) -> Vec<MessageView> {
    let answers = answers_to_offices(case);
    case.joined_replies()
        .into_iter()
        .map(|reply| {
            let office = words.office(reply.office);
            let mut view = empty(&office.id, &office.name, "unknown", reply.arrival);
            match reply.body {
                Body::Whole(content) => {
                    replied(words, reply.message, content, &answers, &mut view);
                }
                other => unreadable(&other, &mut view),
            }
            let late = case
                .newest_of_reporter()
                .is_some_and(|newest| reply.arrival.order > newest.order);
            if late && !case.recipients.contains(reply.office) {
                view.problems
                    .push("this office is no longer on the case".to_owned());
            }
            if !reply.chained {
                view.problems
                    .push("does not follow on the reply before it".to_owned());
            }
            view
        })
        .collect()
}
