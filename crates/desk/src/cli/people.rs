//! The command line of offices that come onto a case and leave it, and of copies for others.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::casework::{OnCase, Sending};

/// What a newcomer is given.
#[derive(Clone, Copy, Debug, Args)]
pub struct Given {
    /// How much of what was before.
    #[arg(
        long,
        value_enum,
        value_name = "HOW MUCH",
        default_value = "conversation"
    )]
    pub history: HowMuch,
    /// Also the files, sealed to it anew.
    #[arg(long)]
    pub files: bool,
}

/// How much of a case an office is given.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum HowMuch {
    /// The report alone.
    Report,
    /// The report and the conversation with the reporter.
    Conversation,
    /// That, and what the offices wrote among themselves.
    All,
}

/// `admit`
#[derive(Clone, Debug, Args)]
pub struct AdmitArgs {
    /// The first four or more characters of the case's id, as “list” shows it.
    pub case: String,
    /// The office, as the directory names it.
    pub office: Option<String>,
    #[command(flatten)]
    /// What it is given.
    pub given: Given,
    /// More words, for the offices.
    #[arg(
        long,
        value_name = "WORDS",
        default_value = "",
        hide_default_value = true
    )]
    pub note: String,
    /// Do not ask once more.
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    /// When to send.
    pub sending: Sending,
}

/// `transfer`
#[derive(Clone, Debug, Args)]
pub struct TransferArgs {
    #[command(flatten)]
    /// To whom, and what it is given.
    pub to: AdmitArgs,
}

/// `recuse`
#[derive(Clone, Debug, Args)]
pub struct RecuseArgs {
    /// The first four or more characters of the case's id, as “list” shows it.
    pub case: String,
    /// The office that should go; without it, this one.
    pub office: Option<String>,
    /// Why.
    #[arg(long, value_enum, value_name = "WHY", default_value = "conflict")]
    pub why: WhyGo,
    /// More words, for the offices.
    #[arg(
        long,
        value_name = "WORDS",
        default_value = "",
        hide_default_value = true
    )]
    pub note: String,
    /// Do not ask once more.
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    /// When to send.
    pub sending: Sending,
}

/// Why an office goes.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum WhyGo {
    /// A conflict of interest.
    Conflict,
    /// It has no part in it.
    NotConcerned,
}

/// `refer`
#[derive(Clone, Debug, Args)]
pub struct ReferArgs {
    #[command(flatten)]
    /// The case.
    pub on: OnCase,
    /// Whom it is for, in your own words.
    #[arg(long, value_name = "WHOM")]
    pub to: Option<String>,
    /// A file with their age recipient: one line that begins with age1pq1.
    #[arg(long, value_name = "FILE")]
    pub recipient_file: PathBuf,
    /// Where the sealed copy is written.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// What to leave out, as “export” takes it: “names”, or a TOML file with reason, parts and words.
    #[arg(long, value_name = "names|FILE")]
    pub redact: Option<PathBuf>,
    /// The fingerprint was compared: do not ask once more.
    #[arg(long)]
    pub yes: bool,
}
