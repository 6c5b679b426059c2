//! The office's keyring, which all its devices share: its signing key, and the chains of its epoch
//! keys.
//!
//! A chain is one link of a ratchet (`docs/protocol.md`, section 14). Every epoch's keys follow from
//! it, so that all devices have the same keys for the months to come without a word between them.
//! After a device was lost the office begins another chain, which nothing leads to; the older one
//! stays for what was sealed to it, until its last published month is over and forgotten.
//!
//! Invariant: there is at least one chain; chains ascend by revision, and no two have the same.

use candor_directory::{
    Epoch, Fingerprint, KeyCard, KeyCardStatement, OfficeRequest, PublicKey, RecipientText,
};
use candor_sealing::{HybridIdentity, OfficeChain, message::Secret32};
use candor_wire::{InstanceId, OfficeId};
use ed25519_dalek::SigningKey;
use rand::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::failure::{Failure, Outcome};

/// The most epochs a chain is followed: eighty years.
const MAX_STEPS: u32 = 960;

/// 32 random bytes.
pub(crate) fn random(rng: &mut (impl RngCore + CryptoRng)) -> Secret32 {
    let mut bytes = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *bytes);
    Secret32::new(*bytes)
}

/// One chain of epoch keys.
#[derive(Clone)]
pub struct Chain {
    /// The revision of the key cards made from it.
    pub revision: u32,
    /// The month in which it was begun: from then on its cards count.
    pub begun: Epoch,
    ratchet: OfficeChain,
}

/// A chain as it is written inside sealed files.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredChain {
    revision: u32,
    begun: Epoch,
    epoch: Epoch,
    link: Secret32,
}

impl StoredChain {
    /// The revision of the key cards made from it.
    #[must_use]
    pub const fn revision(&self) -> u32 {
        self.revision
    }
}

impl Chain {
    fn to_stored(&self) -> StoredChain {
        StoredChain {
            revision: self.revision,
            begun: self.begun,
            epoch: self.first_epoch(),
            link: Secret32::new(*self.ratchet.expose()),
        }
    }

    fn from_stored(instance: &InstanceId, stored: &StoredChain) -> Self {
        Self {
            revision: stored.revision,
            begun: stored.begun,
            ratchet: OfficeChain::from_bytes(instance, stored.epoch.0, *stored.link.expose()),
        }
    }

    /// The earliest month whose keys it still has.
    #[must_use]
    pub const fn first_epoch(&self) -> Epoch {
        Epoch(self.ratchet.epoch())
    }

    /// The same chain from a later month on: nothing leads back.
    fn from(&self, first: Epoch) -> Self {
        let mut ratchet = self.ratchet.clone();
        for _ in 0..MAX_STEPS {
            if ratchet.epoch() >= first.0 {
                break;
            }
            ratchet = ratchet.following();
        }
        Self {
            ratchet,
            ..self.clone()
        }
    }

    /// The keys of its months up to `last`, ascending.
    #[must_use]
    pub fn epochs_to(&self, last: Epoch) -> Vec<EpochKeys> {
        let mut ratchet = self.ratchet.clone();
        let mut keys = Vec::new();
        for _ in 0..MAX_STEPS {
            if ratchet.epoch() > last.0 {
                break;
            }
            keys.push(EpochKeys {
                epoch: Epoch(ratchet.epoch()),
                revision: self.revision,
                identity: ratchet.identity(),
                reply_key: ratchet.reply_key(),
            });
            ratchet = ratchet.following();
        }
        keys
    }

    /// Whether both lead to the same keys.
    fn is_same(&self, other: &Self) -> bool {
        let first = self.first_epoch().max(other.first_epoch());
        let (ours, theirs) = (self.from(first), other.from(first));
        self.revision == other.revision
            && self.begun == other.begun
            && Secret32::new(*ours.ratchet.expose()).expose() == theirs.ratchet.expose()
    }
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Chain({}, {}, ..)", self.revision, self.begun)
    }
}

/// What every device of an office holds.
#[derive(Clone)]
pub struct Keyring {
    /// The instance.
    pub instance: InstanceId,
    /// The office.
    pub office: OfficeId,
    signing: SigningKey,
    chains: Vec<Chain>,
}

/// The keyring as it is written inside sealed files.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredKeyring {
    instance: InstanceId,
    office: OfficeId,
    signing_key: Secret32,
    chains: Vec<StoredChain>,
}

impl Keyring {
    /// Draws the keys of a new office.
    pub fn generate(
        instance: InstanceId,
        office: OfficeId,
        epoch: Epoch,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Self {
        Self {
            instance,
            office,
            signing: SigningKey::from_bytes(random(rng).expose()),
            chains: vec![Chain {
                revision: 0,
                begun: epoch,
                ratchet: OfficeChain::generate(&instance, epoch.0, rng),
            }],
        }
    }

    /// The form for a sealed file.
    #[must_use]
    pub fn to_stored(&self) -> StoredKeyring {
        StoredKeyring {
            instance: self.instance,
            office: self.office.clone(),
            signing_key: Secret32::new(self.signing.to_bytes()),
            chains: self.stored_chains(),
        }
    }

    /// Takes up a stored keyring.
    ///
    /// # Errors
    /// If it holds no chain, or two of one revision.
    pub fn from_stored(stored: &StoredKeyring) -> Outcome<Self> {
        Ok(Self {
            instance: stored.instance,
            office: stored.office.clone(),
            signing: SigningKey::from_bytes(stored.signing_key.expose()),
            chains: Self::chains_of(&stored.instance, &stored.chains)?,
        })
    }

    /// The chains alone, for a colleague's device.
    #[must_use]
    pub fn stored_chains(&self) -> Vec<StoredChain> {
        self.chains.iter().map(Chain::to_stored).collect()
    }

    fn chains_of(instance: &InstanceId, stored: &[StoredChain]) -> Outcome<Vec<Chain>> {
        let chains: Vec<_> = stored
            .iter()
            .map(|chain| Chain::from_stored(instance, chain))
            .collect();
        let ascends = chains.is_sorted_by(|one, next| one.revision < next.revision);
        if chains.is_empty() || !ascends {
            return Err(Failure::usage(
                "A keyring opens, but its keys are not in order.",
                "Check that it is the right file; a newer version may have written it.",
            ));
        }
        Ok(chains)
    }

    /// Whether two keyrings hold the same.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.instance == other.instance
            && self.office == other.office
            && self.signing == other.signing
            && self.chains.len() == other.chains.len()
            && self
                .chains
                .iter()
                .zip(&other.chains)
                .all(|(one, two)| one.first_epoch() == two.first_epoch() && one.is_same(two))
    }

    /// Signs key cards and device lists.
    #[must_use]
    pub const fn signing_key(&self) -> &SigningKey {
        &self.signing
    }

    /// Its public half, as the directory names it.
    ///
    /// # Errors
    /// Never for a key that was drawn at random.
    pub fn public_key(&self) -> Outcome<PublicKey> {
        PublicKey::try_from(self.signing.verifying_key()).map_err(Failure::internal)
    }

    /// What the administrator and the office compare by voice.
    ///
    /// # Errors
    /// As [`Keyring::public_key`].
    pub fn fingerprint(&self) -> Outcome<Fingerprint> {
        Ok(Fingerprint::of_office(
            &self.instance,
            &self.office,
            &self.public_key()?,
        ))
    }

    /// The request to be admitted, for the administrator.
    ///
    /// # Errors
    /// As [`Keyring::public_key`].
    pub fn request(&self) -> Outcome<String> {
        OfficeRequest::new(self.instance, self.office.clone(), self.public_key()?)
            .sign(&self.signing)
            .map_err(Failure::internal)
    }

    /// The earliest epoch whose keys it still has.
    #[must_use]
    pub fn first_epoch(&self) -> Epoch {
        let first = self.chains.iter().map(Chain::first_epoch).min();
        first.unwrap_or(Epoch(0))
    }

    /// The revision of the cards it makes now.
    #[must_use]
    pub fn revision(&self) -> u32 {
        self.chains.last().map_or(0, |chain| chain.revision)
    }

    /// Its chains with the last month for which each was published, if it was superseded.
    pub fn chains(&self) -> impl Iterator<Item = (&Chain, Option<Epoch>)> {
        self.chains.iter().enumerate().map(|(index, chain)| {
            let next = self.chains.get(index.saturating_add(1));
            (chain, next.map(|next| next.begun.plus(Epoch::AHEAD)))
        })
    }

    /// The keys of the epochs up to `last`, ascending; of one epoch, by revision. Of a chain that
    /// was superseded, those for which cards had been published.
    #[must_use]
    pub fn epochs_to(&self, last: Epoch) -> Vec<EpochKeys> {
        let mut keys: Vec<_> = self
            .chains()
            .flat_map(|(chain, ended)| chain.epochs_to(ended.map_or(last, |ended| ended.min(last))))
            .collect();
        keys.sort_by_key(|keys| (keys.epoch, keys.revision));
        keys
    }

    /// The keys whose card counts in an epoch.
    #[must_use]
    pub fn epoch(&self, epoch: Epoch) -> Option<EpochKeys> {
        let mut begun = self
            .chains
            .iter()
            .rev()
            .filter(|chain| chain.begun <= epoch);
        let chain = begun.next()?;
        let keys = chain.epochs_to(epoch).pop();
        keys.filter(|keys| keys.epoch == epoch)
    }

    /// The keyring without the keys of the epochs before `first`: nothing leads back to them. A
    /// chain that was superseded goes with its last published month.
    #[must_use]
    pub fn without_epochs_before(&self, first: Epoch) -> Self {
        let chains = self
            .chains()
            .filter(|(_, ended)| ended.is_none_or(|ended| ended >= first))
            .map(|(chain, _)| chain.from(first))
            .collect();
        Self {
            chains,
            ..self.clone()
        }
    }

    /// The keyring with another chain, which no older one leads to.
    #[must_use]
    pub fn with_new_chain(
        &self,
        revision: u32,
        epoch: Epoch,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Self {
        let mut keyring = self.clone();
        keyring.chains.retain(|chain| chain.revision < revision);
        keyring.chains.push(Chain {
            revision,
            begun: epoch,
            ratchet: OfficeChain::generate(&self.instance, epoch.0, rng),
        });
        keyring
    }

    /// The keyring with the chains of another device that are not known here. One of the same
    /// revision that differs takes the place of the one here: see [`crate::devices`].
    ///
    /// # Errors
    /// If they are not in order.
    pub fn adopting(&self, theirs: &[StoredChain]) -> Outcome<Self> {
        let mut keyring = self.clone();
        for chain in Self::chains_of(&self.instance, theirs)? {
            let known = keyring
                .chains
                .iter_mut()
                .find(|known| known.revision == chain.revision);
            match known {
                Some(known) if known.is_same(&chain) => {}
                Some(known) => *known = chain,
                None => keyring.chains.push(chain),
            }
        }
        keyring.chains.sort_by_key(|chain| chain.revision);
        Ok(keyring)
    }

    /// The key card of an epoch, signed. The same card each time: it follows from the keys.
    ///
    /// # Errors
    /// If it cannot be written: a defect.
    pub fn card(&self, keys: &EpochKeys) -> Outcome<KeyCardStatement> {
        let recipient = recipient_text(&keys.identity)?;
        let reply_key =
            PublicKey::try_from(keys.reply_key.verifying_key()).map_err(Failure::internal)?;
        KeyCard::new(
            self.instance,
            self.office.clone(),
            keys.epoch,
            recipient,
            reply_key,
        )
        .with_revision(keys.revision)
        .sign(&self.signing)
        .map_err(Failure::internal)
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keyring({}, ..)", self.office)
    }
}

/// The keys of one epoch.
#[derive(Clone)]
pub struct EpochKeys {
    /// The month.
    pub epoch: Epoch,
    /// The revision of its card.
    pub revision: u32,
    /// Opens what is sealed to the office.
    pub identity: HybridIdentity,
    /// Signs its replies.
    pub reply_key: SigningKey,
}

impl std::fmt::Debug for EpochKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EpochKeys({}, ..)", self.epoch)
    }
}

/// An identity's recipient as documents carry it.
///
/// # Errors
/// Never: both crates describe the same text.
pub fn recipient_text(identity: &HybridIdentity) -> Outcome<RecipientText> {
    identity
        .to_recipient()
        .to_string()
        .parse()
        .map_err(Failure::internal)
}

#[cfg(test)]
mod tests;
