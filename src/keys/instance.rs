//! `candor keys new-instance`

use std::path::PathBuf;

use anyhow::Result;
use candor_wire::InstanceId;
use clap::{Args, ValueEnum};
use rand::{RngCore as _, rngs::OsRng};

use super::{
    PurposeArgs,
    files::{self, Readers, Replace},
    folder::{Folder, InstanceFile},
    terminal::{note, say},
};

/// Begin an instance: a folder with its id and a directory source to edit.
///
/// The folder holds no secret. Keep it under version control or backed up.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  candor keys new-instance --example medical-school --out my-school"
)]
pub struct NewInstance {
    /// The folder to make.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Which directory to begin with.
    #[arg(long, value_enum, default_value = "small")]
    example: Example,
    /// Replace an instance that is already there: another id, and no report of the old one can be
    /// found again.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    purpose: PurposeArgs,
}

/// Where a directory can begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Example {
    /// One topic, two offices.
    Small,
    /// Everything a medical school needs.
    MedicalSchool,
}

impl Example {
    /// The source.
    pub const fn source(self) -> &'static str {
        match self {
            Self::Small => include_str!("../../deploy/examples/small/directory.toml"),
            Self::MedicalSchool => {
                include_str!("../../deploy/examples/medical-school/directory.toml")
            }
        }
    }
}

impl NewInstance {
    pub(super) fn run(self) -> Result<()> {
        let replace = Replace::if_forced(self.force);
        let instance_file = self.out.join(Folder::INSTANCE);
        let source = self.out.join(Folder::SOURCE);
        files::must_be_free(&instance_file, replace)?;
        files::must_be_free(&source, replace)?;
        let mut id = [0; InstanceId::LEN];
        OsRng.try_fill_bytes(&mut id)?;
        let id = InstanceId::new(id);
        let held = InstanceFile::new(id, self.purpose.purpose());
        let text = serde_json::to_string_pretty(&held)? + "\n";
        for folder in ["roots", "offices", "public", "history"] {
            files::create_folder(&self.out.join(folder), Readers::Everybody)?;
        }
        files::write(&instance_file, text.as_bytes(), Readers::Everybody, replace)?;
        files::write(
            &source,
            self.example.source().as_bytes(),
            Readers::Everybody,
            replace,
        )?;
        say(&format!("Instance: {id}"));
        say(&format!("Folder:   {}", self.out.display()));
        note(&format!(
            "\nNext: edit {}, then add the roots with `candor keys add-root`.",
            source.display()
        ));
        Ok(())
    }
}
