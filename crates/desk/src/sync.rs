//! `sync`: everything that goes between the desk and the servers, in one order that is safe to
//! break off anywhere.

use candor_directory::{DeviceList, Epoch, KeyCardStatement, PublicKey};
use candor_wire::{Day, ProblemType};
use serde::Serialize;

use crate::{
    config::Acknowledge,
    desk::Desk,
    failure::{Failure, Outcome, Reason},
    keys::{DeviceKeys, Secrets},
    opening::{Opener, cores},
    outbox, prompt,
    record::{Entry, Record},
    relay::RelayClient,
    setup,
};

/// How long after a report could still lie in the queue the keys of its epoch are kept.
const GRACE_DAYS: u32 = 62;

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
    aside: usize,
}

fn counts(desk: &Desk) -> Counts {
    let cases = desk.state.cases.values();
    Counts {
        reports: cases.len(),
        messages: cases.clone().map(|case| case.messages.len()).sum(),
        replies: cases.map(|case| case.joined_replies().len()).sum(),
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
    check_own_entry(desk)?;
    let relay = desk.relay()?;
    publish_devices(desk, &relay)?;
    let renewed = publish_cards(desk, &relay, &mut report)?;

    let before = counts(desk);
    read_queue(desk, &relay, &mut report)?;
    let after = counts(desk);
    report.new_reports = after.reports - before.reports;
    // A move to a new code may take back what was counted before.
    let new_messages = after.messages.saturating_sub(before.messages);
    report.new_messages = new_messages.saturating_sub(report.new_reports);
    report.new_replies = after.replies - before.replies;
    report.set_aside = after.aside.saturating_sub(before.aside);
    report.waiting = desk.state.waiting_count();

    if desk.config.acknowledge == Acknowledge::Automatic {
        outbox::queue_acknowledgements(desk)?;
    }
    let sent = outbox::send_all(desk, &relay)?;
    report.sent = sent.messages;
    report.acknowledged = sent.acknowledgements;
    report.not_sent = sent.refused.into_iter().map(|(_, why)| why).collect();

    if outbox::is_held_up(desk)? {
        report.warnings.push(
            "The directory has expired, so that nothing may be sealed: replies are kept, and go \
             out once the administrator has renewed it."
                .to_owned(),
        );
    }

    check_public_cards(desk, renewed, &mut report)?;
    retire_keys(desk)?;
    let today = desk.clock.today();
    if desk.state.synced != Some(today) {
        desk.record_one(Entry::bare(Record::Synced { day: today }))?;
    }
    report.warnings.extend(desk.storage_warning());
    report.day = Some(today.to_string());
    Ok(report)
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

/// Brings the office's list of devices to the relay, unless it is there.
///
/// # Errors
/// If the relay does not take it.
pub fn publish_devices(desk: &mut Desk, relay: &RelayClient) -> Outcome {
    // Two devices may have changed the list at the same time; then one of them goes on from the
    // other's.
    for _ in 0..4 {
        let Some((list, published)) = desk.state.devices.clone() else {
            return Err(Failure::internal("This desk has no list of devices."));
        };
        if published {
            return Ok(());
        }
        match relay.put_devices(&list) {
            Ok(()) => {
                return desk.record_one(Entry::bare(Record::Devices {
                    list,
                    published: true,
                }));
            }
            Err(error) if error.kind() == Some(ProblemType::Conflict) => {
                let theirs = current_devices(desk, relay)?;
                let ours: DeviceList = list.peek().map_err(Failure::internal)?;
                let merged = merge(ours, theirs);
                let list = merged
                    .sign(desk.secrets.keyring.signing_key())
                    .map_err(Failure::internal)?;
                desk.record_one(Entry::bare(Record::Devices {
                    list,
                    published: false,
                }))?;
            }
            Err(error) => return Err(relay.explain(&error)),
        }
    }
    Err(Failure::new(
        Reason::Network,
        "Other devices of the office kept changing the list of devices at the same time.",
        "Try again in a minute.",
    ))
}

/// The list that the relay holds, checked. A device that is not in it yet asks as the recovery
/// device, which every list names.
fn current_devices(desk: &Desk, relay: &RelayClient) -> Outcome<DeviceList> {
    let statement = match relay.devices() {
        Ok(statement) => statement,
        Err(error) if error.kind() == Some(ProblemType::Unauthorized) => {
            let device = DeviceKeys::for_recovery(&desk.secrets.keyring);
            let relay = RelayClient::new(
                &desk.config,
                desk.secrets.keyring.instance,
                &device,
                desk.clock,
            )?;
            relay.devices().map_err(|error| relay.explain(&error))?
        }
        Err(error) => return Err(relay.explain(&error)),
    };
    DeviceList::verify(&statement, &desk.published()?.directory, None)
        .map(candor_directory::Verified::into_inner)
        .map_err(|error| {
            Failure::trust(
                format!("The relay's list of devices is not in order: {error}."),
                "Tell the relay's operator.",
            )
        })
}

/// Takes up the list that another device of the office has published.
fn take_devices(desk: &mut Desk, relay: &RelayClient) -> Outcome {
    let list = relay.devices().map_err(|error| relay.explain(&error))?;
    let highest = setup::device_list(desk)?.version;
    DeviceList::verify(&list, &desk.published()?.directory, Some(highest)).map_err(|error| {
        Failure::trust(
            format!("The relay's list of devices is not in order: {error}."),
            "Tell the relay's operator.",
        )
    })?;
    desk.record_one(Entry::bare(Record::Devices {
        list,
        published: true,
    }))
}

/// Both lists in one: a device that either has revoked stays revoked.
fn merge(ours: DeviceList, theirs: DeviceList) -> DeviceList {
    let mut merged = theirs;
    merged.version = merged.version.max(ours.version).saturating_add(1);
    for device in ours.revoked {
        if !merged.revoked.contains(&device) {
            merged.revoked.push(device);
        }
    }
    for device in ours.devices {
        if merged.devices.iter().all(|known| known.id != device.id) {
            merged.devices.push(device);
        }
    }
    let revoked = merged.revoked.clone();
    merged
        .devices
        .retain(|device| !revoked.contains(&device.id));
    merged
}

/// Publishes the cards of this month and the four ahead, where the relay lacks any. Says whether
/// it lacked this month's.
fn publish_cards(desk: &mut Desk, relay: &RelayClient, report: &mut Report) -> Outcome<bool> {
    let status = relay.status()?;
    if status.head < desk.state.cursor {
        report.alarms.push(format!(
            "The relay's queue ends at {}, but this desk has read up to {}: the relay has lost or \
             withholds what it had. What this desk has read is safe.",
            status.head, desk.state.cursor
        ));
    }
    if status.device_list_version > setup::device_list(desk)?.version {
        take_devices(desk, relay)?;
    }
    let from = desk.clock.epoch();
    let wanted: Vec<Epoch> = from.published_from().collect();
    let to = from.plus(Epoch::AHEAD);
    let complete = wanted
        .iter()
        .all(|epoch| status.card_epochs.contains(&epoch.0));
    if !complete {
        let cards = cards(desk, &wanted)?;
        match relay.put_cards(cards) {
            Ok(()) => {}
            Err(error) if error.kind() == Some(ProblemType::Conflict) => {
                report.alarms.push(
                    "The relay holds a key card of this office, signed with its key, that this \
                     desk did not make. Somebody else has the office's key, or another device has \
                     other keys. Call the administrator."
                        .to_owned(),
                );
            }
            Err(error) => return Err(relay.explain(&error)),
        }
    }
    if desk.state.cards != Some((from, to)) {
        desk.record_one(Entry::bare(Record::Cards { from, to }))?;
    }
    Ok(!status.card_epochs.contains(&from.0))
}

fn cards(desk: &Desk, wanted: &[Epoch]) -> Outcome<Vec<KeyCardStatement>> {
    let last = wanted.last().copied().unwrap_or(desk.clock.epoch());
    desk.secrets
        .keyring
        .epochs_to(last)
        .iter()
        .filter(|keys| wanted.contains(&keys.epoch))
        .map(|keys| desk.secrets.keyring.card(keys))
        .collect()
}

/// Reads the queue to its end.
fn read_queue(desk: &mut Desk, relay: &RelayClient, report: &mut Report) -> Outcome {
    let epochs = desk.epoch_keys();
    let directory = desk.published()?.directory.clone();
    let roles = directory
        .office(&desk.config.office)
        .map(|office| office.roles.clone())
        .unwrap_or_default();
    let (instance, office) = (desk.secrets.keyring.instance, desk.config.office.clone());
    let opener = Opener {
        instance: &instance,
        office: &office,
        roles: &roles,
        epochs: &epochs,
        directory: &directory,
    };
    loop {
        let batch = relay.queue(desk.state.cursor)?;
        let Some(last) = batch.items.last().map(|item| item.seq) else {
            break;
        };
        if batch.items.iter().any(|item| item.seq <= desk.state.cursor) {
            report
                .warnings
                .push("The relay sent again what was read.".to_owned());
        }
        let mut entries = opener.open_all(&batch.items, cores());
        entries.push(Entry::bare(Record::Cursor { seq: last }));
        let before = desk.state.cursor;
        desk.record(&entries)?;
        prompt::progress(&format!("read up to {last} of {}", batch.head));
        if desk.state.cursor <= before {
            return Err(Failure::new(
                Reason::Network,
                "The relay's queue does not go on.",
                "Try again later; tell the relay's operator if it stays so.",
            ));
        }
    }
    prompt::progress("");
    Ok(())
}

/// Once a day: is what the public gets for this office what this desk made?
fn check_public_cards(desk: &mut Desk, renewed: bool, report: &mut Report) -> Outcome {
    let today = desk.clock.today();
    let published = desk.published()?;
    let mut alarms = Vec::new();
    let mut seen_current = false;
    let now = desk.clock.epoch();
    let ours = cards(desk, &[now, now.plus(1)])?;
    let ours: Vec<_> = ours
        .iter()
        .filter_map(|card| desk.verified_card(card).ok())
        .collect();
    for card in published.cards.of(&desk.config.office) {
        if card.epoch == now {
            seen_current = true;
        }
        let own = ours.iter().find(|own| own.epoch == card.epoch);
        if own.is_some_and(|own| own != card) {
            alarms.push(format!(
                "The public gets a key card of this office for {} that this desk did not make: \
                 somebody else has the office's key. Reports may be read by them. Call the \
                 administrator and the witness at once.",
                card.epoch
            ));
        }
    }
    for (office, epoch) in published.cards.conflicting() {
        if *office == desk.config.office {
            alarms.push(format!(
                "The public gets two different key cards of this office for {epoch}. Call the \
                 administrator at once."
            ));
        }
    }
    // What was published a moment ago, after months without a sync, has not come round yet.
    let since = desk.state.checked.as_ref().map(|(day, _)| *day);
    if !seen_current && !renewed && since.is_some_and(|day| day < today) {
        alarms.push(
            "The public does not get a key card of this office, though it was published: nobody \
             can file a report to it. Tell the operators of the relay and the public front."
                .to_owned(),
        );
    }
    let known = desk.state.checked.clone();
    if known != Some((today, alarms.clone())) {
        desk.record_one(Entry::bare(Record::Checked {
            day: today,
            alarms: alarms.clone(),
        }))?;
    }
    report.alarms.extend(alarms);
    Ok(())
}

/// Destroys the keys of epochs from which nothing can be in any queue any more.
fn retire_keys(desk: &mut Desk) -> Outcome {
    let Some(published) = &desk.published else {
        return Ok(());
    };
    let directory = &published.directory;
    let longest = directory
        .offices
        .iter()
        .map(|office| office.retention_days)
        .max()
        .unwrap_or(directory.limits.retention_days);
    let keep_from = Day(desk
        .clock
        .today()
        .0
        .saturating_sub(longest.saturating_add(GRACE_DAYS)));
    let first = Epoch::of(keep_from);
    if desk.secrets.keyring.first_epoch() >= first {
        return Ok(());
    }
    let secrets = Secrets {
        keyring: desk.secrets.keyring.without_epochs_before(first),
        ..Secrets::clone(&desk.secrets)
    };
    desk.replace_secrets(secrets)
}

/// The last day up to which the office's published cards reach, by what this desk knows.
#[must_use]
pub fn cards_until(desk: &Desk) -> Option<Day> {
    desk.state.cards.map(|(_, to)| to.last_day())
}

#[cfg(test)]
mod tests {
    use candor_directory::Device;
    use candor_wire::{DeviceId, InstanceId};
    use rand::rngs::OsRng;

    use super::*;

    fn device(label: &str) -> Device {
        DeviceKeys::generate(&mut OsRng).entry(label).unwrap()
    }

    fn list(version: u64, devices: &[&Device], revoked: &[DeviceId]) -> DeviceList {
        DeviceList {
            instance: InstanceId::new([1; 32]),
            office: "title-ix".parse().unwrap(),
            version,
            devices: devices.iter().map(|device| (*device).clone()).collect(),
            revoked: revoked.to_vec(),
        }
    }

    #[test]
    fn lists_changed_at_the_same_time_come_together_and_revoked_stays_revoked() {
        let (a, b, c) = (device("a"), device("b"), device("c"));
        let ours = list(2, &[&a, &b], &[c.id]);
        let theirs = list(4, &[&a, &c], &[]);
        let merged = merge(ours, theirs);
        assert_eq!(merged.version, 5);
        assert_eq!(merged.devices, vec![a, b]);
        assert_eq!(merged.revoked, vec![c.id]);
    }
}
