//! Exporting a case to files that are no longer encrypted.

use maud::html;

use super::layout::{Frame, Here, Page, form, page};

/// The page that warns before.
pub fn export(frame: &Frame, id: &str, label: &str) -> String {
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
        p class="crumb" { a href=(frame.at("/")) { "Inbox" } " › " a href=(at) { "Case " code { (label) } } }
        h1 { "Export this case" }
        div class="note warn" {
            p { strong { "What is exported is no longer encrypted." } }
            ul {
                li { "Whoever gets the file can read all of the report and of the conversation." }
                li { "Keep it where the case may be read, and delete it when it is not needed any more." }
                li { "Whom the reporter has left out must not get it." }
            }
        }
        div class="actions" {
            (save("txt", "Save as text"))
            (save("json", "Save for a program (JSON)"))
            a class="button" href=(at) { "Do not export" }
        }
    };
    let around = Page {
        title: "Export",
        here: Here::Case,
        is_written_on: false,
        note: None,
    };
    page(frame, &around, &main)
}
