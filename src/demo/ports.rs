//! Which ports of 127.0.0.1 the demonstration's servers listen on.
//!
//! Demonstrations that start at the same time must not choose the same ones. A chosen port is
//! bound until its server is about to bind it, and between the two only one demonstration of this
//! computer is at work.

use std::{
    fs::{File, TryLockError},
    io,
    net::{Ipv4Addr, TcpListener},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

/// What makes demonstrations wait for each other, in the folder for temporary files.
const LOCK: &str = "candor-demo-ports.lock";
/// How long to wait for another demonstration, which may have been stopped in the middle.
const PATIENCE: Duration = Duration::from_secs(90);

/// Where the servers listen. Desks keep these addresses, so they stay.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ports {
    /// The intake.
    pub intake: u16,
    /// The relay, for the intake.
    pub gateway: u16,
    /// The relay, for desks.
    pub desk: u16,
}

/// Ports that nobody else can take meanwhile.
pub struct Held {
    ports: Ports,
    _listeners: [TcpListener; 3],
}

/// While this is held, no other demonstration chooses or binds ports.
pub struct Turn(Option<File>);

impl Ports {
    /// Chooses: the usual ones if they are free, so that what the guide prints stays familiar;
    /// else any.
    pub fn choose() -> Result<Held> {
        let _turn = Turn::take();
        let any = |usual| bind(usual).or_else(|_| bind(0));
        Held::of([any(8480), any(8481), any(8482)]).context("No port is free on 127.0.0.1")
    }

    /// Takes those that were chosen earlier.
    pub fn hold(self) -> Result<Held> {
        let _turn = Turn::take();
        for (name, port) in [
            ("intake", self.intake),
            ("relay", self.gateway),
            ("relay's desk side", self.desk),
        ] {
            if bind(port).is_err() {
                bail!(
                    "Port {port} for the {name} is in use; end what uses it (another demonstration?), or choose another folder with --dir"
                );
            }
        }
        Held::of([self.intake, self.gateway, self.desk].map(bind)).context("A port is in use")
    }

    /// A port for pages, which nobody has to find again: the usual one if it is free, else any
    /// (0). To be asked, and its answer used, within one turn.
    pub fn for_pages(usual: u16) -> u16 {
        if bind(usual).is_ok() { usual } else { 0 }
    }
}

impl Held {
    fn of(listeners: [io::Result<TcpListener>; 3]) -> io::Result<Self> {
        let [intake, gateway, desk] = listeners;
        let listeners = [intake?, gateway?, desk?];
        let mut ports = [0; 3];
        for (port, listener) in ports.iter_mut().zip(&listeners) {
            *port = listener.local_addr()?.port();
        }
        let [intake, gateway, desk] = ports;
        Ok(Self {
            ports: Ports {
                intake,
                gateway,
                desk,
            },
            _listeners: listeners,
        })
    }

    /// Which they are.
    pub fn ports(&self) -> Ports {
        self.ports
    }

    /// Lets go of them, for the servers to bind. The turn ends when the servers listen.
    pub fn release(self) -> Turn {
        Turn::take()
    }
}

impl Turn {
    /// Waits for it. Where no file can be locked, everybody has to do without turns.
    pub fn take() -> Self {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(std::env::temp_dir().join(LOCK))
            .ok();
        let begun = Instant::now();
        Self(file.filter(|file| {
            loop {
                match file.try_lock() {
                    Ok(()) => return true,
                    Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {
                        thread::sleep(Duration::from_millis(50));
                    }
                    Err(_) => return false,
                }
            }
        }))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(file) = &self.0 {
            // Closing the file unlocks it, too.
            let _ = file.unlock();
        }
    }
}

fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
}
