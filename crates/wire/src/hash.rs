//! Domain-separated SHA-256 (`docs/protocol.md`, "Conventions").

use sha2::{Digest as _, Sha256};

/// A domain tag: at most 255 bytes of ASCII, unique to one use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag(&'static str);

impl Tag {
    /// Declares a tag.
    ///
    /// # Panics
    /// At compile time (when used in a `const`), if the tag is empty or longer than 255 bytes.
    #[must_use]
    pub const fn new(tag: &'static str) -> Self {
        assert!(!tag.is_empty() && tag.len() < 256);
        Self(tag)
    }

    /// The tag as it stands in a hash or signature: one length byte, then the ASCII bytes.
    #[must_use]
    pub fn prefixed(self) -> Vec<u8> {
        // The constructor bounds the length, so the saturating value is never used.
        let len = u8::try_from(self.0.len()).unwrap_or(u8::MAX);
        let mut out = vec![len];
        out.extend_from_slice(self.0.as_bytes());
        out
    }

    /// The ASCII text of the tag, as HKDF labels use it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// `SHA-256(u8 len(tag) ‖ tag ‖ parts…)`.
///
/// Parts are concatenated as they are: callers pass parts of fixed length, or at most one of
/// variable length as the last.
#[must_use]
pub fn tagged_hash(tag: Tag, parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(tag.prefixed());
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_concatenated_behind_the_prefixed_tag() {
        let direct: [u8; 32] = Sha256::digest(b"\x01aXYZ").into();
        assert_eq!(tagged_hash(Tag::new("a"), &[b"X", b"YZ"]), direct);
    }

    #[test]
    fn the_length_byte_keeps_tag_and_data_apart() {
        assert_ne!(
            tagged_hash(Tag::new("ab"), &[b"c"]),
            tagged_hash(Tag::new("a"), &[b"bc"])
        );
    }
}
