//! Files: sealing those of a reply, and saving those of a case on demand.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use candor_sealing::{
    HybridIdentity, HybridRecipient,
    attachment::{AttachError, AttachmentOpener, AttachmentRef, AttachmentSealer, DetachError},
};
use candor_wire::{ProblemType, sizes::MAX_CELLS};
use rand::rngs::OsRng;

use crate::{
    audience::Audience,
    case::Case,
    clean,
    desk::Desk,
    failure::{Failure, Outcome, Reason},
    home, informal,
    outbox::Cell,
    prompt,
    relay::RelayClient,
    view,
};

/// Media types by ending; whatever else is bytes.
const MEDIA_TYPES: &[(&str, &str)] = &[
    ("csv", "text/csv"),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("gif", "image/gif"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("md", "text/plain"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("txt", "text/plain"),
    ("webp", "image/webp"),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
];

fn media_type(path: &Path) -> &'static str {
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    MEDIA_TYPES
        .iter()
        .find(|(known, _)| *known == ending)
        .map_or("application/octet-stream", |(_, media_type)| media_type)
}

/// A file to send along.
pub struct Outgoing {
    /// Its name.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its bytes.
    pub content: Box<dyn Read + Send>,
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Outgoing(.., {} bytes)", self.size)
    }
}

/// Opens files to send along.
///
/// # Errors
/// If one cannot be read.
pub fn open_files(paths: &[PathBuf]) -> Outcome<Vec<Outgoing>> {
    let open = |path: &PathBuf| {
        let cannot = |error: &io::Error| Failure::file("Cannot read", path, error);
        let file = File::open(path).map_err(|error| cannot(&error))?;
        let size = file.metadata().map_err(|error| cannot(&error))?.len();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let content = Box::new(file);
        Ok(Outgoing {
            name,
            size,
            content,
        })
    };
    paths.iter().map(open).collect()
}

/// Seals files for the reporter and the offices of an audience.
///
/// # Errors
/// If a file cannot be read or is too large.
pub fn seal_files(
    desk: &Desk,
    case: &Case,
    audience: &Audience,
    files: Vec<Outgoing>,
) -> Outcome<(Vec<AttachmentRef>, Vec<Cell>)> {
    let limits = &desk.published()?.directory.limits;
    if files.len() > usize::try_from(limits.attachments).unwrap_or(usize::MAX) {
        return Err(Failure::usage(
            format!("A message takes at most {} files.", limits.attachments),
            "Send them with several replies.",
        ));
    }
    let reporter: HybridRecipient = case
        .reply_recipient
        .parse()
        .map_err(|_| Failure::internal("A report named an unusable reply key."))?;
    let mut to = vec![reporter];
    to.extend(
        audience
            .recipients()
            .iter()
            .map(|office| office.recipient().clone()),
    );
    let (mut references, mut cells) = (Vec::new(), Vec::new());
    let mut total = 0_u64;
    for file in files {
        let name = file.name;
        total = total.saturating_add(file.size);
        if file.size > limits.attachment_bytes || total > limits.attachments_bytes {
            return Err(Failure::usage(
                format!(
                    "{} is too large: one file may have {}, all together {}.",
                    clean::short(&name, 80),
                    crate::text::size(limits.attachment_bytes),
                    crate::text::size(limits.attachments_bytes)
                ),
                "Make it smaller, or send several replies.",
            ));
        }
        let failed = |error: AttachError| match error {
            AttachError::Read(error) => Failure::file("Cannot read", Path::new(&name), &error),
            error => Failure::usage(
                format!("{}: {error}.", clean::short(&name, 80)),
                "Choose another file.",
            ),
        };
        let media_type = media_type(Path::new(&name));
        let mut sealer =
            AttachmentSealer::new(file.content, &name, media_type, &to, OsRng).map_err(failed)?;
        while let Some(cell) = sealer.next_cell().map_err(failed)? {
            desk.go_on()?;
            cells.push(Cell {
                address: cell.address(),
                bytes: cell.bytes,
            });
        }
        references.push(sealer.finish().map_err(failed)?);
    }
    if cells.len() > MAX_CELLS {
        return Err(Failure::usage(
            "The files of one reply are too large together.",
            "Send them with several replies.",
        ));
    }
    Ok((references, cells))
}

/// A file of a case by its number.
///
/// # Errors
/// If there is none.
pub fn find(case: &Case, number: usize) -> Outcome<AttachmentRef> {
    number
        .checked_sub(1)
        .and_then(|index| view::all_files(case).into_iter().nth(index))
        // One that was handed over lies elsewhere for this office.
        .map(|file| match case.resealed.get(file.key().expose()) {
            Some(resealed) => resealed.clone(),
            None => file,
        })
        .ok_or_else(|| {
            Failure::usage(
                format!("This case has no file {number}."),
                "“attach list” shows its files.",
            )
        })
}

/// Saves a file of a case, checked from end to end, under a name that was free.
///
/// # Errors
/// If there is no such file, the name is taken, or the file is gone or damaged.
pub fn save(
    desk: &Desk,
    relay: &RelayClient,
    case: &Case,
    number: usize,
    to: &Path,
) -> Outcome<PathBuf> {
    informal::refuse(desk, "save files")?;
    let reference = &find(case, number)?;
    let path = if to.is_dir() {
        to.join(clean::file_name(reference.name(), number))
    } else {
        to.to_owned()
    };
    let taken = |path: &Path| {
        Failure::usage(
            format!("{} exists already.", path.display()),
            "Nothing is ever overwritten: choose another name or folder.",
        )
    };
    if path.symlink_metadata().is_ok() {
        return Err(taken(&path));
    }
    let partial = home::with_suffix(&path, ".partial");
    let cannot = |error: &io::Error| Failure::file("Cannot write", &partial, error);
    let output = home::private_options()
        .create_new(true)
        .write(true)
        .open(&partial)
        .map_err(|error| cannot(&error))?;
    let saved = fetch(desk, relay, reference, output)
        .and_then(|file| file.sync_all().map_err(|error| cannot(&error)))
        .and_then(|()| match put_in_place(&partial, &path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(taken(&path)),
            other => other.map_err(|error| cannot(&error)),
        });
    if let Err(failure) = saved {
        let _ = fs::remove_file(&partial);
        return Err(failure);
    }
    Ok(path)
}

/// Gives a finished file its name, unless the name is taken: a link never replaces.
fn put_in_place(partial: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(partial, path) {
        Ok(()) => fs::remove_file(partial),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // A stick's file system may know no links.
        Err(_) if path.symlink_metadata().is_ok() => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => home::rename(partial, path),
    }
}

/// Fetches a file of a case into `output`. What is there is worth something only if this ends well.
///
/// # Errors
/// If the file is gone or damaged, or `output` cannot be written.
pub fn fetch<W: Write>(
    desk: &Desk,
    relay: &RelayClient,
    reference: &AttachmentRef,
    output: W,
) -> Outcome<W> {
    let identities: Vec<HybridIdentity> = desk
        .epoch_keys()
        .into_iter()
        .rev()
        .map(|keys| keys.identity)
        .collect();
    let failed = |error: DetachError| match error {
        DetachError::Write(error) => Failure::storage(
            format!("The file could not be written: {error}."),
            "Check the disk and try again.",
        ),
        error => Failure::trust(
            format!("The file is not the one that was described: {error}."),
            "Nothing was saved. It may have been damaged at the relay, or the sender's program is \
             faulty; ask the sender for it again.",
        ),
    };
    let mut opener = AttachmentOpener::new(reference, &identities, output);
    let count = reference.cell_count();
    for (index, capability) in reference.capabilities().enumerate() {
        prompt::progress(&format!("fetching part {} of {count}", index + 1));
        let cell = relay
            .read_cell(&capability)
            .map_err(|error| match error.kind() {
                Some(ProblemType::Gone) => Failure::new(
                    Reason::Network,
                    "The relay has deleted the file after its time.",
                    "Ask the sender for it again.",
                ),
                Some(ProblemType::Absent) => Failure::new(
                    Reason::Network,
                    "The relay does not hold a part of the file.",
                    "Try again later; if it stays so, tell the relay's operator and ask the \
                     sender for the file again.",
                ),
                _ => relay.explain(&error),
            })?;
        opener.feed(&cell).map_err(failed)?;
    }
    prompt::progress("");
    let mut file = opener.finish().map_err(failed)?;
    file.flush()
        .map_err(|error| failed(DetachError::Write(error)))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finished_file_never_replaces_another() {
        let folder = tempfile::tempdir().unwrap();
        let (partial, path) = (folder.path().join("a.partial"), folder.path().join("a"));
        fs::write(&partial, "new").unwrap();
        put_in_place(&partial, &path).unwrap();
        assert!(!partial.exists());
        fs::write(&partial, "newer").unwrap();
        let error = put_in_place(&partial, &path).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn media_types_go_by_the_ending() {
        assert_eq!(media_type(Path::new("a/B.PDF")), "application/pdf");
        assert_eq!(media_type(Path::new("a")), "application/octet-stream");
    }
}
