//! The lists of devices of the other offices: fetched from the relay, believed for their office's
//! signature alone, and never an older one than was seen.

use std::collections::BTreeSet;

use candor_casework::facts::Devices;
use candor_directory::{DeviceList, DeviceListError};
use candor_wire::{OfficeId, ProblemType};

use crate::{
    desk::Desk,
    failure::Outcome,
    record::{Entry, Record},
    relay::RelayClient,
};

/// Fetches the lists of all offices that are on a case with this one. Gives alarms.
///
/// # Errors
/// If the relay cannot be reached or the disk fails.
pub fn fetch(desk: &mut Desk, relay: &RelayClient) -> Outcome<Vec<String>> {
    let mut alarms = Vec::new();
    for office in concerned(desk)? {
        let statement = match relay.devices_of(&office) {
            Ok(statement) => statement,
            // It has none yet, or has left the directory.
            Err(error)
                if matches!(
                    error.kind(),
                    Some(ProblemType::Absent | ProblemType::UnknownOffice)
                ) =>
            {
                continue;
            }
            Err(error) => return Err(relay.explain(&error)),
        };
        let known = desk.state.together.device_lists.get(&office).cloned();
        let highest = known.as_ref().map(|devices| devices.version);
        let directory = &desk.published()?.directory;
        match DeviceList::verify(&statement, directory, highest) {
            Ok(list) if list.office != office => alarms.push(format!(
                "The relay gave another office's list of devices for “{office}”. Tell the relay's \
                 operator."
            )),
            Ok(list) => {
                let devices = Devices {
                    version: list.version,
                    listed: list.devices.iter().map(|device| device.id).collect(),
                    revoked: list.revoked.iter().copied().collect(),
                };
                match known {
                    Some(known) if known == devices => {}
                    Some(known) if known.version == devices.version => alarms.push(format!(
                        "There are two different lists of devices of “{office}” with the number \
                         {}, both signed with its key. Somebody else may have that key: call that \
                         office.",
                        devices.version
                    )),
                    _ => desk.record_one(Entry::bare(Record::DeviceListOf { list: statement }))?,
                }
            }
            Err(DeviceListError::RolledBack) => alarms.push(format!(
                "The relay gave an older list of devices of “{office}” than this desk has seen. \
                 It was not taken. Tell the relay's operator."
            )),
            Err(error) => alarms.push(format!(
                "The relay's list of devices of “{office}” is not in order: {error}. It was not \
                 taken. Tell the relay's operator."
            )),
        }
    }
    alarms.extend(withheld(desk)?);
    Ok(alarms)
}

/// The other offices whose events or handovers matter here. Anybody may write in the name of an
/// office that is none: only those of the directory are asked for.
fn concerned(desk: &Desk) -> Outcome<BTreeSet<OfficeId>> {
    let mut offices = BTreeSet::new();
    for case in desk.state.cases.values() {
        offices.extend(case.ever.iter().cloned());
        offices.extend(case.handed_over_by.iter().cloned());
        for event in case.events.iter() {
            offices.insert(event.content().office.clone());
        }
    }
    for (_, _, parts) in desk.state.together.handed() {
        offices.extend(parts.iter().map(|part| part.header.office.clone()));
    }
    let held_late = desk.state.erasures.held_late.iter();
    offices.extend(held_late.map(|held| held.office.clone()));
    let published = desk.published()?;
    offices.retain(|office| {
        *office != desk.config.office && published.directory.office(office).is_some()
    });
    Ok(offices)
}

/// Events that were written by a newer list than the relay gives, on devices that are listed: with a
/// key of one's own anybody may name any number.
fn withheld(desk: &Desk) -> Outcome<Vec<String>> {
    let directory = &desk.published()?.directory;
    let lists = &desk.state.together.device_lists;
    let events = desk
        .state
        .cases
        .values()
        .flat_map(|case| case.events.iter());
    let mut behind = BTreeSet::new();
    for event in events {
        let content = event.content();
        let is_behind = lists
            .get(&content.office)
            .is_some_and(|known| content.list > known.version && known.allows(&content.device));
        if is_behind && directory.office(&content.office).is_some() {
            behind.insert(content.office.clone());
        }
    }
    let alarm = |office: OfficeId| {
        format!(
            "“{office}” has written by a newer list of its devices than the relay gives: the \
             relay withholds it, or has not got it yet. What was done on devices that are not in \
             the older list does not count here until then. If it stays so, tell the relay's \
             operator."
        )
    };
    Ok(behind.into_iter().map(alarm).collect())
}
