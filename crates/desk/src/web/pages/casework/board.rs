//! The top of a case's page: where it stands, what is to be done next, what is due, and who is
//! responsible; and, behind one word, everything else that may be done.

use candor_casework::Work;
use maud::{Markup, html};

use crate::{
    clean,
    web::{act::Act, pages::words},
};

use super::{
    names::Names,
    next::{Next, Step, to_settle},
    say,
};

/// Something that is due.
#[derive(Clone, Debug)]
pub struct Deadline {
    /// What.
    pub what: String,
    /// When, in words.
    pub due: String,
    /// Whether it has passed.
    pub is_late: bool,
}

/// What the board shows beside the work itself.
#[derive(Debug)]
pub struct Board<'a> {
    /// The next step.
    pub next: &'a Next,
    /// What is due, the nearest first.
    pub deadlines: &'a [Deadline],
    /// How many reports its group has on this desk.
    pub group_reports: usize,
    /// Whether this office may do anything.
    pub may_act: bool,
    /// What else may be done: the acts, in the order of the menu.
    pub acts: &'a [Act],
    /// The retention, in words, if it runs.
    pub kept: Option<&'a str>,
}

/// The state as a tag.
pub fn state_tag(names: &Names<'_>, work: &Work) -> Markup {
    let state = work.state.value.as_str();
    html! {
        span class=(format!("tag state {}", kind(state))) { (names.state(&work.state.value)) }
        @if work.discarded.value.is_some() { " " span class="tag refused" { "No report" } }
        @if work.legal_hold.value.is_some() { " " span class="tag waits" { "Legal hold" } }
    }
}

/// How a state looks.
const fn kind(state: &str) -> &'static str {
    match state.as_bytes() {
        b"new" | b"under-review" | b"reopened" => "new",
        b"closed" | b"not-actionable" | b"transferred" => "answered",
        b"withdrawn" => "withdrawn",
        b"held" | b"intervention-assigned" => "waits",
        _ => "",
    }
}

/// The address of a step.
pub fn address(step: Step, at: &str) -> String {
    match step {
        Step::Act(act) => format!("{at}/{}", act.word()),
        Step::On(act, handle) => format!("{at}/{}?of={handle}", act.word()),
        Step::Reply => format!("{at}/reply"),
    }
}

/// The board.
pub fn board(names: &Names<'_>, work: &Work, board: &Board<'_>, at: &str) -> Markup {
    html! {
        section class="board" aria-labelledby="next-step" {
            div class="next" {
                p class="label" { "Next step" }
                h2 id="next-step" { (board.next.title) }
                p { (board.next.why) }
                @if board.next.main.is_some() || !board.next.also.is_empty() {
                    div class="actions" {
                        @if let Some(step) = board.next.main {
                            a class="button main" id="next" href=(address(step, at)) { (step.offer()) }
                        }
                        @for step in &board.next.also {
                            a class="button" href=(address(*step, at)) { (step.offer()) }
                        }
                    }
                }
            }
            (settle(work, at))
            (facts(names, work, board, at))
        }
        (others(board, at))
    }
}

/// What was said differently at the same time, and where to settle it.
fn settle(work: &Work, at: &str) -> Markup {
    let found = to_settle(work);
    html! {
        @if !found.is_empty() {
            div class="note warn" {
                p { strong { "Two versions were written at the same time." } " Both are kept; the last one counts until somebody settles it." }
                ul {
                    @for (act, what) in found {
                        li { a href=(format!("{at}/{}", act.word())) { "Settle " (what) } }
                    }
                }
            }
        }
    }
}

fn facts(names: &Names<'_>, work: &Work, board: &Board<'_>, at: &str) -> Markup {
    html! {
        dl class="who" {
            div {
                dt { "State" }
                dd {
                    (state_tag(names, work))
                    @if let Some(since) = work.state_since { " since " (words::day(&since.to_string())) }
                    @if let Some(hold) = &work.hold { ", held " (say::held_until(names, hold)) }
                }
            }
            div {
                dt { "Responsible" }
                dd {
                    @match &work.responsible.value {
                        Some((office, whom)) => { (names.who(office)) @if !whom.trim().is_empty() { ": " bdi { (clean::line(whom)) } } },
                        None => "Nobody yet",
                    }
                    @if board.may_act { " " a href=(format!("{at}/{}", Act::Assign.word())) { "Change" span class="hidden" { " who is responsible" } } }
                }
            }
            @if !board.deadlines.is_empty() {
                div {
                    dt { "Due" }
                    dd {
                        ul class="plain clocks" {
                            @for deadline in board.deadlines {
                                li { (deadline.what) ": " (deadline.due) @if deadline.is_late { " " span class="tag refused" { "late" } } }
                            }
                        }
                    }
                }
            }
            @if let Some(triage) = &work.triage.value {
                div { dt { "Sorted as" } dd { (say::sorted(names, triage)) } }
            }
            @if let Some((_, label)) = &work.group.value {
                div { dt { "Group" } dd { "“" bdi { (clean::short(label, 80)) } "”: " (words::count(board.group_reports, "report", "reports")) " on this desk" } }
            }
            @if let Some((why, note)) = &work.discarded.value {
                div { dt { "No report" } dd { (say::discarded(*why)) @if !note.trim().is_empty() { ": " bdi { (clean::line(note)) } } } }
            }
            @if let Some(why) = &work.legal_hold.value {
                div { dt { "Legal hold" } dd { @if why.trim().is_empty() { "Yes" } @else { bdi { (clean::line(why)) } } } }
            }
            @if let Some(kept) = board.kept { div { dt { "Kept" } dd { (kept) } } }
        }
    }
}

/// Everything else that may be done.
fn others(board: &Board<'_>, at: &str) -> Markup {
    html! {
        @if !board.acts.is_empty() {
            details class="reach menu" {
                summary { "Everything else you can do with this case" }
                ul class="plain" {
                    @for act in board.acts {
                        li { a href=(format!("{at}/{}", act.word())) { (act.offer()) } }
                    }
                }
            }
        }
    }
}
