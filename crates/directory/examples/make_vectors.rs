//! Writes the vectors of this crate to `tests/vectors`: run it only to add to them.
//!
//! `cargo run -p candor-directory --example make_vectors`
//!
//! Keys are known (see `tests/support`); minisign's signatures are randomised, so that running it
//! again changes signatures but no outcome.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a generator may fail loudly"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::{collections::BTreeMap, error::Error, fs, path::Path};

use candor_directory::{
    Directory, Epoch, Fingerprint, KeyCardDomain, KeyConfig, OfficeKind, OfficeRequest, Pin,
    RelayKey, RelayKeys, RelayKeysDomain, RootRole, trusted_comment,
};
use candor_wire::{DeviceId, InstanceId, SignedStatement};
use serde_json::{Value, json};
use support::{
    MEDICAL_SCHOOL, Root, SMALL, TODAY, card, directory_of, instance, known_key, pin, pin_for,
    public, recipient, role, roots, signatures, signed_card,
};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    let write = |path: &str, value: &Value| -> Result<(), Box<dyn Error>> {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        Ok(fs::write(
            path,
            serde_json::to_string_pretty(value)? + "\n",
        )?)
    };
    write("routing/medical-school.json", &medical_school())?;
    write("routing/edges.json", &edges())?;
    write("directory/signed.json", &signed_directories())?;
    write("directory/pins.json", &pins())?;
    write("directory/spoken.json", &spoken())?;
    write("key-card/cards.json", &cards())?;
    write("relay-keys/lists.json", &relay_keys())?;
    write("fingerprint/fingerprints.json", &fingerprints())?;
    Ok(())
}

/// Topic, answers, excluded roles, then the outcome.
fn routed(name: &str, topic: &str, answers: Value, excluded: Value, outcome: Value) -> Value {
    let mut vector = json!({
        "name": name, "topic": topic, "answers": answers, "excluded": excluded,
    });
    merge(&mut vector, outcome);
    vector
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

fn to(to: &[&str], copy: &[&str]) -> Value {
    json!({"expect": "ok", "to": to, "copy": copy, "notice": "as-meant", "left_out": []})
}

fn left_out(to: &[&str], copy: &[&str], left_out: &[&str]) -> Value {
    json!({"expect": "ok", "to": to, "copy": copy, "notice": "left-out", "left_out": left_out})
}

fn fallback(to: &[&str], copy: &[&str], left_out: &[&str]) -> Value {
    json!({"expect": "ok", "to": to, "copy": copy, "notice": "fallback", "left_out": left_out})
}

fn refused(reason: &str) -> Value {
    json!({"expect": "refused", "reason": reason})
}

fn medical_school() -> Value {
    let both = ["dean-for-students", "director-of-student-affairs"];
    let copy = ["dean-for-medical-education"];
    json!({
        "group": "routing",
        "about": "The example medical school. `route(directory, topic, answers, excluded)` gives `to`, `copy`, `notice` and `left_out`, all in this order, or is refused for `reason`.",
        "directory": directory_of(MEDICAL_SCHOOL),
        "vectors": [
            routed("sexual misconduct goes to Title IX alone", "sexual-misconduct", json!({}), json!([]), to(&["title-ix"], &[])),
            routed("mistreatment goes to Student Affairs with a copy", "mistreatment", json!({"sexual": "no"}), json!([]), to(&both, &copy)),
            routed("an unanswered question is not yes", "mistreatment", json!({}), json!([]), to(&both, &copy)),
            routed("yes sends it to Title IX", "mistreatment", json!({"sexual": "yes"}), json!([]), to(&["title-ix"], &[])),
            routed("unsure sends it to Title IX", "student-concern", json!({"sexual": "unsure"}), json!([]), to(&["title-ix"], &[])),
            routed("one of several kinds sends it to Title IX", "mistreatment", json!({"sexual": "no", "mistreatment-types": ["bullying", "sexual-advances"]}), json!([]), to(&["title-ix"], &[])),
            routed("other kinds do not", "mistreatment", json!({"sexual": "no", "mistreatment-types": ["bullying", "retaliation"]}), json!([]), to(&both, &copy)),
            routed("a kind as a single text counts too", "mistreatment", json!({"mistreatment-types": "sexist-remarks"}), json!([]), to(&["title-ix"], &[])),
            routed("values are compared exactly", "mistreatment", json!({"sexual": "Yes"}), json!([]), to(&both, &copy)),
            routed("a copy is left out", "mistreatment", json!({}), json!(["dean-for-medical-education"]), left_out(&both, &[], &copy)),
            routed("one of two is left out", "mistreatment", json!({}), json!(["dean-for-students"]), left_out(&["director-of-student-affairs"], &copy, &["dean-for-students"])),
            routed("both are left out, others take their place", "mistreatment", json!({}), json!(["dean-for-students", "director-of-student-affairs"]), fallback(&["associate-dean", "faculty-representative"], &copy, &both)),
            routed("part of the fallback is left out as well", "mistreatment", json!({}), json!(["associate-dean", "dean-for-students", "director-of-student-affairs"]), fallback(&["faculty-representative"], &copy, &both)),
            routed("nobody left to act, though one could read along", "mistreatment", json!({}), json!(["associate-dean", "dean-for-students", "director-of-student-affairs", "faculty-representative"]), refused("nobody-left")),
            routed("Title IX left out", "sexual-misconduct", json!({}), json!(["title-ix-coordinator"]), fallback(&["dispute-resolution"], &[], &["title-ix"])),
            routed("leaving out who would not receive it changes nothing", "sexual-misconduct", json!({}), json!(["dean-for-students"]), to(&["title-ix"], &[])),
            routed("an informal office is alone", "ombuds", json!({}), json!([]), to(&["ombuds"], &[])),
            routed("an informal office left out leaves nobody", "ombuds", json!({}), json!(["ombuds"]), refused("nobody-left")),
            routed("an answer to a question the topic does not ask", "accolade", json!({"sexual": "yes"}), json!([]), to(&both, &[])),
            routed("the reporter chooses the clerkship directors", "clinical-supervision", json!({"supervision-reader": "clerkship"}), json!([]), to(&["clerkship-directors"], &[])),
            routed("the reporter chooses all", "clinical-supervision", json!({"supervision-reader": "both"}), json!([]), to(&["clerkship-directors", "dean-for-students", "director-of-student-affairs"], &copy)),
            routed("the chosen office left out", "clinical-supervision", json!({"supervision-reader": "clerkship"}), json!(["clerkship-directors"]), fallback(&both, &[], &["clerkship-directors"])),
            routed("no such topic", "weather", json!({}), json!([]), refused("unknown-topic")),
            routed("no such role", "mistreatment", json!({}), json!(["dean-of-students"]), refused("unknown-role")),
        ],
    })
}

/// A directory that lint would refuse, to show what routing does with it all the same.
fn edges() -> Value {
    let mut value = json!(directory_of(SMALL));
    let office = |id: &str, roles: &[&str], kind: OfficeKind| {
        let text = json!({"en": id});
        json!({
            "id": id, "roles": roles, "kind": kind, "names": text, "description": text,
            "aims": {"acknowledge_days": 7, "feedback_days": 90}, "retention_days": 365,
            "signing_key": public(&known_key(&format!("office {id}"))),
        })
    };
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    let mut offices: Vec<_> = names
        .iter()
        .map(|id| office(id, &[id], OfficeKind::Formal))
        .collect();
    offices.push(office("two-hats", &["a", "b"], OfficeKind::Formal));
    offices.push(office("ombuds", &["ombuds"], OfficeKind::Informal));
    let mut roles: Vec<_> = names
        .iter()
        .map(|id| json!({"id": id, "names": {"en": id}}))
        .collect();
    roles.push(json!({"id": "ombuds", "names": {"en": "ombuds"}}));
    let rule = |to: &[&str], copy: &[&str], fallback: &[&str]| json!({"when": "always", "to": to, "copy": copy, "fallback": fallback});
    let shown = json!({"when": {"answer": "second", "is": "yes"}, "to": ["b"]});
    let cases = [
        ("hidden", vec![shown, rule(&["a"], &[], &[])]),
        ("seven", vec![rule(&["all"], &[], &[])]),
        ("unknown-target", vec![rule(&["a", "nobody"], &[], &[])]),
        ("unknown-fallback", vec![rule(&["a"], &[], &["nobody"])]),
        ("mixed", vec![rule(&["ombuds"], &["a"], &[])]),
        ("mixed-later", vec![rule(&["a"], &["b"], &["ombuds"])]),
        (
            "no-rule",
            vec![json!({"when": {"answer": "first", "is": "yes"}, "to": ["a"]})],
        ),
        ("empty", vec![]),
        (
            "two-hats",
            vec![rule(&["two-hats", "c"], &["c", "a", "d"], &[])],
        ),
        (
            "logic",
            vec![
                json!({"when": {"all": [{"answer": "first", "is": "yes"}, {"not": {"answer": "second", "is": "no"}}]}, "to": ["a"]}),
                json!({"when": {"any": []}, "to": ["b"]}),
                json!({"when": {"all": []}, "to": ["c"]}),
            ],
        ),
    ];
    let topics: Vec<_> = cases
        .iter()
        .map(|(id, _)| json!({"id": id, "names": {"en": id}, "intro": {"en": id}, "kind": "concern", "questions": ["first", "second"], "route": id}))
        .collect();
    let routes: Vec<_> = cases
        .iter()
        .map(|(id, rules)| json!({"id": id, "rules": rules}))
        .collect();
    let question = |id: &str, show_if: Value| {
        let mut question = json!({"id": id, "kind": "yes_no_unsure", "label": {"en": id}});
        merge(&mut question, show_if);
        question
    };
    merge(
        &mut value,
        json!({
            "roles": roles, "offices": offices, "topics": topics, "routes": routes,
            "teams": [{"id": "all", "names": {"en": "all"}, "offices": names}],
            "questions": [
                question("first", json!({})),
                question("second", json!({"show_if": {"answer": "first", "is": "yes"}})),
            ],
        }),
    );
    json!({
        "group": "routing",
        "about": "A directory with mistakes that lint refuses: routing still never names nobody, more than six, an excluded office, or an informal office beside another.",
        "directory": value,
        "vectors": [
            routed("the answer to a hidden question does not count", "hidden", json!({"second": "yes"}), json!([]), to(&["a"], &[])),
            routed("the answer to a shown question counts", "hidden", json!({"first": "yes", "second": "yes"}), json!([]), to(&["b"], &[])),
            routed("seven offices", "seven", json!({}), json!([]), refused("too-many")),
            routed("six of seven", "seven", json!({}), json!(["g"]), left_out(&["a", "b", "c", "d", "e", "f"], &[], &["g"])),
            routed("an unknown office is not skipped", "unknown-target", json!({}), json!([]), refused("unknown-target")),
            routed("an unknown fallback that is not needed", "unknown-fallback", json!({}), json!([]), to(&["a"], &[])),
            routed("an unknown fallback that is needed", "unknown-fallback", json!({}), json!(["a"]), refused("unknown-target")),
            routed("an informal office with a copy", "mixed", json!({}), json!([]), refused("informal-not-alone")),
            routed("an informal office whose copy is left out", "mixed", json!({}), json!(["a"]), left_out(&["ombuds"], &[], &["a"])),
            routed("an informal fallback beside a copy", "mixed-later", json!({}), json!(["a"]), refused("informal-not-alone")),
            routed("no rule applies", "no-rule", json!({"first": "no"}), json!([]), refused("no-rule")),
            routed("no rule at all", "empty", json!({}), json!([]), refused("no-rule")),
            routed("a role takes out every office it sits in", "two-hats", json!({}), json!(["a"]), left_out(&["c"], &["d"], &["two-hats", "a"])),
            routed("an office in to and copy is in to", "two-hats", json!({}), json!([]), to(&["two-hats", "c"], &["a", "d"])),
            routed("all and not", "logic", json!({"first": "yes"}), json!([]), to(&["a"], &[])),
            routed("not fails, an empty any is false, an empty all true", "logic", json!({"first": "yes", "second": "no"}), json!([]), to(&["c"], &[])),
        ],
    })
}

struct Sample {
    pin: Pin,
    text: String,
    signatures: BTreeMap<RootRole, String>,
    now: candor_wire::Day,
    highest_seen: Option<u64>,
}

impl Sample {
    fn good() -> Self {
        let directory = directory_of(SMALL);
        let text = support::json(&directory);
        Self {
            pin: pin(),
            signatures: signatures(&text, directory.version, &roots()),
            text,
            now: TODAY,
            highest_seen: None,
        }
    }

    fn of(change: impl FnOnce(&mut Directory)) -> Self {
        let mut directory = directory_of(SMALL);
        change(&mut directory);
        let text = support::json(&directory);
        let signatures = signatures(&text, directory.version, &roots());
        Self {
            text,
            signatures,
            ..Self::good()
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn vector(self, name: &str, outcome: Value) -> Value {
        let mut vector = json!({
            "name": name,
            "pin": self.pin,
            "directory": self.text,
            "signatures": self.signatures,
            "now": self.now.to_string(),
            "highest_seen": self.highest_seen,
        });
        merge(&mut vector, outcome);
        vector
    }
}

fn signed_directories() -> Value {
    let ok = || json!({"expect": "ok"});
    let witness = role("witness");
    let comment = |text: &'static str| {
        move |s: &mut Sample| {
            for root in roots() {
                let signature = root.sign(&s.text, text);
                s.signatures.insert(root.role.clone(), signature);
            }
        }
    };
    let resigned =
        |roots: Vec<Root>| move |s: &mut Sample| s.signatures = signatures(&s.text, 7, &roots);
    let elsewhere = InstanceId::new([0x43; 32]);
    json!({
        "group": "directory",
        "about": "`directory` is the text of directory.json, `signatures` the minisign files by role. Every root of the pin must have signed. Today is `now`; `highest_seen` is the highest version accepted before.",
        "vectors": [
            Sample::good().vector("both roots signed", ok()),
            Sample::good().with(|s| s.highest_seen = Some(7)).vector("seen before", ok()),
            Sample::good().with(|s| s.now = TODAY.plus(365)).vector("on its last day", ok()),
            Sample::good().with(|s| s.now = candor_wire::Day(TODAY.0 - 2)).vector("a clock two days behind", ok()),
            Sample::good().with(|s| s.pin = pin_for(&[Root::new("witness")], 1)).vector("a pin with one root asks for no other", ok()),
            Sample::good().with(|s| { s.signatures.insert(role("stranger"), "nonsense".to_owned()); }).vector("a signature nobody asked for is ignored", ok()),
            Sample::good().with(|s| s.signatures.clear()).vector("no signature", refused("unsigned")),
            Sample::good().with(|s| { s.signatures.remove(&witness); }).vector("one root only", refused("unsigned")),
            Sample::good().with(|s| { s.signatures.insert(witness.clone(), String::new()); }).vector("an empty signature", refused("bad-signature")),
            Sample::good().with(resigned(vec![Root::new("administrator"), Root::with_key("witness", "impostor")])).vector("a wrong root", refused("bad-signature")),
            Sample::good().with(resigned(vec![Root::new("administrator"), Root::with_key("witness", "administrator")])).vector("one root for both", refused("bad-signature")),
            Sample::good().with(|s| s.text = s.text.replace("555-0100", "555-0199")).vector("tampered", refused("bad-signature")),
            Sample::good().with(|s| s.text.push('\n')).vector("a byte more", refused("bad-signature")),
            Sample::good().with(|s| {
                for signature in s.signatures.values_mut() {
                    *signature = signature.replace("version=7", "version=8");
                }
            }).vector("a trusted comment changed after signing", refused("bad-signature")),
            Sample::good().with(comment("timestamp:1795305600\tfile:directory.json")).vector("a trusted comment of another use", refused("bad-comment")),
            Sample::good().with(|s| {
                let (a, w) = (role("administrator"), witness.clone());
                // Each key signs under the other's role.
                s.signatures = BTreeMap::from([
                    (a.clone(), Root::with_key("administrator", "administrator").sign(&s.text, &trusted_comment(&w, &instance(), 7))),
                    (w.clone(), Root::with_key("witness", "witness").sign(&s.text, &trusted_comment(&a, &instance(), 7))),
                ]);
            }).vector("roles swapped in the comments", refused("bad-comment")),
            Sample::good().with(|s| {
                for root in roots() {
                    let signature = root.sign(&s.text, &trusted_comment(&root.role, &instance(), 8));
                    s.signatures.insert(root.role.clone(), signature);
                }
            }).vector("a comment for another version", refused("bad-comment")),
            Sample::of(|d| d.instance = elsewhere).vector("another instance", refused("wrong-instance")),
            Sample::of(|d| d.demonstration = true).vector("a demonstration's directory for a real pin", refused("demonstration")),
            Sample::good().with(|s| s.highest_seen = Some(8)).vector("rolled back below what was seen", refused("rolled-back")),
            Sample::good().with(|s| s.pin = pin_for(&roots(), 8)).vector("rolled back below the pin", refused("rolled-back")),
            Sample::good().with(|s| s.now = TODAY.plus(366)).vector("expired", refused("expired")),
            Sample::good().with(|s| s.now = candor_wire::Day(TODAY.0 - 3)).vector("a clock three days behind", refused("not-yet")),
            Sample::good().with(|s| { s.text = "{}".to_owned(); s.signatures = signatures("{}", 7, &roots()); }).vector("signed, but not a directory", refused("form")),
            Sample::good().with(|s| { s.text = s.text.replacen('{', "{\"colour\":1,", 1); s.signatures = signatures(&s.text, 7, &roots()); }).vector("signed, with a field that nobody knows", refused("form")),
            aiming(&json!([{"id": "decision", "names": {"en": "A decision"}, "days": 30}])).vector("an office with another aim", json!({"expect": "ok"})),
            aiming(&json!([{"id": "decision", "names": {"en": "A decision"}}])).vector("an aim without days", refused("form")),
            aiming(&json!([{"id": "decision", "names": {"en": "A decision"}, "days": 30, "hours": 4}])).vector("an aim to the hour", refused("form")),
            aiming(&json!(null)).vector("aims that are null", refused("form")),
        ],
    })
}

/// What is said on the telephone, and which questions show the emergency numbers.
/// A directory whose first office has these other aims.
fn aiming(others: &Value) -> Sample {
    Sample::good().with(|sample| {
        let with = format!("\"aims\":{{\"others\":{others},");
        sample.text = sample.text.replacen("\"aims\":{", &with, 1);
        sample.signatures = signatures(&sample.text, 7, &roots());
    })
}

fn spoken() -> Value {
    let danger = |value: Value| json!({"id": "danger", "kind": "yes_no_unsure", "label": {"en": "Is anybody in danger?"}, "danger": value, "spoken": {"en": "Is anybody in danger as we speak?"}});
    let script =
        json!({"en": "I will ask you when it was, and then you tell me in your own words."});
    let operator = json!({"greeting": {"en": "Good day."}, "emergency": {"en": "Please hang up and call 911."}, "closing": {"en": "Thank you for calling."}});
    let sample = |question: Value, script: &Value, operator: &Value| {
        let mut sample = Sample::good();
        let mut directory: Value = serde_json::from_str(&sample.text).expect("it is JSON");
        directory["questions"]
            .as_array_mut()
            .expect("questions are a list")
            .push(question);
        directory["topics"][0]["questions"] = json!(["danger", "when"]);
        directory["topics"][0]["script"] = script.clone();
        directory["operator"] = operator.clone();
        sample.text = directory.to_string();
        sample.signatures = signatures(&sample.text, 7, &roots());
        sample
    };
    let shown = json!({
        "expect": "ok", "danger": ["danger"], "script": script, "operator": operator,
        "spoken": {"en": "Is anybody in danger as we speak?"},
    });
    let none =
        json!({"expect": "ok", "danger": [], "script": {}, "operator": null, "spoken": null});
    let without = |member: &str| {
        let mut short = operator.clone();
        if let Value::Object(members) = &mut short {
            members.remove(member);
        }
        sample(danger(json!(true)), &script, &short)
    };
    let mut more = operator.clone();
    merge(&mut more, json!({"whisper": {"en": "…"}}));
    json!({
        "group": "directory",
        "about": "What an operator on the telephone says, and which questions show the emergency numbers at a yes: `danger` has their ids, `script` is that of the first topic, `spoken` that of the question “danger”, null if there is no such question.",
        "vectors": [
            sample(danger(json!(true)), &script, &operator).vector("all there", shown),
            Sample::good().vector("none of it there", none),
            sample(danger(json!("yes")), &script, &operator).vector("danger is a text", refused("form")),
            sample(danger(json!(null)), &script, &operator).vector("danger is null", refused("form")),
            sample(danger(json!(true)), &json!("Hello"), &operator).vector("a script without a language", refused("form")),
            sample(danger(json!(true)), &script, &json!(null)).vector("operator is null", refused("form")),
            without("emergency").vector("nothing to say in danger", refused("form")),
            without("closing").vector("no last words", refused("form")),
            sample(danger(json!(true)), &script, &more).vector("an operator's member that nobody knows", refused("form")),
        ],
    })
}

fn pins() -> Value {
    let keys = |names: &[(&str, &str)]| -> Vec<_> {
        names.iter().map(|(role, key)| json!({"role": role, "key": Root::with_key(role, key).public().base64()})).collect()
    };
    let pin = |extra: Value, roots: Vec<Value>| {
        let mut pin = json!({"format": "candor-pin/1", "instance": instance(), "roots": roots, "minimum_version": 1});
        merge(&mut pin, extra);
        pin
    };
    let two = || keys(&[("administrator", "administrator"), ("witness", "witness")]);
    let vector = |name: &str, pin: Value, purpose: &str, outcome: Value| {
        let mut vector = json!({"name": name, "pin": pin, "purpose": purpose});
        merge(&mut vector, outcome);
        vector
    };
    let small_order = "RWQAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    json!({
        "group": "directory",
        "about": "Pins, taken for a purpose: `production` or `demonstration`.",
        "vectors": [
            vector("two roots", pin(json!({}), two()), "production", json!({"expect": "ok"})),
            vector("a demonstration", pin(json!({"demonstration": true}), two()), "demonstration", json!({"expect": "ok"})),
            vector("a demonstration's for real reports", pin(json!({"demonstration": true}), two()), "production", refused("demonstration")),
            vector("a real one for a demonstration", pin(json!({}), two()), "demonstration", refused("not-demonstration")),
            vector("no root", pin(json!({}), vec![]), "production", refused("roots")),
            vector("one role twice", pin(json!({}), keys(&[("witness", "a"), ("witness", "b")])), "production", refused("roots")),
            vector("one key twice", pin(json!({}), keys(&[("administrator", "a"), ("witness", "a")])), "production", refused("roots")),
            vector("a key of small order", pin(json!({}), vec![json!({"role": "witness", "key": small_order})]), "production", refused("form")),
            vector("a field that nobody knows", pin(json!({"colour": 1}), two()), "production", refused("form")),
            vector("a later format", pin(json!({"format": "candor-pin/2"}), two()), "production", refused("form")),
        ],
    })
}

/// What the vectors of statements have in common: a signed directory.
fn anchored(group: &str, about: &str, vectors: Vec<Value>) -> Value {
    let sample = Sample::good();
    json!({
        "group": group, "about": about,
        "pin": sample.pin, "directory": sample.text, "signatures": sample.signatures,
        "vectors": vectors,
    })
}

fn cards() -> Value {
    let now = Epoch::of(TODAY);
    let vector =
        |name: &str, blob: Value, office: &str, today: candor_wire::Day, outcome: Value| {
            let mut vector =
                json!({"name": name, "blob": blob, "office": office, "today": today.to_string()});
            merge(&mut vector, outcome);
            vector
        };
    let blob = |cards: Vec<SignedStatement<KeyCardDomain>>| json!({"format": "candor-cards/1", "cards": cards});
    let ok = |letter| json!({"expect": "ok", "recipient": recipient(letter)});
    let key = known_key("office dean");
    let five = || {
        now.published_from()
            .map(|e| signed_card("dean", e, 'q'))
            .collect::<Vec<_>>()
    };
    let revised = |letter, revision| {
        card("dean", now, letter)
            .with_revision(revision)
            .sign(&key)
            .expect("serialises")
    };
    let mut explicit = serde_json::to_value(card("dean", now, 'q')).expect("serialises");
    merge(&mut explicit, json!({"revision": 0}));
    let explicit = SignedStatement::sign(&key, &instance(), &explicit).expect("serialises");
    let mut negative = serde_json::to_value(card("dean", now, 'q')).expect("serialises");
    merge(&mut negative, json!({"revision": -1}));
    let negative = SignedStatement::sign(&key, &instance(), &negative).expect("serialises");
    let mut wrong_days = card("dean", now, 'q');
    wrong_days.valid_to = wrong_days.valid_to.plus(1);
    let mut elsewhere = card("dean", now, 'q');
    elsewhere.instance = InstanceId::new([0x43; 32]);
    let inner_elsewhere = SignedStatement::sign(&key, &instance(), &elsewhere).expect("serialises");
    // The right key and text under the tag of another use.
    let other_use =
        SignedStatement::<RelayKeysDomain>::sign(&key, &instance(), &card("dean", now, 'q'))
            .expect("serialises");
    let tampered = {
        let text =
            serde_json::to_string(&blob(vec![signed_card("dean", now, 'q')])).expect("serialises");
        serde_json::from_str(&text.replace(recipient('q').as_str(), recipient('p').as_str()))
            .expect("parses")
    };
    anchored(
        "key-card",
        "`blob` is what is served; `recipient` is what to seal to for `office` on `today`.",
        vec![
            vector(
                "the current epoch's card",
                blob(five()),
                "dean",
                TODAY,
                ok('q'),
            ),
            vector(
                "a hundred days later",
                blob(five()),
                "dean",
                TODAY.plus(100),
                ok('q'),
            ),
            vector(
                "the same card twice",
                blob(vec![
                    signed_card("dean", now, 'q'),
                    signed_card("dean", now, 'q'),
                ]),
                "dean",
                TODAY,
                ok('q'),
            ),
            vector(
                "a forged card beside the good one",
                blob(vec![
                    card("dean", now, 'p')
                        .sign(&known_key("x"))
                        .expect("serialises"),
                    signed_card("dean", now, 'q'),
                ]),
                "dean",
                TODAY,
                ok('q'),
            ),
            vector(
                "no card at all",
                blob(vec![]),
                "dean",
                TODAY,
                refused("missing"),
            ),
            vector(
                "only another office's",
                blob(vec![signed_card("counselor", now, 'q')]),
                "dean",
                TODAY,
                refused("missing"),
            ),
            vector(
                "the last has ended",
                blob(vec![signed_card("dean", Epoch(now.0 - 1), 'q')]),
                "dean",
                TODAY,
                refused("stale"),
            ),
            vector(
                "all lie ahead",
                blob(vec![signed_card("dean", now.plus(1), 'q')]),
                "dean",
                TODAY,
                refused("not-yet"),
            ),
            vector(
                "two different ones for one epoch",
                blob(vec![
                    signed_card("dean", now, 'q'),
                    signed_card("dean", now, 'p'),
                ]),
                "dean",
                TODAY,
                refused("conflicting"),
            ),
            vector(
                "signed by another office",
                blob(vec![
                    card("dean", now, 'q')
                        .sign(&known_key("office counselor"))
                        .expect("serialises"),
                ]),
                "dean",
                TODAY,
                refused("refused"),
            ),
            vector(
                "signed for another use",
                json!({"format": "candor-cards/1", "cards": [other_use]}),
                "dean",
                TODAY,
                refused("refused"),
            ),
            vector(
                "signed for another instance",
                blob(vec![elsewhere.sign(&key).expect("serialises")]),
                "dean",
                TODAY,
                refused("refused"),
            ),
            vector(
                "signed here, but names another instance",
                blob(vec![inner_elsewhere]),
                "dean",
                TODAY,
                refused("refused"),
            ),
            vector(
                "days that are not the epoch's",
                blob(vec![wrong_days.sign(&key).expect("serialises")]),
                "dean",
                TODAY,
                refused("refused"),
            ),
            vector(
                "a higher revision supersedes",
                blob(vec![signed_card("dean", now, 'p'), revised('q', 1)]),
                "dean",
                TODAY,
                ok('q'),
            ),
            vector(
                "whatever the order",
                blob(vec![
                    revised('q', 2),
                    revised('p', 1),
                    signed_card("dean", now, 'z'),
                ]),
                "dean",
                TODAY,
                ok('q'),
            ),
            vector(
                "an absent revision is 0",
                blob(vec![explicit.clone(), signed_card("dean", now, 'q')]),
                "dean",
                TODAY,
                ok('q'),
            ),
            vector(
                "a superseded card of an earlier conflict",
                blob(vec![
                    signed_card("dean", now, 'p'),
                    signed_card("dean", now, 'z'),
                    revised('q', 1),
                ]),
                "dean",
                TODAY,
                ok('q'),
            ),
            vector(
                "a conflict below, found after the highest",
                blob(vec![revised('q', 3), revised('p', 1), revised('z', 1)]),
                "dean",
                TODAY,
                ok('q'),
            ),
            vector(
                "two different ones of the highest revision",
                blob(vec![
                    signed_card("dean", now, 'q'),
                    revised('p', 1),
                    revised('z', 1),
                ]),
                "dean",
                TODAY,
                refused("conflicting"),
            ),
            vector(
                "a forged card of a higher revision",
                blob(vec![
                    revised('q', 1),
                    card("dean", now, 'p')
                        .with_revision(9)
                        .sign(&known_key("x"))
                        .expect("serialises"),
                ]),
                "dean",
                TODAY,
                ok('q'),
            ),
            vector(
                "a revision of next month supersedes nothing of this one",
                blob(vec![
                    signed_card("dean", now, 'q'),
                    card("dean", now.plus(1), 'p')
                        .with_revision(1)
                        .sign(&key)
                        .expect("serialises"),
                ]),
                "dean",
                TODAY,
                ok('q'),
            ),
            vector(
                "a revision below 0",
                blob(vec![negative]),
                "dean",
                TODAY,
                refused("missing"),
            ),
            vector("tampered", tampered, "dean", TODAY, refused("refused")),
            vector(
                "another format",
                json!({"format": "candor-cards/2", "cards": []}),
                "dean",
                TODAY,
                refused("blob"),
            ),
            vector(
                "a field that nobody knows",
                json!({"format": "candor-cards/1", "cards": [], "colour": 1}),
                "dean",
                TODAY,
                refused("blob"),
            ),
        ],
    )
}

fn relay_keys() -> Value {
    let key = |byte: u8, from: u32, to: u32| RelayKey {
        config: KeyConfig::new(vec![byte; 40]).expect("40 bytes fit"),
        not_before: TODAY.plus(from),
        not_after: TODAY.plus(to),
    };
    let list = RelayKeys {
        instance: instance(),
        serial: 5,
        keys: vec![key(1, 0, 8), key(2, 7, 15)],
    };
    let relay = known_key("relay");
    let signed = |list: &RelayKeys, key| json!(list.sign(key).expect("serialises"));
    let vector = |name: &str, statement: Value, later: u32, seen: Option<u64>, outcome: Value| {
        let mut vector = json!({"name": name, "statement": statement, "today": TODAY.plus(later).to_string(), "highest_seen": seen});
        merge(&mut vector, outcome);
        vector
    };
    let ok = |index: usize| json!({"expect": "ok", "config": list.keys.get(index).map(|key| &key.config)});
    let elsewhere = RelayKeys {
        instance: InstanceId::new([0x43; 32]),
        ..list.clone()
    };
    let inner = SignedStatement::<RelayKeysDomain>::sign(&relay, &instance(), &elsewhere)
        .expect("serialises");
    anchored(
        "relay-keys",
        "`statement` is what is served; `config` is the one to use on `today`.",
        vec![
            vector("the first key", signed(&list, &relay), 0, None, ok(0)),
            vector(
                "of two that are good, the later",
                signed(&list, &relay),
                7,
                Some(5),
                ok(1),
            ),
            vector(
                "none is good",
                signed(&list, &relay),
                16,
                None,
                refused("none-current"),
            ),
            vector(
                "older than seen",
                signed(&list, &relay),
                0,
                Some(6),
                refused("rolled-back"),
            ),
            vector(
                "not the relay's signature",
                signed(&list, &known_key("x")),
                0,
                None,
                refused("signature"),
            ),
            vector(
                "signed for another instance",
                signed(&elsewhere, &relay),
                0,
                None,
                refused("signature"),
            ),
            vector(
                "signed here, but names another instance",
                json!(inner),
                0,
                None,
                refused("wrong-instance"),
            ),
            vector("not a statement", json!({}), 0, None, refused("form")),
        ],
    )
}

fn fingerprints() -> Value {
    let key = known_key("office dean");
    let device = DeviceId::new(*key.verifying_key().as_bytes());
    let (dean, here) = ("dean".parse().expect("a name"), instance());
    let request = OfficeRequest::new(here, "dean".parse().expect("a name"), public(&key));
    let vector = |name: &str, fields: Value, print: Fingerprint| {
        let mut vector = json!({"name": name, "expect": "ok", "fingerprint": print.to_string()});
        merge(&mut vector, fields);
        vector
    };
    json!({
        "group": "fingerprint",
        "about": "Eight groups of four digits over a public key and whose it is. `key` is Ed25519 in base64.",
        "vectors": [
            vector("an office", json!({"kind": "office", "instance": here, "office": dean, "key": public(&key)}), request.fingerprint()),
            vector("another office with the same key", json!({"kind": "office", "instance": here, "office": "counselor", "key": public(&key)}), Fingerprint::of_office(&here, &"counselor".parse().expect("a name"), &public(&key))),
            vector("a device", json!({"kind": "device", "instance": here, "office": dean, "key": public(&key), "recipient": recipient('q')}), Fingerprint::of_device(&here, &dean, &device, &recipient('q'))),
            vector("a relay", json!({"kind": "relay", "instance": here, "key": public(&key)}), Fingerprint::of_relay(&here, &public(&key))),
            vector("a root", json!({"kind": "root", "role": "witness", "key": public(&key)}), Fingerprint::of_root(&role("witness"), &public(&key))),
        ],
    })
}
