//! How a desk comes to its keys: a new office (`init`), a recovery file (`restore`), or a
//! colleague's desk (`enroll`).
//!
//! Invariant: `keys.age` is renamed into place last. Before that, everything in the folder may be
//! thrown away and made again; after it, the desk is complete.

use std::{
    fs,
    path::{Path, PathBuf},
};

use candor_directory::{DeviceList, DeviceListDomain, DeviceRequest, Fingerprint, PIN_FILE, Pin};
use candor_sealing::age_file;
use candor_wire::{DeviceId, SignedStatement};
use rand::rngs::OsRng;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    case_file::{self, CaseFile},
    clock::Clock,
    config::Config,
    desk::Desk,
    failure::{Failure, Outcome},
    guard::{self, Armour, Effort, Guard},
    home::{self, Home},
    keys::{
        DeviceKeys, Keyring, Secrets, Staged, StoredDevice, StoredKeyring, from_json,
        recipient_text, to_json,
    },
    prompt,
    published::PublicFront,
    record::{Entry, Record},
    recovery::{self, Recovery},
};

/// The label under which the recovery file stands in a list of devices.
const RECOVERY_LABEL: &str = "recovery file";
const ENROLMENT_FILE: &str = "enrol.age";
const MARKER: &str = "setup.marker";
const MAX_SMALL_FILE: usize = 1 << 20;

/// Where a recovery file goes, and what opens it.
#[derive(Debug)]
pub struct RecoveryPlan {
    /// The file.
    pub path: PathBuf,
    /// Its passphrase.
    pub passphrase: SecretString,
}

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
fn prepare(home: &Home, config: &Config, pin: &Pin) -> Outcome {
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
fn build(home: &Home, guard: &Guard, secrets: &Secrets, first: Vec<Record>) -> Outcome<Staged> {
    let instance = secrets.keyring.instance;
    let mut file = CaseFile::begin(home, &secrets.case_key, instance, &mut OsRng)?;
    let entries: Vec<Entry> = first.into_iter().map(Entry::bare).collect();
    file.append(&entries, &mut OsRng)?;
    drop(file);
    secrets.stage(home, guard)
}

fn first_list(secrets: &Secrets, label: &str) -> Outcome<SignedStatement<DeviceListDomain>> {
    let recovery = DeviceKeys::for_recovery(&secrets.keyring);
    let list = DeviceList {
        instance: secrets.keyring.instance,
        office: secrets.keyring.office.clone(),
        version: 1,
        devices: vec![
            secrets.device.entry(label)?,
            recovery.entry(RECOVERY_LABEL)?,
        ],
        revoked: Vec::new(),
    };
    list.sign(secrets.keyring.signing_key())
        .map_err(Failure::internal)
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
    let target = RecoveryTarget::check(home, &plan.path, marked.as_deref())?;
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
        keyring: secrets.keyring.clone(),
        pin: pin.clone(),
        relay_url: config.relay_url.clone(),
        intake_url: config.intake_url.clone(),
    };
    let written = target.write(&recovery, &plan.passphrase, effort(pin))?;
    let records = vec![
        Record::Began {
            office: config.office.clone(),
            day: today,
        },
        Record::Recovery { day: today },
        Record::Devices {
            list: first_list(&secrets, &config.label)?,
            published: false,
        },
    ];
    let staged = build(home, guard, &secrets, records)?;
    // Whoever runs this again after an interruption right here may replace that recovery file.
    let marker = home.join(MARKER);
    home::replace_file(&marker, written.digest.as_bytes())
        .map_err(|error| Failure::file("Cannot write", &marker, &error))?;
    written.put_in_place()?;
    staged.commit()?;
    let _ = fs::remove_file(marker);
    Ok(secrets.keyring)
}

/// Where a recovery file may be written.
struct RecoveryTarget {
    path: PathBuf,
    partial: PathBuf,
}

struct WrittenRecovery {
    target: RecoveryTarget,
    digest: String,
}

impl RecoveryTarget {
    /// Refuses a name that is taken, unless an interrupted setup of this folder left that very
    /// file, and refuses the desk's own folder.
    fn check(home: &Home, path: &Path, marked: Option<&str>) -> Outcome<Self> {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let folder = fs::canonicalize(folder)
            .map_err(|error| Failure::file("Cannot use the folder", folder, &error))?;
        let inside = fs::canonicalize(home.path()).is_ok_and(|home| folder.starts_with(home));
        if inside {
            return Err(Failure::usage(
                "The recovery file would lie in the desk's own folder, where it is lost together \
                 with the keys.",
                "Choose another place, best a USB stick that is then locked away.",
            ));
        }
        let leftover = || fs::read(path).is_ok_and(|bytes| Some(digest(&bytes).as_str()) == marked);
        if path.exists() && !leftover() {
            return Err(Failure::usage(
                format!("{} exists already.", path.display()),
                "Recovery files are never overwritten: choose another name.",
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            partial: home::with_suffix(path, ".partial"),
        })
    }

    /// Writes the file under a provisional name, reopens it, and compares.
    fn write(
        self,
        recovery: &Recovery,
        passphrase: &SecretString,
        effort: Effort,
    ) -> Outcome<WrittenRecovery> {
        let sealed = recovery.seal(passphrase, effort)?;
        home::replace_file(&self.partial, &sealed)
            .map_err(|error| Failure::file("Cannot write", &self.partial, &error))?;
        let back = home::read_file("Cannot read back", &self.partial, MAX_SMALL_FILE)?;
        if !Recovery::open(&back, passphrase)?.is_same(recovery) {
            return Err(Failure::storage(
                "The recovery file did not read back as it was written.",
                "Use another disk or stick; nothing was changed here.",
            ));
        }
        Ok(WrittenRecovery {
            target: self,
            digest: digest(&back),
        })
    }
}

impl WrittenRecovery {
    fn put_in_place(self) -> Outcome {
        home::rename(&self.target.partial, &self.target.path)
            .map_err(|error| Failure::file("Cannot write", &self.target.path, &error))
    }
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Writes a new recovery file for a desk.
///
/// # Errors
/// If it cannot be written or read back.
pub fn renew_recovery(desk: &mut Desk, plan: &RecoveryPlan) -> Outcome {
    let target = RecoveryTarget::check(&desk.home, &plan.path, None)?;
    let today = desk.clock.today();
    let recovery = Recovery {
        made: today,
        keyring: desk.secrets.keyring.clone(),
        pin: Pin::clone(&desk.pin),
        relay_url: desk.config.relay_url.clone(),
        intake_url: desk.config.intake_url.clone(),
    };
    target
        .write(&recovery, &plan.passphrase, desk.effort())?
        .put_in_place()?;
    desk.record_one(Entry::bare(Record::Recovery { day: today }))
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
    let secrets = Secrets::begin(
        recovery.keyring.clone(),
        DeviceKeys::generate(&mut OsRng),
        &mut OsRng,
    );
    let records = vec![
        Record::Began {
            office: config.office.clone(),
            day: clock.today(),
        },
        Record::Recovery { day: recovery.made },
        Record::Devices {
            list: first_list(&secrets, &config.label)?,
            published: false,
        },
    ];
    build(home, guard, &secrets, records)?.commit()?;
    Ok(secrets.keyring)
}

/// A device that waits to be approved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Enrolment {
    device: StoredDevice,
}

/// Makes a new device's keys and its request, or repeats the request it has made. The caller
/// holds the folder's lock.
///
/// # Errors
/// If anything cannot be written.
pub fn request_enrolment(
    home: &Home,
    config: &Config,
    pin: &Pin,
    guard: &Guard,
) -> Outcome<(String, Fingerprint)> {
    let path = home.join(ENROLMENT_FILE);
    let device = if path.exists() && !home.is_set_up() {
        config.save(home)?;
        open_enrolment(home, guard)?
    } else {
        prepare(home, config, pin)?;
        let device = DeviceKeys::generate(&mut OsRng);
        let stored = Enrolment {
            device: device.to_stored(),
        };
        let sealed = guard.seal(&to_json(&stored)?, Armour::None)?;
        home::replace_file(&path, &sealed)
            .map_err(|error| Failure::file("Cannot write", &path, &error))?;
        device
    };
    let request = DeviceRequest::new(
        *pin.instance(),
        config.office.clone(),
        device.id(),
        recipient_text(device.identity())?,
        config.label.clone(),
    );
    let text = request
        .sign(device.signing_key())
        .map_err(Failure::internal)?;
    Ok((text, request.fingerprint()))
}

fn open_enrolment(home: &Home, guard: &Guard) -> Outcome<DeviceKeys> {
    let path = home.join(ENROLMENT_FILE);
    if !path.exists() {
        return Err(Failure::usage(
            "This workstation has not asked to be enrolled.",
            "Run “enroll --office …” first; docs/desk.md tells the steps.",
        ));
    }
    let what = "The waiting enrolment";
    let sealed = home::read_file("Cannot read", &path, MAX_SMALL_FILE)?;
    let stored: Enrolment = from_json(what, &guard.open(what, &sealed)?)?;
    Ok(DeviceKeys::from_stored(&stored.device))
}

#[derive(Serialize, Deserialize)]
enum GrantFormat {
    #[serde(rename = "candor-enrolment/1")]
    V1,
}

/// What an enrolled device seals for a new one.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    format: GrantFormat,
    device: DeviceId,
    keyring: StoredKeyring,
    list: SignedStatement<DeviceListDomain>,
}

/// A device's request, checked as far as a machine can.
///
/// # Errors
/// If it is none, or for another instance or office.
pub fn check_request(desk: &Desk, bytes: &[u8]) -> Outcome<DeviceRequest> {
    let request =
        DeviceRequest::verify(bytes, &desk.secrets.keyring.instance).map_err(|error| {
            Failure::trust(
                format!("The request is not in order: {error}."),
                "Have the other workstation run “enroll” again, and bring the file over anew.",
            )
        })?;
    if request.office != desk.config.office {
        return Err(Failure::refused(
            format!(
                "The request is for the office “{}”, and this desk is of “{}”.",
                request.office, desk.config.office
            ),
            "Have the other workstation run “enroll” with this office's name.",
        ));
    }
    Ok(request.into_inner())
}

/// Takes a device into the office's list and seals the office's keys to it. A person has compared
/// the fingerprint.
///
/// # Errors
/// If the list is full or the device was revoked.
pub fn approve(desk: &mut Desk, request: &DeviceRequest) -> Outcome<Vec<u8>> {
    let mut list = device_list(desk)?;
    if list.revoked.contains(&request.device) {
        return Err(Failure::refused(
            "This device was revoked, and a revoked device never comes back.",
            "Have the workstation run “enroll” in a new folder: it then makes new keys.",
        ));
    }
    if list.device(&request.device).is_none() {
        if list.devices.len() >= DeviceList::MAX_DEVICES {
            return Err(Failure::refused(
                "The office has as many devices as it may have.",
                "Revoke one that is not used any more.",
            ));
        }
        list.version = list.version.saturating_add(1);
        list.devices.push(candor_directory::Device {
            id: request.device,
            recipient: request.recipient.clone(),
            label: request.label.clone(),
        });
        keep_list(desk, &list)?;
    }
    let (list, _) = desk
        .state
        .devices
        .clone()
        .ok_or_else(|| Failure::internal("This desk has no list of devices."))?;
    let grant = Grant {
        format: GrantFormat::V1,
        device: request.device,
        keyring: desk.secrets.keyring.to_stored(),
        list,
    };
    let recipient = request.recipient.as_str().parse().map_err(|_| {
        Failure::trust(
            "The request names an unusable key.",
            "Have the other workstation run “enroll” in a new folder.",
        )
    })?;
    age_file::seal(&to_json(&grant)?, &[recipient]).map_err(Failure::internal)
}

/// The office's list of devices as this desk knows it.
///
/// # Errors
/// If there is none: a defect.
pub fn device_list(desk: &Desk) -> Outcome<DeviceList> {
    let (list, _) = desk
        .state
        .devices
        .as_ref()
        .ok_or_else(|| Failure::internal("This desk has no list of devices."))?;
    list.peek().map_err(Failure::internal)
}

/// Signs a changed list; the next sync publishes it.
///
/// # Errors
/// If it cannot be kept.
pub fn keep_list(desk: &mut Desk, list: &DeviceList) -> Outcome {
    let list = list
        .sign(desk.secrets.keyring.signing_key())
        .map_err(Failure::internal)?;
    desk.record_one(Entry::bare(Record::Devices {
        list,
        published: false,
    }))
}

/// Takes up the keys that another device has sealed to this one. The caller holds the folder's
/// lock.
///
/// # Errors
/// If the file is not for this device, or the directory does not name the office's key in it.
pub fn accept(home: &Home, grant: &[u8], guard: &Guard, clock: Clock) -> Outcome<Keyring> {
    if home.is_set_up() {
        return Err(Failure::usage(
            "This workstation is enrolled already.",
            "There is nothing to accept.",
        ));
    }
    let config = Config::load(home)?;
    let pin = crate::desk::load_pin(home, &config)?;
    let device = open_enrolment(home, guard)?;
    let what = "The enrolment file";
    let identity = std::slice::from_ref(device.identity());
    let json = age_file::open(grant, identity).map_err(|_| {
        Failure::trust(
            "The enrolment file does not open with this workstation's key, or was damaged.",
            "Check that it was made for this workstation's newest request, and bring it over anew.",
        )
    })?;
    let grant: Grant = from_json(what, &json)?;
    let keyring = Keyring::from_stored(&grant.keyring);
    let fits = grant.device == device.id()
        && keyring.instance == *pin.instance()
        && keyring.office == config.office;
    if !fits {
        return Err(Failure::trust(
            "The enrolment file is for another device, office or instance.",
            "Bring over the file that was made for this request.",
        ));
    }
    // Whoever saw the request could have sealed other keys to this device.
    let published = PublicFront::new(&config, clock)?.fetch(home, &pin, None)?;
    let named = published
        .office(&config.office)
        .map(|office| office.signing_key);
    if named != Some(keyring.public_key()?) {
        return Err(Failure::trust(
            "The directory does not name the key in the enrolment file as this office's.",
            "If the office is not in the directory yet, wait until it is. Otherwise do not use \
             the file: compare the office's fingerprint with a colleague's “status”.",
        ));
    }
    let list = DeviceList::verify(&grant.list, &published.directory, None).map_err(|error| {
        Failure::trust(
            format!("The list of devices in the enrolment file is not in order: {error}."),
            "Have the colleague run “enroll --approve” again.",
        )
    })?;
    if list.device(&device.id()).is_none() {
        return Err(Failure::trust(
            "The list of devices in the enrolment file does not name this device.",
            "Have the colleague run “enroll --approve” again.",
        ));
    }
    // What the fetch has kept stays; everything else begins anew.
    case_file::clear(home)?;
    let secrets = Secrets::begin(keyring, device, &mut OsRng);
    let records = vec![
        Record::Began {
            office: config.office.clone(),
            day: clock.today(),
        },
        Record::Directory {
            version: published.directory.version,
        },
        Record::Devices {
            list: grant.list,
            published: false,
        },
    ];
    build(home, guard, &secrets, records)?.commit()?;
    let _ = fs::remove_file(home.join(ENROLMENT_FILE));
    Ok(secrets.keyring)
}

/// Asks for, or offers, the passphrase of a recovery file.
///
/// # Errors
/// If it is too weak, or is the desk's own.
pub fn recovery_passphrase(file: Option<&Path>, guard: &Guard) -> Outcome<SecretString> {
    let passphrase = match file {
        Some(path) => prompt::secret_from_file(path)?,
        None => offer_passphrase()?,
    };
    guard::check_passphrase(&passphrase)?;
    if let Guard::Passphrase(own, _) = guard
        && recovery::is_same_passphrase(own, &passphrase)
    {
        return Err(Failure::usage(
            "The recovery file has the same passphrase as the desk.",
            "Use another one: it must help when the desk's is forgotten.",
        ));
    }
    Ok(passphrase)
}

fn offer_passphrase() -> Outcome<SecretString> {
    let words = recovery::generate_passphrase(&mut OsRng);
    if !prompt::is_interactive() {
        return prompt::secret("Passphrase of the recovery file");
    }
    prompt::note(
        "\nThe recovery file has a passphrase of its own. Write these eight words on paper and \
         keep the paper apart from the file:\n",
    );
    prompt::note(&format!("    {}\n", words.expose_secret()));
    for _ in 0..5 {
        let typed = prompt::secret("Type them back from the paper")?;
        if recovery::is_same_passphrase(&typed, &words) {
            return Ok(words);
        }
        prompt::note("That is not what is written above; look again.");
    }
    Err(Failure::usage(
        "The words were not typed back.",
        "Start again with pen and paper at hand.",
    ))
}

/// The guard of a new desk.
///
/// # Errors
/// If the passphrase is too short, or the plugin's identity is none.
pub fn new_guard(
    passphrase_file: Option<&Path>,
    plugin_file: Option<&Path>,
    pin: &Pin,
    home: &Home,
) -> Outcome<Guard> {
    if let Some(path) = plugin_file {
        let text = home::read_file("Cannot read", path, 1 << 16)?;
        let identity = parse_plugin(&text, path)?;
        let kept = home.join("plugin.txt");
        home::replace_file(&kept, format!("{identity}\n").as_bytes())
            .map_err(|error| Failure::file("Cannot write", &kept, &error))?;
        return Ok(Guard::Plugin(identity));
    }
    let passphrase = match passphrase_file {
        Some(path) => prompt::secret_from_file(path)?,
        None => prompt::new_secret("Choose a passphrase for this desk")?,
    };
    guard::check_passphrase(&passphrase)?;
    // An interrupted setup may have left one; the folder holds no desk yet.
    let _ = fs::remove_file(home.join("plugin.txt"));
    Ok(Guard::Passphrase(passphrase, effort(pin)))
}

/// The identity of the age plugin that guards this desk, if one does.
///
/// # Errors
/// If it cannot be read.
pub fn kept_plugin(home: &Home) -> Outcome<Option<age::plugin::Identity>> {
    let kept = home.join("plugin.txt");
    if !kept.exists() {
        return Ok(None);
    }
    let text = home::read_file("Cannot read", &kept, 1 << 16)?;
    parse_plugin(&text, &kept).map(Some)
}

/// The guard of a desk that exists: the plugin whose identity it keeps, or a passphrase.
///
/// # Errors
/// If there is nobody to ask.
pub fn known_guard(home: &Home, passphrase_file: Option<&Path>) -> Outcome<Guard> {
    if let Some(identity) = kept_plugin(home)? {
        return Ok(Guard::Plugin(identity));
    }
    let passphrase = match passphrase_file {
        Some(path) => prompt::secret_from_file(path)?,
        None => prompt::secret("Passphrase of this desk")?,
    };
    let effort = match Config::load(home) {
        Ok(config) if config.demonstration => Effort::Demonstration,
        _ => Effort::Full,
    };
    Ok(Guard::Passphrase(passphrase, effort))
}

fn parse_plugin(text: &[u8], path: &Path) -> Outcome<age::plugin::Identity> {
    String::from_utf8_lossy(text)
        .lines()
        .map(str::trim)
        .find(|line| line.starts_with("AGE-PLUGIN-"))
        .and_then(|line| line.parse().ok())
        .ok_or_else(|| {
            Failure::usage(
                format!("{} holds no identity of an age plugin.", path.display()),
                "Make one with the plugin's own program; its line begins with AGE-PLUGIN-.",
            )
        })
}
