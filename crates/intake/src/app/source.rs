//! Where the app's files come from.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use actix_web::web::Bytes;
use thiserror::Error;

/// The most all files of a folder may measure together.
const MAX_TOTAL: u64 = 64 << 20;
/// What `build.rs` found.
const EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/dist.rs"));

/// Names, with slashes, and bytes.
pub type Files = BTreeMap<String, Bytes>;

/// The app's folder cannot be served. Fault: the operator's.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppError {
    /// A file or folder cannot be read.
    #[error("cannot read {0}: {1}")]
    Unreadable(PathBuf, io::Error),
    /// There is no page to begin with.
    #[error("{0} holds no index.html")]
    NoIndex(PathBuf),
    /// It cannot be the app's folder.
    #[error("the files in {0} measure more than 64 MiB")]
    TooLarge(PathBuf),
}

/// What is compiled in.
pub fn embedded() -> Files {
    EMBEDDED
        .iter()
        .map(|(name, bytes)| ((*name).to_owned(), Bytes::from_static(bytes)))
        .collect()
}

/// Everything below a folder.
pub fn read(folder: &Path) -> Result<Files, AppError> {
    let mut files = Files::new();
    let mut left = MAX_TOTAL;
    collect(folder, "", &mut left, &mut files)?;
    Ok(files)
}

fn collect(folder: &Path, prefix: &str, left: &mut u64, files: &mut Files) -> Result<(), AppError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |error| AppError::Unreadable(path, error)
    };
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let entry = entry.map_err(unreadable(folder))?;
        let path = entry.path();
        let data = entry.metadata().map_err(unreadable(&path))?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        if data.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), left, files)?;
        } else if data.is_file() {
            *left = left
                .checked_sub(data.len())
                .ok_or_else(|| AppError::TooLarge(folder.to_owned()))?;
            let bytes = fs::read(&path).map_err(unreadable(&path))?;
            files.insert(format!("{prefix}{name}"), bytes.into());
        }
    }
    Ok(())
}
