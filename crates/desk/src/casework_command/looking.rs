//! Looking at casework: the timeline of a case, what is due, and the list of cases.

use std::{fmt::Write as _, sync::Arc};

use candor_casework::Scope;
use candor_wire::OfficeId;
use serde::Serialize;

use super::{At, find};
use crate::{
    case, clean,
    cli::casework::{DeadlinesArgs, Sending, TimelineArgs},
    cli::list::{ListArgs, StandingArg},
    commands::print,
    desk::Desk,
    failure::{Outcome, Reason},
    overview::{self, Deadline, fold::fold},
    text,
    view::Summary,
    web::{
        index::row::Row,
        pages::casework::{names::Names, say},
    },
};

/// An event, as JSON shows it.
#[derive(Serialize)]
struct Happened {
    event: String,
    day: String,
    office: OfficeId,
    device: String,
    own: bool,
    does: String,
    text: String,
    /// What came of it: counts, two versions, waits, changed nothing.
    effect: String,
    why: String,
    gap: bool,
    twice: bool,
}

/// Something that is due, as JSON shows it.
#[derive(Serialize)]
struct Due {
    case: String,
    due: String,
    what: String,
    detail: Option<String>,
    late: bool,
}

/// A case with its casework, as JSON shows it.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    state: String,
    responsible: Option<OfficeId>,
    group: Option<String>,
    next_due: Option<String>,
    discarded: bool,
}

impl At<'_> {
    pub(super) fn timeline(&mut self, args: &TimelineArgs) -> Outcome<Reason> {
        let later = args.known;
        let (id, _) = self.case(&args.case, Sending { later })?;
        let work = self.work(&id);
        let names = Names::of(self.desk);
        let happened: Vec<Happened> = work
            .timeline
            .iter()
            .map(|entry| {
                let said = say::event(&names, &entry.body);
                let (effect, why) = say::effect(entry.effect).unwrap_or(("counts", ""));
                Happened {
                    event: entry.event.to_string(),
                    day: entry.day.to_string(),
                    office: entry.office.clone(),
                    device: entry.device.to_string(),
                    own: entry.scope == Scope::Office,
                    does: said.sentence,
                    text: said.text,
                    effect: effect.to_lowercase(),
                    why: why.to_owned(),
                    gap: entry.gap,
                    twice: entry.twice,
                }
            })
            .collect();
        let mut words = String::new();
        for one in &happened {
            let short: String = one.event.chars().take(8).collect();
            let own = if one.own { " (this office only)" } else { "" };
            // Writing to a string does not fail.
            let _ = writeln!(
                words,
                "{short}  {}  {} {}{own}",
                one.day,
                names.who(&one.office),
                one.does
            );
            for line in clean::text(&one.text).lines() {
                let _ = writeln!(words, "                      {line}");
            }
            if !one.why.is_empty() {
                let _ = writeln!(words, "          ! {}: {}", one.effect, one.why);
            }
            if one.twice {
                words.push_str(
                    "          ! Its workstation has given this number twice: it was copied, or set \
                     back to an older state.\n",
                );
            }
        }
        if !work.missing.is_empty() {
            let _ = writeln!(
                words,
                "{} of what these build on have not come here.",
                work.missing.len()
            );
        }
        if happened.is_empty() {
            words.push_str("The offices have done nothing on this case yet.");
        }
        print(self.json, &happened, words.trim_end())?;
        Ok(Reason::Done)
    }

    pub(super) fn deadlines(&self, args: DeadlinesArgs) -> Outcome<Reason> {
        let today = self.desk.clock.today();
        let mut found: Vec<(Deadline, String)> = Vec::new();
        for case in self.desk.state.cases.values() {
            let work = crate::casework::work_of(self.desk, case);
            let label = self.desk.state.label(&case.conversation);
            for deadline in overview::deadlines(self.desk, case, &work) {
                let is_late = deadline.due < today && deadline.duty.can_be_late();
                let is_near = args
                    .within
                    .is_none_or(|days| deadline.due <= today.plus(days));
                if is_near && (is_late || !args.late) {
                    found.push((deadline, label.clone()));
                }
            }
        }
        found.sort_by(|(a, case_a), (b, case_b)| (a.due, case_a).cmp(&(b.due, case_b)));
        let names = Names::of(self.desk);
        let mut words = String::new();
        for (deadline, case) in &found {
            let detail = deadline.duty.detail().map(clean::line);
            let detail = detail
                .map(|detail| format!(": {detail}"))
                .unwrap_or_default();
            // Writing to a string does not fail.
            let _ = writeln!(
                words,
                "{case:<8}  {}  {}{detail}",
                names.due(deadline.due),
                deadline.duty.words()
            );
        }
        if found.is_empty() {
            words.push_str("Nothing is due.");
        }
        let due: Vec<Due> = found
            .iter()
            .map(|(deadline, case)| Due {
                case: case.clone(),
                due: deadline.due.to_string(),
                what: deadline.duty.words().to_owned(),
                detail: deadline.duty.detail().map(str::to_owned),
                late: deadline.due < today && deadline.duty.can_be_late(),
            })
            .collect();
        print(self.json, &due, words.trim_end())?;
        Ok(Reason::Done)
    }
}

/// Lists cases.
///
/// # Errors
/// If an argument names nothing.
pub fn list(desk: &Desk, args: &ListArgs, json: bool) -> Outcome<Reason> {
    let cases: Vec<&Arc<case::Case>> = desk.state.cases.values().collect();
    let mut rows = Row::of_all(desk, &cases);
    let responsible = match args.responsible.as_deref() {
        None | Some("nobody") => None,
        Some("own") => Some(desk.config.office.clone()),
        Some(office) => Some(find::office(desk, office)?),
    };
    are_known(desk, args, &rows)?;
    let group = match &args.group {
        None => None,
        Some(case) => {
            let conversation = desk.state.find(case)?.conversation;
            let work = crate::casework::work(desk, &conversation);
            let handles = work.group.value.iter().map(|(handle, _)| *handle);
            Some(find::handle(handles, None, "group")?)
        }
    };
    let search: Vec<String> = args
        .search
        .iter()
        .flat_map(|words| words.split_whitespace())
        .map(fold)
        .collect();
    let today = desk.clock.today();
    rows.retain(|row| {
        let work = &row.work;
        let office = work.responsible.value.as_ref().map(|(office, _)| office);
        (!args.unread || row.summary.unread)
            && args
                .standing
                .is_none_or(|standing| row.summary.standing == stands(standing))
            && args.state.as_deref().is_none_or(|state| is_in(row, state))
            && args
                .topic
                .as_deref()
                .is_none_or(|topic| row.summary.topic == topic)
            && match args.responsible.as_deref() {
                None => true,
                Some("nobody") => office.is_none(),
                Some(_) => office == responsible.as_ref(),
            }
            && group.is_none_or(|group| row.group() == Some(group))
            && args.due_within.is_none_or(|days| {
                let mut due = row.deadlines.iter();
                due.any(|deadline| deadline.due <= today.plus(days))
            })
            && (args.discarded == work.discarded.value.is_some() || args.all)
            && search.iter().all(|word| row.text.contains(word.as_str()))
    });
    rows.sort_by_key(|row| std::cmp::Reverse(row.order));
    let names = Names::of(desk);
    let mut words = String::new();
    let table = text::list(
        &rows
            .iter()
            .map(|row| row.summary.clone())
            .collect::<Vec<_>>(),
    );
    let mut of_rows = rows.iter();
    for (n, line) in table.lines().enumerate() {
        words.push_str(line);
        words.push('\n');
        // Below each case, what the offices have made of it.
        if n > 0
            && let Some(row) = of_rows.next()
        {
            words.push_str(&below(row, &names));
        }
    }
    let lines: Vec<Line<'_>> = rows
        .iter()
        .map(|row| Line {
            summary: &row.summary,
            state: row.work.state.value.to_string(),
            responsible: row
                .work
                .responsible
                .value
                .as_ref()
                .map(|(office, _)| office.clone()),
            group: row.group().map(|group| group.to_string()),
            next_due: row
                .deadlines
                .first()
                .map(|deadline| deadline.due.to_string()),
            discarded: row.work.discarded.value.is_some(),
        })
        .collect();
    print(json, &lines, words.trim_end())?;
    Ok(Reason::Done)
}

/// Fails if a state or topic is asked for that neither the directory nor any case has: an empty list
/// would look as if there were no such cases.
fn are_known(desk: &Desk, args: &ListArgs, rows: &[Row]) -> Outcome {
    let directory = desk.published.as_deref().map(|one| &one.directory);
    if let Some(state) = args.state.as_deref() {
        let listed = directory.iter().flat_map(|one| &one.states);
        let here = rows.iter().map(|row| row.work.state.value.as_str());
        let known = listed.map(|one| one.id.as_str()).chain(here);
        let known = known.chain(["acknowledged", "answered"]).collect();
        find::known(state, "state", &known)?;
    }
    if let Some(topic) = args.topic.as_deref() {
        let listed = directory.iter().flat_map(|one| &one.topics);
        let here = rows.iter().map(|row| row.summary.topic.as_str());
        let known = listed.map(|one| one.id.as_str()).chain(here);
        let known = known.filter(|id| !id.is_empty()).collect();
        find::known(topic, "topic", &known)?;
    }
    Ok(())
}

/// Whether a case is in a state, or stands so towards the reporter, as it was called before there
/// were states.
fn is_in(row: &Row, state: &str) -> bool {
    row.work.state.value.as_str() == state
        || matches!(state, "acknowledged" | "answered") && row.summary.standing.word() == state
}

const fn stands(standing: StandingArg) -> case::Standing {
    match standing {
        StandingArg::New => case::Standing::New,
        StandingArg::Acknowledged => case::Standing::Acknowledged,
        StandingArg::Answered => case::Standing::Answered,
        StandingArg::Withdrawn => case::Standing::Withdrawn,
    }
}

fn below(row: &Row, names: &Names<'_>) -> String {
    let work = &row.work;
    let mut parts = vec![names.state(&work.state.value)];
    if let Some((office, _)) = &work.responsible.value {
        parts.push(names.office(office));
    }
    if let Some((_, label)) = &work.group.value {
        parts.push(format!("group “{}”", clean::short(label, 40)));
    }
    if let Some(deadline) = row.deadlines.first() {
        let due = names.due(deadline.due);
        parts.push(format!("{}, {due}", deadline.duty.words().to_lowercase()));
    }
    if work.discarded.value.is_some() {
        parts.push("set aside as no report".to_owned());
    }
    format!("            {}\n", parts.join(" · "))
}
