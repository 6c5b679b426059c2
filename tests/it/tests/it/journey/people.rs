//! Those who use the hotline: a reporter at a terminal, an office at its workstation.

use std::{
    cell::Cell,
    fs,
    io::{Read, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use candor_it::{
    binary,
    process::{Ended, FakeClock},
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// How long a command may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// Runs a command to its end, with something on its standard input.
pub fn run(mut command: Command, input: &str) -> Ended {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_owned());
    thread::spawn(move || {
        // Not every command reads its input to the end.
        let _ = stdin.write_all(input.as_bytes());
    });
    let pid = Pid::from_raw(child.id().cast_signed()).unwrap();
    let (sender, ended) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = ended.recv_timeout(PATIENCE) else {
        let _ = kill_process(pid, Signal::KILL);
        panic!("it does not end: {command:?}");
    };
    let output = output.unwrap();
    Ended {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A command of this workspace without what a person's environment might set for it.
pub fn command(name: &str, clock: Option<&FakeClock>) -> Command {
    let mut command = Command::new(binary(name));
    for (variable, _) in std::env::vars_os() {
        let own = variable.to_string_lossy();
        if own.starts_with("CANDOR_") && own != "CANDOR_BIN_DIR" {
            command.env_remove(&variable);
        }
    }
    if let Some(clock) = clock {
        clock.rule(&mut command);
    }
    command
}

/// Asserts an exit code.
#[track_caller]
pub fn ended(ended: Ended, code: i32) -> Ended {
    assert_eq!(ended.code, Some(code), "{}\n{}", ended.out, ended.err);
    ended
}

/// Somebody who reports.
pub struct Reporter {
    /// `HOME`; temporary files would lie in it, too.
    pub home: PathBuf,
    /// Where what they send and save lies: their own business.
    pub files: PathBuf,
    /// The hotline's address.
    pub front: String,
    /// The pin.
    pub pin: PathBuf,
    /// More arguments for every command.
    pub always: Vec<String>,
    /// Their clock.
    pub clock: Option<FakeClock>,
    pub(super) notes: Cell<usize>,
}

/// What filing ends with.
#[derive(Clone, Debug)]
pub struct Filed {
    /// The claim code in words.
    pub code: String,
    /// The same in digits.
    pub digits: String,
    /// The offices that have it.
    pub offices: Vec<String>,
}

impl Reporter {
    /// `candor report` or `candor check`.
    pub fn command(&self, verb: &str) -> Command {
        let mut command = command("candor", self.clock.as_ref());
        command
            .arg(verb)
            .args(["--intake", &self.front])
            .arg("--pin")
            .arg(&self.pin)
            .args(&self.always)
            .current_dir(&self.files)
            .env("HOME", &self.home)
            .env("TMPDIR", self.home.join("tmp"))
            .env_remove("XDG_STATE_HOME");
        command
    }

    /// Writes a file to send, under a name of its own.
    pub fn note(&self, text: &str) -> PathBuf {
        self.notes.set(self.notes.get() + 1);
        let path = self.files.join(format!("note-{}.txt", self.notes.get()));
        fs::write(&path, text).unwrap();
        path
    }

    /// Files a report, whatever comes of it.
    pub fn try_report(&self, topic: &str, text: &str, more: &[&str]) -> Ended {
        let mut command = self.command("report");
        command
            .args(["--yes", "--json", "--topic", topic, "--text-file", "-"])
            .args(more);
        run(command, text)
    }

    /// Files a report.
    #[track_caller]
    pub fn report(&self, topic: &str, text: &str, more: &[&str]) -> Filed {
        Filed::of(&ended(self.try_report(topic, text, more), 0))
    }

    /// Comes back with a code, whatever comes of it.
    pub fn try_check(&self, code: &str, more: &[&str]) -> Ended {
        let mut command = self.command("check");
        command
            .args(["--yes", "--json", "--code-file", "-"])
            .args(more);
        run(command, code)
    }

    /// Comes back with a code.
    #[track_caller]
    pub fn check(&self, code: &str, more: &[&str]) -> Value {
        let done = ended(self.try_check(code, more), 0);
        serde_json::from_str(&done.out).unwrap()
    }

    /// Adds a text.
    #[track_caller]
    pub fn add(&self, code: &str, text: &str, more: &[&str]) -> Value {
        let note = self.note(text);
        let arguments = [&["--add-text", note.to_str().unwrap()], more].concat();
        self.check(code, &arguments)
    }
}

impl Filed {
    /// What `candor report --json` printed.
    pub fn of(ended: &Ended) -> Self {
        let value: Value = serde_json::from_str(&ended.out).unwrap();
        assert_eq!(value["stored"], true);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            code: text(&value["code"]["words"]),
            digits: text(&value["code"]["digits"]),
            offices: texts(&value["recipients"], "office"),
        }
    }
}

/// One field of every entry of a list.
pub fn texts(list: &Value, field: &str) -> Vec<String> {
    let entries = list.as_array().unwrap().iter();
    entries
        .map(|entry| entry[field].as_str().unwrap().to_owned())
        .collect()
}

/// The texts of a conversation's messages, as the reporter or a desk sees it.
pub fn said(messages: &Value) -> Vec<String> {
    let mut said = texts(messages, "text");
    said.retain(|text| !text.is_empty());
    said
}

/// One workstation of an office.
#[derive(Clone)]
pub struct Workstation {
    /// The desk's folder.
    pub home: PathBuf,
    /// The file with its passphrase.
    pub passphrase: PathBuf,
    /// Its clock.
    pub clock: Option<FakeClock>,
}

impl Workstation {
    /// A command of the desk, whatever comes of it.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        run(self.command(arguments), "")
    }

    /// A command of the desk.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command("candor-desk", self.clock.as_ref());
        command
            .arg("--home")
            .arg(&self.home)
            .arg("--passphrase-file")
            .arg(&self.passphrase)
            .args(arguments)
            // Of a person's settings, only those of this test count.
            .env("HOME", self.home.parent().unwrap())
            .env("TMPDIR", self.home.join("tmp"));
        command
    }

    /// A command that goes well, its answer as JSON.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let done = self.run(&[&["--json"], arguments].concat());
        assert_eq!(
            done.code,
            Some(0),
            "{arguments:?}\n{}\n{}",
            done.out,
            done.err
        );
        serde_json::from_str(&done.out).unwrap()
    }

    /// Fetches and sends.
    #[track_caller]
    pub fn sync(&self) -> Value {
        self.json(&["sync"])
    }

    /// The cases, the newest first.
    #[track_caller]
    pub fn cases(&self) -> Vec<Value> {
        self.json(&["list"]).as_array().unwrap().clone()
    }

    /// The id of the only case.
    #[track_caller]
    pub fn only_case(&self) -> String {
        let cases = self.cases();
        assert_eq!(cases.len(), 1, "{cases:?}");
        cases[0]["id"].as_str().unwrap().to_owned()
    }

    /// A case.
    #[track_caller]
    pub fn show(&self, case: &str) -> Value {
        self.json(&["show", case])
    }

    /// What was said in a case.
    #[track_caller]
    pub fn said(&self, case: &str) -> Vec<String> {
        said(&self.show(case)["conversation"])
    }

    /// Answers, and sends it.
    #[track_caller]
    pub fn reply(&self, case: &str, text: &str, files: &[&Path]) -> Value {
        let mut arguments = vec!["reply", case, "--text", text];
        for file in files {
            arguments.extend(["--attach", file.to_str().unwrap()]);
        }
        let sent = self.json(&arguments);
        assert_eq!(sent["sent"], true, "{sent}");
        sent
    }

    /// Saves a file of a case and gives its bytes.
    #[track_caller]
    pub fn attachment(&self, case: &str, number: usize, to: &Path) -> Vec<u8> {
        let (number, to) = (number.to_string(), to.to_str().unwrap());
        let saved = self.json(&["attach", "save", case, &number, "--to", to]);
        fs::read(saved["path"].as_str().unwrap()).unwrap()
    }
}

/// A command that asks, and somebody who answers it.
pub struct Dialogue {
    child: Child,
    stdin: Option<ChildStdin>,
    said: Arc<Mutex<String>>,
    out: Arc<Mutex<String>>,
    readers: Vec<thread::JoinHandle<()>>,
}

impl Dialogue {
    /// Starts it.
    pub fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (said, out) = (Arc::default(), Arc::default());
        let readers = vec![
            listen(child.stderr.take().unwrap(), Arc::clone(&said)),
            listen(child.stdout.take().unwrap(), Arc::clone(&out)),
        ];
        Self {
            stdin: child.stdin.take(),
            child,
            said,
            out,
            readers,
        }
    }

    /// Waits until it has said something; what it said before the last answer does not count.
    #[track_caller]
    pub fn hear(&self, words: &str) {
        let begun = Instant::now();
        loop {
            let said = self.said.lock().unwrap().clone();
            if said
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .contains(words)
            {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{words}: {said}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Its results so far.
    pub fn out(&self) -> String {
        self.out.lock().unwrap().clone()
    }

    /// Answers with a line.
    pub fn answer(&mut self, line: &str) {
        self.said.lock().unwrap().clear();
        self.write(&format!("{line}\n"));
    }

    /// Writes to its standard input.
    pub fn write(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(text.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    /// The end of input; waits for it to end.
    #[track_caller]
    pub fn end(mut self) -> Ended {
        drop(self.stdin.take());
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "{}", self.said.lock().unwrap());
            thread::sleep(Duration::from_millis(20));
        };
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        Ended {
            code: status.code(),
            out: self.out.lock().unwrap().clone(),
            err: self.said.lock().unwrap().clone(),
        }
    }
}

impl Drop for Dialogue {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen(
    mut from: impl Read + Send + 'static,
    into: Arc<Mutex<String>>,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(len @ 1..) = from.read(&mut bytes) {
            into.lock()
                .unwrap()
                .push_str(&String::from_utf8_lossy(&bytes[..len]));
        }
    })
}
