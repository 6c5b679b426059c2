//! `candor-desk import`.

use std::{fmt::Write as _, path::PathBuf};

use candor_wire::OfficeId;
use clap::Args;
use serde_json::{Value, json};

use crate::{
    clean,
    desk::Desk,
    failure::{Failure, Outcome, Reason},
    prompt, view,
};

use super::{
    Choice, Source,
    columns::{parse_assignment, targets},
    plan::Plan,
    planned, remember, remembered_topic,
    run::{Ended, run},
    suggested,
    table::{Delimiter, Encoding, Form},
    topic,
};

/// How many broken or double rows are listed one by one.
const LISTED: usize = 50;
/// How many rows are shown before they are sent.
const SHOWN: usize = 3;

/// `import`
#[derive(Clone, Debug, Args)]
pub struct ImportArgs {
    /// The file: CSV, with the columns' headings as its first row.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The topic, by whose rules the offices are found. Without it: the one of the last import with
    /// the same headings, or evaluation-comments.
    #[arg(long, value_name = "TOPIC")]
    pub topic: Option<String>,
    /// Which column says what, such as “course=Course name”; may be repeated. “period=” assigns
    /// nothing.
    #[arg(long, value_name = "NAME=HEADING", value_parser = parse_assignment)]
    pub map: Vec<(String, String)>,
    /// By which channel the comments came: one of the directory's channels.
    #[arg(long, value_name = "CHANNEL")]
    pub channel: Option<String>,
    /// How the file's characters are written, if it is not found out rightly.
    #[arg(long, value_name = "utf-8|utf-16|windows-1252")]
    pub encoding: Option<Encoding>,
    /// What separates the columns, if it is not found out rightly.
    #[arg(long, value_name = "comma|semicolon|tab")]
    pub delimiter: Option<Delimiter>,
    /// Show what would be sent, and send nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Send without asking.
    #[arg(long)]
    pub yes: bool,
}

/// Carries it out.
///
/// # Errors
/// If the file is no table, nothing can be sealed, or the person says no.
pub fn import(desk: &mut Desk, args: &ImportArgs, json: bool) -> Outcome<Reason> {
    let form = Form {
        encoding: args.encoding,
        delimiter: args.delimiter,
    };
    let source = Source::open(&args.file, form)?;
    let choice = choose(desk, args, &source)?;
    let plan = planned(desk, &source.table, &choice)?;
    if !json {
        prompt::say(&preview(desk, &source, &choice, &plan)?);
    }
    if args.dry_run || plan.ready.is_empty() {
        return finish(&source, &choice, &plan, None, args.dry_run, json);
    }
    let question = format!(
        "Send {} reports to these offices? They cannot be taken back.",
        plan.ready.len()
    );
    if !args.yes && !prompt::confirm(&question)? {
        return Err(Failure::usage(
            "Nothing was sent.",
            "Assign the columns by --map, or choose another topic by --topic.",
        ));
    }
    remember(desk, &source.table, &choice)?;
    let whole = plan.ready.len();
    let ended = run(desk, &source.name, &choice.topic, &plan, |sent| {
        prompt::progress(&format!("{sent} of {whole} sent"));
        true
    });
    prompt::progress("");
    finish(&source, &choice, &plan, Some(ended), false, json)
}

fn choose(desk: &Desk, args: &ImportArgs, source: &Source) -> Outcome<Choice> {
    let directory = &desk.published()?.directory;
    let remembered = remembered_topic(desk, &source.table).map(|topic| topic.as_str());
    let named = args.topic.as_deref();
    let topic = topic(directory, named.or(remembered))?;
    let channel = match &args.channel {
        None => None,
        Some(named) => {
            let mut channels = directory.categories.channels.iter();
            let found = channels.find(|channel| channel.id.as_str() == named);
            let Some(found) = found else {
                let channels = directory.categories.channels.iter();
                let known: Vec<&str> = channels.map(|channel| channel.id.as_str()).collect();
                return Err(Failure::usage(
                    "The directory has no such channel.",
                    format!("Choose one of these: {}.", known.join(", ")),
                ));
            };
            Some(found.id.clone())
        }
    };
    let mut columns = suggested(desk, &source.table, topic)?;
    let targets = targets(directory, topic, &desk.config.language);
    columns.assign(&args.map, &source.table, &targets)?;
    Ok(Choice {
        topic: topic.id.clone(),
        channel,
        columns,
    })
}

fn names(desk: &Desk, offices: &[OfficeId]) -> String {
    let name = |office: &OfficeId| match &desk.published {
        Some(published) => clean::line(&published.office_name(office, &desk.config.language)),
        None => office.to_string(),
    };
    offices.iter().map(name).collect::<Vec<_>>().join(", ")
}

macro_rules! line {
    ($out:expr) => { $out.push('\n') };
    ($out:expr, $($argument:tt)*) => {
        // Writing to a string does not fail.
        { let _ = writeln!($out, $($argument)*); }
    };
}

fn preview(desk: &Desk, source: &Source, choice: &Choice, plan: &Plan) -> Outcome<String> {
    let mut out = String::new();
    let table = &source.table;
    let directory = &desk.published()?.directory;
    let topic = topic(directory, Some(choice.topic.as_str()))?;
    let shown = topic
        .names
        .show(&desk.config.language, &directory.languages);
    line!(
        out,
        "{}: {} rows ({}, columns separated by {})\nTopic: {}\n",
        clean::line(&source.name),
        plan.rows(),
        table.encoding,
        table.delimiter,
        clean::line(shown.text)
    );
    line!(out, "Columns");
    for target in targets(directory, topic, &desk.config.language) {
        let heading = choice.columns.0.get(&target.name);
        let heading = heading.map_or_else(|| "–".to_owned(), |words| clean::short(words, 60));
        line!(out, "  {:<24}  {heading}", clean::short(&target.name, 24));
    }
    let unused = choice.columns.unused(table);
    if !unused.is_empty() {
        line!(out, "  Not sent: {}", clean::short(&unused.join(", "), 300));
    }
    line!(out, "\nRows");
    line!(out, "{:>7}  to be sent", plan.ready.len());
    counted(
        &mut out,
        plan.imported_before(),
        "imported before: not sent again",
    );
    let inside: Vec<_> = plan
        .doubles
        .iter()
        .filter_map(|d| Some((d.line, d.first?)))
        .collect();
    counted(
        &mut out,
        inside.len(),
        "the same as another row of this file: sent once",
    );
    for (line, first) in inside.iter().take(LISTED) {
        line!(out, "           line {line}, the same as line {first}");
    }
    counted(&mut out, plan.blank.len(), "without a comment: not sent");
    counted(&mut out, plan.broken.len(), "broken: not sent");
    for broken in plan.broken.iter().take(LISTED) {
        line!(
            out,
            "           line {}: {}",
            broken.line,
            clean::line(&broken.why)
        );
    }
    if plan.broken.len() > LISTED {
        line!(out, "           and {} more", plan.broken.len() - LISTED);
    }
    if !plan.ready.is_empty() {
        line!(out, "\nWho will read them");
        for (offices, rows) in &plan.readers {
            line!(out, "{rows:>7}  {}", names(desk, offices));
        }
        line!(out, "\nThe first ones");
        for row in plan.ready.iter().take(SHOWN) {
            line!(out, "  line {}", row.line);
            out.push_str(&clean::quoted(&clean_start(&row.text)));
        }
        line!(
            out,
            "\nNobody gets a claim code, so nobody can be answered or asked about these comments.\n\
             Look for names and numbers of the people who wrote them: what is in a column above is \
             sent as it is."
        );
    }
    Ok(out)
}

fn clean_start(text: &str) -> String {
    let mut start: String = text.chars().take(300).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start
}

fn counted(out: &mut String, n: usize, what: &str) {
    if n > 0 {
        line!(out, "{n:>7}  {what}");
    }
}

/// The same for programs, without anything of what the rows say.
fn value(choice: &Choice, plan: &Plan, source: &Source, ended: Option<&Ended>) -> Value {
    json!({
        "file": source.name,
        "encoding": source.table.encoding.to_string(),
        "delimiter": source.table.delimiter.to_string(),
        "topic": choice.topic,
        "columns": choice.columns,
        "not_sent_columns": choice.columns.unused(&source.table),
        "rows": plan.rows(),
        "ready": plan.ready.len(),
        "imported_before": plan.imported_before(),
        "doubles": plan.doubles.iter().map(|double| json!({
            "line": double.line, "same_as_line": double.first,
        })).collect::<Vec<_>>(),
        "without_comment": plan.blank,
        "broken": plan.broken.iter().map(|broken| json!({
            "line": broken.line, "why": broken.why,
        })).collect::<Vec<_>>(),
        "readers": plan.readers.iter().map(|(offices, rows)| json!({
            "offices": offices, "rows": rows,
        })).collect::<Vec<_>>(),
        "sent": ended.map_or(0, |ended| ended.sent),
        "left": ended.map_or(plan.ready.len(), |ended| ended.left),
        "claim_codes": false,
    })
}

fn finish(
    source: &Source,
    choice: &Choice,
    plan: &Plan,
    ended: Option<Ended>,
    is_dry: bool,
    json: bool,
) -> Outcome<Reason> {
    if json {
        prompt::say(&view::to_json(&value(
            choice,
            plan,
            source,
            ended.as_ref(),
        ))?);
    } else {
        prompt::say(&match &ended {
            None if is_dry => "Nothing was sent: this was only a look.".to_owned(),
            None => "Nothing is to be sent.".to_owned(),
            Some(ended) => format!("{} of {} sent.", ended.sent, plan.ready.len()),
        });
    }
    if let Some(failure) = ended.and_then(|ended| ended.failure) {
        return Err(Failure::new(
            failure.reason(),
            failure.cause(),
            format!(
                "{} Import the same file again: what was sent is recognised, and the rest is sent.",
                failure.remedy()
            ),
        ));
    }
    Ok(if plan.broken.is_empty() {
        Reason::Done
    } else {
        Reason::Attention
    })
}
