//! Asking leaders to do something, and what they report.

use candor_casework::work::Intervention;
use maud::{Markup, html};

use crate::clean;

use super::super::{
    names::{List, Names},
    sheet::{Choice, Filled, area, day, line, radios, select},
};

/// How many days a leader has, unless it is said otherwise.
const DAYS: u32 = 14;

/// What a leader is asked, new or changed.
pub fn intervene(names: &Names<'_>, changed: Option<&Intervention>, filled: Filled<'_>) -> Markup {
    let leader = changed.map_or("", |one| one.leader.as_str());
    let what = changed.map_or("", |one| one.what.as_str());
    let kind = changed.and_then(|one| one.kind.as_ref());
    let due = changed.map_or_else(|| names.today().plus(DAYS), |one| one.due);
    let kinds: Vec<Choice> = names
        .list(List::Interventions)
        .into_iter()
        .map(|(value, words)| Choice {
            is_chosen: filled.is(
                "kind",
                &value,
                kind.is_some_and(|kind| kind.as_str() == value),
            ),
            value,
            words,
            ..Choice::default()
        })
        .collect();
    html! {
        p class="note" { "Nothing is sent to the leader from here: speak with them, and tell them no more than they need. What could point to the reporter (the day, the words, who else was there) is better left out." }
        (line("Which leader is responsible?", "leader", &filled.text("leader", leader), "By function: the director of the residency or fellowship, the chief of the division, the head of the hospital; for a student, the Promotion and Review Board.", true))
        (select("What kind of step is it?", "kind", "Not said", &kinds, "It is counted so in the summary."))
        (area("What is to be done?", "what", &filled.text("what", what), "In the team’s own words, not in the reporter’s.", 5))
        (day("By when do they report back?", "due", &filled.text("due", &due.to_string()), "", true))
    }
}

/// What the leader reported.
pub fn report_back(names: &Names<'_>, asked: &Intervention, filled: Filled<'_>) -> Markup {
    let (text, is_done) = match &asked.reported {
        Some((_, text, is_done)) => (text.as_str(), Some(*is_done)),
        None => ("", None),
    };
    let choice = |value: &str, words: &str, is: bool| Choice {
        value: value.to_owned(),
        words: words.to_owned(),
        is_chosen: filled.is("completed", value, is_done == Some(is)),
        ..Choice::default()
    };
    html! {
        section class="note" {
            h2 { "What was asked" }
            p { strong { (clean::line(&asked.leader)) } @if let Some(kind) = &asked.kind { ": " (names.category(List::Interventions, kind)) } ". Due " (names.due(asked.due)) "." }
            div class="noted" dir="auto" { (clean::text(&asked.what)) }
        }
        (area("What does the leader say has been done?", "text", &filled.text("text", text), "", 6))
        (radios("Was it done as asked?", "completed", &[
            choice("yes", "Yes", true),
            choice("no", "No, or not all of it", false),
        ]))
    }
}
