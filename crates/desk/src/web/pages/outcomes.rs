//! Summaries of outcomes: what would be published, the team's own words, signing off, and the files.

use candor_outcomes::{Summary, page, summary::Table};
use maud::{Markup, html};

use crate::{
    clean,
    outcomes::{Draft, Signed, handing_out::Form, mark},
};

use super::{
    layout::{Frame, Here, Page, form, page as framed},
    words,
};

/// What the page shows.
#[derive(Debug)]
pub struct Shown<'a> {
    /// What would be published, or why nothing can be now.
    pub draft: Result<&'a Draft, &'a crate::failure::Failure>,
    /// The team's own words.
    pub words: &'a candor_outcomes::summary::Words,
    /// What to look at in them.
    pub warnings: &'a [candor_outcomes::review::Warning],
    /// Those that were signed off.
    pub signed: &'a [Signed],
    /// What was refused just now.
    pub problem: Option<&'a crate::failure::Failure>,
    /// The last day of the summary.
    pub through: String,
}

/// The page.
pub fn outcomes(frame: &Frame, shown: &Shown<'_>, note: Option<&str>) -> String {
    let main = html! {
        h1 { "Outcomes" }
        p class="lead" { "A summary for students and the school: what came, and what was done. It shows no number that could give somebody away." }
        @if let Some(problem) = shown.problem {
            div class="note problem" role="alert" {
                p { strong { (words::sentence(problem.cause())) } }
                p { (words::sentence(problem.remedy())) }
            }
        }
        h2 { "The next summary" }
        @match shown.draft {
            Ok(draft) => (next(frame, shown, draft)),
            Err(failure) => {
                div class="note" {
                    p { (words::sentence(failure.cause())) }
                    p { (words::sentence(failure.remedy())) }
                    p class="hint" { "“sync” is done by “Check now” at the foot of every page." }
                }
                // Words can be written, and are kept, before there are numbers for them.
                (own_words(frame, shown))
            },
        }
        h2 { "Signed off" }
        @if shown.signed.is_empty() {
            p { "None yet on this workstation." }
        } @else {
            p class="hint" { "What is signed off stays as it is, and the next summary begins where the last one ends. So all summaries of the office are made on one workstation: this one." }
            ul class="ways" {
                @for signed in shown.signed.iter().rev() { (one(frame, signed)) }
            }
        }
    };
    let around = Page {
        title: "Outcomes",
        here: Here::Outcomes,
        is_written_on: true,
        note,
    };
    framed(frame, &around, &main)
}

fn next(frame: &Frame, shown: &Shown<'_>, draft: &Draft) -> Markup {
    let summary = &draft.kept.summary;
    html! {
        p { (page::period(summary)) "." }
        (own_words(frame, shown))
        h3 class="importing" { "2. The numbers as readers will see them" }
        p class="hint" { "A number below " (summary.threshold.get()) ", zero included, is not shown. It waits: once enough have come together, it is in a later summary. “Held back” is for you alone: there are enough, but showing them would let others be worked out." }
        @for table in &summary.tables { (numbers(draft, table)) }
        div class="actions" {
            (form(&frame.at("/outcomes/file/0"), &frame.token, "one", &html! {
                input type="hidden" name="form" value=(Form::Html.word());
                button type="submit" { "Look at the page (not encrypted)" }
            }))
        }
        h3 class="importing" { "3. Sign off" }
        (form(&frame.at("/outcomes"), &frame.token, "stack", &html! {
            input type="hidden" name="do" value="sign-off";
            input type="hidden" name="through" value=(shown.through);
            input type="hidden" name="looked-at" value=(mark(summary));
            label class="check" {
                input type="checkbox" name="reviewed" value="yes" required;
                "I have read the words and the numbers. Nothing in them points to a person who reported."
            }
            p class="hint" { "It is frozen then: reports that are sorted differently later count as changes in the next one. This workstation’s name and the day are kept with it." }
            button type="submit" class="main" { "Sign off" }
        }))
    }
}

/// The team's own words, and what to look at in them.
fn own_words(frame: &Frame, shown: &Shown<'_>) -> Markup {
    html! {
        (form(&frame.at("/outcomes"), &frame.token, "stack", &html! {
            input type="hidden" name="do" value="write";
            label for="introduction" { "1. What stands before the numbers" }
            p class="hint" id="own" { "In the team’s own words, never in a report’s. No names, no days, no places that only a few people know." }
            textarea id="introduction" name="introduction" rows="4" maxlength="20000" aria-describedby="own" { "\n" (shown.words.introduction) }
            label for="measures" { "What was done" }
            p class="hint" id="done" { "Such as: no longer teaches students; took part in additional training." }
            textarea id="measures" name="measures" rows="4" maxlength="20000" aria-describedby="done" { "\n" (shown.words.measures) }
            button type="submit" { "Keep these words" }
        }))
        @if !shown.warnings.is_empty() {
            div class="note warn" {
                h3 { "Please look at" }
                ul { @for warning in shown.warnings { li { (clean::line(&warning.sentence())) } } }
            }
        }
    }
}

fn numbers(draft: &Draft, table: &Table) -> Markup {
    let is_among = |list: &[candor_outcomes::summary::Withheld], row: &str| {
        list.iter()
            .any(|one| one.table == table.id && one.row == row)
    };
    let (shown, hidden): (Vec<_>, Vec<_>) = table.rows.iter().partition(|row| row.count.is_some());
    let has_some = !shown.is_empty();
    html! {
        h4 { (table.id.title()) }
        @if shown.is_empty() {
            p class="hint" { "No number can be shown yet." }
        } @else {
            dl class="who" {
                @for row in shown {
                    div {
                        dt { (clean::line(&row.label)) }
                        dd {
                            (row.count.unwrap_or_default())
                            @if is_among(&draft.kept.reduced, &row.id) { " " span class="hint" { "(some held back)" } }
                        }
                    }
                }
            }
        }
        @if has_some && !hidden.is_empty() {
            p class="hint" {
                "Not shown: "
                @for (at, row) in hidden.iter().enumerate() {
                    @if at > 0 { "; " }
                    (clean::line(&row.label))
                    @if is_among(&draft.kept.withheld, &row.id) { " (held back)" }
                }
                "."
            }
        }
    }
}

fn one(frame: &Frame, signed: &Signed) -> Markup {
    let summary: &Summary = &signed.kept.summary;
    let at = frame.at(&format!("/outcomes/file/{}", summary.number));
    let save = |which: Form, words: &str| {
        form(
            &at,
            &frame.token,
            "one",
            &html! {
                input type="hidden" name="form" value=(which.word());
                button type="submit" { (words) }
            },
        )
    };
    html! {
        li {
            h3 { "Summary " (summary.number) ": " (page::period(summary)) }
            p class="hint" { "Signed off on " (page::day(summary.signed_off)) " at “" (clean::short(&signed.by, 40)) "”." }
            div class="actions" {
                a class="button main" href=(at) { "Publish" }
                (save(Form::Html, "Page"))
                (save(Form::Csv, "Tables (CSV)"))
                (save(Form::Accreditation, "Accreditation (JSON)"))
                (save(Form::CampusSafety, "Campus safety (JSON)"))
            }
            p class="hint" { "“Publish” gives an encrypted file for readers. The others are not encrypted." }
        }
    }
}

/// The words for a published file, and the button that makes it.
pub fn publish(frame: &Frame, summary: &Summary, words: &str) -> String {
    let at = frame.at(&format!("/outcomes/file/{}", summary.number));
    let main = html! {
        p class="crumb" { a href=(frame.at("/outcomes")) { "Outcomes" } " › Summary " (summary.number) }
        h1 { "Publish" }
        p { "Readers get one file. It opens in any browser with this passphrase, without a network:" }
        div class="slip" {
            h2 { "Passphrase" }
            ol class="code" { @for word in words.split(' ') { li { code { (word) } } } }
            p { "Summary of reports, " (page::period(summary)) "." }
        }
        p { "Write the words down or copy them now: they are not shown again. Give them to readers another way than the file, for example at a meeting." }
        (form(&at, &frame.token, "stack", &html! {
            input type="hidden" name="form" value="published";
            input type="hidden" name="words" value=(words);
            button type="submit" class="main" { "Save the file" }
        }))
        p class="hint" { "Opening this page again offers other words, and so gives another file; files that were saved before keep theirs." }
    };
    let around = Page {
        title: "Publish",
        here: Here::Outcomes,
        is_written_on: true,
        note: None,
    };
    framed(frame, &around, &main)
}
