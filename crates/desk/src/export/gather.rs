//! The case in words.

use super::{Dossier, FORMAT, Line, Section};
use crate::{
    case::Case,
    casework::work_of,
    clean,
    desk::Desk,
    view::{self, MessageView},
    web::pages::casework::{names::Names, say},
};

fn line(label: &str, text: impl Into<String>) -> Line {
    Line {
        label: label.to_owned(),
        text: text.into(),
    }
}

/// Everything of a case that this desk shows.
#[must_use]
pub fn gather(desk: &Desk, case: &Case) -> Dossier {
    let detail = view::detail(desk, case);
    let names = Names::of(desk);
    let parties = |parties: &[view::Party]| {
        let names: Vec<&str> = parties.iter().map(|party| party.name.as_str()).collect();
        names.join(", ")
    };
    let mut summary = vec![
        line("Topic", detail.summary.topic_name.clone()),
        line("Came on", detail.summary.day.clone()),
        line("Language", detail.language_name.clone()),
        line("Read by", parties(&detail.readers)),
    ];
    let mut more = |label: &str, text: String| {
        if !text.is_empty() {
            summary.push(line(label, text));
        }
    };
    more("No longer read by", parties(&detail.no_longer));
    more("Left out by the reporter", parties(&detail.left_out));
    more(
        "State, as the reporter was told",
        detail.state.clone().unwrap_or_default(),
    );
    more("Wishes", detail.wishes.join("\n"));
    if let Some(origin) = &detail.origin {
        more(
            "Brought in by",
            format!("{} {}", origin.channel_name, origin.note),
        );
    }
    more("Missing", detail.gaps.join("\n"));
    let mut sections = vec![Section {
        part: "summary".to_owned(),
        heading: "Summary".to_owned(),
        lines: summary,
    }];
    if let Some(words) = detail.identity.as_ref().and_then(view::identity_in_words) {
        sections.push(Section {
            part: "identity".to_owned(),
            heading: "Who the reporter says they are".to_owned(),
            lines: vec![line("", words)],
        });
    }
    let mut files = Vec::new();
    for (number, message) in (1..).zip(&detail.conversation) {
        sections.push(said(number, message));
        for file in &message.attachments {
            files.push(Section {
                part: format!("file-{}", file.number),
                heading: format!("File {} (message {number})", file.number),
                lines: vec![
                    line("Name", file.name.clone()),
                    line("Kind", file.media_type.clone()),
                    line("Size", crate::text::size(file.size)),
                ],
            });
        }
    }
    sections.append(&mut files);
    worked(desk, case, &names, &mut sections);
    Dossier {
        format: FORMAT,
        case: detail.summary.case.clone(),
        id: detail.summary.id.clone(),
        office: names.office(&desk.config.office),
        exported: desk.clock.today().to_string(),
        redactions: Vec::new(),
        sections,
    }
}

/// What a message says.
fn said(number: usize, message: &MessageView) -> Section {
    let mut lines = Vec::new();
    if !message.text.is_empty() {
        lines.push(line("", message.text.clone()));
    }
    for answer in &message.answers {
        lines.push(line(&answer.label, answer.answer.join("\n")));
    }
    for question in &message.questions {
        let answer = question.answer.clone().unwrap_or_default();
        lines.push(line(&question.text, answer));
    }
    if let Some(state) = &message.state {
        lines.push(line("State", state.clone()));
    }
    for effect in &message.effects {
        lines.push(line("", effect.clone()));
    }
    for problem in &message.problems {
        lines.push(line("Not as it should be", problem.clone()));
    }
    Section {
        part: format!("message-{number}"),
        heading: format!("{}, {}: {}", message.day, message.from_name, message.kind),
        lines,
    }
}

/// What the offices did.
fn worked(desk: &Desk, case: &Case, names: &Names<'_>, sections: &mut Vec<Section>) {
    let work = work_of(desk, case);
    let (mut notes, mut steps) = (0_usize, 0_usize);
    for entry in &work.timeline {
        let said = say::event(names, &entry.body);
        let is_note = matches!(entry.body, candor_casework::Body::Note { .. });
        let part = if is_note {
            notes += 1;
            format!("note-{notes}")
        } else {
            steps += 1;
            format!("timeline-{steps}")
        };
        let mut lines = vec![line("", clean::line(&said.sentence))];
        if !said.text.is_empty() {
            lines.push(line("", said.text));
        }
        if entry.effect != candor_casework::work::Effect::Counts {
            lines.push(line("", "It does not count, or not undisputed."));
        }
        sections.push(Section {
            part,
            heading: format!("{}, {}", entry.day, names.office(&entry.office)),
            lines,
        });
    }
}
