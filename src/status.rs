//! `candor status`: what is about to expire.
//!
//! Exit codes: 0 all is well, 1 something needs attention, 2 it could not be found out.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context as _, Result, bail};
use candor_directory::{Cards, Directory, DirectoryError, RelayKeys, Verified};
use candor_wire::Day;
use clap::Args;

use crate::keys::{
    PurposeArgs, TodayArgs, files,
    folder::{Published, read_pin},
    terminal::{note, say},
};

/// How many days ahead the relay's exchange keys should reach.
const RELAY_KEY_DAYS: u32 = 3;
/// The most bytes to take from a server.
const MAX_LEN: usize = Cards::MAX_LEN;

/// The arguments of `candor status`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  candor status --directory my-school/public
  candor status --directory my-school/public --intake https://hotline.example.edu

Exit codes: 0 all is well, 1 something needs attention, 2 it could not be found out.
Run it daily from a timer and have its output mailed if it does not exit with 0.")]
pub struct Status {
    /// The folder with directory.json, its signatures and pin.json.
    #[arg(long, value_name = "DIR")]
    directory: PathBuf,
    /// A pin from elsewhere.
    #[arg(long, value_name = "FILE")]
    pin: Option<PathBuf>,
    /// Ask this intake for the key cards and the relay's keys.
    #[arg(long, value_name = "URL")]
    intake: Option<String>,
    /// The list of key cards: an address or a file.
    #[arg(long, value_name = "URL|FILE", conflicts_with = "intake")]
    cards: Option<String>,
    /// The list of the relay's keys: an address or a file.
    #[arg(long, value_name = "URL|FILE", conflicts_with = "intake")]
    relay_keys: Option<String>,
    /// Warn if anything but the relay's keys lasts for fewer days than this.
    #[arg(long, value_name = "N", default_value_t = 60)]
    warn_days: u32,
    #[command(flatten)]
    purpose: PurposeArgs,
    #[command(flatten)]
    today: TodayArgs,
}

/// What was found, line by line.
struct Findings {
    today: Day,
    warn_days: u32,
    attention: bool,
}

impl Findings {
    fn good(&self, text: &str) {
        say(&format!("ok         {text}"));
    }

    fn attention(&mut self, text: &str) {
        self.attention = true;
        say(&format!("ATTENTION  {text}"));
    }

    /// Something that lasts until a day.
    fn until(&mut self, what: &str, last: Day, warn_days: u32, remedy: &str) {
        let days = last.since(self.today);
        let line = format!("{what} until {last}, {days} more days");
        if days < warn_days {
            self.attention(&format!("{line}: {remedy}"));
        } else {
            self.good(&line);
        }
    }
}

impl Status {
    /// Runs the command.
    pub fn run(self) -> ExitCode {
        match self.look() {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::from(1),
            Err(error) => {
                note(&format!("error: {error:#}"));
                ExitCode::from(2)
            }
        }
    }

    /// Whether all is well.
    fn look(self) -> Result<bool> {
        let mut found = Findings {
            today: self.today.today(),
            warn_days: self.warn_days,
            attention: false,
        };
        let public = Published::new(self.directory.clone());
        let purpose = self.purpose.purpose();
        let pin = match &self.pin {
            Some(path) => read_pin(path, purpose)?,
            None => public.read_pin(purpose)?,
        };
        let directory = match public.verify(&pin, found.today)? {
            Ok(directory) => directory,
            // What lies beneath can still be looked at on the directory's last day.
            Err(DirectoryError::Expired(last)) => {
                found.attention(&format!("the directory expired on {last}: renew it now"));
                public.verify(&pin, last)??
            }
            Err(error) => return Err(error.into()),
        };
        if directory.not_after >= found.today {
            let what = format!("directory, version {}, good", directory.version);
            let remedy = "use `candor keys renew` and have every root sign";
            found.until(&what, directory.not_after, found.warn_days, remedy);
        }
        let under = |path: &str| {
            let intake = self.intake.as_deref()?;
            Some(format!("{}{path}", intake.trim_end_matches('/')))
        };
        if let Some(from) = self.cards.clone().or_else(|| under("/v1/cards")) {
            let blob =
                fetch(&from).with_context(|| format!("cannot get the key cards from {from}"))?;
            look_at_cards(&mut found, &directory, &blob)?;
        }
        if let Some(from) = self.relay_keys.clone().or_else(|| under("/v1/keys")) {
            let bytes =
                fetch(&from).with_context(|| format!("cannot get the relay's keys from {from}"))?;
            look_at_relay_keys(&mut found, &directory, &bytes);
        }
        Ok(!found.attention)
    }
}

fn look_at_cards(found: &mut Findings, directory: &Verified<Directory>, blob: &[u8]) -> Result<()> {
    let cards = Cards::verify_all(blob, directory)?;
    for office in &directory.offices {
        match (
            cards.current(&office.id, found.today),
            cards.covered_until(&office.id, found.today),
        ) {
            (Ok(_), Some(last)) => {
                let what = format!("{}: key cards", office.id);
                let remedy = "open the office's desk and let it sync";
                found.until(&what, last, found.warn_days, remedy);
            }
            (Err(error), _) => found.attention(&format!("{}: {error}", office.id)),
            (Ok(_), None) => found.attention(&format!("{}: no card for today", office.id)),
        }
    }
    for refused in cards.refused() {
        found.attention(&format!("a card was set aside: {refused}"));
    }
    for (office, epoch) in cards.conflicting() {
        found.attention(&format!("{office}: two different cards for {epoch}"));
    }
    Ok(())
}

fn look_at_relay_keys(found: &mut Findings, directory: &Verified<Directory>, bytes: &[u8]) {
    let keys = match RelayKeys::verify(bytes, directory, None) {
        Ok(keys) => keys,
        Err(error) => return found.attention(&format!("relay: {error}")),
    };
    match keys.covered_until(found.today) {
        Some(last) => found.until(
            "relay: exchange keys",
            last,
            RELAY_KEY_DAYS,
            "see whether the relay runs and why it makes no new ones",
        ),
        None => found.attention("relay: no exchange key is good today; see whether it runs"),
    }
}

/// Reads a file, or asks a server.
fn fetch(from: &str) -> Result<Vec<u8>> {
    if !from.starts_with("https://") && !from.starts_with("http://") {
        return files::read(from.as_ref());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let mut response = client.get(from).send().await?.error_for_status()?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MAX_LEN {
                bail!("the answer is too long");
            }
        }
        Ok(bytes)
    })
}
