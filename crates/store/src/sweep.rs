//! Upkeep: expiring what is due, erasing bodies, deleting segments.
//!
//! Deleting a segment takes away what only its records say: tombstones, places of envelopes that
//! lie elsewhere, statements, the queues' heads. They are written again at the journal's end first.

use std::sync::{Arc, mpsc};

use candor_journal::{Class, Scanned, format::Location};
use candor_wire::{Day, EnvelopeId, OfficeId};
use tokio::sync::oneshot;

use crate::{
    core::{Core, Key, Plan, Write},
    error::StoreError,
    index::{EnvelopeEntry, IndexError, Known, TAKEN},
    record::{Gone, MAX_ENTRIES, Record},
    types::{Released, Swept, Which},
};

/// What the upkeep thread is asked to do.
pub(crate) enum Upkeep {
    /// Erase bodies that a durable record has made dead.
    Erase(Vec<Location>),
    /// Expire what is due.
    Sweep(Day, oneshot::Sender<Result<Swept, StoreError>>),
    /// Give waiting envelopes their places.
    Release(
        Which,
        Day,
        [u8; 32],
        oneshot::Sender<Result<Released, StoreError>>,
    ),
    /// End.
    Stop,
}

/// Hears what became of an upkeep write.
pub(crate) type Answered = mpsc::Receiver<Result<Location, StoreError>>;

/// Records to be written again before a segment is deleted.
#[derive(Default)]
struct Carry {
    gone: Vec<Gone>,
    release: Vec<(EnvelopeId, Vec<u64>)>,
    taken: Vec<(EnvelopeId, OfficeId)>,
    statements: Vec<(Record, Location)>,
}

impl Carry {
    fn len(&self) -> u64 {
        let bodies: u64 = self.statements.iter().map(|(_, l)| l.record_len()).sum();
        (self.gone.len() * 41 + self.release.len() * 81 + self.taken.len() * 100) as u64 + bodies
    }

    fn keys(&self) -> impl Iterator<Item = Key> {
        let gone = self.gone.iter().map(Key::from);
        let release = self.release.iter().map(|(id, _)| Key::Envelope(*id));
        let taken = self.taken.iter().map(|(id, _)| Key::Envelope(*id));
        let statements = self
            .statements
            .iter()
            .filter_map(|(record, _)| match record {
                Record::Statement { kind, key } => Some(Key::Statement(*kind, key.clone())),
                _ => None,
            });
        gone.chain(release).chain(taken).chain(statements)
    }
}

impl Core {
    /// Does what it is asked, until told to stop.
    pub(crate) fn run_upkeep(self: &Arc<Self>, messages: &mpsc::Receiver<Upkeep>) {
        let mut next = None;
        while let Some(message) = next.take().or_else(|| messages.recv().ok()) {
            match message {
                Upkeep::Erase(mut locations) => {
                    // One sync for all that wait.
                    while let Ok(message) = messages.try_recv() {
                        match message {
                            Upkeep::Erase(more) => locations.extend(more),
                            other => {
                                next = Some(other);
                                break;
                            }
                        }
                    }
                    self.erase(&locations);
                }
                Upkeep::Sweep(today, answer) => {
                    let _ = answer.send(self.sweep(today));
                }
                Upkeep::Release(which, today, seed, answer) => {
                    let _ = answer.send(self.release(which, today, seed));
                }
                Upkeep::Stop => return,
            }
        }
    }

    fn erase(&self, locations: &[Location]) {
        // What stays behind is dead already; the next rebuild erases it again, and the deletion of
        // its segment removes it in any case.
        let _ = self.journal.erase(locations);
    }

    fn sweep(self: &Arc<Self>, today: Day) -> Result<Swept, StoreError> {
        let mut swept = Swept::default();
        let mut cursor = None;
        loop {
            let answered = {
                let mut plan = self.open_plan()?;
                let due = self
                    .index()
                    .due(today, cursor, MAX_ENTRIES)
                    .map_err(|e| self.broke_in(&mut plan, e))?;
                let Some(last) = due.last() else {
                    break;
                };
                cursor = Some(last.cursor);
                let mut items = Vec::with_capacity(due.len());
                let mut keys = Vec::with_capacity(due.len());
                for due in due {
                    let key = Key::from(&due.gone);
                    let held = match &due.gone {
                        Gone::Cell(a) | Gone::UnnamedCell(a) => plan.is_pinned(a),
                        _ => false,
                    };
                    // What is being written to is left for the next sweep.
                    if held || plan.is_taken(&key) {
                        continue;
                    }
                    match due.gone {
                        Gone::Envelope(_) => swept.envelopes += 1,
                        Gone::Drop(_) => swept.drops += 1,
                        Gone::SelfRecord(..) => swept.selves += 1,
                        Gone::Cell(_) | Gone::UnnamedCell(_) => swept.cells += 1,
                    }
                    items.push(due.gone);
                    keys.push(key);
                }
                if items.is_empty() {
                    continue;
                }
                self.upkeep_write(&mut plan, today, Record::Gone { day: today, items }, keys)
            };
            wait(&answered)?;
        }
        if self.index().summary().stats.swept < today {
            let answered = {
                let mut plan = self.open_plan()?;
                let items = Vec::new();
                self.upkeep_write(&mut plan, today, Record::Gone { day: today, items }, vec![])
            };
            wait(&answered)?;
        }
        swept.segments = self.delete_segments(today)?;
        Ok(swept)
    }

    /// Like `broke`, for a caller that holds the plan.
    pub(crate) fn broke_in(&self, plan: &mut Plan, _: IndexError) -> StoreError {
        plan.mark_broken();
        StoreError::Unavailable
    }

    pub(crate) fn upkeep_write(
        &self,
        plan: &mut Plan,
        day: Day,
        record: Record,
        keys: Vec<Key>,
    ) -> Answered {
        self.upkeep_write_body(plan, day, record, Vec::new(), keys)
    }

    fn upkeep_write_body(
        &self,
        plan: &mut Plan,
        day: Day,
        record: Record,
        body: Vec<u8>,
        keys: Vec<Key>,
    ) -> Answered {
        let (sender, receiver) = mpsc::sync_channel(1);
        self.submit(
            plan,
            Write {
                record,
                body,
                day,
                class: Class::Maintenance,
                keys,
                answer: Box::new(move |outcome| {
                    let _ = sender.send(outcome);
                }),
            },
        );
        receiver
    }

    /// Segments, the newest left out, in which no body is in use.
    fn unused(&self, before: u32) -> Vec<(u32, u64)> {
        let index = self.index();
        let summary = index.summary();
        self.journal
            .segments()
            .into_iter()
            .filter(|s| s.number < before && !summary.live.contains_key(&s.number))
            .map(|s| (s.number, s.len))
            .collect()
    }

    fn delete_segments(self: &Arc<Self>, today: Day) -> Result<u64, StoreError> {
        let newest = self.journal.segments().last().map_or(0, |s| s.number);
        let mut worthwhile = Vec::new();
        for (number, len) in self.unused(newest) {
            let carry = self.carry_of(number)?;
            // Otherwise everything old would be rewritten day after day.
            if carry.len() <= len / 2 {
                worthwhile.push(number);
            }
        }
        if worthwhile.is_empty() {
            return Ok(0);
        }
        let heads = {
            let mut plan = self.open_plan()?;
            let record = {
                let index = self.index();
                let summary = index.summary();
                Record::Heads {
                    floor: summary.floor,
                    swept: summary.stats.swept,
                    heads: summary.heads.iter().map(|(o, h)| (o.clone(), *h)).collect(),
                }
            };
            self.upkeep_write(&mut plan, today, record, vec![])
        };
        // Whatever was appended before the heads has been applied when this answers, so that no
        // segment before theirs has a body which the index does not know yet.
        let barrier = wait(&heads)?;
        let unused: Vec<u32> = self.unused(barrier.segment).iter().map(|s| s.0).collect();
        let mut deleted = 0;
        for number in worthwhile {
            if unused.contains(&number) && self.carry(number, today)? {
                self.journal
                    .remove_segment(number)
                    .map_err(|_| StoreError::Disk)?;
                deleted += 1;
            }
        }
        Ok(deleted)
    }

    /// What only this segment's records say and still holds.
    fn carry_of(&self, number: u32) -> Result<Carry, StoreError> {
        let index = self.index();
        let broke = |e| self.broke(e);
        let mut carry = Carry::default();
        let oldest = self.journal.segments().first().map_or(0, |s| s.number);
        for item in self.journal.scan_segment(number) {
            let Scanned::Record(found) = item.map_err(|_| StoreError::Disk)? else {
                continue;
            };
            match Record::decode(found.kind, &found.meta) {
                Ok(Record::Gone { items, .. }) => {
                    for item in items {
                        // What leaves no tombstone must still be said while the thing itself may
                        // lie in an older segment.
                        if matches!(item, Gone::UnnamedCell(_)) && number == oldest {
                            continue;
                        }
                        if index.is_gone(&item).map_err(broke)? {
                            carry.gone.push(item);
                        }
                    }
                }
                Ok(Record::Release(entries)) => {
                    for (id, places) in entries {
                        if has_places(&index.envelope(&id).map_err(broke)?, &places) {
                            carry.release.push((id, places));
                        }
                    }
                }
                Ok(Record::Taken { id, office })
                    if is_taken(&index.envelope(&id).map_err(broke)?, &office) =>
                {
                    carry.taken.push((id, office));
                }
                Ok(Record::Statement { kind, key }) => {
                    let current = index.statement(kind, &key).map_err(broke)?;
                    if current == Some(found.location) {
                        carry
                            .statements
                            .push((Record::Statement { kind, key }, found.location));
                    }
                }
                _ => {}
            }
        }
        Ok(carry)
    }

    /// Writes again what must outlive a segment; answers whether it may now be deleted.
    fn carry(self: &Arc<Self>, number: u32, today: Day) -> Result<bool, StoreError> {
        let mut bodies = Vec::new();
        let answers = {
            // Reading is slow, so it is done without the plan and checked again under it.
            let carry = self.carry_of(number)?;
            for (_, location) in &carry.statements {
                match self.body(location) {
                    Ok(Some(body)) => bodies.push(Some(body)),
                    // A damaged statement cannot be saved; its office will renew it.
                    Ok(None) | Err(StoreError::Damaged) => bodies.push(None),
                    Err(error) => return Err(error),
                }
            }
            let mut plan = self.open_plan()?;
            let Some(_) = Self::free_keys(&plan, carry.keys()) else {
                return Ok(false);
            };
            let again = self
                .carry_matches(&carry)
                .map_err(|e| self.broke_in(&mut plan, e))?;
            if !again {
                return Ok(false);
            }
            let mut answers = Vec::new();
            for chunk in carry.gone.chunks(MAX_ENTRIES) {
                let keys = Self::free_keys(&plan, chunk.iter().map(Key::from)).unwrap_or_default();
                let record = Record::Gone {
                    day: Day(0),
                    items: chunk.to_vec(),
                };
                answers.push(self.upkeep_write(&mut plan, today, record, keys));
            }
            for chunk in carry.release.chunks(MAX_ENTRIES) {
                let keys = chunk.iter().map(|(id, _)| Key::Envelope(*id));
                let keys = Self::free_keys(&plan, keys).unwrap_or_default();
                let record = Record::Release(chunk.to_vec());
                answers.push(self.upkeep_write(&mut plan, today, record, keys));
            }
            for (id, office) in &carry.taken {
                let keys = Self::free_keys(&plan, [Key::Envelope(*id)].into_iter());
                let record = Record::Taken {
                    id: *id,
                    office: office.clone(),
                };
                let keys = keys.unwrap_or_default();
                answers.push(self.upkeep_write(&mut plan, today, record, keys));
            }
            for ((record, _), body) in carry.statements.into_iter().zip(bodies) {
                let Some(body) = body else {
                    continue;
                };
                let keys = match &record {
                    Record::Statement { kind, key } => vec![Key::Statement(*kind, key.clone())],
                    _ => vec![],
                };
                answers.push(self.upkeep_write_body(&mut plan, today, record, body, keys));
            }
            answers
        };
        for answer in &answers {
            wait(answer)?;
        }
        Ok(true)
    }

    /// Whether what was collected without the plan still holds.
    fn carry_matches(&self, carry: &Carry) -> Result<bool, IndexError> {
        let index = self.index();
        for gone in &carry.gone {
            if !index.is_gone(gone)? {
                return Ok(false);
            }
        }
        for (id, places) in &carry.release {
            if !has_places(&index.envelope(id)?, places) {
                return Ok(false);
            }
        }
        for (id, office) in &carry.taken {
            if !is_taken(&index.envelope(id)?, office) {
                return Ok(false);
            }
        }
        for (record, location) in &carry.statements {
            if let Record::Statement { kind, key } = record
                && index.statement(*kind, key)? != Some(*location)
            {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether these are the places that a stored envelope has.
fn has_places(known: &Known<EnvelopeEntry>, places: &[u64]) -> bool {
    match known {
        Known::Here(entry) => {
            let same = |((_, now), then): (&(OfficeId, u64), &u64)| now == then || *now == TAKEN;
            entry.places.len() == places.len() && entry.places.iter().zip(places).all(same)
        }
        _ => false,
    }
}

/// Whether an office took a stored envelope out of its queue.
fn is_taken(known: &Known<EnvelopeEntry>, office: &OfficeId) -> bool {
    match known {
        Known::Here(entry) => entry.places.contains(&(office.clone(), TAKEN)),
        _ => false,
    }
}

pub(crate) fn wait(answered: &Answered) -> Result<Location, StoreError> {
    answered.recv().unwrap_or(Err(StoreError::Closed))
}
