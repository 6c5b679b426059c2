//! The events of one case as they came: put together from their blocks, and checked against them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use candor_casework::{Body, Event, EventError};
use candor_sealing::{
    event::{EventHeader, join_event},
    open::Refusal,
};
use candor_wire::{DeviceId, EventId, OfficeId};

/// Why a block is no part of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoEvent {
    /// The blocks are not what they say.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The content is none of an event.
    #[error(transparent)]
    Content(#[from] EventError),
}

/// The events of one case.
#[derive(Clone, Debug, Default)]
pub struct Events {
    whole: BTreeMap<EventId, Arc<Event>>,
    parts: BTreeMap<(EventId, DeviceId), Vec<EventHeader>>,
}

impl Events {
    /// Takes a block whose signature was checked. Gives the event once all of it is here, and
    /// nothing if it was here before.
    ///
    /// # Errors
    /// [`NoEvent`]: then all of its blocks are forgotten.
    pub fn take(&mut self, header: &EventHeader) -> Result<Option<Arc<Event>>, NoEvent> {
        if self.whole.contains_key(&header.event) {
            return Ok(None);
        }
        let key = (header.event, header.device);
        let parts = self.parts.entry(key).or_default();
        if !parts.iter().any(|known| known.part == header.part) {
            parts.push(header.clone());
        }
        let taken = whole(parts);
        match taken {
            Ok(None) => Ok(None),
            Ok(Some(event)) => {
                let event = Arc::new(event);
                self.parts.retain(|(id, _), _| *id != header.event);
                self.whole.insert(header.event, Arc::clone(&event));
                Ok(Some(event))
            }
            Err(error) => {
                self.parts.remove(&key);
                Err(error)
            }
        }
    }

    /// All that are here as a whole, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Event> + Clone {
        self.whole.values().map(AsRef::as_ref)
    }

    /// How many are here as a whole.
    #[must_use]
    pub fn len(&self) -> usize {
        self.whole.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty()
    }

    /// How many are here in part.
    #[must_use]
    pub fn incomplete(&self) -> usize {
        self.parts.len()
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, event: &EventId) -> Option<&Event> {
        self.whole.get(event).map(AsRef::as_ref)
    }

    /// The offices that these offices, and those that they brought, have brought onto the case. What
    /// of it counts is for [`work`](super::work) to say; this is for what must not wait for a list of
    /// devices.
    #[must_use]
    pub fn brought_by(&self, first: &BTreeSet<OfficeId>) -> BTreeSet<OfficeId> {
        let mut brought: BTreeSet<OfficeId> = BTreeSet::new();
        loop {
            let more: Vec<OfficeId> = self
                .iter()
                .filter_map(|event| match &event.content().body {
                    Body::Admit(admit) => Some((&event.content().office, &admit.office)),
                    _ => None,
                })
                .filter(|(by, office)| {
                    (first.contains(*by) || brought.contains(*by))
                        && !first.contains(*office)
                        && !brought.contains(*office)
                })
                .map(|(_, office)| office.clone())
                .collect();
            if more.is_empty() {
                return brought;
            }
            brought.extend(more);
        }
    }
}

/// The event of a block that holds all of it.
#[must_use]
pub fn single(header: &EventHeader) -> Option<Event> {
    whole(std::slice::from_ref(header)).ok().flatten()
}

fn whole(parts: &[EventHeader]) -> Result<Option<Event>, NoEvent> {
    let headers: Vec<&EventHeader> = parts.iter().collect();
    let (Some(content), Some(header)) = (join_event(&headers)?, headers.first()) else {
        return Ok(None);
    };
    let event = Event::decode(content.as_bytes())?;
    let said = event.content();
    let agrees = said.instance == header.instance
        && said.conversation == header.conversation
        && said.office == header.office
        && said.device == header.device
        && said.recipients == header.recipients
        && event.id() == header.event;
    if agrees {
        Ok(Some(event))
    } else {
        Err(Refusal::Malformed.into())
    }
}
