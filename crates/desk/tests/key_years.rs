//! Years of months: nothing in flight is stranded, and nothing that should be gone is left.
//!
//! The relay's side is taken at its worst: whatever was sealed to a card that was public lies in the
//! queue for as long as the directory lets it, and is read on the last day.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::collections::BTreeMap;

use candor_desk::{
    key_months::{destroyed_on, first_kept},
    keys::Keyring,
};
use candor_directory::{Epoch, KeyCard};
use candor_wire::{Day, InstanceId};
use rand::rngs::OsRng;

const RETENTION_DAYS: u32 = 365;
const KEPT_DAYS: u32 = RETENTION_DAYS + 62;
const BEGIN: Epoch = Epoch(682);

/// What can be done with the bytes that a device keeps: every recipient that follows from them, by
/// its month.
fn recipients(keyring: &Keyring, to: Epoch) -> Vec<(Epoch, String)> {
    // As they are written, since that is what somebody finds.
    let written = serde_json::to_vec(&keyring.to_stored()).unwrap();
    let read = Keyring::from_stored(&serde_json::from_slice(&written).unwrap()).unwrap();
    read.chains()
        .flat_map(|(chain, _)| chain.epochs_to(to))
        .map(|keys| (keys.epoch, keys.identity.to_recipient().to_string()))
        .collect()
}

/// The months that should be gone on a day and are not.
fn overdue(keyring: &Keyring, today: Day, sealed_to: &BTreeMap<String, Epoch>) -> Vec<Epoch> {
    let held = recipients(keyring, Epoch::of(today));
    let mut overdue: Vec<_> = held
        .iter()
        .filter_map(|(_, recipient)| sealed_to.get(recipient))
        .filter(|epoch| destroyed_on(**epoch, KEPT_DAYS) <= today)
        .copied()
        .collect();
    overdue.dedup();
    overdue
}

fn card(keyring: &Keyring, epoch: Epoch) -> KeyCard {
    let keys = keyring.epoch(epoch).unwrap();
    keyring.card(&keys).unwrap().peek().unwrap()
}

#[test]
fn over_years_keys_go_on_their_day_and_nothing_in_flight_is_stranded() {
    let instance = InstanceId::new([1; 32]);
    let mut keyring = Keyring::generate(instance, "title-ix".parse().unwrap(), BEGIN, &mut OsRng);
    // A desk that never destroys anything: the check has to catch it.
    let mut keeper = keyring.clone();
    // What was sealed: to which recipient, and until when it may lie in the queue.
    let mut in_flight: Vec<(String, Day)> = Vec::new();
    let mut sealed_to: BTreeMap<String, Epoch> = BTreeMap::new();
    let mut caught = 0;
    let first = BEGIN.first_day();
    for day in (0..4 * 365).step_by(6) {
        let today = first.plus(day);
        let now = Epoch::of(today);
        // Twice a device is lost, once in the middle of a month.
        let lost = [5 * 30 + 14, 26 * 30]
            .iter()
            .any(|lost| *lost / 6 == day / 6);
        let before = keyring.clone();
        if lost {
            let revision = keyring.revision() + 1;
            keyring = keyring.with_new_chain(revision, now, &mut OsRng);
            keeper = keeper.adopting(&keyring.stored_chains()).unwrap();
            assert_ne!(
                card(&before, now).recipient,
                card(&keyring, now).recipient,
                "a lost device's keys go on"
            );
        }
        // Somebody seals by this month's card; somebody by the one before the loss, which a page
        // that was open still had; somebody whose clock is ahead, by next month's of either; and
        // somebody to whom a relay shows cards as they were published before the loss.
        let mut cards = vec![(card(&keyring, now), today)];
        cards.push((card(&before, now), today));
        cards.push((card(&before, now.plus(1)), today));
        cards.push((card(&keyring, now.plus(1)), today));
        if lost {
            for ahead in 2..=Epoch::AHEAD {
                let later = now.plus(ahead);
                cards.push((card(&before, later), later.first_day()));
            }
        }
        for (card, on) in cards {
            let recipient = card.recipient.as_str().to_owned();
            sealed_to.insert(recipient.clone(), card.epoch);
            in_flight.push((recipient, on.plus(RETENTION_DAYS)));
        }

        keyring = keyring.without_epochs_before(first_kept(today, KEPT_DAYS));
        let openable: Vec<_> = keyring
            .epochs_to(now.plus(Epoch::AHEAD + 1))
            .iter()
            .map(|keys| keys.identity.to_recipient().to_string())
            .collect();
        in_flight.retain(|(recipient, until)| {
            let opens = openable.contains(recipient);
            assert!(opens, "stranded on {today}: it may be read until {until}");
            *until > today.plus(6)
        });
        assert_eq!(overdue(&keyring, today, &sealed_to), [], "{today}");
        caught += usize::from(!overdue(&keeper, today, &sealed_to).is_empty());
    }
    assert!(
        caught > 150,
        "a desk that keeps everything was caught on {caught} days"
    );
    assert_eq!(keyring.chains().count(), 1, "superseded chains go as well");
    assert_eq!(keyring.revision(), 2);
    assert!(keyring.first_epoch() > BEGIN.plus(30));
}
