//! Sending what was planned.
//!
//! A few rows are under way at a time, so that thousands take minutes, and an office's import does
//! not make the hotline slow for reporters. What was sent is recorded every so often; rows that
//! were sent and not yet recorded are the same reports when they are sent again.

use std::{collections::BTreeSet, time::SystemTime};

use candor_directory::{Language, TopicId};
use candor_reporter::{CodelessReport, ReportDraft};
use candor_sealing::{content::Origin, message::Source as ReportSource};
use futures_util::{StreamExt as _, stream};
use rand::rngs::OsRng;

use crate::{
    desk::Desk,
    failure::{Failure, Outcome},
    filing::{Filer, not_prepared, not_sent, same_offices},
    record::{Entry, Record},
};

use super::plan::{Plan, Ready, RowDigest, RowKey};

/// How many rows are under way at a time.
const AT_ONCE: usize = 4;
/// After how many rows it is recorded that they were sent.
const RECORD_EVERY: usize = 20;

/// How an import ended.
#[derive(Debug)]
pub struct Ended {
    /// Rows that were sent.
    pub sent: usize,
    /// Rows that were not.
    pub left: usize,
    /// Why not.
    pub failure: Option<Failure>,
}

/// What all rows share.
struct Batch<'a> {
    filer: &'a Filer,
    key: RowKey,
    file_name: &'a str,
    topic: &'a TopicId,
    language: Language,
}

/// Sends the rows of a plan. `progress` is told how many were sent, and says whether to go on.
pub fn run(
    desk: &mut Desk,
    file_name: &str,
    topic: &TopicId,
    plan: &Plan,
    progress: impl FnMut(usize) -> bool,
) -> Ended {
    let mut sent = 0;
    let failure = send(desk, file_name, topic, plan, progress, &mut sent).err();
    Ended {
        sent,
        left: plan.ready.len() - sent,
        failure,
    }
}

fn send(
    desk: &mut Desk,
    file_name: &str,
    topic: &TopicId,
    plan: &Plan,
    mut progress: impl FnMut(usize) -> bool,
    sent: &mut usize,
) -> Outcome {
    let filer = Filer::connect(desk)?;
    let batch = Batch {
        filer: &filer,
        key: RowKey::new(&desk.import_key()),
        file_name,
        topic,
        language: desk.config.language.clone(),
    };
    let mut unrecorded: Vec<RowDigest> = Vec::new();
    let outcome = filer.run(async {
        let mut under_way = stream::iter(&plan.ready)
            .map(|row| batch.send(row))
            .buffer_unordered(AT_ONCE);
        while let Some(row) = under_way.next().await {
            unrecorded.push(row?);
            *sent += 1;
            if unrecorded.len() >= RECORD_EVERY {
                record(desk, file_name, &mut unrecorded)?;
            }
            if !progress(*sent) {
                return Err(Failure::usage(
                    "The import was stopped.",
                    "Import the same file again: it goes on where it was.",
                ));
            }
        }
        Ok(())
    });
    // Also of what was called off, or failed.
    record(desk, file_name, &mut unrecorded)?;
    outcome
}

fn record(desk: &mut Desk, file_name: &str, sent: &mut Vec<RowDigest>) -> Outcome {
    if sent.is_empty() {
        return Ok(());
    }
    let record = Record::Imported {
        day: desk.clock.today(),
        file: file_name.to_owned(),
    };
    desk.record_one(Entry::new(record, sent.concat()))?;
    sent.clear();
    Ok(())
}

impl Batch<'_> {
    async fn send(&self, row: &Ready) -> Outcome<RowDigest> {
        let draft = ReportDraft {
            topic: self.topic.clone(),
            answers: row.answers.clone(),
            text: row.text.clone(),
            excluded: BTreeSet::new(),
            files: Vec::new(),
            language: self.language.clone(),
            source: ReportSource::Import,
            wishes: None,
            identity: None,
            origin: Some(Origin {
                channel: row.channel.clone(),
                note: format!("{}, line {}", self.file_name, row.line),
                further: std::collections::BTreeMap::new(),
            }),
        };
        let (client, now) = (self.filer.client(), SystemTime::now());
        let root = self.key.root(&row.digest);
        let mut report = CodelessReport::prepare(client, draft, *root, now)
            .map_err(|error| not_prepared(&error))?;
        same_offices(&row.offices, report.offices())?;
        let sent = report.send(client, now, &mut OsRng).await;
        sent.map_err(|error| not_sent(&error))?;
        Ok(row.digest)
    }
}
