//! `unlock`: commands without retyping the passphrase, until `lock`, the end of input, or too
//! long a pause.

use std::{
    io::{self, BufRead as _, Write as _},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use clap::Parser;

use crate::{
    cli::Work,
    commands,
    desk::Desk,
    failure::{Failure, Outcome, Reason},
    prompt,
};

/// A line of a session.
#[derive(Debug, Parser)]
#[command(name = "", no_binary_name = true, disable_version_flag = true)]
struct Line {
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    work: Work,
}

/// Splits a line into words. Quotation marks of either kind keep words together; a backslash is
/// itself, since paths may hold it.
fn split(line: &str) -> Outcome<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err(Failure::usage(
            "A quotation mark is not closed.",
            "Close it with the same mark.",
        ));
    }
    words.extend(word);
    Ok(words)
}

/// Runs a session to its end. The exit code is that of the last command that failed.
///
/// # Errors
/// If no line can be read at all.
pub fn run(desk: &mut Desk) -> Outcome<Reason> {
    let interactive = prompt::is_interactive();
    let idle = Duration::from_secs(u64::from(desk.config.idle_minutes) * 60);
    // A thread reads one line each time it is asked to, so that in between the commands
    // themselves may ask the person something.
    let (ask, asked) = mpsc::channel::<()>();
    let (give, given) = mpsc::channel::<Option<String>>();
    thread::Builder::new()
        .name("terminal".to_owned())
        .spawn(move || {
            for () in asked {
                let mut line = String::new();
                let line = match io::stdin().lock().read_line(&mut line) {
                    Ok(n) if n > 0 => Some(line),
                    _ => None,
                };
                if give.send(line).is_err() {
                    break;
                }
            }
        })
        .map_err(Failure::internal)?;
    if interactive {
        prompt::note("Unlocked. Type “help” for the commands, “lock” to end.");
    }
    let mut reason = Reason::Done;
    loop {
        if interactive {
            let _ = write!(io::stderr().lock(), "desk> ");
        }
        if ask.send(()).is_err() {
            break;
        }
        match given.recv_timeout(idle) {
            Ok(Some(line)) => match line.trim() {
                "" => {}
                "lock" | "exit" | "quit" => break,
                line => match one(desk, line) {
                    Ok(Reason::Done) => {}
                    Ok(other) => reason = other,
                    Err(failure) => {
                        prompt::note(&format!("error: {failure}"));
                        reason = failure.reason();
                    }
                },
            },
            Ok(None) | Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                prompt::note("\nLocked: too long without a command.");
                return Ok(reason);
            }
        }
    }
    if interactive {
        prompt::note("Locked.");
    }
    Ok(reason)
}

fn one(desk: &mut Desk, line: &str) -> Outcome<Reason> {
    match Line::try_parse_from(split(line)?) {
        Ok(line) => commands::work(desk, &line.work, line.json),
        Err(error) => {
            let _ = error.print();
            Ok(if error.use_stderr() {
                Reason::Usage
            } else {
                Reason::Done
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_together_by_quotation_marks() {
        let words = |line| split(line).unwrap();
        assert_eq!(words("show 7f3a"), ["show", "7f3a"]);
        assert_eq!(
            words(r#"reply 7f3a --text "It's noted" --attach 'C:\a b.pdf'"#),
            [
                "reply",
                "7f3a",
                "--text",
                "It's noted",
                "--attach",
                r"C:\a b.pdf"
            ]
        );
        assert_eq!(words("a \"\" b"), ["a", "", "b"]);
        assert!(split("reply 7f3a --text \"oh").is_err());
    }

    #[test]
    fn lines_parse_like_the_command_line() {
        assert!(Line::try_parse_from(["list", "--unread", "--json"]).is_ok());
        assert!(Line::try_parse_from(["init"]).is_err());
    }
}
