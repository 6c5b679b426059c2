//! One event as it is signed and sealed.
//!
//! ```text
//! event id = H("candor/v1/event-id", content)
//! link_k   = H("candor/v1/device-link", link_(k-1) ‖ event id k)   over all events of a device
//! link_0   = H("candor/v1/device-link", device)
//! ```
//!
//! The content is JSON and never written anew: its bytes are kept beside what was read from them.
//! In a block it is signed by the device (`candor_sealing::event`).

use std::collections::BTreeSet;

use candor_wire::{
    ConversationId, Day, DeviceId, Digest, EventId, InstanceId, OfficeId, Tag, tagged_hash,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::body::{self, Body};

/// The version that every event names.
pub const VERSION: u8 = 1;
/// The most events that one names as its parents.
pub const MAX_PARENTS: usize = 64;
/// The most admissions and recusals of one device that count on one case: the first in the order.
pub const MAX_MOVES: usize = 32;
/// The most bytes of a content.
pub const MAX_CONTENT_LEN: usize = 256 * 1024;

const EVENT_ID: Tag = Tag::new("candor/v1/event-id");
const DEVICE_LINK: Tag = Tag::new("candor/v1/device-link");

/// Whom an event is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// All offices on the case. Its parents are of this scope, too.
    Case,
    /// The writer's own office alone.
    Office,
}

/// What an event says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// [`VERSION`].
    pub v: u8,
    /// Where it belongs.
    pub instance: InstanceId,
    /// The case.
    pub conversation: ConversationId,
    /// The writer's office.
    pub office: OfficeId,
    /// The writer's device.
    pub device: DeviceId,
    /// Whom it is for.
    pub scope: Scope,
    /// Which of this device's events of this scope on this case it is, from 1.
    pub seq: u32,
    /// The device's chain before it.
    pub link: Digest,
    /// The version of the office's list of devices that the writer knows.
    pub list: u64,
    /// The newest events that the writer knows and that count, ascending.
    pub parents: Vec<EventId>,
    /// The writer's day.
    pub day: Day,
    /// The offices that it is sealed to, ascending, the writer's among them.
    pub recipients: Vec<OfficeId>,
    /// What it does.
    pub body: Body,
}

/// Why bytes are no event.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventError {
    /// They are too long.
    #[error("the event is longer than events may be")]
    TooLong,
    /// They are not JSON of the form of an event.
    #[error("the event is malformed")]
    Malformed,
    /// It is of a newer version.
    #[error("the event is of a newer version; this program needs an update")]
    Version,
    /// A list is not ascending, too long, or lacks what must be in it.
    #[error("a list in the event is not in order")]
    List,
    /// A text is too long or empty.
    #[error("a text in the event is empty or too long")]
    Text,
}

/// An event that was read, with the bytes that were signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    id: EventId,
    content: Content,
    bytes: Vec<u8>,
}

impl Event {
    /// Writes a new event.
    ///
    /// # Errors
    /// If it breaks a rule that [`Event::decode`] checks.
    pub fn new(content: Content) -> Result<Self, EventError> {
        let bytes = serde_json::to_vec(&content).map_err(|_| EventError::Malformed)?;
        Self::decode(&bytes)
    }

    /// Reads an event.
    ///
    /// # Errors
    /// [`EventError`]
    pub fn decode(bytes: &[u8]) -> Result<Self, EventError> {
        if bytes.len() > MAX_CONTENT_LEN {
            return Err(EventError::TooLong);
        }
        let content: Content =
            serde_json::from_slice(bytes).map_err(|_| version_or_malformed(bytes))?;
        if content.v != VERSION {
            return Err(EventError::Version);
        }
        content.check()?;
        Ok(Self {
            id: EventId::new(tagged_hash(EVENT_ID, &[bytes])),
            content,
            bytes: bytes.to_vec(),
        })
    }

    /// Its name.
    #[must_use]
    pub const fn id(&self) -> EventId {
        self.id
    }

    /// What it says.
    #[must_use]
    pub const fn content(&self) -> &Content {
        &self.content
    }

    /// The bytes that were signed.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Content {
    fn check(&self) -> Result<(), EventError> {
        let ascending = |sorted: bool, len: usize, most: usize| sorted && len <= most;
        let parents_ok = ascending(
            self.parents.is_sorted_by(|a, b| a < b),
            self.parents.len(),
            MAX_PARENTS,
        );
        let recipients_ok = ascending(
            self.recipients.is_sorted_by(|a, b| a < b),
            self.recipients.len(),
            candor_wire::sizes::MAX_RECIPIENTS,
        );
        let scope_ok = match self.scope {
            Scope::Case => !matches!(self.body, Body::Erase { .. }),
            Scope::Office => self.recipients == [self.office.clone()],
        };
        let own_ok = self.recipients.contains(&self.office) && self.seq > 0;
        if parents_ok && recipients_ok && scope_ok && own_ok {
            self.body.check(&self.parents)
        } else {
            Err(EventError::List)
        }
    }
}

impl Body {
    /// Checks lengths and lists.
    ///
    /// # Errors
    /// [`EventError::Text`], [`EventError::List`]
    pub fn check(&self, parents: &[EventId]) -> Result<(), EventError> {
        let text = |text: &str| text.len() <= body::MAX_TEXT_LEN;
        let line = |line: &str| line.len() <= body::MAX_LINE_LEN;
        let said = |text: &str| !text.trim().is_empty();
        let texts_ok = match self {
            Self::Triage(_) | Self::TaskDone { .. } | Self::Unknown(_) => true,
            Self::Move { why, .. }
            | Self::LegalHold { why, .. }
            | Self::Decide { why, .. }
            | Self::Discard { note: why, .. }
            | Self::Recuse { note: why, .. }
            | Self::Admit(body::Admit { note: why, .. })
            | Self::Erase { why } => text(why),
            Self::Assign { whom, .. } => line(whom),
            Self::Note { text: note, .. } => text(note) && said(note),
            Self::Task { text: task, .. } => line(task) && said(task),
            Self::Intervene { leader, what, .. } => {
                line(leader) && said(leader) && text(what) && said(what)
            }
            Self::ReportBack { text: report, .. } => text(report),
            Self::PassOn { to } => line(to) && said(to),
            Self::Group { label, .. } => line(label),
            Self::Refer {
                to,
                recipient,
                redacted,
            } => line(to) && said(to) && line(recipient) && text(redacted),
            Self::Confirm { events } => return confirmed(events, parents),
        };
        if !texts_ok {
            return Err(EventError::Text);
        }
        let lists_ok = match self {
            Self::Triage(triage) => {
                triage.types.is_sorted_by(|a, b| a < b) && triage.types.len() <= 64
            }
            Self::Note { mentions, .. } => {
                mentions.is_sorted_by(|a, b| a < b)
                    && mentions.len() <= candor_wire::sizes::MAX_RECIPIENTS
            }
            _ => true,
        };
        if lists_ok {
            Ok(())
        } else {
            Err(EventError::List)
        }
    }
}

fn confirmed(events: &[EventId], parents: &[EventId]) -> Result<(), EventError> {
    let parents: BTreeSet<_> = parents.iter().collect();
    let all = !events.is_empty() && events.iter().all(|event| parents.contains(event));
    all.then_some(()).ok_or(EventError::List)
}

fn version_or_malformed(bytes: &[u8]) -> EventError {
    #[derive(Deserialize)]
    struct VersionOnly {
        v: u64,
    }
    match serde_json::from_slice::<VersionOnly>(bytes) {
        Ok(VersionOnly { v }) if v > u64::from(VERSION) => EventError::Version,
        _ => EventError::Malformed,
    }
}

/// The chain of a device before its first event.
#[must_use]
pub fn first_link(device: &DeviceId) -> Digest {
    Digest::new(tagged_hash(DEVICE_LINK, &[device.as_bytes()]))
}

/// The chain of a device after an event.
#[must_use]
pub fn next_link(link: &Digest, event: &EventId) -> Digest {
    Digest::new(tagged_hash(
        DEVICE_LINK,
        &[link.as_bytes(), event.as_bytes()],
    ))
}
