//! What a newcomer is given of a case: the blocks as their writers signed them.
//!
//! Of what was before, as much as was chosen; but always the report, and of the reporter's later
//! messages those that say who may read and how the conversation goes on, since a newcomer that did
//! not have them could be made to write where it must not. What that is, and what comes after:
//! [`owed`].

use std::collections::{BTreeMap, BTreeSet};

use candor_sealing::{
    Block,
    event::DeviceWriter,
    handover::{HandoverContent, HandoverHeader, join_handover},
    open::{Opened, parse},
    report::OfficeRecipient,
};
use candor_wire::{Address, ConversationId, DeviceId, Digest, EventId};
use rand::{RngCore as _, rngs::OsRng};

use super::{
    coming_and_going::tell_again,
    files::{Files, reseal},
    kept::name_of,
    owed::{self, Due},
    sending::{Sent, file_with},
};
use crate::{
    audience::Audience,
    case::Case,
    desk::Desk,
    failure::{Failure, Outcome},
    record::{Entry, Record, split_many, split_two},
    relay::RelayClient,
};

/// Gives everything that is due.
///
/// # Errors
/// If the relay cannot be reached or the disk fails.
pub fn send_all(desk: &mut Desk, relay: &RelayClient, sent: &mut Sent) -> Outcome {
    desk.refresh();
    for (conversation, admit) in owed::untold(desk) {
        tell_again(desk, &conversation, &admit)?;
    }
    desk.refresh();
    let mut due = Vec::new();
    for one in owed::all(desk) {
        // Without a card there is nothing to look for: the whole case file would be read each time.
        if Audience::recipient(desk, &one.to)?.is_some() {
            due.push(one);
        } else {
            sent.waiting.insert(one.to);
        }
    }
    if due.is_empty() {
        return Ok(());
    }
    let wanted: BTreeSet<ConversationId> = due.iter().map(|due| due.conversation).collect();
    let found = blocks_of(desk, &wanted)?;
    for due in due {
        // Somebody may have taken it off the case while the others were given theirs.
        desk.refresh();
        let Some(case) = desk.state.cases.get(&due.conversation) else {
            continue;
        };
        let Some(recipient) = Audience::recipient(desk, &due.to)? else {
            continue;
        };
        if !owed::is_owed(desk, case, &due.to) {
            continue;
        }
        // Files first: what cannot be fetched now is tried again, and nothing is given twice for it.
        let files = if due.files {
            let names: BTreeSet<Digest> = due.given.iter().copied().collect();
            reseal(desk, relay, case, &names, &recipient)?
        } else {
            Files::default()
        };
        let given = due.given.iter();
        let blocks: Vec<Block> = given
            .flat_map(|name| found.of(case, name).iter().cloned())
            .collect();
        for content in HandoverContent::pack(blocks) {
            give(desk, relay, &due, &content, &recipient, Vec::new())?;
        }
        for (content, cells) in files.handovers {
            give(desk, relay, &due, &content, &recipient, cells)?;
        }
        sent.notes.extend(files.notes);
        let names: Vec<u8> = due.given.iter().flat_map(|name| *name.as_bytes()).collect();
        let record = Record::PassedOn {
            conversation: due.conversation,
            to: due.to,
        };
        desk.record_one(Entry::new(record, names))?;
        sent.handed_over += 1;
    }
    Ok(())
}

/// Seals and files one handover; the envelope of its first block names the cells.
fn give(
    desk: &Desk,
    relay: &RelayClient,
    due: &Due,
    content: &HandoverContent,
    to: &OfficeRecipient,
    mut cells: Vec<Address>,
) -> Outcome {
    for block in signed(desk, due, content)? {
        let cells = std::mem::take(&mut cells);
        file_with(relay, &block, std::slice::from_ref(to), cells)?;
    }
    Ok(())
}

fn signed(desk: &Desk, due: &Due, content: &HandoverContent) -> Outcome<Vec<Block>> {
    let mut id = [0; 16];
    OsRng.fill_bytes(&mut id);
    let writer = DeviceWriter {
        instance: &desk.secrets.keyring.instance,
        office: &desk.config.office,
        key: desk.secrets.device.signing_key(),
        conversation: &due.conversation,
    };
    writer
        .handover(&due.to, due.admit, &hex::encode(id), content)
        .map_err(Failure::internal)
}

/// Signed blocks, by the name of what they are part of; of an event also by the device that it names.
#[derive(Default)]
struct Found {
    blocks: BTreeMap<(Digest, Option<DeviceId>), Vec<Block>>,
    /// Parts of handovers to this office: what they hold has been handed over once already.
    handed: BTreeMap<String, Vec<HandoverHeader>>,
}

impl Found {
    fn of(&self, case: &Case, name: &Digest) -> &[Block] {
        let event = case.events.get(&EventId::new(*name.as_bytes()));
        let device = event.map(|event| event.content().device);
        self.blocks.get(&(*name, device)).map_or(&[], Vec::as_slice)
    }

    fn keep(&mut self, compact: &[u8]) {
        if let Ok(block) = Block::from_compact(compact) {
            self.keep_block(block);
        }
    }

    fn keep_block(&mut self, block: Block) {
        let key = match parse(block.clone()) {
            Ok(Opened::Event(event)) => (name_of(&event.header.event), Some(event.header.device)),
            Ok(Opened::Handover(part)) => {
                let parts = self.handed.entry(part.header.handover.clone()).or_default();
                if !parts.iter().any(|known| known.part == part.header.part) {
                    parts.push(part.header);
                }
                return;
            }
            Ok(_) => (block.digest(), None),
            Err(_) => return,
        };
        let known = self.blocks.entry(key).or_default();
        if !known.contains(&block) {
            known.push(block);
        }
    }

    fn unpack(&mut self) {
        for parts in std::mem::take(&mut self.handed).into_values() {
            let headers: Vec<&HandoverHeader> = parts.iter().collect();
            if let Ok(Some(content)) = join_handover(&headers) {
                for signed in content.blocks {
                    self.keep_block(signed.0);
                }
            }
        }
    }
}

/// The signed blocks of cases, from the case file.
fn blocks_of(desk: &Desk, wanted: &BTreeSet<ConversationId>) -> Outcome<Found> {
    let mut found = Found::default();
    desk.read_back(&mut |entry| {
        let concerned = entry
            .record
            .conversation()
            .is_some_and(|conversation| wanted.contains(&conversation));
        if !concerned {
            return Ok(());
        }
        match &entry.record {
            Record::Received { .. } => found.keep(&entry.bytes),
            Record::EventWritten { .. } => {
                for compact in split_many(&entry.bytes).into_iter().flatten() {
                    found.keep(compact);
                }
            }
            Record::Sealed { .. } => {
                if let Some((block, _)) = split_two(&entry.bytes) {
                    found.keep(block);
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    found.unpack();
    Ok(found)
}
