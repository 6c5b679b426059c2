//! The bytes of a segment. All integers are big-endian; checksums are CRC-32 (ISO-HDLC).
//!
//! ```text
//! segment header, 32 bytes
//!   8    "candorJ1"
//!   8    marker: random, the same before each record of this segment
//!   u32  number of the segment
//!   u32  key, given by the caller (the relay uses the day)
//!   u32  0
//!   u32  checksum of the 28 bytes before
//! record
//!   8    marker
//!   u8   kind, given by the caller
//!   3    0
//!   u32  length of the meta
//!   u32  length of the body
//!   u32  checksum of the meta
//!   u32  checksum of the body
//!   u32  checksum of the 28 bytes before and the u64 offset of the record in the file
//!   …    meta
//!   …    body; all zeros if it was erased
//! ```
//!
//! The marker lets a reader find the next record behind a damaged header. It is random so that a
//! body, which may come from an adversary, cannot pose as a record there.

use crc32fast::Hasher;

/// Length of the segment header.
pub const SEGMENT_HEADER_LEN: usize = 32;
/// Length of a record's header.
pub const RECORD_HEADER_LEN: usize = 32;
/// Length of the marker.
pub const MARKER_LEN: usize = 8;
/// The longest meta.
pub const MAX_META_LEN: usize = 1 << 20;
/// The longest body.
pub const MAX_BODY_LEN: usize = 1 << 24;

const MAGIC: [u8; 8] = *b"candorJ1";

/// The random bytes before each record of one segment.
pub type Marker = [u8; MARKER_LEN];

/// Takes `N` bytes off the front.
fn split<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = bytes.split_first_chunk::<N>()?;
    *bytes = tail;
    Some(*head)
}

fn split_u32(bytes: &mut &[u8]) -> Option<u32> {
    split(bytes).map(u32::from_be_bytes)
}

/// The start of a segment file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentHeader {
    /// The marker of its records.
    pub marker: Marker,
    /// Its number: ascending from 1.
    pub number: u32,
    /// The key its records share.
    pub key: u32,
}

impl SegmentHeader {
    /// Writes the header.
    #[must_use]
    pub fn encode(&self) -> [u8; SEGMENT_HEADER_LEN] {
        let mut out = [0; SEGMENT_HEADER_LEN];
        let mut bytes = Vec::with_capacity(SEGMENT_HEADER_LEN);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&self.marker);
        bytes.extend_from_slice(&self.number.to_be_bytes());
        bytes.extend_from_slice(&self.key.to_be_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        out.copy_from_slice(&bytes);
        out
    }

    /// Parses a header; nothing if it is damaged.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (checked, _) = bytes.split_at_checked(SEGMENT_HEADER_LEN - 4)?;
        let mut rest = bytes;
        let magic: [u8; 8] = split(&mut rest)?;
        let marker = split(&mut rest)?;
        let number = split_u32(&mut rest)?;
        let key = split_u32(&mut rest)?;
        let reserved = split_u32(&mut rest)?;
        let checksum = split_u32(&mut rest)?;
        let sound = magic == MAGIC && reserved == 0 && checksum == crc32fast::hash(checked);
        sound.then_some(Self {
            marker,
            number,
            key,
        })
    }
}

/// The start of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordHeader {
    /// What the caller says the record is.
    pub kind: u8,
    /// Length of the meta.
    pub meta_len: u32,
    /// Length of the body.
    pub body_len: u32,
    /// Checksum of the meta.
    pub meta_crc: u32,
    /// Checksum of the body.
    pub body_crc: u32,
}

impl RecordHeader {
    fn checksum(front: &[u8], offset: u64) -> u32 {
        let mut hasher = Hasher::new();
        hasher.update(front);
        hasher.update(&offset.to_be_bytes());
        hasher.finalize()
    }

    /// Writes the header of the record at `offset`.
    #[must_use]
    pub fn encode(&self, marker: &Marker, offset: u64) -> [u8; RECORD_HEADER_LEN] {
        let mut out = [0; RECORD_HEADER_LEN];
        let mut bytes = Vec::with_capacity(RECORD_HEADER_LEN);
        bytes.extend_from_slice(marker);
        bytes.extend_from_slice(&[self.kind, 0, 0, 0]);
        for field in [self.meta_len, self.body_len, self.meta_crc, self.body_crc] {
            bytes.extend_from_slice(&field.to_be_bytes());
        }
        let checksum = Self::checksum(&bytes, offset);
        bytes.extend_from_slice(&checksum.to_be_bytes());
        out.copy_from_slice(&bytes);
        out
    }

    /// Parses the header of the record at `offset`; nothing if it is damaged or belongs elsewhere.
    #[must_use]
    pub fn decode(bytes: &[u8], marker: &Marker, offset: u64) -> Option<Self> {
        let (checked, _) = bytes.split_at_checked(RECORD_HEADER_LEN - 4)?;
        let mut rest = bytes;
        let found: Marker = split(&mut rest)?;
        let [kind, reserved @ ..] = split::<4>(&mut rest)?;
        let header = Self {
            kind,
            meta_len: split_u32(&mut rest)?,
            body_len: split_u32(&mut rest)?,
            meta_crc: split_u32(&mut rest)?,
            body_crc: split_u32(&mut rest)?,
        };
        let checksum = split_u32(&mut rest)?;
        let sound = found == *marker
            && reserved == [0; 3]
            && header.meta_len as usize <= MAX_META_LEN
            && header.body_len as usize <= MAX_BODY_LEN
            && checksum == Self::checksum(checked, offset);
        sound.then_some(header)
    }

    /// Length of the whole record.
    #[must_use]
    pub fn record_len(&self) -> u64 {
        RECORD_HEADER_LEN as u64 + u64::from(self.meta_len) + u64::from(self.body_len)
    }
}

/// Where a record lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// Number of the segment.
    pub segment: u32,
    /// Offset of the record's header in the segment file.
    pub offset: u32,
    /// Length of the meta.
    pub meta_len: u32,
    /// Length of the body.
    pub body_len: u32,
}

impl Location {
    /// Length when encoded.
    pub const LEN: usize = 16;

    /// Writes the location, for an index.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::LEN] {
        let mut out = [0; Self::LEN];
        let fields = [self.segment, self.offset, self.meta_len, self.body_len];
        for (place, field) in out.chunks_exact_mut(4).zip(fields) {
            place.copy_from_slice(&field.to_be_bytes());
        }
        out
    }

    /// Parses exactly [`Location::LEN`] bytes.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let location = Self {
            segment: split_u32(&mut rest)?,
            offset: split_u32(&mut rest)?,
            meta_len: split_u32(&mut rest)?,
            body_len: split_u32(&mut rest)?,
        };
        rest.is_empty().then_some(location)
    }

    /// Length of the whole record.
    #[must_use]
    pub fn record_len(&self) -> u64 {
        RECORD_HEADER_LEN as u64 + u64::from(self.meta_len) + u64::from(self.body_len)
    }

    /// Offset of the body in the segment file.
    #[must_use]
    pub fn body_offset(&self) -> u64 {
        u64::from(self.offset) + RECORD_HEADER_LEN as u64 + u64::from(self.meta_len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_round_trip_and_any_flipped_bit_is_noticed() {
        let segment = SegmentHeader {
            marker: *b"markmark",
            number: 7,
            key: 20_779,
        };
        let bytes = segment.encode();
        assert_eq!(SegmentHeader::decode(&bytes), Some(segment));
        let record = RecordHeader {
            kind: 3,
            meta_len: 40,
            body_len: 27_000,
            meta_crc: 1,
            body_crc: 2,
        };
        let encoded = record.encode(&segment.marker, 99);
        assert_eq!(
            RecordHeader::decode(&encoded, &segment.marker, 99),
            Some(record)
        );
        assert_eq!(RecordHeader::decode(&encoded, &segment.marker, 100), None);
        for bit in 0..256 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(SegmentHeader::decode(&flipped), None);
            let mut flipped = encoded;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(RecordHeader::decode(&flipped, &segment.marker, 99), None);
        }
    }

    #[test]
    fn a_location_round_trips() {
        let location = Location {
            segment: 1,
            offset: 2,
            meta_len: 3,
            body_len: 4,
        };
        assert_eq!(Location::decode(&location.encode()), Some(location));
        assert_eq!(Location::decode(&[0; 15]), None);
        assert_eq!(Location::decode(&[0; 17]), None);
    }
}
