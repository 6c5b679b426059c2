//! The metas of the journal's records: all that the index is made of.
//!
//! Bodies hold the sealed bytes and are read only to be served. Integers are big-endian.
//!
//! | kind | meta | body |
//! |---|---|---|
//! | 1 envelope | id, u32 day, u32 expires, u8 urgent, offices with u64 place (0: waits), u8 n × cell | frame |
//! | 2 release | u16 n × (id, u8 m × u64 place, in the order of the envelope's offices) | – |
//! | 3 drop | address, u32 expires, office | sealed |
//! | 4 self-record | address, u64 counter, u32 expires | sealed |
//! | 5 cell | address, u32 until | bytes |
//! | 6 statement | u8 kind, key | text |
//! | 7 gone | u32 day of the sweep, u16 n × (u8 what, 32 bytes, u64 counter) | – |
//! | 9 taken | id, office | – |
//! | 8 heads | u64 floor, u32 day of the last sweep, u16 n × (office, u64 head) | – |
//!
//! Offices are a u8 count, then each a u8 length and the name.

use candor_wire::{Address, Day, EnvelopeId, OfficeId, Reader, Truncated};

use crate::types::StatementKind;

/// The kind of an envelope's record.
pub(crate) const ENVELOPE: u8 = 1;

/// The most entries in one release or gone record.
pub(crate) const MAX_ENTRIES: usize = 1000;

/// The meta of one journal record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// An envelope was filed.
    Envelope {
        /// Its id.
        id: EnvelopeId,
        /// When.
        day: Day,
        /// When it goes.
        expires: Day,
        /// Whether its frame says urgent.
        urgent: bool,
        /// Its offices, each with its place in the queue, 0 while it waits for a release.
        places: Vec<(OfficeId, u64)>,
        /// The cells that it names.
        cells: Vec<Address>,
    },
    /// Waiting envelopes got their places.
    Release(Vec<(EnvelopeId, Vec<u64>)>),
    /// A drop was created.
    Drop {
        /// Where.
        address: Address,
        /// When it goes.
        expires: Day,
        /// Who wrote it.
        office: OfficeId,
    },
    /// A self-record was stored or replaced.
    SelfRecord {
        /// Where.
        address: Address,
        /// Its version.
        counter: u64,
        /// When it goes.
        expires: Day,
    },
    /// A cell was stored.
    Cell {
        /// Where.
        address: Address,
        /// When it dies unless an envelope names it.
        until: Day,
    },
    /// A statement was stored or replaced.
    Statement {
        /// Its kind.
        kind: StatementKind,
        /// Its key.
        key: String,
    },
    /// Things went.
    Gone {
        /// The day of the sweep.
        day: Day,
        /// What went.
        items: Vec<Gone>,
    },
    /// An office took an envelope out of its queue; another one still has it.
    Taken {
        /// The envelope.
        id: EnvelopeId,
        /// The office.
        office: OfficeId,
    },
    /// What must outlive the segments that it follows from.
    Heads {
        /// The place below which none is given in a queue that has no head yet.
        floor: u64,
        /// The day of the last sweep.
        swept: Day,
        /// The highest places given.
        heads: Vec<(OfficeId, u64)>,
    },
}

/// One thing that went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// An envelope; leaves a tombstone.
    Envelope(EnvelopeId),
    /// A drop; leaves a tombstone.
    Drop(Address),
    /// A self-record; leaves a tombstone with its counter.
    SelfRecord(Address, u64),
    /// A cell that an envelope named; leaves a tombstone.
    Cell(Address),
    /// A cell that no envelope named; leaves nothing.
    UnnamedCell(Address),
}

/// A record's meta is not of a form that this version writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl From<Truncated> for Malformed {
    fn from(_: Truncated) -> Self {
        Self
    }
}

pub(crate) fn put_office(out: &mut Vec<u8>, office: &OfficeId) {
    // An office's name has at most 32 bytes.
    out.push(u8::try_from(office.as_str().len()).unwrap_or(u8::MAX));
    out.extend_from_slice(office.as_str().as_bytes());
}

pub(crate) fn take_office(reader: &mut Reader<'_>) -> Result<OfficeId, Malformed> {
    let len = usize::from(reader.u8()?);
    std::str::from_utf8(reader.take(len)?)
        .ok()
        .and_then(|name| name.parse().ok())
        .ok_or(Malformed)
}

fn put_count(out: &mut Vec<u8>, count: usize) {
    // Writers keep to `MAX_ENTRIES`; a journal meta could not hold 65 536 entries anyway.
    out.extend_from_slice(&u16::try_from(count).unwrap_or(u16::MAX).to_be_bytes());
}

fn day(reader: &mut Reader<'_>) -> Result<Day, Malformed> {
    Ok(Day(reader.u32()?))
}

fn address(reader: &mut Reader<'_>) -> Result<Address, Malformed> {
    Ok(Address::new(reader.array()?))
}

impl Record {
    /// The kind in the journal.
    #[must_use]
    pub const fn kind(&self) -> u8 {
        match self {
            Self::Envelope { .. } => ENVELOPE,
            Self::Release(_) => 2,
            Self::Drop { .. } => 3,
            Self::SelfRecord { .. } => 4,
            Self::Cell { .. } => 5,
            Self::Statement { .. } => 6,
            Self::Gone { .. } => 7,
            Self::Heads { .. } => 8,
            Self::Taken { .. } => 9,
        }
    }

    /// Writes the meta.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Envelope {
                id,
                day,
                expires,
                urgent,
                places,
                cells,
            } => {
                out.extend_from_slice(id.as_bytes());
                out.extend_from_slice(&day.0.to_be_bytes());
                out.extend_from_slice(&expires.0.to_be_bytes());
                out.push(u8::from(*urgent));
                // `Envelope` bounds both counts below 256.
                out.push(u8::try_from(places.len()).unwrap_or(u8::MAX));
                for (office, place) in places {
                    put_office(&mut out, office);
                    out.extend_from_slice(&place.to_be_bytes());
                }
                out.push(u8::try_from(cells.len()).unwrap_or(u8::MAX));
                for cell in cells {
                    out.extend_from_slice(cell.as_bytes());
                }
            }
            Self::Release(entries) => {
                put_count(&mut out, entries.len());
                for (id, places) in entries {
                    out.extend_from_slice(id.as_bytes());
                    out.push(u8::try_from(places.len()).unwrap_or(u8::MAX));
                    for place in places {
                        out.extend_from_slice(&place.to_be_bytes());
                    }
                }
            }
            Self::Drop {
                address,
                expires,
                office,
            } => {
                out.extend_from_slice(address.as_bytes());
                out.extend_from_slice(&expires.0.to_be_bytes());
                put_office(&mut out, office);
            }
            Self::SelfRecord {
                address,
                counter,
                expires,
            } => {
                out.extend_from_slice(address.as_bytes());
                out.extend_from_slice(&counter.to_be_bytes());
                out.extend_from_slice(&expires.0.to_be_bytes());
            }
            Self::Cell { address, until } => {
                out.extend_from_slice(address.as_bytes());
                out.extend_from_slice(&until.0.to_be_bytes());
            }
            Self::Statement { kind, key } => {
                out.push(*kind as u8);
                out.extend_from_slice(key.as_bytes());
            }
            Self::Gone { day, items } => {
                out.extend_from_slice(&day.0.to_be_bytes());
                put_count(&mut out, items.len());
                for item in items {
                    let (what, key, counter) = match item {
                        Gone::Envelope(id) => (1, id.as_bytes(), 0),
                        Gone::Drop(address) => (2, address.as_bytes(), 0),
                        Gone::SelfRecord(address, counter) => (3, address.as_bytes(), *counter),
                        Gone::Cell(address) => (4, address.as_bytes(), 0),
                        Gone::UnnamedCell(address) => (5, address.as_bytes(), 0),
                    };
                    out.push(what);
                    out.extend_from_slice(key);
                    out.extend_from_slice(&u64::to_be_bytes(counter));
                }
            }
            Self::Taken { id, office } => {
                out.extend_from_slice(id.as_bytes());
                put_office(&mut out, office);
            }
            Self::Heads {
                floor,
                swept,
                heads,
            } => {
                out.extend_from_slice(&floor.to_be_bytes());
                out.extend_from_slice(&swept.0.to_be_bytes());
                put_count(&mut out, heads.len());
                for (office, head) in heads {
                    put_office(&mut out, office);
                    out.extend_from_slice(&head.to_be_bytes());
                }
            }
        }
        out
    }

    /// Parses a meta. Never panics.
    ///
    /// # Errors
    /// [`Malformed`]
    pub fn decode(kind: u8, meta: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(meta);
        let r = &mut reader;
        let record = match kind {
            1 => Self::Envelope {
                id: EnvelopeId::new(r.array()?),
                day: day(r)?,
                expires: day(r)?,
                urgent: match r.u8()? {
                    0 => false,
                    1 => true,
                    _ => return Err(Malformed),
                },
                places: (0..r.u8()?)
                    .map(|_| Ok((take_office(r)?, r.u64()?)))
                    .collect::<Result<_, Malformed>>()?,
                cells: (0..r.u8()?).map(|_| address(r)).collect::<Result<_, _>>()?,
            },
            2 => Self::Release(
                (0..r.u16()?)
                    .map(|_| {
                        let id = EnvelopeId::new(r.array()?);
                        let places = (0..r.u8()?).map(|_| r.u64()).collect::<Result<_, _>>()?;
                        Ok((id, places))
                    })
                    .collect::<Result<_, Malformed>>()?,
            ),
            3 => Self::Drop {
                address: address(r)?,
                expires: day(r)?,
                office: take_office(r)?,
            },
            4 => Self::SelfRecord {
                address: address(r)?,
                counter: r.u64()?,
                expires: day(r)?,
            },
            5 => Self::Cell {
                address: address(r)?,
                until: day(r)?,
            },
            6 => Self::Statement {
                kind: StatementKind::from_number(r.u8()?).ok_or(Malformed)?,
                key: String::from_utf8(r.take(r.rest().len())?.to_vec()).map_err(|_| Malformed)?,
            },
            7 => Self::Gone {
                day: day(r)?,
                items: (0..r.u16()?)
                    .map(|_| {
                        let what = r.u8()?;
                        let key = r.array()?;
                        let counter = r.u64()?;
                        match (what, counter) {
                            (1, 0) => Ok(Gone::Envelope(EnvelopeId::new(key))),
                            (2, 0) => Ok(Gone::Drop(Address::new(key))),
                            (3, _) => Ok(Gone::SelfRecord(Address::new(key), counter)),
                            (4, 0) => Ok(Gone::Cell(Address::new(key))),
                            (5, 0) => Ok(Gone::UnnamedCell(Address::new(key))),
                            _ => Err(Malformed),
                        }
                    })
                    .collect::<Result<_, Malformed>>()?,
            },
            8 => Self::Heads {
                floor: r.u64()?,
                swept: day(r)?,
                heads: (0..r.u16()?)
                    .map(|_| Ok((take_office(r)?, r.u64()?)))
                    .collect::<Result<_, Malformed>>()?,
            },
            9 => Self::Taken {
                id: EnvelopeId::new(r.array()?),
                office: take_office(r)?,
            },
            _ => return Err(Malformed),
        };
        if reader.is_empty() {
            Ok(record)
        } else {
            Err(Malformed)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn samples() -> Vec<Record> {
        let office = |name: &str| name.parse::<OfficeId>().unwrap();
        let id = EnvelopeId::new([1; 32]);
        let address = Address::new([2; 32]);
        vec![
            Record::Envelope {
                id,
                day: Day(3),
                expires: Day(4),
                urgent: true,
                places: vec![(office("a"), 0), (office("title-ix"), 9)],
                cells: vec![address],
            },
            Record::Release(vec![(id, vec![1, 2]), (id, vec![])]),
            Record::Drop {
                address,
                expires: Day(5),
                office: office("b"),
            },
            Record::SelfRecord {
                address,
                counter: 7,
                expires: Day(5),
            },
            Record::Cell {
                address,
                until: Day(6),
            },
            Record::Statement {
                kind: StatementKind::DeviceList,
                key: "title-ix".to_owned(),
            },
            Record::Gone {
                day: Day(8),
                items: vec![
                    Gone::Envelope(id),
                    Gone::Drop(address),
                    Gone::SelfRecord(address, 3),
                    Gone::Cell(address),
                    Gone::UnnamedCell(address),
                ],
            },
            Record::Heads {
                floor: 4,
                swept: Day(9),
                heads: vec![(office("a"), 12)],
            },
            Record::Taken {
                id,
                office: office("a"),
            },
        ]
    }

    #[test]
    fn every_record_round_trips_and_no_truncation_passes() {
        for record in samples() {
            let bytes = record.encode();
            assert_eq!(Record::decode(record.kind(), &bytes), Ok(record.clone()));
            let from = usize::from(matches!(record, Record::Statement { .. }));
            for len in 0..bytes.len() {
                let decoded = Record::decode(record.kind(), &bytes[..len]);
                assert!(decoded.is_err() || (from == 1 && len >= 1), "{record:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_decode_to_what_encodes_to_them_or_to_nothing(
            kind in 0_u8..11,
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            if let Ok(record) = Record::decode(kind, &bytes) {
                prop_assert_eq!(record.encode(), bytes);
            }
        }
    }
}
