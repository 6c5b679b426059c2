//! The page around a form of casework, and the fields that such forms are made of.
//!
//! Every form carries a name of its own, so that it is done once, and what its page knew of the
//! case, so that nobody decides on what they have not seen.

use maud::{Markup, html};

use crate::{
    clean,
    web::{
        act::Act,
        pages::{
            door::leading_line_break,
            layout::{Frame, Here, Page, form, page},
        },
        submission::Submission,
    },
};

/// Names the form, so that it is done once.
pub const FORM: &str = "form";
/// What its page knew of the case.
pub const KNOWN: &str = "known";
/// What it is about, if the case has several of the kind.
pub const OF: &str = "of";
/// Names what it makes.
pub const HANDLE: &str = "handle";
/// Whether what cannot be undone was looked at.
pub const SURE: &str = "sure";
/// Whether it is to be written on all the same.
pub const BACK: &str = "back";

/// What names a case on its pages.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// The whole id.
    pub id: &'a str,
    /// The short one.
    pub label: &'a str,
    /// The topic's name.
    pub topic: &'a str,
}

/// A form's page.
#[derive(Debug)]
pub struct Sheet<'a> {
    /// The case.
    pub head: Head<'a>,
    /// What is done.
    pub act: Act,
    /// The heading, which is also the title: it says nothing of the case.
    pub title: &'a str,
    /// What it is for.
    pub lead: &'a str,
    /// What has just been done.
    pub note: Option<&'a str>,
    /// Why it was not taken.
    pub problem: Option<&'a str>,
    /// What has come since the form was made.
    pub changed: &'a [Markup],
    /// What the page knows of the case.
    pub known: &'a str,
    /// Names the form.
    pub form: &'a str,
    /// What it is about.
    pub of: &'a str,
    /// The offices that will read it, in words.
    pub readers: &'a str,
    /// The words on the button.
    pub submit: &'a str,
}

/// The page of a form.
pub fn sheet(frame: &Frame, sheet: &Sheet<'_>, fields: &Markup) -> String {
    let at = frame.case(sheet.head.id);
    let main = html! {
        (head(frame, &sheet.head, sheet.title, sheet.lead))
        @if !sheet.changed.is_empty() {
            section class="note warn" role="alert" tabindex="-1" autofocus[sheet.problem.is_none()] data-kept {
                h2 { "The case has changed while you were writing" }
                ul { @for change in sheet.changed { li { (change) } } }
                p { "Nothing was done yet, and nothing of what you wrote is lost. Look at it again; then press the button again." }
            }
        }
        @if let Some(problem) = sheet.problem {
            p class="note problem" role="alert" tabindex="-1" autofocus data-kept { strong { (problem) } }
        }
        (form(&format!("{at}/{}", sheet.act.word()), &frame.token, "stack reply sheet", &html! {
            input type="hidden" name=(FORM) value=(sheet.form);
            input type="hidden" name=(KNOWN) value=(sheet.known);
            @if !sheet.of.is_empty() { input type="hidden" name=(OF) value=(sheet.of); }
            (fields)
            p class="readers" {
                strong {
                    @match sheet.act {
                        Act::Copy | Act::Transfer | Act::Recuse => "The reporter is told who comes and who goes, but never sees these words.",
                        Act::PassOn => "The reporter sees the words of thanks, and nothing else of this.",
                        _ => "The reporter never sees this.",
                    }
                }
                " It is read by: " (sheet.readers) "."
            }
            div class="actions" {
                button type="submit" class="main" data-kept { (sheet.submit) }
                a class="button" href=(at) { "Leave it as it is" }
            }
        }))
        (beside(&at))
    };
    framed(frame, sheet.title, sheet.note, &main)
}

/// What must be looked at before it is done.
#[derive(Debug)]
pub struct Sure<'a> {
    /// The case.
    pub head: Head<'a>,
    /// What is done.
    pub act: Act,
    /// The heading.
    pub title: &'a str,
    /// What exactly will happen, each in a sentence.
    pub effects: &'a [String],
    /// What the reporter will be told, if anything.
    pub told: Option<&'a str>,
    /// What else is to be compared or known.
    pub also: Option<Markup>,
    /// The words on the button.
    pub submit: &'a str,
}

/// The page that asks once more: it carries everything that the form said.
pub fn sure(frame: &Frame, sure: &Sure<'_>, given: &Submission) -> String {
    let at = frame.case(sure.head.id);
    let main = html! {
        (head(frame, &sure.head, sure.title, ""))
        section class="note warn" role="alert" tabindex="-1" autofocus {
            h2 { "This will happen" }
            ul { @for effect in sure.effects { li { (effect) } } }
        }
        @if let Some(told) = sure.told {
            h2 { "The reporter will be told" }
            blockquote class="told" dir="auto" { (clean::text(told)) }
        }
        @if let Some(also) = &sure.also { (also) }
        (form(&format!("{at}/{}", sure.act.word()), &frame.token, "stack", &html! {
            @for (name, value) in given.all() {
                @if name != SURE && name != BACK {
                    textarea name=(name) hidden { (leading_line_break(value)) }
                }
            }
            div class="actions" {
                button type="submit" class="main" name=(SURE) value="yes" { (sure.submit) }
                button type="submit" name=(BACK) value="yes" { "Go back and change it" }
                a class="button" href=(at) { "Do nothing" }
            }
        }))
    };
    framed(frame, sure.title, None, &main)
}

/// A page within a case.
pub fn framed(frame: &Frame, title: &str, note: Option<&str>, main: &Markup) -> String {
    let around = Page {
        title,
        here: Here::Case,
        is_written_on: true,
        note,
    };
    page(frame, &around, main)
}

/// The way back, the heading, and which case it is.
pub fn head(frame: &Frame, head: &Head<'_>, title: &str, lead: &str) -> Markup {
    let at = frame.case(head.id);
    html! {
        p class="crumb" { a href=(frame.at("/")) { "Inbox" } " › " a href=(at) { "Case " code { (head.label) } } }
        h1 { (title) }
        p class="lead" { (clean::short(head.topic, 120)) }
        @if !lead.is_empty() { p class="says" { (lead) } }
    }
}

/// The conversation, to look at while writing: it comes by the script.
fn beside(at: &str) -> Markup {
    html! {
        section id="conversation" data-from=(at) hidden {}
        noscript { p { a href=(at) target="_blank" rel="noopener" { "Read the case in another tab" } } }
    }
}

/// What a form is filled in with: what was sent before, or else what the case says.
#[derive(Clone, Copy, Debug)]
pub struct Filled<'a>(Option<&'a Submission>);

impl<'a> Filled<'a> {
    /// Filled in with what was sent, if it was.
    pub const fn new(given: Option<&'a Submission>) -> Self {
        Self(given)
    }

    /// What was sent before, if it was.
    pub const fn given(self) -> Option<&'a Submission> {
        self.0
    }

    /// A text.
    pub fn text(self, name: &str, otherwise: &str) -> String {
        self.0
            .map_or_else(|| otherwise.to_owned(), |given| given.text(name))
    }

    /// Whether a field has this value.
    pub fn is(self, name: &str, value: &str, otherwise: bool) -> bool {
        self.0.map_or(otherwise, |given| given.field(name) == value)
    }
}

/// A choice of a list: its value, its words, whether it is chosen, and what else is to be said.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// The value.
    pub value: String,
    /// The words.
    pub words: String,
    /// Whether it is chosen.
    pub is_chosen: bool,
    /// What else is to be said.
    pub hint: String,
    /// Whether it cannot be chosen; the hint says why.
    pub is_out: bool,
}

/// A text of several lines.
pub fn area(label: &str, name: &str, value: &str, hint: &str, rows: u8) -> Markup {
    let described = format!("{name}-hint");
    html! {
        label for=(name) data-kept { (label) }
        // Spelling aids of browsers may send what is written elsewhere.
        textarea id=(name) name=(name) data-kept rows=(rows) dir="auto" spellcheck="false" maxlength="60000"
            aria-describedby=[(!hint.is_empty()).then_some(&described)] { (leading_line_break(value)) }
        @if !hint.is_empty() { p id=(described) class="hint" { (hint) } }
    }
}

/// A line.
pub fn line(label: &str, name: &str, value: &str, hint: &str, is_required: bool) -> Markup {
    let described = format!("{name}-hint");
    html! {
        label for=(name) data-kept { (label) }
        input id=(name) name=(name) value=(value) dir="auto" maxlength="200" autocomplete="off" spellcheck="false" data-kept
            required[is_required] aria-describedby=[(!hint.is_empty()).then_some(&described)];
        @if !hint.is_empty() { p id=(described) class="hint" { (hint) } }
    }
}

/// A day.
pub fn day(label: &str, name: &str, value: &str, hint: &str, is_required: bool) -> Markup {
    let described = format!("{name}-hint");
    html! {
        label for=(name) { (label) }
        input id=(name) name=(name) type="date" value=(value) class="short" autocomplete="off" placeholder="2026-12-31"
            required[is_required] aria-describedby=[(!hint.is_empty()).then_some(&described)];
        @if !hint.is_empty() { p id=(described) class="hint" { (hint) } }
    }
}

/// One of a list.
pub fn select(label: &str, name: &str, none: &str, choices: &[Choice], hint: &str) -> Markup {
    let described = format!("{name}-hint");
    html! {
        label for=(name) { (label) }
        select id=(name) name=(name) aria-describedby=[(!hint.is_empty()).then_some(&described)] {
            option value="" { (none) }
            @for choice in choices {
                option value=(choice.value) selected[choice.is_chosen] { (clean::short(&choice.words, 100)) }
            }
        }
        @if !hint.is_empty() { p id=(described) class="hint" { (hint) } }
    }
}

/// One of a few, all of them in sight.
pub fn radios(legend: &str, name: &str, choices: &[Choice]) -> Markup {
    group(legend, choices, &|at, choice| {
        html! {
            input type="radio" name=(name) value=(choice.value) id=(format!("{name}-{at}"))
                checked[choice.is_chosen] disabled[choice.is_out] required;
        }
    })
}

/// Any of a few. Each is a field of its own: `NAME-VALUE`.
pub fn checks(legend: &str, name: &str, choices: &[Choice]) -> Markup {
    group(legend, choices, &|_, choice| {
        html! {
            input type="checkbox" name=(format!("{name}-{}", choice.value)) value="yes"
                checked[choice.is_chosen] disabled[choice.is_out];
        }
    })
}

fn group(legend: &str, choices: &[Choice], input: &dyn Fn(usize, &Choice) -> Markup) -> Markup {
    html! {
        fieldset class="reach" {
            legend { (legend) }
            @for (at, choice) in choices.iter().enumerate() {
                label class=(if choice.is_out { "check out" } else { "check" }) {
                    (input(at, choice))
                    span {
                        (choice.words)
                        @if !choice.hint.is_empty() { " " span class="hint" { (choice.hint) } }
                    }
                }
            }
        }
    }
}

/// Something to tick.
pub fn check(name: &str, words: &str, is_chosen: bool, is_required: bool) -> Markup {
    html! {
        label class="check" {
            input type="checkbox" name=(name) value="yes" checked[is_chosen] required[is_required];
            span { (words) }
        }
    }
}
