//! The views laid out for a terminal.

use std::fmt::Write as _;

use candor_sealing::message::Source;

use crate::{
    clean, said,
    state::Reached,
    view::{AnswerView, Detail, FileView, MessageView, Party, Summary},
};

macro_rules! line {
    ($out:expr) => { $out.push('\n') };
    ($out:expr, $($argument:tt)*) => {
        // Writing to a string does not fail.
        { let _ = writeln!($out, $($argument)*); }
    };
}

/// A table of cases.
#[must_use]
pub fn list(cases: &[Summary]) -> String {
    if cases.is_empty() {
        return "No cases. “sync” fetches what has come.\n".to_owned();
    }
    let mut out = String::new();
    line!(
        out,
        "  CASE      CAME        NEWEST      STATE         FILES  TOPIC"
    );
    for case in cases {
        let mark = if case.unread { '*' } else { ' ' };
        let wait = if case.asked_to_wait {
            "  (asks you to wait)"
        } else {
            ""
        };
        let unsent = match case.unsent {
            0 => String::new(),
            n => format!("  ({n} to be sent)"),
        };
        line!(
            out,
            "{mark} {:<8}  {}  {}  {:<12}  {:>5}  {}{wait}{unsent}",
            case.case,
            case.day,
            case.newest,
            case.standing.word(),
            case.attachments,
            clean::short(&case.topic_name, 48)
        );
    }
    line!(out, "* = something in it has not been read");
    out
}

fn parties(parties: &[Party]) -> String {
    let names: Vec<String> = parties
        .iter()
        .map(|party| clean::line(&party.name))
        .collect();
    names.join(", ")
}

/// A size for people.
#[must_use]
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => {
            let tenths = bytes.saturating_mul(10) / 1_048_576;
            format!("{}.{} MiB", tenths / 10, tenths % 10)
        }
    }
}

/// How a report came in, as its sender says.
#[must_use]
pub const fn source(source: Source) -> &'static str {
    match source {
        Source::Web => "by web",
        Source::CommandLine => "by command line",
        Source::Phone => "by telephone, as the sender says: then an operator typed it",
        Source::Office => "entered at an office, as the sender says",
        Source::Import => "imported from a table, as the sender says",
    }
}

/// The files of a case.
#[must_use]
pub fn files(files: &[&FileView]) -> String {
    if files.is_empty() {
        return "No files.\n".to_owned();
    }
    let mut out = String::new();
    for file in files {
        line!(
            out,
            "  [{}] {}  ({}, says it is {})",
            file.number,
            clean::short(&file.name, 80),
            size(file.size),
            clean::short(&file.media_type, 60)
        );
    }
    line!(
        out,
        "Files come from somebody unknown and may be harmful. Save one only if it is needed, and \
         open it with care."
    );
    out
}

fn answers(out: &mut String, answers: &[AnswerView]) {
    for answer in answers {
        line!(out, "  {}", clean::line(&answer.label));
        for words in &answer.answer {
            out.push_str(&clean::quoted(words));
        }
    }
}

fn questions(out: &mut String, message: &MessageView) {
    for (number, question) in (1..).zip(&message.questions) {
        line!(out, "  Question {number}");
        out.push_str(&clean::quoted(&question.text));
        match &question.answer {
            Some(answer) => {
                line!(out, "  Answer");
                out.push_str(&clean::quoted(answer));
            }
            None => line!(out, "  (not answered yet)"),
        }
    }
    if message.asks_resolved {
        line!(out, "  > asks whether it is resolved");
    }
    if let Some(state) = &message.state {
        line!(out, "  > says of the case: {}", clean::line(state));
    }
}

/// What is to be known before anything is done: wishes, identity, where it came from.
fn circumstances(out: &mut String, case: &Detail) {
    for wish in &case.wishes {
        line!(out, "THE REPORTER WISHES: {}", clean::line(wish));
    }
    if !case.wishes.is_empty() {
        line!(out, "  {}", said::WISH_LIMITS);
    }
    if let Some(words) = case.identity.as_ref().and_then(said::identity) {
        line!(out, "{}", clean::line(&words));
        line!(out, "  Nothing proves it. Tell nobody who need not know.");
    }
    if let Some(origin) = &case.origin {
        let note = match origin.note.is_empty() {
            true => String::new(),
            false => format!(" ({})", clean::line(&origin.note)),
        };
        line!(out, "Origin: {}{note}", clean::line(&origin.channel_name));
    }
    if case.source == Some(Source::Import) {
        line!(out, "{}", said::NO_CODE);
    }
    if case.moves > 0 {
        line!(out, "The reporter has moved to a claim code of their own.");
    }
    if let Some(resolved) = case.resolved {
        line!(
            out,
            "Is it resolved? The reporter says: {}",
            said::resolved(resolved)
        );
    }
    if let Some(state) = &case.state {
        line!(out, "The office says: {}", clean::line(state));
    }
}

fn message(out: &mut String, message: &MessageView) {
    let kind = match message.kind {
        "report" => "report",
        "follow-up" => "adds",
        "reply" => "replies",
        "acknowledgement" => "has told the reporter that it was received",
        _ => "writes",
    };
    line!(
        out,
        "── {}  {} {kind}",
        message.day,
        clean::line(&message.from_name)
    );
    for problem in &message.problems {
        line!(out, "  ! {problem}");
    }
    for effect in &message.effects {
        line!(out, "  > {}", clean::line(effect));
    }
    answers(out, &message.answers);
    if !message.text.is_empty() {
        if !message.answers.is_empty() {
            line!(out, "  In their own words");
        }
        out.push_str(&clean::quoted(&message.text));
    }
    questions(out, message);
    for file in &message.attachments {
        line!(
            out,
            "  [{}] {}  ({})",
            file.number,
            clean::short(&file.name, 80),
            size(file.size)
        );
    }
    line!(out);
}

/// A case in full.
#[must_use]
pub fn detail(case: &Detail) -> String {
    let mut out = String::new();
    let summary = &case.summary;
    line!(
        out,
        "Case {}: {}  [{}]",
        summary.case,
        clean::line(&summary.topic_name),
        summary.standing.word()
    );
    let how = case.source.map(source).unwrap_or_default();
    line!(
        out,
        "Came {} {how}, language {}",
        summary.day,
        clean::short(&case.language_name, 40)
    );
    circumstances(&mut out, case);
    line!(out, "Read by: {}", parties(&case.readers));
    if !case.left_out.is_empty() {
        line!(out, "LEFT OUT by the reporter: {}", parties(&case.left_out));
        line!(out, "  They must not learn of this case, from anybody.");
    }
    if !case.no_longer.is_empty() {
        line!(out, "No longer on the case: {}", parties(&case.no_longer));
    }
    if summary.standing == crate::case::Standing::Withdrawn {
        line!(out, "WITHDRAWN by the reporter.");
    }
    line!(out);
    for one in &case.conversation {
        message(&mut out, one);
    }
    for gap in &case.gaps {
        line!(out, "! {gap}");
    }
    for aside in &case.set_aside {
        line!(
            out,
            "! Set aside on {} (position {}): {}.",
            aside.day,
            aside.position,
            clean::line(&aside.why)
        );
    }
    for reply in &case.not_sent {
        let reached = match reply.reached {
            Reached::Nobody => "",
            reached => reached.words(),
        };
        line!(out, "── NOT sent: {} {reached}", clean::line(&reply.why));
        out.push_str(&clean::quoted(&reply.text));
    }
    for text in &case.waiting_to_be_sent {
        line!(out, "── not sent yet: “sync” sends it");
        out.push_str(&clean::quoted(text));
    }
    out
}
