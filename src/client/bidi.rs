//! Writing from right to left beside writing from left to right.
//!
//! A text of the other direction would drag what stands beside it out of order (Unicode Standard
//! Annex 9). Here it is kept apart by isolates. Between this module and the end of a line, the
//! isolates are stood for by noncharacters, which no text from outside may bring along:
//! [`clean`](super::screen::clean) removes them.
//!
//! Invariant: what [`finish`] gives closes on every line what it opens there, and opens no more.

use zeroize::Zeroizing;

use super::language::tongue;

/// Stands for the beginning of what is kept apart.
const OPEN: char = '\u{fdd0}';
/// Stands for its end.
const CLOSE: char = '\u{fdd1}';
/// First strong isolate: the direction is that of the first letter.
const FSI: char = '\u{2068}';
/// Right-to-left isolate.
const RLI: char = '\u{2067}';
/// Pop directional isolate.
const PDI: char = '\u{2069}';

/// Whether a character is one of the marks that stand for isolates.
pub const fn is_mark(c: char) -> bool {
    matches!(c, OPEN | CLOSE)
}

/// A text without the marks, for programs to read.
pub fn without_marks(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.chars().filter(|c| !is_mark(*c)).collect())
}

/// Whether a letter is written from right to left.
pub const fn is_right_to_left(c: char) -> bool {
    matches!(c,
        '\u{590}'..='\u{8ff}'
        | '\u{fb1d}'..='\u{fdcf}'
        | '\u{fdf0}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefe}'
        | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}')
}

/// A value in the middle of a sentence, kept apart if it runs against the sentence.
pub fn apart(value: &str) -> String {
    let against = if tongue().is_right_to_left() {
        value
            .chars()
            .any(|c| c.is_alphabetic() && !is_right_to_left(c))
    } else {
        value.chars().any(is_right_to_left)
    };
    if !against {
        return value.to_owned();
    }
    // Each line by itself, since an isolate ends with its line.
    let lines = value.split('\n').map(|line| format!("{OPEN}{line}{CLOSE}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Puts isolates for the marks of one paragraph that was broken into lines, and around every line
/// that runs from right to left.
pub fn finish(lines: &mut [String]) {
    let mut open = 0_usize;
    for line in lines {
        let whole = line.chars().any(is_right_to_left);
        if open == 0 && !whole && !line.chars().any(is_mark) {
            continue;
        }
        let mut finished = String::with_capacity(line.len() + 12);
        if whole {
            finished.push(if tongue().is_right_to_left() {
                RLI
            } else {
                FSI
            });
        }
        finished.extend(std::iter::repeat_n(FSI, open));
        for c in line.chars() {
            match c {
                OPEN => {
                    open += 1;
                    finished.push(FSI);
                }
                // Nothing is closed that was not opened.
                CLOSE if open == 0 => {}
                CLOSE => {
                    open -= 1;
                    finished.push(PDI);
                }
                c => finished.push(c),
            }
        }
        finished.extend(std::iter::repeat_n(PDI, open + usize::from(whole)));
        *line = finished;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(text: &str) -> Vec<String> {
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        finish(&mut lines);
        lines
    }

    fn is_balanced(line: &str) -> bool {
        let mut depth = 0_i32;
        for c in line.chars() {
            depth += match c {
                FSI | RLI => 1,
                PDI => -1,
                _ => 0,
            };
            if depth < 0 {
                return false;
            }
        }
        depth == 0
    }

    #[test]
    fn a_name_from_right_to_left_does_not_disturb_the_line_around_it() {
        let line = format!("File 1: {} (2 KiB)", apart("صورة.jpg"));
        assert_eq!(
            finished(&line),
            ["\u{2068}File 1: \u{2068}صورة.jpg\u{2069} (2 KiB)\u{2069}"]
        );
        assert_eq!(apart("picture.jpg"), "picture.jpg");
        assert_eq!(finished("File 1: picture.jpg"), ["File 1: picture.jpg"]);
    }

    #[test]
    fn every_line_closes_what_it_opens() {
        for text in [
            format!("a {}", apart("سطر\nسطر ثان")),
            format!("{OPEN}abc\ndef{CLOSE} g"),
            format!("{CLOSE}{CLOSE}abc{OPEN}"),
            format!("{OPEN}{OPEN}ا{CLOSE}\nb\nc"),
        ] {
            for line in finished(&text) {
                assert!(is_balanced(&line), "{line:?}");
                assert!(!line.chars().any(is_mark), "{line:?}");
            }
        }
    }
}
