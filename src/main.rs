//! `candor`: what administrators, reporters and newcomers run.
//!
//! Each subcommand is one module with its arguments and a `run`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod check;
mod client;
mod keys;
mod report;
mod status;

/// An anonymous reporting hotline with end-to-end encryption.
#[derive(Debug, Parser)]
#[command(name = "candor", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// File a report.
    Report(report::ReportArgs),
    /// Come back to a report with its claim code.
    Check(check::CheckArgs),
    /// Make root and relay keys, and make, sign and renew the directory.
    Keys(keys::Keys),
    /// Say what is about to expire.
    Status(status::Status),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Report(args) => report::run(args),
        Command::Check(args) => check::run(args),
        Command::Keys(keys) => keys.run(),
        Command::Status(status) => status.run(),
    }
}
