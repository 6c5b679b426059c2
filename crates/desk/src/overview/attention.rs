//! Cases that come up again by themselves, and notes that ask for this office.

use candor_casework::{
    Work,
    work::{Effect, Note},
};
use candor_wire::{Day, EventId, OfficeId};

use super::is_over;
use crate::case::Case;

/// Why a case comes up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surfaced {
    /// It was held until this day.
    HoldEnded(Day),
    /// It was held until its group has so many reports, and it has.
    GroupGrew {
        /// How many there are.
        reports: usize,
        /// How many were waited for.
        wanted: u32,
    },
    /// Before this day the reporter wished that nothing is done.
    WishEnded(Day),
    /// The reporter wished to wait for others, and there are some.
    OthersCame {
        /// How many reports there are in its group.
        reports: usize,
    },
}

/// Why a case comes up again today, if it does. `reports` is how many reports its group has on this
/// desk, itself included.
#[must_use]
pub fn surfaced(case: &Case, work: &Work, reports: usize, today: Day) -> Option<Surfaced> {
    if is_over(work) {
        return None;
    }
    if work.state.value.as_str() == "held" {
        let hold = work.hold.unwrap_or_default();
        let grown = hold.reports.filter(|wanted| {
            usize::try_from(*wanted).is_ok_and(|wanted| wanted > 0 && reports >= wanted)
        });
        if let Some(wanted) = grown {
            return Some(Surfaced::GroupGrew { reports, wanted });
        }
        if let Some(until) = hold.until.filter(|until| *until <= today) {
            return Some(Surfaced::HoldEnded(until));
        }
        // A team that holds a case further has seen the wish.
        return None;
    }
    // Once somebody has taken it further than looking at it, the wish was weighed.
    if !matches!(work.state.value.as_str(), "new" | "under-review") {
        return None;
    }
    let wishes = case.report()?.wishes.as_ref()?;
    if let Some(day) = wishes.not_before
        && day <= today
        && day > case.day()
    {
        return Some(Surfaced::WishEnded(day));
    }
    (wishes.hold_until_similar && reports > 1).then_some(Surfaced::OthersCame { reports })
}

/// The notes that ask for an office and to which it has done nothing on the case since.
#[must_use]
pub fn mentions<'a>(work: &'a Work, own: &OfficeId) -> Vec<&'a Note> {
    let mut notes = work
        .notes
        .iter()
        .filter(|note| !note.replaced && note.by != *own && note.mentions.contains(own))
        .peekable();
    if notes.peek().is_none() || is_over(work) {
        return Vec::new();
    }
    let place = |event: &EventId| work.timeline.iter().position(|entry| entry.event == *event);
    let last = work.timeline.iter().rposition(|entry| {
        entry.office == *own && matches!(entry.effect, Effect::Counts | Effect::Contested)
    });
    notes
        .filter(|note| match (place(&note.event), last) {
            (Some(note), Some(last)) => last < note,
            _ => true,
        })
        .collect()
}
