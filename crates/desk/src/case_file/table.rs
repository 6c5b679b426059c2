//! The table of keys: the key of the records, the key of imports, and one key for each case.
//!
//! ```text
//! keys  = nonce (24) ‖ XChaCha20-Poly1305(table key, nonce, tag ‖ instance, plain)
//! plain = u8 version, 1 ‖ record key (32) ‖ import key (32) ‖ u64 next slot ‖ u32 count ‖ row …
//! row   = u64 slot ‖ conversation id (32) ‖ key (32)
//! ```
//!
//! The table key lies in `keys.age` and nowhere else. The table is written as a whole, before the
//! first record that needs what is new in it.

use std::collections::BTreeMap;

use candor_wire::{ConversationId, InstanceId};
use rand::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::{
    CaseKey,
    cipher::{Cipher, Key, Place, random_key},
};
use crate::failure::{Failure, Outcome};

const VERSION: u8 = 1;

/// The key of one case.
pub(super) struct Slot {
    /// What records call it: never used again for another one.
    pub(super) number: u64,
    pub(super) cipher: Cipher,
    key: Key,
}

/// All keys of a case file.
pub(super) struct Table {
    instance: InstanceId,
    record: Key,
    import: Key,
    next: u64,
    slots: BTreeMap<ConversationId, Slot>,
    by_number: BTreeMap<u64, ConversationId>,
}

impl Table {
    /// A table without cases.
    pub(super) fn begin(
        instance: InstanceId,
        import: Key,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Self {
        Self {
            instance,
            record: random_key(rng),
            import,
            next: 0,
            slots: BTreeMap::new(),
            by_number: BTreeMap::new(),
        }
    }

    /// The same cases less those that are left out, with another key for the records.
    pub(super) fn without(
        &self,
        left_out: &[ConversationId],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Self {
        let mut table = Self::begin(self.instance, self.import.clone(), rng);
        table.next = self.next;
        for (conversation, slot) in &self.slots {
            if !left_out.contains(conversation) {
                table.put(slot.number, *conversation, slot.key.clone());
            }
        }
        table
    }

    fn put(&mut self, number: u64, conversation: ConversationId, key: Key) {
        let cipher = Cipher::new(&key, self.instance);
        self.by_number.insert(number, conversation);
        let slot = Slot {
            number,
            cipher,
            key,
        };
        self.slots.insert(conversation, slot);
    }

    /// Draws a key for a case unless it has one. Says whether it is new.
    pub(super) fn provide(
        &mut self,
        conversation: ConversationId,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> bool {
        if self.slots.contains_key(&conversation) {
            return false;
        }
        let number = self.next;
        self.next += 1;
        self.put(number, conversation, random_key(rng));
        true
    }

    /// Takes a key back that was never used.
    pub(super) fn withdraw(&mut self, conversation: &ConversationId) {
        if let Some(slot) = self.slots.remove(conversation) {
            self.by_number.remove(&slot.number);
        }
    }

    pub(super) const fn instance(&self) -> InstanceId {
        self.instance
    }

    pub(super) fn conversations(&self) -> Vec<ConversationId> {
        self.slots.keys().copied().collect()
    }

    pub(super) fn slot(&self, conversation: &ConversationId) -> Option<&Slot> {
        self.slots.get(conversation)
    }

    pub(super) fn numbered(&self, number: u64) -> Option<(ConversationId, &Slot)> {
        let conversation = self.by_number.get(&number)?;
        Some((*conversation, self.slots.get(conversation)?))
    }

    /// What seals records.
    pub(super) fn records(&self) -> Cipher {
        Cipher::new(&self.record, self.instance)
    }

    /// The key from which the names of imported rows follow.
    pub(super) fn import_key(&self) -> CaseKey {
        CaseKey::new(*self.import)
    }

    pub(super) fn seal(
        &self,
        key: &CaseKey,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Outcome<Vec<u8>> {
        let count = u32::try_from(self.slots.len()).map_err(Failure::internal)?;
        let mut plain = Zeroizing::new(Vec::with_capacity(80 + 72 * self.slots.len()));
        plain.push(VERSION);
        plain.extend_from_slice(&*self.record);
        plain.extend_from_slice(&*self.import);
        plain.extend_from_slice(&self.next.to_be_bytes());
        plain.extend_from_slice(&count.to_be_bytes());
        for (conversation, slot) in &self.slots {
            plain.extend_from_slice(&slot.number.to_be_bytes());
            plain.extend_from_slice(conversation.as_bytes());
            plain.extend_from_slice(&*slot.key);
        }
        Cipher::new(key.expose(), self.instance).seal(Place::Table, &plain, rng)
    }

    /// `None` if it was changed, or sealed under another key.
    pub(super) fn open(sealed: &[u8], key: &CaseKey, instance: InstanceId) -> Option<Self> {
        let plain = Cipher::new(key.expose(), instance).unseal(Place::Table, sealed)?;
        let (version, rest) = plain.split_first()?;
        if *version != VERSION {
            return None;
        }
        let (record, rest) = rest.split_first_chunk::<32>()?;
        let (import, rest) = rest.split_first_chunk::<32>()?;
        let (next, rest) = rest.split_first_chunk::<8>()?;
        let (count, mut rest) = rest.split_first_chunk::<4>()?;
        let mut table = Self {
            instance,
            record: Zeroizing::new(*record),
            import: Zeroizing::new(*import),
            next: u64::from_be_bytes(*next),
            slots: BTreeMap::new(),
            by_number: BTreeMap::new(),
        };
        for _ in 0..u32::from_be_bytes(*count) {
            let (number, after) = rest.split_first_chunk::<8>()?;
            let (conversation, after) = after.split_first_chunk::<32>()?;
            let (key, after) = after.split_first_chunk::<32>()?;
            rest = after;
            table.put(
                u64::from_be_bytes(*number),
                ConversationId::new(*conversation),
                Zeroizing::new(*key),
            );
        }
        rest.is_empty().then_some(table)
    }
}
