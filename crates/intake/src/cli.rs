//! The command line of `candor-intake`.

use std::{
    ffi::OsString,
    io::{self, Write as _},
    path::PathBuf,
};

use candor_service::{Exit, Fatal, telemetry};
use clap::{Parser, Subcommand};

use crate::{
    config::Config,
    run::{check, run},
};

/// The public front of a Candor hotline
#[derive(Debug, Parser)]
#[command(
    name = "candor-intake",
    version,
    long_about = LONG_ABOUT,
    after_long_help = AFTER_HELP,
    disable_help_subcommand = true,
    max_term_width = 96
)]
struct Arguments {
    /// The configuration file; deploy/intake.toml explains every setting
    ///
    /// Relative paths in it are relative to the folder it lies in.
    #[arg(
        long,
        short,
        global = true,
        value_name = "FILE",
        default_value = "/etc/candor/intake.toml"
    )]
    config: PathBuf,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the configuration, certificate and folders, then exit
    ///
    /// Nothing is listened on and the relay is not contacted.
    Check,
}

const LONG_ABOUT: &str = "The public front of a Candor hotline.

It takes sealed exchanges of one size from reporters and forwards the opaque bytes to the relay, and \
it serves the signed directory, the key cards and the web app. It cannot read, route or tell apart \
what it forwards, and it neither stores nor logs network addresses. Intake and relay are meant to be \
run by different operators.";

const AFTER_HELP: &str = "\
Output:
  On standard output one line for each listener, as soon as it is served:
    listening public https://192.0.2.1:443
  On standard error notes without times, addresses or requests.

Signals:
  SIGTERM, SIGINT  finish the requests in flight (server.shutdown_seconds), then exit

Exit codes:
  0  asked to stop, and stopped cleanly; or the check found nothing wrong
  1  a fault of this program
  2  wrong arguments or configuration
  3  an address could not be listened on

Environment:
  CANDOR_LOG  error, warn, info (the default) or debug. At debug every request gives a line of
              method, route template and class of status; a supervisor that adds times to lines
              then records when somebody reported. Do not leave it on.

Files:
  /etc/candor/intake.toml  the configuration";

/// Runs the command line and says how it ended. `arguments` begin with the program's name.
///
/// Help, version and wrong arguments end the process directly, with exit code 0 or 2.
pub fn cli(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments = Arguments::try_parse_from(arguments).unwrap_or_else(|error| error.exit());
    let config = match Config::load(&arguments.config) {
        Ok(config) => config,
        Err(error) => return Err(Fatal::from(error)).into(),
    };
    match arguments.command {
        Some(Command::Check) => report(&config).into(),
        None => {
            telemetry::init();
            candor_service::main(run(config))
        }
    }
}

fn report(config: &Config) -> Result<(), Fatal> {
    let warning = check(config)?;
    let mut out = io::stdout().lock();
    let text = match warning {
        None => "ok: the intake can start\n".to_owned(),
        Some(missing) => format!(
            "ok: the intake can start, but will not be ready: {missing}\n\
             Put the signed files into {}.\n",
            config.published.folder.display()
        ),
    };
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Fatal::internal(format_args!("cannot write to standard output: {error}")))
}
