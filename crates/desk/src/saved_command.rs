//! The command of saved replies: listing, keeping, changing and deleting them.

use candor_casework::body::Handle;
use clap::{Args, Subcommand};
use rand::{RngCore as _, rngs::OsRng};
use serde_json::json;

use crate::{
    casework_command::words,
    clean,
    cli::casework::Words,
    commands::print,
    desk::Desk,
    failure::{Failure, Outcome, Reason},
    templates::{self, Keep},
};

/// `saved`
#[derive(Debug, Subcommand)]
pub enum Saved {
    /// List the saved replies, with what they say.
    #[command(after_help = "Example:
  candor-desk saved list")]
    List,
    /// Keep a text to be used in replies, or change one.
    #[command(after_help = "Examples:
  candor-desk saved keep --title \"Thank you\" --text-file thanks.txt
  candor-desk saved keep --change 3fa9 --title \"Thank you\" --text-file thanks.txt")]
    Keep(KeepArgs),
    /// Delete one.
    #[command(after_help = "Example:
  candor-desk saved delete 3fa9")]
    Delete {
        /// The first characters of its name, as “saved list” shows it.
        name: String,
    },
}

/// `saved keep`
#[derive(Clone, Debug, Args)]
pub struct KeepArgs {
    /// What it is called.
    #[arg(long, value_name = "WORDS")]
    pub title: String,
    #[command(flatten)]
    /// What it says.
    pub words: Words,
    /// Change this one, by the first characters of its name, instead of keeping a new one.
    #[arg(long, value_name = "NAME")]
    pub change: Option<String>,
}

/// Carries out the command.
///
/// # Errors
/// [`Failure`], whose reason is the exit code.
pub fn run(desk: &mut Desk, command: &Saved, json: bool) -> Outcome<Reason> {
    match command {
        Saved::List => list(desk, json),
        Saved::Keep(args) => keep(desk, args, json),
        Saved::Delete { name } => {
            let name = find(desk, name)?;
            templates::remove(desk, name)?;
            let value = json!({ "name": name.to_string() });
            print(json, &value, "Deleted.")?;
            Ok(Reason::Done)
        }
    }
}

fn list(desk: &Desk, json: bool) -> Outcome<Reason> {
    let all = templates::list(&desk.state);
    let value: Vec<_> = all
        .iter()
        .map(|(name, saved)| {
            json!({ "name": name.to_string(), "title": saved.title, "text": saved.text })
        })
        .collect();
    let mut lines = Vec::new();
    for (name, saved) in &all {
        let short: String = name.to_string().chars().take(8).collect();
        lines.push(format!("{short}  {}", clean::line(&saved.title)));
        let text = clean::text(&saved.text);
        lines.extend(text.lines().map(|line| format!("          {line}")));
    }
    if lines.is_empty() {
        lines.push("There are no saved replies. “saved keep” makes one.".to_owned());
    }
    print(json, &value, &lines.join("\n"))?;
    Ok(Reason::Done)
}

fn keep(desk: &mut Desk, args: &KeepArgs, json: bool) -> Outcome<Reason> {
    let changed = args.change.as_deref().map(|name| find(desk, name));
    let changed = changed.transpose()?;
    let text = words(&args.words, "What it says")?;
    let mut random = [0; 16];
    OsRng.fill_bytes(&mut random);
    let name = changed.unwrap_or_else(|| Handle::new(random));
    let mark = desk
        .state
        .templates
        .get(&name)
        .map(templates::Template::mark);
    let what = mark
        .as_deref()
        .map_or(Keep::New(name), |looked_at| Keep::Change {
            name,
            looked_at,
        });
    templates::keep(desk, what, &args.title, &text)?;
    let value = json!({ "name": name.to_string() });
    print(json, &value, "Saved.")?;
    Ok(Reason::Done)
}

/// The one whose name begins so.
///
/// # Errors
/// If there is none, or more than one.
pub fn find(desk: &Desk, beginning: &str) -> Outcome<Handle> {
    let beginning = beginning.trim().to_ascii_lowercase();
    let mut found = desk
        .state
        .templates
        .keys()
        .filter(|name| !beginning.is_empty() && name.to_string().starts_with(&beginning));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(*one),
        _ => Err(Failure::usage(
            "That names no saved reply, or more than one.",
            "“saved list” shows their names.",
        )),
    }
}
