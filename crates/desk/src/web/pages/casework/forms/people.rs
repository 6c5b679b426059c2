//! Offices that come and go, and copies for somebody outside.

use candor_casework::{
    Work,
    body::{Departure, History},
};
use candor_wire::OfficeId;
use maud::{Markup, html};

use super::super::{
    names::Names,
    say,
    sheet::{Choice, Filled, area, check, line, radios},
};

/// An office that could come onto the case, or why it cannot.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The office.
    pub id: OfficeId,
    /// Its name.
    pub name: String,
    /// Why it cannot be chosen.
    pub out: Option<&'static str>,
}

/// Which office, and what it is given.
pub fn admit(
    names: &Names<'_>,
    work: &Work,
    candidates: &[Candidate],
    is_transfer: bool,
    filled: Filled<'_>,
) -> Markup {
    let offices: Vec<Choice> = candidates
        .iter()
        .map(|one| Choice {
            value: one.id.to_string(),
            words: one.name.clone(),
            is_chosen: one.out.is_none() && filled.is("office", one.id.as_str(), false),
            hint: one.out.unwrap_or_default().to_owned(),
            is_out: one.out.is_some(),
        })
        .collect();
    let given = |value: &str, history: History, hint: &str, is: bool| Choice {
        value: value.to_owned(),
        words: sentence(say::history(history)),
        is_chosen: filled.is("history", value, is),
        hint: hint.to_owned(),
        is_out: false,
    };
    html! {
        p { "On the case now: " strong { (names.offices(&work.participants.now)) } "." }
        (radios(if is_transfer { "To which office?" } else { "Which office?" }, "office", &offices))
        (radios("What is it given?", "history", &[
            given("report", History::Report, "The fewest see the most.", false),
            given("conversation", History::Conversation, "It can go on where you stopped.", true),
            given("all", History::All, "Internal notes for the case included.", false),
        ]))
        (check("files", "The files as well", filled.is("files", "yes", true), false))
        p class="hint" { "They are fetched and sealed to it anew. Without them it sees their names, and can ask." }
        (area("Words for that office", "note", &filled.text("note", ""), "All offices on the case read them; the reporter does not.", 4))
    }
}

/// Which office goes, and why.
pub fn recuse(names: &Names<'_>, work: &Work, filled: Filled<'_>) -> Markup {
    let offices: Vec<Choice> = work
        .participants
        .now
        .iter()
        .map(|one| {
            let asked = work.participants.proposed.get(one);
            let hint = if one == names.own() {
                "At once. Nothing more is sealed to this office, on any of its workstations."
                    .to_owned()
            } else if let Some(by) = asked {
                format!(
                    "{} wants this. It counts when you say the same.",
                    names.offices(by)
                )
            } else {
                "A second office has to say the same before it counts.".to_owned()
            };
            Choice {
                value: one.to_string(),
                words: names.who(one),
                is_chosen: filled.is("office", one.as_str(), false),
                hint,
                is_out: work.participants.now.len() < 2,
            }
        })
        .collect();
    let why = |value: &str, why: Departure, hint: &str| Choice {
        value: value.to_owned(),
        words: sentence(say::departure(why)),
        is_chosen: filled.is("why", value, false),
        hint: hint.to_owned(),
        is_out: false,
    };
    html! {
        @if work.participants.now.len() < 2 {
            p class="note warn" { "This office is the only one on the case: nobody would be left. Bring another office onto it first." }
        }
        (radios("Which office goes?", "office", &offices))
        (radios("Why?", "why", &[
            why("conflict", Departure::Conflict, "Somebody there is named, related, or otherwise involved."),
            why("not-concerned", Departure::NotConcerned, ""),
        ]))
        (area("More words", "note", &filled.text("note", ""), "For the other offices. It need not say what the conflict is.", 3))
    }
}

/// A copy for somebody outside.
pub fn refer(parts: &[(String, String)], filled: Filled<'_>) -> Markup {
    let is_inner = |part: &str| {
        ["note-", "timeline-", "identity"]
            .iter()
            .any(|inner| part.starts_with(inner))
    };
    let out: Vec<Choice> = parts
        .iter()
        .map(|(part, words)| Choice {
            value: part.clone(),
            words: words.clone(),
            is_chosen: filled.is(&format!("without-{part}"), "yes", is_inner(part)),
            ..Choice::default()
        })
        .collect();
    html! {
        p class="note" { "The copy is one encrypted file that you hand over yourself. Whoever it is for cannot write to the reporter, and the reporter is not told by the desk: say it to them in a reply, if they may know." }
        (line("Whom is it for?", "to", &filled.text("to", ""), "Such as the hospital’s own office. The other offices on the case read this.", true))
        (line("Their age recipient", "recipient", &filled.text("recipient", ""), "A line that begins with age1pq. They send it to you; compare its fingerprint with them by telephone.", true))
        @if !out.is_empty() {
            (super::super::sheet::checks("Leave out of the copy", "without", &out))
            p class="hint" { "Notes, the timeline and who the reporter is are left out unless you say otherwise." }
        }
        (area("Words to take out", "redact", &filled.text("redact", ""), "One a line: names, days, places. Wherever they stand in the copy, a bar takes their place.", 4))
        (area("What was left out, and why", "redacted", &filled.text("redacted", ""), "For the offices’ own record.", 3))
    }
}

/// The same with a capital letter.
fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}
