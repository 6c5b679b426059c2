//! A file of answers to fill in: every question of a topic, what it takes, and an answer that fits,
//! behind a `#`.
//!
//! Invariant: with every `#` before an entry removed, the file is read without a complaint, unless
//! one answer closes another question.

use candor_directory::{Directory, Question, QuestionKind, Topic, TopicId};

use crate::client::{failure::Failure, language::wanted, screen::clean, tell, words};

/// The file for a topic.
pub fn template(directory: &Directory, id: &TopicId) -> Result<String, Failure> {
    let Some(topic) = directory.topic(id) else {
        let ids = words::list(directory.topics.iter().map(|topic| &topic.id));
        return Err(Failure::usage(
            words::NO_SUCH_TOPIC.with(&[("id", id)]),
            words::IT_HAS.with(&[("ids", &ids)]),
        ));
    };
    let mut file = File(String::new());
    file.comment(&tell::tell_line(&directory.names, directory));
    file.comment(&words::TEMPLATE_HEAD);
    file.comment(&words::TEMPLATE_CARE);
    file.gap();
    file.comment(&tell::tell_line(&topic.names, directory));
    file.comment(&tell::tell(&topic.intro, directory));
    file.line(&format!("topic = \"{}\"", topic.id));
    file.gap();
    file.comment(&words::TEMPLATE_LANGUAGE);
    file.entry(&format!("language = \"{}\"", wanted(directory)));
    file.gap();
    file.comment(&words::TEMPLATE_TEXT);
    file.line("text = \"\"\"\n\n\"\"\"");
    file.gap();
    file.comment(&words::TEMPLATE_FILES);
    file.line("files = []");
    file.gap();
    file.comment(&words::TEMPLATE_EXCLUDE);
    for role in &directory.roles {
        file.comment(&format!(
            "  {}: {}",
            role.id,
            tell::tell_line(&role.names, directory)
        ));
    }
    file.line("exclude = []");
    file.gap();
    answers(&mut file, directory, topic);
    file.comment(&words::TEMPLATE_WISHES);
    file.entry("[wishes]");
    file.entry("hold_until_similar = true");
    file.entry("not_before = \"2099-12-20\"");
    file.gap();
    file.comment(&words::TEMPLATE_IDENTITY);
    file.entry("[identity]");
    file.entry("name = \"…\"");
    file.entry("contact = \"…\"");
    Ok(file.0)
}

fn answers(file: &mut File, directory: &Directory, topic: &Topic) {
    file.comment(&words::TEMPLATE_ANSWERS);
    file.line("[answers]");
    file.gap();
    for question in topic
        .questions
        .iter()
        .filter_map(|id| directory.question(id))
    {
        file.comment(&tell::tell(&question.label, directory));
        file.comment(&tell::tell(&question.help, directory));
        if question.required {
            file.comment(&words::TEMPLATE_NEEDED);
        }
        if question.show_if.is_some() {
            file.comment(&words::TEMPLATE_SHOWN_IF);
        }
        let value = value(file, directory, question);
        file.entry(&format!("{} = {value}", question.id));
        file.gap();
    }
}

/// Says what fits, and gives a value that does.
fn value(file: &mut File, directory: &Directory, question: &Question) -> String {
    let choices = |file: &mut File, what: &str, entries: Vec<(String, String)>| {
        file.comment(what);
        for (id, label) in entries {
            file.comment(&format!("  {id}: {label}"));
        }
    };
    let options = || -> Vec<(String, String)> {
        let option = |o: &candor_directory::QuestionOption| {
            (o.id.to_string(), tell::tell_line(&o.label, directory))
        };
        question.options.iter().map(option).collect()
    };
    let first = |entries: &[(String, String)]| {
        entries
            .first()
            .map_or_else(String::new, |(id, _)| id.clone())
    };
    // What follows stands below, one to a line.
    let below = |message: crate::client::message::Message| message.with(&[("ids", &"")]);
    match question.kind {
        QuestionKind::ShortText => "\"…\"".to_owned(),
        QuestionKind::LongText => "\"\"\"…\"\"\"".to_owned(),
        QuestionKind::One => {
            let value = format!("\"{}\"", first(&options()));
            choices(file, &below(words::TEMPLATE_ONE), options());
            value
        }
        QuestionKind::Many => {
            let value = format!("[\"{}\"]", first(&options()));
            choices(file, &below(words::TEMPLATE_MANY), options());
            value
        }
        QuestionKind::YesNoUnsure => {
            file.comment(&words::TEMPLATE_ONE.with(&[("ids", &"yes, no, unsure")]));
            "\"unsure\"".to_owned()
        }
        QuestionKind::Period => {
            file.comment(&words::ASK_PERIOD);
            "\"2026-10-01/2026-10-12\"".to_owned()
        }
        QuestionKind::Place => {
            let places: Vec<_> = directory
                .places
                .iter()
                .map(|p| (p.id.to_string(), tell::tell_line(&p.names, directory)))
                .collect();
            let value = format!("\"{}\"", first(&places));
            choices(file, &below(words::TEMPLATE_PLACE), places);
            value
        }
        QuestionKind::Person => {
            let sources: Vec<_> = directory
                .categories
                .sources
                .iter()
                .map(|s| (s.id.to_string(), tell::tell_line(&s.names, directory)))
                .collect();
            let value = format!("{{ role = \"{}\", words = \"…\" }}", first(&sources));
            choices(file, &below(words::TEMPLATE_PERSON), sources);
            value
        }
    }
}

struct File(String);

impl File {
    fn gap(&mut self) {
        self.0.push('\n');
    }

    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    /// Words, none of which can become an entry: a line break in them begins a comment, too.
    fn comment(&mut self, words: &str) {
        for line in clean(words).lines() {
            self.line(format!("# {line}").trim_end());
        }
    }

    /// An entry that counts once the `#` is removed; without a space after it, to tell it from words.
    fn entry(&mut self, entry: &str) {
        self.line(&format!("#{entry}"));
    }
}
