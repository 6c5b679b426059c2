//! The embedded store keeps the contract.

use std::path::Path;

use candor_store::{Config, EmbeddedStore, contract::contract};

#[test]
fn the_embedded_store_keeps_the_contract() {
    let folder = tempfile::tempdir().expect("a folder");
    contract(|name| {
        let path = Path::new(folder.path()).join(name);
        let (store, _) = EmbeddedStore::open(&path, Config::new([7; 32])).expect("opens");
        Box::new(store)
    });
}
