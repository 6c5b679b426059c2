//! Everything that is derived: from the claim code, from a conversation key, from a file key, and
//! along an office's ratchet (`docs/protocol.md`, "Derivation").
//!
//! ```text
//! root = PBKDF2-HMAC-SHA512(code, salt = "candor/v1/claim-code" ‖ instance, 600 000 rounds, 32)
//! all else = HKDF-SHA256(salt = instance, ikm = root, info = label, 32)
//! ```
//!
//! The instance is in every salt, so that a code or an office key has no meaning elsewhere.
//! Invariant: no type here shows its secret in `Debug`, `Display` or serialisation.

use std::fmt;

use candor_wire::{Capability, InstanceId, Tag};
use ed25519_dalek::SigningKey;
use hkdf::Hkdf;
use rand_core::{CryptoRng, RngCore};
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::{claim_code::ClaimCode, hybrid::HybridIdentity};

/// Rounds of PBKDF2 between the claim code and the root.
pub const ROUNDS: u32 = 600_000;

const ROOT_SALT: Tag = Tag::new("candor/v1/claim-code");
const REPORTER_KEY: Tag = Tag::new("candor/v1/reporter-key");
const REPLY_IDENTITY: Tag = Tag::new("candor/v1/reply-identity");
const CONVERSATION_KEY: Tag = Tag::new("candor/v1/conversation-key");
const SELF: Tag = Tag::new("candor/v1/self");
const DROP: Tag = Tag::new("candor/v1/drop");
const CELL: Tag = Tag::new("candor/v1/cell");
const EPOCH_IDENTITY: Tag = Tag::new("candor/v1/epoch-identity");
const EPOCH_REPLY_KEY: Tag = Tag::new("candor/v1/epoch-reply-key");
const EPOCH_NEXT: Tag = Tag::new("candor/v1/epoch-next");

type Secret = Zeroizing<[u8; 32]>;

fn hkdf(salt: &[u8], ikm: &[u8; 32], label: Tag, suffix: &[u8]) -> Secret {
    let mut okm = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(salt), ikm)
        .expand_multi_info(&[label.as_str().as_bytes(), suffix], &mut *okm)
        .expect("32 bytes are within HKDF-SHA256's limit of 8160");
    okm
}

/// What the reporter's side knows by the claim code: everything.
pub struct ReporterSecrets {
    instance: InstanceId,
    root: Secret,
    reporter_key: SigningKey,
    reply_identity: HybridIdentity,
    self_capability: Capability,
}

impl ReporterSecrets {
    /// Derives the secrets. Takes a good part of a second: that is the purpose of the rounds.
    #[must_use]
    pub fn derive(code: &ClaimCode, instance: &InstanceId) -> Self {
        let mut salt = ROOT_SALT.as_str().as_bytes().to_vec();
        salt.extend_from_slice(instance.as_bytes());
        let mut root = Zeroizing::new([0; 32]);
        pbkdf2::pbkdf2_hmac::<Sha512>(code.expose(), &salt, ROUNDS, &mut *root);
        Self::of_root(root, instance)
    }

    /// The secrets that follow from a root: of a code that a conversation had before.
    #[must_use]
    pub fn from_root(root: [u8; 32], instance: &InstanceId) -> Self {
        Self::of_root(Zeroizing::new(root), instance)
    }

    fn of_root(root: Secret, instance: &InstanceId) -> Self {
        let of = |label| hkdf(instance.as_bytes(), &root, label, &[]);
        Self {
            reporter_key: SigningKey::from_bytes(&of(REPORTER_KEY)),
            reply_identity: HybridIdentity::from_seed(*of(REPLY_IDENTITY)),
            self_capability: Capability::new(*of(SELF)),
            instance: *instance,
            root,
        }
    }

    /// The root, for the record of a code that comes after this one.
    #[must_use]
    pub fn expose_root(&self) -> &[u8; 32] {
        &self.root
    }

    /// The instance that these secrets belong to.
    #[must_use]
    pub const fn instance(&self) -> &InstanceId {
        &self.instance
    }

    /// R: signs what the reporter sends; its public half is a pseudonym for this one report.
    #[must_use]
    pub const fn reporter_key(&self) -> &SigningKey {
        &self.reporter_key
    }

    /// Opens replies and the self-record.
    #[must_use]
    pub const fn reply_identity(&self) -> &HybridIdentity {
        &self.reply_identity
    }

    /// Reads and replaces the self-record.
    #[must_use]
    pub const fn self_capability(&self) -> &Capability {
        &self.self_capability
    }

    /// K of a generation, counted from 0.
    #[must_use]
    pub fn conversation_key(&self, generation: u32) -> ConversationKey {
        let suffix = generation.to_be_bytes();
        let instance = self.instance.as_bytes();
        ConversationKey(hkdf(instance, &self.root, CONVERSATION_KEY, &suffix))
    }
}

impl fmt::Debug for ReporterSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReporterSecrets(..)")
    }
}

/// A 32-byte secret type with the house's hygiene: zeroized, silent, compared in constant time.
macro_rules! secret_key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Secret);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = 32;

            /// Wraps 32 bytes.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(Zeroizing::new(bytes))
            }

            /// The bytes, for sealing into a message or record.
            #[must_use]
            pub fn expose(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.ct_eq(other.0.as_slice()).into()
            }
        }

        impl Eq for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

secret_key! {
    /// K of one generation: its holders know where every reply of the generation lies.
    ConversationKey
}

impl ConversationKey {
    /// The capability of the drop for reply `n`, counted from 1.
    #[must_use]
    pub fn drop(&self, n: u32) -> Capability {
        Capability::new(*hkdf(&[], &self.0, DROP, &n.to_be_bytes()))
    }
}

secret_key! {
    /// F of one attachment: its holders know where every cell lies. It opens nothing.
    FileKey
}

impl FileKey {
    /// Draws a new key.
    pub fn generate(rng: &mut (impl RngCore + CryptoRng)) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *bytes);
        Self(bytes)
    }

    /// The capability of a cell, counted from 0.
    #[must_use]
    pub fn cell(&self, index: u32) -> Capability {
        Capability::new(*hkdf(&[], &self.0, CELL, &index.to_be_bytes()))
    }
}

/// An office's ratchet at one epoch, that is, one month: it yields the epoch's keys and the next
/// link, and nothing leads back.
///
/// A device that destroys the links of past epochs can no longer open what was sealed to them,
/// apart from the identities it kept.
#[derive(Clone)]
pub struct OfficeChain {
    instance: InstanceId,
    epoch: u32,
    link: Secret,
}

impl OfficeChain {
    /// A chain that begins at an epoch, in months since January 1970.
    pub fn generate(
        instance: &InstanceId,
        epoch: u32,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Self {
        let mut link = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *link);
        Self {
            instance: *instance,
            epoch,
            link,
        }
    }

    /// Takes up a stored chain.
    #[must_use]
    pub fn from_bytes(instance: &InstanceId, epoch: u32, link: [u8; 32]) -> Self {
        Self {
            instance: *instance,
            epoch,
            link: Zeroizing::new(link),
        }
    }

    /// The link's bytes, for the encrypted case file.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.link
    }

    /// The epoch, in months since January 1970.
    #[must_use]
    pub const fn epoch(&self) -> u32 {
        self.epoch
    }

    fn of(&self, label: Tag) -> Secret {
        hkdf(self.instance.as_bytes(), &self.link, label, &[])
    }

    /// Opens what is sealed to the office in this epoch.
    #[must_use]
    pub fn identity(&self) -> HybridIdentity {
        HybridIdentity::from_seed(*self.of(EPOCH_IDENTITY))
    }

    /// Signs the office's replies in this epoch.
    #[must_use]
    pub fn reply_key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.of(EPOCH_REPLY_KEY))
    }

    /// The chain at the next epoch.
    #[must_use]
    pub fn following(&self) -> Self {
        Self {
            instance: self.instance,
            epoch: self.epoch.saturating_add(1),
            link: self.of(EPOCH_NEXT),
        }
    }
}

impl fmt::Debug for OfficeChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfficeChain")
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_derived_secret_is_its_own() {
        let code = ClaimCode::from_bytes([9; 12]);
        let mut seen = HashSet::new();
        for instance in [InstanceId::new([1; 32]), InstanceId::new([2; 32])] {
            let secrets = ReporterSecrets::derive(&code, &instance);
            assert!(seen.insert(secrets.reporter_key().to_bytes()));
            assert!(seen.insert(*secrets.reply_identity().expose_seed()));
            assert!(seen.insert(*secrets.self_capability().expose()));
            for generation in 0..3 {
                let key = secrets.conversation_key(generation);
                assert!(seen.insert(*key.expose()));
                for n in 1..4 {
                    assert!(seen.insert(*key.drop(n).expose()));
                }
            }
            assert_eq!(format!("{secrets:?}"), "ReporterSecrets(..)");
        }
        let file = FileKey::from_bytes([9; 32]);
        assert!(seen.insert(*file.cell(0).expose()) && seen.insert(*file.cell(1).expose()));
        let drop = ConversationKey::from_bytes([9; 32]).drop(1);
        assert!(seen.insert(*drop.expose()));
    }

    #[test]
    fn the_ratchet_goes_forward_by_itself() {
        let instance = InstanceId::new([1; 32]);
        let start = OfficeChain::from_bytes(&instance, 682, [5; 32]);
        let next = start.following();
        assert_eq!(next.epoch(), 683);
        assert_ne!(start.expose(), next.expose());
        assert_ne!(start.reply_key(), next.reply_key());
        let there = OfficeChain::from_bytes(&InstanceId::new([2; 32]), 682, [5; 32]);
        assert_ne!(start.reply_key(), there.reply_key());
        assert_ne!(
            start.identity().to_recipient(),
            there.identity().to_recipient()
        );
    }
}
