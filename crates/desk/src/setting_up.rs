//! The commands by which a workstation comes to an office's keys: `init`, `restore`, `enroll` and
//! `request`.

use std::path::{Path, PathBuf};

use candor_directory::Fingerprint;
use candor_wire::OfficeId;
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::{
    ceremony,
    clock::Clock,
    commands::{absolute, parse_office, print},
    config::{Acknowledge, Config, default_idle, default_language},
    desk::Desk,
    devices, enrolment,
    failure::{Failure, Outcome, Reason},
    guard::Guard,
    home::{self, Home},
    keys::Keyring,
    prompt,
    recovery::RecoveryKind,
    recovery_files::RecoveryPlan,
    setup, unlocking,
};

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
    /// offered on the terminal. Where several people each have one, once for each.
    #[arg(long, value_name = "FILE")]
    pub recovery_passphrase_file: Vec<PathBuf>,
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
    /// Write three recovery files into that folder, each of which takes two of three people.
    #[arg(long)]
    pub two_of_three: bool,
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
        None => parse_office(&prompt::ask(
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
        ca_file: absolute(station.ca_file.as_deref())?,
        demonstration: place.demonstration,
        acknowledge: station.acknowledge.into(),
        idle_minutes: default_idle(),
        language: default_language(),
        retention: crate::retention::Retention::default(),
        mail: None,
    };
    config.check()?;
    Ok((config, pin))
}

/// Asks for what is missing of a plan for recovery files.
pub(crate) fn recovery_plan(
    path: Option<&PathBuf>,
    two_of_three: bool,
    args: &RecoveryArgs,
    guard: &Guard,
) -> Outcome<RecoveryPlan> {
    let path = match path {
        Some(path) => path.clone(),
        None if two_of_three => {
            prompt::ask("The folder for the three recovery files, best a USB stick (--recovery)")?
                .into()
        }
        None => prompt::ask("Where to write the recovery file, best on a USB stick (--recovery)")?
            .into(),
    };
    let files = &args.recovery_passphrase_file;
    Ok(if two_of_three {
        RecoveryPlan::TwoOfThree {
            folder: path,
            people: ceremony::three(files, guard)?,
        }
    } else {
        RecoveryPlan::One {
            path,
            passphrase: ceremony::one(files, guard)?,
        }
    })
}

/// What to do with the recovery files that were written.
pub(crate) fn recovery_words(plan: &RecoveryPlan, office: &OfficeId) -> String {
    let paths: Vec<_> = plan
        .paths(office)
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    match plan.kind() {
        RecoveryKind::OnePassphrase => format!(
            "The recovery file {} was written and read back: lock it away, apart from its \
             passphrase. It opens every report of this office.",
            paths.join(", ")
        ),
        RecoveryKind::TwoOfThree => format!(
            "Three recovery files were written and read back:\n  {}\nAny one of them opens every \
             report of this office, with the words of both persons in its name, the first one's \
             first. Keep them together or apart, with copies, but never with anybody's words.",
            paths.join("\n  ")
        ),
    }
}

/// Writes the office's request and says what to do with it.
pub(crate) fn tell_request(keyring: &Keyring, path: &Path, json: bool) -> Outcome {
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

pub(crate) fn init(
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
    let guard = unlocking::new_guard(passphrase_file, plugin, &pin, home)?;
    let plan = recovery_plan(
        args.recovery.as_ref(),
        args.two_of_three,
        &args.recovery_args,
        &guard,
    )?;
    let keyring = setup::init(home, &config, &pin, &guard, &plan, clock)?;
    if !json {
        let kept = recovery_words(&plan, &config.office);
        prompt::say(&format!("The desk is set up. {kept}\n"));
    }
    let out = args
        .request_out
        .clone()
        .unwrap_or_else(|| home.join("office-request.json"));
    tell_request(&keyring, &out, json)?;
    Ok(Reason::Done)
}

pub(crate) fn restore(
    home: &Home,
    args: &RestoreArgs,
    passphrase_file: Option<&Path>,
    clock: Clock,
    json: bool,
) -> Outcome<Reason> {
    setup::refuse_second(home)?;
    let sealed = home::read_file("Cannot read the recovery file", &args.recovery, 1 << 20)?;
    let recovery = ceremony::open(&sealed, &args.recovery_args.recovery_passphrase_file)?;
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
        idle_minutes: default_idle(),
        language: default_language(),
        retention: crate::retention::Retention::default(),
        mail: None,
    };
    home.create()?;
    let _lock = home.lock()?;
    let plugin = args.station.plugin_identity.as_deref();
    let guard = unlocking::new_guard(passphrase_file, plugin, &recovery.pin, home)?;
    let keyring = setup::restore(home, &config, &recovery, &guard, clock)?;
    let fingerprint = keyring.fingerprint()?.to_string();
    let words = format!(
        "This workstation now acts for “{}” (fingerprint {fingerprint}). Run “sync”: it reads \
         everything that the relay still holds.\nIf an old workstation is lost, run “devices lost” \
         with its id, which “devices” shows after the sync.",
        keyring.office
    );
    let value = json!({ "office": keyring.office, "fingerprint": fingerprint });
    print(json, &value, &words)?;
    Ok(Reason::Done)
}

pub(crate) fn enroll(
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
        let guard = unlocking::known_guard(home, passphrase_file)?;
        let keyring = enrolment::accept(home, &grant, &guard, clock)?;
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
        unlocking::known_guard(home, passphrase_file)?
    } else {
        let plugin = args.station.plugin_identity.as_deref();
        unlocking::new_guard(passphrase_file, plugin, &pin, home)?
    };
    let (request, fingerprint) = enrolment::request_enrolment(home, &config, &pin, &guard)?;
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

pub(crate) fn approve(desk: &mut Desk, args: &EnrollArgs, json: bool) -> Outcome<Reason> {
    let Some(path) = &args.approve else {
        return Err(Failure::usage(
            "This workstation is enrolled already.",
            "To bring in another one, run “enroll --approve” with its request.",
        ));
    };
    let bytes = home::read_file("Cannot read", path, 1 << 16)?;
    let request = enrolment::check_request(desk, &bytes)?;
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
    let grant = enrolment::approve(desk, &request)?;
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
