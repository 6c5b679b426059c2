//! The list of cases.

use maud::{Markup, html};

use crate::{
    case::Standing,
    clean,
    desk::Desk,
    web::index::{Choices, Counts, Found, Listed, Query, Show, Sort},
};

use super::{
    due, filters,
    layout::{Frame, Here, Page, form, page},
    words,
};

/// How many cases a page lists.
pub const PAGE_LEN: usize = 25;

/// What the inbox shows.
#[derive(Debug)]
pub struct Inbox<'a> {
    /// What names offices and states.
    pub desk: &'a Desk,
    /// What is listed.
    pub query: &'a Query,
    /// The name under which the words of the search are kept.
    pub search: Option<&'a str>,
    /// What was found.
    pub found: &'a Found,
    /// How many cases there are of each kind.
    pub counts: Counts,
    /// What can be chosen in filters.
    pub choices: &'a Choices,
    /// Which page of the list, from 1.
    pub number: usize,
    /// How many things were refused and set aside.
    pub aside: usize,
    /// What has just been marked as no report, and can be taken back under this name.
    pub undo: Option<(&'a str, usize)>,
}

impl Inbox<'_> {
    fn address(&self, query: &Query, number: usize) -> String {
        query.address(self.search, number)
    }
}

/// The inbox.
pub fn inbox(frame: &Frame, inbox: &Inbox<'_>, note: Option<&str>) -> String {
    let total = inbox.counts.of(Show::All);
    let main = html! {
        h1 { "Inbox" }
        p class="lead" {
            (words::count(total, "report", "reports"))
            @if total > 0 { ", " (words::count(frame.unread, "with something unread", "with something unread")) }
            "."
        }
        (undo(frame, inbox))
        (again(frame, inbox))
        (search(frame, inbox))
        (views(frame, inbox))
        (filters::filters(frame, inbox))
        @if inbox.search.is_some() || inbox.query.filters() > 0 {
            p class="lead" role="status" {
                "Found: " (words::count(inbox.found.count, "report", "reports")) ". "
                a href=(frame.at("/")) { "Show all" }
            }
        }
        @if inbox.found.cases.is_empty() {
            (empty(frame, inbox))
        } @else {
            (list(frame, inbox))
            (pages(frame, inbox))
        }
        @if inbox.aside > 0 {
            p class="hint" {
                (words::count(inbox.aside, "thing was", "things were"))
                " refused and set aside: " a href=(frame.at("/status#aside")) { "see which" } "."
            }
        }
    };
    let around = Page {
        title: "Inbox",
        here: Here::Inbox,
        is_written_on: false,
        note,
    };
    page(frame, &around, &main)
}

fn undo(frame: &Frame, inbox: &Inbox<'_>) -> Markup {
    html! {
        @if let Some((name, count)) = inbox.undo {
            div class="note good" role="status" {
                p { (words::count(count, "report is", "reports are")) " marked as no report. Nobody was told, and nobody is kept out." }
                (form(&frame.at("/restore"), &frame.token, "one", &html! {
                    input type="hidden" name="undo" value=(name);
                    button type="submit" { "Undo" }
                }))
            }
        }
    }
}

/// What has come up again, above everything else.
fn again(frame: &Frame, inbox: &Inbox<'_>) -> Markup {
    let is_first = *inbox.query == Query::default() && inbox.number == 1;
    html! {
        @if is_first && inbox.counts.again > 0 {
            p class="note warn" {
                (words::count(inbox.counts.again, "report has", "reports have"))
                " come up again: they stand first, with the reason. "
                a href=(frame.at("/?again=yes")) { "Show only them" }
            }
        }
    }
}

fn search(frame: &Frame, inbox: &Inbox<'_>) -> Markup {
    html! {
        search {
            (form(&frame.at("/search"), &frame.token, "search", &html! {
                label for="words" { "Search in everything" }
                div class="line" {
                    // Spelling aids and suggestions of browsers may send words elsewhere.
                    input id="words" name="words" type="search" value=(inbox.query.words) maxlength="400"
                        spellcheck="false" autocomplete="off" dir="auto" data-key="/";
                    button type="submit" { "Search" }
                }
                // What is filtered stays filtered.
                @for (name, value) in inbox.query.values() {
                    input type="hidden" name=(name) value=(value);
                }
            }))
        }
    }
}

fn views(frame: &Frame, inbox: &Inbox<'_>) -> Markup {
    let view = |show: Show| Query {
        show,
        ..inbox.query.clone()
    };
    let chip = |words: &str, count: usize, query: Query, is_on: bool| {
        html! {
            @if count > 0 || is_on {
                li {
                    a class="chip" href=(frame.at(&inbox.address(&query, 1))) aria-current=[is_on.then_some("true")] {
                        (words) " " span class="number" { (count) }
                    }
                }
            }
        }
    };
    let counts = &inbox.counts;
    let now = inbox.query;
    let quick = filters::quick(now, counts);
    html! {
        nav class="views" aria-label="Which reports" {
            ul class="chips" {
                @for show in Show::ALL {
                    (chip(filters::show(show), counts.of(show), view(show), now.show == show))
                }
            }
        }
        @if quick.iter().any(|(_, count, _, is_on)| *count > 0 || *is_on) {
            nav class="views" aria-label="Only some of them" {
                ul class="chips" {
                    @for (words, count, query, is_on) in quick { (chip(words, count, query, is_on)) }
                }
            }
        }
    }
}

fn empty(frame: &Frame, inbox: &Inbox<'_>) -> Markup {
    let is_narrowed = inbox.search.is_some() || inbox.query.filters() > 0;
    html! {
        div class="empty" {
            @if is_narrowed {
                p { "No report fits. Fewer words or filters may find more." }
                @if inbox.query.show != Show::All {
                    p { a href=(frame.at(&inbox.address(&Query { show: Show::All, ..inbox.query.clone() }, 1))) { "Look among all reports" } }
                }
            } @else if inbox.counts.of(Show::All) == 0 {
                p { "No report has come yet." }
                p { "The desk looks every minute, and as soon as the relay says that something is there." }
            } @else if inbox.counts.of(inbox.query.show) == 0 {
                p { "Nothing here. Everything that has come is under another heading above." }
            } @else {
                p { "There is no such page of the list. " a href=(frame.at("/")) { "Go to the first" } "." }
            }
        }
    }
}

/// The list, in the form that marks several as no reports at once.
fn list(frame: &Frame, inbox: &Inbox<'_>) -> Markup {
    let of = (inbox.number - 1) * PAGE_LEN;
    let label = format!(
        "Reports {} to {} of {}",
        of + 1,
        of + inbox.found.cases.len(),
        inbox.found.count
    );
    let are_discarded = inbox.query.show == Show::Discarded;
    form(
        &frame.at(if are_discarded {
            "/restore"
        } else {
            "/discard"
        }),
        &frame.token,
        "list",
        &html! {
            p class="hint range" { (label) }
            ol class="cases" aria-label=(label) {
                @for case in &inbox.found.cases { li { (line(frame, inbox.desk, case)) } }
            }
            (several(are_discarded))
        },
    )
}

/// What is done with several at once.
fn several(are_discarded: bool) -> Markup {
    html! {
        @if are_discarded {
            div class="actions" {
                button type="submit" { "Take the ticked ones back into the inbox" }
            }
        } @else {
            details class="several" {
                summary { "Mark the ticked ones as no report" }
                div class="filters" {
                    div {
                        label for="reason" { "Why" }
                        select id="reason" name="reason" {
                            @for (word, words) in filters::REASONS {
                                option value=(word) { (words) }
                            }
                        }
                    }
                    div {
                        label for="more" { "More words, for the offices (optional)" }
                        input id="more" name="more" type="text" maxlength="400" spellcheck="false" autocomplete="off" dir="auto";
                    }
                }
                p class="hint" { "They move to “No report”, and can be taken back. Nobody is told, and nobody is kept from writing again." }
                div class="actions" {
                    button type="submit" { "Mark as no report" }
                }
            }
        }
    }
}

fn line(frame: &Frame, desk: &Desk, listed: &Listed) -> Markup {
    let case = &listed.summary;
    let today = desk.clock.today();
    let responsible = listed.work.responsible.value.as_ref();
    html! {
        label class="pick" {
            input type="checkbox" name=(format!("pick-{}", case.id)) value="yes";
            span class="hidden" { "Tick case " (case.case) }
        }
        a class=(if case.unread { "case unread" } else { "case" }) href=(frame.case(&case.id)) {
            span class="topic" {
                @if case.unread { span class="dot" aria-hidden="true" {} span class="hidden" { "Unread: " } }
                bdi { (clean::short(&case.topic_name, 80)) }
            }
            @if let Some(again) = listed.again {
                span class="again" { strong { "Come up again: " } (due::surfaced(again)) }
            }
            span class="facts" {
                span class=(format!("tag state {}", due::look(&listed.work))) { bdi { (due::state(desk, &listed.work)) } }
                @if listed.work.discarded.value.is_some() { span class="tag refused" { "No report" } }
                span { span class="hidden" { "Case " } code { (case.case) } }
                @if let Some(next) = &listed.next { (due::short(next, today)) }
                @if listed.mentions > 0 { span class="tag waits" { "a note asks for you" } }
                @match responsible {
                    Some((office, _)) if *office == desk.config.office => span { "this office is responsible" },
                    Some((office, _)) => span { "responsible: " bdi { (due::office(desk, office)) } },
                    None => {},
                }
                @if let Some((_, label)) = &listed.work.group.value {
                    span { "group “" bdi { (clean::short(label, 40)) } "” (" (words::count(listed.group, "report", "reports")) ")" }
                }
                span { "newest " (words::day(&case.newest)) }
                @if case.day != case.newest { span { "came " (words::day(&case.day)) } }
                @if case.asked_to_wait { span class="tag waits" { "asks you to wait" } }
                @if matches!(case.standing, Standing::Acknowledged | Standing::Answered) { span { (words::standing(case.standing)) } }
                @if case.messages > 1 { span { (case.messages) " messages" } }
                @if case.attachments > 0 { span { (words::count(case.attachments, "file", "files")) } }
                @if case.unsent > 0 { span class="tag waits" { "not sent yet" } }
                @if !case.complete { span class="tag waits" { "not complete" } }
            }
        }
    }
}

fn pages(frame: &Frame, inbox: &Inbox<'_>) -> Markup {
    let last = inbox.found.count.div_ceil(PAGE_LEN).max(1);
    let at = |number: usize| frame.at(&inbox.address(inbox.query, number));
    let (before, after) = match inbox.query.sort {
        Sort::Newest => ("Newer", "Older"),
        _ => ("Previous", "Next"),
    };
    html! {
        @if last > 1 {
            nav class="pages" aria-label="Pages of the list" {
                @if inbox.number > 2 { a href=(at(1)) { "First" } }
                @if inbox.number > 1 { a rel="prev" href=(at(inbox.number - 1)) data-key="p" { (before) } }
                span { "Page " (inbox.number) " of " (last) }
                @if inbox.number < last { a rel="next" href=(at(inbox.number + 1)) data-key="n" { (after) } }
                @if inbox.number + 1 < last { a href=(at(last)) { "Last" } }
            }
        }
    }
}
