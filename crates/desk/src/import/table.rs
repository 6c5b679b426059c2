//! A table out of the bytes of a CSV file.
//!
//! Evaluation systems write CSV in many ways: with and without a byte order mark, in Windows-1252
//! or UTF-16, with commas, semicolons or tabs. All of it is found out from the bytes; what was
//! found out is shown, and can be said instead. A file is UTF-8 as long as most of what is not ASCII
//! in it is: a bad byte must not garble every other row.
//!
//! Invariant: a row that is broken is reported with its line and spoils no other; every cell is
//! text, whatever a spreadsheet would make of it.

use std::{borrow::Cow, fmt, str::FromStr};

use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};
use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};
use zeroize::Zeroizing;

use crate::failure::{Failure, Outcome};

/// The most bytes of a file.
pub const MAX_LEN: usize = 32 << 20;
/// The most rows of a file.
pub const MAX_ROWS: usize = 20_000;
const MAX_COLUMNS: usize = 256;
/// How many rows with a wrong quotation mark are reported before the whole is given up: behind each
/// of them the file is read anew.
const MAX_OPEN: usize = 500;
/// How many rows say what separates the columns.
const SAMPLE: usize = 25;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// How the characters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, as some programs call “Unicode text”.
    Utf16,
    /// Windows-1252, as spreadsheets in western languages write it.
    Windows1252,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
            Self::Windows1252 => "windows-1252",
        })
    }
}

impl FromStr for Encoding {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "utf-8" => Ok(Self::Utf8),
            "utf-16" => Ok(Self::Utf16),
            "windows-1252" => Ok(Self::Windows1252),
            _ => Err("it is none of utf-8, utf-16 and windows-1252".to_owned()),
        }
    }
}

/// What stands between two columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delimiter {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// A tab.
    Tab,
}

impl Delimiter {
    const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

impl fmt::Display for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
        })
    }
}

impl FromStr for Delimiter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|one| one.to_string() == text)
            .ok_or_else(|| "it is none of comma, semicolon and tab".to_owned())
    }
}

/// What is known beforehand about a file; the rest is found out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// How its characters are written.
    pub encoding: Option<Encoding>,
    /// What separates its columns.
    pub delimiter: Option<Delimiter>,
}

/// A row.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// As many cells as there are headings.
    pub cells: Vec<Zeroizing<String>>,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Row(line {}, ..)", self.line)
    }
}

/// A row that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// Why, without anything of what it says.
    pub why: String,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The words of the first row, each different.
    pub headings: Vec<String>,
    /// The rows below that can be read.
    pub rows: Vec<Row>,
    /// Those that cannot.
    pub broken: Vec<Broken>,
    /// How the characters are written.
    pub encoding: Encoding,
    /// What separates the columns.
    pub delimiter: Delimiter,
}

impl Table {
    /// Reads a file.
    ///
    /// # Errors
    /// If it is no table at all: too long, a workbook, without rows.
    pub fn read(bytes: &[u8], form: Form) -> Outcome<Self> {
        if bytes.len() > MAX_LEN {
            return Err(Failure::usage(
                format!("The file is larger than {} MiB.", MAX_LEN >> 20),
                "Divide it into several files, each with the headings as its first row.",
            ));
        }
        refuse_workbook(bytes)?;
        let (encoding, text) = decode(bytes, form.encoding);
        let (said, body, lines_before) = without_hint(&text);
        let delimiter = form
            .delimiter
            .or(said)
            .unwrap_or_else(|| find_delimiter(body));
        let mut scan = Scan {
            body,
            at: 0,
            lines: lines_before,
            delimiter,
        };
        let mut found = Self {
            headings: Vec::new(),
            rows: Vec::new(),
            broken: Vec::new(),
            encoding,
            delimiter,
        };
        let mut open = 0;
        while let Some(step) = scan.next() {
            let (line, record) = match step {
                Step::Record(line, record) => (line, record),
                Step::Open(line) => {
                    open += 1;
                    if open > MAX_OPEN || found.headings.is_empty() {
                        return Err(not_a_table());
                    }
                    found.broken.push(Broken {
                        line,
                        why: "a quotation mark is not closed, or text follows a closed one"
                            .to_owned(),
                    });
                    continue;
                }
            };
            if found.headings.is_empty() {
                found.headings = headings(&record, encoding)?;
                continue;
            }
            match found.row(line, &record) {
                Ok(row) => found.rows.push(row),
                Err(why) => found.broken.push(Broken { line, why }),
            }
            if found.rows.len() + found.broken.len() > MAX_ROWS {
                return Err(Failure::usage(
                    format!("The file has more than {MAX_ROWS} rows."),
                    "Divide it into several files, each with the headings as its first row.",
                ));
            }
        }
        if found.headings.is_empty() || (found.rows.is_empty() && found.broken.is_empty()) {
            return Err(Failure::usage(
                "The file has no rows below its headings.",
                "Export it again; its first row has to name the columns.",
            ));
        }
        Ok(found)
    }

    fn row(&self, line: u64, record: &ByteRecord) -> Result<Row, String> {
        let wanted = self.headings.len();
        // Some programs add empty columns at the end.
        let surplus = record.iter().skip(wanted).any(|cell| !cell.is_empty());
        if surplus || record.len() < wanted {
            return Err(format!(
                "it has {} columns instead of {wanted}",
                record.len()
            ));
        }
        let cells = record
            .iter()
            .take(wanted)
            .map(|cell| words(cell, self.encoding).map(Zeroizing::new))
            .collect::<Result<_, _>>()?;
        Ok(Row { line, cells })
    }

    /// The column with this heading.
    #[must_use]
    pub fn column(&self, heading: &str) -> Option<usize> {
        self.headings.iter().position(|known| known == heading)
    }
}

fn not_a_table() -> Failure {
    Failure::usage(
        "The file cannot be read as a table: its quotation marks do not fit.",
        "Export it again as CSV; or say by hand what separates the columns.",
    )
}

/// What people choose by mistake.
fn refuse_workbook(bytes: &[u8]) -> Outcome {
    let what = if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        "The file is a workbook of a spreadsheet program, not a CSV file."
    } else if bytes.starts_with(b"%PDF") {
        "The file is a PDF, not a CSV file."
    } else {
        return Ok(());
    };
    Err(Failure::usage(
        what,
        "Open it in that program and save it as “CSV (UTF-8)”, then choose that file.",
    ))
}

/// The bytes in an encoding in which commas and line ends are single bytes.
fn decode(bytes: &[u8], wanted: Option<Encoding>) -> (Encoding, Cow<'_, [u8]>) {
    let wide = match bytes {
        [0xff, 0xfe, ..] => Some(UTF_16LE),
        [0xfe, 0xff, ..] => Some(UTF_16BE),
        _ => None,
    };
    let wide = wide.or_else(|| (wanted == Some(Encoding::Utf16)).then_some(UTF_16LE));
    if let Some(wide) = wide.filter(|_| wanted.is_none_or(|wanted| wanted == Encoding::Utf16)) {
        let (text, _) = wide.decode_with_bom_removal(bytes);
        return (Encoding::Utf16, Cow::Owned(text.into_owned().into_bytes()));
    }
    let bare = bytes.strip_prefix(BOM);
    let encoding = wanted.unwrap_or_else(|| {
        if bare.is_some() || is_mostly_utf8(bytes) {
            Encoding::Utf8
        } else {
            Encoding::Windows1252
        }
    });
    (encoding, Cow::Borrowed(bare.unwrap_or(bytes)))
}

/// Whether more of the characters beyond ASCII are UTF-8 than are not. Text in Windows-1252 has
/// next to none that happen to be.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    bad == 0 || good > bad
}

/// One cell as text.
fn words(cell: &[u8], encoding: Encoding) -> Result<String, String> {
    let text = match encoding {
        Encoding::Utf8 | Encoding::Utf16 => std::str::from_utf8(cell)
            .map_err(|_| "it has characters that are not UTF-8".to_owned())?
            .to_owned(),
        Encoding::Windows1252 => WINDOWS_1252
            .decode_without_bom_handling(cell)
            .0
            .into_owned(),
    };
    if text.contains('\u{fffd}') && encoding == Encoding::Utf16 {
        return Err("it has characters that are not UTF-16".to_owned());
    }
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// `sep=;` as a first line is for spreadsheets.
fn without_hint(text: &[u8]) -> (Option<Delimiter>, &[u8], u64) {
    for delimiter in Delimiter::ALL {
        let hint = [b"sep=".as_slice(), &[delimiter.byte()]].concat();
        let Some((first, rest)) = text.split_at_checked(hint.len()) else {
            continue;
        };
        if first.eq_ignore_ascii_case(&hint) {
            let rest = rest.strip_prefix(b"\r").unwrap_or(rest);
            if let Some(rest) = rest.strip_prefix(b"\n") {
                return (Some(delimiter), rest, 1);
            }
        }
    }
    (None, text, 0)
}

fn reader(body: &[u8], delimiter: Delimiter) -> Reader<&[u8]> {
    ReaderBuilder::new()
        .delimiter(delimiter.byte())
        .has_headers(false)
        .flexible(true)
        .terminator(Terminator::CRLF)
        .from_reader(body)
}

/// What makes the most rows of one width.
fn find_delimiter(body: &[u8]) -> Delimiter {
    let score = |delimiter: Delimiter| {
        let widths: Vec<usize> = reader(body, delimiter)
            .into_byte_records()
            .take(SAMPLE)
            .filter_map(|record| Some(record.ok()?.len()))
            .collect();
        let Some(first) = widths.first().copied() else {
            return (0, 0);
        };
        let same = widths.iter().filter(|width| **width == first).count();
        if first > 1 { (same, first) } else { (0, same) }
    };
    let mut best = Delimiter::Comma;
    for one in Delimiter::ALL {
        if score(one) > score(best) {
            best = one;
        }
    }
    best
}

/// The headings, each with words of its own.
fn headings(record: &ByteRecord, encoding: Encoding) -> Outcome<Vec<String>> {
    if record.len() > MAX_COLUMNS {
        return Err(Failure::usage(
            format!("The first row has more than {MAX_COLUMNS} columns."),
            "Export only the columns that are needed.",
        ));
    }
    let mut found: Vec<String> = Vec::new();
    for (index, cell) in record.iter().enumerate() {
        let bare = words(cell, encoding).map_err(|why| {
            Failure::usage(
                format!("The headings cannot be read: {why}."),
                "Export the file again as CSV in UTF-8; or say by hand how its characters are \
                 written.",
            )
        })?;
        let bare = bare.split_whitespace().collect::<Vec<_>>().join(" ");
        let bare = if bare.is_empty() {
            format!("Column {}", index + 1)
        } else {
            bare
        };
        let mut name = bare.clone();
        let mut n = 1;
        while found.contains(&name) {
            n += 1;
            name = format!("{bare} ({n})");
        }
        found.push(name);
    }
    Ok(found)
}

enum Step {
    Record(u64, ByteRecord),
    /// A row whose quotation marks do not fit, so that where it ends is anybody's guess.
    Open(u64),
}

/// Goes through the rows. Behind one whose quotation marks do not fit it goes on at the next line,
/// so that what follows is not swallowed.
struct Scan<'a> {
    body: &'a [u8],
    at: usize,
    /// Lines before `at`.
    lines: u64,
    delimiter: Delimiter,
}

impl Scan<'_> {
    fn next(&mut self) -> Option<Step> {
        loop {
            let rest = self.body.get(self.at..)?;
            let first = line_len(rest);
            let line = self.lines + 1;
            if first == 0 {
                return None;
            }
            let raw = rest.get(..first)?;
            if raw.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
                self.advance(first);
                continue;
            }
            let Some(len) = record_len(rest, self.delimiter.byte()) else {
                self.advance(first);
                return Some(Step::Open(line));
            };
            let raw = rest.get(..len)?;
            self.advance(len);
            let mut record = ByteRecord::new();
            // Reading from memory does not fail, and rows may have any width.
            if !reader(raw, self.delimiter)
                .read_byte_record(&mut record)
                .unwrap_or(false)
            {
                continue;
            }
            // Rows of nothing but delimiters stand at the end of many exports.
            if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                continue;
            }
            return Some(Step::Record(line, record));
        }
    }

    fn advance(&mut self, len: usize) {
        let passed = self.body.get(self.at..self.at + len).unwrap_or_default();
        // A line ends with \n, or with an \r that no \n follows.
        let mut bytes = passed.iter().peekable();
        while let Some(byte) = bytes.next() {
            let ends = *byte == b'\n' || (*byte == b'\r' && bytes.peek() != Some(&&b'\n'));
            self.lines += u64::from(ends);
        }
        self.at += len;
    }
}

/// How long the first line is, its end included.
fn line_len(bytes: &[u8]) -> usize {
    match bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
        Some(end) if bytes.get(end..end + 2) == Some(b"\r\n") => end + 2,
        Some(end) => end + 1,
        None => bytes.len(),
    }
}

/// How long the first row is, its end included; nothing if a quotation mark is not closed, or
/// something other than a delimiter follows a closed one.
fn record_len(bytes: &[u8], delimiter: u8) -> Option<usize> {
    let mut at = 0;
    loop {
        if bytes.get(at) == Some(&b'"') {
            at += 1;
            loop {
                at += memchr::memchr(b'"', bytes.get(at..)?)? + 1;
                if bytes.get(at) != Some(&b'"') {
                    break;
                }
                at += 1;
            }
        } else {
            let is_end = |byte: &u8| *byte == delimiter || matches!(byte, b'\r' | b'\n');
            at += bytes
                .get(at..)?
                .iter()
                .position(is_end)
                .unwrap_or(bytes.len() - at);
        }
        match bytes.get(at) {
            None => return Some(at),
            Some(b'\r' | b'\n') => return Some(at + line_len(bytes.get(at..)?)),
            Some(byte) if *byte == delimiter => at += 1,
            Some(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests;
