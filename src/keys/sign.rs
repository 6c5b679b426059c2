//! `candor keys sign`

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use candor_directory::{Directory, DirectoryError, RootKey};
use clap::Args;

use super::{
    PurposeArgs, TodayArgs,
    compile::report_findings,
    difference::{difference, summary},
    files::{self, Readers, Replace},
    folder::Published,
    root_key::RootSecret,
    terminal::{ask, note, passphrase, say},
};

/// Sign the directory with a root's key: each root on the computer that holds its key.
///
/// Shows everything that changed since this root signed last (it keeps a copy beside the key),
/// and asks to type the version. The signature can be checked with the stock minisign tool.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  candor keys sign --public my-school/public --key admin-keys/administrator.key\n  candor keys sign --public /media/stick/public --key /media/safe/witness.key"
)]
pub struct Sign {
    /// The folder with directory.json and pin.json.
    #[arg(long, value_name = "DIR")]
    public: PathBuf,
    /// The root's secret key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Read the passphrase from the first line of this file instead of asking.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    purpose: PurposeArgs,
    #[command(flatten)]
    today: TodayArgs,
}

impl Sign {
    pub(super) fn run(self) -> Result<()> {
        let purpose = self.purpose.purpose();
        let public = Published::new(self.public.clone());
        let text = public.directory_text()?;
        let directory = Directory::decode(text.as_bytes())?;
        let pin = public.read_pin(purpose)?;
        if directory.instance != *pin.instance() {
            return Err(DirectoryError::WrongInstance.into());
        }
        if directory.demonstration != pin.is_demonstration() {
            return Err(DirectoryError::Demonstration.into());
        }
        let today = self.today.today();
        report_findings(&directory, today)?;
        let last = LastSigned::beside(&self.key);
        last.show_changes(&directory, &text)?;
        self.confirm(&directory)?;

        let name = self.key.display().to_string();
        let secret = RootSecret::open(&self.key, purpose, || {
            passphrase(&name, self.passphrase_file.as_deref())
        })?;
        let root = pin
            .roots()
            .iter()
            .find(|root| root.base64() == secret.base64());
        let Some(role) = root.map(RootKey::role) else {
            bail!(
                "the key {name} is none of the roots in {}; take the right key, or make the pin anew",
                public.pin().display()
            );
        };
        let signature = secret.sign(role, &text)?;
        let path = public.signature(role);
        files::write(
            &path,
            signature.as_bytes(),
            Readers::Everybody,
            Replace::Yes,
        )?;
        last.remember(&text);
        say(&format!("Signature: {}", path.display()));
        match public.verify(&pin, today)? {
            Ok(_) => say("Every root has signed. The folder can be published."),
            Err(DirectoryError::Unsigned(role)) => {
                say(&format!(
                    "Still missing: the signature of the root “{role}”."
                ));
            }
            Err(error) => {
                return Err(error).context("signed, but the folder as a whole does not verify");
            }
        }
        Ok(())
    }

    /// Typing the version keeps a signer from signing by habit.
    fn confirm(&self, directory: &Directory) -> Result<()> {
        if self.yes {
            return Ok(());
        }
        let version = directory.version.to_string();
        if ask(
            &format!("To sign this as version {version}, type its number:"),
            "--yes",
        )? != version
        {
            bail!("stopped; nothing was signed");
        }
        Ok(())
    }
}

/// The root's own copy of what it signed last. The other side could show it anything as the
/// version before; this it cannot.
struct LastSigned {
    path: PathBuf,
}

impl LastSigned {
    fn beside(key: &Path) -> Self {
        Self {
            path: key.with_extension("last-signed.json"),
        }
    }

    fn show_changes(&self, directory: &Directory, text: &str) -> Result<()> {
        if !self.path.exists() {
            note("This key has signed nothing before (or its copy is gone). The directory says:");
            summary(directory)
                .iter()
                .for_each(|line| note(&format!("  {line}")));
            return Ok(());
        }
        let held = files::read_text(&self.path)?;
        let old = Directory::decode(held.as_bytes())
            .with_context(|| format!("{} is damaged; move it away", self.path.display()))?;
        if old.instance != directory.instance {
            bail!(
                "this key last signed for another instance; if that is meant, move {} away",
                self.path.display()
            );
        }
        if directory.version < old.version || (directory.version == old.version && held != text) {
            bail!(
                "this key has already signed version {} with other contents, and this is version {}; ask the administrator to compile a higher version",
                old.version,
                directory.version
            );
        }
        let lines = difference(&old, directory);
        if lines.is_empty() {
            note("This key has signed this very directory before.");
        } else {
            note(&format!(
                "What changed since this key signed version {}:",
                old.version
            ));
            lines.iter().for_each(|line| note(&format!("  {line}")));
        }
        Ok(())
    }

    fn remember(&self, text: &str) {
        let written = files::write(
            &self.path,
            text.as_bytes(),
            Readers::Everybody,
            Replace::Yes,
        );
        if let Err(error) = written {
            note(&format!(
                "warning: {error:#}; next time this key cannot show you what changed since today"
            ));
        }
    }
}
