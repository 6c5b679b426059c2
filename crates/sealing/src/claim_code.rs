//! The claim code: 96 random bits and a 7-bit checksum as 8 words, or as 8 groups of four digits.
//!
//! ```text
//! check = first 7 bits of SHA-256(tag "candor/v1/claim-code-check" ‖ u8 list version ‖ code)
//! value = code · 2⁷ + check, 103 bits, in base 7776, most significant word first
//! ```
//!
//! Specification: `docs/protocol.md`, "Claim code". Invariant: what a code is never appears in an
//! error, a `Debug` form or a panic; only [`ClaimCode::words`], [`ClaimCode::groups`] and
//! [`ClaimCode::expose`] show it.

use std::{fmt, str::FromStr};

use candor_wire::{Tag, tagged_hash};
use rand_core::{CryptoRng, RngCore};
use thiserror::Error;
use zeroize::{Zeroize as _, Zeroizing};

use crate::wordlist;

const CHECK: Tag = Tag::new("candor/v1/claim-code-check");
const CHECK_BITS: u32 = 7;
const VALUE_BITS: u32 = 103;
/// Number of words, and of groups.
pub const WORDS: usize = 8;
const GROUP_DIGITS: usize = 4;
// The list's length as the base of the code.
const BASE: u128 = 7776;

/// The secret that the reporter writes down: whoever holds it is the reporter.
#[derive(Clone)]
pub struct ClaimCode(Zeroizing<[u8; Self::LEN]>);

impl ClaimCode {
    /// Length of the secret in bytes.
    pub const LEN: usize = 12;

    /// Draws a new code.
    pub fn generate(rng: &mut (impl RngCore + CryptoRng)) -> Self {
        let mut code = Zeroizing::new([0; Self::LEN]);
        rng.fill_bytes(&mut *code);
        Self(code)
    }

    /// Wraps the 12 bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The 12 bytes, for derivation.
    #[must_use]
    pub fn expose(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// The eight words, separated by single spaces.
    #[must_use]
    pub fn words(&self) -> Zeroizing<String> {
        // Reserved ahead, so that growing leaves no copy behind.
        let mut text = Zeroizing::new(String::with_capacity(WORDS * 10));
        for index in self.indices().iter() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(wordlist::word(*index).unwrap_or_default());
        }
        text
    }

    /// The eight groups of four digits, separated by single spaces.
    #[must_use]
    pub fn groups(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(WORDS * (GROUP_DIGITS + 1)));
        for index in self.indices().iter() {
            if !text.is_empty() {
                text.push(' ');
            }
            for divisor in [1000, 100, 10, 1] {
                let digit = u32::from(index / divisor % 10);
                text.push(char::from_digit(digit, 10).unwrap_or('0'));
            }
        }
        text
    }

    fn check(code: &[u8; Self::LEN]) -> u8 {
        let digest = Zeroizing::new(tagged_hash(CHECK, &[&[wordlist::VERSION], code]));
        digest.first().copied().unwrap_or_default() >> (8 - CHECK_BITS)
    }

    fn indices(&self) -> Zeroizing<[u16; WORDS]> {
        let mut value = Zeroizing::new(0_u128);
        for byte in self.0.iter() {
            *value = (*value << 8) | u128::from(*byte);
        }
        *value = (*value << CHECK_BITS) | u128::from(Self::check(&self.0));
        let mut indices = Zeroizing::new([0; WORDS]);
        for index in indices.iter_mut().rev() {
            // A remainder of division by 7776 fits 16 bits.
            *index = u16::try_from(*value % BASE).unwrap_or_default();
            *value /= BASE;
        }
        indices
    }

    fn from_indices(indices: &[u16; WORDS]) -> Result<Self, ClaimCodeError> {
        let mut value = Zeroizing::new(0_u128);
        for index in indices {
            *value = *value * BASE + u128::from(*index);
        }
        if *value >> VALUE_BITS != 0 {
            return Err(ClaimCodeError::Checksum);
        }
        let check = *value & ((1 << CHECK_BITS) - 1);
        let mut rest = Zeroizing::new(*value >> CHECK_BITS);
        let mut code = Zeroizing::new([0; Self::LEN]);
        for byte in code.iter_mut().rev() {
            *byte = u8::try_from(*rest & 0xff).unwrap_or_default();
            *rest >>= 8;
        }
        if u128::from(Self::check(&code)) != check {
            return Err(ClaimCodeError::Checksum);
        }
        Ok(Self(code))
    }
}

impl fmt::Debug for ClaimCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimCode(..)")
    }
}

impl FromStr for ClaimCode {
    type Err = ClaimCodeError;

    /// Reads words or digits, in any case and with any separators.
    ///
    /// Letters and digits form tokens; everything else separates them, except invisible
    /// formatting characters, which are dropped. If all tokens are ASCII digits they are taken
    /// together: there must be 32, in groups or not. Otherwise every token is a word.
    fn from_str(text: &str) -> Result<Self, ClaimCodeError> {
        // Lower-casing may lengthen a character; three bytes for one is the worst case.
        let mut plain = Zeroizing::new(String::with_capacity(text.len().saturating_mul(3)));
        for c in text.chars() {
            if c.is_alphanumeric() {
                plain.extend(c.to_lowercase());
            } else if !is_invisible(c) {
                plain.push(' ');
            }
        }
        let tokens = plain.split_ascii_whitespace();
        if tokens.clone().next().is_none() {
            return Err(ClaimCodeError::Empty);
        }
        if tokens
            .clone()
            .all(|t| t.bytes().all(|b| b.is_ascii_digit()))
        {
            from_digits(tokens.flat_map(str::bytes))
        } else {
            from_words(tokens)
        }
    }
}

/// Formatting characters that copying from a page or a chat may bring along.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

fn from_digits(digits: impl Iterator<Item = u8> + Clone) -> Result<ClaimCode, ClaimCodeError> {
    let found = digits.clone().count();
    if found != WORDS * GROUP_DIGITS {
        return Err(ClaimCodeError::DigitCount { found });
    }
    let mut indices = Zeroizing::new([0_u16; WORDS]);
    for (place, digit) in digits.enumerate() {
        if let Some(index) = indices.get_mut(place / GROUP_DIGITS) {
            // Four digits stay below 10 000.
            *index = *index * 10 + u16::from(digit.wrapping_sub(b'0'));
        }
    }
    if let Some(place) = indices.iter().position(|i| u128::from(*i) >= BASE) {
        return Err(ClaimCodeError::GroupTooLarge {
            position: place + 1,
        });
    }
    ClaimCode::from_indices(&indices)
}

fn from_words<'a>(
    words: impl Iterator<Item = &'a str> + Clone,
) -> Result<ClaimCode, ClaimCodeError> {
    let found = words.clone().count();
    if found > WORDS {
        return Err(ClaimCodeError::WordCount { found });
    }
    let mut indices = Zeroizing::new([0_u16; WORDS]);
    let mut unknown = Vec::new();
    for ((place, word), slot) in words.enumerate().zip(indices.iter_mut()) {
        match wordlist::index(word) {
            Some(index) => *slot = index,
            None => unknown.push(UnknownWord {
                position: place + 1,
                suggestions: wordlist::suggestions(word),
            }),
        }
    }
    if !unknown.is_empty() {
        indices.zeroize();
        return Err(ClaimCodeError::UnknownWords(unknown));
    }
    if found < WORDS {
        return Err(ClaimCodeError::WordCount { found });
    }
    ClaimCode::from_indices(&indices)
}

/// A word that is not on the list. Its `Debug` form does not show the suggestions, since they
/// say what was typed.
#[derive(Clone, PartialEq, Eq)]
pub struct UnknownWord {
    /// Which word, counted from 1.
    pub position: usize,
    /// At most three words that may have been meant, best first.
    pub suggestions: Vec<&'static str>,
}

impl fmt::Debug for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnknownWord")
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

/// Why text is not a claim code. Nothing of the text is in it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimCodeError {
    /// There is neither a letter nor a digit.
    #[error("nothing was entered; a code is eight words, or eight groups of four digits")]
    Empty,
    /// Some words are not on the list.
    #[error("{} not on the list; compare with what you wrote down", positions(.0))]
    UnknownWords(Vec<UnknownWord>),
    /// There are fewer or more than eight words.
    #[error("a code has eight words, but {found} were entered")]
    WordCount {
        /// How many there are.
        found: usize,
    },
    /// There are fewer or more than 32 digits.
    #[error("a code has 32 digits, but {found} were entered")]
    DigitCount {
        /// How many there are.
        found: usize,
    },
    /// A group of digits is over 7775.
    #[error(
        "no group is larger than 7775, but group {position} is; compare with what you wrote down"
    )]
    GroupTooLarge {
        /// Which group, counted from 1.
        position: usize,
    },
    /// All words exist, but do not belong together.
    #[error("one word is wrong, or two have changed places; compare with what you wrote down")]
    Checksum,
}

fn positions(unknown: &[UnknownWord]) -> String {
    let list: Vec<String> = unknown.iter().map(|u| u.position.to_string()).collect();
    match list.as_slice() {
        [one] => format!("word {one} is"),
        _ => format!("words {} are", list.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_largest_value_fits_eight_words() {
        assert!(BASE.pow(8) > 1 << VALUE_BITS);
        assert_eq!(usize::try_from(BASE), Ok(wordlist::LEN));
        let all_ones = ClaimCode::from_bytes([0xff; 12]);
        let words = all_ones.words();
        assert_eq!(words.parse::<ClaimCode>().unwrap().expose(), &[0xff; 12]);
    }

    #[test]
    fn nothing_of_the_code_is_in_debug_or_errors() {
        let code = ClaimCode::from_bytes([7; 12]);
        assert_eq!(format!("{code:?}"), "ClaimCode(..)");
        let error = "abacuss zoom".parse::<ClaimCode>().unwrap_err();
        assert!(!format!("{error:?} {error}").contains("abacus"));
        assert_eq!(
            error.to_string(),
            "word 1 is not on the list; compare with what you wrote down"
        );
    }

    #[test]
    fn every_swap_of_two_neighbours_is_noticed_most_of_the_time() {
        // The checksum has 7 bits: about one change in 128 goes unnoticed.
        let (mut changed, mut unnoticed) = (0, 0);
        for n in 0..64_u8 {
            let code = ClaimCode::from_bytes([n; 12]);
            let words = code.words();
            for place in 1..8 {
                let mut list: Vec<&str> = words.split(' ').collect();
                list.swap(place - 1, place);
                if list.join(" ") == *words {
                    continue;
                }
                changed += 1;
                unnoticed += u32::from(list.join(" ").parse::<ClaimCode>().is_ok());
            }
        }
        assert!(
            changed > 400 && unnoticed * 40 < changed,
            "{unnoticed} of {changed}"
        );
    }

    proptest! {
        #[test]
        fn any_formatting_reads_back(
            bytes in any::<[u8; 12]>(),
            digits in any::<bool>(),
            upper in any::<bool>(),
            separator in prop::sample::select(vec![" ", "-", ", ", "\r\n", " – ", ".\t", "\" '", "\u{a0}", ";\u{200b} "]),
            around in prop::sample::select(vec!["", " ", "\"", "\u{feff}", "(", "«"]),
        ) {
            let code = ClaimCode::from_bytes(bytes);
            let plain = if digits { code.groups() } else { code.words() };
            let mut text = plain.replace(' ', separator);
            if upper {
                text = text.to_uppercase();
            }
            let text = format!("{around}{text}{around}");
            let read: ClaimCode = text.parse().unwrap();
            prop_assert_eq!(read.expose(), &bytes);
        }

        #[test]
        fn digits_may_run_together(bytes in any::<[u8; 12]>()) {
            let text = ClaimCode::from_bytes(bytes).groups().replace(' ', "");
            prop_assert_eq!(text.len(), 32);
            let read: ClaimCode = text.parse().unwrap();
            prop_assert_eq!(read.expose(), &bytes);
        }

        #[test]
        fn arbitrary_text_never_panics(text in any::<String>()) {
            let _ = text.parse::<ClaimCode>();
        }

        #[test]
        fn any_eight_words_either_read_back_or_fail_the_checksum(
            indices in any::<[prop::sample::Index; 8]>(),
        ) {
            let words: Vec<_> = indices
                .iter()
                .filter_map(|i| wordlist::word(u16::try_from(i.index(wordlist::LEN)).unwrap()))
                .collect();
            match words.join(" ").parse::<ClaimCode>() {
                Ok(code) => prop_assert_eq!(&*code.words(), &words.join(" ")),
                Err(error) => prop_assert_eq!(error, ClaimCodeError::Checksum),
            }
        }
    }
}
