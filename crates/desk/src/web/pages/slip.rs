//! The claim code of what was entered: shown once, to be printed or copied by hand.

use maud::{Markup, html};

use super::layout::{Frame, Here, Page, page};

/// What is on the slip.
#[derive(Debug)]
pub struct Slip<'a> {
    /// The code in words.
    pub words: &'a str,
    /// The code in digits.
    pub digits: &'a str,
    /// Where to come back.
    pub address: &'a str,
    /// The hotline's name.
    pub hotline: &'a str,
    /// The hotline's telephone.
    pub telephone: &'a str,
    /// Names of the offices that can read it.
    pub offices: &'a [String],
}

/// The page. It must not be asked for again: the code is nowhere else.
pub fn slip(frame: &Frame, slip: &Slip<'_>) -> String {
    let main = html! {
        h1 { "It is sent" }
        p class="lead" { "Hand this to the person now. The code is shown once and kept nowhere: when this page is gone, so is the code." }
        section class="slip" aria-label="Slip to hand over" {
            p class="slip-name" { strong { (slip.hotline) } }
            h2 { "Your claim code" }
            (code("Eight words", slip.words))
            (code("or the same as digits", slip.digits))
            p { "With it you read the answer and add more, without saying who you are:" }
            ul {
                li { "on the web: " span class="address" { (slip.address) } ", “I have a claim code”" }
                @if !slip.telephone.is_empty() { li { "by telephone: " (slip.telephone) } }
            }
            p { "Keep it where only you find it. Nobody can give it to you again. This office saw it: at your first visit on the web you can move to a new code that nobody here has seen." }
            p { "Your report can be read by: " (slip.offices.join(", ")) "." }
        }
        div class="actions" {
            button type="button" class="main" data-print hidden { "Print the slip" }
            a class="button" href=(frame.at("/add")) { "They have it: close this" }
        }
        p class="hint" { "A printer may keep what it prints. If you share one with people who must not see this, copy the code by hand." }
    };
    let around = Page {
        title: "Slip",
        here: Here::Add,
        is_written_on: true,
        note: None,
    };
    page(frame, &around, &main)
}

fn code(label: &str, words: &str) -> Markup {
    html! {
        p class="hint" { (label) }
        ol class="code" {
            @for word in words.split(' ') { li { code { (word) } } }
        }
    }
}

/// The same form came again.
pub fn gone(frame: &Frame) -> String {
    let main = html! {
        h1 { "It was sent already" }
        p { "This was sent when the button was pressed the first time, and the code was shown then. It is kept nowhere, so it cannot be shown again." }
        p { "If the person does not have the code, enter what they said once more, and say so in the note, so that the offices know that both are the same." }
        div class="actions" { a class="button main" href=(frame.at("/add")) { "Go on" } }
    };
    let around = Page {
        title: "Slip",
        here: Here::Add,
        is_written_on: false,
        note: None,
    };
    page(frame, &around, &main)
}
