//! One case as it is listed and searched.

use std::{sync::Arc, thread};

use candor_casework::{Work, body::Handle};

use crate::{
    case::Case,
    casework,
    desk::Desk,
    opening::cores,
    overview::{self, Deadline, attention, fold::fold_into, similar::Names},
    view::{self, Detail, Summary},
};

/// Fewer cases than this are not worth a thread.
const WORTH_A_THREAD: usize = 64;

/// A case as it is listed.
#[derive(Debug)]
pub struct Row {
    /// The case that this follows.
    pub case: Arc<Case>,
    /// What its events come to.
    pub work: Arc<Work>,
    /// The line about it.
    pub summary: Summary,
    /// Its place among everything that came.
    pub order: u64,
    /// What is due, the nearest first.
    pub deadlines: Vec<Deadline>,
    /// Whom and what it names.
    pub names: Names,
    /// How many notes ask for this office.
    pub mentions: usize,
    /// Everything of it that can be searched, folded.
    pub text: String,
}

impl Row {
    fn of(desk: &Desk, case: &Arc<Case>) -> Self {
        let detail = view::detail(desk, case);
        let work = casework::work_of(desk, case);
        let directory = desk.published.as_deref().map(|p| &*p.directory);
        Self {
            order: case.newest().order,
            deadlines: overview::deadlines(desk, case, &work),
            names: Names::of(directory, case),
            mentions: attention::mentions(&work, &desk.config.office).len(),
            text: folded(&detail, &work),
            summary: detail.summary,
            work,
            case: Arc::clone(case),
        }
    }

    /// Rows of many cases, made on all cores.
    pub fn of_all(desk: &Desk, cases: &[&Arc<Case>]) -> Vec<Self> {
        let rows = |cases: &[&Arc<Case>]| -> Vec<Self> {
            cases.iter().map(|case| Self::of(desk, case)).collect()
        };
        if cases.len() < WORTH_A_THREAD {
            return rows(cases);
        }
        let each = cases.len().div_ceil(cores());
        thread::scope(|scope| {
            let parts: Vec<_> = cases
                .chunks(each)
                .map(|part| (part, scope.spawn(move || rows(part))))
                .collect();
            parts
                .into_iter()
                // A thread that broke off would do so here again, where it is noticed.
                .flat_map(|(part, thread)| thread.join().unwrap_or_else(|_| rows(part)))
                .collect()
        })
    }

    /// The group that it belongs to.
    pub fn group(&self) -> Option<Handle> {
        self.work.group.value.as_ref().map(|(group, _)| *group)
    }
}

/// Everything of a case that can be searched: what the reporter and the offices wrote, and what
/// staff wrote among themselves.
fn folded(case: &Detail, work: &Work) -> String {
    let mut text = String::new();
    let mut add = |part: &str| {
        if !part.is_empty() {
            fold_into(part, &mut text);
            text.push('\n');
        }
    };
    add(&case.summary.id);
    add(&case.summary.topic_name);
    for party in case.readers.iter().chain(&case.left_out) {
        add(&party.name);
    }
    for message in &case.conversation {
        add(&message.text);
        for answer in &message.answers {
            add(&answer.label);
            answer.answer.iter().for_each(|words| add(words));
        }
        for question in &message.questions {
            add(&question.text);
        }
        for file in &message.attachments {
            add(&file.name);
        }
    }
    if let Some(words) = case.identity.as_ref().and_then(view::identity_in_words) {
        add(&words);
    }
    if let Some(origin) = &case.origin {
        add(&origin.note);
    }
    for note in &work.notes {
        add(&note.text);
    }
    for task in &work.tasks {
        add(&task.text);
    }
    for asked in &work.interventions {
        add(&asked.leader);
        add(&asked.what);
        if let Some((_, reported, _)) = &asked.reported {
            add(reported);
        }
    }
    if let Some((_, label)) = &work.group.value {
        add(label);
    }
    if let Some((_, whom)) = &work.responsible.value {
        add(whom);
    }
    if let Some((_, note)) = &work.discarded.value {
        add(note);
    }
    text.shrink_to_fit();
    text
}
