//! The kept corpora, through every target.

use std::{fs, path::Path};

use candor_decoders::{TARGETS, Target, replay, target};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus");
const MAX_FILES: usize = 40;
const MAX_BYTES: u64 = 300 * 1024;

#[test]
fn no_kept_input_makes_a_decode_panic() {
    let findings = replay(Path::new(CORPUS), TARGETS).unwrap();
    assert!(findings.is_clean(), "{findings:#?}");
    assert_eq!(findings.replayed.len(), TARGETS.len());
    println!("replayed: {:?}", findings.replayed);
}

#[test]
fn corpora_stay_small() {
    for folder in fs::read_dir(CORPUS).unwrap() {
        let folder = folder.unwrap().path();
        let sizes: Vec<u64> = fs::read_dir(&folder)
            .unwrap()
            .map(|file| file.unwrap().metadata().unwrap().len())
            .collect();
        let total: u64 = sizes.iter().sum();
        assert!(
            sizes.len() <= MAX_FILES && total <= MAX_BYTES,
            "{}: {} files, {total} bytes",
            folder.display(),
            sizes.len()
        );
    }
}

#[test]
fn every_target_is_a_fuzz_target() {
    let manifest = fs::read_to_string(Path::new(CORPUS).join("../Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let mut bins: Vec<&str> = manifest["bin"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bin| bin["name"].as_str().unwrap())
        .collect();
    let mut names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    bins.sort_unstable();
    names.sort_unstable();
    assert_eq!(bins, names);
    assert!(target("envelope").is_some() && target("no such target").is_none());
}

/// Decodes like somebody who trusts a length from outside.
#[expect(clippy::indexing_slicing, reason = "this is the defect to be found")]
fn trusting(input: &[u8]) {
    let len = usize::from(input[0]);
    let _ = &input[1..=len];
}

#[test]
fn a_planted_violation_is_caught() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("planted-corpus");
    let _ = fs::remove_dir_all(&folder);
    for (file, input) in [
        ("trusting/honest", &b"\x02ab"[..]),
        ("trusting/lying", b"\x09ab"),
        ("stray/x", b"x"),
    ] {
        let file = folder.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, input).unwrap();
    }
    fs::create_dir_all(folder.join("empty")).unwrap();
    let harmless: fn(&[u8]) = |_| {};
    let targets: [Target; 3] = [
        ("trusting", trusting),
        ("empty", harmless),
        ("missing", harmless),
    ];
    let findings = replay(&folder, &targets).unwrap();
    assert!(!findings.is_clean());
    assert_eq!(
        findings.panicked.into_iter().collect::<Vec<_>>(),
        ["trusting/lying"]
    );
    assert_eq!(
        findings.without_target.into_iter().collect::<Vec<_>>(),
        ["stray"]
    );
    assert_eq!(
        findings.without_corpus.into_iter().collect::<Vec<_>>(),
        ["empty", "missing"]
    );
}
