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

/// What an office is given of a case.
#[derive(Clone, Debug)]
pub struct Passing {
    /// The event that brought it.
    pub admit: EventId,
    /// How much of what was before.
    pub history: History,
    /// Whether files are sealed to it anew.
    pub files: bool,
    /// The reply that has to lie in its drop first.
    pub after: Option<ReplyId>,
    /// Whether another office brought it: then that office gives it what was before, and this one
    /// only what it did itself without knowing of the newcomer.
    pub of_another: bool,
    /// Whether it was given what was before.
    pub begun: bool,
    /// What it was given, and what was withheld.
    pub settled: BTreeSet<Digest>,
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
    /// What offices are given.
    pub passing: Arc<BTreeMap<(ConversationId, OfficeId), Passing>>,
    handed: Arc<BTreeMap<(ConversationId, String), Vec<HandedPart>>>,
    chains: Arc<BTreeMap<DeviceId, Digest>>,
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

    /// Takes an event that came from the queue.
    pub fn came(
        &mut self,
        event: &Event,
        own: Option<&OfficeId>,
        cases: &BTreeMap<ConversationId, Arc<Case>>,
    ) {
        self.follow(event);
        let content = event.content();
        let Body::Admit(admit) = &content.body else {
            return;
        };
        let key = (content.conversation, admit.office.clone());
        // Whoever brought it gives the newcomer what is there. This device gives it what comes later,
        // if that was another device of this office, which may be gone by then; and in any case what
        // this office did without knowing of it: whoever brought it may have left since.
        if Some(&admit.office) == own || self.passing.contains_key(&key) {
            return;
        }
        let of_another = own != Some(&content.office);
        let passing = Passing {
            admit: event.id(),
            history: admit.history,
            files: false,
            after: None,
            of_another,
            begun: true,
            settled: cases
                .get(&content.conversation)
                .filter(|_| !of_another)
                .map(|case| {
                    let before = pieces(case).filter(|piece| match piece.kind {
                        PieceKind::Event(known) => Some(&known.content().office) != own,
                        _ => true,
                    });
                    before.map(|piece| piece.name).collect()
                })
                .unwrap_or_default(),
        };
        Arc::make_mut(&mut self.passing).insert(key, passing);
    }

    /// Takes an event of this device, which is to be sent.
    pub fn wrote(&mut self, event: EventId, conversation: ConversationId, unsent: Unsent) {
        Arc::make_mut(&mut self.unsent).insert(event, (conversation, unsent));
    }

    /// Takes up that offices have an event.
    pub fn sent(&mut self, event: &EventId, offices: &[OfficeId]) {
        let unsent = Arc::make_mut(&mut self.unsent);
        let Some((_, waiting)) = unsent.get_mut(event) else {
            return;
        };
        waiting.sent.extend(offices.iter().cloned());
        if waiting.recipients.iter().all(|o| waiting.sent.contains(o)) {
            unsent.remove(event);
        }
    }

    /// Takes up that an office is to be given what is here.
    pub fn begin_passing(&mut self, record: &Record) {
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
        let passing = Passing {
            admit: *admit,
            history: *history,
            files: *files,
            after: after.clone(),
            of_another: false,
            begun: false,
            settled: BTreeSet::new(),
        };
        Arc::make_mut(&mut self.passing).insert((*conversation, to.clone()), passing);
    }

    /// Takes up what an office has been given or was withheld.
    pub fn passed_on(&mut self, conversation: &ConversationId, to: &OfficeId, names: &[u8]) {
        let passing = Arc::make_mut(&mut self.passing);
        if let Some(passing) = passing.get_mut(&(*conversation, to.clone())) {
            let (names, _) = names.as_chunks::<32>();
            passing.begun = true;
            passing
                .settled
                .extend(names.iter().copied().map(Digest::new));
        }
    }

    /// Keeps a part of a handover until all of it is here and was looked at.
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

/// What stands before an event, as far as all of it is here; nothing if something is missing.
#[must_use]
pub fn before(case: &Case, event: &EventId) -> Option<BTreeSet<EventId>> {
    let mut found = BTreeSet::new();
    let mut ahead = vec![*event];
    while let Some(next) = ahead.pop() {
        for parent in &case.events.get(&next)?.content().parents {
            if found.insert(*parent) {
                ahead.push(*parent);
            }
        }
    }
    Some(found)
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
    /// A block of a reply.
    Reply,
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
    let replies = case.replies.values().map(|reply| Piece {
        name: reply.block,
        recipients: &reply.header.recipients,
        kind: PieceKind::Reply,
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
