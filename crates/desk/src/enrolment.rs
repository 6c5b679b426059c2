//! How a second workstation comes to the office's keys: it asks, somebody compares digits, and a
//! workstation that has the keys seals them to it.

use std::fs;

use candor_directory::{Device, DeviceList, DeviceListDomain, DeviceRequest, Fingerprint, Pin};
use candor_sealing::age_file;
use candor_wire::{DeviceId, SignedStatement};
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};

use crate::{
    case_file,
    clock::Clock,
    config::Config,
    desk::Desk,
    devices,
    failure::{Failure, Outcome},
    guard::{Armour, Guard},
    home::{self, Home},
    keys::{
        DeviceKeys, Keyring, Secrets, StoredDevice, StoredKeyring, from_json, recipient_text,
        to_json,
    },
    published::PublicFront,
    record::Record,
    setup::{build, prepare},
};

/// The keys of a device that waits to be approved.
pub(crate) const ENROLMENT_FILE: &str = "enrol.age";
const MAX_SMALL_FILE: usize = 1 << 20;

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
    #[serde(rename = "candor-enrolment/2")]
    V2,
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
    let mut list = devices::to_change(desk)?;
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
        list.devices.push(Device {
            id: request.device,
            recipient: request.recipient.clone(),
            label: request.label.clone(),
            recovery: false,
        });
        devices::keep(desk, &list, false)?;
    }
    let (list, _) = desk
        .state
        .devices
        .clone()
        .ok_or_else(|| Failure::internal("This desk has no list of devices."))?;
    let grant = Grant {
        format: GrantFormat::V2,
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
    let keyring = Keyring::from_stored(&grant.keyring)?;
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
