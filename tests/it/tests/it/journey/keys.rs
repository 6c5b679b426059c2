//! An office's keys over its life: a workstation is lost, colleagues go on; and who tries to use what
//! was lost, or to bring back what was before.

use std::{fs, thread};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use candor_desk::{
    clock::Clock,
    config::Config,
    guard::{Effort, Guard},
    home::Home,
    keys::{DeviceKeys, Keyring, Secrets},
    relay::RelayClient,
};
use candor_directory::{Cards, DeviceList, Epoch};
use candor_it::instance::today;
use candor_sealing::age_file;
use candor_wire::{Envelope, ProblemType};
use rand::rngs::OsRng;
use serde_json::Value;

use super::{
    School, TITLE_IX, Workstation,
    devices::{enrol, ids},
    people::texts,
};

/// Everything that somebody has who took a workstation and knows its passphrase.
fn taken(desk: &Workstation) -> Secrets {
    let home = Home::find(Some(desk.home.clone())).unwrap();
    let passphrase = fs::read_to_string(&desk.passphrase).unwrap();
    let guard = Guard::Passphrase(passphrase.trim().to_owned().into(), Effort::Demonstration);
    Secrets::load(&home, &guard).unwrap()
}

fn client(desk: &Workstation, secrets: &Secrets) -> RelayClient {
    let home = Home::find(Some(desk.home.clone())).unwrap();
    let config = Config::load(&home).unwrap();
    RelayClient::new(&config, secrets.keyring.instance, &secrets.device, Clock).unwrap()
}

fn id_of(desk: &Workstation, label: &str) -> String {
    let devices = ids(&desk.json(&["devices"]));
    let (id, _) = devices.into_iter().find(|(_, l)| l == label).unwrap();
    id
}

/// Waits until the public gets a card of this revision for the office.
fn await_revision(school: &School, revision: u32) {
    let directory = school.directory();
    for _ in 0..600 {
        let served = candor_it::http::get(school.world.intake_address(), "/v1/cards").unwrap();
        let cards = Cards::verify_all(&served.body, &directory).unwrap();
        let card = cards.current(&TITLE_IX.parse().unwrap(), today()).unwrap();
        if card.revision == revision {
            return;
        }
        thread::sleep(std::time::Duration::from_millis(200));
    }
    panic!(
        "the public still gets the old card: {}",
        school.world.logs()
    );
}

/// Whether any key of these months opens an envelope of the queue.
fn opens(keyring: &Keyring, device: &DeviceKeys, envelope: &Envelope) -> bool {
    // As far ahead as anybody cares to reckon.
    let mut identities: Vec<_> = keyring
        .chains()
        .flat_map(|(chain, _)| chain.epochs_to(Epoch::of(today()).plus(24)))
        .map(|keys| keys.identity)
        .collect();
    identities.push(device.identity().clone());
    identities
        .iter()
        .any(|identity| age_file::open(envelope.sealed(), std::slice::from_ref(identity)).is_ok())
}

fn alarms(synced: &Value) -> usize {
    synced["alarms"].as_array().unwrap().len()
}

#[test]
fn a_lost_workstation_gets_nothing_more_and_colleagues_lose_nothing() {
    let school = School::open();
    let (first, reporter) = (school.desk(TITLE_IX), school.reporter("student"));
    let second = enrol(&school, &first, "second");
    let lost = enrol(&school, &first, "lost");
    for desk in [&second, &lost] {
        desk.sync();
    }
    // In flight while it is lost: sealed to the old card, read by nobody yet.
    reporter.report("harassment", "On its way.", &[]);

    let before = everything(&first).len();
    let id = id_of(&first, "lost");
    let unsure = first.run(&["devices", "lost", &id[..8]]);
    assert_eq!(unsure.code, Some(2), "it asks first: {}", unsure.err);
    assert_eq!(id_of(&first, "lost"), id);
    let told = first.json(&["devices", "lost", &id[..8], "--yes"]);
    assert_eq!(told["key_revision"], 1);
    assert_eq!(told["published"], true);
    assert!(
        texts(&told["devices"], "label")
            .iter()
            .all(|label| label != "lost")
    );

    // What was sealed before opens, here and at the colleague's, who carried nothing.
    await_revision(&school, 1);
    reporter.report("harassment", "After the loss.", &[]);
    for desk in [&first, &second] {
        let synced = desk.sync();
        assert_eq!(synced["set_aside"], 0, "{synced}");
        assert_eq!(alarms(&synced), 0, "{synced}");
        assert_eq!(desk.cases().len(), 2);
        assert_eq!(desk.json(&["devices"])["key_revision"], 1);
    }

    // Whoever has the lost one, open, with everything on it: the relay does nothing for it.
    let thief = taken(&lost);
    let relay = client(&lost, &thief);
    let refused = lost.run(&["sync"]);
    assert_eq!(refused.code, Some(5), "{}", refused.err);
    assert!(relay.queue(0).is_err() && relay.status().is_err());
    let envelopes = everything(&first);
    for envelope in &envelopes {
        let unauthorized = Some(ProblemType::Unauthorized);
        assert_eq!(relay.file(envelope).unwrap_err().kind(), unauthorized);
        let keys = thief
            .keyring
            .with_new_chain(9, Epoch::of(today()), &mut OsRng);
        let card = keys.card(&keys.epoch(Epoch::of(today())).unwrap()).unwrap();
        assert_eq!(
            relay.put_cards(vec![card]).unwrap_err().kind(),
            unauthorized
        );
    }
    let honest = client(&first, &taken(&first));
    let published = honest.devices().unwrap();
    let list: DeviceList = published.peek().unwrap();
    let mut relisted = list.clone();
    relisted.version += 1;
    relisted.revoked.clear();
    relisted.devices.push(thief.device.entry("lost").unwrap());
    let relisted = relisted.sign(thief.keyring.signing_key()).unwrap();
    assert!(relay.put_devices(&relisted).is_err());
    // Nor can it through somebody else's hands: a revocation is never taken back.
    let conflict = honest.put_devices(&relisted).unwrap_err();
    assert_eq!(conflict.kind(), Some(ProblemType::Conflict));

    // What it holds opens what came before the loss, and nothing after; the colleague opens all.
    let colleague = taken(&second);
    let (old, new) = envelopes.split_at(before);
    assert!(!old.is_empty() && !new.is_empty());
    let opened = |secrets: &Secrets, envelopes: &[Envelope]| {
        let opened = envelopes
            .iter()
            .filter(|envelope| opens(&secrets.keyring, &secrets.device, envelope));
        opened.count()
    };
    assert_eq!(opened(&thief, old), old.len());
    assert_eq!(
        opened(&thief, new),
        0,
        "what the lost one holds opens nothing later"
    );
    assert_eq!(opened(&colleague, &envelopes), envelopes.len());
    let grants = list.keys.unwrap().grants;
    assert!(grants.iter().all(|grant| grant.device != thief.device.id()));
    assert!(
        grants
            .iter()
            .any(|grant| grant.device == colleague.device.id())
    );
    // A grant is not for whoever finds it.
    for grant in &grants {
        let sealed = STANDARD.decode(&grant.sealed).unwrap();
        let with = std::slice::from_ref(thief.device.identity());
        assert!(age_file::open(&sealed, with).is_err());
    }
}

/// All reports and messages in an office's queue.
fn everything(desk: &Workstation) -> Vec<Envelope> {
    let batch = client(desk, &taken(desk)).queue(0).unwrap();
    let frames = batch
        .items
        .iter()
        .map(|item| Envelope::decode(&item.frame).unwrap());
    frames.collect()
}

#[test]
fn two_who_lose_workstations_at_the_same_time_come_together() {
    let school = School::open();
    let (first, reporter) = (school.desk(TITLE_IX), school.reporter("student"));
    let second = enrol(&school, &first, "second");
    let gone = ["one", "two"].map(|name| enrol(&school, &first, name));
    for desk in [&second, &gone[0], &gone[1], &first] {
        desk.sync();
    }
    let (one, two) = (id_of(&first, "one"), id_of(&first, "two"));
    thread::scope(|scope| {
        scope.spawn(|| first.json(&["devices", "lost", &one, "--yes"]));
        scope.spawn(|| second.json(&["devices", "lost", &two, "--yes"]));
    });
    for desk in [&first, &second, &first, &second] {
        assert_eq!(alarms(&desk.sync()), 0);
    }
    let (here, there) = (taken(&first), taken(&second));
    assert!(
        here.keyring.is_same(&there.keyring),
        "both have the same keys"
    );
    let list: DeviceList = client(&first, &here).devices().unwrap().peek().unwrap();
    for (id, desk) in [(&one, &gone[0]), (&two, &gone[1])] {
        assert!(list.revoked.iter().any(|device| device.to_string() == *id));
        assert!(taken(desk).keyring.revision() < here.keyring.revision());
    }
    await_revision(&school, here.keyring.revision());
    reporter.report("harassment", "After both.", &[]);
    for desk in [&first, &second] {
        assert_eq!(desk.sync()["new_reports"], 1);
        assert_eq!(desk.json(&["devices"])["lacks_keys"], false);
    }
    let envelopes = everything(&first);
    for desk in &gone {
        let secrets = taken(desk);
        let opened = envelopes
            .iter()
            .any(|e| opens(&secrets.keyring, &secrets.device, e));
        assert!(!opened, "neither lost one can read on");
    }
}

#[test]
fn a_colleague_who_was_off_catches_up_and_a_restored_office_has_all_keys() {
    let school = School::open();
    let (first, reporter) = (school.desk(TITLE_IX), school.reporter("student"));
    let off = enrol(&school, &first, "off");
    off.sync();
    // The keys are begun anew three times while it is off.
    for revision in 1..=3 {
        first.json(&["devices", "new-keys", "--yes"]);
        await_revision(&school, revision);
        reporter.report("harassment", &format!("With keys {revision}."), &[]);
    }
    let synced = off.sync();
    assert_eq!(
        (&synced["new_reports"], &synced["set_aside"]),
        (&3.into(), &0.into()),
        "{synced}"
    );
    // An old list, with its old grants, is refused wherever it comes from.
    let secrets = taken(&first);
    let relay = client(&first, &secrets);
    let newest: DeviceList = relay.devices().unwrap().peek().unwrap();
    let mut old = newest.clone();
    old.version -= 1;
    let old = old.sign(secrets.keyring.signing_key()).unwrap();
    assert_eq!(
        relay.put_devices(&old).unwrap_err().kind(),
        Some(ProblemType::Conflict)
    );
    let forged = newest.sign(candor_sealing_key().signing_key()).unwrap();
    assert_eq!(
        relay.put_devices(&forged).unwrap_err().kind(),
        Some(ProblemType::BadStatement)
    );

    // The recovery file is older than all of these keys, and brings them back all the same.
    fs::remove_dir_all(&first.home).unwrap();
    fs::remove_dir_all(&off.home).unwrap();
    let new = school.workstation("restored");
    let (file, passphrase) = (school.recovery_file(TITLE_IX), school.recovery_passphrase());
    let (relay_url, front) = (school.relay_url(), school.front());
    new.json(&[
        "restore",
        "--recovery",
        file.to_str().unwrap(),
        "--relay-url",
        &relay_url,
        "--intake-url",
        &front,
        "--recovery-passphrase-file",
        passphrase.to_str().unwrap(),
    ]);
    let synced = new.sync();
    assert_eq!(
        (&synced["new_reports"], &synced["set_aside"]),
        (&3.into(), &0.into()),
        "{synced}"
    );
    assert_eq!(taken(&new).keyring.revision(), 3);
    // Once it is listed itself, it has no need to act as the recovery file.
    assert!(taken(&new).recovery.is_none());
}

/// Keys that are no office's.
fn candor_sealing_key() -> Keyring {
    let instance = candor_wire::InstanceId::new([9; 32]);
    Keyring::generate(
        instance,
        "dean".parse().unwrap(),
        Epoch::of(today()),
        &mut OsRng,
    )
}

#[test]
fn a_relay_that_goes_back_to_an_old_list_and_old_cards_is_noticed_and_put_right() {
    let mut school = School::open();
    let first = school.desk(TITLE_IX);
    let lost = enrol(&school, &first, "lost");
    lost.sync();
    let id = id_of(&first, "lost");
    let store = school.world.folder().join("relay");
    let kept = school.path("kept");
    school.world.kill_relay();
    copy(&store, &kept);
    school.world.restart_relay();
    first.json(&["devices", "lost", &id, "--yes"]);

    // An operator puts an old copy back.
    school.world.kill_relay();
    fs::remove_dir_all(&store).unwrap();
    copy(&kept, &store);
    school.world.restart_relay();
    let synced = first.run(&["--json", "sync"]);
    assert_eq!(synced.code, Some(1), "{}", synced.err);
    assert!(
        synced.out.contains("went back to an older list"),
        "{}",
        synced.out
    );
    let refused = lost.run(&["sync"]);
    assert_eq!(refused.code, Some(5), "{}", refused.err);
    await_revision(&school, 1);
    assert_eq!(alarms(&first.sync()), 0);
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn killed_at_any_step_new_keys_are_begun_or_not_and_everybody_has_the_same() {
    let school = School::open();
    let (first, reporter) = (school.desk(TITLE_IX), school.reporter("student"));
    let second = enrol(&school, &first, "second");
    second.sync();
    for delay_ms in [4, 9, 14, 20, 28, 40, 60, 90] {
        let mut child = first
            .command(&["devices", "new-keys", "--yes"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(std::time::Duration::from_millis(delay_ms));
        child.kill().unwrap();
        child.wait().unwrap();
        // The colleague comes first, whatever state that left.
        for desk in [&second, &first, &second] {
            assert_eq!(alarms(&desk.sync()), 0, "{delay_ms}");
        }
        let (here, there) = (taken(&first).keyring, taken(&second).keyring);
        assert!(here.is_same(&there), "{delay_ms}");
        await_revision(&school, here.revision());
    }
    let begun = taken(&first).keyring.revision();
    assert!(begun <= 8, "each was begun once or not at all");
    reporter.report("harassment", "After all of it.", &[]);
    for desk in [&first, &second] {
        let synced = desk.sync();
        assert_eq!(
            (&synced["new_reports"], &synced["set_aside"]),
            (&1.into(), &0.into())
        );
    }
}
