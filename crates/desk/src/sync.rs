//! `sync`: everything that goes between the desk and the servers, in one order that is safe to
//! break off anywhere.

use std::{sync::mpsc, thread};

use candor_directory::{Directory, PublicKey, Verified};
use candor_wire::{InstanceId, OfficeId, desk::QueueItem};
use serde::Serialize;

use crate::{
    cards,
    casework::{lists, refer, sending, taking_up},
    config::Acknowledge,
    desk::{Desk, SharedDesk},
    devices, erasing,
    failure::{Failure, Outcome, Reason},
    informal,
    keys::EpochKeys,
    opening::{self, Opener, cores},
    outbox, prompt,
    record::{Entry, Record},
    relay::RelayClient,
    retention::{self, WhenDue},
};

/// So many batches of the queue may be opened and not yet written down.
const AHEAD: usize = 3;

/// What a sync did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Reports that are new here.
    pub new_reports: usize,
    /// Further messages of reporters.
    pub new_messages: usize,
    /// Replies of other offices and devices.
    pub new_replies: usize,
    /// Things that were refused and set aside.
    pub set_aside: usize,
    /// Messages that wait for a report that has not come yet.
    pub waiting: usize,
    /// Replies sent.
    pub sent: usize,
    /// Reports acknowledged.
    pub acknowledged: usize,
    /// What other offices and devices did on cases.
    pub new_events: usize,
    /// Things done on cases here that other offices have now.
    pub events_sent: usize,
    /// Offices that were given (more of) a case.
    pub handed_over: usize,
    /// Cases, or more of them, that other offices handed over to this one.
    pub handed_over_here: usize,
    /// Cases that were erased: their time was up, or another device of the office did it.
    pub erased: usize,
    /// Replies that may not be sent (any more), with why.
    pub not_sent: Vec<String>,
    /// What somebody must look into at once.
    pub alarms: Vec<String>,
    /// What did not work, but may later.
    pub warnings: Vec<String>,
    /// The day.
    pub day: Option<String>,
}

impl Report {
    /// Whether a person must look into something.
    #[must_use]
    pub fn needs_attention(&self) -> bool {
        !self.alarms.is_empty() || !self.not_sent.is_empty()
    }
}

#[derive(Clone, Copy)]
struct Counts {
    reports: usize,
    messages: usize,
    replies: usize,
    events: usize,
    aside: usize,
}

fn counts(desk: &Desk) -> Counts {
    let cases = desk.state.cases.values();
    Counts {
        reports: cases.len(),
        messages: cases.clone().map(|case| case.messages.len()).sum(),
        replies: cases.clone().map(|case| case.joined_replies().len()).sum(),
        events: cases.map(|case| case.events.len()).sum(),
        aside: desk.state.aside.len(),
    }
}

/// Brings the desk and the servers in line.
///
/// # Errors
/// If the relay cannot be reached, or what is published is not to be trusted. What was done up to
/// then stays done.
pub fn sync(desk: &mut Desk) -> Outcome<Report> {
    let mut report = Report::default();
    refresh_directory(desk, &mut report)?;
    refer::remember(desk)?;
    check_own_entry(desk)?;
    let relay = desk.relay()?;
    devices::publish(desk, &relay)?;
    let renewed = cards::publish(desk, &relay, &mut report)?;

    let before = counts(desk);
    informal::keep_to(desk)?;
    if retention::is_informal(desk) {
        // What was destroyed by hand must not be read again.
        informal::clear_queue(desk, &relay)?;
    }
    let read = catch_up(desk, &relay)?;
    informal::count(desk)?;
    report.alarms.extend(read.alarms);
    report.warnings.extend(read.warnings);
    report.erased = erasing::follow(desk)?;
    let taken_up = taking_up::take_up(desk)?;
    report.handed_over_here = taken_up.taken;
    report.alarms.extend(taken_up.refused);
    let after = counts(desk);
    report.new_events = after.events.saturating_sub(before.events);
    report.new_reports = after.reports.saturating_sub(before.reports);
    // A move to a new code may take back what was counted before.
    let new_messages = after.messages.saturating_sub(before.messages);
    report.new_messages = new_messages.saturating_sub(report.new_reports);
    report.new_replies = after.replies.saturating_sub(before.replies);
    report.set_aside = after.aside.saturating_sub(before.aside);
    report.waiting = desk.state.waiting_count();

    if desk.config.acknowledge == Acknowledge::Automatic {
        outbox::queue_acknowledgements(desk)?;
    }
    let sent = outbox::send_all(desk, &relay)?;
    report.sent = sent.messages;
    report.acknowledged = sent.acknowledgements;
    report
        .alarms
        .extend(sent.stuck.into_iter().map(|(_, why)| why));
    report.not_sent = sent.refused.into_iter().map(|(_, why)| why).collect();
    let told = sending::send_all(desk, &relay)?;
    report.events_sent = told.events;
    report.handed_over = told.handed_over;
    report.warnings.extend(told.notes);
    report.warnings.extend(told.waiting.iter().map(|office| {
        format!(
            "“{office}” has no key card that can be used today: what was done on your common cases \
             waits for it."
        )
    }));

    report.erased += keep_times(desk, &relay)?;
    report.alarms.extend(erasing::alarms(desk, true));
    report.warnings.extend(retention::warnings(desk));

    if outbox::is_held_up(desk)? {
        report.warnings.push(
            "The directory has expired, so that nothing may be sealed: replies are kept, and go \
             out once the administrator has renewed it."
                .to_owned(),
        );
    }

    cards::check_public(desk, renewed, &mut report)?;
    cards::retire(desk, &relay)?;
    let today = desk.clock.today();
    if desk.state.synced != Some(today) {
        desk.record_one(Entry::bare(Record::Synced { day: today }))?;
    }
    report.warnings.extend(desk.storage_warning());
    report.day = Some(today.to_string());
    Ok(report)
}

/// What clocks and erasures ask for.
fn keep_times(desk: &mut Desk, relay: &RelayClient) -> Outcome<usize> {
    let mut erased = 0;
    if retention::is_informal(desk) {
        erased += informal::destroy_due(desk, relay)?;
        informal::clear_queue(desk, relay)?;
    } else if desk.config.retention.when_due == WhenDue::Erase {
        erased += retention::erase_due(desk, relay)?;
    }
    erasing::clear_queue(desk, relay)?;
    Ok(erased)
}

/// Fetches the directory; without a network the kept one serves.
fn refresh_directory(desk: &mut Desk, report: &mut Report) -> Outcome {
    let fetched = desk
        .front()?
        .fetch(&desk.home, &desk.pin, desk.state.directory_version);
    match fetched {
        Ok(published) => {
            let version = published.directory.version;
            desk.publish(published);
            if desk.state.directory_version < Some(version) {
                desk.record_one(Entry::bare(Record::Directory { version }))?;
            }
            Ok(())
        }
        Err(failure) if failure.reason() == Reason::Network && desk.published.is_some() => {
            report.warnings.push(failure.cause().to_owned());
            Ok(())
        }
        Err(failure) => Err(failure),
    }
}

/// Whether the directory names this office with this office's key.
fn check_own_entry(desk: &Desk) -> Outcome {
    let published = desk.published()?;
    let key = desk.secrets.keyring.public_key()?;
    match published.office(&desk.config.office) {
        None => Err(Failure::usage(
            format!(
                "The directory (version {}) does not list the office “{}” yet.",
                published.directory.version, desk.config.office
            ),
            "Give the administrator the request that “request” prints, compare the fingerprint by \
             voice, and sync again when the new directory is out.",
        )),
        Some(office) if office.signing_key != key => Err(other_key(desk, &office.signing_key)),
        Some(_) => Ok(()),
    }
}

fn other_key(desk: &Desk, named: &PublicKey) -> Failure {
    let print = |key: &PublicKey| {
        candor_directory::Fingerprint::of_office(
            &desk.secrets.keyring.instance,
            &desk.config.office,
            key,
        )
        .to_string()
    };
    let own = desk.secrets.keyring.public_key().map(|key| print(&key));
    Failure::trust(
        format!(
            "ALARM: the directory names another key for this office than this desk has.\n  in the \
             directory: {}\n  here:             {}",
            print(named),
            own.unwrap_or_default()
        ),
        "Reports now go to somebody who holds that other key. Call the administrator and the \
         witness at once, by telephone, and read both fingerprints to them.",
    )
}

/// What somebody should know after the queue was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct CaughtUp {
    /// What must be looked into at once.
    pub(crate) alarms: Vec<String>,
    /// What did not work, but may later.
    pub(crate) warnings: Vec<String>,
}

/// Takes what the relay has for this office, with the lists of devices by which it counts.
///
/// # Errors
/// If the relay cannot be reached or the disk fails.
pub(crate) fn catch_up(desk: &mut Desk, relay: &RelayClient) -> Outcome<CaughtUp> {
    let mut warnings = Vec::new();
    read_queue(desk, relay, &mut warnings)?;
    let alarms = lists::fetch(desk, relay)?;
    Ok(CaughtUp { alarms, warnings })
}

/// Reads the queue to its end.
///
/// While one batch is opened on all cores, the next one comes, and what was opened before is written
/// down in one piece: opening never waits for the disk unless the disk is far behind.
fn read_queue(desk: &mut Desk, relay: &RelayClient, warnings: &mut Vec<String>) -> Outcome {
    let shared = desk.shared();
    let mut reading = Reading {
        relay,
        epochs: desk.epoch_keys(),
        directory: desk.published()?.directory.clone(),
        instance: desk.secrets.keyring.instance,
        office: desk.config.office.clone(),
        after: desk.state.cursor,
        warnings: Vec::new(),
    };
    let (hand_on, opened) = mpsc::sync_channel(AHEAD);
    let (read, kept) = thread::scope(|scope| {
        let keeping = scope.spawn(|| keep(desk, opened));
        let read = reading.read(&shared, &hand_on);
        drop(hand_on);
        let broke_off = |_| Err(Failure::internal("Writing down broke off."));
        (read, keeping.join().unwrap_or_else(broke_off))
    });
    prompt::progress("");
    desk.refresh();
    warnings.append(&mut reading.warnings);
    // What could not be kept is why nothing more was read.
    kept.and(read)
}

/// Writes down what was opened, in order: as much at once as is there.
fn keep(desk: &mut Desk, opened: mpsc::Receiver<Vec<Entry>>) -> Outcome {
    while let Ok(mut entries) = opened.recv() {
        entries.extend(opened.try_iter().take(AHEAD).flatten());
        desk.record(&entries)?;
    }
    Ok(())
}

/// What is needed to read the queue.
struct Reading<'a> {
    relay: &'a RelayClient,
    epochs: Vec<EpochKeys>,
    directory: Verified<Directory>,
    instance: InstanceId,
    office: OfficeId,
    /// Everything up to here has been read.
    after: u64,
    warnings: Vec<String>,
}

impl Reading<'_> {
    /// Hands on what opens, batch by batch, until the queue ends or nobody takes it.
    fn read(&mut self, desk: &SharedDesk, hand_on: &mpsc::SyncSender<Vec<Entry>>) -> Outcome {
        let mut batch = self.relay.queue(self.after)?;
        while let Some(last) = batch.items.last().map(|item| item.seq) {
            if batch.items.iter().any(|item| item.seq <= self.after) {
                self.warnings
                    .push("The relay sent again what was read.".to_owned());
            }
            if last <= self.after {
                return Err(Failure::new(
                    Reason::Network,
                    "The relay's queue does not go on.",
                    "Try again later; tell the relay's operator if it stays so.",
                ));
            }
            let (following, mut entries) = thread::scope(|scope| {
                let following = scope.spawn(|| self.relay.queue(last));
                let entries = self.open(&batch.items);
                (following.join(), entries)
            });
            // A colleague may have begun new keys a moment ago.
            if entries.iter().any(opening::is_undecryptable)
                && devices::catch_up(&mut desk.view(), self.relay, &mut self.warnings)?
            {
                self.epochs = desk.view().epoch_keys();
                entries = self.open(&batch.items);
            }
            entries.push(Entry::bare(Record::Cursor { seq: last }));
            prompt::progress(&format!("read up to {last} of {}", batch.head));
            // What has come counts, although the next may not.
            if hand_on.send(entries).is_err() {
                return Ok(());
            }
            let broke_off = |_| Failure::internal("Fetching broke off.");
            batch = following.map_err(broke_off)??;
            self.after = last;
        }
        Ok(())
    }

    fn open(&self, items: &[QueueItem]) -> Vec<Entry> {
        let office = self.directory.office(&self.office);
        let opener = Opener {
            instance: &self.instance,
            office: &self.office,
            roles: office.map_or(&[], |office| office.roles.as_slice()),
            epochs: &self.epochs,
            directory: &self.directory,
        };
        opener.open_all(items, cores())
    }
}
