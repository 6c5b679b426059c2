//! `candor keys verify`

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::{
    PurposeArgs, TodayArgs,
    compile::report_findings,
    difference::summary,
    folder::{Published, read_pin},
    terminal::{note, say},
};

/// Check a published folder as clients do, and show who can read what.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  candor keys verify --public my-school/public --pin kept/pin.json\n\nThe same by the stock tool, for each root:\n  minisign -V -H -P <key from pin.json> -m directory.json -x directory.json.witness.minisig"
)]
pub struct Verify {
    /// The folder with directory.json and its signatures.
    #[arg(long, value_name = "DIR")]
    public: PathBuf,
    /// A pin from a place you trust; without it, the one in the same folder, which proves only
    /// that the folder agrees with itself.
    #[arg(long, value_name = "FILE")]
    pin: Option<PathBuf>,
    #[command(flatten)]
    purpose: PurposeArgs,
    #[command(flatten)]
    today: TodayArgs,
}

impl Verify {
    pub(super) fn run(self) -> Result<()> {
        let public = Published::new(self.public);
        let purpose = self.purpose.purpose();
        let pin = match &self.pin {
            Some(path) => read_pin(path, purpose)?,
            None => {
                note(
                    "note: taking the pin from the same folder, which proves only that it agrees with itself",
                );
                public.read_pin(purpose)?
            }
        };
        let today = self.today.today();
        let directory = public.verify(&pin, today)??;
        report_findings(&directory, today)?;
        let roles: Vec<_> = pin
            .roots()
            .iter()
            .map(|root| root.role().to_string())
            .collect();
        say(&format!("Good: signed by {}.", roles.join(" and ")));
        summary(&directory).iter().for_each(|line| say(line));
        Ok(())
    }
}
