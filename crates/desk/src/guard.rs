//! What guards a file of secrets: a passphrase (age scrypt), or an age plugin for a hardware key.

use std::{io::Read as _, io::Write as _, iter};

use age::{
    Callbacks, DecryptError, Decryptor, Encryptor,
    armor::{ArmoredReader, ArmoredWriter, Format},
    plugin::{Identity as PluginIdentity, IdentityPluginV1, RecipientPluginV1},
    scrypt,
};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::failure::{Failure, Outcome, Reason};

/// How hard a guess at a passphrase is made: scrypt with N = 2^this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// About a second and 256 MiB for every guess.
    Full,
    /// For demonstrations, whose keys protect nothing.
    Demonstration,
}

impl Effort {
    const fn log_n(self) -> u8 {
        match self {
            Self::Full => 18,
            Self::Demonstration => 10,
        }
    }
}

/// The highest work factor accepted when opening, so that a forged file cannot stall the desk.
const MAX_LOG_N: u8 = 20;
/// The most bytes in a file of secrets.
const MAX_LEN: u64 = 1 << 20;

/// What opens a file of secrets.
#[derive(Clone)]
pub enum Guard {
    /// A passphrase.
    Passphrase(SecretString, Effort),
    /// An identity that an age plugin knows how to use.
    Plugin(Plugin),
}

/// Identities for age plugins.
#[derive(Clone)]
pub struct Plugin {
    /// What secrets are sealed to, and opened with.
    pub identity: PluginIdentity,
    /// What they may be sealed to still, if a change was broken off.
    pub others: Vec<PluginIdentity>,
}

impl Plugin {
    /// One identity.
    #[must_use]
    pub const fn new(identity: PluginIdentity) -> Self {
        Self {
            identity,
            others: Vec::new(),
        }
    }

    /// The identities in a file, one a line, each of which begins with `AGE-PLUGIN-`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut identities = text
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("AGE-PLUGIN-"))
            .filter_map(|line| line.parse().ok());
        Some(Self {
            identity: identities.next()?,
            others: identities.collect(),
        })
    }

    /// The same as a file.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.all().map(|identity| format!("{identity}\n")).collect()
    }

    fn all(&self) -> impl Iterator<Item = &PluginIdentity> {
        iter::once(&self.identity).chain(&self.others)
    }
}

/// Whether an age file is sealed to a passphrase.
#[must_use]
pub fn is_for_passphrase(sealed: &[u8]) -> bool {
    Decryptor::new_buffered(ArmoredReader::new(sealed)).is_ok_and(|file| file.is_scrypt())
}

/// Whether a sealed file is text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Armour {
    /// Bytes.
    None,
    /// Text that can be printed.
    Text,
}

impl Guard {
    /// Seals secrets.
    ///
    /// # Errors
    /// If the plugin is missing or refuses.
    pub fn seal(&self, secrets: &[u8], armour: Armour) -> Outcome<Vec<u8>> {
        let encryptor = match self {
            Self::Passphrase(passphrase, effort) => {
                let mut recipient = scrypt::Recipient::new(passphrase.clone());
                recipient.set_work_factor(effort.log_n());
                Encryptor::with_recipients(iter::once(&recipient as &dyn age::Recipient))
            }
            Self::Plugin(Plugin { identity, .. }) => {
                let recipient = RecipientPluginV1::new(
                    identity.plugin(),
                    &[],
                    std::slice::from_ref(identity),
                    Terminal,
                )
                .map_err(|error| plugin_failure(identity, &error))?;
                Encryptor::with_recipients(iter::once(&recipient as &dyn age::Recipient))
            }
        };
        let encryptor = encryptor.map_err(|error| match self {
            Self::Plugin(plugin) => plugin_failure(&plugin.identity, &error),
            Self::Passphrase(..) => Failure::internal(error),
        })?;
        let format = match armour {
            Armour::None => Format::Binary,
            Armour::Text => Format::AsciiArmor,
        };
        let write = || -> std::io::Result<Vec<u8>> {
            let output = ArmoredWriter::wrap_output(Vec::new(), format)?;
            let mut stream = encryptor.wrap_output(output)?;
            stream.write_all(secrets)?;
            stream.finish()?.finish()
        };
        write().map_err(Failure::internal)
    }

    /// Opens what [`Guard::seal`] made, armoured or not.
    ///
    /// # Errors
    /// [`Reason::Locked`] if the passphrase or plugin does not open it; [`Reason::Storage`] if
    /// the file is damaged.
    pub fn open(&self, what: &str, sealed: &[u8]) -> Outcome<Zeroizing<Vec<u8>>> {
        let damaged = || {
            Failure::storage(
                format!("{what} is damaged or not an age file."),
                "Put back a copy of it, or set this desk up again from the recovery file.",
            )
        };
        let decryptor =
            || Decryptor::new_buffered(ArmoredReader::new(sealed)).map_err(|_| damaged());
        let opened = match self {
            Self::Passphrase(passphrase, _) => {
                let mut identity = scrypt::Identity::new(passphrase.clone());
                identity.set_max_work_factor(MAX_LOG_N);
                decryptor()?.decrypt(iter::once(&identity as &dyn age::Identity))
            }
            Self::Plugin(plugins) => {
                let mut opened = Err(DecryptError::NoMatchingKeys);
                for identity in plugins.all() {
                    let plugin = IdentityPluginV1::new(
                        identity.plugin(),
                        std::slice::from_ref(identity),
                        Terminal,
                    );
                    let plugin = match plugin {
                        Ok(plugin) => plugin,
                        Err(error) => {
                            opened = Err(error);
                            continue;
                        }
                    };
                    opened = decryptor()?.decrypt(iter::once(&plugin as &dyn age::Identity));
                    if opened.is_ok() {
                        break;
                    }
                }
                opened
            }
        };
        let stream = opened.map_err(|error| match (self, error) {
            (
                Self::Passphrase(..),
                DecryptError::KeyDecryptionFailed | DecryptError::DecryptionFailed,
            ) => Failure::new(
                Reason::Locked,
                format!("The passphrase does not open {what}."),
                "Type it again; mind capitals and the keyboard's language. If it is lost, set \
                 the desk up again with “restore” and the recovery file.",
            ),
            (Self::Passphrase(..), DecryptError::NoMatchingKeys) => Failure::new(
                Reason::Locked,
                format!("{what} is not guarded by a passphrase."),
                "Use the way of unlocking that this file was made with.",
            ),
            (
                Self::Plugin(plugin),
                error @ (DecryptError::NoMatchingKeys
                | DecryptError::KeyDecryptionFailed
                | DecryptError::Plugin(_)
                | DecryptError::MissingPlugin { .. }),
            ) => plugin_failure(&plugin.identity, &why(&error)),
            _ => damaged(),
        })?;
        let mut secrets = Zeroizing::new(Vec::with_capacity(8192));
        stream
            .take(MAX_LEN)
            .read_to_end(&mut secrets)
            .map_err(|_| damaged())?;
        Ok(secrets)
    }
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Passphrase(..) => "Guard::Passphrase(..)",
            Self::Plugin(_) => "Guard::Plugin(..)",
        })
    }
}

/// What a plugin said, or that it said nothing.
fn why(error: &DecryptError) -> String {
    match error {
        DecryptError::Plugin(said) => {
            let said: Vec<_> = said.iter().map(ToString::to_string).collect();
            crate::clean::short(&said.join(" "), 400)
        }
        DecryptError::MissingPlugin { .. } => "it is not installed".to_owned(),
        _ => "it did not open the file".to_owned(),
    }
}

fn plugin_failure(identity: &PluginIdentity, error: &dyn std::fmt::Display) -> Failure {
    let plugin = identity.plugin();
    Failure::new(
        Reason::Locked,
        format!("The age plugin “{plugin}” did not do its part: {error}"),
        format!(
            "Check that age-plugin-{plugin} is installed and the key is plugged in, then try again."
        ),
    )
}

/// The fewest characters of a passphrase that a person chooses.
pub const MIN_PASSPHRASE_CHARS: usize = 12;

/// Checks a new passphrase.
///
/// # Errors
/// If it is too short.
pub fn check_passphrase(passphrase: &SecretString) -> Outcome {
    if passphrase.expose_secret().chars().count() < MIN_PASSPHRASE_CHARS {
        return Err(Failure::usage(
            format!("The passphrase has fewer than {MIN_PASSPHRASE_CHARS} characters."),
            "Choose a longer one; four or five unrelated words are easy to remember.",
        ));
    }
    Ok(())
}

/// How a plugin talks with the person.
#[derive(Clone, Copy, Debug)]
struct Terminal;

impl Callbacks for Terminal {
    fn display_message(&self, message: &str) {
        crate::prompt::note(&crate::clean::text(message));
    }

    fn confirm(&self, message: &str, yes: &str, no: Option<&str>) -> Option<bool> {
        let choices = match no {
            Some(no) => format!("{} / {}", crate::clean::line(yes), crate::clean::line(no)),
            None => crate::clean::line(yes),
        };
        crate::prompt::confirm(&format!("{} [{choices}]", crate::clean::line(message))).ok()
    }

    fn request_public_string(&self, description: &str) -> Option<String> {
        crate::prompt::ask(&crate::clean::line(description)).ok()
    }

    fn request_passphrase(&self, description: &str) -> Option<SecretString> {
        crate::prompt::secret(&crate::clean::line(description)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(passphrase: &str) -> Guard {
        Guard::Passphrase(passphrase.to_owned().into(), Effort::Demonstration)
    }

    #[test]
    fn only_the_passphrase_opens_and_damage_is_told_apart() {
        for armour in [Armour::None, Armour::Text] {
            let sealed = guard("one").seal(b"secret", armour).unwrap();
            let opened = guard("one").open("It", &sealed).unwrap();
            assert_eq!(opened.as_slice(), b"secret");
            let wrong = guard("two").open("It", &sealed).unwrap_err();
            assert_eq!(wrong.reason(), Reason::Locked);
            let mut damaged = sealed.clone();
            damaged.truncate(sealed.len() - 7);
            let failure = guard("one").open("It", &damaged).unwrap_err();
            assert_eq!(failure.reason(), Reason::Storage);
        }
        assert!(
            guard("one")
                .seal(b"x", Armour::Text)
                .unwrap()
                .starts_with(b"-----BEGIN AGE")
        );
    }

    #[test]
    fn a_missing_plugin_is_named() {
        // A plugin identity with an empty payload, for a plugin that nobody has.
        let identity = PluginIdentity::default_for_plugin("candor-test-absent");
        let failure = Guard::Plugin(Plugin::new(identity))
            .seal(b"x", Armour::None)
            .unwrap_err();
        assert_eq!(failure.reason(), Reason::Locked);
        assert!(failure.remedy().contains("age-plugin-candor-test-absent"));
    }

    #[test]
    fn short_passphrases_are_refused() {
        assert!(check_passphrase(&"elevenchars".to_owned().into()).is_err());
        assert!(check_passphrase(&"twelve chars".to_owned().into()).is_ok());
    }
}
