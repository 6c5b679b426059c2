//! The commands of casework.
//!
//! - [`steps`]: sorting, steps and what follows from them; [`things`]: notes, tasks, interventions.
//! - [`people`]: offices that come and go, and copies for others.
//! - [`looking`]: the timeline and what is due; [`find`]: what short names mean.
//!
//! Each command first fetches what others have done, so that it acts on the case as it stands; then
//! it acts, and sends. Without a network it acts on what is known, and the next sync sends it.

mod find;
mod looking;
mod people;
mod steps;
mod things;

use std::{
    fmt::Write as _,
    io::{self, Read as _},
    sync::Arc,
};

use candor_casework::{Body, Scope, Work};
use candor_wire::{ConversationId, EventId};
use serde_json::json;

use crate::{
    casework,
    cli::casework::{Casework, Sending, Words},
    commands::{print, send_now},
    desk::Desk,
    failure::{Failure, Outcome, Reason},
    home, informal, prompt, sync,
    web::pages::casework::names::Names,
};

pub use looking::list;

/// Carries out a command of casework.
///
/// # Errors
/// [`Failure`], whose reason is the exit code.
pub fn run(desk: &mut Desk, command: &Casework, json: bool) -> Outcome<Reason> {
    informal::refuse(desk, "do casework")?;
    let mut at = At { desk, json };
    match command {
        Casework::Triage(args) => at.triage(args),
        Casework::Move(args) => at.step(args),
        Casework::Hold(args) => at.hold(args),
        Casework::Assign(args) => at.assign(args),
        Casework::Note(args) => at.note(args),
        Casework::Task(task) => at.task(task),
        Casework::Intervene(args) => at.intervene(args),
        Casework::ReportBack(args) => at.report_back(args),
        Casework::Decide(args) => at.decide(args),
        Casework::PassOn(args) => at.pass_on(args),
        Casework::Group(args) => at.group(args),
        Casework::Admit(args) => at.admit(args),
        Casework::Transfer(args) => at.transfer(args),
        Casework::Recuse(args) => at.recuse(args),
        Casework::Refer(args) => at.refer(args),
        Casework::Discard(args) => at.discard(args),
        Casework::Undiscard(args) => at.undiscard(args),
        Casework::LegalHold(args) => at.legal_hold(args),
        Casework::Confirm(args) => at.confirm(args),
        Casework::Timeline(args) => at.timeline(args),
        Casework::Deadlines(args) => at.deadlines(*args),
    }
}

/// An unlocked desk, and how it answers.
struct At<'a> {
    desk: &'a mut Desk,
    json: bool,
}

/// Whether the relay can be reached now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Open,
    /// What is done goes out with the next sync.
    Later,
}

impl At<'_> {
    /// Finds a case, as others have left it.
    fn case(&mut self, label: &str, sending: Sending) -> Outcome<(ConversationId, Line)> {
        let line = if sending.later {
            Line::Later
        } else {
            self.fetch()?
        };
        Ok((self.desk.state.find(label)?.conversation, line))
    }

    fn fetch(&mut self) -> Outcome<Line> {
        match sync::sync(self.desk) {
            Ok(report) => {
                for alarm in &report.alarms {
                    prompt::note(&format!("*** ALARM *** {alarm}"));
                }
                Ok(Line::Open)
            }
            Err(failure) if failure.reason() == Reason::Network => {
                prompt::note(&format!(
                    "{}\nWhat you do is kept, and goes out with the next “sync”.",
                    failure.cause()
                ));
                Ok(Line::Later)
            }
            Err(failure) => Err(failure),
        }
    }

    fn work(&self, case: &ConversationId) -> Arc<Work> {
        casework::work(self.desk, case)
    }

    /// Acts, sends, and says what came of it.
    fn act(
        &mut self,
        (case, line): (ConversationId, Line),
        body: Body,
        scope: Scope,
        done: &str,
    ) -> Outcome<Reason> {
        let event = casework::act(self.desk, &case, body, scope)?;
        self.done((case, line), event, done)
    }

    /// Sends what was done, and says what came of it.
    fn done(
        &mut self,
        (case, line): (ConversationId, Line),
        event: EventId,
        done: &str,
    ) -> Outcome<Reason> {
        let unsent = match line {
            Line::Later => None,
            // It is on the disk: whatever keeps it here, it is done.
            Line::Open => send_now(self.desk).err(),
        };
        let work = self.work(&case);
        let state = Names::of(self.desk).state(&work.state.value);
        let sent = line == Line::Open && unsent.is_none();
        let value = json!({
            "case": self.desk.state.label(&case),
            "id": case,
            "event": event,
            "state": work.state.value,
            "sent": sent,
        });
        let mut words = format!("{done} The case stands at “{state}”.");
        if let Some(failure) = unsent {
            // Writing to a string does not fail.
            let _ = write!(words, "\n! {}\n  {}", failure.cause(), failure.remedy());
        } else if !sent {
            words.push_str("\nKept: the next “sync” sends it to the other offices.");
        }
        if work.state.is_contested() {
            words.push_str(
                "\n! Another office has said otherwise at the same time: see “timeline”.",
            );
        }
        print(self.json, &value, &words)?;
        Ok(if sent || line == Line::Later {
            Reason::Done
        } else {
            Reason::Attention
        })
    }

    /// Asks before what cannot be undone.
    fn sure(&self, yes: bool, what: &str) -> Outcome {
        if yes {
            return Ok(());
        }
        prompt::note(what);
        if prompt::confirm("Go on?")? {
            Ok(())
        } else {
            Err(Failure::refused("You said no.", "Nothing was done."))
        }
    }
}

/// The most bytes of a text in a file or on standard input.
const MAX_LEN: usize = 1 << 20;

/// What was given, stands in a file, is asked for now, or comes in on standard input.
pub(crate) fn words(words: &Words, question: &str) -> Outcome<String> {
    let bytes = if let Some(text) = &words.text {
        return Ok(text.clone());
    } else if let Some(path) = &words.text_file {
        home::read_file("Cannot read", path, MAX_LEN)?
    } else if prompt::is_interactive() {
        prompt::lines(&format!(
            "{question}; end with a line that has only a point"
        ))?
        .into_bytes()
    } else {
        let mut bytes = Vec::new();
        io::stdin()
            .lock()
            .take(MAX_LEN as u64)
            .read_to_end(&mut bytes)
            .map_err(Failure::internal)?;
        bytes
    };
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::usage("The text is not UTF-8.", "Save it as plain text in UTF-8."))?;
    Ok(text.trim_end().to_owned())
}

/// A line that was given, or is asked for now.
fn line(given: Option<&String>, question: &str) -> Outcome<String> {
    given.map_or_else(|| prompt::ask(question), |given| Ok(given.clone()))
}
