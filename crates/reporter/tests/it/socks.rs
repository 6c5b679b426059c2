//! Behind a SOCKS5 proxy: one circuit for each burst, and names are for the proxy to resolve.

use std::collections::BTreeMap;

use candor_reporter::{BURST, Client, ConnectOptions, NetworkOptions};
use candor_wire::{Capability, exchange::Operation};

use crate::{
    peer::{Peer, now, options, rng},
    proxy::proxy,
    support,
};

#[tokio::test]
async fn every_burst_has_a_circuit_of_its_own() {
    let peer = Peer::start();
    let (proxy, log) = proxy(peer.address);
    let options = ConnectOptions {
        network: NetworkOptions {
            socks5: Some(proxy.to_string()),
            ..NetworkOptions::default()
        },
        ..options()
    };
    let url = "http://candorexample.onion";
    let mut rng = rng();
    let client = Client::connect(url, &support::pin(), options, now(), &mut rng)
        .await
        .unwrap();
    for _ in 0..3 {
        let read = Operation::ReadSelf(Capability::new([3; 32]));
        client.burst([read], now(), &mut rng).await.unwrap();
    }
    let mut connections = BTreeMap::new();
    for (user, host) in log.lock().unwrap().iter() {
        assert_eq!(host, "candorexample.onion");
        *connections.entry(user.clone()).or_insert(0) += 1;
    }
    // One circuit for the public files, and one for each burst of four connections.
    assert_eq!(connections.len(), 4);
    let bursts = connections
        .values()
        .filter(|count| **count == BURST)
        .count();
    assert_eq!(bursts, 3, "{connections:?}");
}
