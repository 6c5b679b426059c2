//! The recovery file: the office's keyring under a passphrase of its own, to be kept away from
//! the workstation. With it, and nothing else, an office that has lost every device goes on.

use candor_directory::Pin;
use candor_sealing::wordlist;
use candor_wire::Day;
use rand::{CryptoRng, Rng as _, RngCore};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    failure::{Failure, Outcome},
    guard::{Armour, Effort, Guard},
    keys::{Keyring, StoredKeyring, from_json, to_json},
};

/// How many words a recovery passphrase is offered as: 8 × 12.9 bits.
const WORDS: usize = 8;

#[derive(Serialize, Deserialize)]
enum Format {
    #[serde(rename = "candor-recovery/1")]
    V1,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    format: Format,
    made: Day,
    keyring: StoredKeyring,
    pin: Pin,
    relay_url: String,
    intake_url: String,
}

/// What a recovery file holds.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// The day it was made.
    pub made: Day,
    /// The office's keys.
    pub keyring: Keyring,
    /// The instance and its roots.
    pub pin: Pin,
    /// Where the relay answers desks.
    pub relay_url: String,
    /// Where the directory comes from.
    pub intake_url: String,
}

impl Recovery {
    /// Seals the file under its passphrase.
    ///
    /// # Errors
    /// If it cannot be written: a defect.
    pub fn seal(&self, passphrase: &SecretString, effort: Effort) -> Outcome<Vec<u8>> {
        let stored = Stored {
            format: Format::V1,
            made: self.made,
            keyring: self.keyring.to_stored(),
            pin: self.pin.clone(),
            relay_url: self.relay_url.clone(),
            intake_url: self.intake_url.clone(),
        };
        Guard::Passphrase(normalise(passphrase), effort).seal(&to_json(&stored)?, Armour::Text)
    }

    /// Opens a recovery file.
    ///
    /// # Errors
    /// If the passphrase is wrong or the file damaged.
    pub fn open(sealed: &[u8], passphrase: &SecretString) -> Outcome<Self> {
        let what = "The recovery file";
        let guard = Guard::Passphrase(normalise(passphrase), Effort::Full);
        let json = guard.open(what, sealed)?;
        let stored: Stored = from_json(what, &json)?;
        let keyring = Keyring::from_stored(&stored.keyring);
        if keyring.instance != *stored.pin.instance() {
            return Err(Failure::trust(
                "The recovery file's keys and its pin belong to different instances.",
                "It was put together wrongly; use another copy.",
            ));
        }
        Ok(Self {
            made: stored.made,
            keyring,
            pin: stored.pin,
            relay_url: stored.relay_url,
            intake_url: stored.intake_url,
        })
    }

    /// Whether two hold the same.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.made == other.made
            && self.keyring.is_same(&other.keyring)
            && self.pin == other.pin
            && self.relay_url == other.relay_url
            && self.intake_url == other.intake_url
    }
}

/// Words are written by hand and typed back: how they are spaced and capitalised does not matter.
fn normalise(passphrase: &SecretString) -> SecretString {
    let text = Zeroizing::new(passphrase.expose_secret().to_lowercase());
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c == '-')
        .filter(|word| !word.is_empty())
        .collect();
    SecretString::from(words.join(" "))
}

/// Whether two passphrases are the same but for spacing and capitals.
#[must_use]
pub fn is_same_passphrase(one: &SecretString, two: &SecretString) -> bool {
    normalise(one).expose_secret() == normalise(two).expose_secret()
}

/// Eight random words.
pub fn generate_passphrase(rng: &mut (impl RngCore + CryptoRng)) -> SecretString {
    let count = u16::try_from(wordlist::LEN).unwrap_or(u16::MAX);
    let words: Vec<&str> = (0..WORDS)
        .filter_map(|_| wordlist::word(rng.gen_range(0..count)))
        .collect();
    SecretString::from(words.join(" "))
}

#[cfg(test)]
mod tests {
    use candor_directory::{Epoch, Purpose, RootKey};
    use candor_wire::InstanceId;
    use rand::rngs::OsRng;

    use super::*;
    use crate::failure::Reason;

    fn recovery() -> Recovery {
        let instance = InstanceId::new([1; 32]);
        let pair = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
        let root = RootKey::new("witness".parse().unwrap(), &pair.pk.to_base64()).unwrap();
        Recovery {
            made: Day(20_000),
            keyring: Keyring::generate(
                instance,
                "title-ix".parse().unwrap(),
                Epoch(682),
                &mut OsRng,
            ),
            pin: Pin::new(Purpose::Demonstration, instance, vec![root], 1).unwrap(),
            relay_url: "https://relay.example".to_owned(),
            intake_url: "https://report.example".to_owned(),
        }
    }

    #[test]
    fn it_opens_however_the_words_are_typed_and_with_no_others() {
        let recovery = recovery();
        let words = generate_passphrase(&mut OsRng);
        assert_eq!(words.expose_secret().split(' ').count(), WORDS);
        let sealed = recovery.seal(&words, Effort::Demonstration).unwrap();
        let typed = format!(
            "  {}\n",
            words.expose_secret().to_uppercase().replace(' ', "-")
        );
        assert!(
            Recovery::open(&sealed, &typed.into())
                .unwrap()
                .is_same(&recovery)
        );
        let other = generate_passphrase(&mut OsRng);
        assert_eq!(
            Recovery::open(&sealed, &other).unwrap_err().reason(),
            Reason::Locked
        );
        let mut damaged = sealed.clone();
        let at = damaged.len() / 2;
        damaged[at] ^= 1;
        assert!(Recovery::open(&damaged, &words).is_err());
    }
}
