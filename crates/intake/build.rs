//! Lists the files of the built web app, which is committed, so that they are compiled in.
//!
//! A list made here follows files that come and go, which `include_bytes!` alone would not, and
//! needs no further crate in the public front.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

const DIST: &str = "web/dist";

fn main() {
    println!("cargo::rerun-if-changed={DIST}");
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let dist = manifest.join(DIST);
    assert!(
        dist.join("index.html").is_file(),
        "{} holds no index.html; run `npm ci && npm run build` in crates/intake/web",
        dist.display()
    );
    let mut names = Vec::new();
    list(&dist, "", &mut names);
    names.sort();
    let entries: String = names
        .iter()
        .map(|name| format!("    ({name:?}, include_bytes!({:?})),\n", dist.join(name)))
        .collect();
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    fs::write(out.join("dist.rs"), format!("&[\n{entries}]\n")).expect("the list is written");
}

fn list(folder: &Path, prefix: &str, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let entry = entry.expect("its entries can be read");
        let name = entry.file_name().into_string().expect("names are text");
        let kind = entry.file_type().expect("its kind can be read");
        if kind.is_dir() {
            list(&entry.path(), &format!("{prefix}{name}/"), names);
        } else if kind.is_file() && !name.starts_with('.') {
            names.push(format!("{prefix}{name}"));
        }
    }
}
