//! The key in `keys.age`, and what it seals by itself.

use candor_wire::InstanceId;
use rand::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::cipher::{Cipher, Place, random_key};
use crate::failure::Outcome;

/// A key of 32 bytes: in `keys.age`, the one that opens the table of keys.
#[derive(Clone)]
pub struct CaseKey(Zeroizing<[u8; 32]>);

impl CaseKey {
    /// Wraps 32 random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Draws one.
    pub fn generate(rng: &mut (impl RngCore + CryptoRng)) -> Self {
        Self(random_key(rng))
    }

    /// The bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for CaseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CaseKey(..)")
    }
}

/// Seals what an informal office counts.
///
/// # Errors
/// Never: a defect.
pub fn seal_counters(
    key: &CaseKey,
    instance: InstanceId,
    plain: &[u8],
    rng: &mut (impl RngCore + CryptoRng),
) -> Outcome<Vec<u8>> {
    Cipher::new(key.expose(), instance).seal(Place::Counters, plain, rng)
}

/// Opens what [`seal_counters`] made; `None` if it was changed.
#[must_use]
pub fn open_counters(
    key: &CaseKey,
    instance: InstanceId,
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    Cipher::new(key.expose(), instance).unseal(Place::Counters, sealed)
}
