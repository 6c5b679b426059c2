//! Sealing for the case file: XChaCha20-Poly1305 with a random nonce in front.

use candor_wire::{ConversationId, InstanceId, Tag};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use rand::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use crate::failure::{Failure, Outcome};

const RECORD: Tag = Tag::new("candor/v1/case-record");
const HEAD: Tag = Tag::new("candor/v1/case-head");
const TABLE: Tag = Tag::new("candor/v1/case-keys");
const COUNTERS: Tag = Tag::new("candor/v1/case-counters");
const ENTRY: Tag = Tag::new("candor/v1/case-entry");
const NONCE_LEN: usize = 24;

/// A key of 32 bytes.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// Draws a key.
pub(super) fn random_key(rng: &mut (impl RngCore + CryptoRng)) -> Key {
    let mut key = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *key);
    key
}

/// What a sealed thing is, and where it belongs: it opens as nothing else and nowhere else.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// A record of the journal.
    Record { sequence: u64, schema: u8 },
    /// How many records there are.
    Head { schema: u8 },
    /// The table of keys.
    Table,
    /// What an informal office counts.
    Counters,
    /// An entry of a case.
    Entry {
        conversation: ConversationId,
        slot: u64,
    },
}

impl Place {
    fn aad(self, instance: &InstanceId) -> Vec<u8> {
        let begin = |tag: Tag| {
            let mut aad = tag.prefixed();
            aad.extend_from_slice(instance.as_bytes());
            aad
        };
        match self {
            Self::Record { sequence, schema } => {
                let mut aad = begin(RECORD);
                aad.extend_from_slice(&sequence.to_be_bytes());
                aad.push(schema);
                aad
            }
            Self::Head { schema } => {
                let mut aad = begin(HEAD);
                aad.extend_from_slice(&0_u64.to_be_bytes());
                aad.push(schema);
                aad
            }
            Self::Table => begin(TABLE),
            Self::Counters => begin(COUNTERS),
            Self::Entry { conversation, slot } => {
                let mut aad = begin(ENTRY);
                aad.extend_from_slice(conversation.as_bytes());
                aad.extend_from_slice(&slot.to_be_bytes());
                aad
            }
        }
    }
}

/// Seals under one key.
pub(super) struct Cipher {
    cipher: XChaCha20Poly1305,
    instance: InstanceId,
}

impl Cipher {
    pub(super) fn new(key: &[u8; 32], instance: InstanceId) -> Self {
        Self {
            cipher: XChaCha20Poly1305::new(key.into()),
            instance,
        }
    }

    /// nonce ‖ ciphertext ‖ tag
    pub(super) fn seal(
        &self,
        place: Place,
        plain: &[u8],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Outcome<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        rng.fill_bytes(&mut nonce);
        let aad = place.aad(&self.instance);
        let payload = Payload {
            msg: plain,
            aad: &aad,
        };
        let sealed = self
            .cipher
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(Failure::internal)?;
        let mut out = Vec::with_capacity(NONCE_LEN + sealed.len());
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    pub(super) fn unseal(&self, place: Place, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, msg) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let aad = place.aad(&self.instance);
        self.cipher
            .decrypt(XNonce::from_slice(nonce), Payload { msg, aad: &aad })
            .ok()
            .map(Zeroizing::new)
    }
}
