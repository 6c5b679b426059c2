//! Importing a table.

use std::sync::Arc;

use actix_web::http::StatusCode;
use sha2::{Digest as _, Sha256};

use super::{Asked, value};
use crate::{
    desk::Desk,
    failure::{Failure, Outcome},
    import::{
        self, Choice, Source,
        columns::{Columns, targets},
        plan::{Plan, Ready},
        planned,
        run::run,
        table::{Delimiter, Encoding, Form},
    },
    view,
    web::{
        bringing::{Job, Stage},
        pages::import::{self as page, Choose, Look},
        routes::Out,
        submission::{Refused, Submission},
    },
};

impl Asked<'_> {
    /// The table as it stands.
    pub(super) fn import(&self, query: &str) -> Out {
        let note = value(query, "note");
        let Some(job) = self.open.imports.job() else {
            return Out::page(page::choose(&self.frame(), None));
        };
        let name = &job.source.name;
        match &job.stage {
            Stage::Look => self.look(&job, note.map(|_| CHANGED)),
            Stage::Running {
                sent,
                of,
                is_stopping,
            } => Out::page(page::running(&self.frame(), name, *sent, *of, *is_stopping)),
            Stage::Ended(ended) => Out::page(page::ended(&self.frame(), name, ended)),
        }
    }

    fn not_taken(&self, failure: &Failure) -> Out {
        Out::page(page::choose(&self.frame(), Some(failure))).status(StatusCode::CONFLICT)
    }

    /// A file was chosen.
    pub(super) fn import_chosen(
        &self,
        mut submission: Submission,
        refused: Option<Refused>,
    ) -> Out {
        let too_large = || {
            Failure::usage(
                "The file is too large.",
                "Divide it into several files, each with the headings as its first row.",
            )
        };
        if refused.is_some() {
            return self.not_taken(&too_large());
        }
        let Some(upload) = submission.files.pop() else {
            return self.not_taken(&Failure::usage(
                "No file was chosen.",
                "Choose the CSV file that the evaluation system exported.",
            ));
        };
        let begun = Source::new(&upload.name, upload.bytes, Form::default()).and_then(|source| {
            let choice = first_choice(&self.desk, &source)?;
            Ok((source, choice))
        });
        match begun {
            Ok((source, choice)) => {
                // If one is being sent, that one is shown.
                self.open.imports.choose(source, choice);
                Out::redirect("/import")
            }
            Err(failure) => self.not_taken(&failure),
        }
    }

    /// Columns were assigned otherwise.
    pub(super) fn import_columns(&self, submission: &Submission) -> Out {
        let Some(job) = self.open.imports.job() else {
            return Out::redirect("/import");
        };
        match changed(&self.desk, &job, submission) {
            Ok((source, choice)) => {
                self.open.imports.change(job.number, source, choice);
                Out::redirect("/import")
            }
            Err(failure) => {
                let words = format!("{} {}", failure.cause(), failure.remedy());
                self.look(&job, Some(&words))
            }
        }
    }

    /// It is to be sent as it was shown.
    pub(super) fn import_started(&mut self, submission: &Submission) -> Out {
        let Some(job) = self.open.imports.job() else {
            return Out::redirect("/import");
        };
        let plan = match planned(&self.desk, &job.source.table, &job.choice) {
            Ok(plan) => plan,
            Err(_) => return Out::redirect("/import"),
        };
        let is_shown = mark(&job, &plan) == submission.field("mark");
        if !is_shown || submission.field("seen") != "yes" || plan.ready.is_empty() {
            return Out::redirect("/import?note=changed");
        }
        if let Err(failure) = import::remember(&mut self.desk, &job.source.table, &job.choice) {
            return super::failed(self.site, self.session, &failure);
        }
        if !self.open.imports.start(job.number, plan.ready.len()) {
            return Out::redirect("/import");
        }
        let open = Arc::clone(&self.open);
        let spawned = self.open.spawn(move |mut desk| {
            let (name, topic) = (&job.source.name, &job.choice.topic);
            let ended = run(&mut desk, name, topic, &plan, |sent| {
                // Whoever started it may look away: locking would stop it halfway.
                open.touch();
                open.imports.progress(sent)
            });
            open.imports.end(ended);
        });
        match spawned {
            Ok(()) => Out::redirect("/import"),
            Err(failure) => {
                self.open.imports.clear();
                self.not_taken(&failure)
            }
        }
    }

    /// It is done with, or to stop.
    pub(super) fn import_ended(&self) -> Out {
        let was_ended = matches!(
            self.open.imports.job().map(|job| job.stage),
            Some(Stage::Ended(_))
        );
        self.open.imports.put_away();
        Out::redirect(if was_ended { "/" } else { "/import" })
    }

    fn look(&self, job: &Job, problem: Option<&str>) -> Out {
        let plan = planned(&self.desk, &job.source.table, &job.choice);
        let shown = self.show_look(job, &plan, problem);
        match shown {
            Ok(page) => Out::page(page),
            Err(failure) => super::failed(self.site, self.session, &failure),
        }
    }

    fn show_look(&self, job: &Job, plan: &Outcome<Plan>, problem: Option<&str>) -> Outcome<String> {
        let (desk, table, choice) = (&self.desk, &job.source.table, &job.choice);
        let directory = &desk.published()?.directory;
        let language = &desk.config.language;
        let words = |text: &candor_directory::Text| {
            text.show(language, &directory.languages).text.to_owned()
        };
        let topic = import::topic(directory, Some(choice.topic.as_str()))?;
        let topics: Vec<Choose> = directory
            .topics
            .iter()
            .map(|one| choose(one.id.as_str(), words(&one.names), one.id == topic.id))
            .collect();
        let mut channels = vec![choose(
            "",
            "Course or clerkship evaluation, as each row says".to_owned(),
            choice.channel.is_none(),
        )];
        channels.extend(directory.categories.channels.iter().map(|one| {
            let is_chosen = choice.channel.as_ref() == Some(&one.id);
            choose(one.id.as_str(), words(&one.names), is_chosen)
        }));
        let columns: Vec<(String, String, Vec<Choose>)> = targets(directory, topic, language)
            .into_iter()
            .map(|target| {
                let taken = choice.columns.0.get(&target.name);
                let mut headings = vec![choose("", "–".to_owned(), taken.is_none())];
                headings.extend(
                    table
                        .headings
                        .iter()
                        .map(|heading| choose(heading, heading.clone(), taken == Some(heading))),
                );
                (target.name, target.label, headings)
            })
            .collect();
        let encodings = [Encoding::Utf8, Encoding::Windows1252, Encoding::Utf16];
        let encodings = encodings.map(|one| {
            let name = match one {
                Encoding::Utf8 => "UTF-8",
                Encoding::Windows1252 => "Windows-1252 (western languages)",
                Encoding::Utf16 => "UTF-16",
            };
            choose(&one.to_string(), name.to_owned(), one == table.encoding)
        });
        let delimiters = [Delimiter::Comma, Delimiter::Semicolon, Delimiter::Tab];
        let delimiters =
            delimiters.map(|one| choose(&one.to_string(), one.to_string(), one == table.delimiter));
        let readers: Vec<(String, usize)> = plan.as_ref().map_or_else(
            |_| Vec::new(),
            |plan| {
                let readers = plan.readers.iter();
                let names = |offices: &[candor_wire::OfficeId]| {
                    let names: Vec<String> =
                        offices.iter().map(|one| self.office_name(one)).collect();
                    names.join(", ")
                };
                readers
                    .map(|(offices, rows)| (names(offices), *rows))
                    .collect()
            },
        );
        let in_words = |row: &Ready| -> Vec<(String, String)> {
            let answers = view::answers_in_words(desk, choice.topic.as_str(), &row.answers);
            let words = answers.into_iter();
            words
                .map(|one| (one.label, one.answer.join("\n")))
                .collect()
        };
        let answers: Vec<_> = plan.as_ref().map_or_else(
            |_| Vec::new(),
            |plan| plan.ready.iter().take(page::SHOWN).map(in_words).collect(),
        );
        let mark = plan
            .as_ref()
            .map(|plan| mark(job, plan))
            .unwrap_or_default();
        let shown = Look {
            name: &job.source.name,
            mark: &mark,
            topics: &topics,
            channels: &channels,
            encodings: &encodings,
            delimiters: &delimiters,
            columns: &columns,
            unused: &choice.columns.unused(table),
            plan: plan.as_ref(),
            readers: &readers,
            answers: &answers,
            problem,
        };
        Ok(page::look(&self.frame(), &shown))
    }
}

const CHANGED: &str =
    "Something has changed since this was shown. Look at it again, and say that these may read it.";

fn choose(value: &str, words: String, is_chosen: bool) -> Choose {
    Choose {
        value: value.to_owned(),
        words,
        is_chosen,
    }
}

/// What a file begins with: the topic and columns of the last time, or what suggests itself.
fn first_choice(desk: &Desk, source: &Source) -> Outcome<Choice> {
    let directory = &desk.published()?.directory;
    let remembered = import::remembered_topic(desk, &source.table);
    let named = remembered.map(candor_directory::TopicId::as_str);
    let topic = import::topic(directory, named)
        .or_else(|_| import::topic(directory, None))
        .or_else(|failure| directory.topics.first().ok_or(failure))?;
    Ok(Choice {
        topic: topic.id.clone(),
        channel: None,
        columns: import::suggested(desk, &source.table, topic)?,
    })
}

/// What was chosen in the form. With another topic or form of the file the columns are suggested
/// anew.
fn changed(desk: &Desk, job: &Job, submission: &Submission) -> Outcome<(Option<Source>, Choice)> {
    let directory = &desk.published()?.directory;
    let topic = import::topic(directory, Some(submission.field("topic")))?;
    let channel = submission.field("channel");
    let mut channels = directory.categories.channels.iter();
    let channel = channels
        .find(|one| one.id.as_str() == channel)
        .map(|one| one.id.clone());
    let form = Form {
        encoding: submission.field("encoding").parse().ok(),
        delimiter: submission.field("delimiter").parse().ok(),
    };
    let table = &job.source.table;
    let is_same_form = form.encoding.is_none_or(|one| one == table.encoding)
        && form.delimiter.is_none_or(|one| one == table.delimiter);
    let read = if is_same_form {
        None
    } else {
        Some(job.source.read_as(form)?)
    };
    let table = read.as_ref().map_or(table, |source| &source.table);
    let columns = if topic.id == job.choice.topic && is_same_form {
        let targets = targets(directory, topic, &desk.config.language);
        let said: Vec<(String, String)> = submission
            .under("column-")
            .map(|(name, heading)| (name.to_owned(), heading.to_owned()))
            .collect();
        let mut columns = Columns::default();
        columns.assign(&said, table, &targets)?;
        columns
    } else {
        import::suggested(desk, table, topic)?
    };
    let choice = Choice {
        topic: topic.id.clone(),
        channel,
        columns,
    };
    Ok((read, choice))
}

/// Names what is shown: whatever another tab may have changed meanwhile, the columns too.
fn mark(job: &Job, plan: &Plan) -> String {
    let readers: Vec<String> = plan
        .readers
        .iter()
        .map(|(offices, rows)| {
            let offices: Vec<&str> = offices.iter().map(|office| office.as_str()).collect();
            format!("{}:{rows}", offices.join("+"))
        })
        .collect();
    let channel = job.choice.channel.as_ref().map_or("", |one| one.as_str());
    let table = &job.source.table;
    // Headings are others' words and may be long.
    let mut columns = Sha256::new();
    for (target, heading) in &job.choice.columns.0 {
        for words in [target, heading] {
            columns.update((words.len() as u64).to_be_bytes());
            columns.update(words);
        }
    }
    format!(
        "{};{};{channel};{};{};{};{};{}",
        job.number,
        job.choice.topic,
        table.encoding,
        table.delimiter,
        hex::encode(columns.finalize()),
        plan.ready.len(),
        readers.join(",")
    )
}
