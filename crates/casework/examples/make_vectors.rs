//! Writes the vectors of this crate to `tests/vectors/case-events`: run it only to add to them.
//!
//! `cargo run -p candor-casework --example make_vectors`

#[path = "../tests/support/mod.rs"]
mod support;

use std::{error::Error, fs, path::Path};

use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/case-events");
    fs::create_dir_all(&folder)?;
    let cases: Vec<_> = support::scenes::scenes()
        .iter()
        .map(support::vector::written)
        .collect();
    let vectors = json!({
        "group": "case-events",
        "about": "What follows from the events of a case (docs/protocol.md, section 15), for the desk of `own`, \
                  in whatever order they come. `events` are the contents as they were signed.",
        "states": support::states(),
        "cases": cases,
    });
    let text = serde_json::to_string_pretty(&vectors)? + "\n";
    Ok(fs::write(folder.join("fold.json"), text)?)
}
