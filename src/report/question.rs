//! Asking one question of a topic.
//!
//! Enter leaves it out (or keeps what was answered), `-` removes an answer, `<` goes back, `?`
//! shows help. Nothing else has a meaning of its own, so that any words can be an answer.

use candor_directory::{Answer, Directory, Question, QuestionKind, Topic};
use candor_wire::Day;

use super::{
    draft::{answer_in_words, person},
    interview::{Interview, choice, choices},
    period::{self, Period},
};
use crate::client::{
    failure::Failure,
    process::now,
    screen::Typed,
    tell::{self, tell, tell_line},
    words,
};

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn<T> {
    /// This.
    On(T),
    /// The one before is wanted.
    Back,
}

/// What was typed where a line is an answer.
enum Line {
    Answer(String),
    /// Enter.
    Nothing,
    /// `-`
    Remove,
    Back,
}

impl Interview<'_, '_> {
    /// Asks a question; gives the answer, or none.
    pub async fn ask_question(
        &mut self,
        topic: &Topic,
        question: &Question,
        before: Option<&Answer>,
    ) -> Result<Turn<Option<Answer>>, Failure> {
        let directory = self.directory();
        let choices = choices_of(directory, question);
        self.show_question(topic, question, &choices);
        if let Some(answer) = before {
            let said = answer_in_words(directory, question, answer);
            self.screen
                .line(&words::KEPT_ANSWER.with(&[("answer", &said)]));
        }
        loop {
            let typed = match question.kind {
                QuestionKind::Person => match self.ask_person(topic, &choices).await? {
                    Turn::Back => return Ok(Turn::Back),
                    Turn::On(Some(answer)) => return Ok(Turn::On(Some(answer))),
                    Turn::On(None) => Line::Nothing,
                },
                QuestionKind::LongText => self.ask_long(topic).await?,
                kind => self.ask_line(topic, &prompt(kind)).await?,
            };
            match typed {
                Line::Back => return Ok(Turn::Back),
                Line::Nothing if before.is_some() => return Ok(Turn::On(before.cloned())),
                Line::Nothing | Line::Remove if question.required => {
                    self.screen.line(&words::NEEDS_ANSWER);
                }
                Line::Nothing | Line::Remove => return Ok(Turn::On(None)),
                Line::Answer(text) => {
                    if let Some(answer) = self.read(question.kind, &text, &choices).await? {
                        self.answer_to_danger(question, &answer);
                        return Ok(Turn::On(Some(answer)));
                    }
                }
            }
        }
    }

    fn show_question(&self, topic: &Topic, question: &Question, choices: &[(String, String)]) {
        let directory = self.directory();
        let label = tell(&question.label, directory);
        let needed = if question.required {
            &*words::NEEDED
        } else {
            ""
        };
        self.screen.line(format!("{label} {needed}").trim_end());
        let help = tell(&question.help, directory);
        if !help.is_empty() {
            self.screen.indented(&help, 2);
        }
        for (index, (_, label)) in choices.iter().enumerate() {
            self.screen.entry(index + 1, label);
        }
        if topic.explains_mistreatment && tell::is_about_mistreatment(question, directory) {
            self.screen.line("");
            self.screen.indented(&tell::not_mistreatment(directory), 2);
        }
    }

    /// A yes to a question after danger shows whom to call, at once.
    fn answer_to_danger(&self, question: &Question, answer: &Answer) {
        if question.danger && *answer == Answer::One("yes".to_owned()) {
            self.screen.line("");
            self.screen.say(&tell::emergency(self.directory()));
            self.screen.line(&words::DANGER);
        }
    }

    async fn ask_line(&mut self, topic: &Topic, prompt: &str) -> Result<Line, Failure> {
        loop {
            let line = self.screen.ask_unless_stopped(prompt).await?;
            match line.trim() {
                "" => return Ok(Line::Nothing),
                "-" => return Ok(Line::Remove),
                "<" => return Ok(Line::Back),
                "?" | "？" => self.help(Some(topic)),
                text => return Ok(Line::Answer(text.to_owned())),
            }
        }
    }

    async fn ask_long(&mut self, topic: &Topic) -> Result<Line, Failure> {
        loop {
            self.screen.line(&words::ASK_LONG);
            match self.screen.read_text().await? {
                Typed::Back => return Ok(Line::Back),
                Typed::Help => self.help(Some(topic)),
                Typed::Text(text) => {
                    return Ok(match text.trim() {
                        "" => Line::Nothing,
                        "-" => Line::Remove,
                        text => Line::Answer(text.to_owned()),
                    });
                }
            }
        }
    }

    /// The part that somebody has in the school, then who it was.
    async fn ask_person(
        &mut self,
        topic: &Topic,
        roles: &[(String, String)],
    ) -> Result<Turn<Option<Answer>>, Failure> {
        loop {
            let mut role = String::new();
            if !roles.is_empty() {
                match self.ask_line(topic, &words::ASK_PERSON_ROLE).await? {
                    Line::Back => return Ok(Turn::Back),
                    Line::Nothing | Line::Remove => {}
                    Line::Answer(text) => match choice(&text, roles.len()) {
                        Some(index) => {
                            role = roles
                                .get(index)
                                .map(|(id, _)| id.clone())
                                .unwrap_or_default();
                        }
                        None => {
                            self.screen.line(&words::NOT_A_CHOICE);
                            continue;
                        }
                    },
                }
            }
            match self.ask_line(topic, &words::ASK_PERSON_WORDS).await? {
                Line::Back if roles.is_empty() => return Ok(Turn::Back),
                Line::Back => {}
                Line::Nothing | Line::Remove if role.is_empty() => return Ok(Turn::On(None)),
                Line::Nothing | Line::Remove => return Ok(Turn::On(Some(person(&role, "")))),
                Line::Answer(said) => return Ok(Turn::On(Some(person(&role, &said)))),
            }
        }
    }

    /// An answer as it was typed; none if it does not fit, which is said.
    async fn read(
        &mut self,
        kind: QuestionKind,
        text: &str,
        options: &[(String, String)],
    ) -> Result<Option<Answer>, Failure> {
        let id = |index: usize| options.get(index).map(|(id, _)| id.clone());
        let answer = match kind {
            QuestionKind::One => choice(text, options.len())
                .and_then(id)
                .map(Answer::One)
                .ok_or(words::NOT_A_CHOICE),
            QuestionKind::Many => choices(text, options.len())
                .map(|chosen| Answer::Many(chosen.into_iter().filter_map(id).collect()))
                .ok_or(words::NOT_CHOICES),
            QuestionKind::YesNoUnsure => yes_no_unsure(text)
                .map(|answer| Answer::One(answer.to_owned()))
                .ok_or(words::NOT_YES_NO),
            QuestionKind::Period => match period::read(text) {
                Period::Said { sent, begins } => {
                    return self
                        .not_ahead(sent, begins)
                        .await
                        .map(|sent| sent.map(Answer::One));
                }
                Period::NoSuchDay => Err(words::PERIOD_NO_DAY),
            },
            QuestionKind::Place => Ok(Answer::One(
                choice(text, options.len())
                    .and_then(id)
                    .unwrap_or_else(|| text.to_owned()),
            )),
            QuestionKind::ShortText | QuestionKind::LongText | QuestionKind::Person => {
                Ok(Answer::One(text.to_owned()))
            }
        };
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(complaint) => {
                self.screen.line(&complaint);
                Ok(None)
            }
        }
    }

    /// Asks once more about a day that lies ahead: it is most likely mistyped.
    async fn not_ahead(
        &mut self,
        mut sent: String,
        mut begins: Option<Day>,
    ) -> Result<Option<String>, Failure> {
        // A day more than ours may have begun where the reporter is.
        let tomorrow = Day::of(now()).plus(1);
        while begins.is_some_and(|begins| begins > tomorrow) {
            let line = self.screen.ask_unless_stopped(&words::PERIOD_AHEAD).await?;
            if line.trim().is_empty() {
                break;
            }
            match period::read(&line) {
                Period::Said {
                    sent: again,
                    begins: day,
                } => (sent, begins) = (again, day),
                Period::NoSuchDay => self.screen.line(&words::PERIOD_NO_DAY),
            }
        }
        Ok(Some(sent))
    }
}

fn yes_no_unsure(text: &str) -> Option<&'static str> {
    let is = |key| words::is_key(text, key);
    match text.to_lowercase().as_str() {
        "1" | "y" => Some("yes"),
        "2" | "n" => Some("no"),
        "3" | "u" => Some("unsure"),
        _ if is(words::KEY_YES) => Some("yes"),
        _ if is(words::KEY_NO) => Some("no"),
        _ if is(words::KEY_UNSURE) => Some("unsure"),
        _ => None,
    }
}

fn choices_of(directory: &Directory, question: &Question) -> Vec<(String, String)> {
    match question.kind {
        QuestionKind::One | QuestionKind::Many => question
            .options
            .iter()
            .map(|o| (o.id.to_string(), tell_line(&o.label, directory)))
            .collect(),
        QuestionKind::Place => directory
            .places
            .iter()
            .map(|p| (p.id.to_string(), tell_line(&p.names, directory)))
            .collect(),
        QuestionKind::Person => directory
            .categories
            .sources
            .iter()
            .map(|s| (s.id.to_string(), tell_line(&s.names, directory)))
            .collect(),
        _ => Vec::new(),
    }
}

fn prompt(kind: QuestionKind) -> String {
    let prompt = match kind {
        QuestionKind::One => words::ASK_ONE,
        QuestionKind::Many => words::ASK_MANY,
        QuestionKind::Period => words::ASK_PERIOD,
        QuestionKind::Place => words::ASK_PLACE,
        QuestionKind::YesNoUnsure => words::ASK_YES_NO,
        QuestionKind::ShortText | QuestionKind::LongText | QuestionKind::Person => words::ASK_TEXT,
    };
    prompt.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_and_no_are_numbers_or_words() {
        for (typed, answer) in [
            ("1", Some("yes")),
            ("Y", Some("yes")),
            ("no", Some("no")),
            ("3", Some("unsure")),
            ("unsure", Some("unsure")),
            ("maybe", None),
        ] {
            assert_eq!(yes_no_unsure(typed), answer, "{typed}");
        }
    }
}
