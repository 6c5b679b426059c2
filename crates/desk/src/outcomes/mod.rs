//! Summaries of outcomes: from the cases as the team has sorted them to what is published.
//!
//! - [`facts`]: plain facts about each case; [`plan`]: the rows that the directory names.
//! - [`draft`]: what would be published now; [`write()`]: the team's own words; [`warnings`]: what to
//!   look at in them; [`sign_off`]: freezes a summary and keeps it.
//! - [`handing_out`]: the published file and the forms for machines; [`command`]: the command line.
//!
//! What was signed off is a record of the case file and never changes. Which numbers may be shown is
//! decided in `candor_outcomes`; nothing here gets at others.

pub mod command;
pub mod handing_out;

use std::{collections::BTreeMap, sync::Arc};

use candor_casework::body::Actionable;
use candor_directory::{Category, TopicKind};
use candor_outcomes::{
    Fact, Judged, Kept, Kind, Measure, Plan, Summary,
    control::{self, Frame, Threshold},
    ledger::CaseKey,
    review::{self, Warning},
    summary::Words,
    tables::RowName,
};
use candor_sealing::{message::Source, thread::Body};
use candor_wire::{Day, Tag, tagged_hash};

use crate::{
    case::Case,
    casework, clean,
    desk::Desk,
    failure::{Failure, Outcome},
    record::{Entry, Record},
};

const CASE: Tag = Tag::new("candor/v1/outcomes-case");
/// The most bytes of a text of the team.
pub const MAX_WORDS: usize = 20_000;
/// The state of a case that is addressed.
const CLOSED: &str = "closed";

/// A summary that was signed off.
#[derive(Clone, Debug)]
pub struct Signed {
    /// What is published, and what it counted.
    pub kept: Kept,
    /// The workstation on which it was signed off.
    pub by: String,
}

/// What the desk's state holds of summaries.
#[derive(Clone, Debug, Default)]
pub struct Outcomes {
    /// The team's own words for the next one.
    pub words: Arc<Words>,
    /// Those that were signed off, the oldest first.
    pub signed: Arc<Vec<Signed>>,
}

impl Outcomes {
    /// Takes up new words.
    ///
    /// # Errors
    /// If the record is not what it says: a defect.
    pub fn take_words(&mut self, bytes: &[u8]) -> Outcome {
        self.words = Arc::new(serde_json::from_slice(bytes).map_err(Failure::internal)?);
        Ok(())
    }

    /// Takes up a summary.
    ///
    /// # Errors
    /// If the record is not what it says: a defect.
    pub fn take_signed(&mut self, by: &str, bytes: &[u8]) -> Outcome {
        let kept = serde_json::from_slice(bytes).map_err(Failure::internal)?;
        Arc::make_mut(&mut self.signed).push(Signed {
            kept,
            by: by.to_owned(),
        });
        // They were for this one.
        self.words = Arc::default();
        Ok(())
    }

    fn kept(&self) -> Vec<Kept> {
        self.signed
            .iter()
            .map(|signed| signed.kept.clone())
            .collect()
    }
}

/// What would be published.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The summary, and what it would count.
    pub kept: Kept,
    /// Those before it.
    pub earlier: Vec<Summary>,
    /// What to look at in the team's own words.
    pub warnings: Vec<Warning>,
}

/// A summary that was signed off, with those before it.
///
/// # Errors
/// If there is none of this number.
pub fn signed(desk: &Desk, number: Option<u32>) -> Outcome<(Summary, Vec<Summary>)> {
    let all = &desk.state.outcomes.signed;
    let wanted = match number {
        Some(number) => all
            .iter()
            .position(|signed| signed.kept.summary.number == number),
        None => all.len().checked_sub(1),
    };
    let summaries: Vec<Summary> = all
        .iter()
        .map(|signed| signed.kept.summary.clone())
        .collect();
    wanted
        .and_then(|at| Some((summaries.get(at)?.clone(), summaries.get(..at)?.to_vec())))
        .ok_or_else(|| {
            Failure::usage(
                "No such summary has been signed off on this workstation.",
                "“outcomes list” shows those that have.",
            )
        })
}

fn rows(desk: &Desk, list: &[Category]) -> Vec<RowName> {
    let Some(published) = desk.published.as_deref() else {
        return Vec::new();
    };
    let language = &desk.config.language;
    list.iter()
        .map(|category| {
            let shown = category
                .names
                .show(language, &published.directory.languages);
            RowName::new(category.id.as_str(), &clean::line(shown.text))
        })
        .collect()
}

/// The rows that the directory names.
///
/// # Errors
/// If there is no directory.
pub fn plan(desk: &Desk) -> Outcome<Plan> {
    let lists = &desk.published()?.directory.categories;
    Ok(Plan {
        types: rows(desk, &lists.mistreatment),
        settings: rows(desk, &lists.settings),
        sources: rows(desk, &lists.sources),
        channels: rows(desk, &lists.channels),
        measures: rows(desk, &lists.interventions),
    })
}

/// Plain facts about all cases that are reports.
///
/// # Errors
/// If there is no directory.
pub fn facts(desk: &Desk) -> Outcome<Vec<Fact>> {
    let topics: BTreeMap<&str, TopicKind> = desk
        .published()?
        .directory
        .topics
        .iter()
        .map(|topic| (topic.id.as_str(), topic.kind))
        .collect();
    let cases = desk.state.cases.values();
    Ok(cases.filter_map(|case| fact(desk, &topics, case)).collect())
}

fn fact(desk: &Desk, topics: &BTreeMap<&str, TopicKind>, case: &Case) -> Option<Fact> {
    let report = case.report()?;
    let kind = match topics.get(report.topic.as_str()) {
        Some(TopicKind::Accolade) => Kind::Accolade,
        Some(TopicKind::Disclosure | TopicKind::Conversation) => Kind::Disclosure,
        // A topic that the directory does not name any more was most likely one of these.
        Some(TopicKind::Concern) | None => Kind::Concern,
    };
    let work = casework::work_of(desk, case);
    if work.discarded.value.is_some() {
        return None;
    }
    // The first key of the conversation: it goes when the case is erased.
    let secret = case.generations.values().next()?;
    let key = tagged_hash(CASE, &[case.conversation.as_bytes(), secret.expose()]);
    let received = case.day();
    let mut fact = Fact::new(CaseKey::new(key), kind, received);
    fact.withdrawn = case.withdrawn;
    fact.channel = match (&report.origin, report.source) {
        (Some(origin), _) => Some(origin.channel.to_string()),
        (None, Source::Web | Source::CommandLine) => Some("web".to_owned()),
        (None, Source::Phone) => Some("telephone".to_owned()),
        (None, Source::Office | Source::Import) => None,
    };
    if let Some(triage) = &work.triage.value {
        fact.types = triage.types.iter().map(ToString::to_string).collect();
        fact.setting = triage.setting.as_ref().map(ToString::to_string);
        fact.source = triage.source.as_ref().map(ToString::to_string);
        fact.actionable = match triage.actionable {
            Actionable::Yes => Judged::Yes,
            Actionable::No => Judged::No,
            Actionable::Undecided => Judged::Undecided,
        };
    }
    let first_reply = case.replies.values().map(|reply| reply.arrival.day).min();
    fact.acknowledged_after = first_reply.map(|day| day.since(received));
    if work.state.value.as_str() == CLOSED {
        fact.closed_after = work.state_since.map(|day| day.since(received));
    }
    for asked in &work.interventions {
        fact.measures.extend(asked.kind.as_ref().map(|kind| {
            Measure {
                label: kind.to_string(),
                completed: asked
                    .reported
                    .as_ref()
                    .is_some_and(|(_, _, completed)| *completed),
            }
        }));
    }
    Some(fact)
}

/// Everything that reporters wrote.
fn reported(desk: &Desk) -> Vec<String> {
    use candor_sealing::thread::ReporterContent;
    let mut texts = Vec::new();
    let messages = desk.state.cases.values().flat_map(|case| &case.messages);
    for message in messages {
        let (text, answers) = match &message.body {
            Body::Whole(ReporterContent::Report(report)) => (&report.text, &report.answers),
            Body::Whole(ReporterContent::FollowUp(more)) => (&more.text, &more.answers),
            _ => continue,
        };
        texts.push(text.clone());
        // Whatever an answer is, its words are among its strings.
        if let Ok(answers) = serde_json::to_value(answers) {
            strings(&answers, &mut texts);
        }
    }
    texts
}

fn strings(value: &serde_json::Value, into: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => into.push(text.clone()),
        serde_json::Value::Array(values) => values.iter().for_each(|value| strings(value, into)),
        serde_json::Value::Object(values) => {
            values.values().for_each(|value| strings(value, into));
        }
        _ => {}
    }
}

/// What to look at in the team's own words.
#[must_use]
pub fn warnings(desk: &Desk, words: &Words) -> Vec<Warning> {
    // Going through all reports takes a moment.
    if words.introduction.trim().is_empty() && words.measures.trim().is_empty() {
        return Vec::new();
    }
    let reported = reported(desk);
    let text = format!("{}\n.\n{}", words.introduction, words.measures);
    review::review(&text, reported.iter().map(String::as_str))
}

/// Keeps the team's own words for the next summary.
///
/// # Errors
/// If they are too long, or the disk fails.
pub fn write(desk: &mut Desk, words: &Words) -> Outcome {
    if words.introduction.len().max(words.measures.len()) > MAX_WORDS {
        return Err(Failure::usage(
            "The text is longer than a summary may have.",
            "Say it in fewer words.",
        ));
    }
    let bytes = serde_json::to_vec(words).map_err(Failure::internal)?;
    let day = desk.clock.today();
    desk.record_one(Entry::new(Record::OutcomesWords { day }, bytes))
}

/// The last day that a summary can have now: the one on which this desk has fetched last.
///
/// # Errors
/// If it has never fetched anything.
pub fn last_day(desk: &Desk) -> Outcome<Day> {
    let synced = desk.state.synced.ok_or_else(|| {
        Failure::refused(
            "This desk has fetched nothing yet, so that nobody knows what there is to count.",
            "Run “sync”, and look at the summary again.",
        )
    })?;
    Ok(synced.min(desk.clock.today()))
}

/// What would be published now.
///
/// # Errors
/// If it is too early, or this office keeps no reports.
pub fn draft(desk: &Desk, through: Option<Day>, threshold: Option<Threshold>) -> Outcome<Draft> {
    if desk.state.informal {
        return Err(Failure::refused(
            "An informal office keeps no reports, and has no summaries.",
            "“counters” shows what it counts.",
        ));
    }
    let plan = plan(desk)?;
    let facts = facts(desk)?;
    let earlier = desk.state.outcomes.kept();
    let last = earlier.last().map(|kept| kept.summary.threshold);
    let words = &desk.state.outcomes.words;
    let office = desk
        .published()?
        .office_name(&desk.config.office, &desk.config.language);
    let today = desk.clock.today();
    let last_day = last_day(desk)?;
    let through = through.unwrap_or(last_day);
    // Only a sync shows that a day was there: a clock that runs ahead would freeze days to come.
    if through > last_day && through <= today {
        return Err(Failure::refused(
            format!("This desk fetched last on {last_day}, before the last day of the summary."),
            "Check the date of this workstation, run “sync”, and look at the summary again.",
        ));
    }
    let frame = Frame {
        plan: &plan,
        office: &office,
        demonstration: desk.pin.is_demonstration(),
        through,
        today,
        threshold: threshold.or(last).unwrap_or_default(),
        words,
    };
    let kept = control::count(&facts, &earlier, &frame).map_err(refused)?;
    Ok(Draft {
        kept,
        earlier: earlier.into_iter().map(|kept| kept.summary).collect(),
        warnings: warnings(desk, words),
    })
}

fn refused(refused: control::Refused) -> Failure {
    use control::Refused;
    let cause = format!("{refused}.");
    let cause = match cause.split_at_checked(1) {
        Some((first, rest)) => first.to_uppercase() + rest,
        None => cause,
    };
    match refused {
        Refused::TooSoon(last) => Failure::refused(
            cause,
            format!(
                "Summaries that follow each other closely give away what came between them. The next one can end on {} at the earliest.",
                last.plus(control::MIN_DAYS)
            ),
        ),
        Refused::Audit => Failure::internal(cause),
        _ => Failure::usage(cause, "Choose another."),
    }
}

/// Freezes a summary and keeps it. `like` is what was looked at: if anything came in between that
/// changes what is published, it is looked at again.
///
/// # Errors
/// If the words are a report's own, something changed, or the disk fails.
pub fn sign_off(
    desk: &mut Desk,
    through: Option<Day>,
    threshold: Option<Threshold>,
    like: Option<&str>,
) -> Outcome<Summary> {
    desk.with_outbox(|desk| {
        desk.refresh();
        let draft = draft(desk, through, threshold)?;
        if let Some(warning) = draft.warnings.iter().find(|one| one.is_in_the_way()) {
            return Err(Failure::refused(
                warning.sentence(),
                "Change the text, and look at it again.",
            ));
        }
        if like.is_some_and(|like| like != mark(&draft.kept.summary)) {
            return Err(Failure::refused(
                "Something has changed since you looked at the summary.",
                "Look at it again, then sign off.",
            ));
        }
        let bytes = serde_json::to_vec(&draft.kept).map_err(Failure::internal)?;
        let summary = draft.kept.summary;
        let record = Record::OutcomesSigned {
            number: summary.number,
            day: summary.signed_off,
            by: desk.config.label.clone(),
        };
        desk.record_one(Entry::new(record, bytes))?;
        Ok(summary)
    })
}

/// Tells whether a summary is the one that was looked at.
#[must_use]
pub fn mark(summary: &Summary) -> String {
    const LOOKED_AT: Tag = Tag::new("candor/v1/outcomes-looked-at");
    let json = serde_json::to_vec(summary).unwrap_or_default();
    hex::encode(tagged_hash(LOOKED_AT, &[&json]))
}
