//! The frame around every page.

use maud::{DOCTYPE, Markup, html};

use crate::{
    failure::Reason,
    web::{open::News, submission::TOKEN},
};

use super::words;

/// Where in the desk a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Here {
    /// The list of cases.
    Inbox,
    /// Within a case.
    Case,
    /// Adding reports.
    Add,
    /// Summaries.
    Outcomes,
    /// Settings.
    Status,
    /// What is to be looked at next.
    Work,
}

/// What is around a page of an open desk.
#[derive(Debug)]
pub struct Frame {
    /// The office's name.
    pub office: String,
    /// This workstation's name.
    pub label: String,
    /// Whether its keys protect nothing.
    pub demonstration: bool,
    /// The path under which the session's pages lie.
    pub base: String,
    /// What forms carry.
    pub token: String,
    /// How many cases have something unread.
    pub unread: usize,
    /// How much asks for somebody: late, come up again, or a note for this office.
    pub pressing: usize,
    /// Whether single keys do something.
    pub keys: bool,
    /// How many replies wait to be sent.
    pub unsent: usize,
    /// How the last sync ended.
    pub news: News,
    /// What somebody must look into at once.
    pub alarms: Vec<String>,
    /// After how many seconds without use the desk locks itself.
    pub idle_seconds: u64,
}

impl Frame {
    /// The address of a page.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The address of a case.
    pub fn case(&self, id: &str) -> String {
        self.at(&format!("/case/{id}"))
    }
}

/// A page within the frame.
#[derive(Debug)]
pub struct Page<'a> {
    /// Names what the page is for, never what is on it: titles are seen in tabs, in the task bar,
    /// and kept by the browser.
    pub title: &'a str,
    /// Where it is.
    pub here: Here,
    /// Whether somebody may be writing on it, so that nothing may take it away.
    pub is_written_on: bool,
    /// What has just been done.
    pub note: Option<&'a str>,
}

/// A form that posts to `action`.
pub fn form(action: &str, token: &str, class: &str, body: &Markup) -> Markup {
    html! {
        form class=(class) method="post" action=(action) enctype="multipart/form-data" autocomplete="off" {
            input type="hidden" name=(TOKEN) value=(token);
            (body)
        }
    }
}

/// A form of one button.
pub fn button(action: &str, token: &str, class: &str, words: &str) -> Markup {
    form(
        action,
        token,
        "one",
        &html! { button type="submit" class=(class) { (words) } },
    )
}

/// A whole document.
pub fn document(title: &str, head: &Markup, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        // The page is not to be offered for translation: that would send it to somebody.
        html lang="en" translate="no" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="google" content="notranslate";
                meta name="format-detection" content="telephone=no, email=no, address=no";
                title { (title) " · Candor desk" }
                link rel="icon" href="/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/style.css";
                script src="/script.js" defer {}
                script src="/keys.js" defer {}
                (head)
            }
            (body)
        }
    }
    .into_string()
}

/// A page of the open desk.
pub fn page(frame: &Frame, page: &Page<'_>, main: &Markup) -> String {
    let refresh = frame.idle_seconds + 10;
    let head = html! {
        @if !page.is_written_on {
            // Without the script the page leaves the screen when the desk has locked itself.
            noscript { meta http-equiv="refresh" content=(format!("{refresh}; url={}", frame.at("/?by=itself"))); }
        }
    };
    let body = html! {
        body data-desk="open" data-base=(frame.base) data-unread=(frame.unread) data-unsent=(frame.unsent) data-alarms=(frame.alarms.len())
            data-follow=(if page.is_written_on { "no" } else { "yes" }) data-keys=(if frame.keys { "on" } else { "off" }) {
            a class="skip" href="#main" { "Skip to the content" }
            (banner(frame.demonstration))
            header class="top" {
                div class="bar" {
                    p class="brand" { (mark()) span { strong { (frame.office) } span class="label" { (frame.label) } } }
                    nav aria-label="Desk" {
                        (link(&frame.at("/"), "Inbox", page.here == Here::Inbox, (frame.unread, "unread"), "i"))
                        (link(&frame.at("/work"), "Work", page.here == Here::Work, (frame.pressing, "waiting"), "w"))
                        (link(&frame.at("/add"), "Add", page.here == Here::Add, (0, ""), "a"))
                        (link(&frame.at("/outcomes"), "Outcomes", page.here == Here::Outcomes, (0, ""), "o"))
                        (link(&frame.at("/status"), "Settings", page.here == Here::Status, (0, ""), "s"))
                    }
                    (button(&frame.at("/lock"), &frame.token, "quiet", "Lock"))
                }
            }
            main id="main" tabindex="-1" {
                (alarms(&frame.alarms))
                (trouble(&frame.news))
                @if let Some(note) = page.note {
                    // Whoever listens hears it at once, and goes on from there.
                    p class="note good" role="status" tabindex="-1" autofocus { (note) }
                }
                div id="news" class="note" role="status" hidden {
                    "Something new has come. " a href=(frame.at("/")) { "Show the inbox" }
                }
                p id="covered" class="note warn" role="status" data-kept hidden {}
                div id="alarm" class="note alarm" role="alert" hidden {
                    strong { "There is an alarm." } " " a href=(frame.at("/")) { "Show it" }
                }
                (main)
            }
            footer class="foot" {
                (sync_line(frame))
                p { a href=(frame.at("/templates")) { "Saved replies" } " · " a href=(frame.at("/keyboard")) { "Keyboard" } }
            }
            (super::keyboard::dialog())
        }
    };
    document(page.title, &head, &body)
}

/// A page outside the open desk: locked, not connected, not found.
pub fn plain(title: &str, demonstration: bool, main: &Markup) -> String {
    let body = html! {
        body data-desk="locked" {
            (banner(demonstration))
            main id="main" class="door" { (main) }
        }
    };
    document(title, &html! {}, &body)
}

fn banner(demonstration: bool) -> Markup {
    html! {
        @if demonstration {
            aside class="demonstration" aria-label="Demonstration" {
                strong { "Demonstration." } " Its keys protect nothing: write nothing real."
            }
        }
    }
}

/// The mark beside the office's name.
pub fn mark() -> Markup {
    html! { img class="mark" src="/icon.svg" width="28" height="28" alt=""; }
}

fn link(to: &str, words: &str, is_here: bool, (count, of): (usize, &str), key: &str) -> Markup {
    html! {
        a href=(to) aria-current=[is_here.then_some("page")] data-key=(key) {
            (words)
            @if count > 0 {
                " " span class="count" { @if count > 999 { "999+" } @else { (count) } span class="hidden" { " " (of) } }
            }
        }
    }
}

fn alarms(alarms: &[String]) -> Markup {
    html! {
        @if !alarms.is_empty() {
            section class="note alarm" role="alert" aria-label="Alarm" {
                h2 { "Alarm" }
                @for alarm in alarms {
                    @for line in alarm.lines() { p { (words::sentence(line)) } }
                }
                p {
                    "Do not ignore this, and do not answer by mail: call the administrator "
                    strong { "and" } " the witness, on a number that you knew before."
                }
            }
        }
    }
}

/// Why nothing was fetched or sent.
fn trouble(news: &News) -> Markup {
    html! {
        // What is not to be trusted is an alarm, above.
        @if let Some(failure) = news.failure.as_ref().filter(|failure| failure.reason() != Reason::Trust) {
            div class="note problem" {
                p { strong { (words::sentence(failure.cause())) } }
                @for line in failure.remedy().lines() { p { (words::sentence(line)) } }
                @if failure.reason() == Reason::Network {
                    p { "What is here can be read and answered; replies are kept and sent later." }
                }
            }
        }
        @for warning in &news.warnings {
            p class="note problem" { (words::sentence(warning)) }
        }
    }
}

fn sync_line(frame: &Frame) -> Markup {
    let news = &frame.news;
    html! {
        div class="sync" {
            p {
                @match (news.running && news.count == 0, news.fetched) {
                    (true, _) => "Fetching what has come …",
                    (false, Some(then)) => { "Fetched " span id="fetched" { (words::ago(then)) } "." }
                    (false, None) => "Nothing fetched yet since the desk was unlocked.",
                }
                @if frame.unsent > 0 {
                    " " (words::count(frame.unsent, "reply waits", "replies wait")) " to be sent."
                }
            }
            button type="button" id="notify" class="quiet" hidden { "Show a notice when something comes" }
            (button(&frame.at("/sync"), &frame.token, "quiet", "Check now"))
        }
    }
}
