//! What single fields say: texts, days, offices, and entries of the directory's lists.

use candor_casework::body::{Handle, MAX_LINE_LEN, MAX_TEXT_LEN};
use candor_directory::{CategoryId, parse_date};
use candor_wire::{Day, EventId, OfficeId};

use super::Given;
use crate::web::{
    pages::casework::names::{List, Names},
    submission::Submission,
};

/// A text within its limit.
pub(super) fn text(form: &Submission, name: &str) -> Result<String, String> {
    let text = form.text(name).trim().to_owned();
    if text.len() > MAX_TEXT_LEN {
        return Err(format!(
            "The text is too long: it has {} bytes, and {MAX_TEXT_LEN} fit.",
            text.len()
        ));
    }
    Ok(text)
}

/// A line that must say something.
pub(super) fn line(form: &Submission, name: &str, otherwise: &str) -> Result<String, String> {
    let line = optional_line(form, name)?;
    if line.is_empty() {
        return Err(otherwise.to_owned());
    }
    Ok(line)
}

pub(super) fn optional_line(form: &Submission, name: &str) -> Result<String, String> {
    let line = form.field(name).split_whitespace().collect::<Vec<_>>();
    let line = line.join(" ");
    if line.len() > MAX_LINE_LEN {
        return Err(format!(
            "“{}…” is too long for one line: {MAX_LINE_LEN} bytes fit.",
            line.chars().take(30).collect::<String>()
        ));
    }
    Ok(line)
}

pub(super) fn yes_or_no(form: &Submission, name: &str, otherwise: &str) -> Result<bool, String> {
    match form.field(name) {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(otherwise.to_owned()),
    }
}

pub(super) fn optional_day(form: &Submission, name: &str) -> Result<Option<Day>, String> {
    let day = form.field(name).trim();
    if day.is_empty() {
        return Ok(None);
    }
    let not_a_day = || "Write the day like this: 2026-12-31.".to_owned();
    parse_date(day).map(Some).map_err(|_| not_a_day())
}

/// A day that has not passed.
pub(super) fn coming(day: Day, names: Names<'_>) -> Result<Day, String> {
    if day < names.today() {
        return Err("This day has passed: choose one that is still to come.".to_owned());
    }
    Ok(day)
}

pub(super) fn office(id: &str, otherwise: &str) -> Result<OfficeId, String> {
    id.parse().map_err(|_| otherwise.to_owned())
}

/// An office that is on the case.
pub(super) fn office_on(id: &str, given: Given<'_>, otherwise: &str) -> Result<OfficeId, String> {
    let office = office(id, otherwise)?;
    if given.work.participants.now.contains(&office) {
        Ok(office)
    } else {
        Err("This office is not on the case (any more).".to_owned())
    }
}

pub(super) fn handle(form: &Submission, name: &str) -> Result<Handle, String> {
    form.field(name)
        .parse()
        .map_err(|_| "The form did not come whole. Open it again.".to_owned())
}

pub(super) fn event(id: &str) -> Result<EventId, String> {
    id.parse()
        .map_err(|_| "The form did not come whole. Open it again.".to_owned())
}

/// An entry of one of the directory's lists.
pub(super) fn category(
    id: &str,
    list: List,
    names: Names<'_>,
) -> Result<Option<CategoryId>, String> {
    if id.is_empty() {
        return Ok(None);
    }
    let parsed: Option<CategoryId> = id.parse().ok();
    parsed
        .filter(|id| names.has(list, id))
        .map(Some)
        .ok_or_else(|| "The directory’s list has changed. Choose again.".to_owned())
}
