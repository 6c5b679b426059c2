//! One process of the system under test.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fmt::Write as _,
    io::{BufRead as _, BufReader, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// How long a process may take to start or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A binary of the workspace.
///
/// # Panics
/// If it was not built.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    let folder = std::env::var_os("CANDOR_BIN_DIR").map_or_else(
        || {
            let test = std::env::current_exe().unwrap();
            // target/<profile>/deps/<test>
            test.ancestors().nth(2).unwrap().to_owned()
        },
        PathBuf::from,
    );
    let file = folder
        .join(name)
        .with_extension(std::env::consts::EXE_EXTENSION);
    assert!(
        file.is_file(),
        "{} is not there; build it with `cargo build --workspace --bins`",
        file.display()
    );
    file
}

/// A running process with all it has said so far.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    out: Arc<Mutex<Vec<u8>>>,
    err: Arc<Mutex<Vec<u8>>>,
    readers: Vec<thread::JoinHandle<()>>,
}

impl Process {
    /// Starts a binary of the workspace.
    pub fn spawn<A: AsRef<OsStr>>(name: &str, arguments: impl IntoIterator<Item = A>) -> Self {
        let mut command = Command::new(binary(name));
        command.args(arguments);
        Self::spawn_command(name, command)
    }

    /// Starts a command; its standard input is closed.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn spawn_command(name: &str, mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        let (out, err) = (Arc::default(), Arc::default());
        let readers = vec![
            collect(child.stdout.take().unwrap(), Arc::clone(&out)),
            collect(child.stderr.take().unwrap(), Arc::clone(&err)),
        ];
        Self {
            name: name.to_owned(),
            child,
            out,
            err,
            readers,
        }
    }

    /// Waits until each of these listeners has said where it is.
    ///
    /// # Panics
    /// If the process ends first, or takes too long.
    pub fn listening(&mut self, names: &[&str]) -> BTreeMap<String, SocketAddr> {
        let begun = Instant::now();
        loop {
            let found = self.announced();
            if names.iter().all(|name| found.contains_key(*name)) {
                return found;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && begun.elapsed() < PATIENCE,
                "{} does not listen ({ended:?}):\n{}",
                self.name,
                self.said()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn announced(&self) -> BTreeMap<String, SocketAddr> {
        self.stdout()
            .lines()
            .filter_map(|line| {
                let (name, url) = line.strip_prefix("listening ")?.split_once(' ')?;
                let (_, address) = url.split_once("://")?;
                Some((name.to_owned(), address.parse().ok()?))
            })
            .collect()
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.child.id().cast_signed()) {
            let _ = kill_process(pid, signal);
        }
    }

    /// Ends the process the hard way, and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
    }

    /// Asks the process to end and waits for it.
    ///
    /// # Panics
    /// If it takes too long.
    pub fn terminate(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait()
    }

    /// Waits for the process to end by itself.
    ///
    /// # Panics
    /// If it takes too long.
    pub fn wait(&mut self) -> ExitStatus {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if begun.elapsed() > PATIENCE {
                self.kill();
                panic!("{} does not end:\n{}", self.name, self.said());
            }
            thread::sleep(Duration::from_millis(5));
        };
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
        status
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// What it wrote to standard output.
    #[must_use]
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.out.lock().unwrap()).into_owned()
    }

    /// What it wrote to standard error.
    #[must_use]
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.err.lock().unwrap()).into_owned()
    }

    /// Everything it wrote.
    #[must_use]
    pub fn said(&self) -> String {
        let mut text = String::new();
        for (kind, said) in [("out", self.stdout()), ("err", self.stderr())] {
            for line in said.lines() {
                let _ = writeln!(text, "{} {kind}| {line}", self.name);
            }
        }
        text
    }

    /// Peak resident memory in KiB, where the system tells.
    #[must_use]
    pub fn peak_memory_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().trim_end_matches(" kB").trim().parse().ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A clock that a test can set while processes run by it. Their monotonic clock stays true.
#[derive(Clone, Debug)]
pub struct FakeClock {
    file: PathBuf,
    library: OsString,
}

impl FakeClock {
    /// A clock kept in a file. `offset` is as faketime takes it, such as `+365d`.
    ///
    /// # Panics
    /// If faketime is missing.
    #[must_use]
    pub fn new(file: PathBuf, offset: &str) -> Self {
        // Preloaded here rather than by the `faketime` program, which would stand between a
        // process and its signals; that program only says where its library is.
        let found = Command::new("faketime")
            .args(["-m", "-f", "+0d", "printenv", "LD_PRELOAD"])
            .output()
            .expect("faketime can be run; it is in the package of that name");
        let library = String::from_utf8(found.stdout).unwrap().trim().into();
        let clock = Self { file, library };
        clock.set(offset);
        clock
    }

    /// Sets the clock; processes see it within a second.
    ///
    /// # Panics
    /// If the file cannot be written.
    pub fn set(&self, offset: &str) {
        // Moved into place, so that no process reads half of it.
        let fresh = self.file.with_extension("new");
        std::fs::write(&fresh, format!("{offset}\n")).unwrap();
        std::fs::rename(fresh, &self.file).unwrap();
    }

    /// Makes a command run by this clock.
    pub fn rule(&self, command: &mut Command) {
        forget_clocks_of_the_dead();
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.file)
            .env("FAKETIME_CACHE_DURATION", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("NO_FAKE_STAT", "1");
    }
}

/// A killed process leaves behind what faketime shared under its number, and a later process of
/// that number would take its time from there.
fn forget_clocks_of_the_dead() {
    for entry in std::fs::read_dir("/dev/shm")
        .into_iter()
        .flatten()
        .flatten()
    {
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| {
            name.strip_prefix("faketime_shm_")
                .or_else(|| name.strip_prefix("sem.faketime_sem_"))
        });
        if number.is_some_and(|number| !Path::new("/proc").join(number).exists()) {
            // Another test may have been quicker.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// What a command that ended has said.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs a binary of the workspace to its end.
pub fn run<A: AsRef<OsStr>>(name: &str, arguments: impl IntoIterator<Item = A>) -> Ended {
    let mut process = Process::spawn(name, arguments);
    let status = process.wait();
    Ended {
        code: status.code(),
        out: process.stdout(),
        err: process.stderr(),
    }
}

/// Whether a program is on the path, or where administrators' programs are.
#[must_use]
pub fn has_program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(|folder| Path::new(folder).to_owned()))
        .any(|folder| folder.join(name).is_file())
}

fn collect(from: impl Read + Send + 'static, into: Arc<Mutex<Vec<u8>>>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while matches!(from.read_until(b'\n', &mut line), Ok(n) if n > 0) {
            into.lock().unwrap().append(&mut line);
        }
    })
}
