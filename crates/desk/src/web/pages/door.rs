//! Pages outside the open desk.

use maud::{Markup, html};

use crate::{
    clean,
    failure::{Failure, Reason},
    web::{
        launch::Session,
        site::{Opens, Site, Unopened},
        submission::Submission,
    },
};

use super::{
    casework::sheet::{self, Head},
    layout::{Frame, Here, Page, form, mark, page, plain},
    words,
};

/// What somebody had written when the desk locked itself.
#[derive(Debug)]
pub struct Draft<'a> {
    /// The text.
    pub text: &'a str,
    /// Whether files had been chosen as well.
    pub had_files: bool,
    /// Everything else that the form said.
    pub fields: Option<&'a Submission>,
}

impl<'a> Draft<'a> {
    /// All that a form said.
    pub const fn of(submission: &'a Submission) -> Self {
        Self {
            text: "",
            had_files: false,
            fields: Some(submission),
        }
    }
}

/// What the names of the fields of a draft begin with.
pub const KEPT: &str = "kept-";

/// The page that unlocks.
pub fn unlock(
    site: &Site,
    session: &Session,
    next: &str,
    draft: Option<&Draft<'_>>,
    failed: Option<&Unopened>,
) -> String {
    let main = html! {
        p class="brand" { (mark()) span { strong { (site.office_name) } span class="label" { (clean::short(&site.config.label, 40)) } } }
        h1 { "Unlock the desk" }
        @if let Some(failed) = failed {
            div class="note problem" role="alert" { (unopened(site, failed)) }
        }
        @if let Some(draft) = draft {
            div class="note" role="status" {
                p { "The desk had locked itself in the meantime. What you have written is not lost: unlock, and go on." }
                @if draft.had_files { p { "The files have to be chosen again." } }
            }
        }
        (form(&format!("{}/unlock", session.base), session.form_token.expose(), "stack", &html! {
            input type="hidden" name="next" value=(next);
            @if let Some(draft) = draft {
                textarea name="draft" hidden { (leading_line_break(draft.text)) }
                @if let Some(fields) = draft.fields {
                    @for (name, value) in fields.all() {
                        textarea name=(format!("{KEPT}{name}")) hidden { (leading_line_break(value)) }
                    }
                }
            }
            @match &site.opens {
                Opens::Passphrase(_) => {
                    label for="passphrase" { "Passphrase of this desk" }
                    input id="passphrase" name="passphrase" type="password" autocomplete="off"
                        autofocus required maxlength="1024" aria-describedby="hint";
                    p id="hint" class="hint" { "The same that the desk asks for at the terminal. If the browser offers to save it, say no: whoever opens the browser could then open the desk." }
                }
                Opens::Plugin(plugin) => {
                    p { "The keys are guarded by the age plugin “" (plugin.identity.plugin()) "”. Plug the key in, press the button, and look at the terminal if it asks for something." }
                }
            }
            button type="submit" class="main" { "Unlock" }
        }))
        details {
            summary { "The passphrase is forgotten" }
            p { "Nobody can tell it to you. A new desk can be made from the office's recovery file and its eight words: " code { "candor-desk restore" } "." }
        }
    };
    plain("Locked", site.config.demonstration, &main)
}

fn unopened(site: &Site, failed: &Unopened) -> Markup {
    html! {
        @match (&site.opens, failed) {
            (_, Unopened::Busy) => p { "Another try is still going on. Wait a moment, then try again." },
            (_, Unopened::TooLate) => {
                p { strong { "The desk had locked itself, so that this was not done." } }
                p { "Unlock it, and do it again." }
            },
            (Opens::Passphrase(_), Unopened::Failed(failure)) if failure.reason() == Reason::Locked => {
                p { strong { "This is not the passphrase of this desk." } }
                p { "Look at capitals and at the keyboard's language, then type it again. After every wrong one the desk takes longer to answer." }
            },
            (_, Unopened::Failed(failure)) => (failure_words(failure)),
        }
    }
}

/// Browsers drop a line break right behind `<textarea>`.
pub fn leading_line_break(text: &str) -> Markup {
    html! { "\n" (text) }
}

/// A failure: what happened, and what to do.
pub fn failure_words(failure: &Failure) -> Markup {
    html! {
        p { strong { (words::sentence(failure.cause())) } }
        @for line in failure.remedy().lines() { p { (words::sentence(line)) } }
    }
}

/// For a browser that brings no session.
pub fn not_connected(demonstration: bool) -> String {
    plain(
        "Not connected",
        demonstration,
        &html! {
            h1 { "This browser is not connected to the desk" }
            p { "Open the address that the terminal shows, in this browser. It begins with “open” and is good for one time." }
            p { "To get a new one, press " kbd { "Enter" } " in the terminal in which the desk runs." }
            p { "Is the desk open in another tab or window of this browser? Go on there." }
        },
    )
}

/// For a launch address that is used up.
pub fn used_up(demonstration: bool) -> String {
    plain(
        "Address used up",
        demonstration,
        &html! {
            h1 { "This address has been used up" }
            p { "Each address opens the desk one time, and only for some minutes. So nobody can come in by what is left in the browser's history." }
            p { "Press " kbd { "Enter" } " in the terminal in which the desk runs: it shows a new address. Open that one." }
            p { "Is the desk open in another tab or window of this browser? Then go on there." }
        },
    )
}

/// For a request that comes from another page.
pub fn foreign(demonstration: bool) -> String {
    plain(
        "From another page",
        demonstration,
        &html! {
            h1 { "This came from another page" }
            p { "Something outside the desk has asked for this page, so that nothing was shown and nothing was done." }
            // The same address, asked for by a page of the desk's own.
            p { "If it was you: " a href="" { "go on to the desk" } "." }
        },
    )
}

/// For something that cannot be done with a case as it stands.
pub fn not_possible(frame: &Frame, head: &Head<'_>, title: &str, why: &str) -> String {
    let at = frame.case(head.id);
    let main = html! {
        (sheet::head(frame, head, title, ""))
        p class="note" { (why) }
        p { a class="button" href=(at) { "Back to the case" } }
    };
    sheet::framed(frame, title, None, &main)
}

/// The fields into which people write in their own words, on whatever form.
const OWN_WORDS: [(&str, &str); 16] = [
    ("text", "Text"),
    ("why", "Why"),
    ("note", "Note"),
    ("what", "What"),
    ("leader", "Leader"),
    ("to", "To whom"),
    ("whom", "Who there"),
    ("label", "Name of the group"),
    ("recipient", "Age recipient"),
    ("redact", "Words to take out"),
    ("redacted", "What was left out, and why"),
    ("title", "Title"),
    ("name", "Name"),
    ("contact", "How to reach them"),
    ("more", "More words"),
    ("words", "Words"),
];

/// For what somebody wrote into a form that cannot be shown again: to be copied from.
pub fn written(frame: &Frame, given: &Submission) -> String {
    let asked = given.under("ask-").filter(|(_, words)| *words != "yes");
    let questions = asked.map(|(_, words)| ("Question", words.to_owned()));
    let own = OWN_WORDS
        .iter()
        .map(|(name, label)| (*label, given.text(name)))
        .chain(questions)
        .filter(|(_, words)| !words.trim().is_empty());
    let main = html! {
        h1 { "What you had written" }
        p class="note warn" { "This was not done: the desk had locked itself, or what it was about is gone. Here is what you wrote, to copy from." }
        div class="stack" {
            @for (at, (label, words)) in own.enumerate() {
                label for=(format!("own-{at}")) { (label) }
                textarea id=(format!("own-{at}")) readonly rows="4" dir="auto" spellcheck="false" { (leading_line_break(&words)) }
            }
        }
        p { a class="button" href=(frame.at("/")) { "Go to the inbox" } }
    };
    let around = Page {
        title: "What you had written",
        here: Here::Case,
        is_written_on: true,
        note: None,
    };
    page(frame, &around, &main)
}

/// For an address that leads nowhere.
pub fn not_found(demonstration: bool, home: &str) -> String {
    plain(
        "Not found",
        demonstration,
        &html! {
            h1 { "There is nothing here" }
            p { a href=(format!("{home}/")) { "Go to the inbox" } }
        },
    )
}

/// For a form that cannot be taken.
pub fn bad_form(demonstration: bool, home: &str, why: &str) -> String {
    plain(
        "Not done",
        demonstration,
        &html! {
            h1 { "This was not done" }
            p { (why) }
            p { "Go back in the browser, or " a href=(format!("{home}/")) { "go to the inbox" } "." }
        },
    )
}

/// For something that went wrong.
pub fn failed(demonstration: bool, home: &str, failure: &Failure) -> String {
    plain(
        "Not done",
        demonstration,
        &html! {
            h1 { "This was not done" }
            div class="note problem" role="alert" { (failure_words(failure)) }
            p { a href=(format!("{home}/")) { "Go to the inbox" } }
        },
    )
}
