//! Configuration files: TOML, unknown settings refused, errors that name file, line and remedy.
//!
//! An error never shows a value from the file: a mistyped line may hold a secret. Types validate
//! themselves while they are read (`#[serde(try_from = …)]`), so that a bad combination carries the
//! line of its section too.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;
use thiserror::Error;

/// A configuration file could not be used. Fault: the operator's.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file could not be read.
    #[error("cannot read the configuration file {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line is not TOML, names an unknown setting, or holds a value that does not fit.
    #[error("{path}, line {line}: {cause}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong, without the value.
        cause: String,
        /// A sample that explains every setting.
        sample: &'static str,
    },
    /// The settings are well formed but do not fit what they refer to.
    #[error("{path}, setting `{setting}`: {cause}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// The setting, as written in the file.
        setting: &'static str,
        /// What is wrong, without the value.
        cause: String,
        /// What to do.
        remedy: &'static str,
    },
}

impl ConfigError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::Unreadable { .. } => {
                "Check the path given by --config and that this user may read the file.".into()
            }
            Self::Invalid { sample, .. } => {
                format!("Correct that line; {sample} explains every setting.")
            }
            Self::Unusable { remedy, .. } => (*remedy).into(),
        }
    }
}

/// Reads and parses a configuration file. `sample` names the file that explains every setting.
///
/// # Errors
/// [`ConfigError::Unreadable`] or [`ConfigError::Invalid`].
pub fn load<T: DeserializeOwned>(path: &Path, sample: &'static str) -> Result<T, ConfigError> {
    let text = fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    parse(&text, path, sample)
}

/// Parses the text of a configuration file; `path` only names it in errors.
///
/// # Errors
/// [`ConfigError::Invalid`].
pub fn parse<T: DeserializeOwned>(
    text: &str,
    path: &Path,
    sample: &'static str,
) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|error| ConfigError::Invalid {
        path: path.to_owned(),
        line: line_of(text, error.span().map_or(0, |span| span.start)),
        cause: without_value(error.message()),
        sample,
    })
}

/// Paths in a configuration file are relative to the folder of that file.
#[must_use]
pub fn beside(config: &Path, path: &Path) -> PathBuf {
    config
        .parent()
        .map_or_else(|| path.to_owned(), |folder| folder.join(path))
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text
        .bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
}

/// serde and toml quote the offending value in four kinds of message; this leaves it out.
fn without_value(message: &str) -> String {
    let expected = |rest: &str| {
        // The value may itself contain the separator, so the last one counts.
        rest.rsplit_once(", expected ").map_or_else(
            || "another value".to_owned(),
            |(_, wanted)| wanted.to_owned(),
        )
    };
    for prefix in ["invalid type: ", "invalid value: "] {
        if let Some(rest) = message.strip_prefix(prefix) {
            let kind: String = rest
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == ' ')
                .collect();
            return format!("expected {}, found {}", expected(rest), kind.trim());
        }
    }
    if let Some(rest) = message.strip_prefix("invalid length ") {
        return format!("expected {}, found another length", expected(rest));
    }
    if let Some(rest) = message.strip_prefix("unknown variant ") {
        return format!("not one of the known words, expected {}", expected(rest));
    }
    message.to_owned()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its parsing is under test")]
    struct Sample {
        workers: u16,
        mode: Mode,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Mode {
        Quiet,
        Loud,
    }

    fn error(text: &str) -> String {
        let error = parse::<Sample>(text, Path::new("x.toml"), "deploy/x.toml")
            .expect_err("the text is wrong");
        format!("{error} | {}", error.remedy())
    }

    const REMEDY: &str = " | Correct that line; deploy/x.toml explains every setting.";

    #[test]
    fn errors_name_file_line_and_remedy_but_no_value() {
        for (text, wanted) in [
            (
                "mode = \"quiet\"\nworkers = \"hunter2, expected x\"",
                "x.toml, line 2: expected u16, found string",
            ),
            (
                "workers = 70000\nmode = \"quiet\"",
                "x.toml, line 1: expected u16, found integer",
            ),
            (
                "workers = 1\nmode = \"hunter2\"",
                "x.toml, line 2: not one of the known words, expected `quiet` or `loud`",
            ),
            (
                "workers = 1\nmode = \"quiet\"\n\nworker = 1",
                "x.toml, line 4: unknown field `worker`, expected `workers` or `mode`",
            ),
            ("workers = 1", "x.toml, line 1: missing field `mode`"),
        ] {
            let shown = error(text);
            assert_eq!(shown, format!("{wanted}{REMEDY}"));
            assert!(!shown.contains("hunter2") && !shown.contains("70000"));
        }
    }

    #[test]
    fn broken_toml_is_located_and_not_quoted() {
        let shown = error("workers = 1\nmode = \"hunter2");
        assert!(shown.starts_with("x.toml, line 2: "), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let config = Path::new("/etc/candor/intake.toml");
        assert_eq!(beside(config, Path::new("a")), Path::new("/etc/candor/a"));
        assert_eq!(beside(config, Path::new("/a")), Path::new("/a"));
    }
}
