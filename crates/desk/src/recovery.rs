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
    failure::{Failure, Outcome, Reason},
    guard::{Armour, Effort, Guard},
    keys::{DeviceKeys, Keyring, StoredDevice, StoredKeyring, from_json, to_json},
};

/// Who it takes to open a recovery file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecoveryKind {
    /// Whoever has the file and its one passphrase.
    #[default]
    OnePassphrase,
    /// Any two of three people, each with a passphrase of their own.
    TwoOfThree,
}

/// How many words a recovery passphrase is offered as: 8 × 12.9 bits.
const WORDS: usize = 8;

#[derive(Serialize, Deserialize)]
enum Format {
    #[serde(rename = "candor-recovery/2")]
    V2,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    format: Format,
    made: Day,
    kind: RecoveryKind,
    keyring: StoredKeyring,
    device: StoredDevice,
    pin: Pin,
    relay_url: String,
    intake_url: String,
}

/// What opens a recovery file: one passphrase, or two, the one inside the other.
#[derive(Debug)]
pub struct Words {
    outer: SecretString,
    inner: Option<SecretString>,
}

impl Words {
    /// One person's.
    #[must_use]
    pub const fn one(passphrase: SecretString) -> Self {
        Self {
            outer: passphrase,
            inner: None,
        }
    }

    /// Two people's: the first one's opens nothing but what the second one's then opens.
    #[must_use]
    pub const fn two(first: SecretString, second: SecretString) -> Self {
        Self {
            outer: first,
            inner: Some(second),
        }
    }
}

/// What a recovery file holds.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// The day it was made.
    pub made: Day,
    /// Who it takes to open it.
    pub kind: RecoveryKind,
    /// The office's keys.
    pub keyring: Keyring,
    /// What it acts as at the relay, to read the current list of devices and take the restored
    /// workstation into it; and what the office's later keys are sealed to.
    pub device: DeviceKeys,
    /// The instance and its roots.
    pub pin: Pin,
    /// Where the relay answers desks.
    pub relay_url: String,
    /// Where the directory comes from.
    pub intake_url: String,
}

const WHAT: &str = "The recovery file";
/// How every age file begins.
const AGE_FILE: &[u8] = b"age-encryption.org/v1\n";

impl Recovery {
    /// Seals the file.
    ///
    /// # Errors
    /// If it cannot be written: a defect.
    pub fn seal_for(&self, words: &Words, effort: Effort) -> Outcome<Vec<u8>> {
        let stored = Stored {
            format: Format::V2,
            made: self.made,
            kind: self.kind,
            keyring: self.keyring.to_stored(),
            device: self.device.to_stored(),
            pin: self.pin.clone(),
            relay_url: self.relay_url.clone(),
            intake_url: self.intake_url.clone(),
        };
        let guard = |words: &SecretString| Guard::Passphrase(normalise(words), effort);
        let json = to_json(&stored)?;
        match &words.inner {
            None => guard(&words.outer).seal(&json, Armour::Text),
            Some(inner) => {
                let sealed = guard(inner).seal(&json, Armour::None)?;
                guard(&words.outer).seal(&sealed, Armour::Text)
            }
        }
    }

    /// The same under one passphrase.
    ///
    /// # Errors
    /// As [`Recovery::seal_for`].
    pub fn seal(&self, passphrase: &SecretString, effort: Effort) -> Outcome<Vec<u8>> {
        self.seal_for(&Words::one(passphrase.clone()), effort)
    }

    /// Opens a recovery file of one passphrase.
    ///
    /// # Errors
    /// If the passphrase is wrong, not the only one it takes, or the file damaged.
    pub fn open(sealed: &[u8], passphrase: &SecretString) -> Outcome<Self> {
        Self::open_for(sealed, &Words::one(passphrase.clone()))
    }

    /// Opens a recovery file with all the words that it takes.
    ///
    /// # Errors
    /// If they are wrong, too few, or the file is damaged.
    pub fn open_for(sealed: &[u8], words: &Words) -> Outcome<Self> {
        let second = || {
            words.inner.clone().ok_or_else(|| {
                Failure::new(
                    Reason::Locked,
                    "The recovery file takes two people, and only one of them has opened it.",
                    "Have the second person whom its name tells type their words, too.",
                )
            })
        };
        Self::open_in_turn(sealed, &words.outer, second)
    }

    /// Opens a recovery file, asking for a second person's words if it takes them.
    ///
    /// # Errors
    /// As [`Recovery::open_for`].
    pub fn open_in_turn(
        sealed: &[u8],
        first: &SecretString,
        second: impl FnOnce() -> Outcome<SecretString>,
    ) -> Outcome<Self> {
        let opened = |what, sealed: &[u8], words: &SecretString| {
            Guard::Passphrase(normalise(words), Effort::Full).open(what, sealed)
        };
        let mut json = opened(WHAT, sealed, first)?;
        if json.starts_with(AGE_FILE) {
            json = opened("the inner part of the recovery file", &json, &second()?)?;
        }
        let stored: Stored = from_json(WHAT, &json)?;
        let keyring = Keyring::from_stored(&stored.keyring)?;
        if keyring.instance != *stored.pin.instance() {
            return Err(Failure::trust(
                "The recovery file's keys and its pin belong to different instances.",
                "It was put together wrongly; use another copy.",
            ));
        }
        Ok(Self {
            made: stored.made,
            kind: stored.kind,
            keyring,
            device: DeviceKeys::from_stored(&stored.device),
            pin: stored.pin,
            relay_url: stored.relay_url,
            intake_url: stored.intake_url,
        })
    }

    /// Whether two hold the same.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.made == other.made
            && self.kind == other.kind
            && self.keyring.is_same(&other.keyring)
            && self.device.id() == other.device.id()
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
            kind: RecoveryKind::OnePassphrase,
            device: DeviceKeys::generate(&mut OsRng),
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

    #[test]
    fn two_people_open_it_and_one_alone_learns_nothing() {
        let recovery = recovery();
        let people: Vec<_> = (0..3).map(|_| generate_passphrase(&mut OsRng)).collect();
        let words = |one: usize, two: usize| Words::two(people[one].clone(), people[two].clone());
        let sealed = recovery
            .seal_for(&words(0, 1), Effort::Demonstration)
            .unwrap();
        let opened = Recovery::open_for(&sealed, &words(0, 1)).unwrap();
        assert!(opened.is_same(&recovery));
        for wrong in [words(0, 2), words(1, 0), words(2, 1), words(0, 0)] {
            let failure = Recovery::open_for(&sealed, &wrong).unwrap_err();
            assert_eq!(failure.reason(), Reason::Locked);
        }
        let failure = Recovery::open(&sealed, &people[0]).unwrap_err();
        assert!(failure.cause().contains("two people"), "{failure}");
        // What the first one sees is another age file under the second one's words.
        let outer = Guard::Passphrase(normalise(&people[0]), Effort::Demonstration);
        let seen = outer.open("It", &sealed).unwrap();
        assert!(seen.starts_with(AGE_FILE) && crate::guard::is_for_passphrase(&seen));
        let office = recovery.keyring.office.to_string();
        let holds = |needle: &[u8]| seen.windows(needle.len()).any(|part| part == needle);
        assert!(!holds(office.as_bytes()) && !holds(b"signing_key"));
    }
}
