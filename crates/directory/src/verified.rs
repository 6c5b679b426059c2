//! What has been checked, and what has not.

use std::ops::Deref;

/// A value whose signatures, instance and validity were checked. Only this crate makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    pub(crate) const fn assert(value: T) -> Self {
        Self(value)
    }

    /// Gives up the mark.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Bytes that claim to be a `T`, with what should prove it. Nothing of them has been believed.
#[derive(Clone, Debug)]
pub struct Unverified<T> {
    pub(crate) bytes: Vec<u8>,
    pub(crate) signatures: std::collections::BTreeMap<crate::RootRole, String>,
    pub(crate) kind: std::marker::PhantomData<fn() -> T>,
}
