//! `candor keys`: everything about the directory's keys but those of offices and devices, which
//! arise on the offices' own workstations (`keys/README.md`).
//!
//! Exit codes: 0 done, 1 refused or failed, 2 wrong arguments.

use std::{path::PathBuf, process::ExitCode};

use candor_directory::Purpose;
use clap::{Args, Subcommand};

mod add;
mod compile;
mod difference;
pub mod files;
pub mod folder;
mod instance;
mod pin;
mod relay_key;
mod root;
pub mod root_key;
mod sign;
pub mod terminal;
mod verify;

/// The arguments of `candor keys`.
#[derive(Debug, Args)]
#[command(after_help = "\
The order of a first ceremony; keys/README.md explains every step:

  candor keys new-root --role administrator --out admin-keys
  candor keys new-root --role witness --out witness-keys      (on the witness's own computer)
  candor keys new-instance --example medical-school --out my-school
  candor keys add-root --folder my-school --role administrator --key administrator.pub
  candor keys add-root --folder my-school --role witness --key witness.pub
  candor keys pin --folder my-school
  candor keys relay-key --pin pin.json --out relay            (on the relay's computer)
  candor keys add-relay --folder my-school --request relay-request.json
  candor-desk init …                                          (on every office's computer)
  candor keys add-office --folder my-school --request title-ix.json
  candor keys compile --folder my-school
  candor keys sign --public my-school/public --key admin-keys/administrator.key
  candor keys sign --public public --key witness-keys/witness.key   (on the witness's computer)
  candor keys verify --public my-school/public --pin my-school/public/pin.json")]
pub struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    NewRoot(root::NewRoot),
    NewInstance(instance::NewInstance),
    AddRoot(add::AddRoot),
    RelayKey(relay_key::NewRelayKey),
    AddRelay(add::AddRelay),
    AddOffice(add::AddOffice),
    Pin(pin::WritePin),
    Compile(compile::Compile),
    Renew(compile::Renew),
    Sign(sign::Sign),
    Verify(verify::Verify),
}

impl Keys {
    /// Runs the command.
    pub fn run(self) -> ExitCode {
        let result = match self.command {
            Command::NewRoot(command) => command.run(),
            Command::NewInstance(command) => command.run(),
            Command::AddRoot(command) => command.run(),
            Command::RelayKey(command) => command.run(),
            Command::AddRelay(command) => command.run(),
            Command::AddOffice(command) => command.run(),
            Command::Pin(command) => command.run(),
            Command::Compile(command) => command.run(),
            Command::Renew(command) => command.run(),
            Command::Sign(command) => command.run(),
            Command::Verify(command) => command.run(),
        };
        match result {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                terminal::note(&format!("error: {error:#}"));
                ExitCode::FAILURE
            }
        }
    }
}

/// The administrator's folder of one instance.
#[derive(Debug, Args)]
struct FolderArgs {
    /// The instance's folder, as `new-instance` made it.
    #[arg(long, value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    #[command(flatten)]
    purpose: PurposeArgs,
}

/// Whether a demonstration is meant.
#[derive(Clone, Copy, Debug, Args)]
pub struct PurposeArgs {
    /// Accept the keys of a demonstration, which protect nothing. They are refused otherwise.
    #[arg(long)]
    demonstration: bool,
}

impl PurposeArgs {
    /// What the keys are for.
    pub const fn purpose(self) -> Purpose {
        if self.demonstration {
            Purpose::Demonstration
        } else {
            Purpose::Production
        }
    }
}

/// The day it is, unless a test says otherwise.
#[derive(Clone, Copy, Debug, Args)]
pub struct TodayArgs {
    /// Take this for today.
    #[arg(long, hide = true, value_name = "YYYY-MM-DD", value_parser = candor_directory::parse_date)]
    today: Option<candor_wire::Day>,
}

impl TodayArgs {
    /// Today.
    pub fn today(self) -> candor_wire::Day {
        self.today
            .unwrap_or_else(|| candor_wire::Day::of(std::time::SystemTime::now()))
    }
}
