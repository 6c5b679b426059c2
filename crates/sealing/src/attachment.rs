//! Files that travel with a message (`docs/protocol.md`, "Attachments").

use serde::{Deserialize, Serialize};

use crate::message::Secret32;

/// What a message says of a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttachmentRef {
    /// Its name, for people.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// The SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// The length of the age file in bytes.
    pub sealed_size: u64,
    /// The file key: its cells' capabilities follow from it.
    pub key: Secret32,
}
