//! The arguments by which `report` and `check` find the hotline, and connecting with them.

use std::{fs, path::PathBuf, time::SystemTime};

use candor_directory::{Pin, Purpose};
use candor_reporter::{Client, ConnectOptions, NetworkOptions, Patience};
use clap::Args;
use rand::{CryptoRng, RngCore};

use super::{
    failure::Failure,
    files,
    language::{self, Wish},
    proxy,
    screen::Screen,
    state::State,
    words,
};

/// How to reach and recognise the hotline.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "The hotline")]
pub struct ConnectArgs {
    /// The hotline's web address
    #[arg(long, value_name = "URL", env = "CANDOR_INTAKE")]
    intake: String,
    /// The hotline's pin (pin.json), from a place you trust, not from that address
    #[arg(long, value_name = "FILE", env = "CANDOR_PIN")]
    pin: PathBuf,
    /// Accept the pin of a demonstration, whose keys protect nothing
    #[arg(long)]
    demonstration: bool,
    /// Connect through Tor on this computer: Tor Browser, while it is open, or the tor service
    #[arg(long, conflicts_with = "proxy")]
    tor: bool,
    /// Connect through a SOCKS5 proxy such as Tor. It looks the names up, and every step takes a
    /// circuit of its own
    #[arg(
        long,
        value_name = "socks5h://HOST:PORT",
        env = "CANDOR_PROXY",
        alias = "socks5"
    )]
    proxy: Option<String>,
    /// Trust only the certificates in this PEM file for the connection
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Where to remember the newest directory seen [default: candor/seen.json in the folder for
    /// state: $XDG_STATE_HOME, %LOCALAPPDATA% or ~/.local/state]
    #[arg(long, value_name = "FILE", conflicts_with = "no_state")]
    state: Option<PathBuf>,
    /// Remember nothing on this computer
    #[arg(long)]
    no_state: bool,
    /// How often to try when the network fails
    #[arg(long, value_name = "TIMES", default_value_t = 6,
          value_parser = clap::value_parser!(u32).range(1..=100))]
    tries: u32,
    /// Speak this language: en, es, zh-Hans or ar [default: that of this computer's settings]
    #[arg(
        long,
        value_name = "TAG",
        env = "CANDOR_LANGUAGE",
        help_heading = "How"
    )]
    language: Option<Wish>,
}

impl ConnectArgs {
    /// Settles the language: before the first word is said.
    pub fn settle_language(&self) {
        language::settle(self.language.as_ref());
    }

    /// Whether the network in between can see which hotline is used.
    pub const fn is_in_the_open(&self) -> bool {
        !self.tor && self.proxy.is_none()
    }

    fn proxy(&self) -> Result<Option<String>, Failure> {
        match &self.proxy {
            _ if self.tor => proxy::tor().map(Some),
            Some(given) => proxy::host_and_port(given).map(Some),
            None => Ok(None),
        }
    }

    /// Connects, with everything checked.
    pub async fn connect(
        &self,
        now: SystemTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Client, Failure> {
        let purpose = if self.demonstration {
            Purpose::Demonstration
        } else {
            Purpose::Production
        };
        let bytes = fs::read(&self.pin)
            .map_err(|error| files::unreadable(&self.pin, &error).do_this(&*words::PIN_REMEDY))?;
        let pin = Pin::decode(&bytes, purpose)?;
        let ca_pem = match &self.ca_file {
            None => None,
            Some(path) => Some(fs::read(path).map_err(|error| files::unreadable(path, &error))?),
        };
        let state = match (&self.state, self.no_state) {
            (_, true) => State::none(),
            (Some(path), _) => State::at(path.clone()),
            (None, _) => State::usual(),
        };
        let highest_version_seen = state.highest(pin.instance()).map_err(|error| {
            Failure::machine(
                words::STATE_UNREADABLE.with(&[("error", &error)]),
                &*words::STATE_REMEDY,
            )
        })?;
        let options = ConnectOptions {
            network: NetworkOptions {
                socks5: self.proxy()?,
                ca_pem,
            },
            highest_version_seen,
            patience: Patience {
                tries: self.tries,
                ..Patience::default()
            },
        };
        let client = Client::connect(&self.intake, &pin, options, now, rng).await?;
        let version = client.directory().version;
        if let Err(error) = state.remember(*pin.instance(), version) {
            // A computer that keeps nothing is no reason to keep anybody from reporting.
            Screen::new().say(&words::NOT_REMEMBERED.with(&[("error", &error)]));
        }
        Ok(client)
    }
}
