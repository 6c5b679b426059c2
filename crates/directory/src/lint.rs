//! What an administrator should know about a directory before signing it.

use crate::directory::Directory;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Probably a mistake.
    Warning,
    /// The directory must not be signed like this.
    Error,
}

/// Something about a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How grave it is.
    pub severity: Severity,
    /// Which entry, such as `topics.mistreatment`.
    pub place: String,
    /// What, and what to do about it.
    pub message: String,
}

/// Checks a directory.
#[must_use]
pub fn lint(_directory: &Directory) -> Vec<Finding> {
    Vec::new()
}
