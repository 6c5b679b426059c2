//! The demonstration's folder.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use super::ports::{Held, Ports};

/// Says that a folder is a demonstration's, and holds what has to stay the same.
const STATE: &str = "demo.toml";

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    /// Whether the ceremony came to its end.
    complete: bool,
    ports: Ports,
}

/// The demonstration's folder.
#[derive(Clone, Debug)]
pub struct DemoFolder {
    path: PathBuf,
    state: State,
}

impl DemoFolder {
    /// The passphrase of every desk of a demonstration.
    pub const PASSPHRASE: &str = "demonstration only, protects nothing";

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
            remove(path)?;
            return Ok(None);
        }
        // Desks keep the addresses of the servers, which they may have got relative to elsewhere.
        Ok(Some(Self {
            path: path.canonicalize()?,
            state,
        }))
    }

    /// Makes the folder, and holds the ports that it is for.
    pub fn begin(path: &Path) -> Result<(Self, Held)> {
        fs::create_dir_all(path)
            .with_context(|| format!("Cannot make the folder {}", path.display()))?;
        let held = Ports::choose()?;
        let folder = Self {
            path: path.canonicalize()?,
            state: State {
                complete: false,
                ports: held.ports(),
            },
        };
        folder.write(&folder.state)?;
        fs::write(folder.passphrase_file(), format!("{}\n", Self::PASSPHRASE))?;
        Ok((folder, held))
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

/// Removes a folder. What the interrupted set-up had started may still write into it for a moment.
fn remove(path: &Path) -> Result<()> {
    for _ in 0..100 {
        if fs::remove_dir_all(path).is_ok() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(100));
    }
    fs::remove_dir_all(path).with_context(|| format!("Cannot remove {}", path.display()))
}

fn is_empty(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}
