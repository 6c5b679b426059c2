//! Which proxy the hotline is reached through.
//!
//! Invariant: with `--proxy` or `--tor` there is one, or the command ends before it has asked the
//! network for anything.

use std::{
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use candor_reporter::NetworkError;

use super::{failure::Failure, words};

/// Where Tor listens: as a service, and as a part of Tor Browser.
const TOR: [SocketAddr; 2] = [
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9050),
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9150),
];

/// The proxy as `host:port`, from `socks5h://host:port` or that itself. Another scheme is refused:
/// with `socks5`, programs look names up themselves, and the network would learn them.
pub fn host_and_port(given: &str) -> Result<String, Failure> {
    let given = given.trim();
    match given.split_once("://") {
        Some(("socks5h", rest)) => Ok(rest.trim_end_matches('/').to_owned()),
        Some(_) => Err(NetworkError::Proxy.into()),
        None => Ok(given.to_owned()),
    }
}

/// Tor on this computer.
pub fn tor() -> Result<String, Failure> {
    tor_among(&TOR)
}

fn tor_among(places: &[SocketAddr]) -> Result<String, Failure> {
    let answers =
        |place: &&SocketAddr| TcpStream::connect_timeout(place, Duration::from_secs(2)).is_ok();
    places
        .iter()
        .find(answers)
        .map(ToString::to_string)
        .ok_or_else(|| Failure::usage(&*words::NO_TOR, &*words::NO_TOR_REMEDY))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_proxy_looks_names_up_or_is_refused() {
        for good in [
            "socks5h://127.0.0.1:9050",
            "socks5h://127.0.0.1:9050/",
            "127.0.0.1:9050",
        ] {
            assert_eq!(host_and_port(good).unwrap(), "127.0.0.1:9050");
        }
        for bad in [
            "socks5://127.0.0.1:9050",
            "http://127.0.0.1:8080",
            "socks4a://a:1",
        ] {
            assert!(host_and_port(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn tor_is_found_where_it_listens() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let there = listener.local_addr().unwrap();
        let nowhere = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        assert_eq!(tor_among(&[nowhere, there]).unwrap(), there.to_string());
        assert!(tor_among(&[nowhere]).is_err());
    }
}
