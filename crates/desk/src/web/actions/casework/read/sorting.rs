//! Sorting, holding, and putting together.

use candor_casework::{
    Body, Scope,
    body::{Actionable, Hold, Triage},
};
use candor_directory::StateId;
use candor_wire::ConversationId;

use super::{
    Given,
    fields::{category, coming, optional_day, optional_line, text, yes_or_no},
};
use crate::web::{
    pages::{
        casework::{
            names::{List, Names},
            sheet::HANDLE,
        },
        similar::WITH,
    },
    submission::Submission,
};

pub(super) fn sorted(form: &Submission, given: Given<'_>) -> Result<Vec<(Body, Scope)>, String> {
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

pub(super) fn held(form: &Submission, given: Given<'_>) -> Result<Vec<(Body, Scope)>, String> {
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

/// The other cases that were ticked, each of which could be offered now.
pub(super) fn taken_along(
    form: &Submission,
    given: Given<'_>,
) -> Result<Vec<ConversationId>, String> {
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

pub(super) fn group(form: &Submission, given: Given<'_>) -> Result<Body, String> {
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
