//! What may be done after reading, one thing after the other.

use std::path::Path;

use candor_reporter::{Conversation, FollowUpDraft};
use candor_sealing::content::{Answered, Resolved};
use candor_wire::RoleId;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use super::{Visit, show};
use crate::{
    client::{
        failure::{Exit, Failure},
        files::{self, LocalFile},
        message::Message,
        process::now,
        screen::{Typed, clean_line},
        words,
    },
    report::{
        draft::{role_names, roles_of},
        interview::{choice, choices},
    },
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Answer,
    Resolved,
    Write,
    File,
    LeaveOut,
    Withdraw,
    Save,
    Copy,
    NewCode,
    Offices,
    Again,
}

impl Action {
    const fn text(self) -> Message {
        match self {
            Self::Answer => words::MENU_ANSWER,
            Self::Resolved => words::MENU_RESOLVED,
            Self::Write => words::MENU_WRITE,
            Self::File => words::MENU_FILE,
            Self::LeaveOut => words::MENU_LEAVE_OUT,
            Self::Withdraw => words::MENU_WITHDRAW,
            Self::Save => words::MENU_SAVE,
            Self::Copy => words::MENU_COPY,
            Self::NewCode => words::MENU_NEW_CODE,
            Self::Offices => words::MENU_OFFICES,
            Self::Again => words::MENU_AGAIN,
        }
    }
}

impl Visit<'_> {
    /// What makes sense as the conversation stands; what was asked for comes first.
    fn actions(&self, conversation: &Conversation) -> Vec<Action> {
        let record = conversation.record();
        if conversation.has_other_offices() {
            // Nothing else is sent before that is agreed to.
            return vec![Action::Offices, Action::Copy, Action::Again];
        }
        let mut actions = Vec::new();
        if show::questions(conversation).len() > self.answered {
            actions.push(Action::Answer);
        }
        if show::asks_resolved(conversation) {
            actions.push(Action::Resolved);
        }
        if conversation.is_code_known_to_others() {
            actions.push(Action::NewCode);
        }
        actions.extend([Action::Write, Action::File, Action::LeaveOut]);
        if !record.withdrawn {
            actions.push(Action::Withdraw);
        }
        if !show::attachments(conversation).is_empty() {
            actions.push(Action::Save);
        }
        actions.push(Action::Copy);
        if !conversation.is_code_known_to_others() {
            actions.push(Action::NewCode);
        }
        actions.push(Action::Again);
        actions
    }

    /// Offers what can be done. The end of input ends it well.
    pub(super) async fn menu(&mut self, conversation: &mut Conversation) -> Result<(), Failure> {
        loop {
            let actions = self.actions(conversation);
            self.screen.line("");
            self.screen.line(&words::MENU);
            for (index, action) in actions.iter().enumerate() {
                self.screen.entry(index + 1, &action.text());
            }
            let Ok(line) = self.screen.ask(&words::MENU_ASK).await else {
                return Ok(());
            };
            if line.trim().is_empty() {
                return Ok(());
            }
            let chosen = choice(&line, actions.len()).and_then(|index| actions.get(index));
            let done = match chosen {
                Some(action) => self.act(*action, conversation).await,
                None => {
                    self.screen.line(&words::NOT_A_CHOICE);
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

    async fn act(
        &mut self,
        action: Action,
        conversation: &mut Conversation,
    ) -> Result<(), Failure> {
        match action {
            Action::Answer => self.answer(conversation).await,
            Action::Resolved => self.resolved(conversation).await,
            Action::Write => self.write_more(conversation).await,
            Action::File => self.add_file(conversation).await,
            Action::LeaveOut => self.leave_out(conversation).await,
            Action::Withdraw => self.withdraw(conversation).await,
            Action::Save => self.save_somewhere(conversation).await,
            Action::Copy => self.copy_somewhere(conversation).await,
            Action::NewCode => self.new_code(conversation).await,
            Action::Offices => self.other_offices(conversation).await,
            Action::Again => self.look_again(conversation).await,
        }
    }

    /// The offices' questions that are still open in this visit, one by one.
    async fn answer(&mut self, conversation: &mut Conversation) -> Result<(), Failure> {
        let mut answered: Vec<Answered> = Vec::new();
        let questions = show::questions(conversation);
        let count = questions.len();
        for (index, (message, question)) in questions.into_iter().enumerate().skip(self.answered) {
            let (number, text) = (index + 1, clean_line(&question.text));
            self.screen
                .line(&words::QUESTION.with(&[("number", &number), ("text", &text)]));
            let line = self.screen.ask_unless_stopped(&words::ANSWER_ASK).await?;
            let answer = line.trim();
            if !answer.is_empty() {
                add(&mut answered, &message.message, question, answer);
            }
        }
        if answered.is_empty() {
            return Ok(());
        }
        let draft = FollowUpDraft {
            answered,
            ..FollowUpDraft::default()
        };
        self.follow_up(conversation, draft).await?;
        self.answered = count;
        Ok(())
    }

    async fn resolved(&mut self, conversation: &mut Conversation) -> Result<(), Failure> {
        let line = self.screen.ask(&words::RESOLVED_ASK).await?;
        let resolved = match choice(&line, 3) {
            Some(0) => Resolved::Yes,
            Some(1) => Resolved::Partly,
            Some(_) => Resolved::No,
            None => return Ok(()),
        };
        let Some(text) = self.text(&words::RESOLVED_WHY).await? else {
            return Ok(());
        };
        let draft = FollowUpDraft {
            resolved: Some(resolved),
            text,
            ..FollowUpDraft::default()
        };
        self.follow_up(conversation, draft).await
    }

    async fn write_more(&mut self, conversation: &mut Conversation) -> Result<(), Failure> {
        let Some(text) = self.text(&words::MORE_TEXT).await? else {
            return Ok(());
        };
        self.follow_up(conversation, FollowUpDraft::add(text, Vec::new()))
            .await
    }

    /// A text, perhaps empty; none if the menu is wanted again.
    async fn text(&mut self, ask: &str) -> Result<Option<Zeroizing<String>>, Failure> {
        loop {
            self.screen.line(ask);
            match self.screen.read_text().await? {
                Typed::Text(text) => return Ok(Some(text)),
                Typed::Back => return Ok(None),
                Typed::Help => {
                    let directory = self.client.directory();
                    self.screen.say(&crate::client::tell::emergency(directory));
                    self.screen.say(&crate::client::tell::telephone(directory));
                }
            }
        }
    }

    async fn add_file(&mut self, conversation: &mut Conversation) -> Result<(), Failure> {
        self.screen.line(&words::FILES_NOTE);
        let line = self.screen.ask(&words::FILE_ASK).await?;
        if matches!(line.trim(), "" | "<") {
            return Ok(());
        }
        let file = LocalFile::look(Path::new(line.trim()))?;
        if files::carries_details(&file.name) {
            self.screen.line(&words::FILE_CARRIES);
        }
        let draft = FollowUpDraft::add(Zeroizing::default(), vec![file.open()?]);
        self.follow_up(conversation, draft).await
    }

    async fn leave_out(&mut self, conversation: &mut Conversation) -> Result<(), Failure> {
        let directory = self.client.directory();
        self.screen.line(&words::LEAVE_OUT_NOW);
        let roles = roles_of(directory, &conversation.record().recipients);
        for (index, role) in roles.iter().enumerate() {
            self.screen.entry(index + 1, &role_names(directory, [role]));
        }
        let line = self.screen.ask(&words::LEAVE_OUT_NOW_ASK).await?;
        if matches!(line.trim(), "" | "<") {
            return Ok(());
        }
        let Some(chosen) = choices(&line, roles.len()) else {
            self.screen.line(&words::NOT_CHOICES);
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
        if self.screen.yes(&words::WITHDRAW_ASK).await? {
            self.follow_up(conversation, FollowUpDraft::withdraw())
                .await?;
        }
        Ok(())
    }

    async fn look_again(&mut self, conversation: &mut Conversation) -> Result<(), Failure> {
        conversation.read(self.client, now(), &mut OsRng).await?;
        self.show(conversation)
    }

    async fn save_somewhere(&mut self, conversation: &Conversation) -> Result<(), Failure> {
        let line = self.screen.ask(&words::SAVE_WHERE).await?;
        if matches!(line.trim(), "" | "<") {
            return Ok(());
        }
        self.save(conversation, Path::new(line.trim())).await
    }

    async fn copy_somewhere(&mut self, conversation: &Conversation) -> Result<(), Failure> {
        self.screen.line(&words::COPY_WARNING);
        let line = self.screen.ask(&words::COPY_WHERE).await?;
        if matches!(line.trim(), "" | "<") {
            return Ok(());
        }
        self.copy(conversation, Path::new(line.trim()))
    }
}

/// Adds an answer to those of its message.
pub(super) fn add(
    answered: &mut Vec<Answered>,
    message: &str,
    question: &candor_sealing::content::OfficeQuestion,
    answer: &str,
) {
    let entry = (question.id.clone(), answer.to_owned());
    match answered.iter_mut().find(|one| one.message == message) {
        Some(one) => {
            one.answers.insert(entry.0, entry.1);
        }
        None => answered.push(Answered {
            message: message.to_owned(),
            answers: [entry].into(),
        }),
    }
}
