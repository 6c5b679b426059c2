//! Runs a corpus through its targets.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use crate::Target;

/// What a replay found wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Folders of the corpus that no target bears the name of.
    pub without_target: BTreeSet<String>,
    /// Targets without a folder, or with an empty one.
    pub without_corpus: BTreeSet<String>,
    /// Inputs on which a target panicked: `<target>/<file>`.
    pub panicked: BTreeSet<String>,
    /// How many inputs each target took.
    pub replayed: BTreeMap<String, usize>,
}

impl Findings {
    /// Whether there is nothing to complain of.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.without_target.is_empty() && self.without_corpus.is_empty() && self.panicked.is_empty()
    }
}

/// Runs every file of `corpus/<target>/` through the target of that name.
///
/// # Errors
/// If the corpus cannot be read.
pub fn replay(corpus: &Path, targets: &[Target]) -> io::Result<Findings> {
    let mut findings = Findings::default();
    for folder in fs::read_dir(corpus)? {
        let folder = folder?;
        let name = folder.file_name().to_string_lossy().into_owned();
        if !targets.iter().any(|(target, _)| *target == name) {
            findings.without_target.insert(name);
        }
    }
    for (name, run) in targets {
        let folder = corpus.join(name);
        let files = match fs::read_dir(&folder) {
            Ok(files) => files.collect::<io::Result<Vec<_>>>()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        if files.is_empty() {
            findings.without_corpus.insert((*name).to_owned());
        }
        for file in &files {
            let input = fs::read(file.path())?;
            if catch_unwind(AssertUnwindSafe(|| run(&input))).is_err() {
                let file = file.file_name().to_string_lossy().into_owned();
                findings.panicked.insert(format!("{name}/{file}"));
            }
        }
        findings.replayed.insert((*name).to_owned(), files.len());
    }
    Ok(findings)
}
