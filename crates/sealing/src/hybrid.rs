//! The age recipient type `mlkem768x25519` (C2SP age, "The mlkem768x25519 recipient type"), on
//! age's `Recipient` and `Identity` traits.
//!
//! ```text
//! enc, ctx = HPKE.SetupBaseS(pk, info = "age-encryption.org/mlkem768x25519")
//!            with KEM 0x647a (X-Wing), HKDF-SHA256, ChaCha20-Poly1305
//! stanza   = "mlkem768x25519" base64(enc), body = ctx.Seal(aad = "", file key)
//! label    = "postquantum"
//! ```
//!
//! Invariant: no shared secret is ever made from a low-order X25519 share: the library would
//! accept one, so shares are checked before it sees them, of recipients and of stanzas.

use std::{collections::HashSet, fmt, str::FromStr};

use age::{DecryptError, EncryptError, secrecy::ExposeSecret as _};
use age_core::format::{FILE_KEY_BYTES, FileKey, Stanza};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use bech32::{FromBase32 as _, ToBase32 as _, Variant};
use hpke::{
    Deserializable as _, Kem as _, OpModeR, OpModeS, Serializable as _, aead::ChaCha20Poly1305,
    kdf::HkdfSha256, kem::XWing,
};
use secrecy::SecretString;
use thiserror::Error;
use zeroize::{Zeroize as _, Zeroizing};

/// The stanza's tag.
pub const STANZA_TAG: &str = "mlkem768x25519";
/// age refuses to seal to recipients whose labels differ, so none but hybrid ones mix with these.
const LABEL: &str = "postquantum";
const INFO: &[u8] = b"age-encryption.org/mlkem768x25519";
// Lower case on both sides: the bech32 crate folds case only for the data part.
const RECIPIENT_HRP: &str = "age1pq";
const IDENTITY_HRP: &str = "age-secret-key-pq-";
/// An encapsulated key: 1088 bytes of ML-KEM-768, 32 of X25519.
const ENC_LEN: usize = 1120;
/// A public key: 1184 bytes of ML-KEM-768, 32 of X25519.
const PUBLIC_LEN: usize = 1216;
/// A 16-byte file key with its Poly1305 tag.
const BODY_LEN: usize = FILE_KEY_BYTES + 16;

/// Why text is not a key.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum HybridKeyError {
    /// It is not Bech32, or of another length or kind.
    #[error(
        "not a post-quantum age key; recipients begin with age1pq1, identities with AGE-SECRET-KEY-PQ-1"
    )]
    Form,
    /// The public key is not valid: out of range, or its X25519 part of low order.
    #[error("the post-quantum age recipient is not a valid key; ask its owner for it again")]
    Invalid,
}

/// An `age1pq1…` recipient.
#[derive(Clone)]
pub struct HybridRecipient {
    // Kept beside the parsed key: text and comparison need them often.
    bytes: [u8; PUBLIC_LEN],
    key: <XWing as hpke::Kem>::PublicKey,
}

impl HybridRecipient {
    /// Length of the public key in bytes.
    pub const LEN: usize = PUBLIC_LEN;

    /// Parses the public key.
    ///
    /// # Errors
    /// [`HybridKeyError`] if the length is another, or the key not valid.
    pub fn decode(bytes: &[u8]) -> Result<Self, HybridKeyError> {
        let bytes: [u8; PUBLIC_LEN] = bytes.try_into().map_err(|_| HybridKeyError::Form)?;
        if has_low_order_share(&bytes) {
            return Err(HybridKeyError::Invalid);
        }
        let key = <XWing as hpke::Kem>::PublicKey::from_bytes(&bytes)
            .map_err(|_| HybridKeyError::Invalid)?;
        Ok(Self { bytes, key })
    }

    /// The public key.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; PUBLIC_LEN] {
        &self.bytes
    }
}

impl FromStr for HybridRecipient {
    type Err = HybridKeyError;

    fn from_str(text: &str) -> Result<Self, HybridKeyError> {
        // Upper case would be a second spelling of the same key.
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(HybridKeyError::Form);
        }
        Self::decode(&parse_bech32(RECIPIENT_HRP, text)?)
    }
}

impl fmt::Display for HybridRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = bech32::encode(RECIPIENT_HRP, self.bytes.to_base32(), Variant::Bech32)
            .map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

impl fmt::Debug for HybridRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The whole would be two thousand characters.
        write!(f, "HybridRecipient({:.16}…)", self.to_string())
    }
}

impl PartialEq for HybridRecipient {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for HybridRecipient {}

impl std::hash::Hash for HybridRecipient {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl age::Recipient for HybridRecipient {
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
    ) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        let (enc, mut context) = hpke::setup_sender::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeS::Base,
            &self.key,
            INFO,
        )
        .map_err(hpke_failed)?;
        let body = context
            .seal(file_key.expose_secret(), b"")
            .map_err(hpke_failed)?;
        let stanza = Stanza {
            tag: STANZA_TAG.to_owned(),
            args: vec![BASE64.encode(enc.to_bytes())],
            body,
        };
        Ok((vec![stanza], HashSet::from([LABEL.to_owned()])))
    }
}

fn hpke_failed(error: hpke::HpkeError) -> EncryptError {
    EncryptError::Io(std::io::Error::other(error))
}

/// The secret half of a recipient.
#[derive(Clone)]
pub struct HybridIdentity {
    // Holds the public half too, so that it is computed once, when the identity is made.
    key: <XWing as hpke::Kem>::PrivateKey,
}

impl HybridIdentity {
    /// Length of the seed in bytes.
    pub const SEED_LEN: usize = 32;

    /// Makes the identity of a seed.
    #[must_use]
    pub fn from_seed(seed: [u8; Self::SEED_LEN]) -> Self {
        let seed = Zeroizing::new(seed);
        let key = <XWing as hpke::Kem>::PrivateKey::from_bytes(&*seed)
            .expect("an X-Wing private key is any 32 bytes");
        Self { key }
    }

    /// The seed, for the encrypted case file and for derivation tests.
    #[must_use]
    pub fn expose_seed(&self) -> Zeroizing<[u8; Self::SEED_LEN]> {
        let mut seed = Zeroizing::new([0; Self::SEED_LEN]);
        self.key.write_exact(&mut *seed);
        seed
    }

    /// Who can seal to this identity.
    #[must_use]
    pub fn to_recipient(&self) -> HybridRecipient {
        let key = XWing::sk_to_pk(&self.key);
        let mut bytes = [0; PUBLIC_LEN];
        key.write_exact(&mut bytes);
        HybridRecipient { bytes, key }
    }

    /// The `AGE-SECRET-KEY-PQ-1…` form that other age tools read. For export only.
    #[must_use]
    pub fn to_secret_string(&self) -> SecretString {
        let seed = self.expose_seed();
        let mut text = bech32::encode(IDENTITY_HRP, seed.to_base32(), Variant::Bech32)
            .expect("the prefix is a constant and valid");
        text.make_ascii_uppercase();
        SecretString::from(text)
    }
}

impl FromStr for HybridIdentity {
    type Err = HybridKeyError;

    fn from_str(text: &str) -> Result<Self, HybridKeyError> {
        if text.bytes().any(|b| b.is_ascii_lowercase()) {
            return Err(HybridKeyError::Form);
        }
        let mut bytes = parse_bech32(IDENTITY_HRP, text)?;
        let seed = <[u8; Self::SEED_LEN]>::try_from(bytes.as_slice());
        bytes.zeroize();
        Ok(Self::from_seed(seed.map_err(|_| HybridKeyError::Form)?))
    }
}

impl fmt::Debug for HybridIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HybridIdentity(..)")
    }
}

impl age::Identity for HybridIdentity {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        if stanza.tag != STANZA_TAG {
            return None;
        }
        let Some((enc, body)) = parse_stanza(stanza) else {
            return Some(Err(DecryptError::InvalidHeader));
        };
        let mut context = hpke::setup_receiver::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeR::Base,
            &self.key,
            &enc,
            INFO,
        )
        .ok()?;
        // Failure is no error: the stanza may be another recipient's.
        let plain = Zeroizing::new(context.open(body, b"").ok()?);
        let file_key = FileKey::try_init_with_mut(|key| {
            if plain.len() != key.len() {
                return Err(DecryptError::InvalidHeader);
            }
            key.copy_from_slice(&plain);
            Ok(())
        });
        Some(file_key)
    }
}

type Enc = <XWing as hpke::Kem>::EncappedKey;

/// The encapsulated key and the sealed file key, if the stanza is well-formed and its X25519
/// share sound. The base64 engine refuses padding and stray bits.
fn parse_stanza(stanza: &Stanza) -> Option<(Enc, &[u8; BODY_LEN])> {
    let [share] = stanza.args.as_slice() else {
        return None;
    };
    let body = stanza.body.as_slice().try_into().ok()?;
    let bytes: [u8; ENC_LEN] = BASE64.decode(share).ok()?.try_into().ok()?;
    if has_low_order_share(&bytes) {
        return None;
    }
    Some((Enc::from_bytes(&bytes).ok()?, body))
}

/// Whether the X25519 share at the end of an encapsulated or public key is of low order, so that
/// a shared secret with it is zero whatever the other side's key.
fn has_low_order_share(key: &[u8]) -> bool {
    let Some(share) = key.last_chunk::<32>() else {
        return true;
    };
    let mut masked = *share;
    // X25519 ignores the top bit.
    masked[31] &= 0x7f;
    LOW_ORDER.contains(&masked)
}

/// The u-coordinates below 2²⁵⁵ of order 1, 2, 4 and 8 on the curve and its twist: 0, 1, two of
/// order 8, p − 1, p and p + 1.
const LOW_ORDER: [[u8; 32]; 7] = {
    const fn ends(first: u8, middle: u8, last: u8) -> [u8; 32] {
        let mut out = [middle; 32];
        out[0] = first;
        out[31] = last;
        out
    }
    [
        ends(0, 0, 0),
        ends(1, 0, 0),
        [
            0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f,
            0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16,
            0x5f, 0x49, 0xb8, 0x00,
        ],
        [
            0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83,
            0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd,
            0xd0, 0x9f, 0x11, 0x57,
        ],
        ends(0xec, 0xff, 0x7f),
        ends(0xed, 0xff, 0x7f),
        ends(0xee, 0xff, 0x7f),
    ]
};

fn parse_bech32(hrp: &str, text: &str) -> Result<Vec<u8>, HybridKeyError> {
    let (found, data, variant) = bech32::decode(text).map_err(|_| HybridKeyError::Form)?;
    if variant != Variant::Bech32 || !found.eq_ignore_ascii_case(hrp) {
        return Err(HybridKeyError::Form);
    }
    Vec::from_base32(&data).map_err(|_| HybridKeyError::Form)
}

#[cfg(test)]
mod tests {
    use age::{Identity as _, Recipient as _};
    use proptest::prelude::*;
    use x25519_dalek::{PublicKey, StaticSecret};

    use super::*;

    /// The conversation's name follows from the text, so a second one would be a second name.
    #[test]
    fn one_key_has_one_text() {
        let key = HybridIdentity::from_seed([7; 32]).to_recipient();
        let text = key.to_string();
        assert_eq!(text.parse(), Ok(key.clone()));
        let data = key.bytes.to_base32();
        // Bits that belong to no byte.
        let spare = data.len() * 5 - key.bytes.len() * 8;
        assert!(spare > 0);
        for bit in 0..spare {
            let mut data = data.clone();
            let last = data.last_mut().unwrap();
            *last = bech32::u5::try_from_u8(last.to_u8() ^ 1 << bit).unwrap();
            let other = bech32::encode(RECIPIENT_HRP, &data, Variant::Bech32).unwrap();
            assert_eq!(other.parse::<HybridRecipient>(), Err(HybridKeyError::Form));
        }
        let longer = [data.as_slice(), &data[..1]].concat();
        for other in [
            bech32::encode(RECIPIENT_HRP, &data, Variant::Bech32m).unwrap(),
            bech32::encode(RECIPIENT_HRP, &longer, Variant::Bech32).unwrap(),
            bech32::encode("age1p", &data, Variant::Bech32).unwrap(),
            text.to_uppercase(),
            text.replacen("age", "AGE", 1),
            format!(" {text}"),
            format!("{text}\n"),
        ] {
            assert_eq!(
                other.parse::<HybridRecipient>(),
                Err(HybridKeyError::Form),
                "{other}"
            );
        }
    }

    #[test]
    fn the_low_order_table_is_exactly_what_x25519_turns_to_zero() {
        let secret = StaticSecret::from([0x42; 32]);
        let dead = |share: [u8; 32]| {
            !secret
                .diffie_hellman(&PublicKey::from(share))
                .was_contributory()
        };
        for entry in LOW_ORDER {
            let mut top = entry;
            top[31] |= 0x80;
            for share in [entry, top] {
                assert!(dead(share) && has_low_order_share(&share));
            }
        }
        // The neighbours of 0, 1 and p in the encoding are sound, so the table is not too wide.
        for low in 0..=255 {
            for (middle, last) in [(0, 0), (0xff, 0x7f)] {
                let mut share = [middle; 32];
                share[0] = low;
                share[31] = last;
                assert_eq!(dead(share), has_low_order_share(&share), "{low} {last}");
            }
        }
    }

    #[test]
    fn a_low_order_recipient_is_refused() {
        let mut bytes = *HybridIdentity::from_seed([1; 32]).to_recipient().as_bytes();
        assert!(HybridRecipient::decode(&bytes).is_ok());
        for share in LOW_ORDER {
            bytes[PUBLIC_LEN - 32..].copy_from_slice(&share);
            let text = bech32::encode(RECIPIENT_HRP, bytes.to_base32(), Variant::Bech32).unwrap();
            assert_eq!(
                text.parse::<HybridRecipient>().unwrap_err(),
                HybridKeyError::Invalid
            );
        }
        // 0xfff is above ML-KEM's modulus.
        bytes[..3].fill(0xff);
        assert_eq!(
            HybridRecipient::decode(&bytes).unwrap_err(),
            HybridKeyError::Invalid
        );
    }

    #[test]
    fn text_forms_read_back_and_have_one_spelling() {
        let identity = HybridIdentity::from_seed([3; 32]);
        let recipient = identity.to_recipient();
        let text = recipient.to_string();
        assert!(text.starts_with("age1pq1"));
        assert_eq!(text.parse(), Ok(recipient));
        let secret = identity.to_secret_string();
        let secret = secret.expose_secret();
        assert!(secret.starts_with("AGE-SECRET-KEY-PQ-1"));
        let back: HybridIdentity = secret.parse().unwrap();
        assert_eq!(*back.expose_seed(), [3; 32]);
        for bad in [
            text.to_uppercase(),
            text.replacen("age1pq1", "age1", 1),
            format!("{text}q"),
            secret.to_lowercase(),
            age::x25519::Identity::generate().to_public().to_string(),
        ] {
            assert!(bad.parse::<HybridRecipient>().is_err());
            assert!(bad.parse::<HybridIdentity>().is_err());
        }
        assert_eq!(format!("{identity:?}"), "HybridIdentity(..)");
    }

    #[test]
    fn other_recipient_kinds_do_not_mix() {
        let hybrid = HybridIdentity::from_seed([3; 32]).to_recipient();
        let classic = age::x25519::Identity::generate().to_public();
        let both: [&dyn age::Recipient; 2] = [&hybrid, &classic];
        assert!(matches!(
            age::Encryptor::with_recipients(both.into_iter()),
            Err(EncryptError::IncompatibleRecipients { .. })
        ));
    }

    #[test]
    fn only_the_right_identity_unwraps() {
        let identity = HybridIdentity::from_seed([3; 32]);
        let file_key = FileKey::new(Box::new([7; 16]));
        let (stanzas, _) = identity.to_recipient().wrap_file_key(&file_key).unwrap();
        let found = identity.unwrap_stanzas(&stanzas).unwrap().unwrap();
        assert_eq!(found.expose_secret(), &[7; 16]);
        let other = HybridIdentity::from_seed([4; 32]);
        assert!(other.unwrap_stanzas(&stanzas).is_none());
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_never_a_key(text in "\\PC{0,80}") {
            prop_assert!(text.parse::<HybridRecipient>().is_err());
            prop_assert!(text.parse::<HybridIdentity>().is_err());
        }

        #[test]
        fn arbitrary_stanzas_never_panic(
            share in prop::collection::vec(any::<u8>(), 1118..1122),
            body in prop::collection::vec(any::<u8>(), 30..34),
        ) {
            let stanza = Stanza {
                tag: STANZA_TAG.to_owned(),
                args: vec![BASE64.encode(&share)],
                body,
            };
            let result = HybridIdentity::from_seed([3; 32]).unwrap_stanza(&stanza);
            prop_assert!(!matches!(result, Some(Ok(_))));
        }
    }
}
