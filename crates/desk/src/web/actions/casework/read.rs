//! What a form of casework asks for, checked before anything is done.
//!
//! Whatever a form says of offices, states and lists is compared with what its page could offer:
//! a form that was made by hand gets no further than one of these pages.

use std::collections::BTreeSet;

use candor_casework::{
    Body, Scope, Work,
    body::{
        Actionable, Admission, Departure, Discarded, Handle, History, Hold, MAX_LINE_LEN,
        MAX_TEXT_LEN, Triage,
    },
};
use candor_directory::{CategoryId, StateId, parse_date};
use candor_wire::{ConversationId, Day, EventId, OfficeId};

use crate::casework::coming_and_going as casework;
use crate::web::{
    act::Act,
    pages::{
        casework::{
            forms::{sorting::Group, steps},
            names::{List, Names},
            sheet::{HANDLE, OF},
        },
        similar::{Other, WITH},
    },
    submission::Submission,
};

/// What is to be done.
#[derive(Debug)]
pub enum Plan {
    /// Events, one after the other.
    Events(Vec<(Body, Scope)>),
    /// A group, for this case and for others that are ticked.
    Group {
        /// The event, the same on each.
        body: Body,
        /// The other cases.
        with: Vec<ConversationId>,
    },
    /// Praise is passed on, and the reporter perhaps thanked.
    PassOn {
        /// The event.
        body: Body,
        /// The words to the reporter.
        thanks: Option<String>,
    },
    /// An office comes onto the case.
    Admit {
        /// The office.
        office: OfficeId,
        /// Why.
        why: Admission,
        /// What it is given.
        given: casework::Given,
        /// Words for it.
        note: String,
    },
    /// An office goes.
    Recuse {
        /// The office.
        office: OfficeId,
        /// Why.
        why: Departure,
        /// More words.
        note: String,
    },
    /// A copy for somebody outside.
    Refer {
        /// Whom.
        to: String,
        /// Their age recipient.
        recipient: String,
        /// Parts to leave out, by name.
        without: BTreeSet<String>,
        /// Words to take out.
        words: Vec<String>,
        /// What was left out, and why.
        redacted: String,
    },
    /// The case is erased on this office's devices.
    Erase {
        /// Why.
        why: String,
    },
}

/// What is known of the case and the directory.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// Names and lists.
    pub names: Names<'a>,
    /// The case.
    pub work: &'a Work,
    /// The states that may follow.
    pub next: &'a [StateId],
    /// The groups of this desk's cases.
    pub groups: &'a [Group],
    /// Other cases that may be about the same.
    pub others: &'a [Other],
}

/// What a form asks for.
///
/// # Errors
/// What is missing or not possible, in words for whoever filled it in.
pub fn read(act: Act, form: &Submission, given: Given<'_>) -> Result<Plan, String> {
    let events = |body: Body| Ok(Plan::Events(vec![(body, Scope::Case)]));
    match act {
        Act::Triage => sorted(form, given).map(Plan::Events),
        Act::Move => {
            let to = form.field("to");
            let to = given.next.iter().find(|state| state.as_str() == to);
            events(Body::Move {
                to: to.ok_or("Choose the new state.")?.clone(),
                why: text(form, "why")?,
                hold: None,
            })
        }
        Act::Hold => held(form, given).map(Plan::Events),
        Act::Assign => assign(form, given).and_then(events),
        Act::Note => note(form, given).map(|event| Plan::Events(vec![event])),
        Act::Task => task(form, given).and_then(events),
        Act::TaskDone => {
            let task = handle(form, OF)?;
            if !given.work.tasks.iter().any(|known| known.handle == task) {
                return Err("This task is not here any more.".to_owned());
            }
            events(Body::TaskDone {
                task,
                done: form.field("done") == "yes",
            })
        }
        Act::Intervene => intervene(form, given).and_then(events),
        Act::ReportBack => report_back(form, given).and_then(events),
        Act::Decide => events(Body::Decide {
            addressed: yes_or_no(form, "addressed", "Say whether it is addressed.")?,
            why: text(form, "why")?,
        }),
        Act::PassOn => {
            let thanks = text(form, "text")?;
            let is_thanked = form.field("thank") == "yes";
            if is_thanked && thanks.is_empty() {
                return Err("Write the words to the reporter, or do not send any.".to_owned());
            }
            Ok(Plan::PassOn {
                body: Body::PassOn {
                    to: line(form, "to", "Say to whom it was passed on.")?,
                },
                thanks: is_thanked.then_some(thanks),
            })
        }
        Act::Group => Ok(Plan::Group {
            with: taken_along(form, given)?,
            body: group(form, given)?,
        }),
        Act::Copy | Act::Transfer => Ok(Plan::Admit {
            office: office(form.field("office"), "Choose an office.")?,
            why: if act == Act::Copy {
                Admission::Copy
            } else {
                Admission::Transfer
            },
            given: casework::Given {
                history: match form.field("history") {
                    "report" => History::Report,
                    "conversation" => History::Conversation,
                    "all" => History::All,
                    _ => return Err("Say what that office is given.".to_owned()),
                },
                files: form.field("files") == "yes",
            },
            note: text(form, "note")?,
        }),
        Act::Recuse => recuse(form, given),
        Act::Refer => refer(form),
        Act::Discard => discard(form, given).and_then(events),
        Act::LegalHold => events(Body::LegalHold {
            on: yes_or_no(form, "on", "Say whether it may be erased.")?,
            why: text(form, "why")?,
        }),
        Act::Confirm => confirm(form, given).and_then(events),
        Act::Erase => Ok(Plan::Erase {
            why: text(form, "why")?,
        }),
    }
}

/// A text within its limit.
fn text(form: &Submission, name: &str) -> Result<String, String> {
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
fn line(form: &Submission, name: &str, otherwise: &str) -> Result<String, String> {
    let line = optional_line(form, name)?;
    if line.is_empty() {
        return Err(otherwise.to_owned());
    }
    Ok(line)
}

fn optional_line(form: &Submission, name: &str) -> Result<String, String> {
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

fn yes_or_no(form: &Submission, name: &str, otherwise: &str) -> Result<bool, String> {
    match form.field(name) {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(otherwise.to_owned()),
    }
}

fn optional_day(form: &Submission, name: &str) -> Result<Option<Day>, String> {
    let day = form.field(name).trim();
    if day.is_empty() {
        return Ok(None);
    }
    let not_a_day = || "Write the day like this: 2026-12-31.".to_owned();
    parse_date(day).map(Some).map_err(|_| not_a_day())
}

/// A day that has not passed.
fn coming(day: Day, names: Names<'_>) -> Result<Day, String> {
    if day < names.today() {
        return Err("This day has passed: choose one that is still to come.".to_owned());
    }
    Ok(day)
}

fn office(id: &str, otherwise: &str) -> Result<OfficeId, String> {
    id.parse().map_err(|_| otherwise.to_owned())
}

/// An office that is on the case.
fn office_on(id: &str, given: Given<'_>, otherwise: &str) -> Result<OfficeId, String> {
    let office = office(id, otherwise)?;
    if given.work.participants.now.contains(&office) {
        Ok(office)
    } else {
        Err("This office is not on the case (any more).".to_owned())
    }
}

fn handle(form: &Submission, name: &str) -> Result<Handle, String> {
    form.field(name)
        .parse()
        .map_err(|_| "The form did not come whole. Open it again.".to_owned())
}

fn event(id: &str) -> Result<EventId, String> {
    id.parse()
        .map_err(|_| "The form did not come whole. Open it again.".to_owned())
}

/// An entry of one of the directory's lists.
fn category(id: &str, list: List, names: Names<'_>) -> Result<Option<CategoryId>, String> {
    if id.is_empty() {
        return Ok(None);
    }
    let parsed: Option<CategoryId> = id.parse().ok();
    parsed
        .filter(|id| names.has(list, id))
        .map(Some)
        .ok_or_else(|| "The directory’s list has changed. Choose again.".to_owned())
}

fn sorted(form: &Submission, given: Given<'_>) -> Result<Vec<(Body, Scope)>, String> {
    let triage = triage(form, given.names)?;
    let before = given.work.triage.value.as_ref();
    // A case that was held although it was judged already: the judgement alone moves nothing.
    let is_same = before.is_some_and(|before| before.actionable == triage.actionable);
    let to = match triage.actionable {
        Actionable::Yes => "actionable",
        Actionable::No => "not-actionable",
        Actionable::Undecided => "",
    };
    let is_held = given.work.state.value.as_str() == "held";
    let to = given.next.iter().find(|state| state.as_str() == to);
    let mut events = vec![(Body::Triage(triage), Scope::Case)];
    if let Some(to) = to.filter(|_| is_held && is_same) {
        let step = Body::Move {
            to: to.clone(),
            why: String::new(),
            hold: None,
        };
        events.push((step, Scope::Case));
    }
    Ok(events)
}

fn triage(form: &Submission, names: Names<'_>) -> Result<Triage, String> {
    let mut types = Vec::new();
    for (id, value) in form.under("type-") {
        if value == "yes" {
            types.extend(category(id, List::Types, names)?);
        }
    }
    types.sort();
    Ok(Triage {
        types,
        setting: category(form.field("setting"), List::Settings, names)?,
        source: category(form.field("source"), List::Sources, names)?,
        specific: yes_or_no(form, "specific", "Say whether it is specific.")?,
        actionable: match form.field("becomes") {
            "yes" => Actionable::Yes,
            "no" => Actionable::No,
            "hold" | "later" => Actionable::Undecided,
            _ => return Err("Say what becomes of it.".to_owned()),
        },
    })
}

fn held(form: &Submission, given: Given<'_>) -> Result<Vec<(Body, Scope)>, String> {
    let until = optional_day(form, "until")?
        .map(|day| coming(day, given.names))
        .transpose()?;
    let reports = match form.field("reports").trim() {
        "" => None,
        number => {
            let number = number.parse::<u32>().ok();
            let number = number.filter(|number| (2..=99).contains(number));
            Some(number.ok_or("Write a number of reports from 2 to 99.")?)
        }
    };
    if until.is_none() && reports.is_none() {
        return Err(
            "Give a day, or a number of reports: else nothing brings it up again.".to_owned(),
        );
    }
    if until.is_none() && given.work.group.value.is_none() {
        return Err(
            "It belongs to no group, so that a number alone brings nothing up. Give a day, too, or put it into a group first."
                .to_owned(),
        );
    }
    let state = |id: &str| id.parse::<StateId>().map_err(|_| String::new());
    let hold = Body::Move {
        to: state("held")?,
        why: text(form, "why")?,
        hold: Some(Hold { until, reports }),
    };
    let mut events = Vec::new();
    let is_new = given.work.state.value.as_str() == "new";
    if is_new && !given.next.iter().any(|state| state.as_str() == "held") {
        // The procedure looks at a report before it holds one.
        events.push((
            Body::Move {
                to: state("under-review")?,
                why: String::new(),
                hold: None,
            },
            Scope::Case,
        ));
    }
    events.push((hold, Scope::Case));
    Ok(events)
}

fn assign(form: &Submission, given: Given<'_>) -> Result<Body, String> {
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

fn note(form: &Submission, given: Given<'_>) -> Result<(Body, Scope), String> {
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

fn task(form: &Submission, given: Given<'_>) -> Result<Body, String> {
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

fn intervene(form: &Submission, given: Given<'_>) -> Result<Body, String> {
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

fn report_back(form: &Submission, given: Given<'_>) -> Result<Body, String> {
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

/// The other cases that were ticked, each of which could be offered now.
fn taken_along(form: &Submission, given: Given<'_>) -> Result<Vec<ConversationId>, String> {
    let mut with = Vec::new();
    for (id, value) in form.under(WITH) {
        if value != "yes" {
            continue;
        }
        let mut others = given.others.iter();
        let other = others
            .find(|other| other.id == id)
            .ok_or("One of the cases that you ticked is not here any more, or is in this group already. Look again.")?;
        if !other.can_come() {
            return Err(format!(
                "Case {} has been put into a group meanwhile, or this office is not on it any more. Look again.",
                other.label
            ));
        }
        with.push(
            id.parse()
                .map_err(|_| "The form did not come whole. Open it again.")?,
        );
    }
    if !with.is_empty() && form.field("group") == "none" {
        return Err(
            "You ticked other cases, and took this one out of its group. Choose a group for them, or tick none."
                .to_owned(),
        );
    }
    Ok(with)
}

fn group(form: &Submission, given: Given<'_>) -> Result<Body, String> {
    let label = optional_line(form, "label")?;
    match form.field("group") {
        "none" => Ok(Body::Group {
            group: None,
            label: String::new(),
        }),
        "" => Err("Choose a group, or make a new one.".to_owned()),
        chosen => {
            let is_new = chosen == form.field(HANDLE);
            if is_new && label.is_empty() {
                return Err("Give the new group a name.".to_owned());
            }
            // On this case a group is called as it is on the others of this desk.
            let mut known = given.groups.iter();
            let label = match known.find(|group| group.handle == chosen) {
                Some(group) => group.label.clone(),
                None if is_new => label,
                None => return Err("This group is not here any more. Choose again.".to_owned()),
            };
            Ok(Body::Group {
                group: Some(
                    chosen
                        .parse()
                        .map_err(|_| "Choose a group, or make a new one.")?,
                ),
                label,
            })
        }
    }
}

fn recuse(form: &Submission, given: Given<'_>) -> Result<Plan, String> {
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

fn refer(form: &Submission) -> Result<Plan, String> {
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

fn discard(form: &Submission, given: Given<'_>) -> Result<Body, String> {
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

fn confirm(form: &Submission, given: Given<'_>) -> Result<Body, String> {
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
