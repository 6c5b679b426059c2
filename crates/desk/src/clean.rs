//! Making text from a reporter harmless on a terminal and in a file name.
//!
//! Invariant: nothing that [`text`], [`line()`] or [`file_name`] returns can move the cursor,
//! change colours, reverse the direction of what follows, or hide.

use std::fmt::Write as _;

/// Whether a character is shown as its code point instead of itself.
///
/// Controls (C0, DEL, C1), everything that sets the direction of text, line and paragraph
/// separators, and what is invisible by itself. Joiners within words stay: several scripts need
/// them, and they do nothing to a terminal.
const fn is_harmful(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

fn push(out: &mut String, c: char) {
    if is_harmful(c) {
        // Writing to a string does not fail.
        let _ = write!(out, "<U+{:04X}>", u32::from(c));
    } else {
        out.push(c);
    }
}

/// Text of several lines: line breaks and tabs stay, everything harmful is spelt out.
#[must_use]
pub fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\n' => out.push('\n'),
            '\t' => out.push_str("    "),
            _ => push(&mut out, c),
        }
    }
    out
}

/// Text on one line: line breaks become spaces.
#[must_use]
pub fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            '\n' | '\t' => out.push(' '),
            '\r' => {}
            _ => push(&mut out, c),
        }
    }
    out
}

/// One line of at most `max` characters.
#[must_use]
pub fn short(text: &str, max: usize) -> String {
    let line = line(text);
    if line.chars().count() <= max {
        return line;
    }
    let mut out: String = line.chars().take(max.saturating_sub(1)).collect();
    out.push('…');
    out
}

/// Every line of a text behind a bar, so that no line of a reporter's can pass for one of the
/// desk's own.
#[must_use]
pub fn quoted(text_from_outside: &str) -> String {
    let mut out = String::new();
    for line in text(text_from_outside).lines() {
        out.push_str("  | ");
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// The longest file name, in bytes.
const MAX_NAME_LEN: usize = 120;

/// A name that is safe to create in any folder of Linux, macOS and Windows: no folders, no
/// controls, no leading point, no device name. `number` names what has no usable name.
#[must_use]
pub fn file_name(name: &str, number: usize) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut clean: String = last
        .chars()
        .filter(|c| !is_harmful(*c) && !matches!(c, '\u{200c}' | '\u{200d}'))
        .map(|c| match c {
            '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
            c if c.is_whitespace() => ' ',
            c => c,
        })
        .collect();
    clean = clean
        .trim_start_matches(['.', ' ', '-', '~'])
        .trim_end_matches(['.', ' '])
        .to_owned();
    let (stem, extension) = match clean.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 16 => (stem, format!(".{extension}")),
        _ => (clean.as_str(), String::new()),
    };
    let mut stem = stem.trim_end_matches(['.', ' ']).to_owned();
    while stem.len() + extension.len() > MAX_NAME_LEN && stem.pop().is_some() {}
    // Windows reserves these whatever follows the first point.
    let first = stem.split('.').next().unwrap_or_default().trim();
    let upper = first.to_ascii_uppercase();
    let numbered = |prefix: &str| {
        upper.strip_prefix(prefix).is_some_and(|rest| {
            let mut rest = rest.chars();
            matches!(
                (rest.next(), rest.next()),
                (Some('0'..='9' | '¹' | '²' | '³'), None)
            )
        })
    };
    if matches!(
        upper.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$"
    ) || numbered("COM")
        || numbered("LPT")
    {
        stem.insert(0, '_');
    }
    if stem.is_empty() {
        stem = format!("attachment-{number}");
    }
    stem + &extension
}

#[cfg(test)]
mod tests {
    use super::*;

    const NASTY: &[&str] = &[
        "\u{1b}[2J\u{1b}[H",
        "\u{1b}]0;title\u{7}",
        "\u{1b}]52;c;cm0gLXJmIH4=\u{7}",
        "\u{9b}31m",
        "\u{90}q\u{9c}",
        "abc\u{202e}gpj.exe",
        "\u{2066}x\u{2069}\u{200f}\u{61c}",
        "a\rb\u{8}\u{8}c\u{7f}",
        "\0\u{b}\u{c}\u{85}\u{2028}\u{2029}",
        "\u{feff}\u{200b}\u{e0041}\u{ad}",
    ];

    #[test]
    fn nothing_harmful_survives() {
        for nasty in NASTY {
            for clean in [text(nasty), line(nasty), short(nasty, 40), quoted(nasty)] {
                assert!(
                    !clean.chars().any(|c| is_harmful(c) && c != '\n'),
                    "{clean:?}"
                );
            }
            let name = file_name(nasty, 1);
            assert!(!name.chars().any(is_harmful), "{name:?}");
        }
        assert_eq!(text("\u{1b}[31m"), "<U+001B>[31m");
        assert_eq!(text("a\u{202e}b"), "a<U+202E>b");
        // What people write stays as it is.
        for plain in [
            "Ünïcödé 漢字 עברית العربية\n\nزمین\u{200c}لرزه",
            "👩\u{200d}⚕️",
        ] {
            assert_eq!(text(plain), plain);
        }
    }

    #[test]
    fn a_reporter_cannot_forge_a_line_of_the_desk() {
        let forged = "hello\r\nFrom: Dean\nState: closed";
        assert!(quoted(forged).lines().all(|line| line.starts_with("  | ")));
        assert_eq!(line("a\nState: closed"), "a State: closed");
    }

    #[test]
    fn names_stay_in_their_folder() {
        for (given, expected) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\system32\\evil.exe", "evil.exe"),
            (".bashrc", "bashrc"),
            ("..", "attachment-3"),
            ("", "attachment-3"),
            ("/", "attachment-3"),
            ("con", "_con"),
            ("NUL.txt", "_NUL.txt"),
            ("com1.tar.gz", "_com1.tar.gz"),
            ("comet.txt", "comet.txt"),
            ("a\u{202e}gpj.exe", "agpj.exe"),
            ("x\u{1b}[2J.png", "x[2J.png"),
            ("notes. . .", "notes"),
            ("-rf", "rf"),
            ("a:b?.pdf", "a_b_.pdf"),
            ("foto 1.JPG", "foto 1.JPG"),
        ] {
            assert_eq!(file_name(given, 3), expected, "{given:?}");
        }
        let long = file_name(&format!("{}.pdf", "é".repeat(400)), 1);
        assert!(long.len() <= MAX_NAME_LEN && long.ends_with(".pdf"));
    }
}
