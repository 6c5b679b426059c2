//! Files that are whole or not there, and never replaced by accident.

use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

/// The most bytes of any file that is read here.
const MAX_LEN: u64 = 8 << 20;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Everybody.
    Everybody,
    /// Only its owner, from the moment it exists.
    Owner,
}

/// Whether a file may take the place of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// It may.
    Yes,
    /// It must not be there yet.
    No,
}

impl Replace {
    /// From `--force`.
    pub const fn if_forced(force: bool) -> Self {
        if force { Self::Yes } else { Self::No }
    }
}

/// Refuses if a file is already there.
///
/// # Errors
/// If it is, naming it and `--force`.
pub fn must_be_free(path: &Path, replace: Replace) -> Result<()> {
    if replace == Replace::No && path.exists() {
        bail!(
            "{} is already there; move it away, or give --force to replace it",
            path.display()
        );
    }
    Ok(())
}

/// Writes a file under another name, then moves it into its place.
///
/// # Errors
/// If it is already there, or cannot be written.
pub fn write(path: &Path, contents: &[u8], readers: Readers, replace: Replace) -> Result<()> {
    must_be_free(path, replace)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}.new", std::process::id()));
    let result = write_and_rename(&temporary, path, contents, readers);
    if result.is_err() {
        // What is half written is of no use to anybody.
        let _ = fs::remove_file(&temporary);
    }
    result.with_context(|| format!("cannot write {}", path.display()))
}

fn write_and_rename(
    temporary: &Path,
    path: &Path,
    contents: &[u8],
    readers: Readers,
) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(if readers == Readers::Owner {
            0o600
        } else {
            0o644
        });
    }
    #[cfg(not(unix))]
    let _ = readers;
    let mut file = options.open(temporary)?;
    file.write_all(contents)?;
    file.sync_all()?;
    drop(file);
    fs::rename(temporary, path)?;
    if let (true, Some(folder)) = (cfg!(unix), path.parent()) {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        // The new name is on disk only when its folder is.
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Makes a folder, for its owner alone if it is to hold secrets.
///
/// # Errors
/// If it cannot be made.
pub fn create_folder(path: &Path, readers: Readers) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    #[cfg(not(unix))]
    let _ = readers;
    builder
        .create(path)
        .with_context(|| format!("cannot make the folder {}", path.display()))
}

/// Reads a file that is not too long.
///
/// # Errors
/// If it is missing, too long or cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let told = || format!("cannot read {}", path.display());
    let len = fs::metadata(path).with_context(told)?.len();
    if len > MAX_LEN {
        bail!(
            "{} is longer than any file of this kind; is it the right one?",
            path.display()
        );
    }
    fs::read(path).with_context(told)
}

/// Reads a text file that is not too long.
///
/// # Errors
/// If it is missing, too long, no text or cannot be read.
pub fn read_text(path: &Path) -> Result<String> {
    String::from_utf8(read(path)?).with_context(|| format!("{} is not text", path.display()))
}

/// The files of a folder with this ending, sorted; none if there is no folder.
///
/// # Errors
/// If the folder cannot be read.
pub fn list(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    let told = || format!("cannot read the folder {}", folder.display());
    for entry in fs::read_dir(folder).with_context(told)? {
        let path = entry.with_context(told)?.path();
        let hidden = path
            .file_name()
            .is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if !hidden && path.extension().is_some_and(|e| e == ending) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
