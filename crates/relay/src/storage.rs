//! Opens the store that the relay is built with.

use std::{path::Path, sync::Arc};

use candor_service::{Fatal, note};
use candor_store::{EmbeddedStore, OpenError, Store};
use rand::{RngCore as _, rngs::OsRng};

use crate::config::Config;

/// Opens the embedded store.
pub(crate) fn open(config: &Config) -> Result<Arc<dyn Store>, Fatal> {
    let mut seed = [0; 32];
    OsRng.fill_bytes(&mut seed);
    let mut settings = candor_store::Config::new(seed);
    settings.min_free_bytes = u64::from(config.keep_free_mib) << 20;
    settings.unnamed_cell_bytes = u64::from(config.unnamed_cells_mib) << 20;
    let (store, opened) = EmbeddedStore::open(&config.store, settings)
        .map_err(|error| refused(&config.store, &error))?;
    if opened.rebuilt {
        note!(info, "the index was made anew from the journal");
    }
    if opened.damaged > 0 {
        note!(
            error,
            "the journal is damaged in places; restore the folder from a copy if there is one",
            places = opened.damaged
        );
    }
    Ok(Arc::new(store))
}

fn refused(folder: &Path, error: &OpenError) -> Fatal {
    let cause = format!(
        "cannot open the store {}: {}",
        folder.display(),
        chain(error)
    );
    let remedy = match error {
        OpenError::Journal(candor_journal::OpenError::InUse(_)) => {
            "Stop the other process, or give this relay a folder of its own."
        }
        OpenError::Index(_) => "Make room on the disk. The index is made anew from the journal.",
        _ => "Check that this user owns the folder that `store` names and that the disk works.",
    };
    Fatal::storage(cause, remedy)
}

/// The error with what it came from.
fn chain(error: &OpenError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
