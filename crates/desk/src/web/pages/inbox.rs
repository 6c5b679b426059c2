//! The list of cases.

use maud::{Markup, html};

use crate::{
    clean,
    view::Summary,
    web::index::{Found, Query},
};

use super::{
    layout::{Frame, Here, Page, form, page},
    words,
};

/// How many cases a page lists.
pub const PAGE_LEN: usize = 25;

/// What the inbox shows.
#[derive(Debug)]
pub struct Inbox<'a> {
    /// The search, and the name under which it is kept.
    pub search: Option<(&'a str, &'a Query)>,
    /// What was found.
    pub found: &'a Found,
    /// How many cases there are at all.
    pub total: usize,
    /// The topics that occur: id and name.
    pub topics: &'a [(String, String)],
    /// Which page of the list, from 1.
    pub number: usize,
    /// How many things were refused and set aside.
    pub aside: usize,
}

/// The inbox.
pub fn inbox(frame: &Frame, inbox: &Inbox<'_>, note: Option<&str>) -> String {
    let main = html! {
        h1 { "Inbox" }
        p class="lead" {
            (words::count(inbox.total, "report", "reports"))
            @if inbox.total > 0 { ", " (words::count(frame.unread, "with something unread", "with something unread")) }
            "."
        }
        (search(frame, inbox))
        @if inbox.found.cases.is_empty() {
            (empty(frame, inbox))
        } @else {
            ol class="cases" aria-label="Reports, the newest first" {
                @for case in &inbox.found.cases { li { (line(frame, case)) } }
            }
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

fn search(frame: &Frame, inbox: &Inbox<'_>) -> Markup {
    let all = Query::default();
    let query = inbox.search.map_or(&all, |(_, query)| query);
    let is_filtered = query.standing.is_some() || query.topic.is_some() || query.unread;
    html! {
        search {
            (form(&frame.at("/search"), &frame.token, "search", &html! {
                label for="words" { "Search in everything" }
                div class="line" {
                    // Spelling aids and suggestions of browsers may send words elsewhere.
                    input id="words" name="words" type="search" value=(query.words) maxlength="400"
                        spellcheck="false" autocomplete="off";
                    button type="submit" { "Search" }
                }
                details open[is_filtered] {
                    summary { "Filter" }
                    (filters(query, inbox.topics))
                }
            }))
        }
        @if inbox.search.is_some() {
            p class="lead" role="status" {
                "Found: " (words::count(inbox.found.count, "report", "reports")) ". "
                a href=(frame.at("/")) { "Show all" }
            }
        }
    }
}

fn filters(query: &Query, topics: &[(String, String)]) -> Markup {
    html! {
        div class="filters" {
            div {
                label for="state" { "State" }
                select id="state" name="state" {
                    option value="" { "Any" }
                    @for one in words::STANDINGS {
                        option value=(one.word()) selected[query.standing == Some(one)] { (words::standing(one)) }
                    }
                }
            }
            div {
                label for="topic" { "Topic" }
                select id="topic" name="topic" {
                    option value="" { "Any" }
                    @for (id, name) in topics {
                        option value=(id) selected[query.topic.as_ref() == Some(id)] { (clean::short(name, 60)) }
                    }
                }
            }
            label class="check" {
                input type="checkbox" name="unread" value="yes" checked[query.unread];
                span { "Only with something unread" }
            }
        }
    }
}

fn empty(frame: &Frame, inbox: &Inbox<'_>) -> Markup {
    html! {
        div class="empty" {
            @if inbox.search.is_some() {
                p { "No report fits. Fewer words may find more." }
            } @else if inbox.total == 0 {
                p { "No report has come yet." }
                p { "The desk looks every minute, and as soon as the relay says that something is there." }
            } @else {
                p { "There is no such page of the list. " a href=(frame.at("/")) { "Go to the first" } "." }
            }
        }
    }
}

fn line(frame: &Frame, case: &Summary) -> Markup {
    html! {
        a class=(if case.unread { "case unread" } else { "case" }) href=(frame.case(&case.id)) {
            span class="topic" {
                @if case.unread { span class="dot" aria-hidden="true" {} span class="hidden" { "Unread: " } }
                (clean::short(&case.topic_name, 80))
            }
            span class="facts" {
                span class=(format!("tag {}", case.standing.word())) { (words::standing(case.standing)) }
                span { span class="hidden" { "Case " } code { (case.case) } }
                span { "newest " (words::day(&case.newest)) }
                @if case.day != case.newest { span { "came " (words::day(&case.day)) } }
                @if case.asked_to_wait { span class="tag waits" { "asks you to wait" } }
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
    let address = |number: usize| match inbox.search {
        Some((name, _)) => frame.at(&format!("/?search={name}&page={number}")),
        None => frame.at(&format!("/?page={number}")),
    };
    html! {
        @if last > 1 {
            nav class="pages" aria-label="Pages of the list" {
                @if inbox.number > 1 { a rel="prev" href=(address(inbox.number - 1)) { "Newer" } }
                span { "Page " (inbox.number) " of " (last) }
                @if inbox.number < last { a rel="next" href=(address(inbox.number + 1)) { "Older" } }
            }
        }
    }
}
