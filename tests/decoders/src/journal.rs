//! What recovery reads after a crash.

use candor_journal::{
    Body, Scanned,
    format::{
        Location, MARKER_LEN, RECORD_HEADER_LEN, RecordHeader, SEGMENT_HEADER_LEN, SegmentHeader,
    },
    scan_bytes,
};
use candor_store::record::Record;

use crate::Parts;

const NUMBER: u32 = 1;
/// Stands for the random one; no body below contains it.
const MARKER: [u8; MARKER_LEN] = *b"\xfe\xffmark\xff\xfe";

/// Headers and locations, each from its start.
pub(crate) fn headers(input: &[u8]) {
    if let Some(header) = SegmentHeader::decode(input) {
        assert!(input.starts_with(&header.encode()));
    }
    if let Some(header) = RecordHeader::decode(input, &MARKER, 32) {
        assert!(input.starts_with(&header.encode(&MARKER, 32)));
    }
    if let Some(location) = Location::decode(input) {
        assert_eq!(location.encode(), input);
        assert!(location.body_offset() <= u64::from(location.offset) + location.record_len());
    }
}

/// A record of the store: its kind, then its meta.
pub(crate) fn store_record(input: &[u8]) {
    let mut parts = Parts::new(input);
    let kind = parts.byte();
    if let Ok(record) = Record::decode(kind, parts.rest()) {
        assert_eq!(
            (record.kind(), record.encode().as_slice()),
            (kind, parts.rest())
        );
    }
}

/// Any bytes as a segment file: what is found lies within it, in order.
pub(crate) fn segment(input: &[u8]) {
    walk(input);
}

fn walk(bytes: &[u8]) -> Vec<Scanned> {
    let found = scan_bytes(NUMBER, bytes);
    let mut end = 0;
    for item in &found {
        match item {
            Scanned::Record(record) => {
                assert!(u64::from(record.location.offset) >= end);
                end = u64::from(record.location.offset) + record.location.record_len();
                assert_eq!(record.meta.len(), record.location.meta_len as usize);
            }
            // A damaged body lies within the record before it.
            Scanned::Damaged(damage) => end = end.max(damage.offset.saturating_add(damage.len)),
        }
    }
    assert!(end <= bytes.len() as u64);
    found
}

/// A segment of sound records, then damage. Every record that was not touched is found, with
/// exactly its bytes.
///
/// The input: the number of records (one byte); for each the length of meta and body (one byte
/// and two); the length that is left (two bytes); then places to change (two bytes) and what to
/// put there.
pub(crate) fn damaged(input: &[u8]) {
    let mut parts = Parts::new(input);
    let mut bytes = SegmentHeader {
        marker: MARKER,
        number: NUMBER,
        key: 7,
    }
    .encode()
    .to_vec();
    let mut records = Vec::new();
    for i in 0..parts.byte() % 24 {
        let meta = vec![i; usize::from(parts.byte())];
        let body = vec![b'b'; usize::from(parts.short() % 5000)];
        let offset = bytes.len();
        let header = RecordHeader {
            kind: i,
            meta_len: meta.len() as u32,
            body_len: body.len() as u32,
            meta_crc: crc(&meta),
            body_crc: crc(&body),
        };
        bytes.extend_from_slice(&header.encode(&MARKER, offset as u64));
        bytes.extend_from_slice(&meta);
        bytes.extend_from_slice(&body);
        records.push((offset, bytes.len(), i));
    }
    let mut touched = vec![false; bytes.len()];
    let keep = usize::from(parts.short());
    if keep > 0 {
        let len = bytes.len().min(keep);
        bytes.truncate(len);
        touched.iter_mut().skip(len).for_each(|byte| *byte = true);
    }
    while !parts.rest().is_empty() {
        let (at, value) = (usize::from(parts.short()), parts.byte());
        if let Some(byte) = bytes.get_mut(at).filter(|byte| **byte != value) {
            *byte = value;
            if let Some(byte) = touched.get_mut(at) {
                *byte = true;
            }
        }
    }
    let found = walk(&bytes);
    let intact = |from: usize, to: usize| {
        let range = touched.get(from..to).unwrap_or(&[true]);
        !range.contains(&true)
    };
    // Without its header a segment is read by the marker of its first record.
    let first_record = SEGMENT_HEADER_LEN..SEGMENT_HEADER_LEN + RECORD_HEADER_LEN;
    if !intact(0, SEGMENT_HEADER_LEN) && !intact(first_record.start, first_record.end) {
        return;
    }
    for (from, to, kind) in records {
        if intact(from, to) {
            assert!(
                found
                    .iter()
                    .any(|item| matches!(item, Scanned::Record(record)
                    if record.kind == kind
                        && record.location.offset as usize == from
                        && matches!(record.body, Body::Intact | Body::Erased))),
                "record {kind} is lost"
            );
        }
    }
}

/// CRC-32 (ISO-HDLC), bit by bit: an implementation of its own to compare with.
fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let lowest = crc & 1;
            crc = (crc >> 1) ^ (0xedb8_8320 * lowest);
        }
    }
    !crc
}
