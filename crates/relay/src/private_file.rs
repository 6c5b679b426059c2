//! Files that hold secrets: readable by their owner alone from the first byte on, written whole
//! or not at all, and overwritten before they are unlinked.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

/// Makes a folder, with those above it, that only its owner may enter.
pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Options for a new file that only its owner may read.
pub(crate) fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Puts `bytes` under `name` in `folder`, replacing what was there, and waits for the disk.
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let temporary = folder.join(format!("{name}.new"));
    let mut file = private_options()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&temporary, folder.join(name))?;
    sync_folder(folder)
}

/// Overwrites a file and unlinks it. A file that is not there is no error.
///
/// The file system or the disk may keep older copies of the blocks; this is deletion, not
/// forensic erasure.
pub(crate) fn destroy(folder: &Path, name: &str) -> io::Result<()> {
    let path = folder.join(name);
    let mut file = match OpenOptions::new().write(true).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let len = usize::try_from(file.metadata()?.len()).unwrap_or(0);
    // Only key files are worth it, and they are small; what is longer is no secret.
    if len <= 4096 {
        file.write_all(&vec![0; len])?;
        file.sync_all()?;
    }
    drop(file);
    fs::remove_file(&path)?;
    sync_folder(folder)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _: Option<(&Path, File)> = Some(folder).zip(None);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_private_and_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        create_folder(&inner).unwrap();
        write(&inner, "x", b"one").unwrap();
        write(&inner, "x", b"two").unwrap();
        assert_eq!(fs::read(inner.join("x")).unwrap(), b"two");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&inner), 0o700);
            assert_eq!(mode(&inner.join("x")), 0o600);
        }
        destroy(&inner, "x").unwrap();
        destroy(&inner, "x").unwrap();
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 0);
    }
}
