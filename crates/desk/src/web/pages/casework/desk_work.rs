//! Tasks, what leaders were asked, notes, and who takes part: the lower part of a case's page.

use candor_casework::{
    Scope, Work,
    work::{Intervention, Note, Task},
};
use maud::{Markup, html};

use crate::{
    clean,
    web::{
        act::Act,
        pages::{
            layout::{Frame, form},
            words,
        },
    },
};

use super::{
    names::{List, Names},
    say,
    sheet::{FORM, OF},
};

/// What leaders were asked to do.
pub fn interventions(names: &Names<'_>, work: &Work, at: &str, may_act: bool) -> Markup {
    html! {
        @if !work.interventions.is_empty() {
            h2 id="interventions" { "What leaders were asked to do" }
            ul class="cards" {
                @for one in &work.interventions { li { (intervention(names, one, at, may_act)) } }
            }
        }
    }
}

fn intervention(names: &Names<'_>, one: &Intervention, at: &str, may_act: bool) -> Markup {
    let link = |act: Act| format!("{at}/{}?of={}", act.word(), one.handle);
    let is_late = one.reported.is_none() && names.is_late(one.due);
    html! {
        h3 { (clean::line(&one.leader)) @if let Some(kind) = &one.kind { span class="kind" { ": " (names.category(List::Interventions, kind)) } } }
        div class="noted" dir="auto" { (clean::text(&one.what)) }
        @match &one.reported {
            Some((day, text, is_done)) => {
                p {
                    span class=(if *is_done { "tag answered" } else { "tag waits" }) { (if *is_done { "Done as asked" } else { "Not all done" }) }
                    " reported on " (words::day(&day.to_string()))
                }
                @if !text.trim().is_empty() { div class="noted" dir="auto" { (clean::text(text)) } }
            },
            None => p { "Asked on " (words::day(&one.asked.to_string())) ". Due " (names.due(one.due)) @if is_late { " " span class="tag refused" { "late" } } },
        }
        (also(one.also.len()))
        @if may_act {
            p class="links" {
                a href=(link(Act::ReportBack)) { (if one.reported.is_some() { "Change the report" } else { "Enter what was reported" }) span class="hidden" { ": " (clean::short(&one.leader, 60)) } }
                @if one.reported.is_none() { a href=(link(Act::Intervene)) { "Change" span class="hidden" { " what was asked of " (clean::short(&one.leader, 60)) } } }
            }
        }
    }
}

fn also(versions: usize) -> Markup {
    html! {
        @if versions > 0 {
            p class="came" { span class="tag waits" { "Two versions" } " Somebody else changed it at the same time: the timeline has both. Change it once more to settle it." }
        }
    }
}

/// What is to be done.
pub fn tasks(
    frame: &Frame,
    names: &Names<'_>,
    work: &Work,
    at: &str,
    form_name: &str,
    may_act: bool,
) -> Markup {
    let open = work.tasks.iter().filter(|task| !task.done);
    let done: Vec<&Task> = work.tasks.iter().filter(|task| task.done).collect();
    html! {
        h2 id="tasks" { "Tasks" }
        @if !work.tasks.iter().any(|task| !task.done) { p class="hint" { "Nothing to do." } }
        ul class="cards" { @for one in open { li { (task(frame, names, one, at, form_name, may_act)) } } }
        @if !done.is_empty() {
            details {
                summary { (words::count(done.len(), "task done", "tasks done")) }
                ul class="cards" { @for one in done { li { (task(frame, names, one, at, form_name, may_act)) } } }
            }
        }
        @if may_act { p { a class="button" href=(format!("{at}/{}", Act::Task.word())) { (Act::Task.offer()) } } }
    }
}

fn task(
    frame: &Frame,
    names: &Names<'_>,
    one: &Task,
    at: &str,
    form_name: &str,
    may_act: bool,
) -> Markup {
    let is_late = !one.done && one.due.is_some_and(|due| names.is_late(due));
    let short = clean::short(&one.text, 60);
    html! {
        p dir="auto" class="todo" { (clean::line(&one.text)) }
        p class="facts" {
            @if let Some(due) = one.due { span { "due " (if one.done { names.day(due) } else { names.due(due) }) } }
            @if is_late { span class="tag refused" { "late" } }
            @if let Some(office) = &one.office { span { (names.who(office)) } }
            span { "written by " (names.who(&one.by)) " on " (words::day(&one.day.to_string())) }
        }
        (also(one.also.len()))
        @if may_act {
            div class="links" {
                (form(&format!("{at}/{}", Act::TaskDone.word()), &frame.token, "one", &html! {
                    input type="hidden" name=(FORM) value=(form_name);
                    input type="hidden" name=(OF) value=(one.handle);
                    input type="hidden" name="done" value=(if one.done { "no" } else { "yes" });
                    button type="submit" { (if one.done { "Not done after all" } else { "Done" }) span class="hidden" { ": " (short) } }
                }))
                @if !one.done { a href=(format!("{at}/{}?of={}", Act::Task.word(), one.handle)) { "Change" span class="hidden" { ": " (short) } } }
            }
        }
    }
}

/// Internal notes.
pub fn notes(names: &Names<'_>, work: &Work, own_device: &str, at: &str, may_act: bool) -> Markup {
    let shown = work.notes.iter().filter(|note| !note.replaced);
    html! {
        h2 id="notes" { "Internal notes" }
        p class="hint" { "For the offices. Nothing here can reach the reporter." }
        ul class="cards" { @for one in shown { li class="internal" { (note(names, one, own_device, at, may_act)) } } }
        @if may_act { p { a class="button" href=(format!("{at}/{}", Act::Note.word())) { (Act::Note.offer()) } } }
    }
}

fn note(names: &Names<'_>, one: &Note, own_device: &str, at: &str, may_act: bool) -> Markup {
    let is_mine = one.device.to_string() == own_device;
    html! {
        p class="stamp" {
            "Internal note of " (names.office(&one.by)) " · " (words::day(&one.day.to_string()))
            @if one.scope == Scope::Office { " · " span class="tag" { "this office only" } }
        }
        @if !one.mentions.is_empty() { p class="mention" { "For the attention of " strong { (names.offices(&one.mentions)) } } }
        div class="noted" dir="auto" { (clean::text(&one.text)) }
        @if may_act && is_mine {
            p class="links" { a href=(format!("{at}/{}?of={}", Act::Note.word(), one.event)) { "Change this note" } }
        }
    }
}

/// Who takes part, who went, and who was brought.
pub fn people(names: &Names<'_>, work: &Work, at: &str, may_act: bool) -> Markup {
    let people = &work.participants;
    html! {
        h2 id="people" { "Who takes part" }
        ul class="plain" {
            @for office in &people.now {
                li {
                    (names.who(office))
                    @if let Some((why, by)) = people.admitted.get(office) {
                        span class="hint" {
                            @match why {
                                candor_casework::body::Admission::Copy => { " reads along; brought by " (names.office(by)) },
                                candor_casework::body::Admission::Transfer => { " was handed the case by " (names.office(by)) },
                            }
                        }
                    }
                    @if let Some(by) = people.proposed.get(office) {
                        p class="came" {
                            span class="tag waits" { "Asked to go" } " " (names.offices(by)) " wants it off the case. It goes when a second office says the same. "
                            @if may_act { a href=(format!("{at}/{}", Act::Recuse.word())) { "Look at it" } }
                        }
                    }
                }
            }
            @for (office, why) in &people.gone {
                li class="gone" { s { (names.who(office)) } span class="hint" { " off the case: " (say::gone(*why)) } }
            }
        }
        @if may_act {
            p class="links" {
                a href=(format!("{at}/{}", Act::Copy.word())) { (Act::Copy.offer()) }
                a href=(format!("{at}/{}", Act::Transfer.word())) { (Act::Transfer.offer()) }
                a href=(format!("{at}/{}", Act::Recuse.word())) { (Act::Recuse.offer()) }
            }
        }
    }
}
