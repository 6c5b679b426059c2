//! A SOCKS5 proxy that wants a user name, notes what it is given, and connects everything to one
//! place (RFC 1928, RFC 1929). It takes names only: who looks a name up has told the network.

use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// User names and host names that the proxy was given, by connection.
pub type Log = Arc<Mutex<Vec<(String, String)>>>;

/// Starts one.
pub fn proxy(target: SocketAddr) -> (SocketAddr, Log) {
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
