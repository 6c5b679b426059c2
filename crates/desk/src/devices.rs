//! The office's list of devices: changed here, published at the relay, taken up from there; and with
//! it the office's epoch keys, when they were begun anew.
//!
//! A change is kept before anything else is done; each later step can be broken off anywhere and
//! goes on with the next sync. New keys are drawn when the list that asks for them is published,
//! and that list carries them, sealed to each device that is left. So no device is ever without the
//! keys of a card that is public, and no envelope has to be carried or waited for.
//!
//! What is kept of a list in the case file are its devices, never the grants: the keys of a month
//! that is over must not come back out of an old record.

use candor_directory::{Device, DeviceList, Epoch, SharedKeys};
use candor_wire::{DeviceId, ProblemType};
use rand::rngs::OsRng;

use crate::{
    desk::Desk,
    failure::{Failure, Outcome, Reason},
    grants,
    keys::{DeviceKeys, Secrets},
    record::{Entry, Record},
    relay::RelayClient,
};

/// How often a change is tried when colleagues change the list at the same time.
const TRIES: usize = 6;

/// Whether a device that goes takes the office's keys along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpochKeysStay {
    /// It was wiped under the office's eyes: the keys stay as they are.
    Yes,
    /// It may hold them still: the office begins new ones.
    No,
}

/// The office's list of devices as this desk knows it.
///
/// # Errors
/// If there is none: a defect.
pub fn list(desk: &Desk) -> Outcome<DeviceList> {
    let (list, _) = desk
        .state
        .devices
        .as_ref()
        .ok_or_else(|| Failure::internal("This desk has no list of devices."))?;
    list.peek().map_err(Failure::internal)
}

/// Keeps a list, without grants; unless it is published, the next sync does that.
///
/// # Errors
/// If it cannot be kept.
pub fn keep(desk: &mut Desk, list: &DeviceList, published: bool) -> Outcome {
    let mut bare = list.clone();
    if let Some(keys) = &mut bare.keys {
        keys.grants.clear();
    }
    let list = bare
        .sign(desk.secrets.keyring.signing_key())
        .map_err(Failure::internal)?;
    desk.record_one(Entry::bare(Record::Devices { list, published }))
}

fn revision(list: &DeviceList) -> u32 {
    list.keys.as_ref().map_or(0, |keys| keys.revision)
}

/// Whether the office has begun new keys that this workstation did not get.
#[must_use]
pub fn lacks_keys(desk: &Desk) -> bool {
    let published = desk.state.devices.as_ref().is_some_and(|(_, there)| *there);
    published && list(desk).is_ok_and(|list| revision(&list) > desk.secrets.keyring.revision())
}

/// The list, to be changed: its version already counts the change.
///
/// # Errors
/// If this workstation lacks keys that it would have to pass on.
pub fn to_change(desk: &Desk) -> Outcome<DeviceList> {
    if lacks_keys(desk) {
        return Err(Failure::refused(
            "The office has begun new keys, and this workstation did not get them.",
            "Do this on another workstation. If none is left, begin new keys here: “devices lost” \
             with each device that is gone.",
        ));
    }
    let mut list = list(desk)?;
    list.version = list.version.saturating_add(1);
    Ok(list)
}

/// The device whose id begins so.
///
/// # Errors
/// If there is none, or more than one.
pub fn find(desk: &Desk, prefix: &str) -> Outcome<Device> {
    let list = list(desk)?;
    let prefix = prefix.to_ascii_lowercase();
    let mut found = list
        .devices
        .into_iter()
        .filter(|device| prefix.len() >= 4 && device.id.to_string().starts_with(&prefix));
    match (found.next(), found.next()) {
        (Some(device), None) => Ok(device),
        _ => Err(Failure::usage(
            "No device, or more than one, has an id that begins so.",
            "“devices” shows the ids; give four characters or more.",
        )),
    }
}

/// Revokes a device for good. The change is kept; [`publish`] brings it to the relay.
///
/// # Errors
/// If it is this very one, or the list is full.
pub fn revoke(desk: &mut Desk, device: &DeviceId, keys: EpochKeysStay) -> Outcome {
    if *device == desk.secrets.device.id() {
        return Err(Failure::usage(
            "This very workstation cannot revoke itself.",
            "Revoke it from another one.",
        ));
    }
    let mut list = match keys {
        EpochKeysStay::Yes => to_change(desk)?,
        EpochKeysStay::No => {
            let mut list = list(desk)?;
            list.version = list.version.saturating_add(1);
            list
        }
    };
    if list.revoked.len() >= DeviceList::MAX_REVOKED {
        return Err(Failure::refused(
            "The office has revoked as many devices as it can.",
            "Ask the administrator for a new signing key for the office.",
        ));
    }
    list.devices.retain(|known| known.id != *device);
    if !list.revoked.contains(device) {
        list.revoked.push(*device);
    }
    if keys == EpochKeysStay::No {
        want_new_keys(desk, &mut list);
    }
    keep(desk, &list, false)
}

/// Begins new epoch keys although no device goes.
///
/// # Errors
/// If it cannot be kept.
pub fn renew_keys(desk: &mut Desk) -> Outcome {
    let mut list = list(desk)?;
    list.version = list.version.saturating_add(1);
    want_new_keys(desk, &mut list);
    keep(desk, &list, false)
}

fn want_new_keys(desk: &Desk, list: &mut DeviceList) {
    let newest = revision(list).max(desk.secrets.keyring.revision());
    list.keys = Some(SharedKeys {
        revision: newest.saturating_add(1),
        from: desk.clock.epoch(),
        grants: Vec::new(),
    });
}

/// Brings the office's list of devices to the relay, unless it is there.
///
/// # Errors
/// If the relay does not take it.
pub fn publish(desk: &mut Desk, relay: &RelayClient) -> Outcome {
    // Two devices may have changed the list at the same time; then one of them goes on from the
    // other's.
    for _ in 0..TRIES {
        let Some((_, published)) = desk.state.devices else {
            return Err(Failure::internal("This desk has no list of devices."));
        };
        if published {
            return forget_recovery(desk);
        }
        let ours = with_grants(desk)?;
        let signed = ours
            .sign(desk.secrets.keyring.signing_key())
            .map_err(Failure::internal)?;
        match relay.put_devices(&signed) {
            Ok(()) => keep(desk, &ours, true)?,
            Err(error) if error.kind() == Some(ProblemType::Conflict) => {
                let theirs = current(desk, relay)?;
                // The keys of a list that was not published are nobody's: theirs take their place.
                take_up_keys(desk, &theirs, Replacing::Unpublished)?;
                let merged = merge(&ours, &theirs);
                if says_the_same(&merged, &theirs) {
                    keep(desk, &theirs, true)?;
                } else {
                    keep(desk, &merged, false)?;
                }
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

/// The kept list as it is published: with the office's keys for every device in it, which are
/// drawn now if the list asks for new ones.
fn with_grants(desk: &mut Desk) -> Outcome<DeviceList> {
    let mut list = list(desk)?;
    let wanted = revision(&list);
    if wanted > desk.secrets.keyring.revision() {
        let epoch = desk.clock.epoch();
        let keyring = desk
            .secrets
            .keyring
            .with_new_chain(wanted, epoch, &mut OsRng);
        desk.replace_secrets(Secrets {
            keyring,
            ..Secrets::clone(&desk.secrets)
        })?;
    }
    if let Some(keys) = &mut list.keys {
        keys.revision = desk.secrets.keyring.revision();
        keys.from = desk.secrets.keyring.first_epoch();
        keys.grants = grants::seal_all(&desk.secrets.keyring, &list.devices)?;
    }
    Ok(list)
}

/// A workstation that the office's list names needs the recovery file's device no more.
fn forget_recovery(desk: &mut Desk) -> Outcome {
    if desk.secrets.recovery.is_none() {
        return Ok(());
    }
    desk.replace_secrets(Secrets {
        recovery: None,
        ..Secrets::clone(&desk.secrets)
    })
}

/// The list that the relay holds, checked. A restored workstation that is not in it yet asks as
/// the recovery file, which every list names.
fn current(desk: &Desk, relay: &RelayClient) -> Outcome<DeviceList> {
    let refused = |kind| matches!(kind, Some(ProblemType::Unauthorized));
    let statement = match relay.devices() {
        Ok(statement) => statement,
        Err(error) if refused(error.kind()) => {
            let Some(device) = &desk.secrets.recovery else {
                return Err(not_listed());
            };
            let relay = RelayClient::new(
                &desk.config,
                desk.secrets.keyring.instance,
                device,
                desk.clock,
            )?;
            match relay.devices() {
                Ok(statement) => statement,
                Err(error) if refused(error.kind()) => return Err(outdated_recovery()),
                Err(error) => return Err(relay.explain(&error)),
            }
        }
        Err(error) => return Err(relay.explain(&error)),
    };
    DeviceList::verify(&statement, &desk.published()?.directory, None)
        .map(candor_directory::Verified::into_inner)
        .map_err(|error| not_in_order(&error))
}

fn not_listed() -> Failure {
    Failure::new(
        Reason::Network,
        "The relay does not know this workstation as one of the office: it was revoked, or the \
         workstation that approved it has not synced since.",
        "Run “sync” on the workstation that approved this one, then here. If it was revoked, set it \
         up anew in a new folder: “enroll”.",
    )
}

fn outdated_recovery() -> Failure {
    Failure::new(
        Reason::Network,
        "The recovery file is an old one: the office has written a newer one since, and the relay \
         no longer lets this one act.",
        "Use the newest recovery file, or bring this workstation in with “enroll” in a new folder.",
    )
}

fn not_in_order(error: &candor_directory::DeviceListError) -> Failure {
    Failure::trust(
        format!("The relay's list of devices is not in order: {error}."),
        "Tell the relay's operator.",
    )
}

/// Takes up the list that another device of the office has published, and the keys in it. Says
/// what a person should know of it.
///
/// # Errors
/// If it is not in order, older than what is known, or takes back a revocation.
pub(crate) fn take(desk: &mut Desk, relay: &RelayClient) -> Outcome<Vec<String>> {
    let statement = relay.devices().map_err(|error| relay.explain(&error))?;
    let known = list(desk)?;
    let directory = &desk.published()?.directory;
    let theirs = DeviceList::verify(&statement, directory, Some(known.version))
        .map_err(|error| not_in_order(&error))?
        .into_inner();
    let is_revoked = |device: &DeviceId| theirs.revoked.contains(device);
    if !known.revoked.iter().all(is_revoked) || revision(&theirs) < revision(&known) {
        return Err(Failure::trust(
            "ALARM: the relay shows a list of devices, signed with this office's key, that takes \
             back what was decided before: a revoked device, or newer keys. Somebody else has the \
             office's key.",
            "Call the administrator at once: the office needs a new signing key.",
        ));
    }
    let keys_are_new = take_up_keys(desk, &theirs, Replacing::Nothing)?;
    keep(desk, &theirs, true)?;
    Ok(news(&known, &theirs, keys_are_new))
}

/// Looks whether the relay has a newer list, and takes it up. Says whether it brought keys.
///
/// # Errors
/// As [`take`].
pub(crate) fn catch_up(
    desk: &mut Desk,
    relay: &RelayClient,
    said: &mut Vec<String>,
) -> Outcome<bool> {
    if relay.status()?.device_list_version <= list(desk)?.version {
        return Ok(false);
    }
    let before = desk.secrets.keyring.revision();
    said.extend(take(desk, relay)?);
    Ok(desk.secrets.keyring.revision() > before)
}

fn news(known: &DeviceList, list: &DeviceList, keys_are_new: bool) -> Vec<String> {
    let mut news = Vec::new();
    for device in &list.devices {
        if known.device(&device.id).is_none() && !device.recovery {
            news.push(format!(
                "Another workstation has brought “{}” into the office. If nobody of you did, call \
                 the administrator.",
                crate::clean::short(&device.label, 64)
            ));
        }
    }
    for device in &known.devices {
        if list.device(&device.id).is_none() && !device.recovery {
            news.push(format!(
                "“{}” no longer acts for the office.",
                crate::clean::short(&device.label, 64)
            ));
        }
    }
    if keys_are_new {
        news.push("The office has begun new keys; this workstation has got them.".to_owned());
    }
    news
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Replacing {
    /// Keys that are here and were published stay as they are.
    Nothing,
    /// Keys that no published list carried give way.
    Unpublished,
}

/// Takes the office's newest keys out of a list. Says whether there were any.
fn take_up_keys(desk: &mut Desk, theirs: &DeviceList, replacing: Replacing) -> Outcome<bool> {
    let own = desk.secrets.keyring.revision();
    let Some(keys) = &theirs.keys else {
        return Ok(false);
    };
    let is_unpublished = desk.state.cards_revision < own;
    let may_replace = replacing == Replacing::Unpublished && is_unpublished && keys.revision == own;
    if keys.revision < own || (keys.revision == own && !may_replace) {
        return Ok(false);
    }
    let devices = [Some(&desk.secrets.device), desk.secrets.recovery.as_ref()];
    let found = devices
        .into_iter()
        .flatten()
        .find_map(|device| Some((device, keys.grant(&device.id())?)));
    let Some((device, grant)) = found else {
        // A device that is not granted them says so: see `lacks_keys`.
        return Ok(false);
    };
    let chains = grants::open(&desk.secrets.keyring, device, grant, keys.revision)?;
    let keyring = desk.secrets.keyring.adopting(&chains)?;
    if keyring.is_same(&desk.secrets.keyring) {
        return Ok(false);
    }
    desk.replace_secrets(Secrets {
        keyring,
        ..Secrets::clone(&desk.secrets)
    })?;
    Ok(true)
}

/// Both lists in one: a device that either has revoked stays revoked. If theirs gave new keys to a
/// device that is revoked here, newer ones are needed.
fn merge(ours: &DeviceList, theirs: &DeviceList) -> DeviceList {
    let mut merged = theirs.clone();
    merged.version = merged.version.max(ours.version).saturating_add(1);
    for device in &ours.revoked {
        if !merged.revoked.contains(device) {
            merged.revoked.push(*device);
        }
    }
    for device in &ours.devices {
        if merged.device(&device.id).is_none() {
            merged.devices.push(device.clone());
        }
    }
    let revoked = merged.revoked.clone();
    merged
        .devices
        .retain(|device| !revoked.contains(&device.id));
    let exposed = |keys: &SharedKeys| revoked.iter().any(|device| keys.grant(device).is_some());
    merged.keys = match (&ours.keys, &theirs.keys) {
        (Some(ours), Some(theirs)) if ours.revision > theirs.revision => Some(ours.clone()),
        (_, Some(theirs)) if exposed(theirs) => Some(SharedKeys {
            revision: theirs.revision.saturating_add(1),
            ..theirs.clone()
        }),
        (_, Some(theirs)) => Some(theirs.clone()),
        (ours, None) => ours.clone(),
    };
    if let Some(keys) = &mut merged.keys {
        keys.grants.clear();
    }
    merged
}

/// Whether nothing is left to add to a list that the relay holds.
fn says_the_same(merged: &DeviceList, theirs: &DeviceList) -> bool {
    let all_granted = theirs.keys.as_ref().is_none_or(|keys| {
        let mut devices = theirs.devices.iter();
        devices.all(|device| keys.grant(&device.id).is_some())
    });
    merged.devices == theirs.devices
        && merged.revoked == theirs.revoked
        && revision(merged) == revision(theirs)
        && all_granted
}

/// Publishes the list again at a relay that has an older one.
///
/// # Errors
/// If the relay does not take it.
pub(crate) fn bring_back(desk: &mut Desk, relay: &RelayClient) -> Outcome {
    if lacks_keys(desk) {
        return Ok(());
    }
    let list = list(desk)?;
    keep(desk, &list, false)?;
    publish(desk, relay)
}

/// Publishes the grants anew when they reach back further than the keys that are kept: what the
/// relay holds must not outlive them.
///
/// # Errors
/// If the relay does not take the list.
pub(crate) fn refresh_grants(desk: &mut Desk, relay: &RelayClient) -> Outcome {
    let kept: Epoch = desk.secrets.keyring.first_epoch();
    let is_old = list(desk)?.keys.is_some_and(|keys| keys.from < kept);
    if !is_old || lacks_keys(desk) {
        return Ok(());
    }
    let list = to_change(desk)?;
    keep(desk, &list, false)?;
    publish(desk, relay)
}

/// Puts the device of a new recovery file into the list, in place of any older one.
///
/// # Errors
/// If it cannot be kept.
pub(crate) fn replace_recovery(desk: &mut Desk, recovery: &DeviceKeys) -> Outcome {
    let mut list = to_change(desk)?;
    let (old, mut devices): (Vec<_>, Vec<_>) =
        list.devices.into_iter().partition(|device| device.recovery);
    devices.push(recovery.recovery_entry()?);
    list.devices = devices;
    list.revoked.extend(old.iter().map(|device| device.id));
    keep(desk, &list, false)
}

#[cfg(test)]
mod tests;
