//! A report from a file of answers (TOML).
//!
//! Everything that is wrong with the file is said at once, each with its line, its name in the file
//! and what would be right. Nothing is taken from a file in which anything is wrong.

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use candor_directory::{Directory, Language, TopicId, effective_answers, parse_date};
use candor_sealing::content::Identity;
use candor_wire::Day;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};
use zeroize::Zeroizing;

use super::draft::Draft;
use crate::client::{
    failure::{Failure, Fate},
    files::{self, LocalFile},
    message::Message,
    screen::clean_line,
    tell::tell_line,
    words,
};

mod values;

/// The longest file that is read.
const MAX_LEN: u64 = 1 << 20;

const KEYS: &str =
    "topic, language, text, text_file, files, exclude, [answers], [wishes], [identity]";

/// Reads a file, or standard input for “-”.
pub fn from_file(path: &Path, directory: &Directory, today: Day) -> Result<Draft, Failure> {
    let text = files::read_whole(path, MAX_LEN)?;
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    read_answers(&text, folder, directory, today).map_err(|wrong| {
        let file = clean_line(&path.file_name().unwrap_or_default().to_string_lossy());
        let lines: Vec<String> = wrong.complaints.iter().map(|one| one.line(&file)).collect();
        let remedy = wrong.topic.map_or_else(String::new, |topic| {
            words::ANSWERS_REMEDY.with(&[("topic", &topic)])
        });
        Failure::usage(
            format!("{}\n{}", &*words::ANSWERS_BAD, lines.join("\n")),
            remedy,
        )
        .with_fate(Fate::NothingSent)
    })
}

/// Everything that is wrong with a file.
#[derive(Debug)]
pub struct Wrong {
    complaints: Vec<Complaint>,
    /// The topic it is for, or another one of the directory.
    topic: Option<TopicId>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Complaint {
    line: usize,
    key: Option<String>,
    what: String,
}

impl Complaint {
    fn line(&self, file: &str) -> String {
        match &self.key {
            Some(key) => words::ANSWERS_AT.with(&[
                ("file", &file),
                ("line", &self.line),
                ("key", key),
                ("what", &self.what),
            ]),
            None => words::ANSWERS_AT_LINE.with(&[
                ("file", &file),
                ("line", &self.line),
                ("what", &self.what),
            ]),
        }
    }
}

/// Reads the text of a file that lies in a folder.
fn read_answers(
    text: &str,
    folder: PathBuf,
    directory: &Directory,
    today: Day,
) -> Result<Draft, Wrong> {
    let mut reader = Reader {
        text,
        folder,
        directory,
        today,
        complaints: Vec::new(),
    };
    let mut draft = Draft::default();
    match DeTable::parse(text) {
        Ok(table) => reader.root(table.get_ref(), &mut draft),
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            let what = words::ANSWERS_SYNTAX.with(&[("why", &error.message())]);
            reader.complain(&span, None, what);
        }
    }
    if reader.complaints.is_empty() {
        return Ok(draft);
    }
    reader.complaints.sort_by_key(|complaint| complaint.line);
    Err(Wrong {
        complaints: reader.complaints,
        topic: draft
            .topic
            .or_else(|| directory.topics.first().map(|topic| topic.id.clone())),
    })
}

type Value<'i> = Spanned<DeValue<'i>>;

struct Reader<'a> {
    text: &'a str,
    folder: PathBuf,
    directory: &'a Directory,
    today: Day,
    complaints: Vec<Complaint>,
}

impl Reader<'_> {
    fn complain(&mut self, span: &Range<usize>, key: Option<&str>, what: impl Into<String>) {
        let before = self.text.as_bytes().iter().take(span.start);
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        self.complaints.push(Complaint {
            line,
            key: key.map(clean_line),
            what: what.into(),
        });
    }

    fn root(&mut self, table: &DeTable<'_>, draft: &mut Draft) {
        // Wherever it stands: what the others may say depends on it.
        match table.iter().find(|(key, _)| key.get_ref() == "topic") {
            Some((_, value)) => self.topic(value, draft),
            None => {
                let ids = words::list(self.directory.topics.iter().map(|topic| &topic.id));
                self.complain(
                    &(0..0),
                    None,
                    words::ANSWERS_NO_TOPIC.with(&[("ids", &ids)]),
                );
            }
        }
        let mut text_at = None;
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "topic" => {}
                "language" => self.language(value, draft),
                "text" | "text_file" if text_at.is_some() => {
                    self.complain(&key.span(), Some(key.get_ref()), &*words::ANSWERS_TWO_TEXTS);
                }
                "text" => {
                    text_at = Some(key.span());
                    if let Some(text) = self.text(value, "text") {
                        draft.text = Zeroizing::new(text.trim().to_owned());
                    }
                }
                "text_file" => {
                    text_at = Some(key.span());
                    self.text_file(value, draft);
                }
                "files" => self.files(value, draft),
                "exclude" => self.exclude(value, draft),
                "answers" => self.answers(value, draft),
                "wishes" => self.wishes(value, draft),
                "identity" => self.identity(value, draft),
                other => {
                    let what = words::ANSWERS_UNKNOWN_KEY.with(&[("keys", &KEYS)]);
                    self.complain(&key.span(), Some(other), what);
                }
            }
        }
        let most = self.directory.limits.text_bytes;
        if u64::try_from(draft.text.len()).unwrap_or(u64::MAX) > u64::from(most) {
            let what = words::ANSWERS_TOO_LONG.with(&[("most", &most)]);
            self.complain(&text_at.unwrap_or(0..0), Some("text"), what);
        }
        if self.complaints.is_empty() {
            self.whole(table, draft);
        }
    }

    /// What can be said only when every entry is in order.
    fn whole(&mut self, table: &DeTable<'_>, draft: &Draft) {
        let Some(topic) = draft.topic(self.directory) else {
            return;
        };
        let answers = table.iter().find(|(key, _)| key.get_ref() == "answers");
        let entries = answers.and_then(|(_, value)| value.get_ref().as_table());
        let counted = effective_answers(self.directory, topic, &draft.answers);
        let unasked = draft.answers.keys().filter(|id| !counted.contains_key(*id));
        for id in unasked {
            let span = entries
                .and_then(|entries| entries.iter().find(|(key, _)| key.get_ref() == id.as_str()))
                .map_or(0..0, |(key, _)| key.span());
            self.complain(
                &span,
                Some(&format!("answers.{id}")),
                &*words::ANSWERS_NOT_ASKED,
            );
        }
        if let Some(question) = draft.unanswered(self.directory) {
            let span = answers.map_or(0..0, |(key, _)| key.span());
            let label = tell_line(&question.label, self.directory);
            let what = words::ANSWERS_NEEDED.with(&[("id", &question.id), ("label", &label)]);
            self.complain(&span, Some("answers"), what);
        }
    }

    fn topic(&mut self, value: &Value<'_>, draft: &mut Draft) {
        let Some(text) = self.text(value, "topic") else {
            return;
        };
        match text
            .parse::<TopicId>()
            .ok()
            .filter(|id| self.directory.topic(id).is_some())
        {
            Some(id) => draft.topic = Some(id),
            None => {
                let ids = words::list(self.directory.topics.iter().map(|topic| &topic.id));
                let what = words::ANSWERS_WANTS_ONE.with(&[("ids", &ids)]);
                self.complain(&value.span(), Some("topic"), what);
            }
        }
    }

    fn language(&mut self, value: &Value<'_>, draft: &mut Draft) {
        if let Some(text) = self.text(value, "language") {
            match text.parse::<Language>() {
                Ok(language) => draft.language = Some(language),
                Err(_) => {
                    self.complain(&value.span(), Some("language"), &*words::ANSWERS_NO_TONGUE);
                }
            }
        }
    }

    fn text_file(&mut self, value: &Value<'_>, draft: &mut Draft) {
        if let Some(name) = self.text(value, "text_file") {
            let most = u64::from(self.directory.limits.text_bytes);
            match files::read_text(&self.folder.join(name), most) {
                Ok(text) => draft.text = text,
                Err(failure) => self.complain(&value.span(), Some("text_file"), failure.what()),
            }
        }
    }

    fn files(&mut self, value: &Value<'_>, draft: &mut Draft) {
        for (name, span) in self.texts(value, "files") {
            match LocalFile::look(&self.folder.join(name)) {
                Ok(file) => draft.files.push(file),
                Err(failure) => self.complain(&span, Some("files"), failure.what()),
            }
        }
        let sizes: Vec<u64> = draft.files.iter().map(|file| file.size).collect();
        let limits = &self.directory.limits;
        if let Err(error) = candor_reporter::check_file_sizes(limits, &sizes) {
            self.complain(&value.span(), Some("files"), Failure::from(error).what());
        }
    }

    fn exclude(&mut self, value: &Value<'_>, draft: &mut Draft) {
        for (id, span) in self.texts(value, "exclude") {
            let known = self
                .directory
                .roles
                .iter()
                .find(|role| role.id.as_str() == id);
            match known {
                Some(role) => {
                    draft.excluded.insert(role.id.clone());
                }
                None => {
                    let ids = words::list(self.directory.roles.iter().map(|role| &role.id));
                    let what = words::ANSWERS_WANTS_ONE.with(&[("ids", &ids)]);
                    self.complain(&span, Some("exclude"), what);
                }
            }
        }
    }

    fn wishes(&mut self, value: &Value<'_>, draft: &mut Draft) {
        let Some(table) = self.table(value, "wishes") else {
            return;
        };
        for (key, value) in table {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("hold_until_similar", DeValue::Boolean(hold)) => {
                    draft.wishes.hold_until_similar = *hold;
                }
                ("hold_until_similar", _) => {
                    let key = Some("wishes.hold_until_similar");
                    self.complain(&value.span(), key, &*words::ANSWERS_WANTS_TRUE);
                }
                ("not_before", day) => {
                    let key = Some("wishes.not_before");
                    match parse_date(&values::plain(day).unwrap_or_default()) {
                        Ok(day) if day <= self.today => {
                            self.complain(&value.span(), key, &*words::ANSWERS_PAST);
                        }
                        Ok(day) => draft.wishes.not_before = Some(day),
                        Err(_) => self.complain(&value.span(), key, &*words::ANSWERS_WANTS_DAY),
                    }
                }
                (other, _) => {
                    let keys = "hold_until_similar, not_before";
                    let what = words::ANSWERS_UNKNOWN_KEY.with(&[("keys", &keys)]);
                    self.complain(&key.span(), Some(&format!("wishes.{other}")), what);
                }
            }
        }
    }

    fn identity(&mut self, value: &Value<'_>, draft: &mut Draft) {
        let Some(table) = self.table(value, "identity") else {
            return;
        };
        let (mut name, mut contact) = (String::new(), String::new());
        for (key, value) in table {
            let path = format!("identity.{}", key.get_ref());
            let place = match key.get_ref().as_ref() {
                "name" => &mut name,
                "contact" => &mut contact,
                _ => {
                    let what = words::ANSWERS_UNKNOWN_KEY.with(&[("keys", &"name, contact")]);
                    self.complain(&key.span(), Some(&path), what);
                    continue;
                }
            };
            if let Some(text) = self.text(value, &path) {
                text.trim().clone_into(place);
            }
            if place.len() > Identity::MAX_LEN {
                let most = Identity::MAX_LEN;
                let what = words::IDENTITY_TOO_LONG.with(&[("most", &most)]);
                self.complain(&value.span(), Some(&path), what);
            }
        }
        draft.identity = Identity::new(&name, &contact);
        if draft.identity.is_empty() {
            self.complain(
                &value.span(),
                Some("identity"),
                &*words::ANSWERS_EMPTY_PERSON,
            );
        }
    }

    fn expected(&mut self, value: &Value<'_>, key: &str, what: Message) {
        self.complain(&value.span(), Some(key), &*what);
    }
}

#[cfg(test)]
mod tests;
