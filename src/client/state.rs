//! The one thing that is kept on this computer: for each hotline, the highest version of its
//! directory that was seen, so that an older one served later is noticed.
//!
//! It says nothing of reports, but it does say that Candor was used here; `--no-state` keeps
//! nothing.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use candor_wire::InstanceId;
use serde::{Deserialize, Serialize};

/// The file, as it is on disk.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    directory_versions: BTreeMap<InstanceId, u64>,
}

/// Where versions are remembered; nowhere for `--no-state`.
#[derive(Clone, Debug)]
pub struct State(Option<PathBuf>);

impl State {
    /// The usual place: `candor/seen.json` in the folder for state.
    pub fn usual() -> Self {
        let from = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let folder = from("XDG_STATE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| from("LOCALAPPDATA").map(PathBuf::from))
            .or_else(|| Some(Path::new(&from("HOME")?).join(".local/state")));
        Self(folder.map(|folder| folder.join("candor/seen.json")))
    }

    /// A file of the user's choice.
    pub const fn at(path: PathBuf) -> Self {
        Self(Some(path))
    }

    /// Remembers nothing.
    pub const fn none() -> Self {
        Self(None)
    }

    /// The highest version seen of an instance's directory.
    pub fn highest(&self, instance: &InstanceId) -> io::Result<Option<u64>> {
        Ok(self.read()?.directory_versions.get(instance).copied())
    }

    /// Remembers a version, if it is the highest so far.
    pub fn remember(&self, instance: InstanceId, version: u64) -> io::Result<()> {
        let Some(path) = &self.0 else { return Ok(()) };
        let mut contents = self.read()?;
        let known = contents.directory_versions.entry(instance).or_default();
        if *known >= version {
            return Ok(());
        }
        *known = version;
        let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let text = serde_json::to_string_pretty(&contents)? + "\n";
        // Written beside and renamed, so that a stop in between leaves the old file.
        let beside = path.with_extension("new");
        let mut file = fs::File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    }

    fn read(&self) -> io::Result<Contents> {
        let Some(path) = &self.0 else {
            return Ok(Contents::default());
        };
        match fs::read(path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Contents::default()),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_version_is_kept_for_each_instance() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::at(folder.path().join("deep/seen.json"));
        let (one, two) = (InstanceId::new([1; 32]), InstanceId::new([2; 32]));
        assert_eq!(state.highest(&one).unwrap(), None);
        state.remember(one, 7).unwrap();
        state.remember(two, 3).unwrap();
        state.remember(one, 5).unwrap();
        assert_eq!(state.highest(&one).unwrap(), Some(7));
        assert_eq!(state.highest(&two).unwrap(), Some(3));
        let files: Vec<_> = fs::read_dir(folder.path().join("deep")).unwrap().collect();
        assert_eq!(files.len(), 1);
    }

    #[test]
    fn a_damaged_file_is_an_error_and_no_state_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seen.json");
        fs::write(&path, "{").unwrap();
        assert!(State::at(path).highest(&InstanceId::new([1; 32])).is_err());
        State::none().remember(InstanceId::new([1; 32]), 7).unwrap();
        assert_eq!(
            State::none().highest(&InstanceId::new([1; 32])).unwrap(),
            None
        );
    }
}
