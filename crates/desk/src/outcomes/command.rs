//! `outcomes`: summaries on the command line.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use candor_outcomes::{Summary, control::Threshold, page, summary::Words};
use candor_wire::Day;
use clap::{Args, Subcommand};
use rand::rngs::OsRng;
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::{
    Draft,
    handing_out::{self, Chosen, Form},
};
use crate::{
    clean,
    commands::print,
    desk::Desk,
    failure::{Failure, Outcome, Reason},
    home, prompt, recovery,
};

/// `outcomes`
#[derive(Clone, Debug, Subcommand)]
pub enum Outcomes {
    /// Show what would be published now. Numbers that could give somebody away are not in it.
    #[command(after_help = "Examples:
  candor-desk outcomes preview
  candor-desk outcomes preview --through 2026-12-31
  candor-desk outcomes preview --html draft.html      the page as readers will see it")]
    Preview {
        /// Up to which day, and with which threshold.
        #[command(flatten)]
        frame: FrameArgs,
        /// Write the page to a file, not encrypted.
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
    /// Keep the team's own words for the next summary, or show them with what to look at.
    #[command(
        after_help = "The words are the team's own, never a report's. What is to be looked at is \
listed; what stands in a report word for word has to be changed.

Examples:
  candor-desk outcomes write --introduction intro.txt --measures done.txt
  candor-desk outcomes write                       shows them again"
    )]
    Write {
        /// A file with what stands before the numbers.
        #[arg(long, value_name = "FILE")]
        introduction: Option<PathBuf>,
        /// A file with what was done, such as “no longer teaches students”.
        #[arg(long, value_name = "FILE")]
        measures: Option<PathBuf>,
    },
    /// Sign the summary off: it is frozen, and the next one begins where it ends.
    #[command(after_help = "Examples:
  candor-desk outcomes sign-off
  candor-desk outcomes sign-off --through 2026-12-31 --reviewed")]
    SignOff {
        /// Up to which day, and with which threshold.
        #[command(flatten)]
        frame: FrameArgs,
        /// You have read the words and the numbers. Without it you are asked.
        #[arg(long)]
        reviewed: bool,
    },
    /// Write the published file: one page, encrypted to a passphrase, that opens in a browser.
    #[command(
        after_help = "Eight words are offered as the passphrase; they are shown once. Hand them out \
another way than the file. The file opens in any browser, without a network, or with any age tool.

Examples:
  candor-desk outcomes publish --to summary-2026.html
  candor-desk outcomes publish --to summary-2026.html --words-file passphrase.txt
  candor-desk outcomes publish --to earlier.html --number 1"
    )]
    Publish {
        /// The file. Never replaces anything.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// Which summary; the newest one unless said.
        #[arg(long, value_name = "N")]
        number: Option<u32>,
        /// A file whose first line is the passphrase of the published file.
        #[arg(long, value_name = "FILE")]
        words_file: Option<PathBuf>,
    },
    /// Write a summary in other forms, not encrypted: page, tables, accreditation, campus safety,
    /// charts.
    #[command(after_help = "Examples:
  candor-desk outcomes export --to folder
  candor-desk outcomes export --to folder --form accreditation
  candor-desk outcomes export --to folder --form campus-safety --groups groups.toml")]
    Export {
        /// The folder. Files in it are never replaced.
        #[arg(long, value_name = "FOLDER")]
        to: PathBuf,
        /// Which summary; the newest one unless said.
        #[arg(long, value_name = "N")]
        number: Option<u32>,
        /// Only this form. May be given several times.
        #[arg(long, value_enum)]
        form: Vec<Form>,
        /// For campus safety: which types are counted together.
        #[arg(long, value_name = "FILE")]
        groups: Option<PathBuf>,
    },
    /// List the summaries that were signed off.
    List,
}

/// What a summary covers.
#[derive(Clone, Copy, Debug, Args)]
pub struct FrameArgs {
    /// The last day, such as 2026-12-31; the day of the last sync unless said. What comes later is for the next one.
    #[arg(long, value_name = "DAY", value_parser = parse_day)]
    pub through: Option<Day>,
    /// Numbers below this one are not shown; 5 unless said. It can be raised later, never lowered.
    #[arg(long, value_name = "N", value_parser = parse_threshold)]
    pub threshold: Option<Threshold>,
}

/// Parses a day, such as 2026-12-31.
///
/// # Errors
/// If it is none.
pub fn parse_day(text: &str) -> Result<Day, String> {
    let mut parts = text.splitn(3, '-').map(str::parse::<u32>);
    let mut next = || parts.next()?.ok();
    let day = (|| Day::from_civil(next()?, next()?, next()?))();
    day.ok_or_else(|| "a day is written like 2026-12-31".to_owned())
}

fn parse_threshold(text: &str) -> Result<Threshold, String> {
    let number: u32 = text.parse().map_err(|_| "it is no number".to_owned())?;
    Threshold::try_from(number).map_err(|error| error.to_string())
}

/// Runs the command.
///
/// # Errors
/// [`Failure`]
pub fn run(desk: &mut Desk, command: &Outcomes, json: bool) -> Outcome<Reason> {
    match command {
        Outcomes::Preview { frame, html } => preview(desk, *frame, html.as_deref(), json),
        Outcomes::Write {
            introduction,
            measures,
        } => write(desk, introduction.as_deref(), measures.as_deref(), json),
        Outcomes::SignOff { frame, reviewed } => sign_off(desk, *frame, *reviewed, json),
        Outcomes::Publish {
            to,
            number,
            words_file,
        } => publish(desk, to, *number, words_file.as_deref(), json),
        Outcomes::Export {
            to,
            number,
            form,
            groups,
        } => export(desk, to, *number, form, groups.as_deref(), json),
        Outcomes::List => list(desk, json),
    }
}

fn preview(desk: &Desk, frame: FrameArgs, html: Option<&Path>, json: bool) -> Outcome<Reason> {
    let draft = super::draft(desk, frame.through, frame.threshold)?;
    if let Some(path) = html {
        let shown = page::page(&draft.kept.summary, &draft.earlier);
        create(path, shown.as_bytes())?;
    }
    let value = json!({
        "summary": draft.kept.summary,
        "warnings": draft.warnings.iter().map(|one| one.sentence()).collect::<Vec<_>>(),
    });
    print(json, &value, &in_text(&draft))?;
    Ok(Reason::Done)
}

fn write(
    desk: &mut Desk,
    introduction: Option<&Path>,
    measures: Option<&Path>,
    json: bool,
) -> Outcome<Reason> {
    let mut words = Words::clone(&desk.state.outcomes.words);
    let read = |path: Option<&Path>, into: &mut String| -> Outcome {
        if let Some(path) = path {
            *into = fs::read_to_string(path)
                .map_err(|error| Failure::file("Cannot read", path, &error))?
                .trim()
                .to_owned();
        }
        Ok(())
    };
    read(introduction, &mut words.introduction)?;
    read(measures, &mut words.measures)?;
    if introduction.or(measures).is_some() {
        super::write(desk, &words)?;
    }
    let warnings = super::warnings(desk, &words);
    let sentences: Vec<String> = warnings.iter().map(|one| one.sentence()).collect();
    let mut text = words_in_text(&words);
    text.push_str(&warned(&sentences));
    print(
        json,
        &json!({ "words": words, "warnings": sentences }),
        &text,
    )?;
    let in_the_way = warnings.iter().any(|one| one.is_in_the_way());
    Ok(if in_the_way {
        Reason::Attention
    } else {
        Reason::Done
    })
}

fn sign_off(desk: &mut Desk, frame: FrameArgs, reviewed: bool, json: bool) -> Outcome<Reason> {
    let draft = super::draft(desk, frame.through, frame.threshold)?;
    if !reviewed {
        prompt::note(&in_text(&draft));
        let question = "Have you read the words and the numbers, and is this what readers may see? It cannot be changed afterwards.";
        if !prompt::confirm(question)? {
            return Err(Failure::refused(
                "It was not signed off.",
                "Change what is to be changed, then sign off.",
            ));
        }
    }
    let like = super::mark(&draft.kept.summary);
    let summary = super::sign_off(desk, frame.through, frame.threshold, Some(&like))?;
    let words = format!(
        "Summary {} is signed off, for {}. “outcomes publish --to FILE” writes the file for readers.",
        summary.number,
        page::period(&summary)
    );
    print(json, &summary, &words)?;
    Ok(Reason::Done)
}

fn publish(
    desk: &Desk,
    to: &Path,
    number: Option<u32>,
    words_file: Option<&Path>,
    json: bool,
) -> Outcome<Reason> {
    let (summary, earlier) = super::signed(desk, number)?;
    let (passphrase, chosen) = match words_file {
        Some(path) => (prompt::secret_from_file(path)?, Chosen::ByOffice),
        None => (recovery::generate_passphrase(&mut OsRng), Chosen::Offered),
    };
    let file = handing_out::published(&summary, &earlier, &passphrase, chosen)?;
    create(to, file.as_bytes())?;
    let offered = (chosen == Chosen::Offered).then(|| passphrase.expose_secret());
    let mut words = format!(
        "Written: {}. It opens in a browser, without a network.\n",
        to.display()
    );
    if let Some(offered) = offered {
        let _ = write!(
            words,
            "\nThe passphrase, shown this once:\n\n    {offered}\n\nGive it to readers another way than the file."
        );
    }
    print(
        json,
        &json!({ "path": to, "number": summary.number, "passphrase": offered }),
        &words,
    )?;
    Ok(Reason::Done)
}

fn export(
    desk: &Desk,
    to: &Path,
    number: Option<u32>,
    forms: &[Form],
    groups: Option<&Path>,
    json: bool,
) -> Outcome<Reason> {
    let (summary, earlier) = super::signed(desk, number)?;
    let groups = match groups {
        Some(path) => {
            let text = fs::read_to_string(path)
                .map_err(|error| Failure::file("Cannot read", path, &error))?;
            handing_out::groups(&text)?
        }
        None => Vec::new(),
    };
    fs::create_dir_all(to).map_err(|error| Failure::file("Cannot make", to, &error))?;
    let forms = if forms.is_empty() {
        &Form::ALL[..]
    } else {
        forms
    };
    let mut written = Vec::new();
    for form in forms {
        for (name, text) in handing_out::files(*form, &summary, &earlier, &groups) {
            let path = to.join(name);
            create(&path, text.as_bytes())?;
            written.push(path);
        }
    }
    let words = format!(
        "Written to {}: {} files, not encrypted.",
        to.display(),
        written.len()
    );
    print(json, &json!({ "files": written }), &words)?;
    Ok(Reason::Done)
}

fn list(desk: &Desk, json: bool) -> Outcome<Reason> {
    let all = &desk.state.outcomes.signed;
    let value: Vec<_> = all
        .iter()
        .map(|signed| json!({ "summary": signed.kept.summary, "signed_off_on": signed.by }))
        .collect();
    let mut words = String::new();
    for signed in all.iter() {
        let summary = &signed.kept.summary;
        let _ = writeln!(
            words,
            "{:>3}  {}, signed off on {} at “{}”",
            summary.number,
            page::period(summary),
            page::day(summary.signed_off),
            clean::short(&signed.by, 40)
        );
    }
    if words.is_empty() {
        words.push_str("No summary has been signed off on this workstation.");
    }
    print(json, &value, &words)?;
    Ok(Reason::Done)
}

fn create(path: &Path, bytes: &[u8]) -> Outcome {
    home::create_file(path, bytes).map_err(|error| Failure::file("Cannot write", path, &error))
}

fn words_in_text(words: &Words) -> String {
    let mut text = String::new();
    for (name, words) in [
        ("Introduction", &words.introduction),
        ("What was done", &words.measures),
    ] {
        let words = clean::text(words);
        let words = if words.trim().is_empty() {
            "(nothing written)"
        } else {
            words.trim()
        };
        let _ = writeln!(text, "{name}:\n{words}\n");
    }
    text
}

fn warned(sentences: &[String]) -> String {
    let mut text = String::new();
    for sentence in sentences {
        let _ = writeln!(text, "! {}", clean::line(sentence));
    }
    text
}

/// A summary for a terminal.
fn in_text(draft: &Draft) -> String {
    let summary: &Summary = &draft.kept.summary;
    let mut text = format!(
        "Summary {} of {}: {}\nNumbers below {} are not shown; they wait for a later summary.\n",
        summary.number,
        summary.office,
        page::period(summary),
        summary.threshold.get()
    );
    for table in &summary.tables {
        let _ = writeln!(text, "\n{}", table.id.title());
        for row in &table.rows {
            let count = row
                .count
                .map_or_else(|| "–".to_owned(), |count| count.to_string());
            let _ = writeln!(text, "  {count:>5}  {}", row.label);
        }
    }
    let _ = writeln!(text);
    text.push_str(&words_in_text(&summary.words));
    let sentences: Vec<String> = draft.warnings.iter().map(|one| one.sentence()).collect();
    text.push_str(&warned(&sentences));
    text
}
