//! The desk's folder: where it is, who may read it, and one process at a time.
//!
//! ```text
//! desk.toml        settings
//! pin.json         the instance and its roots
//! plugin.txt       the plugin identity, where a plugin guards the keys instead of a passphrase
//! keys.age         every secret of this desk, in one age file
//! enrol.age        the device keys of a workstation that waits to be approved
//! case-…/          the case file: encrypted records, and the keys of its cases
//! outbox/          sealed pieces of attachments that wait to be sent
//! directory/       the directory as it was last fetched
//! lock
//! ```
//!
//! Invariant: a desk is set up if and only if `keys.age` exists; it is renamed into place last.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use crate::failure::{Failure, Outcome};

/// The environment variable that names the folder.
pub const HOME_VARIABLE: &str = "CANDOR_DESK_HOME";

/// How long to wait for another process that is about to finish.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// The desk's folder.
#[derive(Clone, Debug)]
pub struct Home(PathBuf);

/// Held for as long as a process uses the folder.
#[derive(Debug)]
pub struct HomeLock {
    _file: File,
}

impl Home {
    /// The folder that was asked for, or the platform's folder for data of programs.
    ///
    /// # Errors
    /// If none was asked for and the platform does not say where.
    pub fn find(asked: Option<PathBuf>) -> Outcome<Self> {
        asked.or_else(platform_folder).map(Self).ok_or_else(|| {
            Failure::usage(
                "It is not clear where the desk should keep its files.",
                format!("Name a folder with --home or {HOME_VARIABLE}."),
            )
        })
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A file or folder in it.
    #[must_use]
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The file with every secret of the desk.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.join("keys.age")
    }

    /// Whether the desk is set up.
    #[must_use]
    pub fn is_set_up(&self) -> bool {
        self.keys().exists()
    }

    /// Fails unless the desk is set up.
    ///
    /// # Errors
    /// If it is not.
    pub fn must_be_set_up(&self) -> Outcome {
        if self.is_set_up() {
            return Ok(());
        }
        Err(Failure::storage(
            format!("There is no desk in {}.", self.0.display()),
            "Set one up with “init”, “restore” or “enroll”, or name its folder with --home.",
        ))
    }

    /// Creates the folder for its owner alone.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub fn create(&self) -> Outcome {
        create_private_folder(&self.0)
            .map_err(|error| Failure::file("Cannot create the folder", &self.0, &error))
    }

    /// Locks the folder against every other process.
    ///
    /// # Errors
    /// If another process holds it and does not finish within a few seconds.
    pub fn lock(&self) -> Outcome<HomeLock> {
        let path = self.join("lock");
        let failed = |error: &io::Error| Failure::file("Cannot open", &path, error);
        let file = private_options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| failed(&error))?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(HomeLock { _file: file }),
                Err(TryLockError::Error(error)) => return Err(failed(&error)),
                Err(TryLockError::WouldBlock) if start.elapsed() < LOCK_PATIENCE => {
                    thread::sleep(Duration::from_millis(50));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(Failure::storage(
                        format!(
                            "Another candor-desk is using the folder {}.",
                            self.0.display()
                        ),
                        "Finish that one first: leave its session with “lock”, or wait until its \
                         sync has ended.",
                    ));
                }
            }
        }
    }
}

fn platform_folder() -> Option<PathBuf> {
    let variable = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    if cfg!(windows) {
        return variable("LOCALAPPDATA").map(|base| base.join("Candor").join("Desk"));
    }
    let home = variable("HOME");
    if cfg!(target_os = "macos") {
        return home.map(|home| home.join("Library/Application Support/Candor Desk"));
    }
    variable("XDG_DATA_HOME")
        .or_else(|| home.map(|home| home.join(".local/share")))
        .map(|base| base.join("candor-desk"))
}

/// Options that create a file for its owner alone. On Windows the user's own data folder is
/// already so.
#[must_use]
pub fn private_options() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix sets a mode"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Creates a folder, and those above it, for the owner alone.
///
/// # Errors
/// If the operating system refuses.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a new or renamed name durable.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Writes a file for the owner alone; fails if the name is taken.
///
/// # Errors
/// If the operating system refuses.
pub fn create_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = private_options().create_new(true).write(true).open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if let Err(error) = written {
        let _ = fs::remove_file(path);
        return Err(error);
    }
    sync_folder_of(path)
}

/// Replaces a file at one stroke: the old one or the new one is there, never a mixture.
///
/// # Errors
/// If the operating system refuses.
pub fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = with_suffix(path, ".new");
    let mut file = private_options()
        .create(true)
        .truncate(true)
        .write(true)
        .open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    rename(&temporary, path)
}

/// Renames a file and makes the new name durable.
///
/// # Errors
/// If the operating system refuses.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    sync_folder_of(to)
}

/// The path with something appended to its last part.
#[must_use]
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Reads a file of at most `max` bytes.
///
/// # Errors
/// If it cannot be read or is longer.
pub fn read_file(what: &str, path: &Path, max: usize) -> Outcome<Vec<u8>> {
    use std::io::Read as _;
    let failed = |error: &io::Error| Failure::file(what, path, error);
    let file = File::open(path).map_err(|error| failed(&error))?;
    let mut bytes = Vec::new();
    file.take(max as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| failed(&error))?;
    if bytes.len() > max {
        return Err(Failure::usage(
            format!("{} is longer than {max} bytes.", path.display()),
            "Check that it is the right file.",
        ));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_private_and_never_overwritten_by_create() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home(folder.path().join("a/b"));
        home.create().unwrap();
        let path = home.join("x");
        create_file(&path, b"one").unwrap();
        assert_eq!(
            create_file(&path, b"two").unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        replace_file(&path, b"three").unwrap();
        assert_eq!(read_file("x", &path, 5).unwrap(), b"three");
        assert!(read_file("x", &path, 4).is_err());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&path), 0o600);
            assert_eq!(mode(home.path()), 0o700);
        }
    }

    #[test]
    fn a_second_process_is_told_plainly() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home(folder.path().to_owned());
        let held = home.lock().unwrap();
        let refusal = home.lock().unwrap_err();
        assert!(refusal.cause().contains("Another candor-desk"), "{refusal}");
        drop(held);
        home.lock().unwrap();
    }
}
