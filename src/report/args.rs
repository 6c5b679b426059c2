//! The arguments of `candor report`.

use std::path::PathBuf;

use candor_directory::{QuestionId, TopicId, parse_date};
use candor_wire::{Day, RoleId};
use clap::Args;

use crate::client::{connect::ConnectArgs, process::after_help};

/// File a report
///
/// Without --yes it asks for whatever is not given, shows everything once more, and sends nothing
/// before you say so. Nothing of the report is written to disk.
///
/// A program can file one from a file of answers: --answers FILE --yes. What goes into that file,
/// --answers-template TOPIC prints.
#[derive(Args, Clone, Debug)]
#[command(after_help = after_help!("  \
  candor report --intake https://report.example.edu --pin pin.json
      Asks everything, step by step.

  candor report --intake http://….onion --pin pin.json --tor
      The same through Tor: the network you are on does not learn that you use the hotline.

  candor report --answers-template mistreatment > answers.toml
      A file to fill in, with every question of that topic. Make it yours alone: chmod 600.

  candor report --answers answers.toml
      Goes from that file to the review, and asks before it sends.

  candor report --answers answers.toml --yes --save-code code.txt
      Asks nothing; the claim code goes into that file and nowhere else.
"))]
pub struct ReportArgs {
    #[command(flatten)]
    pub connect: ConnectArgs,
    /// The topic, by its id in the hotline's directory
    #[arg(long, value_name = "ID", help_heading = "The report")]
    pub topic: Option<TopicId>,
    /// Take topic, answers, text, files and the rest from this file (TOML), or from standard input
    /// with “-”
    #[arg(long = "answers", value_name = "FILE", help_heading = "The report",
          conflicts_with_all = ["topic", "given_answers", "text_file", "attach", "leave_out", "hold", "not_before"])]
    pub answers_file: Option<PathBuf>,
    /// Print such a file for a topic, with every question and how it is answered, and end
    #[arg(long, value_name = "TOPIC", help_heading = "The report")]
    pub answers_template: Option<TopicId>,
    /// An answer; several values of one question with commas between them
    #[arg(long = "answer", value_name = "QUESTION=VALUE", value_parser = parse_answer,
          help_heading = "The report")]
    pub given_answers: Vec<(QuestionId, String)>,
    /// Take the text from this file, or from standard input with “-”
    #[arg(long, value_name = "FILE", help_heading = "The report")]
    pub text_file: Option<PathBuf>,
    /// Add a file, as it is; may be repeated
    #[arg(long = "attach", value_name = "FILE", help_heading = "The report")]
    pub attach: Vec<PathBuf>,
    /// Leave out a role, by its id, for the life of the case; may be repeated
    #[arg(long = "leave-out", value_name = "ROLE", help_heading = "The report")]
    pub leave_out: Vec<RoleId>,
    /// Ask the offices to do nothing until others report the same
    #[arg(long, help_heading = "The report")]
    pub hold: bool,
    /// Ask the offices to do nothing before this day
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day, help_heading = "The report")]
    pub not_before: Option<Day>,
    /// Ask nothing: send what the arguments or the file of answers say
    #[arg(long, help_heading = "How")]
    pub yes: bool,
    /// Print the code and the recipients as JSON
    #[arg(long, help_heading = "How")]
    pub json: bool,
    /// Write the code to this new file, which only you can read, and nowhere else
    #[arg(long, value_name = "FILE", help_heading = "How")]
    pub save_code: Option<PathBuf>,
    /// Do not ask to type the code back
    #[arg(long, help_heading = "How")]
    pub confirm_saved: bool,
}

fn parse_answer(text: &str) -> Result<(QuestionId, String), String> {
    let form = || "an answer looks like question=value".to_owned();
    let (question, value) = text.split_once('=').ok_or_else(form)?;
    let question = question.parse().map_err(|_| form())?;
    Ok((question, value.to_owned()))
}

fn parse_day(text: &str) -> Result<Day, String> {
    parse_date(text).map_err(|_| "a day looks like 2026-12-20".to_owned())
}
