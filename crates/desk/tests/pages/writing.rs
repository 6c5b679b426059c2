//! Replies and marks, as somebody makes them on the pages.

use candor_wire::ConversationId;

use crate::room::{
    browser::{Answer, Browser, Part},
    tree,
};

pub fn case(id: &ConversationId) -> String {
    format!("/case/{id}")
}

/// What a reply form needs beside its text.
pub fn reply_fields(page: &Answer) -> (String, String) {
    (page.hidden("form"), page.hidden("reach"))
}

#[track_caller]
pub fn reply(browser: &Browser, id: &ConversationId, text: &str) -> Answer {
    let at = format!("{}/reply", case(id));
    let (form, reach) = reply_fields(&browser.get(&at));
    browser.post(
        &at,
        &[
            Part::Field("form", &form),
            Part::Field("reach", &reach),
            Part::Field("text", text),
            Part::Field("seen", "yes"),
        ],
    )
}

/// What could be the name of a file, and is of none.
pub const NO_FILE: &str = "00000000000000000000000000000000";

/// The address of the first file of a case, as its page links to it.
#[track_caller]
pub fn file_of(browser: &Browser, at: &str) -> String {
    let text = browser.get(at).text();
    let found = text.find("/file/").unwrap() + "/file/".len();
    format!("{at}/file/{}", &text[found..found + NO_FILE.len()])
}

/// Marks as read what a case's page shows.
#[track_caller]
pub fn mark_read(browser: &Browser, at: &str) -> Answer {
    let shown = browser.get(at).hidden("shown");
    browser.post(&format!("{at}/read"), &[Part::Field("shown", &shown)])
}

/// The words of a page.
pub fn words(page: &Answer) -> String {
    let words = tree::words(&page.text());
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
