//! Behind a SOCKS5 proxy: one circuit for each burst, and names are for the proxy to resolve.

use std::{
    collections::BTreeMap,
    io::{self, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use candor_reporter::{BURST, Client, ConnectOptions, NetworkOptions};
use candor_wire::{Capability, exchange::Operation};

use crate::{
    peer::{Peer, now, options, rng},
    support,
};

/// User names and host names that the proxy was given, by connection.
type Log = Arc<Mutex<Vec<(String, String)>>>;

/// A proxy that wants a user name (RFC 1928, RFC 1929) and connects everything to one place.
fn proxy(target: SocketAddr) -> (SocketAddr, Log) {
    let log = Log::default();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let of_thread = Arc::clone(&log);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let log = Arc::clone(&of_thread);
            thread::spawn(move || serve(stream, target, &log));
        }
    });
    (address, log)
}

fn serve(mut client: TcpStream, target: SocketAddr, log: &Log) -> io::Result<()> {
    let take = |stream: &mut TcpStream, len: usize| {
        let mut bytes = vec![0; len];
        stream.read_exact(&mut bytes).map(|()| bytes)
    };
    let methods = take(&mut client, 2)?;
    assert!(
        take(&mut client, methods[1].into())?.contains(&2),
        "no user name offered"
    );
    client.write_all(&[5, 2])?;
    let len = take(&mut client, 2)?[1];
    let user = String::from_utf8(take(&mut client, len.into())?).unwrap();
    let len = take(&mut client, 1)?[0];
    take(&mut client, len.into())?;
    client.write_all(&[1, 0])?;
    let request = take(&mut client, 4)?;
    assert_eq!(request[3], 3, "a name, not an address");
    let len = take(&mut client, 1)?[0];
    let host = String::from_utf8(take(&mut client, len.into())?).unwrap();
    take(&mut client, 2)?;
    log.lock().unwrap().push((user, host));
    let mut server = TcpStream::connect(target)?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
    let _ = io::copy(&mut server, &mut client);
    let _ = client.shutdown(Shutdown::Both);
    Ok(())
}

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
