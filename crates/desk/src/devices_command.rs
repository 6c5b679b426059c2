//! `devices`, `recovery` and `passphrase`: who acts for the office, and what opens its keys.

use std::{fmt::Write as _, path::PathBuf};

use candor_directory::Device;
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{
    cards,
    commands::print,
    desk::Desk,
    devices::{self, EpochKeysStay},
    failure::{Failure, Outcome, Reason},
    guard::Guard,
    prompt, recovery_files,
    setting_up::{RecoveryArgs, recovery_plan, recovery_words},
    sync, unlocking,
};

/// `recovery`
#[derive(Clone, Debug, Args)]
pub struct RecoveryCommand {
    /// Where: a file that does not exist yet; with --two-of-three, a folder.
    #[arg(long, value_name = "PATH")]
    pub to: PathBuf,
    /// Three files, each of which takes two of three people.
    #[arg(long)]
    pub two_of_three: bool,
    /// The passphrases.
    #[command(flatten)]
    pub args: RecoveryArgs,
}

/// `passphrase`
#[derive(Clone, Debug, Args)]
pub struct PassphraseArgs {
    /// A file whose first line is the new passphrase.
    #[arg(long, value_name = "FILE", conflicts_with = "plugin_identity")]
    pub new_passphrase_file: Option<PathBuf>,
    /// Guard the keys by an age plugin's identity in this file instead.
    #[arg(long, value_name = "FILE")]
    pub plugin_identity: Option<PathBuf>,
}

/// `devices`
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct DevicesArgs {
    /// What happened; without it, the devices are listed.
    #[command(subcommand)]
    pub what: Option<Happened>,
    /// The same as “lost”.
    #[arg(long, value_name = "ID", hide = true)]
    pub revoke: Option<String>,
}

/// What happened to a device.
#[derive(Clone, Debug, Subcommand)]
pub enum Happened {
    /// It was stolen, or nobody knows where it is.
    #[command(
        after_help = "The device is revoked for good, the office begins new keys, and key cards \
that supersede the old ones are published. The other workstations get the new keys with their next \
sync. What was sealed before still opens.

Every workstation holds the office's signing key. If this one was open when it was lost, or its \
passphrase may be known, call the administrator as well: the office needs a new signing key."
    )]
    Lost(Which),
    /// Somebody has left who could open it.
    #[command(
        after_help = "The same as “lost”: the device is revoked and the office begins new keys.

If they shared a workstation that stays in use: change its passphrase (candor-desk passphrase), set it \
up anew in a new folder (candor-desk enroll), and name its old device here. A copy of the old key file \
that they may have made then opens nothing that comes from now on."
    )]
    Leaver(Which),
    /// It is no longer used, and was wiped by yourselves.
    #[command(
        after_help = "The device is revoked; the office's keys stay as they are. If it was not wiped \
before your eyes, use “lost”."
    )]
    Retire(Which),
    /// Begin new keys although no device goes.
    #[command(
        after_help = "For when a passphrase or a backup may have been seen. Copies of a workstation \
that stays in the list still get the new keys: better set that workstation up anew, and say “leaver”."
    )]
    NewKeys {
        /// Do it without asking.
        #[arg(long)]
        yes: bool,
    },
}

/// Which device.
#[derive(Clone, Debug, Args)]
pub struct Which {
    /// The first four or more characters of its id, as “devices” shows them.
    pub id: String,
    /// Do it without asking.
    #[arg(long)]
    pub yes: bool,
}

pub(crate) fn devices(desk: &mut Desk, args: &DevicesArgs, json: bool) -> Outcome<Reason> {
    let old = args
        .revoke
        .clone()
        .map(|id| Happened::Lost(Which { id, yes: true }));
    let Some(happened) = args.what.clone().or(old) else {
        tell(desk, json, None)?;
        return Ok(Reason::Done);
    };
    let (which, keys, meant) = match &happened {
        Happened::Lost(which) | Happened::Leaver(which) => (
            Some(which),
            EpochKeysStay::No,
            "can never act again, and the office begins new keys",
        ),
        Happened::Retire(which) => (
            Some(which),
            EpochKeysStay::Yes,
            "can never act again; the office's keys stay as they are",
        ),
        Happened::NewKeys { .. } => (None, EpochKeysStay::No, ""),
    };
    match which {
        Some(which) => {
            let device = devices::find(desk, &which.id)?;
            refuse_recovery(&device)?;
            let label = crate::clean::short(&device.label, 64);
            agree(
                which.yes,
                &format!("“{label}” {meant}. This cannot be undone. Go on?"),
            )?;
            devices::revoke(desk, &device.id, keys)?;
        }
        None => {
            let yes = matches!(happened, Happened::NewKeys { yes: true });
            agree(yes, "The office begins new keys. Go on?")?;
            devices::renew_keys(desk)?;
        }
    }
    let told = bring(desk);
    let mut reason = Reason::Done;
    let words = match &told {
        Ok(report) if report.alarms.is_empty() => done(keys),
        Ok(report) => {
            reason = Reason::Attention;
            report.alarms.join("\n")
        }
        Err(failure) if failure.reason() == Reason::Network => {
            reason = Reason::Attention;
            format!(
                "It is kept, but the relay does not know yet: {}\nUntil “sync” has told it, the \
                 device can still act.",
                failure.cause()
            )
        }
        Err(_) => String::new(),
    };
    told.map(|_| ()).or_else(|failure| match failure.reason() {
        Reason::Network => Ok(()),
        _ => Err(failure),
    })?;
    tell(desk, json, Some(&words))?;
    Ok(reason)
}

fn refuse_recovery(device: &Device) -> Outcome {
    if device.recovery {
        return Err(Failure::usage(
            "That is the recovery file.",
            "If it is lost, write a new one with “recovery”: the old one then acts no more.",
        ));
    }
    Ok(())
}

fn agree(yes: bool, question: &str) -> Outcome {
    if yes || prompt::confirm(question)? {
        return Ok(());
    }
    Err(Failure::usage(
        "Nothing was changed.",
        "Do it again if you mean it.",
    ))
}

/// Tells the relay: first who still acts and has the keys, then the cards made from them.
fn bring(desk: &mut Desk) -> Outcome<sync::Report> {
    let mut report = sync::Report::default();
    let relay = desk.relay()?;
    devices::publish(desk, &relay)?;
    cards::publish(desk, &relay, &mut report)?;
    Ok(report)
}

fn done(keys: EpochKeysStay) -> String {
    match keys {
        EpochKeysStay::Yes => "Done: the relay refuses the device from now on.".to_owned(),
        EpochKeysStay::No => "Done: the relay refuses the device from now on, and new reports are \
             sealed to new keys. The other workstations get them with their next sync; what was \
             sealed before still opens.\nThe device held the office's signing key. If it was open, or \
             its passphrase may be known, call the administrator: the office needs a new one \
             (docs/desk.md, “A workstation is lost or stolen”)."
            .to_owned(),
    }
}

fn tell(desk: &Desk, json: bool, words: Option<&str>) -> Outcome {
    let list = devices::list(desk)?;
    let own = desk.secrets.device.id();
    let mut text = String::new();
    if let Some(words) = words {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{words}\n");
    }
    for device in &list.devices {
        let id: String = device.id.to_string().chars().take(8).collect();
        let what = match device.recovery {
            true => "  (no workstation: what the recovery file can act as)",
            false if device.id == own => "  (this one)",
            false => "",
        };
        let label = crate::clean::short(&device.label, 64);
        let _ = writeln!(text, "  {id}  {label}{what}");
    }
    let _ = writeln!(text, "Revoked: {}", list.revoked.len());
    let value = json!({
        "version": list.version,
        "devices": list.devices,
        "revoked": list.revoked,
        "key_revision": desk.secrets.keyring.revision(),
        "lacks_keys": devices::lacks_keys(desk),
        "published": desk.state.devices.as_ref().is_some_and(|(_, there)| *there),
    });
    print(json, &value, &text)
}

pub(crate) fn recovery(desk: &mut Desk, args: &RecoveryCommand, json: bool) -> Outcome<Reason> {
    devices::to_change(desk)?;
    let guard = desk.guard();
    let plan = recovery_plan(Some(&args.to), args.two_of_three, &args.args, &guard)?;
    let told = recovery_files::renew(desk, &plan)?;
    let mut words = recovery_words(&plan, &desk.config.office);
    words.push_str(
        "\nDestroy the recovery files that you had before: they no longer act for the office, but \
         still open what they opened.",
    );
    if !told {
        words.push_str("\nThe relay could not be told yet: “sync” does it.");
    }
    let paths = plan.paths(&desk.config.office);
    let value = json!({ "recovery": paths, "kind": plan.kind(), "published": told });
    print(json, &value, &words)?;
    Ok(if told {
        Reason::Done
    } else {
        Reason::Attention
    })
}

pub(crate) fn passphrase(desk: &mut Desk, args: &PassphraseArgs, json: bool) -> Outcome<Reason> {
    let (passphrase, plugin) = (&args.new_passphrase_file, &args.plugin_identity);
    unlocking::change(desk, passphrase.as_deref(), plugin.as_deref())?;
    let (kind, what) = match desk.guard() {
        Guard::Passphrase(..) => ("passphrase", "the new passphrase".to_owned()),
        Guard::Plugin(plugin) => (
            "plugin",
            format!("the age plugin “{}”", plugin.identity.plugin()),
        ),
    };
    let words = format!(
        "From now on this desk opens with {what}, and with nothing else. Copies of the old key file \
         (backups, disk images) still open as before: delete them."
    );
    print(json, &json!({ "guard": kind }), &words)?;
    Ok(Reason::Done)
}
