//! The inbox's filters: a form that asks with an address, so that a filtered list can be gone back
//! to. What is searched for stays out of it.

use maud::{Markup, html};

use crate::{
    clean, view,
    web::index::{Counts, DueBy, Query, Responsible, Show, Sort},
};

use super::{due, inbox::Inbox, layout::Frame};

/// Why something is no report: words of the form, and for people.
pub const REASONS: [(&str, &str); 4] = [
    ("spam", "Spam: advertising, nonsense, a flood"),
    ("test", "A test"),
    ("duplicate", "The same report is there already"),
    ("other", "Something else (say what)"),
];

/// Which cases at all.
pub const fn show(show: Show) -> &'static str {
    match show {
        Show::Open => "Open",
        Show::Closed => "Closed",
        Show::Discarded => "No report",
        Show::All => "All",
    }
}

const fn sort(sort: Sort) -> &'static str {
    match sort {
        Sort::Newest => "Newest first",
        Sort::Oldest => "Oldest first",
        Sort::Due => "What is due first",
        Sort::Topic => "By topic",
    }
}

/// One filter that can be switched on by a link: its words, how many it leaves, what is listed
/// then, and whether it is on.
type Quick = (&'static str, usize, Query, bool);

/// The filters that are most often wanted.
pub fn quick(now: &Query, counts: &Counts) -> Vec<Quick> {
    let own = now.responsible == Some(Responsible::Own);
    let late = now.due == Some(DueBy::Overdue);
    vec![
        (
            "Unread",
            counts.unread,
            Query {
                unread: !now.unread,
                ..now.clone()
            },
            now.unread,
        ),
        (
            "Overdue",
            counts.overdue,
            Query {
                due: (!late).then_some(DueBy::Overdue),
                ..now.clone()
            },
            late,
        ),
        (
            "A note asks for you",
            counts.mentions,
            Query {
                mentions: !now.mentions,
                ..now.clone()
            },
            now.mentions,
        ),
        (
            "This office is responsible",
            counts.own,
            Query {
                responsible: (!own).then_some(Responsible::Own),
                ..now.clone()
            },
            own,
        ),
    ]
}

fn select(name: &str, label: &str, options: &[(String, String)], chosen: &str) -> Markup {
    let id = format!("filter-{name}");
    html! {
        div {
            label for=(id) { (label) }
            select id=(id) name=(name) {
                @for (value, words) in options {
                    option value=(value) selected[value == chosen] { (clean::short(words, 60)) }
                }
            }
        }
    }
}

fn owned(value: &str, words: impl Into<String>) -> (String, String) {
    (value.to_owned(), words.into())
}

/// The form.
pub fn filters(frame: &Frame, inbox: &Inbox<'_>) -> Markup {
    let query = inbox.query;
    let values = query.values();
    let chosen = |name: &str| {
        let mut values = values.iter();
        let found = values.find(|(known, _)| *known == name);
        found.map_or_else(String::new, |(_, value)| value.clone())
    };
    let topics: Vec<_> = std::iter::once(owned("", "Any"))
        .chain(inbox.choices.topics.iter().cloned())
        .collect();
    let states: Vec<_> = std::iter::once(owned("", "Any"))
        .chain(view::states(inbox.desk))
        .collect();
    let offices = inbox
        .choices
        .offices
        .iter()
        .map(|office| owned(office.as_str(), due::office(inbox.desk, office)));
    let responsible: Vec<_> = [
        owned("", "Anybody or nobody"),
        owned("-own", "This office"),
        owned("-nobody", "Nobody yet"),
    ]
    .into_iter()
    .chain(offices)
    .collect();
    let due = [
        owned("", "Whenever"),
        owned("overdue", "Overdue"),
        owned("soon", "Overdue or within a week"),
    ];
    let groups: Vec<_> = std::iter::once(owned("", "Any or none"))
        .chain(
            inbox
                .choices
                .groups
                .iter()
                .map(|(group, label)| (group.to_string(), label.clone())),
        )
        .collect();
    let sorts: Vec<_> = Sort::ALL
        .into_iter()
        .map(|one| owned(one.word(), sort(one)))
        .collect();
    html! {
        details class="filter" open[query.filters() > 0 || query.sort != Sort::default()] {
            summary { "Filter and sort" }
            form method="get" action=(frame.at("/")) autocomplete="off" {
                @if let Some(name) = inbox.search { input type="hidden" name="search" value=(name); }
                @if query.show != Show::default() { input type="hidden" name="show" value=(query.show.word()); }
                div class="filters" {
                    (select("topic", "Topic", &topics, &chosen("topic")))
                    (select("state", "State", &states, &chosen("state")))
                    (select("responsible", "Responsible", &responsible, &chosen("responsible")))
                    (select("due", "Due", &due, &chosen("due")))
                    @if groups.len() > 1 { (select("group", "Group", &groups, &chosen("group"))) }
                    (select("sort", "Order", &sorts, query.sort.word()))
                    (check("unread", "Only with something unread", query.unread))
                    (check("mentions", "Only with a note that asks for this office", query.mentions))
                    (check("again", "Only what has come up again", query.again))
                }
                div class="actions" {
                    button type="submit" { "Show these" }
                    a class="button quiet" href=(frame.at("/")) { "Clear" }
                }
            }
        }
    }
}

fn check(name: &str, words: &str, is_on: bool) -> Markup {
    html! {
        label class="check" {
            input type="checkbox" name=(name) value="yes" checked[is_on];
            span { (words) }
        }
    }
}
