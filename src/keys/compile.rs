//! `candor keys compile` and `candor keys renew`: a new version, not yet signed.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail};
use candor_directory::{Assembly, Directory, Purpose, Severity, assemble, lint};
use candor_wire::Day;
use clap::Args;

use super::{
    FolderArgs, TodayArgs,
    difference::{difference, summary},
    files::{self, Readers, Replace},
    folder::Folder,
    terminal::{confirm, note, say},
};

#[derive(Debug, Args)]
struct Validity {
    /// For how many days the directory is to be good from today on.
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=1096))]
    days: u32,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    today: TodayArgs,
}

/// Make public/directory.json from directory.toml and the keys; every root must sign it then.
///
/// Checks the whole, shows what changed since the version before and asks.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  candor keys compile --folder my-school")]
pub struct Compile {
    #[command(flatten)]
    folder: FolderArgs,
    #[command(flatten)]
    validity: Validity,
}

impl Compile {
    pub(super) fn run(self) -> Result<()> {
        let folder = Folder::open(&self.folder.folder, self.folder.purpose.purpose())?;
        let today = self.validity.today.today();
        let before = Before::read(&folder)?;
        let text = files::read_text(&folder.source())?;
        let source: serde_json::Value = toml::from_str(&text)
            .with_context(|| format!("{} is not TOML", folder.source().display()))?;
        let assembly = Assembly {
            purpose: folder.purpose(),
            instance: *folder.instance(),
            version: before.next_version(),
            issued: today,
            not_after: today.plus(self.validity.days),
            relay_key: folder.relay_key()?,
            office_keys: folder.office_keys()?,
        };
        let directory = assemble(source, &assembly)
            .with_context(|| format!("{} cannot be compiled", folder.source().display()))?;
        if before.differs_in_dates_only(&directory) {
            say("Nothing changed. To give the directory more time, use `candor keys renew`.");
            return Ok(());
        }
        publish(&folder, &before, &directory, &self.validity)
    }
}

/// Make a new version of the signed directory that differs only in how long it is good.
///
/// Changes in directory.toml stay out of it. Every root must sign it then.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  candor keys renew --folder my-school --days 365")]
pub struct Renew {
    #[command(flatten)]
    folder: FolderArgs,
    #[command(flatten)]
    validity: Validity,
}

impl Renew {
    pub(super) fn run(self) -> Result<()> {
        let folder = Folder::open(&self.folder.folder, self.folder.purpose.purpose())?;
        let today = self.validity.today.today();
        let before = Before::read(&folder)?;
        let Some(mut directory) = before.signed().cloned() else {
            bail!("there is no signed directory to renew; use `candor keys compile`");
        };
        directory.version = before.next_version();
        directory.issued = today;
        directory.not_after = today.plus(self.validity.days);
        publish(&folder, &before, &directory, &self.validity)
    }
}

/// What is in the published folder before.
struct Before {
    directory: Option<Directory>,
    is_signed: bool,
    has_signature: bool,
}

impl Before {
    fn read(folder: &Folder) -> Result<Self> {
        let public = folder.public();
        if !public.directory().exists() {
            return Ok(Self {
                directory: None,
                is_signed: false,
                has_signature: false,
            });
        }
        let directory = Directory::decode(public.directory_text()?.as_bytes())?;
        // On its own day of issue: whether it has expired since is beside the point here.
        let is_signed = public.pin().exists()
            && public
                .verify(&public.read_pin(folder.purpose())?, directory.issued)?
                .is_ok();
        Ok(Self {
            directory: Some(directory),
            is_signed,
            has_signature: !public.signature_files()?.is_empty(),
        })
    }

    fn signed(&self) -> Option<&Directory> {
        self.directory.as_ref().filter(|_| self.is_signed)
    }

    /// A version that bears any root's signature is never given to another text.
    fn next_version(&self) -> u64 {
        let version = self
            .directory
            .as_ref()
            .map_or(0, |directory| directory.version);
        if version == 0 || self.has_signature {
            version.saturating_add(1)
        } else {
            version
        }
    }

    fn differs_in_dates_only(&self, new: &Directory) -> bool {
        self.signed().is_some_and(|old| {
            let mut like = new.clone();
            (like.version, like.issued, like.not_after) = (old.version, old.issued, old.not_after);
            like == *old
        })
    }
}

fn publish(
    folder: &Folder,
    before: &Before,
    directory: &Directory,
    validity: &Validity,
) -> Result<()> {
    report_findings(directory, validity.today.today())?;
    match before.signed() {
        Some(old) => {
            note(&format!(
                "What changes from version {} to {}:",
                old.version, directory.version
            ));
            difference(old, directory)
                .iter()
                .for_each(|line| note(&format!("  {line}")));
        }
        None => {
            note("There is no signed version before this one. It says:");
            summary(directory)
                .iter()
                .for_each(|line| note(&format!("  {line}")));
        }
    }
    confirm("Write this directory?", validity.yes)?;
    let public = folder.public();
    files::create_folder(public.path(), Readers::Everybody)?;
    if let Some(old) = before.signed() {
        archive(folder, old.version)?;
    }
    // Old signatures would only mislead; a directory without any is refused by everybody.
    for path in public.signature_files()? {
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    let text = serde_json::to_string_pretty(directory)? + "\n";
    files::write(
        &public.directory(),
        text.as_bytes(),
        Readers::Everybody,
        Replace::Yes,
    )?;
    say(&format!(
        "Directory: {} (version {}, good until {}, not yet signed)",
        public.directory().display(),
        directory.version,
        directory.not_after
    ));
    if folder.purpose() == Purpose::Production {
        note("Now every root signs it: `candor keys sign`. Publish it only when all have.");
    }
    Ok(())
}

/// Shows what lint finds.
///
/// # Errors
/// If anything forbids signing.
pub(super) fn report_findings(directory: &Directory, today: Day) -> Result<()> {
    let findings = lint(directory, today);
    for finding in &findings {
        note(&finding.to_string());
    }
    let errors = findings
        .iter()
        .filter(|f| f.severity == Severity::Error)
        .count();
    if errors > 0 {
        bail!("the directory has {errors} errors (above) and must not be used; mend them first");
    }
    Ok(())
}

/// Keeps what was published.
fn archive(folder: &Folder, version: u64) -> Result<()> {
    let public = folder.public();
    let history = folder.history(version);
    files::create_folder(&history, Readers::Everybody)?;
    let mut paths = public.signature_files()?;
    paths.push(public.directory());
    paths.push(public.pin());
    for path in paths {
        let name = path.file_name().unwrap_or_default();
        let contents = files::read(&path)?;
        files::write(
            &history.join(Path::new(name)),
            &contents,
            Readers::Everybody,
            Replace::Yes,
        )?;
    }
    Ok(())
}
