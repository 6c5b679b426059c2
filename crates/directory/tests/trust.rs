//! Cards, exchange keys, device lists and requests: who is believed, and when no longer.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod support;

use candor_directory::{
    CardError, Cards, Device, DeviceList, DeviceListError, DeviceRequest, Epoch, KeyConfig,
    KeyGrant, OfficeRequest, Pin, PinError, Purpose, RelayKey, RelayKeys, RelayKeysError,
    RequestError, SharedKeys,
};
use candor_wire::{Day, DeviceId, InstanceId, OfficeId};
use support::{
    SMALL, TODAY, card, directory_of, instance, known_key, pin, pin_for, public, recipient, roots,
    signed_card, verified,
};

fn dean() -> OfficeId {
    "dean".parse().unwrap()
}

fn cards_of(statements: Vec<candor_directory::KeyCardStatement>) -> Cards {
    let blob = Cards::blob(statements).unwrap();
    Cards::verify_all(blob.as_bytes(), &verified(&directory_of(SMALL))).unwrap()
}

#[test]
fn a_desk_switched_off_for_a_hundred_days_closes_nothing() {
    let now = Epoch::of(TODAY);
    let published = now.published_from();
    let cards = cards_of(
        published
            .map(|epoch| signed_card("dean", epoch, 'q'))
            .collect(),
    );
    for later in 0..=100 {
        let day = TODAY.plus(later);
        let card = cards.current(&dean(), day).unwrap();
        assert!(card.valid_from <= day && day <= card.valid_to);
    }
    let end = now.plus(4).last_day();
    assert_eq!(cards.covered_until(&dean(), TODAY), Some(end));
    assert_eq!(
        cards.current(&dean(), end.plus(1)),
        Err(CardError::Stale {
            office: dean(),
            ended: end
        })
    );
    // A clock before the first card.
    let begins = now.first_day();
    assert_eq!(
        cards.current(&dean(), Day(begins.0 - 1)),
        Err(CardError::NotYet {
            office: dean(),
            begins
        })
    );
}

#[test]
fn a_bad_card_of_one_office_closes_no_other() {
    let now = Epoch::of(TODAY);
    let forged = card("dean", now, 'q')
        .sign(&known_key("office counselor"))
        .unwrap();
    let unknown = card("stranger", now, 'q').sign(&known_key("x")).unwrap();
    let cards = cards_of(vec![
        forged.clone(),
        unknown,
        signed_card("counselor", now, 'p'),
    ]);
    assert_eq!(
        cards.current(&dean(), TODAY),
        Err(CardError::Refused(dean()))
    );
    assert!(cards.current(&"counselor".parse().unwrap(), TODAY).is_ok());
    assert_eq!(cards.refused().len(), 2);
    // Nor does a forged card close an office that has a good one.
    let cards = cards_of(vec![forged, signed_card("dean", now, 'q')]);
    assert!(cards.current(&dean(), TODAY).is_ok());
}

#[test]
fn two_different_cards_of_an_epoch_are_used_by_nobody() {
    let now = Epoch::of(TODAY);
    let cards = cards_of(vec![
        signed_card("dean", now, 'q'),
        signed_card("dean", now, 'p'),
    ]);
    assert_eq!(
        cards.current(&dean(), TODAY),
        Err(CardError::Conflicting {
            office: dean(),
            epoch: now
        })
    );
    assert_eq!(cards.covered_until(&dean(), TODAY), None);
    let twice = cards_of(vec![
        signed_card("dean", now, 'q'),
        signed_card("dean", now, 'q'),
    ]);
    assert!(twice.current(&dean(), TODAY).is_ok());
}

#[test]
fn a_cards_days_are_those_of_its_epoch() {
    let mut longer = card("dean", Epoch::of(TODAY), 'q');
    longer.valid_to = longer.valid_to.plus(1);
    let cards = cards_of(vec![longer.sign(&known_key("office dean")).unwrap()]);
    assert_eq!(
        cards.current(&dean(), TODAY),
        Err(CardError::Refused(dean()))
    );
}

fn relay_key(config: u8, from: u32, to: u32) -> RelayKey {
    RelayKey {
        config: KeyConfig::new(vec![config; 40]).unwrap(),
        not_before: TODAY.plus(from),
        not_after: TODAY.plus(to),
    }
}

#[test]
fn exchange_keys_are_the_relays_own_and_todays() {
    let directory = verified(&directory_of(SMALL));
    let list = RelayKeys {
        instance: instance(),
        serial: 5,
        keys: vec![
            relay_key(1, 0, 7),
            relay_key(2, 7, 14),
            relay_key(3, 20, 27),
        ],
    };
    let signed = serde_json::to_vec(&list.sign(&known_key("relay")).unwrap()).unwrap();
    let keys = RelayKeys::verify(&signed, &directory, Some(5)).unwrap();
    assert_eq!(keys.current(TODAY).unwrap(), &list.keys[0]);
    assert_eq!(keys.current(TODAY.plus(7)).unwrap(), &list.keys[1]);
    assert_eq!(
        keys.current(TODAY.plus(15)),
        Err(RelayKeysError::NoneCurrent)
    );
    assert_eq!(keys.covered_until(TODAY), Some(TODAY.plus(14)));
    assert_eq!(
        RelayKeys::verify(&signed, &directory, Some(6)),
        Err(RelayKeysError::RolledBack)
    );
    let forged = serde_json::to_vec(&list.sign(&known_key("office dean")).unwrap()).unwrap();
    assert_eq!(
        RelayKeys::verify(&forged, &directory, None),
        Err(RelayKeysError::Signature)
    );
}

fn device(name: &str) -> Device {
    Device {
        id: DeviceId::new(*known_key(name).verifying_key().as_bytes()),
        recipient: recipient('q'),
        label: name.to_owned(),
        recovery: false,
    }
}

#[test]
fn a_device_list_is_the_offices_own_and_its_newest() {
    let directory = verified(&directory_of(SMALL));
    let list = DeviceList {
        instance: instance(),
        office: dean(),
        version: 3,
        devices: vec![device("front desk"), device("laptop")],
        revoked: vec![device("lost").id],
        keys: None,
    };
    let key = known_key("office dean");
    let check = |list: &DeviceList, seen| {
        DeviceList::verify(&list.sign(&key).unwrap(), &directory, seen).map(|l| l.into_inner())
    };
    assert_eq!(check(&list, Some(3)), Ok(list.clone()));
    assert!(list.device(&device("laptop").id).is_some());
    assert!(list.device(&device("lost").id).is_none());
    assert_eq!(check(&list, Some(4)), Err(DeviceListError::RolledBack));
    let mut both = list.clone();
    both.revoked.push(device("laptop").id);
    assert_eq!(check(&both, None), Err(DeviceListError::Form));
    let grant = |name| KeyGrant {
        device: device(name).id,
        sealed: "AA==".to_owned(),
    };
    let granted = |revision, grants: &[KeyGrant]| DeviceList {
        keys: Some(SharedKeys {
            revision,
            from: Epoch::of(TODAY),
            grants: grants.to_vec(),
        }),
        ..list.clone()
    };
    let sound = granted(1, &[grant("front desk"), grant("laptop")]);
    assert_eq!(check(&sound, None), Ok(sound.clone()));
    let long = KeyGrant {
        sealed: "A".repeat(SharedKeys::MAX_SEALED + 1),
        ..grant("laptop")
    };
    for unsound in [
        granted(0, &[]),
        granted(1, &[grant("lost")]),
        granted(1, &[grant("laptop"), grant("laptop")]),
        granted(1, &[long]),
    ] {
        assert_eq!(check(&unsound, None), Err(DeviceListError::Form));
    }
    let mut weak = list.clone();
    weak.devices[0].id = DeviceId::new([0; 32]);
    assert_eq!(check(&weak, None), Err(DeviceListError::Form));
    let forged = list.sign(&known_key("office counselor")).unwrap();
    assert_eq!(
        DeviceList::verify(&forged, &directory, None),
        Err(DeviceListError::Signature)
    );
}

#[test]
fn a_request_is_of_this_key_and_this_instance() {
    let key = known_key("office dean");
    let request = OfficeRequest::new(instance(), dean(), public(&key));
    let text = request.sign(&key).unwrap();
    let read = OfficeRequest::verify(text.as_bytes(), &instance()).unwrap();
    assert_eq!(read.fingerprint(), request.fingerprint());
    assert_eq!(
        request.sign(&known_key("other")),
        Err(RequestError::Signature)
    );
    let there = InstanceId::new([1; 32]);
    assert_eq!(
        OfficeRequest::verify(text.as_bytes(), &there),
        Err(RequestError::WrongInstance)
    );
    let swapped = text.replace(r#"\"office\":\"dean\""#, r#"\"office\":\"counselor\""#);
    assert_ne!(swapped, text);
    assert_eq!(
        OfficeRequest::verify(swapped.as_bytes(), &instance()),
        Err(RequestError::Signature)
    );
    // A request of one kind is none of the other, though the key is the same.
    let id = DeviceId::new(*key.verifying_key().as_bytes());
    let other = DeviceRequest::new(instance(), dean(), id, recipient('q'), "desk".to_owned());
    let other = other.sign(&key).unwrap();
    assert!(DeviceRequest::verify(other.as_bytes(), &instance()).is_ok());
    assert_eq!(
        OfficeRequest::verify(other.as_bytes(), &instance()),
        Err(RequestError::Form)
    );
}

#[test]
fn a_demonstrations_pin_is_refused_for_real_reports() {
    let keys = roots().iter().map(support::Root::public).collect();
    let demo = Pin::new(Purpose::Demonstration, instance(), keys, 1).unwrap();
    let text = demo.to_json().unwrap();
    assert_eq!(
        Pin::decode(text.as_bytes(), Purpose::Production),
        Err(PinError::Demonstration)
    );
    assert_eq!(
        Pin::decode(text.as_bytes(), Purpose::Demonstration),
        Ok(demo)
    );
    let real = pin().to_json().unwrap();
    assert_eq!(
        Pin::decode(real.as_bytes(), Purpose::Demonstration),
        Err(PinError::NotDemonstration)
    );
}

#[test]
fn a_pin_needs_distinct_roots() {
    let one = || support::Root::new("administrator");
    let same_key = support::Root::with_key("witness", "administrator");
    let keys = vec![one().public(), same_key.public()];
    let made = Pin::new(Purpose::Production, instance(), keys, 1);
    assert_eq!(made, Err(PinError::Roots));
    let none = Pin::new(Purpose::Production, instance(), vec![], 1);
    assert_eq!(none, Err(PinError::Roots));
    assert_eq!(pin_for(&[one()], 1).roots().len(), 1);
}
