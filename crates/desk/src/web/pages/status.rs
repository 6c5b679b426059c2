//! Settings: who this desk is, what expires when, and what was set aside.

use maud::{Markup, html};

use crate::{clean, status::Status};

use super::{
    keys::keys,
    layout::{Frame, Here, Page, page},
    words,
};

/// The page.
pub fn status(frame: &Frame, status: &Status, folder: &str, idle_minutes: u64) -> String {
    let or_never = |day: &Option<String>| match day {
        Some(day) => words::day(day),
        None => html! { "never" },
    };
    let main = html! {
        h1 { "Settings" }
        @if status.attention.is_empty() {
            p class="note good" { "Nothing needs attention." }
        } @else {
            section class="note warn" aria-labelledby="attention" {
                h2 id="attention" { "Needs attention" }
                ul { @for one in &status.attention { li { (words::sentence(one)) } } }
                p class="hint" { "“sync” is done by “Check now” at the foot of every page; “status” is this page. Other words in quotation marks are commands of candor-desk." }
            }
        }
        h2 { "This office" }
        dl class="who" {
            (row("Office", &html! { (frame.office) " (" code { (status.office) } ")" }))
            (row("Fingerprint", &html! { code class="fingerprint" { (status.fingerprint) } }))
            (row("In the directory", &html! { @if status.listed { "named with this office's key" } @else { strong { "not named with this office's key" } } }))
            (row("Reports", &html! { (status.cases) ", of which " (status.unread) " have something unread" }))
            @if status.unsent > 0 { (row("Waiting to be sent", &html! { (status.unsent) })) }
            @if status.waiting > 0 { (row("Waiting", &html! { (status.waiting) " messages whose report has not come" })) }
        }
        h2 { "What ends when" }
        dl class="who" {
            (row("Key of this month", &html! { (words::day(&status.epoch_ends)) " (renews itself)" }))
            (row("Published key cards", &or_never(&status.cards_until)))
            (row("Directory", &html! { (or_never(&status.directory_until)) @if let Some(version) = status.directory_version { ", version " (version) } }))
            (row("Last complete sync", &or_never(&status.last_sync)))
            (row("Today", &html! { (words::day(&status.today)) " (universal time)" }))
        }
        (keys(status))
        h2 { "This workstation" }
        dl class="who" {
            (row("Name", &html! { bdi { (clean::short(&status.label, 64)) } }))
            (row("Folder", &html! { code { (folder) } }))
            (row("Locks itself after", &html! { (words::count(usize::try_from(idle_minutes).unwrap_or(0), "minute", "minutes")) " without use" }))
            (row("Program", &html! { "candor-desk " (env!("CARGO_PKG_VERSION")) }))
        }
        (aside(status))
    };
    let around = Page {
        title: "Settings",
        here: Here::Status,
        is_written_on: false,
        note: None,
    };
    page(frame, &around, &main)
}

pub(super) fn row(name: &str, value: &Markup) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

fn aside(status: &Status) -> Markup {
    html! {
        h2 id="aside" { "Set aside" }
        p { "What came in the queue and could not be opened or was not genuine. It is kept. One or two are no harm; many mean that somebody is trying something: call the administrator." }
        @if status.set_aside.is_empty() {
            p { "Nothing was set aside." }
        } @else {
            ul {
                @for one in &status.set_aside {
                    li { (words::day(&one.day)) ", position " (one.position) ": " (clean::line(&one.why)) }
                }
            }
        }
    }
}
