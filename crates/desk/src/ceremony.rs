//! How passphrases of recovery files are given and asked for, at the keyboard or from files.

use std::path::PathBuf;

use rand::rngs::OsRng;
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    failure::{Failure, Outcome, Reason},
    guard::{self, Guard},
    prompt,
    recovery::{self, Recovery, Words},
};

const PEOPLE: [&str; 3] = ["first", "second", "third"];

/// The passphrase of a recovery file that one person can open.
///
/// # Errors
/// If it is too weak, or is the desk's own.
pub fn one(files: &[PathBuf], guard: &Guard) -> Outcome<SecretString> {
    let passphrase = match files {
        [] => offer(
            "The recovery file has a passphrase of its own. Write these eight words on paper and \
             keep the paper apart from the file:",
        )?,
        [file] => prompt::secret_from_file(file)?,
        _ => return Err(wrong_count("One recovery file has one passphrase.")),
    };
    check(&passphrase, guard)?;
    Ok(passphrase)
}

/// The passphrases of three people, any two of whom can open a recovery file.
///
/// # Errors
/// If one is too weak, the desk's own, or the same as another's.
pub fn three(files: &[PathBuf], guard: &Guard) -> Outcome<[SecretString; 3]> {
    let people: Vec<SecretString> = match files {
        [] => PEOPLE
            .iter()
            .map(|who| person(who))
            .collect::<Outcome<_>>()?,
        [_, _, _] => files
            .iter()
            .map(|file| prompt::secret_from_file(file))
            .collect::<Outcome<_>>()?,
        _ => {
            return Err(wrong_count(
                "Two of three takes three passphrases, one for each person.",
            ));
        }
    };
    for (index, passphrase) in people.iter().enumerate() {
        check(passphrase, guard)?;
        let others = people.iter().take(index);
        if others
            .into_iter()
            .any(|other| recovery::is_same_passphrase(other, passphrase))
        {
            return Err(Failure::usage(
                "Two of the three people have the same passphrase.",
                "Each needs one of their own, that the others do not know.",
            ));
        }
    }
    people
        .try_into()
        .map_err(|_| Failure::internal("There are three people."))
}

fn person(who: &str) -> Outcome<SecretString> {
    if prompt::is_interactive() {
        prompt::ask(&format!(
            "The {who} person comes to the keyboard, and everybody else looks away. Ready? (Enter)"
        ))?;
    }
    let words = offer(&format!(
        "These eight words are the {who} person's own, and nobody else's. Write them on paper:"
    ))?;
    prompt::clear();
    Ok(words)
}

/// Opens a recovery file with whoever's words it takes.
///
/// # Errors
/// If the words are wrong or the file is damaged.
pub fn open(sealed: &[u8], files: &[PathBuf]) -> Outcome<Recovery> {
    let first = match files.first() {
        Some(file) => prompt::secret_from_file(file)?,
        None => prompt::secret("Passphrase of the recovery file (of two people: the first one's)")?,
    };
    let second = || match files.get(1) {
        Some(file) => prompt::secret_from_file(file),
        None => prompt::secret("Passphrase of the second person"),
    };
    match (Recovery::open_in_turn(sealed, &first, second), files) {
        // Who comes first stands in the file's name; from files, either order does.
        (Err(failure), [_, file]) if failure.reason() == Reason::Locked => {
            let words = Words::two(prompt::secret_from_file(file)?, first);
            Recovery::open_for(sealed, &words).map_err(|_| failure)
        }
        (opened, _) => opened,
    }
}

fn wrong_count(cause: &str) -> Failure {
    Failure::usage(
        cause,
        "Give --recovery-passphrase-file once for each passphrase, or leave it out to be offered \
         words.",
    )
}

fn check(passphrase: &SecretString, guard: &Guard) -> Outcome {
    guard::check_passphrase(passphrase)?;
    if let Guard::Passphrase(own, _) = guard
        && recovery::is_same_passphrase(own, passphrase)
    {
        return Err(Failure::usage(
            "The recovery file has the same passphrase as the desk.",
            "Use another one: it must help when the desk's is forgotten.",
        ));
    }
    Ok(())
}

/// Shows words and has them typed back.
fn offer(what: &str) -> Outcome<SecretString> {
    let words = recovery::generate_passphrase(&mut OsRng);
    if !prompt::is_interactive() {
        return prompt::secret("Passphrase of the recovery file");
    }
    prompt::note(&format!("\n{what}\n"));
    prompt::note(&format!("    {}\n", words.expose_secret()));
    for _ in 0..5 {
        let typed = prompt::secret("Type them back from the paper")?;
        if recovery::is_same_passphrase(&typed, &words) {
            return Ok(words);
        }
        prompt::note("That is not what is written above; look again.");
    }
    Err(Failure::usage(
        "The words were not typed back.",
        "Start again with pen and paper at hand.",
    ))
}
