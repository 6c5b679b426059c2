//! Files on this computer: to send, and to save.

use std::{
    fs,
    io::{self, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use candor_reporter::FileToSend;
use zeroize::Zeroizing;

use super::{
    failure::Failure,
    message::Message,
    screen::{Screen, clean_line},
    words,
};

/// What is said of a file that cannot be read.
pub fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let path = clean_line(&path.display().to_string());
    Failure::usage(
        words::CANNOT_READ.with(&[("path", &path), ("error", error)]),
        "",
    )
}

/// What is said of a file that cannot be written.
pub fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let path = clean_line(&path.display().to_string());
    Failure::usage(
        words::CANNOT_WRITE.with(&[("path", &path), ("error", error)]),
        "",
    )
}

/// A file that is to be sent; opened when it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its name, as the office will see it.
    pub name: String,
    /// Its length.
    pub size: u64,
}

impl LocalFile {
    /// Looks at a file.
    pub fn look(path: &Path) -> Result<Self, Failure> {
        let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        if !metadata.is_file() {
            return Err(unreadable(path, &io::Error::other(&*words::NOT_A_FILE)));
        }
        fs::File::open(path).map_err(|error| unreadable(path, &error))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self {
            path: path.to_owned(),
            name: name.into_owned(),
            size: metadata.len(),
        })
    }

    /// Its name for a terminal.
    pub fn shown_name(&self) -> String {
        clean_line(&self.name)
    }

    /// Opens it for sending.
    pub fn open(&self) -> Result<FileToSend, Failure> {
        let file = fs::File::open(&self.path).map_err(|error| unreadable(&self.path, &error))?;
        Ok(FileToSend::new(
            &self.name,
            media_type(&self.name),
            self.size,
            Box::new(file),
        ))
    }
}

/// The media type that a file's name suggests; the receiving side trusts nothing of it.
fn media_type(name: &str) -> &'static str {
    let ending = name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_lowercase());
    match ending.as_deref() {
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("heic") => "image/heic",
        Some("pdf") => "application/pdf",
        Some("txt") => "text/plain",
        Some("mp3") => "audio/mpeg",
        Some("m4a") => "audio/mp4",
        Some("mp4") => "video/mp4",
        Some("mov") => "video/quicktime",
        Some("docx") => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Some("pptx") => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        Some("odt") => "application/vnd.oasis.opendocument.text",
        Some("ods") => "application/vnd.oasis.opendocument.spreadsheet",
        Some("odp") => "application/vnd.oasis.opendocument.presentation",
        Some("ogg" | "oga") => "audio/ogg",
        Some("webm") => "video/webm",
        Some("zip") => "application/zip",
        _ => "application/octet-stream",
    }
}

/// Reads a text from a file, or from standard input for “-”. What is too long is refused, never cut.
pub fn read_text(path: &Path, most: u64) -> Result<Zeroizing<String>, Failure> {
    let text = read_whole(path, most)?;
    Ok(Zeroizing::new(text.trim_end().to_owned()))
}

/// The same, with what stands at its end.
pub fn read_whole(path: &Path, most: u64) -> Result<Zeroizing<String>, Failure> {
    let mut bytes = Zeroizing::new(Vec::new());
    // One byte more than fits, so that what is too long is noticed.
    let limit = most.saturating_add(1);
    if path == Path::new("-") {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    }
    .map_err(|error| unreadable(path, &error))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        let why = words::FILE_TOO_LONG.with(&[("most", &most)]);
        return Err(unreadable(path, &io::Error::other(why)));
    }
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| unreadable(path, &io::Error::other(&*words::NOT_TEXT)))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// A new file in a folder, under the best name that is free; never over another file.
#[derive(Debug)]
pub struct NewFile {
    path: PathBuf,
    file: fs::File,
}

impl NewFile {
    /// Creates it. Of `name`, only harmless characters are used.
    pub fn create(folder: &Path, name: &str) -> Result<Self, Failure> {
        let name = harmless(name);
        let (stem, ending) = match name.rsplit_once('.') {
            Some((stem, ending)) if !stem.is_empty() => (stem, format!(".{ending}")),
            _ => (name.as_str(), String::new()),
        };
        fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        for n in 1..1000 {
            let number = if n == 1 {
                String::new()
            } else {
                format!(" ({n})")
            };
            let path = folder.join(format!("{stem}{number}{ending}"));
            match fs::File::create_new(&path) {
                Ok(file) => return Ok(Self { path, file }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(unwritable(&path, &error)),
            }
        }
        let taken = io::Error::from(io::ErrorKind::AlreadyExists);
        Err(unwritable(&folder.join(&name), &taken))
    }

    /// Keeps it.
    pub fn keep(mut self) -> Result<PathBuf, Failure> {
        self.file
            .flush()
            .and_then(|()| self.file.sync_all())
            .map_err(|error| unwritable(&self.path, &error))?;
        Ok(self.path)
    }

    /// Removes it.
    pub fn discard(self) {
        drop(self.file);
        // It was only just created; if it cannot be removed, what it holds is not shown as saved.
        let _ = fs::remove_file(&self.path);
    }
}

/// A new file that only its owner may read, for what only its owner should know.
#[derive(Debug)]
pub struct PrivateFile {
    path: PathBuf,
    file: fs::File,
}

impl PrivateFile {
    /// Creates it; never over another file.
    pub fn create(path: &Path) -> Result<Self, Failure> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        match options.open(path) {
            Ok(file) => Ok(Self {
                path: path.to_owned(),
                file,
            }),
            Err(error) => Err(unwritable(path, &error)),
        }
    }

    /// Writes from its beginning, down to the disk.
    pub fn write(&mut self, text: &str) -> Result<(), Failure> {
        self.file
            .rewind()
            .and_then(|()| self.file.write_all(text.as_bytes()))
            .and_then(|()| self.file.sync_all())
            .map_err(|error| unwritable(&self.path, &error))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes it.
    pub fn discard(self) {
        drop(self.file);
        // What it holds is worth nothing then; if it stays, it stays.
        let _ = fs::remove_file(&self.path);
    }
}

/// Warns, in these words, of a file that others on this computer can read.
pub fn warn_if_open(path: &Path, screen: &Screen, words: Message) {
    if path != Path::new("-") && is_open_to_others(path) {
        let path = clean_line(&path.display().to_string());
        screen.say(&words.with(&[("path", &path)]));
    }
}

/// Whether others on this computer can read a file.
#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

/// Whether others on this computer can read a file: not known here.
#[cfg(not(unix))]
const fn is_open_to_others(_: &Path) -> bool {
    false
}

/// Whether files of this kind often say where, when and with what they were made.
pub fn carries_details(name: &str) -> bool {
    !matches!(media_type(name), "text/plain")
}

impl io::Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file name made of a name from outside: no path, no hidden file, nothing that a system takes
/// for something else.
fn harmless(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last
        .chars()
        .map(|c| match c {
            c if c.is_alphanumeric() => c,
            '.' | '-' | '_' | ' ' => c,
            _ => '_',
        })
        .take(100)
        .collect();
    let plain = plain.trim_matches([' ', '.']);
    let stem = plain.split('.').next().unwrap_or_default().to_lowercase();
    let reserved = matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
        || ((stem.starts_with("com") || stem.starts_with("lpt")) && stem.len() == 4);
    match plain {
        "" => "file".to_owned(),
        _ if reserved => format!("_{plain}"),
        _ => plain.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_outside_are_made_harmless() {
        for (name, expected) in [
            ("letter.pdf", "letter.pdf"),
            ("../../etc/passwd", "passwd"),
            ("..\\..\\evil.exe", "evil.exe"),
            (".bashrc", "bashrc"),
            ("a\u{202e}b\n.txt", "a_b_.txt"),
            ("CON.txt", "_CON.txt"),
            ("..", "file"),
            ("", "file"),
            ("naïve Übung.txt", "naïve Übung.txt"),
        ] {
            assert_eq!(harmless(name), expected, "{name:?}");
        }
    }

    #[test]
    fn a_file_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let write = |text: &str| {
            let mut file = NewFile::create(folder.path(), "x/../a.txt").unwrap();
            file.write_all(text.as_bytes()).unwrap();
            file.keep().unwrap()
        };
        let (one, two) = (write("one"), write("two"));
        assert_eq!(fs::read_to_string(one).unwrap(), "one");
        assert!(two.ends_with("a (2).txt"));
        NewFile::create(folder.path(), "gone").unwrap().discard();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_text_that_is_too_long_is_refused_and_never_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text");
        fs::write(&path, "12345").unwrap();
        assert_eq!(*read_text(&path, 5).unwrap(), "12345");
        // One byte too many: white space, or half of a letter.
        for text in ["1234 \n\n and more", "1234éé"] {
            fs::write(&path, text).unwrap();
            let failure = read_text(&path, 5).unwrap_err();
            assert!(failure.what().contains("longer than"), "{failure}");
        }
    }

    #[test]
    fn only_files_can_be_sent() {
        let folder = tempfile::tempdir().unwrap();
        assert!(LocalFile::look(folder.path()).is_err());
        assert!(LocalFile::look(&folder.path().join("none")).is_err());
        let path = folder.path().join("Bild.JPG");
        fs::write(&path, b"12345").unwrap();
        let file = LocalFile::look(&path).unwrap();
        assert_eq!((file.name.as_str(), file.size), ("Bild.JPG", 5));
        assert_eq!(media_type(&file.name), "image/jpeg");
    }
}
