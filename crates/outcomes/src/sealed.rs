//! The published file: a page that holds a summary encrypted to a passphrase, and opens it.
//!
//! What it holds is an age file (scrypt) in age's own armour, so that any age tool opens it, too. The page loads nothing, sends nothing and keeps nothing. Its script is built
//! from `crates/intake/web/summary` and committed in `assets`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use maud::{PreEscaped, html};

use crate::page;

/// The script that opens it.
const SCRIPT: &str = include_str!("../assets/open.js");
/// What the script is made of, and under which licences.
const LICENCES: &str = include_str!("../assets/open-licences.txt");

/// Puts an age file into a page that opens it.
#[must_use]
pub fn file(age: &[u8]) -> String {
    let encoded = STANDARD.encode(age);
    // The armour of age: lines of 64.
    let lines: Vec<&str> = encoded
        .as_bytes()
        .chunks(64)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    let held = format!(
        "-----BEGIN AGE ENCRYPTED FILE-----\n{}\n-----END AGE ENCRYPTED FILE-----\n",
        lines.join("\n")
    );
    let body = html! {
        main class="door" id="door" {
            h1 { "Summary of reports" }
            p { "This file is locked. Type the passphrase that you were given with it." }
            noscript {
                p class="note bad" { "This browser runs no scripts here. Allow them for this file, or open what stands at its end with an age tool: see “Without this page” below." }
            }
            form id="form" hidden autocomplete="off" {
                label for="passphrase" { "Passphrase" }
                input id="passphrase" type="password" autocomplete="off" autocapitalize="none" spellcheck="false" required aria-describedby="said";
                button type="submit" class="main" id="open" { "Open" }
            }
            div id="said" role="status" {}
            p class="hint" { "It is opened on this device. Nothing is sent anywhere, and nothing is kept: close the page, and it is locked again." }
            details {
                summary { "Without this page" }
                p class="hint" { "Save the lines from “BEGIN AGE ENCRYPTED FILE” to “END AGE ENCRYPTED FILE” of this file as summary.age. Then: age --decrypt --output summary.html summary.age" }
            }
        }
        script type="text/plain" id="sealed" { (PreEscaped(held)) }
    };
    let comment = format!("<!--\n{}\n-->", LICENCES.replace("--", "- -"));
    page::with_script("Summary of reports", SCRIPT, &comment, &body)
}
