//! What comes for a case after it was erased here.
//!
//! None of it is kept. What the reporter writes is told without its words; a legal hold is an alarm,
//! since it came too late; the word of an erasure stays in the queue for the office's other devices,
//! and everything else is deleted there.

use candor_casework::{Body, Event};
use candor_sealing::{
    Block,
    event::EventHeader,
    open::{Opened, parse},
};
use candor_wire::{ConversationId, Day, DeviceId, Digest, OfficeId};
use serde::{Deserialize, Serialize};

use super::{Erased, Erasures, mark};
use crate::{
    casework::events::single,
    desk::Desk,
    record::{Entry, Record},
};

/// For how many days staff are told of a hold that came too late.
const ALARM_DAYS: u32 = 30;
/// How much of a case's id is said.
const LABEL_LEN: usize = 8;
/// How the content of a long event begins its body, if it sets a hold.
const SETS_HOLD: &str = "\"body\":{\"type\":\"legal-hold\",\"on\":true";

/// A legal hold on a case that had been erased here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldLate {
    /// The case that was erased.
    pub mark: Digest,
    /// How the case's id begins, so that people can speak of it.
    pub label: String,
    /// The office that set the hold.
    pub office: OfficeId,
    /// Its device.
    pub device: DeviceId,
    /// The relay's day of it.
    pub day: Day,
    /// Whether a sync has told of it.
    #[serde(skip)]
    pub is_told: bool,
}

/// What a block says that matters of an erased case.
enum Said {
    /// It is the reporter's.
    ByReporter,
    /// Somebody sets a legal hold.
    Held(Box<EventHeader>),
    /// A device erases the case.
    Erased(OfficeId),
    /// It has no meaning any more.
    Nothing,
}

fn said(compact: &[u8]) -> Said {
    match Block::from_compact(compact).ok().map(parse) {
        Some(Ok(Opened::Report(_) | Opened::FollowUp(_))) => Said::ByReporter,
        Some(Ok(Opened::Event(block))) => of_event(block.header),
        _ => Said::Nothing,
    }
}

fn of_event(header: EventHeader) -> Said {
    if header.part.count > 1 {
        // The others of its parts need not be here, and are not kept.
        let holds = header.part.index == 0 && header.content.contains(SETS_HOLD);
        return if holds {
            Said::Held(Box::new(header))
        } else {
            Said::Nothing
        };
    }
    match single(&header).as_ref().map(Event::content) {
        Some(content) => match content.body {
            Body::Erase { .. } => Said::Erased(header.office),
            Body::LegalHold { on: true, .. } => Said::Held(Box::new(header)),
            _ => Said::Nothing,
        },
        None => Said::Nothing,
    }
}

impl Erasures {
    /// What may be kept of an entry: nothing of a case that was erased. What the reporter writes only
    /// after it is told as something set aside, without its content. Where it lies in the office's
    /// queue is noted, so that it is deleted there too.
    #[must_use]
    pub fn admit(&self, entry: &Entry) -> Vec<Entry> {
        let conversation = entry.record.conversation();
        let erased = conversation.and_then(|id| Some((id, self.done.get(&mark(&id))?)));
        let Some((conversation, erased)) = erased else {
            return vec![entry.clone()];
        };
        let Record::Received { seq, day, .. } = &entry.record else {
            return Vec::new();
        };
        let is_later = *seq > erased.cursor;
        let mut admitted = Vec::new();
        match said(&entry.bytes) {
            // The office's other devices must find it.
            Said::Erased(office) if self.office.as_ref() == Some(&office) => return admitted,
            Said::ByReporter if is_later => admitted.push(Entry::bare(Record::SetAside {
                seq: *seq,
                day: *day,
                why: format!("it belongs to a case that was erased on {}", erased.day),
                envelope: None,
            })),
            Said::Held(header) if is_later => {
                admitted.extend(self.held(erased, &conversation, *header, *day));
            }
            _ => {}
        }
        if !self.to_take_out.contains_key(seq) {
            admitted.push(Entry::bare(Record::Erased(Erased {
                places: vec![*seq],
                ..erased.clone()
            })));
        }
        admitted
    }

    /// The record of a hold that came too late, if it is the first by its device.
    fn held(
        &self,
        erased: &Erased,
        conversation: &ConversationId,
        header: EventHeader,
        day: Day,
    ) -> Option<Entry> {
        let is_same = |held: &HeldLate| held.mark == erased.mark && held.device == header.device;
        if self.held_late.iter().any(is_same) {
            return None;
        }
        Some(Entry::bare(Record::HeldLate(HeldLate {
            mark: erased.mark,
            label: conversation.to_string().chars().take(LABEL_LEN).collect(),
            office: header.office,
            device: header.device,
            day,
            is_told: false,
        })))
    }
}

/// Whether a device that may act for its office set it.
fn counts(desk: &Desk, held: &HeldLate) -> bool {
    let lists = &desk.state.together.device_lists;
    let devices = lists.get(&held.office);
    devices.is_some_and(|devices| devices.allows(&held.device))
}

/// Whether somebody holds a case that was erased here.
pub(super) fn is_held(desk: &Desk, mark: &Digest) -> bool {
    let mut held = desk.state.erasures.held_late.iter();
    held.any(|held| held.mark == *mark && counts(desk, held))
}

/// What staff are told of legal holds that were seen too late: those of the last weeks, or, if `fresh`,
/// those that no sync has told of.
#[must_use]
pub fn alarms(desk: &Desk, fresh: bool) -> Vec<String> {
    let today = desk.clock.today();
    let held = desk.state.erasures.held_late.iter();
    let held = held.filter(|held| counts(desk, held));
    let held = held.filter(|held| {
        if fresh {
            !held.is_told
        } else {
            held.day.plus(ALARM_DAYS) >= today
        }
    });
    let words = |held: &HeldLate| {
        let erased = desk.state.erasures.done.get(&held.mark);
        let on = erased.map_or_else(String::new, |erased| format!(" on {}", erased.day));
        format!(
            "The legal hold of “{}” on case {} was set when the case had been erased here{on}. Call \
             that office: what it still has must stay, and so must whatever was printed, exported or \
             backed up here.",
            held.office, held.label
        )
    };
    held.map(words).collect()
}
