//! What the desk's state holds of the offices' work together, beside the events of each case: the
//! lists of devices, and what is on its way.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use candor_casework::{
    Body, Event,
    body::History,
    event::{first_link, next_link},
    facts::Devices,
};
use candor_directory::{DeviceList, DeviceListDomain};
use candor_sealing::handover::{HandoverContent, HandoverHeader, join_handover};
use candor_wire::{ConversationId, Day, DeviceId, Digest, EventId, OfficeId, SignedStatement};
use zeroize::Zeroizing;

use crate::{
    case::Case,
    record::{Record, ReplyId},
};

/// An event of this device that not every office has.
#[derive(Clone, Debug)]
pub struct Unsent {
    /// Its signed blocks, compact.
    pub blocks: Vec<Zeroizing<Vec<u8>>>,
    /// The offices that it is for.
    pub recipients: Vec<OfficeId>,
    /// The offices that have it.
    pub sent: BTreeSet<OfficeId>,
    /// Its place among everything this desk did.
    pub order: u64,
}

/// What this device has promised to an office that it brought onto a case.
#[derive(Clone, Debug)]
pub struct Promise {
    /// The office.
    pub to: OfficeId,
    /// How much of what was before.
    pub history: History,
    /// Whether files are sealed to it anew.
    pub files: bool,
    /// The reply that has to lie in its drop first.
    pub after: Option<ReplyId>,
    /// Whether that reply was given up before the reporter could read it.
    pub untold: bool,
}

/// A part of a handover to this office.
#[derive(Clone, Debug)]
pub struct HandedPart {
    /// Its header.
    pub header: HandoverHeader,
    /// Its place in the queue.
    pub seq: u64,
    /// The relay's day.
    pub day: Day,
}

/// What the desk knows of the offices' work together.
#[derive(Clone, Debug, Default)]
pub struct Together {
    /// The devices of the offices, by the newest list that was seen.
    pub device_lists: Arc<BTreeMap<OfficeId, Devices>>,
    /// Grows when a list changes.
    pub lists_changed: u64,
    /// This device's events that are not everywhere.
    pub unsent: Arc<BTreeMap<EventId, (ConversationId, Unsent)>>,
    /// This device's events that were kept back from offices that were off the case when they were
    /// sent: the recipients are those.
    pub kept_back: Arc<BTreeMap<EventId, (ConversationId, Unsent)>>,
    /// What this device has promised to offices that it brought, by the event.
    pub promises: Arc<BTreeMap<(ConversationId, EventId), Promise>>,
    /// The offices of which any event says that they come or go. What of it counts is for
    /// [`owed`](super::owed) to say.
    moving: Arc<BTreeSet<(ConversationId, OfficeId)>>,
    /// The counter of the reporter's newest block when an admission was written, or came.
    heard: Arc<BTreeMap<(ConversationId, EventId), u32>>,
    /// What offices were given, by handovers of this device.
    given: Arc<BTreeMap<(ConversationId, OfficeId), BTreeSet<Digest>>>,
    handed: Arc<BTreeMap<(ConversationId, String), Vec<HandedPart>>>,
    chains: Arc<BTreeMap<DeviceId, Digest>>,
}

/// The most incomplete handovers of one device on one case that are kept.
const MAX_INCOMPLETE: usize = 16;
/// The most incomplete handovers that are kept of devices that are in no list.
const MAX_INCOMPLETE_UNLISTED: usize = 64;
/// For how many days any is kept after the last part of it came: the rest may be in a later batch.
const PATIENCE_DAYS: u32 = 3;
/// For how many days one is kept, after the last part of it came, that is incomplete or by a device
/// that is in no list.
const INCOMPLETE_DAYS: u32 = 30;

/// A part of a handover that is not kept any longer: its place in the queue, its day, and its case.
pub type Dropped = (u64, Day, ConversationId);

/// Whether all parts of a handover are here.
pub(super) fn is_complete(parts: &[HandedPart]) -> bool {
    let count = parts
        .first()
        .map_or(0, |part| usize::from(part.header.part.count));
    parts.len() >= count
}

/// On which case, and by which device.
fn writer(part: &HandedPart) -> (ConversationId, DeviceId) {
    (part.header.conversation, part.header.device)
}

/// The name of an event among what was settled.
#[must_use]
pub fn name_of(event: &EventId) -> Digest {
    Digest::new(*event.as_bytes())
}

impl Together {
    /// Takes a list that was verified before it was recorded.
    pub fn take_list(&mut self, list: &SignedStatement<DeviceListDomain>, order: u64) {
        let Ok(list) = list.peek::<DeviceList>() else {
            return;
        };
        let devices = Devices {
            version: list.version,
            listed: list.devices.iter().map(|device| device.id).collect(),
            revoked: list.revoked.iter().copied().collect(),
        };
        let known = self.device_lists.get(&list.office);
        if known.is_none_or(|known| known.version <= devices.version && *known != devices) {
            Arc::make_mut(&mut self.device_lists).insert(list.office, devices);
            self.lists_changed = order;
        }
    }

    /// The chain of a device, as far as it is known here without a gap.
    #[must_use]
    pub fn link(&self, device: &DeviceId) -> Digest {
        let known = self.chains.get(device).copied();
        known.unwrap_or_else(|| first_link(device))
    }

    /// How far the chains of all devices are known.
    #[must_use]
    pub fn links(&self) -> Vec<(DeviceId, Digest)> {
        let link = |(device, link): (&DeviceId, &Digest)| (*device, *link);
        self.chains.iter().map(link).collect()
    }

    /// Takes up how far chains were known whose events are not here any more.
    pub fn take_links(&mut self, links: &[(DeviceId, Digest)]) {
        Arc::make_mut(&mut self.chains).extend(links.iter().copied());
    }

    /// Takes up an event into its device's chain.
    pub fn follow(&mut self, event: &Event) {
        let device = event.content().device;
        if self.link(&device) == event.content().link {
            let next = next_link(&event.content().link, &event.id());
            Arc::make_mut(&mut self.chains).insert(device, next);
        }
    }

    /// Takes an event that is new here, from wherever it came.
    pub fn came(&mut self, event: &Event, cases: &BTreeMap<ConversationId, Arc<Case>>) {
        self.follow(event);
        let content = event.content();
        let moving = match &content.body {
            Body::Admit(admit) => &admit.office,
            Body::Recuse { office, .. } => office,
            _ => return,
        };
        let conversation = content.conversation;
        Arc::make_mut(&mut self.moving).insert((conversation, moving.clone()));
        if matches!(content.body, Body::Admit(_)) {
            let case = cases.get(&conversation);
            let newest = case.and_then(|case| case.members().map(|member| member.counter).max());
            if let Some(newest) = newest {
                Arc::make_mut(&mut self.heard).insert((conversation, event.id()), newest);
            }
        }
    }

    /// The offices of which any event says that they come or go.
    pub fn moving(&self) -> impl Iterator<Item = &(ConversationId, OfficeId)> {
        self.moving.iter()
    }

    /// The counter of the reporter's newest block that was here when an admission was written, or
    /// came.
    #[must_use]
    pub fn heard(&self, conversation: &ConversationId, admit: &EventId) -> Option<u32> {
        self.heard.get(&(*conversation, *admit)).copied()
    }

    /// What an office was given by handovers of this device.
    #[must_use]
    pub fn given(&self, conversation: &ConversationId, to: &OfficeId) -> Option<&BTreeSet<Digest>> {
        self.given.get(&(*conversation, to.clone()))
    }

    /// Takes an event of this device, which is to be sent.
    pub fn wrote(&mut self, event: EventId, conversation: ConversationId, unsent: Unsent) {
        Arc::make_mut(&mut self.unsent).insert(event, (conversation, unsent));
    }

    /// Takes up that offices have an event, and from which ones it is kept back, since they are off
    /// the case.
    pub fn sent(&mut self, event: &EventId, offices: &[OfficeId], from: &[OfficeId]) {
        if let Some((conversation, waiting)) = Arc::make_mut(&mut self.unsent).get_mut(event) {
            let settled = offices.iter().chain(from);
            waiting.sent.extend(settled.cloned());
            if !from.is_empty() {
                let known = Arc::make_mut(&mut self.kept_back).entry(*event);
                let (_, back) = known.or_insert_with(|| {
                    let back = Unsent {
                        recipients: Vec::new(),
                        sent: BTreeSet::new(),
                        ..waiting.clone()
                    };
                    (*conversation, back)
                });
                back.recipients.extend(from.iter().cloned());
            }
            if waiting.recipients.iter().all(|o| waiting.sent.contains(o)) {
                Arc::make_mut(&mut self.unsent).remove(event);
            }
        }
        // One that was kept back may have gone since, to an office that has come back.
        let is_back = |back: &Unsent| back.recipients.iter().any(|o| offices.contains(o));
        if self.kept_back.get(event).is_some_and(|(_, b)| is_back(b)) {
            let kept_back = Arc::make_mut(&mut self.kept_back);
            if let Some((_, back)) = kept_back.get_mut(event) {
                back.recipients.retain(|office| !offices.contains(office));
                if back.recipients.is_empty() {
                    kept_back.remove(event);
                }
            }
        }
    }

    /// Takes up that an office is to be given what is here.
    pub fn promise(&mut self, record: &Record) {
        let Record::Passing {
            conversation,
            to,
            admit,
            history,
            files,
            after,
        } = record
        else {
            return;
        };
        let promise = Promise {
            to: to.clone(),
            history: *history,
            files: *files,
            after: after.clone(),
            untold: false,
        };
        Arc::make_mut(&mut self.promises).insert((*conversation, *admit), promise);
    }

    /// Takes up that a reply was given up before the reporter could read it.
    pub fn untold(&mut self, conversation: &ConversationId, reply: &ReplyId) {
        let is_it = |promise: &Promise| promise.after.as_ref() == Some(reply);
        if !self.promises.values().any(is_it) {
            return;
        }
        for ((of, _), promise) in Arc::make_mut(&mut self.promises) {
            promise.untold |= of == conversation && is_it(promise);
        }
    }

    /// Takes up what an office has been given.
    pub fn passed_on(&mut self, conversation: &ConversationId, to: &OfficeId, names: &[u8]) {
        let given = Arc::make_mut(&mut self.given);
        let (names, _) = names.as_chunks::<32>();
        given
            .entry((*conversation, to.clone()))
            .or_default()
            .extend(names.iter().copied().map(Digest::new));
    }

    /// Keeps a part of a handover until all of it is here and was looked at.
    ///
    /// Nothing is dropped here: the relay shows what came in shuffled batches, so that parts of many
    /// handovers may lie between one another, and whose devices are listed is asked after reading.
    pub fn keep_handover(&mut self, header: &HandoverHeader, seq: u64, day: Day) {
        let key = (header.conversation, header.handover.clone());
        let parts = Arc::make_mut(&mut self.handed).entry(key).or_default();
        let known = |known: &HandedPart| {
            known.header.part == header.part && known.header.device == header.device
        };
        if !parts.iter().any(known) {
            parts.push(HandedPart {
                header: header.clone(),
                seq,
                day,
            });
        }
    }

    /// Forgets handovers of which nothing more has come for long: incomplete ones, and those of
    /// devices that are in no list. After some days the oldest incomplete ones go, too, if one device
    /// began too many on a case, or devices that are in no list did. Gives their parts.
    pub fn expire_handovers(&mut self, today: Day) -> Vec<Dropped> {
        let is_quiet = |parts: &[HandedPart], days: u32| {
            let newest = parts.iter().map(|part| part.day).max();
            newest.is_some_and(|day| day.plus(days) < today)
        };
        let lists = Arc::clone(&self.device_lists);
        let is_listed = |part: &HandedPart| {
            let devices = lists.get(&part.header.office);
            devices.is_some_and(|devices| {
                let device = &part.header.device;
                devices.listed.contains(device) || devices.revoked.contains(device)
            })
        };
        let all_listed = |parts: &[HandedPart]| parts.iter().all(is_listed);
        let mut dropped = self.drop_oldest(0, |parts| {
            is_quiet(parts, INCOMPLETE_DAYS) && (!is_complete(parts) || !all_listed(parts))
        });
        let waits = |parts: &[HandedPart]| !is_complete(parts) && is_quiet(parts, PATIENCE_DAYS);
        dropped.extend(self.drop_oldest(MAX_INCOMPLETE_UNLISTED, |parts| {
            waits(parts) && !all_listed(parts)
        }));
        let mut begun: BTreeMap<(ConversationId, DeviceId), usize> = BTreeMap::new();
        for parts in self.handed.values().filter(|parts| waits(parts)) {
            if let Some(part) = parts.first() {
                *begun.entry(writer(part)).or_default() += 1;
            }
        }
        for (by, _) in begun.into_iter().filter(|(_, n)| *n > MAX_INCOMPLETE) {
            dropped.extend(self.drop_oldest(MAX_INCOMPLETE, |parts| {
                waits(parts) && parts.first().is_some_and(|part| writer(part) == by)
            }));
        }
        dropped
    }

    /// Forgets the oldest of the handovers of a kind, down to so many.
    fn drop_oldest(
        &mut self,
        most: usize,
        of_kind: impl Fn(&[HandedPart]) -> bool,
    ) -> Vec<Dropped> {
        let mut oldest: Vec<_> = self
            .handed
            .iter()
            .filter(|(_, parts)| of_kind(parts))
            .map(|(key, parts)| (parts.iter().map(|part| part.seq).min(), key.clone()))
            .collect();
        let over = oldest.len().saturating_sub(most);
        if over == 0 {
            return Vec::new();
        }
        oldest.sort();
        let handed = Arc::make_mut(&mut self.handed);
        let gone = oldest.into_iter().take(over).map(|(_, key)| key);
        gone.flat_map(|key| {
            let parts = handed.remove(&key).unwrap_or_default();
            parts
                .into_iter()
                .map(move |part| (part.seq, part.day, key.0))
        })
        .collect()
    }

    /// The handovers that nobody has looked at, complete or not.
    pub fn handed(&self) -> impl Iterator<Item = (&ConversationId, &str, &[HandedPart])> {
        self.handed
            .iter()
            .map(|((conversation, id), parts)| (conversation, id.as_str(), parts.as_slice()))
    }

    /// Takes a handover out: what it holds, and where in the queue it lay.
    pub fn take_handover(
        &mut self,
        conversation: &ConversationId,
        handover: &str,
    ) -> (Option<HandoverContent>, Vec<u64>) {
        let key = (*conversation, handover.to_owned());
        let parts = Arc::make_mut(&mut self.handed)
            .remove(&key)
            .unwrap_or_default();
        let headers: Vec<&HandoverHeader> = parts.iter().map(|part| &part.header).collect();
        let content = join_handover(&headers).ok().flatten();
        (content, parts.iter().map(|part| part.seq).collect())
    }
}

/// Something of a case that can be passed on.
#[derive(Clone, Debug)]
pub struct Piece<'a> {
    /// Its name.
    pub name: Digest,
    /// The offices that it was sealed to.
    pub recipients: &'a [OfficeId],
    /// What it is.
    pub kind: PieceKind<'a>,
}

/// What can be passed on.
#[derive(Clone, Copy, Debug)]
pub enum PieceKind<'a> {
    /// A block of the reporter, by its counter.
    Reporter(u32),
    /// A block of a reply, by its place.
    Reply((u32, u32)),
    /// An event, all of its blocks.
    Event(&'a Event),
}

/// Everything of a case that can be passed on, in the order in which it makes sense. Of events,
/// those for all offices.
pub fn pieces(case: &Case) -> impl Iterator<Item = Piece<'_>> {
    let reporter = case.members().map(|member| Piece {
        name: member.digest,
        recipients: member.recipients,
        kind: PieceKind::Reporter(member.counter),
    });
    let replies = case.replies.iter().map(|(place, reply)| Piece {
        name: reply.block,
        recipients: &reply.header.recipients,
        kind: PieceKind::Reply(*place),
    });
    let events = case
        .events
        .iter()
        .filter(|event| event.content().scope == candor_casework::Scope::Case)
        .map(|event| Piece {
            name: name_of(&event.id()),
            recipients: &event.content().recipients,
            kind: PieceKind::Event(event),
        });
    reporter.chain(replies).chain(events)
}

#[cfg(test)]
mod tests;
