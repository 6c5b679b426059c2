//! `export`

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::{Dossier, Form, Redaction, gather, text, write};
use crate::{
    commands::print,
    desk::Desk,
    failure::{Failure, Outcome, Reason},
    home, informal, prompt, view,
};

/// The most bytes of a file that says what to leave out.
const MAX_LEN: usize = 1 << 20;

/// `export`
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// The first four or more characters of the case's id, as “list” shows it.
    pub case: String,
    /// The files' name without its ending.
    #[arg(long, value_name = "NAME", required_unless_present = "preview")]
    pub to: Option<PathBuf>,
    /// The form: HTML for print, JSON or text. Without it, text and the JSON of “show”.
    #[arg(long, value_enum)]
    pub format: Option<Form>,
    /// What to leave out: “names” (who the reporter says they are, and the names of files), or a TOML
    /// file with reason, parts and words.
    #[arg(long, value_name = "names|FILE")]
    pub redact: Option<PathBuf>,
    /// Show the text on the terminal and write nothing. The parts' names stand in brackets.
    #[arg(long)]
    pub preview: bool,
}

/// The dossier of a case without what is to be left out.
///
/// # Errors
/// If what is to be left out is not there.
pub fn redacted(desk: &Desk, case: &str, redaction: &Redaction) -> Outcome<Dossier> {
    informal::refuse(desk, "export conversations")?;
    let mut dossier = gather(desk, desk.state.find(case)?);
    redaction.apply(&mut dossier)?;
    Ok(dossier)
}

/// What is to be left out, as it was named on the command line.
///
/// # Errors
/// If the file cannot be read.
pub fn redaction(path: Option<&Path>) -> Outcome<Redaction> {
    match path {
        None => Ok(Redaction::default()),
        Some(path) if path.as_os_str() == "names" => Ok(Redaction::names()),
        Some(path) => {
            let bytes = home::read_file("Cannot read", path, MAX_LEN)?;
            Redaction::parse(&String::from_utf8_lossy(&bytes))
        }
    }
}

/// Writes a case to files that are no longer encrypted.
///
/// # Errors
/// If a name is taken, or what is to be left out is not there.
pub fn export(desk: &Desk, args: &ExportArgs, json: bool) -> Outcome<Reason> {
    informal::refuse(desk, "export conversations")?;
    let redaction = redaction(args.redact.as_deref())?;
    if args.preview {
        let dossier = redacted(desk, &args.case, &redaction)?;
        if json {
            prompt::say(&view::to_json(&dossier)?);
        } else {
            prompt::say(&text(&dossier));
        }
        return Ok(Reason::Done);
    }
    let to = args
        .to
        .as_deref()
        .ok_or_else(|| Failure::usage("No name was given.", "Name the files with --to."))?;
    let files = match args.format {
        None if redaction.is_empty() => {
            let detail = view::detail(desk, desk.state.find(&args.case)?);
            vec![
                (home::with_suffix(to, ".txt"), crate::text::detail(&detail)),
                (home::with_suffix(to, ".json"), view::to_json(&detail)?),
            ]
        }
        form => {
            let form = form.unwrap_or(Form::Html);
            let dossier = redacted(desk, &args.case, &redaction)?;
            vec![(home::with_suffix(to, form.ending()), write(&dossier, form)?)]
        }
    };
    if let Some((taken, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(Failure::usage(
            format!("{} exists already.", taken.display()),
            "Nothing is ever overwritten: choose another name.",
        ));
    }
    for (path, content) in &files {
        home::create_file(path, content.as_bytes())
            .map_err(|error| Failure::file("Cannot write", path, &error))?;
    }
    let paths: Vec<&PathBuf> = files.iter().map(|(path, _)| path).collect();
    let names: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let words = format!(
        "Wrote {}. Whoever gets it can read it: keep it where the case may be read, and delete it \
         when it is not needed.",
        names.join(" and ")
    );
    print(json, &json!({ "files": paths }), &words)?;
    Ok(Reason::Done)
}
