//! The arguments of `candor check`.

use std::path::PathBuf;

use candor_sealing::content::Resolved;
use candor_wire::RoleId;
use clap::{Args, ValueEnum};

use crate::client::{connect::ConnectArgs, process::after_help};

/// Come back to a report with its claim code
///
/// Shows what the offices answered. The code is asked for, read from --code-file, or from the
/// first line of standard input; never given as an argument, where others could see it.
///
/// Without anything else to do, it then offers what can be done: answering an office's questions,
/// writing more, leaving someone out, withdrawing.
#[derive(Args, Clone, Debug)]
#[command(after_help = after_help!("  \
  candor check --intake https://report.example.edu --pin pin.json
      Asks for the code, shows the answers, then what can be done.

  candor check --code-file code.txt --json
      For a program: the conversation as JSON, numbers of the offices' questions included.

  candor check --code-file code.txt --yes --answers more.toml
      Answers the offices' questions from a file with lines such as 1 = \"…\" under [answers].

  candor check --new-code
      A new code that only you know, after a report by telephone.
"))]
pub struct CheckArgs {
    #[command(flatten)]
    pub connect: ConnectArgs,
    /// Read the claim code from this file, or from standard input with “-”
    #[arg(long, value_name = "FILE", help_heading = "The code")]
    pub code_file: Option<PathBuf>,
    /// Do not show the code while it is typed
    #[arg(long, conflicts_with = "code_file", help_heading = "The code")]
    pub hide: bool,
    /// Move the conversation to a new code, after which the old one leads nowhere; asks first
    #[arg(long, conflicts_with_all = ["add_text", "attach", "answers", "resolved", "withdraw", "leave_out"],
          help_heading = "The code")]
    pub new_code: bool,
    /// Write the new code to this new file, which only you can read, and nowhere else
    #[arg(
        long,
        value_name = "FILE",
        requires = "new_code",
        help_heading = "The code"
    )]
    pub save_code: Option<PathBuf>,
    /// Add a text from this file, or from standard input with “-”
    #[arg(long, value_name = "FILE", help_heading = "What to do")]
    pub add_text: Option<PathBuf>,
    /// Add a file, as it is; may be repeated
    #[arg(long = "attach", value_name = "FILE", help_heading = "What to do")]
    pub attach: Vec<PathBuf>,
    /// Answer the offices' questions from this file (TOML): a section [answers] with lines such as
    /// 1 = "…", by the numbers that are shown
    #[arg(long, value_name = "FILE", help_heading = "What to do")]
    pub answers: Option<PathBuf>,
    /// Say whether what was reported is put right
    #[arg(long, value_name = "HOW", help_heading = "What to do")]
    pub resolved: Option<ResolvedArg>,
    /// Withdraw the report; asks first
    #[arg(long, help_heading = "What to do")]
    pub withdraw: bool,
    /// Leave out a role from now on, by its id; may be repeated
    #[arg(long = "leave-out", value_name = "ROLE", help_heading = "What to do")]
    pub leave_out: Vec<RoleId>,
    /// Go on with the offices that have the report now, if others came or went; with --leave-out,
    /// without these
    #[arg(long, help_heading = "What to do")]
    pub accept_offices: bool,
    /// Save the files of the offices' messages in this folder
    #[arg(long, value_name = "DIR", help_heading = "What to do")]
    pub save_attachments: Option<PathBuf>,
    /// Keep a copy of the conversation in this new file, which only you can read
    #[arg(long, value_name = "FILE", help_heading = "What to do")]
    pub copy: Option<PathBuf>,
    /// Ask nothing
    #[arg(long, help_heading = "How")]
    pub yes: bool,
    /// Print the conversation as JSON
    #[arg(long, help_heading = "How")]
    pub json: bool,
}

/// How the reporter sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ResolvedArg {
    /// It is put right
    Yes,
    /// In part
    Partly,
    /// It is not
    No,
}

impl From<ResolvedArg> for Resolved {
    fn from(how: ResolvedArg) -> Self {
        match how {
            ResolvedArg::Yes => Self::Yes,
            ResolvedArg::Partly => Self::Partly,
            ResolvedArg::No => Self::No,
        }
    }
}

impl CheckArgs {
    /// Whether something is to be sent.
    pub fn sends(&self) -> bool {
        self.add_text.is_some()
            || !self.attach.is_empty()
            || self.answers.is_some()
            || self.resolved.is_some()
            || self.withdraw
            || !self.leave_out.is_empty()
    }

    /// Whether nothing is to be sent but that somebody is left out.
    pub fn only_leaves_out(&self) -> bool {
        self.add_text.is_none()
            && self.attach.is_empty()
            && self.answers.is_none()
            && self.resolved.is_none()
            && !self.withdraw
    }

    /// Whether there is nothing to do but look, and somebody who may want more.
    pub fn only_looks(&self) -> bool {
        !self.sends()
            && !self.new_code
            && !self.accept_offices
            && self.save_attachments.is_none()
            && self.copy.is_none()
            && !self.yes
            && !self.json
    }
}
