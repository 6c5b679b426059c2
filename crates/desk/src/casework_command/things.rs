//! Notes, tasks, and what leaders are asked to do.

use std::fmt::Write as _;

use candor_casework::{Body, Scope, body::Handle, work::Task as Known};
use candor_wire::OfficeId;
use serde::Serialize;

use super::{At, find, line, words};
use crate::{
    casework, clean,
    cli::casework::{InterveneArgs, NoteArgs, ReportBackArgs, Task, TaskArgs, TaskDoneArgs},
    commands::print,
    failure::{Failure, Outcome, Reason},
    web::pages::casework::names::Names,
};

/// A task, as JSON shows it.
#[derive(Serialize)]
struct Line {
    case: String,
    task: Handle,
    text: String,
    due: Option<String>,
    office: Option<OfficeId>,
    done: bool,
    by: OfficeId,
    own: bool,
}

impl At<'_> {
    pub(super) fn note(&mut self, args: &NoteArgs) -> Outcome<Reason> {
        let text = words(&args.words, "The note")?;
        let on = self.case(&args.on.case, args.on.sending)?;
        let work = self.work(&on.0);
        let mut mentions = Vec::new();
        for office in &args.mention {
            mentions.push(find::office_on(&work, office)?);
        }
        mentions.sort();
        mentions.dedup();
        let replaces = match &args.replaces {
            Some(event) => Some(find::event(&work, event)?),
            None => None,
        };
        let replaced = replaces.and_then(|id| work.notes.iter().find(|note| note.event == id));
        if replaces.is_some() && replaced.is_none() {
            return Err(Failure::usage(
                "That is no note.",
                "“timeline” shows which are.",
            ));
        }
        let scope = replaced.map_or_else(|| scope(args.own), |note| note.scope);
        let body = Body::Note {
            text,
            mentions,
            replaces,
        };
        self.act(on, body, scope, "Noted; the reporter does not see it.")
    }

    pub(super) fn task(&mut self, task: &Task) -> Outcome<Reason> {
        match task {
            Task::Add(args) => self.add_task(args),
            Task::Done(args) => self.task_done(args),
            Task::List { case, all } => self.tasks(case.as_deref(), *all),
        }
    }

    fn add_task(&mut self, args: &TaskArgs) -> Outcome<Reason> {
        let on = self.case(&args.on.case, args.on.sending)?;
        let work = self.work(&on.0);
        let known = match &args.change {
            Some(beginning) => Some(known_task(&work.tasks, Some(beginning))?),
            None => None,
        };
        let given = args.words.text.is_some() || args.words.text_file.is_some();
        let text = match known {
            Some(known) if !given => known.text.clone(),
            _ => words(&args.words, "What is to be done")?,
        };
        let due = match &args.due {
            Some(due) => Some(find::coming(self.desk, due)?),
            None => known.and_then(|known| known.due),
        };
        let office = match &args.office {
            Some(office) => Some(find::office_on(&work, office)?),
            None => known.and_then(|known| known.office.clone()),
        };
        let scope = known.map_or_else(|| scope(args.own), |known| known.scope);
        let handle = known.map_or_else(find::new_handle, |known| known.handle);
        let body = Body::Task {
            task: handle,
            text,
            due,
            office,
        };
        let done = format!("Task {}: written down.", short(handle));
        self.act(on, body, scope, &done)
    }

    fn task_done(&mut self, args: &TaskDoneArgs) -> Outcome<Reason> {
        let on = self.case(&args.case, args.sending)?;
        let work = self.work(&on.0);
        // Without a name, the only one that is open.
        let open: Vec<Known> = work
            .tasks
            .iter()
            .filter(|task| args.task.is_some() || task.done == args.undo)
            .cloned()
            .collect();
        let known = known_task(&open, args.task.as_deref())?;
        let body = Body::TaskDone {
            task: known.handle,
            done: !args.undo,
        };
        let done = if args.undo { "Open again." } else { "Done." };
        self.act(on, body, known.scope, done)
    }

    fn tasks(&self, case: Option<&str>, all: bool) -> Outcome<Reason> {
        let one = match case {
            Some(label) => Some(self.desk.state.find(label)?.conversation),
            None => None,
        };
        let names = Names::of(self.desk);
        let mut found = Vec::new();
        for case in self.desk.state.cases.values() {
            if one.is_some_and(|one| one != case.conversation) || case.events.is_empty() {
                continue;
            }
            let label = self.desk.state.label(&case.conversation);
            let work = casework::work_of(self.desk, case);
            for task in work.tasks.iter().filter(|task| all || !task.done) {
                found.push((task.due, label.clone(), task.clone()));
            }
        }
        // The nearest first; those without a day last.
        found.sort_by_key(|(due, label, _)| (due.is_none(), *due, label.clone()));
        let mut words = String::new();
        for (_, label, task) in &found {
            let mark = if task.done { "x" } else { " " };
            let due = task.due.map(|due| names.due(due)).unwrap_or_default();
            let office = task.office.as_ref().map(|office| names.office(office));
            // Writing to a string does not fail.
            let _ = writeln!(
                words,
                "[{mark}] {label}  {}  {}{}{}",
                short(task.handle),
                clean::line(&task.text),
                office.map(|name| format!(", {name}")).unwrap_or_default(),
                if due.is_empty() {
                    due
                } else {
                    format!(", {due}")
                },
            );
        }
        if found.is_empty() {
            words.push_str("Nothing is to be done.");
        }
        let lines: Vec<Line> = found
            .into_iter()
            .map(|(_, case, task)| Line {
                case,
                task: task.handle,
                text: task.text,
                due: task.due.map(|due| due.to_string()),
                office: task.office,
                done: task.done,
                by: task.by,
                own: task.scope == Scope::Office,
            })
            .collect();
        print(self.json, &lines, words.trim_end())?;
        Ok(Reason::Done)
    }

    pub(super) fn intervene(&mut self, args: &InterveneArgs) -> Outcome<Reason> {
        let on = self.case(&args.on.case, args.on.sending)?;
        let work = self.work(&on.0);
        let known = match &args.change {
            Some(beginning) => {
                let handles = work.interventions.iter().map(|thing| thing.handle);
                let handle = find::handle(handles, Some(beginning), "intervention")?;
                work.interventions
                    .iter()
                    .find(|thing| thing.handle == handle)
            }
            None => None,
        };
        let leader = match (&args.leader, known) {
            (None, Some(known)) => known.leader.clone(),
            (given, _) => line(given.as_ref(), "Which leader, by function")?,
        };
        let what = match (&args.what, known) {
            (None, Some(known)) => known.what.clone(),
            (given, _) => line(given.as_ref(), "What is to be done")?,
        };
        let due = match (&args.due, known) {
            (None, Some(known)) => known.due,
            (given, _) => {
                let text = line(given.as_ref(), "By which day, such as 2027-01-31")?;
                find::coming(self.desk, &text)?
            }
        };
        let kind = match &args.kind {
            Some(kind) => {
                let known = &self.desk.published()?.directory.categories.interventions;
                Some(find::category(known, kind, "kind of intervention")?)
            }
            None => known.and_then(|known| known.kind.clone()),
        };
        let handle = known.map_or_else(find::new_handle, |known| known.handle);
        let body = Body::Intervene {
            intervention: handle,
            leader,
            kind,
            what,
            due,
        };
        let done = format!("Intervention {}: written down.", short(handle));
        self.act(on, body, Scope::Case, &done)
    }

    pub(super) fn report_back(&mut self, args: &ReportBackArgs) -> Outcome<Reason> {
        let on = self.case(&args.case, args.sending)?;
        let work = self.work(&on.0);
        let open = work
            .interventions
            .iter()
            .filter(|thing| args.intervention.is_some() || thing.reported.is_none())
            .map(|thing| thing.handle);
        let intervention = find::handle(open, args.intervention.as_deref(), "intervention")?;
        let text = words(&args.words, "What the leader reported")?;
        let body = Body::ReportBack {
            intervention,
            text,
            completed: !args.not_completed,
        };
        self.act(on, body, Scope::Case, "Reported back.")
    }
}

fn known_task<'a>(tasks: &'a [Known], beginning: Option<&str>) -> Outcome<&'a Known> {
    let handle = find::handle(tasks.iter().map(|task| task.handle), beginning, "task")?;
    tasks
        .iter()
        .find(|task| task.handle == handle)
        .ok_or_else(|| Failure::internal("A task that was found is gone."))
}

const fn scope(own: bool) -> Scope {
    if own { Scope::Office } else { Scope::Case }
}

/// The first characters of a handle: as many as a person types.
pub(super) fn short(handle: Handle) -> String {
    handle.to_string().chars().take(8).collect()
}
