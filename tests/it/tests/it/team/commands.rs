//! Casework by command, over a relay: what each command prints as JSON, that it has gone out when the
//! command ends, and what is said of wrong input.

use std::{
    fs,
    path::{Path, PathBuf},
};

use candor_it::process::Ended;
use candor_sealing::{HybridIdentity, age_file};
use serde_json::Value;

use super::{
    DEAN, DIRECTOR, MEDICAL_DEAN, PASSPHRASE, TITLE_IX, Team,
    coming_and_going::drops,
    private,
    tool::{self, Tool},
};

/// An office's program.
pub(super) fn tool(team: &Team, office: &str) -> Tool {
    let passphrase = team.path("passphrase");
    if !passphrase.exists() {
        fs::write(&passphrase, PASSPHRASE).unwrap();
        private(&passphrase);
    }
    Tool {
        home: team.home(office),
        passphrase,
    }
}

/// It failed for this reason, said why, and what to do; and wrote nothing that a program would take
/// for an answer.
#[track_caller]
fn refused(ended: Ended, code: i32, why: &str, remedy: &str) {
    let said = format!("{}\n{}", ended.out, ended.err);
    assert_eq!(ended.code, Some(code), "{said}");
    assert!(ended.err.contains(why), "{why}: {said}");
    assert!(ended.err.contains(remedy), "{remedy}: {said}");
    assert!(ended.out.is_empty(), "{said}");
}

/// What the newest entry of a timeline says, and what came of it.
#[track_caller]
fn newest(tool: &Tool, case: &str) -> (String, String) {
    let timeline = tool.json(&["timeline", case]);
    let last = timeline.as_array().unwrap().last().unwrap().clone();
    let text = |field: &str| last[field].as_str().unwrap().to_owned();
    (text("does"), text("effect"))
}

fn label(id: &candor_wire::ConversationId) -> String {
    id.to_string().chars().take(12).collect()
}

#[test]
fn what_a_command_does_has_gone_out_when_it_ends() {
    let team = Team::of(&[DEAN, DIRECTOR, TITLE_IX]);
    let report = team.report(&[DEAN, DIRECTOR], &[], "He shouted at me.");
    team.settle(&[DEAN, DIRECTOR]);
    let case = label(&report.id);
    let case = case.as_str();
    let [dean, director, title_ix] = [DEAN, DIRECTOR, TITLE_IX].map(|name| tool(&team, name));

    // What one office does by a command, the other's next command knows: each fetches and sends.
    let sorted = dean.json(&["triage", case, "--specific", "--actionable", "yes"]);
    assert_eq!(
        (&sorted["sent"], &sorted["state"]),
        (&true.into(), &"actionable".into()),
        "{sorted}"
    );
    assert_eq!(sorted["id"], report.id.to_string());
    assert_eq!(sorted["event"].as_str().unwrap().len(), 64);
    let (does, effect) = newest(&director, case);
    assert!(does.starts_with("sorted it"), "{does}");
    assert_eq!(effect, "counts");

    // Without the other's knowledge: both stay, and whoever has seen both settles it.
    for (desk, who) in [(&dean, "A. B."), (&director, "C. D.")] {
        let args = ["assign", case, "--whom", who, "--later"];
        assert_eq!(desk.json(&args)["sent"], false);
    }
    team.settle(&[DEAN, DIRECTOR]);
    let effects = |desk: &Tool| {
        let timeline = desk.json(&["timeline", case]);
        tool::texts(&timeline, "effect")
    };
    for desk in [&dean, &director] {
        let effects = effects(desk);
        assert!(effects.contains(&"two versions".to_owned()), "{effects:?}");
    }
    director.json(&["assign", case, "--whom", "both of us"]);
    assert_eq!(newest(&dean, case).1, "counts");
    let work = team.at(DEAN, |desk| candor_desk::casework::work(desk, &report.id));
    assert!(!work.responsible.is_contested());
    assert_eq!(work.responsible.value.as_ref().unwrap().1, "both of us");

    // An office comes, the reporter is told, and it has what was chosen.
    let admitted = dean.json(&["admit", case, TITLE_IX, "--history", "report", "--yes"]);
    assert_eq!(admitted["sent"], true, "{admitted}");
    let synced = title_ix.json(&["sync"]);
    assert_eq!(synced["new_reports"], 1, "{synced}");
    assert_eq!(
        title_ix.json(&["show", case])["conversation"][0]["text"],
        "He shouted at me."
    );
    let told = drops(&team, &report, 0);
    let change = told.last().unwrap().1.offices.as_ref().unwrap();
    assert_eq!(change.add(), [super::office(TITLE_IX)]);

    // It says that it has no part in it, and goes; nothing more is done there.
    let gone = title_ix.json(&["recuse", case, "--why", "not-concerned", "--yes"]);
    assert_eq!(gone["sent"], true, "{gone}");
    let after = title_ix.run(&["note", case, "--text", "Still here."]);
    refused(after, 7, "left the case", "");
    // Of another office one alone decides nothing.
    let asked = dean.json(&["recuse", case, DIRECTOR, "--yes"]);
    assert_eq!(asked["sent"], true);
    let (does, effect) = newest(&director, case);
    assert!(does.contains("off the case"), "{does}");
    assert_eq!(effect, "waits");

    // A case is handed over, and the same conversation goes on there.
    let second = team.report(&[DIRECTOR], &[], "It belongs to Title IX.");
    director.json(&["sync"]);
    let other = label(&second.id);
    let handed = director.json(&["transfer", &other, TITLE_IX, "--history", "all", "--yes"]);
    assert_eq!(handed["sent"], true, "{handed}");
    title_ix.json(&["sync"]);
    let answered = title_ix.json(&["reply", &other, "--text", "We go on with it."]);
    assert_eq!(answered["sent"], true, "{answered}");
    let told = drops(&team, &second, 0);
    assert_eq!(told.last().unwrap().1.text, "We go on with it.");
    let after = director.run(&["reply", &other, "--text", "One more word."]);
    assert_eq!(after.code, Some(7), "{}", after.err);
}

#[test]
fn a_copy_for_somebody_outside_leaves_out_what_was_named() {
    let team = Team::of(&[DEAN, DIRECTOR]);
    let report = team.report(
        &[DEAN, DIRECTOR],
        &[],
        "Dr. Marwick shouted at me on Ward 7.",
    );
    team.settle(&[DEAN, DIRECTOR]);
    let case = label(&report.id);
    let case = case.as_str();
    let (dean, director) = (tool(&team, DEAN), tool(&team, DIRECTOR));
    dean.json(&["note", case, "--text", "Between us: it is the third time."]);
    let outside = HybridIdentity::from_seed([77; 32]);
    let key = file(&team, "key.txt", &outside.to_recipient().to_string());
    let copy = team.path("copy.age");
    let (key_path, copy_path) = (path(&key), path(&copy));
    let leave_out = file(
        &team,
        "leave-out.toml",
        "reason = \"not needed there\"\nparts = [\"notes\", \"timeline\"]\nwords = [\"Marwick\"]\n",
    );
    let refer = [
        "refer",
        case,
        "--to",
        "Compliance, General Hospital",
        "--recipient-file",
        key_path,
        "--redact",
        path(&leave_out),
        "--out",
        copy_path,
    ];
    // Nobody was asked whether the fingerprint was compared.
    let asked = dean.run(&refer);
    assert_eq!(asked.code, Some(2), "{}", asked.err);
    assert!(asked.err.contains("by telephone"), "{}", asked.err);
    assert!(!copy.exists());

    let done = dean.json(&[&refer[..], &["--yes"]].concat());
    assert_eq!(done["sent"], true, "{done}");
    let sealed = fs::read(&copy).unwrap();
    let opened = age_file::open(&sealed, &[outside]).unwrap();
    let html = String::from_utf8(opened.to_vec()).unwrap();
    assert!(html.contains("shouted at me on Ward 7."), "{html}");
    assert!(html.contains("[redacted: not needed there]"), "{html}");
    assert!(
        !html.contains("Marwick") && !html.contains("third time"),
        "{html}"
    );
    assert!(age_file::open(&sealed, &[HybridIdentity::from_seed([78; 32])]).is_err());
    // The other office sees for whom it was, and what was left out.
    let timeline = director.json(&["timeline", case]);
    let last = timeline.as_array().unwrap().last().unwrap();
    let does = last["does"].as_str().unwrap();
    assert!(does.contains("Compliance, General Hospital"), "{last}");
    assert!(
        last["text"].as_str().unwrap().contains("not needed there"),
        "{last}"
    );

    // Nothing is ever written over, and no wrong key is sealed to.
    let again = dean.run(&[&refer[..], &["--yes"]].concat());
    refused(again, 2, "exists already", "another name");
    assert_eq!(fs::read(&copy).unwrap(), sealed);
    let new = team.path("other.age");
    let with = |key: &str, redact: &str| {
        let key = file(&team, "other-key.txt", key);
        dean.run(&[
            "refer",
            case,
            "--to",
            "X",
            "--recipient-file",
            path(&key),
            "--redact",
            redact,
            "--out",
            path(&new),
            "--yes",
        ])
    };
    let x25519 = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    refused(with(x25519, "names"), 2, "older kind", "age1pq1");
    refused(with("", "names"), 2, "not an age recipient", "age1pq1");
    let of_office = team.at(DEAN, |desk| {
        let card = desk
            .published()
            .unwrap()
            .cards
            .current(&super::office(DIRECTOR), super::today());
        card.unwrap().recipient.to_string()
    });
    refused(
        with(&of_office, "names"),
        7,
        "an office of this hotline",
        "Bring it onto the case",
    );
    let missing = file(
        &team,
        "missing.toml",
        "reason = \"x\"\nwords = [\"Nobody\"]\n",
    );
    let typo = with(
        &HybridIdentity::from_seed([77; 32])
            .to_recipient()
            .to_string(),
        path(&missing),
    );
    assert_eq!(typo.code, Some(2), "{}", typo.err);
    assert!(!new.exists());
    // And none of that stands on the case.
    let after = dean.json(&["timeline", case]);
    assert_eq!(
        after.as_array().unwrap().len(),
        timeline.as_array().unwrap().len()
    );
}

#[test]
fn what_a_lost_workstation_did_counts_once_it_is_confirmed() {
    let team = Team::of(&[DEAN, DIRECTOR]);
    let report = team.report(&[DEAN, DIRECTOR], &[], "Who wrote this?");
    team.settle(&[DEAN, DIRECTOR]);
    let case = label(&report.id);
    let case = case.as_str();
    let (dean, director) = (tool(&team, DEAN), tool(&team, DIRECTOR));
    let second = enrol(&team, &dean, "second");
    second.json(&["sync"]);
    // Nobody has seen it when the workstation is lost.
    second.json(&["note", case, "--text", "From the second desk."]);
    let devices = dean.json(&["devices"]);
    let lost = devices["devices"].as_array().unwrap().iter();
    let lost = lost.clone().find(|one| one["label"] == "second").unwrap();
    let id = lost["id"].as_str().unwrap();
    dean.json(&["devices", "lost", &id[..8], "--yes"]);
    team.settle(&[DEAN, DIRECTOR]);
    let timeline = director.json(&["timeline", case]);
    let entry = &timeline[0];
    assert_eq!(entry["effect"], "waits", "{timeline}");
    assert!(
        entry["why"].as_str().unwrap().contains("revoked"),
        "{entry}"
    );
    let event = entry["event"].as_str().unwrap();

    let wrong = director.run(&["confirm", case, "ffffffff"]);
    refused(wrong, 2, "names no event", "“timeline” shows");
    refused(director.run(&["confirm", case]), 2, "<EVENTS>", "--help");
    let confirmed = director.json(&["confirm", case, &event[..8]]);
    assert_eq!(confirmed["sent"], true, "{confirmed}");
    team.settle(&[DEAN, DIRECTOR]);
    for desk in [&dean, &director] {
        let timeline = desk.json(&["timeline", case]);
        assert_eq!(timeline[0]["effect"], "counts", "{timeline}");
    }
    // What counts already needs nobody's word.
    let again = director.run(&["confirm", case, &event[..8]]);
    refused(again, 2, "does not wait", "“timeline” shows");
}

#[test]
fn wrong_input_says_what_to_do_instead() {
    let team = Team::of(&[DEAN, MEDICAL_DEAN]);
    let report = team.report(
        &[DEAN],
        &["director-of-student-affairs"],
        "Not for the director.",
    );
    team.settle(&[DEAN]);
    let case = label(&report.id);
    let case = case.as_str();
    let dean = tool(&team, DEAN);
    for (args, code, why, remedy) in [
        (
            vec!["triage", "ffff", "--specific", "--actionable", "yes"],
            2,
            "No case begins",
            "list",
        ),
        (
            vec!["admit", case, "no such office", "--yes"],
            2,
            "",
            "directory",
        ),
        (
            vec!["admit", case, "parking", "--yes"],
            2,
            "no such office",
            "It has:",
        ),
        (
            vec!["transfer", case, "parking", "--yes"],
            2,
            "no such office",
            "It has:",
        ),
        (
            vec!["recuse", case, "parking", "--yes"],
            2,
            "not on the case",
            "On the case:",
        ),
        (
            vec!["recuse", case, MEDICAL_DEAN, "--yes"],
            2,
            "not on the case",
            "On the case:",
        ),
        (
            vec!["recuse", case, "--yes"],
            7,
            "Nobody would be left",
            "Bring another office",
        ),
        (vec!["admit", case, DIRECTOR, "--yes"], 7, "left", ""),
        (vec!["transfer", case, DIRECTOR, "--yes"], 7, "left", ""),
        (
            vec!["admit", case, "ombuds", "--yes"],
            7,
            "confidential",
            "",
        ),
        (
            vec!["admit", case, MEDICAL_DEAN, "--history", "some", "--yes"],
            2,
            "some",
            "report",
        ),
        (
            vec!["hold", case, "--until", "soon"],
            2,
            "no day",
            "2027-03-01",
        ),
        (vec!["hold", case, "--reports", "1"], 2, "1", "2..=99"),
        (
            vec!["discard", case, "other"],
            2,
            "why it is no report",
            "--note",
        ),
        (vec!["discard", case, "boring"], 2, "boring", "spam"),
        (vec!["decide", case], 2, "what you decide", "--addressed"),
        (
            vec!["decide", case, "--addressed"],
            7,
            "no such step",
            "Choose one of the steps",
        ),
        (
            vec!["move", case, "no where"],
            2,
            "no state",
            "“move” with the case alone",
        ),
        (vec!["task", "done", case], 2, "no such task", "task list"),
        (
            vec!["report-back", case, "--text", "Done."],
            2,
            "no such intervention",
            "timeline",
        ),
        (
            vec!["note", case, "--text", "x", "--replaces", "ffffffff"],
            2,
            "names no event",
            "timeline",
        ),
        (
            vec!["group", case, "--with", "ffff"],
            2,
            "No case begins",
            "list",
        ),
        (
            vec!["list", "--responsible", "parking"],
            2,
            "no such office",
            "It has:",
        ),
        (
            vec!["list", "--state", "nowhere"],
            2,
            "no such state",
            "under-review",
        ),
        (
            vec!["list", "--topic", "nothing"],
            2,
            "no such topic",
            "mistreatment",
        ),
    ] {
        let json: Vec<&str> = [&["--json"], &args[..]].concat();
        for args in [&args, &json] {
            refused(dean.run(args), code, why, remedy);
        }
    }
    // Nothing of all that has left a trace.
    let timeline = dean.json(&["timeline", case]);
    assert_eq!(timeline, Value::Array(Vec::new()));
}

fn file(team: &Team, name: &str, text: &str) -> PathBuf {
    let path = team.path(name);
    fs::write(&path, text).unwrap();
    path
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Brings a second workstation into the dean's office, by three commands.
pub(super) fn enrol(team: &Team, first: &Tool, name: &str) -> Tool {
    let second = Tool {
        home: team.path(name),
        passphrase: first.passphrase.clone(),
    };
    let (request, grant) = (team.path("request.json"), team.path("grant.age"));
    let (request, grant) = (path(&request), path(&grant));
    let pin = team.path("public").join(candor_directory::PIN_FILE);
    let relay = format!("http://{}", team.world.desk_address());
    let front = format!("http://{}", team.world.intake_address());
    let asked = second.json(&[
        "enroll",
        "--demonstration",
        "--office",
        DEAN,
        "--label",
        name,
        "--pin",
        path(&pin),
        "--relay-url",
        &relay,
        "--intake-url",
        &front,
        "--request-out",
        request,
    ]);
    let print = asked["fingerprint"].as_str().unwrap();
    first.json(&[
        "enroll",
        "--approve",
        request,
        "--out",
        grant,
        "--fingerprint",
        print,
    ]);
    second.json(&["enroll", "--accept", grant]);
    second
}
