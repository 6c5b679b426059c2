//! What the inbox lists, and searching everything decrypted: in memory, for as long as the desk is
//! open.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use candor_wire::ConversationId;
use memchr::memmem::Finder;
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use crate::{
    case::{Case, Standing},
    desk::Desk,
    published::Published,
    view::{self, Detail, Summary},
};

/// What to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Words that must all occur, in whatever order.
    pub words: String,
    /// Only cases that stand so.
    pub standing: Option<Standing>,
    /// Only cases of the topic of this id.
    pub topic: Option<String>,
    /// Only cases with something unread.
    pub unread: bool,
}

#[derive(Debug)]
struct Row {
    case: Arc<Case>,
    summary: Summary,
    order: u64,
    text: String,
}

/// Everything that can be listed. It follows the state: only what has changed is read again.
#[derive(Debug, Default)]
pub struct Index {
    /// The version of the state that this follows. Held itself, the state could not take up records
    /// where it is.
    version: Option<u64>,
    published: Option<Arc<Published>>,
    rows: HashMap<ConversationId, Row>,
    order: Vec<ConversationId>,
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// The cases, the newest first.
    pub cases: Vec<Summary>,
    /// How many there are of them on all pages.
    pub count: usize,
}

impl Index {
    /// Takes up what has changed.
    pub fn update(&mut self, desk: &Desk) {
        let same = |a: &Option<Arc<Published>>, b: &Option<Arc<Published>>| match (a, b) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        let same_published = same(&self.published, &desk.published);
        let version = Some(desk.state.version());
        if same_published && self.version == version {
            return;
        }
        if !same_published {
            // Topics and questions may have other names now.
            self.rows.clear();
            self.published.clone_from(&desk.published);
        }
        let mut unsent: HashMap<ConversationId, usize> = HashMap::new();
        for out in desk.state.outbox.values() {
            *unsent.entry(out.queued.conversation).or_default() += 1;
        }
        for (id, case) in &desk.state.cases {
            let known = self.rows.get(id);
            if !known.is_some_and(|row| Arc::ptr_eq(&row.case, case)) {
                let detail = view::detail(desk, case);
                let row = Row {
                    case: Arc::clone(case),
                    order: case.newest().order,
                    text: folded(&detail),
                    summary: detail.summary,
                };
                self.rows.insert(*id, row);
            }
            if let Some(row) = self.rows.get_mut(id) {
                row.summary.case = desk.state.label(id);
                row.summary.unsent = unsent.get(id).copied().unwrap_or_default();
            }
        }
        self.order = self.rows.keys().copied().collect();
        self.order
            .sort_by_key(|id| std::cmp::Reverse(self.rows.get(id).map_or(0, |row| row.order)));
        self.version = version;
    }

    /// The cases that fit, `len` of them from the `skip`-th on.
    pub fn find(&self, query: &Query, skip: usize, len: usize) -> Found {
        let words = fold(&query.words);
        let finders: Vec<Finder<'_>> = words.split_whitespace().map(Finder::new).collect();
        let fits = |row: &&Row| {
            (!query.unread || row.summary.unread)
                && query.standing.is_none_or(|s| row.summary.standing == s)
                && query.topic.as_ref().is_none_or(|t| row.summary.topic == *t)
                && finders
                    .iter()
                    .all(|finder| finder.find(row.text.as_bytes()).is_some())
        };
        let mut count = 0;
        let mut cases = Vec::new();
        for row in self
            .order
            .iter()
            .filter_map(|id| self.rows.get(id))
            .filter(fits)
        {
            if count >= skip && cases.len() < len {
                cases.push(row.summary.clone());
            }
            count += 1;
        }
        Found { cases, count }
    }

    /// How many cases have something unread.
    pub fn unread(&self) -> usize {
        self.rows.values().filter(|row| row.summary.unread).count()
    }

    /// The topics that occur: id and name, by name.
    pub fn topics(&self) -> Vec<(String, String)> {
        let topics: BTreeMap<&str, &str> = self
            .rows
            .values()
            .map(|row| &row.summary)
            .filter(|summary| !summary.topic.is_empty())
            .map(|summary| (summary.topic.as_str(), summary.topic_name.as_str()))
            .collect();
        let mut topics: Vec<_> = topics
            .into_iter()
            .map(|(id, name)| (id.to_owned(), name.to_owned()))
            .collect();
        topics.sort_by(|a, b| a.1.cmp(&b.1));
        topics
    }
}

/// Text as it is compared: without accents, in lower case.
fn fold(text: &str) -> String {
    text.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Everything of a case that can be searched.
fn folded(case: &Detail) -> String {
    let mut text = String::new();
    let mut add = |part: &str| {
        text.push_str(part);
        text.push('\n');
    };
    add(&case.summary.id);
    add(&case.summary.topic_name);
    for party in case.readers.iter().chain(&case.left_out) {
        add(&party.name);
    }
    for message in &case.conversation {
        add(&message.text);
        for answer in &message.answers {
            add(&answer.label);
            answer.answer.iter().for_each(|words| add(words));
        }
        for file in &message.attachments {
            add(&file.name);
        }
    }
    fold(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whatever_their_accents_and_case() {
        for (text, word) in [
            ("José Müller", "jose"),
            ("jose", "JOSÉ"),
            ("ΟΔΟΣ", "οδοσ"),
            ("ﬁle", "file"),
            ("Ёлка", "елка"),
        ] {
            assert!(fold(text).contains(&fold(word)), "{text} {word}");
        }
    }
}
