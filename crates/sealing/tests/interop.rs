//! typage (npm `age-encryption`, in Node) opens what this crate seals, and the reverse; and
//! replays the vectors of the primitives.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that fails should stop"
)]

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use candor_sealing::{
    HybridIdentity,
    age_file::{OpenError, open, seal},
};
use secrecy::ExposeSecret as _;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/interop")
}

/// Whether Node and the packages are there; if they must be, their absence fails the test.
fn ready() -> bool {
    let node = Command::new("node").arg("--version").output().is_ok();
    let there = node && folder().join("node_modules/age-encryption").exists();
    assert!(
        there || std::env::var_os("CANDOR_REQUIRE_INTEROP").is_none_or(|v| v != "1"),
        "Node or its packages are missing: run npm ci in tests/interop"
    );
    if !there {
        eprintln!("not run: Node or its packages are missing; run npm ci in tests/interop");
    }
    there
}

fn node(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("node")
        .args(arguments)
        .current_dir(folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "node {arguments:?}");
    output.stdout
}

fn identity(n: u8) -> HybridIdentity {
    HybridIdentity::from_seed([n; 32])
}

/// Lengths around the edges of age's chunks, and of a block.
const LENGTHS: [usize; 6] = [0, 1, 16_384, 65_535, 65_536, 131_073];

fn plain(len: usize) -> Vec<u8> {
    (0..len).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

#[test]
fn typage_opens_what_rust_seals_and_nothing_changed() {
    if !ready() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("identity");
    fs::write(&key, identity(1).to_secret_string().expose_secret()).unwrap();
    let to: Vec<_> = [2, 1, 3].map(|n| identity(n).to_recipient()).into();
    let mut files = Vec::new();
    let mut expected = Vec::new();
    let mut add = |sealed: &[u8], plain: Option<&[u8]>| {
        let file = folder.path().join(format!("{}.age", files.len()));
        fs::write(&file, sealed).unwrap();
        files.push(file.to_str().unwrap().to_owned());
        expected.push(plain.map(|p| BASE64.encode(p)));
    };
    for len in LENGTHS {
        let plain = plain(len);
        add(&seal(&plain, &to).unwrap(), Some(&plain));
    }
    let sealed = seal(b"words", &to).unwrap();
    for at in [30, 2000, sealed.len() - 40, sealed.len() - 1] {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert_eq!(open(&changed, &[identity(1)]), Err(OpenError), "{at}");
        add(&changed, None);
    }
    add(&sealed[..sealed.len() - 1], None);
    add(
        &seal(b"words", &[identity(2).to_recipient()]).unwrap(),
        None,
    );
    let mut arguments = vec!["age.mjs", "open", key.to_str().unwrap()];
    arguments.extend(files.iter().map(String::as_str));
    let found: Vec<Option<String>> = serde_json::from_slice(&node(&arguments, b"")).unwrap();
    assert_eq!(found, expected);
}

#[test]
fn rust_opens_what_typage_seals_and_nothing_changed() {
    if !ready() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let recipients = [1, 2].map(|n| identity(n).to_recipient().to_string());
    let file = folder.path().join("sealed.age");
    for len in LENGTHS {
        let plain = plain(len);
        let path = file.to_str().unwrap();
        node(
            &["age.mjs", "seal", path, &recipients[0], &recipients[1]],
            &plain,
        );
        let sealed = fs::read(&file).unwrap();
        for n in [1, 2] {
            assert_eq!(*open(&sealed, &[identity(n)]).unwrap(), plain);
        }
        assert_eq!(open(&sealed, &[identity(3)]), Err(OpenError));
        for at in [30, 2000, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&changed, &[identity(1)]), Err(OpenError), "{at}");
        }
    }
    // typage lets recipients of different kinds mix; such a file is refused here.
    let classic = age::x25519::Identity::generate().to_public().to_string();
    let path = file.to_str().unwrap();
    node(
        &["age.mjs", "seal", path, &recipients[0], &classic],
        b"words",
    );
    let sealed = fs::read(&file).unwrap();
    assert_eq!(open(&sealed, &[identity(1)]), Err(OpenError));
}

#[test]
fn a_second_implementation_agrees_with_the_vectors() {
    if !ready() {
        return;
    }
    let output = String::from_utf8(node(&["vectors.mjs"], b"")).unwrap();
    assert!(output.ends_with("vectors agree\n"), "{output}");
}
