//! Offices that go, copies for somebody outside, what is no report, and what is confirmed.

use std::collections::BTreeSet;

use candor_casework::{
    Body,
    body::{Departure, Discarded},
};

use super::{
    Given, Plan,
    fields::{event, line, office_on, text},
};
use crate::web::{pages::casework::forms::steps, submission::Submission};

pub(super) fn recuse(form: &Submission, given: Given<'_>) -> Result<Plan, String> {
    let office = office_on(form.field("office"), given, "Choose which office goes.")?;
    if given.work.participants.now.len() < 2 {
        return Err(
            "Nobody would be left on the case. Bring another office onto it first.".to_owned(),
        );
    }
    Ok(Plan::Recuse {
        office,
        why: match form.field("why") {
            "conflict" => Departure::Conflict,
            "not-concerned" => Departure::NotConcerned,
            _ => return Err("Say why.".to_owned()),
        },
        note: text(form, "note")?,
    })
}

pub(super) fn refer(form: &Submission) -> Result<Plan, String> {
    let mut without = BTreeSet::new();
    for (number, value) in form.under("without-") {
        if value == "yes" {
            without.insert(number.to_owned());
        }
    }
    let words = text(form, "redact")?;
    let words: Vec<String> = words
        .lines()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    let redacted = text(form, "redacted")?;
    if redacted.is_empty() && !(without.is_empty() && words.is_empty()) {
        return Err("Say in a few words what was left out, and why.".to_owned());
    }
    let recipient: String = form.field("recipient").split_whitespace().collect();
    if recipient.is_empty() {
        return Err("Enter the age recipient of whom it is for.".to_owned());
    }
    Ok(Plan::Refer {
        to: line(form, "to", "Say whom it is for.")?,
        recipient,
        without,
        words,
        redacted,
    })
}

pub(super) fn discard(form: &Submission, given: Given<'_>) -> Result<Body, String> {
    let note = text(form, "note")?;
    let reason = match form.field("reason") {
        "none" if given.work.discarded.value.is_some() => None,
        word => {
            let reasons = [
                Discarded::Spam,
                Discarded::Test,
                Discarded::Duplicate,
                Discarded::Other,
            ];
            let mut reasons = reasons.into_iter();
            let reason = reasons.find(|reason| steps::discarded(*reason).0 == word);
            Some(reason.ok_or("Say why.")?)
        }
    };
    if reason == Some(Discarded::Other) && note.is_empty() {
        return Err("Say in a few words why it is no report.".to_owned());
    }
    Ok(Body::Discard { reason, note })
}

pub(super) fn confirm(form: &Submission, given: Given<'_>) -> Result<Body, String> {
    let waiting = steps::confirmable(given.work);
    let mut events = Vec::new();
    for (id, value) in form.under("event-") {
        if value == "yes" {
            let id = event(id)?;
            if !waiting.iter().any(|entry| entry.event == id) {
                return Err("What you chose does not wait any more. Look again.".to_owned());
            }
            events.push(id);
        }
    }
    if events.is_empty() {
        return Err("Choose what is to count, or leave it as it is.".to_owned());
    }
    events.sort();
    Ok(Body::Confirm { events })
}
