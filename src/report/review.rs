//! Everything once more before it is sent.

use super::{
    draft::{Draft, answer_in_words, asked, office_names, role_names},
    interview::Interview,
};
use crate::client::{
    failure::{Failure, Fate},
    language::wanted,
    tell::tell_line,
    words,
};

/// What the review ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Review {
    Send,
    Topic,
    Answers,
    Readers,
    Text,
    Files,
    Wishes,
    Stop,
}

impl Interview<'_, '_> {
    /// Shows everything once more and asks what to do.
    pub async fn review(&mut self, draft: &Draft) -> Result<Review, Failure> {
        self.show_review(draft)?;
        loop {
            let line = self.screen.ask_unless_stopped(&words::REVIEW_ASK).await?;
            let review = match line.trim() {
                "1" => Review::Topic,
                "2" => Review::Answers,
                "3" => Review::Readers,
                "4" => Review::Text,
                "5" => Review::Files,
                "6" | "7" => Review::Wishes,
                "?" | "？" => {
                    self.help(draft.topic(self.directory()));
                    continue;
                }
                typed if words::is_key(typed, words::KEY_SEND) => {
                    if draft.is_empty(self.directory()) {
                        self.screen.line(&words::EMPTY_REPORT);
                        continue;
                    }
                    Review::Send
                }
                typed if words::is_key(typed, words::KEY_STOP) => Review::Stop,
                _ => continue,
            };
            self.screen.line("");
            return Ok(review);
        }
    }

    fn show_review(&self, draft: &Draft) -> Result<(), Failure> {
        let directory = self.directory();
        let screen = &self.screen;
        let route = draft.route(directory).map_err(|error| {
            Failure::from(candor_reporter::RecipientsError::from(error))
                .with_hotline(directory)
                .with_fate(Fate::NothingSent)
        })?;
        screen.say(&words::REVIEW);
        if let Some(topic) = draft.topic(directory) {
            let name = tell_line(&topic.names, directory);
            screen.entry(1, &words::REVIEW_TOPIC.with(&[("topic", &name)]));
            screen.entry(2, &words::REVIEW_ANSWERS);
            for question in asked(directory, topic, &draft.answers) {
                let answer = draft.answers.get(&question.id).map_or_else(
                    || words::NO_ANSWER.to_string(),
                    |answer| answer_in_words(directory, question, answer),
                );
                screen.indented(&tell_line(&question.label, directory), 7);
                screen.indented(&answer, 9);
            }
        }
        screen.entry(3, &words::REVIEW_READERS);
        let everyone: Vec<_> = route.offices().cloned().collect();
        screen.indented(&office_names(directory, &everyone), 7);
        if !draft.excluded.is_empty() {
            let names = role_names(directory, &draft.excluded);
            screen.indented(&words::LEFT_OUT.with(&[("names", &names)]), 7);
        }
        screen.entry(4, &words::REVIEW_TEXT);
        screen.indented(or(&draft.text, &words::NONE), 7);
        screen.entry(5, &words::REVIEW_FILES);
        if draft.files.is_empty() {
            screen.indented(&words::NONE, 7);
        }
        for file in &draft.files {
            let size = words::size(file.size);
            let line = words::FILE_OF.with(&[("name", &file.shown_name()), ("size", &size)]);
            screen.indented(&line, 7);
        }
        self.show_wishes(draft);
        let language = draft.language.clone().unwrap_or_else(|| wanted(directory));
        screen.line("");
        screen.say(&words::REVIEW_LANGUAGE.with(&[("language", &language)]));
        Ok(())
    }

    fn show_wishes(&self, draft: &Draft) {
        let screen = &self.screen;
        screen.entry(6, &words::REVIEW_WISHES);
        if draft.wishes.hold_until_similar {
            screen.indented(&words::WISH_HELD, 7);
        }
        if let Some(day) = draft.wishes.not_before {
            screen.indented(&words::WISH_DAY.with(&[("day", &day)]), 7);
        }
        if draft.wishes.is_empty() {
            screen.indented(&words::NONE, 7);
        }
        screen.entry(7, &words::REVIEW_IDENTITY);
        let identity = &draft.identity;
        if identity.is_empty() {
            screen.indented(&words::IDENTITY_NONE, 7);
        }
        if !identity.name.is_empty() {
            screen.indented(&words::IDENTITY_OF.with(&[("name", &identity.name)]), 7);
        }
        if !identity.contact.is_empty() {
            screen.indented(
                &words::IDENTITY_REACH.with(&[("contact", &identity.contact)]),
                7,
            );
        }
    }
}

fn or<'a>(text: &'a str, instead: &'a str) -> &'a str {
    if text.is_empty() { instead } else { text }
}
