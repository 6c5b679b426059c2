//! The stamp: a proof of work for one encapsulated request (`docs/protocol.md`, "Stamps").
//!
//! When many requests come from one network, the intake asks for a stamp instead of refusing. A
//! stamp is over the server's challenge and the encapsulated key of the request that it pays for,
//! so it can be worked out before the request's content exists, and pays for that request alone:
//!
//! `SHA-256(u8 len ‖ "candor/v1/stamp" ‖ challenge ‖ SHA-256(enc) ‖ nonce)` has at least
//! `difficulty` leading zero bits.

use std::{fmt, ops::Range, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::{hash::Tag, reader::Reader};

const TAG: Tag = Tag::new("candor/v1/stamp");

/// Where the encapsulated key begins in an encapsulated request: after the RFC 9458 header.
const ENC_START: usize = 7;
/// The length of an X-Wing encapsulated key.
const ENC_LEN: usize = 1120;

/// The request header that carries a [`Stamp`].
pub const HEADER: &str = "candor-stamp";

/// A challenge or stamp is not of its one textual form.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("this is not a stamp or challenge of the described form")]
pub struct StampError;

/// What the server wants work for: 16 bytes that mean something to the server alone, written as 32
/// lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge([u8; Self::LEN]);

impl Challenge {
    /// Length in bytes.
    pub const LEN: usize = 16;

    /// Wraps 16 bytes.
    #[must_use]
    pub const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for Challenge {
    type Err = StampError;

    fn from_str(text: &str) -> Result<Self, StampError> {
        let mut bytes = [0; Self::LEN];
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(StampError);
        }
        hex::decode_to_slice(text, &mut bytes).map_err(|_| StampError)?;
        Ok(Self(bytes))
    }
}

/// `SHA-256(enc)` of one encapsulated request: what a stamp pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyDigest([u8; 32]);

impl KeyDigest {
    /// Of an encapsulated request. `None` if it is too short to hold a key.
    #[must_use]
    pub fn of_request(encapsulated: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(encapsulated);
        reader.take(ENC_START).ok()?;
        reader.take(ENC_LEN).ok().map(Self::of_key)
    }

    /// Of an encapsulated key by itself, before the request exists.
    #[must_use]
    pub fn of_key(enc: &[u8]) -> Self {
        Self(Sha256::digest(enc).into())
    }

    /// The digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A solved challenge. In the header: unpadded base64url over challenge ‖ nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// What the server asked.
    pub challenge: Challenge,
    /// What was found.
    pub nonce: [u8; 8],
}

impl Stamp {
    /// Searches the big-endian `nonces` for one that reaches `difficulty` bits. Callers that must
    /// stay responsive search in slices.
    ///
    /// ```
    /// # use candor_wire::stamp::*;
    /// let challenge = Challenge::new([7; 16]);
    /// let key = KeyDigest::of_key(&[1; 1120]);
    /// let stamp = Stamp::solve(challenge, &key, 8, 0..u64::MAX).unwrap();
    /// assert!(stamp.pays(&key, 8));
    /// ```
    #[must_use]
    pub fn solve(
        challenge: Challenge,
        key: &KeyDigest,
        difficulty: u8,
        nonces: Range<u64>,
    ) -> Option<Self> {
        let start = midstate(challenge, key);
        nonces
            .map(u64::to_be_bytes)
            .find(|nonce| leading_zero_bits(&finish(&start, *nonce)) >= u32::from(difficulty))
            .map(|nonce| Self { challenge, nonce })
    }

    /// Whether this stamp reaches `difficulty` for that key. Whether its challenge is current is
    /// for the server to know.
    #[must_use]
    pub fn pays(&self, key: &KeyDigest, difficulty: u8) -> bool {
        let hash = finish(&midstate(self.challenge, key), self.nonce);
        leading_zero_bits(&hash) >= u32::from(difficulty)
    }

    /// Parses the value of [`HEADER`].
    ///
    /// # Errors
    /// [`StampError`] unless it is exactly 32 characters of base64url.
    pub fn decode(header: &str) -> Result<Self, StampError> {
        let bytes = URL_SAFE_NO_PAD.decode(header).map_err(|_| StampError)?;
        let mut reader = Reader::new(&bytes);
        let challenge = Challenge(reader.array().map_err(|_| StampError)?);
        let nonce = reader.array().map_err(|_| StampError)?;
        if !reader.is_empty() {
            return Err(StampError);
        }
        Ok(Self { challenge, nonce })
    }

    /// The value of [`HEADER`].
    #[must_use]
    pub fn encode(&self) -> String {
        let mut bytes = self.challenge.0.to_vec();
        bytes.extend_from_slice(&self.nonce);
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// Tag, challenge and digest fill one block of SHA-256, so each try costs one more.
fn midstate(challenge: Challenge, key: &KeyDigest) -> Sha256 {
    let mut hash = Sha256::new();
    hash.update(TAG.prefixed());
    hash.update(challenge.0);
    hash.update(key.0);
    hash
}

fn finish(start: &Sha256, nonce: [u8; 8]) -> [u8; 32] {
    let mut hash = start.clone();
    hash.update(nonce);
    hash.finalize().into()
}

/// How many bits before the first one bit.
#[must_use]
pub fn leading_zero_bits(bytes: &[u8]) -> u32 {
    let mut bits = 0;
    for byte in bytes {
        bits += byte.leading_zeros();
        if *byte != 0 {
            break;
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::tagged_hash;

    const CHALLENGE: Challenge = Challenge::new([0xc5; 16]);

    fn key(byte: u8) -> KeyDigest {
        KeyDigest::of_key(&[byte; ENC_LEN])
    }

    #[test]
    fn the_hash_is_the_one_written_down() {
        let mut enc = vec![9; ENC_START];
        enc.extend([1; ENC_LEN]);
        enc.extend([3; 500]);
        let digest = KeyDigest::of_request(&enc).unwrap();
        assert_eq!(digest, key(1));
        let nonce = 5_u64.to_be_bytes();
        assert_eq!(
            finish(&midstate(CHALLENGE, &digest), nonce),
            tagged_hash(TAG, &[CHALLENGE.as_bytes(), digest.as_bytes(), &nonce])
        );
    }

    #[test]
    fn a_stamp_pays_for_one_request_under_one_challenge() {
        let stamp = Stamp::solve(CHALLENGE, &key(1), 14, 0..u64::MAX).unwrap();
        assert!(stamp.pays(&key(1), 14));
        assert!(!stamp.pays(&key(1), 40));
        assert!(!stamp.pays(&key(2), 14));
        let other = Stamp {
            challenge: Challenge::new([0; 16]),
            ..stamp
        };
        assert!(!other.pays(&key(1), 14));
    }

    #[test]
    fn a_search_ends_with_its_range() {
        assert_eq!(Stamp::solve(CHALLENGE, &key(1), 60, 0..1000), None);
    }

    #[test]
    fn zero_bits_are_counted_from_the_front() {
        assert_eq!(leading_zero_bits(&[0x80]), 0);
        assert_eq!(leading_zero_bits(&[0x01, 0xff]), 7);
        assert_eq!(leading_zero_bits(&[0, 0x10]), 11);
        assert_eq!(leading_zero_bits(&[0, 0]), 16);
    }

    #[test]
    fn the_header_has_one_form() {
        let stamp = Stamp {
            challenge: CHALLENGE,
            nonce: 77_u64.to_be_bytes(),
        };
        let header = stamp.encode();
        assert_eq!(header.len(), 32);
        assert_eq!(Stamp::decode(&header), Ok(stamp));
        for bad in [
            "",
            "====",
            &header[1..],
            &format!("{header}AAAA"),
            &format!("{header}="),
        ] {
            assert_eq!(Stamp::decode(bad), Err(StampError), "{bad}");
        }
        assert_eq!(CHALLENGE.to_string().parse(), Ok(CHALLENGE));
        for bad in ["", "c5", &"C5".repeat(16), &"c5".repeat(17)] {
            assert_eq!(bad.parse::<Challenge>(), Err(StampError));
        }
    }

    #[test]
    fn a_short_request_has_no_key() {
        assert_eq!(KeyDigest::of_request(&[0; ENC_START + ENC_LEN - 1]), None);
    }
}
