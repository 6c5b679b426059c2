//! The offices' device lists, as far as the directory in use vouches for them.
//!
//! Invariant: a list in here is signed by the office key that the directory names, and a list is
//! never replaced by one of a lower version or by one that takes a revocation back.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use candor_directory::{DeviceList, DeviceListDomain, DeviceListError, Directory, Verified};
use candor_service::note;
use candor_store::{StatementKind, Store};
use candor_wire::{DeviceId, OfficeId, Problem, ProblemType, SignedStatement};

use crate::operations::problem;

/// A list with the text that was signed.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) list: Verified<DeviceList>,
    pub(crate) statement: SignedStatement<DeviceListDomain>,
}

impl Listed {
    /// Whether the office has shut the device out for good.
    pub(crate) fn is_revoked(&self, device: &DeviceId) -> bool {
        self.list.revoked.contains(device)
    }

    /// Whether the device may act for the office.
    pub(crate) fn has(&self, device: &DeviceId) -> bool {
        self.list.device(device).is_some()
    }
}

/// All offices' lists.
#[derive(Debug, Default)]
pub(crate) struct DeviceLists {
    lists: RwLock<BTreeMap<OfficeId, Arc<Listed>>>,
    /// Held from the check of a new list until it is in force.
    pub(crate) changing: tokio::sync::Mutex<()>,
}

impl DeviceLists {
    /// Reads what the store keeps; lists that the directory does not vouch for are left out.
    pub(crate) async fn load(
        &self,
        store: &dyn Store,
        directory: &Verified<Directory>,
    ) -> Result<(), candor_store::StoreError> {
        let _changing = self.changing.lock().await;
        let mut lists = BTreeMap::new();
        let mut refused = 0_usize;
        for (_, text) in store.statements(StatementKind::DeviceList).await? {
            let listed = serde_json::from_str(&text)
                .map_err(|_| DeviceListError::Form)
                .and_then(|statement| verify(statement, directory));
            match listed {
                Ok(listed) => {
                    lists.insert(listed.list.office.clone(), Arc::new(listed));
                }
                Err(_) => refused += 1,
            }
        }
        if refused > 0 {
            note!(
                warn,
                "device lists do not fit the directory; their offices have to publish new ones",
                lists = refused
            );
        }
        *self.lists.write().unwrap_or_else(PoisonError::into_inner) = lists;
        Ok(())
    }

    /// The office's list.
    pub(crate) fn of(&self, office: &OfficeId) -> Option<Arc<Listed>> {
        let lists = self.lists.read().unwrap_or_else(PoisonError::into_inner);
        lists.get(office).map(Arc::clone)
    }

    /// Whether any office lists the device.
    pub(crate) fn knows(&self, device: &DeviceId) -> bool {
        let lists = self.lists.read().unwrap_or_else(PoisonError::into_inner);
        lists.values().any(|listed| listed.has(device))
    }

    /// Stores a list that [`check`] has let pass. The caller holds `changing`.
    pub(crate) async fn put(
        &self,
        store: &dyn Store,
        listed: Listed,
        today: candor_wire::Day,
    ) -> Result<(), Problem> {
        let office = listed.list.office.clone();
        let text = serde_json::to_string(&listed.statement)
            .map_err(|_| Problem::new(ProblemType::Internal))?;
        store
            .put_statement(StatementKind::DeviceList, office.as_str(), text, today)
            .await
            .map_err(|error| problem(&error))?;
        self.lists
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(office, Arc::new(listed));
        Ok(())
    }
}

/// Checks a list against the directory.
pub(crate) fn verify(
    statement: SignedStatement<DeviceListDomain>,
    directory: &Verified<Directory>,
) -> Result<Listed, DeviceListError> {
    let list = DeviceList::verify(&statement, directory, None)?;
    Ok(Listed { list, statement })
}

/// What a new list means beside the one in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It takes the place of the one in force, or is the first.
    New,
    /// It is the one in force.
    Same,
}

/// Whether `new`, brought by `device`, may take the place of `old`.
///
/// The office's key has signed it; so a device that only the new list names may bring it, as when
/// an office sets up anew from its recovery file. A revoked device may not.
pub(crate) fn check(
    old: Option<&Listed>,
    new: &Listed,
    device: &DeviceId,
) -> Result<Change, ProblemType> {
    let listed = new.has(device) || old.is_some_and(|old| old.has(device));
    let revoked = old.is_some_and(|old| old.is_revoked(device));
    if revoked || !listed {
        return Err(ProblemType::Unauthorized);
    }
    let Some(old) = old else {
        return Ok(Change::New);
    };
    if new.statement == old.statement {
        return Ok(Change::Same);
    }
    let keeps_revocations = old.list.revoked.iter().all(|device| new.is_revoked(device));
    if new.list.version <= old.list.version || !keeps_revocations {
        return Err(ProblemType::Conflict);
    }
    Ok(Change::New)
}
