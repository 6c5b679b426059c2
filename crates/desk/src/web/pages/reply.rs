//! Writing a reply.

use maud::{Markup, html};

use candor_sealing::content::MAX_QUESTIONS;

use candor_casework::body::Handle;

use crate::{
    clean, failure::Failure, reply::Asking, said, templates::Template, text, view::Detail,
};

use super::{
    door,
    layout::{Frame, Here, Page, form, page},
    words,
};

/// How many questions are in sight at once.
const SHOWN_QUESTIONS: usize = 3;

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
    /// What is asked and said beside it.
    pub asking: &'a Asking,
    /// What can be told of how the case stands: ids and names.
    pub states: &'a [(String, String)],
    /// Saved replies.
    pub saved: &'a [(Handle, &'a Template)],
    /// Whether nobody holds a claim code.
    pub is_import: bool,
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
        @if shown.is_import { p class="note warn" { (said::NO_CODE) } }
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
            (saved(shown, at))
            label for="text" data-kept { "Your reply" }
            // Spelling aids of browsers may send what is written elsewhere.
            textarea id="text" name="text" data-kept rows="9" dir="auto" spellcheck="false"
                maxlength=(text_bytes) aria-describedby="text-hint" {
                (door::leading_line_break(shown.text))
            }
            p id="text-hint" class="hint" { "It cannot be taken back once somebody may have read it. Nobody can be asked who the reporter is: ask here." }
            (asking(shown))
            label for="files" { "Files to send along" }
            input id="files" name="files" type="file" multiple aria-describedby="files-hint";
            p id="files-hint" class="hint" {
                "At most " (files) ", each up to " (text::size(file_bytes)) ", together up to " (text::size(files_bytes)) "."
            }
            fieldset class="reach" {
                legend { "Who will read this" }
                ul {
                    li { "The reporter" @if shown.is_import { " (nobody, if it was imported)" } }
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

/// Saved replies: each a link to this page that begins with it. With the script its words come in
/// where somebody writes, and nothing that was written is lost.
fn saved(shown: &ReplyPage<'_>, at: &str) -> Markup {
    html! {
        @if !shown.saved.is_empty() {
            details class="reach saved" {
                summary { "Begin with a saved reply" }
                ul class="plain" {
                    @for (name, template) in shown.saved {
                        li {
                            a href=(format!("{at}/reply?saved={name}")) data-insert { bdi { (clean::short(&template.title, 100)) } }
                            p class="quoted hint" dir="auto" { (clean::text(&template.text)) }
                        }
                    }
                }
            }
        }
    }
}

/// Questions, whether it is resolved, and how the case stands.
fn asking(shown: &ReplyPage<'_>) -> Markup {
    let asking = shown.asking;
    let question = |number: usize| {
        let name = format!("ask-{number:02}");
        let said = asking.questions.get(number - 1).map_or("", String::as_str);
        html! {
            label for=(name) { "Question " (number) }
            input id=(name) name=(name) value=(said) dir="auto" maxlength="2000" autocomplete="off" spellcheck="false";
        }
    };
    html! {
        details class="reach ask" open[!asking.questions.is_empty()] {
            summary { "Ask questions that are answered one by one" }
            p class="hint" { "The reporter sees a field for each and may leave any out. Ask for nothing that would give them away." }
            @for number in 1..=SHOWN_QUESTIONS { (question(number)) }
            details open[asking.questions.len() > SHOWN_QUESTIONS] {
                summary { "More questions" }
                @for number in SHOWN_QUESTIONS + 1..=MAX_QUESTIONS { (question(number)) }
            }
        }
        label class="check" {
            input type="checkbox" name="ask-resolved" value="yes" checked[asking.asks_resolved];
            span { "Ask whether what was reported is put right" }
        }
        @if !shown.states.is_empty() {
            label for="state" { "Tell the reporter how the case stands" }
            select id="state" name="state" aria-describedby="state-hint" {
                option value="" { "Say nothing of it" }
                @for (id, name) in shown.states {
                    option value=(id) selected[asking.state.as_deref() == Some(id)] { (name) }
                }
            }
            p id="state-hint" class="hint" { "They see these words beside your reply. The last ones count." }
        }
    }
}
