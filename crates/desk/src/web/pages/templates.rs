//! Saved replies: looking at them, writing and deleting them.

use candor_casework::body::Handle;
use maud::{Markup, html};

use crate::{
    clean,
    failure::Failure,
    templates::{MAX_TITLE_LEN, Template},
};

use super::{
    layout::{Frame, Here, Page, button, form, page},
    words,
};

/// The field that names a new one.
pub const HANDLE: &str = "handle";
/// The field that tells what the one that is changed said.
pub const LOOKED_AT: &str = "looked-at";

/// What stands in the form.
#[derive(Clone, Copy, Debug, Default)]
pub struct Written<'a> {
    /// The one that is changed; none for a new one.
    pub name: Option<Handle>,
    /// Names a new one, so that it is kept once.
    pub handle: &'a str,
    /// Tells what the one that is changed said when it was looked at.
    pub looked_at: &'a str,
    /// What it says now, if that is something else.
    pub now: Option<&'a Template>,
    /// Its title.
    pub title: &'a str,
    /// Its text.
    pub text: &'a str,
    /// Why it was not kept.
    pub failure: Option<&'a Failure>,
}

/// All of them, with a form for a new one.
pub fn list(
    frame: &Frame,
    all: &[(Handle, &Template)],
    new: &Written<'_>,
    note: Option<&str>,
) -> String {
    let main = html! {
        p class="crumb" { a href=(frame.at("/status")) { "Settings" } }
        h1 { "Saved replies" }
        p class="lead" {
            "Texts that this office writes often. They are offered where a reply is written; there they can be changed before they are sent. "
            "They are kept encrypted on this workstation. Put nothing of a report into them."
        }
        @if all.is_empty() {
            div class="empty" { p { "No reply is saved yet." } }
        }
        @for (name, template) in all { (one(frame, *name, template)) }
        h2 { "A new one" }
        (fields(frame, new))
    };
    let around = Page {
        title: "Saved replies",
        here: Here::Status,
        is_written_on: !new.title.is_empty() || !new.text.is_empty(),
        note,
    };
    page(frame, &around, &main)
}

fn one(frame: &Frame, name: Handle, template: &Template) -> Markup {
    html! {
        article class="template" {
            h2 { bdi { (clean::short(&template.title, 100)) } }
            p class="quoted" dir="auto" { (clean::text(&template.text)) }
            div class="actions" {
                a class="button" href=(frame.at(&format!("/templates/{name}"))) { "Change" span class="hidden" { " “" (clean::short(&template.title, 100)) "”" } }
                (button(&frame.at(&format!("/templates/{name}/delete")), &frame.token, "quiet", "Delete"))
            }
        }
    }
}

/// The page that changes one.
pub fn change(frame: &Frame, written: &Written<'_>) -> String {
    let main = html! {
        p class="crumb" { a href=(frame.at("/templates")) { "Saved replies" } }
        h1 { "Change a saved reply" }
        (fields(frame, written))
    };
    let around = Page {
        title: "Saved reply",
        here: Here::Status,
        is_written_on: true,
        note: None,
    };
    page(frame, &around, &main)
}

fn fields(frame: &Frame, written: &Written<'_>) -> Markup {
    let action = match written.name {
        Some(name) => frame.at(&format!("/templates/{name}")),
        None => frame.at("/templates"),
    };
    html! {
        @if let Some(failure) = written.failure {
            div class="note problem" role="alert" {
                p { strong { (words::sentence(failure.cause())) } }
                p { (words::sentence(failure.remedy())) }
            }
        }
        @if let Some(now) = written.now {
            h2 { "What it says now" }
            p { bdi { (clean::short(&now.title, 100)) } }
            p class="quoted" dir="auto" { (clean::text(&now.text)) }
            h2 { "What you have written" }
        }
        (form(&action, &frame.token, "stack", &html! {
            @match written.name {
                Some(_) => input type="hidden" name=(LOOKED_AT) value=(written.looked_at);,
                None => input type="hidden" name=(HANDLE) value=(written.handle);,
            }
            label for="title" { "Title, for this office" }
            input id="title" name="title" type="text" value=(written.title) maxlength=(MAX_TITLE_LEN) required
                spellcheck="false" autocomplete="off" dir="auto";
            label for="text" { "Text, as the reporter would read it" }
            // The first line break behind the tag is the browser's.
            textarea id="text" name="text" rows="8" required spellcheck="false" autocomplete="off" dir="auto" { "\n" (written.text) }
            button type="submit" class="main" { "Save" }
        }))
    }
}
