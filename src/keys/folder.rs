//! The administrator's folder of one instance.
//!
//! ```text
//! directory.toml       all words, offices, topics and routes: edited by hand
//! instance.json        the instance's id
//! roots/<role>.pub     public root keys
//! relay.json           the relay's request
//! offices/<id>.json    the offices' requests
//! public/              what is published: directory.json, its signatures, pin.json
//! history/<version>/   what was published before
//! ```
//!
//! It holds no secret: root keys lie elsewhere, offline.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use candor_directory::{
    DIRECTORY_FILE, Directory, DirectoryError, OfficeRequest, PIN_FILE, Pin, PublicKey, Purpose,
    RelayRequest, RootKey, RootRole, Unverified, Verified, signature_file_name,
};
use candor_wire::{Day, InstanceId, OfficeId};
use serde::{Deserialize, Serialize};

use super::{files, root_key};

/// What `instance.json` holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceFile {
    format: InstanceFormat,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    demonstration: bool,
    instance: InstanceId,
}

#[derive(Debug, Serialize, Deserialize)]
enum InstanceFormat {
    #[serde(rename = "candor-instance/1")]
    V1,
}

impl InstanceFile {
    /// A new instance.
    pub fn new(instance: InstanceId, purpose: Purpose) -> Self {
        Self {
            format: InstanceFormat::V1,
            demonstration: purpose == Purpose::Demonstration,
            instance,
        }
    }
}

/// A folder that holds an instance.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    instance: InstanceId,
    purpose: Purpose,
}

impl Folder {
    /// The file that holds all words.
    pub const SOURCE: &str = "directory.toml";
    /// The file that holds the instance's id.
    pub const INSTANCE: &str = "instance.json";

    /// Opens a folder for a purpose.
    ///
    /// # Errors
    /// If it is none, or a demonstration's and none is meant, or the reverse.
    pub fn open(path: &Path, purpose: Purpose) -> Result<Self> {
        let file = path.join(Self::INSTANCE);
        if !file.exists() {
            bail!(
                "{} is not an instance's folder; make one with `candor keys new-instance`, or name it with --folder",
                path.display()
            );
        }
        let held: InstanceFile = serde_json::from_slice(&files::read(&file)?)
            .with_context(|| format!("{} is damaged", file.display()))?;
        match (held.demonstration, purpose) {
            (true, Purpose::Production) => bail!(
                "{} is a demonstration's folder, whose keys protect nothing; if that is what you mean, give --demonstration",
                path.display()
            ),
            (false, Purpose::Demonstration) => bail!(
                "{} is a real instance's folder; leave out --demonstration",
                path.display()
            ),
            _ => {}
        }
        Ok(Self {
            path: path.to_owned(),
            instance: held.instance,
            purpose,
        })
    }

    /// The instance.
    pub const fn instance(&self) -> &InstanceId {
        &self.instance
    }

    /// What it is for.
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The source.
    pub fn source(&self) -> PathBuf {
        self.path.join(Self::SOURCE)
    }

    /// The file of a root's public key.
    pub fn root(&self, role: &RootRole) -> PathBuf {
        self.path.join("roots").join(format!("{role}.pub"))
    }

    /// The file of the relay's request.
    pub fn relay(&self) -> PathBuf {
        self.path.join("relay.json")
    }

    /// The file of an office's request.
    pub fn office(&self, office: &OfficeId) -> PathBuf {
        self.path.join("offices").join(format!("{office}.json"))
    }

    /// What is published.
    pub fn public(&self) -> Published {
        Published::new(self.path.join("public"))
    }

    /// What was published as a version.
    pub fn history(&self, version: u64) -> PathBuf {
        self.path.join("history").join(format!("{version:06}"))
    }

    /// All roots' public keys.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn roots(&self) -> Result<Vec<RootKey>> {
        files::list(&self.path.join("roots"), "pub")?
            .iter()
            .map(|path| {
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                let told = || format!("{} is not a root's public key", path.display());
                let role = name.parse().with_context(told)?;
                let text = files::read_text(path)?;
                root_key::check_purpose(path, &text, self.purpose)?;
                RootKey::from_file_text(role, &text).with_context(told)
            })
            .collect()
    }

    /// The relay's key.
    ///
    /// # Errors
    /// If it is missing or damaged.
    pub fn relay_key(&self) -> Result<PublicKey> {
        let path = self.relay();
        if !path.exists() {
            bail!(
                "the relay has no key yet; make it on the relay's computer with `candor keys relay-key`, then `candor keys add-relay`"
            );
        }
        let request = RelayRequest::verify(&files::read(&path)?, &self.instance)
            .with_context(|| format!("{} is not sound", path.display()))?;
        Ok(request.signing_key)
    }

    /// All offices' keys.
    ///
    /// # Errors
    /// If one is damaged or not under its own name.
    pub fn office_keys(&self) -> Result<BTreeMap<OfficeId, PublicKey>> {
        let mut keys = BTreeMap::new();
        for path in files::list(&self.path.join("offices"), "json")? {
            let request = OfficeRequest::verify(&files::read(&path)?, &self.instance)
                .with_context(|| format!("{} is not sound", path.display()))?;
            if path != self.office(&request.office) {
                bail!(
                    "{} holds the request of “{}”; remove it, then use `candor keys add-office`",
                    path.display(),
                    request.office
                );
            }
            keys.insert(request.office.clone(), request.signing_key);
        }
        Ok(keys)
    }
}

/// A folder as it is published: the directory, its signatures, the pin.
#[derive(Debug)]
pub struct Published {
    path: PathBuf,
}

impl Published {
    /// Names a folder.
    pub const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directory's file.
    pub fn directory(&self) -> PathBuf {
        self.path.join(DIRECTORY_FILE)
    }

    /// The pin's file.
    pub fn pin(&self) -> PathBuf {
        self.path.join(PIN_FILE)
    }

    /// The file of a root's signature.
    pub fn signature(&self, role: &RootRole) -> PathBuf {
        self.path.join(signature_file_name(role))
    }

    /// All signature files that are there.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn signature_files(&self) -> Result<Vec<PathBuf>> {
        files::list(&self.path, "minisig")
    }

    /// The directory's text.
    ///
    /// # Errors
    /// If it is missing.
    pub fn directory_text(&self) -> Result<String> {
        if !self.directory().exists() {
            bail!(
                "there is no {DIRECTORY_FILE} in {}; make it with `candor keys compile`",
                self.path.display()
            );
        }
        files::read_text(&self.directory())
    }

    /// The pin.
    ///
    /// # Errors
    /// If it is missing, damaged or for another purpose.
    pub fn read_pin(&self, purpose: Purpose) -> Result<Pin> {
        if !self.pin().exists() {
            bail!(
                "there is no {PIN_FILE} in {}; make it with `candor keys pin`",
                self.path.display()
            );
        }
        read_pin(&self.pin(), purpose)
    }

    /// The signatures of a pin's roots, as far as they are there.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn signatures(&self, pin: &Pin) -> Result<BTreeMap<RootRole, String>> {
        let mut signatures = BTreeMap::new();
        for root in pin.roots() {
            let path = self.signature(root.role());
            if path.exists() {
                signatures.insert(root.role().clone(), files::read_text(&path)?);
            }
        }
        Ok(signatures)
    }

    /// The directory, checked like a client does.
    ///
    /// # Errors
    /// If a file cannot be read; within, if the directory is not to be believed.
    pub fn verify(
        &self,
        pin: &Pin,
        today: Day,
    ) -> Result<std::result::Result<Verified<Directory>, DirectoryError>> {
        let text = self.directory_text()?;
        let signatures = self.signatures(pin)?;
        Ok(Unverified::<Directory>::new(text, signatures).verify(pin, today, None))
    }
}

/// Reads a pin for a purpose.
///
/// # Errors
/// If it is missing, damaged or for another purpose.
pub fn read_pin(path: &Path, purpose: Purpose) -> Result<Pin> {
    Pin::decode(&files::read(path)?, purpose)
        .with_context(|| format!("{} cannot be used", path.display()))
}
