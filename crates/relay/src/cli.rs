//! The command line of `candor-relay`.

use std::{
    ffi::OsString,
    io::{self, Write as _},
    path::PathBuf,
};

use candor_service::{Exit, Fatal, telemetry};
use clap::{Args, Parser, Subcommand};

use crate::{
    clock::Clock,
    config::Config,
    relay::{check, run},
};

const LONG_ABOUT: &str = "\
The relay of an anonymous reporting hotline. It keeps sealed envelopes in a queue for each office, \
sealed answers in one-time drops, and attachments in cells; it can open none of them.

It has two listeners. The gateway takes exchanges from the intake by Oblivious HTTP, so the relay \
never sees a reporter's network address. The desk listener serves the offices' workstations, which \
sign their requests with their own keys. Either speaks TLS from the certificate and key named in \
the configuration; plain HTTP is possible on loopback only.";

const AFTER_HELP: &str = "\
FILES
  deploy/relay.toml explains every setting. Paths in the configuration are relative to its folder.
  directory/      directory.json, directory.json.<role>.minisig for every root, pin.json: from the
                  administrator. Read again by itself when the files change.
  relay key       made once by `candor keys relay-key`. Vouches for the exchange keys.
  exchange keys   made, rotated weekly and destroyed by the relay itself.
  store           the journal and its index. One process at a time.

SIGNALS
  SIGTERM, SIGINT   finish what is in flight, close the store, exit with 0.

ENVIRONMENT
  CANDOR_LOG        error, warn, info (the default) or debug. No line holds an address, a name or a
                    time, at any level.

EXIT CODES
  0  asked to stop, all closed
  1  a defect; please report it
  2  wrong arguments, configuration, key or directory; the message says which and what to do
  3  an address could not be listened on
  4  the store or the exchange keys could not be used

EXAMPLES
  candor-relay check --config /etc/candor/relay.toml
  candor-relay --config /etc/candor/relay.toml";

#[derive(Parser)]
#[command(
    name = "candor-relay",
    version,
    about = "The relay of an anonymous reporting hotline: queues, drops and cells",
    long_about = LONG_ABOUT,
    after_long_help = AFTER_HELP,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
struct Arguments {
    #[command(flatten)]
    serve: Option<Configured>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args)]
struct Configured {
    /// The configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// Check the configuration, the relay's key, TLS files and the directory, and end; change
    /// nothing. Exits with 0 if the relay could start as far as they are concerned.
    Check(Configured),
}

/// Runs the command line of this process.
pub fn cli() -> Exit {
    cli_from(std::env::args_os())
}

/// Runs a command line; the first argument is the program's name.
///
/// Wrong arguments and `--help` end the process here, with exit code 2 or 0.
pub fn cli_from(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments = Arguments::try_parse_from(arguments).unwrap_or_else(|error| error.exit());
    match (arguments.command, arguments.serve) {
        (Some(Command::Check(configured)), _) => check_file(&configured).into(),
        (None, Some(configured)) => {
            telemetry::init();
            match Config::load(&configured.config) {
                Ok(config) => candor_service::main(run(config)),
                Err(error) => Err(error.into()).into(),
            }
        }
        (None, None) => Err(Fatal::usage(
            "no configuration file was given",
            "Name it with --config FILE; candor-relay --help says more.",
        ))
        .into(),
    }
}

fn check_file(configured: &Configured) -> Result<(), Fatal> {
    let config = Config::load(&configured.config)?;
    let found = check(&config, &Clock::system())?;
    io::stdout()
        .write_all(found.as_bytes())
        .map_err(Fatal::internal)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
