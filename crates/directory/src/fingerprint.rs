//! Fingerprints that two people compare by voice (`docs/protocol.md`, "Fingerprints").

use std::{fmt, str::FromStr};

use candor_wire::{DeviceId, InstanceId, OfficeId, Tag, tagged_hash};
use thiserror::Error;

use crate::{id::RootRole, key::PublicKey, recipient::RecipientText};

/// Text was not eight groups of four digits.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a fingerprint is eight groups of four digits, such as 0123 4567 …")]
pub struct FingerprintError;

/// Eight numbers from 0 to 9999 over a public key and whose it is: about 106 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u16; 8]);

impl Fingerprint {
    /// The number of groups.
    pub const GROUPS: usize = 8;
    const TAG: Tag = Tag::new("candor/v1/fingerprint");

    /// Kind, instance, key, then one part of variable length.
    fn of(kind: u8, instance: &[u8; 32], key: &[u8; 32], rest: &[u8]) -> Self {
        let digest = tagged_hash(Self::TAG, &[&[kind], instance, key, rest]);
        let mut groups = [0; Self::GROUPS];
        for (group, bytes) in groups.iter_mut().zip(digest.chunks_exact(4)) {
            let number = bytes.iter().fold(0_u32, |n, b| n << 8 | u32::from(*b));
            // A remainder of 10 000 fits.
            *group = (number % 10_000) as u16;
        }
        Self(groups)
    }

    /// Of an office's signing key.
    #[must_use]
    pub fn of_office(instance: &InstanceId, office: &OfficeId, key: &PublicKey) -> Self {
        Self::of(
            1,
            instance.as_bytes(),
            key.as_bytes(),
            office.as_str().as_bytes(),
        )
    }

    /// Of a device: its key, its office and what is sealed to it.
    #[must_use]
    pub fn of_device(
        instance: &InstanceId,
        office: &OfficeId,
        device: &DeviceId,
        recipient: &RecipientText,
    ) -> Self {
        // The recipient is of fixed length, so the office's name is the one variable part.
        let rest = format!("{recipient}{office}");
        Self::of(2, instance.as_bytes(), device.as_bytes(), rest.as_bytes())
    }

    /// Of a relay's signing key.
    #[must_use]
    pub fn of_relay(instance: &InstanceId, key: &PublicKey) -> Self {
        Self::of(3, instance.as_bytes(), key.as_bytes(), &[])
    }

    /// Of a root's key, which belongs to no instance: 32 zero bytes stand in its place.
    #[must_use]
    pub fn of_root(role: &RootRole, key: &PublicKey) -> Self {
        Self::of(4, &[0; 32], key.as_bytes(), role.as_str().as_bytes())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, group) in self.0.iter().enumerate() {
            let separator = if i == 0 { "" } else { " " };
            write!(f, "{separator}{group:04}")?;
        }
        Ok(())
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    /// Takes the digits with any spaces, hyphens, commas or points between them.
    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let mut digits = Vec::new();
        for c in text.chars() {
            match c.to_digit(10) {
                // A decimal digit fits.
                Some(digit) => digits.push(digit as u16),
                None if c.is_whitespace() || matches!(c, '-' | ',' | '.' | '–') => {}
                None => return Err(FingerprintError),
            }
        }
        if digits.len() != 4 * Self::GROUPS {
            return Err(FingerprintError);
        }
        let mut groups = [0; Self::GROUPS];
        for (group, four) in groups.iter_mut().zip(digits.chunks_exact(4)) {
            *group = four.iter().fold(0, |n, digit| n * 10 + digit);
        }
        Ok(Self(groups))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_spoken_as_eight_groups_and_read_back() {
        let key =
            PublicKey::try_from(ed25519_dalek::SigningKey::from_bytes(&[5; 32]).verifying_key())
                .unwrap();
        let here = InstanceId::new([1; 32]);
        let office = "title-ix".parse().unwrap();
        let print = Fingerprint::of_office(&here, &office, &key);
        let text = print.to_string();
        assert_eq!(text.len(), 8 * 4 + 7);
        assert_eq!(text.parse(), Ok(print));
        assert_eq!(text.replace(' ', "-").parse(), Ok(print));
        assert_eq!("1234".parse::<Fingerprint>(), Err(FingerprintError));
        assert_eq!(
            "abcd ".repeat(8).parse::<Fingerprint>(),
            Err(FingerprintError)
        );
        let there = InstanceId::new([2; 32]);
        assert_ne!(print, Fingerprint::of_office(&there, &office, &key));
        assert_ne!(print, Fingerprint::of_relay(&here, &key));
    }
}
