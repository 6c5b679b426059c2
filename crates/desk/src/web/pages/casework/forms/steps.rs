//! Steps of the procedure: other states, holding, deciding, passing praise on, discarding, legal
//! hold, confirming, erasing.

use candor_casework::{
    Work,
    body::Discarded,
    work::{Effect, Entry, Waits},
};
use candor_directory::StateId;
use maud::{Markup, html};

use crate::clean;

use super::super::{
    contested::contested,
    names::{List, Names},
    say,
    sheet::{Choice, Filled, area, check, checks, day, line, radios},
};

/// Another state.
pub fn other_state(
    names: &Names<'_>,
    work: &Work,
    states: &[StateId],
    filled: Filled<'_>,
) -> Markup {
    let choices: Vec<Choice> = states
        .iter()
        .map(|state| Choice {
            value: state.to_string(),
            words: names.state(state),
            is_chosen: filled.is("to", state.as_str(), states.len() == 1),
            hint: names.state_means(state),
            is_out: false,
        })
        .collect();
    html! {
        (contested(&work.state, "the state", |state| names.state(state)))
        p { "Now: " strong { (names.state(&work.state.value)) } ". " (names.state_means(&work.state.value)) }
        (radios("The new state", "to", &choices))
        (area("Why", "why", &filled.text("why", ""), "", 3))
    }
}

/// Until when it is held.
pub fn hold(
    names: &Names<'_>,
    work: &Work,
    group_reports: usize,
    group_at: &str,
    filled: Filled<'_>,
) -> Markup {
    let known = work.hold.unwrap_or_default();
    let until = known.until.map(|day| day.to_string()).unwrap_or_default();
    let reports = known.reports.map(|n| n.to_string()).unwrap_or_default();
    let reports = filled.text("reports", &reports);
    let group = work.group.value.as_ref();
    html! {
        @if let Some(hold) = &work.hold {
            p class="note" { "It is held " (say::held_until(names, hold)) "." }
        }
        (day("Until this day", "until", &filled.text("until", &until), "Then it comes up again by itself.", false))
        label for="reports" { "Or until its group has so many reports" }
        input id="reports" name="reports" type="number" inputmode="numeric" min="2" max="99" class="short" value=(reports) autocomplete="off" aria-describedby="reports-hint";
        p id="reports-hint" class="hint" {
            @match group {
                Some((_, label)) => { "Its group “" (clean::short(label, 60)) "” has " (group_reports) " on this desk now. " a href=(group_at) { "Choose another group" } "." },
                None => { "It belongs to no group yet, so a number alone brings nothing up. " a href=(group_at) { "Put it into a group" } "." },
            }
        }
        (area("Why", "why", &filled.text("why", ""), "Whichever comes first counts. Give at least one of the two.", 3))
    }
}

/// Whether it is addressed.
pub fn decide(names: &Names<'_>, work: &Work, filled: Filled<'_>) -> Markup {
    let choice = |value: &str, words: &str, hint: &str| Choice {
        value: value.to_owned(),
        words: words.to_owned(),
        is_chosen: filled.is("addressed", value, false),
        hint: hint.to_owned(),
        is_out: false,
    };
    html! {
        @if !work.interventions.is_empty() {
            h2 { "What was asked, and what was reported" }
            ul class="plain" {
                @for one in &work.interventions {
                    li {
                        strong { (clean::line(&one.leader)) }
                        @if let Some(kind) = &one.kind { ": " (names.category(List::Interventions, kind)) }
                        div class="noted" dir="auto" { (clean::text(&one.what)) }
                        @match &one.reported {
                            Some((day, text, is_done)) => {
                                p class="hint" { "Reported on " (names.day(*day)) ": " (if *is_done { "done as asked" } else { "not all of it done" }) "." }
                                @if !text.is_empty() { div class="noted" dir="auto" { (clean::text(text)) } }
                            },
                            None => p class="hint" { "Not reported back yet." },
                        }
                    }
                }
            }
        }
        (radios("Is it addressed?", "addressed", &[
            choice("yes", "Yes: close the case", "You can then tell the reporter what came of it."),
            choice("no", "No: more is needed", "The next page asks a leader again."),
        ]))
        (area("Why", "why", &filled.text("why", ""), "", 4))
    }
}

/// Praise that is passed on.
pub fn pass_on(thanks: &str, readers: &str, can_thank: bool, filled: Filled<'_>) -> Markup {
    html! {
        (line("To whom was it passed on?", "to", &filled.text("to", ""), "Such as the person’s function, or the head of their department. Do not name the reporter.", true))
        @if can_thank {
            (check("thank", "Thank the reporter", filled.is("thank", "yes", true), false))
            (area("The words to the reporter", "text", &filled.text("text", thanks), "This is sent to the reporter, under their claim code.", 4))
            p class="hint" { "The words also go to: " (readers) "." }
        } @else {
            p class="note" { "Nobody holds a claim code of this report, so that nobody can be thanked." }
        }
    }
}

/// Why it is no report.
pub fn discard(work: &Work, filled: Filled<'_>) -> Markup {
    let now = work.discarded.value.as_ref();
    let choice = |value: &str, words: &str, hint: &str| Choice {
        value: value.to_owned(),
        words: words.to_owned(),
        is_chosen: filled.is("reason", value, false),
        hint: hint.to_owned(),
        is_out: false,
    };
    let mut choices = Vec::new();
    if now.is_some() {
        choices.push(choice(
            "none",
            "It is a report after all",
            "It goes back to where it stood.",
        ));
    }
    for reason in [
        Discarded::Spam,
        Discarded::Test,
        Discarded::Duplicate,
        Discarded::Other,
    ] {
        let (value, words) = discarded(reason);
        choices.push(choice(value, words, ""));
    }
    html! {
        (contested(&work.discarded, "whether it is a report", |one| one.as_ref().map_or("it is a report", |(why, _)| say::discarded(*why))))
        @if let Some((why, note)) = now {
            p class="note" { "It is discarded: " (say::discarded(*why)) "." @if !note.is_empty() { " " bdi { (clean::line(note)) } } }
        }
        (radios("Why?", "reason", &choices))
        (area("More words", "note", &filled.text("note", ""), "Nobody is blocked by this: whoever wrote it can write again, and nothing is said of them.", 3))
    }
}

/// The word and the words for a reason.
pub const fn discarded(reason: Discarded) -> (&'static str, &'static str) {
    match reason {
        Discarded::Spam => ("spam", "Advertising or nonsense"),
        Discarded::Test => ("test", "Somebody tried the hotline out"),
        Discarded::Duplicate => ("duplicate", "The same report is there already"),
        Discarded::Other => ("other", "Something else, said below"),
    }
}

/// Whether nothing may be erased.
pub fn legal_hold(work: &Work, filled: Filled<'_>) -> Markup {
    let now = work.legal_hold.value.as_ref();
    let choice = |value: &str, words: &str, is: bool| Choice {
        value: value.to_owned(),
        words: words.to_owned(),
        is_chosen: filled.is("on", value, is),
        ..Choice::default()
    };
    html! {
        (contested(&work.legal_hold, "the legal hold", |one| if one.is_some() { "on hold" } else { "not on hold" }))
        @if let Some(why) = now {
            p class="note" { "Nothing of it may be erased." @if !why.is_empty() { " Why: " bdi { (clean::line(why)) } } }
        }
        (radios("May this case be erased when its time has come?", "on", &[
            choice("yes", "No: put it on legal hold", now.is_none()),
            choice("no", "Yes: there is no legal hold (any more)", false),
        ]))
        (area("Why", "why", &filled.text("why", ""), "Such as the proceedings that it is kept for.", 3))
    }
}

/// What waits for somebody to confirm it.
pub fn confirmable(work: &Work) -> Vec<&Entry> {
    work.timeline
        .iter()
        .filter(|entry| entry.effect == Effect::Waits(Waits::RevokedDevice))
        .collect()
}

/// What revoked devices did.
pub fn confirm(names: &Names<'_>, work: &Work, filled: Filled<'_>) -> Markup {
    let choices: Vec<Choice> = confirmable(work)
        .into_iter()
        .map(|entry| {
            let said = say::event(names, &entry.body);
            let id = entry.event.to_string();
            Choice {
                is_chosen: filled.is(&format!("event-{id}"), "yes", false),
                value: id,
                words: format!("{} {}.", names.who(&entry.office), said.sentence),
                hint: format!(
                    "{}. {}",
                    names.day(entry.day),
                    clean::short(&said.text, 300)
                )
                .trim()
                .to_owned(),
                is_out: false,
            }
        })
        .collect();
    html! {
        p { "A device was revoked: lost, stolen or given up. What it did without the knowledge of any other device counts only if somebody says that a colleague did it." }
        p { "Ask that colleague, not by mail, before you confirm anything." }
        (checks("What was really done by a colleague?", "event", &choices))
    }
}

/// Why it is erased.
pub fn erase(work: &Work, filled: Filled<'_>) -> Markup {
    html! {
        @if work.legal_hold.value.is_some() {
            p class="note problem" { "It is on legal hold: it cannot be erased before that ends." }
        }
        (area("Why", "why", &filled.text("why", ""), "It is kept in the office’s own chain of events, with the day; nothing of the report is.", 3))
    }
}
