//! The signed files: `GET /directory.json`, `/directory.json.<role>.minisig`, `/pin.json`.
//!
//! The folder is read as a whole and swapped as a whole, once it has stopped changing: a client
//! never sees a directory beside the signature of another version; it is compressed then, too. The intake does not check the
//! signatures; clients do, and would not believe the intake anyway.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use actix_web::{HttpRequest, HttpResponse, web};
use candor_service::{Refusal, note};
use candor_wire::{ProblemType, RoleId};

use crate::{document::Document, encoded::Encoded};

/// How often the folder is looked at, and how long it must have been still.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The most one file may measure.
const MAX_LEN: u64 = 4 << 20;
const CACHE: &str = "no-cache, no-transform";
const DIRECTORY: &str = "directory.json";
const PIN: &str = "pin.json";

/// The folder of signed files. One for all workers.
pub struct Folder {
    path: PathBuf,
    state: Mutex<State>,
}

struct State {
    served: Arc<Files>,
    served_look: Look,
    pending: Option<Look>,
    looked: Instant,
}

type Files = BTreeMap<String, Encoded>;
/// What tells one version of the folder from another without reading it.
type Look = BTreeMap<String, (u64, Option<SystemTime>)>;

impl Folder {
    /// Reads the folder for the first time.
    ///
    /// # Errors
    /// If it cannot be read. Files may still be missing; see [`missing`](Self::missing).
    pub fn open(path: PathBuf, now: Instant) -> io::Result<Self> {
        let look = look(&path)?;
        let served = Arc::new(read(&path, &look)?);
        Ok(Self {
            path,
            state: Mutex::new(State {
                served,
                served_look: look,
                pending: None,
                looked: now,
            }),
        })
    }

    /// Which of the files that clients need is not there.
    #[must_use]
    pub fn missing(&self, now: Instant) -> Option<&'static str> {
        let files = self.files(now);
        let signed = files.keys().any(|name| name.ends_with(".minisig"));
        if !files.contains_key(DIRECTORY) {
            Some("directory.json is missing.")
        } else if !signed {
            Some("The signatures of directory.json are missing.")
        } else if !files.contains_key(PIN) {
            Some("pin.json is missing.")
        } else {
            None
        }
    }

    /// The directory, if there is one.
    #[must_use]
    pub fn directory(&self) -> Option<Document> {
        let files = self.files(Instant::now());
        files.get(DIRECTORY).map(|file| file.plain().clone())
    }

    fn files(&self, now: Instant) -> Arc<Files> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_duration_since(state.looked) >= LOOK_EVERY {
            state.looked = now;
            match look(&self.path) {
                Ok(seen) if seen == state.served_look => state.pending = None,
                Ok(seen) if state.pending.as_ref() == Some(&seen) => {
                    if let Ok(files) = read(&self.path, &seen) {
                        note!(info, "the signed files changed", files = files.len());
                        state.served = Arc::new(files);
                        state.served_look = seen;
                    }
                    state.pending = None;
                }
                // Changed, maybe half way: look again before believing it.
                Ok(seen) => state.pending = Some(seen),
                // What was read goes on being served.
                Err(_) => state.pending = None,
            }
        }
        Arc::clone(&state.served)
    }
}

/// Adds the routes. The application data must hold `Data<Folder>`.
pub fn routes(app: &mut web::ServiceConfig) {
    app.service(
        web::resource("/directory.json")
            .get(directory)
            .head(directory),
    )
    .service(
        web::resource("/directory.json.{role}.minisig")
            .get(signature)
            .head(signature),
    )
    .service(web::resource("/pin.json").get(pin).head(pin));
}

async fn directory(
    request: HttpRequest,
    folder: web::Data<Folder>,
) -> Result<HttpResponse, Refusal> {
    serve(&request, &folder, DIRECTORY)
}

async fn pin(request: HttpRequest, folder: web::Data<Folder>) -> Result<HttpResponse, Refusal> {
    serve(&request, &folder, PIN)
}

async fn signature(
    request: HttpRequest,
    role: web::Path<String>,
    folder: web::Data<Folder>,
) -> Result<HttpResponse, Refusal> {
    // The name only looks up what was read; it never becomes a path.
    serve(&request, &folder, &format!("{DIRECTORY}.{role}.minisig"))
}

fn serve(request: &HttpRequest, folder: &Folder, name: &str) -> Result<HttpResponse, Refusal> {
    folder
        .files(Instant::now())
        .get(name)
        .map(|file| file.answer(request))
        .ok_or_else(|| {
            if name == DIRECTORY || name == PIN {
                Refusal::with_detail(
                    ProblemType::NotReady,
                    "The operator has not put the signed files in place.",
                )
            } else {
                ProblemType::NotFound.into()
            }
        })
}

fn is_served(name: &str) -> bool {
    let role = name
        .strip_prefix(DIRECTORY)
        .and_then(|rest| rest.strip_prefix('.'))
        .and_then(|rest| rest.strip_suffix(".minisig"));
    name == DIRECTORY || name == PIN || role.is_some_and(|role| role.parse::<RoleId>().is_ok())
}

fn look(path: &Path) -> io::Result<Look> {
    let mut look = Look::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        // Links are followed: some operators swap a folder of releases by them.
        let Ok(data) = fs::metadata(entry.path()) else {
            continue;
        };
        if data.is_file() && data.len() <= MAX_LEN && is_served(&name) {
            look.insert(name, (data.len(), data.modified().ok()));
        }
    }
    Ok(look)
}

fn read(path: &Path, look: &Look) -> io::Result<Files> {
    let mut files = Files::new();
    for name in look.keys() {
        let bytes = fs::read(path.join(name))?.into();
        let document = if name.ends_with(".json") {
            Document::json(bytes, CACHE)
        } else {
            Document::new(bytes, "text/plain; charset=utf-8", CACHE)
        };
        files.insert(name.clone(), Encoded::compress(document));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_signed_files_are_served() {
        for name in [
            "directory.json",
            "pin.json",
            "directory.json.administrator.minisig",
        ] {
            assert!(is_served(name), "{name}");
        }
        for name in [
            "administrator.key",
            "directory.json.bak",
            "directory.json..minisig",
            "directory.json.a/b.minisig",
            "directory.json.../x.minisig",
        ] {
            assert!(!is_served(name), "{name}");
        }
    }

    #[test]
    fn a_change_is_served_whole_once_the_folder_is_still() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            fs::write(folder.path().join(name), text).expect("written");
        };
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let served = Folder::open(folder.path().to_owned(), start).expect("readable");
        assert_eq!(served.missing(start), Some("directory.json is missing."));
        write("directory.json", "{}");
        write("directory.json.administrator.minisig", "s");
        write("pin.json", "{}");
        assert!(served.missing(at(1)).is_some(), "seen, not yet believed");
        assert_eq!(served.missing(at(2)), None);
        // Half a change is not served.
        write("directory.json", "{\"version\":2}");
        assert_eq!(served.files(at(3)).len(), 3);
        fs::remove_file(folder.path().join("directory.json.administrator.minisig"))
            .expect("removed");
        assert_eq!(served.files(at(4)).len(), 3, "it changed again");
        assert_eq!(served.files(at(5)).len(), 2);
    }
}
