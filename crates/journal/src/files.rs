//! Files and folders: names, permissions, reading at an offset, syncing folders, erasing ranges.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// Bytes that can be read at any offset.
pub(crate) trait Source {
    /// Fills as much of the buffer as there is; less only at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// How many bytes there are.
    fn len(&self) -> io::Result<u64>;
}

impl Source for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|r| !r.is_empty()) {
            match read_once(self, rest, offset + filled as u64) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(filled)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}

impl<S: Source> Source for Arc<S> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        (**self).read_at(buffer, offset)
    }

    fn len(&self) -> io::Result<u64> {
        (**self).len()
    }
}

impl Source for &[u8] {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = self.get(from..).unwrap_or_default();
        let n = rest.len().min(buffer.len());
        for (to, byte) in buffer.iter_mut().zip(rest) {
            *to = *byte;
        }
        Ok(n)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(<[u8]>::len(self) as u64)
    }
}

#[cfg(unix)]
fn read_once(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_once(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// Creates the folder for its owner alone, unless it exists.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        sync_folder(parent)?;
    }
    Ok(())
}

/// Options that create a file for its owner alone.
pub(crate) fn private() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix sets a mode"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes names created or deleted in a folder durable. Windows has no such call and needs none.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Whether an error means that the disk, the quota or the file has no room.
pub(crate) fn is_full(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge
            | io::ErrorKind::WriteZero
    )
}

/// Replaces a range of a file by zeros and gives the space back where the file system can.
pub(crate) fn erase_range(file: &File, offset: u64, len: u64) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{FallocateFlags, fallocate};
        let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        if fallocate(file, flags, offset, len).is_ok() {
            return Ok(());
        }
    }
    overwrite_range(file, offset, len)
}

fn overwrite_range(mut file: &File, offset: u64, len: u64) -> io::Result<()> {
    use std::io::Seek as _;
    let zeros = [0; 4096];
    file.seek(io::SeekFrom::Start(offset))?;
    let mut left = len;
    while left > 0 {
        let n = usize::try_from(left).unwrap_or(usize::MAX).min(zeros.len());
        file.write_all(zeros.get(..n).unwrap_or_default())?;
        left -= n as u64;
    }
    Ok(())
}

/// The segment files of one folder, and a few of them open for reading.
pub(crate) struct Folder {
    path: PathBuf,
    open: Mutex<BTreeMap<u32, Arc<File>>>,
}

impl Folder {
    /// How many segments are kept open for reading.
    const OPEN: usize = 32;

    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            open: Mutex::default(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn segment_path(&self, number: u32, key: u32) -> PathBuf {
        self.path.join(format!("{number:010}-{key:010}.seg"))
    }

    /// Numbers and keys of the segment files, by ascending number.
    pub(crate) fn list(&self) -> io::Result<BTreeMap<u32, u32>> {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name();
            let parsed = name.to_str().and_then(|name| {
                let (number, key) = name.strip_suffix(".seg")?.split_once('-')?;
                let digits = |s: &str| s.len() == 10 && s.bytes().all(|b| b.is_ascii_digit());
                if !digits(number) || !digits(key) {
                    return None;
                }
                Some((number.parse().ok()?, key.parse().ok()?))
            });
            if let Some((number, key)) = parsed {
                found.insert(number, key);
            }
        }
        Ok(found)
    }

    /// A segment, open for reading.
    pub(crate) fn reader(&self, number: u32, key: u32) -> io::Result<Arc<File>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.get(&number) {
            return Ok(Arc::clone(file));
        }
        let file = Arc::new(File::open(self.segment_path(number, key))?);
        if open.len() >= Self::OPEN {
            // The oldest is the one least likely to be read again.
            open.pop_first();
        }
        open.insert(number, Arc::clone(&file));
        Ok(file)
    }

    /// Deletes a segment file.
    pub(crate) fn remove(&self, number: u32, key: u32) -> io::Result<()> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.remove(&number);
        drop(open);
        fs::remove_file(self.segment_path(number, key))?;
        sync_folder(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_erase_leave_zeros_and_nothing_else() {
        for erase in [erase_range, overwrite_range] {
            let file = tempfile::tempfile().unwrap();
            (&file).write_all(&[7; 20_000]).unwrap();
            erase(&file, 100, 15_000).unwrap();
            let mut back = vec![1; 20_001];
            assert_eq!(Source::read_at(&file, &mut back, 0).unwrap(), 20_000);
            assert!(back[..100].iter().all(|b| *b == 7));
            assert!(back[100..15_100].iter().all(|b| *b == 0));
            assert!(back[15_100..20_000].iter().all(|b| *b == 7));
        }
    }
}
