//! Talking with the person at the terminal: questions, passphrases, messages.

use std::{
    fs,
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::failure::{Failure, Outcome};

/// The environment variable that names a file with the passphrase.
pub const PASSPHRASE_VARIABLE: &str = "CANDOR_DESK_PASSPHRASE_FILE";

/// Writes to standard output. A reader that has gone away is no error: nobody is left to tell.
pub fn say(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    if !text.ends_with('\n') {
        let _ = out.write_all(b"\n");
    }
    let _ = out.flush();
}

/// Writes to standard error: progress and warnings, apart from what a program may read.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Overwrites the last line on a terminal; says nothing elsewhere.
pub fn progress(text: &str) {
    if io::stderr().is_terminal() {
        let _ = write!(io::stderr().lock(), "\r{text:<60}");
        if text.is_empty() {
            let _ = write!(io::stderr().lock(), "\r");
        }
    }
}

/// Takes what was shown off the terminal, so that the next person does not see it.
pub fn clear() {
    if is_interactive() {
        note("\x1b[2J\x1b[3J\x1b[H");
    }
}

/// Whether a person can answer questions.
#[must_use]
pub fn is_interactive() -> bool {
    io::stdin().is_terminal()
}

/// Waits until this process may read from its terminal. One in the background that tries is stopped
/// by the system, and with it whatever else it does.
pub fn wait_for_foreground() {
    while is_in_background() {
        thread::sleep(Duration::from_secs(1));
    }
}

/// Without a terminal of its own a process is not in the background of any.
#[cfg(unix)]
fn is_in_background() -> bool {
    rustix::termios::tcgetpgrp(io::stdin())
        .is_ok_and(|foreground| foreground != rustix::process::getpgrp())
}

#[cfg(not(unix))]
const fn is_in_background() -> bool {
    false
}

fn nobody_there(question: &str) -> Failure {
    Failure::usage(
        format!("“{question}” needs an answer, and there is no terminal to ask at."),
        "Run it in a terminal, or see --help for the option that answers it.",
    )
}

/// Asks for a line.
///
/// # Errors
/// If there is no terminal.
pub fn ask(question: &str) -> Outcome<String> {
    if !is_interactive() {
        return Err(nobody_there(question));
    }
    let _ = write!(io::stderr().lock(), "{question}: ");
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(n) if n > 0 => Ok(line.trim().to_owned()),
        _ => Err(nobody_there(question)),
    }
}

/// Asks a question that only `yes` answers with yes.
///
/// # Errors
/// If there is no terminal.
pub fn confirm(question: &str) -> Outcome<bool> {
    let answer = ask(&format!("{question} Type yes or no"))?;
    Ok(matches!(answer.to_ascii_lowercase().as_str(), "yes" | "y"))
}

/// Asks for something secret without showing it.
///
/// # Errors
/// If there is no terminal.
pub fn secret(question: &str) -> Outcome<SecretString> {
    if !is_interactive() {
        return Err(nobody_there(question));
    }
    rpassword::prompt_password(format!("{question}: "))
        .map(SecretString::from)
        .map_err(|_| nobody_there(question))
}

/// Asks twice and compares.
///
/// # Errors
/// If the two differ three times over, or there is no terminal.
pub fn new_secret(question: &str) -> Outcome<SecretString> {
    for _ in 0..3 {
        let one = secret(question)?;
        let two = secret("The same again")?;
        if one.expose_secret() == two.expose_secret() {
            return Ok(one);
        }
        note("These were not the same; once more.");
    }
    Err(Failure::usage(
        "The two did not agree three times.",
        "Start again when there is time to type it calmly.",
    ))
}

/// Reads a passphrase from the first line of a file.
///
/// # Errors
/// If the file cannot be read or is empty.
pub fn secret_from_file(path: &Path) -> Outcome<SecretString> {
    let text = fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|error| Failure::file("Cannot read the passphrase from", path, &error))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(Failure::usage(
            format!("{} is empty.", path.display()),
            "Put the passphrase on its first line.",
        ));
    }
    Ok(SecretString::from(line.to_owned()))
}

/// The file that was named on the command line or in the environment.
#[must_use]
pub fn passphrase_file(named: Option<&PathBuf>) -> Option<PathBuf> {
    named
        .cloned()
        .or_else(|| std::env::var_os(PASSPHRASE_VARIABLE).map(PathBuf::from))
}

/// Reads lines up to one that has only a point, or the end of input.
///
/// # Errors
/// If the terminal fails.
pub fn lines(question: &str) -> Outcome<String> {
    note(&format!("{question}:"));
    let mut text = String::new();
    for line in io::stdin().lock().lines() {
        let line = line.map_err(|_| nobody_there(question))?;
        if line.trim_end() == "." {
            break;
        }
        text.push_str(&line);
        text.push('\n');
    }
    Ok(text)
}
