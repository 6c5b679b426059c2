//! The steps of `candor report`, one after the other; each can be taken again from the review.

use std::path::Path;

use candor_directory::{Directory, Notice, Route, RouteError, Topic, TopicKind};
use candor_reporter::Client;
use candor_wire::RoleId;

use super::{
    draft::{Draft, asked, office_names, offices, role_names, roles_of},
    question::Turn,
};
use crate::client::{
    failure::Failure,
    files::{self, LocalFile},
    process::now,
    screen::{Screen, Typed},
    tell::{self, tell, tell_line},
    words,
};

/// The interview with the one at the keyboard.
pub struct Interview<'s, 'a> {
    pub screen: &'s mut Screen,
    pub client: &'a Client,
    /// The route that was shown and agreed to last.
    pub agreed: Option<Route>,
}

/// From which side a step with several questions is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    First,
    Last,
}

impl<'a> Interview<'_, 'a> {
    pub(super) fn directory(&self) -> &'a Directory {
        self.client.directory()
    }

    fn topic_of(&self, draft: &Draft) -> Option<&'a Topic> {
        draft.topic(self.directory())
    }

    /// Who this is, whom to call, and how it goes.
    pub fn begin(&self, in_the_open: bool) {
        let directory = self.directory();
        if directory.demonstration {
            self.screen.say(&words::DEMONSTRATION);
        }
        self.screen.say(&tell::welcome(directory));
        self.say_if_any(&tell::about_languages(directory));
        self.say_if_any(&tell::emergency(directory));
        self.screen.say(&words::HOW_IT_GOES);
        self.screen.say(&words::MANAGED_COMPUTER);
        if in_the_open {
            self.screen.say(&words::NO_TOR_HERE);
        }
        self.screen.say(&words::HOW_TO_MOVE);
    }

    fn say_if_any(&self, text: &str) {
        if !text.is_empty() {
            self.screen.say(text);
        }
    }

    /// Help that is always there: whom to call, who else can help, how to move about.
    pub fn help(&self, topic: Option<&Topic>) {
        let directory = self.directory();
        self.screen.line("");
        self.say_if_any(&tell::emergency(directory));
        self.screen.say(&tell::telephone(directory));
        if let Some(topic) = topic {
            self.show_resources(topic);
            self.say_if_any(&tell::mistreatment(topic, directory));
        }
        self.screen.say(&words::HOW_TO_MOVE);
    }

    fn show_resources(&self, topic: &Topic) {
        let directory = self.directory();
        let mut resources = topic
            .resources
            .iter()
            .filter_map(|id| directory.resource(id))
            .peekable();
        if resources.peek().is_none() {
            return;
        }
        self.screen.line(&words::RESOURCES);
        for resource in resources {
            let (heading, below) = tell::resource(resource, directory);
            self.screen.indented(&heading, 2);
            for line in below {
                self.screen.indented(&line, 4);
            }
        }
        self.screen.line("");
    }

    /// What it is about.
    pub async fn topic(&mut self, draft: &mut Draft) -> Result<Turn<()>, Failure> {
        let directory = self.directory();
        self.screen.line(&words::TOPICS);
        for (index, topic) in directory.topics.iter().enumerate() {
            self.screen
                .entry(index + 1, &tell_line(&topic.names, directory));
        }
        let topic = loop {
            let line = self.screen.ask_unless_stopped(&words::CHOOSE_TOPIC).await?;
            let chosen = choice(&line, directory.topics.len());
            match (
                line.trim(),
                chosen.and_then(|index| directory.topics.get(index)),
            ) {
                ("<", _) => return Ok(Turn::Back),
                ("?" | "？", _) => self.help(None),
                (_, Some(topic)) => break topic,
                _ => self.screen.line(&words::NOT_A_CHOICE),
            }
        };
        self.screen.line("");
        draft.topic = Some(topic.id.clone());
        self.about(topic);
        Ok(Turn::On(()))
    }

    /// What to know of a topic before beginning.
    pub fn about(&self, topic: &Topic) {
        let directory = self.directory();
        self.say_if_any(&tell(&topic.intro, directory));
        if topic.urgent {
            self.screen.say(&words::URGENT);
        }
        if let Some(number) = &topic.telephone {
            self.screen
                .say(&words::TOPIC_TELEPHONE.with(&[("telephone", number)]));
        }
        self.show_resources(topic);
        // Where the kinds can be chosen, what is none of them stands beside that question.
        let can_choose = topic
            .questions
            .iter()
            .filter_map(|id| directory.question(id))
            .any(|question| tell::is_about_mistreatment(question, directory));
        if !can_choose {
            self.say_if_any(&tell::mistreatment(topic, directory));
        }
    }

    /// The topic's questions, as far as they are asked.
    pub async fn answers(&mut self, draft: &mut Draft, from: From) -> Result<Turn<()>, Failure> {
        let directory = self.directory();
        let Some(topic) = self.topic_of(draft) else {
            return Ok(Turn::On(()));
        };
        if asked(directory, topic, &draft.answers).is_empty() {
            return Ok(if from == From::First {
                Turn::On(())
            } else {
                Turn::Back
            });
        }
        if from == From::First {
            self.screen.say(match topic.kind {
                TopicKind::Accolade => &words::QUESTIONS_PRAISE,
                TopicKind::Disclosure | TopicKind::Conversation => &words::QUESTIONS_AFTER,
                TopicKind::Concern => &words::QUESTIONS,
            });
        }
        let last = asked(directory, topic, &draft.answers)
            .len()
            .saturating_sub(1);
        let mut at = if from == From::First { 0 } else { last };
        loop {
            // Over the answers as they are now: each may open or close later questions.
            let asked = asked(directory, topic, &draft.answers);
            let Some(question) = asked.get(at) else {
                return Ok(Turn::On(()));
            };
            let place = words::QUESTION_OF.with(&[("n", &(at + 1)), ("of", &asked.len())]);
            self.screen.line(&place);
            let before = draft.answers.get(&question.id).cloned();
            match self.ask_question(topic, question, before.as_ref()).await? {
                Turn::Back if at == 0 => return Ok(Turn::Back),
                Turn::Back => at -= 1,
                Turn::On(Some(answer)) => {
                    draft.answers.insert(question.id.clone(), answer);
                    at += 1;
                }
                Turn::On(None) => {
                    draft.answers.remove(&question.id);
                    at += 1;
                }
            }
            self.screen.line("");
        }
    }

    /// Who will read it, and leaving someone out.
    pub async fn readers(&mut self, draft: &mut Draft) -> Result<Turn<()>, Failure> {
        let directory = self.directory();
        loop {
            let route = self.checked_route(draft)?;
            self.screen.line(&words::WHO_READS);
            self.show_route(&route, draft);
            self.screen.line("");
            self.screen.line(&words::LEAVE_OUT);
            let roles = roles_of(directory, &route.offices().cloned().collect::<Vec<_>>());
            match self.leave_out(draft, roles).await? {
                Turn::Back => return Ok(Turn::Back),
                Turn::On(false) => {
                    self.agreed = Some(route);
                    return Ok(Turn::On(()));
                }
                Turn::On(true) => self.screen.line(""),
            }
        }
    }

    /// The route, with a key for each of its offices: who has none is found out before the text is
    /// written.
    fn checked_route(&self, draft: &Draft) -> Result<Route, Failure> {
        let directory = self.directory();
        let refused =
            |error: candor_reporter::RecipientsError| Failure::from(error).with_hotline(directory);
        let route = draft
            .route(directory)
            .map_err(|error| refused(error.into()))?;
        if let Some(topic) = &draft.topic {
            self.client
                .recipients(topic, &draft.answers, &draft.excluded, now())
                .map_err(refused)?;
        }
        Ok(route)
    }

    /// Whether the readers that were agreed to are still the ones.
    pub fn is_agreed(&self, draft: &Draft) -> bool {
        let route = draft.route(self.directory());
        self.agreed.is_some() && route.ok() == self.agreed
    }

    /// Asks whom to leave out; says whether anything was changed.
    async fn leave_out(
        &mut self,
        draft: &mut Draft,
        mut roles: Vec<RoleId>,
    ) -> Result<Turn<bool>, Failure> {
        let directory = self.directory();
        loop {
            for (index, role) in roles.iter().enumerate() {
                self.screen.entry(index + 1, &role_names(directory, [role]));
            }
            let line = self
                .screen
                .ask_unless_stopped(&words::LEAVE_OUT_ASK)
                .await?;
            match line.trim() {
                "" => return Ok(Turn::On(false)),
                "<" => return Ok(Turn::Back),
                "?" | "？" => {
                    self.help(self.topic_of(draft));
                    continue;
                }
                typed if words::is_key(typed, words::KEY_ALL) => {
                    roles = directory.roles.iter().map(|role| role.id.clone()).collect();
                    continue;
                }
                typed if words::is_key(typed, words::KEY_NOBODY) => {
                    draft.excluded.clear();
                    return Ok(Turn::On(true));
                }
                _ => {}
            }
            let Some(chosen) = choices(&line, roles.len()) else {
                self.screen.line(&words::NOT_CHOICES);
                continue;
            };
            let before = draft.excluded.clone();
            let chosen = chosen
                .into_iter()
                .filter_map(|index| roles.get(index).cloned());
            draft.excluded.extend(chosen);
            match draft.route(directory) {
                Err(RouteError::NobodyLeft) => {
                    draft.excluded = before;
                    self.screen.say(&words::NOBODY_LEFT);
                }
                _ => return Ok(Turn::On(true)),
            }
        }
    }

    /// Shows who reads, and how that came about.
    pub fn show_route(&self, route: &Route, draft: &Draft) {
        let directory = self.directory();
        self.screen.indented(&words::ACTS, 2);
        for office in offices(directory, &route.to) {
            self.screen.indented(&tell::office(office, directory), 4);
        }
        if !route.copy.is_empty() {
            self.screen.indented(&words::READS_ALONG, 2);
            for office in offices(directory, &route.copy) {
                self.screen.indented(&tell::office(office, directory), 4);
            }
        }
        if let Notice::Fallback(left_out) = &route.notice {
            let names = office_names(directory, left_out);
            self.screen
                .indented(&words::FALLBACK.with(&[("names", &names)]), 2);
        }
        if !draft.excluded.is_empty() {
            let names = role_names(directory, &draft.excluded);
            self.screen
                .indented(&words::LEFT_OUT.with(&[("names", &names)]), 2);
        }
    }

    /// The text.
    pub async fn text(&mut self, draft: &mut Draft) -> Result<Turn<()>, Failure> {
        let most = self.directory().limits.text_bytes;
        let topic = self.topic_of(draft);
        let ask = match topic.map(|topic| topic.kind) {
            Some(TopicKind::Accolade) => words::TEXT_PRAISE,
            Some(TopicKind::Disclosure | TopicKind::Conversation) => words::TEXT_TELL,
            _ => words::TEXT,
        };
        loop {
            self.screen.line(&ask);
            if ask != words::TEXT_PRAISE {
                self.screen.line(&words::TEXT_CARE);
            }
            if !draft.text.is_empty() {
                self.screen.indented(&draft.text, 2);
                self.screen
                    .line(&words::KEPT_ANSWER.with(&[("answer", &"↑")]));
            }
            let typed = self.screen.read_text().await?;
            self.screen.line("");
            let text = match typed {
                Typed::Back => return Ok(Turn::Back),
                Typed::Help => {
                    self.help(topic);
                    continue;
                }
                Typed::Text(text) => text,
            };
            match text.trim() {
                "" if !draft.text.is_empty() => return Ok(Turn::On(())),
                "-" => {
                    draft.text.clear();
                    return Ok(Turn::On(()));
                }
                _ => {}
            }
            if u64::try_from(text.len()).is_ok_and(|len| len <= u64::from(most)) {
                draft.text = text;
                return Ok(Turn::On(()));
            }
            self.screen
                .line(&words::TEXT_TOO_LONG.with(&[("most", &most)]));
        }
    }

    /// The files, from none.
    pub async fn files(&mut self, draft: &mut Draft) -> Result<Turn<()>, Failure> {
        draft.files.clear();
        self.screen.line(&words::FILES);
        self.screen.line(&words::FILES_NOTE);
        loop {
            let line = self.screen.ask_unless_stopped(&words::FILE_ASK).await?;
            let path = line.trim();
            match path {
                "" => {
                    self.screen.line("");
                    return Ok(Turn::On(()));
                }
                "<" => return Ok(Turn::Back),
                "?" | "？" => {
                    self.help(self.topic_of(draft));
                    continue;
                }
                _ => {}
            }
            match self.look(draft, Path::new(path)) {
                Ok(file) => {
                    let size = words::size(file.size);
                    let added =
                        words::FILE_ADDED.with(&[("name", &file.shown_name()), ("size", &size)]);
                    self.screen.line(&added);
                    if files::carries_details(&file.name) {
                        self.screen.line(&words::FILE_CARRIES);
                    }
                    draft.files.push(file);
                }
                Err(failure) => self.screen.line(failure.what()),
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
}

/// A number from 1 to `most`, as an index.
pub fn choice(text: &str, most: usize) -> Option<usize> {
    let number: usize = western(text.trim()).parse().ok()?;
    (1..=most).contains(&number).then(|| number - 1)
}

/// Several of them, in order and each once.
pub fn choices(text: &str, most: usize) -> Option<Vec<usize>> {
    let mut chosen = Vec::new();
    let parts = text.split([',', ' ', ';', '،', '，', '、', '；']);
    for part in parts.filter(|part| !part.is_empty()) {
        let index = choice(part, most)?;
        if !chosen.contains(&index) {
            chosen.push(index);
        }
    }
    (!chosen.is_empty()).then_some(chosen)
}

/// Digits as Arabic, Persian and Chinese keyboards type them, as the ones that programs read.
fn western(text: &str) -> String {
    let digit = |c: char| match c {
        '٠'..='٩' => char::from_digit(c as u32 - '٠' as u32, 10),
        '۰'..='۹' => char::from_digit(c as u32 - '۰' as u32, 10),
        '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10),
        _ => None,
    };
    text.chars().map(|c| digit(c).unwrap_or(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_forgivingly_and_never_beyond_the_list() {
        assert_eq!(choice(" 2 ", 3), Some(1));
        assert_eq!(choice("٣", 3), Some(2));
        assert_eq!(choice("２", 3), Some(1));
        for bad in ["", "0", "4", "-1", "two", "99999999999999999999"] {
            assert_eq!(choice(bad, 3), None, "{bad}");
        }
        assert_eq!(choices("3, 1 1;2", 3), Some(vec![2, 0, 1]));
        assert_eq!(choices("٢، ١", 3), Some(vec![1, 0]));
        assert_eq!(choices("1,4", 3), None);
        assert_eq!(choices(" ", 3), None);
    }
}
