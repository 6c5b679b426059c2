//! What tells who may read.

use std::collections::{BTreeMap, BTreeSet};

use candor_directory::{
    Answer, Answers, Cards, Condition, DeviceList, DeviceListDomain, DeviceRequest, Directory,
    Epoch, Fingerprint, Language, OfficeRequest, Pin, PublicKey, Purpose, QuestionId,
    RecipientText, RelayKeys, RelayRequest, RootKey, RootRole, RouteError, Text, Unverified, When,
    assemble, effective_answers, format_date, lint, parse_date, route,
};
use candor_wire::{SignedStatement, sizes::MAX_RECIPIENTS};

use crate::{
    Parts, known,
    wire::{exact, json},
};

/// Decodes, encodes, and asks everything of it that a client does before it believes it.
pub(crate) fn directory(input: &[u8]) {
    let Ok(directory) = Directory::decode(input) else {
        return;
    };
    let text = serde_json::to_vec(&directory).unwrap_or_default();
    assert_eq!(Directory::decode(&text).as_ref(), Ok(&directory));
    exercise(&directory);
}

fn exercise(directory: &Directory) {
    let _ = lint(directory, known::TODAY);
    let one_answer = |question: &QuestionId| {
        let asked = directory.question(question);
        let option = asked.and_then(|question| question.options.first());
        let value = option.map_or("yes", |option| option.id.as_str());
        Answer::One(value.to_owned())
    };
    let answers: Answers = directory
        .questions
        .iter()
        .map(|question| (question.id.clone(), one_answer(&question.id)))
        .collect();
    let exclusions = directory
        .roles
        .iter()
        .take(8)
        .map(|role| BTreeSet::from([role.id.clone()]));
    let exclusions: Vec<_> = exclusions.chain([BTreeSet::new()]).collect();
    for topic in directory.topics.iter().take(16) {
        let counted = effective_answers(directory, topic, &answers);
        assert!(
            counted
                .iter()
                .all(|(id, answer)| answers.get(id) == Some(answer))
        );
        for excluded in &exclusions {
            for answers in [&Answers::new(), &answers] {
                sound(
                    directory,
                    &route(directory, &topic.id, answers, excluded),
                    excluded,
                );
            }
        }
    }
}

/// The invariant of a route.
fn sound(
    directory: &Directory,
    route: &Result<candor_directory::Route, RouteError>,
    excluded: &BTreeSet<candor_wire::RoleId>,
) {
    if let Ok(route) = route {
        let offices: Vec<_> = route.offices().collect();
        let distinct: BTreeSet<_> = offices.iter().collect();
        assert!((1..=MAX_RECIPIENTS).contains(&offices.len()));
        assert_eq!(distinct.len(), offices.len());
        assert!(
            offices
                .iter()
                .all(|office| !directory.is_excluded(office, excluded.iter()))
        );
    }
}

/// The source that an administrator edits, as TOML.
pub(crate) fn source(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Ok(source) = toml::from_str::<serde_json::Value>(text) else {
        return;
    };
    let named = source.get("offices").and_then(serde_json::Value::as_array);
    let offices: BTreeSet<_> = named
        .into_iter()
        .flatten()
        .filter_map(|office| office.get("id")?.as_str()?.parse().ok())
        .collect();
    if let Ok(directory) = assemble(source, &known::assembly(offices)) {
        exercise(&directory);
    }
}

/// Two signature files, with a line of `--` between them, over the smallest directory.
pub(crate) fn signature(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let (first, second) = text.split_once("--\n").unwrap_or((text, ""));
    let signatures: BTreeMap<RootRole, String> = known::pin()
        .roots()
        .iter()
        .map(RootKey::role)
        .cloned()
        .zip([first.to_owned(), second.to_owned()])
        .collect();
    let directory = known::assembled(known::SMALL_SOURCE);
    let bytes = serde_json::to_vec(&directory).unwrap_or_default();
    let verified =
        Unverified::<Directory>::new(bytes, signatures).verify(&known::pin(), known::TODAY, None);
    if let Ok(verified) = verified {
        assert_eq!(verified.into_inner(), directory);
    }
    // A public key file is of the same kind of text.
    if let Ok(role) = "administrator".parse::<RootRole>()
        && let Ok(key) = RootKey::from_file_text(role.clone(), text)
    {
        assert_eq!(RootKey::new(role, key.base64()).as_ref(), Ok(&key));
    }
}

pub(crate) fn pin(input: &[u8]) {
    for purpose in [Purpose::Production, Purpose::Demonstration] {
        if let Ok(pin) = Pin::decode(input, purpose) {
            let text = pin.to_json().unwrap_or_default();
            assert_eq!(Pin::decode(text.as_bytes(), purpose).as_ref(), Ok(&pin));
            assert_eq!(pin.purpose(), purpose);
        }
    }
}

pub(crate) fn cards(input: &[u8]) {
    let Ok(statements) = Cards::parse(input) else {
        return;
    };
    let blob = Cards::blob(statements.clone()).unwrap_or_default();
    assert_eq!(Cards::parse(blob.as_bytes()).as_ref(), Ok(&statements));
    let directory = known::directory();
    let Ok(cards) = Cards::verify_all(input, directory) else {
        return;
    };
    for office in &directory.offices {
        let current = cards.current(&office.id, known::TODAY);
        if let Ok(card) = current {
            assert_eq!(
                (&card.office, card.instance),
                (&office.id, known::instance())
            );
            assert!(card.valid_from <= known::TODAY && known::TODAY <= card.valid_to);
            assert!(cards.covered_until(&office.id, known::TODAY).is_some());
        }
        assert_eq!(
            current.is_ok(),
            cards.current_statement(&office.id, known::TODAY).is_ok()
        );
    }
}

pub(crate) fn relay_keys(input: &[u8]) {
    let directory = known::directory();
    let Ok(keys) = RelayKeys::verify(input, directory, None) else {
        return;
    };
    let signed = keys.sign(&known::key("relay"));
    let text = signed.and_then(|signed| serde_json::to_vec(&signed));
    let again = RelayKeys::verify(&text.unwrap_or_default(), directory, None);
    assert_eq!(again.as_ref(), Ok(&keys));
    assert_eq!(
        keys.current(known::TODAY).is_ok(),
        keys.covered_until(known::TODAY).is_some()
    );
}

pub(crate) fn device_list(input: &[u8]) {
    let Some(statement) = json::<SignedStatement<DeviceListDomain>>(input) else {
        return;
    };
    let Ok(list) = DeviceList::verify(&statement, known::directory(), None) else {
        return;
    };
    assert!(
        list.devices
            .iter()
            .all(|device| list.device(&device.id) == Some(device))
    );
    assert!(list.revoked.iter().all(|id| list.device(id).is_none()));
    let signed = list.sign(&known::key(&format!("office {}", list.office)));
    let again = signed.map(|signed| DeviceList::verify(&signed, known::directory(), None));
    assert_eq!(again.ok().and_then(Result::ok).as_ref(), Some(&list));
}

pub(crate) fn requests(input: &[u8]) {
    let instance = known::instance();
    let spoken = |print: Fingerprint| assert_eq!(print.to_string().parse(), Ok(print));
    if let Ok(request) = OfficeRequest::verify(input, &instance) {
        spoken(request.fingerprint());
    }
    if let Ok(request) = DeviceRequest::verify(input, &instance) {
        spoken(request.fingerprint());
    }
    if let Ok(request) = RelayRequest::verify(input, &instance) {
        spoken(request.fingerprint());
    }
}

/// A condition, then answers, each a line of JSON.
pub(crate) fn conditions(input: &[u8]) {
    let mut parts = Parts::new(input);
    let (condition, answers) = (parts.line(), parts.line());
    let answers = json::<Answers>(answers).unwrap_or_default();
    if let Some(when) = json::<When>(condition) {
        assert_eq!(when == When::Always, json::<Condition>(condition).is_none());
        if let When::If(condition) = when {
            let negated = Condition::Not(Box::new(condition.clone()));
            assert_ne!(condition.holds(&answers), negated.holds(&answers));
            let mut looked_at = 0_usize;
            condition.visit(&mut |_, _| looked_at += 1);
            assert!(looked_at <= input.len());
        }
    }
}

/// Languages, dates, recipients, keys and fingerprints, as text.
pub(crate) fn words(input: &[u8]) {
    if let Some(text) = json::<Text>(input)
        && let Some(language) = text.languages().next()
    {
        assert!(!text.show(language, &[]).is_fallback);
    }
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    exact::<Language>(text);
    exact::<RecipientText>(text);
    exact::<PublicKey>(text);
    exact::<RootRole>(text);
    if let Ok(print) = text.parse::<Fingerprint>() {
        assert_eq!(print.to_string().parse(), Ok(print));
    }
    if let Ok(day) = parse_date(text) {
        assert_eq!(format_date(day), text);
        let epoch = Epoch::of(day);
        assert!(epoch.first_day() <= day && day <= epoch.last_day());
    }
}
