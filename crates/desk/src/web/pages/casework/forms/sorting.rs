//! Sorting a report, and putting it together with others.

use candor_casework::{
    Work,
    body::{Actionable, Triage},
};
use maud::{Markup, html};

use crate::clean;

use super::super::{
    contested::contested,
    names::{List, Names},
    say,
    sheet::{Choice, Filled, checks, line, radios, select},
    suggest::Suggested,
};

/// By whom it was suggested.
const THEIRS: &str = "The reporter’s answers say so.";

/// Type, setting, source, whether it is specific, and what is to become of it.
pub fn triage(names: &Names<'_>, work: &Work, suggested: &Suggested, filled: Filled<'_>) -> Markup {
    let known = work.triage.value.as_ref();
    let is_first = known.is_none();
    let types = names.list(List::Types);
    let type_choice = |(id, words): &(String, String)| {
        let theirs = suggested.types.iter().any(|one| one.as_str() == id);
        let chosen = known.map_or(theirs, |known| {
            known.types.iter().any(|one| one.as_str() == id)
        });
        Choice {
            value: id.clone(),
            words: words.clone(),
            is_chosen: filled.is(&format!("type-{id}"), "yes", chosen),
            hint: if theirs {
                THEIRS.to_owned()
            } else {
                String::new()
            },
            is_out: false,
        }
    };
    let types: Vec<Choice> = types.iter().map(type_choice).collect();
    let one_of =
        |list: List,
         name: &str,
         chosen: Option<&str>,
         theirs: &std::collections::BTreeSet<candor_directory::CategoryId>| {
            let first = theirs
                .iter()
                .next()
                .map(candor_directory::CategoryId::as_str);
            let otherwise = if is_first { first } else { chosen };
            let choices: Vec<Choice> = names
                .list(list)
                .into_iter()
                .map(|(value, words)| Choice {
                    is_chosen: filled.is(name, &value, otherwise == Some(value.as_str())),
                    value,
                    words,
                    ..Choice::default()
                })
                .collect();
            let said: Vec<String> = theirs.iter().map(|id| names.category(list, id)).collect();
            let hint = if said.is_empty() {
                String::new()
            } else {
                format!("The reporter’s answers say: {}.", said.join(", "))
            };
            (choices, hint)
        };
    let setting = known.and_then(|known| known.setting.as_ref());
    let (settings, setting_hint) = one_of(
        List::Settings,
        "setting",
        setting.map(candor_directory::CategoryId::as_str),
        &suggested.settings,
    );
    let source = known.and_then(|known| known.source.as_ref());
    let (sources, source_hint) = one_of(
        List::Sources,
        "source",
        source.map(candor_directory::CategoryId::as_str),
        &suggested.sources,
    );
    html! {
        (contested(&work.triage, "how it is sorted", |triage| triage.as_ref().map_or_else(|| "not sorted".to_owned(), |triage| say::sorted(names, triage))))
        @if is_first && *suggested != Suggested::default() {
            p class="note" { "What the reporter’s answers suggest is filled in already, and marked. Change what you judge otherwise." }
        }
        (checks("What kind of report is it? Choose all that fit, or none.", "type", &types))
        (select("Where did it happen?", "setting", "Not said", &settings, &setting_hint))
        (select("Who is alleged?", "source", "Not said", &sources, &source_hint))
        (specific(known, filled))
        (becomes(work, known, filled))
    }
}

fn specific(known: Option<&Triage>, filled: Filled<'_>) -> Markup {
    let choice = |value: &str, words: &str, is: bool| Choice {
        value: value.to_owned(),
        words: words.to_owned(),
        is_chosen: filled.is(
            "specific",
            value,
            known.is_some_and(|known| known.specific == is),
        ),
        ..Choice::default()
    };
    radios(
        "Does it say clearly what happened?",
        "specific",
        &[
            choice("yes", "Yes: it is specific", true),
            choice("no", "No", false),
        ],
    )
}

fn becomes(work: &Work, known: Option<&Triage>, filled: Filled<'_>) -> Markup {
    let is_held = work.state.value.as_str() == "held";
    let choice = |value: &str, words: &str, hint: &str, is: bool| Choice {
        value: value.to_owned(),
        words: words.to_owned(),
        is_chosen: filled.is("becomes", value, is),
        hint: hint.to_owned(),
        is_out: false,
    };
    let is = |what: Actionable| known.is_some_and(|known| known.actionable == what);
    radios(
        "What becomes of it?",
        "becomes",
        &[
            choice(
                "yes",
                "Something can be done about it",
                "It is recorded; the next step is to ask a leader.",
                is(Actionable::Yes),
            ),
            choice(
                "no",
                "It does not say enough to act on",
                "It is counted in the summary.",
                is(Actionable::No),
            ),
            choice(
                "hold",
                "Hold it for now",
                "The next page asks until when. Acting on it together with others protects the reporter.",
                is(Actionable::Undecided) && is_held,
            ),
            choice(
                "later",
                "Not decided yet",
                "",
                is(Actionable::Undecided) && !is_held,
            ),
        ],
    )
}

/// A group that a report can be put into.
#[derive(Clone, Debug)]
pub struct Group {
    /// Names it.
    pub handle: String,
    /// What it is called on this desk.
    pub label: String,
    /// How many reports it has here.
    pub reports: usize,
    /// Why it is suggested, if it is.
    pub why: String,
}

/// Which group.
pub fn group(work: &Work, groups: &[Group], new: &str, filled: Filled<'_>) -> Markup {
    let own = work
        .group
        .value
        .as_ref()
        .map(|(handle, _)| handle.to_string());
    let mut choices: Vec<Choice> = groups
        .iter()
        .map(|group| Choice {
            is_chosen: filled.is("group", &group.handle, own.as_ref() == Some(&group.handle)),
            value: group.handle.clone(),
            words: clean::short(&group.label, 80),
            hint: [
                match group.reports {
                    1 => "1 report.".to_owned(),
                    n => format!("{n} reports."),
                },
                group.why.clone(),
            ]
            .join(" ")
            .trim()
            .to_owned(),
            is_out: false,
        })
        .collect();
    choices.push(Choice {
        value: new.to_owned(),
        words: "A new group, named below".to_owned(),
        is_chosen: filled.is("group", new, own.is_none() && groups.is_empty()),
        ..Choice::default()
    });
    if own.is_some() {
        choices.push(Choice {
            value: "none".to_owned(),
            words: "No group: take it out".to_owned(),
            is_chosen: filled.is("group", "none", false),
            ..Choice::default()
        });
    }
    html! {
        (contested(&work.group, "which group it belongs to", |group| group.as_ref().map_or_else(|| "no group".to_owned(), |(_, label)| format!("“{}”", clean::line(label)))))
        (radios("Which group?", "group", &choices))
        (line("Name of a new group", "label", &filled.text("label", ""), "Such as the ward, or the person’s function. Every office on a case of the group can read it there; nothing else of one report is copied to another.", false))
    }
}
