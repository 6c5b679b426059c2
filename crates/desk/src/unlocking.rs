//! What guards this desk's keys: a passphrase or an age plugin, and how one takes the place of
//! another.
//!
//! `keys.age` itself says whether a passphrase guards it; `plugin.txt` only keeps identities for a
//! plugin. So a change counts from the moment `keys.age` is replaced, at one stroke, wherever it is
//! broken off: before that, what guarded it still does.

use std::{fs, path::Path};

use candor_directory::Pin;
use secrecy::ExposeSecret as _;

use crate::{
    config::Config,
    desk::Desk,
    enrolment::ENROLMENT_FILE,
    failure::{Failure, Outcome},
    guard::{self, Effort, Guard, Plugin, is_for_passphrase},
    home::{self, Home},
    prompt,
    setup::effort,
};

const PLUGIN_FILE: &str = "plugin.txt";

/// The guard of a new desk.
///
/// # Errors
/// If the passphrase is too short, or the plugin's identity is none.
pub fn new_guard(
    passphrase_file: Option<&Path>,
    plugin_file: Option<&Path>,
    pin: &Pin,
    home: &Home,
) -> Outcome<Guard> {
    if let Some(path) = plugin_file {
        let plugin = Plugin::new(read_plugin(path)?);
        keep_plugin(home, &plugin)?;
        return Ok(Guard::Plugin(plugin));
    }
    let passphrase = match passphrase_file {
        Some(path) => prompt::secret_from_file(path)?,
        None => prompt::new_secret("Choose a passphrase for this desk")?,
    };
    guard::check_passphrase(&passphrase)?;
    // An interrupted setup may have left one; the folder holds no desk yet.
    let _ = fs::remove_file(home.join(PLUGIN_FILE));
    Ok(Guard::Passphrase(passphrase, effort(pin)))
}

/// The identities of the age plugin that guards this desk, if one does.
///
/// # Errors
/// If they cannot be read.
pub fn kept_plugin(home: &Home) -> Outcome<Option<Plugin>> {
    let kept = home.join(PLUGIN_FILE);
    let guarded = [home.keys(), home.join(ENROLMENT_FILE)];
    let sealed = guarded.iter().find_map(|path| fs::read(path).ok());
    if !kept.exists() || sealed.is_some_and(|sealed| is_for_passphrase(&sealed)) {
        return Ok(None);
    }
    let text = home::read_file("Cannot read", &kept, 1 << 16)?;
    Plugin::parse(&String::from_utf8_lossy(&text))
        .map(Some)
        .ok_or_else(|| no_plugin(&kept))
}

fn keep_plugin(home: &Home, plugin: &Plugin) -> Outcome {
    let kept = home.join(PLUGIN_FILE);
    home::replace_file(&kept, plugin.to_text().as_bytes())
        .map_err(|error| Failure::file("Cannot write", &kept, &error))
}

fn read_plugin(path: &Path) -> Outcome<age::plugin::Identity> {
    let text = home::read_file("Cannot read", path, 1 << 16)?;
    Plugin::parse(&String::from_utf8_lossy(&text))
        .map(|plugin| plugin.identity)
        .ok_or_else(|| no_plugin(path))
}

fn no_plugin(path: &Path) -> Failure {
    Failure::usage(
        format!("{} holds no identity of an age plugin.", path.display()),
        "Make one with the plugin's own program; its line begins with AGE-PLUGIN-.",
    )
}

/// The guard of a desk that exists: the plugin whose identity it keeps, or a passphrase.
///
/// # Errors
/// If there is nobody to ask.
pub fn known_guard(home: &Home, passphrase_file: Option<&Path>) -> Outcome<Guard> {
    if let Some(plugin) = kept_plugin(home)? {
        return Ok(Guard::Plugin(plugin));
    }
    let passphrase = match passphrase_file {
        Some(path) => prompt::secret_from_file(path)?,
        None => prompt::secret("Passphrase of this desk")?,
    };
    let effort = match Config::load(home) {
        Ok(config) if config.demonstration => Effort::Demonstration,
        _ => Effort::Full,
    };
    Ok(Guard::Passphrase(passphrase, effort))
}

/// Puts a new passphrase, or a plugin, in the place of what guards the keys.
///
/// # Errors
/// If it is too weak or the same, or the keys cannot be written and read back: then nothing has
/// changed.
pub fn change(
    desk: &mut Desk,
    new_passphrase: Option<&Path>,
    new_plugin: Option<&Path>,
) -> Outcome {
    let home = desk.home.clone();
    let before = desk.guard();
    if let Some(path) = new_plugin {
        let mut plugin = Plugin::new(read_plugin(path)?);
        let settled = plugin.clone();
        if let Guard::Plugin(old) = &before {
            // Until the keys are replaced, the old identity still has to open them.
            plugin.others.push(old.identity.clone());
        }
        keep_plugin(&home, &plugin)?;
        if let Err(failure) = desk.change_guard(Guard::Plugin(settled.clone())) {
            if let Guard::Plugin(old) = &before {
                keep_plugin(&home, old)?;
            }
            return Err(failure);
        }
        return keep_plugin(&home, &settled);
    }
    let passphrase = match new_passphrase {
        Some(path) => prompt::secret_from_file(path)?,
        None => prompt::new_secret("Choose the new passphrase for this desk")?,
    };
    guard::check_passphrase(&passphrase)?;
    if let Guard::Passphrase(old, _) = &before
        && old.expose_secret() == passphrase.expose_secret()
    {
        return Err(Failure::usage(
            "That is the passphrase the desk has already.",
            "Choose another one.",
        ));
    }
    desk.change_guard(Guard::Passphrase(passphrase, desk.effort()))?;
    let _ = fs::remove_file(home.join(PLUGIN_FILE));
    Ok(())
}
