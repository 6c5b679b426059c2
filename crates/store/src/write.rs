//! The writes: how each is decided.

use std::sync::Arc;

use candor_journal::{Class, ReadError};
use candor_wire::{Address, Day, Digest, Envelope, EnvelopeId, OfficeId, Urgency};
use rand::{SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use tokio::sync::oneshot;

use crate::{
    core::{Core, Key, Plan, Write},
    error::StoreError,
    index::{IndexError, Known, TAKEN},
    record::{ENVELOPE, Gone, MAX_ENTRIES, Record},
    sweep::wait,
    types::{
        CellPut, DropPut, Filed, NewDrop, NewSelf, Release, Released, SelfPut, StatementKind,
        TakenOut, Which,
    },
};

type Sender<T> = oneshot::Sender<Result<T, StoreError>>;

/// How a write was decided.
enum Decision<T> {
    /// Nothing is to be written.
    Answer(T),
    /// This is to be written; if it succeeds, the answer is that.
    Write(Write0, T),
    /// A key is in flight; decide again when it is free.
    Wait(Key),
}

/// What is decided of a write; the rest follows.
struct Write0 {
    record: Record,
    key: Key,
}

impl Core {
    /// Decides under the plan and writes, answers or waits.
    fn write<T, I>(
        self: &Arc<Self>,
        input: I,
        sender: Sender<T>,
        decide: fn(&Self, &mut Plan, &I) -> Result<Decision<T>, Refused>,
        finish: fn(I) -> (Day, Vec<u8>),
    ) where
        T: Send + 'static,
        I: Send + 'static,
    {
        let mut plan = match self.open_plan() {
            Ok(plan) => plan,
            Err(error) => {
                let _ = sender.send(Err(error));
                return;
            }
        };
        let answer = match decide(self, &mut plan, &input) {
            Ok(Decision::Answer(answer)) => Ok(answer),
            Ok(Decision::Write(write, answer)) => {
                let (day, body) = finish(input);
                self.submit(
                    &mut plan,
                    Write {
                        record: write.record,
                        body,
                        day,
                        class: Class::Ordinary,
                        keys: vec![write.key],
                        answer: Box::new(move |outcome| {
                            let _ = sender.send(outcome.map(|_| answer));
                        }),
                    },
                );
                return;
            }
            Ok(Decision::Wait(key)) => {
                plan.wait_for(
                    &key,
                    Box::new(move |core: &Arc<Self>| core.write(input, sender, decide, finish)),
                );
                return;
            }
            Err(Refused::Store(error)) => Err(error),
            Err(Refused::Index) => {
                plan.mark_broken();
                Err(StoreError::Unavailable)
            }
        };
        drop(plan);
        let _ = sender.send(answer);
    }

    pub(crate) fn file(
        self: &Arc<Self>,
        envelope: Envelope,
        today: Day,
        expires: Day,
        release: Release,
        sender: Sender<Filed>,
    ) {
        let input = (envelope, today, expires, release);
        self.write(input, sender, Self::decide_file, |(envelope, today, ..)| {
            (today, envelope.encode())
        });
    }

    fn decide_file(
        &self,
        plan: &mut Plan,
        (envelope, today, expires, release): &(Envelope, Day, Day, Release),
    ) -> Result<Decision<Filed>, Refused> {
        let id = envelope.id();
        let key = Key::Envelope(id);
        if plan.is_taken(&key) {
            return Ok(Decision::Wait(key));
        }
        let index = self.index();
        match index.envelope(&id)? {
            Known::Here(_) => return Ok(Decision::Answer(Filed::Duplicate)),
            Known::Gone(()) => return Ok(Decision::Answer(Filed::Gone)),
            Known::Never => {}
        }
        let mut missing = Vec::new();
        for address in envelope.cells() {
            let cell = Key::Cell(*address);
            if plan.is_taken(&cell) {
                return Ok(Decision::Wait(cell));
            }
            if !matches!(index.cell(address)?, Known::Here(_)) {
                missing.push(*address);
            }
        }
        if !missing.is_empty() {
            return Err(Refused::Store(StoreError::MissingCells(missing)));
        }
        let places = envelope
            .offices()
            .iter()
            .map(|office| {
                let place = match release {
                    Release::Immediately => plan.next_place(&index, office),
                    Release::Batched => 0,
                };
                (office.clone(), place)
            })
            .collect();
        let record = Record::Envelope {
            id,
            day: *today,
            expires: *expires,
            urgent: envelope.urgency() == Urgency::Urgent,
            places,
            cells: envelope.cells().to_vec(),
        };
        Ok(Decision::Write(Write0 { record, key }, Filed::Stored))
    }

    pub(crate) fn take_out(
        self: &Arc<Self>,
        office: OfficeId,
        place: u64,
        today: Day,
        sender: Sender<TakenOut>,
    ) {
        self.write(
            (office, place, today),
            sender,
            Self::decide_take_out,
            |(_, _, today)| (today, Vec::new()),
        );
    }

    fn decide_take_out(
        &self,
        plan: &mut Plan,
        (office, place, _): &(OfficeId, u64, Day),
    ) -> Result<Decision<TakenOut>, Refused> {
        let absent = Ok(Decision::Answer(TakenOut::Absent));
        let index = self.index();
        let Some(location) = index.queued_at(office, *place)? else {
            return absent;
        };
        let id = match self.journal.meta(&location) {
            Ok(meta) => match Record::decode(ENVELOPE, &meta) {
                Ok(Record::Envelope { id, .. }) => id,
                _ => return Err(Refused::Store(StoreError::Damaged)),
            },
            Err(ReadError::Absent) => return absent,
            Err(ReadError::Damaged) => return Err(Refused::Store(StoreError::Damaged)),
            Err(_) => return Err(Refused::Store(StoreError::Disk)),
        };
        let key = Key::Envelope(id);
        if plan.is_taken(&key) {
            return Ok(Decision::Wait(key));
        }
        let Known::Here(entry) = index.envelope(&id)? else {
            return absent;
        };
        if !entry.places.contains(&(office.clone(), *place)) {
            return absent;
        }
        let is_held = |(holder, at): &(OfficeId, u64)| holder != office && *at != TAKEN;
        let record = if entry.places.iter().any(is_held) {
            Record::Taken {
                id,
                office: office.clone(),
            }
        } else {
            Record::Gone {
                // It is no sweep.
                day: Day(0),
                items: vec![Gone::Envelope(id)],
            }
        };
        Ok(Decision::Write(Write0 { record, key }, TakenOut::Removed))
    }

    pub(crate) fn put_drop(self: &Arc<Self>, drop: NewDrop, sender: Sender<DropPut>) {
        self.write(drop, sender, Self::decide_drop, |d| (d.today, d.sealed));
    }

    fn decide_drop(&self, plan: &mut Plan, drop: &NewDrop) -> Result<Decision<DropPut>, Refused> {
        let key = Key::Drop(drop.address);
        if plan.is_taken(&key) {
            return Ok(Decision::Wait(key));
        }
        Ok(match self.index().drop_at(&drop.address)? {
            Known::Here(entry) => {
                // The plan is held, so it cannot go meanwhile.
                let sealed = self.body(&entry.location)?.ok_or(StoreError::Damaged)?;
                let same = sealed == drop.sealed && entry.office == drop.office;
                Decision::Answer(if same {
                    DropPut::Same
                } else {
                    DropPut::Occupied(Digest::of_drop(&sealed))
                })
            }
            Known::Gone(()) => Decision::Answer(DropPut::Gone),
            Known::Never => {
                let record = Record::Drop {
                    address: drop.address,
                    expires: drop.expires,
                    office: drop.office.clone(),
                };
                Decision::Write(Write0 { record, key }, DropPut::Created)
            }
        })
    }

    pub(crate) fn put_self(self: &Arc<Self>, record: NewSelf, sender: Sender<SelfPut>) {
        self.write(record, sender, Self::decide_self, |r| (r.today, r.sealed));
    }

    fn decide_self(&self, plan: &mut Plan, new: &NewSelf) -> Result<Decision<SelfPut>, Refused> {
        let key = Key::SelfRecord(new.address);
        if plan.is_taken(&key) {
            return Ok(Decision::Wait(key));
        }
        let seen = match self.index().self_at(&new.address)? {
            Known::Here(entry) if entry.counter == new.counter => {
                let sealed = self.body(&entry.location)?.ok_or(StoreError::Damaged)?;
                if sealed == new.sealed {
                    return Ok(Decision::Answer(SelfPut::Same));
                }
                Some(entry.counter)
            }
            Known::Here(entry) => Some(entry.counter),
            Known::Gone(counter) => Some(counter),
            Known::Never => None,
        };
        if let Some(counter) = seen.filter(|seen| new.counter <= *seen) {
            return Ok(Decision::Answer(SelfPut::Stale { counter }));
        }
        let record = Record::SelfRecord {
            address: new.address,
            counter: new.counter,
            expires: new.expires,
        };
        Ok(Decision::Write(Write0 { record, key }, SelfPut::Stored))
    }

    pub(crate) fn put_cell(
        self: &Arc<Self>,
        address: Address,
        bytes: Vec<u8>,
        today: Day,
        sender: Sender<CellPut>,
    ) {
        let input = (address, bytes, today);
        self.write(input, sender, Self::decide_cell, |(_, bytes, today)| {
            (today, bytes)
        });
    }

    fn decide_cell(
        &self,
        plan: &mut Plan,
        (address, bytes, today): &(Address, Vec<u8>, Day),
    ) -> Result<Decision<CellPut>, Refused> {
        let key = Key::Cell(*address);
        if plan.is_taken(&key) {
            return Ok(Decision::Wait(key));
        }
        let index = self.index();
        if let Known::Here(entry) = index.cell(address)? {
            let stored = self.body(&entry.location)?.ok_or(StoreError::Damaged)?;
            return Ok(Decision::Answer(if stored == *bytes {
                CellPut::Same
            } else {
                CellPut::Occupied
            }));
        }
        let waiting = index.summary().stats.unnamed_cell_bytes + plan.cell_bytes;
        if waiting + bytes.len() as u64 > self.config.unnamed_cell_bytes {
            return Err(Refused::Store(StoreError::CellQuota));
        }
        let record = Record::Cell {
            address: *address,
            // Two midnights away, so that it has one full day.
            until: today.plus(2),
        };
        Ok(Decision::Write(Write0 { record, key }, CellPut::Created))
    }

    pub(crate) fn put_statement(
        self: &Arc<Self>,
        kind: StatementKind,
        name: String,
        text: String,
        today: Day,
        sender: Sender<()>,
    ) {
        self.write(
            (kind, name, text, today),
            sender,
            |_, plan, (kind, name, _, _)| {
                let key = Key::Statement(*kind, name.clone());
                if plan.is_taken(&key) {
                    return Ok(Decision::Wait(key));
                }
                let record = Record::Statement {
                    kind: *kind,
                    key: name.clone(),
                };
                Ok(Decision::Write(Write0 { record, key }, ()))
            },
            |(_, _, text, today)| (today, text.into_bytes()),
        );
    }

    /// Releases what waits, chunk by chunk. Runs on the upkeep thread.
    pub(crate) fn release(
        self: &Arc<Self>,
        which: Which,
        today: Day,
        seed: [u8; 32],
    ) -> Result<Released, StoreError> {
        // Sorted first, so that the result follows from the seed and nothing of the order of arrival
        // is left.
        let mut waiting = Vec::new();
        for item in self.index().waiting() {
            let (id, urgent) = item.map_err(|e| self.broke(e))?;
            if urgent || which == Which::All {
                waiting.push(id);
            }
        }
        waiting.sort_unstable();
        waiting.shuffle(&mut StdRng::from_seed(seed));
        let mut released = Released::default();
        for chunk in waiting.chunks(MAX_ENTRIES) {
            let (answered, count) = {
                let mut plan = self.open_plan()?;
                let entries = match self.give_places(&mut plan, chunk, &mut released.offices) {
                    Ok(entries) => entries,
                    Err(error) => return Err(self.broke_in(&mut plan, error)),
                };
                let keys = entries.iter().map(|(id, _)| Key::Envelope(*id)).collect();
                let count = entries.len() as u64;
                let record = Record::Release(entries);
                (self.upkeep_write(&mut plan, today, record, keys), count)
            };
            wait(&answered)?;
            released.envelopes += count;
        }
        released.offices.sort();
        Ok(released)
    }

    /// Places for those of a chunk that still wait and are not in flight.
    fn give_places(
        &self,
        plan: &mut Plan,
        chunk: &[EnvelopeId],
        offices: &mut Vec<OfficeId>,
    ) -> Result<Vec<(EnvelopeId, Vec<u64>)>, IndexError> {
        let index = self.index();
        let mut entries = Vec::with_capacity(chunk.len());
        for id in chunk {
            if plan.is_taken(&Key::Envelope(*id)) {
                continue;
            }
            let Known::Here(entry) = index.envelope(id)? else {
                continue;
            };
            if entry.places.iter().any(|(_, place)| *place > 0) {
                continue;
            }
            let mut places = Vec::with_capacity(entry.places.len());
            for (office, _) in entry.places {
                places.push(plan.next_place(&index, &office));
                if !offices.contains(&office) {
                    offices.push(office);
                }
            }
            entries.push((*id, places));
        }
        Ok(entries)
    }
}

/// Why a decision was not reached.
enum Refused {
    Store(StoreError),
    Index,
}

impl From<IndexError> for Refused {
    fn from(_: IndexError) -> Self {
        Self::Index
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
