//! Opening, recovery, appending, reading, erasing.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{File, OpenOptions},
    io,
    path::Path,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
};

use fs4::fs_std::FileExt as _;
use rand::{SeedableRng as _, rngs::StdRng};

use crate::{
    commit::{Active, Committer, Entry, Extent, Request, Shared},
    error::{AppendError, OpenError, ReadError},
    files::{Folder, Source as _, create_folder, erase_range, private, sync_folder},
    format::{Location, MAX_BODY_LEN, RECORD_HEADER_LEN, RecordHeader, SEGMENT_HEADER_LEN},
    scan::{Body, Damage, Depth, Scan, Scanned, SegmentScan},
};

/// How a journal is to behave.
#[derive(Clone, Debug)]
pub struct Options {
    /// A segment is closed before it grows beyond this. At most 2 GiB.
    pub segment_bytes: u64,
    /// Ordinary records are refused while the disk has less than this free; 0 to fill it up.
    pub min_free_bytes: u64,
    /// The most bytes that may wait to be written.
    pub queue_bytes: usize,
    /// Random bytes, fresh for each opening, from which the segments' markers are made.
    pub seed: [u8; 32],
}

impl Options {
    /// The defaults with this seed: segments of 256 MiB, no room kept free, 32 MiB waiting.
    #[must_use]
    pub const fn new(seed: [u8; 32]) -> Self {
        Self {
            segment_bytes: 256 << 20,
            min_free_bytes: 0,
            queue_bytes: 32 << 20,
            seed,
        }
    }
}

/// What opening found and mended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Bytes cut off the end of the last segment: a batch that was never acknowledged.
    pub cut_bytes: u64,
    /// Damage in the last segment, before its end. Damage elsewhere shows in a
    /// [scan](Journal::scan).
    pub damaged: Vec<Damage>,
}

/// A segment file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentInfo {
    /// Its number; later segments have higher ones.
    pub number: u32,
    /// Its key.
    pub key: u32,
    /// Its length, holes counted as if they were filled.
    pub len: u64,
}

/// An open journal.
pub struct Journal {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
    // Held for as long as the journal is open.
    _lock: File,
}

impl Journal {
    /// Opens the journal in a folder, which is created if it does not exist.
    ///
    /// The last segment is read in full; an unfinished batch at its end is cut off. Everything
    /// that is then in the journal is durable.
    ///
    /// # Errors
    /// [`OpenError`]
    pub fn open(path: &Path, options: &Options) -> Result<(Self, Recovery), OpenError> {
        let failed = |source| OpenError::Io {
            path: path.to_owned(),
            source,
        };
        create_folder(path).map_err(failed)?;
        let lock = private()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("lock"))
            .map_err(failed)?;
        if !lock.try_lock_exclusive().map_err(failed)? {
            return Err(OpenError::InUse(path.to_owned()));
        }
        Self::recover(path, options, lock).map_err(failed)
    }

    fn recover(path: &Path, options: &Options, lock: File) -> io::Result<(Self, Recovery)> {
        let folder = Folder::new(path);
        let mut files = folder.list()?;
        let next_number = files
            .last_key_value()
            .map_or(1, |(n, _)| n.saturating_add(1));
        let mut recovery = Recovery::default();
        let mut active = None;
        if let Some((&number, &key)) = files.last_key_value() {
            match recover_last(&folder, number, key, &mut recovery)? {
                Last::Usable(last) => active = Some(last),
                Last::Unreadable => {}
                Last::Removed => {
                    files.remove(&number);
                }
            }
        }
        let mut segments = BTreeMap::new();
        for (number, key) in files {
            let file = File::open(folder.segment_path(number, key))?;
            // A process that was killed may have left written but unsynced records, which the
            // scan shows; what it shows must be durable.
            file.sync_all()?;
            let len = file.len()?;
            segments.insert(number, Extent { key, len });
        }
        sync_folder(path)?;
        let shared = Arc::new(Shared::new(folder, segments, options.queue_bytes));
        let committer = Committer {
            shared: Arc::clone(&shared),
            active,
            next_number,
            segment_bytes: options.segment_bytes.min(1 << 31),
            min_free_bytes: options.min_free_bytes,
            random: StdRng::from_seed(options.seed),
        };
        let thread = thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || committer.run())?;
        let journal = Self {
            shared,
            thread: Mutex::new(Some(thread)),
            _lock: lock,
        };
        Ok((journal, recovery))
    }

    /// Appends a record and calls `done` when it is durable or refused.
    ///
    /// Records lie in the journal, and are acknowledged, in the order of these calls. `done` runs
    /// on the committer's thread, or on this one if the record is refused at once; it must not
    /// block or panic.
    pub fn append(
        &self,
        entry: Entry,
        done: impl FnOnce(Result<Location, AppendError>) + Send + 'static,
    ) {
        match Request::new(entry, Box::new(done)) {
            Ok(request) => self.shared.submit(request),
            Err(done) => done(Err(AppendError::TooLong)),
        }
    }

    /// Appends a record and waits until it is durable.
    ///
    /// # Errors
    /// [`AppendError`]
    pub fn append_wait(&self, entry: Entry) -> Result<Location, AppendError> {
        let (sender, receiver) = mpsc::sync_channel(1);
        self.append(entry, move |result| {
            let _ = sender.send(result);
        });
        receiver.recv().unwrap_or(Err(AppendError::Closed))
    }

    /// Reads a record's meta and body, and checks both.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn read(&self, location: &Location) -> Result<(Vec<u8>, Vec<u8>), ReadError> {
        let len = usize::try_from(location.record_len()).map_err(|_| ReadError::Damaged)?;
        if location.body_len as usize > MAX_BODY_LEN {
            return Err(ReadError::Damaged);
        }
        let key = self.key(location.segment)?;
        let file = match self.shared.folder.reader(location.segment, key) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(ReadError::Absent),
            Err(e) => return Err(e.into()),
        };
        let mut bytes = vec![0; len];
        if file.read_at(&mut bytes, u64::from(location.offset))? < len {
            return Err(ReadError::Damaged);
        }
        // The location came from an acknowledgement or a scan, so the marker need not be known.
        let marker = *bytes.first_chunk().ok_or(ReadError::Damaged)?;
        let header = RecordHeader::decode(&bytes, &marker, u64::from(location.offset))
            .filter(|h| h.meta_len == location.meta_len && h.body_len == location.body_len)
            .ok_or(ReadError::Damaged)?;
        let body = bytes.split_off(RECORD_HEADER_LEN + location.meta_len as usize);
        let meta = bytes.split_off(RECORD_HEADER_LEN);
        if crc32fast::hash(&meta) != header.meta_crc {
            return Err(ReadError::Damaged);
        }
        if crc32fast::hash(&body) != header.body_crc {
            let erased = body.iter().all(|b| *b == 0);
            return Err(if erased {
                ReadError::Erased
            } else {
                ReadError::Damaged
            });
        }
        Ok((meta, body))
    }

    /// Reads a record's meta alone, and checks it.
    ///
    /// # Errors
    /// [`ReadError`], but never [`ReadError::Erased`].
    pub fn meta(&self, location: &Location) -> Result<Vec<u8>, ReadError> {
        let key = self.key(location.segment)?;
        let file = match self.shared.folder.reader(location.segment, key) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(ReadError::Absent),
            Err(e) => return Err(e.into()),
        };
        let mut bytes = vec![0; RECORD_HEADER_LEN + location.meta_len as usize];
        if file.read_at(&mut bytes, u64::from(location.offset))? < bytes.len() {
            return Err(ReadError::Damaged);
        }
        let marker = *bytes.first_chunk().ok_or(ReadError::Damaged)?;
        let header = RecordHeader::decode(&bytes, &marker, u64::from(location.offset))
            .filter(|h| h.meta_len == location.meta_len && h.body_len == location.body_len)
            .ok_or(ReadError::Damaged)?;
        let meta = bytes.split_off(RECORD_HEADER_LEN);
        if crc32fast::hash(&meta) == header.meta_crc {
            Ok(meta)
        } else {
            Err(ReadError::Damaged)
        }
    }

    /// Everything in the journal, in order, bodies not looked at.
    ///
    /// # Errors
    /// Each item may be an error of the operating system.
    pub fn scan(&self) -> Scan<'_> {
        self.scan_numbers(self.numbers(), Depth::Metas)
    }

    /// Everything in one segment, in order, bodies not looked at.
    pub fn scan_segment(&self, number: u32) -> Scan<'_> {
        self.scan_numbers(BTreeSet::from([number]), Depth::Metas)
    }

    /// Everything in the journal, in order, bodies checked.
    pub fn verify(&self) -> Scan<'_> {
        self.scan_numbers(self.numbers(), Depth::Bodies)
    }

    fn numbers(&self) -> BTreeSet<u32> {
        self.shared.segments().keys().copied().collect()
    }

    fn scan_numbers(&self, numbers: BTreeSet<u32>, depth: Depth) -> Scan<'_> {
        let mut numbers = numbers.into_iter();
        Scan::new(Box::new(move || {
            let number = numbers.next()?;
            // A segment may have been removed since the scan began; its place is then empty.
            let key = self.key(number).unwrap_or_default();
            let file = self.shared.folder.reader(number, key);
            Some(file.and_then(|file| SegmentScan::new(file, number, depth)))
        }))
    }

    fn key(&self, number: u32) -> Result<u32, ReadError> {
        self.shared
            .segments()
            .get(&number)
            .map(|extent| extent.key)
            .ok_or(ReadError::Absent)
    }

    /// Erases the bodies of records; their metas stay.
    ///
    /// Before calling this, make durable a record from which follows that nobody needs these
    /// bodies: an erased body is told from a lost one only by what the journal says about it.
    ///
    /// # Errors
    /// If the operating system refuses; bodies may then be erased in part.
    pub fn erase(&self, locations: &[Location]) -> io::Result<()> {
        let mut by_segment: BTreeMap<u32, Vec<&Location>> = BTreeMap::new();
        for location in locations.iter().filter(|l| l.body_len > 0) {
            by_segment
                .entry(location.segment)
                .or_default()
                .push(location);
        }
        for (number, locations) in by_segment {
            let Ok(key) = self.key(number) else {
                continue;
            };
            let path = self.shared.folder.segment_path(number, key);
            let file = OpenOptions::new().write(true).open(path)?;
            for location in locations {
                erase_range(&file, location.body_offset(), u64::from(location.body_len))?;
            }
            file.sync_data()?;
        }
        Ok(())
    }

    /// Deletes a segment file. Does nothing to the newest segment, which may still be written.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub fn remove_segment(&self, number: u32) -> io::Result<()> {
        let extent = {
            let mut segments = self.shared.segments();
            if segments
                .last_key_value()
                .is_none_or(|(last, _)| *last == number)
            {
                return Ok(());
            }
            segments.remove(&number)
        };
        match extent {
            Some(extent) => self.shared.folder.remove(number, extent.key),
            None => Ok(()),
        }
    }

    /// The segment files, oldest first.
    #[must_use]
    pub fn segments(&self) -> Vec<SegmentInfo> {
        self.shared
            .segments()
            .iter()
            .map(|(&number, extent)| SegmentInfo {
                number,
                key: extent.key,
                len: extent.len,
            })
            .collect()
    }

    /// Writes what waits, then ends the committer. Later appends are refused; reads go on.
    pub fn close(&self) {
        self.shared.close();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // A panic there has refused every waiter already.
            let _ = thread.join();
        }
    }

    #[cfg(test)]
    pub(crate) fn faults(&self) -> &crate::commit::Faults {
        &self.shared.faults
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.close();
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").finish_non_exhaustive()
    }
}

/// What became of the last segment.
enum Last {
    /// Its end is sound; appending goes on there.
    Usable(Active),
    /// Its marker is lost; it stays as it is.
    Unreadable,
    /// It held nothing: its creation was cut short.
    Removed,
}

/// Reads the last segment in full and cuts off what a torn batch left at its end.
fn recover_last(
    folder: &Folder,
    number: u32,
    key: u32,
    recovery: &mut Recovery,
) -> io::Result<Last> {
    let path = folder.segment_path(number, key);
    let file = Arc::new(File::open(&path)?);
    let len = file.len()?;
    let mut scan = SegmentScan::new(Arc::clone(&file), number, Depth::Bodies)?;
    let Some(marker) = scan.marker() else {
        // The header is synced before the first record is written, so that a file without both
        // never held anything acknowledged, however long a crash left it.
        let empty = len <= SEGMENT_HEADER_LEN as u64 || is_zero(&file, len)?;
        if empty {
            folder.remove(number, key)?;
            recovery.cut_bytes += len;
            return Ok(Last::Removed);
        }
        recovery.damaged.extend(scan.filter_map(|item| match item {
            Ok(Scanned::Damaged(damage)) => Some(damage),
            _ => None,
        }));
        return Ok(Last::Unreadable);
    };
    let mut end = SEGMENT_HEADER_LEN as u64;
    let mut damaged = Vec::new();
    for item in &mut scan {
        match item? {
            Scanned::Record(record) => {
                // A body of zeros in the last record is one that never arrived: whatever erases a
                // body is itself recorded behind it.
                if record.body == Body::Intact {
                    end = u64::from(record.location.offset) + record.location.record_len();
                }
            }
            Scanned::Damaged(damage) => damaged.push(damage),
        }
    }
    recovery
        .damaged
        .extend(damaged.into_iter().filter(|d| d.offset < end));
    if end < len {
        let writable = OpenOptions::new().write(true).open(&path)?;
        writable.set_len(end)?;
        writable.sync_all()?;
        recovery.cut_bytes += len - end;
    }
    let file = OpenOptions::new().append(true).open(&path)?;
    Ok(Last::Usable(Active {
        file,
        number,
        key,
        marker,
        len: end,
    }))
}

fn is_zero(file: &File, len: u64) -> io::Result<bool> {
    let mut buffer = vec![0; 64 * 1024];
    let mut offset = 0;
    while offset < len {
        let n = file.read_at(&mut buffer, offset)?;
        if n == 0 {
            break;
        }
        if buffer.iter().take(n).any(|b| *b != 0) {
            return Ok(false);
        }
        offset += n as u64;
    }
    Ok(true)
}
