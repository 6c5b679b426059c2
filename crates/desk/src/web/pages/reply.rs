//! Writing a reply.

use maud::{Markup, html};

use crate::{clean, failure::Failure, text, view::Detail};

use super::{
    door,
    layout::{Frame, Here, Page, form, page},
    words,
};

/// Who a reply would reach, in words.
#[derive(Debug, Default)]
pub struct Reach {
    /// The offices that get it: names.
    pub offices: Vec<String>,
    /// The offices that were left out since.
    pub left_out: Vec<String>,
    /// The offices that should get it and cannot, with why.
    pub unreachable: Vec<(String, String)>,
    /// The same as one word, to notice when it changes while somebody writes.
    pub mark: String,
}

/// A reply that is being written.
#[derive(Debug)]
pub struct ReplyPage<'a> {
    /// The case.
    pub case: &'a Detail,
    /// Who it would reach, or why this office may not write.
    pub reach: &'a Result<Reach, Failure>,
    /// What was written so far.
    pub text: &'a str,
    /// Names this form, so that it is sent once.
    pub form: &'a str,
    /// Why it was not taken.
    pub problem: Option<&'a str>,
    /// Whether files had been chosen, which the browser forgets.
    pub had_files: bool,
    /// The most bytes of text, of one file, and of all files, and the most files.
    pub limits: (u32, u64, u64, u32),
}

/// The page.
pub fn reply(frame: &Frame, shown: &ReplyPage<'_>) -> String {
    let summary = &shown.case.summary;
    let at = frame.case(&summary.id);
    let main = html! {
        p class="crumb" { a href=(frame.at("/")) { "Inbox" } " › " a href=(at) { "Case " code { (summary.case) } } }
        h1 { "Reply" }
        p class="lead" { (clean::short(&summary.topic_name, 120)) }
        @match shown.reach {
            Err(failure) => div class="note problem" role="alert" { (door::failure_words(failure)) },
            Ok(reach) => (writing(frame, shown, reach, &at)),
        }
        // It comes by the script, which also takes it away when the desk has locked itself.
        section id="conversation" data-from=(at) hidden {}
        noscript { p { a href=(at) target="_blank" rel="noopener" { "Read the conversation in another tab" } } }
    };
    let around = Page {
        title: "Reply",
        here: Here::Case,
        is_written_on: true,
        note: None,
    };
    page(frame, &around, &main)
}

fn writing(frame: &Frame, shown: &ReplyPage<'_>, reach: &Reach, at: &str) -> Markup {
    let (text_bytes, file_bytes, files_bytes, files) = shown.limits;
    html! {
        @if let Some(problem) = shown.problem {
            div class="note problem" role="alert" {
                p { strong { (problem) } }
                @if shown.had_files { p { "The files have to be chosen again." } }
            }
        }
        (form(&format!("{at}/reply"), &frame.token, "stack reply", &html! {
            input type="hidden" name="form" value=(shown.form);
            input type="hidden" name="reach" value=(reach.mark);
            label for="text" data-kept { "Your reply" }
            // Spelling aids of browsers may send what is written elsewhere.
            textarea id="text" name="text" data-kept rows="9" dir="auto" spellcheck="false"
                maxlength=(text_bytes) aria-describedby="text-hint" {
                (door::leading_line_break(shown.text))
            }
            p id="text-hint" class="hint" { "It cannot be taken back once somebody may have read it. Nobody can be asked who the reporter is: ask here." }
            label for="files" { "Files to send along" }
            input id="files" name="files" type="file" multiple aria-describedby="files-hint";
            p id="files-hint" class="hint" {
                "At most " (files) ", each up to " (text::size(file_bytes)) ", together up to " (text::size(files_bytes)) "."
            }
            fieldset class="reach" {
                legend { "Who will read this" }
                ul {
                    li { "The reporter" }
                    @for office in &reach.offices { li { (office) } }
                }
                @if !reach.left_out.is_empty() {
                    p class="note warn" { strong { "Left out by the reporter: " (reach.left_out.join(", ")) "." } " They do not get it. Do not tell them." }
                }
                @for (office, why) in &reach.unreachable {
                    p class="note problem" { strong { (office) " would not get it: " } (words::sentence(why)) "." }
                }
                @if !reach.unreachable.is_empty() {
                    label class="check" {
                        input type="checkbox" name="without" value="yes";
                        span { "Send it to the others all the same" }
                    }
                }
                label class="check" {
                    input type="checkbox" name="seen" value="yes" required;
                    span { "Yes, these may read it" }
                }
            }
            div class="actions" {
                button type="submit" class="main" data-kept { "Send the reply" }
                a class="button" href=(at) { "Do not send" }
            }
        }))
    }
}
