//! Casework on the command line: the real program, on a desk without a network.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod room;

use std::{
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use candor_wire::Day;
use room::{DEAN, OFFICE, PASSPHRASE, Report, Room, today};
use serde_json::Value;

/// A desk with reports, and the program.
struct Desk {
    room: Room,
    passphrase: PathBuf,
    cases: Vec<String>,
}

/// What a command said.
#[derive(Debug)]
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    fn done(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    fn json(self) -> Value {
        let done = self.done();
        serde_json::from_str(&done.out).unwrap_or_else(|_| panic!("{done:?}"))
    }

    /// It failed for this reason, and said why and what to do.
    fn failed(self, code: i32, why: &str) {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.err.contains(why), "{why}: {self:?}");
        assert!(self.out.is_empty(), "{self:?}");
    }
}

impl Desk {
    fn new(reports: impl IntoIterator<Item = Report>) -> Self {
        let room = Room::new();
        let ids = room.fill(reports);
        let passphrase = room.home.join("../passphrase");
        fs::write(&passphrase, PASSPHRASE).unwrap();
        Self {
            room,
            passphrase,
            cases: ids
                .iter()
                .map(|id| id.to_string()[..12].to_owned())
                .collect(),
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_candor-desk"));
        command
            .arg("--home")
            .arg(self.room.home.path())
            .arg("--passphrase-file")
            .arg(&self.passphrase)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run_with(&self, args: &[&str], input: &str) -> Said {
        let mut child = self.command(args).spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        Said {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn run(&self, args: &[&str]) -> Said {
        self.run_with(args, "")
    }

    /// Acts on the first case, for the next sync.
    fn act(&self, command: &str, args: &[&str]) -> Value {
        let case = self.cases[0].as_str();
        let mut all: Vec<&str> = command.split(' ').collect();
        all.push(case);
        all.extend(args);
        all.extend(["--later", "--json"]);
        self.run(&all).json()
    }

    fn refuses(&self, args: &[&str], code: i32, why: &str) {
        self.run(args).failed(code, why);
    }
}

fn on(days: u32) -> String {
    Day(today().0 + days).to_string()
}

#[test]
fn a_case_goes_its_way() {
    let desk = Desk::new([Report::default()]);
    let case = desk.cases[0].as_str();
    let next = desk.run(&["move", case, "--json"]).json();
    assert_eq!(next["state"], "new");
    assert!(
        next["next"]
            .as_array()
            .unwrap()
            .contains(&"under-review".into())
    );
    desk.refuses(&["move", case, "closed", "--later"], 7, "no such step");
    desk.refuses(
        &[
            "triage",
            case,
            "--specific",
            "--actionable",
            "yes",
            "--type",
            "x",
            "--later",
        ],
        2,
        "no such type",
    );
    desk.refuses(&["triage", case, "--later"], 2, "--specific");

    let sorted = desk.act(
        "triage",
        &[
            "--specific",
            "--actionable",
            "yes",
            "--setting",
            "clerkship",
        ],
    );
    assert_eq!(sorted["state"], "actionable");
    assert_eq!(sorted["sent"], false);
    desk.act("assign", &["--whom", "the assistant"]);
    desk.refuses(&["assign", case, DEAN, "--later"], 2, "not on the case");
    desk.refuses(
        &[
            "intervene",
            case,
            "--leader",
            "A",
            "--what",
            "B",
            "--due",
            "2020-01-01",
            "--later",
        ],
        2,
        "passed",
    );
    let due = on(20);
    let asked = desk.act(
        "intervene",
        &[
            "--leader",
            "Division chief",
            "--what",
            "Training",
            "--due",
            &due,
        ],
    );
    assert_eq!(asked["state"], "intervention-assigned");

    let deadlines = desk.run(&["deadlines", "--json"]).json();
    let report = deadlines
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["detail"] == "Division chief")
        .unwrap();
    assert_eq!(report["due"], due.as_str());
    assert_eq!(report["late"], false);

    let back = desk.run_with(
        &["report-back", case, "--later", "--json"],
        "It was done.\nBoth came.\n",
    );
    assert_eq!(back.json()["state"], "reported-back");
    assert_eq!(desk.act("decide", &["--needs-more"])["state"], "reopened");
    assert_eq!(desk.act("decide", &["--addressed"])["state"], "closed");

    let timeline = desk.run(&["timeline", case, "--later", "--json"]).json();
    let timeline = timeline.as_array().unwrap();
    assert_eq!(timeline.len(), 6);
    assert!(
        timeline.iter().all(|one| one["effect"] == "counts"),
        "{timeline:?}"
    );
    let said = desk.run(&["timeline", case, "--later"]).done().out;
    assert!(said.contains("Both came."), "{said}");
    assert!(said.contains("decided that it is addressed"), "{said}");
}

#[test]
fn tasks_and_notes() {
    let desk = Desk::new([Report::default(), Report::default()]);
    let case = desk.cases[0].as_str();
    let due = on(3);
    desk.act(
        "task add",
        &["--text", "Call the clerkship office", "--due", &due],
    );
    desk.act("task add", &["--text", "Only for us", "--own"]);
    let tasks = desk.run(&["task", "list", "--json"]).json();
    let tasks = tasks.as_array().unwrap().clone();
    assert_eq!(tasks.len(), 2);
    assert_eq!(tasks[0]["text"], "Call the clerkship office");
    assert_eq!(tasks[1]["own"], true);
    desk.refuses(&["task", "done", case, "--later"], 2, "More than one task");
    let name = &tasks[0]["task"].as_str().unwrap()[..8];
    desk.act("task done", &[name]);
    desk.act("task done", &[]);
    assert!(
        desk.run(&["task", "list"])
            .done()
            .out
            .contains("Nothing is to be done")
    );
    let all = desk.run(&["task", "list", case, "--all"]).done().out;
    assert_eq!(all.matches("[x]").count(), 2, "{all}");

    desk.act("note", &["--text", "Between the offices"]);
    desk.refuses(&["note", case, "--text", " ", "--later"], 2, "empty");
    desk.refuses(
        &["note", case, "--text", "x", "--mention", DEAN, "--later"],
        2,
        "not on the case",
    );
    let found = desk
        .run(&["list", "--search", "BETWEEN offices", "--json"])
        .json();
    assert_eq!(found.as_array().unwrap().len(), 1);
    // A note is nothing that was said to the reporter.
    let shown = desk.run(&["show", case, "--keep-unread", "--json"]).json();
    let conversation = shown["conversation"].to_string();
    assert!(
        !conversation.contains("Between the offices"),
        "{conversation}"
    );
}

#[test]
fn holding_grouping_and_setting_aside() {
    let desk = Desk::new([Report::default(), Report::default(), Report::default()]);
    let [first, second, third] = &desk.cases[..] else {
        panic!("three cases");
    };
    desk.refuses(&["hold", first, "--reports", "3", "--later"], 2, "no group");
    desk.act("group", &["--name", "Ward 7"]);
    desk.run(&["group", second, "--with", first, "--later"])
        .done();
    desk.refuses(
        &["group", second, "--with", third, "--later"],
        2,
        "no group",
    );
    let held = desk.act("hold", &["--reports", "3", "--until", &on(60)]);
    assert_eq!(held["state"], "held");
    let grouped = desk.run(&["list", "--group", first, "--json"]).json();
    assert_eq!(grouped.as_array().unwrap().len(), 2);
    let held = desk.run(&["list", "--state", "held"]).done().out;
    assert!(held.contains("group “Ward 7”"), "{held}");

    desk.run(&["discard", third, "spam", "--later"]).done();
    assert_eq!(
        desk.run(&["list", "--json"])
            .json()
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let aside = desk.run(&["list", "--discarded"]).done().out;
    assert!(aside.contains("set aside as no report"), "{aside}");
    desk.run(&["undiscard", third, "--later"]).done();
    assert_eq!(
        desk.run(&["list", "--json"])
            .json()
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let nobody = desk
        .run(&["list", "--responsible", "nobody", "--json"])
        .json();
    assert_eq!(nobody.as_array().unwrap().len(), 3);

    desk.act("legal-hold", &["--why", "counsel"]);
    desk.refuses(&["erase", first, "--yes"], 7, "hold");
    desk.act("legal-hold", &["--off"]);
}

#[test]
fn what_cannot_be_undone_is_asked_first() {
    let desk = Desk::new([Report {
        offices: vec![OFFICE, DEAN],
        ..Report::default()
    }]);
    let case = desk.cases[0].as_str();
    for args in [
        vec!["recuse", case, "--later"],
        vec!["admit", case, DEAN, "--later"],
        vec!["transfer", case, DEAN, "--later"],
    ] {
        let said = desk.run(&args);
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.err.contains("The reporter is told"), "{said:?}");
    }
    desk.refuses(&["admit", case, DEAN, "--yes", "--later"], 7, "already");
    desk.refuses(
        &["admit", case, "ombuds", "--yes", "--later"],
        7,
        "confidential",
    );
    let said = desk
        .run(&["recuse", case, DEAN, "--yes", "--later"])
        .done()
        .out;
    assert!(said.contains("once a second office says so"), "{said}");
    let gone = desk.run(&["recuse", case, "--yes", "--later"]).done().out;
    assert!(gone.contains("off the case"), "{gone}");
    desk.refuses(
        &["note", case, "--text", "still here", "--later"],
        7,
        "left the case",
    );
    // For itself it may still write why.
    desk.act("note", &["--text", "why we went", "--own"]);
}

#[test]
fn in_a_session_as_well() {
    let desk = Desk::new([Report::default()]);
    let case = desk.cases[0].as_str();
    let lines = format!(
        "triage {case} --unspecific --actionable no --later\nmove {case} under-review --why \"more has come\" --later\nmove {case} nowhere --later\nlock\n"
    );
    let said = desk.run_with(&["unlock"], &lines);
    assert!(said.out.contains("Counted"), "{said:?}");
    assert!(said.out.contains("Under review"), "{said:?}");
    assert!(said.err.contains("no such step"), "{said:?}");
    assert_eq!(said.code, 7);
}

#[test]
fn saved_replies_and_marks() {
    let desk = Desk::new([Report::default()]);
    let case = desk.cases[0].as_str();
    assert!(
        desk.run(&["saved", "list"])
            .done()
            .out
            .contains("no saved replies")
    );
    let kept = desk.run_with(
        &["saved", "keep", "--title", "Thanks", "--json"],
        "Thank you.\n",
    );
    let name = kept.json()["name"].as_str().unwrap()[..8].to_owned();
    desk.run(&[
        "saved",
        "keep",
        "--change",
        &name,
        "--title",
        "Thanks",
        "--text",
        "Thank you for it.",
    ])
    .done();
    let all = desk.run(&["saved", "list", "--json"]).json();
    assert_eq!(all.as_array().unwrap().len(), 1, "{all}");
    assert_eq!(all[0]["text"], "Thank you for it.");
    desk.refuses(
        &["saved", "keep", "--title", " ", "--text", "x"],
        2,
        "title and a text",
    );
    desk.refuses(&["saved", "delete", "ffff"], 2, "no saved reply");
    desk.refuses(
        &["reply", case, "--saved", "ffff", "--later"],
        2,
        "“saved list”",
    );
    desk.run(&["reply", case, "--saved", &name, "--later"])
        .done();
    let shown = desk.run(&["show", case, "--json"]).json();
    assert_eq!(shown["waiting_to_be_sent"][0], "Thank you for it.");
    desk.run(&["saved", "delete", &name]).done();
    assert_eq!(
        desk.run(&["saved", "list", "--json"]).json(),
        Value::Array(Vec::new())
    );

    let unread = || desk.run(&["list", "--unread", "--json"]).json();
    assert_eq!(unread(), Value::Array(Vec::new()));
    assert_eq!(desk.run(&["unread", case, "--json"]).json()["unread"], true);
    assert_eq!(unread().as_array().unwrap().len(), 1);
    desk.refuses(&["unread", "ffff"], 2, "No case begins");
}

#[test]
fn every_command_explains_itself() {
    let desk = Desk::new([]);
    for command in [
        "triage",
        "move",
        "hold",
        "assign",
        "note",
        "intervene",
        "report-back",
        "decide",
        "pass-on",
        "group",
        "admit",
        "transfer",
        "recuse",
        "refer",
        "discard",
        "legal-hold",
        "confirm",
        "timeline",
        "deadlines",
        "list",
        "undiscard",
        "task add",
        "task done",
        "task list",
        "saved list",
        "saved keep",
        "saved delete",
        "unread",
        "reply",
        "show",
        "sync",
        "status",
        "attach list",
        "attach save",
        "export",
        "erase",
        "retention",
        "counters",
        "enter",
        "import",
        "outcomes preview",
    ] {
        let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let help = desk.run(&words).done().out;
        assert!(help.contains("Example"), "{command}: {help}");
        // What every command takes stands apart from what this one takes.
        let (_, everywhere) = help.split_once("Options of every command:").unwrap();
        for option in ["--home", "--passphrase-file", "--json"] {
            assert!(everywhere.contains(option), "{command}: {help}");
        }
        assert!(!help.contains("[default: \"\"]"), "{command}: {help}");
    }
}
