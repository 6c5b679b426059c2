//! The arguments of `candor check`.

use std::path::PathBuf;

use candor_wire::RoleId;
use clap::Args;

use crate::client::{connect::ConnectArgs, process::EXIT_CODES};

/// Come back to a report with its claim code
///
/// Shows what the offices answered. The code is asked for, read from --code-file, or from the
/// first line of standard input; never given as an argument, where others could see it.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXIT_CODES)]
pub struct CheckArgs {
    #[command(flatten)]
    pub connect: ConnectArgs,
    /// Read the claim code from this file, or from standard input with “-”
    #[arg(long, value_name = "FILE", help_heading = "The code")]
    pub code_file: Option<PathBuf>,
    /// Do not show the code while it is typed
    #[arg(long, conflicts_with = "code_file", help_heading = "The code")]
    pub hide: bool,
    /// Add a text from this file, or from standard input with “-”
    #[arg(long, value_name = "FILE", help_heading = "What to do")]
    pub add_text: Option<PathBuf>,
    /// Add a file, as it is; may be repeated
    #[arg(long = "attach", value_name = "FILE", help_heading = "What to do")]
    pub attach: Vec<PathBuf>,
    /// Withdraw the report; asks first
    #[arg(long, help_heading = "What to do")]
    pub withdraw: bool,
    /// Leave out a role from now on, by its id; may be repeated
    #[arg(long = "leave-out", value_name = "ROLE", help_heading = "What to do")]
    pub leave_out: Vec<RoleId>,
    /// Save the files of the offices' messages in this folder
    #[arg(long, value_name = "DIR", help_heading = "What to do")]
    pub save_attachments: Option<PathBuf>,
    /// Ask nothing
    #[arg(long, help_heading = "How")]
    pub yes: bool,
    /// Print the conversation as JSON
    #[arg(long, help_heading = "How")]
    pub json: bool,
}

impl CheckArgs {
    /// Whether something is to be sent.
    pub fn sends(&self) -> bool {
        self.add_text.is_some()
            || !self.attach.is_empty()
            || self.withdraw
            || !self.leave_out.is_empty()
    }

    /// Whether there is nothing to do but look, and somebody who may want more.
    pub fn only_looks(&self) -> bool {
        !self.sends() && self.save_attachments.is_none() && !self.yes && !self.json
    }
}
