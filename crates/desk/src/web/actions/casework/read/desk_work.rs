//! Who is responsible, notes, tasks, and what leaders are asked and report.

use candor_casework::{Body, Scope};

use super::{
    Given,
    fields::{
        category, coming, event, handle, line, office_on, optional_day, optional_line, text,
        yes_or_no,
    },
};
use crate::web::{
    pages::casework::{
        names::List,
        sheet::{HANDLE, OF},
    },
    submission::Submission,
};

pub(super) fn assign(form: &Submission, given: Given<'_>) -> Result<Body, String> {
    let office = match form.field("office") {
        "none" => None,
        id => Some(office_on(id, given, "Choose an office.")?),
    };
    let whom = optional_line(form, "whom")?;
    Ok(Body::Assign {
        whom: if office.is_some() {
            whom
        } else {
            String::new()
        },
        office,
    })
}

pub(super) fn note(form: &Submission, given: Given<'_>) -> Result<(Body, Scope), String> {
    let note = text(form, "text")?;
    if note.is_empty() {
        return Err("The note is empty.".to_owned());
    }
    let replaces = match form.field(OF) {
        "" => None,
        id => Some(event(id)?),
    };
    let replaced = replaces.and_then(|id| given.work.notes.iter().find(|note| note.event == id));
    if replaces.is_some() && replaced.is_none() {
        return Err("The note that you change is not here any more.".to_owned());
    }
    let scope = match (replaced, form.field("scope")) {
        (Some(note), _) => note.scope,
        (None, "case") => Scope::Case,
        (None, "office") => Scope::Office,
        (None, _) => return Err("Say who may read the note.".to_owned()),
    };
    let mut mentions = Vec::new();
    for (id, value) in form.under("mention-") {
        if value == "yes" {
            mentions.push(office_on(id, given, "This office is not on the case.")?);
        }
    }
    mentions.sort();
    if scope == Scope::Office && !mentions.is_empty() {
        return Err(
            "A note for this office alone cannot ask for the attention of another. Let all offices on the case read it, or ask nobody."
                .to_owned(),
        );
    }
    let body = Body::Note {
        text: note,
        mentions,
        replaces,
    };
    Ok((body, scope))
}

pub(super) fn task(form: &Submission, given: Given<'_>) -> Result<Body, String> {
    let (task, is_new) = match form.field(OF) {
        "" => (handle(form, HANDLE)?, true),
        _ => (handle(form, OF)?, false),
    };
    let due = optional_day(form, "due")?;
    Ok(Body::Task {
        task,
        text: line(form, "text", "Say what is to be done.")?,
        due: match due {
            Some(day) if is_new => Some(coming(day, given.names)?),
            due => due,
        },
        office: match form.field("office") {
            "" => None,
            id => Some(office_on(id, given, "Choose an office.")?),
        },
    })
}

pub(super) fn intervene(form: &Submission, given: Given<'_>) -> Result<Body, String> {
    let (intervention, is_new) = match form.field(OF) {
        "" => (handle(form, HANDLE)?, true),
        _ => (handle(form, OF)?, false),
    };
    let what = text(form, "what")?;
    if what.is_empty() {
        return Err("Say what is to be done.".to_owned());
    }
    let due = optional_day(form, "due")?.ok_or("Say by when they report back.")?;
    Ok(Body::Intervene {
        intervention,
        leader: line(form, "leader", "Say which leader is responsible.")?,
        kind: category(form.field("kind"), List::Interventions, given.names)?,
        what,
        due: if is_new {
            coming(due, given.names)?
        } else {
            due
        },
    })
}

pub(super) fn report_back(form: &Submission, given: Given<'_>) -> Result<Body, String> {
    let intervention = handle(form, OF)?;
    let mut known = given.work.interventions.iter();
    if !known.any(|known| known.handle == intervention) {
        return Err("What the leader was asked is not here any more.".to_owned());
    }
    Ok(Body::ReportBack {
        intervention,
        text: text(form, "text")?,
        completed: yes_or_no(form, "completed", "Say whether it was done as asked.")?,
    })
}
