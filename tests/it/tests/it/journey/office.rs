//! What an office brings in: tables of comments, and what somebody told or wrote to it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use candor_it::search::{Canary, Findings};
use serde_json::Value;

use super::{
    DEAN, DIRECTOR, MEDICAL_DEAN, School, TITLE_IX,
    people::{Dialogue, Workstation, ended, said, texts},
    stored::servers,
};

/// Marks what must lie nowhere in clear.
const CANARY: &str = "canary-5e1c-comment";

fn table(school: &School, name: &str, rows: &str) -> PathBuf {
    let folder = school.path("tables");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(
        &path,
        format!("Course name,Term,Student ID,What else?\n{rows}"),
    )
    .unwrap();
    path
}

fn import<'a>(path: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    let path = path.to_str().unwrap();
    [
        &[
            "--json",
            "import",
            path,
            "--topic",
            "concern",
            "--map",
            "comment=What else?",
        ],
        more,
    ]
    .concat()
}

#[track_caller]
fn imported(desk: &Workstation, arguments: &[&str], code: i32) -> Value {
    let done = ended(desk.run(arguments), code);
    serde_json::from_str(&done.out).unwrap()
}

/// Where these words lie below folders, in any form.
fn found(folders: &[&Path], words: &str) -> Vec<String> {
    let canary = [Canary::new("what was said", words)];
    let mut findings = Findings::default();
    for folder in folders {
        findings.search_folder(&canary, folder).unwrap();
    }
    findings.0
}

#[test]
fn a_table_becomes_sealed_reports_once_whatever_happens_in_between() {
    let school = School::open();
    let [office, dean] = [TITLE_IX, DEAN].map(|office| school.desk(office));
    let rows: String = (0..60)
        .map(|n| format!("Anatomy,2026-11,s{n:04},\"{CANARY} {n}, he shouted\"\n"))
        .collect();
    let more = "Surgery,P3,s9001,=1+1\nSurgery,P3\nSurgery,P3,s9003,\nSurgery,P3,s9001,=1+1\n";
    let path = table(&school, "evaluations.csv", &(rows + more));

    // A look sends nothing.
    let look = imported(&office, &import(&path, &["--dry-run"]), 1);
    assert_eq!((&look["ready"], &look["sent"]), (&61.into(), &0.into()));
    assert_eq!(look["columns"]["course"], "Course name");
    assert_eq!(look["not_sent_columns"][0], "Student ID");
    assert_eq!(look["broken"][0]["line"], 63);
    assert_eq!(look["without_comment"][0], 64);
    let double = (
        &look["doubles"][0]["line"],
        &look["doubles"][0]["same_as_line"],
    );
    assert_eq!(double, (&65.into(), &62.into()));
    let readers: BTreeSet<String> = look["readers"][0]["offices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|office| office.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        readers,
        [DEAN, DIRECTOR, MEDICAL_DEAN].map(str::to_owned).into()
    );
    assert_eq!(dean.sync()["new_reports"], 0);

    // It is killed on the way, once it has begun to send.
    let mut killed = office.command(&import(&path, &["--yes"])).spawn().unwrap();
    let begun = Instant::now();
    while dean.sync()["new_reports"] == 0 {
        assert!(begun.elapsed() < Duration::from_secs(60));
        thread::sleep(Duration::from_millis(20));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let before = dean.cases().len();
    assert!(before < 61, "it was killed too late to show anything");

    // The same command again goes on: in the end everybody has every row once.
    let done = imported(&office, &import(&path, &["--yes"]), 1);
    assert_eq!(done["left"], 0);
    let recorded = done["imported_before"].as_u64().unwrap();
    assert_eq!(recorded + done["sent"].as_u64().unwrap(), 61);
    dean.sync();
    assert_eq!(dean.cases().len(), 61);
    let status: Value = serde_json::from_str(&dean.run(&["--json", "status"]).out).unwrap();
    assert_eq!(status["set_aside"], serde_json::json!([]));

    // And once more: nothing.
    let again = imported(&office, &import(&path, &["--yes"]), 1);
    assert_eq!((&again["ready"], &again["sent"]), (&0.into(), &0.into()));
    // A file that has more, under another name, brings only what is new; columns are remembered.
    let path = table(
        &school,
        "more.csv",
        &format!("Anatomy,2026-11,s0003,\"{CANARY} 3, he shouted\"\nAnatomy,2026-11,s7000,Good.\n"),
    );
    let plain = ["--json", "import", path.to_str().unwrap(), "--yes"];
    let more = imported(&office, &plain, 0);
    assert_eq!(
        (&more["imported_before"], &more["sent"]),
        (&1.into(), &1.into())
    );
    assert_eq!(more["topic"], "concern");

    // The offices see where it came from, and the answers; formulas are text.
    dean.sync();
    let cases = dean.cases();
    assert_eq!(cases.len(), 62);
    let mut formulas = 0;
    for case in &cases {
        let shown = dean.show(case["id"].as_str().unwrap());
        assert_eq!(shown["source"], "import");
        let note = shown["origin"]["note"].as_str().unwrap();
        assert!(note.contains(".csv, line "), "{note}");
        assert_eq!(shown["origin"]["channel_name"], "Course evaluation");
        // Nobody could read an acknowledgement.
        assert_eq!(shown["standing"], "new");
        let said = shown["conversation"][0]["text"].as_str().unwrap();
        assert!(
            !said.contains("s0"),
            "a column that was not chosen is not sent"
        );
        if said.ends_with("=1+1") {
            formulas += 1;
            assert_eq!(said, "Course: Surgery\n\n=1+1");
            assert_eq!(shown["conversation"][0]["answers"][0]["answer"][0], "P3");
        } else {
            let answers = &shown["conversation"][0]["answers"][0]["answer"][0];
            assert_eq!(answers, "November 2026");
        }
    }
    assert_eq!(formulas, 1);

    // Nothing of it is on the importing office's disk, nor with the servers.
    fs::remove_dir_all(school.path("tables")).unwrap();
    let (whole, servers) = (school.path(""), servers(&school));
    let mut folders = vec![whole.as_path()];
    folders.extend(servers.iter().map(PathBuf::as_path));
    assert_eq!(found(&folders, CANARY), Vec::<String>::new());
    let planted = school.path("planted");
    fs::write(&planted, CANARY).unwrap();
    assert_eq!(found(&folders, CANARY).len(), 1);
    assert!(!school.world.logs().contains(CANARY));
}

#[test]
fn what_was_said_at_the_office_gets_a_code_that_works() {
    let school = School::open();
    let [office, dean] = [TITLE_IX, DEAN].map(|office| school.desk(office));
    let reporter = school.reporter("visitor");
    let visit = school.path("visit.toml");
    fs::write(
        &visit,
        "channel = \"in-person\"\nnote = \"a visit on Monday\"\ntopic = \"concern\"\n\
         text = \"She told me at the door.\"\nleave_out = [\"dean-for-medical-education\"]\n\
         [answers]\nwhen = \"2026-11-02/2026-11-05\"\nongoing = \"yes\"\n\
         [wishes]\nhold_until_similar = true\nnot_before = \"2026-12-20\"\n\
         [identity]\nname = \"A. Student\"\n",
    )
    .unwrap();
    let arguments = [
        "--json",
        "enter",
        "--from",
        visit.to_str().unwrap(),
        "--yes",
    ];
    let entered: Value = serde_json::from_str(&ended(office.run(&arguments), 0).out).unwrap();
    let offices: Vec<&str> = entered["offices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|office| office.as_str().unwrap())
        .collect();
    assert_eq!(offices, [DEAN, DIRECTOR]);
    let words = entered["words"].as_str().unwrap();

    // The office that it is for sees all of it.
    dean.sync();
    let case = dean.only_case();
    let shown = dean.show(&case);
    assert_eq!(shown["source"], "office");
    assert_eq!(shown["origin"]["channel_name"], "In person");
    assert_eq!(shown["identity"]["name"], "A. Student");
    assert_eq!(texts(&shown["left_out"], "id"), [MEDICAL_DEAN]);
    let wishes: Vec<&str> = shown["wishes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| w.as_str().unwrap())
        .collect();
    assert_eq!(
        wishes,
        [
            "Please do nothing until others report the same.",
            "Please do nothing before 20 December 2026."
        ]
    );
    let answers = shown["conversation"][0]["answers"].as_array().unwrap();
    assert_eq!(
        answers[0]["answer"][0],
        "2 November 2026 to 5 November 2026"
    );
    let printed = ended(dean.run(&["show", &case]), 0).out;
    for words in [
        "THE REPORTER WISHES",
        "not a lock",
        "A. Student",
        "In person (a visit on Monday)",
    ] {
        assert!(printed.contains(words), "{words}: {printed}");
    }

    // It asks back one by one, and says how the case stands.
    let questions = school.path("questions.txt");
    fs::write(
        &questions,
        "Who else was there?\n\nIs it safe to ask them?\n",
    )
    .unwrap();
    let asked = dean.json(&[
        "reply",
        &case,
        "--questions-file",
        questions.to_str().unwrap(),
        "--ask-resolved",
        "--state",
        "closed",
    ]);
    assert_eq!(asked["sent"], true);
    let wrong = dean.run(&["reply", &case, "--text", "x", "--state", "nowhere"]);
    assert!(
        wrong.code == Some(2) && wrong.err.contains("new, closed"),
        "{}",
        wrong.err
    );
    let shown = dean.show(&case);
    let reply = shown["conversation"].as_array().unwrap().last().unwrap();
    assert_eq!(
        texts(&reply["questions"], "text"),
        ["Who else was there?", "Is it safe to ask them?"]
    );
    assert_eq!(
        (&reply["asks_resolved"], &shown["state"]),
        (&true.into(), &"Closed".into())
    );

    // The person reads with the code that was handed over, in words or digits, and adds more.
    let read = reporter.check(words, &[]);
    assert_eq!(read["excluded_roles"], serde_json::json!([MEDICAL_DEAN]));
    reporter.add(entered["digits"].as_str().unwrap(), "It was I.", &[]);
    dean.sync();
    assert!(said(&dean.show(&case)["conversation"]).contains(&"It was I.".to_owned()));
    // The office that entered it has neither the report nor the code.
    office.sync();
    assert_eq!(office.cases(), Vec::<Value>::new());
    for word in [words, "She told me at the door."] {
        assert_eq!(found(&[&office.home], word), Vec::<String>::new());
    }
}

#[test]
fn entries_and_imports_that_cannot_go_as_shown_are_refused() {
    let school = School::open();
    let office = school.desk(TITLE_IX);
    let refused = |arguments: &[&str], words: &str| {
        let done = office.run(arguments);
        assert!(
            done.code == Some(2) && done.err.contains(words),
            "{words}: {}",
            done.err
        );
        // Nothing of what was typed is repeated.
        assert!(!done.err.contains(CANARY) && !done.out.contains(CANARY));
    };
    let path = table(&school, "e.csv", &format!("A,P1,s1,{CANARY}\n"));
    let file = path.to_str().unwrap();
    refused(
        &["import", file, "--yes"],
        "no topic for evaluation comments",
    );
    refused(
        &["import", file, "--topic", "nothing", "--yes"],
        "no such topic",
    );
    refused(
        &[
            "import",
            file,
            "--topic",
            "concern",
            "--map",
            "comment=Nothing",
        ],
        "no column",
    );
    refused(
        &["import", file, "--topic", "concern", "--channel", "pigeon"],
        "no such channel",
    );
    // There is nobody at a terminal to say yes.
    refused(
        &["--json", "import", file, "--topic", "concern"],
        "no terminal",
    );
    let visit = school.path("visit.toml");
    for (text, words) in [
        (
            "channel = \"web\"\ntopic = \"concern\"\ntext = \"x\"\n",
            "no such channel",
        ),
        (
            "channel = \"in-person\"\ntopic = \"concern\"\n",
            "nothing to send",
        ),
        (
            "channel = \"in-person\"\ntopic = \"ombuds\"\ntext = \"x\"\nleave_out = [\"ombuds\"]\n",
            "would be left out",
        ),
        ("channel = \"in-person\"\n", "no entry"),
        (
            "channel = \"in-person\"\ntopic = \"concern\"\ntext = \"x\"\n[answers]\ntypo = \"yes\"\n",
            "has no question",
        ),
    ] {
        fs::write(&visit, text).unwrap();
        refused(
            &["enter", "--from", visit.to_str().unwrap(), "--yes"],
            words,
        );
    }
    let done = Dialogue::start(office.command(&["enter"])).end();
    assert!(done.err.contains("no terminal"), "{}", done.err);
}
