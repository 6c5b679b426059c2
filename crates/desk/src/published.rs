//! What the public sees of the instance: the directory and the current key cards, as they come
//! through the intake, verified, and kept for work without a network.

use std::{collections::BTreeMap, fs, path::PathBuf};

use candor_directory::{
    Cards, DIRECTORY_FILE, Directory, DirectoryError, Language, Office, PIN_FILE, Pin, RootRole,
    Unverified, Verified, signature_file_name,
};
use candor_wire::{Day, OfficeId, RoleId};
use reqwest::{Method, header::HeaderMap};

use crate::{
    clock::Clock,
    config::Config,
    failure::{Failure, Outcome},
    home::{self, Home},
    http::{Ask, Http, LIMIT, Stop},
};

/// The name under which the blob of cards is kept.
const CARDS_FILE: &str = "cards.json";
/// The most bytes of a signature.
const SIGNATURE_LEN: usize = 4096;

/// A verified directory with the key cards of all offices.
#[derive(Clone, Debug)]
pub struct Published {
    /// The directory.
    pub directory: Verified<Directory>,
    /// The cards.
    pub cards: Cards,
    /// Whether the directory's last day has passed. It then still names things, but nothing may be
    /// sealed by it.
    pub has_expired: bool,
}

/// The files as they came.
struct Files {
    directory: Vec<u8>,
    signatures: BTreeMap<RootRole, String>,
    cards: Vec<u8>,
}

impl Files {
    fn verify(&self, pin: &Pin, today: Day, highest: Option<u64>) -> Outcome<Published> {
        let verify = |day| {
            Unverified::<Directory>::new(self.directory.clone(), self.signatures.clone())
                .verify(pin, day, highest)
        };
        let (directory, has_expired) = match verify(today) {
            Ok(directory) => (directory, false),
            // Everything else about it was in order on its last day.
            Err(DirectoryError::Expired(last)) => {
                (verify(last).map_err(|error| untrusted(&error))?, true)
            }
            Err(error) => return Err(untrusted(&error)),
        };
        let cards = Cards::verify_all(&self.cards, &directory).map_err(|error| {
            Failure::trust(
                format!("{error}."),
                "Try again later; tell the administrator if it goes on.",
            )
        })?;
        Ok(Published {
            directory,
            cards,
            has_expired,
        })
    }
}

fn untrusted(error: &DirectoryError) -> Failure {
    Failure::trust(
        format!("The directory is not to be trusted: {error}."),
        "Nothing was taken from it. If the cause is not this workstation's clock, ask the \
         administrator, by telephone.",
    )
}

impl Published {
    fn folder(home: &Home) -> PathBuf {
        home.join("directory")
    }

    /// What was kept from the last fetch, verified again; nothing if there is none.
    ///
    /// # Errors
    /// If what is there does not verify.
    pub fn load(home: &Home, pin: &Pin, today: Day, highest: Option<u64>) -> Outcome<Option<Self>> {
        let folder = Self::folder(home);
        let Ok(directory) = fs::read(folder.join(DIRECTORY_FILE)) else {
            return Ok(None);
        };
        let signatures = pin
            .roots()
            .iter()
            .filter_map(|root| {
                let path = folder.join(signature_file_name(root.role()));
                Some((root.role().clone(), fs::read_to_string(path).ok()?))
            })
            .collect();
        let files = Files {
            directory,
            signatures,
            cards: fs::read(folder.join(CARDS_FILE)).unwrap_or_else(|_| empty_cards()),
        };
        files.verify(pin, today, highest).map(Some)
    }

    fn keep(home: &Home, files: &Files) -> Outcome {
        let folder = Self::folder(home);
        let keep = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            home::create_private_folder(&folder)
                .and_then(|()| home::replace_file(&path, bytes))
                .map_err(|error| Failure::file("Cannot write", &path, &error))
        };
        for (role, text) in &files.signatures {
            keep(&signature_file_name(role), text.as_bytes())?;
        }
        keep(CARDS_FILE, &files.cards)?;
        keep(DIRECTORY_FILE, &files.directory)
    }

    /// Whether nothing may be sealed by it any more. It may have been in order when it was loaded.
    #[must_use]
    pub fn is_expired(&self, today: Day) -> bool {
        self.has_expired || self.directory.not_after < today
    }

    /// The office of a name.
    #[must_use]
    pub fn office(&self, id: &OfficeId) -> Option<&Office> {
        self.directory.office(id)
    }

    /// An office's name for people.
    #[must_use]
    pub fn office_name(&self, id: &OfficeId, language: &Language) -> String {
        self.directory.office(id).map_or_else(
            || id.to_string(),
            |office| {
                let shown = office.names.show(language, &self.directory.languages);
                crate::clean::line(shown.text)
            },
        )
    }

    /// A role's name for people.
    #[must_use]
    pub fn role_name(&self, id: &RoleId, language: &Language) -> String {
        self.directory.role(id).map_or_else(
            || id.to_string(),
            |role| {
                let shown = role.names.show(language, &self.directory.languages);
                crate::clean::line(shown.text)
            },
        )
    }
}

fn empty_cards() -> Vec<u8> {
    Cards::blob(Vec::new()).unwrap_or_default().into_bytes()
}

/// A client of the public front.
#[derive(Debug)]
pub struct PublicFront {
    http: Http,
    clock: Clock,
}

impl PublicFront {
    /// A client.
    ///
    /// # Errors
    /// If the settings are wrong.
    pub fn new(config: &Config, clock: Clock) -> Outcome<Self> {
        let http = Http::new(
            "public front",
            "intake_url",
            &config.intake_url,
            config.ca_file.as_deref(),
        )?;
        Ok(Self { http, clock })
    }

    /// The same client, which gives up as soon as it is asked to.
    #[must_use]
    pub fn stopped_by(self, stop: &Stop) -> Self {
        Self {
            http: self.http.stopped_by(stop),
            ..self
        }
    }

    fn get(&self, path: &str, max_len: usize) -> Outcome<Vec<u8>> {
        let ask = Ask {
            method: Method::GET,
            path: path.to_owned(),
            body: Vec::new(),
            limit: LIMIT,
            max_len,
        };
        self.http
            .send(&ask, HeaderMap::new)
            .map(|answer| answer.body)
            .map_err(|error| self.http.explain(&error, self.clock.seconds()))
    }

    /// Fetches the pin. It proves nothing by itself.
    ///
    /// # Errors
    /// If it cannot be fetched.
    pub fn pin(&self) -> Outcome<Vec<u8>> {
        self.get(&format!("/{PIN_FILE}"), Pin::MAX_LEN)
    }

    /// Fetches directory and cards, verifies them, and keeps them in the folder.
    ///
    /// # Errors
    /// If they cannot be fetched, or do not verify.
    pub fn fetch(&self, home: &Home, pin: &Pin, highest: Option<u64>) -> Outcome<Published> {
        let directory = self.get(&format!("/{DIRECTORY_FILE}"), Directory::MAX_LEN)?;
        let mut signatures = BTreeMap::new();
        for root in pin.roots() {
            let path = format!("/{}", signature_file_name(root.role()));
            let text = self.get(&path, SIGNATURE_LEN)?;
            let text = String::from_utf8_lossy(&text).into_owned();
            signatures.insert(root.role().clone(), text);
        }
        let files = Files {
            directory,
            signatures,
            cards: self.get("/v1/cards", Cards::MAX_LEN)?,
        };
        let published = files.verify(pin, self.clock.today(), highest)?;
        Published::keep(home, &files)?;
        Ok(published)
    }
}
