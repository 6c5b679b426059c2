//! Intake and relay as processes of their own.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    net::TcpListener,
    process::{Child, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use super::{folder::DemoFolder, guide, program::Program};

/// How long a server may take to listen.
const START: Duration = Duration::from_secs(60);
/// How often to look whether a server is still there.
const LOOK: Duration = Duration::from_millis(300);
/// How many looks a server has to end after it was asked.
const LOOKS_TO_END: u32 = 40;

/// The running servers. Dropping them ends them.
pub struct Services {
    children: Vec<(&'static str, Child)>,
}

impl Services {
    /// Starts both and waits until they listen.
    pub fn start(program: &Program, folder: &DemoFolder) -> Result<Self> {
        let ports = folder.ports();
        for (name, port) in [
            ("intake", ports.intake),
            ("relay", ports.gateway),
            ("relay's desk side", ports.desk),
        ] {
            TcpListener::bind(("127.0.0.1", port)).with_context(|| {
                format!(
                    "Port {port} for the {name} is in use; end what uses it (another demonstration?), or choose another folder with --dir"
                )
            })?;
        }
        let mut services = Self {
            children: Vec::new(),
        };
        services.launch(program, folder, "relay", 2)?;
        services.launch(program, folder, "intake", 1)?;
        Ok(services)
    }

    fn launch(
        &mut self,
        program: &Program,
        folder: &DemoFolder,
        role: &'static str,
        listeners: usize,
    ) -> Result<()> {
        let home = folder.join(role);
        let log = fs::File::create(home.join("log.txt"))?;
        let config = home.join(format!("{role}.toml"));
        let arguments = ["serve-role", role, "--config"].map(Into::into);
        let mut child = program
            .command(&[&arguments[..], &[config.into_os_string()]].concat())
            // Held open for as long as this process lives: see `end_with_the_parent`.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("The {role} could not be started"))?;
        let stdout = child.stdout.take();
        self.children.push((role, child));
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            let mut announced = false;
            for line in BufReader::new(stdout.into_iter().next()?).lines() {
                announced |= sender.send(line.ok()?).is_ok();
            }
            Some(announced)
        });
        let mut heard = 0;
        while heard < listeners {
            match lines.recv_timeout(START) {
                Ok(line) if line.starts_with("listening ") => heard += 1,
                Ok(_) => {}
                Err(_) => {
                    let log = fs::read_to_string(home.join("log.txt")).unwrap_or_default();
                    bail!("The {role} did not start. {}", log.trim());
                }
            }
        }
        Ok(())
    }

    /// Waits for Ctrl-C, or for a server to end by itself, and ends both.
    pub fn wait(&mut self) -> Result<()> {
        let (sender, asked) = mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .ok()?;
            let _ = runtime.block_on(tokio::signal::ctrl_c());
            sender.send(()).ok()
        });
        loop {
            if asked.recv_timeout(LOOK).is_ok() {
                guide::say("\nEnding the demonstration.");
                return self.stop();
            }
            for (name, child) in &mut self.children {
                if let Some(status) = child.try_wait()? {
                    // Ctrl-C reaches the servers too, and may reach them first.
                    if asked.recv_timeout(LOOK).is_ok() {
                        break;
                    }
                    let name = *name;
                    let _ = self.stop();
                    bail!("The {name} ended by itself ({status}); its log.txt says why");
                }
            }
        }
    }

    /// Ends both servers and waits for them.
    pub fn stop(&mut self) -> Result<()> {
        // The intake first, so that nothing reaches a relay that is ending.
        for (name, child) in self.children.iter_mut().rev() {
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
