//! `candor report`: from the topic to the claim code.
//!
//! Invariant: nothing of the report is written to disk, and nothing is sent before the one at the
//! keyboard (or `--yes`) says so.

mod args;
pub mod draft;
pub mod interview;

use std::process::ExitCode;

use candor_directory::{Directory, Topic};
use candor_reporter::{Client, PendingReport, Receipt, ReportDraft};
use candor_sealing::{ClaimCode, ClaimCodeError, message::Source};
use rand::rngs::OsRng;
use serde_json::json;
use zeroize::Zeroizing;

pub use self::args::ReportArgs;
use self::{
    draft::{Draft, answer_by_id, asked, offices},
    interview::{Interview, Review},
};
use crate::client::{
    failure::{Exit, Failure, Fate},
    files::{self, LocalFile},
    process::{self, now, print, progress_line, unless_stopped},
    screen::Screen,
    words::{self, tell_line},
};

/// Runs the command.
pub fn run(args: ReportArgs) -> ExitCode {
    process::run(report(args))
}

async fn report(args: ReportArgs) -> Result<(), Failure> {
    let client = args.connect.connect(now(), &mut OsRng).await?;
    let directory = client.directory();
    let with_hotline = |failure: Failure| failure.with_hotline(directory);
    let mut screen = Screen::new();
    let outcome = if args.yes {
        send_as_told(&args, &client, &mut screen).await
    } else {
        interview(&args, &client, &mut screen).await
    };
    outcome.map_err(with_hotline)
}

/// Without a question.
async fn send_as_told(
    args: &ReportArgs,
    client: &Client,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let directory = client.directory();
    let topic =
        given_topic(args, directory)?.ok_or_else(|| Failure::usage("--yes needs --topic", ""))?;
    let mut draft = Draft::default();
    take_given(args, directory, topic, &mut draft)?;
    let missing = asked(directory, topic, &draft.answers)
        .into_iter()
        .find(|question| question.required && !draft.answers.contains_key(&question.id));
    if let Some(question) = missing {
        return Err(Failure::usage(
            format!("the question “{}” needs an answer", question.id),
            "Give it with --answer question=value.",
        ));
    }
    if draft.is_empty(directory, topic) {
        return Err(Failure::usage(words::EMPTY_REPORT, ""));
    }
    let mut pending = prepare(client, topic, &draft)?;
    let receipt = send(client, &mut pending, screen).await?;
    finish(args, client, &pending, &receipt, screen).await
}

/// With questions for all that was not given.
async fn interview(args: &ReportArgs, client: &Client, screen: &mut Screen) -> Result<(), Failure> {
    let directory = client.directory();
    let mut draft = Draft::default();
    let given = given_topic(args, directory)?;
    if let Some(topic) = given {
        take_given(args, directory, topic, &mut draft)?;
    }
    let mut talk = Interview { screen, client };
    talk.begin();
    let mut topic = match given {
        Some(topic) => topic,
        None => {
            let topic = talk.topic().await?;
            take_given(args, directory, topic, &mut draft)?;
            topic
        }
    };
    if args.answers.is_empty() {
        talk.answers(topic, &mut draft).await?;
    }
    talk.readers(topic, &mut draft).await?;
    if args.text_file.is_none() {
        talk.text(&mut draft).await?;
    }
    if args.attach.is_empty() {
        talk.files(&mut draft).await?;
    }
    loop {
        match talk.review(topic, &draft).await? {
            Review::Send => break,
            Review::Stop => {
                return Err(Failure::new(Exit::Stopped, words::STOPPED, "", "")
                    .with_fate(Fate::NothingSent));
            }
            Review::Topic => {
                topic = talk.topic().await?;
                talk.answers(topic, &mut draft).await?;
                talk.readers(topic, &mut draft).await?;
            }
            Review::Answers => {
                talk.answers(topic, &mut draft).await?;
                // Answers decide who reads.
                talk.readers(topic, &mut draft).await?;
            }
            Review::Readers => talk.readers(topic, &mut draft).await?,
            Review::Text => talk.text(&mut draft).await?,
            Review::Files => talk.files(&mut draft).await?,
        }
    }
    screen.passing(words::SEALING);
    process::breathe().await;
    let mut pending = prepare(client, topic, &draft)?;
    let receipt = loop {
        match send(client, &mut pending, screen).await {
            Ok(receipt) => break receipt,
            Err(failure) if failure.exit() == Exit::Stopped => return Err(failure),
            Err(failure) => {
                screen.line(&format!("\n{failure}"));
                match screen.ask(words::SEND_AGAIN).await {
                    Ok(line) if !line.trim().to_lowercase().starts_with('n') => {}
                    _ => return Err(failure),
                }
            }
        }
    };
    finish(args, client, &pending, &receipt, screen).await
}

fn given_topic<'a>(
    args: &ReportArgs,
    directory: &'a Directory,
) -> Result<Option<&'a Topic>, Failure> {
    let Some(id) = &args.topic else {
        return Ok(None);
    };
    let ids: Vec<&str> = directory.topics.iter().map(|t| t.id.as_str()).collect();
    match directory.topic(id) {
        Some(topic) => Ok(Some(topic)),
        None => Err(Failure::usage(
            format!("this hotline has no topic “{id}”"),
            format!("It has: {}.", ids.join(", ")),
        )),
    }
}

/// Takes what the arguments say into the draft.
fn take_given(
    args: &ReportArgs,
    directory: &Directory,
    topic: &Topic,
    draft: &mut Draft,
) -> Result<(), Failure> {
    for (id, value) in &args.answers {
        let question = topic
            .questions
            .contains(id)
            .then(|| directory.question(id))
            .flatten()
            .ok_or_else(|| {
                let ids: Vec<&str> = topic.questions.iter().map(|q| q.as_str()).collect();
                Failure::usage(
                    format!("the topic “{}” has no question “{id}”", topic.id),
                    format!("It has: {}.", ids.join(", ")),
                )
            })?;
        let answer = answer_by_id(directory, question, value)
            .map_err(|error| Failure::usage(error.0, ""))?;
        draft.answers.insert(id.clone(), answer);
    }
    draft.excluded = args.leave_out.iter().cloned().collect();
    if let Some(unknown) = draft
        .excluded
        .iter()
        .find(|role| directory.role(role).is_none())
    {
        let ids: Vec<&str> = directory
            .roles
            .iter()
            .map(|role| role.id.as_str())
            .collect();
        return Err(Failure::usage(
            format!("this hotline has no role “{unknown}”, so nobody could be left out by it"),
            format!("It has: {}.", ids.join(", ")),
        ));
    }
    if let Some(path) = &args.text_file {
        draft.text = files::read_text(path, u64::from(directory.limits.text_bytes))?;
    }
    draft.files = args
        .attach
        .iter()
        .map(|path| LocalFile::look(path))
        .collect::<Result<_, _>>()?;
    Ok(())
}

fn prepare(client: &Client, topic: &Topic, draft: &Draft) -> Result<PendingReport, Failure> {
    let files = draft.files.iter().map(LocalFile::open);
    let draft = ReportDraft {
        topic: topic.id.clone(),
        answers: draft.answers.clone(),
        text: Zeroizing::new(draft.text.to_string()),
        excluded: draft.excluded.clone(),
        files: files.collect::<Result<_, _>>()?,
        language: words::language(),
        source: Source::CommandLine,
        wishes: None,
        identity: None,
        origin: None,
    };
    Ok(PendingReport::prepare(client, draft, now(), &mut OsRng)?)
}

async fn send(
    client: &Client,
    pending: &mut PendingReport,
    screen: &mut Screen,
) -> Result<Receipt, Failure> {
    let line = screen.progress();
    let mut rng = OsRng;
    let sending = pending.send(client, now(), &mut rng, |progress| {
        line.passing(&progress_line(progress));
    });
    let outcome = unless_stopped(screen, words::STOP_SENDING, sending).await;
    screen.passing("");
    match outcome {
        Ok(sent) => Ok(sent?),
        Err(_) => {
            Err(Failure::new(Exit::Stopped, words::STOPPED, "", "").with_fate(Fate::Uncertain))
        }
    }
}

/// The code, and what happens next.
async fn finish(
    args: &ReportArgs,
    client: &Client,
    pending: &PendingReport,
    receipt: &Receipt,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let directory = client.directory();
    let recipients = offices(directory, &receipt.offices);
    let code = pending.code();
    if args.json {
        let recipients: Vec<_> = recipients
            .iter()
            .map(|o| json!({"office": o.id, "name": tell_line(&o.names, directory)}))
            .collect();
        let result = json!({
            "stored": true,
            "code": {"words": *code.words(), "digits": *code.groups()},
            "recipients": recipients,
        });
        return print(&Zeroizing::new(format!("{result:#}\n")));
    }
    screen.say(words::SENT);
    screen.say(words::CODE);
    print(&Zeroizing::new(format!("    {}\n", *code.words())))?;
    screen.line(&format!("\n{}", words::CODE_DIGITS));
    print(&Zeroizing::new(format!("    {}\n", *code.groups())))?;
    screen.line("");
    if !args.yes && !args.confirm_saved {
        confirm(code, screen).await;
    }
    screen.say(&words::next(directory, &recipients));
    Ok(())
}

/// Has the code typed back. Whatever is answered, the report is stored: nothing fails here.
async fn confirm(code: &ClaimCode, screen: &mut Screen) {
    // The end of input or Ctrl-C ends the asking, not more.
    while let Ok(line) = screen.ask(words::TYPE_BACK).await {
        if line.trim().eq_ignore_ascii_case("saved") {
            break;
        }
        match line.parse::<ClaimCode>() {
            Ok(typed) if typed.expose() == code.expose() => {
                screen.line(words::TYPED_RIGHT);
                break;
            }
            Ok(_) => screen.line(words::TYPED_OTHER),
            Err(error) => explain(&error, screen),
        }
    }
    screen.line("");
}

/// Says what is wrong with a code, word by word.
pub fn explain(error: &ClaimCodeError, screen: &Screen) {
    match error {
        ClaimCodeError::UnknownWords(unknown) => {
            for word in unknown {
                screen.line(&words::unknown_word(word));
            }
        }
        other => screen.line(&crate::client::failure::sentence(&other.to_string())),
    }
}
