//! `candor keys add-root`, `add-relay`, `add-office`: public keys come in, each after two people
//! have compared its fingerprint by voice.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use candor_directory::{Fingerprint, OfficeRequest, RelayRequest, RootKey, RootRole};
use clap::Args;

use super::{
    FolderArgs,
    files::{self, Readers, Replace},
    folder::Folder,
    root_key,
    terminal::{ask, note, say},
};

/// How a key is settled to be whose it says.
#[derive(Debug, Args)]
struct Settle {
    /// The fingerprint as the other side read it out, for scripts; otherwise it is asked for.
    #[arg(long, value_name = "DIGITS")]
    fingerprint: Option<Fingerprint>,
    /// Replace a key that is already there.
    #[arg(long)]
    force: bool,
}

impl Settle {
    /// Puts a file into the folder after the fingerprint was compared.
    fn admit(&self, whose: &str, found: Fingerprint, path: &Path, contents: &[u8]) -> Result<()> {
        let replace = Replace::if_forced(self.force);
        files::must_be_free(path, replace)?;
        let heard = match self.fingerprint {
            Some(heard) => heard,
            None => {
                note(&format!(
                    "The file says that this is the key of {whose}. Its fingerprint:\n\n    {found}\n\nCall {whose} on a number that you knew before, not one that came with the file.\nHave the fingerprint read out from the other side's own screen or paper."
                ));
                let text = ask("Type what you hear:", "--fingerprint")?;
                text.parse()
                    .context("that is no fingerprint; nothing was added")?
            }
        };
        if heard != found {
            bail!(
                "the fingerprints differ: this is not the key of {whose}, or a digit was misheard; nothing was added. Compare once more, and if they still differ, find out who made this file"
            );
        }
        if let Some(folder) = path.parent() {
            files::create_folder(folder, Readers::Everybody)?;
        }
        files::write(path, contents, Readers::Everybody, replace)?;
        say(&format!("Added the key of {whose}: {}", path.display()));
        Ok(())
    }
}

/// Take in a root's public key.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  candor keys add-root --folder my-school --role witness --key witness.pub\n\nThen `candor keys pin` anew: clients must be told of every root."
)]
pub struct AddRoot {
    #[command(flatten)]
    folder: FolderArgs,
    /// Who holds it.
    #[arg(long)]
    role: RootRole,
    /// The file <role>.pub.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    settle: Settle,
}

impl AddRoot {
    pub(super) fn run(self) -> Result<()> {
        let folder = Folder::open(&self.folder.folder, self.folder.purpose.purpose())?;
        let text = files::read_text(&self.key)?;
        root_key::check_purpose(&self.key, &text, folder.purpose())?;
        let key = RootKey::from_file_text(self.role.clone(), &text)
            .with_context(|| format!("{} is not a root's public key", self.key.display()))?;
        let twin = folder
            .roots()?
            .into_iter()
            .find(|other| other.key() == key.key());
        if let Some(other) = twin.filter(|other| *other.role() != self.role) {
            bail!(
                "this is already the key of the root “{}”; two roots need two keys",
                other.role()
            );
        }
        let print = Fingerprint::of_root(&self.role, key.key());
        let whose = format!("the root “{}”", self.role);
        self.settle
            .admit(&whose, print, &folder.root(&self.role), text.as_bytes())
    }
}

/// Take in the relay's public key.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  candor keys add-relay --folder my-school --request relay-request.json"
)]
pub struct AddRelay {
    #[command(flatten)]
    folder: FolderArgs,
    /// The file that `candor keys relay-key` made.
    #[arg(long, value_name = "FILE")]
    request: PathBuf,
    #[command(flatten)]
    settle: Settle,
}

impl AddRelay {
    pub(super) fn run(self) -> Result<()> {
        let folder = Folder::open(&self.folder.folder, self.folder.purpose.purpose())?;
        let bytes = files::read(&self.request)?;
        let request = RelayRequest::verify(&bytes, folder.instance())
            .with_context(|| format!("{} cannot be used", self.request.display()))?;
        self.settle
            .admit("the relay", request.fingerprint(), &folder.relay(), &bytes)
    }
}

/// Take in an office's public key.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  candor keys add-office --folder my-school --request title-ix.json\n\nThen `candor keys compile` and have every root sign."
)]
pub struct AddOffice {
    #[command(flatten)]
    folder: FolderArgs,
    /// The file that the office's desk made.
    #[arg(long, value_name = "FILE")]
    request: PathBuf,
    #[command(flatten)]
    settle: Settle,
}

impl AddOffice {
    pub(super) fn run(self) -> Result<()> {
        let folder = Folder::open(&self.folder.folder, self.folder.purpose.purpose())?;
        let bytes = files::read(&self.request)?;
        let request = OfficeRequest::verify(&bytes, folder.instance())
            .with_context(|| format!("{} cannot be used", self.request.display()))?;
        for (office, key) in folder.office_keys()? {
            if key == request.signing_key && office != request.office {
                bail!(
                    "this is already the key of the office “{office}”; two offices need two keys"
                );
            }
        }
        let whose = format!("the office “{}”", request.office);
        let path = folder.office(&request.office);
        self.settle
            .admit(&whose, request.fingerprint(), &path, &bytes)
    }
}
