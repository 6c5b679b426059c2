//! Everything that the offices did with a case, in order, with what came of it.

use candor_casework::{
    Work,
    work::{Effect, Waits},
};
use maud::{Markup, html};

use crate::web::{act::Act, pages::words};

use super::{names::Names, say};

/// How many of the newest are in sight at once.
const SHOWN: usize = 12;

/// The timeline.
pub fn timeline(names: &Names<'_>, work: &Work, at: &str) -> Markup {
    let entries: Vec<Markup> = work
        .timeline
        .iter()
        .map(|entry| {
            let effect = say::effect(entry.effect);
            let is_mine = entry.office == *names.own();
            html! {
                li class=(match entry.effect { Effect::Counts => "event", Effect::Contested => "event contested", _ => "event void" }) {
                    p class="when" {
                        (words::day(&entry.day.to_string()))
                        @if is_mine { " · device " code { (short(&entry.device.to_string())) } }
                    }
                    div { (say::line(names, entry)) }
                    @if let Some((word, why)) = effect {
                        p class="came" { span class="tag waits" { (word) } " " (why) }
                    }
                    @if entry.effect == Effect::Waits(Waits::RevokedDevice) {
                        p { a href=(format!("{at}/{}", Act::Confirm.word())) { (Act::Confirm.offer()) } }
                    }
                    @if entry.gap { p class="came" { span class="tag waits" { "Gap" } " Something that was written before this has not come here yet." } }
                }
            }
        })
        .collect();
    let hidden = entries.len().saturating_sub(SHOWN);
    let (earlier, newest) = entries.split_at(hidden);
    html! {
        h2 id="timeline" { "What the offices did" }
        @if !work.missing.is_empty() {
            p class="note warn" {
                strong { (words::count(work.missing.len(), "event is", "events are")) " missing." }
                " Others build on them, and they have not come to this desk yet. Fetch what is new; if it stays so for days, ask the other offices’ desks to fetch, too."
            }
        }
        @if entries.is_empty() {
            p class="hint" { "Nothing yet. What the offices do stands here, and cannot be changed afterwards." }
        }
        @if !earlier.is_empty() {
            details class="earlier" {
                summary { (words::count(earlier.len(), "earlier event", "earlier events")) }
                ol class="timeline" { @for entry in earlier { (entry) } }
            }
        }
        ol class="timeline" start=[(hidden > 0).then_some(hidden + 1)] { @for entry in newest { (entry) } }
    }
}

/// The first characters of an id.
fn short(id: &str) -> String {
    id.chars().take(8).collect()
}
