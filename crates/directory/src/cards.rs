//! Key cards: what to seal to for one office in one month (`docs/protocol.md`, "Key cards").

use std::collections::{BTreeMap, BTreeSet};

use candor_wire::{Day, Domain, InstanceId, OfficeId, SignedStatement, Tag};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    date, directory::Directory, epoch::Epoch, key::PublicKey, recipient::RecipientText,
    verified::Verified,
};

/// The use of an office's key that signs key cards.
#[derive(Clone, Copy, Debug)]
pub enum KeyCardDomain {}

impl Domain for KeyCardDomain {
    const TAG: Tag = Tag::new("candor/v1/key-card");
}

/// A key card as it travels.
pub type KeyCardStatement = SignedStatement<KeyCardDomain>;

/// What to seal to for one office in one epoch, and which key its replies bear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyCard {
    /// The instance.
    pub instance: InstanceId,
    /// The office.
    pub office: OfficeId,
    /// The month.
    pub epoch: Epoch,
    /// What to seal to.
    pub recipient: RecipientText,
    /// Signs the office's replies.
    pub reply_key: PublicKey,
    /// The first day of the epoch.
    #[serde(with = "date")]
    pub valid_from: Day,
    /// The last day of the epoch.
    #[serde(with = "date")]
    pub valid_to: Day,
    /// Of several cards of an epoch, the one of the highest revision counts: an office that has
    /// lost a device begins new keys, and supersedes the cards that it had published.
    #[serde(default, skip_serializing_if = "is_first")]
    pub revision: u32,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_first(revision: &u32) -> bool {
    *revision == 0
}

impl KeyCard {
    /// A card for an epoch; its days follow from the epoch.
    #[must_use]
    pub fn new(
        instance: InstanceId,
        office: OfficeId,
        epoch: Epoch,
        recipient: RecipientText,
        reply_key: PublicKey,
    ) -> Self {
        Self {
            instance,
            office,
            epoch,
            recipient,
            reply_key,
            valid_from: epoch.first_day(),
            valid_to: epoch.last_day(),
            revision: 0,
        }
    }

    /// The same card with another revision.
    #[must_use]
    pub fn with_revision(self, revision: u32) -> Self {
        Self { revision, ..self }
    }

    /// Signs the card with the office's key.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub fn sign(&self, key: &SigningKey) -> Result<KeyCardStatement, serde_json::Error> {
        SignedStatement::sign(key, &self.instance, self)
    }

    /// Checks one card against the directory, whatever the day: the card of a past epoch still
    /// proves whose key an old reply bears.
    ///
    /// # Errors
    /// [`CardError::Refused`] or [`CardError::UnknownOffice`]
    pub fn verify(
        statement: &KeyCardStatement,
        directory: &Verified<Directory>,
    ) -> Result<Verified<Self>, CardError> {
        let claimed: Self = statement.peek().map_err(|_| CardError::Form)?;
        let office = directory
            .office(&claimed.office)
            .ok_or_else(|| CardError::UnknownOffice(claimed.office.clone()))?;
        let refused = || CardError::Refused(claimed.office.clone());
        let card: Self = statement
            .verify(office.signing_key.verifying(), &directory.instance)
            .map_err(|_| refused())?;
        let sound = card.instance == directory.instance
            && card.valid_from == card.epoch.first_day()
            && card.valid_to == card.epoch.last_day();
        if sound {
            Ok(Verified::assert(card))
        } else {
            Err(refused())
        }
    }
}

/// Why there is no key card to use. A client never reroutes around it: it stops and shows the
/// telephone.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CardError {
    /// A card is not of the expected form.
    #[error("a key card is not of the expected form; it may come from a newer version")]
    Form,
    /// The office is not in the directory.
    #[error("the directory has no office “{0}”")]
    UnknownOffice(OfficeId),
    /// A card was not signed by the office for this instance, or its days are not its epoch's.
    #[error("the key card of “{0}” is not signed by that office for this instance; please call")]
    Refused(OfficeId),
    /// The office has published no card.
    #[error("“{0}” has no key card, so nothing can be sealed to it; please call")]
    Missing(OfficeId),
    /// The office's last card has ended.
    #[error(
        "the last key card of “{office}” ended on {ended}, so nothing can be sealed to it; check this device's date, or please call"
    )]
    Stale {
        /// The office.
        office: OfficeId,
        /// The last day of its last card before today.
        ended: Day,
    },
    /// All of the office's cards lie ahead.
    #[error(
        "the first key card of “{office}” begins on {begins}, which lies ahead; check this device's date"
    )]
    NotYet {
        /// The office.
        office: OfficeId,
        /// The first day of its first card.
        begins: Day,
    },
    /// Two different cards, both signed by the office, for the same epoch and of the same highest
    /// revision.
    #[error("“{office}” has two different key cards for {epoch}, which must not be; please call")]
    Conflicting {
        /// The office.
        office: OfficeId,
        /// The epoch.
        epoch: Epoch,
    },
}

impl CardError {
    /// A short name of the variant, the same in every language of the protocol.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::UnknownOffice(_) => "unknown-office",
            Self::Refused(_) => "refused",
            Self::Missing(_) => "missing",
            Self::Stale { .. } => "stale",
            Self::NotYet { .. } => "not-yet",
            Self::Conflicting { .. } => "conflicting",
        }
    }
}

/// The blob of cards is not of the expected form.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the list of key cards is not of the expected form; it may come from a newer version")]
pub struct CardsError;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Format {
    #[serde(rename = "candor-cards/1")]
    V1,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Blob {
    format: Format,
    cards: Vec<KeyCardStatement>,
}

/// The checked cards of all offices.
#[derive(Clone, Debug, Default)]
pub struct Cards {
    valid: BTreeMap<(OfficeId, Epoch), (Verified<KeyCard>, KeyCardStatement)>,
    conflicting: BTreeSet<(OfficeId, Epoch)>,
    refused: Vec<CardError>,
}

impl Cards {
    /// The most bytes a blob may measure.
    pub const MAX_LEN: usize = 4 << 20;

    /// Writes the blob that is served.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub fn blob(cards: Vec<KeyCardStatement>) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Blob {
            format: Format::V1,
            cards,
        })
    }

    /// Parses a blob without believing it.
    ///
    /// # Errors
    /// [`CardsError`]
    pub fn parse(blob: &[u8]) -> Result<Vec<KeyCardStatement>, CardsError> {
        if blob.len() > Self::MAX_LEN {
            return Err(CardsError);
        }
        serde_json::from_slice::<Blob>(blob)
            .map(|blob| blob.cards)
            .map_err(|_| CardsError)
    }

    /// Checks every card of a blob. A card that fails does not spoil those of other offices: it
    /// is set aside, see [`Cards::refused`].
    ///
    /// # Errors
    /// [`CardsError`] if the blob as a whole cannot be read.
    pub fn verify_all(blob: &[u8], directory: &Verified<Directory>) -> Result<Self, CardsError> {
        let mut cards = Self::default();
        for statement in Self::parse(blob)? {
            match KeyCard::verify(&statement, directory) {
                Ok(card) => cards.add(card, statement),
                Err(error) => cards.refused.push(error),
            }
        }
        Ok(cards)
    }

    fn add(&mut self, card: Verified<KeyCard>, statement: KeyCardStatement) {
        let key = (card.office.clone(), card.epoch);
        match self.valid.get(&key) {
            Some((other, _)) if other.revision > card.revision => {}
            Some((other, _)) if other.revision == card.revision => {
                if *other != card {
                    self.conflicting.insert(key);
                }
            }
            _ => {
                // Whatever was in conflict among the cards it supersedes no longer matters.
                self.conflicting.remove(&key);
                self.valid.insert(key, (card, statement));
            }
        }
    }

    /// The card to seal to for an office on a day.
    ///
    /// # Errors
    /// [`CardError`]
    pub fn current(&self, office: &OfficeId, today: Day) -> Result<&Verified<KeyCard>, CardError> {
        self.current_entry(office, today).map(|(card, _)| card)
    }

    /// The same, as the office signed it.
    ///
    /// # Errors
    /// [`CardError`]
    pub fn current_statement(
        &self,
        office: &OfficeId,
        today: Day,
    ) -> Result<&KeyCardStatement, CardError> {
        self.current_entry(office, today)
            .map(|(_, statement)| statement)
    }

    fn current_entry(
        &self,
        office: &OfficeId,
        today: Day,
    ) -> Result<&(Verified<KeyCard>, KeyCardStatement), CardError> {
        let key = (office.clone(), Epoch::of(today));
        if self.conflicting.contains(&key) {
            return Err(CardError::Conflicting {
                office: key.0,
                epoch: key.1,
            });
        }
        if let Some(entry) = self.valid.get(&key) {
            return Ok(entry);
        }
        let refusal = CardError::Refused(office.clone());
        if self.refused.contains(&refusal) {
            return Err(refusal);
        }
        let past = self.of(office).filter(|card| card.valid_to < today);
        if let Some(card) = past.max_by_key(|card| card.epoch) {
            return Err(CardError::Stale {
                office: office.clone(),
                ended: card.valid_to,
            });
        }
        let office = office.clone();
        match self.of(&office).min_by_key(|card| card.epoch) {
            Some(card) => Err(CardError::NotYet {
                begins: card.valid_from,
                office,
            }),
            None => Err(CardError::Missing(office)),
        }
    }

    /// All checked cards of an office, by epoch, without those in conflict.
    pub fn of(&self, office: &OfficeId) -> impl Iterator<Item = &Verified<KeyCard>> {
        self.valid
            .iter()
            .filter(move |(key, _)| key.0 == *office && !self.conflicting.contains(key))
            .map(|(_, (card, _))| card)
    }

    /// The last day up to which an office has cards without a gap from today on; none if it has
    /// no current card.
    #[must_use]
    pub fn covered_until(&self, office: &OfficeId, today: Day) -> Option<Day> {
        let mut epoch = Epoch::of(today);
        let mut until = None;
        while let Some(card) = self.of(office).find(|card| card.epoch == epoch) {
            until = Some(card.valid_to);
            epoch = epoch.plus(1);
        }
        until
    }

    /// What was wrong with the cards that were set aside.
    #[must_use]
    pub fn refused(&self) -> &[CardError] {
        &self.refused
    }

    /// The offices and epochs with two different cards.
    pub fn conflicting(&self) -> impl Iterator<Item = &(OfficeId, Epoch)> {
        self.conflicting.iter()
    }
}
