//! What is to be looked at next: what has come up again, what is due, who asks.

use std::collections::BTreeMap;

use candor_wire::ConversationId;
use maud::{Markup, html};

use crate::{
    clean,
    desk::Desk,
    overview::agenda::{Agenda, Due, Mention, Undated},
};

use super::{
    due,
    layout::{Frame, Here, Page, page},
    words,
};

/// How many of what is due later are listed.
const MOST_LATER: usize = 50;
/// How many of anything else.
pub const MOST: usize = 200;

/// What the page shows.
#[derive(Debug)]
pub struct WorkPage<'a> {
    /// What names offices.
    pub desk: &'a Desk,
    /// Everything to look at.
    pub agenda: &'a Agenda,
    /// What each case that occurs is called: its short name and its topic.
    pub cases: &'a BTreeMap<ConversationId, (String, String)>,
}

/// The page.
pub fn work(frame: &Frame, shown: &WorkPage<'_>) -> String {
    let agenda = shown.agenda;
    let is_empty = agenda.pressing() == 0
        && agenda.soon.is_empty()
        && agenda.later.is_empty()
        && agenda.undated.is_empty();
    let main = html! {
        h1 { "Work" }
        p class="lead" {
            @if agenda.pressing() == 0 { "Nothing is late, and nobody waits for you." }
            @else {
                (words::count(agenda.overdue.len(), "thing overdue", "things overdue")) ", "
                (words::count(agenda.surfaced.len(), "report come up again", "reports come up again")) ", "
                (words::count(agenda.mentions.len(), "note that asks for you", "notes that ask for you")) "."
            }
        }
        @if is_empty {
            div class="empty" {
                p { "Nothing is due." }
                p { "Tasks, deadlines and notes that ask for this office appear here." }
            }
        }
        (surfaced(frame, shown))
        (mentions(frame, shown, &agenda.mentions))
        (list(frame, shown, "overdue", "Overdue", &agenda.overdue, MOST))
        (list(frame, shown, "soon", "Due within a week", &agenda.soon, MOST))
        (undated(frame, shown, &agenda.undated))
        (list(frame, shown, "later", "Later", &agenda.later, MOST_LATER))
    };
    let around = Page {
        title: "Work",
        here: Here::Work,
        is_written_on: false,
        note: None,
    };
    page(frame, &around, &main)
}

/// A link to a case, by its short name and topic.
fn case(frame: &Frame, shown: &WorkPage<'_>, id: &ConversationId) -> Markup {
    let (label, topic) = shown
        .cases
        .get(id)
        .map_or(("", ""), |(label, topic)| (label.as_str(), topic.as_str()));
    html! {
        a class="row" href=(frame.case(&id.to_string())) {
            span class="hidden" { "Case " } code { (label) } " " bdi { (clean::short(topic, 80)) }
        }
    }
}

fn section(id: &str, title: &str, count: usize, most: usize, items: &Markup) -> Markup {
    html! {
        @if count > 0 {
            section class="agenda" aria-labelledby=(id) {
                h2 id=(id) { (title) " " span class="number" { (count) } }
                ul { (items) }
                @if count > most { p class="hint" { "The first " (most) " of them. The inbox lists the others, sorted by what is due first." } }
            }
        }
    }
}

fn surfaced(frame: &Frame, shown: &WorkPage<'_>) -> Markup {
    let list = &shown.agenda.surfaced;
    let items = html! {
        @for (id, why) in list.iter().take(MOST) {
            li { (case(frame, shown, id)) span class="what" { "Come up again: " (due::surfaced(*why)) } }
        }
    };
    section("again", "Come up again", list.len(), MOST, &items)
}

fn mentions(frame: &Frame, shown: &WorkPage<'_>, list: &[Mention]) -> Markup {
    let items = html! {
        @for one in list.iter().take(MOST) {
            li {
                (case(frame, shown, &one.conversation))
                span class="what" {
                    bdi { (due::office(shown.desk, &one.by)) } ", " (words::day(&one.day.to_string())) ": "
                    bdi { (clean::short(&one.text, 240)) }
                }
            }
        }
    };
    section(
        "mentions",
        "Notes that ask for you",
        list.len(),
        MOST,
        &items,
    )
}

fn list(
    frame: &Frame,
    shown: &WorkPage<'_>,
    id: &str,
    title: &str,
    list: &[Due],
    most: usize,
) -> Markup {
    let today = shown.desk.clock.today();
    let own = &shown.desk.config.office;
    let items = html! {
        @for one in list.iter().take(most) {
            li {
                (case(frame, shown, &one.conversation))
                span {
                    (due::long(&one.deadline, today))
                    @if let crate::overview::Duty::Task { office: Some(office), .. } = &one.deadline.duty {
                        @if office != own { span class="hint" { " for " bdi { (due::office(shown.desk, office)) } } }
                    }
                }
            }
        }
    };
    section(id, title, list.len(), most, &items)
}

fn undated(frame: &Frame, shown: &WorkPage<'_>, list: &[Undated]) -> Markup {
    let own = &shown.desk.config.office;
    let items = html! {
        @for one in list.iter().take(MOST) {
            li {
                (case(frame, shown, &one.conversation))
                span class="what" {
                    bdi { (clean::short(&one.text, 160)) }
                    @if let Some(office) = one.office.as_ref().filter(|office| *office != own) {
                        span class="hint" { " for " bdi { (due::office(shown.desk, office)) } }
                    }
                }
            }
        }
    };
    section("undated", "Tasks without a day", list.len(), MOST, &items)
}
