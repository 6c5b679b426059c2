//! A whole journey with marked words in everything that people write: they come to light nowhere.

use std::fs;

use candor_it::search::{Canary, Findings};
use candor_sealing::ClaimCode;

use super::{School, TITLE_IX, people::Filed};

const TEXT: &str = "zugzwang-in-the-report-7713 quagmire";
const ANSWER: &str = "solstice-in-an-answer-7713";
const FILE_NAME: &str = "kaleidoscope-7713.txt";
const FILE_TEXT: &str = "marzipan-in-a-file-7713";
const REPLY: &str = "harpsichord-in-a-reply-7713";
const REPLY_FILE_NAME: &str = "archipelago-7713.pdf";
const REPLY_FILE_TEXT: &str = "tamarind-in-an-answer-s-file-7713";
const MORE: &str = "labyrinth-in-a-follow-up-7713";

fn canaries(filed: &Filed) -> Vec<Canary> {
    let code: ClaimCode = filed.code.parse().unwrap();
    let half = |text: &str| text.split_at(text.len() / 2).1.to_owned();
    vec![
        Canary::new("the text", TEXT),
        Canary::new("the answer", ANSWER),
        Canary::new("the file's name", FILE_NAME),
        Canary::new("the file", FILE_TEXT),
        Canary::new("the reply", REPLY),
        Canary::new("the name of the reply's file", REPLY_FILE_NAME),
        Canary::new("the reply's file", REPLY_FILE_TEXT),
        Canary::new("the follow-up", MORE),
        Canary::new("the code", &filed.code),
        Canary::new("half the code", half(&filed.code)),
        Canary::new("the code in digits", half(&filed.digits)),
        Canary::new("the code's bytes", code.expose()),
    ]
}

/// Looks into everything of the servers, the desks and the reporter's computer.
fn search(school: &School, canaries: &[Canary]) -> Vec<String> {
    let mut findings = Findings::default();
    findings.search(canaries, "the logs", school.world.logs().as_bytes());
    let mut files = 0;
    for folder in [
        school.world.folder().to_owned(),
        school.administrator(),
        school.path("relay-key"),
        school.path("desks"),
        school.path("recovery"),
        school.reporter("student").home,
    ] {
        files += findings.search_folder(canaries, &folder).unwrap();
    }
    assert!(files > 40, "only {files} files");
    findings.0
}

#[test]
fn nothing_that_people_write_comes_to_light_anywhere() {
    let school = School::open();
    let (desk, reporter) = (school.desk(TITLE_IX), school.reporter("student"));
    fs::write(reporter.files.join(FILE_NAME), FILE_TEXT).unwrap();
    let filed = reporter.report(
        "harassment",
        TEXT,
        &[
            "--attach",
            FILE_NAME,
            "--answer",
            &format!("place-words={ANSWER}"),
        ],
    );
    let canaries = canaries(&filed);
    assert_eq!(search(&school, &canaries), Vec::<String>::new());

    desk.sync();
    let case = desk.only_case();
    assert_eq!(desk.said(&case), [TEXT]);
    let attached = school.path(REPLY_FILE_NAME);
    fs::write(&attached, REPLY_FILE_TEXT).unwrap();
    desk.reply(&case, REPLY, &[&attached]);
    let kept = desk.json(&["reply", &case, "--later", "--text", REPLY]);
    assert_eq!(kept["sent"], false);
    assert_eq!(search(&school, &canaries), Vec::<String>::new());
    desk.sync();
    reporter.check(&filed.code, &["--save-attachments", "saved"]);
    reporter.add(&filed.code, MORE, &["--attach", FILE_NAME]);
    desk.sync();
    let exports = school.path("exports");
    fs::create_dir(&exports).unwrap();
    assert_eq!(desk.attachment(&case, 1, &exports), FILE_TEXT.as_bytes());
    desk.json(&[
        "export",
        &case,
        "--to",
        exports.join("case").to_str().unwrap(),
    ]);
    reporter.check(&filed.code, &["--withdraw"]);
    desk.sync();
    assert_eq!(search(&school, &canaries), Vec::<String>::new());

    // It was all there: exports hold it, and the same search finds it in them.
    let mut exported = Findings::default();
    exported.search_folder(&canaries, &exports).unwrap();
    for what in [
        "the text",
        "the answer",
        "the reply",
        "the file's name",
        "the follow-up",
    ] {
        assert!(
            exported.0.iter().any(|found| found.starts_with(what)),
            "{what}: {exported:?}"
        );
    }
    // And it finds what is planted.
    for (place, name, text) in [
        (
            school.world.folder().join("relay/store"),
            "planted",
            hex::encode(TEXT),
        ),
        (
            school.world.folder().join("intake"),
            "planted.log",
            filed.code.clone(),
        ),
        (desk.home.clone(), FILE_NAME, String::new()),
        (
            reporter.home.join("tmp"),
            "planted",
            format!("...{REPLY}..."),
        ),
    ] {
        let file = place.join(name);
        fs::write(&file, text).unwrap();
        assert!(!search(&school, &canaries).is_empty(), "{}", file.display());
        fs::remove_file(file).unwrap();
    }
}

#[test]
fn a_reporters_computer_keeps_one_number_or_nothing() {
    let school = School::open();
    let files = |name: &str| {
        let mut found = Vec::new();
        let mut folders = vec![school.reporter(name).home];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path);
                }
            }
        }
        found
    };
    let usual = school.reporter("usual");
    let filed = usual.report("harassment", TEXT, &[]);
    usual.check(&filed.code, &[]);
    let kept = files("usual");
    assert_eq!(kept, [usual.home.join(".local/state/candor/seen.json")]);
    // The version of a public file, and of which hotline: nothing of the report.
    let text = fs::read_to_string(&kept[0]).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let instance = school.directory().instance.to_string();
    assert_eq!(
        value,
        serde_json::json!({"directory_versions": {instance: 1}})
    );

    let careful = school.reporter("careful");
    let filed = careful.report("harassment", TEXT, &["--no-state"]);
    careful.check(&filed.code, &["--no-state"]);
    assert!(files("careful").is_empty());
}
