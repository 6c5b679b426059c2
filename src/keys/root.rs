//! `candor keys new-root`

use std::path::PathBuf;

use anyhow::Result;
use candor_directory::{Fingerprint, Purpose, RootRole};
use clap::Args;

use super::{
    PurposeArgs,
    files::{self, Readers, Replace},
    root_key,
    terminal::{self, say},
};

/// Make a root's key: on the computer of the one who will hold it, best without a network.
///
/// Writes <role>.key, encrypted with a passphrase, and <role>.pub. Every root must sign every
/// directory; two roots in two hands mean that nobody alone can name who reads reports.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  candor keys new-root --role witness --out /media/witness-stick"
)]
pub struct NewRoot {
    /// Who will hold it, such as `administrator` or `witness`.
    #[arg(long)]
    role: RootRole,
    /// Where to put the two files; best a stick that lies in a safe afterwards.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Read the passphrase from the first line of this file instead of asking.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Replace a key that is already there. Without a copy it is lost for good.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    purpose: PurposeArgs,
}

impl NewRoot {
    pub(super) fn run(self) -> Result<()> {
        let secret = self.out.join(format!("{}.key", self.role));
        let public = self.out.join(format!("{}.pub", self.role));
        let replace = Replace::if_forced(self.force);
        files::must_be_free(&secret, replace)?;
        files::must_be_free(&public, replace)?;
        let name = secret.display().to_string();
        let purpose = self.purpose.purpose();
        let passphrase = match (purpose, &self.passphrase_file) {
            // Whoever tries out should not be kept by a passphrase.
            (Purpose::Demonstration, None) => None,
            (_, file) => Some(terminal::new_passphrase(&name, file.as_deref())?),
        };
        let passphrase = passphrase.as_ref().map(|text| text.as_str());
        let made = root_key::generate(&self.role, purpose, passphrase)?;
        files::create_folder(&self.out, Readers::Owner)?;
        files::write(&secret, made.secret.as_bytes(), Readers::Owner, replace)?;
        files::write(&public, made.public.as_bytes(), Readers::Everybody, replace)?;
        let print = Fingerprint::of_root(&self.role, made.key.key());
        say(&format!("Secret key:  {}", secret.display()));
        say(&format!("Public key:  {}", public.display()));
        say(&format!("Fingerprint: {print}"));
        terminal::note(
            "\nWrite the fingerprint on paper. Make one copy of the secret key, kept in another place.\nGive the public key to the administrator, who will ask you to read the fingerprint.",
        );
        Ok(())
    }
}
