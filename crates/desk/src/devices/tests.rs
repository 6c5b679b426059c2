use candor_directory::KeyGrant;
use candor_wire::InstanceId;

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
        keys: None,
    }
}

fn keyed(list: DeviceList, revision: u32) -> DeviceList {
    let grants = list.devices.iter().map(|device| KeyGrant {
        device: device.id,
        sealed: String::new(),
    });
    DeviceList {
        keys: Some(SharedKeys {
            revision,
            from: Epoch(682),
            grants: grants.collect(),
        }),
        ..list
    }
}

#[test]
fn lists_changed_at_the_same_time_come_together_and_revoked_stays_revoked() {
    let (a, b, c) = (device("a"), device("b"), device("c"));
    let ours = list(2, &[&a, &b], &[c.id]);
    let theirs = list(4, &[&a, &c], &[]);
    let merged = merge(&ours, &theirs);
    assert_eq!(merged.version, 5);
    assert_eq!(merged.devices, vec![a, b]);
    assert_eq!(merged.revoked, vec![c.id]);
    assert!(!says_the_same(&merged, &theirs) && says_the_same(&theirs, &theirs));
}

#[test]
fn keys_begun_at_the_same_time_come_together() {
    let (a, b, c, d) = (device("a"), device("b"), device("c"), device("d"));
    let keys = |ours: &DeviceList, theirs: &DeviceList| revision(&merge(ours, theirs));
    // Both have revoked the same device: the keys that are there serve.
    let ours = keyed(list(2, &[&a, &b], &[c.id]), 1);
    let theirs = keyed(list(2, &[&b, &a], &[c.id]), 1);
    assert_eq!(keys(&ours, &theirs), 1);
    assert!(says_the_same(&merge(&ours, &theirs), &theirs));
    // Theirs has given its new keys to the device that is revoked here.
    let theirs = keyed(list(2, &[&a, &b, &c], &[d.id]), 1);
    let merged = merge(&ours, &theirs);
    assert_eq!((revision(&merged), merged.revoked.len()), (2, 2));
    assert!(merged.keys.unwrap().grants.is_empty());
    // Theirs knows of no new keys, or of newer ones.
    assert_eq!(keys(&ours, &list(5, &[&a, &b, &c], &[])), 1);
    assert_eq!(keys(&ours, &keyed(list(5, &[&a, &b], &[c.id]), 7)), 7);
    assert_eq!(keys(&list(2, &[&a, &b], &[]), &theirs), 1);
}
