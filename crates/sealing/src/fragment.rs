//! Cutting a content into fragments that fit, and putting them together again.

use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::message::MAX_PARTS;
use candor_wire::sizes::MAX_JSON_LEN;

/// A content cannot be cut into blocks.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CutError {
    /// More than [`MAX_PARTS`] blocks would be needed.
    #[error("this is too long for one message; send it as several, or as a file")]
    TooLong,
    /// The header leaves no room, or the content cannot be written as JSON.
    #[error("the message could not be laid out")]
    Layout,
}

/// How many bytes a character takes inside a JSON string.
const fn escaped_len(c: char) -> usize {
    match c {
        '"' | '\\' | '\u{8}' | '\u{c}' | '\n' | '\r' | '\t' => 2,
        '\0'..='\u{1f}' => 6,
        _ => c.len_utf8(),
    }
}

/// Cuts the JSON of `content` so that each fragment, written as a JSON string, fits a block
/// whose header alone takes `header_len(index)` bytes.
///
/// # Errors
/// [`CutError`]
pub(crate) fn cut<T: Serialize>(
    content: &T,
    header_len: impl Fn(u16) -> usize,
) -> Result<Vec<Zeroizing<String>>, CutError> {
    let json = Zeroizing::new(serde_json::to_string(content).map_err(|_| CutError::Layout)?);
    cut_text(&json, header_len)
}

/// Cuts a text that is JSON already.
///
/// # Errors
/// [`CutError`]
pub(crate) fn cut_text(
    json: &str,
    header_len: impl Fn(u16) -> usize,
) -> Result<Vec<Zeroizing<String>>, CutError> {
    let mut fragments = Vec::new();
    let mut fragment = Zeroizing::new(String::new());
    let room = |index: usize| {
        let index = u16::try_from(index).map_err(|_| CutError::TooLong)?;
        let room = MAX_JSON_LEN.saturating_sub(header_len(index));
        // A fragment has to hold at least a few characters, or cutting would not end.
        if room < 64 {
            Err(CutError::Layout)
        } else {
            Ok(room)
        }
    };
    let mut left = room(0)?;
    for c in json.chars() {
        let len = escaped_len(c);
        if len > left {
            fragments.push(std::mem::take(&mut fragment));
            if fragments.len() >= usize::from(MAX_PARTS) {
                return Err(CutError::TooLong);
            }
            left = room(fragments.len())?;
        }
        fragment.push(c);
        left = left.saturating_sub(len);
    }
    fragments.push(fragment);
    Ok(fragments)
}

/// Parses the content that the fragments, in order, make up.
pub(crate) fn join<T: DeserializeOwned>(fragments: &[&str]) -> Option<T> {
    let json = Zeroizing::new(fragments.concat());
    serde_json::from_str(&json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_counted_as_serde_json_writes_them() {
        for c in (0..0x300)
            .chain(0x1f600..0x1f610)
            .filter_map(char::from_u32)
        {
            let written = serde_json::to_string(&c.to_string()).unwrap();
            assert_eq!(escaped_len(c), written.len() - 2, "{:x}", u32::from(c));
        }
    }

    #[test]
    fn fragments_fit_and_join() {
        let text = "a\"\\\u{1}é😀\n".repeat(9_000);
        let fragments = cut(&text, |_| 3_000).unwrap();
        assert!(fragments.len() > 3);
        for fragment in &fragments {
            let written = serde_json::to_string(fragment.as_str()).unwrap();
            assert!(written.len() - 2 <= MAX_JSON_LEN - 3_000);
        }
        let refs: Vec<&str> = fragments.iter().map(|f| f.as_str()).collect();
        assert_eq!(join::<String>(&refs), Some(text));
        assert_eq!(
            cut(&"x".repeat(MAX_JSON_LEN * 65), |_| 0).unwrap_err(),
            CutError::TooLong
        );
        assert_eq!(cut(&"x", |_| MAX_JSON_LEN).unwrap_err(), CutError::Layout);
    }
}
