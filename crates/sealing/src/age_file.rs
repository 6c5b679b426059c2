//! Sealing bytes to hybrid recipients as a standard age file, and opening one
//! (`docs/protocol.md`, "Sealing"; C2SP age).
//!
//! Invariant: a file that this module makes or opens has `mlkem768x25519` stanzas and grease,
//! nothing else, so that no weaker recipient can be slipped in beside them.

use std::{
    collections::HashSet,
    io::{BufRead, Read as _, Write as _},
};

use age::{DecryptError, Identity, Recipient, stream::StreamReader};
use age_core::format::{FileKey, Stanza};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::hybrid::{HybridIdentity, HybridRecipient, STANZA_TAG};

/// The most recipients of one file: six offices and the reporter.
pub const MAX_RECIPIENTS: usize = 7;
/// The most bytes that [`open`] takes out of a file.
pub const MAX_OPENED_LEN: u64 = 1 << 20;

/// The header must end within this length: seven recipients take 11 KiB. age parses a header
/// anew for every line, so that a long one would keep a desk busy.
const MAX_HEADER_LEN: usize = 16_384;
/// How the stanzas are named that age implementations add at random, and ignore.
const GREASE: &str = "grease";

/// Why bytes could not be sealed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// None, more than [`MAX_RECIPIENTS`], or one twice.
    #[error("a file is sealed to one to seven recipients, each once")]
    Recipients,
    /// The age library refused; with valid recipients it does not.
    #[error("the file could not be sealed")]
    Age,
}

/// The file does not open: wrong key, changed, cut short, too long, or of a refused kind. One
/// error, so that nobody learns which.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("it does not open with this key, or it was changed on the way")]
pub struct OpenError;

/// Refuses an unusable list of recipients, and gives it as the age library wants it.
pub(crate) fn recipients(
    list: &[HybridRecipient],
) -> Result<impl Iterator<Item = &dyn Recipient>, SealError> {
    let distinct: HashSet<&HybridRecipient> = list.iter().collect();
    if list.is_empty() || list.len() > MAX_RECIPIENTS || distinct.len() != list.len() {
        return Err(SealError::Recipients);
    }
    Ok(list.iter().map(|recipient| recipient as &dyn Recipient))
}

/// Seals bytes to the recipients.
///
/// # Errors
/// [`SealError`]
pub fn seal(plaintext: &[u8], to: &[HybridRecipient]) -> Result<Vec<u8>, SealError> {
    let encryptor = age::Encryptor::with_recipients(recipients(to)?).map_err(|_| SealError::Age)?;
    let mut sealed = Vec::with_capacity(plaintext.len() + 2048 * (to.len() + 1));
    let mut writer = encryptor
        .wrap_output(&mut sealed)
        .map_err(|_| SealError::Age)?;
    writer.write_all(plaintext).map_err(|_| SealError::Age)?;
    writer.finish().map_err(|_| SealError::Age)?;
    Ok(sealed)
}

/// Opens a file with whichever of the identities fits.
///
/// # Errors
/// [`OpenError`]
pub fn open(sealed: &[u8], with: &[HybridIdentity]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let reader = decryptor(sealed, sealed, with)?;
    let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader
        .take(MAX_OPENED_LEN + 1)
        .read_to_end(&mut plain)
        .map_err(|_| OpenError)?;
    if u64::try_from(plain.len()).is_ok_and(|len| len <= MAX_OPENED_LEN) {
        Ok(plain)
    } else {
        Err(OpenError)
    }
}

/// Reads the header and gives a reader of the payload, which checks each chunk as it goes.
/// `start` is the beginning of what `sealed` yields, for a look at the header's length.
pub(crate) fn decryptor<R: BufRead>(
    start: &[u8],
    sealed: R,
    with: &[HybridIdentity],
) -> Result<StreamReader<R>, OpenError> {
    let start = start.get(..MAX_HEADER_LEN).unwrap_or(start);
    if !start.split(|b| *b == b'\n').any(|l| l.starts_with(b"--- ")) {
        return Err(OpenError);
    }
    let decryptor = age::Decryptor::new_buffered(sealed).map_err(|_| OpenError)?;
    let strict = Strict(with);
    decryptor
        .decrypt(std::iter::once(&strict as &dyn Identity))
        .map_err(|_| OpenError)
}

/// Sees all stanzas at once, so that a file with a foreign one is refused even if a hybrid one
/// opens.
struct Strict<'a>(&'a [HybridIdentity]);

impl Identity for Strict<'_> {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        self.0
            .iter()
            .find_map(|identity| identity.unwrap_stanza(stanza))
    }

    fn unwrap_stanzas(&self, stanzas: &[Stanza]) -> Option<Result<FileKey, DecryptError>> {
        if stanzas.iter().any(|stanza| is_foreign(&stanza.tag)) {
            return Some(Err(DecryptError::InvalidHeader));
        }
        stanzas.iter().find_map(|stanza| self.unwrap_stanza(stanza))
    }
}

/// Whether a stanza is neither for a hybrid recipient nor grease (`grease`, `…-grease`).
fn is_foreign(tag: &str) -> bool {
    let grease = tag
        .strip_suffix(GREASE)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('-'));
    tag != STANZA_TAG && !grease
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(n: u8) -> HybridIdentity {
        HybridIdentity::from_seed([n; 32])
    }

    #[test]
    fn what_is_sealed_opens_for_each_recipient_and_nobody_else() {
        let to: Vec<_> = (1..=3).map(|n| identity(n).to_recipient()).collect();
        let sealed = seal(b"words", &to).unwrap();
        for n in 1..=3 {
            assert_eq!(*open(&sealed, &[identity(n)]).unwrap(), b"words");
        }
        assert_eq!(open(&sealed, &[identity(4)]), Err(OpenError));
        assert_eq!(open(&sealed, &[]), Err(OpenError));
    }

    #[test]
    fn nobody_too_many_and_one_twice_are_refused() {
        assert_eq!(seal(b"", &[]), Err(SealError::Recipients));
        let one = identity(1).to_recipient();
        assert_eq!(seal(b"", &[one.clone(), one]), Err(SealError::Recipients));
        let eight: Vec<_> = (1..=8).map(|n| identity(n).to_recipient()).collect();
        assert_eq!(seal(b"", &eight), Err(SealError::Recipients));
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let sealed = seal(b"words", &[identity(1).to_recipient()]).unwrap();
        for at in (0..sealed.len()).step_by(7).chain([sealed.len() - 1]) {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&changed, &[identity(1)]), Err(OpenError), "{at}");
        }
        let cut = &sealed[..sealed.len() - 1];
        assert_eq!(open(cut, &[identity(1)]), Err(OpenError));
    }

    #[test]
    fn a_header_that_does_not_end_is_refused_at_once() {
        let mut sealed = b"age-encryption.org/v1\n".to_vec();
        while sealed.len() < 1 << 20 {
            sealed.extend_from_slice(b"-> a-grease\n\n");
        }
        sealed.extend_from_slice(b"--- ");
        let before = std::time::Instant::now();
        assert_eq!(open(&sealed, &[identity(1)]), Err(OpenError));
        // Parsing it would take minutes.
        assert!(before.elapsed() < std::time::Duration::from_secs(5));
    }

    #[test]
    fn a_file_with_a_weaker_recipient_beside_is_refused() {
        // The age library refuses to make such a file, so pose as an X25519 recipient.
        struct Posing(HybridRecipient);
        impl Recipient for Posing {
            fn wrap_file_key(
                &self,
                key: &FileKey,
            ) -> Result<(Vec<Stanza>, HashSet<String>), age::EncryptError> {
                let (mut stanzas, labels) = self.0.wrap_file_key(key)?;
                stanzas.push(Stanza {
                    tag: "X25519".to_owned(),
                    args: vec!["A".repeat(43)],
                    body: vec![0; 32],
                });
                Ok((stanzas, labels))
            }
        }
        let posing = Posing(identity(1).to_recipient());
        let encryptor =
            age::Encryptor::with_recipients(std::iter::once(&posing as &dyn Recipient)).unwrap();
        let mut sealed = Vec::new();
        let writer = encryptor.wrap_output(&mut sealed).unwrap();
        writer.finish().unwrap();
        assert_eq!(open(&sealed, &[identity(1)]), Err(OpenError));
    }
}
