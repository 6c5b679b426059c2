use candor_directory::{Answer, Assembly, Purpose, assemble};
use candor_wire::InstanceId;

use super::*;
use crate::report::template::template;

const SOURCE: &str = include_str!("../../../deploy/examples/medical-school/directory.toml");

fn directory() -> Directory {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let key = candor_directory::PublicKey::try_from(key.verifying_key()).unwrap();
    let value: serde_json::Value = toml::from_str(SOURCE).unwrap();
    let offices = value["offices"].as_array().unwrap();
    let assembly = Assembly {
        purpose: Purpose::Production,
        instance: InstanceId::new([1; 32]),
        version: 1,
        issued: Day(20_000),
        not_after: Day(30_000),
        relay_key: key,
        office_keys: offices
            .iter()
            .map(|office| (office["id"].as_str().unwrap().parse().unwrap(), key))
            .collect(),
    };
    assemble(value, &assembly).unwrap()
}

fn read(text: &str) -> Result<Draft, Vec<(usize, Option<String>, String)>> {
    read_answers(text, PathBuf::new(), &directory(), Day(20_779)).map_err(|wrong| {
        let complaints = wrong.complaints.into_iter();
        complaints
            .map(|one| (one.line, one.key, one.what))
            .collect()
    })
}

#[test]
fn every_kind_of_answer_is_taken() {
    let draft = read(
        r#"
topic = "mistreatment"
language = "es"
text = """
Two lines,
and no more.
"""
exclude = ["dean-for-students"]

[answers]
danger-now = false
sexual = "no"
mistreatment-types = ["threats-of-harm", "humiliation"]
when = 2026-10-12
ongoing = "unsure"
place = "by the stairs"
person = { role = "faculty", words = "a tall man" }
course = ""

[wishes]
hold_until_similar = true
not_before = 2026-12-20

[identity]
name = "Robin"
"#,
    );
    // The ids of options are the example's to change: only ours are looked at here.
    let draft = match draft {
        Ok(draft) => draft,
        Err(complaints) => {
            assert!(
                complaints.iter().all(|(_, key, _)| {
                    matches!(
                        key.as_deref(),
                        Some("answers.mistreatment-types" | "answers.person")
                    )
                }),
                "{complaints:?}"
            );
            return;
        }
    };
    assert_eq!(&**draft.text, "Two lines,\nand no more.");
    let answer = |id: &str| draft.answers.get(&id.parse().unwrap()).cloned();
    assert_eq!(answer("danger-now"), Some(Answer::One("no".to_owned())));
    assert_eq!(answer("when"), Some(Answer::One("2026-10-12".to_owned())));
    assert_eq!(
        answer("person"),
        Some(Answer::Many(vec![
            "faculty".to_owned(),
            "a tall man".to_owned()
        ]))
    );
    assert_eq!(answer("course"), None);
    assert!(draft.wishes.hold_until_similar);
    assert_eq!(draft.identity.name, "Robin");
}

#[test]
fn everything_wrong_is_said_with_its_line_and_a_remedy() {
    let complaints = read(
        r#"topic = "mistreatment"
txet = "…"
files = "picture.jpg"
exclude = ["janitor"]
language = "klingon!"
[answers]
sexual = "maybe"
shoe-size = "43"
when = "2026-13"
mistreatment-types = ["nonsense"]
person = { role = "wizard" }
place = 7
[wishes]
hold_until_similar = "yes"
not_before = "2020-01-01"
[identity]
"#,
    )
    .unwrap_err();
    let said: Vec<(usize, &str)> = complaints
        .iter()
        .map(|(line, key, _)| (*line, key.as_deref().unwrap()))
        .collect();
    assert_eq!(
        said,
        [
            (2, "txet"),
            (3, "files"),
            (4, "exclude"),
            (5, "language"),
            (7, "answers.sexual"),
            (8, "answers.shoe-size"),
            (9, "answers.when"),
            (10, "answers.mistreatment-types"),
            (11, "answers.person"),
            (12, "answers.place"),
            (14, "wishes.hold_until_similar"),
            (15, "wishes.not_before"),
            (16, "identity"),
        ]
    );
    for (line, _, what) in &complaints {
        assert!(what.ends_with('.'), "{line}: {what}");
    }
    let of = |line: usize| &complaints.iter().find(|one| one.0 == line).unwrap().2;
    assert!(of(7).contains("yes, no, unsure"));
    assert!(of(4).contains("dean-for-students"));
    assert!(of(2).contains("text_file"));
}

#[test]
fn what_is_missing_or_would_not_be_sent_is_said() {
    let missing = read("text = \"a\"\n").unwrap_err();
    assert!(missing[0].2.contains("mistreatment"), "{missing:?}");
    let needed = read("topic = \"mistreatment\"\ntext = \"a\"\n[answers]\n").unwrap_err();
    assert_eq!((needed[0].0, needed[0].1.as_deref()), (3, Some("answers")));
    assert!(needed[0].2.contains("“sexual”"), "{needed:?}");
    let unasked = "topic = \"mistreatment\"\n[answers]\nsexual = \"no\"\ngrade-when = \"in May\"\n";
    let unasked = read(unasked).unwrap_err();
    assert_eq!(unasked[0].0, 4);
    assert_eq!(unasked[0].1.as_deref(), Some("answers.grade-when"));
    let syntax = read("topic = \"mistreatment\"\ntext = no quotes\n").unwrap_err();
    assert_eq!(syntax[0].0, 2, "{syntax:?}");
}

#[test]
fn what_was_typed_is_not_repeated() {
    const CANARY: &str = "canary-77aa";
    for text in [
        format!("topic = \"{CANARY}\"\n"),
        format!("topic = \"mistreatment\"\n[answers]\nsexual = \"{CANARY}\"\n"),
        format!("topic = \"mistreatment\"\ntext = {CANARY} and\n"),
        format!("topic = \"mistreatment\"\nexclude = [\"{CANARY}\"]\n"),
    ] {
        for (_, _, what) in read(&text).unwrap_err() {
            assert!(!what.contains(CANARY), "{what}");
        }
    }
}

#[test]
fn the_file_to_fill_in_is_one_that_is_read() {
    let directory = directory();
    for topic in &directory.topics {
        let file = template(&directory, &topic.id).unwrap();
        // As it is printed, only what is needed is missing.
        let complaints = read(&file).err().unwrap_or_default();
        for (_, key, what) in &complaints {
            assert_eq!(key.as_deref(), Some("answers"), "{}: {what}", topic.id);
        }
        // With every entry taken in, nothing is wrong but what one answer closes.
        let filled: String = file
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(entry) if !entry.starts_with(' ') && !entry.is_empty() => entry,
                _ => line,
            })
            .map(|line| format!("{line}\n"))
            .collect();
        for (line, key, what) in read(&filled).err().unwrap_or_default() {
            assert_eq!(
                what,
                &*words::ANSWERS_NOT_ASKED,
                "{}:{line} {key:?}",
                topic.id
            );
        }
    }
}
