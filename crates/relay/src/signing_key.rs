//! The file of the relay's signing key, which vouches for its exchange keys.
//!
//! ```text
//! candor-relay-key/1
//! <64 hexadecimal digits: the Ed25519 seed>
//! ```

use ed25519_dalek::SigningKey;
use thiserror::Error;
use zeroize::Zeroizing;

const FORMAT: &str = "candor-relay-key/1";

/// The text is not a relay key file.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("this is not a relay key: a line `candor-relay-key/1`, then 64 hexadecimal digits")]
pub struct SigningKeyError;

/// Parses the text of a relay key file.
///
/// # Errors
/// [`SigningKeyError`]; it shows nothing of the text.
pub fn decode_signing_key(text: &str) -> Result<SigningKey, SigningKeyError> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (Some(FORMAT), Some(digits), None) = (lines.next(), lines.next(), lines.next()) else {
        return Err(SigningKeyError);
    };
    let mut seed = Zeroizing::new([0; 32]);
    hex::decode_to_slice(digits, seed.as_mut_slice()).map_err(|_| SigningKeyError)?;
    Ok(SigningKey::from_bytes(&seed))
}

/// The text of a relay key file. Whoever writes it makes the file private first.
#[must_use]
pub fn encode_signing_key(key: &SigningKey) -> Zeroizing<String> {
    let digits = Zeroizing::new(hex::encode(key.as_bytes()));
    Zeroizing::new(format!("{FORMAT}\n{}\n", digits.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_round_trips_and_other_text_is_refused() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let text = encode_signing_key(&key);
        assert_eq!(decode_signing_key(&text).unwrap(), key);
        for bad in [
            "",
            FORMAT,
            &format!("{FORMAT}\n07"),
            &format!("{FORMAT}\n{}", "zz".repeat(32)),
            &format!("{}\n{FORMAT}", "07".repeat(32)),
            &format!("{}extra", text.as_str()),
        ] {
            assert_eq!(decode_signing_key(bad), Err(SigningKeyError), "{bad}");
        }
    }
}
