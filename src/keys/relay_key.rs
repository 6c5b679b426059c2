//! `candor keys relay-key`

use std::path::PathBuf;

use anyhow::{Result, bail};
use candor_directory::{PublicKey, RelayRequest};
use candor_relay::encode_signing_key;
use candor_wire::InstanceId;
use clap::Args;
use ed25519_dalek::SigningKey;
use rand::{RngCore as _, rngs::OsRng};
use zeroize::Zeroizing;

use super::{
    PurposeArgs,
    files::{self, Readers, Replace},
    folder,
    terminal::{note, say},
};

/// Make the relay's signing key: on the computer that will run the relay.
///
/// Writes relay.key, which the relay's configuration names and which never leaves that computer,
/// and relay-request.json for the administrator.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  candor keys relay-key --pin pin.json --out /etc/candor-relay")]
pub struct NewRelayKey {
    /// The instance's pin.json.
    #[arg(long, value_name = "FILE", required_unless_present = "instance")]
    pin: Option<PathBuf>,
    /// The instance's id, if there is no pin yet.
    #[arg(long, value_name = "HEX", conflicts_with = "pin")]
    instance: Option<InstanceId>,
    /// Where to put the two files.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Replace a key that is already there: the directory must then name the new one.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    purpose: PurposeArgs,
}

impl NewRelayKey {
    pub(super) fn run(self) -> Result<()> {
        let instance = match (&self.pin, self.instance) {
            (Some(pin), _) => *folder::read_pin(pin, self.purpose.purpose())?.instance(),
            (None, Some(instance)) => instance,
            (None, None) => bail!("give --pin or --instance"),
        };
        let replace = Replace::if_forced(self.force);
        let (secret, public) = (
            self.out.join("relay.key"),
            self.out.join("relay-request.json"),
        );
        files::must_be_free(&secret, replace)?;
        files::must_be_free(&public, replace)?;
        let mut seed = Zeroizing::new([0; 32]);
        OsRng.try_fill_bytes(seed.as_mut_slice())?;
        let key = SigningKey::from_bytes(&seed);
        let request = RelayRequest::new(instance, PublicKey::try_from(key.verifying_key())?);
        files::create_folder(&self.out, Readers::Owner)?;
        files::write(
            &secret,
            encode_signing_key(&key).as_bytes(),
            Readers::Owner,
            replace,
        )?;
        files::write(
            &public,
            request.sign(&key)?.as_bytes(),
            Readers::Everybody,
            replace,
        )?;
        say(&format!("Secret key:  {}", secret.display()));
        say(&format!("Request:     {}", public.display()));
        say(&format!("Fingerprint: {}", request.fingerprint()));
        note("\nGive the request to the administrator, who will ask you to read the fingerprint.");
        Ok(())
    }
}
