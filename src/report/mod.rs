//! `candor report`: from the topic to the claim code.
//!
//! Invariant: nothing of the report is written to disk, and nothing is sent before the one at the
//! keyboard (or `--yes`) says so.

mod answers;
mod args;
pub mod code;
pub mod draft;
pub mod interview;
mod period;
mod question;
mod review;
mod steps;
mod template;
mod wishes;

use std::process::ExitCode;

use candor_directory::Directory;
use candor_reporter::{Client, DeliveryError, PendingReport, Receipt, ReportDraft, SendError};
use candor_sealing::message::Source;
use candor_wire::{Day, ProblemType};
use rand::rngs::OsRng;
use zeroize::Zeroizing;

pub use self::args::ReportArgs;
use self::{
    code::Keeping,
    draft::{Draft, answer_by_id},
    interview::Interview,
};
use crate::client::{
    failure::{Exit, Failure, Fate},
    files::{self, LocalFile},
    language::wanted,
    process::{self, now, print, progress_line, unless_stopped},
    screen::Screen,
    words,
};

/// Runs the command.
pub fn run(args: ReportArgs) -> ExitCode {
    args.connect.settle_language();
    process::run(report(args))
}

async fn report(args: ReportArgs) -> Result<(), Failure> {
    let client = args.connect.connect(now(), &mut OsRng).await?;
    let with_hotline = |failure: Failure| failure.with_hotline(client.directory());
    if let Some(topic) = &args.answers_template {
        return print(&template::template(client.directory(), topic).map_err(with_hotline)?);
    }
    let mut screen = Screen::new();
    let draft = given(&args, &client, &screen).map_err(with_hotline)?;
    if args.yes {
        send_as_told(&args, &client, &draft, &mut screen)
            .await
            .map_err(with_hotline)
    } else {
        interview(&args, &client, draft, &mut screen)
            .await
            .map_err(with_hotline)
    }
}

/// What the arguments say, or the file of answers.
fn given(args: &ReportArgs, client: &Client, screen: &Screen) -> Result<Draft, Failure> {
    let directory = client.directory();
    if let Some(path) = &args.answers_file {
        files::warn_if_open(path, screen, words::ANSWERS_OPEN);
        return answers::from_file(path, directory, Day::of(now()));
    }
    let mut draft = Draft::default();
    if let Some(id) = &args.topic {
        if directory.topic(id).is_none() {
            let ids = words::list(directory.topics.iter().map(|topic| &topic.id));
            return Err(Failure::usage(
                words::NO_SUCH_TOPIC.with(&[("id", id)]),
                words::IT_HAS.with(&[("ids", &ids)]),
            ));
        }
        draft.topic = Some(id.clone());
        take_answers(args, directory, &mut draft)?;
    }
    draft.excluded = args.leave_out.iter().cloned().collect();
    if let Some(unknown) = draft
        .excluded
        .iter()
        .find(|role| directory.role(role).is_none())
    {
        let ids = words::list(directory.roles.iter().map(|role| &role.id));
        return Err(Failure::usage(
            words::NO_SUCH_ROLE.with(&[("id", unknown)]),
            words::IT_HAS.with(&[("ids", &ids)]),
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
    draft.wishes.hold_until_similar = args.hold;
    draft.wishes.not_before = args.not_before;
    Ok(draft)
}

/// Takes what `--answer` says into a draft that has its topic.
fn take_answers(
    args: &ReportArgs,
    directory: &Directory,
    draft: &mut Draft,
) -> Result<(), Failure> {
    let Some(topic) = draft.topic(directory) else {
        return Ok(());
    };
    for (id, value) in &args.given_answers {
        let question = topic
            .questions
            .contains(id)
            .then(|| directory.question(id))
            .flatten()
            .ok_or_else(|| {
                Failure::usage(
                    words::NO_SUCH_QUESTION.with(&[("topic", &topic.id), ("id", id)]),
                    words::IT_HAS.with(&[("ids", &words::list(&topic.questions))]),
                )
            })?;
        let answer = answer_by_id(directory, question, value)
            .map_err(|what| Failure::usage(format!("--answer {id}: {what}"), ""))?;
        draft.answers.insert(id.clone(), answer);
    }
    Ok(())
}

/// Without a question.
async fn send_as_told(
    args: &ReportArgs,
    client: &Client,
    draft: &Draft,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let directory = client.directory();
    if draft.topic.is_none() {
        return Err(Failure::usage(&*words::YES_NEEDS_TOPIC, ""));
    }
    if let Some(question) = draft.unanswered(directory) {
        return Err(Failure::usage(
            words::NEEDS_ANSWER_ID.with(&[("id", &question.id)]),
            words::GIVE_ANSWER.with(&[("id", &question.id)]),
        ));
    }
    if draft.is_empty(directory) {
        return Err(Failure::usage(&*words::EMPTY_REPORT, ""));
    }
    let mut pending = prepare(client, draft)?;
    let mut keeping = Keeping::begin(args.save_code.as_deref(), pending.code())?;
    match send(client, &mut pending, screen).await {
        Ok(receipt) => {
            keeping
                .finish(args, client, draft, &pending, &receipt, screen)
                .await
        }
        Err(unsent) => {
            let failure = keeping.note(unsent.failure);
            Err(keeping.end(failure, args.json, screen))
        }
    }
}

/// With questions for all that was not given.
async fn interview(
    args: &ReportArgs,
    client: &Client,
    mut draft: Draft,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let mut talk = Interview {
        screen,
        client,
        agreed: None,
    };
    talk.begin(args.connect.is_in_the_open());
    if let (None, Some(topic)) = (&args.answers_file, draft.topic(client.directory())) {
        talk.about(topic);
    }
    talk.lead(args, &mut draft).await?;
    let mut keeping = None;
    let sent = send_after_talk(args, client, &mut draft, &mut keeping, screen).await;
    match (sent, keeping) {
        (Ok(sent), Some(keeping)) => {
            let client = sent.renewed.as_ref().unwrap_or(client);
            keeping
                .finish(args, client, &draft, &sent.pending, &sent.receipt, screen)
                .await
        }
        (Err(failure), Some(keeping)) => Err(keeping.end(failure, args.json, screen)),
        (Err(failure), None) => Err(failure),
        // Nothing is sent whose code is not kept.
        (Ok(_), None) => Ok(()),
    }
}

/// A report that was sent.
struct Sent {
    pending: PendingReport,
    receipt: Receipt,
    /// The directory may have been fetched anew meanwhile.
    renewed: Option<Client>,
}

/// Tries until it is sent, or nothing more is to be tried.
async fn send_after_talk(
    args: &ReportArgs,
    client: &Client,
    draft: &mut Draft,
    kept: &mut Option<Keeping>,
    screen: &mut Screen,
) -> Result<Sent, Failure> {
    let mut renewed: Option<Client> = None;
    'prepare: loop {
        let client = renewed.as_ref().unwrap_or(client);
        screen.passing(&words::SEALING);
        process::breathe().await;
        let mut pending = prepare(client, draft)?;
        let keeping = match kept {
            Some(keeping) => {
                keeping.renew(pending.code())?;
                keeping
            }
            None => kept.insert(Keeping::begin(args.save_code.as_deref(), pending.code())?),
        };
        loop {
            let unsent = match send(client, &mut pending, screen).await {
                Ok(receipt) => {
                    return Ok(Sent {
                        pending,
                        receipt,
                        renewed,
                    });
                }
                Err(unsent) => unsent,
            };
            let failure = keeping.note(unsent.failure);
            if unsent.directory_changed {
                let fresh = args.connect.connect(now(), &mut OsRng).await?;
                screen.say(&words::READERS_CHANGED);
                let mut talk = Interview {
                    screen,
                    client: &fresh,
                    agreed: None,
                };
                talk.go_on(args, draft).await?;
                renewed = Some(fresh);
                continue 'prepare;
            }
            if failure.exit() == Exit::Stopped {
                return Err(failure);
            }
            screen.line(&format!("\n{failure}"));
            if failure.fate() == Fate::Uncertain {
                screen.line(&words::SENDING_AGAIN_SAFE);
            }
            let again = match screen.ask(&words::SEND_AGAIN).await {
                Ok(line) => !words::is_key(&line, words::KEY_STOP) && !is_no(&line),
                Err(_) => false,
            };
            if !again {
                return Err(failure);
            }
        }
    }
}

fn is_no(line: &str) -> bool {
    words::is_key(line, words::KEY_NO) || line.trim().eq_ignore_ascii_case("n")
}

/// Why it was not sent.
struct Unsent {
    failure: Failure,
    /// An office that it was sealed to is not on the list any more.
    directory_changed: bool,
}

fn prepare(client: &Client, draft: &Draft) -> Result<PendingReport, Failure> {
    let Some(topic) = draft.topic.clone() else {
        return Err(Failure::usage(&*words::YES_NEEDS_TOPIC, ""));
    };
    let files = draft.files.iter().map(LocalFile::open);
    let report = ReportDraft {
        topic,
        answers: draft.answers.clone(),
        text: Zeroizing::new(draft.text.to_string()),
        excluded: draft.excluded.clone(),
        files: files.collect::<Result<_, _>>()?,
        language: draft
            .language
            .clone()
            .unwrap_or_else(|| wanted(client.directory())),
        source: Source::CommandLine,
        wishes: Some(draft.wishes.clone()),
        identity: Some(draft.identity.clone()),
        origin: None,
    };
    Ok(PendingReport::prepare(client, report, now(), &mut OsRng)?)
}

async fn send(
    client: &Client,
    pending: &mut PendingReport,
    screen: &mut Screen,
) -> Result<Receipt, Unsent> {
    let line = screen.progress();
    let mut rng = OsRng;
    let sending = pending.send(client, now(), &mut rng, |progress| {
        line.passing(&progress_line(progress));
    });
    let outcome = unless_stopped(screen, &words::STOP_SENDING, sending).await;
    screen.passing("");
    match outcome {
        Ok(Ok(receipt)) => Ok(receipt),
        Ok(Err(error)) => {
            let directory_changed =
                error == SendError::Delivery(DeliveryError::Refused(ProblemType::UnknownOffice));
            // Only while files go, nothing of the report itself can have arrived: it goes to one
            // office after the other, and a refusal by the last says nothing of the first.
            let fate = match error {
                SendError::Upload(_) => Fate::NothingSent,
                _ => Fate::Uncertain,
            };
            Err(Unsent {
                failure: Failure::from(error).with_fate(fate),
                directory_changed,
            })
        }
        Err(_) => Err(Unsent {
            directory_changed: false,
            failure: Failure::stopped().with_fate(Fate::Uncertain),
        }),
    }
}
