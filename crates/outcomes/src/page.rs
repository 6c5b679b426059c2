//! A summary as one page: to read, to print, to put on slides.
//!
//! It loads nothing and runs nothing. What it offers to save stands in it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use candor_wire::Day;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use crate::{
    chart::{self, Bar, Chart},
    csv,
    facts::CONCERN,
    machine,
    summary::{Summary, Table},
    tables::TableId,
};

/// The style of the page, and of the one that opens it.
pub const STYLE: &str = include_str!("../assets/summary.css");

/// How a policy names an inline style or script: by its digest.
#[must_use]
pub fn digest(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day in words: “22 November 2026”.
#[must_use]
pub fn day(day: Day) -> String {
    let (year, month, day) = day.civil();
    let index = usize::try_from(month).unwrap_or(0).saturating_sub(1);
    let month = MONTHS.get(index).copied().unwrap_or_default();
    format!("{day} {month} {year}")
}

/// A period in words.
#[must_use]
pub fn period(summary: &Summary) -> String {
    format!("{} to {}", day(summary.from), day(summary.through))
}

/// A period in few words, for a column.
fn short_period(summary: &Summary) -> String {
    let short = |day: Day| {
        let (year, month, _) = day.civil();
        let index = usize::try_from(month).unwrap_or(0).saturating_sub(1);
        let month = MONTHS.get(index).and_then(|month| month.get(..3));
        (month.unwrap_or_default(), year)
    };
    let ((from, began), (to, ended)) = (short(summary.from), short(summary.through));
    if began == ended {
        format!("{from} – {to} {ended}")
    } else {
        format!("{from} {began} – {to} {ended}")
    }
}

/// The rows that are shown, the largest first, and the names of the others.
fn parted(table: &Table) -> (Vec<(&str, u32)>, Vec<&str>) {
    let mut shown: Vec<(&str, u32)> = table
        .rows
        .iter()
        .filter_map(|row| Some((row.label.as_str(), row.count?)))
        .collect();
    // Spans of days keep their order.
    if table.id.bands().is_empty() {
        shown.sort_by(|(_, a), (_, b)| b.cmp(a));
    }
    // Where nothing is shown, that is said; the names would only be noise.
    let nothing = shown.is_empty();
    let hidden = table
        .rows
        .iter()
        .filter(|row| row.count.is_none() && !nothing);
    (shown, hidden.map(|row| row.label.as_str()).collect())
}

fn hidden_words(hidden: &[&str]) -> Option<String> {
    (!hidden.is_empty()).then(|| format!("Not shown: {}.", hidden.join("; ")))
}

fn caption(summary: &Summary) -> String {
    let demonstration = if summary.demonstration {
        "Demonstration · "
    } else {
        ""
    };
    format!("{demonstration}{} · {}", summary.office, period(summary))
}

/// The charts of a summary, by the names of their files.
#[must_use]
pub fn charts(summary: &Summary, earlier: &[Summary]) -> Vec<(String, Markup)> {
    let mut all = Vec::new();
    if !earlier.is_empty() {
        all.push(("trend".to_owned(), chart::columns(&trend(summary, earlier))));
    }
    for table in &summary.tables {
        if CHARTED.contains(&table.id) {
            all.push((
                table.id.id().to_owned(),
                chart::bars(&one_series(summary, table)),
            ));
        }
    }
    all.push((
        "interventions".to_owned(),
        chart::bars(&interventions(summary)),
    ));
    all
}

const CHARTED: [TableId; 7] = [
    TableId::Type,
    TableId::Setting,
    TableId::Source,
    TableId::Channel,
    TableId::Judged,
    TableId::Acknowledged,
    TableId::Closed,
];

fn one_series(summary: &Summary, table: &Table) -> Chart {
    let (shown, hidden) = parted(table);
    Chart {
        id: format!("chart-{}", table.id.id()),
        title: table.id.title().to_owned(),
        caption: caption(summary),
        series: Vec::new(),
        bars: shown
            .into_iter()
            .map(|(label, count)| Bar {
                label: label.to_owned(),
                counts: vec![Some(count)],
            })
            .collect(),
        hidden: hidden_words(&hidden),
    }
}

/// What leaders were asked to do and what was done: the label, and both numbers.
type Intervention<'a> = (&'a str, Option<u32>, Option<u32>);

fn intervention_rows(summary: &Summary) -> (Vec<Intervention<'_>>, Vec<&str>) {
    let rows = summary
        .table(TableId::Necessary)
        .map_or(&[][..], |table| &table.rows);
    let completed = |id: &str| summary.shown(TableId::Completed, id);
    let (shown, hidden): (Vec<_>, Vec<_>) = rows
        .iter()
        .map(|row| (row.label.as_str(), row.count, completed(&row.id)))
        .partition(|(_, necessary, completed)| necessary.is_some() || completed.is_some());
    let nothing = shown.is_empty();
    let hidden = hidden.into_iter().filter(|_| !nothing);
    (shown, hidden.map(|(label, _, _)| label).collect())
}

fn interventions(summary: &Summary) -> Chart {
    let (shown, hidden) = intervention_rows(summary);
    Chart {
        id: "chart-interventions".to_owned(),
        title: "Interventions".to_owned(),
        caption: caption(summary),
        series: vec!["Judged necessary".to_owned(), "Completed".to_owned()],
        bars: shown
            .into_iter()
            .map(|(label, necessary, completed)| Bar {
                label: label.to_owned(),
                counts: vec![necessary, completed],
            })
            .collect(),
        hidden: hidden_words(&hidden),
    }
}

/// The most summaries in the chart of the course of time.
const TREND: usize = 8;

fn trend(summary: &Summary, earlier: &[Summary]) -> Chart {
    let skipped = earlier.len().saturating_sub(TREND - 1);
    let bars = earlier.iter().skip(skipped).chain([summary]);
    Chart {
        id: "chart-trend".to_owned(),
        title: "Concerns in each summary".to_owned(),
        caption: caption(summary),
        series: Vec::new(),
        bars: bars
            .map(|summary| Bar {
                label: short_period(summary),
                counts: vec![summary.shown(TableId::Received, CONCERN)],
            })
            .collect(),
        hidden: None,
    }
}

fn cell(count: Option<u32>) -> Markup {
    html! {
        @match count {
            Some(count) => td { (count) },
            None => td class="none" { "not shown" },
        }
    }
}

fn simple_table(table: &Table) -> Markup {
    let (shown, hidden) = parted(table);
    html! {
        h3 { (table.id.title()) }
        @if shown.is_empty() {
            p { "No number can be shown yet." }
        } @else {
            table {
                thead { tr { th scope="col" { "What" } th scope="col" { "Number" } } }
                tbody {
                    @for (label, count) in &shown {
                        tr { th scope="row" { (label) } (cell(Some(*count))) }
                    }
                }
            }
        }
        @if let Some(hidden) = hidden_words(&hidden) { p class="hint" { (hidden) } }
    }
}

fn intervention_table(summary: &Summary) -> Markup {
    let (shown, hidden) = intervention_rows(summary);
    html! {
        @if shown.is_empty() {
            p { "No number can be shown yet." }
        } @else {
            table {
                thead { tr { th scope="col" { "What" } th scope="col" { "Necessary" } th scope="col" { "Completed" } } }
                tbody {
                    @for (label, necessary, completed) in &shown {
                        tr { th scope="row" { (label) } (cell(*necessary)) (cell(*completed)) }
                    }
                }
            }
        }
        @if let Some(hidden) = hidden_words(&hidden) { p class="hint" { (hidden) } }
    }
}

fn trend_table(summary: &Summary, earlier: &[Summary]) -> Markup {
    html! {
        table {
            thead { tr { th scope="col" { "Summary" } th scope="col" { "Concerns" } } }
            tbody {
                @for one in earlier.iter().chain([summary]) {
                    tr { th scope="row" { (period(one)) } (cell(one.shown(TableId::Received, CONCERN))) }
                }
            }
        }
    }
}

fn both(chart: &Markup, table: &Markup) -> Markup {
    html! {
        figure class="wide" { (chart) }
        div class="narrow" { (table) }
    }
}

fn key_figure(summary: &Summary, row: &str, words: &str) -> Markup {
    html! {
        div {
            dt { (words) }
            @match summary.shown(TableId::Received, row) {
                Some(count) => dd { (count) },
                None => dd class="none" { "fewer than " (summary.threshold.get()) },
            }
        }
    }
}

/// A link that saves what stands in it.
fn saved(name: &str, media_type: &str, words: &str, bytes: &str) -> Markup {
    let data = STANDARD.encode(bytes);
    html! {
        li { a href=(format!("data:{media_type};base64,{data}")) download=(name) { (words) } }
    }
}

fn files(summary: &Summary, earlier: &[Summary]) -> Markup {
    let json = serde_json::to_string_pretty(&machine::accreditation(summary)).unwrap_or_default();
    let name = |end: &str| format!("summary-{}-{end}", summary.number);
    html! {
        section class="files-section" aria-labelledby="files" {
            h2 id="files" { "To take along" }
            ul class="files" {
                (saved(&name("tables.csv"), "text/csv", "Tables (CSV)", &csv::tables(summary)))
                (saved(&name("accreditation.json"), "application/json", "For accreditation (JSON)", &json))
            }
            h3 { "Charts for slides (SVG)" }
            ul class="files" {
                @for (id, chart) in &charts(summary, earlier) {
                    (saved(&name(&format!("{id}.svg")), "image/svg+xml", &chart_name(id), &chart::file(chart)))
                }
            }
        }
    }
}

fn chart_name(id: &str) -> String {
    let table = TableId::ALL.into_iter().find(|table| table.id() == id);
    match (id, table) {
        ("trend", _) => "Course of time".to_owned(),
        (_, Some(table)) => table.title().to_owned(),
        _ => "Interventions".to_owned(),
    }
}

/// How numbers are kept from giving anybody away.
fn explained(summary: &Summary) -> Markup {
    let threshold = summary.threshold.get();
    html! {
        h2 { "How to read the numbers" }
        ul {
            li { "A number below " (threshold) " is not shown, nor is zero: nobody is to learn from here whether a single person reported something." }
            li { "What is not shown is not lost. It waits, and once " (threshold) " have come together it is in the number of a later summary. So a number may include what came before this period." }
            li { "The rows of a table need not add up to the number of concerns. Over all summaries at least " (summary.threshold.most_hidden()) " concerns are left out of each table for later ones, so that nothing can be found by subtracting. Some are not sorted yet, and of some it is not known where or by whom." }
            li { "A report can have several types, or none of these." }
            li { "What was published stays as it is. Reports that are sorted differently later, or withdrawn, are counted as changes"
                @match summary.shown(TableId::Changed, "changed") {
                    Some(count) => { ": " (count) " since the earlier summaries." },
                    None => { "; so far fewer than " (threshold) " more." },
                }
            }
            li { "Numbers say what was told. That something is counted does not mean that it was examined, or by whom." }
        }
    }
}

/// The page's content.
#[must_use]
pub fn content(summary: &Summary, earlier: &[Summary]) -> Markup {
    let figure = |id: TableId| {
        let table = summary.table(id);
        html! {
            @if let Some(table) = table {
                (both(&chart::bars(&one_series(summary, table)), &simple_table(table)))
            }
        }
    };
    html! {
        main {
            @if summary.demonstration {
                p class="demonstration" { strong { "Demonstration." } " These reports were made up." }
            }
            header {
                p class="office" { (summary.office) }
                h1 { "What was reported, and what was done" }
                p class="period" { (period(summary)) }
            }
            dl class="figures" {
                (key_figure(summary, CONCERN, "concerns"))
                (key_figure(summary, "accolade", "words of praise"))
                (key_figure(summary, "disclosure", "confidential disclosures"))
            }
            @if !summary.words.introduction.trim().is_empty() {
                p class="own" { (summary.words.introduction.trim()) }
            }
            @if !earlier.is_empty() {
                h2 { "Course of time" }
                (both(&chart::columns(&trend(summary, earlier)), &trend_table(summary, earlier)))
            }
            h2 { "What it was about" }
            (figure(TableId::Type))
            (figure(TableId::Setting))
            (figure(TableId::Source))
            (figure(TableId::Channel))
            h2 { "What was done" }
            @if !summary.words.measures.trim().is_empty() {
                p class="own" { (summary.words.measures.trim()) }
            }
            (figure(TableId::Judged))
            (both(&chart::bars(&interventions(summary)), &html! { h3 { "Interventions" } (intervention_table(summary)) }))
            h2 { "How long it took" }
            (figure(TableId::Acknowledged))
            (figure(TableId::Closed))
            (explained(summary))
            (files(summary, earlier))
            footer {
                p { "Summary " (summary.number) ", signed off on " (day(summary.signed_off)) "." }
            }
        }
    }
}

/// A whole document.
fn document(title: &str, policy: &str, head: &Markup, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                title { (title) }
                style { (PreEscaped(STYLE)) }
                (head)
            }
            body { (body) }
        }
    }
    .into_string()
}

/// The summary as a page of its own, not encrypted.
#[must_use]
pub fn page(summary: &Summary, earlier: &[Summary]) -> String {
    let policy = format!(
        "default-src 'none'; style-src {}; base-uri 'none'; form-action 'none'",
        digest(STYLE)
    );
    let title = format!("Summary of reports, {}", period(summary));
    document(&title, &policy, &html! {}, &content(summary, earlier))
}

/// A document with a script, which is named by its digest.
pub(crate) fn with_script(title: &str, script: &str, comment: &str, body: &Markup) -> String {
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        digest(STYLE),
        digest(script)
    );
    let head = html! { (PreEscaped(comment)) };
    let body = html! { (body) script type="module" { (PreEscaped(script)) } };
    document(title, &policy, &head, &body)
}
