//! The arguments by which `report` and `check` find the hotline, and connecting with them.

use std::{fs, path::PathBuf, time::SystemTime};

use candor_directory::{Pin, PinError, Purpose};
use candor_reporter::{Client, ConnectOptions, NetworkOptions, Patience};
use clap::Args;
use rand::{CryptoRng, RngCore};

use super::{failure::Failure, screen::Screen, state::State, words};

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
    /// Connect through a SOCKS5 proxy such as Tor, a new circuit for each step
    #[arg(long, value_name = "HOST:PORT", env = "CANDOR_SOCKS5")]
    socks5: Option<String>,
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
}

impl ConnectArgs {
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
        let bytes = fs::read(&self.pin).map_err(|error| {
            Failure::usage(words::cannot_read(&self.pin, &error), words::PIN_REMEDY)
        })?;
        let pin = Pin::decode(&bytes, purpose).map_err(|error| {
            let remedy = match error {
                PinError::Demonstration => words::DEMO_REMEDY,
                PinError::NotDemonstration => words::NOT_DEMO_REMEDY,
                _ => words::PIN_REMEDY,
            };
            Failure::usage(error.to_string(), remedy)
        })?;
        let ca_pem = match &self.ca_file {
            None => None,
            Some(path) => Some(
                fs::read(path)
                    .map_err(|error| Failure::usage(words::cannot_read(path, &error), ""))?,
            ),
        };
        let state = match (&self.state, self.no_state) {
            (_, true) => State::none(),
            (Some(path), _) => State::at(path.clone()),
            (None, _) => State::usual(),
        };
        let highest_version_seen = state.highest(pin.instance()).map_err(|error| {
            Failure::machine(words::state_unreadable(&error), words::STATE_REMEDY)
        })?;
        let options = ConnectOptions {
            network: NetworkOptions {
                socks5: self.socks5.clone(),
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
            Screen::new().say(&words::not_remembered(&error));
        }
        Ok(client)
    }
}
