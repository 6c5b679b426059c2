//! What each command does.

use std::{
    path::{self, Path, PathBuf},
    sync::Arc,
};

use candor_wire::{ConversationId, OfficeId};
use serde::Serialize;
use serde_json::json;

use crate::{
    attachments, casework, casework_command,
    cli::{Attach, Cli, Command, Work},
    clock::Clock,
    desk::Desk,
    devices_command, entry, export,
    failure::{Failure, Outcome, Reason},
    home::Home,
    import, keeping_command,
    mail::Reminder,
    outbox, outcomes, prompt,
    record::{Entry, Record},
    reply, saved_command, session, setting_up, status, sync, text, unlocking, view, web,
};

/// Prints text, or the same as JSON.
pub(crate) fn print(json: bool, value: &impl Serialize, text: &str) -> Outcome {
    if json {
        prompt::say(&view::to_json(value)?);
    } else {
        prompt::say(text);
    }
    Ok(())
}

/// A path that means the same from everywhere.
///
/// # Errors
/// If the current folder is gone.
pub fn absolute(path: Option<&Path>) -> Outcome<Option<PathBuf>> {
    path.map(|path| path::absolute(path).map_err(|error| Failure::file("Cannot use", path, &error)))
        .transpose()
}

/// Parses an office's name.
///
/// # Errors
/// If it is none.
pub fn parse_office(text: &str) -> Outcome<OfficeId> {
    text.parse().map_err(|error| {
        Failure::usage(
            format!("That is no office: {error}."),
            "Give its name in the directory, such as title-ix.",
        )
    })
}

/// Carries out a command.
///
/// # Errors
/// [`Failure`], whose reason is the exit code.
pub fn run(cli: &Cli, home: Home) -> Outcome<Reason> {
    let passphrase_file = prompt::passphrase_file(cli.passphrase_file.as_ref());
    let passphrase_file = passphrase_file.as_deref();
    let clock = Clock;
    match &cli.command {
        Command::Init(args) => setting_up::init(&home, args, passphrase_file, clock, cli.json),
        Command::Restore(args) => {
            setting_up::restore(&home, args, passphrase_file, clock, cli.json)
        }
        Command::Work(Work::Enroll(args)) if args.approve.is_none() => {
            setting_up::enroll(&home, args, passphrase_file, clock, cli.json)
        }
        Command::Serve(args) => web::serve(home, passphrase_file, args, clock),
        Command::Unlock => session::run(&mut open(home, passphrase_file, clock)?),
        Command::Work(command) => work(&mut open(home, passphrase_file, clock)?, command, cli.json),
    }
}

fn open(home: Home, passphrase_file: Option<&Path>, clock: Clock) -> Outcome<Desk> {
    home.must_be_set_up()?;
    let lock = Arc::new(home.lock()?);
    let guard = unlocking::known_guard(&home, passphrase_file)?;
    let mut desk = Desk::open(home, guard, clock, lock)?;
    if desk.state.informal {
        // Its conversations are nowhere but at the relay.
        if let Err(failure) = sync::sync(&mut desk) {
            prompt::note(&format!(
                "Conversations could not be read: {}",
                failure.cause()
            ));
        }
    }
    Ok(desk)
}

/// Carries out a command on an unlocked desk.
///
/// # Errors
/// [`Failure`], whose reason is the exit code.
pub fn work(desk: &mut Desk, command: &Work, json: bool) -> Outcome<Reason> {
    match command {
        Work::Sync { wait } => run_sync(desk, *wait, json),
        Work::List(args) => casework_command::list(desk, args, json),
        Work::Casework(command) => casework_command::run(desk, command, json),
        Work::Show { case, keep_unread } => show(desk, case, *keep_unread, json),
        Work::Unread { case } => unread(desk, case, json),
        Work::Saved(command) => saved_command::run(desk, command, json),
        Work::Reply(args) => reply::reply(desk, args, json),
        Work::Acknowledge { case } => acknowledge(desk, case, json),
        Work::Attach(attach) => run_attach(desk, attach, json),
        Work::Outcomes(command) => outcomes::command::run(desk, command, json),
        Work::Export(args) => export::command::export(desk, args, json),
        Work::Erase(args) => keeping_command::erase(desk, args, json),
        Work::Retention(args) => keeping_command::retention(desk, args, json),
        Work::Counters => keeping_command::counters(desk, json),
        Work::Enter(args) => entry::command::enter(desk, args, json),
        Work::Import(args) => import::command::import(desk, args, json),
        Work::Status => {
            let status = status::status(desk)?;
            print(json, &status, &status::text(&status))?;
            Ok(if status.attention.is_empty() {
                Reason::Done
            } else {
                Reason::Attention
            })
        }
        Work::Request { request_out } => {
            let path = request_out
                .clone()
                .unwrap_or_else(|| desk.home.join("office-request.json"));
            setting_up::tell_request(&desk.secrets.keyring, &path, json)?;
            Ok(Reason::Done)
        }
        Work::Recovery(args) => devices_command::recovery(desk, args, json),
        Work::Passphrase(args) => devices_command::passphrase(desk, args, json),
        Work::Devices(args) => devices_command::devices(desk, args, json),
        Work::Enroll(args) => setting_up::approve(desk, args, json),
    }
}

fn run_sync(desk: &mut Desk, wait: bool, json: bool) -> Outcome<Reason> {
    let mut reminder = Reminder::default();
    loop {
        let report = sync::sync(desk)?;
        tell_sync(&report, json)?;
        if !wait {
            return Ok(if report.needs_attention() {
                Reason::Attention
            } else {
                Reason::Done
            });
        }
        let relay = desk.relay()?;
        while relay.wait(desk.state.cursor)?.head <= desk.state.cursor {
            if let Err(failure) = reminder.remind(desk, desk.clock.local()) {
                prompt::note(&failure.to_string());
            }
        }
    }
}

fn tell_sync(report: &sync::Report, json: bool) -> Outcome {
    use std::fmt::Write as _;
    let mut words = String::new();
    let mut count = |n: usize, what: &str| {
        if n > 0 {
            // Writing to a string does not fail.
            let _ = writeln!(words, "{n:>5} {what}");
        }
    };
    count(report.new_reports, "new reports");
    count(report.new_messages, "further messages of reporters");
    count(report.new_replies, "replies of other offices or devices");
    count(report.set_aside, "refused and set aside (see “status”)");
    count(report.waiting, "messages that wait for their report");
    count(report.acknowledged, "reports acknowledged");
    count(report.erased, "cases erased");
    count(report.sent, "replies sent");
    if words.is_empty() {
        words.push_str("Nothing new.\n");
    }
    for why in &report.not_sent {
        let _ = writeln!(words, "! A reply was NOT sent: {}", crate::clean::line(why));
    }
    for warning in &report.warnings {
        let _ = writeln!(words, "! {warning}");
    }
    for alarm in &report.alarms {
        let _ = writeln!(words, "\n*** ALARM *** {alarm}");
    }
    print(json, report, &words)
}

fn unread(desk: &mut Desk, label: &str, json: bool) -> Outcome<Reason> {
    let conversation = desk.state.find(label)?.conversation;
    let messages = 0;
    desk.record_one(Entry::bare(Record::Read {
        conversation,
        messages,
    }))?;
    let value = serde_json::json!({ "case": desk.state.label(&conversation), "unread": true });
    print(json, &value, "Marked as unread.")?;
    Ok(Reason::Done)
}

fn show(desk: &mut Desk, label: &str, keep_unread: bool, json: bool) -> Outcome<Reason> {
    let case = desk.state.find(label)?;
    let detail = view::detail(desk, case);
    let (conversation, messages) = (case.conversation, case.shown());
    let unread = case.is_unread();
    print(json, &detail, &text::detail(&detail))?;
    if unread && !keep_unread {
        desk.record_one(Entry::bare(Record::Seen {
            conversation,
            messages,
        }))?;
    }
    Ok(Reason::Done)
}

/// Reads what has come. Without a network the desk goes on, and keeps what it would send.
pub(crate) fn before_sending(desk: &mut Desk) -> Outcome<bool> {
    match sync::sync(desk) {
        Ok(report) => {
            for alarm in &report.alarms {
                prompt::note(&format!("*** ALARM *** {alarm}"));
            }
            Ok(true)
        }
        Err(failure) if failure.reason() == Reason::Network => {
            prompt::note(&format!(
                "{}\nThe reply is kept for later.",
                failure.cause()
            ));
            Ok(false)
        }
        Err(failure) => Err(failure),
    }
}

/// Sends the outbox and turns a refusal into a failure.
pub(crate) fn send_now(desk: &mut Desk) -> Outcome<outbox::Sent> {
    let relay = desk.relay()?;
    let sent = outbox::send_all(desk, &relay).map_err(|failure| {
        Failure::new(
            failure.reason(),
            format!("It is kept, but not sent yet. {}", failure.cause()),
            format!("{} “sync” then sends it.", failure.remedy()),
        )
    })?;
    casework::sending::send_all(desk, &relay)?;
    if let Some((_, why)) = sent.stuck.first() {
        return Err(Failure::trust(
            format!("It is kept, but not sent yet. {why}"),
            "“sync” tries again.",
        ));
    }
    match sent.refused.first() {
        Some((_, why)) => Err(Failure::refused(
            why,
            "It goes no further. “show” tells who is on the case, and who has got it.",
        )),
        None => Ok(sent),
    }
}

fn acknowledge(desk: &mut Desk, label: &str, json: bool) -> Outcome<Reason> {
    let online = before_sending(desk)?;
    let case = desk.state.find(label)?;
    let conversation: ConversationId = case.conversation;
    let standing = case.standing();
    let done = |words: &str, acknowledged: bool| {
        print(json, &json!({ "acknowledged": acknowledged }), words)?;
        Ok(Reason::Done)
    };
    if case.has_any_reply() {
        return done(
            &format!("Nothing to do: the case is {} already.", standing.word()),
            false,
        );
    }
    outbox::queue(desk, &conversation, &outbox::acknowledgement(), &[])?;
    if !online {
        done("Kept: “sync” sends it.", false)?;
        return Ok(Reason::Attention);
    }
    let sent = send_now(desk)?;
    if sent.acknowledgements > 0 {
        done("The reporter can see that it was received.", true)
    } else {
        done(
            "Another office was faster: the reporter knows already.",
            false,
        )
    }
}

fn run_attach(desk: &mut Desk, attach: &Attach, json: bool) -> Outcome<Reason> {
    match attach {
        Attach::List { case } => {
            let detail = view::detail(desk, desk.state.find(case)?);
            let files: Vec<_> = detail
                .conversation
                .iter()
                .flat_map(|message| &message.attachments)
                .collect();
            print(json, &files, &text::files(&files))?;
        }
        Attach::Save { case, number, to } => {
            let relay = desk.relay()?;
            let case = desk.state.find(case)?;
            let path = attachments::save(desk, &relay, case, *number, to)?;
            let words = format!(
                "Saved as {}. It comes from somebody unknown and may be harmful: open it with \
                 care, and delete it when it is not needed. It is no longer encrypted.",
                path.display()
            );
            print(json, &json!({ "path": path }), &words)?;
        }
    }
    Ok(Reason::Done)
}
