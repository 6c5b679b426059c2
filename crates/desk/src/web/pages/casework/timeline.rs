//! Everything that happened on a case in one order: the report, what the reporter added, what was
//! replied, files, and what the offices did with what came of it.
//!
//! The order is that of days, which is all that is known of when; within a day the conversation
//! stands before the offices' steps. Each of the two keeps its own order.

use candor_casework::{
    Body, Work,
    work::{Effect, Entry, Waits},
};
use maud::{Markup, html};

use crate::{
    clean,
    view::MessageView,
    web::{act::Act, pages::words},
};

use super::{names::Names, say};

/// How many of the newest are in sight at once.
const SHOWN: usize = 12;

/// Something that happened.
enum Happened<'a> {
    /// In the conversation with the reporter.
    Said(&'a MessageView),
    /// Among the offices.
    Done(&'a Entry),
}

/// Both in one order.
fn merged<'a>(conversation: &'a [MessageView], work: &'a Work) -> Vec<Happened<'a>> {
    let mut said = conversation.iter().peekable();
    let mut done = work.timeline.iter().peekable();
    let mut all = Vec::with_capacity(conversation.len() + work.timeline.len());
    loop {
        // Days of this form are ordered as their words are.
        let is_said = match (said.peek(), done.peek()) {
            (Some(said), Some(done)) => said.day <= done.day.to_string(),
            (said, _) => said.is_some(),
        };
        let next = if is_said {
            said.next().map(Happened::Said)
        } else {
            done.next().map(Happened::Done)
        };
        match next {
            Some(next) => all.push(next),
            None => return all,
        }
    }
}

/// The timeline.
pub fn timeline(names: &Names<'_>, work: &Work, conversation: &[MessageView], at: &str) -> Markup {
    let entries: Vec<Markup> = merged(conversation, work)
        .iter()
        .map(|one| match one {
            Happened::Said(message) => said(names, message, at),
            Happened::Done(entry) => done(names, work, entry, at),
        })
        .collect();
    let hidden = entries.len().saturating_sub(SHOWN);
    let (earlier, newest) = entries.split_at(hidden);
    html! {
        h2 id="timeline" { "Timeline" }
        p class="hint" { "Everything that happened on this case, in one order. Times are known by day alone; within a day, what was written stands before the steps of the offices. Nothing here can be changed afterwards." }
        @if !work.missing.is_empty() {
            p class="note warn" {
                strong { (words::count(work.missing.len(), "event is", "events are")) " missing." }
                " Others build on them, and they have not come to this desk yet. Fetch what is new; if it stays so for days, ask the other offices’ desks to fetch, too."
            }
        }
        @if !earlier.is_empty() {
            details class="earlier" {
                summary { (words::count(earlier.len(), "earlier entry", "earlier entries")) }
                ol class="timeline" { @for entry in earlier { (entry) } }
            }
        }
        ol class="timeline" start=[(hidden > 0).then_some(hidden + 1)] { @for entry in newest { (entry) } }
    }
}

/// Something of the conversation: that it was, not what it says.
fn said(names: &Names<'_>, message: &MessageView, at: &str) -> Markup {
    let who = match message.from.parse() {
        Ok(office) if message.from != "reporter" => names.who(&office),
        _ => "The reporter".to_owned(),
    };
    let does = match message.kind {
        "report" => "sent the report",
        "follow-up" => "wrote again",
        "reply" => "replied to the reporter",
        "acknowledgement" => "told the reporter that it was received",
        _ => "sent something that cannot be read here (yet)",
    };
    html! {
        li class=(if message.from == "reporter" { "event reporter" } else { "event reply" }) {
            p class="when" { (words::day(&message.day)) }
            div {
                strong { (who) } " " (does)
                @if let Some(state) = &message.state { ", and said how it stands: " bdi { (clean::line(state)) } }
                "."
            }
            @if !message.effects.is_empty() {
                ul class="plain" { @for effect in &message.effects { li { (clean::line(effect)) } } }
            }
            @if !message.attachments.is_empty() {
                p class="hint" {
                    (words::count(message.attachments.len(), "file", "files")) ": "
                    @for (n, file) in message.attachments.iter().enumerate() {
                        @if n > 0 { ", " }
                        a href=(format!("{at}/file/{}", file.key)) { bdi { (clean::short(&file.name, 60)) } }
                    }
                }
            }
        }
    }
}

/// Something that an office did.
fn done(names: &Names<'_>, work: &Work, entry: &Entry, at: &str) -> Markup {
    let effect = say::effect(entry.effect);
    let is_mine = entry.office == *names.own();
    html! {
        li class=(match entry.effect { Effect::Counts => "event", Effect::Contested => "event contested", _ => "event void" }) {
            p class="when" {
                (words::day(&entry.day.to_string()))
                @if is_mine { " · device " code { (short(&entry.device.to_string())) } }
            }
            // A note stands above with its words, as long as it is the newest version.
            @if is_shown_above(work, entry) {
                div { (say::line_without_text(names, entry)) " " a href="#notes" { "Read it above" } }
            } @else {
                div { (say::line(names, entry)) }
            }
            @if let Some((word, why)) = effect {
                p class="came" { span class="tag waits" { (word) } " " (why) }
            }
            @if entry.effect == Effect::Waits(Waits::RevokedDevice) {
                p { a href=(format!("{at}/{}", Act::Confirm.word())) { (Act::Confirm.offer()) } }
            }
            @if entry.gap { p class="came" { span class="tag waits" { "Gap" } " Something that was written before this has not come here yet." } }
        }
    }
}

fn is_shown_above(work: &Work, entry: &Entry) -> bool {
    let is_current = || {
        let mut notes = work.notes.iter();
        notes.any(|note| note.event == entry.event && !note.replaced)
    };
    matches!(entry.body, Body::Note { .. }) && is_current()
}

/// The first characters of an id.
fn short(id: &str) -> String {
    id.chars().take(8).collect()
}
