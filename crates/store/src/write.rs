//! The writes: how each is decided.

use std::sync::Arc;

use candor_journal::Class;
use candor_wire::{Address, Day, Digest, Envelope, OfficeId, Urgency};
use rand::{SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use tokio::sync::oneshot;

use crate::{
    core::{Core, Key, Plan, Write},
    error::StoreError,
    index::{IndexError, Known},
    pending::Pending,
    record::{MAX_ENTRIES, Record},
    types::{
        CellPut, DropPut, Filed, NewDrop, NewSelf, Release, Released, SelfPut, StatementKind, Which,
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

    pub(crate) fn release(
        self: &Arc<Self>,
        which: Which,
        today: Day,
        seed: [u8; 32],
    ) -> Pending<Released> {
        let mut parts = Vec::new();
        {
            let mut plan = match self.open_plan() {
                Ok(plan) => plan,
                Err(error) => return Pending::ready(Err(error)),
            };
            let waiting = match self.waiting(&plan, which, seed) {
                Ok(waiting) => waiting,
                Err(IndexError) => {
                    plan.mark_broken();
                    return Pending::ready(Err(StoreError::Unavailable));
                }
            };
            let index = self.index();
            for chunk in waiting.chunks(MAX_ENTRIES) {
                let mut offices: Vec<OfficeId> = Vec::new();
                let mut entries = Vec::with_capacity(chunk.len());
                let mut keys = Vec::with_capacity(chunk.len());
                for (id, names) in chunk {
                    let places = names
                        .iter()
                        .map(|office| plan.next_place(&index, office))
                        .collect();
                    offices.extend_from_slice(names);
                    entries.push((*id, places));
                    keys.push(Key::Envelope(*id));
                }
                offices.sort();
                offices.dedup();
                let released = Released {
                    envelopes: entries.len() as u64,
                    offices,
                };
                let (sender, pending) = Pending::channel();
                self.submit(
                    &mut plan,
                    Write {
                        record: Record::Release(entries),
                        body: Vec::new(),
                        day: today,
                        class: Class::Maintenance,
                        keys,
                        answer: Box::new(move |outcome| {
                            let _ = sender.send(outcome.map(|_| released));
                        }),
                    },
                );
                parts.push(pending);
            }
        }
        Pending::new(async move {
            let mut all = Released::default();
            for part in parts {
                let part = part.await?;
                all.envelopes += part.envelopes;
                all.offices.extend(part.offices);
            }
            all.offices.sort();
            all.offices.dedup();
            Ok(all)
        })
    }

    /// What waits and is not in flight, shuffled. The index lists ids in their own order, so that
    /// nothing of the order of arrival is left.
    fn waiting(
        &self,
        plan: &Plan,
        which: Which,
        seed: [u8; 32],
    ) -> Result<Vec<(candor_wire::EnvelopeId, Vec<OfficeId>)>, IndexError> {
        let index = self.index();
        let mut found = Vec::new();
        for item in index.waiting() {
            let (id, urgent) = item?;
            let wanted = urgent || which == Which::All;
            if !wanted || plan.is_taken(&Key::Envelope(id)) {
                continue;
            }
            if let Known::Here(entry) = index.envelope(&id)? {
                let offices = entry.places.into_iter().map(|(office, _)| office);
                found.push((id, offices.collect()));
            }
        }
        found.shuffle(&mut StdRng::from_seed(seed));
        Ok(found)
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
