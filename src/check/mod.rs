//! `candor check`: back with the claim code; reading, adding, withdrawing, leaving out.

mod args;
mod show;

use std::{path::Path, process::ExitCode};

use candor_reporter::{Client, Conversation, FollowUpDraft, save_attachment};
use candor_sealing::{ClaimCode, ReporterSecrets};
use candor_wire::RoleId;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

pub use self::args::CheckArgs;
use crate::{
    client::{
        failure::{Exit, Failure, Fate, sentence},
        files::{self, LocalFile, NewFile},
        process::{self, now, print, progress_line, unless_stopped},
        screen::Screen,
        words,
    },
    report::{
        draft::{role_names, roles_of},
        explain,
        interview::choices,
    },
};

/// The longest text that can be a claim code.
const MAX_CODE_LEN: u64 = 1024;

/// Runs the command.
pub fn run(args: CheckArgs) -> ExitCode {
    process::run(check(args))
}

async fn check(args: CheckArgs) -> Result<(), Failure> {
    let client = args.connect.connect(now(), &mut OsRng).await?;
    let mut screen = Screen::new();
    let mut visit = Visit {
        args: &args,
        client: &client,
        screen: &mut screen,
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
}

impl Visit<'_> {
    async fn run(&mut self) -> Result<(), Failure> {
        let directory = self.client.directory();
        if directory.demonstration && !self.args.json {
            self.screen.say(words::DEMONSTRATION);
        }
        let code = self.code().await?;
        self.screen.passing(words::LOOKING);
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
        if self.args.sends() {
            let draft = self.draft_of_arguments(&conversation).await?;
            self.follow_up(&mut conversation, draft).await?;
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
        print(&show::as_text(
            conversation,
            self.client.directory(),
            self.screen,
        ))
    }

    /// Asks until it is a code, or reads it once.
    async fn code(&mut self) -> Result<ClaimCode, Failure> {
        use std::io::IsTerminal as _;
        if let Some(path) = &self.args.code_file {
            let text = files::read_text(path, MAX_CODE_LEN)?;
            return text.parse().map_err(|error| {
                explain(&error, self.screen);
                Failure::usage(words::NOT_A_CODE, words::COMPARE_CODE)
            });
        }
        loop {
            let line = if self.args.hide && std::io::stdin().is_terminal() {
                rpassword::prompt_password(format!("{} ", words::CODE_ASK))
                    .map(Zeroizing::new)
                    .map_err(|error| Failure::machine(error.to_string(), ""))?
            } else {
                self.screen.ask(words::CODE_ASK).await?
            };
            match line.parse::<ClaimCode>() {
                Ok(code) => {
                    self.screen.line("");
                    return Ok(code);
                }
                Err(error) => {
                    explain(&error, self.screen);
                    if !std::io::stdin().is_terminal() {
                        return Err(Failure::usage(words::NOT_A_CODE, words::COMPARE_CODE));
                    }
                }
            }
        }
    }

    async fn draft_of_arguments(
        &mut self,
        conversation: &Conversation,
    ) -> Result<FollowUpDraft, Failure> {
        let args = self.args;
        let stopped =
            || Failure::new(Exit::Stopped, words::STOPPED, "", "").with_fate(Fate::NothingSent);
        if args.withdraw && !args.yes && !self.screen.yes(words::WITHDRAW_ASK).await? {
            return Err(stopped());
        }
        if !args.leave_out.is_empty() {
            // Before any file is read: nobody would remain, or there is no such role.
            conversation.remaining(self.client, &args.leave_out)?;
        }
        let most = u64::from(self.client.directory().limits.text_bytes);
        let text = match &args.add_text {
            Some(path) => files::read_text(path, most)?,
            None => Zeroizing::default(),
        };
        let files = args.attach.iter().map(|path| LocalFile::look(path)?.open());
        Ok(FollowUpDraft {
            text,
            files: files.collect::<Result<_, _>>()?,
            withdraw: args.withdraw,
            leave_out: args.leave_out.clone(),
            ..FollowUpDraft::default()
        })
    }

    async fn follow_up(
        &mut self,
        conversation: &mut Conversation,
        draft: FollowUpDraft,
    ) -> Result<(), Failure> {
        let mut pending = conversation.prepare(self.client, draft, now())?;
        loop {
            let line = self.screen.progress();
            let mut rng = OsRng;
            let sending =
                conversation.send(&mut pending, self.client, now(), &mut rng, |progress| {
                    line.passing(&progress_line(progress));
                });
            let outcome = unless_stopped(self.screen, words::STOP_SENDING, sending).await;
            self.screen.passing("");
            let failure = match outcome {
                Ok(Ok(_)) => {
                    self.screen.say(words::FOLLOW_UP_SENT);
                    return Ok(());
                }
                Ok(Err(error)) => Failure::from(error),
                Err(_) => {
                    return Err(Failure::new(Exit::Stopped, words::STOPPED, "", "")
                        .with_fate(Fate::Uncertain));
                }
            };
            if !self.args.only_looks() {
                return Err(failure);
            }
            self.screen.line(&format!("\n{failure}"));
            match self.screen.ask(words::SEND_AGAIN).await {
                Ok(line) if !line.trim().to_lowercase().starts_with('n') => {}
                _ => return Err(failure),
            }
        }
    }

    /// What may be done after reading. The end of input ends it well.
    async fn menu(&mut self, conversation: &mut Conversation) -> Result<(), Failure> {
        loop {
            self.screen.line("");
            self.screen.line(words::MENU);
            let Ok(line) = self.screen.ask(words::MENU_ASK).await else {
                return Ok(());
            };
            let done = match line.trim() {
                "" => return Ok(()),
                "1" => self.write_more(conversation).await,
                "2" => self.add_file(conversation).await,
                "3" => self.leave_out(conversation).await,
                "4" => self.withdraw(conversation).await,
                "5" => self.save_somewhere(conversation).await,
                "6" => self.look_again(conversation).await,
                _ => {
                    self.screen.line(words::NOT_A_CHOICE);
                    Ok(())
                }
            };
            match done {
                Ok(()) => {}
                // What cannot be done is said; the conversation stays open.
                Err(failure) if failure.exit() != Exit::Stopped => {
                    self.screen.line(&format!("\n{failure}"));
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    async fn write_more(&mut self, conversation: &mut Conversation) -> Result<(), Failure> {
        self.screen.line(words::TEXT);
        let text = self.screen.read_text().await?;
        self.follow_up(conversation, FollowUpDraft::add(text, Vec::new()))
            .await
    }

    async fn add_file(&mut self, conversation: &mut Conversation) -> Result<(), Failure> {
        self.screen.line(words::FILES_NOTE);
        let line = self.screen.ask(words::FILE_ASK).await?;
        if line.trim().is_empty() {
            return Ok(());
        }
        let file = LocalFile::look(Path::new(line.trim()))?.open()?;
        let draft = FollowUpDraft::add(Zeroizing::default(), vec![file]);
        self.follow_up(conversation, draft).await
    }

    async fn leave_out(&mut self, conversation: &mut Conversation) -> Result<(), Failure> {
        let directory = self.client.directory();
        self.screen.line(words::LEAVE_OUT_NOW);
        let roles = roles_of(directory, &conversation.record().recipients);
        for (index, role) in roles.iter().enumerate() {
            self.screen.entry(index + 1, &role_names(directory, [role]));
        }
        let line = self.screen.ask(words::LEAVE_OUT_NOW_ASK).await?;
        if line.trim().is_empty() {
            return Ok(());
        }
        let Some(chosen) = choices(&line, roles.len()) else {
            self.screen.line(words::NOT_CHOICES);
            return Ok(());
        };
        let chosen: Vec<RoleId> = chosen
            .into_iter()
            .filter_map(|index| roles.get(index).cloned())
            .collect();
        self.follow_up(conversation, FollowUpDraft::leave_out(chosen))
            .await
    }

    async fn withdraw(&mut self, conversation: &mut Conversation) -> Result<(), Failure> {
        if self.screen.yes(words::WITHDRAW_ASK).await? {
            self.follow_up(conversation, FollowUpDraft::withdraw())
                .await?;
        }
        Ok(())
    }

    async fn look_again(&mut self, conversation: &mut Conversation) -> Result<(), Failure> {
        conversation.read(self.client, now(), &mut OsRng).await?;
        self.show(conversation)
    }

    async fn save_somewhere(&mut self, conversation: &mut Conversation) -> Result<(), Failure> {
        if show::attachments(conversation).is_empty() {
            self.screen.line(words::NO_FILES);
            return Ok(());
        }
        let line = self.screen.ask(words::SAVE_WHERE).await?;
        if line.trim().is_empty() {
            return Ok(());
        }
        self.save(conversation, Path::new(line.trim())).await
    }

    /// Saves every file of the offices. One that fails does not keep the others from being saved.
    async fn save(&mut self, conversation: &Conversation, folder: &Path) -> Result<(), Failure> {
        let found = show::attachments(conversation);
        if found.is_empty() {
            self.screen.line(words::NO_FILES);
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
                    let path = file.keep()?;
                    self.screen.line(&words::saved(&path));
                }
                Err(error) => {
                    file.discard();
                    self.screen
                        .line(&sentence(&format!("{}: {error}", attachment.name())));
                    failed = Some(Failure::from(error));
                }
            }
        }
        self.screen.line(words::SAVE_NOTE);
        failed.map_or(Ok(()), Err)
    }
}
