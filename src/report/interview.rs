//! The questions that `candor report` asks, one step after the other; each step can be taken
//! again from the review.

use std::path::Path;

use candor_directory::{
    Answer, Directory, Notice, Question, QuestionKind, Route, RouteError, Topic,
};
use candor_reporter::Client;
use candor_wire::RoleId;

use super::draft::{
    self, Draft, answer_in_words, asked, office_names, offices, role_names, roles_of,
};
use crate::client::{
    failure::{Failure, Fate},
    files::LocalFile,
    process::now,
    screen::Screen,
    words::{self, tell, tell_line},
};

/// The interview with the one at the keyboard.
pub struct Interview<'s, 'a> {
    pub screen: &'s mut Screen,
    pub client: &'a Client,
}

/// What the review ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Review {
    Send,
    Topic,
    Answers,
    Readers,
    Text,
    Files,
    Stop,
}

impl<'a> Interview<'_, 'a> {
    fn directory(&self) -> &'a Directory {
        self.client.directory()
    }

    /// Who this is, whom to call, and how it goes.
    pub fn begin(&self) {
        let directory = self.directory();
        if directory.demonstration {
            self.screen.say(words::DEMONSTRATION);
        }
        self.screen.say(&words::welcome(directory));
        if !directory.emergency.is_empty() {
            self.screen.say(&words::emergency(directory));
        }
        self.screen.say(words::HOW_IT_GOES);
    }

    /// What it is about.
    pub async fn topic(&mut self) -> Result<&'a Topic, Failure> {
        let directory = self.directory();
        self.screen.line(words::TOPICS);
        for (index, topic) in directory.topics.iter().enumerate() {
            self.screen
                .entry(index + 1, &tell_line(&topic.names, directory));
        }
        let topic = loop {
            let line = self.screen.ask_unless_stopped(words::CHOOSE_TOPIC).await?;
            match choice(&line, directory.topics.len()).and_then(|i| directory.topics.get(i)) {
                Some(topic) => break topic,
                None => self.screen.line(words::NOT_A_CHOICE),
            }
        };
        self.screen.line("");
        let intro = tell(&topic.intro, directory);
        if !intro.is_empty() {
            self.screen.say(&intro);
        }
        let resources: Vec<_> = topic
            .resources
            .iter()
            .filter_map(|id| directory.resource(id))
            .collect();
        if !resources.is_empty() {
            self.screen.line(words::RESOURCES);
            for resource in resources {
                self.screen
                    .indented(&words::resource(resource, directory), 2);
            }
            self.screen.line("");
        }
        Ok(topic)
    }

    /// The topic's questions, as far as they are asked.
    pub async fn answers(&mut self, topic: &Topic, draft: &mut Draft) -> Result<(), Failure> {
        let directory = self.directory();
        if !topic.questions.is_empty() {
            self.screen.say(words::QUESTIONS);
        }
        for id in &topic.questions {
            // Asked over the answers as they are now: each may open or close later questions.
            let asked = asked(directory, topic, &draft.answers);
            if let Some(question) = asked.into_iter().find(|question| question.id == *id) {
                match self.answer(question).await? {
                    Some(answer) => draft.answers.insert(id.clone(), answer),
                    None => draft.answers.remove(id),
                };
                self.screen.line("");
            }
        }
        Ok(())
    }

    async fn answer(&mut self, question: &Question) -> Result<Option<Answer>, Failure> {
        let directory = self.directory();
        let needed = if question.required { words::NEEDED } else { "" };
        let label = tell(&question.label, directory);
        self.screen.line(format!("{label} {needed}").trim_end());
        let help = tell(&question.help, directory);
        if !help.is_empty() {
            self.screen.indented(&help, 2);
        }
        let choices: Vec<(String, String)> = match question.kind {
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
            _ => Vec::new(),
        };
        for (index, (_, label)) in choices.iter().enumerate() {
            self.screen.entry(index + 1, label);
        }
        loop {
            let how = words::how_to_answer(question.kind);
            let text = if question.kind == QuestionKind::LongText {
                self.screen.line(how);
                self.screen.read_text().await?
            } else {
                self.screen.ask_unless_stopped(how).await?
            };
            let text = text.trim();
            if text.is_empty() {
                if question.required {
                    self.screen.line(words::NEEDS_ANSWER);
                    continue;
                }
                return Ok(None);
            }
            match read_answer(question.kind, text, &choices) {
                Ok(answer) => return Ok(Some(answer)),
                Err(complaint) => self.screen.line(complaint),
            }
        }
    }

    /// Who will read it, and leaving someone out.
    pub async fn readers(&mut self, topic: &Topic, draft: &mut Draft) -> Result<(), Failure> {
        let directory = self.directory();
        loop {
            let route = draft::recipients(directory, topic, draft).map_err(|error| {
                Failure::from(candor_reporter::RecipientsError::from(error)).with_hotline(directory)
            })?;
            // Whoever has no key to seal to is found out here, before the text is written.
            self.client
                .recipients(&topic.id, &draft.answers, &draft.excluded, now())
                .map_err(|error| Failure::from(error).with_hotline(directory))?;
            self.screen.line(words::WHO_READS);
            self.show_route(&route, &draft.excluded);
            self.screen.line("");
            self.screen.line(words::LEAVE_OUT);
            let roles = roles_of(directory, &route.offices().cloned().collect::<Vec<_>>());
            if !self.leave_out(topic, draft, roles).await? {
                return Ok(());
            }
            self.screen.line("");
        }
    }

    /// Asks whom to leave out; says whether anything was changed.
    async fn leave_out(
        &mut self,
        topic: &Topic,
        draft: &mut Draft,
        mut roles: Vec<RoleId>,
    ) -> Result<bool, Failure> {
        let directory = self.directory();
        loop {
            for (index, role) in roles.iter().enumerate() {
                self.screen.entry(index + 1, &role_names(directory, [role]));
            }
            let line = self.screen.ask_unless_stopped(words::LEAVE_OUT_ASK).await?;
            let line = line.trim().to_lowercase();
            match line.as_str() {
                "" => return Ok(false),
                "all" => {
                    roles = directory.roles.iter().map(|role| role.id.clone()).collect();
                    continue;
                }
                "none" => {
                    draft.excluded.clear();
                    return Ok(true);
                }
                _ => {}
            }
            let Some(chosen) = choices(&line, roles.len()) else {
                self.screen.line(words::NOT_CHOICES);
                continue;
            };
            let before = draft.excluded.clone();
            let chosen = chosen
                .into_iter()
                .filter_map(|index| roles.get(index).cloned());
            draft.excluded.extend(chosen);
            match draft::recipients(directory, topic, draft) {
                Err(RouteError::NobodyLeft) => {
                    draft.excluded = before;
                    self.screen.say(words::NOBODY_LEFT);
                }
                _ => return Ok(true),
            }
        }
    }

    /// Shows who reads, and how that came about.
    pub fn show_route(&self, route: &Route, excluded: &std::collections::BTreeSet<RoleId>) {
        let directory = self.directory();
        self.screen.indented(words::ACTS, 2);
        for office in offices(directory, &route.to) {
            self.screen.indented(&words::office(office, directory), 4);
        }
        if !route.copy.is_empty() {
            self.screen.indented(words::READS_ALONG, 2);
            for office in offices(directory, &route.copy) {
                self.screen.indented(&words::office(office, directory), 4);
            }
        }
        if let Notice::Fallback(left_out) = &route.notice {
            let names = office_names(directory, left_out);
            self.screen.indented(&words::fallback(&names), 2);
        }
        if !excluded.is_empty() {
            let names = role_names(directory, excluded);
            self.screen.indented(&words::left_out(&names), 2);
        }
    }

    /// The text.
    pub async fn text(&mut self, draft: &mut Draft) -> Result<(), Failure> {
        let most = self.directory().limits.text_bytes;
        loop {
            self.screen.line(words::TEXT);
            let text = self.screen.read_text().await?;
            self.screen.line("");
            if u64::try_from(text.len()).is_ok_and(|len| len <= u64::from(most)) {
                draft.text = text;
                return Ok(());
            }
            self.screen.line(&words::text_too_long(most));
        }
    }

    /// The files, from none.
    pub async fn files(&mut self, draft: &mut Draft) -> Result<(), Failure> {
        draft.files.clear();
        self.screen.line(words::FILES);
        self.screen.line(words::FILES_NOTE);
        loop {
            let line = self.screen.ask_unless_stopped(words::FILE_ASK).await?;
            let path = line.trim();
            if path.is_empty() {
                self.screen.line("");
                return Ok(());
            }
            match self.look(draft, Path::new(path)) {
                Ok(file) => {
                    self.screen.line(&words::file_added(&file.name, file.size));
                    draft.files.push(file);
                }
                Err(failure) => self.screen.line(&failure.what()),
            }
        }
    }

    fn look(&self, draft: &Draft, path: &Path) -> Result<LocalFile, Failure> {
        let file = LocalFile::look(path)?;
        let limits = &self.directory().limits;
        let mut sizes: Vec<u64> = draft.files.iter().map(|file| file.size).collect();
        sizes.push(file.size);
        candor_reporter::check_file_sizes(limits, &sizes)?;
        Ok(file)
    }

    /// Shows everything once more.
    pub async fn review(&mut self, topic: &Topic, draft: &Draft) -> Result<Review, Failure> {
        let directory = self.directory();
        let route = draft::recipients(directory, topic, draft).map_err(|error| {
            Failure::from(candor_reporter::RecipientsError::from(error))
                .with_hotline(directory)
                .with_fate(Fate::NothingSent)
        })?;
        self.screen.say(words::REVIEW);
        let name = tell_line(&topic.names, directory);
        self.screen
            .entry(1, &format!("{}: {name}", words::REVIEW_TOPIC));
        self.screen.entry(2, words::REVIEW_ANSWERS);
        for question in asked(directory, topic, &draft.answers) {
            let answer = draft.answers.get(&question.id).map_or_else(
                || words::NO_ANSWER.to_owned(),
                |answer| answer_in_words(directory, question, answer),
            );
            let label = tell_line(&question.label, directory);
            self.screen.indented(&format!("{label}\n  {answer}"), 7);
        }
        self.screen.entry(3, words::REVIEW_READERS);
        let everyone: Vec<_> = route.offices().cloned().collect();
        self.screen.indented(&office_names(directory, &everyone), 7);
        if !draft.excluded.is_empty() {
            let names = role_names(directory, &draft.excluded);
            self.screen.indented(&words::left_out(&names), 7);
        }
        self.screen.entry(4, words::REVIEW_TEXT);
        let text = if draft.text.is_empty() {
            words::NONE
        } else {
            &draft.text
        };
        self.screen.indented(text, 7);
        self.screen.entry(5, words::REVIEW_FILES);
        if draft.files.is_empty() {
            self.screen.indented(words::NONE, 7);
        }
        for file in &draft.files {
            let line = format!("{} ({})", file.name, words::size(file.size));
            self.screen.indented(&line, 7);
        }
        self.screen.line("");
        loop {
            let line = self.screen.ask_unless_stopped(words::REVIEW_ASK).await?;
            let review = match line.trim().to_lowercase().as_str() {
                "send" if draft.is_empty(directory, topic) => {
                    self.screen.line(words::EMPTY_REPORT);
                    continue;
                }
                "send" => Review::Send,
                "stop" => Review::Stop,
                "1" => Review::Topic,
                "2" => Review::Answers,
                "3" => Review::Readers,
                "4" => Review::Text,
                "5" => Review::Files,
                _ => continue,
            };
            self.screen.line("");
            return Ok(review);
        }
    }
}

/// An answer as it was typed.
fn read_answer(
    kind: QuestionKind,
    text: &str,
    options: &[(String, String)],
) -> Result<Answer, &'static str> {
    let id = |index: usize| options.get(index).map(|(id, _)| id.clone());
    match kind {
        QuestionKind::One => choice(text, options.len())
            .and_then(id)
            .map(Answer::One)
            .ok_or(words::NOT_A_CHOICE),
        QuestionKind::Many => choices(text, options.len())
            .map(|chosen| Answer::Many(chosen.into_iter().filter_map(id).collect()))
            .ok_or(words::NOT_CHOICES),
        QuestionKind::YesNoUnsure => match text.to_lowercase().as_str() {
            "yes" | "y" => Ok(Answer::One("yes".to_owned())),
            "no" | "n" => Ok(Answer::One("no".to_owned())),
            "unsure" | "u" => Ok(Answer::One("unsure".to_owned())),
            _ => Err(words::YES_NO_UNSURE),
        },
        QuestionKind::Place => Ok(Answer::One(
            choice(text, options.len())
                .and_then(id)
                .unwrap_or_else(|| text.to_owned()),
        )),
        QuestionKind::ShortText
        | QuestionKind::LongText
        | QuestionKind::Period
        | QuestionKind::Person => Ok(Answer::One(text.to_owned())),
    }
}

/// A number from 1 to `most`, as an index.
pub fn choice(text: &str, most: usize) -> Option<usize> {
    let number: usize = text.trim().parse().ok()?;
    (1..=most).contains(&number).then(|| number - 1)
}

/// Several of them, in order and each once.
pub fn choices(text: &str, most: usize) -> Option<Vec<usize>> {
    let mut chosen = Vec::new();
    for part in text.split([',', ' ', ';']).filter(|part| !part.is_empty()) {
        let index = choice(part, most)?;
        if !chosen.contains(&index) {
            chosen.push(index);
        }
    }
    (!chosen.is_empty()).then_some(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_forgivingly_and_never_beyond_the_list() {
        assert_eq!(choice(" 2 ", 3), Some(1));
        for bad in ["", "0", "4", "-1", "two", "99999999999999999999"] {
            assert_eq!(choice(bad, 3), None, "{bad}");
        }
        assert_eq!(choices("3, 1 1;2", 3), Some(vec![2, 0, 1]));
        assert_eq!(choices("1,4", 3), None);
        assert_eq!(choices(" ", 3), None);
    }

    #[test]
    fn answers_are_ids_of_options_or_words() {
        let options = vec![
            ("ward".to_owned(), "Ward".to_owned()),
            ("lab".to_owned(), "Laboratory".to_owned()),
        ];
        let read = |kind, text| read_answer(kind, text, &options);
        let one = |text: &str| Ok(Answer::One(text.to_owned()));
        assert_eq!(read(QuestionKind::One, "2"), one("lab"));
        assert_eq!(read(QuestionKind::One, "lab"), Err(words::NOT_A_CHOICE));
        let many = Answer::Many(vec!["ward".to_owned(), "lab".to_owned()]);
        assert_eq!(read(QuestionKind::Many, "1,2"), Ok(many));
        assert_eq!(read(QuestionKind::Place, "1"), one("ward"));
        assert_eq!(read(QuestionKind::Place, "the stairs"), one("the stairs"));
        assert_eq!(read(QuestionKind::YesNoUnsure, "Y"), one("yes"));
        assert!(read(QuestionKind::YesNoUnsure, "maybe").is_err());
        assert_eq!(read(QuestionKind::Period, "last week"), one("last week"));
    }
}
