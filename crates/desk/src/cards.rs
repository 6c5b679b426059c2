//! The office's key cards: published ahead, compared with what the public gets, and the keys
//! behind them destroyed when nothing is sealed to them any more.

use candor_directory::{Epoch, KeyCardStatement};
use candor_wire::{Day, ProblemType};

use crate::{
    desk::Desk,
    devices,
    failure::Outcome,
    keys::Secrets,
    record::{Entry, Record},
    relay::RelayClient,
    setup,
    sync::Report,
};

/// How long after a report could still lie in the queue the keys of its epoch are kept.
const GRACE_DAYS: u32 = 62;

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
    if status.device_list_version > setup::device_list(desk)?.version {
        devices::take(desk, relay)?;
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

/// Once a day: is what the public gets for this office what this desk made?
pub(crate) fn check_public(desk: &mut Desk, renewed: bool, report: &mut Report) -> Outcome {
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
pub(crate) fn retire(desk: &mut Desk) -> Outcome {
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
pub fn until(desk: &Desk) -> Option<Day> {
    desk.state.cards.map(|(_, to)| to.last_day())
}
