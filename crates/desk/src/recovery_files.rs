//! Writing recovery files: one under one passphrase, or three of which each takes two of three
//! people.
//!
//! Invariant: a file is written under a provisional name, reopened with the passphrases and
//! compared; only when all of them have been do they get their names. None is ever overwritten.

use std::{
    fs,
    path::{Path, PathBuf},
};

use candor_directory::Pin;
use candor_wire::OfficeId;
use rand::rngs::OsRng;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

use crate::{
    desk::Desk,
    devices,
    failure::{Failure, Outcome, Reason},
    guard::Effort,
    home::{self, Home},
    keys::DeviceKeys,
    record::{Entry, Record},
    recovery::{Recovery, RecoveryKind, Words},
};

const MAX_LEN: usize = 1 << 20;
/// The pairs of three people, in the order in which they type.
const PAIRS: [(usize, usize); 3] = [(0, 1), (0, 2), (1, 2)];

/// Where recovery files go, and what opens them.
#[derive(Debug)]
pub enum RecoveryPlan {
    /// One file under one passphrase.
    One {
        /// The file.
        path: PathBuf,
        /// Its passphrase.
        passphrase: SecretString,
    },
    /// Three files, one for each pair of three people.
    TwoOfThree {
        /// The folder they are written to.
        folder: PathBuf,
        /// Each person's passphrase.
        people: [SecretString; 3],
    },
}

impl RecoveryPlan {
    /// Who it takes to open what it makes.
    #[must_use]
    pub const fn kind(&self) -> RecoveryKind {
        match self {
            Self::One { .. } => RecoveryKind::OnePassphrase,
            Self::TwoOfThree { .. } => RecoveryKind::TwoOfThree,
        }
    }

    /// The files it makes, with the words that open each.
    fn files(&self, office: &OfficeId) -> Vec<(PathBuf, Words)> {
        match self {
            Self::One { path, passphrase } => {
                vec![(path.clone(), Words::one(passphrase.clone()))]
            }
            Self::TwoOfThree { folder, people } => PAIRS
                .iter()
                .filter_map(|(one, two)| {
                    let name = format!("{office}-persons-{}-and-{}.recovery", one + 1, two + 1);
                    let words = Words::two(people.get(*one)?.clone(), people.get(*two)?.clone());
                    Some((folder.join(name), words))
                })
                .collect(),
        }
    }

    /// The files' names.
    #[must_use]
    pub fn paths(&self, office: &OfficeId) -> Vec<PathBuf> {
        let files = self.files(office);
        files.into_iter().map(|(path, _)| path).collect()
    }
}

/// Where recovery files may be written.
pub(crate) struct Targets(Vec<Target>);

struct Target {
    path: PathBuf,
    partial: PathBuf,
    words: Words,
}

/// Files that are written, checked, and not under their names yet.
pub(crate) struct Written(Vec<(Target, String)>);

/// Refuses names that are taken, unless an interrupted setup of this folder left those very files,
/// and refuses the desk's own folder. `marked` are the digests of such files.
pub(crate) fn check(
    home: &Home,
    office: &OfficeId,
    plan: &RecoveryPlan,
    marked: Option<&str>,
) -> Outcome<Targets> {
    let files = plan.files(office).into_iter();
    let targets = files.map(|(path, words)| target(home, path, words, marked));
    targets.collect::<Outcome<_>>().map(Targets)
}

fn target(home: &Home, path: PathBuf, words: Words, marked: Option<&str>) -> Outcome<Target> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let folder = fs::canonicalize(folder)
        .map_err(|error| Failure::file("Cannot use the folder", folder, &error))?;
    let inside = fs::canonicalize(home.path()).is_ok_and(|home| folder.starts_with(home));
    if inside {
        return Err(Failure::usage(
            "The recovery file would lie in the desk's own folder, where it is lost together with \
             the keys.",
            "Choose another place, best a USB stick that is then locked away.",
        ));
    }
    let is_leftover = || {
        let found = fs::read(&path).map(|bytes| digest(&bytes));
        found.is_ok_and(|found| marked.is_some_and(|marked| marked.lines().any(|m| m == found)))
    };
    if path.exists() && !is_leftover() {
        return Err(Failure::usage(
            format!("{} exists already.", path.display()),
            "Recovery files are never overwritten: choose another name.",
        ));
    }
    Ok(Target {
        partial: home::with_suffix(&path, ".partial"),
        path,
        words,
    })
}

impl Targets {
    /// Writes the files under provisional names, reopens them, and compares.
    pub(crate) fn write(self, recovery: &Recovery, effort: Effort) -> Outcome<Written> {
        let written = self.0.into_iter().map(|target| {
            let sealed = recovery.seal_for(&target.words, effort)?;
            home::replace_file(&target.partial, &sealed)
                .map_err(|error| Failure::file("Cannot write", &target.partial, &error))?;
            let back = home::read_file("Cannot read back", &target.partial, MAX_LEN)?;
            if !Recovery::open_for(&back, &target.words)?.is_same(recovery) {
                return Err(Failure::storage(
                    "The recovery file did not read back as it was written.",
                    "Use another disk or stick; nothing was changed here.",
                ));
            }
            let digest = digest(&back);
            Ok((target, digest))
        });
        written.collect::<Outcome<_>>().map(Written)
    }
}

impl Written {
    /// The files' digests, one a line.
    pub(crate) fn digests(&self) -> String {
        let digests: Vec<_> = self.0.iter().map(|(_, digest)| digest.as_str()).collect();
        digests.join("\n")
    }

    /// Gives them their names.
    pub(crate) fn put_in_place(self) -> Outcome {
        self.0.into_iter().try_for_each(|(target, _)| {
            home::rename(&target.partial, &target.path)
                .map_err(|error| Failure::file("Cannot write", &target.path, &error))
        })
    }
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Writes new recovery files for a desk; older ones then act no more. Says whether the relay knows
/// already.
///
/// # Errors
/// If they cannot be written or read back.
pub fn renew(desk: &mut Desk, plan: &RecoveryPlan) -> Outcome<bool> {
    devices::to_change(desk)?;
    let targets = check(&desk.home, &desk.config.office, plan, None)?;
    let today = desk.clock.today();
    let recovery = Recovery {
        made: today,
        kind: plan.kind(),
        keyring: desk.secrets.keyring.clone(),
        device: DeviceKeys::generate(&mut OsRng),
        pin: Pin::clone(&desk.pin),
        relay_url: desk.config.relay_url.clone(),
        intake_url: desk.config.intake_url.clone(),
    };
    targets.write(&recovery, desk.effort())?.put_in_place()?;
    devices::replace_recovery(desk, &recovery.device)?;
    desk.record_one(Entry::bare(Record::Recovery {
        day: today,
        kind: plan.kind(),
    }))?;
    let told = desk
        .relay()
        .and_then(|relay| devices::publish(desk, &relay));
    match told {
        Ok(()) => Ok(true),
        Err(failure) if failure.reason() == Reason::Network => Ok(false),
        // A desk that has not fetched the directory yet publishes with its first sync.
        Err(_) if desk.published.is_none() => Ok(false),
        Err(failure) => Err(failure),
    }
}
