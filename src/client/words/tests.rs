use std::collections::BTreeSet;

use super::*;
use crate::client::{
    language::Tongue,
    message::{Pair, translations},
};

/// Sentences that may read the same in another language: signs, units and the like.
const ALIKE: [&str; 12] = [
    "SIZE_KIB",
    "SIZE_MIB",
    "SIZE_BYTES",
    "MONTH_YEAR",
    "LIST_COMMA",
    "LIST_SEMICOLON",
    "KEY_NO",
    "ANSWER_NO",
    "FILE_OF",
    "PERSON_BOTH",
    "MESSAGE_HEAD",
    "ANSWERS_FILE_BAD",
];

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
        .filter(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase()))
        .collect()
}

/// What is wrong with a translation of a message.
fn faults(message: &Message, pair: Option<&Pair>) -> Vec<&'static str> {
    let Some(pair) = pair else {
        return vec!["missing"];
    };
    let mut faults = Vec::new();
    if pair.english != message.english {
        faults.push("stale: the English has changed since");
    }
    if placeholders(pair.translation) != placeholders(message.english) {
        faults.push("other values than the English");
    }
    if pair.translation == message.english && !ALIKE.contains(&message.key) {
        faults.push("not translated");
    }
    if pair.translation.trim().is_empty() {
        faults.push("empty");
    }
    faults
}

#[test]
fn no_translation_is_missing_or_left_behind() {
    for tongue in Tongue::TRANSLATED {
        let known = translations(tongue).unwrap();
        let mut wrong: Vec<String> = Vec::new();
        for message in all() {
            for fault in faults(message, known.get(message.key)) {
                wrong.push(format!("{}: {fault}", message.key));
            }
        }
        let keys: BTreeSet<&str> = all().map(|message| message.key).collect();
        let odd = known.keys().filter(|key| !keys.contains(*key));
        wrong.extend(odd.map(|key| format!("{key}: no such message")));
        assert!(
            wrong.is_empty(),
            "{}.toml:\n{}",
            tongue.tag(),
            wrong.join("\n")
        );
    }
}

#[test]
fn the_test_above_can_fail() {
    let message = Message {
        key: "X",
        english: "{n} files",
    };
    let pair = |english, translation| Pair {
        english,
        translation,
    };
    assert_eq!(faults(&message, None), ["missing"]);
    assert_eq!(
        faults(&message, Some(&pair("{n} files", "{n} archivos"))),
        [""; 0]
    );
    assert!(faults(&message, Some(&pair("{n} file", "{n} archivos")))[0].starts_with("stale"));
    let other = faults(&message, Some(&pair("{n} files", "{m} archivos")));
    assert_eq!(other, ["other values than the English"]);
    assert_eq!(
        faults(&message, Some(&pair("{n} files", "{n} files"))),
        ["not translated"]
    );
}

#[test]
fn every_key_is_there_once() {
    let mut keys = BTreeSet::new();
    for message in all() {
        assert!(keys.insert(message.key), "{} is there twice", message.key);
    }
}

#[test]
fn lists_of_months_have_twelve() {
    for tongue in Tongue::TRANSLATED.into_iter().chain([Tongue::English]) {
        let months = MONTHS.in_tongue(tongue);
        assert_eq!(
            months.split(['，', '،', ',', '、']).count(),
            12,
            "{}",
            tongue.tag()
        );
    }
}

#[test]
fn sizes_and_days_read_well() {
    assert_eq!(size(12), "12 bytes");
    assert_eq!(size(1025), "2 KiB");
    assert_eq!(size(3 << 20), "3.0 MiB");
    assert_eq!(
        (days(1), days(30)),
        ("a day".to_owned(), "30 days".to_owned())
    );
    assert_eq!(month(2026, 11), "November 2026");
    assert!(month(2026, 13).contains("2026"));
}

#[test]
fn key_words_are_taken_with_their_quotation_marks() {
    for typed in ["send", " SEND ", "“send”", "\"send\""] {
        assert!(is_key(typed, KEY_SEND), "{typed}");
    }
    assert!(!is_key("sent", KEY_SEND));
    assert!(is_yes("Y") && is_yes("yes") && !is_yes("") && !is_yes("no"));
}
