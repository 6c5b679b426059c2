//! Casework: the forms, and doing what they ask for.
//!
//! - [`read`]: what a form asks for; [`known`]: what has changed since its page was made.
//! - [`pages`]: the page of each act; [`doing`]: what is done, once.

mod board;
mod doing;
mod effects;
mod known;
mod pages;
mod read;
mod stand;

use std::sync::Arc;

use candor_casework::Work;
use candor_directory::TopicKind;
use rand::{RngCore as _, rngs::OsRng};

use crate::{case::Case, casework, desk::Desk};

use super::Asked;

/// A fresh name: of a form, or of what it makes.
fn fresh() -> String {
    let mut name = [0; 16];
    OsRng.fill_bytes(&mut name);
    hex::encode(name)
}

/// The kind of a report's topic. One that the directory does not have is treated as a concern.
fn kind(desk: &Desk, case: &Case) -> TopicKind {
    let found = || {
        let topic = case.report()?.topic.parse().ok()?;
        let directory = &desk.published.as_deref()?.directory;
        Some(directory.topic(&topic)?.kind)
    };
    found().unwrap_or(TopicKind::Concern)
}

pub use self::pages::Again;

impl Asked<'_> {
    fn work(&self, case: &Case) -> Arc<Work> {
        casework::work_of(&self.desk, case)
    }
}
