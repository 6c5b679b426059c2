//! The index: what the journal's records come to, in sled.
//!
//! Everything here follows from the journal alone, through [`Index::apply`], in the journal's order:
//! a running store and a rebuild make the same index. Where two records claim one key, the later
//! one holds, because the writer decided with the earlier one in view.
//!
//! | key | value |
//! |---|---|
//! | `E` id | envelope: tombstone, or location, days, urgency, places |
//! | `W` segment, offset | envelope that waits for a release: urgency, id |
//! | `Q` office, place | location, day |
//! | `D` address | drop: tombstone, or location, expiry, office |
//! | `S` address | self-record: tombstone or location and expiry, each with the counter |
//! | `C` address | cell: tombstone, or location, expiry, whether an envelope names it |
//! | `T` kind, key | statement: location |
//! | `X` day, segment, offset | may expire on that day: letter, 32 bytes |
//! | `M` | the summary, while the store is closed |
//!
//! Only what is looked up by a hash lies under a hash: the rest grows at its end, which costs sled
//! less time and memory.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use candor_journal::format::Location;
use candor_wire::{Address, Day, EnvelopeId, OfficeId, Reader, Truncated};

use crate::{
    record::{Gone, Malformed, Record, put_office, take_office},
    types::{StatementKind, Stats},
};

/// The index failed or holds what it cannot hold. The remedy is always to rebuild it.
#[derive(Debug)]
pub(crate) struct IndexError;

impl From<sled::Error> for IndexError {
    fn from(_: sled::Error) -> Self {
        Self
    }
}

impl From<Truncated> for IndexError {
    fn from(_: Truncated) -> Self {
        Self
    }
}

impl From<Malformed> for IndexError {
    fn from(_: Malformed) -> Self {
        Self
    }
}

type Result<T> = std::result::Result<T, IndexError>;

/// The place of an envelope in a queue that its office took it out of.
pub(crate) const TAKEN: u64 = u64::MAX;

/// A stored envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EnvelopeEntry {
    pub(crate) location: Location,
    pub(crate) day: Day,
    pub(crate) expires: Day,
    pub(crate) urgent: bool,
    /// Each office with its place: 0 while it waits for a release, [`TAKEN`] once it is out.
    pub(crate) places: Vec<(OfficeId, u64)>,
}

impl EnvelopeEntry {
    /// The places in queues.
    fn listed(&self) -> impl Iterator<Item = &(OfficeId, u64)> {
        let is_listed = |(_, place): &&(OfficeId, u64)| *place > 0 && *place != TAKEN;
        self.places.iter().filter(is_listed)
    }
}

/// A stored drop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DropEntry {
    pub(crate) location: Location,
    pub(crate) expires: Day,
    pub(crate) office: OfficeId,
}

/// A stored self-record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SelfEntry {
    pub(crate) location: Location,
    pub(crate) expires: Day,
    pub(crate) counter: u64,
}

/// A stored cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CellEntry {
    pub(crate) location: Location,
    pub(crate) until: Day,
    pub(crate) named: bool,
}

/// What is known under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known<T, G = ()> {
    Never,
    Gone(G),
    Here(T),
}

/// What is small enough to keep in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) stats: Stats,
    pub(crate) floor: u64,
    pub(crate) heads: BTreeMap<OfficeId, u64>,
    /// Bodies in use per segment, statements left out.
    pub(crate) live: BTreeMap<u32, u64>,
}

impl Summary {
    fn occupy(&mut self, location: &Location) {
        *self.live.entry(location.segment).or_default() += 1;
    }

    fn vacate(&mut self, location: &Location) {
        if let Some(count) = self.live.get_mut(&location.segment) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.live.remove(&location.segment);
            }
        }
    }

    fn raise(&mut self, office: &OfficeId, place: u64) {
        let head = self.heads.entry(office.clone()).or_default();
        *head = (*head).max(place);
    }

    const fn counts(&mut self) -> [&mut u64; 9] {
        let s = &mut self.stats;
        [
            &mut s.envelopes,
            &mut s.waiting,
            &mut s.drops,
            &mut s.selves,
            &mut s.cells,
            &mut s.unnamed_cell_bytes,
            &mut s.statements,
            &mut s.tombstones,
            &mut s.damaged,
        ]
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for count in self.clone().counts() {
            out.extend_from_slice(&count.to_be_bytes());
        }
        out.extend_from_slice(&self.stats.swept.0.to_be_bytes());
        out.extend_from_slice(&self.floor.to_be_bytes());
        out.extend_from_slice(&(self.heads.len() as u64).to_be_bytes());
        for (office, head) in &self.heads {
            put_office(&mut out, office);
            out.extend_from_slice(&head.to_be_bytes());
        }
        for (segment, count) in &self.live {
            out.extend_from_slice(&segment.to_be_bytes());
            out.extend_from_slice(&count.to_be_bytes());
        }
        out
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let mut summary = Self::default();
        for count in summary.counts() {
            *count = reader.u64()?;
        }
        summary.stats.swept = Day(reader.u32()?);
        summary.floor = reader.u64()?;
        for _ in 0..reader.u64()? {
            let office = take_office(&mut reader)?;
            summary.heads.insert(office, reader.u64()?);
        }
        while !reader.is_empty() {
            summary.live.insert(reader.u32()?, reader.u64()?);
        }
        Ok(summary)
    }
}

/// One item that may be due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) gone: Gone,
    /// Where to go on after this one.
    pub(crate) cursor: DueKey,
}

fn key(letter: u8, bytes: &[u8; 32]) -> [u8; 33] {
    let mut out = [letter; 33];
    if let Some(tail) = out.last_chunk_mut::<32>() {
        *tail = *bytes;
    }
    out
}

type DueKey = [u8; 13];

fn due_key(day: Day, segment: u32, offset: u32) -> DueKey {
    let [d0, d1, d2, d3] = day.0.to_be_bytes();
    let [s0, s1, s2, s3] = segment.to_be_bytes();
    let [o0, o1, o2, o3] = offset.to_be_bytes();
    [b'X', d0, d1, d2, d3, s0, s1, s2, s3, o0, o1, o2, o3]
}

fn waiting_key(location: &Location) -> [u8; 9] {
    let [s0, s1, s2, s3] = location.segment.to_be_bytes();
    let [o0, o1, o2, o3] = location.offset.to_be_bytes();
    [b'W', s0, s1, s2, s3, o0, o1, o2, o3]
}

fn queue_key(office: &OfficeId, place: u64) -> Vec<u8> {
    let mut out = vec![b'Q'];
    put_office(&mut out, office);
    out.extend_from_slice(&place.to_be_bytes());
    out
}

fn statement_key(kind: StatementKind, name: &str) -> Vec<u8> {
    let mut out = vec![b'T', kind as u8];
    out.extend_from_slice(name.as_bytes());
    out
}

fn location(reader: &mut Reader<'_>) -> Result<Location> {
    Location::decode(reader.take(Location::LEN)?).ok_or(IndexError)
}

const TOMBSTONE: u8 = 0;
const HERE: u8 = 1;

/// An open index.
pub(crate) struct Index {
    db: sled::Db,
    summary: Mutex<Summary>,
}

impl Index {
    /// Opens an index that [`Index::close`] wrote, or creates an empty one.
    pub(crate) fn open(path: &Path, cache_bytes: u64) -> Result<Self> {
        let db = sled::Config::new()
            .path(path)
            .cache_capacity(cache_bytes)
            // sled holds a few of these in memory while it writes them.
            .segment_size(64 * 1024)
            .mode(sled::Mode::LowSpace)
            .flush_every_ms(Some(5_000))
            .open()?;
        let summary = match db.remove(b"M")? {
            Some(bytes) => Summary::decode(&bytes)?,
            None if db.is_empty() => Summary::default(),
            None => return Err(IndexError),
        };
        Ok(Self {
            db,
            summary: Mutex::new(summary),
        })
    }

    /// Writes the summary and hands everything to the operating system. The caller makes the files
    /// durable.
    pub(crate) fn close(&self) -> Result<()> {
        self.db.insert(b"M", self.summary().encode())?;
        self.db.flush()?;
        Ok(())
    }

    pub(crate) fn summary(&self) -> MutexGuard<'_, Summary> {
        self.summary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // Reading.

    fn lookup<T, G>(
        &self,
        key: &[u8],
        here: impl FnOnce(&mut Reader<'_>) -> Result<T>,
        gone: impl FnOnce(&mut Reader<'_>) -> Result<G>,
    ) -> Result<Known<T, G>> {
        let Some(value) = self.db.get(key)? else {
            return Ok(Known::Never);
        };
        let mut reader = Reader::new(&value);
        let known = match reader.u8()? {
            TOMBSTONE => Known::Gone(gone(&mut reader)?),
            HERE => Known::Here(here(&mut reader)?),
            _ => return Err(IndexError),
        };
        if reader.is_empty() {
            Ok(known)
        } else {
            Err(IndexError)
        }
    }

    pub(crate) fn envelope(&self, id: &EnvelopeId) -> Result<Known<EnvelopeEntry>> {
        self.lookup(
            &key(b'E', id.as_bytes()),
            |r| {
                Ok(EnvelopeEntry {
                    location: location(r)?,
                    day: Day(r.u32()?),
                    expires: Day(r.u32()?),
                    urgent: r.u8()? == 1,
                    places: (0..r.u8()?)
                        .map(|_| Ok((take_office(r)?, r.u64()?)))
                        .collect::<Result<_>>()?,
                })
            },
            |_| Ok(()),
        )
    }

    pub(crate) fn drop_at(&self, address: &Address) -> Result<Known<DropEntry>> {
        self.lookup(
            &key(b'D', address.as_bytes()),
            |r| {
                Ok(DropEntry {
                    location: location(r)?,
                    expires: Day(r.u32()?),
                    office: take_office(r)?,
                })
            },
            |_| Ok(()),
        )
    }

    pub(crate) fn self_at(&self, address: &Address) -> Result<Known<SelfEntry, u64>> {
        self.lookup(
            &key(b'S', address.as_bytes()),
            |r| {
                Ok(SelfEntry {
                    counter: r.u64()?,
                    location: location(r)?,
                    expires: Day(r.u32()?),
                })
            },
            |r| Ok(r.u64()?),
        )
    }

    pub(crate) fn cell(&self, address: &Address) -> Result<Known<CellEntry>> {
        self.lookup(
            &key(b'C', address.as_bytes()),
            |r| {
                Ok(CellEntry {
                    location: location(r)?,
                    until: Day(r.u32()?),
                    named: r.u8()? == 1,
                })
            },
            |_| Ok(()),
        )
    }

    pub(crate) fn statement(&self, kind: StatementKind, name: &str) -> Result<Option<Location>> {
        match self.db.get(statement_key(kind, name))? {
            Some(value) => Location::decode(&value).map(Some).ok_or(IndexError),
            None => Ok(None),
        }
    }

    pub(crate) fn statements(&self, kind: StatementKind) -> Result<Vec<(String, Location)>> {
        self.db
            .scan_prefix([b'T', kind as u8])
            .map(|item| {
                let (name, value) = item?;
                let name = name.get(2..).unwrap_or_default().to_vec();
                let name = String::from_utf8(name).map_err(|_| IndexError)?;
                Ok((name, Location::decode(&value).ok_or(IndexError)?))
            })
            .collect()
    }

    /// The office's queue beyond a place.
    pub(crate) fn queue(
        &self,
        office: &OfficeId,
        after: u64,
    ) -> impl Iterator<Item = Result<(u64, Location, Day)>> + use<> {
        let from = queue_key(office, after.saturating_add(1));
        let to = queue_key(office, u64::MAX);
        self.db.range(from..=to).map(|item| {
            let (key, value) = item?;
            let place = key.last_chunk().copied().ok_or(IndexError)?;
            let mut reader = Reader::new(&value);
            Ok((
                u64::from_be_bytes(place),
                location(&mut reader)?,
                Day(reader.u32()?),
            ))
        })
    }

    /// Where the envelope at a place of an office's queue lies.
    pub(crate) fn queued_at(&self, office: &OfficeId, place: u64) -> Result<Option<Location>> {
        match self.db.get(queue_key(office, place))? {
            Some(value) => location(&mut Reader::new(&value)).map(Some),
            None => Ok(None),
        }
    }

    /// The envelopes that wait for a release, in the order of their arrival.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = Result<(EnvelopeId, bool)>> + use<> {
        self.db.scan_prefix(b"W").map(|item| {
            let (_, value) = item?;
            let mut reader = Reader::new(&value);
            let urgent = reader.u8()? == 1;
            Ok((EnvelopeId::new(reader.array()?), urgent))
        })
    }

    /// What is due on a day, beyond a cursor. Entries that turn out to be due later are moved.
    pub(crate) fn due(&self, today: Day, after: Option<DueKey>, most: usize) -> Result<Vec<Due>> {
        let from = match after {
            Some(cursor) => {
                let mut from = cursor.to_vec();
                from.push(0);
                from
            }
            None => vec![b'X'],
        };
        let to = due_key(today, u32::MAX, u32::MAX);
        let mut found = Vec::new();
        for item in self.db.range(from..=to.to_vec()) {
            let (raw, value) = item?;
            let cursor: DueKey = raw.as_ref().try_into().map_err(|_| IndexError)?;
            let mut reader = Reader::new(&value);
            let letter = reader.u8()?;
            let id = reader.array()?;
            let known = match letter {
                b'E' => match self.envelope(&EnvelopeId::new(id))? {
                    Known::Here(e) => {
                        Some((Gone::Envelope(EnvelopeId::new(id)), e.expires, e.location))
                    }
                    _ => None,
                },
                b'D' => match self.drop_at(&Address::new(id))? {
                    Known::Here(e) => Some((Gone::Drop(Address::new(id)), e.expires, e.location)),
                    _ => None,
                },
                b'S' => match self.self_at(&Address::new(id))? {
                    Known::Here(e) => {
                        let gone = Gone::SelfRecord(Address::new(id), e.counter);
                        Some((gone, e.expires, e.location))
                    }
                    _ => None,
                },
                b'C' => match self.cell(&Address::new(id))? {
                    Known::Here(e) if e.named => {
                        Some((Gone::Cell(Address::new(id)), e.until, e.location))
                    }
                    Known::Here(e) => {
                        Some((Gone::UnnamedCell(Address::new(id)), e.until, e.location))
                    }
                    _ => None,
                },
                _ => return Err(IndexError),
            };
            match known {
                Some((gone, expires, _)) if expires <= today => found.push(Due { gone, cursor }),
                Some((_, expires, location)) => {
                    self.expect_on(expires, location, letter, &id)?;
                    self.db.remove(raw)?;
                }
                None => {
                    self.db.remove(raw)?;
                }
            }
            if found.len() >= most {
                break;
            }
        }
        Ok(found)
    }

    /// Whether this thing is gone for good, or is at least not there now.
    pub(crate) fn is_gone(&self, gone: &Gone) -> Result<bool> {
        Ok(match gone {
            Gone::Envelope(id) => matches!(self.envelope(id)?, Known::Gone(())),
            Gone::Drop(address) => matches!(self.drop_at(address)?, Known::Gone(())),
            Gone::SelfRecord(address, _) => matches!(self.self_at(address)?, Known::Gone(_)),
            Gone::Cell(address) => matches!(self.cell(address)?, Known::Gone(())),
            Gone::UnnamedCell(address) => matches!(self.cell(address)?, Known::Never),
        })
    }

    // Writing.

    fn put_envelope(&self, id: &EnvelopeId, entry: &EnvelopeEntry) -> Result<()> {
        let mut out = vec![HERE];
        out.extend_from_slice(&entry.location.encode());
        out.extend_from_slice(&entry.day.0.to_be_bytes());
        out.extend_from_slice(&entry.expires.0.to_be_bytes());
        out.push(u8::from(entry.urgent));
        out.push(u8::try_from(entry.places.len()).map_err(|_| IndexError)?);
        for (office, place) in &entry.places {
            put_office(&mut out, office);
            out.extend_from_slice(&place.to_be_bytes());
        }
        self.db.insert(key(b'E', id.as_bytes()), out)?;
        let mut value = entry.location.encode().to_vec();
        value.extend_from_slice(&entry.day.0.to_be_bytes());
        for (office, place) in entry.listed() {
            self.db
                .insert(queue_key(office, *place), value.as_slice())?;
            self.summary().raise(office, *place);
        }
        Ok(())
    }

    /// Removes an envelope's places and counts, not its entry.
    fn unlist(&self, entry: &EnvelopeEntry) -> Result<()> {
        for (office, place) in entry.listed() {
            self.db.remove(queue_key(office, *place))?;
        }
        let waited = self.db.remove(waiting_key(&entry.location))?.is_some();
        let mut summary = self.summary();
        summary.stats.waiting -= u64::from(waited);
        Ok(())
    }

    fn put_cell(&self, address: &Address, entry: &CellEntry) -> Result<()> {
        let mut out = vec![HERE];
        out.extend_from_slice(&entry.location.encode());
        out.extend_from_slice(&entry.until.0.to_be_bytes());
        out.push(u8::from(entry.named));
        self.db.insert(key(b'C', address.as_bytes()), out)?;
        Ok(())
    }

    fn expect_on(&self, day: Day, at: Location, letter: u8, id: &[u8; 32]) -> Result<()> {
        let key = due_key(day, at.segment, at.offset);
        self.db.insert(key, self::key(letter, id).as_slice())?;
        Ok(())
    }

    /// Brings a durable record into the index; answers whose bodies nobody needs any more.
    pub(crate) fn apply(&self, record: &Record, location: Location) -> Result<Vec<Location>> {
        let mut dead = Vec::new();
        match record {
            Record::Envelope {
                id,
                day,
                expires,
                urgent,
                places,
                cells,
            } => {
                match self.envelope(id)? {
                    Known::Here(old) => {
                        self.unlist(&old)?;
                        dead.push(old.location);
                        let mut summary = self.summary();
                        summary.vacate(&old.location);
                        summary.stats.envelopes -= 1;
                    }
                    Known::Gone(()) => self.summary().stats.tombstones -= 1,
                    Known::Never => {}
                }
                let waits = places.iter().all(|(_, place)| *place == 0);
                {
                    let mut summary = self.summary();
                    summary.occupy(&location);
                    summary.stats.envelopes += 1;
                    summary.stats.waiting += u64::from(waits);
                }
                self.put_envelope(
                    id,
                    &EnvelopeEntry {
                        location,
                        day: *day,
                        expires: *expires,
                        urgent: *urgent,
                        places: places.clone(),
                    },
                )?;
                if waits {
                    self.db.insert(
                        waiting_key(&location),
                        key(u8::from(*urgent), id.as_bytes()).as_slice(),
                    )?;
                }
                self.expect_on(*expires, location, b'E', id.as_bytes())?;
                for address in cells {
                    if let Known::Here(mut cell) = self.cell(address)? {
                        if !cell.named {
                            self.summary().stats.unnamed_cell_bytes -=
                                u64::from(cell.location.body_len);
                        }
                        cell.named = true;
                        cell.until = cell.until.max(*expires);
                        self.put_cell(address, &cell)?;
                    }
                }
            }
            Record::Release(entries) => {
                for (id, places) in entries {
                    let Known::Here(mut entry) = self.envelope(id)? else {
                        continue;
                    };
                    if entry.places.len() != places.len() {
                        return Err(IndexError);
                    }
                    self.unlist(&entry)?;
                    for ((office, old), new) in entry.places.iter_mut().zip(places) {
                        if *old == TAKEN {
                            self.summary().raise(office, *new);
                        } else {
                            *old = *new;
                        }
                    }
                    self.put_envelope(id, &entry)?;
                }
            }
            Record::Drop {
                address,
                expires,
                office,
            } => {
                let known = self.drop_at(address)?;
                let mut out = vec![HERE];
                out.extend_from_slice(&location.encode());
                out.extend_from_slice(&expires.0.to_be_bytes());
                put_office(&mut out, office);
                self.db.insert(key(b'D', address.as_bytes()), out)?;
                self.expect_on(*expires, location, b'D', address.as_bytes())?;
                let mut summary = self.summary();
                summary.occupy(&location);
                summary.stats.drops += 1;
                match known {
                    Known::Here(old) => {
                        summary.vacate(&old.location);
                        summary.stats.drops -= 1;
                        dead.push(old.location);
                    }
                    Known::Gone(()) => summary.stats.tombstones -= 1,
                    Known::Never => {}
                }
            }
            Record::SelfRecord {
                address,
                counter,
                expires,
            } => {
                let known = self.self_at(address)?;
                let mut out = vec![HERE];
                out.extend_from_slice(&counter.to_be_bytes());
                out.extend_from_slice(&location.encode());
                out.extend_from_slice(&expires.0.to_be_bytes());
                self.db.insert(key(b'S', address.as_bytes()), out)?;
                self.expect_on(*expires, location, b'S', address.as_bytes())?;
                let mut summary = self.summary();
                summary.occupy(&location);
                summary.stats.selves += 1;
                match known {
                    Known::Here(old) => {
                        summary.vacate(&old.location);
                        summary.stats.selves -= 1;
                        dead.push(old.location);
                    }
                    Known::Gone(_) => summary.stats.tombstones -= 1,
                    Known::Never => {}
                }
            }
            Record::Cell { address, until } => {
                let known = self.cell(address)?;
                let entry = CellEntry {
                    location,
                    until: *until,
                    named: false,
                };
                self.put_cell(address, &entry)?;
                self.expect_on(*until, location, b'C', address.as_bytes())?;
                let mut summary = self.summary();
                summary.occupy(&location);
                summary.stats.cells += 1;
                summary.stats.unnamed_cell_bytes += u64::from(location.body_len);
                match known {
                    Known::Here(old) => {
                        summary.vacate(&old.location);
                        summary.stats.cells -= 1;
                        if !old.named {
                            summary.stats.unnamed_cell_bytes -= u64::from(old.location.body_len);
                        }
                        dead.push(old.location);
                    }
                    Known::Gone(()) => summary.stats.tombstones -= 1,
                    Known::Never => {}
                }
            }
            Record::Statement { kind, key } => {
                let old = self
                    .db
                    .insert(statement_key(*kind, key), location.encode().as_slice())?;
                match old {
                    Some(old) => dead.push(Location::decode(&old).ok_or(IndexError)?),
                    None => self.summary().stats.statements += 1,
                }
            }
            Record::Gone { day, items } => {
                for item in items {
                    dead.extend(self.forget(item)?);
                }
                let mut summary = self.summary();
                summary.stats.swept = summary.stats.swept.max(*day);
            }
            Record::Taken { id, office } => {
                if let Known::Here(mut entry) = self.envelope(id)? {
                    for (holder, place) in &mut entry.places {
                        if holder == office && *place != TAKEN {
                            self.db.remove(queue_key(office, *place))?;
                            *place = TAKEN;
                        }
                    }
                    self.put_envelope(id, &entry)?;
                }
            }
            Record::Heads {
                floor,
                swept,
                heads,
            } => {
                let mut summary = self.summary();
                summary.floor = summary.floor.max(*floor);
                summary.stats.swept = summary.stats.swept.max(*swept);
                for (office, head) in heads {
                    summary.raise(office, *head);
                }
            }
        }
        Ok(dead)
    }

    /// Applies one line of a gone record; answers the body that nobody needs any more.
    fn forget(&self, item: &Gone) -> Result<Option<Location>> {
        let (letter, id) = match item {
            Gone::Envelope(id) => (b'E', id.as_bytes()),
            Gone::Drop(address) => (b'D', address.as_bytes()),
            Gone::SelfRecord(address, _) => (b'S', address.as_bytes()),
            Gone::Cell(address) | Gone::UnnamedCell(address) => (b'C', address.as_bytes()),
        };
        let mut tombstone = vec![TOMBSTONE];
        let (was, dead) = match item {
            Gone::Envelope(id) => match self.envelope(id)? {
                Known::Here(e) => {
                    self.unlist(&e)?;
                    self.summary().stats.envelopes -= 1;
                    (0, Some((e.location, e.expires)))
                }
                Known::Gone(()) => (1, None),
                Known::Never => (0, None),
            },
            Gone::Drop(address) => match self.drop_at(address)? {
                Known::Here(e) => {
                    self.summary().stats.drops -= 1;
                    (0, Some((e.location, e.expires)))
                }
                Known::Gone(()) => (1, None),
                Known::Never => (0, None),
            },
            Gone::SelfRecord(address, counter) => {
                let (was, dead, seen) = match self.self_at(address)? {
                    Known::Here(e) => {
                        self.summary().stats.selves -= 1;
                        (0, Some((e.location, e.expires)), e.counter)
                    }
                    Known::Gone(seen) => (1, None, seen),
                    Known::Never => (0, None, 0),
                };
                tombstone.extend_from_slice(&seen.max(*counter).to_be_bytes());
                (was, dead)
            }
            Gone::Cell(address) | Gone::UnnamedCell(address) => match self.cell(address)? {
                Known::Here(e) => {
                    let mut summary = self.summary();
                    summary.stats.cells -= 1;
                    if !e.named {
                        summary.stats.unnamed_cell_bytes -= u64::from(e.location.body_len);
                    }
                    (0, Some((e.location, e.until)))
                }
                Known::Gone(()) => (1, None),
                Known::Never => (0, None),
            },
        };
        if matches!(item, Gone::UnnamedCell(_)) {
            self.db.remove(key(letter, id))?;
            self.summary().stats.tombstones -= was;
        } else {
            self.db.insert(key(letter, id), tombstone)?;
            self.summary().stats.tombstones += 1 - was;
        }
        let Some((location, expires)) = dead else {
            return Ok(None);
        };
        self.db
            .remove(due_key(expires, location.segment, location.offset))?;
        self.summary().vacate(&location);
        Ok(Some(location))
    }
}
