//! `candor-desk`: see `candor_desk::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    candor_desk::cli()
}
