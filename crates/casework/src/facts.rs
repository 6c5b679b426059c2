//! What the fold needs to know besides the events: the same on every desk once everything has come.

use std::collections::{BTreeMap, BTreeSet};

use candor_directory::{State, TopicKind};
use candor_wire::{DeviceId, OfficeId};

/// What is known of a case besides its events.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Whose desk this is. It decides nothing but what an [`Admit`](crate::body::Admit)'s standing
    /// stands in for, and which [`Erase`](crate::body::Body::Erase) is meant.
    pub own: &'a OfficeId,
    /// The directory's states; a case begins in the first.
    pub states: &'a [State],
    /// The kind of the report's topic: an accolade has a light path.
    pub kind: TopicKind,
    /// The formal offices of the directory, less those in which a role sits that the reporter
    /// left out: whoever may come onto the case.
    pub admissible: &'a BTreeSet<OfficeId>,
    /// What the reporter has said of who reads.
    pub reporter: Reporter,
    /// The devices of the offices, as far as their lists are known.
    pub devices: &'a BTreeMap<OfficeId, Devices>,
}

/// What the reporter has said of who reads.
#[derive(Clone, Debug, Default)]
pub struct Reporter {
    /// The offices that the newest message goes to.
    pub recipients: BTreeSet<OfficeId>,
    /// The offices that the report itself went to. They have had everything from the start: no
    /// account of somebody else stands in for what they know.
    pub first: BTreeSet<OfficeId>,
    /// The offices that any message went to.
    pub ever: BTreeSet<OfficeId>,
    /// Offices in which a role sits that the reporter left out.
    pub left_out: BTreeSet<OfficeId>,
    /// The generation of the conversation key that the newest message names or begins. An office
    /// that was admitted in an earlier one is on the case only if that message includes it.
    pub generation: u32,
    /// Whether the reporter has withdrawn the report.
    pub withdrawn: bool,
}

/// An office's list of devices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Devices {
    /// Its version.
    pub version: u64,
    /// Those that may act.
    pub listed: BTreeSet<DeviceId>,
    /// Those that were revoked.
    pub revoked: BTreeSet<DeviceId>,
}

impl Devices {
    /// Whether a device may act: it is listed, and not revoked.
    #[must_use]
    pub fn allows(&self, device: &DeviceId) -> bool {
        self.listed.contains(device) && !self.revoked.contains(device)
    }
}
