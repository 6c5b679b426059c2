//! Looks for marked words wherever they must not be.

use std::{fs, io, path::Path};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

/// A marked word, and every form in which it might come to light.
#[derive(Clone, Debug)]
pub struct Canary {
    /// What it stands for.
    pub name: &'static str,
    forms: Vec<(&'static str, Vec<u8>)>,
}

impl Canary {
    /// A marked word.
    #[must_use]
    pub fn new(name: &'static str, word: impl AsRef<[u8]>) -> Self {
        let word = word.as_ref();
        let mut forms = vec![
            ("raw", word.to_vec()),
            ("hex", hex::encode(word).into_bytes()),
            ("upper hex", hex::encode_upper(word).into_bytes()),
        ];
        // Base64 depends on where in a group of three the word begins.
        for shift in 0..3 {
            let shifted = [&[0; 2][..shift], word].concat();
            let whole = shifted.len() / 3 * 4;
            let begin = if shift == 0 { 0 } else { 4 };
            for (name, text) in [
                ("base64", STANDARD_NO_PAD.encode(&shifted)),
                ("base64url", URL_SAFE_NO_PAD.encode(&shifted)),
            ] {
                let core = text.get(begin..whole).unwrap_or_default();
                // A few characters would be found anywhere.
                if core.len() >= 8 {
                    forms.push((name, core.as_bytes().to_vec()));
                }
            }
        }
        Self { name, forms }
    }

    /// In which form it is in these bytes, if in any.
    #[must_use]
    pub fn found_in(&self, bytes: &[u8]) -> Option<&'static str> {
        let found = self.forms.iter().find(|(_, form)| contains(bytes, form));
        found.map(|(name, _)| *name)
    }
}

/// Everything that was found: `<canary> (<form>) in <place>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings(pub Vec<String>);

impl Findings {
    /// Looks into bytes that have a name.
    pub fn search(&mut self, canaries: &[Canary], place: &str, bytes: &[u8]) {
        for canary in canaries {
            if let Some(form) = canary.found_in(bytes) {
                self.0.push(format!("{} ({form}) in {place}", canary.name));
            }
        }
    }

    /// Looks into every file under a folder, and into the names themselves.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn search_folder(&mut self, canaries: &[Canary], folder: &Path) -> io::Result<usize> {
        let mut files = 0;
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.display().to_string();
            self.search(canaries, &format!("the name {name}"), name.as_bytes());
            if path.is_dir() {
                files += self.search_folder(canaries, &path)?;
            } else if path.is_file() {
                self.search(canaries, &name, &fs::read(&path)?);
                files += 1;
            }
        }
        Ok(files)
    }
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    let Some(first) = word.first() else {
        return false;
    };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        rest = rest.get(at..).unwrap_or_default();
        if rest.starts_with(word) {
            return true;
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_found_wherever_it_begins() {
        let canary = Canary::new("word", "zugzwang-canary-7713");
        for before in 0..5 {
            let bytes = [&b"....."[..before], b"zugzwang-canary-7713", b"..."].concat();
            assert_eq!(canary.found_in(&bytes), Some("raw"));
            assert_eq!(canary.found_in(hex::encode(&bytes).as_bytes()), Some("hex"));
            let text = STANDARD_NO_PAD.encode(&bytes);
            assert_eq!(canary.found_in(text.as_bytes()), Some("base64"), "{before}");
        }
        assert_eq!(canary.found_in(b"zugzwang-canary-771"), None);
    }
}
