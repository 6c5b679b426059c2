//! What lies on the servers' disks, tried with keys: an office's, or everything that looks like one
//! in folders that should hold none.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use candor_desk::recovery::Recovery;
use candor_directory::Epoch;
use candor_it::instance::today;
use candor_sealing::{HybridIdentity, OfficeChain};
use candor_wire::InstanceId;
use ed25519_dalek::SigningKey;

use super::{DEAN, DIRECTOR, MEDICAL_DEAN, OFFICES, School, TITLE_IX};

const MAGIC: &[u8] = b"age-encryption.org/v1\n";
/// Longer than any header of seven recipients.
const HEADER_ROOM: usize = 20_000;
/// Up to this length, every byte may be the beginning of a key; beyond it, a key is taken to stand
/// at the beginning or the end.
const SMALL: usize = 256;

/// The beginning of an age file found on a disk.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AgeFile(Vec<u8>);

impl AgeFile {
    /// The header at the beginning of some bytes, and the nonce after it.
    fn at(bytes: &[u8]) -> Option<Self> {
        let mac = find(bytes, b"\n--- ")? + 1;
        let end = mac + find(&bytes[mac..], b"\n")? + 1 + 16;
        let header = bytes.get(..end)?.to_vec();
        age::Decryptor::new_buffered(&header[..]).ok()?;
        Some(Self(header))
    }

    /// Whether an identity unwraps the file's key. What follows the header does not matter: with
    /// that key it opens.
    pub fn opens(&self, identities: &[HybridIdentity]) -> bool {
        let all = identities
            .iter()
            .map(|identity| identity as &dyn age::Identity);
        let decryptor = age::Decryptor::new_buffered(&self.0[..]).unwrap();
        decryptor.decrypt(all).is_ok()
    }
}

/// Every file under some folders.
pub fn files(folders: &[PathBuf]) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else {
                let bytes = fs::read(&path).unwrap();
                found.insert(path, bytes);
            }
        }
    }
    let mut found = BTreeMap::new();
    for folder in folders {
        walk(folder, &mut found);
    }
    found
}

/// Every age file that begins anywhere in any file of some folders, each once.
pub fn age_files(folders: &[PathBuf]) -> Vec<AgeFile> {
    let mut found = Vec::new();
    for bytes in files(folders).values() {
        let mut rest = &bytes[..];
        while let Some(at) = find(rest, MAGIC) {
            let start = &rest[at..rest.len().min(at + HEADER_ROOM)];
            found.extend(AgeFile::at(start));
            rest = &rest[at + MAGIC.len()..];
        }
    }
    // The index may hold what the journal holds.
    found.sort();
    found.dedup();
    found
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    let first = word[0];
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == first) {
        if bytes[from + at..].starts_with(word) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

/// Everything with which an office opens: its months' keys, and those of the device that its
/// recovery file is.
pub fn identities(recovery: &Recovery) -> Vec<HybridIdentity> {
    let keyring = &recovery.keyring;
    let mut identities: Vec<_> = keyring
        .epochs_to(Epoch::of(today()).plus(Epoch::AHEAD))
        .into_iter()
        .map(|keys| keys.identity)
        .collect();
    identities.push(recovery.device.identity().clone());
    identities
}

/// The folders of relay and intake.
pub fn servers(school: &School) -> Vec<PathBuf> {
    let folder = school.world.folder();
    vec![folder.join("relay"), folder.join("intake")]
}

/// Everything in some bytes that may be a key of 32 bytes: raw, or as text.
fn candidates(bytes: &[u8]) -> Vec<[u8; 32]> {
    let mut found = windows(bytes);
    let is_of_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(byte);
    for token in bytes.split(|byte| !is_of_token(byte)) {
        let token = token.trim_ascii();
        if !(43..=4096).contains(&token.len()) {
            continue;
        }
        let text = std::str::from_utf8(token).unwrap().trim_end_matches('=');
        if let Ok(bytes) = hex::decode(text) {
            found.extend(windows(&bytes));
        }
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            if let Ok(bytes) = engine.decode(text) {
                found.extend(windows(&bytes));
            }
        }
        if let Ok(identity) = text.parse::<HybridIdentity>() {
            found.push(*identity.expose_seed());
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn windows(bytes: &[u8]) -> Vec<[u8; 32]> {
    let mut all = bytes.windows(32).map(|window| window.try_into().unwrap());
    if bytes.len() <= SMALL {
        return all.collect();
    }
    let first = all.next();
    first.into_iter().chain(all.next_back()).collect()
}

/// Where a key lies that opens something, or signs for an office.
fn keys_found(school: &School, folders: &[PathBuf], targets: &[AgeFile]) -> Vec<String> {
    let directory = school.directory();
    let instance: InstanceId = directory.instance;
    let epoch = Epoch::of(today()).0;
    let offices: Vec<[u8; 32]> = directory
        .offices
        .iter()
        .map(|office| *office.signing_key.as_bytes())
        .collect();
    let mut found = Vec::new();
    let mut tried = std::collections::BTreeSet::new();
    for (path, bytes) in files(folders) {
        let mut identities = Vec::new();
        for candidate in candidates(&bytes) {
            if !tried.insert(candidate) {
                continue;
            }
            // As the seed of an identity, as a link of an office's chain, as a signing key.
            identities.push(HybridIdentity::from_seed(candidate));
            identities.push(OfficeChain::from_bytes(&instance, epoch, candidate).identity());
            let public = SigningKey::from_bytes(&candidate).verifying_key();
            if offices.contains(public.as_bytes()) {
                found.push(format!("an office's signing key in {}", path.display()));
            }
        }
        if targets.iter().any(|file| file.opens(&identities)) {
            found.push(format!("a key that opens in {}", path.display()));
        }
    }
    assert!(tried.len() > 300, "only {} candidates", tried.len());
    found
}

#[test]
fn the_administrators_folder_and_both_servers_disks_open_nothing() {
    let school = School::open();
    let reporter = school.reporter("student");
    fs::write(reporter.files.join("a.txt"), "in a file").unwrap();
    reporter.report("harassment", "to Title IX", &["--attach", "a.txt"]);
    let concern = reporter.report("concern", "to the deans", &[]);
    for office in OFFICES {
        school.desk(office).sync();
    }
    let dean = school.desk(DEAN);
    dean.reply(&dean.only_case(), "an answer", &[]);
    reporter.add(&concern.code, "more", &[]);

    let stored = age_files(&servers(&school));
    // Two reports, a file, self-records, acknowledgements, a reply with its copies, a follow-up.
    assert!(stored.len() >= 8, "{}", stored.len());
    let opened_by = |office: &str| {
        let keys = identities(&school.keys_of(office));
        stored.iter().filter(|file| file.opens(&keys)).count()
    };
    assert!(opened_by(TITLE_IX) >= 1);
    assert!(opened_by(DIRECTOR) >= 2);

    let mut folders = servers(&school);
    folders.push(school.administrator());
    folders.push(school.path("relay-key"));
    // Of each office some: what opens its reports opens these.
    let targets: Vec<_> = [TITLE_IX, MEDICAL_DEAN]
        .iter()
        .flat_map(|office| {
            let keys = identities(&school.keys_of(office));
            let opened = stored.iter().filter(move |file| file.opens(&keys));
            opened.take(2).cloned()
        })
        .collect();
    assert_eq!(
        keys_found(&school, &folders, &targets),
        Vec::<String>::new()
    );

    // The same search finds what is planted: a keyring as a desk keeps it, a seed, a secret key.
    let keyring = school.keys_of(TITLE_IX).keyring;
    let identity = &keyring.epochs_to(Epoch::of(today()))[0].identity;
    let planted: [(&str, Vec<u8>); 4] = [
        (
            "administrator/school/offices/title-ix.bak",
            serde_json::to_vec_pretty(&keyring.to_stored()).unwrap(),
        ),
        ("administrator/seed", identity.expose_seed().to_vec()),
        (
            "administrator/roots/key.txt",
            secrecy::ExposeSecret::expose_secret(&identity.to_secret_string())
                .as_bytes()
                .to_vec(),
        ),
        (
            "administrator/notes.md",
            format!("signing: {}", hex::encode(keyring.signing_key().to_bytes())).into_bytes(),
        ),
    ];
    for (name, bytes) in planted {
        let path = school.path(name);
        fs::write(&path, bytes).unwrap();
        let found = keys_found(&school, &[school.administrator()], &targets);
        assert!(
            found.iter().any(|found| found.ends_with(name)),
            "{name}: {found:?}"
        );
        fs::remove_file(path).unwrap();
    }
}
