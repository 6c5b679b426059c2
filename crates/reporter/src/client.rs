//! Connecting: nothing is typed before it is known who will read it.
//!
//! Invariant: a [`Client`] holds only what the pin vouches for: the directory by every root, the
//! cards by their offices, the relay's keys by the relay that the directory names.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{PoisonError, RwLock},
    time::SystemTime,
};

use candor_directory::{
    Answers, CardError, Cards, CardsError, DIRECTORY_FILE, Directory, DirectoryError, Pin,
    RelayKeys, RelayKeysError, Route, RouteError, TopicId, Unverified, Verified, route,
    signature_file_name,
};
use candor_sealing::report::{ComposeError, OfficeRecipient};
use candor_wire::{Day, OfficeId, RoleId};
use rand::RngCore;
use thiserror::Error;

use crate::{
    burst::Patience,
    exchange::{self, ExchangeError},
    network::{Network, NetworkError, NetworkOptions},
    public::{self, FetchError},
};

/// What a client is told besides the address and the pin.
#[derive(Clone, Debug, Default)]
pub struct ConnectOptions {
    /// The way to the intake.
    pub network: NetworkOptions,
    /// The highest version of the directory that this client has accepted before.
    pub highest_version_seen: Option<u64>,
    /// How stubbornly to try.
    pub patience: Patience,
}

/// What the server served, and why it is not believed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Untrusted {
    /// The directory.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The list of key cards.
    #[error(transparent)]
    Cards(#[from] CardsError),
    /// The keys of the exchange.
    #[error(transparent)]
    RelayKeys(#[from] RelayKeysError),
    /// The current key of the exchange is of another kind.
    #[error("the relay's key is of an unknown kind; this program may need an update")]
    ExchangeKey,
}

/// The server's clock and this one differ by days. A hint only: the server's clock proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockHint {
    /// The day on this machine.
    pub here: Day,
    /// The day that the server named.
    pub there: Day,
}

/// Why a client does not connect. Nothing has been sent but requests for public files.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address, proxy or certificates are not usable.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The server cannot be reached.
    #[error("the hotline's server cannot be reached; check the address and the connection")]
    Unreachable,
    /// The server answers, but does not serve what it should.
    #[error(
        "the server answers, but does not serve the hotline's public files; check the address, or try again later"
    )]
    NotServed,
    /// What it serves is not to be trusted.
    #[error("{why}")]
    Untrusted {
        /// Why.
        why: Untrusted,
        /// Set if the clocks differ, which may be the reason.
        clock: Option<ClockHint>,
    },
}

/// Why there are no recipients.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecipientsError {
    /// There is no route.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// An office has no card to seal to. Nothing is rerouted around it.
    #[error(transparent)]
    Card(#[from] CardError),
    /// An office's card names an unusable key.
    #[error(transparent)]
    Key(#[from] ComposeError),
}

/// A client of one instance.
#[derive(Debug)]
pub struct Client {
    network: Network,
    patience: Patience,
    directory: Verified<Directory>,
    cards: Cards,
    relay_keys: RwLock<Verified<RelayKeys>>,
}

impl Client {
    /// Fetches the public files and checks all of them against the pin.
    ///
    /// # Errors
    /// [`ConnectError`]
    pub async fn connect(
        intake: &str,
        pin: &Pin,
        options: ConnectOptions,
        now: SystemTime,
        rng: &mut impl RngCore,
    ) -> Result<Self, ConnectError> {
        let network = Network::new(intake, &options.network)?;
        let http = network.client(rng)?;
        let today = Day::of(now);
        let path = format!("/{DIRECTORY_FILE}");
        let fetched = public::fetch(&network, &http, &path, Directory::MAX_LEN).await?;
        let clock = fetched.day.and_then(|there| ClockHint::of(today, there));
        let untrusted = |why: Untrusted| ConnectError::Untrusted { why, clock };

        let mut signatures = BTreeMap::new();
        for root in pin.roots() {
            let path = format!("/{}", signature_file_name(root.role()));
            match public::fetch(&network, &http, &path, public::MAX_SIGNATURE_LEN).await {
                Ok(file) => {
                    let text = String::from_utf8(file.bytes).unwrap_or_default();
                    signatures.insert(root.role().clone(), text);
                }
                // `verify` says whose is missing.
                Err(FetchError::NotServed) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let directory = Unverified::<Directory>::new(fetched.bytes, signatures)
            .verify(pin, today, options.highest_version_seen)
            .map_err(|error| untrusted(error.into()))?;

        let blob = public::fetch(&network, &http, public::CARDS, Cards::MAX_LEN).await?;
        let cards =
            Cards::verify_all(&blob.bytes, &directory).map_err(|error| untrusted(error.into()))?;
        let keys = public::fetch(&network, &http, public::RELAY_KEYS, RelayKeys::MAX_LEN).await?;
        let keys = RelayKeys::verify(&keys.bytes, &directory, None)
            .map_err(|error| untrusted(error.into()))?;
        let current = keys
            .current(today)
            .map_err(|error| untrusted(error.into()))?;
        if !exchange::is_usable(current.config.as_bytes()) {
            return Err(untrusted(Untrusted::ExchangeKey));
        }
        Ok(Self {
            network,
            patience: options.patience,
            directory,
            cards,
            relay_keys: RwLock::new(keys),
        })
    }

    /// The directory.
    #[must_use]
    pub const fn directory(&self) -> &Verified<Directory> {
        &self.directory
    }

    /// Who receives a report, and the keys to seal it to.
    ///
    /// # Errors
    /// [`RecipientsError`]
    pub fn recipients(
        &self,
        topic: &TopicId,
        answers: &Answers,
        excluded: &BTreeSet<RoleId>,
        now: SystemTime,
    ) -> Result<(Route, Vec<OfficeRecipient>), RecipientsError> {
        let route = route(&self.directory, topic, answers, excluded)?;
        let offices: Vec<OfficeId> = route.offices().cloned().collect();
        let recipients = self.keys_of(&offices, now)?;
        Ok((route, recipients))
    }

    /// The current keys of offices.
    ///
    /// # Errors
    /// [`RecipientsError::Card`] or [`RecipientsError::Key`]
    pub fn keys_of(
        &self,
        offices: &[OfficeId],
        now: SystemTime,
    ) -> Result<Vec<OfficeRecipient>, RecipientsError> {
        offices
            .iter()
            .map(|office| {
                let card = self.cards.current(office, Day::of(now))?;
                Ok(OfficeRecipient::from_card(card)?)
            })
            .collect()
    }

    pub(crate) const fn network(&self) -> &Network {
        &self.network
    }

    pub(crate) const fn patience(&self) -> &Patience {
        &self.patience
    }

    pub(crate) fn http(&self, rng: &mut impl RngCore) -> Result<reqwest::Client, ExchangeError> {
        // It was set up before with the same settings.
        self.network
            .client(rng)
            .map_err(|_| ExchangeError::Unreachable)
    }

    /// The configuration of the key that is current.
    pub(crate) fn relay_config(&self, today: Day) -> Result<Vec<u8>, ExchangeError> {
        let keys = self
            .relay_keys
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let key = keys.current(today).map_err(|_| ExchangeError::Key)?;
        Ok(key.config.as_bytes().to_vec())
    }

    /// Fetches the relay's keys again.
    pub(crate) async fn renew_relay_keys(
        &self,
        now: SystemTime,
        rng: &mut impl RngCore,
    ) -> Result<(), ConnectError> {
        let http = self.network.client(rng)?;
        let file = public::fetch(&self.network, &http, public::RELAY_KEYS, RelayKeys::MAX_LEN);
        let file = file.await?;
        let untrusted = |error: RelayKeysError| ConnectError::Untrusted {
            why: error.into(),
            clock: None,
        };
        let seen = {
            let keys = self
                .relay_keys
                .read()
                .unwrap_or_else(PoisonError::into_inner);
            keys.serial
        };
        let keys =
            RelayKeys::verify(&file.bytes, &self.directory, Some(seen)).map_err(untrusted)?;
        keys.current(Day::of(now)).map_err(untrusted)?;
        let mut place = self
            .relay_keys
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *place = keys;
        Ok(())
    }
}

impl ClockHint {
    /// Two days apart: time zones alone do not do that.
    fn of(here: Day, there: Day) -> Option<Self> {
        (here.0.abs_diff(there.0) >= 2).then_some(Self { here, there })
    }
}

impl From<FetchError> for ConnectError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Unreachable => Self::Unreachable,
            FetchError::NotServed => Self::NotServed,
        }
    }
}
