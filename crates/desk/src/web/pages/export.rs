//! Exporting a case to files that are no longer encrypted, whole or with parts left out.

use maud::{Markup, html};

use super::layout::{Frame, Here, Page, form, page};
use crate::{clean, export::Dossier};

/// What a person has chosen to leave out.
#[derive(Debug, Default)]
pub struct Chosen {
    /// The parts.
    pub parts: Vec<String>,
    /// Words, one to a line.
    pub words: String,
    /// Why.
    pub reason: String,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// What the file would say.
    pub preview: Option<String>,
}

/// The page that warns before.
pub fn export(frame: &Frame, id: &str, whole: &Dossier, chosen: &Chosen) -> String {
    let at = frame.case(id);
    let save = |format: &str, words: &str| {
        form(
            &format!("{at}/export"),
            &frame.token,
            "one",
            &html! {
                input type="hidden" name="format" value=(format);
                button type="submit" { (words) }
            },
        )
    };
    let main = html! {
        p class="crumb" { a href=(frame.at("/")) { "Inbox" } " › " a href=(at) { "Case " code { (whole.case) } } }
        h1 { "Export this case" }
        div class="note warn" {
            p { strong { "What is exported is no longer encrypted." } }
            ul {
                li { "Whoever gets the file can read all that is in it." }
                li { "Keep it where the case may be read, and delete it when it is not needed any more." }
                li { "Whom the reporter has left out must not get it." }
            }
        }
        @if let Some(problem) = &chosen.problem {
            p class="note problem" role="alert" { (problem) }
        }
        @if let Some(preview) = &chosen.preview {
            h2 { "This is what the file would say" }
            p { "Read it: what names somebody in other words is yours to find." }
            pre class="preview" tabindex="0" dir="auto" { (preview) }
        }
        h2 { "All of it" }
        div class="actions" {
            (save("txt", "Save as text"))
            (save("json", "Save for a program (JSON)"))
            a class="button" href=(at) { "Do not export" }
        }
        h2 { "For print, or with parts left out" }
        (form(&format!("{at}/export"), &frame.token, "stack", &choices(whole, chosen)))
    };
    let around = Page {
        title: "Export",
        here: Here::Case,
        is_written_on: true,
        note: None,
    };
    page(frame, &around, &main)
}

fn choices(whole: &Dossier, chosen: &Chosen) -> Markup {
    let parts = whole.sections.iter().filter(|part| part.part != "summary");
    html! {
        fieldset class="reach" {
            legend { "Leave out these parts" }
            @for part in parts {
                label class="check" {
                    input type="checkbox" name=(format!("part:{}", part.part)) value="yes"
                        checked[chosen.parts.contains(&part.part)];
                    span {
                        bdi { (clean::short(&part.heading, 120)) }
                        span class="hint" { (part.part) }
                    }
                }
            }
        }
        label for="words" { "Leave out these words wherever they stand, one to a line" }
        textarea id="words" name="words" rows="3" spellcheck="false" autocomplete="off" { "\n" (chosen.words) }
        label for="reason" { "Why; it stands in the place of what is left out" }
        input id="reason" name="reason" maxlength="200" autocomplete="off" value=(chosen.reason);
        div class="actions" {
            button type="submit" name="format" value="preview" { "Preview" }
            button type="submit" name="format" value="html" { "Save for print (HTML)" }
            button type="submit" name="format" value="parts-json" { "Save as JSON" }
            button type="submit" name="format" value="parts-text" { "Save as text" }
        }
    }
}
