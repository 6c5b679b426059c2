//! Words to and from the person at the terminal.
//!
//! Results go to standard output, everything else to standard error.

use std::{
    fs,
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use zeroize::Zeroizing;

/// The fewest characters of a passphrase.
const MIN_PASSPHRASE_CHARS: usize = 12;

/// A line of the result.
pub fn say(text: &str) {
    // A reader that has gone away is nobody to tell.
    let _ = writeln!(io::stdout(), "{text}");
}

/// A line beside the result.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Asks for a line.
///
/// # Errors
/// If nobody is there to answer; `instead` names the option that answers.
pub fn ask(question: &str, instead: &str) -> Result<String> {
    if !io::stdin().is_terminal() {
        bail!("nobody is at the terminal to answer “{question}”; give {instead}");
    }
    let _ = write!(io::stderr(), "{question} ");
    let _ = io::stderr().flush();
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// Asks for a yes.
///
/// # Errors
/// If the answer is anything else, or nobody is there.
pub fn confirm(question: &str, yes: bool) -> Result<()> {
    if yes {
        return Ok(());
    }
    match ask(&format!("{question} Type “yes” to go on:"), "--yes")?.as_str() {
        "yes" | "Yes" | "YES" => Ok(()),
        _ => bail!("stopped; nothing was changed"),
    }
}

/// The passphrase of a key that exists: from a file, or asked for.
///
/// # Errors
/// If the file cannot be read or nobody is there.
pub fn passphrase(of: &str, file: Option<&Path>) -> Result<Zeroizing<String>> {
    match file {
        Some(file) => from_file(file),
        None => prompt(&format!("Passphrase of {of}: ")),
    }
}

/// The passphrase of a new key: from a file, or asked for twice.
///
/// # Errors
/// If it is too short, the two differ, the file cannot be read or nobody is there.
pub fn new_passphrase(of: &str, file: Option<&Path>) -> Result<Zeroizing<String>> {
    let passphrase = match file {
        Some(file) => from_file(file)?,
        None => {
            note("Choose a passphrase: five or more words that you picked by chance are good.");
            let first = prompt(&format!("Passphrase for {of}: "))?;
            let second = prompt("Once more: ")?;
            if first != second {
                bail!("the two passphrases differ; nothing was written, begin again");
            }
            first
        }
    };
    if passphrase.chars().count() < MIN_PASSPHRASE_CHARS {
        bail!(
            "the passphrase is shorter than {MIN_PASSPHRASE_CHARS} characters; take a longer one, such as five words"
        );
    }
    Ok(passphrase)
}

fn prompt(question: &str) -> Result<Zeroizing<String>> {
    rpassword::prompt_password(question)
        .map(Zeroizing::new)
        .context("nobody is at the terminal to give a passphrase; give --passphrase-file")
}

/// The first line of a file.
fn from_file(file: &Path) -> Result<Zeroizing<String>> {
    let text = fs::read_to_string(file)
        .map(Zeroizing::new)
        .with_context(|| format!("cannot read the passphrase file {}", file.display()))?;
    Ok(Zeroizing::new(
        text.lines().next().unwrap_or_default().to_owned(),
    ))
}
