//! The desk as a reporter: what an office brings in for others goes the way of every report,
//! through the intake, sealed to whom the directory's rules name.
//!
//! Invariant: before anything is sent the directory is fetched and checked as any reporter's
//! client does it; nothing goes to other offices than the person at the desk was shown.

use std::{fs, time::SystemTime};

use candor_directory::Directory;
use candor_reporter::{
    Client, ConnectError, ConnectOptions, NetworkOptions, PrepareError, RecipientsError, SendError,
};
use candor_wire::OfficeId;
use rand::rngs::OsRng;
use tokio::runtime::{Builder, Runtime};

use crate::{
    desk::Desk,
    failure::{Failure, Outcome, Reason},
    http::Stop,
};

/// A way to the intake, with what is published there checked.
pub struct Filer {
    runtime: Runtime,
    client: Client,
    stop: Stop,
}

impl Filer {
    /// Fetches what a reporter's client needs, and checks it against the desk's pin.
    ///
    /// # Errors
    /// If the public front cannot be reached, or what it serves is not to be trusted.
    pub fn connect(desk: &Desk) -> Outcome<Self> {
        let ca_pem =
            match &desk.config.ca_file {
                Some(path) => Some(fs::read(path).map_err(|error| {
                    Failure::file("Cannot read the certificates in", path, &error)
                })?),
                None => None,
            };
        let options = ConnectOptions {
            network: NetworkOptions {
                socks5: None,
                ca_pem,
            },
            highest_version_seen: desk.state.directory_version,
            ..ConnectOptions::default()
        };
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failure::internal)?;
        let stop = desk.shared().stopper().clone();
        let mut rng = OsRng;
        let connecting = Client::connect(
            &desk.config.intake_url,
            &desk.pin,
            options,
            SystemTime::now(),
            &mut rng,
        );
        let client = runtime.block_on(async {
            tokio::select! {
                biased;
                () = stop.asked() => Err(called_off()),
                connected = connecting => connected.map_err(|error| not_connected(&error)),
            }
        })?;
        Ok(Self {
            runtime,
            client,
            stop,
        })
    }

    /// The directory as it is now.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        self.client.directory()
    }

    /// The client.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Does something over the network, unless the desk is being locked.
    ///
    /// # Errors
    /// If it is, or what `act` fails with.
    pub fn run<T>(&self, act: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = self.stop.asked() => Err(called_off()),
                done = act => done,
            }
        })
    }
}

impl std::fmt::Debug for Filer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filer").finish_non_exhaustive()
    }
}

/// The desk was locked.
fn called_off() -> Failure {
    Failure::new(
        Reason::Locked,
        "The desk was locked in the meantime, so that this was broken off.",
        "Unlock it, and do it again.",
    )
}

fn not_connected(error: &ConnectError) -> Failure {
    match error {
        ConnectError::Untrusted { .. } => Failure::trust(
            format!("What the public front serves is not to be trusted: {error}."),
            "Nothing was sent. If the cause is not this workstation's clock, ask the \
             administrator, by telephone.",
        ),
        ConnectError::Network(_) => Failure::usage(
            format!("The public front cannot be used: {error}."),
            "Check intake_url and ca_file in desk.toml.",
        ),
        _ => Failure::new(
            Reason::Network,
            "The public front cannot be reached, through which reports are sent.",
            "Check the network and intake_url in desk.toml, then try again.",
        ),
    }
}

/// The offices are not those that were shown.
///
/// # Errors
/// If so: the directory has changed.
pub fn same_offices<'a>(shown: &[OfficeId], now: impl Iterator<Item = &'a OfficeId>) -> Outcome {
    let mut now: Vec<&OfficeId> = now.collect();
    let mut shown: Vec<&OfficeId> = shown.iter().collect();
    now.sort();
    shown.sort();
    if now == shown {
        return Ok(());
    }
    Err(Failure::refused(
        "The directory has changed: others would read this than was shown.",
        "Run “sync”, then begin anew and look at who will read it.",
    ))
}

/// Why a report was not made ready.
#[must_use]
pub fn not_prepared(error: &PrepareError) -> Failure {
    match error {
        PrepareError::Recipients(RecipientsError::Card(_)) => Failure::refused(
            format!("It cannot be sealed to everybody who is to read it: {error}."),
            "Nothing was sent. Wait until that office has renewed its key card, or call it.",
        ),
        _ => Failure::refused(format!("{error}."), "Nothing was sent."),
    }
}

/// Why a report was not sent.
#[must_use]
pub fn not_sent(error: &SendError) -> Failure {
    Failure::new(
        Reason::Network,
        format!("It could not be sent: {error}."),
        "It is not certain whether all of it has arrived.",
    )
}
