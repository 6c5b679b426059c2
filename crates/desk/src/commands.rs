//! What each command does.

use std::{
    path::{self, Path, PathBuf},
    sync::Arc,
};

use candor_directory::Fingerprint;
use candor_wire::{ConversationId, OfficeId};
use serde::Serialize;
use serde_json::json;

use crate::{
    attachments,
    case::Standing,
    cli::{
        Attach, Cli, Command, EnrollArgs, InitArgs, RecoveryArgs, RestoreArgs, StateArg, Work,
        settings,
    },
    clock::Clock,
    config::Config,
    desk::Desk,
    devices,
    entry,
    failure::{Failure, Outcome, Reason},
    guard::Guard,
    home::{self, Home},
    import,
    keys::Keyring,
    outbox, prompt,
    record::{Entry, Record},
    recovery::Recovery,
    reply, session,
    setup::{self, RecoveryPlan},
    status, sync, text, view, web,
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
        Command::Init(args) => init(&home, args, passphrase_file, clock, cli.json),
        Command::Restore(args) => restore(&home, args, passphrase_file, clock, cli.json),
        Command::Work(Work::Enroll(args)) if args.approve.is_none() => {
            enroll(&home, args, passphrase_file, clock, cli.json)
        }
        Command::Serve(args) => web::serve(home, passphrase_file, args, clock),
        Command::Unlock => session::run(&mut open(home, passphrase_file, clock)?),
        Command::Work(command) => work(&mut open(home, passphrase_file, clock)?, command, cli.json),
    }
}

fn open(home: Home, passphrase_file: Option<&Path>, clock: Clock) -> Outcome<Desk> {
    home.must_be_set_up()?;
    let lock = Arc::new(home.lock()?);
    let guard = setup::known_guard(&home, passphrase_file)?;
    Desk::open(home, guard, clock, lock)
}

/// Carries out a command on an unlocked desk.
///
/// # Errors
/// [`Failure`], whose reason is the exit code.
pub fn work(desk: &mut Desk, command: &Work, json: bool) -> Outcome<Reason> {
    match command {
        Work::Sync { wait } => run_sync(desk, *wait, json),
        Work::List {
            unread,
            state,
            topic,
        } => {
            let mut cases = view::list(desk);
            let standing = state.map(|state| match state {
                StateArg::New => Standing::New,
                StateArg::Acknowledged => Standing::Acknowledged,
                StateArg::Answered => Standing::Answered,
                StateArg::Withdrawn => Standing::Withdrawn,
            });
            cases.retain(|case| {
                (!unread || case.unread)
                    && standing.is_none_or(|standing| case.standing == standing)
                    && topic.as_ref().is_none_or(|topic| case.topic == *topic)
            });
            print(json, &cases, &text::list(&cases))?;
            Ok(Reason::Done)
        }
        Work::Show { case, keep_unread } => show(desk, case, *keep_unread, json),
        Work::Reply(args) => reply::reply(desk, args, json),
        Work::Acknowledge { case } => acknowledge(desk, case, json),
        Work::Attach(attach) => run_attach(desk, attach, json),
        Work::Export { case, to } => export(desk, case, to, json),
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
            tell_request(&desk.secrets.keyring, &path, json)?;
            Ok(Reason::Done)
        }
        Work::Recovery { to, args } => {
            let guard = desk.guard().clone();
            let plan = recovery_plan(Some(to), args, &guard)?;
            setup::renew_recovery(desk, &plan)?;
            let words = format!(
                "Wrote {} and read it back. Lock it away, apart from its passphrase.",
                to.display()
            );
            print(json, &json!({ "recovery": to }), &words)?;
            Ok(Reason::Done)
        }
        Work::Devices { revoke } => run_devices(desk, revoke.as_deref(), json),
        Work::Enroll(args) => approve(desk, args, json),
    }
}

fn recovery_plan(
    path: Option<&PathBuf>,
    args: &RecoveryArgs,
    guard: &Guard,
) -> Outcome<RecoveryPlan> {
    let path = match path {
        Some(path) => path.clone(),
        None => prompt::ask("Where to write the recovery file, best on a USB stick (--recovery)")?
            .into(),
    };
    let passphrase = setup::recovery_passphrase(args.recovery_passphrase_file.as_deref(), guard)?;
    Ok(RecoveryPlan { path, passphrase })
}

/// Writes the office's request and says what to do with it.
fn tell_request(keyring: &Keyring, path: &Path, json: bool) -> Outcome {
    home::replace_file(path, keyring.request()?.as_bytes())
        .map_err(|error| Failure::file("Cannot write", path, &error))?;
    let fingerprint = keyring.fingerprint()?.to_string();
    let words = format!(
        "Office       {}\nFingerprint  {fingerprint}\nRequest      {}\n\n\
         Give the request to the administrator, and read the fingerprint to them by telephone or \
         face to face; they enter the office into the directory. Then run “sync”.",
        keyring.office,
        path.display()
    );
    let value = json!({
        "office": keyring.office,
        "fingerprint": fingerprint,
        "request": path,
    });
    print(json, &value, &words)
}

fn init(
    home: &Home,
    args: &InitArgs,
    passphrase_file: Option<&Path>,
    clock: Clock,
    json: bool,
) -> Outcome<Reason> {
    setup::refuse_second(home)?;
    let (config, pin_path) = settings(&args.place, &args.station)?;
    let pin = setup::read_pin(&pin_path, &config)?;
    home.create()?;
    let _lock = home.lock()?;
    let plugin = args.station.plugin_identity.as_deref();
    let guard = setup::new_guard(passphrase_file, plugin, &pin, home)?;
    let plan = recovery_plan(args.recovery.as_ref(), &args.recovery_args, &guard)?;
    let keyring = setup::init(home, &config, &pin, &guard, &plan, clock)?;
    if !json {
        prompt::say(&format!(
            "The desk is set up. The recovery file {} was written and read back: lock it away, \
             apart from its passphrase. It opens every report of this office.\n",
            plan.path.display()
        ));
    }
    let out = args
        .request_out
        .clone()
        .unwrap_or_else(|| home.join("office-request.json"));
    tell_request(&keyring, &out, json)?;
    Ok(Reason::Done)
}

fn restore(
    home: &Home,
    args: &RestoreArgs,
    passphrase_file: Option<&Path>,
    clock: Clock,
    json: bool,
) -> Outcome<Reason> {
    setup::refuse_second(home)?;
    let sealed = home::read_file("Cannot read the recovery file", &args.recovery, 1 << 20)?;
    let passphrase = match &args.recovery_args.recovery_passphrase_file {
        Some(path) => prompt::secret_from_file(path)?,
        None => prompt::secret("Passphrase of the recovery file")?,
    };
    let recovery = Recovery::open(&sealed, &passphrase)?;
    let config = Config {
        office: recovery.keyring.office.clone(),
        label: args.station.label.clone(),
        relay_url: args
            .relay_url
            .clone()
            .unwrap_or_else(|| recovery.relay_url.clone()),
        intake_url: args
            .intake_url
            .clone()
            .unwrap_or_else(|| recovery.intake_url.clone()),
        ca_file: absolute(args.station.ca_file.as_deref())?,
        demonstration: recovery.pin.is_demonstration(),
        acknowledge: args.station.acknowledge.into(),
        idle_minutes: crate::config::default_idle(),
        language: crate::config::default_language(),
    };
    home.create()?;
    let _lock = home.lock()?;
    let plugin = args.station.plugin_identity.as_deref();
    let guard = setup::new_guard(passphrase_file, plugin, &recovery.pin, home)?;
    let keyring = setup::restore(home, &config, &recovery, &guard, clock)?;
    let fingerprint = keyring.fingerprint()?.to_string();
    let words = format!(
        "This workstation now acts for “{}” (fingerprint {fingerprint}). Run “sync”: it reads \
         everything that the relay still holds.\nIf the old workstations are lost, revoke them: \
         “devices” lists them after the sync.",
        keyring.office
    );
    let value = json!({ "office": keyring.office, "fingerprint": fingerprint });
    print(json, &value, &words)?;
    Ok(Reason::Done)
}

fn enroll(
    home: &Home,
    args: &EnrollArgs,
    passphrase_file: Option<&Path>,
    clock: Clock,
    json: bool,
) -> Outcome<Reason> {
    setup::refuse_second(home)?;
    if let Some(path) = &args.accept {
        let grant = home::read_file("Cannot read", path, 1 << 20)?;
        let _lock = home.lock()?;
        let guard = setup::known_guard(home, passphrase_file)?;
        let keyring = setup::accept(home, &grant, &guard, clock)?;
        let words = format!(
            "This workstation now acts for “{}”. Run “sync”: it reads everything that the relay \
             holds, from the beginning.",
            keyring.office
        );
        print(json, &json!({ "office": keyring.office }), &words)?;
        return Ok(Reason::Done);
    }
    let (config, pin_path) = settings(&args.place, &args.station)?;
    let pin = setup::read_pin(&pin_path, &config)?;
    home.create()?;
    let _lock = home.lock()?;
    let guard = if home.join("enrol.age").exists() {
        setup::known_guard(home, passphrase_file)?
    } else {
        let plugin = args.station.plugin_identity.as_deref();
        setup::new_guard(passphrase_file, plugin, &pin, home)?
    };
    let (request, fingerprint) = setup::request_enrolment(home, &config, &pin, &guard)?;
    let out = args
        .request_out
        .clone()
        .unwrap_or_else(|| home.join("device-request.json"));
    home::replace_file(&out, request.as_bytes())
        .map_err(|error| Failure::file("Cannot write", &out, &error))?;
    let words = format!(
        "Request      {}\nFingerprint  {fingerprint}\n\nBring the request to a workstation that is \
         enrolled, and run there: candor-desk enroll --approve FILE. Compare the fingerprint. Then \
         bring back what it writes, and run here: candor-desk enroll --accept FILE",
        out.display()
    );
    let value = json!({ "request": out, "fingerprint": fingerprint.to_string() });
    print(json, &value, &words)?;
    Ok(Reason::Done)
}

fn approve(desk: &mut Desk, args: &EnrollArgs, json: bool) -> Outcome<Reason> {
    let Some(path) = &args.approve else {
        return Err(Failure::usage(
            "This workstation is enrolled already.",
            "To bring in another one, run “enroll --approve” with its request.",
        ));
    };
    let bytes = home::read_file("Cannot read", path, 1 << 16)?;
    let request = setup::check_request(desk, &bytes)?;
    let fingerprint = request.fingerprint();
    let same = match &args.fingerprint {
        Some(digits) => digits
            .parse::<Fingerprint>()
            .is_ok_and(|typed| typed == fingerprint),
        None => {
            prompt::note(&format!(
                "A workstation called “{}” wants to read every report of this office.\n\
                 Fingerprint  {fingerprint}",
                crate::clean::short(&request.label, 64)
            ));
            prompt::confirm("Does the new workstation show exactly these digits?")?
        }
    };
    if !same {
        return Err(Failure::refused(
            "The fingerprints differ, so that the request may be somebody else's.",
            "Nothing was approved. Bring the request over again, from the workstation itself.",
        ));
    }
    let grant = setup::approve(desk, &request)?;
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| home::with_suffix(path, ".grant.age"));
    home::replace_file(&out, &grant)
        .map_err(|error| Failure::file("Cannot write", &out, &error))?;
    let published = desk
        .relay()
        .and_then(|relay| devices::publish(desk, &relay))
        .is_ok();
    let mut words = format!(
        "Wrote {}: only that workstation can open it. Bring it there and run: candor-desk enroll \
         --accept FILE",
        out.display()
    );
    if !published {
        words.push_str("\nThe relay could not be told yet: “sync” here does it.");
    }
    print(
        json,
        &json!({ "grant": out, "published": published }),
        &words,
    )?;
    Ok(Reason::Done)
}

fn run_sync(desk: &mut Desk, wait: bool, json: bool) -> Outcome<Reason> {
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
        while relay.wait(desk.state.cursor)?.head <= desk.state.cursor {}
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

fn export(desk: &Desk, label: &str, to: &Path, json: bool) -> Outcome<Reason> {
    let case = desk.state.find(label)?;
    let detail = view::detail(desk, case);
    let files = [
        (home::with_suffix(to, ".txt"), text::detail(&detail)),
        (home::with_suffix(to, ".json"), view::to_json(&detail)?),
    ];
    if let Some((taken, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(Failure::usage(
            format!("{} exists already.", taken.display()),
            "Nothing is ever overwritten: choose another name.",
        ));
    }
    for (path, content) in &files {
        home::create_file(path, content.as_bytes())
            .map_err(|error| Failure::file("Cannot write", path, &error))?;
    }
    let [(text, _), (machine, _)] = &files;
    let words = format!(
        "Wrote {} and {}. Both are readable by whoever gets them: keep them where the case may be \
         read, and delete them when they are not needed.",
        text.display(),
        machine.display()
    );
    print(json, &json!({ "files": [text, machine] }), &words)?;
    Ok(Reason::Done)
}

fn run_devices(desk: &mut Desk, revoke: Option<&str>, json: bool) -> Outcome<Reason> {
    let own = desk.secrets.device.id();
    if let Some(prefix) = revoke {
        let mut list = setup::device_list(desk)?;
        let prefix = prefix.to_ascii_lowercase();
        let mut found = list
            .devices
            .iter()
            .filter(|device| prefix.len() >= 4 && device.id.to_string().starts_with(&prefix));
        let (Some(device), None) = (found.next().map(|device| device.id), found.next()) else {
            return Err(Failure::usage(
                "No device, or more than one, has an id that begins so.",
                "“devices” shows the ids; give four characters or more.",
            ));
        };
        if device == own {
            return Err(Failure::usage(
                "This very workstation cannot revoke itself.",
                "Revoke it from another one.",
            ));
        }
        list.version = list.version.saturating_add(1);
        list.devices.retain(|known| known.id != device);
        list.revoked.push(device);
        setup::keep_list(desk, &list)?;
        let relay = desk.relay()?;
        devices::publish(desk, &relay)?;
    }
    let list = setup::device_list(desk)?;
    let mut words = String::new();
    for device in &list.devices {
        let id: String = device.id.to_string().chars().take(8).collect();
        let here = if device.id == own { "  (this one)" } else { "" };
        words.push_str(&format!(
            "  {id}  {}{here}\n",
            crate::clean::short(&device.label, 64)
        ));
    }
    words.push_str(&format!("Revoked: {}\n", list.revoked.len()));
    print(json, &list, &words)?;
    Ok(Reason::Done)
}
