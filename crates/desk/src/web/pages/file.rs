//! A file of a case: what it is said to be, saving it after a warning, and pictures drawn anew.

use maud::{Markup, html};

use crate::{clean, failure::Failure, text, view::FileView};

use super::{
    door,
    layout::{Frame, Here, Page, form, page},
};

/// How a picture is shown.
#[derive(Debug)]
pub enum Picture {
    /// Not asked for.
    Offered,
    /// Drawn anew, at its address.
    Shown,
    /// It cannot be.
    NotShown(String),
    /// It could not be fetched.
    Failed(Failure),
}

/// The page of a file.
pub fn file(
    frame: &Frame,
    id: &str,
    label: &str,
    file: &FileView,
    picture: &Picture,
    may_save: bool,
) -> String {
    let at = frame.case(id);
    let this = format!("{at}/file/{}", file.key);
    let main = html! {
        p class="crumb" { a href=(frame.at("/")) { "Inbox" } " › " a href=(at) { "Case " code { (label) } } }
        h1 { "A file of this case" }
        dl class="who" {
            div { dt { "Name" } dd { bdi { (clean::short(&file.name, 200)) } } }
            div { dt { "Size" } dd { (text::size(file.size)) } }
            div { dt { "Says it is" } dd { (clean::short(&file.media_type, 80)) } }
        }
        (shown(file, &this, picture))
        @if may_save { (saving(frame, &this, file)) } @else {
            p class="note" { "This is an informal office, which keeps no record: files are not saved here." }
        }
        p { a href=(at) { "Back to the case" } }
    };
    let around = Page {
        title: "File",
        here: Here::Case,
        is_written_on: false,
        note: None,
    };
    page(frame, &around, &main)
}

/// Saving it, after a warning.
fn saving(frame: &Frame, this: &str, file: &FileView) -> Markup {
    html! {
        div class="note warn" {
            h2 { "Save it only if it is needed" }
            p { "It comes from somebody unknown and may be harmful. Nobody has looked into it: not the hotline, and not this desk." }
            ul {
                li { "Save it where files are scanned, and open it with care." }
                li { "Once saved it is no longer encrypted. Delete it when it is not needed any more." }
                li { "It may hold traces of who made it: do not pass it on as it is." }
            }
            (form(&format!("{this}/save"), &frame.token, "one", &html! {
                button type="submit" { span { "Save " bdi { (file.save_as) } " all the same" } }
            }))
        }
    }
}

/// Whether a file may be a picture that can be shown.
pub fn may_be_picture(file: &FileView) -> bool {
    let name = file.name.to_ascii_lowercase();
    matches!(file.media_type.as_str(), "image/jpeg" | "image/png")
        || [".jpg", ".jpeg", ".png"]
            .iter()
            .any(|end| name.ends_with(end))
}

fn shown(file: &FileView, this: &str, picture: &Picture) -> Markup {
    html! {
        @match picture {
            Picture::Offered => @if may_be_picture(file) {
                p { a class="button main" href=(format!("{this}/view")) { "Show the picture" } }
                p class="hint" { "The desk draws it anew and shows only that: the file itself is not opened by the browser." }
            },
            Picture::Shown => figure class="picture" {
                img src=(format!("{this}/picture")) alt="Picture from the file, drawn anew by the desk. It has no description.";
                figcaption class="hint" { "Drawn anew by the desk: a large picture is made smaller, and hidden details are not in it." }
            },
            Picture::NotShown(why) => div class="note problem" role="status" {
                p { strong { "The picture cannot be shown: " (why) "." } }
            },
            Picture::Failed(failure) => div class="note problem" role="alert" { (door::failure_words(failure)) },
        }
    }
}
