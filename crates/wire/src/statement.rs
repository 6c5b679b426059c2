//! Ed25519 signatures that carry their domain in the type and in the bytes, and signed JSON.
//!
//! A signature of domain D over parts p₁ … pₙ in instance I is Ed25519 (RFC 8032) over
//! `u8 len(tag_D) ‖ tag_D ‖ I ‖ p₁ ‖ … ‖ pₙ`. The tag keeps a key of one role from being used in
//! another; the instance keeps a statement from being carried elsewhere.

use std::{fmt, marker::PhantomData};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use thiserror::Error;

use crate::{hash::Tag, id::InstanceId, sizes::SIGNATURE_LEN};

/// A use of a signing key.
pub trait Domain {
    /// The tag, unique to this use.
    const TAG: Tag;
}

/// The bytes that are signed.
#[must_use]
pub fn signing_input(tag: Tag, instance: &InstanceId, parts: &[&[u8]]) -> Vec<u8> {
    let mut input = tag.prefixed();
    input.extend_from_slice(instance.as_bytes());
    for part in parts {
        input.extend_from_slice(part);
    }
    input
}

/// An Ed25519 signature that is valid only in the domain `D`.
pub struct Signature<D> {
    bytes: [u8; SIGNATURE_LEN],
    domain: PhantomData<fn() -> D>,
}

impl<D: Domain> Signature<D> {
    /// Signs the parts. All but the last must be of fixed length.
    #[must_use]
    pub fn sign(key: &SigningKey, instance: &InstanceId, parts: &[&[u8]]) -> Self {
        let bytes = key.sign(&signing_input(D::TAG, instance, parts)).to_bytes();
        Self::from_bytes(bytes)
    }

    /// Whether this signature is the key's over the parts. Strict: small-order keys and
    /// non-canonical points are refused.
    #[must_use]
    pub fn verifies(&self, key: &VerifyingKey, instance: &InstanceId, parts: &[&[u8]]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(&self.bytes);
        key.verify_strict(&signing_input(D::TAG, instance, parts), &signature)
            .is_ok()
    }
}

impl<D> Signature<D> {
    /// Wraps the 64 bytes of RFC 8032.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; SIGNATURE_LEN]) -> Self {
        Self {
            bytes,
            domain: PhantomData,
        }
    }

    /// The 64 bytes of RFC 8032.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; SIGNATURE_LEN] {
        self.bytes
    }
}

impl<D> Clone for Signature<D> {
    fn clone(&self) -> Self {
        Self::from_bytes(self.bytes)
    }
}

impl<D> PartialEq for Signature<D> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<D> Eq for Signature<D> {}

impl<D> fmt::Debug for Signature<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(..)")
    }
}

impl<D> Serialize for Signature<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(self.bytes))
    }
}

impl<'de, D> Deserialize<'de> for Signature<D> {
    fn deserialize<De: Deserializer<'de>>(deserializer: De) -> Result<Self, De::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let bytes = BASE64.decode(text.as_bytes()).map_err(De::Error::custom)?;
        let bytes = bytes
            .try_into()
            .map_err(|_| De::Error::custom("a signature is 64 bytes in base64"))?;
        Ok(Self::from_bytes(bytes))
    }
}

/// Why a signed statement was not accepted.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatementError {
    /// The signature is not the expected key's over this text, in this domain and instance.
    #[error(
        "the signature is not from the expected key, or was made for another purpose or instance"
    )]
    Signature,
    /// The signature holds, but the text is not of the expected shape.
    #[error("the signed text is not of the expected form; it may come from a newer version")]
    Form,
}

/// JSON text with a signature over exactly these bytes.
///
/// The text is carried as a JSON string and never re-serialised for verification.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct SignedStatement<D> {
    statement: String,
    signature: Signature<D>,
}

impl<D: Domain> SignedStatement<D> {
    /// Serialises a body and signs the text.
    ///
    /// # Errors
    /// If the body cannot be written as JSON.
    pub fn sign<T: Serialize>(
        key: &SigningKey,
        instance: &InstanceId,
        body: &T,
    ) -> Result<Self, serde_json::Error> {
        let statement = serde_json::to_string(body)?;
        let signature = Signature::sign(key, instance, &[statement.as_bytes()]);
        Ok(Self {
            statement,
            signature,
        })
    }

    /// Checks the signature, then parses the text. The caller still has to check what the text
    /// says about itself: instance, office, validity.
    ///
    /// # Errors
    /// [`StatementError`]
    pub fn verify<T: for<'de> Deserialize<'de>>(
        &self,
        key: &VerifyingKey,
        instance: &InstanceId,
    ) -> Result<T, StatementError> {
        if !self
            .signature
            .verifies(key, instance, &[self.statement.as_bytes()])
        {
            return Err(StatementError::Signature);
        }
        serde_json::from_str(&self.statement).map_err(|_| StatementError::Form)
    }
}

impl<D> SignedStatement<D> {
    /// Parses the text without checking who signed it, to learn which key to check it against.
    ///
    /// # Errors
    /// [`StatementError::Form`]
    pub fn peek<T: for<'de> Deserialize<'de>>(&self) -> Result<T, StatementError> {
        serde_json::from_str(&self.statement).map_err(|_| StatementError::Form)
    }

    /// The signed text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.statement
    }
}

impl<D> Clone for SignedStatement<D> {
    fn clone(&self) -> Self {
        Self {
            statement: self.statement.clone(),
            signature: self.signature.clone(),
        }
    }
}

impl<D> PartialEq for SignedStatement<D> {
    fn eq(&self, other: &Self) -> bool {
        self.statement == other.statement && self.signature == other.signature
    }
}

impl<D> Eq for SignedStatement<D> {}

impl<D> fmt::Debug for SignedStatement<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedStatement")
            .field("statement", &self.statement)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct One;
    impl Domain for One {
        const TAG: Tag = Tag::new("test/one");
    }
    struct Two;
    impl Domain for Two {
        const TAG: Tag = Tag::new("test/two");
    }

    #[test]
    fn a_signature_holds_in_one_domain_and_instance_only() {
        let key = SigningKey::from_bytes(&[3; 32]);
        let public = key.verifying_key();
        let here = InstanceId::new([1; 32]);
        let there = InstanceId::new([2; 32]);
        let signature = Signature::<One>::sign(&key, &here, &[b"x"]);
        assert!(signature.verifies(&public, &here, &[b"x"]));
        assert!(!signature.verifies(&public, &there, &[b"x"]));
        assert!(!signature.verifies(&public, &here, &[b"y"]));
        let moved = Signature::<Two>::from_bytes(signature.to_bytes());
        assert!(!moved.verifies(&public, &here, &[b"x"]));
    }

    #[test]
    fn a_statement_survives_json_and_any_change_breaks_it() {
        let key = SigningKey::from_bytes(&[3; 32]);
        let instance = InstanceId::new([1; 32]);
        let signed = SignedStatement::<One>::sign(&key, &instance, &vec![1, 2]).unwrap();
        let text = serde_json::to_string(&signed).unwrap();
        let back: SignedStatement<One> = serde_json::from_str(&text).unwrap();
        assert_eq!(
            back.verify::<Vec<u8>>(&key.verifying_key(), &instance),
            Ok(vec![1, 2])
        );
        let changed: SignedStatement<One> =
            serde_json::from_str(&text.replace("[1,2]", "[1,3]")).unwrap();
        assert_eq!(
            changed.verify::<Vec<u8>>(&key.verifying_key(), &instance),
            Err(StatementError::Signature)
        );
    }
}
