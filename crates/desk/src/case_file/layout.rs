//! How entries lie in a record.
//!
//! ```text
//! plain  = entry … ‖ zeros up to a full KiB
//! entry  = 1 ‖ u32 length of JSON ‖ u32 length of bytes ‖ JSON ‖ bytes
//!        | 2 ‖ u64 slot ‖ u32 length ‖ sealed
//! sealed = nonce (24) ‖ XChaCha20-Poly1305(key of the case, nonce, aad, u32 length of JSON ‖ JSON ‖ bytes)
//! aad    = tag ‖ instance ‖ conversation id ‖ u64 slot
//! ```

use rand::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::{cipher::Place, table::Table};
use crate::{
    failure::{Failure, Outcome},
    record::Entry,
};

pub(super) const PADDING: usize = 1024;
/// A group of entries is closed before it grows beyond this.
pub(super) const MAX_GROUP_LEN: usize = 8 << 20;

const OPEN: u8 = 1;
const SEALED: u8 = 2;

/// Entries laid out for one record.
pub(super) struct Group {
    pub(super) entries: usize,
    pub(super) plain: Zeroizing<Vec<u8>>,
}

impl Group {
    pub(super) fn empty() -> Self {
        Self {
            entries: 0,
            plain: Zeroizing::new(Vec::new()),
        }
    }

    /// Whether another entry of this length would make it too large.
    pub(super) fn is_full_for(&self, len: usize) -> bool {
        self.entries > 0 && self.plain.len() + len > MAX_GROUP_LEN
    }

    pub(super) fn push(&mut self, entry: &[u8]) {
        // Buffers that grow leave copies behind: this way it is one allocation for most.
        self.plain.reserve(entry.len().next_multiple_of(PADDING));
        self.plain.extend_from_slice(entry);
        self.entries += 1;
    }

    pub(super) fn pad(&mut self) {
        let padded = self.plain.len().next_multiple_of(PADDING);
        self.plain.resize(padded, 0);
    }
}

/// An entry as it lies in a record.
pub(super) enum Laid<'a> {
    Open { json: &'a [u8], bytes: &'a [u8] },
    Sealed { slot: u64, sealed: &'a [u8] },
}

fn len(bytes: &[u8]) -> Outcome<[u8; 4]> {
    let len = u32::try_from(bytes.len()).map_err(Failure::internal)?;
    Ok(len.to_be_bytes())
}

/// Lays out one entry. The table has a key for its case.
pub(super) fn lay(
    entry: &Entry,
    table: &Table,
    rng: &mut (impl RngCore + CryptoRng),
) -> Outcome<Zeroizing<Vec<u8>>> {
    let json = Zeroizing::new(serde_json::to_vec(&entry.record).map_err(Failure::internal)?);
    let mut out;
    if let Some(conversation) = entry.record.conversation() {
        let slot = table
            .slot(&conversation)
            .ok_or_else(|| Failure::internal("A case has no key."))?;
        let mut plain = Zeroizing::new(Vec::with_capacity(4 + json.len() + entry.bytes.len()));
        plain.extend_from_slice(&len(&json)?);
        plain.extend_from_slice(&json);
        plain.extend_from_slice(&entry.bytes);
        let place = Place::Entry {
            conversation,
            slot: slot.number,
        };
        let sealed = slot.cipher.seal(place, &plain, rng)?;
        out = Zeroizing::new(Vec::with_capacity(13 + sealed.len()));
        out.push(SEALED);
        out.extend_from_slice(&slot.number.to_be_bytes());
        out.extend_from_slice(&len(&sealed)?);
        out.extend_from_slice(&sealed);
    } else {
        out = Zeroizing::new(Vec::with_capacity(9 + json.len() + entry.bytes.len()));
        out.push(OPEN);
        out.extend_from_slice(&len(&json)?);
        out.extend_from_slice(&len(&entry.bytes)?);
        out.extend_from_slice(&json);
        out.extend_from_slice(&entry.bytes);
    }
    Ok(out)
}

fn size(bytes: &[u8; 4]) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(*bytes)).ok()
}

/// The entries of a record with their own bytes; `None` for one that is of another form.
pub(super) fn laid(plain: &[u8]) -> impl Iterator<Item = Option<(Laid<'_>, &[u8])>> {
    let mut rest = plain;
    std::iter::from_fn(move || {
        let whole = rest;
        let (kind, after) = rest.split_first()?;
        // Behind the last entry there are zeros, or nothing.
        if *kind == 0 {
            return None;
        }
        let mut take = || -> Option<(Laid<'_>, &[u8])> {
            let (entry, after) = match *kind {
                OPEN => {
                    let (json_len, after) = after.split_first_chunk::<4>()?;
                    let (bytes_len, after) = after.split_first_chunk::<4>()?;
                    let (json, after) = after.split_at_checked(size(json_len)?)?;
                    let (bytes, after) = after.split_at_checked(size(bytes_len)?)?;
                    (Laid::Open { json, bytes }, after)
                }
                SEALED => {
                    let (slot, after) = after.split_first_chunk::<8>()?;
                    let (len, after) = after.split_first_chunk::<4>()?;
                    let (sealed, after) = after.split_at_checked(size(len)?)?;
                    let slot = u64::from_be_bytes(*slot);
                    (Laid::Sealed { slot, sealed }, after)
                }
                _ => return None,
            };
            let own = whole.get(..whole.len() - after.len())?;
            rest = after;
            Some((entry, own))
        };
        let taken = take();
        if taken.is_none() {
            rest = &[];
        }
        Some(taken)
    })
}

/// Reads an entry. `None` if it is of another form, or does not open.
pub(super) fn read(laid: &Laid<'_>, table: &Table) -> Option<Entry> {
    match laid {
        Laid::Open { json, bytes } => {
            let entry = Entry::new(serde_json::from_slice(json).ok()?, *bytes);
            // What belongs to a case is never kept without its key.
            entry.record.conversation().is_none().then_some(entry)
        }
        Laid::Sealed { slot, sealed } => {
            let (conversation, slot) = table.numbered(*slot)?;
            let place = Place::Entry {
                conversation,
                slot: slot.number,
            };
            let plain = slot.cipher.unseal(place, sealed)?;
            let (json_len, rest) = plain.split_first_chunk::<4>()?;
            let (json, bytes) = rest.split_at_checked(size(json_len)?)?;
            let entry = Entry::new(serde_json::from_slice(json).ok()?, bytes);
            (entry.record.conversation() == Some(conversation)).then_some(entry)
        }
    }
}
