//! Importing a table: choosing the file, looking at what would be sent, sending it.

use maud::{Markup, html};

use crate::{
    clean,
    failure::Failure,
    import::{plan::Plan, run::Ended, table::MAX_LEN},
    text,
};

use super::{
    case::quoted,
    door,
    layout::{Frame, Here, Page, button, form, page},
    words,
};

/// How many rows of each kind are listed.
const LISTED: usize = 30;
/// How many rows are shown as they will be read.
pub const SHOWN: usize = 5;

/// A choice in a list.
#[derive(Clone, Debug)]
pub struct Choose {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub words: String,
    /// Whether it is chosen.
    pub is_chosen: bool,
}

/// A table that is being looked at.
#[derive(Debug)]
pub struct Look<'a> {
    /// The file's name.
    pub name: &'a str,
    /// Names what is shown, to notice when it changes.
    pub mark: &'a str,
    /// Topics.
    pub topics: &'a [Choose],
    /// Channels.
    pub channels: &'a [Choose],
    /// Ways of writing characters.
    pub encodings: &'a [Choose],
    /// What separates the columns.
    pub delimiters: &'a [Choose],
    /// What columns can be assigned to: name, words, and the headings to choose from.
    pub columns: &'a [(String, String, Vec<Choose>)],
    /// Headings of columns that are not sent.
    pub unused: &'a [&'a str],
    /// What would be sent, or why nothing can be.
    pub plan: Result<&'a Plan, &'a Failure>,
    /// Who would read how many rows.
    pub readers: &'a [(String, usize)],
    /// Questions and answers of the rows that are shown.
    pub answers: &'a [Vec<(String, String)>],
    /// Why what was asked for was not done.
    pub problem: Option<&'a str>,
}

fn around(title: &'static str, is_written_on: bool) -> Page<'static> {
    Page {
        title,
        here: Here::Add,
        is_written_on,
        note: None,
    }
}

fn crumb(frame: &Frame) -> Markup {
    html! { p class="crumb" { a href=(frame.at("/add")) { "Add reports" } } }
}

/// Choosing a file.
pub fn choose(frame: &Frame, problem: Option<&Failure>) -> String {
    let main = html! {
        (crumb(frame))
        h1 { "Import a table of comments" }
        p class="lead" { "A CSV file with the names of its columns in the first row, as evaluation systems export it. Course, clerkship, period and comment are found by themselves where they can be." }
        @if let Some(failure) = problem {
            div class="note problem" role="alert" { (door::failure_words(failure)) }
        }
        (form(&frame.at("/import"), &frame.token, "stack", &html! {
            label for="file" { "The file" }
            input id="file" name="file" type="file" accept=".csv,.tsv,.txt,text/csv" required aria-describedby="file-hint";
            p id="file-hint" class="hint" {
                "At most " (text::size(MAX_LEN as u64)) ". It stays on this workstation, in memory: nothing of it is written to the disk. Nothing is sent before you have seen what, and to whom."
            }
            button type="submit" class="main" { "Look at it" }
        }))
        div class="note" {
            p { "A file that was imported before can be chosen again: rows that were sent are recognised, and only the others are sent. So an import that was interrupted goes on." }
        }
    };
    page(frame, &around("Import", true), &main)
}

/// Looking at what would be sent.
pub fn look(frame: &Frame, look: &Look<'_>) -> String {
    let main = html! {
        (crumb(frame))
        h1 { "What will be imported" }
        p class="lead" { "From " bdi { (clean::short(look.name, 80)) } "." }
        @if let Some(problem) = look.problem {
            p class="note problem" role="alert" { strong { (problem) } }
        }
        @match look.plan {
            Err(failure) => div class="note problem" role="alert" { (door::failure_words(failure)) },
            Ok(plan) => (counts(plan)),
        }
        (columns(frame, look))
        @if let Ok(plan) = look.plan {
            @if !plan.ready.is_empty() { (rows(look, plan)) (send(frame, look, plan)) }
        }
        div class="actions" { (button(&frame.at("/import/end"), &frame.token, "", "Choose another file")) }
    };
    page(frame, &around("Import", true), &main)
}

fn counts(plan: &Plan) -> Markup {
    let before = plan.imported_before();
    let inside = plan.doubles.iter().filter(|double| double.first.is_some());
    let inside: Vec<_> = inside.collect();
    html! {
        dl class="who counts" {
            div { dt { "To be sent" } dd { strong { (words::count(plan.ready.len(), "row", "rows")) } } }
            @if before > 0 {
                div { dt { "Imported before" } dd { (words::count(before, "row", "rows")) ", not sent again" } }
            }
            @if !inside.is_empty() {
                div { dt { "The same row twice" } dd {
                    (words::count(inside.len(), "row", "rows")) ", sent once: "
                    @for (n, double) in inside.iter().take(LISTED).enumerate() {
                        @if n > 0 { ", " }
                        "line " (double.line) " as line " (double.first.unwrap_or_default())
                    }
                    @if inside.len() > LISTED { " …" }
                } }
            }
            @if !plan.blank.is_empty() {
                div { dt { "Without a comment" } dd { (words::count(plan.blank.len(), "row", "rows")) ", not sent" } }
            }
        }
        @if !plan.broken.is_empty() {
            div class="note warn" {
                h2 { (words::count(plan.broken.len(), "row is", "rows are")) " broken and will not be sent" }
                ul {
                    @for broken in plan.broken.iter().take(LISTED) {
                        li { "Line " (broken.line) ": " (clean::line(&broken.why)) }
                    }
                    @if plan.broken.len() > LISTED { li { "and " (plan.broken.len() - LISTED) " more" } }
                }
                p { "Mend them in the file and import it again: what was sent is not sent twice." }
            }
        }
    }
}

fn select(name: &str, label: &str, choices: &[Choose]) -> Markup {
    html! {
        div {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                @for choice in choices {
                    option value=(choice.value) selected[choice.is_chosen] { (clean::short(&choice.words, 70)) }
                }
            }
        }
    }
}

fn columns(frame: &Frame, look: &Look<'_>) -> Markup {
    html! {
        h2 { "Which column says what" }
        (form(&frame.at("/import/columns"), &frame.token, "", &html! {
            input type="hidden" name="mark" value=(look.mark);
            div class="filters" {
                (select("topic", "Topic: who will read it follows from this", look.topics))
                (select("channel", "How the comments came", look.channels))
            }
            div class="filters" {
                @for (name, label, headings) in look.columns {
                    (select(&format!("column-{name}"), label, headings))
                }
            }
            @if !look.unused.is_empty() {
                p class="hint" { "Columns that are not sent: " (clean::short(&look.unused.join(", "), 300)) "." }
            }
            details {
                summary { "The letters look wrong, or the columns are not told apart" }
                div class="filters" {
                    (select("encoding", "How the letters are written", look.encodings))
                    (select("delimiter", "What is between two columns", look.delimiters))
                }
            }
            div class="actions" { button type="submit" { "Show it so" } }
        }))
    }
}

fn rows(look: &Look<'_>, plan: &Plan) -> Markup {
    html! {
        h2 { "How the offices will see it" }
        ol class="conversation" {
            @for (row, answers) in plan.ready.iter().zip(look.answers) {
                li {
                    article class="message reporter" {
                        header { h3 { "Line " (row.line) } }
                        @if !answers.is_empty() {
                            dl class="answers" {
                                @for (label, words) in answers {
                                    div { dt { (clean::line(label)) } dd dir="auto" { (clean::text(words)) } }
                                }
                            }
                        }
                        (quoted(&row.text))
                    }
                }
            }
        }
        @if plan.ready.len() > SHOWN { p class="hint" { "And " (words::count(plan.ready.len() - SHOWN, "row", "rows")) " more." } }
    }
}

fn send(frame: &Frame, look: &Look<'_>, plan: &Plan) -> Markup {
    html! {
        (form(&frame.at("/import/start"), &frame.token, "stack", &html! {
            input type="hidden" name="mark" value=(look.mark);
            fieldset class="reach" {
                legend { "Who will read them" }
                ul {
                    @for (offices, rows) in look.readers {
                        li { (offices) @if look.readers.len() > 1 { " (" (words::count(*rows, "row", "rows")) ")" } }
                    }
                }
                p class="hint" { "Nobody gets a claim code, so nobody can be answered or asked about these comments. Look for names and numbers of the people who wrote them: what is in a chosen column is sent as it is." }
                label class="check" {
                    input type="checkbox" name="seen" value="yes" required;
                    span { "Yes, these may read them" }
                }
            }
            div class="actions" {
                button type="submit" class="main" { "Import " (words::count(plan.ready.len(), "row", "rows")) }
            }
        }))
    }
}

/// Sending.
pub fn running(frame: &Frame, name: &str, sent: usize, of: usize, is_stopping: bool) -> String {
    let main = html! {
        (crumb(frame))
        h1 { "Importing" }
        p class="lead" { "From " bdi { (clean::short(name, 80)) } "." }
        div class="importing" {
            label for="import-progress" { "Rows that were sent" }
            progress id="import-progress" value=(sent) max=(of) {}
            p { span id="imported" { (sent) } " of " (of) }
            noscript { p { a href=(frame.at("/import")) { "Show how far it is now" } } }
        }
        @if is_stopping {
            p class="note" role="status" { "It stops as soon as the rows under way are sent." }
        } @else {
            p class="hint" { "You can read and answer meanwhile. The desk does not lock itself while rows are being sent: lock it when you leave. That stops the import; choose the same file again, and it goes on." }
            div class="actions" { (button(&frame.at("/import/end"), &frame.token, "", "Stop")) }
        }
    };
    page(frame, &around("Import", false), &main)
}

/// The end.
pub fn ended(frame: &Frame, name: &str, ended: &Ended) -> String {
    let main = html! {
        (crumb(frame))
        h1 { @if ended.failure.is_some() { "The import has stopped" } @else { "The import is done" } }
        p class="lead" { "From " bdi { (clean::short(name, 80)) } "." }
        p class=(if ended.failure.is_some() { "note warn" } else { "note good" }) role="status" {
            strong { (words::count(ended.sent, "row was", "rows were")) " sent" }
            @if ended.left > 0 { ", " (words::count(ended.left, "row", "rows")) " not" } "."
        }
        @if let Some(failure) = &ended.failure {
            div class="note problem" { (door::failure_words(failure)) }
            p { "Choose the same file again: what was sent is recognised, and the rest is sent." }
        } @else {
            p { "The offices get them with their next batch. Nobody holds a claim code for them, so nobody can be answered." }
            p { "The file itself is still where you saved it, and readable for whoever gets it: delete it when it is not needed." }
        }
        div class="actions" { (button(&frame.at("/import/end"), &frame.token, "main", "Done")) }
    };
    page(frame, &around("Import", false), &main)
}
