//! `candor demo`: one command to a working hotline.

use std::{
    cell::{Cell, RefCell},
    fs,
    net::{SocketAddr, TcpStream},
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use candor_it::Process;
use rustix::process::Signal;

use super::{
    DEAN, OMBUDS, Reporter, TITLE_IX, Workstation,
    people::{Dialogue, command, ended, run, said},
};

const PATIENCE: Duration = Duration::from_secs(300);

struct Demo {
    folder: tempfile::TempDir,
}

/// The addresses for a browser, in the order in which they are printed.
struct Addresses {
    reporter: String,
    title_ix: String,
    dean: String,
}

impl Addresses {
    fn of(printed: &str) -> Self {
        let after = |name: &str| {
            let rest = printed
                .lines()
                .rev()
                .find_map(|line| line.trim().strip_prefix(name))
                .unwrap_or_else(|| panic!("{name}: {printed}"));
            rest.trim().to_owned()
        };
        Self {
            reporter: after("Reporter app"),
            title_ix: after("Title IX desk"),
            dean: after("Dean for Students' desk"),
        }
    }
}

/// Somebody's browser, as far as requests and cookies go.
struct Browser {
    cookies: tempfile::TempDir,
    /// Where the last redirect ended.
    address: RefCell<String>,
}

impl Browser {
    fn new() -> Self {
        Self {
            cookies: tempfile::tempdir().unwrap(),
            address: RefCell::default(),
        }
    }

    /// The status and the page at an address, redirects followed.
    fn open(&self, url: &str) -> (String, String) {
        let jar = self.cookies.path().join("jar");
        let mut curl = Command::new("curl");
        curl.args(["--noproxy", "*", "--silent", "--show-error", "--location"])
            .args(["--write-out", "%{stderr}%{http_code} %{url_effective}"])
            .arg("--cookie")
            .arg(&jar)
            .arg("--cookie-jar")
            .arg(&jar)
            .arg(url);
        let ended = ended(run(curl, ""), 0);
        let (status, address) = ended.err.split_once(' ').unwrap();
        address.clone_into(&mut self.address.borrow_mut());
        (status.to_owned(), ended.out)
    }

    /// Opens an address until its page has these words: desks fetch by themselves.
    #[track_caller]
    fn await_words(&self, url: &str, words: &str) {
        let (begun, mut at) = (Instant::now(), url.to_owned());
        loop {
            let (status, page) = self.open(&at);
            assert_eq!(status, "200", "{page}");
            if page.contains(words) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{words}: {page}");
            thread::sleep(Duration::from_millis(200));
            // A launch address leads on, and only once.
            at = self.address.borrow().clone();
        }
    }
}

impl Demo {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
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
    // The three addresses work at once; a desk's opens it one time.
    let addresses = Addresses::of(&said_first);
    let (status, page) = Browser::new().open(&addresses.reporter);
    assert!(status == "200" && page.contains("/help.html"), "{page}");
    let (title_ix, dean) = (Browser::new(), Browser::new());
    for (browser, url) in [(&title_ix, &addresses.title_ix), (&dean, &addresses.dean)] {
        browser.await_words(url, "no reports");
        let (status, page) = Browser::new().open(url);
        assert!(status.starts_with('4') && !page.contains("Inbox"), "{page}");
    }

    let flag = ["--demonstration"];
    let reporter = demo.reporter(&flag);
    let filed = reporter.report("sexual-misconduct", "Filed at the first start.", &[]);
    assert_eq!(filed.offices, [TITLE_IX]);
    let more = ["--answer", "sexual=no"];
    let concern = reporter.report("student-concern", "For the deans.", &more);
    assert!(concern.offices.contains(&DEAN.to_owned()), "{concern:?}");
    let talk = reporter.report("ombuds", "In confidence.", &[]);
    assert_eq!(talk.offices, [OMBUDS]);
    // What was filed appears at the desks by itself.
    for browser in [&title_ix, &dean] {
        let inbox = browser.address.borrow().clone();
        browser.await_words(&inbox, "1 report,");
    }

    // The commands that it prints are those that work.
    let ombuds = demo.desk(OMBUDS);
    ombuds.sync();
    assert_eq!(ombuds.said(&ombuds.only_case()), ["In confidence."]);
    ombuds.reply(&ombuds.only_case(), "From the Ombuds Office.", &[]);
    for printed in [
        "candor report --intake",
        "candor desk --home",
        "candor check --intake",
    ] {
        assert!(said_first.contains(printed), "{printed}: {said_first}");
    }
    // A desk whose pages are open is not for commands, as the guide says.
    let refused = ended(demo.desk(TITLE_IX).run(&["list"]), 4);
    assert!(
        refused.err.contains("Another candor-desk is using"),
        "{}",
        refused.err
    );
    // In four processes with folders of their own.
    let running = processes_of(demo.folder.path());
    assert_eq!(running.len(), 4, "{running:?}");

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

    // Then commands work at those desks, too: what the pages had fetched is there.
    let desk = demo.desk(TITLE_IX);
    assert_eq!(desk.said(&desk.only_case()), ["Filed at the first start."]);

    // It goes on where it was.
    let mut second = demo.start();
    assert!(
        second.stdout().contains("Going on with"),
        "{}",
        second.said()
    );
    let reporter = demo.reporter(&flag);
    let read = reporter.check(&talk.code, &[]);
    assert_eq!(said(&read["messages"]), ["From the Ombuds Office."]);
    reporter.add(&talk.code, "Added at the second.", &[]);
    ombuds.sync();
    assert_eq!(
        ombuds.said(&ombuds.only_case()),
        [
            "In confidence.",
            "From the Ombuds Office.",
            "Added at the second."
        ]
    );
    let address = Addresses::of(&second.stdout()).title_ix;
    Browser::new().await_words(&address, "1 report,");

    // Killed the hard way, it leaves no server behind.
    assert_eq!(processes_of(demo.folder.path()).len(), 4);
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
fn demonstrations_beside_each_other_do_not_meet() {
    // All look for ports at the same moment.
    let demos: [Demo; 3] = std::array::from_fn(|_| Demo::new());
    let running = demos.each_ref().map(|demo| {
        let mut command = demo.command();
        command.arg("--setup-only");
        Process::spawn_command("candor", command)
    });
    for mut process in running {
        let status = process.wait();
        assert!(status.success(), "{}", process.said());
    }
    let mut ports: Vec<_> = demos.iter().flat_map(Demo::addresses).collect();
    ports.sort();
    ports.dedup();
    assert_eq!(ports.len(), 9, "{ports:?}");
}

#[test]
fn enter_prints_new_addresses() {
    let demo = Demo::new();
    let mut terminal = Dialogue::start(demo.command());
    let printed = |terminal: &Dialogue, count: usize| {
        let begun = Instant::now();
        loop {
            let out = terminal.out();
            if out.matches("/launch?token=").count() == count {
                return Addresses::of(&out);
            }
            assert!(begun.elapsed() < PATIENCE, "{out}");
            thread::sleep(Duration::from_millis(50));
        }
    };
    let first = printed(&terminal, 2);
    terminal.write("\n");
    let second = printed(&terminal, 4);
    assert_ne!(first.title_ix, second.title_ix);
    for url in [&first.title_ix, &second.title_ix, &second.dean] {
        Browser::new().await_words(url, "no reports");
    }
    drop(terminal);
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
