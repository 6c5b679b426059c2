//! The case file of the first version, which is read once and brought into today's form.
//!
//! ```text
//! case/      the journal      case.head   how many records there are
//! record = nonce (24) ‖ XChaCha20-Poly1305(case key, nonce, aad, plain)
//! aad    = tag ‖ instance ‖ u64 sequence number ‖ u8 schema, 1
//! plain  = entry … ‖ zeros up to a full KiB
//! entry  = u32 length of JSON ‖ u32 length of bytes ‖ JSON ‖ bytes
//! ```
//!
//! Records did not say which case they belong to; that follows from what they hold.

use std::collections::BTreeMap;

use candor_sealing::{
    block::Block,
    open::{Opened, parse},
};
use candor_wire::{ConversationId, InstanceId};
use rand::{CryptoRng, RngCore};
use serde_json::Value;

use super::{
    CaseKey,
    cipher::{Cipher, Key, Place},
    volume::{bodies, count, head_bytes, newer, open_journal, tampered},
};
use crate::{failure::Outcome, home::Home, import::plan::RowKey, record::Entry};

/// The folder of its journal.
pub(super) const FOLDER: &str = "case";
/// The file with its number of records.
pub(super) const HEAD: &str = "case.head";
const SCHEMA: u8 = 1;

/// The key from which the names of imported rows followed. Nothing leads back from it to the key
/// of the file.
pub(super) fn import_key(key: &CaseKey) -> Key {
    RowKey::derived(key).into_bytes()
}

/// Everything in it, in order.
///
/// # Errors
/// If it is damaged, older than it was, or was changed.
pub(super) fn read(
    home: &Home,
    key: &CaseKey,
    instance: InstanceId,
    rng: &mut (impl RngCore + CryptoRng),
) -> Outcome<Vec<Entry>> {
    let cipher = Cipher::new(key.expose(), instance);
    let journal = open_journal(&home.join(FOLDER), rng)?;
    let mut reader = Reader::default();
    let mut sequence = 0;
    bodies(&journal, &mut |body| {
        let place = Place::Record {
            sequence,
            schema: SCHEMA,
        };
        let plain = cipher.unseal(place, &body).ok_or_else(|| {
            tampered(&format!(
                "record {sequence} does not open; it was changed, moved or taken out"
            ))
        })?;
        sequence += 1;
        reader.take(&plain).ok_or_else(newer)
    })?;
    let expected = match head_bytes(&home.join(HEAD), sequence)? {
        Some(sealed) => count(&cipher, SCHEMA, &sealed)?,
        None => 0,
    };
    if sequence < expected {
        return Err(tampered(&format!(
            "it has {sequence} records and should have {expected}; an older copy was put in its \
             place"
        )));
    }
    Ok(reader.entries)
}

#[derive(Default)]
struct Reader {
    entries: Vec<Entry>,
    replies: BTreeMap<String, Value>,
}

impl Reader {
    fn take(&mut self, plain: &[u8]) -> Option<()> {
        let len = |bytes: &[u8; 4]| usize::try_from(u32::from_be_bytes(*bytes)).ok();
        let mut rest = plain;
        while let Some((json_len, after)) = rest.split_first_chunk::<4>() {
            // Behind the last entry there are zeros.
            if *json_len == [0; 4] {
                break;
            }
            let (bytes_len, after) = after.split_first_chunk::<4>()?;
            let (json, after) = after.split_at_checked(len(json_len)?)?;
            let (bytes, after) = after.split_at_checked(len(bytes_len)?)?;
            rest = after;
            let record = self.complete(serde_json::from_slice(json).ok()?, bytes)?;
            let record = serde_json::from_value(record).ok()?;
            self.entries.push(Entry::new(record, bytes));
        }
        Some(())
    }

    /// Says which case a record belongs to.
    fn complete(&mut self, mut record: Value, bytes: &[u8]) -> Option<Value> {
        let text = |name: &str| Some(record.get(name)?.as_str()?.to_owned());
        let conversation = match text("record")?.as_str() {
            "received" => serde_json::to_value(conversation_of(bytes)?).ok()?,
            "queued" => {
                let conversation = record.get("conversation")?.clone();
                self.replies.insert(text("reply")?, conversation);
                return Some(record);
            }
            "sealed" | "placed" | "copied" | "given-up" => {
                self.replies.get(&text("reply")?)?.clone()
            }
            _ => return Some(record),
        };
        let fields = record.as_object_mut()?;
        fields.insert("conversation".to_owned(), conversation);
        Some(record)
    }
}

/// The conversation that a block names.
fn conversation_of(compact: &[u8]) -> Option<ConversationId> {
    match parse(Block::from_compact(compact).ok()?).ok()? {
        Opened::Report(report) => Some(report.conversation),
        Opened::FollowUp(follow_up) => Some(follow_up.header.conversation),
        Opened::Reply(reply) => Some(reply.header.conversation),
        _ => None,
    }
}
