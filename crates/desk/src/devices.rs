//! The office's list of devices: changed here, published at the relay, taken up from there.

use candor_directory::DeviceList;
use candor_wire::ProblemType;

use crate::{
    desk::Desk,
    failure::{Failure, Outcome, Reason},
    keys::DeviceKeys,
    record::{Entry, Record},
    relay::RelayClient,
    setup,
};

/// Brings the office's list of devices to the relay, unless it is there.
///
/// # Errors
/// If the relay does not take it.
pub fn publish(desk: &mut Desk, relay: &RelayClient) -> Outcome {
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
                let theirs = current(desk, relay)?;
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
fn current(desk: &Desk, relay: &RelayClient) -> Outcome<DeviceList> {
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
pub(crate) fn take(desk: &mut Desk, relay: &RelayClient) -> Outcome {
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
