//! The configuration file of the intake; `deploy/intake.toml` explains every setting.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

use candor_service::{ConfigError, ListenerSpec, Loopback, ServerSettings, config};
use reqwest::Url;
use serde::Deserialize;

use crate::{bucket::Allowance, network::Network};

/// The sample that errors point to.
const SAMPLE: &str = "deploy/intake.toml";

/// Everything an intake is told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Workers, limits of connections, time to finish.
    #[serde(default)]
    pub server: ServerSettings,
    /// Where reporters come in.
    pub public: ListenerSpec,
    /// Where an onion service on this machine comes in.
    pub onion: Option<Onion>,
    /// Where counts may be read on this machine.
    pub metrics: Option<Metrics>,
    /// A proxy on this machine that says whom it speaks for.
    pub trusted_proxy: Option<TrustedProxy>,
    /// The relay that everything is forwarded to.
    pub relay: RelaySettings,
    /// The signed files that are served.
    pub published: Published,
    /// The web app.
    #[serde(default)]
    pub app: AppSettings,
    /// The operator console of a telephone line.
    #[serde(default)]
    pub operator: OperatorSettings,
    /// What one network may send before it is asked for work.
    #[serde(default)]
    pub limits: Limits,
}

/// The `[onion]` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Onion {
    /// A loopback address.
    pub listen: Loopback,
    /// The address that tor gave the service; the page without scripts names it.
    pub address: Option<OnionAddress>,
    /// Exchanges without a stamp that all onion clients together may send at once.
    #[serde(default = "onion_burst")]
    pub burst: u32,
    /// And how many more each second.
    #[serde(default = "onion_per_second")]
    pub per_second: u32,
}

/// The address of an onion service, version 3: `http://` and 56 characters before `.onion`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct OnionAddress(String);

impl TryFrom<String> for OnionAddress {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let name = text
            .strip_prefix("http://")
            .and_then(|rest| rest.strip_suffix(".onion"));
        let base32 = |name: &str| {
            let mut bytes = name.bytes();
            name.len() == 56 && bytes.all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
        };
        if name.is_some_and(base32) {
            Ok(Self(text))
        } else {
            Err("an onion address is http://, 56 lower-case letters and digits, and .onion")
        }
    }
}

impl From<OnionAddress> for String {
    fn from(address: OnionAddress) -> Self {
        address.0
    }
}

/// The `[metrics]` section.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// A loopback address.
    pub listen: Loopback,
}

/// The `[trusted_proxy]` section.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedProxy {
    /// The address that the proxy connects from; loopback.
    #[serde(deserialize_with = "loopback_address")]
    pub address: IpAddr,
}

/// The `[relay]` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelaySettings {
    /// Where the relay's exchange listener is.
    pub url: RelayUrl,
    /// The one certificate authority that may vouch for the relay.
    pub ca: Option<PathBuf>,
    /// How long a connection may take to come about.
    #[serde(default = "connect_seconds")]
    pub connect_seconds: u16,
    /// How long an ordinary exchange may take.
    #[serde(default = "answer_seconds")]
    pub answer_seconds: u16,
    /// How long an exchange with a cell may take.
    #[serde(default = "cell_seconds")]
    pub cell_seconds: u16,
}

/// The address of a relay: https anywhere, http on loopback, nothing after the port.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct RelayUrl(Url);

impl RelayUrl {
    /// The address of one endpoint, an absolute path.
    #[must_use]
    pub fn join(&self, path: &'static str) -> Url {
        let mut url = self.0.clone();
        url.set_path(path);
        url
    }

    /// Whether the relay is on this machine and spoken to without TLS.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }
}

impl TryFrom<String> for RelayUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let url = Url::parse(&text)
            .map_err(|_| "the relay's address is written like \"https://relay.example:8443\"")?;
        let bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !bare {
            return Err("the relay's address ends after host and port");
        }
        let loopback = url
            .host_str()
            .and_then(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().ok())
            .is_some_and(|ip| ip.to_canonical().is_loopback());
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if loopback => Ok(Self(url)),
            "http" => {
                Err("plain http to the relay is for loopback only (127.0.0.1 or [::1]); use https")
            }
            _ => Err("the relay's address begins with https://, or http:// on loopback"),
        }
    }
}

/// The `[published]` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// The folder with `directory.json`, its signatures and `pin.json`.
    pub folder: PathBuf,
    /// How long the relay's keys and the key cards are served before they are fetched again.
    #[serde(default = "cache_seconds")]
    pub cache_seconds: u32,
    /// How old a copy may be when the relay does not answer.
    #[serde(default = "stale_hours")]
    pub stale_hours: u32,
}

/// The `[app]` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppSettings {
    /// A folder of static files to serve in the place of the app that is built in.
    pub folder: Option<PathBuf>,
    /// What the page without scripts names for as long as no directory is published.
    pub telephone: Option<String>,
}

/// The `[operator]` section.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct OperatorSettings {
    /// Whether `/operator` is served. Most hotlines have no operators, and a page that nobody needs
    /// is one more that somebody could open by mistake.
    #[serde(default)]
    pub enabled: bool,
}

/// The `[limits]` section.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Exchanges a network may send at once before it is asked for stamps.
    pub burst: u32,
    /// And how many more each second.
    pub per_second: u32,
    /// Networks that are never asked.
    pub exempt: Vec<Network>,
    /// How many networks are counted apart.
    pub networks: u32,
    /// How many exchanges one cell costs, 1 to 64.
    pub cell_price: u8,
    /// Exchanges per second, from everywhere, above which stamps get harder.
    pub comfortable_per_second: u32,
    /// How long a challenge is good for.
    pub challenge_minutes: u16,
    /// Exchanges in flight; more are told to come back. One network may hold half of them.
    pub exchanges: u32,
    /// Exchanges with cells in flight, each with some 2 MiB. One network may hold a quarter.
    pub cells: u32,
    /// How long a client may take to send an ordinary exchange.
    pub body_seconds: u16,
    /// How long a client may take to send a cell.
    pub cell_body_seconds: u16,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            burst: 600,
            per_second: 20,
            exempt: Vec::new(),
            networks: 65_536,
            cell_price: 8,
            comfortable_per_second: 200,
            challenge_minutes: 30,
            exchanges: 2048,
            cells: 64,
            body_seconds: 30,
            cell_body_seconds: 300,
        }
    }
}

impl Limits {
    /// What one network may send.
    #[must_use]
    pub const fn allowance(&self) -> Allowance {
        Allowance {
            burst: self.burst,
            per_second: self.per_second,
        }
    }
}

impl Onion {
    /// What all onion clients together may send without stamps.
    #[must_use]
    pub const fn allowance(&self) -> Allowance {
        Allowance {
            burst: self.burst,
            per_second: self.per_second,
        }
    }
}

impl Config {
    /// Reads a configuration file; paths in it are relative to its folder.
    ///
    /// # Errors
    /// [`ConfigError`] names file, line and remedy.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let mut config: Self = config::load(path, SAMPLE)?;
        config.public.resolve(path);
        config.published.folder = config::beside(path, &config.published.folder);
        for file in [&mut config.relay.ca, &mut config.app.folder]
            .into_iter()
            .flatten()
        {
            *file = config::beside(path, file);
        }
        config.validate(path)?;
        Ok(config)
    }

    fn validate(&self, path: &Path) -> Result<(), ConfigError> {
        let limits = &self.limits;
        let price = u32::from(limits.cell_price);
        let rules = [
            (
                "relay.ca",
                self.relay.ca.is_none() || !self.relay.url.is_plain(),
                "a certificate authority means nothing to a plain http relay",
                "Remove `ca`, or give an https address.",
            ),
            (
                "limits.cell_price",
                (1..=64).contains(&price) && price <= limits.burst,
                "a cell costs 1 to 64 exchanges and no more than the burst",
                "Choose a price in that range (default 8).",
            ),
            (
                "limits.per_second",
                limits.per_second > 0 && self.onion.as_ref().is_none_or(|o| o.per_second > 0),
                "an allowance must fill again",
                "Set it to 1 or more.",
            ),
            (
                "limits.exchanges",
                limits.exchanges > 0 && limits.cells > 0 && limits.networks > 0,
                "zero would refuse everybody",
                "Set `exchanges`, `cells` and `networks` to 1 or more.",
            ),
            (
                "limits.challenge_minutes",
                (3..=240).contains(&limits.challenge_minutes),
                "a challenge is good for 3 to 240 minutes",
                "Choose a time in that range (default 30).",
            ),
            (
                "relay.answer_seconds",
                ![
                    self.relay.connect_seconds,
                    self.relay.answer_seconds,
                    self.relay.cell_seconds,
                    limits.body_seconds,
                    limits.cell_body_seconds,
                    self.server.workers,
                ]
                .contains(&0),
                "zero seconds or workers would refuse everybody",
                "Set every time limit and `workers` to 1 or more.",
            ),
        ];
        for (setting, holds, cause, remedy) in rules {
            if !holds {
                return Err(ConfigError::Unusable {
                    path: path.to_owned(),
                    setting,
                    cause: cause.to_owned(),
                    remedy,
                });
            }
        }
        Ok(())
    }
}

fn loopback_address<'de, D: serde::Deserializer<'de>>(from: D) -> Result<IpAddr, D::Error> {
    let address = IpAddr::deserialize(from)?.to_canonical();
    if address.is_loopback() {
        Ok(address)
    } else {
        Err(serde::de::Error::custom(
            "only a proxy on this machine can be trusted (127.0.0.1 or ::1)",
        ))
    }
}

const fn onion_burst() -> u32 {
    60
}

const fn onion_per_second() -> u32 {
    4
}

const fn connect_seconds() -> u16 {
    5
}

const fn answer_seconds() -> u16 {
    30
}

const fn cell_seconds() -> u16 {
    120
}

const fn cache_seconds() -> u32 {
    60
}

const fn stale_hours() -> u32 {
    24
}
