//! Saved replies: texts that an office writes often. They lie in the case file of this desk, belong
//! to no case, and are sent to nobody unless somebody takes one into a reply and sends that.

use candor_casework::body::Handle;
use rand::{RngCore as _, rngs::OsRng};

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

/// Keeps one: a new one, or in place of what was kept under this name.
///
/// # Errors
/// If the title or the text is empty or too long, there are too many, or the disk fails.
pub fn keep(desk: &mut Desk, name: Option<Handle>, title: &str, text: &str) -> Outcome<Handle> {
    desk.refresh();
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
    let known = &desk.state.templates;
    let name = match name {
        Some(name) if known.contains_key(&name) => name,
        Some(_) => {
            return Err(Failure::usage(
                "This saved reply is not there any more.",
                "Save it as a new one.",
            ));
        }
        None if known.len() >= MOST => {
            return Err(Failure::usage(
                format!("There are {MOST} saved replies already."),
                "Delete some that nobody uses.",
            ));
        }
        None => {
            let mut random = [0; 16];
            OsRng.fill_bytes(&mut random);
            Handle::new(random)
        }
    };
    let record = Record::Template {
        template: name,
        title: title.to_owned(),
    };
    desk.record_one(Entry::new(record, text.as_bytes()))?;
    Ok(name)
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
