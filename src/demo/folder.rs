//! The demonstration's folder.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

/// Says that a folder is a demonstration's, and holds what has to stay the same.
const STATE: &str = "demo.toml";
/// The passphrase of every desk of a demonstration.
const PASSPHRASE: &str = "demonstration only, protects nothing";

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    /// Whether the ceremony came to its end.
    complete: bool,
    ports: Ports,
}

/// Where the servers listen, on 127.0.0.1.
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

/// The demonstration's folder.
#[derive(Clone, Debug)]
pub struct DemoFolder {
    path: PathBuf,
    state: State,
}

impl DemoFolder {
    /// Opens a folder whose set-up is complete. Nothing, if there is none yet; what an interrupted
    /// set-up left behind is removed.
    pub fn open(path: &Path) -> Result<Option<Self>> {
        if !path.exists() {
            return Ok(None);
        }
        let file = path.join(STATE);
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(_) if is_empty(path) => return Ok(None),
            Err(_) => bail!(
                "{} exists and is not a demonstration; choose another folder with --dir",
                path.display()
            ),
        };
        let state: State = toml::from_str(&text).with_context(|| {
            format!(
                "{} is damaged; remove the folder to begin anew",
                file.display()
            )
        })?;
        if !state.complete {
            fs::remove_dir_all(path)?;
            return Ok(None);
        }
        // Desks keep the addresses of the servers, which they may have got relative to elsewhere.
        Ok(Some(Self {
            path: path.canonicalize()?,
            state,
        }))
    }

    /// Makes the folder.
    pub fn begin(path: &Path) -> Result<Self> {
        fs::create_dir_all(path)
            .with_context(|| format!("Cannot make the folder {}", path.display()))?;
        let folder = Self {
            path: path.canonicalize()?,
            state: State {
                complete: false,
                ports: Ports::free()?,
            },
        };
        folder.write(&folder.state)?;
        fs::write(folder.passphrase_file(), format!("{PASSPHRASE}\n"))?;
        Ok(folder)
    }

    /// Marks the set-up as complete.
    pub fn complete(&self) -> Result<()> {
        let state = State {
            complete: true,
            ..self.state
        };
        self.write(&state)
    }

    fn write(&self, state: &State) -> Result<()> {
        fs::write(self.join(STATE), toml::to_string(state)?)?;
        Ok(())
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Something in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The file with the passphrase of every key of the demonstration.
    pub fn passphrase_file(&self) -> PathBuf {
        self.join("passphrase.txt")
    }

    /// The administrator's folder of the instance.
    pub fn school(&self) -> PathBuf {
        self.join("school")
    }

    /// What everybody may have: directory, signatures, pin.
    pub fn public(&self) -> PathBuf {
        self.school().join("public")
    }

    /// The pin.
    pub fn pin(&self) -> PathBuf {
        self.public().join(candor_directory::PIN_FILE)
    }

    /// A desk's folder.
    pub fn desk(&self, office: &str) -> PathBuf {
        self.join("desks").join(office)
    }

    /// The intake's address.
    pub fn intake_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.state.ports.intake)
    }

    /// The relay's address for desks.
    pub fn relay_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.state.ports.desk)
    }

    /// Where the servers listen.
    pub fn ports(&self) -> Ports {
        self.state.ports
    }
}

impl Ports {
    /// The usual ones if they are free, so that what the guide prints stays familiar; else any.
    fn free() -> Result<Self> {
        Ok(Self {
            intake: free_port(8480)?,
            gateway: free_port(8481)?,
            desk: free_port(8482)?,
        })
    }
}

fn free_port(usual: u16) -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", usual))
        .or_else(|_| TcpListener::bind(("127.0.0.1", 0)))
        .context("No port is free on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}

fn is_empty(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}
