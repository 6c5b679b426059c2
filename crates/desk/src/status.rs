//! `status`: who this desk is, how far it is, and what is about to expire.

use std::fmt::Write as _;

use candor_wire::Day;
use serde::Serialize;

use crate::{
    cards,
    desk::Desk,
    devices,
    failure::Outcome,
    guard::Guard,
    key_months::{self, KeyMonth},
    recovery::RecoveryKind,
    view::AsideView,
};

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
    /// The labels of the office's workstations.
    pub devices: Vec<String>,
    /// The office's devices, and what the recovery file acts as.
    pub device_list: Vec<DeviceView>,
    /// How many devices were revoked.
    pub revoked: usize,
    /// Whether the office has begun new keys that this workstation did not get.
    pub lacks_keys: bool,
    /// What opens this desk: `passphrase`, or `plugin` and its name.
    pub opened_by: String,
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
    /// The months whose keys are held, and when each is destroyed.
    pub key_months: Vec<KeyMonth>,
    /// How often the office has begun new keys.
    pub key_revision: u32,
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
    /// Who it takes to open it.
    pub recovery_kind: Option<RecoveryKind>,
    /// How many days ago it was made.
    pub recovery_days: Option<u32>,
    /// What needs attention.
    pub attention: Vec<String>,
}

/// One device in the office's list.
#[derive(Clone, Debug, Serialize)]
pub struct DeviceView {
    /// Its id.
    pub id: String,
    /// Its label.
    pub label: String,
    /// Whether it is this workstation.
    pub here: bool,
    /// Whether it is what the recovery file can act as.
    pub recovery: bool,
}

/// Looks at everything that can be known without a network.
///
/// # Errors
/// If the keys are unusable: a defect.
pub fn status(desk: &Desk) -> Outcome<Status> {
    let today = desk.clock.today();
    let epoch = desk.clock.epoch();
    let keyring = &desk.secrets.keyring;
    let list = devices::list(desk)?;
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
        devices: list
            .devices
            .iter()
            .filter(|device| !device.recovery)
            .map(|device| device.label.clone())
            .collect(),
        device_list: list
            .devices
            .iter()
            .map(|device| DeviceView {
                id: device.id.to_string(),
                label: device.label.clone(),
                here: device.id == desk.secrets.device.id(),
                recovery: device.recovery,
            })
            .collect(),
        revoked: list.revoked.len(),
        lacks_keys: devices::lacks_keys(desk),
        opened_by: match desk.guard() {
            Guard::Passphrase(..) => "passphrase".to_owned(),
            Guard::Plugin(plugin) => format!("plugin {}", plugin.identity.plugin()),
        },
        devices_published: desk.state.devices.as_ref().is_some_and(|(_, there)| *there),
        today: today.to_string(),
        epoch: epoch.to_string(),
        epoch_ends: epoch.last_day().to_string(),
        keys_from: keyring.first_epoch().to_string(),
        key_months: key_months::held(desk),
        key_revision: keyring.revision(),
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
        recovery_file: desk.state.recovery.map(|(day, _)| day.to_string()),
        recovery_kind: desk.state.recovery.map(|(_, kind)| kind),
        recovery_days: desk.state.recovery.map(|(day, _)| today.since(day)),
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
        Some((day, _)) if today.since(day) >= RECOVERY_DAYS => say(format!(
            "The recovery file is of {day}. Check that it can still be found and read, or write a \
             new one with “recovery”."
        )),
        Some(_) => {}
    }
    if status.lacks_keys {
        say(
            "The office has begun new keys, and this workstation did not get them: it cannot open \
             what comes now. Work on another one, or set this one up anew with “enroll”. If none \
             is left, begin new keys here: “devices lost” with each device that is gone."
                .to_owned(),
        );
    }
    crate::erasing::alarms(desk, false)
        .into_iter()
        .for_each(&mut say);
    crate::retention::warnings(desk)
        .into_iter()
        .for_each(&mut say);
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
    row("opened by", &status.opened_by);
    row(
        "keys",
        &format!(
            "from {} on; now {}, until {}",
            status.keys_from, status.epoch, status.epoch_ends
        ),
    );
    for month in &status.key_months {
        let day = month
            .destroyed_on
            .as_deref()
            .unwrap_or("a day not known yet");
        row(
            "",
            &format!("Keys of {} will be destroyed on {day}", month.name),
        );
    }
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
    let recovery = match (&status.recovery_file, status.recovery_kind) {
        (Some(day), Some(RecoveryKind::TwoOfThree)) => format!("{day}, two of three people"),
        (Some(day), _) => format!("{day}, one passphrase"),
        (None, _) => "never".to_owned(),
    };
    row("recovery file", &recovery);
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
