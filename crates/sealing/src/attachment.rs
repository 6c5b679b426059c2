//! Files that travel with a message (`docs/protocol.md`, "Attachments").
//!
//! A file is one age file to the message's recipients, cut into cells of [`CELL_LEN`]; the last
//! is filled up with random bytes. Both directions stream: no more than two cells are in memory.
//!
//! Invariant: what an opener has written is trustworthy only after `finish`. Before, the end may
//! be missing; after, size and digest are what the signed message says.

use std::{
    io::{self, BufRead, Read, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use age::stream::{StreamReader, StreamWriter};
use candor_wire::{
    Address, Capability, Digest,
    sizes::{CELL_LEN, MAX_CELLS},
};
use rand_core::{CryptoRng, RngCore};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

pub use crate::attachment_ref::{
    AttachmentRef, AttachmentRefError, MAX_MEDIA_TYPE_LEN, MAX_NAME_LEN, MAX_SEALED_SIZE,
    sanitize_name,
};
use crate::{
    age_file::{self, OpenError, SealError},
    attachment_ref::is_media_type,
    derive::FileKey,
    hybrid::{HybridIdentity, HybridRecipient},
};

/// How much plaintext is read or written at a time: one chunk of an age payload.
const CHUNK_LEN: usize = 65_536;

/// Why a file could not be sealed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AttachError {
    /// The media type is not acceptable.
    #[error(transparent)]
    Ref(#[from] AttachmentRefError),
    /// The recipients are not acceptable.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The file does not fit [`MAX_CELLS`] cells.
    #[error("the file is too large; files are at most 127 MiB")]
    TooLarge,
    /// The file could not be read.
    #[error("the file could not be read")]
    Read(#[source] io::Error),
    /// Cells are still to come.
    #[error("the file is not sealed to its end yet")]
    Unfinished,
}

/// One cell, to be stored at its address.
pub struct Cell {
    /// Reads the cell; its hash is the address.
    pub capability: Capability,
    /// Exactly [`CELL_LEN`] bytes.
    pub bytes: Vec<u8>,
}

impl Cell {
    /// Where the cell is to lie.
    #[must_use]
    pub fn address(&self) -> Address {
        self.capability.cell_address()
    }
}

/// Seals what a reader yields, cell by cell.
pub struct AttachmentSealer<R, G> {
    source: R,
    rng: G,
    name: String,
    media_type: String,
    key: FileKey,
    // Absent once the age file has its last chunk.
    writer: Option<StreamWriter<Shared>>,
    sealed: Shared,
    hash: Sha256,
    size: u64,
    sealed_size: u64,
    cells: u32,
}

impl<R: Read, G: RngCore + CryptoRng> AttachmentSealer<R, G> {
    /// Begins with a file. The name is sanitised.
    ///
    /// # Errors
    /// [`AttachError::Ref`] and [`AttachError::Seal`]
    pub fn new(
        source: R,
        name: &str,
        media_type: &str,
        to: &[HybridRecipient],
        mut rng: G,
    ) -> Result<Self, AttachError> {
        if !is_media_type(media_type) {
            return Err(AttachmentRefError::MediaType.into());
        }
        let sealed = Shared::default();
        let recipients = age_file::recipients(to)?;
        let writer = age::Encryptor::with_recipients(recipients)
            .ok()
            .and_then(|encryptor| encryptor.wrap_output(sealed.clone()).ok())
            .ok_or(SealError::Age)?;
        Ok(Self {
            source,
            name: sanitize_name(name),
            media_type: media_type.to_owned(),
            key: FileKey::generate(&mut rng),
            rng,
            writer: Some(writer),
            sealed,
            hash: Sha256::new(),
            size: 0,
            sealed_size: 0,
            cells: 0,
        })
    }

    /// The next cell, or nothing after the last.
    ///
    /// # Errors
    /// [`AttachError::Read`], and [`AttachError::TooLarge`] for a file that goes on too long
    pub fn next_cell(&mut self) -> Result<Option<Cell>, AttachError> {
        self.fill()?;
        let mut bytes = self.sealed.take(CELL_LEN);
        if bytes.is_empty() {
            return Ok(None);
        }
        if self.cells as usize >= MAX_CELLS {
            return Err(AttachError::TooLarge);
        }
        let used = bytes.len();
        self.sealed_size += used as u64;
        bytes.resize(CELL_LEN, 0);
        self.rng
            .fill_bytes(bytes.get_mut(used..).unwrap_or_default());
        let capability = self.key.cell(self.cells);
        self.cells += 1;
        Ok(Some(Cell { capability, bytes }))
    }

    /// Seals until there is enough for a cell, or the file ends.
    fn fill(&mut self) -> Result<(), AttachError> {
        let mut chunk = Zeroizing::new(vec![0; CHUNK_LEN]);
        while self.sealed.len() < CELL_LEN {
            let Some(writer) = &mut self.writer else {
                return Ok(());
            };
            let read = match self.source.read(&mut chunk) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(AttachError::Read(error)),
            };
            let plain = chunk.get(..read).unwrap_or_default();
            self.hash.update(plain);
            self.size += plain.len() as u64;
            writer.write_all(plain).map_err(|_| SealError::Age)?;
            if read == 0
                && let Some(writer) = self.writer.take()
            {
                writer.finish().map_err(|_| SealError::Age)?;
            }
        }
        Ok(())
    }

    /// What the message says of the file, once all cells are out.
    ///
    /// # Errors
    /// [`AttachError::Unfinished`]
    pub fn finish(self) -> Result<AttachmentRef, AttachError> {
        if self.writer.is_some() || self.sealed.len() > 0 {
            return Err(AttachError::Unfinished);
        }
        let sha256 = Digest::new(self.hash.finalize().into());
        let media_type = self.media_type;
        let (size, sealed_size) = (self.size, self.sealed_size);
        let reference =
            AttachmentRef::new(&self.name, media_type, size, sha256, sealed_size, &self.key)?;
        Ok(reference)
    }
}

/// Why a file did not open. What was written until then must be thrown away.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DetachError {
    /// A cell has another length.
    #[error("a cell of the file is damaged; fetch it again")]
    CellLength,
    /// There are more cells than the message says.
    #[error("the file has more cells than the message says")]
    TooManyCells,
    /// Cells are missing.
    #[error("the file is not complete yet; fetch the missing cells")]
    Missing,
    /// It does not open with these identities, or is not the file that the message describes.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// What was opened could not be written.
    #[error("the file could not be written")]
    Write(#[source] io::Error),
}

/// Opens a file from its cells, fed in order.
pub struct AttachmentOpener<W> {
    output: W,
    identities: Vec<HybridIdentity>,
    expected_size: u64,
    expected_hash: Digest,
    cell_count: u32,
    sealed_left: u64,
    cells: u32,
    sealed: Shared,
    reader: Option<StreamReader<Feed>>,
    hash: Sha256,
    size: u64,
    // Once something is wrong, nothing more is written.
    failed: bool,
    ended: bool,
}

impl<W: Write> AttachmentOpener<W> {
    /// Begins with what the message says of the file.
    #[must_use]
    pub fn new(reference: &AttachmentRef, with: &[HybridIdentity], output: W) -> Self {
        Self {
            output,
            identities: with.to_vec(),
            expected_size: reference.size(),
            expected_hash: *reference.sha256(),
            cell_count: reference.cell_count(),
            sealed_left: reference.sealed_size(),
            cells: 0,
            sealed: Shared::default(),
            reader: None,
            hash: Sha256::new(),
            size: 0,
            failed: false,
            ended: false,
        }
    }

    /// Takes the next cell and writes what it completes.
    ///
    /// # Errors
    /// [`DetachError`]. A cell of a wrong length may be fed again; after any other error the
    /// opener refuses everything.
    pub fn feed(&mut self, cell: &[u8]) -> Result<(), DetachError> {
        if self.failed {
            return Err(OpenError.into());
        }
        if cell.len() != CELL_LEN {
            return Err(DetachError::CellLength);
        }
        let result = self.take(cell);
        self.failed = result.is_err();
        result
    }

    fn take(&mut self, cell: &[u8]) -> Result<(), DetachError> {
        if self.cells >= self.cell_count {
            return Err(DetachError::TooManyCells);
        }
        self.cells += 1;
        let used = usize::try_from(self.sealed_left).unwrap_or(usize::MAX);
        let used = cell.get(..used).unwrap_or(cell);
        self.sealed_left -= used.len() as u64;
        self.sealed.append(used);
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => {
                let feed = Feed::new(self.sealed.clone());
                age_file::decryptor(used, feed, &self.identities)?
            }
        };
        if self.sealed_left == 0 {
            self.sealed.end();
        }
        self.write_from(&mut reader)?;
        self.reader = Some(reader);
        Ok(())
    }

    fn write_from(&mut self, reader: &mut StreamReader<Feed>) -> Result<(), DetachError> {
        let mut chunk = Zeroizing::new(vec![0; CHUNK_LEN]);
        loop {
            let plain = match reader.read(&mut chunk) {
                Ok(0) => {
                    self.ended = true;
                    return Ok(());
                }
                Ok(read) => chunk.get(..read).unwrap_or_default(),
                // The rest of the chunk is in the next cell.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(_) => return Err(OpenError.into()),
            };
            self.size += plain.len() as u64;
            if self.size > self.expected_size {
                return Err(OpenError.into());
            }
            self.hash.update(plain);
            self.output.write_all(plain).map_err(DetachError::Write)?;
        }
    }

    /// Checks that the file is whole and the one that the message describes, and gives the
    /// output back, trustworthy from now on.
    ///
    /// # Errors
    /// [`DetachError::Missing`] and [`DetachError::Open`]
    pub fn finish(mut self) -> Result<W, DetachError> {
        if self.failed {
            return Err(OpenError.into());
        }
        if self.cells < self.cell_count {
            return Err(DetachError::Missing);
        }
        let hash = Digest::new(self.hash.finalize().into());
        if !self.ended || self.size != self.expected_size || hash != self.expected_hash {
            return Err(OpenError.into());
        }
        self.output.flush().map_err(DetachError::Write)?;
        Ok(self.output)
    }
}

/// Sealed bytes on their way between the age library, which owns one end, and a sealer or opener.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Pending>>);

#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    ended: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Pending> {
        // No code panics while it holds the lock, and the bytes are valid at any point.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn len(&self) -> usize {
        self.lock().bytes.len()
    }

    fn append(&self, bytes: &[u8]) {
        self.lock().bytes.extend_from_slice(bytes);
    }

    fn end(&self) {
        self.lock().ended = true;
    }

    /// The first bytes, at most so many.
    fn take(&self, most: usize) -> Vec<u8> {
        let mut pending = self.lock();
        let count = most.min(pending.bytes.len());
        let rest = pending.bytes.split_off(count);
        std::mem::replace(&mut pending.bytes, rest)
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.append(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads what was fed; where more is to come, says so instead of ending. age's reader keeps its
/// place over such an error.
struct Feed {
    shared: Shared,
    current: Vec<u8>,
    position: usize,
}

impl Feed {
    const fn new(shared: Shared) -> Self {
        Self {
            shared,
            current: Vec::new(),
            position: 0,
        }
    }
}

impl BufRead for Feed {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.position >= self.current.len() {
            let mut pending = self.shared.lock();
            if pending.bytes.is_empty() && !pending.ended {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            self.current = std::mem::take(&mut pending.bytes);
            self.position = 0;
        }
        Ok(self.current.get(self.position..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.position += amount;
    }
}

impl Read for Feed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let read = available.read(out)?;
        self.consume(read);
        Ok(read)
    }
}
