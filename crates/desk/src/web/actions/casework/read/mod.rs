//! What a form of casework asks for, checked before anything is done.
//!
//! Whatever a form says of offices, states and lists is compared with what its page could offer:
//! a form that was made by hand gets no further than one of these pages.
//!
//! - [`sorting`], [`desk_work`], [`people`]: what each form asks for; [`fields`]: what its fields say.

mod desk_work;
mod fields;
mod people;
mod sorting;

use std::collections::BTreeSet;

use candor_casework::{
    Body, Scope, Work,
    body::{Admission, Departure, History},
};
use candor_directory::StateId;
use candor_wire::{ConversationId, OfficeId};

use self::{
    desk_work::{assign, intervene, note, report_back, task},
    fields::{handle, line, office, text, yes_or_no},
    people::{confirm, discard, recuse, refer},
    sorting::{group, held, sorted, taken_along},
};
use crate::{
    casework::coming_and_going as casework,
    web::{
        act::Act,
        pages::{
            casework::{forms::sorting::Group, names::Names, sheet::OF},
            similar::Other,
        },
        submission::Submission,
    },
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
