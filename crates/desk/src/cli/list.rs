//! The command line of `list`.

use clap::{Args, ValueEnum};

/// `list`
#[derive(Clone, Debug, Default, Args)]
pub struct ListArgs {
    /// Only cases with something unread.
    #[arg(long)]
    pub unread: bool,
    /// Only cases in this state of the procedure, such as under-review.
    #[arg(long, value_name = "STATE")]
    pub state: Option<String>,
    /// Only cases of which the reporter knows so much.
    #[arg(long, value_enum, value_name = "STANDING")]
    pub standing: Option<StandingArg>,
    /// Only cases of this topic.
    #[arg(long, value_name = "TOPIC")]
    pub topic: Option<String>,
    /// Only cases for which this office is responsible: “own”, “nobody”, or its name.
    #[arg(long, value_name = "OFFICE")]
    pub responsible: Option<String>,
    /// Only cases in the group of this case.
    #[arg(long, value_name = "CASE")]
    pub group: Option<String>,
    /// Only cases on which something is due within so many days, or late.
    #[arg(long, value_name = "DAYS")]
    pub due_within: Option<u32>,
    /// Only cases with all of these words anywhere in them. Other users of this computer can see
    /// them.
    #[arg(long, value_name = "WORDS")]
    pub search: Option<String>,
    /// Only what was set aside as no report.
    #[arg(long)]
    pub discarded: bool,
    /// Also what was set aside as no report.
    #[arg(long, conflicts_with = "discarded")]
    pub all: bool,
}

/// What the reporter knows.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum StandingArg {
    /// Nobody has answered.
    New,
    /// The reporter knows that it was received.
    Acknowledged,
    /// An office has written.
    Answered,
    /// The reporter has withdrawn it.
    Withdrawn,
}
