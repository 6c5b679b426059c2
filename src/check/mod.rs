//! `candor check`: back with the claim code; reading, answering, adding, withdrawing, leaving out.

mod answers;
mod args;
mod menu;
mod moving;
mod offices;
mod show;

use std::{path::Path, process::ExitCode};

use candor_reporter::{Client, Conversation, FollowUpDraft, save_attachment};
use candor_sealing::{ClaimCode, ReporterSecrets};
use rand::rngs::OsRng;
use zeroize::Zeroizing;

pub use self::args::CheckArgs;
use crate::client::{
    code_fault,
    failure::{Failure, Fate},
    files::{self, LocalFile, NewFile, PrivateFile},
    process::{self, now, print, progress_line, unless_stopped},
    screen::{Screen, clean_line},
    tell, words,
};

/// The longest text that can be a claim code.
const MAX_CODE_LEN: u64 = 1024;
/// The width of a copy in a file.
const COPY_WIDTH: usize = 80;

/// Runs the command.
pub fn run(args: CheckArgs) -> ExitCode {
    args.connect.settle_language();
    process::run(check(args))
}

async fn check(args: CheckArgs) -> Result<(), Failure> {
    if args.new_code && args.yes && args.save_code.is_none() {
        return Err(Failure::usage(&*words::NEW_CODE_NEEDS_FILE, ""));
    }
    let client = args.connect.connect(now(), &mut OsRng).await?;
    let mut screen = Screen::new();
    let mut visit = Visit {
        args: &args,
        client: &client,
        screen: &mut screen,
        answered: 0,
    };
    visit
        .run()
        .await
        .map_err(|failure| failure.with_hotline(client.directory()))
}

struct Visit<'a> {
    args: &'a CheckArgs,
    client: &'a Client,
    screen: &'a mut Screen,
    /// How many of the offices' questions were answered or passed over in this visit.
    answered: usize,
}

impl Visit<'_> {
    async fn run(&mut self) -> Result<(), Failure> {
        let directory = self.client.directory();
        if !self.args.json {
            if directory.demonstration {
                self.screen.say(&words::DEMONSTRATION);
            }
            let languages = tell::about_languages(directory);
            if !languages.is_empty() {
                self.screen.say(&languages);
            }
        }
        let code = self.code().await?;
        self.screen.passing(&words::LOOKING);
        process::breathe().await;
        let secrets = ReporterSecrets::derive(&code, &directory.instance);
        let opened = Conversation::open(self.client, secrets, now(), &mut OsRng).await;
        self.screen.passing("");
        let mut conversation = opened?;
        if !self.args.json {
            self.show(&conversation)?;
        }
        if let Some(folder) = &self.args.save_attachments {
            self.save(&conversation, folder).await?;
        }
        if let Some(path) = &self.args.copy {
            self.copy(&conversation, path)?;
        }
        if self.args.sends() || self.args.new_code || self.args.accept_offices {
            self.accept_offices(&mut conversation).await?;
        } else if self.args.only_looks() && conversation.has_other_offices() {
            self.other_offices(&mut conversation).await?;
        }
        if self.args.sends() {
            let mut draft = self.draft_of_arguments(&conversation).await?;
            // Whoever was left out a moment ago is left out.
            let excluded = &conversation.record().excluded_roles;
            draft.leave_out.retain(|role| !excluded.contains(role));
            if self.args.only_leaves_out() && draft.leave_out.is_empty() {
                self.screen.say(&words::FOLLOW_UP_SENT);
            } else {
                self.follow_up(&mut conversation, draft).await?;
            }
        }
        if self.args.new_code {
            self.new_code(&mut conversation).await?;
        }
        if self.args.only_looks() {
            self.menu(&mut conversation).await?;
        }
        if self.args.json {
            let json = show::as_json(&conversation, directory);
            print(&format!("{json:#}\n"))?;
        }
        if conversation.has_news() {
            // Only for the next visit; nothing depends on it.
            let _ = conversation.note_seen(self.client, now(), &mut OsRng).await;
        }
        Ok(())
    }

    fn show(&self, conversation: &Conversation) -> Result<(), Failure> {
        let text = show::as_text(conversation, self.client.directory(), self.screen.width());
        print(&text)?;
        if conversation.is_code_known_to_others() {
            self.screen.line("");
            self.screen.line(&words::BY_PHONE);
        }
        Ok(())
    }

    /// Asks until it is a code, or reads it once.
    async fn code(&mut self) -> Result<ClaimCode, Failure> {
        use std::io::IsTerminal as _;
        if let Some(path) = &self.args.code_file {
            files::warn_if_open(path, self.screen, words::CODE_FILE_OPEN);
            let text = files::read_text(path, MAX_CODE_LEN)?;
            // A file that was written by --save-code has both forms, one to a line.
            let first = text.lines().find(|line| !line.trim().is_empty());
            return Ok(first
                .unwrap_or_default()
                .parse()
                .or_else(|_| text.parse())?);
        }
        loop {
            let line = if self.args.hide && std::io::stdin().is_terminal() {
                rpassword::prompt_password(format!("{} ", &*words::CODE_ASK))
                    .map(Zeroizing::new)
                    .map_err(|error| Failure::machine(&*words::INTERNAL, error.to_string()))?
            } else {
                self.screen.ask(&words::CODE_ASK).await?
            };
            match line.parse::<ClaimCode>() {
                Ok(code) => {
                    self.screen.line("");
                    return Ok(code);
                }
                Err(error) if std::io::stdin().is_terminal() => {
                    self.screen.line(&code_fault(&error));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn draft_of_arguments(
        &mut self,
        conversation: &Conversation,
    ) -> Result<FollowUpDraft, Failure> {
        let args = self.args;
        if args.withdraw && !args.yes && !self.screen.yes(&words::WITHDRAW_ASK).await? {
            return Err(Failure::stopped().with_fate(Fate::NothingSent));
        }
        if !args.leave_out.is_empty() {
            // Before any file is read: nobody would remain, or there is no such role.
            conversation.on_case(self.client, &args.leave_out)?;
        }
        let most = u64::from(self.client.directory().limits.text_bytes);
        let mut draft = match &args.answers {
            Some(path) => {
                files::warn_if_open(path, self.screen, words::ANSWERS_OPEN);
                answers::from_file(path, conversation)?
            }
            None => FollowUpDraft::default(),
        };
        if let Some(path) = &args.add_text {
            draft.text = files::read_text(path, most)?;
        }
        let files = args.attach.iter().map(|path| LocalFile::look(path)?.open());
        draft.files = files.collect::<Result<_, _>>()?;
        draft.withdraw = args.withdraw;
        draft.leave_out.clone_from(&args.leave_out);
        draft.resolved = args.resolved.map(Into::into).or(draft.resolved);
        Ok(draft)
    }

    async fn follow_up(
        &mut self,
        conversation: &mut Conversation,
        draft: FollowUpDraft,
    ) -> Result<(), Failure> {
        let mut pending = conversation.prepare(self.client, draft, now())?;
        let mut uncertain = false;
        loop {
            let line = self.screen.progress();
            let mut rng = OsRng;
            let sending =
                conversation.send(&mut pending, self.client, now(), &mut rng, |progress| {
                    line.passing(&progress_line(progress));
                });
            let outcome = unless_stopped(self.screen, &words::STOP_SENDING, sending).await;
            self.screen.passing("");
            let mut failure = match outcome {
                Ok(Ok(_)) => {
                    self.screen.say(&words::FOLLOW_UP_SENT);
                    return Ok(());
                }
                Ok(Err(error)) => Failure::from(error),
                Err(_) => return Err(Failure::stopped().with_fate(Fate::Uncertain)),
            };
            // What was uncertain once stays so, however a later try fails.
            uncertain |= failure.fate() == Fate::Uncertain;
            if uncertain {
                failure = failure.with_fate(Fate::Uncertain);
            }
            if !self.args.only_looks() {
                return Err(failure);
            }
            self.screen.line(&format!("\n{failure}"));
            if uncertain {
                self.screen.line(&words::SENDING_AGAIN_SAFE);
            }
            match self.screen.ask(&words::SEND_AGAIN).await {
                Ok(line) if !words::is_key(&line, words::KEY_STOP) => {}
                _ => return Err(failure),
            }
        }
    }

    /// Keeps a copy of the conversation.
    fn copy(&self, conversation: &Conversation, path: &Path) -> Result<(), Failure> {
        let mut file = PrivateFile::create(path)?;
        let directory = self.client.directory();
        let mut text = Zeroizing::new(show::as_text(conversation, directory, COPY_WIDTH));
        text.push('\n');
        text.push_str(&words::COPY_OWN_WORDS);
        text.push('\n');
        if let Err(failure) = file.write(&text) {
            file.discard();
            return Err(failure);
        }
        let path = clean_line(&path.display().to_string());
        self.screen.line(&words::SAVED.with(&[("path", &path)]));
        self.screen.line(&words::COPY_WARNING);
        Ok(())
    }

    /// Saves every file of the offices. One that fails does not keep the others from being saved.
    async fn save(&mut self, conversation: &Conversation, folder: &Path) -> Result<(), Failure> {
        let found = show::attachments(conversation);
        if found.is_empty() {
            self.screen.line(&words::NO_FILES);
            return Ok(());
        }
        let mut failed = None;
        for (_, attachment) in found {
            let mut file = NewFile::create(folder, attachment.name())?;
            let mut rng = OsRng;
            let saved = save_attachment(
                self.client,
                conversation,
                attachment,
                now(),
                &mut rng,
                &mut file,
            );
            match saved.await {
                Ok(()) => {
                    let path = clean_line(&file.keep()?.display().to_string());
                    self.screen.line(&words::SAVED.with(&[("path", &path)]));
                }
                Err(error) => {
                    file.discard();
                    let failure = Failure::from(error);
                    let name = clean_line(attachment.name());
                    self.screen.line(&format!("{name}: {}", failure.what()));
                    failed = Some(failure);
                }
            }
        }
        self.screen.line(&words::SAVE_NOTE);
        failed.map_or(Ok(()), Err)
    }
}
