//! Intake, relay and two desks as processes of their own.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::PathBuf,
    process::{Child, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use super::{
    folder::DemoFolder,
    guide,
    ports::{Held, Ports, Turn},
    program::Program,
};

/// How long a server may take to say something.
const START: Duration = Duration::from_secs(60);
/// How often to look whether a server is still there.
const LOOK: Duration = Duration::from_millis(300);
/// How many looks a server has to end after it was asked.
const LOOKS_TO_END: u32 = 40;
/// The desks whose pages are served: office, what people call it, and the usual port.
const DESKS: [(&str, &str, u16); 2] = [
    ("title-ix", "Title IX desk", 8483),
    ("dean-for-students", "Dean for Students' desk", 8484),
];
/// What begins the line with a desk's address.
const OPEN: &str = "open ";

/// The running servers. Dropping them ends them.
pub struct Services {
    children: Vec<Server>,
}

/// A desk's name, and an address that opens it once.
pub struct DeskAddress {
    /// What people call the desk.
    pub name: &'static str,
    /// Good for one visit.
    pub url: String,
}

struct Server {
    name: &'static str,
    child: Child,
    lines: Receiver<String>,
    log: PathBuf,
}

/// What `wait` waits for.
enum Asked {
    /// Ctrl-C.
    End,
    /// Enter.
    Addresses,
}

impl Services {
    /// Starts intake and relay, and waits until they listen.
    pub fn start(program: &Program, folder: &DemoFolder, held: Held) -> Result<Self> {
        let mut services = Self {
            children: Vec::new(),
        };
        let _turn = held.release();
        for (role, listeners) in [("relay", 2), ("intake", 1)] {
            let home = folder.join(role);
            let config = home.join(format!("{role}.toml"));
            let mut arguments = ["serve-role", role, "--config"]
                .map(OsString::from)
                .to_vec();
            arguments.push(config.into());
            let server = services.launch(program, role, home.join("log.txt"), &arguments)?;
            for _ in 0..listeners {
                server.line("listening ")?;
            }
        }
        Ok(services)
    }

    /// Opens the desks' pages. Gives an address for each.
    pub fn open_desks(
        &mut self,
        program: &Program,
        folder: &DemoFolder,
    ) -> Result<Vec<DeskAddress>> {
        let _turn = Turn::take();
        DESKS
            .into_iter()
            .map(|(office, name, usual)| {
                let log = folder.join("desks").join(format!("{office}.log.txt"));
                let arguments: [OsString; 11] = [
                    "desk".into(),
                    "--home".into(),
                    folder.desk(office).into(),
                    "--passphrase-file".into(),
                    folder.passphrase_file().into(),
                    "serve".into(),
                    "--port".into(),
                    Ports::for_pages(usual).to_string().into(),
                    // A newcomer reads before clicking.
                    "--launch-minutes".into(),
                    "1440".into(),
                    "--end-with-stdin".into(),
                ];
                let server = self.launch(program, name, log, &arguments)?;
                server.line("listening ")?;
                let url = server.line(OPEN)?;
                Ok(DeskAddress { name, url })
            })
            .collect()
    }

    /// Asks the desks for new addresses.
    fn new_addresses(&mut self) -> Result<Vec<DeskAddress>> {
        let desks = self.children.iter_mut().filter(|server| server.is_desk());
        desks
            .map(|desk| {
                if let Some(input) = &mut desk.child.stdin {
                    input.write_all(b"\n")?;
                    input.flush()?;
                }
                Ok(DeskAddress {
                    name: desk.name,
                    url: desk.line(OPEN)?,
                })
            })
            .collect()
    }

    fn launch(
        &mut self,
        program: &Program,
        name: &'static str,
        log: PathBuf,
        arguments: &[OsString],
    ) -> Result<&Server> {
        let mut child = program
            .command(arguments)
            // Held open for as long as this process lives: see `end_with_the_parent`.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()
            .with_context(|| format!("The {name} could not be started"))?;
        let stdout = child.stdout.take();
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            // Read to the end, whether anybody listens or not: a full pipe would stop the server.
            for line in BufReader::new(stdout?).lines() {
                let _ = sender.send(line.ok()?);
            }
            Some(())
        });
        self.children.push(Server {
            name,
            child,
            lines,
            log,
        });
        self.children.last().context("just pushed")
    }

    /// Waits for Ctrl-C, or for a server to end by itself, and ends all. Enter gives new
    /// addresses for the desks.
    pub fn wait(&mut self) -> Result<()> {
        let (sender, asked) = mpsc::channel();
        let enter = sender.clone();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .ok()?;
            let _ = runtime.block_on(tokio::signal::ctrl_c());
            sender.send(Asked::End).ok()
        });
        thread::spawn(move || -> Option<()> {
            // Without a terminal there is nobody to press Enter, which ends nothing.
            loop {
                candor_desk::prompt::wait_for_foreground();
                std::io::stdin().lines().next()?.ok()?;
                enter.send(Asked::Addresses).ok()?;
            }
        });
        loop {
            match asked.recv_timeout(LOOK) {
                Ok(Asked::End) => return self.end(),
                Ok(Asked::Addresses) => guide::addresses(&self.new_addresses()?),
                Err(_) => {}
            }
            for server in &mut self.children {
                if let Some(status) = server.child.try_wait()? {
                    // Ctrl-C reaches the servers too, and may reach them first.
                    if matches!(asked.recv_timeout(LOOK), Ok(Asked::End)) {
                        return self.end();
                    }
                    let (name, log) = (server.name, server.log.clone());
                    let _ = self.stop();
                    bail!(
                        "The {name} ended by itself ({status}); {} says why",
                        log.display()
                    );
                }
            }
        }
    }

    fn end(&mut self) -> Result<()> {
        guide::say("\nEnding the demonstration.");
        self.stop()
    }

    /// Ends all servers and waits for them.
    pub fn stop(&mut self) -> Result<()> {
        // Those that were started last first, so that nothing reaches a relay that is ending.
        for Server { name, child, .. } in self.children.iter_mut().rev() {
            // Closing its standard input asks it to end.
            drop(child.stdin.take());
            let mut ended = child.try_wait()?.is_some();
            for _ in 0..LOOKS_TO_END {
                if ended {
                    break;
                }
                thread::sleep(LOOK);
                ended = child.try_wait()?.is_some();
            }
            if !ended {
                guide::say(&format!("The {name} takes too long and is killed."));
                child.kill()?;
                child.wait()?;
            }
        }
        self.children.clear();
        Ok(())
    }
}

impl Server {
    fn is_desk(&self) -> bool {
        DESKS.iter().any(|(_, name, _)| *name == self.name)
    }

    /// Waits for the next line that begins like this, and gives the rest of it.
    fn line(&self, beginning: &str) -> Result<String> {
        loop {
            let Ok(line) = self.lines.recv_timeout(START) else {
                let log = fs::read_to_string(&self.log).unwrap_or_default();
                bail!("The {} did not start. {}", self.name, log.trim());
            };
            if let Some(rest) = line.strip_prefix(beginning) {
                return Ok(rest.to_owned());
            }
        }
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

/// Ends this process, as if it had been asked to, when its standard input closes: when whoever
/// started it is gone, however that came.
pub fn end_with_the_parent() {
    thread::spawn(|| {
        let mut byte = [0];
        let mut input = std::io::stdin();
        while input.read(&mut byte).is_ok_and(|read| read > 0) {}
        candor_service::ask_to_stop();
    });
}
