//! The conversation with the person at the terminal: wrapped lines out, answered lines in.
//!
//! Talk goes to standard error, so that standard output holds results alone. Invariant: no text
//! from outside reaches the terminal with a character that could steer it.

use std::io::{self, BufRead as _, Write as _};

use tokio::task::JoinHandle;
use unicode_width::UnicodeWidthChar as _;
use zeroize::Zeroizing;

use super::{bidi, words};

/// Why there is no line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoLine {
    /// Ctrl-C.
    Interrupted,
    /// Standard input ended.
    Ended,
}

/// What was typed where a text is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// The text, perhaps empty.
    Text(Zeroizing<String>),
    /// The step before is wanted.
    Back,
    /// Help is wanted.
    Help,
}

type Line = Option<Zeroizing<String>>;

/// The terminal, or the pipe in its place.
pub struct Screen {
    width: usize,
    pending: Option<JoinHandle<Line>>,
}

impl Screen {
    const NARROWEST: usize = 24;
    const WIDEST: usize = 88;

    /// The terminal at hand.
    pub fn new() -> Self {
        let columns = terminal_size::terminal_size_of(io::stderr())
            .or_else(terminal_size::terminal_size)
            .map_or(80, |(width, _)| usize::from(width.0));
        Self {
            width: columns.clamp(Self::NARROWEST, Self::WIDEST),
            pending: None,
        }
    }

    /// How many columns to fill.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Shows a paragraph, or several, and an empty line after it.
    pub fn say(&self, text: &str) {
        self.show(text, 0);
        self.put("\n");
    }

    /// Shows lines without an empty line after them.
    pub fn line(&self, text: &str) {
        self.show(text, 0);
    }

    /// Shows lines set in by some columns.
    pub fn indented(&self, text: &str, indent: usize) {
        self.show(text, indent);
    }

    /// Shows a numbered entry; what follows the first line is set in below it.
    pub fn entry(&self, number: usize, text: &str) {
        let label = format!("{number:>3}  ");
        let indent = label.len();
        let wrapped = wrap(text, self.width.saturating_sub(indent));
        for (index, line) in wrapped.iter().enumerate() {
            let start = if index == 0 {
                label.clone()
            } else {
                " ".repeat(indent)
            };
            self.put(&format!("{start}{line}\n"));
        }
    }

    /// Shows a line that the next one replaces, if there is a terminal to do so on.
    pub fn passing(&self, text: &str) {
        self.progress().passing(text);
    }

    /// For such lines from elsewhere while the screen is in use.
    pub fn progress(&self) -> ProgressLine {
        ProgressLine { width: self.width }
    }

    fn show(&self, text: &str, indent: usize) {
        for line in wrap(text, self.width.saturating_sub(indent)) {
            self.put(&format!("{}{line}\n", " ".repeat(indent)));
        }
    }

    fn put(&self, text: &str) {
        put(text);
    }

    /// Asks and reads one line, without its end.
    pub async fn ask(&mut self, question: &str) -> Result<Zeroizing<String>, NoLine> {
        let mut lines = wrap(question, self.width.saturating_sub(2));
        let last = lines.pop().unwrap_or_default();
        for line in lines {
            self.put(&format!("{line}\n"));
        }
        self.put(&format!("{last} "));
        let line = self.read().await;
        if line == Err(NoLine::Interrupted) {
            self.put("\n");
        }
        line
    }

    /// Asks; Ctrl-C asks whether to stop, and then asks again.
    pub async fn ask_unless_stopped(
        &mut self,
        question: &str,
    ) -> Result<Zeroizing<String>, NoLine> {
        loop {
            match self.ask(question).await {
                Err(NoLine::Interrupted) => self.stop_or_go_on().await?,
                other => return other,
            }
        }
    }

    /// Reads lines up to one that holds only a full stop, or to the end of input. On the first
    /// line, `<` and `?` by themselves have their usual meaning.
    pub async fn read_text(&mut self) -> Result<Typed, NoLine> {
        let mut text = Zeroizing::new(String::new());
        loop {
            match self.read().await {
                Ok(line) if is_end(&line) => break,
                Ok(line) if text.is_empty() && line.trim() == "<" => return Ok(Typed::Back),
                Ok(line) if text.is_empty() && matches!(line.trim(), "?" | "？") => {
                    return Ok(Typed::Help);
                }
                Ok(line) => {
                    text.push_str(&line);
                    text.push('\n');
                }
                Err(NoLine::Ended) => break,
                Err(NoLine::Interrupted) => {
                    self.put("\n");
                    self.stop_or_go_on().await?;
                }
            }
        }
        Ok(Typed::Text(Zeroizing::new(text.trim().to_owned())))
    }

    async fn stop_or_go_on(&mut self) -> Result<(), NoLine> {
        match self.yes(&words::STOP_ASK).await {
            Ok(false) => Ok(()),
            _ => Err(NoLine::Interrupted),
        }
    }

    /// Reads one line. A read that Ctrl-C interrupted goes on: the next call takes its line.
    pub async fn read(&mut self) -> Result<Zeroizing<String>, NoLine> {
        let handle = self
            .pending
            .get_or_insert_with(|| tokio::task::spawn_blocking(read_line));
        tokio::select! {
            biased;
            _ = tokio::signal::ctrl_c() => Err(NoLine::Interrupted),
            line = &mut *handle => {
                self.pending = None;
                line.ok().flatten().ok_or(NoLine::Ended)
            }
        }
    }

    /// Asks for yes or no. An empty line means no.
    pub async fn yes(&mut self, question: &str) -> Result<bool, NoLine> {
        let line = self.ask(question).await?;
        Ok(words::is_yes(&line))
    }
}

/// Whether a line holds only a full stop, as a keyboard has it.
fn is_end(line: &str) -> bool {
    matches!(line.trim(), "." | "。" | "．" | "۔")
}

fn put(text: &str) {
    let mut out = io::stderr().lock();
    // Without a standard error there is nobody to tell.
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// A line that the next one replaces.
#[derive(Clone, Copy, Debug)]
pub struct ProgressLine {
    width: usize,
}

impl ProgressLine {
    /// Shows it, if there is a terminal to do so on.
    pub fn passing(&self, text: &str) {
        use io::IsTerminal as _;
        if io::stderr().is_terminal() {
            let blank = " ".repeat(self.width.saturating_sub(1));
            put(&format!("\r{blank}\r{}", clean_line(text)));
        }
    }
}

/// The longest line that is read.
const MAX_LINE: u64 = 1 << 20;

fn read_line() -> Line {
    use io::Read as _;
    let mut line = Zeroizing::new(Vec::new());
    let read = io::stdin()
        .lock()
        .take(MAX_LINE)
        .read_until(b'\n', &mut line);
    if !matches!(read, Ok(n) if n > 0) {
        return None;
    }
    while matches!(line.last(), Some(b'\n' | b'\r')) {
        line.pop();
    }
    Some(Zeroizing::new(String::from_utf8_lossy(&line).into_owned()))
}

/// Takes out of a text what could steer a terminal or turn the direction of writing: control
/// characters but the line break, and the invisible marks of Unicode. A tab becomes a space.
pub fn clean(text: &str) -> String {
    clean_but(text, |_| false)
}

fn clean_but(text: &str, spared: impl Fn(char) -> bool) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\n' => Some(c),
            c if spared(c) => Some(c),
            '\u{fdd0}'..='\u{fdef}' => None,
            '\t' | '\u{a0}' => Some(' '),
            '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}' => None,
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect()
}

/// The same for what has to be one line.
pub fn clean_line(text: &str) -> String {
    clean(text).replace('\n', " ")
}

/// Cleans a text and breaks it into lines of at most `width` columns, at spaces where it can.
/// Where the direction of writing changes, it is kept apart.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut all = Vec::new();
    // What comes from outside was cleaned when it was put in; the marks that are left are ours.
    for paragraph in clean_but(text, bidi::is_mark).split('\n') {
        let mut lines: Vec<String> = Vec::new();
        let mut line = String::new();
        for word in paragraph.split_inclusive(' ') {
            let bare = word.trim_end_matches(' ');
            // A long run of a writing without spaces is broken where the line ends.
            let breaks_anywhere = columns(bare) > width && bare.chars().any(|c| width_of(c) > 1);
            if !line.is_empty() && columns(&line) + columns(bare) > width && !breaks_anywhere {
                lines.push(line.trim_end().to_owned());
                line = String::new();
            }
            for c in word.chars() {
                if !c.is_whitespace() && columns(&line) + width_of(c) > width {
                    let carried = if begins_no_line(c) { line.pop() } else { None };
                    lines.push(std::mem::take(&mut line));
                    line.extend(carried);
                }
                line.push(c);
            }
        }
        lines.push(line.trim_end().to_owned());
        bidi::finish(&mut lines);
        all.append(&mut lines);
    }
    all
}

fn width_of(c: char) -> usize {
    if bidi::is_mark(c) {
        0
    } else {
        c.width().unwrap_or(0)
    }
}

fn columns(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

/// Punctuation that a language without spaces does not begin a line with.
const fn begins_no_line(c: char) -> bool {
    matches!(
        c,
        '。' | '，' | '、' | '；' | '：' | '？' | '！' | '）' | '”' | '》'
    )
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        let hostile = "a\x1b[2Jb\x07\u{9b}31mc\u{202e}d\u{2066}e\u{feff}\r\u{200b}f\u{2028}\tg\nh\u{61c}\u{ad}";
        assert_eq!(clean(hostile), "a[2Jb31mcdef g\nh");
        assert_eq!(clean_line("a\nb\u{85}"), "a b");
        assert_eq!(clean("naïve — “Übung” 日本 👩"), "naïve — “Übung” 日本 👩");
    }

    #[test]
    fn lines_fit_and_lose_nothing() {
        let text = "Who will read this is decided before anything is sealed, and shown to you.";
        for width in 1..90 {
            let lines = wrap(text, width);
            assert!(lines.iter().all(|line| line.width() <= width), "{width}");
            let squeezed: String = lines.concat().split(' ').collect();
            assert_eq!(squeezed, text.split(' ').collect::<String>(), "{width}");
        }
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("one\n\ntwo", 9), ["one", "", "two"]);
        assert_eq!(wrap("", 9), [""]);
    }

    #[test]
    fn wide_characters_count_for_two_columns() {
        assert_eq!(wrap("日本語日本語", 4), ["日本", "語日", "本語"]);
    }
}
