//! `candor keys pin`

use anyhow::{Result, bail};
use candor_directory::{Directory, Pin};
use clap::Args;

use super::{
    FolderArgs,
    files::{self, Readers, Replace},
    folder::Folder,
    terminal::{note, say},
};

/// Write public/pin.json: the instance, every root's key, the least version to accept.
///
/// Clients, desks, intake and relay are told it beforehand and never take it from the network.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  candor keys pin --folder my-school")]
pub struct WritePin {
    #[command(flatten)]
    folder: FolderArgs,
    /// The least version of the directory that clients accept; without it, the one there is.
    #[arg(long, value_name = "N")]
    minimum_version: Option<u64>,
    /// Replace another pin: whoever has the old one must get the new one by a way they trust.
    #[arg(long)]
    force: bool,
}

impl WritePin {
    pub(super) fn run(self) -> Result<()> {
        let folder = Folder::open(&self.folder.folder, self.folder.purpose.purpose())?;
        let roots = folder.roots()?;
        match roots.len() {
            0 => bail!("there is no root yet; add one with `candor keys add-root`"),
            1 => note(
                "warning: with one root, its holder alone decides who can read reports; two are better",
            ),
            _ => {}
        }
        let public = folder.public();
        let current = match public.directory_text() {
            Ok(text) => Directory::decode(text.as_bytes())?.version,
            Err(_) => 1,
        };
        let minimum = self.minimum_version.unwrap_or(current);
        let pin = Pin::new(folder.purpose(), *folder.instance(), roots, minimum)?;
        let text = pin.to_json()?;
        let path = public.pin();
        if path.exists() && files::read_text(&path)? == text {
            say(&format!("{} is up to date", path.display()));
            return Ok(());
        }
        files::create_folder(public.path(), Readers::Everybody)?;
        let replace = Replace::if_forced(self.force);
        files::write(&path, text.as_bytes(), Readers::Everybody, replace)?;
        say(&format!("Pin: {}", path.display()));
        for root in pin.roots() {
            let print = candor_directory::Fingerprint::of_root(root.role(), root.key());
            say(&format!("  {}: {print}", root.role()));
        }
        Ok(())
    }
}
