//! What short names, days and the directory's words on a command line mean.

use std::collections::BTreeSet;

use candor_casework::{Work, body::Handle};
use candor_directory::{Category, CategoryId, parse_date};
use candor_wire::{Day, EventId, OfficeId};
use rand::{RngCore as _, rngs::OsRng};

use crate::{
    commands::parse_office,
    desk::Desk,
    failure::{Failure, Outcome},
};

/// A new name for a task, an intervention or a group.
pub(super) fn new_handle() -> Handle {
    let mut bytes = [0; 16];
    OsRng.fill_bytes(&mut bytes);
    Handle::new(bytes)
}

/// The one of these whose name begins so; without a beginning, the only one.
pub(super) fn handle(
    known: impl Iterator<Item = Handle>,
    beginning: Option<&str>,
    what: &str,
) -> Outcome<Handle> {
    let beginning = beginning.unwrap_or_default().trim().to_ascii_lowercase();
    let found: Vec<Handle> = known
        .filter(|handle| handle.to_string().starts_with(&beginning))
        .collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(Failure::usage(
            format!("There is no such {what} on this case."),
            "“timeline” and “task list” show their names.",
        )),
        [..] => Err(Failure::usage(
            format!("More than one {what} could be meant."),
            "Give more of its name; “timeline” and “task list” show the names.",
        )),
    }
}

/// The event whose name begins so.
pub(super) fn event(work: &Work, beginning: &str) -> Outcome<EventId> {
    let beginning = beginning.trim().to_ascii_lowercase();
    let mut found = work
        .timeline
        .iter()
        .map(|entry| entry.event)
        .filter(|event| beginning.len() >= 4 && event.to_string().starts_with(&beginning));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(Failure::usage(
            "That names no event of this case, or more than one.",
            "“timeline” shows their names; four characters or more are needed.",
        )),
    }
}

/// A day such as 2027-03-01.
pub(super) fn day(text: &str) -> Outcome<Day> {
    parse_date(text.trim()).map_err(|_| {
        Failure::usage(
            "That is no day.",
            "Write year, month and day, such as 2027-03-01.",
        )
    })
}

/// A day that is still to come.
pub(super) fn coming(desk: &Desk, text: &str) -> Outcome<Day> {
    let day = day(text)?;
    if day < desk.clock.today() {
        return Err(Failure::usage(
            "That day has passed.",
            "Choose one that is still to come.",
        ));
    }
    Ok(day)
}

/// An office of the directory.
pub(super) fn office(desk: &Desk, text: &str) -> Outcome<OfficeId> {
    let office = parse_office(text.trim())?;
    let known = &desk.published()?.directory.offices;
    if known.iter().any(|one| one.id == office) {
        return Ok(office);
    }
    let ids: Vec<_> = known.iter().map(|one| one.id.as_str()).collect();
    Err(Failure::usage(
        "The directory has no such office.",
        format!("It has: {}.", ids.join(", ")),
    ))
}

/// One of these words, which are the directory's or of this desk's cases.
pub(super) fn known(text: &str, what: &str, known: &BTreeSet<&str>) -> Outcome {
    if known.contains(text) {
        return Ok(());
    }
    let ids: Vec<_> = known.iter().copied().collect();
    Err(Failure::usage(
        format!("There is no such {what}."),
        format!("It has to be one of: {}.", ids.join(", ")),
    ))
}

/// An office that is on a case.
pub(super) fn office_on(work: &Work, text: &str) -> Outcome<OfficeId> {
    let office = parse_office(text.trim())?;
    if work.participants.now.contains(&office) {
        return Ok(office);
    }
    let now: Vec<_> = work.participants.now.iter().map(OfficeId::as_str).collect();
    Err(Failure::usage(
        "That office is not on the case.",
        format!("On the case: {}.", now.join(", ")),
    ))
}

/// An entry of one of the directory's lists.
pub(super) fn category(known: &[Category], text: &str, what: &str) -> Outcome<CategoryId> {
    let found = known.iter().find(|entry| entry.id.as_str() == text.trim());
    found.map(|entry| entry.id.clone()).ok_or_else(|| {
        let ids: Vec<_> = known.iter().map(|entry| entry.id.as_str()).collect();
        Failure::usage(
            format!("The directory has no such {what}."),
            format!("It has: {}.", ids.join(", ")),
        )
    })
}
