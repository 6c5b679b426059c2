//! The command line.

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

pub mod casework;
pub mod list;
pub mod people;

use self::{casework::Casework, list::ListArgs};
use crate::{
    commands,
    devices_command::{DevicesArgs, PassphraseArgs, RecoveryCommand},
    entry::command::EnterArgs,
    export::command::ExportArgs,
    failure::{Outcome, Reason},
    home::{HOME_VARIABLE, Home},
    import::command::ImportArgs,
    keeping_command::{EraseArgs, RetentionArgs},
    outcomes::command::Outcomes,
    prompt,
    saved_command::Saved,
    setting_up::{EnrollArgs, InitArgs, RestoreArgs},
};

/// What heads the options that every command has.
const EVERYWHERE: &str = "Options of every command";

const EXIT_CODES: &str = "\
Where to begin:
  candor-desk serve          the desk in a browser, for every day
  candor-desk unlock         the same at the terminal: “sync”, “list --unread”, “show 7f3a”,
                             “reply 7f3a”, “lock”
  candor-desk reply --help   what a command does, with examples; so with every command
A CASE is the first four or more characters of its id, as “list” shows it.

Exit codes:
   0  done
   1  done, but something needs attention; the output says what
   2  wrong arguments or settings, or no such case
   3  the keys could not be unlocked
   4  the desk's folder is missing, in use, full, damaged or changed by somebody
   5  the relay or the public front could not be reached, or refused
   6  something signed does not verify, or the public gets something else
   7  the desk refuses: it would reach somebody whom the reporter left out, or the procedure, a
      legal hold or the kind of this office does not allow it
  70  a defect

Files: one folder holds everything, by default the platform's folder for data of programs.
The full guide is docs/desk.md.";

/// Reads reports of one office, and answers them.
#[derive(Debug, Parser)]
#[command(name = "candor-desk", version, after_long_help = EXIT_CODES, after_help = EXIT_CODES)]
pub struct Cli {
    /// The desk's folder.
    #[arg(long, global = true, value_name = "FOLDER", env = HOME_VARIABLE, hide_env_values = true, help_heading = EVERYWHERE)]
    pub home: Option<PathBuf>,
    /// A file whose first line is the passphrase. Also CANDOR_DESK_PASSPHRASE_FILE.
    #[arg(long, global = true, value_name = "FILE", help_heading = EVERYWHERE)]
    pub passphrase_file: Option<PathBuf>,
    /// Print JSON instead of text.
    #[arg(long, global = true, help_heading = EVERYWHERE)]
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
  candor-desk list --state under-review --responsible own
  candor-desk list --due-within 7 --json
  candor-desk list --group 7f3a
  candor-desk list --search \"ward seven\"")]
    List(ListArgs),
    /// Show a case: the report, the conversation, who reads it, who was left out.
    #[command(after_help = "Example:
  candor-desk show 7f3a")]
    Show {
        /// The first four or more characters of the case's id, as “list” shows it.
        case: String,
        /// Leave it marked as unread.
        #[arg(long)]
        keep_unread: bool,
    },
    /// Mark a case as unread again.
    #[command(after_help = "“show” marks it as read, unless --keep-unread is given.

Example:
  candor-desk unread 7f3a")]
    Unread {
        /// The first four or more characters of the case's id, as “list” shows it.
        case: String,
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
        /// The first four or more characters of the case's id, as “list” shows it.
        case: String,
    },
    /// List the files of a case, or save one.
    #[command(subcommand)]
    Attach(Attach),
    /// What the offices on a case do together.
    #[command(flatten)]
    Casework(Casework),
    /// Texts that are used in replies again and again: list, keep, change, delete.
    #[command(subcommand)]
    Saved(Saved),
    /// Write a case to files that anybody can read: no longer encrypted.
    #[command(after_help = "Examples:
  candor-desk export 7f3a --to /secure/case-7f3a     writes case-7f3a.txt and case-7f3a.json
  candor-desk export 7f3a --preview --redact leave-out.toml
  candor-desk export 7f3a --to /secure/7f3a --format html --redact leave-out.toml

leave-out.toml:
  reason = \"asked for by counsel\"
  parts = [\"identity\", \"files\", \"message-2\", \"notes\"]
  words = [\"Dr. Smith\", { text = \"Ward 7\", reason = \"place\" }]")]
    Export(ExportArgs),
    /// Destroy a case for good: its key here and on the office's other devices, and what the relay
    /// holds of it for this office.
    #[command(
        after_help = "Nothing brings it back. A case under a legal hold is refused.

Examples:
  candor-desk erase 7f3a
  candor-desk erase 7f3a --yes --json"
    )]
    Erase(EraseArgs),
    /// Show which cases are due to be erased, which are held, and what was erased.
    #[command(after_help = "Examples:
  candor-desk retention
  candor-desk retention --within 90
  candor-desk retention --erase-due")]
    Retention(RetentionArgs),
    /// Show what an informal office counts: conversations by month and topic, and nothing else.
    #[command(after_help = "Example:
  candor-desk counters --json")]
    Counters,
    /// Summaries of outcomes for students and the school: count, write, sign off, publish.
    #[command(subcommand)]
    Outcomes(Outcomes),
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
    #[command(
        after_help = "Exit code 1 says that something needs attention; the output says what.

Examples:
  candor-desk status
  candor-desk status --json"
    )]
    Status,
    /// Print the request and fingerprint for the administrator again.
    #[command(after_help = "Example:
  candor-desk request --request-out request.json")]
    Request {
        /// Where to write it.
        #[arg(long, value_name = "FILE")]
        request_out: Option<PathBuf>,
    },
    /// Write a new recovery file; the older one then acts no more.
    #[command(
        after_help = "With --two-of-three, three people choose words of their own, and three files \
are written, one for each pair of them: any two of the three can restore the office, nobody alone. \
Destroy the older files: what they opened before, they still open.

Examples:
  candor-desk recovery --to /media/stick/title-ix-2027.recovery
  candor-desk recovery --two-of-three --to /media/stick"
    )]
    Recovery(RecoveryCommand),
    /// Change the passphrase of this desk, or guard its keys by an age plugin instead.
    #[command(
        after_help = "The new passphrase is asked for, unless it comes from a file. Copies of the old \
key file (a backup, a disk image) still open with the old passphrase. If somebody who knew it has \
left, change it and begin new keys as well: “devices leaver --help”.

Examples:
  candor-desk passphrase
  candor-desk passphrase --plugin-identity yubikey.txt     a plugin instead
  candor-desk passphrase                                   back to a passphrase"
    )]
    Passphrase(PassphraseArgs),
    /// List the office's devices; say that one was lost, that somebody left, that one is retired.
    #[command(after_help = "Examples:
  candor-desk devices
  candor-desk devices lost 3fa9        stolen, or nobody knows where it is
  candor-desk devices leaver 3fa9      the workstation of somebody who has left
  candor-desk devices retire 3fa9      given up, and wiped by yourselves")]
    Devices(DevicesArgs),
    /// Bring a second workstation into the office.
    #[command(after_help = "Three steps:
  1. new workstation:      candor-desk enroll --office title-ix --pin pin.json \\
                             --relay-url … --intake-url … --request-out request.json
  2. enrolled workstation: candor-desk enroll --approve request.json --out grant.age
  3. new workstation:      candor-desk enroll --accept grant.age, then sync")]
    Enroll(EnrollArgs),
}

/// `reply`
#[derive(Clone, Debug, Args)]
pub struct ReplyArgs {
    /// The first four or more characters of the case's id, as “list” shows it.
    pub case: String,
    /// The text. Other users of this computer and the shell's history can see it: better leave it
    /// out and type it when asked.
    #[arg(long, conflicts_with_all = ["text_file", "editor"])]
    pub text: Option<String>,
    /// A file with the text.
    #[arg(long, value_name = "FILE", conflicts_with = "editor")]
    pub text_file: Option<PathBuf>,
    /// The text of a saved reply, by the first characters of its name, as “saved list” shows it.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["text", "text_file", "editor"])]
    pub saved: Option<String>,
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
        self.text.is_some() || self.text_file.is_some() || self.editor || self.saved.is_some()
    }
}

/// `attach`
#[derive(Debug, Subcommand)]
pub enum Attach {
    /// List the files of a case.
    #[command(after_help = "Example:
  candor-desk attach list 7f3a")]
    List {
        /// The first four or more characters of the case's id, as “list” shows it.
        case: String,
    },
    /// Save a file of a case. It comes from somebody unknown and may be harmful.
    #[command(after_help = "Example:
  candor-desk attach save 7f3a 1 --to ~/Downloads")]
    Save {
        /// The first four or more characters of the case's id, as “list” shows it.
        case: String,
        /// The file's number.
        number: usize,
        /// A folder, or a name that is free.
        #[arg(long, value_name = "PATH")]
        to: PathBuf,
    },
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
