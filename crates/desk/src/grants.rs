//! Epoch keys on their way to a colleague's workstation, inside the list of devices
//! (`docs/desk-formats.md`, "Grants").
//!
//! A grant is an age file to one device's recipient. That the office meant it follows from the
//! list's signature; that it is for this device and this office, from what is inside.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use candor_directory::{Device, KeyGrant};
use candor_sealing::{HybridRecipient, age_file};
use candor_wire::{DeviceId, InstanceId, OfficeId};
use serde::{Deserialize, Serialize};

use crate::{
    failure::{Failure, Outcome},
    keys::{DeviceKeys, Keyring, StoredChain, from_json, to_json},
};

#[derive(Serialize, Deserialize)]
enum Format {
    #[serde(rename = "candor-chains/1")]
    V1,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Chains {
    format: Format,
    instance: InstanceId,
    office: OfficeId,
    device: DeviceId,
    revision: u32,
    chains: Vec<StoredChain>,
}

/// Seals a keyring's chains to each of these devices.
///
/// # Errors
/// If a device's recipient is unusable.
pub(crate) fn seal_all(keyring: &Keyring, devices: &[Device]) -> Outcome<Vec<KeyGrant>> {
    devices.iter().map(|device| seal(keyring, device)).collect()
}

fn seal(keyring: &Keyring, device: &Device) -> Outcome<KeyGrant> {
    let recipient: HybridRecipient = device.recipient.as_str().parse().map_err(|_| {
        Failure::trust(
            format!(
                "The device “{}” in the office's list has an unusable key.",
                crate::clean::short(&device.label, 64)
            ),
            "Revoke it, and bring that workstation in again with “enroll” in a new folder.",
        )
    })?;
    let chains = Chains {
        format: Format::V1,
        instance: keyring.instance,
        office: keyring.office.clone(),
        device: device.id,
        revision: keyring.revision(),
        chains: keyring.stored_chains(),
    };
    let sealed = age_file::seal(&to_json(&chains)?, &[recipient]).map_err(Failure::internal)?;
    Ok(KeyGrant {
        device: device.id,
        sealed: BASE64.encode(sealed),
    })
}

/// Opens the grant for a device out of a list that the office has signed.
///
/// # Errors
/// If it is damaged, or for another device, office or revision.
pub(crate) fn open(
    keyring: &Keyring,
    device: &DeviceKeys,
    grant: &KeyGrant,
    revision: u32,
) -> Outcome<Vec<StoredChain>> {
    let what = "The grant of the office's new keys";
    let spoilt = || {
        Failure::trust(
            "The office's list of devices has new keys for this workstation that do not open, or \
             are another's.",
            "Have a colleague begin new keys once more (“devices new-keys”); if it stays so, call \
             the administrator.",
        )
    };
    let sealed = BASE64.decode(&grant.sealed).map_err(|_| spoilt())?;
    let identity = std::slice::from_ref(device.identity());
    let json = age_file::open(&sealed, identity).map_err(|_| spoilt())?;
    let chains: Chains = from_json(what, &json)?;
    let fits = chains.instance == keyring.instance
        && chains.office == keyring.office
        && chains.device == device.id()
        && chains.revision == revision
        && chains.chains.last().map(StoredChain::revision) == Some(revision);
    if fits {
        Ok(chains.chains)
    } else {
        Err(spoilt())
    }
}

#[cfg(test)]
mod tests {
    use candor_directory::Epoch;
    use rand::rngs::OsRng;

    use super::*;

    #[test]
    fn a_grant_is_for_one_device_of_one_office_and_for_one_revision() {
        let instance = InstanceId::new([1; 32]);
        let old = Keyring::generate(instance, "dean".parse().unwrap(), Epoch(682), &mut OsRng);
        let new = old.with_new_chain(1, Epoch(683), &mut OsRng);
        let (a, b) = (
            DeviceKeys::generate(&mut OsRng),
            DeviceKeys::generate(&mut OsRng),
        );
        let entries = [a.entry("a").unwrap(), b.entry("b").unwrap()];
        let grants = seal_all(&new, &entries).unwrap();
        for (device, grant) in [&a, &b].into_iter().zip(&grants) {
            let chains = open(&old, device, grant, 1).unwrap();
            assert!(old.adopting(&chains).unwrap().is_same(&new));
            assert!(open(&old, device, grant, 2).is_err());
        }
        assert!(open(&old, &a, grants.last().unwrap(), 1).is_err());
        let elsewhere =
            Keyring::generate(instance, "ombuds".parse().unwrap(), Epoch(682), &mut OsRng);
        assert!(open(&elsewhere, &a, grants.first().unwrap(), 1).is_err());
        let mut spoilt = grants.first().unwrap().clone();
        spoilt.sealed.truncate(900);
        assert!(open(&old, &a, &spoilt, 1).is_err());
    }
}
