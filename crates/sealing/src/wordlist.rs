//! Word list v1 of the claim code: 7776 words, frozen (`README-wordlist.md` gives the rules and
//! the sources).
//!
//! Invariant: the file is what [`SHA256_V1`] says, sorted and unique, and no two words are within
//! one edit of each other, so that a slip of one letter is never another word of the list.

use std::sync::LazyLock;

/// The list's version byte, which the claim code's checksum commits to.
pub const VERSION: u8 = 1;
/// Number of words: 6⁵.
pub const LEN: usize = 7776;
/// SHA-256 of the list as a file: one word a line, each line ended by a line feed.
pub const SHA256_V1: [u8; 32] = [
    0x61, 0x7f, 0x24, 0x6d, 0x96, 0xf9, 0x6c, 0x37, 0x03, 0x1d, 0x27, 0x69, 0x7c, 0xbc, 0x85, 0x40,
    0x08, 0xb9, 0x53, 0x89, 0xb9, 0x1c, 0x47, 0xb4, 0xcb, 0x5e, 0xcd, 0x97, 0xea, 0xb6, 0xf1, 0x81,
];
/// The list as a file.
pub const FILE_V1: &str = include_str!("wordlist_v1.txt");

/// How many suggestions are given for a word that is not on the list.
pub const MAX_SUGGESTIONS: usize = 3;
/// Longer input is not compared with the list: no word has more than 9 letters.
const MAX_COMPARED_LEN: usize = 20;
/// From this length on, input counts as the beginning of a word.
const MIN_PREFIX_LEN: usize = 3;

static WORDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| FILE_V1.lines().collect());

/// The word at an index below [`LEN`].
#[must_use]
pub fn word(index: u16) -> Option<&'static str> {
    WORDS.get(usize::from(index)).copied()
}

/// The index of a word in lower case.
#[must_use]
pub fn index(word: &str) -> Option<u16> {
    WORDS
        .binary_search(&word)
        .ok()
        .and_then(|index| u16::try_from(index).ok())
}

/// All words, ascending.
pub fn words() -> impl ExactSizeIterator<Item = &'static str> {
    WORDS.iter().copied()
}

/// At most three words that the input, in lower case, may have been meant to be; best first.
///
/// Ranked by kind (one edit; the input is the word's beginning, if it has at least three
/// letters; two edits, if it has at least four), then by difference of length, then
/// alphabetically. An edit inserts, deletes or replaces one letter or swaps two neighbours.
#[must_use]
pub fn suggestions(input: &str) -> Vec<&'static str> {
    let letters: Vec<char> = input.chars().take(MAX_COMPARED_LEN + 1).collect();
    if letters.is_empty() || letters.len() > MAX_COMPARED_LEN {
        return Vec::new();
    }
    let mut ranked: Vec<(u8, usize, &str)> = words()
        .filter_map(|word| {
            let difference = word.len().abs_diff(letters.len());
            let rank = match edits(&letters, word) {
                0 | 1 => 1,
                _ if letters.len() >= MIN_PREFIX_LEN && word.starts_with(input) => 2,
                2 if letters.len() > MIN_PREFIX_LEN => 3,
                _ => return None,
            };
            Some((rank, difference, word))
        })
        .collect();
    ranked.sort_unstable();
    ranked.truncate(MAX_SUGGESTIONS);
    ranked.into_iter().map(|(_, _, word)| word).collect()
}

/// Optimal string alignment distance; 3 stands for everything above 2.
fn edits(input: &[char], word: &str) -> u8 {
    if word.len().abs_diff(input.len()) > 2 {
        return 3;
    }
    let word: Vec<char> = word.chars().collect();
    let mut before: Vec<u8> = Vec::new();
    let mut above: Vec<u8> = (0..).take(word.len() + 1).collect();
    for (row, &letter) in input.iter().enumerate() {
        let mut current = Vec::with_capacity(word.len() + 1);
        current.push(u8::try_from(row + 1).unwrap_or(u8::MAX));
        for (column, &other) in word.iter().enumerate() {
            let at = |line: &[u8], place: usize| line.get(place).copied().unwrap_or(u8::MAX - 1);
            let mut best = at(&above, column).saturating_add(u8::from(letter != other));
            best = best.min(at(&above, column + 1).saturating_add(1));
            best = best.min(at(&current, column).saturating_add(1));
            if let (Some(last_row), Some(last_column)) = (row.checked_sub(1), column.checked_sub(1))
                && input.get(last_row) == Some(&other)
                && word.get(last_column) == Some(&letter)
            {
                best = best.min(at(&before, last_column).saturating_add(1));
            }
            current.push(best);
        }
        before = std::mem::replace(&mut above, current);
    }
    above.last().copied().unwrap_or(3).min(3)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn the_file_is_the_frozen_one() {
        let digest: [u8; 32] = Sha256::digest(FILE_V1.as_bytes()).into();
        assert_eq!(digest, SHA256_V1);
    }

    #[test]
    fn the_rules_hold() {
        assert_eq!(words().len(), LEN);
        assert!(WORDS.is_sorted_by(|a, b| a < b));
        for word in words() {
            assert!((3..=9).contains(&word.len()), "{word}");
            assert!(word.bytes().all(|b| b.is_ascii_lowercase()), "{word}");
        }
        assert!(FILE_V1.ends_with('\n') && !FILE_V1.contains('\r'));
    }

    #[test]
    fn hurtful_words_are_not_on_the_list() {
        // A sample of what the rules exclude, by kind; the rules are in README-wordlist.md.
        const HURTFUL: &str = "abuse alone aroused ashamed ass assault attack bare bathrobe beautiful \
            bedroom bitch blackmail blame blood bomb bondage breast bride bruise bully caress catcall \
            chain chest clothes coerce condom confess consent control corpse cream creamed cry cut \
            darling dead death dirty doubt douche dorm drown drug drunk dumb ejaculate escape evil \
            fat fear feeble flashback fondle fool force gag gay genital girl grab grope guilty gun \
            handsome hang harass hate hell hidden hit holding hurt hysteria idiot insane kill kiss \
            knife laugh legs lesbian lie lonely lust maim master mistress moan molest monkey mouth \
            murder naked nipple nude obedience obese odd orgasm pain panties penetrate penis pig \
            pimp poison police predator pregnant prey prison prude punish queer rape reptile \
            revenge romance scar scream secret seduce sex sexy shame shower shut sick silence \
            silent skank skirt slap slave sleazy sleep slut smile sorry spank sperm stab stalk \
            stupid suicide superior survivor sweetie tease tempt terror threat throat tied tongue \
            touch trap trauma trust ugly unbutton undress unhook unwanted vagina victim violate \
            virgin weak whip whisper whore witch witness worthless wound wrong boss dean director \
            professor teacher";
        for word in HURTFUL.split_whitespace() {
            assert_eq!(index(word), None, "{word}");
        }
    }

    #[test]
    fn no_two_words_are_within_one_edit() {
        // Two words within one insertion or deletion share a form with one letter less; within
        // one replacement or swap they are equal, or equal after the swap, on such forms.
        let all: HashSet<&str> = words().collect();
        let mut with_gap: HashSet<(usize, String)> = HashSet::new();
        for word in words() {
            for place in 0..word.len() {
                let shorter = format!("{}{}", &word[..place], &word[place + 1..]);
                assert!(!all.contains(shorter.as_str()), "{word} without one letter");
                assert!(
                    with_gap.insert((place, shorter)),
                    "{word} with one letter replaced"
                );
            }
            let mut letters: Vec<u8> = word.bytes().collect();
            for place in 1..letters.len() {
                letters.swap(place - 1, place);
                let swapped = std::str::from_utf8(&letters).unwrap();
                assert!(
                    swapped == word || !all.contains(swapped),
                    "{word} and {swapped}"
                );
                letters.swap(place - 1, place);
            }
        }
    }

    #[test]
    fn indices_and_words_agree() {
        for (place, word_there) in words().enumerate() {
            let place = u16::try_from(place).unwrap();
            assert_eq!(word(place), Some(word_there));
            assert_eq!(index(word_there), Some(place));
        }
        assert_eq!(word(7776), None);
    }

    #[test]
    fn suggestions_find_slips_and_beginnings() {
        assert_eq!(suggestions("abacsu").first(), Some(&"abacus"));
        assert_eq!(suggestions("zuchini").first(), Some(&"zucchini"));
        assert_eq!(suggestions("aardv").first(), Some(&"aardvark"));
        assert!(suggestions("").is_empty());
        assert!(suggestions("qqqqqqqq").is_empty());
        assert!(suggestions(&"a".repeat(10_000)).is_empty());
    }
}
