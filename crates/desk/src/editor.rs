//! Writing a reply in the person's own editor.
//!
//! An editor needs a file. It lies in a folder in memory where the system has one for the user,
//! else in the desk's own folder, for its owner alone, and is overwritten before it is deleted.
//! What the editor itself leaves behind (swap and backup files) is beyond the desk; the guide
//! says so.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use rand::{RngCore as _, rngs::OsRng};

use crate::{
    failure::{Failure, Outcome},
    home::{self, Home},
};

const MAX_LEN: usize = 1 << 20;

/// Deletes the draft whatever happens.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        if let Ok(mut file) = OpenOptions::new().write(true).open(&self.0) {
            let len = file.metadata().map_or(0, |data| data.len());
            let zeros = vec![0; usize::try_from(len).unwrap_or(0).min(MAX_LEN)];
            let _ = file.write_all(&zeros).and_then(|()| file.sync_all());
        }
        let _ = fs::remove_file(&self.0);
    }
}

/// Opens the editor on an empty text and gives what was saved.
///
/// # Errors
/// If there is no editor, or it fails.
pub fn write(home: &Home) -> Outcome<String> {
    let editor = ["VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| {
            std::env::var(name)
                .ok()
                .filter(|value| !value.trim().is_empty())
        })
        .ok_or_else(|| {
            Failure::usage(
                "Neither VISUAL nor EDITOR names an editor.",
                "Set one of them, or use --text or --text-file.",
            )
        })?;
    let folder = std::env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|folder| folder.is_dir())
        .unwrap_or_else(|| home.path().to_owned());
    let mut name = [0; 8];
    OsRng.fill_bytes(&mut name);
    let path = folder.join(format!("reply-{}.txt", hex::encode(name)));
    home::create_file(&path, b"").map_err(|error| Failure::file("Cannot write", &path, &error))?;
    let draft = Draft(path);
    run(&editor, &draft.0)?;
    let text = home::read_file("Cannot read", &draft.0, MAX_LEN)?;
    String::from_utf8(text).map_err(|_| {
        Failure::usage(
            "The editor saved something that is not UTF-8 text.",
            "Set the editor to UTF-8.",
        )
    })
}

fn run(editor: &str, path: &Path) -> Outcome {
    // EDITOR may bring arguments along, as in `code --wait`.
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or_default();
    let status = Command::new(program).args(words).arg(path).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err(Failure::usage(
            "The editor could not be started, or ended with an error.",
            "Check VISUAL and EDITOR, or use --text or --text-file.",
        )),
    }
}
