//! The command line.

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use candor_wire::OfficeId;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{
    commands,
    config::{Acknowledge, Config, default_idle, default_language},
    entry::command::EnterArgs,
    failure::{Outcome, Reason},
    home::{HOME_VARIABLE, Home},
    import::command::ImportArgs,
    prompt,
};

const EXIT_CODES: &str = "\
Exit codes:
   0  done
   1  done, but something needs attention; the output says what
   2  wrong arguments or settings, or no such case
   3  the keys could not be unlocked
   4  the desk's folder is missing, in use, full, damaged or changed by somebody
   5  the relay or the public front could not be reached, or refused
   6  something signed does not verify, or the public gets something else
   7  the desk refuses: it would reach somebody whom the reporter left out
  70  a defect

Files: one folder holds everything, by default the platform's folder for data of programs.
The full guide is docs/desk.md.";

/// Reads reports of one office, and answers them.
#[derive(Debug, Parser)]
#[command(name = "candor-desk", version, after_long_help = EXIT_CODES, after_help = EXIT_CODES)]
pub struct Cli {
    /// The desk's folder.
    #[arg(long, global = true, value_name = "FOLDER", env = HOME_VARIABLE)]
    pub home: Option<PathBuf>,
    /// A file whose first line is the passphrase. Also CANDOR_DESK_PASSPHRASE_FILE.
    #[arg(long, global = true, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the desk does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the keys of a new office, and its recovery file.
    #[command(after_help = "Example:
  candor-desk init --office title-ix --pin pin.json \\
    --relay-url https://relay.example --intake-url https://report.example \\
    --recovery /media/stick/title-ix.recovery")]
    Init(InitArgs),
    /// Set this workstation up from the office's recovery file.
    #[command(after_help = "Example:
  candor-desk restore --recovery /media/stick/title-ix.recovery --label \"Front desk\"")]
    Restore(RestoreArgs),
    /// Work for a while without typing the passphrase again.
    #[command(
        after_help = "Inside, type any command without “candor-desk”; “lock” or Ctrl-D ends.
It locks itself after idle_minutes (desk.toml) without a command."
    )]
    Unlock,
    /// Show the desk's pages to a browser on this workstation.
    #[command(
        after_help = "It prints an address: open it in a browser on this workstation. The \
address is good for one time and a few minutes; Enter prints a new one, Ctrl-C ends.
The pages ask for the passphrase, unless it comes from --passphrase-file. They lock themselves
after idle_minutes (desk.toml) without use. While they are open, no other candor-desk can use the
folder.

Lines on standard output, for programs:
  listening http://127.0.0.1:PORT
  open http://127.0.0.1:PORT/launch?token=TOKEN"
    )]
    Serve(ServeArgs),
    /// Everything that works on an unlocked desk.
    #[command(flatten)]
    Work(Work),
}

/// `serve`
#[derive(Clone, Copy, Debug, Args)]
pub struct ServeArgs {
    /// The port on 127.0.0.1; 0 takes any that is free.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub port: u16,
    /// For how many minutes a printed address is good.
    #[arg(long, value_name = "MINUTES", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1440))]
    pub launch_minutes: u32,
    /// End when standard input ends: for programs that start this one.
    #[arg(long, hide = true)]
    pub end_with_stdin: bool,
}

/// Where the instance is.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// The office's name in the directory.
    #[arg(long)]
    pub office: Option<OfficeId>,
    /// pin.json, as the administrator handed it over.
    #[arg(long, value_name = "FILE")]
    pub pin: Option<PathBuf>,
    /// Where the relay answers desks.
    #[arg(long, value_name = "URL")]
    pub relay_url: Option<String>,
    /// The public front, from which the directory comes.
    #[arg(long, value_name = "URL", visible_alias = "directory-url")]
    pub intake_url: Option<String>,
    /// Set up a desk of a demonstration, whose keys protect nothing.
    #[arg(long)]
    pub demonstration: bool,
}

/// How this workstation is set up.
#[derive(Clone, Debug, Args)]
pub struct Station {
    /// A name for this workstation that colleagues recognise.
    #[arg(long, value_name = "NAME", default_value = "desk")]
    pub label: String,
    /// Certificates (PEM) to trust for the servers, instead of the system's.
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Guard the keys by an age plugin's identity in this file, instead of a passphrase.
    #[arg(long, value_name = "FILE")]
    pub plugin_identity: Option<PathBuf>,
    /// Who tells a reporter that the report was received.
    #[arg(long, value_enum, default_value_t = AcknowledgeArg::Automatic)]
    pub acknowledge: AcknowledgeArg,
}

/// Who says *received*.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum AcknowledgeArg {
    /// `sync` does.
    Automatic,
    /// A person does.
    ByHand,
}

impl From<AcknowledgeArg> for Acknowledge {
    fn from(arg: AcknowledgeArg) -> Self {
        match arg {
            AcknowledgeArg::Automatic => Self::Automatic,
            AcknowledgeArg::ByHand => Self::ByHand,
        }
    }
}

/// Where a recovery file goes.
#[derive(Clone, Debug, Args)]
pub struct RecoveryArgs {
    /// A file whose first line is the recovery file's own passphrase, instead of words that are
    /// offered on the terminal.
    #[arg(long, value_name = "FILE")]
    pub recovery_passphrase_file: Option<PathBuf>,
}

/// `init`
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// Where the instance is.
    #[command(flatten)]
    pub place: Place,
    /// This workstation.
    #[command(flatten)]
    pub station: Station,
    /// Where to write the recovery file: best a USB stick that is then locked away.
    #[arg(long, value_name = "FILE")]
    pub recovery: Option<PathBuf>,
    /// Its passphrase.
    #[command(flatten)]
    pub recovery_args: RecoveryArgs,
    /// Where to write the request for the administrator.
    #[arg(long, value_name = "FILE")]
    pub request_out: Option<PathBuf>,
}

/// `restore`
#[derive(Clone, Debug, Args)]
pub struct RestoreArgs {
    /// The recovery file.
    #[arg(long, value_name = "FILE")]
    pub recovery: PathBuf,
    /// Its passphrase.
    #[command(flatten)]
    pub recovery_args: RecoveryArgs,
    /// This workstation.
    #[command(flatten)]
    pub station: Station,
    /// Where the relay answers desks, if it has moved.
    #[arg(long, value_name = "URL")]
    pub relay_url: Option<String>,
    /// The public front, if it has moved.
    #[arg(long, value_name = "URL", visible_alias = "directory-url")]
    pub intake_url: Option<String>,
}

/// Commands on an unlocked desk.
#[derive(Debug, Subcommand)]
pub enum Work {
    /// Fetch what has come, send what waits, renew the key cards.
    #[command(after_help = "Examples:
  candor-desk sync
  candor-desk sync --wait     stays, and fetches whatever comes until Ctrl-C")]
    Sync {
        /// Stay, and fetch whatever comes.
        #[arg(long)]
        wait: bool,
    },
    /// List the cases, the newest first.
    #[command(after_help = "Examples:
  candor-desk list --unread
  candor-desk list --state new --json")]
    List {
        /// Only cases with something unread.
        #[arg(long)]
        unread: bool,
        /// Only cases that stand so.
        #[arg(long, value_enum, value_name = "STATE")]
        state: Option<StateArg>,
        /// Only cases of this topic.
        #[arg(long, value_name = "TOPIC")]
        topic: Option<String>,
    },
    /// Show a case: the report, the conversation, who reads it, who was left out.
    #[command(after_help = "Example:
  candor-desk show 7f3a")]
    Show {
        /// The first four or more characters of the case's id.
        case: String,
        /// Leave it marked as unread.
        #[arg(long)]
        keep_unread: bool,
    },
    /// Reply to the reporter, and to the other offices on the case.
    #[command(
        after_help = "Without --text, --text-file or --editor, the text is read from the \
terminal or from standard input, unless there are questions or a state to send.

Examples:
  candor-desk reply 7f3a
  candor-desk reply 7f3a --text-file answer.txt --attach policy.pdf
  candor-desk reply 7f3a --text-file answer.txt --questions-file questions.txt
  candor-desk reply 7f3a --text-file done.txt --state closed --ask-resolved"
    )]
    Reply(ReplyArgs),
    /// Tell the reporter that the report was received, if nobody has yet.
    #[command(after_help = "Example:
  candor-desk acknowledge 7f3a")]
    Acknowledge {
        /// The case.
        case: String,
    },
    /// List the files of a case, or save one.
    #[command(subcommand)]
    Attach(Attach),
    /// Write a case to files that anybody can read: no longer encrypted.
    #[command(after_help = "Example:
  candor-desk export 7f3a --to /secure/case-7f3a     writes case-7f3a.txt and case-7f3a.json")]
    Export {
        /// The case.
        case: String,
        /// The files' name without its ending.
        #[arg(long, value_name = "NAME")]
        to: PathBuf,
    },
    /// Import a table of comments, such as course evaluations: each row a sealed report.
    #[command(
        after_help = "The file is CSV with the columns' headings as its first row. What was \
imported before is recognised row by row, so that the same command goes on where an interrupted one \
stopped. Nobody gets a claim code: nobody can be answered.

Examples:
  candor-desk import evaluations.csv --dry-run
  candor-desk import evaluations.csv --map \"course=Course name\" --map \"comment=What else?\"
  candor-desk import evaluations.csv --topic student-concern --channel course-evaluation --yes"
    )]
    Import(ImportArgs),
    /// Enter what somebody told or wrote to the office, and get a claim code to hand to them.
    #[command(
        after_help = "It asks for everything: how it came (a visit, an e-mail, a letter), the topic, \
its questions, the text, who must not read it; shows who will read it; and sends it as a report. The \
claim code is then shown once, as words and as digits, and kept nowhere.

Examples:
  candor-desk enter
  candor-desk enter --channel in-person --topic mistreatment
  candor-desk enter --from visit.toml --yes"
    )]
    Enter(EnterArgs),
    /// Say who this desk is, how far it is, and what is about to expire.
    Status,
    /// Print the request and fingerprint for the administrator again.
    Request {
        /// Where to write it.
        #[arg(long, value_name = "FILE")]
        request_out: Option<PathBuf>,
    },
    /// Write a new recovery file.
    #[command(after_help = "Example:
  candor-desk recovery --to /media/stick/title-ix-2027.recovery")]
    Recovery {
        /// Where.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// Its passphrase.
        #[command(flatten)]
        args: RecoveryArgs,
    },
    /// List the office's devices, or revoke one.
    #[command(
        after_help = "A revoked device can no longer act at the relay. What it held it \
still holds: if it was stolen unlocked, tell the administrator, and make the office anew.

Examples:
  candor-desk devices
  candor-desk devices --revoke 3fa9"
    )]
    Devices {
        /// The first characters of the id of a device that must never act again.
        #[arg(long, value_name = "ID")]
        revoke: Option<String>,
    },
    /// Bring a second workstation into the office.
    #[command(after_help = "Three steps:
  1. new workstation:      candor-desk enroll --office title-ix --pin pin.json \\
                             --relay-url … --intake-url … --request-out request.json
  2. enrolled workstation: candor-desk enroll --approve request.json --out grant.age
  3. new workstation:      candor-desk enroll --accept grant.age, then sync")]
    Enroll(EnrollArgs),
}

/// States to filter by.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum StateArg {
    /// Nobody has answered.
    New,
    /// The reporter knows that it was received.
    Acknowledged,
    /// An office has written.
    Answered,
    /// The reporter has withdrawn it.
    Withdrawn,
}

/// `reply`
#[derive(Clone, Debug, Args)]
pub struct ReplyArgs {
    /// The case.
    pub case: String,
    /// The text. Other users of this computer and the shell's history can see it: better leave it
    /// out and type it when asked.
    #[arg(long, conflicts_with_all = ["text_file", "editor"])]
    pub text: Option<String>,
    /// A file with the text.
    #[arg(long, value_name = "FILE", conflicts_with = "editor")]
    pub text_file: Option<PathBuf>,
    /// Write it in $VISUAL or $EDITOR. The editor sees it as a file, which is wiped afterwards.
    #[arg(long)]
    pub editor: bool,
    /// A file with questions, one a line, at most ten: the reporter answers them one by one.
    #[arg(long, value_name = "FILE", conflicts_with = "ask")]
    pub questions_file: Option<PathBuf>,
    /// Type such questions in.
    #[arg(long)]
    pub ask: bool,
    /// Ask whether what was reported is put right.
    #[arg(long)]
    pub ask_resolved: bool,
    /// Tell the reporter how the case stands, such as closed: one of the directory's states.
    #[arg(long, value_name = "STATE")]
    pub state: Option<String>,
    /// Files to send along.
    #[arg(long, value_name = "FILE")]
    pub attach: Vec<PathBuf>,
    /// Keep it for the next sync instead of sending it at once.
    #[arg(long)]
    pub later: bool,
    /// Send it although an office on the case has no key card, and so does not get it.
    #[arg(long)]
    pub without_unreachable: bool,
}

impl ReplyArgs {
    /// Whether a text was given, or is to be written in an editor.
    #[must_use]
    pub const fn has_text(&self) -> bool {
        self.text.is_some() || self.text_file.is_some() || self.editor
    }
}

/// `attach`
#[derive(Debug, Subcommand)]
pub enum Attach {
    /// List the files of a case.
    List {
        /// The case.
        case: String,
    },
    /// Save a file of a case. It comes from somebody unknown and may be harmful.
    #[command(after_help = "Example:
  candor-desk attach save 7f3a 1 --to ~/Downloads")]
    Save {
        /// The case.
        case: String,
        /// The file's number.
        number: usize,
        /// A folder, or a name that is free.
        #[arg(long, value_name = "PATH")]
        to: PathBuf,
    },
}

/// `enroll`
#[derive(Clone, Debug, Args)]
pub struct EnrollArgs {
    /// Where the instance is.
    #[command(flatten)]
    pub place: Place,
    /// This workstation.
    #[command(flatten)]
    pub station: Station,
    /// Where to write the new workstation's request.
    #[arg(long, value_name = "FILE")]
    pub request_out: Option<PathBuf>,
    /// On an enrolled workstation: the request to approve.
    #[arg(long, value_name = "FILE", conflicts_with = "accept")]
    pub approve: Option<PathBuf>,
    /// The fingerprint as the new workstation shows it, instead of comparing by eye.
    #[arg(long, value_name = "DIGITS", requires = "approve")]
    pub fingerprint: Option<String>,
    /// Where to write the sealed keys for the new workstation.
    #[arg(long, value_name = "FILE", requires = "approve")]
    pub out: Option<PathBuf>,
    /// On the new workstation: the sealed keys.
    #[arg(long, value_name = "FILE")]
    pub accept: Option<PathBuf>,
}

/// Settings from the command line.
///
/// # Errors
/// If something is missing that nobody can be asked for.
pub fn settings(place: &Place, station: &Station) -> Outcome<(Config, PathBuf)> {
    let ask = |given: &Option<String>, question: &str| match given {
        Some(value) => Ok(value.clone()),
        None => prompt::ask(question),
    };
    let office = match &place.office {
        Some(office) => office.clone(),
        None => commands::parse_office(&prompt::ask(
            "The office's name in the directory (--office)",
        )?)?,
    };
    let pin = match &place.pin {
        Some(pin) => pin.clone(),
        None => prompt::ask("The file pin.json from the administrator (--pin)")?.into(),
    };
    let config = Config {
        office,
        label: station.label.clone(),
        relay_url: ask(&place.relay_url, "The relay's address (--relay-url)")?,
        intake_url: ask(
            &place.intake_url,
            "The public front's address (--intake-url)",
        )?,
        ca_file: commands::absolute(station.ca_file.as_deref())?,
        demonstration: place.demonstration,
        acknowledge: station.acknowledge.into(),
        idle_minutes: default_idle(),
        language: default_language(),
    };
    config.check()?;
    Ok((config, pin))
}

/// Runs the command line of this process and gives its exit code.
#[must_use]
pub fn cli() -> ExitCode {
    run_from(std::env::args_os())
}

/// Runs a command line, the program's name first.
pub fn run_from(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // A closed terminal leaves nobody to tell.
            let _ = error.print();
            return if error.use_stderr() {
                Reason::Usage.into()
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    finish(Home::find(cli.home.clone()).and_then(|home| commands::run(&cli, home)))
}

/// Says what went wrong and gives the exit code.
fn finish(outcome: Outcome<Reason>) -> ExitCode {
    match outcome {
        Ok(reason) => reason.into(),
        Err(failure) => {
            prompt::note(&format!("error: {failure}"));
            failure.reason().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound_and_secrets_have_no_argument() {
        Cli::command().debug_assert();
        let mut stack = vec![Cli::command()];
        while let Some(command) = stack.pop() {
            for argument in command.get_arguments() {
                let name = argument.get_id().as_str();
                let secret = name.contains("passphrase") && !name.ends_with("file");
                assert!(!secret, "{name}");
            }
            stack.extend(command.get_subcommands().cloned());
        }
    }
}
