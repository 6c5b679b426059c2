//! What must hold for every input.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use candor_directory::{
    Answer, Answers, Cards, DeviceRequest, Directory, Fingerprint, KeyCard, OfficeKind,
    OfficeRequest, Pin, Purpose, RelayKeys, RelayRequest, RouteError, Rule, TargetId, Unverified,
    When, lint, route,
};
use candor_wire::{OfficeId, RoleId, sizes::MAX_RECIPIENTS};
use proptest::prelude::*;
use support::{MEDICAL_SCHOOL, SMALL, TODAY, directory_of, instance, json, pin, role, verified};

/// What a route must never break, whatever directory it came from.
fn assert_route_holds(
    directory: &Directory,
    topic: usize,
    answers: &Answers,
    excluded: &BTreeSet<RoleId>,
) {
    let topic = &directory.topics[topic % directory.topics.len()].id;
    let found = route(directory, topic, answers, excluded);
    assert_eq!(found, route(directory, topic, answers, excluded));
    let Ok(found) = found else { return };
    let offices: Vec<_> = found.offices().collect();
    assert!(!found.to.is_empty());
    assert!(offices.len() <= MAX_RECIPIENTS);
    let distinct: BTreeSet<_> = offices.iter().collect();
    assert_eq!(distinct.len(), offices.len());
    for id in &offices {
        let office = directory.office(id).unwrap();
        assert!(office.roles.iter().all(|role| !excluded.contains(role)));
        assert!(office.kind == OfficeKind::Formal || offices.len() == 1);
    }
}

fn arbitrary_answers(directory: &Directory) -> impl Strategy<Value = Answers> + use<> {
    let mut values = BTreeSet::from(["yes", "no", "unsure", ""].map(str::to_owned));
    for question in &directory.questions {
        values.extend(question.options.iter().map(|o| o.id.to_string()));
    }
    let values: Vec<_> = values.into_iter().collect();
    let questions: Vec<_> = directory.questions.iter().map(|q| q.id.clone()).collect();
    let value = prop::sample::select(values);
    let answer = prop_oneof![
        value.clone().prop_map(Answer::One),
        prop::collection::vec(value, 0..4).prop_map(Answer::Many),
    ];
    prop::collection::btree_map(prop::sample::select(questions), answer, 0..12)
}

fn arbitrary_roles(directory: &Directory) -> impl Strategy<Value = BTreeSet<RoleId>> + use<> {
    let roles: Vec<_> = directory.roles.iter().map(|role| role.id.clone()).collect();
    prop::collection::btree_set(prop::sample::select(roles), 0..6)
}

/// A directory whose routes name offices and teams at random, good or bad.
fn arbitrary_directory() -> impl Strategy<Value = Directory> {
    let base = directory_of(MEDICAL_SCHOOL);
    let mut names: Vec<TargetId> = base
        .offices
        .iter()
        .map(|office| office.id.as_str().parse().unwrap())
        .collect();
    names.extend(base.teams.iter().map(|team| team.id.clone()));
    names.push("nobody-knows".parse().unwrap());
    let roles: Vec<_> = base.roles.iter().map(|role| role.id.clone()).collect();
    let office_count = base.offices.len();
    let targets = |most| prop::collection::vec(prop::sample::select(names.clone()), 0..most);
    let rule = (targets(4), targets(3), targets(3)).prop_map(|(to, copy, fallback)| Rule {
        when: When::Always,
        to,
        copy,
        fallback,
    });
    let kinds = prop::collection::vec(any::<bool>(), office_count);
    let extra = prop::collection::vec(prop::sample::select(roles), office_count);
    let rules = prop::collection::vec(prop::collection::vec(rule, 0..3), base.routes.len());
    (kinds, extra, rules).prop_map(move |(kinds, extra, rules)| {
        let mut directory = base.clone();
        for ((office, informal), role) in directory.offices.iter_mut().zip(kinds).zip(extra) {
            if informal {
                office.kind = OfficeKind::Informal;
            }
            office.roles.push(role);
        }
        for (route, rules) in directory.routes.iter_mut().zip(rules) {
            route.rules = rules;
        }
        directory
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_school_routes_soundly(
        topic in any::<prop::sample::Index>(),
        answers in arbitrary_answers(&directory_of(MEDICAL_SCHOOL)),
        excluded in arbitrary_roles(&directory_of(MEDICAL_SCHOOL)),
    ) {
        let directory = directory_of(MEDICAL_SCHOOL);
        let topic = topic.index(directory.topics.len());
        assert_route_holds(&directory, topic, &answers, &excluded);
        let id = &directory.topics[topic].id;
        match route(&directory, id, &answers, &excluded) {
            Ok(_) => {}
            // A sound directory refuses only to leave nobody, and never if nobody is left out.
            Err(RouteError::NobodyLeft) => prop_assert!(!excluded.is_empty()),
            Err(error) => prop_assert!(false, "{error}"),
        }
    }

    #[test]
    fn any_directory_routes_soundly_or_not_at_all(
        directory in arbitrary_directory(),
        topic in any::<usize>(),
        excluded in arbitrary_roles(&directory_of(MEDICAL_SCHOOL)),
    ) {
        assert_route_holds(&directory, topic, &Answers::new(), &excluded);
        // Neither may lint panic.
        let _ = lint(&directory, TODAY);
    }

    #[test]
    fn nothing_panics_on_arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        decode_everything(&bytes);
    }

    #[test]
    fn nothing_panics_on_damaged_text(
        which in 0_usize..6,
        at in any::<prop::sample::Index>(),
        with in prop::collection::vec(any::<u8>(), 0..4),
        remove in 0_usize..4,
    ) {
        let mut bytes = samples()[which].clone().into_bytes();
        let at = at.index(bytes.len());
        let end = (at + remove).min(bytes.len());
        bytes.splice(at..end, with);
        decode_everything(&bytes);
    }
}

fn samples() -> Vec<String> {
    let directory = directory_of(SMALL);
    let key = support::known_key("office dean");
    let office = "dean".parse::<OfficeId>().unwrap();
    let request = OfficeRequest::new(instance(), office, support::public(&key));
    let epoch = candor_directory::Epoch::of(TODAY);
    let keys = RelayKeys {
        instance: instance(),
        serial: 1,
        keys: vec![],
    };
    let signed = keys.sign(&support::known_key("relay")).unwrap();
    vec![
        json(&directory),
        pin().to_json().unwrap(),
        Cards::blob(vec![support::signed_card("dean", epoch, 'q')]).unwrap(),
        request.sign(&key).unwrap(),
        serde_json::to_string(&signed).unwrap(),
        support::roots()[0].sign("text", "comment"),
    ]
}

fn decode_everything(bytes: &[u8]) {
    use std::sync::OnceLock;
    static DIRECTORY: OnceLock<candor_directory::Verified<Directory>> = OnceLock::new();
    let directory = DIRECTORY.get_or_init(|| verified(&directory_of(SMALL)));

    if let Ok(changed) = Directory::decode(bytes) {
        let _ = lint(&changed, TODAY);
        for topic in &changed.topics {
            let _ = route(&changed, &topic.id, &Answers::new(), &BTreeSet::new());
        }
    }
    for purpose in [Purpose::Production, Purpose::Demonstration] {
        let _ = Pin::decode(bytes, purpose);
    }
    if let Ok(cards) = Cards::verify_all(bytes, directory) {
        for office in &directory.offices {
            let _ = cards.current(&office.id, TODAY);
            let _ = cards.covered_until(&office.id, TODAY);
        }
    }
    for statement in Cards::parse(bytes).unwrap_or_default() {
        let _ = KeyCard::verify(&statement, directory);
    }
    if let Ok(keys) = RelayKeys::verify(bytes, directory, None) {
        let _ = keys.current(TODAY);
        let _ = keys.covered_until(TODAY);
    }
    if let Ok(statement) = serde_json::from_slice(bytes) {
        let _ = candor_directory::DeviceList::verify(&statement, directory, None);
    }
    let _ = OfficeRequest::verify(bytes, &instance());
    let _ = DeviceRequest::verify(bytes, &instance());
    let _ = RelayRequest::verify(bytes, &instance());
    let text = String::from_utf8_lossy(bytes).into_owned();
    let _ = text.parse::<Fingerprint>();
    let _ = candor_directory::parse_date(&text);
    let _ = candor_directory::RootKey::from_file_text(role("witness"), &text);
    let roles = ["administrator", "witness"].map(|name| (role(name), text.clone()));
    let signatures: BTreeMap<_, _> = roles.into();
    let _ = Unverified::<Directory>::new(bytes, signatures).verify(&pin(), TODAY, None);
}
