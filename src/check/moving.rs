//! A new claim code for a conversation.
//!
//! Invariants: nothing is sent before the reporter has typed the new code back, or it lies in the
//! file that they named; once something may have been sent, that file is never removed.

use candor_reporter::Conversation;
use rand::rngs::OsRng;

use super::Visit;
use crate::{
    client::{
        failure::{Exit, Failure, Fate},
        process::{self, now, progress_line},
        screen::clean_line,
        words,
    },
    report::code::{Keeping, is_code, show},
};

impl Visit<'_> {
    /// Makes a new code, has it confirmed, and moves the conversation to it.
    pub(super) async fn new_code(
        &mut self,
        conversation: &mut Conversation,
    ) -> Result<(), Failure> {
        self.screen.say(&words::NEW_CODE_WHY);
        if let (Some(path), false) = (&self.args.save_code, self.args.yes) {
            let path = clean_line(&path.display().to_string());
            let question = words::NEW_CODE_ASK.with(&[("path", &path)]);
            if !self.screen.yes(&question).await? {
                self.screen.line(&words::NEW_CODE_LEFT);
                return Ok(());
            }
        }
        self.screen.passing(&words::NEW_CODE_MAKING);
        process::breathe().await;
        let prepared = conversation.prepare_move(self.client, now(), &mut OsRng);
        self.screen.passing("");
        let mut pending =
            prepared.map_err(|error| Failure::from(error).with_fate(Fate::NothingSent))?;
        let keeping = Keeping::begin(self.args.save_code.as_deref(), pending.code())?;
        if self.args.save_code.is_none() {
            show(pending.code(), self.screen, &words::NEW_CODE)?;
            loop {
                let line = self
                    .screen
                    .ask_unless_stopped(&words::NEW_CODE_TYPE_BACK)
                    .await?;
                if matches!(line.trim(), "" | "<") {
                    self.screen.line(&words::NEW_CODE_LEFT);
                    return Ok(());
                }
                if is_code(pending.code(), &line, self.screen) {
                    break;
                }
            }
        }
        loop {
            let line = self.screen.progress();
            let mut rng = OsRng;
            // Not to be stopped half-way: it is short, and either code leads on whatever happens.
            let moved = conversation
                .move_to(&mut pending, self.client, now(), &mut rng, |progress| {
                    line.passing(&progress_line(progress));
                })
                .await;
            self.screen.passing("");
            let failure = match moved {
                Ok(_) => {
                    keeping.say_where(self.screen);
                    self.screen.say(&words::NEW_CODE_DONE);
                    return Ok(());
                }
                Err(error) => Failure::from(error),
            };
            let may_work = failure.fate() == Fate::Uncertain || failure.exit() == Exit::Unreachable;
            // Whatever failed, an earlier step may have been taken: the old code may lead nowhere
            // already, and what stands below says more of that than a fate does.
            let failure = failure.with_fate(Fate::Unsaid);
            let again = may_work && !self.args.yes;
            if again {
                self.screen.line(&format!("\n{failure}"));
            }
            self.screen.say(&words::NEW_CODE_UNCERTAIN);
            keeping.say_where(self.screen);
            if !again {
                return Err(failure);
            }
            match self.screen.ask(&words::SEND_AGAIN).await {
                Ok(line) if !words::is_key(&line, words::KEY_STOP) => {}
                _ => return Err(failure),
            }
        }
    }
}
