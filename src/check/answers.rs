//! Answers to the offices' questions from a file.

use std::{collections::BTreeMap, path::Path};

use candor_reporter::{Conversation, FollowUpDraft};
use candor_sealing::content::Resolved;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{menu::add, show};
use crate::client::{
    failure::{Failure, Fate},
    files,
    screen::clean_line,
    words,
};

/// The longest file that is read.
const MAX_LEN: u64 = 1 << 20;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    text: String,
    resolved: Option<Resolved>,
    /// By the number under which `check` shows the question.
    answers: BTreeMap<String, String>,
}

/// Reads a file.
pub fn from_file(path: &Path, conversation: &Conversation) -> Result<FollowUpDraft, Failure> {
    let text = files::read_text(path, MAX_LEN)?;
    let file: File = toml::from_str(&text).map_err(|error| {
        let before = error.span().map_or(0, |span| span.start);
        let line = 1 + text
            .bytes()
            .take(before)
            .filter(|byte| *byte == b'\n')
            .count();
        let name = clean_line(&path.file_name().unwrap_or_default().to_string_lossy());
        let why = clean_line(error.message());
        Failure::usage(
            words::ANSWERS_FILE_BAD.with(&[("file", &name), ("line", &line), ("why", &why)]),
            &*words::ANSWERS_FILE_REMEDY,
        )
        .with_fate(Fate::NothingSent)
    })?;
    let questions = show::questions(conversation);
    let mut answered = Vec::new();
    for (number, answer) in &file.answers {
        let index = number.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        let Some((message, question)) = index.and_then(|index| questions.get(index)) else {
            let number = clean_line(number);
            return Err(Failure::usage(
                words::NO_SUCH_NUMBER.with(&[("number", &number)]),
                &*words::ANSWERS_FILE_REMEDY,
            )
            .with_fate(Fate::NothingSent));
        };
        if !answer.trim().is_empty() {
            add(&mut answered, &message.message, question, answer.trim());
        }
    }
    Ok(FollowUpDraft {
        text: Zeroizing::new(file.text.trim().to_owned()),
        resolved: file.resolved,
        answered,
        ..FollowUpDraft::default()
    })
}
