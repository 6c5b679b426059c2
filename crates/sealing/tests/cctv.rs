//! The C2SP test vectors for age (npm `cctv-age`): all with a hybrid identity, outcome and payload
//! digest both checked, on the level of age's traits and through this crate's stricter opener.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that fails should stop"
)]

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use age::{DecryptError, Identity, armor::ArmoredReader, x25519};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use candor_sealing::{HybridIdentity, age_file};
use sha2::{Digest as _, Sha256};

/// Number of vectors with a hybrid identity in `cctv-age` 0.2.0.
const EXPECTED: usize = 19;

struct Vector {
    name: String,
    expect: String,
    payload: Option<String>,
    identities: Vec<String>,
    armored: bool,
    file: Vec<u8>,
}

/// The package, or nothing if it is not installed and need not be.
fn package() -> Option<PathBuf> {
    let folder = std::env::var_os("CCTV_AGE_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/interop/node_modules/cctv-age"),
        PathBuf::from,
    );
    if folder.join("index.js").exists() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("CANDOR_REQUIRE_INTEROP").is_none_or(|v| v != "1"),
        "cctv-age is missing: run npm ci in tests/interop"
    );
    eprintln!("not run: cctv-age is missing; run npm ci in tests/interop");
    None
}

/// The package is a JavaScript module of base64 strings, each under a comment with its file name.
fn vectors(folder: &Path) -> Vec<Vector> {
    let module = fs::read_to_string(folder.join("index.js")).unwrap();
    let mut name = "";
    let mut vectors = Vec::new();
    for line in module.lines() {
        if let Some(comment) = line.strip_prefix("// ../testdata/") {
            name = comment.trim();
        } else if let Some((_, rest)) = line.split_once("__toBinary(\"") {
            let data = BASE64.decode(rest.split('"').next().unwrap()).unwrap();
            vectors.extend(parse(name, &data));
        }
    }
    vectors
}

/// A textual header, an empty line, the file. Nothing if no hybrid identity is involved.
fn parse(name: &str, data: &[u8]) -> Option<Vector> {
    let end = data.windows(2).position(|w| w == b"\n\n").unwrap();
    let header = std::str::from_utf8(&data[..end]).unwrap();
    let all = |key: &str| -> Vec<String> {
        header
            .lines()
            .filter_map(|line| line.split_once(": "))
            .filter(|(found, _)| *found == key)
            .map(|(_, value)| value.to_owned())
            .collect()
    };
    let identities = all("identity");
    if !identities
        .iter()
        .any(|i| i.starts_with("AGE-SECRET-KEY-PQ-"))
    {
        return None;
    }
    let mut file = data[end + 2..].to_vec();
    match all("compressed").first().map(String::as_str) {
        None => {}
        Some("zlib") => {
            let mut plain = Vec::new();
            let mut decoder = flate2::read::ZlibDecoder::new(file.as_slice());
            decoder.read_to_end(&mut plain).unwrap();
            file = plain;
        }
        Some(other) => panic!("{name}: compressed with {other}"),
    }
    Some(Vector {
        name: name.to_owned(),
        expect: all("expect").pop().unwrap(),
        payload: all("payload").pop(),
        identities,
        armored: !all("armored").is_empty(),
        file,
    })
}

/// The outcome in the words of the vectors, and all plaintext that was released.
fn decrypt(vector: &Vector) -> (&'static str, Vec<u8>) {
    let identities: Vec<Box<dyn Identity>> = vector
        .identities
        .iter()
        .map(|text| match text.parse::<HybridIdentity>() {
            Ok(identity) => Box::new(identity) as Box<dyn Identity>,
            Err(_) => Box::new(text.parse::<x25519::Identity>().unwrap()),
        })
        .collect();
    let source: Box<dyn io::BufRead> = if vector.armored {
        Box::new(io::BufReader::new(ArmoredReader::new(
            vector.file.as_slice(),
        )))
    } else {
        Box::new(vector.file.as_slice())
    };
    let reader = age::Decryptor::new_buffered(source)
        .and_then(|decryptor| decryptor.decrypt(identities.iter().map(AsRef::as_ref)));
    let mut plain = Vec::new();
    let outcome = match reader {
        Ok(mut reader) => match reader.read_to_end(&mut plain) {
            Ok(_) => "success",
            Err(_) => "payload failure",
        },
        Err(DecryptError::NoMatchingKeys) => "no match",
        Err(DecryptError::InvalidMac) => "HMAC failure",
        Err(_) => "header failure",
    };
    (outcome, plain)
}

#[test]
fn every_hybrid_vector_comes_out_as_it_says() {
    let Some(folder) = package() else { return };
    let vectors = vectors(&folder);
    let names: Vec<_> = vectors.iter().map(|v| v.name.as_str()).collect();
    assert_eq!(vectors.len(), EXPECTED, "{names:?}");
    for vector in &vectors {
        let (outcome, plain) = decrypt(vector);
        assert_eq!(outcome, vector.expect, "{}", vector.name);
        let digest = hex::encode(Sha256::digest(&plain));
        match &vector.payload {
            Some(expected) => assert_eq!(&digest, expected, "{}", vector.name),
            None => assert!(plain.is_empty() && outcome != "success", "{}", vector.name),
        }
    }
    for needed in [
        "hybrid_low_order",
        "hybrid_identity",
        "hybrid_no_match",
        "hybrid",
    ] {
        assert!(names.contains(&needed), "{needed} is missing");
    }
}

#[test]
fn the_strict_opener_takes_only_what_is_hybrid_throughout() {
    let Some(folder) = package() else { return };
    let mut opened = Vec::new();
    for vector in vectors(&folder) {
        let identities: Vec<HybridIdentity> = vector
            .identities
            .iter()
            .filter_map(|i| i.parse().ok())
            .collect();
        if let Ok(plain) = age_file::open(&vector.file, &identities) {
            assert_eq!(vector.expect, "success", "{}", vector.name);
            assert_eq!(Some(hex::encode(Sha256::digest(&*plain))), vector.payload);
            opened.push(vector.name);
        }
    }
    opened.sort();
    assert_eq!(
        opened,
        ["hybrid", "hybrid_grease", "hybrid_multiple_recipients"]
    );
}
