//! How the client reaches the intake: an address, and what stands between.
//!
//! Invariant: nothing is sent in clear beyond this machine, no redirect is followed, no proxy of
//! the environment is used, and a request bears no header that tells one client from another. With
//! a proxy, everything goes through it and names are the proxy's to look up; an onion address is
//! never looked up without one.

use std::time::Duration;

use rand::RngCore;
use reqwest::{Certificate, Proxy, Url, redirect};
use thiserror::Error;

/// How to reach the intake.
#[derive(Clone, Debug, Default)]
pub struct NetworkOptions {
    /// A SOCKS5 proxy such as Tor's, as `host:port`. Names are resolved by the proxy, and every
    /// burst takes a circuit of its own.
    pub socks5: Option<String>,
    /// Certificates (PEM) to trust *instead of* the system's.
    pub ca_pem: Option<Vec<u8>>,
}

/// Why the way to the intake cannot be set up.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NetworkError {
    /// Not a web address.
    #[error("the intake's address is not a web address; it looks like https://report.example.edu")]
    Address,
    /// Plain HTTP to another machine.
    #[error(
        "the intake's address is not protected by https; only an onion address or this machine may go without"
    )]
    Unprotected,
    /// An onion address without a proxy: looking it up would tell the network.
    #[error("an onion address is reached through Tor alone, by a SOCKS5 proxy")]
    OnionWithoutProxy,
    /// Not a proxy.
    #[error("the proxy is not of the form host:port, such as 127.0.0.1:9050")]
    Proxy,
    /// The certificate file holds no certificates.
    #[error("the certificate file holds no certificate in PEM form")]
    Certificates,
    /// The HTTP client could not be made.
    #[error("the network client could not be set up on this machine")]
    Setup,
}

/// The way to one intake.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    base: Url,
    socks5: Option<String>,
    certificates: Vec<Certificate>,
    shared: reqwest::Client,
}

impl Network {
    const CONNECT_TIMEOUT: Duration = Duration::from_secs(45);
    /// Between two reads: a slow line is no failure.
    const READ_TIMEOUT: Duration = Duration::from_secs(60);

    pub(crate) fn new(intake: &str, options: &NetworkOptions) -> Result<Self, NetworkError> {
        let base = parse_address(intake, options.socks5.is_some())?;
        let certificates = match &options.ca_pem {
            None => Vec::new(),
            Some(pem) => match Certificate::from_pem_bundle(pem) {
                Ok(found) if !found.is_empty() => found,
                _ => return Err(NetworkError::Certificates),
            },
        };
        if options.socks5.as_deref().is_some_and(|p| !is_host_port(p)) {
            return Err(NetworkError::Proxy);
        }
        let mut network = Self {
            base,
            socks5: options.socks5.clone(),
            certificates,
            shared: reqwest::Client::new(),
        };
        network.shared = network.build(None)?;
        Ok(network)
    }

    /// The HTTP client for one burst. Behind a SOCKS5 proxy it is a fresh one with random
    /// credentials, by which Tor separates circuits; otherwise connections are kept.
    pub(crate) fn client(&self, rng: &mut impl RngCore) -> Result<reqwest::Client, NetworkError> {
        if self.socks5.is_none() {
            return Ok(self.shared.clone());
        }
        let mut token = [0; 16];
        rng.fill_bytes(&mut token);
        self.build(Some(&hex::encode(token)))
    }

    fn build(&self, isolation: Option<&str>) -> Result<reqwest::Client, NetworkError> {
        let mut builder = reqwest::Client::builder()
            .no_proxy()
            .http1_only()
            .referer(false)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(Self::CONNECT_TIMEOUT)
            .read_timeout(Self::READ_TIMEOUT)
            .pool_max_idle_per_host(4);
        if !self.certificates.is_empty() {
            builder = builder.tls_certs_only(self.certificates.iter().cloned());
        }
        if let Some(proxy) = &self.socks5 {
            let token = isolation.unwrap_or("public");
            let url = format!("socks5h://{token}:{token}@{proxy}");
            builder = builder.proxy(Proxy::all(url).map_err(|_| NetworkError::Proxy)?);
        }
        builder.build().map_err(|_| NetworkError::Setup)
    }

    /// The address of a path, which begins with a slash.
    pub(crate) fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let prefix = self.base.path().trim_end_matches('/');
        url.set_path(&format!("{prefix}{path}"));
        url
    }
}

/// The body did not arrive, or is longer than it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadError {
    Broken,
    TooLong,
}

/// Reads a body of at most `limit` bytes, and never holds more of it.
pub(crate) async fn read_at_most(
    mut response: reqwest::Response,
    limit: usize,
) -> Result<Vec<u8>, ReadError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| ReadError::Broken)? {
        if body.len() + chunk.len() > limit {
            return Err(ReadError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn parse_address(intake: &str, by_proxy: bool) -> Result<Url, NetworkError> {
    let url = Url::parse(intake).map_err(|_| NetworkError::Address)?;
    let host = url.host_str().ok_or(NetworkError::Address)?;
    if !url.username().is_empty() || url.query().is_some() || url.fragment().is_some() {
        return Err(NetworkError::Address);
    }
    let loopback = matches!(host, "127.0.0.1" | "[::1]" | "localhost");
    let onion = host.trim_end_matches('.').ends_with(".onion");
    if onion && !by_proxy {
        return Err(NetworkError::OnionWithoutProxy);
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if loopback || onion => Ok(url),
        "http" => Err(NetworkError::Unprotected),
        _ => Err(NetworkError::Address),
    }
}

fn is_host_port(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-.[]:".contains(c);
        !host.is_empty() && host.chars().all(plain) && port.parse::<u16>().is_ok_and(|p| p > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_protected_addresses_pass() {
        for good in [
            "https://report.example.edu",
            "https://report.example.edu/hotline/",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "http://localhost",
        ] {
            assert!(parse_address(good, false).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("report.example.edu", NetworkError::Address),
            ("ftp://report.example.edu", NetworkError::Address),
            ("https://me@report.example.edu", NetworkError::Address),
            ("https://report.example.edu/?a", NetworkError::Address),
            ("http://report.example.edu", NetworkError::Unprotected),
            ("http://127.0.0.1.example.edu", NetworkError::Unprotected),
            ("http://abcdefgh.onion", NetworkError::OnionWithoutProxy),
            ("https://abcdefgh.ONION", NetworkError::OnionWithoutProxy),
            ("https://a.abcdefgh.onion.", NetworkError::OnionWithoutProxy),
        ] {
            assert_eq!(parse_address(bad, false), Err(why), "{bad}");
        }
        for onion in ["http://abcdefgh.onion", "https://abcdefgh.onion"] {
            assert!(parse_address(onion, true).is_ok(), "{onion}");
        }
        assert_eq!(
            parse_address("http://report.example.edu", true),
            Err(NetworkError::Unprotected)
        );
    }

    #[test]
    fn paths_are_added_to_a_prefix() {
        let options = NetworkOptions::default();
        for (base, url) in [
            ("https://a.example", "https://a.example/v1/x"),
            ("https://a.example/h/", "https://a.example/h/v1/x"),
        ] {
            let network = Network::new(base, &options).unwrap();
            assert_eq!(network.url("/v1/x").as_str(), url);
        }
    }

    #[test]
    fn proxies_and_certificates_are_checked() {
        let with = |socks5: Option<&str>, ca: Option<&[u8]>| {
            let options = NetworkOptions {
                socks5: socks5.map(str::to_owned),
                ca_pem: ca.map(<[u8]>::to_vec),
            };
            Network::new("https://a.example", &options).err()
        };
        assert_eq!(with(Some("127.0.0.1:9050"), None), None);
        for bad in [
            "",
            "127.0.0.1",
            ":9050",
            "a b:1",
            "u:p@h:1",
            "h:0",
            "h:99999",
        ] {
            assert_eq!(with(Some(bad), None), Some(NetworkError::Proxy), "{bad}");
        }
        let rubbish = b"not a certificate";
        assert_eq!(with(None, Some(rubbish)), Some(NetworkError::Certificates));
    }
}
