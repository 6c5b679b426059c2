//! The committer: one thread that writes what waits, syncs once, and then acknowledges.

use std::{
    collections::{BTreeMap, VecDeque},
    fs::File,
    io::{self, IoSlice, Write as _},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use rand::{RngCore as _, rngs::StdRng};

use crate::{
    error::AppendError,
    files::{Folder, is_full, private, sync_folder},
    format::{
        Location, MAX_BODY_LEN, MAX_META_LEN, Marker, RECORD_HEADER_LEN, RecordHeader,
        SEGMENT_HEADER_LEN, SegmentHeader,
    },
};

/// Whether a record may use the room that is kept free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Class {
    /// Refused while the disk has less than `min_free_bytes` left.
    #[default]
    Ordinary,
    /// Taken as long as the disk takes it: records without which no room could be made.
    Maintenance,
}

/// A record to append.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: u8,
    /// The key of the segment it belongs in. A higher key than the current one, or one that is
    /// lower by more than one, starts a new segment.
    pub key: u32,
    /// What stays if the body is erased.
    pub meta: Vec<u8>,
    /// The rest.
    pub body: Vec<u8>,
    /// Whether it may use the room that is kept free.
    pub class: Class,
}

/// What is called, on the committer's thread, when a record is durable or refused.
pub(crate) type Done = Box<dyn FnOnce(Result<Location, AppendError>) + Send>;

/// An entry with its checksums, made on the caller's thread.
pub(crate) struct Request {
    entry: Entry,
    header: RecordHeader,
    done: Done,
}

impl Request {
    pub(crate) fn new(entry: Entry, done: Done) -> Result<Self, Done> {
        if entry.meta.len() > MAX_META_LEN || entry.body.len() > MAX_BODY_LEN {
            return Err(done);
        }
        // Both lengths were bounded just above.
        let len = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let header = RecordHeader {
            kind: entry.kind,
            meta_len: len(&entry.meta),
            body_len: len(&entry.body),
            meta_crc: crc32fast::hash(&entry.meta),
            body_crc: crc32fast::hash(&entry.body),
        };
        Ok(Self {
            entry,
            header,
            done,
        })
    }

    fn refuse(self, error: AppendError) {
        (self.done)(Err(error));
    }
}

/// What a segment measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) key: u32,
    pub(crate) len: u64,
}

#[derive(Default)]
struct Queue {
    requests: VecDeque<Request>,
    bytes: usize,
    closed: bool,
}

/// What the committer shares with its callers.
pub(crate) struct Shared {
    pub(crate) folder: Folder,
    segments: Mutex<BTreeMap<u32, Extent>>,
    queue: Mutex<Queue>,
    wake: Condvar,
    queue_bytes: usize,
    #[cfg(test)]
    pub(crate) faults: Faults,
}

/// Faults that no file system produces on demand.
#[cfg(test)]
#[derive(Default)]
pub(crate) struct Faults {
    /// Fail the next syncs, this many.
    pub(crate) syncs: std::sync::atomic::AtomicU32,
}

impl Shared {
    pub(crate) fn new(folder: Folder, segments: BTreeMap<u32, Extent>, queue_bytes: usize) -> Self {
        Self {
            folder,
            segments: Mutex::new(segments),
            queue: Mutex::default(),
            wake: Condvar::new(),
            queue_bytes,
            #[cfg(test)]
            faults: Faults::default(),
        }
    }

    pub(crate) fn segments(&self) -> MutexGuard<'_, BTreeMap<u32, Extent>> {
        self.segments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a request; the order of calls is the order in the journal.
    pub(crate) fn submit(&self, request: Request) {
        let len = request.entry.meta.len() + request.entry.body.len();
        let mut queue = self.queue();
        let refusal = if queue.closed {
            Some(AppendError::Closed)
        } else if queue.bytes + len > self.queue_bytes && !queue.requests.is_empty() {
            Some(AppendError::Busy)
        } else {
            None
        };
        if let Some(error) = refusal {
            drop(queue);
            request.refuse(error);
            return;
        }
        queue.bytes += len;
        queue.requests.push_back(request);
        drop(queue);
        self.wake.notify_one();
    }

    /// Lets the committer finish what waits and then end.
    pub(crate) fn close(&self) {
        self.queue().closed = true;
        self.wake.notify_one();
    }

    /// Everything that waits, or nothing once the journal is closed and drained.
    fn take(&self) -> Option<VecDeque<Request>> {
        let mut queue = self.queue();
        loop {
            if !queue.requests.is_empty() {
                queue.bytes = 0;
                return Some(std::mem::take(&mut queue.requests));
            }
            if queue.closed {
                return None;
            }
            queue = self
                .wake
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The segment that is being written.
pub(crate) struct Active {
    pub(crate) file: File,
    pub(crate) number: u32,
    pub(crate) key: u32,
    pub(crate) marker: Marker,
    pub(crate) len: u64,
}

/// The thread's own state.
pub(crate) struct Committer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) active: Option<Active>,
    pub(crate) next_number: u32,
    pub(crate) segment_bytes: u64,
    pub(crate) min_free_bytes: u64,
    pub(crate) random: StdRng,
}

impl Drop for Committer {
    /// However the thread ends, later appends are refused and not left waiting.
    fn drop(&mut self) {
        let mut queue = self.shared.queue();
        queue.closed = true;
        let rest = std::mem::take(&mut queue.requests);
        drop(queue);
        for request in rest {
            request.refuse(AppendError::Closed);
        }
    }
}

impl Committer {
    /// The most bytes that share one sync.
    const BATCH_BYTES: u64 = 16 << 20;

    pub(crate) fn run(mut self) {
        while let Some(mut waiting) = self.shared.take() {
            while !waiting.is_empty() {
                let batch = self.cut(&mut waiting);
                self.commit(batch);
            }
        }
    }

    /// Takes from the front what goes into one segment and one sync: at least one request.
    fn cut(&self, waiting: &mut VecDeque<Request>) -> Vec<Request> {
        let mut batch: Vec<Request> = Vec::new();
        let mut bytes = 0;
        while let Some(next) = waiting.front() {
            let len = next.header.record_len();
            if let Some(first) = batch.first() {
                let key = first.entry.key;
                let fits = match &self.active {
                    Some(a) if !self.rolls(a, key, 0) => {
                        !self.rolls(a, next.entry.key, bytes + len)
                    }
                    _ => next.entry.key == key && bytes + len <= self.segment_bytes,
                };
                if !fits || bytes + len > Self::BATCH_BYTES {
                    break;
                }
            }
            bytes += len;
            batch.extend(waiting.pop_front());
        }
        batch
    }

    /// Whether a record of this key and length needs a new segment.
    fn rolls(&self, active: &Active, key: u32, len: u64) -> bool {
        let other_key = key > active.key || key.saturating_add(1) < active.key;
        let is_empty = active.len <= SEGMENT_HEADER_LEN as u64;
        other_key || (!is_empty && active.len + len > self.segment_bytes)
    }

    fn commit(&mut self, batch: Vec<Request>) {
        let bytes: u64 = batch.iter().map(|r| r.header.record_len()).sum();
        let batch = if self.is_low(bytes) {
            refuse_ordinary(batch)
        } else {
            batch
        };
        if batch.is_empty() {
            return;
        }
        match self.write(&batch) {
            Ok(locations) => acknowledge(batch, locations),
            Err(AppendError::Full) => {
                let before = batch.len();
                let rest = refuse_ordinary(batch);
                if rest.is_empty() || rest.len() == before {
                    refuse_all(rest, AppendError::Full);
                    return;
                }
                match self.write(&rest) {
                    Ok(locations) => acknowledge(rest, locations),
                    Err(error) => refuse_all(rest, error),
                }
            }
            Err(error) => refuse_all(batch, error),
        }
    }

    /// Whether the disk has less room than is to be kept.
    fn is_low(&self, bytes: u64) -> bool {
        self.min_free_bytes > 0
            && fs4::available_space(self.shared.folder.path())
                .is_ok_and(|free| free < self.min_free_bytes.saturating_add(bytes))
    }

    /// Writes and syncs a batch; on failure nothing of it is left in the file, as far as the disk
    /// obeys.
    fn write(&mut self, batch: &[Request]) -> Result<Vec<Location>, AppendError> {
        let bytes: u64 = batch.iter().map(|r| r.header.record_len()).sum();
        let key = batch.first().map_or(0, |r| r.entry.key);
        let mut active = match self.active.take() {
            Some(active) if !self.rolls(&active, key, bytes) => active,
            // What is in the old segment was synced batch by batch.
            _ => self.create(key).map_err(|e| refusal(&e))?,
        };
        let mut offset = active.len;
        let mut headers = Vec::with_capacity(batch.len());
        let mut locations = Vec::with_capacity(batch.len());
        for request in batch {
            headers.push(request.header.encode(&active.marker, offset));
            locations.push(Location {
                segment: active.number,
                // `Options` keeps segments below what a u32 can address.
                offset: u32::try_from(offset).map_err(|_| AppendError::TooLong)?,
                meta_len: request.header.meta_len,
                body_len: request.header.body_len,
            });
            offset += request.header.record_len();
        }
        if let Err(error) = write_batch(&mut active.file, &headers, batch) {
            // Take the partial bytes away. If even that fails, leave the segment as it is: the
            // next batch starts a new one, and a reader sees the damage.
            if active.file.set_len(active.len).is_ok() {
                self.active = Some(active);
            }
            return Err(refusal(&error));
        }
        if let Err(error) = self.sync(&active.file) {
            // The kernel may have dropped the pages and will not say so again: whatever a second
            // sync answers, these bytes cannot be trusted, nor this file be written any more.
            let _ = active.file.set_len(active.len);
            return Err(AppendError::Disk(error.kind()));
        }
        active.len = offset;
        let extent = Extent {
            key: active.key,
            len: active.len,
        };
        self.shared.segments().insert(active.number, extent);
        self.active = Some(active);
        Ok(locations)
    }

    #[cfg_attr(not(test), expect(clippy::unused_self, reason = "tests inject faults"))]
    fn sync(&self, file: &File) -> io::Result<()> {
        #[cfg(test)]
        {
            use std::sync::atomic::Ordering::SeqCst;
            let syncs = &self.shared.faults.syncs;
            if syncs
                .fetch_update(SeqCst, SeqCst, |n| n.checked_sub(1))
                .is_ok()
            {
                return Err(io::Error::other("injected"));
            }
        }
        file.sync_data()
    }

    /// Creates the next segment, durably, name included.
    fn create(&mut self, key: u32) -> io::Result<Active> {
        let mut marker = [0; 8];
        self.random.fill_bytes(&mut marker);
        let number = self.next_number;
        let folder = &self.shared.folder;
        let path = folder.segment_path(number, key);
        let header = SegmentHeader {
            marker,
            number,
            key,
        };
        let written = (|| -> io::Result<File> {
            let mut file = private().append(true).create_new(true).open(&path)?;
            file.write_all(&header.encode())?;
            file.sync_all()?;
            sync_folder(folder.path())?;
            Ok(file)
        })();
        // A number is used once, even if the attempt failed: its name may have become durable.
        self.next_number = number.saturating_add(1);
        let file = written.inspect_err(|_| {
            let _ = std::fs::remove_file(&path);
        })?;
        let len = SEGMENT_HEADER_LEN as u64;
        self.shared.segments().insert(number, Extent { key, len });
        Ok(Active {
            file,
            number,
            key,
            marker,
            len,
        })
    }
}

fn refusal(error: &io::Error) -> AppendError {
    if is_full(error.kind()) {
        AppendError::Full
    } else {
        AppendError::Disk(error.kind())
    }
}

fn acknowledge(batch: Vec<Request>, locations: Vec<Location>) {
    for (request, location) in batch.into_iter().zip(locations) {
        (request.done)(Ok(location));
    }
}

fn refuse_all(batch: Vec<Request>, error: AppendError) {
    for request in batch {
        request.refuse(error);
    }
}

/// Refuses what may not use the room that is kept free; the rest is left.
fn refuse_ordinary(batch: Vec<Request>) -> Vec<Request> {
    let (refused, rest): (Vec<_>, Vec<_>) = batch
        .into_iter()
        .partition(|r| r.entry.class == Class::Ordinary);
    refuse_all(refused, AppendError::Full);
    rest
}

fn write_batch(
    file: &mut File,
    headers: &[[u8; RECORD_HEADER_LEN]],
    batch: &[Request],
) -> io::Result<()> {
    let mut slices: Vec<IoSlice<'_>> = headers
        .iter()
        .zip(batch)
        .flat_map(|(header, request)| [header.as_slice(), &request.entry.meta, &request.entry.body])
        .filter(|part| !part.is_empty())
        .map(IoSlice::new)
        .collect();
    let mut rest = slices.as_mut_slice();
    while !rest.is_empty() {
        match file.write_vectored(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => IoSlice::advance_slices(&mut rest, n),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}
