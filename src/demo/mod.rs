//! `candor demo`: one command to a working hotline with desks, on this computer.
//!
//! It runs the same ceremony, servers and desks as a real hotline, by re-executing this program in
//! their roles: intake and relay are processes of their own, with a folder each. Only the keys are
//! worth nothing: they are marked as a demonstration's, and refused everywhere else.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};

mod folder;
mod guide;
mod ports;
mod program;
mod services;
mod setup;

use folder::DemoFolder;
use ports::Held;
use program::Program;
use services::Services;

/// Run a complete hotline on this computer, to try it out
///
/// Makes keys in a folder of its own, starts intake and relay, sets up the desks of all offices of
/// the example school, opens two of them, and prints addresses for a browser and what to try
/// there. Ctrl-C ends it; started again with the same folder, it goes on where it was. It is a
/// demonstration: its keys protect nothing and are refused
/// elsewhere, and everything is on one computer, so nothing separates intake and relay.
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// Where keys, stores and desks lie
    #[arg(long, value_name = "DIR", default_value = "candor-demo")]
    dir: PathBuf,
    /// Make everything, say how to start it, and end without serving
    #[arg(long)]
    setup_only: bool,
}

/// A server's role, for re-executing this program.
#[derive(Args, Debug)]
pub struct RoleArgs {
    /// Which server.
    role: Role,
    /// Its configuration.
    #[arg(long)]
    config: PathBuf,
}

/// The servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// The public front.
    Intake,
    /// The routing relay.
    Relay,
}

/// Runs `candor demo`.
pub fn run(args: &DemoArgs) -> ExitCode {
    match demo(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            guide::complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn demo(args: &DemoArgs) -> Result<()> {
    guide::banner();
    let program = Program::this()?;
    let (folder, held) = open_folder(&args.dir, &program)?;
    let mut services = Services::start(&program, &folder, held)?;
    setup::sync_desks(&program, &folder)?;
    if args.setup_only {
        services.stop()?;
        guide::is_set_up(&program, &folder);
        return Ok(());
    }
    let addresses = services.open_desks(&program, &folder)?;
    guide::what_to_try(&program, &folder, &addresses);
    services.wait()
}

/// Takes the folder of an earlier start, or makes one. Its ports are held for its servers.
fn open_folder(path: &Path, program: &Program) -> Result<(DemoFolder, Held)> {
    if let Some(folder) = DemoFolder::open(path)? {
        let held = folder.ports().hold()?;
        guide::say(&format!("Going on with {}.", folder.path().display()));
        return Ok((folder, held));
    }
    let (folder, held) = DemoFolder::begin(path)?;
    setup::ceremony(program, &folder).with_context(|| {
        format!(
            "The demonstration could not be set up in {}; start it again, or remove the folder",
            path.display()
        )
    })?;
    folder.complete()?;
    Ok((folder, held))
}

/// Runs a server in this process, until it is told to stop or whoever started it is gone.
pub fn run_role(args: RoleArgs) -> candor_service::Exit {
    services::end_with_the_parent();
    let config = args.config.into_os_string();
    match args.role {
        Role::Intake => candor_intake::cli(["candor-intake".into(), "--config".into(), config]),
        Role::Relay => candor_relay::cli_from(["candor-relay".into(), "--config".into(), config]),
    }
}
