//! The plaintext block: what lies inside every age file that carries a message
//! (`docs/protocol.md`, "Blocks").
//!
//! ```text
//! u32     length n of the JSON, at most 16 316
//! n       JSON, never re-serialised for verification
//! zeros   up to byte 16 320
//! 64      Ed25519 signature over tag ‖ instance ‖ conv_id ‖ the 16 320 bytes before it
//! ```
//!
//! Invariant: a `Block` always has exactly [`BLOCK_LEN`] bytes, a length in range, and zeros
//! between the JSON and the signature. Whether the signature holds is asked of it separately,
//! since the key to ask about may be inside.

use candor_wire::{
    ConversationId, Digest, Domain, InstanceId, Reader, Signature, Tag, sizes::BLOCK_LEN,
    sizes::MAX_JSON_LEN, sizes::SIGNATURE_LEN, tagged_hash,
};
use ed25519_dalek::{SigningKey, VerifyingKey};
use thiserror::Error;
use zeroize::Zeroizing;

const SIGNED_LEN: usize = BLOCK_LEN - SIGNATURE_LEN;
const DIGEST: Tag = Tag::new("candor/v1/block-digest");

/// Why bytes are not a block.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlockError {
    /// The JSON does not fit one block.
    #[error("the text does not fit one block; it has to be split")]
    TooLong,
    /// Another length than [`BLOCK_LEN`], a length field out of range, or padding that is not
    /// zero.
    #[error("the opened message is malformed; the sender's program may be faulty")]
    Malformed,
}

/// One signed plaintext block.
#[derive(Clone)]
pub struct Block {
    bytes: Zeroizing<Vec<u8>>,
    json_len: usize,
}

impl Block {
    /// Lays out the JSON and signs it.
    ///
    /// # Errors
    /// [`BlockError::TooLong`] if the JSON is longer than [`MAX_JSON_LEN`].
    pub fn sign<D: Domain>(
        key: &SigningKey,
        instance: &InstanceId,
        conversation: &ConversationId,
        json: &[u8],
    ) -> Result<Self, BlockError> {
        let mut bytes = Self::layout(json)?;
        let signature =
            Signature::<D>::sign(key, instance, &[conversation.as_bytes(), bytes.as_slice()]);
        bytes.extend_from_slice(&signature.to_bytes());
        Ok(Self {
            bytes,
            json_len: json.len(),
        })
    }

    fn layout(json: &[u8]) -> Result<Zeroizing<Vec<u8>>, BlockError> {
        if json.len() > MAX_JSON_LEN {
            return Err(BlockError::TooLong);
        }
        let len = u32::try_from(json.len()).map_err(|_| BlockError::TooLong)?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(BLOCK_LEN));
        bytes.extend_from_slice(&len.to_be_bytes());
        bytes.extend_from_slice(json);
        bytes.resize(SIGNED_LEN, 0);
        Ok(bytes)
    }

    /// Parses exactly [`BLOCK_LEN`] bytes. The signature is not checked yet.
    ///
    /// # Errors
    /// [`BlockError::Malformed`]
    pub fn decode(bytes: &[u8]) -> Result<Self, BlockError> {
        Self::of_plain(Zeroizing::new(bytes.to_vec()))
    }

    /// The same, of bytes that nobody else needs.
    ///
    /// # Errors
    /// [`BlockError::Malformed`]
    pub fn of_plain(bytes: Zeroizing<Vec<u8>>) -> Result<Self, BlockError> {
        if bytes.len() != BLOCK_LEN {
            return Err(BlockError::Malformed);
        }
        let malformed = |_| BlockError::Malformed;
        let mut reader = Reader::new(&bytes);
        let json_len = reader.u32().map_err(malformed)?;
        let json_len = usize::try_from(json_len).map_err(|_| BlockError::Malformed)?;
        if json_len > MAX_JSON_LEN {
            return Err(BlockError::Malformed);
        }
        reader.take(json_len).map_err(malformed)?;
        let padding = reader.take(MAX_JSON_LEN - json_len).map_err(malformed)?;
        // All of it together is quicker to look at than byte by byte.
        if padding.iter().fold(0, |all, byte| all | byte) != 0 {
            return Err(BlockError::Malformed);
        }
        Ok(Self { bytes, json_len })
    }

    /// The block without its padding, for a case file: the JSON, then the signature.
    #[must_use]
    pub fn to_compact(&self) -> Zeroizing<Vec<u8>> {
        let mut compact = Zeroizing::new(Vec::with_capacity(self.json_len + SIGNATURE_LEN));
        compact.extend_from_slice(self.json());
        compact.extend_from_slice(self.split().1);
        compact
    }

    /// Restores a block from [`Block::to_compact`].
    ///
    /// # Errors
    /// [`BlockError::Malformed`]
    pub fn from_compact(compact: &[u8]) -> Result<Self, BlockError> {
        let json_len = compact
            .len()
            .checked_sub(SIGNATURE_LEN)
            .ok_or(BlockError::Malformed)?;
        let (json, signature) = compact
            .split_at_checked(json_len)
            .ok_or(BlockError::Malformed)?;
        let mut bytes = Self::layout(json)?;
        bytes.extend_from_slice(signature);
        Ok(Self { bytes, json_len })
    }

    /// The JSON, as it was signed.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        self.bytes.get(4..4 + self.json_len).unwrap_or_default()
    }

    fn split(&self) -> (&[u8], &[u8]) {
        self.bytes
            .split_at_checked(SIGNED_LEN)
            .unwrap_or((&[], &[]))
    }

    /// Whether the block is signed by the key, in the domain, for the instance and conversation.
    #[must_use]
    pub fn verifies<D: Domain>(
        &self,
        key: &VerifyingKey,
        instance: &InstanceId,
        conversation: &ConversationId,
    ) -> bool {
        let (signed, signature) = self.split();
        <[u8; SIGNATURE_LEN]>::try_from(signature).is_ok_and(|signature| {
            Signature::<D>::from_bytes(signature).verifies(
                key,
                instance,
                &[conversation.as_bytes(), signed],
            )
        })
    }

    /// The digest that the sender's next block commits to.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::new(tagged_hash(DIGEST, &[&self.bytes]))
    }

    /// All 16 384 bytes, for sealing.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl PartialEq for Block {
    fn eq(&self, other: &Self) -> bool {
        *self.bytes == *other.bytes
    }
}

impl Eq for Block {}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Block(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Test;
    impl Domain for Test {
        const TAG: Tag = Tag::new("test/block");
    }

    fn block(json: &[u8]) -> Block {
        let key = SigningKey::from_bytes(&[1; 32]);
        Block::sign::<Test>(
            &key,
            &InstanceId::new([2; 32]),
            &ConversationId::new([3; 32]),
            json,
        )
        .unwrap()
    }

    #[test]
    fn a_block_round_trips_whole_and_compact() {
        for len in [0, 1, MAX_JSON_LEN] {
            let block = block(&vec![b'x'; len]);
            assert_eq!(block.as_bytes().len(), BLOCK_LEN);
            assert_eq!(Block::decode(block.as_bytes()), Ok(block.clone()));
            let restored = Block::from_compact(&block.to_compact()).unwrap();
            assert_eq!(restored, block);
            assert!(restored.verifies::<Test>(
                &SigningKey::from_bytes(&[1; 32]).verifying_key(),
                &InstanceId::new([2; 32]),
                &ConversationId::new([3; 32]),
            ));
        }
    }

    #[test]
    fn length_padding_and_signature_are_checked() {
        let good = block(b"{}");
        let mut long = good.as_bytes().to_vec();
        long.push(0);
        assert_eq!(Block::decode(&long), Err(BlockError::Malformed));
        let mut padded = good.as_bytes().to_vec();
        padded[6] = 1;
        assert_eq!(Block::decode(&padded), Err(BlockError::Malformed));
        let mut lying = good.as_bytes().to_vec();
        lying[..4].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(Block::decode(&lying), Err(BlockError::Malformed));
        let key = SigningKey::from_bytes(&[1; 32]).verifying_key();
        assert!(!good.verifies::<Test>(
            &key,
            &InstanceId::new([9; 32]),
            &ConversationId::new([3; 32])
        ));
        assert_eq!(
            Block::from_compact(&[0; SIGNATURE_LEN - 1]),
            Err(BlockError::Malformed)
        );
    }
}
