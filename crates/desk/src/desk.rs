//! An unlocked desk.

use candor_directory::{KeyCard, KeyCardStatement, Pin, Verified};
use rand::rngs::OsRng;

use crate::{
    case_file::CaseFile,
    clock::Clock,
    config::Config,
    failure::{Failure, Outcome},
    guard::{Effort, Guard},
    home::{self, Home, HomeLock},
    keys::{EpochKeys, Secrets},
    prompt,
    published::{PublicFront, Published},
    record::Entry,
    relay::RelayClient,
    state::State,
};

/// A desk whose keys and case file are open.
#[derive(Debug)]
pub struct Desk {
    /// Its folder.
    pub home: Home,
    /// Its settings.
    pub config: Config,
    /// Its instance and roots.
    pub pin: Pin,
    /// Its keys.
    pub secrets: Secrets,
    /// Everything it knows.
    pub state: State,
    /// The directory, if it was ever fetched.
    pub published: Option<Published>,
    /// The time.
    pub clock: Clock,
    guard: Guard,
    file: CaseFile,
    _lock: HomeLock,
}

/// The pin of a desk's folder.
///
/// # Errors
/// If it is missing or not for this purpose.
pub fn load_pin(home: &Home, config: &Config) -> Outcome<Pin> {
    let path = home.join(candor_directory::PIN_FILE);
    let bytes = home::read_file("Cannot read the pin in", &path, Pin::MAX_LEN)?;
    Pin::decode(&bytes, config.purpose()).map_err(|error| {
        Failure::trust(
            format!("{}: {error}.", path.display()),
            "Get pin.json from the administrator again.",
        )
    })
}

impl Desk {
    /// Opens the desk of a folder. The caller holds the folder's lock.
    ///
    /// # Errors
    /// If it is not set up, the guard does not open it, or its files are not in order.
    pub fn open(home: Home, guard: Guard, clock: Clock, lock: HomeLock) -> Outcome<Self> {
        let config = Config::load(&home)?;
        let pin = load_pin(&home, &config)?;
        let secrets = Secrets::load(&home, &guard)?;
        if secrets.keyring.instance != *pin.instance() || secrets.keyring.office != config.office {
            return Err(Failure::usage(
                "The settings or the pin belong to another office or instance than the keys.",
                "Put back the desk.toml and pin.json that were made with these keys.",
            ));
        }
        let (file, entries) = CaseFile::open(
            &home,
            &secrets.case_key,
            secrets.keyring.instance,
            &mut OsRng,
        )?;
        let state = State::replay(&entries)?;
        drop(entries);
        let published = match Published::load(&home, &pin, clock.today(), state.directory_version) {
            Ok(published) => published,
            Err(failure) => {
                prompt::note(&format!(
                    "The kept copy of the directory is not in order; “sync” fetches it anew.\n{}",
                    failure.cause()
                ));
                None
            }
        };
        Ok(Self {
            home,
            config,
            pin,
            secrets,
            state,
            published,
            clock,
            guard,
            file,
            _lock: lock,
        })
    }

    /// Keeps records, then takes them into the state.
    ///
    /// # Errors
    /// If they cannot be kept; the state is then as before.
    pub fn record(&mut self, entries: &[Entry]) -> Outcome {
        self.file.append(entries, &mut OsRng)?;
        for entry in entries {
            self.state.apply(entry)?;
        }
        Ok(())
    }

    /// Keeps one record.
    ///
    /// # Errors
    /// As [`Desk::record`].
    pub fn record_one(&mut self, entry: Entry) -> Outcome {
        self.record(&[entry])
    }

    /// What guards its keys.
    #[must_use]
    pub const fn guard(&self) -> &Guard {
        &self.guard
    }

    /// How hard guesses at passphrases are made here.
    #[must_use]
    pub const fn effort(&self) -> Effort {
        if self.pin.is_demonstration() {
            Effort::Demonstration
        } else {
            Effort::Full
        }
    }

    /// The epochs whose keys this desk has, up to the next one: a client's clock may be ahead.
    #[must_use]
    pub fn epoch_keys(&self) -> Vec<EpochKeys> {
        self.secrets.keyring.epochs_to(self.clock.epoch().plus(1))
    }

    /// The keys of the current epoch with their card.
    ///
    /// # Errors
    /// If the clock is before the keys were made.
    pub fn current_keys(&self) -> Outcome<(EpochKeys, KeyCardStatement)> {
        let now = self.clock.epoch();
        let keys = self
            .secrets
            .keyring
            .epochs_to(now)
            .pop()
            .filter(|keys| keys.epoch == now)
            .ok_or_else(|| {
                Failure::usage(
                    "This workstation's clock is before the month in which the office's keys were \
                     made.",
                    "Set the clock.",
                )
            })?;
        let card = self.secrets.keyring.card(&keys)?;
        Ok((keys, card))
    }

    /// The directory.
    ///
    /// # Errors
    /// If it was never fetched.
    pub fn published(&self) -> Outcome<&Published> {
        self.published.as_ref().ok_or_else(|| {
            Failure::usage(
                "This desk has not fetched the directory yet.",
                "Run “sync” first.",
            )
        })
    }

    /// This office's current card, verified against the directory as any client would.
    ///
    /// # Errors
    /// If the directory does not vouch for this office's key.
    pub fn verified_card(&self, card: &KeyCardStatement) -> Outcome<Verified<KeyCard>> {
        KeyCard::verify(card, &self.published()?.directory).map_err(|_| {
            Failure::trust(
                "The directory does not name this office's key.",
                "Run “status”: it says what to do.",
            )
        })
    }

    /// A client of the relay.
    ///
    /// # Errors
    /// If the settings are wrong.
    pub fn relay(&self) -> Outcome<RelayClient> {
        RelayClient::new(
            &self.config,
            self.secrets.keyring.instance,
            &self.secrets.device,
            self.clock,
        )
    }

    /// A client of the public front.
    ///
    /// # Errors
    /// If the settings are wrong.
    pub fn front(&self) -> Outcome<PublicFront> {
        PublicFront::new(&self.config, self.clock)
    }

    /// Replaces the keyring and the file it lies in.
    ///
    /// # Errors
    /// If it cannot be written; the old keys then stay.
    pub fn replace_secrets(&mut self, secrets: Secrets) -> Outcome {
        secrets.store(&self.home, &self.guard)?;
        self.secrets = secrets;
        Ok(())
    }
}
