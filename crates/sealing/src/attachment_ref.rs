//! What a message says of a file (`docs/protocol.md`, "Attachments").

use std::fmt;

use candor_wire::{
    Address, Capability, Digest,
    sizes::{CELL_LEN, MAX_CELLS},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{derive::FileKey, message::Secret32};

/// The longest name, in bytes of UTF-8.
pub const MAX_NAME_LEN: usize = 120;
/// The longest media type, in bytes of ASCII.
pub const MAX_MEDIA_TYPE_LEN: usize = 100;
/// The longest sealed file, in bytes: what one envelope can promise.
///
/// ```
/// # use candor_sealing::attachment::MAX_SEALED_SIZE;
/// # use candor_wire::sizes::{CELL_LEN, MAX_CELLS};
/// assert_eq!(MAX_SEALED_SIZE, (CELL_LEN * MAX_CELLS) as u64);
/// ```
pub const MAX_SEALED_SIZE: u64 = 134_217_728;

/// Why what a message says of a file is not acceptable.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttachmentRefError {
    /// The name is longer than [`MAX_NAME_LEN`].
    #[error("the name of a file is at most 120 bytes")]
    Name,
    /// The media type is not two tokens with a slash between, of at most 100 bytes together.
    #[error("the media type of a file has the form type/subtype, at most 100 characters")]
    MediaType,
    /// The sizes do not fit each other, or the file is longer than an envelope can promise.
    #[error("the sizes of a file do not fit each other or go beyond 128 MiB")]
    Size,
}

/// A file's name, type, size, digest, and the key under which its cells lie.
///
/// The name is for display and always sanitised; it is never a path. Size and digest are claims
/// until [`AttachmentOpener::finish`](crate::attachment::AttachmentOpener::finish) agrees.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Raw")]
pub struct AttachmentRef {
    name: String,
    media_type: String,
    size: u64,
    sha256: Digest,
    sealed_size: u64,
    key: Secret32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    name: String,
    media_type: String,
    size: u64,
    sha256: Digest,
    sealed_size: u64,
    key: Secret32,
}

impl TryFrom<Raw> for AttachmentRef {
    type Error = AttachmentRefError;

    fn try_from(raw: Raw) -> Result<Self, AttachmentRefError> {
        if raw.name.len() > MAX_NAME_LEN {
            return Err(AttachmentRefError::Name);
        }
        if !is_media_type(&raw.media_type) {
            return Err(AttachmentRefError::MediaType);
        }
        // An age file is always longer than what is in it.
        if raw.sealed_size > MAX_SEALED_SIZE || raw.sealed_size <= raw.size {
            return Err(AttachmentRefError::Size);
        }
        Ok(Self {
            name: sanitize_name(&raw.name),
            media_type: raw.media_type,
            size: raw.size,
            sha256: raw.sha256,
            sealed_size: raw.sealed_size,
            key: raw.key,
        })
    }
}

impl AttachmentRef {
    pub(super) fn new(
        name: &str,
        media_type: String,
        size: u64,
        sha256: Digest,
        sealed_size: u64,
        key: &FileKey,
    ) -> Result<Self, AttachmentRefError> {
        Raw {
            name: sanitize_name(name),
            media_type,
            size,
            sha256,
            sealed_size,
            key: Secret32::new(*key.expose()),
        }
        .try_into()
    }

    /// The name, for display: see [`sanitize_name`].
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The media type that the sender claims.
    #[must_use]
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// The file's length in bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The file's SHA-256.
    #[must_use]
    pub const fn sha256(&self) -> &Digest {
        &self.sha256
    }

    /// The length of the age file in bytes.
    #[must_use]
    pub const fn sealed_size(&self) -> u64 {
        self.sealed_size
    }

    /// F: where the cells lie.
    #[must_use]
    pub fn key(&self) -> FileKey {
        FileKey::from_bytes(*self.key.expose())
    }

    /// How many cells there are: at least one, at most [`MAX_CELLS`].
    #[must_use]
    pub fn cell_count(&self) -> u32 {
        // `TryFrom` bounds the sealed size.
        u32::try_from(self.sealed_size.div_ceil(CELL_LEN as u64)).unwrap_or(MAX_CELLS as u32)
    }

    /// The capabilities of the cells, in order.
    pub fn capabilities(&self) -> impl Iterator<Item = Capability> {
        let key = self.key();
        (0..self.cell_count()).map(move |index| key.cell(index))
    }

    /// The addresses of the cells, in order.
    pub fn addresses(&self) -> impl Iterator<Item = Address> {
        self.capabilities().map(|cap| cap.cell_address())
    }
}

impl fmt::Debug for AttachmentRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttachmentRef")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// Whether text is `type/subtype`, each an RFC 6838 restricted name.
pub(super) fn is_media_type(text: &str) -> bool {
    let token = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    text.len() <= MAX_MEDIA_TYPE_LEN
        && text
            .split_once('/')
            .is_some_and(|(kind, subtype)| token(kind) && token(subtype))
}

/// A name that is safe to show and to offer for saving, of at most [`MAX_NAME_LEN`] bytes.
///
/// Control and invisible formatting characters, line separators, direction marks and overrides,
/// path separators and what Windows forbids become `_`; so do dots and spaces at either end. A
/// name that Windows reserves gets a `_` in front. What is too long loses the end of its stem,
/// not its extension. Sanitising a second time changes nothing.
#[must_use]
pub fn sanitize_name(name: &str) -> String {
    let mut clean: Vec<char> = name
        .chars()
        .map(|c| if is_unsafe_in_name(c) { '_' } else { c })
        .collect();
    let at_the_edge = |c: &char| *c == '.' || c.is_whitespace();
    for c in clean.iter_mut().take_while(|c| at_the_edge(c)) {
        *c = '_';
    }
    for c in clean.iter_mut().rev().take_while(|c| at_the_edge(c)) {
        *c = '_';
    }
    let mut clean: String = clean.into_iter().collect();
    if clean.is_empty() {
        clean.push_str("file");
    }
    let stem = clean.split('.').next().unwrap_or_default().trim_end();
    if is_reserved(stem) {
        clean.insert(0, '_');
    }
    if clean.len() > MAX_NAME_LEN {
        clean = shorten(&clean);
    }
    clean
}

fn shorten(name: &str) -> String {
    const MAX_EXTENSION_LEN: usize = 16;
    let extension = name
        .rfind('.')
        .and_then(|dot| name.get(dot..))
        .filter(|extension| extension.len() <= MAX_EXTENSION_LEN)
        .unwrap_or_default();
    let stem = name.strip_suffix(extension).unwrap_or(name);
    let mut room = MAX_NAME_LEN - extension.len();
    while !stem.is_char_boundary(room) {
        room -= 1;
    }
    // The cut may have bared a space or dot, which may not end a name.
    let stem = stem.get(..room).unwrap_or_default();
    let bare = stem.trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    format!("{bare}{extension}")
}

fn is_unsafe_in_name(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|'
            // Line and paragraph separators, and everything of the category Cf.
            | '\u{2028}' | '\u{2029}' | '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}'
            | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}'
        )
}

fn is_reserved(stem: &str) -> bool {
    let upper = stem.to_ascii_uppercase();
    matches!(upper.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || ["COM", "LPT"].iter().any(|device| {
            upper.strip_prefix(device).is_some_and(|n| {
                matches!(
                    n,
                    "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"
                )
            })
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_made_safe() {
        for (name, safe) in [
            ("photo.jpg", "photo.jpg"),
            ("Ünïcode и 写真.png", "Ünïcode и 写真.png"),
            ("../../etc/passwd", "___.._etc_passwd"),
            ("C:\\x", "C__x"),
            ("a\u{202e}gpj.exe", "a_gpj.exe"),
            ("zero\u{200b}width", "zero_width"),
            (" .hidden. ", "__hidden__"),
            ("line\nbreak\u{2028}", "line_break_"),
            ("", "file"),
            ("...", "___"),
            ("con.txt", "_con.txt"),
            ("COM7", "_COM7"),
            ("comet", "comet"),
        ] {
            assert_eq!(sanitize_name(name), safe);
        }
        let long = sanitize_name(&format!("{}.jpeg", "é".repeat(200)));
        assert!(
            long.len() <= MAX_NAME_LEN && long.ends_with("é.jpeg"),
            "{long}"
        );
    }

    #[test]
    fn media_types_have_two_halves() {
        for good in ["image/png", "application/vnd.ms-excel", "image/svg+xml"] {
            assert!(is_media_type(good), "{good}");
        }
        let long = format!("a/{}", "b".repeat(99));
        for bad in [
            "", "/", "image", "image/", "/png", "a/b/c", "a b/c", "é/a", "a/b;c=d", &long,
        ] {
            assert!(!is_media_type(bad), "{bad}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let parse = |field: &str, value: serde_json::Value| {
            let mut json = serde_json::json!({
                "name": "a", "media_type": "a/b", "size": 10, "sha256": "00".repeat(32),
                "sealed_size": 2000, "key": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            });
            json[field] = value;
            serde_json::from_value::<AttachmentRef>(json)
        };
        let fine = parse("name", "x/y".into()).unwrap();
        assert_eq!((fine.name(), fine.cell_count()), ("x_y", 1));
        assert_eq!(format!("{fine:?}"), "AttachmentRef { size: 10, .. }");
        let most = parse("sealed_size", MAX_SEALED_SIZE.into()).unwrap();
        assert_eq!(most.cell_count(), 128);
        assert_eq!(most.addresses().count(), 128);
        for (field, value) in [
            ("name", "x".repeat(121).into()),
            ("media_type", "nonsense".into()),
            ("size", 2000.into()),
            ("size", (-1).into()),
            ("sealed_size", (MAX_SEALED_SIZE + 1).into()),
            ("sealed_size", 0.into()),
            ("sha256", "00".into()),
            ("key", "AAAA".into()),
            ("more", 1.into()),
        ] {
            assert!(parse(field, value).is_err(), "{field}");
        }
    }

    proptest! {
        #[test]
        fn sanitising_is_idempotent_and_bounded(name in any::<String>()) {
            let once = sanitize_name(&name);
            prop_assert!(!once.is_empty() && once.len() <= MAX_NAME_LEN);
            prop_assert!(!once.chars().any(is_unsafe_in_name));
            prop_assert_eq!(sanitize_name(&once), once);
        }

        #[test]
        fn long_names_too(name in "[a-z. \\u{2028}é/]{100,140}") {
            let once = sanitize_name(&name);
            prop_assert!(once.len() <= MAX_NAME_LEN);
            prop_assert_eq!(sanitize_name(&once), once);
        }
    }
}
