//! In which order the steps come, and going back among them.
//!
//! A concern begins with its questions; praise is short; who wants to tell or talk writes first
//! and is asked afterwards.

use candor_directory::TopicKind;

use super::{
    ReportArgs,
    draft::Draft,
    interview::{From, Interview},
    question::Turn,
    review::Review,
    take_answers,
};
use crate::client::{
    failure::{Failure, Fate},
    words,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Topic,
    Answers,
    Readers,
    Text,
    Files,
    Wishes,
}

const fn order(kind: TopicKind) -> &'static [Step] {
    use Step::{Answers, Files, Readers, Text, Topic, Wishes};
    match kind {
        TopicKind::Concern => &[Topic, Answers, Readers, Text, Files, Wishes],
        TopicKind::Accolade => &[Topic, Answers, Text, Readers],
        TopicKind::Disclosure | TopicKind::Conversation => {
            &[Topic, Readers, Text, Answers, Readers, Files, Wishes]
        }
    }
}

impl Interview<'_, '_> {
    /// Leads from the topic to the review, and to “send”.
    pub async fn lead(&mut self, args: &ReportArgs, draft: &mut Draft) -> Result<(), Failure> {
        let (mut at, mut from) = (0, From::First);
        loop {
            let kind = draft
                .topic(self.directory())
                .map_or(TopicKind::Concern, |topic| topic.kind);
            let Some(step) = order(kind).get(at).copied() else {
                break;
            };
            let is_given =
                self.is_given(step, args, draft) && !(step == Step::Readers && from == From::Last);
            let turn = if is_given {
                if from == From::First {
                    Turn::On(())
                } else {
                    Turn::Back
                }
            } else {
                self.take(step, args, draft, from).await?
            };
            match turn {
                Turn::On(()) => (at, from) = (at + 1, From::First),
                Turn::Back if at > 0 => (at, from) = (at - 1, From::Last),
                Turn::Back => {
                    // Before the first there is none.
                    from = From::First;
                    if !is_given {
                        self.screen.line(&words::IS_FIRST);
                    }
                }
            }
        }
        self.go_on(args, draft).await
    }

    /// From the review on, until it is to be sent.
    pub async fn go_on(&mut self, args: &ReportArgs, draft: &mut Draft) -> Result<(), Failure> {
        loop {
            // Who reads is agreed to before anything is sent, whatever was changed meanwhile.
            if draft.topic(self.directory()).is_none() {
                self.take(Step::Topic, args, draft, From::First).await?;
                continue;
            }
            if draft.unanswered(self.directory()).is_some() {
                self.take(Step::Answers, args, draft, From::First).await?;
                continue;
            }
            if !self.is_agreed(draft) {
                if self.take(Step::Readers, args, draft, From::First).await? == Turn::Back {
                    self.take(Step::Answers, args, draft, From::First).await?;
                }
                continue;
            }
            let step = match self.review(draft).await? {
                Review::Send => return Ok(()),
                Review::Stop => return Err(Failure::stopped().with_fate(Fate::NothingSent)),
                Review::Topic => Step::Topic,
                Review::Answers => Step::Answers,
                Review::Readers => Step::Readers,
                Review::Text => Step::Text,
                Review::Files => Step::Files,
                Review::Wishes => Step::Wishes,
            };
            // Going back from a step that was chosen here leads here.
            self.take(step, args, draft, From::First).await?;
        }
    }

    async fn take(
        &mut self,
        step: Step,
        args: &ReportArgs,
        draft: &mut Draft,
        from: From,
    ) -> Result<Turn<()>, Failure> {
        match step {
            Step::Topic => {
                let before = draft.topic.clone();
                let turn = self.topic(draft).await?;
                if before.is_none() {
                    take_answers(args, self.directory(), draft)?;
                }
                Ok(turn)
            }
            Step::Answers => self.answers(draft, from).await,
            Step::Readers => self.readers(draft).await,
            Step::Text => self.text(draft).await,
            Step::Files => self.files(draft).await,
            Step::Wishes => self.wishes(draft).await,
        }
    }

    /// Whether the arguments have said it already, or it was agreed to.
    fn is_given(&self, step: Step, args: &ReportArgs, draft: &Draft) -> bool {
        let by_file = args.answers_file.is_some();
        match step {
            Step::Topic => by_file || args.topic.is_some(),
            Step::Answers => by_file || !args.given_answers.is_empty(),
            Step::Readers => self.is_agreed(draft),
            Step::Text => by_file || args.text_file.is_some(),
            Step::Files => by_file || !args.attach.is_empty(),
            Step::Wishes => by_file || args.hold || args.not_before.is_some(),
        }
    }
}
