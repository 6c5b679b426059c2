//! Asking for an entry at the terminal.

use std::collections::BTreeSet;

use candor_directory::{
    Answers, CategoryId, Directory, Language, Question, QuestionKind, Text, TopicId, parse_date,
};
use candor_sealing::content::{Identity, Wishes};
use zeroize::Zeroizing;

use crate::{
    clean,
    failure::{Failure, Outcome},
    prompt,
};

use super::{EntryDraft, answer, asked, channels};

/// What was said on the command line already.
#[derive(Debug, Default)]
pub struct Said {
    /// The channel.
    pub channel: Option<CategoryId>,
    /// The topic.
    pub topic: Option<TopicId>,
}

/// Asks for everything that was not said.
///
/// # Errors
/// If there is no terminal, or no channel or topic to choose from.
pub fn interview(directory: &Directory, language: &Language, said: Said) -> Outcome<EntryDraft> {
    let words = |text: &Text| clean::line(text.show(language, &directory.languages).text);
    let channel = match said.channel {
        Some(channel) => channel,
        None => {
            let known = channels(directory);
            let names = known.iter().map(|channel| words(&channel.names)).collect();
            let index = choose("How did it come to you?", names)?;
            let chosen = index.and_then(|index| known.get(index));
            chosen.map(|channel| channel.id.clone()).ok_or_else(none)?
        }
    };
    let note = prompt::ask("Anything else about where it came from, such as a date (or Enter)")?;
    let topic = match said.topic {
        Some(topic) => topic,
        None => {
            let names = directory.topics.iter().map(|topic| words(&topic.names));
            let index = choose("What is it about?", names.collect())?;
            let chosen = index.and_then(|index| directory.topics.get(index));
            chosen.map(|topic| topic.id.clone()).ok_or_else(none)?
        }
    };
    let found = directory.topic(&topic).ok_or_else(none)?;
    prompt::note(&format!(
        "\n{}\nEnter alone leaves a question out.",
        words(&found.intro)
    ));
    let mut answers = Answers::new();
    let mut done = BTreeSet::new();
    // An answer may bring further questions.
    while let Some(question) = asked(directory, found, &answers)
        .into_iter()
        .find(|question| !done.contains(&question.id))
    {
        done.insert(question.id.clone());
        ask_question(directory, language, question, &mut answers)?;
    }
    let text = prompt::lines("\nWhat they said or wrote; end with a line that has only a point")?;
    Ok(EntryDraft {
        channel,
        note,
        topic,
        answers,
        text: Zeroizing::new(text.trim().to_owned()),
        language: language.clone(),
        leave_out: leave_out(directory, language)?,
        wishes: wishes()?,
        identity: identity()?,
    })
}

fn none() -> Failure {
    Failure::usage("Nothing was chosen.", "Begin again when there is time.")
}

/// A number from a list; nothing for Enter alone.
fn choose(question: &str, names: Vec<String>) -> Outcome<Option<usize>> {
    prompt::note(&format!("\n{question}"));
    for (number, name) in (1..).zip(&names) {
        prompt::note(&format!("  {number:>2}  {name}"));
    }
    loop {
        let typed = prompt::ask("Number")?;
        if typed.is_empty() {
            return Ok(None);
        }
        match typed.parse::<usize>().ok().and_then(|n| n.checked_sub(1)) {
            Some(index) if index < names.len() => return Ok(Some(index)),
            _ => prompt::note("That is none of the numbers."),
        }
    }
}

fn ask_question(
    directory: &Directory,
    language: &Language,
    question: &Question,
    answers: &mut Answers,
) -> Outcome {
    let words = |text: &Text| clean::line(text.show(language, &directory.languages).text);
    let options: Vec<(String, String)> = match question.kind {
        QuestionKind::One | QuestionKind::Many => {
            let options = question.options.iter();
            options
                .map(|o| (o.id.to_string(), words(&o.label)))
                .collect()
        }
        QuestionKind::YesNoUnsure => ["yes", "no", "unsure"]
            .map(|word| (word.to_owned(), word.to_owned()))
            .to_vec(),
        QuestionKind::Place => {
            let places = directory.places.iter();
            places
                .map(|p| (p.id.to_string(), words(&p.names)))
                .collect()
        }
        QuestionKind::Person => {
            let sources = directory.categories.sources.iter();
            sources
                .map(|s| (s.id.to_string(), words(&s.names)))
                .collect()
        }
        QuestionKind::ShortText | QuestionKind::LongText | QuestionKind::Period => Vec::new(),
    };
    prompt::note(&format!("\n{}", words(&question.label)));
    for (number, (_, name)) in (1..).zip(&options) {
        prompt::note(&format!("  {number:>2}  {name}"));
    }
    let hint = match question.kind {
        QuestionKind::One | QuestionKind::YesNoUnsure => "Number",
        QuestionKind::Many => "Numbers, with commas",
        QuestionKind::Place => "Number, or in words",
        QuestionKind::Person => "Number and words, such as: 1, the tall one on Mondays",
        QuestionKind::Period => "A day (2026-11-02), a month (2026-11), or in words",
        QuestionKind::ShortText | QuestionKind::LongText => "Answer",
    };
    loop {
        let typed = prompt::ask(hint)?;
        let by_number = |word: &str| -> String {
            let number = word.trim().parse::<usize>().ok();
            let option = number.and_then(|n| options.get(n.checked_sub(1)?));
            option.map_or_else(|| word.trim().to_owned(), |(id, _)| id.clone())
        };
        let typed: Vec<String> = match question.kind {
            QuestionKind::Many => typed.split(',').map(by_number).collect(),
            QuestionKind::Person => match typed.split_once([',', ' ']) {
                Some((number, rest)) if number.trim().parse::<usize>().is_ok() => {
                    vec![by_number(number), rest.trim().to_owned()]
                }
                _ => vec![by_number(&typed)],
            },
            QuestionKind::One | QuestionKind::YesNoUnsure | QuestionKind::Place => {
                vec![by_number(&typed)]
            }
            _ => vec![typed],
        };
        match answer(directory, question, &typed) {
            Ok(Some(given)) => {
                answers.insert(question.id.clone(), given);
                return Ok(());
            }
            Ok(None) if !question.required => return Ok(()),
            Ok(None) => prompt::note("This has to be answered: who will read it depends on it."),
            Err(why) => prompt::note(why),
        }
    }
}

fn leave_out(directory: &Directory, language: &Language) -> Outcome<BTreeSet<candor_wire::RoleId>> {
    prompt::note("\nMust somebody not read it, because it is about them or they are close to it?");
    for (number, role) in (1..).zip(&directory.roles) {
        let name = role.names.show(language, &directory.languages);
        prompt::note(&format!("  {number:>2}  {}", clean::line(name.text)));
    }
    loop {
        let typed = prompt::ask("Numbers, with commas (or Enter)")?;
        let words = typed.split(',').map(str::trim).filter(|w| !w.is_empty());
        let roles: Option<BTreeSet<_>> = words
            .map(|word| {
                let index = word.parse::<usize>().ok()?.checked_sub(1)?;
                Some(directory.roles.get(index)?.id.clone())
            })
            .collect();
        match roles {
            Some(roles) => return Ok(roles),
            None => prompt::note("That is none of the numbers."),
        }
    }
}

fn wishes() -> Outcome<Wishes> {
    let mut wishes = Wishes {
        hold_until_similar: prompt::confirm(
            "\nDo they wish that nothing is done until others report the same?",
        )?,
        ..Wishes::default()
    };
    loop {
        let typed =
            prompt::ask("Is nothing to be done before a certain day (2026-12-20, or Enter)")?;
        if typed.is_empty() {
            return Ok(wishes);
        }
        match parse_date(&typed) {
            Ok(day) => {
                wishes.not_before = Some(day);
                return Ok(wishes);
            }
            Err(_) => prompt::note("A day looks like 2026-12-20."),
        }
    }
}

fn identity() -> Outcome<Identity> {
    let name = prompt::ask("\nTheir name, only if they wish the offices to know it (or Enter)")?;
    let contact = prompt::ask("How to reach them, likewise (or Enter)")?;
    Ok(Identity::new(&name, &contact))
}
