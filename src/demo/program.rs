//! Re-executing this program.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

/// This program's file.
pub struct Program(PathBuf);

impl Program {
    /// The running program.
    pub fn this() -> Result<Self> {
        std::env::current_exe()
            .map(Self)
            .context("This program cannot find its own file")
    }

    /// A command with these arguments, without what a person's environment might set for it.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(&self.0);
        command
            .args(arguments)
            .env_remove("CANDOR_INTAKE")
            .env_remove("CANDOR_PIN")
            .env_remove("CANDOR_PROXY")
            .env_remove("CANDOR_DESK_HOME")
            .env_remove("CANDOR_DESK_PASSPHRASE_FILE");
        command
    }

    /// Runs a command to its end and gives what it printed.
    pub fn output<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<String> {
        let output = self
            .command(arguments)
            .stdin(Stdio::null())
            .output()
            .context("This program cannot start itself")?;
        if !output.status.success() {
            let name: Vec<_> = arguments
                .iter()
                .take(2)
                .map(|argument| argument.as_ref().to_string_lossy())
                .collect();
            bail!(
                "`candor {}` failed: {}",
                name.join(" "),
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// How a person in this folder would write it.
    pub fn shown(&self) -> String {
        shown(&self.0)
    }
}

/// A path as short as it can be written in this folder.
pub fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let short = here
        .as_deref()
        .and_then(|here| path.strip_prefix(here).ok())
        .unwrap_or(path);
    let text = short.display().to_string();
    if text
        .chars()
        .all(|c| c.is_alphanumeric() || "/\\._-:".contains(c))
    {
        text
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
