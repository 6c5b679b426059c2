//! How a desk comes to its keys: a new office (`init`) or a recovery file (`restore`). A colleague's
//! workstation comes to them by [`crate::enrolment`].
//!
//! Invariant: `keys.age` is renamed into place last. Before that, everything in the folder may be
//! thrown away and made again; after it, the desk is complete.

use std::{fs, path::Path};

use candor_directory::{DeviceList, DeviceListDomain, PIN_FILE, Pin, SharedKeys};
use candor_wire::SignedStatement;
use rand::rngs::OsRng;

use crate::{
    case_file::{self, CaseFile},
    clock::Clock,
    config::Config,
    failure::{Failure, Outcome},
    guard::{Effort, Guard},
    home::{self, Home},
    keys::{DeviceKeys, Keyring, Secrets, Staged},
    record::{Entry, Record},
    recovery::Recovery,
    recovery_files::{self, RecoveryPlan},
};

const MARKER: &str = "setup.marker";

/// How hard guesses are made for this pin.
#[must_use]
pub const fn effort(pin: &Pin) -> Effort {
    if pin.is_demonstration() {
        Effort::Demonstration
    } else {
        Effort::Full
    }
}

/// Reads a pin that was handed over, for the purpose of the settings.
///
/// # Errors
/// If it is none, or a demonstration's where a real one is asked for.
pub fn read_pin(path: &Path, config: &Config) -> Outcome<Pin> {
    let bytes = home::read_file("Cannot read the pin", path, Pin::MAX_LEN)?;
    Pin::decode(&bytes, config.purpose()).map_err(|error| {
        Failure::trust(
            format!("{}: {error}.", path.display()),
            "Get pin.json from the administrator. Only if you mean a demonstration, add \
             --demonstration.",
        )
    })
}

/// Refuses a folder that holds a desk, and clears what an interrupted setup has left.
pub(crate) fn prepare(home: &Home, config: &Config, pin: &Pin) -> Outcome {
    refuse_second(home)?;
    clear(home)?;
    config.save(home)?;
    let path = home.join(PIN_FILE);
    let text = pin.to_json().map_err(Failure::internal)?;
    home::replace_file(&path, text.as_bytes())
        .map_err(|error| Failure::file("Cannot write", &path, &error))
}

/// Refuses a folder that holds a desk.
///
/// # Errors
/// If it does.
pub fn refuse_second(home: &Home) -> Outcome {
    if home.is_set_up() {
        return Err(Failure::usage(
            format!("There is a desk in {} already.", home.path().display()),
            "Use it, or name another folder with --home.",
        ));
    }
    Ok(())
}

fn clear(home: &Home) -> Outcome {
    let gone = |result: std::io::Result<()>, path: &Path| match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::file("Cannot clear", path, &error))
        }
        _ => Ok(()),
    };
    case_file::clear(home)?;
    for name in ["outbox", "directory"] {
        let path = home.join(name);
        gone(fs::remove_dir_all(&path), &path)?;
    }
    let path = home.join("keys.age.staged");
    gone(fs::remove_file(&path), &path)
}

/// Writes the first records and stages the keys: everything but the last step.
pub(crate) fn build(
    home: &Home,
    guard: &Guard,
    secrets: &Secrets,
    first: Vec<Record>,
) -> Outcome<Staged> {
    let instance = secrets.keyring.instance;
    let mut file = CaseFile::begin(home, &secrets.case_key, instance, &mut OsRng)?;
    let entries: Vec<Entry> = first.into_iter().map(Entry::bare).collect();
    file.append(&entries, &mut OsRng)?;
    drop(file);
    secrets.stage(home, guard)
}

fn first_list(
    secrets: &Secrets,
    label: &str,
    recovery: &DeviceKeys,
) -> Outcome<SignedStatement<DeviceListDomain>> {
    let keyring = &secrets.keyring;
    let list = DeviceList {
        instance: keyring.instance,
        office: keyring.office.clone(),
        version: 1,
        devices: vec![secrets.device.entry(label)?, recovery.recovery_entry()?],
        revoked: Vec::new(),
        keys: (keyring.revision() > 0).then(|| SharedKeys {
            revision: keyring.revision(),
            from: keyring.first_epoch(),
            grants: Vec::new(),
        }),
    };
    list.sign(keyring.signing_key()).map_err(Failure::internal)
}

/// Makes a new office's keys. The caller holds the folder's lock.
///
/// # Errors
/// If anything cannot be written or read back; the folder then holds no desk, and `init` can be
/// run again.
pub fn init(
    home: &Home,
    config: &Config,
    pin: &Pin,
    guard: &Guard,
    plan: &RecoveryPlan,
    clock: Clock,
) -> Outcome<Keyring> {
    refuse_second(home)?;
    let marked = fs::read_to_string(home.join(MARKER)).ok();
    let targets = recovery_files::check(home, &config.office, plan, marked.as_deref())?;
    prepare(home, config, pin)?;
    let today = clock.today();
    let keyring = Keyring::generate(
        *pin.instance(),
        config.office.clone(),
        clock.epoch(),
        &mut OsRng,
    );
    let secrets = Secrets::begin(keyring, DeviceKeys::generate(&mut OsRng), &mut OsRng);
    let recovery = Recovery {
        made: today,
        kind: plan.kind(),
        keyring: secrets.keyring.clone(),
        device: DeviceKeys::generate(&mut OsRng),
        pin: pin.clone(),
        relay_url: config.relay_url.clone(),
        intake_url: config.intake_url.clone(),
    };
    let written = targets.write(&recovery, effort(pin))?;
    let records = vec![
        Record::Began {
            office: config.office.clone(),
            day: today,
        },
        Record::Recovery {
            day: today,
            kind: plan.kind(),
        },
        Record::Devices {
            list: first_list(&secrets, &config.label, &recovery.device)?,
            published: false,
        },
    ];
    let staged = build(home, guard, &secrets, records)?;
    // Whoever runs this again after an interruption right here may replace those recovery files.
    let marker = home.join(MARKER);
    home::replace_file(&marker, written.digests().as_bytes())
        .map_err(|error| Failure::file("Cannot write", &marker, &error))?;
    written.put_in_place()?;
    staged.commit()?;
    let _ = fs::remove_file(marker);
    Ok(secrets.keyring)
}

/// Sets a desk up from a recovery file. The caller holds the folder's lock.
///
/// # Errors
/// If anything cannot be written; the folder then holds no desk.
pub fn restore(
    home: &Home,
    config: &Config,
    recovery: &Recovery,
    guard: &Guard,
    clock: Clock,
) -> Outcome<Keyring> {
    prepare(home, config, &recovery.pin)?;
    let device = DeviceKeys::generate(&mut OsRng);
    let secrets = Secrets {
        recovery: Some(recovery.device.clone()),
        ..Secrets::begin(recovery.keyring.clone(), device, &mut OsRng)
    };
    let records = vec![
        Record::Began {
            office: config.office.clone(),
            day: clock.today(),
        },
        Record::Recovery {
            day: recovery.made,
            kind: recovery.kind,
        },
        Record::Devices {
            list: first_list(&secrets, &config.label, &recovery.device)?,
            published: false,
        },
    ];
    build(home, guard, &secrets, records)?.commit()?;
    Ok(secrets.keyring)
}
