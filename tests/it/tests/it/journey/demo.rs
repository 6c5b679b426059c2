//! `candor demo`: one command to a working hotline.

use std::{
    cell::Cell,
    fs,
    net::{SocketAddr, TcpStream},
    path::Path,
    process::Command,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use candor_it::Process;
use rustix::process::Signal;

use super::{
    DEAN, Reporter, TITLE_IX, Workstation,
    people::{command, ended, run, said},
};

const PATIENCE: Duration = Duration::from_secs(300);

/// Demonstrations that are set up at the same time would choose the same ports.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

struct Demo {
    folder: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Demo {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            _turn: ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    fn command(&self) -> Command {
        let mut command = command("candor", None);
        command
            .args(["demo", "--dir", "hotline"])
            .current_dir(self.folder.path());
        command
    }

    /// Starts it and waits until it runs.
    fn start(&self) -> Process {
        let mut process = Process::spawn_command("candor", self.command());
        let begun = Instant::now();
        while !process.stdout().contains("Ctrl-C ends the demonstration") {
            let waits = process.is_running() && begun.elapsed() < PATIENCE;
            assert!(waits, "{}", process.said());
            thread::sleep(Duration::from_millis(100));
        }
        process
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join("hotline").join(name)
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        let state = fs::read_to_string(self.path("demo.toml")).unwrap();
        let state: toml::Table = toml::from_str(&state).unwrap();
        ["intake", "gateway", "desk"]
            .map(|name| {
                let port = state["ports"][name].as_integer().unwrap();
                SocketAddr::from(([127, 0, 0, 1], u16::try_from(port).unwrap()))
            })
            .to_vec()
    }

    fn reporter(&self, always: &[&str]) -> Reporter {
        let home = self.folder.path().join("student");
        fs::create_dir_all(home.join("tmp")).unwrap();
        Reporter {
            files: home.clone(),
            home,
            front: format!("http://{}", self.addresses()[0]),
            pin: self.path("school/public/pin.json"),
            always: always.iter().map(|&a| a.to_owned()).collect(),
            clock: None,
            notes: Cell::new(0),
        }
    }

    fn desk(&self, office: &str) -> Workstation {
        Workstation {
            home: self.path("desks").join(office),
            passphrase: self.path("passphrase.txt"),
            clock: None,
        }
    }

    /// Waits until nobody listens any more.
    #[track_caller]
    fn await_silence(&self) {
        let begun = Instant::now();
        while let Some(at) = self
            .addresses()
            .into_iter()
            .find(|at| TcpStream::connect(at).is_ok())
        {
            assert!(begun.elapsed() < PATIENCE, "somebody still listens at {at}");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Processes whose command line names a folder.
fn processes_of(folder: &Path) -> Vec<String> {
    let name = folder.to_str().unwrap();
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries
        .filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(name))
        .collect()
}

#[test]
fn the_demonstration_works_resumes_and_leaves_nothing_running() {
    let demo = Demo::new();
    let mut first = demo.start();
    let said_first = first.stdout();
    assert!(
        said_first.contains("THIS IS A DEMONSTRATION"),
        "{said_first}"
    );
    let flag = ["--demonstration"];
    let reporter = demo.reporter(&flag);
    let filed = reporter.report("sexual-misconduct", "Filed at the first start.", &[]);
    assert_eq!(filed.offices, [TITLE_IX]);
    let more = ["--answer", "sexual=no"];
    let concern = reporter.report("student-concern", "For the deans.", &more);
    assert!(concern.offices.contains(&DEAN.to_owned()), "{concern:?}");

    // The commands that it prints are those that work.
    let (title_ix, dean) = (demo.desk(TITLE_IX), demo.desk(DEAN));
    title_ix.sync();
    assert_eq!(
        title_ix.said(&title_ix.only_case()),
        ["Filed at the first start."]
    );
    dean.sync();
    dean.reply(&dean.only_case(), "From the Dean.", &[]);
    for printed in [
        "candor report --intake",
        "candor desk --home",
        "candor check --intake",
    ] {
        assert!(said_first.contains(printed), "{printed}: {said_first}");
    }
    // In two processes with folders of their own.
    let running = processes_of(demo.folder.path());
    assert_eq!(running.len(), 2, "{running:?}");

    // A second one in the same folder is refused, and does not disturb the first.
    let refused = run(demo.command(), "");
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    assert!(refused.err.contains("is in use"), "{}", refused.err);
    assert_eq!(
        reporter.check(&filed.code, &[])["offices"][0]["state"],
        "received"
    );

    // Ctrl-C ends everything, well.
    first.signal(Signal::INT);
    let status = first.wait();
    assert!(status.success(), "{}", first.said());
    demo.await_silence();
    assert_eq!(processes_of(demo.folder.path()), Vec::<String>::new());

    // It goes on where it was.
    let mut second = demo.start();
    assert!(
        second.stdout().contains("Going on with"),
        "{}",
        second.said()
    );
    let reporter = demo.reporter(&flag);
    let read = reporter.check(&concern.code, &[]);
    assert_eq!(said(&read["messages"]), ["From the Dean."]);
    reporter.add(&filed.code, "Added at the second.", &[]);
    title_ix.sync();
    assert_eq!(
        title_ix.said(&title_ix.only_case()),
        ["Filed at the first start.", "Added at the second."]
    );

    // Killed the hard way, it leaves no server behind.
    assert_eq!(processes_of(demo.folder.path()).len(), 2);
    second.kill();
    demo.await_silence();
    let begun = Instant::now();
    while !processes_of(demo.folder.path()).is_empty() {
        assert!(
            begun.elapsed() < PATIENCE,
            "{:?}",
            processes_of(demo.folder.path())
        );
        thread::sleep(Duration::from_millis(50));
    }
    let mut third = demo.start();
    let read = demo.reporter(&flag).check(&filed.code, &[]);
    assert_eq!(read["offices"][0]["state"], "received");

    // Its keys are refused wherever a demonstration is not meant.
    for verb in ["report", "check"] {
        let refused = run(demo.reporter(&[]).command(verb), "");
        assert_eq!(refused.code, Some(2), "{}", refused.err);
        assert!(refused.err.contains("--demonstration"), "{}", refused.err);
    }
    let public = demo.path("school/public");
    let verify = |more: &[&str]| {
        let mut command = command("candor", None);
        command
            .args(["keys", "verify", "--public"])
            .arg(&public)
            .arg("--pin")
            .arg(public.join("pin.json"))
            .args(more);
        run(command, "")
    };
    let refused = ended(verify(&[]), 1);
    assert!(refused.err.contains("demonstration"), "{}", refused.err);
    ended(verify(&flag), 0);
    assert!(third.terminate().success() || !third.is_running());
    demo.await_silence();
}

#[test]
fn a_demonstration_is_only_set_up_in_a_folder_of_its_own() {
    let demo = Demo::new();
    let folder = demo.folder.path().join("hotline");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("thesis.txt"), "mine").unwrap();
    let refused = run(demo.command(), "");
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    assert!(
        refused.err.contains("is not a demonstration"),
        "{}",
        refused.err
    );
    assert_eq!(
        fs::read_to_string(folder.join("thesis.txt")).unwrap(),
        "mine"
    );
    // What an interrupted set-up left behind is made anew.
    fs::remove_file(folder.join("thesis.txt")).unwrap();
    let interrupted = Process::spawn_command("candor", demo.command());
    while !folder.join("school/instance.json").exists() {
        thread::sleep(Duration::from_millis(5));
    }
    drop(interrupted);
    let mut command = demo.command();
    command.arg("--setup-only");
    let done = ended(run(command, ""), 0);
    assert!(done.out.contains("Two root keys"), "{}", done.out);
    demo.await_silence();
}
