//! Finding words in a text however they are written there.
//!
//! Rather too much is found than too little: what is missed would be handed out.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// What stands between words, whatever it is and however much of it.
const SPACE: char = ' ';

/// Whether a character shows nothing and takes no room: it can stand within a word unseen.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{8}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Hands on what a character is compared as: nothing for a mark or what cannot be seen, several for
/// “ﬁ” or “ß”.
fn fold(c: char, mut give: impl FnMut(char)) {
    if is_invisible(c) {
        return;
    }
    if c.is_whitespace() {
        return give(SPACE);
    }
    decompose_compatible(c, |part| {
        let part = match part {
            '‘' | '’' | 'ʼ' | '′' => '\'',
            '“' | '”' => '"',
            '‐'..='―' | '−' => '-',
            part if part.is_whitespace() => SPACE,
            part => part,
        };
        // By way of capitals, so that “ß” is “ss” and “ς” is “σ”.
        part.to_uppercase()
            .flat_map(char::to_lowercase)
            .filter(|c| !is_combining_mark(*c) && !is_invisible(*c))
            .for_each(&mut give);
    });
}

/// A text as it is compared; each character with the place of the one that it comes from.
fn places(text: &str) -> Vec<(char, usize)> {
    let mut folded: Vec<(char, usize)> = Vec::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        fold(c, |c| {
            if c != SPACE || folded.last().is_none_or(|(last, _)| *last != SPACE) {
                folded.push((c, at));
            }
        });
    }
    folded
}

/// Words as they are looked for.
pub(super) fn plain(words: &str) -> Vec<char> {
    let folded: String = places(words).into_iter().map(|(c, _)| c).collect();
    folded.trim_matches(SPACE).chars().collect()
}

/// Replaces words that are as [`plain`] gives them, wherever they stand: whatever the case of their
/// letters, their accents, the form of their characters, the width of spaces, and what cannot be
/// seen between. Characters of the text are cut whole, with their marks.
pub(super) fn replace(text: &mut String, needle: &[char], with: &str) -> usize {
    let Some(more) = needle.len().checked_sub(1) else {
        return 0;
    };
    let folded = places(text);
    let mut out = String::with_capacity(text.len());
    // Up to where the text is written out, or left out.
    let (mut done, mut at, mut found) = (0, 0, 0);
    while let Some((window, (_, start))) = folded.get(at..=at + more).zip(folded.get(at)) {
        let is_there = window.iter().map(|(c, _)| c).eq(needle);
        // What is left of a character that is out already cannot begin another.
        let (Some((_, last)), Some(before), true) =
            (window.last(), text.get(done..*start), is_there)
        else {
            at += 1;
            continue;
        };
        out.push_str(before);
        out.push_str(with);
        let rest = text.get(*last..).unwrap_or_default();
        // The last character, and the marks that hang on it.
        let cut = rest
            .chars()
            .enumerate()
            .take_while(|(index, c)| *index == 0 || is_combining_mark(*c) || is_invisible(*c));
        done = last + cut.map(|(_, c)| c.len_utf8()).sum::<usize>();
        at += needle.len();
        found += 1;
    }
    if found > 0 {
        out.push_str(text.get(done..).unwrap_or_default());
        *text = out;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(text: &str, words: &str) -> String {
        let mut text = text.to_owned();
        replace(&mut text, &plain(words), "X");
        text
    }

    #[test]
    fn words_are_found_however_they_are_written() {
        for (text, words, left) in [
            ("a José b", "Jose\u{301}", "a X b"),
            ("a Jose\u{301} b", "José", "a X b"),
            ("Dr.  \n Smith!", "dr. smith", "X!"),
            ("Dr.\u{a0}Sm\u{200b}i\u{ad}th!", "Dr. Smith", "X!"),
            ("O’Brien said", "o'brien", "X said"),
            ("Mary‑Jane", "mary-jane", "X"),
            ("STRASSE Straße", "straße", "X X"),
            ("Ὀδυσσεύς", "ὈΔΥΣΣΕΎΣ", "X"),
            ("ﬁnn and Finn", "finn", "X and X"),
            ("查房时张三说", "张三", "查房时X说"),
            ("김하나 그리고", "김하나", "X 그리고"),
            ("ann annann", "ann", "X XX"),
            ("nobody here", "somebody", "nobody here"),
            ("anything", "", "anything"),
            ("", "word", ""),
        ] {
            assert_eq!(without(text, words), left, "{text:?} {words:?}");
        }
    }
}
