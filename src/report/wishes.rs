//! What a reporter may ask of the offices, and saying who they are: only if they choose to.

use candor_directory::{TopicKind, parse_date};
use candor_sealing::content::Identity;
use candor_wire::Day;

use super::{
    draft::Draft,
    interview::{Interview, choice},
    question::Turn,
};
use crate::client::{failure::Failure, message::Message, process::now, words};

/// One thing that may be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Hold,
    NotBefore,
    Identity,
}

impl Wish {
    const fn text(self) -> Message {
        match self {
            Self::Hold => words::WISH_HOLD,
            Self::NotBefore => words::WISH_NOT_BEFORE,
            Self::Identity => words::WISH_IDENTITY,
        }
    }

    fn is_chosen(self, draft: &Draft) -> bool {
        match self {
            Self::Hold => draft.wishes.hold_until_similar,
            Self::NotBefore => draft.wishes.not_before.is_some(),
            Self::Identity => !draft.identity.is_empty(),
        }
    }
}

impl Interview<'_, '_> {
    /// Offers what can be asked for with this topic: of praise and of a talk, nothing is held.
    pub async fn wishes(&mut self, draft: &mut Draft) -> Result<Turn<()>, Failure> {
        let directory = self.directory();
        let concern = draft
            .topic(directory)
            .is_some_and(|topic| topic.kind == TopicKind::Concern);
        let offered: &[Wish] = if concern {
            &[Wish::Hold, Wish::NotBefore, Wish::Identity]
        } else {
            &[Wish::Identity]
        };
        self.screen.line(&words::WISHES);
        loop {
            for (index, wish) in offered.iter().enumerate() {
                let text = wish.text();
                let shown = if wish.is_chosen(draft) {
                    words::WISH_ON.with(&[("wish", &&*text)])
                } else {
                    text.to_string()
                };
                self.screen.entry(index + 1, &shown);
            }
            let line = self.screen.ask_unless_stopped(&words::WISH_ASK).await?;
            match line.trim() {
                "" => {
                    self.screen.line("");
                    return Ok(Turn::On(()));
                }
                "<" => return Ok(Turn::Back),
                "?" | "？" => {
                    self.help(draft.topic(directory));
                    continue;
                }
                _ => {}
            }
            match choice(&line, offered.len()).and_then(|index| offered.get(index)) {
                Some(wish) => self.turn(*wish, draft).await?,
                None => self.screen.line(&words::NOT_A_CHOICE),
            }
            self.screen.line("");
        }
    }

    async fn turn(&mut self, wish: Wish, draft: &mut Draft) -> Result<(), Failure> {
        let chosen = wish.is_chosen(draft);
        match wish {
            Wish::Hold => {
                draft.wishes.hold_until_similar = !chosen;
                if !chosen {
                    self.screen.line(&words::WISH_HONEST);
                }
            }
            Wish::NotBefore if chosen => draft.wishes.not_before = None,
            Wish::NotBefore => {
                draft.wishes.not_before = self.ask_day().await?;
                if draft.wishes.not_before.is_some() {
                    self.screen.line(&words::WISH_HONEST);
                }
            }
            Wish::Identity if chosen => draft.identity = Identity::default(),
            Wish::Identity => {
                self.screen.line(&words::IDENTITY_HONEST);
                let name = self.ask_short(&words::IDENTITY_NAME).await?;
                let contact = self.ask_short(&words::IDENTITY_CONTACT).await?;
                draft.identity = Identity::new(&name, &contact);
            }
        }
        Ok(())
    }

    async fn ask_day(&mut self) -> Result<Option<Day>, Failure> {
        loop {
            let line = self.screen.ask_unless_stopped(&words::WISH_DAY_ASK).await?;
            match line.trim() {
                "" | "<" => return Ok(None),
                typed => match parse_date(typed) {
                    Ok(day) if day > Day::of(now()) => return Ok(Some(day)),
                    _ => self.screen.line(&words::WISH_DAY_BAD),
                },
            }
        }
    }

    async fn ask_short(&mut self, question: &str) -> Result<String, Failure> {
        loop {
            let line = self.screen.ask_unless_stopped(question).await?;
            if line.trim().len() <= Identity::MAX_LEN {
                return Ok(line.trim().to_owned());
            }
            let most = Identity::MAX_LEN;
            self.screen
                .line(&words::IDENTITY_TOO_LONG.with(&[("most", &most)]));
        }
    }
}
