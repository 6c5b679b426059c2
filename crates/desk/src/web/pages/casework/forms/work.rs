//! Notes, tasks, and who is responsible.

use candor_casework::{
    Scope, Work,
    work::{Note, Task},
};
use maud::{Markup, html};

use crate::clean;

use super::super::{
    contested::contested,
    names::Names,
    sheet::{Choice, Filled, area, checks, day, line, radios, select},
};

/// An internal note, new or changed.
pub fn note(names: &Names<'_>, work: &Work, changed: Option<&Note>, filled: Filled<'_>) -> Markup {
    let others: Vec<Choice> = work
        .participants
        .now
        .iter()
        .filter(|office| *office != names.own())
        .map(|office| Choice {
            value: office.to_string(),
            words: names.office(office),
            is_chosen: filled.is(
                &format!("mention-{office}"),
                "yes",
                changed.is_some_and(|note| note.mentions.contains(office)),
            ),
            ..Choice::default()
        })
        .collect();
    let scope = changed.map_or(Scope::Case, |note| note.scope);
    let choice = |value: &str, words: String, is: bool| Choice {
        value: value.to_owned(),
        words,
        is_chosen: filled.is("scope", value, is),
        ..Choice::default()
    };
    let text = changed.map_or("", |note| note.text.as_str());
    html! {
        div class="internal" {
            p class="stamp" { "Internal note" }
            (area("The note", "text", &filled.text("text", text), "For the offices. There is no way from here to the reporter: to write to them, use “Reply”.", 8))
        }
        @if changed.is_none() {
            (radios("Who may read it?", "scope", &[
                choice("case", format!("All offices on the case: {}", names.offices(&work.participants.now)), scope == Scope::Case),
                choice("office", "This office alone".to_owned(), scope == Scope::Office),
            ]))
        }
        @if !others.is_empty() {
            (checks("Ask for the attention of", "mention", &others))
        }
    }
}

/// A task, new or changed.
pub fn task(names: &Names<'_>, work: &Work, changed: Option<&Task>, filled: Filled<'_>) -> Markup {
    let text = changed.map_or("", |task| task.text.as_str());
    let due = changed
        .and_then(|task| task.due)
        .map(|day| day.to_string())
        .unwrap_or_default();
    let office = changed.and_then(|task| task.office.as_ref());
    let offices: Vec<Choice> = work
        .participants
        .now
        .iter()
        .map(|one| Choice {
            value: one.to_string(),
            words: names.who(one),
            is_chosen: filled.is("office", one.as_str(), office == Some(one)),
            ..Choice::default()
        })
        .collect();
    html! {
        (line("What is to be done?", "text", &filled.text("text", text), "", true))
        (day("By when", "due", &filled.text("due", &due), "It then stands among the deadlines.", false))
        (select("Who does it?", "office", "Not said", &offices, ""))
    }
}

/// Who is responsible.
pub fn assign(names: &Names<'_>, work: &Work, filled: Filled<'_>) -> Markup {
    let known = work.responsible.value.as_ref();
    let offices: Vec<Choice> = work
        .participants
        .now
        .iter()
        .map(|one| Choice {
            value: one.to_string(),
            words: names.who(one),
            is_chosen: filled.is(
                "office",
                one.as_str(),
                known.map_or(one == names.own(), |(office, _)| office == one),
            ),
            ..Choice::default()
        })
        .chain([Choice {
            value: "none".to_owned(),
            words: "Nobody yet".to_owned(),
            is_chosen: filled.is("office", "none", false),
            ..Choice::default()
        }])
        .collect();
    let whom = known.map_or("", |(_, whom)| whom.as_str());
    html! {
        (contested(&work.responsible, "who is responsible", |one| one.as_ref().map_or_else(|| "nobody".to_owned(), |(office, whom)| format!("{} {}", names.office(office), clean::line(whom)))))
        (radios("Which office is responsible?", "office", &offices))
        (line("Who there", "whom", &filled.text("whom", whom), "A function or initials, if you like. The office’s colleagues read it.", false))
    }
}
