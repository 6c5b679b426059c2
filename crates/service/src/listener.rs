//! Where a server listens: plain HTTP on loopback, TLS anywhere, port 0 allowed.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{config::beside, tls::TlsFiles};

/// A listener as a configuration section: `listen`, and `certificate` with `key` for TLS.
///
/// Plain HTTP off loopback cannot be expressed: such a section fails to parse.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "Section")]
pub struct ListenerSpec {
    address: SocketAddr,
    tls: Option<TlsFiles>,
}

/// The section as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    listen: SocketAddr,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

impl TryFrom<Section> for ListenerSpec {
    type Error = &'static str;

    fn try_from(section: Section) -> Result<Self, Self::Error> {
        let tls = match (section.certificate, section.key) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (None, None) => None,
            (Some(_), None) => return Err("a certificate needs its `key` beside it"),
            (None, Some(_)) => return Err("a key needs its `certificate` beside it"),
        };
        if tls.is_none() && !is_loopback(section.listen.ip()) {
            return Err(
                "plain HTTP is spoken on loopback only (127.0.0.1 or [::1]); \
                 name a `certificate` and its `key`, or listen on loopback",
            );
        }
        Ok(Self {
            address: section.listen,
            tls,
        })
    }
}

impl ListenerSpec {
    /// TLS on any address.
    #[must_use]
    pub const fn tls(address: SocketAddr, files: TlsFiles) -> Self {
        Self {
            address,
            tls: Some(files),
        }
    }

    /// The address to bind; port 0 lets the system choose.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Certificate and key, unless this listener speaks plain HTTP on loopback.
    #[must_use]
    pub const fn tls_files(&self) -> Option<&TlsFiles> {
        self.tls.as_ref()
    }

    /// What the listener speaks.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        if self.tls.is_some() {
            Scheme::Https
        } else {
            Scheme::Http
        }
    }

    /// Makes relative certificate and key paths relative to the configuration file's folder.
    pub fn resolve(&mut self, config: &Path) {
        if let Some(files) = &mut self.tls {
            files.certificate = beside(config, &files.certificate);
            files.key = beside(config, &files.key);
        }
    }
}

impl From<Loopback> for ListenerSpec {
    fn from(loopback: Loopback) -> Self {
        Self {
            address: loopback.0,
            tls: None,
        }
    }
}

/// A loopback address, for what must never be reached from outside: metrics, an onion service.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "SocketAddr")]
pub struct Loopback(SocketAddr);

impl Loopback {
    /// The address.
    #[must_use]
    pub const fn address(self) -> SocketAddr {
        self.0
    }
}

impl TryFrom<SocketAddr> for Loopback {
    type Error = &'static str;

    fn try_from(address: SocketAddr) -> Result<Self, Self::Error> {
        if is_loopback(address.ip()) {
            Ok(Self(address))
        } else {
            Err("this listener is for loopback only (127.0.0.1 or [::1])")
        }
    }
}

/// What a listener speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Plain HTTP, on loopback.
    Http,
    /// HTTP over TLS.
    Https,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ListenerSpec, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())
    }

    #[test]
    fn plain_http_is_refused_off_loopback() {
        for address in [
            "0.0.0.0:80",
            "[::]:80",
            "192.0.2.1:80",
            "[::ffff:192.0.2.1]:80",
        ] {
            let message = parse(&format!("listen = \"{address}\"")).expect_err(address);
            assert!(message.contains("loopback only"), "{message}");
            assert!(!message.contains(address), "{message}");
        }
        for address in [
            "127.0.0.1:0",
            "127.9.9.9:80",
            "[::1]:80",
            "[::ffff:127.0.0.1]:80",
        ] {
            let spec = parse(&format!("listen = \"{address}\"")).expect(address);
            assert_eq!(spec.scheme(), Scheme::Http);
        }
    }

    #[test]
    fn tls_is_allowed_anywhere_and_needs_both_files() {
        let spec = parse("listen = \"0.0.0.0:443\"\ncertificate = \"c\"\nkey = \"k\"");
        assert_eq!(spec.expect("complete").scheme(), Scheme::Https);
        assert!(parse("listen = \"0.0.0.0:443\"\ncertificate = \"c\"").is_err());
        assert!(parse("listen = \"127.0.0.1:443\"\nkey = \"k\"").is_err());
    }

    #[test]
    fn a_loopback_listener_stays_there() {
        let loopback = |text: &str| {
            let address: SocketAddr = text.parse().expect("an address");
            Loopback::try_from(address)
        };
        assert!(loopback("10.0.0.1:9").is_err());
        assert!(loopback("[::1]:9").is_ok());
    }

    #[test]
    fn relative_files_lie_beside_the_configuration() {
        let mut spec = parse("listen = \"[::]:0\"\ncertificate = \"c\"\nkey = \"/k\"").expect("ok");
        spec.resolve(Path::new("/etc/candor/x.toml"));
        let files = spec.tls_files().expect("TLS");
        assert_eq!(files.certificate, Path::new("/etc/candor/c"));
        assert_eq!(files.key, Path::new("/k"));
    }
}
