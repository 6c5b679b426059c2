//! The command line of casework: sorting, steps, tasks, interventions, and looking at them.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::people::{AdmitArgs, RecuseArgs, ReferArgs, TransferArgs};

/// What the offices on a case do together.
#[derive(Debug, Subcommand)]
pub enum Casework {
    /// Sort a report: its type, where, who is alleged, and whether something can be done about it.
    #[command(
        after_help = "The state of the case follows: actionable, or not actionable.
The names of types, settings and sources are the directory's; a wrong one lists them.

Examples:
  candor-desk triage 7f3a --type bullying --setting clerkship --source faculty --specific --actionable yes
  candor-desk triage 7f3a --unspecific --actionable no
  candor-desk triage 7f3a          asks for everything"
    )]
    Triage(TriageArgs),
    /// Take a case to another state of the procedure.
    #[command(after_help = "Without a state it shows the ones that may follow.

Examples:
  candor-desk move 7f3a
  candor-desk move 7f3a under-review
  candor-desk move 7f3a reopened --why \"it has begun again\"")]
    Move(MoveArgs),
    /// Hold a case until a day, or until its group has so many reports.
    #[command(after_help = "Examples:
  candor-desk hold 7f3a --until 2027-03-01
  candor-desk hold 7f3a --reports 3 --until 2027-06-30 --why \"acting now would point to the reporter\"")]
    Hold(HoldArgs),
    /// Say which office is responsible, and who there.
    #[command(after_help = "Examples:
  candor-desk assign 7f3a                                this office
  candor-desk assign 7f3a dean-for-students --whom \"the assistant\"
  candor-desk assign 7f3a --nobody")]
    Assign(AssignArgs),
    /// Write an internal note. It is for offices, and cannot reach the reporter.
    #[command(after_help = "Examples:
  candor-desk note 7f3a --text-file thoughts.txt
  candor-desk note 7f3a --mention dean-for-students
  candor-desk note 7f3a --own         only this office's workstations read it")]
    Note(NoteArgs),
    /// Write down what is to be done, say that it is done, or list it.
    #[command(subcommand)]
    Task(Task),
    /// Ask a leader to do something, or change what was asked.
    #[command(after_help = "Examples:
  candor-desk intervene 7f3a --leader \"Clerkship director, surgery\" --what \"Talk with the team\" --due 2027-01-31
  candor-desk intervene 7f3a --leader \"Division chief\" --what \"Training\" --kind additional-training --due 2027-02-15
  candor-desk intervene 7f3a --change 3fa9 --due 2027-02-28")]
    Intervene(InterveneArgs),
    /// Write down what a leader has reported back.
    #[command(after_help = "Examples:
  candor-desk report-back 7f3a --text-file answer.txt
  candor-desk report-back 7f3a 3fa9 --not-completed")]
    ReportBack(ReportBackArgs),
    /// Decide whether what was reported back is enough.
    #[command(after_help = "Examples:
  candor-desk decide 7f3a --addressed
  candor-desk decide 7f3a --needs-more --why \"one of the two was not spoken to\"")]
    Decide(DecideArgs),
    /// Say to whom praise was passed on; that closes the case.
    #[command(after_help = "Example:
  candor-desk pass-on 7f3a --to \"the resident and the programme director\"")]
    PassOn(PassOnArgs),
    /// Put reports about the same person or place into one group.
    #[command(
        after_help = "Only the group is on the cases; nothing of one report stands on another.

Examples:
  candor-desk group 7f3a --name \"Ward 7\"     begins a group
  candor-desk group 91cc --with 7f3a          joins it
  candor-desk group 91cc --none               leaves it"
    )]
    Group(GroupArgs),
    /// Let another office read along.
    #[command(
        after_help = "The reporter is told, and can leave the office out. An office that the \
reporter left out cannot be brought in, nor a confidential one.

Examples:
  candor-desk admit 7f3a dean-for-medical-education
  candor-desk admit 7f3a title-ix --history conversation --files"
    )]
    Admit(AdmitArgs),
    /// Hand a case to another office, and leave it.
    #[command(after_help = "The reporter is told; the same claim code goes on.

Example:
  candor-desk transfer 7f3a title-ix --history conversation")]
    Transfer(TransferArgs),
    /// Take this office off a case, or say that another one should go.
    #[command(
        after_help = "This office goes at once; another one once two offices say so.

Examples:
  candor-desk recuse 7f3a --why conflict
  candor-desk recuse 7f3a dean-for-students --why conflict"
    )]
    Recuse(RecuseArgs),
    /// Seal a copy to somebody outside, with parts left out.
    #[command(
        after_help = "It shows the fingerprint of their key, and asks, before anything is written: compare it with them
by telephone. The other offices on the case see for whom it was and what was left out. The reporter
is not told by the desk. “export --preview” shows the names of the parts.

Example:
  candor-desk refer 7f3a --to \"Compliance, General Hospital\" --recipient-file key.txt \\
    --redact leave-out.toml --out copy.age"
    )]
    Refer(ReferArgs),
    /// Say that something is no report: spam, a test, the same thing twice. It keeps nobody out.
    #[command(after_help = "Examples:
  candor-desk discard 7f3a spam
  candor-desk discard 7f3a other --note \"a letter that was meant for the library\"
  candor-desk undiscard 7f3a        takes it back")]
    Discard(DiscardArgs),
    /// Say that something is a report after all.
    #[command(after_help = "It stands where it stood before it was discarded.

Example:
  candor-desk undiscard 7f3a")]
    Undiscard(OnCase),
    /// Keep a case from being erased, or let it be erased again.
    #[command(after_help = "Examples:
  candor-desk legal-hold 7f3a --why \"asked for by counsel\"
  candor-desk legal-hold 7f3a --off")]
    LegalHold(LegalHoldArgs),
    /// Say that what a device did, which has been revoked since, was genuine.
    #[command(
        after_help = "What a lost or stolen workstation did without any other one's knowledge waits until somebody says that a
colleague did it. Ask that colleague first, not by mail. “timeline” shows what waits, and the names.

Example:
  candor-desk confirm 7f3a 3fa91c07"
    )]
    Confirm(ConfirmArgs),
    /// Show everything that the offices did on a case, in order, and what came of it.
    #[command(
        after_help = "Each line begins with the name of the event, by which “confirm” and “note --replaces” know it.

Examples:
  candor-desk timeline 7f3a
  candor-desk timeline 7f3a --known --json"
    )]
    Timeline(TimelineArgs),
    /// Show what is due on all cases, the nearest first.
    #[command(after_help = "Examples:
  candor-desk deadlines
  candor-desk deadlines --within 14
  candor-desk deadlines --late --json")]
    Deadlines(DeadlinesArgs),
}

/// When something goes out.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Sending {
    /// Keep it for the next sync instead of sending it at once.
    #[arg(long)]
    pub later: bool,
}

/// A case, and when to send.
#[derive(Clone, Debug, Args)]
pub struct OnCase {
    /// The first four or more characters of the case's id, as “list” shows it.
    pub case: String,
    #[command(flatten)]
    /// When to send.
    pub sending: Sending,
}

/// `timeline`
#[derive(Clone, Debug, Args)]
pub struct TimelineArgs {
    /// The first four or more characters of the case's id, as “list” shows it.
    pub case: String,
    /// Show what is known here, without fetching what others have done.
    #[arg(long, alias = "later")]
    pub known: bool,
}

/// A text, or where it comes from.
#[derive(Clone, Debug, Default, Args)]
pub struct Words {
    /// The text. Other users of this computer and the shell's history can see it: better leave it
    /// out and type it when asked.
    #[arg(long, value_name = "WORDS", conflicts_with = "text_file")]
    pub text: Option<String>,
    /// A file with the text.
    #[arg(long, value_name = "FILE")]
    pub text_file: Option<PathBuf>,
}

/// `triage`
#[derive(Clone, Debug, Args)]
pub struct TriageArgs {
    #[command(flatten)]
    /// The case.
    pub on: OnCase,
    /// What kind of mistreatment; may be given several times.
    #[arg(long = "type", value_name = "TYPE")]
    pub types: Vec<String>,
    /// Where.
    #[arg(long, value_name = "SETTING")]
    pub setting: Option<String>,
    /// Who is alleged.
    #[arg(long, value_name = "SOURCE")]
    pub source: Option<String>,
    /// It says enough to tell what happened.
    #[arg(long, conflicts_with = "unspecific")]
    pub specific: bool,
    /// It does not.
    #[arg(long)]
    pub unspecific: bool,
    /// Whether something can be done about it.
    #[arg(long, value_enum, value_name = "ANSWER")]
    pub actionable: Option<Judged>,
}

/// Whether something can be done about a report.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Judged {
    /// Yes: it is recorded.
    Yes,
    /// No: it is counted.
    No,
    /// Not decided yet.
    Undecided,
}

/// `move`
#[derive(Clone, Debug, Args)]
pub struct MoveArgs {
    /// The first four or more characters of the case's id, as “list” shows it.
    pub case: String,
    /// The state.
    pub state: Option<String>,
    /// Why, for the offices.
    #[arg(
        long,
        value_name = "WORDS",
        default_value = "",
        hide_default_value = true
    )]
    pub why: String,
    #[command(flatten)]
    /// When to send.
    pub sending: Sending,
}

/// `hold`
#[derive(Clone, Debug, Args)]
pub struct HoldArgs {
    #[command(flatten)]
    /// The case.
    pub on: OnCase,
    /// It comes up again on this day, such as 2027-03-01.
    #[arg(long, value_name = "DAY")]
    pub until: Option<String>,
    /// It comes up again when its group has so many reports.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(2..=99))]
    pub reports: Option<u32>,
    /// Why, for the offices.
    #[arg(
        long,
        value_name = "WORDS",
        default_value = "",
        hide_default_value = true
    )]
    pub why: String,
}

/// `assign`
#[derive(Clone, Debug, Args)]
pub struct AssignArgs {
    /// The first four or more characters of the case's id, as “list” shows it.
    pub case: String,
    /// The office; without it, this one.
    pub office: Option<String>,
    /// Who there, in your own words.
    #[arg(
        long,
        value_name = "WHO",
        default_value = "",
        hide_default_value = true
    )]
    pub whom: String,
    /// No office is responsible.
    #[arg(long, conflicts_with_all = ["office", "whom"])]
    pub nobody: bool,
    #[command(flatten)]
    /// When to send.
    pub sending: Sending,
}

/// `note`
#[derive(Clone, Debug, Args)]
pub struct NoteArgs {
    #[command(flatten)]
    /// The case.
    pub on: OnCase,
    #[command(flatten)]
    /// What it says.
    pub words: Words,
    /// Ask for an office's attention; may be given several times.
    #[arg(long, value_name = "OFFICE", conflicts_with = "own")]
    pub mention: Vec<String>,
    /// The note of this workstation that it takes the place of, as “timeline” names it.
    #[arg(long, value_name = "EVENT")]
    pub replaces: Option<String>,
    /// Only this office's workstations read it.
    #[arg(long)]
    pub own: bool,
}

/// `task`
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Write down something to do.
    #[command(after_help = "Example:
  candor-desk task add 7f3a --text \"Call the clerkship office\" --due 2027-01-20 --office dean-for-students")]
    Add(TaskArgs),
    /// Say that a task is done.
    #[command(after_help = "Examples:
  candor-desk task done 7f3a 3fa9
  candor-desk task done 7f3a 3fa9 --undo")]
    Done(TaskDoneArgs),
    /// List what is to be done, on one case or on all.
    #[command(
        after_help = "It shows the names by which “task done” and “task add --change” know them.

Examples:
  candor-desk task list
  candor-desk task list 7f3a --all --json"
    )]
    List {
        /// The first four or more characters of the case's id, as “list” shows it.
        case: Option<String>,
        /// Also what is done.
        #[arg(long)]
        all: bool,
    },
}

/// `task add`
#[derive(Clone, Debug, Args)]
pub struct TaskArgs {
    #[command(flatten)]
    /// The case.
    pub on: OnCase,
    #[command(flatten)]
    /// What is to be done.
    pub words: Words,
    /// By when, such as 2027-01-20.
    #[arg(long, value_name = "DAY")]
    pub due: Option<String>,
    /// Which office is to do it.
    #[arg(long, value_name = "OFFICE")]
    pub office: Option<String>,
    /// Change this task, as “task list” names it, instead of writing a new one.
    #[arg(long, value_name = "TASK")]
    pub change: Option<String>,
    /// Only this office's workstations see it.
    #[arg(long, conflicts_with = "office")]
    pub own: bool,
}

/// `task done`
#[derive(Clone, Debug, Args)]
pub struct TaskDoneArgs {
    /// The first four or more characters of the case's id, as “list” shows it.
    pub case: String,
    /// The task, by the first characters of its name, as “task list” shows it; not needed if only
    /// one is open.
    pub task: Option<String>,
    /// It is not done after all.
    #[arg(long)]
    pub undo: bool,
    #[command(flatten)]
    /// When to send.
    pub sending: Sending,
}

/// `intervene`
#[derive(Clone, Debug, Args)]
pub struct InterveneArgs {
    #[command(flatten)]
    /// The case.
    pub on: OnCase,
    /// The responsible leader, by function.
    #[arg(long, value_name = "WHO")]
    pub leader: Option<String>,
    /// What is to be done, in your own words.
    #[arg(long, value_name = "WORDS")]
    pub what: Option<String>,
    /// What kind of thing, as the directory names it.
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// By when the leader reports back, such as 2027-01-31.
    #[arg(long, value_name = "DAY")]
    pub due: Option<String>,
    /// Change this one, by the first characters of its name, instead of asking for something new.
    #[arg(long, value_name = "INTERVENTION")]
    pub change: Option<String>,
}

/// `report-back`
#[derive(Clone, Debug, Args)]
pub struct ReportBackArgs {
    /// The first four or more characters of the case's id, as “list” shows it.
    pub case: String,
    /// The intervention, by the first characters of its name; not needed if only one is open.
    pub intervention: Option<String>,
    #[command(flatten)]
    /// What the leader reported.
    pub words: Words,
    /// It was not done as asked.
    #[arg(long)]
    pub not_completed: bool,
    #[command(flatten)]
    /// When to send.
    pub sending: Sending,
}

/// `decide`
#[derive(Clone, Debug, Args)]
pub struct DecideArgs {
    #[command(flatten)]
    /// The case.
    pub on: OnCase,
    /// It is addressed; the case is closed.
    #[arg(long, conflicts_with = "needs_more")]
    pub addressed: bool,
    /// More is needed.
    #[arg(long)]
    pub needs_more: bool,
    /// Why, for the offices.
    #[arg(
        long,
        value_name = "WORDS",
        default_value = "",
        hide_default_value = true
    )]
    pub why: String,
}

/// `pass-on`
#[derive(Clone, Debug, Args)]
pub struct PassOnArgs {
    #[command(flatten)]
    /// The case.
    pub on: OnCase,
    /// To whom, in your own words.
    #[arg(long, value_name = "WHOM")]
    pub to: Option<String>,
}

/// `group`
#[derive(Clone, Debug, Args)]
#[group(id = "which", required = true, multiple = false, args = ["name", "with", "none"])]
pub struct GroupArgs {
    #[command(flatten)]
    /// The case.
    pub on: OnCase,
    /// Begin a group, and call it so on this case.
    #[arg(long, value_name = "WORDS")]
    pub name: Option<String>,
    /// Join the group of another case.
    #[arg(long, value_name = "CASE")]
    pub with: Option<String>,
    /// Leave the group.
    #[arg(long)]
    pub none: bool,
}

/// `discard`
#[derive(Clone, Debug, Args)]
pub struct DiscardArgs {
    /// The first four or more characters of the case's id, as “list” shows it.
    pub case: String,
    /// Why.
    #[arg(value_enum)]
    pub reason: NoReport,
    /// More words, for the offices.
    #[arg(
        long,
        value_name = "WORDS",
        default_value = "",
        hide_default_value = true
    )]
    pub note: String,
    #[command(flatten)]
    /// When to send.
    pub sending: Sending,
}

/// Why something is no report.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum NoReport {
    /// Advertising, nonsense, a flood.
    Spam,
    /// Somebody tried the hotline out.
    Test,
    /// The same report is there already.
    Duplicate,
    /// Something else, said with --note.
    Other,
}

/// `legal-hold`
#[derive(Clone, Debug, Args)]
pub struct LegalHoldArgs {
    #[command(flatten)]
    /// The case.
    pub on: OnCase,
    /// It may be erased again.
    #[arg(long)]
    pub off: bool,
    /// Why, for the offices.
    #[arg(
        long,
        value_name = "WORDS",
        default_value = "",
        hide_default_value = true
    )]
    pub why: String,
}

/// `confirm`
#[derive(Clone, Debug, Args)]
pub struct ConfirmArgs {
    /// The first four or more characters of the case's id, as “list” shows it.
    pub case: String,
    /// The events, by the first four or more characters of their names, as “timeline” shows them.
    #[arg(required = true)]
    pub events: Vec<String>,
    #[command(flatten)]
    /// When to send.
    pub sending: Sending,
}

/// `deadlines`
#[derive(Clone, Copy, Debug, Args)]
pub struct DeadlinesArgs {
    /// Only what is due within so many days.
    #[arg(long, value_name = "DAYS")]
    pub within: Option<u32>,
    /// Only what is late.
    #[arg(long)]
    pub late: bool,
}
