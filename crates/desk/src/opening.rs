//! Opening envelopes on all cores.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use candor_directory::{Directory, Epoch, Verified};
use candor_sealing::{
    HybridIdentity,
    open::{Opened, Reader, Refusal, open_envelope},
};
use candor_wire::{Digest, Envelope, EnvelopeId, InstanceId, OfficeId, RoleId, desk::QueueItem};

use crate::{
    keys::EpochKeys,
    record::{Entry, Record},
};

/// What is needed to open what is in an office's queue.
#[derive(Clone, Copy)]
pub struct Opener<'a> {
    /// The instance.
    pub instance: &'a InstanceId,
    /// The office.
    pub office: &'a OfficeId,
    /// The roles that sit in it.
    pub roles: &'a [RoleId],
    /// The keys of its epochs, ascending.
    pub epochs: &'a [EpochKeys],
    /// What replies are checked against.
    pub directory: &'a Verified<Directory>,
}

impl std::fmt::Debug for Opener<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opener({}, ..)", self.office)
    }
}

impl Opener<'_> {
    /// Opens one item and makes the record to keep of it, whatever it is.
    #[must_use]
    pub fn open(&self, item: &QueueItem) -> Entry {
        let aside = |why: &dyn std::fmt::Display, envelope: Option<EnvelopeId>| {
            let record = Record::SetAside {
                seq: item.seq,
                day: item.day,
                why: why.to_string(),
                envelope,
            };
            Entry::new(record, item.frame.clone())
        };
        let envelope = match Envelope::decode(&item.frame) {
            Ok(envelope) => envelope,
            Err(error) => return aside(&error, None),
        };
        let received = |conversation, drop| Record::Received {
            seq: item.seq,
            day: item.day,
            conversation,
            drop,
        };
        let compact = |record, block: &candor_sealing::block::Block| {
            Entry::secret(record, block.to_compact())
        };
        match self.open_sealed(item, &envelope) {
            Ok(Opened::Report(report)) => {
                let entry = compact(received(report.conversation, None), &report.block);
                entry.holding(Arc::from(report))
            }
            Ok(Opened::FollowUp(follow_up)) => compact(
                received(follow_up.header.conversation, None),
                &follow_up.block,
            ),
            Ok(Opened::Reply(reply)) => match reply.verify(self.directory) {
                // The copy holds the very bytes of the drop.
                Ok(_) => {
                    let drop = Digest::of_drop(envelope.sealed());
                    compact(
                        received(reply.header.conversation, Some(drop)),
                        &reply.block,
                    )
                }
                Err(refusal) => aside(&refusal, Some(envelope.id())),
            },
            Ok(Opened::Event(event)) => {
                compact(received(event.header.conversation, None), &event.block)
            }
            Ok(Opened::Handover(part)) => {
                compact(received(part.header.conversation, None), &part.block)
            }
            Ok(_) => aside(&Refusal::Version, Some(envelope.id())),
            Err(refusal) => aside(&refusal, Some(envelope.id())),
        }
    }

    /// Tries the epoch of the day first, then the others, the newest first.
    fn open_sealed(&self, item: &QueueItem, envelope: &Envelope) -> Result<Opened, Refusal> {
        let likely = Epoch::of(item.day);
        let first = self.epochs.iter().filter(|keys| keys.epoch == likely).rev();
        let others = self.epochs.iter().filter(|keys| keys.epoch != likely).rev();
        for keys in first.chain(others) {
            let opened = open_envelope(&self.reader(&keys.identity), envelope);
            if !matches!(opened, Err(Refusal::Undecryptable)) {
                return opened;
            }
        }
        Err(Refusal::Undecryptable)
    }

    fn reader<'b>(&'b self, identity: &'b HybridIdentity) -> Reader<'b> {
        Reader {
            instance: self.instance,
            office: self.office,
            roles: self.roles,
            identities: std::slice::from_ref(identity),
        }
    }

    /// Opens all items on as many threads, and gives the records in the items' order.
    #[must_use]
    pub fn open_all(&self, items: &[QueueItem], threads: usize) -> Vec<Entry> {
        let next = AtomicUsize::new(0);
        let done: Mutex<Vec<(usize, Entry)>> = Mutex::new(Vec::with_capacity(items.len()));
        let work = || {
            let mut mine = Vec::new();
            while let Some((index, item)) = {
                let index = next.fetch_add(1, Ordering::Relaxed);
                items.get(index).map(|item| (index, item))
            } {
                mine.push((index, self.open(item)));
            }
            done.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .append(&mut mine);
        };
        thread::scope(|scope| {
            // This thread is one of them.
            for _ in 1..threads.min(items.len()) {
                scope.spawn(work);
            }
            work();
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|(index, _)| *index);
        done.into_iter().map(|(_, entry)| entry).collect()
    }
}

/// Whether no key of this desk opened it.
pub(crate) fn is_undecryptable(entry: &Entry) -> bool {
    matches!(&entry.record, Record::SetAside { why, .. } if *why == Refusal::Undecryptable.to_string())
}

/// How many threads there is work for.
#[must_use]
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
