//! Reading a segment from its start, past damage.
//!
//! Headers and metas are read and checked; bodies are skipped unless the reader asks for them to
//! be checked. Behind a damaged header the reader looks for the segment's marker; see
//! [`format`](crate::format) for why nothing else can pass for one.

use std::{fs::File, io, sync::Arc};

use crc32fast::Hasher;

use crate::{
    files::Source,
    format::{
        Location, MARKER_LEN, Marker, RECORD_HEADER_LEN, RecordHeader, SEGMENT_HEADER_LEN,
        SegmentHeader,
    },
};

/// What is known of a record's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// It was not looked at.
    Unchecked,
    /// Its checksum holds.
    Intact,
    /// It is all zeros and should not be: erased, or never written.
    Erased,
    /// Its checksum fails.
    Damaged,
}

/// A record whose header and meta are sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it lies.
    pub location: Location,
    /// What the writer said it is.
    pub kind: u8,
    /// Its meta.
    pub meta: Vec<u8>,
    /// What is known of its body.
    pub body: Body,
}

/// The part of a record, or of a segment, that is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The segment's header, or the whole of it.
    Segment,
    /// A record's header; how many records the range held is not known.
    Header,
    /// A record's meta.
    Meta,
    /// A record's body; only where bodies were checked.
    Body,
}

/// A damaged range of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Number of the segment.
    pub segment: u32,
    /// Where the range begins.
    pub offset: u64,
    /// How long it is.
    pub len: u64,
    /// What was damaged.
    pub part: Part,
}

/// What a scan meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scanned {
    /// A record. Its body may still be damaged; then a [`Damage`] follows if bodies are checked.
    Record(Record),
    /// A damaged range.
    Damaged(Damage),
}

/// Whether a scan reads bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    Metas,
    Bodies,
}

/// The records of one segment, in order.
pub(crate) struct SegmentScan<S> {
    source: S,
    number: u32,
    depth: Depth,
    marker: Option<Marker>,
    offset: u64,
    len: u64,
    pending: Option<Damage>,
}

impl<S: Source> SegmentScan<S> {
    /// How much is read at once: a header and nearly every meta.
    const WINDOW: usize = 1024;
    const CHUNK: usize = 64 * 1024;

    pub(crate) fn new(source: S, number: u32, depth: Depth) -> io::Result<Self> {
        let len = source.len()?;
        let mut scan = Self {
            source,
            number,
            depth,
            marker: None,
            offset: 0,
            len,
            pending: None,
        };
        scan.start()?;
        Ok(scan)
    }

    /// Finds the marker: in the segment's header, or, if that is damaged, in the first record's.
    fn start(&mut self) -> io::Result<()> {
        let head = self.read(0, SEGMENT_HEADER_LEN + RECORD_HEADER_LEN)?;
        let header = SegmentHeader::decode(&head).filter(|h| h.number == self.number);
        self.offset = SEGMENT_HEADER_LEN as u64;
        if let Some(header) = header {
            self.marker = Some(header.marker);
            return Ok(());
        }
        let first = head.get(SEGMENT_HEADER_LEN..).unwrap_or_default();
        self.marker = first
            .first_chunk::<MARKER_LEN>()
            .filter(|m| RecordHeader::decode(first, m, SEGMENT_HEADER_LEN as u64).is_some())
            .copied();
        let whole = self.marker.is_none();
        self.pending = Some(Damage {
            segment: self.number,
            offset: 0,
            len: if whole {
                self.len
            } else {
                SEGMENT_HEADER_LEN as u64
            },
            part: Part::Segment,
        });
        if whole {
            self.offset = self.len;
        }
        Ok(())
    }

    /// The marker, if the segment can be read at all.
    pub(crate) fn marker(&self) -> Option<Marker> {
        self.marker
    }

    fn read(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let left = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut buffer = vec![0; len.min(left)];
        let n = self.source.read_at(&mut buffer, offset)?;
        buffer.truncate(n);
        Ok(buffer)
    }

    fn step(&mut self) -> io::Result<Option<Scanned>> {
        if let Some(damage) = self.pending.take() {
            return Ok(Some(Scanned::Damaged(damage)));
        }
        let Some(marker) = self.marker.filter(|_| self.offset < self.len) else {
            return Ok(None);
        };
        let at = self.offset;
        let window = self.read(at, Self::WINDOW)?;
        let Some(header) = RecordHeader::decode(&window, &marker, at) else {
            let next = self.resynchronise(&marker, at + 1)?;
            self.offset = next;
            return Ok(Some(self.damaged(at, next - at, Part::Header)));
        };
        if header.record_len() > self.len - at {
            self.offset = self.len;
            return Ok(Some(self.damaged(at, self.len - at, Part::Header)));
        }
        self.offset = at + header.record_len();
        // A scan reads no file longer than a u32 can address; `record` refuses the rest.
        let Ok(offset) = u32::try_from(at) else {
            return Ok(Some(self.damaged(at, header.record_len(), Part::Header)));
        };
        let location = Location {
            segment: self.number,
            offset,
            meta_len: header.meta_len,
            body_len: header.body_len,
        };
        let meta_len = header.meta_len as usize;
        let meta = match window.get(RECORD_HEADER_LEN..RECORD_HEADER_LEN + meta_len) {
            Some(meta) => meta.to_vec(),
            None => self.read(at + RECORD_HEADER_LEN as u64, meta_len)?,
        };
        if crc32fast::hash(&meta) != header.meta_crc {
            return Ok(Some(self.damaged(at, header.record_len(), Part::Meta)));
        }
        let body = match self.depth {
            Depth::Metas => Body::Unchecked,
            Depth::Bodies => self.check_body(&location, header.body_crc)?,
        };
        if body == Body::Damaged {
            self.pending = Some(Damage {
                segment: self.number,
                offset: location.body_offset(),
                len: u64::from(location.body_len),
                part: Part::Body,
            });
        }
        Ok(Some(Scanned::Record(Record {
            location,
            kind: header.kind,
            meta,
            body,
        })))
    }

    fn damaged(&self, offset: u64, len: u64, part: Part) -> Scanned {
        Scanned::Damaged(Damage {
            segment: self.number,
            offset,
            len,
            part,
        })
    }

    fn check_body(&self, location: &Location, expected: u32) -> io::Result<Body> {
        let mut hasher = Hasher::new();
        let mut zeros = true;
        let mut offset = location.body_offset();
        let end = offset + u64::from(location.body_len);
        while offset < end {
            let left = usize::try_from(end - offset).unwrap_or(usize::MAX);
            let chunk = self.read(offset, left.min(Self::CHUNK))?;
            if chunk.is_empty() {
                break;
            }
            hasher.update(&chunk);
            zeros = zeros && chunk.iter().all(|b| *b == 0);
            offset += chunk.len() as u64;
        }
        Ok(if offset == end && hasher.finalize() == expected {
            Body::Intact
        } else if zeros {
            Body::Erased
        } else {
            Body::Damaged
        })
    }

    /// The next place from `from` on at which a sound record header stands, or the end.
    fn resynchronise(&self, marker: &Marker, from: u64) -> io::Result<u64> {
        let mut base = from;
        while base < self.len {
            let chunk = self.read(base, Self::CHUNK)?;
            for (i, candidate) in chunk.windows(MARKER_LEN).enumerate() {
                if candidate == marker {
                    let at = base + i as u64;
                    let header = self.read(at, RECORD_HEADER_LEN)?;
                    if RecordHeader::decode(&header, marker, at).is_some() {
                        return Ok(at);
                    }
                }
            }
            if chunk.len() < Self::CHUNK {
                break;
            }
            // A marker may straddle two chunks.
            base += (Self::CHUNK - MARKER_LEN + 1) as u64;
        }
        Ok(self.len)
    }
}

impl<S: Source> Iterator for SegmentScan<S> {
    type Item = io::Result<Scanned>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.step() {
            Ok(item) => item.map(Ok),
            Err(e) => {
                self.offset = self.len;
                Some(Err(e))
            }
        }
    }
}

/// Everything in a segment's bytes, bodies checked: what recovery sees. Never panics.
#[must_use]
pub fn scan_bytes(number: u32, bytes: &[u8]) -> Vec<Scanned> {
    SegmentScan::new(bytes, number, Depth::Bodies)
        .map(|scan| scan.filter_map(Result::ok).collect())
        .unwrap_or_default()
}

/// Opens the next segment of a scan.
pub(crate) type OpenSegment<'a> =
    Box<dyn FnMut() -> Option<io::Result<SegmentScan<Arc<File>>>> + 'a>;

/// The records of a journal, in the order in which they were appended.
pub struct Scan<'a> {
    open: OpenSegment<'a>,
    current: Option<SegmentScan<Arc<File>>>,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(open: OpenSegment<'a>) -> Self {
        Self {
            open,
            current: None,
        }
    }
}

impl Iterator for Scan<'_> {
    type Item = io::Result<Scanned>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.current.as_mut().and_then(Iterator::next) {
                return Some(item);
            }
            match (self.open)()? {
                Ok(segment) => self.current = Some(segment),
                Err(e) => return Some(Err(e)),
            }
        }
    }
}
