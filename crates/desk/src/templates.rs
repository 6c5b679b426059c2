//! Saved replies: texts that an office writes often. They lie in the case file of this desk, belong
//! to no case, and are sent to nobody unless somebody takes one into a reply and sends that.

use candor_casework::body::Handle;
use candor_wire::{Tag, tagged_hash};

use crate::{
    desk::Desk,
    failure::{Failure, Outcome},
    record::{Entry, Record},
    state::State,
};

/// The most bytes of a title.
pub const MAX_TITLE_LEN: usize = 200;
/// The most bytes of a text: what fits one part of a reply.
pub const MAX_TEXT_LEN: usize = 12_000;
/// The most that are kept.
pub const MOST: usize = 200;

/// A saved reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// What it is called.
    pub title: String,
    /// What it says.
    pub text: String,
}

impl Template {
    /// Tells whether it is the one that somebody looked at.
    #[must_use]
    pub fn mark(&self) -> String {
        const LOOKED_AT: Tag = Tag::new("candor/v1/saved-reply-looked-at");
        let parts = [self.title.as_bytes(), self.text.as_bytes()];
        hex::encode(tagged_hash(LOOKED_AT, &parts))
    }
}

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep<'a> {
    /// A new one under this name. Kept twice, it is one.
    New(Handle),
    /// What stands in place of one that was looked at.
    Change {
        /// The one.
        name: Handle,
        /// Its [`Template::mark`] then.
        looked_at: &'a str,
    },
}

/// All of them, by title.
#[must_use]
pub fn list(state: &State) -> Vec<(Handle, &Template)> {
    let mut all: Vec<(Handle, &Template)> = state
        .templates
        .iter()
        .map(|(name, template)| (*name, template))
        .collect();
    all.sort_by(|a, b| (&a.1.title, a.0).cmp(&(&b.1.title, b.0)));
    all
}

/// Keeps one: a new one, or in place of one that was looked at.
///
/// # Errors
/// If the title or the text is empty or too long, there are too many, it was changed or deleted
/// since it was looked at, or the disk fails.
pub fn keep(desk: &mut Desk, what: Keep<'_>, title: &str, text: &str) -> Outcome {
    let (title, text) = (title.trim(), text.trim_end());
    if title.is_empty() || text.trim().is_empty() {
        return Err(Failure::usage(
            "A saved reply needs a title and a text.",
            "Fill in both.",
        ));
    }
    if title.len() > MAX_TITLE_LEN || text.len() > MAX_TEXT_LEN {
        return Err(Failure::usage(
            "The title or the text is too long for a saved reply.",
            "Shorten it.",
        ));
    }
    desk.with_outbox(|desk| {
        desk.refresh();
        let known = &desk.state.templates;
        let is_the_same = |there: &Template| there.title == title && there.text == text;
        let name = match what {
            Keep::New(name) | Keep::Change { name, .. }
                if known.get(&name).is_some_and(&is_the_same) =>
            {
                return Ok(());
            }
            Keep::New(name) if known.contains_key(&name) => {
                return Err(Failure::refused(
                    "This form was saved already, with other words.",
                    "Save again to keep these as another saved reply.",
                ));
            }
            Keep::New(_) if known.len() >= MOST => {
                return Err(Failure::usage(
                    format!("There are {MOST} saved replies already."),
                    "Delete some that nobody uses.",
                ));
            }
            Keep::New(name) => name,
            Keep::Change { name, looked_at } => match known.get(&name) {
                Some(there) if there.mark() == looked_at => name,
                Some(_) => {
                    return Err(Failure::refused(
                        "This saved reply was changed while you were writing.",
                        "Look at what it says now. Saving again puts your words in its place.",
                    ));
                }
                None => {
                    return Err(Failure::refused(
                        "This saved reply is not there any more.",
                        "Save again to keep your words as a new one.",
                    ));
                }
            },
        };
        let record = Record::Template {
            template: name,
            title: title.to_owned(),
        };
        desk.record_one(Entry::new(record, text.as_bytes()))
    })
}

/// Deletes one. One that is not there is deleted already.
///
/// # Errors
/// If the disk fails.
pub fn remove(desk: &mut Desk, name: Handle) -> Outcome {
    desk.refresh();
    if desk.state.templates.contains_key(&name) {
        desk.record_one(Entry::bare(Record::TemplateRemoved { template: name }))?;
    }
    Ok(())
}
