//! An informal office (an ombuds office): conversation without a record.
//!
//! What belongs to a conversation is in memory and nowhere else: no record of it is appended, no file
//! of it waits in the outbox, no key of it lies in the table. After each unlocking the queue is read
//! again from its beginning at the relay. Conversations are destroyed on a clock, and at once by hand:
//! in memory, and in the office's own queue at the relay.
//!
//! ```text
//! counters = nonce ‖ XChaCha20-Poly1305(import key, nonce, tag ‖ instance, JSON)
//! JSON     = {"upto": place, "months": {"2026-11": {topic: n}}, "to_take_out": [place …]}
//! ```
//!
//! `counters` is all that lasts, and is replaced as a whole: how many conversations began in a month
//! with which of the directory's topics. `upto` is the highest place of the queue that was counted, so
//! that none is counted twice; it says nothing of which place had which topic.
//!
//! Invariant: no file in the desk's folder holds anything of a conversation, in whatever form.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use candor_wire::{ConversationId, Day};
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};

use crate::{
    case_file,
    desk::Desk,
    failure::{Failure, Outcome},
    home,
    record::{Entry, Record},
    relay::RelayClient,
    retention,
};

/// What is counted under no topic of the directory.
const OTHER: &str = "other";
const MAX_LEN: usize = 1 << 22;

/// What an informal office keeps: numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counters {
    /// The highest place of the queue that was counted.
    pub upto: u64,
    /// Conversations by the month in which they began and their topic.
    pub months: BTreeMap<String, BTreeMap<String, u64>>,
    /// What is still to be deleted from the office's queue.
    #[serde(default)]
    pub to_take_out: BTreeSet<u64>,
}

/// Whether a record may be kept by an informal office.
#[must_use]
pub fn is_durable(entry: &Entry) -> bool {
    let of_the_queue = matches!(
        entry.record,
        Record::SetAside { .. } | Record::Cursor { .. } | Record::Chains { .. }
    );
    entry.record.conversation().is_none() && !of_the_queue
}

/// What was counted so far.
///
/// # Errors
/// If the file cannot be read or was changed.
pub fn counters(desk: &Desk) -> Outcome<Counters> {
    let (path, key) = desk.counters();
    match path.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Counters::default()),
        _ => {}
    }
    let sealed = home::read_file("Cannot read", &path, MAX_LEN)?;
    case_file::open_counters(&key, desk.secrets.keyring.instance, &sealed)
        .and_then(|json| serde_json::from_slice(&json).ok())
        .ok_or_else(|| {
            Failure::storage(
                "The file of what this office counts is not as this desk left it.",
                "Move the file “counters” out of the desk's folder; counting then begins anew.",
            )
        })
}

fn keep(desk: &Desk, counters: &Counters) -> Outcome {
    let (path, key) = desk.counters();
    let json = serde_json::to_vec(counters).map_err(Failure::internal)?;
    let instance = desk.secrets.keyring.instance;
    let sealed = case_file::seal_counters(&key, instance, &json, &mut OsRng)?;
    home::replace_file(&path, &sealed).map_err(|error| Failure::file("Cannot write", &path, &error))
}

/// Goes by what the directory calls the office now: whatever was kept of conversations while it was a
/// formal one is erased.
///
/// # Errors
/// If the disk fails.
pub fn keep_to(desk: &mut Desk) -> Outcome {
    let is_informal = retention::is_informal(desk);
    if desk.published.is_none() || is_informal == desk.state.informal {
        return Ok(());
    }
    // From this record on nothing more is kept, or everything is; the queue is read from its beginning.
    let on = Entry::bare(Record::Informal { on: is_informal });
    if is_informal {
        return desk.forget_all(&[on]);
    }
    // What is in memory was never kept: it is read again, and kept then.
    let in_memory: Vec<ConversationId> = desk.state.cases.keys().copied().collect();
    for conversation in &in_memory {
        desk.in_memory(|state| state.drop_conversation(conversation));
    }
    desk.record_one(on)
}

/// Counts the conversations that began behind what was counted.
///
/// # Errors
/// If the file cannot be read or written.
pub fn count(desk: &Desk) -> Outcome {
    if !retention::is_informal(desk) {
        return Ok(());
    }
    let mut counters = counters(desk)?;
    let upto = desk.state.cursor;
    if upto <= counters.upto {
        return Ok(());
    }
    for case in desk.state.cases.values() {
        let first = desk
            .state
            .erasures
            .places(&case.conversation)
            .into_iter()
            .min();
        if first.is_none_or(|first| first <= counters.upto) {
            continue;
        }
        let known = |topic: &str| {
            let topic = topic.parse().ok()?;
            desk.published.as_deref()?.directory.topic(&topic)
        };
        let topic = case
            .report()
            .and_then(|report| known(&report.topic))
            .map_or_else(|| OTHER.to_owned(), |topic| topic.id.to_string());
        let month: String = case.day().to_string().chars().take(7).collect();
        let topics = counters.months.entry(month).or_default();
        *topics.entry(topic).or_default() += 1;
    }
    counters.upto = upto;
    keep(desk, &counters)
}

/// The day on which a conversation is destroyed.
#[must_use]
pub fn ends(desk: &Desk, last: Day) -> Day {
    let asked = desk.config.retention.destroy_after_days;
    last.plus(asked.min(retention::office_days(desk)))
}

/// Destroys the conversations whose time is up, once the relay has confirmed the day.
///
/// # Errors
/// As [`destroy`]; or if the relay cannot be asked or says another day.
pub fn destroy_due(desk: &mut Desk, relay: &RelayClient) -> Outcome<usize> {
    desk.refresh();
    let today = desk.clock.today();
    let cases = desk.state.cases.values();
    let with_report = cases.map(|case| (case.conversation, case.newest().day));
    // What comes for a conversation that was destroyed lies there without its report.
    let due: Vec<ConversationId> = with_report
        .chain(desk.state.without_report())
        .filter(|(_, newest)| ends(desk, *newest) <= today)
        .map(|(conversation, _)| conversation)
        .collect();
    if !due.is_empty() {
        retention::agree_on_today(desk, relay)?;
    }
    destroy(desk, &due)
}

/// Destroys conversations at once: in memory here and now, at the relay with the next sync. Only
/// where they lie in the queue is noted until then.
///
/// # Errors
/// If the numbers cannot be noted; nothing is destroyed then.
pub fn destroy(desk: &mut Desk, conversations: &[ConversationId]) -> Outcome<usize> {
    if conversations.is_empty() {
        return Ok(0);
    }
    let mut counters = counters(desk)?;
    for conversation in conversations {
        let places = desk.state.erasures.places(conversation);
        counters.to_take_out.extend(places);
    }
    keep(desk, &counters)?;
    for conversation in conversations {
        desk.in_memory(|state| state.drop_conversation(conversation));
    }
    Ok(conversations.len())
}

/// Deletes from the office's queue what was destroyed.
///
/// # Errors
/// If the relay cannot be reached; the next sync goes on.
pub fn clear_queue(desk: &Desk, relay: &RelayClient) -> Outcome {
    let mut counters = counters(desk)?;
    if counters.to_take_out.is_empty() {
        return Ok(());
    }
    for place in std::mem::take(&mut counters.to_take_out) {
        relay.take_out(place)?;
    }
    keep(desk, &counters)
}

/// Fails where an informal office would leave something behind.
///
/// # Errors
/// If this is one.
pub fn refuse(desk: &Desk, what: &str) -> Outcome {
    if desk.state.informal || retention::is_informal(desk) {
        return Err(Failure::refused(
            format!("This is an informal office, which keeps no record: it does not {what}."),
            "If somebody else is to know, the visitor can hand it over themselves.",
        ));
    }
    Ok(())
}
