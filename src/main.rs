//! `candor`: what administrators, reporters and newcomers run.
//!
//! Each subcommand is one module with its arguments and a `run`.

use std::{
    ffi::OsString,
    process::{ExitCode, Termination as _},
};

use clap::{Args, Parser, Subcommand};

mod check;
mod client;
mod demo;
mod keys;
mod report;
mod status;

/// An anonymous reporting hotline with end-to-end encryption
#[derive(Debug, Parser)]
#[command(
    name = "candor",
    version,
    max_term_width = 100,
    after_help = "\
The servers are `candor-intake` and `candor-relay`, the office's workstation `candor-desk`.
Begin with `candor demo`."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::DemoArgs),
    Report(report::ReportArgs),
    Check(check::CheckArgs),
    /// Make root and relay keys, and make, sign and renew the directory.
    Keys(keys::Keys),
    /// Say what is about to expire.
    Status(status::Status),
    /// The office's desk, as `candor-desk` (the demonstration's; a workstation needs only that).
    #[command(disable_help_flag = true)]
    Desk(DeskArgs),
    /// Serve in a role of the demonstration.
    #[command(hide = true)]
    ServeRole(demo::RoleArgs),
}

/// Everything after `desk` is `candor-desk`'s.
#[derive(Debug, Args)]
struct DeskArgs {
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "ARGUMENTS"
    )]
    arguments: Vec<OsString>,
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Demo(args) => demo::run(&args),
        Command::Desk(args) => {
            let name = std::iter::once(OsString::from("candor-desk"));
            candor_desk::run_from(name.chain(args.arguments))
        }
        Command::ServeRole(args) => demo::run_role(args).report(),
        Command::Report(args) => report::run(args),
        Command::Check(args) => check::run(args),
        Command::Keys(keys) => keys.run(),
        Command::Status(status) => status.run(),
    }
}
