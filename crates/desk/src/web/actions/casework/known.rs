//! What a page knew of a case when its form was made, and what has come since.
//!
//! It stands in the form itself, so that nothing has to be kept for pages that nobody sends.

use std::collections::BTreeSet;

use candor_casework::Work;
use candor_wire::OfficeId;
use maud::{Markup, html};

use crate::{
    case::{Case, is_written},
    desk::Desk,
    web::pages::casework::{names::Names, say},
};

/// How many digits of an event's id are carried.
const DIGITS: usize = 8;

/// How much people have written in the conversation, as far as this desk knows: what waits here to
/// be sent is counted once, before and after. What programs say by themselves changes no mind.
pub fn written(desk: &Desk, case: &Case) -> usize {
    let waiting = desk.state.outbox_of(&case.conversation);
    let waiting = waiting.filter(|out| !out.is_placed() && is_written(&out.content));
    case.written_count() + waiting.count()
}

/// What is known of a case now, in one word.
pub fn known(work: &Work, messages: usize) -> String {
    let mut events: Vec<String> = work
        .timeline
        .iter()
        .map(|entry| digits(&entry.event.to_string()))
        .collect();
    events.sort();
    let offices: Vec<&str> = work.participants.now.iter().map(OfficeId::as_str).collect();
    format!("{};{messages};{}", events.concat(), offices.join(","))
}

fn digits(id: &str) -> String {
    id.chars().take(DIGITS).collect()
}

/// What has changed.
#[derive(Debug, Default)]
pub struct Changed {
    /// Each in a sentence.
    pub words: Vec<Markup>,
    /// Whether others read now than the page said.
    pub readers: bool,
}

/// What has come since a page was made that knew this.
pub fn changed(names: &Names<'_>, work: &Work, messages: usize, known: &str) -> Changed {
    let mut parts = known.split(';');
    let (Some(events), Some(counted), Some(offices)) = (parts.next(), parts.next(), parts.next())
    else {
        return Changed {
            words: vec![html! { "This form is not from a page of this case." }],
            readers: true,
        };
    };
    let (chunks, _) = events.as_bytes().as_chunks::<DIGITS>();
    let events: BTreeSet<&[u8]> = chunks.iter().map(<[u8; DIGITS]>::as_slice).collect();
    let mut words: Vec<Markup> = work
        .timeline
        .iter()
        .filter(|entry| !events.contains(digits(&entry.event.to_string()).as_bytes()))
        .map(|entry| say::line(names, entry))
        .collect();
    if counted != messages.to_string() {
        words.push(html! { "There is something new in the conversation with the reporter." });
    }
    let before: BTreeSet<&str> = offices.split(',').filter(|one| !one.is_empty()).collect();
    let now: BTreeSet<&str> = work.participants.now.iter().map(OfficeId::as_str).collect();
    let readers = before != now;
    if readers {
        words.push(html! {
            "Who reads this has changed. On the case now: "
            strong { (names.offices(&work.participants.now)) } "."
        });
    }
    Changed { words, readers }
}
