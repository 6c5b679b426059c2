//! `candor-desk enter`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use candor_directory::{
    Answer, Answers, CategoryId, Directory, Language, Notice, QuestionKind, Route, TopicId,
};
use candor_sealing::content::{Identity, Wishes};
use candor_wire::{OfficeId, RoleId};
use clap::Args;
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    clean,
    desk::Desk,
    failure::{Failure, Outcome, Reason},
    home, prompt, view,
};

use super::{
    EntryDraft, Pending, answer, asked, channels,
    interview::{Said, interview},
};

const MAX_FILE: usize = 1 << 20;

/// `enter`
#[derive(Clone, Debug, Args)]
pub struct EnterArgs {
    /// By which channel it came: one of the directory's channels.
    #[arg(long, value_name = "CHANNEL", conflicts_with = "from")]
    pub channel: Option<CategoryId>,
    /// The topic.
    #[arg(long, value_name = "TOPIC", conflicts_with = "from")]
    pub topic: Option<TopicId>,
    /// Take everything from this TOML file instead of asking: channel, topic, text, note, language,
    /// leave_out, and the tables answers, wishes and identity.
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Send without asking.
    #[arg(long)]
    pub yes: bool,
}

/// An entry as a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryFile {
    channel: CategoryId,
    topic: TopicId,
    #[serde(default)]
    text: String,
    #[serde(default)]
    note: String,
    language: Option<Language>,
    #[serde(default)]
    leave_out: BTreeSet<RoleId>,
    #[serde(default)]
    answers: Answers,
    #[serde(default)]
    wishes: WishesTable,
    #[serde(default)]
    identity: IdentityTable,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WishesTable {
    #[serde(default)]
    hold_until_similar: bool,
    not_before: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentityTable {
    #[serde(default)]
    name: String,
    #[serde(default)]
    contact: String,
}

/// Carries it out.
///
/// # Errors
/// If something is missing, nobody can be found to read it, or it cannot be sent.
pub fn enter(desk: &mut Desk, args: &EnterArgs, json: bool) -> Outcome<Reason> {
    let draft = draft(desk, args)?;
    let (offices, words) = {
        let directory = &desk.published()?.directory;
        known_channel(directory, &draft.channel)?;
        let route = draft.check(directory)?;
        let offices: Vec<OfficeId> = route.offices().cloned().collect();
        (offices, review(desk, &draft, &route))
    };
    if !json {
        prompt::note(&words);
    }
    if !args.yes && !prompt::confirm("Send it?")? {
        return Err(Failure::usage(
            "Nothing was sent.",
            "Begin again if it was a mistake.",
        ));
    }
    let mut pending = Pending::prepare(desk, draft, &offices)?;
    let failure = loop {
        let Err(failure) = pending.send() else {
            break None;
        };
        // Only while this goes on are code and report the same ones.
        if prompt::is_interactive() {
            prompt::note(&failure.to_string());
            let again =
                "Try again? Otherwise the code is shown, but nobody knows whether it works.";
            if prompt::confirm(again).unwrap_or(false) {
                continue;
            }
        }
        break Some(failure);
    };
    // Without its code nobody could read the answer to a report that has arrived after all.
    hand_over(desk, &pending, &offices, json, failure.is_none())?;
    failure.map_or(Ok(Reason::Done), Err)
}

fn draft(desk: &Desk, args: &EnterArgs) -> Outcome<EntryDraft> {
    let directory = &desk.published()?.directory;
    let Some(path) = &args.from else {
        let said = Said {
            channel: args.channel.clone(),
            topic: args.topic.clone(),
        };
        return interview(directory, &desk.config.language, said);
    };
    let wrong = |what: &str| {
        Failure::usage(
            format!("{} is no entry: {what}.", path.display()),
            "docs/desk.md shows such a file.",
        )
    };
    let bytes = Zeroizing::new(home::read_file("Cannot read", path, MAX_FILE)?);
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong("it is not UTF-8 text"))?;
    let file: EntryFile = toml::from_str(text).map_err(|error| wrong(error.message()))?;
    let answers = answered(directory, &file.topic, file.answers).map_err(|why| wrong(&why))?;
    let not_before = match &file.wishes.not_before {
        Some(day) => Some(
            candor_directory::parse_date(day)
                .map_err(|_| wrong("not_before is no day such as 2026-12-20"))?,
        ),
        None => None,
    };
    Ok(EntryDraft {
        channel: file.channel,
        note: file.note,
        topic: file.topic,
        answers,
        text: Zeroizing::new(file.text),
        language: file
            .language
            .unwrap_or_else(|| desk.config.language.clone()),
        leave_out: file.leave_out,
        wishes: Wishes {
            hold_until_similar: file.wishes.hold_until_similar,
            not_before,
            further: BTreeMap::new(),
        },
        identity: Identity::new(&file.identity.name, &file.identity.contact),
    })
}

/// The answers of a file as they would have been taken at the terminal. A slip of the pen must not
/// change who reads the report.
fn answered(directory: &Directory, topic: &TopicId, given: Answers) -> Result<Answers, String> {
    let topic = directory
        .topic(topic)
        .ok_or_else(|| format!("the directory has no topic “{topic}”"))?;
    let mut answers = Answers::new();
    for (id, given) in given {
        let question = directory
            .question(&id)
            .filter(|_| topic.questions.contains(&id))
            .ok_or_else(|| format!("the topic “{}” has no question “{id}”", topic.id))?;
        let is_person = question.kind == QuestionKind::Person;
        let (typed, is_list) = match given {
            Answer::One(one) => (vec![one], false),
            Answer::Many(many) => (many, true),
        };
        if is_list && !is_person && question.kind != QuestionKind::Many {
            return Err(format!("“{id}” takes one answer, not a list"));
        }
        let taken = answer(directory, question, &typed)
            .map_err(|_| format!("“{id}” has no such answer"))?;
        // A person as a list begins with the role.
        if is_list && is_person && matches!(taken, Some(Answer::One(_))) {
            return Err(format!("“{id}” has no such role"));
        }
        if let Some(taken) = taken {
            answers.insert(id, taken);
        }
    }
    let asked = asked(directory, topic, &answers);
    let unasked = answers
        .keys()
        .find(|id| asked.iter().all(|question| question.id != **id));
    match unasked {
        Some(id) => Err(format!("“{id}” is not asked after the other answers")),
        None => Ok(answers),
    }
}

fn known_channel(directory: &Directory, channel: &CategoryId) -> Outcome {
    let known = channels(directory);
    if known.is_empty() || known.iter().any(|one| one.id == *channel) {
        return Ok(());
    }
    let known: Vec<&str> = known.iter().map(|one| one.id.as_str()).collect();
    Err(Failure::usage(
        "The directory has no such channel for what an office enters.",
        format!("Choose one of these: {}.", known.join(", ")),
    ))
}

/// What will be sent and to whom.
fn review(desk: &Desk, draft: &EntryDraft, route: &Route) -> String {
    let Some(published) = &desk.published else {
        return String::new();
    };
    let language = &desk.config.language;
    let name = |office: &OfficeId| clean::line(&published.office_name(office, language));
    let mut words = String::from("\nWhat will be sent\n");
    words.push_str(&clean::quoted(&draft.text));
    words.push_str("\nWho will be able to read it\n");
    for office in route.offices() {
        words.push_str(&format!("  {}\n", name(office)));
    }
    let left_out: Vec<String> = match &route.notice {
        Notice::AsMeant => Vec::new(),
        Notice::LeftOut(offices) | Notice::Fallback(offices) => offices.iter().map(name).collect(),
    };
    if !left_out.is_empty() {
        words.push_str(&format!("Left out: {}\n", left_out.join(", ")));
    }
    words
}

/// Shows the code, once; also if it is not certain that the report has arrived.
fn hand_over(
    desk: &Desk,
    pending: &Pending,
    offices: &[OfficeId],
    json: bool,
    is_sent: bool,
) -> Outcome {
    let code = pending.code();
    if json {
        let value = json!({
            // Null: nobody knows.
            "sent": is_sent.then_some(true), "offices": offices,
            "words": *code.words(), "digits": *code.groups(),
            "address": desk.config.intake_url,
        });
        prompt::say(&view::to_json(&value)?);
        return Ok(());
    }
    let telephone = desk
        .published
        .as_ref()
        .map(|published| clean::line(&published.directory.hotline.telephone))
        .unwrap_or_default();
    let how = if is_sent {
        "It is sent."
    } else {
        "It is not certain whether it is sent: the report may have arrived, or not. Hand over the \
         code all the same, and say so. If it opens the report, all is well. If it does not, enter \
         the report once more, and say in the note that it may be there twice."
    };
    prompt::say(&format!(
        "\n{how}\n\n\
         Hand this code to the person, on paper. It is shown once and kept nowhere: without it \
         nobody can read the answer.\n\n  {}\n\n  {}\n\n\
         With it they read answers and add more at {} or by telephone, {telephone}. There they can \
         move to a new code that you never saw.",
        *code.words(),
        *code.groups(),
        desk.config.intake_url,
    ));
    if prompt::is_interactive() {
        prompt::ask("Enter when it is written down; the screen is then cleared")?;
        // Also what was scrolled out of sight, where the terminal can.
        prompt::say("\u{1b}[2J\u{1b}[3J\u{1b}[H");
    }
    Ok(())
}
