//! Erasing a case: from this desk, from the office's own queue at the relay, from the outbox.
//!
//! 1. The case file is written anew without the case and without its key (`case_file::rewrite`); the
//!    mark that it was erased is in the new one. From then on nobody can read it here.
//! 2. Sealed pieces of files that waited in the outbox are removed.
//! 3. The next sync deletes what lies in the office's queue. A kill or a relay that cannot be reached
//!    leaves that to the one after.
//!
//! The mark says which case by a hash alone, so that the queue may be read again without bringing the
//! case back. Other offices' queues keep their copies, and so do the reporter's drops: they expire.
//!
//! What comes later for the case is deleted there as well, but never the event by which this office's
//! devices tell each other of an erasure: all of them have to read it.
//!
//! Invariant: what was erased does not come back, whatever is read again; a case under a legal hold
//! that this desk knows of is not erased, neither by a person nor by the clock.

use std::collections::{BTreeMap, BTreeSet};

use candor_casework::{Body, Scope};
use candor_sealing::{Block, event::seal_to_offices};
use candor_wire::{
    ConversationId, Day, DeviceId, Digest, Envelope, EventId, OfficeId, Tag, tagged_hash,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    audience::Audience,
    casework::{act, sending, work},
    desk::Desk,
    failure::{Failure, Outcome, Reason},
    outbox,
    record::{Entry, Record, join_many, split_many},
    relay::RelayClient,
    sync,
};

mod later;

pub use later::{HeldLate, alarms};

/// The most bytes that may be said of why a case is erased: the event has to be in one piece, so that
/// whoever reads it knows by itself what it is.
const MAX_WORDS: usize = 2_000;

const MARK: Tag = Tag::new("candor/v1/erased-case");

/// Why a case was erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// A person did it here.
    ByHand,
    /// Its time was up.
    Retention,
    /// Another device of the office did it.
    Colleague,
}

impl Why {
    /// The same in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::ByHand => "by hand",
            Self::Retention => "its time was up",
            Self::Colleague => "on another device of the office",
        }
    }
}

/// What stays of a case that was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erased {
    /// Which one: a hash of the conversation's id.
    pub mark: Digest,
    /// When.
    pub day: Day,
    /// Why.
    pub why: Why,
    /// The device that did it.
    pub device: DeviceId,
    /// Up to where the queue had been read.
    pub cursor: u64,
    /// Where its messages lie in the office's queue.
    pub places: Vec<u64>,
}

/// The mark of a case.
#[must_use]
pub fn mark(conversation: &ConversationId) -> Digest {
    Digest::new(tagged_hash(MARK, &[conversation.as_bytes()]))
}

/// What the state knows of erasures.
#[derive(Clone, Debug, Default)]
pub struct Erasures {
    /// What was erased, by its mark.
    pub done: BTreeMap<Digest, Erased>,
    /// What is still to be deleted from the office's queue, with the mark of its case.
    pub to_take_out: BTreeMap<u64, Digest>,
    /// Legal holds that turned out to be on cases that had been erased here.
    pub held_late: Vec<HeldLate>,
    /// Envelopes that tell the office's other devices, by the mark of their case.
    pub to_tell: BTreeMap<Digest, Zeroizing<Vec<u8>>>,
    places: BTreeMap<ConversationId, BTreeSet<u64>>,
    /// At which of these places which event lies.
    events: BTreeMap<ConversationId, BTreeMap<u64, EventId>>,
    office: Option<OfficeId>,
}

impl Erasures {
    /// Takes up a record.
    pub fn apply(&mut self, entry: &Entry) {
        match &entry.record {
            Record::Began { office, .. } => self.office = Some(office.clone()),
            Record::Received {
                seq, conversation, ..
            } => {
                self.places.entry(*conversation).or_default().insert(*seq);
            }
            Record::HeldLate(held) => self.held_late.push(held.clone()),
            Record::Synced { .. } => self
                .held_late
                .iter_mut()
                .for_each(|held| held.is_told = true),
            Record::Erased(erased) => {
                let places = erased.places.iter().map(|place| (*place, erased.mark));
                self.to_take_out.extend(places);
                if !entry.bytes.is_empty() {
                    self.to_tell.insert(erased.mark, entry.bytes.clone());
                }
                self.done.insert(erased.mark, erased.clone());
            }
            Record::TakenOut { places } => {
                for place in places {
                    self.to_take_out.remove(place);
                }
            }
            Record::Told { mark } => {
                self.to_tell.remove(mark);
            }
            _ => {}
        }
    }

    /// Forgets where they lie.
    pub fn drop_places(&mut self, conversation: &ConversationId) {
        self.places.remove(conversation);
        self.events.remove(conversation);
    }

    /// Takes up which event lies at a place.
    pub fn event_at(&mut self, conversation: ConversationId, seq: u64, event: EventId) {
        let events = self.events.entry(conversation).or_default();
        events.insert(seq, event);
    }

    /// Where messages of a case lie in the office's queue.
    #[must_use]
    pub fn places(&self, conversation: &ConversationId) -> Vec<u64> {
        let places = self.places.get(conversation);
        places.into_iter().flatten().copied().collect()
    }

    /// Whether nothing was erased yet, so that every entry may be kept as it is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.done.is_empty()
    }
}

/// Why a case may not be erased now.
///
/// # Errors
/// If it is under a legal hold, or there is no such case.
pub fn may_erase(desk: &Desk, conversation: &ConversationId) -> Outcome {
    if !desk.state.cases.contains_key(conversation) {
        return Err(Failure::usage(
            "There is no such case.",
            "“list” shows the cases.",
        ));
    }
    if let Some(why) = hold(desk, conversation) {
        return Err(Failure::refused(
            format!(
                "The case is under a legal hold ({}), so that it is not erased.",
                crate::clean::short(&why, 200)
            ),
            "Lift the hold first, if the reason for it is gone.",
        ));
    }
    Ok(())
}

/// Why nothing of a case may be erased, if so.
#[must_use]
pub fn hold(desk: &Desk, conversation: &ConversationId) -> Option<String> {
    let work = work(desk, conversation);
    // Where offices said different things at the same time, any hold counts.
    let mut said = std::iter::once(&work.legal_hold.value)
        .chain(work.legal_hold.also.iter().map(|(_, said)| said));
    said.find_map(Clone::clone)
}

/// Erases cases by a decision of this device, and lets the office's other devices know.
///
/// By hand, the queue is read to its end first, so that a legal hold which has come meanwhile is
/// heeded; the clock has done that already ([`crate::retention::erase_due`]).
///
/// # Errors
/// If one may not be erased, the reporter has written more than was here, or the disk fails; nothing
/// is erased then. That the relay cannot be reached is no error.
pub fn erase(
    desk: &mut Desk,
    conversations: &[ConversationId],
    why: Why,
    words: &str,
) -> Outcome<usize> {
    if words.len() > MAX_WORDS {
        return Err(Failure::usage(
            "That is more than can be said with an erasure.",
            "Shorten it.",
        ));
    }
    desk.refresh();
    for conversation in conversations {
        may_erase(desk, conversation)?;
    }
    if why == Why::ByHand {
        look_again(desk, conversations)?;
    }
    let mut events = Vec::new();
    for conversation in conversations {
        let body = Body::Erase {
            why: words.to_owned(),
        };
        events.push(act(desk, conversation, body, Scope::Office)?);
    }
    // What waits goes out while it can be sealed; if it does not, the envelopes are kept.
    let told = desk
        .relay()
        .and_then(|relay| sending::send_all(desk, &relay));
    if let Err(failure) = told
        && !matches!(failure.reason(), Reason::Network | Reason::Usage)
    {
        return Err(failure);
    }
    let mut going = Vec::new();
    for (conversation, event) in conversations.iter().zip(&events) {
        going.push((*conversation, envelopes(desk, event)?));
    }
    let erased = finish(desk, &going, why)?;
    if why == Why::ByHand {
        for conversation in conversations {
            if desk.state.cases.contains_key(conversation) {
                may_erase(desk, conversation)?;
            }
        }
    }
    Ok(erased)
}

/// Reads the queue to its end, if the relay can be reached, and asks again.
fn look_again(desk: &mut Desk, conversations: &[ConversationId]) -> Outcome {
    let written = |desk: &Desk| -> Vec<Option<usize>> {
        let cases = conversations.iter().map(|id| desk.state.cases.get(id));
        cases
            .map(|case| case.map(|case| case.members().count()))
            .collect()
    };
    let before = written(desk);
    let read = desk
        .relay()
        .and_then(|relay| sync::catch_up(desk, &relay).map(|_| ()));
    desk.refresh();
    if let Err(failure) = read
        && !matches!(failure.reason(), Reason::Network | Reason::Usage)
    {
        return Err(failure);
    }
    for conversation in conversations {
        may_erase(desk, conversation)?;
    }
    if written(desk) != before {
        return Err(Failure::refused(
            "The reporter has written more in the meantime. Nothing was erased.",
            "Read it first, then erase the case if that is still right.",
        ));
    }
    Ok(())
}

/// Erases what other devices of the office have erased, as case events say.
///
/// # Errors
/// If the disk fails.
pub fn follow(desk: &mut Desk) -> Outcome<usize> {
    desk.refresh();
    let cases = desk.state.cases.values();
    let erased: Vec<ConversationId> = cases
        .filter(|case| !case.events.is_empty())
        .map(|case| case.conversation)
        .filter(|conversation| work(desk, conversation).erased.is_some())
        // Somebody held it at the same time: then it stays here until the hold is lifted.
        .filter(|conversation| hold(desk, conversation).is_none())
        .collect();
    let unknown = desk.state.erased_unknown(&desk.config.office);
    let mut follow = |erased: Vec<ConversationId>| {
        let going: Vec<_> = erased.into_iter().map(|id| (id, Vec::new())).collect();
        if going.is_empty() {
            return Ok(0);
        }
        finish(desk, &going, Why::Colleague)
    };
    // What comes of them later is not kept either.
    follow(unknown)?;
    follow(erased)
}

/// The record of an erasure.
fn marked(desk: &Desk, conversation: &ConversationId, why: Why, envelopes: &[Envelope]) -> Entry {
    let mut places = desk.state.erasures.places(conversation);
    let last = places.iter().copied().max().unwrap_or(0);
    let telling = places_of_telling(desk, conversation);
    places.retain(|place| !telling.contains(place));
    let erased = Erased {
        mark: mark(conversation),
        day: desk.clock.today(),
        why,
        device: desk.secrets.device.id(),
        cursor: desk.state.cursor.max(last),
        places,
    };
    let frames: Vec<Vec<u8>> = envelopes.iter().map(Envelope::encode).collect();
    let bytes = join_many(frames.iter().map(Vec::as_slice));
    Entry::secret(Record::Erased(erased), bytes)
}

/// Where the office's devices tell each other that the case is erased.
fn places_of_telling(desk: &Desk, conversation: &ConversationId) -> BTreeSet<u64> {
    let case = desk.state.cases.get(conversation);
    let tells = |id: &EventId| match case {
        Some(case) => case.events.get(id).is_some_and(|event| {
            let content = event.content();
            matches!(content.body, Body::Erase { .. }) && content.office == desk.config.office
        }),
        // Not taken apart without the report: who had it deletes the rest.
        None => true,
    };
    let events = desk.state.erasures.events.get(conversation);
    let events = events.into_iter().flatten();
    let telling = events.filter(|(_, id)| tells(id)).map(|(place, _)| *place);
    telling.collect()
}

/// An event that the office's own queue does not have yet, sealed to the office: what tells the other
/// devices is ciphertext from here on, and needs no key of the case.
fn envelopes(desk: &Desk, event: &EventId) -> Outcome<Vec<Envelope>> {
    let Some((_, unsent)) = desk.state.together.unsent.get(event) else {
        return Ok(Vec::new());
    };
    let Ok(Some(recipient)) = Audience::recipient(desk, &desk.config.office) else {
        return Ok(Vec::new());
    };
    let to = [recipient];
    let seal = |compact: &Zeroizing<Vec<u8>>| {
        let block = Block::from_compact(compact).map_err(Failure::internal)?;
        seal_to_offices(&block, &to, Vec::new()).map_err(Failure::internal)
    };
    unsent.blocks.iter().map(seal).collect()
}

/// Erases those that are not held by now. Whoever sets a hold while this works comes before it or
/// after it, never in between.
fn finish(desk: &mut Desk, going: &[(ConversationId, Vec<Envelope>)], why: Why) -> Outcome<usize> {
    desk.with_outbox(|desk| {
        loop {
            desk.refresh();
            let free: Vec<_> = going
                .iter()
                .filter(|(id, _)| desk.state.knows_of(id) && hold(desk, id).is_none())
                .collect();
            if free.is_empty() {
                return Ok(0);
            }
            let mark = |(id, envelopes): &&(_, Vec<Envelope>)| marked(desk, id, why, envelopes);
            let marks: Vec<Entry> = free.iter().map(mark).collect();
            let ids: Vec<ConversationId> = free.iter().map(|(id, _)| *id).collect();
            let version = desk.state.version();
            if desk.forget_at(Some(version), &ids, &marks)? {
                outbox::sweep_cells(desk);
                return Ok(ids.len());
            }
        }
    })
}

/// Brings to the relay what erasures have left to do: the office's own queue, and the word to the
/// other devices.
///
/// # Errors
/// If the relay cannot be reached; the next sync goes on.
pub fn clear_queue(desk: &mut Desk, relay: &RelayClient) -> Outcome<usize> {
    /// How many places are recorded at once as deleted.
    const AT_ONCE: usize = 64;
    desk.refresh();
    let to_tell = desk.state.erasures.to_tell.clone();
    for (mark, bytes) in to_tell {
        for frame in split_many(&bytes).unwrap_or_default() {
            let envelope = Envelope::decode(frame).map_err(Failure::internal)?;
            relay
                .file(&envelope)
                .map_err(|error| relay.explain(&error))?;
        }
        desk.record_one(Entry::bare(Record::Told { mark }))?;
    }
    // What somebody holds is left for those who still have the case.
    let erasures = &desk.state.erasures;
    let places = erasures.to_take_out.iter();
    let places = places.filter(|(_, mark)| !later::is_held(desk, mark));
    let places: Vec<u64> = places.map(|(place, _)| *place).collect();
    for chunk in places.chunks(AT_ONCE) {
        for place in chunk {
            relay.take_out(*place)?;
        }
        let places = chunk.to_vec();
        desk.record_one(Entry::bare(Record::TakenOut { places }))?;
    }
    Ok(places.len())
}
