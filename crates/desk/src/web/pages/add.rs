//! Ways to add reports that did not come through the hotline.

use maud::html;

use super::layout::{Frame, Here, Page, page};

/// The page.
pub fn add(frame: &Frame) -> String {
    let main = html! {
        h1 { "Add reports" }
        p class="lead" { "What did not come through the hotline itself goes the same way from here: sealed, to the offices that the hotline's rules name." }
        ul class="ways" {
            li {
                h2 { a href=(frame.at("/enter")) { "Enter what somebody told or wrote to you" } }
                p { "A visit, an e-mail, a letter. You get a claim code to hand to the person, who reads the answer with it." }
            }
            li {
                h2 { a href=(frame.at("/import")) { "Import a table of comments" } }
                p { "A CSV file of course or clerkship evaluations. Each row becomes a report. Nobody can be answered, for nobody holds a code." }
            }
        }
    };
    let around = Page {
        title: "Add",
        here: Here::Add,
        is_written_on: false,
        note: None,
    };
    page(frame, &around, &main)
}
