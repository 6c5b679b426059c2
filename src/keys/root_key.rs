//! A root's secret key: a minisign key that the stock tool can use as well.

use std::{fmt, path::Path};

use anyhow::{Context as _, Result, anyhow, bail};
use candor_directory::{Directory, Purpose, RootKey, RootRole, trusted_comment};
use minisign::{KeyPair, PublicKey, SecretKey, SecretKeyBox};
use zeroize::Zeroizing;

use super::files;

/// The word in a key file's comment that marks a demonstration's key.
const DEMONSTRATION: &str = "demonstration";

/// What a new root's files hold.
pub struct NewRootFiles {
    /// The secret key.
    pub secret: Zeroizing<String>,
    /// The public key.
    pub public: String,
    /// The public key, parsed.
    pub key: RootKey,
}

/// A root's secret key, ready to sign.
pub struct RootSecret {
    secret: SecretKey,
    public: String,
}

impl fmt::Debug for RootSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RootSecret")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// minisign's errors know nothing of our remedies.
fn failed(error: minisign::PError) -> anyhow::Error {
    anyhow!("{error}")
}

/// Makes a root's key, encrypted with a passphrase; only a demonstration's may be without one.
///
/// # Errors
/// If the system gives no randomness, or a real key is to have no passphrase.
pub fn generate(
    role: &RootRole,
    purpose: Purpose,
    passphrase: Option<&str>,
) -> Result<NewRootFiles> {
    let pair = match (passphrase, purpose) {
        (Some(passphrase), _) => KeyPair::generate_encrypted_keypair(Some(passphrase.to_owned())),
        (None, Purpose::Demonstration) => KeyPair::generate_unencrypted_keypair(),
        (None, Purpose::Production) => bail!("a root's key needs a passphrase"),
    }
    .map_err(failed)?;
    let kind = match purpose {
        Purpose::Production => "candor",
        Purpose::Demonstration => "candor demonstration",
    };
    let comment = format!("{kind} root key, role {role}: keep offline");
    let secret = pair.sk.to_box(Some(&comment)).map_err(failed)?;
    let base64 = pair.pk.to_base64();
    Ok(NewRootFiles {
        secret: Zeroizing::new(secret.into_string()),
        public: format!("untrusted comment: {kind} root public key, role {role}\n{base64}\n"),
        key: RootKey::new(role.clone(), &base64)?,
    })
}

/// Whether a key file says that it belongs to a demonstration.
pub fn is_demonstration(text: &str) -> bool {
    text.lines()
        .next()
        .is_some_and(|comment| comment.contains(DEMONSTRATION))
}

/// Refuses a key of one purpose for another.
///
/// # Errors
/// If they differ.
pub fn check_purpose(path: &Path, text: &str, purpose: Purpose) -> Result<()> {
    match (is_demonstration(text), purpose) {
        (true, Purpose::Production) => bail!(
            "{} is a demonstration's key and protects nothing; make one with `candor keys new-root`",
            path.display()
        ),
        (false, Purpose::Demonstration) => bail!(
            "{} is a real key; do not use it in a demonstration",
            path.display()
        ),
        _ => Ok(()),
    }
}

impl RootSecret {
    /// Reads a key file's text. `passphrase` is asked for only if the key has one, which every
    /// real key has.
    ///
    /// # Errors
    /// If it is no key, of another purpose, or the passphrase is wrong.
    pub fn open(
        path: &Path,
        purpose: Purpose,
        passphrase: impl FnOnce() -> Result<Zeroizing<String>>,
    ) -> Result<Self> {
        let text = Zeroizing::new(files::read_text(path)?);
        check_purpose(path, &text, purpose)?;
        let boxed = || SecretKeyBox::from(text.as_str().to_owned());
        let secret = match (boxed().into_unencrypted_secret_key(), purpose) {
            (Ok(secret), Purpose::Demonstration) => secret,
            (Ok(_), Purpose::Production) => bail!(
                "{} has no passphrase; make another root with `candor keys new-root`",
                path.display()
            ),
            (Err(_), _) => boxed()
                .into_secret_key(Some(passphrase()?.as_str().to_owned()))
                .map_err(failed)
                .with_context(|| format!("cannot open {}; check the passphrase", path.display()))?,
        };
        let public = PublicKey::from_secret_key(&secret)
            .map_err(failed)?
            .to_base64();
        Ok(Self { secret, public })
    }

    /// The base64 line of the public key.
    pub fn base64(&self) -> &str {
        &self.public
    }

    /// Signs the text of a directory under a role.
    ///
    /// # Errors
    /// If the text is not a directory.
    pub fn sign(&self, role: &RootRole, text: &str) -> Result<String> {
        let directory = Directory::decode(text.as_bytes())?;
        let trusted = trusted_comment(role, &directory.instance, directory.version);
        let untrusted = format!("signature of the candor root {role}");
        minisign::sign(
            None,
            &self.secret,
            text.as_bytes(),
            Some(&trusted),
            Some(&untrusted),
        )
        .map(minisign::SignatureBox::into_string)
        .map_err(failed)
    }
}
