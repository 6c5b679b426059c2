//! The office's key cards: published ahead, compared with what the public gets, and the keys
//! behind them destroyed when nothing is sealed to them any more.

use std::cmp::Ordering;

use candor_directory::{Epoch, KeyCardStatement};
use candor_wire::{Day, ProblemType};

use crate::{
    desk::Desk,
    devices,
    failure::Outcome,
    key_months,
    keys::Secrets,
    record::{Entry, Record},
    relay::RelayClient,
    sync::Report,
};

/// Publishes the cards of this month and the four ahead, where the relay lacks any. Says whether
/// it lacked this month's.
pub(crate) fn publish(desk: &mut Desk, relay: &RelayClient, report: &mut Report) -> Outcome<bool> {
    let status = relay.status()?;
    if status.head < desk.state.cursor {
        report.alarms.push(format!(
            "The relay's queue ends at {}, but this desk has read up to {}: the relay has lost or \
             withholds what it had. What this desk has read is safe.",
            status.head, desk.state.cursor
        ));
    }
    let mut is_lost = false;
    match status
        .device_list_version
        .cmp(&devices::list(desk)?.version)
    {
        Ordering::Greater => report.warnings.extend(devices::take(desk, relay)?),
        Ordering::Equal => {}
        Ordering::Less => {
            // Whoever was revoked since could act there again; so could older cards.
            report.alarms.push(
                "The relay went back to an older list of this office's devices; it has got the \
                 newest again. Tell the relay's operator."
                    .to_owned(),
            );
            devices::bring_back(desk, relay)?;
            is_lost = true;
        }
    }
    let from = desk.clock.epoch();
    let wanted: Vec<Epoch> = from.published_from().collect();
    let to = from.plus(Epoch::AHEAD);
    let revision = desk.secrets.keyring.revision();
    let complete = wanted
        .iter()
        .all(|epoch| status.card_epochs.contains(&epoch.0));
    let superseding = is_lost || revision != desk.state.cards_revision;
    if !complete || superseding {
        match relay.put_cards(cards(desk, &wanted)?) {
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
    if desk.state.cards != Some((from, to)) || superseding {
        desk.record_one(Entry::bare(Record::Cards { from, to, revision }))?;
    }
    Ok(superseding || !status.card_epochs.contains(&from.0))
}

fn cards(desk: &Desk, wanted: &[Epoch]) -> Outcome<Vec<KeyCardStatement>> {
    let keyring = &desk.secrets.keyring;
    wanted
        .iter()
        .filter_map(|epoch| keyring.epoch(*epoch))
        .map(|keys| keyring.card(&keys))
        .collect()
}

/// Once a day: is what the public gets for this office what this desk made?
pub(crate) fn check_public(desk: &mut Desk, renewed: bool, report: &mut Report) -> Outcome {
    let today = desk.clock.today();
    let published = desk.published()?;
    let mut alarms = Vec::new();
    let mut superseded = Vec::new();
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
        let Some(own) = ours.iter().find(|own| own.epoch == card.epoch) else {
            continue;
        };
        match card.revision.cmp(&own.revision) {
            Ordering::Equal if own == card => {}
            Ordering::Equal => alarms.push(format!(
                "The public gets a key card of this office for {} that this desk did not make: \
                 somebody else has the office's key. Reports may be read by them. Call the \
                 administrator and the witness at once.",
                card.epoch
            )),
            Ordering::Greater => alarms.push(format!(
                "The public gets a newer key card of this office for {} than this desk knows of: \
                 the relay withholds the office's list of devices, or somebody else has the \
                 office's key. Ask your colleagues whether they have begun new keys; if nobody \
                 has, call the administrator and the witness at once.",
                card.epoch
            )),
            Ordering::Less => superseded.push(card.epoch),
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
    if !superseded.is_empty() && !renewed && since.is_some_and(|day| day < today) {
        alarms.push(
            "The public still gets a key card of this office that was superseded: whoever has the \
             lost device could read what is sealed to it. Tell the operators of the relay and the \
             public front."
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
pub(crate) fn retire(desk: &mut Desk, relay: &RelayClient) -> Outcome {
    let Some(published) = &desk.published else {
        return Ok(());
    };
    let kept = key_months::kept_days(&published.directory);
    let first = key_months::first_kept(desk.clock.today(), kept);
    let keyring = &desk.secrets.keyring;
    let kept = keyring.without_epochs_before(first);
    if !kept.is_same(keyring) {
        desk.replace_secrets(Secrets {
            keyring: kept,
            ..Secrets::clone(&desk.secrets)
        })?;
    }
    devices::refresh_grants(desk, relay)
}

/// The last day up to which the office's published cards reach, by what this desk knows.
#[must_use]
pub fn until(desk: &Desk) -> Option<Day> {
    desk.state.cards.map(|(_, to)| to.last_day())
}
