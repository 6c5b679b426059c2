//! The exchange's keys over two weeks: the old one works within its day, then not.

use std::{
    collections::BTreeSet,
    thread,
    time::{Duration, Instant},
};

use candor_directory::RelayKeys;
use candor_it::{Gateway, Settings, World, http, process::FakeClock};
use candor_wire::{
    Capability, Day, ProblemType,
    exchange::{Class, Operation, REQUEST_MEDIA_TYPE},
};

fn keys(world: &World) -> RelayKeys {
    let list = http::get(world.gateway_address(), "/v1/keys").unwrap();
    let keys = RelayKeys::verify(&list.body, world.instance.directory(), None);
    keys.unwrap().into_inner()
}

/// Whether an exchange for this key is still opened; refused, it is a plain problem.
fn is_opened(gateway: &Gateway) -> bool {
    let read = Operation::Read(Capability::new([9; 32]));
    let sealed = gateway.seal(&read);
    let request = http::Request::post(Class::Ordinary.path(), REQUEST_MEDIA_TYPE, &sealed.bytes);
    let response = http::send(gateway.address(), &request).unwrap();
    if response.status == 200 {
        let answer = sealed.open(&response, &read);
        assert!(answer.is_refused(ProblemType::Absent), "{answer:?}");
        return true;
    }
    assert_eq!(response.kind(), Some(ProblemType::KeyConfiguration));
    assert_eq!(response.status, 422);
    false
}

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(30), "never: {what}");
        thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn keys_rotate_weekly_and_the_old_one_ends() {
    let folder = tempfile::tempdir().unwrap();
    let clock = FakeClock::new(folder.path().join("relay-clock"), "+0");
    let world = World::start_with(Settings {
        relay_clock: Some(clock.clone()),
        with_intake: false,
        ..Settings::default()
    });
    let today = world.instance.today;
    let first = keys(&world);
    let entry = first.current(today).unwrap().clone();
    assert_eq!(entry.not_after.since(entry.not_before), 6, "a week");
    let old = Gateway::connect(world.gateway_address(), world.instance.directory(), today);
    assert!(is_opened(&old));

    let mut seen = BTreeSet::from([entry.config.as_bytes().to_vec()]);
    let mut highest = first.serial;
    let life = entry.not_after.since(today);
    for day in 1..=15 {
        clock.set(&format!("+{day}d"));
        let now = today.plus(day);
        // The relay looks every minute by its own clock, which has just jumped.
        eventually("a list for this day", || {
            keys(&world)
                .current(now)
                .is_ok_and(|key| covers_tomorrow(&keys(&world), now, key.not_after))
        });
        let list = keys(&world);
        assert!(list.serial >= highest, "the serial fell");
        highest = list.serial;
        let current = list.current(now).unwrap();
        seen.insert(current.config.as_bytes().to_vec());
        let fresh = Gateway::connect(world.gateway_address(), world.instance.directory(), now);
        assert!(is_opened(&fresh), "day {day}");
        if day <= life {
            assert!(is_opened(&old), "day {day}: within its life");
        } else if day == life + 1 {
            assert!(is_opened(&old), "day {day}: within the day after its last");
            eventually("the old key leaves the list", || {
                keys(&world)
                    .keys
                    .iter()
                    .all(|key| key.config != entry.config)
            });
        } else {
            eventually("the old key is destroyed", || !is_opened(&old));
        }
    }
    assert_eq!(seen.len(), 3, "three weeks were touched");
    // Nothing of the first key is left on the disk.
    let left = std::fs::read_dir(world.folder().join("relay/exchange-keys")).unwrap();
    let key_files = left
        .filter(|file| {
            file.as_ref()
                .unwrap()
                .path()
                .extension()
                .is_some_and(|e| e == "key")
        })
        .count();
    assert!(key_files <= 3, "{key_files} private halves on the disk");
}

/// On the last day of a key the next one is already published.
fn covers_tomorrow(keys: &RelayKeys, now: Day, ends: Day) -> bool {
    ends > now || keys.covered_until(now).is_some_and(|until| until > now)
}
