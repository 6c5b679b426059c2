//! The directory, and what makes it believed (`docs/protocol.md`, "Directory").

use std::{collections::BTreeMap, marker::PhantomData};

use candor_wire::{Day, InstanceId, OfficeId, RoleId};
use minisign_verify::Signature as Minisig;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    date,
    id::{QuestionId, ResourceId, RootRole, RouteId, TargetId, TopicId},
    model::{
        Categories, Cover, Emergency, Hotline, Limits, Office, OperatorScript, Place, Question,
        RelayEntry, Resource, Role, RouteRules, State, Team, Topic, present,
    },
    pin::Pin,
    text::{Language, Text},
    verified::{Unverified, Verified},
};

/// Who may read what in one instance, and in which words it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Directory {
    format: Format,
    /// Whether this instance is a demonstration: its keys prove nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub demonstration: bool,
    /// The instance.
    pub instance: InstanceId,
    /// Grows by one with every change.
    pub version: u64,
    /// The day it was made.
    #[serde(with = "date")]
    pub issued: Day,
    /// The last day it is good for.
    #[serde(with = "date")]
    pub not_after: Day,
    /// The hotline's name for people.
    pub names: Text,
    /// The languages it speaks; the first is the one to fall back to.
    pub languages: Vec<Language>,
    /// Where to call.
    pub hotline: Hotline,
    /// Numbers for danger now.
    pub emergency: Vec<Emergency>,
    /// The relay.
    pub relay: RelayEntry,
    /// How much and how long.
    #[serde(default)]
    pub limits: Limits,
    /// Cover traffic.
    #[serde(default)]
    pub cover: Cover,
    /// The roles.
    pub roles: Vec<Role>,
    /// The offices.
    pub offices: Vec<Office>,
    /// The teams.
    #[serde(default)]
    pub teams: Vec<Team>,
    /// The places.
    #[serde(default)]
    pub places: Vec<Place>,
    /// The topics, in the order to show them.
    pub topics: Vec<Topic>,
    /// The questions.
    pub questions: Vec<Question>,
    /// The routes.
    pub routes: Vec<RouteRules>,
    /// Others who can help.
    #[serde(default)]
    pub resources: Vec<Resource>,
    /// The desks' lists.
    #[serde(default)]
    pub categories: Categories,
    /// The states of a case; the first is the one every case begins in.
    #[serde(default)]
    pub states: Vec<State>,
    /// What an operator on the telephone says.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub operator: Option<OperatorScript>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Format {
    #[serde(rename = "candor-directory/1")]
    V1,
}

/// The text is not a directory.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the directory is not of the expected form ({detail}); it may come from a newer version")]
pub struct FormError {
    detail: String,
}

impl FormError {
    /// Where and how the form was broken. It may quote the document, which is public.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl Directory {
    /// The value of `format`.
    pub const FORMAT: &str = "candor-directory/1";
    /// The most bytes a directory may measure.
    pub const MAX_LEN: usize = 1 << 20;

    /// Parses a directory without believing it.
    ///
    /// # Errors
    /// [`FormError`]
    pub fn decode(bytes: &[u8]) -> Result<Self, FormError> {
        let form = |detail: &str| FormError {
            detail: detail.to_owned(),
        };
        if bytes.len() > Self::MAX_LEN {
            return Err(form("longer than 1 MiB"));
        }
        let mut parser = serde_json::Deserializer::from_slice(bytes);
        let directory: Self =
            serde_path_to_error::deserialize(&mut parser).map_err(|error| FormError {
                detail: error.to_string(),
            })?;
        parser.end().map_err(|error| FormError {
            detail: error.to_string(),
        })?;
        if directory.version == 0 {
            return Err(form("version 0"));
        }
        if directory.languages.is_empty() {
            return Err(form("no language"));
        }
        Ok(directory)
    }

    /// The office of a name.
    #[must_use]
    pub fn office(&self, id: &OfficeId) -> Option<&Office> {
        self.offices.iter().find(|office| office.id == *id)
    }

    /// The role of a name.
    #[must_use]
    pub fn role(&self, id: &RoleId) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == *id)
    }

    /// The topic of a name.
    #[must_use]
    pub fn topic(&self, id: &TopicId) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.id == *id)
    }

    /// The question of a name.
    #[must_use]
    pub fn question(&self, id: &QuestionId) -> Option<&Question> {
        self.questions.iter().find(|question| question.id == *id)
    }

    /// The route of a name.
    #[must_use]
    pub fn route_rules(&self, id: &RouteId) -> Option<&RouteRules> {
        self.routes.iter().find(|route| route.id == *id)
    }

    /// The resource of a name.
    #[must_use]
    pub fn resource(&self, id: &ResourceId) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.id == *id)
    }

    /// The offices behind a name in a rule: the office itself, or those of the team.
    #[must_use]
    pub fn expand(&self, target: &TargetId) -> Option<Vec<&Office>> {
        if let Some(team) = self.teams.iter().find(|team| team.id == *target) {
            return team.offices.iter().map(|id| self.office(id)).collect();
        }
        self.offices
            .iter()
            .find(|office| office.id.as_str() == target.as_str())
            .map(|office| vec![office])
    }

    /// Whether any of these roles sits in an office. An office that is not listed counts as
    /// excluded.
    #[must_use]
    pub fn is_excluded<'a>(
        &self,
        office: &OfficeId,
        mut excluded: impl Iterator<Item = &'a RoleId>,
    ) -> bool {
        self.office(office)
            .is_none_or(|office| excluded.any(|role| office.roles.contains(role)))
    }
}

/// The trusted comment that a root's signature over a directory bears.
#[must_use]
pub fn trusted_comment(role: &RootRole, instance: &InstanceId, version: u64) -> String {
    format!("candor directory v1 role={role} instance={instance} version={version}")
}

/// The name of the file that holds a root's signature, beside `directory.json`.
#[must_use]
pub fn signature_file_name(role: &RootRole) -> String {
    format!("{}.{role}.minisig", crate::DIRECTORY_FILE)
}

/// Why a directory is not believed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DirectoryError {
    /// A pinned root has not signed.
    #[error("the directory lacks the signature of the root “{0}”; every pinned root must sign")]
    Unsigned(RootRole),
    /// What is there for a root is not its signature over this directory.
    #[error(
        "the signature of the root “{0}” does not fit the directory: it was changed, or signed with another key; do not use it, and tell the administrator by another way"
    )]
    BadSignature(RootRole),
    /// The signature holds, but its trusted comment names another role, instance or version.
    #[error("the signature of the root “{0}” was made for another role, instance or version")]
    BadComment(RootRole),
    /// The text is not a directory.
    #[error(transparent)]
    Form(#[from] FormError),
    /// It belongs to another instance.
    #[error("the directory belongs to another instance than the pin; check the address")]
    WrongInstance,
    /// A demonstration's directory for a real pin, or the reverse.
    #[error("either the directory or the pin is a demonstration's and the other is not")]
    Demonstration,
    /// An older one than was pinned or seen before.
    #[error(
        "the directory is of version {version}, older than version {expected} known here; somebody may be serving an old one on purpose"
    )]
    RolledBack {
        /// Its version.
        version: u64,
        /// The least that would do.
        expected: u64,
    },
    /// Its last day has passed.
    #[error(
        "the directory expired on {0}; check this device's date, then ask the administrator to renew it"
    )]
    Expired(Day),
    /// It was made on a day that lies ahead.
    #[error("the directory was made on {0}, which lies ahead; check this device's date")]
    NotYet(Day),
}

impl DirectoryError {
    /// A short name of the variant, the same in every language of the protocol.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unsigned(_) => "unsigned",
            Self::BadSignature(_) => "bad-signature",
            Self::BadComment(_) => "bad-comment",
            Self::Form(_) => "form",
            Self::WrongInstance => "wrong-instance",
            Self::Demonstration => "demonstration",
            Self::RolledBack { .. } => "rolled-back",
            Self::Expired(_) => "expired",
            Self::NotYet(_) => "not-yet",
        }
    }
}

impl Unverified<Directory> {
    /// How many days a client's clock may be behind the administrator's.
    pub const CLOCK_SLACK_DAYS: u32 = 2;

    /// Takes the bytes of `directory.json` and the signature files, by role.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>, signatures: BTreeMap<RootRole, String>) -> Self {
        Self {
            bytes: bytes.into(),
            signatures,
            kind: PhantomData,
        }
    }

    /// Checks every pinned root's signature, then what the directory says about itself.
    ///
    /// `highest_seen` is the highest version this client has accepted before, if it remembers.
    ///
    /// # Errors
    /// [`DirectoryError`], the first that applies in the order of its variants.
    pub fn verify(
        self,
        pin: &Pin,
        now: Day,
        highest_seen: Option<u64>,
    ) -> Result<Verified<Directory>, DirectoryError> {
        let mut comments = Vec::new();
        for root in pin.roots() {
            let role = root.role();
            let text = self
                .signatures
                .get(role)
                .ok_or_else(|| DirectoryError::Unsigned(role.clone()))?;
            let bad = |_| DirectoryError::BadSignature(role.clone());
            let signature = Minisig::decode(text).map_err(bad)?;
            root.minisign_key()
                .verify(&self.bytes, &signature, false)
                .map_err(bad)?;
            comments.push((role, signature.trusted_comment().to_owned()));
        }
        let directory = Directory::decode(&self.bytes)?;
        if directory.instance != *pin.instance() {
            return Err(DirectoryError::WrongInstance);
        }
        for (role, comment) in comments {
            if comment != trusted_comment(role, pin.instance(), directory.version) {
                return Err(DirectoryError::BadComment(role.clone()));
            }
        }
        if directory.demonstration != pin.is_demonstration() {
            return Err(DirectoryError::Demonstration);
        }
        let expected = highest_seen.unwrap_or(0).max(pin.minimum_version());
        if directory.version < expected {
            return Err(DirectoryError::RolledBack {
                version: directory.version,
                expected,
            });
        }
        if now > directory.not_after {
            return Err(DirectoryError::Expired(directory.not_after));
        }
        if now.plus(Self::CLOCK_SLACK_DAYS) < directory.issued {
            return Err(DirectoryError::NotYet(directory.issued));
        }
        Ok(Verified::assert(directory))
    }
}
