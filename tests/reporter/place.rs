//! A hotline, and a computer with nothing on it but the pin.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::SystemTime,
};

use candor_sealing::{ClaimCode, ReporterSecrets, message::ReplyContent, open::Opened};
use candor_wire::Day;
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    peer::{self, Desk, Peer, ReplyTo},
    support,
};

/// Marks what must not be found where it does not belong.
pub const CANARY: &str = "canary-5be1";

/// A hotline, and a computer with nothing on it but the pin.
pub struct Place {
    pub peer: Peer,
    pub home: TempDir,
    pub pin: PathBuf,
    /// Settings of the computer, such as `LANG`.
    pub settings: Vec<(&'static str, &'static str)>,
    _pins: TempDir,
}

/// What a command ended with.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Place {
    pub fn new() -> Self {
        let pins = tempfile::tempdir().unwrap();
        let pin = pins.path().join("pin.json");
        fs::write(&pin, support::pin().to_json().unwrap()).unwrap();
        Self {
            peer: Peer::start_on(Day::of(SystemTime::now())),
            home: tempfile::tempdir().unwrap(),
            pin,
            settings: Vec::new(),
            _pins: pins,
        }
    }

    pub fn run(&self, command: &str, arguments: &[&str], input: &str) -> Ran {
        self.run_at(&self.peer.url(), command, arguments, input)
    }

    /// The same with another address.
    pub fn run_at(&self, intake: &str, command: &str, arguments: &[&str], input: &str) -> Ran {
        let program = Command::new(env!("CARGO_BIN_EXE_candor"));
        self.run_by(program, intake, command, arguments, input)
    }

    /// The same by a program that runs it.
    pub fn run_by(
        &self,
        mut program: Command,
        intake: &str,
        command: &str,
        arguments: &[&str],
        input: &str,
    ) -> Ran {
        let mut child = program
            .arg(command)
            .args(["--intake", intake, "--tries", "2", "--pin"])
            .arg(&self.pin)
            .args(arguments)
            .current_dir(self.home.path())
            .env_clear()
            .envs(self.settings.iter().copied())
            .env("HOME", self.home.path())
            .env("TMPDIR", self.home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let written = child.stdin.take().unwrap().write_all(input.as_bytes());
        // A program that ends early does not read everything.
        drop(written);
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What the report in an envelope says, as its office opens it.
    pub fn said(&self, office: &str, envelope: usize) -> Value {
        let envelope = &self.peer.envelopes()[envelope];
        match Desk::of(office).open(envelope) {
            Some(Opened::Report(report)) => serde_json::from_str(&report.header.content).unwrap(),
            Some(Opened::FollowUp(more)) => serde_json::from_str(&more.header.content).unwrap(),
            _ => panic!("{office} cannot open it"),
        }
    }

    /// Writes a file on the computer.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// Puts an office's reply where the reporter finds it.
    pub fn reply(&self, office: &str, code: &str, content: &ReplyContent) {
        let desk = Desk::of(office);
        let to = ReplyTo::of(&desk, &self.peer.envelopes()[0]);
        let sealed = desk.reply(&to, (0, 1), None, content);
        let code: ClaimCode = code.parse().unwrap();
        let secrets = ReporterSecrets::derive(&code, &support::instance());
        let mut memory = self.peer.shared.memory.lock().unwrap();
        memory
            .drops
            .insert(peer::place(&secrets, 0, 1), (desk.office, sealed));
    }

    /// Every file on the computer.
    pub fn files(&self) -> Vec<PathBuf> {
        fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    collect(&path, found);
                } else {
                    found.push(path);
                }
            }
        }
        let mut found = Vec::new();
        collect(self.home.path(), &mut found);
        found
    }

    pub fn report(&self, arguments: &[&str], text: &str) -> Ran {
        let mut all = vec![
            "--yes",
            "--json",
            "--topic",
            "sexual-misconduct",
            "--text-file",
            "-",
        ];
        all.extend(arguments);
        self.run("report", &all, text)
    }
}

pub fn code(ran: &Ran) -> String {
    assert_eq!(ran.code, 0, "{}", ran.err);
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    json["code"]["words"].as_str().unwrap().to_owned()
}
