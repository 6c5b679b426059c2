//! Files for a newcomer: fetched, opened and sealed to it anew, since what lies at the relay was
//! sealed to the offices that the message went to.

use std::collections::BTreeSet;

use candor_sealing::{
    attachment::{AttachmentRef, AttachmentSealer},
    handover::{HandoverContent, Resealed},
    message::Secret32,
    report::OfficeRecipient,
    thread::{Body, ReporterContent},
};
use candor_wire::{Address, Digest, sizes::MAX_CELLS};
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use crate::{
    attachments,
    case::Case,
    clean,
    desk::Desk,
    failure::{Failure, Outcome, Reason},
    relay::RelayClient,
};

/// What is handed over of files.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// As contents of handovers, each with the cells that its envelope names.
    pub handovers: Vec<(HandoverContent, Vec<Address>)>,
    /// Files that could not be given, for a person.
    pub notes: Vec<String>,
}

/// Seals the files of those messages of which a block is given.
pub(super) fn reseal(
    desk: &Desk,
    relay: &RelayClient,
    case: &Case,
    given: &BTreeSet<Digest>,
    to: &OfficeRecipient,
) -> Outcome<Files> {
    let mut files = Files::default();
    let (mut content, mut cells) = (HandoverContent::default(), Vec::new());
    for named in of_messages(case, given) {
        let here = case.resealed.get(named.key().expose()).unwrap_or(&named);
        let plain = match attachments::fetch(desk, relay, here, Vec::new()) {
            Ok(plain) => Zeroizing::new(plain),
            // The network may come back; a file that is gone or damaged does not.
            Err(failure) if failure.reason() == Reason::Network && !is_gone(&failure) => {
                return Err(failure);
            }
            Err(failure) => {
                files.notes.push(format!(
                    "“{}” could not be handed over: {}",
                    clean::short(named.name(), 80),
                    failure.cause()
                ));
                continue;
            }
        };
        let (file, sealed) = seal(desk, relay, &named, &plain, to)?;
        if cells.len() + sealed.len() > MAX_CELLS {
            let full = std::mem::take(&mut content);
            files.handovers.push((full, std::mem::take(&mut cells)));
        }
        cells.extend(sealed);
        content.files.push(Resealed {
            key: Secret32::new(*named.key().expose()),
            file,
        });
    }
    if !content.files.is_empty() {
        files.handovers.push((content, cells));
    }
    Ok(files)
}

fn is_gone(failure: &Failure) -> bool {
    failure.cause().contains("has deleted the file") || failure.cause().contains("does not hold")
}

fn seal(
    desk: &Desk,
    relay: &RelayClient,
    named: &AttachmentRef,
    plain: &[u8],
    to: &OfficeRecipient,
) -> Outcome<(AttachmentRef, Vec<Address>)> {
    let recipients = [to.recipient().clone()];
    let mut sealer =
        AttachmentSealer::new(plain, named.name(), named.media_type(), &recipients, OsRng)
            .map_err(Failure::internal)?;
    let mut cells = Vec::new();
    while let Some(cell) = sealer.next_cell().map_err(Failure::internal)? {
        desk.go_on()?;
        let address = cell.address();
        relay.put_cell(&address, cell.bytes)?;
        cells.push(address);
    }
    Ok((sealer.finish().map_err(Failure::internal)?, cells))
}

/// The files that messages name of which a block is among these.
fn of_messages(case: &Case, given: &BTreeSet<Digest>) -> Vec<AttachmentRef> {
    let mut found = Vec::new();
    let blocks: Vec<(u32, Digest)> = case.members().map(|m| (m.counter, m.digest)).collect();
    for message in &case.messages {
        let first = blocks
            .iter()
            .find(|(counter, _)| *counter == message.counter);
        if !first.is_some_and(|(_, digest)| given.contains(digest)) {
            continue;
        }
        match &message.body {
            Body::Whole(ReporterContent::Report(content)) => {
                found.extend(content.attachments.iter().cloned());
            }
            Body::Whole(ReporterContent::FollowUp(content)) => {
                found.extend(content.attachments.iter().cloned());
            }
            _ => {}
        }
    }
    for reply in case.joined_replies() {
        let block = case.replies.get(&reply.place).map(|reply| reply.block);
        if let (Some(block), Body::Whole(content)) = (block, reply.body)
            && given.contains(&block)
        {
            found.extend(content.attachments);
        }
    }
    found
}
