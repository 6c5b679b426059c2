//! `status`: who this desk is, how far it is, and what is about to expire.

use std::fmt::Write as _;

use candor_wire::Day;
use serde::Serialize;

use crate::{cards, desk::Desk, failure::Outcome, setup, view::AsideView};

/// Below this many days until something ends, a person is told.
const WARN_DAYS: u32 = 60;
/// After this many days without a sync, a person is told.
const SYNC_DAYS: u32 = 7;
/// After this many days, the recovery file should be opened once and made anew.
const RECOVERY_DAYS: u32 = 400;

/// What `status` shows.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// The office.
    pub office: String,
    /// The office's fingerprint.
    pub fingerprint: String,
    /// The instance.
    pub instance: String,
    /// Whether it is a demonstration.
    pub demonstration: bool,
    /// This device.
    pub device: String,
    /// This device's label.
    pub label: String,
    /// The labels of the office's devices.
    pub devices: Vec<String>,
    /// Whether the relay has the list of devices as this desk knows it.
    pub devices_published: bool,
    /// Today, by this workstation's clock.
    pub today: String,
    /// The current month.
    pub epoch: String,
    /// Its last day.
    pub epoch_ends: String,
    /// The earliest month whose keys are kept.
    pub keys_from: String,
    /// The last day up to which key cards are published.
    pub cards_until: Option<String>,
    /// The version of the directory.
    pub directory_version: Option<u64>,
    /// The directory's last day.
    pub directory_until: Option<String>,
    /// Whether the directory names this office with its key.
    pub listed: bool,
    /// When the last sync came to its end.
    pub last_sync: Option<String>,
    /// The position in the queue.
    pub cursor: u64,
    /// How many cases.
    pub cases: usize,
    /// How many with something unread.
    pub unread: usize,
    /// How many replies wait to be sent.
    pub unsent: usize,
    /// How many messages wait for their report.
    pub waiting: usize,
    /// What was refused and is kept.
    pub set_aside: Vec<AsideView>,
    /// When the recovery file was made.
    pub recovery_file: Option<String>,
    /// What needs attention.
    pub attention: Vec<String>,
}

/// Looks at everything that can be known without a network.
///
/// # Errors
/// If the keys are unusable: a defect.
pub fn status(desk: &Desk) -> Outcome<Status> {
    let today = desk.clock.today();
    let epoch = desk.clock.epoch();
    let keyring = &desk.secrets.keyring;
    let list = setup::device_list(desk)?;
    let own_key = keyring.public_key()?;
    let listed = desk.published.as_ref().is_some_and(|published| {
        published
            .office(&desk.config.office)
            .is_some_and(|office| office.signing_key == own_key)
    });
    let mut status = Status {
        office: desk.config.office.to_string(),
        fingerprint: keyring.fingerprint()?.to_string(),
        instance: keyring.instance.to_string(),
        demonstration: desk.pin.is_demonstration(),
        device: desk.secrets.device.id().to_string(),
        label: desk.config.label.clone(),
        devices: list.devices.iter().map(|d| d.label.clone()).collect(),
        devices_published: desk.state.devices.as_ref().is_some_and(|(_, there)| *there),
        today: today.to_string(),
        epoch: epoch.to_string(),
        epoch_ends: epoch.last_day().to_string(),
        keys_from: keyring.first_epoch().to_string(),
        cards_until: cards::until(desk).map(|day| day.to_string()),
        directory_version: desk.state.directory_version,
        directory_until: desk
            .published
            .as_ref()
            .map(|published| published.directory.not_after.to_string()),
        listed,
        last_sync: desk.state.synced.map(|day| day.to_string()),
        cursor: desk.state.cursor,
        cases: desk.state.cases.len(),
        unread: desk
            .state
            .cases
            .values()
            .filter(|case| case.is_unread())
            .count(),
        unsent: desk
            .state
            .outbox
            .values()
            .filter(|out| !out.is_placed())
            .count(),
        waiting: desk.state.waiting_count(),
        set_aside: desk
            .state
            .aside
            .iter()
            .map(crate::view::aside_view)
            .collect(),
        recovery_file: desk.state.recovery.map(|day| day.to_string()),
        attention: Vec::new(),
    };
    status.attention = attention(desk, &status, today);
    Ok(status)
}

fn attention(desk: &Desk, status: &Status, today: Day) -> Vec<String> {
    let mut attention = Vec::new();
    let mut say = |text: String| attention.push(text);
    if let Some((_, alarms)) = &desk.state.checked {
        alarms.iter().for_each(|alarm| say(alarm.clone()));
    }
    desk.storage_warning().into_iter().for_each(&mut say);
    match &desk.published {
        None => say("The directory was never fetched: run “sync”.".to_owned()),
        Some(_) if !status.listed => say(
            "The directory does not name this office with this desk's key. If the office is new, \
             give the administrator the output of “request”; otherwise call the administrator at \
             once."
                .to_owned(),
        ),
        Some(published) => {
            let ends = published.directory.not_after;
            if ends < today {
                say(format!(
                    "The directory expired on {ends}: reporters cannot file and this desk cannot \
                     reply. Ask the administrator to renew it."
                ));
            } else if ends.since(today) < WARN_DAYS {
                say(format!(
                    "The directory ends on {ends}: ask the administrator to renew it."
                ));
            }
        }
    }
    match cards::until(desk) {
        Some(until) if until < today => say(format!(
            "The published key cards ended on {until}: nobody can file a report to this office. \
             Run “sync”."
        )),
        Some(until) if until.since(today) < WARN_DAYS => say(format!(
            "The published key cards end on {until}: run “sync”."
        )),
        None => say("No key cards are published: run “sync”.".to_owned()),
        Some(_) => {}
    }
    match desk.state.synced {
        None => say("This desk has never finished a sync.".to_owned()),
        Some(day) if today.since(day) >= SYNC_DAYS => say(format!(
            "The last sync was on {day}: new reports may be waiting. Run “sync”."
        )),
        Some(_) => {}
    }
    match desk.state.recovery {
        None => say(
            "This desk does not know of a recovery file. Make sure that a colleague's desk has \
             one, or write one with “recovery”."
                .to_owned(),
        ),
        Some(day) if today.since(day) >= RECOVERY_DAYS => say(format!(
            "The recovery file is of {day}. Check that it can still be found and read, or write a \
             new one with “recovery”."
        )),
        Some(_) => {}
    }
    if !status.devices_published {
        say("The list of devices is not published: run “sync”.".to_owned());
    }
    if status.unsent > 0 {
        say(format!(
            "Replies that wait to be sent: {}. Run “sync”.",
            status.unsent
        ));
    }
    if !status.set_aside.is_empty() {
        say(format!(
            "Things that were refused and set aside: {}. “status” lists them; a few are no harm, \
             many are worth a call to the administrator.",
            status.set_aside.len()
        ));
    }
    attention
}

/// The same for people.
#[must_use]
pub fn text(status: &Status) -> String {
    let mut out = String::new();
    let mut row = |name: &str, value: &str| {
        // Writing to a string does not fail.
        let _ = writeln!(out, "{name:<14} {value}");
    };
    let or_never = |value: &Option<String>| value.clone().unwrap_or_else(|| "never".to_owned());
    if status.demonstration {
        row("DEMONSTRATION", "its keys protect nothing");
    }
    row("office", &status.office);
    row("fingerprint", &status.fingerprint);
    row("this device", &crate::clean::line(&status.label));
    let devices: Vec<String> = status
        .devices
        .iter()
        .map(|d| crate::clean::line(d))
        .collect();
    row("devices", &devices.join(", "));
    row("today", &status.today);
    row(
        "keys",
        &format!(
            "from {} on; now {}, until {}",
            status.keys_from, status.epoch, status.epoch_ends
        ),
    );
    row("cards until", &or_never(&status.cards_until));
    let directory = match (status.directory_version, &status.directory_until) {
        (Some(version), Some(until)) => format!("version {version}, until {until}"),
        _ => "never fetched".to_owned(),
    };
    row("directory", &directory);
    row("last sync", &or_never(&status.last_sync));
    row(
        "cases",
        &format!(
            "{}, of which {} have something unread",
            status.cases, status.unread
        ),
    );
    if status.waiting > 0 {
        row(
            "waiting",
            &format!("{} messages whose report has not come", status.waiting),
        );
    }
    row("recovery file", &or_never(&status.recovery_file));
    for aside in &status.set_aside {
        row(
            "set aside",
            &format!(
                "{} at position {}: {}",
                aside.day,
                aside.position,
                crate::clean::line(&aside.why)
            ),
        );
    }
    if status.attention.is_empty() {
        out.push_str("\nNothing needs attention.\n");
    } else {
        out.push_str("\nNeeds attention:\n");
        for one in &status.attention {
            let _ = writeln!(out, "  ! {}", crate::clean::line(one));
        }
    }
    out
}
