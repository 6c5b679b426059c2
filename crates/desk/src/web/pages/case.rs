//! A report and the conversation.

use candor_sealing::{content::Resolved, message::Source};
use maud::{Markup, html};

use crate::{
    case::Standing,
    clean,
    record::Seen,
    said,
    state::Reached,
    text,
    view::{AnswerView, Detail, FileView, MessageView, Party},
};

use crate::web::act::Act;

use super::{
    layout::{Frame, Here, Page, button, form, page},
    words,
};

/// A case to show.
#[derive(Debug)]
pub struct CasePage<'a> {
    /// All of it.
    pub case: &'a Detail,
    /// Whether the reporter could still be told that it was received.
    pub can_acknowledge: bool,
    /// Texts of replies that wait to be sent, with how many files each has.
    pub waiting: &'a [(String, usize)],
    /// What the offices do with it.
    pub casework: &'a Casework,
}

/// What the offices do with a case, ready to be put into its page.
#[derive(Debug)]
pub struct Casework {
    /// The state.
    pub state: Markup,
    /// Where it stands, and the next step.
    pub board: Markup,
    /// What leaders were asked.
    pub interventions: Markup,
    /// Tasks.
    pub tasks: Markup,
    /// Notes.
    pub notes: Markup,
    /// Who takes part.
    pub people: Markup,
    /// What was done.
    pub timeline: Markup,
    /// Whether this office is off the case.
    pub is_off: bool,
    /// Of an office without records: the day on which the conversation is destroyed.
    pub ends: Option<String>,
}

/// The page of a case.
pub fn case(frame: &Frame, shown: &CasePage<'_>, note: Option<&str>) -> String {
    let case = shown.case;
    let summary = &case.summary;
    let at = frame.case(&summary.id);
    let main = html! {
        p class="crumb" { a href=(frame.at("/")) { "Inbox" } }
        div class="head" {
            h1 { (clean::short(&summary.topic_name, 120)) }
            p class="facts" {
                (shown.casework.state)
                @if summary.standing != Standing::Withdrawn { span class=(format!("tag {}", summary.standing.word())) { (words::standing(summary.standing)) } }
                span { "Case " code { (summary.case) } }
                span { "came " (words::day(&summary.day)) }
                @if let Some(source) = case.source { span { (text::source(source)) } }
                @if !case.language.is_empty() { span { "in " (case.language_name) } }
            }
        }
        @match &shown.casework.ends {
            Some(ends) => (informal(ends, &at)),
            None => { (shown.casework.board) (contents(case)) },
        }
        h2 id="report" { "The report" }
        (circumstances(case))
        (who(case))
        div class="actions" {
            @if !shown.casework.is_off { a class="button" href=(format!("{at}/reply")) { "Reply" } }
            @if shown.can_acknowledge {
                (button(&format!("{at}/acknowledge"), &frame.token, "", "Tell the reporter that it was received"))
            }
            @if summary.unread {
                div id="mark-read" {
                    (form(&format!("{at}/read"), &frame.token, "one", &html! {
                        input type="hidden" name="shown" value=(shown_words(&case.shown));
                        button type="submit" { "Mark as read" }
                    }))
                }
                div id="mark-unread" hidden { (button(&format!("{at}/unread"), &frame.token, "", "Mark as unread")) }
            } @else {
                (button(&format!("{at}/unread"), &frame.token, "", "Mark as unread"))
            }
            @if shown.casework.ends.is_none() { a class="button" href=(format!("{at}/export")) { "Export" } }
        }
        (conversation(case, &at))
        (unsent(frame, case, shown.waiting))
        (missing(case))
        (all_files(case, &at))
        @if shown.casework.ends.is_none() {
            (shown.casework.interventions)
            (shown.casework.tasks)
            (shown.casework.notes)
            (shown.casework.people)
            (shown.casework.timeline)
        }
    };
    let around = Page {
        title: "Report",
        here: Here::Case,
        is_written_on: false,
        note,
    };
    page(frame, &around, &main)
}

/// What a page shows, for its form: counters, with a question mark behind what is not complete.
fn shown_words(shown: &[Seen]) -> String {
    let one = |seen: &Seen| format!("{}{}", seen.counter, if seen.complete { "" } else { "?" });
    shown.iter().map(one).collect::<Vec<_>>().join(",")
}

/// The reverse.
pub fn parse_shown(words: &str) -> Option<Vec<Seen>> {
    let one = |word: &str| {
        let counter = word.strip_suffix('?');
        Some(Seen {
            counter: counter.unwrap_or(word).parse().ok()?,
            complete: counter.is_none(),
        })
    };
    words.split(',').map(one).collect()
}

/// Names in a list of words.
pub fn names(parties: &[Party]) -> String {
    let names: Vec<String> = parties
        .iter()
        .map(|party| clean::line(&party.name))
        .collect();
    names.join(", ")
}

/// What it means that the office keeps no records.
fn informal(ends: &str, at: &str) -> Markup {
    html! {
        section class="board" aria-labelledby="informal" {
            h2 id="informal" { "A conversation without a record" }
            p { "Nothing of it is kept on this workstation: it is in memory while the desk is unlocked. It is destroyed on " strong { (ends) } ", here and in this office’s queue, unless one of you writes again before." }
            p { "It is no notice to the school. There is no sorting, no note, no file of it and no export; counted are only how many conversations began in a month, by topic. Only the visitor can take it further, by a report of their own." }
            div class="actions" { a class="button" href=(format!("{at}/{}", Act::Erase.word())) { "Destroy it now" } }
        }
    }
}

/// Where on the page what is.
fn contents(case: &Detail) -> Markup {
    let has_files = case
        .conversation
        .iter()
        .any(|one| !one.attachments.is_empty());
    html! {
        nav class="contents" aria-label="On this page" {
            a href="#report" { "Report" }
            a href="#conversation-heading" { "Conversation" }
            @if has_files { a href="#files" { "Files" } }
            a href="#tasks" { "Tasks" }
            a href="#notes" { "Notes" }
            a href="#people" { "Who takes part" }
            a href="#timeline" { "Timeline" }
        }
    }
}

/// All files at one place, with who sent them.
fn all_files(case: &Detail, at: &str) -> Markup {
    let with_files = || {
        case.conversation
            .iter()
            .filter(|one| !one.attachments.is_empty())
    };
    html! {
        @if with_files().next().is_some() {
            h2 id="files" { "Files" }
            ul class="files" {
                @for message in with_files() {
                    @for file in &message.attachments {
                        li {
                            a href=(format!("{at}/file/{}", file.key)) { bdi { (clean::short(&file.name, 80)) } }
                            " " span class="hint" { (text::size(file.size)) ", from " (clean::line(&message.from_name)) ", " (words::day(&message.day)) }
                        }
                    }
                }
            }
        }
    }
}

/// What is to be known before anything is done.
fn circumstances(case: &Detail) -> Markup {
    html! {
        @if !case.wishes.is_empty() {
            section class="note warn wishes" {
                h2 { "The reporter wishes" }
                ul { @for wish in &case.wishes { li { strong { (clean::line(wish)) } } } }
                p { (said::WISH_LIMITS) }
            }
        }
        @if let Some(identity) = &case.identity {
            section class="note" {
                h2 { "Who the reporter says they are" }
                dl class="answers" {
                    @if !identity.name.is_empty() { div { dt { "Name" } dd dir="auto" { (clean::line(&identity.name)) } } }
                    @if !identity.contact.is_empty() { div { dt { "How to reach them" } dd dir="auto" { (clean::line(&identity.contact)) } } }
                    @for (name, value) in &identity.further { div { dt { (clean::line(name)) } dd dir="auto" { (clean::line(&value.to_string())) } } }
                }
                p { "Nothing proves it. Tell nobody who need not know." }
            }
        }
        @if case.source == Some(Source::Import) { p class="note" { (said::NO_CODE) } }
        @if case.moves > 0 { p class="note" { "The reporter has moved to a claim code of their own: whoever knew the first one reads nothing from then on." } }
        @if let Some(resolved) = case.resolved {
            p class=(if resolved == Resolved::Yes { "note good" } else { "note warn" }) {
                "Is it resolved? The reporter says: " strong { (said::resolved(resolved)) } "."
            }
        }
    }
}

/// Who reads a case, and who must not hear of it.
fn who(case: &Detail) -> Markup {
    html! {
        dl class="who" {
            div { dt { "Who reads this" } dd { @if case.source == Some(Source::Import) { "The reporter (nobody, if it was imported), " } @else { "The reporter, " } (names(&case.readers)) } }
            @if let Some(origin) = &case.origin {
                div { dt { "Where it came from" } dd { (clean::line(&origin.channel_name)) @if !origin.note.is_empty() { ": " bdi { (clean::line(&origin.note)) } } } }
            }
            @if let Some(state) = &case.state {
                div { dt { "Told the reporter" } dd { (clean::line(state)) } }
            }
            @if !case.no_longer.is_empty() {
                div { dt { "No longer on the case" } dd { (names(&case.no_longer)) } }
            }
        }
        @if !case.left_out.is_empty() {
            div class="note warn" {
                p { strong { "Left out by the reporter: " (names(&case.left_out)) "." } }
                p { "They must not learn of this case, from anybody." }
            }
        }
        @if case.summary.standing == Standing::Withdrawn {
            p class="note warn" { strong { "The reporter has withdrawn this report." } }
        }
    }
}

/// The messages in their order.
pub fn conversation(case: &Detail, at: &str) -> Markup {
    html! {
        h2 id="conversation-heading" { "Conversation" }
        ol class="conversation" {
            @for one in &case.conversation {
                li { (message(at, one)) }
            }
        }
    }
}

fn message(at: &str, message: &MessageView) -> Markup {
    let from_reporter = message.from == "reporter";
    let kind = match message.kind {
        "report" => "reports",
        "follow-up" => "adds",
        "reply" => "replies",
        "acknowledgement" => "has told the reporter that it was received",
        _ => "writes",
    };
    html! {
        article class=(if from_reporter { "message reporter" } else { "message office" }) {
            header {
                h3 { (clean::line(&message.from_name)) " " span class="kind" { (kind) } }
                @if message.unread { span class="tag new" { "Unread" } }
                (words::day(&message.day))
            }
            @for problem in &message.problems { p class="note problem" { (words::sentence(problem)) } }
            @if !message.effects.is_empty() {
                ul class="note warn effects" {
                    @for effect in &message.effects { li { (clean::line(effect)) } }
                }
            }
            @if !message.answers.is_empty() { (answers(&message.answers)) }
            @if !message.text.is_empty() {
                @if !message.answers.is_empty() { h4 { "In their own words" } }
                (quoted(&message.text))
            }
            (questions(message))
            @if !message.attachments.is_empty() { (files(at, &message.attachments)) }
        }
    }
}

/// What an office asks, each next to its answer.
fn questions(message: &MessageView) -> Markup {
    html! {
        @if !message.questions.is_empty() {
            ol class="asked" {
                @for question in &message.questions {
                    li {
                        (quoted(&question.text))
                        @match &question.answer {
                            Some(answer) => div class="answer" { p class="hint" { "The reporter’s answer" } (quoted(answer)) },
                            None => p class="hint" { "Not answered yet." },
                        }
                    }
                }
            }
        }
        @if message.asks_resolved { p class="hint" { "Asks whether it is resolved." } }
        @if let Some(state) = &message.state { p class="hint" { "Says of the case: " strong { (clean::line(state)) } "." } }
    }
}

/// Text that others wrote: its direction is its own, and reaches no further than its box.
pub fn quoted(text: &str) -> Markup {
    html! { div class="quoted" dir="auto" { (clean::text(text)) } }
}

fn answers(answers: &[AnswerView]) -> Markup {
    html! {
        dl class="answers" {
            @for answer in answers {
                div {
                    dt { (clean::line(&answer.label)) }
                    @for words in &answer.answer {
                        dd class=[is_plain(words).then_some("plain")] dir="auto" { (clean::text(words)) }
                    }
                }
            }
        }
    }
}

/// Whether an answer is one of the words that every yes-or-no question has.
pub fn is_plain(words: &str) -> bool {
    matches!(words, "yes" | "no" | "unsure")
}

fn files(at: &str, files: &[FileView]) -> Markup {
    html! {
        h4 { "Files" }
        ul class="files" {
            @for file in files {
                li {
                    a href=(format!("{at}/file/{}", file.key)) { bdi { (clean::short(&file.name, 80)) } }
                    " " span class="hint" { (text::size(file.size)) }
                }
            }
        }
    }
}

fn unsent(frame: &Frame, case: &Detail, waiting: &[(String, usize)]) -> Markup {
    html! {
        @for (text, files) in waiting {
            article class="message office waiting" {
                header { h3 { "Your reply" } span class="tag waits" { "Being sent" } }
                (quoted(text))
                @if *files > 0 { p class="hint" { (words::count(*files, "file", "files")) } }
                @if let Some(failure) = &frame.news.failure {
                    p class="note problem" { (words::sentence(failure.cause())) }
                }
                p class="hint" { "It is kept safely, and goes out as soon as the relay can be reached." }
            }
        }
        @for reply in &case.not_sent {
            article class="message office waiting" {
                header {
                    h3 { "Your reply" }
                    span class="tag refused" {
                        @match reply.reached { Reached::Nobody => "Not sent", _ => "Not sent to all" }
                    }
                }
                p class="note problem" { strong { (words::sentence(&reply.why)) } " " (reply.reached.words()) }
                (quoted(&reply.text))
            }
        }
    }
}

fn missing(case: &Detail) -> Markup {
    html! {
        @if !case.gaps.is_empty() || !case.set_aside.is_empty() {
            section class="note problem" {
                h2 { "What is missing or was refused" }
                ul {
                    @for gap in &case.gaps { li { (words::sentence(gap)) } }
                    @for aside in &case.set_aside {
                        li { "Set aside on " (words::day(&aside.day)) " (position " (aside.position) "): " (clean::line(&aside.why)) "." }
                    }
                }
            }
        }
    }
}
