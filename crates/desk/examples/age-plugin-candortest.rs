//! An age plugin for the tests: it speaks the plugins' protocol over a process as one for a hardware
//! key does, but its "key" is the secret inside the identity. For nothing but tests.
//!
//! Run alone, it prints a new identity. `CANDORTEST_PLUGIN=refuse` makes it refuse, as a key does that
//! nobody touches.

use std::{
    collections::{HashMap, HashSet},
    env, io,
};

use age_core::{
    format::{FILE_KEY_BYTES, FileKey, Stanza},
    primitives::{aead_decrypt, aead_encrypt, hkdf},
    secrecy::ExposeSecret as _,
};
use age_plugin::{
    Callbacks, PluginHandler,
    identity::{self, IdentityPluginV1},
    print_new_identity,
    recipient::{self, RecipientPluginV1},
    run_state_machine,
};
use rand::{RngCore as _, rngs::OsRng};

const NAME: &str = "candortest";

struct Handler;

impl PluginHandler for Handler {
    type RecipientV1 = Recipients;
    type IdentityV1 = Identities;

    fn recipient_v1(self) -> io::Result<Self::RecipientV1> {
        Ok(Recipients::default())
    }

    fn identity_v1(self) -> io::Result<Self::IdentityV1> {
        Ok(Identities::default())
    }
}

fn refuses() -> bool {
    env::var("CANDORTEST_PLUGIN").is_ok_and(|wish| wish == "refuse")
}

fn key(secret: &[u8]) -> [u8; 32] {
    hkdf(b"", b"age-plugin-candortest", secret)
}

#[derive(Default)]
struct Recipients(Vec<Vec<u8>>);

impl RecipientPluginV1 for Recipients {
    fn add_recipient(&mut self, index: usize, _: &str, _: &[u8]) -> Result<(), recipient::Error> {
        let message = "this plugin has identities alone".to_owned();
        Err(recipient::Error::Recipient { index, message })
    }

    fn add_identity(&mut self, _: usize, _: &str, bytes: &[u8]) -> Result<(), recipient::Error> {
        self.0.push(bytes.to_vec());
        Ok(())
    }

    fn labels(&mut self) -> HashSet<String> {
        HashSet::new()
    }

    fn wrap_file_keys(
        &mut self,
        file_keys: Vec<FileKey>,
        _: impl Callbacks<recipient::Error>,
    ) -> io::Result<Result<Vec<Vec<Stanza>>, Vec<recipient::Error>>> {
        if refuses() {
            let message = "nobody touched the key".to_owned();
            return Ok(Err(vec![recipient::Error::Identity { index: 0, message }]));
        }
        let wrap = |file_key: &FileKey, secret: &Vec<u8>| Stanza {
            tag: NAME.to_owned(),
            args: vec!["1".to_owned()],
            body: aead_encrypt(&key(secret), file_key.expose_secret()),
        };
        Ok(Ok(file_keys
            .iter()
            .map(|file_key| self.0.iter().map(|secret| wrap(file_key, secret)).collect())
            .collect()))
    }
}

#[derive(Default)]
struct Identities(Vec<Vec<u8>>);

impl IdentityPluginV1 for Identities {
    fn add_identity(&mut self, _: usize, _: &str, bytes: &[u8]) -> Result<(), identity::Error> {
        self.0.push(bytes.to_vec());
        Ok(())
    }

    fn unwrap_file_keys(
        &mut self,
        files: Vec<Vec<Stanza>>,
        _: impl Callbacks<identity::Error>,
    ) -> io::Result<HashMap<usize, Result<FileKey, Vec<identity::Error>>>> {
        let mut opened = HashMap::new();
        for (index, stanzas) in files.iter().enumerate() {
            let own: Vec<_> = stanzas.iter().filter(|stanza| stanza.tag == NAME).collect();
            if refuses() && !own.is_empty() {
                let message = "nobody touched the key".to_owned();
                opened.insert(
                    index,
                    Err(vec![identity::Error::Identity { index: 0, message }]),
                );
                continue;
            }
            let file_key = own.iter().find_map(|stanza| {
                self.0.iter().find_map(|secret| {
                    aead_decrypt(&key(secret), FILE_KEY_BYTES, &stanza.body).ok()
                })
            });
            if let Some(Ok(bytes)) = file_key.map(<[u8; FILE_KEY_BYTES]>::try_from) {
                opened.insert(index, Ok(FileKey::new(Box::new(bytes))));
            }
        }
        Ok(opened)
    }
}

fn main() -> io::Result<()> {
    let machine = env::args().find_map(|arg| arg.strip_prefix("--age-plugin=").map(str::to_owned));
    if let Some(machine) = machine {
        return run_state_machine(&machine, Handler);
    }
    let mut secret = [0; 32];
    OsRng.fill_bytes(&mut secret);
    print_new_identity(NAME, &secret, &secret);
    Ok(())
}
