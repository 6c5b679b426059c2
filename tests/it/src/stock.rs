//! What writers were promised, kept outside of the relay, and whether it is all there.
//!
//! Every stored thing follows from a number, so that what was acknowledged can be compared byte
//! for byte without being kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use candor_wire::{
    Capability, Envelope, EnvelopeId, OfficeId, Urgency,
    exchange::{Answer, Operation},
    sizes::CELL_LEN,
};
use rand::{Rng as _, RngCore as _, SeedableRng as _, rngs::StdRng};

use crate::{Desk, World, http::Connection};

/// Something that was acknowledged. Each number is its seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    /// An envelope, for one to six offices, in some cases with a cell of the same number.
    Envelope(u64),
    /// A drop.
    Drop(u64),
    /// A cell.
    Cell(u64),
    /// A self-record, with its counter.
    SelfRecord(u64, u64),
}

/// How many of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Envelopes.
    pub envelopes: usize,
    /// Drops.
    pub drops: usize,
    /// Cells.
    pub cells: usize,
    /// Self-records, each writing counted.
    pub selves: usize,
}

/// Every acknowledged thing.
#[derive(Debug)]
pub struct Stock {
    offices: Vec<OfficeId>,
    next: AtomicU64,
    kept: Mutex<Vec<Kept>>,
    /// Whatever else a server answered, so that nothing is overlooked.
    refusals: Mutex<BTreeMap<String, usize>>,
}

fn rng(seed: u64, purpose: u64) -> StdRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    bytes[8..16].copy_from_slice(&purpose.to_be_bytes());
    StdRng::from_seed(bytes)
}

fn bytes(seed: u64, purpose: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    rng(seed, purpose).fill_bytes(&mut bytes);
    bytes
}

/// The capability of a number.
#[must_use]
pub fn capability(seed: u64) -> Capability {
    Capability::new(rng(seed, 1).r#gen())
}

/// Mostly small, as sealed messages of one block; now and then as large as fits.
fn sealed(seed: u64) -> Vec<u8> {
    let len = match rng(seed, 2).gen_range(0..10) {
        0 => 30_000,
        1 => 18_000,
        _ => 2_000,
    };
    bytes(seed, 3, len)
}

/// The self-record of a number under a counter.
fn record(seed: u64, counter: u64) -> Vec<u8> {
    bytes(seed, 100 + counter, 1_000)
}

/// The cell of a number.
#[must_use]
pub fn cell(seed: u64) -> Vec<u8> {
    bytes(seed, 4, CELL_LEN)
}

impl Stock {
    /// Nothing yet, for these offices.
    #[must_use]
    pub fn new(offices: impl IntoIterator<Item = OfficeId>) -> Self {
        Self {
            offices: offices.into_iter().collect(),
            // No two runs write the same.
            next: AtomicU64::new(rand::random::<u64>() >> 16),
            kept: Mutex::default(),
            refusals: Mutex::default(),
        }
    }

    /// A fresh number.
    pub fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// The envelope of a number.
    ///
    /// # Panics
    /// Never; the sizes fit.
    #[must_use]
    pub fn envelope(&self, seed: u64, with_cell: bool) -> Envelope {
        let mut rng = rng(seed, 5);
        let count = rng.gen_range(1..=6.min(self.offices.len()));
        let mut offices = BTreeSet::new();
        while offices.len() < count {
            offices.insert(self.offices[rng.gen_range(0..self.offices.len())].clone());
        }
        let cells = with_cell.then(|| capability(seed).cell_address());
        Envelope::new(
            Urgency::Batched,
            offices.into_iter().collect(),
            cells.into_iter().collect(),
            sealed(seed),
        )
        .unwrap()
    }

    /// Notes that something was acknowledged.
    pub fn keep(&self, kept: Kept) {
        self.kept.lock().unwrap().push(kept);
    }

    /// Notes a refusal.
    pub fn refused(&self, what: impl Into<String>) {
        *self
            .refusals
            .lock()
            .unwrap()
            .entry(what.into())
            .or_default() += 1;
    }

    /// What was refused, and how often.
    #[must_use]
    pub fn refusals(&self) -> BTreeMap<String, usize> {
        self.refusals.lock().unwrap().clone()
    }

    /// How many were acknowledged.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.lock().unwrap().len()
    }

    /// Whether nothing was acknowledged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of each kind.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for kept in self.kept.lock().unwrap().iter() {
            match kept {
                Kept::Envelope(_) => counts.envelopes += 1,
                Kept::Drop(_) => counts.drops += 1,
                Kept::Cell(_) => counts.cells += 1,
                Kept::SelfRecord(..) => counts.selves += 1,
            }
        }
        counts
    }

    /// Everything that `shelf` does not give back byte for byte.
    pub fn lost(&self, mut shelf: impl FnMut(&Kept) -> Option<Vec<u8>>) -> Vec<Kept> {
        let kept = self.kept.lock().unwrap().clone();
        let mut newest = BTreeMap::new();
        for kept in &kept {
            if let Kept::SelfRecord(seed, counter) = kept {
                let known: &mut u64 = newest.entry(*seed).or_default();
                *known = (*known).max(*counter);
            }
        }
        kept.into_iter()
            .filter(|kept| {
                let found = shelf(kept);
                match kept {
                    Kept::Envelope(seed) => ![false, true]
                        .iter()
                        .any(|cell| found == Some(self.envelope(*seed, *cell).encode())),
                    Kept::Drop(seed) => found != Some(sealed(*seed)),
                    Kept::Cell(seed) => found != Some(cell(*seed)),
                    // A later writing may have been stored and not yet acknowledged.
                    Kept::SelfRecord(seed, counter) => {
                        newest.get(seed) == Some(counter)
                            && found != Some(record(*seed, *counter))
                            && found != Some(record(*seed, counter + 1))
                    }
                }
            })
            .collect()
    }

    /// Writes until `enough` more are acknowledged, then calls `cut` while everybody still writes,
    /// and ends when no writer gets an answer any more.
    ///
    /// # Panics
    /// If fewer than `enough` are acknowledged in five minutes.
    pub fn write_until(&self, world: &World, enough: usize, cut: impl FnOnce()) {
        let before = self.len();
        let stop = AtomicBool::new(false);
        let gateway = world.at_relay();
        thread::scope(|scope| {
            for writer in 0..8 {
                let (stop, gateway) = (&stop, &gateway);
                scope.spawn(move || {
                    let _ = match writer {
                        0..5 => self.file(stop, gateway, false),
                        5 => self.file(stop, gateway, true),
                        6 => self.write_selves(stop, gateway),
                        _ => self.write_drops(stop, world),
                    };
                });
            }
            for _ in 0..30_000 {
                if self.len() - before >= enough {
                    break;
                }
                thread::sleep(Duration::from_millis(10));
            }
            let reached = self.len() - before;
            cut();
            stop.store(true, Ordering::Relaxed);
            assert!(reached >= enough, "only {reached} in five minutes");
        });
    }

    fn file(&self, stop: &AtomicBool, gateway: &crate::Gateway, cells: bool) -> io::Result<()> {
        let mut connection = Connection::open(gateway.address())?;
        while !stop.load(Ordering::Relaxed) {
            let seed = self.number();
            if cells {
                let address = capability(seed).cell_address();
                let put = Operation::PutCell {
                    address,
                    cell: cell(seed),
                };
                match gateway.perform_on(&mut connection, &put)? {
                    Answer::Stored => {}
                    other => {
                        self.refused(format!("{other:?}"));
                        continue;
                    }
                }
            }
            let operation = Operation::File(self.envelope(seed, cells));
            match gateway.perform_on(&mut connection, &operation)? {
                Answer::Filed(_) => {
                    if cells {
                        self.keep(Kept::Cell(seed));
                        // A MiB each adds up.
                        thread::sleep(Duration::from_millis(30));
                    }
                    self.keep(Kept::Envelope(seed));
                }
                other => self.refused(format!("{other:?}")),
            }
        }
        Ok(())
    }

    fn write_selves(&self, stop: &AtomicBool, gateway: &crate::Gateway) -> io::Result<()> {
        let mut connection = Connection::open(gateway.address())?;
        while !stop.load(Ordering::Relaxed) {
            let seed = self.number();
            for counter in 1..=3 {
                let write = Operation::WriteSelf {
                    capability: capability(seed),
                    counter,
                    sealed: record(seed, counter),
                };
                match gateway.perform_on(&mut connection, &write)? {
                    Answer::Stored => self.keep(Kept::SelfRecord(seed, counter)),
                    other => self.refused(format!("{other:?}")),
                }
            }
        }
        Ok(())
    }

    fn write_drops(&self, stop: &AtomicBool, world: &World) -> io::Result<()> {
        let office = self.offices.first().ok_or(io::ErrorKind::NotFound)?;
        let desk = Desk::new(world.desk_address(), &world.instance, office);
        while !stop.load(Ordering::Relaxed) {
            let seed = self.number();
            let response = desk.put_drop(&capability(seed).drop_address(), &sealed(seed))?;
            match response.status {
                201 => self.keep(Kept::Drop(seed)),
                _ => self.refused(response.text()),
            }
        }
        Ok(())
    }

    /// Everything acknowledged that the relay does not give back, and every envelope that is in
    /// some of its offices' queues but not in all.
    ///
    /// # Panics
    /// If the relay does not answer.
    #[must_use]
    pub fn missing_at(&self, world: &World) -> Missing {
        let queues = Queues::read(world, &self.offices);
        let gateway = world.at_relay();
        let mut connection = Connection::open(gateway.address()).unwrap();
        let lost = self.lost(|kept| match *kept {
            Kept::Envelope(seed) => [false, true].into_iter().find_map(|cell| {
                let envelope = self.envelope(seed, cell);
                queues.everywhere(&envelope)
            }),
            Kept::Drop(seed) => {
                let read = Operation::Read(capability(seed));
                match gateway.perform_on(&mut connection, &read).unwrap() {
                    Answer::Drop { sealed, .. } => Some(sealed),
                    _ => None,
                }
            }
            Kept::Cell(seed) => {
                let take = Operation::TakeCell(capability(seed));
                match gateway.perform_on(&mut connection, &take).unwrap() {
                    Answer::Cell(cell) => Some(cell),
                    _ => None,
                }
            }
            Kept::SelfRecord(seed, _) => {
                let read = Operation::ReadSelf(capability(seed));
                match gateway.perform_on(&mut connection, &read).unwrap() {
                    Answer::SelfRecord { sealed, .. } => Some(sealed),
                    _ => None,
                }
            }
        });
        Missing {
            lost,
            torn: queues.torn(),
        }
    }
}

/// What a check found wanting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// Acknowledged, and not there.
    pub lost: Vec<Kept>,
    /// In some queues and not in others.
    pub torn: Vec<EnvelopeId>,
}

impl Missing {
    /// Whether nothing is wanting.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.lost.is_empty() && self.torn.is_empty()
    }
}

/// Every office's queue, by envelope.
#[derive(Clone, Debug, Default)]
pub struct Queues(BTreeMap<OfficeId, BTreeMap<EnvelopeId, Vec<u8>>>);

impl Queues {
    /// Reads them all as the offices' desks, which must be enrolled.
    #[must_use]
    pub fn read(world: &World, offices: &[OfficeId]) -> Self {
        let queue = |office: &OfficeId| {
            let desk = Desk::new(world.desk_address(), &world.instance, office);
            let items = desk.queue().into_iter();
            items.map(|(_, id, frame)| (id, frame)).collect()
        };
        Self(
            offices
                .iter()
                .map(|office| (office.clone(), queue(office)))
                .collect(),
        )
    }

    /// The frame, if it is in every queue that it is for.
    #[must_use]
    pub fn everywhere(&self, envelope: &Envelope) -> Option<Vec<u8>> {
        let id = envelope.id();
        let mut frame = None;
        for office in envelope.offices() {
            let found = self.0.get(office)?.get(&id)?;
            if frame.is_some_and(|frame| frame != found) {
                return None;
            }
            frame = Some(found);
        }
        frame.cloned()
    }

    /// How many queues hold an envelope.
    #[must_use]
    pub fn holding(&self, id: &EnvelopeId) -> usize {
        self.0
            .values()
            .filter(|queue| queue.contains_key(id))
            .count()
    }

    /// Envelopes that are in some of their queues and not in all, or in one they are not for.
    #[must_use]
    pub fn torn(&self) -> Vec<EnvelopeId> {
        let mut torn = BTreeSet::new();
        for (office, queue) in &self.0 {
            for (id, frame) in queue {
                let whole = Envelope::decode(frame).is_ok_and(|envelope| {
                    envelope.offices().contains(office) && self.everywhere(&envelope).is_some()
                });
                if !whole {
                    torn.insert(*id);
                }
            }
        }
        torn.into_iter().collect()
    }
}
